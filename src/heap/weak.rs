//! Weak tables.
//!
//! Weak values and weak keys (ephemerons) are found while tables are traversed and cleared in the atomic phase, when it
//! is known what is reachable. An ephemeron marks a value only when its key is marked, which may take several rounds.

use super::{Phase, age, mark};
use crate::global::Global;
use crate::object::{GcHeader, Table};
use crate::value::{Gc, TValue, tag};
use core::cell::Cell;

/// Whether a key or value of a weak table is to be cleared. Strings count as values: they are marked instead.
fn is_cleared(g: &Global, v: TValue) -> bool {
    if !v.is_collectable() {
        return false;
    }
    if v.is_string() {
        mark::value(g, v);
        return false;
    }
    v.gc::<GcHeader>().is_white()
}

/// Traverses a table with weak values: marks its keys, and remembers the table if values may have to be cleared.
pub fn traverse_values(g: &Global, t: Gc<Table>) {
    let mut clears = t.array_len() > 0;
    for n in t.nodes() {
        if n.value().is_nil() {
            mark::clear_key(n);
        } else {
            mark::value(g, n.key());
            clears = clears || is_cleared(g, n.value());
        }
    }
    if g.gc.phase.get() == Phase::Propagate {
        mark::link(t.header(), &g.gc.gray_again);
    } else if clears {
        mark::link(t.header(), &g.gc.weak);
    }
}

/// Traverses an ephemeron: marks the values whose keys are marked; answers whether it marked anything. `backwards`
/// walks the nodes the other way, so that chains through one table do not cost a round for each link.
pub fn traverse_ephemeron(g: &Global, t: Gc<Table>, backwards: bool) -> bool {
    let (mut marked, mut clears, mut white_pairs) = (false, false, false);
    let is_white = |v: TValue| v.is_collectable() && v.gc::<GcHeader>().is_white();
    for i in 0..t.array_len() {
        let v = t.array_get(i);
        if is_white(v) {
            marked = true;
            mark::value(g, v);
        }
    }
    let nodes = t.nodes();
    for i in 0..nodes.len() {
        let n = &nodes[if backwards { nodes.len() - 1 - i } else { i }];
        if n.value().is_nil() {
            mark::clear_key(n);
        } else if is_cleared(g, n.key()) {
            clears = true;
            white_pairs = white_pairs || is_white(n.value());
        } else if is_white(n.value()) {
            marked = true;
            mark::value(g, n.value());
        }
    }
    let h = t.header();
    if g.gc.phase.get() == Phase::Propagate {
        mark::link(h, &g.gc.gray_again);
    } else if white_pairs {
        mark::link(h, &g.gc.ephemeron);
    } else if clears {
        mark::link(h, &g.gc.all_weak);
    } else {
        mark::generational_link(g, h);
    }
    marked
}

/// Remembers a table whose keys and values are weak, of which nothing is marked.
pub fn link_all_weak(g: &Global, t: Gc<Table>) {
    let list = if g.gc.phase.get() == Phase::Propagate {
        &g.gc.gray_again
    } else {
        &g.gc.all_weak
    };
    mark::link(t.header(), list);
}

/// Traverses the ephemerons until no round marks anything. Returns the work done.
pub fn converge_ephemerons(g: &Global) -> usize {
    let mut work = 0;
    let mut backwards = false;
    loop {
        let mut changed = false;
        let mut list = g.gc.ephemeron.replace(core::ptr::null_mut());
        while let Some((o, rest)) = mark::next_in(list) {
            list = rest;
            o.set_black();
            if traverse_ephemeron(g, o.cast(), backwards) {
                work += mark::propagate_all(g);
                changed = true;
            }
        }
        backwards = !backwards;
        if !changed {
            return work;
        }
    }
}

/// The tables of a grey list, up to `end`.
fn tables(list: *mut GcHeader, end: *mut GcHeader) -> impl Iterator<Item = Gc<Table>> {
    let mut p = list;
    core::iter::from_fn(move || {
        if p == end {
            return None;
        }
        let (o, rest) = mark::next_in(p)?;
        p = rest;
        Some(o.cast())
    })
}

/// Removes the entries with unmarked keys from the tables of a list.
pub fn clear_by_keys(g: &Global, list: &Cell<*mut GcHeader>) {
    for t in tables(list.get(), core::ptr::null_mut()) {
        for n in t.nodes() {
            if is_cleared(g, n.key()) {
                n.set_value(TValue::EMPTY);
            }
            if n.value().is_nil() {
                mark::clear_key(n);
            }
        }
    }
}

/// Removes the entries with unmarked values from the tables of a list, up to the table `end`.
pub fn clear_by_values(g: &Global, list: &Cell<*mut GcHeader>, end: *mut GcHeader) {
    for t in tables(list.get(), end) {
        for i in 0..t.array_len() {
            if is_cleared(g, t.array_get(i)) {
                t.array_set(i, TValue::EMPTY);
            }
        }
        for n in t.nodes() {
            if is_cleared(g, n.value()) {
                n.set_value(TValue::EMPTY);
            }
            if n.value().is_nil() {
                mark::clear_key(n);
            }
        }
    }
}

/// After a young collection, which objects of a grey list stay in it: those touched in this cycle, and threads.
pub fn correct_list(list: &Cell<*mut GcHeader>) -> &Cell<*mut GcHeader> {
    let mut at: &Cell<*mut GcHeader> = list;
    while let Some((o, rest)) = mark::next_in(at.get()) {
        let stays = if o.is_white() {
            false
        } else if o.age() == age::TOUCHED1 {
            o.set_black();
            o.set_age(age::TOUCHED2);
            true
        } else if o.tag() == tag::THREAD {
            true
        } else {
            if o.age() == age::TOUCHED2 {
                o.set_age(age::OLD);
            }
            o.set_black();
            false
        };
        if stays {
            at = mark::link_of(o);
        } else {
            at.set(rest);
        }
    }
    at
}
