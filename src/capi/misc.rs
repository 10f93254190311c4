//! Traversal, length, concatenation, numerals, warnings, allocators (manual section 4.6).

use super::types::{lua_Alloc, lua_State, lua_WarnFunction};
use super::{api, cstr, store, view};
use crate::heap::pool::pool_alloc;
use core::ffi::{CStr, c_char, c_int, c_uint, c_void};

/// Replaces the key on the top by the next key and value of a table; 0, with the key popped, at the end.
///
/// Stack `[-1, +(2|0), v]`, manual section 4.6, `lua_next`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_next(state: *mut lua_State, idx: c_int) -> c_int {
    api(state, |l| {
        check_values!(l, 1);
        check_table!(l, idx);
        let more = l.next(idx)?;
        check_fits!(l);
        Ok(c_int::from(more))
    })
}

/// Replaces the `n` topmost values by their concatenation.
///
/// Stack `[-n, +1, e]`, manual section 4.6, `lua_concat`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_concat(state: *mut lua_State, n: c_int) {
    api(state, |l| {
        check_values!(l, n);
        l.concat(n)?;
        check_fits!(l);
        Ok(())
    })
}

/// Pushes the length of a value.
///
/// Stack `[-0, +1, e]`, manual section 4.6, `lua_len`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_len(state: *mut lua_State, idx: c_int) {
    api(state, |l| {
        check_index!(l, idx);
        check_room!(l);
        l.len(idx)
    })
}

/// Pushes the number that a numeral denotes; the size of the numeral with its NUL, or 0 and nothing pushed.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_stringtonumber`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_stringtonumber(
    state: *mut lua_State,
    s: *const c_char,
) -> usize {
    let s = cstr(s);
    let l = view(state);
    if l.push_numeral(s) {
        check_fits!(l);
        s.len() + 1
    } else {
        0
    }
}

/// Installs a receiver of warnings.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_setwarnf`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setwarnf(
    state: *mut lua_State,
    f: lua_WarnFunction,
    ud: *mut c_void,
) {
    let g = view(state).global();
    g.warn.set(f);
    g.warn_ud.set(ud)
}

/// Emits a warning, or a piece of one.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_warning`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_warning(
    state: *mut lua_State,
    msg: *const c_char,
    tocont: c_int,
) {
    // SAFETY: contract of every exported function (see `capi`).
    view(state).warning(unsafe { CStr::from_ptr(msg) }, tocont != 0)
}

/// The allocator and, in `*ud`, its first argument.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_getallocf`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_getallocf(
    state: *mut lua_State,
    ud: *mut *mut c_void,
) -> lua_Alloc {
    let g = view(state).global();
    store(ud, g.alloc_ud.get());
    Some(g.alloc.get())
}

/// Changes the allocator. With one of the host's, every request goes through it.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_setallocf`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setallocf(
    state: *mut lua_State,
    f: lua_Alloc,
    ud: *mut c_void,
) {
    let g = view(state).global();
    let Some(f) = f else { return };
    g.alloc.set(f);
    g.alloc_ud.set(ud);
    let own = f as usize == pool_alloc as *const () as usize;
    g.pool.set(if own {
        ud.cast()
    } else {
        core::ptr::null_mut()
    })
}

/// Kept for compatibility: the limit of nested C calls does not change.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_setcstacklimit`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_setcstacklimit(state: *mut lua_State, limit: c_uint) -> c_int {
    let _ = (state, limit);
    crate::limits::MAX_C_CALLS as c_int
}
