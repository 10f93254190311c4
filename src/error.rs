//! How errors and yields travel: as a `Copy` code in `Result`, the error value being on top of the thread's stack.
//!
//! Invariant: when a function returns `Err(t)` with `t` other than `Yield`, the error value is at `top - 1` of the
//! thread that the function was given. Callers pass `Err` on with `?` and do not touch the stack.

/// Why control leaves the normal path. The numbers travel in machine words (`code`); all but the last are the status codes
/// of `lua.h`.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Throw {
    /// The running coroutine yields (`LUA_YIELD`).
    Yield = 1,
    /// A run-time error (`LUA_ERRRUN`).
    Run = 2,
    /// A syntax error (`LUA_ERRSYNTAX`).
    Syntax = 3,
    /// The allocator refused a request (`LUA_ERRMEM`).
    Memory = 4,
    /// An error while handling an error (`LUA_ERRERR`).
    ErrErr = 5,
    /// An exception of the C++ library's host; the shim keeps it. No value goes with it: what is on top of the stack stands
    /// for the error value.
    Foreign = 7,
}

/// `LUA_OK`
pub const OK: i32 = 0;
/// `LUA_ERRFILE`
pub const ERRFILE: i32 = 6;
/// What protected calls return for `Throw::Foreign`; `lua.h` has no name for it.
const FOREIGN: i32 = -1;

impl Throw {
    /// The status code of `lua.h`.
    pub fn status(self) -> i32 {
        if self == Throw::Foreign {
            return FOREIGN;
        }
        self as i32
    }
    /// The number that the shim and the interpreter use for it, never 0.
    #[inline(always)]
    pub fn code(self) -> i32 {
        self as i32
    }
    /// The error with that number.
    pub fn from_code(code: i32) -> Option<Throw> {
        match code {
            7 => Some(Throw::Foreign),
            _ => Throw::from_status(code),
        }
    }
    /// Whether closing methods get an error value.
    pub fn has_value(self) -> bool {
        self != Throw::Foreign
    }
    /// The error for a status code of `lua.h`; `None` for `LUA_OK` and unknown codes.
    pub fn from_status(status: i32) -> Option<Throw> {
        Some(match status {
            1 => Throw::Yield,
            2 => Throw::Run,
            3 => Throw::Syntax,
            4 => Throw::Memory,
            5 => Throw::ErrErr,
            FOREIGN => Throw::Foreign,
            _ => return None,
        })
    }
}

/// What every function that can raise returns.
pub type LResult<T> = Result<T, Throw>;
