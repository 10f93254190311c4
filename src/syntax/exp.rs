//! The description of an expression that was recognised: where its value is, or how to get it.

use super::code::{encode_sc, fits_sc};
use crate::number;
use crate::object::Str;
use crate::value::{Gc, TValue};

/// The end of a list of jumps.
pub const NO_JUMP: i32 = -1;

/// Two small numbers in a word.
#[derive(Clone, Copy)]
pub struct Pair(u64);

impl Pair {
    pub(super) fn new(first: usize, second: usize) -> Pair {
        Pair((first as u64) << 32 | second as u64)
    }
    /// Both numbers.
    #[inline(always)]
    pub fn get(self) -> (usize, usize) {
        ((self.0 >> 32) as usize, self.0 as u32 as usize)
    }
}

/// The place of an instruction.
#[derive(Clone, Copy)]
pub struct Place(u64);

impl Place {
    /// Its number in the code.
    #[inline(always)]
    pub fn pc(self) -> i32 {
        self.0 as i32
    }
}

/// Where the value of an expression is.
///
/// Every variant holds one word or nothing, so that a kind is passed and copied as two scalars; a wide move behind
/// narrower stores would miss store forwarding.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Nothing: an empty list of expressions.
    Void,
    /// The constant nil.
    Nil,
    /// The constant true.
    True,
    /// The constant false.
    False,
    /// A constant of the function.
    Constant(usize),
    /// A float literal: its bits.
    Float(u64),
    /// An integer literal.
    Int(i64),
    /// A string literal.
    String(Gc<Str>),
    /// In a fixed register.
    Register(usize),
    /// In the register of a local variable (its number in the function).
    Local(Pair),
    /// An upvalue.
    Upvalue(usize),
    /// A compile-time constant (its place among the variables).
    CompileTime(usize),
    /// `R[0][R[1]]`
    Indexed(Pair),
    /// `upvalue 0 [K[1]]`
    IndexedUpvalue(Pair),
    /// `R[0][1]`, an integer
    IndexedInt(Pair),
    /// `R[0][K[1]]`, a string
    IndexedString(Pair),
    /// A comparison, whose jump this is.
    Jump(Place),
    /// An instruction that can put its result into any register.
    Relocatable(Place),
    /// A call.
    Call(Place),
    /// A vararg expression.
    Vararg(Place),
}

impl Kind {
    /// A float literal.
    pub fn float(n: f64) -> Kind {
        Kind::Float(n.to_bits())
    }
    /// A local variable: its number and its register.
    pub fn local(n: usize, reg: usize) -> Kind {
        Kind::Local(Pair::new(n, reg))
    }
    /// `R[t][R[k]]`
    pub fn indexed(t: usize, k: usize) -> Kind {
        Kind::Indexed(Pair::new(t, k))
    }
    /// `upvalue t [K[k]]`
    pub(super) fn indexed_upvalue(t: usize, k: usize) -> Kind {
        Kind::IndexedUpvalue(Pair::new(t, k))
    }
    /// `R[t][i]`
    pub fn indexed_int(t: usize, i: usize) -> Kind {
        Kind::IndexedInt(Pair::new(t, i))
    }
    /// `R[t][K[k]]`
    pub fn indexed_string(t: usize, k: usize) -> Kind {
        Kind::IndexedString(Pair::new(t, k))
    }
    /// The comparison whose jump is at `pc`.
    pub(super) fn jump(pc: i32) -> Kind {
        Kind::Jump(Place(pc as u64))
    }
    /// The instruction at `pc`.
    pub fn relocatable(pc: i32) -> Kind {
        Kind::Relocatable(Place(pc as u64))
    }
    /// The call at `pc`.
    pub fn call(pc: i32) -> Kind {
        Kind::Call(Place(pc as u64))
    }
    /// The vararg expression at `pc`.
    pub fn vararg(pc: i32) -> Kind {
        Kind::Vararg(Place(pc as u64))
    }
}

/// An expression.
#[derive(Clone, Copy)]
pub struct Exp {
    /// Where its value is.
    pub kind: Kind,
    /// Jumps that leave it when it is true.
    pub when_true: i32,
    /// Jumps that leave it when it is false.
    pub when_false: i32,
}

impl Exp {
    /// An expression without jumps.
    pub fn new(kind: Kind) -> Exp {
        Exp {
            kind,
            when_true: NO_JUMP,
            when_false: NO_JUMP,
        }
    }
    pub(super) fn has_jumps(&self) -> bool {
        self.when_true != self.when_false
    }
    /// Whether the expression can have several values.
    pub fn is_multiple(&self) -> bool {
        matches!(self.kind, Kind::Call(_) | Kind::Vararg(_))
    }
    /// Whether the expression is an element of a table.
    pub fn is_indexed(&self) -> bool {
        matches!(
            self.kind,
            Kind::Indexed(..)
                | Kind::IndexedUpvalue(..)
                | Kind::IndexedInt(..)
                | Kind::IndexedString(..)
        )
    }
    /// Whether the expression can be assigned to.
    pub fn is_variable(&self) -> bool {
        self.is_indexed()
            || matches!(
                self.kind,
                Kind::Local(..) | Kind::Upvalue(_) | Kind::CompileTime(_)
            )
    }
    /// A numeric literal.
    pub(super) fn numeral(&self) -> Option<TValue> {
        if self.has_jumps() {
            return None;
        }
        match self.kind {
            Kind::Int(i) => Some(TValue::int(i)),
            Kind::Float(bits) => Some(TValue::float(f64::from_bits(bits))),
            _ => None,
        }
    }
    pub(super) fn is_int_literal(&self) -> bool {
        matches!(self.kind, Kind::Int(_)) && !self.has_jumps()
    }
    /// An integer literal that fits a signed C operand.
    pub(super) fn small_int(&self) -> Option<i64> {
        match self.kind {
            Kind::Int(i) if !self.has_jumps() && fits_sc(i) => Some(i),
            _ => None,
        }
    }
    /// A number literal with an integer value that fits a signed operand: the encoded operand. Sets `is_float` for a
    /// float literal with an integer value, whether it fits or not, as the C operand of comparisons records it.
    pub(super) fn small_number(&self, is_float: &mut bool) -> Option<usize> {
        let i = match self.kind {
            Kind::Int(i) => i,
            Kind::Float(bits) => {
                let i = number::float_to_int_exact(f64::from_bits(bits))?;
                *is_float = true;
                i
            }
            _ => return None,
        };
        (!self.has_jumps() && fits_sc(i)).then(|| encode_sc(i))
    }
    pub(super) fn register(&self) -> usize {
        match self.kind {
            Kind::Register(r) => r,
            _ => unreachable!("the expression is in a register"),
        }
    }
}
