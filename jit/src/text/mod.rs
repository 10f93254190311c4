//! The text form of traces: printed for people, parsed for tests.
//!
//! ```text
//! params int, num
//! func floor(num) -> int reads 0x0 writes 0x1
//! label @1 by.i64 @2+16
//!   v0 = load.i64 base+16 @3
//!   store.u8 v0-8, 19 @1
//!   v1 = add v0, p0
//!   v2 = cmp.flt p1, 0.5
//!   v3 = select v2, v0, v1
//!   v4 = call floor(p1)
//!   guard.ult v4, v3 -> s0
//!   loop
//!   v5 = phi v0, v6
//!   v6 = add v5, 1
//!   guard.lt v6, 100 -> s1
//!   end loop
//! s0: frame 0 base base [3: v0 19]
//! s1: frame 0 base base [3: v6 19, 4: p1 35]
//! ```
//!
//! Constants stand where they are used: `7` is an integer, `7.0`, `inf`, `NaN` and `num:0x7ff0000000000001` are doubles.
//! Printed snapshots are numbered in the order of their first use, which is the order of a compiled trace's exits. A trace
//! also ends with `end loop [v0: v6] s1` (not peeled), `end link 0x1000 v0` or `end exit s0`. A comment starts with `;`.

mod parse;
mod print;

pub use parse::parse;

use crate::ir::{BinOp, Cc, Ty, UnOp, Width};

/// Gives the values of an enumeration their names.
macro_rules! names {
    ($($type:ident { $($value:ident $name:literal),* $(,)? })*) => {
        $(impl Named for $type {
            const ALL: &'static [($type, &'static str)] = &[$(($type::$value, $name)),*];
        })*
    };
}

/// What has a name in the text form.
trait Named: Copy + PartialEq + 'static {
    /// All values and their names.
    const ALL: &'static [(Self, &'static str)];

    fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(v, _)| *v == self)
            .map_or("?", |(_, name)| name)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n)| *n == name).map(|(v, _)| *v)
    }
}

names! {
    Ty { Int "int", Num "num", None "none" }
    Width { U8 "u8", I32 "i32", U32 "u32", I64 "i64", F64 "f64" }
    BinOp {
        Add "add", Sub "sub", Mul "mul", And "and", Or "or", Xor "xor", Shl "shl", Shr "shr", Sar "sar",
        DivFloor "divfloor", ModFloor "modfloor", FAdd "fadd", FSub "fsub", FMul "fmul", FDiv "fdiv",
    }
    UnOp {
        Neg "neg", Not "not", FNeg "fneg", FAbs "fabs", FSqrt "fsqrt", FFloor "ffloor", FCeil "fceil", ToNum "tonum",
        ToInt "toint", Bits "bits", FromBits "frombits",
    }
    Cc {
        Eq "eq", Ne "ne", Lt "lt", Le "le", Gt "gt", Ge "ge", ULt "ult", ULe "ule", UGt "ugt", UGe "uge",
        FEq "feq", FNe "fne", FLt "flt", FLe "fle", FGt "fgt", FGe "fge",
        FNlt "fnlt", FNle "fnle", FNgt "fngt", FNge "fnge",
    }
}
