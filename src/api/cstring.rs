//! Strings made from C strings, with a cache by address: programs pass the same literals over and over.

use crate::error::LResult;
use crate::global::STRING_CACHE;
use crate::object::{State, Str, string};
use crate::value::Gc;
use core::ffi::{CStr, c_char};

impl State {
    /// The string with the contents of the C string `s`. Raises a memory error.
    #[inline]
    pub fn c_string(&self, s: &CStr) -> LResult<Gc<Str>> {
        // SAFETY: a `CStr` is NUL-terminated.
        unsafe { self.c_string_at(s.as_ptr()) }
    }

    /// The same for a C string whose length nobody knows yet: it is not asked for if the string is in the cache.
    ///
    /// # Safety
    /// `s` points to a NUL-terminated string.
    #[inline]
    pub unsafe fn c_string_at(&self, s: *const c_char) -> LResult<Gc<Str>> {
        let line = (s as usize >> 3 ^ s as usize) % STRING_CACHE;
        let cache = self
            .global()
            .string_cache
            .get()
            .cast::<[Option<Gc<Str>>; 2]>()
            .wrapping_add(line);
        // SAFETY: `line` is an index of the cache, and nobody holds a reference to an entry across calls. Its strings
        // are live: the collector empties the cache before it frees one.
        let entry = unsafe { &mut *cache };
        for hit in entry.iter().flatten() {
            if same_text(*hit, s) {
                return Ok(*hit);
            }
        }
        // SAFETY: contract of this function.
        self.c_string_miss(unsafe { CStr::from_ptr(s) }, cache)
    }

    #[inline(never)]
    fn c_string_miss(&self, s: &CStr, entry: *mut [Option<Gc<Str>>; 2]) -> LResult<Gc<Str>> {
        let new = string::new(self, s.to_bytes())?;
        // SAFETY: as in `c_string`; `new` may have emptied the cache, but the entry stays where it is.
        unsafe {
            (*entry)[1] = (*entry)[0];
            (*entry)[0] = Some(new);
        }
        Ok(new)
    }
}

#[inline(always)]
fn same_text(s: Gc<Str>, c: *const c_char) -> bool {
    // SAFETY: both are NUL-terminated; a string with a NUL inside never equals the cached C string that it was made from
    // in another way, since cached strings have none.
    unsafe { libc::strcmp(s.data().cast_const().cast(), c) == 0 }
}
