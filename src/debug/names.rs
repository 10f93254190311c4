//! Names of values in running code, found by looking at the bytecode: which instruction put a value into a register, and
//! where that got it from.

use super::{current_pc, locals, lua_closure};
use crate::bytecode::op::{self, Op, a, ax, b, bx, c, k as kbit, sj};
use crate::global::Event;
use crate::object::thread::cist;
use crate::object::{CallInfo, Proto, State};
use crate::value::Slot;
use crate::vm::interp::bytecode_event;
use core::ffi::CStr;

/// What kind of thing a name is for, and the name.
#[derive(Clone, Copy)]
pub struct Name {
    /// "local", "global", "field", "method", "upvalue", "constant", "metamethod", ...
    pub kind: &'static CStr,
    /// The name.
    pub name: &'static CStr,
}

const UNKNOWN: &CStr = c"?";
const ENV: &CStr = c"_ENV";

fn code_at(p: &Proto, pc: i32) -> u32 {
    op::public(p.code.as_slice()[pc as usize])
}

fn upvalue_name(p: &Proto, n: usize) -> &'static CStr {
    p.upvalues
        .as_slice()
        .get(n)
        .and_then(|u| u.name)
        .map_or(UNKNOWN, |s| s.c_str())
}

/// Name of a constant if it is a string, else "?".
fn constant_name(p: &Proto, n: usize) -> Option<&'static CStr> {
    p.constants
        .as_slice()
        .get(n)
        .and_then(|k| k.as_string())
        .map(|s| s.c_str())
}

/// The last instruction before `last_pc` that set register `reg` for certain.
fn setter_of(p: &Proto, last_pc: i32, reg: usize) -> Option<i32> {
    let mut last_pc = last_pc;
    if Op::from_code(op::op(code_at(p, last_pc))).is_some_and(Op::is_metamethod) {
        // The instruction in front did not complete.
        last_pc -= 1;
    }
    let mut setter = None;
    // Code before this address may have been jumped over.
    let mut jump_target = 0;
    for pc in 0..last_pc {
        let i = code_at(p, pc);
        let Some(opcode) = Op::from_code(op::op(i)) else {
            continue;
        };
        let ra = a(i);
        let sets = match opcode {
            Op::LoadNil => (ra..=ra + b(i)).contains(&reg),
            Op::TForCall => reg >= ra + 2,
            Op::Call | Op::TailCall => reg >= ra,
            Op::Jmp => {
                let target = pc + 1 + sj(i);
                if target <= last_pc && target > jump_target {
                    jump_target = target;
                }
                false
            }
            _ => opcode.sets_a() && reg == ra,
        };
        if sets {
            setter = (pc >= jump_target).then_some(pc);
        }
    }
    setter
}

/// The name of a register that needs no look into tables, or else the instruction that set it.
fn simple_name(p: &Proto, pc: i32, reg: usize) -> Result<Name, Option<i32>> {
    let (mut pc, mut reg) = (pc, reg);
    loop {
        if let Some(name) = locals::local_name(p, reg as i32 + 1, pc) {
            return Ok(Name {
                kind: c"local",
                name,
            });
        }
        let setter = setter_of(p, pc, reg).ok_or(None)?;
        let i = code_at(p, setter);
        let name = match Op::from_code(op::op(i)) {
            Some(Op::Move) if b(i) < a(i) => {
                pc = setter;
                reg = b(i);
                continue;
            }
            Some(Op::GetUpval) => {
                return Ok(Name {
                    kind: c"upvalue",
                    name: upvalue_name(p, b(i)),
                });
            }
            Some(Op::LoadK) => constant_name(p, bx(i)),
            Some(Op::LoadKX) => constant_name(p, ax(code_at(p, setter + 1))),
            _ => None,
        };
        return name
            .map(|name| Name {
                kind: c"constant",
                name,
            })
            .ok_or(Some(setter));
    }
}

/// "global" for a field of `_ENV`, else "field".
fn field_kind(p: &Proto, pc: i32, i: u32, in_upvalue: bool) -> &'static CStr {
    let name = if in_upvalue {
        Some(upvalue_name(p, b(i)))
    } else {
        match simple_name(p, pc, b(i)) {
            Ok(n) if n.kind == c"local" || n.kind == c"upvalue" => Some(n.name),
            _ => None,
        }
    };
    if name == Some(ENV) {
        c"global"
    } else {
        c"field"
    }
}

