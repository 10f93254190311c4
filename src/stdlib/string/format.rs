//! `string.format`.
//!
//! Integers, strings and characters are laid out here; floats go through C's `snprintf`, which knows the locale, except
//! for plain `%.Nf`, where Rust's exact conversion gives the same digits.

use super::super::{arg, arg_count, bytes_arg, cstd, int_arg};
use crate::error::{LResult, Throw};
use crate::heap::LVec;
use crate::object::State;
use crate::value::TValue;
use core::ffi::c_char;
use core::fmt::Write;

/// Bytes of a conversion specification between `%` and the conversion character, at most.
const MAX_SPEC: usize = 20;
/// Room for any formatted float: 99 digits behind the point and up to 309 in front.
const MAX_FLOAT: usize = 512;
/// Strings from this length on are not padded (no width can be larger), unless a precision cuts them.
const LONG_STRING: usize = 100;

/// What a conversion admits: the flags, and whether a precision may follow.
struct Allowed {
    conversions: &'static [u8],
    flags: &'static [u8],
    precision: bool,
}

const ALLOWED: &[Allowed] = &[
    Allowed {
        conversions: b"cp",
        flags: b"-",
        precision: false,
    },
    Allowed {
        conversions: b"s",
        flags: b"-",
        precision: true,
    },
    Allowed {
        conversions: b"di",
        flags: b"-+0 ",
        precision: true,
    },
    Allowed {
        conversions: b"u",
        flags: b"-0",
        precision: true,
    },
    Allowed {
        conversions: b"oxX",
        flags: b"-#0",
        precision: true,
    },
    Allowed {
        conversions: b"aAfeEgG",
        flags: b"-+ #0",
        precision: true,
    },
];

/// A conversion specification.
#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

impl Spec {
    /// Reads what stands between `%` and the conversion character. `None` if the conversion does not admit it.
    fn parse(text: &[u8], conversion: u8) -> Option<Spec> {
        let mut spec = Spec::default();
        if text.is_empty() {
            return Some(spec);
        }
        let allowed = ALLOWED
            .iter()
            .find(|a| a.conversions.contains(&conversion))?;
        let mut rest = text;
        while let [flag, tail @ ..] = rest
            && allowed.flags.contains(flag)
        {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.blank = true,
                b'#' => spec.alternate = true,
                _ => spec.zero = true,
            }
            rest = tail;
        }
        // A zero that is no flag here cannot start a width either.
        if rest.first() != Some(&b'0') {
            spec.width = two_digits(&mut rest);
            if let [b'.', tail @ ..] = rest
                && allowed.precision
            {
                rest = tail;
                spec.precision = Some(two_digits(&mut rest));
            }
        }
        rest.is_empty().then_some(spec)
    }

    /// Appends `sign`, zeros up to `digits` digits, and `body`, padded to the width.
    fn pad(&self, out: &mut LVec<u8>, sign: &[u8], zeros: usize, body: &[u8]) -> LResult<()> {
        let blanks = self.width.saturating_sub(sign.len() + zeros + body.len());
        if !self.left {
            fill(out, b' ', blanks)?;
        }
        out.extend(sign)?;
        fill(out, b'0', zeros)?;
        out.extend(body)?;
        if self.left {
            fill(out, b' ', blanks)
        } else {
            Ok(())
        }
    }

    /// Appends an integer whose digits are `digits`, `sign` in front.
    fn integer(&self, out: &mut LVec<u8>, sign: &[u8], digits: &[u8]) -> LResult<()> {
        let zeros = match self.precision {
            Some(p) => p.saturating_sub(digits.len()),
            None if self.zero && !self.left => self.width.saturating_sub(sign.len() + digits.len()),
            None => 0,
        };
        self.pad(out, sign, zeros, digits)
    }
}

fn fill(out: &mut LVec<u8>, c: u8, n: usize) -> LResult<()> {
    for _ in 0..n {
        out.push(c)?;
    }
    Ok(())
}

/// Takes up to two digits off the front of `text`.
fn two_digits(text: &mut &[u8]) -> usize {
    let mut n = 0;
    for _ in 0..2 {
        if let [c @ b'0'..=b'9', tail @ ..] = *text {
            n = n * 10 + (c - b'0') as usize;
            *text = tail;
        }
    }
    n
}

/// `string.format`
pub fn format(l: &State) -> LResult<i32> {
    let last = arg_count(l);
    let format = bytes_arg(l, 1)?;
    let mut out = LVec::with_capacity(l, format.len() + 32)?;
    let mut rest = format;
    let mut next = 1;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend(&rest[..at])?;
        rest = &rest[at + 1..];
        if rest.first() == Some(&b'%') {
            out.push(b'%')?;
            rest = &rest[1..];
            continue;
        }
        next += 1;
        if next > last {
            return Err(l.arg_error(next as i32, "no value"));
        }
        let n = rest
            .iter()
            .position(|c| !b"-+ #0123456789.".contains(c))
            .unwrap_or(rest.len());
        if n > MAX_SPEC {
            return Err(l.lib_error("invalid format (too long)", &[]));
        }
        convert(l, &mut out, &rest[..(n + 1).min(rest.len())], n, next)?;
        rest = rest.get(n + 1..).unwrap_or(b"");
    }
    out.extend(rest)?;
    l.push_bytes(&out)?;
    Ok(1)
}

