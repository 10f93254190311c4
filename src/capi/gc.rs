//! `lua_gc` (manual section 4.6), with the option of `perilune.h`; the C shim fetches its arguments.

use super::view;
use crate::heap;
use crate::object::State;
use crate::trace;
use core::ffi::{CStr, c_char, c_int};

/// The options of `lua_gc`.
mod what {
    pub const STOP: i32 = 0;
    pub const RESTART: i32 = 1;
    pub const COLLECT: i32 = 2;
    pub const COUNT: i32 = 3;
    pub const COUNTB: i32 = 4;
    pub const STEP: i32 = 5;
    pub const SETPAUSE: i32 = 6;
    pub const SETSTEPMUL: i32 = 7;
    pub const ISRUNNING: i32 = 9;
    pub const GEN: i32 = 10;
    pub const INC: i32 = 11;
}

/// `lua_gc` with its arguments fetched; -1 for an unknown option or inside a finalizer.
///
/// # Safety
/// Called by the shim with what its caller gave it.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn perilune_gc(
    state: *mut State,
    option: c_int,
    a: c_int,
    b: c_int,
    c: c_int,
) -> c_int {
    let l = view(state);
    if !heap::gc_may_run(l) {
        return -1;
    }
    match option {
        what::STOP => {
            heap::gc_stop(l);
            0
        }
        what::RESTART => {
            heap::gc_restart(l);
            0
        }
        what::COLLECT => {
            heap::gc_full(l);
            0
        }
        what::COUNT => (heap::gc_count_bytes(l) >> 10) as c_int,
        what::COUNTB => (heap::gc_count_bytes(l) & 0x3FF) as c_int,
        what::STEP => c_int::from(heap::gc_step(l, a)),
        what::SETPAUSE => heap::gc_set_pause(l, a),
        what::SETSTEPMUL => heap::gc_set_stepmul(l, a),
        what::ISRUNNING => c_int::from(heap::gc_is_running(l)),
        what::GEN => heap::gc_generational(l, a, b),
        what::INC => heap::gc_incremental(l, a, b, c),
        _ => -1,
    }
}

/// `lua_gc` with the option `PERILUNE_GCJIT`: changes the settings of the state's compiler of traces by a list as in the
/// environment variable `PERILUNE_JIT` (null: changes nothing). 1 if hot loops are compiled from now on, else 0.
///
/// # Safety
/// Called by the shim with what its caller gave it: a C string, or null.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn perilune_set_jit(state: *mut State, list: *const c_char) -> c_int {
    let list = if list.is_null() {
        c""
    } else {
        // SAFETY: the caller of `lua_gc` passes a C string with this option.
        unsafe { CStr::from_ptr(list) }
    };
    c_int::from(trace::configure(view(state), &list.to_string_lossy()))
}
