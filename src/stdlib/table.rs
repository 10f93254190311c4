//! The table library.
//!
//! Tables without metatable are read and written directly; everything else goes through the operations that call
//! metamethods. A metatable may appear in the middle of an operation (a comparison function sets it), so each access
//! asks again.

mod sort;

use super::{arg, arg_count, direct, int_arg, opt_int_arg};
use crate::error::LResult;
use crate::heap::{self, LVec};
use crate::object::{State, Table};
use crate::value::{Effects, Gc, TValue, ty};
use crate::vm;

static LIB: &[crate::api::Reg] = library! {
    "concat" => concat: Effects::None,
    "insert" => insert [direct::insert]: Effects::Last(Some(0)),
    "pack" => pack: Effects::None,
    "unpack" => unpack: Effects::None,
    "remove" => remove: Effects::Last(Some(1)),
    "move" => move_,
    "sort" => sort::sort,
};

/// Opens the table library and leaves its table on the stack.
pub fn open_table(l: &State) -> LResult<i32> {
    l.new_lib(LIB)?;
    Ok(1)
}

/// Metamethods that let a value that is no table stand for one.
const READ: &[&str] = &["__index"];
const WRITE: &[&str] = &["__newindex"];
const READ_LENGTH: &[&str] = &["__index", "__len"];
const READ_WRITE_LENGTH: &[&str] = &["__index", "__newindex", "__len"];

/// Raises unless argument `n` is a table or has all of the metamethods `wanted`.
#[inline]
fn check_table(l: &State, n: usize, wanted: &[&str]) -> LResult<()> {
    if arg(l, n).is_table() {
        Ok(())
    } else {
        check_like_table(l, n, wanted)
    }
}

#[cold]
fn check_like_table(l: &State, n: usize, wanted: &[&str]) -> LResult<()> {
    if l.get_metatable(n as i32) {
        let meta = l.top.get().sub(1).get();
        let mut complete = true;
        for event in wanted {
            let key = l.push_str(event)?;
            complete = complete && meta.as_table().is_some_and(|t| !t.get_str(key).is_nil());
            l.pop_n(1);
        }
        l.pop_n(1);
        if complete {
            return Ok(());
        }
    }
    l.check_type(n as i32, ty::TABLE)
}

/// The length of argument 1, which has to be usable as `wanted` says.
#[inline]
fn checked_length(l: &State, wanted: &[&str]) -> LResult<i64> {
    check_table(l, 1, wanted)?;
    match plain_table(l, 1) {
        Some(t) => Ok(t.border() as i64),
        None => l.len_int(1),
    }
}

/// Argument `n` if it is a table without metatable.
#[inline(always)]
fn plain_table(l: &State, n: usize) -> Option<Gc<Table>> {
    arg(l, n).as_table().filter(|t| t.metatable.get().is_none())
}

/// `t[i]`, `t` being argument `n`.
#[inline]
fn get(l: &State, n: usize, i: i64) -> LResult<TValue> {
    let t = arg(l, n);
    if let Some(table) = t.as_table() {
        let v = table.get_int(i);
        if !v.is_nil() {
            return Ok(v);
        }
        if table.metatable.get().is_none() {
            return Ok(TValue::NIL);
        }
    }
    vm::index(l, t, TValue::int(i))
}

/// `t[i] = v`, `t` being argument `n`. `v` is reachable: an argument, on the stack, or in a table that is one.
#[inline]
fn set(l: &State, n: usize, i: i64, v: TValue) -> LResult<()> {
    let t = arg(l, n);
    match t.as_table() {
        Some(table) if table.metatable.get().is_none() => {
            table.set_int(l, i, v)?;
            heap::barrier_back(l, table.header(), v);
            Ok(())
        }
        _ => vm::set_index(l, t, TValue::int(i), v),
    }
}

/// Copies `n` elements of argument 1 from `from` on to `to` on if it is a plain table that has them in its array part;
/// answers whether it did.
fn move_plain(l: &State, from: i64, to: i64, n: i64) -> bool {
    if from < 1 || to < 1 || n < 0 {
        return false;
    }
    let (from, to) = (from as usize - 1, to as usize - 1);
    plain_table(l, 1).is_some_and(|t| t.move_elements(from, to, n as usize))
}

fn insert(l: &State) -> LResult<i32> {
    let n = arg_count(l);
    let free = checked_length(l, READ_WRITE_LENGTH)?.wrapping_add(1);
    let position = match n {
        2 => free,
        3 => {
            let position = int_arg(l, 2)?;
            if (position as u64).wrapping_sub(1) >= free as u64 {
                return Err(l.arg_error(2, "position out of bounds"));
            }
            if position < free {
                // The last element goes first, so that the table grows if it has to.
                let v = get(l, 1, free - 1)?;
                set(l, 1, free, v)?;
                if !move_plain(l, position, position + 1, free - 1 - position) {
                    for i in (position..free - 1).rev() {
                        let v = get(l, 1, i)?;
                        set(l, 1, i + 1, v)?;
                    }
                }
            }
            position
        }
        _ => return Err(l.lib_error("wrong number of arguments to 'insert'", &[])),
    };
    set(l, 1, position, arg(l, n))?;
    Ok(0)
}

