//! Handlers of calls, returns, closures, varargs and scopes.

use super::{K, Outcome, Pc, closure_at, next, resume_frame, resume_in};
use crate::bytecode::op::{a, b, bx, c, k as kbit};
use crate::capi::boundary::{self, Results};
use crate::debug;
use crate::error::{LResult, Throw};
use crate::heap;
use crate::object::closure::CCode;
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{CallInfo, LClosure, State};
use crate::trace;
use crate::value::{Gc, ShortCut, Slot, TValue, tag};
use crate::vm::{call as calls, upval};

/// `R[A], ... ,R[A+C-2] := R[A](R[A+1], ... ,R[A+B-1])`: what needs nothing but a frame.
pub fn call(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    if base.add(a(i)).tag() != tag::LUA_FN {
        return call_other(l, base, pc, k, i);
    }
    call_lua(l, base, pc, k, i)
}

/// `call` of what is not a Lua function.
#[inline(always)]
pub fn call_other(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    match base.add(a(i)).tag() {
        tag::C_FN => call_light(l, base, pc, k, i),
        tag::C_CLOSURE => call_closure(l, base, pc, k, i),
        _ => call_direct(l, base, pc, k, i),
    }
}

/// `call` of a Lua function.
#[inline(always)]
pub fn call_lua(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ra = base.add(a(i));
    let cl: Gc<LClosure> = Gc::from_ptr(ra.bits() as *mut LClosure);
    let p = cl.proto();
    let size = p.max_stack.get() as usize;
    let top = ra.add(b(i));
    // First of all, so that the caller's frame need not be kept: this handler is to do with few registers.
    l.ci().pc.set(pc.as_ptr());
    let frame = l.ci().next.get();
    // With an open number of arguments (B is 0), `top` is `ra`, below any parameter's end.
    let params_end = ra.add(1 + p.num_params.get() as usize);
    let end = ra.add(1 + size);
    // Room above the arguments, as PUC asks for it: the depth at which a recursion fails is the same.
    if top < params_end || top.add(size) >= l.stack_last.get() || frame.is_null() {
        return call_filled(l, base, pc, k, i);
    }
    // SAFETY: frames behind the current one stay allocated while they are linked.
    let ci = unsafe { &*frame };
    ci.func.set(ra);
    ci.nresults.set(c(i) as i16 - 1);
    ci.status.set(0);
    ci.top.set(end);
    let (code, constants) = (p.code.as_ptr(), p.constants.as_ptr());
    ci.pc.set(code);
    ci.k.set(constants);
    l.ci.set(frame);
    l.top.set(top);
    next(l, ra.add(1), Pc::new(code), K(constants))
}

frame_handler! {
    /// As `call`, where parameters without argument are to be set, the number of arguments is open, or room is to be
    /// made.
    call_filled = |l, base, i| {
        let ra = base.add(a(i));
        if b(i) != 0 {
            l.top.set(ra.add(b(i)));
        }
        calls::enter_lua(l, ra, c(i) as i32 - 1)
    }
}

/// A call of what is no Lua function: the short cut of a library function, if it has one that answers.
#[inline(never)]
fn call_direct(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ra = base.add(a(i));
    let direct = match ra.tag() {
        tag::NATIVE_FN => match ra.get().as_native().map(|f| f.short_cut) {
            Some(ShortCut::Direct(direct)) => direct,
            // One result or none is wanted.
            Some(ShortCut::First(direct)) if matches!(c(i), 1 | 2) => direct,
            Some(ShortCut::Fresh(_)) => return call_fresh(l, base, pc, k, i),
            Some(ShortCut::Yield) => return call_yield(l, base, pc, k, i),
            _ => return call_native(l, base, pc, k, i),
        },
        _ => return call_any(l, base, pc, k, i),
    };
    let (args, n) = arguments(l, ra, i);
    let v = direct(l, args, n);
    if v.is_none() {
        return call_native(l, base, pc, k, i);
    }
    let got = if v.tag() == tag::ABSENT { 0 } else { 1 };
    ra.set(v.or_nil());
    match c(i) {
        0 => l.top.set(ra.add(got)),
        wanted => {
            for j in 1..wanted.saturating_sub(1) {
                ra.add(j).set(TValue::NIL);
            }
        }
    }
    next(l, base, pc, k)
}

