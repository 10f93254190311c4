//! Loops recorded anew: a root trace was recorded in one round of its loop, which need not be what the others are like.

use super::{Compiled, Forest};
use crate::object::proto::Instruction;
use crate::trace::record::{Finish, Recorder};
use core::cell::Cell;
use perilune_jit::{Code, Exit, Op, SnapId, Trace};

/// Times that side traces lead from the first round of a loop to the next one's start, after which the loop is recorded anew;
/// then so many times as many, since what is usual at first need not be what is later.
const MAX_DETOURS: u32 = 3000;
/// How many times as many.
const MORE_DETOURS: u32 = 10;
/// The first number where every loop is compiled.
const FEW_DETOURS: u32 = 4;
/// How often a loop is recorded anew where its root trace's round cannot follow itself.
const MAX_RESTARTS: u32 = 4;
/// How often where it can: the rounds inside are not counted, so that detours may be few in relation to them.
const MAX_RESTARTS_OF_LOOP: u32 = 1;
/// A tree with so many side traces stays as it is;
const MANY_SIDES: u32 = 10;
/// one whose root stays in its function only with so many: what comes first there may be all types that variables ever have.
const MANY_PLAIN: u32 = 40;

impl Forest {
    /// The limit of a trace that begins in the first round of its root's loop and leads to the start of the next: if that is
    /// what the loop mostly does, the root trace was recorded in the wrong round. It is recorded anew, a few times at most.
    /// (Not where the trace makes calls that are not followed: those are what takes time, and the root may do without.)
    pub(super) fn detour(&self, r: &Recorder, finish: &Finish) -> Option<Box<Cell<u32>>> {
        let (trace, n) = self.exits[r.parent? as usize];
        let parent = &self.traces[trace as usize];
        let t = &self.traces[parent.root as usize];
        let returns = matches!(finish, Finish::Link(n) if *n == parent.root);
        let limited = self.options.detour
            && returns
            && r.is_in_loop_still()
            && (r.steps, r.calls_out) == (0, 0)
            && (n as usize) < parent.first_round
            && (parent.depth == 0 || t.is_plain())
            && self.may_restart(t);
        limited.then(|| {
            let first = match self.options.compiles_everything() {
                true => FEW_DETOURS,
                false => MAX_DETOURS,
            };
            Box::new(Cell::new(first * MORE_DETOURS.pow(self.restarts(t.start))))
        })
    }

    /// How often the loop that starts at `start` has been recorded anew.
    fn restarts(&self, start: *const Instruction) -> u32 {
        self.restarted.get(&start).copied().unwrap_or(0)
    }

    /// Whether the loop of the root trace `t` may be recorded anew.
    fn may_restart(&self, t: &Compiled) -> bool {
        let many = if t.is_plain() { MANY_PLAIN } else { MANY_SIDES };
        if t.sides >= many {
            return false;
        }
        let goes_round = t.first_round < t.code.exits.len();
        let most = match goes_round {
            true => MAX_RESTARTS_OF_LOOP,
            false => MAX_RESTARTS,
        };
        self.restarts(t.start) < most
    }

    /// Where the tree of the trace with this exit starts, if its loop is to be recorded anew.
    pub fn restart(&mut self, exit: u32) -> Option<*const Instruction> {
        let (trace, _) = self.exits[exit as usize];
        let root = self.traces[trace as usize].root;
        let t = &self.traces[root as usize];
        let start = t.start;
        if t.dead.get() || !self.may_restart(t) {
            return None;
        }
        *self.restarted.entry(start).or_default() += 1;
        Some(start)
    }
}

impl Compiled {
    /// Whether it enters no function.
    fn is_plain(&self) -> bool {
        self.states.iter().all(|s| s.frames.len() <= 1)
    }
}

/// How many exits come before the start of the loop, all with lower numbers than those in it. A round that cannot follow
/// itself has no such loop.
pub(super) fn exits_of_first_round(t: &Trace, code: &Code) -> usize {
    let Some(start) = t.insts.iter().position(|i| i.op == Op::LoopStart) else {
        return code.exits.len();
    };
    let mut in_loop: Vec<_> = t.insts[start..].iter().filter_map(exit_snap).collect();
    in_loop.sort_unstable();
    let before = |e: &&Exit| in_loop.binary_search(&e.snap).is_err();
    code.exits.iter().take_while(before).count()
}

/// The snapshot through which an instruction leaves.
fn exit_snap(i: &perilune_jit::Inst) -> Option<SnapId> {
    match i.op {
        Op::Guard(.., snap) => Some(snap),
        _ => None,
    }
}
