//! Native calls of functions that have traces of their own, and the returns from them.
//!
//! A call makes the frames that the interpreter would make, so that errors, hooks, debuggers and the collector find them, and
//! leaves every value to memory; whatever the callee has done, what follows starts from memory. The recording waits until the
//! callee has returned, and goes on. Where another trace of the tree has passed the call already, it ends behind it, in a trace
//! that all further ones share. A return is followed into the caller's code only from a frame without the bit `TRACED`; from others it
//! goes to whoever called, natively or from the interpreter.

use super::trial::Call;
use super::{
    Abort, Finish, MAX_SLOTS, MIN_CALLED_BACK, Recorded, Recorder, SLOT, TOP, Val, Verdict, Waiting,
};
use crate::object::thread::cist;
use crate::object::{CallInfo, Proto, State};
use crate::trace::frames::{Frame, Leave};
use crate::trace::function::heat;
use crate::trace::runtime::{self, class};
use crate::trace::{ROOM, door_of, may_pass, native_limit_address};
use crate::value::{Gc, TValue};
use perilune_jit::{BinOp, Cc, End, Ref, SnapId, Width};

/// The bits of a frame's status that decide what its return does, in the word that `runtime::CI_RESULTS` names.
const RETURN_BITS: i64 = ((cist::SPECIAL_RETURN | cist::TRACED) as i64) << 16;
/// What they are where a return is a native one.
const TRACED: i64 = (cist::TRACED as i64) << 16;

impl Recorder {
    /// Where the code of the function is found if it is to be called natively; else it is followed. Aborts if it should have
    /// such code, which the next call of it is then asked to make.
    pub(super) fn door_for(&self, l: &State, p: Gc<Proto>) -> Result<Option<usize>, Verdict> {
        if p.is_vararg.get() || self.frames.iter().any(|f| f.meta) {
            return Ok(None);
        }
        let itself = self.is_function && p == self.proto;
        if itself || p.heat.get() == heat::COMPILED {
            return Ok(Some(door_of(l, p)));
        }
        let runs = |f: &Frame| core::ptr::eq(f.proto, p.as_ptr());
        if !self.frames.iter().any(runs) {
            return Ok(None);
        }
        match p.heat.get() {
            heat::NEVER => Ok(None),
            heat::CALLED_BACK => {
                p.heat.set(heat::COMPILED);
                Ok(Some(door_of(l, p)))
            }
            _ => {
                p.heat.set(heat::HOT);
                Err(Verdict::Aborted(Abort::Recursion))
            }
        }
    }

    /// Guards that there is room for a native call of `p`, in slot `func` with `nargs` arguments, and that frames for it and
    /// the functions that the trace has entered are at hand: `frames` in all.
    pub(super) fn guard_room(
        &mut self,
        l: &State,
        (p, func, nargs): (Gc<Proto>, i32, i32),
        frames: usize,
    ) -> Recorded {
        if func + 1 + nargs.max(p.num_params.get() as i32) >= MAX_SLOTS as i32 - 1 {
            return Err(Verdict::Aborted(Abort::TooDeep));
        }
        let s = self.guard_stack(func + 1, frames);
        let sp = self.ir.stack_pointer();
        let limit = self.int(native_limit_address(l) as i64);
        // It is the same as long as the trace runs.
        let limit = self.ir.load(Width::I64, limit, 0, class::CONSTANT);
        self.ir.guard(Cc::ULe, limit, sp, s);
        Ok(())
    }

    /// Guards that a trace may be entered whose registers begin at `slot`, and that so many frames are at hand; the snapshot.
    fn guard_stack(&mut self, slot: i32, frames: usize) -> SnapId {
        let s = self.snap_with(Leave::Scarce);
        let state = self.ir.state();
        let end = self
            .ir
            .load(Width::I64, state, runtime::STACK_LAST, class::FRAMES);
        let needed = self.slot_address(slot + ROOM as i32);
        self.ir.guard(Cc::UGt, end, needed, s);
        self.guard_frames(frames, s);
        s
    }

