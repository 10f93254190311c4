//! Emits a trace anew, instruction by instruction, simplifying on the way: what `fold`, `cse`, `forward` and `guards` do.
//!
//! An [`Emitter`] holds the new trace and what is known at its end; a [`Copy`] walks over an old trace and knows what its
//! values have become. The peel pass walks over a trace twice with one emitter.

use super::Options;
use super::cse::Cse;
use super::facts::Facts;
use super::fold::{self, Condition, Folded};
use super::memory::{Memory, Place};
use crate::Reject;
use crate::ir::{
    ArgRange, BinOp, Cc, Class, End, FuncId, Op, Ref, Snap, SnapEntry, SnapId, Trace, Ty, UnOp,
    Width,
};
use rustc_hash::FxHashMap as HashMap;
use std::ops::Range;

/// Places of other bases that are looked at for each store: traces with hundreds would take a third longer.
const MAX_APART: usize = 48;

/// A new trace, and what is known at its end.
#[derive(Clone)]
pub struct Emitter {
    /// The trace so far.
    pub out: Trace,
    /// What memory is known to hold.
    pub memory: Memory,
    /// What guards have established.
    pub facts: Facts,
    cse: Cse,
    options: Options,
}

impl Emitter {
    /// Starts a trace with the functions of `t`.
    pub fn new(t: &Trace, options: &Options) -> Emitter {
        let mut out = Trace::new();
        out.funcs.clone_from(&t.funcs);
        out.labels.clone_from(&t.labels);
        Emitter {
            out,
            memory: Memory::default(),
            facts: Facts::default(),
            cse: Cse::default(),
            options: *options,
        }
    }

    /// A constant of another trace.
    pub fn constant(&mut self, op: Op) -> Ref {
        match op {
            Op::KInt(k) => self.out.int(k),
            Op::KNum(bits) => self.out.num(f64::from_bits(bits)),
            _ => unreachable!("{op:?} is no constant"),
        }
    }

    /// An operation that has no effect and depends on its operands alone.
    pub fn pure(&mut self, op: Op) -> Ref {
        let op = if self.options.fold {
            match fold::fold(self, op) {
                Folded::Value(r) => return r,
                Folded::Op(op) => op,
            }
        } else {
            op
        };
        if let (Op::Cmp(cc, a, b), true) = (op, self.options.guards)
            && let Some(holds) = self.facts.decide(&self.out, cc, a, b)
        {
            return self.out.int(holds.into());
        }
        if !self.options.cse {
            return self.push(op);
        }
        if let Some(r) = self.cse.pure(op) {
            return r;
        }
        let r = self.push(op);
        self.cse.add_pure(op, r);
        r
    }

    fn push(&mut self, op: Op) -> Ref {
        let ty = match op {
            Op::Bin(op, ..) => op.ty(),
            Op::Un(op, _) => op.tys().1,
            Op::Select(_, a, _) => self.out.ty(a),
            _ => Ty::Int,
        };
        self.out.push(op, ty)
    }

    /// A load, or the value that it would find.
    pub fn load(&mut self, width: Width, base: Ref, offset: i32, class: Class) -> Ref {
        let place = self.place(width, base, offset, class);
        if let Some(cell) = self.memory.find(place) {
            let allowed = if cell.stored {
                self.options.forward
            } else {
                self.options.cse || self.options.forward
            };
            if allowed && let Some(r) = self.convert(cell.value, cell.width, width) {
                return r;
            }
        }
        let r = self.out.load(width, place.base, place.offset, class);
        self.memory.loaded(place, r);
        r
    }

