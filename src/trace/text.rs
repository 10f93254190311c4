//! The text that a trace is putting together: what `s = s .. x` makes in a loop, as long as nobody asks for the string.
//!
//! There is one for each state. Strings that have not been made are what it begins with, each up to a length of its own: a
//! trace that appends to the longest of them leaves the others as they are. Memory comes from the state's allocator.

use crate::error::LResult;
use crate::heap;
use crate::limits::MAX_SIZE;
use crate::number;
use crate::object::{State, Str, string};
use crate::value::{Gc, TValue};
use core::cell::Cell;
use core::ptr::null_mut;

/// The least that a text gets, in bytes.
const MIN_CAPACITY: usize = 256;
/// What a text may keep once its string was made.
const KEPT: usize = 4096;
/// What is appended counts for the collector, with so many bytes more, in this part: programs wait for collections by making
/// garbage. The strings that would have been made do not: to let the collector run, what there is of the text is made a
/// string, so that it is not to come often.
const PAID_MORE: usize = 24;
const PAID_PART: usize = 8;

/// A text; empty without memory.
pub struct Text {
    bytes: Cell<*mut u8>,
    capacity: Cell<usize>,
}

impl Text {
    /// A text without memory.
    pub const fn new() -> Text {
        Text {
            bytes: Cell::new(null_mut()),
            capacity: Cell::new(0),
        }
    }

    /// Writes a string or number behind the first `len` bytes; the new length, or `None`, and nothing is changed, if there is
    /// no memory or the string would be too long. Runs no collection if none may run.
    pub fn append(&self, l: &State, len: usize, v: TValue) -> Option<usize> {
        let mut digits = [0; number::BUFFER];
        let mut integer = itoa::Buffer::new();
        let piece = match (v.as_string(), v.as_int()) {
            (Some(s), _) => s.bytes(),
            (None, Some(i)) => integer.format(i).as_bytes(),
            (None, None) => number::format_float(v.as_float()?, &mut digits),
        };
        if piece.is_empty() {
            return Some(len);
        }
        if piece.len() >= MAX_SIZE - string::LONG_OVERHEAD - len {
            return None;
        }
        let new = len + piece.len();
        if new > self.capacity.get() && !self.grow(l, len, new) {
            return None;
        }
        // SAFETY: there is room for `new` bytes, and `piece` is no part of the text.
        unsafe {
            let to = self.bytes.get().add(len);
            core::ptr::copy_nonoverlapping(piece.as_ptr(), to, piece.len());
        }
        l.global().gc.hasten((piece.len() + PAID_MORE) / PAID_PART);
        Some(new)
    }

    /// Makes room for `needed` bytes, of which the first `len` are kept; answers whether it could.
    #[cold]
    fn grow(&self, l: &State, len: usize, needed: usize) -> bool {
        let capacity = needed.max(self.capacity.get() * 2).max(MIN_CAPACITY);
        let new = heap::try_alloc(l, 0, capacity);
        if new.is_null() {
            return false;
        }
        if len > 0 {
            // SAFETY: the old block has `len` bytes that were written, and the new one is larger.
            unsafe { core::ptr::copy_nonoverlapping(self.bytes.get(), new, len) };
        }
        self.release(l);
        self.bytes.set(new);
        self.capacity.set(capacity);
        true
    }

    /// The string that is the first `len` bytes. Raises a memory error.
    pub fn string(&self, l: &State, len: usize) -> LResult<Gc<Str>> {
        debug_assert!(len <= self.capacity.get());
        let bytes = match len {
            0 => &[][..],
            // SAFETY: that many bytes have been written; nobody appends while the string is made.
            _ => unsafe { core::slice::from_raw_parts(self.bytes.get(), len) },
        };
        string::new(l, bytes)
    }

    /// Gives much memory back: no string is to be made of the text any more.
    #[inline]
    pub fn settle(&self, l: &State) {
        if self.capacity.get() > KEPT {
            self.release(l);
        }
    }

    /// Gives the memory back.
    pub fn release(&self, l: &State) {
        heap::free_bytes(
            l.global(),
            self.bytes.replace(null_mut()),
            self.capacity.replace(0),
        );
    }
}
