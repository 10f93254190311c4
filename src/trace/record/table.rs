//! Tables, upvalues, closures and lengths.

use super::meta::Operand;
use super::sink::fixed_key;
use super::{Abort, Recorded, Recorder, SLOT, Val, Verdict};
use crate::bytecode::op::{self, Op, a, ax, b, c, k as kbit};
use crate::global::Event;
use crate::number;
use crate::object::proto::Instruction;
use crate::object::table::layout;
use crate::object::{State, Str, Table};
use crate::trace::blueprint::FixedKey;
use crate::trace::runtime::{self, class};
use crate::value::{Gc, TValue, tag};
use perilune_jit::{BinOp, Cc, Ref, Width};

/// Tables that a look-up goes through by `__index`.
const MAX_CHAIN: usize = 16;

/// A table of the program: its value in the trace and what it is now.
#[derive(Clone, Copy)]
pub(super) struct Object {
    /// Its address.
    pub r: Ref,
    /// The table that it is now.
    pub now: Gc<Table>,
}

/// A key: its value in the trace and what it is now, an integer for a float that stands for one.
#[derive(Clone, Copy)]
pub(super) struct Key {
    /// Its value in the trace.
    pub v: Val,
    /// What it is now.
    pub now: TValue,
    /// What metamethods get.
    pub given: Val,
}

/// What a look-up through metatables ends in.
enum Found {
    /// The value.
    Value(Val),
    /// A function that is to be asked, and the object that it is asked about.
    Event(Operand, Val),
    /// Something that the interpreter has to do.
    Other,
}

/// Where a value lies in memory: payload and tag with their classes.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Base, offset and class of the payload,
    pub payload: (Ref, i32, perilune_jit::Class),
    /// and of the tag.
    pub tag: (Ref, i32, perilune_jit::Class),
}

impl Recorder {
    /// Records an instruction on tables.
    pub(super) fn table_op(&mut self, l: &State, o: Op, i: Instruction) -> Recorded {
        match o {
            Op::GetTabUp => {
                let t = self.upvalue(l, b(i));
                let now = self.closure_now(l).upvalue(b(i)).get();
                let key = self.constant_key(self.k(c(i)));
                self.index(l, (t, now), key, a(i))
            }
            Op::GetTable | Op::GetI | Op::GetField => {
                let t = self.look_register(l, b(i));
                let key = match o {
                    Op::GetTable => self.register_key(l, c(i)),
                    Op::GetI => self.constant_key(TValue::int(c(i) as i64)),
                    _ => self.constant_key(self.k(c(i))),
                };
                self.index(l, t, key, a(i))
            }
            Op::SelfOp => self.method(l, i),
            Op::SetTabUp => {
                let t = self.upvalue(l, a(i));
                let now = self.closure_now(l).upvalue(a(i)).get();
                let key = self.constant_key(self.k(b(i)));
                let v = self.rk(l, i);
                self.assign(l, (t, now), key, v)
            }
            Op::SetTable | Op::SetI | Op::SetField => {
                let t = self.look_register(l, a(i));
                let key = match o {
                    Op::SetTable => self.register_key(l, b(i)),
                    Op::SetI => self.constant_key(TValue::int(b(i) as i64)),
                    _ => self.constant_key(self.k(b(i))),
                };
                let v = self.rk(l, i);
                self.assign(l, t, key, v)
            }
            Op::NewTable => self.new_table(i),
            Op::Len => self.length(l, i),
            _ => self.concatenation(l, i),
        }
    }

    /// A register of the running function: in the trace, and what it is now.
    pub(super) fn register(&mut self, l: &State, r: usize) -> Operand {
        let v = self.get(l, r);
        (v, self.peek(l, self.reg(r)))
    }

    pub(super) fn constant_key(&mut self, now: TValue) -> Key {
        let v = self.constant(now);
        Key { v, now, given: v }
    }

    /// A register as a key; a float that stands for an integer is guarded to do so.
    pub(super) fn register_key(&mut self, l: &State, r: usize) -> Key {
        let (given, now) = self.register(l, r);
        let number = now.as_float().and_then(number::float_to_int_exact);
        let (v, now) = match number {
            Some(n) => {
                let (r, tag) = (self.exact_integer(given.r), tag::INT);
                (Val { r, tag }, TValue::int(n))
            }
            None => (given, now),
        };
        Key { v, now, given }
    }

