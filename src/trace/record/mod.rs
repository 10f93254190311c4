//! The recorder: turns the instructions that the interpreter executes into the IR of a trace.
//!
//! It sees each instruction before it is executed, with the operands in place, and knows from them what is going to happen.
//! What it relies on becomes a guard; a guard leaves to the start of the instruction, so all guards of an instruction come
//! before its effects. What it has no IR for is executed by the interpreter, alone, in the middle of the trace (`step`).
//!
//! Slots
//! - Slots are numbered from the registers of the frame in which the trace is entered (`Recorder::base`).
//! - `slots` has what the trace knows to be in a slot: a value of the IR and its tag. `dirty` slots are not in memory.
//! - A register that a nested function captures may be read and written through an upvalue: it is always in memory, and
//!   accessed in the class `UPVALUE`.

mod arith;
mod branch;
mod call;
mod carry;
mod concat;
mod end;
mod invoke;
mod library;
mod meta;
mod ops;
mod protect;
mod select;
mod sink;
mod slots;
mod snapshot;
mod step;
mod table;
mod table_library;
mod targets;
mod trial;

use self::carry::Start;
use self::protect::Protected;
use self::sink::Sunk;
pub use self::sink::{MAX_SUNK, SUNK};
use self::trial::Trial;
use super::blueprint::Blueprint;
use super::frames::{Frame, FrameState};
use super::function::heat;
use super::liveness::{Code, Codes};
use super::options::{self, Options};
use super::runtime::{CallPlan, StepPlan, class};
use crate::bytecode::op::{self, Op};
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{CallInfo, GcHeader, LClosure, Proto, State, Table};
use crate::value::{Gc, Slot, TValue, tag};
use core::cell::Cell;
use perilune_jit::{COMPILES_FAST, Ref, SnapId, Trace};
use rustc_hash::FxHashMap as HashMap;
use std::rc::Rc;

/// Bytes of a slot.
const SLOT: i32 = size_of::<TValue>() as i32;
/// Instructions that a trace may have: a round of a checksum whose steps are written out takes some thousands.
const MAX_INSTRUCTIONS: usize = if COMPILES_FAST { 4000 } else { 600 };
/// Values of the IR that a trace may have.
const MAX_IR: usize = if COMPILES_FAST { 10000 } else { 1200 };
/// Frames that a trace may enter on top of the first.
pub const MAX_FRAMES: usize = 12;
/// Slots that a trace may know.
pub const MAX_SLOTS: usize = 160;
/// Where the thread's top is while a trace runs: above those, and the tables that an exit makes.
pub const TOP: usize = MAX_SLOTS + MAX_SUNK;
/// Rounds of an inner loop that are unrolled.
const MAX_UNROLL: u32 = 8;
/// Compiled instructions that an instruction which is left to the interpreter must come with.
const MIN_PER_STEP: usize = 16;
/// The same for each call of a function that is not followed.
const MIN_PER_CALL: usize = 6;
/// The same for each call of a `pcall` that is not followed: the function that it calls runs in an interpreter of its own.
const MIN_PER_PROTECTED: usize = 10;
/// Instructions that a side trace which ends in the interpreter must have to be worth its while.
const MIN_DEAD_END: usize = 10;
/// Instructions that a function which C functions call must execute for its trace to be worth entering.
const MIN_CALLED_BACK: usize = 8;
/// Recordings that are put off while one waits for a native call.
const PATIENCE: u32 = 100;
/// Calls of one function inside each other that are followed.
const MAX_RECURSION: usize = 2;

/// Why a recording ended without a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Abort {
    /// The trace became too long.
    TooLong,
    /// It became too long to be compiled so early.
    TooSoon,
    /// The interpreter went elsewhere: an error, a yield, a hook.
    Left,
    /// The loop was left before it came round.
    LoopLeft,
    /// An inner loop went round too often.
    InnerLoop,
    /// Calls too deep.
    TooDeep,
    /// The back end refused.
    BackEnd,
    /// More was left to the interpreter than was compiled.
    Slow,
    /// A function calls itself, and has no trace of its own yet.
    Recursion,
    /// A protected call cannot be followed.
    Protected,
    /// A loop cannot carry tables that are not made from round to round.
    Tables,
    /// A function that C functions call has returned at once.
    Short,
}

