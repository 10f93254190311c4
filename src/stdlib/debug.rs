//! The debug library.
//!
//! Hook functions of Lua are values of a table in the registry, whose keys are the threads, weakly; the C hook that
//! they hang on finds them there.

use super::{arg, bytes_arg, cstd, opt_int_arg, push_fail};
use crate::capi::boundary;
use crate::debug::{self, LuaDebug};
use crate::error::{LResult, OK};
use crate::limits::{MAX_C_CALLS, REGISTRY_INDEX};
use crate::object::State;
use crate::object::thread::Hook;
use crate::value::{Gc, ty};
use core::ffi::{CStr, c_void};

static LIB: &[crate::api::Reg] = library! {
    "debug" => interact,
    "getuservalue" => getuservalue,
    "gethook" => gethook,
    "getinfo" => getinfo,
    "getlocal" => getlocal,
    "getregistry" => getregistry,
    "getmetatable" => getmetatable,
    "getupvalue" => getupvalue,
    "upvaluejoin" => upvaluejoin,
    "upvalueid" => upvalueid,
    "setuservalue" => setuservalue,
    "sethook" => sethook,
    "setlocal" => setlocal,
    "setmetatable" => setmetatable,
    "setupvalue" => setupvalue,
    "traceback" => traceback,
    "setcstacklimit" => setcstacklimit,
};

/// Registry key of the table of hook functions.
const HOOKS_KEY: &CStr = c"_HOOKKEY";
const HOOKS: &str = match HOOKS_KEY.to_str() {
    Ok(key) => key,
    Err(_) => panic!("no UTF-8"),
};
/// Names of the events, by number.
const EVENT_NAMES: [&CStr; 5] = [c"call", c"return", c"line", c"count", c"tail call"];
/// Letters of the mask bits that `sethook` takes, from bit 0 on.
const MASK_LETTERS: &[u8] = b"crl";
const MASK_COUNT: i32 = 1 << 3;

/// Opens the debug library and leaves its table on the stack.
pub fn open_debug(l: &State) -> LResult<i32> {
    l.new_lib(LIB)?;
    Ok(1)
}

/// The thread that a function is asked about, which may come as a first extra argument, and how many arguments that is.
fn thread_arg(l: &State) -> (Gc<State>, usize) {
    match arg(l, 1).as_thread() {
        Some(thread) => (thread, 1),
        None => (l.as_gc(), 0),
    }
}

fn same(l: &State, l1: &State) -> bool {
    core::ptr::eq(l, l1)
}

/// Makes room for values on the stack of another thread.
fn reserve(l: &State, l1: &State, n: i32) -> LResult<()> {
    if !same(l, l1) && !l1.check_stack(n) {
        return Err(l.lib_error("stack overflow", &[]));
    }
    Ok(())
}

fn getregistry(l: &State) -> LResult<i32> {
    l.push_value(REGISTRY_INDEX);
    Ok(1)
}

fn getmetatable(l: &State) -> LResult<i32> {
    l.check_any(1)?;
    if !l.get_metatable(1) {
        l.push_nil();
    }
    Ok(1)
}

fn setmetatable(l: &State) -> LResult<i32> {
    let meta = arg(l, 2);
    if meta.is_none() || !(meta.is_nil() || meta.is_table()) {
        return Err(l.type_error(2, "nil or table"));
    }
    l.set_top(2)?;
    l.set_metatable(1);
    Ok(1)
}

fn getuservalue(l: &State) -> LResult<i32> {
    let n = opt_int_arg(l, 2, 1)? as i32;
    if arg(l, 1).as_userdata().is_none() {
        push_fail(l);
    } else if l.get_user_value(1, n) != ty::NONE {
        l.push_bool(true);
        return Ok(2);
    }
    Ok(1)
}

fn setuservalue(l: &State) -> LResult<i32> {
    let n = opt_int_arg(l, 3, 1)? as i32;
    l.check_type(1, ty::USERDATA)?;
    l.check_any(2)?;
    l.set_top(2)?;
    if !l.set_user_value(1, n) {
        push_fail(l);
    }
    Ok(1)
}

// ---- information about functions ----

fn set_text(l: &State, field: &str, text: Option<&[u8]>) -> LResult<()> {
    match text {
        Some(text) => {
            l.push_bytes(text)?;
        }
        None => l.push_nil(),
    }
    l.set_field(-2, field)
}

