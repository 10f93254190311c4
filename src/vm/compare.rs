//! Comparison: numbers exactly across integers and floats, strings by the locale's collation, the rest by metamethods.

use super::meta;
use crate::debug;
use crate::error::LResult;
use crate::global::Event;
use crate::number;
use crate::object::{State, Str, Table, Udata};
use crate::value::{Gc, TValue, tag};
use core::cmp::Ordering;
use core::ffi::c_char;

/// `a == b`, with `__eq`.
pub fn equal(l: &State, a: TValue, b: TValue) -> LResult<bool> {
    let tm = equality_metamethod(l, a, b);
    if tm.is_nil() {
        return Ok(a.raw_eq(b));
    }
    Ok(!super::call::call_metamethod_result(l, tm, a, b)?.is_falsy())
}

/// The metamethod that decides about `a == b`; a nil variant if primitive equality does.
pub fn equality_metamethod(l: &State, a: TValue, b: TValue) -> TValue {
    if a.tag() != b.tag() || a.bits() == b.bits() {
        return TValue::ABSENT;
    }
    let (ma, mb) = match a.tag() {
        tag::TABLE => (
            a.gc::<Table>().metatable.get(),
            b.gc::<Table>().metatable.get(),
        ),
        tag::USERDATA => (
            a.gc::<Udata>().metatable.get(),
            b.gc::<Udata>().metatable.get(),
        ),
        _ => return TValue::ABSENT,
    };
    let tm = meta::fast(l, ma, Event::Eq);
    if tm.is_nil() {
        meta::fast(l, mb, Event::Eq)
    } else {
        tm
    }
}

/// `a < b` for two numbers.
pub fn number_less_than(a: TValue, b: TValue) -> bool {
    match (a.as_int(), b.as_int()) {
        (Some(x), Some(y)) => x < y,
        (Some(x), None) => number::lt_int_float(x, b.float_bits()),
        (None, Some(y)) => number::lt_float_int(a.float_bits(), y),
        (None, None) => a.float_bits() < b.float_bits(),
    }
}

/// `a <= b` for two numbers.
pub fn number_less_equal(a: TValue, b: TValue) -> bool {
    match (a.as_int(), b.as_int()) {
        (Some(x), Some(y)) => x <= y,
        (Some(x), None) => number::le_int_float(x, b.float_bits()),
        (None, Some(y)) => number::le_float_int(a.float_bits(), y),
        (None, None) => a.float_bits() <= b.float_bits(),
    }
}

/// `a < b`, with `__lt`.
pub fn less_than(l: &State, a: TValue, b: TValue) -> LResult<bool> {
    order(l, a, b, Event::Lt)
}

/// `a <= b`, with `__le`.
pub fn less_equal(l: &State, a: TValue, b: TValue) -> LResult<bool> {
    order(l, a, b, Event::Le)
}

fn order(l: &State, a: TValue, b: TValue, e: Event) -> LResult<bool> {
    if let Some(result) = primitive_order(a, b, e) {
        return Ok(result);
    }
    match meta::binary(l, a, b, e)? {
        Some(v) => Ok(!v.is_falsy()),
        None => order_without_metamethod(l, a, b, e),
    }
}

/// `a < b` (`Event::Lt`) or `a <= b` (`Event::Le`) for two numbers or two strings; `None` for anything else.
pub fn primitive_order(a: TValue, b: TValue, e: Event) -> Option<bool> {
    let strict = e == Event::Lt;
    if a.is_number() && b.is_number() {
        return Some(if strict {
            number_less_than(a, b)
        } else {
            number_less_equal(a, b)
        });
    }
    let order = compare_strings(a.as_string()?, b.as_string()?);
    Some(order == Ordering::Less || !strict && order == Ordering::Equal)
}

/// The order of two values without a metamethod for the event `e`: a `__lt` that stands for `__le`, or an error.
pub fn order_without_metamethod(l: &State, a: TValue, b: TValue, e: Event) -> LResult<bool> {
    if e == Event::Le {
        // Compatibility with 5.3: `a <= b` is `not (b < a)`. The frame remembers the negation for a yield inside.
        let ci = l.ci();
        ci.set_bits(crate::object::thread::cist::LEQ);
        let negated = meta::binary(l, b, a, Event::Lt)?;
        ci.clear_bits(crate::object::thread::cist::LEQ);
        if let Some(v) = negated {
            return Ok(v.is_falsy());
        }
    }
    Err(debug::compare_error(l, a, b))
}

/// Order of two strings by `strcoll`, piece by piece between embedded zeros.
pub fn compare_strings(a: Gc<Str>, b: Gc<Str>) -> Ordering {
    let (mut a, mut b) = (a.bytes(), b.bytes());
    loop {
        // SAFETY: both pieces end with a zero, an embedded one or the one behind the string.
        let r = unsafe { libc::strcoll(a.as_ptr().cast::<c_char>(), b.as_ptr().cast::<c_char>()) };
        if r != 0 {
            return r.cmp(&0);
        }
        let na = memchr::memchr(0, a).unwrap_or(a.len());
        let nb = memchr::memchr(0, b).unwrap_or(b.len());
        if nb == b.len() {
            return if na == a.len() {
                Ordering::Equal
            } else {
                Ordering::Greater
            };
        }
        if na == a.len() {
            return Ordering::Less;
        }
        a = &a[na + 1..];
        b = &b[nb + 1..];
    }
}
