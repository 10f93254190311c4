//! The syntax module.
