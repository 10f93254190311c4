//! Lua 5.4's bytecode: the instruction set.

pub mod op;
