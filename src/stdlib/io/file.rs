//! The methods of files: reading by formats, writing, positions, buffering.

use super::super::{arg, arg_count, bytes_arg, cstd, push_fail};
use super::{MAX_LINE_FORMATS, StreamRef, close_stream, open_file_arg, stream_arg};
use crate::api::upvalue_index;
use crate::error::LResult;
use crate::heap::LVec;
use crate::limits::MIN_STACK;
use crate::number;
use crate::object::State;
use cstd::{Locked, class};
use libc::FILE;

/// Characters of a numeral that the format "n" reads at most.
const MAX_NUMERAL: usize = 200;
/// Bytes that are asked for first when a whole file is read. Less than a stream's buffer: glibc forgets pending output
/// when more is asked for of a stream that was opened for writing.
const CHUNK: usize = 1024;

/// `file:close`
pub fn close(l: &State) -> LResult<i32> {
    open_file_arg(l)?;
    close_stream(l)
}

/// `__gc` and `__close`: closes a file that is open; files that failed to open are ignored.
pub fn collect(l: &State) -> LResult<i32> {
    let stream = stream_arg(l)?;
    if !stream.is_closed() && !stream.file().is_null() {
        close_stream(l)?;
    }
    Ok(0)
}

/// `__tostring`
pub fn tostring(l: &State) -> LResult<i32> {
    let stream = stream_arg(l)?;
    if stream.is_closed() {
        l.push_str("file (closed)")?;
    } else {
        l.push_format(
            "file (%p)",
            args![stream.file().cast_const().cast::<core::ffi::c_void>()],
        )?;
    }
    Ok(1)
}

/// `file:flush`
pub fn flush(l: &State) -> LResult<i32> {
    let f = open_file_arg(l)?;
    cstd::clear_errno();
    // SAFETY: the stream is open.
    let ok = unsafe { libc::fflush(f) } == 0;
    l.file_result(ok, None)
}

/// `file:seek`
pub fn seek(l: &State) -> LResult<i32> {
    const ORIGINS: [i32; 3] = [libc::SEEK_SET, libc::SEEK_CUR, libc::SEEK_END];
    let f = open_file_arg(l)?;
    let origin = l.check_option(2, Some("cur"), &["set", "cur", "end"])?;
    let offset = l.opt_int(3, 0)?;
    cstd::clear_errno();
    // SAFETY: the stream is open.
    if unsafe { libc::fseeko(f, offset, ORIGINS[origin]) } != 0 {
        return l.file_result(false, None);
    }
    // SAFETY: as above.
    l.push_int(unsafe { libc::ftello(f) });
    Ok(1)
}

/// `file:setvbuf`
pub fn setvbuf(l: &State) -> LResult<i32> {
    const MODES: [i32; 3] = [libc::_IONBF, libc::_IOFBF, libc::_IOLBF];
    let f = open_file_arg(l)?;
    let mode = l.check_option(2, None, &["no", "full", "line"])?;
    let size = l.opt_int(3, 1024)?;
    cstd::clear_errno();
    // SAFETY: the stream is open; with a null buffer the C library allocates one.
    let ok = unsafe { libc::setvbuf(f, core::ptr::null_mut(), MODES[mode], size as usize) } == 0;
    l.file_result(ok, None)
}

/// `file:read`
pub fn read(l: &State) -> LResult<i32> {
    let n = arg_count(l);
    let f = open_file_arg(l)?;
    read_formats(l, f, 2, n)
}

/// `file:write`
pub fn write(l: &State) -> LResult<i32> {
    let n = arg_count(l);
    let f = open_file_arg(l)?;
    l.push_value(1);
    write_values(l, f, 2, n)
}

/// Writes arguments `first` to `last`; the file is on top and is the result.
pub fn write_values(l: &State, f: *mut FILE, first: usize, last: usize) -> LResult<i32> {
    let mut ok = true;
    cstd::clear_errno();
    for i in first..=last {
        let v = arg(l, i);
        let written = if let Some(n) = v.as_int() {
            cstd::write(f, itoa::Buffer::new().format(n).as_bytes())
        } else if let Some(x) = v.as_float() {
            let mut buf = [0; number::BUFFER];
            let text = number::format_float(x, &mut buf);
            // Floats are written as C's "%.14g" does.
            cstd::write(f, text.strip_suffix(b".0").unwrap_or(text))
        } else {
            cstd::write(f, bytes_arg(l, i)?)
        };
        ok = ok && written;
    }
    if ok {
        Ok(1)
    } else {
        l.file_result(false, None)
    }
}

