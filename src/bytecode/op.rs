//! The instruction set of Lua 5.4, from one table, and the fields of an instruction word.
//!
//! | bits   | 0-6 | 7-14 | 15 | 16-23 | 24-31 |
//! |--------|-----|------|----|-------|-------|
//! | `Abc`  | op  | A    | k  | B     | C     |
//! | `ABx`  | op  | A    | Bx (17 bits)      |||
//! | `AsBx` | op  | A    | sBx (17 bits, excess 65535) |||
//! | `Ax`   | op  | Ax (25 bits)            ||||
//! | `SJ`   | op  | sJ (25 bits, excess 2^24-1) ||||
//!
//! Notation in the table: `R` register, `K` constant, `U` upvalue, `RK(C)` constant if k is set, else register.

pub use crate::object::proto::Instruction;

/// How the operands lie in the word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// A, B, C and k.
    Abc,
    /// A and an unsigned Bx.
    ABx,
    /// A and a signed Bx.
    AsBx,
    /// Ax only.
    Ax,
    /// A signed jump distance.
    SJ,
}

/// What the compiler, the listing, the verifier and the debugger need to know about an opcode.
#[derive(Clone, Copy)]
pub struct Mode {
    /// Operand layout.
    pub format: Format,
    /// The instruction assigns register A.
    pub sets_a: bool,
    /// The instruction is a test: the next one is a jump.
    pub is_test: bool,
    /// The instruction takes values up to the top that the previous one left (when B is 0).
    pub uses_top: bool,
    /// The instruction leaves an open number of values up to the top (when C is 0).
    pub sets_top: bool,
    /// The instruction calls a metamethod for the one before it.
    pub is_mm: bool,
}

