//! Handlers of loop instructions and calls where what is hot is compiled: they count, start recorders and enter traces.

use super::{
    DispatchTable, HANDLERS, Handler, K, Outcome, PLAIN, Pc, branch, calls, dispatch_for, loops,
    resume_frame, run, set_variants, table_of,
};
use crate::bytecode::op::{self, Loop};
use crate::error::{LResult, Throw};
use crate::global::HEAT_COUNTERS;
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{LClosure, Proto, State};
use crate::trace::function::{self, Called, heat};
use crate::trace::{self, After};
use crate::value::{Gc, Slot, tag};
use crate::vm::call::enter_lua;
use core::sync::atomic::{Ordering, compiler_fence};

/// The handlers where hot loops are looked for: loop instructions count, and enter traces.
const fn counting_handlers() -> DispatchTable {
    let counting = [forloop as Handler, tforloop, jmp];
    let t = set_variants(table_of(&HANDLERS), Loop::Published, &counting);
    let mut t = set_variants(t, Loop::Enter, &[enter; 3]);
    t[op::Op::Call as usize] = call;
    t[op::Op::TailCall as usize] = tailcall;
    t
}
static COUNTING: DispatchTable = counting_handlers();
static RECORDING: DispatchTable = [record; 128];
static STEPPING: DispatchTable = [stop; 128];

/// What `run_one` answers when the instruction is done: the frame says where the thread stands.
pub const STOPPED: Outcome = Outcome(0xFE);

/// Counts a round of the loop that is closed by the instruction in front of `pc`; answers whether it is hot now.
#[inline(always)]
fn tick(l: &State, pc: Pc) -> bool {
    let counter = &l.global().heat[pc.as_ptr() as usize / size_of::<Instruction>() % HEAT_COUNTERS];
    let left = counter.get().wrapping_sub(1);
    counter.set(left);
    left == 0
}

