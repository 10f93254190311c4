//! The table of interned strings: open addressing in lines of seven entries, each line as large as a line of the cache.
//!
//! A line has a byte of each of its strings' hashes, so that a string that is not there is missed without a look at any
//! other string, in most cases.
//!
//! Invariants
//! - A string is in its home, the line that its hash says, or in the first line behind it that had an entry free.
//! - A line counts the strings that are behind it although their way led through it. A search goes no further than a line
//!   where that count is zero.

use super::Str;
use crate::error::LResult;
use crate::heap;
use crate::object::State;
use crate::value::Gc;
use core::cell::Cell;

/// Entries of a line.
const ENTRIES: usize = 7;
/// Strings for each line, on average, from which on the table grows.
const FULL: usize = 5;
/// The part of `FULL` below which the table shrinks.
const SPARSE: usize = 4;
/// Lines of a new state.
const MIN_LINES: usize = 64;

/// A line.
#[repr(C, align(64))]
struct Line {
    head: Cell<Head>,
    /// Those in use are what `head` says.
    strings: [Cell<*mut Str>; ENTRIES],
}

/// What a line has beside its strings: from the lowest byte on a byte of each one's hash, which is not zero, or zero for an
/// entry that is free; in the highest byte the number of strings that have passed by.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Head(u64);

impl Head {
    const PASSED_SHIFT: u32 = 8 * ENTRIES as u32;
    /// The count that stays: it no longer tells how many there are.
    const MANY: u64 = 0xFF;
    /// The lowest and the highest bit of each entry's byte.
    const ONES: u64 = 0x0001_0101_0101_0101;
    const HIGH: u64 = Head::ONES << 7;

    /// The byte of a hash: bits that do not tell the number of a line, unless there are very many. The highest bit is set:
    /// no free entry is taken for one with this byte.
    #[inline(always)]
    fn byte_of(hash: u32) -> u64 {
        u64::from(hash >> 25 | 0x80)
    }
    /// The strings that have passed by.
    #[inline(always)]
    fn passed(self) -> u64 {
        self.0 >> Head::PASSED_SHIFT
    }
    #[inline(always)]
    fn with_passed(self, n: u64) -> Head {
        Head(self.0 & ((1 << Head::PASSED_SHIFT) - 1) | n << Head::PASSED_SHIFT)
    }
    /// The entries whose bytes are zero, and perhaps some more behind the first.
    #[inline(always)]
    fn zeros(self) -> Entries {
        Entries(self.0.wrapping_sub(Head::ONES) & !self.0 & Head::HIGH)
    }
    /// The entries in use that may have a string of this hash.
    #[inline(always)]
    fn candidates(self, hash: u32) -> Entries {
        Head(self.0 ^ (Head::ONES * Head::byte_of(hash))).zeros()
    }
    /// The first free entry.
    #[inline(always)]
    fn free(self) -> Option<usize> {
        self.zeros().next()
    }
    /// A free entry in use for a string of this hash.
    #[inline(always)]
    fn with(self, i: usize, hash: u32) -> Head {
        Head(self.0 | Head::byte_of(hash) << (8 * i))
    }
    /// An entry free.
    #[inline(always)]
    fn without(self, i: usize) -> Head {
        Head(self.0 & !(0xFF << (8 * i)))
    }
}

/// Numbers of entries: the highest bit of the byte of each.
struct Entries(u64);

impl Iterator for Entries {
    type Item = usize;
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let bits = self.0;
        self.0 &= bits.wrapping_sub(1);
        (bits != 0).then(|| bits.trailing_zeros() as usize / 8)
    }
}

/// The table.
pub struct StringTable {
    /// The first line; null as long as there is none.
    lines: Cell<*mut Line>,
    /// The block in which they are.
    block: Cell<*mut u8>,
    /// Their number, a power of two, or 0.
    size: Cell<usize>,
    used: Cell<usize>,
}

impl StringTable {
    /// A table without lines; `init` gives it its first ones.
    pub const fn new() -> Self {
        StringTable {
            lines: Cell::new(core::ptr::null_mut()),
            block: Cell::new(core::ptr::null_mut()),
            size: Cell::new(0),
            used: Cell::new(0),
        }
    }

    /// Allocates the first lines. Raises a memory error.
    pub fn init(&self, l: &State) -> LResult<()> {
        self.resize(l, MIN_LINES);
        if self.size.get() == 0 {
            Err(l.memory_error())
        } else {
            Ok(())
        }
    }

    /// Number of interned strings.
    pub fn used(&self) -> usize {
        self.used.get()
    }
    /// Number of strings up to which it does not grow.
    #[cfg(feature = "internals")]
    pub fn size(&self) -> usize {
        self.size.get() * FULL
    }
    /// The strings, line by line.
    #[cfg(feature = "internals")]
    pub fn iter(&self) -> impl Iterator<Item = Gc<Str>> {
        (0..self.size.get()).flat_map(|n| self.line(n).strings())
    }

