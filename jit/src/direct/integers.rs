//! Arithmetic of integers.

use super::Direct;
use super::asm::{Address, Flag, Rm, at, emit, gpr};
use super::registers::{INT, Loc, SCRATCH, Set, one};
use crate::codegen::reciprocal;
use crate::ir::{BinOp, Ref};
use cranelift_assembler_x64::{NonRspGpr, Scale};

/// What division uses.
const DIVISION: Set = one(gpr::RAX) | one(gpr::RDX);
/// A division cannot trap: recorded guards exclude 0, and -1 is taken care of.
const NO_TRAP: cranelift_assembler_x64::TrapCode =
    cranelift_assembler_x64::TrapCode(std::num::NonZeroU8::MIN);

impl Direct<'_> {
    /// An operation on two integers.
    pub fn int_bin(&mut self, r: Ref, op: BinOp, a: Ref, b: Ref) {
        match op {
            BinOp::Shl | BinOp::Shr | BinOp::Sar => return self.shift(r, op, a, b),
            BinOp::DivFloor | BinOp::ModFloor => return self.division(r, op, a, b),
            _ => {}
        }
        let (a, b) = if op.commutes() && self.better_second(a, b) {
            (b, a)
        } else {
            (a, b)
        };
        if let Some(k) = self.small(b) {
            return self.int_bin_constant(r, op, a, k);
        }
        if op == BinOp::Add && self.sum_elsewhere(r, a, b) {
            return;
        }
        let second = self.operand(b);
        let to = self.copy_of(a, r, 0);
        let asm = &mut self.asm;
        match op {
            BinOp::Add => emit!(asm, addq_rm, to, second),
            BinOp::Sub => emit!(asm, subq_rm, to, second),
            BinOp::Mul => emit!(asm, imulq_rm, to, second),
            BinOp::And => emit!(asm, andq_rm, to, second),
            BinOp::Or => emit!(asm, orq_rm, to, second),
            BinOp::Xor => emit!(asm, xorq_rm, to, second),
            _ => unreachable!("{op:?} is not for here"),
        }
    }

    /// Whether the operands should change places: constants come second, and values that die first.
    fn better_second(&self, a: Ref, b: Ref) -> bool {
        if self.is_constant(a) || self.is_constant(b) {
            return self.is_constant(a) && !self.is_constant(b);
        }
        let dies = |r| self.regs.register(r).is_some() && self.uses.dies(r, self.now);
        !dies(a) && dies(b)
    }

    /// A sum of two registers that both live on, without a copy of one.
    fn sum_elsewhere(&mut self, r: Ref, a: Ref, b: Ref) -> bool {
        let stays = |d: &Self, r| d.regs.register(r).is_some() && !d.uses.dies(r, d.now);
        if !stays(self, a) || !stays(self, b) {
            return false;
        }
        let (base, index) = (self.in_register(a), self.in_register(b));
        let to = self.allocate(INT, r, 0);
        let sum = Address::ImmRegRegShift {
            base,
            index: NonRspGpr::new(index),
            scale: Scale::One,
            simm32: 0.into(),
            trap: None,
        };
        emit!(&mut self.asm, leaq_rm, to, sum);
        true
    }

    fn int_bin_constant(&mut self, r: Ref, op: BinOp, a: Ref, k: i32) {
        let stays = self.regs.register(a).is_some() && !self.uses.dies(a, self.now);
        let added = match op {
            BinOp::Add => Some(k),
            BinOp::Sub => k.checked_neg(),
            _ => None,
        };
        if let (true, Some(k)) = (stays, added) {
            let from = at(self.in_register(a), k);
            let to = self.allocate(INT, r, 0);
            emit!(&mut self.asm, leaq_rm, to, from);
            return;
        }
        if op == BinOp::Mul {
            let from = self.operand(a);
            let to = self.allocate(INT, r, 0);
            emit!(&mut self.asm, imulq_rmi_sxl, to, from, k);
            return;
        }
        let to = self.copy_of(a, r, 0);
        let asm = &mut self.asm;
        match (op, i8::try_from(k)) {
            (BinOp::Add, Ok(k)) => emit!(asm, addq_mi_sxb, to, k),
            (BinOp::Add, _) => emit!(asm, addq_mi_sxl, to, k),
            (BinOp::Sub, Ok(k)) => emit!(asm, subq_mi_sxb, to, k),
            (BinOp::Sub, _) => emit!(asm, subq_mi_sxl, to, k),
            (BinOp::And, Ok(k)) => emit!(asm, andq_mi_sxb, to, k),
            (BinOp::And, _) => emit!(asm, andq_mi_sxl, to, k),
            (BinOp::Or, Ok(k)) => emit!(asm, orq_mi_sxb, to, k),
            (BinOp::Or, _) => emit!(asm, orq_mi_sxl, to, k),
            (BinOp::Xor, Ok(k)) => emit!(asm, xorq_mi_sxb, to, k),
            (BinOp::Xor, _) => emit!(asm, xorq_mi_sxl, to, k),
            _ => unreachable!("{op:?} is not for here"),
        }
    }

    /// The machine's shifts take the count from cl.
    fn shift(&mut self, r: Ref, op: BinOp, a: Ref, b: Ref) {
        if let Some(k) = self.t.as_int(b) {
            let to = self.copy_of(a, r, 0);
            let negated = self.addresses.is_negated(r);
            let (asm, k) = (&mut self.asm, (k & 63) as u8);
            match op {
                _ if negated => emit!(asm, negq_m, to),
                BinOp::Shl => emit!(asm, shlq_mi, to, k),
                BinOp::Shr => emit!(asm, shrq_mi, to, k),
                _ => emit!(asm, sarq_mi, to, k),
            }
            return;
        }
        let rcx = one(gpr::RCX);
        if self.regs.register(b) != Some(gpr::RCX) {
            self.clear(INT, gpr::RCX, 0);
            self.move_to(Loc::Int(gpr::RCX), self.loc(b));
        }
        self.regs.pinned[INT] |= rcx;
        let to = self.copy_of(a, r, rcx);
        let asm = &mut self.asm;
        match op {
            BinOp::Shl => emit!(asm, shlq_mc, to, gpr::RCX),
            BinOp::Shr => emit!(asm, shrq_mc, to, gpr::RCX),
            _ => emit!(asm, sarq_mc, to, gpr::RCX),
        }
    }

    fn division(&mut self, r: Ref, op: BinOp, a: Ref, b: Ref) {
        match (self.t.as_int(b), op) {
            (Some(-1), BinOp::DivFloor) => {
                let to = self.copy_of(a, r, 0);
                emit!(&mut self.asm, negq_m, to);
            }
            (Some(-1), _) => {
                let to = self.allocate(INT, r, 0);
                self.load_constant(Loc::Int(to), 0);
            }
            (Some(d @ 2..), _) => self.divide_by_multiplying(r, op, a, d),
            _ => self.divide(r, op, a, b),
        }
    }

    /// Frees rax and rdx for a division; says what is divided, which is elsewhere.
    fn dividend(&mut self, a: Ref) -> Rm {
        for reg in [gpr::RAX, gpr::RDX] {
            self.clear(INT, reg, DIVISION);
        }
        self.regs.pinned[INT] |= DIVISION;
        self.operand(a)
    }

    /// The result is in one of the registers of a division.
    fn result_in(&mut self, reg: u8, r: Ref) {
        self.regs.put(INT, reg, r);
    }

    /// A division by a constant of at least 2, rounded down: the complement of a negative dividend is divided, and the
    /// quotient's complement taken.
    fn divide_by_multiplying(&mut self, r: Ref, op: BinOp, a: Ref, d: i64) {
        let (factor, shift) = reciprocal(d);
        let dividend = self.dividend(a);
        let asm = &mut self.asm;
        emit!(asm, movq_rm, SCRATCH, dividend);
        emit!(asm, sarq_mi, SCRATCH, 63);
        emit!(asm, movq_rm, gpr::RAX, dividend);
        emit!(asm, xorq_rm, gpr::RAX, SCRATCH);
        emit!(asm, movabsq_oi, gpr::RDX, factor);
        emit!(asm, mulq_m, gpr::RAX, gpr::RDX, gpr::RDX);
        emit!(asm, shrq_mi, gpr::RDX, shift as u8);
        emit!(asm, xorq_rm, gpr::RDX, SCRATCH);
        if op == BinOp::DivFloor {
            return self.result_in(gpr::RDX, r);
        }
        self.load_constant(Loc::Int(SCRATCH), d as u64);
        let asm = &mut self.asm;
        emit!(asm, imulq_rm, gpr::RDX, SCRATCH);
        emit!(asm, movq_rm, gpr::RAX, dividend);
        emit!(asm, subq_rm, gpr::RAX, gpr::RDX);
        self.result_in(gpr::RAX, r);
    }

    /// A division, rounded down: the truncated quotient less one, the remainder and the divisor, where the remainder's sign
    /// is not the divisor's. The machine traps when the least integer is divided by -1.
    fn divide(&mut self, r: Ref, op: BinOp, a: Ref, b: Ref) {
        let dividend = self.dividend(a);
        let divisor = Loc::Int(SCRATCH);
        self.bring(divisor, b);
        let (plain, done) = (self.asm.label(), self.asm.label());
        self.compare_with(Rm::Gpr(SCRATCH), -1);
        let asm = &mut self.asm;
        asm.jump_if(Flag::NotEqual, plain);
        emit!(asm, movq_rm, gpr::RAX, dividend);
        emit!(asm, negq_m, gpr::RAX);
        emit!(asm, xorl_rm, gpr::RDX, gpr::RDX);
        asm.jump(done);
        asm.bind(plain);
        emit!(asm, movq_rm, gpr::RAX, dividend);
        emit!(asm, cqto_zo, gpr::RDX, gpr::RAX);
        emit!(asm, idivq_m, gpr::RAX, gpr::RDX, SCRATCH, NO_TRAP);
        emit!(asm, testq_mr, gpr::RDX, gpr::RDX);
        asm.jump_if(Flag::Equal, done);
        if op == BinOp::DivFloor {
            emit!(asm, xorq_rm, gpr::RDX, SCRATCH);
            asm.jump_if(Flag::NoSign, done);
            emit!(asm, addq_mi_sxb, gpr::RAX, -1);
        } else {
            emit!(asm, movq_rm, gpr::RAX, gpr::RDX);
            emit!(asm, xorq_rm, gpr::RAX, SCRATCH);
            asm.jump_if(Flag::NoSign, done);
            emit!(asm, addq_rm, gpr::RDX, SCRATCH);
        }
        asm.bind(done);
        let result = if op == BinOp::DivFloor {
            gpr::RAX
        } else {
            gpr::RDX
        };
        self.result_in(result, r);
    }
}
