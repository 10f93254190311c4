//! The exported C functions, a file per chapter of the manual, and the boundary to C.
pub mod boundary;
