//! What compiled code calls and reads: alias classes, offsets, and functions with the C calling convention.
//!
//! A function that compiled code calls raises nothing, calls no Lua code and runs no collection, `step` excepted: where the
//! interpreter would do such a thing it answers that it could not, having changed nothing that matters, and the trace is
//! left to the start of the instruction. Functions of the library run in that way, too (`native_call`). Exceptions of the host, from its allocator or from functions that a step calls, pass
//! through.

use super::blueprint::Blueprint;
use super::frames::FrameState;
use super::native_call::{self, Shape};
use crate::global::Event;
use crate::heap;
use crate::number;
use crate::object::closure::CClosure;
use crate::object::proto::Instruction;
use crate::object::singles;
use crate::object::table::Node;
use crate::object::{CallInfo, GcHeader, LClosure, Proto, State, Str, Table, Udata, UpVal};
use crate::stdlib::direct::FloatFunction;
use crate::stdlib::math::random;
use crate::value::{Gc, Native, ShortCut, Slot, TValue};
use crate::vm::interp::fill_table;
use crate::vm::{compare, concat, meta, upval};
use core::cell::Cell;
use core::mem::offset_of;
use perilune_jit::{Convention, Effect, Func, Ty};

/// Alias classes.
pub mod class {
    use crate::object::table::layout;
    use perilune_jit::{Class, Label, Width};
    /// Slots of the stack.
    pub const STACK: Class = Class(0);
    /// Headers of tables: parts, sizes, metatable.
    pub const TABLE: Class = Class(1);
    /// Elements of array parts.
    pub const ARRAY: Class = Class(2);
    /// Tags of the elements of array parts.
    pub const ARRAY_TAG: Class = Class(3);
    /// Payloads of the values of nodes.
    pub const NODE: Class = Class(4);
    /// Keys of nodes.
    pub const KEY: Class = Class(5);
    /// Payloads of variables that closures share, in upvalues and captured registers.
    pub const UPVALUE: Class = Class(6);
    /// Where upvalues are.
    pub const UPVALUE_PLACE: Class = Class(7);
    /// What never changes: prototypes of closures, strings, upvalues of closures.
    pub const CONSTANT: Class = Class(8);
    /// Hints about borders.
    pub const HINT: Class = Class(9);
    /// Flags of absent metamethods.
    pub const FLAGS: Class = Class(10);
    /// The frames of the thread.
    pub const FRAMES: Class = Class(11);
    /// Results of helpers.
    pub const SCRATCH: Class = Class(12);
    /// The heap: allocation.
    pub const HEAP: Class = Class(13);
    /// Tags of the values of nodes. Where tags are of a class of their own, what is known of them outlasts stores of payloads.
    pub const NODE_TAG: Class = Class(14);
    /// Tags of variables that closures share.
    pub const UPVALUE_TAG: Class = Class(15);
    /// What `math.random` draws from.
    pub const RANDOM: Class = Class(16);
    /// The values of nodes with different keys are different ones, and so are variables that have different types now.
    pub const LABELS: [Label; 3] = [
        Label {
            class: NODE,
            by: KEY,
            distance: layout::KEY_BITS as i32 - layout::NODE_BITS as i32,
            width: Width::I64,
        },
        Label {
            class: NODE_TAG,
            by: KEY,
            distance: layout::KEY_BITS as i32 - layout::NODE_TAG as i32,
            width: Width::I64,
        },
        Label {
            class: UPVALUE,
            by: UPVALUE_TAG,
            distance: 8,
            width: Width::U8,
        },
    ];
    /// What others change at any time.
    pub const VOLATILE: Class = Class::VOLATILE;

    /// The class of the tags next to payloads of the class `payload`, on the stack or where variables are that closures share.
    pub const fn tags(payload: Class) -> Class {
        if payload.0 == UPVALUE.0 {
            UPVALUE_TAG
        } else {
            payload
        }
    }
}