/// Expands `$m! { ($($args)*) Variant "NAME" Format [flags] "effect"; ... }` over all opcodes in numeric order.
///
/// Flags: `A` sets register A, `T` test, `I` uses top, `O` sets top, `M` metamethod call.
#[macro_export]
macro_rules! for_each_op {
    ($m:ident $($args:tt)*) => {
        $m! { ($($args)*)
            Move "MOVE" Abc [A] "`R[A] = R[B]`";
            LoadI "LOADI" AsBx [A] "`R[A] = sBx` as an integer";
            LoadF "LOADF" AsBx [A] "`R[A] = sBx` as a float";
            LoadK "LOADK" ABx [A] "`R[A] = K[Bx]`";
            LoadKX "LOADKX" ABx [A] "`R[A] = K[Ax of the next word]`";
            LoadFalse "LOADFALSE" Abc [A] "`R[A] = false`";
            LFalseSkip "LFALSESKIP" Abc [A] "`R[A] = false`, then skips a word";
            LoadTrue "LOADTRUE" Abc [A] "`R[A] = true`";
            LoadNil "LOADNIL" Abc [A] "`R[A], ..., R[A+B] = nil`";
            GetUpval "GETUPVAL" Abc [A] "`R[A] = U[B]`";
            SetUpval "SETUPVAL" Abc [] "`U[B] = R[A]`";
            GetTabUp "GETTABUP" Abc [A] "`R[A] = U[B][K[C]]`, a short string";
            GetTable "GETTABLE" Abc [A] "`R[A] = R[B][R[C]]`";
            GetI "GETI" Abc [A] "`R[A] = R[B][C]`";
            GetField "GETFIELD" Abc [A] "`R[A] = R[B][K[C]]`, a short string";
            SetTabUp "SETTABUP" Abc [] "`U[A][K[B]] = RK(C)`, a short string";
            SetTable "SETTABLE" Abc [] "`R[A][R[B]] = RK(C)`";
            SetI "SETI" Abc [] "`R[A][B] = RK(C)`";
            SetField "SETFIELD" Abc [] "`R[A][K[B]] = RK(C)`, a short string";
            NewTable "NEWTABLE" Abc [A] "`R[A] = {}`; B: log of the hash size plus one, C (and Ax of the next word if k): array size";
            Self_ "SELF" Abc [A] "`R[A+1] = R[B]; R[A] = R[B][RK(C)]`, a string";
            AddI "ADDI" Abc [A] "`R[A] = R[B] + sC`";
            AddK "ADDK" Abc [A] "`R[A] = R[B] + K[C]`, a number";
            SubK "SUBK" Abc [A] "`R[A] = R[B] - K[C]`, a number";
            MulK "MULK" Abc [A] "`R[A] = R[B] * K[C]`, a number";
            ModK "MODK" Abc [A] "`R[A] = R[B] % K[C]`, a number";
            PowK "POWK" Abc [A] "`R[A] = R[B] ^ K[C]`, a number";
            DivK "DIVK" Abc [A] "`R[A] = R[B] / K[C]`, a number";
            IDivK "IDIVK" Abc [A] "`R[A] = R[B] // K[C]`, a number";
            BAndK "BANDK" Abc [A] "`R[A] = R[B] & K[C]`, an integer";
            BOrK "BORK" Abc [A] "`R[A] = R[B] | K[C]`, an integer";
            BXorK "BXORK" Abc [A] "`R[A] = R[B] ~ K[C]`, an integer";
            ShrI "SHRI" Abc [A] "`R[A] = R[B] >> sC`";
            ShlI "SHLI" Abc [A] "`R[A] = sC << R[B]`";
            Add "ADD" Abc [A] "`R[A] = R[B] + R[C]`";
            Sub "SUB" Abc [A] "`R[A] = R[B] - R[C]`";
            Mul "MUL" Abc [A] "`R[A] = R[B] * R[C]`";
            Mod "MOD" Abc [A] "`R[A] = R[B] % R[C]`";
            Pow "POW" Abc [A] "`R[A] = R[B] ^ R[C]`";
            Div "DIV" Abc [A] "`R[A] = R[B] / R[C]`";
            IDiv "IDIV" Abc [A] "`R[A] = R[B] // R[C]`";
            BAnd "BAND" Abc [A] "`R[A] = R[B] & R[C]`";
            BOr "BOR" Abc [A] "`R[A] = R[B] | R[C]`";
            BXor "BXOR" Abc [A] "`R[A] = R[B] ~ R[C]`";
            Shl "SHL" Abc [A] "`R[A] = R[B] << R[C]`";
            Shr "SHR" Abc [A] "`R[A] = R[B] >> R[C]`";
            MmBin "MMBIN" Abc [M] "calls metamethod C for `R[A]` and `R[B]`, result to A of the previous word";
            MmBinI "MMBINI" Abc [M] "calls metamethod C for `R[A]` and `sB` (exchanged if k)";
            MmBinK "MMBINK" Abc [M] "calls metamethod C for `R[A]` and `K[B]` (exchanged if k)";
            Unm "UNM" Abc [A] "`R[A] = -R[B]`";
            BNot "BNOT" Abc [A] "`R[A] = ~R[B]`";
            Not "NOT" Abc [A] "`R[A] = not R[B]`";
            Len "LEN" Abc [A] "`R[A] = #R[B]`";
            Concat "CONCAT" Abc [A] "`R[A] = R[A] .. ... .. R[A+B-1]`";
            Close "CLOSE" Abc [] "closes all upvalues and variables from `R[A]` up";
            Tbc "TBC" Abc [] "marks `R[A]` as to be closed";
            Jmp "JMP" SJ [] "`pc += sJ`";
            Eq "EQ" Abc [T] "skips the next word if `(R[A] == R[B]) ~= k`";
            Lt "LT" Abc [T] "skips the next word if `(R[A] < R[B]) ~= k`";
            Le "LE" Abc [T] "skips the next word if `(R[A] <= R[B]) ~= k`";
            EqK "EQK" Abc [T] "skips the next word if `(R[A] == K[B]) ~= k`";
            EqI "EQI" Abc [T] "skips the next word if `(R[A] == sB) ~= k`";
            LtI "LTI" Abc [T] "skips the next word if `(R[A] < sB) ~= k`; C: the immediate was a float";
            LeI "LEI" Abc [T] "skips the next word if `(R[A] <= sB) ~= k`; C as for `LtI`";
            GtI "GTI" Abc [T] "skips the next word if `(R[A] > sB) ~= k`; C as for `LtI`";
            GeI "GEI" Abc [T] "skips the next word if `(R[A] >= sB) ~= k`; C as for `LtI`";
            Test "TEST" Abc [T] "skips the next word if the truth of `R[A]` is not k";
            TestSet "TESTSET" Abc [T A] "skips the next word if the truth of `R[B]` is not k, else `R[A] = R[B]`";
            Call "CALL" Abc [O I A] "`R[A], ..., R[A+C-2] = R[A](R[A+1], ..., R[A+B-1])`";
            TailCall "TAILCALL" Abc [O I A] "`return R[A](R[A+1], ..., R[A+B-1])`; k and C as for `Return`";
            Return "RETURN" Abc [I] "`return R[A], ..., R[A+B-2]`; k: something to close, C: parameters plus one if vararg";
            Return0 "RETURN0" Abc [] "`return`";
            Return1 "RETURN1" Abc [] "`return R[A]`";
            ForLoop "FORLOOP" ABx [A] "counts the loop variables at A; `pc -= Bx` if the loop goes on";
            ForPrep "FORPREP" ABx [A] "checks and prepares the loop variables at A; `pc += Bx + 1` if the loop does not run";
            TForPrep "TFORPREP" ABx [] "marks `R[A+3]` as to be closed; `pc += Bx`";
            TForCall "TFORCALL" Abc [] "`R[A+4], ..., R[A+3+C] = R[A](R[A+1], R[A+2])`";
            TForLoop "TFORLOOP" ABx [A] "if `R[A+4] ~= nil` then `R[A+2] = R[A+4]; pc -= Bx`";
            SetList "SETLIST" Abc [I] "`R[A][C+i] = R[A+i]` for `1 <= i <= B`; with k, C goes on in Ax of the next word";
            Closure "CLOSURE" ABx [A] "`R[A] = closure(prototype Bx)`";
            VarArg "VARARG" Abc [O A] "`R[A], ..., R[A+C-2] = ...`";
            VarArgPrep "VARARGPREP" Abc [I A] "adjusts the arguments of a vararg function with A parameters";
            ExtraArg "EXTRAARG" Ax [] "a larger operand of the previous word";
        }
    };
}

