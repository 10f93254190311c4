//! The basic library: the global functions.

use super::{arg, arg_count, cstd, direct, push_fail};
use crate::dialect;
use crate::error::{LResult, OK};
use crate::heap;
use crate::limits::{MULTRET, REGISTRY_INDEX, RIDX_GLOBALS};
use crate::object::State;
use crate::syntax::ChunkReader;
use crate::value::{Effects, Gc, Native, ShortCut, TValue, ty};

static LIB: &[crate::api::Reg] = library! {
    "assert" => assert | direct::assert: Effects::None,
    "collectgarbage" => collectgarbage,
    "dofile" => dofile,
    "error" => error,
    "getmetatable" => getmetatable [direct::getmetatable]: Effects::None,
    "ipairs" => ipairs: Effects::None,
    "loadfile" => loadfile,
    "load" => load,
    "pairs" => pairs: Effects::None,
    "print" => print,
    "warn" => warn,
    "rawequal" => rawequal [direct::rawequal]: Effects::None,
    "rawlen" => rawlen [direct::rawlen]: Effects::None,
    "rawget" => rawget [direct::rawget]: Effects::None,
    "rawset" => rawset: Effects::Last(Some(1)),
    "select" => select | direct::select: Effects::None,
    "setmetatable" => setmetatable [direct::setmetatable]: Effects::Last(Some(1)),
    "tonumber" => tonumber [direct::tonumber]: Effects::None,
    "tostring" => tostring {direct::tostring}: Effects::None,
    "type" => type_ [direct::type_name]: Effects::None,
};

/// `next` is one function, whether found as a global or returned by `pairs`.
static NEXT: &Native = crate::native!(next, ShortCut::Step(direct::next), Effects::None);
static PCALL: &Native = crate::native!(pcall, ShortCut::Protect(0));
static XPCALL: &Native = crate::native!(xpcall, ShortCut::Protect(1));
static IPAIRS_STEP: &Native = crate::native!(ipairs_step, ShortCut::Step(direct::ipairs));

/// Opens the basic library: fills the table of globals and leaves it on the stack.
pub fn open_base(l: &State) -> LResult<i32> {
    l.raw_get_i(REGISTRY_INDEX, RIDX_GLOBALS);
    l.set_funcs(LIB, 0)?;
    l.push_native(NEXT);
    l.set_field(-2, "next")?;
    l.push_native(PCALL);
    l.set_field(-2, "pcall")?;
    l.push_native(XPCALL);
    l.set_field(-2, "xpcall")?;
    l.push_value(-1);
    l.set_field(-2, "_G")?;
    l.push_str(dialect::VERSION)?;
    l.set_field(-2, "_VERSION")?;
    Ok(1)
}

fn print(l: &State) -> LResult<i32> {
    let out = || cstd::standard(cstd::Standard::Out);
    for i in 1..=arg_count(l) {
        let text = l.tolstring(i as i32)?;
        if i > 1 {
            cstd::write(out(), b"\t");
        }
        cstd::write(out(), text);
        l.pop(1);
    }
    cstd::write(out(), b"\n");
    // SAFETY: `stdout` is a valid stream.
    unsafe { libc::fflush(out()) };
    Ok(0)
}

fn warn(l: &State) -> LResult<i32> {
    let n = arg_count(l).max(1) as i32;
    for i in 1..=n {
        l.check_bytes(i)?;
    }
    for i in 1..=n {
        let piece = l.check_bytes(i)?;
        l.warning(cstd::c_string(piece), i < n);
    }
    Ok(0)
}

/// The value of a numeral in the given base, surrounded by white space; wraps around as arithmetic does.
fn parse_in_base(s: &[u8], base: u64) -> Option<i64> {
    let blank = |c: &u8| b" \x0c\n\r\t\x0b".contains(c);
    let first = s.iter().position(|c| !blank(c))?;
    let (negative, mut at) = match s[first] {
        b'-' => (true, first + 1),
        b'+' => (false, first + 1),
        _ => (false, first),
    };
    let digits = at;
    let mut n = 0u64;
    while let Some(d) = s
        .get(at)
        .and_then(|c| (*c as char).to_digit(36))
        .filter(|d| (*d as u64) < base)
    {
        n = n.wrapping_mul(base).wrapping_add(d as u64);
        at += 1;
    }
    // A digit of a larger base makes the numeral malformed, like any other character that is not a blank.
    if at == digits || !s[at..].iter().all(blank) {
        return None;
    }
    Some(if negative { n.wrapping_neg() } else { n } as i64)
}

