//! The back half of a trace JIT: the trace IR, its optimiser, machine code in one pass or by Cranelift, code memory.
//!
//! It knows no type of the VM: a recorder builds a [`Trace`] of loads, stores, arithmetic, guards and calls; [`optimise`]
//! rewrites it; [`Backend::compile`] makes it code with exits that the VM restores its state from, or leads into further
//! traces.
//!
//! The functions that traces call may be left by an exception of the host, which passes through the trace.

mod arena;
mod backend;
mod code;
mod codegen;
mod cranelift;
#[cfg(target_arch = "x86_64")]
mod direct;
mod ir;
mod opt;
mod reject;
mod text;
mod unwind;
mod verify;

pub use backend::{Backend, COMPILES_FAST, Enter, Generator};
pub use code::{Code, Exit, ExitEntry, LEFT, Source, SpillArea};
pub use ir::{
    ArgRange, BinOp, Cc, Class, Convention, Effect, End, Func, FuncId, Inst, Label, Op, Ref, Snap,
    SnapEntry, SnapId, Trace, Ty, UnOp, Width,
};
pub use opt::{Options, optimise};
pub use reject::Reject;
pub use text::parse;
pub use verify::verify;

/// How many values an exit may pass.
pub const MAX_LIVE: usize = 250;
