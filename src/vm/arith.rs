//! Arithmetic and bitwise operations.

use super::{convert, meta};
use crate::debug;
use crate::error::{LResult, Throw};
use crate::global::Event;
use crate::number;
use crate::object::State;
use crate::value::{Slot, TValue};

/// The operations, numbered as `LUA_OPADD` and its neighbours.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum ArithOp {
    Add,
    Sub,
    Mul,
    Mod,
    Pow,
    Div,
    IDiv,
    BAnd,
    BOr,
    BXor,
    Shl,
    Shr,
    Unm,
    BNot,
}

/// All operations, by number.
const OPS: [ArithOp; 14] = [
    ArithOp::Add,
    ArithOp::Sub,
    ArithOp::Mul,
    ArithOp::Mod,
    ArithOp::Pow,
    ArithOp::Div,
    ArithOp::IDiv,
    ArithOp::BAnd,
    ArithOp::BOr,
    ArithOp::BXor,
    ArithOp::Shl,
    ArithOp::Shr,
    ArithOp::Unm,
    ArithOp::BNot,
];

/// The metamethod events of the operations, by number.
const EVENTS: [Event; 14] = [
    Event::Add,
    Event::Sub,
    Event::Mul,
    Event::Mod,
    Event::Pow,
    Event::Div,
    Event::IDiv,
    Event::BAnd,
    Event::BOr,
    Event::BXor,
    Event::Shl,
    Event::Shr,
    Event::Unm,
    Event::BNot,
];

impl ArithOp {
    /// The operation with this number.
    pub fn from_code(code: i32) -> Option<ArithOp> {
        usize::try_from(code).ok().and_then(|i| OPS.get(i).copied())
    }
    /// Its metamethod event.
    pub fn event(self) -> Event {
        EVENTS[self as usize]
    }
    fn is_bitwise(self) -> bool {
        matches!(
            self,
            ArithOp::BAnd
                | ArithOp::BOr
                | ArithOp::BXor
                | ArithOp::Shl
                | ArithOp::Shr
                | ArithOp::BNot
        )
    }
}

/// The result for two numbers; `None` if they are no numbers, have no integer value where one is needed, or the
/// integer division has a divisor of zero.
pub fn raw_arith(op: ArithOp, a: TValue, b: TValue) -> Option<TValue> {
    if op.is_bitwise() {
        let (x, y) = (
            convert::number_to_integer(a)?,
            convert::number_to_integer(b)?,
        );
        return Some(TValue::int(bitwise(op, x, y)));
    }
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int())
        && !matches!(op, ArithOp::Div | ArithOp::Pow)
    {
        return integer(op, x, y).map(TValue::int);
    }
    let (x, y) = (a.as_number()?, b.as_number()?);
    Some(TValue::float(float(op, x, y)))
}

fn bitwise(op: ArithOp, x: i64, y: i64) -> i64 {
    match op {
        ArithOp::BAnd => x & y,
        ArithOp::BOr => x | y,
        ArithOp::BXor => x ^ y,
        ArithOp::Shl => number::shl(x, y),
        ArithOp::Shr => number::shl(x, 0i64.wrapping_sub(y)),
        _ => !x,
    }
}

fn integer(op: ArithOp, x: i64, y: i64) -> Option<i64> {
    Some(match op {
        ArithOp::Add => x.wrapping_add(y),
        ArithOp::Sub => x.wrapping_sub(y),
        ArithOp::Mul => x.wrapping_mul(y),
        ArithOp::Mod if y != 0 => number::imod(x, y),
        ArithOp::IDiv if y != 0 => number::idiv(x, y),
        ArithOp::Unm => 0i64.wrapping_sub(x),
        _ => return None,
    })
}

fn float(op: ArithOp, x: f64, y: f64) -> f64 {
    match op {
        ArithOp::Add => x + y,
        ArithOp::Sub => x - y,
        ArithOp::Mul => x * y,
        ArithOp::Div => x / y,
        ArithOp::Mod => number::fmod_lua(x, y),
        ArithOp::Pow => number::pow(x, y),
        ArithOp::IDiv => number::fdiv_floor(x, y),
        _ => -x,
    }
}

/// The result for any two values, with metamethods. Raises errors; slots move.
pub fn arith(l: &State, op: ArithOp, a: TValue, b: TValue) -> LResult<TValue> {
    if let Some(v) = raw_arith(op, a, b) {
        return Ok(v);
    }
    if a.is_int() && b.as_int() == Some(0) {
        match op {
            ArithOp::Mod => return Err(mod_by_zero(l)),
            ArithOp::IDiv => return Err(div_by_zero(l)),
            _ => {}
        }
    }
    let (mut a, mut b) = (a, b);
    binary(l, Slot::new(&raw mut a), Slot::new(&raw mut b), op.event())
}

/// The error of `n // 0`.
#[cold]
pub fn div_by_zero(l: &State) -> Throw {
    l.run_error("attempt to divide by zero", &[])
}

/// The error of `n % 0`.
#[cold]
pub fn mod_by_zero(l: &State) -> Throw {
    l.run_error("attempt to perform 'n%%0'", &[])
}

/// The result of an arithmetic event for operands that are not both numbers: metamethod or error. The slots tell
/// messages where the operands come from.
pub fn binary(l: &State, a: Slot, b: Slot, e: Event) -> LResult<TValue> {
    match meta::binary(l, a.get(), b.get(), e)? {
        Some(v) => Ok(v),
        None => Err(operand_error(l, a, b, e)),
    }
}

/// The error of an arithmetic event for which neither operand has a metamethod.
#[cold]
pub fn operand_error(l: &State, a: Slot, b: Slot, e: Event) -> Throw {
    match e {
        Event::BAnd | Event::BOr | Event::BXor | Event::Shl | Event::Shr | Event::BNot => {
            if a.get().is_number() && b.get().is_number() {
                debug::to_int_error(l, a, b)
            } else {
                debug::op_arith_error(l, a, b, "perform bitwise operation on")
            }
        }
        _ => debug::op_arith_error(l, a, b, "perform arithmetic on"),
    }
}
