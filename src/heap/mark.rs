//! Marking: from the roots through everything that they reach.

use super::{Phase, age, weak};
use crate::global::{Event, Global};
use crate::limits::EXTRA_STACK;
use crate::object::table::Node;
use crate::object::{CClosure, GcHeader, LClosure, Proto, State, Str, Table, Udata, UpVal};
use crate::value::{Gc, Slot, TValue, tag};
use core::cell::Cell;

/// The link of an object that can be in a grey list.
fn gclist(o: Gc<GcHeader>) -> &'static Cell<*mut GcHeader> {
    match o.tag() {
        tag::TABLE => &o.cast::<Table>().to_ref().gclist,
        tag::LUA_FN => &o.cast::<LClosure>().to_ref().gclist,
        tag::C_CLOSURE => &o.cast::<CClosure>().to_ref().gclist,
        tag::USERDATA => &o.cast::<Udata>().to_ref().gclist,
        tag::PROTO => &o.cast::<Proto>().to_ref().gclist,
        tag::THREAD => &o.cast::<State>().to_ref().gclist,
        t => unreachable!("objects with tag {t:#x} are never in a grey list"),
    }
}

/// Makes an object grey and puts it into a list.
pub fn link(o: Gc<GcHeader>, list: &Cell<*mut GcHeader>) {
    debug_assert!(o.tag() != tag::SHORT);
    gclist(o).set(list.get());
    list.set(o.as_ptr());
    o.set_gray();
}

/// The object behind a list's head and the rest of the list.
pub fn next_in(list: *mut GcHeader) -> Option<(Gc<GcHeader>, *mut GcHeader)> {
    if list.is_null() {
        return None;
    }
    let o = Gc::from_ptr(list);
    Some((o, gclist(o).get()))
}

/// The cell that links an object of a grey list to the next one.
pub fn link_of(o: Gc<GcHeader>) -> &'static Cell<*mut GcHeader> {
    gclist(o)
}

/// Marks a value.
#[inline(always)]
pub fn value(g: &Global, v: TValue) {
    if v.is_collectable() && v.gc::<GcHeader>().is_white() {
        object(g, v.gc());
    }
}

/// Marks an object if it is white.
#[inline(always)]
pub fn maybe<T>(g: &Global, o: Option<Gc<T>>) {
    if let Some(o) = o
        && o.header().is_white()
    {
        object(g, o.header());
    }
}

/// Marks a white object (or an old one that is to be visited again): black if it is done with, else grey.
pub fn object(g: &Global, o: Gc<GcHeader>) {
    match o.tag() {
        tag::SHORT | tag::LONG => o.set_black(),
        tag::UPVAL => {
            let uv: Gc<UpVal> = o.cast();
            if uv.is_open() {
                // The value is on a stack, which is marked with its thread.
                o.set_gray();
            } else {
                o.set_black();
            }
            value(g, uv.get());
        }
        tag::USERDATA if o.cast::<Udata>().nuvalue() == 0 => {
            o.set_black();
            maybe(g, o.cast::<Udata>().metatable.get());
        }
        _ => link(o, &g.gc.gray),
    }
}

/// Marks what is reachable without a reference from another object.
pub fn roots(g: &Global) {
    maybe(g, Some(g.main().as_gc()));
    value(g, g.registry.get());
    metatables(g);
}

/// Marks the metatables of the basic types.
pub fn metatables(g: &Global) {
    for mt in &g.metatables {
        maybe(g, mt.get());
    }
}

/// Marks the objects whose finalizers are to be called.
pub fn pending(g: &Global) {
    let mut p = g.gc.pending.get();
    while !p.is_null() {
        let o: Gc<GcHeader> = Gc::from_ptr(p);
        maybe(g, Some(o));
        p = o.next.get();
    }
}

/// Takes one grey object and marks what it refers to. Returns the work done, about one unit a value.
pub fn propagate_one(g: &Global) -> usize {
    let Some((o, rest)) = next_in(g.gc.gray.get()) else {
        return 0;
    };
    g.gc.gray.set(rest);
    o.set_black();
    match o.tag() {
        tag::TABLE => table(g, o.cast()),
        tag::USERDATA => userdata(g, o.cast()),
        tag::LUA_FN => lua_closure(g, &o.cast()),
        tag::C_CLOSURE => c_closure(g, &o.cast()),
        tag::PROTO => proto(g, o.cast()),
        _ => thread(g, &o.cast()),
    }
}

/// Marks until nothing is grey. Returns the work done.
pub fn propagate_all(g: &Global) -> usize {
    let mut work = 0;
    while !g.gc.gray.get().is_null() {
        work += propagate_one(g);
    }
    work
}

/// After an object was traversed: one that was touched in this cycle stays under watch, one that was touched in the
/// last becomes plainly old.
pub fn generational_link(g: &Global, o: Gc<GcHeader>) {
    match o.age() {
        age::TOUCHED1 => link(o, &g.gc.gray_again),
        age::TOUCHED2 => o.set_age(age::OLD),
        _ => {}
    }
}

