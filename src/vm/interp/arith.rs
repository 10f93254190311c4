//! Handlers of arithmetic and bitwise operations.
//!
//! When both operands are numbers, the operation skips the `MMBIN` instruction behind it; else it falls through to it.

use super::tables::store_result;
use super::{K, Outcome, Pc, next};
use crate::bytecode::op::{a, b, c, k as kbit, sb, sc};
use crate::error::LResult;
use crate::global::{EVENT_COUNT, Event};
use crate::number;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::value::{Slot, TValue, tag};
use crate::vm::arith::{self as ops, ArithOp};
use crate::vm::call::{self, Started};
use crate::vm::convert::number_to_integer;
use crate::vm::meta;

/// Two numbers as floats.
#[inline(always)]
fn floats(x: TValue, y: TValue) -> Option<(f64, f64)> {
    let float = |v: TValue| match v.tag() {
        tag::FLOAT => Some(v.float_bits()),
        tag::INT => Some(number::int_to_float(v.int_bits())),
        _ => None,
    };
    Some((float(x)?, float(y)?))
}

/// Defines the handlers of an operation that keeps integers, for register and constant operands: one for integers,
/// which leaves everything else to one for floats, which leaves everything else to one for mixed operands. Each is a
/// function of its own, so that no path is compiled into another one's registers.
macro_rules! int_or_float {
    ($($int_name:ident, $float_name:ident, $mixed_name:ident: |$base:ident, $k:ident, $i:ident| $y:expr, $int:expr,
       $float:expr;)*) => {$(
        /// `R[A] := R[B] op C`
        pub fn $int_name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, Slot) = ($base.add(b($i)), $y);
            if x.tag() != tag::INT || y.tag() != tag::INT {
                return $float_name(l, $base, pc, $k, $i);
            }
            $base.add(a($i)).set(TValue::int($int(x.bits() as i64, y.bits() as i64)));
            next(l, $base, pc.offset(1), $k)
        }
        #[inline(never)]
        fn $float_name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, Slot) = ($base.add(b($i)), $y);
            if x.tag() != tag::FLOAT || y.tag() != tag::FLOAT {
                return $mixed_name(l, $base, pc, $k, $i);
            }
            let r = $float(f64::from_bits(x.bits()), f64::from_bits(y.bits()));
            $base.add(a($i)).set(TValue::float(r));
            next(l, $base, pc.offset(1), $k)
        }
        #[inline(never)]
        fn $mixed_name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, Slot) = ($base.add(b($i)), $y);
            if let Some((x, y)) = floats(x.get(), y.get()) {
                $base.add(a($i)).set(TValue::float($float(x, y)));
                return next(l, $base, pc.offset(1), $k);
            }
            next(l, $base, pc, $k)
        }
    )*};
}

int_or_float! {
    add, add_float, add_mixed: |base, k, i| base.add(c(i)), i64::wrapping_add, |x: f64, y: f64| x + y;
    sub, sub_float, sub_mixed: |base, k, i| base.add(c(i)), i64::wrapping_sub, |x: f64, y: f64| x - y;
    mul, mul_float, mul_mixed: |base, k, i| base.add(c(i)), i64::wrapping_mul, |x: f64, y: f64| x * y;
    addk, addk_float, addk_mixed: |base, k, i| k.slot(c(i)), i64::wrapping_add, |x: f64, y: f64| x + y;
    subk, subk_float, subk_mixed: |base, k, i| k.slot(c(i)), i64::wrapping_sub, |x: f64, y: f64| x - y;
    mulk, mulk_float, mulk_mixed: |base, k, i| k.slot(c(i)), i64::wrapping_mul, |x: f64, y: f64| x * y;
}

/// `R[A] := R[B] + sC`
pub fn addi(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let x = base.add(b(i));
    if x.tag() != tag::INT {
        return addi_float(l, base, pc, k, i);
    }
    let r = (x.bits() as i64).wrapping_add(sc(i) as i64);
    base.add(a(i)).set(TValue::int(r));
    next(l, base, pc.offset(1), k)
}

