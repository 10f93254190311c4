//! Checks of code that comes from outside: operands stay within registers, constants, upvalues and nested functions,
//! jumps within the code, and instructions that belong together stand together.
//!
//! Everything that the compiler (ours or PUC's) produces passes. What passes cannot make the interpreter leave the
//! function's own vectors; that a register holds the type that an instruction was compiled for is not checked here.

use super::op::{self, Op};
use crate::object::Proto;
use crate::value::{Gc, TValue};

/// Largest logarithm of a hash size in a `NEWTABLE`.
const MAX_HASH_LOG: usize = 32;

/// Numbers of the events of arithmetic with two operands, from addition to the right shift, in the bytecode.
const BINARY_EVENTS: core::ops::RangeInclusive<usize> = 6..=17;

/// What an operand names.
#[derive(Clone, Copy, PartialEq)]
enum Operand {
    /// Nothing, or something checked elsewhere.
    Free,
    /// A register.
    Reg,
    /// An upvalue.
    Up,
    /// A constant.
    Const,
    /// A constant that is an interned string.
    Key,
    /// A constant that is a number.
    Num,
    /// A constant that is an integer.
    Int,
    /// A constant if k is set, else a register.
    RegConst,
    /// A string constant if k is set, else a register.
    RegString,
    /// The event of an arithmetic operation.
    Event,
}

/// Operands A, B and C of an instruction.
fn operands(o: Op) -> [Operand; 3] {
    use Operand::*;
    match o {
        Op::Move | Op::Unm | Op::BNot | Op::Not | Op::Len | Op::TestSet => [Reg, Reg, Free],
        Op::LoadI
        | Op::LoadF
        | Op::LoadK
        | Op::LoadKX
        | Op::LoadFalse
        | Op::LFalseSkip
        | Op::LoadTrue
        | Op::LoadNil
        | Op::NewTable
        | Op::Concat
        | Op::Close
        | Op::Tbc
        | Op::EqI
        | Op::LtI
        | Op::LeI
        | Op::GtI
        | Op::GeI
        | Op::Test
        | Op::Call
        | Op::TailCall
        | Op::Return1
        | Op::ForLoop
        | Op::ForPrep
        | Op::TForPrep
        | Op::TForCall
        | Op::TForLoop
        | Op::SetList
        | Op::Closure => [Reg, Free, Free],
        Op::GetUpval | Op::SetUpval => [Reg, Up, Free],
        Op::GetTabUp => [Reg, Up, Key],
        Op::GetTable => [Reg, Reg, Reg],
        Op::GetI | Op::AddI | Op::ShrI | Op::ShlI => [Reg, Reg, Free],
        Op::GetField => [Reg, Reg, Key],
        Op::SetTabUp => [Up, Key, RegConst],
        Op::SetTable => [Reg, Reg, RegConst],
        Op::SetI => [Reg, Free, RegConst],
        Op::SetField => [Reg, Key, RegConst],
        Op::SelfOp => [Reg, Reg, RegString],
        Op::AddK | Op::SubK | Op::MulK | Op::ModK | Op::PowK | Op::DivK | Op::IDivK => {
            [Reg, Reg, Num]
        }
        Op::BAndK | Op::BOrK | Op::BXorK => [Reg, Reg, Int],
        Op::Add
        | Op::Sub
        | Op::Mul
        | Op::Mod
        | Op::Pow
        | Op::Div
        | Op::IDiv
        | Op::BAnd
        | Op::BOr
        | Op::BXor
        | Op::Shl
        | Op::Shr => [Reg, Reg, Reg],
        Op::MmBin => [Reg, Reg, Event],
        Op::MmBinI => [Reg, Free, Event],
        Op::MmBinK => [Reg, Const, Event],
        Op::Eq | Op::Lt | Op::Le => [Reg, Reg, Free],
        Op::EqK => [Reg, Const, Free],
        Op::Jmp | Op::Return | Op::Return0 | Op::Vararg | Op::VarargPrep | Op::ExtraArg => {
            [Free, Free, Free]
        }
    }
}

struct Code<'p> {
    p: &'p Proto,
    words: &'p [u32],
    registers: usize,
}

/// Whether `p`, whose nested functions were checked already, can be run.
pub fn is_sound(p: &Proto) -> bool {
    let code = Code {
        p,
        words: p.code.as_slice(),
        registers: p.max_stack.get() as usize,
    };
    debug_is_sound(p)
        && p.num_params.get() as usize <= code.registers
        && code.inner_upvalues_exist()
        && code.ends_in_return()
        && (!code.needs_close() || code.returns_close())
        && (code.op_at(0) == Some(Op::VarargPrep)) == p.is_vararg.get()
        && (0..code.words.len()).all(|pc| code.instruction(pc).is_some())
}

