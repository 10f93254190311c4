//! The heap: allocation through the host's allocator, accounting, and the collector.
//!
//! The collector is a tri-colour mark and sweep, incremental or generational.
//!
//! Invariants
//! - While the collector marks (`keeps_invariant`), no black object refers to a white one: whoever stores a reference
//!   calls a barrier. A forward barrier marks the new referent, a backward one makes the changed object grey again.
//! - Two whites alternate: objects that a cycle did not reach have the other white than new ones, so that new objects
//!   survive the sweep.
//! - A grey object is in one of the lists `gray`, `gray_again`, `weak`, `ephemeron`, `all_weak` (open upvalues, which are
//!   kept grey without a list, excepted).
//! - Generational: an old object refers to a young one only while it is "touched" and in `gray_again`.
//! - Threads are never black: their stacks change without barriers, and are marked again in the atomic phase.

mod alloc;
pub mod control;
mod cycle;
mod finalize;
mod generation;
#[cfg(feature = "internals")]
pub mod inspect;
mod mark;
pub mod pool;
mod sweep;
mod vec;
mod weak;

pub use alloc::{
    free_bytes, new_object, new_object_at, realloc_bytes, try_alloc, try_realloc_once,
};
pub use control::*;
pub use finalize::{check_finalizer, finalize_all};
pub use vec::LVec;

use crate::global::Global;
use crate::object::{GcHeader, State, UpVal};
use crate::value::{Gc, TValue};
use core::cell::Cell;
use core::ptr::null_mut;

/// Bits of `GcHeader::marked`.
mod color {
    /// Mask of the age.
    pub const AGE: u8 = 7;
    /// The two whites.
    pub const WHITE0: u8 = 1 << 3;
    /// The other white.
    pub const WHITE1: u8 = 1 << 4;
    /// Both whites.
    pub const WHITES: u8 = WHITE0 | WHITE1;
    /// Black; an object that is neither white nor black is grey.
    pub const BLACK: u8 = 1 << 5;
    /// The object has a finalizer and is in one of the lists for such objects.
    pub const FINALIZER: u8 = 1 << 6;
    /// Colour and age.
    pub const ALL: u8 = WHITES | BLACK | AGE;
}

/// Ages of the generational mode.
mod age {
    /// Created in this cycle.
    pub const NEW: u8 = 0;
    /// Survived one cycle.
    pub const SURVIVAL: u8 = 1;
    /// Made old by a forward barrier in this cycle.
    pub const OLD0: u8 = 2;
    /// First full cycle as old.
    pub const OLD1: u8 = 3;
    /// Really old: not visited.
    pub const OLD: u8 = 4;
    /// Old, changed in this cycle.
    pub const TOUCHED1: u8 = 5;
    /// Old, changed in the previous cycle.
    pub const TOUCHED2: u8 = 6;
}

/// What the collector does next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Phase {
    Propagate,
    EnterAtomic,
    Atomic,
    SweepAll,
    SweepFinalizable,
    SweepPending,
    SweepEnd,
    CallFinalizers,
    Pause,
}

/// The two modes, numbered as `LUA_GCGEN` and `LUA_GCINC`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Generational = 10,
    Incremental = 11,
}

/// Reasons for the collector to stand still.
mod stop {
    /// The host said so.
    pub const USER: u8 = 1;
    /// The collector itself runs.
    pub const COLLECTOR: u8 = 2;
    /// The state is being closed.
    pub const CLOSING: u8 = 4;
}

type List = Cell<*mut GcHeader>;

const fn list() -> List {
    Cell::new(null_mut())
}

