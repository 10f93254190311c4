//! The instruction set: Lua 5.4's published one.
//!
//! An instruction is a 32-bit word with the opcode in its lowest 7 bits. The formats (from the lowest bit up):
//! - `ABC`: A (8 bits), k (1), B (8), C (8); `sB` and `sC` are B and C less 127
//! - `ABx`: A (8), Bx (17); `AsBx`: sBx is Bx less 65535
//! - `Ax`: Ax (25)
//! - `SJ`: sJ (25), less 16777215
//!
//! [`opcodes!`] lists the instructions once; names, formats and properties expand from it.

/// An operand format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// A, B, C and k.
    ABC,
    /// A and an unsigned Bx.
    ABx,
    /// A and a signed Bx.
    AsBx,
    /// Only Ax.
    Ax,
    /// Only a signed jump distance.
    SJ,
}

/// The instruction sets register A.
const SETS_A: u8 = 1;
/// The instruction is a test: the next one is a jump.
const TEST: u8 = 2;
/// With B = 0 the instruction uses the top that the one before set.
const USES_TOP: u8 = 4;
/// With C = 0 the instruction sets the top for the next one.
const SETS_TOP: u8 = 8;
/// The instruction calls a metamethod for the arithmetic instruction in front of it.
const METAMETHOD: u8 = 16;

macro_rules! opcodes {
    ($callback:ident) => {
        $callback! {
            Move "MOVE" ABC SETS_A, LoadI "LOADI" AsBx SETS_A, LoadF "LOADF" AsBx SETS_A,
            LoadK "LOADK" ABx SETS_A, LoadKX "LOADKX" ABx SETS_A, LoadFalse "LOADFALSE" ABC SETS_A,
            LFalseSkip "LFALSESKIP" ABC SETS_A, LoadTrue "LOADTRUE" ABC SETS_A, LoadNil "LOADNIL" ABC SETS_A,
            GetUpval "GETUPVAL" ABC SETS_A, SetUpval "SETUPVAL" ABC 0, GetTabUp "GETTABUP" ABC SETS_A,
            GetTable "GETTABLE" ABC SETS_A, GetI "GETI" ABC SETS_A, GetField "GETFIELD" ABC SETS_A,
            SetTabUp "SETTABUP" ABC 0, SetTable "SETTABLE" ABC 0, SetI "SETI" ABC 0,
            SetField "SETFIELD" ABC 0, NewTable "NEWTABLE" ABC SETS_A, SelfOp "SELF" ABC SETS_A,
            AddI "ADDI" ABC SETS_A, AddK "ADDK" ABC SETS_A, SubK "SUBK" ABC SETS_A, MulK "MULK" ABC SETS_A,
            ModK "MODK" ABC SETS_A, PowK "POWK" ABC SETS_A, DivK "DIVK" ABC SETS_A, IDivK "IDIVK" ABC SETS_A,
            BAndK "BANDK" ABC SETS_A, BOrK "BORK" ABC SETS_A, BXorK "BXORK" ABC SETS_A,
            ShrI "SHRI" ABC SETS_A, ShlI "SHLI" ABC SETS_A, Add "ADD" ABC SETS_A, Sub "SUB" ABC SETS_A,
            Mul "MUL" ABC SETS_A, Mod "MOD" ABC SETS_A, Pow "POW" ABC SETS_A, Div "DIV" ABC SETS_A,
            IDiv "IDIV" ABC SETS_A, BAnd "BAND" ABC SETS_A, BOr "BOR" ABC SETS_A, BXor "BXOR" ABC SETS_A,
            Shl "SHL" ABC SETS_A, Shr "SHR" ABC SETS_A, MmBin "MMBIN" ABC METAMETHOD,
            MmBinI "MMBINI" ABC METAMETHOD, MmBinK "MMBINK" ABC METAMETHOD, Unm "UNM" ABC SETS_A,
            BNot "BNOT" ABC SETS_A, Not "NOT" ABC SETS_A, Len "LEN" ABC SETS_A, Concat "CONCAT" ABC SETS_A,
            Close "CLOSE" ABC 0, Tbc "TBC" ABC 0, Jmp "JMP" SJ 0, Eq "EQ" ABC TEST, Lt "LT" ABC TEST,
            Le "LE" ABC TEST, EqK "EQK" ABC TEST, EqI "EQI" ABC TEST, LtI "LTI" ABC TEST,
            LeI "LEI" ABC TEST, GtI "GTI" ABC TEST, GeI "GEI" ABC TEST, Test "TEST" ABC TEST,
            TestSet "TESTSET" ABC TEST | SETS_A, Call "CALL" ABC SETS_A | USES_TOP | SETS_TOP,
            TailCall "TAILCALL" ABC SETS_A | USES_TOP | SETS_TOP, Return "RETURN" ABC USES_TOP,
            Return0 "RETURN0" ABC 0, Return1 "RETURN1" ABC 0, ForLoop "FORLOOP" ABx SETS_A,
            ForPrep "FORPREP" ABx SETS_A, TForPrep "TFORPREP" ABx 0, TForCall "TFORCALL" ABC 0,
            TForLoop "TFORLOOP" ABx SETS_A, SetList "SETLIST" ABC USES_TOP, Closure "CLOSURE" ABx SETS_A,
            Vararg "VARARG" ABC SETS_A | SETS_TOP, VarargPrep "VARARGPREP" ABC USES_TOP | SETS_A,
            ExtraArg "EXTRAARG" Ax 0,
        }
    };
}

