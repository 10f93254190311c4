//! The auxiliary library (manual section 5.1), without buffers.

use super::state::{install_panic_hook, open_pooled};
use super::types::{lua_CFunction, lua_Integer, lua_Number, lua_State, luaL_Reg};
use super::{api, block, boundary, cstr, opt_cstr, store, view};
use crate::api::{native, type_name, warn_off};
use crate::error::LResult;
use crate::object::{State, Str};
use crate::value::{Gc, TValue, ty};
use core::ffi::{CStr, c_char, c_int, c_void};

/// The text of a string object, with its length where the host wants it.
fn text(s: Gc<Str>, len: *mut usize) -> *const c_char {
    store(len, s.len());
    s.data().cast_const().cast()
}

/// A C string that may be null.
fn opt_cstring<'a>(s: *const c_char) -> Option<&'a CStr> {
    if s.is_null() {
        return None;
    }
    // SAFETY: contract of every exported function (see `capi`): a NUL-terminated string.
    Some(unsafe { CStr::from_ptr(s) })
}

/// The string argument `arg`.
fn check_str(l: &State, arg: c_int) -> LResult<Gc<Str>> {
    match l.to_str(arg)? {
        Some(s) => Ok(s),
        None => Err(l.type_error(arg, type_name(ty::STRING))),
    }
}

/// Raises unless the caller was compiled for this version.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checkversion_`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checkversion_(
    state: *mut lua_State,
    ver: lua_Number,
    sz: usize,
) {
    api(state, |l| l.check_version(ver, sz))
}

/// Pushes field `e` of a value's metatable; its type, `LUA_TNIL` and nothing pushed if there is none.
///
/// Stack `[-0, +(0|1), m]`, manual section 5.1, `luaL_getmetafield`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_getmetafield(
    state: *mut lua_State,
    obj: c_int,
    e: *const c_char,
) -> c_int {
    api(state, |l| {
        check_index!(l, obj);
        l.get_metafield(obj, cstr(e))
    })
}

/// Calls metamethod `e` of a value and pushes its result; 0 and nothing pushed if there is none.
///
/// Stack `[-0, +(0|1), e]`, manual section 5.1, `luaL_callmeta`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_callmeta(
    state: *mut lua_State,
    obj: c_int,
    e: *const c_char,
) -> c_int {
    api(state, |l| {
        check_index!(l, obj);
        Ok(c_int::from(l.call_meta(obj, cstr(e))?))
    })
}

/// Pushes the text of any value; its address.
///
/// Stack `[-0, +1, e]`, manual section 5.1, `luaL_tolstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_tolstring(
    state: *mut lua_State,
    idx: c_int,
    len: *mut usize,
) -> *const c_char {
    api(state, |l| {
        check_index!(l, idx);
        let s = l.tolstring(idx)?;
        store(len, s.len());
        Ok(s.as_ptr().cast())
    })
}

/// Raises "bad argument #arg to 'f' (extramsg)".
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_argerror`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_argerror(
    state: *mut lua_State,
    arg: c_int,
    extramsg: *const c_char,
) -> c_int {
    let l = view(state);
    boundary::raise(l, l.arg_error_bytes(arg, cstr(extramsg)))
}

/// Raises "bad argument #arg to 'f' (tname expected, got ...)".
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_typeerror`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_typeerror(
    state: *mut lua_State,
    arg: c_int,
    tname: *const c_char,
) -> c_int {
    let l = view(state);
    boundary::raise(l, l.type_error_bytes(arg, cstr(tname)))
}

/// The string argument `arg`; a number is replaced by its text.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checklstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checklstring(
    state: *mut lua_State,
    arg: c_int,
    len: *mut usize,
) -> *const c_char {
    api(state, |l| {
        check_index!(l, arg);
        Ok(text(check_str(l, arg)?, len))
    })
}

