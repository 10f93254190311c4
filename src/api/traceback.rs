//! The text of a traceback.

use crate::debug::{self, LuaDebug};
use crate::error::LResult;
use crate::format::format_into;
use crate::heap::LVec;
use crate::object::State;

/// Levels shown at the beginning of a long traceback.
const FIRST_LEVELS: i32 = 10;
/// Levels shown at its end.
const LAST_LEVELS: i32 = 11;

impl State {
    /// Pushes a traceback of `l1` from `level` on, behind `msg` and a line break if there is one.
    pub fn traceback(&self, l1: &State, msg: Option<&[u8]>, level: i32) -> LResult<()> {
        let mut out = LVec::new(self);
        if let Some(msg) = msg {
            out.extend(msg)?;
            out.push(b'\n')?;
        }
        out.extend(b"stack traceback:")?;
        let last = last_level(l1);
        let mut until_gap = if last - level > FIRST_LEVELS + LAST_LEVELS {
            FIRST_LEVELS
        } else {
            -1
        };
        let mut level = level;
        let mut ar = LuaDebug::new();
        while debug::get_stack(l1, level, &mut ar) {
            level += 1;
            if until_gap == 0 {
                let skipped = last - level - LAST_LEVELS + 1;
                format_into(
                    self,
                    &mut out,
                    "\n\t...\t(skipping %d levels)",
                    args![skipped],
                )?;
                level += skipped;
            } else {
                self.append_level(l1, &mut out, &mut ar)?;
            }
            until_gap -= 1;
        }
        self.push_bytes(&out)?;
        Ok(())
    }

    fn append_level(&self, l1: &State, out: &mut LVec<u8>, ar: &mut LuaDebug) -> LResult<()> {
        debug::get_info(l1, b"Slnt", ar)?;
        let source = ar.short_src_bytes();
        if ar.currentline <= 0 {
            format_into(self, out, "\n\t%s: in ", args![source])?;
        } else {
            format_into(self, out, "\n\t%s:%d: in ", args![source, ar.currentline])?;
        }
        self.append_function_name(out, ar)?;
        if ar.istailcall != 0 {
            out.extend(b"\n\t(...tail calls...)")?;
        }
        Ok(())
    }

    fn append_function_name(&self, out: &mut LVec<u8>, ar: &mut LuaDebug) -> LResult<()> {
        let top = self.get_top();
        debug::get_info(self, b"f", ar)?;
        let found = self.push_global_name(self.value_at(-1))?;
        let name = self
            .value_at(-1)
            .as_string()
            .map_or(&b"?"[..], |s| s.bytes());
        match (found, ar.what_bytes().first()) {
            (true, _) => format_into(self, out, "function '%s'", args![name])?,
            (false, _) if !ar.namewhat_bytes().is_empty() => {
                let name = ar.name_bytes().unwrap_or(b"?");
                format_into(self, out, "%s '%s'", args![ar.namewhat_bytes(), name])?;
            }
            (false, Some(b'm')) => out.extend(b"main chunk")?,
            (false, Some(b'C')) => out.push(b'?')?,
            (false, _) => {
                format_into(
                    self,
                    out,
                    "function <%s:%d>",
                    args![ar.short_src_bytes(), ar.linedefined],
                )?;
            }
        }
        self.set_top(top)
    }
}

/// The number of the outermost level, found by doubling and halving.
fn last_level(l: &State) -> i32 {
    let mut ar = LuaDebug::new();
    let (mut low, mut high) = (1, 1);
    while debug::get_stack(l, high, &mut ar) {
        low = high;
        high *= 2;
    }
    while low < high {
        let mid = (low + high) / 2;
        if debug::get_stack(l, mid, &mut ar) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    high - 1
}
