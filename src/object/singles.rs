//! The strings of single bytes, which programs that look at text byte by byte ask for again and again.

use super::{State, Str, string};
use crate::global::Global;
use crate::heap;
use crate::value::Gc;
use core::cell::Cell;
use core::ptr::null_mut;

type Entry = Cell<Option<Gc<Str>>>;
const COUNT: usize = 256;
const SIZE: usize = COUNT * size_of::<Entry>();

/// Those that a state has made since its last collection. Invariant: the block has `COUNT` entries, once there is one.
pub struct Singles(Cell<*mut Entry>);

impl Default for Singles {
    /// None so far, and no block for them.
    fn default() -> Singles {
        Singles(Cell::new(null_mut()))
    }
}

impl Singles {
    fn entries(&self) -> &[Entry] {
        let block = self.0.get();
        if block.is_null() {
            return &[];
        }
        // SAFETY: the invariant of the type.
        unsafe { core::slice::from_raw_parts(block, COUNT) }
    }

    /// The collector is about to free strings; it does not know of these.
    pub fn forget(&self) {
        self.entries().iter().for_each(|e| e.set(None));
    }

    /// Frees the block.
    pub fn release(&self, g: &Global) {
        let block = self.0.replace(null_mut());
        if !block.is_null() {
            heap::free_bytes(g, block.cast(), SIZE);
        }
    }
}

/// The string of one byte; `None` stands for `Throw::Memory`. Does not run the collector otherwise.
#[inline]
pub fn single(l: &State, byte: u8) -> Option<Gc<Str>> {
    let known = l.global().singles.entries().get(byte as usize);
    known.and_then(Cell::get).or_else(|| make(l, byte))
}

#[inline(never)]
fn make(l: &State, byte: u8) -> Option<Gc<Str>> {
    let g = l.global();
    let s = string::new(l, &[byte]).ok()?;
    let singles = &g.singles;
    if singles.0.get().is_null() {
        let block = heap::try_realloc_once(g, null_mut(), 0, SIZE);
        if block.is_null() {
            return Some(s);
        }
        // SAFETY: the block has `SIZE` bytes; zeros are entries without a string.
        unsafe { core::ptr::write_bytes(block, 0, SIZE) };
        singles.0.set(block.cast());
    }
    singles.entries()[byte as usize].set(Some(s));
    Some(s)
}
