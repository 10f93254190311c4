//! Numbers: to text and back, conversions and exact comparisons between integers and floats, integer arithmetic as the
//! language defines it, UTF-8 encoding.

use crate::value::TValue;
use core::ffi::c_char;

/// Room for any formatted number.
pub const BUFFER: usize = 64;
/// Significant digits of a float as text.
const DIGITS: usize = 14;
/// 2^63 as a float.
const TWO_63: f64 = 9223372036854775808.0;

// ---- conversions and comparisons ----

/// Whether the float `f` has exactly the value of the integer `i`.
#[inline]
pub fn float_eq_int(f: f64, i: i64) -> bool {
    float_to_int_exact(f) == Some(i)
}

/// The integer with exactly the value of `f`, if there is one.
#[inline]
pub fn float_to_int_exact(f: f64) -> Option<i64> {
    if (-TWO_63..TWO_63).contains(&f) {
        let i = f as i64;
        if i as f64 == f { Some(i) } else { None }
    } else {
        None
    }
}

/// The largest integer not above `f`, if it fits.
pub fn float_to_int_floor(f: f64) -> Option<i64> {
    float_to_int_exact(f.floor())
}

/// The smallest integer not below `f`, if it fits.
pub fn float_to_int_ceil(f: f64) -> Option<i64> {
    float_to_int_exact(f.ceil())
}

/// `i < f`, exactly.
pub fn lt_int_float(i: i64, f: f64) -> bool {
    match float_to_int_ceil(f) {
        Some(c) => i < c,
        None => f > 0.0,
    }
}

/// `i <= f`, exactly.
pub fn le_int_float(i: i64, f: f64) -> bool {
    match float_to_int_floor(f) {
        Some(c) => i <= c,
        None => f > 0.0,
    }
}

/// `f < i`, exactly.
pub fn lt_float_int(f: f64, i: i64) -> bool {
    match float_to_int_floor(f) {
        Some(c) => c < i,
        None => f < 0.0,
    }
}

/// `f <= i`, exactly.
pub fn le_float_int(f: f64, i: i64) -> bool {
    match float_to_int_ceil(f) {
        Some(c) => c <= i,
        None => f < 0.0,
    }
}

// ---- arithmetic ----

/// `x // y` for `y` not 0.
pub fn idiv(x: i64, y: i64) -> i64 {
    let q = x.wrapping_div(y);
    if x.wrapping_rem(y) != 0 && (x ^ y) < 0 { q - 1 } else { q }
}

/// `x % y` for `y` not 0.
pub fn imod(x: i64, y: i64) -> i64 {
    let r = x.wrapping_rem(y);
    if r != 0 && (r ^ y) < 0 { r + y } else { r }
}

/// `x % y` for floats.
pub fn fmod_lua(x: f64, y: f64) -> f64 {
    let r = x % y;
    if (r > 0.0 && y < 0.0) || (r < 0.0 && y > 0.0) { r + y } else { r }
}

/// `x ^ y`.
pub fn pow(x: f64, y: f64) -> f64 {
    if y == 2.0 { x * x } else { x.powf(y) }
}

/// `x << y`; to the right for negative `y`, 0 for 64 bits and more.
#[inline(always)]
pub fn shl(x: i64, y: i64) -> i64 {
    match y {
        -63..=-1 => (x as u64 >> -y) as i64,
        0..=63 => ((x as u64) << y) as i64,
        _ => 0,
    }
}

// ---- text to number ----

fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\t'..=b'\r')
}

fn trim(s: &[u8]) -> &[u8] {
    let start = s.iter().position(|&c| !is_space(c)).unwrap_or(s.len());
    let end = s.iter().rposition(|&c| !is_space(c)).map_or(start, |i| i + 1);
    &s[start..end]
}

/// The value of a hexadecimal digit.
pub fn hex_digit(c: u8) -> Option<u8> {
    (c as char).to_digit(16).map(|d| d as u8)
}

fn split_sign(s: &[u8]) -> (bool, &[u8]) {
    match s.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, s),
    }
}

fn strip_hex(s: &[u8]) -> Option<&[u8]> {
    s.strip_prefix(b"0x").or_else(|| s.strip_prefix(b"0X"))
}

