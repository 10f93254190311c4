//! Tables.
use super::GcHeader;
use crate::value::Gc;
use core::cell::Cell;
/// A table.
#[repr(C)]
pub struct Table {
    hdr: GcHeader,
    /// The metatable.
    pub metatable: Cell<Option<Gc<Table>>>,
}
