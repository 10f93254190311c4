//! How much time compiling may take.
//!
//! Compiling pays off where a loop goes on for as long as compiling it takes, which nobody knows. So a program's first loops
//! are compiled as soon as they are warm; when that has taken its share of the time, a loop must wait until there is time again,
//! or it has gone on for many times as long. Traces at the exits of others come before new roots: a tree without them is left all the time.

use core::cell::{Cell, RefCell};
use rustc_hash::FxHashMap as HashMap;
use std::time::{Duration, Instant};

/// A root that had to wait asks again when it has gone round so many times as often as before.
pub const ASK_ROOT: u16 = 8;
/// How often roots ask until they have waited long enough: interpreting that costs about what compiling does.
const WAITS_ROOT: u32 = 8;
/// The same for exits, which ask each time that they are hot again; to be interpreted behind one costs more.
pub const WAITS_EXIT: u16 = 16;

/// Who asks for a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Who {
    /// A loop or function.
    Root,
    /// An exit of another trace.
    Exit,
    /// One of them that has had to wait for long.
    Waiting,
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

const ROOTS: Share = share(1, 16);
const EXITS: Share = share(4, 8);
const ALL: Share = share(34, 64);
/// What all may take in programs that run long.
const LATER: Share = share(0, 20);

const fn share(milliseconds: u64, part: u32) -> Share {
    Share {
        free: Duration::from_millis(milliseconds),
        part,
    }
}

/// What recording takes for each instruction of the IR. It is not measured: what is recorded runs in between.
const RECORDING: Duration = Duration::from_nanos(300);

/// The time that one state's compiler may take, and has taken.
pub struct Budget {
    /// When the first loop was hot.
    started: Instant,
    spent: Cell<Duration>,
    /// How often roots had to wait, by the addresses of their instructions.
    waiting: RefCell<HashMap<usize, u32>>,
}

impl Budget {
    /// Begins now.
    pub fn new() -> Budget {
        Budget {
            started: Instant::now(),
            spent: Cell::new(Duration::ZERO),
            waiting: RefCell::default(),
        }
    }

    /// So many instructions of the IR have been recorded.
    pub fn recorded(&self, instructions: usize) {
        self.spend(RECORDING * instructions as u32);
    }

    /// Runs the compiler.
    pub fn compile<T>(&self, run: impl FnOnce() -> T) -> T {
        let begin = processor_time();
        let result = run();
        self.spend(processor_time().saturating_sub(begin));
        result
    }

    fn spend(&self, time: Duration) {
        self.spent.set(self.spent.get() + time);
    }

    /// Whether there is time for another trace.
    pub fn allows(&self, who: Who) -> bool {
        is_enough(who, self.spent.get(), self.started.elapsed())
    }

    /// Who the root at an address is.
    pub fn root(&self, at: usize) -> Who {
        match self.waiting.borrow().get(&at) {
            Some(&times) if times >= WAITS_ROOT => Who::Waiting,
            _ => Who::Root,
        }
    }

    /// There is no time for the root at an address.
    pub fn put_off(&self, at: usize) {
        *self.waiting.borrow_mut().entry(at).or_default() += 1;
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

fn is_enough(who: Who, spent: Duration, elapsed: Duration) -> bool {
    let all = ALL.of(elapsed).max(LATER.of(elapsed));
    let share = match who {
        Who::Root => ROOTS,
        Who::Exit => EXITS,
        Who::Waiting => return spent <= all,
    };
    spent <= share.of(elapsed).min(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn exits_come_before_new_roots_and_who_has_waited_before_both() {
        for (elapsed, spent, expected) in [
            (0, 0, [true, true, true]),
            (0, 2, [false, true, true]),
            (0, 10, [false, false, true]),
            (0, 40, [false, false, false]),
            (100, 10, [false, true, true]),
            (1000, 49, [true, true, true]),
            (1000, 51, [false, false, false]),
            (10_000, 400, [true, true, true]),
        ] {
            let found = [Who::Root, Who::Exit, Who::Waiting]
                .map(|who| is_enough(who, ms(spent), ms(elapsed)));
            assert_eq!(found, expected, "{spent} of {elapsed} ms");
        }
    }

    #[test]
    fn a_root_waits_for_some_time() {
        let budget = Budget::new();
        for _ in 0..WAITS_ROOT {
            assert_eq!(budget.root(4), Who::Root);
            budget.put_off(4);
        }
        assert_eq!((budget.root(4), budget.root(8)), (Who::Waiting, Who::Root));
    }
}
