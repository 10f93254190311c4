//! How much time compiling may take.
//!
//! Compiling pays off where a loop goes on for as long as compiling it takes, which nobody knows. So a program's first loops
//! are compiled as soon as they are warm; when that has taken its share of the time, a loop must wait until there is time again,
//! or it has gone on for many times as long. Traces at the exits of others come before new roots: a tree without them is left
//! all the time. Where there are more than a few roots, those before must have run for long enough to pay for the next one:
//! what many lukewarm loops gain does not make up for compiling them.

use core::cell::{Cell, RefCell};
use rustc_hash::FxHashMap as HashMap;
use std::time::{Duration, Instant};

/// A root that had to wait, or is too long to be compiled yet, asks again when it has gone round so many times as often as
/// before.
pub const ASK_ROOT: u16 = 8;
/// How often roots ask until they have waited long enough: interpreting that costs about what compiling does.
const WAITS_ROOT: u32 = 8;
/// The same for exits, which ask each time that they are hot again; to be interpreted behind one costs more.
pub const WAITS_EXIT: u16 = 16;
/// Roots of which it is known how often they have asked: a program that loads code for long has ever new ones.
const MAX_WAITING: usize = 4096;

/// Who asks for a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// A loop or function.
    Root,
    /// An exit of another trace.
    Exit,
    /// A root that has had to wait for long.
    LateRoot,
    /// An exit that has.
    LateExit,
}

/// What compiling may take: so much in any case, and beyond that one part in so many of the time since the first loop was
/// hot.
struct Share {
    free: Duration,
    part: u32,
}

impl Share {
    fn of(&self, elapsed: Duration) -> Duration {
        self.free + elapsed / self.part
    }
}

/// Up to which roots and exits get traces as soon as they are hot,
const ROOTS: Share = share(1, 16);
const EXITS: Share = share(4, 8);
/// and when they have waited; part of it is for roots.
const ALL: Share = share(34, 64);
const LATE_ROOTS: Share = share(12, 128);
/// The same in programs that run long, where this is more.
const LATER: Share = share(0, 20);
const LATER_ROOTS: Share = share(0, 40);

/// What the first roots may take; later ones what the others are known to have saved, and little besides: a program with many
/// lukewarm loops loses by compiling them, unless it goes on for long.
const UNPAID_ROOTS: Share = Share {
    free: Duration::from_micros(500),
    part: 64,
};
/// The first roots,
const FIRST_ROOTS: u32 = 8;
/// and what compiled code saves, compared with the time for which it runs.
const GAIN: u32 = 3;
/// Enough to pay for all roots that may be compiled soon: from then on time in compiled code is not measured.
const RICH: Duration = Duration::from_millis(8);
/// The first entries of traces are all measured, then one in so many.
const FIRST_ENTRIES: u32 = 64;
const MEASURED: u32 = 16;

const fn share(milliseconds: u64, part: u32) -> Share {
    Share {
        free: Duration::from_millis(milliseconds),
        part,
    }
}

/// What recording takes for each instruction of the IR. It is not measured: what is recorded runs in between.
const RECORDING: Duration = Duration::from_nanos(300);

/// Of the time since the first loop was hot, one root may take one part in so many,
const ONE_ROOT: u32 = 8;
/// what recording and compiling take for each instruction of the IR,
const EACH: Duration = Duration::from_nanos(1000);
/// and so many instructions in any case.
const LEAST: usize = 1500;

/// What compiling has taken.
#[derive(Clone, Copy, Default)]
struct Spent {
    /// For everything,
    all: Duration,
    /// and for roots among that.
    roots: Duration,
    /// How many of them there were.
    number: u32,
}

/// The time that one state's compiler may take, and has taken.
pub struct Budget {
    /// When the first loop was hot.
    started: Instant,
    spent: Cell<Spent>,
    /// Entries of traces,
    entries: Cell<u32>,
    /// and for how long they have run.
    inside: Cell<Duration>,
    /// How often roots had to wait, by the addresses of their instructions.
    waiting: RefCell<HashMap<usize, u32>>,
}

impl Budget {
    /// Begins now.
    pub fn new() -> Budget {
        Budget {
            started: Instant::now(),
            spent: Cell::default(),
            entries: Cell::default(),
            inside: Cell::default(),
            waiting: RefCell::default(),
        }
    }

    /// So many instructions of the IR have been recorded, for a root or not.
    pub fn recorded(&self, instructions: usize, root: bool) {
        self.spend(RECORDING * instructions as u32, root);
    }

    /// Runs the compiler, for a root or not.
    pub fn compile<T>(&self, root: bool, run: impl FnOnce() -> T) -> T {
        let begin = processor_time();
        let result = run();
        self.spend(processor_time().saturating_sub(begin), root);
        let mut spent = self.spent.get();
        spent.number += u32::from(root);
        self.spent.set(spent);
        result
    }

    /// Runs a trace that nothing compiled has called, and sometimes measures for how long.
    #[inline(always)]
    pub fn run<T>(&self, run: impl FnOnce() -> T) -> T {
        match self.weight() {
            0 => run(),
            weight => {
                let begin = Instant::now();
                let result = run();
                self.inside
                    .set(self.inside.get() + begin.elapsed() * weight);
                result
            }
        }
    }