    /// What a load of width `to` finds where `value` lies with width `from`, if that is no detour.
    fn convert(&mut self, value: Ref, from: Width, to: Width) -> Option<Ref> {
        let (low, high) = match to {
            Width::U8 => (0, 0xFF),
            Width::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Width::U32 => (0, i64::from(u32::MAX)),
            Width::I64 if from == Width::F64 => return Some(self.pure(Op::Un(UnOp::Bits, value))),
            Width::F64 if from == Width::I64 => {
                return Some(self.pure(Op::Un(UnOp::FromBits, value)));
            }
            Width::I64 | Width::F64 => return (from == to).then_some(value),
        };
        let range = self.facts.range(&self.out, value);
        if low <= range.0 && range.1 <= high {
            return Some(value);
        }
        if to == Width::I32 {
            let count = self.out.int(32);
            let up = self.pure(Op::Bin(BinOp::Shl, value, count));
            return Some(self.pure(Op::Bin(BinOp::Sar, up, count)));
        }
        let mask = self.out.int(high);
        Some(self.pure(Op::Bin(BinOp::And, value, mask)))
    }

    /// Moves what a base adds to a value into the offset.
    fn address(&self, base: Ref, offset: i32) -> (Ref, i32) {
        if self.options.fold
            && let Op::Bin(BinOp::Add, x, k) = self.out.op(base)
            && let Some(k) = self.out.as_int(k)
            && let Ok(sum) = i32::try_from(k.wrapping_add(i64::from(offset)))
        {
            return (x, sum);
        }
        (base, offset)
    }

    /// The place of an access.
    pub fn place(&self, width: Width, base: Ref, offset: i32, class: Class) -> Place {
        let (base, offset) = self.address(base, offset);
        Place {
            class,
            base,
            offset,
            width,
        }
    }

    /// What labels a place, where that is known and a constant.
    pub fn label(&self, place: Place) -> Option<i64> {
        let mut labels = self.out.labels.iter();
        let label = labels.find(|label| label.class == place.class)?;
        let by = Place {
            class: label.by,
            offset: place.offset.checked_add(label.distance)?,
            width: label.width,
            ..place
        };
        let cell = self.memory.find(by)?;
        let known = self.out.as_int(self.facts.known(cell.value));
        known.filter(|_| self.options.labels)
    }

    /// The known places of other bases that a store does not overwrite.
    fn places_apart(&self, place: Place) -> Vec<Place> {
        let Some(label) = self.label(place) else {
            return Vec::new();
        };
        let others = self.memory.places(place.class);
        others
            .filter(|o| o.base != place.base)
            .take(MAX_APART)
            .filter(|&o| self.label(o).is_some_and(|l| l != label))
            .collect()
    }

    /// A store, unless the place holds the value already; returns the place, and whether it is written.
    pub fn store(
        &mut self,
        width: Width,
        base: Ref,
        offset: i32,
        value: Ref,
        class: Class,
    ) -> (Place, bool) {
        let (base, offset) = self.address(base, offset);
        let (width, value) = if self.options.fold {
            fold::stored(&self.out, width, value)
        } else {
            (width, value)
        };
        let place = Place {
            class,
            base,
            offset,
            width,
        };
        let there = self
            .memory
            .find(place)
            .is_some_and(|c| c.width == width && self.facts.known(c.value) == value);
        let written = !(there && self.options.dse);
        if written {
            let apart = self.places_apart(place);
            self.out.store(width, base, offset, value, class);
            self.memory.stored(place, value, &apart);
            self.cse.forget(class.bit());
        }
        (place, written)
    }

    /// A call.
    pub fn call(&mut self, func: FuncId, args: Vec<Ref>) -> Ref {
        let effect = self.out.funcs[func.index()].effect;
        if effect.writes != 0 {
            self.memory.forget(effect.writes);
            self.cse.forget(effect.writes);
            return self.out.call(func, &args);
        }
        if self.options.cse
            && let Some(r) = self.cse.call(func, &args)
        {
            return r;
        }
        let r = self.out.call(func, &args);
        self.cse.add_call(func, args, effect.reads, r);
        r
    }