    // ---- reading ----

    fn index(&mut self, l: &State, t: Operand, key: Key, ra: usize) -> Recorded {
        match self.look_up(l, t, key) {
            Found::Value(v) => {
                self.set(ra, v);
                Ok(())
            }
            Found::Event(f, object) => self.enter_metamethod(Some(f), &[object, key.given], 1),
            Found::Other => self.step(),
        }
    }

    fn method(&mut self, l: &State, i: Instruction) -> Recorded {
        let object = self.look_register(l, b(i));
        let key = if kbit(i) {
            self.constant_key(self.k(c(i)))
        } else {
            self.register_key(l, c(i))
        };
        let found = self.look_up(l, object, key);
        if let Found::Other = found {
            return self.step();
        }
        self.snap();
        self.set(a(i) + 1, object.0);
        match found {
            Found::Event(f, asked) => self.enter_metamethod(Some(f), &[asked, key.given], 1),
            Found::Value(v) => {
                self.set(a(i), v);
                Ok(())
            }
            Found::Other => Ok(()),
        }
    }

    /// `t[key]` through any chain of tables, up to a function that is to be asked.
    fn look_up(&mut self, l: &State, t: Operand, key: Key) -> Found {
        let mut t = (self.indexed(t.0, key), t.1);
        for _ in 0..MAX_CHAIN {
            if let Some(table) = t.1.as_table() {
                if key.now.as_float().is_some() && table.peek(key.now).is_nil() {
                    // The next float may stand for an integer, which is another key.
                    return Found::Other;
                }
                let object = Object {
                    r: t.0.r,
                    now: table,
                };
                if let Some(v) = self.raw_get(object, key) {
                    return Found::Value(v);
                }
            }
            // Absent: the metatable has a say.
            let Some(next) = self.metamethod(l, t, Event::Index) else {
                return match t.1.is_table() {
                    true => Found::Value(self.constant(TValue::NIL)),
                    false => Found::Other,
                };
            };
            if next.1.is_function() {
                return Found::Event(next, t.0);
            }
            t = next;
        }
        Found::Other
    }

    /// The value that a metatable has for an event.
    pub(super) fn field(&mut self, r: Ref, now: Gc<Table>, name: Gc<Str>) -> Option<Val> {
        let key = self.constant_key(name.into());
        self.raw_get(Object { r, now }, key)
    }

    /// Guards that a metatable lacks the event, which a look-up has just noted; adding a key takes the note back.
    pub(super) fn guard_absence(&mut self, metatable: Ref, e: Event) {
        let flags = self
            .ir
            .load(Width::U8, metatable, layout::FLAGS as i32, class::FLAGS);
        let bit = self.int(1 << e as i64);
        let absent = self.ir.bin(BinOp::And, flags, bit);
        self.guard_int(Cc::Ne, absent, 0);
    }

    /// A value that is indexed: it may name a sunk table only if the key is a fixed one.
    fn indexed(&mut self, t: Val, key: Key) -> Val {
        match fixed_key(&self.ir, key.v) {
            Some(_) => t,
            None => self.own(t),
        }
    }

    /// The value that the table itself has at `key`; `None`, with guards that it has none, if it is nil.
    pub(super) fn raw_get(&mut self, t: Object, key: Key) -> Option<Val> {
        if let Some((n, key)) = self.sunk_place(t.r, key) {
            return self.sunk_get(n, key);
        }
        let place = self.place(t, key);
        let v = t.now.peek(key.now);
        let Some(place) = place else {
            debug_assert!(v.is_nil());
            return None;
        };
        if v.is_nil() {
            let (r, offset, class) = place.tag;
            self.guard_tag(r, offset, class, v.tag());
            return None;
        }
        Some(self.load_place(place, v))
    }

