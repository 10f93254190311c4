//! From the trace IR to Cranelift's.
//!
//! Every trace is a function with `CallConv::Tail` and the signature (state, base, exit number, integers..., doubles...)
//! -> what it was left by. A guard is a conditional branch to a cold block; the block is a tail call through the exit's cell, with
//! the live values as arguments. Constants are made where they are used: Cranelift makes an integer anew for each use.

use crate::code::Exit;
use crate::ir::{BinOp, Cc, Convention, End, FuncId, Op, Ref, SnapId, Trace, Ty, UnOp, Width};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{
    AbiParam, Block, BlockArg, Function, InstBuilder, MemFlagsData, SigRef, Signature, Value,
};
use cranelift_codegen::isa::CallConv;
use rustc_hash::FxHashMap as HashMap;

/// The signature of trace code with this many extra parameters.
pub fn tail_signature(ints: usize, nums: usize) -> Signature {
    let mut sig = Signature::new(CallConv::Tail);
    sig.params
        .extend(std::iter::repeat_n(AbiParam::new(I64), 3 + ints));
    sig.params
        .extend(std::iter::repeat_n(AbiParam::new(F64), nums));
    sig.returns.push(AbiParam::new(I64));
    sig
}

/// Accesses never trap: the recorder's guards see to it.
pub fn memory() -> MemFlagsData {
    MemFlagsData::new().with_notrap()
}

/// Builds the function of a verified trace, whose loop has been peeled, into `func`. Exit `n` leaves through
/// `exits[n].cell` and has the number `first_exit + n`.
pub fn build(t: &Trace, exits: &[Exit], first_exit: u32, func: &mut Function) {
    let ints = t.params.iter().filter(|&&ty| ty == Ty::Int).count();
    func.signature = tail_signature(ints, t.params.len() - ints);
    let mut lower = Lower {
        t,
        cur: FuncCursor::new(func),
        values: vec![None; t.len()],
        flags: HashMap::default(),
        exit_blocks: vec![None; t.snaps.len()],
        exit_sigs: HashMap::default(),
        func_sigs: vec![None; t.funcs.len()],
        header: None,
    };
    let entry = lower.block();
    for i in 0..3 + t.params.len() {
        let ty = if i < 3 + ints { I64 } else { F64 };
        lower.cur.func.dfg.append_block_param(entry, ty);
    }
    for exit in exits {
        lower.exit_blocks[exit.snap.index()] = Some(lower.cur.func.dfg.make_block());
    }
    for i in 0..t.len() {
        lower.inst(Ref(i as u32), entry);
    }
    lower.end();
    for (n, exit) in exits.iter().enumerate() {
        lower.exit(exit, i64::from(first_exit) + n as i64);
    }
}

struct Lower<'a> {
    t: &'a Trace,
    cur: FuncCursor<'a>,
    /// The value of each instruction; of constants and comparisons only once they have been used.
    values: Vec<Option<Value>>,
    /// Comparisons as the 8 bits that Cranelift makes, which branches and choices use.
    flags: HashMap<Ref, Value>,
    /// By snapshot.
    exit_blocks: Vec<Option<Block>>,
    exit_sigs: HashMap<(u16, u16), SigRef>,
    func_sigs: Vec<Option<SigRef>>,
    header: Option<Block>,
}

