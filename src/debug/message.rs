//! Error messages of the virtual machine, with positions and names.

use super::names::{self, Name};
use super::{current_line, lua_closure};
use crate::error::{LResult, Throw};
use crate::format::{Arg, format_into};
use crate::heap::{self, LVec};
use crate::limits::ID_SIZE;
use crate::object::{State, Str, string};
use crate::value::{Gc, Slot, TValue};
use crate::vm::{self, convert};

/// Writes the printable form of a chunk's name, as messages and `short_src` have it. Returns the bytes used.
pub fn chunk_id<'a>(source: &[u8], out: &'a mut [u8; ID_SIZE]) -> &'a [u8] {
    const DOTS: &[u8] = b"...";
    let room = ID_SIZE - 1;
    let mut n = 0;
    let mut put = |s: &[u8]| {
        out[n..n + s.len()].copy_from_slice(s);
        n += s.len();
    };
    match source.split_first() {
        Some((b'=', rest)) => put(&rest[..rest.len().min(room)]),
        Some((b'@', rest)) if rest.len() <= room => put(rest),
        Some((b'@', rest)) => {
            put(DOTS);
            put(&rest[rest.len() - (room - DOTS.len())..]);
        }
        _ => {
            const OPEN: &[u8] = b"[string \"";
            const CLOSE: &[u8] = b"\"]";
            let room = room - OPEN.len() - DOTS.len() - CLOSE.len();
            let line = source.split(|&c| c == b'\n').next().unwrap_or(b"");
            put(OPEN);
            // A source that just fits counts as too long.
            if line.len() == source.len() && line.len() < room {
                put(line);
            } else {
                put(&line[..line.len().min(room)]);
                put(DOTS);
            }
            put(CLOSE);
        }
    }
    &out[..n]
}

/// Appends "chunk:line: " for a chunk name and a line; "?:-1: " in stripped code.
pub fn position(l: &State, out: &mut LVec<u8>, source: Option<Gc<Str>>, line: i32) -> LResult<()> {
    let mut buf = [0; ID_SIZE];
    let id: &[u8] = match source {
        Some(s) => chunk_id(s.bytes(), &mut buf),
        None => b"?",
    };
    format_into(l, out, "%s:%d: ", args![id, line])
}

/// Makes the value on the top an error: the message handler, if there is one, gets it first.
#[cold]
pub fn raise_top(l: &State) -> Throw {
    let handler = l.errfunc.get();
    if handler != 0 {
        let top = l.top.get();
        top.set(top.sub(1).get());
        top.sub(1).set(l.restore(handler).get());
        l.top.set(top.add(1));
        if let Err(t) = vm::call_no_yield(l, top.sub(1), 1) {
            return t;
        }
    }
    Throw::Run
}

impl State {
    /// Makes a run-time error with the position of the running Lua function, if any, in front of the message, and
    /// passes it to the message handler. Never returns `Throw::Yield`.
    #[cold]
    pub fn run_error(&self, fmt: &str, args: &[Arg<'_>]) -> Throw {
        match self.push_message(fmt, args) {
            Ok(()) => raise_top(self),
            Err(t) => t,
        }
    }

    fn push_message(&self, fmt: &str, args: &[Arg<'_>]) -> LResult<()> {
        let mut out = LVec::new(self);
        let ci = self.ci();
        if let Some(cl) = lua_closure(ci) {
            position(self, &mut out, cl.proto().source.get(), current_line(ci))?;
        }
        format_into(self, &mut out, fmt, args)?;
        let s = string::new(self, &out)?;
        self.push(s.into());
        drop(out);
        heap::check_gc(self);
        Ok(())
    }

    /// The error for an error in a message handler, or for an overflow while handling an overflow.
    #[cold]
    pub fn error_in_error_handling(&self) -> Throw {
        match string::new(self, b"error in error handling") {
            Ok(s) => {
                self.push(s.into());
                Throw::ErrErr
            }
            Err(t) => t,
        }
    }
}

fn type_error_named(l: &State, v: TValue, op: &str, name: Option<Name>) -> Throw {
    let t = vm::type_name(l, v);
    match name {
        Some(n) => l.run_error(
            "attempt to %s a %s value (%s '%s')",
            args![op, t, n.kind.to_bytes(), n.name.to_bytes()],
        ),
        None => l.run_error("attempt to %s a %s value", args![op, t]),
    }
}

/// "attempt to `op` a ... value", with the name of the variable at `operand`.
#[cold]
pub fn type_error(l: &State, operand: Slot, op: &str) -> Throw {
    type_error_named(l, operand.get(), op, names::of_variable(l, operand))
}

/// "attempt to call a ... value".
#[cold]
pub fn call_error(l: &State, func: Slot) -> Throw {
    let name = names::of_call_in(l, l.ci()).or_else(|| names::of_variable(l, func));
    type_error_named(l, func.get(), "call", name)
}

/// The error of a numeric `for` whose `what` is no number.
#[cold]
pub fn for_error(l: &State, v: TValue, what: &str) -> Throw {
    l.run_error(
        "bad 'for' %s (number expected, got %s)",
        args![what, vm::type_name(l, v)],
    )
}

/// The error of a concatenation, one of whose operands is neither string nor number.
#[cold]
pub fn concat_error(l: &State, a: Slot, b: Slot) -> Throw {
    let culprit = if a.get().is_string() || a.get().is_number() {
        b
    } else {
        a
    };
    type_error(l, culprit, "concatenate")
}

/// The error of an operation whose operands are not both numbers.
#[cold]
pub fn op_arith_error(l: &State, a: Slot, b: Slot, op: &str) -> Throw {
    let culprit = if a.get().is_number() { b } else { a };
    type_error(l, culprit, op)
}

/// The error of a bitwise operation on two numbers that are not both integers.
#[cold]
pub fn to_int_error(l: &State, a: Slot, b: Slot) -> Throw {
    let culprit = if convert::number_to_integer(a.get()).is_some() {
        b
    } else {
        a
    };
    match names::of_variable(l, culprit) {
        Some(n) => l.run_error(
            "number (%s '%s') has no integer representation",
            args![n.kind.to_bytes(), n.name.to_bytes()],
        ),
        None => l.run_error("number has no integer representation", &[]),
    }
}

/// The error of a comparison of values that have no order.
#[cold]
pub fn compare_error(l: &State, a: TValue, b: TValue) -> Throw {
    let (ta, tb) = (vm::type_name(l, a), vm::type_name(l, b));
    if ta == tb {
        l.run_error("attempt to compare two %s values", args![ta])
    } else {
        l.run_error("attempt to compare %s with %s", args![ta, tb])
    }
}
