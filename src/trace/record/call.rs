//! Calls, returns, varargs and generic loops. Lua functions are followed; functions of the library with a short cut are
//! called without a frame; anything else is left to the interpreter.

use super::library::NativeCall;
use super::meta::{Call, Operand, can_complete};
use super::{
    Abort, Finish, MAX_FRAMES, MAX_RECURSION, MAX_SLOTS, MIN_DEAD_END, Recorded, Recorder, SLOT,
    Val, Verdict,
};
use crate::bytecode::op::{self, Op, a, b, c, k as kbit};
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{LClosure, Proto, State};
use crate::stdlib::{self, Intrinsic};
use crate::trace::frames::Frame;
use crate::trace::native_call::native_of;
use crate::trace::runtime::{self, class};
use crate::value::{Gc, Native, ShortCut, Step, TValue, tag};
use perilune_jit::{BinOp, Cc, Width};

impl Recorder {
    /// The number of values from register `r` on: `n - 1`, or up to the top if `n` is 0.
    pub(super) fn count(&self, r: usize, n: usize) -> Option<i32> {
        match n {
            0 => self.top.map(|top| top - self.reg(r)),
            n => Some(n as i32 - 1),
        }
    }

    /// Records the call of the function in register `ra`; `nresults` as in frames.
    pub(super) fn record_call(
        &mut self,
        l: &State,
        ra: usize,
        b: usize,
        nresults: i32,
    ) -> Recorded {
        let Some(nargs) = self.count(ra + 1, b) else {
            return Err(Verdict::Aborted(Abort::Left));
        };
        let f = self.look(l, ra);
        let now = self.peek(l, self.reg(ra));
        if now.tag() == tag::LUA_FN {
            let (func, p) = (self.reg(ra), now.gc::<LClosure>().proto_object());
            return match self.door_for(l, p)? {
                Some(door) => self.invoke(l, (f, p, func), (nargs, nresults), door),
                None => self.enter_function(l, f, p, func, nargs, nresults),
            };
        }
        if let Some(native) = native_of(now) {
            if matches!(native.short_cut, ShortCut::Yield) {
                return self.stop();
            }
            self.guard_native(f, now, native);
            if self.library_function(l, native, ra, (nargs, nresults))? {
                return Ok(());
            }
        }
        if !now.is_function()
            && let Some(called) = self.call_object(l, (f, now), (ra, nargs), nresults)
        {
            return called;
        }
        if let Some(more) = self.is_protected_call(l, ra, nargs) {
            return self.enter_protected(l, (ra, more), (nargs, nresults));
        }
        if now.is_function() {
            let protects =
                native_of(now).is_some_and(|f| matches!(f.short_cut, ShortCut::Protect(_)));
            self.protected_out += usize::from(protects);
            return self.call_out(self.reg(ra), (nargs, nresults));
        }
        self.step()?;
        // The results end where the thread's top says then.
        self.waits_open = nresults < 0;
        Ok(())
    }

    /// Guards that the function of the library is the one that it is now, with any upvalues.
    fn guard_native(&mut self, f: Val, now: TValue, native: &Native) {
        if now.tag() == tag::NATIVE_FN {
            let id = self.constant(now);
            self.guard(Cc::Eq, f.r, id.r);
        } else {
            let code = self
                .ir
                .load(Width::I64, f.r, runtime::C_CLOSURE_CODE, class::CONSTANT);
            self.guard_int(Cc::Eq, code, native as *const Native as i64);
        }
    }

