//! Binary chunks: reading. (Placeholder until the reader lands.)

use crate::error::LResult;
use crate::object::{LClosure, State};
use crate::syntax::Stream;
use crate::value::Gc;

/// Reads a binary chunk and pushes its main closure, whose upvalues are still null.
pub fn load(l: &State, stream: &mut Stream<'_>, name: &[u8]) -> LResult<Gc<LClosure>> {
    let _ = (stream, name);
    Err(l.run_error("bad binary format", &[]))
}
