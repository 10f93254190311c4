//! Checks of arguments and their errors; registration of functions.

use super::{LOADED_TABLE, Reg};
use crate::debug::{self, LuaDebug};
use crate::error::{LResult, Throw};
use crate::format::{Arg, format_into};
use crate::heap::LVec;
use crate::limits::REGISTRY_INDEX;
use crate::object::{State, string};
use crate::value::{Native, TValue, tag, ty};
use crate::vm;
use core::ffi::{CStr, c_char, c_void};

impl State {
    /// The error "bad argument #n to 'f' (msg)".
    #[cold]
    pub fn arg_error(&self, arg: i32, msg: &str) -> Throw {
        self.arg_error_bytes(arg, msg.as_bytes())
    }

    /// As `arg_error`, for a message that is not necessarily UTF-8.
    #[cold]
    #[inline(never)]
    pub fn arg_error_bytes(&self, mut arg: i32, msg: &[u8]) -> Throw {
        let mut ar = LuaDebug::new();
        if !debug::get_stack(self, 0, &mut ar) {
            return self.lib_error("bad argument #%d (%s)", args![arg, msg]);
        }
        if let Err(t) = debug::get_info(self, b"n", &mut ar) {
            return t;
        }
        if ar.namewhat_bytes() == b"method" {
            arg -= 1;
            if arg == 0 {
                let name = ar.name_bytes().unwrap_or(b"?");
                return self.lib_error("calling '%s' on bad self (%s)", args![name, msg]);
            }
        }
        let name = match ar.name_bytes() {
            Some(name) => name,
            None => match self.push_global_name(self.ci().func.get().get()) {
                Ok(true) => self
                    .value_at(-1)
                    .as_string()
                    .map_or(&b"?"[..], |s| s.bytes()),
                Ok(false) => b"?",
                Err(t) => return t,
            },
        };
        self.lib_error("bad argument #%d to '%s' (%s)", args![arg, name, msg])
    }

