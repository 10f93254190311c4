//! String functions with a new string for a result, on plain arguments and without a frame: see `stdlib::direct`.

use super::{end_offset, start_offset};
use crate::object::{State, singles, string};
use crate::value::{Slot, TValue};

/// Arguments of `char` that are turned into a string here.
const MAX_CHARS: usize = 16;

fn new_string(l: &State, s: &[u8]) -> TValue {
    match s {
        [byte] => singles::single(l, *byte),
        _ => string::new(l, s).ok(),
    }
    .map_or(TValue::NONE, TValue::from)
}

/// `sub` of a string, with integers.
pub fn sub(l: &State, args: Slot, n: usize) -> TValue {
    if n != 2 && n != 3 {
        return TValue::NONE;
    }
    let (Some(s), Some(from)) = (args.get().as_string(), args.add(1).get().as_int()) else {
        return TValue::NONE;
    };
    let to = match n {
        2 => Some(-1),
        _ => args.add(2).get().as_int(),
    };
    let Some(to) = to else {
        return TValue::NONE;
    };
    let bytes = s.bytes();
    let range = start_offset(from, bytes.len())..end_offset(to, bytes.len());
    if range == (0..bytes.len()) {
        return args.get();
    }
    new_string(l, bytes.get(range).unwrap_or(b""))
}

/// `char` of a few integers.
pub fn char_(l: &State, args: Slot, n: usize) -> TValue {
    let mut out = [0; MAX_CHARS];
    if n > MAX_CHARS {
        return TValue::NONE;
    }
    for (i, c) in out[..n].iter_mut().enumerate() {
        match args.add(i).get().as_int().map(u8::try_from) {
            Some(Ok(byte)) => *c = byte,
            _ => return TValue::NONE,
        }
    }
    new_string(l, &out[..n])
}
