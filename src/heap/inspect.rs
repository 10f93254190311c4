//! The collector seen from outside, for tests (feature `internals`): colours, ages, phases, and a check of the whole heap.
//!
//! The check walks every list and every reference. It relies on nothing that it checks but the lists' links, which it
//! guards against cycles, and returns what it finds wrong in words.

use super::{Phase, age, color, cycle, mark};
use crate::global::Global;
use crate::object::{CClosure, GcHeader, LClosure, Proto, State, Str, Table, Udata, UpVal};
use crate::value::{Gc, Slot, TValue, tag, ty};
use core::sync::atomic::{AtomicBool, AtomicIsize, Ordering};
use std::collections::{HashMap, HashSet};

/// The names of the phases, in their order; the ones of PUC's tests.
pub const PHASES: [&str; 9] = [
    "propagate",
    "atomic",
    "enteratomic",
    "sweepallgc",
    "sweepfinobj",
    "sweeptobefnz",
    "sweepend",
    "callfin",
    "pause",
];
const IN_ORDER: [Phase; 9] = [
    Phase::Propagate,
    Phase::EnterAtomic,
    Phase::Atomic,
    Phase::SweepAll,
    Phase::SweepFinalizable,
    Phase::SweepPending,
    Phase::SweepEnd,
    Phase::CallFinalizers,
    Phase::Pause,
];
/// The names of the ages, by number.
const AGES: [&str; 7] = [
    "new", "survival", "old0", "old1", "old", "touched1", "touched2",
];

/// The name of the phase that the collector is in.
pub fn phase(l: &State) -> &'static str {
    PHASES[l.global().gc.phase.get() as usize]
}

/// Runs the collector until it is in the phase with this number; `false` in generational mode, which has none to choose.
pub fn run_until_phase(l: &State, number: usize) -> bool {
    let gc = &l.global().gc;
    if gc.mode.get() == super::Mode::Generational {
        return false;
    }
    let phase = IN_ORDER[number];
    if phase < gc.phase.get() {
        cycle::run_until(l, Phase::Pause);
    }
    cycle::run_until(l, phase);
    true
}

/// The colour of an object: white, grey, black, or dead when the sweep is about to free it.
pub fn color(l: &State, o: Gc<GcHeader>) -> &'static str {
    if o.is_dead(l.global()) {
        "dead"
    } else if o.is_white() {
        "white"
    } else if o.is_black() {
        "black"
    } else {
        "gray"
    }
}

/// The age of an object.
pub fn age(o: Gc<GcHeader>) -> &'static str {
    AGES.get(o.age() as usize).unwrap_or(&"no age")
}

/// Checks the collector's invariants (see the head of `heap`) for every object of the state.
pub fn check(l: &State) -> Result<(), String> {
    let mut check = Check {
        g: l.global(),
        members: HashMap::new(),
        listed_gray: HashSet::new(),
    };
    check.collect_members()?;
    check.collect_grays()?;
    check.roots()?;
    for (&p, &(segment, home)) in &check.members {
        check.object(Gc::from_ptr(p), segment, home)?;
    }
    check.strings()
}

static CHECKS_STEPS: AtomicBool = AtomicBool::new(false);

/// From now on, checks the heap after steps and full collections, and ends the process when it is not as it should be.
pub fn check_steps() {
    CHECKS_STEPS.store(true, Ordering::Relaxed);
}

/// A check after a step, if they are wanted; on large heaps not after each, so that the time stays in proportion.
pub(super) fn after_step(l: &State) {
    /// Bytes of heap that may be checked for each step.
    const EARNED: isize = 64 << 10;
    static EARNINGS: AtomicIsize = AtomicIsize::new(0);
    if !CHECKS_STEPS.load(Ordering::Relaxed) {
        return;
    }
    if EARNINGS.fetch_add(EARNED, Ordering::Relaxed) + EARNED >= l.global().gc.total_bytes() {
        EARNINGS.store(0, Ordering::Relaxed);
        if let Err(what) = check(l) {
            panic!("heap check after a step: {what}");
        }
    }
}

