//! The interactive mode: reads statements and expressions, runs them, prints their values.

use super::run;
use perilune::args;
use perilune::error::{LResult, OK, Throw};
use perilune::limits::{MIN_STACK, MULTRET};
use perilune::object::State;
use perilune::value::ty;
use rustyline::error::ReadlineError;
use std::io::{IsTerminal, Write};

/// Where lines come from.
enum Input {
    /// A terminal, with editing and history.
    Editor(Box<rustyline::Editor<(), rustyline::history::DefaultHistory>>),
    /// Anything else, through C's standard input, which Lua functions read too.
    Plain,
}

impl Input {
    fn new() -> Input {
        if std::io::stdin().is_terminal()
            && let Ok(editor) = rustyline::Editor::new()
        {
            return Input::Editor(Box::new(editor));
        }
        Input::Plain
    }

    /// Reads a line, without its end; `None` at the end of the input.
    fn read(&mut self, prompt: &[u8]) -> Option<Vec<u8>> {
        flush_c();
        match self {
            Input::Editor(editor) => match editor.readline(&String::from_utf8_lossy(prompt)) {
                Ok(line) => Some(line.into_bytes()),
                Err(ReadlineError::Interrupted) => interrupt(),
                Err(_) => None,
            },
            Input::Plain => {
                let mut out = std::io::stdout().lock();
                // Whoever closed the output does not need the prompt. Lines are echoed, as the readline library does.
                let _ = out.write_all(prompt).and_then(|()| out.flush());
                let line = read_plain()?;
                let _ = out.write_all(&line).and_then(|()| out.write_all(b"\n"));
                Some(line)
            }
        }
    }

    fn remember(&mut self, line: &[u8]) {
        if let Input::Editor(editor) = self
            && !line.is_empty()
        {
            // A history that is full or refuses duplicates is no reason to stop.
            let _ = editor.add_history_entry(String::from_utf8_lossy(line));
        }
    }
}

/// Writes out what C functions printed.
fn flush_c() {
    // SAFETY: a null pointer means all streams.
    unsafe { libc::fflush(core::ptr::null_mut()) };
}

/// Ends the process as an interrupt does when nothing runs.
fn interrupt() -> Option<Vec<u8>> {
    // SAFETY: nothing is running that the signal's default action could hurt.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::raise(libc::SIGINT);
    }
    None
}

unsafe extern "C" {
    static stdin: *mut libc::FILE;
}

fn read_plain() -> Option<Vec<u8>> {
    let mut block = core::ptr::null_mut();
    let mut size = 0;
    // SAFETY: `getline` allocates and grows the block, of whose bytes it tells the number; it is freed here.
    unsafe {
        let n = libc::getline(&mut block, &mut size, stdin);
        let line = usize::try_from(n)
            .ok()
            .map(|n| core::slice::from_raw_parts(block.cast::<u8>(), n).to_vec());
        libc::free(block.cast());
        let mut line = line?;
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Some(line)
    }
}

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
fn load(l: &State, input: &mut Input) -> LResult<Option<i32>> {
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
    let mut input = Input::new();
    while let Some(mut status) = load(l, &mut input)? {
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
    flush_c();
    println!();
    Ok(())
}
