//! `lua` with the library `T` and an allocator that counts, refuses and checks.

use perilune_cli::lua::main as run;
use std::process::ExitCode;

fn main() -> ExitCode {
    run(&perilune_internals::HOST)
}