/// The name of the value in register `reg` at instruction `pc`.
pub fn of_register(p: &Proto, pc: i32, reg: usize) -> Option<Name> {
    let setter = match simple_name(p, pc, reg) {
        Ok(n) => return Some(n),
        Err(setter) => setter?,
    };
    let i = code_at(p, setter);
    let register_constant = |r: usize| match simple_name(p, setter, r) {
        Ok(n) if n.kind == c"constant" => n.name,
        _ => UNKNOWN,
    };
    let constant = |n: usize| constant_name(p, n).unwrap_or(UNKNOWN);
    Some(match Op::from_code(op::op(i))? {
        Op::GetTabUp => Name {
            kind: field_kind(p, setter, i, true),
            name: constant(c(i)),
        },
        Op::GetTable => Name {
            kind: field_kind(p, setter, i, false),
            name: register_constant(c(i)),
        },
        Op::GetI => Name {
            kind: c"field",
            name: c"integer index",
        },
        Op::GetField => Name {
            kind: field_kind(p, setter, i, false),
            name: constant(c(i)),
        },
        Op::SelfOp => {
            let name = if kbit(i) {
                constant(c(i))
            } else {
                register_constant(c(i))
            };
            Name {
                kind: c"method",
                name,
            }
        }
        _ => return None,
    })
}

/// Names of the metamethods as callees, without their underscores.
fn metamethod_name(l: &State, e: Event) -> Name {
    let full = l.global().event_name(e).c_str().to_bytes_with_nul();
    let name = CStr::from_bytes_with_nul(&full[2..]).unwrap_or(UNKNOWN);
    Name {
        kind: c"metamethod",
        name,
    }
}

/// The name under which the instruction at `pc` calls something.
fn of_callee(l: &State, p: &Proto, pc: i32) -> Option<Name> {
    let i = code_at(p, pc);
    let event = match Op::from_code(op::op(i))? {
        Op::Call | Op::TailCall => return of_register(p, pc, a(i)),
        Op::TForCall => {
            return Some(Name {
                kind: c"for iterator",
                name: c"for iterator",
            });
        }
        Op::SelfOp | Op::GetTabUp | Op::GetTable | Op::GetI | Op::GetField => Event::Index,
        Op::SetTabUp | Op::SetTable | Op::SetI | Op::SetField => Event::NewIndex,
        Op::MmBin | Op::MmBinI | Op::MmBinK => bytecode_event(c(i)),
        Op::Unm => Event::Unm,
        Op::BNot => Event::BNot,
        Op::Len => Event::Len,
        Op::Concat => Event::Concat,
        Op::Eq => Event::Eq,
        Op::Lt | Op::LtI | Op::GtI => Event::Lt,
        Op::Le | Op::LeI | Op::GeI => Event::Le,
        Op::Close | Op::Return => Event::Close,
        _ => return None,
    };
    Some(metamethod_name(l, event))
}

/// The name under which the code of the frame `ci` calls something right now.
pub fn of_call_in(l: &State, ci: &CallInfo) -> Option<Name> {
    if ci.has(cist::HOOKED) {
        return Some(Name {
            kind: c"hook",
            name: UNKNOWN,
        });
    }
    if ci.has(cist::FIN) {
        return Some(Name {
            kind: c"metamethod",
            name: c"__gc",
        });
    }
    let cl = lua_closure(ci)?;
    of_callee(l, cl.proto(), current_pc(ci, cl.proto()))
}

/// The name of the variable that lies at `slot`: an upvalue of the running function, or one of its registers.
pub fn of_variable(l: &State, slot: Slot) -> Option<Name> {
    let ci = l.ci();
    let cl = lua_closure(ci)?;
    let p = cl.proto();
    for (n, uv) in cl.upvalue_cells().iter().enumerate() {
        if !uv.get().is_null() && cl.upvalue(n).v.get() == slot {
            return Some(Name {
                kind: c"upvalue",
                name: upvalue_name(p, n),
            });
        }
    }
    let base = ci.base();
    if slot >= base && slot < ci.top.get() {
        return of_register(p, current_pc(ci, p), slot.distance(base) as usize);
    }
    None
}
