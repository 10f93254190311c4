//! Values: a 64-bit payload and a tag byte, 16 bytes in memory.
//!
//! A tag holds the Lua type in bits 0-3, a variant in bits 4-5 and "collectable" in bit 6; the numbers are those of the
//! bytecode format. Three variants of nil exist besides `NIL`: `EMPTY` marks a table slot without value, `ABSENT` is
//! what a table look-up returns when there is no slot at all, `NONE` stands for an index without value in the API.
//! `is_nil` is true for each of them; only `NIL` is ever stored in a stack slot that Lua code can see.
//!
//! A copy of a value is two scalar moves (payload, then tag): one 16-byte move behind two narrower stores misses store
//! forwarding. [`TValue`] is therefore passed as a scalar pair, and [`Slot::set`] writes the two fields.

use crate::object::{CClosure, GcHeader, LClosure, State, Str, Table, Udata};
use core::ffi::{c_int, c_void};
use core::ptr::NonNull;

/// A C function as the host sees it.
pub type CFunction = unsafe extern "C-unwind" fn(*mut State) -> c_int;

/// Tag bytes.
pub mod tag {
    /// The value nil.
    pub const NIL: u8 = 0x00;
    /// A table slot without value.
    pub const EMPTY: u8 = 0x10;
    /// No slot in the table at all.
    pub const ABSENT: u8 = 0x20;
    /// No value at this API index.
    pub const NONE: u8 = 0x30;
    /// The value false.
    pub const FALSE: u8 = 0x01;
    /// The value true.
    pub const TRUE: u8 = 0x11;
    /// A light userdata.
    pub const LIGHT: u8 = 0x02;
    /// An integer.
    pub const INT: u8 = 0x03;
    /// A float.
    pub const FLOAT: u8 = 0x13;
    /// Set in the tag of every value that refers to a heap object.
    pub const COLLECTABLE: u8 = 0x40;
    /// An interned string.
    pub const SHORT: u8 = 0x44;
    /// A string too long to be interned.
    pub const LONG: u8 = 0x54;
    /// A table.
    pub const TABLE: u8 = 0x45;
    /// A Lua closure.
    pub const LUA_FN: u8 = 0x46;
    /// A C function without upvalues.
    pub const C_FN: u8 = 0x16;
    /// A function of this library, written in Rust, without upvalues.
    pub const NATIVE_FN: u8 = 0x36;
    /// A C function (or a function of this library) with upvalues.
    pub const C_CLOSURE: u8 = 0x66;
    /// A full userdata.
    pub const USERDATA: u8 = 0x47;
    /// A coroutine.
    pub const THREAD: u8 = 0x48;
    /// An upvalue object; never the tag of a Lua value.
    pub const UPVAL: u8 = 0x49;
    /// A function prototype; never the tag of a Lua value.
    pub const PROTO: u8 = 0x4A;
    /// A key of a table whose object was collected; keeps its payload so that `next` can go on from it.
    pub const DEAD_KEY: u8 = 0x0B;
}

/// The basic types, numbered as in `lua.h`.
pub mod ty {
    /// `LUA_TNONE`
    pub const NONE: i32 = -1;
    /// `LUA_TNIL`
    pub const NIL: i32 = 0;
    /// `LUA_TBOOLEAN`
    pub const BOOLEAN: i32 = 1;
    /// `LUA_TLIGHTUSERDATA`
    pub const LIGHTUSERDATA: i32 = 2;
    /// `LUA_TNUMBER`
    pub const NUMBER: i32 = 3;
    /// `LUA_TSTRING`
    pub const STRING: i32 = 4;
    /// `LUA_TTABLE`
    pub const TABLE: i32 = 5;
    /// `LUA_TFUNCTION`
    pub const FUNCTION: i32 = 6;
    /// `LUA_TUSERDATA`
    pub const USERDATA: i32 = 7;
    /// `LUA_TTHREAD`
    pub const THREAD: i32 = 8;
    /// Number of basic types.
    pub const COUNT: usize = 9;
    /// Names of the basic types, by number.
    pub const NAMES: [&str; COUNT] = [
        "nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread",
    ];
}

/// A reference to an object of the heap.
///
/// Invariant of the whole crate: a `Gc<T>` that code holds across a point where the collector may run is reachable for
/// the collector (on a stack, in a table, in the registry, ...), so that dereferencing it is sound.
#[repr(transparent)]
pub struct Gc<T>(NonNull<T>);

