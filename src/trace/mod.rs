//! Traces: hot loops compiled to machine code.
//!
//! The interpreter counts the rounds of loops (`vm::interp::hot`). A hot loop is recorded while the interpreter executes it
//! once (`record`); the crate `perilune-jit` optimises the IR and compiles it; the instruction that closes the loop becomes
//! its `Enter` variant, at which the interpreter calls [`enter`]. Compiled code leaves through an exit, whose snapshot says
//! what the interpreter's frames and slots are; an exit that is taken often gets a side trace of its own. Functions that call
//! themselves, or that C functions call, have traces that start where they are entered (`function`); compiled code calls the
//! former natively.
//!
//! Invariants
//! - While a trace runs, the thread's current frame is the one in which it was entered, but inside `step` and what it calls
//!   natively. What calls natively has left everything to memory and frames, and assumes nothing afterwards: an exit of the
//!   callee leaves all callers at once, and the interpreter goes on in the callee's frame.
//! - A frame to which a native call must return has the bit `TRACED`. It may have it without.
//! - `top` is then above everything that the trace may have in memory.
//! - A trace names objects weakly: when one of them dies, the tree of traces goes (`drop_dead`), and what still runs of it
//!   leaves at the next opportunity.
//! - Code, and the compiler itself, are freed only while no call of [`enter`] is under way in the state.

mod blueprint;
pub mod frames;
pub mod function;
mod listing;
mod liveness;
mod native_call;
mod native_stack;
pub mod options;
mod record;
mod runtime;
mod tree;
mod waste;

use crate::bytecode::op::{self, Loop};
use crate::global::Global;
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{CallInfo, GcHeader, Proto, State};
use crate::value::{Gc, Slot, TValue};
use crate::vm::interp::{Outcome, hot};
use core::cell::{Cell, RefCell};
use core::ffi::c_void;
use frames::{FrameState, Leave};
use function::heat;
use options::Options;
use perilune_jit::{Backend, LEFT, SpillArea};
use record::{Abort, Finish, Recorder, Verdict};
use runtime::{CallPlan, Fate, StepPlan};
use std::time::{Duration, Instant};
use tree::Forest;
use waste::Watch;

/// Compiling may take this long in any case, and beyond that one part in `EARLY_SHARE` of the time since the first loop was
/// hot;
const FREE_TIME: Duration = Duration::from_millis(34);
const EARLY_SHARE: u32 = 64;
/// or one part in this many of that time, if that is more.
const SHARE: u32 = 20;
/// Steps behind which a trace could not go on before its tree is given up.
const MAX_STEP_FAILURES: u32 = 30;

/// Levels of nesting that a trace may enter: its metamethods and iterators, protected calls, and what they call.
const MAX_UNCOUNTED: u32 = 2 * record::MAX_FRAMES as u32 + 2;

/// What the interpreter does after [`enter`].
pub enum After {
    /// Executes the instruction at the frame's `pc` without looking for traces, then goes on.
    Plain,
    /// Goes on at the frame's `pc`.
    Go,
    /// Passes this on.
    Thrown(Outcome),
}

/// The compiler of traces of one state.
pub struct Jit {
    backend: RefCell<Backend>,
    forest: RefCell<Forest>,
    recorder: RefCell<Option<Box<Recorder>>>,
    /// Calls of `enter` that are under way.
    running: Cell<u32>,
    /// What a step threw.
    thrown: Cell<Option<Outcome>>,
    /// Where helpers leave values, and are given those of a table.
    scratch: Box<[Cell<TValue>]>,
    /// When the first loop was hot.
    started: Instant,
    /// The lowest address of the native stack that calls of compiled code may reach.
    native_floor: Cell<usize>,
    /// Time spent on compiling since.
    spent: Cell<Duration>,
    /// How long entries of a root trace take that may not be worth it.
    watch: Watch,
    /// For back-off: changes with every abort.
    random: Cell<u32>,
    enter: unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, *const u8) -> u64,
    spill: *const SpillArea,
}

/// The state's compiler; `None` while there is none.
fn jit<'a>(g: &Global) -> Option<&'a Jit> {
    // SAFETY: the compiler lives from the first hot loop until the state is closed; its fields are cells.
    unsafe { g.jit.get().as_ref() }
}

