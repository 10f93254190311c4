//! Which registers of a function matter at an instruction: those that may be read before they are written, and those of
//! named variables, which debuggers see.

use crate::bytecode::op::{self, Op, a, b, bx, c, k as kbit, sj};
use crate::object::{GcHeader, Proto};
use core::cell::{Cell, RefCell};
use rustc_hash::FxHashMap as HashMap;
use std::rc::Rc;

/// Instructions of which a state keeps what it has found out.
const MAX_KEPT: usize = 1 << 16;

/// A set of registers.
pub type Registers = [u64; 4];

/// The registers that matter in front of each instruction of a function.
pub struct Liveness(Vec<Registers>);

fn insert(set: &mut Registers, r: usize) {
    if r < 256 {
        set[r / 64] |= 1 << (r % 64);
    }
}
fn remove(set: &mut Registers, r: usize) {
    if r < 256 {
        set[r / 64] &= !(1 << (r % 64));
    }
}

/// Whether the set has the register.
pub fn contains(set: &Registers, r: usize) -> bool {
    r < 256 && set[r / 64] & 1 << (r % 64) != 0
}

/// What is known of a function's code.
pub struct Code {
    /// The registers that matter.
    pub live: Liveness,
    /// The registers that nested functions capture.
    pub captured: Registers,
}

/// What a state has found out about functions' code.
#[derive(Default)]
pub struct Codes {
    known: RefCell<HashMap<*const Proto, Rc<Code>>>,
    /// Instructions of those functions.
    instructions: Cell<usize>,
}

impl Codes {
    /// What is known of the code of `p`.
    pub fn of(&self, p: &Proto) -> Rc<Code> {
        let mut known = self.known.borrow_mut();
        if let Some(code) = known.get(&(p as *const Proto)) {
            return Rc::clone(code);
        }
        let code = Rc::new(Code {
            live: Liveness::new(p),
            captured: captured_registers(p),
        });
        let mut instructions = self.instructions.get() + p.code.len();
        if instructions > MAX_KEPT {
            known.clear();
            instructions = p.code.len();
        }
        self.instructions.set(instructions);
        known.insert(p, Rc::clone(&code));
        code
    }

    /// Forgets functions that are about to be freed.
    pub fn forget_dead(&self, is_dead: &dyn Fn(*const GcHeader) -> bool) {
        self.known.borrow_mut().retain(|p, code| {
            let dead = is_dead(p.cast());
            if dead {
                let left = self.instructions.get() - code.live.instructions();
                self.instructions.set(left);
            }
            !dead
        });
    }
}

impl Liveness {
    /// Looks at all code of `p`.
    pub fn new(p: &Proto) -> Liveness {
        let code = p.code.as_slice();
        // Debuggers may read a variable wherever it is active, and it may get its value in front of that: generic loops do so.
        let mut variables = vec![[0; 4]; code.len() + 1];
        add_variables(&mut variables, p);
        let mut live = variables.clone();
        // Backward jumps bring in what the first passes had not seen yet; two passes settle all but nests of loops.
        loop {
            let mut changed = false;
            for pc in (0..code.len()).rev() {
                let set = before(code, pc, &live, p);
                let set = core::array::from_fn(|n| set[n] | variables[pc][n]);
                changed |= set != live[pc];
                live[pc] = set;
            }
            if !changed {
                break;
            }
        }
        Liveness(live)
    }

    /// The number of instructions.
    fn instructions(&self) -> usize {
        self.0.len() - 1
    }

    /// The registers that matter in front of instruction `pc`.
    pub fn at(&self, pc: usize) -> &Registers {
        &self.0[pc]
    }
}

/// Adds the local variables to the instructions where they are active. A variable's register is the number of variables that
/// are active where it starts; they end in the reverse order. A chunk may name places that do not exist.
fn add_variables(live: &mut [Registers], p: &Proto) {
    let mut ends: Vec<i32> = Vec::new();
    for v in p.loc_vars.as_slice() {
        while ends.last().is_some_and(|&end| end <= v.start_pc) {
            ends.pop();
        }
        let end = (v.end_pc.max(0) as usize).min(live.len());
        let start = (v.start_pc.max(0) as usize).min(end);
        for set in &mut live[start..end] {
            insert(set, ends.len());
        }
        ends.push(v.end_pc);
    }
}

/// The registers that matter in front of instruction `pc`, from those behind it.
fn before(code: &[u32], pc: usize, live: &[Registers], p: &Proto) -> Registers {
    let i = op::public(code[pc]);
    let Some(o) = Op::from_code(op::op(i)) else {
        return [u64::MAX; 4];
    };
    let mut set: Registers = [0; 4];
    for next in successors(o, i, pc).into_iter().flatten() {
        if let Some(s) = live.get(next) {
            set = core::array::from_fn(|n| set[n] | s[n]);
        }
    }
    written(o, i, p, |r| remove(&mut set, r));
    read(o, i, p, |r| insert(&mut set, r));
    set
}

fn successors(o: Op, i: u32, pc: usize) -> [Option<usize>; 2] {
    let to = |n: i64| Some((pc as i64 + 1 + n) as usize);
    match o {
        Op::Jmp => [to(sj(i) as i64), None],
        Op::ForLoop | Op::TForLoop => [to(0), to(-(bx(i) as i64))],
        Op::ForPrep => [to(0), to(bx(i) as i64 + 1)],
        Op::TForPrep => [to(bx(i) as i64), None],
        Op::Return | Op::Return0 | Op::Return1 => [None, None],
        Op::LFalseSkip => [to(1), None],
        _ if o.is_test() => [to(0), to(1)],
        _ => [to(0), None],
    }
}

