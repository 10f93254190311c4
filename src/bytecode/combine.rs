//! Several main functions as one, for chunks that are made of several files.

use crate::error::{LResult, OK, Throw};
use crate::heap::{LVec, barrier_back_any};
use crate::object::proto::UpvalDesc;
use crate::object::{Proto, State};
use crate::value::{Gc, TValue};

/// A main function that calls the functions of all files, one after the other.
///
/// The prototypes are put together while nothing refers to them: the collector must be stopped.
pub fn combine(l: &State, protos: &[Gc<Proto>]) -> LResult<Gc<Proto>> {
    let text = b"(function()end)();".repeat(protos.len());
    if l.load_buffer(&text, b"=(luac)", None)? != OK {
        return Err(Throw::Syntax);
    }
    let Some(template) = l.value_at(-1).as_lua_closure() else {
        unreachable!("a loaded chunk is a Lua function")
    };
    let template = template.proto();
    let mut inner = LVec::new(l);
    for p in protos {
        // The first upvalue comes from the new main function's upvalues.
        let copy = copy(l, p)?;
        let mut upvalues = vector(l, p.upvalues.as_slice())?;
        if let Some(first) = upvalues.first_mut() {
            *first = UpvalDesc {
                in_stack: false,
                ..*first
            };
        }
        copy.upvalues.set(&mut upvalues)?;
        copy.protos.set(&mut vector(l, p.protos.as_slice())?)?;
        copy.line_info
            .set(&mut vector(l, p.line_info.as_slice())?)?;
        copy.abs_line_info
            .set(&mut vector(l, p.abs_line_info.as_slice())?)?;
        inner.push(copy)?;
    }
    let main = copy(l, template)?;
    main.upvalues
        .set(&mut vector(l, template.upvalues.as_slice())?)?;
    main.protos.set(&mut inner)?;
    barrier_back_any(l, main.header());
    Ok(main)
}

fn vector<T: Copy>(l: &State, from: &[T]) -> LResult<LVec<T>> {
    let mut v = LVec::new(l);
    v.extend(from)?;
    Ok(v)
}

/// A prototype with the same code, constants and variables.
fn copy(l: &State, p: &Proto) -> LResult<Gc<Proto>> {
    let new = Proto::new(l)?;
    l.push(TValue::object(new.header()));
    new.num_params.set(p.num_params.get());
    new.is_vararg.set(p.is_vararg.get());
    new.max_stack.set(p.max_stack.get());
    new.line_defined.set(p.line_defined.get());
    new.last_line_defined.set(p.last_line_defined.get());
    new.source.set(p.source.get());
    new.code.set(&mut vector(l, p.code.as_slice())?)?;
    new.constants.set(&mut vector(l, p.constants.as_slice())?)?;
    new.loc_vars.set(&mut vector(l, p.loc_vars.as_slice())?)?;
    l.pop_n(1);
    Ok(new)
}