#[inline(never)]
fn addi_float(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let x = base.add(b(i));
    if x.tag() != tag::FLOAT {
        return next(l, base, pc, k);
    }
    let r = f64::from_bits(x.bits()) + sc(i) as f64;
    base.add(a(i)).set(TValue::float(r));
    next(l, base, pc.offset(1), k)
}

/// Defines the handlers of float division: floats, then other numbers.
macro_rules! division {
    ($($name:ident, $mixed_name:ident: |$base:ident, $k:ident, $i:ident| $y:expr;)*) => {$(
        /// `R[A] := R[B] / C`
        pub fn $name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, Slot) = ($base.add(b($i)), $y);
            if x.tag() != tag::FLOAT || y.tag() != tag::FLOAT {
                return $mixed_name(l, $base, pc, $k, $i);
            }
            let r = f64::from_bits(x.bits()) / f64::from_bits(y.bits());
            $base.add(a($i)).set(TValue::float(r));
            next(l, $base, pc.offset(1), $k)
        }
        #[inline(never)]
        fn $mixed_name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, Slot) = ($base.add(b($i)), $y);
            if let Some((x, y)) = floats(x.get(), y.get()) {
                $base.add(a($i)).set(TValue::float(x / y));
                return next(l, $base, pc.offset(1), $k);
            }
            next(l, $base, pc, $k)
        }
    )*};
}

division! {
    div, div_mixed: |base, k, i| base.add(c(i));
    divk, divk_mixed: |base, k, i| k.slot(c(i));
}

/// Defines the handlers of an operation that is more than an instruction of the machine: `$fast` for two integers of
/// which the second is positive, `$float` for two floats, each if it answers; other numbers go to a handler that raises
/// for a zero divisor, everything else to the `MMBIN` behind.
macro_rules! called {
    ($($name:ident, $float_name:ident, $slow:ident: |$base:ident, $k:ident, $i:ident| $y:expr, $op:expr, $fast:expr,
       $float:expr;)*) => {$(
        /// `R[A] := R[B] op C`
        pub fn $name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, Slot) = ($base.add(b($i)), $y);
            if x.tag() == tag::INT && y.tag() == tag::INT && y.bits() as i64 > 0 {
                if let Some(r) = $fast(x.bits() as i64, y.bits() as i64) {
                    $base.add(a($i)).set(TValue::int(r));
                    return next(l, $base, pc.offset(1), $k);
                }
            }
            $float_name(l, $base, pc, $k, $i)
        }
        #[inline(never)]
        fn $float_name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, Slot) = ($base.add(b($i)), $y);
            if let Some((m, n)) = floats(x.get(), y.get()) {
                if (x.tag() == tag::FLOAT || y.tag() == tag::FLOAT || $op == ArithOp::Pow)
                    && let Some(r) = $float(m, n)
                {
                    $base.add(a($i)).set(TValue::float(r));
                    return next(l, $base, pc.offset(1), $k);
                }
                return $slow(l, $base, pc.offset(1), $k, $i);
            }
            next(l, $base, pc, $k)
        }
        slow_handler! {
            $slow = |l, $base, $k, $i| {
                let y: Slot = $y;
                numeric(l, $op, $base.add(a($i)), $base.add(b($i)).get(), y.get())
            }
        }
    )*};
}

/// The operation on two numbers. Raises for an integer divisor of zero.
fn numeric(l: &State, op: ArithOp, ra: Slot, x: TValue, y: TValue) -> LResult<()> {
    match ops::raw_arith(op, x, y) {
        Some(v) => ra.set(v),
        None if op == ArithOp::Mod => return Err(ops::mod_by_zero(l)),
        None => return Err(ops::div_by_zero(l)),
    }
    Ok(())
}

#[inline(always)]
fn positive_mod(x: i64, y: i64) -> Option<i64> {
    // A 32-bit division is several times as fast as a 64-bit one.
    let r = if (x | y) as u64 >> 32 == 0 {
        (x as u32 % y as u32) as i64
    } else {
        x % y
    };
    Some(if r < 0 { r + y } else { r })
}

