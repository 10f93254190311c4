//! Tables: an array part for keys 1..n, a hash part for the rest.
//!
//! The array part keeps payloads and tags apart, nine bytes an element, in one block: `array` points between them,
//! payload `i` lies `i + 1` words below it and tag `i` at `array + i`. The hash part is a chained scatter table: every
//! key is in its main position unless another key, which has it as main position, is there; chains link by offsets.
//!
//! Invariants
//! - All `array_size` elements and all nodes are initialised; the hash part has a power-of-two number of nodes or is the
//!   shared empty node, which is never written.
//! - A key whose value is empty keeps its bits until the next rehash (its tag may become `DEAD_KEY` when its object is
//!   collected), so that `next` can go on from it.
//! - Float keys with an integer value are stored as integers; nil and NaN are never keys.
//! - Writers of collectable values call a barrier, and `invalidate_absence` after adding a key; nothing here does it.
//!
//! Costs: `get_short` one hash, one node on average; `resize` O(n), only when an insertion finds no free node.

mod keys;
#[cfg(feature = "jit")]
mod mould;
mod traversal;

use super::{GcHeader, State, Str};
use crate::error::{LResult, Throw};
use crate::heap;
use crate::number;
use crate::value::{Gc, TValue, tag};
use core::cell::Cell;
use keys::{IntegerKeys, MAX_ARRAY, MAX_ARRAY_BITS, ceil_log2, hash_float};
#[cfg(feature = "jit")]
pub use mould::Mould;

/// A node of the hash part.
#[repr(C)]
pub struct Node {
    val_bits: Cell<u64>,
    val_tag: Cell<u8>,
    key_tag: Cell<u8>,
    /// Offset of the next node of the chain, 0 at its end.
    next: Cell<i32>,
    key_bits: Cell<u64>,
}

/// The one node of every empty hash part.
struct EmptyNode(Node);
// SAFETY: the node is never written.
unsafe impl Sync for EmptyNode {}
static EMPTY_NODE: EmptyNode = EmptyNode(Node::new());

/// A table.
#[repr(C)]
pub struct Table {
    /// `small[0]`: absent metamethods; `word`: number of nodes less one, which masks hashes.
    hdr: GcHeader,
    array: Cell<*mut u8>,
    array_size: Cell<u32>,
    /// Where `border` starts to look: `array_size`, or, in an array part whose size is a power of two, an element of its
    /// upper half. An access behind it moves it (see `has_element`).
    border_hint: Cell<u32>,
    /// Free nodes lie below this index.
    last_free: Cell<u32>,
    nodes: Cell<*mut Node>,
    /// The metatable.
    pub metatable: Cell<Option<Gc<Table>>>,
    /// Link of the collector's grey lists.
    pub gclist: Cell<*mut GcHeader>,
}

/// Largest logarithm of the size of a hash part.
const MAX_NODE_BITS: u32 = 30;
/// Bytes of an element of the array part.
const ELEMENT: usize = size_of::<u64>() + 1;

impl Node {
    const fn new() -> Node {
        Node {
            val_bits: Cell::new(0),
            val_tag: Cell::new(tag::EMPTY),
            key_tag: Cell::new(tag::NIL),
            next: Cell::new(0),
            key_bits: Cell::new(0),
        }
    }
    /// The value.
    #[inline(always)]
    pub fn value(&self) -> TValue {
        TValue::from_raw(self.val_bits.get(), self.val_tag.get())
    }
    /// Writes the value; the caller runs the barrier.
    #[inline(always)]
    pub fn set_value(&self, v: TValue) {
        self.val_bits.set(v.bits());
        self.val_tag.set(v.tag());
    }
    /// The key; nil for a free node, tag `DEAD_KEY` for a dead one.
    #[inline(always)]
    pub fn key(&self) -> TValue {
        TValue::from_raw(self.key_bits.get(), self.key_tag.get())
    }
    fn set_key(&self, k: TValue) {
        self.key_bits.set(k.bits());
        self.key_tag.set(k.tag());
    }
    /// Marks the key as dead: its object may go, its bits stay.
    pub fn kill_key(&self) {
        debug_assert!(self.value().is_nil());
        self.key_tag.set(tag::DEAD_KEY);
    }
    #[inline(always)]
    fn at(&self, offset: i32) -> &Node {
        // SAFETY: `next` offsets and the callers' indices stay within the table's vector of nodes.
        unsafe { &*(self as *const Node).offset(offset as isize) }
    }
    #[inline(always)]
    fn offset_from(&self, other: &Node) -> i32 {
        ((self as *const Node as isize - other as *const Node as isize)
            / size_of::<Node>() as isize) as i32
    }
}

