//! What memory is known to hold: `forward`, and the loads of `cse`.
//!
//! Costs: a store takes time for the places that it makes unknown, each of which was put in once.

use crate::ir::{Class, Ref, Width};
use rustc_hash::FxHashMap as HashMap;
use std::collections::BTreeMap;

/// A place in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// What it may alias.
    pub class: Class,
    /// The address without the offset.
    pub base: Ref,
    /// Added to the base.
    pub offset: i32,
    /// How much.
    pub width: Width,
}

impl Place {
    /// Whether two places may have a byte in common.
    pub fn may_overlap(self, other: Place) -> bool {
        self.class == other.class && (self.base != other.base || self.overlaps(other))
    }

    /// Whether two places of one base have a byte in common.
    fn overlaps(self, other: Place) -> bool {
        let (a, b) = (i64::from(self.offset), i64::from(other.offset));
        a < b + other.width.bytes() && b < a + self.width.bytes()
    }

    /// Whether `self`, of the same base, covers all of `other`.
    pub fn covers(self, other: Place) -> bool {
        let (a, b) = (i64::from(self.offset), i64::from(other.offset));
        self.class == other.class
            && self.base == other.base
            && a <= b
            && b + other.width.bytes() <= a + self.width.bytes()
    }
}

/// What a place holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell {
    /// How `value` was loaded or stored.
    pub width: Width,
    /// The value.
    pub value: Ref,
    /// Whether it was stored, not loaded.
    pub stored: bool,
}

/// By class, base and offset.
#[derive(Clone, Default)]
pub struct Memory {
    classes: HashMap<u8, HashMap<Ref, BTreeMap<i32, Cell>>>,
}

impl Memory {
    /// What is known to be at a place, with a width of as many bytes.
    pub fn find(&self, place: Place) -> Option<Cell> {
        if place.class == Class::VOLATILE {
            return None;
        }
        let cell = *self
            .classes
            .get(&place.class.0)?
            .get(&place.base)?
            .get(&place.offset)?;
        (cell.width.bytes() == place.width.bytes()).then_some(cell)
    }

    /// Notes what a load has found. A place that is known with another width stays as it is.
    pub fn loaded(&mut self, place: Place, value: Ref) {
        let cell = Cell {
            width: place.width,
            value,
            stored: false,
        };
        self.cells(place).entry(place.offset).or_insert(cell);
    }

    /// The places of a class that are known.
    pub fn places(&self, class: Class) -> impl Iterator<Item = Place> {
        let bases = self.classes.get(&class.0).into_iter().flatten();
        bases.flat_map(move |(&base, cells)| {
            cells.iter().map(move |(&offset, cell)| Place {
                class,
                base,
                offset,
                width: cell.width,
            })
        })
    }

    /// Notes a store: what it may overwrite is no longer known. `others` are places of other bases that it does not overwrite.
    pub fn stored(&mut self, place: Place, value: Ref, others: &[Place]) {
        let bases = self.classes.entry(place.class.0).or_default();
        bases.retain(|&base, cells| {
            if base != place.base {
                let stays = |&offset: &i32| {
                    let mut others = others.iter();
                    others.any(|o| o.base == base && o.offset == offset)
                };
                cells.retain(|offset, _| stays(offset));
            }
            !cells.is_empty()
        });
        let cells = bases.entry(place.base).or_default();
        let near = place.offset.saturating_sub(7)..=place.offset.saturating_add(7);
        let overlapping = cells.range(near).filter(|&(&offset, cell)| {
            place.overlaps(Place {
                offset,
                width: cell.width,
                ..place
            })
        });
        let overlapping: Vec<i32> = overlapping.map(|(&offset, _)| offset).collect();
        overlapping.iter().for_each(|offset| {
            cells.remove(offset);
        });
        cells.insert(
            place.offset,
            Cell {
                width: place.width,
                value,
                stored: true,
            },
        );
    }

    /// Notes what a place holds at the start of a loop, whatever was known before.
    pub fn assume(&mut self, place: Place, value: Ref) {
        self.cells(place).insert(
            place.offset,
            Cell {
                width: place.width,
                value,
                stored: true,
            },
        );
    }

    /// Forgets whole classes.
    pub fn forget(&mut self, written: u32) {
        self.classes
            .retain(|&class, _| Class(class).bit() & written == 0);
    }

    /// Forgets the places that `keep` refuses.
    pub fn retain(&mut self, mut keep: impl FnMut(Place) -> bool) {
        for (&class, bases) in &mut self.classes {
            for (&base, cells) in bases {
                cells.retain(|&offset, cell| {
                    keep(Place {
                        class: Class(class),
                        base,
                        offset,
                        width: cell.width,
                    })
                });
            }
        }
    }

    fn cells(&mut self, place: Place) -> &mut BTreeMap<i32, Cell> {
        self.classes
            .entry(place.class.0)
            .or_default()
            .entry(place.base)
            .or_default()
    }
}