    /// Records the call of a function of the library without the interpreter; answers whether it did.
    fn library_function(
        &mut self,
        l: &State,
        native: &Native,
        ra: usize,
        (nargs, nresults): (i32, i32),
    ) -> Result<bool, Verdict> {
        let direct = match native.short_cut {
            ShortCut::Direct(f) | ShortCut::Fresh(f) if nresults <= 1 => Some(f),
            ShortCut::First(f) if (0..=1).contains(&nresults) => Some(f),
            _ => None,
        };
        if let Some(direct) = direct {
            let what = stdlib::intrinsic(direct);
            let appends = what == Some(Intrinsic::Insert);
            let got = if appends { 0 } else { 1 };
            let wanted = if nresults < 0 { got } else { nresults };
            if appends && (nargs, wanted) == (2, 0) && self.append(l, ra)?
                || (wanted == 1 || what == Some(Intrinsic::Assert))
                    && self.library_call(l, direct, ra, nargs)
                || self.direct_call(l, (native, direct), ra, nargs, wanted)
            {
                self.top = (nresults < 0).then(|| self.reg(ra) + wanted);
                return Ok(true);
            }
        }
        if let ShortCut::Direct(f) = native.short_cut
            && (stdlib::intrinsic(f), nargs) == (Some(Intrinsic::Byte), 3)
            && nresults > 1
            && self.bytes(l, ra, nresults as usize)
        {
            self.top = None;
            return Ok(true);
        }
        if self.intrinsic_call(l, native, ra, (nargs, nresults))? {
            return Ok(true);
        }
        let call = NativeCall {
            f: ra,
            args: nargs as usize,
            to: self.reg(ra),
            wanted: nresults,
        };
        Ok(self.native_call(l, native, call))
    }

    /// Guards which function is called and goes on in it.
    pub(super) fn enter_function(
        &mut self,
        l: &State,
        f: Val,
        p: Gc<Proto>,
        func: i32,
        nargs: i32,
        nresults: i32,
    ) -> Recorded {
        self.check_depth(&p, func, nargs)?;
        self.guard_function(f, p);
        self.enter_frame(l, &p, func, nargs, nresults)
    }

    /// Makes the frame of a call of `p`, the function in slot `func`, the innermost one.
    pub(super) fn enter_frame(
        &mut self,
        l: &State,
        p: &Gc<Proto>,
        func: i32,
        nargs: i32,
        nresults: i32,
    ) -> Recorded {
        // Registers that are captured at other times are only in memory, in a class that the callee knows nothing of.
        for slot in func..=func + nargs {
            if self.is_captured(slot) {
                let v = self.get_slot(l, slot);
                self.remember(slot, v);
            }
        }
        for n in 0..nargs {
            if let Some(v) = self.known(func + 1 + n) {
                self.own_captured(p.as_ptr(), n, v);
            }
        }
        self.frame_mut().pc = self.pc().wrapping_add(1);
        self.snapshot = None;
        self.push_frame(p, func, nargs, nresults, false)
    }

    pub(super) fn check_depth(&self, p: &Gc<Proto>, func: i32, nargs: i32) -> Recorded {
        let end = func + 1 + nargs + 1 + p.max_stack.get() as i32 + nargs;
        let same = self
            .frames
            .iter()
            .filter(|f| core::ptr::eq(f.proto, p.as_ptr()))
            .count();
        if self.frames.len() > MAX_FRAMES || end >= MAX_SLOTS as i32 || same > MAX_RECURSION {
            return Err(Verdict::Aborted(Abort::TooDeep));
        }
        Ok(())
    }

    pub(super) fn guard_function(&mut self, f: Val, p: Gc<Proto>) {
        let found = self
            .ir
            .load(Width::I64, f.r, runtime::CLOSURE_PROTO, class::CONSTANT);
        let known = self.object(p);
        self.guard(Cc::Eq, found, known);
    }