/// Where the arguments of a call are, and how many.
#[inline(always)]
fn arguments(l: &State, ra: Slot, i: Instruction) -> (Slot, usize) {
    let args = ra.add(1);
    let n = match b(i) {
        0 => l.top.get().distance(args) as usize,
        n => n - 1,
    };
    (args, n)
}

/// A call of a library function with a short cut that makes a string.
#[inline(never)]
fn call_fresh(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    if !fresh_body(l, base, pc, i) {
        return call_native(l, base, pc, k, i);
    }
    next(l, l.ci().base(), pc, k)
}

/// Does such a call, and lets the collector run; answers false, and nothing has happened, if there has to be a frame.
#[inline(never)]
fn fresh_body(l: &State, base: Slot, pc: Pc, i: Instruction) -> bool {
    let ra = base.add(a(i));
    let (args, n) = arguments(l, ra, i);
    let v = match ra.get().as_native().map(|f| f.short_cut) {
        Some(ShortCut::Fresh(direct)) => {
            heap::without_collection(l.global(), || direct(l, args, n))
        }
        _ => TValue::NONE,
    };
    if v.is_none() {
        return false;
    }
    ra.set(v);
    for j in 1..c(i).saturating_sub(1) {
        ra.add(j).set(TValue::NIL);
    }
    let ci = l.ci();
    ci.pc.set(pc.as_ptr());
    l.top.set(match c(i) {
        0 => ra.add(1),
        _ => ci.top.get(),
    });
    heap::check_gc(l);
    true
}

/// Pushes a frame for the function that is called, which is not a Lua function; answers false, and nothing is changed, when
/// there is no frame to reuse or no room.
#[inline(always)]
fn push_frame(l: &State, base: Slot, pc: Pc, i: Instruction) -> bool {
    let ra = base.add(a(i));
    let top = match b(i) {
        0 => l.top.get(),
        n => ra.add(n),
    };
    let caller = l.ci();
    let pushed = calls::push_frame(l, ra, top, c(i) as i16 - 1);
    if pushed {
        caller.pc.set(pc.as_ptr());
    }
    pushed
}

/// Goes on after a C function, or a function of this library, that ran in the current frame: what `vm::call` does, without
/// hooks. What belongs to the caller is loaded from its frame, so that only its address is kept over the call. (Loading
/// that, too, would make each call wait for what the last one has stored.)
#[inline(always)]
fn after_code(l: &State, results: Results, caller: &CallInfo) -> Outcome {
    if results.thrown() {
        return Outcome::thrown(results.error());
    }
    if !calls::take_result(l, results, caller) {
        return finish_code(l, results, caller);
    }
    resume_in(l, caller)
}

/// `after_code` for C functions, entered by a jump from the boundary.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn perilune_after_c_function(
    l: &State,
    results: Results,
    caller: &CallInfo,
) -> Outcome {
    boundary::check_results(l, results);
    after_code(l, results, caller)
}

/// Leaves the current frame with these results, whatever the caller wants.
#[inline(never)]
fn finish_code(l: &State, results: Results, caller: &CallInfo) -> Outcome {
    match calls::post_call(l, calls::called_by(caller), results.count()) {
        Ok(()) => resume_frame(l),
        Err(t) => Outcome::thrown(t),
    }
}

/// A call of a function of this library.
#[inline(never)]
fn call_native(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let caller = l.ci();
    match base.add(a(i)).get().as_native() {
        Some(f) if push_frame(l, base, pc, i) => after_code(l, Results::of((f.call)(l)), caller),
        _ => call_any(l, base, pc, k, i),
    }
}

/// A call of a C function without upvalues.
#[inline(never)]
fn call_light(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let caller = l.ci();
    let Some(f) = base.add(a(i)).get().as_c_fn() else {
        unreachable!("caller checked for a C function")
    };
    if push_frame(l, base, pc, i) {
        boundary::run_in_frame(l, f, caller)
    } else {
        call_any(l, base, pc, k, i)
    }
}

