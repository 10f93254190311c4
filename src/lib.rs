//! Perilune: PUC-Rio Lua's C API over a VM written in Rust. `ARCHITECTURE.md` has the map.

#[macro_use]
pub mod format;
#[macro_use]
pub mod api;
pub mod bytecode;
pub mod capi;
pub mod debug;
pub mod dialect;
pub mod error;
pub mod global;
pub mod heap;
pub mod limits;
pub mod number;
pub mod object;
pub mod stdlib;
pub mod syntax;
#[cfg_attr(not(feature = "jit"), path = "no_trace.rs")]
pub mod trace;
pub mod value;
pub mod vm;
