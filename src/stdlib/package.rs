//! The package library: `require`, the four searchers, and C libraries.
//!
//! C libraries stay open until the state is closed: the registry has a table of them, by path and in order, whose
//! finalizer closes them.

use super::{arg, bytes_arg, cstd, push_fail};
use crate::api::upvalue_index;
use crate::dialect;
use crate::error::{LResult, OK};
use crate::heap::LVec;
use crate::limits::REGISTRY_INDEX;
use crate::object::State;
use crate::value::{CFunction, Native, ty};
use core::ffi::{CStr, c_void};

static LIB: &[crate::api::Reg] = library! {
    "loadlib" => loadlib,
    "searchpath" => searchpath,
};

/// The searchers in their order; each has the package table as upvalue.
static SEARCHERS: [&Native; 4] = [
    crate::native!(search_preload),
    crate::native!(search_lua),
    crate::native!(search_c),
    crate::native!(search_c_root),
];

/// Registry keys.
const LOADED: &str = "_LOADED";
const PRELOAD: &str = "_PRELOAD";
const C_LIBRARIES: &str = "_CLIBS";
const NO_ENVIRONMENT: &str = "LUA_NOENV";

/// Directory separator, template separator, substitution mark, executable's directory, ignored prefix.
const CONFIG: &str = "/\n;\n?\n!\n-\n";
/// Start of the name of a function that opens a C library.
const OPEN_PREFIX: &[u8] = b"luaopen_";

/// Debian's directory for libraries of the machine's architecture.
const MULTIARCH: &str = match option_env!("PERILUNE_MULTIARCH") {
    Some(triplet) => triplet,
    None if cfg!(target_arch = "x86_64") => "x86_64-linux-gnu",
    None if cfg!(target_arch = "aarch64") => "aarch64-linux-gnu",
    None if cfg!(target_arch = "riscv64") => "riscv64-linux-gnu",
    None if cfg!(target_arch = "x86") => "i386-linux-gnu",
    None => "linux-gnu",
};

/// A search path: its field in the package table, the variable that replaces it, and its default, in which `@` is the
/// version's directory name and `!` the architecture's.
struct Path {
    field: &'static str,
    variable: &'static CStr,
    versioned: &'static CStr,
    default: &'static str,
}

const PATHS: [Path; 2] = [
    Path {
        field: "path",
        variable: c"LUA_PATH",
        versioned: c"LUA_PATH_5_4",
        default: "/usr/local/share/lua/@/?.lua;/usr/local/share/lua/@/?/init.lua;\
                  /usr/local/lib/lua/@/?.lua;/usr/local/lib/lua/@/?/init.lua;\
                  /usr/share/lua/@/?.lua;/usr/share/lua/@/?/init.lua;./?.lua;./?/init.lua",
    },
    Path {
        field: "cpath",
        variable: c"LUA_CPATH",
        versioned: c"LUA_CPATH_5_4",
        default: "/usr/local/lib/lua/@/?.so;/usr/lib/!/lua/@/?.so;/usr/lib/lua/@/?.so;\
                  /usr/local/lib/lua/@/loadall.so;./?.so",
    },
];

/// Opens the package library: leaves its table on the stack and sets the global `require`.
pub fn open_package(l: &State) -> LResult<i32> {
    make_library_table(l)?;
    l.new_lib(LIB)?;
    l.create_table(SEARCHERS.len() as u32, 0)?;
    for (i, searcher) in SEARCHERS.iter().enumerate() {
        l.push_value(-2);
        l.push_native_closure(searcher, 1)?;
        l.raw_set_i(-2, i as i64 + 1)?;
    }
    l.set_field(-2, "searchers")?;
    for path in &PATHS {
        push_path(l, path)?;
        l.set_field(-2, path.field)?;
    }
    l.push_str(CONFIG)?;
    l.set_field(-2, "config")?;
    for (field, key) in [("loaded", LOADED), ("preload", PRELOAD)] {
        l.get_subtable(REGISTRY_INDEX, key)?;
        l.set_field(-2, field)?;
    }
    l.push_value(-1);
    l.push_native_closure(crate::native!(require), 1)?;
    l.set_global("require")?;
    Ok(1)
}

