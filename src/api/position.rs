//! Where an error happened: "chunk:line:" prefixes and names of functions found in loaded modules.

use super::LOADED_TABLE;
use crate::debug::{self, LuaDebug};
use crate::error::{LResult, Throw};
use crate::format::{Arg, format_into, format_with};
use crate::heap::LVec;
use crate::limits::REGISTRY_INDEX;
use crate::object::{State, Str, Table, string};
use crate::value::{Gc, TValue};

/// Prefix of names of globals, which is dropped.
const GLOBAL_PREFIX: &[u8] = b"_G.";

impl State {
    /// Appends "chunk:line: " of the function at `level`, nothing if that is not a Lua function.
    fn append_position(&self, out: &mut LVec<u8>, level: i32) -> LResult<()> {
        let mut ar = LuaDebug::new();
        if debug::get_stack(self, level, &mut ar) {
            debug::get_info(self, b"Sl", &mut ar)?;
            if ar.currentline > 0 {
                return format_into(
                    self,
                    out,
                    "%s:%d: ",
                    args![ar.short_src_bytes(), ar.currentline],
                );
            }
        }
        Ok(())
    }

    /// Pushes "chunk:line: " of the function at `level`, the empty string if that is not a Lua function.
    pub fn where_(&self, level: i32) -> LResult<()> {
        let mut out = LVec::new(self);
        self.append_position(&mut out, level)?;
        self.push_bytes(&out)?;
        Ok(())
    }

    /// Raises a formatted message with the position of the caller in front: `return Err(l.lib_error(..))`.
    #[cold]
    pub fn lib_error(&self, fmt: &str, args: &[Arg<'_>]) -> Throw {
        self.lib_error_with(fmt.as_bytes(), &mut args.iter().copied())
    }

    /// As `lib_error`, for a format and arguments that come from a host.
    #[cold]
    #[inline(never)]
    pub fn lib_error_with(&self, fmt: &[u8], args: &mut dyn Iterator<Item = Arg<'_>>) -> Throw {
        let mut build = || {
            let mut out = LVec::new(self);
            self.append_position(&mut out, 1)?;
            format_with(self, &mut out, fmt, args)?;
            let s = string::new(self, &out)?;
            self.push(s.into());
            Ok(())
        };
        match build() {
            Ok(()) => self.error(),
            Err(t) => t,
        }
    }

    /// Pushes the name under which the function `f` is found in a loaded module ("print", "string.format"); false
    /// (nothing pushed) if there is none.
    pub fn push_global_name(&self, f: TValue) -> LResult<bool> {
        let loaded = string::new(self, LOADED_TABLE.as_bytes())?;
        let Some(registry) = self.value_at(REGISTRY_INDEX).as_table() else {
            return Ok(false);
        };
        let Some(loaded) = registry.get_str(loaded).as_table() else {
            return Ok(false);
        };
        let Some((module, field)) = find_field(self, loaded, f)? else {
            return Ok(false);
        };
        let mut name = LVec::new(self);
        if let Some(module) = module {
            name.extend(module.bytes())?;
            name.push(b'.')?;
        }
        name.extend(field.bytes())?;
        let name = name.strip_prefix(GLOBAL_PREFIX).unwrap_or(&name);
        let s = string::new(self, name)?;
        self.push(s.into());
        Ok(true)
    }
}

/// A string key of `t`, or of a table in a string key of `t`, whose value is `f`, in the order of traversal.
#[allow(clippy::type_complexity)]
fn find_field(l: &State, t: Gc<Table>, f: TValue) -> LResult<Option<(Option<Gc<Str>>, Gc<Str>)>> {
    let mut key = TValue::NIL;
    while let Some((k, v)) = t.next(l, key)? {
        key = k;
        let Some(name) = k.as_string() else { continue };
        if v.raw_eq(f) {
            return Ok(Some((None, name)));
        }
        if let Some(inner) = v.as_table()
            && let Some(field) = find_direct(l, inner, f)?
        {
            return Ok(Some((Some(name), field)));
        }
    }
    Ok(None)
}

fn find_direct(l: &State, t: Gc<Table>, f: TValue) -> LResult<Option<Gc<Str>>> {
    let mut key = TValue::NIL;
    while let Some((k, v)) = t.next(l, key)? {
        key = k;
        if let Some(name) = k.as_string()
            && v.raw_eq(f)
        {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
