//! Constants and algebra: `fold`.
//!
//! Exact: integers wrap, doubles are IEEE's. So `x + 0.0` stays (-0.0), `x - 0.0` does not; nothing is reassociated between
//! doubles; an operation on constants whose result is NaN is left to the machine, which chooses the NaN's sign.

use super::emit::Emitter;
use crate::ir::{BinOp, Cc, Op, Ref, Trace, Ty, UnOp, Width};

/// What an operation comes to.
pub enum Folded {
    /// A value that exists.
    Value(Ref),
    /// An operation, the same or a cheaper one.
    Op(Op),
}

use Folded::Value;

/// What a condition comes to.
pub enum Condition {
    /// It is decided.
    Known(bool),
    /// A condition, the same or a simpler one.
    Is(Cc, Ref, Ref),
}

/// Integers that doubles represent exactly.
const EXACT: i64 = 1 << 53;

/// Simplifies an operation without effects.
pub fn fold(e: &mut Emitter, op: Op) -> Folded {
    match op {
        Op::Bin(op, a, b) => match (e.out.as_num(a), e.out.as_num(b)) {
            (Some(x), Some(y)) => numbers(e, op, x, y).unwrap_or(Folded::Op(Op::Bin(op, a, b))),
            (_, Some(y)) => number_right(e, op, a, y).unwrap_or(Folded::Op(Op::Bin(op, a, b))),
            _ if op.ty() == Ty::Num => Folded::Op(Op::Bin(op, a, b)),
            _ => integers(e, op, a, b),
        },
        Op::Un(op, a) => unary(e, op, a).unwrap_or(Folded::Op(Op::Un(op, a))),
        Op::Cmp(cc, a, b) => match condition(e, cc, a, b) {
            Condition::Known(holds) => int(e, holds.into()),
            Condition::Is(cc, a, b) => Folded::Op(Op::Cmp(cc, a, b)),
        },
        Op::Select(c, a, b) => select(e, c, a, b),
        op => Folded::Op(op),
    }
}

fn int(e: &mut Emitter, k: i64) -> Folded {
    Value(e.out.int(k))
}

/// Simplifies further what a simplification has made.
fn again(e: &mut Emitter, op: Op) -> Folded {
    Value(e.pure(op))
}

fn numbers(e: &mut Emitter, op: BinOp, x: f64, y: f64) -> Option<Folded> {
    let result = match op {
        BinOp::FAdd => x + y,
        BinOp::FSub => x - y,
        BinOp::FMul => x * y,
        BinOp::FDiv => x / y,
        _ => return None,
    };
    (!result.is_nan()).then(|| Value(e.out.num(result)))
}

/// A double on the right that changes nothing, or divides as exactly as its inverse multiplies.
fn number_right(e: &mut Emitter, op: BinOp, a: Ref, y: f64) -> Option<Folded> {
    let nothing = match op {
        BinOp::FAdd => y == 0.0 && y.is_sign_negative(),
        BinOp::FSub => y == 0.0 && y.is_sign_positive(),
        BinOp::FMul | BinOp::FDiv => y == 1.0,
        _ => false,
    };
    if nothing {
        return Some(Value(a));
    }
    let power_of_two = y.is_normal() && y.to_bits() << 12 == 0;
    if op == BinOp::FDiv && power_of_two && (1.0 / y).is_normal() {
        let inverse = e.out.num(1.0 / y);
        return Some(again(e, Op::Bin(BinOp::FMul, a, inverse)));
    }
    None
}

/// The result of an operation on integers; none of a division by 0.
fn evaluate(op: BinOp, a: i64, b: i64) -> Option<i64> {
    let count = b as u32;
    Some(match op {
        BinOp::Add => a.wrapping_add(b),
        BinOp::Sub => a.wrapping_sub(b),
        BinOp::Mul => a.wrapping_mul(b),
        BinOp::And => a & b,
        BinOp::Or => a | b,
        BinOp::Xor => a ^ b,
        BinOp::Shl => a.wrapping_shl(count),
        BinOp::Shr => (a as u64).wrapping_shr(count) as i64,
        BinOp::Sar => a.wrapping_shr(count),
        BinOp::DivFloor | BinOp::ModFloor if b == 0 => return None,
        BinOp::DivFloor | BinOp::ModFloor => {
            let (quotient, rest) = (a.wrapping_div(b), a.wrapping_rem(b));
            let off = rest != 0 && (rest ^ b) < 0;
            match op {
                BinOp::DivFloor => quotient - i64::from(off),
                _ if off => rest + b,
                _ => rest,
            }
        }
        _ => return None,
    })
}

