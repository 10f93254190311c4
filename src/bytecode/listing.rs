//! The listing of functions that `luac -l` prints.

use super::op::{self, Op};
use crate::global::EVENT_NAMES;
use crate::number;
use crate::object::{Proto, Str};
use crate::value::{Gc, TValue, tag};
use crate::vm::interp::bytecode_event;
use std::io::{self, Write};

/// A field of an instruction as the listing shows it.
#[derive(Clone, Copy)]
enum Field {
    A,
    B,
    C,
    /// k as a number.
    K,
    /// C, followed by the letter k where that is set.
    Ck,
    SB,
    SC,
    Bx,
    SBx,
    Ax,
    SJ,
}

/// The fields that are shown for an opcode.
fn fields(o: Op) -> &'static [Field] {
    use Field::*;
    match o {
        Op::LoadI | Op::LoadF => &[A, SBx],
        Op::LoadK | Op::ForLoop | Op::ForPrep | Op::TForPrep | Op::TForLoop | Op::Closure => {
            &[A, Bx]
        }
        Op::LoadKX
        | Op::LoadFalse
        | Op::LFalseSkip
        | Op::LoadTrue
        | Op::Close
        | Op::Tbc
        | Op::Return1
        | Op::VarargPrep => &[A],
        Op::Return0 => &[],
        Op::Move
        | Op::LoadNil
        | Op::GetUpval
        | Op::SetUpval
        | Op::Unm
        | Op::BNot
        | Op::Not
        | Op::Len
        | Op::Concat => &[A, B],
        Op::SetTabUp
        | Op::SetTable
        | Op::SetI
        | Op::SetField
        | Op::SelfOp
        | Op::TailCall
        | Op::Return => &[A, B, Ck],
        Op::AddI | Op::ShrI | Op::ShlI => &[A, B, SC],
        Op::MmBinI => &[A, SB, C, K],
        Op::MmBinK => &[A, B, C, K],
        Op::Jmp => &[SJ],
        Op::Eq | Op::Lt | Op::Le | Op::EqK | Op::TestSet => &[A, B, K],
        Op::EqI | Op::LtI | Op::LeI | Op::GtI | Op::GeI => &[A, SB, K],
        Op::Test => &[A, K],
        Op::TForCall | Op::Vararg => &[A, C],
        Op::ExtraArg => &[Ax],
        _ => &[A, B, C],
    }
}

/// Prints a function and, after it, the functions inside it; `full` adds constants, variables and upvalues.
pub fn print(out: &mut dyn Write, p: &Proto, full: bool) -> io::Result<()> {
    let mut listing = Listing { out, p };
    listing.header()?;
    for pc in 0..p.code.len() {
        listing.instruction(pc)?;
    }
    if full {
        listing.tables()?;
    }
    for inner in p.protos.as_slice() {
        print(out, inner, full)?;
    }
    Ok(())
}

struct Listing<'a> {
    out: &'a mut dyn Write,
    p: &'a Proto,
}

/// The ending of a plural.
fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

