//! `lua` with the library `T` and an allocator that counts, refuses and checks.

#![no_main]

use core::ffi::{c_char, c_int};
use perilune_cli::lua::main as run;

/// Where the C library enters the program.
#[unsafe(no_mangle)]
extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: the C library passes the arguments of the process.
    unsafe { run(&perilune_internals::HOST, argc, argv) }
}
