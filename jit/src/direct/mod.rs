//! Machine code in one pass over the IR, for x86-64.
//!
//! Cranelift takes 10 to 17 microseconds for each instruction of the IR; this generator takes half of one, and its code is as
//! fast. Registers are assigned on the way from the first instruction to the last ([`registers`]), with the next uses of
//! all values known ([`uses`]).
//!
//! Functions made here and by Cranelift call and follow each other: both use its convention for tail calls. Integers are
//! passed in rdi, rsi, rdx, rcx, r8 and r9, doubles in xmm0 to xmm7, the others on the stack, which the callee takes off; rbx,
//! rbp and r12 to r15 are the caller's.
//!
//! The frame, from the frame pointer:
//!
//! ```text
//! 16..       the parameters that were passed on the stack
//!  8         the return address
//!  0         the caller's frame pointer
//!  ..        room for what exits pass on the stack, if that is more than the parameters, and for copies of the two
//!            words above, which it overwrites
//!  ..        the caller's registers
//!  ..        words that hold values
//! ```

mod addresses;
mod asm;
mod calls;
mod exits;
mod frame;
mod glue;
mod guards;
mod integers;
mod loops;
mod memory;
mod moves;
mod numbers;
mod registers;
mod selects;
mod uses;

use crate::code::{Exit, Made};
use crate::ir::{End, Op, Ref, Trace, Ty};
pub use glue::{enter, stub};

use addresses::Addresses;
use asm::{Assembler, Label, gpr};
use exits::Stub;
use frame::Frame;
use loops::Header;
use moves::Source;
use registers::{INT, Loc, NUM, Registers, Words};
use uses::Uses;

/// The integer registers of parameters, behind the three that every trace has.
const INT_PARAMS: [u8; 3] = [gpr::RCX, gpr::R8, gpr::R9];
/// How many doubles are passed in registers.
const NUM_PARAMS: usize = 8;

/// Compiles a verified trace, whose loop has been peeled. `None` for a call with more arguments than registers take.
pub fn compile(t: &Trace, exits: &[Exit], first_exit: u32, lists: bool) -> Option<Made> {
    if !calls::fit(t) {
        return None;
    }
    let mut exit_of = vec![None; t.snaps.len()];
    for (n, exit) in exits.iter().enumerate() {
        exit_of[exit.snap.index()] = Some(n as u32);
    }
    let addresses = Addresses::new(t, exits);
    let frame = Frame::new(t, exits);
    let mut asm = Assembler::new(lists);
    let leave = asm.label();
    let calls = t.insts.iter().enumerate();
    let calls = calls.filter(|(_, i)| matches!(i.op, Op::Call { .. }));
    let mut direct = Direct {
        t,
        exits,
        first_exit,
        uses: Uses::new(t, exits, &exit_of, &addresses),
        addresses: &addresses,
        exit_of,
        regs: Registers::new(t.len()),
        words: Words::below(frame.words()),
        frame,
        asm,
        calls: calls.map(|(i, _)| i as u32).rev().collect(),
        stubs: Vec::new(),
        passed: Vec::new(),
        moves: Vec::new(),
        leave,
        header: None,
        now: 0,
    };
    direct.parameters();
    direct.body();
    direct.end();
    Some(direct.finish())
}

/// The state of compiling a trace.
struct Direct<'a> {
    t: &'a Trace,
    exits: &'a [Exit],
    first_exit: u32,
    /// By snapshot, its exit.
    exit_of: Vec<Option<u32>>,
    addresses: &'a Addresses,
    uses: Uses,
    regs: Registers,
    words: Words,
    frame: Frame,
    asm: Assembler,
    /// The calls that are still to come, the next one last.
    calls: Vec<u32>,
    stubs: Vec<Stub>,
    /// What the ways out pass, one behind the other.
    passed: Vec<Source>,
    /// The moves that have to be done at once; empty in between.
    moves: Vec<(Loc, Loc)>,
    /// Where the trace returns what is in rax.
    leave: Label,
    header: Option<Header>,
    /// The instruction that is being compiled.
    now: u32,
}