/// The string argument `arg`, `def` (which may be null) if it is nil or absent.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_optlstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_optlstring(
    state: *mut lua_State,
    arg: c_int,
    def: *const c_char,
    len: *mut usize,
) -> *const c_char {
    api(state, |l| {
        check_index!(l, arg);
        if l.is_none_or_nil(arg) {
            store(len, opt_cstr(def).map_or(0, <[u8]>::len));
            return Ok(def);
        }
        Ok(text(check_str(l, arg)?, len))
    })
}

/// The number argument `arg`.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checknumber`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checknumber(state: *mut lua_State, arg: c_int) -> lua_Number {
    api(state, |l| {
        check_index!(l, arg);
        l.check_num(arg)
    })
}

/// The number argument `arg`, `def` if it is nil or absent.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_optnumber`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_optnumber(
    state: *mut lua_State,
    arg: c_int,
    def: lua_Number,
) -> lua_Number {
    api(state, |l| {
        check_index!(l, arg);
        l.opt_num(arg, def)
    })
}

/// The integer argument `arg`.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checkinteger`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checkinteger(
    state: *mut lua_State,
    arg: c_int,
) -> lua_Integer {
    api(state, |l| {
        check_index!(l, arg);
        l.check_int(arg)
    })
}

/// The integer argument `arg`, `def` if it is nil or absent.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_optinteger`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_optinteger(
    state: *mut lua_State,
    arg: c_int,
    def: lua_Integer,
) -> lua_Integer {
    api(state, |l| {
        check_index!(l, arg);
        l.opt_int(arg, def)
    })
}

/// Makes room for `sz` more values or raises "stack overflow (msg)".
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checkstack`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checkstack(
    state: *mut lua_State,
    sz: c_int,
    msg: *const c_char,
) {
    api(state, |l| {
        if l.check_stack(sz) {
            Ok(())
        } else {
            Err(l.stack_overflow(opt_cstr(msg).unwrap_or_default()))
        }
    })
}

/// Raises unless argument `arg` has type `t`.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checktype`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checktype(state: *mut lua_State, arg: c_int, t: c_int) {
    api(state, |l| {
        check_index!(l, arg);
        l.check_type(arg, t)
    })
}

/// Raises unless there is an argument `arg`.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checkany`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checkany(state: *mut lua_State, arg: c_int) {
    api(state, |l| {
        check_index!(l, arg);
        l.check_any(arg)
    })
}

/// Pushes the metatable registered as `tname`, created if need be; 0 if it existed.
///
/// Stack `[-0, +1, m]`, manual section 5.1, `luaL_newmetatable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_newmetatable(
    state: *mut lua_State,
    tname: *const c_char,
) -> c_int {
    api(state, |l| Ok(c_int::from(l.new_metatable(cstr(tname))?)))
}

/// Gives the value on the top the metatable registered as `tname`.
///
/// Stack `[-0, +0, -]`, manual section 5.1, `luaL_setmetatable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_setmetatable(state: *mut lua_State, tname: *const c_char) {
    api(state, |l| {
        check_values!(l, 1);
        // SAFETY: contract of every exported function (see `capi`).
        unsafe { l.set_metatable_named(tname) }
    })
}

/// The block of the userdata at `ud` if its metatable is the one registered as `tname`, else null.
///
/// Stack `[-0, +0, m]`, manual section 5.1, `luaL_testudata`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_testudata(
    state: *mut lua_State,
    ud: c_int,
    tname: *const c_char,
) -> *mut c_void {
    api(state, |l| {
        check_index!(l, ud);
        // SAFETY: contract of every exported function (see `capi`).
        unsafe { l.find_udata(ud, tname) }
    })
}

/// The block of the userdata argument `ud`, whose metatable is the one registered as `tname`.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checkudata`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checkudata(
    state: *mut lua_State,
    ud: c_int,
    tname: *const c_char,
) -> *mut c_void {
    api(state, |l| {
        check_index!(l, ud);
        // SAFETY: contract of every exported function (see `capi`).
        unsafe { l.check_udata(ud, tname) }
    })
}

