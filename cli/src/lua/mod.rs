//! The stand-alone interpreter: options, `LUA_INIT`, scripts, interactive mode.
//!
//! Where its state and its libraries come from is the caller's choice, so that a test build can bring its own.

mod args;
mod line;
mod repl;
mod run;

use args::{Action, Options};
use perilune::capi::state::lua_close;
use perilune::error::{LResult, OK};
use perilune::heap::control;
use perilune::limits::REGISTRY_INDEX;
use perilune::native;
use perilune::object::State;
use std::ffi::{CStr, c_char, c_int};
use std::io::{IsTerminal, Write};

/// What `-v` prints.
const COPYRIGHT: &str = "Lua 5.4.9  Copyright (C) 1994-2025 Lua.org, PUC-Rio";

/// What the interpreter runs on.
pub struct Host {
    /// Opens a state; null when there is no memory.
    pub new_state: fn() -> *mut State,
    /// Opens the libraries.
    pub open_libs: fn(&State) -> LResult<()>,
}

/// The command line.
struct Program {
    args: Vec<Vec<u8>>,
    name: String,
    open_libs: fn(&State) -> LResult<()>,
}

/// Runs the interpreter as C's `main`: without what std does before and after Rust's, which has no use here and takes
/// 250 KiB of resident memory, most of it pages of the C library. Returns the exit status.
///
/// # Safety
/// `argv` has `argc` strings.
pub unsafe fn main(host: &Host, argc: c_int, argv: *const *const c_char) -> c_int {
    let args: Vec<Vec<u8>> = (0..argc as usize)
        // SAFETY: the caller's: `argv` has that many strings.
        .map(|i| unsafe { CStr::from_ptr(*argv.add(i)) }.to_bytes().to_vec())
        .collect();
    let name = args
        .first()
        .filter(|name| !name.is_empty())
        .map_or("lua".into(), |s| String::from_utf8_lossy(s).into());
    let program = Program {
        args,
        name,
        open_libs: host.open_libs,
    };
    let state = (host.new_state)();
    // SAFETY: not null means a live state, which only this function closes.
    let Some(l) = (unsafe { state.as_ref() }) else {
        run::message(
            Some(&program.name),
            b"cannot create state: not enough memory",
        );
        return libc::EXIT_FAILURE;
    };
    let succeeded = start(l, &program);
    // SAFETY: the state is live and nothing uses it afterwards.
    unsafe { lua_close(state) };
    if succeeded {
        libc::EXIT_SUCCESS
    } else {
        libc::EXIT_FAILURE
    }
}

/// Runs the program in protected mode; whether it succeeded.
fn start(l: &State, program: &Program) -> bool {
    control::gc_stop(l);
    l.push_native(native!(protected_main));
    l.push_light((&raw const *program).cast_mut().cast());
    match l.pcall(1, 1, 0) {
        Ok(status) => {
            let result = l.to_boolean(-1);
            run::report(l, Some(&program.name), status).is_ok_and(|status| status == OK && result)
        }
        Err(_) => false,
    }
}

/// Pushes whether the program ran without error.
fn protected_main(l: &State) -> LResult<i32> {
    // SAFETY: `start` passes the address of the program's description, which outlives this call.
    let program = unsafe { &*l.to_userdata(1).cast::<Program>() };
    l.set_top(0)?;
    let ok = run_program(l, program)?;
    l.push_bool(ok);
    Ok(1)
}

fn run_program(l: &State, program: &Program) -> LResult<bool> {
    let options = match args::collect(&program.args) {
        Ok(options) => options,
        Err(bad) => {
            // Nowhere to report a failure to.
            let _ = std::io::stderr()
                .write_all(args::usage(&program.name, &program.args[bad]).as_bytes());
            return Ok(false);
        }
    };
    if options.version {
        print_version();
    }
    if options.ignore_environment {
        l.push_bool(true);
        l.set_field(REGISTRY_INDEX, "LUA_NOENV")?;
    }
    (program.open_libs)(l)?;
    set_arg_table(l, program, options.script)?;
    control::gc_restart(l);
    control::gc_generational(l, 0, 0);
    let name = Some(program.name.as_str());
    if !options.ignore_environment && run::init(l, name)? != OK {
        return Ok(false);
    }
    for action in args::actions(&program.args, options.script.unwrap_or(program.args.len())) {
        let status = match action {
            Action::Execute(text) => run::string(l, name, text, b"=(command line)")?,
            Action::Library(module) => run::library(l, name, module)?,
            Action::Warnings => {
                l.warning(c"@on", false);
                OK
            }
        };
        if status != OK {
            return Ok(false);
        }
    }
    run_main_part(l, program, &options)
}

/// Runs the script, the interactive mode, or standard input.
fn run_main_part(l: &State, program: &Program, options: &Options) -> LResult<bool> {
    let name = Some(program.name.as_str());
    if let Some(at) = options.script {
        let path = run::c_string(&program.args[at]);
        // A lone hyphen means standard input, unless it stands behind the end of the options.
        let is_input = path.as_c_str() == c"-" && program.args[at - 1] != b"--";
        let path: Option<&CStr> = if is_input { None } else { Some(&path) };
        if run::script(l, name, path)? != OK {
            return Ok(false);
        }
        if options.interactive {
            repl::run(l)?;
        }
    } else if options.interactive {
        repl::run(l)?;
    } else if !options.execute && !options.version {
        if std::io::stdin().is_terminal() {
            print_version();
            repl::run(l)?;
        } else {
            run::file(l, name, None)?;
        }
    }
    Ok(true)
}

fn print_version() {
    println!("{COPYRIGHT}");
}

/// Sets the global `arg`: the script at index 0, its arguments behind, everything else in front.
fn set_arg_table(l: &State, program: &Program, script: Option<usize>) -> LResult<()> {
    let args = &program.args;
    // Without a script, the interpreter's own name is at index 0.
    let origin = script.unwrap_or(0);
    let behind = args.len().saturating_sub(origin + 1);
    l.create_table(behind as u32, origin as u32 + 1)?;
    for (i, arg) in args.iter().enumerate() {
        l.push_bytes(arg)?;
        l.raw_set_i(-2, i as i64 - origin as i64)?;
    }
    l.set_global("arg")
}
