//! Handlers of jumps, comparisons and logical tests.

use super::{K, Outcome, Pc, next};
use crate::bytecode::op::{a, b, k as kbit, sb, sj};
use crate::error::LResult;
use crate::global::Event;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::value::{Slot, TValue, tag};
use crate::vm::{call, compare, meta};

/// Goes on behind the jump that follows, or takes it, as `cond` and the instruction's `k` bit say.
#[inline(always)]
pub fn cond_jump(l: &State, base: Slot, pc: Pc, k: K, i: Instruction, cond: bool) -> Outcome {
    if cond != kbit(i) {
        return next(l, base, pc.offset(1), k);
    }
    let jump = pc.fetch();
    next(l, base, pc.offset(sj(jump) + 1), k)
}

/// `pc += sJ`
pub fn jmp(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    next(l, base, pc.offset(sj(i)), k)
}

/// `R[A] := not R[B]`
pub fn not(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i))
        .set(TValue::bool(base.add(b(i)).get().is_falsy()));
    next(l, base, pc, k)
}

/// `if (R[A] == R[B]) ~= k then skip the jump`
pub fn eq(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let (x, y) = (base.add(a(i)).get(), base.add(b(i)).get());
    let equal = if x.tag() != y.tag() {
        if x.is_number() && y.is_number() {
            x.raw_eq(y)
        } else {
            false
        }
    } else {
        match x.tag() {
            tag::FLOAT => x.float_bits() == y.float_bits(),
            tag::TABLE | tag::USERDATA | tag::LONG if x.bits() != y.bits() => {
                return eq_slow(l, base, pc, k, i);
            }
            tag::NIL | tag::TRUE | tag::FALSE => true,
            _ => x.bits() == y.bits(),
        }
    };
    cond_jump(l, base, pc, k, i, equal)
}

event_test! {
    eq_slow = |l, base, _k, i| {
        let (x, y) = (base.add(a(i)).get(), base.add(b(i)).get());
        let tm = compare::equality_metamethod(l, x, y);
        if tm.is_nil() {
            return Ok(Some(x.raw_eq(y)));
        }
        start_test(l, tm, x, y)
    }
}

/// Starts the metamethod of a test; the answer is `None` if the interpreter is to go on in it.
fn start_test(l: &State, tm: TValue, x: TValue, y: TValue) -> LResult<Option<bool>> {
    let result = call::start_metamethod(l, tm, &[x, y], 1)?;
    Ok(result.map(|v| !v.is_falsy()))
}

/// `x < y` (`Event::Lt`) or `x <= y` (`Event::Le`) for values that are not both integers or both floats.
fn order_event(l: &State, x: TValue, y: TValue, e: Event) -> LResult<Option<bool>> {
    if let Some(result) = compare::primitive_order(x, y, e) {
        return Ok(Some(result));
    }
    let tm = meta::binary_metamethod(l, x, y, e);
    if !tm.is_nil() {
        return start_test(l, tm, x, y);
    }
    compare::order_without_metamethod(l, x, y, e).map(Some)
}

/// Defines an order comparison of two registers.
macro_rules! order {
    ($(#[$attr:meta])* $name:ident, $slow:ident, $op:tt, $event:expr) => {
        $(#[$attr])*
        pub fn $name(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            let (x, y) = (base.add(a(i)).get(), base.add(b(i)).get());
            if x.tag() == tag::INT && y.tag() == tag::INT {
                return cond_jump(l, base, pc, k, i, x.int_bits() $op y.int_bits());
            }
            if x.tag() == tag::FLOAT && y.tag() == tag::FLOAT {
                return cond_jump(l, base, pc, k, i, x.float_bits() $op y.float_bits());
            }
            $slow(l, base, pc, k, i)
        }
        event_test! {
            $slow = |l, base, _k, i| order_event(l, base.add(a(i)).get(), base.add(b(i)).get(), $event)
        }
    };
}

order! {
    /// `if (R[A] < R[B]) ~= k then skip the jump`
    lt, lt_slow, <, Event::Lt
}
order! {
    /// `if (R[A] <= R[B]) ~= k then skip the jump`
    le, le_slow, <=, Event::Le
}

/// `if (R[A] == K[B]) ~= k then skip the jump`
pub fn eqk(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let (x, y) = (base.add(a(i)).get(), k.at(b(i)));
    if x.tag() == tag::SHORT || y.tag() == tag::SHORT {
        return cond_jump(
            l,
            base,
            pc,
            k,
            i,
            x.bits() == y.bits() && x.tag() == y.tag(),
        );
    }
    eqk_slow(l, base, pc, k, i)
}

event_test! {
    eqk_slow = |_l, base, k, i| Ok(Some(base.add(a(i)).get().raw_eq(k.at(b(i)))))
}

/// `if (R[A] == sB) ~= k then skip the jump`
pub fn eqi(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let x = base.add(a(i)).get();
    let equal = match x.tag() {
        tag::INT => x.int_bits() == sb(i) as i64,
        tag::FLOAT => x.float_bits() == sb(i) as f64,
        _ => false,
    };
    cond_jump(l, base, pc, k, i, equal)
}

/// Defines an order comparison with an immediate operand.
macro_rules! order_immediate {
    ($(#[$attr:meta])* $name:ident, $slow:ident, $op:tt, $event:expr, $flip:expr) => {
        $(#[$attr])*
        pub fn $name(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            let x = base.add(a(i)).get();
            if x.tag() == tag::INT {
                return cond_jump(l, base, pc, k, i, x.int_bits() $op (sb(i) as i64));
            }
            if x.tag() == tag::FLOAT {
                return cond_jump(l, base, pc, k, i, x.float_bits() $op (sb(i) as f64));
            }
            $slow(l, base, pc, k, i)
        }
        event_test! {
            $slow = |l, base, _k, i| immediate_event(l, base, i, $event, $flip)
        }
    };
}

order_immediate! {
    /// `if (R[A] < sB) ~= k then skip the jump`
    lti, lti_slow, <, Event::Lt, false
}
order_immediate! {
    /// `if (R[A] <= sB) ~= k then skip the jump`
    lei, lei_slow, <=, Event::Le, false
}
order_immediate! {
    /// `if (R[A] > sB) ~= k then skip the jump`
    gti, gti_slow, >, Event::Lt, true
}
order_immediate! {
    /// `if (R[A] >= sB) ~= k then skip the jump`
    gei, gei_slow, >=, Event::Le, true
}

/// Comparison of something that is no number with an immediate operand, which was a float in the source if C is set.
fn immediate_event(
    l: &State,
    base: Slot,
    i: Instruction,
    e: Event,
    flip: bool,
) -> LResult<Option<bool>> {
    let x = base.add(a(i)).get();
    let imm = sb(i);
    let y = if crate::bytecode::op::c(i) != 0 {
        TValue::float(imm as f64)
    } else {
        TValue::int(imm as i64)
    };
    let (x, y) = if flip { (y, x) } else { (x, y) };
    order_event(l, x, y, e)
}

/// `if (not R[A] == k) then skip the jump`
pub fn test(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    cond_jump(l, base, pc, k, i, !base.add(a(i)).get().is_falsy())
}

/// `if (not R[B] == k) then skip the jump else R[A] := R[B]`
pub fn testset(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let v = base.add(b(i)).get();
    if v.is_falsy() == kbit(i) {
        return next(l, base, pc.offset(1), k);
    }
    base.add(a(i)).set(v);
    let jump = pc.fetch();
    next(l, base, pc.offset(sj(jump) + 1), k)
}