impl Listing<'_> {
    fn header(&mut self) -> io::Result<()> {
        let p = self.p;
        let source = match p.source.get().map(Gc::<Str>::bytes) {
            None => &b"?"[..],
            Some([b'@' | b'=', rest @ ..]) => rest,
            Some([0x1B, ..]) => b"(bstring)",
            Some(_) => b"(string)",
        };
        let kind = if p.line_defined.get() == 0 {
            "main"
        } else {
            "function"
        };
        write!(self.out, "\n{kind} <")?;
        self.out.write_all(source)?;
        let n = p.code.len();
        writeln!(
            self.out,
            ":{},{}> ({n} instruction{} at {:p})",
            p.line_defined.get(),
            p.last_line_defined.get(),
            plural(n),
            core::ptr::from_ref(p)
        )?;
        let params = p.num_params.get() as usize;
        write!(
            self.out,
            "{params}{} param{}",
            if p.is_vararg.get() { "+" } else { "" },
            plural(params)
        )?;
        let counts = [
            (p.max_stack.get() as usize, "slot"),
            (p.upvalues.len(), "upvalue"),
            (p.loc_vars.len(), "local"),
            (p.constants.len(), "constant"),
            (p.protos.len(), "function"),
        ];
        for (n, what) in counts {
            write!(self.out, ", {n} {what}{}", plural(n))?;
        }
        writeln!(self.out)
    }

    fn instruction(&mut self, pc: usize) -> io::Result<()> {
        let i = op::public(self.p.code.as_slice()[pc]);
        write!(self.out, "\t{}\t", pc + 1)?;
        match crate::debug::line::of(self.p, pc as i32) {
            line if line > 0 => write!(self.out, "[{line}]\t")?,
            _ => write!(self.out, "[-]\t")?,
        }
        let Some(o) = Op::from_code(op::op(i)) else {
            return writeln!(self.out, "?");
        };
        write!(self.out, "{:<9}\t", o.name())?;
        for (n, field) in fields(o).iter().enumerate() {
            if n > 0 {
                write!(self.out, " ")?;
            }
            self.field(*field, i)?;
        }
        self.comment(o, i, pc)?;
        writeln!(self.out)
    }

    fn field(&mut self, field: Field, i: u32) -> io::Result<()> {
        let out = &mut self.out;
        match field {
            Field::A => write!(out, "{}", op::a(i)),
            Field::B => write!(out, "{}", op::b(i)),
            Field::C => write!(out, "{}", op::c(i)),
            Field::K => write!(out, "{}", op::k(i) as u8),
            Field::Ck => write!(out, "{}{}", op::c(i), if op::k(i) { "k" } else { "" }),
            Field::SB => write!(out, "{}", op::sb(i)),
            Field::SC => write!(out, "{}", op::sc(i)),
            Field::Bx => write!(out, "{}", op::bx(i)),
            Field::SBx => write!(out, "{}", op::sbx(i)),
            Field::Ax => write!(out, "{}", op::ax(i)),
            Field::SJ => write!(out, "{}", op::sj(i)),
        }
    }

    /// What the operands mean, behind a semicolon.
    fn comment(&mut self, o: Op, i: u32, pc: usize) -> io::Result<()> {
        let (a, b, c, k) = (op::a(i), op::b(i), op::c(i), op::k(i));
        let pc = pc as i64;
        let bx = op::bx(i) as i64;
        match o {
            Op::LoadK => self.constant_comment(&[bx as usize]),
            Op::LoadKX => self.constant_comment(&[self.extra(pc)]),
            Op::LoadNil => self.note(format_args!("{} out", b + 1)),
            Op::GetUpval | Op::SetUpval => self.upvalue_comment(b, &[]),
            Op::GetTabUp => self.upvalue_comment(b, &[c]),
            Op::SetTabUp if k => self.upvalue_comment(a, &[b, c]),
            Op::SetTabUp => self.upvalue_comment(a, &[b]),
            Op::SetField if k => self.constant_comment(&[b, c]),
            Op::SetField | Op::EqK => self.constant_comment(&[b]),
            Op::SetTable | Op::SetI | Op::SelfOp if k => self.constant_comment(&[c]),
            Op::GetField => self.constant_comment(&[c]),
            _ if (Op::AddK as u8..=Op::BXorK as u8).contains(&(o as u8)) => {
                self.constant_comment(&[c])
            }
            Op::NewTable => self.note(format_args!("{}", self.with_extra(c, pc))),
            Op::SetList if k => self.note(format_args!("{}", self.with_extra(c, pc))),
            Op::MmBin | Op::MmBinI | Op::MmBinK => self.event_comment(o, b, c, k),
            Op::Jmp => self.note(format_args!("to {}", op::sj(i) as i64 + pc + 2)),
            Op::Call if b == 0 => self.note(format_args!("all in {}", count(c))),
            Op::Call => self.note(format_args!("{} in {}", b - 1, count(c))),
            Op::TailCall => self.note(format_args!("{} in", b as i64 - 1)),
            Op::Return => self.note(format_args!("{}", count(b))),
            Op::Vararg => self.note(format_args!("{}", count(c))),
            Op::ForLoop | Op::TForLoop => self.note(format_args!("to {}", pc - bx + 2)),
            Op::ForPrep => self.note(format_args!("exit to {}", pc + bx + 3)),
            Op::TForPrep => self.note(format_args!("to {}", pc + bx + 2)),
            Op::Closure => {
                let inner = self
                    .p
                    .protos
                    .as_slice()
                    .get(bx as usize)
                    .map_or(core::ptr::null(), |p| p.as_ptr());
                self.note(format_args!("{inner:p}"))
            }
            _ => Ok(()),
        }
    }

    fn note(&mut self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        write!(self.out, "\t; {text}")
    }
    fn constant_comment(&mut self, constants: &[usize]) -> io::Result<()> {
        write!(self.out, "\t;")?;
        self.constants_behind(constants)
    }
    fn upvalue_comment(&mut self, n: usize, constants: &[usize]) -> io::Result<()> {
        write!(self.out, "\t; ")?;
        self.upvalue_name(n)?;
        self.constants_behind(constants)
    }
    fn constants_behind(&mut self, constants: &[usize]) -> io::Result<()> {
        for n in constants {
            write!(self.out, " ")?;
            self.constant(*n)?;
        }
        Ok(())
    }
    fn event_comment(&mut self, o: Op, b: usize, event: usize, flipped: bool) -> io::Result<()> {
        let name = EVENT_NAMES[bytecode_event(event) as usize];
        write!(self.out, "\t; {name}")?;
        if o == Op::MmBinK {
            self.constants_behind(&[b])?;
        }
        if flipped && o != Op::MmBin {
            write!(self.out, " flip")?;
        }
        Ok(())
    }

    /// The operand of the next instruction.
    fn extra(&self, pc: i64) -> usize {
        self.p
            .code
            .as_slice()
            .get(pc as usize + 1)
            .map_or(0, |i| op::ax(*i))
    }
    fn with_extra(&self, c: usize, pc: i64) -> usize {
        c + self.extra(pc) * (op::MAX_C + 1)
    }

    fn name(&mut self, name: Option<Gc<Str>>) -> io::Result<()> {
        self.out.write_all(name.map_or(b"-", |s| s.bytes()))
    }
    fn upvalue_name(&mut self, n: usize) -> io::Result<()> {
        self.name(self.p.upvalues.as_slice().get(n).and_then(|u| u.name))
    }

    fn constant(&mut self, n: usize) -> io::Result<()> {
        let k = self
            .p
            .constants
            .as_slice()
            .get(n)
            .copied()
            .unwrap_or(TValue::NIL);
        let mut buf = [0; number::BUFFER];
        match k.tag() {
            tag::FALSE => write!(self.out, "false"),
            tag::TRUE => write!(self.out, "true"),
            tag::INT => write!(self.out, "{}", k.int_bits()),
            tag::FLOAT => self
                .out
                .write_all(number::format_float(k.float_bits(), &mut buf)),
            _ => match k.as_string() {
                Some(s) => self.quoted(s.bytes()),
                None => write!(self.out, "nil"),
            },
        }
    }

    fn quoted(&mut self, s: &[u8]) -> io::Result<()> {
        write!(self.out, "\"")?;
        for &c in s {
            match c {
                b'"' => write!(self.out, "\\\""),
                b'\\' => write!(self.out, "\\\\"),
                0x07 => write!(self.out, "\\a"),
                0x08 => write!(self.out, "\\b"),
                0x0C => write!(self.out, "\\f"),
                b'\n' => write!(self.out, "\\n"),
                b'\r' => write!(self.out, "\\r"),
                b'\t' => write!(self.out, "\\t"),
                0x0B => write!(self.out, "\\v"),
                b' '..=b'~' => write!(self.out, "{}", c as char),
                _ => write!(self.out, "\\{c:03}"),
            }?;
        }
        write!(self.out, "\"")
    }

    fn tables(&mut self) -> io::Result<()> {
        let p = self.p;
        let at = core::ptr::from_ref(p);
        writeln!(self.out, "constants ({}) for {at:p}:", p.constants.len())?;
        for (n, k) in p.constants.as_slice().iter().enumerate() {
            let letter = match k.tag() {
                tag::FALSE | tag::TRUE => 'B',
                tag::INT => 'I',
                tag::FLOAT => 'F',
                _ if k.is_string() => 'S',
                _ => 'N',
            };
            write!(self.out, "\t{n}\t{letter}\t")?;
            self.constant(n)?;
            writeln!(self.out)?;
        }
        writeln!(self.out, "locals ({}) for {at:p}:", p.loc_vars.len())?;
        for (n, v) in p.loc_vars.as_slice().iter().enumerate() {
            write!(self.out, "\t{n}\t")?;
            self.name(v.name)?;
            writeln!(self.out, "\t{}\t{}", v.start_pc + 1, v.end_pc + 1)?;
        }
        writeln!(self.out, "upvalues ({}) for {at:p}:", p.upvalues.len())?;
        for (n, u) in p.upvalues.as_slice().iter().enumerate() {
            write!(self.out, "\t{n}\t")?;
            self.name(u.name)?;
            writeln!(self.out, "\t{}\t{}", u.in_stack as u8, u.index)?;
        }
        Ok(())
    }
}

/// Number of values that an operand stands for, in words.
fn count(operand: usize) -> String {
    if operand == 0 {
        "all out".into()
    } else {
        format!("{} out", operand - 1)
    }
}
