//! What errors, hooks and debuggers ask about running code.

use crate::error::Throw;
use crate::format::Arg;
use crate::object::State;

impl State {
    /// Makes a run-time error with the position of the running Lua function, if any, in front of the message.
    #[cold]
    pub fn run_error(&self, fmt: &str, args: &[Arg<'_>]) -> Throw {
        match self.push_format(fmt, args) {
            Ok(_) => Throw::Run,
            Err(t) => t,
        }
    }
    /// The error for an overflow of the stack while handling an overflow.
    #[cold]
    pub fn error_in_error_handling(&self) -> Throw {
        Throw::ErrErr
    }
}
