//! The trace IR: one linear list of instructions in SSA form, with guards that leave through snapshots.
//!
//! Invariants
//! - A [`Ref`] is the index of an instruction; operands come before their user, but for the second operand of a phi
//!   and for constants, which have no place.
//! - Instructions 0 and 1 are [`Op::State`] and [`Op::Base`].
//! - There is one instruction for each distinct constant, numbers by their bits.
//! - Control only goes forward, but for the way from the end of a loop to its [`Op::LoopStart`].
//!
//! Who records only appends. Pointers, type tags and truth values are [`Ty::Int`].

use rustc_hash::FxHashMap as HashMap;

/// The index of an instruction, and so the value that it makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Ref(pub u32);

impl Ref {
    /// The index into [`Trace::insts`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The index of a snapshot in [`Trace::snaps`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SnapId(pub u32);

impl SnapId {
    /// The index into [`Trace::snaps`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The index of a function in [`Trace::funcs`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct FuncId(pub u32);

impl FuncId {
    /// The index into [`Trace::funcs`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an instruction makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ty {
    /// 64 bits in an integer register.
    Int,
    /// A double.
    Num,
    /// Nothing.
    None,
}

/// How much a load or a store moves.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Width {
    /// A byte; a load extends it with zeros.
    U8,
    /// 32 bits; a load extends the sign.
    I32,
    /// 32 bits; a load extends them with zeros.
    U32,
    /// 64 bits.
    I64,
    /// A double.
    F64,
}

impl Width {
    /// How many bytes it covers.
    pub fn bytes(self) -> i64 {
        match self {
            Width::U8 => 1,
            Width::I32 | Width::U32 => 4,
            Width::I64 | Width::F64 => 8,
        }
    }

    /// The type of the value that is loaded or stored.
    pub fn ty(self) -> Ty {
        if self == Width::F64 { Ty::Num } else { Ty::Int }
    }
}

/// An alias class, 0 to 31. Accesses of different classes never touch the same memory. Within a class, accesses from the
/// same base with constant offsets that do not overlap do not either; everything else may.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Class(pub u8);

impl Class {
    /// What others change at any time: its loads are never merged, forwarded or moved.
    pub const VOLATILE: Class = Class(31);

    /// The class's bit in an [`Effect`].
    pub const fn bit(self) -> u32 {
        1 << self.0
    }
}

/// Operations on two values. Integers wrap.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Bits of both.
    And,
    /// Bits of either.
    Or,
    /// Bits that differ.
    Xor,
    /// Shift to the left, by the count modulo 64.
    Shl,
    /// Shift to the right with zeros, by the count modulo 64.
    Shr,
    /// Shift to the right with the sign, by the count modulo 64.
    Sar,
    /// Quotient rounded towards minus infinity; the divisor is not 0.
    DivFloor,
    /// Remainder with the sign of the divisor, which is not 0.
    ModFloor,
    /// Sum of doubles.
    FAdd,
    /// Difference of doubles.
    FSub,
    /// Product of doubles.
    FMul,
    /// Quotient of doubles.
    FDiv,
}

impl BinOp {
    /// The type of both operands and of the result.
    pub fn ty(self) -> Ty {
        match self {
            BinOp::FAdd | BinOp::FSub | BinOp::FMul | BinOp::FDiv => Ty::Num,
            _ => Ty::Int,
        }
    }

    /// Whether the operands may change places.
    pub fn commutes(self) -> bool {
        matches!(
            self,
            BinOp::Add | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor
        )
    }
}

/// Operations on one value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnOp {
    /// Negation, which wraps.
    Neg,
    /// All bits flipped.
    Not,
    /// Negation of a double: its sign bit flipped.
    FNeg,
    /// A double with its sign bit cleared.
    FAbs,
    /// Square root.
    FSqrt,
    /// Rounded down to an integral double.
    FFloor,
    /// Rounded up to an integral double.
    FCeil,
    /// Integer to the nearest double.
    ToNum,
    /// Double to integer, towards zero; beyond the range the nearest end, NaN gives 0.
    ToInt,
    /// The bits of a double.
    Bits,
    /// The double with these bits.
    FromBits,
}