impl Lower<'_> {
    /// Starts a block behind the last one.
    fn block(&mut self) -> Block {
        let block = self.cur.func.dfg.make_block();
        self.cur.insert_block(block);
        block
    }

    fn iconst(&mut self, k: i64) -> Value {
        self.cur.ins().iconst(I64, k)
    }

    /// A value on the way through the trace, where what is made once stays valid.
    fn value(&mut self, r: Ref) -> Value {
        if let Some(v) = self.values[r.index()] {
            return v;
        }
        let v = self.late(r);
        self.values[r.index()] = Some(v);
        v
    }

    /// A value in an exit's block, where what is made anew is valid only there.
    fn value_in_exit(&mut self, r: Ref) -> Value {
        if matches!(self.t.op(r), Op::KInt(_) | Op::KNum(_) | Op::Cmp(..)) {
            return self.late(r);
        }
        self.value(r)
    }

    /// Makes a value that is made only when used.
    fn late(&mut self, r: Ref) -> Value {
        match self.t.op(r) {
            Op::KInt(k) => self.iconst(k),
            Op::KNum(bits) => self.cur.ins().f64const(f64::from_bits(bits)),
            Op::Cmp(..) => {
                let flag = self.flags[&r];
                self.cur.ins().uextend(I64, flag)
            }
            op => unreachable!("{op:?} has been made where it stands"),
        }
    }

    fn inst(&mut self, r: Ref, entry: Block) {
        let param = |lower: &Self, n: usize| lower.cur.func.dfg.block_params(entry)[n];
        let value = match self.t.op(r) {
            Op::KInt(_) | Op::KNum(_) | Op::Phi(..) | Op::Nop => return,
            Op::State => param(self, 0),
            Op::Base => param(self, 1),
            Op::Param(n) => param(self, 3 + n as usize),
            Op::StackPointer => self.cur.ins().get_stack_pointer(I64),
            Op::Load {
                width,
                base,
                offset,
                ..
            } => self.load(width, base, offset),
            Op::Store {
                width,
                base,
                offset,
                value,
                ..
            } => return self.store(width, base, offset, value),
            Op::Bin(op, a, b) => self.bin(op, a, b),
            Op::Un(op, a) => self.un(op, a),
            Op::Cmp(cc, a, b) => {
                let flag = self.compare(cc, a, b);
                self.flags.insert(r, flag);
                return;
            }
            Op::Select(c, a, b) => {
                let c = self.flags.get(&c).copied().unwrap_or_else(|| self.value(c));
                let (a, b) = (self.value(a), self.value(b));
                self.cur.ins().select(c, a, b)
            }
            Op::Guard(cc, a, b, snap) => return self.guard(cc, a, b, snap),
            Op::Call { func, args } => match self.call(func, args.range()) {
                Some(result) => result,
                None => return,
            },
            Op::LoopStart => return self.loop_start(r),
        };
        self.values[r.index()] = Some(value);
    }

    fn load(&mut self, width: Width, base: Ref, offset: i32) -> Value {
        let base = self.value(base);
        let ins = self.cur.ins();
        match width {
            Width::U8 => ins.uload8(I64, memory(), base, offset),
            Width::I32 => ins.sload32(memory(), base, offset),
            Width::U32 => ins.uload32(memory(), base, offset),
            Width::I64 => ins.load(I64, memory(), base, offset),
            Width::F64 => ins.load(F64, memory(), base, offset),
        }
    }

    fn store(&mut self, width: Width, base: Ref, offset: i32, value: Ref) {
        let (value, base) = (self.value(value), self.value(base));
        let ins = self.cur.ins();
        match width {
            Width::U8 => ins.istore8(memory(), value, base, offset),
            Width::I32 | Width::U32 => ins.istore32(memory(), value, base, offset),
            Width::I64 | Width::F64 => ins.store(memory(), value, base, offset),
        };
    }

    fn bin(&mut self, op: BinOp, a: Ref, b: Ref) -> Value {
        let divisor = self.t.as_int(b);
        let (a, b) = (self.value(a), self.value(b));
        let ins = self.cur.ins();
        match op {
            BinOp::Add => ins.iadd(a, b),
            BinOp::Sub => ins.isub(a, b),
            BinOp::Mul => ins.imul(a, b),
            BinOp::And => ins.band(a, b),
            BinOp::Or => ins.bor(a, b),
            BinOp::Xor => ins.bxor(a, b),
            BinOp::Shl => ins.ishl(a, b),
            BinOp::Shr => ins.ushr(a, b),
            BinOp::Sar => ins.sshr(a, b),
            BinOp::DivFloor => self.div_floor(a, b, divisor),
            BinOp::ModFloor => self.mod_floor(a, b, divisor),
            BinOp::FAdd => ins.fadd(a, b),
            BinOp::FSub => ins.fsub(a, b),
            BinOp::FMul => ins.fmul(a, b),
            BinOp::FDiv => ins.fdiv(a, b),
        }
    }

    /// The quotient rounded down: the truncated one, less one where the remainder's sign is not the divisor's.
    fn div_floor(&mut self, a: Value, b: Value, constant: Option<i64>) -> Value {
        match constant {
            Some(-1) => return self.cur.ins().ineg(a),
            Some(d @ 2..) => return self.divide_by_multiplying(a, d),
            _ => {}
        }
        let (safe, minus_one) = self.safe_divisor(b, constant);
        let (quotient, _, off) = self.divide(a, safe);
        let off = self.cur.ins().uextend(I64, off);
        let floor = self.cur.ins().isub(quotient, off);
        let Some(minus_one) = minus_one else {
            return floor;
        };
        let negated = self.cur.ins().ineg(a);
        self.cur.ins().select(minus_one, negated, floor)
    }

    /// The remainder of `div_floor`. Divided by 1 instead of -1 it is 0 as well.
    fn mod_floor(&mut self, a: Value, b: Value, constant: Option<i64>) -> Value {
        match constant {
            Some(-1) => return self.iconst(0),
            Some(d @ 2..) => {
                let quotient = self.divide_by_multiplying(a, d);
                let product = self.cur.ins().imul(quotient, b);
                return self.cur.ins().isub(a, product);
            }
            _ => {}
        }
        let (safe, _) = self.safe_divisor(b, constant);
        let (_, remainder, off) = self.divide(a, safe);
        let corrected = self.cur.ins().iadd(remainder, safe);
        self.cur.ins().select(off, corrected, remainder)
    }

    /// `a` divided by a constant of at least 2, rounded down. With `~a` for a negative `a`, whose quotient is the
    /// complement of the one wanted, what is divided has 63 bits.
    fn divide_by_multiplying(&mut self, a: Value, d: i64) -> Value {
        let (factor, shift) = reciprocal(d);
        let factor = self.iconst(factor as i64);
        let sign = self.cur.ins().sshr_imm_u(a, 63);
        let a = self.cur.ins().bxor(a, sign);
        let high = self.cur.ins().umulhi(a, factor);
        let quotient = self.cur.ins().ushr_imm_u(high, shift);
        self.cur.ins().bxor(quotient, sign)
    }

    /// A divisor that does not trap, 1 for -1, and whether it was -1.
    fn safe_divisor(&mut self, b: Value, constant: Option<i64>) -> (Value, Option<Value>) {
        if constant.is_some() {
            return (b, None);
        }
        let minus_one = self.cur.ins().icmp_imm_s(IntCC::Equal, b, -1);
        let one = self.iconst(1);
        (self.cur.ins().select(minus_one, one, b), Some(minus_one))
    }

    /// Truncated quotient and remainder, and whether flooring makes a difference.
    fn divide(&mut self, a: Value, b: Value) -> (Value, Value, Value) {
        let quotient = self.cur.ins().sdiv(a, b);
        let product = self.cur.ins().imul(quotient, b);
        let remainder = self.cur.ins().isub(a, product);
        let signs = self.cur.ins().bxor(remainder, b);
        let signs_differ = self.cur.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let inexact = self.cur.ins().icmp_imm_s(IntCC::NotEqual, remainder, 0);
        let off = self.cur.ins().band(signs_differ, inexact);
        (quotient, remainder, off)
    }

    fn un(&mut self, op: UnOp, a: Ref) -> Value {
        let a = self.value(a);
        let ins = self.cur.ins();
        match op {
            UnOp::Neg => ins.ineg(a),
            UnOp::Not => ins.bnot(a),
            UnOp::FNeg => ins.fneg(a),
            UnOp::FAbs => ins.fabs(a),
            UnOp::FSqrt => ins.sqrt(a),
            UnOp::FFloor => ins.floor(a),
            UnOp::FCeil => ins.ceil(a),
            UnOp::ToNum => ins.fcvt_from_sint(F64, a),
            UnOp::ToInt => ins.fcvt_to_sint_sat(I64, a),
            UnOp::Bits => ins.bitcast(I64, MemFlagsData::new(), a),
            UnOp::FromBits => ins.bitcast(F64, MemFlagsData::new(), a),
        }
    }

    fn compare(&mut self, cc: Cc, a: Ref, b: Ref) -> Value {
        let (a, b) = (self.value(a), self.value(b));
        match condition(cc) {
            Condition::Int(cc) => self.cur.ins().icmp(cc, a, b),
            Condition::Num(cc) => self.cur.ins().fcmp(cc, a, b),
        }
    }

    fn guard(&mut self, cc: Cc, a: Ref, b: Ref, snap: SnapId) {
        let holds = self.compare(cc, a, b);
        let exit =
            self.exit_blocks[snap.index()].expect("`exits` has found every guard's snapshot");
        let next = self.cur.func.dfg.make_block();
        self.cur.ins().brif(holds, next, &[], exit, &[]);
        self.cur.insert_block(next);
    }

    fn call(&mut self, func: FuncId, args: std::ops::Range<usize>) -> Option<Value> {
        let t = self.t;
        let f = &t.funcs[func.index()];
        let sig = match self.func_sigs[func.index()] {
            Some(sig) => sig,
            None => self.cur.func.import_signature(match f.convention {
                Convention::C => c_signature(f.params, f.ret),
                Convention::Trace => tail_signature(0, 0),
            }),
        };
        self.func_sigs[func.index()] = Some(sig);
        let mut args: Vec<Value> = t.args[args].iter().map(|&a| self.value(a)).collect();
        let mut callee = self.iconst(f.addr as i64);
        if f.convention == Convention::Trace {
            callee = self.cur.ins().load(I64, memory(), callee, 0);
            args.push(self.iconst(0));
        }
        let call = self.cur.ins().call_indirect(sig, callee, &args);
        let result = self.cur.func.dfg.inst_results(call).first().copied();
        if let (Convention::Trace, Some(result)) = (f.convention, result) {
            self.pass_on(result);
        }
        result
    }

    /// Leaves with what a trace that was called has returned if that was left through an exit.
    fn pass_on(&mut self, result: Value) {
        let left = self.cur.ins().icmp_imm_s(IntCC::SignedLessThan, result, 0);
        let [out, next] = [(); 2].map(|()| self.cur.func.dfg.make_block());
        self.cur.ins().brif(left, out, &[], next, &[]);
        self.cur.insert_block(out);
        self.cur.func.layout.set_cold(out);
        self.cur.ins().return_(&[result]);
        self.cur.insert_block(next);
    }

    /// The phis behind a `LoopStart`: themselves and their operands.
    fn phis(&self, start: Ref) -> Vec<(Ref, Ref, Ref)> {
        let mut phis = Vec::new();
        for (i, inst) in self.t.insts.iter().enumerate().skip(start.index() + 1) {
            match inst.op {
                Op::Phi(a, b) => phis.push((Ref(i as u32), a, b)),
                Op::KInt(_) | Op::KNum(_) | Op::Nop => {}
                _ => break,
            }
        }
        phis
    }

    fn loop_start(&mut self, start: Ref) {
        let header = self.cur.func.dfg.make_block();
        let phis = self.phis(start);
        let mut initial = Vec::with_capacity(phis.len());
        for (phi, a, _) in phis {
            initial.push(BlockArg::Value(self.value(a)));
            let ty = if self.t.ty(phi) == Ty::Num { F64 } else { I64 };
            self.values[phi.index()] = Some(self.cur.func.dfg.append_block_param(header, ty));
        }
        self.cur.ins().jump(header, &initial);
        self.cur.insert_block(header);
        self.header = Some(header);
    }

    fn end(&mut self) {
        let t = self.t;
        match t.end.as_ref().expect("verified") {
            End::Exit(snap) => {
                let exit =
                    self.exit_blocks[snap.index()].expect("`exits` has found the end's snapshot");
                self.cur.ins().jump(exit, &[]);
            }
            End::Return(value) => {
                let value = self.value(*value);
                self.cur.ins().return_(&[value]);
            }
            End::Link { cell, base } => {
                let base = self.value(*base);
                self.leave(*cell, base, 0, (0, 0), &[]);
            }
            End::Loop { .. } => {
                let header = self.header.expect("a loop has been peeled");
                let start = t
                    .insts
                    .iter()
                    .position(|i| i.op == Op::LoopStart)
                    .expect("a loop has been peeled");
                let phis = self.phis(Ref(start as u32));
                let args: Vec<_> = phis
                    .into_iter()
                    .map(|(_, _, b)| BlockArg::Value(self.value(b)))
                    .collect();
                self.cur.ins().jump(header, &args);
            }
        }
    }

    fn exit(&mut self, exit: &Exit, number: i64) {
        let block = self.exit_blocks[exit.snap.index()].expect("every exit has a block");
        self.cur.insert_block(block);
        self.cur.func.layout.set_cold(block);
        let base = self.value_in_exit(self.t.snaps[exit.snap.index()].base);
        let args: Vec<Value> = exit.params.iter().map(|&r| self.value_in_exit(r)).collect();
        self.leave(
            exit.cell as usize,
            base,
            number,
            (exit.ints, exit.nums),
            &args,
        );
    }

    /// A tail call through a code pointer.
    fn leave(
        &mut self,
        cell: usize,
        base: Value,
        number: i64,
        signature: (u16, u16),
        extra: &[Value],
    ) {
        let func = &mut self.cur.func;
        let sig = *self.exit_sigs.entry(signature).or_insert_with(|| {
            func.import_signature(tail_signature(signature.0 as usize, signature.1 as usize))
        });
        let cell = self.iconst(cell as i64);
        let target = self.cur.ins().load(I64, memory(), cell, 0);
        let number = self.iconst(number);
        let state = self.value(self.t.state());
        let args = [&[state, base, number], extra].concat();
        self.cur.ins().return_call_indirect(sig, target, &args);
    }
}

