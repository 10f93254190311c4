//! What stands for `trace` in a build without the compiler of traces: nothing is ever hot.

use crate::global::Global;
use crate::object::{GcHeader, State};

/// There is no compiler.
pub enum Jit {}

/// Settings, of which there are none.
pub mod options {
    /// No settings.
    #[derive(Clone, Copy)]
    pub struct Options;

    /// No settings.
    pub fn of_process() -> Options {
        Options
    }
}

/// Does nothing; answers that hot loops are not compiled.
pub fn configure(_l: &State, _list: &str) -> bool {
    false
}

/// Does nothing.
pub fn start(_l: &State) {}

/// Does nothing.
pub fn stop(_g: &Global) {}

/// Does nothing.
pub fn forget_thread(_l: &State) {}

/// Does nothing.
pub fn drop_dead(_g: &Global, _is_dead: &dyn Fn(*const GcHeader) -> bool) {}

/// No recording waits for a return.
pub fn resume(_l: &State) {}
