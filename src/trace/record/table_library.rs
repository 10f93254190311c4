//! Functions of the library on tables: those that ask no metamethods, and those that mostly meet none.

use super::table::{Key, Object};
use super::{MAX_SLOTS, Recorder, Val, Verdict, has_payload};
use crate::global::Event;
use crate::heap;
use crate::object::{State, string, table::layout};
use crate::trace::runtime::{self, class};
use crate::value::{Native, ShortCut, Slot, TValue, tag};
use crate::vm::meta;
use perilune_jit::{BinOp, Cc, Width};

/// Elements that one call of `table.unpack` gives in compiled code.
const MAX_UNPACKED: i64 = 16;

impl Recorder {
    /// A register as a table, if it is one.
    fn raw_table(&mut self, l: &State, r: usize) -> Option<Object> {
        let (v, now) = self.register(l, r);
        let now = now.as_table()?;
        Some(Object { r: v.r, now })
    }

    /// `rawget` of the values in the registers from `ra + 1` on; `None` if the interpreter is to do that.
    pub(super) fn raw_get_call(&mut self, l: &State, ra: usize) -> Option<Val> {
        let t = self.raw_table(l, ra + 1)?;
        let key = self.register_key(l, ra + 2);
        if key.now.as_float().is_some() {
            return None;
        }
        let found = self.raw_get(t, key);
        Some(found.unwrap_or_else(|| self.constant(TValue::NIL)))
    }

    /// Records `rawset`; answers whether it did.
    pub(super) fn raw_set_call(
        &mut self,
        l: &State,
        ra: usize,
        wanted: i32,
    ) -> Result<bool, Verdict> {
        let Some(t) = self.raw_table(l, ra + 1) else {
            return Ok(false);
        };
        let key = self.register_key(l, ra + 2);
        let (v, now) = self.register(l, ra + 3);
        let plain = key.now.is_int() || key.now.is_string() || key.now.is_table();
        if !plain || now.is_nil() {
            return Ok(false);
        }
        self.assign_raw((t.r, t.now), key, v)?;
        if wanted == 1 {
            let (r, tag) = (t.r, tag::TABLE);
            self.set(ra, Val { r, tag });
        }
        Ok(true)
    }

    /// Whether two values are the same without metamethods, guarded to stay so.
    pub(super) fn raw_equal_call(&mut self, l: &State, ra: usize) -> Option<Val> {
        let ((x, vx), (y, vy)) = (self.register(l, ra + 1), self.register(l, ra + 2));
        let equal = vx.raw_eq(vy);
        if x.tag == y.tag && has_payload(x.tag) {
            let (same, other) = match x.tag {
                tag::FLOAT => (Cc::FEq, Cc::FNe),
                tag::LONG => return None,
                _ => (Cc::Eq, Cc::Ne),
            };
            self.guard(if equal { same } else { other }, x.r, y.r);
        } else if vx.is_number() && vy.is_number() {
            return None;
        }
        Some(self.constant(TValue::bool(equal)))
    }

    /// The length of a table or string without metamethods.
    pub(super) fn raw_length_call(&mut self, l: &State, ra: usize) -> Option<Val> {
        let (v, now) = self.register(l, ra + 1);
        let r = match now.tag() {
            tag::TABLE => self.call(&runtime::border(), &[v.r]),
            tag::SHORT | tag::LONG => self.string_len(v),
            _ => return None,
        };
        let tag = tag::INT;
        Some(Val { r, tag })
    }

    /// `getmetatable` of a table: its metatable need not be the same each time.
    pub(super) fn get_metatable_call(&mut self, l: &State, ra: usize) -> Option<Val> {
        let t = self.raw_table(l, ra + 1)?;
        let at = layout::METATABLE as i32;
        let name = heap::without_collection(l.global(), || string::new(l, b"__metatable")).ok()?;
        let r = self.ir.load(Width::I64, t.r, at, class::TABLE);
        let Some(now) = t.now.metatable.get() else {
            self.guard_int(Cc::Eq, r, 0);
            return Some(self.constant(TValue::NIL));
        };
        self.guard_int(Cc::Ne, r, 0);
        let tag = tag::TABLE;
        let field = self.field(r, now, name);
        Some(field.unwrap_or(Val { r, tag }))
    }

    /// Guards that a table has no metatable, if it has none.
    fn is_plain(&mut self, t: Object) -> bool {
        if t.now.metatable.get().is_some() {
            return false;
        }
        let at = layout::METATABLE as i32;
        let found = self.ir.load(Width::I64, t.r, at, class::TABLE);
        self.guard_int(Cc::Eq, found, 0);
        true
    }

    /// A key that is a constant integer.
    fn index_key(&mut self, n: i64) -> Key {
        let now = TValue::int(n);
        let v = self.constant(now);
        Key { v, now, given: v }
    }

