//! Why a trace is refused.

use std::fmt;

/// Why a trace was not optimised or compiled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reject {
    /// A guard always fails.
    AlwaysFails,
    /// A guard always fails from the second iteration on, as when a variable does not keep its type.
    Unstable,
    /// An exit would pass more than [`crate::MAX_LIVE`] values.
    TooManyLive,
    /// A loop that the peel pass has not been through.
    NotPeeled,
    /// No memory for the code.
    NoMemory,
    /// The IR breaks its rules: an error of who made it.
    Malformed,
    /// Cranelift does not compile it.
    Codegen,
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Reject::AlwaysFails => "a guard always fails",
            Reject::Unstable => "a guard always fails in the next iteration",
            Reject::TooManyLive => "too many values live at an exit",
            Reject::NotPeeled => "loop without peeling",
            Reject::NoMemory => "no memory for code",
            Reject::Malformed => "malformed IR",
            Reject::Codegen => "code generator failed",
        })
    }
}

impl std::error::Error for Reject {}