/// How a recording ended.
pub enum Finish {
    /// Back at its start.
    Loop,
    /// Back at its start with tables that have not been made: the trace is the first round.
    FirstRound,
    /// At the start of another trace, by its number.
    Link(u32),
    /// Behind a native call that it has made.
    Continue,
    /// Behind a call that it has followed, in a trace that others share.
    Join,
    /// By a return from the frame in which it was entered.
    Return,
    /// By a tail call of a function that has a trace of its own.
    TailCall,
    /// In the interpreter.
    Interpreter,
}

/// What the recorder wants after an instruction.
pub enum Verdict {
    /// The next one.
    Continue,
    /// Nothing more; the trace is complete.
    Finished(Finish),
    /// Nothing more; there is no trace.
    Aborted(Abort),
    /// To be asked again when the function returns that has just been entered.
    Suspended,
}

/// A value of the trace: its payload and its tag, which is always known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Val {
    /// The payload: `Ty::Num` for floats, else `Ty::Int`.
    pub r: Ref,
    /// The tag.
    pub tag: u8,
}

/// A slot that was read from memory at the start of the trace: its tag and payload as they were.
struct Entry {
    slot: i32,
    tag_load: Ref,
    tag: u8,
    payload: Option<Ref>,
}

/// A recording.
pub struct Recorder {
    /// The thread that is observed.
    pub thread: *const State,
    /// The IR.
    pub ir: Trace,
    /// States of the frames, by the number that snapshots name.
    pub states: Vec<FrameState>,
    /// Plans of the instructions that the interpreter executes.
    pub plans: Vec<Rc<StepPlan>>,
    /// Plans of the calls that are not followed.
    pub calls: Vec<Rc<CallPlan>>,
    /// Plans of the tables that are made late.
    pub blueprints: Vec<Rc<Blueprint>>,
    /// Objects that the trace names.
    pub objects: Vec<Gc<GcHeader>>,
    /// Metatables among them, and the instructions that expect them.
    pub metatables: Vec<(Gc<Table>, *const Instruction)>,
    /// The instruction where the trace starts.
    pub start: *const Instruction,
    /// The exit that the trace continues; `None` for a root trace.
    pub parent: Option<u32>,
    /// The instruction where its root trace starts.
    pub root: *const Instruction,
    /// Whether it has been outside of the loop that this one closes, if it does.
    left_loop: bool,
    /// Set when the compiled trace may no longer go on; steps look at it.
    pub dead: Box<Cell<bool>>,
    /// States of the frames where the trace ends in another one.
    pub links: Vec<Rc<FrameState>>,
    proto: Gc<Proto>,
    /// Offset of the outermost frame's registers in the thread's stack.
    base_offset: isize,
    base: Ref,
    frames: Vec<Frame>,
    slots: Vec<Option<Val>>,
    dirty: Vec<bool>,
    sunk: Vec<Sunk>,
    /// The one among them that is a string to which more can be appended.
    growing: Option<usize>,
    /// Whether the trace makes such a string.
    makes_text: bool,
    /// How a trace behind a first round begins.
    begins: Option<Start>,
    entries: Vec<Entry>,
    /// Whether everything was written to memory at some point: loads behind it are no entries.
    synced: bool,
    /// Slots that a helper has written: loads of them are no entries.
    filled: Vec<i32>,
    /// Whether something but the trace itself reads slots that the trace has not written.
    reads_memory: bool,
    top: Option<i32>,
    /// Whether the thread's top is that end, wherever it is.
    keeps_top: bool,
    /// Whether the recording is that of a function as a whole.
    is_function: bool,
    /// What the function's heat is when it is compiled.
    pub heat: i32,
    /// Whether it goes on behind a native call, or where others have joined.
    pub continues: bool,
    /// Whether it may end behind a call that it has followed.
    pub joins: bool,
    /// Whether it is to replace a root trace: that stays if this leads to nothing.
    pub replaces: bool,
    /// Counts the times that it leads from the first round of its root's loop back to the start, if those are limited.
    pub detour: Option<Box<Cell<u32>>>,
    /// Whether the last instruction was the return from such a call.
    returned: bool,
    /// How many others may still be put off while it waits for such a call.
    pub patience: u32,
    /// Where it has gone on behind native calls that it has made.
    pub passed: Vec<*const Instruction>,
    /// The settings of the state when it began.
    options: Options,
    /// How many instructions of the IR there is time for, in a root.
    longest: usize,
    /// How often the loop that starts here may go round; 0 if its count is not known.
    to_come: u64,
    snapshot: Option<SnapId>,
    /// Where exits through that make what is sunk, by its numbers.
    places: HashMap<usize, i32>,
    waiting: Option<Waiting>,
    /// Where the ways from a comparison meet that have both been recorded.
    meets: Option<*const Instruction>,
    /// Whether what is waited for has an open number of results.
    waits_open: bool,
    codes: Rc<Codes>,
    /// The code that was last asked for.
    code: Option<(*const Proto, Rc<Code>)>,
    instructions: usize,
    /// Of them, those that the interpreter executes.
    pub steps: usize,
    /// And calls that are not followed,
    pub calls_out: usize,
    /// some of them protected calls.
    protected_out: usize,
    /// Whether it, or what it goes on from, allocates memory.
    pub allocates: bool,
    rounds: HashMap<*const Instruction, u32>,
    finish: Option<Finish>,
    /// The protected call that is being followed, the outermost one.
    pub protected: Option<Protected>,
    /// The call that is being tried.
    trial: Option<Box<Trial>>,
    /// The tags of what the last call of the library in the trace gives now, where that is known.
    found: Vec<u8>,
}

