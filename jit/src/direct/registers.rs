//! Which registers and which words of the frame hold values.
//!
//! Values are assigned once, so a word of the frame that holds one stays right until the value dies, whatever happens to its
//! register. A register is taken from the value whose next use is farthest. Constants may have registers, too, but no word:
//! they are made anew.

use super::Direct;
use super::asm::{Address, Rm, XmmRm, at, emit, gpr};
use super::uses::{LATE, NEVER};
use crate::ir::{Op, Ref, Ty};

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loc {
    /// An integer register.
    Int(u8),
    /// A register of doubles.
    Num(u8),
    /// A word, at this distance from the frame pointer.
    Mem(i32),
}

/// In [`Registers::of`]: none.
const NONE: u8 = u8::MAX;

/// Integers that need a register for no longer than an instruction of the machine are in this one.
pub const SCRATCH: u8 = gpr::R11;
/// The same for doubles.
pub const SCRATCH_NUM: u8 = 15;

/// The registers that a called function keeps.
pub const SAVED: [u8; 5] = [gpr::RBX, gpr::R12, gpr::R13, gpr::R14, gpr::R15];

/// A set of registers of one bank, a bit for each.
pub type Set = u16;

/// The set of one.
pub const fn one(r: u8) -> Set {
    1 << r
}

/// The set of what calls keep, by bank.
pub const KEPT: [Set; 2] = [
    one(gpr::RBX) | one(gpr::R12) | one(gpr::R13) | one(gpr::R14) | one(gpr::R15),
    0,
];

/// What values may be in, by bank.
const ALLOWED: [Set; 2] = [
    !(one(gpr::RSP) | one(gpr::RBP) | one(SCRATCH)),
    !one(SCRATCH_NUM),
];

/// The banks of registers.
pub const INT: usize = 0;
pub const NUM: usize = 1;

/// The bank of a value's register.
pub fn bank(ty: Ty) -> usize {
    if ty == Ty::Num { NUM } else { INT }
}

/// A register as a place.
pub fn place(bank: usize, r: u8) -> Loc {
    if bank == NUM {
        Loc::Num(r)
    } else {
        Loc::Int(r)
    }
}

/// What holds what.
pub struct Registers {
    /// By bank and register.
    holds: [[Option<Ref>; 16]; 2],
    /// By value, its register.
    of: Vec<u8>,
    /// By value, its word; 0 if it has none.
    home: Vec<i32>,
    /// By value, the register that it would best be in.
    pub wish: Vec<u8>,
    /// What the instruction that is being made relies on.
    pub pinned: [Set; 2],
    /// What calls keep and this trace has used.
    pub dirty: Set,
}

impl Registers {
    /// Nothing is anywhere.
    pub fn new(values: usize) -> Registers {
        Registers {
            holds: [[None; 16]; 2],
            of: vec![NONE; values],
            home: vec![0; values],
            wish: vec![NONE; values],
            pinned: [0; 2],
            dirty: 0,
        }
    }

    /// The value's register.
    pub fn register(&self, r: Ref) -> Option<u8> {
        let reg = self.of[r.index()];
        (reg != NONE).then_some(reg)
    }

    /// The value's word of the frame.
    pub fn home(&self, r: Ref) -> Option<i32> {
        let home = self.home[r.index()];
        (home != 0).then_some(home)
    }

    /// What a register holds.
    pub fn held(&self, bank: usize, reg: u8) -> Option<Ref> {
        self.holds[bank][reg as usize]
    }

    /// The registers that hold something.
    pub fn used(&self, bank: usize) -> Set {
        let holds = self.holds[bank].iter().enumerate();
        holds.fold(0, |set, (r, held)| set | Set::from(held.is_some()) << r)
    }

    /// The registers that are free.
    pub fn free(&self, bank: usize) -> Set {
        ALLOWED[bank] & !self.used(bank) & !self.pinned[bank]
    }

