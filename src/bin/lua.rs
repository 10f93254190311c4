//! The stand-alone interpreter.
fn main() {}
