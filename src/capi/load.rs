//! Loading and dumping chunks (manual section 4.6).

use super::types::{lua_Reader, lua_State, lua_Writer};
use super::{api, block, boundary, opt_cstr};
use crate::error::LResult;
use crate::object::State;
use crate::syntax::ChunkReader;
use core::ffi::{c_char, c_int, c_void};

/// A host's reader.
struct HostReader {
    reader: boundary::Reader,
    ud: *mut c_void,
}

impl ChunkReader for HostReader {
    fn read(&mut self, l: &State) -> LResult<&[u8]> {
        let (piece, size) = boundary::call_reader(l, self.reader, self.ud)?;
        Ok(if piece.is_null() {
            &[]
        } else {
            block(piece, size)
        })
    }
}

/// Reads a chunk and pushes it as a function; the status, with the error value on the top unless it is `LUA_OK`.
///
/// Stack `[-0, +1, -]`, manual section 4.6, `lua_load`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_load(
    state: *mut lua_State,
    reader: lua_Reader,
    data: *mut c_void,
    chunkname: *const c_char,
    mode: *const c_char,
) -> c_int {
    api(state, |l| {
        let Some(reader) = reader else {
            unreachable!("lua_load needs a reader")
        };
        let name = opt_cstr(chunkname).unwrap_or(b"?");
        l.load(&mut HostReader { reader, ud: data }, name, opt_cstr(mode))
    })
}

/// Writes the Lua function on the top as a binary chunk; the writer's last answer, 1 if there is no Lua function.
///
/// Stack `[-0, +0, -]`, manual section 4.6, `lua_dump`.
///
/// # Safety
/// As for every exported function (see `capi`).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn lua_dump(
    state: *mut lua_State,
    writer: lua_Writer,
    data: *mut c_void,
    strip: c_int,
) -> c_int {
    api(state, |l| {
        check_values!(l, 1);
        let Some(writer) = writer else {
            unreachable!("lua_dump needs a writer")
        };
        if l.value_at(-1).as_lua_closure().is_none() {
            return Ok(1);
        }
        let mut answer = 0;
        l.dump(strip != 0, &mut |piece| {
            answer = boundary::call_writer(l, writer, piece, data)?;
            Ok(answer == 0)
        })?;
        Ok(answer)
    })
}