impl<T> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Gc<T> {}
impl<T> PartialEq for Gc<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Gc<T> {}

impl<T> core::ops::Deref for Gc<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: a `Gc` refers to a live, initialised object (invariant of the type); its fields are cells.
        unsafe { self.0.as_ref() }
    }
}

impl<T> Gc<T> {
    /// Wraps a pointer to an initialised object of the heap; `p` must not be null.
    #[inline(always)]
    pub(crate) fn from_ptr(p: *mut T) -> Self {
        debug_assert!(!p.is_null());
        // SAFETY: objects come from the allocator, which never returns null for a non-zero size.
        Gc(unsafe { NonNull::new_unchecked(p) })
    }
    /// The address of the object.
    #[inline(always)]
    pub fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }
    /// The object's header, which every object starts with.
    #[inline(always)]
    pub fn header(self) -> Gc<GcHeader> {
        Gc(self.0.cast())
    }
    /// A reference that lives as long as the object is reachable, which the caller sees to.
    #[inline(always)]
    pub fn to_ref<'a>(self) -> &'a T {
        // SAFETY: as for `deref`; the caller keeps the object reachable while it uses the reference.
        unsafe { &*self.0.as_ptr() }
    }
    /// The same object under another type; `T` and `U` must both describe it.
    #[inline(always)]
    pub fn cast<U>(self) -> Gc<U> {
        Gc(self.0.cast())
    }
}

/// Computes the one result of a library function on plain arguments without a frame: `(thread, first argument, number of
/// arguments)`; see `stdlib::direct`.
pub type Direct = fn(&State, Slot, usize) -> TValue;

/// Does one step of a generic loop without a frame: `(state, control value, where key and value go)`. Answers whether
/// there was a further element; `None` if the function itself has to be called.
pub type Step = fn(TValue, TValue, Slot) -> Option<bool>;

/// A function of this library that Lua can call: the Rust entry and the one that C code gets from `lua_tocfunction`.
pub struct Native {
    /// Called by the VM; returns the number of results on top of the stack.
    pub call: fn(&State) -> crate::error::LResult<i32>,
    /// The same function for callers in C.
    pub entry: CFunction,
    /// What the interpreter tries first.
    pub short_cut: ShortCut,
    /// What it does besides computing results.
    pub effects: Effects,
}

/// What a function of this library does besides computing results and allocating: whether compiled code may call it, give
/// it up where it would raise or call Lua code, and have the interpreter call it anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effects {
    /// Anything.
    Unknown,
    /// Nothing.
    None,
    /// It changes something when nothing can fail any more, given that the first argument is no table with a metatable. The
    /// number of results, if it is always the same.
    Last(Option<u8>),
}

/// What the interpreter does instead of a call of a library function, where it can.
#[derive(Clone, Copy)]
pub enum ShortCut {
    /// Nothing.
    None,
    /// Computes the result without a frame.
    Direct(Direct),
    /// The same for the first of several results: for callers that want no more than that.
    First(Direct),
    /// The same for a result that is a new string. Emergency collections must not happen meanwhile; afterwards the collector
    /// may be due.
    Fresh(Direct),
    /// Does a step of a generic loop without a frame.
    Step(Step),
    /// Yields the arguments: what `coroutine.yield` does.
    Yield,
    /// Calls its first argument protected, with the arguments behind that and so many more: what `pcall` and `xpcall` do.
    Protect(u8),
}

/// A Lua value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TValue {
    bits: u64,
    tag: u8,
}

impl Default for TValue {
    fn default() -> Self {
        TValue::NIL
    }
}

impl TValue {
    /// The value nil.
    pub const NIL: TValue = TValue {
        bits: 0,
        tag: tag::NIL,
    };
    /// An empty table slot.
    pub const EMPTY: TValue = TValue {
        bits: 0,
        tag: tag::EMPTY,
    };
    /// The answer of a look-up that found no slot.
    pub const ABSENT: TValue = TValue {
        bits: 0,
        tag: tag::ABSENT,
    };
    /// The answer for an index without value.
    pub const NONE: TValue = TValue {
        bits: 0,
        tag: tag::NONE,
    };
    /// The value true.
    pub const TRUE: TValue = TValue {
        bits: 0,
        tag: tag::TRUE,
    };
    /// The value false.
    pub const FALSE: TValue = TValue {
        bits: 0,
        tag: tag::FALSE,
    };

