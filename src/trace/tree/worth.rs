//! Whether a trace is worth its while: exits that are hot, trees that are left, parked or given up.

use super::{EXIT_AS_IS, Forest, MAX_DEPTH, MAX_SIDES, MAX_TRIES};
use crate::object::proto::Instruction;
use crate::trace::budget::{WAITS_EXIT, Who};
use crate::trace::function::heat;
use crate::trace::record::Abort;
use crate::trace::waste::Verdict;
use crate::trace::{Loop, is_entry, replace};

/// Failed recordings before an exit is given up.
const MAX_EXIT_TRIES: u16 = 3;
/// Times that a tree with [`MAX_SIDES`] traces is left where it has none, after which it is ended: one that grows without end
/// follows each path through a loop that needs a root of its own. One that is left so often where [`MAX_DEPTH`] traces follow
/// each other is measured.
const MAX_LEFT: u32 = 2000;
/// Times that one which has been parked is left after that.
const LEFT_AGAIN: u32 = 60;

/// What becomes of a tree that was left where it gets no side trace.
pub enum Left {
    /// It stays.
    Stays,
    /// The one that starts there is to be measured.
    Measured(*const Instruction),
    /// The one that starts there has been ended.
    Ended(*const Instruction),
}

impl Forest {
    /// Counts an exit; answers who asks if a side trace is to be recorded from it.
    pub fn count_exit(&mut self, exit: u32) -> Option<Who> {
        let (trace, n) = self.exits[exit as usize];
        let t = &self.traces[trace as usize];
        if t.dead.get() || t.depth >= MAX_DEPTH || self.traces[t.root as usize].sides >= MAX_SIDES {
            return None;
        }
        let t = &mut self.traces[trace as usize];
        let (count, failed) = &mut t.counts[n as usize];
        let hot = self.options.hot_exit;
        // One that is to be recorded stays as hot as it is; one that waits goes on.
        *count = count.saturating_add(u16::from(*count == 0 || !count.is_multiple_of(hot)));
        if *failed >= MAX_EXIT_TRIES || !count.is_multiple_of(hot) {
            return None;
        }
        let long = *count / hot >= WAITS_EXIT;
        Some(if long { Who::LateExit } else { Who::Exit })
    }

    /// A tree was left and gets no side trace there. If that has happened too often since it may have no more, a loop's
    /// tree is ended; if it may have none at this exit, it is to be measured.
    pub fn has_left(&mut self, exit: u32) -> Left {
        let (trace, _) = self.exits[exit as usize];
        let (root, depth) = {
            let t = &self.traces[trace as usize];
            (t.root, t.depth)
        };
        let t = &mut self.traces[root as usize];
        let full = t.sides >= MAX_SIDES && !is_entry(t.proto, t.start);
        if t.dead.get() || !full && depth < MAX_DEPTH {
            return Left::Stays;
        }
        t.left += 1;
        if t.left < MAX_LEFT {
            return Left::Stays;
        }
        let start = t.start;
        if !full {
            t.left = 0;
            return Left::Measured(start);
        }
        let again = self.penalise_root(start, 1) < MAX_TRIES;
        self.kill(root, again);
        Left::Ended(start)
    }

    /// A side trace from a hot exit must wait. Answers where its root starts, if that is to be measured.
    pub fn refuse_exit(&mut self, exit: u32) -> Option<*const Instruction> {
        let (trace, n) = self.exits[exit as usize];
        let t = &mut self.traces[trace as usize];
        let (count, hot) = (&mut t.counts[n as usize].0, self.options.hot_exit);
        // Behind the last multiple that matters it comes to that one again.
        let longest = hot.saturating_mul(WAITS_EXIT);
        *count = (*count + 1).min(longest.saturating_sub(hot) + 1);
        let root = t.root;
        let start = self.traces[root as usize].start;
        self.waste.has_been_refused(start).then_some(start)
    }

    /// Lets the interpreter go on for a while where the root trace that starts at `start` is entered.
    pub fn park(&mut self, start: *const Instruction) {
        let Some(root) = self.root_at(start) else {
            return;
        };
        self.waste.has_been_parked(start);
        self.traces[root as usize].left = MAX_LEFT - LEFT_AGAIN;
        let proto = self.traces[root as usize].proto;
        if is_entry(proto, start) {
            proto.heat.set(heat::PARKED);
        } else {
            replace(proto, start, Loop::Published);
        }
    }

    /// Enters the root trace that starts at `start` again, if there is one; answers whether there is.
    pub fn unpark(&mut self, start: *const Instruction) -> bool {
        let Some(root) = self.root_at(start) else {
            return false;
        };
        let t = &self.traces[root as usize];
        if is_entry(t.proto, start) {
            t.proto.heat.set(t.heat);
        } else {
            replace(t.proto, start, Loop::Enter);
        }
        true
    }

    /// A recording from an exit led to nothing.
    pub fn penalise_exit(&mut self, exit: u32, why: Abort) {
        let (trace, n) = self.exits[exit as usize];
        let (count, failed) = &mut self.traces[trace as usize].counts[n as usize];
        *failed += !matches!(why, Abort::Recursion | Abort::Protected) as u16;
        *count = 0;
        let given_up = why == Abort::Tables || *failed >= MAX_EXIT_TRIES;
        if given_up && self.is_behind_first_round(exit) {
            self.plain_loops.insert(self.traces[trace as usize].start);
            self.kill(trace, true);
        }
    }

    /// A recording that starts at `at` led to nothing, which counts as `by` failures; how many there are.
    pub fn penalise_root(&mut self, at: *const Instruction, by: u32) -> u32 {
        let n = self.failures.entry(at).or_default();
        *n += by;
        *n
    }

    /// Ends the tree that starts at `start` for good.
    pub fn retire(&mut self, start: *const Instruction) {
        if let Some(root) = self.root_at(start) {
            self.kill(root, false);
        }
    }

    /// The function that starts at `start` has returned to the interpreter.
    pub fn has_returned(&mut self, start: *const Instruction) {
        self.waste.has_returned(start);
    }

    /// The code that starts at `start` was left by an error, a yield, or where only the interpreter goes on; `in_vain` if
    /// that is known to have been not worth entering it. Answers whether it is to be measured.
    pub fn has_ended(&mut self, start: *const Instruction, in_vain: bool) -> bool {
        let Some(root) = self.root_at(start) else {
            return false;
        };
        let t = &self.traces[root as usize];
        let (proto, plans) = (t.proto, &t.calls);
        let made = || plans.iter().map(|p| p.fate.successes.get());
        let calls = (!plans.is_empty()).then(|| made().fold(0, u32::wrapping_add));
        match self.waste.has_ended(start, in_vain, calls) {
            Verdict::Keep => return false,
            Verdict::Measure => return true,
            Verdict::GiveUp => {}
        }
        self.kill(root, false);
        if is_entry(proto, start) {
            for root in self.roots_that(|o| o == proto.header()) {
                self.kill(root, true);
            }
        }
        false
    }

    /// Whether the exit leads to the interpreter for good.
    pub fn is_dead_end(&self, exit: u32) -> bool {
        let (trace, n) = self.exits[exit as usize];
        exit != EXIT_AS_IS && self.traces[trace as usize].counts[n as usize].1 >= MAX_EXIT_TRIES
    }
}
