//! The programs over Perilune, as far as more than one binary needs them, and the entry of `lua`.

pub mod lua;

use core::ffi::{c_char, c_int};
use lua::{Host, main as run};
use perilune::{capi, stdlib};

/// `main` of the stand-alone interpreter, which the linker makes from this crate's static library as it makes the shared
/// library from Perilune's: so that both leave out the same parts of std. Returns the exit status.
///
/// # Safety
/// `argv` has `argc` strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn perilune_main(argc: c_int, argv: *const *const c_char) -> c_int {
    let host = Host {
        // SAFETY: opening a state has no precondition.
        new_state: || unsafe { capi::lauxlib::luaL_newstate() },
        open_libs: stdlib::open_libs,
    };
    // SAFETY: the caller's.
    unsafe { run(&host, argc, argv) }
}
