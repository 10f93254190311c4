//! The back end of one VM state: Cranelift's tools, the code memory, the exit stubs.
//!
//! Exits jump through cells. A cell first holds the stub for what its exit passes: it leaves the values in the
//! [`SpillArea`] and returns the exit's number to who called [`Backend::enter`]. A side trace takes the stub's place.

use crate::arena::Arena;
use crate::code::{self, Code, Exit, LEFT, SpillArea};
use crate::codegen::{self, memory, tail_signature};
#[cfg(target_arch = "x86_64")]
use crate::direct;
use crate::ir::{End, Op, Trace};
use crate::unwind::{self, Registered, Saved};
use crate::{MAX_LIVE, Reject, verify};
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{AbiParam, Function, InstBuilder, Signature, Value};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable, Flags};
use rustc_hash::FxHashMap as HashMap;
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::mem;
use std::ptr::NonNull;

/// Enters a trace: (state, base, the trace's entry) -> the number of the exit that it was left by, marked by [`LEFT`], or
/// what it ended with by [`End::Return`].
pub type Enter =
    unsafe extern "C-unwind" fn(state: *mut c_void, base: *mut c_void, target: *const u8) -> u64;

/// The alignment of the constants behind a function's code.
const ALIGN: usize = 16;

/// What makes the code of traces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Generator {
    /// The generator that takes one pass, where there is one for the machine and the trace; else Cranelift.
    #[default]
    Direct,
    /// Cranelift.
    Cranelift,
}

/// Whether there is a generator that takes one pass for this machine, so that compiling takes about a microsecond for an
/// instruction of the IR, and not ten and more.
pub const COMPILES_FAST: bool = cfg!(target_arch = "x86_64");

/// Traces with more instructions get Cranelift's register allocator that takes one pass. It doubles the code, but the other
/// one takes quadratic time where many values live throughout a loop: 740 instructions and 360 guards 22 ms against 3 ms,
/// 2,900 and 1,440 366 ms against 16 ms.
const LARGE_LOOP: usize = 500;

/// The same for traces without a loop: 1,600 instructions and 800 guards 13 ms against 6 ms.
const LARGE: usize = 2000;

/// Compiles traces for one VM state.
pub struct Backend {
    isa: OwnedTargetIsa,
    /// The same with the register allocator that takes one pass, for large traces.
    quick: OwnedTargetIsa,
    context: Context,
    control: ControlPlane,
    arena: Arena,
    /// The traces that have not been freed, by their entries, with what the unwinder knows of them.
    live: HashMap<*const u8, Option<Registered>>,
    stubs: HashMap<(u16, u16), NonNull<u8>>,
    spill: Box<UnsafeCell<SpillArea>>,
    enter: Enter,
    generator: Generator,
    keeps_listing: bool,
    /// The machine code of what was compiled last.
    listing: Option<String>,
    _enter_unwinds: Registered,
}

impl Backend {
    /// A back end, unless there is no executable memory or the CPU is not one that traces run on.
    pub fn new() -> Option<Backend> {
        let (isa, quick) = (isa("backtracking")?, isa("single_pass")?);
        let spill = Box::new(UnsafeCell::new(SpillArea {
            base: 0,
            values: [0; MAX_LIVE],
        }));
        let (mut arena, mut context, mut control) =
            (Arena::new(), Context::new(), ControlPlane::default());
        build_enter(&mut context.func);
        let compiled = context.compile(&*isa, &mut control).ok()?;
        let enter = arena.add(compiled.code_buffer())?;
        let saved = unwind::saved(&*isa, compiled).ok()?;
        let size = compiled.code_buffer().len();
        let enter_unwinds = Registered::new(&*isa, &saved, enter.as_ptr(), size).ok()?;
        // SAFETY: `build_enter` has made a function with the C convention and this signature.
        let enter = unsafe { mem::transmute::<*mut u8, Enter>(enter.as_ptr()) };
        Some(Backend {
            isa,
            quick,
            context,
            control,
            arena,
            live: HashMap::default(),
            stubs: HashMap::default(),
            spill,
            enter,
            generator: Generator::default(),
            keeps_listing: false,
            listing: None,
            _enter_unwinds: enter_unwinds,
        })
    }

