//! Functions of this library as Lua values: the `native!` macro, registration lists, and the way back from the C entry
//! to the function.
//!
//! All [`Native`]s lie in one section of the binary and all their C entries in another, so that a C pointer which a
//! host passes to `lua_pushcclosure` is recognised by its address: a host that pushes what `lua_tocfunction` gave it
//! gets the same function value.

use crate::value::{CFunction, Native};

/// An entry of a registration list; `None` registers the value false as a placeholder.
pub struct Reg {
    /// Name of the field.
    pub name: &'static str,
    /// The function.
    pub func: Option<&'static Native>,
}

/// The `&'static Native` of a Rust function `fn(&State) -> LResult<i32>`, with the interpreter's short cut and its effects.
#[macro_export]
macro_rules! native {
    ($f:path) => {
        $crate::native!($f, $crate::value::ShortCut::None)
    };
    ($f:path, $short_cut:expr) => {
        $crate::native!($f, $short_cut, $crate::value::Effects::Unknown)
    };
    ($f:path, $short_cut:expr, $effects:expr) => {{
        #[unsafe(link_section = "perilune_entries")]
        unsafe extern "C-unwind" fn entry(state: *mut $crate::object::State) -> core::ffi::c_int {
            // SAFETY: Lua functions are called with a live state of this library.
            let l = unsafe { &*state };
            match $f(l) {
                Ok(n) => n,
                Err(t) => $crate::capi::boundary::raise(l, t),
            }
        }
        #[unsafe(link_section = "perilune_natives")]
        static NATIVE: $crate::value::Native = $crate::value::Native {
            call: $f,
            entry,
            short_cut: $short_cut,
            effects: $effects,
        };
        &NATIVE
    }};
}

unsafe extern "C" {
    // The linker defines these for sections whose names are C identifiers.
    static __start_perilune_entries: u8;
    static __stop_perilune_entries: u8;
    static __start_perilune_natives: u8;
    static __stop_perilune_natives: u8;
}

/// The function of this library whose C entry is `f`.
#[inline]
pub fn from_entry(f: CFunction) -> Option<&'static Native> {
    let entries =
        &raw const __start_perilune_entries as usize..&raw const __stop_perilune_entries as usize;
    if entries.contains(&(f as usize)) {
        find(f)
    } else {
        None
    }
}

#[cold]
fn find(f: CFunction) -> Option<&'static Native> {
    let first = (&raw const __start_perilune_natives).cast::<Native>();
    let bytes = &raw const __stop_perilune_natives as usize - first as usize;
    // SAFETY: the section consists of the `NATIVE`s of `native!`, nothing else, one behind the other.
    let all = unsafe { core::slice::from_raw_parts(first, bytes / size_of::<Native>()) };
    all.iter().find(|n| n.entry as usize == f as usize)
}