impl Table {
    #[inline(always)]
    fn mask(&self) -> &Cell<u32> {
        &self.hdr.word
    }
    #[inline(always)]
    fn flags(&self) -> &Cell<u8> {
        &self.hdr.small[0]
    }
    /// An empty table. Raises a memory error.
    pub fn new(l: &State) -> LResult<Gc<Table>> {
        let t = heap::new_object::<Table>(l, tag::TABLE, size_of::<Table>())?;
        // SAFETY: the block has the size of `Table`, and the header is already written.
        unsafe {
            let p = t.as_ptr();
            (*p).flags().set(0xFF);
            (&raw mut (*p).array).write(Cell::new(core::ptr::null_mut()));
            (&raw mut (*p).array_size).write(Cell::new(0));
            (&raw mut (*p).border_hint).write(Cell::new(0));
            (&raw mut (*p).last_free).write(Cell::new(0));
            (&raw mut (*p).nodes).write(Cell::new(&raw const EMPTY_NODE.0 as *mut Node));
            (&raw mut (*p).metatable).write(Cell::new(None));
            (&raw mut (*p).gclist).write(Cell::new(core::ptr::null_mut()));
        }
        Ok(t)
    }

    /// Frees both parts; the collector frees the object itself.
    pub fn release(&self, l: &State) {
        let g = l.global();
        if !self.has_no_nodes() {
            heap::free_bytes(
                g,
                self.nodes.get().cast(),
                self.node_count() * size_of::<Node>(),
            );
        }
        free_array(l, self.array.get(), self.array_size.get() as usize);
    }

    /// Elements of the array part.
    #[inline(always)]
    pub fn array_len(&self) -> usize {
        self.array_size.get() as usize
    }
    /// Nodes of the hash part; 0 when it is empty.
    pub fn hash_len(&self) -> usize {
        if self.has_no_nodes() {
            0
        } else {
            self.node_count()
        }
    }
    /// Elements of the array part, nodes, the limit of the free nodes, and where the search for a border starts.
    #[cfg(feature = "internals")]
    pub fn layout(&self) -> [usize; 4] {
        let (free, hint) = (self.last_free.get(), self.border_hint.get());
        [
            self.array_len(),
            self.hash_len(),
            free as usize,
            hint as usize,
        ]
    }
    #[inline(always)]
    fn node_count(&self) -> usize {
        self.mask().get() as usize + 1
    }
    /// The main position of an interned string.
    #[inline(always)]
    fn slot_of(&self, s: Gc<Str>) -> usize {
        (s.short_hash() & self.mask().get()) as usize
    }
    #[inline(always)]
    fn has_no_nodes(&self) -> bool {
        core::ptr::eq(self.nodes.get(), &EMPTY_NODE.0)
    }
    #[inline(always)]
    fn node(&self, i: usize) -> &Node {
        debug_assert!(i < self.node_count());
        // SAFETY: `i` is below the number of nodes.
        unsafe { &*self.nodes.get().add(i) }
    }
    /// The nodes of the hash part.
    pub fn nodes(&self) -> &[Node] {
        // SAFETY: `nodes` points to `node_count` initialised nodes.
        unsafe { core::slice::from_raw_parts(self.nodes.get(), self.node_count()) }
    }
    /// Element `i` (from 0) of the array part.
    #[inline(always)]
    pub fn array_get(&self, i: usize) -> TValue {
        debug_assert!(i < self.array_len());
        // SAFETY: `i` is below `array_size`; see the module's head for the layout.
        unsafe {
            let a = self.array.get();
            TValue::from_raw(*a.cast::<u64>().sub(i + 1), *a.add(i))
        }
    }
    #[inline(always)]
    fn array_tag(&self, i: usize) -> u8 {
        debug_assert!(i < self.array_len());
        // SAFETY: `i` is below `array_size`.
        unsafe { *self.array.get().add(i) }
    }
    /// Writes element `i` (from 0) of the array part; the caller runs the barrier.
    #[inline(always)]
    pub fn array_set(&self, i: usize, v: TValue) {
        debug_assert!(i < self.array_len());
        // SAFETY: `i` is below `array_size`.
        unsafe {
            let a = self.array.get();
            *a.cast::<u64>().sub(i + 1) = v.bits();
            *a.add(i) = v.tag();
        }
    }

