//! Branches that only compute: where both ways from a comparison move and compute numbers, write some of them to variables of
//! closures or over others in tables ([`super::targets`]), and meet soon, the trace does what both say and selects
//! (if-conversion). A guard would go one way, and each mixture of such branches in a round of the loop would be a side trace.
//!
//! What there is to do is planned first, without any IR: a way that turns out to do more leaves nothing behind.

use super::arith::{Kind, Source, decode};
use super::branch::order_of;
use super::ops::is_falsy;
use super::targets::{self, Element, Target, target_of};
use super::{Recorder, Val, has_payload};
use crate::bytecode::op::{self, Op, a, b, bx, c, k as kbit, sb, sbx, sc, sj};
use crate::number;
use crate::object::State;
use crate::object::proto::Instruction;
use crate::trace::liveness::{self, Registers};
use crate::trace::runtime::class;
use crate::value::{TValue, tag};
use perilune_jit::{BinOp, Cc, UnOp};

/// Instructions from a comparison to where its ways meet.
const MAX_LENGTH: usize = 16;
/// Operations on both ways: more would take longer than a guard that holds.
const MAX_OPERATIONS: usize = 6;
/// Comparisons among them, the first one included.
const MAX_COMPARISONS: usize = 3;

/// A planned value, by its number.
pub(super) type Planned = usize;

/// How a planned value comes about.
#[derive(Clone, Copy)]
pub(super) enum Node {
    /// From a slot.
    Slot(i32),
    /// From elsewhere.
    Target(Target),
    Constant(TValue),
    Bin(BinOp, Planned, Planned),
    Un(UnOp, Planned),
    Cmp(Cc, Planned, Planned),
    Select(Planned, Planned, Planned),
}

/// What registers and targets hold at the end of a way, where it has written any.
pub(super) type Written = Vec<(usize, Planned)>;

/// What a comparison and its ways do.
pub(super) struct Plan<'a> {
    code: &'a [Instruction],
    /// Where the ways meet,
    end: usize,
    /// and which registers matter there.
    live: Registers,
    nodes: Vec<(Node, u8)>,
    /// Operations so far, writes of targets among them.
    pub operations: usize,
    comparisons: usize,
    /// The elements of tables that are written.
    pub elements: Vec<Element>,
    /// Whether a comparison is of what an element of a table holds.
    pub compares_element: bool,
    /// Whether upvalues take part, and registers that may be upvalues of others.
    pub uses_upvalues: bool,
    uses_captured: bool,
}

/// Where the ways from the comparison at `pc` meet, if they go forward only: no jump in front of it leads behind it. Each
/// comparison in front of it is followed by a jump, as in code that was not altered.
fn meeting_point(code: &[Instruction], pc: usize) -> Option<usize> {
    let (mut at, mut end, mut follows) = (pc + 1, pc + 2, true);
    while at < end {
        let i = op::public(*code.get(at)?);
        let o = Op::from_code(op::op(i))?;
        if follows && o != Op::Jmp {
            return None;
        }
        if o == Op::Jmp {
            let to = usize::try_from(at as i64 + 1 + i64::from(sj(i))).ok()?;
            if to <= at {
                return None;
            }
            end = end.max(to);
        }
        follows = o.is_test();
        if follows {
            end = end.max(at + 2);
        }
        if end > pc + MAX_LENGTH || end >= code.len() {
            return None;
        }
        at += 1;
    }
    Some(end)
}

