//! Pushing values.

use super::native;
use crate::error::LResult;
use crate::heap;
use crate::object::closure::CCode;
use crate::object::{CClosure, State, Str, string};
use crate::value::{CFunction, Gc, Native, TValue};
use core::ffi::c_void;

impl State {
    /// Pushes nil.
    #[inline(always)]
    pub fn push_nil(&self) {
        self.push(TValue::NIL);
    }
    /// Pushes an integer.
    #[inline(always)]
    pub fn push_int(&self, i: i64) {
        self.push(TValue::int(i));
    }
    /// Pushes a float.
    #[inline(always)]
    pub fn push_float(&self, n: f64) {
        self.push(TValue::float(n));
    }
    /// Pushes a boolean.
    #[inline(always)]
    pub fn push_bool(&self, b: bool) {
        self.push(TValue::bool(b));
    }
    /// Pushes a string with the contents of `s`.
    #[inline]
    pub fn push_bytes(&self, s: &[u8]) -> LResult<Gc<Str>> {
        let s = string::new(self, s)?;
        self.push(s.into());
        heap::check_gc(self);
        Ok(s)
    }
    /// Pushes a string with the contents of `s`.
    #[inline]
    pub fn push_str(&self, s: &str) -> LResult<Gc<Str>> {
        self.push_bytes(s.as_bytes())
    }
    /// Pushes a light userdata.
    #[inline]
    pub fn push_light(&self, p: *mut c_void) {
        self.push(TValue::light(p));
    }
    /// Pushes a function of this library.
    #[inline]
    pub fn push_native(&self, f: &'static Native) {
        self.push(TValue::native(f));
    }
    /// Pushes a function of this library with the `n` topmost values, which are popped, as upvalues.
    pub fn push_native_closure(&self, f: &'static Native, n: i32) -> LResult<()> {
        if n == 0 {
            self.push_native(f);
            return Ok(());
        }
        self.push_closure(CCode::Native(f), n as usize)
    }
    /// Pushes a C function with the `n` topmost values, which are popped, as upvalues.
    #[inline]
    pub fn push_c_closure(&self, f: CFunction, n: i32) -> LResult<()> {
        if let Some(native) = native::from_entry(f) {
            return self.push_native_closure(native, n);
        }
        if n == 0 {
            self.push(TValue::c_fn(f));
            return Ok(());
        }
        self.push_closure(CCode::C(f), n as usize)
    }

    fn push_closure(&self, code: CCode, n: usize) -> LResult<()> {
        let closure = CClosure::new(self, code, n)?;
        let first = self.top.get().sub(n);
        for i in 0..n {
            closure.upvalue(i).set(first.add(i).get());
        }
        first.set(closure.into());
        self.top.set(first.add(1));
        heap::check_gc(self);
        Ok(())
    }

    /// Pushes this thread; true if it is the main thread.
    pub fn push_thread(&self) -> bool {
        self.push(self.as_gc().into());
        core::ptr::eq(self.global().main_thread.get(), self)
    }
}