    /// Copies `n` elements of the array part from index `from` on to `to` on (both from 0); the ranges may overlap. Answers
    /// false, and does nothing, unless both lie within the array part. Needs no barrier: no value is new to the table.
    pub fn move_elements(&self, from: usize, to: usize, n: usize) -> bool {
        if from.max(to) + n > self.array_len() {
            return false;
        }
        let tags = self.array.get();
        let payloads = |i: usize| tags.cast::<u64>().wrapping_sub(i + n);
        // SAFETY: both ranges of tags, and those of payloads below the middle pointer, are within the array part.
        unsafe {
            core::ptr::copy(tags.add(from), tags.add(to), n);
            core::ptr::copy(payloads(from), payloads(to), n);
        }
        true
    }

    /// Whether the metatable is known to lack the event with this number (at most `LAST_FAST`).
    #[inline(always)]
    pub fn lacks(&self, event: u8) -> bool {
        self.flags().get() & (1 << event) != 0
    }
    /// Remembers that the table, as a metatable, lacks the event.
    pub fn remember_absence(&self, event: u8) {
        self.flags().set(self.flags().get() | 1 << event);
    }
    /// Forgets what `remember_absence` noted; after a key was added.
    #[inline(always)]
    pub fn invalidate_absence(&self) {
        self.flags().set(0);
    }

    // ---- look-up ----