impl Plan<'_> {
    fn add(&mut self, node: Node, tag: u8) -> Planned {
        self.nodes.push((node, tag));
        self.nodes.len() - 1
    }

    fn is_too_long(&self) -> bool {
        self.operations > MAX_OPERATIONS || self.comparisons > MAX_COMPARISONS
    }

    pub(super) fn constant(&mut self, v: TValue) -> Planned {
        self.add(Node::Constant(v), v.tag())
    }

    /// What is there in front of the comparison.
    pub(super) fn there(&mut self, node: Node, tag: u8) -> Planned {
        let same = |&(n, _): &(Node, u8)| match (n, node) {
            (Node::Slot(x), Node::Slot(y)) => x == y,
            (Node::Target(x), Node::Target(y)) => x == y,
            _ => false,
        };
        let known = self.nodes.iter().position(same);
        known.unwrap_or_else(|| self.add(node, tag))
    }

    /// Whether what a way has written matters where the ways meet.
    fn matters(&self, r: usize) -> bool {
        target_of(r).is_some() || liveness::contains(&self.live, r)
    }

    pub(super) fn tag(&self, v: Planned) -> u8 {
        self.nodes[v].1
    }

    /// The number as a float.
    fn float(&mut self, v: Planned) -> Planned {
        match self.nodes[v] {
            (_, tag::FLOAT) => v,
            (Node::Constant(k), _) => {
                self.constant(TValue::float(number::int_to_float(k.int_bits())))
            }
            _ => self.add(Node::Un(UnOp::ToNum, v), tag::FLOAT),
        }
    }

    /// An operation that no operands make fail; `None` for others.
    fn operation(&mut self, kind: Kind, x: Planned, y: Planned) -> Option<Planned> {
        self.operations += 1;
        let is_number = |t: u8| matches!(t, tag::INT | tag::FLOAT);
        if !is_number(self.tag(x)) || !is_number(self.tag(y)) {
            return None;
        }
        let ints = (self.tag(x), self.tag(y)) == (tag::INT, tag::INT);
        let op = match kind {
            Kind::Add if ints => BinOp::Add,
            Kind::Sub if ints => BinOp::Sub,
            Kind::Mul if ints => BinOp::Mul,
            Kind::And if ints => BinOp::And,
            Kind::Or if ints => BinOp::Or,
            Kind::Xor if ints => BinOp::Xor,
            Kind::Shl | Kind::Shr if ints => return self.shift(kind, x, y),
            Kind::IDiv | Kind::Mod if ints => {
                // Powers of two take a shift or a mask.
                let Node::Constant(k) = self.nodes[y].0 else {
                    return None;
                };
                if k.int_bits() <= 0 || !k.int_bits().unsigned_abs().is_power_of_two() {
                    return None;
                }
                match kind {
                    Kind::IDiv => BinOp::DivFloor,
                    _ => BinOp::ModFloor,
                }
            }
            Kind::Add => BinOp::FAdd,
            Kind::Sub => BinOp::FSub,
            Kind::Mul => BinOp::FMul,
            Kind::Div => BinOp::FDiv,
            _ => return None,
        };
        if op.ty() == perilune_jit::Ty::Int {
            return Some(self.add(Node::Bin(op, x, y), tag::INT));
        }
        let (m, n) = (self.float(x), self.float(y));
        Some(self.add(Node::Bin(op, m, n), tag::FLOAT))
    }

    /// A shift by a constant.
    fn shift(&mut self, kind: Kind, x: Planned, y: Planned) -> Option<Planned> {
        let Node::Constant(n) = self.nodes[y].0 else {
            return None;
        };
        let op = match kind {
            Kind::Shl => BinOp::Shl,
            _ => BinOp::Shr,
        };
        (0..64)
            .contains(&n.int_bits())
            .then(|| self.add(Node::Bin(op, x, y), tag::INT))
    }

    /// Whether the comparison holds.
    fn condition(&mut self, o: Op, x: Planned, y: Planned) -> Option<Planned> {
        self.comparisons += 1;
        let equality = matches!(o, Op::Eq | Op::EqK | Op::EqI);
        let (ints, floats) = match equality {
            true => (Cc::Eq, Cc::FEq),
            false => order_of(o),
        };
        // Integers beyond those that floats stand for may lie between floats.
        let is_exact = |v: Planned| match self.nodes[v].0 {
            Node::Constant(k) => k.int_bits().unsigned_abs() <= number::LARGEST_EXACT as u64,
            _ => false,
        };
        let (cc, x, y) = match (self.tag(x), self.tag(y)) {
            (tag::INT, tag::INT) => (ints, x, y),
            (tag::SHORT, tag::SHORT) if equality => (Cc::Eq, x, y),
            (tag::FLOAT, tag::FLOAT) => (floats, x, y),
            (tag::FLOAT, tag::INT) if is_exact(y) => (floats, x, self.float(y)),
            _ => return None,
        };
        Some(self.add(Node::Cmp(cc, x, y), tag::INT))
    }

    /// One of two values of the same type.
    fn select(&mut self, condition: Planned, x: Planned, y: Planned) -> Option<Planned> {
        let t = self.tag(x);
        if x == y || t == self.tag(y) && !has_payload(t) {
            return Some(x);
        }
        (t == self.tag(y)).then(|| self.add(Node::Select(condition, x, y), t))
    }
}

