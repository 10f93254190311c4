//! Functions of the library: those that the IR can express, and those that a short cut computes without a frame.

use super::{MAX_SLOTS, Recorder, Val, Verdict};
use crate::global::Event;
use crate::heap;
use crate::number;
use crate::object::string::{BYTES, LONG_LEN, SHORT_LEN};
use crate::object::table::layout;
use crate::object::{State, Table};
use crate::stdlib::direct::FloatFunction;
use crate::stdlib::{self, Intrinsic};
use crate::trace::native_call::{self, Shape};
use crate::trace::runtime::{self, class};
use crate::value::{Direct, Effects, Gc, Native, ShortCut, TValue, tag};
use crate::vm::meta;
use perilune_jit::{BinOp, Cc, Ref, UnOp, Width};

/// Results of a call of the library that compiled code makes itself.
const MAX_RESULTS: usize = 64;

/// Bytes that one call of `string.byte` reads in compiled code.
const MAX_BYTES: usize = 16;

/// A call of a function of the library that compiled code makes itself.
pub(super) struct NativeCall {
    /// The register of the function; the arguments are behind it.
    pub f: usize,
    /// The number of arguments.
    pub args: usize,
    /// The slot of the first result.
    pub to: i32,
    /// Results wanted; all if negative.
    pub wanted: i32,
}

impl Recorder {
    /// Records the call of a library function with one result in terms of the IR; answers whether it did.
    pub(super) fn library_call(&mut self, l: &State, f: Direct, ra: usize, nargs: i32) -> bool {
        let Some(what) = stdlib::intrinsic(f) else {
            return nargs == 1
                && stdlib::float_function(f).is_some_and(|f| self.float_function(l, f, ra));
        };
        let mut args: Vec<_> = (1..=nargs as usize).map(|n| self.look(l, ra + n)).collect();
        let moves = matches!(what, Intrinsic::Assert | Intrinsic::Select);
        if !moves && !matches!(what, Intrinsic::Type | Intrinsic::SetMetatable) {
            args.iter_mut().for_each(|v| *v = self.own(*v));
        }
        let Some(v) = self.intrinsic(l, what, ra, &args) else {
            return false;
        };
        self.set(ra, v);
        true
    }

    /// Records the call of a function of one float.
    fn float_function(&mut self, l: &State, f: &FloatFunction, ra: usize) -> bool {
        let x = self.look(l, ra + 1);
        if x.tag & 0x0F != 3 {
            return false;
        }
        let x = self.number(x);
        let r = self.call(&runtime::float_function(f), &[x]);
        let tag = tag::FLOAT;
        self.set(ra, Val { r, tag });
        true
    }