    /// As `arg_error`, with a formatted message.
    #[cold]
    pub fn arg_error_fmt(&self, arg: i32, fmt: &str, args: &[Arg<'_>]) -> Throw {
        match self.push_format(fmt, args) {
            Ok(msg) => self.arg_error_bytes(arg, msg.bytes()),
            Err(t) => t,
        }
    }

    /// The error "bad argument #n to 'f' (tname expected, got ...)".
    #[cold]
    pub fn type_error(&self, arg: i32, tname: &str) -> Throw {
        self.type_error_bytes(arg, tname.as_bytes())
    }

    /// As `type_error`, for a name that is not necessarily UTF-8.
    #[cold]
    #[inline(never)]
    pub fn type_error_bytes(&self, arg: i32, tname: &[u8]) -> Throw {
        let actual = match self.get_metafield(arg, "__name") {
            Ok(ty::STRING) => self
                .value_at(-1)
                .as_string()
                .map_or(&b""[..], |s| s.c_str().to_bytes()),
            Ok(_) if self.value_at(arg).tag() == tag::LIGHT => b"light userdata",
            Ok(_) => self.type_name_of(arg).as_bytes(),
            Err(t) => return t,
        };
        self.arg_error_fmt(arg, "%s expected, got %s", args![tname, actual])
    }

    #[cold]
    fn tag_error(&self, arg: i32, t: i32) -> Throw {
        self.type_error(arg, super::access::type_name(t))
    }

    /// The integer argument `arg`.
    #[inline]
    pub fn check_int(&self, arg: i32) -> LResult<i64> {
        match self.value_at(arg).as_int() {
            Some(i) => Ok(i),
            None => self.check_int_slow(arg),
        }
    }
    #[inline(never)]
    fn check_int_slow(&self, arg: i32) -> LResult<i64> {
        match self.to_integer(arg) {
            Some(i) => Ok(i),
            None if self.is_number(arg) => {
                Err(self.arg_error(arg, "number has no integer representation"))
            }
            None => Err(self.tag_error(arg, ty::NUMBER)),
        }
    }
    /// The integer argument `arg`, `def` if it is nil or absent.
    #[inline]
    pub fn opt_int(&self, arg: i32, def: i64) -> LResult<i64> {
        if self.is_none_or_nil(arg) {
            Ok(def)
        } else {
            self.check_int(arg)
        }
    }
    /// The number argument `arg` as a float.
    #[inline]
    pub fn check_num(&self, arg: i32) -> LResult<f64> {
        match self.to_number(arg) {
            Some(n) => Ok(n),
            None => Err(self.tag_error(arg, ty::NUMBER)),
        }
    }
    /// The number argument `arg`, `def` if it is nil or absent.
    #[inline]
    pub fn opt_num(&self, arg: i32, def: f64) -> LResult<f64> {
        if self.is_none_or_nil(arg) {
            Ok(def)
        } else {
            self.check_num(arg)
        }
    }
    /// The string argument `arg`; a number is replaced by its text.
    #[inline]
    pub fn check_bytes(&self, arg: i32) -> LResult<&'static [u8]> {
        match self.to_bytes(arg)? {
            Some(s) => Ok(s),
            None => Err(self.tag_error(arg, ty::STRING)),
        }
    }
    /// The string argument `arg`, `def` if it is nil or absent.
    #[inline]
    pub fn opt_bytes(
        &self,
        arg: i32,
        def: Option<&'static [u8]>,
    ) -> LResult<Option<&'static [u8]>> {
        if self.is_none_or_nil(arg) {
            Ok(def)
        } else {
            self.check_bytes(arg).map(Some)
        }
    }
    /// Raises unless argument `arg` has the basic type `t`.
    #[inline]
    pub fn check_type(&self, arg: i32, t: i32) -> LResult<()> {
        if self.type_of(arg) == t {
            Ok(())
        } else {
            Err(self.tag_error(arg, t))
        }
    }
    /// Raises unless there is an argument `arg`.
    #[inline]
    pub fn check_any(&self, arg: i32) -> LResult<()> {
        if self.is_none(arg) {
            Err(self.arg_error(arg, "value expected"))
        } else {
            Ok(())
        }
    }
    /// Position in `options` of the string argument `arg`, or of `def` if it is nil or absent.
    pub fn check_option(&self, arg: i32, def: Option<&str>, options: &[&str]) -> LResult<usize> {
        let name = match def {
            Some(d) if self.is_none_or_nil(arg) => d.as_bytes(),
            _ => self.check_bytes(arg)?,
        };
        match options.iter().position(|o| o.as_bytes() == name) {
            Some(i) => Ok(i),
            None => Err(self.arg_error_fmt(arg, "invalid option '%s'", args![name])),
        }
    }

    /// The block of the userdata at `arg` if its metatable is the one registered as `name`, else null.
    ///
    /// # Safety
    /// `name` points to a NUL-terminated string.
    #[inline]
    pub unsafe fn find_udata(&self, arg: i32, name: *const c_char) -> LResult<*mut c_void> {
        let v = self.value_at(arg);
        let (p, metatable) = match v.tag() {
            tag::USERDATA => match v.as_userdata() {
                Some(u) => (u.memory(), u.metatable.get()),
                None => unreachable!("the tag says so"),
            },
            _ => (self.to_userdata(arg), vm::metatable(self, v)),
        };
        let Some(mt) = metatable else {
            return Ok(core::ptr::null_mut());
        };
        // SAFETY: contract of this function.
        let key = unsafe { self.c_string_at(name) }?;
        let registered = match self.global().registry.get().as_table() {
            Some(registry) => registry.get_str(key).as_table(),
            None => None,
        };
        Ok(if registered == Some(mt) {
            p
        } else {
            core::ptr::null_mut()
        })
    }
    /// As `find_udata`; null also when there is no memory to look.
    pub fn test_udata(&self, arg: i32, name: &CStr) -> *mut c_void {
        // SAFETY: a `CStr` is NUL-terminated.
        match unsafe { self.find_udata(arg, name.as_ptr()) } {
            Ok(p) => p,
            Err(_) => {
                self.pop(1);
                core::ptr::null_mut()
            }
        }
    }
    /// The block of the userdata at `arg`, whose metatable is the one registered as `name`.
    ///
    /// # Safety
    /// `name` points to a NUL-terminated string.
    #[inline]
    pub unsafe fn check_udata(&self, arg: i32, name: *const c_char) -> LResult<*mut c_void> {
        // SAFETY: contract of this function.
        let p = unsafe { self.find_udata(arg, name) }?;
        if p.is_null() {
            // SAFETY: as above.
            Err(self.type_error_bytes(arg, unsafe { CStr::from_ptr(name) }.to_bytes()))
        } else {
            Ok(p)
        }
    }

    /// The length of the value at `idx` (with metamethods), which must be an integer.
    pub fn len_int(&self, idx: i32) -> LResult<i64> {
        let v = vm::len(self, self.value_at(idx).or_nil())?;
        match v.as_int().or_else(|| vm::to_integer(v)) {
            Some(n) => Ok(n),
            None => Err(self.lib_error("object length is not an integer", &[])),
        }
    }

    /// Pushes the table `t[name]`, created if there is none; whether it existed.
    pub fn get_subtable<K: AsRef<[u8]> + ?Sized>(&self, idx: i32, name: &K) -> LResult<bool> {
        if self.get_field(idx, name)? == ty::TABLE {
            return Ok(true);
        }
        self.pop(1);
        let idx = self.abs_index(idx);
        self.create_table(0, 0)?;
        self.push_value(-1);
        self.set_field(idx, name)?;
        Ok(false)
    }

    /// Registers functions in the table below `nup` upvalues, which all functions share and which are popped.
    pub fn set_funcs(&self, list: &[Reg], nup: i32) -> LResult<()> {
        self.ensure_stack_msg(nup, "too many upvalues")?;
        for reg in list {
            match reg.func {
                Some(f) => self.push_shared_closure(nup, |l| l.push_native_closure(f, nup))?,
                None => self.push_bool(false),
            }
            self.set_field(-(nup + 2), reg.name)?;
        }
        self.pop(nup);
        Ok(())
    }

    /// Copies the `nup` topmost values and lets `push` make a closure of the copies.
    pub fn push_shared_closure(
        &self,
        nup: i32,
        push: impl FnOnce(&State) -> LResult<()>,
    ) -> LResult<()> {
        for _ in 0..nup {
            self.push_value(-nup);
        }
        push(self)
    }

    /// Pushes a new table with the functions of `list`.
    pub fn new_lib(&self, list: &[Reg]) -> LResult<()> {
        self.create_table(0, list.len() as u32)?;
        self.set_funcs(list, 0)
    }

    /// Pushes module `name`, opened by `open` unless it is loaded, and makes it a global if `global`.
    pub fn require_f(&self, name: &str, open: &'static Native, global: bool) -> LResult<()> {
        self.require_value(name.as_bytes(), TValue::native(open), global)
    }

    /// As `require_f`, for an opening function of any kind that is not collectable.
    pub fn require_value(&self, name: &[u8], open: TValue, global: bool) -> LResult<()> {
        self.get_subtable(REGISTRY_INDEX, LOADED_TABLE)?;
        self.get_field(-1, name)?;
        if !self.to_boolean(-1) {
            self.pop(1);
            self.push(open);
            self.push_bytes(name)?;
            self.call(1, 1)?;
            self.push_value(-1);
            self.set_field(-3, name)?;
        }
        self.remove(-2);
        if global {
            self.push_value(-1);
            let key = string::new(self, name)?;
            self.set_index_str(self.globals(), key)?;
        }
        Ok(())
    }

    /// Pushes `s` with every occurrence of `p` replaced by `r`; the result.
    pub fn gsub(&self, s: &[u8], p: &[u8], r: &[u8]) -> LResult<&'static [u8]> {
        let mut out = LVec::new(self);
        replace_all(&mut out, s, p, r)?;
        Ok(self.push_bytes(&out)?.bytes())
    }

    /// Pushes the results of an operation on a file: true, or nil, a message (after `name`) from `errno`, and `errno`.
    pub fn file_result(&self, ok: bool, name: Option<&[u8]>) -> LResult<i32> {
        let code = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
        if ok {
            self.push_bool(true);
            return Ok(1);
        }
        self.push_nil();
        let text = if code != 0 {
            super::load_file::error_text(code)
        } else {
            b"(no extra info)"
        };
        let mut out = LVec::new(self);
        match name {
            Some(name) => format_into(self, &mut out, "%s: %s", args![name, text])?,
            None => out.extend(text)?,
        }
        self.push_bytes(&out)?;
        self.push_int(i64::from(code));
        Ok(3)
    }

    /// Pushes the results of a process that ended with `stat`: true or nil, "exit" or "signal", and the code.
    pub fn exec_result(&self, stat: i32) -> LResult<i32> {
        let code = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
        if stat != 0 && code != 0 {
            return self.file_result(false, None);
        }
        let (what, stat) = if libc::WIFEXITED(stat) {
            ("exit", libc::WEXITSTATUS(stat))
        } else if libc::WIFSIGNALED(stat) {
            ("signal", libc::WTERMSIG(stat))
        } else {
            ("exit", stat)
        };
        if what == "exit" && stat == 0 {
            self.push_bool(true);
        } else {
            self.push_nil();
        }
        self.push_str(what)?;
        self.push_int(i64::from(stat));
        Ok(3)
    }
}

/// Appends `s` with every occurrence of `p` replaced by `r`.
pub(crate) fn replace_all(out: &mut LVec<u8>, mut s: &[u8], p: &[u8], r: &[u8]) -> LResult<()> {
    while let Some(at) = memchr::memmem::find(s, p) {
        out.extend(&s[..at])?;
        out.extend(r)?;
        s = &s[at + p.len()..];
    }
    out.extend(s)
}
