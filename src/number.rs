//! Numbers: to text and back, conversions and exact comparisons between integers and floats, the arithmetic whose
//! definition differs from the machine's, UTF-8 encoding.
//!
//! Costs: an integral float is formatted by the integer path, a float with at most 14 significant digits by the
//! shortest-digits routine; those with more are rounded from the shortest digits (see [`format_float`]). Only subnormals,
//! exact ties and locales with another decimal point take C's `snprintf`.

use crate::value::TValue;
use core::ffi::c_int;

/// Room for any formatted number.
pub const BUFFER: usize = 64;

/// 2^63, the first float above all integers.
const TWO_63: f64 = 9223372036854775808.0;

/// Significant digits of `%.14g`.
const DIGITS: usize = 14;

/// Numerals longer than this are not retried with the locale's decimal point.
const MAX_LOCALE_NUMERAL: usize = 200;

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

/// The largest integer not above `f`, if it is in range.
#[inline]
pub fn float_to_int_floor(f: f64) -> Option<i64> {
    if (-TWO_63..TWO_63).contains(&f) {
        let i = f as i64;
        Some(if i as f64 > f { i - 1 } else { i })
    } else {
        None
    }
}

/// The smallest integer not below `f`, if it is in range.
#[inline]
pub fn float_to_int_ceil(f: f64) -> Option<i64> {
    if (-TWO_63..TWO_63).contains(&f) {
        let i = f as i64;
        Some(if (i as f64) < f { i + 1 } else { i })
    } else {
        None
    }
}

/// `i < f`, compared exactly.
#[inline]
pub fn lt_int_float(i: i64, f: f64) -> bool {
    match float_to_int_ceil(f) {
        Some(fi) => i < fi,
        None => f > 0.0,
    }
}

/// `i <= f`, compared exactly.
#[inline]
pub fn le_int_float(i: i64, f: f64) -> bool {
    match float_to_int_floor(f) {
        Some(fi) => i <= fi,
        None => f > 0.0,
    }
}

/// `f < i`, compared exactly.
#[inline]
pub fn lt_float_int(f: f64, i: i64) -> bool {
    match float_to_int_floor(f) {
        Some(fi) => fi < i,
        None => f < 0.0,
    }
}

/// `f <= i`, compared exactly.
#[inline]
pub fn le_float_int(f: f64, i: i64) -> bool {
    match float_to_int_ceil(f) {
        Some(fi) => fi <= i,
        None => f < 0.0,
    }
}

/// `m // n`, rounded down, wrapping; `n` is not 0.
#[inline]
pub fn idiv(m: i64, n: i64) -> i64 {
    if n == -1 {
        return m.wrapping_neg();
    }
    let q = m / n;
    if (m ^ n) < 0 && q * n != m { q - 1 } else { q }
}

/// `m % n` with the sign of `n`; `n` is not 0.
#[inline]
pub fn imod(m: i64, n: i64) -> i64 {
    if n == -1 {
        return 0;
    }
    let r = m % n;
    if r != 0 && (r ^ n) < 0 { r + n } else { r }
}

/// The largest integer up to which floats stand for all of them.
#[cfg(feature = "jit")]
pub const LARGEST_EXACT: i64 = 1 << 53;

/// The remainder of `a / b` with the sign of `a`, C's `fmod`.
///
/// Numbers are integers times powers of two: where those of the two are not far apart, a few divisions of integers give the
/// exact remainder. (A compiled loop of `x % 1.0`: 8.5 ns a round, 15.9 with what Rust links for `%`.)
#[inline]
pub fn fmod(a: f64, b: f64) -> f64 {
    const FRACTION: u64 = (1 << 52) - 1;
    const INFINITE: u64 = 0x7FF << 52;
    /// Bits by which a fraction of 53 bits can be shifted in 64.
    const ROOM: u64 = 11;
    /// The most by which exponents may differ.
    const FAR: u64 = 6 * ROOM;
    /// The least exponent for which that of the last bit is one of a normal number.
    const LOW: u64 = 53;
    let (x, y) = (a.abs().to_bits(), b.abs().to_bits());
    if x < y && y <= INFINITE {
        return a;
    }
    let (exponent_x, exponent_y) = (x >> 52, y >> 52);
    let mut distance = exponent_x.wrapping_sub(exponent_y);
    if distance > FAR || exponent_y < LOW || x >= INFINITE {
        return a % b;
    }
    let divisor = y & FRACTION | 1 << 52;
    let mut rest = x & FRACTION | 1 << 52;
    loop {
        let step = distance.min(ROOM);
        rest = (rest << step) % divisor;
        distance -= step;
        if distance == 0 {
            break;
        }
    }
    let last_bit = f64::from_bits((exponent_y - (LOW - 1)) << 52);
    (int_to_float(rest as i64) * last_bit).copysign(a)
}

