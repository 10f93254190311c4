//! The ways into traces and out of them, where no trace is on the other side.

use super::asm::{Assembler, at, emit, gpr};
use super::exits;
use super::frame::{passed, stack_bytes};
use super::registers::{Loc, SCRATCH, SCRATCH_NUM};
use crate::code::{LEFT, Made, SpillArea};
use std::mem::offset_of;

/// What lies between the stack pointer and the parameters on the stack: the return address.
const ABOVE: i32 = 8;

/// A C function of (state, base, code), which enters the code.
pub fn enter() -> Made {
    let mut asm = Assembler::new(false);
    let code = &mut asm;
    emit!(code, pushq_o, gpr::RBP);
    emit!(code, movq_rm, gpr::RBP, gpr::RSP);
    emit!(code, movq_rm, SCRATCH, gpr::RDX);
    emit!(code, movl_oi, gpr::RDX, exits::NO_EXIT);
    emit!(code, callq_m, SCRATCH);
    emit!(code, popq_o, gpr::RBP);
    code.ret(0);
    let (bytes, listing) = asm.finish(Assembler::new(false));
    Made {
        bytes,
        saved: Vec::new(),
        listing,
    }
}

/// What the cell of an exit that passes so many integers and doubles leads to at first: it leaves everything in the spill
/// area and returns the exit's number, marked.
pub fn stub(ints: usize, nums: usize, spill: *const SpillArea) -> Vec<u8> {
    let mut asm = Assembler::new(false);
    let code = &mut asm;
    emit!(code, movabsq_oi, SCRATCH, spill as u64);
    let base = at(SCRATCH, offset_of!(SpillArea, base) as i32);
    emit!(code, movq_mr, base, gpr::RSI);
    for n in 0..ints + nums {
        let to = at(SCRATCH, (offset_of!(SpillArea, values) + 8 * n) as i32);
        match passed(ints, n, ABOVE) {
            Loc::Int(reg) => emit!(code, movq_mr, to, reg),
            Loc::Num(reg) => emit!(code, movsd_c_m, to, reg),
            Loc::Mem(offset) => {
                emit!(code, movsd_a_m, SCRATCH_NUM, at(gpr::RSP, offset));
                emit!(code, movsd_c_m, to, SCRATCH_NUM);
            }
        }
    }
    emit!(code, movabsq_oi, gpr::RAX, LEFT);
    emit!(code, orq_rm, gpr::RAX, gpr::RDX);
    let bytes = stack_bytes(ints, nums);
    code.ret(u16::try_from(bytes).expect("parameters take less than 64 KiB"));
    asm.finish(Assembler::new(false)).0
}