impl UnOp {
    /// The types of the operand and of the result.
    pub fn tys(self) -> (Ty, Ty) {
        match self {
            UnOp::Neg | UnOp::Not => (Ty::Int, Ty::Int),
            UnOp::FNeg | UnOp::FAbs | UnOp::FSqrt | UnOp::FFloor | UnOp::FCeil => {
                (Ty::Num, Ty::Num)
            }
            UnOp::ToNum | UnOp::FromBits => (Ty::Int, Ty::Num),
            UnOp::ToInt | UnOp::Bits => (Ty::Num, Ty::Int),
        }
    }
}

/// Conditions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cc {
    /// Equal integers.
    Eq,
    /// Different integers.
    Ne,
    /// Signed less.
    Lt,
    /// Signed less or equal.
    Le,
    /// Signed greater.
    Gt,
    /// Signed greater or equal.
    Ge,
    /// Unsigned less.
    ULt,
    /// Unsigned less or equal.
    ULe,
    /// Unsigned greater.
    UGt,
    /// Unsigned greater or equal.
    UGe,
    /// Equal doubles; false when one is NaN.
    FEq,
    /// Different doubles, or one is NaN.
    FNe,
    /// Less; false when one is NaN.
    FLt,
    /// Less or equal; false when one is NaN.
    FLe,
    /// Greater; false when one is NaN.
    FGt,
    /// Greater or equal; false when one is NaN.
    FGe,
    /// Not `FLt`: true when one is NaN.
    FNlt,
    /// Not `FLe`: true when one is NaN.
    FNle,
    /// Not `FGt`: true when one is NaN.
    FNgt,
    /// Not `FGe`: true when one is NaN.
    FNge,
}

impl Cc {
    /// The type of the operands.
    pub fn ty(self) -> Ty {
        match self {
            Cc::Eq
            | Cc::Ne
            | Cc::Lt
            | Cc::Le
            | Cc::Gt
            | Cc::Ge
            | Cc::ULt
            | Cc::ULe
            | Cc::UGt
            | Cc::UGe => Ty::Int,
            _ => Ty::Num,
        }
    }

    /// The condition that holds exactly when this one does not.
    pub fn negated(self) -> Cc {
        match self {
            Cc::Eq => Cc::Ne,
            Cc::Ne => Cc::Eq,
            Cc::Lt => Cc::Ge,
            Cc::Le => Cc::Gt,
            Cc::Gt => Cc::Le,
            Cc::Ge => Cc::Lt,
            Cc::ULt => Cc::UGe,
            Cc::ULe => Cc::UGt,
            Cc::UGt => Cc::ULe,
            Cc::UGe => Cc::ULt,
            Cc::FEq => Cc::FNe,
            Cc::FNe => Cc::FEq,
            Cc::FLt => Cc::FNlt,
            Cc::FLe => Cc::FNle,
            Cc::FGt => Cc::FNgt,
            Cc::FGe => Cc::FNge,
            Cc::FNlt => Cc::FLt,
            Cc::FNle => Cc::FLe,
            Cc::FNgt => Cc::FGt,
            Cc::FNge => Cc::FGe,
        }
    }

    /// The condition that says the same with the operands in the other order.
    pub fn swapped(self) -> Cc {
        match self {
            Cc::Eq | Cc::Ne | Cc::FEq | Cc::FNe => self,
            Cc::Lt => Cc::Gt,
            Cc::Le => Cc::Ge,
            Cc::Gt => Cc::Lt,
            Cc::Ge => Cc::Le,
            Cc::ULt => Cc::UGt,
            Cc::ULe => Cc::UGe,
            Cc::UGt => Cc::ULt,
            Cc::UGe => Cc::ULe,
            Cc::FLt => Cc::FGt,
            Cc::FLe => Cc::FGe,
            Cc::FGt => Cc::FLt,
            Cc::FGe => Cc::FLe,
            Cc::FNlt => Cc::FNgt,
            Cc::FNle => Cc::FNge,
            Cc::FNgt => Cc::FNlt,
            Cc::FNge => Cc::FNle,
        }
    }
}

