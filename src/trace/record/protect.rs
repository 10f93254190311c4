//! Protected calls that are followed: `pcall` and `xpcall` of a Lua function.
//!
//! The interpreter has a native frame for them, which an exit cannot make. So every guard between the call and the
//! callee's return leaves to the call itself, which is then executed anew. That is possible as long as nothing has been
//! changed that anybody sees: a recording that meets a guard behind such a change, or anything but compiled instructions, is
//! given up, and the next one does not follow this call.

use super::{Abort, Recorded, Recorder, Val, Verdict};
use crate::object::proto::Instruction;
use crate::object::{LClosure, State};
use crate::trace::runtime::{self, class};
use crate::trace::{keeps_call, native_call};
use crate::value::{ShortCut, TValue, tag};
use perilune_jit::{Op, SnapId};

/// A protected call that is followed.
#[derive(Clone, Copy)]
pub struct Protected {
    /// The call instruction.
    pub at: *const Instruction,
    /// The state in front of it.
    snapshot: SnapId,
    /// The slot of the function that is called protected: those from there on are the callee's.
    func: i32,
    /// Frames of the trace without the callee's.
    frames: usize,
    /// Where its instructions begin.
    first: usize,
    /// Whether something was changed since.
    changed: bool,
    /// Whether a guard could not leave to the call.
    spoiled: bool,
}

/// What may be written between a protected call and an exit: nobody sees it.
pub(super) const UNSEEN: u32 = class::STACK.bit()
    | class::HINT.bit()
    | class::FLAGS.bit()
    | class::FRAMES.bit()
    | class::SCRATCH.bit()
    | class::HEAP.bit();

impl Recorder {
    /// Whether the function in register `ra` is `pcall` or `xpcall`, and its call with `nargs` arguments one to be followed: how
    /// many arguments it has between the function that it calls and that one's.
    pub(super) fn is_protected_call(&self, l: &State, ra: usize, nargs: i32) -> Option<i32> {
        let (f, called) = (self.peek(l, self.reg(ra)), self.peek(l, self.reg(ra + 1)));
        let more = match native_call::native_of(f)?.short_cut {
            ShortCut::Protect(more) => i32::from(more),
            _ => return None,
        };
        // The handler of `xpcall` has to be a function.
        let complete = nargs > more && (more == 0 || self.peek(l, self.reg(ra + 2)).is_function());
        let followed = complete && called.tag() == tag::LUA_FN && !keeps_call(l, self.pc());
        followed.then_some(more)
    }

    /// Goes on in the function in register `ra + 1`, which `pcall` or `xpcall` in register `ra` calls, with the arguments behind
    /// `more` others.
    pub(super) fn enter_protected(
        &mut self,
        l: &State,
        (ra, more): (usize, i32),
        (nargs, nresults): (i32, i32),
    ) -> Recorded {
        let func = self.reg(ra);
        // In the frame of `pcall`, a truth value is in front of the function; in that of `xpcall`, the function as argument, the
        // handler and the truth value.
        let distance = 2 + 2 * more;
        let callee = func + distance;
        let p = self.peek(l, func + 1).gc::<LClosure>().proto_object();
        if self.door_for(l, p)?.is_some() {
            return self.call_out(func, (nargs, nresults));
        }
        self.check_depth(&p, callee, nargs - 1 - more)?;
        // The callee's registers take the place of the operands: exits restore those.
        let mut operands: Vec<Val> = (0..=nargs).map(|n| self.look_slot(l, func + n)).collect();
        for (n, v) in operands.iter().enumerate() {
            self.remember_moved(func + n as i32, *v);
        }
        if self.protected.is_none() {
            self.snapshot = None;
            let snapshot = self.snap();
            self.protected = Some(Protected {
                at: self.pc(),
                snapshot,
                first: self.ir.len(),
                func,
                frames: self.frames.len(),
                changed: false,
                spoiled: false,
            });
        }
        self.guard_function(operands[1], p);
        let args = 2 + more as usize;
        for (n, v) in (0..).zip(&mut operands[args..]) {
            *v = self.own_captured(p.as_ptr(), n, *v);
        }
        let done = self.constant(TValue::TRUE);
        self.remember_moved(callee - 1, done);
        self.remember_moved(callee, operands[1]);
        for (slot, v) in (callee + 1..).zip(&operands[args..]) {
            self.remember_moved(slot, *v);
        }
        self.frame_mut().pc = self.pc().wrapping_add(1);
        self.push_frame(&p, callee, nargs - 1 - more, nresults, false)?;
        self.frame_mut().protected = distance;
        Ok(())
    }

    /// Records the return of `values` from a function that `pcall` or `xpcall`, in slot `func`, has called.
    pub(super) fn leave_protected(&mut self, func: i32, values: &[Val], nresults: i32) -> Recorded {
        let done = self.constant(TValue::TRUE);
        let values = [&[done], values].concat();
        self.deliver(func, &values, nresults)
    }

    /// The snapshot of all guards while a protected call is followed.
    pub(super) fn protected_snapshot(&self) -> Option<SnapId> {
        self.protected.map(|p| p.snapshot)
    }

    /// Notes that something was recorded that needs a state of its own: a protected call that is followed cannot be.
    pub(super) fn spoil(&mut self) {
        if let Some(p) = &mut self.protected {
            p.spoiled = true;
        }
    }

    /// Looks at what the last instruction has added to the trace, from `first` on: gives the recording up if the protected
    /// call cannot be followed, and forgets the call when it has returned.
    pub(super) fn check_protected(&mut self, first: usize) -> Recorded {
        let Some(mut p) = self.protected else {
            return Ok(());
        };
        let fresh = self.ir.insts[first.max(p.first)..].to_vec();
        for inst in fresh {
            match inst.op {
                Op::Guard(_, _, _, snap) => p.spoiled |= p.changed || snap != p.snapshot,
                Op::Store {
                    class,
                    base,
                    offset,
                    ..
                } => {
                    let own = base == self.base && offset >= p.func * super::SLOT;
                    p.changed |= class.bit() & UNSEEN == 0 && !own;
                }
                Op::Call { func, .. } => {
                    let f = &self.ir.funcs[func.index()];
                    p.changed |= f.effect.writes & !UNSEEN != 0;
                    // It would leave an open upvalue behind.
                    p.spoiled |= f.addr == runtime::closure().addr;
                }
                _ => {}
            }
        }
        if p.spoiled || self.finish.is_some() || self.waiting.is_some() {
            return Err(Verdict::Aborted(Abort::Protected));
        }
        let returned = self.frames.len() <= p.frames;
        self.protected = (!returned).then_some(p);
        Ok(())
    }
}
