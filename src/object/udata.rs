//! Full userdata: a header, user values, then the host's memory block, which is aligned as the allocator aligns blocks, to
//! 16 bytes at most.

use super::{GcHeader, State, Table};
use crate::error::LResult;
use crate::heap;
use crate::limits::MAX_SIZE;
use crate::value::{Gc, Slot, TValue, tag};
use core::cell::Cell;
use core::ffi::c_void;

/// A full userdata.
#[repr(C)]
pub struct Udata {
    /// `word`: number of user values.
    hdr: GcHeader,
    len: usize,
    /// The metatable.
    pub metatable: Cell<Option<Gc<Table>>>,
    /// Link of the collector's grey lists.
    pub gclist: Cell<*mut GcHeader>,
    /// Makes the size a multiple of 16, without asking the host's allocator for such an alignment.
    padding: u64,
}

const _: () = assert!(size_of::<Udata>() == 48 && align_of::<Udata>() == 8);

impl Udata {
    /// Bytes of a userdata with `nuvalue` user values and a block of `len` bytes: a multiple of 16, for which our own
    /// allocator aligns it so.
    pub const fn size_for(len: usize, nuvalue: usize) -> usize {
        (size_of::<Udata>() + nuvalue * size_of::<TValue>() + len).next_multiple_of(16)
    }
    /// A userdata whose block is not initialised and whose user values are nil. Raises a memory error.
    pub fn new(l: &State, len: usize, nuvalue: u16) -> LResult<Gc<Udata>> {
        if len > MAX_SIZE - Self::size_for(0, nuvalue as usize) {
            return Err(l.run_error("memory allocation error: block too big", &[]));
        }
        let u = heap::new_object::<Udata>(l, tag::USERDATA, Self::size_for(len, nuvalue as usize))?;
        // SAFETY: the block has room for the struct, the user values and `len` bytes.
        unsafe {
            let p = u.as_ptr();
            (*p).hdr.word.set(nuvalue as u32);
            (&raw mut (*p).len).write(len);
            (&raw mut (*p).metatable).write(Cell::new(None));
            (&raw mut (*p).gclist).write(Cell::new(core::ptr::null_mut()));
            (&raw mut (*p).padding).write(0);
        }
        for i in 0..nuvalue as usize {
            u.user_value(i).set(TValue::NIL);
        }
        Ok(u)
    }
    /// Number of user values.
    pub fn nuvalue(&self) -> usize {
        self.hdr.word.get() as usize
    }
    /// Bytes of the host's block.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.len
    }
    /// Slot of user value `i` (from 0).
    pub fn user_value(&self, i: usize) -> Slot {
        debug_assert!(i < self.nuvalue());
        Slot::new(
            (self as *const Udata)
                .wrapping_add(1)
                .cast_mut()
                .cast::<TValue>()
                .wrapping_add(i),
        )
    }
    /// Address of the host's block.
    #[inline(always)]
    pub fn memory(&self) -> *mut c_void {
        let p = (self as *const Udata)
            .wrapping_add(1)
            .cast_mut()
            .cast::<TValue>();
        p.wrapping_add(self.nuvalue()).cast()
    }
}