/// A call of a C function, or a function of this library, with upvalues.
#[inline(never)]
fn call_closure(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let caller = l.ci();
    match base.add(a(i)).get().as_c_closure().map(|f| f.code()) {
        Some(CCode::C(f)) if push_frame(l, base, pc, i) => boundary::run_in_frame(l, f, caller),
        Some(CCode::Native(f)) if push_frame(l, base, pc, i) => {
            after_code(l, Results::of((f.call)(l)), caller)
        }
        _ => call_any(l, base, pc, k, i),
    }
}

/// A call of `coroutine.yield` with nothing special about it: makes its frame, which is where a resume goes on.
#[inline(never)]
fn call_yield(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    if !l.is_yieldable() {
        return call_any(l, base, pc, k, i);
    }
    if !push_frame(l, base, pc, i) {
        return call_any(l, base, pc, k, i);
    }
    let ci = l.ci();
    ci.scratch.set(l.top.get().distance(ci.base()) as i32);
    l.status.set(Throw::Yield as u8);
    Outcome::thrown(Throw::Yield)
}

frame_handler! {
    /// A call of anything.
    call_any = |l, base, i| {
        let ra = base.add(a(i));
        if b(i) != 0 {
            l.top.set(ra.add(b(i)));
        }
        calls::precall(l, ra, c(i) as i32 - 1).map(|_| ())
    }
}

/// `return R[A](R[A+1], ... ,R[A+B-1])`
pub fn tailcall(l: &State, base: Slot, pc: Pc, _k: K, i: Instruction) -> Outcome {
    l.ci().pc.set(pc.as_ptr());
    match tail_body(l, base, i) {
        Ok(true) => resume_frame(l),
        Ok(false) => Outcome::DONE,
        Err(t) => Outcome::thrown(t),
    }
}

/// Makes the tail call; answers false when the frame was a fresh one and has returned.
#[inline(never)]
pub fn tail_body(l: &State, base: Slot, i: Instruction) -> LResult<bool> {
    let mut ra = base.add(a(i));
    if b(i) != 0 {
        l.top.set(ra.add(b(i)));
    }
    if kbit(i) {
        upval::close(l, base);
        if upval::has_tbc(l, base) {
            // Only in an altered chunk.
            return Err(l.run_error("tail call in the scope of a variable to be closed", &[]));
        }
    }
    while !ra.get().is_function() {
        ra = calls::insert_call_metamethod(l, ra)?;
    }
    let ci = l.ci();
    let nparams = c(i);
    let delta = if nparams == 0 {
        0
    } else {
        ci.extra_args.get() as usize + nparams
    };
    if ra.tag() == tag::LUA_FN {
        return replace_frame(l, ra, delta).map(|()| true);
    }
    let off = l.save(ra);
    calls::call_c(l, ra, crate::limits::MULTRET)?;
    let n = l.top.get().distance(l.restore(off)) as usize;
    let ci = l.ci();
    ci.func.set(ci.func.get().sub(delta));
    leave(l, ci, n)
}

/// Turns the current frame into one of the Lua function at `ra`, whose arguments lie above it.
fn replace_frame(l: &State, ra: Slot, delta: usize) -> LResult<()> {
    let Some(cl) = ra.get().as_lua_closure() else {
        unreachable!("caller checked for a Lua closure")
    };
    let p = cl.proto();
    let size = p.max_stack.get() as usize;
    let mut ra = ra;
    if l.stack_last.get().distance(l.top.get()) <= size as isize {
        let off = l.save(ra);
        l.ensure_stack(size)?;
        ra = l.restore(off);
    }
    let ci = l.ci();
    let func = ci.func.get().sub(delta);
    ci.func.set(func);
    let n = l.top.get().distance(ra) as usize;
    for j in 0..n {
        func.add(j).set(ra.add(j).get());
    }
    let mut s = func.add(n);
    let params_end = func.add(1 + p.num_params.get() as usize);
    while s < params_end {
        s.set(TValue::NIL);
        s = s.add(1);
    }
    l.top.set(s);
    ci.top.set(func.add(1 + size));
    ci.pc.set(p.code.as_ptr());
    ci.k.set(p.constants.as_ptr());
    ci.set_bits(cist::TAIL);
    if l.hook_mask.get() != 0 && !p.is_vararg.get() {
        debug::hook::call_hook_on_entry(l)?;
    }
    Ok(())
}