/// What the recorder knows of slots.
pub struct Saved {
    slots: Vec<Option<Val>>,
    dirty: Vec<bool>,
    sunk: Vec<Sunk>,
    base: Ref,
}

/// What the recorder waits for: everything up to then is not its own.
#[derive(Clone, Copy, PartialEq)]
enum Waiting {
    /// The end of a step, by the number of its plan.
    Step(usize),
    /// The return of a function that is not followed, to an instruction.
    Call(*const Instruction),
    /// The return of a function that the trace calls natively, to an instruction.
    Native(*const Instruction),
}

/// An instruction's recording goes on, or has a verdict.
type Recorded = Result<(), Verdict>;

impl Recorder {
    /// A recording that starts in the current frame of `l` at `start`.
    pub fn new(l: &State, start: *const Instruction, parent: Option<u32>) -> Recorder {
        let ci = l.ci();
        let mut ir = Trace::new();
        ir.labels = class::LABELS.to_vec();
        let base = ir.base();
        let proto = closure_of(ci).proto.get();
        Recorder {
            thread: l,
            ir,
            states: Vec::new(),
            plans: Vec::new(),
            calls: Vec::new(),
            blueprints: Vec::new(),
            objects: vec![Gc::from_ptr(proto.cast())],
            metatables: Vec::new(),
            start,
            parent,
            root: start,
            left_loop: false,
            dead: Box::new(Cell::new(false)),
            links: Vec::new(),
            proto: Gc::from_ptr(proto),
            base_offset: l.save(ci.base()),
            base,
            frames: vec![Frame {
                base: 0,
                proto,
                pc: start,
                nresults: ci.nresults.get(),
                extra_args: if closure_of(ci).proto().is_vararg.get() {
                    ci.extra_args.get()
                } else {
                    0
                },
                tail: false,
                meta: false,
                protected: 0,
            }],
            slots: Vec::new(),
            dirty: Vec::new(),
            sunk: Vec::new(),
            growing: None,
            makes_text: false,
            begins: None,
            entries: Vec::new(),
            synced: false,
            filled: Vec::new(),
            reads_memory: false,
            top: None,
            keeps_top: false,
            is_function: false,
            heat: heat::COMPILED,
            continues: false,
            joins: false,
            replaces: false,
            detour: None,
            returned: false,
            patience: PATIENCE,
            passed: Vec::new(),
            options: options::of(l.global()),
            longest: super::longest(l.global()),
            to_come: rounds_to_come(ci, start),
            snapshot: None,
            places: HashMap::default(),
            waiting: None,
            meets: None,
            waits_open: false,
            codes: super::codes_of(l),
            code: None,
            instructions: 0,
            steps: 0,
            calls_out: 0,
            protected_out: 0,
            allocates: false,
            rounds: HashMap::default(),
            finish: None,
            protected: None,
            trial: None,
            found: Vec::new(),
        }
    }

