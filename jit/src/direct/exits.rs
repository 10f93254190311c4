//! The ways out: each passes the values that the VM or a side trace needs.

use super::Direct;
use super::asm::{Label, at, emit, gpr};
use super::frame::{passed, stack_bytes};
use super::moves::Source;
use super::registers::{Loc, SCRATCH};
use crate::ir::{Ref, SnapId};
use std::ops::Range;

/// The number that is passed to code that no exit leads to.
pub const NO_EXIT: u32 = 0;

/// The way out of a guard, made behind the code.
pub struct Stub {
    label: Label,
    /// The exit's index.
    exit: u32,
    /// Where what it passes is when it is taken: the state, the base, the values, in this part of `Direct::passed`.
    from: Range<usize>,
}

impl Direct<'_> {
    /// Where a value is now.
    pub fn source(&self, r: Ref) -> Source {
        if self.is_constant(r) {
            Source::Constant(self.constant_bits(r))
        } else {
            Source::Loc(self.loc(r))
        }
    }

    /// The way out through a snapshot with all values where they are now.
    pub fn stub(&mut self, snap: SnapId) -> Label {
        let exit = self.exit_of[snap.index()].expect("`exits` has found every snapshot of an exit");
        let first = [self.t.state(), self.t.snaps[snap.index()].base];
        let exits = self.exits;
        let start = self.passed.len();
        for &r in first.iter().chain(&exits[exit as usize].params) {
            self.passed.push(self.source(r));
        }
        let from = start..self.passed.len();
        let last = self.stubs.last().filter(|s| s.exit == exit);
        if let Some(same) =
            last.filter(|s| self.passed[s.from.clone()] == self.passed[from.clone()])
        {
            self.passed.truncate(start);
            return same.label;
        }
        let label = self.asm.label();
        self.stubs.push(Stub { label, exit, from });
        label
    }

    /// Makes all ways out. Those that pass the same number of bytes on the stack end alike.
    pub fn all_stubs(&mut self) {
        let mut tails: Vec<(i32, Label)> = Vec::new();
        for stub in std::mem::take(&mut self.stubs) {
            let exit = &self.exits[stub.exit as usize];
            let bytes = stack_bytes(exit.ints.into(), exit.nums.into());
            let known = tails.iter().find(|t| t.0 == bytes).map(|t| t.1);
            let tail = known.unwrap_or_else(|| {
                let label = self.asm.label();
                tails.push((bytes, label));
                label
            });
            self.asm.bind(stub.label);
            self.pass(&stub, bytes);
            self.asm.jump(tail);
        }
        for (bytes, label) in tails {
            self.asm.bind(label);
            self.pass_on(bytes);
        }
    }

    /// Passes an exit's values, its number and its cell.
    fn pass(&mut self, stub: &Stub, bytes: i32) {
        if self.frame.overwrites_record(bytes) {
            let (return_copy, frame_copy) = self.frame.copies();
            for (copy, from) in [(return_copy, 8), (frame_copy, 0)] {
                self.move_to(Loc::Mem(copy), Loc::Mem(from));
            }
        }
        let exit = &self.exits[stub.exit as usize];
        let stack = self.frame.outgoing(bytes);
        let places = (0..exit.params.len()).map(|n| passed(exit.ints.into(), n, stack));
        let places = [Loc::Int(gpr::RDI), Loc::Int(gpr::RSI)]
            .into_iter()
            .chain(places);
        let passed = std::mem::take(&mut self.passed);
        let from = passed[stub.from.clone()].iter().copied();
        self.move_all(places.zip(from));
        self.passed = passed;
        let number = u64::from(self.first_exit) + u64::from(stub.exit);
        self.load_constant(Loc::Int(gpr::RDX), number);
        self.load_constant(Loc::Int(SCRATCH), exit.cell as u64);
    }

    /// Goes on in the trace of a cell, with a base.
    pub fn link(&mut self, cell: usize, base: Ref) {
        let from = [self.source(self.t.state()), self.source(base)];
        let moves = [
            (Loc::Int(gpr::RDI), from[0]),
            (Loc::Int(gpr::RSI), from[1]),
            (Loc::Int(gpr::RDX), Source::Constant(NO_EXIT.into())),
        ];
        self.move_all(moves.into_iter());
        self.load_constant(Loc::Int(SCRATCH), cell as u64);
        self.pass_on(0);
    }

    /// The code pointer of a cell.
    pub fn load_cell(&mut self, cell: usize) {
        self.load_constant(Loc::Int(SCRATCH), cell as u64);
        emit!(&mut self.asm, movq_rm, SCRATCH, at(SCRATCH, 0));
    }
}
