//! Selections. Where one or more of them follow the comparison that they depend on, and nothing else does, it only sets the
//! flags. No selection is a jump: what is selected is what nobody could have predicted.

use super::Direct;
use super::asm::{Flag, Rm, emit};
use super::guards::Test;
use super::registers::{NUM, SCRATCH, SCRATCH_NUM, one};
use crate::ir::{Cc, Op, Ref, Ty};

/// What the comparison of doubles that makes a mask calls a condition, and whether the operands change places.
fn predicate(cc: Cc) -> (bool, u8) {
    const EQUAL: u8 = 0;
    const LESS: u8 = 1;
    const LESS_EQUAL: u8 = 2;
    /// What the others do not say, unordered doubles included.
    const NOT: u8 = 4;
    match cc {
        Cc::FEq => (false, EQUAL),
        Cc::FNe => (false, NOT | EQUAL),
        Cc::FLt => (false, LESS),
        Cc::FLe => (false, LESS_EQUAL),
        Cc::FGt => (true, LESS),
        Cc::FGe => (true, LESS_EQUAL),
        Cc::FNlt => (false, NOT | LESS),
        Cc::FNle => (false, NOT | LESS_EQUAL),
        Cc::FNgt => (true, NOT | LESS),
        Cc::FNge => (true, NOT | LESS_EQUAL),
        _ => unreachable!("{cc:?} is for integers"),
    }
}

impl Direct<'_> {
    /// Compiles a comparison, and the selections behind it if they are all that depend on it. Says how many instructions of
    /// the IR that were.
    pub fn comparison(&mut self, r: Ref, cc: Cc, a: Ref, b: Ref) -> usize {
        let (selects, done) = self.selects_by(r);
        let nums = selects.iter().filter(|s| self.bank(s.0) == NUM).count();
        let ints = selects.len() - nums;
        // The scratch register has a mask for one selection only, and equality of doubles takes two flags.
        let mask = self.mask_register();
        let by_flags = ints == 0 || !matches!(cc, Cc::FEq | Cc::FNe);
        if selects.is_empty() || nums > 1 && mask == SCRATCH_NUM || !by_flags {
            self.truth(r, cc, a, b);
            return 1;
        }
        if nums > 0 {
            self.regs.pinned[NUM] |= one(mask);
            self.mask(mask, cc, a, b);
        }
        let mut flag = Flag::Equal;
        if ints > 0 {
            flag = self.single_flag(cc, a, b);
        }
        for (s, x, y) in selects {
            self.now = s.0;
            self.regs.pinned = [0, one(mask)];
            match self.bank(s) {
                NUM => self.blend(s, mask, x, y),
                _ => self.move_selected(s, flag, x, y),
            }
        }
        done
    }

    /// A register for a mask: one that is free, or the scratch register.
    fn mask_register(&self) -> u8 {
        match self.regs.free(NUM) {
            0 => SCRATCH_NUM,
            free => free.trailing_zeros() as u8,
        }
    }

    /// Compares, and says which flag is set if the condition holds, which is not equality of doubles.
    fn single_flag(&mut self, cc: Cc, a: Ref, b: Ref) -> Flag {
        match self.compare(cc, a, b) {
            Test::Is(flag) => flag,
            _ => unreachable!("{cc:?} takes two flags"),
        }
    }

    /// The selections that follow value `r`, with what they select from, if nothing else uses it; and how many instructions
    /// up to the last one there are.
    fn selects_by(&self, r: Ref) -> (Vec<(Ref, Ref, Ref)>, usize) {
        let (mut found, mut done) = (Vec::new(), 1);
        for n in r.0 + 1..self.t.len() as u32 {
            match self.t.op(Ref(n)) {
                Op::Select(c, x, y) if c == r => {
                    found.push((Ref(n), x, y));
                    done = (n - r.0) as usize + 1;
                }
                Op::KInt(_) | Op::KNum(_) | Op::Nop => {}
                _ => break,
            }
        }
        if self.uses.count(r) != found.len() as u32 {
            found.clear();
        }
        (found, done)
    }

    /// `a` if `c` is not 0, else `b`.
    pub fn select(&mut self, r: Ref, c: Ref, a: Ref, b: Ref) {
        let c = self.operand(c);
        if self.bank(r) == NUM {
            let mask = self.mask_register();
            self.regs.pinned[NUM] |= one(mask);
            // The negation of what is not 0 carries, and what carried becomes -1.
            emit!(&mut self.asm, movq_rm, SCRATCH, c);
            emit!(&mut self.asm, negq_m, SCRATCH);
            emit!(&mut self.asm, sbbq_rm, SCRATCH, SCRATCH);
            emit!(&mut self.asm, movq_a, mask, SCRATCH);
            self.blend(r, mask, a, b);
        } else {
            self.compare_with(c, 0);
            self.move_selected(r, Flag::NotEqual, a, b);
        }
    }

    /// `a` if the flag is set, else `b`. The ways of values to registers change no flags.
    fn move_selected(&mut self, r: Ref, flag: Flag, a: Ref, b: Ref) {
        let if_so = self.operand(a);
        let to = self.copy_of(b, r, 0);
        match if_so {
            Rm::Gpr(from) => self.asm.move_if(flag, to, from),
            Rm::Mem(_) => {
                emit!(&mut self.asm, movq_rm, SCRATCH, if_so);
                self.asm.move_if(flag, to, SCRATCH);
            }
        }
    }

    /// Sets all bits of the register if the condition holds, else none.
    fn mask(&mut self, to: u8, cc: Cc, a: Ref, b: Ref) {
        if cc.ty() == Ty::Num {
            let (swapped, predicate) = predicate(cc);
            let (a, b) = if swapped { (b, a) } else { (a, b) };
            let first = self.in_register(a);
            let second = self.num_operand(b);
            emit!(&mut self.asm, movaps_a, to, first);
            emit!(&mut self.asm, cmpsd_a, to, second, predicate);
        } else {
            let flag = self.single_flag(cc, a, b);
            self.asm.set(flag, SCRATCH);
            emit!(&mut self.asm, negq_m, SCRATCH);
            emit!(&mut self.asm, movq_a, to, SCRATCH);
        }
    }

    /// `a` where the mask's bits are set, else `b`. Changes no flags. A mask in the scratch register is gone then.
    fn blend(&mut self, r: Ref, mask: u8, a: Ref, b: Ref) {
        if mask == SCRATCH_NUM {
            // `a ^ ((a ^ b) & !mask)`
            let first = self.in_register(a);
            let to = self.copy_of(b, r, one(first));
            emit!(&mut self.asm, xorps_a, to, first);
            emit!(&mut self.asm, andnps_a, SCRATCH_NUM, to);
            emit!(&mut self.asm, movaps_a, to, first);
            emit!(&mut self.asm, xorps_a, to, SCRATCH_NUM);
        } else {
            // `a & mask | b & !mask`
            let second = self.in_register(b);
            let to = self.copy_of(a, r, one(second));
            emit!(&mut self.asm, movaps_a, SCRATCH_NUM, mask);
            emit!(&mut self.asm, andnps_a, SCRATCH_NUM, second);
            emit!(&mut self.asm, andps_a, to, mask);
            emit!(&mut self.asm, orps_a, to, SCRATCH_NUM);
        }
    }
}
