//! The coroutine library, over `vm::coroutine`.

use super::arg;
use crate::error::{LResult, OK, Throw};
use crate::object::State;
use crate::value::{Effects, Gc, ShortCut, Slot, TValue, ty};
use crate::vm;
use core::ffi::CStr;

static LIB: &[crate::api::Reg] = library! {
    "create" => create,
    "resume" => resume,
    "running" => running: Effects::None,
    "status" => status {fresh_status}: Effects::None,
    "wrap" => wrap,
    "isyieldable" => isyieldable,
    "close" => close,
};

/// Opens the coroutine library and leaves its table on the stack.
pub fn open_coroutine(l: &State) -> LResult<i32> {
    l.new_lib(LIB)?;
    l.push_native(crate::native!(yield_, ShortCut::Yield));
    l.set_field(-2, "yield")?;
    Ok(1)
}

const YIELD: i32 = Throw::Yield as i32;

fn coroutine_arg(l: &State) -> LResult<Gc<State>> {
    arg(l, 1)
        .as_thread()
        .ok_or_else(|| l.type_error(1, "thread"))
}

/// Moves the `nargs` topmost values to `co` and runs it until it yields or ends. `Ok(n)`: `n` results were pushed;
/// `Err(())`: an error value was pushed. With `TELL`, a boolean that says which is pushed first, and not counted.
#[inline(always)]
fn run<const TELL: bool>(l: &State, co: &State, nargs: i32) -> LResult<Result<i32, ()>> {
    let (status, nresults) = match vm::coroutine::switch(co, l, nargs as usize) {
        Some(back) => back,
        None if co.check_stack(nargs) => {
            l.xmove(co, nargs);
            vm::coroutine::resume(co, Some(l), nargs)
        }
        None => return refuse::<TELL>(l, "too many arguments to resume"),
    };
    let failed = status != OK && status != YIELD;
    if !failed && !l.check_stack(nresults + 1) {
        co.pop(nresults);
        return refuse::<TELL>(l, "too many results to resume");
    }
    if failed {
        // `co` may be `l` itself, which cannot be resumed.
        co.xmove(l, 1);
        if TELL {
            l.push_bool(false);
            l.insert(-2);
        }
        return Ok(Err(()));
    }
    if TELL {
        l.push_bool(true);
    }
    co.xmove(l, nresults);
    Ok(Ok(nresults))
}

/// Pushes a message instead of results.
#[cold]
fn refuse<const TELL: bool>(l: &State, message: &str) -> LResult<Result<i32, ()>> {
    if TELL {
        l.push_bool(false);
    }
    l.push_str(message)?;
    Ok(Err(()))
}

fn resume(l: &State) -> LResult<i32> {
    let co = coroutine_arg(l)?;
    let results = run::<true>(l, &co, l.get_top() - 1)?;
    Ok(1 + results.unwrap_or(1))
}

/// The function that `wrap` returns; its upvalue is the coroutine.
fn wrapped(l: &State) -> LResult<i32> {
    let closure = l.ci().func.get().get().as_c_closure();
    let Some(co) = closure.and_then(|c| c.upvalue(0).get().as_thread()) else {
        return Err(l.lib_error("invalid coroutine", &[]));
    };
    match run::<false>(l, &co, l.get_top())? {
        Ok(n) => Ok(n),
        Err(()) => raise_from(l, &co),
    }
}

/// Raises the error on top of the stack, in which `co` ended: closes its variables first and adds the caller's position
/// to a string.
fn raise_from(l: &State, co: &State) -> LResult<i32> {
    let mut status = co.status.get() as i32;
    if status != OK && status != YIELD {
        status = vm::coroutine::close(co, Some(l));
        co.xmove(l, 1);
    }
    if status != Throw::Memory.status() && l.type_of(-1) == ty::STRING {
        l.where_(1)?;
        l.insert(-2);
        l.concat(2)?;
    }
    Err(l.error())
}

fn create(l: &State) -> LResult<i32> {
    l.check_type(1, ty::FUNCTION)?;
    let co = vm::coroutine::new_thread(l)?;
    l.push(co.into());
    co.push(arg(l, 1));
    Ok(1)
}

fn wrap(l: &State) -> LResult<i32> {
    create(l)?;
    l.push_native_closure(crate::native!(wrapped), 1)?;
    Ok(1)
}

fn yield_(l: &State) -> LResult<i32> {
    l.yield_results(l.get_top())
}

/// What a coroutine does, as seen from `l`.
fn status_of(l: &State, co: &State) -> &'static CStr {
    if core::ptr::eq(l, co) {
        return c"running";
    }
    match co.status.get() as i32 {
        YIELD => c"suspended",
        OK if !co.is_base_ci(co.ci()) => c"normal",
        OK if co.get_top() == 0 => c"dead",
        OK => c"suspended",
        _ => c"dead",
    }
}

fn status(l: &State) -> LResult<i32> {
    let co = coroutine_arg(l)?;
    l.push(l.c_string(status_of(l, &co))?.into());
    Ok(1)
}

/// `status` without a frame.
fn fresh_status(l: &State, args: Slot, n: usize) -> TValue {
    if n == 0 {
        return TValue::NONE;
    }
    let status = args.get().as_thread().map(|co| status_of(l, &co));
    status.map_or(TValue::NONE, |s| {
        l.c_string(s).map_or(TValue::NONE, TValue::from)
    })
}

fn isyieldable(l: &State) -> LResult<i32> {
    let co = if arg(l, 1).is_none() {
        l.as_gc()
    } else {
        coroutine_arg(l)?
    };
    l.push_bool(co.is_yieldable());
    Ok(1)
}

fn running(l: &State) -> LResult<i32> {
    let is_main = l.push_thread();
    l.push_bool(is_main);
    Ok(2)
}

fn close(l: &State) -> LResult<i32> {
    let co = coroutine_arg(l)?;
    let status = status_of(l, &co).to_bytes();
    match status {
        b"dead" | b"suspended" => {
            if vm::coroutine::close(&co, Some(l)) == OK {
                l.push_bool(true);
                return Ok(1);
            }
            l.push_bool(false);
            co.xmove(l, 1);
            Ok(2)
        }
        _ => Err(l.lib_error("cannot close a %s coroutine", args![status])),
    }
}
