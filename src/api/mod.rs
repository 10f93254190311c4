//! The api module.
