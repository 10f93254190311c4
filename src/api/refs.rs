//! References: integer keys of a table, with a list of free ones that starts in field `FREE_LIST`.

use super::{NO_REF, REF_NIL};
use crate::error::LResult;
use crate::limits::RIDX_GLOBALS;
use crate::object::State;
use crate::value::TValue;

/// Head of the list of free references, behind the predefined fields of the registry.
const FREE_LIST: i64 = RIDX_GLOBALS + 1;

impl State {
    /// Pops a value and stores it in the table at `idx` under a new key; the key (`REF_NIL` for nil, not stored).
    pub fn reference(&self, idx: i32) -> LResult<i32> {
        if self.value_at(-1).is_nil() {
            self.pop(1);
            return Ok(REF_NIL);
        }
        let idx = self.abs_index(idx);
        let t = self.table_at(idx);
        let head = t.get_int(FREE_LIST);
        if head.is_nil() {
            self.push_int(0);
            self.raw_set_i(idx, FREE_LIST)?;
        }
        let free = head.as_int().unwrap_or(0);
        let key = if free != 0 {
            self.raw_get_i(idx, free);
            self.raw_set_i(idx, FREE_LIST)?;
            free
        } else {
            t.border() as i64 + 1
        };
        self.raw_set_i(idx, key)?;
        Ok(key as i32)
    }

    /// Releases a key that `reference` gave out.
    pub fn unreference(&self, idx: i32, key: i32) -> LResult<()> {
        if key < 0 {
            debug_assert!(key == NO_REF || key == REF_NIL);
            return Ok(());
        }
        let idx = self.abs_index(idx);
        self.push(self.table_at(idx).get_int(FREE_LIST).or_nil());
        self.raw_set_i(idx, i64::from(key))?;
        self.push(TValue::int(i64::from(key)));
        self.raw_set_i(idx, FREE_LIST)
    }
}
