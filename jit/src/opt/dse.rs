//! Stores that are overwritten: `dse`.
//!
//! A store may go only if nothing can see it: no load or call in between may read the place, no guard lies in between, as
//! its exit shows memory to the VM, and it is not the other side of a loop's start. (The emitter drops stores of what the
//! place holds already.)

use super::memory::Place;
use crate::ir::{Class, Op, Trace, Ty};

/// Turns dead stores into `Nop`.
pub fn dse(t: &mut Trace) {
    // What will be overwritten before anyone looks.
    let mut doomed: Vec<Place> = Vec::new();
    for i in (0..t.len()).rev() {
        match t.insts[i].op {
            Op::Store {
                width,
                base,
                offset,
                class,
                ..
            } => {
                let place = Place {
                    class,
                    base,
                    offset,
                    width,
                };
                if doomed.iter().any(|d| d.covers(place)) {
                    t.insts[i].op = Op::Nop;
                    t.insts[i].ty = Ty::None;
                } else {
                    doomed.push(place);
                }
            }
            Op::Load {
                width,
                base,
                offset,
                class,
            } => {
                doomed.retain(|d| {
                    !d.may_overlap(Place {
                        class,
                        base,
                        offset,
                        width,
                    })
                });
            }
            Op::Call { func, .. } => {
                let reads = t.funcs[func.index()].effect.reads;
                doomed.retain(|d: &Place| Class::bit(d.class) & reads == 0);
            }
            Op::Guard(..) | Op::LoopStart => doomed.clear(),
            _ => {}
        }
    }
}
