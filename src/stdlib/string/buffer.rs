//! Strings of known length that are written in place, and the results of functions that build text piece by piece.

use crate::error::LResult;
use crate::heap;
use crate::limits::MAX_SHORT;
use crate::object::State;
use crate::object::string;

/// Pushes a string of `len` bytes whose contents `fill` writes; returns the number of results, 1.
///
/// `fill` neither allocates nor raises. The slice that it gets is zeroed.
pub fn build(l: &State, len: usize, fill: impl FnOnce(&mut [u8])) -> LResult<i32> {
    if len <= MAX_SHORT {
        let mut small = [0; MAX_SHORT];
        fill(&mut small[..len]);
        l.push_bytes(&small[..len])?;
        return Ok(1);
    }
    let s = string::new_long(l, len)?;
    l.push(s.into());
    // SAFETY: the string object has room for `len` bytes, and nobody else looks at it before this function returns.
    let out = unsafe {
        s.data().write_bytes(0, len);
        core::slice::from_raw_parts_mut(s.data(), len)
    };
    fill(out);
    heap::check_gc(l);
    Ok(1)
}