/// Appends `template` with each `mark` replaced by `with`.
fn substitute(out: &mut LVec<u8>, template: &[u8], mark: &[u8], with: &[u8]) -> LResult<()> {
    let mut rest = template;
    while let Some(at) = memchr::memmem::find(rest, mark) {
        out.extend(&rest[..at])?;
        out.extend(with)?;
        rest = &rest[at + mark.len()..];
    }
    out.extend(rest)
}

fn environment(name: &CStr) -> Option<&'static [u8]> {
    // SAFETY: the name ends with NUL; the value is copied before anything can change the environment.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        if value.is_null() {
            None
        } else {
            Some(cstd::c_bytes(value))
        }
    }
}

/// Pushes the initial value of a search path: from the environment, `;;` there standing for the default, or the default.
fn push_path(l: &State, path: &Path) -> LResult<()> {
    let mut by_version = LVec::new(l);
    substitute(
        &mut by_version,
        path.default.as_bytes(),
        b"@",
        dialect::VERSION_DIR.as_bytes(),
    )?;
    let mut default = LVec::new(l);
    substitute(&mut default, &by_version, b"!", MULTIARCH.as_bytes())?;
    l.get_field(REGISTRY_INDEX, NO_ENVIRONMENT)?;
    let ignored = l.to_boolean(-1);
    l.pop(1);
    let from_environment = environment(path.versioned)
        .or_else(|| environment(path.variable))
        .filter(|_| !ignored);
    let Some(value) = from_environment else {
        l.push_bytes(&default)?;
        return Ok(());
    };
    let Some(at) = memchr::memmem::find(value, b";;") else {
        l.push_bytes(value)?;
        return Ok(());
    };
    let (before, after) = (&value[..at], &value[at + 2..]);
    let mut out = LVec::new(l);
    if !before.is_empty() {
        out.extend(before)?;
        out.push(b';')?;
    }
    out.extend(&default)?;
    if !after.is_empty() {
        out.push(b';')?;
        out.extend(after)?;
    }
    l.push_bytes(&out)?;
    Ok(())
}

// ---- C libraries ----

/// Why a function of a C library cannot be had; the message is on the stack.
#[derive(PartialEq, Eq)]
enum Missing {
    Library,
    Function,
}

fn make_library_table(l: &State) -> LResult<()> {
    l.get_subtable(REGISTRY_INDEX, C_LIBRARIES)?;
    l.create_table(0, 1)?;
    l.push_native(crate::native!(close_libraries));
    l.set_field(-2, "__gc")?;
    l.set_metatable(-2);
    l.pop(1);
    Ok(())
}

/// Finalizer of the table of libraries: closes them, the last one first.
fn close_libraries(l: &State) -> LResult<i32> {
    for i in (1..=l.len_int(1)?).rev() {
        l.get_i(1, i)?;
        // SAFETY: the entry is a handle from `dlopen`; the state is being closed, so that nothing calls into it.
        unsafe { libc::dlclose(l.to_userdata(-1)) };
        l.pop(1);
    }
    Ok(0)
}

fn push_dl_error(l: &State) -> LResult<()> {
    // SAFETY: `dlerror` returns null or a string that is valid until its next call.
    unsafe {
        let message = libc::dlerror();
        l.push_bytes(if message.is_null() {
            b""
        } else {
            cstd::c_bytes(message)
        })?;
    }
    Ok(())
}

/// The handle of the library at `path`, opened at first use; null with a message on the stack.
fn open_library(l: &State, path: &CStr, global: bool) -> LResult<*mut c_void> {
    l.get_field(REGISTRY_INDEX, C_LIBRARIES)?;
    l.get_field(-1, path.to_bytes())?;
    let known = l.to_userdata(-1);
    l.pop(2);
    if !known.is_null() {
        return Ok(known);
    }
    let visibility = if global {
        libc::RTLD_GLOBAL
    } else {
        libc::RTLD_LOCAL
    };
    // SAFETY: the path ends with NUL. Initialisers of the library run, which is what the program asks for.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | visibility) };
    if handle.is_null() {
        push_dl_error(l)?;
        return Ok(handle);
    }
    l.get_field(REGISTRY_INDEX, C_LIBRARIES)?;
    l.push_light(handle);
    l.push_value(-1);
    l.set_field(-3, path.to_bytes())?;
    let n = l.len_int(-2)?;
    l.raw_set_i(-2, n + 1)?;
    l.pop(1);
    Ok(handle)
}