    /// Whether element `u` (from 0) is in the array part; the caller reads or writes it then. An element behind the
    /// hint becomes the hint: in an array with holes, `#t` finds the same border as PUC's.
    #[inline(always)]
    pub fn has_element(&self, u: u64) -> bool {
        debug_assert!(self.border_hint.get() <= self.array_size.get());
        if u < self.border_hint.get() as u64 {
            return true;
        }
        let within = u < self.array_size.get() as u64;
        if within {
            self.border_hint.set(u as u32 + 1);
        }
        within
    }
    /// Whether `has_element` would leave the hint where it is.
    pub fn within_hint(&self, u: u64) -> bool {
        u < self.border_hint.get() as u64
    }
    /// The value at an integer key.
    #[inline(always)]
    pub fn get_int(&self, i: i64) -> TValue {
        let u = (i as u64).wrapping_sub(1);
        if self.has_element(u) {
            self.array_get(u as usize)
        } else {
            self.get_int_hash(i)
        }
    }
    fn get_int_hash(&self, i: i64) -> TValue {
        self.find_int(i).map_or(TValue::ABSENT, Node::value)
    }
    /// The node of an integer in the hash part.
    pub fn find_int(&self, i: i64) -> Option<&Node> {
        if self.has_no_nodes() {
            return None;
        }
        self.chain(self.int_position(i), |n| {
            n.key_tag.get() == tag::INT && n.key_bits.get() == i as u64
        })
    }
    /// The value at an interned string.
    #[inline(always)]
    pub fn get_short(&self, s: Gc<Str>) -> TValue {
        match self.find_short(s) {
            Some(n) => n.value(),
            None => TValue::ABSENT,
        }
    }
    /// The node of an interned string.
    #[inline(always)]
    pub fn find_short(&self, s: Gc<Str>) -> Option<&Node> {
        debug_assert!(s.is_short());
        let mut n = self.node(self.slot_of(s));
        loop {
            if n.key_bits.get() == s.as_ptr() as u64 && n.key_tag.get() == tag::SHORT {
                return Some(n);
            }
            match n.next.get() {
                0 => return None,
                d => n = n.at(d),
            }
        }
    }
    /// The node of a key of any kind in the hash part; `None` for a nil or a float that stands for an integer.
    pub fn find_any(&self, key: TValue) -> Option<&Node> {
        match key.tag() {
            tag::SHORT => self.find_short(key.gc()),
            tag::INT => self.find_int(key.int_bits()),
            tag::NIL | tag::EMPTY | tag::ABSENT => None,
            tag::FLOAT if number::float_to_int_exact(key.float_bits()).is_some() => None,
            _ => self.find(key),
        }
    }
    /// The number of a node of the hash part.
    pub fn node_index(&self, n: &Node) -> usize {
        n.offset_from(self.node(0)) as usize
    }
    /// The value at a string of either kind.
    #[inline]
    pub fn get_str(&self, s: Gc<Str>) -> TValue {
        if s.is_short() {
            self.get_short(s)
        } else {
            self.find(s.into()).map_or(TValue::ABSENT, Node::value)
        }
    }
    /// The value at any key; a nil variant if there is none.
    #[inline]
    pub fn get(&self, key: TValue) -> TValue {
        match key.tag() {
            tag::SHORT => self.get_short(key.gc()),
            tag::INT => self.get_int(key.int_bits()),
            tag::FLOAT => match number::float_to_int_exact(key.float_bits()) {
                Some(i) => self.get_int(i),
                None => self.find(key).map_or(TValue::ABSENT, Node::value),
            },
            tag::NIL | tag::EMPTY | tag::ABSENT => TValue::ABSENT,
            _ => self.find(key).map_or(TValue::ABSENT, Node::value),
        }
    }
    /// As `get`, but leaves the hint where it is.
    pub fn peek(&self, key: TValue) -> TValue {
        let hint = self.border_hint.get();
        let v = self.get(key);
        self.border_hint.set(hint);
        v
    }
    fn chain(&self, start: usize, is_key: impl Fn(&Node) -> bool) -> Option<&Node> {
        let mut n = self.node(start);
        loop {
            if is_key(n) {
                return Some(n);
            }
            match n.next.get() {
                0 => return None,
                d => n = n.at(d),
            }
        }
    }
    /// The node of a normalised key.
    fn find(&self, key: TValue) -> Option<&Node> {
        let start = self.main_position(key);
        let alike = |n: &Node| n.key_tag.get() == key.tag();
        match key.tag() {
            // The payload of a boolean is anything.
            tag::FALSE | tag::TRUE => self.chain(start, alike),
            // The text decides.
            tag::LONG => self.chain(start, |n| alike(n) && n.key().raw_eq(key)),
            _ => self.chain(start, |n| n.key_bits.get() == key.bits() && alike(n)),
        }
    }
    /// The value at a table or full userdata.
    #[inline(always)]
    pub fn get_object(&self, key: TValue) -> TValue {
        debug_assert!(matches!(key.tag(), tag::TABLE | tag::USERDATA));
        // An integer may have the same bits, and so may a dead key.
        let is_key = |n: &Node| n.key_bits.get() == key.bits() && n.key_tag.get() == key.tag();
        let found = self.chain(self.object_position(key.bits()), is_key);
        found.map_or(TValue::ABSENT, Node::value)
    }
    #[inline(always)]
    fn object_position(&self, bits: u64) -> usize {
        let mixed = bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        mixed as usize & self.mask().get() as usize
    }

    /// Writes element `i` (from 0) of the array part unless that needs a look at a metatable: the element is present, or
    /// there is no metatable. Answers whether it did. The caller runs the barrier.
    #[inline(always)]
    pub fn store_element(&self, i: usize, v: TValue) -> bool {
        if self.array_tag(i) & 0x0F == 0 && self.metatable.get().is_some() {
            return false;
        }
        self.array_set(i, v);
        true
    }
    /// Overwrites the value at an integer key that is present; answers whether it was. The caller runs the barrier.
    #[inline(always)]
    pub fn replace_int(&self, i: i64, v: TValue) -> bool {
        let u = (i as u64).wrapping_sub(1);
        if self.has_element(u) {
            if self.array_tag(u as usize) & 0x0F == 0 {
                return false;
            }
            self.array_set(u as usize, v);
            return true;
        }
        replace_in(self.find_int(i), v)
    }
    /// Overwrites the value at an interned string that is present; answers whether it was.
    #[inline(always)]
    pub fn replace_short(&self, s: Gc<Str>, v: TValue) -> bool {
        replace_in(self.find_short(s), v)
    }
    /// Overwrites the value at a key that is present; answers whether it was.
    #[inline]
    pub fn replace(&self, key: TValue, v: TValue) -> bool {
        match key.tag() {
            tag::SHORT => self.replace_short(key.gc(), v),
            tag::INT => self.replace_int(key.int_bits(), v),
            tag::FLOAT => match number::float_to_int_exact(key.float_bits()) {
                Some(i) => self.replace_int(i, v),
                None => replace_in(self.find(key), v),
            },
            tag::NIL => false,
            _ => replace_in(self.find(key), v),
        }
    }