/// Leaves the Lua frame `ci` with its `n` topmost values; answers whether the interpreter goes on in the caller.
fn leave(l: &State, ci: &CallInfo, n: usize) -> LResult<bool> {
    let fresh = ci.has(cist::FRESH);
    calls::post_call(l, ci, n)?;
    if ci.has(cist::META) {
        calls::finish_metamethod(l, ci)?;
    } else if ci.has(cist::AWAITED) && !fresh {
        trace::resume(l);
    }
    Ok(!fresh)
}

/// `return R[A], ... ,R[A+B-2]`
pub fn return_(l: &State, base: Slot, pc: Pc, _k: K, i: Instruction) -> Outcome {
    l.ci().pc.set(pc.as_ptr());
    match return_body(l, base, i) {
        Ok(true) => resume_frame(l),
        Ok(false) => Outcome::DONE,
        Err(t) => Outcome::thrown(t),
    }
}

#[inline(never)]
fn return_body(l: &State, base: Slot, i: Instruction) -> LResult<bool> {
    let ci = l.ci();
    let mut ra = base.add(a(i));
    let n = match b(i) {
        0 => l.top.get().distance(ra) as usize,
        n => n - 1,
    };
    // `return0` and `return1` come here under hooks: their operands mean the same, but they have nothing to close.
    let general = crate::bytecode::op::op(i) == crate::bytecode::op::Op::Return as u8;
    if general && kbit(i) {
        ci.scratch.set(n as i32);
        if l.top.get() < ci.top.get() {
            l.top.set(ci.top.get());
        }
        upval::close_all(l, base, None, true)?;
        ra = ci.base().add(a(i));
    }
    if general && c(i) != 0 {
        ci.func
            .set(ci.func.get().sub(ci.extra_args.get() as usize + c(i)));
    }
    l.top.set(ra.add(n));
    leave(l, ci, n)
}

/// Behind the return of a frame of which the interpreter does not just go on in the caller.
#[inline(never)]
fn special_return(l: &State) -> Outcome {
    // SAFETY: the frame that was left is still linked behind the current one.
    let callee = unsafe { &*l.ci().next.get() };
    if callee.has(cist::FRESH) {
        return Outcome::DONE;
    }
    if callee.has(cist::AWAITED) {
        trace::resume(l);
        return resume_frame(l);
    }
    match calls::finish_metamethod(l, callee) {
        Ok(()) => resume_frame(l),
        Err(t) => Outcome::thrown(t),
    }
}

/// `return`
pub fn return0(l: &State, base: Slot, _pc: Pc, _k: K, _i: Instruction) -> Outcome {
    let ci = l.ci();
    l.ci.set(ci.prev.get());
    let mut res = base.sub(1);
    let mut wanted = ci.nresults.get();
    while wanted > 0 {
        res.set(TValue::NIL);
        res = res.add(1);
        wanted -= 1;
    }
    l.top.set(res);
    if ci.has(cist::SPECIAL_RETURN) {
        return special_return(l);
    }
    resume_frame(l)
}

/// `return R[A]` to a caller that wants one result.
pub fn return1(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ci = l.ci();
    if ci.nresults.get() != 1 {
        return return1_adjusted(l, base, pc, k, i);
    }
    // SAFETY: a Lua function's frame is not the host's own, so that it has a caller.
    let caller = unsafe { &*ci.prev.get() };
    l.ci.set(ci.prev.get());
    base.sub(1).set(base.add(a(i)).get());
    l.top.set(base);
    if ci.has(cist::SPECIAL_RETURN) {
        return special_return(l);
    }
    resume_in(l, caller)
}

