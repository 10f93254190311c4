//! Running chunks: protected calls with a traceback, reports of errors, interruption by the user.

use core::ffi::{CStr, c_int, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};
use perilune::capi::boundary;
use perilune::debug::hook;
use perilune::error::{LResult, OK};
use perilune::native;
use perilune::object::State;
use perilune::value::ty;
use std::ffi::CString;
use std::io::Write;

/// Prints a message to standard error, behind the program's name if there is one.
pub fn message(program: Option<&str>, text: &[u8]) {
    let mut err = std::io::stderr().lock();
    // A message that cannot be written has nowhere to be reported to.
    let _ = match program {
        Some(program) => write!(err, "{program}: "),
        None => Ok(()),
    };
    let _ = err.write_all(text.split(|&c| c == 0).next().unwrap_or(b""));
    let _ = err.write_all(b"\n");
}

/// Prints the error on top of the stack, if `status` is one, and pops it; the status.
pub fn report(l: &State, program: Option<&str>, status: i32) -> LResult<i32> {
    if status != OK {
        let text = l.to_bytes(-1)?.unwrap_or(b"(error message not a string)");
        message(program, text);
        l.pop(1);
    }
    Ok(status)
}

/// Makes the message of an error that is reported: a traceback behind the error.
fn handle_error(l: &State) -> LResult<i32> {
    let text = match l.to_bytes(1)? {
        Some(text) => text,
        None => {
            if l.call_meta(1, "__tostring")? && l.type_of(-1) == ty::STRING {
                return Ok(1);
            }
            let kind = l.type_name_of(1);
            l.push_format("(error object is a %s value)", perilune::args![kind])?
                .bytes()
        }
    };
    let text = text.split(|&c| c == 0).next().unwrap_or(b"");
    l.traceback(l, Some(text), 1)?;
    Ok(1)
}

/// The state that an interrupt stops.
static RUNNING: AtomicPtr<State> = AtomicPtr::new(core::ptr::null_mut());

/// All events: whatever comes next stops the program.
const ALL_EVENTS: i32 = 0xF;

/// The hook that an interrupt sets: removes itself and raises an error.
unsafe extern "C-unwind" fn stop(state: *mut State, _: *mut c_void) {
    // SAFETY: hooks are called with a live state.
    let l = unsafe { &*state };
    hook::set(l, None, 0, 0);
    let error = l.lib_error("interrupted!", &[]);
    boundary::raise(l, error);
}

extern "C" fn on_interrupt(signal: c_int) {
    set_signal(signal, libc::SIG_DFL);
    // SAFETY: `call` keeps the state here while it runs.
    if let Some(l) = unsafe { RUNNING.load(Ordering::Relaxed).as_ref() } {
        hook::set(l, Some(stop), ALL_EVENTS, 1);
    }
}

fn set_signal(signal: c_int, handler: libc::sighandler_t) {
    // SAFETY: the handler is the default one or `on_interrupt`, which only writes to cells of the state.
    unsafe { libc::signal(signal, handler) };
}

/// Calls the function below the `nargs` topmost values with a message handler; an interrupt of the user stops it.
pub fn call(l: &State, nargs: i32, nresults: i32) -> LResult<i32> {
    let base = l.get_top() - nargs;
    l.push_native(native!(handle_error));
    l.insert(base);
    RUNNING.store(l.as_ptr(), Ordering::Relaxed);
    let handler: extern "C" fn(c_int) = on_interrupt;
    set_signal(libc::SIGINT, handler as usize);
    let status = l.pcall(nargs, nresults, base)?;
    set_signal(libc::SIGINT, libc::SIG_DFL);
    l.remove(base);
    Ok(status)
}

/// Runs what a loading function left on the stack; the status, errors being reported.
fn run_loaded(l: &State, program: Option<&str>, status: i32) -> LResult<i32> {
    let status = if status == OK { call(l, 0, 0)? } else { status };
    report(l, program, status)
}

/// Runs a string.
pub fn string(l: &State, program: Option<&str>, text: &[u8], name: &[u8]) -> LResult<i32> {
    let status = l.load_buffer(text, name, None)?;
    run_loaded(l, program, status)
}

/// Runs a file; standard input if there is no name.
pub fn file(l: &State, program: Option<&str>, name: Option<&CStr>) -> LResult<i32> {
    let status = l.load_file(name, None)?;
    run_loaded(l, program, status)
}

/// Runs a script with the arguments in the global `arg`.
pub fn script(l: &State, program: Option<&str>, name: Option<&CStr>) -> LResult<i32> {
    let mut status = l.load_file(name, None)?;
    if status == OK {
        let n = push_script_args(l)?;
        status = call(l, n, perilune::limits::MULTRET)?;
    }
    report(l, program, status)
}

fn push_script_args(l: &State) -> LResult<i32> {
    if l.get_global("arg")? != ty::TABLE {
        return Err(l.lib_error("'arg' is not a table", &[]));
    }
    let n = l.len_int(-1)? as i32;
    l.ensure_stack_msg(n + 3, "too many arguments to script")?;
    for i in 1..=n {
        l.raw_get_i(-i, i as i64);
    }
    l.remove(-(n + 1));
    Ok(n)
}

/// `-l`: requires a module into a global, `global=module` or `module` (without what stands behind a hyphen).
pub fn library(l: &State, program: Option<&str>, text: &[u8]) -> LResult<i32> {
    let (global, module) = match text.iter().position(|&c| c == b'=') {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text.split(|&c| c == b'-').next().unwrap_or(text), text),
    };
    l.get_global("require")?;
    l.push_bytes(module)?;
    let status = call(l, 1, 1)?;
    if status == OK {
        l.push_value(perilune::limits::REGISTRY_INDEX);
        l.raw_get_i(-1, perilune::limits::RIDX_GLOBALS);
        l.push_value(-3);
        l.set_field(-2, global)?;
        l.pop(3);
    }
    report(l, program, status)
}

/// `LUA_INIT`: a string to run, or `@` and a file's name; the variable with the version in its name comes first.
pub fn init(l: &State, program: Option<&str>) -> LResult<i32> {
    use std::os::unix::ffi::OsStringExt;
    for name in ["LUA_INIT_5_4", "LUA_INIT"] {
        let Some(value) = std::env::var_os(name).map(OsStringExt::into_vec) else {
            continue;
        };
        return match value.strip_prefix(b"@") {
            Some(path) => file(l, program, Some(&c_string(path))),
            None => string(l, program, &value, format!("={name}").as_bytes()),
        };
    }
    Ok(OK)
}

/// A C string of an argument or variable, which cannot contain a NUL.
pub fn c_string(s: &[u8]) -> CString {
    CString::new(s.split(|&c| c == 0).next().unwrap_or(b"")).unwrap_or_default()
}