    fn intrinsic(&mut self, l: &State, f: Intrinsic, ra: usize, args: &[Val]) -> Option<Val> {
        let int = |r| Some(Val { r, tag: tag::INT });
        let float = |r| Some(Val { r, tag: tag::FLOAT });
        match (f, args) {
            (Intrinsic::Floor | Intrinsic::Ceil, [x]) if x.tag == tag::INT => Some(*x),
            (Intrinsic::Floor | Intrinsic::Ceil, [x]) if x.tag == tag::FLOAT => {
                let now = self.peek(l, self.reg(ra + 1)).float_bits();
                let up = f == Intrinsic::Ceil;
                let rounded = if up { now.ceil() } else { now.floor() };
                number::float_to_int_exact(rounded)?;
                let op = if up { UnOp::FCeil } else { UnOp::FFloor };
                let r = self.ir.un(op, x.r);
                int(self.exact_integer(r))
            }
            (Intrinsic::Abs, [x]) if x.tag == tag::FLOAT => float(self.ir.un(UnOp::FAbs, x.r)),
            (Intrinsic::Abs, [x]) if x.tag == tag::INT => {
                let zero = self.int(0);
                let negative = self.ir.cmp(Cc::Lt, x.r, zero);
                let opposite = self.ir.un(UnOp::Neg, x.r);
                int(self.ir.select(negative, opposite, x.r))
            }
            (Intrinsic::Sqrt, [x]) if x.tag & 0x0F == 3 => {
                let x = self.number(*x);
                float(self.ir.un(UnOp::FSqrt, x))
            }
            (Intrinsic::Max | Intrinsic::Min, [x, others @ ..])
                if others.iter().all(|y| y.tag == x.tag) =>
            {
                self.extremum(f == Intrinsic::Max, *x, others)
            }
            (Intrinsic::Len, [s]) if s.tag & 0x0F == 4 => int(self.string_len(*s)),
            (Intrinsic::Byte, [s, at @ ..]) if s.tag & 0x0F == 4 => {
                let at = match at {
                    [] => (self.int(1), 1),
                    [i] if i.tag == tag::INT => (i.r, self.peek(l, self.reg(ra + 2)).int_bits()),
                    _ => return None,
                };
                int(self.byte(l, *s, ra + 1, at)?)
            }
            (Intrinsic::Sub, [s, i, j]) if s.tag & 0x0F == 4 && i.tag == tag::INT && i.r == j.r => {
                let now = self.peek(l, self.reg(ra + 2)).int_bits();
                let byte = self.byte(l, *s, ra + 1, (i.r, now))?;
                Some(self.single(byte))
            }
            (Intrinsic::Char, [byte]) if byte.tag == tag::INT => {
                let now = self.peek(l, self.reg(ra + 1)).int_bits();
                u8::try_from(now).ok()?;
                let end = self.int(256);
                self.guard(Cc::ULt, byte.r, end);
                Some(self.single(byte.r))
            }
            (Intrinsic::Type, [x, ..]) => {
                let name = l.global().type_names[(x.tag & 0x0F) as usize].get()?;
                Some(self.constant(name.into()))
            }
            (Intrinsic::RawGet, [_, _]) => self.raw_get_call(l, ra),
            (Intrinsic::RawEqual, [_, _]) => self.raw_equal_call(l, ra),
            (Intrinsic::RawLen, [_]) => self.raw_length_call(l, ra),
            (Intrinsic::GetMetatable, [_]) => self.get_metatable_call(l, ra),
            (Intrinsic::Assert, [v, ..]) if v.tag & 0x0F != 0 && v.tag != tag::FALSE => Some(*v),
            (Intrinsic::Select, [which, values @ ..]) => self.selected(l, *which, ra, values),
            (Intrinsic::SetMetatable, [t, mt]) if t.tag == tag::TABLE && mt.tag == tag::TABLE => {
                let now = |n| self.peek(l, self.reg(ra + n)).as_table();
                let (object, metatable) = (now(1)?, now(2)?);
                self.set_metatable(l, (*t, object), (*mt, metatable))
            }
            _ => None,
        }
    }

    /// The first of the values that `select` chooses, where it chooses the same one whenever it is called there.
    fn selected(&mut self, l: &State, which: Val, ra: usize, values: &[Val]) -> Option<Val> {
        let now = self.peek(l, self.reg(ra + 1));
        if !self.ir.is_constant(which.r) {
            return None;
        }
        match now.as_int() {
            Some(n) => values
                .get(usize::try_from(n).ok()?.checked_sub(1)?)
                .copied(),
            None if now.as_string()?.bytes().first() == Some(&b'#') => {
                let (r, tag) = (self.int(values.len() as i64), tag::INT);
                Some(Val { r, tag })
            }
            None => None,
        }
    }

    /// The greatest or least of numbers of one type: the first of equals, and the first where another is no number.
    fn extremum(&mut self, greatest: bool, first: Val, others: &[Val]) -> Option<Val> {
        let cc = match first.tag {
            tag::INT => Cc::Lt,
            tag::FLOAT => Cc::FLt,
            _ => return None,
        };
        let best = others.iter().fold(first.r, |best, y| {
            let (a, b) = if greatest { (best, y.r) } else { (y.r, best) };
            let better = self.ir.cmp(cc, a, b);
            self.ir.select(better, y.r, best)
        });
        Some(Val {
            r: best,
            tag: first.tag,
        })
    }

