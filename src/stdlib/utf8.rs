//! The UTF-8 library. Positions count bytes from 1; negative ones count from the end.

use super::{arg, arg_count, bytes_arg, int_arg, opt_int_arg, push_fail};
use crate::error::LResult;
use crate::heap::LVec;
use crate::number::encode_utf8;
use crate::object::State;
use crate::value::{Effects, ShortCut, TValue};

static LIB: &[crate::api::Reg] = library! {
    "offset" => offset: Effects::None,
    "codepoint" => codepoint: Effects::None,
    "char" => char_: Effects::None,
    "len" => len: Effects::None,
    "codes" => codes: Effects::None,
};

/// Matches exactly one encoded character.
const CHAR_PATTERN: &[u8] = b"[\0-\x7F\xC2-\xFD][\x80-\xBF]*";
/// The largest code that the original encoding can hold, and the largest one of Unicode.
const MAX_CODE: u32 = 0x7FFF_FFFF;
const MAX_UNICODE: u32 = 0x10_FFFF;
/// The smallest code that needs a sequence with so many continuation bytes.
const SMALLEST: [u32; 6] = [0, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000];
const INVALID: &str = "invalid UTF-8 code";

/// Opens the UTF-8 library and leaves its table on the stack.
pub fn open_utf8(l: &State) -> LResult<i32> {
    l.new_lib(LIB)?;
    l.push_bytes(CHAR_PATTERN)?;
    l.set_field(-2, "charpattern")?;
    Ok(1)
}

fn is_continuation(s: &[u8], at: usize) -> bool {
    s.get(at).is_some_and(|c| c & 0xC0 == 0x80)
}

/// The offset (from 1) that a position means; 0 if it lies before the string.
fn relative(pos: i64, len: usize) -> i64 {
    match pos {
        0.. => pos,
        _ if pos.unsigned_abs() > len as u64 => 0,
        _ => len as i64 + pos + 1,
    }
}

/// The code that `s` starts with and the number of its bytes; `None` if it is not valid.
fn decode(s: &[u8], strict: bool) -> Option<(u32, usize)> {
    let first = *s.first()?;
    if first < 0x80 {
        return Some((first as u32, 1));
    }
    let more = first.leading_ones() as usize;
    // A continuation byte cannot come first, nor is there a sequence of more than six bytes.
    if !(2..=6).contains(&more) {
        return None;
    }
    let mut code = first as u32 & (0x7F >> more);
    for i in 1..more {
        if !is_continuation(s, i) {
            return None;
        }
        code = code << 6 | (s[i] & 0x3F) as u32;
    }
    let surrogate = (0xD800..=0xDFFF).contains(&code);
    if code < SMALLEST[more - 1] || (strict && (code > MAX_UNICODE || surrogate)) {
        return None;
    }
    Some((code, more))
}

fn len(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    let first = relative(opt_int_arg(l, 2, 1)?, s.len());
    let last = relative(opt_int_arg(l, 3, -1)?, s.len());
    let strict = arg(l, 4).is_falsy();
    if first < 1 || first - 1 > s.len() as i64 {
        return Err(l.arg_error(2, "initial position out of bounds"));
    }
    if last > s.len() as i64 {
        return Err(l.arg_error(3, "final position out of bounds"));
    }
    let mut at = first as usize - 1;
    let mut n = 0;
    while (at as i64) < last {
        match decode(&s[at..], strict) {
            Some((_, bytes)) => at += bytes,
            None => {
                push_fail(l);
                l.push_int(at as i64 + 1);
                return Ok(2);
            }
        }
        n += 1;
    }
    l.push_int(n);
    Ok(1)
}

