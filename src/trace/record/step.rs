//! Instructions that the interpreter executes in the middle of a trace, and ends in other traces.

use super::{MAX_FRAMES, Recorded, Recorder, SLOT, Waiting};
use crate::trace::frames::{FrameState, Leave};
use crate::trace::runtime::{self, CallPlan, Fate, StepPlan, class};
use crate::value::tag;
use core::cell::Cell;
use perilune_jit::{Cc, Ref, Width};
use std::rc::Rc;

impl Recorder {
    /// Leaves the running instruction to the interpreter. Whatever it does, the trace goes on only if it ends in the same
    /// frame at the instruction that follows it now.
    pub(super) fn step(&mut self) -> Recorded {
        debug_assert!(self.frames.len() <= MAX_FRAMES + 1);
        self.steps += 1;
        self.reads_memory = true;
        self.sync();
        let plan = Rc::new(StepPlan {
            state: FrameState {
                frames: self.frames.clone(),
                top: self.top,
                keeps_top: false,
                leave: Leave::Interpret,
                tables: Vec::new(),
            },
            at: self.pc(),
            next: Cell::new(core::ptr::null()),
            end: Cell::new(-1),
            fate: self.fate(),
        });
        let address = self.int(&*plan as *const StepPlan as i64);
        self.waiting = Some(Waiting::Step(self.plans.len()));
        self.plans.push(plan);
        let (state, base) = (self.ir.state(), self.base);
        let moved = self.call(&runtime::step(), &[state, base, address]);
        let out = self.snap_with(Leave::AsIs);
        let zero = self.int(0);
        self.ir.guard(Cc::Ne, moved, zero, out);
        self.base = moved;
        self.forget_from(0);
        self.top = None;
        self.allocates = true;
        Ok(())
    }

    fn fate(&self) -> Fate {
        Fate {
            dead: &*self.dead,
            successes: Cell::new(0),
            failures: Cell::new(0),
            root: Cell::new(core::ptr::null()),
        }
    }

    /// Calls the function in slot `func`, which is no Lua function and whose operands are in their slots. The trace goes on
    /// only if it returns, at the next instruction.
    pub(super) fn call_out(&mut self, func: i32, (nargs, nresults): (i32, i32)) -> Recorded {
        let inner = self.frames.len() - 1;
        if self.frames.iter().any(|f| f.meta) {
            // Their levels of nesting are to be counted.
            self.step()?;
            self.waits_open = nresults < 0;
            return Ok(());
        }
        if inner > 0 {
            let s = self.snap_with(Leave::Scarce);
            self.guard_frames(inner, s);
        }
        self.calls_out += 1;
        self.reads_memory = true;
        self.sync();
        let next = self.pc().wrapping_add(1);
        self.frame_mut().pc = next;
        let plan = Rc::new(CallPlan {
            func,
            nargs,
            nresults,
            fate: self.fate(),
        });
        let address = self.int(&*plan as *const CallPlan as i64);
        self.calls.push(plan);
        self.waiting = Some(Waiting::Call(next));
        self.waits_open = nresults < 0;
        let (outermost, _) = self.make_frames(0);
        let (state, base) = (self.ir.state(), self.base);
        let moved = self.call(&runtime::call(), &[state, base, address]);
        let out = self.snap_with(Leave::AsIs);
        let zero = self.int(0);
        self.ir.guard(Cc::Ne, moved, zero, out);
        if inner > 0 {
            self.ir
                .store(Width::I64, state, runtime::CI, outermost, class::FRAMES);
        }
        self.base = moved;
        self.forget_from(0);
        self.top = None;
        self.allocates = true;
        Ok(())
    }

    /// Writes all that is not in memory; what does not matter as nil.
    pub(super) fn sync(&mut self) {
        self.own_all();
        self.synced = true;
        let slots: Vec<i32> = (0..self.slots.len() as i32).collect();
        self.write_back(&slots);
    }

    /// Writes those of the slots that helpers write to memory: to the exits of the next round they are in memory from the
    /// helper on, which the values that they had at the end of this round would hide.
    pub(super) fn sync_filled(&mut self) {
        let slots = self.filled.clone();
        self.write_back(&slots);
    }

    fn write_back(&mut self, slots: &[i32]) {
        let frames = self.frames.clone();
        for &slot in slots {
            if !self.dirty.get(slot as usize).is_some_and(|&dirty| dirty) {
                continue;
            }
            if self.matters(&frames, slot) {
                self.flush(slot);
                self.dirty[slot as usize] = false;
            } else {
                let (base, nil) = (self.base, self.int(tag::NIL as i64));
                self.ir
                    .store(Width::U8, base, slot * SLOT + 8, nil, class::STACK);
                self.forget(slot);
            }
        }
    }

    /// Writes a slot to memory, where something is to read it. It stays dirty: snapshots go on to have it.
    pub(super) fn flush(&mut self, slot: i32) {
        let n = slot as usize;
        if let (Some(Some(v)), Some(true)) = (self.slots.get(n), self.dirty.get(n)) {
            let v = self.own(*v);
            self.store_value(self.base, slot * SLOT, class::STACK, v);
        } else {
            self.reads_memory = true;
        }
    }

    /// Stores in the outermost frame where it goes on, for the end of a trace in that frame.
    pub(super) fn note_pc(&mut self) {
        if self.frames.len() > 1 {
            return;
        }
        let state = self.ir.state();
        let ci = self.ir.load(Width::I64, state, runtime::CI, class::FRAMES);
        let pc = self.int(self.pc() as i64);
        self.ir
            .store(Width::I64, ci, runtime::CI_PC, pc, class::FRAMES);
    }

    /// Makes the innermost frame the thread's current one; its registers.
    pub(super) fn enter_frames(&mut self) -> Ref {
        if self.frames.len() == 1 {
            return self.base;
        }
        let state = Rc::new(FrameState {
            frames: self.frames.clone(),
            top: None,
            keeps_top: false,
            leave: Leave::Interpret,
            tables: Vec::new(),
        });
        let address = self.int(&*state as *const FrameState as i64);
        self.links.push(state);
        let (thread, base) = (self.ir.state(), self.base);
        let inner = self.call(&runtime::enter_frames(), &[thread, base, address]);
        let out = self.snap_with(Leave::AsIs);
        let zero = self.int(0);
        self.ir.guard(Cc::Ne, inner, zero, out);
        inner
    }
}
