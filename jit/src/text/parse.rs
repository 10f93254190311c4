//! Text to traces.

use super::Named;
use crate::ir::{
    BinOp, Cc, Class, Convention, Effect, End, Func, Label, Op, Ref, Snap, SnapEntry, SnapId,
    Trace, Ty, UnOp, Width,
};
use std::collections::HashMap;

/// Parses a trace; the error names the line. Functions get addresses that cannot be called.
///
/// The names of functions and the types of their parameters are never freed.
pub fn parse(text: &str) -> Result<Trace, String> {
    let mut p = Parser {
        t: Trace::new(),
        values: HashMap::new(),
        snaps: HashMap::new(),
        phis: Vec::new(),
    };
    for (i, line) in text.lines().enumerate() {
        let line = line.split(';').next().unwrap_or("").trim();
        if !line.is_empty() {
            p.line(line)
                .map_err(|why| format!("line {}: {why}: {line}", i + 1))?;
        }
    }
    p.finish()
}

struct Parser {
    t: Trace,
    values: HashMap<String, Ref>,
    /// Whether they have been defined.
    snaps: HashMap<String, (SnapId, bool)>,
    /// Phis and the names of their second operands, which are defined later.
    phis: Vec<(Ref, String)>,
}

type Parsed<T> = Result<T, String>;

fn lookup<T: Named>(name: &str) -> Parsed<T> {
    T::from_name(name).ok_or_else(|| format!("unknown name '{name}'"))
}

fn number(text: &str) -> Parsed<i64> {
    let parsed = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok().map(|k| k as i64),
        None => text.parse().ok(),
    };
    parsed.ok_or_else(|| format!("'{text}' is no number"))
}

fn small<T: TryFrom<i64>>(text: &str) -> Parsed<T> {
    T::try_from(number(text)?).map_err(|_| format!("{text} is out of range"))
}

/// Splits a list at its commas.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// Splits at the first `at` and trims both parts.
fn split<'a>(text: &'a str, at: &str) -> Parsed<(&'a str, &'a str)> {
    let (a, b) = text.split_once(at).ok_or_else(|| format!("no '{at}'"))?;
    Ok((a.trim(), b.trim()))
}

fn types(text: &str) -> Parsed<Vec<Ty>> {
    items(text).map(lookup).collect()
}

impl Parser {
    fn line(&mut self, line: &str) -> Parsed<()> {
        let (word, rest) = split(line, " ").unwrap_or((line, ""));
        let (word, part) = word.split_once('.').unwrap_or((word, ""));
        match word {
            "params" => types(rest)?.into_iter().enumerate().for_each(|(n, ty)| {
                let r = self.t.param(ty);
                self.values.insert(format!("p{n}"), r);
            }),
            "func" => self.func(rest, Convention::C)?,
            "label" => self.label(rest)?,
            "trace" => self.func(rest, Convention::Trace)?,
            "store" => {
                let (place, rest) = split(rest, ",")?;
                let (value, class) = split(rest, "@")?;
                let (base, offset) = self.place(place)?;
                let (value, class) = (self.operand(value)?, Class(small(class)?));
                self.t.store(lookup(part)?, base, offset, value, class);
            }
            "guard" => {
                let (operands, snap) = split(rest, "->")?;
                let [a, b] = self.operands(operands)?;
                let snap = self.snap(snap);
                self.t.guard(lookup(part)?, a, b, snap);
            }
            "call" => {
                self.call(rest)?;
            }
            "loop" => {
                self.t.push(Op::LoopStart, Ty::None);
            }
            "end" => self.t.end = Some(self.end(rest)?),
            _ if word.ends_with(':') => self.define_snap(word.trim_end_matches(':'), rest)?,
            _ => {
                let (name, inst) = split(line, "=")?;
                let r = self.inst(inst)?;
                self.values.insert(name.to_string(), r);
            }
        }
        Ok(())
    }

    fn inst(&mut self, text: &str) -> Parsed<Ref> {
        if text == "sp" {
            return Ok(self.t.stack_pointer());
        }
        let (word, rest) = split(text, " ")?;
        let (word, part) = word.split_once('.').unwrap_or((word, ""));
        if let Some(op) = BinOp::from_name(word) {
            let [a, b] = self.operands(rest)?;
            return Ok(self.t.bin(op, a, b));
        }
        if let Some(op) = UnOp::from_name(word) {
            let a = self.operand(rest)?;
            return Ok(self.t.un(op, a));
        }
        match word {
            "load" => {
                let (place, class) = split(rest, "@")?;
                let (base, offset) = self.place(place)?;
                Ok(self
                    .t
                    .load(lookup::<Width>(part)?, base, offset, Class(small(class)?)))
            }
            "cmp" => {
                let [a, b] = self.operands(rest)?;
                Ok(self.t.cmp(lookup::<Cc>(part)?, a, b))
            }
            "select" => {
                let [c, a, b] = self.operands(rest)?;
                Ok(self.t.select(c, a, b))
            }
            "call" => self.call(rest),
            "phi" => {
                let (first, second) = split(rest, ",")?;
                let first = self.operand(first)?;
                let ty = self.t.ty(first);
                let phi = self.t.push(Op::Phi(first, first), ty);
                self.phis.push((phi, second.to_string()));
                Ok(phi)
            }
            _ => Err(format!("unknown instruction '{word}'")),
        }
    }

