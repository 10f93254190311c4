//! Handlers of the numeric and the generic `for`.

use super::{K, Outcome, Pc, next};
use crate::bytecode::op::{a, bx, c};
use crate::debug;
use crate::error::LResult;
use crate::limits::MAX_C_CALLS;
use crate::number;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::value::{ShortCut, Slot, TValue, tag};
use crate::vm::{call, convert, upval};

/// Advances a numeric loop: `R[A]` is the index, `R[A+1]` the iterations left (integers) or the limit (floats),
/// `R[A+2]` the step, `R[A+3]` the loop's variable.
pub fn forloop(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ra = base.add(a(i));
    if ra.add(2).tag() != tag::INT {
        return forloop_float(l, base, pc, k, i);
    }
    let left = ra.add(1).bits();
    if left == 0 {
        return next(l, base, pc, k);
    }
    let index = TValue::int(ra.bits().wrapping_add(ra.add(2).bits()) as i64);
    // Tags as well: `debug.setlocal` and altered chunks put anything into the hidden variables.
    ra.add(1).set(TValue::int((left - 1) as i64));
    ra.set(index);
    ra.add(3).set(index);
    next(l, base, pc.offset(-(bx(i) as i32)), k)
}

#[inline(never)]
fn forloop_float(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ra = base.add(a(i));
    let step = f64::from_bits(ra.add(2).bits());
    let limit = f64::from_bits(ra.add(1).bits());
    let index = f64::from_bits(ra.bits()) + step;
    if if step > 0.0 {
        index <= limit
    } else {
        limit <= index
    } {
        ra.set(TValue::float(index));
        ra.add(3).set(TValue::float(index));
        return next(l, base, pc.offset(-(bx(i) as i32)), k);
    }
    next(l, base, pc, k)
}

/// Prepares a numeric loop, or skips it.
pub fn forprep(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    super::enter_slow(l, pc);
    match prepare(l, base.add(a(i))) {
        Ok(false) => next(l, l.ci().base(), pc, k),
        Ok(true) => next(l, l.ci().base(), pc.offset(bx(i) as i32 + 1), k),
        Err(t) => Outcome::thrown(t),
    }
}

/// Computes the loop's hidden values; answers whether the loop does not run at all.
#[inline(never)]
fn prepare(l: &State, ra: Slot) -> LResult<bool> {
    let (init, limit, step) = (ra.get(), ra.add(1).get(), ra.add(2).get());
    if let (Some(init), Some(step)) = (init.as_int(), step.as_int()) {
        if step == 0 {
            return Err(l.run_error("'for' step is zero", &[]));
        }
        ra.add(3).set(TValue::int(init));
        let Some(limit) = integer_limit(l, init, limit, step)? else {
            return Ok(true);
        };
        let count = if step > 0 {
            (limit as u64).wrapping_sub(init as u64) / step as u64
        } else {
            // The negated step as unsigned is right for the least integer, too.
            (init as u64).wrapping_sub(limit as u64) / 0u64.wrapping_sub(step as u64)
        };
        ra.add(1).set(TValue::int(count as i64));
        return Ok(false);
    }
    let Some(limit) = convert::to_float(limit) else {
        return Err(debug::for_error(l, limit, "limit"));
    };
    let Some(step) = convert::to_float(step) else {
        return Err(debug::for_error(l, step, "step"));
    };
    let Some(init) = convert::to_float(init) else {
        return Err(debug::for_error(l, init, "initial value"));
    };
    if step == 0.0 {
        return Err(l.run_error("'for' step is zero", &[]));
    }
    if if step > 0.0 {
        limit < init
    } else {
        init < limit
    } {
        return Ok(true);
    }
    ra.add(1).set(TValue::float(limit));
    ra.add(2).set(TValue::float(step));
    ra.set(TValue::float(init));
    ra.add(3).set(TValue::float(init));
    Ok(false)
}

/// The limit of an integer loop as an integer, clipped; `None` if the loop does not run.
fn integer_limit(l: &State, init: i64, limit: TValue, step: i64) -> LResult<Option<i64>> {
    let n = match convert::to_number(limit) {
        None => return Err(debug::for_error(l, limit, "limit")),
        Some(n) => n,
    };
    let limit = match n.as_int() {
        Some(i) => i,
        None => {
            let f = n.float_bits();
            let rounded = if step < 0 {
                number::float_to_int_ceil(f)
            } else {
                number::float_to_int_floor(f)
            };
            match rounded {
                Some(i) => i,
                None if f > 0.0 && step < 0 => return Ok(None),
                None if f > 0.0 => i64::MAX,
                None if step > 0 => return Ok(None),
                None => i64::MIN,
            }
        }
    };
    let runs = if step > 0 {
        init <= limit
    } else {
        limit <= init
    };
    Ok(runs.then_some(limit))
}

