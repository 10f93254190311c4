//! Memory for machine code.
//!
//! Invariants
//! - A page is writable or executable, never both. It turns executable when its code is in place, and back only when that
//!   code is freed.
//! - Code that is in use shares no page with code that comes later: traces may be suspended up the native stack while
//!   another is compiled.
//!
//! Costs: half a page wasted for each piece of code, one `mprotect`.

use std::ptr::{self, NonNull};

/// Chunks are mapped in this size, or larger for larger code.
const CHUNK: usize = 256 << 10;

/// Code starts at a multiple of a cache line.
const LINE: usize = 64;

/// Code memory of one VM state.
pub struct Arena {
    chunks: Vec<Pages>,
    /// Sorted by address, neighbours joined.
    free: Vec<Pages>,
    page: usize,
    in_use: usize,
    colour: usize,
}

/// A range of whole pages.
#[derive(Clone, Copy)]
struct Pages {
    start: usize,
    len: usize,
}

impl Arena {
    /// An arena without memory.
    pub fn new() -> Arena {
        // SAFETY: `sysconf` only reads its argument.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
        Arena {
            chunks: Vec::new(),
            free: Vec::new(),
            page,
            in_use: 0,
            colour: 0,
        }
    }

    /// The bytes of all pages that hold code.
    pub fn in_use(&self) -> usize {
        self.in_use
    }

    /// Copies code into fresh pages and makes them executable.
    pub fn add(&mut self, code: &[u8]) -> Option<NonNull<u8>> {
        let pages = self.take(code.len().next_multiple_of(self.page))?;
        let start = pages.start + self.shift(pages.len - code.len());
        // SAFETY: the pages are ours, writable and hold nothing; `shift` leaves room for the code.
        unsafe { ptr::copy_nonoverlapping(code.as_ptr(), start as *mut u8, code.len()) };
        if !protect(pages, libc::PROT_READ | libc::PROT_EXEC) {
            self.put_back(pages);
            return None;
        }
        self.in_use += pages.len;
        NonNull::new(start as *mut u8)
    }

    /// Gives the pages of `len` bytes of code at `start` back.
    ///
    /// # Safety
    /// `add` returned `start` for code of that length, it has not been freed, and it will not run again.
    pub unsafe fn free(&mut self, start: *const u8, len: usize) {
        let first = start as usize / self.page * self.page;
        let pages = Pages {
            start: first,
            len: (start as usize + len).next_multiple_of(self.page) - first,
        };
        self.in_use -= pages.len;
        // Pages that cannot be made writable again are never used again.
        if protect(pages, libc::PROT_READ | libc::PROT_WRITE) {
            self.put_back(pages);
        }
    }

    /// Where in its pages code begins: not always at the start, or all code would compete for the same cache sets.
    fn shift(&mut self, slack: usize) -> usize {
        self.colour += 5;
        self.colour % (slack / LINE + 1) * LINE
    }

    fn take(&mut self, len: usize) -> Option<Pages> {
        let found = match self.free.iter().position(|p| p.len >= len) {
            Some(found) => found,
            None => self.map(len)?,
        };
        let pages = &mut self.free[found];
        let taken = Pages {
            start: pages.start,
            len,
        };
        *pages = Pages {
            start: pages.start + len,
            len: pages.len - len,
        };
        if pages.len == 0 {
            self.free.remove(found);
        }
        Some(taken)
    }

    /// Maps a chunk of at least `len` bytes; returns where in the list of free pages it is.
    fn map(&mut self, len: usize) -> Option<usize> {
        let len = len.max(CHUNK.next_multiple_of(self.page));
        let (prot, flags) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        );
        // SAFETY: an anonymous mapping at an address of the kernel's choice touches no memory that is in use.
        let start = unsafe { libc::mmap(ptr::null_mut(), len, prot, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return None;
        }
        let chunk = Pages {
            start: start as usize,
            len,
        };
        self.chunks.push(chunk);
        self.put_back(chunk);
        self.free
            .iter()
            .position(|p| p.start <= chunk.start && chunk.start < p.start + p.len)
    }

    fn put_back(&mut self, pages: Pages) {
        let at = self.free.partition_point(|p| p.start < pages.start);
        self.free.insert(at, pages);
        self.join(at);
        if at > 0 {
            self.join(at - 1);
        }
    }

    /// Joins an entry of the list of free pages with the next one if they touch.
    fn join(&mut self, at: usize) {
        let Some(&next) = self.free.get(at + 1) else {
            return;
        };
        let pages = &mut self.free[at];
        if pages.start + pages.len == next.start {
            pages.len += next.len;
            self.free.remove(at + 1);
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for chunk in &self.chunks {
            // SAFETY: `map` mapped this range, and with the arena go all who could call its code.
            unsafe { libc::munmap(chunk.start as *mut _, chunk.len) };
        }
    }
}

fn protect(pages: Pages, prot: libc::c_int) -> bool {
    // SAFETY: the range is part of a chunk of the arena, and its caller says that it is not being executed.
    unsafe { libc::mprotect(pages.start as *mut _, pages.len, prot) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_pages_are_joined_and_used_again() {
        let mut arena = Arena::new();
        let code = vec![0xC3_u8; 3 * arena.page - 100];
        let pieces: Vec<_> = (0..4).map(|_| arena.add(&code).expect("memory")).collect();
        assert_eq!(arena.in_use(), 12 * arena.page);
        for i in [1, 3, 0, 2] {
            // SAFETY: each piece is freed once, and none is ever run.
            unsafe { arena.free(pieces[i].as_ptr(), code.len()) };
        }
        assert_eq!(arena.in_use(), 0);
        assert_eq!(arena.free.len(), 1);
        assert_eq!(arena.free[0].len, CHUNK);
        arena.add(&vec![0xC3; CHUNK]).expect("memory");
        assert_eq!(arena.chunks.len(), 1);
    }

    #[test]
    fn code_larger_than_a_chunk_gets_one_of_its_own() {
        let mut arena = Arena::new();
        arena.add(&[0xC3]).expect("memory");
        let large = vec![0xC3; CHUNK + 1];
        let start = arena.add(&large).expect("memory");
        // SAFETY: the code lies there and is readable.
        let copied = unsafe { std::slice::from_raw_parts(start.as_ptr(), large.len()) };
        assert_eq!(copied, &large[..]);
        assert_eq!(arena.chunks.len(), 2);
    }
}