    /// Where the table has the value of `key`, guarded to be there; `None`, guarded, if there is no such place.
    pub(super) fn place(&mut self, t: Object, key: Key) -> Option<Place> {
        match key.now.tag() {
            tag::INT => self.integer_place(t, key.v.r, key.now.int_bits()),
            tag::SHORT if self.ir.as_int(key.v.r).is_some() => self.constant_place(t, key),
            _ => self.searched_place(t, key),
        }
    }

    fn integer_place(&mut self, t: Object, key: Ref, now: i64) -> Option<Place> {
        let u = (now as u64).wrapping_sub(1);
        if u >= t.now.array_len() as u64 {
            // Not in the array part, which a key is by its size alone.
            let one = self.int(1);
            let index = self.ir.bin(BinOp::Sub, key, one);
            let size = self
                .ir
                .load(Width::U32, t.r, layout::ARRAY_SIZE as i32, class::TABLE);
            self.guard(Cc::UGe, index, size);
            let v = Val {
                r: key,
                tag: tag::INT,
            };
            return self.searched_place(
                t,
                Key {
                    v,
                    now: TValue::int(now),
                    given: v,
                },
            );
        }
        let one = self.int(1);
        let index = self.ir.bin(BinOp::Sub, key, one);
        // The hint is never behind the array part's end.
        let hinted = t.now.within_hint(u);
        let (end, class) = match hinted {
            true => (layout::HINT, class::HINT),
            false => (layout::ARRAY_SIZE, class::TABLE),
        };
        let end = self.ir.load(Width::U32, t.r, end as i32, class);
        let last = u.saturating_add(self.to_come.saturating_sub(1));
        let holds = match hinted {
            true => t.now.within_hint(last),
            false => last < t.now.array_len() as u64,
        };
        if holds {
            self.guard(Cc::ULt, index, end);
        } else {
            // The loop is likely to end before it has gone round as often as it may.
            self.guard(Cc::UGt, end, index);
        }
        if !hinted {
            self.move_hint(t.r, key);
        }
        Some(self.element_place(t.r, key))
    }

    /// Where the array part of a table has the element `key`.
    fn element_place(&mut self, t: Ref, key: Ref) -> Place {
        let array = self
            .ir
            .load(Width::I64, t, layout::ARRAY as i32, class::TABLE);
        let three = self.int(3);
        let bytes = self.ir.bin(BinOp::Shl, key, three);
        let payload = self.ir.bin(BinOp::Sub, array, bytes);
        let tags = self.ir.bin(BinOp::Add, array, key);
        Place {
            payload: (payload, 0, class::ARRAY),
            tag: (tags, -1, class::ARRAY_TAG),
        }
    }

    /// What lies at a place, guarded to be of the kind that it is now.
    pub(super) fn load_place(&mut self, place: Place, now: TValue) -> Val {
        let (r, offset, class) = place.tag;
        self.guard_tag(r, offset, class, now.tag());
        let (r, offset, class) = place.payload;
        let r = self.load_payload(r, offset, class, now.tag());
        Val { r, tag: now.tag() }
    }

    /// An access behind the hint moves it: see `Table::has_element`.
    fn move_hint(&mut self, t: Ref, key: Ref) {
        let hint = self
            .ir
            .load(Width::U32, t, layout::HINT as i32, class::HINT);
        let behind = self.ir.cmp(Cc::UGt, key, hint);
        let moved = self.ir.select(behind, key, hint);
        self.ir
            .store(Width::I32, t, layout::HINT as i32, moved, class::HINT);
    }

    /// A string that is constant: its node is where it is in every table with this number of nodes that has it there.
    fn constant_place(&mut self, t: Object, key: Key) -> Option<Place> {
        let Some(node) = t.now.find_short(key.now.gc()) else {
            return self.searched_place(t, key);
        };
        let n = t.now.node_index(node);
        let mask = self
            .ir
            .load(Width::U32, t.r, layout::MASK as i32, class::TABLE);
        self.guard_int(Cc::Eq, mask, t.now.nodes().len() as i64 - 1);
        let nodes = self
            .ir
            .load(Width::I64, t.r, layout::NODES as i32, class::TABLE);
        let at = (n * layout::NODE) as i32;
        let found = self
            .ir
            .load(Width::I64, nodes, at + layout::KEY_BITS as i32, class::KEY);
        self.guard(Cc::Eq, found, key.v.r);
        let kind = self
            .ir
            .load(Width::U8, nodes, at + layout::KEY_TAG as i32, class::KEY);
        self.guard_int(Cc::Eq, kind, tag::SHORT as i64);
        Some(node_place(nodes, at))
    }

