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
/// What of the main thread's stack is taken to be there at most: systems leave twice as much below it, whatever its limit.
const MAX_MAIN: usize = 64 << 20;
/// What of it is taken not to be: the end of its limit is known only within some pages.
const UNSURE: usize = 64 << 10;

/// The limit of calls of compiled code where there are to be none: above everything.
pub const NO_CALLS: usize = usize::MAX;

/// The bounds of a stack.
#[derive(Clone, Copy)]
struct Bounds {
    low: usize,
    high: usize,
}

impl Bounds {
    fn contains(&self, address: usize) -> bool {
        self.low < address && address < self.high
    }
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
            let b = find_bounds(here)?;
            BOUNDS.set(Some(b));
            b
        }
    };
    b.contains(here).then_some((b, here))
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
fn find_bounds(here: usize) -> Option<Bounds> {
    main_bounds()
        .filter(|b| b.contains(here))
        .or_else(thread_bounds)
}

/// Bounds within those of the stack that the process has started on. Of that one the C library knows only what it reads in
/// the list of the process's mappings, which takes longer than compiling a loop does.
fn main_bounds() -> Option<Bounds> {
    // SAFETY: `getauxval` reads what the kernel has passed to the process, `getrlimit` writes to `limit`.
    let (name, limit) = unsafe {
        let mut limit = MaybeUninit::<libc::rlimit>::uninit();
        if libc::getrlimit(libc::RLIMIT_STACK, limit.as_mut_ptr()) != 0 {
            return None;
        }
        // The program's name lies behind everything else on that stack.
        let name = libc::getauxval(libc::AT_EXECFN) as usize;
        (name, limit.assume_init().rlim_cur)
    };
    let size = usize::try_from(limit).map_or(MAX_MAIN, |n| n.min(MAX_MAIN));
    Some(Bounds {
        low: name.checked_sub(size)? + UNSURE,
        high: name,
    })
}

/// The bounds that the C library knows.
fn thread_bounds() -> Option<Bounds> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_has_bounds_of_its_own() {
        let find = || {
            let marker = 0u8;
            let here = core::ptr::from_ref(&marker) as usize;
            let b = find_bounds(here);
            assert!(b.is_some_and(|b| b.contains(here)));
            b.map_or((0, 0), |b| (b.low, b.high))
        };
        let here = find();
        let there = std::thread::spawn(find).join();
        assert!(there.is_ok_and(|there| there.1 <= here.0 || here.1 <= there.0));
    }

    #[test]
    fn what_is_taken_to_be_the_main_stack_lies_in_its_mapping_and_limit() {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let line = maps.lines().find(|line| line.ends_with("[stack]"));
        let end = line.and_then(|line| line.split(['-', ' ']).nth(1));
        let end = end.and_then(|end| usize::from_str_radix(end, 16).ok());
        let (Some(b), Some(end)) = (main_bounds(), end) else {
            panic!("no stack");
        };
        assert!(
            b.high < end && end - b.high < UNSURE,
            "{:x} {end:x}",
            b.high
        );
        assert!(end - b.low < MAX_MAIN);
    }
}
