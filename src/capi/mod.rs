//! The exported C functions: a file for each chapter of the manual's section 4, all of one shape (decode, call `api`,
//! translate the outcome), and the boundary to C.
//!
//! What every exported function relies on: `state` is a live state of this library that no other OS thread uses at the
//! same time, indices are acceptable, pointers point to what the manual says, and the stack has room for what is pushed.
//! The feature `apicheck` checks as much of it as PUC's `LUA_USE_APICHECK`.

#[macro_use]
mod check;
pub mod access;
pub mod boundary;
pub mod buffer;
pub mod call;
pub mod debug;
pub mod gc;
pub mod get;
pub mod lauxlib;
pub mod libs;
pub mod load;
pub mod misc;
pub mod push;
pub mod set;
pub mod stack;
pub mod state;
pub mod types;
mod varargs;

use crate::error::LResult;
use crate::object::State;
use core::ffi::{CStr, c_char};

/// Runs an operation that can raise.
#[inline(always)]
fn api<T>(state: *mut State, f: impl FnOnce(&State) -> LResult<T>) -> T {
    // SAFETY: contract of every exported function (head of this module).
    let l = unsafe { &*state };
    match f(l) {
        Ok(v) => v,
        Err(t) => boundary::raise(l, t),
    }
}

/// The state, for operations that cannot raise.
#[inline(always)]
fn view<'a>(state: *mut State) -> &'a State {
    // SAFETY: contract of every exported function (head of this module).
    unsafe { &*state }
}

/// The bytes of a C string.
#[inline(always)]
fn cstr<'a>(s: *const c_char) -> &'a [u8] {
    // SAFETY: contract of every exported function (head of this module): a NUL-terminated string.
    unsafe { CStr::from_ptr(s) }.to_bytes()
}

/// The bytes of a C string that may be null.
#[inline(always)]
fn opt_cstr<'a>(s: *const c_char) -> Option<&'a [u8]> {
    if s.is_null() { None } else { Some(cstr(s)) }
}

/// A block of `n` bytes; null for an empty one is fine.
#[inline(always)]
fn block<'a>(s: *const c_char, n: usize) -> &'a [u8] {
    if n == 0 {
        return &[];
    }
    // SAFETY: contract of every exported function (head of this module): `n` readable bytes.
    unsafe { core::slice::from_raw_parts(s.cast(), n) }
}

/// Stores a result where the host wants it, unless the pointer is null.
#[inline(always)]
fn store<T>(to: *mut T, v: T) {
    if !to.is_null() {
        // SAFETY: contract of every exported function (head of this module): room for a result.
        unsafe { to.write(v) };
    }
}
