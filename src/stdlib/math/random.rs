//! `math.random` and `math.randomseed`: xoshiro256**, whose state is a userdata that both functions share as upvalue.

use super::super::{arg, arg_count, int_arg, opt_int_arg};
use crate::api::upvalue_index;
use crate::error::LResult;
use crate::object::State;
use crate::object::closure::CClosure;
use crate::value::{Effects, Gc};
use core::ffi::c_void;

static LIB: &[crate::api::Reg] = library! {
    "random" => random: Effects::Last(Some(1)),
    "randomseed" => randomseed,
};

/// Numbers that are thrown away after seeding.
const DISCARDED: usize = 16;

/// The generator.
#[repr(C)]
struct Generator([u64; 4]);

impl Generator {
    fn seeded(a: u64, b: u64) -> Self {
        let mut generator = Generator([a, 0xFF, b, 0]);
        for _ in 0..DISCARDED {
            generator.next();
        }
        generator
    }

    fn next(&mut self) -> u64 {
        let [s0, s1, s2, s3] = self.0;
        let result = s1.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let s2 = s2 ^ s0;
        let s3 = s3 ^ s1;
        self.0 = [s0 ^ s3, s1 ^ s2, s2 ^ (s1 << 17), s3.rotate_left(45)];
        result
    }

    /// A float in [0, 1) from the upper 53 bits of a random number.
    fn float(random: u64) -> f64 {
        (random >> 11) as f64 * (0.5 / (1u64 << 52) as f64)
    }

    /// A number in `0..=limit`: the low bits of `random`, drawn again while they are too large.
    fn project(&mut self, random: u64, limit: u64) -> u64 {
        if limit == 0 {
            return 0;
        }
        let mask = u64::MAX >> limit.leading_zeros();
        let mut n = random & mask;
        while n > limit {
            n = self.next() & mask;
        }
        n
    }
}

/// Adds the two functions, over a freshly seeded generator, to the table on top of the stack.
pub fn register(l: &State) -> LResult<()> {
    let p = l.new_userdata(size_of::<Generator>(), 0)?;
    let (time, address) = clock_and_address(l);
    // SAFETY: the userdata has the size of a generator and is aligned to 16 bytes.
    unsafe {
        p.cast::<Generator>()
            .write(Generator::seeded(time, address))
    };
    l.set_funcs(LIB, 1)
}

fn clock_and_address(l: &State) -> (u64, u64) {
    // SAFETY: `time` with a null pointer only reads the clock.
    let time = unsafe { libc::time(core::ptr::null_mut()) };
    (time as u64, l.as_ptr() as u64)
}

/// Runs `f` on the generator that the running function has as upvalue.
fn with_generator<R>(l: &State, f: impl FnOnce(&mut Generator) -> R) -> R {
    let p: *mut c_void = l.to_userdata(upvalue_index(1));
    // SAFETY: `register` made the upvalue; `f` does not call Lua, so that nobody else uses the generator meanwhile.
    f(unsafe { &mut *p.cast::<Generator>() })
}

/// `math.random`.
pub fn random(l: &State) -> LResult<i32> {
    let before = with_generator(l, |g| g.0);
    let result = draw(l);
    if result.is_err() && l.pinned.get() {
        // The interpreter calls the function anew.
        with_generator(l, |g| g.0 = before);
    }
    result
}

fn draw(l: &State) -> LResult<i32> {
    let random = with_generator(l, Generator::next);
    let (low, high) = match arg_count(l) {
        0 => {
            l.push_float(Generator::float(random));
            return Ok(1);
        }
        1 => {
            let high = int_arg(l, 1)?;
            if high == 0 {
                l.push_int(random as i64);
                return Ok(1);
            }
            (1, high)
        }
        2 => (int_arg(l, 1)?, int_arg(l, 2)?),
        _ => return Err(l.lib_error("wrong number of arguments", &[])),
    };
    if low > high {
        return Err(l.arg_error(1, "interval is empty"));
    }
    let n = with_generator(l, |g| {
        g.project(random, (high as u64).wrapping_sub(low as u64))
    });
    l.push_int(n.wrapping_add(low as u64) as i64);
    Ok(1)
}

/// The generator of the function `f`, which is `random`.
fn generator_of<'a>(f: Gc<CClosure>) -> &'a mut Generator {
    let Some(u) = f.upvalue(0).get().as_userdata() else {
        unreachable!("`register` made the upvalue")
    };
    // SAFETY: as in `with_generator`; whoever calls this is done with it before Lua goes on.
    unsafe { &mut *u.memory().cast::<Generator>() }
}

/// The next float from the generator of the function `f`, which is `random`.
pub fn next_float(f: Gc<CClosure>) -> f64 {
    Generator::float(generator_of(f).next())
}

/// The next integer in `low..=high`, which is not empty, from the generator of the function `f`, which is `random`.
pub fn next_between(f: Gc<CClosure>, low: i64, high: i64) -> i64 {
    let generator = generator_of(f);
    let random = generator.next();
    let n = generator.project(random, (high as u64).wrapping_sub(low as u64));
    n.wrapping_add(low as u64) as i64
}

fn randomseed(l: &State) -> LResult<i32> {
    let (a, b) = if arg(l, 1).is_none() {
        let (time, _) = clock_and_address(l);
        (time, with_generator(l, Generator::next))
    } else {
        (int_arg(l, 1)? as u64, opt_int_arg(l, 2, 0)? as u64)
    };
    with_generator(l, |g| *g = Generator::seeded(a, b));
    l.push_int(a as i64);
    l.push_int(b as i64);
    Ok(2)
}
