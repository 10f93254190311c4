//! The generational mode.
//!
//! A young collection marks from the touched old objects, sweeps only the young part of the lists, and ages survivors;
//! an object is old after two collections. `all` is ordered by age: new objects, then from `survival` on those of age
//! `SURVIVAL`, from `old1` on those that just got old, from `really_old` on the rest.

use super::{Mode, Phase, age, color, cycle, finalize, list, mark, sweep, weak};
use crate::global::Global;
use crate::object::{GcHeader, State, UpVal};
use crate::value::{Gc, tag};
use core::cell::Cell;
use core::ptr::null_mut;

/// The age behind each age.
const NEXT_AGE: [u8; 8] = [
    age::SURVIVAL,
    age::OLD1,
    age::OLD1,
    age::OLD,
    age::OLD,
    age::TOUCHED1,
    age::TOUCHED2,
    age::NEW,
];

/// Sweeps the young part of a list from `at` up to the object `end`, ageing survivors. Notes in `first_old1` the first
/// object that got `OLD1`. Returns the link where the sweep stopped.
fn sweep_young(
    l: &State,
    at: *mut *mut GcHeader,
    end: *mut GcHeader,
    first_old1: &Cell<*mut GcHeader>,
) -> *mut *mut GcHeader {
    let white = l.global().gc.white();
    let mut link = at;
    // SAFETY: `link` is a list's head or the `next` field of a live object of a list that reaches `end`.
    unsafe {
        while *link != end {
            let o: Gc<GcHeader> = Gc::from_ptr(*link);
            if o.is_white() {
                debug_assert!(!o.is_old(), "a dead old object");
                *link = o.next.get();
                sweep::free(l, o);
                continue;
            }
            if o.age() == age::NEW {
                o.marked
                    .set(o.marked.get() & !color::ALL | age::SURVIVAL | white);
            } else {
                o.set_age(NEXT_AGE[o.age() as usize]);
                if o.age() == age::OLD1 && first_old1.get().is_null() {
                    first_old1.set(o.as_ptr());
                }
            }
            link = o.next.as_ptr();
        }
    }
    link
}

/// Sweeps a list, making every survivor old.
fn sweep_to_old(l: &State, list: &Cell<*mut GcHeader>) {
    let gc = &l.global().gc;
    let mut link = list.as_ptr();
    // SAFETY: `link` is the list's head or the `next` field of a live member.
    unsafe {
        while !(*link).is_null() {
            let o: Gc<GcHeader> = Gc::from_ptr(*link);
            if o.is_white() {
                *link = o.next.get();
                sweep::free(l, o);
                continue;
            }
            o.set_age(age::OLD);
            match o.tag() {
                tag::THREAD => mark::link(o, &gc.gray_again),
                tag::UPVAL if o.cast::<UpVal>().is_open() => o.set_gray(),
                _ => o.set_black(),
            }
            link = o.next.as_ptr();
        }
    }
}

/// Marks again the objects between two places that got old in the last cycle.
fn mark_old1(g: &Global, from: *mut GcHeader, to: *mut GcHeader) {
    let mut p = from;
    while p != to {
        let o: Gc<GcHeader> = Gc::from_ptr(p);
        if o.age() == age::OLD1 {
            o.set_age(age::OLD);
            if o.is_black() {
                mark::object(g, o);
            }
        }
        p = o.next.get();
    }
}

/// Brings the grey lists into the shape they have between cycles: all in `gray_again`.
fn correct_gray_lists(g: &Global) {
    let gc = &g.gc;
    let mut at = weak::correct_list(&gc.gray_again);
    for list in [&gc.weak, &gc.all_weak, &gc.ephemeron] {
        at.set(list.replace(null_mut()));
        at = weak::correct_list(at);
    }
}

fn finish_cycle(l: &State) {
    let g = l.global();
    correct_gray_lists(g);
    cycle::check_sizes(l);
    g.gc.phase.set(Phase::Propagate);
    g.gc.in_step.set(false);
    if !g.gc.emergency.get() && finalize::may_call(l) {
        finalize::call_all_pending(l);
    }
}

