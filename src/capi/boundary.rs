//! The boundary between Rust and C: calls of C functions, and the way back when one of them raises.
//!
//! A C function is called by the C shim, which notes a return point in `Global::boundary`. An API function that must
//! raise ends in [`raise`], which jumps to the innermost return point; the call then returns `Err` here. So a jump skips
//! frames of C code and the frame of the exported function, which holds nothing that would have to be dropped.
//!
//! Invariants
//! - `Global::boundary` is the innermost boundary whose C function has not returned yet, or null when the host runs
//!   outside of all.
//! - Nothing in the C library catches a foreign exception: it unwinds through, and the shim's cleanup restores
//!   `Global::boundary`. The C++ library has another shim (`shim/boundary.cc`): raising throws, and a foreign exception
//!   arrives here as `Throw::Foreign`.

use crate::error::{LResult, Throw};
use crate::object::State;
use crate::object::thread::Hook;
use crate::value::CFunction;
use core::ffi::{c_char, c_int, c_void};

/// A continuation as the host sees it.
pub type KFunction = unsafe extern "C-unwind" fn(*mut State, c_int, isize) -> c_int;
/// A reader of chunks as the host sees it.
pub type Reader = unsafe extern "C-unwind" fn(*mut State, *mut c_void, *mut usize) -> *const c_char;
/// A writer of chunks as the host sees it.
pub type Writer =
    unsafe extern "C-unwind" fn(*mut State, *const c_void, usize, *mut c_void) -> c_int;

/// The part of the shim's boundary that Rust reads.
#[repr(C)]
struct Boundary {
    prev: *mut Boundary,
    slot: *mut *mut Boundary,
    thread: *mut State,
}

type Innermost = *mut *mut c_void;

#[expect(improper_ctypes, reason = "the shim knows no field of a state")]
unsafe extern "C-unwind" {
    fn perilune_jump(boundary: *mut c_void, code: c_int) -> !;
    fn perilune_rethrow() -> !;
    fn perilune_forget();
    fn perilune_call_c(state: *mut State, f: CFunction, innermost: Innermost) -> c_int;
    fn perilune_call_k(
        state: *mut State,
        k: KFunction,
        status: c_int,
        ctx: isize,
        innermost: Innermost,
    ) -> c_int;
    fn perilune_call_hook(
        state: *mut State,
        hook: Hook,
        ar: *mut c_void,
        innermost: Innermost,
    ) -> c_int;
    fn perilune_call_reader(
        state: *mut State,
        reader: Reader,
        ud: *mut c_void,
        piece: *mut *const c_char,
        size: *mut usize,
        innermost: Innermost,
    ) -> c_int;
    fn perilune_call_writer(
        state: *mut State,
        writer: Writer,
        piece: *const c_void,
        size: usize,
        ud: *mut c_void,
        answer: *mut c_int,
        innermost: Innermost,
    ) -> c_int;
}

/// What the shim adds to the code of an error in place of a number of results.
const THROWN: c_int = c_int::MIN;
/// Above every code of an error.
const MAX_CODE: c_int = 8;

#[cold]
fn thrown(code: c_int) -> Throw {
    Throw::from_code(code).unwrap_or(Throw::Run)
}

/// What a C function ended with, in one word: the number of its results or, far below zero, the error it raised.
#[derive(Clone, Copy)]
pub struct Results(c_int);

impl Results {
    /// The same from the outcome of a function of this library.
    #[inline(always)]
    pub fn of(outcome: LResult<i32>) -> Results {
        Results(match outcome {
            Ok(n) => n,
            Err(t) => THROWN + t.code(),
        })
    }
    /// Whether it is an error.
    #[inline(always)]
    pub fn thrown(self) -> bool {
        self.0 < THROWN + MAX_CODE
    }
    /// The error, if it is one.
    #[cold]
    pub fn error(self) -> Throw {
        thrown(self.0.wrapping_sub(THROWN))
    }
    /// The number of results. (A negative one is a mistake that programs are known to make and to survive.)
    #[inline(always)]
    pub fn count(self) -> usize {
        self.0.max(0) as usize
    }
    #[inline(always)]
    fn outcome(self) -> LResult<i32> {
        if self.thrown() {
            return Err(self.error());
        }
        Ok(self.count() as i32)
    }
}

#[inline(always)]
fn outcome(code: c_int) -> LResult<()> {
    if code == 0 { Ok(()) } else { Err(thrown(code)) }
}

/// Calls a C function; the number of results on top.
#[inline(always)]
pub fn call_c(l: &State, f: CFunction) -> LResult<i32> {
    run_c(l, f).outcome()
}