/// An integer without white space around it; `None` if malformed or (decimal) too large.
fn parse_int(s: &[u8]) -> Option<i64> {
    let (negative, digits) = split_sign(s);
    let mut n: u64 = 0;
    if let Some(hex) = strip_hex(digits) {
        if hex.is_empty() {
            return None;
        }
        for &c in hex {
            n = n << 4 | hex_digit(c)? as u64;
        }
    } else {
        if digits.is_empty() {
            return None;
        }
        for &c in digits {
            let d = c.wrapping_sub(b'0') as u64;
            if d > 9 {
                return None;
            }
            n = n.checked_mul(10)?.checked_add(d)?;
        }
        if n > i64::MAX as u64 + negative as u64 {
            return None;
        }
    }
    Some(if negative { (n as i64).wrapping_neg() } else { n as i64 })
}

/// The decimal point of the current locale.
fn locale_point() -> u8 {
    // SAFETY: `localeconv` returns a valid structure with NUL-terminated strings.
    unsafe { *(*libc::localeconv()).decimal_point as u8 }
}

/// A float without white space around it.
fn parse_float(s: &[u8]) -> Option<f64> {
    let (negative, rest) = split_sign(s);
    if let Some(hex) = strip_hex(rest) {
        let f = parse_hex_float(hex)?;
        return Some(if negative { -f } else { f });
    }
    let plain = |c: &u8| matches!(c, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    if s.iter().all(plain) {
        return core::str::from_utf8(s).ok()?.parse().ok();
    }
    // The locale's decimal point is accepted beside the dot.
    let point = locale_point();
    let mut buf = [0u8; 200];
    let copy = buf.get_mut(..s.len())?;
    for (to, &c) in copy.iter_mut().zip(s) {
        *to = if c == point && point != b'.' { b'.' } else { c };
        if !plain(to) {
            return None;
        }
    }
    core::str::from_utf8(copy).ok()?.parse().ok()
}

/// `m * 2^e`.
fn scale(m: f64, e: i32) -> f64 {
    let (mut m, mut e) = (m, e.clamp(-5000, 5000));
    let step = |k: i32| f64::from_bits(((1023 + k) as u64) << 52);
    while e > 1000 {
        m *= step(1000);
        e -= 1000;
    }
    while e < -1000 {
        m *= step(-1000);
        e += 1000;
    }
    m * step(e)
}

/// A hexadecimal float behind its `0x`.
fn parse_hex_float(s: &[u8]) -> Option<f64> {
    let point = locale_point();
    let (mut mantissa, mut exponent) = (0u64, 0i32);
    let (mut digits, mut seen_point) = (0usize, false);
    let mut at = 0;
    while at < s.len() {
        let c = s[at];
        if let Some(d) = hex_digit(c) {
            digits += 1;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | d as u64;
            } else {
                // Digits beyond the mantissa only matter for rounding.
                mantissa |= (d != 0) as u64;
                exponent = exponent.saturating_add(4);
            }
            if seen_point {
                exponent = exponent.saturating_sub(4);
            }
        } else if !seen_point && (c == b'.' || c == point) {
            seen_point = true;
        } else {
            break;
        }
        at += 1;
    }
    if digits == 0 {
        return None;
    }
    if at < s.len() {
        if !matches!(s[at], b'p' | b'P') {
            return None;
        }
        let (negative, power) = split_sign(&s[at + 1..]);
        if power.is_empty() || !power.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let n = power.iter().fold(0i32, |n, &c| n.saturating_mul(10).saturating_add((c - b'0') as i32));
        exponent = exponent.saturating_add(if negative { -n } else { n });
    }
    Some(scale(mantissa as f64, exponent))
}

/// Reads a numeral as the lexer and `tonumber` do (surrounding white space, sign, hexadecimal); `None` if malformed.
pub fn parse(s: &[u8]) -> Option<TValue> {
    let s = trim(s);
    if let Some(i) = parse_int(s) {
        return Some(TValue::int(i));
    }
    parse_float(s).map(TValue::float)
}

// ---- number to text ----

