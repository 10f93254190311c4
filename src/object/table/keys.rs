//! Keys of tables: how integers are spread over an array part, and the hashes of floats.

use crate::value::TValue;

/// Largest logarithm of the size of an array part.
pub(super) const MAX_ARRAY_BITS: usize = 31;
/// Largest array part.
pub(super) const MAX_ARRAY: usize = 1 << (MAX_ARRAY_BITS - 1);

/// Counts of integer keys by powers of two, from which a rehash computes the best array part.
pub(super) struct IntegerKeys {
    /// `slices[i]` counts the keys in (2^(i-1), 2^i].
    pub slices: [u32; MAX_ARRAY_BITS + 1],
    /// How many there are.
    pub total: usize,
}

impl IntegerKeys {
    /// Counts a key if it is an integer that an array part may have; answers whether it is.
    pub fn count(&mut self, key: TValue) -> bool {
        match key.as_int() {
            Some(i) if (i as u64).wrapping_sub(1) < MAX_ARRAY as u64 => {
                self.slices[ceil_log2(i as u64)] += 1;
                self.total += 1;
                true
            }
            _ => false,
        }
    }
    /// The largest power of two such that more than half of the slots up to it are in use, and how many are.
    pub fn best_array(&self) -> (usize, usize) {
        let (mut size, mut in_array, mut seen) = (0, 0, 0usize);
        let mut limit = 1usize;
        for &n in &self.slices {
            if limit == 0 || self.total <= limit / 2 {
                break;
            }
            seen += n as usize;
            if seen > limit / 2 {
                size = limit;
                in_array = seen;
            }
            limit <<= 1;
        }
        (size, in_array)
    }
}

/// The logarithm of `n`, which is not 0, rounded up.
pub(super) fn ceil_log2(n: u64) -> usize {
    (64 - (n - 1).leading_zeros()) as usize
}

/// The hash of a float key.
pub(super) fn hash_float(n: f64) -> u32 {
    if !n.is_finite() {
        return 0;
    }
    let (mantissa, exponent) = split_float(n);
    let scaled = mantissa * 2147483648.0;
    let u = (exponent as u32).wrapping_add(scaled as i64 as u32);
    if u <= i32::MAX as u32 { u } else { !u }
}

/// `n` as mantissa in [0.5, 1) and exponent.
fn split_float(n: f64) -> (f64, i32) {
    if n == 0.0 {
        return (n, 0);
    }
    let bits = n.to_bits();
    let raw = (bits >> 52 & 0x7FF) as i32;
    if raw == 0 {
        let (m, e) = split_float(n * 18014398509481984.0);
        return (m, e - 54);
    }
    (
        f64::from_bits(bits & !(0x7FF << 52) | 1022 << 52),
        raw - 1022,
    )
}
