//! The input/output library: its functions and how files are opened and closed. `io::file` reads and writes.
//!
//! A file is a userdata with metatable `FILE*` that holds a C stream and the function that closes it, none once it is
//! closed. C modules create such userdata and take them apart, so the layout is fixed and the closing function is a
//! C function, whoever made the file.

mod file;

use super::{arg, arg_count, cstd};
use crate::api;
use crate::capi::boundary;
use crate::error::{LResult, Throw};
use crate::limits::REGISTRY_INDEX;
use crate::object::State;
use crate::value::{CFunction, Native};
use core::ffi::CStr;
use libc::FILE;

static LIB: &[api::Reg] = library! {
    "close" => close,
    "flush" => flush,
    "input" => input,
    "lines" => lines,
    "open" => open_file,
    "output" => output,
    "popen" => popen,
    "read" => read,
    "tmpfile" => tmpfile,
    "type" => type_,
    "write" => write,
};

static METHODS: &[api::Reg] = library! {
    "read" => file::read,
    "write" => file::write,
    "lines" => file::lines,
    "flush" => file::flush,
    "seek" => file::seek,
    "close" => file::close,
    "setvbuf" => file::setvbuf,
};

static METAMETHODS: &[api::Reg] = library! {
    "__gc" => file::collect,
    "__close" => file::collect,
    "__tostring" => file::tostring,
};

/// Name of the metatable of files.
const FILE_HANDLE: &CStr = c"FILE*";
/// Registry keys of the default files.
const INPUT: &str = "_IO_input";
const OUTPUT: &str = "_IO_output";
/// Formats that `lines` takes.
const MAX_LINE_FORMATS: usize = 250;

/// `luaL_Stream`.
#[repr(C)]
struct Stream {
    file: *mut FILE,
    /// `None` for a closed file, and while a file is being opened.
    closer: Option<CFunction>,
}

static CLOSE_FILE: &Native = crate::native!(close_file);
static CLOSE_PIPE: &Native = crate::native!(close_pipe);
static KEEP_OPEN: &Native = crate::native!(keep_open);

/// Opens the input/output library and leaves its table on the stack.
pub fn open_io(l: &State) -> LResult<i32> {
    l.new_lib(LIB)?;
    l.new_metatable(FILE_HANDLE.to_bytes())?;
    l.set_funcs(METAMETHODS, 0)?;
    l.new_lib(METHODS)?;
    l.set_field(-2, "__index")?;
    l.pop(1);
    let standard = [
        (cstd::Standard::In, "stdin", Some(INPUT)),
        (cstd::Standard::Out, "stdout", Some(OUTPUT)),
        (cstd::Standard::Err, "stderr", None),
    ];
    for (which, name, default) in standard {
        let stream = new_stream(l)?;
        stream.set(cstd::standard(which), Some(KEEP_OPEN.entry));
        if let Some(key) = default {
            l.push_value(-1);
            l.set_field(REGISTRY_INDEX, key)?;
        }
        l.set_field(-2, name)?;
    }
    Ok(1)
}

/// The stream of a file userdata that stays on the stack while this is in use.
#[derive(Clone, Copy)]
struct StreamRef(*mut Stream);

impl StreamRef {
    fn set(self, file: *mut FILE, closer: Option<CFunction>) {
        // SAFETY: the pointer is the block of a live userdata of at least the size of a stream.
        unsafe { self.0.write(Stream { file, closer }) }
    }
    fn file(self) -> *mut FILE {
        // SAFETY: as for `set`.
        unsafe { (*self.0).file }
    }
    fn closer(self) -> Option<CFunction> {
        // SAFETY: as for `set`.
        unsafe { (*self.0).closer }
    }
    fn set_closer(self, closer: Option<CFunction>) {
        // SAFETY: as for `set`.
        unsafe { (*self.0).closer = closer }
    }
    fn is_closed(self) -> bool {
        self.closer().is_none()
    }
}

/// Pushes a new file, closed for now so that the collector leaves it alone.
fn new_stream(l: &State) -> LResult<StreamRef> {
    let stream = StreamRef(l.new_userdata(size_of::<Stream>(), 0)?.cast());
    stream.set(core::ptr::null_mut(), None);
    // SAFETY: a `CStr` is NUL-terminated.
    unsafe { l.set_metatable_named(FILE_HANDLE.as_ptr()) }?;
    Ok(stream)
}

