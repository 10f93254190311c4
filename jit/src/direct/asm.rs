//! The assembler: instructions of `cranelift-assembler-x64` into a buffer, with labels and with constants behind the code.
//!
//! Jumps, `setcc` and `cmovcc` are encoded here, where the condition is a value and not a part of the name.

use cranelift_assembler_x64 as x64;
use std::fmt::Write;

/// The registers of instructions are their numbers in machine code.
pub struct Numbers;

impl x64::Registers for Numbers {
    type ReadGpr = u8;
    type ReadWriteGpr = u8;
    type WriteGpr = u8;
    type ReadXmm = u8;
    type ReadWriteXmm = u8;
    type WriteXmm = u8;
}

/// An integer register or memory.
pub type Rm = x64::GprMem<u8, u8>;
/// A register of doubles or memory.
pub type XmmRm = x64::XmmMem<u8, u8>;
/// An address.
pub type Address = x64::Amode<u8>;

/// The numbers of the integer registers that have a part of their own.
pub mod gpr {
    pub const RAX: u8 = 0;
    pub const RCX: u8 = 1;
    pub const RDX: u8 = 2;
    pub const RBX: u8 = 3;
    pub const RSP: u8 = 4;
    pub const RBP: u8 = 5;
    pub const RSI: u8 = 6;
    pub const RDI: u8 = 7;
    pub const R8: u8 = 8;
    pub const R9: u8 = 9;
    pub const R10: u8 = 10;
    pub const R11: u8 = 11;
    pub const R12: u8 = 12;
    pub const R13: u8 = 13;
    pub const R14: u8 = 14;
    pub const R15: u8 = 15;
}

/// Conditions after comparisons, by their numbers in machine code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Flag {
    NoOverflow = 1,
    Below = 2,
    AboveEqual = 3,
    Equal = 4,
    NotEqual = 5,
    BelowEqual = 6,
    Above = 7,
    Sign = 8,
    NoSign = 9,
    Parity = 10,
    Less = 12,
    GreaterEqual = 13,
    LessEqual = 14,
    Greater = 15,
}

impl Flag {
    /// The condition that holds exactly when this one does not. Without one here: `NoOverflow`, `Parity`.
    pub fn negated(self) -> Flag {
        match self {
            Flag::Below => Flag::AboveEqual,
            Flag::AboveEqual => Flag::Below,
            Flag::Equal => Flag::NotEqual,
            Flag::NotEqual => Flag::Equal,
            Flag::BelowEqual => Flag::Above,
            Flag::Above => Flag::BelowEqual,
            Flag::Sign => Flag::NoSign,
            Flag::NoSign => Flag::Sign,
            Flag::Less => Flag::GreaterEqual,
            Flag::GreaterEqual => Flag::Less,
            Flag::LessEqual => Flag::Greater,
            Flag::Greater => Flag::LessEqual,
            Flag::NoOverflow | Flag::Parity => unreachable!("nothing asks for it"),
        }
    }
}

/// A place in the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

/// The code so far, as the encoder sees it.
#[derive(Default)]
pub struct Sink {
    bytes: Vec<u8>,
    /// Where the distance to a constant belongs, and which.
    constants: Vec<(usize, u32)>,
}

impl x64::CodeSink for Sink {
    fn put1(&mut self, v: u8) {
        self.bytes.push(v);
    }

    fn put2(&mut self, v: u16) {
        self.bytes.extend(v.to_le_bytes());
    }

    fn put4(&mut self, v: u32) {
        self.bytes.extend(v.to_le_bytes());
    }

    fn put8(&mut self, v: u64) {
        self.bytes.extend(v.to_le_bytes());
    }

    fn add_trap(&mut self, _: x64::TrapCode) {}

    fn use_target(&mut self, target: x64::DeferredTarget) {
        if let x64::DeferredTarget::Constant(n) = target {
            self.constants.push((self.bytes.len(), n.0));
        }
    }

    fn known_offset(&self, _: x64::KnownOffset) -> i32 {
        0
    }
}

/// Emits an instruction of `cranelift-assembler-x64`.
macro_rules! emit {
    ($asm:expr, $inst:ident $(, $arg:expr)*) => {{
        let inst = cranelift_assembler_x64::inst::$inst::<$crate::direct::asm::Numbers>::new($($arg),*);
        let asm: &mut $crate::direct::asm::Assembler = $asm;
        asm.list(&inst);
        inst.encode(asm.sink());
    }};
}
pub(super) use emit;

/// Code under construction.
#[derive(Default)]
pub struct Assembler {
    sink: Sink,
    /// Where each label is, once it is bound.
    labels: Vec<Option<usize>>,
    /// Where the distance to a label belongs, and which.
    jumps: Vec<(usize, Label)>,
    /// The constants behind the code.
    pool: Vec<u64>,
    listing: Option<String>,
}

impl Assembler {
    /// An empty one, which keeps a listing or does not.
    pub fn new(lists: bool) -> Assembler {
        Assembler {
            listing: lists.then(String::new),
            ..Assembler::default()
        }
    }

