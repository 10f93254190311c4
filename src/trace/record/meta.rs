//! Functions that instructions call by themselves: metamethods and the iterators of generic loops. Those that are Lua
//! functions are followed in frames of their own, as the interpreter has them (`cist::META`); when one returns, the
//! instruction that it interrupted is completed here, as `vm::resume_op` does.

use super::{Abort, Recorded, Recorder, Val, Verdict};
use crate::bytecode::op::{self, Op, a};
use crate::global::{Event, LAST_FAST};
use crate::object::proto::Instruction;
use crate::object::table::layout;
use crate::object::{CallInfo, LClosure, State, Table};
use crate::trace::metatables_vary;
use crate::trace::runtime::{self, class};
use crate::value::{Gc, TValue, tag};
use crate::vm::{meta, upval};
use perilune_jit::{BinOp, Cc, Ref, Width};

/// Where an instruction calls a function by itself.
pub(super) struct Call {
    /// The slot of the function.
    pub func: i32,
    /// Results that the instruction needs.
    pub nresults: i32,
    /// The instruction behind it.
    pub next: *const Instruction,
}

/// A value of the program: in the trace, and what it is now.
pub(super) type Operand = (Val, TValue);

impl Recorder {
    // ---- look-up ----

    /// The metamethod of a value for an event, guarded to be there; `None`, guarded, if it has none.
    pub(super) fn metamethod(&mut self, l: &State, (v, now): Operand, e: Event) -> Option<Operand> {
        let found = match self.sunk(v) {
            Some(n) => self.sunk_metatable(n)?.r,
            None => {
                let (place, at) = self.metatable_place(l, v, now);
                self.ir.load(Width::I64, place, at, class::TABLE)
            }
        };
        let Some(mt) = meta::metatable(l, now) else {
            self.guard_int(Cc::Eq, found, 0);
            return None;
        };
        if e as u8 <= LAST_FAST && mt.get_short(l.global().event_name(e)).is_nil() {
            self.guard_int(Cc::Ne, found, 0);
            self.guard_lacking(found, mt.lacks(e as u8), e);
            return None;
        }
        // Objects may have a metatable each: the parent has found another one here, or an earlier trace died with it.
        let known = if self.goes_on_here() || metatables_vary(l, self.pc()) {
            self.guard_int(Cc::Ne, found, 0);
            found
        } else {
            let known = self.object(mt);
            self.metatables.push((mt, self.pc()));
            self.guard(Cc::Eq, found, known);
            known
        };
        self.event_field(l, known, mt, e)
    }

    /// Whether the parent trace was left at the instruction that is being recorded.
    fn goes_on_here(&self) -> bool {
        self.parent.is_some() && self.instructions == 1
    }

    /// Guards that a metatable lacks the event, which is `noted` in its flags already or not. It need not be the same one each
    /// time: a program may make one for each of its tables.
    pub(super) fn guard_lacking(&mut self, found: Ref, noted: bool, e: Event) {
        // A metatable that was in use before has the event's flag; in a new one the field is looked for.
        if noted {
            return self.guard_absence(found, e);
        }
        let (state, event) = (self.ir.state(), self.int(e as i64));
        let lacks = self.call(&runtime::lacks(), &[state, found, event]);
        self.guard_int(Cc::Ne, lacks, 0);
    }

    /// Where the address of a value's metatable lies.
    fn metatable_place(&mut self, l: &State, v: Val, now: TValue) -> (Ref, i32) {
        match v.tag {
            tag::TABLE => (v.r, layout::METATABLE as i32),
            tag::USERDATA => (v.r, runtime::UDATA_METATABLE),
            _ => {
                let cell = &l.global().metatables[now.basic_type() as usize];
                (self.int(cell.as_ptr() as i64), 0)
            }
        }
    }

    /// The field of the metatable `mt` for an event.
    fn event_field(&mut self, l: &State, known: Ref, mt: Gc<Table>, e: Event) -> Option<Operand> {
        let name = l.global().event_name(e);
        let now = mt.get_short(name);
        let v = self.field(known, mt, name)?;
        Some((v, now))
    }