/// The collector's lists and figures.
pub struct Collector {
    /// All objects without finalizer, newest first.
    pub all: List,
    /// Objects with a finalizer.
    finalizable: List,
    /// Objects whose finalizer is to be called.
    pending: List,
    /// Objects that are never collected.
    fixed: List,
    gray: List,
    gray_again: List,
    weak: List,
    ephemeron: List,
    all_weak: List,
    /// Threads with open upvalues, linked by `State::twups`.
    threads: Cell<*mut State>,
    /// The link where the sweep goes on.
    sweep_at: Cell<*mut *mut GcHeader>,
    /// Generational: where the survivals, the first old ones and the really old ones begin in `all`, and the first
    /// object of age `OLD1`.
    survival: List,
    old1: List,
    really_old: List,
    first_old1: List,
    /// The same for `finalizable`.
    fin_survival: List,
    fin_old1: List,
    fin_really_old: List,
    total: Cell<isize>,
    /// The collector runs when `total` is above this.
    threshold: Cell<isize>,
    /// Bytes that were in use after the last cycle.
    estimate: Cell<isize>,
    /// Objects traversed by the last bad full cycle in generational mode; 0 if it was a good one.
    last_atomic: Cell<usize>,
    current_white: Cell<u8>,
    phase: Cell<Phase>,
    mode: Cell<Mode>,
    stopped: Cell<u8>,
    /// No emergency collection now: a step runs.
    in_step: Cell<bool>,
    emergency: Cell<bool>,
    /// Bytes of heap that a stress build may collect for the allocations since the last collection.
    #[cfg(feature = "gc-stress")]
    stress_earned: Cell<isize>,
    /// The parameters of `lua_gc`.
    params: control::Params,
}

impl Collector {
    /// A collector without objects, stopped until `start`.
    pub fn new() -> Self {
        Collector {
            all: list(),
            finalizable: list(),
            pending: list(),
            fixed: list(),
            gray: list(),
            gray_again: list(),
            weak: list(),
            ephemeron: list(),
            all_weak: list(),
            threads: Cell::new(null_mut()),
            sweep_at: Cell::new(null_mut()),
            survival: list(),
            old1: list(),
            really_old: list(),
            first_old1: list(),
            fin_survival: list(),
            fin_old1: list(),
            fin_really_old: list(),
            total: Cell::new(0),
            threshold: Cell::new(isize::MAX),
            estimate: Cell::new(0),
            last_atomic: Cell::new(0),
            current_white: Cell::new(color::WHITE0),
            phase: Cell::new(Phase::Pause),
            mode: Cell::new(Mode::Incremental),
            stopped: Cell::new(stop::COLLECTOR),
            in_step: Cell::new(false),
            emergency: Cell::new(false),
            #[cfg(feature = "gc-stress")]
            stress_earned: Cell::new(0),
            params: control::Params::new(),
        }
    }
    /// Adds `n` bytes to what the state uses.
    #[inline(always)]
    pub fn account(&self, n: isize) {
        self.total.set(self.total.get() + n);
    }
    /// Bytes that the state uses.
    pub fn total_bytes(&self) -> isize {
        self.total.get()
    }
    /// The colour of new objects.
    #[inline(always)]
    pub fn white(&self) -> u8 {
        self.current_white.get()
    }
    fn other_white(&self) -> u8 {
        self.current_white.get() ^ color::WHITES
    }
    /// Whether a step runs now, during which no emergency collection may start.
    pub fn stopped_by_collector(&self) -> bool {
        self.in_step.get() || self.stopped.get() & stop::CLOSING != 0
    }
    /// Whether the host asked for the generational mode; after a bad collection it works incrementally for a while.
    fn is_declared_generational(&self) -> bool {
        self.mode.get() == Mode::Generational || self.last_atomic.get() != 0
    }
    fn keeps_invariant(&self) -> bool {
        self.phase.get() <= Phase::Atomic
    }
    fn is_sweeping(&self) -> bool {
        self.phase.get() >= Phase::SweepAll && self.phase.get() <= Phase::SweepEnd
    }
    /// Lets the next `debt` bytes (negative: allocated already) pass before the next step.
    fn set_debt(&self, debt: isize) {
        self.threshold.set(self.total.get().saturating_sub(debt));
    }
    /// The addresses of the bytes in use and of the number above which the collector runs, for compiled code.
    pub fn debt_cells(&self) -> (*const isize, *const isize) {
        (self.total.as_ptr(), self.threshold.as_ptr())
    }
    /// Brings the next collection nearer, as if so many bytes had been allocated.
    pub fn hasten(&self, bytes: usize) {
        let threshold = self.threshold.get();
        self.threshold.set(threshold.saturating_sub(bytes as isize));
    }
    fn debt(&self) -> isize {
        self.total.get().saturating_sub(self.threshold.get())
    }
}