    /// Any other key: the hash part is searched.
    fn searched_place(&mut self, t: Object, key: Key) -> Option<Place> {
        let now = t.now.find_any(key.now).is_some();
        let found = if key.now.tag() == tag::SHORT {
            self.call(&runtime::find_short(), &[t.r, key.v.r])
        } else if key.now.tag() == tag::INT {
            self.call(&runtime::find_int(), &[t.r, key.v.r])
        } else {
            let bits = self.bits(key.v);
            let kind = self.int(key.v.tag as i64);
            self.call(&runtime::find(), &[t.r, bits, kind])
        };
        self.guard_int(if now { Cc::Ne } else { Cc::Eq }, found, 0);
        now.then(|| node_place(found, 0))
    }

    /// The number of the sunk table that is called `r`, and the key.
    fn sunk_place(&self, r: Ref, key: Key) -> Option<(usize, FixedKey)> {
        let t = Val { r, tag: tag::TABLE };
        Some((self.sunk(t)?, fixed_key(&self.ir, key.v)?))
    }

    /// Records a step of the iterator of `ipairs` for `n` results; `None` if it is not one for a table.
    pub(super) fn iterate_integers(&mut self, l: &State, ra: usize, n: usize) -> Option<Recorded> {
        let (t, (control, now)) = (self.look_register(l, ra + 1), self.look_register(l, ra + 2));
        let now = now.as_int().filter(|_| t.1.is_table())?;
        let one = self.int(1);
        let i = Val {
            r: self.ir.bin(BinOp::Add, control.r, one),
            tag: tag::INT,
        };
        let key = Key {
            v: i,
            now: TValue::int(now.wrapping_add(1)),
            given: i,
        };
        let Found::Value(v) = self.look_up(l, t, key) else {
            return Some(self.step());
        };
        self.set(ra + 4, if v.tag & 0x0F == 0 { v } else { i });
        if n == 2 {
            self.set(ra + 5, v);
        }
        Some(Ok(()))
    }

    /// Records a step of `next` through a table: to the element behind in the array part, to a node, or to the end. `None`
    /// if it does something else.
    pub(super) fn traverse(&mut self, l: &State, ra: usize, n: usize) -> Option<()> {
        let (t, key) = (self.get(l, ra + 1), self.get(l, ra + 2));
        let table = self.peek(l, self.reg(ra + 1)).as_table()?;
        let to = self.reg(ra + 4);
        // The interpreter's own slots are free for a trial: it writes them next.
        let place = l.restore(self.base_offset + to as isize);
        let more = table.step(self.peek(l, self.reg(ra + 2)), place)?;
        let (now_key, now) = (place.get(), place.add(1).get());
        let element = now_key
            .as_int()
            .filter(|&i| more && (i as u64).wrapping_sub(1) < table.array_len() as u64);
        let (next, v) = match element {
            Some(i) => self.next_element(t.r, (key, self.peek(l, self.reg(ra + 2))), i, now)?,
            None => {
                let found = self.next_node(t, key, to, more);
                if !more {
                    let nil = self.constant(TValue::NIL);
                    self.set(ra + 4, nil);
                    return Some(());
                }
                let place = Place {
                    payload: (found, layout::KEY_BITS as i32, class::KEY),
                    tag: (found, layout::KEY_TAG as i32, class::KEY),
                };
                let next = self.load_place(place, now_key);
                (next, self.load_place(node_place(found, 0), now))
            }
        };
        self.set(ra + 4, next);
        if n == 2 {
            self.set(ra + 5, v);
        }
        Some(())
    }

