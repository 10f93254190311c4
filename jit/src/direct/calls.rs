//! Calls of functions and of other traces.

use super::Direct;
use super::asm::{Flag, emit, gpr};
use super::exits::NO_EXIT;
use super::moves::Source;
use super::registers::{INT, KEPT, Loc, NUM, SCRATCH, bank, one, place};
use super::uses::LATE;
use crate::ir::{Convention, FuncId, Op, Ref, Trace, Ty};
use std::ops::Range;

/// The integer registers of arguments.
const INT_ARGS: [u8; 6] = [gpr::RDI, gpr::RSI, gpr::RDX, gpr::RCX, gpr::R8, gpr::R9];
/// How many doubles are passed in registers.
const NUM_ARGS: usize = 8;

/// Whether the arguments of all calls are passed in registers.
pub fn fit(t: &Trace) -> bool {
    t.funcs.iter().all(|f| {
        let ints = f.params.iter().filter(|&&ty| ty == Ty::Int).count();
        ints <= INT_ARGS.len() && f.params.len() - ints <= NUM_ARGS
    })
}

impl Direct<'_> {
    /// Calls a function. What lives on is put where the callee keeps it.
    pub fn call(&mut self, r: Ref, func: FuncId, args: Range<usize>) {
        let f = &self.t.funcs[func.index()];
        self.keep_across();
        let args = self.t.args[args].to_vec();
        let (mut ints, mut nums) = (0, 0);
        let mut moves = Vec::with_capacity(args.len() + 1);
        for arg in args {
            let to = if self.bank(arg) == NUM {
                nums += 1;
                Loc::Num(nums - 1)
            } else {
                ints += 1;
                Loc::Int(INT_ARGS[ints - 1])
            };
            moves.push((to, self.source(arg)));
        }
        if f.convention == Convention::Trace {
            moves.push((Loc::Int(gpr::RDX), Source::Constant(NO_EXIT.into())));
        }
        self.move_all(moves.into_iter());
        match f.convention {
            Convention::C => self.load_constant(Loc::Int(SCRATCH), f.addr as u64),
            Convention::Trace => self.load_cell(f.addr),
        }
        emit!(&mut self.asm, callq_m, SCRATCH);
        self.lose();
        if f.convention == Convention::Trace {
            emit!(&mut self.asm, testq_mr, gpr::RAX, gpr::RAX);
            self.asm.jump_if(Flag::Sign, self.leave);
        }
        if f.ret != Ty::None && !self.uses.dies(r, self.now) {
            self.regs.put(bank(f.ret), 0, r);
        }
    }

    /// Puts what lives behind the call into registers that the callee keeps, or into the frame.
    fn keep_across(&mut self) {
        for bank in [INT, NUM] {
            for reg in 0..16 {
                let Some(r) = self.regs.held(bank, reg) else {
                    continue;
                };
                if KEPT[bank] & one(reg) != 0 || self.is_constant(r) || self.uses.dies(r, self.now)
                {
                    continue;
                }
                let kept = self.regs.free(bank) & KEPT[bank];
                let soon = self.uses.next(r, self.now + 1) < LATE;
                if soon && kept != 0 && self.regs.home(r).is_none() {
                    let to = kept.trailing_zeros() as u8;
                    self.regs.drop_register(bank, r);
                    self.regs.put(bank, to, r);
                    self.move_to(place(bank, to), place(bank, reg));
                } else {
                    self.store_home(r);
                }
            }
        }
    }

    /// The callee has used all registers that it does not keep.
    fn lose(&mut self) {
        for bank in [INT, NUM] {
            for reg in (0..16).filter(|&reg| KEPT[bank] & one(reg) == 0) {
                if let Some(r) = self.regs.held(bank, reg) {
                    self.regs.drop_register(bank, r);
                }
            }
        }
    }

    /// Whether the trace calls something from here on.
    pub fn calls_ahead(&self) -> bool {
        self.t.insts[self.now as usize..]
            .iter()
            .any(|i| matches!(i.op, Op::Call { .. }))
    }
}
