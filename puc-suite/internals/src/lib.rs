//! The library `T`, with which the official test suite looks inside Lua.
//!
//! What it does over the public API, the mini-language of `T.testC` above all, is C over `lua.h` (folder `c`); what it
//! asks about the inside is Rust over the library's own modules ([`inspect`]).
#![cfg(feature = "internals")]

mod inspect;

use core::ffi::c_int;
use perilune::capi::boundary;
use perilune::error::LResult;
use perilune::object::State;
use perilune::stdlib;
use perilune_cli::lua::Host;

#[expect(improper_ctypes, reason = "the C code knows no field of a state")]
unsafe extern "C-unwind" {
    fn t_new_state() -> *mut State;
    fn luaopen_T(state: *mut State) -> c_int;
}

/// States over the checking allocator, with `T` as a global.
pub const HOST: Host = Host {
    // SAFETY: opening a state has no precondition.
    new_state: || unsafe { t_new_state() },
    open_libs,
};

fn open_libs(l: &State) -> LResult<()> {
    stdlib::open_libs(l)?;
    l.push_c_closure(luaopen_T, 0)?;
    l.push_str("T")?;
    l.call(1, 1)?;
    l.set_global("T")
}

/// Adds the functions that look inside to the table on top of the stack.
///
/// # Safety
/// `state` is a live state, and a C function of it runs.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn t_add_inspectors(state: *mut State) {
    // SAFETY: contract of the function.
    let l = unsafe { &*state };
    if let Err(t) = l.set_funcs(inspect::FUNCTIONS, 0) {
        boundary::raise(l, t);
    }
}
