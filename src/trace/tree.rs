//! The compiled traces of a state: root traces by the instruction where they start, side traces by the exit that leads into
//! them.
//!
//! Exits are numbered over all traces. Side traces live and die with their root.

mod anew;
mod worth;

use super::blueprint::Blueprint;
use super::frames::{FrameState, Leave};
use super::function;
use super::options::Options;
use super::record::{Abort, Finish, Recorder, SUNK, TOP, Val};
use super::runtime::{CallPlan, StepPlan};
use super::text::Text;
use super::waste::Waste;
use super::{Loop, give_up_root, is_entry, listing, replace};
use crate::error::LResult;
use crate::object::proto::Instruction;
use crate::object::{GcHeader, Proto, State, Table};
use crate::value::{Gc, Slot, TValue, tag};
use core::cell::Cell;
use perilune_jit::{Backend, Code, Exit, ExitEntry, Reject, Source, Ty};
use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use std::rc::Rc;
use std::time::Instant;
pub use worth::Left;

/// The exit of code that has nothing to restore: what a dead trace's entry leads to.
pub const EXIT_AS_IS: u32 = 0;
/// Failed recordings before a loop is given up.
pub const MAX_TRIES: u32 = 8;
/// Side traces of one root.
const MAX_SIDES: u32 = 400;
/// Side traces one behind the other.
const MAX_DEPTH: u32 = 20;
/// Bytes of code after which everything is thrown away, and nothing new compiled as long as some of it runs.
const MAX_CODE: usize = 16 << 20;
/// Traces, dead ones included, after which everything is thrown away.
const MAX_TRACES: usize = 5000;

/// Traces that have died with a metatable, after which no metatable is relied on.
const MANY_DEAD: u32 = 4;

/// A compiled trace and what its code refers to.
struct Compiled {
    code: Code,
    states: Vec<FrameState>,
    /// The state of each snapshot, by number.
    frames_of_snaps: Vec<u32>,
    /// Named by addresses in the code.
    _plans: Vec<Rc<StepPlan>>,
    calls: Vec<Rc<CallPlan>>,
    _links: Vec<Rc<FrameState>>,
    _blueprints: Vec<Rc<Blueprint>>,
    objects: Vec<Gc<GcHeader>>,
    metatables: Vec<(Gc<Table>, *const Instruction)>,
    start: *const Instruction,
    proto: Gc<Proto>,
    /// Whether what it has allocated is still to be looked at where a trace that goes on from here ends.
    allocates: bool,
    /// The number of the root of its tree: its own for a root.
    root: u32,
    /// Side traces between the root and this one, this one included.
    depth: u32,
    /// Roots: side traces of the tree.
    sides: u32,
    /// Roots: how often the tree was left since it may have no more.
    left: u32,
    /// Roots of functions: what the function's heat is.
    heat: i32,
    /// Whether it is only the first round of a loop; the others begin at its last exit.
    is_first_round: bool,
    /// How often each exit was taken, and how many recordings from it failed.
    counts: Vec<(u16, u16)>,
    /// The number of exits in the first round of the root's loop, which come before the others.
    first_round: usize,
    /// What the code counts down.
    _detour: Option<Box<Cell<u32>>>,
    /// Steps look here whether the trace may still go on.
    dead: Box<Cell<bool>>,
    /// Whether the code is gone. What other traces and the numbering of exits refer to stays.
    freed: bool,
    /// Where links to this trace, and calls of it, find its code.
    entry: Rc<Cell<*const u8>>,
}

/// A tree with so many side traces has many ways through the code behind its exits: the next ones end behind the calls that
/// they follow, in traces for what comes then that all of them share.
const JOIN_SIDES: u32 = 20;
/// Places of the cache of roots; a power of two.
const CACHE: usize = 64;