    /// Compiles a trace. Its exits get the numbers from `first_exit` on.
    pub fn compile(&mut self, t: &Trace, first_exit: u32) -> Result<Code, Reject> {
        if cfg!(debug_assertions) && verify(t).is_err() {
            return Err(Reject::Malformed);
        }
        match t.end {
            None => return Err(Reject::Malformed),
            Some(End::Loop { .. }) if !t.is_peeled() => return Err(Reject::NotPeeled),
            _ => {}
        }
        let mut exits = code::exits(t)?;
        let signatures: Vec<_> = exits.iter().map(|e| (e.ints, e.nums)).collect();
        self.make_stubs(&signatures)?;
        let cells: Box<[_]> = signatures
            .iter()
            .map(|s| UnsafeCell::new(self.stubs[s].as_ptr().cast_const()))
            .collect();
        for (exit, cell) in exits.iter_mut().zip(&cells) {
            exit.cell = cell.get();
        }
        let (code, saved) = self.generate(t, &exits, first_exit)?;
        let entry = self.arena.add(&code).ok_or(Reject::NoMemory)?;
        let calls = t.insts.iter().any(|i| matches!(i.op, Op::Call { .. }));
        let address = entry.as_ptr();
        let unwinds = calls.then(|| Registered::new(&*self.isa, &saved, address, code.len()));
        let unwinds = unwinds.transpose()?;
        self.live.insert(entry.as_ptr(), unwinds);
        Ok(Code {
            entry: entry.as_ptr(),
            size: code.len(),
            exits,
            _cells: cells,
        })
    }

    /// The function that enters a trace. It must lead, by the cells as well, only to code that has not been freed.
    pub fn enter(&self) -> Enter {
        self.enter
    }

    /// Code that leaves, as from an exit that passes nothing, with the number 0 and the base that it gets: what takes the
    /// place of a trace that others link to. `None` without memory.
    pub fn stub(&mut self) -> Option<*const u8> {
        self.make_stubs(&[(0, 0)]).ok()?;
        Some(self.stubs[&(0, 0)].as_ptr())
    }

    /// Where exits leave their values; it stays where it is.
    pub fn spill(&self) -> *const SpillArea {
        self.spill.get()
    }

    /// The bytes of code memory in use, in whole pages.
    pub fn code_bytes(&self) -> usize {
        self.arena.in_use()
    }

    /// Frees the code of a trace, unless that has been done. No cell may lead to it any more and no trace be running: that
    /// is a condition of the calls of [`Backend::enter`]'s function.
    pub fn free(&mut self, code: &Code) {
        if self.live.remove(&code.entry).is_some() {
            // SAFETY: `compile` has put this code there, and it had not been freed; its callers know that it is gone.
            unsafe { self.arena.free(code.entry, code.size) }
        }
    }

    /// Cranelift's IR of what was compiled last.
    pub fn clif(&self) -> String {
        self.context.func.display().to_string()
    }

    /// What makes the code of traces from now on.
    pub fn set_generator(&mut self, generator: Generator) {
        self.generator = generator;
    }

    /// Keeps a listing of the machine code of what is compiled from now on, or not.
    pub fn keep_listing(&mut self, on: bool) {
        self.keeps_listing = on;
    }

    /// The listing of what was compiled last, if one was kept.
    pub fn listing(&self) -> Option<&str> {
        self.listing.as_deref()
    }

    /// The machine code of a trace, and what its frames keep of the caller's registers.
    fn generate(
        &mut self,
        t: &Trace,
        exits: &[Exit],
        first_exit: u32,
    ) -> Result<(Vec<u8>, Vec<Saved>), Reject> {
        #[cfg(target_arch = "x86_64")]
        if self.generator == Generator::Direct
            && let Some(made) = direct::compile(t, exits, first_exit, self.keeps_listing)
        {
            self.listing = made.listing;
            return Ok((made.bytes, made.saved));
        }
        self.context.clear();
        self.context.set_disasm(self.keeps_listing);
        codegen::build(t, exits, first_exit, &mut self.context.func);
        let limit = if t.is_peeled() { LARGE_LOOP } else { LARGE };
        let code = self.finish(t.len() > limit)?;
        let compiled = self.context.compiled_code().ok_or(Reject::Codegen)?;
        self.listing.clone_from(&compiled.vcode);
        Ok((code, unwind::saved(&*self.isa, compiled)?))
    }

    /// Compiles the function in the context.
    fn finish(&mut self, quickly: bool) -> Result<Vec<u8>, Reject> {
        let isa = if quickly { &self.quick } else { &self.isa };
        let compiled = self
            .context
            .compile(&**isa, &mut self.control)
            .map_err(|_| Reject::Codegen)?;
        // Everything that code refers to is an absolute address in it, so that it runs wherever it is copied to.
        if !compiled.buffer.relocs().is_empty() {
            return Err(Reject::Codegen);
        }
        Ok(compiled.code_buffer().to_vec())
    }

