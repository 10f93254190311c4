//! The cycle: phases, incremental steps, full collections, pacing.

use super::{Mode, Phase, finalize, generation, mark, stop, sweep, weak};
use crate::global::Global;
use crate::object::State;
use crate::value::TValue;
use core::ptr::null_mut;

/// Bytes that count as a unit of work.
const UNIT: isize = size_of::<TValue>() as isize;
/// Work of a call of a finalizer.
const FINALIZER_COST: usize = 50;
/// Finalizers called in a step.
const FINALIZERS: usize = 10;
/// Debt of a state whose collector is stopped, so that it is not asked at every allocation.
const STOPPED_DEBT: isize = -2000;

/// One step of whatever mode the collector is in.
#[cold]
#[inline(never)]
pub fn step(l: &State) {
    let gc = &l.global().gc;
    if gc.in_step.get() {
        // Compiled code lets nothing run inside what it calls: see `without_collection`.
        return;
    }
    if gc.stopped.get() != 0 {
        gc.set_debt(STOPPED_DEBT);
    } else if gc.is_declared_generational() {
        generation::step(l);
    } else {
        incremental_step(l);
    }
    #[cfg(feature = "internals")]
    super::inspect::after_step(l);
}

/// Forgets all grey lists.
pub fn drop_gray_lists(g: &Global) {
    for list in [
        &g.gc.gray,
        &g.gc.gray_again,
        &g.gc.weak,
        &g.gc.all_weak,
        &g.gc.ephemeron,
    ] {
        list.set(null_mut());
    }
}

fn restart(g: &Global) {
    drop_gray_lists(g);
    mark::roots(g);
    mark::pending(g);
}

/// Finishes the marking. Returns the work done.
pub fn atomic(l: &State) -> usize {
    let g = l.global();
    let gc = &g.gc;
    let gray_again = gc.gray_again.replace(null_mut());
    gc.phase.set(Phase::Atomic);
    mark::maybe(g, Some(l.as_gc()));
    mark::value(g, g.registry.get());
    mark::metatables(g);
    let mut work = mark::propagate_all(g);
    work += mark::upvalues_of_dead_threads(g);
    work += mark::propagate_all(g);
    gc.gray.set(gray_again);
    work += mark::propagate_all(g);
    work += weak::converge_ephemerons(g);
    // All that is strongly reachable is marked: values go before finalizers resurrect anything.
    weak::clear_by_values(g, &gc.weak, null_mut());
    weak::clear_by_values(g, &gc.all_weak, null_mut());
    let (weak_before, all_weak_before) = (gc.weak.get(), gc.all_weak.get());
    finalize::separate(g, false);
    mark::pending(g);
    work += mark::propagate_all(g);
    work += weak::converge_ephemerons(g);
    weak::clear_by_keys(g, &gc.ephemeron);
    weak::clear_by_keys(g, &gc.all_weak);
    // Only tables that the resurrection added still have values to clear.
    weak::clear_by_values(g, &gc.weak, weak_before);
    weak::clear_by_values(g, &gc.all_weak, all_weak_before);
    g.reset_string_cache();
    crate::trace::drop_dead(g, &|o| {
        // SAFETY: traces name objects that were alive when the cycle began; none is freed before the sweep.
        unsafe { (*o).is_white() }
    });
    gc.current_white.set(gc.other_white());
    debug_assert!(gc.gray.get().is_null());
    work
}

/// Shrinks the string table if it is far too large.
pub fn check_sizes(l: &State) {
    let g = l.global();
    if !g.gc.emergency.get() {
        let before = g.gc.total.get();
        g.strings.shrink(l);
        g.gc.estimate
            .set(g.gc.estimate.get() + g.gc.total.get() - before);
    }
}

/// The smallest step. Returns the work done.
fn single_step(l: &State) -> usize {
    let g = l.global();
    let gc = &g.gc;
    gc.in_step.set(true);
    let work = match gc.phase.get() {
        Phase::Pause => {
            restart(g);
            gc.phase.set(Phase::Propagate);
            1
        }
        Phase::Propagate => {
            if gc.gray.get().is_null() {
                gc.phase.set(Phase::EnterAtomic);
                0
            } else {
                mark::propagate_one(g)
            }
        }
        Phase::EnterAtomic | Phase::Atomic => {
            let work = atomic(l);
            sweep::enter(l);
            gc.estimate.set(gc.total.get());
            work
        }
        Phase::SweepAll => sweep::step(l, Phase::SweepFinalizable, Some(&gc.finalizable)),
        Phase::SweepFinalizable => sweep::step(l, Phase::SweepPending, Some(&gc.pending)),
        Phase::SweepPending => sweep::step(l, Phase::SweepEnd, None),
        Phase::SweepEnd => {
            check_sizes(l);
            gc.phase.set(Phase::CallFinalizers);
            0
        }
        Phase::CallFinalizers => {
            if gc.pending.get().is_null() || gc.emergency.get() || !finalize::may_call(l) {
                gc.phase.set(Phase::Pause);
                0
            } else {
                gc.in_step.set(false);
                finalize::call_some(l, FINALIZERS) * FINALIZER_COST
            }
        }
    };
    gc.in_step.set(false);
    work
}

/// Steps until the collector is in the given phase.
pub fn run_until(l: &State, phase: Phase) {
    while l.global().gc.phase.get() != phase {
        single_step(l);
    }
}

/// Sets the debt such that the next cycle starts when the memory in use is `pause` percent of what it is now.
pub fn set_pause(g: &Global, pause: i32) {
    let gc = &g.gc;
    let estimate = (gc.estimate.get() / 100).max(1);
    let threshold = estimate.saturating_mul(pause as isize);
    gc.set_debt((gc.total.get() - threshold).min(0));
}

fn incremental_step(l: &State) {
    let g = l.global();
    let gc = &g.gc;
    let speed = gc.params.step_multiplier() as isize | 1;
    let mut debt = gc.debt() / UNIT * speed;
    let log_size = gc.params.log_step_size();
    let size = if log_size < 48 {
        (1isize << log_size) / UNIT * speed
    } else {
        isize::MAX
    };
    loop {
        debt -= single_step(l) as isize;
        if debt <= -size || gc.phase.get() == Phase::Pause {
            break;
        }
    }
    if gc.phase.get() == Phase::Pause {
        set_pause(g, gc.params.pause());
    } else {
        gc.set_debt(debt / speed * UNIT);
    }
}

/// A full collection. An emergency one calls no finalizers and moves no stacks.
pub fn full(l: &State, emergency: bool) {
    let g = l.global();
    let gc = &g.gc;
    gc.emergency.set(emergency);
    match gc.mode.get() {
        Mode::Incremental => full_incremental(l),
        Mode::Generational => {
            generation::full(l);
        }
    }
    gc.emergency.set(false);
    #[cfg(feature = "internals")]
    super::inspect::after_step(l);
}

fn full_incremental(l: &State) {
    let g = l.global();
    let gc = &g.gc;
    if gc.keeps_invariant() {
        // A cycle is under way: the sweep makes everything white again.
        sweep::enter(l);
    }
    run_until(l, Phase::Pause);
    run_until(l, Phase::Propagate);
    gc.phase.set(Phase::EnterAtomic);
    run_until(l, Phase::CallFinalizers);
    run_until(l, Phase::Pause);
    set_pause(g, g.gc.params.pause());
}

/// Whether the collector may be asked to run: not inside a finalizer or while the state is being closed.
pub fn may_run(g: &Global) -> bool {
    g.gc.stopped.get() & (stop::COLLECTOR | stop::CLOSING) == 0
}
