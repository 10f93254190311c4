//! Array bounds checks in counted loops: `bounds`.
//!
//! In a loop whose index grows by a constant and is limited by a guard (`i + d <= n`, or a counter that falls to 0), the
//! check `i + c < size`, without sign, holds in every iteration if it holds for the first index and the last one. Both are
//! tested once, at the end of the preamble, and the check leaves the loop. If a test fails, the trace is left as the loop is
//! entered, through the snapshot that the recorder gave for the end of an iteration. So a check that the recorder expects to
//! fail before the last iteration is written the other way round, `size > i + c`, and stays.
//!
//! The proof counts on small numbers: constants of 32 bits and sizes below 2^62, which is tested if it is not known; then
//! no index wraps from the first one to one step behind the last.

use super::Options;
use super::emit::{Copy, Emitter};
use crate::Reject;
use crate::ir::{BinOp, Cc, End, Op, Ref, SnapId, Trace};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// Sizes are below.
const LARGE: i64 = 1 << 62;

/// What limits an index, at the end of the preamble.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// `n < size - minus`, or `n <= size - minus`.
    Limit { cc: Cc, n: Ref, minus: i64 },
    /// `count + plus`, the number of iterations, is at most, or below, the room behind the first index.
    Count { cc: Cc, count: Ref, plus: i64 },
}

/// The tests that stand for a check: `first + plus < size` without sign, and one of the last index.
#[derive(Clone, Copy, PartialEq)]
struct Test {
    first: Ref,
    plus: i64,
    size: Ref,
    last: Last,
}

/// Moves bounds checks out of the loop; none if there are none that can be.
pub fn bounds(t: &Trace, options: &Options) -> Option<Trace> {
    let start = t.insts.iter().position(|i| i.op == Op::LoopStart)?;
    let Some(End::Loop { state, .. }) = t.end else {
        return None;
    };
    let loop_ = Loop::new(t, start);
    let mut tests: Vec<Test> = Vec::new();
    let mut proved = HashSet::default();
    for at in start..t.len() {
        if let Some(test) = loop_.test(at) {
            proved.insert(Ref(at as u32));
            if !tests.contains(&test) {
                tests.push(test);
            }
        }
    }
    if tests.is_empty() {
        return None;
    }
    emit(t, options, start, state, &tests, &proved).ok()
}

/// The trace with the tests and without the checks; refused if a test is known to fail.
fn emit(
    t: &Trace,
    options: &Options,
    start: usize,
    state: SnapId,
    tests: &[Test],
    proved: &HashSet<Ref>,
) -> Result<Trace, Reject> {
    let mut e = Emitter::new(t, options);
    let mut copy = Copy::new(t);
    copy.part(&mut e, 0..start, |_| true)?;
    for test in tests {
        emit_test(&mut e, &mut copy, test, state)?;
    }
    copy.part(&mut e, start..t.len(), |r| !proved.contains(&r))?;
    copy.finish_phis(&mut e);
    copy.end(&mut e);
    Ok(e.out)
}

fn emit_test(e: &mut Emitter, copy: &mut Copy, test: &Test, state: SnapId) -> Result<(), Reject> {
    let size = copy.get(e, test.size);
    let (low, high) = e.facts.range(&e.out, size);
    if low < 0 || high >= LARGE {
        let large = e.out.int(LARGE);
        e.guard(Cc::ULt, size, large, |e| copy.snap(e, state))?;
    }
    let first = copy.get(e, test.first);
    let first = plus(e, first, test.plus);
    e.guard(Cc::ULt, first, size, |e| copy.snap(e, state))?;
    match test.last {
        Last::Limit { cc, n, minus } => {
            let n = copy.get(e, n);
            let limit = plus(e, size, -minus);
            e.guard(cc, n, limit, |e| copy.snap(e, state))
        }
        Last::Count { cc, count, plus: d } => {
            let count = copy.get(e, count);
            let (count, room) = (plus(e, count, d), e.pure(Op::Bin(BinOp::Sub, size, first)));
            e.guard(cc, count, room, |e| copy.snap(e, state))
        }
    }
}

fn plus(e: &mut Emitter, r: Ref, k: i64) -> Ref {
    if k == 0 {
        return r;
    }
    let k = e.out.int(k);
    e.pure(Op::Bin(BinOp::Add, r, k))
}

