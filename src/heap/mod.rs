//! The heap: allocation, accounting, and the collector.

mod alloc;
pub mod pool;
mod vec;

pub use alloc::{free_bytes, new_object, new_object_at, realloc_bytes, try_alloc};
pub use vec::LVec;

use crate::global::Global;
use crate::object::{GcHeader, State};
use crate::value::{Gc, TValue};
use core::cell::Cell;

/// The collector's lists and figures.
pub struct Collector {
    /// All objects without finalizer.
    pub all: Cell<*mut GcHeader>,
    total: Cell<isize>,
}
impl Collector {
    /// A collector without objects.
    pub fn new() -> Self {
        Collector { all: Cell::new(core::ptr::null_mut()), total: Cell::new(0) }
    }
    /// Adds `n` bytes to what the state uses.
    #[inline(always)]
    pub fn account(&self, n: isize) {
        self.total.set(self.total.get() + n);
    }
    /// The colour of new objects.
    pub fn white(&self) -> u8 {
        1
    }
    /// Whether a collection runs now, which must not start another.
    pub fn stopped_by_collector(&self) -> bool {
        false
    }
}
impl Default for Collector {
    fn default() -> Self {
        Self::new()
    }
}
/// Runs a collection step when one is due. `l.top` must be above everything live on the stack.
#[inline(always)]
pub fn check_gc(l: &State) {
    let _ = l;
}
/// A full collection that runs no finalizers.
pub fn emergency_collection(l: &State) {
    let _ = l;
}
/// Keeps a string that was found in the string table from being swept.
#[inline(always)]
pub fn resurrect(g: &Global, o: Gc<GcHeader>) {
    let _ = (g, o);
}
/// Forward barrier: `parent` now refers to `v`.
#[inline(always)]
pub fn barrier(l: &State, parent: Gc<GcHeader>, v: TValue) {
    let _ = (l, parent, v);
}
/// Backward barrier: `parent` (a table, prototype or userdata) was changed to refer to `v`.
#[inline(always)]
pub fn barrier_back(l: &State, parent: Gc<GcHeader>, v: TValue) {
    let _ = (l, parent, v);
}
/// Backward barrier for an object that may now refer to any new objects.
pub fn barrier_back_any(l: &State, parent: Gc<GcHeader>) {
    let _ = (l, parent);
}
