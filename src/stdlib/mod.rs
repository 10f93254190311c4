//! The standard library, over `crate::api`.
//!
//! Each library is a table of names and functions and an `open_*` function that leaves the library's table on the stack,
//! as the `luaopen_*` functions of C do. A function takes its arguments from the frame and leaves its results on top.

/// The table of a library: names and functions, some with their `Direct` in brackets, in braces where it makes a new string, or
/// behind a bar where it is for the first of several results, some with their effects behind a colon.
macro_rules! library {
    ($($name:literal => $f:path $([$direct:path])? $(| $first:path)? $({$fresh:path})? $(: $effects:expr)?),* $(,)?) => {
        &[$($crate::api::Reg {
            name: $name,
            func: Some($crate::native!(
                $f,
                library!(@short_cut $($direct)? $(| $first)? $({$fresh})?),
                library!(@effects $($effects)?)
            )),
        }),*]
    };
    (@effects) => { $crate::value::Effects::Unknown };
    (@effects $effects:expr) => { $effects };
    (@short_cut) => { $crate::value::ShortCut::None };
    (@short_cut $direct:path) => { $crate::value::ShortCut::Direct($direct) };
    (@short_cut | $first:path) => { $crate::value::ShortCut::First($first) };
    (@short_cut {$fresh:path}) => { $crate::value::ShortCut::Fresh($fresh) };
}

pub mod base;
pub mod coroutine;
mod cstd;
pub mod debug;
pub mod direct;
pub mod io;
pub mod math;
pub mod os;
pub mod package;
pub mod string;
pub mod table;
pub mod utf8;

use crate::api::Reg;
use crate::error::LResult;
use crate::object::State;
use crate::value::TValue;

/// The standard libraries in the order in which `luaL_openlibs` opens them, with their global names.
pub static LIBRARIES: &[Reg] = library! {
    "_G" => base::open_base,
    "package" => package::open_package,
    "coroutine" => coroutine::open_coroutine,
    "table" => table::open_table,
    "io" => io::open_io,
    "os" => os::open_os,
    "string" => string::open_string,
    "math" => math::open_math,
    "utf8" => utf8::open_utf8,
    "debug" => debug::open_debug,
};

/// Functions that compiled code computes itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intrinsic {
    /// `math.floor`
    Floor,
    /// `math.ceil`
    Ceil,
    /// `math.abs`
    Abs,
    /// `math.sqrt`
    Sqrt,
    /// `math.max`
    Max,
    /// `math.min`
    Min,
    /// `string.len`
    Len,
    /// `string.byte`
    Byte,
    /// `string.sub`
    Sub,
    /// `string.char`
    Char,
    /// `type`
    Type,
    /// `assert`, its first result
    Assert,
    /// `select`, its first result
    Select,
    /// `setmetatable`, which has an effect.
    SetMetatable,
    /// `table.insert`, which has one, too, and no result.
    Insert,
    /// `getmetatable`
    GetMetatable,
    /// `rawget`
    RawGet,
    /// `rawset`
    RawSet,
    /// `rawequal`
    RawEqual,
    /// `rawlen`
    RawLen,
    /// `table.unpack`
    Unpack,
    /// `table.remove`
    Remove,
    /// `math.random`
    Random,
    /// `next`, its first result
    Next,
}

/// What the short cut computes, if it is one of those.
pub fn intrinsic(f: crate::value::Direct) -> Option<Intrinsic> {
    let known: [(crate::value::Direct, Intrinsic); 19] = [
        (direct::floor, Intrinsic::Floor),
        (direct::ceil, Intrinsic::Ceil),
        (direct::abs, Intrinsic::Abs),
        (direct::sqrt, Intrinsic::Sqrt),
        (direct::max, Intrinsic::Max),
        (direct::min, Intrinsic::Min),
        (direct::len, Intrinsic::Len),
        (direct::byte, Intrinsic::Byte),
        (string::short_cut::sub, Intrinsic::Sub),
        (string::short_cut::char_, Intrinsic::Char),
        (direct::type_name, Intrinsic::Type),
        (direct::assert, Intrinsic::Assert),
        (direct::select, Intrinsic::Select),
        (direct::setmetatable, Intrinsic::SetMetatable),
        (direct::insert, Intrinsic::Insert),
        (direct::getmetatable, Intrinsic::GetMetatable),
        (direct::rawget, Intrinsic::RawGet),
        (direct::rawequal, Intrinsic::RawEqual),
        (direct::rawlen, Intrinsic::RawLen),
    ];
    let found = known.iter().find(|k| core::ptr::fn_addr_eq(k.0, f))?;
    Some(found.1)
}

/// What a function without a short cut for its calls computes, if it is one of those.
pub fn intrinsic_call(f: &crate::value::Native) -> Option<Intrinsic> {
    type Call = fn(&State) -> LResult<i32>;
    let known: [(Call, Intrinsic); 5] = [
        (base::rawset, Intrinsic::RawSet),
        (table::unpack, Intrinsic::Unpack),
        (table::remove, Intrinsic::Remove),
        (math::random::random, Intrinsic::Random),
        (base::next, Intrinsic::Next),
    ];
    let found = known.iter().find(|k| core::ptr::fn_addr_eq(k.0, f.call))?;
    Some(found.1)
}

/// The function of a float that the short cut computes, if that is all that it does.
pub fn float_function(f: crate::value::Direct) -> Option<&'static direct::FloatFunction> {
    let mut functions = direct::FLOAT_FUNCTIONS.iter();
    functions.find(|known| core::ptr::fn_addr_eq(known.direct, f))
}

/// Whether a step is that of the iterator of `ipairs`, which compiled code makes itself.
pub fn is_ipairs(step: crate::value::Step) -> bool {
    core::ptr::fn_addr_eq(step, direct::ipairs as crate::value::Step)
}

/// Opens all standard libraries and sets their globals.
pub fn open_libs(l: &State) -> LResult<()> {
    for lib in LIBRARIES {
        if let Some(open) = lib.func {
            l.require_f(lib.name, open, true)?;
            l.pop(1);
        }
    }
    Ok(())
}

/// Argument `n` (from 1) of the running function; `NONE` when there are fewer.
#[inline(always)]
fn arg(l: &State, n: usize) -> TValue {
    let slot = l.ci().base().add(n - 1);
    if slot < l.top.get() {
        slot.get()
    } else {
        TValue::NONE
    }
}

/// The number of arguments, as long as nothing was pushed.
#[inline(always)]
fn arg_count(l: &State) -> usize {
    l.top.get().distance(l.ci().base()) as usize
}

/// Integer argument `n`: the common case without a call.
#[inline(always)]
fn int_arg(l: &State, n: usize) -> LResult<i64> {
    match arg(l, n).as_int() {
        Some(i) => Ok(i),
        None => l.check_int(n as i32),
    }
}

/// Optional integer argument `n`.
#[inline(always)]
fn opt_int_arg(l: &State, n: usize, default: i64) -> LResult<i64> {
    let v = arg(l, n);
    match v.as_int() {
        Some(i) => Ok(i),
        None if v.is_nil() => Ok(default),
        None => l.check_int(n as i32),
    }
}

/// String argument `n` (numbers are converted in place).
#[inline(always)]
fn bytes_arg(l: &State, n: usize) -> LResult<&'static [u8]> {
    match arg(l, n).as_string() {
        Some(s) => Ok(s.bytes()),
        None => l.check_bytes(n as i32),
    }
}

/// Pushes "fail", which is nil.
#[inline(always)]
fn push_fail(l: &State) {
    l.push_nil();
}
