//! From source text to prototypes, in one pass: the lexer feeds the parser, which emits code as it recognises.
//!
//! Everything under construction hangs from a `Compiler` on the native stack; its vectors come from the state's
//! allocator. Strings and finished prototypes are kept alive by an anchor table on the Lua stack.

mod chars;
mod code;
mod exp;
mod expr;
mod func;
mod lexer;
mod operators;
mod parser;
mod scope;
mod statement;
mod token;

use crate::bytecode::undump;
use crate::error::{LResult, Throw};
use crate::heap;
use crate::object::{LClosure, State, UpVal, string};
use crate::value::Gc;

pub use lexer::Stream;

/// Delivers a chunk piece by piece.
pub trait ChunkReader {
    /// The next piece, valid until the next call; empty at the end. Raises what the source of the chunk raises.
    fn read(&mut self, l: &State) -> LResult<&[u8]>;
}

/// First byte of a binary chunk.
const BINARY_MARK: u8 = 0x1B;

/// Makes the reserved words, and marks them for the lexer.
pub fn init(l: &State) -> LResult<()> {
    let env = string::new(l, b"_ENV")?;
    heap::fix(l, env.header());
    l.global().env_name.set(Some(env));
    for (i, word) in token::RESERVED.iter().enumerate() {
        let s = string::new(l, word.as_bytes())?;
        heap::fix(l, s.header());
        s.extra().set(i as u8 + 1);
    }
    Ok(())
}

/// Reads a chunk, text or binary, and pushes its main function, whose upvalues are fresh and nil. `mode` restricts the
/// kind of chunk: it must contain `t` or `b`. Raises syntax and memory errors, and what the reader raises.
pub fn load(
    l: &State,
    reader: &mut dyn ChunkReader,
    name: &[u8],
    mode: Option<&[u8]>,
) -> LResult<()> {
    let mut stream = Stream::new(reader);
    let first = stream.peek(l)?;
    let closure = if first == Some(BINARY_MARK) {
        check_mode(l, mode, "binary")?;
        undump::load(l, &mut stream, name)?
    } else {
        check_mode(l, mode, "text")?;
        parser::compile(l, stream, name)?
    };
    open_upvalues(l, closure)
}

/// Gives the closure on the top fresh upvalues.
fn open_upvalues(l: &State, closure: Gc<LClosure>) -> LResult<()> {
    for cell in closure.upvalue_cells() {
        let uv = UpVal::new_closed(l)?;
        cell.set(uv.as_ptr());
        heap::barrier_object(l, closure.header(), uv.header());
    }
    Ok(())
}

fn check_mode(l: &State, mode: Option<&[u8]>, kind: &str) -> LResult<()> {
    match mode {
        Some(m) if !m.contains(&kind.as_bytes()[0]) => {
            l.push_format("attempt to load a %s chunk (mode is '%s')", args![kind, m])?;
            Err(Throw::Syntax)
        }
        _ => Ok(()),
    }
}
