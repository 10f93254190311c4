//! Loops: the recorded iteration becomes a preamble, and a copy of it behind it the loop: `peel`.
//!
//! The copy is emitted with all that is known at the end of the preamble, so what does not change in the loop is found in
//! the preamble and vanishes from the loop, guards included. A value that is carried into the next iteration is, in the
//! copy, what it was at the end of the one before: a phi, or one value if it is always the same. Whether it is is guessed
//! first and checked at the end of the copy; a wrong guess costs another copy.
//!
//! Memory at the loop's start is known as far as nothing in the loop may write it. Places that the loop writes last with a
//! value of its own hold this value in the next iteration: another guess that is checked. So is that a store which the preamble
//! does not need, as its place held the value, is not needed in the loop: it then writes nothing.
//!
//! The slots assigned in an iteration are not in memory when the next begins, so the copy's snapshots get them in addition.

use super::Options;
use super::emit::{Copy, Emitter, Stored};
use super::memory::Place;
use crate::Reject;
use crate::ir::{Class, End, Op, Ref, SnapEntry, SnapId, Trace};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

/// Wrong guesses are dropped one by one in so many copies, then nothing is guessed.
const TRIES: usize = 4;

/// Emits a trace anew; one that ends in a loop is peeled if `options` say so.
pub fn emit(t: &Trace, options: &Options) -> Result<Trace, Reject> {
    let mut e = Emitter::new(t, options);
    let mut preamble = Copy::new(t);
    preamble.body(&mut e)?;
    match &t.end {
        Some(End::Loop { carried, state }) if options.peel && !t.is_peeled() => {
            let (entry, state) = (preamble.snap(&mut e, *state), *state);
            let (denied, same) = (Denied::default(), HashSet::default());
            Peel {
                t,
                carried,
                state,
                preamble,
                end: e,
                denied,
                entry,
                same,
            }
            .run()
        }
        _ => {
            preamble.end(&mut e);
            Ok(e.out)
        }
    }
}

/// Guesses that were wrong.
#[derive(Default)]
struct Denied {
    values: HashSet<Ref>,
    memory: bool,
    needless: bool,
    all: bool,
}

struct Peel<'a> {
    t: &'a Trace,
    carried: &'a [(Ref, Ref)],
    state: SnapId,
    preamble: Copy<'a>,
    /// The emitter at the end of the preamble.
    end: Emitter,
    denied: Denied,
    /// What an exit restores that leaves as the loop is entered.
    entry: SnapId,
    /// Values whose phi turned out to be superfluous.
    same: HashSet<Ref>,
}

/// What values at the end of an iteration are at the start of the next.
#[derive(Default)]
struct Head {
    /// By value of the old trace: the value, the phi's index if it is one, or the guess.
    values: HashMap<Ref, HeadValue>,
    /// The phis' old values, in order.
    phis: Vec<Ref>,
    /// Places that hold a value of the iteration before.
    places: Vec<(Place, Ref)>,
}

#[derive(Clone, Copy)]
enum HeadValue {
    Same(Ref),
    Phi(usize),
}

