//! Where the interpreter stands at a point of a trace: the frames that the trace has entered and what each of them goes on
//! with. A snapshot of the IR names one of these; the values come with the snapshot.

use super::blueprint::Blueprint;
use crate::error::LResult;
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{CallInfo, LClosure, Proto, State};
use crate::value::{Gc, Slot};

/// A frame of a Lua function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// Where its registers start, in slots above those of the frame in which the trace was entered.
    pub base: i32,
    /// Its prototype.
    pub proto: *const Proto,
    /// The instruction that it goes on with: in frames that wait for a call, the one behind that.
    pub pc: *const Instruction,
    /// Results that its caller wants.
    pub nresults: i16,
    /// Arguments beyond its parameters.
    pub extra_args: i32,
    /// Whether it was entered by a tail call.
    pub tail: bool,
    /// Whether it is a metamethod or an iterator: its return completes the caller's instruction, and it counts as a level
    /// of nesting.
    pub meta: bool,
    /// If `pcall` or `xpcall` has called it, the slots from that to the function, else 0. No snapshot has such a frame.
    pub protected: i32,
}

impl Frame {
    /// The bits of the frame's status.
    pub fn status(&self) -> u16 {
        let tail = if self.tail { cist::TAIL } else { 0 };
        let meta = if self.meta { cist::META } else { 0 };
        tail | meta
    }
}

/// What is to be done where a trace is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leave {
    /// Go on in the interpreter.
    Interpret,
    /// Let hooks and the collector have their turn, then go on.
    Poll,
    /// The same in front of an instruction whose operands end at the top.
    PollOpen,
    /// The same, behind a call that compiled code has made. All of the function's exits behind this call are alike.
    Continue,
    /// The same where something is missing that the interpreter provides, room for a call: no side trace begins there.
    Scarce,
    /// Record a new root trace from here, the start of the tree: its loop mostly goes another way than the old one.
    Restart,
    /// Everything is in place already, and there may be something thrown.
    AsIs,
}

/// The state of the frames at a snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameState {
    /// The frames, outermost first; the first one is that in which the trace was entered.
    pub frames: Vec<Frame>,
    /// The end of the values of an open call or return, in slots above the outermost frame's registers.
    pub top: Option<i32>,
    /// Whether the thread's top is that end instead, wherever it is.
    pub keeps_top: bool,
    /// What is to be done.
    pub leave: Leave,
    /// Tables that are to be made, and the slots where, in front of those of their values.
    pub tables: Vec<(i32, Blueprint)>,
}

impl FrameState {
    /// Sets the frames of `l` up: the current one is the outermost, with its registers at `base`; the others are pushed.
    /// Raises a memory error when there is none for a frame.
    pub fn build(&self, l: &State, base: Slot) -> LResult<()> {
        debug_assert!(self.leave != Leave::AsIs && self.frames.iter().all(|f| f.protected == 0));
        for (n, f) in self.frames.iter().enumerate() {
            if n > 0 {
                push(l, f, base.offset(f.base as isize))?;
            }
            l.ci().pc.set(f.pc);
            if f.meta && n > 0 {
                // As `vm::call::enter_nested` counts.
                l.c_calls.set(l.c_calls.get() + 1);
            }
        }
        match self.top {
            _ if self.keeps_top => {}
            Some(top) => l.top.set(base.offset(top as isize)),
            None => l.top.set(l.ci().top.get()),
        }
        Ok(())
    }
}

fn push(l: &State, f: &Frame, base: Slot) -> LResult<()> {
    let ci = l.next_ci()?;
    let proto: Gc<Proto> = Gc::from_ptr(f.proto.cast_mut());
    let func = base.sub(1);
    debug_assert!(core::ptr::eq(
        func.get().gc::<LClosure>().proto.get(),
        f.proto
    ));
    ci.func.set(func);
    ci.top.set(base.add(proto.max_stack.get() as usize));
    ci.k.set(proto.constants.as_ptr());
    ci.nresults.set(f.nresults);
    ci.extra_args.set(f.extra_args);
    ci.status.set(f.status());
    if f.meta {
        ci.ctx.set(l.native_epoch.get() as isize);
    }
    l.ci.set(ci as *const CallInfo as *mut CallInfo);
    Ok(())
}
