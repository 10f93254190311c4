//! Activation records: `lua_getstack` and `lua_getinfo`.

use super::message::chunk_id;
use super::{current_line, line, lua_closure, names};
use crate::error::LResult;
use crate::heap;
use crate::limits::ID_SIZE;
use crate::object::thread::cist;
use crate::object::{CallInfo, Proto, State, Table};
use crate::value::TValue;
use core::ffi::{CStr, c_char, c_int};
use core::ptr::null;

/// `lua_Debug`.
#[repr(C)]
pub struct LuaDebug {
    /// The event that a hook is called for.
    pub event: c_int,
    /// (n) A name of the function, or null.
    pub name: *const c_char,
    /// (n) What the name is: "global", "local", "method", "field", ... or "".
    pub namewhat: *const c_char,
    /// (S) "Lua", "C" or "main".
    pub what: *const c_char,
    /// (S) The chunk's name.
    pub source: *const c_char,
    /// (S) Its length.
    pub srclen: usize,
    /// (l) The current line, or -1.
    pub currentline: c_int,
    /// (S) First line of the definition, or -1.
    pub linedefined: c_int,
    /// (S) Last line of the definition, or -1.
    pub lastlinedefined: c_int,
    /// (u) Number of upvalues.
    pub nups: u8,
    /// (u) Number of parameters.
    pub nparams: u8,
    /// (u) Whether the function is a vararg function.
    pub isvararg: c_char,
    /// (t) Whether the frame was entered by a tail call.
    pub istailcall: c_char,
    /// (r) Index of the first value transferred.
    pub ftransfer: u16,
    /// (r) Number of values transferred.
    pub ntransfer: u16,
    /// (S) The printable form of `source`.
    pub short_src: [c_char; ID_SIZE],
    /// The frame.
    pub i_ci: *mut CallInfo,
}

impl Default for LuaDebug {
    fn default() -> Self {
        Self::new()
    }
}

/// The bytes of a C string that this library stored, or of none.
fn c_bytes(p: *const c_char) -> Option<&'static [u8]> {
    if p.is_null() {
        return None;
    }
    // SAFETY: `get_info` stores null, static strings, or strings that the running functions keep alive.
    Some(unsafe { CStr::from_ptr(p) }.to_bytes())
}

impl LuaDebug {
    /// An empty record.
    pub const fn new() -> Self {
        LuaDebug {
            event: 0,
            name: null(),
            namewhat: null(),
            what: null(),
            source: null(),
            srclen: 0,
            currentline: 0,
            linedefined: 0,
            lastlinedefined: 0,
            nups: 0,
            nparams: 0,
            isvararg: 0,
            istailcall: 0,
            ftransfer: 0,
            ntransfer: 0,
            short_src: [0; ID_SIZE],
            i_ci: core::ptr::null_mut(),
        }
    }
    /// The frame that `get_stack` or a hook stored.
    pub fn frame(&self) -> Option<&CallInfo> {
        // SAFETY: the host uses the record only while the frame is active.
        unsafe { self.i_ci.as_ref() }
    }
    /// `name`.
    pub fn name_bytes(&self) -> Option<&'static [u8]> {
        c_bytes(self.name)
    }
    /// `namewhat`.
    pub fn namewhat_bytes(&self) -> &'static [u8] {
        c_bytes(self.namewhat).unwrap_or(b"")
    }
    /// `what`.
    pub fn what_bytes(&self) -> &'static [u8] {
        c_bytes(self.what).unwrap_or(b"")
    }
    /// `source`, which may contain zeros.
    pub fn source_bytes(&self) -> &'static [u8] {
        if self.source.is_null() {
            return b"";
        }
        // SAFETY: `get_info` stored the address and length of a string that the function keeps alive.
        unsafe { core::slice::from_raw_parts(self.source.cast(), self.srclen) }
    }
    /// `short_src`.
    pub fn short_src_bytes(&self) -> &[u8] {
        let n = self
            .short_src
            .iter()
            .position(|&c| c == 0)
            .unwrap_or(ID_SIZE);
        // SAFETY: `c_char` and `u8` have the same layout.
        unsafe { core::slice::from_raw_parts(self.short_src.as_ptr().cast(), n) }
    }
}

/// Stores the frame at a level (0: the running function) in `ar`; answers whether there is one.
pub fn get_stack(l: &State, level: i32, ar: &mut LuaDebug) -> bool {
    if level < 0 {
        return false;
    }
    let mut ci = l.ci();
    let mut left = level;
    while left > 0 && !l.is_base_ci(ci) {
        left -= 1;
        // SAFETY: only the base frame has no previous one.
        ci = unsafe { &*ci.prev.get() };
    }
    if l.is_base_ci(ci) {
        return false;
    }
    ar.i_ci = ci as *const CallInfo as *mut CallInfo;
    true
}

