//! Empty: only the pinned dependencies matter.