    /// An empty one that keeps a listing if this one does.
    pub fn like(&self) -> Assembler {
        Assembler::new(self.listing.is_some())
    }

    /// Returns, after taking so many bytes off the stack.
    pub fn ret(&mut self, bytes: u16) {
        self.list(&format_args!("retq {bytes}"));
        if bytes == 0 {
            self.sink.bytes.push(0xC3);
        } else {
            self.sink.bytes.push(0xC2);
            self.sink.bytes.extend(bytes.to_le_bytes());
        }
    }

    /// Where the encoder puts an instruction.
    pub fn sink(&mut self) -> &mut Sink {
        &mut self.sink
    }

    /// Adds a line to the listing, if one is kept.
    pub fn list(&mut self, line: &dyn std::fmt::Display) {
        if let Some(text) = &mut self.listing {
            let _ = writeln!(text, "  {line}");
        }
    }

    /// A place that is bound later.
    pub fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// The label is here.
    pub fn bind(&mut self, label: Label) {
        debug_assert!(self.labels[label.0 as usize].is_none());
        self.labels[label.0 as usize] = Some(self.sink.bytes.len());
        if let Some(text) = &mut self.listing {
            let _ = writeln!(text, "l{}:", label.0);
        }
    }

    /// Whether anything goes to the label so far.
    pub fn is_used(&self, label: Label) -> bool {
        self.jumps.iter().any(|&(_, to)| to == label)
    }

    /// Goes to the label.
    pub fn jump(&mut self, to: Label) {
        self.list(&format_args!("jmp l{}", to.0));
        self.sink.bytes.push(0xE9);
        self.distance(to);
    }

    /// Goes to the label if the condition holds.
    pub fn jump_if(&mut self, flag: Flag, to: Label) {
        self.list(&format_args!("j{flag:?} l{}", to.0));
        self.sink.bytes.extend([0x0F, 0x80 + flag as u8]);
        self.distance(to);
    }

    fn distance(&mut self, to: Label) {
        self.jumps.push((self.sink.bytes.len(), to));
        self.sink.bytes.extend([0; 4]);
    }

    /// 1 or 0 into the register, without a change of the flags.
    pub fn set(&mut self, flag: Flag, to: u8) {
        self.list(&format_args!("set{flag:?} r{to}"));
        self.sink
            .bytes
            .extend([0x40 | to >> 3, 0x0F, 0x90 + flag as u8, 0xC0 | to & 7]);
        emit!(self, movzbl_rm, to, to);
    }

    /// Moves if the condition holds.
    pub fn move_if(&mut self, flag: Flag, to: u8, from: u8) {
        self.list(&format_args!("cmov{flag:?} r{from}, r{to}"));
        self.sink.bytes.extend([
            0x48 | (to >> 3) << 2 | from >> 3,
            0x0F,
            0x40 + flag as u8,
            0xC0 | (to & 7) << 3 | from & 7,
        ]);
    }

    /// The address of a constant behind the code.
    pub fn constant(&mut self, bits: u64) -> Address {
        let known = self.pool.iter().position(|&k| k == bits);
        let index = known.unwrap_or_else(|| {
            self.pool.push(bits);
            self.pool.len() - 1
        });
        Address::RipRelative {
            target: x64::DeferredTarget::Constant(x64::Constant(index as u32)),
        }
    }

    /// The code with all distances filled in, behind a prologue; and its listing, if one was kept.
    pub fn finish(mut self, prologue: Assembler) -> (Vec<u8>, Option<String>) {
        debug_assert!(prologue.jumps.is_empty() && prologue.pool.is_empty());
        let before = prologue.sink.bytes.len();
        let Sink {
            bytes: mut code,
            constants,
        } = self.sink;
        let padding = (before + code.len()).next_multiple_of(8) - before;
        code.resize(padding, 0);
        for (at, n) in constants {
            let target = code.len() + 8 * n as usize;
            add_distance(&mut code, at, target);
        }
        for (at, label) in self.jumps {
            let target = self.labels[label.0 as usize].expect("every label has been bound");
            add_distance(&mut code, at, target);
        }
        code.extend(self.pool.iter().flat_map(|k| k.to_le_bytes()));
        let listing = prologue.listing.zip(self.listing.take());
        let listing = listing.map(|(first, rest)| first + &rest);
        let mut bytes = prologue.sink.bytes;
        bytes.extend(code);
        (bytes, listing)
    }
}

/// Adds the distance from behind the four bytes at `at` to them: they may hold what is to be subtracted for what follows.
fn add_distance(code: &mut [u8], at: usize, target: usize) {
    let field: &mut [u8; 4] = (&mut code[at..at + 4]).try_into().expect("four bytes");
    let distance = target as i64 - (at as i64 + 4);
    let distance = i32::from_le_bytes(*field).wrapping_add(distance as i32);
    *field = distance.to_le_bytes();
}

/// `base + offset`.
pub fn at(base: u8, offset: i32) -> Address {
    Address::ImmReg {
        base,
        simm32: x64::AmodeOffsetPlusKnownOffset {
            simm32: offset.into(),
            offset: None,
        },
        trap: None,
    }
}