fn integers(e: &mut Emitter, op: BinOp, a: Ref, b: Ref) -> Folded {
    if let (Some(x), Some(y)) = (e.out.as_int(a), e.out.as_int(b))
        && let Some(result) = evaluate(op, x, y)
    {
        return int(e, result);
    }
    // The constant stands on the right, and nothing but constants is subtracted from.
    if op.commutes() && e.out.is_constant(a) {
        return again(e, Op::Bin(op, b, a));
    }
    if let Some(k) = e.out.as_int(b) {
        return constant_right(e, op, a, k).unwrap_or(Folded::Op(Op::Bin(op, a, b)));
    }
    match op {
        BinOp::Sub | BinOp::Xor if a == b => return int(e, 0),
        BinOp::And | BinOp::Or if a == b => return Value(a),
        BinOp::Sub | BinOp::Add => {
            if let Some(folded) = sum(e, op, a, b) {
                return folded;
            }
        }
        _ => {}
    }
    Folded::Op(Op::Bin(op, a, b))
}

/// A value as something and a constant that is added to it.
fn offset(t: &Trace, r: Ref) -> (Ref, i64) {
    match t.op(r) {
        Op::Bin(BinOp::Add, x, k) => t.as_int(k).map_or((r, 0), |k| (x, k)),
        _ => (r, 0),
    }
}

/// Sums and differences in which something cancels out.
fn sum(e: &mut Emitter, op: BinOp, a: Ref, b: Ref) -> Option<Folded> {
    let ((x, j), (y, k)) = (offset(&e.out, a), offset(&e.out, b));
    if op == BinOp::Sub && x == y {
        return Some(int(e, j.wrapping_sub(k)));
    }
    match (op, e.out.op(a), e.out.op(b)) {
        (BinOp::Add, Op::Bin(BinOp::Sub, x, y), _) if y == b => Some(Value(x)),
        (BinOp::Add, _, Op::Bin(BinOp::Sub, x, y)) if y == a => Some(Value(x)),
        (BinOp::Sub, Op::Bin(BinOp::Add, x, y), _) if y == b => Some(Value(x)),
        (BinOp::Sub, Op::Bin(BinOp::Add, x, y), _) if x == b => Some(Value(y)),
        // Neighbours in an array then have the same base, which `offset`s of loads and stores tell apart.
        (BinOp::Sub, ..) if k != 0 && is_shift(&e.out, y) => {
            Some(plus(e, op, a, y, k.wrapping_neg()))
        }
        (BinOp::Add, Op::Load { .. }, _) if k != 0 => Some(plus(e, op, a, y, k)),
        _ => None,
    }
}

fn is_shift(t: &Trace, r: Ref) -> bool {
    matches!(t.op(r), Op::Bin(BinOp::Shl, ..))
}

/// An operation and a constant that is added to its result.
fn plus(e: &mut Emitter, op: BinOp, a: Ref, b: Ref, k: i64) -> Folded {
    let inner = e.pure(Op::Bin(op, a, b));
    with(e, BinOp::Add, inner, k)
}

/// A constant on the right.
fn constant_right(e: &mut Emitter, op: BinOp, a: Ref, k: i64) -> Option<Folded> {
    let inner = match e.out.op(a) {
        Op::Bin(op, x, j) => e.out.as_int(j).map(|j| (op, x, j)),
        _ => None,
    };
    match (op, k) {
        (
            BinOp::Add | BinOp::Sub | BinOp::Or | BinOp::Xor | BinOp::Shl | BinOp::Shr | BinOp::Sar,
            0,
        ) => Some(Value(a)),
        (BinOp::Mul | BinOp::DivFloor, 1) | (BinOp::And, -1) => Some(Value(a)),
        (BinOp::Mul | BinOp::And, 0) | (BinOp::ModFloor, 1 | -1) => Some(int(e, 0)),
        (BinOp::Or, -1) => Some(int(e, -1)),
        (BinOp::Xor, -1) => Some(again(e, Op::Un(UnOp::Not, a))),
        (BinOp::Mul | BinOp::DivFloor, -1) => Some(again(e, Op::Un(UnOp::Neg, a))),
        (BinOp::Sub, _) => Some(with(e, BinOp::Add, a, k.wrapping_neg())),
        (BinOp::Mul, _) if (k as u64).is_power_of_two() => {
            Some(with(e, BinOp::Shl, a, k.trailing_zeros().into()))
        }
        (BinOp::DivFloor, 2..) if (k as u64).is_power_of_two() => {
            Some(with(e, BinOp::Sar, a, k.trailing_zeros().into()))
        }
        (BinOp::ModFloor, 2..) if (k as u64).is_power_of_two() => {
            Some(with(e, BinOp::And, a, k - 1))
        }
        (BinOp::Shl | BinOp::Shr | BinOp::Sar, _) if !(0..64).contains(&k) => {
            Some(with(e, op, a, k & 63))
        }
        (BinOp::And, 1..) if is_mask(k) && within(e, a, k) => Some(Value(a)),
        _ => match inner? {
            (BinOp::Add, x, j) if op == BinOp::Add => Some(with(e, op, x, j.wrapping_add(k))),
            (BinOp::And, x, j) if op == BinOp::And => Some(with(e, op, x, j & k)),
            (BinOp::Or, x, j) if op == BinOp::Or => Some(with(e, op, x, j | k)),
            (BinOp::Xor, x, j) if op == BinOp::Xor => Some(with(e, op, x, j ^ k)),
            (BinOp::Shl, x, j) if op == BinOp::Shl && j + k < 64 => Some(with(e, op, x, j + k)),
            (BinOp::Add, x, j) if op == BinOp::Shl => {
                let k = e.out.int(k);
                let j = evaluate(op, j, e.out.as_int(k)?)?;
                Some(plus(e, op, x, k, j))
            }
            _ => None,
        },
    }
}

