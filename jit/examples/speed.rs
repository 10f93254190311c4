//! What the optimiser and the back end cost: `cargo run --release -p perilune-jit --example speed`.

use perilune_jit::{
    Backend, BinOp, Cc, Class, End, Op, Options, Ref, Snap, SnapEntry, SnapId, Trace, Ty, Width,
    optimise,
};
use std::time::{Duration, Instant};

/// How often each measurement is repeated; the fastest counts.
const ROUNDS: usize = 50;

/// A loop of `ops` operations and `guards` guards over ten slots.
fn trace(ops: usize, guards: usize) -> Trace {
    let mut t = Trace::new();
    let (base, tag) = (t.base(), t.int(3));
    let snap = |t: &mut Trace, now: &[Ref]| -> SnapId {
        let entries = now
            .iter()
            .enumerate()
            .map(|(i, &value)| SnapEntry {
                slot: i as u32,
                value,
                tag,
            })
            .collect();
        t.snap(Snap {
            frame: 0,
            base,
            entries,
        })
    };
    let start: Vec<Ref> = (0..10)
        .map(|i| t.load(Width::I64, base, 16 * i, Class(0)))
        .collect();
    let mut now = start.clone();
    for i in 0..ops {
        let (a, b) = (now[i % 10], now[(i * 7 + 3) % 10]);
        now[i % 10] = match i % 5 {
            0 => t.bin(BinOp::Add, a, b),
            1 => t.bin(BinOp::Mul, a, b),
            2 => t.bin(BinOp::Xor, a, b),
            3 => t.load(Width::I64, base, 160 + 8 * i as i32, Class(1)),
            _ => {
                t.store(Width::I64, base, 160 + 8 * i as i32, b, Class(2));
                t.bin(BinOp::Sub, a, b)
            }
        };
        if i * guards / ops != (i + 1) * guards / ops {
            let id = snap(&mut t, &now);
            let limit = t.int(1000 + i as i64);
            t.guard(Cc::Ne, now[i % 10], limit, id);
        }
    }
    let carried = start.into_iter().zip(now.iter().copied()).collect();
    let state = snap(&mut t, &now);
    t.end = Some(End::Loop { carried, state });
    t
}

fn fastest<T>(mut f: impl FnMut() -> T) -> (T, Duration) {
    let mut run = || {
        let start = Instant::now();
        (f(), start.elapsed())
    };
    let mut best = run();
    for _ in 1..ROUNDS {
        let next = run();
        if next.1 < best.1 {
            best = next;
        }
    }
    best
}

fn main() {
    println!("ops guards | optimise us | instructions guards compile us bytes");
    for (ops, guards) in [(20, 10), (50, 25), (100, 50), (400, 200), (1600, 800)] {
        let recorded = trace(ops, guards);
        let mut straight = recorded.clone();
        straight.end = Some(End::Link {
            cell: 8,
            base: recorded.base(),
        });
        for t in [straight, recorded] {
            let (t, optimised) = fastest(|| {
                let mut t = t.clone();
                optimise(&mut t, &Options::all(true)).expect("a stable loop");
                t
            });
            let mut back = Backend::new().expect("a back end");
            let (size, compiled) = fastest(|| {
                let code = back.compile(&t, 0).expect("compiles");
                back.free(&code);
                code.size
            });
            let made = t
                .insts
                .iter()
                .filter(|i| i.ty != Ty::None && !matches!(i.op, Op::KInt(_)))
                .count();
            let left = t
                .insts
                .iter()
                .filter(|i| matches!(i.op, Op::Guard(..)))
                .count();
            let (optimised, compiled) = (optimised.as_micros(), compiled.as_micros());
            println!(
                "{ops:4} {guards:4} | {optimised:6} | {made:6} {left:5} {compiled:6} {size:6}"
            );
        }
    }
}