    /// The value is in the register.
    pub fn put(&mut self, bank: usize, reg: u8, r: Ref) {
        debug_assert!(self.holds[bank][reg as usize].is_none());
        self.holds[bank][reg as usize] = Some(r);
        self.of[r.index()] = reg;
        self.pinned[bank] |= one(reg);
        self.dirty |= if bank == INT { one(reg) & KEPT[INT] } else { 0 };
    }

    /// The value is in no register any more.
    pub fn drop_register(&mut self, bank: usize, r: Ref) {
        let reg = std::mem::replace(&mut self.of[r.index()], NONE);
        if reg != NONE {
            self.holds[bank][reg as usize] = None;
        }
    }

    /// The value is in a word of the frame, perhaps as well.
    pub fn set_home(&mut self, r: Ref, offset: i32) {
        self.home[r.index()] = offset;
    }

    /// The value is nowhere any more; the word that it had.
    pub fn forget(&mut self, bank: usize, r: Ref) -> Option<i32> {
        self.drop_register(bank, r);
        let home = std::mem::take(&mut self.home[r.index()]);
        (home != 0).then_some(home)
    }
}

/// Words of the frame below what it begins with.
pub struct Words {
    /// The lowest word in use.
    pub lowest: i32,
    free: Vec<i32>,
}

impl Words {
    /// All words below this offset are free.
    pub fn below(offset: i32) -> Words {
        Words {
            lowest: offset,
            free: Vec::new(),
        }
    }

    fn take(&mut self) -> i32 {
        self.free.pop().unwrap_or_else(|| {
            self.lowest -= 8;
            self.lowest
        })
    }

    /// The word is free. Those above the frame pointer belong to parameters and are not used again.
    fn give(&mut self, offset: i32) {
        if offset < 0 {
            self.free.push(offset);
        }
    }
}

