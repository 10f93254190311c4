//! A growable vector whose memory comes from the state's allocator, so that hosts count and refuse it.

use super::{free_bytes, realloc_bytes};
use crate::error::LResult;
use crate::object::State;
use core::marker::PhantomData;

/// A vector of `Copy` elements in the state's memory; freed when dropped.
///
/// Growing may run an emergency collection: elements that refer to heap objects are not roots.
pub struct LVec<T: Copy> {
    ptr: *mut T,
    len: usize,
    cap: usize,
    state: *const State,
    own: PhantomData<T>,
}

/// The least that a vector which needs memory gets, in bytes.
const MIN_BYTES: usize = 128;

impl<T: Copy> LVec<T> {
    const MIN_CAPACITY: usize = if MIN_BYTES / size_of::<T>() > 4 {
        MIN_BYTES / size_of::<T>()
    } else {
        4
    };

    /// An empty vector; allocates nothing.
    pub fn new(l: &State) -> Self {
        LVec {
            ptr: core::ptr::null_mut(),
            len: 0,
            cap: 0,
            state: l,
            own: PhantomData,
        }
    }
    /// An empty vector with room for `n` elements.
    pub fn with_capacity(l: &State, n: usize) -> LResult<Self> {
        let mut v = Self::new(l);
        v.reserve(n)?;
        Ok(v)
    }
    fn state(&self) -> &State {
        // SAFETY: a vector lives inside a call on its thread, or in an object of the thread's heap.
        unsafe { &*self.state }
    }
    fn set_capacity(&mut self, cap: usize) -> LResult<()> {
        let l = self.state();
        if cap > isize::MAX as usize / size_of::<T>() {
            return Err(l.memory_error());
        }
        let p = realloc_bytes(
            l,
            self.ptr.cast(),
            self.cap * size_of::<T>(),
            cap * size_of::<T>(),
        )?;
        self.ptr = p.cast();
        self.cap = cap;
        Ok(())
    }
    /// Makes room for `n` more elements.
    #[inline]
    pub fn reserve(&mut self, n: usize) -> LResult<()> {
        if n > self.cap - self.len {
            self.grow(n)?;
        }
        Ok(())
    }
    #[cold]
    #[inline(never)]
    fn grow(&mut self, n: usize) -> LResult<()> {
        match self.len.checked_add(n) {
            Some(need) => self.set_capacity(need.max(self.cap * 2).max(Self::MIN_CAPACITY)),
            None => Err(self.state().memory_error()),
        }
    }
    /// Appends an element.
    #[inline]
    pub fn push(&mut self, v: T) -> LResult<()> {
        if self.len == self.cap {
            self.grow(1)?;
        }
        // SAFETY: `len < cap`, and the block has room for `cap` elements.
        unsafe { self.ptr.add(self.len).write(v) };
        self.len += 1;
        Ok(())
    }
    /// Removes and returns the last element.
    pub fn pop(&mut self) -> Option<T> {
        if self.len == 0 {
            return None;
        }
        self.len -= 1;
        // SAFETY: the element was initialised by `push`.
        Some(unsafe { self.ptr.add(self.len).read() })
    }
    /// Appends all of `s`, which must not lie in this vector.
    #[inline]
    pub fn extend(&mut self, s: &[T]) -> LResult<()> {
        self.reserve(s.len())?;
        // SAFETY: `reserve` made room for `s.len()` elements behind `len`.
        unsafe { core::ptr::copy_nonoverlapping(s.as_ptr(), self.ptr.add(self.len), s.len()) };
        self.len += s.len();
        Ok(())
    }
    /// Drops all elements from `n` on.
    pub fn truncate(&mut self, n: usize) {
        self.len = self.len.min(n);
    }
    /// Removes all elements and keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
    }
    /// Gives back the memory behind the last element.
    pub fn shrink(&mut self) -> LResult<()> {
        if self.len < self.cap {
            self.set_capacity(self.len)
        } else {
            Ok(())
        }
    }
    /// Room for `n` elements behind the last one, not initialised; see `set_len`.
    pub fn spare(&mut self, n: usize) -> LResult<*mut T> {
        self.reserve(n)?;
        Ok(self.ptr.wrapping_add(self.len))
    }
    /// Declares `n` elements initialised.
    ///
    /// # Safety
    /// The first `n` elements are initialised and `n` is at most the capacity.
    pub unsafe fn set_len(&mut self, n: usize) {
        debug_assert!(n <= self.cap);
        self.len = n;
    }
    /// Gives the block away: pointer and number of elements, which must equal the capacity (see `shrink`).
    pub fn take(&mut self) -> (*mut T, usize) {
        debug_assert!(self.len == self.cap);
        let r = (self.ptr, self.len);
        self.ptr = core::ptr::null_mut();
        self.len = 0;
        self.cap = 0;
        r
    }
    /// Number of elements.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.len
    }
}

impl<T: Copy> core::ops::Deref for LVec<T> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the first `len` elements are initialised.
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }
}
impl<T: Copy> core::ops::DerefMut for LVec<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: the first `len` elements are initialised, and `&mut self` is exclusive.
        unsafe { core::slice::from_raw_parts_mut(self.ptr, self.len) }
    }
}
impl<T: Copy> Drop for LVec<T> {
    fn drop(&mut self) {
        free_bytes(
            self.state().global(),
            self.ptr.cast(),
            self.cap * size_of::<T>(),
        );
    }
}
