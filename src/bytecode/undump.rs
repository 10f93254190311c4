//! Reading binary chunks.
//!
//! A chunk may be truncated or altered: sizes are not trusted (vectors grow with what is really there), and what was
//! read is verified before anyone runs it (see `verify`).

use super::{format, verify};
use crate::error::{LResult, Throw};
use crate::heap::{self, LVec};
use crate::limits::{MAX_C_CALLS, MAX_SHORT};
use crate::object::proto::{AbsLine, LocVar, UpvalDesc};
use crate::object::{LClosure, Proto, State, Str, Table, string};
use crate::syntax::Stream;
use crate::value::{Gc, TValue, tag};

/// Elements that a vector gets room for before any of them was read.
const TRUSTED: usize = 1 << 14;
/// Bytes of a string that are allocated before any of them was read.
const TRUSTED_BYTES: usize = 1 << 20;

struct Loader<'s, 'r> {
    l: &'s State,
    stream: &'s mut Stream<'r>,
    name: &'s [u8],
    /// Keeps strings and prototypes alive until they hang from the closure.
    anchor: Gc<Table>,
    anchored: i64,
    depth: u32,
}

/// Reads a binary chunk and pushes its main closure, whose upvalues are still null. Raises syntax and memory errors and
/// what the reader raises.
pub fn load(l: &State, stream: &mut Stream<'_>, name: &[u8]) -> LResult<Gc<LClosure>> {
    let name = match name {
        [b'@' | b'=', rest @ ..] => rest,
        [0x1B, ..] => b"binary string",
        other => other,
    };
    l.ensure_stack(4)?;
    let depth = l.save(l.top.get());
    // The closure comes to lie here.
    l.push(TValue::NIL);
    let anchor = Table::new(l)?;
    l.push(anchor.into());
    let mut loader = Loader {
        l,
        stream,
        name,
        anchor,
        anchored: 0,
        depth: 0,
    };
    loader.header()?;
    let nupvalues = loader.byte()? as usize;
    let closure = LClosure::new(l, core::ptr::null_mut(), nupvalues)?;
    l.restore(depth).set(closure.into());
    let proto = loader.function(None)?;
    if proto.upvalues.len() != nupvalues {
        return Err(loader.error("corrupted chunk"));
    }
    closure.proto.set(proto.as_ptr());
    heap::barrier_object(l, closure.header(), proto.header());
    l.top.set(l.restore(depth).add(1));
    heap::check_gc(l);
    Ok(closure)
}

impl Loader<'_, '_> {
    #[cold]
    fn error(&self, why: &str) -> Throw {
        match self
            .l
            .push_format("%s: bad binary format (%s)", args![self.name, why])
        {
            Ok(_) => Throw::Syntax,
            Err(t) => t,
        }
    }