macro_rules! define {
    ($($variant:ident $name:literal $format:ident $props:expr,)*) => {
        /// The opcodes.
        #[repr(u8)]
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs)]
        pub enum Op { $($variant),* }

        /// Number of opcodes.
        pub const COUNT: usize = ALL.len();
        const ALL: &[Op] = &[$(Op::$variant),*];
        const NAMES: &[&str] = &[$($name),*];
        const FORMATS: &[Format] = &[$(Format::$format),*];
        const PROPS: &[u8] = &[$($props),*];
    };
}
opcodes!(define);

impl Op {
    /// The opcode with this number.
    pub fn from_code(code: u8) -> Option<Op> {
        ALL.get(code as usize).copied()
    }
    /// The name in listings.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
    /// The operand format.
    pub fn format(self) -> Format {
        FORMATS[self as usize]
    }
    /// Whether the instruction sets register A.
    pub fn sets_a(self) -> bool {
        PROPS[self as usize] & SETS_A != 0
    }
    /// Whether the instruction is a test, which a jump follows.
    pub fn is_test(self) -> bool {
        PROPS[self as usize] & TEST != 0
    }
    /// Whether the instruction calls a metamethod for the one in front of it.
    pub fn is_metamethod(self) -> bool {
        PROPS[self as usize] & METAMETHOD != 0
    }
}

/// Private variants of the instructions that close a loop, in a prototype's code only: same operands, other opcode.
/// Numbered behind the published ones, `Loop::Enter` before `Loop::Plain`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loop {
    /// The published instruction.
    Published,
    /// A trace starts here.
    Enter,
    /// No trace will.
    Plain,
}

/// The instructions that close a loop, in the order of their variants.
pub const LOOP_OPS: [Op; 3] = [Op::ForLoop, Op::TForLoop, Op::Jmp];

/// The opcode of the variant of `LOOP_OPS[n]`.
pub const fn loop_variant(n: usize, which: Loop) -> u8 {
    match which {
        Loop::Published => LOOP_OPS[n] as u8,
        Loop::Enter => (COUNT + n) as u8,
        Loop::Plain => (COUNT + LOOP_OPS.len() + n) as u8,
    }
}

/// The instruction as it is published: with the opcode that a private variant stands for.
#[inline]
pub const fn public(i: u32) -> u32 {
    let code = op(i) as usize;
    if code < COUNT {
        return i;
    }
    i & !0x7F | LOOP_OPS[(code - COUNT) % LOOP_OPS.len()] as u32
}