    pub(super) fn push_frame(
        &mut self,
        p: &Gc<Proto>,
        func: i32,
        nargs: i32,
        nresults: i32,
        tail: bool,
    ) -> Recorded {
        let base = func + 1;
        let params = p.num_params.get() as i32;
        self.top = None;
        self.frames.push(Frame {
            base,
            proto: p.as_ptr(),
            pc: p.code.as_ptr(),
            nresults: nresults as i16,
            extra_args: 0,
            tail,
            meta: false,
            protected: 0,
        });
        let nil = self.constant(TValue::NIL);
        for n in nargs..params {
            self.set_slot(base + n, nil);
        }
        if p.is_vararg.get() {
            // What the first instruction needs to know; it moves the frame above the arguments, and is where they become
            // registers that may be captured.
            self.frame_mut().extra_args = (nargs - params).max(0);
            self.top = Some(base + nargs.max(params));
        } else {
            self.forget_from(base + params);
            self.spill_captured();
        }
        Ok(())
    }

    /// Records `VARARGPREP`.
    pub(super) fn vararg_prep(&mut self, l: &State, i: Instruction) -> Recorded {
        if self.frames.len() == 1 {
            return Err(Verdict::Aborted(Abort::Left));
        }
        let params = a(i) as i32;
        let extra = self.frame().extra_args;
        let (old, actual) = (self.frame().base, params + extra);
        let new = old + actual + 1;
        let func = self.get_slot(l, old - 1);
        let proto = self.frame().proto;
        let mut values = Vec::new();
        for n in 0..params {
            let v = self.look_slot(l, old + n);
            values.push(self.own_captured(proto, n, v));
        }
        let nil = self.constant(TValue::NIL);
        self.forget_from(old + actual);
        self.remember_moved(new - 1, func);
        for (n, v) in values.into_iter().enumerate() {
            self.remember_moved(old + n as i32, nil);
            self.remember_moved(new + n as i32, v);
        }
        self.frame_mut().base = new;
        self.top = None;
        self.snapshot = None;
        self.spill_captured();
        Ok(())
    }

    /// Sets a slot that is no register of the function that runs now.
    pub(super) fn remember_moved(&mut self, slot: i32, v: Val) {
        self.remember(slot, v);
        self.dirty[slot as usize] = true;
    }

    /// Records `VARARG`.
    pub(super) fn vararg(&mut self, l: &State, i: Instruction) -> Recorded {
        let f = *self.frame();
        if self.frames.len() == 1 {
            // The frame's number of arguments may be another one when the trace is entered again.
            let state = self.ir.state();
            let ci = self.ir.load(Width::I64, state, runtime::CI, class::FRAMES);
            let n = self
                .ir
                .load(Width::I32, ci, runtime::CI_EXTRA_ARGS, class::FRAMES);
            self.guard_int(Cc::Eq, n, f.extra_args as i64);
        }
        let extra = f.extra_args;
        let wanted = match c(i) {
            0 => extra,
            n => n as i32 - 1,
        };
        let first = self.reg(a(i));
        if first + wanted >= MAX_SLOTS as i32 - 1 {
            return Err(Verdict::Aborted(Abort::TooDeep));
        }
        let from = f.base - 1 - extra;
        let values: Vec<_> = (0..wanted.min(extra))
            .map(|n| self.look_slot(l, from + n))
            .collect();
        let nil = self.constant(TValue::NIL);
        for n in 0..wanted {
            let v = values.get(n as usize).copied().unwrap_or(nil);
            self.set_slot(first + n, v);
        }
        if c(i) == 0 {
            self.top = Some(first + wanted);
        }
        Ok(())
    }