    /// The byte of a string in a register, at a place counted as Lua does, which is in the string now and guarded to be.
    fn byte(&mut self, l: &State, s: Val, register: usize, at: (Ref, i64)) -> Option<Ref> {
        let now = self.peek(l, self.reg(register)).as_string()?;
        let len = self.string_len(s);
        let index = self.byte_index(at.0, at.1, (len, now.len()))?;
        let address = self.ir.bin(BinOp::Add, s.r, index);
        Some(self.ir.load(Width::U8, address, BYTES, class::CONSTANT))
    }

    /// Records a call of `string.byte` for several bytes, as many as are wanted; answers whether it did.
    pub(super) fn bytes(&mut self, l: &State, ra: usize, wanted: usize) -> bool {
        let now = [1, 2, 3].map(|n| self.peek(l, self.reg(ra + n)));
        let (Some(s), Some(first), Some(last)) =
            (now[0].as_string(), now[1].as_int(), now[2].as_int())
        else {
            return false;
        };
        let inside = first >= 1 && last >= first && last <= s.len() as i64;
        if !inside || last - first + 1 != wanted as i64 || wanted > MAX_BYTES {
            return false;
        }
        let [s, first, last] = [1, 2, 3].map(|n| self.get(l, ra + n));
        let distance = self.ir.bin(BinOp::Sub, last.r, first.r);
        self.guard_int(Cc::Eq, distance, wanted as i64 - 1);
        let (len, one) = (self.string_len(s), self.int(1));
        let index = self.ir.bin(BinOp::Sub, first.r, one);
        self.guard(Cc::ULt, index, len);
        self.guard(Cc::ULe, last.r, len);
        let address = self.ir.bin(BinOp::Add, s.r, index);
        for n in 0..wanted {
            let r = (self.ir).load(Width::U8, address, BYTES + n as i32, class::CONSTANT);
            let tag = tag::INT;
            self.set(ra + n, Val { r, tag });
        }
        true
    }

    /// Records a call of `math.random`; answers whether it did.
    fn random(&mut self, l: &State, ra: usize, nargs: i32, wanted: i32) -> bool {
        // A host may have the same function without the generator.
        if self.peek(l, self.reg(ra)).as_c_closure().is_none() {
            return false;
        }
        let f = self.get(l, ra).r;
        let bound = |r: &Recorder, n: usize| r.peek(l, r.reg(ra + n)).as_int();
        let v = if nargs == 0 {
            let (r, tag) = (self.call(&runtime::random_float(), &[f]), tag::FLOAT);
            Val { r, tag }
        } else {
            let (low, high) = match nargs {
                1 => (Some(1), bound(self, 1)),
                2 => (bound(self, 1), bound(self, 2)),
                _ => return false,
            };
            if low.is_none() || high.is_none() || low > high {
                return false;
            }
            let high = self.get(l, ra + nargs as usize).r;
            let low = match nargs {
                1 => self.int(1),
                _ => self.get(l, ra + 1).r,
            };
            self.guard(Cc::Le, low, high);
            let r = self.call(&runtime::random_between(), &[f, low, high]);
            let tag = tag::INT;
            Val { r, tag }
        };
        if wanted == 1 {
            self.set(ra, v);
        }
        true
    }

    /// Records the call of a function that has no short cut but is compiled; answers whether it did.
    pub(super) fn intrinsic_call(
        &mut self,
        l: &State,
        native: &Native,
        ra: usize,
        (nargs, wanted): (i32, i32),
    ) -> Result<bool, Verdict> {
        let Some(what) = stdlib::intrinsic_call(native) else {
            return Ok(false);
        };
        // One result is all there is, and often wanted by whoever takes all.
        let single = wanted.abs();
        let done = match (what, nargs) {
            (Intrinsic::Unpack, 1..) => return Ok(self.unpack_call(l, ra, nargs, wanted)),
            _ if single > 1 => false,
            (Intrinsic::RawSet, 3) => self.raw_set_call(l, ra, single)?,
            (Intrinsic::Remove, 1) => self.remove_call(l, ra, single)?,
            (Intrinsic::Random, _) => self.random(l, ra, nargs, single),
            (Intrinsic::Next, 1 | 2) if wanted == 1 => self.next_call(l, native, ra, nargs),
            _ => false,
        };
        if done {
            self.top = (wanted < 0).then(|| self.reg(ra) + 1);
        }
        Ok(done)
    }

