//! Values that nobody uses: `dce`. What is left is numbered anew, snapshots included.

use crate::ir::{End, Op, Ref, Snap, SnapId, Trace};
use rustc_hash::FxHashMap as HashMap;

/// Removes what has no effect and is not used, phis that only feed themselves included.
pub fn dce(t: &Trace) -> Trace {
    let mut marks = Marks {
        t,
        used: vec![false; t.len()],
        work: Vec::new(),
    };
    marks.roots();
    marks.spread();
    Compact {
        t,
        used: marks.used,
        out: Trace::new(),
        map: vec![None; t.len()],
        snaps: HashMap::default(),
    }
    .run()
}

struct Marks<'a> {
    t: &'a Trace,
    used: Vec<bool>,
    work: Vec<Ref>,
}

impl Marks<'_> {
    fn mark(&mut self, r: Ref) {
        if !std::mem::replace(&mut self.used[r.index()], true) {
            self.work.push(r);
        }
    }

    fn snap(&mut self, id: SnapId) {
        let t = self.t;
        let snap = &t.snaps[id.index()];
        self.mark(snap.base);
        for e in &snap.entries {
            self.mark(e.value);
            self.mark(e.tag);
        }
    }

    fn roots(&mut self) {
        for (i, inst) in self.t.insts.iter().enumerate() {
            let root = match inst.op {
                // A parameter has its place in the signature.
                Op::State | Op::Base | Op::Param(_) | Op::Store { .. } | Op::LoopStart => true,
                Op::Guard(_, _, _, snap) => {
                    self.snap(snap);
                    true
                }
                Op::Call { func, .. } => self.t.funcs[func.index()].effect.writes != 0,
                _ => false,
            };
            if root {
                self.mark(Ref(i as u32));
            }
        }
        match &self.t.end {
            Some(End::Exit(snap)) => self.snap(*snap),
            Some(End::Link { base, .. }) => self.mark(*base),
            Some(End::Return(value)) => self.mark(*value),
            Some(End::Loop { carried, state }) => {
                self.snap(*state);
                carried
                    .iter()
                    .flat_map(|&(start, end)| [start, end])
                    .for_each(|r| self.mark(r));
            }
            None => {}
        }
    }

    fn spread(&mut self) {
        while let Some(r) = self.work.pop() {
            let t = self.t;
            t.operands(t.op(r), |operand| self.mark(operand));
        }
    }
}

struct Compact<'a> {
    t: &'a Trace,
    used: Vec<bool>,
    out: Trace,
    map: Vec<Option<Ref>>,
    snaps: HashMap<SnapId, SnapId>,
}

impl Compact<'_> {
    fn run(mut self) -> Trace {
        self.out.funcs.clone_from(&self.t.funcs);
        self.out.labels.clone_from(&self.t.labels);
        let mut phis = Vec::new();
        for i in 0..self.t.len() {
            if self.used[i] {
                let inst = self.t.insts[i];
                if let Op::Phi(_, end) = inst.op {
                    phis.push((i, end));
                }
                let op = self.op(inst.op);
                self.map[i] = Some(match op {
                    Op::State => self.out.state(),
                    Op::Base => self.out.base(),
                    Op::KInt(k) => self.out.int(k),
                    Op::KNum(bits) => self.out.num(f64::from_bits(bits)),
                    Op::Param(_) => self.out.param(inst.ty),
                    op => self.out.push(op, inst.ty),
                });
            }
        }
        for (i, end) in phis {
            let (phi, end) = (self.get(Ref(i as u32)), self.get(end));
            if let Op::Phi(_, b) = &mut self.out.insts[phi.index()].op {
                *b = end;
            }
        }
        let t = self.t;
        self.out.end = t.end.as_ref().map(|end| self.end(end));
        self.out
    }

    /// A value that has been copied, or a constant.
    fn get(&mut self, r: Ref) -> Ref {
        match self.t.op(r) {
            Op::KInt(k) => self.out.int(k),
            Op::KNum(bits) => self.out.num(f64::from_bits(bits)),
            _ => self.map[r.index()].expect("what is used has been marked"),
        }
    }

    fn snap(&mut self, id: SnapId) -> SnapId {
        if let Some(&made) = self.snaps.get(&id) {
            return made;
        }
        let mut snap = self.t.snaps[id.index()].clone();
        snap.base = self.get(snap.base);
        for e in &mut snap.entries {
            (e.value, e.tag) = (self.get(e.value), self.get(e.tag));
        }
        let new = self.out.snap(snap);
        self.snaps.insert(id, new);
        new
    }

    fn op(&mut self, op: Op) -> Op {
        match op {
            Op::KInt(_)
            | Op::KNum(_)
            | Op::Param(_)
            | Op::State
            | Op::Base
            | Op::StackPointer
            | Op::LoopStart
            | Op::Nop => op,
            Op::Load {
                width,
                base,
                offset,
                class,
            } => Op::Load {
                width,
                base: self.get(base),
                offset,
                class,
            },
            Op::Store {
                width,
                base,
                offset,
                value,
                class,
            } => Op::Store {
                width,
                base: self.get(base),
                offset,
                value: self.get(value),
                class,
            },
            Op::Bin(op, a, b) => Op::Bin(op, self.get(a), self.get(b)),
            Op::Un(op, a) => Op::Un(op, self.get(a)),
            Op::Cmp(cc, a, b) => Op::Cmp(cc, self.get(a), self.get(b)),
            Op::Select(c, a, b) => Op::Select(self.get(c), self.get(a), self.get(b)),
            Op::Guard(cc, a, b, snap) => Op::Guard(cc, self.get(a), self.get(b), self.snap(snap)),
            Op::Call { func, args } => {
                let args: Vec<Ref> = self.t.args[args.range()]
                    .iter()
                    .map(|&a| self.get(a))
                    .collect();
                Op::Call {
                    func,
                    args: self.out.arg_range(&args),
                }
            }
            // The second operand comes later.
            Op::Phi(a, _) => {
                let a = self.get(a);
                Op::Phi(a, a)
            }
        }
    }

    fn end(&mut self, end: &End) -> End {
        match end {
            End::Exit(snap) => End::Exit(self.snap(*snap)),
            End::Link { cell, base } => End::Link {
                cell: *cell,
                base: self.get(*base),
            },
            End::Return(value) => End::Return(self.get(*value)),
            End::Loop { state, .. } if self.t.is_peeled() => {
                // No exit leads there any more.
                let base = self.out.base();
                let frame = self.t.snaps[state.index()].frame;
                End::Loop {
                    carried: Vec::new(),
                    state: self.out.snap(Snap {
                        frame,
                        base,
                        entries: Vec::new(),
                    }),
                }
            }
            End::Loop { carried, state } => {
                let carried = carried
                    .iter()
                    .map(|&(start, end)| (self.get(start), self.get(end)));
                End::Loop {
                    carried: carried.collect(),
                    state: self.snap(*state),
                }
            }
        }
    }
}
