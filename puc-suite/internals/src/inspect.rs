//! The functions of `T` that look inside: colours, ages, sizes, code.

use perilune::api::Reg;
use perilune::bytecode::op::{self, Format, Op};
use perilune::debug::{line, local_name};
use perilune::error::LResult;
use perilune::heap::inspect;
use perilune::native;
use perilune::object::{GcHeader, Proto, State};
use perilune::value::{Gc, ty};

macro_rules! functions {
    ($($name:literal => $f:path),* $(,)?) => {
        &[$(Reg { name: $name, func: Some(native!($f)) }),*]
    };
}

/// Names and functions.
pub const FUNCTIONS: &[Reg] = functions! {
    "checkmemory" => check_memory,
    "checksteps" => check_steps,
    "gcage" => age,
    "gccolor" => color,
    "gcstate" => phase,
    "listabslineinfo" => list_absolute_lines,
    "listcode" => list_code,
    "listk" => list_constants,
    "listlocals" => list_locals,
    "querystr" => string_table,
    "querytab" => table_sizes,
    "stacklevel" => stack_level,
};

/// Ends the process if the heap is not as it should be; an error could be caught.
fn check_memory(l: &State) -> LResult<i32> {
    if let Err(what) = inspect::check(l) {
        panic!("heap check: {what}");
    }
    Ok(0)
}

/// From now on, `check_memory` after the collector's steps.
fn check_steps(_: &State) -> LResult<i32> {
    inspect::check_steps();
    Ok(0)
}

/// Pushes what `ask` says about the object that is argument 1.
fn ask_object(l: &State, ask: impl Fn(Gc<GcHeader>) -> &'static str) -> LResult<i32> {
    l.check_any(1)?;
    let v = l.value_at(1);
    l.push_str(if v.is_collectable() {
        ask(v.gc())
    } else {
        "no collectable"
    })?;
    Ok(1)
}

fn age(l: &State) -> LResult<i32> {
    ask_object(l, inspect::age)
}

fn color(l: &State) -> LResult<i32> {
    ask_object(l, |o| inspect::color(l, o))
}

/// The collector's phase; with the name of one, runs it until it is there.
fn phase(l: &State) -> LResult<i32> {
    if l.is_none_or_nil(1) {
        l.push_str(inspect::phase(l))?;
        return Ok(1);
    }
    let wanted = l.check_option(1, None, &inspect::PHASES)?;
    if inspect::run_until_phase(l, wanted) {
        Ok(0)
    } else {
        Err(l.lib_error("cannot change states in generational mode", &[]))
    }
}

fn push_sizes(l: &State, sizes: &[usize]) -> LResult<i32> {
    for &n in sizes {
        l.push_int(n as i64);
    }
    Ok(sizes.len() as i32)
}

/// Buckets of the string table, and strings in it.
fn string_table(l: &State) -> LResult<i32> {
    let strings = &l.global().strings;
    push_sizes(l, &[strings.size(), strings.used()])
}

/// A table's array part, nodes, free nodes' limit, and where the search for a border starts.
fn table_sizes(l: &State) -> LResult<i32> {
    l.check_type(1, ty::TABLE)?;
    match l.value_at(1).as_table() {
        Some(t) => push_sizes(l, &t.layout()),
        None => unreachable!("the type was checked"),
    }
}

/// Slots in use, slots, C calls, frames.
fn stack_level(l: &State) -> LResult<i32> {
    let used = l.top.get().distance(l.stack.get());
    push_sizes(
        l,
        &[
            used as usize,
            l.stack_size(),
            l.c_calls.get() as usize,
            l.nci.get() as usize,
        ],
    )
}

/// The prototype of the Lua function that is argument 1.
fn prototype(l: &State) -> LResult<Gc<Proto>> {
    match l.value_at(1).as_lua_closure() {
        Some(c) => Ok(c.proto_object()),
        None => Err(l.arg_error(1, "Lua function expected")),
    }
}

/// The instructions of a function, one string each, and how many registers and parameters it has.
fn list_code(l: &State) -> LResult<i32> {
    let p = prototype(l)?;
    l.create_table(p.code.len() as u32, 2)?;
    l.push_int(p.max_stack.get().into());
    l.set_field(-2, "maxstack")?;
    l.push_int(p.num_params.get().into());
    l.set_field(-2, "numparams")?;
    for (pc, &i) in p.code.as_slice().iter().enumerate() {
        l.push_str(&instruction(&p, pc, op::public(i)))?;
        l.raw_set_i(-2, pc as i64 + 1)?;
    }
    Ok(1)
}

/// An instruction in words; the line, which tests take out by its brackets, in front.
fn instruction(p: &Proto, pc: usize, i: u32) -> String {
    let line = line::of(p, pc as i32);
    let Some(o) = Op::from_code(op::op(i)) else {
        return format!("({line}) {pc} unknown");
    };
    let operands = match o.format() {
        Format::ABC => {
            let flag = if op::k(i) { " (k)" } else { "" };
            format!("{} {} {}{flag}", op::a(i), op::b(i), op::c(i))
        }
        Format::ABx => format!("{} {}", op::a(i), op::bx(i)),
        Format::AsBx => format!("{} {}", op::a(i), op::sbx(i)),
        Format::Ax => op::ax(i).to_string(),
        Format::SJ => op::sj(i).to_string(),
    };
    format!("({line}) {pc} {} {operands}", o.name())
}

fn list_constants(l: &State) -> LResult<i32> {
    let p = prototype(l)?;
    l.create_table(p.constants.len() as u32, 0)?;
    for (n, &k) in p.constants.as_slice().iter().enumerate() {
        l.push(k);
        l.raw_set_i(-2, n as i64 + 1)?;
    }
    Ok(1)
}

/// The list of absolute lines: instruction and line in turns.
fn list_absolute_lines(l: &State) -> LResult<i32> {
    let p = prototype(l)?;
    let entries = p.abs_line_info.as_slice();
    if p.line_info.is_empty() {
        return Err(l.arg_error(1, "function has no debug info"));
    }
    l.create_table(2 * entries.len() as u32, 0)?;
    for (n, e) in entries.iter().enumerate() {
        l.push_int(e.pc.into());
        l.raw_set_i(-2, 2 * n as i64 + 1)?;
        l.push_int(e.line.into());
        l.raw_set_i(-2, 2 * n as i64 + 2)?;
    }
    Ok(1)
}

/// The names of the local variables that are active at instruction number `arg 2`, as results.
fn list_locals(l: &State) -> LResult<i32> {
    let p = prototype(l)?;
    let pc = l.check_int(2)? as i32 - 1;
    let mut n = 0;
    while let Some(name) = local_name(&p, n + 1, pc) {
        l.ensure_stack_msg(1, "too many local variables")?;
        l.push_bytes(name.to_bytes())?;
        n += 1;
    }
    Ok(n)
}