/// Appends argument `n` as `text` says: the specification behind `%`, its conversion character at offset `at`.
fn convert(l: &State, out: &mut LVec<u8>, text: &[u8], at: usize, n: usize) -> LResult<()> {
    let conversion = text.get(at).copied().unwrap_or(0);
    let spec = |check: fn(&State, usize) -> LResult<()>| -> LResult<Spec> {
        check(l, n)?;
        Spec::parse(&text[..at], conversion)
            .ok_or_else(|| invalid(l, "invalid conversion specification: '%%%s'", text))
    };
    match conversion {
        b'c' => {
            let c = int_arg(l, n)? as u8;
            spec(|_, _| Ok(()))?.pad(out, b"", 0, &[c])
        }
        b'd' | b'i' => {
            let i = int_arg(l, n)?;
            let spec = spec(|_, _| Ok(()))?;
            let sign: &[u8] = match i {
                _ if i < 0 => b"-",
                _ if spec.plus => b"+",
                _ if spec.blank => b" ",
                _ => b"",
            };
            unsigned(out, &spec, sign, i.unsigned_abs(), b'u')
        }
        b'u' | b'o' | b'x' | b'X' => {
            let i = int_arg(l, n)? as u64;
            let spec = spec(|_, _| Ok(()))?;
            let prefix: &[u8] = match conversion {
                _ if !spec.alternate || i == 0 => b"",
                b'x' => b"0x",
                b'X' => b"0X",
                _ => b"",
            };
            unsigned(out, &spec, prefix, i, conversion)
        }
        b'a' | b'A' | b'f' | b'e' | b'E' | b'g' | b'G' => {
            let spec = spec(|l, n| l.check_num(n as i32).map(|_| ()))?;
            float(l, out, &spec, text, l.check_num(n as i32)?)
        }
        b'p' => {
            let p = l.to_pointer(n as i32);
            let spec = spec(|_, _| Ok(()))?;
            pointer(out, &spec, p as usize)
        }
        b'q' => {
            if at != 0 {
                return Err(l.lib_error("specifier '%%q' cannot have modifiers", &[]));
            }
            quoted(l, out, n)
        }
        b's' => string(l, out, text, at, n),
        _ => Err(invalid(l, "invalid conversion '%%%s' to 'format'", text)),
    }
}

#[cold]
fn invalid(l: &State, message: &str, text: &[u8]) -> Throw {
    // As a C string would, the text ends with the first NUL.
    let shown = text.split(|&c| c == 0).next().unwrap_or(b"");
    l.lib_error(message, args![shown])
}

/// Appends an unsigned integer in the base of `conversion`.
fn unsigned(out: &mut LVec<u8>, spec: &Spec, sign: &[u8], i: u64, conversion: u8) -> LResult<()> {
    if conversion == b'u' {
        let mut buf = itoa::Buffer::new();
        let digits = if i == 0 && spec.precision == Some(0) {
            ""
        } else {
            buf.format(i)
        };
        return spec.integer(out, sign, digits.as_bytes());
    }
    let (bits, alphabet) = match conversion {
        b'o' => (3, b"01234567"[..].as_ref()),
        b'x' => (4, b"0123456789abcdef"[..].as_ref()),
        _ => (4, b"0123456789ABCDEF"[..].as_ref()),
    };
    let mut digits = [0; 24];
    let mut at = digits.len();
    let mut rest = i;
    while rest != 0 || (at == digits.len() && spec.precision != Some(0)) {
        at -= 1;
        digits[at] = alphabet[(rest & ((1 << bits) - 1)) as usize];
        rest >>= bits;
    }
    // The alternate form of an octal number starts with a zero, which counts as one of its digits.
    let missing_zero = conversion == b'o' && spec.alternate && digits.get(at) != Some(&b'0');
    if missing_zero && spec.precision.is_none_or(|p| p <= digits.len() - at) {
        at -= 1;
        digits[at] = b'0';
    }
    spec.integer(out, sign, &digits[at..])
}

fn pointer(out: &mut LVec<u8>, spec: &Spec, p: usize) -> LResult<()> {
    if p == 0 {
        return spec.pad(out, b"", 0, b"(null)");
    }
    unsigned(out, spec, b"0x", p as u64, b'x')
}