    /// A guard, unless it is known to hold. `snap` makes its snapshot.
    pub fn guard(
        &mut self,
        cc: Cc,
        a: Ref,
        b: Ref,
        snap: impl FnOnce(&mut Self) -> SnapId,
    ) -> Result<(), Reject> {
        let (cc, a, b) = if self.options.fold {
            match fold::condition(self, cc, a, b) {
                Condition::Known(true) => return Ok(()),
                Condition::Known(false) => return Err(Reject::AlwaysFails),
                Condition::Is(cc, a, b) => (cc, a, b),
            }
        } else {
            (cc, a, b)
        };
        if self.options.guards {
            match self.facts.decide(&self.out, cc, a, b) {
                Some(true) => return Ok(()),
                Some(false) => return Err(Reject::AlwaysFails),
                None => {}
            }
        }
        if self.options.cse && !self.cse.add_guard(cc, a, b) {
            return Ok(());
        }
        let snap = snap(self);
        self.out.guard(cc, a, b, snap);
        if self.options.guards {
            self.facts.learn(&mut self.out, cc, a, b);
        }
        Ok(())
    }

    /// Begins the loop, which writes some classes: what memory holds is known from now on only as far as `keep` says.
    pub fn loop_start(&mut self, written: u32, keep: impl FnMut(Place) -> bool) {
        self.out.push(Op::LoopStart, Ty::None);
        self.memory.retain(keep);
        self.cse.forget(written);
    }
}

/// A walk over a trace.
pub struct Copy<'a> {
    t: &'a Trace,
    /// What the values have become.
    map: Vec<Option<Ref>>,
    snaps: HashMap<SnapId, SnapId>,
    /// Slots that snapshots get if they do not have them, sorted; values of the new trace.
    extra: Vec<SnapEntry>,
    /// Phis whose second operand is not known yet: old and new.
    phis: Vec<(Ref, Ref)>,
    /// The stores.
    pub stores: Vec<Stored>,
}

/// What has become of a store.
#[derive(Clone, Copy)]
pub struct Stored {
    /// The instruction of the old trace.
    pub r: Ref,
    /// The place.
    pub place: Place,
    /// What labels the place.
    pub label: Option<i64>,
    /// Whether there is a store in the new trace; if not, the place is known to hold the value already.
    pub written: bool,
}