/// The list of the collector that an object is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Home {
    All,
    Finalizable,
    Pending,
    Fixed,
}

struct Check<'a> {
    g: &'a Global,
    /// Every object, with the least age that its place in its list allows, and its list.
    members: HashMap<*mut GcHeader, (u8, Home)>,
    listed_gray: HashSet<*mut GcHeader>,
}

/// An error unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}

impl Check<'_> {
    /// What an error says about an object.
    fn describe(&self, o: Gc<GcHeader>) -> String {
        let kind = match o.tag() {
            tag::PROTO => "prototype",
            tag::UPVAL => "upvalue",
            t => ty::NAMES.get((t & 0x0F) as usize).unwrap_or(&"unknown"),
        };
        let color = color(self.g.main(), o);
        let mut text = format!("{color} {kind} {:p} ({})", o.as_ptr(), age(o));
        if let tag::SHORT | tag::LONG = o.tag() {
            let bytes = o.cast::<Str>().bytes();
            text += &format!(
                " {:?}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(40)])
            );
        }
        text
    }

    fn collect_members(&mut self) -> Result<(), String> {
        let gc = &self.g.gc;
        let segments = [gc.survival.get(), gc.old1.get(), gc.really_old.get()];
        self.collect_list(gc.all.get(), segments, Home::All)?;
        let segments = [
            gc.fin_survival.get(),
            gc.fin_old1.get(),
            gc.fin_really_old.get(),
        ];
        self.collect_list(gc.finalizable.get(), segments, Home::Finalizable)?;
        let none = [core::ptr::null_mut(); 3];
        self.collect_list(gc.pending.get(), none, Home::Pending)?;
        self.collect_list(gc.fixed.get(), none, Home::Fixed)
    }

    /// Notes the members of a list, `segments` being where the three older ages begin.
    fn collect_list(
        &mut self,
        list: *mut GcHeader,
        segments: [*mut GcHeader; 3],
        home: Home,
    ) -> Result<(), String> {
        const LEAST: [u8; 4] = [age::NEW, age::SURVIVAL, age::OLD1, age::OLD];
        let mut at = 0;
        let mut p = list;
        while !p.is_null() {
            while at < segments.len() && !segments[at].is_null() && segments[at] == p {
                at += 1;
            }
            let before = self.members.insert(p, (LEAST[at], home));
            ensure!(
                before.is_none(),
                "object {p:p} is twice in the lists of objects"
            );
            p = Gc::from_ptr(p).next.get();
        }
        let begun = segments[at..].iter().all(|s| s.is_null());
        ensure!(
            begun,
            "an older part of the list {home:?} begins outside of it"
        );
        Ok(())
    }

    /// Notes the members of the grey lists, while the collector keeps them.
    fn collect_grays(&mut self) -> Result<(), String> {
        let gc = &self.g.gc;
        if !gc.keeps_invariant() {
            return Ok(());
        }
        for list in [
            &gc.gray,
            &gc.gray_again,
            &gc.weak,
            &gc.all_weak,
            &gc.ephemeron,
        ] {
            let mut rest = list.get();
            while !rest.is_null() {
                ensure!(
                    self.members.contains_key(&rest),
                    "a grey list holds {rest:p}, which is no object"
                );
                ensure!(
                    self.listed_gray.insert(rest),
                    "object {rest:p} is twice in the grey lists"
                );
                let Some((o, next)) = mark::next_in(rest) else {
                    break;
                };
                let gray = !o.is_white() && !o.is_black();
                ensure!(
                    gray != (o.age() == age::TOUCHED2),
                    "a grey list holds the {}",
                    self.describe(o)
                );
                ensure!(
                    o.tag() != tag::USERDATA || o.cast::<Udata>().nuvalue() > 0,
                    "a grey list holds a userdata without user values"
                );
                rest = next;
            }
        }
        Ok(())
    }

    fn roots(&self) -> Result<(), String> {
        let g = self.g;
        let gc = &g.gc;
        let registry = g.registry.get();
        let main = g.main().as_gc().header();
        self.alive(registry, || "the registry".into())?;
        ensure!(
            self.members.contains_key(&main.as_ptr()),
            "the main thread is in no list"
        );
        ensure!(
            gc.sweep_at.get().is_null() || gc.is_sweeping(),
            "a place to go on sweeping outside of the sweep"
        );
        if gc.keeps_invariant() {
            ensure!(
                !main.is_white(),
                "the main thread is white while the collector marks"
            );
            ensure!(
                !registry.gc::<GcHeader>().is_white(),
                "the registry is white while the collector marks"
            );
        }
        for mt in g.metatables.iter().filter_map(|mt| mt.get()) {
            self.alive(mt.into(), || "a metatable of a basic type".into())?;
        }
        let mut p = gc.threads.get();
        while !p.is_null() {
            ensure!(
                self.members.contains_key(&p.cast()),
                "the list of threads with open upvalues holds {p:p}, which is no object"
            );
            p = Gc::from_ptr(p).twups.get();
        }
        Ok(())
    }

    /// Checks that a value is no object, or one of the lists that is not about to be freed.
    fn alive(&self, v: TValue, whose: impl Fn() -> String) -> Result<(), String> {
        if !v.is_collectable() {
            return Ok(());
        }
        let o: Gc<GcHeader> = v.gc();
        ensure!(
            self.members.contains_key(&o.as_ptr()),
            "{} refers to {:p}, which is no object",
            whose(),
            o.as_ptr()
        );
        ensure!(
            v.tag() == TValue::object(o).tag(),
            "{} has another tag than the {}",
            whose(),
            self.describe(o)
        );
        ensure!(
            !o.is_dead(self.g),
            "{} refers to the {}",
            whose(),
            self.describe(o)
        );
        Ok(())
    }

    /// Checks a reference from one object to another.
    fn reference(&self, from: Gc<GcHeader>, to: Gc<GcHeader>) -> Result<(), String> {
        ensure!(
            self.members.contains_key(&to.as_ptr()),
            "the {} refers to {:p}, which is no object",
            self.describe(from),
            to.as_ptr()
        );
        let gc = &self.g.gc;
        let fine = if to.is_dead(self.g) {
            false
        } else if gc.is_sweeping() {
            true
        } else if gc.mode.get() == super::Mode::Incremental {
            !(from.is_black() && to.is_white())
        } else if !from.is_black() {
            true
        } else {
            match from.age() {
                age::OLD => to.is_old(),
                age::OLD1 | age::TOUCHED2 => to.age() != age::NEW,
                _ => true,
            }
        };
        ensure!(
            fine,
            "the {} refers to the {}",
            self.describe(from),
            self.describe(to)
        );
        Ok(())
    }

    fn value(&self, from: Gc<GcHeader>, v: TValue) -> Result<(), String> {
        self.alive(v, || self.describe(from))?;
        if v.is_collectable() {
            self.reference(from, v.gc())?;
        }
        Ok(())
    }

    fn optional<T>(&self, from: Gc<GcHeader>, to: Option<Gc<T>>) -> Result<(), String> {
        to.map_or(Ok(()), |to| self.reference(from, to.header()))
    }

    fn object(&self, o: Gc<GcHeader>, least: u8, home: Home) -> Result<(), String> {
        let gc = &self.g.gc;
        if home == Home::Fixed {
            ensure!(
                o.tag() == tag::SHORT && !o.is_white() && !o.is_black() && o.age() == age::OLD,
                "the {} is among the fixed objects",
                self.describe(o)
            );
            return Ok(());
        }
        let finalizer = o.marked.get() & color::FINALIZER != 0;
        ensure!(
            finalizer != (home == Home::All),
            "the {} is in the list {home:?}",
            self.describe(o)
        );
        ensure!(
            home == Home::All || matches!(o.tag(), tag::TABLE | tag::USERDATA),
            "the {} has a finalizer",
            self.describe(o)
        );
        if o.is_dead(self.g) {
            // Dead objects wait in `all` for the sweep to reach them.
            ensure!(
                home == Home::All && least == age::NEW && gc.phase.get() == Phase::SweepAll,
                "the {} is in the list {home:?} in phase {:?}",
                self.describe(o),
                gc.phase.get()
            );
            return Ok(());
        }
        ensure!(
            gc.phase.get() != Phase::Pause || o.is_white(),
            "the {} between two cycles",
            self.describe(o)
        );
        if gc.mode.get() == super::Mode::Generational {
            self.generation(o, least)?;
        }
        self.grayness(o)?;
        self.references(o)
    }

    fn generation(&self, o: Gc<GcHeader>, least: u8) -> Result<(), String> {
        ensure!(
            o.age() >= least,
            "the {} among objects of age {least}",
            self.describe(o)
        );
        let may_be_gray = matches!(o.age(), age::TOUCHED1 | age::OLD0)
            || o.tag() == tag::THREAD
            || o.tag() == tag::UPVAL && o.cast::<UpVal>().is_open();
        ensure!(
            !o.is_old() || o.is_black() || may_be_gray && !o.is_white(),
            "the {} in generational mode",
            self.describe(o)
        );
        Ok(())
    }

    /// Checks that grey objects, and only they, are in grey lists.
    fn grayness(&self, o: Gc<GcHeader>) -> Result<(), String> {
        if !self.g.gc.keeps_invariant() {
            return Ok(());
        }
        let gray = !o.is_white() && !o.is_black();
        match o.tag() {
            tag::SHORT | tag::LONG => {
                ensure!(!gray, "the {}: strings are never grey", self.describe(o));
            }
            tag::UPVAL => {
                let open = o.cast::<UpVal>().is_open();
                ensure!(!gray || open, "the closed {}", self.describe(o));
            }
            _ => {
                let listed = self.listed_gray.contains(&o.as_ptr());
                ensure!(
                    listed == (gray || o.age() == age::TOUCHED2),
                    "the {} is {}in a grey list",
                    self.describe(o),
                    if listed { "" } else { "not " }
                );
            }
        }
        Ok(())
    }

    fn references(&self, o: Gc<GcHeader>) -> Result<(), String> {
        match o.tag() {
            tag::SHORT | tag::LONG => Ok(()),
            tag::TABLE => self.table(o.cast()),
            tag::USERDATA => {
                let u: Gc<Udata> = o.cast();
                self.optional(o, u.metatable.get())?;
                (0..u.nuvalue()).try_for_each(|i| self.value(o, u.user_value(i).get()))
            }
            tag::LUA_FN => self.lua_closure(o.cast()),
            tag::C_CLOSURE => {
                let c: Gc<CClosure> = o.cast();
                (0..c.nupvalues()).try_for_each(|i| self.value(o, c.upvalue(i).get()))
            }
            tag::UPVAL => self.value(o, o.cast::<UpVal>().get()),
            tag::PROTO => self.proto(o.cast()),
            tag::THREAD => self.thread(o.cast()),
            t => Err(format!("object {:p} has tag {t:#x}", o.as_ptr())),
        }
    }

    /// Checks that a table refers to what it may, and that every key leads to its own value.
    fn table(&self, t: Gc<Table>) -> Result<(), String> {
        let h = t.header();
        self.optional(h, t.metatable.get())?;
        for i in 0..t.array_len() {
            self.value(h, t.array_get(i))?;
        }
        for n in t.nodes().iter().filter(|n| !n.value().is_nil()) {
            self.value(h, n.key())?;
            self.value(h, n.value())?;
            ensure!(
                !n.key().is_nil(),
                "the {} has a value without key",
                self.describe(h)
            );
            ensure!(
                t.get(n.key()).raw_eq(n.value()) || n.value().as_float().is_some_and(f64::is_nan),
                "the {} does not find one of its keys",
                self.describe(h)
            );
        }
        Ok(())
    }

    fn lua_closure(&self, c: Gc<LClosure>) -> Result<(), String> {
        let h = c.header();
        if !c.proto.get().is_null() {
            self.reference(h, c.proto_object().header())?;
        }
        for p in c.upvalue_cells().iter().map(|uv| uv.get()) {
            if !p.is_null() {
                self.reference(h, Gc::from_ptr(p.cast()))?;
            }
        }
        Ok(())
    }

    fn proto(&self, p: Gc<Proto>) -> Result<(), String> {
        let h = p.header();
        self.optional(h, p.source.get())?;
        for &k in p.constants.as_slice() {
            self.value(h, k)?;
        }
        for u in p.upvalues.as_slice() {
            self.optional(h, u.name)?;
        }
        for &inner in p.protos.as_slice() {
            self.optional(h, Some(inner))?;
        }
        for v in p.loc_vars.as_slice() {
            self.optional(h, v.name)?;
        }
        Ok(())
    }

    fn thread(&self, t: Gc<State>) -> Result<(), String> {
        let name = self.describe(t.header());
        if t.stack.get() == Slot::NULL {
            ensure!(
                t.open_upvalues.get().is_null(),
                "the {name} has upvalues without a stack"
            );
            return Ok(());
        }
        let (bottom, end) = (t.stack.get(), t.stack_last.get());
        ensure!(
            t.top.get() <= end,
            "the {name} has its top behind its stack"
        );
        let mut above = end;
        let mut p = t.open_upvalues.get();
        while !p.is_null() {
            ensure!(
                self.members.contains_key(&p.cast()),
                "the {name} lists a freed upvalue"
            );
            let uv: Gc<UpVal> = Gc::from_ptr(p);
            ensure!(uv.is_open(), "the {name} lists a closed upvalue");
            let at = uv.v.get();
            ensure!(
                bottom <= at && at < above,
                "the {name} has its upvalues in disorder"
            );
            above = at;
            p = uv.next_open();
        }
        self.frames(&t, &name)?;
        // What lies above the top was live, or cleared, when the collector last freed anything.
        let mut s = bottom;
        while s < end {
            self.alive(s.get(), || {
                format!("slot {} of the {name}", s.distance(bottom))
            })?;
            s = s.add(1);
        }
        Ok(())
    }

    fn frames(&self, t: &State, name: &str) -> Result<(), String> {
        let mut p = t.ci.get();
        while !p.is_null() {
            // SAFETY: the frames from the running one down to the base are live.
            let ci = unsafe { &*p };
            ensure!(
                ci.top.get() <= t.stack_last.get(),
                "the {name} has a frame behind its stack"
            );
            if let Some(cl) = crate::debug::lua_closure(ci) {
                let code = cl.proto().code.as_slice().as_ptr_range();
                let pc = ci.pc.get();
                ensure!(
                    code.start <= pc && pc <= code.end,
                    "the {name} executes foreign code"
                );
            }
            p = ci.prev.get();
        }
        let variables = t.tbc_len.get() as usize;
        // SAFETY: the first `tbc_len` entries are in use.
        let offsets = (0..variables).map(|i| unsafe { *t.tbc.get().add(i) } as isize);
        ensure!(
            offsets.clone().is_sorted() && offsets.clone().all(|n| n < t.save(t.top.get())),
            "the {name} has its to-be-closed variables in disorder"
        );
        Ok(())
    }

    /// Checks that the table of short strings holds exactly the short strings of the lists.
    fn strings(&self) -> Result<(), String> {
        let mut found = 0;
        for s in self.g.strings.iter() {
            let p = s.header().as_ptr();
            ensure!(s.is_short(), "the string table holds a long string");
            ensure!(
                self.members.contains_key(&p),
                "the string table holds {p:p}, a freed string"
            );
            found += 1;
        }
        let is_short = |p: &&*mut GcHeader| Gc::from_ptr(**p).tag() == tag::SHORT;
        let expected = self.members.keys().filter(is_short).count();
        ensure!(
            found == expected && found == self.g.strings.used(),
            "the string table holds {found} strings and counts {}; there are {expected}",
            self.g.strings.used()
        );
        Ok(())
    }
}