fn codepoint(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    let first = relative(opt_int_arg(l, 2, 1)?, s.len());
    let last = relative(opt_int_arg(l, 3, first)?, s.len());
    let strict = arg(l, 4).is_falsy();
    if first < 1 {
        return Err(l.arg_error(2, "out of bounds"));
    }
    if last > s.len() as i64 {
        return Err(l.arg_error(3, "out of bounds"));
    }
    if first > last {
        return Ok(0);
    }
    if last - first >= i32::MAX as i64 {
        return Err(l.lib_error("string slice too long", &[]));
    }
    l.ensure_stack_msg((last - first + 1) as i32, "string slice too long")?;
    let mut at = first as usize - 1;
    let mut n = 0;
    while (at as i64) < last {
        let Some((code, bytes)) = decode(&s[at..], strict) else {
            return Err(l.lib_error(INVALID, &[]));
        };
        l.push_int(code as i64);
        at += bytes;
        n += 1;
    }
    Ok(n)
}

fn char_(l: &State) -> LResult<i32> {
    let mut out = LVec::new(l);
    for i in 1..=arg_count(l) {
        let code = int_arg(l, i)? as u64;
        if code > MAX_CODE as u64 {
            return Err(l.arg_error(i as i32, "value out of range"));
        }
        out.extend(encode_utf8(code as u32, &mut [0; 8]))?;
    }
    l.push_bytes(&out)?;
    Ok(1)
}

fn offset(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    let n = int_arg(l, 2)?;
    let default = if n >= 0 { 1 } else { s.len() as i64 + 1 };
    let start = relative(opt_int_arg(l, 3, default)?, s.len()) - 1;
    if !(0..=s.len() as i64).contains(&start) {
        return Err(l.arg_error(3, "position out of bounds"));
    }
    match find_character(s, start as usize, n) {
        Ok(Some(at)) => l.push_int(at as i64 + 1),
        Ok(None) => push_fail(l),
        Err(()) => return Err(l.lib_error("initial position is a continuation byte", &[])),
    }
    Ok(1)
}

/// Where the `n`th character counted from the one at `at` starts; `Err` if none starts at `at`.
fn find_character(s: &[u8], mut at: usize, n: i64) -> Result<Option<usize>, ()> {
    if n == 0 {
        while at > 0 && is_continuation(s, at) {
            at -= 1;
        }
        return Ok(Some(at));
    }
    if is_continuation(s, at) {
        return Err(());
    }
    let mut left = if n < 0 { n } else { n - 1 };
    while left < 0 && at > 0 {
        at -= 1;
        while at > 0 && is_continuation(s, at) {
            at -= 1;
        }
        left += 1;
    }
    while left > 0 && at < s.len() {
        at += 1;
        while is_continuation(s, at) {
            at += 1;
        }
        left -= 1;
    }
    Ok((left == 0).then_some(at))
}

fn next_code(l: &State, strict: bool) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    let mut at = l.to_integer(2).unwrap_or(0) as u64;
    while at < s.len() as u64 && is_continuation(s, at as usize) {
        at += 1;
    }
    if at >= s.len() as u64 {
        return Ok(0);
    }
    let at = at as usize;
    match decode(&s[at..], strict) {
        Some((code, bytes)) if !is_continuation(s, at + bytes) => {
            l.push_int(at as i64 + 1);
            l.push_int(code as i64);
            Ok(2)
        }
        _ => Err(l.lib_error(INVALID, &[])),
    }
}

fn next_strict(l: &State) -> LResult<i32> {
    next_code(l, true)
}

fn next_lax(l: &State) -> LResult<i32> {
    next_code(l, false)
}

fn codes(l: &State) -> LResult<i32> {
    let lax = !arg(l, 2).is_falsy();
    let s = bytes_arg(l, 1)?;
    if is_continuation(s, 0) {
        return Err(l.arg_error(1, INVALID));
    }
    l.push_native(if lax {
        crate::native!(next_lax, ShortCut::None, Effects::None)
    } else {
        crate::native!(next_strict, ShortCut::None, Effects::None)
    });
    l.push(arg(l, 1));
    l.push(TValue::int(0));
    Ok(3)
}
