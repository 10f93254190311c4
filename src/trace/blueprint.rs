//! What the tables and strings are made of that a trace has not made so far (`record::sink`): keys and types are known,
//! values come from an exit or from compiled code, characters from the state's text.

use super::text::Text;
use crate::error::LResult;
use crate::heap;
use crate::object::{State, Table};
use crate::value::{Gc, Slot, TValue};
use crate::vm::meta;

/// A key that is the same each time: an integer, a short string, which the trace names, or a truth value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FixedKey {
    /// The payload.
    pub bits: u64,
    /// The tag.
    pub tag: u8,
}

/// What is to be made, but for its values, which lie in slots.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Blueprint {
    /// A table. Its values: those of the array part, those of the hash part, the metatable.
    Table(TablePlan),
    /// What the text begins with. Its value: the length.
    Text,
}

impl Blueprint {
    /// The number of values.
    pub fn len(&self) -> usize {
        match self {
            Blueprint::Table(plan) => plan.len(),
            Blueprint::Text => 1,
        }
    }

    /// Makes it and leaves it in `place`. Its values are in the slots behind, of which the payloads count. Raises a memory
    /// error. All of them must be reachable, or no collection may run.
    pub fn make(&self, l: &State, text: &Text, place: Slot) -> LResult<()> {
        match self {
            Blueprint::Table(plan) => plan.make(l, place),
            Blueprint::Text => {
                let s = text.string(l, place.add(1).get().bits() as usize)?;
                place.set(s.into());
                Ok(())
            }
        }
    }
}

/// A table but for its values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TablePlan {
    /// The tags of the array part's elements.
    pub array: Vec<u8>,
    /// Keys that the table has room for from the start, beside the array part.
    pub room: usize,
    /// The other keys, in the order in which they were added, with the tags of their values.
    pub fields: Vec<(FixedKey, u8)>,
    /// Whether it has a metatable.
    pub has_metatable: bool,
}

impl TablePlan {
    fn len(&self) -> usize {
        self.array.len() + self.fields.len() + usize::from(self.has_metatable)
    }

    fn make(&self, l: &State, place: Slot) -> LResult<()> {
        let t = Table::new(l)?;
        place.set(t.into());
        if !self.array.is_empty() || self.room != 0 {
            t.reserve(l, self.array.len(), self.room)?;
        }
        let bits = |n: usize| place.add(1 + n).get().bits();
        for (n, &tag) in self.array.iter().enumerate() {
            let v = TValue::from_raw(bits(n), tag);
            if !v.is_nil() {
                t.array_set(n, v);
                heap::barrier_back(l, t.header(), v);
            }
        }
        let fields = self.array.len();
        for (n, &(key, tag)) in self.fields.iter().enumerate() {
            let key = TValue::from_raw(key.bits, key.tag);
            meta::raw_set(l, t, key, TValue::from_raw(bits(fields + n), tag))?;
        }
        if self.has_metatable {
            let mt: Gc<Table> = Gc::from_ptr(bits(self.len() - 1) as *mut Table);
            t.metatable.set(Some(mt));
            heap::barrier(l, t.header(), mt.into());
        }
        Ok(())
    }
}
