//! The virtual machine: interpreter, calls, coroutines, metamethods, arithmetic, comparison, concatenation.

pub mod arith;
pub mod call;
pub mod compare;
pub mod concat;
pub mod convert;
pub mod coroutine;
pub mod interp;
pub mod meta;
pub mod resume_op;
pub mod state;
pub mod upval;

pub use arith::{ArithOp, arith, raw_arith};
pub use call::{call, call_no_yield, protected};
pub use compare::{equal, less_equal, less_than};
pub use concat::{concat, len};
pub use convert::{number_to_string, to_float, to_integer, to_number};
pub use meta::{index, metamethod, metatable, raw_set, set_index, type_name};
