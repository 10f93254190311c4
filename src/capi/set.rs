//! From the stack to tables, userdata and globals (manual section 4.6).

use super::types::{lua_Integer, lua_State};
use super::{api, view};
use core::ffi::{c_char, c_int, c_void};

/// Pops a value into a global variable.
///
/// Stack `[-1, +0, e]`, manual section 4.6, `lua_setglobal`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setglobal(state: *mut lua_State, name: *const c_char) {
    api(state, |l| {
        check_values!(l, 1);
        // SAFETY: contract of every exported function (see `capi`).
        let key = unsafe { l.c_string_at(name) }?;
        l.set_index_str(l.globals(), key)
    })
}

/// Pops a value and a key below it: `t[key] = value`.
///
/// Stack `[-2, +0, e]`, manual section 4.6, `lua_settable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_settable(state: *mut lua_State, idx: c_int) {
    api(state, |l| {
        check_values!(l, 2);
        check_index!(l, idx);
        l.set_table(idx)
    })
}

/// Pops a value into `t[k]`.
///
/// Stack `[-1, +0, e]`, manual section 4.6, `lua_setfield`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setfield(state: *mut lua_State, idx: c_int, k: *const c_char) {
    api(state, |l| {
        check_values!(l, 1);
        check_index!(l, idx);
        let t = l.value_at(idx);
        // SAFETY: contract of every exported function (see `capi`).
        let key = unsafe { l.c_string_at(k) }?;
        l.set_index_str(t, key)
    })
}

/// Pops a value into `t[n]`.
///
/// Stack `[-1, +0, e]`, manual section 4.6, `lua_seti`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_seti(state: *mut lua_State, idx: c_int, n: lua_Integer) {
    api(state, |l| {
        check_values!(l, 1);
        check_index!(l, idx);
        l.set_i(idx, n)
    })
}

/// Pops a value and a key below it: `t[key] = value`, without metamethods.
///
/// Stack `[-2, +0, m]`, manual section 4.6, `lua_rawset`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rawset(state: *mut lua_State, idx: c_int) {
    api(state, |l| {
        check_values!(l, 2);
        check_table!(l, idx);
        l.raw_set(idx)
    })
}

/// Pops a value into `t[n]`, without metamethods.
///
/// Stack `[-1, +0, m]`, manual section 4.6, `lua_rawseti`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rawseti(state: *mut lua_State, idx: c_int, n: lua_Integer) {
    api(state, |l| {
        check_values!(l, 1);
        check_table!(l, idx);
        l.raw_set_i(idx, n)
    })
}

/// Pops a value into `t[p]`, `p` as a light userdata, without metamethods.
///
/// Stack `[-1, +0, m]`, manual section 4.6, `lua_rawsetp`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rawsetp(state: *mut lua_State, idx: c_int, p: *const c_void) {
    api(state, |l| {
        check_values!(l, 1);
        check_table!(l, idx);
        l.raw_set_p(idx, p)
    })
}

/// Pops a table or nil and makes it the metatable of a value.
///
/// Stack `[-1, +0, -]`, manual section 4.6, `lua_setmetatable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setmetatable(state: *mut lua_State, objindex: c_int) -> c_int {
    let l = view(state);
    check_values!(l, 1);
    check_index!(l, objindex);
    check!(
        l.value_at(-1).is_nil() || l.value_at(-1).is_table(),
        "table expected"
    );
    l.set_metatable(objindex);
    1
}

/// Pops a value into user value `n`; 0 if there is none.
///
/// Stack `[-1, +0, -]`, manual section 4.6, `lua_setiuservalue`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setiuservalue(
    state: *mut lua_State,
    idx: c_int,
    n: c_int,
) -> c_int {
    let l = view(state);
    check_values!(l, 1);
    check_full_userdata!(l, idx);
    c_int::from(l.set_user_value(idx, n))
}
