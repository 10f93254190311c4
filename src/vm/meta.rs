//! Metatables and metamethods: look-up, indexing, type names.

use super::call;
use crate::debug;
use crate::error::LResult;
use crate::format::Arg;
use crate::global::{Event, LAST_FAST};
use crate::heap;
use crate::limits::MAX_TAG_LOOP;
use crate::object::{State, Table};
use crate::value::{Gc, Slot, TValue, tag, ty};

/// The metatable of a value.
#[inline]
pub fn metatable(l: &State, v: TValue) -> Option<Gc<Table>> {
    match v.tag() {
        tag::TABLE => v.gc::<Table>().metatable.get(),
        tag::USERDATA => v.as_userdata().and_then(|u| u.metatable.get()),
        _ => l.global().metatables[(v.tag() & 0x0F) as usize].get(),
    }
}

/// The metamethod of a value for an event; a nil variant if there is none.
#[inline]
pub fn metamethod(l: &State, v: TValue, e: Event) -> TValue {
    match metatable(l, v) {
        Some(mt) => mt.get_short(l.global().event_name(e)),
        None => TValue::ABSENT,
    }
}

/// The field of a metatable for one of the first events, remembering its absence.
#[inline(always)]
pub fn fast(l: &State, mt: Option<Gc<Table>>, e: Event) -> TValue {
    debug_assert!(e as u8 <= LAST_FAST);
    match mt {
        Some(mt) if !mt.lacks(e as u8) => fast_lookup(l, mt, e),
        _ => TValue::ABSENT,
    }
}

fn fast_lookup(l: &State, mt: Gc<Table>, e: Event) -> TValue {
    let v = mt.get_short(l.global().event_name(e));
    if v.is_nil() {
        mt.remember_absence(e as u8);
    }
    v
}

/// The type of a value as messages name it: `__name` of its metatable if that is a string.
pub fn type_name(l: &State, v: TValue) -> &'static [u8] {
    if (v.is_table() || v.tag() == tag::USERDATA)
        && let Some(mt) = metatable(l, v)
        && let Some(name) = l
            .global()
            .type_name_key()
            .and_then(|k| mt.get_str(k).as_string())
    {
        return name.bytes();
    }
    basic_type_name(v)
}

/// The name of the basic type of a value; "no value" for none.
pub fn basic_type_name(v: TValue) -> &'static [u8] {
    match v.basic_type() {
        ty::NONE => b"no value",
        t => ty::NAMES[t as usize].as_bytes(),
    }
}

/// `t[key]`, with metamethods.
pub fn index(l: &State, t: TValue, key: TValue) -> LResult<TValue> {
    if let Some(h) = t.as_table() {
        let v = h.get(key);
        if !v.is_nil() {
            return Ok(v);
        }
    }
    index_slow(l, t, key, Slot::NULL)
}

/// As `index`, where the first look-up failed already and `origin` is where the operand `t` lies, for messages.
pub fn index_slow(l: &State, t: TValue, key: TValue, origin: Slot) -> LResult<TValue> {
    let (mut t, mut origin) = (t, origin);
    for _ in 0..MAX_TAG_LOOP {
        let tm = match t.as_table() {
            Some(h) => {
                let v = h.get(key);
                if !v.is_nil() {
                    return Ok(v);
                }
                let tm = fast(l, h.metatable.get(), Event::Index);
                if tm.is_nil() {
                    return Ok(TValue::NIL);
                }
                tm
            }
            None => {
                let tm = metamethod(l, t, Event::Index);
                if tm.is_nil() {
                    return Err(operand_error(l, t, origin, "index"));
                }
                tm
            }
        };
        if tm.is_function() {
            return call::call_metamethod_result(l, tm, t, key);
        }
        t = tm;
        origin = Slot::NULL;
    }
    Err(l.run_error("'%s' chain too long; possible loop", args!["__index"]))
}

/// `t[key] = v`, with metamethods.
pub fn set_index(l: &State, t: TValue, key: TValue, v: TValue) -> LResult<()> {
    set_index_from(l, t, key, v, Slot::NULL)
}

/// As `set_index`; `origin` is where the operand `t` lies, for messages.
pub fn set_index_from(l: &State, t: TValue, key: TValue, v: TValue, origin: Slot) -> LResult<()> {
    let (mut t, mut origin) = (t, origin);
    for _ in 0..MAX_TAG_LOOP {
        let tm = match t.as_table() {
            Some(h) => {
                if h.replace(key, v) {
                    heap::barrier_back(l, h.header(), v);
                    return Ok(());
                }
                let tm = fast(l, h.metatable.get(), Event::NewIndex);
                if tm.is_nil() {
                    return raw_set(l, h, key, v);
                }
                tm
            }
            None => {
                let tm = metamethod(l, t, Event::NewIndex);
                if tm.is_nil() {
                    return Err(operand_error(l, t, origin, "index"));
                }
                tm
            }
        };
        if tm.is_function() {
            return call::call_metamethod(l, tm, t, key, v);
        }
        t = tm;
        origin = Slot::NULL;
    }
    Err(l.run_error("'%s' chain too long; possible loop", args!["__newindex"]))
}

/// `t[key] = v` without metamethods, with barrier; forgets absent metamethods. Raises for nil and NaN keys.
pub fn raw_set(l: &State, t: Gc<Table>, key: TValue, v: TValue) -> LResult<()> {
    t.set(l, key, v)?;
    t.invalidate_absence();
    heap::barrier_back(l, t.header(), v);
    if key.is_collectable() {
        heap::barrier_back(l, t.header(), key);
    }
    Ok(())
}

/// "attempt to `op` a ... value" for an operand that lies at `origin`, or nowhere in particular.
#[cold]
fn operand_error(l: &State, v: TValue, origin: Slot, op: &str) -> crate::error::Throw {
    if origin != Slot::NULL {
        return debug::type_error(l, origin, op);
    }
    let mut v = v;
    debug::type_error(l, Slot::new(&raw mut v), op)
}

/// Result of an event of two operands: calls the metamethod of the first that has one.
pub fn binary(l: &State, a: TValue, b: TValue, e: Event) -> LResult<Option<TValue>> {
    let mut tm = metamethod(l, a, e);
    if tm.is_nil() {
        tm = metamethod(l, b, e);
    }
    if tm.is_nil() {
        return Ok(None);
    }
    call::call_metamethod_result(l, tm, a, b).map(Some)
}

/// A message about two operands, as arguments of a format.
pub fn pair_args<'a>(a: &'a [u8], b: &'a [u8]) -> [Arg<'a>; 2] {
    [Arg::Str(a), Arg::Str(b)]
}
