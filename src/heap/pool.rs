//! The allocator behind `luaL_newstate`: size-class free lists for small blocks, the system's allocator for the rest.
//!
//! Each state has a pool of its own, so that no lock is needed. Small blocks are cut from chunks that are returned when
//! the pool is destroyed, with its state. A block's class is computed from its size, which `lua_Alloc` always gets.

use core::ffi::c_void;
use core::ptr::null_mut;

/// Blocks up to this size come from the free lists.
const MAX_SMALL: usize = 512;
/// Size classes are this far apart; also the least alignment of small blocks.
const GRAIN: usize = 8;
const CLASSES: usize = MAX_SMALL / GRAIN;
/// The alignment of blocks whose size is a multiple of it, as all are that hold something to be aligned so.
const ALIGN: usize = 16;
/// The first chunk holds most of what an idle state needs. Later ones are a quarter of what there is, within limits, so
/// that states that stay small have little memory that they do not use.
const FIRST_CHUNK: usize = 8 * 1024;
const MIN_CHUNK: usize = 4 * 1024;
const MAX_CHUNK: usize = 64 * 1024;

#[repr(C)]
struct FreeBlock {
    next: *mut FreeBlock,
}

#[repr(C, align(16))]
struct Chunk {
    next: *mut Chunk,
    size: usize,
}

/// A pool of memory for one state.
pub struct Pool {
    free: [*mut FreeBlock; CLASSES],
    bump: *mut u8,
    bump_end: *mut u8,
    chunks: *mut Chunk,
    /// Bytes of all chunks.
    total: usize,
}

#[inline(always)]
fn class_of(size: usize) -> usize {
    debug_assert!(size > 0 && size <= MAX_SMALL);
    (size - 1) / GRAIN
}

/// Has the processor fetch a block that is to be used soon, and may lie anywhere.
#[inline(always)]
fn prefetch(block: *const FreeBlock) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch of any address is harmless; the instruction is part of x86-64.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(block.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = block;
}

impl Pool {
    /// A new pool; null when the system has no memory.
    pub fn create() -> *mut Pool {
        // SAFETY: plain allocation; the block is written before use.
        unsafe {
            let p = libc::malloc(size_of::<Pool>()).cast::<Pool>();
            if !p.is_null() {
                p.write(Pool {
                    free: [null_mut(); CLASSES],
                    bump: null_mut(),
                    bump_end: null_mut(),
                    chunks: null_mut(),
                    total: 0,
                });
            }
            p
        }
    }

    /// Returns all chunks to the system.
    ///
    /// # Safety
    /// `p` came from `create`, and none of its small blocks is used afterwards.
    pub unsafe fn destroy(p: *mut Pool) {
        // SAFETY: chunks are the blocks that `refill` got from `malloc`.
        unsafe {
            let mut c = (*p).chunks;
            while !c.is_null() {
                let next = (*c).next;
                libc::free(c.cast());
                c = next;
            }
            libc::free(p.cast());
        }
    }