    // ---- positions ----

    #[inline(always)]
    fn modulo(&self, n: u64) -> usize {
        let d = self.mask().get() as u64 | 1;
        if n <= i32::MAX as u64 {
            (n as u32 % d as u32) as usize
        } else {
            (n % d) as usize
        }
    }
    #[inline(always)]
    fn int_position(&self, i: i64) -> usize {
        self.modulo(i as u64)
    }
    fn main_position(&self, key: TValue) -> usize {
        let mask = self.mask().get() as usize;
        match key.tag() {
            tag::INT => self.int_position(key.int_bits()),
            tag::FLOAT => self.modulo(hash_float(key.float_bits()) as u64),
            tag::SHORT => self.slot_of(key.gc()),
            tag::LONG => key.gc::<Str>().hash() as usize & mask,
            tag::FALSE => 0,
            tag::TRUE => 1 & mask,
            _ => self.object_position(key.bits()),
        }
    }

    fn take_free_node(&self) -> Option<&Node> {
        if self.has_no_nodes() {
            return None;
        }
        let mut i = self.last_free.get();
        while i > 0 {
            i -= 1;
            let n = self.node(i as usize);
            if n.key_tag.get() == tag::NIL {
                self.last_free.set(i);
                return Some(n);
            }
        }
        self.last_free.set(0);
        None
    }

    // ---- insertion ----

    /// Sets the value at an integer key. Raises a memory error.
    #[inline]
    pub fn set_int(&self, l: &State, i: i64, v: TValue) -> LResult<()> {
        let u = (i as u64).wrapping_sub(1);
        if self.has_element(u) {
            self.array_set(u as usize, v);
            return Ok(());
        }
        match self.find_int(i) {
            Some(n) => n.set_value(v),
            None => self.insert(l, TValue::int(i), v)?,
        }
        Ok(())
    }
    /// Sets the value at a string. Raises a memory error.
    #[inline]
    pub fn set_str(&self, l: &State, s: Gc<Str>, v: TValue) -> LResult<()> {
        self.set(l, s.into(), v)
    }
    /// Sets the value at a key. Raises an error for nil and NaN, and memory errors. No barrier, no metamethods.
    pub fn set(&self, l: &State, key: TValue, v: TValue) -> LResult<()> {
        let found = match key.tag() {
            tag::SHORT => self.find_short(key.gc()),
            tag::INT => return self.set_int(l, key.int_bits(), v),
            tag::FLOAT => match number::float_to_int_exact(key.float_bits()) {
                Some(i) => return self.set_int(l, i, v),
                None if key.float_bits().is_nan() => {
                    return Err(l.run_error("table index is NaN", &[]));
                }
                None => self.find(key),
            },
            tag::NIL | tag::EMPTY | tag::ABSENT | tag::NONE => {
                return Err(l.run_error("table index is nil", &[]));
            }
            _ => self.find(key),
        };
        match found {
            Some(n) => n.set_value(v),
            None => self.insert(l, key, v)?,
        }
        Ok(())
    }

    /// Adds a normalised key that is not in the table. A nil value adds nothing.
    fn insert(&self, l: &State, key: TValue, v: TValue) -> LResult<()> {
        if v.is_nil() {
            return Ok(());
        }
        loop {
            if let Some(n) = self.place(key) {
                n.set_key(key);
                n.set_value(v);
                return Ok(());
            }
            self.rehash(l, key)?;
            let u = key.int_bits().wrapping_sub(1) as u64;
            if key.is_int() && u < self.array_len() as u64 {
                self.array_set(u as usize, v);
                return Ok(());
            }
        }
    }

