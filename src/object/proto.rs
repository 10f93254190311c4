//! Function prototypes: what the compiler produces and closures share.
//!
//! A prototype under construction is filled through the `LVec`s of the compiler or loader and then frozen by
//! [`Proto::freeze`]; afterwards its vectors never change, but for the
//! opcodes of instructions that close a loop (`bytecode::op::Loop`). All vectors come from the state's allocator.

use super::{GcHeader, State, Str};
use crate::error::LResult;
use crate::heap::{self, LVec};
use crate::value::{Gc, TValue, tag};
use core::cell::Cell;

/// An instruction word; `bytecode::op` has its fields.
pub type Instruction = u32;

/// How a closure finds an upvalue when it is created, and the upvalue's name.
#[derive(Clone, Copy)]
pub struct UpvalDesc {
    /// The name; `None` in stripped code.
    pub name: Option<Gc<Str>>,
    /// Whether the variable is a register of the enclosing function (else one of its upvalues).
    pub in_stack: bool,
    /// Register or upvalue number in the enclosing function.
    pub index: u8,
    /// Kind of the variable: 0 regular, 1 `<const>`, 2 `<close>`, 3 compile-time constant.
    pub kind: u8,
}

/// The life of a local variable, in instruction numbers.
#[derive(Clone, Copy)]
pub struct LocVar {
    /// The name; `None` only in malformed chunks.
    pub name: Option<Gc<Str>>,
    /// First instruction where the variable is active.
    pub start_pc: i32,
    /// First instruction where it is no longer.
    pub end_pc: i32,
}

/// An absolute line number, one for every so many instructions.
#[derive(Clone, Copy)]
pub struct AbsLine {
    /// Instruction number.
    pub pc: i32,
    /// Its line.
    pub line: i32,
}

/// A frozen vector of a prototype: pointer and length, memory from the state's allocator.
pub struct Frozen<T>(Cell<*mut T>, Cell<usize>);

impl<T: Copy> Frozen<T> {
    const fn empty() -> Self {
        Frozen(Cell::new(core::ptr::null_mut()), Cell::new(0))
    }
    /// Takes over the contents of `v`, shrunk to the exact size. Raises a memory error (and `v` stays whole).
    pub fn set(&self, v: &mut LVec<T>) -> LResult<()> {
        debug_assert!(self.1.get() == 0);
        v.shrink()?;
        let (p, n) = v.take();
        self.0.set(p);
        self.1.set(n);
        Ok(())
    }
    /// The elements.
    #[inline(always)]
    pub fn as_slice(&self) -> &[T] {
        if self.1.get() == 0 {
            return &[];
        }
        // SAFETY: `set` stored a block of exactly this many initialised elements, and nothing changes it afterwards.
        unsafe { core::slice::from_raw_parts(self.0.get(), self.1.get()) }
    }
    /// Replaces element `i`, which exists; nobody holds the slice meanwhile.
    pub fn replace(&self, i: usize, v: T) {
        debug_assert!(i < self.1.get());
        // SAFETY: `i` is an index into the block.
        unsafe { self.0.get().add(i).write(v) };
    }
    /// Address of the first element; null for an empty vector.
    #[inline(always)]
    pub fn as_ptr(&self) -> *const T {
        self.0.get()
    }
    /// Number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.1.get()
    }
    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.1.get() == 0
    }
    fn release(&self, l: &State) {
        heap::free_bytes(
            l.global(),
            self.0.get().cast(),
            self.1.get() * size_of::<T>(),
        );
        self.1.set(0);
    }
}

/// A function prototype.
#[repr(C)]
pub struct Proto {
    hdr: GcHeader,
    /// Number of fixed parameters.
    pub num_params: Cell<u8>,
    /// Whether the function takes more arguments than its parameters.
    pub is_vararg: Cell<bool>,
    /// Registers that the function needs.
    pub max_stack: Cell<u8>,
    /// Calls until the function is looked at as one that may be compiled; what is not positive means something else
    /// (`trace::heat`).
    pub heat: Cell<i32>,
    /// Link of the collector's grey lists.
    pub gclist: Cell<*mut GcHeader>,
    /// Instructions.
    pub code: Frozen<Instruction>,
    /// Constants.
    pub constants: Frozen<TValue>,
    /// Nested functions.
    pub protos: Frozen<Gc<Proto>>,
    /// Upvalues.
    pub upvalues: Frozen<UpvalDesc>,
    /// Line of each instruction as difference to the one before (see `debug::line`); empty in stripped code.
    pub line_info: Frozen<i8>,
    /// Absolute lines.
    pub abs_line_info: Frozen<AbsLine>,
    /// Local variables; empty in stripped code.
    pub loc_vars: Frozen<LocVar>,
    /// First line of the definition, 0 for a main chunk.
    pub line_defined: Cell<i32>,
    /// Last line of the definition.
    pub last_line_defined: Cell<i32>,
    /// Name of the chunk; `None` in stripped code.
    pub source: Cell<Option<Gc<Str>>>,
}

impl Proto {
    /// An empty prototype. The caller anchors it before the next allocation. Raises a memory error.
    pub fn new(l: &State) -> LResult<Gc<Proto>> {
        let p = heap::new_object::<Proto>(l, tag::PROTO, size_of::<Proto>())?;
        // SAFETY: the block has the size of `Proto`; its header is copied over itself.
        unsafe {
            let raw = p.as_ptr();
            let hdr = core::ptr::read(&raw const (*raw).hdr);
            raw.write(Proto {
                hdr,
                num_params: Cell::new(0),
                is_vararg: Cell::new(false),
                max_stack: Cell::new(0),
                heat: Cell::new(i32::MIN),
                gclist: Cell::new(core::ptr::null_mut()),
                code: Frozen::empty(),
                constants: Frozen::empty(),
                protos: Frozen::empty(),
                upvalues: Frozen::empty(),
                line_info: Frozen::empty(),
                abs_line_info: Frozen::empty(),
                loc_vars: Frozen::empty(),
                line_defined: Cell::new(0),
                last_line_defined: Cell::new(0),
                source: Cell::new(None),
            });
        }
        Ok(p)
    }
    /// Frees the vectors; the collector frees the object itself.
    pub fn release(&self, l: &State) {
        self.code.release(l);
        self.constants.release(l);
        self.protos.release(l);
        self.upvalues.release(l);
        self.line_info.release(l);
        self.abs_line_info.release(l);
        self.loc_vars.release(l);
    }
}