    /// The string of one byte.
    fn single(&mut self, byte: Ref) -> Val {
        let state = self.ir.state();
        let r = self.call(&runtime::single(), &[state, byte]);
        self.guard_int(Cc::Ne, r, 0);
        self.allocates = true;
        let tag = tag::SHORT;
        Val { r, tag }
    }

    /// The index of the byte at the position `at`, which is `now`, of a string of length `len`; guarded to be in it. `None` if
    /// it is not.
    fn byte_index(&mut self, at: Ref, now: i64, len: (Ref, usize)) -> Option<Ref> {
        let n = len.1 as i64;
        let index = if (1..=n).contains(&now) {
            let one = self.int(1);
            self.ir.bin(BinOp::Sub, at, one)
        } else if (-n..0).contains(&now) {
            self.guard_int(Cc::Lt, at, 0);
            self.ir.bin(BinOp::Add, at, len.0)
        } else {
            return None;
        };
        self.guard(Cc::ULt, index, len.0);
        Some(index)
    }

    /// Records that the table `t`, which has no metatable, gets one; the table. `None` if there is more to it than that.
    fn set_metatable(
        &mut self,
        l: &State,
        (t, object): (Val, Gc<Table>),
        (mt, metatable): (Val, Gc<Table>),
    ) -> Option<Val> {
        // A metatable that was in use before has its flag; for a new one the field is looked for.
        let flagged = metatable.lacks(Event::Gc as u8);
        if object.metatable.get().is_some() || !meta::fast(l, Some(metatable), Event::Gc).is_nil() {
            return None;
        }
        let mt = self.own(mt);
        if let Some(n) = self.sunk(t) {
            self.guard_lacking(mt.r, flagged, Event::Gc);
            self.set_sunk_metatable(n, mt);
            return Some(t);
        }
        let t = self.settled(t);
        let state = self.ir.state();
        let at = layout::METATABLE as i32;
        if flagged {
            let old = self.ir.load(Width::I64, t.r, at, class::TABLE);
            self.guard_int(Cc::Eq, old, 0);
            self.guard_absence(mt.r, Event::Gc);
        } else {
            let done = self.call(&runtime::set_metatable(), &[state, t.r, mt.r]);
            self.guard_int(Cc::Ne, done, 0);
        }
        self.ir.store(Width::I64, t.r, at, mt.r, class::TABLE);
        if flagged {
            self.call(&runtime::forward_barrier(), &[state, t.r, mt.r]);
        }
        Some(t)
    }

    /// The length of a string.
    pub(super) fn string_len(&mut self, s: Val) -> Ref {
        match s.tag {
            tag::SHORT => self.ir.load(Width::U8, s.r, SHORT_LEN, class::CONSTANT),
            _ => self.ir.load(Width::I64, s.r, LONG_LEN, class::CONSTANT),
        }
    }

