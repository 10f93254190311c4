//! Handlers of jumps, comparisons and logical tests.

use super::{K, Outcome, Pc, next};
use crate::bytecode::op::{a, b, k as kbit, sb, sj};
use crate::error::LResult;
use crate::global::Event;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::value::{Slot, TValue, tag};
use crate::vm::call::{self, Started};
use crate::vm::{compare, meta};

/// Goes on behind the jump that follows, or takes it, as `cond` and the instruction's `k` bit say.
#[inline(always)]
pub fn cond_jump(l: &State, base: Slot, pc: Pc, k: K, i: Instruction, cond: bool) -> Outcome {
    if cond != kbit(i) {
        return next(l, base, pc.offset(1), k);
    }
    let distance = sj(pc.fetch());
    if distance < 0 {
        return jump_back(l, base, pc, k, i);
    }
    next(l, base, pc.offset(distance + 1), k)
}

/// Takes the jump behind a test back to the start of a loop: as an instruction of its own, which may be hot, but not
/// under hooks, to which test and jump are one.
#[inline(never)]
fn jump_back(l: &State, base: Slot, pc: Pc, k: K, _i: Instruction) -> Outcome {
    if l.hook_mask.get() != 0 {
        return next(l, base, pc.offset(sj(pc.fetch()) + 1), k);
    }
    next(l, base, pc, k)
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
                return eq_event(l, base, pc, k, i);
            }
            tag::NIL | tag::TRUE | tag::FALSE => true,
            _ => x.bits() == y.bits(),
        }
    };
    cond_jump(l, base, pc, k, i, equal)
}

metamethod_entry! {
    eq_event, eq_slow = |l, base, k, i| {
        compare::equality_metamethod(l, base.add(a(i)).get(), base.add(b(i)).get())
    }, [base.add(a(i)).get(), base.add(b(i)).get()], 1
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
    Ok(match call::start_metamethod(l, tm, [x, y], 1)? {
        Started::Entered => None,
        Started::Returned => Some(!l.top.get().get().is_falsy()),
    })
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
    ($(#[$attr:meta])* $name:ident, $float:ident, $mixed:ident, $entry:ident, $slow:ident, $op:tt, $numbers:path, $event:expr) => {
        $(#[$attr])*
        pub fn $name(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            let (x, y) = (base.add(a(i)), base.add(b(i)));
            if x.tag() != tag::INT || y.tag() != tag::INT {
                return $float(l, base, pc, k, i);
            }
            cond_jump(l, base, pc, k, i, (x.bits() as i64) $op y.bits() as i64)
        }
        #[inline(never)]
        fn $float(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            let (x, y) = (base.add(a(i)), base.add(b(i)));
            if x.tag() != tag::FLOAT || y.tag() != tag::FLOAT {
                return $mixed(l, base, pc, k, i);
            }
            cond_jump(l, base, pc, k, i, f64::from_bits(x.bits()) $op f64::from_bits(y.bits()))
        }
        #[inline(never)]
        fn $mixed(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            let (x, y) = (base.add(a(i)).get(), base.add(b(i)).get());
            if !x.is_number() || !y.is_number() {
                return $entry(l, base, pc, k, i);
            }
            cond_jump(l, base, pc, k, i, $numbers(x, y))
        }
        metamethod_entry! {
            $entry, $slow = |l, base, k, i| {
                let x = base.add(a(i)).get();
                if x.is_table() { meta::metamethod(l, x, $event) } else { TValue::ABSENT }
            },
            [base.add(a(i)).get(), base.add(b(i)).get()], 1
        }
        event_test! {
            $slow = |l, base, _k, i| order_event(l, base.add(a(i)).get(), base.add(b(i)).get(), $event)
        }
    };
}

order! {
    /// `if (R[A] < R[B]) ~= k then skip the jump`
    lt, lt_float, lt_mixed, lt_event, lt_slow, <, compare::number_less_than, Event::Lt
}
order! {
    /// `if (R[A] <= R[B]) ~= k then skip the jump`
    le, le_float, le_mixed, le_event, le_slow, <=, compare::number_less_equal, Event::Le
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
    ($(#[$attr:meta])* $name:ident, $float:ident, $slow:ident, $op:tt, $event:expr, $flip:expr) => {
        $(#[$attr])*
        pub fn $name(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            let x = base.add(a(i));
            if x.tag() != tag::INT {
                return $float(l, base, pc, k, i);
            }
            cond_jump(l, base, pc, k, i, (x.bits() as i64) $op (sb(i) as i64))
        }
        #[inline(never)]
        fn $float(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            let x = base.add(a(i));
            if x.tag() != tag::FLOAT {
                return $slow(l, base, pc, k, i);
            }
            cond_jump(l, base, pc, k, i, f64::from_bits(x.bits()) $op (sb(i) as f64))
        }
        event_test! {
            $slow = |l, base, _k, i| immediate_event(l, base, i, $event, $flip)
        }
    };
}

order_immediate! {
    /// `if (R[A] < sB) ~= k then skip the jump`
    lti, lti_float, lti_slow, <, Event::Lt, false
}
order_immediate! {
    /// `if (R[A] <= sB) ~= k then skip the jump`
    lei, lei_float, lei_slow, <=, Event::Le, false
}
order_immediate! {
    /// `if (R[A] > sB) ~= k then skip the jump`
    gti, gti_float, gti_slow, >, Event::Lt, true
}
order_immediate! {
    /// `if (R[A] >= sB) ~= k then skip the jump`
    gei, gei_float, gei_slow, >=, Event::Le, true
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