    /// Builds a value from its two halves.
    #[inline(always)]
    pub const fn from_raw(bits: u64, tag: u8) -> Self {
        TValue { bits, tag }
    }
    /// An integer.
    #[inline(always)]
    pub const fn int(i: i64) -> Self {
        TValue {
            bits: i as u64,
            tag: tag::INT,
        }
    }
    /// A float.
    #[inline(always)]
    pub const fn float(n: f64) -> Self {
        TValue {
            bits: n.to_bits(),
            tag: tag::FLOAT,
        }
    }
    /// A boolean.
    #[inline(always)]
    pub const fn bool(b: bool) -> Self {
        TValue {
            bits: 0,
            tag: if b { tag::TRUE } else { tag::FALSE },
        }
    }
    /// A light userdata.
    #[inline(always)]
    pub fn light(p: *mut c_void) -> Self {
        TValue {
            bits: p as u64,
            tag: tag::LIGHT,
        }
    }
    /// A C function without upvalues.
    #[inline(always)]
    pub fn c_fn(f: CFunction) -> Self {
        TValue {
            bits: f as usize as u64,
            tag: tag::C_FN,
        }
    }
    /// A function of this library without upvalues.
    #[inline(always)]
    pub fn native(f: &'static Native) -> Self {
        TValue {
            bits: f as *const Native as u64,
            tag: tag::NATIVE_FN,
        }
    }
    /// A value that refers to the object `o` under the object's own tag.
    #[inline(always)]
    pub fn object(o: Gc<GcHeader>) -> Self {
        TValue {
            bits: o.as_ptr() as u64,
            tag: o.tag(),
        }
    }