    /// Records a tail call: of a Lua function by a function that the trace has entered, or of one that has a trace of its own;
    /// else the trace ends.
    pub(super) fn record_tail_call(&mut self, l: &State, i: Instruction) -> Recorded {
        let ra = a(i);
        let now = self.peek(l, self.reg(ra));
        let Some(nargs) = self.count(ra + 1, b(i)) else {
            return self.stop();
        };
        if kbit(i) && !self.may_close(l, native_of(now).is_some()) {
            return self.stop();
        }
        if let Some(native) = native_of(now) {
            return self.tail_call_native(l, (now, native), i, nargs);
        }
        if now.tag() != tag::LUA_FN {
            return self.stop();
        }
        let f = self.get(l, ra);
        let p = now.gc::<LClosure>().proto_object();
        let door = self.door_for(l, p)?;
        let mut args: Vec<_> = (0..nargs)
            .map(|n| self.look(l, ra + 1 + n as usize))
            .collect();
        if self.frames.len() == 1 {
            return match door {
                Some(door) => self.tail_call_compiled(l, (f, p, self.reg(ra)), &args, door),
                None => self.stop(),
            };
        }
        let frame = *self.frame();
        let func = frame.base - 1 - moved_by(&frame);
        self.guard_function(f, p);
        match door {
            Some(_) => self.guard_room(l, (p, func, nargs), self.frames.len() - 1)?,
            None => self.check_depth(&p, func, nargs)?,
        }
        for (n, v) in (0..).zip(&mut args) {
            *v = self.own_captured(p.as_ptr(), n, *v);
        }
        if kbit(i) {
            self.close_upvalues(frame.base);
        }
        self.frames.pop();
        self.forget_from(func);
        self.remember_moved(func, f);
        for (n, v) in args.into_iter().enumerate() {
            self.remember_moved(func + 1 + n as i32, v);
        }
        self.snapshot = None;
        self.push_frame(&p, func, nargs, frame.nresults as i32, true)?;
        self.frame_mut().meta = frame.meta;
        self.frame_mut().protected = frame.protected;
        if let Some(door) = door {
            self.call_compiled(door);
        }
        Ok(())
    }

    /// Whether a tail call may leave the scope of the running function's variables, which it then closes: in a frame that the
    /// trace has entered, or where that returns natively for a call of the library's; else there must be nothing to close.
    fn may_close(&mut self, l: &State, native: bool) -> bool {
        let outermost = self.frames.len() == 1;
        let closes = !outermost || native && l.ci().has(cist::TRACED);
        !self.has_variables_to_close(l) && (closes || self.closes_nothing(l, 0))
    }

    /// Records a tail call of a function of the library: a call and the return instruction that follows it.
    fn tail_call_native(
        &mut self,
        l: &State,
        (now, native): (TValue, &Native),
        i: Instruction,
        nargs: i32,
    ) -> Recorded {
        let ra = a(i);
        // SAFETY: the loader has checked that another instruction follows.
        let (behind, ret) = unsafe { (self.pc().add(1), op::public(*self.pc().add(1))) };
        let returns = op::op(ret) == Op::Return as u8 && a(ret) == ra && b(ret) == 0;
        let yields = matches!(native.short_cut, ShortCut::Yield);
        // A concatenation needs to know what the result is.
        if !returns || yields || self.returns_into_concatenation() {
            return self.stop();
        }
        let f = self.get(l, ra);
        self.guard_native(f, now, native);
        if kbit(i) {
            self.close_upvalues(self.frame().base);
        }
        if !self.library_function(l, native, ra, (nargs, -1))? {
            return self.stop();
        }
        let Some(n) = self.count(ra, 0) else {
            return self.stop();
        };
        self.frame_mut().pc = behind;
        self.snapshot = None;
        let mut values: Vec<_> = (0..n as usize)
            .map(|j| (self.result(l, self.reg(ra + j), j), TValue::NIL))
            .collect();
        match self.frames.len() {
            1 => self.return_from_outermost(l, &mut values, false),
            _ => self.return_inside(l, &mut values),
        }
    }

    /// A result that a call of the library has just left in a slot, guarded to be of the type that it is of now where that
    /// is known.
    fn result(&mut self, l: &State, slot: i32, n: usize) -> Val {
        if let Some(v) = self.known(slot) {
            return v;
        }
        let found = self.found.get(n).copied();
        let tag = found.unwrap_or_else(|| self.peek(l, slot).tag());
        self.guard_tag(self.base, slot * SLOT + 8, class::STACK, tag);
        let r = self.load_payload(self.base, slot * SLOT, class::STACK, tag);
        Val { r, tag }
    }