fn c_signature(params: &[Ty], ret: Ty) -> Signature {
    let mut sig = Signature::new(CallConv::SystemV);
    let abi = |ty: Ty| match ty {
        Ty::Int => Some(AbiParam::new(I64)),
        Ty::Num => Some(AbiParam::new(F64)),
        Ty::None => None,
    };
    sig.params.extend(params.iter().filter_map(|&ty| abi(ty)));
    sig.returns.extend(abi(ret));
    sig
}

enum Condition {
    Int(IntCC),
    Num(FloatCC),
}

fn condition(cc: Cc) -> Condition {
    use Condition::{Int, Num};
    match cc {
        Cc::Eq => Int(IntCC::Equal),
        Cc::Ne => Int(IntCC::NotEqual),
        Cc::Lt => Int(IntCC::SignedLessThan),
        Cc::Le => Int(IntCC::SignedLessThanOrEqual),
        Cc::Gt => Int(IntCC::SignedGreaterThan),
        Cc::Ge => Int(IntCC::SignedGreaterThanOrEqual),
        Cc::ULt => Int(IntCC::UnsignedLessThan),
        Cc::ULe => Int(IntCC::UnsignedLessThanOrEqual),
        Cc::UGt => Int(IntCC::UnsignedGreaterThan),
        Cc::UGe => Int(IntCC::UnsignedGreaterThanOrEqual),
        Cc::FEq => Num(FloatCC::Equal),
        Cc::FNe => Num(FloatCC::NotEqual),
        Cc::FLt => Num(FloatCC::LessThan),
        Cc::FLe => Num(FloatCC::LessThanOrEqual),
        Cc::FGt => Num(FloatCC::GreaterThan),
        Cc::FGe => Num(FloatCC::GreaterThanOrEqual),
        Cc::FNlt => Num(FloatCC::UnorderedOrGreaterThanOrEqual),
        Cc::FNle => Num(FloatCC::UnorderedOrGreaterThan),
        Cc::FNgt => Num(FloatCC::UnorderedOrLessThanOrEqual),
        Cc::FNge => Num(FloatCC::UnorderedOrLessThan),
    }
}

