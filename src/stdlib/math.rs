//! The mathematical library. Functions that have exact C counterparts use the C library's.

pub mod random;

use super::{arg, arg_count, cstd, direct, push_fail};
use crate::error::LResult;
use crate::number::{self, float_to_int_exact};
use crate::object::State;
use crate::value::{Effects, Native, ShortCut, TValue};
use crate::vm;

static LIB: &[crate::api::Reg] = library! {
    "abs" => abs [direct::abs]: Effects::None,
    "ceil" => ceil [direct::ceil]: Effects::None,
    "floor" => floor [direct::floor]: Effects::None,
    "max" => max [direct::max]: Effects::None,
    "min" => min [direct::min]: Effects::None,
    "fmod" => fmod [direct::fmod]: Effects::None,
    "modf" => modf: Effects::None,
    "log" => log [direct::log]: Effects::None,
    "exp" => exp [direct::exp]: Effects::None,
    "sqrt" => sqrt [direct::sqrt]: Effects::None,
    "sin" => sin [direct::sin]: Effects::None,
    "cos" => cos [direct::cos]: Effects::None,
    "tan" => tan [direct::tan]: Effects::None,
    "asin" => asin [direct::asin]: Effects::None,
    "acos" => acos [direct::acos]: Effects::None,
    "deg" => deg: Effects::None,
    "rad" => rad: Effects::None,
    "tointeger" => tointeger [direct::tointeger]: Effects::None,
    "type" => type_: Effects::None,
    "ult" => ult: Effects::None,
    // What Lua 5.3 had for compatibility with older versions.
    "cosh" => cosh: Effects::None,
    "sinh" => sinh: Effects::None,
    "tanh" => tanh: Effects::None,
    "pow" => pow: Effects::None,
    "frexp" => frexp: Effects::None,
    "ldexp" => ldexp: Effects::None,
    "log10" => log10: Effects::None,
};

/// One function under two names.
static ATAN: &Native = crate::native!(atan, ShortCut::Direct(direct::atan), Effects::None);

/// Opens the mathematical library and leaves its table on the stack.
pub fn open_math(l: &State) -> LResult<i32> {
    l.new_lib(LIB)?;
    for name in ["atan", "atan2"] {
        l.push_native(ATAN);
        l.set_field(-2, name)?;
    }
    let constants = [
        ("pi", TValue::float(core::f64::consts::PI)),
        ("huge", TValue::float(f64::INFINITY)),
        ("maxinteger", TValue::int(i64::MAX)),
        ("mininteger", TValue::int(i64::MIN)),
    ];
    for (name, value) in constants {
        l.push(value);
        l.set_field(-2, name)?;
    }
    random::register(l)?;
    Ok(1)
}

/// Number argument `n` as a float.
#[inline(always)]
fn float_arg(l: &State, n: usize) -> LResult<f64> {
    match arg(l, n).as_number() {
        Some(x) => Ok(x),
        None => l.check_num(n as i32),
    }
}

macro_rules! float_functions {
    ($($name:ident = |$x:ident| $body:expr;)*) => {$(
        fn $name(l: &State) -> LResult<i32> {
            let $x = float_arg(l, 1)?;
            l.push_float($body);
            Ok(1)
        }
    )*};
}
float_functions! {
    sqrt = |x| x.sqrt();
    sin = |x| x.sin();
    cos = |x| x.cos();
    tan = |x| x.tan();
    asin = |x| x.asin();
    acos = |x| x.acos();
    exp = |x| x.exp();
    deg = |x| x * (180.0 / core::f64::consts::PI);
    rad = |x| x * (core::f64::consts::PI / 180.0);
    cosh = |x| x.cosh();
    sinh = |x| x.sinh();
    tanh = |x| x.tanh();
    log10 = |x| x.log10();
}

fn abs(l: &State) -> LResult<i32> {
    match arg(l, 1).as_int() {
        Some(i) => l.push_int(i.wrapping_abs()),
        None => l.push_float(float_arg(l, 1)?.abs()),
    }
    Ok(1)
}

/// An integer if it can hold the (integral) float, else the float.
fn integral(x: f64) -> TValue {
    float_to_int_exact(x).map_or(TValue::float(x), TValue::int)
}

