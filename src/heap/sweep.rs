//! Sweeping: freeing dead objects, whitening the others.

use super::{Phase, color};
use crate::global::Global;
use crate::object::{CClosure, GcHeader, LClosure, Proto, State, Str, Table, Udata, UpVal};
use crate::value::{Gc, tag};
use core::cell::Cell;
use core::ptr::null_mut;

/// Objects that one step sweeps.
const STEP: usize = 100;

/// Frees an object that is in no list any more.
pub fn free(l: &State, o: Gc<GcHeader>) {
    let g = l.global();
    let p = o.as_ptr().cast::<u8>();
    let size = match o.tag() {
        tag::SHORT | tag::LONG => {
            let s: Gc<Str> = o.cast();
            if s.is_short() {
                g.strings.remove(s);
            }
            let (block, size) = s.block();
            super::free_bytes(g, block, size);
            return;
        }
        tag::TABLE => {
            o.cast::<Table>().release(l);
            size_of::<Table>()
        }
        tag::LUA_FN => LClosure::size_for(o.cast::<LClosure>().nupvalues()),
        tag::C_CLOSURE => CClosure::size_for(o.cast::<CClosure>().nupvalues()),
        tag::USERDATA => {
            let u: Gc<Udata> = o.cast();
            Udata::size_for(u.len(), u.nuvalue())
        }
        tag::UPVAL => {
            let uv: Gc<UpVal> = o.cast();
            if uv.is_open() {
                uv.unlink();
            }
            size_of::<UpVal>()
        }
        tag::PROTO => {
            o.cast::<Proto>().release(l);
            size_of::<Proto>()
        }
        _ => {
            crate::vm::state::free_thread(l, o.cast());
            return;
        }
    };
    super::free_bytes(g, p, size);
}

/// Frees all objects of a list, the main thread excepted.
pub fn free_list(l: &State, list: &Cell<*mut GcHeader>) {
    let mut p = list.replace(null_mut());
    while !p.is_null() {
        let o: Gc<GcHeader> = Gc::from_ptr(p);
        p = o.next.get();
        if o.as_ptr().cast() != l.global().main_thread.get() {
            free(l, o);
        }
    }
}

/// Sweeps up to `limit` objects from the link `at` on. Returns the link where to go on (null at the end of the list)
/// and how many objects were seen.
fn sweep_some(l: &State, at: *mut *mut GcHeader, limit: usize) -> (*mut *mut GcHeader, usize) {
    let g = l.global();
    let (dead, white) = (g.gc.other_white(), g.gc.white());
    let mut link = at;
    let mut seen = 0;
    // SAFETY: `link` is a list's head or the `next` field of a live object of the list.
    unsafe {
        while !(*link).is_null() && seen < limit {
            let o: Gc<GcHeader> = Gc::from_ptr(*link);
            let marked = o.marked.get();
            if marked & dead != 0 {
                *link = o.next.get();
                free(l, o);
            } else {
                o.marked.set(marked & !color::ALL | white);
                link = o.next.as_ptr();
            }
            seen += 1;
        }
        (if (*link).is_null() { null_mut() } else { link }, seen)
    }
}

/// The first link at or behind `at` that leads to a live object or to the end.
pub fn sweep_to_live(l: &State, at: *mut *mut GcHeader) -> *mut *mut GcHeader {
    let mut p = at;
    loop {
        let (next, _) = sweep_some(l, p, 1);
        if next.is_null() || next != at {
            return next;
        }
        p = next;
    }
}

/// Starts the sweep.
pub fn enter(l: &State) {
    let gc = &l.global().gc;
    gc.phase.set(Phase::SweepAll);
    debug_assert!(gc.sweep_at.get().is_null());
    gc.sweep_at.set(sweep_to_live(l, gc.all.as_ptr()));
}

/// One step of the sweep of a list; at its end, `phase` with the list `next` follows. Returns the work done.
pub fn step(l: &State, phase: Phase, next: Option<&Cell<*mut GcHeader>>) -> usize {
    let gc = &l.global().gc;
    if gc.sweep_at.get().is_null() {
        gc.phase.set(phase);
        gc.sweep_at.set(next.map_or(null_mut(), Cell::as_ptr));
        return 0;
    }
    let before = gc.total.get();
    let (at, seen) = sweep_some(l, gc.sweep_at.get(), STEP);
    gc.sweep_at.set(at);
    gc.estimate.set(gc.estimate.get() + gc.total.get() - before);
    seen
}

/// Makes all objects of a list white, without freeing any.
pub fn whiten(g: &Global, list: &Cell<*mut GcHeader>) {
    let mut p = list.get();
    while !p.is_null() {
        let o: Gc<GcHeader> = Gc::from_ptr(p);
        o.marked.set(o.marked.get() & !color::ALL | g.gc.white());
        p = o.next.get();
    }
}
