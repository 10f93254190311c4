//! Calls: entering and leaving functions of every kind, protected calls.
//!
//! Lua functions called by Lua functions only get a frame; the interpreter goes on in it. Everything else nests on the
//! native stack, is counted in `State::c_calls`, and is limited by `limits::MAX_C_CALLS`.

use super::{interp, upval};
use crate::capi::boundary::{self, Results};
use crate::debug;
use crate::error::{LResult, Throw};
use crate::global::Event;
use crate::limits::{EXTRA_STACK, MAX_C_CALLS, MIN_STACK, MULTRET};
use crate::object::closure::CCode;
use crate::object::thread::{NON_YIELDABLE, cist};
use crate::object::{CallInfo, State};
use crate::value::{Slot, TValue, tag};

/// Events of `lua_sethook`'s mask.
pub mod mask {
    /// `LUA_MASKCALL`
    pub const CALL: i32 = 1;
    /// `LUA_MASKRET`
    pub const RET: i32 = 2;
    /// `LUA_MASKLINE`
    pub const LINE: i32 = 4;
    /// `LUA_MASKCOUNT`
    pub const COUNT: i32 = 8;
}

/// Encodes the wanted results of a C function that has to-be-closed slots.
pub const fn encode_results(n: i32) -> i32 {
    -n - 3
}

/// Calls the value at `func` with the values above it; `nresults` results (all with `MULTRET`) replace it.
///
/// The callee may yield when the caller can be continued. Raises what the callee raises; slots move.
pub fn call(l: &State, func: Slot, nresults: i32) -> LResult<()> {
    nested_call(l, func, nresults, 1)
}

/// As `call`, but a yield inside is an error.
pub fn call_no_yield(l: &State, func: Slot, nresults: i32) -> LResult<()> {
    nested_call(l, func, nresults, NON_YIELDABLE | 1)
}

/// Calls the value at `func`, after counting `increment` as levels of nesting.
pub(super) fn nested_call(l: &State, func: Slot, nresults: i32, increment: u32) -> LResult<()> {
    l.c_calls.set(l.c_calls.get() + increment);
    if l.c_depth() >= MAX_C_CALLS {
        check_c_depth(l)?;
    }
    if precall(l, func, nresults)? {
        interp::run_called(l)?;
    }
    l.c_calls.set(l.c_calls.get() - increment);
    Ok(())
}

/// Raises "C stack overflow" when the limit is reached, a harder error well beyond it.
#[cold]
pub fn check_c_depth(l: &State) -> LResult<()> {
    if l.c_depth() == MAX_C_CALLS {
        return Err(l.run_error("C stack overflow", &[]));
    }
    if l.c_depth() >= MAX_C_CALLS / 10 * 11 {
        return Err(l.error_in_error_handling());
    }
    Ok(())
}

/// Prepares a call: enters the frame of a Lua function (and answers true), or runs a C function to its end.
pub fn precall(l: &State, func: Slot, nresults: i32) -> LResult<bool> {
    let mut func = func;
    loop {
        let f = func.get();
        match f.tag() {
            tag::LUA_FN => {
                enter_lua(l, func, nresults)?;
                return Ok(true);
            }
            tag::NATIVE_FN | tag::C_FN | tag::C_CLOSURE => {
                call_c(l, func, nresults)?;
                return Ok(false);
            }
            _ => func = insert_call_metamethod(l, func)?,
        }
    }
}

/// What a C function value calls.
#[inline(always)]
pub fn code_of(f: TValue) -> CCode {
    if let Some(n) = f.as_native() {
        CCode::Native(n)
    } else if let Some(c) = f.as_c_closure() {
        c.code()
    } else {
        match f.as_c_fn() {
            Some(c) => CCode::C(c),
            None => unreachable!("caller checked for a C function"),
        }
    }
}

/// Pushes a frame for the Lua closure at `func` whose arguments lie above it.
#[inline(always)]
pub fn enter_lua(l: &State, func: Slot, nresults: i32) -> LResult<()> {
    let Some(cl) = func.get().as_lua_closure() else {
        unreachable!("caller checked for a Lua closure")
    };
    let p = cl.proto();
    let frame_size = p.max_stack.get() as usize;
    let mut func = func;
    if l.stack_last.get().distance(l.top.get()) <= frame_size as isize {
        let off = l.save(func);
        l.ensure_stack(frame_size)?;
        func = l.restore(off);
    }
    let ci = l.next_ci()?;
    ci.func.set(func);
    ci.nresults.set(nresults as i16);
    ci.status.set(0);
    ci.top.set(func.add(1 + frame_size));
    ci.pc.set(p.code.as_ptr());
    ci.k.set(p.constants.as_ptr());
    l.ci.set(ci as *const CallInfo as *mut CallInfo);
    let mut top = l.top.get();
    let params_end = func.add(1 + p.num_params.get() as usize);
    while top < params_end {
        top.set(TValue::NIL);
        top = top.add(1);
    }
    l.top.set(top);
    if l.hook_mask.get() != 0 && !p.is_vararg.get() {
        debug::hook::call_hook_on_entry(l)?;
    }
    Ok(())
}