/// The stream of argument 1, open or closed.
fn stream_arg(l: &State) -> LResult<StreamRef> {
    // SAFETY: a `CStr` is NUL-terminated.
    let stream = unsafe { l.check_udata(1, FILE_HANDLE.as_ptr()) }?;
    Ok(StreamRef(stream.cast()))
}

/// The C stream of argument 1, which has to be open.
fn open_file_arg(l: &State) -> LResult<*mut FILE> {
    let stream = stream_arg(l)?;
    if stream.is_closed() {
        return Err(l.lib_error("attempt to use a closed file", &[]));
    }
    Ok(stream.file())
}

/// Closes the open file that is argument 1, as its closing function does; the results are on top.
fn close_stream(l: &State) -> LResult<i32> {
    let stream = stream_arg(l)?;
    let Some(closer) = stream.closer() else {
        return Ok(0);
    };
    // Marked first: the function may raise an error.
    stream.set_closer(None);
    match api::native::from_entry(closer) {
        Some(native) => (native.call)(l),
        None => boundary::call_c(l, closer),
    }
}

fn close_file(l: &State) -> LResult<i32> {
    let stream = stream_arg(l)?;
    cstd::clear_errno();
    // SAFETY: the stream was open until `close_stream` marked it, and is used no more.
    let ok = unsafe { libc::fclose(stream.file()) } == 0;
    l.file_result(ok, None)
}

fn close_pipe(l: &State) -> LResult<i32> {
    let stream = stream_arg(l)?;
    cstd::clear_errno();
    // SAFETY: `popen` opened the stream, and it is used no more.
    let status = unsafe { libc::pclose(stream.file()) };
    l.exec_result(status)
}

/// The closing function of the standard files, which stay open.
fn keep_open(l: &State) -> LResult<i32> {
    stream_arg(l)?.set_closer(Some(KEEP_OPEN.entry));
    super::push_fail(l);
    l.push_str("cannot close standard file")?;
    Ok(2)
}

fn type_(l: &State) -> LResult<i32> {
    l.check_any(1)?;
    let stream = StreamRef(l.test_udata(1, FILE_HANDLE).cast());
    if stream.0.is_null() {
        super::push_fail(l);
    } else {
        l.push_str(if stream.is_closed() {
            "closed file"
        } else {
            "file"
        })?;
    }
    Ok(1)
}

/// Whether a mode is one of `fopen`'s: `[rwa]%+?b*`.
fn is_mode(mode: &[u8]) -> bool {
    let [b'r' | b'w' | b'a', rest @ ..] = mode else {
        return false;
    };
    let rest = rest.strip_prefix(b"+").unwrap_or(rest);
    rest.iter().all(|&c| c == b'b')
}

fn fopen(name: &CStr, mode: &CStr) -> *mut FILE {
    cstd::clear_errno();
    // SAFETY: both strings end with NUL.
    unsafe { libc::fopen(name.as_ptr(), mode.as_ptr()) }
}

fn open_file(l: &State) -> LResult<i32> {
    let name = cstd::c_string(super::bytes_arg(l, 1)?);
    let mode = l.opt_bytes(2, None)?.map_or(c"r", cstd::c_string);
    let stream = new_stream(l)?;
    if !is_mode(mode.to_bytes()) {
        return Err(l.arg_error(2, "invalid mode"));
    }
    opened(l, stream, fopen(name, mode), CLOSE_FILE, Some(name))
}

/// The results of a function that opened a file for `stream`, which is on top, or failed to.
fn opened(
    l: &State,
    stream: StreamRef,
    f: *mut FILE,
    closer: &Native,
    name: Option<&CStr>,
) -> LResult<i32> {
    if f.is_null() {
        return l.file_result(false, name.map(CStr::to_bytes));
    }
    stream.set(f, Some(closer.entry));
    Ok(1)
}

