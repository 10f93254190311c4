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
//! - Code that returns leaves its frame the current one; who called it makes its own current again.
//! - A recording that waits for a native call to return (`Recorder::is_suspended`) could end in front of that at any time; its
//!   thread runs as if there were none.
//! - A frame to which a native call must return has the bit `TRACED`. It may have it without.
//! - `top` is then above everything that the trace may have in memory.
//! - A trace names objects weakly: when one of them dies, the tree of traces goes (`drop_dead`), and what still runs of it
//!   leaves at the next opportunity.
//! - Code, and the compiler itself, are freed only while no call of [`enter`] is under way in the state.

mod blueprint;
mod budget;
pub mod frames;
pub mod function;
mod listing;
mod liveness;
mod native_call;
mod native_stack;
pub mod options;
mod outside;
mod record;
mod run;
mod runtime;
mod text;
mod tree;
mod waste;

use crate::bytecode::op::{self, Loop, Op};
use crate::global::Global;
use crate::object::proto::Instruction;
use crate::object::{GcHeader, Proto, State};
use crate::value::{Gc, Slot, TValue};
use crate::vm::interp::{Outcome, hot};
use budget::{ASK_ROOT, Budget};
use core::cell::{Cell, RefCell};
use core::ffi::c_void;
use frames::FrameState;
use function::heat;
use liveness::Codes;
use options::Options;
use outside::{call, step};
use perilune_jit::{Backend, SpillArea};
use record::{Abort, Finish, Recorder, Verdict};
pub use run::{After, ROOM, enter, enter_called_back};
use run::{is_near_limit, make_room};
use std::rc::Rc;

use text::Text;
use tree::Forest;
use waste::Watch;

/// The compiler of traces of one state.
pub struct Jit {
    backend: RefCell<Backend>,
    forest: RefCell<Forest>,
    /// What is known of functions' code.
    codes: Rc<Codes>,
    recorder: RefCell<Option<Box<Recorder>>>,
    /// Calls of `enter` that are under way.
    running: Cell<u32>,
    /// What a step threw.
    thrown: Cell<Option<Outcome>>,
    /// Where helpers leave values, and are given those of a table.
    scratch: Box<[Cell<TValue>]>,
    /// The text that the running trace puts together.
    text: Text,
    /// The lowest address of the native stack that calls of compiled code may reach; above all of them if there are to be none.
    native_limit: Cell<usize>,
    /// Calls of `enter` under way that were not to make any: while there are, nobody does.
    barred: Cell<u32>,
    budget: Budget,
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
        backend.set_generator(options.generator);
        let stub = backend.stub()?;
        let (enter, spill) = (backend.enter(), backend.spill());
        Some(Jit {
            backend: RefCell::new(backend),
            forest: RefCell::new(Forest::new(stub, options)),
            codes: Rc::default(),
            recorder: RefCell::new(None),
            running: Cell::new(0),
            thrown: Cell::new(None),
            scratch: vec![Cell::new(TValue::NIL); record::MAX_SUNK].into(),
            text: Text::new(),
            native_limit: Cell::new(native_stack::NO_CALLS),
            barred: Cell::new(0),
            budget: Budget::new(),
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
        jit.text.release(g.main());
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
    if unpark(g, at) {
        return false;
    }
    if must_wait(g, at) {
        let later = options::of(g).hot_loop.saturating_mul(ASK_ROOT);
        heat_of(g, at).set(later);
        return false;
    }
    if !may_record(l, at) {
        return false;
    }
    let Some(jit) = jit(g) else { return false };
    *jit.recorder.borrow_mut() = Some(Box::new(Recorder::new(l, at, None)));
    hot::set_recording(l, true);
    true
}

/// Whether there is no time now for the root trace that is to start at `at`.
fn must_wait(g: &Global, at: *const Instruction) -> bool {
    let Some(jit) = jit(g) else { return false };
    let who = jit.budget.root(at as usize);
    let waits = !options::of(g).compiles_everything() && !jit.budget.allows(who);
    if waits {
        jit.budget.put_off(at as usize);
    }
    waits
}

/// Lets the trace that starts at `at` be entered again, if there is one.
fn unpark(g: &Global, at: *const Instruction) -> bool {
    jit(g).is_some_and(|jit| jit.forest.borrow_mut().unpark(at))
}

/// Whether a recording may begin at `at` in the current frame. If so there is a compiler, and room for what a trace needs: the stack
/// may have moved.
fn may_record(l: &State, at: *const Instruction) -> bool {
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
    jit(g).is_some_and(|jit| {
        // What waits may have been the trace that starts there.
        conclude(l, jit) && !unpark(g, at) && jit.is_free() && make_room(l)
    })
}

fn heat_of(g: &Global, at: *const Instruction) -> &Cell<u16> {
    let next = at as usize / size_of::<Instruction>() + 1;
    &g.heat[next % crate::global::HEAT_COUNTERS]
}

/// The loops of a function that is new are cold, whatever was at their addresses before.
pub fn cool(g: &Global, code: &[Instruction]) {
    if !g.traced.get() {
        return;
    }
    let cold = options::of(g).hot_loop;
    for at in code {
        let closes = match Op::from_code(op::op(*at)) {
            Some(Op::Jmp) => op::sj(*at) < 0,
            o => matches!(o, Some(Op::ForLoop | Op::TForLoop)),
        };
        if closes {
            heat_of(g, at).set(cold);
        }
    }
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
    /// Whether a recording may begin: there is enough of the native stack for it, and there is no recording, or one of a
    /// thread that no longer goes on with it.
    fn is_free(&self) -> bool {
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
        Verdict::Suspended => hot::set_recording(l, false),
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
                jit.budget.recorded(r.ir.len(), r.parent.is_none());
                give_up(l, jit, &r, why);
            }
        }
    }
}

