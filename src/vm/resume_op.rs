//! Completes the instruction that a yield inside a metamethod, iterator or closing method interrupted.

use crate::bytecode::op::{self, Op, a, b, k as kbit};
use crate::error::LResult;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::vm::interp::Pc;

/// Finishes the interrupted instruction of the current Lua frame, whose metamethod has just returned.
pub fn finish(l: &State) -> LResult<()> {
    let ci = l.ci();
    let pc = Pc::new(ci.pc.get());
    let i = pc.offset(-1).fetch();
    let base = ci.base();
    match Op::from_code(op::op(i)) {
        Some(Op::MmBin | Op::MmBinI | Op::MmBinK) => {
            let v = l.pop_value();
            base.add(a(pc.offset(-2).fetch())).set(v);
        }
        Some(
            Op::Unm
            | Op::BNot
            | Op::Len
            | Op::GetTabUp
            | Op::GetTable
            | Op::GetI
            | Op::GetField
            | Op::SelfOp,
        ) => {
            let v = l.pop_value();
            base.add(a(i)).set(v);
        }
        Some(Op::Lt | Op::Le | Op::LtI | Op::LeI | Op::GtI | Op::GeI | Op::Eq) => {
            finish_test(l, pc, i)
        }
        Some(Op::Concat) => return finish_concat(l, i),
        Some(Op::Close) => ci.pc.set(pc.offset(-1).as_ptr()),
        Some(Op::Return) => {
            // The results are still in place: the instruction is repeated with all of them up to the top.
            l.top.set(base.add(a(i) + ci.scratch.get() as usize));
            ci.pc.set(pc.offset(-1).as_ptr());
        }
        _ => {}
    }
    Ok(())
}

/// A comparison: skips the jump behind it unless the result is the one that takes it.
fn finish_test(l: &State, pc: Pc, i: Instruction) {
    let ci = l.ci();
    let mut result = !l.pop_value().is_falsy();
    if ci.has(cist::LEQ) {
        ci.clear_bits(cist::LEQ);
        result = !result;
    }
    if result != kbit(i) {
        ci.pc.set(pc.offset(1).as_ptr());
    }
}

/// A concatenation: puts the metamethod's result in place and concatenates what is left.
fn finish_concat(l: &State, i: Instruction) -> LResult<()> {
    let top = l.top.get().sub(1);
    let first = l.ci().base().add(a(i));
    let left = top.sub(1).distance(first) as usize;
    // The two operands lie below the result; it takes the place of the lower one.
    top.sub(2).set(top.get());
    l.top.set(top.sub(1));
    debug_assert!(left <= b(i));
    super::concat(l, left)?;
    l.top.set(l.ci().top.get());
    Ok(())
}
