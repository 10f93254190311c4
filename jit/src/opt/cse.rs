//! Equal values, calls and guards once.

use crate::ir::{Cc, FuncId, Op, Ref};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// What has been emitted and need not be again.
#[derive(Clone, Default)]
pub struct Cse {
    pure: HashMap<Op, Ref>,
    calls: HashMap<(FuncId, Vec<Ref>), (u32, Ref)>,
    guards: HashSet<(Cc, Ref, Ref)>,
}

/// The one form of operations whose operands may change places.
fn canonical(op: Op) -> Op {
    match op {
        Op::Bin(op, a, b) if op.commutes() && b < a => Op::Bin(op, b, a),
        Op::Cmp(cc, a, b) if b < a => Op::Cmp(cc.swapped(), b, a),
        _ => op,
    }
}

impl Cse {
    /// The value of an operation that has been emitted before.
    pub fn pure(&self, op: Op) -> Option<Ref> {
        self.pure.get(&canonical(op)).copied()
    }

    /// Makes an operation known.
    pub fn add_pure(&mut self, op: Op, r: Ref) {
        self.pure.insert(canonical(op), r);
    }

    /// The result of an equal call, if nothing has written what the function reads.
    pub fn call(&self, func: FuncId, args: &[Ref]) -> Option<Ref> {
        self.calls.get(&(func, args.to_vec())).map(|&(_, r)| r)
    }

    /// Makes a call known of a function that reads the classes `reads` and writes none.
    pub fn add_call(&mut self, func: FuncId, args: Vec<Ref>, reads: u32, r: Ref) {
        self.calls.insert((func, args), (reads, r));
    }

    /// Forgets the calls that read one of the classes.
    pub fn forget(&mut self, written: u32) {
        self.calls.retain(|_, &mut (reads, _)| reads & written == 0);
    }

    /// Makes a guard known; false if it was.
    pub fn add_guard(&mut self, cc: Cc, a: Ref, b: Ref) -> bool {
        let key = if b < a {
            (cc.swapped(), b, a)
        } else {
            (cc, a, b)
        };
        self.guards.insert(key)
    }
}
