//! Calls of functions of the library from compiled code, and from the recorder to see what they give.
//!
//! The function runs in a frame of its own above everything that the trace has in memory, on copies of its arguments. The
//! stack stays where it is, no collection runs, and what the function calls fails, as does the message handler. So does the
//! call then, and nothing has changed: functions whose [`Effects`] are known raise before they change anything.

use super::run::FRAMES_AHEAD;
use crate::heap;
use crate::limits::{MAX_C_CALLS, MIN_STACK, MULTRET};
use crate::object::closure::CCode;
use crate::object::thread::cist;
use crate::object::{CallInfo, State};
use crate::value::{Effects, Native, Slot, TValue};

/// Arguments that a call may have.
pub const MAX_ARGS: usize = 32;
/// Slots that a call needs above those of the trace.
pub const ROOM: usize = 1 + MAX_ARGS + MIN_STACK;

/// Arguments and results of a call: the number of arguments in bits 0-7, that of results in bits 8-15, and whether it must
/// be exactly that many in bit 16.
#[derive(Clone, Copy)]
pub struct Shape(pub u64);

impl Shape {
    /// A call with `args` arguments whose results are filled up with nil or cut to `results`, unless it is `exact`.
    pub fn new(args: usize, results: usize, exact: bool) -> Shape {
        Shape(args as u64 | (results as u64) << 8 | (exact as u64) << 16)
    }
    fn args(self) -> usize {
        self.0 as u8 as usize
    }
    fn results(self) -> usize {
        (self.0 >> 8) as u8 as usize
    }
    fn exact(self) -> bool {
        self.0 >> 16 != 0
    }
}

/// The function of this library that a call of `f` runs.
#[inline(always)]
pub fn native_of(f: TValue) -> Option<&'static Native> {
    match f.as_native() {
        Some(native) => Some(native),
        None => match f.as_c_closure()?.code() {
            CCode::Native(native) => Some(native),
            CCode::C(_) => None,
        },
    }
}

/// Calls `f` on the arguments from `args` on; the results go to the slots from `to` on. Answers whether it did.
pub fn for_trace(l: &State, f: TValue, args: Slot, shape: Shape, to: Slot) -> bool {
    let Some((first, n)) = attempt(l, f, args, shape.args()) else {
        return false;
    };
    if shape.exact() && n != shape.results() {
        return false;
    }
    for j in 0..shape.results() {
        to.add(j).set(if j < n {
            first.add(j).get()
        } else {
            TValue::NIL
        });
    }
    true
}

/// Calls `f` on the `n` arguments from `args` on: its results, above the top of the thread, or `None` if that fails.
pub fn attempt(l: &State, f: TValue, args: Slot, n: usize) -> Option<(Slot, usize)> {
    let native = native_of(f)?;
    if n > MAX_ARGS || (native.effects != Effects::None && n > 0 && !is_plain(args.get())) {
        return None;
    }
    let func = l.top.get();
    if !has_room(l, func, n) {
        return None;
    }
    let frame = l.ci().next.get();
    func.set(f);
    for j in 0..n {
        func.add(1 + j).set(args.add(j).get());
    }
    let top = func.add(1 + n);
    // SAFETY: frames behind the current one stay allocated while they are linked.
    let ci = unsafe { &*frame };
    ci.func.set(func);
    ci.nresults.set(MULTRET as i16);
    ci.status.set(cist::C);
    ci.top.set(top.add(MIN_STACK));
    ci.cont.set(0);
    let _restore = Restore::enter(l, frame);
    l.top.set(top);
    let count = heap::without_collection(l.global(), || (native.call)(l)).ok()? as usize;
    Some((l.top.get().sub(count), count))
}

/// Whether there is room for a call with `n` arguments from the slot `func` on.
#[inline(always)]
pub fn has_room(l: &State, func: Slot, n: usize) -> bool {
    let needed = (1 + n + MIN_STACK) as isize;
    let has_frame = !l.ci().next.get().is_null() || provide_frame(l);
    has_frame && l.stack_last.get().distance(func) > needed
}

/// Allocates the frame that is missing; answers whether there was memory.
#[cold]
#[inline(never)]
fn provide_frame(l: &State) -> bool {
    l.provide_frames(FRAMES_AHEAD);
    !l.ci().next.get().is_null()
}

/// Whether accesses to the value, if it is a table, call no metamethods.
pub fn is_plain(v: TValue) -> bool {
    v.as_table().is_none_or(|t| t.metatable.get().is_none())
}

/// What a call puts back when it ends, also by an exception of the host.
struct Restore<'a> {
    l: &'a State,
    ci: *mut CallInfo,
    top: Slot,
    c_calls: u32,
    errfunc: isize,
}

impl Restore<'_> {
    /// Enters `frame` with the stack pinned, with no message handler, and so deep that any call is one too many.
    #[inline(always)]
    fn enter(l: &State, frame: *mut CallInfo) -> Restore<'_> {
        let c_calls = l.c_calls.get();
        let deep = c_calls - l.c_depth() + MAX_C_CALLS - 1;
        l.c_calls.set(deep);
        l.pinned.set(true);
        Restore {
            l,
            ci: l.ci.replace(frame),
            top: l.top.get(),
            c_calls,
            errfunc: l.errfunc.replace(0),
        }
    }
}

impl Drop for Restore<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        self.l.ci.set(self.ci);
        self.l.top.set(self.top);
        self.l.c_calls.set(self.c_calls);
        self.l.errfunc.set(self.errfunc);
        self.l.pinned.set(false);
    }
}
