//! Traces to text.

use super::Named;
use crate::ir::{Convention, End, Func, Op, Ref, Snap, SnapId, Trace, Ty};
use std::collections::HashMap;
use std::fmt::{self, Display, Formatter, Write};

impl Display for Trace {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        self.text(&|_| String::new()).fmt(f)
    }
}

impl Trace {
    /// The text form with a comment behind each snapshot, unless `comment` returns an empty one.
    pub fn text<'a>(&'a self, comment: &'a dyn Fn(&Snap) -> String) -> impl Display + 'a {
        Text {
            t: self,
            comment,
            names: number(self),
            snaps: number_snaps(self),
        }
    }
}

struct Text<'a> {
    t: &'a Trace,
    comment: &'a dyn Fn(&Snap) -> String,
    names: HashMap<Ref, usize>,
    snaps: Vec<SnapId>,
}

/// Numbers what makes a value and is printed as an instruction.
fn number(t: &Trace) -> HashMap<Ref, usize> {
    let implicit = |op: Op| {
        matches!(
            op,
            Op::KInt(_) | Op::KNum(_) | Op::State | Op::Base | Op::Param(_)
        )
    };
    let values = t
        .insts
        .iter()
        .enumerate()
        .filter(|(_, i)| i.ty != Ty::None && !implicit(i.op));
    values
        .enumerate()
        .map(|(n, (i, _))| (Ref(i as u32), n))
        .collect()
}

/// The snapshots that are used, in the order of their first use.
fn number_snaps(t: &Trace) -> Vec<SnapId> {
    let guards = t.insts.iter().filter_map(|i| {
        if let Op::Guard(_, _, _, snap) = i.op {
            Some(snap)
        } else {
            None
        }
    });
    let end = match &t.end {
        Some(End::Exit(snap)) => Some(*snap),
        Some(End::Loop { state, .. }) if !t.is_peeled() => Some(*state),
        _ => None,
    };
    let mut seen = vec![false; t.snaps.len()];
    guards
        .chain(end)
        .filter(|s| !std::mem::replace(&mut seen[s.index()], true))
        .collect()
}

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        if !self.t.params.is_empty() {
            writeln!(f, "params {}", types(&self.t.params))?;
        }
        for func in &self.t.funcs {
            self.func(f, func)?;
        }
        for label in &self.t.labels {
            let (class, width, by) = (label.class.0, label.width.name(), label.by.0);
            writeln!(f, "label @{class} by.{width} @{by}{:+}", label.distance)?;
        }
        for (i, inst) in self.t.insts.iter().enumerate() {
            self.inst(f, Ref(i as u32), inst.op)?;
        }
        self.end(f)?;
        self.snaps.iter().try_for_each(|&snap| self.snap(f, snap))
    }
}

fn types(types: &[Ty]) -> String {
    types
        .iter()
        .map(|ty| ty.name())
        .collect::<Vec<_>>()
        .join(", ")
}