fn with(e: &mut Emitter, op: BinOp, a: Ref, k: i64) -> Folded {
    let k = e.out.int(k);
    again(e, Op::Bin(op, a, k))
}

/// Whether a constant is some low bits.
fn is_mask(k: i64) -> bool {
    k & k.wrapping_add(1) == 0
}

/// Whether a value lies between 0 and `k`.
fn within(e: &Emitter, r: Ref, k: i64) -> bool {
    let (low, high) = e.facts.range(&e.out, r);
    low >= 0 && high <= k
}

fn unary(e: &mut Emitter, op: UnOp, a: Ref) -> Option<Folded> {
    if let Some(k) = e.out.as_int(a) {
        return Some(match op {
            UnOp::Neg => int(e, k.wrapping_neg()),
            UnOp::Not => int(e, !k),
            UnOp::ToNum => Value(e.out.num(k as f64)),
            UnOp::FromBits => Value(e.out.num(f64::from_bits(k as u64))),
            _ => return None,
        });
    }
    if let Some(x) = e.out.as_num(a) {
        return unary_number(e, op, x);
    }
    let Op::Un(inner, x) = e.out.op(a) else {
        return None;
    };
    match (op, inner) {
        (UnOp::Neg, UnOp::Neg) | (UnOp::Not, UnOp::Not) | (UnOp::FNeg, UnOp::FNeg) => {
            Some(Value(x))
        }
        (UnOp::Bits, UnOp::FromBits) | (UnOp::FromBits, UnOp::Bits) => Some(Value(x)),
        (UnOp::FAbs, UnOp::FNeg) => Some(again(e, Op::Un(UnOp::FAbs, x))),
        (UnOp::FAbs, UnOp::FAbs) => Some(Value(a)),
        (UnOp::FFloor | UnOp::FCeil, UnOp::ToNum | UnOp::FFloor | UnOp::FCeil) => Some(Value(a)),
        (UnOp::ToInt, UnOp::ToNum) => {
            let (low, high) = e.facts.range(&e.out, x);
            (-EXACT <= low && high <= EXACT).then_some(Value(x))
        }
        _ => None,
    }
}

fn unary_number(e: &mut Emitter, op: UnOp, x: f64) -> Option<Folded> {
    let result = match op {
        UnOp::FNeg => -x,
        UnOp::FAbs => x.abs(),
        UnOp::FSqrt => x.sqrt(),
        UnOp::FFloor => x.floor(),
        UnOp::FCeil => x.ceil(),
        UnOp::ToInt => return Some(int(e, x as i64)),
        UnOp::Bits => return Some(int(e, x.to_bits() as i64)),
        _ => return None,
    };
    (!result.is_nan()).then(|| Value(e.out.num(result)))
}

fn select(e: &mut Emitter, c: Ref, a: Ref, b: Ref) -> Folded {
    if let Some(k) = e.out.as_int(c) {
        return Value(if k != 0 { a } else { b });
    }
    if a == b {
        return Value(a);
    }
    match e.out.op(c) {
        Op::Cmp(..) if e.out.as_int(a) == Some(1) && e.out.as_int(b) == Some(0) => Value(c),
        Op::Cmp(Cc::Ne, x, k) if e.out.as_int(k) == Some(0) => Folded::Op(Op::Select(x, a, b)),
        Op::Cmp(Cc::Eq, x, k) if e.out.as_int(k) == Some(0) => Folded::Op(Op::Select(x, b, a)),
        _ => Folded::Op(Op::Select(c, a, b)),
    }
}

