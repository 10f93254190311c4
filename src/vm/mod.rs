//! The virtual machine.
pub mod interp;