/// Line information has the right size and order.
fn debug_is_sound(p: &Proto) -> bool {
    let n = p.code.len();
    let lines = p.line_info.len();
    let abs = p.abs_line_info.as_slice();
    (lines == 0 || lines == n)
        && abs.iter().all(|a| (a.pc as usize) < lines)
        && abs.windows(2).all(|w| w[0].pc < w[1].pc)
}

/// `Some` where the condition holds.
fn ensure(condition: bool) -> Option<()> {
    condition.then_some(())
}

impl Code<'_> {
    fn inner_upvalues_exist(&self) -> bool {
        let exists = |in_stack, index: u8| {
            (index as usize)
                < if in_stack {
                    self.registers
                } else {
                    self.p.upvalues.len()
                }
        };
        let protos = self.p.protos.as_slice();
        protos.iter().all(|inner| {
            inner
                .upvalues
                .as_slice()
                .iter()
                .all(|u| exists(u.in_stack, u.index))
        })
    }

    fn ends_in_return(&self) -> bool {
        let last = self.words.last().and_then(|i| Op::from_code(op::op(*i)));
        matches!(last, Some(Op::Return | Op::Return0 | Op::Return1))
    }

    /// Whether registers may be captured by closures or be variables to be closed.
    fn needs_close(&self) -> bool {
        let protos = self.p.protos.as_slice();
        let captured = |inner: &Gc<Proto>| inner.upvalues.as_slice().iter().any(|u| u.in_stack);
        let marks = |i: &u32| matches!(Op::from_code(op::op(*i)), Some(Op::Tbc | Op::TForPrep));
        protos.iter().any(captured) || self.words.iter().any(marks)
    }

    /// Whether all returns close what is open above the frame's base.
    fn returns_close(&self) -> bool {
        self.words.iter().all(|&i| match Op::from_code(op::op(i)) {
            Some(Op::Return | Op::TailCall) => op::k(i),
            Some(Op::Return0 | Op::Return1) => false,
            _ => true,
        })
    }

    /// The opcode at `pc`, if there is one.
    fn op_at(&self, pc: usize) -> Option<Op> {
        Op::from_code(op::op(*self.words.get(pc)?))
    }
    fn constant(&self, n: usize) -> Option<TValue> {
        self.p.constants.as_slice().get(n).copied()
    }
    /// `n` registers from `first` on exist.
    fn range(&self, first: usize, n: usize) -> Option<()> {
        ensure(first + n <= self.registers)
    }

    fn operand(&self, what: Operand, n: usize, k: bool) -> Option<()> {
        match what {
            Operand::Free => Some(()),
            Operand::Reg => self.range(n, 1),
            Operand::Up => ensure(n < self.p.upvalues.len()),
            Operand::Const => self.constant(n).map(|_| ()),
            Operand::Key => ensure(self.constant(n)?.as_string()?.is_short()),
            Operand::Num => ensure(self.constant(n)?.is_number()),
            Operand::Int => ensure(self.constant(n)?.is_int()),
            Operand::RegConst if k => self.operand(Operand::Const, n, k),
            Operand::RegString if k => ensure(self.constant(n)?.is_string()),
            Operand::RegConst | Operand::RegString => self.range(n, 1),
            Operand::Event => ensure(BINARY_EVENTS.contains(&n)),
        }
    }

    fn instruction(&self, pc: usize) -> Option<()> {
        let i = self.words[pc];
        let o = self.op_at(pc)?;
        let (a, b, c, k) = (op::a(i), op::b(i), op::c(i), op::k(i));
        let [what_a, what_b, what_c] = operands(o);
        self.operand(what_a, a, k)?;
        self.operand(what_b, b, k)?;
        self.operand(what_c, c, k)?;
        if op::uses_top(i) && o != Op::VarargPrep {
            ensure(pc > 0 && self.leaves_open(pc - 1))?;
            // The open values begin at A of the instruction before; all but a return have a register in front of them.
            let first = a + usize::from(o != Op::Return);
            ensure(first <= op::a(self.words[pc - 1]))?;
        }
        if o.is_test() {
            ensure(self.op_at(pc + 1)? == Op::Jmp)?;
            self.target(pc, 1)?;
        }
        if (Op::AddI as u8..=Op::Shr as u8).contains(&(o as u8)) {
            ensure(self.op_at(pc + 1)?.is_metamethod())?;
            self.target(pc, 1)?;
        }
        if o.is_metamethod() {
            let arithmetic = Op::AddI as u8..=Op::Shr as u8;
            ensure(pc > 0 && arithmetic.contains(&op::op(self.words[pc - 1])))?;
        }
        self.ranges(o, i)?;
        self.neighbours(pc, o, i)
    }

    /// Whether the instruction at `pc` leaves an open number of values.
    fn leaves_open(&self, pc: usize) -> bool {
        op::sets_top(self.words[pc]) || self.op_at(pc) == Some(Op::TailCall)
    }

    /// Instructions that concern more than one register.
    fn ranges(&self, o: Op, i: u32) -> Option<()> {
        let (a, b, c, bx) = (op::a(i), op::b(i), op::c(i), op::bx(i));
        match o {
            Op::LoadK => self.constant(bx).map(|_| ()),
            Op::LoadNil => self.range(a, b + 1),
            Op::SelfOp => self.range(a, 2),
            Op::Concat => ensure(b > 0).and(self.range(a, b)),
            Op::NewTable => ensure(b <= MAX_HASH_LOG),
            Op::Call => self.range(a, b).and(self.range(a, c.saturating_sub(1))),
            Op::TailCall => self.range(a, b).and(self.leaves_vararg_frame(c)),
            Op::Return => self
                .range(a, b.saturating_sub(1))
                .and(self.leaves_vararg_frame(c)),
            Op::Return0 | Op::Return1 => ensure(!self.p.is_vararg.get()),
            Op::ForLoop | Op::ForPrep | Op::TForPrep => self.range(a, 4),
            // The call of the iterator needs three registers behind the loop's four.
            Op::TForCall => self.range(a, 7).and(self.range(a, 4 + c)),
            Op::TForLoop => self.range(a, 5),
            Op::SetList => self.range(a, b + 1),
            Op::Closure => ensure(bx < self.p.protos.len()),
            Op::Vararg => ensure(self.p.is_vararg.get()).and(self.range(a, c.saturating_sub(1))),
            _ => Some(()),
        }
    }

    /// A return tells how many values lie below the frame of a vararg function.
    fn leaves_vararg_frame(&self, c: usize) -> Option<()> {
        let below = if self.p.is_vararg.get() {
            self.p.num_params.get() as usize + 1
        } else {
            0
        };
        ensure(c == below)
    }

    /// Instructions that jump or that belong to another one.
    fn neighbours(&self, pc: usize, o: Op, i: u32) -> Option<()> {
        match o {
            Op::Jmp => self.target(pc, op::sj(i) as isize),
            Op::LFalseSkip => self.target(pc, 1),
            Op::ForPrep => self.target(pc, op::bx(i) as isize + 1),
            // Under hooks both are one instruction.
            Op::TForPrep => ensure(self.op_at(pc + 1 + op::bx(i))? == Op::TForCall),
            Op::ForLoop | Op::TForLoop => self.target(pc, -(op::bx(i) as isize)),
            Op::TForCall => ensure(self.op_at(pc + 1)? == Op::TForLoop),
            Op::LoadKX => {
                ensure(self.op_at(pc + 1)? == Op::ExtraArg)?;
                self.constant(op::ax(self.words[pc + 1])).map(|_| ())
            }
            Op::NewTable => ensure(self.op_at(pc + 1)? == Op::ExtraArg),
            Op::SetList if op::k(i) => ensure(self.op_at(pc + 1)? == Op::ExtraArg),
            Op::VarargPrep => ensure(pc == 0 && op::a(i) == self.p.num_params.get() as usize),
            Op::ExtraArg => {
                let before = self.op_at(pc.checked_sub(1)?)?;
                ensure(matches!(before, Op::LoadKX | Op::NewTable | Op::SetList))
            }
            _ => Some(()),
        }
    }

    /// The instruction `distance` behind the next one can be jumped to: it exists and stands for itself.
    fn target(&self, pc: usize, distance: isize) -> Option<()> {
        let to = (pc + 1).checked_add_signed(distance)?;
        let o = self.op_at(to)?;
        let open = op::uses_top(self.words[to]) && o != Op::VarargPrep;
        ensure(!open && !o.is_metamethod() && !matches!(o, Op::ExtraArg | Op::VarargPrep))
    }
}
