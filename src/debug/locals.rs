//! Local variables of running functions.

use super::info::LuaDebug;
use super::{current_pc, lua_closure};
use crate::object::{CallInfo, Proto, State};
use crate::value::Slot;
use core::ffi::CStr;

/// The name of the `n`-th (from 1) local variable that is active at instruction `pc`.
pub fn local_name(p: &Proto, n: i32, pc: i32) -> Option<&'static CStr> {
    let mut left = n;
    for v in p
        .loc_vars
        .as_slice()
        .iter()
        .take_while(|v| v.start_pc <= pc)
    {
        if pc < v.end_pc {
            left -= 1;
            if left == 0 {
                return v.name.map(|s| s.c_str());
            }
        }
    }
    None
}

/// The extra argument with (negative) number `n`.
fn find_vararg(ci: &CallInfo, p: &Proto, n: i32) -> Option<(&'static CStr, Slot)> {
    let extra = ci.extra_args.get();
    if !p.is_vararg.get() || n < -extra {
        return None;
    }
    Some((c"(vararg)", ci.func.get().sub((extra + n + 1) as usize)))
}

/// Name and place of local variable `n` of a frame.
fn find(l: &State, ci: &CallInfo, n: i32) -> Option<(&'static CStr, Slot)> {
    let base = ci.base();
    if let Some(cl) = lua_closure(ci) {
        let p = cl.proto();
        if n < 0 {
            return find_vararg(ci, p, n);
        }
        // An altered chunk may name more variables than there are registers.
        if let Some(name) = local_name(p, n, current_pc(ci, p))
            && n <= p.max_stack.get() as i32
        {
            return Some((name, base.add(n as usize - 1)));
        }
    }
    let limit = if core::ptr::eq(ci, l.ci()) {
        l.top.get()
    } else {
        // SAFETY: a frame that is not the running one has a next one.
        unsafe { (*ci.next.get()).func.get() }
    };
    if n <= 0 || limit.distance(base) < n as isize {
        return None;
    }
    let name = if ci.is_lua() {
        c"(temporary)"
    } else {
        c"(C temporary)"
    };
    Some((name, base.add(n as usize - 1)))
}

/// The name of the variable of the running function that lies at `slot`.
pub fn variable_name(l: &State, slot: Slot) -> Option<&'static [u8]> {
    let ci = l.ci();
    let n = slot.distance(ci.func.get());
    find(l, ci, n as i32).map(|(name, _)| name.to_bytes())
}

/// Pushes local variable `n` of the frame in `ar` and returns its name; without `ar`, only returns the name of
/// parameter `n` of the Lua function on the top.
pub fn get_local(l: &State, ar: Option<&LuaDebug>, n: i32) -> Option<&'static CStr> {
    match ar {
        None => {
            let f = l.top.get().sub(1).get().as_lua_closure()?;
            local_name(f.proto(), n, 0)
        }
        Some(ar) => {
            let (name, slot) = find(l, ar.frame()?, n)?;
            l.push(slot.get());
            Some(name)
        }
    }
}

/// Pops a value into local variable `n` of the frame in `ar` and returns its name.
pub fn set_local(l: &State, ar: &LuaDebug, n: i32) -> Option<&'static CStr> {
    let (name, slot) = find(l, ar.frame()?, n)?;
    slot.set(l.pop_value());
    Some(name)
}