    /// Ends a side trace in the interpreter in front of the running instruction.
    pub(super) fn stop(&mut self) -> Recorded {
        if self.parent.is_none() || self.instructions < MIN_DEAD_END {
            return Err(Verdict::Aborted(Abort::LoopLeft));
        }
        self.finish = Some(Finish::Interpreter);
        Ok(())
    }

    /// Records a return.
    pub(super) fn record_return(&mut self, l: &State, o: Op, i: Instruction) -> Recorded {
        let ra = a(i);
        let closes = o == Op::Return && kbit(i);
        let inner = self.frames.len() > 1;
        let traced = l.ci().has(cist::TRACED);
        let n = match o {
            Op::Return0 => Some(0),
            Op::Return1 => Some(1),
            _ if closes && (inner || traced) && self.has_variables_to_close(l) => None,
            _ if closes && !inner && !traced && !self.closes_nothing(l, 0) => None,
            _ => self.count(ra, b(i)),
        };
        let Some(n) = n else { return self.stop() };
        let mut values: Vec<_> = (0..n)
            .map(|j| self.look_register(l, ra + j as usize))
            .collect();
        if !inner {
            return self.return_from_outermost(l, &mut values, closes);
        }
        if closes {
            self.close_upvalues(self.frame().base);
        }
        self.return_inside(l, &mut values)
    }

    /// A return from a frame that the trace has entered.
    fn return_inside(&mut self, l: &State, values: &mut [Operand]) -> Recorded {
        let f = *self.frame();
        let func = f.base - 1 - moved_by(&f);
        let caller = self.frames[self.frames.len() - 2];
        self.own_results(&caller, (func, f.meta), values);
        if f.meta {
            // What completes the caller's instruction may still fail.
            self.snap();
            self.frames.pop();
            return self.complete_event(l, func, values, f.nresults as i32);
        }
        self.frames.pop();
        let values: Vec<_> = values.iter().map(|v| v.0).collect();
        if f.protected != 0 {
            return self.leave_protected(func - f.protected, &values, f.nresults as i32);
        }
        self.returned = true;
        self.deliver(func, &values, f.nresults as i32)
    }

    /// Whether leaving the scope of the registers from `r` on closes nothing, guarded if so.
    fn closes_nothing(&mut self, l: &State, r: usize) -> bool {
        let slot = self.reg(r);
        let level = l.restore(self.base_offset + slot as isize);
        if !runtime::closes_nothing(l, level) {
            return false;
        }
        let (state, level) = (self.ir.state(), self.slot_address(slot));
        let nothing = self.call(&runtime::nothing_to_close(), &[state, level]);
        self.guard_int(Cc::Ne, nothing, 0);
        true
    }

    /// Puts results where the caller, which runs again, wants them.
    pub(super) fn deliver(&mut self, func: i32, values: &[Val], nresults: i32) -> Recorded {
        self.top = None;
        self.snapshot = None;
        self.forget_from(func);
        let wanted = if nresults < 0 {
            values.len() as i32
        } else {
            nresults
        };
        let nil = self.constant(TValue::NIL);
        for n in 0..wanted {
            let v = values.get(n as usize).copied().unwrap_or(nil);
            self.set_slot(func + n, v);
        }
        if nresults < 0 {
            self.top = Some(func + wanted);
        }
        Ok(())
    }

    /// A return from the frame in which the trace was entered; `closes` if upvalues may have to be closed first.
    fn return_from_outermost(
        &mut self,
        l: &State,
        values: &mut [Operand],
        closes: bool,
    ) -> Recorded {
        if !l.ci().has(cist::TRACED) {
            return self.return_to_caller(l, values);
        }
        let values: Vec<_> = values.iter().map(|v| v.0).collect();
        self.return_natively(l.ci(), &values, closes)
    }