/// All traces of a state.
pub struct Forest {
    traces: Vec<Compiled>,
    /// The trace and the number of the exit in it; the first entry stands for `EXIT_AS_IS`.
    exits: Vec<(u32, u32)>,
    roots: HashMap<*const Instruction, u32>,
    /// Starts and codes of root traces, by a hash of the start.
    cache: [(*const Instruction, *const u8); CACHE],
    failures: HashMap<*const Instruction, u32>,
    /// Where links and calls find the code of root traces, by their starts: what has been there, is, or will be.
    doors: HashMap<*const Instruction, Rc<Cell<*const u8>>>,
    /// Calls that are made as they are: `Forest::keeps_call`.
    kept_calls: HashSet<*const Instruction>,
    /// Loops that have been recorded anew because another way through them was the usual one, and how often.
    restarted: HashMap<*const Instruction, u32>,
    /// Loops that carry no tables from round to round.
    plain_loops: HashSet<*const Instruction>,
    /// Instructions at which a trace has relied on a metatable that died.
    varying: HashSet<*const Instruction>,
    /// Traces that have relied on such metatables.
    dead_metatables: u32,
    waste: Waste,
    options: Options,
    /// The trace of a tree, by the tree's root, that goes on behind a native call that returns to an instruction.
    continuations: HashMap<(u32, *const Instruction), u32>,
    /// Where a trace of a tree, by the tree's root, has gone on itself behind such a call.
    passed: HashSet<(u32, *const Instruction)>,
    /// Code that leaves through `EXIT_AS_IS`.
    stub: *const u8,
    /// Whether there are dead trees whose code is still there.
    unfreed: bool,
    /// What live traces name, each object once; `None` where that has changed.
    named: Option<Vec<Gc<GcHeader>>>,
}

/// An exit, apart from the forest that it is in.
pub struct ExitData {
    exit: *const Exit,
    state: *const FrameState,
}

impl Forest {
    /// A forest without traces; `stub` is code that leaves through `EXIT_AS_IS`.
    pub fn new(stub: *const u8, options: Options) -> Forest {
        Forest {
            traces: Vec::new(),
            exits: vec![(0, 0)],
            roots: HashMap::default(),
            cache: [(core::ptr::null(), core::ptr::null()); CACHE],
            failures: HashMap::default(),
            doors: HashMap::default(),
            kept_calls: HashSet::default(),
            restarted: HashMap::default(),
            plain_loops: HashSet::default(),
            varying: HashSet::default(),
            dead_metatables: 0,
            waste: Waste::default(),
            options,
            continuations: HashMap::default(),
            passed: HashSet::default(),
            stub,
            unfreed: false,
            named: None,
        }
    }

    /// Goes on with other settings.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// The number of the root trace that starts at `pc`.
    pub fn root_at(&self, pc: *const Instruction) -> Option<u32> {
        self.roots.get(&pc).copied()
    }

    /// The code of the root trace that starts at `pc`.
    #[inline]
    pub fn entry_at(&mut self, pc: *const Instruction) -> Option<*const u8> {
        let slot = pc as usize / size_of::<Instruction>() % CACHE;
        if self.cache[slot].0 == pc {
            return Some(self.cache[slot].1);
        }
        let root = self.root_at(pc)?;
        let code = self.traces[root as usize].code.entry;
        self.cache[slot] = (pc, code);
        Some(code)
    }

    /// The cell with the code of the root trace that starts at `pc`, or will.
    pub fn door(&mut self, pc: *const Instruction) -> *const Cell<*const u8> {
        let stub = self.stub;
        Rc::as_ptr(
            self.doors
                .entry(pc)
                .or_insert_with(|| Rc::new(Cell::new(stub))),
        )
    }

    /// Compiles a recording. When that fails it gives the recording back.
    pub fn compile(
        &mut self,
        backend: &mut Backend,
        mut r: Box<Recorder>,
        finish: &Finish,
    ) -> Result<(), (Box<Recorder>, Abort)> {
        let begin = Instant::now();
        if backend.code_bytes() > MAX_CODE {
            return Err((r, Abort::BackEnd));
        }
        let parent = r.parent.map(|exit| self.exits[exit as usize].0);
        if parent.is_some_and(|t| self.traces[t as usize].dead.get()) {
            return Err((r, Abort::Left));
        }
        r.detour = self.detour(&r, finish);
        let entry = match r.parent {
            None => {
                self.door(r.start);
                Rc::clone(&self.doors[&r.start])
            }
            Some(_) => Rc::new(Cell::new(core::ptr::null())),
        };
        let target = match finish {
            Finish::Link(n) => Some(self.traces[*n as usize].entry.as_ptr()),
            Finish::Continue | Finish::Join => self.continuation(&r, parent, &entry),
            // The first round, where going round is impossible.
            Finish::Loop => parent.map_or(Some(entry.as_ptr()), |t| {
                Some(self.traces[t as usize].entry.as_ptr())
            }),
            _ => Some(entry.as_ptr()),
        };
        let target = target.map(|cell| cell as usize);
        let first_exit = self.exits.len() as u32;
        let code = match translate(
            &mut r,
            backend,
            finish,
            target,
            first_exit,
            &self.options.passes,
        ) {
            Ok(code) => code,
            Err(e) => {
                if self.options.list {
                    eprintln!("[trace refused: {e}]");
                }
                return Err((r, Abort::BackEnd));
            }
        };
        if r.replaces
            && let Some(old) = self.root_at(r.start)
        {
            self.kill(old, true);
        }
        entry.set(code.entry);
        let number = self.traces.len() as u32;
        listing::compiled(
            &r,
            finish,
            number,
            &code,
            backend,
            begin.elapsed(),
            &self.options,
        );
        self.add(r, code, entry, matches!(finish, Finish::FirstRound));
        Ok(())
    }