/// `a % b` for floats, with the sign of `b`.
#[inline]
pub fn fmod_lua(a: f64, b: f64) -> f64 {
    let r = fmod(a, b);
    if (r > 0.0 && b < 0.0) || (r < 0.0 && b > 0.0) {
        r + b
    } else {
        r
    }
}

/// `i` as a float, rounded to the nearest.
///
/// The machine's conversion keeps the upper half of its target register, so that it waits for whatever was computed in
/// that register before; the compiler clears the register only where it sees that other use, which across handlers it
/// does not. (`x = (i + 0.5) // 3.0` in a loop: 13.5 ns against 8.)
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub fn int_to_float(i: i64) -> f64 {
    let f: f64;
    // SAFETY: two instructions of the baseline instruction set that touch the named registers only.
    unsafe {
        core::arch::asm!(
            "xorps {f}, {f}",
            "cvtsi2sd {f}, {i}",
            f = out(xmm_reg) f,
            i = in(reg) i,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    f
}

/// `i` as a float, rounded to the nearest.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub fn int_to_float(i: i64) -> f64 {
    i as f64
}

/// `x` rounded down. (Without SSE 4.1, which cannot be taken for granted, `f64::floor` is a call.)
#[inline(always)]
pub fn floor(x: f64) -> f64 {
    const TWO_52: f64 = (1u64 << 52) as f64;
    if x.abs() < TWO_52 {
        // SAFETY: a number of this size is in the range of integers.
        let truncated = unsafe { x.to_int_unchecked::<i64>() } as f64;
        let r = if truncated > x {
            truncated - 1.0
        } else {
            truncated
        };
        r.copysign(x)
    } else {
        x
    }
}

/// `a // b` for floats.
#[inline]
pub fn fdiv_floor(a: f64, b: f64) -> f64 {
    floor(a / b)
}

/// `a ^ b`.
#[inline]
pub fn pow(a: f64, b: f64) -> f64 {
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// `x << n`; a negative `n` shifts to the right, 64 and more places give 0.
#[inline]
pub fn shl(x: i64, n: i64) -> i64 {
    match n {
        0..=63 => ((x as u64) << n) as i64,
        -63..=-1 => ((x as u64) >> -n) as i64,
        _ => 0,
    }
}

/// Formats an integer in decimal.
pub fn format_int(i: i64, buf: &mut [u8; BUFFER]) -> &[u8] {
    let mut digits = itoa::Buffer::new();
    let s = digits.format(i).as_bytes();
    buf[..s.len()].copy_from_slice(s);
    &buf[..s.len()]
}

unsafe extern "C" {
    fn snprintf(out: *mut core::ffi::c_char, n: usize, fmt: *const core::ffi::c_char, ...)
    -> c_int;
}

/// First byte of the locale's decimal point.
pub fn locale_point() -> u8 {
    // SAFETY: `nl_langinfo` returns a NUL-terminated string that stays valid until the locale changes.
    let c = unsafe { *libc::nl_langinfo(libc::RADIXCHAR) } as u8;
    if c == 0 { b'.' } else { c }
}

/// Formats a float as `tostring` does (`%.14g`, with ".0" when it looks like an integer, locale's decimal point).
///
/// The shortest digits that read back as `n` are the answer when there are at most 14 of them. Else they are rounded to
/// 14; that can differ from rounding `n` itself only if there are 15 digits and the last one is 5 (with more digits no
/// tie lies between them and `n`, or it would have been shorter), which is left to C.
pub fn format_float(n: f64, buf: &mut [u8; BUFFER]) -> &[u8] {
    let magnitude = n.abs();
    if magnitude < 1e14 && n == n.trunc() && locale_point() == b'.' {
        return format_integral(n, buf);
    }
    if !n.is_finite() {
        let s: &[u8] = match (n.is_nan(), n.is_sign_negative()) {
            (true, false) => b"nan",
            (true, true) => b"-nan",
            (false, false) => b"inf",
            (false, true) => b"-inf",
        };
        buf[..s.len()].copy_from_slice(s);
        return &buf[..s.len()];
    }
    let len = if magnitude < f64::MIN_POSITIVE || locale_point() != b'.' {
        None
    } else {
        format_rounded(magnitude, n.is_sign_negative(), buf)
    };
    let len = len.unwrap_or_else(|| format_by_c(n, buf));
    &buf[..len]
}

fn format_integral(n: f64, buf: &mut [u8; BUFFER]) -> &[u8] {
    let mut digits = itoa::Buffer::new();
    let s = digits.format(n.abs() as i64).as_bytes();
    let sign = n.is_sign_negative() as usize;
    buf[0] = b'-';
    buf[sign..sign + s.len()].copy_from_slice(s);
    let end = sign + s.len();
    buf[end..end + 2].copy_from_slice(b".0");
    &buf[..end + 2]
}

/// `snprintf`, and ".0" where the result looks like an integer. Returns the length.
fn format_by_c(n: f64, buf: &mut [u8; BUFFER]) -> usize {
    // SAFETY: the buffer has `BUFFER` bytes, and the format takes one `double`.
    let len = unsafe { snprintf(buf.as_mut_ptr().cast(), BUFFER, c"%.14g".as_ptr(), n) } as usize;
    if buf[..len].iter().all(|c| *c == b'-' || c.is_ascii_digit()) {
        buf[len] = locale_point();
        buf[len + 1] = b'0';
        return len + 2;
    }
    len
}

/// Digits of a positive number: `0.d1 d2 d3 ... * 10^point`.
struct Decimal {
    digits: [u8; 24],
    len: usize,
    point: i32,
}

/// Takes the text of the shortest-digits routine apart.
fn decompose(text: &[u8]) -> Decimal {
    let mut d = Decimal {
        digits: [0; 24],
        len: 0,
        point: 0,
    };
    let mut seen_point = false;
    let mut exponent = 0;
    for (i, &c) in text.iter().enumerate() {
        match c {
            b'.' => seen_point = true,
            b'e' | b'E' => {
                exponent = parse_exponent(&text[i + 1..]);
                break;
            }
            b'0' if d.len == 0 => d.point -= seen_point as i32,
            _ => {
                d.digits[d.len] = c;
                d.len += 1;
                d.point += !seen_point as i32;
            }
        }
    }
    d.point += exponent;
    while d.len > 1 && d.digits[d.len - 1] == b'0' {
        d.len -= 1;
    }
    d
}

fn parse_exponent(s: &[u8]) -> i32 {
    let (negative, digits) = match s.first() {
        Some(b'-') => (true, &s[1..]),
        Some(b'+') => (false, &s[1..]),
        _ => (false, s),
    };
    let e = digits.iter().fold(0i32, |e, c| e * 10 + (c - b'0') as i32);
    if negative { -e } else { e }
}

impl Decimal {
    /// Rounds to 14 digits, half up; `None` where the shortest digits do not tell the direction.
    fn round(&mut self) -> Option<()> {
        if self.len <= DIGITS {
            return Some(());
        }
        let next = self.digits[DIGITS];
        if self.len == DIGITS + 1 && next == b'5' {
            return None;
        }
        self.len = DIGITS;
        if next >= b'5' {
            while self.len > 0 && self.digits[self.len - 1] == b'9' {
                self.len -= 1;
            }
            if self.len == 0 {
                self.digits[0] = b'1';
                self.len = 1;
                self.point += 1;
            } else {
                self.digits[self.len - 1] += 1;
            }
        }
        while self.len > 1 && self.digits[self.len - 1] == b'0' {
            self.len -= 1;
        }
        Some(())
    }

    fn write(&self, out: &mut Cursor<'_>) {
        let digits = &self.digits[..self.len];
        let exponent = self.point - 1;
        if !(-4..DIGITS as i32).contains(&exponent) {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend(&digits[1..]);
            }
            out.extend(if exponent < 0 { b"e-" } else { b"e+" });
            let e = exponent.unsigned_abs();
            if e < 10 {
                out.push(b'0');
            }
            out.extend(itoa::Buffer::new().format(e).as_bytes());
        } else if self.point <= 0 {
            out.extend(b"0.");
            out.fill(b'0', self.point.unsigned_abs() as usize);
            out.extend(digits);
        } else {
            let whole = (self.point as usize).min(digits.len());
            out.extend(&digits[..whole]);
            out.fill(b'0', self.point as usize - whole);
            out.push(b'.');
            out.extend(if whole < digits.len() {
                &digits[whole..]
            } else {
                b"0"
            });
        }
    }
}

/// Writes behind what it wrote before.
struct Cursor<'a> {
    buf: &'a mut [u8; BUFFER],
    len: usize,
}

