//! What the ways of a selection write besides registers: upvalues, and elements and fields of tables that hold numbers and go on
//! to do so. The trace then writes in any case, on the way that does not what is there.
//!
//! Two of them may be one place. So each is written once on a way, of two only one way writes, in its order, and nothing is
//! read behind a write but what was written. What is there is read in front of both ways: its guards must hold on either. So a
//! table is only written to where the comparison was of what an element holds: mostly it is the same one.

use super::select::{Node, Plan, Planned, Written};
use super::table::{Key, Object, Place};
use super::{Recorder, Val};
use crate::bytecode::op::{Op, a, b, c, k as kbit};
use crate::object::State;
use crate::object::proto::Instruction;
use crate::trace::runtime::class;
use crate::value::{TValue, tag};

/// Behind the numbers of registers, those of upvalues,
const UPVALUES: usize = 1 << 8;
/// and behind these, those of elements.
const ELEMENTS: usize = 1 << 16;
/// Targets that are no registers.
const MAX_TARGETS: usize = 2;

/// An element of a table: its register, and the key.
#[derive(Clone, Copy, PartialEq)]
pub struct Element {
    table: usize,
    key: ElementKey,
}

/// The key of an element.
#[derive(Clone, Copy, PartialEq)]
enum ElementKey {
    /// What a register holds.
    Register(usize),
    /// An integer that the instruction holds.
    Integer(i64),
    /// A string, by its index among the constants.
    Name(usize),
}

/// A place that is no register.
#[derive(Clone, Copy, PartialEq)]
pub enum Target {
    /// An upvalue of the running function, by its number.
    Upvalue(usize),
    /// By its number among the plan's elements.
    Element(usize),
}

/// The target that has this number, unless it is a register's.
pub fn target_of(r: usize) -> Option<Target> {
    match r {
        ELEMENTS.. => Some(Target::Element(r - ELEMENTS)),
        UPVALUES.. => Some(Target::Upvalue(r - UPVALUES)),
        _ => None,
    }
}

/// The number of an upvalue.
pub fn upvalue(n: usize) -> usize {
    UPVALUES + n
}

fn writes_memory(written: &Written) -> bool {
    written.iter().any(|w| target_of(w.0).is_some())
}

fn is_number(v: TValue) -> bool {
    matches!(v.tag(), tag::INT | tag::FLOAT)
}

/// Whether the ways' writes can be made one behind the other: of several targets only one way writes.
pub fn agree(one: &Written, other: &Written) -> bool {
    let count = |w: &Written| w.iter().filter(|w| target_of(w.0).is_some()).count();
    let (m, n) = (count(one), count(other));
    let same = || one.iter().find(|w| target_of(w.0).is_some()).map(|w| w.0);
    let other_is = |r: usize| other.iter().any(|w| w.0 == r);
    m.max(n) <= MAX_TARGETS
        && (m == 0 || n == 0 || (m, n) == (1, 1) && same().is_some_and(other_is))
}

impl Recorder {
    /// What a target holds: what the way has written, or what is there.
    pub(super) fn planned_target(
        &mut self,
        l: &State,
        plan: &mut Plan,
        written: &Written,
        r: usize,
    ) -> Option<Planned> {
        if let Some(w) = written.iter().find(|w| w.0 == r) {
            return Some(w.1);
        }
        if writes_memory(written) {
            return None;
        }
        let target = target_of(r)?;
        let now = match target {
            Target::Upvalue(n) => {
                plan.uses_upvalues = true;
                self.closure_now(l).upvalue(n).get()
            }
            Target::Element(n) => self.element_now(l, plan, n)?,
        };
        is_number(now).then(|| plan.there(Node::Target(target), now.tag()))
    }

    /// Plans an assignment to a table.
    pub(super) fn plan_assignment(
        &mut self,
        l: &State,
        plan: &mut Plan,
        written: &mut Written,
        (o, i): (Op, Instruction),
    ) -> Option<()> {
        if !plan.compares_element {
            return None;
        }
        let unchanged = |r: usize| !written.iter().any(|w| w.0 == r);
        let key = match o {
            Op::SetTable => ElementKey::Register(b(i)),
            Op::SetI => ElementKey::Integer(b(i) as i64),
            _ => ElementKey::Name(b(i)),
        };
        if !unchanged(a(i)) || matches!(key, ElementKey::Register(r) if !unchanged(r)) {
            return None;
        }
        let v = match kbit(i) {
            true => plan.constant(self.k(c(i))),
            false => self.planned(l, plan, written, c(i))?,
        };
        let element = Element { table: a(i), key };
        let known = plan.elements.iter().position(|&e| e == element);
        let n = known.unwrap_or_else(|| {
            plan.elements.push(element);
            plan.elements.len() - 1
        });
        self.plan_write(l, plan, written, ELEMENTS + n, v)
    }

    /// Plans that a way writes a target, once, a number of the type that is there.
    pub(super) fn plan_write(
        &mut self,
        l: &State,
        plan: &mut Plan,
        written: &mut Written,
        r: usize,
        v: Planned,
    ) -> Option<()> {
        plan.operations += 1;
        let there = self.planned_target(l, plan, &Written::new(), r)?;
        if plan.tag(there) != plan.tag(v) || written.iter().any(|w| w.0 == r) {
            return None;
        }
        written.push((r, v));
        Some(())
    }

    /// What the element holds, if it is one that can be written to in any case.
    fn element_now(&self, l: &State, plan: &Plan, n: usize) -> Option<TValue> {
        let Element { table, key } = plan.elements[n];
        let slot = self.reg(table);
        if self.known(slot).is_some_and(|v| self.unmade(v).is_some()) {
            return None;
        }
        let t = self.peek(l, slot).as_table()?;
        let now = match key {
            ElementKey::Register(r) => self.peek(l, self.reg(r)),
            ElementKey::Integer(n) => TValue::int(n),
            ElementKey::Name(n) => self.k(n),
        };
        let fits = match key {
            ElementKey::Name(_) => now.tag() == tag::SHORT,
            // An access behind the hint would move it, on both ways.
            _ => now.tag() == tag::INT && t.within_hint((now.int_bits() as u64).wrapping_sub(1)),
        };
        fits.then(|| t.peek(now)).filter(|&v| is_number(v))
    }

    /// What is at a target, guarded to be of its type; and the place.
    pub(super) fn read_target(&mut self, l: &State, plan: &Plan, target: Target) -> (Place, Val) {
        match target {
            Target::Upvalue(n) => {
                let v = self.upvalue(l, n);
                let place = self.upvalue_place(n).1;
                let place = Place {
                    payload: (place, 0, class::UPVALUE),
                    tag: (place, 8, class::UPVALUE_TAG),
                };
                (place, v)
            }
            Target::Element(n) => {
                let Element { table, key } = plan.elements[n];
                let (t, now) = self.register(l, table);
                let key = self.element_key(l, key);
                let table = now.as_table().expect("the element is there");
                let now = table.peek(key.now);
                let place = self.place(Object { r: t.r, now: table }, key);
                let place = place.expect("the element is there");
                let v = self.load_place(place, now);
                (place, v)
            }
        }
    }

    fn element_key(&mut self, l: &State, key: ElementKey) -> Key {
        match key {
            ElementKey::Register(r) => self.register_key(l, r),
            ElementKey::Integer(n) => self.constant_key(TValue::int(n)),
            ElementKey::Name(n) => {
                let name = self.k(n);
                self.constant_key(name)
            }
        }
    }
}
