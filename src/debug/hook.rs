//! Hooks: installing them, and calling them for calls, returns, lines and counts.
//!
//! A thread with a hook runs its instructions through another dispatch table (`vm::interp`), which asks
//! [`before_instruction`] first. `set` only writes words, so that signal handlers may call it.

use super::info::LuaDebug;
use super::{current_pc, line, lua_closure};
use crate::bytecode::op;
use crate::capi::boundary;
use crate::error::{LResult, Throw};
use crate::limits::MIN_STACK;
use crate::object::proto::Instruction;
use crate::object::thread::{Hook, cist};
use crate::object::{CallInfo, State};
use crate::vm::call::mask;
use crate::vm::interp;

/// The events, numbered as in `lua.h`.
pub mod event {
    /// `LUA_HOOKCALL`
    pub const CALL: i32 = 0;
    /// `LUA_HOOKRET`
    pub const RET: i32 = 1;
    /// `LUA_HOOKLINE`
    pub const LINE: i32 = 2;
    /// `LUA_HOOKCOUNT`
    pub const COUNT: i32 = 3;
    /// `LUA_HOOKTAILCALL`
    pub const TAIL_CALL: i32 = 4;
}

/// Installs a hook (`None` or mask 0: removes it).
pub fn set(l: &State, hook: Option<Hook>, mask: i32, count: i32) {
    let (hook, mask) = if hook.is_none() || mask == 0 {
        (None, 0)
    } else {
        (hook, mask)
    };
    l.hook.set(hook);
    l.base_hook_count.set(count);
    l.hook_count.set(count);
    l.hook_mask.set(mask);
    l.dispatch.set(interp::dispatch_for(l.global(), mask));
}

/// Calls the hook for an event, unless hooks are not allowed now. `first` and `count` tell the values transferred by a
/// call or return (`count` 0: none). Raises what the hook raises.
pub fn call_event(l: &State, event: i32, line: i32, first: i32, count: i32) -> LResult<()> {
    let Some(hook) = l.hook.get() else {
        return Ok(());
    };
    if !l.allow_hook.get() {
        return Ok(());
    }
    let ci = l.ci();
    let top = l.save(l.top.get());
    let frame_top = l.save(ci.top.get());
    let mut ar = LuaDebug::new();
    ar.event = event;
    ar.currentline = line;
    ar.i_ci = ci as *const CallInfo as *mut CallInfo;
    let mut bits = cist::HOOKED;
    if count != 0 {
        bits |= cist::TRANSFER;
        ci.transfer_first.set(first as u16);
        ci.transfer_count.set(count as u16);
    }
    if ci.is_lua() && l.top.get() < ci.top.get() {
        // All registers are live while the hook runs.
        l.top.set(ci.top.get());
    }
    l.ensure_stack(MIN_STACK)?;
    if ci.top.get() < l.top.get().add(MIN_STACK) {
        ci.top.set(l.top.get().add(MIN_STACK));
    }
    l.allow_hook.set(false);
    ci.set_bits(bits);
    boundary::call_hook(l, hook, (&raw mut ar).cast())?;
    l.allow_hook.set(true);
    ci.top.set(l.restore(frame_top));
    l.top.set(l.restore(top));
    ci.clear_bits(bits);
    Ok(())
}

/// Calls the call hook for the Lua function that was just entered.
pub fn call_hook_on_entry(l: &State) -> LResult<()> {
    l.old_pc.set(0);
    if l.hook_mask.get() & mask::CALL == 0 {
        return Ok(());
    }
    let ci = l.ci();
    let Some(cl) = lua_closure(ci) else {
        return Ok(());
    };
    let event = if ci.has(cist::TAIL) {
        event::TAIL_CALL
    } else {
        event::CALL
    };
    // Hooks expect `pc` behind the current instruction.
    ci.pc.set(ci.pc.get().wrapping_add(1));
    call_event(l, event, -1, 1, cl.proto().num_params.get() as i32)?;
    ci.pc.set(ci.pc.get().wrapping_sub(1));
    Ok(())
}