/// Simplifies a condition.
pub fn condition(e: &mut Emitter, cc: Cc, a: Ref, b: Ref) -> Condition {
    if let (Some(x), Some(y)) = (e.out.as_int(a), e.out.as_int(b)) {
        return Condition::Known(holds(cc, x, y));
    }
    if let (Some(x), Some(y)) = (e.out.as_num(a), e.out.as_num(b)) {
        return Condition::Known(holds_number(cc, x, y));
    }
    if e.out.is_constant(a) {
        return condition(e, cc.swapped(), b, a);
    }
    if a == b {
        if cc.ty() == Ty::Int {
            return Condition::Known(holds(cc, 0, 0));
        }
        if e.facts.is_not_nan(&e.out, a) {
            return Condition::Known(holds_number(cc, 0.0, 0.0));
        }
    }
    if let (Cc::Eq | Cc::Ne, Some(k)) = (cc, e.out.as_int(b)) {
        return equality(e, cc, a, k).unwrap_or(Condition::Is(cc, a, b));
    }
    match (cc, e.out.as_int(b)) {
        (Cc::ULt, Some(0)) => Condition::Known(false),
        (Cc::UGe, Some(0)) => Condition::Known(true),
        (Cc::ULt, Some(1)) | (Cc::ULe, Some(0)) => against(e, Cc::Eq, a, 0),
        (Cc::UGe, Some(1)) | (Cc::UGt, Some(0)) => against(e, Cc::Ne, a, 0),
        _ => Condition::Is(cc, a, b),
    }
}

fn against(e: &mut Emitter, cc: Cc, a: Ref, k: i64) -> Condition {
    let k = e.out.int(k);
    condition(e, cc, a, k)
}

/// Whether a value equals a constant, asked of what the value was made from.
fn equality(e: &mut Emitter, cc: Cc, a: Ref, k: i64) -> Option<Condition> {
    match e.out.op(a) {
        Op::Cmp(inner, x, y) => {
            let wanted = match k {
                0 => cc == Cc::Ne,
                1 => cc == Cc::Eq,
                _ => return Some(Condition::Known(cc == Cc::Ne)),
            };
            Some(condition(
                e,
                if wanted { inner } else { inner.negated() },
                x,
                y,
            ))
        }
        Op::Bin(BinOp::Add, x, j) => {
            let j = e.out.as_int(j)?;
            Some(against(e, cc, x, k.wrapping_sub(j)))
        }
        Op::Bin(BinOp::Sub | BinOp::Xor, x, y) if k == 0 => Some(condition(e, cc, x, y)),
        Op::Un(UnOp::Neg, x) => Some(against(e, cc, x, k.wrapping_neg())),
        Op::Un(UnOp::Not, x) => Some(against(e, cc, x, !k)),
        _ => None,
    }
}

fn holds(cc: Cc, a: i64, b: i64) -> bool {
    let (x, y) = (a as u64, b as u64);
    match cc {
        Cc::Eq => a == b,
        Cc::Ne => a != b,
        Cc::Lt => a < b,
        Cc::Le => a <= b,
        Cc::Gt => a > b,
        Cc::Ge => a >= b,
        Cc::ULt => x < y,
        Cc::ULe => x <= y,
        Cc::UGt => x > y,
        Cc::UGe => x >= y,
        _ => unreachable!("{cc:?} compares doubles"),
    }
}

fn holds_number(cc: Cc, a: f64, b: f64) -> bool {
    match cc {
        Cc::FEq => a == b,
        Cc::FNe => a != b,
        Cc::FLt => a < b,
        Cc::FLe => a <= b,
        Cc::FGt => a > b,
        Cc::FGe => a >= b,
        cc => !holds_number(cc.negated(), a, b),
    }
}

/// A store of the same bits without the detour by which they were made.
pub fn stored(t: &Trace, width: Width, value: Ref) -> (Width, Ref) {
    match (width, t.op(value)) {
        (Width::I64, Op::Un(UnOp::Bits, x)) => (Width::F64, x),
        (Width::F64, Op::Un(UnOp::FromBits, x)) => (Width::I64, x),
        (Width::U8, Op::Bin(BinOp::And, x, k)) if t.as_int(k).is_some_and(|k| k & 0xFF == 0xFF) => {
            (width, x)
        }
        _ => (width, value),
    }
}
