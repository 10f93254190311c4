//! Functions with traces of their own, which start at their first instruction: those that call themselves, and those that C
//! functions call.
//!
//! The interpreter counts calls (`Proto::heat`). A function that is often called is looked at: if calls of it are under way
//! already, or a C function calls it (a comparison of `table.sort`, a host's callback), a recording starts where it is
//! entered. Other functions need no traces of their own: what calls them is compiled together with them. A recorder that
//! follows a call of a function for the second time asks for such a trace, too.

use super::budget::ASK_ROOT;
use super::options::{self, Options};
use super::{Recorder, jit, may_record, must_wait, unpark};
use crate::object::{LClosure, Proto, State};
use crate::value::Gc;
use crate::vm::interp::hot;

/// What `Proto::heat` means when it is not a number of calls.
pub mod heat {
    /// Nobody has counted calls yet.
    pub const COLD: i32 = i32::MIN;
    /// A trace starts at the function's first instruction; other traces call it.
    pub const COMPILED: i32 = -1;
    /// A trace starts there for calls by the interpreter and C functions; other traces follow the function, as they follow
    /// those without traces.
    pub const CALLED_BACK: i32 = -2;
    /// The next call is where one may start.
    pub const HOT: i32 = 0;
    /// There is a trace, but it is not entered: calls until it is again.
    pub const PARKED: i32 = 100_000;
    /// No trace shall start there: two thousand million calls until it is thought over.
    pub const NEVER: i32 = i32::MAX;
}

/// Frames among which one of a certain kind is looked for.
pub const LOOK_BACK: usize = 24;

/// What is to be done about a call of a function whose heat is not positive.
#[derive(PartialEq, Eq)]
pub enum Called {
    /// It is interpreted.
    Plain,
    /// Its trace is entered.
    Enter,
    /// A recording starts in its frame.
    Record,
}

/// Calls until a function is looked at (again).
pub fn threshold(o: &Options) -> i32 {
    2 * o.hot_loop as i32
}

/// The running function calls a closure of `p`, whose heat is not positive.
pub fn called(l: &State, p: Gc<Proto>) -> Called {
    match p.heat.get() {
        heat::COMPILED | heat::CALLED_BACK => Called::Enter,
        heat::HOT if is_under_way(l, p) => Called::Record,
        _ => look_again(l, p),
    }
}

/// A C function has called a closure of `p`, whose heat is not positive.
pub fn called_back(l: &State, p: Gc<Proto>) -> Called {
    match p.heat.get() {
        heat::COMPILED | heat::CALLED_BACK => Called::Enter,
        heat::HOT if !p.is_vararg.get() => Called::Record,
        _ => look_again(l, p),
    }
}

/// Leaves the function alone for a while.
fn look_again(l: &State, p: Gc<Proto>) -> Called {
    p.heat.set(if p.is_vararg.get() {
        heat::NEVER
    } else {
        threshold(&options::of(l.global()))
    });
    Called::Plain
}

/// Whether one of the innermost frames runs a closure of `p`.
fn is_under_way(l: &State, p: Gc<Proto>) -> bool {
    let mut ci = l.ci.get();
    for _ in 0..LOOK_BACK {
        // SAFETY: frames in front of the current one are live; null is in front of the first.
        let Some(frame) = (unsafe { ci.as_ref() }) else {
            return false;
        };
        let f = frame.func.get().get();
        if frame.is_lua() && f.gc::<LClosure>().proto_object() == p {
            return true;
        }
        ci = frame.prev.get();
    }
    false
}

/// Starts to record the function whose frame has just been made, if that is possible now. `heat` is what a trace means for
/// it: `COMPILED` or `CALLED_BACK`.
pub fn record(l: &State, heat: i32) {
    let p = super::record::closure_of(l.ci()).proto_object();
    p.heat.set(threshold(&options::of(l.global())));
    let start = p.code.as_ptr();
    if unpark(l.global(), start) {
        return;
    }
    if must_wait(l.global(), start) {
        let later = threshold(&options::of(l.global())) * i32::from(ASK_ROOT);
        p.heat.set(later);
        return;
    }
    if !may_record(l, start) {
        return;
    }
    if let Some(jit) = jit(l.global()) {
        *jit.recorder.borrow_mut() = Some(Box::new(Recorder::of_function(l, heat)));
        hot::set_recording(l, true);
    }
}
