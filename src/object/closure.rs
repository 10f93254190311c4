//! Closures and upvalues.
//!
//! A Lua closure refers to its upvalues; an open upvalue points into the stack of a running function, a closed one at
//! its own `value`. C closures hold their upvalues themselves.

use super::{GcHeader, Proto, State};
use crate::error::LResult;
use crate::heap;
use crate::value::{CFunction, Gc, Native, Slot, TValue, tag};
use core::cell::{Cell, UnsafeCell};

/// A variable of an enclosing function.
#[repr(C)]
pub struct UpVal {
    hdr: GcHeader,
    /// Where the value is: in a stack while the upvalue is open, else in `store`.
    pub v: Cell<Slot>,
    /// Closed: the value. Open: the links of the thread's list of open upvalues, by descending stack level: the next
    /// one, and the address of the link that refers to this one.
    store: UnsafeCell<[u64; 2]>,
}

/// A closure of a Lua function. Pointers to its upvalues follow the struct.
#[repr(C)]
pub struct LClosure {
    /// `small[0]`: number of upvalues.
    hdr: GcHeader,
    /// Link of the collector's grey lists.
    pub gclist: Cell<*mut GcHeader>,
    /// The prototype; null only while a chunk is being loaded.
    pub proto: Cell<*mut Proto>,
}

