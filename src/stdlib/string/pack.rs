//! `string.pack`, `string.packsize`, `string.unpack`: values in binary layouts that a format describes.

use super::super::{bytes_arg, int_arg, opt_int_arg};
use super::start_offset;
use crate::error::LResult;
use crate::heap::LVec;
use crate::object::State;

/// Size of the largest integer in a format.
const MAX_INTEGER: usize = 16;
/// Size of a Lua integer.
const NATIVE: usize = 8;
/// Largest number in a format and size of a packed result.
const MAX_RESULT: usize = i32::MAX as usize;

/// What a format option stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signed,
    Unsigned,
    Float,
    Double,
    /// A string of fixed size.
    Fixed,
    /// A string behind its length.
    Counted,
    /// A string in front of a zero.
    Terminated,
    Padding,
    /// Alignment to the next option.
    Align,
    Nothing,
}

/// An option with its size and the padding that alignment asks for in front of it.
struct Item {
    kind: Kind,
    size: usize,
    padding: usize,
}

/// A format being read.
struct Format<'a> {
    l: &'a State,
    rest: &'a [u8],
    little: bool,
    max_align: usize,
}

impl<'a> Format<'a> {
    fn new(l: &'a State, text: &'a [u8]) -> Self {
        // As a C string, the format ends with the first NUL.
        let rest = text.split(|&c| c == 0).next().unwrap_or(b"");
        Format {
            l,
            rest,
            little: cfg!(target_endian = "little"),
            max_align: 1,
        }
    }

    fn number(&mut self) -> Option<usize> {
        let mut n = None;
        while let [c @ b'0'..=b'9', tail @ ..] = self.rest
            && n.unwrap_or(0) <= (MAX_RESULT - 9) / 10
        {
            n = Some(n.unwrap_or(0) * 10 + (c - b'0') as usize);
            self.rest = tail;
        }
        n
    }

    fn integer_size(&mut self, default: usize) -> LResult<usize> {
        let n = self.number().unwrap_or(default);
        if (1..=MAX_INTEGER).contains(&n) {
            return Ok(n);
        }
        Err(self.l.lib_error(
            "integral size (%d) out of limits [1,%d]",
            args![n, MAX_INTEGER],
        ))
    }

    /// Reads an option: its kind and size.
    fn option(&mut self) -> LResult<(Kind, usize)> {
        let [c, tail @ ..] = self.rest else {
            return Ok((Kind::Nothing, 0));
        };
        self.rest = tail;
        Ok(match c {
            b'b' => (Kind::Signed, 1),
            b'B' => (Kind::Unsigned, 1),
            b'h' => (Kind::Signed, 2),
            b'H' => (Kind::Unsigned, 2),
            b'l' | b'j' => (Kind::Signed, 8),
            b'L' | b'J' | b'T' => (Kind::Unsigned, 8),
            b'i' => (Kind::Signed, self.integer_size(4)?),
            b'I' => (Kind::Unsigned, self.integer_size(4)?),
            b'f' => (Kind::Float, 4),
            b'd' | b'n' => (Kind::Double, 8),
            b's' => (Kind::Counted, self.integer_size(NATIVE)?),
            b'c' => match self.number() {
                Some(n) => (Kind::Fixed, n),
                None => return Err(self.l.lib_error("missing size for format option 'c'", &[])),
            },
            b'z' => (Kind::Terminated, 0),
            b'x' => (Kind::Padding, 1),
            b'X' => (Kind::Align, 0),
            b' ' => (Kind::Nothing, 0),
            b'<' | b'>' | b'=' => {
                self.little = *c == b'<' || (*c == b'=' && cfg!(target_endian = "little"));
                (Kind::Nothing, 0)
            }
            b'!' => {
                self.max_align = self.integer_size(NATIVE)?;
                (Kind::Nothing, 0)
            }
            _ => return Err(self.l.lib_error("invalid format option '%c'", args![*c])),
        })
    }

