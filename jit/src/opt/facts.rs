//! What guards have established: `guards`.
//!
//! Of each pair of values that were compared, the outcomes that are still possible; of each integer, a range; of values that
//! must equal a constant, the constant. Values never change, so facts stay true for the rest of the trace.

use crate::ir::{BinOp, Cc, Op, Ref, Trace, Ty, UnOp, Width};
use rustc_hash::FxHashMap as HashMap;

/// Outcomes of a comparison, as a set of bits.
type Outcomes = u8;

const LESS: Outcomes = 1;
const EQUAL: Outcomes = 2;
const GREATER: Outcomes = 4;
const UNORDERED: Outcomes = 8;
const ORDERED: Outcomes = LESS | EQUAL | GREATER;

/// The outcomes that satisfy a condition, and whether it compares without sign.
fn outcomes(cc: Cc) -> (Outcomes, bool) {
    match cc {
        Cc::Eq | Cc::FEq => (EQUAL, false),
        Cc::Ne => (LESS | GREATER, false),
        Cc::Lt | Cc::FLt => (LESS, false),
        Cc::Le | Cc::FLe => (LESS | EQUAL, false),
        Cc::Gt | Cc::FGt => (GREATER, false),
        Cc::Ge | Cc::FGe => (GREATER | EQUAL, false),
        Cc::ULt => (LESS, true),
        Cc::ULe => (LESS | EQUAL, true),
        Cc::UGt => (GREATER, true),
        Cc::UGe => (GREATER | EQUAL, true),
        Cc::FNe => (LESS | GREATER | UNORDERED, false),
        Cc::FNlt => (EQUAL | GREATER | UNORDERED, false),
        Cc::FNle => (GREATER | UNORDERED, false),
        Cc::FNgt => (LESS | EQUAL | UNORDERED, false),
        Cc::FNge => (LESS | UNORDERED, false),
    }
}

/// The outcomes of two values that are still possible.
#[derive(Clone, Copy)]
struct Possible {
    /// With sign; of doubles, the only one.
    signed: Outcomes,
    /// Without sign.
    unsigned: Outcomes,
}

impl Possible {
    /// Equality with and without sign is the same.
    fn consistent(mut self, ty: Ty) -> Possible {
        if ty == Ty::Int {
            if self.signed & EQUAL == 0 || self.unsigned & EQUAL == 0 {
                self.signed &= !EQUAL;
                self.unsigned &= !EQUAL;
            }
            if self.signed == EQUAL || self.unsigned == EQUAL {
                self.signed &= EQUAL;
                self.unsigned &= EQUAL;
            }
        }
        self
    }
}

/// The first and the last possible value.
pub type Range = (i64, i64);

const ANY: Range = (i64::MIN, i64::MAX);

/// The outcomes of comparing values of two ranges.
fn compare(a: Range, b: Range) -> Possible {
    let mut signed = 0;
    if a.0 < b.1 {
        signed |= LESS;
    }
    if a.1 > b.0 {
        signed |= GREATER;
    }
    if a.0 <= b.1 && b.0 <= a.1 {
        signed |= EQUAL;
    }
    let unsigned = match (a, b) {
        _ if (a.0 >= 0 && b.0 >= 0) || (a.1 < 0 && b.1 < 0) => signed,
        _ if a.0 >= 0 && b.1 < 0 => LESS,
        _ if a.1 < 0 && b.0 >= 0 => GREATER,
        _ => ORDERED,
    };
    Possible { signed, unsigned }
}

/// What is known about the values of a trace.
#[derive(Clone, Default)]
pub struct Facts {
    pairs: HashMap<(Ref, Ref), Possible>,
    ranges: HashMap<Ref, Range>,
    known: HashMap<Ref, Ref>,
}

impl Facts {
    /// The constant that a value is known to equal, or the value.
    pub fn known(&self, r: Ref) -> Ref {
        self.known.get(&r).copied().unwrap_or(r)
    }

    /// The range of an integer.
    pub fn range(&self, t: &Trace, r: Ref) -> Range {
        let defined = match t.op(r) {
            Op::KInt(k) => (k, k),
            Op::Load {
                width: Width::U8, ..
            } => (0, 0xFF),
            Op::Load {
                width: Width::U32, ..
            } => (0, i64::from(u32::MAX)),
            Op::Load {
                width: Width::I32, ..
            } => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Op::Cmp(..) => (0, 1),
            Op::Bin(op, a, b) => self.bin_range(t, op, a, b),
            _ => ANY,
        };
        let learned = self.ranges.get(&r).copied().unwrap_or(ANY);
        (defined.0.max(learned.0), defined.1.min(learned.1))
    }

