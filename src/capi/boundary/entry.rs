//! Entering a C function through a boundary, and jumping back to it, on x86-64 (elsewhere the C shim does it).
//!
//! The record of a boundary is what these functions push. Below it the call puts its return address, so a jump is a
//! return of the C function from wherever it is: the registers that a function must keep are loaded from the record, the
//! stack pointer is the record's address, and execution goes on behind the call with the code of the error as result. A
//! function that returns by itself has kept those registers, so that nothing is loaded then.
//!
//! The C++ library is linked with other functions of these names (`shim/boundary.cc`), which come first.
//!
//! A foreign exception that passes through takes the boundary away: their frames' personality does it, as the cleanup
//! of a C++ frame would, without a landing pad.

use super::Boundary;
use crate::global::Global;
use crate::object::{CallInfo, State};
use crate::value::CFunction;
use crate::vm::interp::{self, Outcome};
use core::arch::naked_asm;
use core::ffi::{c_int, c_void};
use core::mem::offset_of;

unsafe extern "C" {
    fn _Unwind_GetCFA(context: *mut c_void) -> usize;
}

const CLEANUP_PHASE: c_int = 2;
const CONTINUE_UNWIND: c_int = 8;

/// Called by the unwinder for the frames below.
unsafe extern "C" fn personality(
    _version: c_int,
    actions: c_int,
    _class: u64,
    _exception: *mut c_void,
    context: *mut c_void,
) -> c_int {
    if actions & CLEANUP_PHASE != 0 {
        // SAFETY: the unwinder calls this with its context, whose address is the stack pointer at the call: the record.
        let here = unsafe { &*(_Unwind_GetCFA(context) as *const Boundary) };
        here.leave();
    }
    CONTINUE_UNWIND
}

/// Pushes a register.
macro_rules! save {
    ($register:literal) => {
        concat!(
            "push ",
            $register,
            "\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset ",
            $register,
            ", 0\n"
        )
    };
}
/// Pushes the record of a boundary for the thread in `rdi`, which becomes the innermost one, and calls the function in the
/// register `$f`. `$caller` is the register with the frame that called the current one, if somebody wants to know later.
macro_rules! call_inside {
    ($caller:literal, $f:literal) => {
        concat!(
            ".cfi_startproc\n.cfi_personality 0x1b, {personality}\n",
            save!("rbp"),
            save!("rbx"),
            save!("r12"),
            save!("r13"),
            save!("r14"),
            save!("r15"),
            "mov r11, [rdi + {global}]\n",
            "push ",
            $caller,
            "\npush rdi\n",
            "push qword ptr [r11 + {innermost}]\n",
            ".cfi_adjust_cfa_offset 24\n",
            "mov [r11 + {innermost}], rsp\n",
            "call ",
            $f,
        )
    };
}
/// Takes the boundary away, but not the registers in its record: the thread is in `rdi` and the caller's frame in `rdx`
/// then.
macro_rules! leave {
    () => {
        concat!(
            "pop rcx\npop rdi\npop rdx\n.cfi_adjust_cfa_offset -24\n",
            "mov r11, [rdi + {global}]\n",
            "mov [r11 + {innermost}], rcx\n",
            "add rsp, 48\n.cfi_adjust_cfa_offset -48",
        )
    };
}

/// Calls `f` with up to four arguments, the first of which is the thread; what it returned, or what a jump to this
/// boundary brought.
///
/// # Safety
/// `f` may be called with these arguments.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub(super) unsafe extern "C-unwind" fn perilune_enter(
    state: *mut State,
    a: *mut c_void,
    b: *mut c_void,
    c: *mut c_void,
    f: *const c_void,
) -> c_int {
    naked_asm!(
        ".hidden {me}",
        call_inside!("r8", "r8"),
        leave!(),
        "ret",
        ".cfi_endproc",
        me = sym perilune_enter,
        personality = sym personality,
        global = const State::GLOBAL,
        innermost = const offset_of!(Global, boundary),
    )
}

/// Calls the C function `f`, whose frame is the current one and was called from the frame `caller`, and goes on in
/// `interp::perilune_after_c_function`: a handler enters this by a jump, so that no register is saved twice.
///
/// # Safety
/// As for `perilune_enter`.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub(super) unsafe extern "C-unwind" fn perilune_run_in_frame(
    state: *mut State,
    f: CFunction,
    caller: &CallInfo,
) -> Outcome {
    naked_asm!(
        ".hidden {me}",
        call_inside!("rdx", "rsi"),
        leave!(),
        "mov esi, eax",
        "jmp {after}",
        ".cfi_endproc",
        me = sym perilune_run_in_frame,
        personality = sym personality,
        after = sym interp::perilune_after_c_function,
        global = const State::GLOBAL,
        innermost = const offset_of!(Global, boundary),
    )
}

/// Returns `result` from the call that the boundary was made for.
///
/// # Safety
/// The boundary's call is running, and no frame inside it owns anything.
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub(super) unsafe extern "C-unwind" fn perilune_jump(boundary: *mut Boundary, result: c_int) -> ! {
    naked_asm!(
        "mov r15, [rdi + 24]",
        "mov r14, [rdi + 32]",
        "mov r13, [rdi + 40]",
        "mov r12, [rdi + 48]",
        "mov rbx, [rdi + 56]",
        "mov rbp, [rdi + 64]",
        "mov rsp, rdi",
        "mov eax, esi",
        "jmp [rdi - 8]",
    )
}
