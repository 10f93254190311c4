//! The string library: simple functions, and the metatable that gives strings their methods and arithmetic.
//!
//! Positions in arguments count from 1, negative ones from the end; inside they are byte offsets.

mod buffer;
mod format;
mod pack;
mod pattern;
pub mod short_cut;

use super::{arg, arg_count, bytes_arg, cstd, direct, int_arg, opt_int_arg};
use crate::error::LResult;
use crate::heap;
use crate::object::State;
use crate::value::{Effects, TValue, ty};

static LIB: &[crate::api::Reg] = library! {
    "byte" => byte [direct::byte]: Effects::None,
    "char" => char_ {short_cut::char_}: Effects::None,
    "dump" => dump,
    "find" => pattern::find: Effects::None,
    "format" => format::format: Effects::None,
    "gmatch" => pattern::gmatch: Effects::None,
    "gsub" => pattern::gsub: Effects::None,
    "len" => len [direct::len]: Effects::None,
    "lower" => lower: Effects::None,
    "match" => pattern::match_: Effects::None,
    "rep" => rep: Effects::None,
    "reverse" => reverse: Effects::None,
    "sub" => sub {short_cut::sub}: Effects::None,
    "upper" => upper: Effects::None,
    "pack" => pack::pack: Effects::None,
    "packsize" => pack::packsize: Effects::None,
    "unpack" => pack::unpack: Effects::None,
};

macro_rules! arithmetic {
    ($($name:ident, $event:literal, $op:literal;)*) => {
        $(fn $name(l: &State) -> LResult<i32> {
            arithmetic(l, $op, $event)
        })*
        static METAMETHODS: &[crate::api::Reg] = library! { $($event => $name),* };
    };
}
// The numbers are the operators of `lua_arith`.
arithmetic! {
    arith_add, "__add", 0;
    arith_sub, "__sub", 1;
    arith_mul, "__mul", 2;
    arith_mod, "__mod", 3;
    arith_pow, "__pow", 4;
    arith_div, "__div", 5;
    arith_idiv, "__idiv", 6;
    arith_unm, "__unm", 12;
}

/// Opens the string library: leaves its table on the stack and makes it the `__index` of all strings. Their metatable
/// is complete before it is set, so that a memory error in between leaves strings as they were.
pub fn open_string(l: &State) -> LResult<i32> {
    l.new_lib(LIB)?;
    l.new_lib(METAMETHODS)?;
    l.push_value(-2);
    l.set_field(-2, "__index")?;
    l.push_bytes(b"")?;
    l.insert(-2);
    l.set_metatable(-2);
    l.pop(1);
    Ok(1)
}

/// The number that argument `n` is or spells.
fn numeral(l: &State, n: usize) -> Option<TValue> {
    let v = arg(l, n);
    if v.is_number() {
        Some(v)
    } else {
        v.as_string().and_then(|s| crate::number::parse(s.bytes()))
    }
}

/// The arithmetic metamethods of strings: numerals become numbers; otherwise the second operand's metamethod is called.
fn arithmetic(l: &State, op: i32, event: &str) -> LResult<i32> {
    if let (Some(a), Some(b)) = (numeral(l, 1), numeral(l, 2)) {
        l.push(a);
        l.push(b);
        l.arith(op)?;
        return Ok(1);
    }
    l.set_top(2)?;
    if l.type_of(2) == ty::STRING || l.get_metafield(2, event)? == ty::NIL {
        return Err(l.lib_error(
            "attempt to %s a '%s' with a '%s'",
            args![&event[2..], l.type_name_of(-2), l.type_name_of(-1)],
        ));
    }
    l.insert(-3);
    l.call(2, 1)?;
    Ok(1)
}

/// Bytes that `rep` may produce.
const MAX_REPEATED: u64 = i32::MAX as u64;

/// Offset (from 0) that a start position means; may lie behind the end.
fn start_offset(pos: i64, len: usize) -> usize {
    match pos {
        1.. => pos as usize - 1,
        0 => 0,
        _ if pos < -(len as i64) => 0,
        _ => (len as i64 + pos) as usize,
    }
}

