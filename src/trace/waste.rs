//! Traces that are entered in vain: left again by an error, a yield or where only the interpreter goes on, before they have
//! done much. Entering and leaving has a price, and native calls that are left cost more. Root traces of which that is what
//! mostly becomes are given up.
//!
//! Where hot exits get no side traces, because compiling has taken its share of the time, or a trace has often been left where
//! only the interpreter goes on, though as often not (returns may be of leaves that do nothing), it is measured how long the
//! root trace runs. One that is left at once is parked: the interpreter goes on without it for a while.

use crate::object::proto::Instruction;
use core::cell::Cell;
use rustc_hash::FxHashMap as HashMap;
use std::time::Duration;

/// A root trace that is left in vain so many times more than not is given up.
const MAX_EXCESS: u32 = 200;
/// One that is left so many times where only the interpreter goes on, however often it was not, is measured.
const MANY_ENDS: u32 = 400;
/// One that has been parked for that is measured again after so many.
const ENDS_AGAIN: u32 = 20;
/// Calls of functions that are not followed, of which a trace must have made more when it was worth entering: the rounds of
/// a loop with such calls are counted by them.
const FEW_CALLS: u32 = 3;

/// Side traces that were refused, after which the root trace is measured; each time it is not parked, twice as many.
const REFUSALS: u32 = 16;
/// Entries that are measured,
const SAMPLES: u32 = 64;
/// and what one must take on average, with looking at the clock: entering and leaving takes as long.
const WORTH: Duration = Duration::from_nanos(130);

/// What is known of a root trace.
#[derive(Default)]
struct Record {
    /// Side traces that were refused since it was measured last.
    refused: u32,
    /// How often it was measured.
    measured: u32,
    /// How often more than not it was left in vain.
    excess: u32,
    /// How often it was left where only the interpreter goes on since it was measured for that.
    ends: u32,
    /// The calls that it had made when it was left last.
    calls: u32,
}

/// What becomes of a root trace that was left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It stays.
    Keep,
    /// It is to be measured.
    Measure,
    /// It is given up.
    GiveUp,
}

/// The root traces that were left in vain, by their starts.
#[derive(Default)]
pub struct Waste(HashMap<*const Instruction, Record>);

impl Waste {
    /// An exit of the tree that starts at `start` is hot, and has got no side trace. Answers whether the root is to be measured.
    pub fn has_been_refused(&mut self, start: *const Instruction) -> bool {
        let r = self.0.entry(start).or_default();
        r.refused += 1;
        if r.refused >> r.measured.min(16) < REFUSALS {
            return false;
        }
        (r.refused, r.measured) = (0, r.measured + 1);
        true
    }

    /// The trace that starts at `start` was measured in vain: it will be sooner next time.
    pub fn has_been_parked(&mut self, start: *const Instruction) {
        if let Some(r) = self.0.get_mut(&start) {
            r.ends = r.ends.max(MANY_ENDS - ENDS_AGAIN);
        }
    }

    /// The function that starts at `start` has returned.
    pub fn has_returned(&mut self, start: *const Instruction) {
        if !self.0.is_empty()
            && let Some(r) = self.0.get_mut(&start)
        {
            r.excess = r.excess.saturating_sub(1);
        }
    }

    /// The trace that starts at `start` was left where only the interpreter goes on; `in_vain` if that is known to have been
    /// not worth entering it. `calls` is the number of calls that it has made so far, if it makes any.
    pub fn has_ended(
        &mut self,
        start: *const Instruction,
        in_vain: bool,
        calls: Option<u32>,
    ) -> Verdict {
        let r = self.0.entry(start).or_default();
        let few = calls.is_some_and(|n| n.wrapping_sub(r.calls) <= FEW_CALLS);
        r.calls = calls.unwrap_or(0);
        r.ends += 1;
        if in_vain || few {
            r.excess += 1;
        } else {
            r.excess = r.excess.saturating_sub(1);
        }
        if r.excess >= MAX_EXCESS {
            self.0.remove(&start);
            return Verdict::GiveUp;
        }
        if r.ends >= MANY_ENDS {
            r.ends = 0;
            return Verdict::Measure;
        }
        Verdict::Keep
    }
}