impl Peel<'_> {
    fn run(mut self) -> Result<Trace, Reject> {
        for tries in 0.. {
            self.denied.all |= tries == TRIES;
            match self.attempt() {
                Ok(Some(t)) => return Ok(t),
                Ok(None) => {}
                // It may follow from a wrong guess.
                Err(_) if !self.denied.all && tries < TRIES => self.denied.all = true,
                Err(_) => return Err(Reject::Unstable),
            }
        }
        unreachable!("without guesses an attempt succeeds or fails")
    }

    /// What a value is at the end of the preamble.
    fn before(&mut self, r: Ref) -> Ref {
        self.preamble.get(&mut self.end, r)
    }

    /// Copies the body; none if a guess was wrong or could have been made, which is noted.
    fn attempt(&mut self) -> Result<Option<Trace>, Reject> {
        let loop_facts = self.invariants();
        let head = self.head(&loop_facts);
        let initial: Vec<Ref> = head.phis.iter().map(|&v| self.before(v)).collect();
        let mut e = self.end.clone();
        e.loop_start(loop_facts.written_classes(), |place| {
            loop_facts.keeps(&self.end, place)
        });
        let phis: Vec<Ref> = initial
            .iter()
            .map(|&a| e.out.push(Op::Phi(a, a), e.out.ty(a)))
            .collect();
        let value = |v: Ref| match head.values[&v] {
            HeadValue::Same(r) => r,
            HeadValue::Phi(n) => phis[n],
        };
        for &(place, v) in &head.places {
            e.memory.assume(place, value(v));
        }
        let mut map = vec![None; self.t.len()];
        for (i, inst) in self.t.insts.iter().enumerate() {
            if matches!(inst.op, Op::State | Op::Base | Op::Param(_)) {
                map[i] = Some(self.before(Ref(i as u32)));
            }
        }
        for &(start, v) in self.carried {
            map[start.index()] = Some(value(v));
        }
        let state = &self.t.snaps[self.state.index()];
        let entries = state.entries.iter();
        let extra = entries
            .map(|s| SnapEntry {
                slot: s.slot,
                value: value(s.value),
                tag: value(s.tag),
            })
            .collect();
        let mut copy = Copy::again(self.t, map, extra);
        copy.body(&mut e)?;
        if !self.guesses_hold(&head, &mut copy, &mut e) {
            return Ok(None);
        }
        for (&phi, &v) in phis.iter().zip(&head.phis) {
            let next = copy.get(&mut e, v);
            if let Op::Phi(a, b) = &mut e.out.insts[phi.index()].op {
                *b = next;
                if next == phi || next == *a {
                    self.same.insert(v);
                }
            }
        }
        if head.phis.iter().any(|v| self.same.contains(v)) && !self.denied.all {
            return Ok(None);
        }
        e.out.end = Some(End::Loop {
            carried: Vec::new(),
            state: self.entry,
        });
        Ok(Some(e.out))
    }

    /// Chooses what carried values and the slots' values are at the loop's start.
    fn head(&mut self, facts: &LoopFacts) -> Head {
        let t = self.t;
        let mut head = Head::default();
        let slots = t.snaps[self.state.index()]
            .entries
            .iter()
            .flat_map(|s| [s.value, s.tag]);
        for v in self.carried.iter().map(|&(_, v)| v).chain(slots) {
            self.head_value(&mut head, facts, v);
        }
        if self.denied.memory || self.denied.all {
            return head;
        }
        let mut seen = HashSet::default();
        for Stored { r, place, .. } in self.preamble.stores.clone().into_iter().rev() {
            let Op::Store { base, value, .. } = t.op(r) else {
                continue;
            };
            let last = seen.insert((place.class.0, place.base, place.offset));
            if last && facts.invariant[base.index()] {
                let before = self.before(value);
                let cell = self.end.memory.find(place);
                if cell.is_some_and(|c| c.width == place.width && c.value == before) {
                    self.head_value(&mut head, facts, value);
                    head.places.push((place, value));
                }
            }
        }
        head
    }

    fn head_value(&mut self, head: &mut Head, facts: &LoopFacts, v: Ref) {
        if head.values.contains_key(&v) {
            return;
        }
        let before = self.before(v);
        let guess = !self.denied.all && !self.denied.values.contains(&v);
        let same = guess
            && (self.same.contains(&v)
                || facts.invariant[v.index()]
                || self.end.out.is_constant(before));
        let value = if same || self.t.is_constant(v) {
            HeadValue::Same(before)
        } else {
            head.phis.push(v);
            HeadValue::Phi(head.phis.len() - 1)
        };
        head.values.insert(v, value);
    }

    /// Checks at the end of the copy what was guessed at its start.
    fn guesses_hold(&mut self, head: &Head, copy: &mut Copy, e: &mut Emitter) -> bool {
        let mut hold = true;
        for (&v, &value) in &head.values {
            let HeadValue::Same(guess) = value else {
                continue;
            };
            if copy.get(e, v) != e.facts.known(guess) {
                self.denied.values.insert(v);
                hold = false;
            }
        }
        for &(place, v) in &head.places {
            let value = copy.get(e, v);
            let cell = e.memory.find(place);
            if !cell.is_some_and(|c| c.width == place.width && e.facts.known(c.value) == value) {
                self.denied.memory = true;
                hold = false;
            }
        }
        let mut pairs = self.preamble.stores.iter().zip(&copy.stores);
        let needed = pairs.any(|(before, now)| {
            debug_assert_eq!(before.r, now.r);
            now.written && !before.written
        });
        if needed && self.guesses_needless() {
            self.denied.needless = true;
            hold = false;
        }
        hold
    }

    /// Whether stores that the preamble does not need are taken to be superfluous in the loop.
    fn guesses_needless(&self) -> bool {
        !self.denied.needless && !self.denied.all
    }

    /// Finds out what does not change in the loop.
    fn invariants(&mut self) -> LoopFacts {
        let t = self.t;
        let mut same_carried = HashMap::default();
        for &(start, v) in self.carried {
            let guess = !self.denied.all && !self.denied.values.contains(&v);
            let same = start == v || guess && self.before(start) == self.before(v);
            same_carried.insert(start, same);
        }
        let mut facts = LoopFacts {
            invariant: vec![false; t.len()],
            written: HashMap::default(),
            calls: 0,
        };
        for inst in &t.insts {
            if let Op::Call { func, .. } = inst.op {
                facts.calls |= t.funcs[func.index()].effect.writes;
            }
        }
        let all = !self.guesses_needless();
        // Bases are loaded, too: what is found invariant in one round tells writes apart in the next.
        for _ in 0..3 {
            facts.written(t, self.preamble.stores.iter().filter(|s| s.written || all));
            for i in 0..t.len() {
                let r = Ref(i as u32);
                facts.invariant[i] = match same_carried.get(&r) {
                    Some(&same) => same,
                    None => self.is_invariant(&facts, r),
                };
            }
        }
        facts
    }

    fn is_invariant(&mut self, facts: &LoopFacts, r: Ref) -> bool {
        let t = self.t;
        let mut operands = true;
        t.operands(t.op(r), |o| {
            operands &= t.is_constant(o) || facts.invariant[o.index()]
        });
        match t.op(r) {
            Op::KInt(_) | Op::KNum(_) | Op::State | Op::Base | Op::StackPointer | Op::Param(_) => {
                true
            }
            Op::Bin(..) | Op::Un(..) | Op::Cmp(..) | Op::Select(..) => operands,
            Op::Load {
                width,
                base,
                offset,
                class,
            } => {
                let base = self.before(base);
                let place = self.end.place(width, base, offset, class);
                operands && facts.keeps(&self.end, place)
            }
            Op::Call { func, .. } => {
                let effect = t.funcs[func.index()].effect;
                operands && effect.writes == 0 && effect.reads & facts.written_classes() == 0
            }
            _ => false,
        }
    }
}

