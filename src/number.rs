//! Numbers: to text and back, conversions between integers and floats, UTF-8 encoding.

use crate::value::TValue;

/// Room for any formatted number.
pub const BUFFER: usize = 64;

/// Whether the float `f` has exactly the value of the integer `i`.
#[inline]
pub fn float_eq_int(f: f64, i: i64) -> bool {
    float_to_int_exact(f) == Some(i)
}

/// The integer with exactly the value of `f`, if there is one.
#[inline]
pub fn float_to_int_exact(f: f64) -> Option<i64> {
    if (-9223372036854775808.0..9223372036854775808.0).contains(&f) {
        let i = f as i64;
        if i as f64 == f { Some(i) } else { None }
    } else {
        None
    }
}

/// Formats a float as `tostring` does (`%.14g`, with ".0" when it looks like an integer, locale's decimal point).
pub fn format_float(n: f64, buf: &mut [u8; BUFFER]) -> &[u8] {
    let _ = n;
    &buf[..0]
}

/// Reads a numeral as the lexer and `tonumber` do (surrounding white space, sign, hexadecimal); `None` if malformed.
pub fn parse(s: &[u8]) -> Option<TValue> {
    let _ = s;
    None
}

/// Encodes a code point up to 2^31-1 in the original UTF-8 scheme (up to six bytes).
pub fn encode_utf8(code: u32, buf: &mut [u8; 8]) -> &[u8] {
    let _ = code;
    &buf[..0]
}
