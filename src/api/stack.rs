//! Indices and stack manipulation.

use crate::error::LResult;
use crate::heap;
use crate::limits::{MAX_UPVALUES, MULTRET, REGISTRY_INDEX};
use crate::object::State;
use crate::object::closure::CClosure;
use crate::value::{Gc, Slot, TValue};
use crate::vm;

impl State {
    /// The index as one that does not change when values are pushed.
    #[inline]
    pub fn abs_index(&self, idx: i32) -> i32 {
        if idx > 0 || idx <= REGISTRY_INDEX {
            idx
        } else {
            self.get_top() + 1 + idx
        }
    }

    /// Number of values in the frame, which is the index of the topmost one.
    #[inline(always)]
    pub fn get_top(&self) -> i32 {
        self.top.get().distance(self.ci().func.get()) as i32 - 1
    }

    /// Slot of a valid index other than the registry's or an upvalue's; may lie at or above the top for an
    /// acceptable positive index.
    #[inline(always)]
    fn stack_slot(&self, idx: i32) -> Slot {
        if idx > 0 {
            self.ci().func.get().add(idx as usize)
        } else {
            self.top.get().offset(idx as isize)
        }
    }

    /// The place that a valid index denotes; `None` for an index without value.
    #[inline]
    pub fn slot_at(&self, idx: i32) -> Option<Slot> {
        if idx > REGISTRY_INDEX {
            let s = self.stack_slot(idx);
            if s < self.top.get() { Some(s) } else { None }
        } else {
            let slot = self.pseudo_slot(idx);
            (slot != Slot::NULL).then_some(slot)
        }
    }

    /// The slot of a pseudo-index, null if there is none.
    #[inline(never)]
    fn pseudo_slot(&self, idx: i32) -> Slot {
        if idx == REGISTRY_INDEX {
            return Slot::new(self.global().registry.as_ptr());
        }
        match self.own_upvalue(idx) {
            Some((_, slot)) => slot,
            None => Slot::NULL,
        }
    }

    /// The running C function's closure and the slot of the upvalue that an index below `REGISTRY_INDEX` stands for.
    #[inline(always)]
    fn own_upvalue(&self, idx: i32) -> Option<(Gc<CClosure>, Slot)> {
        let n = REGISTRY_INDEX.wrapping_sub(idx) as u32 as usize;
        debug_assert!(n > 0 && n <= MAX_UPVALUES + 1);
        let closure = self.ci().func.get().get().as_c_closure()?;
        (n <= closure.nupvalues()).then(|| (closure, closure.upvalue(n - 1)))
    }

    /// The value at an acceptable index; `TValue::NONE` if there is none.
    #[inline]
    pub fn value_at(&self, idx: i32) -> TValue {
        if idx > REGISTRY_INDEX {
            let s = self.stack_slot(idx);
            if s < self.top.get() {
                s.get()
            } else {
                TValue::NONE
            }
        } else {
            let slot = self.pseudo_slot(idx);
            if slot == Slot::NULL {
                TValue::NONE
            } else {
                slot.get()
            }
        }
    }

    /// Stores a value at a valid index.
    #[inline]
    pub fn set_at(&self, idx: i32, v: TValue) {
        if idx > REGISTRY_INDEX {
            self.stack_slot(idx).set(v);
        } else {
            self.set_pseudo(idx, v);
        }
    }

    #[inline(never)]
    fn set_pseudo(&self, idx: i32, v: TValue) {
        if idx == REGISTRY_INDEX {
            self.global().registry.set(v);
        } else if let Some((closure, slot)) = self.own_upvalue(idx) {
            slot.set(v);
            heap::barrier(self, closure.header(), v);
        }
    }

    /// Sets the top; new slots are nil. Lowering it closes to-be-closed variables, which may raise.
    #[inline]
    pub fn set_top(&self, idx: i32) -> LResult<()> {
        let old = self.top.get();
        if idx >= 0 {
            let new = self.ci().base().add(idx as usize);
            let mut s = old;
            while s < new {
                s.set(TValue::NIL);
                s = s.add(1);
            }
            return self.lower_top(new);
        }
        self.lower_top(old.offset(idx as isize + 1))
    }

    #[inline]
    fn lower_top(&self, new: Slot) -> LResult<()> {
        if self.tbc_len.get() != 0 {
            return self.close_down_to(new);
        }
        self.top.set(new);
        Ok(())
    }

    #[cold]
    fn close_down_to(&self, level: Slot) -> LResult<()> {
        if !vm::upval::has_tbc(self, level) {
            self.top.set(level);
            return Ok(());
        }
        let offset = self.save(level);
        vm::upval::close_all(self, level, None, false)?;
        self.top.set(self.restore(offset));
        Ok(())
    }