fn table(g: &Global, t: Gc<Table>) -> usize {
    maybe(g, t.metatable.get());
    let mode = match t.metatable.get() {
        Some(mt) if !mt.lacks(Event::Mode as u8) => {
            mt.get_short(g.event_name(Event::Mode)).as_string()
        }
        _ => None,
    };
    let (weak_keys, weak_values) = match mode.map(Gc::<Str>::bytes) {
        Some(m) => (m.contains(&b'k'), m.contains(&b'v')),
        None => (false, false),
    };
    match (weak_keys, weak_values) {
        (false, false) => strong_table(g, t),
        (false, true) => weak::traverse_values(g, t),
        (true, false) => {
            weak::traverse_ephemeron(g, t, false);
        }
        (true, true) => weak::link_all_weak(g, t),
    }
    1 + t.array_len() + 2 * t.hash_len()
}

fn strong_table(g: &Global, t: Gc<Table>) {
    for i in 0..t.array_len() {
        value(g, t.array_get(i));
    }
    for n in t.nodes() {
        if n.value().is_nil() {
            clear_key(n);
        } else {
            value(g, n.key());
            value(g, n.value());
        }
    }
    generational_link(g, t.header());
}

/// Lets go of the key of a node without value.
pub fn clear_key(n: &Node) {
    debug_assert!(n.value().is_nil());
    if n.key().is_collectable() {
        n.kill_key();
    }
}

fn userdata(g: &Global, u: Gc<Udata>) -> usize {
    maybe(g, u.metatable.get());
    for i in 0..u.nuvalue() {
        value(g, u.user_value(i).get());
    }
    generational_link(g, u.header());
    1 + u.nuvalue()
}

fn lua_closure(g: &Global, c: &Gc<LClosure>) -> usize {
    if !c.proto.get().is_null() {
        maybe(g, Some(Gc::from_ptr(c.proto.get())));
    }
    for uv in c
        .upvalue_cells()
        .iter()
        .map(Cell::get)
        .filter(|uv| !uv.is_null())
    {
        maybe(g, Some(Gc::from_ptr(uv)));
    }
    1 + c.nupvalues()
}

fn c_closure(g: &Global, c: &Gc<CClosure>) -> usize {
    for i in 0..c.nupvalues() {
        value(g, c.upvalue(i).get());
    }
    1 + c.nupvalues()
}

fn proto(g: &Global, p: Gc<Proto>) -> usize {
    maybe(g, p.source.get());
    for &k in p.constants.as_slice() {
        value(g, k);
    }
    for u in p.upvalues.as_slice() {
        maybe(g, u.name);
    }
    for &f in p.protos.as_slice() {
        maybe(g, Some(f));
    }
    for v in p.loc_vars.as_slice() {
        maybe(g, v.name);
    }
    generational_link(g, p.header());
    1 + p.constants.len() + p.upvalues.len() + p.protos.len() + p.loc_vars.len()
}

fn thread(g: &Global, t: &Gc<State>) -> usize {
    let atomic = g.gc.phase.get() == Phase::Atomic;
    let h = t.header();
    if h.is_old() || g.gc.phase.get() == Phase::Propagate {
        link(h, &g.gc.gray_again);
    }
    if t.stack.get() == Slot::NULL {
        return 1;
    }
    let mut s = t.stack.get();
    while s < t.top.get() {
        value(g, s.get());
        s = s.add(1);
    }
    for uv in open_upvalues(t) {
        maybe(g, Some(uv));
    }
    if atomic {
        if !g.gc.emergency.get() {
            t.shrink_stack();
        }
        let mut s = t.top.get();
        let end = t.stack_last.get().add(EXTRA_STACK);
        while s < end {
            s.set(TValue::NIL);
            s = s.add(1);
        }
        if !t.open_upvalues.get().is_null() {
            super::note_open_upvalues(t);
        }
    }
    1 + t.stack_size()
}

/// The open upvalues of a thread.
fn open_upvalues(t: &State) -> impl Iterator<Item = Gc<UpVal>> {
    let mut p = t.open_upvalues.get();
    core::iter::from_fn(move || {
        if p.is_null() {
            return None;
        }
        let uv: Gc<UpVal> = Gc::from_ptr(p);
        p = uv.next_open();
        Some(uv)
    })
}

/// For each thread that is not marked: the values of its open upvalues that are marked. Threads without open upvalues,
/// and marked ones (which mark their values themselves), leave the list. Returns the work done.
pub fn upvalues_of_dead_threads(g: &Global) -> usize {
    let mut work = 0;
    let mut link: *mut *mut State = g.gc.threads.as_ptr();
    loop {
        // SAFETY: `link` is the head of the list of threads or a member's link; members are not freed yet.
        let p = unsafe { *link };
        if p.is_null() {
            return work;
        }
        let t: Gc<State> = Gc::from_ptr(p);
        work += 1;
        if !t.header().is_white() && !t.open_upvalues.get().is_null() {
            link = t.twups.as_ptr();
            continue;
        }
        // SAFETY: as above.
        unsafe { *link = t.twups.get() };
        t.twups.set(t.as_ptr());
        for uv in open_upvalues(&t) {
            work += 1;
            if !uv.header().is_white() {
                value(g, uv.get());
            }
        }
    }
}