fn tonumber(l: &State) -> LResult<i32> {
    let v = arg(l, 1);
    if arg(l, 2).is_nil() {
        if v.is_number() {
            l.push(v);
            return Ok(1);
        }
        if let Some(n) = v.as_string().and_then(|s| crate::number::parse(s.bytes())) {
            l.push(n);
            return Ok(1);
        }
        l.check_any(1)?;
    } else {
        let base = l.check_int(2)?;
        l.check_type(1, ty::STRING)?;
        if !(2..=36).contains(&base) {
            return Err(l.arg_error(2, "base out of range"));
        }
        let s = l.check_bytes(1)?;
        if let Some(n) = parse_in_base(s, base as u64) {
            l.push_int(n);
            return Ok(1);
        }
    }
    push_fail(l);
    Ok(1)
}

fn error(l: &State) -> LResult<i32> {
    let level = l.opt_int(2, 1)?;
    raise_first(l, level)
}

/// Raises argument 1, a string with the position of `level` in front.
fn raise_first(l: &State, level: i64) -> LResult<i32> {
    l.set_top(1)?;
    if l.type_of(1) == ty::STRING && level > 0 {
        l.where_(level as i32)?;
        l.push_value(1);
        l.concat(2)?;
    }
    Err(l.error())
}

fn getmetatable(l: &State) -> LResult<i32> {
    l.check_any(1)?;
    if !l.get_metatable(1) {
        l.push_nil();
        return Ok(1);
    }
    l.get_metafield(1, "__metatable")?;
    Ok(1)
}

fn setmetatable(l: &State) -> LResult<i32> {
    l.check_type(1, ty::TABLE)?;
    let meta = arg(l, 2);
    if meta.is_none() || !(meta.is_nil() || meta.is_table()) {
        return Err(l.type_error(2, "nil or table"));
    }
    if l.get_metafield(1, "__metatable")? != ty::NIL {
        return Err(l.lib_error("cannot change a protected metatable", &[]));
    }
    l.set_top(2)?;
    l.set_metatable(1);
    Ok(1)
}

fn rawequal(l: &State) -> LResult<i32> {
    l.check_any(1)?;
    l.check_any(2)?;
    l.push_bool(arg(l, 1).raw_eq(arg(l, 2)));
    Ok(1)
}

fn rawlen(l: &State) -> LResult<i32> {
    let v = arg(l, 1);
    if !v.is_table() && !v.is_string() {
        return Err(l.type_error(1, "table or string"));
    }
    l.push_int(l.raw_len(1) as i64);
    Ok(1)
}

fn rawget(l: &State) -> LResult<i32> {
    l.check_type(1, ty::TABLE)?;
    l.check_any(2)?;
    l.set_top(2)?;
    l.raw_get(1);
    Ok(1)
}

pub(super) fn rawset(l: &State) -> LResult<i32> {
    l.check_type(1, ty::TABLE)?;
    l.check_any(2)?;
    l.check_any(3)?;
    l.set_top(3)?;
    l.raw_set(1)?;
    Ok(1)
}

/// The options of `collectgarbage`, in the order of [`GcOption`].
const GC_OPTIONS: &[&str] = &[
    "stop",
    "restart",
    "collect",
    "count",
    "step",
    "setpause",
    "setstepmul",
    "isrunning",
    "generational",
    "incremental",
];

/// `LUA_GCGEN` as the answer to a change of mode.
const MODE_GENERATIONAL: i32 = 10;

fn collectgarbage(l: &State) -> LResult<i32> {
    let option = l.check_option(1, Some("collect"), GC_OPTIONS)?;
    let mut params = [0; 3];
    let wanted = match GC_OPTIONS[option] {
        "step" | "setpause" | "setstepmul" => 1,
        "generational" => 2,
        "incremental" => 3,
        _ => 0,
    };
    for (i, p) in params.iter_mut().enumerate().take(wanted) {
        *p = l.opt_int(i as i32 + 2, 0)? as i32;
    }
    if !heap::control::gc_may_run(l) {
        push_fail(l);
        return Ok(1);
    }
    let result = control_gc(l, GC_OPTIONS[option], params)?;
    l.push(result);
    Ok(1)
}

