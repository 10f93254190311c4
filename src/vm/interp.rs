//! The interpreter.
/// The handlers.
pub type DispatchTable = [usize; 128];
static PLAIN: DispatchTable = [0; 128];
/// The table without hooks.
pub fn plain_dispatch() -> *const DispatchTable {
    &PLAIN
}
