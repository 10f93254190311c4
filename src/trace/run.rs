//! Entering and leaving compiled code.

use super::frames::Leave;
use super::function;
use super::{
    Jit, conclude, heat_of, is_entry, jit, native_call, native_stack, options, record, tree,
};
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{CallInfo, State};
use crate::value::{Slot, TValue};
use crate::vm::interp::{Outcome, hot};
use perilune_jit::LEFT;
use std::time::Instant;

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
    } else if jit.running.get() == 1 {
        jit.budget.run(run)
    } else {
        run()
    };
    if exit & LEFT == 0 {
        // Not always the frame entered: the trace may have gone on in its caller's.
        l.ci.set(l.ci().prev.get());
        jit.forest.borrow_mut().has_returned(at);
        return Ran::Returned(Slot::new(exit as *mut TValue));
    }
    let (after, again) = leave(l, jit, exit as u32);
    let thrown = matches!(after, After::Thrown(_));
    let mut forest = jit.forest.borrow_mut();
    if (thrown || forest.is_dead_end(exit as u32))
        && forest.has_ended(at, is_function || has_left_calls(l, entered))
    {
        jit.watch.begin(at);
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
pub(super) fn is_near_limit(l: &State) -> bool {
    l.c_depth() + MAX_UNCOUNTED >= crate::limits::MAX_C_CALLS
}

/// A call of `enter`, which an exception of the host may end. Whatever it does meanwhile, a collection that runs finalizers
/// for instance, leaves the compiler and its code in place.
struct Run<'a> {
    jit: &'a Jit,
    /// The limit of native calls outside.
    limit: usize,
    /// Whether there are none.
    barred: bool,
}

impl Run<'_> {
    fn new(jit: &Jit) -> Run<'_> {
        let (running, limit) = (jit.running.get(), jit.native_limit.get());
        let new = match running {
            0 => native_stack::limit(),
            // On a stack of the host's own, in between, there are none.
            _ if native_stack::is_above(limit) => limit,
            _ => native_stack::NO_CALLS,
        };
        let barred = new == native_stack::NO_CALLS;
        jit.barred.set(jit.barred.get() + u32::from(barred));
        jit.native_limit.set(new);
        jit.running.set(running + 1);
        Run { jit, limit, barred }
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        let jit = self.jit;
        jit.running.set(jit.running.get() - 1);
        // A host with stacks of its own may go on, on one of them, with an entry that is under way: not with the limit of another
        // stack.
        jit.barred.set(jit.barred.get() - u32::from(self.barred));
        jit.native_limit.set(match jit.barred.get() {
            0 => self.limit,
            _ => native_stack::NO_CALLS,
        });
    }
}

/// Frames that are allocated at once where one was missing.
pub(super) const FRAMES_AHEAD: usize = 64;

/// Slots that a trace may use, the functions of the library that it calls included.
pub const ROOM: usize = record::TOP + native_call::ROOM;

/// Makes room for the slots that traces may use above the current frame's registers; answers whether there is.
pub(super) fn make_room(l: &State) -> bool {
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
    let restored = data.restore(l, &jit.text, base, &spill.values);
    // Strings of traces that wait for a call have been made before it.
    jit.text.settle(l);
    match restored {
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
        Ok(Leave::Restart) => return (restart(l, jit, exit), false),
        Ok(Leave::Interpret | Leave::Continue) => {}
    }
    let asks = jit.forest.borrow_mut().count_exit(exit);
    let Some(who) = asks else {
        let left = jit.forest.borrow_mut().has_left(exit);
        match left {
            tree::Left::Stays => {}
            tree::Left::Measured(start) => jit.watch.begin(start),
            // Loops inside become hot before it does.
            tree::Left::Ended(start) => heat_of(l.global(), start).set(u16::MAX),
        }
        return (After::Plain, false);
    };
    if l.hook_mask.get() != 0 || hot::is_stepping(l) {
        return (After::Plain, false);
    }
    let parent = jit.recorder.borrow().as_ref().and_then(|r| r.parent);
    if !conclude(l, jit) || parent == Some(exit) {
        return (After::Plain, false);
    }
    let allowed = jit.budget.allows(who) || options::of(l.global()).compiles_everything();
    if !allowed {
        if let Some(start) = jit.forest.borrow_mut().refuse_exit(exit) {
            jit.watch.begin(start);
        }
    } else if jit.is_free() {
        let r = jit.forest.borrow_mut().side_recorder(l, exit);
        if let Some(r) = r {
            *jit.recorder.borrow_mut() = Some(Box::new(r));
            hot::set_recording(l, true);
            return (After::Go, false);
        }
    }
    (After::Plain, false)
}

/// Begins to record a root trace in place of that of the exit's tree, where that is possible.
fn restart(l: &State, jit: &Jit, exit: u32) -> After {
    if l.hook_mask.get() != 0 || hot::is_stepping(l) || !conclude(l, jit) || !jit.is_free() {
        return After::Plain;
    }
    let Some(start) = jit.forest.borrow_mut().restart(exit) else {
        return After::Plain;
    };
    let mut r = record::Recorder::new(l, start, None);
    r.replaces = true;
    *jit.recorder.borrow_mut() = Some(Box::new(r));
    hot::set_recording(l, true);
    After::Go
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
