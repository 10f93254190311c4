//! The bytecode module.