    /// The next item when `position` bytes lie before it; `None` at the end of the format.
    fn next(&mut self, position: usize) -> LResult<Option<Item>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (kind, size) = self.option()?;
        let mut align = size;
        if kind == Kind::Align {
            let (next, size) = if self.rest.is_empty() {
                (Kind::Nothing, 0)
            } else {
                self.option()?
            };
            if next == Kind::Fixed || size == 0 {
                return Err(self.l.arg_error(1, "invalid next option for option 'X'"));
            }
            align = size;
        }
        let mut padding = 0;
        if align > 1 && kind != Kind::Fixed {
            align = align.min(self.max_align);
            if !align.is_power_of_two() {
                return Err(self
                    .l
                    .arg_error(1, "format asks for alignment not power of 2"));
            }
            padding = position.wrapping_neg() & (align - 1);
        }
        Ok(Some(Item {
            kind,
            size,
            padding,
        }))
    }
}

fn put_zeros(out: &mut LVec<u8>, n: usize) -> LResult<()> {
    for _ in 0..n {
        out.push(0)?;
    }
    Ok(())
}

/// Appends an integer in `size` bytes; bytes beyond those of a Lua integer are `extension`.
fn put_integer(
    out: &mut LVec<u8>,
    n: u64,
    little: bool,
    size: usize,
    extension: u8,
) -> LResult<()> {
    let mut bytes = [extension; MAX_INTEGER];
    bytes[..NATIVE].copy_from_slice(&n.to_le_bytes());
    if !little {
        bytes[..size].reverse();
    }
    out.extend(&bytes[..size])
}

fn put_float(out: &mut LVec<u8>, bytes: &mut [u8], little: bool) -> LResult<()> {
    if little != cfg!(target_endian = "little") {
        bytes.reverse();
    }
    out.extend(bytes)
}

/// `string.pack`
pub fn pack(l: &State) -> LResult<i32> {
    let mut format = Format::new(l, bytes_arg(l, 1)?);
    // A missing argument is reported as this nil.
    l.push_nil();
    let mut out = LVec::new(l);
    let mut n = 1;
    while let Some(item) = format.next(out.len())? {
        put_zeros(&mut out, item.padding)?;
        match item.kind {
            Kind::Padding => put_zeros(&mut out, 1)?,
            Kind::Align | Kind::Nothing => {}
            _ => {
                n += 1;
                put_value(l, &mut out, &item, format.little, n)?;
            }
        }
    }
    l.push_bytes(&out)?;
    Ok(1)
}

/// Appends argument `n` as the item says.
fn put_value(l: &State, out: &mut LVec<u8>, item: &Item, little: bool, n: usize) -> LResult<()> {
    let check = |ok: bool, message: &str| {
        if ok {
            Ok(())
        } else {
            Err(l.arg_error(n as i32, message))
        }
    };
    let size = item.size;
    match item.kind {
        Kind::Signed => {
            let i = int_arg(l, n)?;
            let unused = 64 - 8 * size.min(NATIVE) as u32;
            check(i << unused >> unused == i, "integer overflow")?;
            put_integer(out, i as u64, little, size, if i < 0 { 0xFF } else { 0 })
        }
        Kind::Unsigned => {
            let i = int_arg(l, n)? as u64;
            check(size >= NATIVE || i >> (8 * size) == 0, "unsigned overflow")?;
            put_integer(out, i, little, size, 0)
        }
        Kind::Float => put_float(
            out,
            &mut (l.check_num(n as i32)? as f32).to_ne_bytes(),
            little,
        ),
        Kind::Double => put_float(out, &mut l.check_num(n as i32)?.to_ne_bytes(), little),
        Kind::Fixed => {
            let s = bytes_arg(l, n)?;
            check(s.len() <= size, "string longer than given size")?;
            out.extend(s)?;
            put_zeros(out, size - s.len())
        }
        Kind::Counted => {
            let s = bytes_arg(l, n)?;
            check(
                size >= NATIVE || s.len() >> (8 * size) == 0,
                "string length does not fit in given size",
            )?;
            put_integer(out, s.len() as u64, little, size, 0)?;
            out.extend(s)
        }
        Kind::Terminated => {
            let s = bytes_arg(l, n)?;
            check(!s.contains(&0), "string contains zeros")?;
            out.extend(s)?;
            out.push(0)
        }
        Kind::Padding | Kind::Align | Kind::Nothing => Ok(()),
    }
}