/// Pushes "chunk:line: " of the function at level `lvl`.
///
/// Stack `[-0, +1, m]`, manual section 5.1, `luaL_where`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_where(state: *mut lua_State, lvl: c_int) {
    api(state, |l| l.where_(lvl))
}

/// Position in a list that ends with null of the string argument `arg`, or of `def` if it is nil or absent.
///
/// Stack `[-0, +0, v]`, manual section 5.1, `luaL_checkoption`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_checkoption(
    state: *mut lua_State,
    arg: c_int,
    def: *const c_char,
    lst: *const *const c_char,
) -> c_int {
    api(state, |l| {
        check_index!(l, arg);
        let name = match opt_cstr(def) {
            Some(def) if l.is_none_or_nil(arg) => def,
            _ => check_str(l, arg)?.bytes(),
        };
        // Compared as C strings: what follows a NUL does not count.
        let name = name.split(|c| *c == 0).next().unwrap_or_default();
        for i in 0.. {
            // SAFETY: contract of every exported function (see `capi`): a list that ends with null.
            match opt_cstr(unsafe { *lst.add(i) }) {
                Some(option) if option == name => return Ok(i as c_int),
                Some(_) => {}
                None => break,
            }
        }
        Err(l.arg_error_fmt(arg, "invalid option '%s'", args![name]))
    })
}

/// Pushes the results of an operation on a file, from `errno`; their number.
///
/// Stack `[-0, +(1|3), m]`, manual section 5.1, `luaL_fileresult`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_fileresult(
    state: *mut lua_State,
    stat: c_int,
    fname: *const c_char,
) -> c_int {
    api(state, |l| l.file_result(stat != 0, opt_cstr(fname)))
}

/// Pushes the results of a process; their number.
///
/// Stack `[-0, +3, m]`, manual section 5.1, `luaL_execresult`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_execresult(state: *mut lua_State, stat: c_int) -> c_int {
    api(state, |l| l.exec_result(stat))
}

/// Pops a value and stores it in a table under a new integer key; the key.
///
/// Stack `[-1, +0, m]`, manual section 5.1, `luaL_ref`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_ref(state: *mut lua_State, t: c_int) -> c_int {
    api(state, |l| {
        check_index!(l, t);
        check_values!(l, 1);
        l.reference(t)
    })
}

/// Releases a key of `luaL_ref`.
///
/// Stack `[-0, +0, -]`, manual section 5.1, `luaL_unref`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_unref(state: *mut lua_State, t: c_int, reference: c_int) {
    api(state, |l| {
        check_index!(l, t);
        l.unreference(t, reference)
    })
}

/// Loads a file (null: standard input) as a chunk; the status.
///
/// Stack `[-0, +1, m]`, manual section 5.1, `luaL_loadfilex`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_loadfilex(
    state: *mut lua_State,
    filename: *const c_char,
    mode: *const c_char,
) -> c_int {
    api(state, |l| {
        let path = opt_cstring(filename);
        l.load_file(path, opt_cstr(mode))
    })
}

/// Loads a block of memory as a chunk; the status.
///
/// Stack `[-0, +1, -]`, manual section 5.1, `luaL_loadbufferx`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_loadbufferx(
    state: *mut lua_State,
    buff: *const c_char,
    sz: usize,
    name: *const c_char,
    mode: *const c_char,
) -> c_int {
    api(state, |l| {
        l.load_buffer(
            block(buff, sz),
            opt_cstr(name).unwrap_or(b"?"),
            opt_cstr(mode),
        )
    })
}

/// Loads a string as a chunk; the status.
///
/// Stack `[-0, +1, -]`, manual section 5.1, `luaL_loadstring`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_loadstring(state: *mut lua_State, s: *const c_char) -> c_int {
    api(state, |l| l.load_buffer(cstr(s), cstr(s), None))
}

/// The length of a value, which must be an integer.
///
/// Stack `[-0, +0, e]`, manual section 5.1, `luaL_len`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_len(state: *mut lua_State, idx: c_int) -> lua_Integer {
    api(state, |l| {
        check_index!(l, idx);
        l.len_int(idx)
    })
}

