//! Trials: a native call, or a tail call of a function with a trace, whose callee may return at once, as recursion does at its
//! leaves.
//!
//! Such a call is first followed, as far as the callee only looks at things. If it returns, it has been followed like any
//! other. If it comes to something else, the recording goes back to the call and makes it natively, but for the guards of the
//! way so far. They leave to the call, so that the trace at their exit tries it again, and goes the other way.

use super::{Abort, Recorded, Recorder, Saved, Val, Verdict, Waiting};
use crate::bytecode::op::{self, Op};
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{Proto, State};
use crate::trace::frames::Frame;
use crate::trace::{keep_call, keeps_call};
use crate::value::{Gc, TValue};
use perilune_jit::SnapId;

/// Instructions of the callee that are followed; a way without end that only looks is none.
const MAX_LENGTH: usize = 12;

/// A call, and where the code of its callee `p` is found.
pub(super) enum Call {
    /// Of the function in slot `func`.
    Native {
        p: Gc<Proto>,
        func: i32,
        nargs: i32,
        /// The results wanted, as in frames.
        nresults: i32,
        door: usize,
    },
    /// Of the function that runs, from the outermost frame, which it takes over.
    Tail {
        f: Val,
        p: Gc<Proto>,
        args: Vec<Val>,
        door: usize,
    },
}

/// A callee that is being followed.
pub(super) struct Trial {
    call: Call,
    /// The state in front of the call.
    pub snapshot: SnapId,
    saved: Saved,
    frames: Vec<Frame>,
    top: Option<i32>,
    /// The number of frames while the callee runs.
    depth: usize,
    /// What has been recorded up to the callee's first instruction, and how many instructions.
    first: usize,
    instructions: usize,
}

impl Recorder {
    /// Whether a call is to be tried.
    pub(super) fn may_try(&self, l: &State) -> bool {
        let plain = |f: &Frame| !f.meta && f.protected == 0;
        self.options.trial
            && self.protected.is_none()
            && self.trial.is_none()
            && self.frames.iter().all(plain)
            && !keeps_call(l, self.pc())
    }

    /// Follows the callee for a while.
    pub(super) fn begin_trial(&mut self, l: &State, call: Call) -> Recorded {
        let snapshot = self.snap();
        let (saved, frames, top) = (self.save_state(), self.frames.clone(), self.top);
        match &call {
            Call::Native {
                p,
                func,
                nargs,
                nresults,
                ..
            } => self.enter_frame(l, p, *func, *nargs, *nresults)?,
            Call::Tail { p, args, .. } => self.take_over_frame(*p, args),
        }
        self.trial = Some(Box::new(Trial {
            call,
            snapshot,
            saved,
            frames,
            top,
            depth: self.frames.len(),
            first: self.ir.len(),
            instructions: self.instructions,
        }));
        Ok(())
    }

    /// What the next instruction, `i`, makes of a trial. Answers whether it is to be recorded.
    pub(super) fn goes_on_trying(&mut self, l: &State, i: Instruction) -> Result<bool, Verdict> {
        let Some(trial) = &self.trial else {
            return Ok(true);
        };
        if self.frames.len() < trial.depth {
            self.trial = None;
            return Ok(true);
        }
        let harmless = self.ir.insts[trial.first..]
            .iter()
            .all(|inst| self.is_harmless(inst.op));
        if !harmless || self.frames.len() > trial.depth {
            // A metamethod perhaps: it cannot be undone.
            keep_call(l, trial.frames[trial.frames.len() - 1].pc);
            return Err(Verdict::Aborted(Abort::Recursion));
        }
        let length = self.instructions - trial.instructions;
        if length < MAX_LENGTH && only_looks(i) {
            return Ok(true);
        }
        self.make_call(l)?;
        Ok(false)
    }

    /// Whether the instruction changes nothing that anybody could see when the call is made once more.
    fn is_harmless(&self, op: perilune_jit::Op) -> bool {
        match op {
            perilune_jit::Op::Store { .. } => false,
            perilune_jit::Op::Call { func, .. } => {
                self.ir.funcs[func.index()].effect.writes & !super::protect::UNSEEN == 0
            }
            _ => true,
        }
    }

    /// Lets a tail call of `p` take over the outermost frame.
    fn take_over_frame(&mut self, p: Gc<Proto>, args: &[Val]) {
        self.frames = vec![Frame {
            proto: p.as_ptr(),
            pc: p.code.as_ptr(),
            tail: true,
            ..self.frames[0]
        }];
        (self.snapshot, self.top) = (None, None);
        self.forget_from(0);
        let nil = self.constant(TValue::NIL);
        for n in 0..p.num_params.get() as usize {
            let v = args.get(n).copied().unwrap_or(nil);
            self.set_slot(n as i32, v);
        }
    }

    /// Goes back to the call and makes it.
    fn make_call(&mut self, l: &State) -> Recorded {
        let Some(trial) = self.trial.take() else {
            return Ok(());
        };
        self.restore_state(trial.saved);
        self.frames = trial.frames;
        self.top = trial.top;
        match trial.call {
            Call::Native {
                p,
                func,
                nargs,
                nresults,
                door,
            } => {
                self.guard_room(l, (p, func, nargs), self.frames.len())?;
                self.enter_frame(l, &p, func, nargs, nresults)?;
                self.call_compiled(door);
            }
            Call::Tail { f, p, args, door } => return self.tail_to((f, p), &args, door),
        }
        if let Some(Waiting::Native(_)) = self.waiting {
            // The callee runs already.
            l.ci().set_bits(cist::AWAITED);
            return Err(Verdict::Suspended);
        }
        Ok(())
    }
}

/// Whether an instruction changes nothing but registers, and goes nowhere but forward or back to the caller. (It may call
/// metamethods, which is seen later.)
fn only_looks(i: Instruction) -> bool {
    match Op::from_code(op::op(op::public(i))) {
        Some(Op::Return) => !op::k(i),
        Some(Op::Jmp) => op::sj(i) > 0,
        Some(o) => LOOKS.contains(&o),
        None => false,
    }
}

/// Such instructions, but for those that need a closer look.
const LOOKS: [Op; 33] = [
    Op::Move,
    Op::LoadI,
    Op::LoadF,
    Op::LoadK,
    Op::LoadKX,
    Op::LoadFalse,
    Op::LFalseSkip,
    Op::LoadTrue,
    Op::LoadNil,
    Op::GetUpval,
    Op::GetTabUp,
    Op::GetTable,
    Op::GetI,
    Op::GetField,
    Op::Not,
    Op::Eq,
    Op::Lt,
    Op::Le,
    Op::EqK,
    Op::EqI,
    Op::LtI,
    Op::LeI,
    Op::GtI,
    Op::GeI,
    Op::Test,
    Op::TestSet,
    Op::AddI,
    Op::AddK,
    Op::SubK,
    Op::Add,
    Op::Sub,
    Op::Return0,
    Op::Return1,
];
