//! States and threads (manual sections 4.6 and 5.1).

use super::types::{lua_Alloc, lua_CFunction, lua_Number, lua_State};
use super::{api, view};
use crate::global::Alloc;
use crate::heap;
use crate::heap::pool::{Pool, pool_alloc};
use crate::object::State;
use crate::vm;
use core::ffi::{c_int, c_void};
use std::sync::Once;

/// A Rust panic never leaves the library: the hook prints it and aborts. The library has its own copy of `std`, so the
/// hook is nobody else's.
pub(super) fn install_panic_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            eprintln!("perilune: {info}");
            std::process::abort();
        }));
    });
}

/// A state over our own allocator.
pub(super) fn open_pooled() -> *mut State {
    let pool = Pool::create();
    if pool.is_null() {
        return core::ptr::null_mut();
    }
    vm::state::open(pool_alloc, pool.cast(), pool)
}

/// A new state whose memory comes from `f`; null if that refuses.
///
/// Our own allocator, which `lua_getallocf` gives out, belongs to one state: a new one gets its own memory.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_newstate`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_newstate(f: lua_Alloc, ud: *mut c_void) -> *mut lua_State {
    install_panic_hook();
    let Some(f) = f else {
        return core::ptr::null_mut();
    };
    if f as usize == pool_alloc as *const () as usize {
        return open_pooled();
    }
    vm::state::open(f as Alloc, ud, core::ptr::null_mut())
}

/// Closes the state: pending variables, finalizers, then all memory.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_close`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_close(state: *mut lua_State) {
    vm::state::close(view(state))
}

/// Pushes a new thread; its address.
///
/// Stack `[-0, +1, m]`, manual section 4.6, `lua_newthread`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_newthread(state: *mut lua_State) -> *mut lua_State {
    api(state, |l| {
        check_room!(l);
        let thread = vm::coroutine::new_thread(l)?;
        l.push(thread.into());
        heap::check_gc(l);
        Ok(thread.as_ptr())
    })
}

/// Closes the pending variables of a thread and makes it ready for a new function; the status.
///
/// Stack `[-0, +?, -]`, manual section 4.6, `lua_closethread`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_closethread(
    state: *mut lua_State,
    from: *mut lua_State,
) -> c_int {
    let from = if from.is_null() {
        None
    } else {
        Some(view(from))
    };
    vm::coroutine::close(view(state), from)
}

/// As `lua_closethread` without a calling thread.
///
/// Stack `[-0, +?, -]`, manual section 4.6, `lua_resetthread`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_resetthread(state: *mut lua_State) -> c_int {
    vm::coroutine::close(view(state), None)
}

/// Installs the panic function; the old one.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_atpanic`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_atpanic(
    state: *mut lua_State,
    panicf: lua_CFunction,
) -> lua_CFunction {
    view(state).global().panic.replace(panicf)
}

/// The version of the library; `state` may be null.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_version`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_version(state: *mut lua_State) -> lua_Number {
    let _ = state;
    lua_Number::from(crate::dialect::VERSION_NUM)
}
