//! Arithmetic of doubles, and what is between them and integers.

use super::Direct;
use super::asm::{Flag, emit};
use super::registers::{INT, Loc, NUM, SCRATCH_NUM};
use crate::ir::{BinOp, Ref, UnOp};

/// The sign of a double.
const SIGN: u64 = 1 << 63;
/// `roundsd`: down and up, without a report of inexact results.
const DOWN: u8 = 0b1001;
const UP: u8 = 0b1010;

impl Direct<'_> {
    /// An operation on two doubles.
    pub fn num_bin(&mut self, r: Ref, op: BinOp, a: Ref, b: Ref) {
        let second = self.num_operand(b);
        let to = self.copy_of(a, r, 0);
        let asm = &mut self.asm;
        match op {
            BinOp::FAdd => emit!(asm, addsd_a, to, second),
            BinOp::FSub => emit!(asm, subsd_a, to, second),
            BinOp::FMul => emit!(asm, mulsd_a, to, second),
            BinOp::FDiv => emit!(asm, divsd_a, to, second),
            _ => unreachable!("{op:?} is for integers"),
        }
    }

    /// An operation on one value.
    pub fn un(&mut self, r: Ref, op: UnOp, a: Ref) {
        match op {
            UnOp::Neg => {
                let to = self.copy_of(a, r, 0);
                emit!(&mut self.asm, negq_m, to);
            }
            UnOp::Not => {
                let to = self.copy_of(a, r, 0);
                emit!(&mut self.asm, notq_m, to);
            }
            UnOp::FNeg => {
                let to = self.copy_of(a, r, 0);
                let sign = self.bits_in_scratch(SIGN);
                emit!(&mut self.asm, xorps_a, to, sign);
            }
            UnOp::FAbs => {
                let to = self.copy_of(a, r, 0);
                let rest = self.bits_in_scratch(!SIGN);
                emit!(&mut self.asm, andps_a, to, rest);
            }
            UnOp::FSqrt | UnOp::FFloor | UnOp::FCeil => self.rounding(r, op, a),
            UnOp::ToNum => {
                let from = self.operand(a);
                let to = self.allocate(NUM, r, 0);
                // The instruction keeps half of the register, and would wait for it.
                emit!(&mut self.asm, xorps_a, to, to);
                emit!(&mut self.asm, cvtsi2sdq_a, to, from);
            }
            UnOp::ToInt => self.truncate(r, a),
            UnOp::Bits => {
                let from = self.in_register(a);
                let to = self.allocate(INT, r, 0);
                self.move_to(Loc::Int(to), Loc::Num(from));
            }
            UnOp::FromBits => {
                let from = self.in_register(a);
                let to = self.allocate(NUM, r, 0);
                self.move_to(Loc::Num(to), Loc::Int(from));
            }
        }
    }

    fn rounding(&mut self, r: Ref, op: UnOp, a: Ref) {
        let from = self.in_register(a);
        let to = self.allocate(NUM, r, 0);
        let asm = &mut self.asm;
        match op {
            UnOp::FSqrt => emit!(asm, sqrtsd_a, to, from),
            UnOp::FFloor => emit!(asm, roundsd_rmi, to, from, DOWN),
            _ => emit!(asm, roundsd_rmi, to, from, UP),
        }
    }

    /// Towards zero; the machine gives the least integer for all that it cannot convert.
    fn truncate(&mut self, r: Ref, a: Ref) {
        let from = self.in_register(a);
        let to = self.allocate(INT, r, 0);
        let (done, ordered) = (self.asm.label(), self.asm.label());
        let asm = &mut self.asm;
        emit!(asm, cvttsd2si_aq, to, from);
        emit!(asm, cmpq_mi_sxb, to, 1);
        asm.jump_if(Flag::NoOverflow, done);
        emit!(asm, xorps_a, SCRATCH_NUM, SCRATCH_NUM);
        emit!(asm, ucomisd_a, from, SCRATCH_NUM);
        self.load_constant(Loc::Int(to), 0);
        let asm = &mut self.asm;
        asm.jump_if(Flag::Parity, done);
        asm.jump_if(Flag::AboveEqual, ordered);
        self.load_constant(Loc::Int(to), i64::MIN as u64);
        self.asm.jump(done);
        self.asm.bind(ordered);
        self.load_constant(Loc::Int(to), i64::MAX as u64);
        self.asm.bind(done);
    }
}