macro_rules! has_flag {
    ($f:tt []) => { false };
    (A [A $($r:tt)*]) => { true };
    (T [T $($r:tt)*]) => { true };
    (I [I $($r:tt)*]) => { true };
    (O [O $($r:tt)*]) => { true };
    (M [M $($r:tt)*]) => { true };
    ($f:tt [$x:tt $($r:tt)*]) => { has_flag!($f [$($r)*]) };
}

macro_rules! define_ops {
    (() $($variant:ident $name:literal $format:ident $flags:tt $doc:literal;)*) => {
        /// An opcode.
        #[repr(u8)]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Op {
            $(#[doc = $doc] $variant,)*
        }

        /// Every opcode, by number.
        pub const ALL: [Op; COUNT] = [$(Op::$variant),*];

        /// Number of opcodes.
        pub const COUNT: usize = [$($name),*].len();

        /// Names as the listing prints them, by number.
        pub const NAMES: [&str; COUNT] = [$($name),*];

        static MODES: [Mode; COUNT] = [$(Mode {
            format: Format::$format,
            sets_a: has_flag!(A $flags),
            is_test: has_flag!(T $flags),
            uses_top: has_flag!(I $flags),
            sets_top: has_flag!(O $flags),
            is_mm: has_flag!(M $flags),
        }),*];
    };
}

for_each_op!(define_ops);