/// What a C closure calls.
#[derive(Clone, Copy)]
pub enum CCode {
    /// A C function, called through the shim.
    C(CFunction),
    /// A function of this library.
    Native(&'static Native),
}

/// A C closure. Its upvalues follow the struct.
#[repr(C)]
pub struct CClosure {
    /// `small[0]`: number of upvalues; `small[1]`: 1 if `code` is the address of a `Native`.
    hdr: GcHeader,
    /// Link of the collector's grey lists.
    pub gclist: Cell<*mut GcHeader>,
    code: usize,
}

impl UpVal {
    fn own_slot(&self) -> Slot {
        Slot::new(self.store.get().cast())
    }
    /// Whether the upvalue points into a stack.
    #[inline(always)]
    pub fn is_open(&self) -> bool {
        self.v.get() != self.own_slot()
    }
    /// The next open upvalue of the thread's list, or null.
    #[inline(always)]
    pub fn next_open(&self) -> *mut UpVal {
        debug_assert!(self.is_open());
        // SAFETY: the store of an open upvalue holds its links.
        unsafe { (*self.store.get())[0] as *mut UpVal }
    }
    /// The link that refers to the next open upvalue.
    pub fn next_link(&self) -> *mut *mut UpVal {
        self.store.get().cast()
    }
    /// Puts a new open upvalue into the list behind `link`.
    ///
    /// # Safety
    /// `link` is the head of a thread's list or the `next_link` of one of its upvalues.
    pub unsafe fn link_at(&self, link: *mut *mut UpVal) {
        // SAFETY: by the contract; the stores of open upvalues hold links.
        unsafe {
            let next = *link;
            *self.store.get() = [next as u64, link as u64];
            if !next.is_null() {
                (*(*next).store.get())[1] = self.next_link() as u64;
            }
            *link = self as *const UpVal as *mut UpVal;
        }
    }
    /// Takes an open upvalue out of its list.
    pub fn unlink(&self) {
        debug_assert!(self.is_open());
        // SAFETY: `link_at` stored the links, and neighbours keep them up to date.
        unsafe {
            let [next, link] = *self.store.get();
            *(link as *mut *mut UpVal) = next as *mut UpVal;
            if next != 0 {
                (*(*(next as *mut UpVal)).store.get())[1] = link;
            }
        }
    }
    /// Moves the value out of the stack into the upvalue itself, which is in no list any more. The caller runs the
    /// barrier.
    pub fn close(&self) {
        let own = self.own_slot();
        own.set(self.v.get().get());
        self.v.set(own);
    }
    /// The current value.
    #[inline(always)]
    pub fn get(&self) -> TValue {
        self.v.get().get()
    }
    /// The object's header.
    #[inline(always)]
    pub fn header(&self) -> Gc<GcHeader> {
        Gc::from_ptr(self as *const UpVal as *mut GcHeader)
    }
    /// A new closed upvalue with value nil. Raises a memory error.
    pub fn new_closed(l: &State) -> LResult<Gc<UpVal>> {
        let uv = Self::new_raw(l)?;
        uv.own_slot().set(TValue::NIL);
        uv.v.set(uv.own_slot());
        Ok(uv)
    }
    /// A new open upvalue for stack slot `level`; the caller links it.
    pub fn new_open(l: &State, level: Slot) -> LResult<Gc<UpVal>> {
        let uv = Self::new_raw(l)?;
        uv.v.set(level);
        Ok(uv)
    }
    fn new_raw(l: &State) -> LResult<Gc<UpVal>> {
        let uv = heap::new_object::<UpVal>(l, tag::UPVAL, size_of::<UpVal>())?;
        // SAFETY: `uv` is a block of the size of `UpVal` with a valid header.
        unsafe {
            let p = uv.as_ptr();
            (&raw mut (*p).v).write(Cell::new(Slot::NULL));
            (&raw mut (*p).store).write(UnsafeCell::new([0; 2]));
        }
        Ok(uv)
    }
}

impl LClosure {
    /// Bytes of a closure with `n` upvalues.
    pub const fn size_for(n: usize) -> usize {
        size_of::<LClosure>() + n * size_of::<*mut UpVal>()
    }
    /// A closure of `proto` (which may be null while a chunk loads) with `n` upvalues, all null. Raises a memory error.
    pub fn new(l: &State, proto: *mut Proto, n: usize) -> LResult<Gc<LClosure>> {
        debug_assert!(n <= crate::limits::MAX_UPVALUES);
        let c = heap::new_object::<LClosure>(l, tag::LUA_FN, Self::size_for(n))?;
        // SAFETY: the block has room for the struct and `n` pointers.
        unsafe {
            let p = c.as_ptr();
            (*p).hdr.small[0].set(n as u8);
            (&raw mut (*p).gclist).write(Cell::new(core::ptr::null_mut()));
            (&raw mut (*p).proto).write(Cell::new(proto));
            core::ptr::write_bytes(p.add(1).cast::<*mut UpVal>(), 0, n);
        }
        Ok(c)
    }
    /// A closure of `p`, which is nested in the function of `outer` whose registers start at `base`; `anchor` puts it
    /// where the collector sees it, unless none can run. Raises a memory error.
    pub fn capture(
        l: &State,
        p: Gc<Proto>,
        outer: &LClosure,
        base: Slot,
        anchor: impl FnOnce(Gc<LClosure>),
    ) -> LResult<Gc<LClosure>> {
        let descs = p.upvalues.as_slice();
        let new = LClosure::new(l, p.as_ptr(), descs.len())?;
        anchor(new);
        for (cell, d) in new.upvalue_cells().iter().zip(descs) {
            let uv = if d.in_stack {
                crate::vm::upval::find(l, base.add(d.index as usize))?.as_ptr()
            } else {
                outer.upvalue_cells()[d.index as usize].get()
            };
            cell.set(uv);
            heap::barrier_object(l, new.header(), Gc::from_ptr(uv.cast()));
        }
        Ok(new)
    }
    /// Number of upvalues.
    #[inline(always)]
    pub fn nupvalues(&self) -> usize {
        self.hdr.small[0].get() as usize
    }
    /// The cells that hold the upvalues.
    #[inline(always)]
    pub fn upvalue_cells(&self) -> &[Cell<*mut UpVal>] {
        // SAFETY: `new` reserved and wrote `nupvalues` pointers behind the struct.
        unsafe {
            core::slice::from_raw_parts(
                (self as *const LClosure).add(1).cast::<Cell<*mut UpVal>>(),
                self.nupvalues(),
            )
        }
    }
    /// Upvalue `i` of a complete closure, without a bounds check in release builds.
    #[inline(always)]
    pub fn upvalue(&self, i: usize) -> &UpVal {
        debug_assert!(i < self.nupvalues());
        // SAFETY: `i` is an upvalue index of the closure's own code, which the loader has checked; the pointers of a
        // complete closure are not null.
        unsafe { &**(self as *const LClosure).add(1).cast::<*mut UpVal>().add(i) }
    }
    /// The prototype of a complete closure.
    #[inline(always)]
    pub fn proto(&self) -> &Proto {
        debug_assert!(!self.proto.get().is_null());
        // SAFETY: the closure keeps its prototype alive, and a complete closure has one.
        unsafe { &*self.proto.get() }
    }
    /// The same, as an object.
    #[inline]
    pub fn proto_object(&self) -> Gc<Proto> {
        Gc::from_ptr(self.proto.get())
    }
}

impl CClosure {
    /// Offset of what tells whose code it is: the address of the function or of the `Native`.
    pub const CODE: usize = core::mem::offset_of!(CClosure, code);
    /// Bytes of a closure with `n` upvalues.
    pub const fn size_for(n: usize) -> usize {
        size_of::<CClosure>() + n * size_of::<TValue>()
    }
    /// A closure with `n` upvalues, all nil. Raises a memory error.
    pub fn new(l: &State, code: CCode, n: usize) -> LResult<Gc<CClosure>> {
        debug_assert!(n <= crate::limits::MAX_UPVALUES);
        let c = heap::new_object::<CClosure>(l, tag::C_CLOSURE, Self::size_for(n))?;
        let (addr, native) = match code {
            CCode::C(f) => (f as usize, false),
            CCode::Native(f) => (f as *const Native as usize, true),
        };
        // SAFETY: the block has room for the struct and `n` values.
        unsafe {
            let p = c.as_ptr();
            (*p).hdr.small[0].set(n as u8);
            (*p).hdr.small[1].set(native as u8);
            (&raw mut (*p).gclist).write(Cell::new(core::ptr::null_mut()));
            (&raw mut (*p).code).write(addr);
        }
        for i in 0..n {
            c.upvalue(i).set(TValue::NIL);
        }
        Ok(c)
    }
    /// Number of upvalues.
    #[inline(always)]
    pub fn nupvalues(&self) -> usize {
        self.hdr.small[0].get() as usize
    }
    /// The slot of upvalue `i` (from 0).
    #[inline(always)]
    pub fn upvalue(&self, i: usize) -> Slot {
        debug_assert!(i < self.nupvalues());
        Slot::new(
            (self as *const CClosure)
                .wrapping_add(1)
                .cast_mut()
                .cast::<TValue>()
                .wrapping_add(i),
        )
    }
    /// What the closure calls.
    #[inline(always)]
    pub fn code(&self) -> CCode {
        // SAFETY: `new` stored the address of the kind that `is_native` tells.
        unsafe {
            if self.hdr.small[1].get() != 0 {
                CCode::Native(&*(self.code as *const Native))
            } else {
                CCode::C(core::mem::transmute::<usize, CFunction>(self.code))
            }
        }
    }
}