/// `file:lines`
pub fn lines(l: &State) -> LResult<i32> {
    open_file_arg(l)?;
    push_lines(l, false)
}

/// Pushes the iterator of `lines` for the file and the formats that are the arguments; its upvalues are the file, the
/// number of formats, whether to close the file at the end, and the formats.
pub fn push_lines(l: &State, close_at_end: bool) -> LResult<i32> {
    let n = arg_count(l) - 1;
    if n > MAX_LINE_FORMATS {
        return Err(l.arg_error(MAX_LINE_FORMATS as i32 + 2, "too many arguments"));
    }
    l.push_value(1);
    l.push_int(n as i64);
    l.push_bool(close_at_end);
    l.rotate(2, 3);
    l.push_native_closure(crate::native!(next_line), 3 + n as i32)?;
    Ok(1)
}

fn next_line(l: &State) -> LResult<i32> {
    let stream = StreamRef(l.to_userdata(upvalue_index(1)).cast());
    let n = l.value_at(upvalue_index(2)).as_int().unwrap_or(0) as i32;
    if stream.is_closed() {
        return Err(l.lib_error("file is already closed", &[]));
    }
    l.set_top(1)?;
    l.ensure_stack_msg(n, "too many arguments")?;
    for i in 1..=n {
        l.push_value(upvalue_index(3 + i));
    }
    let results = read_formats(l, stream.file(), 2, n as usize + 1)?;
    if l.to_boolean(-results) {
        return Ok(results);
    }
    if results > 1 {
        let message = l.to_bytes(-results + 1)?.unwrap_or(b"");
        return Err(l.lib_error("%s", args![message]));
    }
    if l.to_boolean(upvalue_index(3)) {
        l.set_top(0)?;
        l.push_value(upvalue_index(1));
        close_stream(l)?;
    }
    Ok(0)
}

/// Reads what the formats in arguments `first` to `last` ask for, a line if there are none; the number of results.
pub fn read_formats(l: &State, f: *mut FILE, first: usize, last: usize) -> LResult<i32> {
    // SAFETY: the stream is open.
    unsafe { libc::clearerr(f) };
    cstd::clear_errno();
    let before = l.get_top();
    let mut ok = true;
    if last < first {
        ok = read_line(l, f, false)?;
    } else {
        l.ensure_stack_msg((last - first + 1 + MIN_STACK) as i32, "too many arguments")?;
        for i in first..=last {
            ok = read_one(l, f, i)?;
            if !ok {
                break;
            }
        }
    }
    // SAFETY: the stream is open.
    if unsafe { libc::ferror(f) } != 0 {
        return l.file_result(false, None);
    }
    if !ok {
        l.pop(1);
        push_fail(l);
    }
    Ok(l.get_top() - before)
}

/// Reads what argument `i` asks for and pushes it; whether there was something to read.
fn read_one(l: &State, f: *mut FILE, i: usize) -> LResult<bool> {
    if arg(l, i).is_number() {
        let n = l.check_int(i as i32)? as usize;
        return if n == 0 {
            test_end(l, f)
        } else {
            read_bytes(l, f, n)
        };
    }
    let format = bytes_arg(l, i)?;
    match format.strip_prefix(b"*").unwrap_or(format).first() {
        Some(b'n') => read_number(l, f),
        Some(b'l') => read_line(l, f, false),
        Some(b'L') => read_line(l, f, true),
        Some(b'a') => read_all(l, f).map(|()| true),
        _ => Err(l.arg_error(i as i32, "invalid format")),
    }
}

fn test_end(l: &State, f: *mut FILE) -> LResult<bool> {
    let more = {
        let mut f = Locked::new(f);
        let c = f.next();
        f.unread(c);
        c.is_some()
    };
    l.push_bytes(b"")?;
    Ok(more)
}