    /// Writes everything that matters to memory and makes the frames that the trace has entered, so that another trace can go
    /// on in the innermost one, which becomes the only one of the recording.
    pub(super) fn settle(&mut self) {
        let inner = *self.frame();
        let entered = self.frames.len() - 1;
        if entered > 0 {
            self.guard_stack(inner.base, entered);
        }
        self.sync();
        self.make_frames(0);
        self.base = self.slot_address(inner.base);
        self.base_offset += inner.base as isize;
        self.frames = vec![Frame { base: 0, ..inner }];
        self.forget_from(0);
        self.snapshot = None;
    }

    /// Guards that so many frames are at hand.
    pub(super) fn guard_frames(&mut self, frames: usize, s: SnapId) {
        let state = self.ir.state();
        let mut ci = self.ir.load(Width::I64, state, runtime::CI, class::FRAMES);
        let null = self.int(0);
        for _ in 0..frames {
            ci = self
                .ir
                .load(Width::I64, ci, runtime::CI_NEXT, class::FRAMES);
            self.ir.guard(Cc::Ne, ci, null, s);
        }
    }

    /// Records the call of the function `f`, in slot `func`, whose code is behind `door`.
    pub(super) fn invoke(
        &mut self,
        l: &State,
        (f, p, func): (Val, Gc<Proto>, i32),
        (nargs, nresults): (i32, i32),
        door: usize,
    ) -> Recorded {
        self.guard_function(f, p);
        if self.may_try(l) && self.check_depth(&p, func, nargs).is_ok() {
            let call = Call::Native {
                p,
                func,
                nargs,
                nresults,
                door,
            };
            return self.begin_trial(l, call);
        }
        self.guard_room(l, (p, func, nargs), self.frames.len())?;
        self.enter_frame(l, &p, func, nargs, nresults)?;
        self.call_compiled(door);
        Ok(())
    }

    /// Calls the code behind `door`, that of the innermost frame's function, which has not begun to run.
    pub(super) fn call_compiled(&mut self, door: usize) {
        self.sync();
        let (_, caller) = self.make_frames(cist::TRACED);
        let (state, callee) = (self.ir.state(), *self.frame());
        let base = self.slot_address(callee.base);
        self.set_top(callee.base + TOP as i32);
        let func = self.call(&runtime::compiled(door), &[state, base]);
        self.ir
            .store(Width::I64, state, runtime::CI, caller, class::FRAMES);
        self.frames.pop();
        self.go_on_behind(callee, func);
    }

    /// What is known behind the native call of the function of `callee`, which was in the slot at `func`. What is loaded does
    /// not wait for the calls before it, one behind the other, to say where the registers are: a guard says that they have not
    /// moved.
    fn go_on_behind(&mut self, callee: Frame, func: Ref) {
        let inner = *self.frame();
        let expected = self.slot_address(inner.base);
        let below = self.int(((callee.base - 1 - inner.base) * SLOT) as i64);
        self.base = self.ir.bin(BinOp::Sub, func, below);
        self.base_offset += inner.base as isize;
        self.frames = vec![Frame { base: 0, ..inner }];
        self.forget_from(0);
        self.top = None;
        self.keeps_top = callee.nresults < 0;
        self.snapshot = None;
        // The callee may have given this trace up.
        let s = self.snap_with(Leave::Interpret);
        let dead = self.int(&raw const *self.dead as i64);
        let dead = self.ir.load(Width::U8, dead, 0, class::VOLATILE);
        let no = self.int(0);
        self.ir.guard(Cc::Eq, dead, no, s);
        self.ir.guard(Cc::Eq, self.base, expected, s);
        self.base = expected;
        let next = inner.pc;
        if self.protected.is_some() || !may_pass(self, next) {
            self.finish = Some(Finish::Continue);
            return;
        }
        self.passed.push(next);
        self.reads_memory = true;
        self.waiting = Some(Waiting::Native(next));
    }

