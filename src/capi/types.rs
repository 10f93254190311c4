//! The types of `lua.h` and `lauxlib.h`, under their C names.

#![allow(non_camel_case_types)]

use crate::object::State;
use core::ffi::c_char;

/// A thread.
pub type lua_State = State;
/// An integer.
pub type lua_Integer = i64;
/// An unsigned integer.
pub type lua_Unsigned = u64;
/// A float.
pub type lua_Number = f64;
/// Context of a continuation.
pub type lua_KContext = isize;
/// A C function.
pub type lua_CFunction = Option<crate::value::CFunction>;
/// A continuation.
pub type lua_KFunction = Option<super::boundary::KFunction>;
/// A reader of chunks.
pub type lua_Reader = Option<super::boundary::Reader>;
/// A writer of chunks.
pub type lua_Writer = Option<super::boundary::Writer>;
/// An allocator.
pub type lua_Alloc = Option<crate::global::Alloc>;
/// A receiver of warnings.
pub type lua_WarnFunction = Option<crate::global::WarnFunction>;
/// A hook.
pub type lua_Hook = Option<crate::object::thread::Hook>;
/// What `lua_getinfo` tells about a function.
pub type lua_Debug = crate::debug::LuaDebug;

/// An entry of a list of functions to register.
#[repr(C)]
pub struct luaL_Reg {
    /// Name of the field; null ends the list.
    pub name: *const c_char,
    /// The function; null registers false as a placeholder.
    pub func: lua_CFunction,
}

/// Size of a buffer's own space.
pub const LUAL_BUFFERSIZE: usize = 16 * size_of::<*const u8>() * size_of::<lua_Number>();

/// A buffer's own space, aligned as C's `LUAI_MAXALIGN` has it.
#[repr(C, align(8))]
pub struct BufferSpace {
    /// The bytes.
    pub bytes: [core::mem::MaybeUninit<u8>; LUAL_BUFFERSIZE],
}

/// A string buffer, whose fields the macros of `lauxlib.h` use.
#[repr(C)]
pub struct luaL_Buffer {
    /// Where the contents are.
    pub b: *mut c_char,
    /// Bytes of room there.
    pub size: usize,
    /// Bytes in use.
    pub n: usize,
    /// The thread.
    pub state: *mut lua_State,
    /// The first place for the contents.
    pub init: BufferSpace,
}

const _: () =
    assert!(size_of::<luaL_Buffer>() == 1056 && core::mem::offset_of!(luaL_Buffer, init) == 32);
