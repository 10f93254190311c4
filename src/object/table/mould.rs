//! Tables that are alike but for their values. Where a key goes depends on nothing but the keys and the order in which they
//! came, so the hash part of one table, without its values, is that of all that are made in the same way.

use super::{Node, Table};
use crate::error::LResult;
use crate::heap;
use crate::object::State;
use crate::value::{TValue, tag};
use core::cell::Cell;

/// A hash part without values.
pub struct Mould {
    nodes: Box<[Node]>,
    last_free: u32,
    /// The node of each key.
    places: Box<[u32]>,
}

impl Table {
    /// The mould of the hash part, in which all of `keys`, strings, must be, and no others. `None` if they are not.
    pub fn mould(&self, keys: impl Iterator<Item = TValue>) -> Option<Mould> {
        let places: Option<Box<[u32]>> = keys.map(|k| self.place_of(k)).collect();
        let places = places?;
        let used = self.nodes().iter().filter(|n| !n.value().is_nil());
        if places.is_empty() || used.count() != places.len() {
            return None;
        }
        let without_value = |n: &Node| Node {
            val_bits: Cell::new(0),
            val_tag: Cell::new(tag::EMPTY),
            key_tag: n.key_tag.clone(),
            next: n.next.clone(),
            key_bits: n.key_bits.clone(),
        };
        Some(Mould {
            nodes: self.nodes().iter().map(without_value).collect(),
            last_free: self.last_free.get(),
            places,
        })
    }

    fn place_of(&self, key: TValue) -> Option<u32> {
        let node = match key.tag() {
            tag::SHORT => self.find_short(key.gc())?,
            _ => return None,
        };
        (!node.value().is_nil()).then(|| node.offset_from(self.node(0)) as u32)
    }

    /// Gives a table without a hash part that of the mould, whose keys get `values` in their order: none is nil. Raises a
    /// memory error. The caller runs the barrier, for the keys, too.
    pub fn fill_from(
        &self,
        l: &State,
        mould: &Mould,
        values: impl Iterator<Item = TValue>,
    ) -> LResult<()> {
        debug_assert!(self.has_no_nodes());
        let n = mould.nodes.len();
        let bytes = n * size_of::<Node>();
        let nodes = heap::realloc_bytes(l, core::ptr::null_mut(), 0, bytes)?.cast::<Node>();
        // SAFETY: the new block has room for as many nodes as the mould has.
        unsafe { core::ptr::copy_nonoverlapping(mould.nodes.as_ptr(), nodes, n) };
        self.nodes.set(nodes);
        self.mask().set(n as u32 - 1);
        self.last_free.set(mould.last_free);
        self.invalidate_absence();
        for (&place, v) in mould.places.iter().zip(values) {
            debug_assert!(!v.is_nil());
            self.node(place as usize).set_value(v);
        }
        Ok(())
    }
}
