//! Basic stack manipulation (manual section 4.1).

use super::types::lua_State;
use super::{api, view};
use crate::limits::MAX_STACK;
use core::ffi::c_int;

/// The index as one that does not change when values are pushed.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_absindex`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_absindex(state: *mut lua_State, idx: c_int) -> c_int {
    view(state).abs_index(idx)
}

/// Index of the topmost value, which is the number of values.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_gettop`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_gettop(state: *mut lua_State) -> c_int {
    view(state).get_top()
}

/// Sets the top; new slots are nil, dropped to-be-closed ones are closed.
///
/// Stack `[-?, +?, e]`, manual section 4.6, `lua_settop`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_settop(state: *mut lua_State, idx: c_int) {
    api(state, |l| {
        check!(
            if idx >= 0 {
                super::check::frame_room(l) >= idx as isize
            } else {
                -(idx + 1) <= l.get_top()
            },
            if idx >= 0 {
                "new top too large"
            } else {
                "invalid new top"
            }
        );
        l.set_top(idx)?;
        check!(
            !crate::vm::upval::has_tbc(l, l.top.get()),
            "previous pop of an unclosed slot"
        );
        Ok(())
    })
}

/// Pushes a copy of the value at `idx`.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_pushvalue`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_pushvalue(state: *mut lua_State, idx: c_int) {
    let l = view(state);
    check_index!(l, idx);
    check_room!(l);
    l.push_value(idx)
}

/// Rotates the values from `idx` to the top by `n` places towards the top.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_rotate`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_rotate(state: *mut lua_State, idx: c_int, n: c_int) {
    let l = view(state);
    check_in_stack!(l, idx);
    check!(n.abs() <= l.get_top() - l.abs_index(idx) + 1, "invalid 'n'");
    l.rotate(idx, n)
}

/// Copies the value at `fromidx` over the one at `toidx`.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_copy`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_copy(state: *mut lua_State, fromidx: c_int, toidx: c_int) {
    let l = view(state);
    check_index!(l, fromidx);
    check_index!(l, toidx);
    check!(
        l.slot_at(toidx).is_some()
            && (toidx <= crate::limits::REGISTRY_INDEX || toidx <= l.get_top()),
        "invalid index"
    );
    l.copy(fromidx, toidx)
}

/// Makes room for `n` more values; 0 if that is not possible.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_checkstack`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_checkstack(state: *mut lua_State, n: c_int) -> c_int {
    check!(n >= 0, "negative 'n'");
    if n as usize > MAX_STACK {
        return 0;
    }
    c_int::from(view(state).check_stack(n))
}

/// Moves the `n` topmost values to another thread of the same state.
///
/// Stack `[-?, +?, -]`, manual section 4.6, `lua_xmove`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_xmove(from: *mut lua_State, to: *mut lua_State, n: c_int) {
    let (from, to) = (view(from), view(to));
    check_values!(from, n);
    check!(
        core::ptr::eq(from.global(), to.global()),
        "moving among independent states"
    );
    check!(
        core::ptr::eq(from, to) || to.ci().top.get().distance(to.top.get()) >= n as isize,
        "stack overflow"
    );
    from.xmove(to, n)
}

/// Marks the value at `idx` to be closed.
///
/// Stack `[-0, +0, v]`, manual section 4.6, `lua_toclose`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_toclose(state: *mut lua_State, idx: c_int) {
    api(state, |l| {
        check_values!(l, 1);
        check_in_stack!(l, idx);
        check!(
            !l.slot_at(idx)
                .is_some_and(|s| crate::vm::upval::has_tbc(l, s)),
            "given index below or equal a marked one"
        );
        l.to_close(idx)
    })
}

/// Closes the to-be-closed value at `idx` and sets the slot to nil.
///
/// Stack `[-0, +0, e]`, manual section 4.6, `lua_closeslot`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_closeslot(state: *mut lua_State, idx: c_int) {
    api(state, |l| {
        check_in_stack!(l, idx);
        check!(
            l.slot_at(idx)
                .is_some_and(|s| crate::vm::upval::is_last_tbc(l, s)),
            "no variable to close at given level"
        );
        l.close_slot(idx)
    })
}
