//! Functions of the library: those that the IR can express, and those that a short cut computes without a frame.

use super::{Recorded, Recorder, Val, Verdict};
use crate::object::State;
use crate::trace::runtime::{self, class};
use crate::value::{Direct, Native, TValue, tag};
use perilune_jit::Cc;

impl Recorder {
    /// Records the call of a library function in terms of the IR; answers whether it did.
    pub(super) fn library_call(
        &mut self,
        l: &State,
        f: &'static Native,
        ra: usize,
        nargs: i32,
        nresults: i32,
    ) -> Result<bool, Verdict> {
        let _ = (l, f, ra, nargs, nresults);
        Ok(false)
    }

    /// Records the call of a library function through its short cut. The result's type is what it is now; a short cut that
    /// has an effect has no result.
    pub(super) fn direct_call(
        &mut self,
        l: &State,
        direct: Direct,
        ra: usize,
        nargs: i32,
        nresults: i32,
    ) -> Recorded {
        for n in 0..nargs {
            self.get(l, ra + 1 + n as usize);
            let slot = self.reg(ra + 1 + n as usize);
            if self.is_captured(slot) {
                return self.step();
            }
            self.flush(slot);
        }
        let args = l.restore(self.base_offset + self.reg(ra + 1) as isize);
        let Some(tag) = self.trial(l, direct, args, nargs as usize) else {
            return self.step();
        };
        let (state, from) = (self.ir.state(), self.slot_address(self.reg(ra + 1)));
        let (n, f) = (self.int(nargs as i64), self.int(direct as usize as i64));
        let scratch = self.scratch(l);
        let got = self.call(&runtime::direct(), &[state, from, n, f, scratch]);
        self.guard_int(Cc::Eq, got, tag as i64);
        if nresults == 1 {
            let r = self.load_payload(scratch, 0, class::SCRATCH, tag);
            let tag = if tag & 0x0F == 0 { tag::NIL } else { tag };
            self.set(ra, Val { r, tag });
        }
        Ok(())
    }

    /// The tag of what the short cut answers for the arguments as they are; `None` if it does not.
    fn trial(&self, l: &State, direct: Direct, args: crate::value::Slot, n: usize) -> Option<u8> {
        if crate::stdlib::has_effect(direct) {
            return Some(tag::ABSENT);
        }
        let v: TValue = direct(l, args, n);
        (!v.is_none()).then_some(v.tag())
    }
}