/// `string.packsize`
pub fn packsize(l: &State) -> LResult<i32> {
    let mut format = Format::new(l, bytes_arg(l, 1)?);
    let mut total = 0;
    while let Some(item) = format.next(total)? {
        if matches!(item.kind, Kind::Counted | Kind::Terminated) {
            return Err(l.arg_error(1, "variable-length format"));
        }
        let size = item.size + item.padding;
        if total > MAX_RESULT - size {
            return Err(l.arg_error(1, "format result too large"));
        }
        total += size;
    }
    l.push_int(total as i64);
    Ok(1)
}

/// Reads an integer of any size. Raises an error if a Lua integer cannot hold it.
fn get_integer(l: &State, data: &[u8], little: bool, signed: bool) -> LResult<i64> {
    let size = data.len();
    let byte = |i: usize| if little { data[i] } else { data[size - 1 - i] };
    let mut n = (0..size.min(NATIVE))
        .rev()
        .fold(0u64, |n, i| n << 8 | byte(i) as u64);
    if size < NATIVE {
        if signed {
            let unused = 64 - 8 * size as u32;
            n = ((n << unused) as i64 >> unused) as u64;
        }
    } else {
        let extension = if signed && (n as i64) < 0 { 0xFF } else { 0 };
        if (NATIVE..size).any(|i| byte(i) != extension) {
            return Err(l.lib_error("%d-byte integer does not fit into Lua Integer", args![size]));
        }
    }
    Ok(n as i64)
}

/// The bytes of a float of either size in this machine's order.
fn get_float<const N: usize>(data: &[u8], little: bool) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(data);
    if little != cfg!(target_endian = "little") {
        bytes.reverse();
    }
    bytes
}

/// `string.unpack`
pub fn unpack(l: &State) -> LResult<i32> {
    let text = bytes_arg(l, 1)?;
    let data = bytes_arg(l, 2)?;
    let mut position = start_offset(opt_int_arg(l, 3, 1)?, data.len());
    if position > data.len() {
        return Err(l.arg_error(3, "initial position out of string"));
    }
    let mut format = Format::new(l, text);
    let mut n = 0;
    while let Some(item) = format.next(position)? {
        let rest = &data[position..];
        if item.padding + item.size > rest.len() {
            return Err(l.arg_error(2, "data string too short"));
        }
        let rest = &rest[item.padding..];
        position += item.padding + item.size;
        l.ensure_stack_msg(2, "too many results")?;
        let (own, behind) = rest.split_at(item.size);
        match item.kind {
            Kind::Signed => l.push_int(get_integer(l, own, format.little, true)?),
            Kind::Unsigned => l.push_int(get_integer(l, own, format.little, false)?),
            Kind::Float => l.push_float(f32::from_ne_bytes(get_float(own, format.little)) as f64),
            Kind::Double => l.push_float(f64::from_ne_bytes(get_float(own, format.little))),
            Kind::Fixed => {
                l.push_bytes(own)?;
            }
            Kind::Counted => {
                let len = get_integer(l, own, format.little, false)? as u64;
                if len > behind.len() as u64 {
                    return Err(l.arg_error(2, "data string too short"));
                }
                l.push_bytes(&behind[..len as usize])?;
                position += len as usize;
            }
            Kind::Terminated => {
                let Some(len) = memchr::memchr(0, behind) else {
                    return Err(l.arg_error(2, "unfinished string for format 'z'"));
                };
                l.push_bytes(&behind[..len])?;
                position += len + 1;
            }
            Kind::Padding | Kind::Align | Kind::Nothing => continue,
        }
        n += 1;
    }
    l.push_int(position as i64 + 1);
    Ok(n + 1)
}