fn floor(l: &State) -> LResult<i32> {
    match arg(l, 1).as_int() {
        Some(i) => l.push_int(i),
        None => l.push(integral(float_arg(l, 1)?.floor())),
    }
    Ok(1)
}

fn ceil(l: &State) -> LResult<i32> {
    match arg(l, 1).as_int() {
        Some(i) => l.push_int(i),
        None => l.push(integral(float_arg(l, 1)?.ceil())),
    }
    Ok(1)
}

fn fmod(l: &State) -> LResult<i32> {
    if let (Some(a), Some(b)) = (arg(l, 1).as_int(), arg(l, 2).as_int()) {
        if b == 0 {
            return Err(l.arg_error(2, "zero"));
        }
        l.push_int(a.wrapping_rem(b));
    } else {
        // PUC's build checks the second one first.
        let b = float_arg(l, 2)?;
        l.push_float(number::fmod(float_arg(l, 1)?, b));
    }
    Ok(1)
}

fn modf(l: &State) -> LResult<i32> {
    if arg(l, 1).is_int() {
        l.set_top(1)?;
        l.push_float(0.0);
        return Ok(2);
    }
    let x = float_arg(l, 1)?;
    let whole = if x < 0.0 { x.ceil() } else { x.floor() };
    l.push(integral(whole));
    // Infinities have no fractional part.
    l.push_float(if x == whole { 0.0 } else { x - whole });
    Ok(2)
}

fn log(l: &State) -> LResult<i32> {
    let x = float_arg(l, 1)?;
    let base = arg(l, 2);
    let result = if base.is_nil() {
        x.ln()
    } else {
        match float_arg(l, 2)? {
            2.0 => x.log2(),
            10.0 => x.log10(),
            base => x.ln() / base.ln(),
        }
    };
    l.push_float(result);
    Ok(1)
}

fn atan(l: &State) -> LResult<i32> {
    let y = float_arg(l, 1)?;
    let x = if arg(l, 2).is_nil() {
        1.0
    } else {
        float_arg(l, 2)?
    };
    l.push_float(y.atan2(x));
    Ok(1)
}

fn pow(l: &State) -> LResult<i32> {
    let (x, y) = (float_arg(l, 1)?, float_arg(l, 2)?);
    l.push_float(x.powf(y));
    Ok(1)
}

fn frexp(l: &State) -> LResult<i32> {
    let mut exponent = 0;
    let mantissa = cstd::frexp(float_arg(l, 1)?, &mut exponent);
    l.push_float(mantissa);
    l.push_int(exponent as i64);
    Ok(2)
}

fn ldexp(l: &State) -> LResult<i32> {
    let x = float_arg(l, 1)?;
    let exponent = l.check_int(2)? as i32;
    l.push_float(cstd::ldexp(x, exponent));
    Ok(1)
}

fn tointeger(l: &State) -> LResult<i32> {
    match vm::to_integer(arg(l, 1)) {
        Some(i) => l.push_int(i),
        None => {
            l.check_any(1)?;
            push_fail(l);
        }
    }
    Ok(1)
}

fn type_(l: &State) -> LResult<i32> {
    let v = arg(l, 1);
    if v.is_number() {
        l.push_str(if v.is_int() { "integer" } else { "float" })?;
    } else {
        l.check_any(1)?;
        push_fail(l);
    }
    Ok(1)
}

fn ult(l: &State) -> LResult<i32> {
    let (a, b) = (super::int_arg(l, 1)?, super::int_arg(l, 2)?);
    l.push_bool((a as u64) < (b as u64));
    Ok(1)
}

/// The first argument such that no later one is greater (or less).
fn extreme(l: &State, greatest: bool) -> LResult<i32> {
    l.check_any(1)?;
    let mut best = 1;
    for i in 2..=arg_count(l) {
        let (a, b) = if greatest { (best, i) } else { (i, best) };
        let (a, b) = (arg(l, a), arg(l, b));
        let less = match (a.is_number(), b.is_number()) {
            (true, true) => vm::compare::number_less_than(a, b),
            _ => vm::less_than(l, a, b)?,
        };
        if less {
            best = i;
        }
    }
    l.push_value(best as i32);
    Ok(1)
}

fn max(l: &State) -> LResult<i32> {
    extreme(l, true)
}

fn min(l: &State) -> LResult<i32> {
    extreme(l, false)
}