/// As `call_c`, with the outcome in one word.
#[inline(always)]
pub fn run_c(l: &State, f: CFunction) -> Results {
    // SAFETY: `f` is a function that the host gave us for this purpose; `l` is live.
    let n = unsafe { perilune_call_c(l.as_ptr(), f, l.global().boundary.as_ptr()) };
    super::check::check_results(l, n);
    Results(n)
}

/// Calls the C continuation at address `k`; the number of results on top.
pub(crate) fn call_k(l: &State, k: usize, status: i32, ctx: isize) -> LResult<i32> {
    debug_assert!(k != 0);
    // SAFETY: a frame without `NATIVE_K` keeps the address of the `lua_KFunction` that the host gave us.
    let k = unsafe { core::mem::transmute::<usize, KFunction>(k) };
    // SAFETY: as for `run_c`.
    let n = unsafe { perilune_call_k(l.as_ptr(), k, status, ctx, l.global().boundary.as_ptr()) };
    super::check::check_results(l, n);
    Results(n).outcome()
}

/// Calls a hook with a `lua_Debug`.
pub(crate) fn call_hook(l: &State, hook: Hook, ar: *mut c_void) -> LResult<()> {
    // SAFETY: as for `run_c`; `ar` is a `lua_Debug` that the caller filled.
    outcome(unsafe { perilune_call_hook(l.as_ptr(), hook, ar, l.global().boundary.as_ptr()) })
}

/// Calls a reader; the piece of the chunk that it delivers, null or empty at the end.
pub(crate) fn call_reader(
    l: &State,
    reader: Reader,
    ud: *mut c_void,
) -> LResult<(*const c_char, usize)> {
    let (mut piece, mut size) = (core::ptr::null(), 0);
    let innermost = l.global().boundary.as_ptr();
    // SAFETY: as for `run_c`; the two results are written before the call returns 0.
    outcome(unsafe {
        perilune_call_reader(l.as_ptr(), reader, ud, &mut piece, &mut size, innermost)
    })?;
    Ok((piece, size))
}

/// Calls a writer with a piece of a chunk; its answer.
pub(crate) fn call_writer(
    l: &State,
    writer: Writer,
    piece: &[u8],
    ud: *mut c_void,
) -> LResult<c_int> {
    let mut answer = 0;
    let innermost = l.global().boundary.as_ptr();
    let (data, size) = (piece.as_ptr().cast(), piece.len());
    // SAFETY: as for `run_c`; `answer` is written before the call returns 0.
    outcome(unsafe {
        perilune_call_writer(l.as_ptr(), writer, data, size, ud, &mut answer, innermost)
    })?;
    Ok(answer)
}

/// Leaves the running C function with an error (or a yield) of `l`, whose value is on its top. Without a C function
/// to leave, the host's panic function has the last word.
#[cold]
pub fn raise(l: &State, mut t: Throw) -> ! {
    if t == Throw::Foreign {
        // SAFETY: the shim made this error of an exception, which it still keeps.
        unsafe { perilune_rethrow() }
    }
    let boundary = l.global().boundary.get();
    if boundary.is_null() {
        panic_now(l, t);
    }
    // SAFETY: a boundary that is not null belongs to a call of the shim that has not returned.
    let running = unsafe { &*(*boundary.cast::<Boundary>()).thread };
    if !core::ptr::eq(running, l) && t != Throw::Yield {
        t = hand_over(l, running, t);
    }
    // SAFETY: as above; the frames between here and the shim's are C code and an exported function.
    unsafe { perilune_jump(boundary, t.code()) }
}

/// To be called by what catches an error: an exception that it stands for ends here.
#[inline]
pub fn settle(t: Throw) {
    if t == Throw::Foreign {
        // SAFETY: the shim made this error of an exception, which nothing throws again.
        unsafe { perilune_forget() }
    }
}

/// Moves the error value of `l`, a thread that the running C function only uses, to the running thread.
fn hand_over(l: &State, running: &State, mut t: Throw) -> Throw {
    let idle = l.is_base_ci(l.ci()) || l.status.get() != 0;
    if idle {
        t = crate::vm::coroutine::abandon(l, t);
    }
    running.push(l.top.get().sub(1).get());
    if !idle {
        l.pop_n(1);
    }
    t
}

fn panic_now(l: &State, t: Throw) -> ! {
    crate::vm::coroutine::abandon(l, t);
    if let Some(panic) = l.global().panic.get() {
        // SAFETY: the host installed it for this purpose; it may jump out.
        unsafe { panic(l.as_ptr()) };
    }
    std::process::abort()
}
