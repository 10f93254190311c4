//! What `lua_gc` and `collectgarbage` do.

use super::{Mode, cycle, generation, stop};
use crate::object::State;
use core::cell::Cell;

/// The parameters, in the units of `lua_gc`.
pub(super) struct Params {
    pause: Cell<i32>,
    step_multiplier: Cell<i32>,
    log_step_size: Cell<u8>,
    minor: Cell<u8>,
    major: Cell<i32>,
}

impl Params {
    pub const fn new() -> Self {
        Params {
            pause: Cell::new(200),
            step_multiplier: Cell::new(100),
            log_step_size: Cell::new(13),
            minor: Cell::new(20),
            major: Cell::new(100),
        }
    }
    pub fn pause(&self) -> i32 {
        self.pause.get()
    }
    pub fn step_multiplier(&self) -> i32 {
        self.step_multiplier.get()
    }
    pub fn log_step_size(&self) -> u8 {
        self.log_step_size.get()
    }
    pub fn minor(&self) -> u8 {
        self.minor.get()
    }
    pub fn major(&self) -> i32 {
        self.major.get()
    }
}

/// The largest value of the parameters that are kept in a byte of units of four.
const MAX_PARAM: i32 = 1023;

fn clip(n: i32) -> i32 {
    n.clamp(0, MAX_PARAM) / 4 * 4
}

/// Whether the collector may be asked to do anything: not inside a finalizer or while the state is being closed.
pub fn gc_may_run(l: &State) -> bool {
    cycle::may_run(l.global())
}

/// `LUA_GCSTOP`
pub fn gc_stop(l: &State) {
    l.global().gc.stopped.set(stop::USER);
}

/// `LUA_GCRESTART`
pub fn gc_restart(l: &State) {
    let gc = &l.global().gc;
    gc.set_debt(0);
    gc.stopped.set(0);
}

/// `LUA_GCCOLLECT`
pub fn gc_full(l: &State) {
    cycle::full(l, false);
}

/// Bytes in use.
pub fn gc_count_bytes(l: &State) -> usize {
    l.global().gc.total_bytes() as usize
}

/// `LUA_GCSTEP` with a size in KiB (0: a basic step); answers whether a cycle ended.
pub fn gc_step(l: &State, kib: i32) -> bool {
    let gc = &l.global().gc;
    let old_stopped = gc.stopped.replace(0);
    let mut debt = 1;
    if kib == 0 {
        gc.set_debt(0);
        cycle::step(l);
    } else {
        debt = kib as isize * 1024 + gc.debt();
        gc.set_debt(debt);
        if gc.debt() > 0 {
            cycle::step(l);
        }
    }
    gc.stopped.set(old_stopped);
    debt > 0 && gc.phase.get() == super::Phase::Pause
}

/// `LUA_GCSETPAUSE`; returns the previous value.
pub fn gc_set_pause(l: &State, pause: i32) -> i32 {
    l.global().gc.params.pause.replace(clip(pause))
}

/// `LUA_GCSETSTEPMUL`; returns the previous value.
pub fn gc_set_stepmul(l: &State, multiplier: i32) -> i32 {
    l.global()
        .gc
        .params
        .step_multiplier
        .replace(clip(multiplier))
}

/// `LUA_GCISRUNNING`
pub fn gc_is_running(l: &State) -> bool {
    l.global().gc.stopped.get() == 0
}

fn current_mode(l: &State) -> i32 {
    if l.global().gc.is_declared_generational() {
        Mode::Generational as i32
    } else {
        Mode::Incremental as i32
    }
}

/// `LUA_GCGEN` with its parameters (0: unchanged); returns the previous mode as its `lua_gc` option.
pub fn gc_generational(l: &State, minor: i32, major: i32) -> i32 {
    let gc = &l.global().gc;
    let old = current_mode(l);
    if minor != 0 {
        gc.params.minor.set(minor as u8);
    }
    if major != 0 {
        gc.params.major.set(clip(major));
    }
    if gc.mode.get() != Mode::Generational {
        generation::enter(l);
    }
    gc.last_atomic.set(0);
    old
}

/// `LUA_GCINC` with its parameters (0: unchanged); returns the previous mode as its `lua_gc` option.
pub fn gc_incremental(l: &State, pause: i32, multiplier: i32, log_step_size: i32) -> i32 {
    let g = l.global();
    let gc = &g.gc;
    let old = current_mode(l);
    if pause != 0 {
        gc.params.pause.set(clip(pause));
    }
    if multiplier != 0 {
        gc.params.step_multiplier.set(clip(multiplier));
    }
    if log_step_size != 0 {
        gc.params.log_step_size.set(log_step_size as u8);
    }
    if gc.mode.get() != Mode::Incremental {
        generation::leave(g);
    }
    gc.last_atomic.set(0);
    old
}
