//! Snapshots and guards: what an exit has to restore.

use super::Recorder;
use super::sink::{Layout, SUNK};
use crate::trace::frames::{Frame, FrameState, Leave};
use crate::trace::liveness;
use crate::value::tag;
use perilune_jit::{Cc, Ref, Snap, SnapEntry, SnapId};
use rustc_hash::FxHashMap as HashMap;

/// Among so many of the last states the next one is looked for: instructions in a row have the same one often, others seldom.
const LAST_STATES: usize = 8;

impl Recorder {
    /// The state at the start of the running instruction.
    pub(super) fn snap(&mut self) -> SnapId {
        let tried = self.trial.as_ref().map(|t| t.snapshot);
        if let Some(s) = self.protected_snapshot().or(tried).or(self.snapshot) {
            return s;
        }
        let (s, places) = self.snap_and_places(Leave::Interpret);
        self.snapshot = Some(s);
        self.places = places;
        s
    }

    /// A snapshot of what is known now.
    pub(super) fn snap_with(&mut self, leave: Leave) -> SnapId {
        self.snap_and_places(leave).0
    }

    /// A snapshot of what is known now, and where exits through it make what is sunk.
    pub(super) fn snap_and_places(&mut self, leave: Leave) -> (SnapId, HashMap<usize, i32>) {
        self.spoil();
        let layout = if leave == Leave::AsIs {
            Layout::default()
        } else {
            self.live_entries()
        };
        let state = FrameState {
            frames: if leave == Leave::AsIs {
                Vec::new()
            } else {
                self.frames.clone()
            },
            top: self.top,
            keeps_top: self.keeps_top,
            leave,
            tables: layout.tables,
        };
        let (frame, base) = (self.state_number(state), self.base);
        let snap = self.ir.snap(Snap {
            frame,
            base,
            entries: layout.entries,
        });
        (snap, layout.places)
    }

    /// The number of a state; the same as before for one of the last ones.
    pub(super) fn state_number(&mut self, state: FrameState) -> u32 {
        let first = self.states.len().saturating_sub(LAST_STATES);
        let known = self.states[first..].iter().rposition(|s| *s == state);
        match known {
            Some(n) => (first + n) as u32,
            None => {
                self.states.push(state);
                self.states.len() as u32 - 1
            }
        }
    }

    /// The dirty slots, and the tables that are to be made for them. Slots that do not matter become nil: what is in memory
    /// would keep an object alive that the interpreter has overwritten.
    pub(super) fn live_entries(&mut self) -> Layout {
        let (mut entries, mut layout) = (Vec::new(), Layout::default());
        let frames = self.frames.clone();
        for slot in 0..self.slots.len() {
            let (Some(v), true) = (self.slots[slot], self.dirty[slot]) else {
                continue;
            };
            let (value, tag) = if !self.matters(&frames, slot as i32) {
                (self.ir.int(0), tag::NIL)
            } else if let Some(n) = self.unmade(v) {
                let at = self.lay_out(n, &mut layout);
                (self.ir.int(at as i64), SUNK)
            } else {
                (v.r, v.tag)
            };
            let tag = self.ir.int(tag as i64);
            entries.push(SnapEntry {
                slot: slot as u32,
                value,
                tag,
            });
        }
        entries.append(&mut layout.entries);
        Layout { entries, ..layout }
    }

    /// Whether anybody may read the slot before it is written again.
    pub(super) fn matters(&mut self, frames: &[Frame], slot: i32) -> bool {
        let Some(n) = frames.iter().rposition(|f| f.base <= slot) else {
            return true;
        };
        let f = frames[n];
        if self.top.is_some_and(|top| slot < top) && n == frames.len() - 1 {
            return true;
        }
        if let Some(callee) = frames.get(n + 1)
            && slot >= callee.base - 1 - callee.extra_args.max(0)
        {
            // The callee's function, and the arguments beyond its parameters.
            return true;
        }
        let code = self.code_of(f.proto);
        // SAFETY: both point into the code of the frame's prototype.
        let next = unsafe { f.pc.offset_from((*f.proto).code.as_ptr()) } as usize;
        // A frame that waits for a call is, to debuggers, at the call.
        let pc = if n + 1 < frames.len() { next - 1 } else { next };
        let r = (slot - f.base) as usize;
        // An instruction that waits for its metamethod may have written a register already.
        let interrupted = frames.get(n + 1).is_some_and(|callee| callee.meta);
        liveness::contains(code.live.at(pc), r)
            || interrupted && liveness::contains(code.live.at(next), r)
    }

    /// The slot behind the last register of the running function that matters.
    pub(super) fn end_of_live(&mut self) -> i32 {
        let f = *self.frame();
        let code = self.code_of(f.proto);
        // SAFETY: both point into the code of the frame's prototype.
        let pc = unsafe { f.pc.offset_from((*f.proto).code.as_ptr()) };
        let live = code.live.at(pc as usize);
        let end = (0..256).rev().find(|&r| liveness::contains(live, r));
        f.base + end.map_or(0, |r| r as i32 + 1)
    }

    pub(super) fn guard(&mut self, cc: Cc, a: Ref, b: Ref) {
        let s = self.snap();
        self.ir.guard(cc, a, b, s);
    }

    pub(super) fn guard_int(&mut self, cc: Cc, a: Ref, n: i64) {
        let b = self.ir.int(n);
        self.guard(cc, a, b);
    }
}