impl Recorder {
    /// Records the comparison at the running instruction and both ways from it, if they only compute. Answers where they
    /// meet: up to there nothing else is to be recorded.
    pub(super) fn select_ways(&mut self, l: &State) -> Option<*const Instruction> {
        // A side trace from this comparison goes the way that its guard did not expect.
        let decided = self.parent.is_some() && self.instructions == 1;
        if !self.options.select || self.trial.is_some() || decided {
            return None;
        }
        let p = self.proto();
        let code = p.code.as_slice();
        let pc = (self.pc().addr() - code.as_ptr().addr()) / size_of::<Instruction>();
        let end = meeting_point(code, pc)?;
        let live = *self.code_of(p.as_ptr()).live.at(end);
        let mut plan = Plan {
            code,
            end,
            live,
            nodes: Vec::new(),
            operations: 0,
            comparisons: 0,
            elements: Vec::new(),
            compares_element: false,
            uses_upvalues: false,
            uses_captured: false,
        };
        let mut written = Written::new();
        self.plan_way(l, &mut plan, pc, &mut written)?;
        if plan.is_too_long() || plan.uses_upvalues && plan.uses_captured {
            return None;
        }
        written.retain(|&(r, _)| plan.matters(r));
        self.carry_out(l, &plan, &written);
        Some(code[end..].as_ptr())
    }

    /// Plans what the instructions from `pc` on do, up to where the ways meet.
    fn plan_way(
        &mut self,
        l: &State,
        plan: &mut Plan,
        mut pc: usize,
        written: &mut Written,
    ) -> Option<()> {
        while pc != plan.end {
            // In altered code the last operation may pass over the end.
            if pc > plan.end || plan.is_too_long() {
                return None;
            }
            let i = op::public(plan.code[pc]);
            let o = Op::from_code(op::op(i))?;
            // Where the jump behind a test leads to.
            let jump = || (pc as i64 + 2 + i64::from(sj(op::public(plan.code[pc + 1])))) as usize;
            let mut next = pc + 1;
            let value = match o {
                Op::Move => Some(self.planned(l, plan, written, b(i))?),
                Op::LoadI => Some(plan.constant(TValue::int(sbx(i) as i64))),
                Op::LoadF => Some(plan.constant(TValue::float(sbx(i) as f64))),
                Op::LoadK => Some(plan.constant(self.k(bx(i)))),
                Op::LoadTrue => Some(plan.constant(TValue::TRUE)),
                Op::LoadFalse => Some(plan.constant(TValue::FALSE)),
                Op::GetUpval => Some(self.planned(l, plan, written, targets::upvalue(b(i)))?),
                Op::SetUpval => {
                    let v = self.planned(l, plan, written, a(i))?;
                    self.plan_write(l, plan, written, targets::upvalue(b(i)), v)?;
                    None
                }
                Op::SetTable | Op::SetI | Op::SetField => {
                    self.plan_assignment(l, plan, written, (o, i))?;
                    None
                }
                Op::Jmp => {
                    next = (pc as i64 + 1 + i64::from(sj(i))) as usize;
                    None
                }
                Op::Test | Op::TestSet => {
                    let from = if o == Op::Test { a(i) } else { b(i) };
                    let v = self.planned(l, plan, written, from)?;
                    let goes = is_falsy(plan.tag(v)) != kbit(i);
                    next = if goes { jump() } else { pc + 2 };
                    (goes && o == Op::TestSet).then_some(v)
                }
                _ if o.is_test() => {
                    let (jump, behind) = (jump(), pc + 2);
                    let ways = if kbit(i) {
                        [jump, behind]
                    } else {
                        [behind, jump]
                    };
                    return self.plan_branch(l, plan, (o, i), ways, written);
                }
                Op::Unm | Op::BNot => Some(self.plan_unary(l, plan, written, (o, i))?),
                _ => {
                    // The metamethod's instruction behind it is passed over.
                    next = pc + 2;
                    Some(self.plan_binary(l, plan, written, (o, i))?)
                }
            };
            if let Some(v) = value {
                plan.uses_captured |= self.is_captured(self.reg(a(i)));
                note(written, a(i), v);
            }
            pc = next;
        }
        Some(())
    }

