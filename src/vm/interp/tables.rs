//! Handlers that read and write tables, measure and concatenate.

use super::{K, Outcome, Pc, closure_at, next};
use crate::bytecode::op::{self, a, ax, b, c, k as kbit};
use crate::error::LResult;
use crate::heap;
use crate::object::proto::Instruction;
use crate::object::{State, Str, Table};
use crate::value::{Gc, Slot, TValue, tag};
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

slow_handler! {
    gettabup_slow = |l, base, k, i| {
        let t = closure_at(base).upvalue(b(i)).v.get();
        let v = meta::index_slow(l, t.get(), k.at(c(i)), t)?;
        l.ci().base().add(a(i)).set(v);
        Ok(())
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
            if u < h.array_len() as u64 {
                found_or!(l, base, pc, k, i, h.array_get(u as usize), gettable_slow)
            } else {
                gettable_slow(l, base, pc, k, i)
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
                gettable_slow
            )
        }
        _ => gettable_slow(l, base, pc, k, i),
    }
}

slow_handler! {
    gettable_slow = |l, base, _k, i| {
        let t = base.add(b(i));
        let v = meta::index_slow(l, t.get(), base.add(c(i)).get(), t)?;
        l.ci().base().add(a(i)).set(v);
        Ok(())
    }
}

/// `R[A] := R[B][C]`
pub fn geti(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(b(i))) else {
        return geti_slow(l, base, pc, k, i);
    };
    let u = c(i).wrapping_sub(1);
    if u < h.array_len() {
        found_or!(l, base, pc, k, i, h.array_get(u), geti_slow)
    } else {
        geti_slow(l, base, pc, k, i)
    }
}

slow_handler! {
    geti_slow = |l, base, _k, i| {
        let t = base.add(b(i));
        let v = meta::index_slow(l, t.get(), TValue::int(c(i) as i64), t)?;
        l.ci().base().add(a(i)).set(v);
        Ok(())
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
        getfield_slow
    )
}

slow_handler! {
    getfield_slow = |l, base, k, i| {
        let t = base.add(b(i));
        let v = meta::index_slow(l, t.get(), k.at(c(i)), t)?;
        l.ci().base().add(a(i)).set(v);
        Ok(())
    }
}

/// `R[A+1] := R[B]; R[A] := R[B][RK(C)]`
pub fn self_(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let rb = base.add(b(i)).get();
    let key = rkc(base, k, i);
    if key.tag() != tag::SHORT || rb.tag() != tag::TABLE {
        return self_slow(l, base, pc, k, i);
    }
    let v = rb.gc::<Table>().get_short(key.gc());
    if v.is_nil() {
        return self_slow(l, base, pc, k, i);
    }
    base.add(a(i) + 1).set(rb);
    base.add(a(i)).set(v);
    next(l, base, pc, k)
}

slow_handler! {
    self_slow = |l, base, k, i| {
        let from = base.add(b(i));
        let t = from.get();
        let key = rkc(base, k, i);
        base.add(a(i) + 1).set(t);
        let origin = if b(i) == a(i) + 1 { base.add(a(i) + 1) } else { from };
        let v = meta::index_slow(l, t, key, origin)?;
        l.ci().base().add(a(i)).set(v);
        Ok(())
    }
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

slow_handler! {
    settabup_slow = |l, base, k, i| {
        let t = closure_at(base).upvalue(a(i)).v.get();
        meta::set_index_from(l, t.get(), k.at(b(i)), rkc(base, k, i), t)
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
        tag::INT if key.bits().wrapping_sub(1) < h.array_len() as u64 => {
            store_or!(
                l,
                base,
                pc,
                k,
                i,
                h,
                v,
                h.replace_int(key.bits() as i64, v),
                settable_slow
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
                settable_slow
            )
        }
        _ => settable_slow(l, base, pc, k, i),
    }
}

slow_handler! {
    settable_slow = |l, base, k, i| {
        let t = base.add(a(i));
        let (key, v) = (base.add(b(i)).get(), rkc(base, k, i));
        if let (Some(h), Some(n)) = (table_at(t), key.as_int())
            && h.metatable.get().is_none()
        {
            h.set_int(l, n, v)?;
            h.invalidate_absence();
            heap::barrier_back(l, h.header(), v);
            return Ok(());
        }
        meta::set_index_from(l, t.get(), key, v, t)
    }
}

/// `R[A][B] := RK(C)`
pub fn seti(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    let Some(h) = table_at(base.add(a(i))) else {
        return seti_slow(l, base, pc, k, i);
    };
    let v = rkc(base, k, i);
    if b(i).wrapping_sub(1) >= h.array_len() {
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
        h.replace_int(b(i) as i64, v),
        seti_slow
    )
}

slow_handler! {
    seti_slow = |l, base, k, i| {
        let t = base.add(a(i));
        meta::set_index_from(l, t.get(), TValue::int(b(i) as i64), rkc(base, k, i), t)
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
        setfield_slow
    )
}

slow_handler! {
    setfield_slow = |l, base, k, i| {
        let t = base.add(a(i));
        meta::set_index_from(l, t.get(), k.at(b(i)), rkc(base, k, i), t)
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
            t.resize(l, array, hash)?;
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
    if last > h.array_len() {
        h.resize(l, last, h.hash_len())?;
    }
    for j in (1..=n).rev() {
        let v = ra.add(j).get();
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
    len_body(l, base, pc, k, i)
}

slow_handler! {
    len_body = |l, base, _k, i| {
        let from = base.add(b(i));
        let v = concat_values::len_of(l, from.get(), from)?;
        l.ci().base().add(a(i)).set(v);
        Ok(())
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
