//! Cranelift: the code of traces where there is no generator that takes one pass.

#[cfg(not(target_arch = "x86_64"))]
mod glue;

use crate::Reject;
use crate::code::{Exit, Made};
use crate::codegen;
use crate::ir::Trace;
use crate::unwind::{FRAME_RECORD, Saved};
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::isa::unwind::UnwindInst;
use cranelift_codegen::settings::{self, Configurable, Flags};
use cranelift_codegen::{CompiledCode, Context};

/// Traces with more instructions get Cranelift's register allocator that takes one pass. It doubles the code, but the other
/// one takes quadratic time where many values live throughout a loop: 740 instructions and 360 guards 22 ms against 3 ms,
/// 2,900 and 1,440 366 ms against 16 ms.
const LARGE_LOOP: usize = 500;

/// The same for traces without a loop: 1,600 instructions and 800 guards 13 ms against 6 ms.
const LARGE: usize = 2000;

/// Cranelift's tools.
pub struct Cranelift {
    isa: OwnedTargetIsa,
    /// The same with the register allocator that takes one pass, for large traces.
    quick: OwnedTargetIsa,
    context: Context,
    control: ControlPlane,
}

impl Cranelift {
    /// The tools, unless the CPU is not one that Cranelift knows.
    pub fn new() -> Option<Cranelift> {
        Some(Cranelift {
            isa: isa("backtracking")?,
            quick: isa("single_pass")?,
            context: Context::new(),
            control: ControlPlane::default(),
        })
    }

    /// Compiles a verified trace, whose loop has been peeled.
    #[inline(never)]
    pub fn compile(
        &mut self,
        t: &Trace,
        exits: &[Exit],
        first_exit: u32,
        lists: bool,
    ) -> Result<Made, Reject> {
        self.context.clear();
        self.context.set_disasm(lists);
        codegen::build(t, exits, first_exit, &mut self.context.func);
        let limit = if t.is_peeled() { LARGE_LOOP } else { LARGE };
        self.finish(t.len() > limit)
    }

    /// Compiles the function in the context.
    fn finish(&mut self, quickly: bool) -> Result<Made, Reject> {
        let isa = if quickly { &self.quick } else { &self.isa };
        let compiled = self
            .context
            .compile(&**isa, &mut self.control)
            .map_err(|_| Reject::Codegen)?;
        // Everything that code refers to is an absolute address in it, so that it runs wherever it is copied to.
        if !compiled.buffer.relocs().is_empty() {
            return Err(Reject::Codegen);
        }
        Ok(Made {
            bytes: compiled.code_buffer().to_vec(),
            saved: saved(isa, compiled)?,
            listing: compiled.vcode.clone(),
        })
    }
}

/// What a function has saved. Not all of them have frames.
///
/// Cranelift's own translation places saved registers wrongly in a function that makes room for the arguments of a tail
/// call, which it takes for a part of the frame in one of two places. Here they are placed from the frame pointer.
fn saved(isa: &OwnedTargetIsa, code: &CompiledCode) -> Result<Vec<Saved>, Reject> {
    let mut saved = Vec::new();
    let mut below = 0;
    for (_, inst) in &code.buffer.unwind_info {
        match *inst {
            UnwindInst::DefineNewFrame {
                offset_downward_to_clobbers,
                ..
            } => below = offset_downward_to_clobbers as i32,
            UnwindInst::SaveReg {
                clobber_offset,
                reg,
            } => {
                let register = isa.map_regalloc_reg_to_dwarf(reg.into());
                let register = register.map_err(|_| Reject::Codegen)?;
                saved.push((register, clobber_offset as i32 - below - FRAME_RECORD));
            }
            _ => {}
        }
    }
    Ok(saved)
}

/// Cranelift's description of this CPU, with a register allocator.
fn isa(allocator: &str) -> Option<OwnedTargetIsa> {
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