/// The registers that the instruction overwrites for certain.
fn written(o: Op, i: u32, p: &Proto, mut reg: impl FnMut(usize)) {
    let frame_end = p.max_stack.get() as usize;
    match o {
        // An open number of values: the instruction that uses them sees no others behind this register.
        Op::Call | Op::Vararg if c(i) == 0 => (a(i)..frame_end).for_each(reg),
        Op::LoadNil => (a(i)..=a(i) + b(i)).for_each(reg),
        Op::SelfOp => [a(i), a(i) + 1].into_iter().for_each(reg),
        Op::Call | Op::Vararg => (a(i)..a(i) + c(i) - 1).for_each(reg),
        Op::TForCall => (a(i) + 4..a(i) + 4 + c(i)).for_each(reg),
        // The loop's variable, which nobody reads where the loop is left.
        Op::ForLoop | Op::ForPrep => reg(a(i) + 3),
        Op::TForLoop | Op::TestSet => {}
        Op::TailCall | Op::VarargPrep => {}
        _ if o.sets_a() => reg(a(i)),
        _ => {}
    }
}

/// The registers that the instruction reads, and those that must be in place when it is executed anew.
fn read(o: Op, i: u32, p: &Proto, mut reg: impl FnMut(usize)) {
    let frame_end = p.max_stack.get() as usize;
    let constant = kbit(i);
    match o {
        Op::Move | Op::GetI | Op::GetField | Op::Unm | Op::BNot | Op::Not | Op::Len => reg(b(i)),
        Op::TestSet => reg(b(i)),
        Op::AddI | Op::ShrI | Op::ShlI => reg(b(i)),
        Op::AddK | Op::SubK | Op::MulK | Op::ModK | Op::PowK | Op::DivK | Op::IDivK => reg(b(i)),
        Op::BAndK | Op::BOrK | Op::BXorK => reg(b(i)),
        Op::GetTable => [b(i), c(i)].into_iter().for_each(reg),
        Op::Add | Op::Sub | Op::Mul | Op::Mod | Op::Pow | Op::Div | Op::IDiv | Op::BAnd => {
            [b(i), c(i)].into_iter().for_each(reg)
        }
        Op::BOr | Op::BXor | Op::Shl | Op::Shr => [b(i), c(i)].into_iter().for_each(reg),
        Op::SelfOp => {
            reg(b(i));
            if !constant {
                reg(c(i));
            }
        }
        Op::SetUpval | Op::Test | Op::EqK | Op::EqI | Op::LtI | Op::LeI | Op::GtI | Op::GeI => {
            reg(a(i))
        }
        Op::MmBin | Op::Eq | Op::Lt | Op::Le => [a(i), b(i)].into_iter().for_each(reg),
        Op::MmBinI | Op::MmBinK | Op::Return1 => reg(a(i)),
        Op::SetTabUp if !constant => reg(c(i)),
        Op::SetTable => {
            [a(i), b(i)].into_iter().for_each(&mut reg);
            if !constant {
                reg(c(i));
            }
        }
        Op::SetI | Op::SetField => {
            reg(a(i));
            if !constant {
                reg(c(i));
            }
        }
        Op::Concat => (a(i)..a(i) + b(i)).for_each(reg),
        Op::Call | Op::TailCall if b(i) != 0 => (a(i)..a(i) + b(i)).for_each(reg),
        Op::SetList if b(i) != 0 => (a(i)..=a(i) + b(i)).for_each(reg),
        Op::Return if b(i) != 0 => (a(i)..a(i) + b(i) - 1).for_each(reg),
        // Up to the top: everything there. (What is closed is in memory: captured registers always, and variables to be
        // closed since they were marked.)
        Op::Call | Op::TailCall | Op::SetList | Op::Return => (a(i)..frame_end).for_each(reg),
        Op::Tbc => reg(a(i)),
        Op::ForPrep => (a(i)..a(i) + 3).for_each(reg),
        Op::ForLoop => (a(i)..a(i) + 3).for_each(reg),
        Op::TForPrep | Op::TForCall => (a(i)..a(i) + 4).for_each(reg),
        Op::TForLoop => [a(i), a(i) + 1, a(i) + 2, a(i) + 3, a(i) + 4]
            .into_iter()
            .for_each(reg),
        Op::Closure => captured(p, bx(i)).for_each(reg),
        Op::VarargPrep => (0..p.num_params.get() as usize).for_each(reg),
        _ => {}
    }
}

/// The registers that nested function `n` captures.
fn captured(p: &Proto, n: usize) -> impl Iterator<Item = usize> {
    let inner = p.protos.as_slice()[n].to_ref();
    inner
        .upvalues
        .as_slice()
        .iter()
        .filter(|u| u.in_stack)
        .map(|u| u.index as usize)
}

/// The registers of `p` that its nested functions capture: memory that others may write.
fn captured_registers(p: &Proto) -> Registers {
    let mut set = [0; 4];
    for n in 0..p.protos.len() {
        captured(p, n).for_each(|r| insert(&mut set, r));
    }
    set
}
