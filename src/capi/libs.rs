//! The functions that open the standard library (manual section 6).

use super::api;
use super::types::lua_State;
use crate::stdlib;
use core::ffi::c_int;

/// Opens all standard libraries.
///
/// Stack `[-0, +0, e]`, manual section 6, `luaL_openlibs`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_openlibs(state: *mut lua_State) {
    api(state, stdlib::open_libs)
}

/// The basic functions.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_base`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_base(state: *mut lua_State) -> c_int {
    api(state, stdlib::base::open_base)
}

/// Module `coroutine`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_coroutine`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_coroutine(state: *mut lua_State) -> c_int {
    api(state, stdlib::coroutine::open_coroutine)
}

/// Module `debug`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_debug`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_debug(state: *mut lua_State) -> c_int {
    api(state, stdlib::debug::open_debug)
}

/// Module `io`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_io`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_io(state: *mut lua_State) -> c_int {
    api(state, stdlib::io::open_io)
}

/// Module `math`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_math`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_math(state: *mut lua_State) -> c_int {
    api(state, stdlib::math::open_math)
}

/// Module `os`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_os`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_os(state: *mut lua_State) -> c_int {
    api(state, stdlib::os::open_os)
}

/// Module `package`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_package`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_package(state: *mut lua_State) -> c_int {
    api(state, stdlib::package::open_package)
}

/// Module `string`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_string`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_string(state: *mut lua_State) -> c_int {
    api(state, stdlib::string::open_string)
}

/// Module `table`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_table`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_table(state: *mut lua_State) -> c_int {
    api(state, stdlib::table::open_table)
}

/// Module `utf8`.
///
/// Stack `[-0, +1, e]`, manual section 6, `luaopen_utf8`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaopen_utf8(state: *mut lua_State) -> c_int {
    api(state, stdlib::utf8::open_utf8)
}