    /// The metamethod for an event of two operands.
    pub(super) fn binary_metamethod(
        &mut self,
        l: &State,
        x: Operand,
        y: Operand,
        e: Event,
    ) -> Option<Operand> {
        match self.metamethod(l, x, e) {
            Some(f) => Some(f),
            None => self.metamethod(l, y, e),
        }
    }

    // ---- entering ----

    /// The slot behind the registers of the running function, where most instructions call their metamethods.
    fn frame_end(&self) -> i32 {
        self.frame().base + self.proto().max_stack.get() as i32
    }

    /// Goes on in the metamethod `f` of the running instruction if it is a Lua function, else leaves the instruction to the
    /// interpreter.
    pub(super) fn enter_metamethod(
        &mut self,
        f: Option<Operand>,
        args: &[Val],
        nresults: i32,
    ) -> Recorded {
        let call = Call {
            func: self.frame_end(),
            nresults,
            next: self.pc().wrapping_add(1),
        };
        self.enter_or_step(f, args, call)
    }

    /// As `enter_metamethod`, with the frame where `call` says.
    pub(super) fn enter_or_step(
        &mut self,
        f: Option<Operand>,
        args: &[Val],
        call: Call,
    ) -> Recorded {
        match f {
            Some(f) if f.1.tag() == tag::LUA_FN => self.enter_event(f, args, call),
            _ => self.step(),
        }
    }

    /// Goes on in the Lua function `f`, which an instruction calls by itself.
    pub(super) fn enter_event(&mut self, (f, now): Operand, args: &[Val], call: Call) -> Recorded {
        let p = now.gc::<LClosure>().proto_object();
        let nargs = args.len() as i32;
        self.check_depth(&p, call.func, nargs)?;
        self.guard_function(f, p);
        self.remember_moved(call.func, f);
        let args: Vec<_> = (0..)
            .zip(args)
            .map(|(n, v)| self.own_captured(p.as_ptr(), n, *v))
            .collect();
        for (n, v) in args.into_iter().enumerate() {
            self.remember_moved(call.func + 1 + n as i32, v);
        }
        self.frame_mut().pc = call.next;
        self.snapshot = None;
        self.push_frame(&p, call.func, nargs, call.nresults, false)?;
        self.frame_mut().meta = true;
        Ok(())
    }

    /// Records the call of an object, in register `ra`, by its `__call`; `None` if that is no Lua function.
    pub(super) fn call_object(
        &mut self,
        l: &State,
        object: Operand,
        (ra, nargs): (usize, i32),
        nresults: i32,
    ) -> Option<Recorded> {
        let (f, now) = self.metamethod(l, object, Event::Call)?;
        if now.tag() != tag::LUA_FN {
            return None;
        }
        let func = self.reg(ra);
        let args: Vec<_> = (0..nargs)
            .map(|n| self.look_slot(l, func + 1 + n))
            .collect();
        // Guards leave to the start of the instruction, before the object became the first argument.
        self.snap();
        self.remember_moved(func, f);
        self.remember_moved(func + 1, object.0);
        for (n, v) in args.into_iter().enumerate() {
            self.remember_moved(func + 2 + n as i32, v);
        }
        let p = now.gc::<LClosure>().proto_object();
        Some(self.enter_function(l, f, p, func, nargs + 1, nresults))
    }

    // ---- returning ----