/// A function has returned for which a recording waits: lets it go on, if it is still there.
pub fn resume(l: &State) {
    let Some(jit) = jit(l.global()) else { return };
    let here = jit
        .recorder
        .borrow()
        .as_ref()
        .is_some_and(|r| r.waits_here(l));
    if here && hot::is_counting(l) {
        hot::set_recording(l, true);
    }
}

/// Another recording is to begin. Answers false if it must wait for one that waits for a function to return; that has been
/// waited for long enough, its trace ends in front of the return.
fn conclude(l: &State, jit: &Jit) -> bool {
    let mut recorder = jit.recorder.borrow_mut();
    let suspended = recorder.take_if(|r| {
        // SAFETY: `forget_thread` drops the recording of a thread that is freed.
        r.is_suspended() && !hot::is_recording(unsafe { &*r.thread })
    });
    let Some(mut r) = suspended else { return true };
    if r.patience > 0 {
        r.patience -= 1;
        *recorder = Some(r);
        return false;
    }
    drop(recorder);
    complete(l, jit, r, Finish::Continue);
    true
}

/// Compiles a recording.
fn complete(l: &State, jit: &Jit, r: Box<Recorder>, finish: Finish) {
    jit.budget.recorded(r.ir.len(), r.parent.is_none());
    let result = jit.budget.compile(r.parent.is_none(), || {
        let mut forest = jit.forest.borrow_mut();
        let mut backend = jit.backend.borrow_mut();
        forest.compile(&mut backend, r, &finish)
    });
    if let Err((r, why)) = result {
        give_up(l, jit, &r, why);
    }
}

/// A recording led to nothing: tries again later, and at last no more.
fn give_up(l: &State, jit: &Jit, r: &Recorder, why: Abort) {
    let mut forest = jit.forest.borrow_mut();
    let o = options::of(l.global());
    listing::aborted(r, why, &o);
    if r.replaces {
        return;
    }
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
                Abort::Recursion | Abort::Protected | Abort::TooSoon => 0,
                // A long round is short in other rounds, if at all; to record one takes milliseconds.
                Abort::TooLong => forest.penalise_root(r.start, tree::MAX_TRIES / 2),
                _ => forest.penalise_root(r.start, 1),
            };
            if tries >= tree::MAX_TRIES {
                give_up_root(r.start_proto(), r.start);
            } else {
                let wait = match why {
                    Abort::TooSoon => u32::from(o.hot_loop) * u32::from(ASK_ROOT),
                    _ => u32::from(o.hot_loop) << tries,
                };
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

/// Where helpers leave values for compiled code; the state has a compiler.
fn scratch_address(l: &State) -> usize {
    jit(l.global()).map_or(0, |jit| jit.scratch.as_ptr() as usize)
}

/// Where the lowest address is that calls of compiled code may reach; the state has a compiler.
fn native_limit_address(l: &State) -> usize {
    jit(l.global()).map_or(0, |jit| jit.native_limit.as_ptr() as usize)
}

/// Whether the call at `at` is to be made as it is: what it calls is not to be followed, nor that which `pcall` calls.
fn keeps_call(l: &State, at: *const Instruction) -> bool {
    jit(l.global()).is_none_or(|jit| jit.forest.borrow().keeps_call(at))
}

/// The call at `at` is to be made as it is from now on.
fn keep_call(l: &State, at: *const Instruction) {
    if let Some(jit) = jit(l.global()) {
        jit.forest.borrow_mut().keep_call(at);
    }
}

/// How many instructions of the IR a root trace may have now.
fn longest(g: &Global) -> usize {
    match jit(g) {
        Some(jit) if !options::of(g).compiles_everything() => jit.budget.longest(),
        _ => usize::MAX,
    }
}

/// What is known of functions' code; the state has a compiler.
fn codes_of(l: &State) -> Rc<Codes> {
    jit(l.global()).map_or_else(Rc::default, |jit| Rc::clone(&jit.codes))
}

/// The state's text, which is the running trace's; `None` while there is no compiler.
fn text_of(l: &State) -> Option<&Text> {
    jit(l.global()).map(|jit| &jit.text)
}

/// The loop that `at` closes is not to put strings together out of sight, nor to carry tables that are not made.
fn loop_plainly(l: &State, at: *const Instruction) {
    if let Some(jit) = jit(l.global()) {
        jit.forest.borrow_mut().loop_plainly(at);
    }
}

/// Whether the recording may go on behind a native call that returns to `next`; if not, others have, and one for all does.
fn may_pass(r: &Recorder, next: *const Instruction) -> bool {
    // SAFETY: the thread outlives its recording.
    let g = unsafe { &*r.thread }.global();
    jit(g).is_some_and(|jit| jit.forest.borrow().may_pass(r, next))
}

/// Whether the metatables that the instruction at `at` meets are not to be relied on.
fn metatables_vary(l: &State, at: *const Instruction) -> bool {
    jit(l.global()).is_none_or(|jit| jit.forest.borrow().metatables_vary(at))
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
    jit.codes.forget_dead(is_dead);
    let mut recorder = jit.recorder.borrow_mut();
    let mut forest = jit.forest.borrow_mut();
    if let Some(r) = recorder.take_if(|r| r.names_dead(is_dead)) {
        forest.note_varying(&r.metatables, is_dead);
    }
    drop(recorder);
    forest.drop_dead(is_dead);
    if jit.running.get() == 0 {
        forest.free_dead(&mut jit.backend.borrow_mut());
    }
}
