//! Traces that are entered in vain: left again by an error, a yield or where only the interpreter goes on, before they have
//! done much. Entering and leaving has a price, and native calls that are left cost more. Root traces of which that is what
//! mostly becomes are given up.

use crate::object::proto::Instruction;
use std::collections::HashMap;

/// A root trace that is left in vain so many times more than not is given up.
const MAX_EXCESS: u32 = 200;
/// Calls of functions that are not followed, of which a trace must have made more when it was worth entering: the rounds of
/// a loop with such calls are counted by them.
const FEW_CALLS: u32 = 3;

/// What is known of a root trace.
#[derive(Default)]
struct Record {
    /// How often more than not it was left in vain.
    excess: u32,
    /// The calls that it had made when it was left last.
    calls: u32,
}

/// The root traces that were left in vain, by their starts.
#[derive(Default)]
pub struct Waste(HashMap<*const Instruction, Record>);

impl Waste {
    /// The function that starts at `start` has returned.
    pub fn has_returned(&mut self, start: *const Instruction) {
        if !self.0.is_empty()
            && let Some(r) = self.0.get_mut(&start)
        {
            r.excess = r.excess.saturating_sub(1);
        }
    }

    /// The trace that starts at `start` was left where only the interpreter goes on; `in_vain` if that is known to have been
    /// not worth entering it. `calls` is the number of calls that it has made so far, if it makes any. Answers whether it is
    /// to be given up.
    pub fn has_ended(
        &mut self,
        start: *const Instruction,
        in_vain: bool,
        calls: Option<u32>,
    ) -> bool {
        let r = self.0.entry(start).or_default();
        let few = calls.is_some_and(|n| n.wrapping_sub(r.calls) <= FEW_CALLS);
        r.calls = calls.unwrap_or(0);
        if !in_vain && !few {
            r.excess = r.excess.saturating_sub(1);
            return false;
        }
        r.excess += 1;
        let given_up = r.excess >= MAX_EXCESS;
        if given_up {
            self.0.remove(&start);
        }
        given_up
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
            assert!(!waste.has_ended(at, true, None));
        }
        assert!(waste.has_ended(at, true, None));
    }

    #[test]
    fn returns_and_other_ends_count_against_it() {
        let (mut waste, at) = (Waste::default(), place(4));
        for _ in 0..3 * MAX_EXCESS {
            assert!(!waste.has_ended(at, true, None));
            waste.has_returned(at);
            assert!(!waste.has_ended(at, true, None));
            assert!(!waste.has_ended(at, false, None));
        }
    }

    #[test]
    fn calls_since_the_last_time_are_what_a_loop_was_worth() {
        let (mut waste, busy, idle) = (Waste::default(), place(4), place(8));
        for n in 0..3 * MAX_EXCESS {
            assert!(!waste.has_ended(busy, false, Some((n + 1) * (FEW_CALLS + 1))));
        }
        let given_up =
            (0..3 * MAX_EXCESS).find(|n| waste.has_ended(idle, false, Some(n * FEW_CALLS)));
        assert_eq!(given_up, Some(MAX_EXCESS - 1));
    }
}
