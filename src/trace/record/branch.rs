//! Comparisons and numeric loops.

use super::meta::Operand;
use super::{Recorded, Recorder, Val, closure_of, has_payload};
use crate::bytecode::op::{self, Op, a, b, bx, c, sb};
use crate::global::Event;
use crate::number::{self, LARGEST_EXACT};
use crate::object::State;
use crate::object::proto::Instruction;
use crate::trace::runtime;
use crate::value::{TValue, tag};
use crate::vm::compare;
use perilune_jit::{BinOp, Cc, UnOp};

/// The order that an instruction compares by.
pub(super) fn order_of(o: Op) -> (Cc, Cc) {
    match o {
        Op::Lt | Op::LtI => (Cc::Lt, Cc::FLt),
        Op::Le | Op::LeI => (Cc::Le, Cc::FLe),
        Op::GtI => (Cc::Gt, Cc::FGt),
        _ => (Cc::Ge, Cc::FGe),
    }
}

impl Recorder {
    /// Records a comparison: the guard is that it goes as it goes now, unless both ways are compiled.
    pub(super) fn comparison(&mut self, l: &State, o: Op, i: Instruction) -> Recorded {
        self.meets = self.select_ways(l);
        if self.meets.is_some() {
            return Ok(());
        }
        let x = self.look(l, a(i));
        let y = match o {
            Op::Eq | Op::Lt | Op::Le => self.look(l, b(i)),
            Op::EqK => self.constant(self.k(b(i))),
            _ => self.constant(TValue::int(sb(i) as i64)),
        };
        let now = |r: &Recorder, reg: usize| r.peek(l, r.reg(reg));
        let vx = now(self, a(i));
        let vy = match o {
            Op::Eq | Op::Lt | Op::Le => now(self, b(i)),
            Op::EqK => self.k(b(i)),
            _ => TValue::int(sb(i) as i64),
        };
        if matches!(o, Op::Eq | Op::EqK | Op::EqI) {
            return self.equality(l, (x, vx), (y, vy));
        }
        let event = if matches!(o, Op::Lt | Op::LtI | Op::GtI) {
            Event::Lt
        } else {
            Event::Le
        };
        let (ints, floats) = order_of(o);
        if vx.is_number() && vy.is_number() {
            let flipped = matches!(o, Op::GtI | Op::GeI);
            let (p, q) = if flipped { (vy, vx) } else { (vx, vy) };
            let holds = compare::primitive_order(p, q, event) == Some(true);
            return self.number_order((x, vx), (y, vy), (ints, floats), holds);
        }
        if vx.is_string() && vy.is_string() {
            let holds = compare::primitive_order(vx, vy, event) == Some(true);
            let order = self.call(&runtime::compare_strings(), &[x.r, y.r]);
            self.guard_int(if holds { ints } else { ints.negated() }, order, 0);
            return Ok(());
        }
        // `a > n` and `a >= n` are `n < a` and `n <= a`; an immediate operand may have been a float in the source.
        let immediate_float = !matches!(o, Op::Lt | Op::Le) && c(i) != 0;
        if immediate_float {
            return self.step();
        }
        let (x, y) = match o {
            Op::GtI | Op::GeI => ((y, vy), (x, vx)),
            _ => ((x, vx), (y, vy)),
        };
        // Without one, `__lt` may stand for `__le`, which is left to the interpreter.
        let f = self.binary_metamethod(l, x, y, event);
        self.enter_metamethod(f, &[x.0, y.0], 1)
    }

    fn number_order(
        &mut self,
        (x, vx): Operand,
        (y, vy): Operand,
        (ints, floats): (Cc, Cc),
        holds: bool,
    ) -> Recorded {
        if x.tag == tag::INT && y.tag == tag::INT {
            let cc = if holds { ints } else { ints.negated() };
            self.guard(cc, x.r, y.r);
            return Ok(());
        }
        if x.tag != y.tag && !self.compare_by_floats((x, vx), (y, vy)) {
            return self.step();
        }
        let (m, n) = (self.number(x), self.number(y));
        let cc = if holds { floats } else { floats.negated() };
        self.guard(cc, m, n);
        Ok(())
    }

    /// Whether an integer and a float, in either order, compare as two floats do: the integer is one that a float stands
    /// for, and guarded to be. Others may lie between floats.
    fn compare_by_floats(&mut self, x: Operand, y: Operand) -> bool {
        let (v, now) = if x.0.tag == tag::INT { x } else { y };
        if now
            .as_int()
            .is_none_or(|n| n.unsigned_abs() > LARGEST_EXACT as u64)
        {
            return false;
        }
        if self.ir.as_int(v.r).is_none() {
            let (largest, limit) = (self.int(LARGEST_EXACT), self.int(2 * LARGEST_EXACT));
            let distance = self.ir.bin(BinOp::Add, v.r, largest);
            self.guard(Cc::ULe, distance, limit);
        }
        true
    }

