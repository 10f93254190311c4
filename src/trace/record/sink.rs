//! Allocation sinking: a table that the trace makes is, as long as nobody else can know it, only a list of values. It is made
//! where it is needed, or by the exits behind which it is. A string that grows in a loop is only a length: what the state's
//! text begins with (`record::concat`).
//!
//! What stands for such a table or string as a value is the `Nop` that is its name. `look`, `look_register` and `look_slot`
//! give names of tables, to instructions that know what to do with them; `name_slot` those of strings, too; `get`, `own` and
//! `flush` make the object.
//!
//! Invariants
//! - A slot or field never has the name of a table that has been made: `make_sunk` replaces it everywhere.
//! - Sunk tables do not refer to each other in circles, and metatables are not sunk.
//! - No key has been removed, so that making the table with its keys in the same order gives the same table.
//! - A table is made before the effects of the instruction that needs it: a guard says that there was memory for it.

use super::meta::result_register;
use super::{MAX_SLOTS, Recorder, SLOT, TOP, Val};
use crate::number;
use crate::object::{Proto, State, Table};
use crate::trace::blueprint::{Blueprint, Cast, FixedKey, TablePlan};
use crate::trace::frames::{Frame, FrameState};
use crate::trace::liveness;
use crate::trace::runtime::{self, class};
use crate::value::{TValue, tag};
use perilune_jit::{Cc, Op, Ref, SnapEntry, SnapId, Trace, Ty};
use rustc_hash::FxHashMap as HashMap;
use std::rc::Rc;

/// The part that counts of the bytes that a table would have taken: the collector has less to do when it comes.
const PAID_PART: usize = 8;
/// The tag, in snapshots, of a table that an exit makes; the payload is the slot where it makes it.
pub const SUNK: u8 = 0x0C;
/// Slots that the tables of one exit, and their values, may take.
pub const MAX_SUNK: usize = 48;
/// Elements or keys that a table may have to be sunk.
const MAX_PART: usize = 16;

/// A table or string that has not been made when it was asked for.
#[derive(Clone)]
pub struct Sunk {
    /// What stands for it.
    name: Ref,
    /// The elements of its array part.
    array: Vec<Val>,
    /// Keys that it had room for from the start, beside those.
    room: usize,
    /// Its other keys, in the order in which they were added, with values that are not nil.
    fields: Vec<(FixedKey, Val)>,
    metatable: Option<Val>,
    /// The length of a string. It has nothing of what tables have.
    length: Option<Val>,
    /// The table or string, once it was made.
    made: Option<Ref>,
    /// Bytes for which the collector has not been brought nearer yet.
    unpaid: usize,
}

impl Sunk {
    /// An empty table without a name.
    fn nothing() -> Sunk {
        Sunk {
            name: Ref(0),
            array: Vec::new(),
            room: 0,
            fields: Vec::new(),
            metatable: None,
            length: None,
            made: None,
            unpaid: 0,
        }
    }

    /// Whether the value is its name.
    pub fn is_called(&self, v: Val) -> bool {
        can_be_sunk(v.tag) && v.r == self.name
    }

    /// All values, in the order of `Blueprint`.
    pub fn values(&self) -> impl Iterator<Item = &Val> {
        let fields = self.fields.iter().map(|f| &f.1);
        let last = self.metatable.iter().chain(&self.length);
        self.array.iter().chain(fields).chain(last)
    }

    fn values_mut(&mut self) -> impl Iterator<Item = &mut Val> {
        let fields = self.fields.iter_mut().map(|f| &mut f.1);
        let last = self.metatable.iter_mut().chain(&mut self.length);
        self.array.iter_mut().chain(fields).chain(last)
    }

    /// What it is made of, but for the values.
    pub fn blueprint(&self) -> Blueprint {
        if self.length.is_some() {
            return Blueprint::Text;
        }
        Blueprint::Table(TablePlan {
            array: self.array.iter().map(|v| v.tag).collect(),
            room: self.room,
            fields: self.fields.iter().map(|&(k, v)| (k, v.tag)).collect(),
            has_metatable: self.metatable.is_some(),
            cast: Cast::default(),
        })
    }

    /// The index of a key in the array part.
    fn element(&self, key: FixedKey) -> Option<usize> {
        let u = key.bits.wrapping_sub(1);
        (key.tag == tag::INT && u < self.array.len() as u64).then_some(u as usize)
    }

    /// Slots that it takes at an exit when all its keys are there: with its place and a metatable.
    fn size(&self) -> usize {
        2 + self.array.len() + self.fields.len().max(self.room)
    }

