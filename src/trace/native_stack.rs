//! How much of the native stack is left: compiling needs far more of it than the interpreter, and hosts run Lua in threads
//! with small stacks.

use core::cell::Cell;
use core::mem::MaybeUninit;

/// Bytes that compiling is given; it was seen to use 112 KiB.
const NEEDED: usize = 256 << 10;

/// A thread of the host and the bounds of its stack.
#[derive(Clone, Copy)]
struct Bounds {
    thread: libc::pthread_t,
    low: usize,
    high: usize,
}

/// What was found out about the thread that asked last.
pub struct NativeStack(Cell<Option<Bounds>>);

impl NativeStack {
    /// Nothing is known yet.
    pub fn new() -> NativeStack {
        NativeStack(Cell::new(None))
    }

    /// Whether the stack that this runs on has room for compiling. A stack that the host has made itself, and of which the
    /// system does not know, counts as too small.
    pub fn has_room(&self) -> bool {
        let marker = MaybeUninit::<usize>::uninit();
        let here = core::ptr::from_ref(&marker) as usize;
        // SAFETY: has no conditions.
        let thread = unsafe { libc::pthread_self() };
        let known = self.0.get().filter(|b| b.thread == thread);
        let Some(b) = known.or_else(|| bounds(thread)) else {
            return false;
        };
        self.0.set(Some(b));
        here < b.high && here > b.low && here - b.low > NEEDED
    }
}

/// The bounds of the stack of the calling thread, which is `thread`.
fn bounds(thread: libc::pthread_t) -> Option<Bounds> {
    let mut attributes = MaybeUninit::uninit();
    let (mut low, mut size) = (core::ptr::null_mut(), 0);
    // SAFETY: the attributes are initialised when the first call succeeds, and destroyed once.
    unsafe {
        if libc::pthread_getattr_np(thread, attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let found = libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        found.then_some(Bounds {
            thread,
            low: low as usize,
            high: low as usize + size,
        })
    }
}