    fn equality(&mut self, l: &State, (x, vx): (Val, TValue), (y, vy): (Val, TValue)) -> Recorded {
        if vx.is_number() && vy.is_number() {
            let equal = vx.raw_eq(vy);
            if x.tag == tag::INT && y.tag == tag::INT {
                self.guard(if equal { Cc::Eq } else { Cc::Ne }, x.r, y.r);
            } else if x.tag == y.tag || self.compare_by_floats((x, vx), (y, vy)) {
                let (m, n) = (self.number(x), self.number(y));
                self.guard(if equal { Cc::FEq } else { Cc::FNe }, m, n);
            } else {
                return self.step();
            }
            return Ok(());
        }
        if x.tag != y.tag || !has_payload(x.tag) {
            // The tags alone decide, and they are guarded.
            return Ok(());
        }
        match x.tag {
            tag::LONG => {
                let equal = self.call(&runtime::equal_strings(), &[x.r, y.r]);
                let now = vx.raw_eq(vy);
                self.guard_int(if now { Cc::Ne } else { Cc::Eq }, equal, 0);
            }
            tag::TABLE | tag::USERDATA if vx.bits() != vy.bits() => {
                // Nothing else is a table that has not been made.
                if self.sunk(x).is_none() && self.sunk(y).is_none() {
                    self.guard(Cc::Ne, x.r, y.r);
                }
                // If neither has a metamethod, they are different as long as the metatables are what they are.
                let f = self.binary_metamethod(l, (x, vx), (y, vy), Event::Eq);
                if f.is_some() {
                    return self.enter_metamethod(f, &[x, y], 1);
                }
            }
            _ if self.sunk(x).is_some() => debug_assert!(x == y),
            _ => {
                let cc = if vx.bits() == vy.bits() {
                    Cc::Eq
                } else {
                    Cc::Ne
                };
                self.guard(cc, x.r, y.r);
            }
        }
        Ok(())
    }

    /// The step of the loop that `i`, the next instruction, closes. Where the code has a constant for it that is an integer,
    /// it is guarded to be what it is now.
    fn step_of_loop(&mut self, l: &State, i: Instruction) -> Val {
        let ra = a(i);
        let step = self.get(l, ra + 2);
        if step.tag != tag::INT || self.ir.as_int(step.r).is_some() {
            return step;
        }
        let p = closure_of(l.ci()).proto_object();
        let code = p.code.as_slice();
        // SAFETY: `pc` points into the code of the running function.
        let here = unsafe { self.frame().pc.offset_from(code.as_ptr()) } as usize;
        // The loop's start comes behind `FORPREP`, and that behind what sets the step.
        let sets_step = here.checked_sub(bx(i) + 1).map(|at| code[at]);
        if !sets_step.is_some_and(|s| op::op(s) == Op::LoadI as u8 && a(s) == ra + 2) {
            return step;
        }
        let now = self.peek(l, self.reg(ra + 2)).int_bits();
        self.guard_int(Cc::Eq, step.r, now);
        Val {
            r: self.int(now),
            tag: tag::INT,
        }
    }

    /// Records the end of a round of a numeric loop.
    pub(super) fn for_loop(&mut self, l: &State, i: Instruction) -> Recorded {
        let ra = a(i);
        let step = self.step_of_loop(l, i);
        let limit = self.get(l, ra + 1);
        let index = self.get(l, ra);
        if step.tag == tag::INT {
            let left = self.peek(l, self.reg(ra + 1)).bits();
            self.guard_int(if left != 0 { Cc::Ne } else { Cc::Eq }, limit.r, 0);
            if left == 0 {
                return Ok(());
            }
            let one = self.int(1);
            let left = self.ir.bin(BinOp::Sub, limit.r, one);
            let r = self.ir.bin(BinOp::Add, index.r, step.r);
            let v = Val { r, tag: tag::INT };
            self.set(
                ra + 1,
                Val {
                    r: left,
                    tag: tag::INT,
                },
            );
            self.set(ra, v);
            self.set(ra + 3, v);
            return Ok(());
        }
        if [step.tag, limit.tag, index.tag] != [tag::FLOAT; 3] {
            return self.step();
        }
        let value = |r: &Recorder, n: usize| r.peek(l, r.reg(ra + n)).float_bits();
        let (now, end, by) = (value(self, 0), value(self, 1), value(self, 2));
        let up = by > 0.0;
        let zero = self.ir.num(0.0);
        self.guard(if up { Cc::FGt } else { Cc::FNgt }, step.r, zero);
        let r = self.ir.bin(BinOp::FAdd, index.r, step.r);
        let goes_on = if up { now + by <= end } else { end <= now + by };
        let cc = if up { Cc::FLe } else { Cc::FGe };
        self.guard(if goes_on { cc } else { cc.negated() }, r, limit.r);
        if goes_on {
            let v = Val { r, tag: tag::FLOAT };
            self.set(ra, v);
            self.set(ra + 3, v);
        }
        Ok(())
    }

