//! Checks of how the host uses the API, compiled in by the feature `apicheck`: a failed one names the function and the
//! reason, and aborts.

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
/// There is a value at the index.
macro_rules! check_index {
    ($l:expr, $idx:expr) => {
        check!($crate::capi::check::acceptable($l, $idx), "invalid index")
    };
}
/// The value at the index is a table.
macro_rules! check_table {
    ($l:expr, $idx:expr) => {
        check!($l.value_at($idx).is_table(), "table expected")
    };
}
/// A call with these arguments and results is possible.
macro_rules! check_call {
    ($l:expr, $nargs:expr, $nresults:expr, $k:expr) => {
        check!(
            $k.is_none() || $l.ci().is_lua() == false,
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

/// Reports a failed check.
#[cold]
pub(super) fn failed(here: &str, reason: &str) -> ! {
    let function = here.rsplit("::").nth(1).unwrap_or(here);
    eprintln!("{function}: {reason}");
    std::process::abort()
}

pub(super) fn has_values(l: &State, n: i32) -> bool {
    i64::from(n) <= i64::from(l.get_top())
}

pub(super) fn acceptable(l: &State, idx: i32) -> bool {
    use crate::limits::{MAX_UPVALUES, REGISTRY_INDEX};
    if idx > 0 {
        l.ci().base().distance(l.ci().top.get()) <= 0
            && idx as isize <= l.ci().top.get().distance(l.ci().base())
    } else if idx > REGISTRY_INDEX {
        idx != 0 && -idx <= l.get_top()
    } else {
        (REGISTRY_INDEX - idx) as usize <= MAX_UPVALUES + 1
    }
}

pub(super) fn results_fit(l: &State, nargs: i32, nresults: i32) -> bool {
    nresults < 0 || l.ci().top.get().distance(l.top.get()) >= (nresults - nargs) as isize
}
