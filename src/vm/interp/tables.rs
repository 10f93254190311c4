//! Handlers that read and write tables, measure and concatenate.

use super::{K, Outcome, Pc, closure_at, next};
use crate::bytecode::op::{self, a, ax, b, c, k as kbit};
use crate::error::LResult;
use crate::global::Event;
use crate::heap;
use crate::object::proto::Instruction;
use crate::object::{State, Str, Table};
use crate::value::{Gc, Slot, TValue, tag};
use crate::vm::call::{self, Started};
use crate::vm::{concat as concat_values, meta};

#[inline(always)]
fn rkc(base: Slot, k: K, i: Instruction) -> TValue {
    if kbit(i) {
        k.at(c(i))
    } else {
        base.add(c(i)).get()
    }
}

#[inline(always)]
fn table_at(s: Slot) -> Option<Gc<Table>> {
    if s.tag() == tag::TABLE {
        Some(Gc::from_ptr(s.bits() as *mut Table))
    } else {
        None
    }
}

/// Stores the result of an instruction's metamethod if it has returned already.
#[inline(always)]
pub fn store_result(l: &State, i: Instruction, started: Started) {
    if started == Started::Returned {
        l.ci().base().add(a(i)).set(l.top.get().get());
    }
}

/// `R[A] := t[key]` where the first look-up failed; `origin` is where `t` lies.
fn index_event(l: &State, t: TValue, key: TValue, origin: Slot, i: Instruction) -> LResult<()> {
    let found = |v| {
        l.ci().base().add(a(i)).set(v);
        Ok(())
    };
    meta::index_with(l, t, key, origin, found, |tm, t| {
        store_result(l, i, call::start_metamethod(l, tm, [t, key], 1)?);
        Ok(())
    })
}

/// `t[key] := v` where the fast assignment failed; `origin` is where `t` lies.
fn set_index_event(l: &State, t: TValue, key: TValue, v: TValue, origin: Slot) -> LResult<()> {
    meta::set_index_with(l, t, key, v, origin, |tm, t| {
        call::start_metamethod(l, tm, [t, key, v], 0).map(|_| ())
    })
}

/// Stores what a look-up gave, or lets the slow handler try metamethods.
macro_rules! found_or {
    ($l:ident, $base:ident, $pc:ident, $k:ident, $i:ident, $value:expr, $slow:ident) => {{
        let v: TValue = $value;
        if v.is_nil() {
            return $slow($l, $base, $pc, $k, $i);
        }
        $base.add(a($i)).set(v);
        next($l, $base, $pc, $k)
    }};
}

/// `R[A] := upvalue B [K[C]]`
pub fn gettabup(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let t = closure_at(base).upvalue(b(i)).v.get();
    let Some(h) = table_at(t) else {
        return gettabup_slow(l, base, pc, k, i);
    };
    found_or!(
        l,
        base,
        pc,
        k,
        i,
        h.get_short(k.at(c(i)).gc()),
        gettabup_slow
    )
}

event_handler! {
    gettabup_slow = |l, base, k, i| {
        let t = closure_at(base).upvalue(b(i)).v.get();
        index_event(l, t.get(), k.at(c(i)), t, i)
    }
}

/// `R[A] := R[B][R[C]]`
pub fn gettable(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(b(i))) else {
        return gettable_slow(l, base, pc, k, i);
    };
    let key = base.add(c(i));
    match key.tag() {
        tag::INT => {
            let u = key.bits().wrapping_sub(1);
            if h.has_element(u) {
                found_or!(l, base, pc, k, i, h.array_get(u as usize), gettable_hash)
            } else {
                gettable_hash(l, base, pc, k, i)
            }
        }
        tag::SHORT => {
            found_or!(
                l,
                base,
                pc,
                k,
                i,
                h.get_short(Gc::from_ptr(key.bits() as *mut Str)),
                gettable_hash
            )
        }
        _ => gettable_hash(l, base, pc, k, i),
    }
}

/// `gettable` of a table by a key that is no string with a value there and has no element in the array part.
#[inline(never)]
fn gettable_hash(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let h: Gc<Table> = base.add(b(i)).get().gc();
    let key = base.add(c(i)).get();
    let v = match key.tag() {
        tag::TABLE | tag::USERDATA => h.get_object(key),
        _ => h.get(key),
    };
    if v.is_nil() && h.metatable.get().is_some() {
        return gettable_event(l, base, pc, k, i);
    }
    base.add(a(i)).set(v.or_nil());
    next(l, base, pc, k)
}