    /// Adds a trace with its code, and lets what leads to it find it.
    fn add(
        &mut self,
        r: Box<Recorder>,
        code: Code,
        entry: Rc<Cell<*const u8>>,
        is_first_round: bool,
    ) {
        let number = self.traces.len() as u32;
        let (root, depth) = self.lead_to(number, &r, &code);
        let (proto, start) = (r.start_proto(), r.start);
        let root_start = match r.parent {
            None => start,
            Some(_) => self.traces[root as usize].start,
        };
        r.plans.iter().for_each(|p| p.fate.root.set(root_start));
        r.calls.iter().for_each(|p| p.fate.root.set(root_start));
        self.passed.extend(r.passed.iter().map(|&at| (root, at)));
        self.exits
            .extend((0..code.exits.len()).map(|n| (number, n as u32)));
        let first_round = match r.parent {
            None => anew::exits_of_first_round(&r.ir, &code),
            Some(exit) => {
                let (parent, n) = self.exits[exit as usize];
                let behind = (n as usize) < self.traces[parent as usize].first_round;
                if behind { code.exits.len() } else { 0 }
            }
        };
        self.named = None;
        self.traces.push(Compiled {
            counts: vec![(0, 0); code.exits.len()],
            code,
            states: r.states,
            frames_of_snaps: r.ir.snaps.iter().map(|s| s.frame).collect(),
            _plans: r.plans,
            calls: r.calls,
            _links: r.links,
            _blueprints: r.blueprints,
            objects: r.objects,
            metatables: r.metatables,
            start,
            proto,
            allocates: r.allocates,
            root,
            depth,
            sides: 0,
            left: 0,
            heat: r.heat,
            is_first_round,
            first_round,
            _detour: r.detour,
            dead: r.dead,
            freed: false,
            entry,
        });
    }

    /// Lets the loop, the function or the exit where trace `number` starts lead to its code. The number of its root, and the
    /// traces between them.
    fn lead_to(&mut self, number: u32, r: &Recorder, code: &Code) -> (u32, u32) {
        let (proto, start) = (r.start_proto(), r.start);
        let Some(exit) = r.parent else {
            self.roots.insert(start, number);
            if is_entry(proto, start) {
                proto.heat.set(r.heat);
            } else {
                replace(proto, start, Loop::Enter);
            }
            return (number, 0);
        };
        let (parent, n) = self.exits[exit as usize];
        let parent = &self.traces[parent as usize];
        // `compile` has seen that it is alive.
        let cell = parent.code.exits[n as usize].cell;
        // SAFETY: the cell lives as long as the parent's code.
        unsafe { *cell = code.entry };
        let (root, depth) = (parent.root, parent.depth + 1);
        self.traces[root as usize].sides += 1;
        if r.continues {
            self.continuations.entry((root, start)).or_insert(number);
        }
        (root, depth)
    }

    /// Whether the recording is the first of its tree to go on behind a native call that returns to `next`.
    pub fn may_pass(&self, r: &Recorder, next: *const Instruction) -> bool {
        let tree = |exit: u32| self.traces[self.exits[exit as usize].0 as usize].root;
        let root = r.parent.map(tree);
        let taken = |root| {
            self.passed.contains(&(root, next)) || self.continuations.contains_key(&(root, next))
        };
        self.options.wait && !r.passed.contains(&next) && !root.is_some_and(taken)
    }