impl Op {
    /// The opcode with this number; `None` for numbers that are not of the published set.
    #[inline]
    pub fn from_u8(n: u8) -> Option<Op> {
        ALL.get(n as usize).copied()
    }
    /// The opcode of a word that the compiler made or the loader checked.
    #[inline]
    pub fn of(i: Instruction) -> Op {
        ALL[op(i) as usize]
    }
    /// What kind of instruction it is.
    #[inline]
    pub fn mode(self) -> &'static Mode {
        &MODES[self as usize]
    }
    /// The name as the listing prints it.
    pub fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// Bit of A.
pub const POS_A: u32 = 7;
/// Bit of k.
pub const POS_K: u32 = 15;
/// Bit of B.
pub const POS_B: u32 = 16;
/// Bit of C.
pub const POS_C: u32 = 24;
/// Largest A.
pub const MAX_A: u32 = 0xFF;
/// Largest B.
pub const MAX_B: u32 = 0xFF;
/// Largest C.
pub const MAX_C: u32 = 0xFF;
/// Largest Bx.
pub const MAX_BX: u32 = (1 << 17) - 1;
/// Largest Ax.
pub const MAX_AX: u32 = (1 << 25) - 1;
/// Excess of signed B and C.
pub const OFFSET_SC: i32 = 127;
/// Excess of sBx.
pub const OFFSET_SBX: i32 = 65535;
/// Excess of sJ.
pub const OFFSET_SJ: i32 = (1 << 24) - 1;
/// Largest index of a constant that a k operand can name.
pub const MAX_INDEX_RK: u32 = MAX_B;
/// A register number that no instruction uses.
pub const NO_REG: u32 = MAX_A;

/// The opcode's number.
#[inline(always)]
pub const fn op(i: Instruction) -> u8 {
    (i & 0x7F) as u8
}
/// Field A.
#[inline(always)]
pub const fn a(i: Instruction) -> u32 {
    (i >> POS_A) & 0xFF
}
/// Field B.
#[inline(always)]
pub const fn b(i: Instruction) -> u32 {
    (i >> POS_B) & 0xFF
}
/// Field C.
#[inline(always)]
pub const fn c(i: Instruction) -> u32 {
    i >> POS_C
}
/// Field k.
#[inline(always)]
pub const fn k(i: Instruction) -> bool {
    i & (1 << POS_K) != 0
}
/// Field B as a signed number.
#[inline(always)]
pub const fn sb(i: Instruction) -> i32 {
    b(i) as i32 - OFFSET_SC
}
/// Field C as a signed number.
#[inline(always)]
pub const fn sc(i: Instruction) -> i32 {
    c(i) as i32 - OFFSET_SC
}
/// Field Bx.
#[inline(always)]
pub const fn bx(i: Instruction) -> u32 {
    i >> POS_K
}
/// Field sBx.
#[inline(always)]
pub const fn sbx(i: Instruction) -> i32 {
    bx(i) as i32 - OFFSET_SBX
}
/// Field Ax.
#[inline(always)]
pub const fn ax(i: Instruction) -> u32 {
    i >> POS_A
}
/// Field sJ.
#[inline(always)]
pub const fn sj(i: Instruction) -> i32 {
    (i >> POS_A) as i32 - OFFSET_SJ
}

/// Builds an `Abc` word.
#[inline(always)]
pub const fn abck(op: Op, a: u32, b: u32, c: u32, k: bool) -> Instruction {
    op as u32 | a << POS_A | (k as u32) << POS_K | b << POS_B | c << POS_C
}
/// Builds an `ABx` word.
#[inline(always)]
pub const fn abx(op: Op, a: u32, bx: u32) -> Instruction {
    op as u32 | a << POS_A | bx << POS_K
}
/// Builds an `AsBx` word.
#[inline(always)]
pub const fn asbx(op: Op, a: u32, sbx: i32) -> Instruction {
    abx(op, a, (sbx + OFFSET_SBX) as u32)
}
/// Builds an `Ax` word.
#[inline(always)]
pub const fn ax_(op: Op, ax: u32) -> Instruction {
    op as u32 | ax << POS_A
}
/// Builds an `SJ` word.
#[inline(always)]
pub const fn sj_(op: Op, sj: i32) -> Instruction {
    ax_(op, (sj + OFFSET_SJ) as u32)
}

