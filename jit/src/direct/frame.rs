//! The layout of the frame, what is passed where, and the ways in and out.

use super::asm::{Address, at, emit, gpr};
use super::registers::{Loc, SAVED, SCRATCH, one};
use super::{Direct, INT_PARAMS, NUM_PARAMS};
use crate::code::{Exit, Made};
use crate::ir::{Trace, Ty};

/// A word of memory, in bytes.
const WORD: i32 = 8;
/// The caller's frame pointer and the return address.
const RECORD: i32 = 2 * WORD;

/// The layout.
pub struct Frame {
    /// The bytes of parameters on the stack.
    pub incoming: i32,
    /// By how much more the exits pass, at most.
    growth: i32,
}

/// The numbers of [`SAVED`] in unwind information.
const SAVED_IN_DWARF: [u16; 5] = [3, 12, 13, 14, 15];

/// The bytes on the stack for this many integers and doubles.
pub fn stack_bytes(ints: usize, nums: usize) -> i32 {
    let words = ints.saturating_sub(INT_PARAMS.len()) + nums.saturating_sub(NUM_PARAMS);
    (words * WORD as usize).next_multiple_of(16) as i32
}

/// Where the n-th value is passed, of which the first `ints` are integers: in a register, or in the words from `stack` on.
pub fn passed(ints: usize, n: usize, stack: i32) -> Loc {
    let on_stack = ints.saturating_sub(INT_PARAMS.len());
    let word = |k: usize| Loc::Mem(stack + k as i32 * WORD);
    if n < ints {
        match INT_PARAMS.get(n) {
            Some(&reg) => Loc::Int(reg),
            None => word(n - INT_PARAMS.len()),
        }
    } else if n - ints < NUM_PARAMS {
        Loc::Num((n - ints) as u8)
    } else {
        word(on_stack + n - ints - NUM_PARAMS)
    }
}

/// Where the n-th parameter is when the trace is entered.
pub fn param(ints: usize, n: usize) -> Loc {
    passed(ints, n, RECORD)
}

impl Frame {
    /// The layout for a trace and what its exits pass.
    pub fn new(t: &Trace, exits: &[Exit]) -> Frame {
        let ints = t.params.iter().filter(|&&ty| ty == Ty::Int).count();
        let incoming = stack_bytes(ints, t.params.len() - ints);
        let most = exits
            .iter()
            .map(|e| stack_bytes(e.ints.into(), e.nums.into()));
        Frame {
            incoming,
            growth: (most.max().unwrap_or(0) - incoming).max(0),
        }
    }

    /// Where an exit that passes so many bytes on the stack puts them.
    pub fn outgoing(&self, bytes: i32) -> i32 {
        RECORD + self.incoming - bytes
    }

    /// Whether what an exit passes overwrites the caller's frame pointer and the return address.
    pub fn overwrites_record(&self, bytes: i32) -> bool {
        bytes > self.incoming
    }

    /// The copies of the return address and of the caller's frame pointer.
    pub fn copies(&self) -> (i32, i32) {
        (-self.growth - WORD, -self.growth - 2 * WORD)
    }

    fn saved(&self, n: usize) -> i32 {
        let copies = if self.growth > 0 { RECORD } else { 0 };
        -self.growth - copies - (n as i32 + 1) * WORD
    }

    /// What the words for values are below.
    pub fn words(&self) -> i32 {
        self.saved(SAVED.len() - 1)
    }
}

impl Direct<'_> {
    /// The caller's registers that have to be kept, and their words.
    fn saved(&self) -> Vec<(usize, i32)> {
        let dirty = (0..SAVED.len()).filter(|&n| self.regs.dirty & one(SAVED[n]) != 0);
        dirty.map(|n| (n, self.frame.saved(n))).collect()
    }

    /// Restores the caller's registers.
    fn restore(&mut self) {
        for (n, offset) in self.saved() {
            emit!(&mut self.asm, movq_rm, SAVED[n], at(gpr::RBP, offset));
        }
    }

    /// Returns what is in rax, if anything goes there.
    fn leave(&mut self) {
        if !self.asm.is_used(self.leave) {
            return;
        }
        self.asm.bind(self.leave);
        self.restore();
        emit!(&mut self.asm, movq_rm, gpr::RSP, gpr::RBP);
        emit!(&mut self.asm, popq_o, gpr::RBP);
        let bytes = u16::try_from(self.frame.incoming).expect("parameters take less than 64 KiB");
        self.asm.ret(bytes);
    }

    /// Goes to the code whose cell's address is in the scratch register. Everything is passed but the caller's registers
    /// and the frame: the return address comes to lie below `bytes` of parameters.
    pub fn pass_on(&mut self, bytes: i32) {
        self.restore();
        let (return_copy, frame_copy) = self.frame.copies();
        let overwritten = self.frame.overwrites_record(bytes);
        let (from, frame) = if overwritten {
            (return_copy, frame_copy)
        } else {
            (WORD, 0)
        };
        let asm = &mut self.asm;
        if bytes == self.frame.incoming {
            emit!(asm, movq_rm, gpr::RSP, gpr::RBP);
            emit!(asm, popq_o, gpr::RBP);
        } else {
            // Before the stack pointer moves: what is below it belongs to signal handlers.
            emit!(asm, movq_rm, gpr::RAX, at(gpr::RBP, from));
            emit!(asm, movq_rm, gpr::R10, at(gpr::RBP, frame));
            emit!(
                asm,
                leaq_rm,
                gpr::RSP,
                at(gpr::RBP, WORD + self.frame.incoming - bytes)
            );
            emit!(asm, movq_mr, at(gpr::RSP, 0), gpr::RAX);
            emit!(asm, movq_rm, gpr::RBP, gpr::R10);
        }
        emit!(asm, jmpq_m, at(SCRATCH, 0));
    }

    /// Puts the way in before the code and all ways out behind it.
    pub fn finish(mut self) -> Made {
        self.all_stubs();
        self.leave();
        let saved = self.saved();
        let below = self.words.lowest.unsigned_abs().next_multiple_of(16) as i32;
        let mut prologue = self.asm.like();
        let asm = &mut prologue;
        emit!(asm, pushq_o, gpr::RBP);
        emit!(asm, movq_rm, gpr::RBP, gpr::RSP);
        let frame: Address = at(gpr::RSP, -below);
        emit!(asm, leaq_rm, gpr::RSP, frame);
        for &(n, offset) in &saved {
            emit!(asm, movq_mr, at(gpr::RBP, offset), SAVED[n]);
        }
        let (bytes, listing) = self.asm.finish(prologue);
        let saved = saved.into_iter();
        Made {
            bytes,
            saved: saved
                .map(|(n, offset)| (SAVED_IN_DWARF[n], offset - RECORD))
                .collect(),
            listing,
        }
    }
}