/// The variant `which` of an instruction that closes a loop; `None` for another one.
pub fn with_variant(i: u32, which: Loop) -> Option<u32> {
    let code = op(public(i));
    let n = LOOP_OPS.iter().position(|&o| o as u8 == code)?;
    Some(i & !0x7F | loop_variant(n, which) as u32)
}

/// Whether the instruction uses the top that the one before it set.
pub fn uses_top(i: u32) -> bool {
    Op::from_code(op(i)).is_some_and(|o| PROPS[o as usize] & USES_TOP != 0 && b(i) == 0)
}
/// Whether the instruction sets the top for the next one.
pub fn sets_top(i: u32) -> bool {
    Op::from_code(op(i)).is_some_and(|o| PROPS[o as usize] & SETS_TOP != 0 && c(i) == 0)
}

/// Largest A operand.
pub const MAX_A: usize = 255;
/// Largest B operand.
pub const MAX_B: usize = 255;
/// Largest C operand.
pub const MAX_C: usize = 255;
/// Largest Bx operand.
pub const MAX_BX: usize = (1 << 17) - 1;
/// Largest Ax operand.
pub const MAX_AX: usize = (1 << 25) - 1;
/// Largest absolute value of a jump distance, and what `sJ` is offset by.
pub const OFFSET_SJ: i32 = (1 << 24) - 1;
/// What `sBx` is offset by.
pub const OFFSET_SBX: i32 = (1 << 16) - 1;
/// What `sB` and `sC` are offset by.
pub const OFFSET_SC: i32 = 127;

/// The opcode.
#[inline(always)]
pub const fn op(i: u32) -> u8 {
    (i & 0x7F) as u8
}
/// Operand A.
#[inline(always)]
pub const fn a(i: u32) -> usize {
    (i >> 7 & 0xFF) as usize
}
/// Operand B.
#[inline(always)]
pub const fn b(i: u32) -> usize {
    (i >> 16 & 0xFF) as usize
}
/// Operand C.
#[inline(always)]
pub const fn c(i: u32) -> usize {
    (i >> 24) as usize
}
/// Operand k.
#[inline(always)]
pub const fn k(i: u32) -> bool {
    i & 1 << 15 != 0
}
/// Operand B as a signed number.
#[inline(always)]
pub const fn sb(i: u32) -> i32 {
    b(i) as i32 - OFFSET_SC
}
/// Operand C as a signed number.
#[inline(always)]
pub const fn sc(i: u32) -> i32 {
    c(i) as i32 - OFFSET_SC
}
/// Operand Bx.
#[inline(always)]
pub const fn bx(i: u32) -> usize {
    (i >> 15) as usize
}
/// Operand Bx as a signed number.
#[inline(always)]
pub const fn sbx(i: u32) -> i32 {
    bx(i) as i32 - OFFSET_SBX
}
/// Operand Ax.
#[inline(always)]
pub const fn ax(i: u32) -> usize {
    (i >> 7) as usize
}
/// The jump distance.
#[inline(always)]
pub const fn sj(i: u32) -> i32 {
    (i >> 7) as i32 - OFFSET_SJ
}

/// An instruction of format `ABC`.
pub const fn abck(op: Op, a: usize, b: usize, c: usize, k: bool) -> u32 {
    op as u32 | (a as u32) << 7 | (k as u32) << 15 | (b as u32) << 16 | (c as u32) << 24
}
/// An instruction of format `ABx`.
pub const fn abx(op: Op, a: usize, bx: usize) -> u32 {
    op as u32 | (a as u32) << 7 | (bx as u32) << 15
}
/// An instruction of format `AsBx`.
pub const fn asbx(op: Op, a: usize, sbx: i32) -> u32 {
    abx(op, a, (sbx + OFFSET_SBX) as usize)
}
/// An instruction of format `Ax`.
pub const fn ax_of(op: Op, ax: usize) -> u32 {
    op as u32 | (ax as u32) << 7
}
/// An instruction of format `SJ`.
pub const fn sj_of(op: Op, sj: i32) -> u32 {
    op as u32 | ((sj + OFFSET_SJ) as u32) << 7
}
