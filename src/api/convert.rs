//! Values as strings.

use crate::error::LResult;
use crate::heap;
use crate::object::{State, Str};
use crate::value::{Gc, TValue, ty};
use crate::vm;

impl State {
    /// The string at `idx`; a number there is first replaced by its text. `None` for other types.
    #[inline]
    pub fn to_str(&self, idx: i32) -> LResult<Option<Gc<Str>>> {
        let v = self.value_at(idx);
        if let Some(s) = v.as_string() {
            return Ok(Some(s));
        }
        if v.is_number() {
            self.number_to_str(idx, v).map(Some)
        } else {
            Ok(None)
        }
    }

    fn number_to_str(&self, idx: i32, v: TValue) -> LResult<Gc<Str>> {
        let s = vm::number_to_string(self, v)?;
        self.set_at(idx, s.into());
        heap::check_gc(self);
        Ok(s)
    }

    /// The bytes of the string at `idx`; a number there is first replaced by its text. `None` for other types.
    #[inline]
    pub fn to_bytes(&self, idx: i32) -> LResult<Option<&'static [u8]>> {
        Ok(self.to_str(idx)?.map(|s| s.bytes()))
    }

    /// Pushes the text of any value, by `__tostring` or `__name` if its metatable has one, and returns its bytes.
    pub fn tolstring(&self, idx: i32) -> LResult<&'static [u8]> {
        let idx = self.abs_index(idx);
        if self.call_meta(idx, "__tostring")? {
            if !self.is_string(-1) {
                return Err(self.lib_error("'__tostring' must return a string", &[]));
            }
        } else {
            self.push_plain_text(idx)?;
        }
        Ok(self.to_bytes(-1)?.unwrap_or_default())
    }

    fn push_plain_text(&self, idx: i32) -> LResult<()> {
        let v = self.value_at(idx);
        match v.basic_type() {
            ty::NUMBER => {
                let s = vm::number_to_string(self, v)?;
                self.push(s.into());
                heap::check_gc(self);
            }
            ty::STRING => self.push(v),
            ty::BOOLEAN => _ = self.push_str(if v.is_falsy() { "false" } else { "true" })?,
            ty::NIL => _ = self.push_str("nil")?,
            _ => {
                let tt = self.get_metafield(idx, "__name")?;
                let name = if tt == ty::STRING {
                    // A C string, as all names.
                    let name = self.value_at(-1).as_string();
                    name.map_or(&b""[..], |s| s.c_str().to_bytes())
                } else {
                    self.type_name_of(idx).as_bytes()
                };
                self.push_format("%s: %p", args![name, self.to_pointer(idx)])?;
                if tt != ty::NIL {
                    self.remove(-2);
                }
                heap::check_gc(self);
            }
        }
        Ok(())
    }

    /// Pushes the number that the numeral `s` denotes; false (nothing pushed) if it is none.
    pub fn push_numeral(&self, s: &[u8]) -> bool {
        match crate::number::parse(s) {
            Some(v) => {
                self.push(v);
                true
            }
            None => false,
        }
    }
}
