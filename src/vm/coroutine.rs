//! Coroutines: resume, yield, close, and going on with interrupted frames.
//!
//! A yield unwinds the native stack to the `resume` (as `Err(Throw::Yield)`) and leaves the frames in place. Resuming
//! walks them outwards: a C frame goes on in its continuation, a Lua frame first completes the instruction that was
//! interrupted (`resume_op`) and then runs.

use super::call::{self, close_protected, post_call, set_error_value};
use super::interp::Pc;
use super::{interp, resume_op, upval};
use crate::bytecode::op::{self, Op};
use crate::capi::boundary;
use crate::error::{self, LResult, Throw};
use crate::limits::{MAX_C_CALLS, MULTRET};
use crate::object::thread::cist;
use crate::object::{CallInfo, State, string};
use crate::value::{Gc, TValue};

/// A continuation of a function of this library: `(thread, status, context)`, returns the number of results.
pub type NativeCont = fn(&State, i32, isize) -> LResult<i32>;

const YIELD: i32 = Throw::Yield as i32;
const CALL: u8 = Op::Call as u8;

/// A new thread that shares the globals and hooks of `l`. The caller pushes it. Raises a memory error.
pub fn new_thread(l: &State) -> LResult<Gc<State>> {
    super::state::new_thread(l)
}

/// The thread's frames from the running one outwards.
fn frames(l: &State) -> impl Iterator<Item = &CallInfo> {
    let mut p = l.ci.get();
    core::iter::from_fn(move || {
        if p.is_null() {
            return None;
        }
        // SAFETY: frames form a list that ends with null.
        let ci = unsafe { &*p };
        p = ci.prev.get();
        Some(ci)
    })
}

fn resume_error(l: &State, msg: &str, nargs: i32) -> (i32, i32) {
    l.pop_n(nargs as usize);
    let status = match string::new(l, msg.as_bytes()) {
        Ok(s) => {
            l.push(s.into());
            Throw::Run.status()
        }
        Err(t) => t.status(),
    };
    (status, -1)
}

/// Starts or continues the coroutine `l` with its `nargs` topmost values. Returns the status (`LUA_OK` at the end,
/// `LUA_YIELD`, or an error with the value on top) and the number of values on top that it yields or returns (after an
/// error: of values in its innermost frame, or -1 if it was not resumed at all).
pub fn resume(l: &State, from: Option<&State>, nargs: i32) -> (i32, i32) {
    if l.status.get() == error::OK as u8 {
        if !l.is_base_ci(l.ci()) {
            return resume_error(l, "cannot resume non-suspended coroutine", nargs);
        }
        if l.top.get().distance(l.ci().base()) == nargs as isize {
            return resume_error(l, "cannot resume dead coroutine", nargs);
        }
    } else if l.status.get() != YIELD as u8 {
        return resume_error(l, "cannot resume dead coroutine", nargs);
    }
    l.c_calls.set(from.map_or(0, State::c_depth));
    if l.c_depth() >= MAX_C_CALLS {
        return resume_error(l, "C stack overflow", nargs);
    }
    l.c_calls.set(l.c_calls.get() + 1);
    l.native_epoch.set(l.native_epoch.get().wrapping_add(1));
    let calls = l.c_calls.get();
    let result = start(l, nargs);
    outcome(l, calls, result)
}

/// What nearly every resume is: moves the `nargs` topmost values of `from` to the coroutine `l`, which yielded by a plain
/// call, as the results of that call, and runs it. Answers as `resume` does, or `None`, and nothing has happened, when
/// that has to see to it.
#[inline(always)]
pub fn switch(l: &State, from: &State, nargs: usize) -> Option<(i32, i32)> {
    if l.status.get() != YIELD as u8 || from.c_depth() >= MAX_C_CALLS {
        return None;
    }
    let ci = l.ci();
    let caller = plain_yield(l, ci)?;
    let wanted = match ci.nresults.get() as i32 {
        MULTRET => nargs,
        n => n as usize,
    };
    let res = ci.func.get();
    // Room for all that is passed, as `resume`'s caller asks for it, though the call may want less or more.
    if l.stack_last.get().distance(l.top.get()) <= nargs.max(wanted) as isize {
        return None;
    }
    let first = from.top.get().sub(nargs);
    for i in 0..wanted {
        let given = i < nargs;
        res.add(i).set(if given {
            first.add(i).get()
        } else {
            TValue::NIL
        });
    }
    l.top.set(res.add(wanted));
    from.top.set(first);
    l.status.set(error::OK as u8);
    l.c_calls.set(from.c_depth() + 1);
    l.native_epoch.set(l.native_epoch.get().wrapping_add(1));
    l.ci.set(caller);
    Some(match interp::run(l) {
        Err(Throw::Yield) => (YIELD, l.ci().scratch.get()),
        result => after_run(l, from.c_depth() + 1, result),
    })
}

