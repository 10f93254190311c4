//! How much of the native stack is left: compiling needs far more of it than the interpreter, compiled code that calls
//! itself takes some for each level, and hosts run Lua in threads with small stacks.

use core::cell::Cell;
use core::mem::MaybeUninit;

/// Bytes that compiling is given; it was seen to use 112 KiB.
const NEEDED: usize = 256 << 10;
/// Bytes that calls of compiled code leave to whatever they call.
const RESERVE: usize = 512 << 10;
/// Bytes that calls of compiled code may use.
const BUDGET: usize = 1 << 20;

/// The limit of calls of compiled code where there are to be none: above everything.
pub const NO_CALLS: usize = usize::MAX;

/// The bounds of a stack.
#[derive(Clone, Copy)]
struct Bounds {
    low: usize,
    high: usize,
}

thread_local! {
    /// The bounds of this thread's stack, once somebody has asked.
    static BOUNDS: Cell<Option<Bounds>> = const { Cell::new(None) };
}

/// The bounds of the stack that this runs on, and where on it. A stack that the host has made itself, and of which the
/// system does not know, has none.
#[inline]
fn bounds() -> Option<(Bounds, usize)> {
    let marker = MaybeUninit::<usize>::uninit();
    let here = core::ptr::from_ref(&marker) as usize;
    let b = match BOUNDS.get() {
        Some(b) => b,
        None => {
            let b = find_bounds()?;
            BOUNDS.set(Some(b));
            b
        }
    };
    (b.low < here && here < b.high).then_some((b, here))
}

/// Whether there is room for compiling.
pub fn has_room() -> bool {
    bounds().is_some_and(|(b, here)| here - b.low > NEEDED)
}

/// The lowest address that calls of compiled code may reach, `BUDGET` below here at most; [`NO_CALLS`].
#[inline]
pub fn limit() -> usize {
    match bounds() {
        Some((b, here)) if here - b.low > RESERVE => (b.low + RESERVE).max(here - BUDGET),
        _ => NO_CALLS,
    }
}

/// Whether this runs where calls may be made down to `limit`, of the same stack.
#[inline]
pub fn is_above(limit: usize) -> bool {
    let marker = MaybeUninit::<usize>::uninit();
    let here = core::ptr::from_ref(&marker) as usize;
    limit <= here && here - limit <= BUDGET
}

/// The bounds of the stack that the system has given to the calling thread.
#[cold]
fn find_bounds() -> Option<Bounds> {
    let mut attributes = MaybeUninit::uninit();
    let (mut low, mut size) = (core::ptr::null_mut(), 0);
    // SAFETY: the attributes are initialised when the first call succeeds, and destroyed once.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let found = libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        found.then_some(Bounds {
            low: low as usize,
            high: low as usize + size,
        })
    }
}
