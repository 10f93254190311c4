//! The operating system library.

use super::{arg, bytes_arg, cstd, push_fail};
use crate::error::LResult;
use crate::heap::LVec;
use crate::object::State;
use crate::value::{Effects, ty};
use crate::vm;
use core::ffi::CStr;

static LIB: &[crate::api::Reg] = library! {
    "clock" => clock: Effects::None,
    "date" => date,
    "difftime" => difftime: Effects::None,
    "execute" => execute,
    "exit" => exit,
    "getenv" => getenv: Effects::None,
    "remove" => remove,
    "rename" => rename,
    "setlocale" => setlocale,
    "time" => time,
    "tmpname" => tmpname,
};

/// Opens the operating system library and leaves its table on the stack.
pub fn open_os(l: &State) -> LResult<i32> {
    l.new_lib(LIB)?;
    Ok(1)
}

fn name_arg(l: &State, n: usize) -> LResult<&'static CStr> {
    bytes_arg(l, n).map(cstd::c_string)
}

/// Pushes a C string that C owns, or nil for null.
fn push_c_string(l: &State, s: *const core::ffi::c_char) -> LResult<()> {
    if s.is_null() {
        push_fail(l);
    } else {
        // SAFETY: not null, and the C library's strings end with NUL; it is copied at once.
        l.push_bytes(unsafe { cstd::c_bytes(s) })?;
    }
    Ok(())
}

fn execute(l: &State) -> LResult<i32> {
    let command = l.opt_bytes(1, None)?.map(cstd::c_string);
    cstd::clear_errno();
    // SAFETY: the command ends with NUL; null asks whether there is a shell.
    let status = unsafe { libc::system(command.map_or(core::ptr::null(), CStr::as_ptr)) };
    if command.is_some() {
        return l.exec_result(status);
    }
    l.push_bool(status != 0);
    Ok(1)
}

fn remove(l: &State) -> LResult<i32> {
    let name = name_arg(l, 1)?;
    cstd::clear_errno();
    // SAFETY: the name ends with NUL.
    let ok = unsafe { libc::remove(name.as_ptr()) } == 0;
    l.file_result(ok, Some(name.to_bytes()))
}

fn rename(l: &State) -> LResult<i32> {
    let (from, to) = (name_arg(l, 1)?, name_arg(l, 2)?);
    cstd::clear_errno();
    // SAFETY: both names end with NUL.
    let ok = unsafe { libc::rename(from.as_ptr(), to.as_ptr()) } == 0;
    l.file_result(ok, None)
}

fn tmpname(l: &State) -> LResult<i32> {
    let mut name = *b"/tmp/lua_XXXXXX\0";
    // SAFETY: the template ends with NUL and is writable.
    let fd = unsafe { libc::mkstemp(name.as_mut_ptr().cast()) };
    if fd == -1 {
        return Err(l.lib_error("unable to generate a unique filename", &[]));
    }
    // SAFETY: `mkstemp` opened the descriptor, and only this function knows it.
    unsafe { libc::close(fd) };
    l.push_bytes(&name[..name.len() - 1])?;
    Ok(1)
}

fn getenv(l: &State) -> LResult<i32> {
    let name = name_arg(l, 1)?;
    // SAFETY: the name ends with NUL.
    push_c_string(l, unsafe { libc::getenv(name.as_ptr()) })?;
    Ok(1)
}

fn clock(l: &State) -> LResult<i32> {
    l.push_float(cstd::clock() as f64 / cstd::CLOCKS_PER_SEC);
    Ok(1)
}

fn setlocale(l: &State) -> LResult<i32> {
    const CATEGORIES: [i32; 6] = [
        libc::LC_ALL,
        libc::LC_COLLATE,
        libc::LC_CTYPE,
        libc::LC_MONETARY,
        libc::LC_NUMERIC,
        libc::LC_TIME,
    ];
    let name = l.opt_bytes(1, None)?.map(cstd::c_string);
    let category = l.check_option(
        2,
        Some("all"),
        &["all", "collate", "ctype", "monetary", "numeric", "time"],
    )?;
    // SAFETY: the name ends with NUL; null only asks for the current locale.
    let now = unsafe {
        libc::setlocale(
            CATEGORIES[category],
            name.map_or(core::ptr::null(), CStr::as_ptr),
        )
    };
    push_c_string(l, now)?;
    Ok(1)
}