    /// Closes the to-be-closed variable at `idx` and sets it to nil.
    pub fn close_slot(&self, idx: i32) -> LResult<()> {
        let level = self.stack_slot(idx);
        let offset = self.save(level);
        vm::upval::close_all(self, level, None, false)?;
        self.restore(offset).set(TValue::NIL);
        Ok(())
    }

    /// Marks the value at `idx` as a to-be-closed variable.
    pub fn to_close(&self, idx: i32) -> LResult<()> {
        vm::upval::new_tbc(self, self.stack_slot(idx))?;
        let ci = self.ci();
        let wanted = i32::from(ci.nresults.get());
        if wanted >= MULTRET {
            ci.nresults.set(vm::call::encode_results(wanted) as i16);
        }
        Ok(())
    }

    /// Pushes a copy of the value at `idx`.
    #[inline]
    pub fn push_value(&self, idx: i32) {
        self.push(self.value_at(idx).or_nil());
    }

    /// Rotates the values from `idx` to the top by `n` places towards the top.
    pub fn rotate(&self, idx: i32, n: i32) {
        let last = self.top.get().sub(1);
        let first = self.stack_slot(idx);
        let middle = if n >= 0 {
            last.sub(n as usize)
        } else {
            first.offset(-(n as isize) - 1)
        };
        reverse(first, middle);
        reverse(middle.add(1), last);
        reverse(first, last);
    }

    /// Moves the topmost value to `idx`, shifting up what is above.
    #[inline]
    pub fn insert(&self, idx: i32) {
        let v = self.top.get().sub(1).get();
        let at = self.stack_slot(idx);
        let mut s = self.top.get().sub(1);
        while s > at {
            s.set(s.sub(1).get());
            s = s.sub(1);
        }
        at.set(v);
    }

    /// Removes the value at `idx`, shifting down what is above.
    #[inline]
    pub fn remove(&self, idx: i32) {
        let last = self.top.get().sub(1);
        let mut s = self.stack_slot(idx);
        while s < last {
            s.set(s.add(1).get());
            s = s.add(1);
        }
        self.top.set(last);
    }

    /// Moves the topmost value to `idx`, overwriting what is there.
    #[inline]
    pub fn replace(&self, idx: i32) {
        let v = self.top.get().sub(1).get();
        self.set_at(idx, v);
        self.pop_n(1);
    }

    /// Drops `n` values; none of them is to be closed.
    #[inline(always)]
    pub fn pop(&self, n: i32) {
        self.pop_n(n as usize);
    }

    /// Copies the value at `from` over the one at `to`.
    #[inline]
    pub fn copy(&self, from: i32, to: i32) {
        self.set_at(to, self.value_at(from).or_nil());
    }

    /// Makes room for `n` more values; false if that exceeds the stack's limit or memory.
    #[inline]
    pub fn check_stack(&self, n: i32) -> bool {
        let n = n as usize;
        if self.stack_last.get().distance(self.top.get()) <= n as isize && !self.grow_quietly(n) {
            return false;
        }
        let ci = self.ci();
        let end = self.top.get().add(n);
        if ci.top.get() < end {
            ci.top.set(end);
        }
        true
    }

    #[cold]
    fn grow_quietly(&self, n: usize) -> bool {
        let top = self.save(self.top.get());
        let grown = self.try_grow_stack(n);
        // A refusal leaves its message behind.
        self.top.set(self.restore(top));
        grown
    }

    /// Makes room for `n` more values or raises "stack overflow (msg)".
    #[inline]
    pub fn ensure_stack_msg(&self, n: i32, msg: &str) -> LResult<()> {
        if self.check_stack(n) {
            Ok(())
        } else {
            Err(self.stack_overflow(msg.as_bytes()))
        }
    }

    /// The error "stack overflow", with `msg` in parentheses unless it is empty.
    #[cold]
    pub fn stack_overflow(&self, msg: &[u8]) -> crate::error::Throw {
        if msg.is_empty() {
            self.lib_error("stack overflow", &[])
        } else {
            self.lib_error("stack overflow (%s)", args![msg])
        }
    }

    /// Moves the `n` topmost values to the stack of `to`.
    #[inline]
    pub fn xmove(&self, to: &State, n: i32) {
        if core::ptr::eq(self, to) {
            return;
        }
        self.pop(n);
        let from = self.top.get();
        for i in 0..n as usize {
            to.push(from.add(i).get());
        }
    }
}

/// Reverses the order of the values from `from` to `to`, both included.
fn reverse(mut from: Slot, mut to: Slot) {
    while from < to {
        let v = from.get();
        from.set(to.get());
        to.set(v);
        from = from.add(1);
        to = to.sub(1);
    }
}
