//! Loads and stores.

use super::Direct;
use super::addresses::Indexed;
use super::asm::{Address, Flag, Rm, at, emit, gpr};
use super::guards::Test;
use super::registers::{INT, Loc, NUM, SCRATCH};
use crate::ir::{Cc, Op, Ref, SnapId, Width};
use cranelift_assembler_x64::NonRspGpr;

/// A guard that a byte of memory is `k`.
#[derive(Clone, Copy)]
struct ByteGuard {
    k: u8,
    base: Ref,
    offset: i32,
}

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
        let from = self.address(base, offset);
        if width == Width::F64 {
            let to = self.allocate(NUM, r, 0);
            emit!(&mut self.asm, movsd_a_m, to, from);
            return 1;
        }
        let addresses = self.addresses;
        addresses.operands(self.t, r, |r| {
            if self.uses.dies(r, self.now) {
                self.release(r);
            }
        });
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

    /// `base + offset`, where the base may be what only loads and stores add up.
    fn address(&mut self, base: Ref, offset: i32) -> Address {
        let Some(Indexed { base, index, scale }) = self.addresses.of(base) else {
            return at(self.in_register(base), offset);
        };
        Address::ImmRegRegShift {
            base: self.in_register(base),
            index: NonRspGpr::new(self.in_register(index)),
            scale,
            simm32: offset.into(),
            trap: None,
        }
    }

    fn load_and_compare(&mut self, r: Ref, width: Width, base: Ref, offset: i32) -> Option<usize> {
        let (cc, b, snap, at_guard) = self.guard_behind(r)?;
        let flag = match (width, cc) {
            (Width::U8 | Width::U32 | Width::I64, Cc::Eq) => Flag::Equal,
            (Width::U8 | Width::U32 | Width::I64, Cc::Ne) => Flag::NotEqual,
            (Width::I64, Cc::ULe) if self.t.op(b) == Op::StackPointer => Flag::BelowEqual,
            _ => return None,
        };
        let k = self.small(b);
        let mut end = at_guard;
        if width == Width::U8 {
            let k = u8::try_from(k?).ok()?;
            let first = ByteGuard { k, base, offset };
            let pair = self
                .byte_guard_behind(first, snap, at_guard)
                .filter(|_| cc == Cc::Eq);
            let from = pair.map_or(offset, |(from, ..)| from);
            let memory = self.address(base, from);
            if let Some((_, both, last)) = pair {
                emit!(&mut self.asm, movzwl_rm, SCRATCH, memory);
                self.compare_with(Rm::Gpr(SCRATCH), both);
                end = last;
            } else {
                emit!(&mut self.asm, cmpb_mi, memory, k);
            }
        } else if width == Width::U32 {
            let k = u32::try_from(self.t.as_int(b)?).ok()?;
            let memory = self.address(base, offset);
            emit!(&mut self.asm, cmpl_mi, memory, k as i32);
        } else if let Some(k) = k {
            let memory = self.address(base, offset);
            self.compare_with(Rm::Mem(memory), k);
        } else {
            let memory = self.address(base, offset);
            let with = match self.t.op(b) {
                Op::StackPointer => gpr::RSP,
                _ => self.in_register(b),
            };
            emit!(&mut self.asm, cmpq_mr, memory, with);
        }
        self.now = end;
        self.leave_unless(Test::Is(flag), snap);
        Some((end - r.0) as usize + 1)
    }

    /// The guard that is the next instruction behind `r`, if it is the only one to use it, as its first operand: the
    /// condition, the other operand, the snapshot and the position.
    fn guard_behind(&self, r: Ref) -> Option<(Cc, Ref, SnapId, u32)> {
        let at = self.next_position(r.0);
        match self.t.insts.get(at as usize)?.op {
            Op::Guard(cc, a, b, snap) if a == r && b != r && self.uses.count(r) == 1 => {
                Some((cc, b, snap, at))
            }
            _ => None,
        }
    }

    /// The next position behind `at` that is not a constant's.
    fn next_position(&self, at: u32) -> u32 {
        let behind = &self.t.insts[at as usize + 1..];
        let skipped = behind
            .iter()
            .take_while(|i| matches!(i.op, Op::KInt(_) | Op::KNum(_) | Op::Nop));
        at + 1 + skipped.count() as u32
    }

    /// Behind the guard at `position` the same may be asked of the byte next to it, as of a key's tag and its value's: the
    /// offset of the lower byte, what both are together, and the position of the second guard.
    fn byte_guard_behind(
        &self,
        first: ByteGuard,
        snap: SnapId,
        position: u32,
    ) -> Option<(i32, i32, u32)> {
        let r = Ref(self.next_position(position));
        let Op::Load {
            width: Width::U8,
            base,
            offset,
            ..
        } = self.t.insts.get(r.index())?.op
        else {
            return None;
        };
        let (Cc::Eq, b, other_snap, last) = self.guard_behind(r)? else {
            return None;
        };
        let k = u8::try_from(self.small(b)?).ok()?;
        if base != first.base || self.exit_of[other_snap.index()] != self.exit_of[snap.index()] {
            return None;
        }
        let (low, high, from) = match offset.wrapping_sub(first.offset) {
            1 => (first.k, k, first.offset),
            -1 => (k, first.k, offset),
            _ => return None,
        };
        Some((from, i32::from(high) << 8 | i32::from(low), last))
    }

    /// Writes memory.
    pub fn store(&mut self, width: Width, base: Ref, offset: i32, value: Ref) {
        let to = self.address(base, offset);
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
    pub fn stack_pointer(&mut self, to: u8) {
        emit!(&mut self.asm, movq_rm, to, gpr::RSP);
    }
}