impl Jit {
    fn new(options: Options) -> Option<Jit> {
        let mut backend = Backend::new()?;
        backend.keep_listing(options.dump);
        let stub = backend.stub()?;
        let (enter, spill) = (backend.enter(), backend.spill());
        Some(Jit {
            backend: RefCell::new(backend),
            forest: RefCell::new(Forest::new(stub, options)),
            recorder: RefCell::new(None),
            running: Cell::new(0),
            thrown: Cell::new(None),
            scratch: vec![Cell::new(TValue::NIL); record::MAX_SUNK].into(),
            native_floor: Cell::new(0),
            started: Instant::now(),
            spent: Cell::new(Duration::ZERO),
            watch: Watch::default(),
            random: Cell::new(0x9E37_79B9),
            enter,
            spill,
        })
    }

    /// The next pseudo-random number below `n`.
    fn random(&self, n: u32) -> u32 {
        let mut x = self.random.get();
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.random.set(x);
        x % n
    }
}

/// Lets the state look for hot loops, if its settings say so.
pub fn start(l: &State) {
    let g = l.global();
    let o = options::of(g);
    if o.on {
        g.traced.set(true);
        g.heat.iter().for_each(|c| c.set(o.hot_loop));
        hot::set_counting(l);
    }
}

/// Changes the settings of the state by a list like that of `PERILUNE_JIT`; answers whether hot loops are compiled from now
/// on. Where they are to be compiled again, coroutines that have been made in between stay interpreted.
pub fn configure(l: &State, list: &str) -> bool {
    let g = l.global();
    let mut o = options::of(g);
    o.apply(list);
    g.jit_options.set(o);
    if let Some(jit) = jit(g) {
        jit.backend.borrow_mut().keep_listing(o.dump);
        jit.forest.borrow_mut().set_options(o);
    }
    if o.on {
        start(l);
        hot::set_counting(g.main());
    } else {
        interpret_all(g);
    }
    g.traced.get()
}

/// Gives up all traces. Threads learn from the next hot loop that they need not count any more.
fn interpret_all(g: &Global) {
    g.traced.set(false);
    let Some(jit) = jit(g) else { return };
    *jit.recorder.borrow_mut() = None;
    jit.forest.borrow_mut().kill_all();
    if jit.running.get() == 0 {
        stop(g);
    }
}

/// Frees everything when the state is closed.
pub fn stop(g: &Global) {
    let p = g.jit.replace(core::ptr::null_mut());
    if !p.is_null() {
        // SAFETY: `hot_loop` made it with `Box::into_raw`, and no trace runs in a state that is being closed.
        let jit = unsafe { Box::from_raw(p) };
        if options::of(g).list {
            jit.forest.borrow().list_exits();
        }
    }
}

/// Forgets a thread that is being freed.
pub fn forget_thread(l: &State) {
    if let Some(jit) = jit(l.global()) {
        let mut recorder = jit.recorder.borrow_mut();
        if recorder
            .as_ref()
            .is_some_and(|r| core::ptr::eq(r.thread, l))
        {
            *recorder = None;
        }
    }
}

/// The loop that the instruction `at` of the running function closes is hot: starts to record it and answers true, or
/// answers false.
pub fn hot_loop(l: &State, at: *const Instruction) -> bool {
    let g = l.global();
    // Another thread of the host may have more of a stack; one that has too little is not to ask often.
    let has_room = native_stack::has_room();
    heat_of(g, at).set(if has_room {
        options::of(g).hot_loop
    } else {
        u16::MAX
    });
    if unpark(g, at) || !may_record(l) {
        return false;
    }
    let Some(jit) = jit(g) else { return false };
    *jit.recorder.borrow_mut() = Some(Box::new(Recorder::new(l, at, None)));
    hot::set_recording(l, true);
    true
}

/// Lets the trace that starts at `at` be entered again, if there is one.
fn unpark(g: &Global, at: *const Instruction) -> bool {
    jit(g).is_some_and(|jit| jit.forest.borrow_mut().unpark(at))
}

