//! Library functions on plain arguments, without a frame.
//!
//! The interpreter calls a [`Direct`](crate::value::Direct) before it makes a frame for the function that it belongs to.
//! It gets the arguments where they lie and answers with the one result. For anything but the plain case, errors above
//! all, it answers `NONE` and has changed nothing: the function itself is called then. `ABSENT` stands for no result.
//! It neither calls, raises nor moves the stack, and allocates nothing but the string that a `ShortCut::Fresh` answers with.

use crate::heap;
use crate::number::{self, float_to_int_exact};
use crate::object::State;
use crate::value::{Direct, Slot, TValue, tag, ty};
use crate::vm;
use crate::vm::compare::number_less_than;
use crate::vm::meta;

/// A function of the library that computes a float from a float and does nothing else.
pub struct FloatFunction {
    /// What the interpreter calls for it.
    pub direct: Direct,
    /// Its name, for listings.
    pub name: &'static str,
    /// What compiled code calls.
    pub code: extern "C-unwind" fn(f64) -> f64,
}

macro_rules! float_functions {
    ($($name:ident = $code:ident |$x:ident| $body:expr;)*) => {
        $(
            extern "C-unwind" fn $code($x: f64) -> f64 {
                $body
            }
            pub(super) fn $name(_l: &State, args: Slot, n: usize) -> TValue {
                match args.get().as_number() {
                    Some(x) if n == 1 => TValue::float($code(x)),
                    _ => TValue::NONE,
                }
            }
        )*
        /// Those of them that take a single argument.
        pub(super) static FLOAT_FUNCTIONS: &[FloatFunction] = &[$(
            FloatFunction { direct: $name, name: stringify!($name), code: $code },
        )*];
    };
}
float_functions! {
    sqrt = float_sqrt |x| x.sqrt();
    sin = float_sin |x| x.sin();
    cos = float_cos |x| x.cos();
    tan = float_tan |x| x.tan();
    asin = float_asin |x| x.asin();
    acos = float_acos |x| x.acos();
    exp = float_exp |x| x.exp();
    log = float_log |x| x.ln();
    atan = float_atan |y| y.atan2(1.0);
}

/// `math.fmod` of two floats.
pub(super) fn fmod(_l: &State, args: Slot, n: usize) -> TValue {
    if n != 2 || args.tag() != tag::FLOAT || args.add(1).tag() != tag::FLOAT {
        return TValue::NONE;
    }
    let (a, b) = (args.bits(), args.add(1).bits());
    TValue::float(number::fmod(f64::from_bits(a), f64::from_bits(b)))
}

/// `math.tointeger` of a number that has an integer for it.
pub(super) fn tointeger(_l: &State, args: Slot, n: usize) -> TValue {
    match args.tag() {
        _ if n == 0 => TValue::NONE,
        tag::INT => args.get(),
        tag::FLOAT => {
            float_to_int_exact(f64::from_bits(args.bits())).map_or(TValue::NONE, TValue::int)
        }
        _ => TValue::NONE,
    }
}

macro_rules! rounding {
    ($($name:ident = |$x:ident| $body:expr;)*) => {$(
        pub(super) fn $name(_l: &State, args: Slot, n: usize) -> TValue {
            if n == 0 {
                return TValue::NONE;
            }
            match args.tag() {
                tag::INT => args.get(),
                tag::FLOAT => {
                    let $x = f64::from_bits(args.bits());
                    float_to_int_exact($body).map_or(TValue::NONE, TValue::int)
                }
                _ => TValue::NONE,
            }
        }
    )*};
}
rounding! {
    floor = |x| number::floor(x);
    ceil = |x| -number::floor(-x);
}

pub(super) fn abs(_l: &State, args: Slot, n: usize) -> TValue {
    if n == 0 {
        return TValue::NONE;
    }
    match args.tag() {
        tag::INT => TValue::int((args.bits() as i64).wrapping_abs()),
        tag::FLOAT => TValue::float(f64::from_bits(args.bits()).abs()),
        _ => TValue::NONE,
    }
}

/// The first of two numbers unless the second one is `better`.
#[inline(always)]
fn choose(args: Slot, n: usize, better: impl Fn(TValue, TValue) -> bool) -> TValue {
    if n != 2 {
        return TValue::NONE;
    }
    let (x, y) = (args.get(), args.add(1).get());
    if !x.is_number() || !y.is_number() {
        return TValue::NONE;
    }
    if better(y, x) { y } else { x }
}

pub(super) fn max(_l: &State, args: Slot, n: usize) -> TValue {
    choose(args, n, |y, x| number_less_than(x, y))
}

pub(super) fn min(_l: &State, args: Slot, n: usize) -> TValue {
    choose(args, n, number_less_than)
}

pub(super) fn type_name(l: &State, args: Slot, n: usize) -> TValue {
    if n == 0 {
        return TValue::NONE;
    }
    let t = args.get().basic_type() as usize;
    match l.global().type_names[t].get() {
        Some(name) => name.into(),
        None => TValue::NONE,
    }
}