    /// Makes the frames that the trace has entered, the innermost one with these bits, and makes that the current one; the
    /// one that was it before, and the one in front of the innermost.
    pub(super) fn make_frames(&mut self, bits: u16) -> (Ref, Ref) {
        let state = self.ir.state();
        let outermost = self.ir.load(Width::I64, state, runtime::CI, class::FRAMES);
        self.store_word(outermost, runtime::CI_PC, self.frames[0].pc as i64);
        let (mut ci, last) = (outermost, self.frames.len() - 1);
        let mut caller = outermost;
        for n in 1..=last {
            caller = ci;
            ci = self
                .ir
                .load(Width::I64, ci, runtime::CI_NEXT, class::FRAMES);
            self.make_frame(ci, self.frames[n], if n == last { bits } else { 0 });
        }
        if last > 0 {
            self.ir
                .store(Width::I64, state, runtime::CI, ci, class::FRAMES);
        }
        (outermost, caller)
    }

    /// Makes `ci` the frame `f`.
    fn make_frame(&mut self, ci: Ref, f: Frame, bits: u16) {
        // SAFETY: the prototype is named by the trace.
        let p = unsafe { &*f.proto };
        let func = self.slot_address(f.base - 1);
        let end = self.slot_address(f.base + p.max_stack.get() as i32);
        let words = [
            (runtime::CI_FUNC, func),
            (runtime::CI_TOP, end),
            (
                runtime::CI_CONSTANTS,
                self.int(p.constants.as_ptr() as usize as i64),
            ),
            (runtime::CI_PC, self.int(f.pc as usize as i64)),
        ];
        for (offset, word) in words {
            self.ir.store(Width::I64, ci, offset, word, class::FRAMES);
        }
        let word = f.nresults as u16 as i64 | ((f.status() | bits) as i64) << 16;
        self.store_half(ci, runtime::CI_RESULTS, word);
        if p.is_vararg.get() {
            self.store_half(ci, runtime::CI_EXTRA_ARGS, f.extra_args as i64);
        }
    }

    fn store_word(&mut self, to: Ref, offset: i32, n: i64) {
        let n = self.int(n);
        self.ir.store(Width::I64, to, offset, n, class::FRAMES);
    }

    fn store_half(&mut self, to: Ref, offset: i32, n: i64) {
        let n = self.int(n);
        self.ir.store(Width::I32, to, offset, n, class::FRAMES);
    }

    fn set_top(&mut self, slot: i32) {
        let (state, top) = (self.ir.state(), self.slot_address(slot));
        self.ir
            .store(Width::I64, state, runtime::TOP, top, class::FRAMES);
    }

    /// Guards how many results a call with an open number of them has left in front of the thread's top. Answers false if
    /// they are too many.
    pub(super) fn guard_top(&mut self, l: &State) -> bool {
        let end = l.top.get().distance(l.restore(self.base_offset));
        if !(0..MAX_SLOTS as isize - 1).contains(&end) {
            return false;
        }
        self.keeps_top = true;
        let s = self.snap_with(Leave::Interpret);
        let state = self.ir.state();
        let top = self.ir.load(Width::I64, state, runtime::TOP, class::FRAMES);
        let expected = self.slot_address(end as i32);
        self.ir.guard(Cc::Eq, top, expected, s);
        self.keeps_top = false;
        self.top = Some(end as i32);
        self.set_top(TOP as i32);
        true
    }

    /// The word with the status of the current frame, `ci`, guarded to be one whose return is native.
    fn guard_traced(&mut self, ci: Ref, results: Option<i16>) -> Ref {
        let word = self
            .ir
            .load(Width::U32, ci, runtime::CI_RESULTS, class::FRAMES);
        let (mask, wanted) = match results {
            Some(n) => (RETURN_BITS | 0xFFFF, TRACED | n as u16 as i64),
            None => (RETURN_BITS, TRACED),
        };
        let mask = self.int(mask);
        let bits = self.ir.bin(BinOp::And, word, mask);
        self.guard_int(Cc::Eq, bits, wanted);
        word
    }

