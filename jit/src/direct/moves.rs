//! Moves that happen at once: what an exit, a call or the end of a loop passes.

use super::Direct;
use super::registers::{Loc, SCRATCH_NUM};

/// What a place gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// What is in another place.
    Loc(Loc),
    /// A constant; of a double the bits.
    Constant(u64),
}

impl Direct<'_> {
    /// Does all moves, each of which takes what its source held before any of them. Each place gets one value.
    pub fn move_all(&mut self, moves: impl Iterator<Item = (Loc, Source)> + Clone) {
        let mut pending = std::mem::take(&mut self.moves);
        pending.extend(moves.clone().filter_map(|(to, source)| match source {
            Source::Loc(from) if from != to => Some((to, from)),
            _ => None,
        }));
        while !pending.is_empty() {
            let ready = pending
                .iter()
                .position(|&(to, _)| pending.iter().all(|&(_, from)| from != to));
            match ready {
                Some(i) => {
                    let (to, from) = pending.swap_remove(i);
                    self.move_to(to, from);
                }
                None => self.break_cycle(&mut pending),
            }
        }
        self.moves = pending;
        for (to, source) in moves {
            if let Source::Constant(bits) = source {
                self.load_constant(to, bits);
            }
        }
    }

    /// Every place that is left is needed by another move: one is put aside. It is taken from there before the next cycle is
    /// broken, as nothing waits for what the moves of a broken cycle write.
    fn break_cycle(&mut self, pending: &mut [(Loc, Loc)]) {
        let aside = Loc::Num(SCRATCH_NUM);
        let blocked = pending[0].0;
        self.move_to(aside, blocked);
        for (_, from) in pending.iter_mut().filter(|m| m.1 == blocked) {
            *from = aside;
        }
    }
}
