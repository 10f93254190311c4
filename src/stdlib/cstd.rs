//! What the library takes from C's standard library beyond the `libc` crate: streams and character classes of the
//! current locale, through glibc's tables.

use core::ffi::{CStr, c_char, c_int};
use libc::FILE;

unsafe extern "C" {
    static stdin: *mut FILE;
    static stdout: *mut FILE;
    static stderr: *mut FILE;
    fn __ctype_b_loc() -> *const *const u16;
    fn __ctype_toupper_loc() -> *const *const i32;
    fn __ctype_tolower_loc() -> *const *const i32;
    /// Locks a stream for the calling thread.
    pub fn flockfile(f: *mut FILE);
    /// Unlocks it.
    pub fn funlockfile(f: *mut FILE);
    /// Reads a byte of a stream that the caller has locked.
    pub fn getc_unlocked(f: *mut FILE) -> c_int;
    /// Processor time in units of `CLOCKS_PER_SEC`.
    pub safe fn clock() -> libc::clock_t;
    /// Splits a float into mantissa and exponent.
    pub safe fn frexp(x: f64, exp: &mut c_int) -> f64;
    /// The float `x` times two to the power `exp`.
    pub safe fn ldexp(x: f64, exp: c_int) -> f64;
}

/// Units of `clock` in a second, as POSIX has it.
pub const CLOCKS_PER_SEC: f64 = 1_000_000.0;

/// The three standard streams.
#[derive(Clone, Copy)]
pub enum Standard {
    /// `stdin`
    In,
    /// `stdout`
    Out,
    /// `stderr`
    Err,
}

/// The current C stream of the process.
pub fn standard(which: Standard) -> *mut FILE {
    // SAFETY: the C library initialises its three stream variables before any code runs.
    unsafe {
        match which {
            Standard::In => stdin,
            Standard::Out => stdout,
            Standard::Err => stderr,
        }
    }
}

/// Writes to a C stream; whether all bytes were written.
pub fn write(f: *mut FILE, s: &[u8]) -> bool {
    // SAFETY: `f` is an open stream (a standard one or one that the caller has checked), `s` a valid range.
    unsafe { libc::fwrite(s.as_ptr().cast(), 1, s.len(), f) == s.len() }
}