macro_rules! counting {
    ($($(#[$attr:meta])* $name:ident => $plain:path;)*) => {$(
        $(#[$attr])*
        pub fn $name(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            if tick(l, pc) {
                return start(l, base, pc, k, i);
            }
            $plain(l, base, pc, k, i)
        }
    )*};
}

counting! {
    /// `forloop` of a loop that has no trace yet.
    forloop => loops::forloop;
    /// `tforloop` of a loop that has no trace yet.
    tforloop => loops::tforloop;
}

/// `jmp` that may close a loop that has no trace yet.
pub fn jmp(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    if op::sj(i) < 0 && tick(l, pc) {
        return start(l, base, pc, k, i);
    }
    branch::jmp(l, base, pc, k, i)
}

/// The function that is called in register A, if its heat asks for more than counting.
#[inline(always)]
fn hot_callee(base: Slot, i: Instruction) -> Option<Gc<Proto>> {
    let f = base.add(op::a(i));
    if f.tag() == tag::LUA_FN {
        return hot_function(f);
    }
    None
}

/// Counts a call of the Lua function in a slot; its prototype if the heat asks for more than that.
#[inline(always)]
fn hot_function(f: Slot) -> Option<Gc<Proto>> {
    let cl: Gc<LClosure> = Gc::from_ptr(f.bits() as *mut LClosure);
    let heat = &cl.proto().heat;
    let left = heat.get();
    if left > 0 {
        heat.set(left - 1);
        return None;
    }
    Some(cl.proto_object())
}

/// `call` that counts the calls of Lua functions.
pub fn call(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let f = base.add(op::a(i));
    if f.tag() != tag::LUA_FN {
        return calls::call_other(l, base, pc, k, i);
    }
    if hot_function(f).is_some() {
        return call_hot(l, base, pc, k, i);
    }
    calls::call_lua(l, base, pc, k, i)
}

/// `tailcall` that does.
pub fn tailcall(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    if hot_callee(base, i).is_some() {
        return tailcall_hot(l, base, pc, k, i);
    }
    calls::tailcall(l, base, pc, k, i)
}

/// Where the interpreter goes on at a call.
enum Entry {
    /// At the call itself.
    Call,
    /// At the start of the callee.
    Callee,
    /// In the callee's trace.
    Trace,
    /// Nowhere.
    Thrown(Throw),
}

#[inline(never)]
fn call_hot(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    l.ci().pc.set(pc.as_ptr());
    match prepare_call(l, base, i) {
        Entry::Call => calls::call(l, base, pc, k, i),
        Entry::Callee => resume_frame(l),
        Entry::Trace => enter_trace(l),
        Entry::Thrown(t) => Outcome::thrown(t),
    }
}

#[inline(never)]
fn tailcall_hot(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    l.ci().pc.set(pc.as_ptr());
    match prepare_tail_call(l, base, i) {
        Entry::Call => calls::tailcall(l, base, pc, k, i),
        Entry::Callee => resume_frame(l),
        Entry::Trace => enter_trace(l),
        Entry::Thrown(t) => Outcome::thrown(t),
    }
}

/// Makes the frame of a function that is hot, if it is to be more than interpreted.
#[inline(never)]
fn prepare_call(l: &State, base: Slot, i: Instruction) -> Entry {
    let called = hot_callee(base, i).map_or(Called::Plain, |p| function::called(l, p));
    if called == Called::Plain {
        return Entry::Call;
    }
    let func = base.add(op::a(i));
    if op::b(i) != 0 {
        l.top.set(func.add(op::b(i)));
    }
    match enter_lua(l, func, op::c(i) as i32 - 1) {
        Ok(()) => prepare_function(l, called),
        Err(t) => Entry::Thrown(t),
    }
}

/// Lets such a function take the frame of the running one.
#[inline(never)]
fn prepare_tail_call(l: &State, base: Slot, i: Instruction) -> Entry {
    let called = hot_callee(base, i).map_or(Called::Plain, |p| function::called(l, p));
    if called == Called::Plain || l.ci().has(cist::SPECIAL_RETURN) {
        return Entry::Call;
    }
    match calls::tail_body(l, base, i) {
        Ok(_) => prepare_function(l, called),
        Err(t) => Entry::Thrown(t),
    }
}

/// Starts a recording, or has the trace entered, in the frame that has just been made.
fn prepare_function(l: &State, called: Called) -> Entry {
    // The frames that native calls have to return to lie beyond a run of the interpreter.
    l.ci().set_bits(cist::TRACED);
    if called == Called::Enter {
        return Entry::Trace;
    }
    function::record(l, heat::COMPILED);
    Entry::Callee
}

/// Runs the function whose frame a C function has had made, the current one, until it returns: `interp::run_called` where
/// functions are compiled.
#[inline(always)]
pub fn run_called(l: &State) -> LResult<()> {
    if is_counting(l) {
        if let Some(p) = hot_function(l.ci().func.get()) {
            return run_hot(l, p);
        }
    } else if is_stepping(l) {
        return within_step(l, run_called);
    }
    l.ci().set_bits(cist::FRESH);
    run(l)
}

#[inline(never)]
fn run_hot(l: &State, p: Gc<Proto>) -> LResult<()> {
    let ci = l.ci();
    match function::called_back(l, p) {
        Called::Plain => {}
        Called::Record => {
            ci.set_bits(cist::TRACED);
            function::record(l, heat::CALLED_BACK);
        }
        Called::Enter => {
            ci.set_bits(cist::TRACED);
            let Some(after) = trace::enter_called_back(l) else {
                return Ok(());
            };
            let outcome = go_on(l, after);
            #[cfg(debug_assertions)]
            if outcome == Outcome::CONTINUE {
                return run(l);
            }
            return outcome.into_result();
        }
    }
    ci.set_bits(cist::FRESH);
    run(l)
}

/// A loop is hot: starts to record it if that is possible now, and goes on.
#[cold]
#[inline(never)]
fn start(l: &State, _base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    l.ci().pc.set(pc.as_ptr());
    let recorded = trace::hot_loop(l, pc.offset(-1).as_ptr());
    // Room for the recording may have moved the stack.
    let base = l.ci().base();
    if recorded {
        return record(l, base, pc, k, i);
    }
    plain_handler(i)(l, base, pc, k, i)
}

/// The handler that does what the instruction says and nothing else.
#[inline(always)]
fn plain_handler(i: Instruction) -> Handler {
    PLAIN[op::op(i) as usize & 127]
}

/// Shows the instruction to the recorder, then executes it.
pub fn record(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    l.ci().pc.set(pc.as_ptr());
    trace::observe(l, pc.offset(-1).as_ptr());
    plain_handler(i)(l, base, pc, k, i)
}

/// Ends the run of a single instruction.
pub fn stop(l: &State, _base: Slot, pc: Pc, _k: K, _i: Instruction) -> Outcome {
    l.ci().pc.set(pc.offset(-1).as_ptr());
    STOPPED
}

/// Enters the trace that starts at the instruction in front of `pc` and goes on wherever it leaves.
pub fn enter(l: &State, _base: Slot, pc: Pc, _k: K, _i: Instruction) -> Outcome {
    l.ci().pc.set(pc.offset(-1).as_ptr());
    enter_trace(l)
}

/// Enters the trace that starts at the current frame's `pc` and goes on wherever it leaves.
fn enter_trace(l: &State) -> Outcome {
    go_on(l, trace::enter(l))
}

/// Lets the interpreter go on behind a trace.
#[inline(always)]
fn go_on(l: &State, after: After) -> Outcome {
    match after {
        After::Plain => {
            let ci = l.ci();
            let pc = Pc::new(ci.pc.get());
            let i = pc.fetch();
            plain_handler(i)(l, ci.base(), pc.offset(1), K(ci.k.get()), i)
        }
        After::Go => resume_frame(l),
        After::Thrown(outcome) => outcome,
    }
}

/// Gives the thread one of these tables, unless it has a hook: a signal handler may set one at any time.
fn set_table(l: &State, table: *const DispatchTable) {
    l.dispatch.set(table);
    compiler_fence(Ordering::SeqCst);
    let mask = l.hook_mask.get();
    if mask != 0 {
        l.dispatch.set(dispatch_for(l.global(), mask));
    }
}

/// While a thread runs a single instruction, which an exception of the host may end: its table otherwise.
struct Stepping<'a>(&'a State, *const super::DispatchTable);

impl Drop for Stepping<'_> {
    fn drop(&mut self) {
        if is_stepping(self.0) {
            set_table(self.0, self.1);
        }
    }
}

