//! Finalizers (`__gc`).
//!
//! An object that gets a metatable with `__gc` moves from `all` to `finalizable`. When a cycle finds it dead, it moves to
//! `pending` (and lives on); its finalizer is called after the sweep, and the object goes back to `all` as an ordinary
//! one.

use super::{Phase, age, color, stop, sweep};
use crate::error::LResult;
use crate::global::{Event, Global};
use crate::limits::MAX_C_CALLS;
use crate::object::thread::cist;
use crate::object::{GcHeader, State, Table};
use crate::value::{Gc, TValue};
use crate::vm::{call, meta};
use core::cell::Cell;
use core::ffi::CStr;
use core::ptr::null_mut;

/// Puts an object that just got the metatable `mt` under the care of the finalizers if `mt` has `__gc`.
pub fn check_finalizer(l: &State, o: Gc<GcHeader>, mt: Gc<Table>) {
    let g = l.global();
    let gc = &g.gc;
    if o.marked.get() & color::FINALIZER != 0
        || meta::fast(l, Some(mt), Event::Gc).is_nil()
        || gc.stopped.get() & stop::CLOSING != 0
    {
        return;
    }
    if gc.is_sweeping() {
        o.set_white(g);
        if gc.sweep_at.get() == o.next.as_ptr() {
            gc.sweep_at.set(sweep::sweep_to_live(l, gc.sweep_at.get()));
        }
    } else {
        for p in [&gc.survival, &gc.old1, &gc.really_old, &gc.first_old1] {
            if p.get() == o.as_ptr() {
                p.set(o.next.get());
            }
        }
    }
    let mut link = gc.all.as_ptr();
    // SAFETY: `all` is a list that ends with null; an object without the finalizer bit is in it.
    unsafe {
        while *link != o.as_ptr() {
            link = (**link).next.as_ptr();
        }
        *link = o.next.get();
    }
    o.next.set(gc.finalizable.get());
    gc.finalizable.set(o.as_ptr());
    o.marked.set(o.marked.get() | color::FINALIZER);
}

/// The link at the end of a list.
fn end_of(list: &Cell<*mut GcHeader>) -> *mut *mut GcHeader {
    let mut link = list.as_ptr();
    // SAFETY: lists end with null.
    unsafe {
        while !(*link).is_null() {
            link = (**link).next.as_ptr();
        }
    }
    link
}

/// Moves the unreachable objects with finalizer (all of them if `all`) to the pending ones, in their order.
pub fn separate(g: &Global, all: bool) {
    let gc = &g.gc;
    let mut last = end_of(&gc.pending);
    let mut link = gc.finalizable.as_ptr();
    // SAFETY: both lists end with null, and their members are live.
    unsafe {
        while *link != gc.fin_old1.get() && !(*link).is_null() || all && !(*link).is_null() {
            let o: Gc<GcHeader> = Gc::from_ptr(*link);
            if !(o.is_white() || all) {
                link = o.next.as_ptr();
                continue;
            }
            if gc.fin_survival.get() == o.as_ptr() {
                gc.fin_survival.set(o.next.get());
            }
            *link = o.next.get();
            o.next.set(*last);
            *last = o.as_ptr();
            last = o.next.as_ptr();
        }
    }
}

/// Takes the first pending object back among the ordinary ones.
fn take_pending(g: &Global) -> TValue {
    let gc = &g.gc;
    let o: Gc<GcHeader> = Gc::from_ptr(gc.pending.get());
    gc.pending.set(o.next.get());
    o.next.set(gc.all.get());
    gc.all.set(o.as_ptr());
    o.marked.set(o.marked.get() & !color::FINALIZER);
    if gc.is_sweeping() {
        o.set_white(g);
    } else if o.age() == age::OLD1 {
        gc.first_old1.set(o.as_ptr());
    }
    TValue::object(o)
}

/// Levels of nesting that a finalizer is given.
const LEVELS: u32 = 10;

/// Whether a step of the collector may call finalizers: not next to the limit of nesting, which they would reach. They wait
/// for a later cycle then.
pub fn may_call(l: &State) -> bool {
    l.c_depth() + LEVELS < MAX_C_CALLS
}

/// Calls the finalizer of the first pending object; errors become warnings.
fn call_one(l: &State) {
    let g = l.global();
    let v = take_pending(g);
    let method = meta::metamethod(l, v, Event::Gc);
    if method.is_nil() {
        return;
    }
    let old_hook = l.allow_hook.replace(false);
    let old_stopped = g.gc.stopped.get();
    g.gc.stopped.set(old_stopped | stop::COLLECTOR);
    let func = l.top.get();
    func.set(method);
    func.add(1).set(v);
    l.top.set(func.add(2));
    l.ci().set_bits(cist::FIN);
    let off = l.save(func);
    let mut run = |l: &State| -> LResult<()> { call::call_no_yield(l, l.restore(off), 0) };
    let status = call::protected(l, off, 0, &mut run);
    l.ci().clear_bits(cist::FIN);
    l.allow_hook.set(old_hook);
    g.gc.stopped.set(old_stopped);
    if status != 0 {
        warn_about_error(l);
        l.pop_n(1);
    }
}

/// Issues a warning about the error value on top, which a finalizer raised.
fn warn_about_error(l: &State) {
    let message = match l.top.get().sub(1).get().as_string() {
        // SAFETY: strings end with NUL, and this one stays on the stack.
        Some(s) => unsafe { CStr::from_ptr(s.data().cast()) },
        None => c"error object is not a string",
    };
    for (piece, more) in [
        (c"error in ", true),
        (c"__gc", true),
        (c" (", true),
        (message, true),
        (c")", false),
    ] {
        l.warning(piece, more);
    }
}

/// Calls up to `n` pending finalizers. Returns how many it called.
pub fn call_some(l: &State, n: usize) -> usize {
    let mut called = 0;
    while called < n && !l.global().gc.pending.get().is_null() {
        call_one(l);
        called += 1;
    }
    called
}

/// Calls all pending finalizers.
pub fn call_all_pending(l: &State) {
    call_some(l, usize::MAX);
}

/// When the state is closed: calls the finalizers of all objects, in reverse order of their marking.
pub fn finalize_all(l: &State) {
    let g = l.global();
    g.gc.stopped.set(stop::CLOSING);
    if g.gc.mode.get() == super::Mode::Generational {
        super::generation::leave(g);
    }
    if g.gc.phase.get() != Phase::Pause {
        g.gc.sweep_at.set(null_mut());
        g.gc.phase.set(Phase::Pause);
        super::cycle::drop_gray_lists(g);
        for list in [&g.gc.all, &g.gc.finalizable, &g.gc.pending] {
            sweep::whiten(g, list);
        }
    }
    separate(g, true);
    call_all_pending(l);
}