    /// A return from the frame in which the trace was entered: to a Lua function, guarded to be at the same place, whose
    /// frame then becomes the outermost.
    fn return_to_caller(&mut self, l: &State, values: &mut [Operand]) -> Recorded {
        let ci = l.ci();
        if self.parent.is_none() || ci.has(cist::FRESH) || ci.prev.get().is_null() {
            return self.stop();
        }
        // SAFETY: checked for null; frames in front of the current one are live.
        let caller = unsafe { &*ci.prev.get() };
        let nresults = ci.nresults.get();
        let meta = ci.has(cist::META);
        if !caller.is_lua_code() || nresults < -1 || meta && !can_complete(l, ci, caller) {
            return self.stop();
        }
        let closure = super::closure_of(caller);
        let p = closure.proto_object();
        let distance = ci.base().distance(caller.base()) as i32;
        let func = ci.func.get().distance(caller.base()) as i32 - moved_by(self.frame());
        if func + values.len() as i32 >= MAX_SLOTS as i32 - 1 {
            return self.stop();
        }
        let f = Frame {
            base: 0,
            proto: p.as_ptr(),
            pc: caller.pc.get(),
            nresults: caller.nresults.get(),
            extra_args: if p.is_vararg.get() {
                caller.extra_args.get()
            } else {
                0
            },
            tail: caller.has(cist::TAIL),
            meta: false,
            protected: 0,
        };
        self.own_results(&f, (func, meta), values);
        self.leave_frame(caller.pc.get(), distance, nresults, meta);
        self.name(p.header());
        self.frames = vec![f];
        self.forget_from(0);
        self.base_offset -= distance as isize;
        if meta {
            return self.complete_event(l, func, values, nresults as i32);
        }
        let values: Vec<_> = values.iter().map(|v| v.0).collect();
        self.deliver(func, &values, nresults as i32)
    }

    /// Makes the caller's frame the thread's current one, guarded to be the one that is it now.
    fn leave_frame(&mut self, pc: *const Instruction, distance: i32, nresults: i16, meta: bool) {
        let state = self.ir.state();
        let ci = self.ir.load(Width::I64, state, runtime::CI, class::FRAMES);
        let prev = self
            .ir
            .load(Width::I64, ci, runtime::CI_PREV, class::FRAMES);
        let found = self
            .ir
            .load(Width::I64, prev, runtime::CI_PC, class::FRAMES);
        self.guard_int(Cc::Eq, found, pc as i64);
        // Results wanted and flags of the callee's frame lie in one word; flags of the caller's frame in another.
        let tail = self
            .ir
            .load(Width::U32, ci, runtime::CI_RESULTS, class::FRAMES);
        let mask = self.int(0xFFFF | ((cist::SPECIAL_RETURN | cist::TRACED) as i64) << 16);
        let tail = self.ir.bin(BinOp::And, tail, mask);
        let kind = if meta { cist::META } else { 0 };
        self.guard_int(Cc::Eq, tail, nresults as u16 as i64 | (kind as i64) << 16);
        let status = self
            .ir
            .load(Width::U32, prev, runtime::CI_RESULTS, class::FRAMES);
        let mask = self.int(((cist::C | cist::HOOKED) as i64) << 16);
        let status = self.ir.bin(BinOp::And, status, mask);
        self.guard_int(Cc::Eq, status, 0);
        let func = self
            .ir
            .load(Width::I64, prev, runtime::CI_FUNC, class::FRAMES);
        let bytes = self.int((distance * SLOT) as i64);
        let base = self.base;
        let new = self.ir.bin(BinOp::Sub, base, bytes);
        let slot = self.int(SLOT as i64);
        let expected = self.ir.bin(BinOp::Sub, new, slot);
        self.guard(Cc::Eq, func, expected);
        if meta {
            self.leave_level(ci);
        }
        self.ir
            .store(Width::I64, state, runtime::CI, prev, class::FRAMES);
        self.base = new;
    }

    // ---- generic loops ----