/// A phi that a constant is added to in each iteration.
#[derive(Clone, Copy)]
struct Counter {
    first: Ref,
    step: i64,
}

/// A guard that limits a counter.
#[derive(Clone, Copy)]
struct Limit {
    at: usize,
    cc: Cc,
    /// The counter, and what is added to it.
    counter: Ref,
    plus: i64,
    /// What it is compared with.
    n: Ref,
}

struct Loop<'a> {
    t: &'a Trace,
    start: usize,
    counters: HashMap<Ref, Counter>,
    limits: Vec<Limit>,
}

impl<'a> Loop<'a> {
    fn new(t: &'a Trace, start: usize) -> Loop<'a> {
        let mut found = Loop {
            t,
            start,
            counters: HashMap::default(),
            limits: Vec::new(),
        };
        for at in start..t.len() {
            match t.insts[at].op {
                Op::Phi(first, next) => found.phi(Ref(at as u32), first, next),
                Op::Guard(cc, a, b, _) => {
                    found.limit(at, cc, a, b);
                    found.limit(at, cc.swapped(), b, a);
                }
                _ => {}
            }
        }
        found
    }

    fn phi(&mut self, phi: Ref, first: Ref, next: Ref) {
        if let Some((counter, step)) = self.sum(next)
            && counter == phi
            && step != 0
        {
            self.counters.insert(phi, Counter { first, step });
        }
    }

    /// A value as another one and a constant of 32 bits that is added.
    fn sum(&self, r: Ref) -> Option<(Ref, i64)> {
        match self.t.op(r) {
            Op::Bin(BinOp::Add, x, k) => {
                let k = self.t.as_int(k)?;
                i32::try_from(k).is_ok().then_some((x, k))
            }
            _ => Some((r, 0)),
        }
    }

    /// A value that is a counter and a constant.
    fn counter(&self, r: Ref) -> Option<(Ref, i64, Counter)> {
        let (counter, plus) = self.sum(r)?;
        Some((counter, plus, *self.counters.get(&counter)?))
    }

    fn is_invariant(&self, r: Ref) -> bool {
        r.index() < self.start || self.t.is_constant(r)
    }

    fn limit(&mut self, at: usize, cc: Cc, a: Ref, n: Ref) {
        let Some((counter, plus, Counter { step, .. })) = self.counter(a) else {
            return;
        };
        let falls_to_zero = step == -1 && cc == Cc::Ne && self.t.as_int(n) == Some(0);
        let stays_below = step > 0 && matches!(cc, Cc::Lt | Cc::Le) && self.is_invariant(n);
        if falls_to_zero || stays_below {
            self.limits.push(Limit {
                at,
                cc,
                counter,
                plus,
                n,
            });
        }
    }

    /// The tests that stand for the check at `at`, if it is one.
    fn test(&self, at: usize) -> Option<Test> {
        let Op::Guard(Cc::ULt, index, size, _) = self.t.insts[at].op else {
            return None;
        };
        let (phi, plus, counter) = self.counter(index)?;
        if counter.step <= 0 || !self.is_invariant(size) {
            return None;
        }
        let last = self
            .limits
            .iter()
            .find_map(|limit| self.last(at, phi, plus, counter, limit))?;
        Some(Test {
            first: counter.first,
            plus,
            size,
            last,
        })
    }

    /// What a limit says about the last index that the check at `at` sees: if it stands behind the check, the check sees
    /// one more.
    fn last(
        &self,
        at: usize,
        phi: Ref,
        plus: i64,
        counter: Counter,
        limit: &Limit,
    ) -> Option<Last> {
        let before = at < limit.at;
        if limit.counter == phi {
            let minus = plus - limit.plus + if before { counter.step } else { 0 };
            // With `i + d < n` the last one is n - 1.
            let cc = if limit.cc == Cc::Lt { Cc::Le } else { Cc::Lt };
            return Some(Last::Limit {
                cc,
                n: limit.n,
                minus,
            });
        }
        if limit.cc == Cc::Ne && counter.step == 1 {
            let count = self.counters[&limit.counter].first;
            let cc = if before { Cc::ULt } else { Cc::ULe };
            return Some(Last::Count {
                cc,
                count,
                plus: limit.plus,
            });
        }
        None
    }
}