    /// For how many entries the next one stands; 0 if it is not measured.
    #[inline(always)]
    fn weight(&self) -> u32 {
        let n = self.entries.get().wrapping_add(1);
        self.entries.set(n);
        if n > FIRST_ENTRIES && !n.is_multiple_of(MEASURED) || self.inside.get() >= RICH {
            return 0;
        }
        if n > FIRST_ENTRIES { MEASURED } else { 1 }
    }

    fn spend(&self, time: Duration, root: bool) {
        let mut spent = self.spent.get();
        spent.all += time;
        if root {
            spent.roots += time;
        }
        self.spent.set(spent);
    }

    /// Whether there is time for another trace.
    pub fn allows(&self, who: Who) -> bool {
        let (spent, elapsed) = (self.spent.get(), self.started.elapsed());
        let pays =
            matches!(who, Who::Exit | Who::LateExit) || is_paid(spent, self.inside.get(), elapsed);
        pays && is_enough(who, spent, elapsed)
    }

    /// How many instructions of the IR a root trace may have now.
    pub fn longest(&self) -> usize {
        longest(self.started.elapsed())
    }

    /// Who the root at an address is.
    pub fn root(&self, at: usize) -> Who {
        match self.waiting.borrow().get(&at) {
            Some(&times) if times >= WAITS_ROOT => Who::LateRoot,
            _ => Who::Root,
        }
    }

    /// There is no time for the root at an address.
    pub fn put_off(&self, at: usize) {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.len() >= MAX_WAITING {
            waiting.clear();
        }
        *waiting.entry(at).or_default() += 1;
    }
}

/// The time for which the calling thread has run: on a busy machine compiling takes longer than it costs.
fn processor_time() -> Duration {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `now` is writable; without that clock it stays as it is.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut now) };
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Whether another root may be compiled, considering what others have saved.
fn is_paid(spent: Spent, inside: Duration, elapsed: Duration) -> bool {
    spent.number < FIRST_ROOTS || spent.roots <= UNPAID_ROOTS.of(elapsed) + inside * GAIN
}

fn is_enough(who: Who, spent: Spent, elapsed: Duration) -> bool {
    let late = |share: Share, later: Share| share.of(elapsed).max(later.of(elapsed));
    let (roots, all) = (late(LATE_ROOTS, LATER_ROOTS), late(ALL, LATER));
    let enough = match who {
        Who::Root => spent.all <= ROOTS.of(elapsed) && spent.roots <= roots,
        Who::Exit => spent.all <= EXITS.of(elapsed),
        Who::LateRoot => spent.roots <= roots,
        Who::LateExit => true,
    };
    enough && spent.all <= all
}

fn longest(elapsed: Duration) -> usize {
    let affordable = (elapsed / ONE_ROOT).as_nanos() / EACH.as_nanos();
    (affordable as usize).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn exits_come_before_new_roots_and_who_has_waited_before_both() {
        use Who::{Exit, LateExit, LateRoot, Root};
        for (elapsed, (all, roots), expected) in [
            (0, (0, 0), [true, true, true, true]),
            (0, (2, 2), [false, true, true, true]),
            (0, (10, 10), [false, false, true, true]),
            (0, (25, 10), [false, false, true, true]),
            (0, (25, 20), [false, false, false, true]),
            (0, (40, 0), [false, false, false, false]),
            (100, (10, 10), [false, true, true, true]),
            (1000, (49, 10), [true, true, true, true]),
            (1000, (49, 40), [false, true, false, true]),
            (1000, (51, 10), [false, false, false, false]),
            (10_000, (400, 240), [true, true, true, true]),
        ] {
            let spent = Spent {
                all: ms(all),
                roots: ms(roots),
                number: 0,
            };
            let found =
                [Root, Exit, LateRoot, LateExit].map(|who| is_enough(who, spent, ms(elapsed)));
            assert_eq!(found, expected, "{all} of {elapsed} ms, {roots} for roots");
        }
    }

    #[test]
    fn roots_beyond_the_first_are_paid_for_by_others() {
        for (number, elapsed, inside, expected) in [
            (7, 0, 0, true),
            (8, 0, 0, false),
            (8, 100, 0, true),
            (8, 10, 1, true),
        ] {
            let spent = Spent {
                all: ms(2),
                roots: ms(2),
                number,
            };
            assert_eq!(is_paid(spent, ms(inside), ms(elapsed)), expected);
        }
    }

    #[test]
    fn of_many_entries_some_stand_for_all() {
        let budget = Budget::new();
        let weights = (0..1024).map(|_| budget.weight());
        assert_eq!(weights.sum::<u32>(), 1024);
    }

    #[test]
    fn long_roots_have_to_wait() {
        let found = [0, 4, 24, 800].map(|elapsed| longest(ms(elapsed)));
        assert_eq!(found, [1500, 1500, 3000, 100_000]);
    }

    #[test]
    fn a_root_waits_for_some_time() {
        let budget = Budget::new();
        for _ in 0..WAITS_ROOT {
            assert_eq!(budget.root(4), Who::Root);
            budget.put_off(4);
        }
        assert_eq!((budget.root(4), budget.root(8)), (Who::LateRoot, Who::Root));
    }
}
