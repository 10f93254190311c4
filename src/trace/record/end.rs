//! The end of a recording: the next round, another trace, or the interpreter.

use super::{Finish, Recorder, Saved};
use crate::trace::frames::{Frame, Leave};
use crate::trace::runtime::{self, class};
use perilune_jit::{BinOp, Cc, End, Ref, SnapId, Width};

impl Recorder {
    /// Completes the IR. `entry` is where the other trace, or this one, is entered, if there is one.
    pub fn close(&mut self, finish: &Finish, entry: Option<usize>) {
        self.snapshot = None;
        match (finish, entry) {
            // They have ended already.
            (Finish::Return | Finish::TailCall, _) => {}
            (Finish::Loop, _) => {
                let params = self.carry();
                if self.begins.is_none() {
                    self.own_all();
                }
                if self.reads_memory {
                    // The next round finds in memory what this one found there.
                    self.sync();
                } else {
                    self.sync_filled();
                }
                self.poll();
                self.snapshot = None;
                let state = self.snap();
                let mut carried = self.carried();
                carried.extend(params);
                self.ir.end = Some(End::Loop { carried, state });
            }
            (Finish::Link(_), Some(entry)) => self.close_with_link(entry),
            (Finish::Join, cell) => self.close_with_join(cell),
            (Finish::Continue, Some(cell)) => {
                let base = self.base;
                self.ir.end = Some(End::Link { cell, base });
            }
            (Finish::Continue, None) => {
                let s = self.snap_with(Leave::Continue);
                self.ir.end = Some(End::Exit(s));
            }
            (Finish::Interpreter | Finish::FirstRound | Finish::Link(_), _) => {
                let s = self.snap();
                self.ir.end = Some(End::Exit(s));
            }
        }
    }

    /// What `close` changes.
    pub fn save(&self) -> (perilune_jit::Trace, usize, Saved) {
        (self.ir.clone(), self.states.len(), self.save_state())
    }

    /// Takes a `close` back.
    pub fn restore(&mut self, (ir, states, saved): (perilune_jit::Trace, usize, Saved)) {
        self.ir = ir;
        self.states.truncate(states);
        self.restore_state(saved);
    }

    /// What the recorder knows of slots.
    pub(super) fn save_state(&self) -> Saved {
        Saved {
            slots: self.slots.clone(),
            dirty: self.dirty.clone(),
            sunk: self.sunk.clone(),
            base: self.base,
        }
    }

    /// Goes back to what it knew.
    pub(super) fn restore_state(&mut self, saved: Saved) {
        self.slots = saved.slots;
        self.dirty = saved.dirty;
        self.sunk = saved.sunk;
        self.base = saved.base;
        self.snapshot = None;
    }

    /// Ends the trace in another one, or in its own start: everything that matters goes to memory.
    pub fn close_with_link(&mut self, entry: usize) {
        // In front of the poll, which has to know that they are allocated.
        self.own_all();
        self.poll();
        self.count_detour();
        self.sync();
        self.note_pc();
        let base = self.enter_frames();
        self.ir.end = Some(End::Link { cell: entry, base });
    }

    /// Leaves for good if the trace has led back to its root's start too often.
    fn count_detour(&mut self) {
        let Some(left) = &self.detour else { return };
        let address = self.ir.int(left.as_ptr() as i64);
        let s = self.snap_with(Leave::Restart);
        let left = self.ir.load(Width::U32, address, 0, class::VOLATILE);
        let (one, zero) = (self.int(1), self.int(0));
        let left = self.ir.bin(BinOp::Sub, left, one);
        self.ir.store(Width::U32, address, 0, left, class::VOLATILE);
        self.ir.guard(Cc::Ne, left, zero, s);
    }

    /// Whether the trace may end where it is: what follows can find everything in memory and in frames of its own, and the
    /// trace is long enough.
    pub(super) fn may_join(&self) -> bool {
        let plain = |f: &Frame| !f.meta && f.protected == 0;
        self.top.is_none()
            && self.begins.is_none()
            && self.frames.iter().all(plain)
            && self.instructions >= self.least_instructions()
    }

    /// Ends the trace behind a call that it has followed: everything that matters goes to memory, from which the trace starts
    /// that goes on here, `cell` if there is one already.
    fn close_with_join(&mut self, cell: Option<usize>) {
        self.own_all();
        self.poll();
        self.settle();
        self.ir.end = Some(match cell {
            Some(cell) => End::Link {
                cell,
                base: self.base,
            },
            None => End::Exit(self.snap_with(Leave::Continue)),
        });
    }

    /// The values that go from round to round.
    pub(super) fn carried(&mut self) -> Vec<(Ref, Ref)> {
        let mut carried = vec![(self.ir.base(), self.base)];
        for n in 0..self.entries.len() {
            let (slot, tag_load, payload) = {
                let e = &self.entries[n];
                (e.slot, e.tag_load, e.payload)
            };
            let Some(v) = self.known(slot) else { continue };
            let t = self.ir.int(v.tag as i64);
            if v.tag == self.entries[n].tag && payload.is_none_or(|p| p == v.r) {
                continue;
            }
            carried.push((tag_load, t));
            if let Some(p) = payload
                && self.ir.ty(p) == self.ir.ty(v.r)
            {
                carried.push((p, v.r));
            }
        }
        carried
    }

    /// Gives hooks, and the collector if the trace allocates, their turn.
    pub(super) fn poll(&mut self) {
        let s = self.poll_hooks();
        self.poll_collector(s);
    }

    /// Gives hooks their turn; the snapshot of the place.
    pub(super) fn poll_hooks(&mut self) -> SnapId {
        let s = self.poll_snapshot();
        let state = self.ir.state();
        // The tables lie in one library: that tells their addresses apart, and is a constant that instructions can hold.
        let table = self
            .ir
            .load(Width::U32, state, runtime::DISPATCH, class::VOLATILE);
        let counting = crate::vm::interp::hot::counting_table() as usize as u32;
        let counting = self.int(counting.into());
        self.ir.guard(Cc::Eq, table, counting, s);
        s
    }

    pub(super) fn poll_snapshot(&mut self) -> SnapId {
        if self.top.is_some() {
            return self.snap_with(Leave::PollOpen);
        }
        // The collector looks at what is below the top.
        let end = self.end_of_live();
        let top = self.top.replace(end);
        let s = self.snap_with(Leave::Poll);
        self.top = top;
        s
    }

    /// Gives the collector its turn if the trace allocates.
    pub(super) fn poll_collector(&mut self, s: SnapId) {
        if self.allocates {
            // SAFETY: the thread outlives its recording.
            let l = unsafe { &*self.thread };
            let (total, threshold) = l.global().gc.debt_cells();
            let (a, b) = (self.int(total as i64), self.int(threshold as i64));
            let total = self.ir.load(Width::I64, a, 0, class::VOLATILE);
            let mut threshold = self.ir.load(Width::I64, b, 0, class::VOLATILE);
            let unmade = self.pay_for_sunk();
            if unmade > 0 {
                let unmade = self.int(unmade as i64);
                threshold = self.ir.bin(BinOp::Sub, threshold, unmade);
                self.ir.store(Width::I64, b, 0, threshold, class::VOLATILE);
            }
            self.ir.guard(Cc::Le, total, threshold, s);
        }
    }
}