    #[inline(always)]
    fn next(&self, n: usize) -> usize {
        (n + 1) & (self.size.get() - 1)
    }
    /// The line where a string of that hash is looked for first.
    #[inline(always)]
    fn home(&self, hash: u32) -> usize {
        debug_assert!(self.size.get().is_power_of_two());
        hash as usize & (self.size.get() - 1)
    }
    #[inline(always)]
    fn line(&self, n: usize) -> &Line {
        debug_assert!(n < self.size.get());
        // SAFETY: there are `size` lines, initialised; what moves them, `resize`, has no result of this function in use.
        unsafe { &*self.lines.get().add(n) }
    }

    /// The interned string of that hash for which `is` holds.
    #[inline(always)]
    pub fn find(&self, hash: u32, is: impl Fn(&Str) -> bool) -> Option<Gc<Str>> {
        let home = self.home(hash);
        let mut n = home;
        loop {
            let line = self.line(n);
            let head = line.head.get();
            for i in head.candidates(hash) {
                let p = line.strings[i].get();
                // SAFETY: entries in use are of live strings, or of dead ones that are not swept yet.
                let s = unsafe { &*p };
                if s.short_hash() == hash && is(s) {
                    return Some(Gc::from_ptr(p));
                }
            }
            n = self.next(n);
            if head.passed() == 0 || n == home {
                return None;
            }
        }
    }

    /// Makes room for one more string if there is memory for that; answers whether there is room.
    #[inline(always)]
    pub fn reserve(&self, l: &State) -> bool {
        self.used.get() < self.size.get() * FULL || self.grow(l)
    }

    #[cold]
    #[inline(never)]
    fn grow(&self, l: &State) -> bool {
        if self.size.get() <= usize::MAX / size_of::<Line>() / 4 {
            self.resize(l, self.size.get() * 2);
        }
        self.used.get() < self.size.get() * ENTRIES
    }

    /// Adds a string that is not there, for which there is room.
    #[inline(always)]
    pub fn insert(&self, s: Gc<Str>) {
        self.put(s.as_ptr(), s.short_hash());
        self.used.set(self.used.get() + 1);
    }

    #[inline(always)]
    fn put(&self, s: *mut Str, hash: u32) {
        let mut n = self.home(hash);
        loop {
            let line = self.line(n);
            let head = line.head.get();
            if let Some(i) = head.free() {
                line.head.set(head.with(i, hash));
                line.strings[i].set(s);
                return;
            }
            line.head
                .set(head.with_passed((head.passed() + 1).min(Head::MANY)));
            n = self.next(n);
        }
    }

    /// Takes a dead string out, unless the table was released before.
    pub(crate) fn remove(&self, s: Gc<Str>) {
        if self.size.get() == 0 {
            return;
        }
        let hash = s.short_hash();
        let mut n = self.home(hash);
        loop {
            let line = self.line(n);
            let head = line.head.get();
            let mut candidates = head.candidates(hash);
            if let Some(i) = candidates.find(|&i| line.strings[i].get() == s.as_ptr()) {
                line.head.set(head.without(i));
                break;
            }
            debug_assert!(head.passed() > 0, "an interned string is not in the table");
            if head.passed() < Head::MANY {
                line.head.set(head.with_passed(head.passed() - 1));
            }
            n = self.next(n);
        }
        self.used.set(self.used.get() - 1);
    }

    fn free_block(&self, l: &State) {
        heap::free_bytes(l.global(), self.block.get(), block_size(self.size.get()));
    }

    /// Releases the lines when the state is closed, before its strings are freed: they need not be taken out one by one.
    pub fn release(&self, l: &State) {
        self.free_block(l);
        self.size.set(0);
    }

    /// Moves all strings to a table of so many lines; when memory is refused, everything stays as it is.
    fn resize(&self, l: &State, size: usize) {
        let block = heap::try_alloc(l, 0, block_size(size));
        if block.is_null() {
            return;
        }
        let lines: *mut Line = block
            .wrapping_add(block.align_offset(align_of::<Line>()))
            .cast();
        // SAFETY: the block has room for `size` lines from the first address on that is aligned for them, and zeros are a
        // line without strings.
        unsafe { core::ptr::write_bytes(lines, 0, size) };
        let old = StringTable {
            lines: Cell::new(self.lines.replace(lines)),
            block: Cell::new(self.block.replace(block)),
            size: Cell::new(self.size.replace(size)),
            used: Cell::new(0),
        };
        for n in 0..old.size.get() {
            for s in old.line(n).strings() {
                self.put(s.as_ptr(), s.short_hash());
            }
        }
        old.free_block(l);
    }

    /// Halves the table when it is too large; called between collections.
    pub fn shrink(&self, l: &State) {
        let size = self.size.get();
        if self.used.get() < size * FULL / SPARSE && size > MIN_LINES {
            self.resize(l, size / 2);
        }
    }
}

impl Line {
    /// The strings of the line.
    fn strings(&self) -> impl Iterator<Item = Gc<Str>> {
        let used = Entries(self.head.get().0 & Head::HIGH);
        used.map(|i| Gc::from_ptr(self.strings[i].get()))
    }
}

impl Default for StringTable {
    fn default() -> Self {
        Self::new()
    }
}

/// Bytes of the block for so many lines: none for none, else enough to begin where a line may.
fn block_size(lines: usize) -> usize {
    match lines {
        0 => 0,
        n => n * size_of::<Line>() + align_of::<Line>() - align_of::<u64>(),
    }
}