/// How long the entries of one root trace take.
#[derive(Default)]
pub struct Watch {
    start: Cell<Option<*const Instruction>>,
    samples: Cell<u32>,
    time: Cell<Duration>,
}

impl Watch {
    /// Begins to measure the trace that starts at `start`, unless another one is measured.
    pub fn begin(&self, start: *const Instruction) {
        if self.start.get().is_none() {
            self.start.set(Some(start));
            self.samples.set(0);
            self.time.set(Duration::ZERO);
        }
    }

    /// Whether entries of that trace are measured.
    #[inline(always)]
    pub fn is_on(&self, start: *const Instruction) -> bool {
        self.start.get() == Some(start)
    }

    /// The trace has run for so long. Answers whether it is known now that it is not worth entering.
    pub fn note(&self, time: Duration) -> bool {
        self.samples.set(self.samples.get() + 1);
        self.time.set(self.time.get() + time);
        if self.samples.get() < SAMPLES {
            return false;
        }
        self.start.set(None);
        self.time.get() < WORTH * SAMPLES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(n: usize) -> *const Instruction {
        core::ptr::without_provenance(n)
    }

    #[test]
    fn what_is_mostly_left_in_vain_is_given_up() {
        let (mut waste, at) = (Waste::default(), place(4));
        for _ in 1..MAX_EXCESS {
            assert_eq!(waste.has_ended(at, true, None), Verdict::Keep);
        }
        assert_eq!(waste.has_ended(at, true, None), Verdict::GiveUp);
    }

    #[test]
    fn who_is_refused_often_is_measured_ever_more_seldom() {
        let (mut waste, at) = (Waste::default(), place(4));
        let mut until = || (1..).find(|_| waste.has_been_refused(at));
        assert_eq!((until(), until(), until()), (Some(16), Some(32), Some(64)));
    }

    #[test]
    fn short_entries_are_not_worth_it() {
        for (nanoseconds, parked) in [(20, true), (2000, false)] {
            let watch = Watch::default();
            watch.begin(place(4));
            watch.begin(place(8));
            assert!(watch.is_on(place(4)) && !watch.is_on(place(8)));
            let mut notes = (0..SAMPLES).map(|_| watch.note(Duration::from_nanos(nanoseconds)));
            assert_eq!(
                notes.position(|park| park),
                parked.then_some(SAMPLES as usize - 1)
            );
            assert!(!watch.is_on(place(4)));
        }
    }

    #[test]
    fn with_returns_and_other_ends_it_is_measured_instead() {
        let (mut waste, at) = (Waste::default(), place(4));
        for n in 1..MANY_ENDS {
            let expected = match (2 * n) % MANY_ENDS {
                0 => Verdict::Measure,
                _ => Verdict::Keep,
            };
            assert_eq!(waste.has_ended(at, true, None), Verdict::Keep);
            waste.has_returned(at);
            assert_eq!(waste.has_ended(at, false, None), expected);
        }
    }

    #[test]
    fn who_has_been_parked_is_measured_sooner() {
        let (mut waste, at) = (Waste::default(), place(4));
        let mut until = || {
            let n = (1..).find(|_| {
                waste.has_returned(at);
                waste.has_ended(at, true, None) == Verdict::Measure
            });
            waste.has_been_parked(at);
            n
        };
        assert_eq!((until(), until()), (Some(MANY_ENDS), Some(ENDS_AGAIN)));
    }

    #[test]
    fn calls_since_the_last_time_are_what_a_loop_was_worth() {
        let (mut waste, busy, idle) = (Waste::default(), place(4), place(8));
        for n in 0..3 * MAX_EXCESS {
            let calls = Some((n + 1) * (FEW_CALLS + 1));
            assert_ne!(waste.has_ended(busy, false, calls), Verdict::GiveUp);
        }
        let given_up = (0..3 * MAX_EXCESS)
            .find(|n| waste.has_ended(idle, false, Some(n * FEW_CALLS)) == Verdict::GiveUp);
        assert_eq!(given_up, Some(MAX_EXCESS - 1));
    }
}
