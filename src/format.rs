//! Message formats: the engine behind `lua_pushfstring` and every message of the library itself.
//!
//! Conversions: `%s` string, `%d` C int, `%I` integer, `%f` number, `%p` pointer, `%c` character, `%U` UTF-8 sequence of a
//! code point, `%%`.

use crate::error::LResult;
use crate::heap::LVec;
use crate::object::{State, Str};
use crate::value::Gc;
use core::ffi::c_void;

/// An argument of a format.
#[derive(Clone, Copy)]
pub enum Arg<'a> {
    /// For `%s`.
    Str(&'a [u8]),
    /// For `%d`, `%I`, `%c` and `%U`.
    Int(i64),
    /// For `%f`.
    Num(f64),
    /// For `%p`.
    Ptr(*const c_void),
}

macro_rules! arg_from {
    ($($t:ty => |$v:ident| $e:expr),* $(,)?) => {$(
        impl<'a> From<$t> for Arg<'a> { fn from($v: $t) -> Self { $e } }
    )*};
}
arg_from! {
    &'a str => |v| Arg::Str(v.as_bytes()),
    &'a [u8] => |v| Arg::Str(v),
    Gc<Str> => |v| Arg::Str(v.bytes()),
    i32 => |v| Arg::Int(v as i64),
    i64 => |v| Arg::Int(v),
    u32 => |v| Arg::Int(v as i64),
    u8 => |v| Arg::Int(v as i64),
    usize => |v| Arg::Int(v as i64),
    f64 => |v| Arg::Num(v),
    *const c_void => |v| Arg::Ptr(v),
}

/// Builds the argument slice of a format: `args![name, 3]`.
#[macro_export]
macro_rules! args {
    ($($e:expr),* $(,)?) => { &[$($crate::format::Arg::from($e)),*] };
}

/// Appends the formatted text to `out`. Raises a memory error, or an error for an unknown conversion.
///
/// Strings among the arguments may lie in the heap: they must be reachable.
pub fn format_into(l: &State, out: &mut LVec<u8>, fmt: &str, args: &[Arg<'_>]) -> LResult<()> {
    format_with(l, out, fmt.as_bytes(), &mut args.iter().copied())
}

/// As `format_into`, for a format and arguments that come from a host.
pub fn format_with(
    l: &State,
    out: &mut LVec<u8>,
    fmt: &[u8],
    args: &mut dyn Iterator<Item = Arg<'_>>,
) -> LResult<()> {
    let mut rest = fmt;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend(&rest[..at])?;
        let conversion = rest.get(at + 1).copied().unwrap_or(0);
        rest = &rest[(at + 2).min(rest.len())..];
        if conversion == b'%' {
            out.push(b'%')?;
            continue;
        }
        match (conversion, args.next()) {
            (b's', Some(Arg::Str(s))) => out.extend(s)?,
            (b'd' | b'I', Some(Arg::Int(i))) => {
                out.extend(itoa::Buffer::new().format(i).as_bytes())?
            }
            (b'c', Some(Arg::Int(c))) => out.push(c as u8)?,
            (b'f', Some(Arg::Num(n))) => {
                let mut buf = [0; crate::number::BUFFER];
                out.extend(crate::number::format_float(n, &mut buf))?;
            }
            (b'U', Some(Arg::Int(c))) => {
                let mut buf = [0; 8];
                out.extend(crate::number::encode_utf8(c as u32, &mut buf))?;
            }
            (b'p', Some(Arg::Ptr(p))) => push_pointer(out, p)?,
            _ => {
                return Err(l.run_error(
                    "invalid option '%%%c' to 'lua_pushfstring'",
                    args![conversion],
                ));
            }
        }
    }
    out.extend(rest)
}

fn push_pointer(out: &mut LVec<u8>, p: *const c_void) -> LResult<()> {
    if p.is_null() {
        return out.extend(b"(nil)");
    }
    let mut digits = [0u8; 16];
    let mut n = digits.len();
    let mut v = p as usize;
    while v != 0 {
        n -= 1;
        digits[n] = b"0123456789abcdef"[v & 15];
        v >>= 4;
    }
    out.extend(b"0x")?;
    out.extend(&digits[n..])
}

impl State {
    /// Pushes the formatted text as a string and returns it. Raises a memory error.
    pub fn push_format(&self, fmt: &str, args: &[Arg<'_>]) -> LResult<Gc<Str>> {
        let mut out = LVec::new(self);
        format_into(self, &mut out, fmt, args)?;
        let s = crate::object::string::new(self, &out)?;
        self.push(s.into());
        Ok(s)
    }
}