    fn read(&mut self, out: &mut [u8]) -> LResult<()> {
        if self.stream.read_exact(self.l, out)? {
            Ok(())
        } else {
            Err(self.error("truncated chunk"))
        }
    }
    fn byte(&mut self) -> LResult<u8> {
        match self.stream.next(self.l)? {
            Some(b) => Ok(b),
            None => Err(self.error("truncated chunk")),
        }
    }
    fn word<const N: usize>(&mut self) -> LResult<[u8; N]> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }
    fn unsigned(&mut self, limit: usize) -> LResult<usize> {
        let mut n = 0usize;
        loop {
            let b = self.byte()?;
            if n >= limit >> 7 {
                return Err(self.error("integer overflow"));
            }
            n = n << 7 | (b & 0x7F) as usize;
            if b & 0x80 != 0 {
                return Ok(n);
            }
        }
    }
    fn int(&mut self) -> LResult<i32> {
        Ok(self.unsigned(i32::MAX as usize)? as i32)
    }
    fn count(&mut self) -> LResult<usize> {
        self.unsigned(i32::MAX as usize)
    }
    /// Reads as many elements as the chunk says that there are.
    fn vector<T: Copy>(
        &mut self,
        mut element: impl FnMut(&mut Self) -> LResult<T>,
    ) -> LResult<LVec<T>> {
        let n = self.count()?;
        let mut v = LVec::with_capacity(self.l, n.min(TRUSTED))?;
        for _ in 0..n {
            let e = element(self)?;
            v.push(e)?;
        }
        Ok(v)
    }

    /// Keeps an object alive until the end of the load.
    fn keep(&mut self, v: TValue) -> LResult<()> {
        self.anchored += 1;
        // The table may have to grow, which may collect.
        self.l.push(v);
        self.anchor.set_int(self.l, self.anchored, v)?;
        heap::barrier_back(self.l, self.anchor.header(), v);
        self.l.pop_n(1);
        Ok(())
    }
    fn string(&mut self) -> LResult<Option<Gc<Str>>> {
        let size = self.unsigned(usize::MAX)?;
        if size == 0 {
            return Ok(None);
        }
        let len = size - 1;
        let s = if len <= MAX_SHORT {
            self.short_string(len)?
        } else {
            self.long_string(len)?
        };
        self.keep(s.into())?;
        Ok(Some(s))
    }
    fn short_string(&mut self, len: usize) -> LResult<Gc<Str>> {
        let mut bytes = [0; MAX_SHORT];
        self.read(&mut bytes[..len])?;
        string::new(self.l, &bytes[..len])
    }
    fn long_string(&mut self, len: usize) -> LResult<Gc<Str>> {
        let mut bytes = LVec::with_capacity(self.l, len.min(TRUSTED_BYTES))?;
        while bytes.len() < len {
            let n = (len - bytes.len()).min(256);
            let mut piece = [0; 256];
            self.read(&mut piece[..n])?;
            bytes.extend(&piece[..n])?;
        }
        string::new(self.l, &bytes)
    }

    fn literal(&mut self, expected: &[u8], why: &str) -> LResult<()> {
        for e in expected {
            if self.byte()? != *e {
                return Err(self.error(why));
            }
        }
        Ok(())
    }
    fn header(&mut self) -> LResult<()> {
        self.literal(format::SIGNATURE, "not a binary chunk")?;
        self.literal(&[format::VERSION], "version mismatch")?;
        self.literal(&[format::FORMAT], "format mismatch")?;
        self.literal(format::CONVERSION_CHECK, "corrupted chunk")?;
        for (size, mismatch) in format::SIZES {
            self.literal(&[size], mismatch)?;
        }
        if i64::from_ne_bytes(self.word()?) != format::CHECK_INTEGER {
            return Err(self.error("integer format mismatch"));
        }
        if f64::from_ne_bytes(self.word()?) != format::CHECK_FLOAT {
            return Err(self.error("float format mismatch"));
        }
        Ok(())
    }

    /// Reads a function. The prototype stays anchored.
    fn function(&mut self, outer_source: Option<Gc<Str>>) -> LResult<Gc<Proto>> {
        self.depth += 1;
        if self.depth > MAX_C_CALLS {
            return Err(self.error("too many nested functions"));
        }
        let proto = Proto::new(self.l)?;
        self.keep(TValue::object(proto.header()))?;
        self.head(proto, outer_source)?;
        self.constants(proto)?;
        let mut upvalues = self.upvalues()?;
        let source = proto.source.get();
        let n = self.count()?;
        let mut inner = LVec::with_capacity(self.l, n.min(TRUSTED))?;
        for _ in 0..n {
            let p = self.function(source)?;
            inner.push(p)?;
        }
        proto.protos.set(&mut inner)?;
        drop(inner);
        self.debug(proto, &mut upvalues)?;
        proto.upvalues.set(&mut upvalues)?;
        heap::barrier_back_any(self.l, proto.header());
        if !verify::is_sound(&proto) {
            return Err(self.error("invalid code"));
        }
        self.depth -= 1;
        Ok(proto)
    }

    #[inline(never)]
    fn head(&mut self, p: Gc<Proto>, outer_source: Option<Gc<Str>>) -> LResult<()> {
        p.source.set(self.string()?.or(outer_source));
        heap::barrier_back_any(self.l, p.header());
        p.line_defined.set(self.int()?);
        p.last_line_defined.set(self.int()?);
        p.num_params.set(self.byte()?);
        p.is_vararg.set(self.byte()? != 0);
        p.max_stack.set(self.byte()?);
        let mut code = self.vector(|s| Ok(u32::from_ne_bytes(s.word()?)))?;
        p.code.set(&mut code)?;
        #[cfg(feature = "jit")]
        crate::trace::cool(self.l.global(), p.code.as_slice());
        Ok(())
    }

    #[inline(never)]
    fn constants(&mut self, p: Gc<Proto>) -> LResult<()> {
        let mut constants = self.vector(|s| {
            Ok(match s.byte()? {
                tag::NIL => TValue::NIL,
                tag::FALSE => TValue::FALSE,
                tag::TRUE => TValue::TRUE,
                t @ (tag::INT | tag::FLOAT) => TValue::from_raw(u64::from_ne_bytes(s.word()?), t),
                t if t | tag::COLLECTABLE == tag::SHORT || t | tag::COLLECTABLE == tag::LONG => {
                    match s.string()? {
                        Some(string) => string.into(),
                        None => return Err(s.error("bad format for constant string")),
                    }
                }
                _ => return Err(s.error("invalid constant")),
            })
        })?;
        p.constants.set(&mut constants)?;
        heap::barrier_back_any(self.l, p.header());
        Ok(())
    }

    #[inline(never)]
    fn upvalues(&mut self) -> LResult<LVec<UpvalDesc>> {
        self.vector(|s| {
            let [in_stack, index, kind] = s.word()?;
            Ok(UpvalDesc {
                name: None,
                in_stack: in_stack != 0,
                index,
                kind,
            })
        })
    }

    #[inline(never)]
    fn debug(&mut self, p: Gc<Proto>, upvalues: &mut [UpvalDesc]) -> LResult<()> {
        let mut lines = self.vector(|s| Ok(s.byte()? as i8))?;
        p.line_info.set(&mut lines)?;
        let mut abs = self.vector(|s| {
            Ok(AbsLine {
                pc: s.int()?,
                line: s.int()?,
            })
        })?;
        p.abs_line_info.set(&mut abs)?;
        let mut vars = self.vector(|s| {
            Ok(LocVar {
                name: s.string()?,
                start_pc: s.int()?,
                end_pc: s.int()?,
            })
        })?;
        p.loc_vars.set(&mut vars)?;
        let n = self.count()?;
        if n > upvalues.len() {
            return Err(self.error("corrupted chunk"));
        }
        for u in &mut upvalues[..n] {
            u.name = self.string()?;
        }
        Ok(())
    }
}