    /// The cell with the code that goes on behind the native call at the end of a recording; `None` if there is none yet.
    /// `entry` is the recording's own one.
    fn continuation(
        &self,
        r: &Recorder,
        parent: Option<u32>,
        entry: &Cell<*const u8>,
    ) -> Option<*mut *const u8> {
        let root = self.traces[parent? as usize].root;
        let at = r.stands_at();
        match self.continuations.get(&(root, at)) {
            Some(&n) => Some(self.traces[n as usize].entry.as_ptr()),
            None => (r.continues && r.start == at).then_some(entry.as_ptr()),
        }
    }

    fn exit(&self, exit: u32) -> (&Compiled, &Exit) {
        let (trace, n) = self.exits[exit as usize];
        let t = &self.traces[trace as usize];
        (t, &t.code.exits[n as usize])
    }

    /// What is needed to restore the state at an exit.
    pub fn exit_data(&self, exit: u32) -> ExitData {
        let (t, e) = self.exit(exit);
        ExitData {
            exit: e,
            state: &t.states[t.frame_of(e)],
        }
    }

    /// Whether the second round of a loop begins at the exit.
    fn is_behind_first_round(&self, exit: u32) -> bool {
        let (trace, n) = self.exits[exit as usize];
        let t = &self.traces[trace as usize];
        t.is_first_round && n as usize + 1 == t.code.exits.len()
    }

    /// The loop that `at` closes carries no tables from round to round from now on.
    pub fn loop_plainly(&mut self, at: *const Instruction) {
        self.plain_loops.insert(at);
    }

    /// Whether the loop that `at` closes carries no tables from round to round.
    pub fn loops_plainly(&self, at: *const Instruction) -> bool {
        self.plain_loops.contains(&at)
    }

    /// What the call at `at`, or a protected one there, calls is not to be followed any more where there is a choice.
    pub fn keep_call(&mut self, at: *const Instruction) {
        self.kept_calls.insert(at);
    }

    /// Whether that is so.
    pub fn keeps_call(&self, at: *const Instruction) -> bool {
        self.kept_calls.contains(&at)
    }

    /// Lets the exit, which is behind a native call, lead to the trace that goes on there, if the tree has one already.
    fn share_continuation(&mut self, exit: u32) -> bool {
        let (t, e) = self.exit(exit);
        let state = &t.states[t.frame_of(e)];
        let (Some(f), Leave::Continue) = (state.frames.last(), state.leave) else {
            return false;
        };
        let Some(&n) = self.continuations.get(&(t.root, f.pc)) else {
            return false;
        };
        let (cell, code) = (e.cell, self.traces[n as usize].code.entry);
        // SAFETY: the cell lives as long as the code of its tree, of which `code` is a part.
        unsafe { *cell = code };
        true
    }

    /// A recording that goes on from an exit, whose state the interpreter has; `None` if there is nothing to record.
    pub fn side_recorder(&mut self, l: &State, exit: u32) -> Option<Recorder> {
        if self.share_continuation(exit) {
            return None;
        }
        let (t, e) = self.exit(exit);
        let state = &t.states[t.frame_of(e)];
        let innermost = state.frames.last()?;
        let mut r = Recorder::new(l, innermost.pc, Some(exit));
        r.root = self.traces[t.root as usize].start;
        r.allocates = t.allocates;
        r.continues = state.leave == Leave::Continue;
        let sides = self.traces[t.root as usize].sides;
        r.joins = self.options.join && (sides >= JOIN_SIDES || self.options.compiles_everything());
        let params: Vec<_> = (0..e.ints + e.nums)
            .map(|n| r.ir.param(if n < e.ints { Ty::Int } else { Ty::Num }))
            .collect();
        let values: Vec<_> = e
            .entries
            .iter()
            .map(|entry| {
                let Source::Const(tag) = entry.tag else {
                    unreachable!("tags in snapshots are constants")
                };
                let tag = tag as u8;
                let r = match entry.value {
                    Source::Const(bits) if tag == tag::FLOAT => r.ir.num(f64::from_bits(bits)),
                    Source::Const(bits) => r.ir.int(bits as i64),
                    Source::Int(n) => params[n as usize],
                    Source::Num(n) => params[(e.ints + n) as usize],
                };
                (entry.slot as i32, Val { r, tag })
            })
            .collect();
        for o in &t.objects {
            r.name(*o);
        }
        let base = l.save(l.ci().base()) - innermost.base as isize;
        let second = self.is_behind_first_round(exit);
        r.continue_exit(l, state, base, &values, second)
            .then_some(r)
    }