/// Whether a recording may begin in the current frame. If so there is a compiler, and room for what a trace needs.
fn may_record(l: &State) -> bool {
    let g = l.global();
    if l.hook_mask.get() != 0 || hot::is_stepping(l) || !native_stack::has_room() {
        return false;
    }
    if !g.traced.get() || !ensure(g) {
        // Not wanted any more, or no executable memory: the interpreter does everything, without counting.
        l.dispatch.set(crate::vm::interp::plain_dispatch(false));
        return false;
    }
    tidy(g);
    jit(g).is_some_and(|jit| jit.is_free(g) && make_room(l))
}

fn heat_of(g: &Global, at: *const Instruction) -> &Cell<u16> {
    let next = at as usize / size_of::<Instruction>() + 1;
    &g.heat[next % crate::global::HEAT_COUNTERS]
}

/// Frees the code of dead traces, and starts afresh when there is too much of anything, unless some of it runs.
fn tidy(g: &Global) {
    let Some(jit) = jit(g).filter(|jit| jit.running.get() == 0) else {
        return;
    };
    let full = {
        let (mut forest, mut backend) = (jit.forest.borrow_mut(), jit.backend.borrow_mut());
        forest.free_dead(&mut backend);
        let full = forest.is_full(&backend);
        if full {
            forest.kill_all();
        }
        full
    };
    if full {
        stop(g);
        ensure(g);
    }
}

/// Makes the state's compiler if there is none; answers whether there is one.
fn ensure(g: &Global) -> bool {
    if g.jit.get().is_null() {
        match Jit::new(options::of(g)) {
            Some(jit) => g.jit.set(Box::into_raw(Box::new(jit))),
            None => {
                g.traced.set(false);
                return false;
            }
        }
    }
    true
}

impl Jit {
    /// Whether a recording may begin: compiling has not taken too much of the time so far, there is enough of the native
    /// stack for it, and there is no recording, or one of a thread that no longer goes on with it.
    fn is_free(&self, g: &Global) -> bool {
        let elapsed = self.started.elapsed();
        let allowed = (FREE_TIME + elapsed / EARLY_SHARE).max(elapsed / SHARE);
        if self.spent.get() > allowed && !options::of(g).compiles_everything() {
            return false;
        }
        if !native_stack::has_room() {
            return false;
        }
        let mut recorder = self.recorder.borrow_mut();
        if let Some(r) = &*recorder {
            // SAFETY: `forget_thread` drops the recording of a thread that is freed.
            if hot::is_recording(unsafe { &*r.thread }) {
                return false;
            }
            *recorder = None;
        }
        true
    }
}

/// Shows the instruction at `pc`, which is executed next, to the recorder.
pub fn observe(l: &State, pc: *const Instruction) {
    let Some(jit) = jit(l.global()) else { return };
    let mut recorder = jit.recorder.borrow_mut();
    let Some(r) = recorder.as_mut() else {
        hot::set_recording(l, false);
        return;
    };
    match r.observe(l, pc) {
        Verdict::Continue => {}
        Verdict::Finished(finish) => {
            let r = recorder.take();
            drop(recorder);
            hot::set_recording(l, false);
            if let Some(r) = r {
                complete(l, jit, r, finish);
            }
        }
        Verdict::Aborted(why) => {
            let r = recorder.take();
            drop(recorder);
            hot::set_recording(l, false);
            if let Some(r) = r {
                give_up(l, jit, &r, why);
            }
        }
    }
}

/// Compiles a recording.
fn complete(l: &State, jit: &Jit, r: Box<Recorder>, finish: Finish) {
    let begin = processor_time();
    let result = {
        let mut forest = jit.forest.borrow_mut();
        let mut backend = jit.backend.borrow_mut();
        forest.compile(&mut backend, r, &finish)
    };
    let took = processor_time().saturating_sub(begin);
    jit.spent.set(jit.spent.get() + took);
    if let Err((r, why)) = result {
        give_up(l, jit, &r, why);
    }
}