/// `return R[A]` to a caller that wants any other number of results.
#[inline(never)]
fn return1_adjusted(l: &State, base: Slot, _pc: Pc, _k: K, i: Instruction) -> Outcome {
    let ci = l.ci();
    l.ci.set(ci.prev.get());
    let mut res = base.sub(1);
    let mut wanted = ci.nresults.get();
    if wanted != 0 {
        res.set(base.add(a(i)).get());
        res = res.add(1);
        while wanted > 1 {
            res.set(TValue::NIL);
            res = res.add(1);
            wanted -= 1;
        }
    }
    l.top.set(res);
    if ci.has(cist::SPECIAL_RETURN) {
        return special_return(l);
    }
    resume_frame(l)
}

slow_handler! {
    /// `close all upvalues and variables >= R[A]`
    close = |l, base, _k, i| upval::close_all(l, base.add(a(i)), None, true)
}

slow_handler! {
    /// `mark R[A] to be closed`
    tbc = |l, base, _k, i| upval::new_tbc(l, base.add(a(i)))
}

slow_handler! {
    /// `R[A] := closure(function Bx)`
    closure = |l, base, _k, i| {
        let ra = base.add(a(i));
        let outer = closure_at(base);
        let p = outer.proto().protos.as_slice()[bx(i)];
        l.top.set(ra.add(1));
        LClosure::capture(l, p, outer, base, |new| ra.set(new.into()))?;
        heap::check_gc(l);
        Ok(())
    }
}

/// `R[A], R[A+1], ..., R[A+C-2] = vararg`
pub fn vararg(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    #[inline(never)]
    fn body(l: &State, base: Slot, i: Instruction) -> LResult<()> {
        let ci = l.ci();
        let extra = ci.extra_args.get() as usize;
        let mut ra = base.add(a(i));
        let wanted = match c(i) {
            0 => {
                l.ensure_stack(extra)?;
                ra = ci.base().add(a(i));
                l.top.set(ra.add(extra));
                extra
            }
            n => n - 1,
        };
        let from = ci.func.get().sub(extra);
        for j in 0..wanted.min(extra) {
            ra.add(j).set(from.add(j).get());
        }
        for j in extra..wanted {
            ra.add(j).set(TValue::NIL);
        }
        Ok(())
    }
    super::enter_slow(l, pc);
    match body(l, base, i) {
        Ok(()) => next(l, l.ci().base(), pc, k),
        Err(t) => Outcome::thrown(t),
    }
}

/// Moves the function and its fixed parameters above the extra arguments.
#[inline(never)]
fn adjust_varargs(l: &State, fixed: usize) -> LResult<()> {
    let ci = l.ci();
    let actual = l.top.get().distance(ci.func.get()) as usize - 1;
    ci.extra_args.set((actual - fixed) as i32);
    let size = closure_at(ci.base()).proto().max_stack.get() as usize;
    l.ensure_stack(size + 1)?;
    let func = ci.func.get();
    let mut top = l.top.get();
    top.set(func.get());
    top = top.add(1);
    for j in 1..=fixed {
        top.set(func.add(j).get());
        func.add(j).set(TValue::NIL);
        top = top.add(1);
    }
    ci.func.set(func.add(actual + 1));
    ci.top.set(ci.top.get().add(actual + 1));
    l.top.set(top);
    Ok(())
}

/// Prepares a vararg function with A fixed parameters.
pub fn varargprep(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let _ = base;
    l.ci().pc.set(pc.as_ptr());
    match adjust_varargs(l, a(i)) {
        Ok(()) => next(l, l.ci().base(), pc, k),
        Err(t) => Outcome::thrown(t),
    }
}

frame_handler! {
    /// As `varargprep`, then calls the hook for the call.
    varargprep_hooked = |l, _base, i| {
        adjust_varargs(l, a(i))?;
        debug::hook::call_hook_on_entry(l)?;
        // The next instruction is a new line whatever its number.
        l.old_pc.set(1);
        Ok(())
    }
}
