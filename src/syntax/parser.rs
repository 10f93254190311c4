//! A chunk as a whole.

use super::func::{Compiler, FuncState, kind};
use super::lexer::{Lexer, Stream};
use super::token::Token;
use crate::error::LResult;
use crate::heap;
use crate::limits::MAX_C_CALLS;
use crate::object::proto::UpvalDesc;
use crate::object::{LClosure, Proto, State, Table, string};
use crate::value::Gc;
use crate::vm::call::check_c_depth;

/// Compiles a chunk and pushes its main closure, whose upvalues are still null.
pub fn compile(l: &State, stream: Stream<'_>, name: &[u8]) -> LResult<Gc<LClosure>> {
    l.ensure_stack(4)?;
    let depth = l.save(l.top.get());
    let closure = LClosure::new(l, core::ptr::null_mut(), 1)?;
    l.push(closure.into());
    let anchor = Table::new(l)?;
    l.push(anchor.into());
    let constants = Table::new(l)?;
    l.push(constants.into());
    let proto = Proto::new(l)?;
    closure.proto.set(proto.as_ptr());
    heap::barrier_object(l, closure.header(), proto.header());
    let source = string::new(l, name)?;
    proto.source.set(Some(source));
    heap::barrier_back_any(l, proto.header());
    let lex = Lexer::new(l, stream, anchor, source)?;
    let fs = FuncState::new(l, proto, 0, 0, 0);
    let mut compiler = Compiler::new(l, lex, fs, constants);
    compiler.main_function()?;
    drop(compiler);
    l.top.set(l.restore(depth).add(1));
    Ok(closure)
}

impl Compiler<'_, '_> {
    fn main_function(&mut self) -> LResult<()> {
        self.enter_block(false)?;
        self.set_vararg(0)?;
        let name = self.l.global().env_name.get();
        self.new_upvalue(
            0,
            UpvalDesc {
                name,
                in_stack: true,
                index: 0,
                kind: kind::REGULAR,
            },
        )?;
        self.lex.next()?;
        self.statements()?;
        self.check(Token::Eos)?;
        self.close_function()
    }

    /// Counts a level of nesting, as a C call. Raises "C stack overflow".
    pub fn enter_level(&mut self) -> LResult<()> {
        let l = self.l;
        l.c_calls.set(l.c_calls.get() + 1);
        if l.c_depth() >= MAX_C_CALLS {
            check_c_depth(l)
        } else {
            Ok(())
        }
    }
    /// Leaves a level of nesting.
    pub fn leave_level(&mut self) {
        self.l.c_calls.set(self.l.c_calls.get() - 1);
    }
}
