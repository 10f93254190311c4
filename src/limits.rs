//! Limits, in one place. All are PUC's, since programs and tests observe them.

/// Nested C calls (C functions, metamethods, `pcall`, parser levels, coroutines) before "C stack overflow".
pub const MAX_C_CALLS: u32 = 200;
/// Slots that a Lua stack may have (`LUAI_MAXSTACK`); fewer under the suite's internal tests, which expect that.
pub const MAX_STACK: usize = if cfg!(feature = "internals") {
    50_000
} else {
    1_000_000
};
/// Slots that a C function finds free (`LUA_MINSTACK`).
pub const MIN_STACK: usize = 20;
/// Slots of a new stack.
pub const BASIC_STACK: usize = 2 * MIN_STACK;
/// Slots above `stack_last` that the VM may use without a check (metamethod calls, error values).
pub const EXTRA_STACK: usize = 5;
/// Slots that error handling may use beyond `MAX_STACK`.
pub const ERROR_STACK: usize = MAX_STACK + 200;
/// Strings up to this many bytes are interned.
pub const MAX_SHORT: usize = 40;
/// Size of `lua_Debug::short_src`.
pub const ID_SIZE: usize = 60;
/// Upvalues of a closure.
pub const MAX_UPVALUES: usize = 255;
/// Local variables of a function.
pub const MAX_LOCALS: usize = 200;
/// Registers of a function.
pub const MAX_REGISTERS: usize = 255;
/// Length of a chain of `__index`/`__newindex` tables.
pub const MAX_TAG_LOOP: usize = 2000;
/// Size of the largest object, in bytes.
pub const MAX_SIZE: usize = i64::MAX as usize;
/// The registry's pseudo-index, which C code gets from the headers.
pub const REGISTRY_INDEX: i32 = -1_000_000 - 1000;
/// Registry slot of the main thread.
pub const RIDX_MAIN_THREAD: i64 = 1;
/// Registry slot of the table of globals.
pub const RIDX_GLOBALS: i64 = 2;
/// `LUA_MULTRET`
pub const MULTRET: i32 = -1;
/// Bytes in front of every `lua_State` that belong to the host (`LUA_EXTRASPACE`).
pub const EXTRA_SPACE: usize = 8;