/// Pushes the function `symbol` of the library at `path`; for `*`, only makes the library's symbols global and pushes
/// true.
fn look_up(l: &State, path: &CStr, symbol: &CStr) -> LResult<Result<(), Missing>> {
    let all = symbol.to_bytes().first() == Some(&b'*');
    let handle = open_library(l, path, all)?;
    if handle.is_null() {
        return Ok(Err(Missing::Library));
    }
    if all {
        l.push_bool(true);
        return Ok(Ok(()));
    }
    // SAFETY: `handle` is open, and the name ends with NUL.
    let address = unsafe { libc::dlsym(handle, symbol.as_ptr()) };
    if address.is_null() {
        push_dl_error(l)?;
        return Ok(Err(Missing::Function));
    }
    // SAFETY: the program says that the symbol is a C function for Lua.
    let function = unsafe { core::mem::transmute::<*mut c_void, CFunction>(address) };
    l.push_c_closure(function, 0)?;
    Ok(Ok(()))
}

fn loadlib(l: &State) -> LResult<i32> {
    let path = cstd::c_string(bytes_arg(l, 1)?);
    let symbol = cstd::c_string(bytes_arg(l, 2)?);
    let where_ = match look_up(l, path, symbol)? {
        Ok(()) => return Ok(1),
        Err(Missing::Library) => "open",
        Err(Missing::Function) => "init",
    };
    push_fail(l);
    l.insert(-2);
    l.push_str(where_)?;
    Ok(3)
}

/// Pushes the function that opens module `name` in the library at `path`. A prefix of the name that ends with a hyphen
/// is tried as the whole name first, then ignored.
fn look_up_module(l: &State, path: &CStr, name: &[u8]) -> LResult<Result<(), Missing>> {
    let try_name = |name: &[u8]| {
        let mut symbol = LVec::new(l);
        symbol.extend(OPEN_PREFIX)?;
        substitute(&mut symbol, name, b".", b"_")?;
        let symbol = l.push_bytes(&symbol)?.bytes();
        look_up(l, path, cstd::c_string(symbol))
    };
    if let Some(hyphen) = memchr::memchr(b'-', name) {
        let found = try_name(&name[..hyphen])?;
        if found != Err(Missing::Function) {
            return Ok(found);
        }
        return try_name(&name[hyphen + 1..]);
    }
    try_name(name)
}

// ---- search paths ----

fn is_readable(name: &CStr) -> bool {
    // SAFETY: the name ends with NUL; the stream is closed at once.
    unsafe {
        let f = libc::fopen(name.as_ptr(), c"r".as_ptr());
        if f.is_null() {
            return false;
        }
        libc::fclose(f);
    }
    true
}

/// Pushes the name of the first readable file that a template of `path` makes of `name`, or a message that lists all of
/// them; the name, if there is one.
fn search(
    l: &State,
    name: &[u8],
    path: &[u8],
    separator: &[u8],
    directory: &[u8],
) -> LResult<Option<&'static CStr>> {
    let mut file = LVec::new(l);
    match separator {
        [] => file.extend(name)?,
        _ => substitute(&mut file, name, separator, directory)?,
    }
    let mut names = LVec::new(l);
    substitute(&mut names, path, b"?", &file)?;
    for candidate in names.split(|&c| c == b';') {
        let candidate = cstd::c_string(l.push_bytes(candidate)?.bytes());
        if is_readable(candidate) {
            return Ok(Some(candidate));
        }
        l.pop(1);
    }
    let mut message = LVec::new(l);
    message.extend(b"no file '")?;
    substitute(&mut message, &names, b";", b"'\n\tno file '")?;
    message.extend(b"'")?;
    l.push_bytes(&message)?;
    Ok(None)
}

fn searchpath(l: &State) -> LResult<i32> {
    let text = |n: usize| bytes_arg(l, n).map(|s| cstd::c_string(s).to_bytes());
    // The last argument is checked first.
    let directory = if arg(l, 4).is_nil() { b"/" } else { text(4)? };
    let separator = if arg(l, 3).is_nil() { b"." } else { text(3)? };
    let path = text(2)?;
    let name = text(1)?;
    if search(l, name, path, separator, directory)?.is_some() {
        return Ok(1);
    }
    push_fail(l);
    l.insert(-2);
    Ok(2)
}

