//! `table.sort`: the quicksort that Lua programs know, comparison by comparison, with a shortcut for plain numbers and
//! strings, where no comparison can be observed.
//!
//! Elements that are held across a comparison or a store are on the stack, since both may call Lua functions.

use super::super::{arg, cstd};
use super::{READ_WRITE_LENGTH, checked_length, get, set};
use crate::error::LResult;
use crate::heap::{self, LVec};
use crate::object::{State, Str, Table};
use crate::value::{Gc, TValue, ty};
use crate::vm;

/// Partitions larger than this take their pivot from a random place once the array has shown to be unbalanced.
const SMALL: u64 = 100;

/// `table.sort`
pub fn sort(l: &State) -> LResult<i32> {
    let n = checked_length(l, READ_WRITE_LENGTH)?;
    if n < 2 {
        return Ok(0);
    }
    if n >= i32::MAX as i64 {
        return Err(l.arg_error(1, "array too big"));
    }
    let by_function = !arg(l, 2).is_nil();
    if by_function {
        l.check_type(2, ty::FUNCTION)?;
    } else if let Some(t) = arg(l, 1).as_table().filter(|t| t.metatable.get().is_none())
        && sort_plain(l, t, n as usize)?
    {
        return Ok(0);
    }
    l.set_top(2)?;
    Sorter { l, by_function }.run(1, n, 0)?;
    Ok(0)
}

/// Sorts an array of integers only, floats only (without NaNs) or strings only; whether it was one.
fn sort_plain(l: &State, t: Gc<Table>, n: usize) -> LResult<bool> {
    let first = t.get_int(1);
    if first.is_int() {
        sort_as(l, t, n, TValue::as_int, |a, b| a.cmp(b), TValue::int)
    } else if first.is_float() {
        let number = |v: TValue| v.as_float().filter(|x| !x.is_nan());
        sort_as(
            l,
            t,
            n,
            number,
            |a, b| a.partial_cmp(b).unwrap_or(core::cmp::Ordering::Equal),
            TValue::float,
        )
    } else if first.is_string() {
        let order = |a: &Gc<Str>, b: &Gc<Str>| vm::compare::compare_strings(*a, *b);
        sort_as(l, t, n, TValue::as_string, order, TValue::from)
    } else {
        Ok(false)
    }
}

fn sort_as<T: Copy>(
    l: &State,
    t: Gc<Table>,
    n: usize,
    decode: impl Fn(TValue) -> Option<T>,
    order: impl Fn(&T, &T) -> core::cmp::Ordering,
    encode: impl Fn(T) -> TValue,
) -> LResult<bool> {
    // Strings stay reachable: nothing is removed from the table while they are only in the vector.
    let mut elements = LVec::with_capacity(l, n)?;
    for i in 1..=n as i64 {
        match decode(t.get_int(i)) {
            Some(v) => elements.push(v)?,
            None => return Ok(false),
        }
    }
    elements.sort_unstable_by(order);
    for (i, v) in elements.iter().enumerate() {
        let v = encode(*v);
        // The key is present, so that this cannot fail or allocate.
        t.replace_int(i as i64 + 1, v);
        heap::barrier_back(l, t.header(), v);
    }
    Ok(true)
}

/// A seed for random pivots.
fn clock_seed() -> u64 {
    // SAFETY: with a null pointer the function only reads the clock.
    let time = unsafe { libc::time(core::ptr::null_mut()) };
    (cstd::clock() as u64).wrapping_add(time as u64)
}

struct Sorter<'a> {
    l: &'a State,
    by_function: bool,
}