    /// Compiles the stubs that are missing, which share pages: each is a few dozen bytes.
    fn make_stubs(&mut self, signatures: &[(u16, u16)]) -> Result<(), Reject> {
        let mut code = Vec::new();
        let mut made: Vec<((u16, u16), usize)> = Vec::new();
        for &signature in signatures {
            if self.stubs.contains_key(&signature) || made.iter().any(|m| m.0 == signature) {
                continue;
            }
            self.context.clear();
            build_stub(signature, self.spill.get() as i64, &mut self.context.func);
            let stub = self.finish(false)?;
            code.resize(code.len().next_multiple_of(ALIGN), 0);
            made.push((signature, code.len()));
            code.extend(stub);
        }
        if made.is_empty() {
            return Ok(());
        }
        let start = self.arena.add(&code).ok_or(Reject::NoMemory)?;
        for (signature, offset) in made {
            // SAFETY: the offset is one of the code that lies at `start`.
            self.stubs.insert(signature, unsafe { start.add(offset) });
        }
        Ok(())
    }
}

/// Cranelift's description of this CPU, with a register allocator.
fn isa(allocator: &str) -> Option<OwnedTargetIsa> {
    // Without it rounding is a call of a library function.
    #[cfg(target_arch = "x86_64")]
    if !std::is_x86_feature_detected!("sse4.1") {
        return None;
    }
    let mut flags = settings::builder();
    let settings = [
        ("opt_level", "none"),
        (
            "enable_verifier",
            if cfg!(debug_assertions) {
                "true"
            } else {
                "false"
            },
        ),
        ("regalloc_algorithm", allocator),
        ("unwind_info", "true"),
        // Cranelift emits tail calls only from functions that have one.
        ("preserve_frame_pointers", "true"),
        ("enable_probestack", "false"),
    ];
    for (name, value) in settings {
        flags.set(name, value).ok()?;
    }
    cranelift_native::builder()
        .ok()?
        .finish(Flags::new(flags))
        .ok()
}

/// Appends the entry block and returns its parameters.
fn entry<'a>(cur: &'a mut FuncCursor) -> &'a [Value] {
    let block = cur.func.dfg.make_block();
    let types: Vec<_> = cur
        .func
        .signature
        .params
        .iter()
        .map(|p| p.value_type)
        .collect();
    for ty in types {
        cur.func.dfg.append_block_param(block, ty);
    }
    cur.insert_block(block);
    cur.func.dfg.block_params(block)
}

/// From the C convention into that of traces.
fn build_enter(func: &mut Function) {
    let mut sig = Signature::new(CallConv::SystemV);
    sig.params.extend([AbiParam::new(I64); 3]);
    sig.returns.push(AbiParam::new(I64));
    func.signature = sig;
    let trace = func.import_signature(tail_signature(0, 0));
    let mut cur = FuncCursor::new(func);
    let [state, base, target] = *entry(&mut cur) else {
        unreachable!("there are three parameters")
    };
    let number = cur.ins().iconst(I64, 0);
    let call = cur
        .ins()
        .call_indirect(trace, target, &[state, base, number]);
    let exit = cur.func.dfg.first_result(call);
    cur.ins().return_(&[exit]);
}

/// Stores everything but the state into the spill area and returns the exit's number, marked.
fn build_stub((ints, nums): (u16, u16), spill: i64, func: &mut Function) {
    func.signature = tail_signature(ints as usize, nums as usize);
    let mut cur = FuncCursor::new(func);
    let params = entry(&mut cur).to_vec();
    let [_, base, number, ref values @ ..] = params[..] else {
        unreachable!("three parameters are implicit")
    };
    let area = cur.ins().iconst(I64, spill);
    cur.ins().store(
        memory(),
        base,
        area,
        mem::offset_of!(SpillArea, base) as i32,
    );
    for (i, &value) in values.iter().enumerate() {
        let offset = mem::offset_of!(SpillArea, values) + 8 * i;
        cur.ins().store(memory(), value, area, offset as i32);
    }
    let left = cur.ins().iconst(I64, LEFT as i64);
    let number = cur.ins().bor(number, left);
    cur.ins().return_(&[number]);
}
