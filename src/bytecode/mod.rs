//! Bytecode: the instruction set and the binary form of chunks.

pub mod op;