/// `mark R[A+3] to be closed; pc += Bx`
pub fn tforprep(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    if base.add(a(i) + 3).get().is_nil() {
        return next(l, base, pc.offset(bx(i) as i32), k);
    }
    tforprep_mark(l, base, pc, k, i)
}

fn tforprep_mark(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    #[inline(never)]
    fn body(l: &State, base: Slot, i: Instruction) -> LResult<()> {
        upval::new_tbc(l, base.add(a(i) + 3))
    }
    super::enter_slow(l, pc);
    match body(l, base, i) {
        Ok(()) => next(l, l.ci().base(), pc.offset(bx(i) as i32), k),
        Err(t) => Outcome::thrown(t),
    }
}

/// `R[A+4], ..., R[A+3+C] := R[A](R[A+1], R[A+2])`
pub fn tforcall(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ra = base.add(a(i));
    if ra.tag() != tag::NATIVE_FN {
        return tforcall_any(l, base, pc, k, i);
    }
    tforcall_step(l, base, pc, k, i)
}

/// A step of `next` or `ipairs` without a call, for a loop with at most two variables.
#[inline(never)]
fn tforcall_step(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ra = base.add(a(i));
    let Some(ShortCut::Step(step)) = ra.get().as_native().map(|f| f.short_cut) else {
        return tforcall_any(l, base, pc, k, i);
    };
    // The call that is saved would count as a nested one.
    if c(i) > 2 || l.c_depth() + 1 >= MAX_C_CALLS {
        return tforcall_any(l, base, pc, k, i);
    }
    match step(ra.add(1).get(), ra.add(2).get(), ra.add(4)) {
        Some(true) => {}
        Some(false) => ra.add(4).set(TValue::NIL),
        None => return tforcall_any(l, base, pc, k, i),
    }
    next(l, base, pc, k)
}

/// Puts iterator and arguments where they are called.
fn iterator_call(l: &State, base: Slot, i: Instruction) -> Slot {
    let ra = base.add(a(i));
    let func = ra.add(4);
    func.set(ra.get());
    func.add(1).set(ra.add(1).get());
    func.add(2).set(ra.add(2).get());
    l.top.set(func.add(3));
    func
}

frame_handler! {
    /// `tforcall` of anything.
    tforcall_any = |l, base, i| {
        let func = iterator_call(l, base, i);
        if func.tag() == tag::LUA_FN && l.hook_mask.get() == 0 {
            return call::enter_nested(l, func, c(i) as i32);
        }
        call::call(l, func, c(i) as i32)
    }
}

/// `tforprep` under hooks, and the `tforcall` that it leads to, which hooks do not see.
pub fn tforprep_hooked(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    super::enter_slow(l, pc);
    if !base.add(a(i) + 3).get().is_nil()
        && let Err(t) = upval::new_tbc(l, base.add(a(i) + 3))
    {
        return Outcome::thrown(t);
    }
    let to = pc.offset(bx(i) as i32);
    tforcall_hooked(l, l.ci().base(), to.offset(1), k, to.fetch())
}

frame_handler! {
    /// `tforcall` under hooks, and the `tforloop` behind it, which hooks see only where a yield lies between the two.
    tforcall_hooked = |l, base, i| {
        call::call(l, iterator_call(l, base, i), c(i) as i32)?;
        let ci = l.ci();
        let pc = Pc::new(ci.pc.get());
        let ra = ci.base().add(a(i));
        let v = ra.add(4).get();
        ci.pc.set(if v.is_nil() {
            pc.offset(1).as_ptr()
        } else {
            ra.add(2).set(v);
            pc.offset(1 - bx(pc.fetch()) as i32).as_ptr()
        });
        Ok(())
    }
}

/// `if R[A+4] ~= nil then { R[A+2] := R[A+4]; pc -= Bx }`
pub fn tforloop(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ra = base.add(a(i));
    let v = ra.add(4).get();
    if v.is_nil() {
        return next(l, base, pc, k);
    }
    ra.add(2).set(v);
    next(l, base, pc.offset(-(bx(i) as i32)), k)
}