/// What an iteration leaves as it is.
struct LoopFacts {
    /// By instruction of the old trace.
    invariant: Vec<bool>,
    /// The stores, by class.
    written: HashMap<u8, Vec<Write>>,
    /// The classes that calls write.
    calls: u32,
}

/// What is known of a store in each iteration.
#[derive(PartialEq)]
struct Write {
    /// The place, if its base does not change.
    place: Option<Place>,
    /// What labels it.
    label: Option<i64>,
}

impl Write {
    /// Whether it does not change a place with this label.
    fn spares(&self, place: Place, label: Option<i64>) -> bool {
        match self.place {
            Some(p) if p.base == place.base => !p.may_overlap(place),
            _ => label.is_some() && self.label.is_some() && label != self.label,
        }
    }
}

impl LoopFacts {
    fn written<'a>(&mut self, t: &Trace, stores: impl Iterator<Item = &'a Stored>) {
        self.written.clear();
        for s in stores {
            let Op::Store { base, .. } = t.op(s.r) else {
                continue;
            };
            let fixed = t.is_constant(base) || self.invariant[base.index()];
            let write = Write {
                place: fixed.then_some(s.place),
                label: s.label,
            };
            let writes = self.written.entry(s.place.class.0).or_default();
            if !writes.contains(&write) {
                writes.push(write);
            }
        }
    }

    /// The classes that stores and calls write.
    fn written_classes(&self) -> u32 {
        self.written
            .keys()
            .fold(self.calls, |mask, &class| mask | Class(class).bit())
    }

    /// What labels a place in all of the loop; `e` stands where that begins.
    fn label(&self, e: &Emitter, place: Place) -> Option<i64> {
        let mut labels = e.out.labels.iter();
        let label = labels.find(|label| label.class == place.class)?;
        let stays = self.written_classes() & label.by.bit() == 0;
        e.label(place).filter(|_| stays)
    }

    /// Whether no write of the loop may change the place; `e` stands where that begins.
    fn keeps(&self, e: &Emitter, place: Place) -> bool {
        if place.class.bit() & self.calls != 0 {
            return false;
        }
        let Some(writes) = self.written.get(&place.class.0) else {
            return true;
        };
        let label = self.label(e, place);
        writes.iter().all(|w| w.spares(place, label))
    }
}
