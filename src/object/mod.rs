//! The objects of the heap. Every one starts with a [`GcHeader`], so that the collector can walk them untyped.
//!
//! Fields are `Cell`s: objects are shared by design, and a host may re-enter the library with the same objects at any
//! call, so no `&mut` to an object ever exists.

pub mod closure;
pub mod hash;
pub mod proto;
pub mod singles;
pub mod string;
pub mod string_table;
pub mod table;
pub mod thread;
pub mod udata;

pub use closure::{CClosure, LClosure, UpVal};
pub use proto::Proto;
pub use string::Str;
pub use table::Table;
pub use thread::{CallInfo, State};
pub use udata::Udata;

use core::cell::Cell;

/// What every object starts with.
#[repr(C)]
pub struct GcHeader {
    /// Next object of the collector's list that this object is in.
    pub next: Cell<*mut GcHeader>,
    tag: Cell<u8>,
    /// Colour, age and flags; see `heap::color`.
    pub marked: Cell<u8>,
    /// Two bytes for what the kind of object needs.
    pub small: [Cell<u8>; 2],
    /// A word for what the kind of object needs.
    pub word: Cell<u32>,
}

/// Offset of the tag in an object, for compiled code.
pub const TAG_OFFSET: usize = core::mem::offset_of!(GcHeader, tag);

impl GcHeader {
    /// The tag of values that refer to this object.
    #[inline(always)]
    pub fn tag(&self) -> u8 {
        self.tag.get()
    }
    /// A header outside all lists.
    pub fn new(tag: u8, marked: u8) -> Self {
        GcHeader {
            next: Cell::new(core::ptr::null_mut()),
            tag: Cell::new(tag),
            marked: Cell::new(marked),
            small: [const { Cell::new(0) }; 2],
            word: Cell::new(0),
        }
    }
}