    /// The tag byte.
    #[inline(always)]
    pub const fn tag(self) -> u8 {
        self.tag
    }
    /// The payload.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.bits
    }
    /// The basic type (`ty::*`); `ty::NONE` for [`TValue::NONE`].
    #[inline(always)]
    pub const fn basic_type(self) -> i32 {
        if self.tag == tag::NONE {
            ty::NONE
        } else {
            (self.tag & 0x0F) as i32
        }
    }
    /// nil of any variant.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.tag & 0x0F == 0
    }
    /// No value at this index.
    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.tag == tag::NONE
    }
    /// The value itself, or plain nil for any variant of nil.
    #[inline(always)]
    pub const fn or_nil(self) -> TValue {
        if self.is_nil() { TValue::NIL } else { self }
    }
    /// nil or false.
    #[inline(always)]
    pub const fn is_falsy(self) -> bool {
        self.tag == tag::FALSE || self.is_nil()
    }
    /// An integer.
    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.tag == tag::INT
    }
    /// A float.
    #[inline(always)]
    pub const fn is_float(self) -> bool {
        self.tag == tag::FLOAT
    }
    /// An integer or a float.
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.tag & 0x0F == 3
    }
    /// A string of either kind.
    #[inline(always)]
    pub const fn is_string(self) -> bool {
        self.tag & 0x0F == 4
    }
    /// A table.
    #[inline(always)]
    pub const fn is_table(self) -> bool {
        self.tag == tag::TABLE
    }
    /// A function of any kind.
    #[inline(always)]
    pub const fn is_function(self) -> bool {
        self.tag & 0x0F == 6
    }
    /// Refers to a heap object.
    #[inline(always)]
    pub const fn is_collectable(self) -> bool {
        self.tag & tag::COLLECTABLE != 0
    }
    /// The integer payload; meaningful for `INT` only.
    #[inline(always)]
    pub const fn int_bits(self) -> i64 {
        self.bits as i64
    }
    /// The float payload; meaningful for `FLOAT` only.
    #[inline(always)]
    pub const fn float_bits(self) -> f64 {
        f64::from_bits(self.bits)
    }
    /// The integer, if the value is one (no conversion).
    #[inline(always)]
    pub const fn as_int(self) -> Option<i64> {
        if self.tag == tag::INT {
            Some(self.bits as i64)
        } else {
            None
        }
    }
    /// The float, if the value is one (no conversion).
    #[inline(always)]
    pub const fn as_float(self) -> Option<f64> {
        if self.tag == tag::FLOAT {
            Some(f64::from_bits(self.bits))
        } else {
            None
        }
    }
    /// The number as a float, if the value is an integer or a float.
    #[inline(always)]
    pub const fn as_number(self) -> Option<f64> {
        match self.tag {
            tag::FLOAT => Some(f64::from_bits(self.bits)),
            tag::INT => Some(self.bits as i64 as f64),
            _ => None,
        }
    }
    /// The string, if the value is one.
    #[inline(always)]
    pub fn as_string(self) -> Option<Gc<Str>> {
        if self.is_string() {
            Some(self.gc())
        } else {
            None
        }
    }
    /// The table, if the value is one.
    #[inline(always)]
    pub fn as_table(self) -> Option<Gc<Table>> {
        if self.tag == tag::TABLE {
            Some(self.gc())
        } else {
            None
        }
    }
    /// The full userdata, if the value is one.
    #[inline(always)]
    pub fn as_userdata(self) -> Option<Gc<Udata>> {
        if self.tag == tag::USERDATA {
            Some(self.gc())
        } else {
            None
        }
    }
    /// The coroutine, if the value is one.
    #[inline(always)]
    pub fn as_thread(self) -> Option<Gc<State>> {
        if self.tag == tag::THREAD {
            Some(self.gc())
        } else {
            None
        }
    }
    /// The Lua closure, if the value is one.
    #[inline(always)]
    pub fn as_lua_closure(self) -> Option<Gc<LClosure>> {
        if self.tag == tag::LUA_FN {
            Some(self.gc())
        } else {
            None
        }
    }
    /// The C closure, if the value is one.
    #[inline(always)]
    pub fn as_c_closure(self) -> Option<Gc<CClosure>> {
        if self.tag == tag::C_CLOSURE {
            Some(self.gc())
        } else {
            None
        }
    }
    /// The light native function, if the value is one.
    #[inline(always)]
    pub fn as_native(self) -> Option<&'static Native> {
        if self.tag == tag::NATIVE_FN {
            // SAFETY: `NATIVE_FN` values are made by `TValue::native` only, from a `&'static`.
            Some(unsafe { &*(self.bits as *const Native) })
        } else {
            None
        }
    }
    /// The light C function, if the value is one.
    #[inline(always)]
    pub fn as_c_fn(self) -> Option<CFunction> {
        if self.tag == tag::C_FN {
            // SAFETY: `C_FN` values are made by `TValue::c_fn` only, from a function pointer.
            Some(unsafe { core::mem::transmute::<usize, CFunction>(self.bits as usize) })
        } else {
            None
        }
    }
    /// The pointer of a light userdata, if the value is one.
    #[inline(always)]
    pub fn as_light(self) -> Option<*mut c_void> {
        if self.tag == tag::LIGHT {
            Some(self.bits as *mut c_void)
        } else {
            None
        }
    }
    /// The object behind a collectable value; the caller has checked the tag and `T` is its type.
    #[inline(always)]
    pub fn gc<T>(self) -> Gc<T> {
        debug_assert!(self.is_collectable());
        Gc::from_ptr(self.bits as *mut T)
    }
    /// Primitive equality of values of the same variant, without metamethods; long strings compare by contents.
    #[inline]
    pub fn raw_eq(self, other: TValue) -> bool {
        if self.tag != other.tag {
            return match (self.tag, other.tag) {
                (tag::INT, tag::FLOAT) => {
                    crate::number::float_eq_int(other.float_bits(), self.int_bits())
                }
                (tag::FLOAT, tag::INT) => {
                    crate::number::float_eq_int(self.float_bits(), other.int_bits())
                }
                _ => self.is_nil() && other.is_nil(),
            };
        }
        match self.tag {
            tag::FLOAT => self.float_bits() == other.float_bits(),
            tag::LONG => self.gc::<Str>().bytes() == other.gc::<Str>().bytes(),
            tag::NIL | tag::TRUE | tag::FALSE | tag::EMPTY | tag::ABSENT => true,
            _ => self.bits == other.bits,
        }
    }
}

macro_rules! impl_from_object {
    ($($ty:ty => $tag:expr),* $(,)?) => {$(
        impl From<Gc<$ty>> for TValue {
            #[inline(always)]
            fn from(o: Gc<$ty>) -> TValue {
                TValue { bits: o.as_ptr() as u64, tag: $tag }
            }
        }
    )*};
}
impl_from_object! {
    Table => tag::TABLE,
    LClosure => tag::LUA_FN,
    CClosure => tag::C_CLOSURE,
    Udata => tag::USERDATA,
    State => tag::THREAD,
}
impl From<Gc<Str>> for TValue {
    #[inline(always)]
    fn from(o: Gc<Str>) -> TValue {
        TValue {
            bits: o.as_ptr() as u64,
            tag: o.header().tag(),
        }
    }
}