/// As `search`, with the path that is a field of the package table.
fn search_field(l: &State, name: &[u8], field: &str) -> LResult<Option<&'static CStr>> {
    l.get_field(upvalue_index(1), field)?;
    let Some(path) = l.to_bytes(-1)? else {
        return Err(l.lib_error("'package.%s' must be a string", args![field]));
    };
    search(l, name, cstd::c_string(path).to_bytes(), b".", b"/")
}

// ---- searchers ----

/// Name argument 1 as a C string would have it.
fn name_arg(l: &State) -> LResult<&'static [u8]> {
    Ok(cstd::c_string(bytes_arg(l, 1)?).to_bytes())
}

/// The results of a searcher that found `file`: the loader on top and the file's name; or an error with the message on
/// top.
fn found(l: &State, loaded: bool, file: &CStr) -> LResult<i32> {
    if loaded {
        l.push_bytes(file.to_bytes())?;
        return Ok(2);
    }
    let name = name_arg(l)?;
    let message = l.to_bytes(-1)?.unwrap_or(b"");
    Err(l.lib_error(
        "error loading module '%s' from file '%s':\n\t%s",
        args![name, file.to_bytes(), message],
    ))
}

fn search_preload(l: &State) -> LResult<i32> {
    let name = name_arg(l)?;
    l.get_field(REGISTRY_INDEX, PRELOAD)?;
    if l.get_field(-1, name)? == ty::NIL {
        l.push_format("no field package.preload['%s']", args![name])?;
        return Ok(1);
    }
    l.push_str(":preload:")?;
    Ok(2)
}

fn search_lua(l: &State) -> LResult<i32> {
    let name = name_arg(l)?;
    let Some(file) = search_field(l, name, "path")? else {
        return Ok(1);
    };
    let status = l.load_file(Some(file), None)?;
    found(l, status == OK, file)
}

fn search_c(l: &State) -> LResult<i32> {
    let name = name_arg(l)?;
    let Some(file) = search_field(l, name, "cpath")? else {
        return Ok(1);
    };
    let loaded = look_up_module(l, file, name)?.is_ok();
    found(l, loaded, file)
}

/// Looks for a submodule in the library of its root.
fn search_c_root(l: &State) -> LResult<i32> {
    let name = name_arg(l)?;
    let Some(dot) = memchr::memchr(b'.', name) else {
        return Ok(0);
    };
    let Some(file) = search_field(l, &name[..dot], "cpath")? else {
        return Ok(1);
    };
    match look_up_module(l, file, name)? {
        Err(Missing::Function) => {
            l.push_format("no module '%s' in file '%s'", args![name, file.to_bytes()])?;
            Ok(1)
        }
        result => found(l, result.is_ok(), file),
    }
}

/// Pushes the loader of module `name` and the value that its searcher gave with it.
fn find_loader(l: &State, name: &[u8]) -> LResult<()> {
    if l.get_field(upvalue_index(1), "searchers")? != ty::TABLE {
        return Err(l.lib_error("'package.searchers' must be a table", &[]));
    }
    let searchers = l.get_top();
    let mut reasons = LVec::new(l);
    for i in 1.. {
        if l.raw_get_i(searchers, i) == ty::NIL {
            break;
        }
        l.push_bytes(name)?;
        l.call(1, 2)?;
        if l.type_of(-2) == ty::FUNCTION {
            return Ok(());
        }
        if l.is_string(-2) {
            reasons.extend(b"\n\t")?;
            reasons.extend(l.to_bytes(-2)?.unwrap_or(b""))?;
        }
        l.pop(2);
    }
    Err(l.lib_error("module '%s' not found:%s", args![name, &*reasons]))
}

fn require(l: &State) -> LResult<i32> {
    let name = name_arg(l)?;
    l.set_top(1)?;
    l.get_field(REGISTRY_INDEX, LOADED)?;
    let loaded = 2;
    l.get_field(loaded, name)?;
    if l.to_boolean(-1) {
        return Ok(1);
    }
    l.pop(1);
    find_loader(l, name)?;
    // The loader is called with the name and the searcher's value, which is also the second result.
    l.insert(-2);
    l.push_value(1);
    l.push_value(-3);
    l.call(2, 1)?;
    if l.is_none_or_nil(-1) {
        l.pop(1);
    } else {
        l.set_field(loaded, name)?;
    }
    if l.get_field(loaded, name)? == ty::NIL {
        l.push_bool(true);
        l.copy(-1, -2);
        l.set_field(loaded, name)?;
    }
    l.insert(-2);
    Ok(2)
}