/// Offset of the dispatch table in a thread.
pub const DISPATCH: i32 = offset_of!(State, dispatch) as i32;
/// Offset of the current frame in a thread.
pub const CI: i32 = offset_of!(State, ci) as i32;
/// Offset of the function's slot in a frame.
pub const CI_FUNC: i32 = offset_of!(CallInfo, func) as i32;
/// Offset of the top in a thread.
pub const TOP: i32 = offset_of!(State, top) as i32;
/// Offset of the end of the stack in a thread.
pub const STACK_LAST: i32 = offset_of!(State, stack_last) as i32;
/// Offset of the end of the function's slots in a frame.
pub const CI_TOP: i32 = offset_of!(CallInfo, top) as i32;
/// Offset of the next call's frame in a frame.
pub const CI_NEXT: i32 = offset_of!(CallInfo, next) as i32;
/// Offset of the constants in a frame.
pub const CI_CONSTANTS: i32 = offset_of!(CallInfo, k) as i32;
/// Offset of the caller's frame in a frame.
pub const CI_PREV: i32 = offset_of!(CallInfo, prev) as i32;
/// Offset of the number of extra arguments in a frame.
pub const CI_EXTRA_ARGS: i32 = offset_of!(CallInfo, extra_args) as i32;
/// Offset of the results wanted, below the status bits in one word.
pub const CI_RESULTS: i32 = offset_of!(CallInfo, nresults) as i32;
const _: () = assert!(offset_of!(CallInfo, status) == offset_of!(CallInfo, nresults) + 2);
/// Offset of a metamethod's note of the thread's epoch in a frame.
pub const CI_CTX: i32 = offset_of!(CallInfo, ctx) as i32;
/// Offset of the epoch of native frames in a thread.
pub const NATIVE_EPOCH: i32 = offset_of!(State, native_epoch) as i32;
/// Offset of the levels of nesting in a thread.
pub const C_CALLS: i32 = offset_of!(State, c_calls) as i32;
/// Offset of the next instruction in a frame.
pub const CI_PC: i32 = offset_of!(CallInfo, pc) as i32;
/// Offset of the prototype in a closure.
pub const CLOSURE_PROTO: i32 = offset_of!(LClosure, proto) as i32;
/// Offset of the upvalues behind a closure.
pub const CLOSURE_UPVALUES: i32 = size_of::<LClosure>() as i32;
/// Offset of an upvalue's place.
pub const UPVALUE_PLACE: i32 = offset_of!(UpVal, v) as i32;

/// Offset of the metatable in a userdata.
pub const UDATA_METATABLE: i32 = offset_of!(Udata, metatable) as i32;
/// Offset of what a C closure calls.
pub const C_CLOSURE_CODE: i32 = crate::object::CClosure::CODE as i32;
/// Offset of an object's tag.
pub const OBJECT_TAG: i32 = crate::object::TAG_OFFSET as i32;

/// The compiled code whose address is in the cell at `door`: it enters a function of which the frame has been made, and
/// answers where the function was, and so where its results are.
pub fn compiled(door: usize) -> Func {
    Func {
        name: "compiled",
        addr: door,
        params: &[Ty::Int, Ty::Int],
        ret: Ty::Int,
        convention: Convention::Trace,
        effect: Effect {
            reads: u32::MAX,
            writes: !class::CONSTANT.bit(),
        },
    }
}