/// The first result of `select` of the number of values or of one that exists.
pub(super) fn select(_l: &State, args: Slot, n: usize) -> TValue {
    if n == 0 {
        return TValue::NONE;
    }
    let which = args.get();
    match which.as_int() {
        Some(i) if i > 0 && (i as usize) < n => args.add(i as usize).get(),
        Some(_) => TValue::NONE,
        None => match which.as_string() {
            Some(s) if s.bytes().first() == Some(&b'#') => TValue::int(n as i64 - 1),
            _ => TValue::NONE,
        },
    }
}

pub(super) fn rawget(_l: &State, args: Slot, n: usize) -> TValue {
    match args.get().as_table() {
        Some(t) if n == 2 => t.get(args.add(1).get()).or_nil(),
        _ => TValue::NONE,
    }
}

pub(super) fn rawequal(_l: &State, args: Slot, n: usize) -> TValue {
    if n != 2 {
        return TValue::NONE;
    }
    TValue::bool(args.get().raw_eq(args.add(1).get()))
}

pub(super) fn rawlen(_l: &State, args: Slot, n: usize) -> TValue {
    if n == 0 {
        return TValue::NONE;
    }
    match args.get().as_table() {
        Some(t) => TValue::int(t.border() as i64),
        None => TValue::NONE,
    }
}

/// The first result of `assert` of a true value.
pub(super) fn assert(_l: &State, args: Slot, n: usize) -> TValue {
    if n == 0 || args.get().is_falsy() {
        return TValue::NONE;
    }
    args.get()
}

pub(super) fn getmetatable(_l: &State, args: Slot, n: usize) -> TValue {
    match args.get().as_table() {
        Some(t) if n > 0 && t.metatable.get().is_none() => TValue::NIL,
        _ => TValue::NONE,
    }
}

/// `setmetatable` of a table that has none yet.
pub(super) fn setmetatable(l: &State, args: Slot, n: usize) -> TValue {
    if n != 2 {
        return TValue::NONE;
    }
    match (args.get().as_table(), args.add(1).get().as_table()) {
        (Some(t), Some(mt)) if meta::set_plain_metatable(l, t, mt) => args.get(),
        _ => TValue::NONE,
    }
}

pub(super) fn tonumber(_l: &State, args: Slot, n: usize) -> TValue {
    if n == 1 && args.get().is_number() {
        args.get()
    } else {
        TValue::NONE
    }
}

/// `tostring` of a number.
pub(super) fn tostring(l: &State, args: Slot, n: usize) -> TValue {
    let v = args.get();
    if n == 0 || !v.is_number() || l.global().metatables[ty::NUMBER as usize].get().is_some() {
        return TValue::NONE;
    }
    vm::number_to_string(l, v).map_or(TValue::NONE, TValue::from)
}

pub(super) fn byte(_l: &State, args: Slot, n: usize) -> TValue {
    if n == 0 || n > 2 {
        return TValue::NONE;
    }
    let Some(s) = args.get().as_string() else {
        return TValue::NONE;
    };
    let i = if n == 1 {
        1
    } else {
        match args.add(1).get().as_int() {
            Some(i) => i,
            None => return TValue::NONE,
        }
    };
    match s.bytes().get((i as usize).wrapping_sub(1)) {
        Some(b) => TValue::int(*b as i64),
        None => TValue::NONE,
    }
}

pub(super) fn len(_l: &State, args: Slot, n: usize) -> TValue {
    match args.get().as_string() {
        Some(s) if n > 0 => TValue::int(s.len() as i64),
        _ => TValue::NONE,
    }
}

/// `table.insert` at the end of a table without metatable.
pub(super) fn insert(l: &State, args: Slot, n: usize) -> TValue {
    if n != 2 {
        return TValue::NONE;
    }
    let Some(t) = args.get().as_table() else {
        return TValue::NONE;
    };
    if t.metatable.get().is_some() {
        return TValue::NONE;
    }
    let v = args.add(1).get();
    let at = t.border() as usize;
    if v.is_nil() || !t.has_element(at as u64) {
        return TValue::NONE;
    }
    t.array_set(at, v);
    heap::barrier_back(l, t.header(), v);
    TValue::ABSENT
}

/// The step of `next`.
pub(super) fn next(t: TValue, control: TValue, to: Slot) -> Option<bool> {
    t.as_table()?.step(control, to)
}

/// The step of the iterator of `ipairs`.
pub(super) fn ipairs(t: TValue, control: TValue, to: Slot) -> Option<bool> {
    let (t, i) = (t.as_table()?, control.as_int()?.wrapping_add(1));
    let v = t.get_int(i);
    if v.is_nil() {
        return t.metatable.get().is_none().then_some(false);
    }
    to.set(TValue::int(i));
    to.add(1).set(v);
    Some(true)
}