    /// Records the return of `values` from the frame in which the trace was entered, to whoever called it, and who makes their
    /// frame the current one again: so they need not wait for this one to be found and left.
    pub(super) fn return_natively(
        &mut self,
        ci: &CallInfo,
        values: &[Val],
        closes: bool,
    ) -> Recorded {
        let wanted = match ci.nresults.get() {
            -1 => values.len(),
            n if n >= 0 => n as usize,
            _ => return self.stop(),
        };
        if self.proto().is_vararg.get() || wanted >= MAX_SLOTS - 1 {
            return self.stop();
        }
        if self.parent.is_none()
            && self.heat == heat::CALLED_BACK
            && self.instructions < MIN_CALLED_BACK
            && !self.options.compiles_everything()
        {
            return Err(Verdict::Aborted(Abort::Short));
        }
        let state = self.ir.state();
        let frame = self.ir.load(Width::I64, state, runtime::CI, class::FRAMES);
        self.guard_traced(frame, Some(ci.nresults.get()));
        let values: Vec<_> = values.iter().map(|v| self.own(*v)).collect();
        let s = self.poll_snapshot();
        self.poll_collector(s);
        if closes {
            self.close_upvalues(0);
        }
        let nil = self.constant(TValue::NIL);
        for n in 0..wanted {
            let v = values.get(n).copied().unwrap_or(nil);
            self.store_value(self.base, (n as i32 - 1) * SLOT, class::STACK, v);
        }
        if ci.nresults.get() < 0 {
            self.set_top(wanted as i32 - 1);
        }
        let func = self.slot_address(-1);
        self.ir.end = Some(End::Return(func));
        self.finish = Some(Finish::Return);
        Ok(())
    }

    /// Records a tail call, from the frame in which the trace was entered, of a function with a trace of its own, in slot
    /// `called`: that goes on in the same frame.
    pub(super) fn tail_call_compiled(
        &mut self,
        l: &State,
        (f, p, called): (Val, Gc<Proto>, i32),
        args: &[Val],
        door: usize,
    ) -> Recorded {
        let params = p.num_params.get() as usize;
        if !l.ci().has(cist::TRACED)
            || self.proto().is_vararg.get()
            || params.max(args.len()) >= MAX_SLOTS - 1
        {
            return self.stop();
        }
        self.guard_function(f, p);
        let args: Vec<_> = args.iter().map(|v| self.own(*v)).collect();
        let this = self.peek(l, -1).bits();
        // Captured registers are in memory, where those of the caller are as long as the trial lasts.
        let captures = self.code_of(p.as_ptr()).captured != [0; 4];
        if self.may_try(l) && !captures && self.peek(l, called).bits() == this {
            let running = self.closure_ref();
            self.guard(Cc::Eq, f.r, running);
            return self.begin_trial(l, Call::Tail { f, p, args, door });
        }
        self.tail_to((f, p), &args, door)
    }

    /// Lets the function's code go on in the outermost frame, which is entered for a tail call.
    pub(super) fn tail_to(
        &mut self,
        (f, p): (Val, Gc<Proto>),
        args: &[Val],
        door: usize,
    ) -> Recorded {
        let params = p.num_params.get() as usize;
        let state = self.ir.state();
        let ci = self.ir.load(Width::I64, state, runtime::CI, class::FRAMES);
        let word = self.guard_traced(ci, None);
        let s = self.poll_snapshot();
        self.poll_collector(s);
        self.store_value(self.base, -SLOT, class::STACK, f);
        let nil = self.constant(TValue::NIL);
        for n in 0..params {
            let v = args.get(n).copied().unwrap_or(nil);
            self.store_value(self.base, n as i32 * SLOT, class::STACK, v);
        }
        let end = self.slot_address(p.max_stack.get() as i32);
        self.ir
            .store(Width::I64, ci, runtime::CI_TOP, end, class::FRAMES);
        self.store_word(
            ci,
            runtime::CI_CONSTANTS,
            p.constants.as_ptr() as usize as i64,
        );
        self.store_word(ci, runtime::CI_PC, p.code.as_ptr() as usize as i64);
        let tail = self.int((cist::TAIL as i64) << 16);
        let word = self.ir.bin(BinOp::Or, word, tail);
        self.ir
            .store(Width::I32, ci, runtime::CI_RESULTS, word, class::FRAMES);
        self.set_top(TOP as i32);
        let base = self.base;
        self.ir.end = Some(End::Link { cell: door, base });
        self.finish = Some(Finish::TailCall);
        Ok(())
    }
}
