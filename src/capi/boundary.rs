//! The boundary between Rust and C: calls of C functions, and the way back when one of them raises.
//!
//! A C function is called by [`entry`] (on other machines than x86-64 by the C shim), which notes a return point in
//! `Global::boundary`. An API function that must raise ends in [`raise`], which jumps to the innermost return point; the
//! call then returns `Err` here. So a jump skips frames of C code and the frame of the exported function, which holds
//! nothing that would have to be dropped.
//!
//! A jump makes the processor mispredict every return up to the host's loop, so a function whose error or yield is the
//! last thing that a C function does (`return lua_yield(L, 1);`, compiled to a jump) returns instead: see [`leave`].
//!
//! Invariants
//! - `Global::boundary` is the innermost boundary whose C function has not returned yet, or null when the host runs
//!   outside of all.
//! - Nothing in the C library catches a foreign exception: it unwinds through, and the boundary's cleanup restores
//!   `Global::boundary`. The C++ library has functions of its own (`shim/boundary.cc`) for `perilune_enter`, `perilune_jump`
//!   and `perilune_run_in_frame`: raising throws, and a foreign exception arrives here as `Throw::Foreign`.

#[cfg(target_arch = "x86_64")]
mod entry;

use crate::error::{LResult, Throw};
use crate::object::thread::Hook;
use crate::object::{CallInfo, State};
use crate::value::CFunction;
use crate::vm::interp::Outcome;
use core::ffi::{c_char, c_int, c_void};
#[cfg(target_arch = "x86_64")]
use entry::{perilune_enter, perilune_jump};

/// A continuation as the host sees it.
pub type KFunction = unsafe extern "C-unwind" fn(*mut State, c_int, isize) -> c_int;
/// A reader of chunks as the host sees it.
pub type Reader = unsafe extern "C-unwind" fn(*mut State, *mut c_void, *mut usize) -> *const c_char;
/// A writer of chunks as the host sees it.
pub type Writer =
    unsafe extern "C-unwind" fn(*mut State, *const c_void, usize, *mut c_void) -> c_int;

/// The record of a boundary, as far as Rust reads it.
#[repr(C)]
struct Boundary {
    prev: *mut Boundary,
    thread: *mut State,
}

#[cfg(target_arch = "x86_64")]
impl Boundary {
    /// Makes the one before the innermost again.
    fn leave(&self) {
        // SAFETY: the thread whose function runs inside the boundary is live.
        let l = unsafe { &*self.thread };
        l.global().boundary.set(self.prev.cast());
    }
}

/// How a chunk is read; shared with the shim.
#[repr(C)]
struct Reading {
    reader: Reader,
    ud: *mut c_void,
    piece: *const c_char,
    size: usize,
}

/// How a chunk is written; shared with the shim.
#[repr(C)]
struct Writing {
    writer: Writer,
    ud: *mut c_void,
    answer: c_int,
}

#[expect(improper_ctypes, reason = "the shim knows no field of a state")]
unsafe extern "C-unwind" {
    fn perilune_rethrow() -> !;
    fn perilune_forget();
    fn perilune_run_hook(state: *mut State, ar: *mut c_void, hook: Hook) -> c_int;
    fn perilune_run_reader(state: *mut State, reading: *mut Reading) -> c_int;
    fn perilune_run_writer(
        state: *mut State,
        writing: *mut Writing,
        piece: *const c_void,
        size: usize,
    ) -> c_int;
}

#[cfg(not(target_arch = "x86_64"))]
#[expect(improper_ctypes, reason = "the shim knows no field of a state")]
unsafe extern "C-unwind" {
    fn perilune_enter(
        state: *mut State,
        a: *mut c_void,
        b: *mut c_void,
        c: *mut c_void,
        f: *const c_void,
    ) -> c_int;
    fn perilune_jump(boundary: *mut Boundary, result: c_int) -> !;
}

/// Where the state keeps its innermost boundary, for the shim.
///
/// # Safety
/// `state` is a live state.
#[unsafe(no_mangle)]
unsafe extern "C" fn perilune_innermost(state: *mut State) -> *mut *mut c_void {
    // SAFETY: contract of this function.
    unsafe { &*state }.global().boundary.as_ptr()
}

/// What a call that raised returns in place of a number of results, the code of the error added. Far below any number
/// of results: C functions return negative ones by mistake, which hosts survive.
const THROWN: c_int = c_int::MIN;
/// Above every code of an error.
const MAX_CODE: c_int = 8;

#[cold]
fn thrown(code: c_int) -> Throw {
    Throw::from_code(code).unwrap_or(Throw::Run)
}

/// What a C function ended with, in one word: the number of its results or, far below zero, the error it raised.
#[derive(Clone, Copy)]
#[repr(transparent)]
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

/// Calls `f`, a C function of the thread and three more arguments (some of which it may ignore), through a boundary.
///
/// # Safety
/// `f` may be called with these arguments.
#[inline(always)]
unsafe fn call(l: &State, f: *const c_void, [a, b, c]: [*mut c_void; 3]) -> Results {
    // SAFETY: contract of this function; the state is live, and so is what its threads share.
    Results(unsafe { perilune_enter(l.as_ptr(), a, b, c, f) })
}

/// With the feature `apicheck`: the function has as many values as it says.
#[inline(always)]
pub fn check_results(l: &State, results: Results) {
    super::check::check_results(l, results.0);
}

