//! Checks of how the host uses the API, compiled in by the feature `apicheck`: a failed one names the function and the
//! reason, and aborts.

use crate::error::Throw;
use crate::limits::{MAX_UPVALUES, REGISTRY_INDEX};
use crate::object::State;

/// `check!(condition, "reason")` inside an exported function.
macro_rules! check {
    ($cond:expr, $reason:expr) => {
        if cfg!(feature = "apicheck") && !$cond {
            fn here() {}
            $crate::capi::check::failed(std::any::type_name_of_val(&here), $reason);
        }
    };
}
/// The frame has at least `n` values.
macro_rules! check_values {
    ($l:expr, $n:expr) => {
        check!(
            $crate::capi::check::has_values($l, $n),
            "not enough elements in the stack"
        )
    };
}
/// The frame has room for one more value.
macro_rules! check_room {
    ($l:expr) => {
        check!($l.top.get() < $l.ci().top.get(), "stack overflow")
    };
}
/// What was pushed just now, if anything, fits into the frame.
macro_rules! check_fits {
    ($l:expr) => {
        check!($l.top.get() <= $l.ci().top.get(), "stack overflow")
    };
}
/// The index is acceptable.
macro_rules! check_index {
    ($l:expr, $idx:expr) => {
        if cfg!(feature = "apicheck")
            && let Some(reason) = $crate::capi::check::index_fault($l, $idx)
        {
            check!(false, reason);
        }
    };
}
/// There is a slot of the stack at the index.
macro_rules! check_in_stack {
    ($l:expr, $idx:expr) => {
        check!($crate::capi::check::in_stack($l, $idx), "invalid index")
    };
}
/// The value at the index is a table.
macro_rules! check_table {
    ($l:expr, $idx:expr) => {
        check_index!($l, $idx);
        check!($l.value_at($idx).is_table(), "table expected")
    };
}
/// The value at the index is a full userdata.
macro_rules! check_full_userdata {
    ($l:expr, $idx:expr) => {
        check_index!($l, $idx);
        check!(
            $l.value_at($idx).as_userdata().is_some(),
            "full userdata expected"
        )
    };
}
/// A call with these arguments and results is possible.
macro_rules! check_call {
    ($l:expr, $nargs:expr, $nresults:expr, $k:expr) => {
        check!(
            $k.is_none() || !$l.ci().is_lua(),
            "cannot use continuations inside hooks"
        );
        check_values!($l, $nargs + 1);
        check!($l.status.get() == 0, "cannot do calls on non-normal thread");
        check!(
            $crate::capi::check::results_fit($l, $nargs, $nresults),
            "results from function overflow current stack size"
        );
    };
}

/// Reports a failed check. `here` is the path of an item inside the exported function, maybe inside a closure of it.
#[cold]
pub(super) fn failed(here: &str, reason: &str) -> ! {
    // What the exported functions that are written in assembly go on in.
    const CONTINUED: [(&str, &str); 2] =
        [("yield_from", "lua_yieldk"), ("error_from", "lua_error")];
    let function = here.rsplit("::").find_map(|part| {
        let continued = CONTINUED.iter().find(|c| c.0 == part).map(|c| c.1);
        continued.or(part.starts_with("lua").then_some(part))
    });
    eprintln!("{}: {reason}", function.unwrap_or(here));
    std::process::abort()
}

/// What is wrong with an index, if anything.
pub(super) fn index_fault(l: &State, idx: i32) -> Option<&'static str> {
    if idx > 0 {
        (idx as isize > frame_room(l)).then_some("unacceptable index")
    } else if idx > REGISTRY_INDEX {
        (idx == 0 || -idx > l.get_top()).then_some("invalid index")
    } else {
        ((REGISTRY_INDEX - idx) as usize > MAX_UPVALUES + 1).then_some("upvalue index too large")
    }
}

pub(super) fn in_stack(l: &State, idx: i32) -> bool {
    let top = l.get_top();
    (1..=top).contains(&idx) || (-top..=-1).contains(&idx)
}

pub(super) fn has_values(l: &State, n: i32) -> bool {
    n <= l.get_top()
}

/// The number of slots that the frame may use.
pub(super) fn frame_room(l: &State) -> isize {
    l.ci().top.get().distance(l.ci().base())
}

pub(super) fn results_fit(l: &State, nargs: i32, nresults: i32) -> bool {
    nresults < 0 || l.ci().top.get().distance(l.top.get()) >= (nresults - nargs) as isize
}

/// The coroutine has its arguments, and its function if it starts; `lua_resume` itself reports one that cannot go on.
pub(super) fn resume_fits(l: &State, nargs: i32) -> bool {
    match Throw::from_status(i32::from(l.status.get())) {
        Some(Throw::Yield) => has_values(l, nargs),
        None if l.is_base_ci(l.ci()) => l.get_top() == nargs || has_values(l, nargs + 1),
        _ => true,
    }
}

/// A C function returns as many values as it has.
#[inline(always)]
pub(super) fn check_results(l: &State, n: i32) {
    if cfg!(feature = "apicheck") && !has_values(l, n) {
        failed("lua_CFunction", "not enough elements in the stack");
    }
}