fn read_line(l: &State, f: *mut FILE, keep_end: bool) -> LResult<bool> {
    let mut line = LVec::new(l);
    let mut f = Locked::new(f);
    let ended = loop {
        let buffered = f.buffered();
        let (n, ended) = match memchr::memchr(b'\n', buffered) {
            Some(n) => (n + 1, true),
            None => (buffered.len(), false),
        };
        line.extend(&buffered[..n])?;
        f.consume(n);
        if ended {
            break true;
        }
        // Nothing is buffered any more: this reads on from the file.
        match f.next() {
            Some(c) => {
                line.push(c)?;
                if c == b'\n' {
                    break true;
                }
            }
            None => break false,
        }
    };
    drop(f);
    if ended && !keep_end {
        line.truncate(line.len() - 1);
    }
    l.push_bytes(&line)?;
    Ok(ended || !line.is_empty())
}

/// Appends up to `n` bytes of the file to `out`; how many there were.
fn read_into(f: *mut FILE, out: &mut LVec<u8>, n: usize) -> LResult<usize> {
    let room = out.spare(n)?;
    let old = out.len();
    // SAFETY: `spare` made room for `n` bytes behind the `old` first ones, and `fread` initialises what it counts.
    unsafe {
        let got = libc::fread(room.cast(), 1, n, f);
        out.set_len(old + got);
        Ok(got)
    }
}

fn read_bytes(l: &State, f: *mut FILE, n: usize) -> LResult<bool> {
    let mut out = LVec::new(l);
    let got = read_into(f, &mut out, n)?;
    l.push_bytes(&out)?;
    Ok(got > 0)
}

fn read_all(l: &State, f: *mut FILE) -> LResult<()> {
    let mut out = LVec::new(l);
    loop {
        let n = out.len().max(CHUNK);
        if read_into(f, &mut out, n)? < n {
            break;
        }
    }
    l.push_bytes(&out)?;
    Ok(())
}

/// A numeral being read character by character, with one character of look-ahead.
struct Numeral {
    file: Locked,
    next: Option<u8>,
    text: [u8; MAX_NUMERAL],
    len: usize,
    too_long: bool,
}

impl Numeral {
    /// Takes the look-ahead into the numeral; false if the numeral is too long already.
    fn take(&mut self) -> bool {
        if self.len == MAX_NUMERAL {
            self.too_long = true;
            return false;
        }
        if let Some(c) = self.next {
            self.text[self.len] = c;
            self.len += 1;
        }
        self.next = self.file.next();
        true
    }
    /// Takes the look-ahead if it is one of `set`.
    fn take_any(&mut self, set: &[u8]) -> bool {
        self.next.is_some_and(|c| set.contains(&c)) && self.take()
    }
    /// Takes digits; how many.
    fn take_digits(&mut self, hexadecimal: bool) -> usize {
        let mask = if hexadecimal {
            class::XDIGIT
        } else {
            class::DIGIT
        };
        let mut n = 0;
        while self.next.is_some_and(|c| cstd::is(c, mask)) && self.take() {
            n += 1;
        }
        n
    }
    /// Reads the longest prefix of a numeral.
    fn scan(&mut self) {
        while self.next.is_some_and(|c| cstd::is(c, class::SPACE)) {
            self.next = self.file.next();
        }
        self.take_any(b"-+");
        let mut digits = 0;
        let mut hexadecimal = false;
        if self.take_any(b"0") {
            hexadecimal = self.take_any(b"xX");
            digits = usize::from(!hexadecimal);
        }
        digits += self.take_digits(hexadecimal);
        if self.take_any(&[cstd::decimal_point(), b'.']) {
            digits += self.take_digits(hexadecimal);
        }
        if digits > 0 && self.take_any(if hexadecimal { b"pP" } else { b"eE" }) {
            self.take_any(b"-+");
            self.take_digits(false);
        }
    }
}

#[inline(never)]
fn read_number(l: &State, f: *mut FILE) -> LResult<bool> {
    let mut file = Locked::new(f);
    let next = file.next();
    let mut numeral = Numeral {
        file,
        next,
        text: [0; MAX_NUMERAL],
        len: 0,
        too_long: false,
    };
    numeral.scan();
    let next = numeral.next;
    numeral.file.unread(next);
    let value = if numeral.too_long {
        None
    } else {
        number::parse(&numeral.text[..numeral.len])
    };
    drop(numeral);
    match value {
        Some(v) => l.push(v),
        None => l.push_nil(),
    }
    Ok(value.is_some())
}