/// Executes the instruction at the current frame's `pc` alone, metamethods that are Lua functions and calls of Lua functions
/// only entered: `STOPPED` if that went well, else what it threw. The frame's `pc` is then behind it, or in the callee.
pub fn run_one(l: &State) -> Outcome {
    let ci = l.ci();
    let pc = Pc::new(ci.pc.get());
    let i = pc.fetch();
    let step = Stepping(l, l.dispatch.replace(&STEPPING));
    let outcome = plain_handler(i)(l, ci.base(), pc.offset(1), K(ci.k.get()), i);
    drop(step);
    #[cfg(debug_assertions)]
    let outcome = if outcome == Outcome::CONTINUE {
        STOPPED
    } else {
        outcome
    };
    outcome
}

/// Whether the thread runs a single instruction; a nested run of the interpreter must not stop at its first one.
#[inline(always)]
pub fn is_stepping(l: &State) -> bool {
    core::ptr::eq(l.dispatch.get(), &STEPPING)
}

/// Whether hot loops are looked for in the thread, and nothing else is.
#[inline(always)]
pub fn is_counting(l: &State) -> bool {
    core::ptr::eq(l.dispatch.get(), &COUNTING)
}

/// Lets a thread that has been interpreted look for hot loops.
pub fn set_counting(l: &State) {
    if core::ptr::eq(l.dispatch.get(), &PLAIN) {
        set_table(l, counting_table());
    }
}

/// Whether the thread's instructions go to the recorder.
pub fn is_recording(l: &State) -> bool {
    core::ptr::eq(l.dispatch.get(), &RECORDING)
}

/// Lets the thread's instructions go to the recorder, or no longer.
pub fn set_recording(l: &State, on: bool) {
    if on {
        set_table(l, &RECORDING);
    } else if is_recording(l) {
        set_table(l, counting_table());
    }
}

/// The table of a thread whose hot loops are looked for: what a trace compares with.
pub fn counting_table() -> *const DispatchTable {
    &COUNTING
}

/// `run` where the thread is to stop behind the instruction that calls it: not before that is done.
#[cold]
pub fn run_within_step(l: &State) -> LResult<()> {
    within_step(l, run)
}

/// Runs the interpreter within a single instruction.
fn within_step(l: &State, run: fn(&State) -> LResult<()>) -> LResult<()> {
    let stepping = l.dispatch.replace(counting_table());
    let result = run(l);
    set_table(l, stepping);
    result
}