/// Runs the C function (or function of this library) at `func` and leaves `nresults` results in its place.
pub fn call_c(l: &State, func: Slot, nresults: i32) -> LResult<()> {
    let caller = l.ci();
    if l.hook_mask.get() != 0 || !push_frame(l, func, l.top.get(), nresults as i16) {
        return call_c_slowly(l, func, nresults);
    }
    let results = match code_of(func.get()) {
        CCode::Native(f) => Results::of((f.call)(l)),
        CCode::C(f) => boundary::run(l, f),
    };
    if results.thrown() {
        return Err(results.error());
    }
    if take_result(l, results, caller) {
        return Ok(());
    }
    post_call(l, called_by(caller), results.count())
}

/// The frame of the function that `caller` has called: the current one, unless the function has caught an exception of C++ that
/// went through frames of calls of its own, which are still there.
#[inline(always)]
pub fn called_by(caller: &CallInfo) -> &CallInfo {
    // SAFETY: a frame that is in use is linked behind its caller's.
    unsafe { &*caller.next.get() }
}

/// Pushes a frame for the function at `func`, which is no Lua function, with arguments up to `top`; answers false, and
/// nothing is changed, when there is no frame to reuse or no room.
#[inline(always)]
pub fn push_frame(l: &State, func: Slot, top: Slot, nresults: i16) -> bool {
    let frame = l.ci().next.get();
    if frame.is_null() || top.add(MIN_STACK) >= l.stack_last.get() {
        return false;
    }
    // SAFETY: frames behind the current one stay allocated while they are linked.
    let ci = unsafe { &*frame };
    ci.func.set(func);
    ci.nresults.set(nresults);
    ci.status.set(cist::C);
    ci.top.set(top.add(MIN_STACK));
    ci.cont.set(0);
    l.ci.set(frame);
    l.top.set(top);
    true
}

/// Leaves the current frame, of a C function, for the caller's: where no hook is set and one result is wanted, or none.
/// Otherwise answers false, and nothing has happened.
#[inline(always)]
pub fn take_result(l: &State, results: Results, caller: &CallInfo) -> bool {
    let ci = called_by(caller);
    debug_assert!(
        l.top.get().distance(ci.func.get()) > results.count() as isize,
        "results of a C function"
    );
    let res = ci.func.get();
    // The function may have set a hook or marked a slot to be closed.
    let wanted = ci.nresults.get();
    if l.hook_mask.get() != 0 || !(0..=1).contains(&wanted) {
        return false;
    }
    if wanted == 0 {
        l.top.set(res);
    } else {
        let v = match results.count() {
            0 => TValue::NIL,
            n => l.top.get().sub(n).get(),
        };
        res.set(v);
        l.top.set(res.add(1));
    }
    l.ci.set(caller as *const CallInfo as *mut CallInfo);
    true
}

/// As `call_c`, with hooks, and where a frame or room is to be made.
#[cold]
fn call_c_slowly(l: &State, func: Slot, nresults: i32) -> LResult<()> {
    match code_of(func.get()) {
        CCode::Native(f) => call_code(l, func, nresults, f.call),
        CCode::C(f) => call_code(l, func, nresults, |l| boundary::call_c(l, f)),
    }
}

/// Runs `code` in a frame of its own.
fn call_code(
    l: &State,
    func: Slot,
    nresults: i32,
    code: impl FnOnce(&State) -> LResult<i32>,
) -> LResult<()> {
    let mut func = func;
    if l.stack_last.get().distance(l.top.get()) <= MIN_STACK as isize {
        let off = l.save(func);
        l.ensure_stack(MIN_STACK)?;
        func = l.restore(off);
    }
    let ci = l.next_ci()?;
    ci.func.set(func);
    ci.nresults.set(nresults as i16);
    ci.status.set(cist::C);
    ci.top.set(l.top.get().add(MIN_STACK));
    ci.cont.set(0);
    l.ci.set(ci as *const CallInfo as *mut CallInfo);
    if l.hook_mask.get() & mask::CALL != 0 {
        let narg = l.top.get().distance(func) - 1;
        debug::hook::call_event(l, debug::hook::event::CALL, -1, 1, narg as i32)?;
    }
    let n = code(l)?;
    debug_assert!(
        n >= 0 && l.top.get().distance(l.ci().func.get()) > n as isize,
        "results of a C function"
    );
    post_call(l, ci, n as usize)
}

