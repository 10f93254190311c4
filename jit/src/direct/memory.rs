//! Loads and stores.

use super::Direct;
use super::asm::{Flag, Rm, at, emit, gpr};
use super::guards::Test;
use super::registers::{INT, Loc, NUM, SCRATCH};
use crate::ir::{Cc, Op, Ref, Width};

impl Direct<'_> {
    /// Reads memory. Where the next instruction is a guard of what is read, which nothing else uses, memory is compared;
    /// says how many instructions have been compiled.
    pub fn load(&mut self, r: Ref) -> usize {
        let Op::Load {
            width,
            base,
            offset,
            ..
        } = self.t.op(r)
        else {
            unreachable!("it is a load")
        };
        if let Some(done) = self.load_and_compare(r, width, base, offset) {
            return done;
        }
        let from = at(self.in_register(base), offset);
        if width == Width::F64 {
            let to = self.allocate(NUM, r, 0);
            emit!(&mut self.asm, movsd_a_m, to, from);
            return 1;
        }
        if self.uses.dies(base, self.now) {
            self.release(base);
        }
        self.regs.pinned[INT] = 0;
        let to = self.allocate(INT, r, 0);
        let asm = &mut self.asm;
        match width {
            Width::U8 => emit!(asm, movzbl_rm, to, from),
            Width::I32 => emit!(asm, movslq_rm, to, from),
            Width::U32 => emit!(asm, movl_rm, to, from),
            Width::I64 | Width::F64 => emit!(asm, movq_rm, to, from),
        }
        1
    }

    fn load_and_compare(&mut self, r: Ref, width: Width, base: Ref, offset: i32) -> Option<usize> {
        let behind = &self.t.insts[r.index() + 1..];
        let skipped = behind
            .iter()
            .take_while(|i| matches!(i.op, Op::KInt(_) | Op::KNum(_) | Op::Nop))
            .count();
        let Op::Guard(cc, a, b, snap) = behind.get(skipped)?.op else {
            return None;
        };
        if a != r || b == r || !self.uses.once(r) {
            return None;
        }
        let flag = match (width, cc) {
            (Width::U8, Cc::Eq) | (Width::I64, Cc::Eq) => Flag::Equal,
            (Width::U8, Cc::Ne) | (Width::I64, Cc::Ne) => Flag::NotEqual,
            _ => return None,
        };
        let k = self.small(b);
        if width == Width::U8 {
            let k = u8::try_from(k?).ok()?;
            let memory = at(self.in_register(base), offset);
            emit!(&mut self.asm, cmpb_mi, memory, k);
        } else if let Some(k) = k {
            let memory = at(self.in_register(base), offset);
            self.compare_with(Rm::Mem(memory), k);
        } else {
            let memory = at(self.in_register(base), offset);
            let with = self.in_register(b);
            emit!(&mut self.asm, cmpq_mr, memory, with);
        }
        self.now += skipped as u32 + 1;
        self.leave_unless(Test::Is(flag), snap);
        Some(skipped + 2)
    }

    /// Writes memory.
    pub fn store(&mut self, width: Width, base: Ref, offset: i32, value: Ref) {
        let to = at(self.in_register(base), offset);
        if let Some(k) = self.small(value).or_else(|| self.small_bits(value)) {
            let asm = &mut self.asm;
            match width {
                Width::U8 => emit!(asm, movb_mi, to, k as u8),
                Width::I32 | Width::U32 => emit!(asm, movl_mi, to, k),
                Width::I64 | Width::F64 => emit!(asm, movq_mi_sxl, to, k),
            }
            return;
        }
        if width == Width::F64 && self.regs.register(value).is_some() {
            let from = self.in_register(value);
            emit!(&mut self.asm, movsd_c_m, to, from);
            return;
        }
        let from = self.integer_of(value);
        let asm = &mut self.asm;
        match width {
            Width::U8 => emit!(asm, movb_mr, to, from),
            Width::I32 | Width::U32 => emit!(asm, movl_mr, to, from),
            Width::I64 | Width::F64 => emit!(asm, movq_mr, to, from),
        }
    }

    /// The bits of a double that instructions can hold.
    fn small_bits(&self, r: Ref) -> Option<i32> {
        match self.t.op(r) {
            Op::KNum(bits) => i32::try_from(bits as i64).ok(),
            _ => None,
        }
    }

    /// The value's bits in an integer register: its own or the scratch register.
    fn integer_of(&mut self, r: Ref) -> u8 {
        if self.bank(r) == INT && self.regs.register(r).is_some() {
            return self.in_register(r);
        }
        let scratch = Loc::Int(SCRATCH);
        self.bring(scratch, r);
        SCRATCH
    }

    /// The native stack's pointer.
    pub fn stack_pointer(&mut self, r: Ref) {
        let to = self.allocate(INT, r, 0);
        emit!(&mut self.asm, movq_rm, to, gpr::RSP);
    }
}
