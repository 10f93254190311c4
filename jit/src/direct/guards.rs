//! Comparisons, and what depends on them.

use super::Direct;
use super::asm::{Flag, Rm, emit};
use super::registers::{INT, SCRATCH, SCRATCH_NUM};
use crate::ir::{Cc, Ref, SnapId, Ty};

/// What the flags say after a comparison when the condition holds.
#[derive(Clone, Copy)]
pub enum Test {
    /// The flag.
    Is(Flag),
    /// Equal, and not unordered.
    Equal,
    /// Not equal, or unordered.
    NotEqual,
}

/// The flag of a condition on integers.
fn int_flag(cc: Cc) -> Flag {
    match cc {
        Cc::Eq => Flag::Equal,
        Cc::Ne => Flag::NotEqual,
        Cc::Lt => Flag::Less,
        Cc::Le => Flag::LessEqual,
        Cc::Gt => Flag::Greater,
        Cc::Ge => Flag::GreaterEqual,
        Cc::ULt => Flag::Below,
        Cc::ULe => Flag::BelowEqual,
        Cc::UGt => Flag::Above,
        Cc::UGe => Flag::AboveEqual,
        _ => unreachable!("{cc:?} is for doubles"),
    }
}

/// Whether the operands of a comparison of doubles change places, and what it tests then. Unordered doubles set the flags
/// as a smaller first operand and an equal one do, both at once.
fn num_test(cc: Cc) -> (bool, Test) {
    match cc {
        Cc::FEq => (false, Test::Equal),
        Cc::FNe => (false, Test::NotEqual),
        Cc::FLt => (true, Test::Is(Flag::Above)),
        Cc::FLe => (true, Test::Is(Flag::AboveEqual)),
        Cc::FGt => (false, Test::Is(Flag::Above)),
        Cc::FGe => (false, Test::Is(Flag::AboveEqual)),
        Cc::FNlt => (true, Test::Is(Flag::BelowEqual)),
        Cc::FNle => (true, Test::Is(Flag::Below)),
        Cc::FNgt => (false, Test::Is(Flag::BelowEqual)),
        Cc::FNge => (false, Test::Is(Flag::Below)),
        _ => unreachable!("{cc:?} is for integers"),
    }
}

impl Direct<'_> {
    /// A constant that instructions can hold.
    pub fn small(&self, r: Ref) -> Option<i32> {
        self.t.as_int(r).and_then(|k| i32::try_from(k).ok())
    }

    /// Compares, and says what to test.
    pub fn compare(&mut self, cc: Cc, a: Ref, b: Ref) -> Test {
        if cc.ty() == Ty::Num {
            return self.compare_nums(cc, a, b);
        }
        if self.is_constant(a) && !self.is_constant(b) {
            self.compare_ints(b, a);
            return Test::Is(int_flag(cc.swapped()));
        }
        self.compare_ints(a, b);
        Test::Is(int_flag(cc))
    }

    fn compare_ints(&mut self, a: Ref, b: Ref) {
        let first = self.operand(a);
        if let Some(k) = self.small(b) {
            self.compare_with(first, k);
            return;
        }
        let second = self.operand(b);
        match (first, second) {
            (Rm::Gpr(first), second) => emit!(&mut self.asm, cmpq_rm, first, second),
            (first, Rm::Gpr(second)) => emit!(&mut self.asm, cmpq_mr, first, second),
            (first, second) => {
                emit!(&mut self.asm, movq_rm, SCRATCH, first);
                emit!(&mut self.asm, cmpq_rm, SCRATCH, second);
            }
        }
    }

    /// Compares with a constant.
    pub fn compare_with(&mut self, first: Rm, k: i32) {
        let asm = &mut self.asm;
        match (first, i8::try_from(k)) {
            (Rm::Gpr(reg), Ok(0)) => emit!(asm, testq_mr, reg, reg),
            (first, Ok(k)) => emit!(asm, cmpq_mi_sxb, first, k),
            (first, _) => emit!(asm, cmpq_mi, first, k),
        }
    }

    fn compare_nums(&mut self, cc: Cc, a: Ref, b: Ref) -> Test {
        let (swapped, test) = num_test(cc);
        let (a, b) = if swapped { (b, a) } else { (a, b) };
        let first = self.in_register(a);
        let second = self.num_operand(b);
        emit!(&mut self.asm, ucomisd_a, first, second);
        test
    }

    /// Leaves through the snapshot unless the condition holds.
    pub fn guard(&mut self, cc: Cc, a: Ref, b: Ref, snap: SnapId) {
        let test = self.compare(cc, a, b);
        self.leave_unless(test, snap);
    }

    /// Leaves through the snapshot unless the test of the flags holds.
    pub fn leave_unless(&mut self, test: Test, snap: SnapId) {
        let stub = self.stub(snap);
        match test {
            Test::Is(flag) => self.asm.jump_if(flag.negated(), stub),
            Test::Equal => {
                self.asm.jump_if(Flag::NotEqual, stub);
                self.asm.jump_if(Flag::Parity, stub);
            }
            Test::NotEqual => {
                let holds = self.asm.label();
                self.asm.jump_if(Flag::Parity, holds);
                self.asm.jump_if(Flag::Equal, stub);
                self.asm.bind(holds);
            }
        }
    }

    /// 1 if the condition holds, else 0.
    pub fn truth(&mut self, r: Ref, cc: Cc, a: Ref, b: Ref) {
        let test = self.compare(cc, a, b);
        // The way to a free register changes no flags.
        let to = self.allocate(INT, r, 0);
        let (flag, unordered) = match test {
            Test::Is(flag) => (flag, None),
            Test::Equal => (Flag::Equal, Some(0)),
            Test::NotEqual => (Flag::NotEqual, Some(1)),
        };
        self.asm.set(flag, to);
        if let Some(value) = unordered {
            emit!(&mut self.asm, movl_oi, SCRATCH, value as u32);
            self.asm.move_if(Flag::Parity, to, SCRATCH);
        }
    }

    /// A scratch register of doubles with these bits.
    pub fn bits_in_scratch(&mut self, bits: u64) -> u8 {
        self.load_constant(super::registers::Loc::Num(SCRATCH_NUM), bits);
        SCRATCH_NUM
    }
}
