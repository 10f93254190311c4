//! Instructions (temporary stand-in until the full table lands).
#![allow(missing_docs)]
/// Number of opcodes.
pub const COUNT: usize = 83;
/// Largest C operand.
pub const MAX_C: usize = 255;
pub const fn op(i: u32) -> u8 {
    (i & 0x7F) as u8
}
#[inline(always)]
pub const fn a(i: u32) -> usize {
    (i >> 7 & 0xFF) as usize
}
#[inline(always)]
pub const fn b(i: u32) -> usize {
    (i >> 16 & 0xFF) as usize
}
#[inline(always)]
pub const fn c(i: u32) -> usize {
    (i >> 24) as usize
}
#[inline(always)]
pub const fn k(i: u32) -> bool {
    i & 1 << 15 != 0
}
#[inline(always)]
pub const fn sb(i: u32) -> i32 {
    b(i) as i32 - 127
}
#[inline(always)]
pub const fn sc(i: u32) -> i32 {
    c(i) as i32 - 127
}
#[inline(always)]
pub const fn bx(i: u32) -> usize {
    (i >> 15) as usize
}
#[inline(always)]
pub const fn sbx(i: u32) -> i32 {
    bx(i) as i32 - 65535
}
#[inline(always)]
pub const fn ax(i: u32) -> usize {
    (i >> 7) as usize
}
#[inline(always)]
pub const fn sj(i: u32) -> i32 {
    (i >> 7) as i32 - 16777215
}
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Op {
    GetTabUp = 11,
    GetTable,
    GetI,
    GetField,
    SelfOp = 20,
    MmBin = 46,
    MmBinI,
    MmBinK,
    Unm,
    BNot,
    Len = 52,
    Concat,
    Close,
    Eq = 57,
    Lt,
    Le,
    LtI = 62,
    LeI,
    GtI,
    GeI,
    Call = 68,
    TailCall,
    Return,
    Return0,
    Return1,
    VarargPrep = 81,
    ExtraArg,
}
impl Op {
    pub fn from_code(_c: u8) -> Option<Op> {
        None
    }
}