metamethod_entry! {
    gettable_event, gettable_slow = |l, base, k, i| meta::of_table(l, base.add(b(i)).get(), Event::Index),
    [base.add(b(i)).get(), base.add(c(i)).get()], 1
}

event_handler! {
    gettable_slow = |l, base, _k, i| {
        let t = base.add(b(i));
        index_event(l, t.get(), base.add(c(i)).get(), t, i)
    }
}

/// `R[A] := R[B][C]`
pub fn geti(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(b(i))) else {
        return geti_slow(l, base, pc, k, i);
    };
    let u = c(i).wrapping_sub(1);
    if h.has_element(u as u64) {
        found_or!(l, base, pc, k, i, h.array_get(u), geti_slow)
    } else {
        geti_slow(l, base, pc, k, i)
    }
}

event_handler! {
    geti_slow = |l, base, _k, i| {
        let t = base.add(b(i));
        index_event(l, t.get(), TValue::int(c(i) as i64), t, i)
    }
}

/// `R[A] := R[B][K[C]]`
pub fn getfield(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(b(i))) else {
        return getfield_slow(l, base, pc, k, i);
    };
    found_or!(
        l,
        base,
        pc,
        k,
        i,
        h.get_short(k.at(c(i)).gc()),
        getfield_inherited
    )
}

/// `getfield` of a table that has not got the field.
#[inline(never)]
fn getfield_inherited(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let t: Gc<Table> = base.add(b(i)).get().gc();
    let v = meta::inherited(l, t.metatable.get(), k.at(c(i)).gc());
    if v.is_none() {
        return getfield_event(l, base, pc, k, i);
    }
    base.add(a(i)).set(v);
    next(l, base, pc, k)
}

metamethod_entry! {
    getfield_event, getfield_slow = |l, base, k, i| meta::of_table(l, base.add(b(i)).get(), Event::Index),
    [base.add(b(i)).get(), k.at(c(i))], 1
}

event_handler! {
    getfield_slow = |l, base, k, i| {
        let t = base.add(b(i));
        index_event(l, t.get(), k.at(c(i)), t, i)
    }
}

/// `R[A+1] := R[B]; R[A] := R[B][RK(C)]`
pub fn self_(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let rb = base.add(b(i)).get();
    let key = rkc(base, k, i);
    if key.tag() != tag::SHORT {
        return self_slow(l, base, pc, k, i);
    }
    if rb.tag() != tag::TABLE {
        return self_inherited(l, base, pc, k, i);
    }
    let v = rb.gc::<Table>().get_short(key.gc());
    if v.is_nil() {
        return self_inherited(l, base, pc, k, i);
    }
    base.add(a(i) + 1).set(rb);
    base.add(a(i)).set(v);
    next(l, base, pc, k)
}

/// `self` of an object that has not got the method itself; only of a table can it be nil without an error.
#[inline(never)]
fn self_inherited(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let object = base.add(b(i)).get();
    let metatable = meta::metatable(l, object);
    let v = meta::inherited(l, metatable, rkc(base, k, i).gc());
    if v.is_none() || v.is_nil() && object.tag() != tag::TABLE {
        return self_slow(l, base, pc, k, i);
    }
    base.add(a(i) + 1).set(object);
    base.add(a(i)).set(v);
    next(l, base, pc, k)
}

event_handler! {
    self_slow = |l, base, k, i| {
        let from = base.add(b(i));
        let t = from.get();
        let key = rkc(base, k, i);
        base.add(a(i) + 1).set(t);
        let origin = if b(i) == a(i) + 1 { base.add(a(i) + 1) } else { from };
        index_event(l, t, key, origin, i)
    }
}

/// The `__newindex` of a table that has no value at the key; a nil variant if it has one (or is no table).
#[inline(always)]
fn new_index(l: &State, t: Slot, key: TValue) -> TValue {
    let tm = meta::of_table(l, t.get(), Event::NewIndex);
    if tm.is_nil() || !t.get().gc::<Table>().get(key).is_nil() {
        return TValue::ABSENT;
    }
    tm
}

/// Overwrites a present value, or lets the slow handler do the assignment.
macro_rules! store_or {
    ($l:ident, $base:ident, $pc:ident, $k:ident, $i:ident, $table:expr, $v:ident, $replaced:expr, $slow:ident) => {{
        if heap::needs_barrier($table.header(), $v) || !$replaced {
            return $slow($l, $base, $pc, $k, $i);
        }
        next($l, $base, $pc, $k)
    }};
}