#[inline(always)]
const fn with(i: Instruction, pos: u32, mask: u32, v: u32) -> Instruction {
    i & !(mask << pos) | (v & mask) << pos
}
/// The word with another opcode.
#[inline(always)]
pub const fn set_op(i: Instruction, op: Op) -> Instruction {
    with(i, 0, 0x7F, op as u32)
}
/// The word with another A.
#[inline(always)]
pub const fn set_a(i: Instruction, a: u32) -> Instruction {
    with(i, POS_A, 0xFF, a)
}
/// The word with another B.
#[inline(always)]
pub const fn set_b(i: Instruction, b: u32) -> Instruction {
    with(i, POS_B, 0xFF, b)
}
/// The word with another C.
#[inline(always)]
pub const fn set_c(i: Instruction, c: u32) -> Instruction {
    with(i, POS_C, 0xFF, c)
}
/// The word with another k.
#[inline(always)]
pub const fn set_k(i: Instruction, k: bool) -> Instruction {
    with(i, POS_K, 1, k as u32)
}
/// The word with another Bx.
#[inline(always)]
pub const fn set_bx(i: Instruction, bx: u32) -> Instruction {
    with(i, POS_K, MAX_BX, bx)
}
/// The word with another sBx.
#[inline(always)]
pub const fn set_sbx(i: Instruction, sbx: i32) -> Instruction {
    set_bx(i, (sbx + OFFSET_SBX) as u32)
}
/// The word with another sJ.
#[inline(always)]
pub const fn set_sj(i: Instruction, sj: i32) -> Instruction {
    with(i, POS_A, MAX_AX, (sj + OFFSET_SJ) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_numbers_are_kept() {
        assert_eq!(COUNT, 83);
        for (n, op) in [(0, Op::Move), (34, Op::Add), (46, Op::MmBin), (56, Op::Jmp), (68, Op::Call), (82, Op::ExtraArg)] {
            assert_eq!(op as u8, n);
            assert_eq!(Op::from_u8(n), Some(op));
        }
        assert_eq!(Op::from_u8(83), None);
    }

    #[test]
    fn fields_come_back_as_they_were_stored() {
        let i = abck(Op::SetField, 200, 201, 202, true);
        assert_eq!((op(i), a(i), b(i), c(i), k(i)), (Op::SetField as u8, 200, 201, 202, true));
        assert_eq!((sb(i), sc(i)), (74, 75));
        let i = asbx(Op::LoadI, 255, -65535);
        assert_eq!((a(i), sbx(i)), (255, -65535));
        assert_eq!(sbx(set_sbx(i, 65536)), 65536);
        let i = sj_(Op::Jmp, -5);
        assert_eq!(sj(i), -5);
        assert_eq!(sj(set_sj(i, 7)), 7);
        assert_eq!(op(set_sj(i, 7)), Op::Jmp as u8);
        assert_eq!(ax(ax_(Op::ExtraArg, MAX_AX)), MAX_AX);
        let i = set_k(set_c(set_b(set_a(abck(Op::Add, 1, 2, 3, true), 4), 5), 6), false);
        assert_eq!(i, abck(Op::Add, 4, 5, 6, false));
        assert_eq!(Op::of(set_op(i, Op::Sub)), Op::Sub);
    }

    #[test]
    fn modes_follow_the_table() {
        assert!(Op::TestSet.mode().is_test && Op::TestSet.mode().sets_a);
        assert!(Op::Call.mode().sets_top && Op::Call.mode().uses_top && Op::Call.mode().sets_a);
        assert!(!Op::SetUpval.mode().sets_a);
        assert!(Op::MmBinK.mode().is_mm);
        assert_eq!(Op::Jmp.mode().format, Format::SJ);
    }
}