    /// The node for a new key, linked into its chain; `None` when there is no room.
    fn place(&self, key: TValue) -> Option<&Node> {
        let main = self.node(self.main_position(key));
        if main.value().is_nil() && !self.has_no_nodes() {
            return Some(main);
        }
        let free = self.take_free_node()?;
        let owner = self.node(self.main_position(main.key()));
        if core::ptr::eq(owner, main) {
            // The key in the way is where it belongs: the new one goes to the free node, second in the chain.
            free.next.set(match main.next.get() {
                0 => 0,
                d => main.at(d).offset_from(free),
            });
            main.next.set(free.offset_from(main));
            return Some(free);
        }
        // The key in the way is in another key's chain: it moves to the free node.
        let mut before = owner;
        while !core::ptr::eq(before.at(before.next.get()), main) {
            before = before.at(before.next.get());
        }
        before.next.set(free.offset_from(before));
        free.set_key(main.key());
        free.set_value(main.value());
        free.next.set(match main.next.get() {
            0 => 0,
            d => main.at(d).offset_from(free),
        });
        main.next.set(0);
        main.set_value(TValue::EMPTY);
        Some(main)
    }

    // ---- resizing ----

    fn rehash(&self, l: &State, extra: TValue) -> LResult<()> {
        let mut ints = IntegerKeys {
            slices: [0; MAX_ARRAY_BITS + 1],
            total: 0,
        };
        let mut all = self.count_array(&mut ints);
        for n in self.nodes().iter().filter(|n| !n.value().is_nil()) {
            ints.count(n.key());
            all += 1;
        }
        ints.count(extra);
        all += 1;
        let (array, in_array) = ints.best_array();
        self.resize(l, array, all - in_array)
    }

    fn count_array(&self, ints: &mut IntegerKeys) -> usize {
        let mut in_use = 0;
        let (mut slice, mut limit) = (0, 1usize);
        let mut i = 0;
        while i < self.array_len() {
            let end = limit.min(self.array_len());
            // SAFETY: tags `i..end` are within the array part.
            let tags = unsafe { core::slice::from_raw_parts(self.array.get().add(i), end - i) };
            let n = tags.iter().filter(|&&t| t & 0x0F != 0).count();
            ints.slices[slice] += n as u32;
            in_use += n;
            i = end;
            slice += 1;
            limit <<= 1;
        }
        ints.total += in_use;
        in_use
    }

    /// Bytes that a table takes with `array` elements and room for `hash` keys beside them.
    #[cfg(feature = "jit")]
    pub fn size_with(array: usize, hash: usize) -> usize {
        let nodes = if hash == 0 {
            0
        } else {
            hash.next_power_of_two()
        };
        size_of::<Table>() + array * ELEMENT + nodes * size_of::<Node>()
    }

    /// Gives a new table, which is empty, `array` elements and room for `hash` keys beside them. Raises as `resize`.
    pub fn reserve(&self, l: &State, array: usize, hash: usize) -> LResult<()> {
        debug_assert!(self.array_len() == 0 && self.has_no_nodes());
        if array > MAX_ARRAY * 2 - 1 {
            return Err(overflow(l));
        }
        if hash > 0 {
            let (nodes, n) = alloc_nodes(l, hash)?;
            self.nodes.set(nodes);
            self.mask().set(n as u32 - 1);
            self.last_free.set(n as u32);
        }
        if array > 0 {
            let p = alloc_array(l, array)?;
            // SAFETY: the block has `array` tags behind its middle pointer.
            unsafe { core::ptr::write_bytes(p, tag::EMPTY, array) };
            self.array.set(p);
            self.array_size.set(array as u32);
            self.border_hint.set(array as u32);
        }
        Ok(())
    }