/// A writer into a fixed buffer that is known to be large enough.
struct Out<'a> {
    buf: &'a mut [u8; BUFFER],
    n: usize,
}

impl Out<'_> {
    fn put(&mut self, s: &[u8]) {
        self.buf[self.n..self.n + s.len()].copy_from_slice(s);
        self.n += s.len();
    }
    fn zeros(&mut self, n: usize) {
        self.buf[self.n..self.n + n].fill(b'0');
        self.n += n;
    }
}

/// Formats a float as `tostring` does (`%.14g`, with ".0" when it looks like an integer, locale's decimal point).
pub fn format_float(n: f64, buf: &mut [u8; BUFFER]) -> &[u8] {
    let mut out = Out { buf, n: 0 };
    if !n.is_finite() {
        out.put(if n.is_nan() {
            if n.is_sign_negative() { b"-nan" } else { b"nan" }
        } else if n < 0.0 {
            b"-inf"
        } else {
            b"inf"
        });
    } else if n == n.trunc() && n.abs() < 1e14 {
        if n == 0.0 && n.is_sign_negative() {
            out.put(b"-");
        }
        out.put(itoa::Buffer::new().format(n as i64).as_bytes());
        out.put(&[locale_point(), b'0']);
    } else if !put_rounded(&mut out, n) {
        return format_exactly(n, buf);
    }
    let len = out.n;
    &buf[..len]
}

/// Writes a float from its shortest digits; answers false where those do not tell how to round.
fn put_rounded(out: &mut Out, n: f64) -> bool {
    let mut shortest = ryu::Buffer::new();
    let text = shortest.format_finite(n.abs()).as_bytes();
    let (mantissa, power) = match text.iter().position(|&c| c == b'e') {
        Some(at) => (&text[..at], core::str::from_utf8(&text[at + 1..]).ok().and_then(|s| s.parse::<i32>().ok())),
        None => (text, Some(0)),
    };
    let Some(power) = power else { return false };
    // `digits` are the significant digits, `exponent` the decimal exponent of the first.
    let mut digits = [0u8; 20];
    let mut count = 0;
    let mut exponent = power - 1;
    let mut seen_point = false;
    for &c in mantissa {
        if c == b'.' {
            seen_point = true;
            continue;
        }
        if !seen_point {
            exponent += 1;
        }
        if count == 0 && c == b'0' {
            exponent -= 1;
            if !seen_point {
                exponent = power - 1;
            }
            continue;
        }
        digits[count] = c;
        count += 1;
    }
    while count > 1 && digits[count - 1] == b'0' {
        count -= 1;
    }
    if count > DIGITS {
        if n.abs() < f64::MIN_POSITIVE || (count == DIGITS + 1 && digits[DIGITS] == b'5') {
            return false;
        }
        let up = digits[DIGITS] >= b'5';
        count = DIGITS;
        if up {
            let mut i = count;
            loop {
                if i == 0 {
                    digits[0] = b'1';
                    count = 1;
                    exponent += 1;
                    break;
                }
                i -= 1;
                if digits[i] != b'9' {
                    digits[i] += 1;
                    count = i + 1;
                    break;
                }
            }
        }
        while count > 1 && digits[count - 1] == b'0' {
            count -= 1;
        }
    }
    if n < 0.0 {
        out.put(b"-");
    }
    put_digits(out, &digits[..count], exponent);
    true
}

fn put_digits(out: &mut Out, digits: &[u8], exponent: i32) {
    let point = [locale_point()];
    if (-4..DIGITS as i32).contains(&exponent) {
        if exponent < 0 {
            out.put(b"0");
            out.put(&point);
            out.zeros((-exponent - 1) as usize);
            out.put(digits);
            return;
        }
        let whole = exponent as usize + 1;
        if digits.len() <= whole {
            out.put(digits);
            out.zeros(whole - digits.len());
            out.put(&point);
            out.put(b"0");
        } else {
            out.put(&digits[..whole]);
            out.put(&point);
            out.put(&digits[whole..]);
        }
        return;
    }
    out.put(&digits[..1]);
    if digits.len() > 1 {
        out.put(&point);
        out.put(&digits[1..]);
    }
    out.put(if exponent < 0 { b"e-" } else { b"e+" });
    let e = exponent.unsigned_abs();
    if e < 10 {
        out.put(b"0");
    }
    out.put(itoa::Buffer::new().format(e).as_bytes());
}

