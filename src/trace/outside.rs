//! What compiled code has done outside: instructions that the interpreter executes in its place, and calls of functions that
//! are not followed.

use super::runtime::{CallPlan, Fate, StepPlan};
use super::{Jit, hot, jit};
use crate::error::Throw;
use crate::object::State;
use crate::value::Slot;
use crate::vm::call::call_c;
use crate::vm::interp::Outcome;

/// Steps behind which a trace could not go on before its tree is given up.
const MAX_STEP_FAILURES: u32 = 30;

/// Executes an instruction for a trace: see `runtime::step`.
pub(super) fn step(l: &State, base: Slot, plan: &StepPlan) -> u64 {
    let Some(jit) = jit(l.global()) else {
        return 0;
    };
    let moved = run_step(l, jit, base, plan);
    if moved == 0 {
        note_failure(jit, &plan.fate);
    }
    moved
}

/// A trace could not go on behind a step or a call.
#[cold]
fn note_failure(jit: &Jit, fate: &Fate) {
    let n = fate.failures.get() + 1;
    fate.failures.set(n);
    if n == MAX_STEP_FAILURES {
        // Something that yields or raises each time: the interpreter alone is faster.
        jit.forest.borrow_mut().retire(fate.root.get());
    }
}

/// Calls a function for a trace: see `runtime::call`.
pub(super) fn call(l: &State, base: Slot, plan: &CallPlan) -> u64 {
    let (top, offset) = (l.save(l.top.get()), l.save(base));
    let func = base.add(plan.func as usize);
    l.top.set(func.add(1 + plan.nargs as usize));
    match call_c(l, func, plan.nresults) {
        Ok(()) => {
            // SAFETY: the trace that runs is not freed, and the flag is part of it.
            let dead = unsafe { (*plan.fate.dead).get() };
            if !dead && l.hook_mask.get() == 0 && l.stack_last.get() > l.restore(top) {
                if plan.nresults >= 0 {
                    l.top.set(l.restore(top));
                }
                plan.fate
                    .successes
                    .set(plan.fate.successes.get().wrapping_add(1));
                return l.restore(offset).as_ptr() as u64;
            }
        }
        Err(t) => return cannot_go_on(l, &plan.fate, Some(t)),
    }
    cannot_go_on(l, &plan.fate, None)
}

/// The trace is left behind a call, with an error if that raised one.
#[cold]
fn cannot_go_on(l: &State, fate: &Fate, thrown: Option<Throw>) -> u64 {
    if let Some(jit) = jit(l.global()) {
        if let Some(t) = thrown {
            jit.thrown.set(Some(Outcome::thrown(t)));
        }
        note_failure(jit, fate);
    }
    0
}

fn run_step(l: &State, jit: &Jit, base: Slot, plan: &StepPlan) -> u64 {
    let (entered, top) = (l.ci.get(), l.save(l.top.get()));
    let nested = l.c_calls.get();
    let offset = l.save(base);
    let outcome = match plan.state.build(l, base) {
        Ok(()) => {
            let ci = l.ci.get();
            l.ci().pc.set(plan.at);
            let outcome = hot::run_one(l);
            // SAFETY: the frame is linked: it is the current one or in front of it.
            let there = core::ptr::eq(l.ci.get(), ci)
                && l.ci().pc.get() == plan.next.get()
                && (plan.end.get() < 0
                    || l.top.get() == l.restore(offset).offset(plan.end.get() as isize));
            if outcome == hot::STOPPED {
                // SAFETY: the trace that runs is not freed, and the flag is part of it.
                if !there || unsafe { (*plan.fate.dead).get() } || l.hook_mask.get() != 0 {
                    return 0;
                }
                l.ci.set(entered);
                if l.stack_last.get() <= l.restore(top) {
                    l.ci.set(ci);
                    return 0;
                }
                l.c_calls.set(nested);
                l.top.set(l.restore(top));
                return l.restore(offset).as_ptr() as u64;
            }
            outcome
        }
        Err(t) => Outcome::thrown(t),
    };
    jit.thrown.set(Some(outcome));
    0
}
