//! The back half of a trace JIT: the trace IR, its optimiser, machine code by Cranelift, code memory.
//!
//! It knows no type of the VM: a recorder builds a [`Trace`] of loads, stores, arithmetic, guards and calls.
//!
//! Traces never unwind: the functions that they call must return, neither a panic nor a C++ exception may leave them.

mod ir;
mod opt;

pub use ir::{
    ArgRange, BinOp, Cc, Class, Effect, End, Func, FuncId, Inst, Op, Ref, Snap, SnapEntry, SnapId,
    Trace, Ty, UnOp, Width,
};
pub use opt::{Options, optimise};

/// Why a trace was not optimised or compiled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reject {
    /// A guard always fails.
    AlwaysFails,
    /// A guard always fails in the second iteration, since a value does not keep its type.
    Unstable,
    /// An exit would pass more than [`MAX_LIVE`] values.
    TooManyLive,
    /// No memory for the code.
    NoMemory,
    /// The IR breaks its rules; an error of who made it.
    Malformed,
    /// Cranelift refused.
    Codegen,
}

/// How many values an exit may pass.
pub const MAX_LIVE: usize = 250;
