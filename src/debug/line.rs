//! Line numbers of instructions.
//!
//! Each instruction has the difference of its line to the one before. Where that does not fit a byte, and at least every
//! [`MAX_DISTANCE`] instructions, the difference is [`ABSOLUTE`] and the line is in the list of absolute ones.

use crate::object::Proto;

/// Marks an instruction whose line is in the absolute list.
pub const ABSOLUTE: i8 = i8::MIN;
/// Instructions between two absolute lines, at most.
pub const MAX_DISTANCE: i32 = 128;

/// The last absolute entry at or before `pc`: its instruction and line.
fn base(p: &Proto, pc: i32) -> (i32, i32) {
    let entries = p.abs_line_info.as_slice();
    match entries.partition_point(|e| e.pc <= pc) {
        0 => (-1, p.line_defined.get()),
        n => (entries[n - 1].pc, entries[n - 1].line),
    }
}

/// The line of instruction `pc`; -1 in stripped code.
pub fn of(p: &Proto, pc: i32) -> i32 {
    let deltas = p.line_info.as_slice();
    if deltas.is_empty() {
        return -1;
    }
    let (from, mut line) = base(p, pc);
    for &d in &deltas[(from + 1) as usize..=(pc.max(from) as usize).min(deltas.len() - 1)] {
        // Altered chunks have any sums.
        line = line.wrapping_add(d as i32);
    }
    line
}

/// The line of instruction `pc`, given the line of the one before.
pub fn next(p: &Proto, line: i32, pc: usize) -> i32 {
    match p.line_info.as_slice()[pc] {
        ABSOLUTE => of(p, pc as i32),
        d => line.wrapping_add(d as i32),
    }
}

/// Whether instruction `pc` is on the line of the one before.
#[inline(always)]
pub fn is_unchanged(p: &Proto, pc: i32) -> bool {
    p.line_info.as_slice().get(pc as usize) == Some(&0)
}

/// Whether instruction `new` is on another line than `old`, which comes before it.
pub fn changed(p: &Proto, old: i32, new: i32) -> bool {
    let deltas = p.line_info.as_slice();
    if deltas.is_empty() {
        return false;
    }
    if new - old < MAX_DISTANCE / 2 {
        let passed = &deltas[(old + 1) as usize..=new as usize];
        if !passed.contains(&ABSOLUTE) {
            return passed.iter().map(|&d| d as i32).sum::<i32>() != 0;
        }
    }
    of(p, old) != of(p, new)
}
