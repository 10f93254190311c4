//! Slots, and values in memory: what the recorder knows of them, reads and writes.

use super::{Entry, MAX_SLOTS, Recorder, SLOT, Val, has_payload};
use crate::object::{GcHeader, Proto, State};
use crate::trace::liveness;
use crate::trace::runtime::class;
use crate::value::{Gc, TValue, tag};
use perilune_jit::{Cc, Class, Func, Ref, Ty, Width};

impl Recorder {
    /// Whether the slot is a register that a nested function captures.
    pub(super) fn is_captured(&mut self, slot: i32) -> bool {
        let Some(f) = self.frames.iter().rev().find(|f| f.base <= slot) else {
            return false;
        };
        let (proto, r) = (f.proto, (slot - f.base) as usize);
        liveness::contains(&self.code_of(proto).captured, r)
    }

    pub(super) fn class_of(&mut self, slot: i32) -> Class {
        if self.is_captured(slot) {
            class::UPVALUE
        } else {
            class::STACK
        }
    }

    /// The value of a slot, guarded to be of the type that it is of now.
    pub(super) fn get_slot(&mut self, l: &State, slot: i32) -> Val {
        let v = self.look_slot(l, slot);
        self.own(v)
    }

    /// The same, but of a table that has not been made the name.
    pub(super) fn look_slot(&mut self, l: &State, slot: i32) -> Val {
        let v = self.name_slot(l, slot);
        self.own_text(v)
    }

    /// The same, but of a table or string that has not been made the name.
    pub(super) fn name_slot(&mut self, l: &State, slot: i32) -> Val {
        let known = self.known(slot);
        if let Some(v) = known {
            return v;
        }
        let class = self.class_of(slot);
        let now = self.peek(l, slot);
        let tag = now.tag();
        let entry = !self.synced && class.0 == class::STACK.0 && !self.filled.contains(&slot);
        let tag_load = self.guard_tag(self.base, slot * SLOT + 8, class, tag);
        let r = self.load_payload(self.base, slot * SLOT, class, tag);
        let v = Val { r, tag };
        if entry {
            self.entries.push(Entry {
                slot,
                tag_load,
                tag,
                payload: has_payload(tag).then_some(r),
            });
        }
        if class.0 == class::STACK.0 && slot >= 0 {
            self.remember(slot, v);
        }
        v
    }

    pub(super) fn known(&self, slot: i32) -> Option<Val> {
        usize::try_from(slot)
            .ok()
            .and_then(|n| self.slots.get(n).copied().flatten())
    }

    pub(super) fn remember(&mut self, slot: i32, v: Val) {
        let n = slot as usize;
        if self.slots.len() <= n {
            self.slots.resize(n + 1, None);
            self.dirty.resize(n + 1, false);
        }
        self.slots[n] = Some(self.settled(v));
    }

    /// Puts a value into a slot.
    pub(super) fn set_slot(&mut self, slot: i32, v: Val) {
        debug_assert!(slot >= 0 && (slot as usize) < MAX_SLOTS);
        if self.is_captured(slot) {
            let v = self.own(v);
            self.store_value(self.base, slot * SLOT, class::UPVALUE, v);
            return;
        }
        self.remember(slot, v);
        self.dirty[slot as usize] = true;
    }

    /// Writes those registers of the running function to memory that its nested functions capture, once the values of
    /// others have become its arguments.
    pub(super) fn spill_captured(&mut self) {
        for slot in self.frame().base..self.slots.len() as i32 {
            if let Some(v) = self.known(slot)
                && self.is_captured(slot)
            {
                debug_assert!(self.unmade(v).is_none());
                self.store_value(self.base, slot * SLOT, class::UPVALUE, v);
                self.forget(slot);
            }
        }
    }

    /// Forgets what is in the slots from `from` on: they are no longer anybody's.
    pub(super) fn forget_from(&mut self, from: i32) {
        let n = (from.max(0) as usize).min(self.slots.len());
        self.slots.truncate(n);
        self.dirty.truncate(n);
    }

    /// Forgets what is in a slot, which memory has.
    pub(super) fn forget(&mut self, slot: i32) {
        if let Some(s) = self.slots.get_mut(slot as usize) {
            *s = None;
            self.dirty[slot as usize] = false;
        }
    }

