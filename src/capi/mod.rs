//! The capi module.
