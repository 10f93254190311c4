//! Upvalues of function values.

use crate::heap;
use crate::object::{State, UpVal};
use crate::value::{Gc, Slot, TValue};
use core::ffi::{CStr, c_char, c_void};

impl State {
    /// Place, owner and name of upvalue `n` (from 1) of the function at `idx`.
    fn upvalue_place(&self, idx: i32, n: i32) -> Option<(Slot, TValue, *const c_char)> {
        let f = self.value_at(idx);
        let i = usize::try_from(n).ok()?.checked_sub(1)?;
        if let Some(c) = f.as_c_closure() {
            return (i < c.nupvalues()).then(|| (c.upvalue(i), f, c"".as_ptr()));
        }
        let c = f.as_lua_closure()?;
        let desc = c.proto().upvalues.as_slice().get(i)?;
        let name = desc
            .name
            .map_or(c"(no name)".as_ptr(), |s| s.data().cast_const().cast());
        let upvalue: Gc<UpVal> = Gc::from_ptr(c.upvalue_cells()[i].get());
        Some((upvalue.v.get(), TValue::object(upvalue.header()), name))
    }

    /// Pushes upvalue `n` (from 1) of the function at `idx`; its name (empty for functions that are not Lua functions).
    /// `None`, and nothing pushed, if there is none.
    pub fn get_upvalue(&self, idx: i32, n: i32) -> Option<&'static CStr> {
        let (place, _, name) = self.upvalue_place(idx, n)?;
        self.push(place.get());
        // SAFETY: names are NUL-terminated strings that live as long as the function.
        Some(unsafe { CStr::from_ptr(name) })
    }

    /// Pops a value into upvalue `n` (from 1) of the function at `idx`; its name. `None`, and nothing popped, if there
    /// is none.
    pub fn set_upvalue(&self, idx: i32, n: i32) -> Option<&'static CStr> {
        let (place, owner, name) = self.upvalue_place(idx, n)?;
        let v = self.pop_value();
        place.set(v);
        heap::barrier(self, owner.gc(), v);
        // SAFETY: names are NUL-terminated strings that live as long as the function.
        Some(unsafe { CStr::from_ptr(name) })
    }

    /// An address that identifies upvalue `n` (from 1) of the function at `idx`; null if there is none.
    pub fn upvalue_id(&self, idx: i32, n: i32) -> *mut c_void {
        let f = self.value_at(idx);
        let Some(i) = usize::try_from(n).ok().and_then(|n| n.checked_sub(1)) else {
            return core::ptr::null_mut();
        };
        if let Some(c) = f.as_lua_closure() {
            return c
                .upvalue_cells()
                .get(i)
                .map_or(core::ptr::null_mut(), |u| u.get().cast());
        }
        match f.as_c_closure() {
            Some(c) if i < c.nupvalues() => c.upvalue(i).as_ptr().cast(),
            _ => core::ptr::null_mut(),
        }
    }

    /// Makes upvalue `n1` of the Lua function at `f1` refer to upvalue `n2` of the one at `f2`; false if one of them
    /// does not exist.
    pub fn upvalue_join(&self, f1: i32, n1: i32, f2: i32, n2: i32) -> bool {
        let cell = |idx: i32, n: i32| {
            let c = self.value_at(idx).as_lua_closure()?;
            Some((
                c,
                c.to_ref()
                    .upvalue_cells()
                    .get(usize::try_from(n).ok()?.checked_sub(1)?)?,
            ))
        };
        let (Some((closure, to)), Some((_, from))) = (cell(f1, n1), cell(f2, n2)) else {
            return false;
        };
        to.set(from.get());
        let upvalue: Gc<UpVal> = Gc::from_ptr(from.get());
        heap::barrier(self, closure.header(), TValue::object(upvalue.header()));
        true
    }
}