    /// A recording of the function whose frame has just been made. `heat` is what its heat is when that is compiled.
    pub fn of_function(l: &State, heat: i32) -> Recorder {
        Recorder {
            is_function: true,
            heat,
            ..Recorder::new(l, l.ci().pc.get(), None)
        }
    }

    /// Makes the recording that of a side trace: the frames and slots are those of the exit. `values` are the slots that
    /// the exit has in registers or as constants. `behind_first_round`: see `carry`. Answers whether there can be one.
    pub fn continue_exit(
        &mut self,
        l: &State,
        state: &FrameState,
        base: isize,
        values: &[(i32, Val)],
        behind_first_round: bool,
    ) -> bool {
        self.frames = state.frames.clone();
        // The root may have been entered in a frame with another number of arguments than this one.
        let mut outermost = l.ci();
        for _ in 1..self.frames.len() {
            // SAFETY: the frames of the exit have been pushed onto the one in which the trace was entered.
            outermost = unsafe { &*outermost.prev.get() };
        }
        if closure_of(outermost).proto().is_vararg.get() {
            self.frames[0].extra_args = outermost.extra_args.get();
        }
        self.top = state.top;
        self.base_offset = base;
        // What the parent has loaded and stored is not known here.
        self.synced = true;
        for f in &state.frames {
            self.name(Gc::from_ptr(f.proto.cast_mut().cast()));
        }
        let slots = self.take_over(state, values);
        for &(slot, v) in &slots {
            self.set_slot(slot, v);
        }
        if behind_first_round {
            self.synced = false;
            let sunk = self.sunk.clone();
            self.begins = Some(Start { slots, sunk });
        }
        !state.keeps_top || self.guard_top(l)
    }

    /// Looks at the instruction at `pc`, which is executed next.
    pub fn observe(&mut self, l: &State, pc: *const Instruction) -> Verdict {
        match self.record(l, pc) {
            Ok(()) => match self.finish.take() {
                Some(_) if self.instructions < self.least_instructions() => {
                    Verdict::Aborted(Abort::Slow)
                }
                Some(finish) => Verdict::Finished(finish),
                None => Verdict::Continue,
            },
            Err(verdict) => verdict,
        }
    }

    /// Instructions that make up for the steps and calls among them.
    pub(super) fn least_instructions(&self) -> usize {
        self.steps * MIN_PER_STEP
            + self.calls_out * MIN_PER_CALL
            + self.protected_out * (MIN_PER_PROTECTED - MIN_PER_CALL)
    }

    /// Ends the recording of a trace that is too long.
    fn check_length(&self) -> Recorded {
        let why = if self.instructions > MAX_INSTRUCTIONS || self.ir.len() > MAX_IR {
            Abort::TooLong
        } else if self.parent.is_none() && self.ir.len() > self.longest {
            Abort::TooSoon
        } else {
            return Ok(());
        };
        Err(Verdict::Aborted(why))
    }

    fn record(&mut self, l: &State, pc: *const Instruction) -> Recorded {
        let expected = l.restore(self.base_offset + self.frame().base as isize);
        let ci = l.ci();
        if self.waiting.is_some() && ci.base() != expected {
            return self.elsewhere(l, expected);
        }
        if ci.base() != expected || !self.belongs(pc) {
            return Err(Verdict::Aborted(Abort::Left));
        }
        if let Some(waiting) = self.waiting.take() {
            self.is_done(l, waiting, pc)?;
        }
        if self.meets.is_some_and(|meets| pc != meets) {
            return Ok(());
        }
        self.meets = None;
        // SAFETY: `pc` is the instruction that the interpreter is about to execute.
        if !self.goes_on_trying(l, unsafe { *pc })? {
            return Ok(());
        }
        self.instructions += 1;
        self.check_length()?;
        self.frame_mut().pc = pc;
        self.snapshot = None;
        if self.instructions > 1 {
            self.at_loop(l, pc)?;
            if self.finish.is_some() {
                return self.check_protected(self.ir.len());
            }
        } else if self.is_function {
            self.poll_hooks();
        }
        // SAFETY: `pc` is the instruction that the interpreter is about to execute.
        let i = op::public(unsafe { *pc });
        let first = self.ir.len();
        self.instruction(l, i)?;
        self.check_protected(first)
    }