/// Pushes `s` with every occurrence of `p` replaced by `r`; its address.
///
/// Stack `[-0, +1, m]`, manual section 5.1, `luaL_gsub`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_gsub(
    state: *mut lua_State,
    s: *const c_char,
    p: *const c_char,
    r: *const c_char,
) -> *const c_char {
    api(state, |l| {
        Ok(l.gsub(cstr(s), cstr(p), cstr(r))?.as_ptr().cast())
    })
}

/// Registers a list of functions, which share the `nup` values on the top as upvalues, in the table below them.
///
/// Stack `[-nup, +0, m]`, manual section 5.1, `luaL_setfuncs`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_setfuncs(
    state: *mut lua_State,
    l: *const luaL_Reg,
    nup: c_int,
) {
    let list = l;
    api(state, |l| {
        check_values!(l, nup + 1);
        if !l.check_stack(nup) {
            return Err(l.stack_overflow(b"too many upvalues"));
        }
        for i in 0.. {
            // SAFETY: contract of every exported function (see `capi`): a list that ends with a null name.
            let reg = unsafe { &*list.add(i) };
            let Some(name) = opt_cstr(reg.name) else {
                break;
            };
            match reg.func {
                Some(f) => l.push_shared_closure(nup, |l| l.push_c_closure(f, nup))?,
                None => l.push_bool(false),
            }
            l.set_field(-(nup + 2), name)?;
        }
        l.pop(nup);
        Ok(())
    })
}

/// Pushes the table `t[fname]`, created if there is none; whether it existed.
///
/// Stack `[-0, +1, e]`, manual section 5.1, `luaL_getsubtable`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_getsubtable(
    state: *mut lua_State,
    idx: c_int,
    fname: *const c_char,
) -> c_int {
    api(state, |l| {
        check_index!(l, idx);
        Ok(c_int::from(l.get_subtable(idx, cstr(fname))?))
    })
}

/// Pushes a traceback of `state1` from `level` on, behind `msg` unless that is null.
///
/// Stack `[-0, +1, m]`, manual section 5.1, `luaL_traceback`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_traceback(
    state: *mut lua_State,
    state1: *mut lua_State,
    msg: *const c_char,
    level: c_int,
) {
    api(state, |l| l.traceback(view(state1), opt_cstr(msg), level))
}

/// Pushes module `modname`, opened by `openf` unless it is loaded, and makes it a global if `glb`.
///
/// Stack `[-0, +1, e]`, manual section 5.1, `luaL_requiref`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_requiref(
    state: *mut lua_State,
    modname: *const c_char,
    openf: lua_CFunction,
    glb: c_int,
) {
    api(state, |l| {
        let open = match openf {
            Some(f) => native::from_entry(f).map_or(TValue::c_fn(f), TValue::native),
            None => TValue::NIL,
        };
        l.require_value(cstr(modname), open, glb != 0)
    })
}

/// The panic function of `luaL_newstate`: prints the message.
unsafe extern "C-unwind" fn print_panic(state: *mut State) -> c_int {
    let l = view(state);
    let v = l.value_at(-1);
    let message = match v.as_string() {
        Some(s) => s.bytes(),
        None if v.is_number() => l.to_bytes(-1).ok().flatten().unwrap_or_default(),
        None => b"error object is not a string",
    };
    let message = String::from_utf8_lossy(message);
    eprintln!("PANIC: unprotected error in call to Lua API ({message})");
    0
}

/// A new state over the library's own allocator; null if there is no memory.
///
/// It has a panic function and a receiver of warnings that print.
///
/// Stack `[-0, +0, -]`, manual section 5.1, `luaL_newstate`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn luaL_newstate() -> *mut lua_State {
    install_panic_hook();
    let state = open_pooled();
    if !state.is_null() {
        let g = view(state).global();
        g.panic.set(Some(print_panic));
        g.warn.set(Some(warn_off));
        g.warn_ud.set(state.cast());
    }
    state
}
