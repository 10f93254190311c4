//! Handlers that move values between registers, constants and upvalues.

use super::{K, Outcome, Pc, closure_at, next};
use crate::bytecode::op::{a, ax, b, bx, sbx};
use crate::error::LResult;
use crate::heap;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::value::{Slot, TValue};

/// `R[A] := R[B]`
pub fn mov(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(base.add(b(i)).get());
    next(l, base, pc, k)
}

/// `R[A] := sBx`
pub fn loadi(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(TValue::int(sbx(i) as i64));
    next(l, base, pc, k)
}

/// `R[A] := (float) sBx`
pub fn loadf(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(TValue::float(sbx(i) as f64));
    next(l, base, pc, k)
}

/// `R[A] := K[Bx]`
pub fn loadk(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(k.at(bx(i)));
    next(l, base, pc, k)
}

/// `R[A] := K[extra argument]`
pub fn loadkx(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(k.at(ax(pc.fetch())));
    next(l, base, pc.offset(1), k)
}

/// `R[A] := false`
pub fn loadfalse(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(TValue::FALSE);
    next(l, base, pc, k)
}

/// `R[A] := false; skip the next instruction`
pub fn lfalseskip(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(TValue::FALSE);
    next(l, base, pc.offset(1), k)
}

/// `R[A] := true`
pub fn loadtrue(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(TValue::TRUE);
    next(l, base, pc, k)
}

/// `R[A], ..., R[A+B] := nil`
pub fn loadnil(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let ra = base.add(a(i));
    let mut n = b(i);
    loop {
        ra.add(n).set(TValue::NIL);
        if n == 0 {
            break;
        }
        n -= 1;
    }
    next(l, base, pc, k)
}

/// `R[A] := upvalue B`
pub fn getupval(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    base.add(a(i)).set(closure_at(base).upvalue(b(i)).get());
    next(l, base, pc, k)
}

/// `upvalue B := R[A]`
pub fn setupval(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let uv = closure_at(base).upvalue(b(i));
    let v = base.add(a(i)).get();
    uv.v.get().set(v);
    if heap::needs_barrier(uv.header(), v) {
        return setupval_barrier(l, base, pc, k, i);
    }
    next(l, base, pc, k)
}

slow_handler! {
    #[cold]
    setupval_barrier = |l, base, _k, i| {
        let uv = closure_at(base).upvalue(b(i));
        heap::barrier(l, uv.header(), uv.get());
        Ok(())
    }
}
