//! Unwind information: exceptions of the host pass through compiled code to whoever catches them.
//!
//! The functions that a trace calls may run code of the host, which may throw. The unwinder finds the frames of traces by
//! what is registered here.

use crate::Reject;
use crate::code::Made;
use cranelift_codegen::gimli::write::{
    Address, CallFrameInstruction, CommonInformationEntry, EhFrame, EndianVec,
    FrameDescriptionEntry, FrameTable,
};
use cranelift_codegen::gimli::{Encoding, Format, Register, RunTimeEndian};
use std::ffi::c_void;

/// The bytes at the frame pointer: the caller's frame pointer and the return address.
pub const FRAME_RECORD: i32 = 16;
/// The number of the frame pointer in unwind information.
const FRAME_POINTER: u16 = if cfg!(target_arch = "x86_64") { 6 } else { 29 };
/// What offsets in code are multiples of.
const CODE_ALIGN: u8 = if cfg!(target_arch = "x86_64") { 1 } else { 4 };
/// The number of the return address.
const RETURN_ADDRESS: u16 = if cfg!(target_arch = "x86_64") { 16 } else { 30 };

unsafe extern "C" {
    fn __register_frame(section: *const c_void);
    fn __deregister_frame(section: *const c_void);
}

/// What the unwinder knows of a function, until this is dropped.
pub struct Registered(Box<[u8]>);

/// A register of the caller that a function keeps in its frame: its number, and where, from the end of the frame record.
pub type Saved = (u16, i32);

impl Registered {
    /// Registers code that lies at `address`, whose frames begin with a frame record.
    pub fn new(made: &Made, address: *const u8) -> Result<Registered, Reject> {
        let section = section(made, address).ok_or(Reject::Codegen)?;
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
fn section(made: &Made, address: *const u8) -> Option<Box<[u8]>> {
    let mut table = FrameTable::default();
    let encoding = Encoding {
        address_size: 8,
        format: Format::Dwarf32,
        version: 1,
    };
    let cie = CommonInformationEntry::new(encoding, CODE_ALIGN, -8, Register(RETURN_ADDRESS));
    let cie = table.add_cie(cie);
    let size = made.bytes.len() as u32;
    let mut fde = FrameDescriptionEntry::new(Address::Constant(address as u64), size);
    for rule in rules(&made.saved) {
        fde.add_instruction(0, rule);
    }
    table.add_fde(cie, fde);
    let mut section = EhFrame(EndianVec::new(RunTimeEndian::default()));
    table.write_eh_frame(&mut section).ok()?;
    let mut bytes = section.0.into_vec();
    bytes.extend([0; 4]);
    Some(bytes.into())
}

/// Where the caller's registers are in the frame, for all calls in it: they lie behind the prologue.
fn rules(saved: &[Saved]) -> impl Iterator<Item = CallFrameInstruction> {
    let frame = Register(FRAME_POINTER);
    let record = [
        CallFrameInstruction::Cfa(frame, FRAME_RECORD),
        CallFrameInstruction::Offset(frame, -FRAME_RECORD),
        CallFrameInstruction::Offset(Register(RETURN_ADDRESS), 8 - FRAME_RECORD),
    ];
    let saved = saved.iter();
    let saved = saved.map(|&(reg, offset)| CallFrameInstruction::Offset(Register(reg), offset));
    record.into_iter().chain(saved)
}
