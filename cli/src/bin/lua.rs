//! `lua`: the stand-alone interpreter.

#![no_main]

use core::ffi::{c_char, c_int};
use perilune::{capi, stdlib};
use perilune_cli::lua::{Host, main as run};

/// Where the C library enters the program.
#[unsafe(no_mangle)]
extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    let host = Host {
        // SAFETY: opening a state has no precondition.
        new_state: || unsafe { capi::lauxlib::luaL_newstate() },
        open_libs: stdlib::open_libs,
    };
    // SAFETY: the C library passes the arguments of the process.
    unsafe { run(&host, argc, argv) }
}