impl Sorter<'_> {
    fn push(&self, i: i64) -> LResult<()> {
        let v = get(self.l, 1, i)?;
        self.l.push(v.or_nil());
        Ok(())
    }

    /// Stores the topmost value at `i` and pops it.
    fn store(&self, i: i64) -> LResult<()> {
        let top = self.l.top.get().sub(1);
        set(self.l, 1, i, top.get())?;
        self.l.pop_n(1);
        Ok(())
    }

    /// Whether the value at stack index `a` has to be before the one at `b` (both negative).
    fn less(&self, a: i32, b: i32) -> LResult<bool> {
        let l = self.l;
        let value = |i: i32| l.top.get().offset(i as isize).get();
        let (a, b) = (value(a), value(b));
        if !self.by_function {
            return vm::less_than(l, a, b);
        }
        l.push(arg(l, 2));
        l.push(a);
        l.push(b);
        l.call(2, 1)?;
        let yes = !l.top.get().sub(1).get().is_falsy();
        l.pop_n(1);
        Ok(yes)
    }

    /// Puts the elements at `low` and `high` in order.
    fn order_two(&self, low: i64, high: i64) -> LResult<()> {
        self.push(low)?;
        self.push(high)?;
        if self.less(-1, -2)? {
            self.store(low)?;
            return self.store(high);
        }
        self.l.pop_n(2);
        Ok(())
    }

    /// Where the pivot of a large, unbalanced range is taken from: somewhere in its middle half.
    fn random_middle(low: i64, high: i64, seed: u64) -> i64 {
        let quarter = (high - low) as u64 / 4;
        (seed % (quarter * 2)) as i64 + low + quarter as i64
    }

    fn run(&self, mut low: i64, mut high: i64, mut seed: u64) -> LResult<()> {
        while low < high {
            self.order_two(low, high)?;
            if high - low == 1 {
                break;
            }
            let middle = if (high - low) as u64 > SMALL && seed != 0 {
                Self::random_middle(low, high, seed)
            } else {
                low + (high - low) / 2
            };
            self.order_middle(low, middle, high)?;
            if high - low == 2 {
                break;
            }
            self.push(middle)?;
            self.l.push_value(-1);
            self.push(high - 1)?;
            self.store(middle)?;
            self.store(high - 1)?;
            let middle = self.partition(low, high)?;
            self.l.pop_n(1);
            let smaller = if middle - low < high - middle {
                self.run(low, middle - 1, seed)?;
                let n = middle - low;
                low = middle + 1;
                n
            } else {
                self.run(middle + 1, high, seed)?;
                let n = high - middle;
                high = middle - 1;
                n
            };
            if (high - low) / 128 > smaller {
                seed = clock_seed();
            }
        }
        Ok(())
    }

    /// Puts the element at `middle` in order with those at both ends, which are in order already.
    fn order_middle(&self, low: i64, middle: i64, high: i64) -> LResult<()> {
        self.push(middle)?;
        self.push(low)?;
        if self.less(-2, -1)? {
            self.store(middle)?;
            return self.store(low);
        }
        self.l.pop_n(1);
        self.push(high)?;
        if self.less(-1, -2)? {
            self.store(middle)?;
            return self.store(high);
        }
        self.l.pop_n(2);
        Ok(())
    }

    /// Moves what is before the pivot (on top of the stack, and at `high - 1`) below what is behind it; where the pivot
    /// ends up.
    fn partition(&self, low: i64, high: i64) -> LResult<i64> {
        let l = self.l;
        let disorder = || l.lib_error("invalid order function for sorting", &[]);
        let (mut i, mut j) = (low, high - 1);
        loop {
            i += 1;
            self.push(i)?;
            while self.less(-1, -2)? {
                if i == high - 1 {
                    return Err(disorder());
                }
                l.pop_n(1);
                i += 1;
                self.push(i)?;
            }
            j -= 1;
            self.push(j)?;
            while self.less(-3, -1)? {
                if j < i {
                    return Err(disorder());
                }
                l.pop_n(1);
                j -= 1;
                self.push(j)?;
            }
            if j < i {
                l.pop_n(1);
                self.store(high - 1)?;
                l.push_value(-1);
                self.store(i)?;
                return Ok(i);
            }
            self.store(i)?;
            self.store(j)?;
        }
    }
}
