//! The programs over Perilune, as far as more than one binary needs them.

pub mod lua;