/// The arguments of a call: a piece of [`Trace::args`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ArgRange {
    /// The first argument's index.
    pub start: u32,
    /// How many there are.
    pub len: u32,
}

impl ArgRange {
    /// The indices into [`Trace::args`].
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// An instruction's operation and operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// An integer constant.
    KInt(i64),
    /// A double constant, by its bits.
    KNum(u64),
    /// The n-th extra parameter of a side trace.
    Param(u16),
    /// The first implicit parameter.
    State,
    /// The second implicit parameter.
    Base,
    /// The native stack's pointer, which stays the same throughout a trace.
    StackPointer,
    /// Reads `base + offset`.
    Load {
        /// How much, and how it is extended.
        width: Width,
        /// The address without the offset.
        base: Ref,
        /// Added to the base.
        offset: i32,
        /// What it may alias.
        class: Class,
    },
    /// Writes `value` to `base + offset`, cut down to the width.
    Store {
        /// How much.
        width: Width,
        /// The address without the offset.
        base: Ref,
        /// Added to the base.
        offset: i32,
        /// What is written.
        value: Ref,
        /// What it may alias.
        class: Class,
    },
    /// An operation on two values.
    Bin(BinOp, Ref, Ref),
    /// An operation on one value.
    Un(UnOp, Ref),
    /// 1 if the condition holds, else 0.
    Cmp(Cc, Ref, Ref),
    /// The second operand if the first is not 0, else the third.
    Select(Ref, Ref, Ref),
    /// Goes on if the condition holds, else leaves through the snapshot.
    Guard(Cc, Ref, Ref, SnapId),
    /// Calls a function.
    Call {
        /// Which.
        func: FuncId,
        /// With what.
        args: ArgRange,
    },
    /// Only right behind `LoopStart`: the value before the loop, the value at the end of an iteration.
    Phi(Ref, Ref),
    /// Where the end of the trace goes back to.
    LoopStart,
    /// Nothing.
    Nop,
}

/// An instruction.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// What it makes.
    pub ty: Ty,
}

/// The memory that a function reads and writes, a bit for each [`Class`]. Without any bit the call is pure: equal calls may
/// be merged, and it may be dropped when its result is not used. A call that writes is neither merged nor dropped; anything
/// else that a call changes (allocation, output) has to be claimed as a write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Effect {
    /// Classes read.
    pub reads: u32,
    /// Classes written.
    pub writes: u32,
}

/// How a function is called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Convention {
    /// As C functions are, System V ABI, at the address given.
    C,
    /// As traces are, with (state, base), through the code pointer at the address given. What the callee ends with by
    /// [`End::Return`] is the result; if it is left through an exit, the caller is left at once with the same number.
    Trace,
}

/// A function that traces call.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Func {
    /// For listings.
    pub name: &'static str,
    /// Its address, or that of a code pointer.
    pub addr: usize,
    /// How it is called.
    pub convention: Convention,
    /// What it takes.
    pub params: &'static [Ty],
    /// What it returns.
    pub ret: Ty,
    /// What it does to memory.
    pub effect: Effect,
}

/// One slot of the VM's stack in a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SnapEntry {
    /// The slot's number, as the VM counts them.
    pub slot: u32,
    /// Its payload, `Int` or `Num`.
    pub value: Ref,
    /// Its type tag, `Int`.
    pub tag: Ref,
}

/// What the VM has to restore when the trace is left: the slots that the trace has assigned and not stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snap {
    /// The VM's own number of what else is to be restored.
    pub frame: u32,
    /// The `base` that is passed to the exit.
    pub base: Ref,
    /// Sorted by slot, each slot once.
    pub entries: Vec<SnapEntry>,
}

/// How a trace ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// Back to its own start. The peel pass turns the recorded iteration into a preamble and a loop; afterwards `carried`
    /// is empty and phis behind the `LoopStart` carry the values.
    Loop {
        /// A value read at the start, and its value at the end of the iteration.
        carried: Vec<(Ref, Ref)>,
        /// All slots assigned during the iteration and not stored, with their values at its end. An exit may go through it:
        /// its frame says that the VM goes on at the loop's start. Behind the peel pass: the values at the loop's entry.
        state: SnapId,
    },
    /// A tail call through the code pointer at address `cell`, with (state, `base`, 0): into the entry of a trace.
    Link {
        /// The address of a code pointer.
        cell: usize,
        /// The base for the other trace.
        base: Ref,
    },
    /// Leaves through the snapshot.
    Exit(SnapId),
    /// Returns to the trace that has called this one, or to who entered it, with a value that is not negative.
    Return(Ref),
}