fn control_gc(l: &State, option: &str, p: [i32; 3]) -> LResult<TValue> {
    use crate::heap::control::*;
    let integer = |n: i32| Ok(TValue::int(n as i64));
    let mode = |l: &State, old: i32| -> LResult<TValue> {
        let name = if old == MODE_GENERATIONAL {
            "generational"
        } else {
            "incremental"
        };
        l.push_str(name)?;
        Ok(l.pop_value())
    };
    match option {
        "stop" => gc_stop(l),
        "restart" => gc_restart(l),
        "collect" => gc_full(l),
        "count" => return Ok(TValue::float(gc_count_bytes(l) as f64 / 1024.0)),
        "step" => return Ok(TValue::bool(gc_step(l, p[0]))),
        "setpause" => return integer(gc_set_pause(l, p[0])),
        "setstepmul" => return integer(gc_set_stepmul(l, p[0])),
        "isrunning" => return Ok(TValue::bool(gc_is_running(l))),
        "generational" => return mode(l, gc_generational(l, p[0], p[1])),
        "incremental" => return mode(l, gc_incremental(l, p[0], p[1], p[2])),
        _ => {}
    }
    integer(0)
}

fn type_(l: &State) -> LResult<i32> {
    let v = arg(l, 1);
    if v.is_none() {
        return Err(l.arg_error(1, "value expected"));
    }
    l.push(direct::type_name(l, l.ci().base(), 1));
    Ok(1)
}

pub(super) fn next(l: &State) -> LResult<i32> {
    let Some(t) = arg(l, 1).as_table() else {
        l.check_type(1, ty::TABLE)?;
        return Ok(0);
    };
    match t.next(l, arg(l, 2).or_nil())? {
        Some((k, v)) => {
            l.push(k);
            l.push(v);
            Ok(2)
        }
        None => {
            l.push_nil();
            Ok(1)
        }
    }
}

fn pairs_continue(_: &State, _: i32, _: isize) -> LResult<i32> {
    Ok(3)
}

fn pairs(l: &State) -> LResult<i32> {
    l.check_any(1)?;
    if l.get_metafield(1, "__pairs")? == ty::NIL {
        l.push_native(NEXT);
        l.push_value(1);
        l.push_nil();
    } else {
        l.push_value(1);
        l.call_k(1, 3, 0, pairs_continue)?;
    }
    Ok(3)
}

fn ipairs_step(l: &State) -> LResult<i32> {
    let i = super::int_arg(l, 2)?.wrapping_add(1);
    l.push_int(i);
    if let Some(t) = arg(l, 1).as_table() {
        let v = t.get_int(i);
        if !v.is_nil() {
            l.push(v);
            return Ok(2);
        }
        if t.metatable.get().is_none() {
            l.push_nil();
            return Ok(1);
        }
    }
    Ok(if l.get_i(1, i)? == ty::NIL { 1 } else { 2 })
}

fn ipairs(l: &State) -> LResult<i32> {
    l.check_any(1)?;
    l.push_native(IPAIRS_STEP);
    l.push_value(1);
    l.push_int(0);
    Ok(3)
}

/// Where `load` keeps the piece that its reader function returned last, so that it is not collected.
const PIECE: i32 = 5;

/// A chunk that a Lua function delivers in pieces.
struct FunctionReader;

impl ChunkReader for FunctionReader {
    fn read(&mut self, l: &State) -> LResult<&[u8]> {
        l.ensure_stack_msg(2, "too many nested functions")?;
        l.push_value(1);
        l.call(0, 1)?;
        if l.is_none_or_nil(-1) {
            l.pop(1);
            return Ok(&[]);
        }
        if !l.is_string(-1) {
            return Err(l.lib_error("reader function must return a string", &[]));
        }
        l.replace(PIECE);
        Ok(l.to_bytes(PIECE)?.unwrap_or(&[]))
    }
}