    /// The next key and value if they are those of element `i`, and it is the one behind the key.
    fn next_element(
        &mut self,
        t: Ref,
        (key, key_now): Operand,
        i: i64,
        now: TValue,
    ) -> Option<(Val, Val)> {
        let one = self.int(1);
        let r = match key.tag {
            tag::NIL if i == 1 => one,
            tag::INT if key_now.int_bits().wrapping_add(1) == i => {
                // Behind the key 0, of the hash part, comes no element.
                self.guard_int(Cc::Ne, key.r, 0);
                self.ir.bin(BinOp::Add, key.r, one)
            }
            _ => return None,
        };
        let index = self.ir.bin(BinOp::Sub, r, one);
        let size = self
            .ir
            .load(Width::U32, t, layout::ARRAY_SIZE as i32, class::TABLE);
        self.guard(Cc::ULt, index, size);
        let place = self.element_place(t, r);
        let next = Val { r, tag: tag::INT };
        Some((next, self.load_place(place, now)))
    }

    /// The node behind a key, guarded to be one, or that there is none.
    fn next_node(&mut self, t: Val, key: Val, to: i32, more: bool) -> Ref {
        let (bits, kind) = (self.bits(key), self.int(key.tag as i64));
        let address = self.slot_address(to);
        let found = self.call(&runtime::next_node(), &[t.r, bits, kind, address]);
        let other = runtime::NO_NODE as i64;
        match more {
            true => self.guard_int(Cc::UGt, found, other),
            false => self.guard_int(Cc::Eq, found, 0),
        }
        found
    }

    // ---- writing ----

    /// The table that `t[key] = v` goes to through `__newindex`, guarded to have a value at the key or no metamethod;
    /// `None` if a metamethod, or the interpreter, does the assignment.
    fn assigned_table(
        &mut self,
        l: &State,
        t: Operand,
        key: Key,
        v: Val,
    ) -> Result<Option<(Ref, Gc<Table>)>, Verdict> {
        let mut t = (self.indexed(t.0, key), t.1);
        for _ in 0..MAX_CHAIN {
            if let Some(table) = t.1.as_table() {
                if !table.peek(key.now).is_nil() {
                    // `assign` guards that.
                    return Ok(Some((t.0.r, table)));
                }
                let name = l.global().event_name(Event::NewIndex);
                let mt = table.metatable.get();
                if mt.is_none_or(|mt| mt.get_short(name).is_nil()) {
                    let absent = self.metamethod(l, t, Event::NewIndex);
                    debug_assert!(absent.is_none());
                    return Ok(Some((t.0.r, table)));
                }
                if key.now.tag() == tag::FLOAT {
                    break;
                }
                // Nil, guarded, since a function or another table is asked.
                let absent = self.raw_get(
                    Object {
                        r: t.0.r,
                        now: table,
                    },
                    key,
                );
                debug_assert!(absent.is_none());
            }
            let Some(next) = self.metamethod(l, t, Event::NewIndex) else {
                break;
            };
            if next.1.is_function() {
                self.enter_metamethod(Some(next), &[t.0, key.given, v], 0)?;
                return Ok(None);
            }
            t = next;
        }
        self.step()?;
        Ok(None)
    }

    pub(super) fn assign(&mut self, l: &State, t: Operand, key: Key, v: Val) -> Recorded {
        match self.assigned_table(l, t, key, v)? {
            Some(t) => self.assign_raw(t, key, v),
            None => Ok(()),
        }
    }

    /// The assignment to a table that no metamethod has to do with.
    pub(super) fn assign_raw(
        &mut self,
        (t, table): (Ref, Gc<Table>),
        key: Key,
        v: Val,
    ) -> Recorded {
        if let Some((n, key)) = self.sunk_place(t, key)
            && self.sunk_set(n, key, v)
        {
            return Ok(());
        }
        let t = self
            .own(Val {
                r: t,
                tag: tag::TABLE,
            })
            .r;
        let v = self.own(v);
        let present = !table.peek(key.now).is_nil();
        let t = Object { r: t, now: table };
        let bad_key = key.now.is_nil() || key.now.as_float().is_some_and(f64::is_nan);
        if bad_key {
            return self.step();
        }
        if let Some(u) = key.now.as_int().map(|n| (n as u64).wrapping_sub(1))
            && !present
            && u >= table.array_len() as u64
        {
            return self.insert(t, key, v);
        }
        if key.now.tag() == tag::FLOAT {
            return self.step();
        }
        if !present && key.now.tag() != tag::INT {
            // Whether it is there by then makes no difference: no metamethod is asked.
            return self.insert(t, key, v);
        }
        let Some(place) = self.place(t, key) else {
            return self.insert(t, key, v);
        };
        let (r, offset, class) = place.tag;
        if present {
            // Any value but nil: overwriting asks nobody.
            let old = self.ir.load(Width::U8, r, offset, class);
            let mask = self.int(0x0F);
            let kind = self.ir.bin(BinOp::And, old, mask);
            self.guard_int(Cc::Ne, kind, 0);
        }
        let (pr, poffset, pclass) = place.payload;
        self.store_payload(pr, poffset, pclass, v);
        let kind = self.int(v.tag as i64);
        self.ir.store(Width::U8, r, offset, kind, class);
        self.note_reference(t.r, v);
        Ok(())
    }

