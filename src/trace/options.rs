//! What can be set from outside, by a comma-separated list: `PERILUNE_JIT`, read once in a process, for all states; `lua_gc`
//! with `PERILUNE_GCJIT` for one (`include/perilune.h`).
//!
//! `off` and `on` decide whether loops are compiled, `trace` lists traces, aborts and exits on stderr, `dump` shows their IR
//! and machine code as well, `perf` names the code for `perf`, `hotloop=N` and `hotexit=N` set thresholds, `-NAME` switches
//! an optimiser pass off, `-direct` the generator that takes one pass; what the recorder does is `-sink`, tables that are not
//! made, `-buffer`, strings that grow, `-join`, traces that side traces share, `-wait`, recordings that go on behind native
//! calls, `-trial`, calls followed that may return at once, `-detour`, loops recorded anew that mostly go another way, and
//! `-select`, branches compiled as selections.
//! What it does not know it ignores: a typing error must not break a host. Programs with raised privileges ignore the variable.

use crate::global::Global;
use perilune_jit::{COMPILES_FAST, Generator};
use std::sync::OnceLock;

unsafe extern "C" {
    /// `getenv`, but null in programs with raised privileges; glibc and musl have it.
    fn secure_getenv(name: *const core::ffi::c_char) -> *const core::ffi::c_char;
}

/// The name of the environment variable.
const VARIABLE: &core::ffi::CStr = c"PERILUNE_JIT";

/// The settings of a state.
#[derive(Clone, Copy)]
pub struct Options {
    /// Whether loops are compiled at all.
    pub on: bool,
    /// Whether traces and aborts are listed.
    pub list: bool,
    /// Whether the IR and the machine code of traces are shown.
    pub dump: bool,
    /// Whether `perf` is told the names of traces.
    pub perf: bool,
    /// Rounds until a loop is recorded; at least 1.
    pub hot_loop: u16,
    /// Exits through the same snapshot until a side trace is recorded; at least 1.
    pub hot_exit: u16,
    /// The optimiser's passes.
    pub passes: perilune_jit::Options,
    /// What makes the machine code.
    pub generator: Generator,
    /// Whether tables that stay in a trace are made only where they are needed.
    pub sink: bool,
    /// Whether strings that grow in a loop are made only where they are needed.
    pub buffer: bool,
    /// Whether side traces of large trees end behind calls, in traces that they share.
    pub join: bool,
    /// Whether recordings wait for native calls to return, and go on.
    pub wait: bool,
    /// Whether native calls that may return at once are followed first.
    pub trial: bool,
    /// Whether a loop that mostly goes another way than its root trace is recorded anew.
    pub detour: bool,
    /// Whether branches that only compute are compiled as selections.
    pub select: bool,
}

/// Rounds of a loop before it is recorded: interpreting so many costs far less than compiling does.
const HOT_LOOP: u16 = if COMPILES_FAST { 120 } else { 300 };
/// Exits through a snapshot before a side trace is recorded from it.
const HOT_EXIT: u16 = if COMPILES_FAST { 24 } else { 60 };
/// Thresholds below this one are for tests, in which everything is compiled.
const LOWEST_LIMITED: u16 = 10;

impl Options {
    /// Whether traces are compiled, too, that are not worth it.
    pub fn compiles_everything(&self) -> bool {
        self.hot_loop < LOWEST_LIMITED
    }

    fn new() -> Options {
        Options {
            on: true,
            list: false,
            dump: false,
            perf: false,
            hot_loop: HOT_LOOP,
            hot_exit: HOT_EXIT,
            passes: perilune_jit::Options::default(),
            generator: Generator::default(),
            sink: true,
            buffer: true,
            join: true,
            wait: true,
            trial: true,
            detour: true,
            select: true,
        }
    }

    /// Changes what the list names, and leaves the rest as it is.
    pub fn apply(&mut self, list: &str) {
        for item in list.split(',') {
            match item.split_once('=') {
                Some(("hotloop", n)) => self.hot_loop = threshold(n, self.hot_loop),
                Some(("hotexit", n)) => self.hot_exit = threshold(n, self.hot_exit),
                _ => self.word(item),
            }
        }
    }

    fn word(&mut self, word: &str) {
        match word {
            "off" => self.on = false,
            "on" => self.on = true,
            "trace" => self.list = true,
            "perf" => self.perf = true,
            "-direct" => self.generator = Generator::Cranelift,
            "-sink" => self.sink = false,
            "-buffer" => self.buffer = false,
            "-join" => self.join = false,
            "-wait" => self.wait = false,
            "-trial" => self.trial = false,
            "-detour" => self.detour = false,
            "-select" => self.select = false,
            "dump" => (self.list, self.dump) = (true, true),
            _ => {
                let pass = word.strip_prefix('-');
                if let Some(on) = pass.and_then(|p| self.passes.field(p)) {
                    *on = false;
                }
            }
        }
    }
}

fn threshold(text: &str, default: u16) -> u16 {
    text.parse().ok().filter(|&n| n > 0).unwrap_or(default)
}

/// The settings of the state.
pub fn of(g: &Global) -> Options {
    g.jit_options.get()
}

/// The settings of the process, which each state begins with.
pub fn of_process() -> Options {
    static OPTIONS: OnceLock<Options> = OnceLock::new();
    *OPTIONS.get_or_init(|| {
        // SAFETY: the name is a C string; the result is one, or null, and is copied before anything can change it.
        let text = unsafe {
            let p = secure_getenv(VARIABLE.as_ptr());
            if p.is_null() {
                String::new()
            } else {
                core::ffi::CStr::from_ptr(p).to_string_lossy().into_owned()
            }
        };
        let mut options = Options::new();
        options.apply(&text);
        options
    })
}