fn set_int(l: &State, field: &str, n: i64) -> LResult<()> {
    l.push_int(n);
    l.set_field(-2, field)
}

fn set_bool(l: &State, field: &str, b: bool) -> LResult<()> {
    l.push_bool(b);
    l.set_field(-2, field)
}

/// Stores the value that `get_info` left on the stack of `l1` in the table on top of `l`.
fn set_left(l: &State, l1: &State, field: &str) -> LResult<()> {
    if same(l, l1) {
        l.insert(-2);
    } else {
        l1.xmove(l, 1);
    }
    l.set_field(-2, field)
}

fn getinfo(l: &State) -> LResult<i32> {
    let (l1, extra) = thread_arg(l);
    let (subject, options_at) = (extra + 1, extra as i32 + 2);
    let options = l.opt_bytes(options_at, Some(b"flnSrtu"))?.unwrap_or(b"");
    let options = options.split(|&c| c == 0).next().unwrap_or(b"");
    reserve(l, &l1, 3)?;
    if options.first() == Some(&b'>') {
        return Err(l.arg_error(options_at, "invalid option '>'"));
    }
    let mut ar = LuaDebug::new();
    let of_function = arg(l, subject).is_function();
    let what = if of_function {
        let what = l.push_format(">%s", args![options])?.bytes();
        l.push_value(subject as i32);
        l.xmove(&l1, 1);
        what
    } else {
        let level = super::int_arg(l, subject)?;
        if !debug::get_stack(&l1, level as i32, &mut ar) {
            push_fail(l);
            return Ok(1);
        }
        options
    };
    if !debug::get_info(&l1, what, &mut ar)? {
        return Err(l.arg_error(options_at, "invalid option"));
    }
    l.create_table(0, 0)?;
    fill_info(l, &l1, options, &ar)?;
    Ok(1)
}

/// Stores what `options` asked for in the table on top of `l`.
fn fill_info(l: &State, l1: &State, options: &[u8], ar: &LuaDebug) -> LResult<()> {
    let wants = |c: u8| options.contains(&c);
    if wants(b'S') {
        set_text(l, "source", Some(ar.source_bytes()))?;
        set_text(l, "short_src", Some(ar.short_src_bytes()))?;
        set_int(l, "linedefined", ar.linedefined as i64)?;
        set_int(l, "lastlinedefined", ar.lastlinedefined as i64)?;
        set_text(l, "what", Some(ar.what_bytes()))?;
    }
    if wants(b'l') {
        set_int(l, "currentline", ar.currentline as i64)?;
    }
    if wants(b'u') {
        set_int(l, "nups", ar.nups as i64)?;
        set_int(l, "nparams", ar.nparams as i64)?;
        set_bool(l, "isvararg", ar.isvararg != 0)?;
    }
    if wants(b'n') {
        set_text(l, "name", ar.name_bytes())?;
        set_text(l, "namewhat", Some(ar.namewhat_bytes()))?;
    }
    if wants(b'r') {
        set_int(l, "ftransfer", ar.ftransfer as i64)?;
        set_int(l, "ntransfer", ar.ntransfer as i64)?;
    }
    if wants(b't') {
        set_bool(l, "istailcall", ar.istailcall != 0)?;
    }
    if wants(b'L') {
        set_left(l, l1, "activelines")?;
    }
    if wants(b'f') {
        set_left(l, l1, "func")?;
    }
    Ok(())
}

// ---- variables ----

/// The frame at `level`, which argument `n` gave.
fn frame_arg(l: &State, l1: &State, n: usize, level: i32) -> LResult<LuaDebug> {
    let mut ar = LuaDebug::new();
    if !debug::get_stack(l1, level, &mut ar) {
        return Err(l.arg_error(n as i32, "level out of range"));
    }
    Ok(ar)
}

