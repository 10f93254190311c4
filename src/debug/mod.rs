//! What errors, hooks and debuggers ask about running code: positions, names, activation records.

pub mod hook;
mod info;
pub mod line;
mod locals;
mod message;
mod names;

pub use info::{LuaDebug, get_info, get_stack};
pub use locals::{get_local, local_name, set_local, variable_name};
pub use message::{
    call_error, chunk_id, compare_error, concat_error, for_error, op_arith_error, raise_top,
    to_int_error, type_error,
};

use crate::object::{CallInfo, LClosure, Proto};
use crate::value::{Gc, tag};

/// The Lua closure that runs in a frame; `None` in a frame of a C function.
pub fn lua_closure(ci: &CallInfo) -> Option<Gc<LClosure>> {
    ci.func.get().get().as_lua_closure().filter(|_| ci.is_lua())
}

/// The number of the instruction that a Lua frame executes.
pub fn current_pc(ci: &CallInfo, p: &Proto) -> i32 {
    let start = p.code.as_ptr() as usize;
    let bytes = (ci.pc.get() as usize).wrapping_sub(start) as isize;
    (bytes / size_of::<u32>() as isize) as i32 - 1
}

/// The line that a Lua frame executes; -1 where that is unknown.
pub fn current_line(ci: &CallInfo) -> i32 {
    debug_assert!(ci.func.get().tag() == tag::LUA_FN);
    match lua_closure(ci) {
        Some(cl) => line::of(cl.proto(), current_pc(ci, cl.proto())),
        None => -1,
    }
}