    /// Records the start of a numeric loop.
    pub(super) fn for_prep(&mut self, l: &State, i: Instruction) -> Recorded {
        let ra = a(i);
        let (init, limit, step) = (self.get(l, ra), self.get(l, ra + 1), self.get(l, ra + 2));
        if [init, limit, step].iter().any(|v| v.tag & 0x0F != 3) {
            return self.step();
        }
        if [init.tag, step.tag] != [tag::INT; 2] {
            return self.float_for_prep(l, ra, [init, limit, step]);
        }
        let now = |r: &Recorder, n: usize| r.peek(l, r.reg(ra + n));
        let (first, by) = (now(self, 0).int_bits(), now(self, 2).int_bits());
        if by == 0 || by == i64::MIN {
            return self.step();
        }
        let last = now(self, 1);
        let Some((limit, last)) = self.integer_limit((limit, last), by > 0) else {
            return self.step();
        };
        let constant = self.ir.as_int(step.r).is_some();
        if !constant {
            self.guard_int(if by > 0 { Cc::Gt } else { Cc::Lt }, step.r, 0);
            self.guard_int(Cc::Ne, step.r, i64::MIN);
        }
        let runs = if by > 0 { first <= last } else { last <= first };
        let cc = if by > 0 { Cc::Le } else { Cc::Ge };
        self.guard(if runs { cc } else { cc.negated() }, init.r, limit.r);
        self.set(ra + 3, init);
        if !runs {
            return Ok(());
        }
        let (from, to) = if by > 0 {
            (init.r, limit.r)
        } else {
            (limit.r, init.r)
        };
        let distance = self.ir.bin(BinOp::Sub, to, from);
        let size = by.unsigned_abs();
        let count = if !constant {
            self.guard_int(Cc::Ge, distance, 0);
            let size = if by > 0 {
                step.r
            } else {
                self.ir.un(UnOp::Neg, step.r)
            };
            self.ir.bin(BinOp::DivFloor, distance, size)
        } else if size == 1 {
            distance
        } else if size.is_power_of_two() {
            let n = self.int(size.trailing_zeros() as i64);
            self.ir.bin(BinOp::Shr, distance, n)
        } else {
            // The distance is unsigned; where it does not fit, the interpreter prepares the loop.
            self.guard_int(Cc::Ge, distance, 0);
            let n = self.int(size as i64);
            self.ir.bin(BinOp::DivFloor, distance, n)
        };
        self.set(
            ra + 1,
            Val {
                r: count,
                tag: tag::INT,
            },
        );
        Ok(())
    }

    /// The limit of a loop over integers as one, and what it is now: a float is rounded towards where the loop begins.
    /// `None` for one beyond the integers.
    fn integer_limit(&mut self, (limit, now): Operand, up: bool) -> Option<(Val, i64)> {
        let Some(f) = now.as_float() else {
            return Some((limit, now.int_bits()));
        };
        let (rounded, op) = match up {
            true => (f.floor(), UnOp::FFloor),
            false => (f.ceil(), UnOp::FCeil),
        };
        let last = number::float_to_int_exact(rounded)?;
        let r = self.ir.un(op, limit.r);
        let (r, tag) = (self.exact_integer(r), tag::INT);
        Some((Val { r, tag }, last))
    }

    /// Records the start of a numeric loop over floats.
    fn float_for_prep(&mut self, l: &State, ra: usize, values: [Val; 3]) -> Recorded {
        let now = [0, 1, 2].map(|n| self.peek(l, self.reg(ra + n)).as_number());
        let [Some(first), Some(last), Some(by)] = now else {
            return self.step();
        };
        if by == 0.0 || by.is_nan() {
            return self.step();
        }
        let [init, limit, step] = values.map(|v| self.number(v));
        let up = by > 0.0;
        if self.ir.as_num(step).is_none() {
            let zero = self.ir.num(0.0);
            self.guard(if up { Cc::FGt } else { Cc::FLt }, step, zero);
        }
        let (empty, x, y) = match up {
            true => (last < first, limit, init),
            false => (first < last, init, limit),
        };
        self.guard(if empty { Cc::FLt } else { Cc::FNlt }, x, y);
        if !empty {
            let tag = tag::FLOAT;
            for (n, r) in [(0, init), (1, limit), (2, step), (3, init)] {
                self.set(ra + n, Val { r, tag });
            }
        }
        Ok(())
    }
}
