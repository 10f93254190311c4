//! The Rust side of the variadic functions, which the C shim defines: it fetches the arguments and calls these.

use super::{api, boundary, cstr, view};
use crate::error::LResult;
use crate::format::{Arg, format_with};
use crate::heap::{self, LVec};
use crate::object::{State, Str, string};
use crate::value::Gc;
use core::ffi::{c_char, c_int, c_void};

/// The payload of an argument.
#[repr(C)]
#[derive(Clone, Copy)]
union Payload {
    s: *const c_char,
    i: i64,
    n: f64,
    p: *const c_void,
}

/// An argument of a format, as the shim fetched it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Argument {
    kind: c_int,
    payload: Payload,
}

impl Argument {
    fn decode<'a>(&self) -> Arg<'a> {
        // SAFETY: the shim sets `kind` together with the field that belongs to it.
        unsafe {
            match self.kind {
                0 if self.payload.s.is_null() => Arg::Str(b"(null)"),
                0 => Arg::Str(cstr(self.payload.s)),
                1 => Arg::Int(self.payload.i),
                2 => Arg::Num(self.payload.n),
                _ => Arg::Ptr(self.payload.p),
            }
        }
    }
}

fn arguments<'a>(args: *const Argument, n: usize) -> impl Iterator<Item = Arg<'a>> {
    // SAFETY: the shim passes an array of `n` arguments, which lives as long as its call.
    unsafe { core::slice::from_raw_parts(args, n) }
        .iter()
        .map(Argument::decode)
}

fn push_formatted(l: &State, out: &LVec<u8>) -> LResult<Gc<Str>> {
    let s = string::new(l, out)?;
    l.push(s.into());
    Ok(s)
}

/// `lua_pushvfstring`, with the arguments fetched.
///
/// # Safety
/// Called by the shim with what its caller gave it.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn perilune_push_format(
    state: *mut State,
    fmt: *const c_char,
    args: *const Argument,
    n: usize,
) -> *const c_char {
    api(state, |l| {
        let mut out = LVec::new(l);
        format_with(l, &mut out, cstr(fmt), &mut arguments(args, n))?;
        let s = push_formatted(l, &out)?;
        heap::check_gc(l);
        Ok(s.data().cast_const().cast())
    })
}

/// `luaL_error`, with the arguments fetched.
///
/// # Safety
/// Called by the shim with what its caller gave it.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn perilune_error(
    state: *mut State,
    fmt: *const c_char,
    args: *const Argument,
    n: usize,
    return_slot: *mut c_void,
) -> c_int {
    let l = view(state);
    let t = l.lib_error_with(cstr(fmt), &mut arguments(args, n));
    boundary::leave(l, t, return_slot)
}
