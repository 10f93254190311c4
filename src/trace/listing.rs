//! What is shown of traces when `PERILUNE_JIT` asks for it: a listing on stderr, and the map by which `perf` names code.

use super::options::Options;
use super::record::{Abort, Finish, Recorder};
use crate::debug::{chunk_id, line};
use crate::limits::ID_SIZE;
use crate::object::Proto;
use crate::object::proto::Instruction;
use crate::value::Gc;
use perilune_jit::{Backend, Code};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

/// Where an instruction is.
pub fn place(p: Gc<Proto>, at: *const Instruction) -> String {
    // SAFETY: `at` points into the code of `p`.
    let pc = unsafe { at.offset_from(p.code.as_ptr()) };
    let mut id = [0; ID_SIZE];
    let name = match p.source.get().map(|s| s.bytes()) {
        Some([b'@' | b'=', name @ ..]) => name,
        // The text of a chunk may be long.
        Some(text) => chunk_id(text, &mut id),
        None => b"?",
    };
    format!(
        "{}:{}",
        String::from_utf8_lossy(name),
        line::of(&p, pc as i32)
    )
}

/// A recording led to trace `number`, which `backend` has compiled last, and took so long to do.
pub fn compiled(
    r: &Recorder,
    finish: &Finish,
    number: u32,
    code: &Code,
    backend: &Backend,
    took: Duration,
    o: &Options,
) {
    let place = place(r.start_proto(), r.start);
    if o.perf {
        name_for_perf(code, &format!("lua {place} (trace {number})"));
    }
    if !o.list {
        return;
    }
    let from = match r.parent {
        Some(exit) => format!("exit {exit}"),
        None => String::from("root"),
    };
    let to = match finish {
        Finish::Loop => String::from("loop"),
        Finish::FirstRound => String::from("second round"),
        Finish::Link(n) => format!("trace {n}"),
        Finish::Continue => String::from("call"),
        Finish::Join => String::from("join"),
        Finish::Return => String::from("return"),
        Finish::TailCall => String::from("tail call"),
        Finish::Interpreter => String::from("interpreter"),
    };
    eprintln!(
        "[trace {number} {place} {from} -> {to}: {} IR, {} bytes, {} exits, {} steps, {} calls, {} us]",
        r.ir.len(),
        code.size,
        code.exits.len(),
        r.steps,
        r.calls_out,
        took.as_micros()
    );
    if o.dump {
        eprintln!("{}", r.ir);
        eprintln!("{}", backend.listing().unwrap_or_default());
    }
}

/// A recording led to nothing.
pub fn aborted(r: &Recorder, why: Abort, o: &Options) {
    if o.list {
        eprintln!("[trace abort {} {why:?}]", place(r.start_proto(), r.start));
    }
}

/// Exit `number`, of trace `trace`, was taken so many times until a side trace took its place.
pub fn exit_taken(number: usize, trace: u32, place: &str, times: u16) {
    eprintln!("[exit {number} of trace {trace} {place}: taken {times} times]");
}

/// Adds a line to the file in which `perf` looks for the names of code that is no part of a file. A file of that name that
/// is a link, somebody else's trap perhaps, is left alone, and so is any error: profiles are not worth a host's failure.
fn name_for_perf(code: &Code, name: &str) {
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path);
    if let Ok(mut file) = file {
        // A line is written at once, so that the lines of several threads do not mix.
        let line = format!("{:x} {:x} {name}\n", code.entry as usize, code.size);
        file.write_all(line.as_bytes()).unwrap_or_default();
    }
}