/// The time for which the calling thread has run: on a busy machine compiling takes longer than it costs.
fn processor_time() -> Duration {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is writable; without that clock it stays as it is.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// A recording led to nothing: tries again later, and at last no more.
fn give_up(l: &State, jit: &Jit, r: &Recorder, why: Abort) {
    let mut forest = jit.forest.borrow_mut();
    let o = options::of(l.global());
    listing::aborted(r, why, &o);
    let mut why = why;
    if let Some(p) = r.protected {
        // Whatever it was, it happens again.
        forest.keep_call(p.at);
        why = Abort::Protected;
    }
    match r.parent {
        Some(exit) => forest.penalise_exit(exit, why),
        None => {
            let tries = match why {
                // It will be no faster next time.
                Abort::Slow => tree::MAX_TRIES,
                // It waits for the trace of a function that it has asked for, or will go another way.
                Abort::Recursion | Abort::Protected => 0,
                _ => forest.penalise_root(r.start),
            };
            if tries >= tree::MAX_TRIES {
                give_up_root(r.start_proto(), r.start);
            } else {
                let wait = (o.hot_loop as u32) << tries;
                let wait = wait + jit.random(wait.max(1));
                if is_entry(r.start_proto(), r.start) {
                    r.start_proto().heat.set(wait as i32);
                } else {
                    heat_of(l.global(), r.start).set(wait.min(u16::MAX as u32) as u16);
                }
            }
        }
    }
}

/// Whether a trace that starts at `at` is that of the function `p` as a whole.
fn is_entry(p: Gc<Proto>, at: *const Instruction) -> bool {
    core::ptr::eq(at, p.code.as_ptr())
}

/// No trace shall start at `at` any more.
fn give_up_root(p: Gc<Proto>, at: *const Instruction) {
    if is_entry(p, at) {
        p.heat.set(heat::NEVER);
    } else {
        replace(p, at, Loop::Plain);
    }
}

/// Gives the loop instruction `at` of `p` the variant `which`.
fn replace(p: Gc<Proto>, at: *const Instruction, which: Loop) {
    // SAFETY: `at` points into the code of `p`.
    let (i, n) = unsafe { (*at, at.offset_from(p.code.as_ptr())) };
    if let Some(new) = op::with_variant(i, which) {
        p.code.replace(n as usize, new);
    }
}

/// The number of the root trace that starts at the instruction `pc`.
fn trace_at(l: &State, pc: *const Instruction) -> Option<u32> {
    // SAFETY: `pc` is an instruction of a running function.
    let code = op::op(unsafe { *pc });
    if (code as usize) < op::COUNT {
        return None;
    }
    jit(l.global())?.forest.borrow().root_at(pc)
}

/// Runs the trace at the current frame's `pc`.
pub fn enter(l: &State) -> After {
    let Some(jit) = jit(l.global()) else {
        return After::Plain;
    };
    let at = l.ci().pc.get();
    let _run = Run::new(jit);
    loop {
        match run_once(l, jit, at) {
            Ran::Nothing => return After::Plain,
            Ran::Returned(_) => return After::Go,
            Ran::Left(_, true) if l.ci().pc.get() == at => {}
            Ran::Left(after, _) => return after,
        }
    }
}

/// Runs the trace of the function whose frame, the current one, a C function has had made. `None` if it has returned; else
/// the frame has been marked as one whose return ends a run of the interpreter.
#[inline]
pub fn enter_called_back(l: &State) -> Option<After> {
    let entered = l.ci();
    let wanted = entered.nresults.get();
    let ran = jit(l.global()).map_or(Ran::Nothing, |jit| {
        let _run = Run::new(jit);
        run_once(l, jit, entered.pc.get())
    });
    let after = match ran {
        Ran::Returned(results) => {
            if wanted >= 0 {
                l.top.set(results.add(wanted as usize));
            }
            return None;
        }
        Ran::Nothing => After::Plain,
        Ran::Left(after, _) => after,
    };
    entered.set_bits(cist::FRESH);
    Some(after)
}

/// What has become of a trace that was to be entered.
enum Ran {
    /// It could not be.
    Nothing,
    /// The function has returned: the current frame is its caller's. The first result, or where it would be.
    Returned(Slot),
    /// It was left through an exit. Whether it may be entered again if the frame's `pc` is where it starts.
    Left(After, bool),
}

/// Enters the trace that starts at `at`, in the current frame.
#[inline]
fn run_once(l: &State, jit: &Jit, at: *const Instruction) -> Ran {
    let entry = jit.forest.borrow_mut().entry_at(at);
    let Some(entry) = entry.filter(|_| !is_near_limit(l) && make_room(l)) else {
        return Ran::Nothing;
    };
    let entered = l.ci();
    let is_function = is_entry(record::closure_of(entered).proto_object(), at);
    let base = entered.base();
    l.top.set(base.add(record::TOP));
    // SAFETY: `entry` is code of this state's arena for a trace of the running function; there is room for the slots that
    // it may use.
    let run = || unsafe { (jit.enter)(l.as_ptr().cast(), base.as_ptr().cast(), entry) };
    let exit = if jit.watch.is_on(at) {
        measure(l, jit, at, run)
    } else {
        run()
    };
    if exit & LEFT == 0 {
        jit.forest.borrow_mut().has_returned(at);
        return Ran::Returned(Slot::new(exit as *mut TValue));
    }
    let (after, again) = leave(l, jit, exit as u32);
    let thrown = matches!(after, After::Thrown(_));
    let mut forest = jit.forest.borrow_mut();
    if thrown || forest.is_dead_end(exit as u32) {
        forest.has_ended(at, is_function || has_left_calls(l, entered));
    }
    Ran::Left(after, again)
}

/// Runs the trace that starts at `at`, and parks it if entries of it are known to be in vain.
#[cold]
#[inline(never)]
fn measure(l: &State, jit: &Jit, at: *const Instruction, run: impl FnOnce() -> u64) -> u64 {
    let begin = Instant::now();
    let exit = run();
    if jit.watch.note(begin.elapsed()) {
        jit.forest.borrow_mut().park(at);
        heat_of(l.global(), at).set(u16::MAX);
    }
    exit
}

/// Whether native calls have been left, in frames behind `entered`.
fn has_left_calls(l: &State, entered: *const CallInfo) -> bool {
    let mut ci: *const CallInfo = l.ci.get();
    for _ in 0..function::LOOK_BACK {
        // SAFETY: frames in front of the current one are live; null is in front of the first.
        let Some(frame) = (unsafe { ci.as_ref() }) else {
            return false;
        };
        if core::ptr::eq(frame, entered) {
            return false;
        }
        if frame.is_lua() && frame.has(cist::TRACED) {
            return true;
        }
        ci = frame.prev.get();
    }
    false
}

/// Whether the levels of nesting that a trace may enter without counting them could reach the limit: it matters which of
/// them raises.
fn is_near_limit(l: &State) -> bool {
    l.c_depth() + MAX_UNCOUNTED >= crate::limits::MAX_C_CALLS
}

/// A call of `enter`, which an exception of the host may end. Whatever it does meanwhile, a collection that runs finalizers
/// for instance, leaves the compiler and its code in place.
struct Run<'a>(&'a Jit);