    /// A block of `size` bytes (not 0); null when the system has no memory.
    ///
    /// # Safety
    /// `p` is a live pool that no other thread uses now.
    #[inline(always)]
    pub unsafe fn alloc(p: *mut Pool, size: usize) -> *mut c_void {
        // SAFETY: free lists hold blocks of their class that nobody uses.
        unsafe {
            if size > MAX_SMALL {
                return libc::malloc(size);
            }
            let class = class_of(size);
            let head = (*p).free[class];
            if head.is_null() {
                return Self::refill(p, class);
            }
            let next = (*head).next;
            prefetch(next);
            (*p).free[class] = next;
            head.cast()
        }
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// `block` came from this pool with exactly this size (not 0) and is not used afterwards.
    #[inline(always)]
    pub unsafe fn free(p: *mut Pool, block: *mut c_void, size: usize) {
        // SAFETY: by the contract the block is of this class and free for reuse.
        unsafe {
            if size > MAX_SMALL {
                libc::free(block);
                return;
            }
            let class = class_of(size);
            let b = block.cast::<FreeBlock>();
            (*b).next = (*p).free[class];
            (*p).free[class] = b;
        }
    }

    #[cold]
    #[inline(never)]
    unsafe fn refill(p: *mut Pool, class: usize) -> *mut c_void {
        let size = (class + 1) * GRAIN;
        // Blocks of other sizes than multiples of `ALIGN` are cut in pairs, so that what follows them stays aligned.
        let paired = !size.is_multiple_of(ALIGN);
        let cut = if paired { 2 * size } else { size };
        // SAFETY: `bump..bump_end` is unused memory of the newest chunk.
        unsafe {
            if ((*p).bump_end as usize) - ((*p).bump as usize) < cut && !Self::new_chunk(p) {
                return null_mut();
            }
            let block = (*p).bump;
            debug_assert!((block as usize).is_multiple_of(ALIGN));
            (*p).bump = block.add(cut);
            if paired {
                Self::free(p, block.add(size).cast(), size);
            }
            block.cast()
        }
    }

    unsafe fn new_chunk(p: *mut Pool) -> bool {
        // SAFETY: the rest of the old chunk is unused; it is a multiple of `ALIGN` long, as is `MAX_SMALL`.
        unsafe {
            while (*p).bump < (*p).bump_end {
                let part = MAX_SMALL.min(((*p).bump_end as usize) - ((*p).bump as usize));
                Self::free(p, (*p).bump.cast(), part);
                (*p).bump = (*p).bump.add(part);
            }
            let size = match (*p).total {
                0 => FIRST_CHUNK,
                total => ((total / 4) & !(ALIGN - 1)).clamp(MIN_CHUNK, MAX_CHUNK),
            };
            let c = libc::malloc(size).cast::<Chunk>();
            if c.is_null() {
                (*p).bump = null_mut();
                (*p).bump_end = null_mut();
                return false;
            }
            c.write(Chunk {
                next: (*p).chunks,
                size,
            });
            (*p).chunks = c;
            (*p).bump = c.add(1).cast();
            (*p).bump_end = c.cast::<u8>().add(size);
            (*p).total += size;
        }
        true
    }

    /// Resizes a block; null when the system has no memory (the old block then stays valid).
    ///
    /// # Safety
    /// As for `free`; both sizes are not 0.
    pub unsafe fn realloc(p: *mut Pool, block: *mut c_void, old: usize, new: usize) -> *mut c_void {
        // SAFETY: by the contract; small blocks are copied, large ones are the system's.
        unsafe {
            if old > MAX_SMALL && new > MAX_SMALL {
                return libc::realloc(block, new);
            }
            if old <= MAX_SMALL && new <= MAX_SMALL && class_of(old) == class_of(new) {
                return block;
            }
            let n = Self::alloc(p, new);
            if !n.is_null() {
                core::ptr::copy_nonoverlapping(block.cast::<u8>(), n.cast::<u8>(), old.min(new));
                Self::free(p, block, old);
            }
            n
        }
    }
}

/// Our own allocator in the form of `lua_Alloc`; `ud` is the pool.
///
/// # Safety
/// The contract of `lua_Alloc`: `osize` is the exact size of `block`.
pub unsafe extern "C-unwind" fn pool_alloc(
    ud: *mut c_void,
    block: *mut c_void,
    osize: usize,
    nsize: usize,
) -> *mut c_void {
    let p = ud.cast::<Pool>();
    // SAFETY: by the contract of `lua_Alloc`; a null block means a new one, whatever `osize` says.
    unsafe {
        match (block.is_null() || osize == 0, nsize) {
            (true, 0) => null_mut(),
            (true, n) => Pool::alloc(p, n),
            (false, 0) => {
                Pool::free(p, block, osize);
                null_mut()
            }
            (false, n) => Pool::realloc(p, block, osize, n),
        }
    }
}
