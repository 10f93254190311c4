//! Concatenation, with the metamethods in the middle of it.
//!
//! `s = s .. x` in a loop appends to the state's text instead of making a string, as long as nothing but the next round asks
//! for `s`. That is so in traces that begin with the loop: if `s` is needed in every round, the loop is compiled anew without.

use super::meta::{Call, Operand};
use super::{Abort, Recorded, Recorder, Val, Verdict};
use crate::bytecode::op::{self, Op, a, b};
use crate::global::Event;
use crate::limits::MAX_SHORT;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::trace::loops_plainly;
use crate::trace::runtime::{self, class};
use crate::value::{TValue, tag};
use perilune_jit::{Cc, Ref, UnOp, Width};

fn is_text(v: Val) -> bool {
    matches!(v.tag & 0x0F, 3 | 4)
}

/// The tag of the string that the operands are put together to.
fn kind_of(operands: &[Operand]) -> u8 {
    // Numbers take one character at least, which decides only where all are short; what is made is guarded.
    let length = |o: &Operand| o.1.as_string().map_or(1, |s| s.len());
    match operands.iter().map(length).sum::<usize>() <= MAX_SHORT {
        true => tag::SHORT,
        false => tag::LONG,
    }
}

impl Recorder {
    /// Records `CONCAT`.
    pub(super) fn concatenation(&mut self, l: &State, i: Instruction) -> Recorded {
        let (first, n) = (a(i), b(i));
        let slot = self.reg(first);
        let mut operands = vec![(self.name_slot(l, slot), self.peek(l, slot))];
        operands.extend((first + 1..first + n).map(|r| self.look_register(l, r)));
        let next = self.pc().wrapping_add(1);
        if let Some(v) = self.grow_text(l, (first, next), &operands) {
            self.top = None;
            self.snapshot = None;
            self.set_slot(slot, v);
            return Ok(());
        }
        operands[0].0 = self.own_text(operands[0].0);
        match self.concatenate(l, self.reg(first), operands, next)? {
            true => Ok(()),
            false => self.step(),
        }
    }

    /// Appends to the text what the first operand, in register `first`, is to grow by, if it is a variable that gets the
    /// result at the instruction `next`.
    fn grow_text(
        &mut self,
        l: &State,
        (first, next): (usize, *const Instruction),
        operands: &[Operand],
    ) -> Option<Val> {
        let old = operands[0].0;
        let grows = self.grows(old);
        let wanted = self.options.buffer
            && self.is_assigned_back(first, next, old)
            && operands.iter().all(|o| is_text(o.0))
            && operands[0].1.is_string();
        if !wanted || !grows && !self.may_grow(l, old) {
            return None;
        }
        // Whatever is guarded from here on leaves to the start of the instruction; the text is then longer than it knows.
        self.snap();
        let mut length = match self.text_length(old) {
            Some(length) => length,
            None => {
                self.own_texts();
                let nothing = self.int(0);
                self.append_to(nothing, old)
            }
        };
        for (v, _) in &operands[1..] {
            let v = self.own(*v);
            length = self.append_to(length, v);
        }
        Some(Val {
            r: self.sink_text(length),
            tag: kind_of(operands),
        })
    }

    /// Whether the instruction `next` assigns register `first` to a variable that has the value `old`.
    fn is_assigned_back(&self, first: usize, next: *const Instruction, old: Val) -> bool {
        // SAFETY: the instruction in front of `next` is not the function's last one, which is a return.
        let i = op::public(unsafe { *next });
        op::op(i) == Op::Move as u8 && b(i) == first && self.known(self.reg(a(i))) == Some(old)
    }

    /// Whether a string that has been made may become one that grows: a variable of the loop that the trace begins with, at
    /// the start of a round.
    fn may_grow(&self, l: &State, old: Val) -> bool {
        self.parent.is_none()
            && !self.is_function
            && self.unmade(old).is_none()
            && self.entries.iter().any(|e| e.payload == Some(old.r))
            && !loops_plainly(l, self.start)
    }

    /// Appends a string or number to the first `length` bytes of the text; how many there are then.
    fn append_to(&mut self, length: Ref, v: Val) -> Ref {
        let bits = match v.tag {
            tag::FLOAT => self.ir.un(UnOp::Bits, v.r),
            _ => v.r,
        };
        let (state, kind) = (self.ir.state(), self.int(v.tag as i64));
        let length = self.call(&runtime::append(), &[state, length, bits, kind]);
        self.allocates = true;
        self.guard_int(Cc::Ge, length, 0);
        length
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

    /// Guards that a string is short or long by its length, which the header says.
    pub(super) fn guard_kind_of_string(&mut self, r: Ref, kind: u8) {
        let found = self
            .ir
            .load(Width::U8, r, runtime::OBJECT_TAG, class::CONSTANT);
        self.guard_int(Cc::Eq, found, kind as i64);
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
        for (j, o) in operands[kept..].iter().enumerate() {
            self.set_operand(from + j as i32, o.0);
            self.flush(from + j as i32);
        }
        let (state, at, count) = (self.ir.state(), self.slot_address(from), self.int(n as i64));
        let r = self.call(&runtime::concatenate(), &[state, at, count]);
        self.allocates = true;
        self.guard_int(Cc::Ne, r, 0);
        let kind = kind_of(&operands[kept..]);
        self.guard_kind_of_string(r, kind);
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