    /// What was waited for is done; the instruction at `pc` is the next one.
    fn is_done(&mut self, l: &State, waiting: Waiting, pc: *const Instruction) -> Recorded {
        let open = core::mem::take(&mut self.waits_open);
        match waiting {
            Waiting::Step(plan) => {
                self.plans[plan].next.set(pc);
                if open {
                    self.open_results(l, plan)?;
                }
            }
            Waiting::Call(next) => {
                if pc != next {
                    return Err(Verdict::Aborted(Abort::Left));
                }
                if open && !self.guard_top(l) {
                    return Err(Verdict::Aborted(Abort::TooDeep));
                }
            }
            Waiting::Native(next) => {
                if pc != next {
                    return Err(Verdict::Aborted(Abort::Left));
                }
                if self.keeps_top && !self.guard_top(l) {
                    return Err(Verdict::Aborted(Abort::TooDeep));
                }
            }
        }
        Ok(())
    }

    /// Notes how many results the step has given, which is what the trace relies on.
    fn open_results(&mut self, l: &State, plan: usize) -> Recorded {
        let end = l.top.get().distance(l.restore(self.base_offset)) as i32;
        if end >= MAX_SLOTS as i32 - 1 {
            return Err(Verdict::Aborted(Abort::TooDeep));
        }
        self.plans[plan].end.set(end);
        self.top = Some(end);
        Ok(())
    }

    /// The thread is not in the frame that waits for the end of a step: inside something that the step has called.
    fn elsewhere(&mut self, l: &State, expected: Slot) -> Recorded {
        if l.ci().base() < expected {
            return Err(Verdict::Aborted(Abort::Left));
        }
        // A Lua function in a frame of its own: a step ends where it is entered.
        let entered = l.ci().is_lua()
            && !l.ci().has(cist::FRESH)
            && !l.ci().prev.get().is_null()
            // SAFETY: checked for null; frames in front of the current one are live.
            && unsafe { &*l.ci().prev.get() }.base() == expected;
        match self.waiting {
            Some(Waiting::Native(_)) if entered && !l.ci().has(cist::META) => {
                l.ci().set_bits(cist::AWAITED);
                Err(Verdict::Suspended)
            }
            _ if entered => Err(Verdict::Aborted(Abort::Left)),
            _ => Ok(()),
        }
    }

    /// Whether it waits for the return to where the thread stands.
    pub fn waits_here(&self, l: &State) -> bool {
        let expected = l.restore(self.base_offset + self.frame().base as isize);
        let ci = l.ci();
        let here = Waiting::Native(ci.pc.get());
        core::ptr::eq(self.thread, l) && self.waiting == Some(here) && ci.base() == expected
    }

    /// Whether it waits for a function to return, and its trace could end in front of that, too.
    pub fn is_suspended(&self) -> bool {
        matches!(self.waiting, Some(Waiting::Native(_)))
    }

    fn belongs(&self, pc: *const Instruction) -> bool {
        // SAFETY: the prototype is named by the trace, whose recording ends before it is collected.
        let p = unsafe { &*self.frame().proto };
        p.code.as_slice().as_ptr_range().contains(&pc)
    }