    /// Records the call of a library function through its short cut; answers whether it did. The result's type is what it is
    /// now. Short cuts with effects are not called.
    pub(super) fn direct_call(
        &mut self,
        l: &State,
        (native, direct): (&Native, Direct),
        ra: usize,
        nargs: i32,
        nresults: i32,
    ) -> bool {
        let args = l.restore(self.base_offset + self.reg(ra + 1) as isize);
        let Some(tag) = self.trial(l, direct, args, nargs as usize) else {
            return false;
        };
        for n in 0..nargs {
            let slot = self.reg(ra + 1 + n as usize);
            self.flush(slot);
        }
        let (state, from) = (self.ir.state(), self.slot_address(self.reg(ra + 1)));
        let (n, f) = (
            self.int(nargs as i64),
            self.int(native as *const Native as i64),
        );
        let scratch = self.scratch();
        let got = self.call(&runtime::direct(), &[state, from, n, f, scratch]);
        self.guard_int(Cc::Eq, got, tag as i64);
        self.allocates |= matches!(native.short_cut, ShortCut::Fresh(_));
        self.top = None;
        if nresults == 1 {
            let r = self.load_payload(scratch, 0, class::SCRATCH, tag);
            let tag = if tag & 0x0F == 0 { tag::NIL } else { tag };
            self.set(ra, Val { r, tag });
        }
        true
    }

    /// Records the call of a library function with known effects in a frame of its own; answers whether it did. The results
    /// are in memory then, and what they are is guarded where they are used.
    pub(super) fn native_call(&mut self, l: &State, native: &Native, call: NativeCall) -> bool {
        let Some(found) = self.results(l, native, &call) else {
            return false;
        };
        let n = if call.wanted < 0 {
            found
        } else {
            call.wanted as usize
        };
        let targets = call.to..call.to + n as i32;
        if n > MAX_RESULTS
            || targets.end >= MAX_SLOTS as i32 - 1
            || targets.clone().any(|slot| self.is_captured(slot))
        {
            return false;
        }
        for j in 1..=call.args {
            let slot = self.reg(call.f + j);
            self.flush(slot);
        }
        let shape = Shape::new(call.args, n, call.wanted < 0);
        let f = self.get(l, call.f);
        let (f_tag, shape) = (self.int(f.tag as i64), self.int(shape.0 as i64));
        let (state, from) = (self.ir.state(), self.slot_address(self.reg(call.f + 1)));
        let to = self.slot_address(call.to);
        let helper = match native.effects {
            Effects::None => runtime::native(),
            _ => runtime::native_with_effects(),
        };
        let done = self.call(&helper, &[state, f.r, f_tag, from, shape, to]);
        self.allocates = true;
        self.guard_int(Cc::Ne, done, 0);
        for slot in targets.clone() {
            self.filled(slot);
        }
        self.top = (call.wanted < 0).then_some(targets.end);
        true
    }

    /// How many results the call gives now, whose tags are noted; `None` if compiled code cannot make it.
    fn results(&mut self, l: &State, native: &Native, call: &NativeCall) -> Option<usize> {
        let f = l.restore(self.base_offset + self.reg(call.f) as isize);
        let args = f.add(1);
        self.found.clear();
        match native.effects {
            Effects::Unknown => None,
            Effects::None => {
                let above = l.ci().top.get().max(args.add(call.args));
                if !native_call::has_room(l, above, call.args) {
                    // There is when the trace runs; whether the call fails is seen then.
                    return (call.wanted >= 0).then_some(0);
                }
                let top = l.top.replace(above);
                let got = native_call::attempt(l, f.get(), args, call.args);
                l.top.set(top);
                let (first, n) = got?;
                self.found.extend((0..n).map(|j| first.add(j).tag()));
                Some(n)
            }
            Effects::Last(_) if call.args > native_call::MAX_ARGS => None,
            Effects::Last(_) if call.args > 0 && !native_call::is_plain(args.get()) => None,
            Effects::Last(Some(n)) => Some(n as usize),
            Effects::Last(None) => (call.wanted >= 0).then_some(0),
        }
    }

    /// The tag of what the short cut answers for the arguments as they are; `None` if it does not.
    fn trial(&self, l: &State, direct: Direct, args: crate::value::Slot, n: usize) -> Option<u8> {
        if let Some(Intrinsic::SetMetatable | Intrinsic::Insert) = stdlib::intrinsic(direct) {
            return None;
        }
        let v: TValue = heap::without_collection(l.global(), || direct(l, args, n));
        (!v.is_none()).then_some(v.tag())
    }
}