    fn field(&self, key: FixedKey) -> Option<usize> {
        self.fields.iter().position(|f| f.0 == key)
    }

    /// Whether adding the key leaves it clear which keys are in which part: there is room, or there are only strings, for
    /// which the table grows.
    fn takes(&self, key: FixedKey) -> bool {
        let capacity = match self.room {
            0 => 0,
            n => n.next_power_of_two(),
        };
        let is_int = |k: FixedKey| k.tag == tag::INT;
        self.fields.len() < capacity
            || self.array.is_empty() && !is_int(key) && !self.fields.iter().any(|f| is_int(f.0))
    }
}

/// Whether a value with the tag may be one that has not been made.
fn can_be_sunk(t: u8) -> bool {
    matches!(t, tag::TABLE | tag::SHORT | tag::LONG)
}

/// The tables and strings that an exit makes, with the entries for their values.
#[derive(Default)]
pub(super) struct Layout {
    /// Where they are made; tables that others refer to come first.
    pub tables: Vec<(i32, Blueprint)>,
    /// The values, by slot.
    pub entries: Vec<SnapEntry>,
    /// Where they are made, by number.
    pub places: HashMap<usize, i32>,
}

/// A key of the trace as a fixed one, if it is one.
pub(super) fn fixed_key(ir: &Trace, v: Val) -> Option<FixedKey> {
    let (bits, tag) = match v.tag {
        tag::INT | tag::SHORT => (ir.as_int(v.r)? as u64, v.tag),
        tag::TRUE | tag::FALSE => (0, v.tag),
        tag::FLOAT => (
            number::float_to_int_exact(ir.as_num(v.r)?)? as u64,
            tag::INT,
        ),
        _ => return None,
    };
    Some(FixedKey { bits, tag })
}

impl Recorder {
    // ---- what is sunk ----

    /// The number of the sunk table that a value names.
    pub(super) fn sunk(&self, v: Val) -> Option<usize> {
        match v.tag {
            tag::TABLE => self.unmade(v),
            _ => None,
        }
    }

    /// The number of the sunk table or string that a value names.
    pub(super) fn unmade(&self, v: Val) -> Option<usize> {
        if !can_be_sunk(v.tag) || self.ir.ty(v.r) != Ty::None {
            return None;
        }
        let n = self.sunk.iter().rposition(|s| s.name == v.r)?;
        self.sunk[n].made.is_none().then_some(n)
    }

    /// The value; the table instead of its name if that has been made in the meantime.
    pub(super) fn settled(&self, v: Val) -> Val {
        if !can_be_sunk(v.tag) || self.ir.ty(v.r) != Ty::None {
            return v;
        }
        let made = self.sunk.iter().rfind(|s| s.name == v.r);
        match made.and_then(|s| s.made) {
            Some(r) => Val { r, tag: v.tag },
            None => v,
        }
    }

    /// The value of a register of the running function, which may name a sunk table.
    pub(super) fn look(&mut self, l: &State, r: usize) -> Val {
        let slot = self.reg(r);
        self.look_slot(l, slot)
    }

    /// The same with what it is now.
    pub(super) fn look_register(&mut self, l: &State, r: usize) -> (Val, TValue) {
        (self.look(l, r), self.peek(l, self.reg(r)))
    }

    /// Whether a table can be reached from sunk table `n`.
    fn refers(&self, n: usize, to: usize) -> bool {
        let inner = |v: &Val| self.sunk(*v).is_some_and(|m| self.refers(m, to));
        n == to || self.sunk[n].values().any(inner)
    }

    /// Adds the sunk tables that a value refers to.
    fn gather(&self, v: Val, found: &mut Vec<usize>) {
        let Some(n) = self.unmade(v) else { return };
        if !found.contains(&n) {
            found.push(n);
            for v in self.sunk[n].values() {
                self.gather(*v, found);
            }
        }
    }

    /// Whether an exit could make another `more` tables and values beside what it has to make already.
    fn has_room_for(&self, more: usize) -> bool {
        let mut found = Vec::new();
        for v in self.slots.iter().flatten() {
            self.gather(*v, &mut found);
        }
        let sizes = found.iter().map(|&n| self.sunk[n].size());
        sizes.sum::<usize>() + more <= MAX_SUNK
    }

    // ---- what is done with it ----

