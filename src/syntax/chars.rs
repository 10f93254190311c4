//! Classes of characters, as the language (not the locale) defines them.

const ALPHA: u8 = 1;
const DIGIT: u8 = 2;
const HEX: u8 = 4;
const SPACE: u8 = 8;
const PRINT: u8 = 16;

const fn class(c: u8) -> u8 {
    let mut bits = 0;
    if c.is_ascii_alphabetic() || c == b'_' {
        bits |= ALPHA;
    }
    if c.is_ascii_digit() {
        bits |= DIGIT;
    }
    if c.is_ascii_hexdigit() {
        bits |= HEX;
    }
    if c == b' ' || (c >= 9 && c <= 13) {
        bits |= SPACE;
    }
    if c >= 32 && c < 127 {
        bits |= PRINT;
    }
    bits
}

const fn classes() -> [u8; 256] {
    let mut t = [0; 256];
    let mut i = 0;
    while i < 256 {
        t[i] = class(i as u8);
        i += 1;
    }
    t
}

static CLASSES: [u8; 256] = classes();

fn is(c: u8, bits: u8) -> bool {
    CLASSES[c as usize] & bits != 0
}

/// A letter or underscore.
#[inline(always)]
pub fn is_alpha(c: u8) -> bool {
    is(c, ALPHA)
}
/// A letter, digit or underscore.
#[inline(always)]
pub fn is_alnum(c: u8) -> bool {
    is(c, ALPHA | DIGIT)
}
/// A decimal digit.
#[inline(always)]
pub fn is_digit(c: u8) -> bool {
    is(c, DIGIT)
}
/// A hexadecimal digit.
#[inline(always)]
pub fn is_hex(c: u8) -> bool {
    is(c, HEX)
}
/// White space.
#[inline(always)]
pub fn is_space(c: u8) -> bool {
    is(c, SPACE)
}
/// Printable ASCII.
#[inline(always)]
pub fn is_print(c: u8) -> bool {
    is(c, PRINT)
}
