//! Metatables and metamethods: look-up, indexing, type names.

use super::call;
use crate::debug;
use crate::error::LResult;
use crate::format::Arg;
use crate::global::{Event, LAST_FAST};
use crate::heap;
use crate::limits::MAX_TAG_LOOP;
use crate::object::{State, Str, Table};
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

/// The value of an event in the metatable of a table; a nil variant for everything else.
#[inline(always)]
pub fn of_table(l: &State, t: TValue, e: Event) -> TValue {
    match t.as_table() {
        Some(h) => fast(l, h.metatable.get(), e),
        None => TValue::ABSENT,
    }
}

/// The type of a value as messages name it: `__name` of its metatable, up to a NUL, if that is a string.
pub fn type_name(l: &State, v: TValue) -> &'static [u8] {
    if (v.is_table() || v.tag() == tag::USERDATA)
        && let Some(mt) = metatable(l, v)
        && let Some(name) = l
            .global()
            .type_name_key()
            .and_then(|k| mt.get_str(k).as_string())
    {
        return name.c_str().to_bytes();
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

/// Gives a table without metatable one without `__gc`; answers whether they are like that.
#[inline]
pub fn set_plain_metatable(l: &State, t: Gc<Table>, mt: Gc<Table>) -> bool {
    let plain = t.metatable.get().is_none() && fast(l, Some(mt), Event::Gc).is_nil();
    if plain {
        t.metatable.set(Some(mt));
        heap::barrier(l, t.header(), mt.into());
    }
    plain
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
    index_with(l, t, key, origin, Ok, |tm, t| {
        call::call_metamethod_result(l, tm, t, key)
    })
}

/// Follows the chain of tables for `t[key]`: ends in `found` with the value (nil if there is none), or in `event` with
/// the metamethod and the object that it is for.
#[inline(always)]
pub fn index_with<R>(
    l: &State,
    t: TValue,
    key: TValue,
    origin: Slot,
    found: impl FnOnce(TValue) -> LResult<R>,
    event: impl FnOnce(TValue, TValue) -> LResult<R>,
) -> LResult<R> {
    let (mut t, mut origin) = (t, origin);
    for _ in 0..MAX_TAG_LOOP {
        let tm = match t.as_table() {
            Some(h) => {
                let v = h.get(key);
                if !v.is_nil() {
                    return found(v);
                }
                let tm = fast(l, h.metatable.get(), Event::Index);
                if tm.is_nil() {
                    return found(TValue::NIL);
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
            return event(tm, t);
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
    set_index_with(l, t, key, v, origin, |tm, t| {
        call::call_metamethod(l, tm, t, key, v)
    })
}

/// Follows the chain of tables for `t[key] = v`: does the assignment, or ends in `event` with the metamethod and the
/// object that it is for.
#[inline(always)]
pub fn set_index_with(
    l: &State,
    t: TValue,
    key: TValue,
    v: TValue,
    origin: Slot,
    event: impl FnOnce(TValue, TValue) -> LResult<()>,
) -> LResult<()> {
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
                    return set_anchored(l, h, key, v);
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
            return event(tm, t);
        }
        t = tm;
        origin = Slot::NULL;
    }
    Err(l.run_error("'%s' chain too long; possible loop", args!["__newindex"]))
}

/// As `raw_set`, for a table that nothing may refer to but a weak metatable: an insertion may collect garbage.
fn set_anchored(l: &State, t: Gc<Table>, key: TValue, v: TValue) -> LResult<()> {
    l.push(t.into());
    raw_set(l, t, key, v)?;
    l.pop_n(1);
    Ok(())
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

/// The metamethod for an event of two operands: that of the first one that has one; a nil variant if none has.
pub fn binary_metamethod(l: &State, a: TValue, b: TValue, e: Event) -> TValue {
    let tm = metamethod(l, a, e);
    if tm.is_nil() { metamethod(l, b, e) } else { tm }
}

/// Result of an event of two operands; `None` if neither has a metamethod.
pub fn binary(l: &State, a: TValue, b: TValue, e: Event) -> LResult<Option<TValue>> {
    let tm = binary_metamethod(l, a, b, e);
    if tm.is_nil() {
        return Ok(None);
    }
    call::call_metamethod_result(l, tm, a, b).map(Some)
}

/// What an object with this metatable inherits at the interned string `key` from a chain of `__index` tables: the
/// value, nil, or `NONE` if something else must be asked. Raises nothing, which keeps the common case short.
#[inline(never)]
pub fn inherited(l: &State, metatable: Option<Gc<Table>>, key: Gc<Str>) -> TValue {
    let mut mt = metatable;
    for _ in 0..MAX_TAG_LOOP {
        let tm = fast(l, mt, Event::Index);
        if tm.is_nil() {
            return TValue::NIL;
        }
        let Some(next) = tm.as_table() else { break };
        let v = next.get_short(key);
        if !v.is_nil() {
            return v;
        }
        mt = next.metatable.get();
    }
    TValue::NONE
}

/// A message about two operands, as arguments of a format.
pub fn pair_args<'a>(a: &'a [u8], b: &'a [u8]) -> [Arg<'a>; 2] {
    [Arg::Str(a), Arg::Str(b)]
}
