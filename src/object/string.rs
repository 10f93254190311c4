//! Strings: an immutable byte array behind a header, followed by a NUL that C code relies on. Long strings have their
//! length in front of the header, so that the bytes of all strings are at the same distance.
//!
//! Strings of up to `MAX_SHORT` bytes are interned in the state's string table: equal contents, equal address. Longer
//! ones are separate objects; their hash is computed when first needed.

use super::GcHeader;
use super::hash::hash_bytes;
use crate::error::{LResult, Throw};
use crate::heap;
use crate::limits::{MAX_SHORT, MAX_SIZE};
use crate::object::State;
use crate::value::{Gc, tag};
use core::cell::Cell;
use core::ffi::CStr;

/// A string. The bytes follow the struct.
#[repr(C)]
pub struct Str {
    /// `small[0]`: see `extra`; `small[1]`: length of a short string; `word`: hash.
    hdr: GcHeader,
}

const HEADER: usize = size_of::<Str>();
/// Bytes in front of a long string's header: its length.
const LEN_SPACE: usize = size_of::<usize>();
/// Bytes that a long string takes beside its contents and the NUL.
pub const LONG_OVERHEAD: usize = LEN_SPACE + HEADER;

/// Offset of the length of a short string, a byte.
pub const SHORT_LEN: i32 =
    (core::mem::offset_of!(Str, hdr) + core::mem::offset_of!(GcHeader, small) + 1) as i32;
/// Offset of the length of a long string, 64 bits.
pub const LONG_LEN: i32 = -(LEN_SPACE as i32);
/// Offset of the bytes.
pub const BYTES: i32 = HEADER as i32;

impl Str {
    /// Short strings: index of the reserved word plus one, or 0. Long strings: 1 once the hash is valid.
    #[inline(always)]
    pub fn extra(&self) -> &Cell<u8> {
        &self.hdr.small[0]
    }
    #[inline(always)]
    fn short_len(&self) -> &Cell<u8> {
        &self.hdr.small[1]
    }
    #[inline(always)]
    fn hash_cell(&self) -> &Cell<u32> {
        &self.hdr.word
    }
    /// Length in bytes.
    #[inline(always)]
    pub fn len(&self) -> usize {
        if self.hdr.tag() == tag::SHORT {
            self.short_len().get() as usize
        } else {
            // SAFETY: a long string has its length there.
            unsafe { *self.long_len() }
        }
    }
    #[inline(always)]
    fn long_len(&self) -> *mut usize {
        debug_assert!(!self.is_short());
        (self as *const Str)
            .cast_mut()
            .cast::<usize>()
            .wrapping_sub(1)
    }
    /// Whether the string has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Address of the first byte; the byte behind the last one is NUL.
    #[inline(always)]
    pub fn data(&self) -> *mut u8 {
        (self as *const Str as *mut u8).wrapping_add(HEADER)
    }
    /// Whether the string is interned.
    #[inline(always)]
    pub fn is_short(&self) -> bool {
        self.hdr.tag() == tag::SHORT
    }
    /// The block of the heap that the string takes, and its size.
    #[inline(always)]
    pub fn block(&self) -> (*mut u8, usize) {
        let p = (self as *const Str).cast_mut().cast::<u8>();
        match self.is_short() {
            true => (p, HEADER + self.len() + 1),
            false => (p.wrapping_sub(LEN_SPACE), LONG_OVERHEAD + self.len() + 1),
        }
    }
    /// The hash of an interned string.
    #[inline(always)]
    pub fn short_hash(&self) -> u32 {
        self.hash_cell().get()
    }
    /// The hash, computed on first use for a long string.
    pub fn hash(&self) -> u32 {
        if !self.is_short() && self.extra().get() == 0 {
            // SAFETY: `data` and `len` describe the object's own bytes.
            let bytes = unsafe { core::slice::from_raw_parts(self.data(), self.len()) };
            self.hash_cell().set(hash_bytes(bytes));
            self.extra().set(1);
        }
        self.hash_cell().get()
    }
}

impl Gc<Str> {
    /// The contents up to the first zero, as a C string; valid as long as the string is reachable.
    pub fn c_str<'a>(self) -> &'a CStr {
        // SAFETY: the bytes of a string are followed by a NUL.
        unsafe { CStr::from_ptr(self.data().cast()) }
    }
    /// The contents; valid as long as the string is reachable, which the caller sees to.
    #[inline(always)]
    pub fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: `data` and `len` describe the object's own bytes, which never change after creation.
        unsafe { core::slice::from_raw_parts(self.data(), self.len()) }
    }
}

