//! Conversions between numbers and strings that the language does by itself.

use crate::error::LResult;
use crate::number;
use crate::object::{State, Str, string};
use crate::value::{Gc, TValue, tag};

/// The number that a value is or that its string denotes.
#[inline]
pub fn to_number(v: TValue) -> Option<TValue> {
    match v.tag() {
        tag::INT | tag::FLOAT => Some(v),
        tag::SHORT | tag::LONG => number::parse(v.gc::<Str>().bytes()),
        _ => None,
    }
}

/// The value as a float, strings converted.
#[inline]
pub fn to_float(v: TValue) -> Option<f64> {
    match v.as_number() {
        Some(n) => Some(n),
        None => to_number(v).and_then(TValue::as_number),
    }
}

/// The value as an integer, strings converted; floats must have an integer value.
#[inline]
pub fn to_integer(v: TValue) -> Option<i64> {
    match v.as_int() {
        Some(i) => Some(i),
        None => to_number(v).and_then(number_to_integer),
    }
}

/// A number as an integer; floats must have an integer value, strings are not converted.
#[inline(always)]
pub fn number_to_integer(v: TValue) -> Option<i64> {
    match v.tag() {
        tag::INT => Some(v.int_bits()),
        tag::FLOAT => number::float_to_int_exact(v.float_bits()),
        _ => None,
    }
}

/// The string of a number. Raises a memory error.
pub fn number_to_string(l: &State, v: TValue) -> LResult<Gc<Str>> {
    if let Some(i) = v.as_int() {
        return string::new(l, itoa::Buffer::new().format(i).as_bytes());
    }
    let mut buf = [0; number::BUFFER];
    let n = v.as_float().unwrap_or(0.0);
    string::new(l, number::format_float(n, &mut buf))
}
