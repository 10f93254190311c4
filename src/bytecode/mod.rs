//! Bytecode: the instruction set and the binary form of chunks.

pub mod dump;
pub mod op;
pub mod undump;