    /// Records `TFORPREP`.
    pub(super) fn generic_for_prep(&mut self, l: &State, i: Instruction) -> Recorded {
        let v = self.look(l, a(i) + 3);
        if v.tag & 0x0F == 0 || v.tag == tag::FALSE {
            return Ok(());
        }
        self.step()
    }

    /// Records `TFORCALL`.
    pub(super) fn generic_for_call(&mut self, l: &State, i: Instruction) -> Recorded {
        let (ra, n) = (a(i), c(i));
        let f = self.get(l, ra);
        let now = self.peek(l, self.reg(ra));
        if let Some(native) = now.as_native()
            && let ShortCut::Step(step) = native.short_cut
            && n <= 2
        {
            let id = self.constant(now);
            self.guard(Cc::Eq, f.r, id.r);
            if stdlib::is_ipairs(step)
                && let Some(done) = self.iterate_integers(l, ra, n)
            {
                return done;
            }
            return self.iterate(l, (native, step), ra, n);
        }
        if let Some(native) = native_of(now) {
            self.guard_native(f, now, native);
            let call = NativeCall {
                f: ra,
                args: 2,
                to: self.reg(ra + 4),
                wanted: n as i32,
            };
            if self.native_call(l, native, call) {
                return Ok(());
            }
        }
        let args = [self.look(l, ra + 1), self.look(l, ra + 2)];
        if now.is_function() && now.tag() != tag::LUA_FN {
            let to = self.reg(ra + 4);
            for (n, v) in [f].into_iter().chain(args).enumerate() {
                self.remember_moved(to + n as i32, v);
            }
            self.top = Some(to + 3);
            return self.call_out(to, (2, n as i32));
        }
        let call = Call {
            func: self.reg(ra + 4),
            nresults: n as i32,
            next: self.pc().wrapping_add(1),
        };
        self.enter_or_step(Some((f, now)), &args, call)
    }

    fn iterate(&mut self, l: &State, (f, step): (&Native, Step), ra: usize, n: usize) -> Recorded {
        let to = self.reg(ra + 4);
        if self.is_captured(to) || self.is_captured(to + 1) {
            return self.step();
        }
        if !stdlib::is_ipairs(step) && self.traverse(l, ra, n).is_some() {
            return Ok(());
        }
        let (t, key) = (self.get(l, ra + 1), self.get(l, ra + 2));
        let values = (
            self.peek(l, self.reg(ra + 1)),
            self.peek(l, self.reg(ra + 2)),
        );
        // The interpreter's own slots are free for a trial: it writes them next.
        let place = l.restore(self.base_offset + to as isize);
        let more = step(values.0, values.1, place);
        let (t_bits, k_bits) = (self.bits(t), self.bits(key));
        let (t_tag, k_tag) = (self.int(t.tag as i64), self.int(key.tag as i64));
        let (f, address) = (self.int(f as *const Native as i64), self.slot_address(to));
        let found = self.call(
            &runtime::iterate(),
            &[f, t_bits, t_tag, k_bits, k_tag, address],
        );
        match more {
            None => return self.step(),
            Some(more) => self.guard_int(Cc::Eq, found, more as i64),
        }
        self.reads_memory = true;
        self.filled(to);
        self.filled(to + 1);
        if more == Some(false) {
            let nil = self.constant(TValue::NIL);
            self.set_slot(to, nil);
        }
        Ok(())
    }

    /// Records `TFORLOOP`.
    pub(super) fn generic_for_loop(&mut self, l: &State, i: Instruction) -> Recorded {
        let v = self.look(l, a(i) + 4);
        if v.tag & 0x0F != 0 {
            self.set(a(i) + 2, v);
        }
        Ok(())
    }
}

/// By how many slots a vararg function's frame lies above where it was called.
fn moved_by(f: &Frame) -> i32 {
    // SAFETY: the prototype is named by the trace.
    let p = unsafe { &*f.proto };
    if p.is_vararg.get() {
        f.extra_args + p.num_params.get() as i32 + 1
    } else {
        0
    }
}