    /// Gives the table `array` elements and room for `hash` keys beside them, and moves everything to its new place.
    /// Raises "table overflow" or a memory error, the table then being as it was.
    pub fn resize(&self, l: &State, array: usize, hash: usize) -> LResult<()> {
        if array > MAX_ARRAY * 2 - 1 {
            return Err(overflow(l));
        }
        let old_array = self.array_len();
        self.border_hint.set(old_array as u32);
        let (old_nodes, old_count, old_empty) =
            (self.nodes.get(), self.node_count(), self.has_no_nodes());
        let (new_nodes, new_count) = alloc_nodes(l, hash)?;
        let new_array = if array == old_array {
            self.array.get()
        } else {
            match alloc_array(l, array) {
                Ok(p) => p,
                Err(t) => {
                    free_nodes(l, new_nodes, new_count);
                    return Err(t);
                }
            }
        };
        // From here on nothing can fail: the new hash part has room for all keys that leave the array part.
        self.nodes.set(new_nodes);
        self.mask().set(new_count as u32 - 1);
        self.last_free
            .set(if core::ptr::eq(new_nodes, &EMPTY_NODE.0) {
                0
            } else {
                new_count as u32
            });
        if array != old_array {
            let old = self.array.get();
            let keep = old_array.min(array);
            for i in array..old_array {
                let v = self.array_get(i);
                if !v.is_nil() {
                    self.place_moved(l, TValue::int(i as i64 + 1), v)?;
                }
            }
            // SAFETY: both blocks have at least `keep` elements around their middle pointers.
            unsafe {
                if keep > 0 {
                    let words = keep * size_of::<u64>();
                    core::ptr::copy_nonoverlapping(old.sub(words), new_array.sub(words), words);
                    core::ptr::copy_nonoverlapping(old, new_array, keep);
                }
                if array > keep {
                    core::ptr::write_bytes(new_array.add(keep), tag::EMPTY, array - keep);
                }
            }
            free_array(l, old, old_array);
            self.array.set(new_array);
            self.array_size.set(array as u32);
        }
        self.border_hint.set(array as u32);
        if !old_empty {
            for i in 0..old_count {
                // SAFETY: the old vector has `old_count` nodes and is still allocated.
                let n = unsafe { &*old_nodes.add(i) };
                if !n.value().is_nil() {
                    self.insert_moved(l, n.key(), n.value())?;
                }
            }
            heap::free_bytes(l.global(), old_nodes.cast(), old_count * size_of::<Node>());
        }
        Ok(())
    }

    /// Stores a key that `resize` moves, in the array part if it belongs there.
    fn insert_moved(&self, l: &State, key: TValue, v: TValue) -> LResult<()> {
        match key.as_int() {
            Some(i) if (i as u64).wrapping_sub(1) < self.array_len() as u64 => {
                self.array_set(i as usize - 1, v);
                Ok(())
            }
            _ => self.place_moved(l, key, v),
        }
    }

    /// Stores a key that `resize` moves in the hash part, which has room for it.
    fn place_moved(&self, l: &State, key: TValue, v: TValue) -> LResult<()> {
        match self.place(key) {
            Some(n) => {
                n.set_key(key);
                n.set_value(v);
                Ok(())
            }
            None => Err(overflow(l)),
        }
    }

    // ---- length ----

    /// The border, if it is where it was and no other part of the table has a say.
    #[inline(always)]
    pub fn border_near_hint(&self) -> Option<u64> {
        let (hint, size) = (self.border_hint.get() as usize, self.array_len());
        let empty = |i: usize| self.array_tag(i) & 0x0F == 0;
        if hint == 0 || hint > size || empty(hint - 1) {
            return None;
        }
        if hint == size {
            return self.has_no_nodes().then_some(hint as u64);
        }
        empty(hint).then_some(hint as u64)
    }

    /// A border of the table: some `n` with `t[n]` present (or 0) and `t[n + 1]` absent.
    pub fn border(&self) -> u64 {
        let size = self.array_len();
        let empty = |i: usize| self.array_tag(i) & 0x0F == 0;
        let hint = self.border_hint.get() as usize;
        let keep_hint = |b: usize| {
            if size.is_power_of_two() && b > size / 2 {
                self.border_hint.set(b as u32);
            }
        };
        if hint > 0 && empty(hint - 1) {
            let b = if hint >= 2 && !empty(hint - 2) {
                hint - 1
            } else {
                self.search_array(0, hint)
            };
            keep_hint(b);
            return b as u64;
        }
        if hint < size {
            if empty(hint) {
                return hint as u64;
            }
            if empty(size - 1) {
                let b = self.search_array(hint, size);
                self.border_hint.set(b as u32);
                return b as u64;
            }
        }
        if self.has_no_nodes() || self.get_int_hash(size as i64 + 1).is_nil() {
            return size as u64;
        }
        self.search_hash(size as u64)
    }

    /// Binary search for a border in the array part; element `low` is present (or 0), element `high` is not.
    fn search_array(&self, mut low: usize, mut high: usize) -> usize {
        while high - low > 1 {
            let mid = low + (high - low) / 2;
            if self.array_tag(mid - 1) & 0x0F == 0 {
                high = mid;
            } else {
                low = mid;
            }
        }
        low
    }

