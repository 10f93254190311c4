//! Writing prototypes as binary chunks.
//!
//! Output is collected in a small buffer, so that the writer is called once for each few hundred bytes. After the writer
//! has answered false, it is not called again.

use super::{format, op};
use crate::error::LResult;
use crate::object::proto::{AbsLine, LocVar, UpvalDesc};
use crate::object::{Proto, State, Str};
use crate::value::{Gc, TValue, tag};

/// What receives the chunk: false makes the dump stop.
pub type Writer<'w> = &'w mut dyn FnMut(&[u8]) -> LResult<bool>;

const BUFFER: usize = 256;

struct Dumper<'w> {
    writer: Writer<'w>,
    strip: bool,
    going: bool,
    used: usize,
    buffer: [u8; BUFFER],
}

/// Writes `p` as a binary chunk, without debug information if `strip`. Answers whether `writer` accepted everything.
/// Raises what the writer raises.
pub fn dump(_l: &State, p: &Proto, strip: bool, writer: Writer<'_>) -> LResult<bool> {
    let mut d = Dumper {
        writer,
        strip,
        going: true,
        used: 0,
        buffer: [0; BUFFER],
    };
    d.header()?;
    d.byte(p.upvalues.len() as u8)?;
    d.function(p, None)?;
    d.flush()?;
    Ok(d.going)
}

impl Dumper<'_> {
    fn flush(&mut self) -> LResult<()> {
        if self.going && self.used > 0 {
            self.going = (self.writer)(&self.buffer[..self.used])?;
        }
        self.used = 0;
        Ok(())
    }
    fn bytes(&mut self, s: &[u8]) -> LResult<()> {
        if s.len() > BUFFER - self.used {
            self.flush()?;
            if s.len() > BUFFER {
                if self.going {
                    self.going = (self.writer)(s)?;
                }
                return Ok(());
            }
        }
        self.buffer[self.used..self.used + s.len()].copy_from_slice(s);
        self.used += s.len();
        Ok(())
    }
    fn byte(&mut self, b: u8) -> LResult<()> {
        self.bytes(&[b])
    }
    /// Seven bits a byte, the highest ones first; the last byte is marked.
    fn size(&mut self, n: usize) -> LResult<()> {
        let mut digits = [0u8; 10];
        let mut at = digits.len();
        let mut rest = n;
        loop {
            at -= 1;
            digits[at] = (rest & 0x7F) as u8;
            rest >>= 7;
            if rest == 0 {
                break;
            }
        }
        digits[9] |= 0x80;
        self.bytes(&digits[at..])
    }
    fn int(&mut self, n: i32) -> LResult<()> {
        self.size(n as usize)
    }
    fn string(&mut self, s: Option<Gc<Str>>) -> LResult<()> {
        match s {
            None => self.size(0),
            Some(s) => {
                self.size(s.len() + 1)?;
                self.bytes(s.bytes())
            }
        }
    }

    fn header(&mut self) -> LResult<()> {
        self.bytes(format::SIGNATURE)?;
        self.bytes(&[format::VERSION, format::FORMAT])?;
        self.bytes(format::CONVERSION_CHECK)?;
        for (size, _) in format::SIZES {
            self.byte(size)?;
        }
        self.bytes(&format::CHECK_INTEGER.to_ne_bytes())?;
        self.bytes(&format::CHECK_FLOAT.to_ne_bytes())
    }

    fn function(&mut self, p: &Proto, outer_source: Option<Gc<Str>>) -> LResult<()> {
        let source = p.source.get();
        self.string(if self.strip || source == outer_source {
            None
        } else {
            source
        })?;
        self.int(p.line_defined.get())?;
        self.int(p.last_line_defined.get())?;
        self.bytes(&[
            p.num_params.get(),
            p.is_vararg.get() as u8,
            p.max_stack.get(),
        ])?;
        self.size(p.code.len())?;
        for i in p.code.as_slice() {
            self.bytes(&op::public(*i).to_ne_bytes())?;
        }
        self.size(p.constants.len())?;
        for k in p.constants.as_slice() {
            self.constant(*k)?;
        }
        self.size(p.upvalues.len())?;
        for u in p.upvalues.as_slice() {
            self.bytes(&[u.in_stack as u8, u.index, u.kind])?;
        }
        self.size(p.protos.len())?;
        for inner in p.protos.as_slice() {
            self.function(inner, source)?;
        }
        self.debug(p)
    }

    fn constant(&mut self, k: TValue) -> LResult<()> {
        self.byte(k.tag() & format::TAG_BITS)?;
        match k.tag() {
            tag::INT | tag::FLOAT => self.bytes(&k.bits().to_ne_bytes()),
            _ if k.is_string() => self.string(k.as_string()),
            _ => Ok(()),
        }
    }

    fn debug(&mut self, p: &Proto) -> LResult<()> {
        let (mut lines, mut abs, mut vars, mut upvalues): (
            &[i8],
            &[AbsLine],
            &[LocVar],
            &[UpvalDesc],
        ) = (&[], &[], &[], &[]);
        if !self.strip {
            lines = p.line_info.as_slice();
            abs = p.abs_line_info.as_slice();
            vars = p.loc_vars.as_slice();
            upvalues = p.upvalues.as_slice();
        }
        self.size(lines.len())?;
        for d in lines {
            self.byte(*d as u8)?;
        }
        self.size(abs.len())?;
        for a in abs {
            self.int(a.pc)?;
            self.int(a.line)?;
        }
        self.size(vars.len())?;
        for v in vars {
            self.string(v.name)?;
            self.int(v.start_pc)?;
            self.int(v.end_pc)?;
        }
        self.size(upvalues.len())?;
        for u in upvalues {
            self.string(u.name)?;
        }
        Ok(())
    }
}
