//! Unwind information: exceptions of the host pass through compiled code to whoever catches them.
//!
//! The functions that a trace calls may run code of the host, which may throw. The unwinder finds the frames of traces by
//! what is registered here.

use crate::Reject;
use cranelift_codegen::CompiledCode;
use cranelift_codegen::gimli::RunTimeEndian;
use cranelift_codegen::gimli::write::{Address, EhFrame, EndianVec, FrameTable};
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::isa::unwind::UnwindInfo;
use std::ffi::c_void;

unsafe extern "C" {
    fn __register_frame(section: *const c_void);
    fn __deregister_frame(section: *const c_void);
}

/// What the unwinder knows of a function, until this is dropped.
pub struct Registered(Box<[u8]>);

impl Registered {
    /// Registers a function that lies at `address`.
    pub fn new(
        isa: &dyn TargetIsa,
        code: &CompiledCode,
        address: *const u8,
    ) -> Result<Registered, Reject> {
        let section = section(isa, code, address).ok_or(Reject::Codegen)?;
        // SAFETY: this is a section of a CIE, an FDE and the end mark, which stays in place until `drop`.
        unsafe { __register_frame(section.as_ptr().cast()) };
        Ok(Registered(section))
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: `new` has registered this section.
        unsafe { __deregister_frame(self.0.as_ptr().cast()) }
    }
}

/// The section `.eh_frame` of an object with nothing but this function.
fn section(isa: &dyn TargetIsa, code: &CompiledCode, address: *const u8) -> Option<Box<[u8]>> {
    let Some(UnwindInfo::SystemV(info)) = code.create_unwind_info(isa).ok()? else {
        return None;
    };
    let mut table = FrameTable::default();
    let cie = table.add_cie(isa.create_systemv_cie()?);
    table.add_fde(cie, info.to_fde(Address::Constant(address as u64)));
    let mut section = EhFrame(EndianVec::new(RunTimeEndian::default()));
    table.write_eh_frame(&mut section).ok()?;
    let mut bytes = section.0.into_vec();
    bytes.extend([0; 4]);
    Some(bytes.into())
}
