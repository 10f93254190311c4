//! Bytecode: the instruction set and the binary form of chunks.

pub mod combine;
pub mod dump;
pub mod format;
pub mod listing;
pub mod op;
pub mod undump;
mod verify;