/// Formats a float by the C library, which rounds exactly.
fn format_exactly(n: f64, buf: &mut [u8; BUFFER]) -> &[u8] {
    // SAFETY: `buf` has room for every result of "%.14g".
    let len = unsafe { libc::snprintf(buf.as_mut_ptr().cast::<c_char>(), BUFFER, c"%.14g".as_ptr(), n) };
    let mut len = len as usize;
    if buf[..len].iter().all(|c| c.is_ascii_digit() || *c == b'-') {
        buf[len] = locale_point();
        buf[len + 1] = b'0';
        len += 2;
    }
    &buf[..len]
}

/// Encodes a code point up to 2^31-1 in the original UTF-8 scheme (up to six bytes).
pub fn encode_utf8(code: u32, buf: &mut [u8; 8]) -> &[u8] {
    if code < 0x80 {
        buf[7] = code as u8;
        return &buf[7..];
    }
    let mut rest = code;
    let mut at = 8;
    // The first byte has room for one bit less with each byte that follows.
    let mut first_max = 0x3F;
    loop {
        at -= 1;
        buf[at] = 0x80 | (rest & 0x3F) as u8;
        rest >>= 6;
        first_max >>= 1;
        if rest <= first_max {
            break;
        }
    }
    at -= 1;
    buf[at] = (!first_max << 1) as u8 | rest as u8;
    &buf[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_c(n: f64) -> String {
        let mut buf = [0u8; BUFFER];
        String::from_utf8(format_exactly(n, &mut buf).to_vec()).unwrap()
    }

    fn samples() -> impl Iterator<Item = f64> {
        let mut x = 0x9E37_79B9_7F4A_7C15u64;
        (0..200_000).map(move |i| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            match i % 4 {
                0 => f64::from_bits(x),
                1 => (x >> 40) as f64 / 1000.0,
                2 => (x >> 30) as f64 * 1e-7,
                _ => (x >> 11) as f64 / (1u64 << 53) as f64,
            }
        })
    }

    #[test]
    fn format_float_equals_printf() {
        let special = [0.0, -0.0, 1.0, 1e15, 1e14, 123456789012345.0, 0.1, 1e100, 5e-324, 0.5, 99999999999999.9, 1e-5];
        let mut buf = [0u8; BUFFER];
        for n in samples().filter(|n| !n.is_nan()).chain(special) {
            let ours = String::from_utf8(format_float(n, &mut buf).to_vec()).unwrap();
            assert_eq!(ours, by_c(n), "{n:e}");
        }
    }

    #[test]
    fn numerals_read_as_strtod_does() {
        for n in samples().filter(|n| n.is_finite()) {
            let text = format!("{n:e}");
            assert_eq!(parse(text.as_bytes()).and_then(TValue::as_number), Some(n), "{text}");
        }
        let cases: [(&str, Option<f64>); 14] = [
            ("0x10", Some(16.0)),
            (" 0x.8p1 ", Some(1.0)),
            ("0x1p-1074", Some(5e-324)),
            ("0x", None),
            ("1e", None),
            ("1e+", None),
            (".", None),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("inf", None),
            ("nan", None),
            ("1 2", None),
            ("", None),
            ("9223372036854775808", Some(9223372036854775808.0)),
        ];
        for (text, want) in cases {
            assert_eq!(parse(text.as_bytes()).and_then(TValue::as_number), want, "{text}");
        }
    }

    #[test]
    fn integers_and_floats_compare_exactly() {
        let i = (1i64 << 53) + 1;
        let f = (1i64 << 53) as f64;
        assert!(!lt_int_float(i, f) && lt_float_int(f, i) && le_float_int(f, i) && !le_int_float(i, f));
        assert!(lt_int_float(i64::MAX, TWO_63) && le_int_float(i64::MAX, TWO_63));
        assert!(!lt_int_float(0, f64::NAN) && !le_float_int(f64::NAN, 0));
    }
}