fn string(l: &State, out: &mut LVec<u8>, text: &[u8], at: usize, n: usize) -> LResult<()> {
    let s = match arg(l, n).as_string() {
        Some(s) => {
            l.push(s.into());
            s.bytes()
        }
        None => l.tolstring(n as i32)?,
    };
    if at == 0 {
        out.extend(s)?;
    } else {
        if s.contains(&0) {
            return Err(l.arg_error(n as i32, "string contains zeros"));
        }
        let Some(spec) = Spec::parse(&text[..at], b's') else {
            return Err(invalid(l, "invalid conversion specification: '%%%s'", text));
        };
        match spec.precision {
            Some(p) => spec.pad(out, b"", 0, &s[..p.min(s.len())])?,
            None if s.len() >= LONG_STRING => out.extend(s)?,
            None => spec.pad(out, b"", 0, s)?,
        }
    }
    l.pop(1);
    Ok(())
}

/// A fixed piece of memory to format into.
struct Fixed<'a> {
    buf: &'a mut [u8],
    len: usize,
}

impl Write for Fixed<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let room = self
            .buf
            .get_mut(self.len..self.len + s.len())
            .ok_or(core::fmt::Error)?;
        room.copy_from_slice(s.as_bytes());
        self.len += s.len();
        Ok(())
    }
}

#[inline(never)]
fn float(l: &State, out: &mut LVec<u8>, spec: &Spec, text: &[u8], x: f64) -> LResult<()> {
    let mut buf = [0; MAX_FLOAT];
    let plain = !(spec.plus || spec.blank || spec.alternate || spec.zero);
    if text.last() == Some(&b'f') && plain && x.is_finite() && cstd::decimal_point() == b'.' {
        let mut fixed = Fixed {
            buf: &mut buf,
            len: 0,
        };
        if write!(fixed, "{x:.*}", spec.precision.unwrap_or(6)).is_ok() {
            let n = fixed.len;
            return spec.pad(out, b"", 0, &buf[..n]);
        }
    }
    let n = c_format(&mut buf, text, x);
    if n >= buf.len() {
        return Err(l.lib_error("number too long", &[]));
    }
    out.extend(&buf[..n])
}

/// Formats a float with `snprintf`; `text` is the specification behind `%`. Returns the length of the result.
fn c_format(buf: &mut [u8], text: &[u8], x: f64) -> usize {
    let mut spec = [0u8; MAX_SPEC + 3];
    spec[0] = b'%';
    spec[1..=text.len()].copy_from_slice(text);
    // SAFETY: `spec` is NUL-terminated and asks for one `double` (its syntax was checked); `buf` has `buf.len()` bytes.
    let n = unsafe {
        libc::snprintf(
            buf.as_mut_ptr().cast::<c_char>(),
            buf.len(),
            spec.as_ptr().cast::<c_char>(),
            x,
        )
    };
    n.max(0) as usize
}

/// Appends argument `n` as a literal that Lua reads back as the same value.
fn quoted(l: &State, out: &mut LVec<u8>, n: usize) -> LResult<()> {
    let v = arg(l, n);
    if let Some(s) = v.as_string() {
        return quoted_string(out, s.bytes());
    }
    if let Some(i) = v.as_int() {
        if i == i64::MIN {
            return out.extend(b"0x8000000000000000");
        }
        return out.extend(itoa::Buffer::new().format(i).as_bytes());
    }
    if let Some(x) = v.as_float() {
        return quoted_float(out, x);
    }
    if v.is_nil() || v.raw_eq(TValue::TRUE) || v.raw_eq(TValue::FALSE) {
        out.extend(l.tolstring(n as i32)?)?;
        l.pop(1);
        return Ok(());
    }
    Err(l.arg_error(n as i32, "value has no literal form"))
}

#[inline(never)]
fn quoted_float(out: &mut LVec<u8>, x: f64) -> LResult<()> {
    if x.is_nan() {
        return out.extend(b"(0/0)");
    }
    if x.is_infinite() {
        return out.extend(if x > 0.0 { b"1e9999" } else { b"-1e9999" });
    }
    let mut buf = [0; 64];
    let n = c_format(&mut buf, b"a", x);
    let text = &mut buf[..n];
    // A literal has a dot, whatever the locale's decimal point.
    if !text.contains(&b'.')
        && let Some(point) = text.iter().position(|&c| c == cstd::decimal_point())
    {
        text[point] = b'.';
    }
    out.extend(text)
}

fn quoted_string(out: &mut LVec<u8>, s: &[u8]) -> LResult<()> {
    let classes = cstd::Classes::current();
    out.push(b'"')?;
    for (i, &c) in s.iter().enumerate() {
        match c {
            b'"' | b'\\' | b'\n' => out.extend(&[b'\\', c])?,
            _ if classes.has(c, cstd::class::CNTRL) => {
                let digit_follows = s.get(i + 1).is_some_and(u8::is_ascii_digit);
                out.push(b'\\')?;
                if digit_follows {
                    fill(out, b'0', if c < 10 { 2 } else { usize::from(c < 100) })?;
                }
                out.extend(itoa::Buffer::new().format(c).as_bytes())?;
            }
            _ => out.push(c)?,
        }
    }
    out.push(b'"')
}