    fn bin_range(&self, t: &Trace, op: BinOp, a: Ref, b: Ref) -> Range {
        let Some(k) = t.as_int(b) else { return ANY };
        let learned = |r: Ref| self.ranges.get(&r).copied().unwrap_or(ANY);
        match op {
            BinOp::And if k >= 0 => (0, k),
            BinOp::Shr if k & 63 != 0 => (0, (u64::MAX >> (k & 63)) as i64),
            BinOp::Sar => (i64::MIN >> (k & 63), i64::MAX >> (k & 63)),
            BinOp::ModFloor if k > 0 => (0, k - 1),
            BinOp::ModFloor if k < 0 => (k + 1, 0),
            BinOp::Add => {
                let (low, high) = learned(a);
                low.checked_add(k).zip(high.checked_add(k)).unwrap_or(ANY)
            }
            _ => ANY,
        }
    }

    fn possible(&self, t: &Trace, a: Ref, b: Ref) -> Possible {
        let ty = t.ty(a);
        let mut possible = if ty == Ty::Int {
            compare(self.range(t, a), self.range(t, b))
        } else {
            Possible {
                signed: ORDERED | UNORDERED,
                unsigned: 0,
            }
        };
        if let Some(pair) = self.pairs.get(&(a, b)) {
            possible.signed &= pair.signed;
            possible.unsigned &= pair.unsigned;
        }
        possible.consistent(ty)
    }

    /// Whether a condition is known to hold, or known not to.
    pub fn decide(&self, t: &Trace, cc: Cc, a: Ref, b: Ref) -> Option<bool> {
        let (cc, a, b) = ordered(cc, a, b);
        let possible = self.possible(t, a, b);
        let (wanted, unsigned) = outcomes(cc);
        let possible = if unsigned {
            possible.unsigned
        } else {
            possible.signed
        };
        match possible {
            _ if possible & !wanted == 0 => Some(true),
            _ if possible & wanted == 0 => Some(false),
            _ => None,
        }
    }

    /// Notes that a condition holds from here on.
    pub fn learn(&mut self, t: &mut Trace, cc: Cc, a: Ref, b: Ref) {
        let (cc, a, b) = ordered(cc, a, b);
        let mut possible = self.possible(t, a, b);
        let (wanted, unsigned) = outcomes(cc);
        if unsigned {
            possible.unsigned &= wanted;
        } else {
            possible.signed &= wanted;
        }
        self.pairs.insert((a, b), possible.consistent(t.ty(a)));
        if cc.ty() == Ty::Int {
            self.learn_ranges(t, cc, a, b);
            self.learn_ranges(t, cc.swapped(), b, a);
        } else if cc == Cc::FEq {
            self.learn_number(t, a, b);
            self.learn_number(t, b, a);
        }
    }

    /// Narrows the range of `a` by a condition that holds.
    fn learn_ranges(&mut self, t: &mut Trace, cc: Cc, a: Ref, b: Ref) {
        if t.is_constant(a) {
            return;
        }
        let (old, (low, high)) = (self.range(t, a), self.range(t, b));
        let limits = match cc {
            Cc::Eq => (low, high),
            Cc::Ne if low == high && old.0 == low => (low.saturating_add(1), i64::MAX),
            Cc::Ne if low == high && old.1 == low => (i64::MIN, low.saturating_sub(1)),
            Cc::Lt => (i64::MIN, high.saturating_sub(1)),
            Cc::Le => (i64::MIN, high),
            Cc::Gt => (low.saturating_add(1), i64::MAX),
            Cc::Ge => (low, i64::MAX),
            // Below a number that is not negative are only such.
            Cc::ULt if low >= 0 => (0, high.saturating_sub(1)),
            Cc::ULe if low >= 0 => (0, high),
            // Above a number that is not negative are greater ones, and the negative ones.
            Cc::UGt if low >= 0 && old.0 >= 0 => (low.saturating_add(1), i64::MAX),
            Cc::UGe if low >= 0 && old.0 >= 0 => (low, i64::MAX),
            _ => ANY,
        };
        let new = (old.0.max(limits.0), old.1.min(limits.1));
        // An empty range says that the guard always fails, which `decide` has not seen: the code behind it never runs.
        if new == old || new.0 > new.1 {
            return;
        }
        self.ranges.insert(a, new);
        if new.0 == new.1 {
            let constant = t.int(new.0);
            self.known.insert(a, constant);
        }
    }

    /// A double that equals a constant is this constant, unless that is a zero, of which there are two.
    fn learn_number(&mut self, t: &Trace, a: Ref, b: Ref) {
        if t.as_num(b).is_some_and(|k| k != 0.0) && !t.is_constant(a) {
            self.known.insert(a, b);
        }
    }

    /// Whether a double is known not to be NaN.
    pub fn is_not_nan(&self, t: &Trace, r: Ref) -> bool {
        matches!(t.op(r), Op::Un(UnOp::ToNum, _))
            || t.as_num(r).is_some_and(|k| !k.is_nan())
            || self
                .pairs
                .get(&(r, r))
                .is_some_and(|p| p.signed & UNORDERED == 0)
    }
}

/// Puts the earlier value first.
fn ordered(cc: Cc, a: Ref, b: Ref) -> (Cc, Ref, Ref) {
    if b < a {
        (cc.swapped(), b, a)
    } else {
        (cc, a, b)
    }
}
