//! Binary chunks: writing. (Placeholder until the writer lands.)

use crate::error::LResult;
use crate::object::{Proto, State};

/// Writes a prototype in binary form; answers false when the writer stopped.
pub fn dump(l: &State, p: &Proto, strip: bool, w: &mut dyn FnMut(&[u8]) -> LResult<bool>) -> LResult<bool> {
    let _ = (p, strip, w);
    Err(l.run_error("unable to dump", &[]))
}