/// Places of a class that are told apart by what lies at a distance from them: where that differs, so do the places. The
/// fields of an object whose keys lie next to the values; variables of different types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label {
    /// The class of the places.
    pub class: Class,
    /// The class of what labels them.
    pub by: Class,
    /// Where that lies: added to a place's offset.
    pub distance: i32,
    /// How much of it there is.
    pub width: Width,
}

/// One trace.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The instructions.
    pub insts: Vec<Inst>,
    /// The snapshots.
    pub snaps: Vec<Snap>,
    /// The functions called.
    pub funcs: Vec<Func>,
    /// What tells places apart.
    pub labels: Vec<Label>,
    /// The arguments of all calls.
    pub args: Vec<Ref>,
    /// How it ends; set last.
    pub end: Option<End>,
    /// The types of the extra parameters.
    pub params: Vec<Ty>,
    constants: HashMap<Op, Ref>,
}

impl Default for Trace {
    fn default() -> Trace {
        Trace::new()
    }
}

impl Trace {
    /// An empty trace, which has its two implicit parameters.
    pub fn new() -> Trace {
        let implicit = [Op::State, Op::Base].map(|op| Inst { op, ty: Ty::Int });
        Trace {
            insts: implicit.to_vec(),
            snaps: Vec::new(),
            funcs: Vec::new(),
            labels: Vec::new(),
            args: Vec::new(),
            end: None,
            params: Vec::new(),
            constants: HashMap::default(),
        }
    }

    /// Appends an instruction as it is.
    pub fn push(&mut self, op: Op, ty: Ty) -> Ref {
        let r =
            Ref(u32::try_from(self.insts.len()).expect("a trace has fewer than 2^32 instructions"));
        self.insts.push(Inst { op, ty });
        r
    }

    /// The state, the first implicit parameter.
    pub fn state(&self) -> Ref {
        Ref(0)
    }

    /// The base, the second implicit parameter.
    pub fn base(&self) -> Ref {
        Ref(1)
    }

    /// An integer constant.
    pub fn int(&mut self, value: i64) -> Ref {
        self.constant(Op::KInt(value), Ty::Int)
    }

    /// A double constant, told apart by its bits.
    pub fn num(&mut self, value: f64) -> Ref {
        self.constant(Op::KNum(value.to_bits()), Ty::Num)
    }

    fn constant(&mut self, op: Op, ty: Ty) -> Ref {
        if let Some(&r) = self.constants.get(&op) {
            return r;
        }
        let r = self.push(op, ty);
        self.constants.insert(op, r);
        r
    }

    /// The next extra parameter of a side trace: all integers first, then the doubles, in the order in which the parent's
    /// exit passes them.
    pub fn param(&mut self, ty: Ty) -> Ref {
        let n = u16::try_from(self.params.len()).expect("an exit passes fewer than 2^16 values");
        self.params.push(ty);
        self.push(Op::Param(n), ty)
    }

    /// Appends a load.
    pub fn load(&mut self, width: Width, base: Ref, offset: i32, class: Class) -> Ref {
        self.push(
            Op::Load {
                width,
                base,
                offset,
                class,
            },
            width.ty(),
        )
    }

    /// Appends a store.
    pub fn store(&mut self, width: Width, base: Ref, offset: i32, value: Ref, class: Class) {
        self.push(
            Op::Store {
                width,
                base,
                offset,
                value,
                class,
            },
            Ty::None,
        );
    }

    /// Appends a read of the native stack's pointer.
    pub fn stack_pointer(&mut self) -> Ref {
        self.push(Op::StackPointer, Ty::Int)
    }

    /// Appends an operation on two values.
    pub fn bin(&mut self, op: BinOp, a: Ref, b: Ref) -> Ref {
        self.push(Op::Bin(op, a, b), op.ty())
    }