#[inline(always)]
fn positive_idiv(x: i64, y: i64) -> Option<i64> {
    if (x | y) as u64 >> 32 == 0 {
        return Some((x as u32 / y as u32) as i64);
    }
    let q = x / y;
    Some(if x % y < 0 { q - 1 } else { q })
}

#[inline(always)]
fn power(x: f64, y: f64) -> Option<f64> {
    Some(number::pow(x, y))
}

#[inline(always)]
fn floor_quotient(x: f64, y: f64) -> Option<f64> {
    Some(number::fdiv_floor(x, y))
}

called! {
    mod_, mod_float, mod_slow: |base, _k, i| base.add(c(i)), ArithOp::Mod, positive_mod, |_, _| None;
    modk, modk_float, modk_slow: |base, k, i| k.slot(c(i)), ArithOp::Mod, positive_mod, |_, _| None;
    idiv, idiv_float, idiv_slow: |base, _k, i| base.add(c(i)), ArithOp::IDiv, positive_idiv, floor_quotient;
    idivk, idivk_float, idivk_slow: |base, k, i| k.slot(c(i)), ArithOp::IDiv, positive_idiv, floor_quotient;
    pow, pow_float, pow_slow: |base, _k, i| base.add(c(i)), ArithOp::Pow, |_, _| None, power;
    powk, powk_float, powk_slow: |base, k, i| k.slot(c(i)), ArithOp::Pow, |_, _| None, power;
}

/// Defines the handlers of a bitwise operation: integers, then floats with an integer value.
macro_rules! bitwise {
    ($($name:ident, $float_name:ident: |$base:ident, $k:ident, $i:ident| $y:expr, $op:expr;)*) => {$(
        /// `R[A] := R[B] op C`
        pub fn $name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, TValue) = ($base.add(b($i)), $y);
            if x.tag() != tag::INT || y.tag() != tag::INT {
                return $float_name(l, $base, pc, $k, $i);
            }
            let r = $op(x.bits() as i64, y.int_bits());
            $base.add(a($i)).set(TValue::int(r));
            next(l, $base, pc.offset(1), $k)
        }
        #[cold]
        #[inline(never)]
        fn $float_name(l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let (x, y): (Slot, TValue) = ($base.add(b($i)), $y);
            if let (Some(x), Some(y)) = (number_to_integer(x.get()), number_to_integer(y)) {
                $base.add(a($i)).set(TValue::int($op(x, y)));
                return next(l, $base, pc.offset(1), $k);
            }
            next(l, $base, pc, $k)
        }
    )*};
}

bitwise! {
    band, band_float: |base, k, i| base.add(c(i)).get(), |x: i64, y: i64| x & y;
    bandk, bandk_float: |base, k, i| k.at(c(i)), |x: i64, y: i64| x & y;
    bor, bor_float: |base, k, i| base.add(c(i)).get(), |x: i64, y: i64| x | y;
    bork, bork_float: |base, k, i| k.at(c(i)), |x: i64, y: i64| x | y;
    bxor, bxor_float: |base, k, i| base.add(c(i)).get(), |x: i64, y: i64| x ^ y;
    bxork, bxork_float: |base, k, i| k.at(c(i)), |x: i64, y: i64| x ^ y;
    shl, shl_float: |base, k, i| base.add(c(i)).get(), number::shl;
    shr, shr_float: |base, k, i| base.add(c(i)).get(), |x: i64, y: i64| number::shl(x, 0i64.wrapping_sub(y));
    shri, shri_float: |base, k, i| TValue::int(sc(i) as i64), |x: i64, y: i64| number::shl(x, -y);
    shli, shli_float: |base, k, i| TValue::int(sc(i) as i64), |x: i64, y: i64| number::shl(y, x);
}

/// `R[A] := -R[B]`
pub fn unm(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let x = base.add(b(i)).get();
    let r = match x.tag() {
        tag::INT => TValue::int(0i64.wrapping_sub(x.int_bits())),
        tag::FLOAT => TValue::float(-x.float_bits()),
        _ => return unm_slow(l, base, pc, k, i),
    };
    base.add(a(i)).set(r);
    next(l, base, pc, k)
}

event_handler! {
    #[cold]
    unm_slow = |l, base, _k, i| unary_event(l, base, i, Event::Unm)
}