    /// Ends the trace where a loop that it knows begins.
    fn at_loop(&mut self, l: &State, pc: *const Instruction) -> Recorded {
        let at_root = self.parent.is_none() && self.frames.len() == 1 && !self.is_function;
        if pc == self.start && at_root {
            if self.makes_text && !super::loops_plainly(l, pc) {
                // It is needed in every round.
                super::loop_plainly(l, pc);
                return Err(Verdict::Aborted(Abort::Tables));
            }
            self.finish = Some(match self.carries_tables(l) {
                true => Finish::FirstRound,
                false => Finish::Loop,
            });
            return Ok(());
        }
        if pc == self.start && self.begins.is_some() && self.frames.len() == 1 {
            if !self.comes_round() {
                return Err(Verdict::Aborted(Abort::Tables));
            }
            self.finish = Some(Finish::Loop);
            return Ok(());
        }
        if self.frames.len() == 1 && !self.is_function && !self.is_in_loop(pc) {
            if at_root {
                return Err(Verdict::Aborted(Abort::LoopLeft));
            }
            self.left_loop = true;
        }
        if let Some(trace) = super::trace_at(l, pc) {
            // A root trace that meets an inner loop is not the one to compile: exits of the inner loop's trace will
            // lead around the outer one.
            if at_root {
                return Err(Verdict::Aborted(Abort::InnerLoop));
            }
            self.finish = Some(Finish::Link(trace));
            return Ok(());
        }
        if core::mem::take(&mut self.returned) && self.joins && self.may_join() {
            self.finish = Some(Finish::Join);
            return Ok(());
        }
        // SAFETY: `pc` is the instruction that the interpreter is about to execute.
        let i = op::public(unsafe { *pc });
        let closes = op::with_variant(i, op::Loop::Plain).is_some()
            && (op::op(i) != op::Op::Jmp as u8 || op::sj(i) < 0);
        if closes {
            let n = self.rounds.entry(pc).or_default();
            *n += 1;
            if *n > MAX_UNROLL {
                return Err(Verdict::Aborted(Abort::InnerLoop));
            }
        }
        Ok(())
    }

    /// Whether `pc`, in the outermost frame, is in the loop that the instruction closes where the root trace starts. One
    /// that comes back to its start by way of an outer loop has seen the loop end, not what is to be fast.
    fn is_in_loop(&self, pc: *const Instruction) -> bool {
        // SAFETY: traces live no longer than the function's code.
        let i = op::public(unsafe { *self.root });
        let back = match op::Op::from_code(op::op(i)) {
            Some(op::Op::Jmp) => -i64::from(op::sj(i)),
            _ => op::bx(i) as i64,
        };
        let begin = self.root.wrapping_offset(1 - back as isize);
        (begin..=self.root).contains(&pc)
    }

    // ---- frames ----

    fn frame(&self) -> &Frame {
        &self.frames[self.frames.len() - 1]
    }
    fn frame_mut(&mut self) -> &mut Frame {
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }
    /// The prototype that runs.
    fn proto(&self) -> Gc<Proto> {
        Gc::from_ptr(self.frame().proto.cast_mut())
    }
    /// Whether it stands in the outermost frame, and has not been outside of the root trace's loop.
    pub fn is_in_loop_still(&self) -> bool {
        self.frames.len() == 1 && !self.left_loop
    }
    /// Where the innermost frame stands.
    pub fn stands_at(&self) -> *const Instruction {
        self.pc()
    }
    /// The instruction that runs.
    fn pc(&self) -> *const Instruction {
        self.frame().pc
    }
    /// The slot of a register of the running function.
    fn reg(&self, r: usize) -> i32 {
        self.frame().base + r as i32
    }
    /// What is in a slot now.
    fn peek(&self, l: &State, slot: i32) -> TValue {
        l.restore(self.base_offset + slot as isize).get()
    }
    /// What is known of the code of a function.
    fn code_of(&mut self, proto: *const Proto) -> Rc<Code> {
        match &self.code {
            Some((p, code)) if core::ptr::eq(*p, proto) => Rc::clone(code),
            _ => {
                // SAFETY: as for `belongs`.
                let code = self.codes.of(unsafe { &*proto });
                self.code = Some((proto, Rc::clone(&code)));
                code
            }
        }
    }
}

/// The closure that runs in a frame of a Lua function.
#[inline]
pub fn closure_of(ci: &CallInfo) -> Gc<LClosure> {
    ci.func.get().get().gc()
}

/// How often a numeric loop that `at` closes, in the frame `ci`, may go round; 0 if it is none with integers.
fn rounds_to_come(ci: &CallInfo, at: *const Instruction) -> u64 {
    // SAFETY: `at` is an instruction of the function that runs in the frame.
    let i = op::public(unsafe { *at });
    let ra = ci.base().add(op::a(i));
    match Op::from_code(op::op(i)) {
        Some(Op::ForLoop) if ra.add(2).tag() == tag::INT => ra.add(1).bits(),
        _ => 0,
    }
}

/// Whether values with this tag differ in their payloads.
pub fn has_payload(tag: u8) -> bool {
    !matches!(tag, tag::TRUE | tag::FALSE) && tag & 0x0F != 0
}