impl<'a> Copy<'a> {
    /// A walk over `t`, at its start.
    pub fn new(t: &'a Trace) -> Copy<'a> {
        let map = vec![None; t.len()];
        Copy {
            t,
            map,
            snaps: HashMap::default(),
            extra: Vec::new(),
            phis: Vec::new(),
            stores: Vec::new(),
        }
    }

    /// A walk that finds some values already made, and adds slots to the snapshots.
    pub fn again(t: &'a Trace, map: Vec<Option<Ref>>, extra: Vec<SnapEntry>) -> Copy<'a> {
        Copy {
            map,
            extra,
            ..Copy::new(t)
        }
    }

    /// What a value of the old trace has become.
    pub fn get(&self, e: &mut Emitter, r: Ref) -> Ref {
        match self.t.op(r) {
            op @ (Op::KInt(_) | Op::KNum(_)) => e.constant(op),
            _ => e
                .facts
                .known(self.map[r.index()].expect("operands come before their users")),
        }
    }

    /// Emits the whole trace but for its end.
    pub fn body(&mut self, e: &mut Emitter) -> Result<(), Reject> {
        self.part(e, 0..self.t.len(), |_| true)?;
        self.finish_phis(e);
        Ok(())
    }

    /// Emits the instructions of a range that `keep` accepts and that have not been made already.
    pub fn part(
        &mut self,
        e: &mut Emitter,
        range: Range<usize>,
        keep: impl Fn(Ref) -> bool,
    ) -> Result<(), Reject> {
        for i in range {
            let r = Ref(i as u32);
            if self.map[i].is_none() && keep(r) {
                self.inst(e, r)?;
            }
        }
        Ok(())
    }

    /// Gives the phis their second operands.
    pub fn finish_phis(&mut self, e: &mut Emitter) {
        for (old, new) in std::mem::take(&mut self.phis) {
            let Op::Phi(_, end) = self.t.op(old) else {
                unreachable!("a phi was put aside")
            };
            let end = self.get(e, end);
            if let Op::Phi(_, b) = &mut e.out.insts[new.index()].op {
                *b = end;
            }
        }
    }

    fn inst(&mut self, e: &mut Emitter, r: Ref) -> Result<(), Reject> {
        let t = self.t;
        let value = match t.op(r) {
            Op::KInt(_) | Op::KNum(_) | Op::Nop => return Ok(()),
            Op::State => e.out.state(),
            Op::Base => e.out.base(),
            Op::Param(_) => e.out.param(t.ty(r)),
            Op::StackPointer => e.pure(Op::StackPointer),
            Op::Load {
                width,
                base,
                offset,
                class,
            } => {
                let base = self.get(e, base);
                e.load(width, base, offset, class)
            }
            Op::Store {
                width,
                base,
                offset,
                value,
                class,
            } => {
                let (base, value) = (self.get(e, base), self.get(e, value));
                let (place, written) = e.store(width, base, offset, value, class);
                self.stores.push(Stored {
                    r,
                    place,
                    label: e.label(place),
                    written,
                });
                return Ok(());
            }
            Op::Bin(op, a, b) => {
                let (a, b) = (self.get(e, a), self.get(e, b));
                e.pure(Op::Bin(op, a, b))
            }
            Op::Un(op, a) => {
                let a = self.get(e, a);
                e.pure(Op::Un(op, a))
            }
            Op::Cmp(cc, a, b) => {
                let (a, b) = (self.get(e, a), self.get(e, b));
                e.pure(Op::Cmp(cc, a, b))
            }
            Op::Select(c, a, b) => {
                let (c, a, b) = (self.get(e, c), self.get(e, a), self.get(e, b));
                e.pure(Op::Select(c, a, b))
            }
            Op::Guard(cc, a, b, snap) => {
                let (a, b) = (self.get(e, a), self.get(e, b));
                return e.guard(cc, a, b, |e| self.snap(e, snap));
            }
            Op::Call { func, args } => self.call(e, func, args),
            Op::LoopStart => {
                e.loop_start(u32::MAX, |_| false);
                return Ok(());
            }
            Op::Phi(a, _) => {
                let a = self.get(e, a);
                let phi = e.out.push(Op::Phi(a, a), t.ty(r));
                self.phis.push((r, phi));
                phi
            }
        };
        self.map[r.index()] = Some(value);
        Ok(())
    }

    fn call(&mut self, e: &mut Emitter, func: FuncId, args: ArgRange) -> Ref {
        let args = self.t.args[args.range()]
            .iter()
            .map(|&a| self.get(e, a))
            .collect();
        e.call(func, args)
    }

    /// The snapshot in the new trace; made when it is first used, and what is known then is known later.
    pub fn snap(&mut self, e: &mut Emitter, id: SnapId) -> SnapId {
        if let Some(&made) = self.snaps.get(&id) {
            return made;
        }
        let old = &self.t.snaps[id.index()];
        let mut entries = self.extra.clone();
        for entry in &old.entries {
            let (value, tag) = (self.get(e, entry.value), self.get(e, entry.tag));
            let entry = SnapEntry {
                slot: entry.slot,
                value,
                tag,
            };
            match entries.binary_search_by_key(&entry.slot, |e| e.slot) {
                Ok(at) => entries[at] = entry,
                Err(at) => entries.insert(at, entry),
            }
        }
        let base = self.get(e, old.base);
        let new = e.out.snap(Snap {
            frame: old.frame,
            base,
            entries,
        });
        self.snaps.insert(id, new);
        new
    }

    /// The end in the new trace, for a trace that is not a loop to be peeled.
    pub fn end(&mut self, e: &mut Emitter) {
        e.out.end = match &self.t.end {
            None => None,
            Some(End::Exit(snap)) => Some(End::Exit(self.snap(e, *snap))),
            Some(End::Link { cell, base }) => Some(End::Link {
                cell: *cell,
                base: self.get(e, *base),
            }),
            Some(End::Return(value)) => Some(End::Return(self.get(e, *value))),
            Some(End::Loop { carried, state }) => {
                let state = self.snap(e, *state);
                // What is carried are loads of the start, which stay what they are; only their later uses are known better.
                let carried = carried.iter().map(|&(start, end)| {
                    let start = self.map[start.index()].expect("a value of the trace");
                    (start, self.get(e, end))
                });
                Some(End::Loop {
                    carried: carried.collect(),
                    state,
                })
            }
        };
    }
}