/// Offset behind the last byte that an end position means, within the string.
fn end_offset(pos: i64, len: usize) -> usize {
    match pos {
        0.. => (pos as u64).min(len as u64) as usize,
        _ if pos < -(len as i64) => 0,
        _ => (len as i64 + pos + 1) as usize,
    }
}

fn len(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    l.push_int(s.len() as i64);
    Ok(1)
}

fn sub(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    let from = start_offset(int_arg(l, 2)?, s.len());
    let to = end_offset(opt_int_arg(l, 3, -1)?, s.len());
    l.push_bytes(s.get(from..to).unwrap_or(b""))?;
    Ok(1)
}

fn byte(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    let first = opt_int_arg(l, 2, 1)?;
    let from = start_offset(first, s.len());
    let last = opt_int_arg(l, 3, first)?;
    let Some(picked) = s.get(from..end_offset(last, s.len())) else {
        return Ok(0);
    };
    if let [c] = picked {
        l.push_int(*c as i64);
        return Ok(1);
    }
    if picked.len() >= i32::MAX as usize {
        return Err(l.lib_error("string slice too long", &[]));
    }
    l.ensure_stack_msg(picked.len() as i32, "string slice too long")?;
    for &c in picked {
        l.push_int(c as i64);
    }
    Ok(picked.len() as i32)
}

fn char_(l: &State) -> LResult<i32> {
    let n = arg_count(l);
    let byte = |i: usize| -> LResult<u8> {
        u8::try_from(int_arg(l, i)?).map_err(|_| l.arg_error(i as i32, "value out of range"))
    };
    if n == 1 {
        l.push_bytes(&[byte(1)?])?;
        return Ok(1);
    }
    let mut out = heap::LVec::with_capacity(l, n)?;
    for i in 1..=n {
        out.push(byte(i)?)?;
    }
    l.push_bytes(&out)?;
    Ok(1)
}

fn lower(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    buffer::build(l, s.len(), |out| {
        cstd::convert_case(s, out.as_mut_ptr(), false)
    })
}

fn upper(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    buffer::build(l, s.len(), |out| {
        cstd::convert_case(s, out.as_mut_ptr(), true)
    })
}

fn reverse(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    buffer::build(l, s.len(), |out| {
        for (to, from) in out.iter_mut().zip(s.iter().rev()) {
            *to = *from;
        }
    })
}

fn rep(l: &State) -> LResult<i32> {
    let s = bytes_arg(l, 1)?;
    let n = int_arg(l, 2)?;
    let sep = l.opt_bytes(3, Some(b""))?.unwrap_or(b"");
    if n <= 0 {
        l.push_bytes(b"")?;
        return Ok(1);
    }
    let unit = s.len() + sep.len();
    if unit as u64 > MAX_REPEATED / n as u64 {
        return Err(l.lib_error("resulting string too large", &[]));
    }
    buffer::build(l, unit * n as usize - sep.len(), |out| repeat(out, s, sep))
}

/// Fills `out` with copies of `s` separated by `sep`; the length of `out` is that of whole copies.
fn repeat(out: &mut [u8], s: &[u8], sep: &[u8]) {
    if out.is_empty() {
        return;
    }
    if let ([c], []) = (s, sep) {
        out.fill(*c);
        return;
    }
    let total = out.len();
    out[..s.len()].copy_from_slice(s);
    if total == s.len() {
        return;
    }
    out[s.len()..s.len() + sep.len()].copy_from_slice(sep);
    // What is filled so far repeats with period `unit`, so that any prefix of it may follow it.
    let mut filled = s.len() + sep.len();
    while filled < total {
        let n = filled.min(total - filled);
        out.copy_within(..n, filled);
        filled += n;
    }
}

fn dump(l: &State) -> LResult<i32> {
    let strip = l.to_boolean(2);
    l.check_type(1, ty::FUNCTION)?;
    l.set_top(1)?;
    let mut out = heap::LVec::new(l);
    let complete = l.dump(strip, &mut |piece| out.extend(piece).map(|()| true))?;
    if !complete {
        return Err(l.lib_error("unable to dump given function", &[]));
    }
    l.push_bytes(&out)?;
    Ok(1)
}