/// `R[A] := ~R[B]`
pub fn bnot(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    match number_to_integer(base.add(b(i)).get()) {
        Some(x) => base.add(a(i)).set(TValue::int(!x)),
        None => return bnot_slow(l, base, pc, k, i),
    }
    next(l, base, pc, k)
}

event_handler! {
    #[cold]
    bnot_slow = |l, base, _k, i| unary_event(l, base, i, Event::BNot)
}

fn unary_event(l: &State, base: Slot, i: Instruction, e: Event) -> LResult<()> {
    let x = base.add(b(i));
    store_result(l, i, start_event(l, x, x, e)?);
    Ok(())
}

/// Starts the metamethod of an arithmetic event, or raises an error.
fn start_event(l: &State, x: Slot, y: Slot, e: Event) -> LResult<Started> {
    let tm = meta::binary_metamethod(l, x.get(), y.get(), e);
    if tm.is_nil() {
        return Err(ops::operand_error(l, x, y, e));
    }
    call::start_metamethod(l, tm, [x.get(), y.get()], 1)
}

/// The events by number, as the instructions name them (`C` of `MMBIN`), in the numbering of the bytecode format.
const BYTECODE_EVENTS: [Event; EVENT_COUNT] = [
    Event::Index,
    Event::NewIndex,
    Event::Gc,
    Event::Mode,
    Event::Len,
    Event::Eq,
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
    Event::Lt,
    Event::Le,
    Event::Concat,
    Event::Call,
    Event::Close,
];

/// The event with this number in the bytecode format.
pub fn bytecode_event(n: usize) -> Event {
    BYTECODE_EVENTS[n.min(EVENT_COUNT - 1)]
}

fn event(l: &State, x: Slot, y: Slot, flip: bool, i: Instruction) -> LResult<()> {
    let (x, y) = if flip { (y, x) } else { (x, y) };
    // The arithmetic instruction in front names the register of the result.
    let arithmetic = Pc::new(l.ci().pc.get()).offset(-2).fetch();
    store_result(l, arithmetic, start_event(l, x, y, bytecode_event(c(i)))?);
    Ok(())
}

metamethod_entry! {
    /// Metamethod of the operation in front, for `R[A]` and `R[B]`.
    mmbin, mmbin_slow = |l, base, k, i| meta::binary_metamethod(
        l,
        base.add(a(i)).get(),
        base.add(b(i)).get(),
        bytecode_event(c(i)),
    ),
    [base.add(a(i)).get(), base.add(b(i)).get()], 1
}

event_handler! {
    #[cold]
    mmbin_slow = |l, base, _k, i| event(l, base.add(a(i)), base.add(b(i)), false, i)
}

/// The operands of a metamethod in the order of the source.
#[inline(always)]
fn in_order(x: TValue, y: TValue, i: Instruction) -> [TValue; 2] {
    if kbit(i) { [y, x] } else { [x, y] }
}

metamethod_entry! {
    /// Metamethod of the operation in front, for `R[A]` and `sB`.
    mmbini, mmbini_slow = |l, base, k, i| meta::metamethod(l, base.add(a(i)).get(), bytecode_event(c(i))),
    in_order(base.add(a(i)).get(), TValue::int(sb(i) as i64), i), 1
}

event_handler! {
    #[cold]
    mmbini_slow = |l, base, _k, i| {
        let mut imm = TValue::int(sb(i) as i64);
        event(l, base.add(a(i)), Slot::new(&raw mut imm), kbit(i), i)
    }
}

metamethod_entry! {
    /// Metamethod of the operation in front, for `R[A]` and `K[B]`.
    mmbink, mmbink_slow = |l, base, k, i| {
        let [x, y] = in_order(base.add(a(i)).get(), k.at(b(i)), i);
        meta::binary_metamethod(l, x, y, bytecode_event(c(i)))
    }, in_order(base.add(a(i)).get(), k.at(b(i)), i), 1
}

event_handler! {
    #[cold]
    mmbink_slow = |l, base, k, i| event(l, base.add(a(i)), k.slot(b(i)), kbit(i), i)
}
