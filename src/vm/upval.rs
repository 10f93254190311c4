//! Open upvalues and to-be-closed variables of a thread's stack.

use super::call;
use crate::debug;
use crate::error::{LResult, Throw};
use crate::global::Event;
use crate::heap;
use crate::object::{State, UpVal};
use crate::value::{Gc, Slot, TValue};

/// The open upvalue for stack slot `level`, created if there is none. Raises a memory error.
pub fn find(l: &State, level: Slot) -> LResult<Gc<UpVal>> {
    let mut link = l.open_upvalues.as_ptr();
    loop {
        // SAFETY: `link` is the head of the list or a link of one of its upvalues, which are live.
        let p = unsafe { *link };
        if p.is_null() {
            break;
        }
        let uv: Gc<UpVal> = Gc::from_ptr(p);
        if uv.v.get() <= level {
            if uv.v.get() == level {
                return Ok(uv);
            }
            break;
        }
        link = uv.next_link();
    }
    let uv = UpVal::new_open(l, level)?;
    // SAFETY: a collection neither closes nor frees open upvalues of a running thread, so `link` is still in place.
    unsafe { uv.link_at(link) };
    heap::note_open_upvalues(l);
    Ok(uv)
}

/// Closes the open upvalues at `level` and above.
pub fn close(l: &State, level: Slot) {
    loop {
        let p = l.open_upvalues.get();
        if p.is_null() {
            return;
        }
        let uv: Gc<UpVal> = Gc::from_ptr(p);
        if uv.v.get() < level {
            return;
        }
        uv.unlink();
        uv.close();
        heap::upvalue_closed(l, uv);
    }
}

fn last_tbc(l: &State) -> Option<u32> {
    match l.tbc_len.get() {
        0 => None,
        // SAFETY: the first `tbc_len` entries are initialised.
        n => Some(unsafe { *l.tbc.get().add(n as usize - 1) }),
    }
}

/// Whether a to-be-closed variable lies at `level` or above.
pub fn has_tbc(l: &State, level: Slot) -> bool {
    last_tbc(l).is_some_and(|off| l.restore(off as isize) >= level)
}

/// Whether the innermost to-be-closed variable lies at `level`.
pub fn is_last_tbc(l: &State, level: Slot) -> bool {
    last_tbc(l).is_some_and(|off| l.restore(off as isize) == level)
}

/// Marks the variable at `level` to be closed; nil and false are ignored. Raises an error if it has no `__close`.
pub fn new_tbc(l: &State, level: Slot) -> LResult<()> {
    let v = level.get();
    if v.is_falsy() {
        return Ok(());
    }
    if super::metamethod(l, v, Event::Close).is_nil() {
        let name = debug::variable_name(l, level).unwrap_or(b"?");
        return Err(l.run_error("variable '%s' got a non-closable value", args![name]));
    }
    let (len, cap) = (l.tbc_len.get() as usize, l.tbc_cap.get() as usize);
    let off = l.save(level) as u32;
    if last_tbc(l).is_some_and(|last| last >= off) {
        // Only in an altered chunk. The list is in the order of the stack, on which everyone who closes relies.
        return Err(l.run_error("variable to be closed out of order", &[]));
    }
    if len == cap {
        let new = (cap * 2).max(4);
        let size = size_of::<u32>();
        let p = heap::realloc_bytes(l, l.tbc.get().cast(), cap * size, new * size)?;
        l.tbc.set(p.cast());
        l.tbc_cap.set(new as u32);
    }
    // SAFETY: `len < tbc_cap` now.
    unsafe { l.tbc.get().add(len).write(off) };
    l.tbc_len.set(len as u32 + 1);
    Ok(())
}

/// Closes upvalues at `level` and above and calls the closing methods of the to-be-closed variables there, last one
/// first. `error` is what is being handled, its value on top; `None` for a normal exit. Raises what a method raises.
pub fn close_all(l: &State, level: Slot, error: Option<Throw>, yieldable: bool) -> LResult<()> {
    let off = l.save(level);
    close(l, level);
    while let Some(tbc) = last_tbc(l) {
        if (tbc as isize) < off {
            break;
        }
        l.tbc_len.set(l.tbc_len.get() - 1);
        call_close(l, l.restore(tbc as isize), error.is_some(), yieldable)?;
    }
    Ok(())
}

fn call_close(l: &State, var: Slot, with_error: bool, yieldable: bool) -> LResult<()> {
    let v = var.get();
    let error = if with_error {
        call::set_error_value(l, var.add(1));
        var.add(1).get()
    } else {
        TValue::NIL
    };
    let method = super::metamethod(l, v, Event::Close);
    let func = l.top.get();
    func.set(method);
    func.add(1).set(v);
    func.add(2).set(error);
    l.top.set(func.add(3));
    if yieldable {
        call::call(l, func, 0)
    } else {
        call::call_no_yield(l, func, 0)
    }
}
