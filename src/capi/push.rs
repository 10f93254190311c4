//! Pushing values (manual section 4.6); `lua_pushfstring` and `lua_pushvfstring` are in the C shim.

use super::types::{lua_CFunction, lua_Integer, lua_Number, lua_State};
use super::{api, block, view};
use core::ffi::{c_char, c_int, c_void};

/// Pushes nil.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_pushnil`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushnil(state: *mut lua_State) {
    let l = view(state);
    check_room!(l);
    l.push_nil()
}

/// Pushes a float.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_pushnumber`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushnumber(state: *mut lua_State, n: lua_Number) {
    let l = view(state);
    check_room!(l);
    l.push_float(n)
}

/// Pushes an integer.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_pushinteger`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushinteger(state: *mut lua_State, n: lua_Integer) {
    let l = view(state);
    check_room!(l);
    l.push_int(n)
}

/// Pushes a boolean.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_pushboolean`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushboolean(state: *mut lua_State, b: c_int) {
    let l = view(state);
    check_room!(l);
    l.push_bool(b != 0)
}

/// Pushes a light userdata.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_pushlightuserdata`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushlightuserdata(state: *mut lua_State, p: *mut c_void) {
    let l = view(state);
    check_room!(l);
    l.push_light(p)
}

/// Pushes the thread `state`; 1 if it is the main thread.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_pushthread`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushthread(state: *mut lua_State) -> c_int {
    let l = view(state);
    check_room!(l);
    c_int::from(l.push_thread())
}

/// Pushes a string of `len` bytes; the address of the copy.
///
/// Stack `[-0, +1, m]`, manual section 4.6, `lua_pushlstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushlstring(
    state: *mut lua_State,
    s: *const c_char,
    len: usize,
) -> *const c_char {
    api(state, |l| {
        check_room!(l);
        Ok(l.push_bytes(block(s, len))?.data().cast_const().cast())
    })
}

/// Pushes a C string, nil for null; the address of the copy.
///
/// Stack `[-0, +1, m]`, manual section 4.6, `lua_pushstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushstring(
    state: *mut lua_State,
    s: *const c_char,
) -> *const c_char {
    api(state, |l| {
        check_room!(l);
        if s.is_null() {
            l.push_nil();
            return Ok(core::ptr::null());
        }
        // SAFETY: contract of every exported function (see `capi`).
        let s = unsafe { l.c_string_at(s) }?;
        l.push(s.into());
        crate::heap::check_gc(l);
        Ok(s.data().cast_const().cast())
    })
}

/// Pushes a C function with the `n` topmost values, which are popped, as upvalues.
///
/// Stack `[-n, +1, m]`, manual section 4.6, `lua_pushcclosure`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushcclosure(
    state: *mut lua_State,
    f: lua_CFunction,
    n: c_int,
) {
    api(state, |l| {
        check!((0..=255).contains(&n), "upvalue index too large");
        check_values!(l, n);
        check!(n > 0 || l.top.get() < l.ci().top.get(), "stack overflow");
        match f {
            Some(f) => l.push_c_closure(f, n),
            None => {
                l.pop(n);
                l.push_nil();
                Ok(())
            }
        }
    })
}