impl Direct<'_> {
    /// Whether the value is a constant, which is in no place but perhaps a register.
    pub fn is_constant(&self, r: Ref) -> bool {
        self.t.is_constant(r)
    }

    /// The bank of the value's registers.
    pub fn bank(&self, r: Ref) -> usize {
        bank(self.t.ty(r))
    }

    /// Where a value is that is no constant: in its register if it has one.
    pub fn loc(&self, r: Ref) -> Loc {
        match (self.regs.register(r), self.regs.home(r)) {
            (Some(reg), _) => place(self.bank(r), reg),
            (None, Some(home)) => Loc::Mem(home),
            (None, None) if self.t.op(r) == Op::StackPointer => Loc::Int(gpr::RSP),
            (None, None) => unreachable!("{r:?} {:?} is needed and nowhere", self.t.op(r)),
        }
    }

    /// A register for a value that is about to be made: a free one, or one taken from another value.
    pub fn allocate(&mut self, bank: usize, r: Ref, avoid: Set) -> u8 {
        let free = self.regs.free(bank) & !avoid;
        let reg = if free != 0 {
            self.choose(bank, r, free)
        } else {
            self.farthest(bank, avoid)
        };
        self.vacate(bank, reg);
        self.regs.put(bank, reg, r);
        reg
    }

    /// Which of the free registers: one that calls keep for a value that lives across one, else one that they do not.
    fn choose(&self, bank: usize, r: Ref, free: Set) -> u8 {
        let wish = self.regs.wish[r.index()];
        if wish != NONE && free & one(wish) != 0 {
            return wish;
        }
        let across = self
            .next_call()
            .is_some_and(|call| !self.uses.dies(r, call));
        let liked = free & if across { KEPT[bank] } else { !KEPT[bank] };
        (if liked != 0 { liked } else { free }).trailing_zeros() as u8
    }

    /// The register whose value is used last; of several, one whose value has a word already.
    fn farthest(&mut self, bank: usize, avoid: Set) -> u8 {
        let candidates = ALLOWED[bank] & !self.regs.pinned[bank] & !avoid;
        let mut best = None;
        for reg in (0..16).filter(|&r| candidates & one(r) != 0) {
            let held = self.regs.held(bank, reg).expect("no register is free");
            let stored = self.regs.home(held).is_some() || self.is_constant(held);
            let key = (self.uses.next(held, self.now), stored);
            if best.is_none_or(|(_, most)| key > most) {
                best = Some((reg, key));
            }
        }
        best.expect("an instruction pins fewer registers than there are")
            .0
    }

    /// Takes the register from its value, which gets a word if it has none and is still used.
    pub fn vacate(&mut self, bank: usize, reg: u8) {
        let Some(r) = self.regs.held(bank, reg) else {
            return;
        };
        self.store_home(r);
        self.regs.drop_register(bank, r);
    }

    /// Takes the register from its value, which goes to a free one if there is one.
    pub fn clear(&mut self, bank: usize, reg: u8, avoid: Set) {
        let Some(r) = self.regs.held(bank, reg) else {
            return;
        };
        let free = self.regs.free(bank) & !avoid;
        if free == 0 || self.uses.next(r, self.now) >= LATE {
            return self.vacate(bank, reg);
        }
        let to = self.choose(bank, r, free);
        self.regs.drop_register(bank, r);
        self.regs.put(bank, to, r);
        self.move_to(place(bank, to), place(bank, reg));
    }

    /// Gives the value a word, unless it has one or needs none.
    pub fn store_home(&mut self, r: Ref) {
        if self.is_constant(r) || self.regs.home(r).is_some() {
            return;
        }
        if self.uses.next(r, self.now) == NEVER {
            return;
        }
        let from = self.loc(r);
        let home = self.words.take();
        self.regs.set_home(r, home);
        self.move_to(Loc::Mem(home), from);
    }

    /// The value, in a register; constants and the native stack's pointer, which are made where they are used, too.
    pub fn in_register(&mut self, r: Ref) -> u8 {
        let bank = self.bank(r);
        if let Some(reg) = self.regs.register(r) {
            self.regs.pinned[bank] |= one(reg);
            return reg;
        }
        let home = self.regs.home(r);
        let reg = self.allocate(bank, r, 0);
        match home {
            Some(home) => self.move_to(place(bank, reg), Loc::Mem(home)),
            None if self.t.op(r) == Op::StackPointer => self.stack_pointer(reg),
            None => self.load_constant(place(bank, reg), self.constant_bits(r)),
        }
        reg
    }

    /// The value in a register, if it has one, or will be used again and one is free.
    fn try_register(&mut self, r: Ref) -> Option<u8> {
        let bank = self.bank(r);
        let again = self.uses.next(r, self.now + 1) < LATE && self.regs.free(bank) != 0;
        let worth = self.regs.register(r).is_some() || again;
        worth.then(|| self.in_register(r))
    }

    /// An operand that may be in memory.
    pub fn operand(&mut self, r: Ref) -> Rm {
        if self.is_constant(r) || self.t.op(r) == Op::StackPointer {
            return Rm::Gpr(self.in_register(r));
        }
        match self.try_register(r) {
            Some(reg) => Rm::Gpr(reg),
            None => Rm::Mem(self.home_address(r)),
        }
    }

    /// The same for doubles; constants are behind the code.
    pub fn num_operand(&mut self, r: Ref) -> XmmRm {
        if let Some(reg) = self.regs.register(r) {
            self.regs.pinned[NUM] |= one(reg);
            return XmmRm::Xmm(reg);
        }
        if self.is_constant(r) {
            return XmmRm::Mem(self.asm.constant(self.constant_bits(r)));
        }
        match self.try_register(r) {
            Some(reg) => XmmRm::Xmm(reg),
            None => XmmRm::Mem(self.home_address(r)),
        }
    }

    fn home_address(&self, r: Ref) -> Address {
        let home = self.regs.home(r).expect("it is in no register");
        at(gpr::RBP, home)
    }

    /// The bits of a constant.
    pub fn constant_bits(&self, r: Ref) -> u64 {
        match self.t.op(r) {
            Op::KInt(k) => k as u64,
            Op::KNum(bits) => bits,
            op => unreachable!("{op:?} is no constant"),
        }
    }

    /// A register for the result of an operation on the value, which holds it now: the value's own if that dies here.
    pub fn copy_of(&mut self, a: Ref, result: Ref, avoid: Set) -> u8 {
        let bank = self.bank(a);
        if let Some(reg) = self.regs.register(a)
            && self.uses.dies(a, self.now)
            && avoid & one(reg) == 0
        {
            self.release(a);
            self.regs.put(bank, reg, result);
            return reg;
        }
        if let Some(reg) = self.regs.register(a) {
            self.regs.pinned[bank] |= one(reg);
        }
        let reg = self.allocate(bank, result, avoid);
        self.bring(place(bank, reg), a);
        reg
    }

    /// Copies a value to a place; constants too.
    pub fn bring(&mut self, to: Loc, r: Ref) {
        if self.is_constant(r) {
            self.load_constant(to, self.constant_bits(r));
        } else {
            self.move_to(to, self.loc(r));
        }
    }

    /// The value is not needed any more.
    pub fn release(&mut self, r: Ref) {
        let bank = self.bank(r);
        if let Some(home) = self.regs.forget(bank, r) {
            self.words.give(home);
        }
    }

    /// Moves between two places, without a change of the flags.
    pub fn move_to(&mut self, to: Loc, from: Loc) {
        let asm = &mut self.asm;
        let word = |offset| at(gpr::RBP, offset);
        match (to, from) {
            (to, from) if to == from => {}
            (Loc::Int(d), Loc::Int(s)) => emit!(asm, movq_rm, d, s),
            (Loc::Int(d), Loc::Mem(m)) => emit!(asm, movq_rm, d, word(m)),
            (Loc::Mem(m), Loc::Int(s)) => emit!(asm, movq_mr, word(m), s),
            (Loc::Num(d), Loc::Num(s)) => emit!(asm, movaps_a, d, s),
            (Loc::Num(d), Loc::Mem(m)) => emit!(asm, movsd_a_m, d, word(m)),
            (Loc::Mem(m), Loc::Num(s)) => emit!(asm, movsd_c_m, word(m), s),
            (Loc::Num(d), Loc::Int(s)) => emit!(asm, movq_a, d, s),
            (Loc::Int(d), Loc::Num(s)) => emit!(asm, movq_b, d, s),
            (Loc::Mem(d), Loc::Mem(s)) => {
                emit!(asm, movq_rm, SCRATCH, word(s));
                emit!(asm, movq_mr, word(d), SCRATCH);
            }
        }
    }

    /// Makes a constant, without a change of the flags.
    pub fn load_constant(&mut self, to: Loc, bits: u64) {
        let signed = bits as i64;
        match to {
            Loc::Int(d) => match (u32::try_from(bits), i32::try_from(signed)) {
                (Ok(k), _) => emit!(&mut self.asm, movl_oi, d, k),
                (_, Ok(k)) => emit!(&mut self.asm, movq_mi_sxl, d, k),
                _ => emit!(&mut self.asm, movabsq_oi, d, bits),
            },
            Loc::Num(d) if bits == 0 => emit!(&mut self.asm, xorps_a, d, d),
            Loc::Num(d) => {
                let constant = self.asm.constant(bits);
                emit!(&mut self.asm, movsd_a_m, d, constant);
            }
            Loc::Mem(m) => {
                if let Ok(k) = i32::try_from(signed) {
                    emit!(&mut self.asm, movq_mi_sxl, at(gpr::RBP, m), k);
                } else {
                    self.load_constant(Loc::Int(SCRATCH), bits);
                    self.move_to(to, Loc::Int(SCRATCH));
                }
            }
        }
    }
}
