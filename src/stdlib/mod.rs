//! The stdlib module.