/// The C string that starts with a Lua string's first byte: up to its first NUL.
///
/// `s` is the whole contents of a string object, behind which there is a NUL.
pub fn c_string(s: &'static [u8]) -> &'static CStr {
    // SAFETY: the contents of a string object are followed by a NUL.
    unsafe { CStr::from_ptr(s.as_ptr().cast::<c_char>()) }
}

/// The bytes of a C string that C owns.
///
/// # Safety
/// `p` is a NUL-terminated string that stays valid and unchanged while the result is in use.
pub unsafe fn c_bytes<'a>(p: *const c_char) -> &'a [u8] {
    // SAFETY: by the contract above.
    unsafe { CStr::from_ptr(p) }.to_bytes()
}

/// Character classes, as bits of glibc's table.
pub mod class {
    /// `isupper`
    pub const UPPER: u16 = 1 << 8;
    /// `islower`
    pub const LOWER: u16 = 1 << 9;
    /// `isalpha`
    pub const ALPHA: u16 = 1 << 10;
    /// `isdigit`
    pub const DIGIT: u16 = 1 << 11;
    /// `isxdigit`
    pub const XDIGIT: u16 = 1 << 12;
    /// `isspace`
    pub const SPACE: u16 = 1 << 13;
    /// `isgraph`
    pub const GRAPH: u16 = 1 << 15;
    /// `iscntrl`
    pub const CNTRL: u16 = 1 << 1;
    /// `ispunct`
    pub const PUNCT: u16 = 1 << 2;
    /// `isalnum`
    pub const ALNUM: u16 = 1 << 3;
}

/// The class bits of all bytes in the current locale.
#[derive(Clone, Copy)]
pub struct Classes(*const u16);

impl Classes {
    /// The table of the current locale; to be fetched again after anything that may change the locale.
    #[inline(always)]
    pub fn current() -> Classes {
        // SAFETY: glibc returns the address of a valid pointer to a table that covers -128..=255.
        Classes(unsafe { *__ctype_b_loc() })
    }
    /// Whether `c` is in any of the classes of `mask`.
    #[inline(always)]
    pub fn has(self, c: u8, mask: u16) -> bool {
        // SAFETY: the table covers all byte values.
        unsafe { *self.0.add(c as usize) & mask != 0 }
    }
}

/// Whether `c` is in the class in the current locale.
pub fn is(c: u8, mask: u16) -> bool {
    Classes::current().has(c, mask)
}

/// Writes `s` in upper or lower case of the current locale to `out`, which has room for it.
pub fn convert_case(s: &[u8], out: *mut u8, upper: bool) {
    // SAFETY: glibc's case tables cover all byte values; `out` has room for `s.len()` bytes.
    unsafe {
        let table = if upper {
            *__ctype_toupper_loc()
        } else {
            *__ctype_tolower_loc()
        };
        for (i, &c) in s.iter().enumerate() {
            out.add(i).write(*table.add(c as usize) as u8);
        }
    }
}

/// The head of glibc's stream structure, which its own `getc_unlocked` macro reads: the part of the buffer that was read
/// from the file but not yet consumed.
#[repr(C)]
struct ReadWindow {
    flags: c_int,
    next: *mut u8,
    end: *mut u8,
}

/// A stream that is locked for reading until the value is dropped.
pub struct Locked(*mut FILE);

impl Locked {
    /// Locks an open stream.
    pub fn new(f: *mut FILE) -> Locked {
        // SAFETY: `f` is an open stream.
        unsafe { flockfile(f) };
        Locked(f)
    }
    /// The next byte; `None` at the end of the file or after an error.
    #[inline]
    pub fn next(&mut self) -> Option<u8> {
        // SAFETY: the stream is open and locked.
        u8::try_from(unsafe { getc_unlocked(self.0) }).ok()
    }
    /// Puts back the byte that was read last; `None` does nothing.
    pub fn unread(&mut self, c: Option<u8>) {
        if let Some(c) = c {
            // SAFETY: the stream is open and locked by this thread.
            unsafe { libc::ungetc(c as c_int, self.0) };
        }
    }
    /// What can be read without asking the file for more; may be empty before the end of the file.
    pub fn buffered(&self) -> &[u8] {
        let window = self.0.cast::<ReadWindow>();
        // SAFETY: the stream is locked, so that its buffer stays as it is; `next..end` is the unread part of it, or
        // both are null.
        unsafe {
            let (next, end) = ((*window).next, (*window).end);
            if next < end {
                core::slice::from_raw_parts(next, end as usize - next as usize)
            } else {
                &[]
            }
        }
    }
    /// Consumes `n` bytes of what `buffered` returned.
    pub fn consume(&mut self, n: usize) {
        let window = self.0.cast::<ReadWindow>();
        // SAFETY: the stream is locked, and at least `n` bytes are buffered.
        unsafe { (*window).next = (*window).next.add(n) };
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // SAFETY: locked by `new`.
        unsafe { funlockfile(self.0) };
    }
}

/// Sets `errno` to 0, so that what a failing function leaves there is its own reason.
pub fn clear_errno() {
    // SAFETY: glibc returns the address of the thread's `errno`.
    unsafe { *libc::__errno_location() = 0 };
}

/// The decimal point of the current locale; only its first byte is ever used, as C programs do.
pub fn decimal_point() -> u8 {
    // SAFETY: `localeconv` returns a valid structure whose strings are valid until the locale changes.
    unsafe { *(*libc::localeconv()).decimal_point as u8 }
}