    /// Where a metatable that is about to be freed was expected, objects have metatables of their own, which die with them;
    /// in the rest of the trace they probably do, too, and if it is not the first such trace, in all of the program.
    pub fn note_varying(
        &mut self,
        metatables: &[(Gc<Table>, *const Instruction)],
        is_dead: &dyn Fn(*const GcHeader) -> bool,
    ) {
        if metatables
            .iter()
            .any(|(mt, _)| is_dead(mt.header().as_ptr()))
        {
            self.varying.extend(metatables.iter().map(|&(_, at)| at));
            self.dead_metatables += 1;
        }
    }

    /// Whether the metatables that the instruction at `at` meets are not to be relied on.
    pub fn metatables_vary(&self, at: *const Instruction) -> bool {
        self.dead_metatables >= MANY_DEAD || self.varying.contains(&at)
    }

    /// Drops the trees that name an object which is about to be freed.
    pub fn drop_dead(&mut self, is_dead: &dyn Fn(*const GcHeader) -> bool) {
        // Nearly always nothing has died, and many traces name the same objects.
        if !self.named().iter().any(|o| is_dead(o.as_ptr())) {
            return;
        }
        for n in 0..self.traces.len() {
            if !self.traces[n].dead.get() {
                let metatables = core::mem::take(&mut self.traces[n].metatables);
                self.note_varying(&metatables, is_dead);
                self.traces[n].metatables = metatables;
            }
        }
        for root in self.roots_that(|o| is_dead(o.as_ptr())) {
            let proto = self.traces[root as usize].proto;
            let start = self.traces[root as usize].start;
            // A loop whose traces die with what they name, functions made in each round perhaps, is not worth compiling.
            let again = is_dead(proto.as_ptr().cast()) || self.penalise_root(start, 1) < MAX_TRIES;
            self.kill(root, again);
        }
    }

    /// What live traces name, each object once.
    fn named(&mut self) -> &[Gc<GcHeader>] {
        let traces = &self.traces;
        self.named.get_or_insert_with(|| {
            let mut named: Vec<_> = (traces.iter().filter(|t| !t.dead.get()))
                .flat_map(|t| {
                    let metatables = t.metatables.iter().map(|(mt, _)| mt.header());
                    t.objects.iter().copied().chain(metatables)
                })
                .collect();
            named.sort_unstable_by_key(|o| o.as_ptr());
            named.dedup();
            named
        })
    }

    /// The roots of the live trees that name such an object.
    fn roots_that(&self, names: impl Fn(Gc<GcHeader>) -> bool) -> Vec<u32> {
        let mut roots: Vec<u32> = self
            .traces
            .iter()
            .filter(|t| !t.dead.get() && t.objects.iter().any(|&o| names(o)))
            .map(|t| t.root)
            .collect();
        roots.sort_unstable();
        roots.dedup();
        roots
    }

    /// Frees the code of dead trees; no trace runs, and nobody holds an `ExitData`.
    pub fn free_dead(&mut self, backend: &mut Backend) {
        if !self.unfreed {
            return;
        }
        self.unfreed = false;
        for t in self.traces.iter_mut().filter(|t| t.dead.get() && !t.freed) {
            backend.free(&t.code);
            t.freed = true;
            t.code.exits = Vec::new();
            t.states = Vec::new();
            t.frames_of_snaps = Vec::new();
            t._plans = Vec::new();
            t.calls = Vec::new();
            t._links = Vec::new();
            t._blueprints = Vec::new();
            t.objects = Vec::new();
            t.metatables = Vec::new();
        }
    }

    /// Whether it is time to start afresh.
    pub fn is_full(&self, backend: &Backend) -> bool {
        backend.code_bytes() > MAX_CODE || self.traces.len() > MAX_TRACES
    }

    /// Lists the exits that led to the interpreter.
    pub fn list_exits(&self) {
        for (number, &(trace, n)) in self.exits.iter().enumerate().skip(1) {
            let t = &self.traces[trace as usize];
            let times = t.counts[n as usize].0;
            if t.dead.get() || times == 0 {
                continue;
            }
            let state = &t.states[t.frame_of(&t.code.exits[n as usize])];
            if let Some(f) = state.frames.last() {
                let place = listing::place(Gc::from_ptr(f.proto.cast_mut()), f.pc);
                listing::exit_taken(number, trace, &place, times);
            }
        }
    }

