//! Traversals: what comes behind a key, for `next` and for loops over it.

use super::{Node, Table};
use crate::error::LResult;
use crate::object::State;
use crate::value::{Slot, TValue, tag};

/// Where a traversal stands: elements of the array part first, then nodes.
type Position = usize;

impl Table {
    fn position_of(&self, l: &State, key: TValue) -> LResult<Position> {
        if key.is_nil() {
            return Ok(0);
        }
        if let Some(i) = key.as_int()
            && (i as u64).wrapping_sub(1) < self.array_len() as u64
        {
            return Ok(i as usize);
        }
        let alive = |n: &Node| n.key_tag.get() == key.tag() && n.key().raw_eq(key);
        let dead = |n: &Node| {
            n.key_tag.get() == tag::DEAD_KEY
                && key.is_collectable()
                && n.key_bits.get() == key.bits()
        };
        match self.chain(self.main_position(key), |n| alive(n) || dead(n)) {
            Some(n) => Ok(self.array_len() + n.offset_from(self.node(0)) as usize + 1),
            None => Err(l.run_error("invalid key to 'next'", &[])),
        }
    }

    /// The key and value behind `key` in the order of traversal (nil: the first); `None` at the end. Raises "invalid key
    /// to 'next'".
    pub fn next(&self, l: &State, key: TValue) -> LResult<Option<(TValue, TValue)>> {
        let from = self.position_of(l, key)?;
        Ok(self.next_from(from))
    }

    /// Where a traversal goes on behind `key`; `None` if it is not one that is found at once. In `to`, a slot of the stack,
    /// the steps of a loop note the node where they have been, so that the next need not search for the key.
    #[inline(always)]
    fn position_behind(&self, key: TValue, to: Slot) -> Option<Position> {
        let n = self.array_len();
        match key.tag() {
            tag::NIL => Some(0),
            tag::INT if (key.bits().wrapping_sub(1)) < n as u64 => Some(key.bits() as usize),
            t => {
                let noted = to.note() as usize;
                let is_key = |i: usize| {
                    let node = self.node(i);
                    node.key_tag.get() == t && node.key_bits.get() == key.bits()
                };
                if noted < self.node_count() && is_key(noted) {
                    return Some(n + noted + 1);
                }
                let node = match t {
                    tag::SHORT => self.find_short(key.gc()),
                    tag::INT => self.find_int(key.int_bits()),
                    _ => self.find(key),
                }?;
                Some(n + self.node_index(node) + 1)
            }
        }
    }

    /// One step of a traversal from `key` on: writes the next key and value to `to` and the slot above and answers true,
    /// or answers false at the end; `None` if `key` is not one that it finds at once.
    #[inline]
    pub fn step(&self, key: TValue, to: Slot) -> Option<bool> {
        let (from, n) = (self.position_behind(key, to)?, self.array_len());
        for i in from..n {
            if self.array_tag(i) & 0x0F != 0 {
                to.set(TValue::int(i as i64 + 1));
                to.add(1).set(self.array_get(i));
                return Some(true);
            }
        }
        let found = self.node_from(from.max(n) - n, to);
        if let Some(node) = found {
            to.set(node.key());
            to.add(1).set(node.value());
        }
        Some(found.is_some())
    }

    /// The first node with a value, from the given one on, which is noted in `to`.
    #[inline(always)]
    fn node_from(&self, from: usize, to: Slot) -> Option<&Node> {
        let i = (from..self.node_count()).find(|&i| !self.node(i).value().is_nil())?;
        to.set_note(i as u32);
        Some(self.node(i))
    }

    /// The node that such a step leads to, which is noted in `to`; `None` if it leads to an element of the array part, or
    /// is not to be made.
    #[inline(always)]
    pub fn next_node(&self, key: TValue, to: Slot) -> Option<Option<&Node>> {
        let (from, n) = (self.position_behind(key, to)?, self.array_len());
        if (from..n).any(|i| self.array_tag(i) & 0x0F != 0) {
            return None;
        }
        Some(self.node_from(from.max(n) - n, to))
    }

    /// The key and value of the first element at or behind a position.
    #[inline]
    fn next_from(&self, from: Position) -> Option<(TValue, TValue)> {
        let n = self.array_len();
        for i in from..n {
            if self.array_tag(i) & 0x0F != 0 {
                return Some((TValue::int(i as i64 + 1), self.array_get(i)));
            }
        }
        for i in from.max(n) - n..self.node_count() {
            let node = self.node(i);
            if !node.value().is_nil() {
                return Some((node.key(), node.value()));
            }
        }
        None
    }
}