pub(super) fn remove(l: &State) -> LResult<i32> {
    let size = checked_length(l, READ_WRITE_LENGTH)?;
    let position = opt_int_arg(l, 2, size)?;
    if position != size && (position as u64).wrapping_sub(1) > size as u64 {
        return Err(l.arg_error(2, "position out of bounds"));
    }
    let removed = get(l, 1, position)?;
    l.push(removed.or_nil());
    let mut i = position;
    if i < size && move_plain(l, i + 1, i, size - i) {
        i = size;
    }
    while i < size {
        let v = get(l, 1, i + 1)?;
        set(l, 1, i, v.or_nil())?;
        i += 1;
    }
    set(l, 1, i, TValue::NIL)?;
    Ok(1)
}

fn move_(l: &State) -> LResult<i32> {
    let first = int_arg(l, 2)?;
    let last = int_arg(l, 3)?;
    let target = int_arg(l, 4)?;
    let to = if arg(l, 5).is_nil() { 1 } else { 5 };
    check_table(l, 1, READ)?;
    check_table(l, to, WRITE)?;
    if last >= first {
        if first <= 0 && last >= i64::MAX + first {
            return Err(l.arg_error(3, "too many elements to move"));
        }
        let n = last - first + 1;
        if target > i64::MAX - n + 1 {
            return Err(l.arg_error(4, "destination wrap around"));
        }
        if to == 1 && move_plain(l, first, target, n) {
            l.push_value(1);
            return Ok(1);
        }
        let apart =
            target > last || target <= first || (to != 1 && !vm::equal(l, arg(l, 1), arg(l, to))?);
        for k in 0..n {
            let i = if apart { k } else { n - 1 - k };
            let v = get(l, 1, first + i)?;
            set(l, to, target + i, v.or_nil())?;
        }
    }
    l.push_value(to as i32);
    Ok(1)
}

fn append_field(l: &State, out: &mut LVec<u8>, i: i64) -> LResult<()> {
    let v = get(l, 1, i)?;
    if let Some(s) = v.as_string() {
        return out.extend(s.bytes());
    }
    if let Some(n) = v.as_int() {
        return out.extend(itoa::Buffer::new().format(n).as_bytes());
    }
    if let Some(x) = v.as_float() {
        let mut buf = [0; crate::number::BUFFER];
        return out.extend(crate::number::format_float(x, &mut buf));
    }
    l.push(v.or_nil());
    Err(l.lib_error(
        "invalid value (%s) at index %I in table for 'concat'",
        args![l.type_name_of(-1), i],
    ))
}

fn concat(l: &State) -> LResult<i32> {
    let length = checked_length(l, READ_LENGTH)?;
    let sep = l.opt_bytes(2, Some(b""))?.unwrap_or(b"");
    let first = opt_int_arg(l, 3, 1)?;
    let last = opt_int_arg(l, 4, length)?;
    let mut out = LVec::new(l);
    let mut i = first;
    while i < last {
        append_field(l, &mut out, i)?;
        out.extend(sep)?;
        i += 1;
    }
    if i == last {
        append_field(l, &mut out, i)?;
    }
    l.push_bytes(&out)?;
    Ok(1)
}

fn pack(l: &State) -> LResult<i32> {
    let n = arg_count(l);
    let t = l.create_table(n as u32, 1)?;
    let key = l.push_str("n")?;
    for i in 0..n {
        let v = l.ci().base().add(i).get();
        t.set_int(l, i as i64 + 1, v)?;
        heap::barrier_back(l, t.header(), v);
    }
    vm::raw_set(l, t, key.into(), TValue::int(n as i64))?;
    l.pop_n(1);
    Ok(1)
}

pub(super) fn unpack(l: &State) -> LResult<i32> {
    let first = opt_int_arg(l, 2, 1)?;
    let last = match arg(l, 3) {
        v if !v.is_nil() => int_arg(l, 3)?,
        _ => match plain_table(l, 1) {
            Some(t) => t.border() as i64,
            None => l.len_int(1)?,
        },
    };
    if first > last {
        return Ok(0);
    }
    let more = (last as u64).wrapping_sub(first as u64);
    if more >= i32::MAX as u64 || !l.check_stack(more as i32 + 1) {
        return Err(l.lib_error("too many results to unpack", &[]));
    }
    if let Some(t) = plain_table(l, 1) {
        let top = l.top.get();
        for k in 0..=more as usize {
            top.add(k).set(t.get_int(first + k as i64).or_nil());
        }
        l.top.set(top.add(more as usize + 1));
        return Ok(more as i32 + 1);
    }
    for k in 0..=more as i64 {
        let v = get(l, 1, first + k)?;
        l.push(v.or_nil());
    }
    Ok(more as i32 + 1)
}
