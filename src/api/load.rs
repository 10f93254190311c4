//! Loading and dumping chunks.

use crate::error::{self, LResult};
use crate::heap;
use crate::object::State;
use crate::object::thread::NON_YIELDABLE;
use crate::syntax::{self, ChunkReader};
use crate::value::Gc;
use crate::vm;

/// A reader of a chunk that is in memory.
pub struct BytesReader<'a>(Option<&'a [u8]>);

impl<'a> BytesReader<'a> {
    /// A reader of `s`.
    pub fn new(s: &'a [u8]) -> Self {
        BytesReader(Some(s))
    }
}

impl ChunkReader for BytesReader<'_> {
    fn read(&mut self, _l: &State) -> LResult<&[u8]> {
        Ok(self.0.take().unwrap_or_default())
    }
}

impl State {
    /// Reads a chunk and pushes it as a function whose first upvalue is the table of globals; the status, with the
    /// error value on the stack unless it is `OK`.
    pub fn load(
        &self,
        reader: &mut dyn ChunkReader,
        name: &[u8],
        mode: Option<&[u8]>,
    ) -> LResult<i32> {
        self.c_calls.set(self.c_calls.get() + NON_YIELDABLE);
        let top = self.save(self.top.get());
        let mut body = |l: &State| syntax::load(l, reader, name, mode);
        let status = vm::protected(self, top, self.errfunc.get(), &mut body);
        self.c_calls.set(self.c_calls.get() - NON_YIELDABLE);
        if status == error::OK
            && let Some(f) = self.top.get().sub(1).get().as_lua_closure()
            && f.nupvalues() > 0
        {
            let env = self.globals();
            let upvalue = Gc::from_ptr(f.upvalue_cells()[0].get());
            upvalue.v.get().set(env);
            heap::barrier(self, upvalue.header(), env);
        }
        Ok(status)
    }

    /// Loads a chunk that is in memory.
    pub fn load_buffer(&self, s: &[u8], name: &[u8], mode: Option<&[u8]>) -> LResult<i32> {
        self.load(&mut BytesReader::new(s), name, mode)
    }

    /// Writes the Lua function on the top as a binary chunk; false if there is none or `writer` returned false.
    pub fn dump(
        &self,
        strip: bool,
        writer: &mut dyn FnMut(&[u8]) -> LResult<bool>,
    ) -> LResult<bool> {
        match self.top.get().sub(1).get().as_lua_closure() {
            Some(f) => crate::bytecode::dump::dump(self, f.proto(), strip, writer),
            None => Ok(false),
        }
    }
}
