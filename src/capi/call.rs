//! Calls, coroutines, errors (manual sections 4.4 to 4.6).

use super::boundary::with_return_slot;
use super::types::{lua_KContext, lua_KFunction, lua_State};
use super::{api, boundary, store, view};
use crate::api::Continuation;
use crate::vm::coroutine;
use core::ffi::{c_int, c_void};

fn continuation(k: lua_KFunction) -> Continuation {
    Continuation::C(k.map_or(0, |k| k as usize))
}

/// Calls the function below the `nargs` topmost values. With `k` it may yield; then `k` goes on.
///
/// Stack `[-(nargs+1), +nresults, e]`, manual section 4.6, `lua_callk`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_callk(
    state: *mut lua_State,
    nargs: c_int,
    nresults: c_int,
    ctx: lua_KContext,
    k: lua_KFunction,
) {
    api(state, |l| {
        check_call!(l, nargs, nresults, k);
        if k.is_none() {
            l.call(nargs, nresults)
        } else {
            l.call_cont(nargs, nresults, ctx, continuation(k))
        }
    })
}

/// As `lua_callk`, in protected mode with the message handler at `errfunc` (0: none); the status.
///
/// Stack `[-(nargs+1), +(nresults|1), -]`, manual section 4.6, `lua_pcallk`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pcallk(
    state: *mut lua_State,
    nargs: c_int,
    nresults: c_int,
    errfunc: c_int,
    ctx: lua_KContext,
    k: lua_KFunction,
) -> c_int {
    api(state, |l| {
        check_call!(l, nargs, nresults, k);
        check!(
            errfunc == 0 || l.value_at(errfunc).is_function(),
            "error handler must be a function"
        );
        if k.is_none() {
            l.pcall(nargs, nresults, errfunc)
        } else {
            l.pcall_cont(nargs, nresults, errfunc, ctx, continuation(k))
        }
    })
}

/// Yields the `nresults` topmost values; `k` goes on after the resume. Returns only inside a hook.
///
/// Stack `[-?, +?, v]`, manual section 4.5, `lua_yieldk`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
#[cfg_attr(target_arch = "x86_64", unsafe(naked))]
pub unsafe extern "C-unwind" fn lua_yieldk(
    state: *mut lua_State,
    nresults: c_int,
    ctx: lua_KContext,
    k: lua_KFunction,
) -> c_int {
    with_return_slot!("r8", yield_from(state, nresults, ctx, k))
}

extern "C-unwind" fn yield_from(
    state: *mut lua_State,
    nresults: c_int,
    ctx: lua_KContext,
    k: lua_KFunction,
    return_slot: *mut c_void,
) -> c_int {
    let l = view(state);
    check_values!(l, nresults);
    check!(
        !l.ci().is_lua() || nresults == 0,
        "hooks cannot yield values"
    );
    check!(
        !l.ci().is_lua() || k.is_none(),
        "hooks cannot continue after yielding"
    );
    match l.yield_cont(nresults, ctx, continuation(k)) {
        Ok(n) => n,
        Err(t) => boundary::leave(l, t, return_slot),
    }
}

/// Starts or continues a coroutine; its status, and in `*nres` the number of values on its top.
///
/// Stack `[-?, +?, -]`, manual section 4.5, `lua_resume`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_resume(
    state: *mut lua_State,
    from: *mut lua_State,
    narg: c_int,
    nres: *mut c_int,
) -> c_int {
    let l = view(state);
    check!(
        super::check::resume_fits(l, narg),
        "not enough elements in the stack"
    );
    let from = if from.is_null() {
        None
    } else {
        Some(view(from))
    };
    let (status, n) = coroutine::resume(l, from, narg);
    if n >= 0 {
        store(nres, n);
    }
    status
}

/// The status of a thread.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_status`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_status(state: *mut lua_State) -> c_int {
    c_int::from(view(state).status.get())
}

/// Whether a yield is possible.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_isyieldable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_isyieldable(state: *mut lua_State) -> c_int {
    c_int::from(view(state).is_yieldable())
}

/// Raises the value on the top as an error.
///
/// Stack `[-1, +0, v]`, manual section 4.6, `lua_error`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
#[cfg_attr(target_arch = "x86_64", unsafe(naked))]
pub unsafe extern "C-unwind" fn lua_error(state: *mut lua_State) -> c_int {
    with_return_slot!("rsi", error_from(state))
}

extern "C-unwind" fn error_from(state: *mut lua_State, return_slot: *mut c_void) -> c_int {
    let l = view(state);
    check_values!(l, 1);
    boundary::leave(l, l.error(), return_slot)
}
