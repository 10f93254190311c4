//! The rules of the IR, checked.

use crate::ir::{BinOp, Cc, Convention, End, Op, Ref, Snap, SnapId, Trace, Ty, UnOp, Width};

/// Checks a trace; the error names the instruction and the rule.
pub fn verify(t: &Trace) -> Result<(), String> {
    let mut v = Verifier {
        t,
        at: 0,
        loop_start: None,
    };
    for at in 0..t.len() {
        v.at = at;
        v.inst()
            .map_err(|why| format!("instruction {at} {:?}: {why}", t.insts[at].op))?;
    }
    v.at = t.len();
    v.end().map_err(|why| format!("end {:?}: {why}", t.end))
}

struct Verifier<'a> {
    t: &'a Trace,
    at: usize,
    loop_start: Option<usize>,
}

type Check = Result<(), String>;

fn check(holds: bool, rule: &str) -> Check {
    if holds { Ok(()) } else { Err(rule.to_string()) }
}

impl Verifier<'_> {
    fn defined(&self, r: Ref) -> Check {
        let defined = r.index() < self.at || r.index() < self.t.len() && self.t.is_constant(r);
        check(defined, &format!("operand {} is not defined before", r.0))
    }

    fn value(&self, r: Ref, ty: Ty) -> Check {
        self.defined(r)?;
        check(
            self.t.ty(r) == ty,
            &format!("operand {} is not {ty:?}", r.0),
        )
    }

    fn inst(&mut self) -> Check {
        let inst = self.t.insts[self.at];
        check(
            inst.ty == self.result(inst.op, inst.ty)?,
            "its type does not fit the operation",
        )?;
        check(
            (self.at == 0) == (inst.op == Op::State),
            "the state is instruction 0",
        )?;
        check(
            (self.at == 1) == (inst.op == Op::Base),
            "the base is instruction 1",
        )
    }

    /// Checks the operands and says of which type the result is.
    fn result(&mut self, op: Op, ty: Ty) -> Result<Ty, String> {
        Ok(match op {
            Op::KInt(_) | Op::State | Op::Base | Op::StackPointer => Ty::Int,
            Op::KNum(_) => Ty::Num,
            Op::Nop => Ty::None,
            Op::Param(n) => *self.t.params.get(n as usize).ok_or("no such parameter")?,
            Op::Load {
                width, base, class, ..
            } => {
                check(class.0 < 32, "no such alias class")?;
                self.value(base, Ty::Int)?;
                width.ty()
            }
            Op::Store {
                width,
                base,
                value,
                class,
                ..
            } => {
                check(class.0 < 32, "no such alias class")?;
                check(width != Width::U32, "a store of 32 bits is I32")?;
                self.value(base, Ty::Int)?;
                self.value(value, width.ty())?;
                Ty::None
            }
            Op::Bin(op, a, b) => self.bin(op, a, b)?,
            Op::Un(op, a) => self.un(op, a)?,
            Op::Cmp(cc, a, b) => self.compare(cc, a, b, Ty::Int)?,
            Op::Guard(cc, a, b, snap) => {
                self.snap(snap)?;
                self.compare(cc, a, b, Ty::None)?
            }
            Op::Select(c, a, b) => {
                self.value(c, Ty::Int)?;
                self.value(a, ty)?;
                self.value(b, ty)?;
                check(ty != Ty::None, "a choice makes a value")?;
                ty
            }
            Op::Call { .. } => self.call(op)?,
            Op::LoopStart => {
                check(self.loop_start.is_none(), "there is a LoopStart already")?;
                self.loop_start = Some(self.at);
                Ty::None
            }
            Op::Phi(a, b) => self.phi(a, b, ty)?,
        })
    }

    fn bin(&self, op: BinOp, a: Ref, b: Ref) -> Result<Ty, String> {
        self.value(a, op.ty())?;
        self.value(b, op.ty())?;
        Ok(op.ty())
    }

    fn un(&self, op: UnOp, a: Ref) -> Result<Ty, String> {
        let (from, to) = op.tys();
        self.value(a, from)?;
        Ok(to)
    }

    fn compare(&self, cc: Cc, a: Ref, b: Ref, result: Ty) -> Result<Ty, String> {
        self.value(a, cc.ty())?;
        self.value(b, cc.ty())?;
        Ok(result)
    }

    fn call(&self, op: Op) -> Result<Ty, String> {
        let Op::Call { func, args } = op else {
            return Err("no call".to_string());
        };
        let f = self.t.funcs.get(func.index()).ok_or("no such function")?;
        let args = self.t.args.get(args.range()).ok_or("no such arguments")?;
        check(args.len() == f.params.len(), "wrong number of arguments")?;
        let as_trace = (f.params, f.ret) == (&[Ty::Int, Ty::Int], Ty::Int);
        check(
            f.convention == Convention::C || as_trace,
            "a trace takes a state and a base and returns an integer",
        )?;
        args.iter()
            .zip(f.params)
            .try_for_each(|(&a, &ty)| self.value(a, ty))?;
        Ok(f.ret)
    }

    fn phi(&self, a: Ref, b: Ref, ty: Ty) -> Result<Ty, String> {
        let start = self.loop_start.ok_or("a phi before LoopStart")?;
        let behind = &self.t.insts[start + 1..self.at];
        let among_phis = |op| matches!(op, Op::Phi(..) | Op::KInt(_) | Op::KNum(_) | Op::Nop);
        check(
            behind.iter().all(|i| among_phis(i.op)),
            "phis stand right behind LoopStart",
        )?;
        self.value(a, ty)?;
        check(
            a.index() < start || self.t.is_constant(a),
            "the first value of a phi is defined before the loop",
        )?;
        check(
            b.index() < self.t.len() && self.t.ty(b) == ty,
            "the second value of a phi has another type",
        )?;
        Ok(ty)
    }

    fn snap(&self, id: SnapId) -> Check {
        let snap: &Snap = self.t.snaps.get(id.index()).ok_or("no such snapshot")?;
        self.value(snap.base, Ty::Int)?;
        check(
            snap.entries.windows(2).all(|w| w[0].slot < w[1].slot),
            "the snapshot is not sorted by slot",
        )?;
        for e in &snap.entries {
            self.defined(e.value)?;
            check(
                self.t.ty(e.value) != Ty::None,
                "the snapshot holds something that has no value",
            )?;
            self.value(e.tag, Ty::Int)?;
        }
        Ok(())
    }

    fn end(&self) -> Check {
        match self.t.end.as_ref().ok_or("there is none")? {
            End::Exit(snap) => self.snap(*snap),
            End::Link { base, .. } => self.value(*base, Ty::Int),
            End::Return(value) => self.value(*value, Ty::Int),
            End::Loop { carried, state } => {
                if self.loop_start.is_some() {
                    return check(carried.is_empty(), "values are carried by phis");
                }
                self.snap(*state)?;
                carried.iter().try_for_each(|&(e, v)| {
                    check(
                        e.index() < self.at && self.t.ty(e) != Ty::None,
                        "what is carried is no value",
                    )?;
                    self.value(v, self.t.ty(e))
                })
            }
        }
    }
}
