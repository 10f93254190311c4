//! Arithmetic and bitwise operations.

use super::{Recorded, Recorder, Val};
use crate::bytecode::op::{Op, a, b, c, k as kbit, sb, sc};
use crate::global::Event;
use crate::number::{self, LARGEST_EXACT};
use crate::object::State;
use crate::object::proto::Instruction;
use crate::trace::runtime;
use crate::value::{TValue, tag};
use crate::vm::interp::bytecode_event;
use perilune_jit::{BinOp, Cc, Ref, UnOp};

/// What an instruction computes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Add,
    Sub,
    Mul,
    Mod,
    Pow,
    Div,
    IDiv,
    And,
    Or,
    Xor,
    Shl,
    Shr,
}

/// The operation and where the second operand comes from.
pub(super) fn decode(o: Op) -> Option<(Kind, Source)> {
    use Source::{Constant, Immediate, Register};
    Some(match o {
        Op::AddI => (Kind::Add, Immediate),
        Op::AddK => (Kind::Add, Constant),
        Op::SubK => (Kind::Sub, Constant),
        Op::MulK => (Kind::Mul, Constant),
        Op::ModK => (Kind::Mod, Constant),
        Op::PowK => (Kind::Pow, Constant),
        Op::DivK => (Kind::Div, Constant),
        Op::IDivK => (Kind::IDiv, Constant),
        Op::BAndK => (Kind::And, Constant),
        Op::BOrK => (Kind::Or, Constant),
        Op::BXorK => (Kind::Xor, Constant),
        // Shifts of a register by an immediate, and of an immediate by a register.
        Op::ShrI => (Kind::Shr, Immediate),
        Op::ShlI => (Kind::Shl, Immediate),
        Op::Add => (Kind::Add, Register),
        Op::Sub => (Kind::Sub, Register),
        Op::Mul => (Kind::Mul, Register),
        Op::Mod => (Kind::Mod, Register),
        Op::Pow => (Kind::Pow, Register),
        Op::Div => (Kind::Div, Register),
        Op::IDiv => (Kind::IDiv, Register),
        Op::BAnd => (Kind::And, Register),
        Op::BOr => (Kind::Or, Register),
        Op::BXor => (Kind::Xor, Register),
        Op::Shl => (Kind::Shl, Register),
        Op::Shr => (Kind::Shr, Register),
        _ => return None,
    })
}

/// Where the second operand of an operation comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Register,
    Constant,
    Immediate,
}

fn is_number(v: Val) -> bool {
    v.tag & 0x0F == 3
}

impl Recorder {
    /// Records a binary operation. What is not on numbers fails, and the metamethod's instruction follows.
    pub(super) fn binary(&mut self, l: &State, o: Op, i: Instruction) -> Recorded {
        let Some((kind, source)) = decode(o) else {
            return self.step();
        };
        let x = self.look(l, b(i));
        let y = match source {
            Source::Register => self.look(l, c(i)),
            Source::Constant => self.constant(self.k(c(i))),
            Source::Immediate => self.constant(TValue::int(sc(i) as i64)),
        };
        if !is_number(x) || !is_number(y) {
            // The guards on the types stand; the instruction does nothing.
            return Ok(());
        }
        let (x, y) = if o == Op::ShlI { (y, x) } else { (x, y) };
        match kind {
            Kind::And | Kind::Or | Kind::Xor | Kind::Shl | Kind::Shr => self.bitwise(kind, x, y, i),
            Kind::Mod if [x.tag, y.tag].contains(&tag::FLOAT) => self.float_mod(l, x, y, i),
            _ => self.arithmetic(kind, x, y, i),
        }
    }

