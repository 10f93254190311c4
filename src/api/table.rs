//! Reading and writing tables, with and without metamethods; operators.

use crate::error::LResult;
use crate::heap;
use crate::limits::RIDX_GLOBALS;
use crate::object::{State, Str, Table, string};
use crate::value::{Gc, TValue};
use crate::vm::{self, ArithOp};
use core::ffi::c_void;

/// The operators by their numbers in `lua.h`.
const ARITH_OPS: [ArithOp; 14] = [
    ArithOp::Add,
    ArithOp::Sub,
    ArithOp::Mul,
    ArithOp::Mod,
    ArithOp::Pow,
    ArithOp::Div,
    ArithOp::IDiv,
    ArithOp::BAnd,
    ArithOp::BOr,
    ArithOp::BXor,
    ArithOp::Shl,
    ArithOp::Shr,
    ArithOp::Unm,
    ArithOp::BNot,
];
/// `LUA_OPEQ`
pub const OP_EQ: i32 = 0;
/// `LUA_OPLT`
pub const OP_LT: i32 = 1;

impl State {
    /// The table of globals (or whatever a program put in its place in the registry).
    #[inline]
    pub fn globals(&self) -> TValue {
        match self.global().registry.get().as_table() {
            Some(t) => t.get_int(RIDX_GLOBALS).or_nil(),
            None => TValue::NIL,
        }
    }

    /// Pushes `t[key]`; the type of the value.
    #[inline(always)]
    pub fn index_str(&self, t: TValue, key: Gc<Str>) -> LResult<i32> {
        if let (Some(table), true) = (t.as_table(), key.is_short()) {
            let v = table.get_short(key);
            if !v.is_nil() {
                self.push(v);
                return Ok(v.basic_type());
            }
        }
        self.index_slow(t, key.into())
    }

    #[inline(never)]
    fn index_slow(&self, t: TValue, key: TValue) -> LResult<i32> {
        self.push(key);
        let v = vm::index(self, t, key)?;
        self.top.get().sub(1).set(v);
        Ok(v.basic_type())
    }

    /// Pops a value and stores it as `t[key]`.
    #[inline]
    pub fn set_index_str(&self, t: TValue, key: Gc<Str>) -> LResult<()> {
        self.set_index_key(t, key.into())
    }

    fn set_index_key(&self, t: TValue, key: TValue) -> LResult<()> {
        let v = self.top.get().sub(1).get();
        self.push(key);
        vm::set_index(self, t, key, v)?;
        self.pop_n(2);
        Ok(())
    }

    /// Pushes a global variable; its type.
    pub fn get_global(&self, name: &str) -> LResult<i32> {
        let key = string::new(self, name.as_bytes())?;
        self.index_str(self.globals(), key)
    }
    /// Pops a value into a global variable.
    pub fn set_global(&self, name: &str) -> LResult<()> {
        let key = string::new(self, name.as_bytes())?;
        self.set_index_str(self.globals(), key)
    }
    /// Replaces the key on the top by `t[key]`; its type.
    pub fn get_table(&self, idx: i32) -> LResult<i32> {
        let key = self.top.get().sub(1).get();
        let v = vm::index(self, self.value_at(idx), key)?;
        self.top.get().sub(1).set(v);
        Ok(v.basic_type())
    }
    /// Pops a value and a key below it: `t[key] = value`.
    pub fn set_table(&self, idx: i32) -> LResult<()> {
        let top = self.top.get();
        let (key, v) = (top.sub(2).get(), top.sub(1).get());
        vm::set_index(self, self.value_at(idx), key, v)?;
        self.pop_n(2);
        Ok(())
    }
    /// Pushes field `name` of the value at `idx`; its type.
    pub fn get_field<K: AsRef<[u8]> + ?Sized>(&self, idx: i32, name: &K) -> LResult<i32> {
        let key = string::new(self, name.as_ref())?;
        self.index_str(self.value_at(idx), key)
    }
    /// Pops a value into field `name` of the value at `idx`.
    pub fn set_field<K: AsRef<[u8]> + ?Sized>(&self, idx: i32, name: &K) -> LResult<()> {
        let t = self.value_at(idx);
        let key = string::new(self, name.as_ref())?;
        self.set_index_str(t, key)
    }
    /// Pushes `t[i]`; its type.
    #[inline]
    pub fn get_i(&self, idx: i32, i: i64) -> LResult<i32> {
        let t = self.value_at(idx);
        if let Some(table) = t.as_table() {
            let v = table.get_int(i);
            if !v.is_nil() {
                self.push(v);
                return Ok(v.basic_type());
            }
        }
        self.index_slow(t, TValue::int(i))
    }
    /// Pops a value into `t[i]`.
    pub fn set_i(&self, idx: i32, i: i64) -> LResult<()> {
        self.set_index_key(self.value_at(idx), TValue::int(i))
    }

