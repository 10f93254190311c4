//! Concatenation, with the metamethods in the middle of it.

use super::meta::{Call, Operand};
use super::{Abort, Recorded, Recorder, Val, Verdict};
use crate::bytecode::op::{a, b};
use crate::global::Event;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::trace::runtime::{self, class};
use crate::value::{TValue, tag};
use perilune_jit::{Cc, Width};

fn is_text(v: Val) -> bool {
    matches!(v.tag & 0x0F, 3 | 4)
}

impl Recorder {
    /// Records `CONCAT`.
    pub(super) fn concatenation(&mut self, l: &State, i: Instruction) -> Recorded {
        let (first, n) = (a(i), b(i));
        let operands: Vec<_> = (first..first + n)
            .map(|r| self.look_register(l, r))
            .collect();
        let next = self.pc().wrapping_add(1);
        match self.concatenate(l, self.reg(first), operands, next)? {
            true => Ok(()),
            false => self.step(),
        }
    }

    /// Goes on with the concatenation `i` after the metamethod that was called in slot `func` has returned `result`.
    pub(super) fn go_on_concatenating(
        &mut self,
        l: &State,
        i: Instruction,
        func: i32,
        result: Operand,
    ) -> Recorded {
        let first = self.reg(a(i));
        // The two operands lie below the function; the result takes the place of the lower one.
        let last = func - 2;
        let mut operands: Vec<_> = (first..last)
            .map(|slot| (self.look_slot(l, slot), self.peek(l, slot)))
            .collect();
        operands.push(result);
        let next = self.pc();
        match self.concatenate(l, first, operands, next)? {
            true => Ok(()),
            // The return that has led here cannot be executed apart from what follows it.
            false => Err(Verdict::Aborted(Abort::Left)),
        }
    }

    /// Concatenates the operands from slot `first` on, from the last one on, until all are joined or a metamethod is
    /// entered; `next` is the instruction behind. Answers false where the interpreter has to do it.
    fn concatenate(
        &mut self,
        l: &State,
        first: i32,
        mut operands: Vec<Operand>,
        next: *const Instruction,
    ) -> Result<bool, Verdict> {
        // Whatever is guarded from here on leaves to the start of the instruction, before its effects.
        self.snap();
        while let [.., x, y] = operands[..] {
            if is_text(x.0) && is_text(y.0) {
                self.join(l, first, &mut operands);
                continue;
            }
            let Some(f) = self.binary_metamethod(l, x, y, Event::Concat) else {
                return Ok(false);
            };
            if f.1.tag() != tag::LUA_FN {
                return Ok(false);
            }
            self.set_operand(first + operands.len() as i32 - 1, y.0);
            let call = Call {
                func: first + operands.len() as i32,
                nresults: 1,
                next,
            };
            self.enter_event(f, &[x.0, y.0], call)?;
            return Ok(true);
        }
        self.top = None;
        self.snapshot = None;
        if let Some((v, _)) = operands.first() {
            self.set_slot(first, *v);
        }
        Ok(true)
    }

    /// Notes an operand that is no longer what is in memory.
    fn set_operand(&mut self, slot: i32, v: Val) {
        if self.known(slot) != Some(v) {
            self.set_slot(slot, v);
        }
    }

    /// Joins the strings and numbers at the end of the operands.
    fn join(&mut self, l: &State, first: i32, operands: &mut Vec<Operand>) {
        let n = operands.iter().rev().take_while(|o| is_text(o.0)).count();
        let kept = operands.len() - n;
        let from = first + kept as i32;
        // Numbers take one character at least, which decides only where all are short; the length is guarded by its kind.
        let length: usize = operands[kept..]
            .iter()
            .map(|o| o.1.as_string().map_or(1, |s| s.len()))
            .sum();
        for (j, o) in operands[kept..].iter().enumerate() {
            self.set_operand(from + j as i32, o.0);
            self.flush(from + j as i32);
        }
        let (state, at, count) = (self.ir.state(), self.slot_address(from), self.int(n as i64));
        let r = self.call(&runtime::concatenate(), &[state, at, count]);
        self.allocates = true;
        self.guard_int(Cc::Ne, r, 0);
        // Short or long by its length, which the header says.
        let kind = if length <= crate::limits::MAX_SHORT {
            tag::SHORT
        } else {
            tag::LONG
        };
        let found = self
            .ir
            .load(Width::U8, r, runtime::OBJECT_TAG, class::CONSTANT);
        self.guard_int(Cc::Eq, found, kind as i64);
        for j in 0..n as i32 {
            // Numbers have become strings in memory.
            self.forget(from + j);
        }
        operands.truncate(kept);
        // Of what is now, only the type matters from here on.
        let some_string = TValue::from(l.global().event_name(Event::Concat));
        operands.push((Val { r, tag: kind }, some_string));
    }
}