impl Run<'_> {
    fn new(jit: &Jit) -> Run<'_> {
        let running = jit.running.get();
        if running == 0 {
            jit.native_floor.set(native_stack::floor());
        }
        jit.running.set(running + 1);
        Run(jit)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
    }
}

/// Frames that are allocated at once where one was missing.
const FRAMES_AHEAD: usize = 64;

/// Slots that a trace may use, the functions of the library that it calls included.
pub const ROOM: usize = record::TOP + native_call::ROOM;

/// Makes room for the slots that traces may use above the current frame's registers; answers whether there is.
fn make_room(l: &State) -> bool {
    let base = l.ci().base();
    if l.stack_last.get().distance(base) > ROOM as isize {
        return true;
    }
    l.top.set(l.ci().top.get());
    l.try_grow_stack(ROOM)
}

/// Restores the interpreter's state after compiled code left through `exit`; also answers whether the same trace may be
/// entered again.
fn leave(l: &State, jit: &Jit, exit: u32) -> (After, bool) {
    if exit == tree::EXIT_AS_IS {
        return as_is(jit);
    }
    let data = jit.forest.borrow().exit_data(exit);
    // SAFETY: the stub of the exit has filled the area; nobody writes to it before the next exit.
    let spill = unsafe { &*jit.spill };
    let base = Slot::new(spill.base as *mut TValue);
    match data.restore(l, base, &spill.values) {
        Err(t) => return (After::Thrown(Outcome::thrown(t)), false),
        Ok(Leave::AsIs) => return as_is(jit),
        Ok(leave @ (Leave::Poll | Leave::PollOpen)) => {
            let watched = poll(l, leave == Leave::Poll);
            return (if watched { After::Go } else { After::Plain }, !watched);
        }
        Ok(_) if data.allocates() && poll(l, false) => return (After::Go, false),
        Ok(Leave::Scarce) => {
            provide(l);
            return (After::Plain, false);
        }
        Ok(Leave::Interpret | Leave::Continue) => {}
    }
    let start_side = jit.forest.borrow_mut().count_exit(exit);
    if !start_side || l.hook_mask.get() != 0 || hot::is_stepping(l) {
        return (After::Plain, false);
    }
    if jit.is_free(l.global()) {
        let r = jit.forest.borrow_mut().side_recorder(l, exit);
        if let Some(r) = r {
            *jit.recorder.borrow_mut() = Some(Box::new(r));
            hot::set_recording(l, true);
            return (After::Go, false);
        }
    } else if let Some(start) = jit.forest.borrow_mut().refuse_exit(exit) {
        jit.watch.begin(start);
    }
    (After::Plain, false)
}

