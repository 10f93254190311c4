//! Userdata, user values, metatables.

use crate::error::LResult;
use crate::heap;
use crate::object::{State, Udata};
use crate::value::{TValue, tag, ty};
use crate::vm;
use core::ffi::{c_char, c_void};

impl State {
    /// Pushes a new full userdata with `nuv` user values; the address of its block.
    pub fn new_userdata(&self, len: usize, nuv: u16) -> LResult<*mut c_void> {
        let u = Udata::new(self, len, nuv)?;
        self.push(u.into());
        heap::check_gc(self);
        Ok(u.memory())
    }
    /// Pushes user value `n` (from 1) of the userdata at `idx`; its type. Pushes nil and returns `ty::NONE` if there
    /// is no such user value.
    pub fn get_user_value(&self, idx: i32, n: i32) -> i32 {
        match self.value_at(idx).as_userdata() {
            Some(u) if n > 0 && n as usize <= u.nuvalue() => {
                let v = u.user_value(n as usize - 1).get();
                self.push(v);
                v.basic_type()
            }
            _ => {
                self.push_nil();
                ty::NONE
            }
        }
    }
    /// Pops a value into user value `n` (from 1) of the userdata at `idx`; false if there is no such user value.
    pub fn set_user_value(&self, idx: i32, n: i32) -> bool {
        let u = self.value_at(idx).as_userdata();
        let v = self.pop_value();
        match u {
            Some(u) if n > 0 && n as usize <= u.nuvalue() => {
                u.user_value(n as usize - 1).set(v);
                heap::barrier_back(self, u.header(), v);
                true
            }
            _ => false,
        }
    }
    /// Pushes the metatable of the value at `idx`; false (nothing pushed) if it has none.
    #[inline]
    pub fn get_metatable(&self, idx: i32) -> bool {
        match vm::metatable(self, self.value_at(idx)) {
            Some(mt) => {
                self.push(mt.into());
                true
            }
            None => false,
        }
    }
    /// Pops a table or nil and makes it the metatable of the value at `idx`.
    pub fn set_metatable(&self, idx: i32) {
        let v = self.value_at(idx);
        let mt = self.top.get().sub(1).get().as_table();
        match v.tag() {
            tag::TABLE | tag::USERDATA => {
                let o = match v.as_table() {
                    Some(t) => {
                        t.metatable.set(mt);
                        t.header()
                    }
                    None => {
                        let u = v.gc::<Udata>();
                        u.metatable.set(mt);
                        u.header()
                    }
                };
                if let Some(mt) = mt {
                    heap::barrier(self, o, mt.into());
                    heap::check_finalizer(self, o, mt);
                }
            }
            _ => self.global().metatables[v.basic_type() as usize].set(mt),
        }
        self.pop_n(1);
    }
    /// The field `event` of the metatable of the value at `idx`; `ABSENT` or nil if there is none.
    pub fn metafield<K: AsRef<[u8]> + ?Sized>(&self, idx: i32, event: &K) -> LResult<TValue> {
        let Some(mt) = vm::metatable(self, self.value_at(idx)) else {
            return Ok(TValue::ABSENT);
        };
        let key = crate::object::string::new(self, event.as_ref())?;
        Ok(mt.get_str(key))
    }
    /// Pushes the field `event` of the metatable of the value at `idx`; its type. Pushes nothing and returns `ty::NIL` if
    /// there is none.
    pub fn get_metafield<K: AsRef<[u8]> + ?Sized>(&self, idx: i32, event: &K) -> LResult<i32> {
        let v = self.metafield(idx, event)?;
        if v.is_nil() {
            return Ok(ty::NIL);
        }
        self.push(v);
        Ok(v.basic_type())
    }
    /// Calls the metamethod `event` of the value at `idx` with that value and leaves its result on the stack; false
    /// (nothing pushed) if there is none.
    pub fn call_meta<K: AsRef<[u8]> + ?Sized>(&self, idx: i32, event: &K) -> LResult<bool> {
        let v = self.value_at(idx);
        if self.get_metafield(idx, event)? == ty::NIL {
            return Ok(false);
        }
        self.push(v);
        self.call(1, 1)?;
        Ok(true)
    }
    /// Pushes the metatable registered as `name`, created if need be; false if it existed.
    pub fn new_metatable<K: AsRef<[u8]> + ?Sized>(&self, name: &K) -> LResult<bool> {
        use crate::limits::REGISTRY_INDEX;
        if self.get_field(REGISTRY_INDEX, name)? != ty::NIL {
            return Ok(false);
        }
        self.pop(1);
        self.create_table(0, 2)?;
        self.push_bytes(name.as_ref())?;
        self.set_field(-2, "__name")?;
        self.push_value(-1);
        self.set_field(REGISTRY_INDEX, name)?;
        Ok(true)
    }
    /// Gives the value on the top the metatable registered as `name`.
    ///
    /// # Safety
    /// `name` points to a NUL-terminated string.
    pub unsafe fn set_metatable_named(&self, name: *const c_char) -> LResult<()> {
        // SAFETY: contract of this function.
        let key = unsafe { self.c_string_at(name) }?;
        self.index_str(self.global().registry.get(), key)?;
        self.set_metatable(-2);
        Ok(())
    }
}
