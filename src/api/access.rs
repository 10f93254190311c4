//! What is at an index: types and conversions.

use crate::object::State;
use crate::value::{CFunction, TValue, tag, ty};
use crate::vm;
use core::ffi::c_void;

impl State {
    /// The basic type (`value::ty`) of the value at `idx`.
    #[inline]
    pub fn type_of(&self, idx: i32) -> i32 {
        self.value_at(idx).basic_type()
    }
    /// The name of the basic type, "no value" for an index without value.
    #[inline]
    pub fn type_name_of(&self, idx: i32) -> &'static str {
        type_name(self.type_of(idx))
    }
    /// No value at this index.
    #[inline]
    pub fn is_none(&self, idx: i32) -> bool {
        self.value_at(idx).is_none()
    }
    /// nil or no value.
    #[inline]
    pub fn is_none_or_nil(&self, idx: i32) -> bool {
        self.value_at(idx).is_nil()
    }
    /// An integer (not a float, not a string).
    #[inline]
    pub fn is_integer(&self, idx: i32) -> bool {
        self.value_at(idx).is_int()
    }
    /// A number or a string that converts to one.
    #[inline]
    pub fn is_number(&self, idx: i32) -> bool {
        let v = self.value_at(idx);
        v.is_number() || vm::to_number(v).is_some()
    }
    /// A string or a number.
    #[inline]
    pub fn is_string(&self, idx: i32) -> bool {
        let v = self.value_at(idx);
        v.is_string() || v.is_number()
    }
    /// A function that is not a Lua function.
    pub fn is_c_function(&self, idx: i32) -> bool {
        matches!(
            self.value_at(idx).tag(),
            tag::C_FN | tag::NATIVE_FN | tag::C_CLOSURE
        )
    }
    /// The value as a float, strings converted.
    #[inline]
    pub fn to_number(&self, idx: i32) -> Option<f64> {
        let v = self.value_at(idx);
        v.as_number().or_else(|| vm::to_float(v))
    }
    /// The value as an integer; strings and floats with an exact integer value converted.
    #[inline]
    pub fn to_integer(&self, idx: i32) -> Option<i64> {
        let v = self.value_at(idx);
        v.as_int().or_else(|| vm::to_integer(v))
    }
    /// Neither nil nor false nor absent.
    #[inline]
    pub fn to_boolean(&self, idx: i32) -> bool {
        !self.value_at(idx).is_falsy()
    }
    /// Length of a string or of a userdata's block, border of a table, else 0; no metamethods.
    pub fn raw_len(&self, idx: i32) -> u64 {
        let v = self.value_at(idx);
        match v.basic_type() {
            ty::STRING => v.as_string().map_or(0, |s| s.len() as u64),
            ty::USERDATA => v.as_userdata().map_or(0, |u| u.len() as u64),
            ty::TABLE => v.as_table().map_or(0, |t| t.border()),
            _ => 0,
        }
    }
    /// The block of a full userdata, the pointer of a light one, else null.
    #[inline]
    pub fn to_userdata(&self, idx: i32) -> *mut c_void {
        let v = self.value_at(idx);
        match v.tag() {
            tag::USERDATA => v
                .as_userdata()
                .map_or(core::ptr::null_mut(), |u| u.memory()),
            tag::LIGHT => v.bits() as *mut c_void,
            _ => core::ptr::null_mut(),
        }
    }
    /// An address that identifies the object, null for values without identity.
    pub fn to_pointer(&self, idx: i32) -> *const c_void {
        let v = self.value_at(idx);
        match v.tag() {
            tag::USERDATA | tag::LIGHT => self.to_userdata(idx),
            tag::C_FN => v.bits() as *const c_void,
            tag::NATIVE_FN => v
                .as_native()
                .map_or(core::ptr::null(), |n| n.entry as *const c_void),
            _ if v.is_collectable() => v.bits() as *const c_void,
            _ => core::ptr::null(),
        }
    }
    /// The C function at `idx`, with or without upvalues.
    pub fn to_c_function(&self, idx: i32) -> Option<CFunction> {
        c_function(self.value_at(idx))
    }
    /// Primitive equality; false if one of the indices has no value.
    pub fn raw_equal(&self, a: i32, b: i32) -> bool {
        let (a, b) = (self.value_at(a), self.value_at(b));
        !a.is_none() && !b.is_none() && a.raw_eq(b)
    }
}

/// The name of a basic type, "no value" for `ty::NONE`.
pub fn type_name(t: i32) -> &'static str {
    if t == ty::NONE {
        "no value"
    } else {
        ty::NAMES[t as usize]
    }
}

fn c_function(v: TValue) -> Option<CFunction> {
    use crate::object::closure::CCode;
    match v.tag() {
        tag::C_FN => v.as_c_fn(),
        tag::NATIVE_FN => v.as_native().map(|n| n.entry),
        tag::C_CLOSURE => v.as_c_closure().map(|c| match c.code() {
            CCode::C(f) => f,
            CCode::Native(n) => n.entry,
        }),
        _ => None,
    }
}