/// Calls the return hook for the frame `ci`, whose `nres` results are on top.
pub fn return_event(l: &State, ci: &CallInfo, nres: i32) -> LResult<()> {
    if l.hook_mask.get() & mask::RET != 0 {
        let first = l.save(l.top.get()) - nres as isize;
        let mut delta = 0;
        if let Some(cl) = lua_closure(ci)
            && cl.proto().is_vararg.get()
        {
            delta = ci.extra_args.get() as usize + cl.proto().num_params.get() as usize + 1;
        }
        ci.func.set(ci.func.get().add(delta));
        let first = (first - l.save(ci.func.get())) as i32;
        call_event(l, event::RET, -1, first, nres)?;
        ci.func.set(ci.func.get().sub(delta));
    }
    // SAFETY: a frame that returns has a caller's frame in front of it.
    let caller = unsafe { &*ci.prev.get() };
    if let Some(cl) = lua_closure(caller) {
        l.old_pc.set(current_pc(caller, cl.proto()));
    }
    Ok(())
}

/// Whether no hook is to be called before the instruction, the one in front of the frame's `pc`; counts it if instructions
/// are counted.
#[inline(always)]
pub fn passes_over(l: &State, i: Instruction) -> bool {
    match l.hook_mask.get() & (mask::LINE | mask::COUNT) {
        0 => true,
        mask::COUNT => {
            let left = l.hook_count.get();
            // A vararg function's first instruction does not count.
            let counts = left > 1 && op::op(i) != op::Op::VarargPrep as u8;
            if counts {
                l.hook_count.set(left - 1);
            }
            counts
        }
        // A hook's own lines are nobody's, and the line before is known again when it has returned.
        mask::LINE => !l.allow_hook.get() || is_on_same_line(l),
        _ => false,
    }
}

/// Whether the instruction in front of the current frame's `pc` is the next one, and on the same line.
fn is_on_same_line(l: &State) -> bool {
    let ci = l.ci();
    let Some(cl) = lua_closure(ci) else {
        return false;
    };
    let p = cl.proto();
    let now = current_pc(ci, p);
    let same = now == l.old_pc.get() + 1 && line::is_unchanged(p, now) && !ci.has(cist::HOOK_YIELD);
    if same {
        l.old_pc.set(now);
    }
    same
}

/// Calls line and count hooks before the instruction in front of the `pc` of the running Lua function's frame. A hook
/// that yields makes this `Err(Throw::Yield)`; the resume then sets `pc` back, and the instruction runs. (While the
/// coroutine is suspended, `pc` stays, since debuggers ask for the line of the instruction that is to run.)
pub fn before_instruction(l: &State) -> LResult<()> {
    let hooks = l.hook_mask.get();
    if hooks & (mask::LINE | mask::COUNT) == 0 {
        return Ok(());
    }
    let ci = l.ci();
    let Some(cl) = lua_closure(ci) else {
        return Ok(());
    };
    let p = cl.proto();
    let now = current_pc(ci, p);
    let code = p.code.as_slice();
    if now == 0 && op::op(code[0]) == op::Op::VarargPrep as u8 {
        // The function's call hook comes first, from that instruction.
        return Ok(());
    }
    let counts = hooks & mask::COUNT != 0 && {
        l.hook_count.set(l.hook_count.get() - 1);
        l.hook_count.get() == 0
    };
    if counts {
        l.hook_count.set(l.base_hook_count.get());
    } else if hooks & mask::LINE == 0 {
        return Ok(());
    }
    if ci.has(cist::HOOK_YIELD) {
        // The hook for this instruction was called before the yield.
        ci.clear_bits(cist::HOOK_YIELD);
        return Ok(());
    }
    if !op::uses_top(code[now as usize]) {
        l.top.set(ci.top.get());
    }
    if counts {
        call_event(l, event::COUNT, -1, 0, 0)?;
    }
    if hooks & mask::LINE != 0 {
        let old = if (l.old_pc.get() as usize) < code.len() {
            l.old_pc.get()
        } else {
            0
        };
        if now <= old || line::changed(p, old, now) {
            call_event(l, event::LINE, line::of(p, now), 0, 0)?;
        }
        l.old_pc.set(now);
    }
    if l.status.get() == Throw::Yield as u8 {
        if counts {
            l.hook_count.set(1);
        }
        ci.set_bits(cist::HOOK_YIELD);
        return Err(Throw::Yield);
    }
    Ok(())
}