    /// The table at `idx`; the caller knows that there is one.
    #[inline]
    pub(crate) fn table_at(&self, idx: i32) -> Gc<Table> {
        match self.value_at(idx).as_table() {
            Some(t) => t,
            None => not_a_table(),
        }
    }

    #[inline]
    fn push_got(&self, v: TValue) -> i32 {
        let v = v.or_nil();
        self.push(v);
        v.basic_type()
    }
    /// Replaces the key on the top by `t[key]` without metamethods; its type.
    #[inline]
    pub fn raw_get(&self, idx: i32) -> i32 {
        let t = self.table_at(idx);
        let key = self.pop_value();
        self.push_got(t.get(key))
    }
    /// Pops a value and a key below it: `t[key] = value` without metamethods.
    pub fn raw_set(&self, idx: i32) -> LResult<()> {
        let top = self.top.get();
        vm::raw_set(self, self.table_at(idx), top.sub(2).get(), top.sub(1).get())?;
        self.pop_n(2);
        Ok(())
    }
    /// Pushes `t[i]` without metamethods; its type.
    #[inline]
    pub fn raw_get_i(&self, idx: i32, i: i64) -> i32 {
        self.push_got(self.table_at(idx).get_int(i))
    }
    /// Pops a value into `t[i]` without metamethods.
    #[inline]
    pub fn raw_set_i(&self, idx: i32, i: i64) -> LResult<()> {
        let t = self.table_at(idx);
        let v = self.top.get().sub(1).get();
        t.set_int(self, i, v)?;
        heap::barrier_back(self, t.header(), v);
        self.pop_n(1);
        Ok(())
    }
    /// Pushes `t[p]`, `p` as a light userdata, without metamethods; its type.
    pub fn raw_get_p(&self, idx: i32, p: *const c_void) -> i32 {
        self.push_got(self.table_at(idx).get(TValue::light(p.cast_mut())))
    }
    /// Pops a value into `t[p]`, `p` as a light userdata, without metamethods.
    pub fn raw_set_p(&self, idx: i32, p: *const c_void) -> LResult<()> {
        let v = self.top.get().sub(1).get();
        vm::raw_set(self, self.table_at(idx), TValue::light(p.cast_mut()), v)?;
        self.pop_n(1);
        Ok(())
    }
    /// Pushes a new table with room for `narr` elements and `nrec` fields.
    #[inline]
    pub fn create_table(&self, narr: u32, nrec: u32) -> LResult<Gc<Table>> {
        let t = Table::new(self)?;
        self.push(t.into());
        if narr > 0 || nrec > 0 {
            t.resize(self, narr as usize, nrec as usize)?;
        }
        heap::check_gc(self);
        Ok(t)
    }
    /// Replaces the key on the top by the next key and value; false (key popped) at the end.
    pub fn next(&self, idx: i32) -> LResult<bool> {
        let t = self.table_at(idx);
        let top = self.top.get().sub(1);
        let more = match t.step(top.get(), top) {
            Some(more) => more,
            None => match t.next(self, top.get())? {
                Some((k, v)) => {
                    top.set(k);
                    top.add(1).set(v);
                    true
                }
                None => false,
            },
        };
        self.top.set(if more { top.add(2) } else { top });
        Ok(more)
    }
    /// Pushes the length of the value at `idx`.
    pub fn len(&self, idx: i32) -> LResult<()> {
        let v = vm::len(self, self.value_at(idx))?;
        self.push(v);
        Ok(())
    }
    /// Replaces the `n` topmost values by their concatenation.
    pub fn concat(&self, n: i32) -> LResult<()> {
        if n > 0 {
            vm::concat(self, n as usize)?;
        } else {
            let empty = string::new(self, b"")?;
            self.push(empty.into());
        }
        heap::check_gc(self);
        Ok(())
    }
    /// Replaces the two topmost values (one for a unary operator) by the result of an operator of `lua.h`.
    pub fn arith(&self, op: i32) -> LResult<()> {
        let op = ARITH_OPS[op as usize];
        if matches!(op, ArithOp::Unm | ArithOp::BNot) {
            self.push_value(-1);
        }
        let top = self.top.get();
        let v = vm::arith(self, op, top.sub(2).get(), top.sub(1).get())?;
        self.top.get().sub(2).set(v);
        self.pop_n(1);
        Ok(())
    }
    /// Compares by `==`, `<` or `<=` (numbered as in `lua.h`); false if one of the indices has no value.
    pub fn compare(&self, a: i32, b: i32, op: i32) -> LResult<bool> {
        let (a, b) = (self.value_at(a), self.value_at(b));
        if a.is_none() || b.is_none() {
            return Ok(false);
        }
        match op {
            OP_EQ => vm::equal(self, a, b),
            OP_LT => vm::less_than(self, a, b),
            _ => vm::less_equal(self, a, b),
        }
    }
}

#[cold]
fn not_a_table() -> ! {
    panic!("table expected")
}