/// Gives the collector its turn. `frame_ends`: what it looks at ends before the frame does. Answers whether there is a hook,
/// or a recording that began in something that the trace has called and that an error has ended.
fn poll(l: &State, frame_ends: bool) -> bool {
    let top = l.save(l.top.get());
    crate::heap::check_gc(l);
    l.top.set(match frame_ends {
        true => l.ci().top.get(),
        false => l.restore(top),
    });
    l.hook_mask.get() != 0 || !hot::is_counting(l)
}

/// Compiled code has found no room for a call: makes some for it and the next ones, which the interpreter can do without.
fn provide(l: &State) {
    if l.stack_last.get().distance(l.top.get()) <= (4 * ROOM) as isize {
        l.try_grow_stack(4 * ROOM);
    }
    l.provide_frames(FRAMES_AHEAD);
}

/// The trace was left with everything in place.
fn as_is(jit: &Jit) -> (After, bool) {
    match jit.thrown.take() {
        Some(outcome) => (After::Thrown(outcome), false),
        None => (After::Go, false),
    }
}

/// Executes an instruction for a trace: see `runtime::step`.
fn step(l: &State, base: Slot, plan: &StepPlan) -> u64 {
    let Some(jit) = jit(l.global()) else {
        return 0;
    };
    let moved = run_step(l, jit, base, plan);
    if moved == 0 {
        note_failure(jit, &plan.fate);
    }
    moved
}

/// A trace could not go on behind a step or a call.
#[cold]
fn note_failure(jit: &Jit, fate: &Fate) {
    let n = fate.failures.get() + 1;
    fate.failures.set(n);
    if n == MAX_STEP_FAILURES {
        // Something that yields or raises each time: the interpreter alone is faster.
        jit.forest.borrow_mut().retire(fate.root.get());
    }
}

/// Calls a function for a trace: see `runtime::call`.
fn call(l: &State, base: Slot, plan: &CallPlan) -> u64 {
    let Some(jit) = jit(l.global()) else {
        return 0;
    };
    let (top, offset) = (l.save(l.top.get()), l.save(base));
    let func = base.add(plan.func as usize);
    l.top.set(func.add(1 + plan.nargs as usize));
    match crate::vm::call::precall(l, func, plan.nresults) {
        Ok(entered) => {
            debug_assert!(!entered, "the tag of a C function was guarded");
            // SAFETY: the trace that runs is not freed, and the flag is part of it.
            let dead = unsafe { (*plan.fate.dead).get() };
            if !dead && l.hook_mask.get() == 0 && l.stack_last.get() > l.restore(top) {
                if plan.nresults >= 0 {
                    l.top.set(l.restore(top));
                }
                plan.fate
                    .successes
                    .set(plan.fate.successes.get().wrapping_add(1));
                return l.restore(offset).as_ptr() as u64;
            }
        }
        Err(t) => jit.thrown.set(Some(Outcome::thrown(t))),
    }
    note_failure(jit, &plan.fate);
    0
}