/// A function that compiled code calls.
macro_rules! helper {
    ($(#[$attr:meta])* $constant:ident = $name:ident($($arg:ident: $ty:ty = $kind:ident),*) -> $ret:ty = $ret_kind:ident;
     reads [$($r:ident)*] writes [$($w:ident)*]; $body:block) => {
        $(#[$attr])*
        extern "C-unwind" fn $name($($arg: $ty),*) -> $ret $body
        $(#[$attr])*
        pub fn $constant() -> Func {
            Func {
                name: stringify!($name),
                addr: $name as *const () as usize,
                params: &[$(Ty::$kind),*],
                ret: Ty::$ret_kind,
                convention: Convention::C,
                effect: Effect {
                    reads: 0 $(| class::$r.bit())*,
                    writes: 0 $(| class::$w.bit())*,
                },
            }
        }
    };
}

/// An instruction that the interpreter executes for a trace.
pub struct StepPlan {
    /// The frames when it is executed.
    pub state: FrameState,
    /// The instruction.
    pub at: *const Instruction,
    /// Where the interpreter must stand afterwards for the trace to go on.
    pub next: Cell<*const Instruction>,
    /// Where an open number of results must end then, in slots above the outermost frame's registers; -1 if the
    /// instruction has none.
    pub end: Cell<i32>,
    /// What happens when the trace cannot go on.
    pub fate: Fate,
}

helper! {
    /// Executes an instruction in the interpreter. The registers, which may have moved; 0 if the trace is to be left as
    /// things are.
    step = run_step(l: &State = Int, base: Slot = Int, plan: &StepPlan = Int) -> u64 = Int;
    reads [STACK TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY UPVALUE UPVALUE_TAG UPVALUE_PLACE HINT FLAGS FRAMES HEAP]
    writes [STACK TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY UPVALUE UPVALUE_TAG UPVALUE_PLACE HINT FLAGS FRAMES SCRATCH HEAP];
    {
        super::step(l, base, plan)
    }
}

/// A call of a function that is not followed, a C function or one of the library.
pub struct CallPlan {
    /// The function's slot, counted from the outermost frame's registers.
    pub func: i32,
    /// Its arguments.
    pub nargs: i32,
    /// The results wanted, or -1.
    pub nresults: i32,
    /// What happens when the trace cannot go on.
    pub fate: Fate,
}

/// What steps and calls know of the trace that they are part of.
pub struct Fate {
    /// Set when the trace may no longer go on.
    pub dead: *const Cell<bool>,
    /// How often a call has returned, in a counter that wraps.
    pub successes: Cell<u32>,
    /// How often the trace could not go on behind this.
    pub failures: Cell<u32>,
    /// The instruction where the tree of the trace starts.
    pub root: Cell<*const Instruction>,
}

helper! {
    /// Calls a function in the thread's current frame. The outermost frame's registers, which may have moved; 0 if the
    /// trace is to be left as things are.
    call = run_call(l: &State = Int, base: Slot = Int, plan: &CallPlan = Int) -> u64 = Int;
    reads [STACK TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY UPVALUE UPVALUE_TAG UPVALUE_PLACE HINT FLAGS FRAMES HEAP]
    writes [STACK TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY UPVALUE UPVALUE_TAG UPVALUE_PLACE HINT FLAGS FRAMES SCRATCH HEAP];
    {
        super::call(l, base, plan)
    }
}

helper! {
    /// Sets up the frames that the trace has entered, because another trace goes on in the innermost: its registers, or 0
    /// if there is no memory.
    enter_frames = run_enter_frames(l: &State = Int, base: Slot = Int, state: &FrameState = Int) -> u64 = Int;
    reads [FRAMES] writes [FRAMES HEAP];
    {
        super::build_frames(l, base, state)
    }
}

fn node_address(n: Option<&Node>) -> *const Node {
    n.map_or(core::ptr::null(), |n| n)
}

helper! {
    /// The node of an interned string, or 0.
    find_short = run_find_short(t: Gc<Table> = Int, key: Gc<Str> = Int) -> *const Node = Int;
    reads [TABLE KEY] writes [];
    {
        node_address(t.find_short(key))
    }
}

helper! {
    /// The node of an integer that is no element of the array part, or 0.
    find_int = run_find_int(t: Gc<Table> = Int, key: i64 = Int) -> *const Node = Int;
    reads [TABLE KEY] writes [];
    {
        node_address(t.find_int(key))
    }
}

helper! {
    /// The node of any key, which is no float that stands for an integer, or 0.
    find = run_find(t: Gc<Table> = Int, bits: u64 = Int, tag: u64 = Int) -> *const Node = Int;
    reads [TABLE KEY] writes [];
    {
        node_address(t.find_any(TValue::from_raw(bits, tag as u8)))
    }
}

helper! {
    /// `t[key] = v` without metamethods; 0 if that fails.
    set = run_set(l: &State = Int, t: Gc<Table> = Int, key: u64 = Int, key_tag: u64 = Int, v: u64 = Int, tag: u64 = Int)
        -> u64 = Int;
    reads [TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT FLAGS]
    writes [TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT FLAGS HEAP];
    {
        let (key, v) = (TValue::from_raw(key, key_tag as u8), TValue::from_raw(v, tag as u8));
        quietly(l, || meta::raw_set(l, t, key, v)).is_some() as u64
    }
}

helper! {
    /// The backward barrier of a table that refers to an object now.
    barrier = run_barrier(l: &State = Int, t: Gc<GcHeader> = Int, v: Gc<GcHeader> = Int) -> () = None;
    reads [] writes [HEAP];
    {
        heap::barrier_back(l, t, TValue::object(v))
    }
}

helper! {
    /// The forward barrier of an upvalue, or of an object that got a metatable.
    forward_barrier = run_forward_barrier(l: &State = Int, o: Gc<GcHeader> = Int, v: Gc<GcHeader> = Int) -> () = None;
    reads [] writes [HEAP];
    {
        heap::barrier(l, o, TValue::object(v))
    }
}

helper! {
    /// Whether a metatable lacks an event, which is then noted in its flags.
    lacks = run_lacks(l: &State = Int, metatable: Gc<Table> = Int, event: Event = Int) -> u64 = Int;
    reads [TABLE NODE NODE_TAG KEY FLAGS] writes [FLAGS];
    {
        meta::fast(l, Some(metatable), event).is_nil() as u64
    }
}

helper! {
    /// Gives a table without metatable one without finalizer; 0 if they are not like that.
    set_metatable = run_set_metatable(l: &State = Int, t: Gc<Table> = Int, metatable: Gc<Table> = Int) -> u64 = Int;
    reads [TABLE NODE NODE_TAG KEY FLAGS] writes [TABLE FLAGS HEAP];
    {
        meta::set_plain_metatable(l, t, metatable) as u64
    }
}

helper! {
    /// Closes the upvalues from a slot on; 0, and nothing is changed, if a variable there is to be closed.
    close_upvalues = run_close_upvalues(l: &State = Int, level: Slot = Int) -> u64 = Int;
    reads [STACK UPVALUE UPVALUE_TAG UPVALUE_PLACE FRAMES] writes [UPVALUE UPVALUE_TAG UPVALUE_PLACE FRAMES HEAP];
    {
        let plain = !upval::has_tbc(l, level);
        if plain {
            upval::close(l, level);
        }
        plain as u64
    }
}

helper! {
    /// A new table, or 0.
    new_table = run_new_table(l: &State = Int, array: u64 = Int, hash: u64 = Int) -> u64 = Int;
    reads [] writes [HEAP];
    {
        let made = quietly(l, || {
            let t = Table::new(l)?;
            if array != 0 || hash != 0 {
                t.reserve(l, array as usize, hash as usize)?;
            }
            Ok(t)
        });
        made.map_or(0, |t| t.as_ptr() as u64)
    }
}

helper! {
    /// The table or string of the blueprint with the values behind `place`, or 0.
    make = run_make(l: &State = Int, blueprint: &Blueprint = Int, place: Slot = Int) -> u64 = Int;
    reads [SCRATCH HEAP] writes [SCRATCH HEAP];
    {
        let Some(text) = super::text_of(l) else {
            return 0;
        };
        quietly(l, || blueprint.make(l, text, place)).map_or(0, |()| place.get().bits())
    }
}

helper! {
    /// Appends a string or number to the first `len` bytes of the state's text: the new length, or -1 if that fails.
    append = run_append(l: &State = Int, len: u64 = Int, bits: u64 = Int, tag: u64 = Int) -> i64 = Int;
    reads [HEAP] writes [HEAP];
    {
        let v = TValue::from_raw(bits, tag as u8);
        let grown = super::text_of(l).and_then(|text| {
            heap::without_collection(l.global(), || text.append(l, len as usize, v))
        });
        grown.map_or(-1, |len| len as i64)
    }
}

helper! {
    /// Stores the `n` values from `first` on as a table's elements up to `last`; 0 if that fails.
    fill = run_fill(l: &State = Int, t: Gc<Table> = Int, first: Slot = Int, n: u64 = Int, last: u64 = Int) -> u64 = Int;
    reads [STACK UPVALUE UPVALUE_TAG TABLE HINT] writes [TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT HEAP];
    {
        quietly(l, || fill_table(l, t, first, n as usize, last as usize)).is_some() as u64
    }
}

helper! {
    /// A border of a table.
    border = run_border(t: Gc<Table> = Int) -> u64 = Int;
    reads [TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT] writes [HINT];
    {
        t.border()
    }
}

helper! {
    /// The concatenation of `n` strings and numbers in the slots from `first` on, or 0.
    concatenate = run_concatenate(l: &State = Int, first: Slot = Int, n: u64 = Int) -> u64 = Int;
    reads [STACK UPVALUE UPVALUE_TAG] writes [STACK UPVALUE UPVALUE_TAG HEAP];
    {
        let n = n as usize;
        let parts = (0..n).map(|j| first.add(j).get());
        if !parts.clone().all(|v| v.is_string() || v.is_number()) {
            return 0;
        }
        // The instruction may be executed anew: the first operand must stay.
        let operand = first.get();
        let top = l.top.replace(first.add(n));
        let joined = quietly(l, || concat::concat(l, n));
        let result = first.get();
        first.set(operand);
        l.top.set(top);
        joined.map_or(0, |()| result.bits())
    }
}

helper! {
    /// Compares two strings: negative, 0 or positive.
    compare_strings = run_compare_strings(a: Gc<Str> = Int, b: Gc<Str> = Int) -> i64 = Int;
    reads [] writes [];
    {
        compare::compare_strings(a, b) as i64
    }
}

helper! {
    /// Whether two strings have the same contents.
    equal_strings = run_equal_strings(a: Gc<Str> = Int, b: Gc<Str> = Int) -> u64 = Int;
    reads [] writes [];
    {
        (a.bytes() == b.bytes()) as u64
    }
}

helper! {
    /// `x % y` of floats.
    float_mod = run_float_mod(x: f64 = Num, y: f64 = Num) -> f64 = Num;
    reads [] writes [];
    {
        number::fmod_lua(x, y)
    }
}

helper! {
    /// `x ^ y`.
    power = run_power(x: f64 = Num, y: f64 = Num) -> f64 = Num;
    reads [] writes [];
    {
        number::pow(x, y)
    }
}

helper! {
    /// The string of one byte; null if there is no memory for it.
    single = run_single(l: &State = Int, byte: u64 = Int) -> *const Str = Int;
    reads [] writes [HEAP];
    {
        let s = heap::without_collection(l.global(), || singles::single(l, byte as u8));
        s.map_or(core::ptr::null(), |s| s.as_ptr().cast_const())
    }
}

helper! {
    /// `math.random()`, `f` being that function.
    random_float = run_random_float(f: Gc<CClosure> = Int) -> f64 = Num;
    reads [RANDOM] writes [RANDOM];
    {
        random::next_float(f)
    }
}

helper! {
    /// `math.random(low, high)`, where `low <= high`.
    random_between = run_random_between(f: Gc<CClosure> = Int, low: i64 = Int, high: i64 = Int) -> i64 = Int;
    reads [RANDOM] writes [RANDOM];
    {
        random::next_between(f, low, high)
    }
}

/// Calls a function of the library that computes a float from a float.
pub fn float_function(f: &FloatFunction) -> Func {
    Func {
        name: f.name,
        addr: f.code as *const () as usize,
        params: &[Ty::Num],
        ret: Ty::Num,
        convention: Convention::C,
        effect: Effect {
            reads: 0,
            writes: 0,
        },
    }
}

helper! {
    /// Calls a function of the library on the `n` arguments from `args` on; the tag of the result, whose payload is in the
    /// scratch value.
    direct = run_direct(l: &State = Int, args: Slot = Int, n: u64 = Int, f: &Native = Int, scratch: Slot = Int) -> u64 = Int;
    reads [STACK UPVALUE UPVALUE_TAG TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT]
    writes [SCRATCH HINT HEAP];
    {
        let v = match f.short_cut {
            ShortCut::Direct(direct) | ShortCut::First(direct) => direct(l, args, n as usize),
            ShortCut::Fresh(direct) => {
                heap::without_collection(l.global(), || direct(l, args, n as usize))
            }
            _ => TValue::NONE,
        };
        scratch.set(v);
        v.tag() as u64
    }
}

helper! {
    /// Calls a function of the library that has no effects: see `native_call::for_trace`.
    native = run_native(l: &State = Int, f: u64 = Int, tag: u64 = Int, args: Slot = Int, shape: u64 = Int, to: Slot = Int)
        -> u64 = Int;
    reads [STACK UPVALUE UPVALUE_TAG TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT FLAGS HEAP] writes [STACK HINT FLAGS FRAMES HEAP];
    {
        native_call::for_trace(l, TValue::from_raw(f, tag as u8), args, Shape(shape), to) as u64
    }
}

helper! {
    /// The same for one that has effects.
    native_with_effects = run_native_with_effects(
        l: &State = Int, f: u64 = Int, tag: u64 = Int, args: Slot = Int, shape: u64 = Int, to: Slot = Int
    ) -> u64 = Int;
    reads [STACK UPVALUE UPVALUE_TAG TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT FLAGS HEAP]
    writes [STACK TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT FLAGS FRAMES HEAP];
    {
        native_call::for_trace(l, TValue::from_raw(f, tag as u8), args, Shape(shape), to) as u64
    }
}

helper! {
    /// Whether leaving the scope of the slots from `level` on closes nothing.
    nothing_to_close = run_nothing_to_close(l: &State = Int, level: Slot = Int) -> u64 = Int;
    reads [UPVALUE_PLACE FRAMES] writes [];
    {
        closes_nothing(l, level) as u64
    }
}

helper! {
    /// A step of a generic loop: 1 with the next key and value in place, 0 at the end, 2 if the iterator must be called.
    iterate = run_iterate(f: &Native = Int, bits: u64 = Int, tag: u64 = Int, key: u64 = Int, key_tag: u64 = Int, to: Slot = Int)
        -> u64 = Int;
    reads [TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT] writes [STACK HINT];
    {
        let (t, key) = (TValue::from_raw(bits, tag as u8), TValue::from_raw(key, key_tag as u8));
        match f.short_cut {
            ShortCut::Step(step) => step(t, key, to).map_or(2, |more| more as u64),
            _ => 2,
        }
    }
}

/// What `next_key` answers where the iterator must be called: no tag.
pub const NO_KEY: u64 = 0x100;

helper! {
    /// The tag of the key that an iterator gives behind another one, whose payload is then in the scratch value; that of nil at
    /// the end.
    next_key = run_next_key(f: &Native = Int, t: Gc<Table> = Int, key: u64 = Int, key_tag: u64 = Int, scratch: Slot = Int)
        -> u64 = Int;
    reads [TABLE ARRAY ARRAY_TAG NODE NODE_TAG KEY HINT] writes [SCRATCH HINT];
    {
        let mut pair = [TValue::NIL; 2];
        let (to, key) = (Slot::new(pair.as_mut_ptr()), TValue::from_raw(key, key_tag as u8));
        let more = match f.short_cut {
            ShortCut::Step(step) => step(t.into(), key, to),
            _ => None,
        };
        let found = match more {
            Some(true) => pair[0],
            Some(false) => TValue::NIL,
            None => return NO_KEY,
        };
        scratch.set(found);
        found.tag() as u64
    }
}

/// What `next_node` answers for what is no node: no object has this address.
pub const NO_NODE: usize = 1;

helper! {
    /// The node behind a key in the order of traversal: 0 at the end, `NO_NODE` if there is something else to be done. It
    /// notes in `to` which it is.
    next_node = run_next_node(t: Gc<Table> = Int, key: u64 = Int, key_tag: u64 = Int, to: Slot = Int) -> *const Node = Int;
    reads [TABLE ARRAY_TAG NODE NODE_TAG KEY] writes [];
    {
        match t.next_node(TValue::from_raw(key, key_tag as u8), to) {
            Some(node) => node_address(node),
            None => core::ptr::without_provenance(NO_NODE),
        }
    }
}

helper! {
    /// A closure of the `n`th function nested in the function that runs at `base`; 0 if there is no memory.
    closure = run_closure(l: &State = Int, base: Slot = Int, outer: Gc<LClosure> = Int, p: Gc<Proto> = Int) -> u64 = Int;
    reads [UPVALUE_PLACE FRAMES] writes [FRAMES HEAP];
    {
        quietly(l, || LClosure::capture(l, p, &outer, base, |_| ())).map_or(0, |c| c.as_ptr() as u64)
    }
}

/// Whether there are neither open upvalues nor variables to be closed from `level` on.
pub fn closes_nothing(l: &State, level: Slot) -> bool {
    // SAFETY: the upvalues of the list are live; the one of the highest level comes first.
    let open = unsafe { l.open_upvalues.get().as_ref() };
    open.is_none_or(|uv| uv.v.get() < level) && !upval::has_tbc(l, level)
}

/// Does something that may fail for want of memory, without a collection and without leaving an error value behind.
#[inline(always)]
fn quietly<T>(l: &State, f: impl FnOnce() -> crate::error::LResult<T>) -> Option<T> {
    let top = l.top.get();
    let result = heap::without_collection(l.global(), f);
    if result.is_err() {
        l.top.set(top);
    }
    result.ok()
}