    /// A new table, sunk; `None` if it is not one to be sunk.
    pub(super) fn sink_table(&mut self, array: i64, hash: i64) -> Option<Val> {
        let (array, room) = (usize::try_from(array).ok()?, usize::try_from(hash).ok()?);
        // With room for a metatable.
        if !self.options.sink || array.max(room) > MAX_PART || !self.has_room_for(2 + array + room)
        {
            return None;
        }
        let nil = self.constant(TValue::NIL);
        let r = self.sunk_name(Sunk {
            array: vec![nil; array],
            room,
            unpaid: Table::size_with(array, room) / PAID_PART,
            ..Sunk::nothing()
        });
        self.allocates = true;
        Some(Val { r, tag: tag::TABLE })
    }

    /// A name for what has not been made.
    fn sunk_name(&mut self, s: Sunk) -> Ref {
        let name = self.ir.push(Op::Nop, Ty::None);
        self.sunk.push(Sunk { name, ..s });
        name
    }

    /// The value of sunk table `n` at a key.
    pub(super) fn sunk_get(&self, n: usize, key: FixedKey) -> Option<Val> {
        let s = &self.sunk[n];
        let v = match s.element(key) {
            Some(at) => s.array[at],
            None => s.fields[s.field(key)?].1,
        };
        (v.tag & 0x0F != 0).then_some(v)
    }

    /// Gives sunk table `n` a value at a key, without metamethods; answers whether it could. Nothing has changed if not.
    pub(super) fn sunk_set(&mut self, n: usize, key: FixedKey, v: Val) -> bool {
        debug_assert!(self.text(v).is_none());
        if self.sunk(v).is_some_and(|m| self.refers(m, n)) {
            return false;
        }
        let is_nil = v.tag & 0x0F == 0;
        let s = &mut self.sunk[n];
        if let Some(at) = s.element(key) {
            s.array[at] = v;
        } else if let Some(at) = s.field(key) {
            if is_nil {
                return false;
            }
            s.fields[at].1 = v;
        } else if !is_nil {
            let larger = s.fields.len() >= s.room;
            if !s.takes(key) || s.fields.len() == MAX_PART || larger && !self.has_room_for(1) {
                return false;
            }
            self.sunk[n].fields.push((key, v));
        }
        true
    }

    /// Gives sunk table `n` elements, the last one at `last`; answers whether it could.
    pub(super) fn sunk_fill(&mut self, n: usize, values: &[Val], last: usize) -> bool {
        let s = &self.sunk[n];
        let more = last.saturating_sub(s.array.len());
        let circle = |v: &Val| self.sunk(*v).is_some_and(|m| self.refers(m, n));
        if last > MAX_PART
            || more > 0 && (!s.fields.is_empty() || !self.has_room_for(more))
            || values.iter().any(circle)
        {
            return false;
        }
        let nil = self.constant(TValue::NIL);
        let s = &mut self.sunk[n];
        s.array.resize(s.array.len().max(last), nil);
        s.array[last - values.len()..last].copy_from_slice(values);
        true
    }

    /// The length of sunk table `n`, if it is clear.
    pub(super) fn sunk_border(&self, n: usize) -> Option<usize> {
        let s = &self.sunk[n];
        let size = s.array.len();
        let next = FixedKey {
            bits: size as u64 + 1,
            tag: tag::INT,
        };
        let full = s.array.last().is_none_or(|v| v.tag & 0x0F != 0);
        (full && s.field(next).is_none()).then_some(size)
    }

    /// The metatable of sunk table `n`.
    pub(super) fn sunk_metatable(&self, n: usize) -> Option<Val> {
        self.sunk[n].metatable
    }

    /// Gives sunk table `n` a metatable, of which it is guarded that it has no `__gc`.
    pub(super) fn set_sunk_metatable(&mut self, n: usize, mt: Val) {
        self.sunk[n].metatable = Some(mt);
    }

    /// The bytes that count for the tables which have not been made so far. Programs wait for collections by making tables,
    /// so they bring the next one nearer all the same.
    pub(super) fn pay_for_sunk(&mut self) -> usize {
        let unmade = self.sunk.iter_mut().filter(|s| s.made.is_none());
        unmade.map(|s| core::mem::take(&mut s.unpaid)).sum()
    }

    // ---- strings that grow ----

    /// The number of the string that has not been made which a value names.
    fn text(&self, v: Val) -> Option<usize> {
        match v.tag {
            tag::TABLE => None,
            _ => self.unmade(v),
        }
    }

    /// The value; a string is made now.
    pub(super) fn own_text(&mut self, v: Val) -> Val {
        match self.text(v) {
            Some(_) => self.own(v),
            None => self.settled(v),
        }
    }