fn run_step(l: &State, jit: &Jit, base: Slot, plan: &StepPlan) -> u64 {
    let (entered, top) = (l.ci.get(), l.save(l.top.get()));
    let nested = l.c_calls.get();
    let offset = l.save(base);
    let outcome = match plan.state.build(l, base) {
        Ok(()) => {
            let ci = l.ci.get();
            l.ci().pc.set(plan.at);
            let outcome = hot::run_one(l);
            // SAFETY: the frame is linked: it is the current one or in front of it.
            let there = core::ptr::eq(l.ci.get(), ci)
                && l.ci().pc.get() == plan.next.get()
                && (plan.end.get() < 0
                    || l.top.get() == l.restore(offset).offset(plan.end.get() as isize));
            if outcome == hot::STOPPED {
                // SAFETY: the trace that runs is not freed, and the flag is part of it.
                if !there || unsafe { (*plan.fate.dead).get() } || l.hook_mask.get() != 0 {
                    return 0;
                }
                l.ci.set(entered);
                if l.stack_last.get() <= l.restore(top) {
                    l.ci.set(ci);
                    return 0;
                }
                l.c_calls.set(nested);
                l.top.set(l.restore(top));
                return l.restore(offset).as_ptr() as u64;
            }
            outcome
        }
        Err(t) => Outcome::thrown(t),
    };
    jit.thrown.set(Some(outcome));
    0
}

/// Where helpers leave values for compiled code; the state has a compiler.
fn scratch_address(l: &State) -> usize {
    jit(l.global()).map_or(0, |jit| jit.scratch.as_ptr() as usize)
}

/// Where the lowest address is that calls of compiled code may reach; the state has a compiler.
fn native_floor_address(l: &State) -> usize {
    jit(l.global()).map_or(0, |jit| jit.native_floor.as_ptr() as usize)
}

/// Whether the call of `pcall` at `at` may be followed into the function that it calls.
fn follows_protected(l: &State, at: *const Instruction) -> bool {
    jit(l.global()).is_some_and(|jit| !jit.forest.borrow().keeps_call(at))
}

/// Whether the loop that `at` closes is not to carry tables from round to round that are not made.
fn loops_plainly(l: &State, at: *const Instruction) -> bool {
    jit(l.global()).is_none_or(|jit| jit.forest.borrow().loops_plainly(at))
}

/// Where compiled code finds the trace of the function `p`, now or later; the state has a compiler.
fn door_of(l: &State, p: Gc<Proto>) -> usize {
    jit(l.global()).map_or(0, |jit| {
        jit.forest.borrow_mut().door(p.code.as_ptr()) as usize
    })
}

/// Sets up frames for another trace: see `runtime::enter_frames`.
fn build_frames(l: &State, base: Slot, state: &FrameState) -> u64 {
    match state.build(l, base) {
        Ok(()) => {
            let inner = l.ci().base();
            let room = l.stack_last.get().distance(inner) > ROOM as isize;
            if !room || is_near_limit(l) {
                return 0;
            }
            l.top.set(inner.add(record::TOP));
            inner.as_ptr() as u64
        }
        Err(t) => {
            if let Some(jit) = jit(l.global()) {
                jit.thrown.set(Some(Outcome::thrown(t)));
            }
            0
        }
    }
}

/// Drops the traces that name an object of which `is_dead` says that it is about to be freed.
pub fn drop_dead(g: &Global, is_dead: &dyn Fn(*const GcHeader) -> bool) {
    let Some(jit) = jit(g) else { return };
    let mut recorder = jit.recorder.borrow_mut();
    if recorder.as_ref().is_some_and(|r| r.names_dead(is_dead)) {
        *recorder = None;
    }
    drop(recorder);
    let mut forest = jit.forest.borrow_mut();
    forest.drop_dead(is_dead);
    if jit.running.get() == 0 {
        forest.free_dead(&mut jit.backend.borrow_mut());
    }
}
