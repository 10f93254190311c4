//! From tables, userdata and globals to the stack (manual section 4.6).

use super::types::{lua_Integer, lua_State};
use super::{api, view};
use core::ffi::{c_char, c_int, c_void};

/// Pushes a global variable; its type.
///
/// Stack `[-0, +1, e]`, manual section 4.6, `lua_getglobal`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getglobal(state: *mut lua_State, name: *const c_char) -> c_int {
    api(state, |l| {
        check_room!(l);
        // SAFETY: contract of every exported function (see `capi`).
        let key = unsafe { l.c_string_at(name) }?;
        l.index_str(l.globals(), key)
    })
}

/// Replaces the key on the top by `t[key]`; its type.
///
/// Stack `[-1, +1, e]`, manual section 4.6, `lua_gettable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_gettable(state: *mut lua_State, idx: c_int) -> c_int {
    api(state, |l| {
        check_values!(l, 1);
        check_index!(l, idx);
        l.get_table(idx)
    })
}

/// Pushes `t[k]`; its type.
///
/// Stack `[-0, +1, e]`, manual section 4.6, `lua_getfield`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getfield(
    state: *mut lua_State,
    idx: c_int,
    k: *const c_char,
) -> c_int {
    api(state, |l| {
        check_index!(l, idx);
        check_room!(l);
        let t = l.value_at(idx);
        // SAFETY: contract of every exported function (see `capi`).
        let key = unsafe { l.c_string_at(k) }?;
        l.index_str(t, key)
    })
}

/// Pushes `t[n]`; its type.
///
/// Stack `[-0, +1, e]`, manual section 4.6, `lua_geti`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_geti(
    state: *mut lua_State,
    idx: c_int,
    n: lua_Integer,
) -> c_int {
    api(state, |l| {
        check_index!(l, idx);
        check_room!(l);
        l.get_i(idx, n)
    })
}

/// Replaces the key on the top by `t[key]`, without metamethods; its type.
///
/// Stack `[-1, +1, -]`, manual section 4.6, `lua_rawget`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rawget(state: *mut lua_State, idx: c_int) -> c_int {
    let l = view(state);
    check_values!(l, 1);
    check_table!(l, idx);
    l.raw_get(idx)
}

/// Pushes `t[n]`, without metamethods; its type.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_rawgeti`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rawgeti(
    state: *mut lua_State,
    idx: c_int,
    n: lua_Integer,
) -> c_int {
    let l = view(state);
    check_table!(l, idx);
    check_room!(l);
    l.raw_get_i(idx, n)
}

/// Pushes `t[p]`, `p` as a light userdata, without metamethods; its type.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_rawgetp`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rawgetp(
    state: *mut lua_State,
    idx: c_int,
    p: *const c_void,
) -> c_int {
    let l = view(state);
    check_table!(l, idx);
    check_room!(l);
    l.raw_get_p(idx, p)
}

/// Pushes a new table with room for `narr` elements and `nrec` fields.
///
/// Stack `[-0, +1, m]`, manual section 4.6, `lua_createtable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_createtable(state: *mut lua_State, narr: c_int, nrec: c_int) {
    api(state, |l| {
        check_room!(l);
        l.create_table(narr.max(0) as u32, nrec.max(0) as u32)?;
        Ok(())
    })
}

/// Pushes a new full userdata with `nuvalue` user values; the address of its block.
///
/// Stack `[-0, +1, m]`, manual section 4.6, `lua_newuserdatauv`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_newuserdatauv(
    state: *mut lua_State,
    sz: usize,
    nuvalue: c_int,
) -> *mut c_void {
    api(state, |l| {
        check!((0..0x7FFF).contains(&nuvalue), "invalid value");
        check_room!(l);
        l.new_userdata(sz, nuvalue as u16)
    })
}

/// Pushes the metatable of a value; 0, and nothing pushed, if it has none.
///
/// Stack `[-0, +(0|1), -]`, manual section 4.6, `lua_getmetatable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getmetatable(state: *mut lua_State, objindex: c_int) -> c_int {
    let l = view(state);
    check_index!(l, objindex);
    let found = l.get_metatable(objindex);
    check_fits!(l);
    c_int::from(found)
}

/// Pushes user value `n`; its type, or -1 and nil if there is none.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_getiuservalue`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getiuservalue(
    state: *mut lua_State,
    idx: c_int,
    n: c_int,
) -> c_int {
    let l = view(state);
    check_full_userdata!(l, idx);
    check_room!(l);
    l.get_user_value(idx, n)
}
