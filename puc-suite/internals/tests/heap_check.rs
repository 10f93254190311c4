//! The check of the heap finds what it is there to find: each test breaks one thing in a sound heap.
#![cfg(feature = "internals")]

use perilune::capi::lauxlib::luaL_newstate;
use perilune::heap::{self, inspect};
use perilune::object::{State, Table};
use perilune::value::{Gc, TValue};

/// The number of the phase in which everything reachable is marked.
const MARKED: usize = 1;
/// The number of the phase between two cycles.
const PAUSE: usize = 8;
/// The bit of objects that have a finalizer.
const FINALIZER: u8 = 1 << 6;

/// A state that is never closed, since its heap gets broken.
fn state() -> &'static State {
    // SAFETY: opening a state has no precondition, and it is never closed.
    let state = unsafe { luaL_newstate().as_ref() };
    let Some(l) = state else {
        panic!("no memory for a state")
    };
    heap::gc_stop(l);
    l
}

/// A new table, on top of the stack.
fn table(l: &State) -> Gc<Table> {
    match l.create_table(0, 0) {
        Ok(t) => t,
        Err(_) => panic!("no memory for a table"),
    }
}

/// `t[1] = v` without barrier.
fn store(l: &State, t: Gc<Table>, v: TValue) {
    assert!(t.set_int(l, 1, v).is_ok());
}

fn assert_complaint(l: &State, part: &str) {
    match inspect::check(l) {
        Ok(()) => panic!("nothing found; expected: {part}"),
        Err(what) => assert!(what.contains(part), "expected: {part}; found: {what}"),
    }
}

#[test]
fn a_sound_heap_passes_in_every_phase() {
    let l = state();
    let outer = table(l);
    store(l, outer, table(l).into());
    for phase in (0..=PAUSE).filter(|&p| inspect::PHASES[p] != "enteratomic") {
        assert!(inspect::run_until_phase(l, phase));
        assert_eq!(
            inspect::check(l),
            Ok(()),
            "in phase {}",
            inspect::PHASES[phase]
        );
    }
}

#[test]
fn a_black_object_that_refers_to_a_white_one_is_found() {
    let l = state();
    let outer = table(l);
    inspect::run_until_phase(l, MARKED);
    store(l, outer, table(l).into());
    assert_complaint(l, "refers to the white table");
}

#[test]
fn an_old_object_that_refers_to_a_new_one_is_found() {
    let l = state();
    let outer = table(l);
    heap::gc_generational(l, 0, 0);
    store(l, outer, table(l).into());
    assert_complaint(l, "(old) refers to the white table");
}

#[test]
fn a_gray_object_outside_of_the_gray_lists_is_found() {
    let l = state();
    let t = table(l);
    inspect::run_until_phase(l, MARKED);
    t.header().marked.set(0);
    assert_complaint(l, "is not in a grey list");
}

#[test]
fn a_marked_object_between_two_cycles_is_found() {
    let l = state();
    let t = table(l);
    inspect::run_until_phase(l, PAUSE);
    t.header().marked.set(0);
    assert_complaint(l, "between two cycles");
}

#[test]
fn a_reference_to_something_that_is_no_object_of_the_state_is_found() {
    let l = state();
    let outer = table(l);
    store(l, outer, table(state()).into());
    assert_complaint(l, "which is no object");
}

#[test]
fn a_stack_slot_that_refers_to_no_object_of_the_state_is_found() {
    let l = state();
    l.push(table(state()).into());
    assert_complaint(l, "which is no object");
}

#[test]
fn an_object_with_finalizer_in_the_list_for_the_others_is_found() {
    let l = state();
    let marked = &table(l).header().to_ref().marked;
    marked.set(marked.get() | FINALIZER);
    assert_complaint(l, "is in the list All");
}

#[test]
fn an_interned_string_outside_of_the_lists_is_found() {
    let l = state();
    assert!(l.push_str("a short string").is_ok());
    let s = l.value_at(-1).gc::<perilune::object::GcHeader>();
    // The newest object is the first of the list.
    let all = &l.global().gc.all;
    assert!(all.get() == s.as_ptr());
    all.set(s.next.get());
    l.pop(1);
    l.push_nil();
    assert_complaint(l, "a freed string");
}