impl Cursor<'_> {
    fn push(&mut self, c: u8) {
        self.buf[self.len] = c;
        self.len += 1;
    }
    fn extend(&mut self, s: &[u8]) {
        self.buf[self.len..self.len + s.len()].copy_from_slice(s);
        self.len += s.len();
    }
    fn fill(&mut self, c: u8, n: usize) {
        self.buf[self.len..self.len + n].fill(c);
        self.len += n;
    }
}

/// Formats a normal number from its shortest digits; `None` where only the exact value tells how to round.
fn format_rounded(magnitude: f64, negative: bool, buf: &mut [u8; BUFFER]) -> Option<usize> {
    let mut d = decompose(zmij::Buffer::new().format_finite(magnitude).as_bytes());
    d.round()?;
    let mut out = Cursor { buf, len: 0 };
    if negative {
        out.push(b'-');
    }
    d.write(&mut out);
    Some(out.len)
}

fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\t'..=b'\r')
}

fn trim(mut s: &[u8]) -> &[u8] {
    while let [c, rest @ ..] = s
        && is_space(*c)
    {
        s = rest;
    }
    while let [rest @ .., c] = s
        && is_space(*c)
    {
        s = rest;
    }
    s
}

/// Reads a numeral as the lexer and `tonumber` do (surrounding white space, sign, hexadecimal); `None` if malformed.
///
/// Decimal integers that do not fit become floats, hexadecimal ones wrap around. The decimal point is '.' or the
/// locale's one.
pub fn parse(s: &[u8]) -> Option<TValue> {
    let s = trim(s);
    let (negative, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    if let [b'0', b'x' | b'X', hex @ ..] = digits {
        return parse_hex(hex, negative);
    }
    if let Some(i) = parse_decimal_int(digits, negative) {
        return Some(TValue::int(i));
    }
    let f =
        parse_decimal_float(digits).or_else(|| with_locale_point(digits, parse_decimal_float))?;
    Some(TValue::float(if negative { -f } else { f }))
}

fn parse_decimal_int(digits: &[u8], negative: bool) -> Option<i64> {
    let mut v: u64 = 0;
    if digits.is_empty() {
        return None;
    }
    for &c in digits {
        let d = c.wrapping_sub(b'0');
        if d > 9 {
            return None;
        }
        v = v.checked_mul(10)?.checked_add(d as u64)?;
    }
    if v > i64::MAX as u64 + negative as u64 {
        return None;
    }
    Some(if negative {
        (v as i64).wrapping_neg()
    } else {
        v as i64
    })
}

/// A decimal float without sign, with '.' as decimal point.
fn parse_decimal_float(s: &[u8]) -> Option<f64> {
    // What `str::parse` would accept beyond numerals are signs, "inf" and "nan".
    if !matches!(s.first()?, b'0'..=b'9' | b'.') {
        return None;
    }
    core::str::from_utf8(s).ok()?.parse().ok()
}

/// Tries again with the locale's decimal point where the numeral has one.
#[cold]
fn with_locale_point(s: &[u8], parse: fn(&[u8]) -> Option<f64>) -> Option<f64> {
    let point = locale_point();
    if point == b'.' || s.len() > MAX_LOCALE_NUMERAL || s.contains(&b'.') {
        return None;
    }
    let at = s.iter().position(|c| *c == point)?;
    let mut text = [0; MAX_LOCALE_NUMERAL];
    text[..s.len()].copy_from_slice(s);
    text[at] = b'.';
    parse(&text[..s.len()])
}

/// The value of a hexadecimal digit.
pub fn hex_digit(c: u8) -> Option<u8> {
    (c as char).to_digit(16).map(|d| d as u8)
}

/// A hexadecimal numeral behind its "0x".
fn parse_hex(s: &[u8], negative: bool) -> Option<TValue> {
    let mut v: u64 = 0;
    for &c in s {
        match hex_digit(c) {
            Some(d) => v = v << 4 | d as u64,
            None => {
                let f = parse_hex_float(s).or_else(|| with_locale_point(s, parse_hex_float))?;
                return Some(TValue::float(if negative { -f } else { f }));
            }
        }
    }
    if s.is_empty() {
        return None;
    }
    Some(TValue::int(
        if negative { v.wrapping_neg() } else { v } as i64
    ))
}

fn parse_hex_float(s: &[u8]) -> Option<f64> {
    let mut mantissa: u64 = 0;
    let mut exponent: i64 = 0;
    let mut seen_point = false;
    let mut any = false;
    let mut i = 0;
    while let Some(&c) = s.get(i) {
        if c == b'.' && !seen_point {
            seen_point = true;
        } else if let Some(d) = hex_digit(c) {
            any = true;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | d as u64;
                exponent -= 4 * seen_point as i64;
            } else {
                // Digits behind the 61st bit only tell whether something is left.
                mantissa |= (d != 0) as u64;
                exponent += 4 * !seen_point as i64;
            }
        } else {
            break;
        }
        i += 1;
    }
    if !any {
        return None;
    }
    if let [b'p' | b'P', rest @ ..] = &s[i..] {
        exponent = exponent.saturating_add(parse_binary_exponent(rest)?);
    } else if i < s.len() {
        return None;
    }
    Some(scale(mantissa, exponent))
}

