//! The loop of a peeled trace.
//!
//! Where it starts, places are chosen for what the loop uses; where it ends, everything is moved back there. A value whose
//! register is taken in between is stored on the way in each round, so those that are not worth one are stored before.

use super::asm::Label;
use super::registers::{INT, KEPT, Loc, NUM, one, place};
use super::uses::{LATE, phis};
use super::{Direct, moves::Source};
use crate::ir::Ref;

/// How many values of each bank have registers when a round starts; the others are for what is made in it.
const CARRIED: [usize; 2] = [10, 12];

/// The start of a loop.
pub struct Header {
    label: Label,
    start: usize,
    /// What is expected in which place.
    places: Vec<(Ref, Loc)>,
}

impl Direct<'_> {
    /// Begins the loop.
    pub fn loop_start(&mut self, r: Ref) {
        let start = r.index();
        let phis: Vec<_> = phis(self.t, start).collect();
        self.drop_constants();
        for (i, &(phi, a, _)) in phis.iter().enumerate() {
            if self.uses.dies(phi, phi.0) {
                continue;
            }
            let again = phis[i + 1..].iter().any(|p| p.1 == a);
            self.regs.pinned = [0; 2];
            self.begin_phi(phi, a, again);
        }
        self.regs.pinned = [0; 2];
        self.drop_dead();
        self.now = start as u32 + 1;
        self.store_for_calls(&phis);
        self.store_rarely_used();
        let mut places = Vec::new();
        for bank in [INT, NUM] {
            let held =
                (0..16).filter_map(|reg| Some((self.regs.held(bank, reg)?, place(bank, reg))));
            places.extend(held);
        }
        for &(phi, _, b) in &phis {
            match self.regs.register(phi) {
                Some(reg) => self.regs.wish[b.index()] = reg,
                None if self.regs.home(phi).is_some() => places.push((phi, self.loc(phi))),
                None => {}
            }
        }
        let label = self.asm.label();
        self.asm.bind(label);
        self.header = Some(Header {
            label,
            start,
            places,
        });
        self.now = start as u32;
    }

    fn drop_constants(&mut self) {
        for bank in [INT, NUM] {
            for reg in 0..16 {
                if let Some(r) = self.regs.held(bank, reg).filter(|&r| self.is_constant(r)) {
                    self.regs.drop_register(bank, r);
                }
            }
        }
    }

    /// Frees the places of what only phis have used.
    fn drop_dead(&mut self) {
        for bank in [INT, NUM] {
            for reg in 0..16 {
                if let Some(r) = self
                    .regs
                    .held(bank, reg)
                    .filter(|&r| self.uses.dies(r, self.now))
                {
                    self.release(r);
                }
            }
        }
    }

    /// The phi gets its first value: in that value's register if that is not needed any more.
    fn begin_phi(&mut self, phi: Ref, a: Ref, again: bool) {
        let bank = self.bank(phi);
        if again && let Some(reg) = self.regs.register(a) {
            self.regs.pinned[bank] |= one(reg);
            let to = self.allocate(bank, phi, 0);
            self.move_to(place(bank, to), place(bank, reg));
            return;
        }
        self.copy_of(a, phi, 0);
    }

    /// What is not changed in a loop with calls is stored once, not before a call of each round.
    fn store_for_calls(&mut self, phis: &[(Ref, Ref, Ref)]) {
        if !self.calls_ahead() {
            return;
        }
        for bank in [INT, NUM] {
            for reg in (0..16).filter(|&reg| KEPT[bank] & one(reg) == 0) {
                let held = self.regs.held(bank, reg);
                if let Some(r) = held.filter(|&r| phis.iter().all(|p| p.0 != r)) {
                    self.store_home(r);
                    self.regs.drop_register(bank, r);
                }
            }
        }
    }

    /// Stores what only exits use, and what is used last if there are too many.
    fn store_rarely_used(&mut self) {
        for bank in [INT, NUM] {
            let mut held: Vec<_> = (0..16)
                .filter_map(|reg| self.regs.held(bank, reg))
                .collect();
            held.sort_by_key(|&r| self.uses.next(r, self.now));
            for (i, &r) in held.iter().enumerate() {
                if i >= CARRIED[bank] || self.uses.next(r, self.now) >= LATE {
                    self.store_home(r);
                    self.regs.drop_register(bank, r);
                }
            }
        }
    }

    /// Ends a round: what the next one expects goes to its places.
    pub fn loop_end(&mut self) {
        let header = self.header.take().expect("a loop has been peeled");
        let phis: Vec<_> = phis(self.t, header.start).collect();
        let mut moves = Vec::with_capacity(header.places.len());
        for &(r, to) in &header.places {
            let next = phis.iter().find(|p| p.0 == r).map_or(r, |p| p.2);
            moves.push((to, self.source(next)));
        }
        moves.retain(|&(to, from)| from != Source::Loc(to));
        self.move_all(moves.into_iter());
        self.asm.jump(header.label);
    }
}