    /// Records the return of `values`, which are `now`, from the frame of a metamethod or an iterator: completes the
    /// caller's instruction.
    pub(super) fn complete_event(
        &mut self,
        l: &State,
        func: i32,
        values: &[Operand],
        nresults: i32,
    ) -> Recorded {
        // SAFETY: a frame that waits for a call goes on behind an instruction of its function.
        let i = op::public(unsafe { *self.pc().sub(1) });
        let nil = (self.constant(TValue::NIL), TValue::NIL);
        let first = values.first().copied().unwrap_or(nil);
        match Op::from_code(op::op(i)) {
            Some(Op::TForCall) => {
                let values: Vec<_> = values.iter().map(|v| v.0).collect();
                return self.deliver(func, &values, nresults);
            }
            Some(Op::Concat) => {
                self.forget_from(func);
                return self.go_on_concatenating(l, i, func, first);
            }
            Some(_) => {
                self.top = None;
                self.snapshot = None;
                self.forget_from(func);
                if let Some(r) = result_register(self.pc()) {
                    self.set(r as usize, first.0);
                }
            }
            None => return Err(Verdict::Aborted(Abort::Left)),
        }
        Ok(())
    }

    /// Whether the running function is a metamethod whose result is concatenated with others.
    pub(super) fn returns_into_concatenation(&self) -> bool {
        let (f, n) = (self.frame(), self.frames.len());
        // SAFETY: a frame that waits for a call goes on behind an instruction of its function.
        f.meta && n > 1 && op::op(unsafe { *self.frames[n - 2].pc.sub(1) }) == Op::Concat as u8
    }

    /// Takes back the level of nesting that the frame `ci` of a metamethod has counted, guarded to be still counted.
    pub(super) fn leave_level(&mut self, ci: Ref) {
        let state = self.ir.state();
        let noted = self.ir.load(Width::I64, ci, runtime::CI_CTX, class::FRAMES);
        let epoch = self
            .ir
            .load(Width::U32, state, runtime::NATIVE_EPOCH, class::FRAMES);
        self.guard(Cc::Eq, noted, epoch);
        let levels = self
            .ir
            .load(Width::U32, state, runtime::C_CALLS, class::FRAMES);
        let one = self.int(1);
        let levels = self.ir.bin(BinOp::Sub, levels, one);
        self.ir
            .store(Width::I32, state, runtime::C_CALLS, levels, class::FRAMES);
    }

    // ---- closing ----

    /// Whether the running function has variables to be closed now.
    pub(super) fn has_variables_to_close(&self, l: &State) -> bool {
        upval::has_tbc(l, l.ci().base())
    }

    /// Closes the upvalues from a slot on, guarded to have no variables to be closed among them.
    pub(super) fn close_upvalues(&mut self, from: i32) {
        let (state, level) = (self.ir.state(), self.slot_address(from));
        let done = self.call(&runtime::close_upvalues(), &[state, level]);
        self.guard_int(Cc::Ne, done, 0);
    }

    /// Records `CLOSE`.
    pub(super) fn record_close(&mut self, l: &State, i: Instruction) -> Recorded {
        let from = self.reg(a(i));
        if upval::has_tbc(l, l.restore(self.base_offset + from as isize)) {
            return self.step();
        }
        self.close_upvalues(from);
        Ok(())
    }
}

/// The register that the result of a metamethod goes to, which the instruction in front of `pc` has called; `None` if it goes
/// to none, or where calls put their results.
pub(super) fn result_register(pc: *const Instruction) -> Option<i32> {
    // SAFETY: a frame that waits for a call goes on behind an instruction of its function.
    let i = op::public(unsafe { *pc.sub(1) });
    let r = match Op::from_code(op::op(i))? {
        // SAFETY: the operation that failed lies in front of the instruction for its metamethod.
        Op::MmBin | Op::MmBinI | Op::MmBinK => a(unsafe { *pc.sub(2) }),
        Op::TForCall => return None,
        o if o.sets_a() => a(i),
        _ => return None,
    };
    Some(r as i32)
}

/// Whether the return from the metamethod's frame `ci` can be followed in a trace that was entered in it: it has counted a
/// level that is still counted, and nothing that may fail is left to be done for the caller's instruction.
pub(super) fn can_complete(l: &State, ci: &CallInfo, caller: &CallInfo) -> bool {
    // SAFETY: a frame that waits for a call goes on behind an instruction of its function.
    let interrupted = op::op(unsafe { *caller.pc.get().sub(1) });
    ci.ctx.get() == l.native_epoch.get() as isize && interrupted != Op::Concat as u8
}