fn proto_of(f: TValue) -> Option<&'static Proto> {
    f.as_lua_closure().map(|c| c.to_ref().proto())
}

fn fill_source(ar: &mut LuaDebug, f: TValue) {
    let source: &'static [u8];
    match proto_of(f) {
        None => {
            source = c"=[C]".to_bytes();
            ar.linedefined = -1;
            ar.lastlinedefined = -1;
            ar.what = c"C".as_ptr();
        }
        Some(p) => {
            source = p.source.get().map_or(c"=?".to_bytes(), |s| s.bytes());
            ar.linedefined = p.line_defined.get();
            ar.lastlinedefined = p.last_line_defined.get();
            ar.what = if ar.linedefined == 0 {
                c"main".as_ptr()
            } else {
                c"Lua".as_ptr()
            };
        }
    }
    ar.source = source.as_ptr().cast();
    ar.srclen = source.len();
    let mut buf = [0; ID_SIZE];
    let n = chunk_id(source, &mut buf).len();
    for (to, from) in ar.short_src.iter_mut().zip(&buf[..n]) {
        *to = *from as c_char;
    }
    ar.short_src[n] = 0;
}

fn fill_upvalues(ar: &mut LuaDebug, f: TValue) {
    ar.nups = match (f.as_lua_closure(), f.as_c_closure()) {
        (Some(c), _) => c.nupvalues() as u8,
        (_, Some(c)) => c.nupvalues() as u8,
        _ => 0,
    };
    match proto_of(f) {
        None => {
            ar.isvararg = 1;
            ar.nparams = 0;
        }
        Some(p) => {
            ar.isvararg = p.is_vararg.get() as c_char;
            ar.nparams = p.num_params.get();
        }
    }
}

fn fill_name(l: &State, ar: &mut LuaDebug, ci: Option<&CallInfo>) {
    let name = ci.filter(|ci| !ci.has(cist::TAIL)).and_then(|ci| {
        // SAFETY: a frame with a function has a caller's frame in front of it.
        let caller = unsafe { ci.prev.get().as_ref() }?;
        names::of_call_in(l, caller)
    });
    match name {
        Some(n) => {
            ar.name = n.name.as_ptr();
            ar.namewhat = n.kind.as_ptr();
        }
        None => {
            ar.name = null();
            ar.namewhat = c"".as_ptr();
        }
    }
}

/// Pushes a table whose keys are the lines of a function that have code; nil for a C function.
fn push_lines(l: &State, f: TValue) -> LResult<()> {
    let Some(p) = proto_of(f) else {
        l.push(TValue::NIL);
        return Ok(());
    };
    let t = Table::new(l)?;
    l.push(t.into());
    let n = p.line_info.len();
    let mut line = p.line_defined.get();
    let mut first = 0;
    if p.is_vararg.get() && n > 0 {
        // The instruction that adjusts the arguments is not code of the source.
        line = line::next(p, line, 0);
        first = 1;
    }
    for pc in first..n {
        line = line::next(p, line, pc);
        t.set_int(l, line as i64, TValue::TRUE)?;
    }
    heap::check_gc(l);
    Ok(())
}

/// Fills the fields of `ar` that the options in `what` ask for; with '>' for the function on the top, which is popped.
/// 'f' and 'L' push. Answers whether all options were valid. Raises memory errors.
pub fn get_info(l: &State, what: &[u8], ar: &mut LuaDebug) -> LResult<bool> {
    let (what, f, ci) = match what.split_first() {
        Some((b'>', rest)) => (rest, l.pop_value(), None),
        _ => {
            // SAFETY: as for `frame`; the reference does not outlive this call.
            let ci: Option<&CallInfo> = unsafe { ar.i_ci.as_ref() };
            (what, ci.map_or(TValue::NIL, |ci| ci.func.get().get()), ci)
        }
    };
    let mut valid = true;
    for &option in what {
        match option {
            b'S' => fill_source(ar, f),
            b'l' => ar.currentline = ci.filter(|ci| ci.is_lua()).map_or(-1, current_line),
            b'u' => fill_upvalues(ar, f),
            b't' => ar.istailcall = ci.is_some_and(|ci| ci.has(cist::TAIL)) as c_char,
            b'n' => fill_name(l, ar, ci),
            b'r' => match ci.filter(|ci| ci.has(cist::TRANSFER)) {
                Some(ci) => {
                    ar.ftransfer = ci.transfer_first.get();
                    ar.ntransfer = ci.transfer_count.get();
                }
                None => {
                    ar.ftransfer = 0;
                    ar.ntransfer = 0;
                }
            },
            b'L' | b'f' => {}
            _ => valid = false,
        }
    }
    if what.contains(&b'f') {
        l.push(f);
    }
    if what.contains(&b'L') {
        push_lines(l, f)?;
    }
    debug_assert!(ci.is_none_or(|ci| !ci.is_lua() || lua_closure(ci).is_some()));
    Ok(valid)
}