/// `upvalue A [K[B]] := RK(C)`
pub fn settabup(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let t = closure_at(base).upvalue(a(i)).v.get();
    let Some(h) = table_at(t) else {
        return settabup_slow(l, base, pc, k, i);
    };
    let v = rkc(base, k, i);
    store_or!(
        l,
        base,
        pc,
        k,
        i,
        h,
        v,
        h.replace_short(k.at(b(i)).gc(), v),
        settabup_slow
    )
}

event_handler! {
    settabup_slow = |l, base, k, i| {
        let t = closure_at(base).upvalue(a(i)).v.get();
        set_index_event(l, t.get(), k.at(b(i)), rkc(base, k, i), t)
    }
}

/// `R[A][R[B]] := RK(C)`
pub fn settable(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(a(i))) else {
        return settable_slow(l, base, pc, k, i);
    };
    let key = base.add(b(i));
    let v = rkc(base, k, i);
    match key.tag() {
        tag::INT if h.has_element(key.bits().wrapping_sub(1)) => {
            store_or!(
                l,
                base,
                pc,
                k,
                i,
                h,
                v,
                h.store_element(key.bits() as usize - 1, v),
                settable_event
            )
        }
        tag::SHORT => {
            let key = Gc::from_ptr(key.bits() as *mut Str);
            store_or!(
                l,
                base,
                pc,
                k,
                i,
                h,
                v,
                h.replace_short(key, v),
                settable_event
            )
        }
        _ => settable_hash(l, base, pc, k, i),
    }
}

/// `settable` of a table by a key that is no short string and has no element in the array part.
#[inline(never)]
fn settable_hash(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let h: Gc<Table> = base.add(a(i)).get().gc();
    let v = rkc(base, k, i);
    let key = base.add(b(i)).get();
    store_or!(l, base, pc, k, i, h, v, h.replace(key, v), settable_event)
}

metamethod_entry! {
    settable_event, settable_slow = |l, base, k, i| new_index(l, base.add(a(i)), base.add(b(i)).get()),
    [base.add(a(i)).get(), base.add(b(i)).get(), rkc(base, k, i)], 0
}

event_handler! {
    settable_slow = |l, base, k, i| {
        let t = base.add(a(i));
        let (key, v) = (base.add(b(i)).get(), rkc(base, k, i));
        if let Some(h) = table_at(t)
            && h.metatable.get().is_none()
        {
            return meta::raw_set(l, h, key, v);
        }
        set_index_event(l, t.get(), key, v, t)
    }
}

/// `R[A][B] := RK(C)`
pub fn seti(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(a(i))) else {
        return seti_slow(l, base, pc, k, i);
    };
    let v = rkc(base, k, i);
    if !h.has_element(b(i).wrapping_sub(1) as u64) {
        return seti_slow(l, base, pc, k, i);
    }
    store_or!(
        l,
        base,
        pc,
        k,
        i,
        h,
        v,
        h.store_element(b(i) - 1, v),
        seti_slow
    )
}

event_handler! {
    seti_slow = |l, base, k, i| {
        let t = base.add(a(i));
        set_index_event(l, t.get(), TValue::int(b(i) as i64), rkc(base, k, i), t)
    }
}

/// `R[A][K[B]] := RK(C)`
pub fn setfield(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(a(i))) else {
        return setfield_slow(l, base, pc, k, i);
    };
    let v = rkc(base, k, i);
    store_or!(
        l,
        base,
        pc,
        k,
        i,
        h,
        v,
        h.replace_short(k.at(b(i)).gc(), v),
        setfield_event
    )
}

metamethod_entry! {
    setfield_event, setfield_slow = |l, base, k, i| new_index(l, base.add(a(i)), k.at(b(i))),
    [base.add(a(i)).get(), k.at(b(i)), rkc(base, k, i)], 0
}

event_handler! {
    setfield_slow = |l, base, k, i| {
        let t = base.add(a(i));
        if let Some(h) = table_at(t)
            && h.metatable.get().is_none()
        {
            return meta::raw_set(l, h, k.at(b(i)), rkc(base, k, i));
        }
        set_index_event(l, t.get(), k.at(b(i)), rkc(base, k, i), t)
    }
}

slow_handler! {
    /// The body of `newtable`; the extra argument has been skipped.
    newtable_body = |l, base, _k, i| {
        let hash = match b(i) {
            0 => 0,
            n => 1usize << (n - 1),
        };
        let mut array = c(i);
        if kbit(i) {
            let extra = Pc::new(l.ci().pc.get()).offset(-1).fetch();
            array += ax(extra) * (op::MAX_C + 1);
        }
        let ra = base.add(a(i));
        l.top.set(ra.add(1));
        let t = Table::new(l)?;
        ra.set(t.into());
        if hash != 0 || array != 0 {
            t.reserve(l, array, hash)?;
        }
        heap::check_gc(l);
        Ok(())
    }
}