    fn plan_unary(
        &mut self,
        l: &State,
        plan: &mut Plan,
        written: &Written,
        (o, i): (Op, Instruction),
    ) -> Option<Planned> {
        let x = self.planned(l, plan, written, b(i))?;
        plan.operations += 1;
        let op = match (o, plan.tag(x)) {
            (Op::Unm, tag::INT) => UnOp::Neg,
            (Op::Unm, tag::FLOAT) => UnOp::FNeg,
            (Op::BNot, tag::INT) => UnOp::Not,
            _ => return None,
        };
        Some(plan.add(Node::Un(op, x), plan.tag(x)))
    }

    fn plan_binary(
        &mut self,
        l: &State,
        plan: &mut Plan,
        written: &Written,
        (o, i): (Op, Instruction),
    ) -> Option<Planned> {
        let (kind, source) = decode(o)?;
        let x = self.planned(l, plan, written, b(i))?;
        let y = match source {
            Source::Register => self.planned(l, plan, written, c(i))?,
            Source::Constant => plan.constant(self.k(c(i))),
            Source::Immediate => plan.constant(TValue::int(sc(i) as i64)),
        };
        let (x, y) = if o == Op::ShlI { (y, x) } else { (x, y) };
        plan.operation(kind, x, y)
    }

    /// Plans a comparison and both ways from it: the one where it holds, and the other.
    fn plan_branch(
        &mut self,
        l: &State,
        plan: &mut Plan,
        (o, i): (Op, Instruction),
        [holds, fails]: [usize; 2],
        written: &mut Written,
    ) -> Option<()> {
        let x = self.planned(l, plan, written, a(i))?;
        let y = match o {
            Op::Eq | Op::Lt | Op::Le => self.planned(l, plan, written, b(i))?,
            Op::EqK => plan.constant(self.k(b(i))),
            _ => plan.constant(TValue::int(sb(i) as i64)),
        };
        if self.is_slow(plan, x) || self.is_slow(plan, y) {
            return None;
        }
        plan.compares_element |= self.is_element(plan, x) || self.is_element(plan, y);
        let condition = plan.condition(o, x, y)?;
        let mut other = written.clone();
        self.plan_way(l, plan, holds, written)?;
        self.plan_way(l, plan, fails, &mut other)?;
        if !targets::agree(written, &other) {
            return None;
        }
        let mut merged = Written::new();
        for &(r, _) in written.iter().chain(&other) {
            if plan.matters(r) && !merged.iter().any(|w| w.0 == r) {
                let x = self.planned(l, plan, written, r)?;
                let y = self.planned(l, plan, &other, r)?;
                merged.push((r, plan.select(condition, x, y)?));
            }
        }
        *written = merged;
        Some(())
    }