/// Leaves the frame `ci`: its `nres` topmost values become the results that the caller wants.
#[inline]
pub fn post_call(l: &State, ci: &CallInfo, nres: usize) -> LResult<()> {
    let wanted = ci.nresults.get() as i32;
    if l.hook_mask.get() != 0 && wanted >= MULTRET {
        debug::hook::return_event(l, ci, nres as i32)?;
    }
    move_results(l, ci, nres, wanted)?;
    l.ci.set(ci.prev.get());
    Ok(())
}

/// Moves the `nres` topmost values to where the caller of the frame `ci` wants `wanted` of them.
#[inline(always)]
pub fn move_results(l: &State, ci: &CallInfo, nres: usize, wanted: i32) -> LResult<()> {
    let res = ci.func.get();
    match wanted {
        0 => l.top.set(res),
        1 => {
            let v = if nres == 0 {
                TValue::NIL
            } else {
                l.top.get().sub(nres).get()
            };
            res.set(v);
            l.top.set(res.add(1));
        }
        _ => return move_many(l, ci, nres, wanted),
    }
    Ok(())
}

fn move_many(l: &State, ci: &CallInfo, nres: usize, wanted: i32) -> LResult<()> {
    if wanted < MULTRET {
        return close_and_move(l, ci, nres, wanted);
    }
    let res = ci.func.get();
    let first = l.top.get().sub(nres);
    let wanted = if wanted == MULTRET {
        nres
    } else {
        wanted as usize
    };
    for i in 0..nres.min(wanted) {
        res.add(i).set(first.add(i).get());
    }
    for i in nres..wanted {
        res.add(i).set(TValue::NIL);
    }
    l.top.set(res.add(wanted));
    Ok(())
}

/// The same for a C function that marked slots to be closed: they close before its results move.
#[cold]
fn close_and_move(l: &State, ci: &CallInfo, nres: usize, wanted: i32) -> LResult<()> {
    ci.set_bits(cist::CLOSE_RET);
    ci.scratch.set(nres as i32);
    upval::close_all(l, ci.func.get(), None, true)?;
    ci.clear_bits(cist::CLOSE_RET);
    if l.hook_mask.get() != 0 {
        debug::hook::return_event(l, ci, nres as i32)?;
    }
    move_many(l, ci, nres, encode_results(wanted))
}

/// Puts the `__call` metamethod of the value at `func` in front of it. Raises "attempt to call".
pub fn insert_call_metamethod(l: &State, func: Slot) -> LResult<Slot> {
    let off = l.save(func);
    l.ensure_stack(1)?;
    let func = l.restore(off);
    let tm = super::metamethod(l, func.get(), Event::Call);
    if tm.is_nil() {
        return Err(debug::call_error(l, func));
    }
    let mut p = l.top.get();
    while p > func {
        p.set(p.sub(1).get());
        p = p.sub(1);
    }
    l.top.set(l.top.get().add(1));
    func.set(tm);
    Ok(func)
}

/// What a protected call restores when it catches an error.
pub struct Saved {
    ci: *mut CallInfo,
    allow_hook: bool,
    c_calls: u32,
}

impl Saved {
    /// Notes the state of the thread.
    pub fn new(l: &State) -> Saved {
        Saved {
            ci: l.ci.get(),
            allow_hook: l.allow_hook.get(),
            c_calls: l.c_calls.get(),
        }
    }
    /// Goes back to it.
    pub fn restore(&self, l: &State) {
        l.ci.set(self.ci);
        l.allow_hook.set(self.allow_hook);
        l.c_calls.set(self.c_calls);
    }
}

/// Runs `f` with the message handler at offset `errfunc` (0: none). After an error, upvalues and variables from
/// `old_top` up are closed and the error value is left at `old_top`. Returns the status.
pub fn protected(
    l: &State,
    old_top: isize,
    errfunc: isize,
    f: &mut dyn FnMut(&State) -> LResult<()>,
) -> i32 {
    let saved = Saved::new(l);
    let old_errfunc = l.errfunc.replace(errfunc);
    let mut status = 0;
    if let Err(t) = f(l) {
        saved.restore(l);
        boundary::settle(t);
        let t = close_protected(l, old_top, t);
        set_error_value(l, l.restore(old_top));
        l.shrink_stack();
        status = t.status();
    }
    l.errfunc.set(old_errfunc);
    status
}