    fn arithmetic(&mut self, kind: Kind, x: Val, y: Val, i: Instruction) -> Recorded {
        let ints = x.tag == tag::INT && y.tag == tag::INT;
        if ints && !matches!(kind, Kind::Div | Kind::Pow) {
            let op = match kind {
                Kind::Add => BinOp::Add,
                Kind::Sub => BinOp::Sub,
                Kind::Mul => BinOp::Mul,
                Kind::Mod => BinOp::ModFloor,
                _ => BinOp::DivFloor,
            };
            if matches!(kind, Kind::Mod | Kind::IDiv) {
                // Zero raises an error: the interpreter does that.
                self.guard_int(Cc::Ne, y.r, 0);
            }
            let r = self.ir.bin(op, x.r, y.r);
            self.set(a(i), Val { r, tag: tag::INT });
            return Ok(());
        }
        let (m, n) = (self.number(x), self.number(y));
        let r = match kind {
            Kind::Add => self.ir.bin(BinOp::FAdd, m, n),
            Kind::Sub => self.ir.bin(BinOp::FSub, m, n),
            Kind::Mul => self.ir.bin(BinOp::FMul, m, n),
            Kind::Div => self.ir.bin(BinOp::FDiv, m, n),
            Kind::IDiv => {
                let q = self.ir.bin(BinOp::FDiv, m, n);
                self.ir.un(UnOp::FFloor, q)
            }
            Kind::Pow if self.ir.as_num(n) == Some(2.0) => self.ir.bin(BinOp::FMul, m, m),
            _ => self.call(&runtime::power(), &[m, n]),
        };
        self.set(a(i), Val { r, tag: tag::FLOAT });
        Ok(())
    }

    /// A remainder of floats, or of a float and an integer: of integers, if the divisor and the integral part of what is
    /// divided are such as floats stand for. What is behind the point is added to that of its integral part.
    fn float_mod(&mut self, l: &State, x: Val, y: Val, i: Instruction) -> Recorded {
        let divisor = match self
            .ir
            .as_num(y.r)
            .or(self.ir.as_int(y.r).map(|n| n as f64))
        {
            Some(constant) => Some(constant),
            None => self.peek(l, self.reg(c(i))).as_number(),
        };
        let dividend = self.peek(l, self.reg(b(i))).as_number();
        let is_count = |v: Option<f64>| v.filter(|&v| v > 0.0 && v <= LARGEST_EXACT as f64);
        let r = match (is_count(dividend), is_count(divisor)) {
            (Some(m), Some(n)) if n.fract() == 0.0 => {
                // What is left of a division by 1 is a fraction, mostly.
                let integral = x.tag == tag::INT || n != 1.0 && m.fract() == 0.0;
                let (m, behind) = match integral {
                    true => (self.count_in(x), None),
                    false => {
                        let (whole, behind) = self.parts(x.r);
                        (whole, Some(behind))
                    }
                };
                let n = self.count_in(y);
                let rest = self.ir.bin(BinOp::ModFloor, m, n);
                let rest = self.ir.un(UnOp::ToNum, rest);
                behind.map_or(rest, |f| self.ir.bin(BinOp::FAdd, rest, f))
            }
            _ => {
                let (m, n) = (self.number(x), self.number(y));
                self.call(&runtime::float_mod(), &[m, n])
            }
        };
        self.set(a(i), Val { r, tag: tag::FLOAT });
        Ok(())
    }

    /// The integral part of a float, guarded to be above 0 and no more than [`LARGEST_EXACT`], and what is behind the point.
    fn parts(&mut self, f: Ref) -> (Ref, Ref) {
        let (zero, largest) = (self.ir.num(0.0), self.ir.num(LARGEST_EXACT as f64));
        self.guard(Cc::FGt, f, zero);
        self.guard(Cc::FLe, f, largest);
        let floor = self.ir.un(UnOp::FFloor, f);
        let behind = self.ir.bin(BinOp::FSub, f, floor);
        (self.ir.un(UnOp::ToInt, floor), behind)
    }

    /// A number as an integer, guarded to be one from 1 to [`LARGEST_EXACT`]: the rest of a division has no sign to lose.
    fn count_in(&mut self, v: Val) -> Ref {
        let constant = self.ir.as_num(v.r).map(|f| f as i64);
        if let Some(n) = constant.or(self.ir.as_int(v.r)) {
            return self.int(n);
        }
        let n = match v.tag {
            tag::INT => v.r,
            _ => {
                let n = self.ir.un(UnOp::ToInt, v.r);
                let back = self.ir.un(UnOp::ToNum, n);
                self.guard(Cc::FEq, back, v.r);
                n
            }
        };
        let (one, largest) = (self.int(1), self.int(LARGEST_EXACT));
        let less_one = self.ir.bin(BinOp::Sub, n, one);
        self.guard(Cc::ULt, less_one, largest);
        n
    }

