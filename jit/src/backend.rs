//! The back end of one VM state: what makes code, the code memory, the exit stubs.
//!
//! Exits jump through cells. A cell first holds the stub for what its exit passes: it leaves the values in the
//! [`SpillArea`] and returns the exit's number to who called [`Backend::enter`]. A side trace takes the stub's place.

use crate::arena::Arena;
use crate::code::{self, Code, Exit, Made, SpillArea};
use crate::cranelift::Cranelift;
#[cfg(target_arch = "x86_64")]
use crate::direct;
use crate::ir::{End, Op, Trace};
use crate::unwind::Registered;
use crate::{MAX_LIVE, Reject, verify};
use rustc_hash::FxHashMap as HashMap;
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::mem;
use std::ptr::NonNull;

/// Enters a trace: (state, base, the trace's entry) -> the number of the exit that it was left by, marked by [`crate::LEFT`], or
/// what it ended with by [`End::Return`].
pub type Enter =
    unsafe extern "C-unwind" fn(state: *mut c_void, base: *mut c_void, target: *const u8) -> u64;

/// The alignment of the constants behind a function's code.
const ALIGN: usize = 16;

/// Exits that pass up to so many integers are common: their stubs are made at once, and share pages.
const COMMON_INTS: u16 = 12;

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

/// Compiles traces for one VM state.
pub struct Backend {
    /// Once something has needed it.
    cranelift: Option<Box<Cranelift>>,
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
        // Without it rounding is a call of a library function.
        #[cfg(target_arch = "x86_64")]
        if !std::is_x86_feature_detected!("sse4.1") {
            return None;
        }
        let spill = Box::new(UnsafeCell::new(SpillArea {
            base: 0,
            values: [0; MAX_LIVE],
        }));
        let (mut arena, mut cranelift) = (Arena::new(), None);
        let made = make_enter(&mut cranelift).ok()?;
        let enter = arena.add(&made.bytes)?;
        let enter_unwinds = Registered::new(&made, enter.as_ptr()).ok()?;
        // SAFETY: `make_enter` has made a function with the C convention and this signature.
        let enter = unsafe { mem::transmute::<*mut u8, Enter>(enter.as_ptr()) };
        Some(Backend {
            cranelift,
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
        let made = self.generate(t, &exits, first_exit)?;
        let entry = self.arena.add(&made.bytes).ok_or(Reject::NoMemory)?;
        let calls = t.insts.iter().any(|i| matches!(i.op, Op::Call { .. }));
        let unwinds = calls.then(|| Registered::new(&made, entry.as_ptr()));
        let unwinds = unwinds.transpose()?;
        self.live.insert(entry.as_ptr(), unwinds);
        self.listing = made.listing;
        Ok(Code {
            entry: entry.as_ptr(),
            size: made.bytes.len(),
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
        let common: Vec<_> = (0..=COMMON_INTS).map(|ints| (ints, 0)).collect();
        self.make_stubs(&common).ok()?;
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

    fn generate(&mut self, t: &Trace, exits: &[Exit], first_exit: u32) -> Result<Made, Reject> {
        #[cfg(target_arch = "x86_64")]
        if self.generator == Generator::Direct
            && let Some(made) = direct::compile(t, exits, first_exit, self.keeps_listing)
        {
            return Ok(made);
        }
        let lists = self.keeps_listing;
        tools(&mut self.cranelift)?.compile(t, exits, first_exit, lists)
    }

    #[cfg(target_arch = "x86_64")]
    fn make_stub(&mut self, (ints, nums): (u16, u16)) -> Result<Vec<u8>, Reject> {
        Ok(direct::stub(ints.into(), nums.into(), self.spill.get()))
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn make_stub(&mut self, passed: (u16, u16)) -> Result<Vec<u8>, Reject> {
        let made = tools(&mut self.cranelift)?.stub(passed, self.spill.get())?;
        Ok(made.bytes)
    }

    /// Compiles the stubs that are missing, which share pages: each is a few dozen bytes.
    fn make_stubs(&mut self, signatures: &[(u16, u16)]) -> Result<(), Reject> {
        let mut code = Vec::new();
        let mut made: Vec<((u16, u16), usize)> = Vec::new();
        for &signature in signatures {
            if self.stubs.contains_key(&signature) || made.iter().any(|m| m.0 == signature) {
                continue;
            }
            let stub = self.make_stub(signature)?;
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

/// Cranelift, which is there from its first use on.
fn tools(cranelift: &mut Option<Box<Cranelift>>) -> Result<&mut Cranelift, Reject> {
    if cranelift.is_none() {
        *cranelift = Cranelift::new().map(Box::new);
    }
    cranelift.as_deref_mut().ok_or(Reject::Codegen)
}

/// The function that enters traces.
#[cfg(target_arch = "x86_64")]
fn make_enter(_: &mut Option<Box<Cranelift>>) -> Result<Made, Reject> {
    Ok(direct::enter())
}

/// The function that enters traces.
#[cfg(not(target_arch = "x86_64"))]
fn make_enter(cranelift: &mut Option<Box<Cranelift>>) -> Result<Made, Reject> {
    tools(cranelift)?.enter()
}