impl Default for Collector {
    fn default() -> Self {
        Self::new()
    }
}

impl GcHeader {
    #[inline(always)]
    fn is_white(&self) -> bool {
        self.marked.get() & color::WHITES != 0
    }
    #[inline(always)]
    fn is_black(&self) -> bool {
        self.marked.get() & color::BLACK != 0
    }
    fn is_dead(&self, g: &Global) -> bool {
        self.marked.get() & g.gc.other_white() != 0
    }
    fn set_gray(&self) {
        self.marked
            .set(self.marked.get() & !(color::WHITES | color::BLACK));
    }
    fn set_black(&self) {
        self.marked
            .set(self.marked.get() & !color::WHITES | color::BLACK);
    }
    fn set_white(&self, g: &Global) {
        self.marked
            .set(self.marked.get() & !(color::WHITES | color::BLACK) | g.gc.white());
    }
    fn age(&self) -> u8 {
        self.marked.get() & color::AGE
    }
    fn set_age(&self, age: u8) {
        self.marked.set(self.marked.get() & !color::AGE | age);
    }
    fn is_old(&self) -> bool {
        self.age() > age::SURVIVAL
    }
}

/// Runs `f` without emergency collections: what it makes need not be reachable.
#[inline(always)]
pub fn without_collection<T>(g: &Global, f: impl FnOnce() -> T) -> T {
    struct Restore<'a>(&'a Cell<bool>, bool);
    impl Drop for Restore<'_> {
        fn drop(&mut self) {
            self.0.set(self.1);
        }
    }
    // An exception of the host's allocator may pass.
    let _restore = Restore(&g.gc.in_step, g.gc.in_step.replace(true));
    f()
}

/// Lets the collector of a complete state run.
pub fn start(l: &State) {
    let gc = &l.global().gc;
    gc.stopped.set(0);
    gc.set_debt(0);
}

/// Runs a collection step when one is due. `l.top` must be above everything live on the stack; slots may move, and
/// finalizers may run.
#[inline(always)]
pub fn check_gc(l: &State) {
    let gc = &l.global().gc;
    if gc.total.get() > gc.threshold.get() {
        cycle::step(l);
    }
    #[cfg(feature = "gc-stress")]
    if gc.stopped.get() == 0 && !gc.in_step.get() && stress_due(gc) {
        cycle::full(l, false);
    }
}

/// A full collection that runs no finalizers, when the allocator refused memory.
#[cold]
pub fn emergency_collection(l: &State) {
    cycle::full(l, true);
}

/// A full collection before an allocation, to find objects that nothing refers to yet.
#[cfg(feature = "gc-stress")]
fn stress_collection(l: &State) {
    let g = l.global();
    if g.complete.get()
        && !g.gc.stopped_by_collector()
        && g.gc.stopped.get() == 0
        && stress_due(&g.gc)
    {
        emergency_collection(l);
    }
}

/// Whether a stress build collects now: always while the heap is small, and on large heaps so often that the time stays
/// in proportion to the number of allocations.
#[cfg(feature = "gc-stress")]
fn stress_due(gc: &Collector) -> bool {
    const EARNED: isize = 256 << 10;
    let earned = gc.stress_earned.get() + EARNED;
    let due = earned >= gc.total_bytes();
    gc.stress_earned.set(if due { 0 } else { earned });
    due
}

/// Keeps a string that was found in the string table from being swept.
#[inline(always)]
pub fn resurrect(g: &Global, o: Gc<GcHeader>) {
    if o.is_dead(g) {
        o.marked.set(o.marked.get() ^ color::WHITES);
    }
}

