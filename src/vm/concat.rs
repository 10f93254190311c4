//! Concatenation and length.

use super::{convert, meta};
use crate::debug;
use crate::error::LResult;
use crate::global::Event;
use crate::limits::{MAX_SHORT, MAX_SIZE};
use crate::object::{State, Str, string};
use crate::value::{Gc, Slot, TValue};

/// Makes the slot a string if it is a number; answers whether it is a string now.
fn stringify(l: &State, s: Slot) -> LResult<bool> {
    let v = s.get();
    if v.is_string() {
        return Ok(true);
    }
    if !v.is_number() {
        return Ok(false);
    }
    let off = l.save(s);
    let str = convert::number_to_string(l, v)?;
    l.restore(off).set(str.into());
    Ok(true)
}

/// Replaces the `n` topmost values by their concatenation, right to left, with `__concat`.
pub fn concat(l: &State, n: usize) -> LResult<()> {
    if n == 0 {
        let s = string::new(l, b"")?;
        l.push(s.into());
        return Ok(());
    }
    let mut left = n;
    while left > 1 {
        let top = l.top.get();
        let first = top.sub(2).get();
        let mut used = 2;
        if !(first.is_string() || first.is_number()) || !stringify(l, top.sub(1))? {
            let v = concat_event(l, l.top.get().sub(2), l.top.get().sub(1))?;
            l.top.get().sub(2).set(v);
        } else {
            used = join(l, left)?;
        }
        left -= used - 1;
        l.pop_n(used - 1);
    }
    Ok(())
}

fn concat_event(l: &State, a: Slot, b: Slot) -> LResult<TValue> {
    match meta::binary(l, a.get(), b.get(), Event::Concat)? {
        Some(v) => Ok(v),
        None => Err(debug::concat_error(
            l,
            l.top.get().sub(2),
            l.top.get().sub(1),
        )),
    }
}

fn text(s: Slot) -> Gc<Str> {
    match s.get().as_string() {
        Some(s) => s,
        None => unreachable!("made a string before"),
    }
}

/// Joins as many of the `limit` topmost values as are strings or numbers, of which there are two at least; the result
/// goes to the lowest of their slots. Returns how many were joined.
fn join(l: &State, limit: usize) -> LResult<usize> {
    let mut total = text(l.top.get().sub(1)).len();
    let mut n = 1;
    while n < limit && stringify(l, l.top.get().sub(n + 1))? {
        let len = text(l.top.get().sub(n + 1)).len();
        if len >= MAX_SIZE - string::LONG_OVERHEAD - total {
            l.pop_n(limit);
            return Err(l.run_error("string length overflow", &[]));
        }
        total += len;
        n += 1;
    }
    let result = if total <= MAX_SHORT {
        let mut buf = [0u8; MAX_SHORT];
        copy_parts(l, n, &mut buf[..total]);
        string::new(l, &buf[..total])?
    } else {
        let s = string::new_long(l, total)?;
        // SAFETY: a new long string has `total` bytes that nobody else sees yet.
        copy_parts(l, n, unsafe {
            core::slice::from_raw_parts_mut(s.data(), total)
        });
        s
    };
    l.top.get().sub(n).set(result.into());
    Ok(n)
}

fn copy_parts(l: &State, n: usize, out: &mut [u8]) {
    let mut at = 0;
    for i in (1..=n).rev() {
        let s = text(l.top.get().sub(i)).bytes();
        out[at..at + s.len()].copy_from_slice(s);
        at += s.len();
    }
}

/// `#v`, with `__len`.
pub fn len(l: &State, v: TValue) -> LResult<TValue> {
    len_of(l, v, Slot::NULL)
}

/// As `len`; `origin` is where the operand lies, for messages.
pub fn len_of(l: &State, v: TValue, origin: Slot) -> LResult<TValue> {
    len_with(l, v, origin, Ok, |tm| {
        super::call::call_metamethod_result(l, tm, v, v)
    })
}

/// Ends in `found` with the length of a value, or in `event` with the metamethod for it.
#[inline(always)]
pub fn len_with<R>(
    l: &State,
    v: TValue,
    origin: Slot,
    found: impl FnOnce(TValue) -> LResult<R>,
    event: impl FnOnce(TValue) -> LResult<R>,
) -> LResult<R> {
    let tm = if let Some(t) = v.as_table() {
        let tm = meta::fast(l, t.metatable.get(), Event::Len);
        if tm.is_nil() {
            return found(TValue::int(t.border() as i64));
        }
        tm
    } else if let Some(s) = v.as_string() {
        return found(TValue::int(s.len() as i64));
    } else {
        meta::metamethod(l, v, Event::Len)
    };
    if tm.is_nil() {
        let mut v = v;
        let at = if origin == Slot::NULL {
            Slot::new(&raw mut v)
        } else {
            origin
        };
        return Err(debug::type_error(l, at, "get length of"));
    }
    event(tm)
}