/// What follows the run of the frame that yielded when it has not yielded again.
#[cold]
fn after_run(l: &State, calls: u32, result: LResult<()>) -> (i32, i32) {
    outcome(l, calls, result.and_then(|()| unroll(l)))
}

/// The status and the number of values with which a run of the coroutine ends. `calls` is what `c_calls` was when it began.
fn outcome(l: &State, calls: u32, mut result: LResult<()>) -> (i32, i32) {
    // A protected call inside the coroutine recovers from an error: its frame is completed, and what follows it.
    while let Err(t) = result
        && t != Throw::Yield
        && t != Throw::Foreign
        && let Some(ci) = frames(l).find(|ci| ci.has(cist::YPCALL))
    {
        l.ci.set(ci as *const CallInfo as *mut CallInfo);
        ci.set_recover_status(t.status());
        l.c_calls.set(calls);
        l.native_epoch.set(l.native_epoch.get().wrapping_add(1));
        result = unroll(l);
    }
    match result {
        Ok(()) => (error::OK, l.top.get().distance(l.ci().base()) as i32),
        Err(Throw::Yield) => (YIELD, l.ci().scratch.get()),
        // As in PUC's library, the coroutine stays as the exception left it, neither dead nor suspended.
        Err(Throw::Foreign) => {
            boundary::settle(Throw::Foreign);
            let values = l.top.get().distance(l.ci().base()) as i32;
            (Throw::Foreign.status(), values)
        }
        Err(t) => {
            l.status.set(t.status() as u8);
            let top = l.top.get();
            let v = top.sub(1).get();
            top.set(v);
            l.top.set(top.add(1));
            l.ci().top.set(l.top.get());
            (t.status(), l.top.get().distance(l.ci().base()) as i32)
        }
    }
}

#[inline(always)]
fn start(l: &State, nargs: i32) -> LResult<()> {
    let first = l.top.get().sub(nargs as usize);
    if l.status.get() == error::OK as u8 {
        // `resume` has counted the level.
        return call::nested_call(l, first.sub(1), MULTRET, 0);
    }
    l.status.set(error::OK as u8);
    let ci = l.ci();
    if let Some(caller) = plain_yield(l, ci) {
        // What nearly every resume is: the values are the results of the call that yielded.
        call::move_results(l, ci, nargs as usize, ci.nresults.get() as i32)?;
        l.ci.set(caller);
        interp::run(l)?;
    } else if ci.is_lua() {
        // The coroutine yielded inside a hook, which takes no values; the instruction is still to be executed.
        debug_assert!(ci.has(cist::HOOK_YIELD));
        ci.pc.set(ci.pc.get().wrapping_sub(1));
        l.top.set(first);
        interp::run(l)?;
    } else {
        let n = if ci.cont.get() != 0 {
            continue_in(l, ci, YIELD)?
        } else {
            nargs
        };
        post_call(l, ci, n as usize)?;
    }
    unroll(l)
}

/// The frame of the Lua function whose call instruction yielded in the frame `ci` of a function without continuation.
#[inline(always)]
fn plain_yield(l: &State, ci: &CallInfo) -> Option<*mut CallInfo> {
    if ci.status.get() != cist::C || ci.cont.get() != 0 || l.hook_mask.get() != 0 {
        return None;
    }
    let caller = ci.prev.get();
    // SAFETY: a C frame that yielded is not the host's own, so that it has a caller.
    let frame = unsafe { &*caller };
    let calls = || frame.is_lua() && op::op(Pc::new(frame.pc.get()).offset(-1).fetch()) == CALL;
    (ci.nresults.get() >= MULTRET as i16 && calls()).then_some(caller)
}

/// Calls the continuation of a C frame.
fn continue_in(l: &State, ci: &CallInfo, status: i32) -> LResult<i32> {
    if ci.has(cist::NATIVE_K) {
        // SAFETY: `NATIVE_K` says that `cont` is the address of a `NativeCont` (see `set_native_cont`).
        let k = unsafe { core::mem::transmute::<usize, NativeCont>(ci.cont.get()) };
        k(l, status, ci.ctx.get())
    } else {
        boundary::call_k(l, ci.cont.get(), status, ci.ctx.get())
    }
}

/// Sets a continuation of this library for the running C frame.
pub fn set_native_cont(l: &State, k: NativeCont, ctx: isize) {
    let ci = l.ci();
    ci.cont.set(k as usize);
    ci.ctx.set(ctx);
    ci.set_bits(cist::NATIVE_K);
}

/// Sets a C continuation (its address, 0 for none) for the running C frame.
pub fn set_c_cont(l: &State, k: usize, ctx: isize) {
    let ci = l.ci();
    ci.cont.set(k);
    ci.ctx.set(ctx);
    ci.clear_bits(cist::NATIVE_K);
}