impl Direct<'_> {
    /// Where the parameters are when the trace is entered.
    fn parameters(&mut self) {
        let t = self.t;
        let ints = t.params.iter().filter(|&&ty| ty == Ty::Int).count();
        let mut places = [(t.state(), gpr::RDI), (t.base(), gpr::RSI)]
            .map(|(r, reg)| (r, Loc::Int(reg)))
            .to_vec();
        for (i, inst) in t.insts.iter().enumerate() {
            if let Op::Param(n) = inst.op {
                places.push((Ref(i as u32), frame::param(ints, n as usize)));
            }
        }
        for (r, place) in places {
            if self.uses.dies(r, r.0) {
                continue;
            }
            match place {
                Loc::Int(reg) => self.regs.put(INT, reg, r),
                Loc::Num(reg) => self.regs.put(NUM, reg, r),
                Loc::Mem(offset) => self.regs.set_home(r, offset),
            }
        }
    }

    fn body(&mut self) {
        let mut i = 0;
        while i < self.t.len() {
            self.now = i as u32;
            while self.calls.last().is_some_and(|&call| call < self.now) {
                self.calls.pop();
            }
            self.regs.pinned = [0; 2];
            let done = self.inst(Ref(self.now));
            for at in i..i + done {
                self.now = at as u32;
                self.release_dead();
            }
            i += done;
        }
        self.now = self.t.len() as u32;
        self.regs.pinned = [0; 2];
    }

    /// The position of the next call, which may be the instruction that is being compiled.
    fn next_call(&self) -> Option<u32> {
        self.calls.last().copied()
    }

    /// Compiles an instruction; says how many instructions that were.
    fn inst(&mut self, r: Ref) -> usize {
        if self.addresses.of(r).is_some() {
            return 1;
        }
        match self.t.op(r) {
            Op::KInt(_)
            | Op::KNum(_)
            | Op::Phi(..)
            | Op::Nop
            | Op::State
            | Op::Base
            | Op::StackPointer
            | Op::Param(_) => {}
            Op::Load { .. } => return self.load(r),
            Op::Store {
                width,
                base,
                offset,
                value,
                ..
            } => self.store(width, base, offset, value),
            Op::Bin(op, a, b) => match op.ty() {
                Ty::Num => self.num_bin(r, op, a, b),
                _ => self.int_bin(r, op, a, b),
            },
            Op::Un(op, a) => self.un(r, op, a),
            Op::Cmp(cc, a, b) => return self.comparison(r, cc, a, b),
            Op::Select(c, a, b) => self.select(r, c, a, b),
            Op::Guard(cc, a, b, snap) => self.guard(cc, a, b, snap),
            Op::Call { func, args } => self.call(r, func, args.range()),
            Op::LoopStart => self.loop_start(r),
        }
        1
    }

    /// Frees the places of values that have been used for the last time, and of a result that nobody uses.
    fn release_dead(&mut self) {
        let (t, exits, addresses) = (self.t, self.exits, self.addresses);
        let r = Ref(self.now);
        let op = t.op(r);
        addresses.operands(t, r, |r| self.release_if_dead(r));
        if let Op::Guard(.., snap) = op {
            let exit = self.exit_of[snap.index()].expect("every guard's snapshot has an exit");
            for &r in &exits[exit as usize].params {
                self.release_if_dead(r);
            }
            self.release_if_dead(t.snaps[snap.index()].base);
        }
        if !matches!(op, Op::Phi(..)) && t.ty(r) != Ty::None {
            self.release_if_dead(r);
        }
    }

    fn release_if_dead(&mut self, r: Ref) {
        if self.uses.dies(r, self.now) {
            self.release(r);
        }
    }

    fn end(&mut self) {
        match self.t.end.as_ref().expect("verified") {
            End::Loop { .. } => self.loop_end(),
            End::Exit(snap) => {
                let stub = self.stub(*snap);
                self.asm.jump(stub);
            }
            End::Link { cell, base } => self.link(*cell, *base),
            End::Return(value) => {
                let source = self.source(*value);
                self.move_all([(Loc::Int(gpr::RAX), source)].into_iter());
                self.asm.jump(self.leave);
            }
        }
    }
}