/// A place of a stack (or a vector of values): a pointer that its owner keeps valid.
///
/// Invariant: a `Slot` points into an initialised vector of values that stays where it is while the `Slot` is in use.
/// Slots into a Lua stack are invalidated by everything that can grow the stack; see [`State::save`].
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(*mut TValue);

/// Where a slot's note lies, in words of 32 bits: behind the tag and what aligns it.
const NOTE: usize = 3;
const _: () =
    assert!(size_of::<TValue>() == 4 * (NOTE + 1) && core::mem::offset_of!(TValue, tag) < 4 * NOTE);

impl Slot {
    /// A slot that points nowhere and must not be read or written.
    pub const NULL: Slot = Slot(core::ptr::null_mut());

    /// Wraps a pointer into a vector of values.
    #[inline(always)]
    pub const fn new(p: *mut TValue) -> Self {
        Slot(p)
    }
    /// The address.
    #[inline(always)]
    pub const fn as_ptr(self) -> *mut TValue {
        self.0
    }
    /// Reads the value.
    #[inline(always)]
    pub fn get(self) -> TValue {
        // SAFETY: invariant of `Slot`.
        unsafe {
            TValue {
                bits: (*self.0).bits,
                tag: (*self.0).tag,
            }
        }
    }
    /// Reads the tag only.
    #[inline(always)]
    pub fn tag(self) -> u8 {
        // SAFETY: invariant of `Slot`.
        unsafe { (*self.0).tag }
    }
    /// Reads the payload only.
    #[inline(always)]
    pub fn bits(self) -> u64 {
        // SAFETY: invariant of `Slot`.
        unsafe { (*self.0).bits }
    }
    /// Writes the value: payload, then tag.
    #[inline(always)]
    pub fn set(self, v: TValue) {
        // SAFETY: invariant of `Slot`.
        unsafe {
            (*self.0).bits = v.bits;
            (*self.0).tag = v.tag;
        }
    }
    /// Writes the tag only, for values without payload.
    #[inline(always)]
    pub fn set_tag(self, tag: u8) {
        // SAFETY: invariant of `Slot`.
        unsafe { (*self.0).tag = tag }
    }
    /// Makes a slot of memory that was not one: nil, with a cleared note.
    #[inline(always)]
    pub fn init(self) {
        self.set(TValue::NIL);
        self.set_note(0);
    }
    /// What `set_note` has left in the bytes of the slot that no value uses, or anything else: values come and go without
    /// a change of it.
    #[inline(always)]
    pub fn note(self) -> u32 {
        // SAFETY: invariant of `Slot`; `init` has initialised the bytes, and `set` writes a value's fields alone.
        unsafe { *self.0.cast::<u32>().add(NOTE) }
    }
    /// Leaves a note in the bytes of a stack's slot that no value uses.
    #[inline(always)]
    pub fn set_note(self, note: u32) {
        // SAFETY: as in `note`.
        unsafe { *self.0.cast::<u32>().add(NOTE) = note }
    }
    /// The slot `n` places above.
    #[inline(always)]
    #[allow(clippy::should_implement_trait)]
    pub fn add(self, n: usize) -> Slot {
        Slot(self.0.wrapping_add(n))
    }
    /// The slot `n` places below.
    #[inline(always)]
    #[allow(clippy::should_implement_trait)]
    pub fn sub(self, n: usize) -> Slot {
        Slot(self.0.wrapping_sub(n))
    }
    /// The slot `n` places above (below if negative).
    #[inline(always)]
    pub fn offset(self, n: isize) -> Slot {
        Slot(self.0.wrapping_offset(n))
    }
    /// Number of slots from `other`, a slot of the same vector, up to `self`.
    #[inline(always)]
    pub fn distance(self, other: Slot) -> isize {
        const SHIFT: u32 = size_of::<TValue>().trailing_zeros();
        let bytes = self.0 as isize - other.0 as isize;
        debug_assert!(bytes % size_of::<TValue>() as isize == 0);
        // Not a division, which would round negative distances in a way of its own.
        bytes >> SHIFT
    }
}
