//! The ways into traces and out of them, where no trace is on the other side, made by Cranelift.

use crate::Reject;
use crate::code::{LEFT, Made, SpillArea};
use crate::codegen::{memory, tail_signature};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{AbiParam, Function, InstBuilder, Signature, Value};
use cranelift_codegen::isa::CallConv;
use std::mem;

use super::Cranelift;

impl Cranelift {
    /// A C function of (state, base, code), which enters the code.
    pub fn enter(&mut self) -> Result<Made, Reject> {
        self.context.clear();
        build_enter(&mut self.context.func);
        self.finish(false)
    }

    /// What the cell of an exit that passes so many integers and doubles leads to at first: it leaves everything in the spill
    /// area and returns the exit's number, marked.
    pub fn stub(&mut self, passed: (u16, u16), spill: *const SpillArea) -> Result<Made, Reject> {
        self.context.clear();
        build_stub(passed, spill as i64, &mut self.context.func);
        self.finish(false)
    }
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
