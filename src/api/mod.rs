//! The operations of `lua.h` and `lauxlib.h` as methods of [`State`](crate::object::State) that return [`LResult`](crate::error::LResult).
//!
//! Indices are those of the C API: positive from the function's frame, negative from the top, `REGISTRY_INDEX` and
//! `upvalue_index(n)` pseudo-indices. The standard library and the exported C functions stand on these methods; no
//! logic of the language is here, that is `vm`'s.
//!
//! Invariants
//! - Whoever calls a method has room for what it pushes: a function has `MIN_STACK` slots, more come from `check_stack`.
//! - A method that creates a collectable object first pushes it and then lets the collector work.
//! - Byte slices that a method returns belong to a string on the Lua stack (or to one that the method says) and are
//!   valid as long as that string is reachable.

#[macro_use]
pub mod native;

mod access;
mod aux;
mod call;
mod convert;
mod cstring;
mod load;
mod load_file;
mod position;
mod push;
mod refs;
mod stack;
mod table;
mod traceback;
mod upvalues;
mod userdata;
mod warn;

pub use crate::vm::coroutine::NativeCont;
pub use access::type_name;
pub use call::Continuation;
pub use load::BytesReader;
pub use native::Reg;
pub use warn::{warn_cont, warn_off, warn_on};

use crate::limits::REGISTRY_INDEX;

/// Registry field of the table of loaded modules.
pub const LOADED_TABLE: &str = "_LOADED";
/// Registry field of the table of preloaded loaders.
pub const PRELOAD_TABLE: &str = "_PRELOAD";
/// `LUA_NOREF`
pub const NO_REF: i32 = -2;
/// `LUA_REFNIL`
pub const REF_NIL: i32 = -1;

/// The pseudo-index of upvalue `n` (from 1) of the running function.
#[inline(always)]
pub const fn upvalue_index(n: i32) -> i32 {
    REGISTRY_INDEX - n
}