    fn bitwise(&mut self, kind: Kind, x: Val, y: Val, i: Instruction) -> Recorded {
        let (Some(x), Some(y)) = (self.integer(x), self.integer(y)) else {
            return self.step();
        };
        let r = match kind {
            Kind::And => self.ir.bin(BinOp::And, x, y),
            Kind::Or => self.ir.bin(BinOp::Or, x, y),
            Kind::Xor => self.ir.bin(BinOp::Xor, x, y),
            Kind::Shl => self.shift(x, y),
            _ => {
                let n = self.ir.un(UnOp::Neg, y);
                self.shift(x, n)
            }
        };
        self.set(a(i), Val { r, tag: tag::INT });
        Ok(())
    }

    /// `x << n` as Lua has it: a negative count shifts to the right, a large one shifts everything out.
    fn shift(&mut self, x: Ref, n: Ref) -> Ref {
        let zero = self.int(0);
        if let Some(n) = self.ir.as_int(n) {
            return match n {
                0..64 => {
                    let n = self.int(n);
                    self.ir.bin(BinOp::Shl, x, n)
                }
                -63..0 => {
                    let n = self.int(-n);
                    self.ir.bin(BinOp::Shr, x, n)
                }
                _ => zero,
            };
        }
        let bits = self.int(64);
        let back = self.ir.un(UnOp::Neg, n);
        let left = self.ir.bin(BinOp::Shl, x, n);
        let right = self.ir.bin(BinOp::Shr, x, back);
        let fits_left = self.ir.cmp(Cc::ULt, n, bits);
        let fits_right = self.ir.cmp(Cc::ULt, back, bits);
        let other = self.ir.select(fits_right, right, zero);
        self.ir.select(fits_left, left, other)
    }

    /// The number as a float.
    pub(super) fn number(&mut self, v: Val) -> Ref {
        if v.tag == tag::FLOAT {
            v.r
        } else {
            match self.ir.as_int(v.r) {
                Some(n) => self.ir.num(number::int_to_float(n)),
                None => self.ir.un(UnOp::ToNum, v.r),
            }
        }
    }

    /// An operand of a bitwise operation as an integer; a float is guarded to have one as its value.
    fn integer(&mut self, v: Val) -> Option<Ref> {
        if v.tag == tag::INT {
            return Some(v.r);
        }
        if self.ir.as_num(v.r).is_some() {
            return None;
        }
        Some(self.exact_integer(v.r))
    }

    /// The integer that a float stands for, guarded to be one.
    pub(super) fn exact_integer(&mut self, f: Ref) -> Ref {
        let n = self.ir.un(UnOp::ToInt, f);
        let back = self.ir.un(UnOp::ToNum, n);
        self.guard(Cc::FEq, back, f);
        // The conversion saturates: 2^63 comes back as itself.
        let limit = self.ir.num(9223372036854775808.0);
        self.guard(Cc::FLt, f, limit);
        n
    }

    /// Records the call of the metamethod for the operation in front.
    pub(super) fn operator_event(&mut self, l: &State, o: Op, i: Instruction) -> Recorded {
        let x = self.look_register(l, a(i));
        let now = match o {
            Op::MmBinI => TValue::int(sb(i) as i64),
            Op::MmBinK => self.k(b(i)),
            _ => self.peek(l, self.reg(b(i))),
        };
        let y = match o {
            Op::MmBin => self.look_register(l, b(i)),
            _ => (self.constant(now), now),
        };
        let (x, y) = if o != Op::MmBin && kbit(i) {
            (y, x)
        } else {
            (x, y)
        };
        let f = self.binary_metamethod(l, x, y, bytecode_event(c(i)));
        self.enter_metamethod(f, &[x.0, y.0], 1)
    }

    /// Records `-x` and `~x`.
    pub(super) fn unary(&mut self, l: &State, o: Op, i: Instruction) -> Recorded {
        let x = self.look(l, b(i));
        let r = match (o, x.tag) {
            (Op::Unm, tag::INT) => self.ir.un(UnOp::Neg, x.r),
            (Op::Unm, tag::FLOAT) => self.ir.un(UnOp::FNeg, x.r),
            (Op::BNot, tag::INT) => self.ir.un(UnOp::Not, x.r),
            (Op::BNot, tag::FLOAT) => return self.step(),
            _ => {
                let x = self.look_register(l, b(i));
                let event = if o == Op::Unm {
                    Event::Unm
                } else {
                    Event::BNot
                };
                let f = self.metamethod(l, x, event);
                return self.enter_metamethod(f, &[x.0, x.0], 1);
            }
        };
        self.set(a(i), Val { r, tag: x.tag });
        Ok(())
    }
}