/// Whether the `n` bytes at `a` and at `b` are equal: for strings of a few bytes, where a call of `memcmp` takes longer
/// than the comparison.
///
/// # Safety
/// `n` bytes are readable at both addresses.
#[inline(always)]
unsafe fn equal_bytes(a: *const u8, b: *const u8, n: usize) -> bool {
    /// Whether the `T`s at distance `i` are equal.
    #[inline(always)]
    unsafe fn same<T: Eq>(a: *const u8, b: *const u8, i: usize) -> bool {
        // SAFETY: the caller's: both addresses have `i` bytes and a `T`, which is a plain integer.
        unsafe { a.add(i).cast::<T>().read_unaligned() == b.add(i).cast::<T>().read_unaligned() }
    }
    // SAFETY: every piece that is read lies within the `n` bytes; the last one overlaps the one before it.
    unsafe {
        match n {
            8.. => {
                let mut i = 0;
                while i < n - 8 {
                    if !same::<u64>(a, b, i) {
                        return false;
                    }
                    i += 8;
                }
                same::<u64>(a, b, n - 8)
            }
            4..8 => same::<u32>(a, b, 0) && same::<u32>(a, b, n - 4),
            2..4 => same::<u16>(a, b, 0) && same::<u16>(a, b, n - 2),
            1 => *a == *b,
            0 => true,
        }
    }
}

/// Writes what a new string of `len` bytes has behind its contents and in its header.
#[inline(always)]
fn complete(s: Gc<Str>, len: usize, hash: u32) {
    s.hash_cell().set(hash);
    s.short_len().set(len as u8);
    // SAFETY: the object has room for `len` bytes and the NUL.
    unsafe { s.data().add(len).write(0) };
}

/// `None`, an answer that fits into a register, stands for `Throw::Memory`.
fn intern(l: &State, s: &[u8]) -> Option<Gc<Str>> {
    let g = l.global();
    let hash = hash_bytes(s);
    let found = g.strings.find(hash, |str| {
        str.short_len().get() as usize == s.len()
            // SAFETY: both have so many bytes.
            && unsafe { equal_bytes(str.data(), s.as_ptr(), s.len()) }
    });
    let Some(found) = found else {
        return intern_new(l, s, hash);
    };
    heap::resurrect(g, found.header());
    Some(found)
}

#[inline(never)]
fn intern_new(l: &State, s: &[u8], hash: u32) -> Option<Gc<Str>> {
    let g = l.global();
    if !g.strings.reserve(l) {
        l.memory_error();
        return None;
    }
    let new: Gc<Str> = heap::new_object(l, tag::SHORT, HEADER + s.len() + 1).ok()?;
    complete(new, s.len(), hash);
    // SAFETY: `new` has room for `s`.
    unsafe { core::ptr::copy_nonoverlapping(s.as_ptr(), new.data(), s.len()) };
    // Where it goes is looked up here: a collection may have resized the table since, but never so that there is no room.
    g.strings.insert(new);
    Some(new)
}

/// A string with the contents of `s`, interned if short. Raises a memory error. Does not run the collector otherwise.
///
/// `s` may lie in the heap: it must then be reachable.
#[inline]
pub fn new(l: &State, s: &[u8]) -> LResult<Gc<Str>> {
    if s.len() <= MAX_SHORT {
        return intern(l, s).ok_or(Throw::Memory);
    }
    let new = new_long(l, s.len())?;
    // SAFETY: `new_long` reserved `s.len()` bytes, and nobody else knows the object yet.
    unsafe { core::ptr::copy_nonoverlapping(s.as_ptr(), new.data(), s.len()) };
    Ok(new)
}

/// A long string of `len` bytes (more than `MAX_SHORT`) whose contents the caller writes through `data` before anyone
/// else sees the string.
pub fn new_long(l: &State, len: usize) -> LResult<Gc<Str>> {
    debug_assert!(len > MAX_SHORT);
    if len >= MAX_SIZE - LONG_OVERHEAD {
        return Err(too_big(l));
    }
    let s: Gc<Str> = heap::new_object_at(l, tag::LONG, LONG_OVERHEAD + len + 1, LEN_SPACE)?;
    // SAFETY: the block begins with room for the length.
    unsafe { *s.long_len() = len };
    complete(s, len, 0);
    Ok(s)
}

fn too_big(l: &State) -> Throw {
    l.memory_error()
}
