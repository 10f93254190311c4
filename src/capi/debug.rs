//! The debug interface (manual section 4.7).

use super::types::{lua_Debug, lua_Hook, lua_State};
use super::{api, cstr, view};
use crate::debug;
use core::ffi::{CStr, c_char, c_int, c_void};

fn name_or_null(name: Option<&CStr>) -> *const c_char {
    name.map_or(core::ptr::null(), CStr::as_ptr)
}

/// Notes the function at `level` of the call stack in `ar`; 0 if there is none.
///
/// Stack `[-0, +0, -]`, manual section 4.7, `lua_getstack`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getstack(
    state: *mut lua_State,
    level: c_int,
    ar: *mut lua_Debug,
) -> c_int {
    // SAFETY: contract of every exported function (see `capi`).
    c_int::from(debug::get_stack(view(state), level, unsafe { &mut *ar }))
}

/// Fills the fields of `ar` that `what` names; 0 for an invalid option.
///
/// Stack `[-(0|1), +(0|1|2), m]`, manual section 4.7, `lua_getinfo`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getinfo(
    state: *mut lua_State,
    what: *const c_char,
    ar: *mut lua_Debug,
) -> c_int {
    api(state, |l| {
        let what = cstr(what);
        if what.first() == Some(&b'>') {
            check_values!(l, 1);
            check!(l.value_at(-1).is_function(), "function expected");
        }
        // SAFETY: contract of every exported function (see `capi`).
        let known = debug::get_info(l, what, unsafe { &mut *ar })?;
        check_fits!(l);
        Ok(c_int::from(known))
    })
}

/// Pushes local variable `n` of a function; its name, null (and nothing pushed) if there is none.
///
/// Without `ar`: the name of a parameter of the function on the top, which is popped.
///
/// Stack `[-(0|1), +(0|1), -]`, manual section 4.7, `lua_getlocal`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getlocal(
    state: *mut lua_State,
    ar: *const lua_Debug,
    n: c_int,
) -> *const c_char {
    // SAFETY: contract of every exported function (see `capi`).
    let ar = unsafe { ar.as_ref() };
    let l = view(state);
    if ar.is_none() {
        check_values!(l, 1);
    }
    let name = debug::get_local(l, ar, n);
    check_fits!(l);
    name_or_null(name)
}

/// Pops a value into local variable `n` of a function; its name, null if there is none.
///
/// Stack `[-1, +0, -]`, manual section 4.7, `lua_setlocal`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setlocal(
    state: *mut lua_State,
    ar: *const lua_Debug,
    n: c_int,
) -> *const c_char {
    // SAFETY: contract of every exported function (see `capi`).
    let ar = unsafe { &*ar };
    let l = view(state);
    check_values!(l, 1);
    name_or_null(debug::set_local(l, ar, n))
}

/// Pushes upvalue `n` of a function; its name, null (and nothing pushed) if there is none.
///
/// Stack `[-0, +(0|1), -]`, manual section 4.7, `lua_getupvalue`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getupvalue(
    state: *mut lua_State,
    funcindex: c_int,
    n: c_int,
) -> *const c_char {
    let l = view(state);
    check_index!(l, funcindex);
    let name = l.get_upvalue(funcindex, n);
    check_fits!(l);
    name_or_null(name)
}

/// Pops a value into upvalue `n` of a function; its name, null (and nothing popped) if there is none.
///
/// Stack `[-(0|1), +0, -]`, manual section 4.7, `lua_setupvalue`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setupvalue(
    state: *mut lua_State,
    funcindex: c_int,
    n: c_int,
) -> *const c_char {
    let l = view(state);
    check_values!(l, 1);
    check_index!(l, funcindex);
    name_or_null(l.set_upvalue(funcindex, n))
}

/// An address that identifies an upvalue; null if there is none.
///
/// Stack `[-0, +0, -]`, manual section 4.7, `lua_upvalueid`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_upvalueid(
    state: *mut lua_State,
    fidx: c_int,
    n: c_int,
) -> *mut c_void {
    let l = view(state);
    check_index!(l, fidx);
    check!(l.value_at(fidx).is_function(), "function expected");
    l.upvalue_id(fidx, n)
}

/// Makes an upvalue of a Lua function refer to an upvalue of another one.
///
/// Stack `[-0, +0, -]`, manual section 4.7, `lua_upvaluejoin`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_upvaluejoin(
    state: *mut lua_State,
    fidx1: c_int,
    n1: c_int,
    fidx2: c_int,
    n2: c_int,
) {
    let l = view(state);
    for idx in [fidx1, fidx2] {
        check_index!(l, idx);
        check!(
            l.value_at(idx).as_lua_closure().is_some(),
            "Lua function expected"
        );
    }
    let joined = l.upvalue_join(fidx1, n1, fidx2, n2);
    check!(joined, "invalid upvalue index");
    let _ = joined;
}

/// Installs a hook. May be called from a signal handler.
///
/// Stack `[-0, +0, -]`, manual section 4.7, `lua_sethook`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_sethook(
    state: *mut lua_State,
    func: lua_Hook,
    mask: c_int,
    count: c_int,
) {
    debug::hook::set(view(state), func, mask, count)
}

/// The hook.
///
/// Stack `[-0, +0, -]`, manual section 4.7, `lua_gethook`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_gethook(state: *mut lua_State) -> lua_Hook {
    view(state).hook.get()
}

/// The events that call the hook.
///
/// Stack `[-0, +0, -]`, manual section 4.7, `lua_gethookmask`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_gethookmask(state: *mut lua_State) -> c_int {
    view(state).hook_mask.get()
}

/// The count of a count hook.
///
/// Stack `[-0, +0, -]`, manual section 4.7, `lua_gethookcount`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_gethookcount(state: *mut lua_State) -> c_int {
    view(state).base_hook_count.get()
}