    /// What a register or target holds: what the way has written, or what is there.
    pub(super) fn planned(
        &mut self,
        l: &State,
        plan: &mut Plan,
        written: &Written,
        r: usize,
    ) -> Option<Planned> {
        if target_of(r).is_some() {
            return self.planned_target(l, plan, written, r);
        }
        if let Some(w) = written.iter().find(|w| w.0 == r) {
            return Some(w.1);
        }
        let slot = self.reg(r);
        plan.uses_captured |= self.is_captured(slot);
        if let Some(v) = self.known(slot)
            && self.unmade(v).is_some()
        {
            return None;
        }
        let tag = self
            .known(slot)
            .map_or_else(|| self.peek(l, slot).tag(), |v| v.tag);
        Some(plan.there(Node::Slot(slot), tag))
    }

    /// Whether a value is what an element of a table holds.
    fn is_element(&self, plan: &Plan, v: Planned) -> bool {
        let Node::Slot(slot) = plan.nodes[v].0 else {
            return false;
        };
        self.known(slot).is_some_and(|v| match self.ir.op(v.r) {
            perilune_jit::Op::Load { class, .. } => matches!(class, class::ARRAY | class::NODE),
            _ => false,
        })
    }

    /// Whether a value comes from a call: what is selected by it would have to wait, and everything that depends on that.
    /// Behind a guard the processor goes on.
    fn is_slow(&self, plan: &Plan, v: Planned) -> bool {
        let Node::Slot(slot) = plan.nodes[v].0 else {
            return false;
        };
        self.known(slot)
            .is_some_and(|v| matches!(self.ir.op(v.r), perilune_jit::Op::Call { .. }))
    }

    /// Makes the IR of what was planned. What is there comes first, and a comparison is next to the selections by it: so the
    /// flags need not become a value.
    fn carry_out(&mut self, l: &State, plan: &Plan, written: &Written) {
        let nodes = &plan.nodes;
        let nothing = self.int(0);
        let mut values = vec![nothing; nodes.len()];
        let mut places = Vec::new();
        for (n, &(node, _)) in nodes.iter().enumerate() {
            match node {
                Node::Slot(slot) => values[n] = self.name_slot(l, slot).r,
                Node::Constant(v) => values[n] = self.constant(v).r,
                Node::Target(target) => {
                    let (place, v) = self.read_target(l, plan, target);
                    places.push((target, place));
                    values[n] = v.r;
                }
                _ => {}
            }
        }
        let mut compared = vec![false; nodes.len()];
        for (n, &(node, _)) in nodes.iter().enumerate() {
            values[n] = match node {
                Node::Bin(op, x, y) => self.ir.bin(op, values[x], values[y]),
                Node::Un(op, x) => self.ir.un(op, values[x]),
                Node::Select(condition, x, y) => {
                    if let (Node::Cmp(cc, x, y), false) = (nodes[condition].0, compared[condition])
                    {
                        values[condition] = self.ir.cmp(cc, values[x], values[y]);
                        compared[condition] = true;
                    }
                    self.ir.select(values[condition], values[x], values[y])
                }
                Node::Slot(_) | Node::Target(_) | Node::Constant(_) | Node::Cmp(..) => values[n],
            };
        }
        for &(r, v) in written {
            let v = Val {
                r: values[v],
                tag: plan.tag(v),
            };
            let target = target_of(r);
            match places.iter().find(|p| Some(p.0) == target) {
                Some((_, place)) => {
                    let (r, offset, class) = place.payload;
                    self.store_payload(r, offset, class, v);
                }
                None => self.set(r, v),
            }
        }
    }
}

/// Notes what a register holds on a way.
fn note(written: &mut Written, r: usize, v: Planned) {
    match written.iter_mut().find(|w| w.0 == r) {
        Some(w) => w.1 = v,
        None => written.push((r, v)),
    }
}