fn getlocal(l: &State) -> LResult<i32> {
    let (l1, extra) = thread_arg(l);
    let n = super::int_arg(l, extra + 2)? as i32;
    if arg(l, extra + 1).is_function() {
        l.push_value(extra as i32 + 1);
        match debug::get_local(l, None, n) {
            Some(name) => {
                l.push_bytes(name.to_bytes())?;
            }
            None => l.push_nil(),
        }
        return Ok(1);
    }
    let level = super::int_arg(l, extra + 1)? as i32;
    let ar = frame_arg(l, &l1, extra + 1, level)?;
    reserve(l, &l1, 1)?;
    let Some(name) = debug::get_local(&l1, Some(&ar), n) else {
        push_fail(l);
        return Ok(1);
    };
    l1.xmove(l, 1);
    l.push_bytes(name.to_bytes())?;
    l.insert(-2);
    Ok(2)
}

fn setlocal(l: &State) -> LResult<i32> {
    let (l1, extra) = thread_arg(l);
    let level = super::int_arg(l, extra + 1)? as i32;
    let n = super::int_arg(l, extra + 2)? as i32;
    let ar = frame_arg(l, &l1, extra + 1, level)?;
    let value = extra as i32 + 3;
    l.check_any(value)?;
    l.set_top(value)?;
    reserve(l, &l1, 1)?;
    l.xmove(&l1, 1);
    match debug::set_local(&l1, &ar, n) {
        Some(name) => {
            l.push_bytes(name.to_bytes())?;
        }
        None => l.push_nil(),
    }
    Ok(1)
}

fn getupvalue(l: &State) -> LResult<i32> {
    let n = super::int_arg(l, 2)? as i32;
    l.check_type(1, ty::FUNCTION)?;
    let Some(name) = l.get_upvalue(1, n) else {
        return Ok(0);
    };
    l.push_bytes(name.to_bytes())?;
    l.insert(-2);
    Ok(2)
}

fn setupvalue(l: &State) -> LResult<i32> {
    l.check_any(3)?;
    let n = super::int_arg(l, 2)? as i32;
    l.check_type(1, ty::FUNCTION)?;
    let Some(name) = l.set_upvalue(1, n) else {
        return Ok(0);
    };
    l.push_bytes(name.to_bytes())?;
    Ok(1)
}

/// The upvalue that arguments `function` and `function + 1` name, as its number and identity (null if there is none).
fn upvalue_args(l: &State, function: i32) -> LResult<(i32, *mut c_void)> {
    let n = l.check_int(function + 1)? as i32;
    l.check_type(function, ty::FUNCTION)?;
    Ok((n, l.upvalue_id(function, n)))
}

fn upvalueid(l: &State) -> LResult<i32> {
    let (_, id) = upvalue_args(l, 1)?;
    if id.is_null() {
        push_fail(l);
    } else {
        l.push_light(id);
    }
    Ok(1)
}

fn upvaluejoin(l: &State) -> LResult<i32> {
    let mut numbers = [0; 2];
    for (number, function) in numbers.iter_mut().zip([1, 3]) {
        let (n, id) = upvalue_args(l, function)?;
        if id.is_null() {
            return Err(l.arg_error(function + 1, "invalid upvalue index"));
        }
        *number = n;
    }
    for function in [1, 3] {
        if l.is_c_function(function) {
            return Err(l.arg_error(function, "Lua function expected"));
        }
    }
    l.upvalue_join(1, numbers[0], 3, numbers[1]);
    Ok(0)
}

// ---- hooks ----

/// The hook behind all hook functions of Lua.
unsafe extern "C-unwind" fn call_hook_function(state: *mut State, ar: *mut c_void) {
    // SAFETY: hooks are called with a live state and its `lua_Debug`.
    let (l, ar) = unsafe { (&*state, &*ar.cast::<LuaDebug>()) };
    if let Err(t) = run_hook(l, ar) {
        boundary::raise(l, t);
    }
}

static HOOK: Hook = call_hook_function;

fn run_hook(l: &State, ar: &LuaDebug) -> LResult<()> {
    // Not by `get_field`, which makes the string anew each time.
    let key = l.c_string(HOOKS_KEY)?;
    l.push(key.into());
    if l.raw_get(REGISTRY_INDEX) != ty::TABLE {
        return Ok(());
    }
    l.push_thread();
    if l.raw_get(-2) == ty::FUNCTION {
        let name = l.c_string(EVENT_NAMES[ar.event as usize])?;
        l.push(name.into());
        if ar.currentline >= 0 {
            l.push_int(ar.currentline as i64);
        } else {
            l.push_nil();
        }
        l.call(2, 0)?;
    }
    Ok(())
}

