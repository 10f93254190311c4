//! What a compiled trace looks like from outside.

use crate::MAX_LIVE;
use crate::ir::{Op, Ref, SnapId, Trace, Ty};
use crate::reject::Reject;
use crate::unwind::Saved;
use std::cell::UnsafeCell;

/// Set in what entering a trace gives when the trace was left through an exit, beside the exit's number.
pub const LEFT: u64 = 1 << 63;

/// Where an exit that leads to no trace leaves its values.
#[repr(C)]
#[derive(Debug)]
pub struct SpillArea {
    /// The snapshot's base.
    pub base: u64,
    /// The values passed: first the integers, then the bits of the doubles.
    pub values: [u64; MAX_LIVE],
}

/// Where the value of a slot is when a trace is left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// A constant; of a double the bits.
    Const(u64),
    /// The n-th of the integers.
    Int(u16),
    /// The n-th of the doubles.
    Num(u16),
}

/// A slot of the VM's stack at an exit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ExitEntry {
    /// The slot's number.
    pub slot: u32,
    /// Its payload.
    pub value: Source,
    /// Its type tag.
    pub tag: Source,
}

/// One way out of a trace.
#[derive(Clone, Debug)]
pub struct Exit {
    /// The snapshot that the VM restores.
    pub snap: SnapId,
    /// The code pointer that the exit jumps through; it stays where it is as long as the [`Code`] lives.
    pub cell: *mut *const u8,
    /// How many integers are passed.
    pub ints: u16,
    /// How many doubles are passed.
    pub nums: u16,
    /// The slots to restore.
    pub entries: Vec<ExitEntry>,
    /// What is passed: the trace's integers, then its doubles.
    pub params: Vec<Ref>,
}

/// Machine code that has not been put anywhere yet.
pub(crate) struct Made {
    /// The code, which runs wherever it is copied to.
    pub bytes: Vec<u8>,
    /// The caller's registers that it keeps in its frame.
    pub saved: Vec<Saved>,
    /// The instructions as text, if that was wished.
    pub listing: Option<String>,
}

/// The machine code of a trace. Dropping it frees the cells of its exits, not its code: see [`crate::Backend::free`].
#[derive(Debug)]
pub struct Code {
    /// Where it starts; calling convention and parameters are the back end's own.
    pub entry: *const u8,
    /// The bytes of code.
    pub size: usize,
    /// The exits, in the order of their numbers.
    pub exits: Vec<Exit>,
    /// The memory that the exits' `cell`s point into.
    pub(crate) _cells: Box<[UnsafeCell<*const u8>]>,
}

/// Finds the exits of a trace: one for each snapshot that a guard or the end uses, in this order. Their cells are null.
pub(crate) fn exits(t: &Trace) -> Result<Vec<Exit>, Reject> {
    let mut seen = vec![false; t.snaps.len()];
    let mut exits = Vec::new();
    let mut sources = vec![None; t.len()];
    let end = match t.end {
        Some(crate::End::Exit(snap)) => Some(snap),
        _ => None,
    };
    let guards = t.insts.iter().filter_map(|i| {
        if let Op::Guard(_, _, _, snap) = i.op {
            Some(snap)
        } else {
            None
        }
    });
    for snap in guards.chain(end) {
        if !std::mem::replace(&mut seen[snap.index()], true) {
            exits.push(exit(t, snap, &mut sources)?);
        }
    }
    Ok(exits)
}

/// An exit. By value, `sources` has where it was passed last, and by which exit.
fn exit(t: &Trace, id: SnapId, sources: &mut [Option<(SnapId, Source)>]) -> Result<Exit, Reject> {
    let snap = &t.snaps[id.index()];
    let mut live = Live {
        t,
        id,
        sources,
        ints: Vec::new(),
        nums: Vec::new(),
    };
    let entries = snap.entries.iter().map(|e| {
        let (value, tag) = (live.source(e.value), live.source(e.tag));
        ExitEntry {
            slot: e.slot,
            value,
            tag,
        }
    });
    let entries = entries.collect();
    let Live { ints, nums, .. } = live;
    if ints.len() + nums.len() > MAX_LIVE {
        return Err(Reject::TooManyLive);
    }
    let (i, n) = (ints.len() as u16, nums.len() as u16);
    let params = [ints, nums].concat();
    Ok(Exit {
        snap: id,
        cell: std::ptr::null_mut(),
        ints: i,
        nums: n,
        entries,
        params,
    })
}

struct Live<'a> {
    t: &'a Trace,
    id: SnapId,
    sources: &'a mut [Option<(SnapId, Source)>],
    ints: Vec<Ref>,
    nums: Vec<Ref>,
}

impl Live<'_> {
    fn source(&mut self, r: Ref) -> Source {
        match self.t.op(r) {
            Op::KInt(k) => Source::Const(k as u64),
            Op::KNum(bits) => Source::Const(bits),
            _ => {
                if let Some((id, source)) = self.sources[r.index()]
                    && id == self.id
                {
                    return source;
                }
                let (list, make): (_, fn(u16) -> Source) = match self.t.ty(r) {
                    Ty::Num => (&mut self.nums, Source::Num),
                    _ => (&mut self.ints, Source::Int),
                };
                let source = make(list.len() as u16);
                list.push(r);
                self.sources[r.index()] = Some((self.id, source));
                source
            }
        }
    }
}