/// `R[A] := {}`
pub fn newtable(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    newtable_body(l, base, pc.offset(1), k, i)
}

slow_handler! {
    /// `R[A][C+j] := R[A+j]` for `1 <= j <= B`; the extra argument has been skipped.
    setlist_body = |l, base, _k, i| {
        let ra = base.add(a(i));
        let n = b(i);
        let mut last = c(i) + n;
        if kbit(i) {
            let extra = Pc::new(l.ci().pc.get()).offset(-1).fetch();
            last += ax(extra) * (op::MAX_C + 1);
        }
        fill(l, ra, n, last)
    }
}

/// Stores the `n` values above the table at `ra` as its elements up to `last`.
fn fill(l: &State, ra: Slot, n: usize, last: usize) -> LResult<()> {
    let Some(h) = table_at(ra) else {
        // Only in an altered chunk.
        return Err(l.run_error("table expected", &[]));
    };
    fill_table(l, h, ra.add(1), n, last)
}

/// Stores the `n` values from `first` on as the table's elements up to `last`. Raises a memory error.
pub fn fill_table(l: &State, h: Gc<Table>, first: Slot, n: usize, last: usize) -> LResult<()> {
    if last > h.array_len() {
        h.resize(l, last, h.hash_len())?;
    }
    for j in (1..=n).rev() {
        let v = first.add(j - 1).get();
        h.set_int(l, (last - n + j) as i64, v)?;
        heap::barrier_back(l, h.header(), v);
    }
    Ok(())
}

/// `R[A][C+j] := R[A+j]` up to B (0: up to the top)
pub fn setlist(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let pc = if kbit(i) { pc.offset(1) } else { pc };
    if b(i) == 0 {
        return setlist_open(l, base, pc, k, i);
    }
    setlist_body(l, base, pc, k, i)
}

/// `setlist` up to the top.
fn setlist_open(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    #[inline(never)]
    fn body(l: &State, base: Slot, i: Instruction) -> LResult<()> {
        let ra = base.add(a(i));
        let n = l.top.get().distance(ra) as usize - 1;
        let mut last = c(i) + n;
        if kbit(i) {
            let extra = Pc::new(l.ci().pc.get()).offset(-1).fetch();
            last += ax(extra) * (op::MAX_C + 1);
        }
        fill(l, ra, n, last)?;
        l.top.set(l.ci().top.get());
        Ok(())
    }
    l.ci().pc.set(pc.as_ptr());
    match body(l, base, i) {
        Ok(()) => next(l, l.ci().base(), pc, k),
        Err(t) => Outcome::thrown(t),
    }
}

/// `R[A] := #R[B]`
pub fn len(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(b(i))) else {
        return len_string(l, base, pc, k, i);
    };
    match h.border_near_hint() {
        Some(n) if h.metatable.get().is_none() => {
            base.add(a(i)).set(TValue::int(n as i64));
            next(l, base, pc, k)
        }
        _ => len_event(l, base, pc, k, i),
    }
}

metamethod_entry! {
    len_event, len_slow = |l, base, k, i| meta::of_table(l, base.add(b(i)).get(), Event::Len),
    [base.add(b(i)).get(), base.add(b(i)).get()], 1
}

/// The length of a string.
#[inline(never)]
fn len_string(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    match base.add(b(i)).get().as_string() {
        Some(s) => {
            base.add(a(i)).set(TValue::int(s.len() as i64));
            next(l, base, pc, k)
        }
        None => len_slow(l, base, pc, k, i),
    }
}

event_handler! {
    len_slow = |l, base, _k, i| {
        let from = base.add(b(i));
        let v = from.get();
        let found = |n| {
            base.add(a(i)).set(n);
            Ok(())
        };
        concat_values::len_with(l, v, from, found, |tm| {
            store_result(l, i, call::start_metamethod(l, tm, [v, v], 1)?);
            Ok(())
        })
    }
}

slow_handler! {
    /// `R[A] := R[A] .. ... .. R[A+B-1]`
    concat = |l, base, _k, i| {
        let n = b(i);
        l.top.set(base.add(a(i) + n));
        concat_values::concat(l, n)?;
        heap::check_gc(l);
        Ok(())
    }
}