/// Opens a file that has to exist and pushes it.
fn open_or_raise(l: &State, name: &CStr, mode: &CStr) -> LResult<()> {
    let stream = new_stream(l)?;
    let f = fopen(name, mode);
    if f.is_null() {
        return Err(cannot_open(l, name));
    }
    stream.set(f, Some(CLOSE_FILE.entry));
    Ok(())
}

#[cold]
fn cannot_open(l: &State, name: &CStr) -> Throw {
    let code = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    // SAFETY: `strerror` returns a NUL-terminated string, valid until its next call.
    let reason = unsafe { cstd::c_bytes(libc::strerror(code)) };
    l.lib_error("cannot open file '%s' (%s)", args![name.to_bytes(), reason])
}

fn popen(l: &State) -> LResult<i32> {
    let command = cstd::c_string(super::bytes_arg(l, 1)?);
    let mode = l.opt_bytes(2, None)?.map_or(c"r", cstd::c_string);
    let stream = new_stream(l)?;
    if !matches!(mode.to_bytes(), b"r" | b"w") {
        return Err(l.arg_error(2, "invalid mode"));
    }
    cstd::clear_errno();
    // SAFETY: both strings end with NUL; a null argument of `fflush` means all streams.
    let f = unsafe {
        libc::fflush(core::ptr::null_mut());
        libc::popen(command.as_ptr(), mode.as_ptr())
    };
    opened(l, stream, f, CLOSE_PIPE, Some(command))
}

fn tmpfile(l: &State) -> LResult<i32> {
    let stream = new_stream(l)?;
    cstd::clear_errno();
    // SAFETY: the function has no preconditions.
    let f = unsafe { libc::tmpfile() };
    opened(l, stream, f, CLOSE_FILE, None)
}

fn close(l: &State) -> LResult<i32> {
    if arg_count(l) == 0 {
        l.get_field(REGISTRY_INDEX, OUTPUT)?;
    }
    file::close(l)
}

/// Pushes the default file of a registry key; its C stream.
fn default_file(l: &State, key: &str) -> LResult<*mut FILE> {
    l.get_field(REGISTRY_INDEX, key)?;
    let stream = StreamRef(l.to_userdata(-1).cast());
    if stream.is_closed() {
        return Err(l.lib_error("default %s file is closed", args![&key["_IO_".len()..]]));
    }
    Ok(stream.file())
}

/// `io.input` and `io.output`: sets the default file if there is an argument, and returns it.
fn choose_default(l: &State, key: &str, mode: &CStr) -> LResult<i32> {
    if !arg(l, 1).is_nil() {
        match l.to_bytes(1)? {
            Some(name) => open_or_raise(l, cstd::c_string(name), mode)?,
            None => {
                open_file_arg(l)?;
                l.push_value(1);
            }
        }
        l.set_field(REGISTRY_INDEX, key)?;
    }
    l.get_field(REGISTRY_INDEX, key)?;
    Ok(1)
}

fn input(l: &State) -> LResult<i32> {
    choose_default(l, INPUT, c"r")
}

fn output(l: &State) -> LResult<i32> {
    choose_default(l, OUTPUT, c"w")
}

fn lines(l: &State) -> LResult<i32> {
    if arg_count(l) == 0 {
        l.push_nil();
    }
    if arg(l, 1).is_nil() {
        l.get_field(REGISTRY_INDEX, INPUT)?;
        l.replace(1);
        open_file_arg(l)?;
        return file::push_lines(l, false);
    }
    let name = cstd::c_string(super::bytes_arg(l, 1)?);
    open_or_raise(l, name, c"r")?;
    l.replace(1);
    file::push_lines(l, true)?;
    l.push_nil();
    l.push_nil();
    l.push_value(1);
    Ok(4)
}

fn read(l: &State) -> LResult<i32> {
    let n = arg_count(l);
    let f = default_file(l, INPUT)?;
    file::read_formats(l, f, 1, n)
}

fn write(l: &State) -> LResult<i32> {
    let n = arg_count(l);
    let f = default_file(l, OUTPUT)?;
    file::write_values(l, f, 1, n)
}

fn flush(l: &State) -> LResult<i32> {
    let f = default_file(l, OUTPUT)?;
    cstd::clear_errno();
    // SAFETY: the stream is open.
    let ok = unsafe { libc::fflush(f) } == 0;
    l.file_result(ok, None)
}
