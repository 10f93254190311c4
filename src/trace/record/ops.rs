//! Which part of the recorder an instruction goes to.

use super::{Recorded, Recorder, Val};
use crate::bytecode::op::{self, Op, a, ax, b, bx, c, k as kbit, sbx};
use crate::object::State;
use crate::object::proto::Instruction;
use crate::value::{TValue, tag};

impl Recorder {
    /// Records the instruction, which is executed next.
    pub(super) fn instruction(&mut self, l: &State, i: Instruction) -> Recorded {
        let Some(o) = Op::from_code(op::op(i)) else {
            return self.step();
        };
        match o {
            Op::Move => {
                let v = self.name_slot(l, self.reg(b(i)));
                self.set(a(i), v);
                Ok(())
            }
            Op::LoadI => self.load(a(i), TValue::int(sbx(i) as i64)),
            Op::LoadF => self.load(a(i), TValue::float(sbx(i) as f64)),
            Op::LoadK => self.load(a(i), self.k(bx(i))),
            Op::LoadKX => {
                // SAFETY: the loader has checked that an extra argument follows.
                let extra = unsafe { *self.pc().add(1) };
                self.load(a(i), self.k(ax(extra)))
            }
            Op::LoadFalse | Op::LFalseSkip => self.load(a(i), TValue::FALSE),
            Op::LoadTrue => self.load(a(i), TValue::TRUE),
            Op::LoadNil => (a(i)..=a(i) + b(i)).try_for_each(|r| self.load(r, TValue::NIL)),
            Op::GetUpval => self.get_upvalue(l, a(i), b(i)),
            Op::SetUpval => self.set_upvalue(l, a(i), b(i)),
            Op::GetTabUp
            | Op::GetTable
            | Op::GetI
            | Op::GetField
            | Op::SelfOp
            | Op::SetTabUp
            | Op::SetTable
            | Op::SetI
            | Op::SetField
            | Op::NewTable
            | Op::Len
            | Op::Concat => self.table_op(l, o, i),
            Op::MmBin | Op::MmBinI | Op::MmBinK => self.operator_event(l, o, i),
            Op::Unm | Op::BNot => self.unary(l, o, i),
            Op::Not => {
                let v = self.look(l, b(i));
                self.load(a(i), TValue::bool(is_falsy(v.tag)))
            }
            Op::Jmp => Ok(()),
            Op::Eq
            | Op::Lt
            | Op::Le
            | Op::EqK
            | Op::EqI
            | Op::LtI
            | Op::LeI
            | Op::GtI
            | Op::GeI => self.comparison(l, o, i),
            Op::Test => {
                self.look(l, a(i));
                Ok(())
            }
            Op::TestSet => {
                let v = self.look(l, b(i));
                if is_falsy(v.tag) != kbit(i) {
                    self.set(a(i), v);
                }
                Ok(())
            }
            Op::Call => self.record_call(l, a(i), b(i), c(i) as i32 - 1),
            Op::TailCall => self.record_tail_call(l, i),
            Op::Return | Op::Return0 | Op::Return1 => self.record_return(l, o, i),
            Op::ForLoop => self.for_loop(l, i),
            Op::ForPrep => self.for_prep(l, i),
            Op::TForPrep => self.generic_for_prep(l, i),
            Op::TForCall => self.generic_for_call(l, i),
            Op::TForLoop => self.generic_for_loop(l, i),
            Op::Closure => self.make_closure(bx(i), a(i)),
            Op::Vararg => self.vararg(l, i),
            Op::VarargPrep => self.vararg_prep(l, i),
            Op::SetList => self.set_list(l, i),
            Op::ExtraArg => Ok(()),
            Op::Close => self.record_close(l, i),
            Op::Tbc => self.step(),
            _ => self.binary(l, o, i),
        }
    }

    /// A constant of the running function.
    pub(super) fn k(&self, n: usize) -> TValue {
        self.proto().constants.as_slice()[n]
    }

    /// Sets a register to a constant.
    pub(super) fn load(&mut self, r: usize, v: TValue) -> Recorded {
        let v = self.constant(v);
        self.set(r, v);
        Ok(())
    }

    /// Operand C: a constant if the k bit is set, else a register, which may name a sunk table.
    pub(super) fn rk(&mut self, l: &State, i: Instruction) -> Val {
        if kbit(i) {
            self.constant(self.k(c(i)))
        } else {
            self.look(l, c(i))
        }
    }
}

/// Whether values with this tag are nil or false.
pub(super) fn is_falsy(tag: u8) -> bool {
    tag == tag::FALSE || tag & 0x0F == 0
}
