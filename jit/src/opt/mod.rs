//! The optimiser: which passes there are, and their order.

mod bounds;
mod cse;
mod dce;
mod dse;
mod emit;
mod facts;
mod fold;
mod memory;
mod peel;

use crate::{Reject, Trace, verify};

macro_rules! passes {
    ($($(#[$doc:meta])* $field:ident),* $(,)?) => {
        /// The optimiser's passes, each of which can be switched off.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub struct Options {
            $($(#[$doc])* pub $field: bool,)*
            /// Verify the IR after each pass.
            pub verify: bool,
        }

        impl Options {
            /// The names of the passes.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];

            /// All passes, or none.
            pub fn all(on: bool) -> Options {
                Options { $($field: on,)* verify: cfg!(debug_assertions) }
            }

            /// The switch of the pass called `name`.
            pub fn field(&mut self, name: &str) -> Option<&mut bool> {
                match name {
                    $(stringify!($field) => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

passes! {
    /// Constants, algebra, guards that constants decide.
    fold,
    /// Equal values, loads and guards once.
    cse,
    /// Loads take what was stored or loaded before.
    forward,
    /// Guards that follow from others.
    guards,
    /// The loop's invariants move in front of it.
    peel,
    /// Array bounds checks that the loop's range makes superfluous.
    bounds,
    /// Places that labels tell apart.
    labels,
    /// Stores that are overwritten.
    dse,
    /// Values that nobody uses.
    dce,
}

impl Default for Options {
    fn default() -> Options {
        Options::all(true)
    }
}

/// Optimises a trace in place. A trace that is refused may be left half optimised.
///
/// `fold`, `cse`, `forward`, `guards` and `peel` are one walk over the trace.
pub fn optimise(t: &mut Trace, o: &Options) -> Result<(), Reject> {
    let check = |t: &Trace| {
        if o.verify && verify(t).is_err() {
            Err(Reject::Malformed)
        } else {
            Ok(())
        }
    };
    check(t)?;
    if o.fold || o.cse || o.forward || o.guards || o.peel || o.dse {
        *t = peel::emit(t, o)?;
        check(t)?;
    }
    if o.bounds
        && let Some(moved) = bounds::bounds(t, o)
    {
        *t = moved;
        check(t)?;
    }
    if o.dse {
        dse::dse(t);
        check(t)?;
    }
    if o.dce {
        *t = dce::dce(t);
        check(t)?;
    }
    Ok(())
}