const NONE: *mut c_void = core::ptr::null_mut();

/// Calls a C function; the number of results on top.
#[inline(always)]
pub fn call_c(l: &State, f: CFunction) -> LResult<i32> {
    run(l, f).outcome()
}

/// Calls a C function.
#[inline(always)]
pub fn run(l: &State, f: CFunction) -> Results {
    // SAFETY: `f` is a function that the host gave us for this purpose.
    let results = unsafe { call(l, f as *const c_void, [NONE; 3]) };
    check_results(l, results);
    results
}

/// Calls a C function, whose frame is the current one and was called from the frame `caller`, and goes on in
/// `interp::perilune_after_c_function`.
#[inline(always)]
pub fn run_in_frame(l: &State, f: CFunction, caller: &CallInfo) -> Outcome {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: as for `call_c`.
    return unsafe { entry::perilune_run_in_frame(l.as_ptr(), f, caller) };
    #[cfg(not(target_arch = "x86_64"))]
    {
        // SAFETY: as for `call_c`.
        let results = unsafe { call(l, f as *const c_void, [NONE; 3]) };
        crate::vm::interp::perilune_after_c_function(l, results, caller)
    }
}

/// Calls the C continuation at address `k`; the number of results on top.
pub(crate) fn call_k(l: &State, k: usize, status: i32, ctx: isize) -> LResult<i32> {
    debug_assert!(k != 0);
    let args = [status as usize as *mut c_void, ctx as *mut c_void, NONE];
    // SAFETY: a frame without `NATIVE_K` keeps the address of the `lua_KFunction` that the host gave us.
    let results = unsafe { call(l, k as *const c_void, args) };
    check_results(l, results);
    results.outcome()
}

/// Calls a hook with a `lua_Debug`.
pub(crate) fn call_hook(l: &State, hook: Hook, ar: *mut c_void) -> LResult<()> {
    let args = [ar, hook as *mut c_void, NONE];
    // SAFETY: as for `call_c`; `ar` is a `lua_Debug` that the caller filled.
    unsafe { call(l, perilune_run_hook as *const c_void, args) }
        .outcome()
        .map(|_| ())
}

/// Calls a reader; the piece of the chunk that it delivers, null or empty at the end.
pub(crate) fn call_reader(
    l: &State,
    reader: Reader,
    ud: *mut c_void,
) -> LResult<(*const c_char, usize)> {
    let (piece, size) = (core::ptr::null(), 0);
    let mut r = Reading {
        reader,
        ud,
        piece,
        size,
    };
    let args = [(&raw mut r).cast(), NONE, NONE];
    // SAFETY: as for `call_c`; the two results are written before the call returns 0.
    unsafe { call(l, perilune_run_reader as *const c_void, args) }.outcome()?;
    Ok((r.piece, r.size))
}

/// Calls a writer with a piece of a chunk; its answer.
pub(crate) fn call_writer(
    l: &State,
    writer: Writer,
    piece: &[u8],
    ud: *mut c_void,
) -> LResult<c_int> {
    let mut w = Writing {
        writer,
        ud,
        answer: 0,
    };
    let (data, size) = (piece.as_ptr() as *mut c_void, piece.len() as *mut c_void);
    let args = [(&raw mut w).cast(), data, size];
    // SAFETY: as for `call_c`; `answer` is written before the call returns 0.
    unsafe { call(l, perilune_run_writer as *const c_void, args) }.outcome()?;
    Ok(w.answer)
}

/// `with_return_slot!(register, f(a, b))`: the body of an exported function, calls `f(a, b, return_slot)`, where `return_slot` is
/// the place of the running function's return address (null where that is not known). `register` is the one that the
/// argument behind the others is passed in.
macro_rules! with_return_slot {
    ($register:literal, $f:ident($($arg:ident),*)) => {{
        #[cfg(target_arch = "x86_64")]
        core::arch::naked_asm!(concat!("mov ", $register, ", rsp"), "jmp {}", sym $f);
        #[cfg(not(target_arch = "x86_64"))]
        $f($($arg),*, core::ptr::null_mut())
    }};
}
pub(super) use with_return_slot;

/// As `raise`, for an exported function whose return address is at `return_slot`. If that is the running C function's
/// own, the exported function has been called in its place: what it returns is what the boundary gets, and returning is
/// better than a jump (yields of this kind take 0.6 of the time).
pub(super) fn leave(l: &State, t: Throw, return_slot: *mut c_void) -> c_int {
    let boundary = l.global().boundary.get().cast::<Boundary>();
    if t == Throw::Foreign
        || boundary
            .cast::<c_void>()
            .wrapping_byte_sub(size_of::<usize>())
            != return_slot
    {
        raise(l, t);
    }
    // SAFETY: a frame of this thread of execution is right below the boundary, which therefore exists.
    if !core::ptr::eq(unsafe { (*boundary).thread }, l) {
        raise(l, t);
    }
    THROWN + t.code()
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
    // SAFETY: a boundary that is not null belongs to a call that has not returned.
    let running = unsafe { &*(*boundary.cast::<Boundary>()).thread };
    if !core::ptr::eq(running, l) && t != Throw::Yield {
        t = hand_over(l, running, t);
    }
    // SAFETY: as above; the frames between here and the boundary's are C code and an exported function.
    unsafe { perilune_jump(boundary.cast(), THROWN + t.code()) }
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
