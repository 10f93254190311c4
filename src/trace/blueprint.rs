//! What the tables and strings are made of that a trace has not made so far (`record::sink`): keys and types are known,
//! values come from an exit or from compiled code, characters from the state's text.

use super::text::Text;
use crate::error::LResult;
use crate::heap;
use crate::object::table::Mould;
use crate::object::{State, Table};
use crate::value::{Gc, Slot, TValue};
use crate::vm::meta;
use core::cell::OnceCell;

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

/// The mould of the tables that a plan makes: nothing until it has made one, `None` if there can be none. The plan says all
/// that it depends on, so it is not compared.
#[derive(Default)]
pub struct Cast(OnceCell<Option<Mould>>);

impl Clone for Cast {
    fn clone(&self) -> Cast {
        Cast::default()
    }
}
impl PartialEq for Cast {
    fn eq(&self, _: &Cast) -> bool {
        true
    }
}
impl Eq for Cast {}
impl core::fmt::Debug for Cast {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Cast")
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
    /// What such tables are made with from the second one on.
    pub cast: Cast,
}

impl TablePlan {
    fn len(&self) -> usize {
        self.array.len() + self.fields.len() + usize::from(self.has_metatable)
    }

    fn make(&self, l: &State, place: Slot) -> LResult<()> {
        let t = Table::new(l)?;
        place.set(t.into());
        let bits = |n: usize| place.add(1 + n).get().bits();
        let mould = self.cast.0.get().and_then(Option::as_ref);
        let room = if mould.is_some() { 0 } else { self.room };
        if !self.array.is_empty() || room != 0 {
            t.reserve(l, self.array.len(), room)?;
        }
        for (n, &tag) in self.array.iter().enumerate() {
            let v = TValue::from_raw(bits(n), tag);
            if !v.is_nil() {
                t.array_set(n, v);
            }
        }
        match mould {
            Some(mould) => t.fill_from(l, mould, self.values(place))?,
            None => self.add_fields(l, t, place)?,
        }
        if self.has_metatable {
            let mt: Gc<Table> = Gc::from_ptr(bits(self.len() - 1) as *mut Table);
            t.metatable.set(Some(mt));
        }
        // A collection that has come in between may have been there already.
        heap::barrier_back_any(l, t.header());
        Ok(())
    }

    /// The values of the fields.
    fn values(&self, place: Slot) -> impl Iterator<Item = TValue> {
        let first = place.add(1 + self.array.len());
        let tags = self.fields.iter().enumerate();
        tags.map(move |(n, f)| TValue::from_raw(first.add(n).get().bits(), f.1))
    }

    /// Adds the fields one by one, and keeps the mould of what comes out.
    fn add_fields(&self, l: &State, t: Gc<Table>, place: Slot) -> LResult<()> {
        let key = |f: &(FixedKey, u8)| TValue::from_raw(f.0.bits, f.0.tag);
        for (f, v) in self.fields.iter().zip(self.values(place)) {
            meta::raw_set(l, t, key(f), v)?;
        }
        let unchanged = t.array_len() == self.array.len();
        let keys = self.fields.iter().map(key);
        let mould = || unchanged.then(|| t.mould(keys)).flatten();
        self.cast.0.get_or_init(mould);
        Ok(())
    }
}