/// Runs all interrupted frames to their end.
fn unroll(l: &State) -> LResult<()> {
    while !l.is_base_ci(l.ci()) {
        let ci = l.ci();
        if ci.is_lua() {
            resume_op::finish(l)?;
            interp::run(l)?;
        } else {
            finish_c(l, ci)?;
        }
    }
    Ok(())
}

/// Completes a C function that was interrupted by a yield, or by an error that it recovers from.
fn finish_c(l: &State, ci: &CallInfo) -> LResult<()> {
    let n;
    if ci.has(cist::CLOSE_RET) {
        // It was returning: the results are known, the rest of its variables still close.
        n = ci.scratch.get();
    } else {
        let mut status = YIELD;
        if ci.has(cist::YPCALL) {
            status = finish_pcall(l, ci)?;
        }
        if ci.nresults.get() as i32 <= MULTRET && ci.top.get() < l.top.get() {
            ci.top.set(l.top.get());
        }
        debug_assert!(ci.cont.get() != 0);
        n = continue_in(l, ci, status)?;
    }
    post_call(l, ci, n as usize)
}

/// Completes a protected call with continuation. Returns the status for the continuation.
fn finish_pcall(l: &State, ci: &CallInfo) -> LResult<i32> {
    let mut status = ci.recover_status();
    match Throw::from_status(status) {
        None => status = YIELD,
        Some(t) => {
            let func = ci.scratch.get() as isize;
            l.allow_hook.set(ci.has(cist::OLD_ALLOW_HOOK));
            upval::close_all(l, l.restore(func), Some(t), true)?;
            set_error_value(l, l.restore(func));
            l.shrink_stack();
            ci.set_recover_status(error::OK);
        }
    }
    ci.clear_bits(cist::YPCALL);
    l.errfunc.set(ci.old_errfunc.get());
    Ok(status)
}

/// Yields the `nresults` topmost values of the running coroutine. Inside a hook it returns `Ok(0)` and the hook's
/// caller yields; else it returns `Err(Throw::Yield)`, or an error where a yield is impossible. The continuation was
/// set before.
pub fn yield_(l: &State, nresults: i32) -> LResult<i32> {
    let ci = l.ci();
    if !l.is_yieldable() {
        return Err(if core::ptr::eq(l, l.global().main()) {
            l.run_error("attempt to yield from outside a coroutine", &[])
        } else {
            l.run_error("attempt to yield across a C-call boundary", &[])
        });
    }
    l.status.set(YIELD as u8);
    ci.scratch.set(nresults);
    if ci.is_lua() {
        return Ok(0);
    }
    Err(Throw::Yield)
}

/// Closes all pending variables of a suspended or dead thread and makes it ready for a new function. Returns the
/// status; after an error its value is on top.
pub fn close(l: &State, from: Option<&State>) -> i32 {
    l.c_calls.set(from.map_or(0, State::c_depth));
    let status = l.status.get() as i32;
    reset(l, status)
}

/// The work of `close`, for the given status of the thread.
pub fn reset(l: &State, status: i32) -> i32 {
    let base = &l.base_ci;
    l.ci.set(base as *const CallInfo as *mut CallInfo);
    let original = if status == YIELD { error::OK } else { status };
    l.status.set(error::OK as u8);
    l.errfunc.set(0);
    let bottom = l.stack.get().add(1);
    let off = l.save(bottom);
    let result = match Throw::from_status(original) {
        Some(t) => Some(close_protected(l, off, t)),
        None => close_without_error(l, off),
    };
    let bottom = l.restore(off);
    match result {
        None => l.top.set(bottom),
        Some(_) => set_error_value(l, bottom),
    }
    l.stack.get().set(TValue::NIL);
    base.status.set(cist::C);
    base.func.set(l.stack.get());
    base.top.set(l.top.get().add(crate::limits::MIN_STACK));
    if base.top.get() > l.stack_last.get() {
        // Giving back memory cannot fail in a way that matters: the larger stack stays.
        let needed = l.save(base.top.get()) as usize;
        let _ = l.realloc_stack(needed);
    }
    result.map_or(error::OK, Throw::status)
}

/// Ends a thread whose error nothing catches: closes its pending variables and marks it dead. Returns the error that
/// is left, with its value on top.
pub fn abandon(l: &State, t: Throw) -> Throw {
    let status = reset(l, t.status());
    l.status.set(status as u8);
    Throw::from_status(status).unwrap_or(t)
}

fn close_without_error(l: &State, off: isize) -> Option<Throw> {
    let saved = call::Saved::new(l);
    match upval::close_all(l, l.restore(off), None, false) {
        Ok(()) => None,
        Err(t) => {
            saved.restore(l);
            boundary::settle(t);
            Some(close_protected(l, off, t))
        }
    }
}

/// Closes the pending variables of the main thread when its state is closed; errors are dropped.
pub fn close_main(l: &State) {
    reset(l, error::OK);
}