    /// Appends an operation on one value.
    pub fn un(&mut self, op: UnOp, a: Ref) -> Ref {
        self.push(Op::Un(op, a), op.tys().1)
    }

    /// Appends a comparison.
    pub fn cmp(&mut self, cc: Cc, a: Ref, b: Ref) -> Ref {
        self.push(Op::Cmp(cc, a, b), Ty::Int)
    }

    /// Appends a choice: `a` if `cond` is not 0, else `b`.
    pub fn select(&mut self, cond: Ref, a: Ref, b: Ref) -> Ref {
        let ty = self.ty(a);
        self.push(Op::Select(cond, a, b), ty)
    }

    /// Appends a guard.
    pub fn guard(&mut self, cc: Cc, a: Ref, b: Ref, snap: SnapId) {
        self.push(Op::Guard(cc, a, b, snap), Ty::None);
    }

    /// Appends a call.
    pub fn call(&mut self, func: FuncId, args: &[Ref]) -> Ref {
        let args = self.arg_range(args);
        self.push(Op::Call { func, args }, self.funcs[func.index()].ret)
    }

    /// Puts the arguments of a call aside.
    pub(crate) fn arg_range(&mut self, args: &[Ref]) -> ArgRange {
        let start = u32::try_from(self.args.len()).expect("a trace has fewer than 2^32 arguments");
        self.args.extend_from_slice(args);
        ArgRange {
            start,
            len: args.len() as u32,
        }
    }

    /// Makes a function known; functions with the same address are one.
    pub fn func(&mut self, func: Func) -> FuncId {
        let known = self.funcs.iter().position(|f| f.addr == func.addr);
        let index = known.unwrap_or_else(|| {
            self.funcs.push(func);
            self.funcs.len() - 1
        });
        FuncId(index as u32)
    }

    /// Adds a snapshot.
    pub fn snap(&mut self, snap: Snap) -> SnapId {
        self.snaps.push(snap);
        SnapId(self.snaps.len() as u32 - 1)
    }

    /// The operation of an instruction.
    pub fn op(&self, r: Ref) -> Op {
        self.insts[r.index()].op
    }

    /// The type of a value.
    pub fn ty(&self, r: Ref) -> Ty {
        self.insts[r.index()].ty
    }

    /// The value of an integer constant.
    pub fn as_int(&self, r: Ref) -> Option<i64> {
        match self.op(r) {
            Op::KInt(k) => Some(k),
            _ => None,
        }
    }

    /// The value of a double constant.
    pub fn as_num(&self, r: Ref) -> Option<f64> {
        match self.op(r) {
            Op::KNum(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// Whether a value is a constant.
    pub fn is_constant(&self, r: Ref) -> bool {
        matches!(self.op(r), Op::KInt(_) | Op::KNum(_))
    }

    /// The number of instructions.
    pub fn len(&self) -> usize {
        self.insts.len()
    }

    /// Whether nothing has been recorded yet.
    pub fn is_empty(&self) -> bool {
        self.insts.len() <= 2
    }

    /// Whether it has a `LoopStart`.
    pub fn is_peeled(&self) -> bool {
        self.insts.iter().any(|i| i.op == Op::LoopStart)
    }

    /// Calls `f` with each operand of an operation, without what its snapshot holds.
    pub fn operands(&self, op: Op, mut f: impl FnMut(Ref)) {
        match op {
            Op::KInt(_)
            | Op::KNum(_)
            | Op::Param(_)
            | Op::State
            | Op::Base
            | Op::StackPointer
            | Op::LoopStart
            | Op::Nop => {}
            Op::Load { base, .. } => f(base),
            Op::Store { base, value, .. } => {
                f(base);
                f(value);
            }
            Op::Bin(_, a, b) | Op::Cmp(_, a, b) | Op::Guard(_, a, b, _) | Op::Phi(a, b) => {
                f(a);
                f(b);
            }
            Op::Un(_, a) => f(a),
            Op::Select(c, a, b) => {
                f(c);
                f(a);
                f(b);
            }
            Op::Call { args, .. } => self.args[args.range()].iter().copied().for_each(f),
        }
    }
}
