//! Code generation for operators: folding of constants, forms with immediate and constant operands, comparisons.

use super::code::{encode_sc, fits_sc, with_b};
use super::exp::{Exp, Kind};
use super::expr::{BinaryOp, UnaryOp};
use super::func::Compiler;
use crate::bytecode::op::{self, Op};
use crate::error::LResult;
use crate::vm::raw_arith;

/// The opcode `n` places behind `base`.
fn op_at(base: Op, n: usize) -> Op {
    match Op::from_code(base as u8 + n as u8) {
        Some(o) => o,
        None => unreachable!("operators are in the order of their opcodes"),
    }
}

impl Compiler<'_, '_> {
    /// Computes an operation on two numerals at compile time, if that is safe.
    fn fold(&mut self, operation: i32, a: &mut Exp, b: &Exp) -> bool {
        let (Some(x), Some(y)) = (a.numeral(), b.numeral()) else {
            return false;
        };
        let Some(operation) = crate::vm::ArithOp::from_code(operation) else {
            return false;
        };
        use crate::vm::ArithOp::{Div, IDiv, Mod};
        if matches!(operation, Div | IDiv | Mod) && y.as_number() == Some(0.0) {
            return false;
        }
        let Some(v) = raw_arith(operation, x, y) else {
            return false;
        };
        match v.as_float() {
            Some(n) if n.is_nan() || n == 0.0 => return false,
            _ => {}
        }
        a.kind = Self::literal(v);
        true
    }
    /// Applies a unary operator that stood in `line`.
    pub fn prefix(&mut self, o: UnaryOp, e: &mut Exp, line: i32) -> LResult<()> {
        self.discharge(e)?;
        let (folded, opcode) = match o {
            UnaryOp::Minus => (Some(12), Op::Unm),
            UnaryOp::BNot => (Some(13), Op::BNot),
            UnaryOp::Len => (None, Op::Len),
            UnaryOp::Not => return self.emit_not(e),
        };
        if let Some(code) = folded
            && self.fold(code, e, &Exp::new(Kind::Int(0)))
        {
            return Ok(());
        }
        let r = self.place_any(e)?;
        self.free_exp(e);
        e.kind = Kind::relocatable(self.emit_abc(opcode, 0, r, 0)?);
        self.fix_line(line)
    }
    /// Prepares the first operand of a binary operator, before the second one is read.
    pub fn infix(&mut self, o: BinaryOp, e: &mut Exp) -> LResult<()> {
        self.discharge(e)?;
        match o {
            BinaryOp::And => self.go_if_true(e)?,
            BinaryOp::Or => self.go_if_false(e)?,
            BinaryOp::Concat => self.place_next(e)?,
            BinaryOp::Eq | BinaryOp::Ne => {
                if e.numeral().is_none() {
                    self.place_operand(e)?;
                }
            }
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                if e.small_number(&mut false).is_none() {
                    self.place_any(e)?;
                }
            }
            _ => {
                if e.numeral().is_none() {
                    self.place_any(e)?;
                }
            }
        }
        Ok(())
    }

    /// Emits an arithmetic instruction and the call of its metamethod.
    #[allow(clippy::too_many_arguments)]
    fn finish_binary(
        &mut self,
        a: &mut Exp,
        b: &Exp,
        o: Op,
        operand: usize,
        flip: bool,
        line: i32,
        fallback: Op,
        event: usize,
    ) -> LResult<()> {
        let x = self.place_any(a)?;
        let pc = self.emit_abc(o, 0, x, operand)?;
        self.free_exps(a, b);
        a.kind = Kind::relocatable(pc);
        self.fix_line(line)?;
        self.emit_abck(fallback, x, operand, event, flip)?;
        self.fix_line(line)
    }
    fn binary_registers(
        &mut self,
        o: BinaryOp,
        a: &mut Exp,
        b: &mut Exp,
        line: i32,
    ) -> LResult<()> {
        let y = self.place_any(b)?;
        let opcode = op_at(Op::Add, o as usize);
        self.finish_binary(a, b, opcode, y, false, line, Op::MmBin, o.event())
    }
    /// An operation with a small integer, encoded in the instruction.
    #[allow(clippy::too_many_arguments)]
    fn binary_immediate(
        &mut self,
        opcode: Op,
        a: &mut Exp,
        b: &Exp,
        i: i64,
        flip: bool,
        line: i32,
        o: BinaryOp,
    ) -> LResult<()> {
        self.finish_binary(
            a,
            b,
            opcode,
            encode_sc(i),
            flip,
            line,
            Op::MmBinI,
            o.event(),
        )
    }
    /// An operation with a constant.
    fn binary_constant(
        &mut self,
        o: BinaryOp,
        a: &mut Exp,
        b: &Exp,
        k: usize,
        flip: bool,
        line: i32,
    ) -> LResult<()> {
        let opcode = op_at(Op::AddK, o as usize);
        self.finish_binary(a, b, opcode, k, flip, line, Op::MmBinK, o.event())
    }
    /// An operation with a small integer that is done by its inverse; answers whether it could be.
    fn binary_negated(
        &mut self,
        opcode: Op,
        o: BinaryOp,
        a: &mut Exp,
        b: &Exp,
        line: i32,
    ) -> LResult<bool> {
        let Some(i) = b.small_int().filter(|&i| fits_sc(-i)) else {
            return Ok(false);
        };
        self.binary_immediate(opcode, a, b, -i, false, line, o)?;
        // The metamethod gets the operand as it was written.
        let last = self.fs.pc() - 1;
        *self.code_mut(last) = with_b(self.code(last), encode_sc(i));
        Ok(true)
    }
    fn binary_unflipped(
        &mut self,
        o: BinaryOp,
        a: &mut Exp,
        b: &mut Exp,
        flip: bool,
        line: i32,
    ) -> LResult<()> {
        if flip {
            core::mem::swap(a, b);
        }
        self.binary_registers(o, a, b, line)
    }
    fn arith(
        &mut self,
        o: BinaryOp,
        a: &mut Exp,
        b: &mut Exp,
        flip: bool,
        line: i32,
    ) -> LResult<()> {
        if b.numeral().is_some()
            && let Some(k) = self.place_constant(b)?
        {
            return self.binary_constant(o, a, b, k, flip, line);
        }
        self.binary_unflipped(o, a, b, flip, line)
    }
    fn commutative(&mut self, o: BinaryOp, a: &mut Exp, b: &mut Exp, line: i32) -> LResult<()> {
        let flip = a.numeral().is_some();
        if flip {
            core::mem::swap(a, b);
        }
        if let (BinaryOp::Add, Some(i)) = (o, b.small_int()) {
            return self.binary_immediate(Op::AddI, a, b, i, flip, line, o);
        }
        self.arith(o, a, b, flip, line)
    }
    fn bitwise(&mut self, o: BinaryOp, a: &mut Exp, b: &mut Exp, line: i32) -> LResult<()> {
        let flip = matches!(a.kind, Kind::Int(_));
        if flip {
            core::mem::swap(a, b);
        }
        if b.is_int_literal()
            && let Some(k) = self.place_constant(b)?
        {
            return self.binary_constant(o, a, b, k, flip, line);
        }
        self.binary_unflipped(o, a, b, flip, line)
    }
    /// `<` and `<=` (and, by the caller's swap, `>` and `>=`).
    fn order(&mut self, o: BinaryOp, a: &mut Exp, b: &mut Exp) -> LResult<()> {
        let n = (o == BinaryOp::Le) as usize;
        let mut is_float = false;
        let (opcode, x, y) = if let Some(imm) = b.small_number(&mut is_float) {
            (op_at(Op::LtI, n), self.place_any(a)?, imm)
        } else if let Some(imm) = a.small_number(&mut is_float) {
            (op_at(Op::GtI, n), self.place_any(b)?, imm)
        } else {
            let x = self.place_any(a)?;
            (op_at(Op::Lt, n), x, self.place_any(b)?)
        };
        self.free_exps(a, b);
        a.kind = Kind::jump(self.cond_jump(opcode, x, y, is_float as usize, true)?);
        Ok(())
    }
    fn equality(&mut self, o: BinaryOp, a: &mut Exp, b: &mut Exp) -> LResult<()> {
        if !matches!(a.kind, Kind::Register(_)) {
            core::mem::swap(a, b);
        }
        let x = self.place_any(a)?;
        let mut is_float = false;
        let (opcode, y) = if let Some(imm) = b.small_number(&mut is_float) {
            (Op::EqI, imm)
        } else {
            match self.place_operand(b)? {
                (k, true) => (Op::EqK, k),
                (r, false) => (Op::Eq, r),
            }
        };
        self.free_exps(a, b);
        a.kind = Kind::jump(self.cond_jump(opcode, x, y, is_float as usize, o == BinaryOp::Eq)?);
        Ok(())
    }
    /// Joins `a .. b`, where both are in consecutive registers, with the concatenation that made `b`, if any.
    fn concat(&mut self, a: &Exp, b: &Exp, line: i32) -> LResult<()> {
        let first = a.register();
        if let Some(previous) = self.fs.previous()
            && op::op(*previous) == Op::Concat as u8
        {
            let n = op::b(*previous);
            *previous = op::abck(Op::Concat, first, n + 1, 0, false);
            self.free_exp(b);
            return Ok(());
        }
        self.emit_abc(Op::Concat, first, 2, 0)?;
        self.free_exp(b);
        self.fix_line(line)
    }
    /// Applies a binary operator that stood in `line`; the result is in `a`.
    pub fn postfix(&mut self, o: BinaryOp, a: &mut Exp, b: &mut Exp, line: i32) -> LResult<()> {
        self.discharge(b)?;
        if o as usize <= BinaryOp::Shr as usize && self.fold(o as i32, a, b) {
            return Ok(());
        }
        match o {
            BinaryOp::And => {
                self.join_jumps(&mut b.when_false, a.when_false)?;
                *a = *b;
            }
            BinaryOp::Or => {
                self.join_jumps(&mut b.when_true, a.when_true)?;
                *a = *b;
            }
            BinaryOp::Concat => {
                self.place_next(b)?;
                self.concat(a, b, line)?;
            }
            BinaryOp::Add | BinaryOp::Mul => self.commutative(o, a, b, line)?,
            BinaryOp::Sub if self.binary_negated(Op::AddI, o, a, b, line)? => {}
            BinaryOp::Sub | BinaryOp::Div | BinaryOp::IDiv | BinaryOp::Mod | BinaryOp::Pow => {
                self.arith(o, a, b, false, line)?
            }
            BinaryOp::BAnd | BinaryOp::BOr | BinaryOp::BXor => self.bitwise(o, a, b, line)?,
            BinaryOp::Shl => {
                if let Some(i) = a.small_int() {
                    core::mem::swap(a, b);
                    self.binary_immediate(Op::ShlI, a, b, i, true, line, o)?;
                } else if !self.binary_negated(Op::ShrI, o, a, b, line)? {
                    self.binary_registers(o, a, b, line)?;
                }
            }
            BinaryOp::Shr => match b.small_int() {
                Some(i) => self.binary_immediate(Op::ShrI, a, b, i, false, line, o)?,
                None => self.binary_registers(o, a, b, line)?,
            },
            BinaryOp::Eq | BinaryOp::Ne => self.equality(o, a, b)?,
            BinaryOp::Gt | BinaryOp::Ge => {
                core::mem::swap(a, b);
                let flipped = if o == BinaryOp::Gt {
                    BinaryOp::Lt
                } else {
                    BinaryOp::Le
                };
                self.order(flipped, a, b)?;
            }
            BinaryOp::Lt | BinaryOp::Le => self.order(o, a, b)?,
        }
        Ok(())
    }
}
