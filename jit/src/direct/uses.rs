//! When values are used: what decides which of them stay in registers.
//!
//! A position is the index of an instruction; the end of the trace is behind the last one. Uses that need a register are
//! told from those of exits, which take a value from wherever it is.

use super::addresses::Addresses;
use crate::code::Exit;
use crate::ir::{End, Op, Ref, Trace};

/// The next use, at or behind the position, is by an exit or in the next round of the loop.
pub const LATE: u32 = u32::MAX - 1;
/// There is no further use.
pub const NEVER: u32 = u32::MAX;

/// The uses of all values of a trace.
pub struct Uses {
    /// By value, where its positions start; one more for the end.
    start: Vec<u32>,
    positions: Vec<u32>,
    /// By value, the first of its positions that may still come.
    cursor: Vec<u32>,
    /// By value, the position of the last use of any kind.
    last: Vec<u32>,
    /// By value, how many uses there are of any kind.
    count: Vec<u32>,
}

impl Uses {
    /// Finds the uses of a trace; `exit_of` gives a snapshot's exit.
    pub fn new(t: &Trace, exits: &[Exit], exit_of: &[Option<u32>], addresses: &Addresses) -> Uses {
        let n = t.len();
        let mut uses = Uses {
            start: vec![0; n + 1],
            positions: Vec::new(),
            cursor: Vec::new(),
            last: vec![0; n],
            count: vec![0; n],
        };
        each(t, addresses, &mut |_, r| uses.start[r.index() + 1] += 1);
        for i in 0..n {
            uses.start[i + 1] += uses.start[i];
        }
        uses.positions = vec![0; uses.start[n] as usize];
        uses.cursor = uses.start[..n].to_vec();
        each(t, addresses, &mut |at, r| {
            let cursor = &mut uses.cursor[r.index()];
            uses.positions[*cursor as usize] = at;
            *cursor += 1;
            uses.last[r.index()] = uses.last[r.index()].max(at);
            uses.count[r.index()] += 1;
        });
        uses.cursor.copy_from_slice(&uses.start[..n]);
        uses.exits(t, exits, exit_of);
        uses.loops(t);
        // Every way out of a trace passes the state.
        uses.last[t.state().index()] = n as u32;
        uses
    }

    fn exits(&mut self, t: &Trace, exits: &[Exit], exit_of: &[Option<u32>]) {
        let mut by = |at: usize, snap: crate::ir::SnapId| {
            let exit = exit_of[snap.index()].expect("`exits` has found every snapshot of an exit");
            let passed = exits[exit as usize].params.iter().copied();
            for r in passed.chain([t.snaps[snap.index()].base]) {
                self.last[r.index()] = self.last[r.index()].max(at as u32);
                self.count[r.index()] += 1;
            }
        };
        for (at, inst) in t.insts.iter().enumerate() {
            if let Op::Guard(.., snap) = inst.op {
                by(at, snap);
            }
        }
        if let Some(End::Exit(snap)) = t.end {
            by(t.len(), snap);
        }
    }

    /// What is made before a loop and used in it lives as long as the loop.
    fn loops(&mut self, t: &Trace) {
        let Some(start) = t.insts.iter().position(|i| i.op == Op::LoopStart) else {
            return;
        };
        for last in &mut self.last[..start] {
            if *last > start as u32 {
                *last = t.len() as u32;
            }
        }
    }

    /// Whether the value is not used behind the position.
    pub fn dies(&self, r: Ref, at: u32) -> bool {
        self.last[r.index()] <= at
    }

    /// How many uses of any kind the value has.
    pub fn count(&self, r: Ref) -> u32 {
        self.count[r.index()]
    }

    /// The next position at or behind `at` that needs the value in a register; [`LATE`], [`NEVER`].
    pub fn next(&mut self, r: Ref, at: u32) -> u32 {
        let (cursor, end) = (&mut self.cursor[r.index()], self.start[r.index() + 1]);
        while *cursor < end && self.positions[*cursor as usize] < at {
            *cursor += 1;
        }
        if *cursor < end {
            return self.positions[*cursor as usize];
        }
        if self.last[r.index()] >= at {
            LATE
        } else {
            NEVER
        }
    }
}

/// Calls `f` with each use that needs a register, and its position. A phi takes its first operand at the loop's start, the
/// second one at its end.
fn each(t: &Trace, addresses: &Addresses, f: &mut dyn FnMut(u32, Ref)) {
    for (at, inst) in t.insts.iter().enumerate() {
        match inst.op {
            Op::LoopStart => phis(t, at).for_each(|(_, a, _)| f(at as u32, a)),
            Op::Phi(..) => {}
            _ => addresses.operands(t, Ref(at as u32), |r| f(at as u32, r)),
        }
    }
    let end = t.len() as u32;
    match t.end {
        Some(End::Link { base, .. }) => f(end, base),
        Some(End::Return(value)) => f(end, value),
        Some(End::Loop { .. }) => {
            let start = t.insts.iter().position(|i| i.op == Op::LoopStart);
            phis(t, start.unwrap_or(0)).for_each(|(_, _, b)| f(end, b));
        }
        Some(End::Exit(_)) | None => {}
    }
}

/// The phis behind the `LoopStart` at this index: themselves and their operands.
pub fn phis(t: &Trace, start: usize) -> impl Iterator<Item = (Ref, Ref, Ref)> + '_ {
    let behind = t.insts.iter().enumerate().skip(start + 1);
    let phis = behind.map_while(|(i, inst)| match inst.op {
        Op::Phi(a, b) => Some(Some((Ref(i as u32), a, b))),
        Op::KInt(_) | Op::KNum(_) | Op::Nop => Some(None),
        _ => None,
    });
    phis.flatten()
}