    /// The table refers to the value now.
    fn note_reference(&mut self, t: Ref, v: Val) {
        if v.tag & tag::COLLECTABLE != 0 {
            let state = self.ir.state();
            self.call(&runtime::barrier(), &[state, t, v.r]);
        }
    }

    /// A new key.
    fn insert(&mut self, t: Object, key: Key, v: Val) -> Recorded {
        let (state, bits, value) = (self.ir.state(), self.bits(key.v), self.bits(v));
        let (key_tag, value_tag) = (self.int(key.v.tag as i64), self.int(v.tag as i64));
        let done = self.call(
            &runtime::set(),
            &[state, t.r, bits, key_tag, value, value_tag],
        );
        self.allocates = true;
        self.guard_int(Cc::Ne, done, 0);
        Ok(())
    }

    fn new_table(&mut self, i: Instruction) -> Recorded {
        let hash = match b(i) {
            0 => 0,
            n => 1i64 << (n - 1),
        };
        let mut array = c(i) as i64;
        if kbit(i) {
            // SAFETY: the loader has checked that an extra argument follows.
            array += ax(unsafe { *self.pc().add(1) }) as i64 * (op::MAX_C as i64 + 1);
        }
        if let Some(t) = self.sink_table(array, hash) {
            self.set(a(i), t);
            return Ok(());
        }
        let (state, array, hash) = (self.ir.state(), self.int(array), self.int(hash));
        let r = self.call(&runtime::new_table(), &[state, array, hash]);
        self.allocates = true;
        self.guard_int(Cc::Ne, r, 0);
        self.set(a(i), Val { r, tag: tag::TABLE });
        Ok(())
    }

    /// Records `SETLIST` of a known number of values.
    pub(super) fn set_list(&mut self, l: &State, i: Instruction) -> Recorded {
        let ra = a(i);
        let Some(n) = self.count(ra + 1, b(i) + usize::from(b(i) != 0)) else {
            return Err(Verdict::Aborted(Abort::Left));
        };
        let n = n as usize;
        let t = self.look(l, ra);
        let mut last = c(i) + n;
        if kbit(i) {
            // SAFETY: the loader has checked that an extra argument follows.
            last += ax(unsafe { *self.pc().add(1) }) * (op::MAX_C + 1);
        }
        if t.tag != tag::TABLE {
            return self.step();
        }
        if let Some(s) = self.sunk(t) {
            let values: Vec<_> = (ra + 1..=ra + n).map(|r| self.look(l, r)).collect();
            if self.sunk_fill(s, &values, last) {
                self.top = None;
                return Ok(());
            }
        }
        let t = self.own(t);
        for r in ra + 1..=ra + n {
            let slot = self.reg(r);
            self.flush(slot);
        }
        let first = self.slot_address(self.reg(ra + 1));
        let (state, n, last) = (self.ir.state(), self.int(n as i64), self.int(last as i64));
        let done = self.call(&runtime::fill(), &[state, t.r, first, n, last]);
        self.allocates = true;
        self.guard_int(Cc::Ne, done, 0);
        self.top = None;
        Ok(())
    }

    // ---- upvalues and closures ----

    /// The closure that runs.
    pub(super) fn closure_now(&self, l: &State) -> Gc<crate::object::LClosure> {
        self.peek(l, self.frame().base - 1).gc()
    }

