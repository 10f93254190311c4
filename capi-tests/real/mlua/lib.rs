//! Nothing: the tests are mlua's.