    /// Ends all trees.
    pub fn kill_all(&mut self) {
        let roots: Vec<u32> = self.roots.values().copied().collect();
        for root in roots {
            self.kill(root, true);
        }
    }

    /// Ends a tree: its loop is interpreted again, and what links to it goes to the interpreter. `again`: the loop may
    /// become hot once more.
    fn kill(&mut self, root: u32, again: bool) {
        let (start, proto) = {
            let t = &self.traces[root as usize];
            (t.start, t.proto)
        };
        for t in self.traces.iter().filter(|t| t.root == root) {
            t.dead.set(true);
        }
        self.named = None;
        self.unfreed = true;
        if self.roots.remove(&start).is_some() {
            match again {
                false => give_up_root(proto, start),
                true if is_entry(proto, start) => {
                    proto.heat.set(function::threshold(&self.options))
                }
                true => replace(proto, start, Loop::Published),
            }
        }
        self.continuations.retain(|key, _| key.0 != root);
        self.passed.retain(|key| key.0 != root);
        self.cache = [(core::ptr::null(), core::ptr::null()); CACHE];
        let stub = self.stub;
        self.traces[root as usize].entry.set(stub);
    }
}

impl Compiled {
    fn frame_of(&self, e: &Exit) -> usize {
        self.frames_of_snaps[e.snap.0 as usize] as usize
    }
}

impl ExitData {
    /// Restores slots and frames, with what of the state's `text` is to be strings; what the interpreter is to do. Raises a
    /// memory error when there is none for a frame or for
    /// a table that the trace has not made.
    pub fn restore(&self, l: &State, text: &Text, base: Slot, values: &[u64]) -> LResult<Leave> {
        // SAFETY: exits and states of compiled traces stay where they are until no trace runs.
        let (exit, state) = unsafe { (&*self.exit, &*self.state) };
        if state.leave == Leave::AsIs {
            return Ok(Leave::AsIs);
        }
        let value = |s: Source| match s {
            Source::Const(bits) => bits,
            Source::Int(n) => values[n as usize],
            Source::Num(n) => values[(exit.ints + n) as usize],
        };
        for e in &exit.entries {
            let v = match value(e.tag) as u8 {
                SUNK => TValue::NIL,
                tag => TValue::from_raw(value(e.value), tag),
            };
            base.add(e.slot as usize).set(v);
        }
        if state.tables.is_empty() {
            state.build(l, base)?;
            return Ok(state.leave);
        }
        // What the tables are made of is reachable below this.
        let everything = base.add(TOP);
        l.top.set(everything);
        state.build(l, base)?;
        let top = l.top.replace(everything);
        for (at, blueprint) in &state.tables {
            let place = base.add(*at as usize);
            blueprint.make(l, text, place)?;
            let names = |e: &&ExitEntry| value(e.tag) as u8 == SUNK && value(e.value) == *at as u64;
            for e in exit.entries.iter().filter(names) {
                base.add(e.slot as usize).set(place.get());
            }
        }
        for (at, blueprint) in &state.tables {
            let slots = *at as usize..=*at as usize + blueprint.len();
            slots.for_each(|slot| base.add(slot).set(TValue::NIL));
        }
        l.top.set(top);
        Ok(state.leave)
    }

    /// Whether `restore` makes tables: the collector is to be asked then.
    pub fn allocates(&self) -> bool {
        // SAFETY: as in `restore`.
        let state = unsafe { &*self.state };
        !state.tables.is_empty()
    }
}

/// Turns a recording into code.
fn translate(
    r: &mut Recorder,
    backend: &mut Backend,
    finish: &Finish,
    target: Option<usize>,
    first_exit: u32,
    passes: &perilune_jit::Options,
) -> Result<Code, Reject> {
    if matches!(finish, Finish::Loop) && passes.peel {
        let saved = r.save();
        r.close(finish, target);
        if perilune_jit::optimise(&mut r.ir, passes).is_ok()
            && let Ok(code) = backend.compile(&r.ir, first_exit)
        {
            return Ok(code);
        }
        r.restore(saved);
    }
    match (finish, target) {
        (Finish::Loop, Some(target)) => r.close_with_link(target),
        _ => r.close(finish, target),
    }
    perilune_jit::optimise(&mut r.ir, passes)?;
    backend.compile(&r.ir, first_exit)
}
