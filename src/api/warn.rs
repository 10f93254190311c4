//! Warnings: the receiver that `luaL_newstate` installs, a machine of three states that are three C functions.

use crate::error::LResult;
use crate::object::State;
use core::ffi::{CStr, c_char, c_int, c_void};

fn write_error(parts: &[&[u8]]) {
    use std::io::Write;
    let mut err = std::io::stderr().lock();
    for part in parts {
        // There is nowhere to report a failure to write to standard error.
        let _ = err.write_all(part);
    }
}

unsafe fn set_receiver(ud: *mut c_void, f: crate::global::WarnFunction) {
    // SAFETY: the receivers of this module are installed with the state as `ud`.
    let g = unsafe { &*ud.cast::<State>() }.global();
    g.warn.set(Some(f));
    g.warn_ud.set(ud);
}

/// Obeys a control message ("@on", "@off"); false if the message is none.
unsafe fn control(ud: *mut c_void, message: &[u8], to_cont: c_int) -> bool {
    let [b'@', command @ ..] = message else {
        return false;
    };
    if to_cont != 0 {
        return false;
    }
    // SAFETY: `ud` is the state, as for every receiver of this module.
    unsafe {
        match command {
            b"on" => set_receiver(ud, warn_on),
            b"off" => set_receiver(ud, warn_off),
            _ => {}
        }
    }
    true
}

/// Receives warnings while they are off.
///
/// # Safety
/// `ud` is a live state, `message` NUL-terminated.
pub unsafe extern "C-unwind" fn warn_off(ud: *mut c_void, message: *const c_char, to_cont: c_int) {
    // SAFETY: by the contract.
    unsafe { control(ud, CStr::from_ptr(message).to_bytes(), to_cont) };
}

/// Receives the continuation of a warning.
///
/// # Safety
/// `ud` is a live state, `message` NUL-terminated.
pub unsafe extern "C-unwind" fn warn_cont(ud: *mut c_void, message: *const c_char, to_cont: c_int) {
    // SAFETY: by the contract.
    unsafe {
        let message = CStr::from_ptr(message).to_bytes();
        if to_cont != 0 {
            write_error(&[message]);
            set_receiver(ud, warn_cont);
        } else {
            write_error(&[message, b"\n"]);
            set_receiver(ud, warn_on);
        }
    }
}

/// Receives the start of a warning while they are on.
///
/// # Safety
/// `ud` is a live state, `message` NUL-terminated.
pub unsafe extern "C-unwind" fn warn_on(ud: *mut c_void, message: *const c_char, to_cont: c_int) {
    // SAFETY: by the contract.
    unsafe {
        if !control(ud, CStr::from_ptr(message).to_bytes(), to_cont) {
            write_error(&[b"Lua warning: "]);
            warn_cont(ud, message, to_cont);
        }
    }
}

impl State {
    /// Gives a message to the receiver of warnings, if there is one.
    pub fn warning(&self, message: &CStr, to_cont: bool) {
        let g = self.global();
        if let Some(f) = g.warn.get() {
            // SAFETY: the host installed the receiver with this argument.
            unsafe { f(g.warn_ud.get(), message.as_ptr(), c_int::from(to_cont)) };
        }
    }

    /// Raises unless the caller was compiled for this version and these sizes of numbers.
    pub fn check_version(&self, version: f64, sizes: usize) -> LResult<()> {
        const SIZES: usize = size_of::<i64>() * 16 + size_of::<f64>();
        let ours = f64::from(crate::dialect::VERSION_NUM);
        if sizes != SIZES {
            return Err(self.lib_error("core and library have incompatible numeric types", &[]));
        }
        if version != ours {
            let args = args![version, ours];
            return Err(self.lib_error(
                "version mismatch: app. needs %f, Lua core provides %f",
                args,
            ));
        }
        Ok(())
    }
}
