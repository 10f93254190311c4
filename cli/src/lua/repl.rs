//! The interactive mode: reads statements and expressions, runs them, prints their values.

use super::line::{self, Input};
use super::run;
use perilune::args;
use perilune::error::{LResult, OK, Throw};
use perilune::limits::{MIN_STACK, MULTRET};
use perilune::object::State;
use perilune::value::ty;

/// The prompt for a first or a further line: a global variable or the default.
fn prompt(l: &State, first: bool) -> LResult<Vec<u8>> {
    let (global, default) = if first {
        ("_PROMPT", "> ")
    } else {
        ("_PROMPT2", ">> ")
    };
    if l.get_global(global)? == ty::NIL {
        l.pop(1);
        return Ok(default.as_bytes().to_vec());
    }
    let text = l.tolstring(-1)?.to_vec();
    l.pop(2);
    Ok(text)
}

/// Whether a chunk failed to compile because it is not finished.
fn is_incomplete(l: &State, status: i32) -> LResult<bool> {
    Ok(status == Throw::Syntax.status()
        && l.to_bytes(-1)?.is_some_and(|text| text.ends_with(b"<eof>")))
}

/// Reads a chunk and loads it; the status, `None` at the end of the input.
fn load(l: &State, input: &Input) -> LResult<Option<i32>> {
    l.set_top(0)?;
    let text = prompt(l, true)?;
    let Some(mut chunk) = input.read(&text) else {
        return Ok(None);
    };
    if let Some(expression) = chunk.strip_prefix(b"=") {
        chunk = [b"return ", expression].concat();
    }
    // As an expression first.
    let as_expression = [b"return ", chunk.as_slice(), b";"].concat();
    if l.load_buffer(&as_expression, b"=stdin", None)? == OK {
        input.remember(&chunk);
        return Ok(Some(OK));
    }
    l.pop(1);
    loop {
        let status = l.load_buffer(&chunk, b"=stdin", None)?;
        if is_incomplete(l, status)? {
            let text = prompt(l, false)?;
            if let Some(line) = input.read(&text) {
                l.pop(1);
                chunk.push(b'\n');
                chunk.extend_from_slice(&line);
                continue;
            }
        }
        input.remember(&chunk);
        return Ok(Some(status));
    }
}

/// Prints all values on the stack with the global `print`.
fn print_results(l: &State) -> LResult<()> {
    let n = l.get_top();
    if n == 0 {
        return Ok(());
    }
    l.ensure_stack_msg(MIN_STACK as i32, "too many results to print")?;
    l.get_global("print")?;
    l.insert(1);
    if l.pcall(n, 0, 0)? != OK {
        let reason = l.to_bytes(-1)?.unwrap_or(b"(null)");
        let text = l.push_format("error calling 'print' (%s)", args![reason])?;
        run::message(None, text.bytes());
    }
    Ok(())
}

/// Reads, runs and prints until the input ends.
pub fn run(l: &State) -> LResult<()> {
    let input = Input::new();
    while let Some(mut status) = load(l, &input)? {
        if status == OK {
            status = run::call(l, 0, MULTRET)?;
        }
        if status == OK {
            print_results(l)?;
        } else {
            run::report(l, None, status)?;
        }
    }
    l.set_top(0)?;
    line::flush_c();
    println!();
    Ok(())
}