    /// The length of a string that has not been made.
    pub(super) fn text_length(&self, v: Val) -> Option<Ref> {
        let n = self.text(v)?;
        self.sunk[n].length.map(|v| v.r)
    }

    /// The only string that has not been made, if it is the only one.
    fn only_text(&self) -> Option<usize> {
        let texts = || (0..self.sunk.len()).filter(|&n| self.sunk[n].length.is_some());
        (texts().count() == 1).then(|| texts().next()).flatten()
    }

    /// Whether more can be appended to the string that a value names: to the longest only.
    pub(super) fn grows(&self, v: Val) -> bool {
        self.growing.is_some() && self.text(v) == self.growing
    }

    /// A string that is made only where it is needed: the first `length` bytes of the text. It may be appended to.
    pub(super) fn sink_text(&mut self, length: Ref) -> Ref {
        let length = Val {
            r: length,
            tag: tag::INT,
        };
        let r = self.sunk_name(Sunk {
            length: Some(length),
            ..Sunk::nothing()
        });
        self.growing = Some(self.sunk.len() - 1);
        r
    }

    /// Makes all strings that have not been made: the text is needed for another one.
    pub(super) fn own_texts(&mut self) {
        for slot in 0..self.slots.len() {
            if let Some(v) = self.slots[slot] {
                self.own_text(v);
            }
        }
    }

    // ---- where it is needed ----

    /// The value; a sunk table or string is made now.
    pub(super) fn own(&mut self, v: Val) -> Val {
        match self.unmade(v) {
            Some(n) => Val {
                r: self.make_sunk(n, v.tag),
                tag: v.tag,
            },
            None => self.settled(v),
        }
    }

    /// Makes number `n`, which is to have the tag `t`.
    fn make_sunk(&mut self, n: usize, t: u8) -> Ref {
        let values: Vec<Val> = self.sunk[n].values().copied().collect();
        let values: Vec<Val> = values.into_iter().map(|v| self.own(v)).collect();
        let blueprint = Rc::new(self.sunk[n].blueprint());
        let place = self.scratch();
        for (at, v) in (1..).zip(values) {
            self.store_payload(place, at * SLOT, class::SCRATCH, v);
        }
        let state = self.ir.state();
        let address = self.int(&*blueprint as *const Blueprint as i64);
        self.blueprints.push(blueprint);
        let r = self.call(&runtime::make(), &[state, address, place]);
        self.allocates = true;
        self.guard_int(Cc::Ne, r, 0);
        if self.sunk[n].length.is_some() {
            self.guard_kind_of_string(r, t);
            self.makes_text = true;
        }
        let name = self.sunk[n].name;
        self.sunk[n].made = Some(r);
        let fields = self.sunk.iter_mut().flat_map(Sunk::values_mut);
        for v in self.slots.iter_mut().flatten().chain(fields) {
            if v.r == name {
                v.r = r;
            }
        }
        if let (Some(s), Some(at)) = (self.snapshot, self.places.remove(&n)) {
            self.snapshot = Some(self.snapshot_with(s, at, Val { r, tag: t }));
        }
        r
    }

    /// A snapshot like `s`, but for the table that exits through that make in slot `at`: it is `made`.
    fn snapshot_with(&mut self, s: SnapId, at: i32, made: Val) -> SnapId {
        let mut snap = self.ir.snaps[s.index()].clone();
        let mut state = self.states[snap.frame as usize].clone();
        let removed = state.tables.iter().position(|t| t.0 == at);
        if let Some(n) = removed {
            let size = state.tables.remove(n).1.len() as i32;
            let slots = at..=at + size;
            snap.entries.retain(|e| !slots.contains(&(e.slot as i32)));
        }
        snap.frame = self.state_number(state);
        let (place, sunk) = (self.int(at as i64), self.int(SUNK as i64));
        let kind = self.int(made.tag as i64);
        let names = |e: &&mut SnapEntry| e.value == place && e.tag == sunk;
        for e in snap.entries.iter_mut().filter(names) {
            (e.value, e.tag) = (made.r, kind);
        }
        self.ir.snap(snap)
    }

    /// Makes all that is sunk and matters outside, at the end of the trace or where something reads all slots.
    pub(super) fn own_all(&mut self) {
        let frames = self.frames.clone();
        for slot in 0..self.slots.len() {
            if let Some(v) = self.slots[slot]
                && self.unmade(v).is_some()
                && (self.matters(&frames, slot as i32) || self.is_entry(slot as i32))
            {
                self.own(v);
            }
        }
    }