fn exit(l: &State) -> LResult<i32> {
    let status = match l.type_of(1) {
        ty::BOOLEAN => i32::from(!l.to_boolean(1)),
        _ => l.opt_int(1, 0)? as i32,
    };
    if l.to_boolean(2) {
        vm::state::close(l);
    }
    // SAFETY: ends the process as the program asks; nothing of this thread runs afterwards but C's own handlers.
    unsafe { libc::exit(status) }
}

// ---- dates ----

/// A field of a date table: its name, what it is without the date (negative: it has to be there), and the difference
/// between Lua's and C's value.
struct Field {
    name: &'static str,
    default: i64,
    delta: i64,
    place: fn(&mut libc::tm) -> &mut i32,
}

/// The fields of a date table in the order in which `os.time` reads them.
const FIELDS: [Field; 6] = [
    Field {
        name: "year",
        default: -1,
        delta: 1900,
        place: |t| &mut t.tm_year,
    },
    Field {
        name: "month",
        default: -1,
        delta: 1,
        place: |t| &mut t.tm_mon,
    },
    Field {
        name: "day",
        default: -1,
        delta: 0,
        place: |t| &mut t.tm_mday,
    },
    Field {
        name: "hour",
        default: 12,
        delta: 0,
        place: |t| &mut t.tm_hour,
    },
    Field {
        name: "min",
        default: 0,
        delta: 0,
        place: |t| &mut t.tm_min,
    },
    Field {
        name: "sec",
        default: 0,
        delta: 0,
        place: |t| &mut t.tm_sec,
    },
];
/// The fields that are only results.
const RESULTS: [Field; 2] = [
    Field {
        name: "yday",
        default: 0,
        delta: 1,
        place: |t| &mut t.tm_yday,
    },
    Field {
        name: "wday",
        default: 0,
        delta: 1,
        place: |t| &mut t.tm_wday,
    },
];

fn empty_date() -> libc::tm {
    // SAFETY: the structure consists of integers and a pointer, for all of which zero is valid.
    unsafe { core::mem::zeroed() }
}

/// Stores a date in the fields of the table on top.
fn set_fields(l: &State, date: &mut libc::tm) -> LResult<()> {
    for field in FIELDS.iter().chain(&RESULTS) {
        let value = *(field.place)(date) as i64 + field.delta;
        l.push_int(value);
        l.set_field(-2, field.name)?;
    }
    // Negative means unknown.
    if date.tm_isdst >= 0 {
        l.push_bool(date.tm_isdst != 0);
        l.set_field(-2, "isdst")?;
    }
    Ok(())
}

/// Reads a field of the date table on top as C's value.
fn get_field(l: &State, field: &Field) -> LResult<i32> {
    let kind = l.get_field(-1, field.name)?;
    let value = match l.to_integer(-1) {
        Some(n) => {
            let n = n
                .checked_sub(field.delta)
                .and_then(|n| i32::try_from(n).ok());
            n.ok_or_else(|| l.lib_error("field '%s' is out-of-bound", args![field.name]))?
        }
        None if kind != ty::NIL => {
            return Err(l.lib_error("field '%s' is not an integer", args![field.name]));
        }
        None if field.default < 0 => {
            return Err(l.lib_error("field '%s' missing in date table", args![field.name]));
        }
        None => field.default as i32,
    };
    l.pop(1);
    Ok(value)
}