    fn func(&mut self, text: &str, convention: Convention) -> Parsed<()> {
        let (name, rest) = split(text, "(")?;
        let (params, rest) = split(rest, ")")?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        let ["->", ret, "reads", reads, "writes", writes] = words[..] else {
            return Err("expected '-> type reads mask writes mask'".to_string());
        };
        let effect = Effect {
            reads: small(reads)?,
            writes: small(writes)?,
        };
        let (name, params) = (name.to_string().leak(), types(params)?.leak());
        self.t.func(Func {
            name,
            addr: self.t.funcs.len() + 1,
            convention,
            params,
            ret: lookup(ret)?,
            effect,
        });
        Ok(())
    }

    fn label(&mut self, text: &str) -> Parsed<()> {
        let (class, by) = split(text, " by.")?;
        let (width, by) = split(by, " @")?;
        let sign = by.find(['+', '-']).ok_or("no distance")?;
        let (by, distance) = by.split_at(sign);
        self.t.labels.push(Label {
            class: Class(small(class.trim_start_matches('@'))?),
            by: Class(small(by)?),
            distance: distance.parse().map_err(|_| "bad distance")?,
            width: lookup(width)?,
        });
        Ok(())
    }

    fn call(&mut self, text: &str) -> Parsed<Ref> {
        let (name, args) = split(text, "(")?;
        let index = self
            .t
            .funcs
            .iter()
            .position(|f| f.name == name)
            .ok_or("no such function")?;
        let args = items(args.trim_end_matches(')'))
            .map(|a| self.operand(a))
            .collect::<Parsed<Vec<Ref>>>()?;
        Ok(self.t.call(crate::FuncId(index as u32), &args))
    }

    fn end(&mut self, text: &str) -> Parsed<End> {
        let (word, rest) = split(text, " ").unwrap_or((text, ""));
        match word {
            "exit" => Ok(End::Exit(self.snap(rest))),
            "return" => Ok(End::Return(self.operand(rest)?)),
            "link" => {
                let (cell, base) = split(rest, " ")?;
                Ok(End::Link {
                    cell: number(cell)? as usize,
                    base: self.operand(base)?,
                })
            }
            "loop" if rest.is_empty() => {
                let base = self.t.base();
                let state = self.t.snap(Snap {
                    frame: 0,
                    base,
                    entries: Vec::new(),
                });
                Ok(End::Loop {
                    carried: Vec::new(),
                    state,
                })
            }
            "loop" => {
                let (carried, state) = split(rest.trim_start_matches('['), "]")?;
                let mut pairs = Vec::new();
                for pair in items(carried) {
                    let (e, v) = split(pair, ":")?;
                    pairs.push((self.operand(e)?, self.operand(v)?));
                }
                Ok(End::Loop {
                    carried: pairs,
                    state: self.snap(state),
                })
            }
            _ => Err(format!("unknown end '{word}'")),
        }
    }

    /// The snapshot of this name, which may be defined later.
    fn snap(&mut self, name: &str) -> SnapId {
        if let Some(&(snap, _)) = self.snaps.get(name) {
            return snap;
        }
        let base = self.t.base();
        let snap = self.t.snap(Snap {
            frame: 0,
            base,
            entries: Vec::new(),
        });
        self.snaps.insert(name.to_string(), (snap, false));
        snap
    }

    fn define_snap(&mut self, name: &str, text: &str) -> Parsed<()> {
        let (head, entries) = split(text.trim_end_matches(']'), "[")?;
        let words: Vec<&str> = head.split_whitespace().collect();
        let ["frame", frame, "base", base] = words[..] else {
            return Err("expected 'frame number base value'".to_string());
        };
        let mut snap = Snap {
            frame: small(frame)?,
            base: self.operand(base)?,
            entries: Vec::new(),
        };
        for entry in items(entries) {
            let (slot, rest) = split(entry, ":")?;
            let (value, tag) = split(rest, " ")?;
            snap.entries.push(SnapEntry {
                slot: small(slot)?,
                value: self.operand(value)?,
                tag: self.operand(tag)?,
            });
        }
        let id = self.snap(name);
        self.snaps.insert(name.to_string(), (id, true));
        self.t.snaps[id.index()] = snap;
        Ok(())
    }

    fn operand(&mut self, text: &str) -> Parsed<Ref> {
        match text {
            "state" => return Ok(self.t.state()),
            "base" => return Ok(self.t.base()),
            _ => {}
        }
        if let Some(&r) = self.values.get(text) {
            return Ok(r);
        }
        if let Some(bits) = text.strip_prefix("num:") {
            return Ok(self.t.num(f64::from_bits(number(bits)? as u64)));
        }
        if let Ok(k) = number(text) {
            return Ok(self.t.int(k));
        }
        match text.parse() {
            Ok(x) => Ok(self.t.num(x)),
            Err(_) => Err(format!("unknown value '{text}'")),
        }
    }

    fn operands<const N: usize>(&mut self, text: &str) -> Parsed<[Ref; N]> {
        let list = items(text)
            .map(|item| self.operand(item))
            .collect::<Parsed<Vec<Ref>>>()?;
        list.try_into()
            .map_err(|_| format!("expected {N} operands"))
    }

    /// A value, and what is added to it.
    fn place(&mut self, text: &str) -> Parsed<(Ref, i32)> {
        match text.find(['+', '-']) {
            Some(at) => Ok((
                self.operand(&text[..at])?,
                small(text[at..].trim_start_matches('+'))?,
            )),
            None => Ok((self.operand(text)?, 0)),
        }
    }

    fn finish(mut self) -> Parsed<Trace> {
        if let Some((name, _)) = self.snaps.iter().find(|(_, (_, defined))| !defined) {
            return Err(format!("snapshot {name} is not defined"));
        }
        for (phi, second) in std::mem::take(&mut self.phis) {
            let second = self.operand(&second)?;
            if let Op::Phi(_, b) = &mut self.t.insts[phi.index()].op {
                *b = second;
            }
        }
        Ok(self.t)
    }
}
