//! The stand-alone compiler: options, combining of several files, listing, writing of binary chunks.

use perilune::bytecode::{combine, dump, listing};
use perilune::capi;
use perilune::error::OK;
use perilune::heap::control;
use perilune::object::{Proto, State};
use std::ffi::CString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::ExitCode;

/// What `-v` prints.
const COPYRIGHT: &str = "Lua 5.4.9  Copyright (C) 1994-2025 Lua.org, PUC-Rio";
/// Where the chunk goes without `-o`, and what is read without a file name.
const DEFAULT_OUTPUT: &[u8] = b"luac.out";
/// What C's stdio collects before it writes to a file.
const BUFFER: usize = 4096;

/// The command line.
struct Options {
    program: Vec<u8>,
    listing: u32,
    dump: bool,
    strip: bool,
    version: u32,
    /// `None`: standard output.
    output: Option<Vec<u8>>,
    files: Vec<Vec<u8>>,
}

/// Why the program stops: the text for standard error.
struct Failure(Vec<u8>);

fn failure(program: &[u8], parts: &[&[u8]]) -> Failure {
    Failure([program, b": ", &parts.concat(), b"\n"].concat())
}

fn usage(program: &[u8], problem: &[&[u8]]) -> Failure {
    let mut text = failure(program, problem).0;
    text.extend([b"usage: ", program, b" [options] [filenames]\n"].concat());
    text.extend_from_slice(
        b"Available options are:\n  \
          -l       list (use -l -l for full listing)\n  \
          -o name  output to file 'name' (default is \"luac.out\")\n  \
          -p       parse only\n  \
          -s       strip debug information\n  \
          -v       show version information\n  \
          --       stop handling options\n  \
          -        stop handling options and process stdin\n",
    );
    Failure(text)
}

impl Options {
    fn parse(args: Vec<Vec<u8>>) -> Result<Options, Failure> {
        let mut args = args.into_iter();
        let program = args
            .next()
            .filter(|p| !p.is_empty())
            .unwrap_or_else(|| b"luac".to_vec());
        let count = args.len() as u32;
        let mut o = Options {
            program,
            listing: 0,
            dump: true,
            strip: false,
            version: 0,
            output: Some(DEFAULT_OUTPUT.to_vec()),
            files: Vec::new(),
        };
        while let Some(arg) = args.next() {
            match arg.as_slice() {
                b"--" => {
                    o.version += (o.version > 0) as u32;
                    break;
                }
                b"-l" => o.listing += 1,
                b"-p" => o.dump = false,
                b"-s" => o.strip = true,
                b"-v" => o.version += 1,
                b"-o" => match args.next().as_deref() {
                    Some(b"-") => o.output = None,
                    None | Some([] | [b'-', ..]) => {
                        return Err(usage(&o.program, &[b"'-o' needs argument"]));
                    }
                    Some(name) => o.output = Some(name.to_vec()),
                },
                [b'-', _, ..] => {
                    return Err(usage(&o.program, &[b"unrecognized option '", &arg, b"'"]));
                }
                _ => {
                    o.files.push(arg);
                    break;
                }
            }
        }
        o.files.extend(args);
        if o.files.is_empty() && (o.listing > 0 || !o.dump) {
            o.dump = false;
            o.files
                .push(o.output.clone().unwrap_or_else(|| DEFAULT_OUTPUT.to_vec()));
        }
        if o.version > 0 {
            println!("{COPYRIGHT}");
            if o.version == count {
                return Err(Failure(Vec::new()));
            }
        }
        if o.files.is_empty() {
            return Err(usage(&o.program, &[b"no input files given"]));
        }
        Ok(o)
    }

    fn cannot(&self, what: &str, e: &io::Error) -> Failure {
        let text = e.to_string();
        let reason = text.split(" (os error").next().unwrap_or_default();
        let name = self.output.as_deref().unwrap_or(b"(stdout)");
        failure(
            &self.program,
            &[
                b"cannot ",
                what.as_bytes(),
                b" ",
                name,
                b": ",
                reason.as_bytes(),
            ],
        )
    }
}

fn main() -> ExitCode {
    let args = std::env::args_os().map(OsStringExt::into_vec).collect();
    match Options::parse(args).and_then(|o| run(&o)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) if text.is_empty() => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            // Nobody is left to tell if standard error is closed.
            let _ = io::stderr().write_all(&text);
            ExitCode::FAILURE
        }
    }
}

fn run(o: &Options) -> Result<(), Failure> {
    // SAFETY: no state exists yet.
    let state = unsafe { capi::lauxlib::luaL_newstate() };
    // SAFETY: not null means a live state, which only this function closes.
    let Some(l) = (unsafe { state.as_ref() }) else {
        return Err(failure(
            &o.program,
            &[b"cannot create state: not enough memory"],
        ));
    };
    // Prototypes that are put together are reachable from nowhere for a while.
    control::gc_stop(l);
    let done = compile(l, o);
    // SAFETY: the state is live, and nothing of it is used afterwards.
    unsafe { capi::state::lua_close(state) };
    done
}

/// The message on the top of the stack.
fn message(l: &State, o: &Options) -> Failure {
    let text = l.value_at(-1).as_string().map_or(&b"?"[..], |s| s.bytes());
    failure(&o.program, &[text])
}

fn compile(l: &State, o: &Options) -> Result<(), Failure> {
    let mut protos = Vec::new();
    for file in &o.files {
        let name = CString::new(file.as_slice()).unwrap_or_default();
        let path = if file == b"-" {
            None
        } else {
            Some(name.as_c_str())
        };
        if !l.check_stack(1) {
            return Err(failure(&o.program, &[b"too many input files"]));
        }
        if l.load_file(path, None) != Ok(OK) {
            return Err(message(l, o));
        }
        protos.extend(l.value_at(-1).as_lua_closure().map(|f| f.proto_object()));
    }
    let main = match protos[..] {
        [single] => single,
        _ => combine::combine(l, &protos).map_err(|_| message(l, o))?,
    };
    if o.listing > 0 {
        let mut out = BufWriter::new(io::stdout().lock());
        // As C programs do, a listing goes on when standard output fails.
        let _ = listing::print(&mut out, &main, o.listing > 1);
        let _ = out.flush();
    }
    if o.dump {
        write_chunk(l, o, &main)
    } else {
        Ok(())
    }
}

fn write_chunk(l: &State, o: &Options, main: &Proto) -> Result<(), Failure> {
    let target: Box<dyn Write> = match &o.output {
        None => Box::new(io::stdout()),
        Some(name) => {
            let path = std::ffi::OsStr::from_bytes(name);
            Box::new(File::create(path).map_err(|e| o.cannot("open", &e))?)
        }
    };
    let mut out = BufWriter::with_capacity(BUFFER, target);
    let mut problem = None;
    let _ = dump::dump(l, main, o.strip, &mut |s| {
        problem = out.write_all(s).err();
        Ok(problem.is_none())
    });
    if let Some(e) = problem {
        return Err(o.cannot("write", &e));
    }
    out.flush().map_err(|e| o.cannot("close", &e))
}