/// What the loading functions return: the function with its environment set, or nil and the message.
fn loaded(l: &State, status: i32, env: i32) -> LResult<i32> {
    if status != OK {
        push_fail(l);
        l.insert(-2);
        return Ok(2);
    }
    let function = l.value_at(-1).as_lua_closure();
    if let Some(f) = function.filter(|f| env != 0 && f.nupvalues() > 0) {
        let upvalue = f.upvalue(0);
        let value = l.value_at(env);
        upvalue.v.get().set(value);
        heap::barrier(
            l,
            Gc::from_ptr((&raw const *upvalue).cast_mut()).header(),
            value,
        );
    }
    Ok(1)
}

fn loadfile(l: &State) -> LResult<i32> {
    let name = l.opt_bytes(1, None)?.map(cstd::c_string);
    let mode = l.opt_bytes(2, None)?;
    let env = if l.is_none(3) { 0 } else { 3 };
    let status = l.load_file(name, mode)?;
    loaded(l, status, env)
}

fn load(l: &State) -> LResult<i32> {
    let mode = l.opt_bytes(3, Some(b"bt"))?;
    let env = if l.is_none(4) { 0 } else { 4 };
    let status = match l.to_bytes(1)? {
        Some(text) => {
            let name = l.opt_bytes(2, Some(text))?.unwrap_or(text);
            l.load_buffer(text, cstd::c_string(name).to_bytes(), mode)?
        }
        None => {
            let name = l
                .opt_bytes(2, None)?
                .map_or(&b"=(load)"[..], |name| cstd::c_string(name).to_bytes());
            l.check_type(1, ty::FUNCTION)?;
            l.set_top(PIECE)?;
            l.load(&mut FunctionReader, name, mode)?
        }
    };
    loaded(l, status, env)
}

fn dofile_continue(l: &State, _: i32, _: isize) -> LResult<i32> {
    Ok(l.get_top() - 1)
}

fn dofile(l: &State) -> LResult<i32> {
    let name = l.opt_bytes(1, None)?.map(cstd::c_string);
    l.set_top(1)?;
    if l.load_file(name, None)? != OK {
        return Err(l.error());
    }
    l.call_k(0, MULTRET, 0, dofile_continue)?;
    dofile_continue(l, OK, 0)
}

fn assert(l: &State) -> LResult<i32> {
    if !arg(l, 1).is_falsy() {
        return Ok(arg_count(l) as i32);
    }
    l.check_any(1)?;
    l.remove(1);
    l.push_str("assertion failed!")?;
    l.set_top(1)?;
    raise_first(l, 1)
}

fn select(l: &State) -> LResult<i32> {
    let n = arg_count(l) as i64;
    let which = arg(l, 1);
    if which
        .as_string()
        .is_some_and(|s| s.bytes().first() == Some(&b'#'))
    {
        l.push_int(n - 1);
        return Ok(1);
    }
    let i = super::int_arg(l, 1)?;
    let first = if i < 0 { n.saturating_add(i) } else { i.min(n) };
    if first < 1 {
        return Err(l.arg_error(1, "index out of range"));
    }
    Ok((n - first) as i32)
}

/// What the protected calls return: everything above the `extra` bottom values, or false and the error.
fn finish_pcall(l: &State, status: i32, extra: isize) -> LResult<i32> {
    if status == OK || status == crate::error::Throw::Yield.status() {
        return Ok(l.get_top() - extra as i32);
    }
    l.push_bool(false);
    l.push_value(-2);
    Ok(2)
}

fn pcall(l: &State) -> LResult<i32> {
    l.check_any(1)?;
    l.push_bool(true);
    l.insert(1);
    let status = l.pcall_k(l.get_top() - 2, MULTRET, 0, 0, finish_pcall)?;
    finish_pcall(l, status, 0)
}

fn xpcall(l: &State) -> LResult<i32> {
    let n = l.get_top();
    l.check_type(2, ty::FUNCTION)?;
    l.push_bool(true);
    l.push_value(1);
    l.rotate(3, 2);
    let status = l.pcall_k(n - 2, MULTRET, 2, 2, finish_pcall)?;
    finish_pcall(l, status, 2)
}

fn tostring(l: &State) -> LResult<i32> {
    l.check_any(1)?;
    l.tolstring(1)?;
    Ok(1)
}
