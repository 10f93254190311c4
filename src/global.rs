//! What all threads of one `lua_newstate` share: the allocator, the collector's lists and parameters, interned strings,
//! the registry, metatables of basic types.

use crate::heap::pool::Pool;
use crate::object::singles::Singles;
use crate::object::string_table::StringTable;
use crate::object::{State, Str, Table};
use crate::value::{CFunction, Gc, TValue, ty};
use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_char, c_int, c_void};

/// The host's allocator: `(ud, block, old size, new size)`.
pub type Alloc = unsafe extern "C-unwind" fn(*mut c_void, *mut c_void, usize, usize) -> *mut c_void;
/// The host's receiver of warnings: `(ud, message, to be continued)`.
pub type WarnFunction = unsafe extern "C-unwind" fn(*mut c_void, *const c_char, c_int);

/// Counters of heat; a power of two.
pub const HEAT_COUNTERS: usize = 64;
/// Entries of the cache of strings made from C strings.
pub const STRING_CACHE: usize = 64;

/// The metamethod events; the numbers index `Global::event_names` and, up to `LAST_FAST`, the absence bits of a table.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Event {
    Index,
    NewIndex,
    Gc,
    Mode,
    Len,
    Eq,
    Call,
    Close,
    Add,
    Sub,
    Mul,
    Mod,
    Pow,
    Div,
    IDiv,
    BAnd,
    BOr,
    BXor,
    Shl,
    Shr,
    Unm,
    BNot,
    Lt,
    Le,
    Concat,
}

/// Number of events.
pub const EVENT_COUNT: usize = 25;
/// The last event whose absence a metatable remembers in its `flags`.
pub const LAST_FAST: u8 = Event::Close as u8;
/// Names of the events, by number.
pub const EVENT_NAMES: [&str; EVENT_COUNT] = [
    "__index",
    "__newindex",
    "__gc",
    "__mode",
    "__len",
    "__eq",
    "__call",
    "__close",
    "__add",
    "__sub",
    "__mul",
    "__mod",
    "__pow",
    "__div",
    "__idiv",
    "__band",
    "__bor",
    "__bxor",
    "__shl",
    "__shr",
    "__unm",
    "__bnot",
    "__lt",
    "__le",
    "__concat",
];

/// The shared state.
pub struct Global {
    /// The allocator.
    pub alloc: Cell<Alloc>,
    /// Its first argument.
    pub alloc_ud: Cell<*mut c_void>,
    /// The pool behind our own allocator; null with a foreign one.
    pub pool: Cell<*mut Pool>,
    /// The collector's lists and figures.
    pub gc: crate::heap::Collector,
    /// Interned strings.
    pub strings: StringTable,
    /// The registry.
    pub registry: Cell<TValue>,
    /// Whether the state is completely built.
    pub complete: Cell<bool>,
    /// The main thread.
    pub main_thread: Cell<*mut State>,
    /// The panic function.
    pub panic: Cell<Option<CFunction>>,
    /// The message of memory errors, made in advance; `None` while the state is being built.
    pub memory_message: Cell<Option<Gc<Str>>>,
    /// Names of the metamethod events.
    pub event_names: [Cell<Option<Gc<Str>>>; EVENT_COUNT],
    /// Names of the basic types.
    pub type_names: [Cell<Option<Gc<Str>>>; ty::COUNT],
    /// Metatables of the basic types.
    pub metatables: [Cell<Option<Gc<Table>>>; ty::COUNT],
    /// Strings made from C strings, by address of the C string.
    pub string_cache: UnsafeCell<[[Option<Gc<Str>>; 2]; STRING_CACHE]>,
    /// Strings of single bytes.
    pub singles: Singles,
    /// The receiver of warnings.
    pub warn: Cell<Option<WarnFunction>>,
    /// Its first argument.
    pub warn_ud: Cell<*mut c_void>,
    /// The innermost C boundary (a `struct` of the C shim), null outside of all.
    pub boundary: Cell<*mut c_void>,
    /// Whether hot loops are looked for, to be compiled.
    pub traced: Cell<bool>,
    /// Rounds left until a loop is hot, by a hash of the address of the instruction that closes it.
    pub heat: [Cell<u16>; HEAT_COUNTERS],
    /// The settings of the compiler of traces.
    pub jit_options: Cell<crate::trace::options::Options>,
    /// The compiler of traces; null until the first loop is hot.
    pub jit: Cell<*mut crate::trace::Jit>,
    type_name_key: Cell<Option<Gc<Str>>>,
    /// The name of the upvalue that holds the globals.
    pub env_name: Cell<Option<Gc<Str>>>,
}

impl Global {
    /// The main thread.
    pub fn main(&self) -> &State {
        // SAFETY: set before anything can ask for it, and freed together with the global state.
        unsafe { &*self.main_thread.get() }
    }
    /// The name of an event.
    #[inline(always)]
    pub fn event_name(&self, e: Event) -> Gc<Str> {
        match self.event_names[e as usize].get() {
            Some(s) => s,
            None => unreachable!("event names are made with the state"),
        }
    }
    /// A global state without memory of its own; `heap::open_state` completes it.
    pub fn new(alloc: Alloc, ud: *mut c_void, pool: *mut Pool) -> Global {
        Global {
            alloc: Cell::new(alloc),
            alloc_ud: Cell::new(ud),
            pool: Cell::new(pool),
            gc: crate::heap::Collector::new(),
            strings: StringTable::new(),
            registry: Cell::new(TValue::NIL),
            complete: Cell::new(false),
            main_thread: Cell::new(core::ptr::null_mut()),
            panic: Cell::new(None),
            memory_message: Cell::new(None),
            event_names: [const { Cell::new(None) }; EVENT_COUNT],
            type_names: [const { Cell::new(None) }; ty::COUNT],
            metatables: [const { Cell::new(None) }; ty::COUNT],
            string_cache: UnsafeCell::new([[None; 2]; STRING_CACHE]),
            singles: Singles::default(),
            warn: Cell::new(None),
            warn_ud: Cell::new(core::ptr::null_mut()),
            boundary: Cell::new(core::ptr::null_mut()),
            traced: Cell::new(false),
            heat: [const { Cell::new(u16::MAX) }; HEAT_COUNTERS],
            jit_options: Cell::new(crate::trace::options::of_process()),
            jit: Cell::new(core::ptr::null_mut()),
            type_name_key: Cell::new(None),
            env_name: Cell::new(None),
        }
    }
    /// The string `__name`.
    pub fn type_name_key(&self) -> Option<Gc<Str>> {
        self.type_name_key.get()
    }
    /// Stores the string `__name`, which is fixed.
    pub fn set_type_name_key(&self, s: Gc<Str>) {
        self.type_name_key.set(Some(s));
    }
    /// Empties the caches of strings; the collector does so when it may free one of them.
    pub fn reset_string_cache(&self) {
        self.singles.forget();
        // SAFETY: no reference into the cache is held across calls.
        unsafe { *self.string_cache.get() = [[None; 2]; STRING_CACHE] };
    }
}