fn young_collection(l: &State) {
    let g = l.global();
    let gc = &g.gc;
    debug_assert!(gc.phase.get() == Phase::Propagate);
    gc.in_step.set(true);
    if !gc.first_old1.get().is_null() {
        mark_old1(g, gc.first_old1.get(), gc.really_old.get());
        gc.first_old1.set(null_mut());
    }
    mark_old1(g, gc.finalizable.get(), gc.fin_really_old.get());
    mark_old1(g, gc.pending.get(), null_mut());
    cycle::atomic(l);
    gc.phase.set(Phase::SweepAll);
    let link = sweep_young(l, gc.all.as_ptr(), gc.survival.get(), &gc.first_old1);
    sweep_young(l, link, gc.old1.get(), &gc.first_old1);
    gc.really_old.set(gc.old1.get());
    // SAFETY: `link` leads to the first object that was a survival, or to what follows it.
    gc.old1.set(unsafe { *link });
    gc.survival.set(gc.all.get());
    let ignored = list();
    let link = sweep_young(l, gc.finalizable.as_ptr(), gc.fin_survival.get(), &ignored);
    sweep_young(l, link, gc.fin_old1.get(), &ignored);
    gc.fin_really_old.set(gc.fin_old1.get());
    // SAFETY: as above, in the list of objects with finalizer.
    gc.fin_old1.set(unsafe { *link });
    gc.fin_survival.set(gc.finalizable.get());
    sweep_young(l, gc.pending.as_ptr(), null_mut(), &ignored);
    finish_cycle(l);
}

/// After an atomic phase: everything that is left becomes old.
fn make_all_old(l: &State) {
    let g = l.global();
    let gc = &g.gc;
    cycle::drop_gray_lists(g);
    gc.phase.set(Phase::SweepAll);
    sweep_to_old(l, &gc.all);
    for p in [&gc.really_old, &gc.old1, &gc.survival] {
        p.set(gc.all.get());
    }
    gc.first_old1.set(null_mut());
    sweep_to_old(l, &gc.finalizable);
    for p in [&gc.fin_really_old, &gc.fin_old1, &gc.fin_survival] {
        p.set(gc.finalizable.get());
    }
    sweep_to_old(l, &gc.pending);
    gc.mode.set(Mode::Generational);
    gc.last_atomic.set(0);
    gc.estimate.set(gc.total.get());
    finish_cycle(l);
}

fn set_minor_debt(g: &Global) {
    let gc = &g.gc;
    gc.set_debt(-(gc.total.get() / 100 * gc.params.minor() as isize));
}

/// Enters the generational mode with a full collection. Returns the number of objects traversed.
pub fn enter(l: &State) -> usize {
    let g = l.global();
    cycle::run_until(l, Phase::Pause);
    cycle::run_until(l, Phase::Propagate);
    g.gc.in_step.set(true);
    let n = cycle::atomic(l);
    make_all_old(l);
    set_minor_debt(g);
    n
}

/// Enters the incremental mode: all objects white, no cycle under way.
pub fn leave(g: &Global) {
    let gc = &g.gc;
    for list in [&gc.all, &gc.finalizable, &gc.pending] {
        sweep::whiten(g, list);
    }
    for p in [
        &gc.really_old,
        &gc.old1,
        &gc.survival,
        &gc.first_old1,
        &gc.fin_really_old,
        &gc.fin_old1,
        &gc.fin_survival,
    ] {
        p.set(null_mut());
    }
    gc.phase.set(Phase::Pause);
    gc.mode.set(Mode::Incremental);
    gc.last_atomic.set(0);
}

/// A full collection in generational mode. Returns the number of objects traversed.
pub fn full(l: &State) -> usize {
    leave(l.global());
    enter(l)
}

/// After a bad collection the next one starts when the memory in use has grown by half of what the pause says for the
/// incremental mode: the heap grows, and so does what a longer wait would add to it.
fn set_pause_after_bad(g: &Global) {
    let pause = g.gc.params.pause();
    cycle::set_pause(g, pause - (pause - 100).max(0) / 2);
}

/// After a bad collection (one that freed little): full ones until one is good again.
fn step_after_bad(l: &State) {
    let g = l.global();
    let gc = &g.gc;
    let last = gc.last_atomic.get();
    if gc.mode.get() == Mode::Generational {
        leave(g);
    }
    cycle::run_until(l, Phase::Propagate);
    gc.in_step.set(true);
    let new = cycle::atomic(l);
    gc.in_step.set(false);
    if new < last + last / 8 {
        gc.in_step.set(true);
        make_all_old(l);
        set_minor_debt(g);
    } else {
        gc.estimate.set(gc.total.get());
        sweep::enter(l);
        cycle::run_until(l, Phase::Pause);
        set_pause_after_bad(g);
        gc.last_atomic.set(new);
    }
}

/// A step: usually a young collection, a full one when the heap has grown too much since the last.
pub fn step(l: &State) {
    let g = l.global();
    let gc = &g.gc;
    if gc.last_atomic.get() != 0 {
        step_after_bad(l);
        return;
    }
    let base = gc.estimate.get();
    let growth = base / 100 * gc.params.major() as isize;
    if gc.debt() > 0 && gc.total.get() > base + growth {
        let n = full(l);
        if gc.total.get() >= base + growth / 2 {
            gc.last_atomic.set(n);
            set_pause_after_bad(g);
        }
    } else {
        young_collection(l);
        set_minor_debt(g);
        gc.estimate.set(base);
    }
}
