//! Access to values: types, conversions, comparison, arithmetic (manual section 4.6).

use super::types::{lua_CFunction, lua_Integer, lua_Number, lua_State, lua_Unsigned};
use super::{api, store, view};
use crate::value::ty;
use core::ffi::{CStr, c_char, c_int, c_void};

/// Names of the basic types, from `ty::NONE` on.
const TYPE_NAMES: [&CStr; ty::COUNT + 1] = [
    c"no value",
    c"nil",
    c"boolean",
    c"userdata",
    c"number",
    c"string",
    c"table",
    c"function",
    c"userdata",
    c"thread",
];

/// The type of the value at `idx`, -1 if there is none.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_type`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_type(state: *mut lua_State, idx: c_int) -> c_int {
    let l = view(state);
    check_index!(l, idx);
    l.type_of(idx)
}

/// The name of a type.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_typename`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_typename(state: *mut lua_State, tp: c_int) -> *const c_char {
    let _ = state;
    check!((ty::NONE..ty::COUNT as c_int).contains(&tp), "invalid type");
    TYPE_NAMES[(tp + 1) as usize].as_ptr()
}

/// Whether the value is a number or a string that converts to one.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_isnumber`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_isnumber(state: *mut lua_State, idx: c_int) -> c_int {
    let l = view(state);
    check_index!(l, idx);
    c_int::from(l.is_number(idx))
}

/// Whether the value is a string or a number.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_isstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_isstring(state: *mut lua_State, idx: c_int) -> c_int {
    let l = view(state);
    check_index!(l, idx);
    c_int::from(l.is_string(idx))
}

/// Whether the value is a C function.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_iscfunction`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_iscfunction(state: *mut lua_State, idx: c_int) -> c_int {
    let l = view(state);
    check_index!(l, idx);
    c_int::from(l.is_c_function(idx))
}

/// Whether the value is an integer.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_isinteger`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_isinteger(state: *mut lua_State, idx: c_int) -> c_int {
    let l = view(state);
    check_index!(l, idx);
    c_int::from(l.is_integer(idx))
}

/// Whether the value is a userdata of either kind.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_isuserdata`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_isuserdata(state: *mut lua_State, idx: c_int) -> c_int {
    let l = view(state);
    check_index!(l, idx);
    c_int::from(matches!(l.type_of(idx), ty::USERDATA | ty::LIGHTUSERDATA))
}

/// The value as a float; 0 and `*isnum == 0` if it does not convert.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_tonumberx`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_tonumberx(
    state: *mut lua_State,
    idx: c_int,
    isnum: *mut c_int,
) -> lua_Number {
    let l = view(state);
    check_index!(l, idx);
    let n = l.to_number(idx);
    store(isnum, c_int::from(n.is_some()));
    n.unwrap_or(0.0)
}

/// The value as an integer; 0 and `*isnum == 0` if it does not convert.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_tointegerx`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_tointegerx(
    state: *mut lua_State,
    idx: c_int,
    isnum: *mut c_int,
) -> lua_Integer {
    let l = view(state);
    check_index!(l, idx);
    let n = l.to_integer(idx);
    store(isnum, c_int::from(n.is_some()));
    n.unwrap_or(0)
}

/// False for nil, false and no value.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_toboolean`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_toboolean(state: *mut lua_State, idx: c_int) -> c_int {
    let l = view(state);
    check_index!(l, idx);
    c_int::from(l.to_boolean(idx))
}

/// The string at `idx`, a number there first replaced by its text; null for other types.
///
/// Stack `[-0, +0, m]`, manual section 4.6, `lua_tolstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_tolstring(
    state: *mut lua_State,
    idx: c_int,
    len: *mut usize,
) -> *const c_char {
    api(state, |l| {
        check_index!(l, idx);
        Ok(match l.to_str(idx)? {
            Some(s) => {
                store(len, s.len());
                s.data().cast_const().cast()
            }
            None => {
                store(len, 0);
                core::ptr::null()
            }
        })
    })
}

/// Length of a string or of a userdata's block, border of a table, else 0.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_rawlen`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rawlen(state: *mut lua_State, idx: c_int) -> lua_Unsigned {
    let l = view(state);
    check_index!(l, idx);
    l.raw_len(idx)
}

/// The C function at `idx`, null for other values.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_tocfunction`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_tocfunction(
    state: *mut lua_State,
    idx: c_int,
) -> lua_CFunction {
    let l = view(state);
    check_index!(l, idx);
    l.to_c_function(idx)
}

/// The block of a full userdata, the pointer of a light one, else null.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_touserdata`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_touserdata(state: *mut lua_State, idx: c_int) -> *mut c_void {
    let l = view(state);
    check_index!(l, idx);
    l.to_userdata(idx)
}

/// The thread at `idx`, null for other values.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_tothread`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_tothread(state: *mut lua_State, idx: c_int) -> *mut lua_State {
    let l = view(state);
    check_index!(l, idx);
    l.value_at(idx)
        .as_thread()
        .map_or(core::ptr::null_mut(), |t| t.as_ptr())
}

/// An address that identifies the object at `idx`, null for values without identity.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_topointer`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_topointer(state: *mut lua_State, idx: c_int) -> *const c_void {
    let l = view(state);
    check_index!(l, idx);
    l.to_pointer(idx)
}

/// Replaces the two topmost values (one for a unary operator) by the result of an operator.
///
/// Stack `[-(2|1), +1, e]`, manual section 4.6, `lua_arith`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_arith(state: *mut lua_State, op: c_int) {
    api(state, |l| {
        let unary = op == 12 || op == 13;
        check_values!(l, if unary { 1 } else { 2 });
        // A unary operator gets its operand twice.
        check!(!unary || l.top.get() < l.ci().top.get(), "stack overflow");
        l.arith(op)
    })
}

/// Primitive equality; 0 if one of the indices has no value.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_rawequal`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rawequal(
    state: *mut lua_State,
    idx1: c_int,
    idx2: c_int,
) -> c_int {
    let l = view(state);
    check_index!(l, idx1);
    check_index!(l, idx2);
    c_int::from(l.raw_equal(idx1, idx2))
}

/// Compares two values by `==`, `<` or `<=`; 0 if one of the indices has no value.
///
/// Stack `[-0, +0, e]`, manual section 4.6, `lua_compare`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_compare(
    state: *mut lua_State,
    idx1: c_int,
    idx2: c_int,
    op: c_int,
) -> c_int {
    api(state, |l| {
        check_index!(l, idx1);
        check_index!(l, idx2);
        check!((0..=2).contains(&op), "invalid option");
        Ok(c_int::from(l.compare(idx1, idx2, op)?))
    })
}
