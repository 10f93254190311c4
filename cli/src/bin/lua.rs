//! `lua`: the stand-alone interpreter.

use perilune::{capi, stdlib};
use perilune_cli::lua::{Host, main as run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(&Host {
        // SAFETY: opening a state has no precondition.
        new_state: || unsafe { capi::lauxlib::luaL_newstate() },
        open_libs: stdlib::open_libs,
    })
}