fn time(l: &State) -> LResult<i32> {
    if arg(l, 1).is_nil() {
        // SAFETY: with a null pointer the function only reads the clock.
        l.push_int(unsafe { libc::time(core::ptr::null_mut()) });
        return Ok(1);
    }
    l.check_type(1, ty::TABLE)?;
    l.set_top(1)?;
    let mut date = empty_date();
    for field in &FIELDS {
        *(field.place)(&mut date) = get_field(l, field)?;
    }
    date.tm_isdst = if l.get_field(-1, "isdst")? == ty::NIL {
        -1
    } else {
        i32::from(l.to_boolean(-1))
    };
    l.pop(1);
    // SAFETY: `date` is a complete structure.
    let t = unsafe { libc::mktime(&mut date) };
    set_fields(l, &mut date)?;
    if t == -1 {
        return Err(l.lib_error(
            "time result cannot be represented in this installation",
            &[],
        ));
    }
    l.push_int(t);
    Ok(1)
}

fn difftime(l: &State) -> LResult<i32> {
    let (a, b) = (l.check_int(1)?, l.check_int(2)?);
    // SAFETY: the function only subtracts.
    l.push_float(unsafe { libc::difftime(a, b) });
    Ok(1)
}

/// The conversions of `strftime` in C99: plain ones, those with the modifier `E`, those with `O`.
const PLAIN: &[u8] = b"aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
const WITH_E: &[u8] = b"cCxXyY";
const WITH_O: &[u8] = b"deHImMSuUVwWy";
/// Room for what one conversion makes.
const MAX_CONVERSION: usize = 250;

/// The length of the conversion that `text` (behind a `%`) starts with; `None` if it is not one.
fn conversion(text: &[u8]) -> Option<usize> {
    match *text {
        [b'E', c, ..] if WITH_E.contains(&c) => Some(2),
        [b'O', c, ..] if WITH_O.contains(&c) => Some(2),
        [c, ..] if PLAIN.contains(&c) => Some(1),
        _ => None,
    }
}

#[inline(never)]
fn append_conversion(out: &mut LVec<u8>, conversion: &[u8], date: &libc::tm) -> LResult<()> {
    let mut format = [0u8; 4];
    format[0] = b'%';
    format[1..=conversion.len()].copy_from_slice(conversion);
    let mut buf = [0u8; MAX_CONVERSION];
    // SAFETY: the format ends with NUL and is one valid conversion; `buf` has the given size.
    let n = unsafe {
        libc::strftime(
            buf.as_mut_ptr().cast(),
            buf.len(),
            format.as_ptr().cast(),
            date,
        )
    };
    out.extend(&buf[..n])
}

fn date(l: &State) -> LResult<i32> {
    let format = l.opt_bytes(1, Some(b"%c"))?.unwrap_or(b"%c");
    let t = if arg(l, 2).is_nil() {
        // SAFETY: with a null pointer the function only reads the clock.
        unsafe { libc::time(core::ptr::null_mut()) }
    } else {
        l.check_int(2)?
    };
    let (utc, format) = match format.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, format),
    };
    let mut date = empty_date();
    // SAFETY: both functions read `t` and fill `date`.
    let filled = unsafe {
        if utc {
            libc::gmtime_r(&t, &mut date)
        } else {
            libc::localtime_r(&t, &mut date)
        }
    };
    if filled.is_null() {
        return Err(l.lib_error(
            "date result cannot be represented in this installation",
            &[],
        ));
    }
    if format == b"*t" {
        l.create_table(0, 9)?;
        set_fields(l, &mut date)?;
        return Ok(1);
    }
    let mut out = LVec::new(l);
    let mut rest = format;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend(&rest[..at])?;
        rest = &rest[at + 1..];
        let Some(n) = conversion(rest) else {
            let shown = rest.split(|&c| c == 0).next().unwrap_or(b"");
            return Err(l.arg_error_fmt(1, "invalid conversion specifier '%%%s'", args![shown]));
        };
        append_conversion(&mut out, &rest[..n], &date)?;
        rest = &rest[n..];
    }
    out.extend(rest)?;
    l.push_bytes(&out)?;
    Ok(1)
}
