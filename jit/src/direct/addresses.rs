//! Addresses that loads and stores compute themselves.
//!
//! The elements of an array lie at `array - 8 * key`, their tags at `array + key`. An instruction of the machine adds a
//! register, or eight times one, to another; so such sums and differences are not made where nothing but loads and stores
//! uses them. Of a key that is subtracted the register has the negative.

use crate::code::Exit;
use crate::ir::{BinOp, End, Op, Ref, Trace, Ty};
use cranelift_assembler_x64::Scale;

/// Loads and stores that one address may be part of: each may keep two registers busy in place of one.
const MAX_USES: u32 = 4;

/// What an address is made of.
#[derive(Clone, Copy)]
pub struct Indexed {
    /// What is there as it is,
    pub base: Ref,
    /// and what is added to it, so many times.
    pub index: Ref,
    /// How many times: once or eight times.
    pub scale: Scale,
}

/// What of a trace's values is left to loads and stores.
pub struct Addresses {
    /// By value, what it is made of, if it is not made.
    indexed: Vec<Option<Indexed>>,
    /// By value, whether it is a key's eightfold that is made as the negative of the key.
    negated: Vec<bool>,
}

/// How often values are used,
struct Counts {
    /// in any way,
    all: Vec<u32>,
    /// as the base of loads and stores,
    bases: Vec<u32>,
    /// and where as that for the last time.
    last: Vec<usize>,
}

impl Addresses {
    /// Looks for them.
    pub fn new(t: &Trace, exits: &[Exit]) -> Addresses {
        let n = t.len();
        let mut addresses = Addresses {
            indexed: vec![None; n],
            negated: vec![false; n],
        };
        let counts = Counts::of(t, exits);
        let borders: Vec<_> = (0..n)
            .filter(|&i| matches!(t.insts[i].op, Op::Call { .. } | Op::LoopStart))
            .collect();
        let mut subtracted = vec![0; n];
        for p in 0..n {
            let (all, last) = (counts.all[p], counts.last[p]);
            if all == 0 || all > MAX_USES || counts.bases[p] != all {
                continue;
            }
            // Values that live across a call are better few, and what is made before a loop is made once.
            let border = borders.partition_point(|&b| b < p);
            if borders.get(border).is_some_and(|&b| b < last) {
                continue;
            }
            let found = parts(t, t.insts[p].op);
            if let Some(Indexed { index, scale, .. }) = found
                && scale == Scale::Eight
            {
                subtracted[index.index()] += 1;
            }
            addresses.indexed[p] = found;
        }
        addresses.settle(&counts, &subtracted);
        addresses
    }

    /// Keys' eightfolds that are used in other ways, too, are made as they are, and so are their addresses.
    fn settle(&mut self, counts: &Counts, subtracted: &[u32]) {
        for (negated, (all, found)) in self
            .negated
            .iter_mut()
            .zip(counts.all.iter().zip(subtracted))
        {
            *negated = *all > 0 && all == found;
        }
        for entry in &mut self.indexed {
            let scaled = entry.filter(|e| e.scale == Scale::Eight);
            if scaled.is_some_and(|e| !self.negated[e.index.index()]) {
                *entry = None;
            }
        }
    }

    /// What the value is made of, if it is not made.
    pub fn of(&self, r: Ref) -> Option<Indexed> {
        self.indexed[r.index()]
    }

    /// Whether the value is made as the negative of the key whose eightfold it is.
    pub fn is_negated(&self, r: Ref) -> bool {
        self.negated[r.index()]
    }

    /// Calls `f` with the values that the code of an instruction needs.
    pub fn operands(&self, t: &Trace, r: Ref, mut f: impl FnMut(Ref)) {
        let op = t.op(r);
        let base = match op {
            Op::Load { base, .. } | Op::Store { base, .. } => self.of(base),
            _ if self.of(r).is_some() => return,
            _ => None,
        };
        let Some(address) = base else {
            return t.operands(op, f);
        };
        f(address.base);
        f(address.index);
        if let Op::Store { value, .. } = op {
            f(value);
        }
    }
}

impl Counts {
    fn of(t: &Trace, exits: &[Exit]) -> Counts {
        let n = t.len();
        let mut counts = Counts {
            all: vec![0; n],
            bases: vec![0; n],
            last: vec![0; n],
        };
        for (at, inst) in t.insts.iter().enumerate() {
            t.operands(inst.op, |r| counts.all[r.index()] += 1);
            if let Op::Load { base, .. } | Op::Store { base, .. } = inst.op {
                counts.bases[base.index()] += 1;
                counts.last[base.index()] = at;
            }
        }
        let passed = exits.iter().flat_map(|exit| &exit.params);
        let bases = t.snaps.iter().map(|s| &s.base);
        for r in passed.chain(bases) {
            counts.all[r.index()] += 1;
        }
        if let Some(End::Link { base: r, .. } | End::Return(r)) = t.end {
            counts.all[r.index()] += 1;
        }
        counts
    }
}

/// What an address is made of, if instructions of the machine can add that.
fn parts(t: &Trace, op: Op) -> Option<Indexed> {
    let fits = |r| t.ty(r) == Ty::Int && !t.is_constant(r) && t.op(r) != Op::StackPointer;
    match op {
        Op::Bin(BinOp::Add, base, index) if fits(base) && fits(index) => Some(Indexed {
            base,
            index,
            scale: Scale::One,
        }),
        Op::Bin(BinOp::Sub, base, index) if fits(base) => match t.op(index) {
            Op::Bin(BinOp::Shl, _, k) if t.as_int(k) == Some(3) => Some(Indexed {
                base,
                index,
                scale: Scale::Eight,
            }),
            _ => None,
        },
        _ => None,
    }
}