/// Closes upvalues and to-be-closed variables from offset `level` up after the error `t`, going on when a closing
/// method raises. Returns the error that stands in the end, its value on top.
pub fn close_protected(l: &State, level: isize, t: Throw) -> Throw {
    let saved = Saved::new(l);
    let mut t = t;
    loop {
        let error = Some(t).filter(|t| t.has_value());
        match upval::close_all(l, l.restore(level), error, false) {
            Ok(()) => return t,
            Err(next) => {
                saved.restore(l);
                boundary::settle(next);
                t = next;
            }
        }
    }
}

/// Moves the error value from the top to `dst` and makes it the topmost value.
pub fn set_error_value(l: &State, dst: Slot) {
    dst.set(l.top.get().sub(1).get());
    l.top.set(dst.add(1));
}

/// Calls `f` with three arguments and no results, yielding only if the running function is a Lua function.
pub fn call_metamethod(l: &State, f: TValue, a: TValue, b: TValue, c: TValue) -> LResult<()> {
    let func = l.top.get();
    debug_assert!(func < l.stack_last.get().add(EXTRA_STACK - 3));
    func.set(f);
    func.add(1).set(a);
    func.add(2).set(b);
    func.add(3).set(c);
    l.top.set(func.add(4));
    if l.ci().is_lua_code() {
        call(l, func, 0)
    } else {
        call_no_yield(l, func, 0)
    }
}

/// How a metamethod was started: see `start_metamethod`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// The interpreter goes on in it.
    Entered,
    /// It has returned; its result, if one was wanted, is in the slot at `top`.
    Returned,
}

/// Calls `f` for the running instruction of a Lua function, with `nresults` (0 or 1) results. If `f` is a Lua function it
/// only gets a frame: the interpreter goes on in it and completes the instruction when it returns (`finish_metamethod`).
/// Anything else runs to its end.
#[inline]
pub fn start_metamethod<const N: usize>(
    l: &State,
    f: TValue,
    args: [TValue; N],
    nresults: i32,
) -> LResult<Started> {
    let func = l.top.get();
    debug_assert!(func < l.stack_last.get().add(EXTRA_STACK - N));
    func.set(f);
    for (i, v) in args.iter().enumerate() {
        func.add(1 + i).set(*v);
    }
    l.top.set(func.add(1 + N));
    if f.tag() != tag::LUA_FN || l.hook_mask.get() != 0 {
        return run_metamethod(l, func, nresults);
    }
    enter_nested(l, func, nresults)?;
    Ok(Started::Entered)
}

/// Pushes a frame for the Lua closure at `func` that the running instruction calls (a metamethod, an iterator): it counts
/// as a nested level, and `finish_metamethod` completes the instruction when it returns.
pub fn enter_nested(l: &State, func: Slot, nresults: i32) -> LResult<()> {
    l.c_calls.set(l.c_calls.get() + 1);
    if l.c_depth() >= MAX_C_CALLS {
        check_c_depth(l)?;
    }
    enter_lua(l, func, nresults)?;
    let ci = l.ci();
    ci.status.set(cist::META);
    ci.ctx.set(l.native_epoch.get() as isize);
    Ok(())
}

fn run_metamethod(l: &State, func: Slot, nresults: i32) -> LResult<Started> {
    call(l, func, nresults)?;
    l.pop_n(nresults as usize);
    Ok(Started::Returned)
}

/// Completes the current frame's instruction after its metamethod, which ran in the frame `callee`, has returned.
pub fn finish_metamethod(l: &State, callee: &CallInfo) -> LResult<()> {
    if callee.ctx.get() == l.native_epoch.get() as isize {
        l.c_calls.set(l.c_calls.get() - 1);
    }
    super::resume_op::finish(l)
}

/// Calls `f` with two arguments and leaves its result at `top - 1`.
pub fn call_metamethod_result(l: &State, f: TValue, a: TValue, b: TValue) -> LResult<TValue> {
    let func = l.top.get();
    debug_assert!(func < l.stack_last.get().add(EXTRA_STACK - 2));
    func.set(f);
    func.add(1).set(a);
    func.add(2).set(b);
    l.top.set(func.add(3));
    if l.ci().is_lua_code() {
        call(l, func, 1)?;
    } else {
        call_no_yield(l, func, 1)?;
    }
    Ok(l.pop_value())
}