    /// The closure that runs, in the trace.
    pub(super) fn closure_ref(&mut self) -> Ref {
        let slot = self.frame().base - 1;
        match self.known(slot) {
            Some(v) => v.r,
            // A frame's function stays what it is.
            None => self
                .ir
                .load(Width::I64, self.base, slot * SLOT, class::CONSTANT),
        }
    }

    pub(super) fn upvalue_place(&mut self, n: usize) -> (Ref, Ref) {
        let closure = self.closure_ref();
        let at = runtime::CLOSURE_UPVALUES + n as i32 * size_of::<usize>() as i32;
        let uv = self.ir.load(Width::I64, closure, at, class::UPVALUE_PLACE);
        let place = self
            .ir
            .load(Width::I64, uv, runtime::UPVALUE_PLACE, class::UPVALUE_PLACE);
        (uv, place)
    }

    pub(super) fn upvalue(&mut self, l: &State, n: usize) -> Val {
        let now = self.closure_now(l).upvalue(n).get();
        let (_, place) = self.upvalue_place(n);
        self.guard_tag(place, 8, class::UPVALUE, now.tag());
        let r = self.load_payload(place, 0, class::UPVALUE, now.tag());
        Val { r, tag: now.tag() }
    }

    pub(super) fn get_upvalue(&mut self, l: &State, ra: usize, n: usize) -> Recorded {
        let v = self.upvalue(l, n);
        self.set(ra, v);
        Ok(())
    }

    pub(super) fn set_upvalue(&mut self, l: &State, ra: usize, n: usize) -> Recorded {
        let v = self.get(l, ra);
        let (uv, place) = self.upvalue_place(n);
        self.store_value(place, 0, class::UPVALUE, v);
        if v.tag & tag::COLLECTABLE != 0 {
            let state = self.ir.state();
            self.call(&runtime::forward_barrier(), &[state, uv, v.r]);
        }
        Ok(())
    }

    pub(super) fn make_closure(&mut self, n: usize, ra: usize) -> Recorded {
        let p = self.proto().protos.as_slice()[n];
        let (p, outer, state) = (self.object(p), self.closure_ref(), self.ir.state());
        let base = self.frame_base();
        let r = self.call(&runtime::closure(), &[state, base, outer, p]);
        self.allocates = true;
        self.guard_int(Cc::Ne, r, 0);
        self.set(
            ra,
            Val {
                r,
                tag: tag::LUA_FN,
            },
        );
        Ok(())
    }

    /// The address of the running function's registers.
    pub(super) fn frame_base(&mut self) -> Ref {
        self.slot_address(self.frame().base)
    }

    /// The address of a slot.
    pub(super) fn slot_address(&mut self, slot: i32) -> Ref {
        let offset = self.int((slot * SLOT) as i64);
        let base = self.base;
        self.ir.bin(BinOp::Add, base, offset)
    }

    // ---- lengths ----

    fn length(&mut self, l: &State, i: Instruction) -> Recorded {
        let slot = self.reg(b(i));
        let (v, now) = (self.name_slot(l, slot), self.peek(l, slot));
        let r = match now.tag() {
            tag::SHORT | tag::LONG => match self.text_length(v) {
                Some(length) => length,
                None => self.string_len(v),
            },
            tag::TABLE => {
                let event = self.metamethod(l, (v, now), Event::Len);
                if event.is_some() {
                    return self.enter_metamethod(event, &[v, v], 1);
                }
                match self.sunk(v).and_then(|n| self.sunk_border(n)) {
                    Some(n) => self.int(n as i64),
                    None => {
                        let t = self.own(v);
                        self.call(&runtime::border(), &[t.r])
                    }
                }
            }
            _ => {
                let event = self.metamethod(l, (v, now), Event::Len);
                return self.enter_metamethod(event, &[v, v], 1);
            }
        };
        self.set(a(i), Val { r, tag: tag::INT });
        Ok(())
    }
}

fn node_place(nodes: Ref, at: i32) -> Place {
    Place {
        payload: (nodes, at + layout::NODE_BITS as i32, class::NODE),
        tag: (nodes, at + layout::NODE_TAG as i32, class::NODE_TAG),
    }
}