/// Pushes the table of hook functions.
fn push_hooks(l: &State) -> LResult<()> {
    if !l.get_subtable(REGISTRY_INDEX, HOOKS)? {
        l.push_str("k")?;
        l.set_field(-2, "__mode")?;
        l.push_value(-1);
        l.set_metatable(-2);
    }
    Ok(())
}

fn sethook(l: &State) -> LResult<i32> {
    let (l1, extra) = thread_arg(l);
    let function = extra as i32 + 1;
    let (mut hook, mut mask, mut count) = (None, 0, 0);
    if l.is_none_or_nil(function) {
        l.set_top(function)?;
    } else {
        let letters = bytes_arg(l, extra + 2)?;
        let letters = cstd::c_string(letters).to_bytes();
        l.check_type(function, ty::FUNCTION)?;
        count = opt_int_arg(l, extra + 3, 0)? as i32;
        for (bit, letter) in MASK_LETTERS.iter().enumerate() {
            mask |= i32::from(letters.contains(letter)) << bit;
        }
        if count > 0 {
            mask |= MASK_COUNT;
        }
        hook = Some(HOOK);
    }
    push_hooks(l)?;
    l.push(l1.into());
    l.push_value(function);
    l.raw_set(-3)?;
    debug::hook::set(&l1, hook, mask, count);
    Ok(0)
}

fn gethook(l: &State) -> LResult<i32> {
    let (l1, _) = thread_arg(l);
    let Some(hook) = l1.hook.get() else {
        push_fail(l);
        return Ok(1);
    };
    if hook as usize == HOOK as usize {
        l.get_field(REGISTRY_INDEX, HOOKS)?;
        l.push(l1.into());
        l.raw_get(-2);
        l.remove(-2);
    } else {
        l.push_str("external hook")?;
    }
    let mut letters = [0; MASK_LETTERS.len()];
    let mut n = 0;
    for (bit, letter) in MASK_LETTERS.iter().enumerate() {
        if l1.hook_mask.get() & 1 << bit != 0 {
            letters[n] = *letter;
            n += 1;
        }
    }
    l.push_bytes(&letters[..n])?;
    l.push_int(l1.base_hook_count.get() as i64);
    Ok(3)
}

// ---- the rest ----

fn traceback(l: &State) -> LResult<i32> {
    let (l1, extra) = thread_arg(l);
    let at = extra as i32 + 1;
    let message = if l.is_none_or_nil(at) {
        None
    } else {
        let Some(message) = l.to_bytes(at)? else {
            l.push_value(at);
            return Ok(1);
        };
        Some(cstd::c_string(message).to_bytes())
    };
    let level = opt_int_arg(l, extra + 2, i64::from(same(l, &l1)))?;
    l.traceback(&l1, message, level as i32)?;
    Ok(1)
}

fn setcstacklimit(l: &State) -> LResult<i32> {
    l.check_int(1)?;
    l.push_int(MAX_C_CALLS as i64);
    Ok(1)
}

/// Longest line that `debug.debug` reads.
const MAX_LINE: usize = 250;

/// `debug.debug`: runs lines from standard input until one says `cont`.
fn interact(l: &State) -> LResult<i32> {
    let err = cstd::standard(cstd::Standard::Err);
    let mut line = crate::heap::LVec::with_capacity(l, MAX_LINE)?;
    loop {
        cstd::write(err, b"lua_debug> ");
        let room: *mut u8 = line.spare(MAX_LINE)?;
        // SAFETY: standard error is a valid stream; `fgets` writes at most `MAX_LINE` bytes with its NUL.
        let text = unsafe {
            libc::fflush(err);
            if libc::fgets(
                room.cast(),
                MAX_LINE as i32,
                cstd::standard(cstd::Standard::In),
            )
            .is_null()
            {
                return Ok(0);
            }
            cstd::c_bytes(room.cast())
        };
        if text == b"cont\n" {
            return Ok(0);
        }
        if l.load_buffer(text, b"=(debug command)", None)? != OK || l.pcall(0, 0, 0)? != OK {
            let message = l.tolstring(-1)?;
            cstd::write(err, message);
            cstd::write(err, b"\n");
            // SAFETY: as above.
            unsafe { libc::fflush(err) };
        }
        l.set_top(0)?;
    }
}