    /// Records `table.unpack`, of as many elements as there are now; answers whether it did.
    pub(super) fn unpack_call(&mut self, l: &State, ra: usize, nargs: i32, wanted: i32) -> bool {
        let now = |r: &Recorder, n: usize| r.peek(l, r.reg(ra + n));
        let (first, last) = match nargs {
            1 => (Some(1), None),
            2 => (now(self, 2).as_int(), None),
            3 => (now(self, 2).as_int(), now(self, 3).as_int()),
            _ => return false,
        };
        let (Some(first), Some(table)) = (first, now(self, 1).as_table()) else {
            return false;
        };
        if nargs == 3 && last.is_none() {
            return false;
        }
        let last = last.unwrap_or_else(|| table.border() as i64);
        let room = MAX_SLOTS as i32 - 1 - self.reg(ra);
        let distance = last.checked_sub(first);
        let Some(count) = distance.and_then(|n| n.checked_add(1)) else {
            return false;
        };
        if !(0..=MAX_UNPACKED).contains(&count) || room <= MAX_UNPACKED as i32 + wanted.max(0) {
            return false;
        }
        let Some(t) = self.raw_table(l, ra + 1) else {
            return false;
        };
        if !self.is_plain(t) {
            return false;
        }
        if nargs < 3 {
            let end = self.call(&runtime::border(), &[t.r]);
            self.guard_int(Cc::Eq, end, last);
        }
        for (n, bound) in (2..).zip([first, last]).take(nargs as usize - 1) {
            let v = self.get(l, ra + n);
            self.guard_int(Cc::Eq, v.r, bound);
        }
        let nil = self.constant(TValue::NIL);
        let mut values = Vec::new();
        for n in first..first + count {
            let key = self.index_key(n);
            values.push(self.raw_get(t, key).unwrap_or(nil));
        }
        let results = if wanted < 0 { count as i32 } else { wanted };
        for n in 0..results as usize {
            self.set(ra + n, values.get(n).copied().unwrap_or(nil));
        }
        self.top = (wanted < 0).then(|| self.reg(ra) + results);
        true
    }

    /// Records `next` for its first result: most programs ask whether there is one. Answers whether it did.
    pub(super) fn next_call(&mut self, l: &State, native: &Native, ra: usize, nargs: i32) -> bool {
        let (Some(t), ShortCut::Step(step)) = (self.raw_table(l, ra + 1), native.short_cut) else {
            return false;
        };
        let (key, now) = match nargs {
            1 => (self.constant(TValue::NIL), TValue::NIL),
            _ => self.register(l, ra + 2),
        };
        let mut pair = [TValue::NIL; 2];
        let Some(more) = step(t.now.into(), now, Slot::new(pair.as_mut_ptr())) else {
            return false;
        };
        let tag = if more { pair[0].tag() } else { tag::NIL };
        let (bits, kind) = (self.bits(key), self.int(key.tag as i64));
        let (f, scratch) = (self.int(native as *const Native as i64), self.scratch());
        let found = self.call(&runtime::next_key(), &[f, t.r, bits, kind, scratch]);
        self.guard_int(Cc::Eq, found, tag as i64);
        let v = match more {
            true => {
                let r = self.load_payload(scratch, 0, class::SCRATCH, tag);
                Val { r, tag }
            }
            false => self.constant(TValue::NIL),
        };
        self.set(ra, v);
        true
    }

    /// Records `table.remove` of the last element; answers whether it did.
    pub(super) fn remove_call(
        &mut self,
        l: &State,
        ra: usize,
        wanted: i32,
    ) -> Result<bool, Verdict> {
        let Some(t) = self.raw_table(l, ra + 1) else {
            return Ok(false);
        };
        let end = t.now.border() as i64;
        if end == 0 || wanted < 0 || !self.is_plain(t) {
            return Ok(false);
        }
        let r = self.call(&runtime::border(), &[t.r]);
        let tag = tag::INT;
        let key = Key {
            v: Val { r, tag },
            now: TValue::int(end),
            given: Val { r, tag },
        };
        let Some(v) = self.raw_get(t, key) else {
            return Ok(false);
        };
        let nil = self.constant(TValue::NIL);
        self.assign_raw((t.r, t.now), key, nil)?;
        if wanted == 1 {
            self.set(ra, v);
        }
        Ok(true)
    }

    /// Records `table.insert(t, v)`, the call in register `ra`, for a table whose length and new elements are no metamethod's
    /// business; answers whether it did.
    pub(super) fn append(&mut self, l: &State, ra: usize) -> Result<bool, Verdict> {
        let (t, v) = (self.register(l, ra + 1), self.register(l, ra + 2));
        let Some(table) = t.1.as_table() else {
            return Ok(false);
        };
        let mut events = [Event::Len, Event::NewIndex].into_iter();
        let mt = table.metatable.get();
        if v.1.is_nil() || events.any(|e| !meta::fast(l, mt, e).is_nil()) {
            return Ok(false);
        }
        let absent = self.metamethod(l, t, Event::Len);
        debug_assert!(absent.is_none());
        let (end, one) = (self.call(&runtime::border(), &[t.0.r]), self.int(1));
        let (r, tag) = (self.ir.bin(BinOp::Add, end, one), tag::INT);
        let key = Key {
            v: Val { r, tag },
            now: TValue::int(table.border() as i64 + 1),
            given: Val { r, tag },
        };
        self.assign(l, t, key, v.0)?;
        Ok(true)
    }
}