    /// Forgets what was in a slot, which a helper has written.
    pub(super) fn filled(&mut self, slot: i32) {
        self.forget(slot);
        if !self.filled.contains(&slot) {
            self.filled.push(slot);
        }
    }

    /// A register of the running function.
    pub(super) fn get(&mut self, l: &State, r: usize) -> Val {
        let slot = self.reg(r);
        self.get_slot(l, slot)
    }
    /// Sets a register of the running function.
    pub(super) fn set(&mut self, r: usize, v: Val) {
        let slot = self.reg(r);
        self.set_slot(slot, v);
    }

    // ---- memory ----

    /// Guards that the tag at `base + offset`, next to a payload of `class`, is `tag`; the load of the tag.
    pub(super) fn guard_tag(&mut self, base: Ref, offset: i32, class: Class, tag: u8) -> Ref {
        let load = self.ir.load(Width::U8, base, offset, class::tags(class));
        self.guard_int(Cc::Eq, load, tag as i64);
        load
    }

    /// The payload of a value with this tag.
    pub(super) fn load_payload(&mut self, base: Ref, offset: i32, class: Class, tag: u8) -> Ref {
        match tag {
            tag::FLOAT => self.ir.load(Width::F64, base, offset, class),
            t if has_payload(t) => self.ir.load(Width::I64, base, offset, class),
            _ => self.ir.int(0),
        }
    }

    /// Writes a value to memory, payload and tag next to each other as in a stack.
    pub(super) fn store_value(&mut self, base: Ref, offset: i32, class: Class, v: Val) {
        self.store_payload(base, offset, class, v);
        let t = self.ir.int(v.tag as i64);
        let tags = class::tags(class);
        self.ir.store(Width::U8, base, offset + 8, t, tags);
    }

    /// Writes the payload of a value to memory, if values with its tag have one: nobody looks at it otherwise.
    pub(super) fn store_payload(&mut self, base: Ref, offset: i32, class: Class, v: Val) {
        if !has_payload(v.tag) {
            return;
        }
        let width = if self.ir.ty(v.r) == Ty::Num {
            Width::F64
        } else {
            Width::I64
        };
        self.ir.store(width, base, offset, v.r, class);
    }

    /// A constant of the program.
    pub(super) fn constant(&mut self, v: TValue) -> Val {
        let r = match v.tag() {
            tag::FLOAT => self.ir.num(v.float_bits()),
            t if has_payload(t) => self.ir.int(v.bits() as i64),
            _ => self.ir.int(0),
        };
        if v.is_collectable() {
            self.name(v.gc());
        }
        Val { r, tag: v.tag() }
    }

    /// The address of an object, which the trace is not valid without.
    pub(super) fn object<T>(&mut self, o: Gc<T>) -> Ref {
        self.name(o.header());
        self.ir.int(o.as_ptr() as i64)
    }

    /// The prototype of the function in which the trace starts.
    pub fn start_proto(&self) -> Gc<Proto> {
        self.proto
    }

    /// Whether the recording names an object that is about to be freed.
    pub fn names_dead(&self, is_dead: &dyn Fn(*const GcHeader) -> bool) -> bool {
        self.objects.iter().any(|o| is_dead(o.as_ptr()))
    }

    /// Notes an object that the trace is not valid without.
    pub fn name(&mut self, o: Gc<GcHeader>) {
        if !self.objects.contains(&o) {
            self.objects.push(o);
        }
    }

    /// The payload of a value as bits, for helpers.
    pub(super) fn bits(&mut self, v: Val) -> Ref {
        if v.tag == tag::FLOAT {
            self.ir.un(perilune_jit::UnOp::Bits, v.r)
        } else {
            v.r
        }
    }

    /// The address of the value that helpers leave results in.
    pub(super) fn scratch(&mut self) -> Ref {
        // SAFETY: the thread outlives its recording.
        let l = unsafe { &*self.thread };
        self.ir.int(crate::trace::scratch_address(l) as i64)
    }

    pub(super) fn int(&mut self, n: i64) -> Ref {
        self.ir.int(n)
    }

    pub(super) fn call(&mut self, f: &Func, args: &[Ref]) -> Ref {
        let id = self.ir.func(*f);
        self.ir.call(id, args)
    }
}