impl Text<'_> {
    fn func(&self, f: &mut Formatter, func: &Func) -> fmt::Result {
        let Func {
            name,
            params,
            ret,
            effect,
            convention,
            ..
        } = func;
        let (params, ret) = (types(params), ret.name());
        let kind = match convention {
            Convention::C => "func",
            Convention::Trace => "trace",
        };
        writeln!(
            f,
            "{kind} {name}({params}) -> {ret} reads {:#x} writes {:#x}",
            effect.reads, effect.writes
        )
    }

    /// An operand.
    fn name(&self, r: Ref) -> String {
        match self.t.op(r) {
            Op::State => "state".to_string(),
            Op::Base => "base".to_string(),
            Op::Param(n) => format!("p{n}"),
            Op::KInt(k) => k.to_string(),
            Op::KNum(bits) => {
                let x = f64::from_bits(bits);
                if x.is_nan() && bits != f64::NAN.to_bits() {
                    format!("num:{bits:#x}")
                } else {
                    format!("{x:?}")
                }
            }
            _ => self
                .names
                .get(&r)
                .map_or_else(|| format!("none{}", r.0), |n| format!("v{n}")),
        }
    }

    fn list(&self, refs: &[Ref]) -> String {
        refs.iter()
            .map(|&r| self.name(r))
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn snap_name(&self, id: SnapId) -> String {
        self.snaps
            .iter()
            .position(|&s| s == id)
            .map_or_else(|| "s?".to_string(), |n| format!("s{n}"))
    }

    fn inst(&self, f: &mut Formatter, r: Ref, op: Op) -> fmt::Result {
        let text = match op {
            Op::KInt(_) | Op::KNum(_) | Op::State | Op::Base | Op::Param(_) | Op::Nop => {
                return Ok(());
            }
            Op::Load {
                width,
                base,
                offset,
                class,
            } => {
                format!(
                    "load.{} {}{} @{}",
                    width.name(),
                    self.name(base),
                    signed(offset),
                    class.0
                )
            }
            Op::Store {
                width,
                base,
                offset,
                value,
                class,
            } => {
                let (base, offset, value) = (self.name(base), signed(offset), self.name(value));
                format!(
                    "store.{} {base}{offset}, {value} @{}",
                    width.name(),
                    class.0
                )
            }
            Op::Bin(op, a, b) => format!("{} {}", op.name(), self.list(&[a, b])),
            Op::Un(op, a) => format!("{} {}", op.name(), self.name(a)),
            Op::Cmp(cc, a, b) => format!("cmp.{} {}", cc.name(), self.list(&[a, b])),
            Op::Select(c, a, b) => format!("select {}", self.list(&[c, a, b])),
            Op::Guard(cc, a, b, snap) => {
                format!(
                    "guard.{} {} -> {}",
                    cc.name(),
                    self.list(&[a, b]),
                    self.snap_name(snap)
                )
            }
            Op::Call { func, args } => {
                format!(
                    "call {}({})",
                    self.t.funcs[func.index()].name,
                    self.list(&self.t.args[args.range()])
                )
            }
            Op::StackPointer => "sp".to_string(),
            Op::Phi(a, b) => format!("phi {}", self.list(&[a, b])),
            Op::LoopStart => "loop".to_string(),
        };
        match self.names.get(&r) {
            Some(n) => writeln!(f, "  v{n} = {text}"),
            None => writeln!(f, "  {text}"),
        }
    }

    fn end(&self, f: &mut Formatter) -> fmt::Result {
        match &self.t.end {
            None => Ok(()),
            Some(End::Exit(snap)) => writeln!(f, "  end exit {}", self.snap_name(*snap)),
            Some(End::Link { cell, base }) => {
                writeln!(f, "  end link {cell:#x} {}", self.name(*base))
            }
            Some(End::Return(value)) => writeln!(f, "  end return {}", self.name(*value)),
            Some(End::Loop { .. }) if self.t.is_peeled() => writeln!(f, "  end loop"),
            Some(End::Loop { carried, state }) => {
                let pair = |&(e, v): &(Ref, Ref)| format!("{}: {}", self.name(e), self.name(v));
                let carried = carried.iter().map(pair).collect::<Vec<_>>().join(", ");
                writeln!(f, "  end loop [{carried}] {}", self.snap_name(*state))
            }
        }
    }

    fn snap(&self, f: &mut Formatter, id: SnapId) -> fmt::Result {
        let snap = &self.t.snaps[id.index()];
        write!(
            f,
            "{}: frame {} base {} [",
            self.snap_name(id),
            snap.frame,
            self.name(snap.base)
        )?;
        for (i, e) in snap.entries.iter().enumerate() {
            let separator = if i > 0 { ", " } else { "" };
            write!(
                f,
                "{separator}{}: {} {}",
                e.slot,
                self.name(e.value),
                self.name(e.tag)
            )?;
        }
        f.write_char(']')?;
        let comment = (self.comment)(snap);
        if comment.is_empty() {
            writeln!(f)
        } else {
            writeln!(f, " ; {comment}")
        }
    }
}

fn signed(offset: i32) -> String {
    if offset == 0 {
        String::new()
    } else {
        format!("{offset:+}")
    }
}