    /// Whether the slot was read at the start of the trace, so that its value is carried into the next round.
    pub(super) fn is_entry(&self, slot: i32) -> bool {
        self.entries.iter().any(|e| e.slot == slot)
    }

    /// The value, which becomes that of register `r` of a function: what is captured is in memory, so that nothing sunk can
    /// be there.
    pub(super) fn own_captured(&mut self, proto: *const Proto, r: i32, v: Val) -> Val {
        let captured = self.unmade(v).is_some()
            && r >= 0
            && liveness::contains(&self.code_of(proto).captured, r as usize);
        if captured { self.own(v) } else { v }
    }

    /// Makes those of the values that a return of the innermost frame puts into captured registers of `caller`. The function
    /// was in slot `func`; `meta` says that an instruction has called it by itself.
    pub(super) fn own_results(
        &mut self,
        caller: &Frame,
        (func, meta): (i32, bool),
        values: &mut [(Val, TValue)],
    ) {
        let target = if meta {
            result_register(caller.pc)
        } else {
            None
        };
        for (n, (v, _)) in values.iter_mut().enumerate() {
            let r = target.unwrap_or(func - caller.base + n as i32);
            *v = self.own_captured(caller.proto, r, *v);
        }
    }

    // ---- exits ----

    /// Lets the exit make what is sunk as number `n`; the slot where it does.
    pub(super) fn lay_out(&mut self, n: usize, layout: &mut Layout) -> i32 {
        if let Some(&at) = layout.places.get(&n) {
            return at;
        }
        let values: Vec<Val> = self.sunk[n].values().copied().collect();
        let values: Vec<Val> = values
            .into_iter()
            .map(|v| match self.unmade(v) {
                Some(m) => {
                    let at = self.lay_out(m, layout);
                    let r = self.int(at as i64);
                    Val { r, tag: SUNK }
                }
                None => v,
            })
            .collect();
        let used: usize = layout.tables.iter().map(|t| 1 + t.1.len()).sum();
        let at = (MAX_SLOTS + used) as i32;
        debug_assert!(at as usize + self.sunk[n].size() <= TOP);
        layout.places.insert(n, at);
        layout.tables.push((at, self.sunk[n].blueprint()));
        for (slot, v) in (at as u32 + 1..).zip(values) {
            let tag = self.int(v.tag as i64);
            layout.entries.push(SnapEntry {
                slot,
                value: v.r,
                tag,
            });
        }
        at
    }

    /// Takes over the tables that the exit where the recording starts has to make. `values` are its entries; the slots'
    /// values.
    pub(super) fn take_over(
        &mut self,
        state: &FrameState,
        values: &[(i32, Val)],
    ) -> Vec<(i32, Val)> {
        let entries: HashMap<i32, Val> = values.iter().copied().collect();
        let mut names: HashMap<i32, Val> = HashMap::default();
        for (at, blueprint) in &state.tables {
            let mut values = (at + 1..).map(|slot| self.taken(&names, entries[&slot]));
            let sunk = match blueprint {
                Blueprint::Table(plan) => {
                    let array: Vec<Val> = values.by_ref().take(plan.array.len()).collect();
                    let keys = plan.fields.iter().map(|f| f.0);
                    Sunk {
                        array,
                        room: plan.room,
                        fields: keys.zip(values.by_ref()).collect(),
                        metatable: plan.has_metatable.then(|| values.next()).flatten(),
                        ..Sunk::nothing()
                    }
                }
                Blueprint::Text => Sunk {
                    length: values.next(),
                    ..Sunk::nothing()
                },
            };
            let tag = match blueprint {
                Blueprint::Table(_) => tag::TABLE,
                // If it is a short one, the guard says so where it is made.
                Blueprint::Text => tag::LONG,
            };
            let r = self.sunk_name(sunk);
            names.insert(*at, Val { r, tag });
        }
        self.growing = self.only_text();
        let slots = values.iter().filter(|v| v.0 < MAX_SLOTS as i32);
        slots
            .map(|&(slot, v)| (slot, self.taken(&names, v)))
            .collect()
    }

    /// A value of an exit, where `names` are those of the tables that the exit makes.
    fn taken(&self, names: &HashMap<i32, Val>, v: Val) -> Val {
        if v.tag != SUNK {
            return v;
        }
        let at = self
            .ir
            .as_int(v.r)
            .expect("an exit says where it makes a table");
        names[&(at as i32)]
    }
}