/// Moves an object that was just created to the objects that are never collected; one that is there already stays.
pub fn fix(l: &State, o: Gc<GcHeader>) {
    let gc = &l.global().gc;
    let mut link = gc.all.as_ptr();
    // SAFETY: `all` is a list of live objects that ends with null.
    unsafe {
        while !(*link).is_null() && *link != o.as_ptr() {
            link = (**link).next.as_ptr();
        }
        if (*link).is_null() {
            return;
        }
        *link = o.next.get();
    }
    o.set_gray();
    o.set_age(age::OLD);
    o.next.set(gc.fixed.get());
    gc.fixed.set(o.as_ptr());
}

/// Whether storing `v` in `parent` calls for a barrier.
#[inline(always)]
pub fn needs_barrier(parent: Gc<GcHeader>, v: TValue) -> bool {
    v.is_collectable() && parent.is_black() && v.gc::<GcHeader>().is_white()
}

/// Forward barrier: `parent` now refers to `v`.
#[inline(always)]
pub fn barrier(l: &State, parent: Gc<GcHeader>, v: TValue) {
    if needs_barrier(parent, v) {
        barrier_forward(l, parent, v.gc());
    }
}

/// Forward barrier for an object that is no Lua value: `parent` now refers to `o`.
#[inline(always)]
pub fn barrier_object(l: &State, parent: Gc<GcHeader>, o: Gc<GcHeader>) {
    if parent.is_black() && o.is_white() {
        barrier_forward(l, parent, o);
    }
}

#[cold]
#[inline(never)]
fn barrier_forward(l: &State, parent: Gc<GcHeader>, o: Gc<GcHeader>) {
    let g = l.global();
    debug_assert!(
        !parent.is_dead(g) && !o.is_dead(g),
        "barrier for a dead object"
    );
    if g.gc.keeps_invariant() {
        mark::object(g, o);
        if parent.is_old() {
            o.set_age(age::OLD0);
        }
    } else if g.gc.mode.get() == Mode::Incremental {
        parent.set_white(g);
    }
}

/// Backward barrier: `parent` (a table, prototype or userdata) was changed to refer to `v`.
#[inline(always)]
pub fn barrier_back(l: &State, parent: Gc<GcHeader>, v: TValue) {
    if needs_barrier(parent, v) {
        barrier_backward(l, parent);
    }
}

/// Backward barrier for an object that may now refer to any new objects.
pub fn barrier_back_any(l: &State, parent: Gc<GcHeader>) {
    if parent.is_black() {
        barrier_backward(l, parent);
    }
}

#[cold]
#[inline(never)]
fn barrier_backward(l: &State, parent: Gc<GcHeader>) {
    let g = l.global();
    debug_assert!(!parent.is_dead(g), "barrier for a dead object");
    if parent.age() == age::TOUCHED2 {
        // It is in `gray_again` already.
        parent.set_gray();
    } else {
        mark::link(parent, &g.gc.gray_again);
    }
    if parent.is_old() {
        parent.set_age(age::TOUCHED1);
    }
}

/// Notes that the thread has open upvalues.
pub fn note_open_upvalues(l: &State) {
    if core::ptr::eq(l.twups.get(), l) {
        let gc = &l.global().gc;
        l.twups.set(gc.threads.get());
        gc.threads.set(l.as_ptr());
    }
}

/// Tells the collector that an upvalue got a value of its own.
pub fn upvalue_closed(l: &State, uv: Gc<UpVal>) {
    let h = uv.header();
    if !h.is_white() {
        h.set_black();
        barrier(l, h, uv.get());
    }
}

/// Frees every object of a state that is being closed.
pub fn free_all(l: &State) {
    let gc = &l.global().gc;
    gc.stopped.set(stop::CLOSING);
    for list in [&gc.all, &gc.finalizable, &gc.pending, &gc.fixed] {
        sweep::free_list(l, list);
    }
}
