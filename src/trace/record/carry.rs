//! Loops that carry sunk tables, or a string that grows, from round to round.
//!
//! A root trace at whose end variables hold such tables does not go round: it makes up the first round only, and ends in an
//! exit with the tables as they are. The side trace from there begins and ends with them, so that it can go round, with the
//! tables' values as what is carried. If its end is not like its start (a list grows), or it cannot be recorded, the loop is
//! compiled anew without that (`Forest::loops_plainly`).

use super::sink::Sunk;
use super::{Recorder, Val, has_payload};
use crate::object::State;
use crate::trace::loops_plainly;
use perilune_jit::{Cc, Op, Ref, Ty, UnOp};

/// How a side trace that is to go round begins.
pub(super) struct Start {
    /// The values of its slots.
    pub slots: Vec<(i32, Val)>,
    /// The tables among them, by the same numbers as those of the recording.
    pub sunk: Vec<Sunk>,
}

/// What values of the start are at the end of the round.
type Pairs = Vec<(Val, Val)>;

impl Recorder {
    /// Whether the loop that has come round shall carry tables.
    pub(super) fn carries_tables(&mut self, l: &State) -> bool {
        let frames = self.frames.clone();
        self.options.passes.peel
            && !self.reads_memory
            && (0..self.slots.len()).any(|slot| {
                self.slots[slot].is_some_and(|v| self.unmade(v).is_some())
                    && self.matters(&frames, slot as i32)
            })
            && !loops_plainly(l, self.start)
    }

    /// Whether the recording, which has come back to its start, ends as it began.
    pub(super) fn comes_round(&mut self) -> bool {
        self.base == self.ir.base() && !self.reads_memory && self.pairs().is_some()
    }

    /// What the slots of the start are now; `None` if another round could not begin with that.
    fn pairs(&mut self) -> Option<Pairs> {
        let start = self.begins.take()?;
        let pairs = self.pairs_since(&start);
        self.begins = Some(start);
        let pairs = pairs?;
        // One value may be in several places.
        let mut ends: Vec<(Ref, Ref)> = Vec::new();
        for (before, after) in pairs.iter().filter(|p| has_payload(p.0.tag)) {
            match ends.iter().find(|e| e.0 == before.r) {
                Some(e) if e.1 != after.r && self.is_param(before.r) => return None,
                _ => ends.push((before.r, after.r)),
            }
        }
        Some(pairs)
    }

    fn pairs_since(&mut self, start: &Start) -> Option<Pairs> {
        let (mut pairs, mut names) = (Pairs::new(), Vec::new());
        let frames = self.frames.clone();
        for &(slot, before) in &start.slots {
            if self.matters(&frames, slot) {
                let after = self.known(slot)?;
                self.pair(start, (before, after), &mut names, &mut pairs)?;
            }
        }
        for slot in 0..self.slots.len() as i32 {
            let sunk = self.known(slot).is_some_and(|v| self.unmade(v).is_some());
            let begins = start.slots.iter().any(|s| s.0 == slot);
            if sunk && !begins && (self.is_entry(slot) || self.matters(&frames, slot)) {
                return None;
            }
        }
        Some(pairs)
    }

    /// Adds what a value of the start, or a table with all its values, has become. `names` are the tables that were seen.
    fn pair(
        &self,
        start: &Start,
        (before, after): (Val, Val),
        names: &mut Vec<(Ref, Ref)>,
        pairs: &mut Pairs,
    ) -> Option<()> {
        let old = start.sunk.iter().find(|s| s.is_called(before));
        match (old, self.unmade(after)) {
            (None, None) if before.tag == after.tag => pairs.push((before, after)),
            (Some(old), Some(n)) => {
                let seen = names
                    .iter()
                    .find(|p| p.0 == before.r || p.1 == after.r)
                    .copied();
                if let Some(seen) = seen {
                    return (seen == (before.r, after.r)).then_some(());
                }
                names.push((before.r, after.r));
                let new = &self.sunk[n];
                if old.blueprint() != new.blueprint() {
                    return None;
                }
                for (&before, &after) in old.values().zip(new.values()) {
                    self.pair(start, (before, after), names, pairs)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn is_param(&self, r: Ref) -> bool {
        matches!(self.ir.op(r), Op::Param(_))
    }

    /// The parameters of the trace with what they are in the next round. What the start has as a constant is guarded to be
    /// that again.
    pub(super) fn carry(&mut self) -> Vec<(Ref, Ref)> {
        let mut carried = Vec::new();
        for (before, after) in self.pairs().unwrap_or_default() {
            if before.r == after.r || !has_payload(before.tag) {
                continue;
            }
            if self.is_param(before.r) {
                carried.push((before.r, after.r));
            } else {
                let (a, b) = (self.bits_of(after.r), self.bits_of(before.r));
                self.guard(Cc::Eq, a, b);
            }
        }
        carried
    }

    fn bits_of(&mut self, r: Ref) -> Ref {
        match self.ir.ty(r) {
            Ty::Num => self.ir.un(UnOp::Bits, r),
            _ => r,
        }
    }
}