/// A factor and a shift: for `n` below 2^63, `n / d` is the high half of `n * factor`, shifted. With `l` the binary
/// logarithm of `d` rounded up, the factor is more than 2^(63 + l) / d by at most one: `n` times that excess is less
/// than 2^(63 + l) / d, too little to reach the next quotient.
pub(crate) fn reciprocal(d: i64) -> (u64, i64) {
    debug_assert!(d >= 2);
    let l = i64::from(u64::BITS - (d as u64 - 1).leading_zeros());
    let factor = (1_u128 << (63 + l)) / d as u128 + 1;
    (factor as u64, l - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reciprocals_divide_exactly() {
        let around = |n: i64| (-2..=2).map(move |i| n.wrapping_add(i));
        let powers = || (0..63).flat_map(move |n| around(1 << n));
        let divisors = (2..1000).chain(powers()).chain(around(i64::MAX));
        for d in divisors.filter(|&d| d >= 2) {
            let (factor, shift) = reciprocal(d);
            let multiples = powers().flat_map(|k| around(k.wrapping_mul(d)));
            for n in multiples.chain(powers()).chain(around(i64::MAX)) {
                let n = (n & i64::MAX) as u64;
                let high = ((u128::from(n) * u128::from(factor)) >> 64) as u64;
                assert_eq!(high >> shift, n / d as u64, "{n} / {d}");
            }
        }
    }
}
