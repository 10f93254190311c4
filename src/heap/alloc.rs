//! Allocation through the state's `lua_Alloc`, with exact sizes, accounting, and an emergency collection when refused.

use super::pool::Pool;
use crate::error::LResult;
use crate::global::Global;
use crate::object::{GcHeader, State};
use crate::value::Gc;
use core::ffi::c_void;
use core::ptr::null_mut;

#[inline(always)]
fn call_alloc(g: &Global, block: *mut u8, osize: usize, nsize: usize) -> *mut u8 {
    // SAFETY: `block` came from this allocator with size `osize` (or is null, `osize` then being a type code), as every
    // caller in this file sees to.
    unsafe { (g.alloc.get())(g.alloc_ud.get(), block.cast::<c_void>(), osize, nsize).cast() }
}

/// Frees a block of exactly `size` bytes; null with size 0 is fine.
#[inline(always)]
pub fn free_bytes(g: &Global, block: *mut u8, size: usize) {
    if size == 0 {
        return;
    }
    let pool = g.pool.get();
    if pool.is_null() {
        call_alloc(g, block, size, 0);
    } else {
        // SAFETY: with a pool, all blocks of the state come from it.
        unsafe { Pool::free(pool, block.cast(), size) };
    }
    g.gc.account(-(size as isize));
}

#[inline(always)]
fn first_try(g: &Global, code: usize, size: usize) -> *mut u8 {
    let pool = g.pool.get();
    if pool.is_null() {
        call_alloc(g, null_mut(), code, size)
    } else {
        // SAFETY: the pool belongs to this state, which only one thread runs at a time.
        unsafe { Pool::alloc(pool, size).cast() }
    }
}

#[cold]
#[inline(never)]
fn second_try(l: &State, code: usize, size: usize) -> *mut u8 {
    let g = l.global();
    if !g.complete.get() || g.gc.stopped_by_collector() {
        return null_mut();
    }
    super::emergency_collection(l);
    call_alloc(g, null_mut(), code, size)
}

/// A new block of `size` bytes (not 0), `code` being the type code of the object that it is for or 0; null when the
/// allocator refuses even after an emergency collection.
#[inline(always)]
pub fn try_alloc(l: &State, code: usize, size: usize) -> *mut u8 {
    #[cfg(feature = "gc-stress")]
    super::stress_collection(l);
    let g = l.global();
    let mut p = first_try(g, code, size);
    if p.is_null() {
        p = second_try(l, code, size);
        if p.is_null() {
            return p;
        }
    }
    g.gc.account(size as isize);
    p
}

/// Resizes a block from exactly `old` to `new` bytes (neither 0), without a collection; null when the allocator refuses,
/// the block then being as it was.
pub fn try_realloc_once(g: &Global, block: *mut u8, old: usize, new: usize) -> *mut u8 {
    let p = call_alloc(g, block, old, new);
    if !p.is_null() {
        g.gc.account(new as isize - old as isize);
    }
    p
}

/// As `try_realloc_once`, but tries again after an emergency collection.
fn try_realloc(l: &State, block: *mut u8, old: usize, new: usize) -> *mut u8 {
    #[cfg(feature = "gc-stress")]
    super::stress_collection(l);
    let g = l.global();
    let p = try_realloc_once(g, block, old, new);
    if !p.is_null() || !g.complete.get() || g.gc.stopped_by_collector() {
        return p;
    }
    super::emergency_collection(l);
    try_realloc_once(g, block, old, new)
}

/// As `try_realloc`, but either size may be 0, and a refusal is raised as a memory error.
pub fn realloc_bytes(l: &State, block: *mut u8, old: usize, new: usize) -> LResult<*mut u8> {
    if new == 0 {
        free_bytes(l.global(), block, old);
        return Ok(null_mut());
    }
    let p = if old == 0 {
        try_alloc(l, 0, new)
    } else {
        try_realloc(l, block, old, new)
    };
    if p.is_null() {
        Err(l.memory_error())
    } else {
        Ok(p)
    }
}

/// A new object of `size` bytes with a header, linked into the list of all objects; the caller initialises the rest
/// before anything else happens. Raises a memory error. May run an emergency collection.
#[inline(always)]
pub fn new_object<T>(l: &State, tag: u8, size: usize) -> LResult<Gc<T>> {
    new_object_at(l, tag, size, 0)
}

/// As `new_object`, for an object that lies `offset` bytes inside its block.
#[inline(always)]
pub fn new_object_at<T>(l: &State, tag: u8, size: usize, offset: usize) -> LResult<Gc<T>> {
    let p = try_alloc(l, (tag & 0x0F) as usize, size);
    if p.is_null() {
        return Err(l.memory_error());
    }
    let g = l.global();
    let o = p.wrapping_add(offset).cast::<GcHeader>();
    // SAFETY: the block is fresh and at least as large as a header behind `offset`.
    unsafe {
        o.write(GcHeader::new(tag, g.gc.white()));
        (*o).next.set(g.gc.all.get());
    }
    g.gc.all.set(o);
    Ok(Gc::from_ptr(o.cast()))
}