fn parse_binary_exponent(s: &[u8]) -> Option<i64> {
    let (negative, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let e = digits.iter().fold(0i64, |e, c| {
        e.saturating_mul(10).saturating_add((c - b'0') as i64)
    });
    Some(if negative { -e } else { e })
}

/// `mantissa * 2^exponent`, rounded to the nearest, ties to even. The lowest bit of a mantissa of more than 60 bits may
/// stand for any number of lost ones.
fn scale(mantissa: u64, exponent: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift = mantissa.leading_zeros();
    let m = mantissa << shift;
    // The value is m * 2^(top - 63), 1 <= m / 2^63 < 2.
    let top = exponent.saturating_add(63 - shift as i64);
    if top > 1023 {
        return f64::INFINITY;
    }
    if top < -1075 {
        return 0.0;
    }
    // Normal numbers keep 53 bits, subnormals fewer.
    let dropped = if top >= -1022 {
        11
    } else {
        (11 + (-1022 - top)) as u32
    };
    let (kept, rest, half) = if dropped >= 64 {
        (0, m, 1 << 63)
    } else {
        (m >> dropped, m & ((1 << dropped) - 1), 1 << (dropped - 1))
    };
    let round_up = rest > half || (rest == half && kept & 1 == 1);
    let rounded = kept + round_up as u64;
    // Adding the fields instead of joining them lets a carry run into the exponent.
    let biased = if top >= -1022 { (top + 1022) as u64 } else { 0 };
    f64::from_bits((biased << 52) + rounded)
}

/// Encodes a code point up to 2^31-1 in the original UTF-8 scheme (up to six bytes).
pub fn encode_utf8(code: u32, buf: &mut [u8; 8]) -> &[u8] {
    if code < 0x80 {
        buf[0] = code as u8;
        return &buf[..1];
    }
    let mut at = buf.len();
    let mut rest = code;
    let mut first_max = 0x3F;
    while rest > first_max {
        at -= 1;
        buf[at] = 0x80 | (rest & 0x3F) as u8;
        rest >>= 6;
        first_max >>= 1;
    }
    at -= 1;
    buf[at] = ((!first_max << 1) | rest) as u8;
    &buf[at..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;

    fn random(seed: &mut u64) -> u64 {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        *seed
    }

    fn by_c(n: f64) -> Vec<u8> {
        let mut buf = [0; BUFFER];
        let len = format_by_c(n, &mut buf);
        buf[..len].to_vec()
    }

    fn check_format(n: f64) {
        let mut buf = [0; BUFFER];
        let ours = format_float(n, &mut buf);
        assert_eq!(
            String::from_utf8_lossy(ours),
            String::from_utf8_lossy(&by_c(n)),
            "{n:e}"
        );
    }

    #[test]
    fn floats_print_as_c_prints_them() {
        let special = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.1,
            1e14,
            1e15,
            99999999999999.0,
            99999999999999.5,
            999999999999995.0,
            1e-4,
            1e-5,
            123456789012345.0,
            1.5,
            2.5e-5,
            5e-324,
            2.2250738585072014e-308,
            f64::MAX,
            f64::MIN,
            1e100,
            1e-100,
            1e16,
            3.14159265358971,
            0.30000000000000004,
            1.00000000000005,
            1.00000000000015,
            12345.6789012345,
            1e22,
            1e23,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1.0 - f64::EPSILON / 2.0,
            0.999999999999995,
            99999.9999999999,
        ];
        special.iter().for_each(|n| check_format(*n));
        let mut seed = 88172645463325252;
        for _ in 0..300_000 {
            let r = random(&mut seed);
            let n = f64::from_bits(r);
            if !n.is_nan() {
                check_format(n);
            }
            check_format((r as i64 >> 20) as f64 / 1000.0);
            check_format((r >> 34) as f64 / 64.0);
            check_format((r >> 11) as f64 / (1u64 << 53) as f64);
            check_format((r >> 14) as f64 * 0.1);
        }
    }

    fn strtod(s: &str) -> f64 {
        let c = CString::new(s).unwrap();
        // SAFETY: `c` is NUL-terminated.
        unsafe { libc::strtod(c.as_ptr(), core::ptr::null_mut()) }
    }

    #[test]
    fn hexadecimal_floats_read_as_strtod_reads_them() {
        let mut seed = 2463534242;
        let mut cases: Vec<String> = [
            "0x.8",
            "0x8.",
            "0x1p-1074",
            "0x1p-1075",
            "0x1.8p-1074",
            "0x1.0000000000001p-1075",
            "0x1p1023",
            "0x1p1024",
            "0x1.fffffffffffff8p1023",
            "0x1.fffffffffffff7p1023",
            "0x0p99999999999999999999",
            "0x1p-99999999999999999999",
            "0x1.00000000000008",
            "0x1.000000000000080000000001",
            "0x10000000000000800.1",
            "0x0.00000000000000000000000000000000001p0",
            "0xffffffffffffffff.0",
            "0xfffffffffffffffff.8p4",
        ]
        .map(String::from)
        .to_vec();
        for _ in 0..100_000 {
            let (a, b) = (random(&mut seed), random(&mut seed));
            let e = (random(&mut seed) % 2400) as i64 - 1300;
            cases.push(format!("0x{:x}.{:x}p{e}", a >> (b % 64), b >> (a % 60)));
        }
        for c in cases {
            let ours = parse(c.as_bytes()).and_then(TValue::as_float);
            assert_eq!(ours.map(f64::to_bits), Some(strtod(&c).to_bits()), "{c}");
        }
    }

    fn int(s: &str) -> Option<i64> {
        parse(s.as_bytes()).and_then(TValue::as_int)
    }
    fn float(s: &str) -> Option<f64> {
        parse(s.as_bytes()).and_then(TValue::as_float)
    }

    #[test]
    fn numerals_follow_the_grammar() {
        assert_eq!(int(" \t10\n"), Some(10));
        assert_eq!(int("-0x10"), Some(-16));
        assert_eq!(int("0xffffffffffffffffff"), Some(-1));
        assert_eq!(int("9223372036854775807"), Some(i64::MAX));
        assert_eq!(int("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(float("9223372036854775808"), Some(TWO_63));
        assert_eq!(float("1e1"), Some(10.0));
        assert_eq!(float("5."), Some(5.0));
        assert_eq!(float(".5"), Some(0.5));
        assert_eq!(float("-.5e-1"), Some(-0.05));
        assert_eq!(float("-0.0").map(f64::to_bits), Some((-0.0f64).to_bits()));
        for bad in [
            "", " ", ".", "-", "+-1", "0x", "0x.", "0xp1", "0x1p", "1e", "1e+", "inf", "nan",
            "-inf", "1 1", "1_0", "0x1.8.0", "1.2.3", "1\0", "--1", "0x-1", "1e1.0", "infinity",
            ".e1", "1f",
        ] {
            assert!(parse(bad.as_bytes()).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn integers_and_floats_compare_exactly() {
        let max = i64::MAX;
        assert!(
            lt_int_float(max, TWO_63) && le_int_float(max, TWO_63) && !lt_float_int(TWO_63, max)
        );
        assert!(
            !lt_int_float(i64::MIN, -TWO_63)
                && le_int_float(i64::MIN, -TWO_63)
                && le_float_int(-TWO_63, i64::MIN)
        );
        assert!(
            lt_int_float(1, 1.5)
                && !lt_int_float(2, 1.5)
                && lt_float_int(-1.5, -1)
                && le_float_int(1.0, 1)
        );
        let two53 = 1i64 << 53;
        assert!(lt_float_int(two53 as f64, two53 + 1) && !le_int_float(two53 + 1, two53 as f64));
        for f in [f64::NAN, -f64::NAN] {
            assert!(
                !lt_int_float(1, f)
                    && !le_int_float(1, f)
                    && !lt_float_int(f, 1)
                    && !le_float_int(f, 1)
            );
        }
        assert!(lt_int_float(1, f64::INFINITY) && lt_float_int(f64::NEG_INFINITY, i64::MIN));
    }

    #[test]
    fn division_rounds_down() {
        assert_eq!(
            (idiv(7, 2), idiv(-7, 2), idiv(7, -2), idiv(-7, -2)),
            (3, -4, -4, 3)
        );
        assert_eq!(
            (
                imod(7, 3),
                imod(-7, 3),
                imod(7, -3),
                imod(-7, -3),
                imod(6, -3)
            ),
            (1, 2, -2, -1, 0)
        );
        assert_eq!((idiv(i64::MIN, -1), imod(i64::MIN, -1)), (i64::MIN, 0));
        assert_eq!(
            (
                fmod_lua(5.5, -2.0),
                fmod_lua(-5.5, 2.0),
                fmod_lua(-6.0, 2.0).to_bits()
            ),
            (-0.5, 0.5, (-0.0f64).to_bits())
        );
        assert_eq!(
            (fmod_lua(1.0, f64::INFINITY), fmod_lua(-1.0, f64::INFINITY)),
            (1.0, f64::INFINITY)
        );
        assert!(fmod_lua(1.0, 0.0).is_nan() && fmod_lua(1.0, f64::NAN).is_nan());
        assert_eq!(fmod_lua(-1.0, -3.0), -1.0);
    }

    #[test]
    fn remainders_of_floats_are_exact() {
        let mut state = 1u64;
        let mut random = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            state ^ state >> 29
        };
        let special = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            3.0,
            0.1,
            1e300,
            -1e300,
            5e-324,
            2.3e-308,
            f64::MAX,
            f64::MIN_POSITIVE,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            9007199254740993.0,
            1048576.0,
        ];
        let check = |a: f64, b: f64| {
            let (found, expected) = (fmod(a, b), a % b);
            let same =
                found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
            assert!(same, "fmod({a:e}, {b:e}) is {found:e}, not {expected:e}");
        };
        for a in special {
            for b in special {
                check(a, b);
            }
        }
        for _ in 0..200_000 {
            let (a, b) = (random(), random());
            // Any bits, then exponents that are close.
            check(f64::from_bits(a), f64::from_bits(b));
            let near = (a >> 52 & 0x7FF).saturating_sub(b % 90).max(1) << 52;
            check(
                f64::from_bits(a),
                f64::from_bits(near | b >> 12 | b & 1 << 63),
            );
            check((a >> 40) as f64, (b >> 50) as f64);
        }
    }

    #[test]
    fn shifts_accept_any_distance() {
        assert_eq!(
            (
                shl(1, 63),
                shl(1, 64),
                shl(-1, -63),
                shl(-1, -64),
                shl(3, -1)
            ),
            (i64::MIN, 0, 1, 0, 1)
        );
        assert_eq!((shl(5, i64::MIN), shl(5, i64::MAX), shl(5, 0)), (0, 0, 5));
    }

    #[test]
    fn code_points_are_encoded_up_to_six_bytes() {
        let cases: [(u32, &[u8]); 6] = [
            (0x41, b"A"),
            (0xE9, "é".as_bytes()),
            (0x20AC, "€".as_bytes()),
            (0x1F600, "😀".as_bytes()),
            (0x3FFFFFF, b"\xFB\xBF\xBF\xBF\xBF"),
            (0x7FFFFFFF, b"\xFD\xBF\xBF\xBF\xBF\xBF"),
        ];
        for (code, bytes) in cases {
            assert_eq!(encode_utf8(code, &mut [0; 8]), bytes);
        }
    }
}