    /// Search for a border behind the array part: doubling, then binary; element `low` is present or 0.
    fn search_hash(&self, mut low: u64) -> u64 {
        let mut high = if low == 0 { 1 } else { low };
        loop {
            low = high;
            if high <= i64::MAX as u64 / 2 {
                high *= 2;
            } else {
                high = i64::MAX as u64;
                if self.get_int(high as i64).is_nil() {
                    break;
                }
                return high;
            }
            if self.get_int(high as i64).is_nil() {
                break;
            }
        }
        while high - low > 1 {
            let mid = low + (high - low) / 2;
            if self.get_int(mid as i64).is_nil() {
                high = mid;
            } else {
                low = mid;
            }
        }
        low
    }
}

#[inline(always)]
fn replace_in(n: Option<&Node>, v: TValue) -> bool {
    match n {
        Some(n) if !n.value().is_nil() => {
            n.set_value(v);
            true
        }
        _ => false,
    }
}

#[cold]
fn overflow(l: &State) -> Throw {
    l.run_error("table overflow", &[])
}

fn alloc_array(l: &State, n: usize) -> LResult<*mut u8> {
    if n == 0 {
        return Ok(core::ptr::null_mut());
    }
    let p = heap::realloc_bytes(l, core::ptr::null_mut(), 0, n * ELEMENT)?;
    Ok(p.wrapping_add(n * size_of::<u64>()))
}

fn free_array(l: &State, middle: *mut u8, n: usize) {
    if n > 0 {
        heap::free_bytes(
            l.global(),
            middle.wrapping_sub(n * size_of::<u64>()),
            n * ELEMENT,
        );
    }
}

/// A vector of nodes for at least `wanted` keys, and its size.
fn alloc_nodes(l: &State, wanted: usize) -> LResult<(*mut Node, usize)> {
    if wanted == 0 {
        return Ok((&raw const EMPTY_NODE.0 as *mut Node, 1));
    }
    let log = ceil_log2(wanted as u64) as u32;
    if log > MAX_NODE_BITS {
        return Err(overflow(l));
    }
    let n = 1usize << log;
    let p = heap::realloc_bytes(l, core::ptr::null_mut(), 0, n * size_of::<Node>())?.cast::<Node>();
    for i in 0..n {
        // SAFETY: the block has room for `n` nodes.
        unsafe { p.add(i).write(Node::new()) };
    }
    Ok((p, n))
}

fn free_nodes(l: &State, p: *mut Node, n: usize) {
    if !core::ptr::eq(p, &EMPTY_NODE.0) {
        heap::free_bytes(l.global(), p.cast(), size_of::<Node>() * n);
    }
}

/// Offsets of what compiled code reads and writes itself.
pub mod layout {
    use super::{Node, Table};
    use crate::object::GcHeader;
    use core::mem::offset_of;

    /// Absent metamethods, a byte.
    pub const FLAGS: usize = offset_of!(Table, hdr) + offset_of!(GcHeader, small);
    /// Number of nodes less one, 32 bits.
    pub const MASK: usize = offset_of!(Table, hdr) + offset_of!(GcHeader, word);
    /// The middle pointer of the array part.
    pub const ARRAY: usize = offset_of!(Table, array);
    /// Elements of the array part, 32 bits.
    pub const ARRAY_SIZE: usize = offset_of!(Table, array_size);
    /// See `Table::has_element`; 32 bits.
    pub const HINT: usize = offset_of!(Table, border_hint);
    /// The nodes.
    pub const NODES: usize = offset_of!(Table, nodes);
    /// The metatable.
    pub const METATABLE: usize = offset_of!(Table, metatable);
    /// Bytes of a node.
    pub const NODE: usize = size_of::<Node>();
    /// A node's payload.
    pub const NODE_BITS: usize = offset_of!(Node, val_bits);
    /// A node's tag.
    pub const NODE_TAG: usize = offset_of!(Node, val_tag);
    /// The tag of a node's key.
    pub const KEY_TAG: usize = offset_of!(Node, key_tag);
    /// The payload of a node's key.
    pub const KEY_BITS: usize = offset_of!(Node, key_bits);
}

const _: () =
    assert!(size_of::<Table>() == 64 && size_of::<Node>() == 24 && size_of::<GcHeader>() == 16);
