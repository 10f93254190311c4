//! What stands for `trace` in a build without the compiler of traces: nothing is ever hot.

use crate::global::Global;
use crate::object::{GcHeader, State};

/// There is no compiler.
pub enum Jit {}

/// Does nothing.
pub fn start(_l: &State) {}

/// Does nothing.
pub fn stop(_g: &Global) {}

/// Does nothing.
pub fn forget_thread(_l: &State) {}

/// Does nothing.
pub fn drop_dead(_g: &Global, _is_dead: &dyn Fn(*const GcHeader) -> bool) {}
