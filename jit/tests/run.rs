//! Compiled traces do what their IR says.

use perilune_jit::{
    Backend, BinOp, Cc, Class, Code, Convention, Effect, End, Func, Generator, LEFT, Op, Ref,
    Reject, Snap, SnapEntry, SnapId, Source, Trace, Ty, UnOp, Width,
};
use std::ffi::c_void;
use std::ptr;

const MEM: Class = Class(0);

/// A trace under construction, with a snapshot of what it computes.
fn snap_of(t: &mut Trace, values: &[Ref]) -> SnapId {
    let tag = t.int(7);
    let entries = values
        .iter()
        .enumerate()
        .map(|(i, &value)| SnapEntry {
            slot: i as u32,
            value,
            tag,
        })
        .collect();
    let base = t.base();
    t.snap(Snap {
        frame: 0,
        base,
        entries,
    })
}

/// What a trace was left by, and the values of that exit's slots.
fn enter(
    back: &Backend,
    codes: &[&Code],
    target: *const u8,
    memory: &mut [u64],
) -> (u64, Vec<u64>) {
    let base = memory.as_mut_ptr();
    // SAFETY: the traces only touch `memory`, through the base, and call functions that return.
    let left = unsafe { back.enter()(ptr::null_mut(), base.cast::<c_void>(), target) };
    assert!(left & LEFT != 0);
    let exit = left & !LEFT;
    let all: Vec<_> = codes.iter().flat_map(|c| &c.exits).collect();
    let exit_info = all[exit as usize];
    // SAFETY: the spill area belongs to the back end and nothing writes to it now.
    let spill = unsafe { &*back.spill() };
    assert_eq!(spill.base, base as u64);
    let value = |source: Source| match source {
        Source::Const(k) => k,
        Source::Int(n) => spill.values[n as usize],
        Source::Num(n) => spill.values[(exit_info.ints + n) as usize],
    };
    (
        exit,
        exit_info.entries.iter().map(|e| value(e.value)).collect(),
    )
}

/// What makes code; a trace may lead from one's to the other's.
const GENERATORS: [Generator; 2] = [Generator::Cranelift, Generator::Direct];

/// Compiles and runs a trace once, in the code of each generator, which do the same.
fn run(t: &Trace, memory: &mut [u64]) -> (u64, Vec<u64>) {
    let before = memory.to_vec();
    let [first, second] = GENERATORS.map(|generator| {
        memory.copy_from_slice(&before);
        let mut back = backend(generator);
        let code = back.compile(t, 0).expect("compiles");
        let left = enter(&back, &[&code], code.entry, memory);
        (left, memory.to_vec())
    });
    assert_eq!(first, second, "by Cranelift and direct:\n{t}");
    second.0
}

fn backend(generator: Generator) -> Backend {
    let mut back = Backend::new().expect("a back end");
    back.set_generator(generator);
    back
}

fn load(t: &mut Trace, n: i32) -> Ref {
    let base = t.base();
    t.load(Width::I64, base, 8 * n, MEM)
}

fn load_num(t: &mut Trace, n: i32) -> Ref {
    let base = t.base();
    t.load(Width::F64, base, 8 * n, MEM)
}

/// The value of an operation on two integers, both as variables and with a constant on the right.
fn bin_int(op: BinOp, a: i64, b: i64) -> i64 {
    let (mut t, mut u) = (Trace::new(), Trace::new());
    let (x, y) = (load(&mut t, 0), load(&mut t, 1));
    let r = t.bin(op, x, y);
    t.end = Some(End::Exit(snap_of(&mut t, &[r])));
    let (x, y) = (load(&mut u, 0), u.int(b));
    let r = u.bin(op, x, y);
    u.end = Some(End::Exit(snap_of(&mut u, &[r])));
    let results = [t, u].map(|t| run(&t, &mut [a as u64, b as u64]).1[0] as i64);
    assert_eq!(results[0], results[1], "{op:?} {a} {b}");
    results[0]
}

#[test]
fn integer_arithmetic_wraps() {
    assert_eq!(bin_int(BinOp::Add, i64::MAX, 1), i64::MIN);
    assert_eq!(bin_int(BinOp::Sub, i64::MIN, 1), i64::MAX);
    assert_eq!(bin_int(BinOp::Mul, i64::MAX, 3), i64::MAX.wrapping_mul(3));
    assert_eq!(bin_int(BinOp::Shl, 1, 63), i64::MIN);
    assert_eq!(bin_int(BinOp::Shr, -1, 60), 15);
    assert_eq!(bin_int(BinOp::Sar, i64::MIN, 62), -2);
    assert_eq!(bin_int(BinOp::Xor, 12, 10), 6);
    assert_eq!(bin_int(BinOp::And, 12, 10), 8);
    assert_eq!(bin_int(BinOp::Or, 12, 10), 14);
}

#[test]
fn division_floors_and_never_traps() {
    let values = [
        0,
        1,
        -1,
        2,
        -2,
        3,
        -3,
        7,
        -7,
        10,
        -10,
        1 << 40,
        i64::MAX,
        i64::MIN,
        i64::MIN + 1,
    ];
    for a in values {
        for b in values.into_iter().filter(|&b| b != 0) {
            let (q, r) = (
                (a as i128).div_euclid(b as i128),
                (a as i128).rem_euclid(b as i128),
            );
            let (q, r) = if r != 0 && b < 0 {
                (q - 1, r + b as i128)
            } else {
                (q, r)
            };
            assert_eq!(bin_int(BinOp::DivFloor, a, b), q as i64, "{a} // {b}");
            assert_eq!(bin_int(BinOp::ModFloor, a, b), r as i64, "{a} % {b}");
        }
    }
}

#[test]
fn doubles_are_computed_and_converted() {
    let mut t = Trace::new();
    let (x, y) = (load_num(&mut t, 0), load_num(&mut t, 1));
    let mut values: Vec<Ref> = [BinOp::FAdd, BinOp::FSub, BinOp::FMul, BinOp::FDiv]
        .into_iter()
        .map(|op| t.bin(op, x, y))
        .collect();
    values.extend(
        [
            UnOp::FNeg,
            UnOp::FAbs,
            UnOp::FFloor,
            UnOp::FCeil,
            UnOp::ToInt,
            UnOp::Bits,
        ]
        .map(|op| t.un(op, x)),
    );
    values.push(t.un(UnOp::FSqrt, y));
    let i = t.un(UnOp::ToInt, x);
    values.push(t.un(UnOp::ToNum, i));
    values.push(t.un(UnOp::FromBits, i));
    t.end = Some(End::Exit(snap_of(&mut t, &values)));
    for (x, y) in [
        (1.5, 2.0),
        (-2.5, 0.0),
        (-0.0, 4.0),
        (1e300, 1e300),
        (f64::NAN, 9.0),
        (f64::NEG_INFINITY, 1.0),
    ] {
        let (x, y): (f64, f64) = (x, y);
        let mut want: Vec<u64> = [x + y, x - y, x * y, x / y, -x, x.abs(), x.floor(), x.ceil()]
            .map(f64::to_bits)
            .into();
        want.extend([
            x as i64 as u64,
            x.to_bits(),
            y.sqrt().to_bits(),
            (x as i64 as f64).to_bits(),
            x as i64 as u64,
        ]);
        let got = run(&t, &mut [x.to_bits(), y.to_bits()]).1;
        for (i, (&got, want)) in got.iter().zip(want).enumerate() {
            let nan = f64::from_bits(want).is_nan() && f64::from_bits(got).is_nan();
            assert!(
                got == want || nan,
                "value {i} of {x}, {y}: {got:#x} instead of {want:#x}"
            );
        }
    }
}

#[test]
fn conditions_know_nan_and_signs() {
    let ints = [
        (Cc::Eq, 0b010),
        (Cc::Ne, 0b101),
        (Cc::Lt, 0b001),
        (Cc::Le, 0b011),
        (Cc::Gt, 0b100),
        (Cc::Ge, 0b110),
        (Cc::ULt, 0b100),
        (Cc::ULe, 0b110),
        (Cc::UGt, 0b001),
        (Cc::UGe, 0b011),
    ];
    // A bit for each pair: less, equal, greater; of doubles also unordered. The sign makes the first integer pair greater
    // when unsigned.
    for (cc, holds) in ints {
        for (n, (a, b)) in [(-1_i64, 1_i64), (5, 5), (1, -1)].into_iter().enumerate() {
            assert_condition(cc, a as u64, b as u64, holds >> n & 1 != 0);
        }
    }
    let nums = [
        (Cc::FEq, 0b0010),
        (Cc::FNe, 0b1101),
        (Cc::FLt, 0b0001),
        (Cc::FLe, 0b0011),
        (Cc::FGt, 0b0100),
        (Cc::FGe, 0b0110),
        (Cc::FNlt, 0b1110),
        (Cc::FNle, 0b1100),
        (Cc::FNgt, 0b1011),
        (Cc::FNge, 0b1001),
    ];
    for (cc, holds) in nums {
        for (n, (a, b)) in [(1.0, 2.0), (0.0, -0.0), (2.0, 1.0), (f64::NAN, 1.0)]
            .into_iter()
            .enumerate()
        {
            assert_condition(cc, f64::to_bits(a), f64::to_bits(b), holds >> n & 1 != 0);
        }
    }
}

/// A condition, its negation and its mirror image, as guard, value and choice.
fn assert_condition(cc: Cc, a: u64, b: u64, holds: bool) {
    for (cc, swap, holds) in [
        (cc, false, holds),
        (cc.negated(), false, !holds),
        (cc.swapped(), true, holds),
    ] {
        let mut t = Trace::new();
        let read = if cc.ty() == Ty::Num { load_num } else { load };
        let (x, y) = (read(&mut t, swap as i32), read(&mut t, !swap as i32));
        let flag = t.cmp(cc, x, y);
        let (ten, twenty) = (t.int(10), t.int(20));
        let choice = t.select(flag, ten, twenty);
        let snap = snap_of(&mut t, &[flag, choice]);
        t.guard(cc, x, y, snap);
        t.end = Some(End::Exit(snap_of(&mut t, &[flag, choice])));
        let want = vec![holds as u64, if holds { 10 } else { 20 }];
        assert_eq!(
            run(&t, &mut [a, b]),
            (holds as u64, want),
            "{cc:?} {a:#x} {b:#x}"
        );
    }
}

#[test]
fn loads_extend_and_stores_cut_down() {
    let mut t = Trace::new();
    let base = t.base();
    let widths = [Width::U8, Width::I32, Width::U32, Width::I64, Width::F64];
    let values = widths.map(|w| t.load(w, base, 0, MEM));
    for (i, w) in [Width::U8, Width::I32, Width::I64].into_iter().enumerate() {
        t.store(w, base, 8 * (i as i32 + 1), values[3], MEM);
    }
    t.store(Width::F64, base, 32, values[4], MEM);
    t.end = Some(End::Exit(snap_of(&mut t, &values)));
    let bits = 0x8070_6050_F0E0_D0C0_u64;
    let mut memory = [bits, 0, 0, 0, 0];
    let got = run(&t, &mut memory).1;
    assert_eq!(
        got,
        [
            0xC0,
            0xF0E0_D0C0_u32 as i32 as i64 as u64,
            0xF0E0_D0C0,
            bits,
            bits
        ]
    );
    assert_eq!(memory, [bits, 0xC0, 0xF0E0_D0C0, bits, bits]);
}

#[test]
fn an_exit_passes_each_value_once_and_constants_not_at_all() {
    for generator in GENERATORS {
        let mut t = Trace::new();
        let (a, b, x) = (load(&mut t, 0), load(&mut t, 1), load_num(&mut t, 2));
        let (k, pi) = (t.int(-3), t.num(3.25));
        let base = t.base();
        let entry = |slot, value, tag| SnapEntry { slot, value, tag };
        let entries = vec![
            entry(2, x, a),
            entry(3, a, b),
            entry(7, k, k),
            entry(8, pi, a),
            entry(9, x, k),
        ];
        let snap = t.snap(Snap {
            frame: 5,
            base,
            entries,
        });
        t.guard(Cc::Lt, a, b, snap);
        t.guard(Cc::Ne, a, k, snap);
        t.end = Some(End::Exit(snap));
        let mut back = backend(generator);
        let code = back.compile(&t, 0).expect("compiles");
        let [exit] = &code.exits[..] else {
            panic!("one exit, not {}", code.exits.len())
        };
        assert_eq!((exit.snap, exit.ints, exit.nums), (snap, 2, 1));
        assert_eq!(exit.params, [a, b, x]);
        let pair = |e: &perilune_jit::ExitEntry| (e.slot, e.value, e.tag);
        let minus_three = Source::Const(-3_i64 as u64);
        assert_eq!(
            exit.entries.iter().map(pair).collect::<Vec<_>>(),
            [
                (2, Source::Num(0), Source::Int(0)),
                (3, Source::Int(0), Source::Int(1)),
                (7, minus_three, minus_three),
                (8, Source::Const(3.25_f64.to_bits()), Source::Int(0)),
                (9, Source::Num(0), minus_three),
            ]
        );
        let memory = &mut [9, 4, 2.5_f64.to_bits()];
        let want = vec![
            2.5_f64.to_bits(),
            9,
            -3_i64 as u64,
            3.25_f64.to_bits(),
            2.5_f64.to_bits(),
        ];
        assert_eq!(enter(&back, &[&code], code.entry, memory), (0, want));
    }
}

/// A counted loop with explicit phis: the sum of 0 .. n-1.
fn sum_loop() -> Trace {
    let mut t = Trace::new();
    let n = load(&mut t, 0);
    let (zero, one) = (t.int(0), t.int(1));
    let fzero = t.num(0.0);
    t.int(7);
    t.push(Op::LoopStart, Ty::None);
    let at = t.len() as u32;
    let (i, sum, fsum) = (Ref(at), Ref(at + 1), Ref(at + 2));
    for (initial, next, ty) in [(zero, 5, Ty::Int), (zero, 4, Ty::Int), (fzero, 7, Ty::Num)] {
        t.push(Op::Phi(initial, Ref(at + next)), ty);
    }
    let snap = snap_of(&mut t, &[i, sum, fsum]);
    t.guard(Cc::Lt, i, n, snap);
    t.bin(BinOp::Add, sum, i);
    t.bin(BinOp::Add, i, one);
    let f = t.un(UnOp::ToNum, i);
    t.bin(BinOp::FAdd, fsum, f);
    t.end = Some(End::Loop {
        carried: Vec::new(),
        state: snap,
    });
    t
}

#[test]
fn a_loop_carries_values_in_phis() {
    let (exit, values) = run(&sum_loop(), &mut [1000]);
    assert_eq!(
        (exit, values),
        (0, vec![1000, 499_500, 499_500_f64.to_bits()])
    );
}

extern "C" fn weigh(a: i64, x: f64, b: i64, y: f64) -> f64 {
    a as f64 * x + b as f64 * y
}

#[test]
fn calls_pass_integers_and_doubles_and_keep_what_lives_across() {
    let mut t = Trace::new();
    let ints: Vec<Ref> = (0..12).map(|i| load(&mut t, i)).collect();
    let nums: Vec<Ref> = (12..24).map(|i| load_num(&mut t, i)).collect();
    let f = t.func(Func {
        name: "weigh",
        addr: weigh as *const () as usize,
        params: &[Ty::Int, Ty::Num, Ty::Int, Ty::Num],
        ret: Ty::Num,
        convention: Convention::C,
        effect: Effect::default(),
    });
    let r = t.call(f, &[ints[1], nums[1], ints[2], nums[2]]);
    let all: Vec<Ref> = ints.iter().chain(&nums).copied().chain([r]).collect();
    t.end = Some(End::Exit(snap_of(&mut t, &all)));
    let mut memory: Vec<u64> = (0..12)
        .chain((0..12).map(|i| (i as f64 + 0.5).to_bits()))
        .collect();
    let mut want = memory.clone();
    want.push((1.5 + 2.0 * 2.5_f64).to_bits());
    assert_eq!(run(&t, &mut memory).1, want);
}

/// A trace that calls itself on the words from the next one on, one less in each, as long as they are not 0, and returns the
/// sum of what it has found. `cell` holds its entry.
fn recursive(cell: *const *const u8) -> Trace {
    let mut t = Trace::new();
    let (state, base) = (t.state(), t.base());
    let (n, zero, one, word) = (load(&mut t, 0), t.int(0), t.int(1), t.int(8));
    let snap = snap_of(&mut t, &[n]);
    t.guard(Cc::Ne, n, zero, snap);
    let less = t.bin(BinOp::Sub, n, one);
    t.store(Width::I64, base, 8, less, MEM);
    let inner = t.bin(BinOp::Add, base, word);
    let callee = t.func(Func {
        name: "itself",
        addr: cell as usize,
        params: &[Ty::Int, Ty::Int],
        ret: Ty::Int,
        convention: Convention::Trace,
        effect: Effect {
            reads: u32::MAX,
            writes: u32::MAX,
        },
    });
    let rest = t.call(callee, &[state, inner]);
    let sum = t.bin(BinOp::Add, rest, n);
    t.end = Some(End::Return(sum));
    t
}

#[test]
fn a_trace_that_calls_itself_returns_to_itself() {
    for generator in GENERATORS {
        let cell = Box::new(std::cell::Cell::new(ptr::null()));
        let mut back = backend(generator);
        let t = recursive(cell.as_ptr());
        let code = back.compile(&t, 0).expect("compiles");
        cell.set(code.entry);
        let mut memory = [0_u64; 12];
        memory[0] = 10;
        let base = memory.as_mut_ptr();
        let enter = |back: &Backend| {
            // SAFETY: the trace only touches the words of `memory`, one for each level.
            unsafe { back.enter()(ptr::null_mut(), base.cast::<c_void>(), code.entry) }
        };
        // The innermost level leaves, and with it all the others.
        assert_eq!(enter(&back), LEFT);
        // SAFETY: the spill area belongs to the back end and nothing writes to it now.
        assert_eq!(unsafe { &*back.spill() }.base, base as u64 + 80);

        let mut side = Trace::new();
        let (_, zero) = (side.param(Ty::Int), side.int(0));
        side.end = Some(End::Return(zero));
        let side = back.compile(&side, 1).expect("compiles");
        let exit = code.exits[0].cell;
        // SAFETY: the cell belongs to `code`, which no trace runs in now.
        unsafe { *exit = side.entry };
        assert_eq!(enter(&back), 55);
    }
}

#[test]
fn the_stack_pointer_is_that_of_the_trace() {
    let mut t = Trace::new();
    let sp = t.stack_pointer();
    t.end = Some(End::Exit(snap_of(&mut t, &[sp])));
    for generator in GENERATORS {
        let mut back = backend(generator);
        let code = back.compile(&t, 0).expect("compiles");
        let here = 0_u8;
        let sp = enter(&back, &[&code], code.entry, &mut [0]).1[0];
        let here = &raw const here as u64;
        assert!(sp < here && here - sp < 1 << 16, "{sp:x} {here:x}");
    }
}

#[test]
fn a_side_trace_takes_its_parents_values_in_registers_and_on_the_stack() {
    for (first, second) in GENERATORS
        .into_iter()
        .flat_map(|a| GENERATORS.map(|b| (a, b)))
    {
        let mut t = Trace::new();
        let mut values: Vec<Ref> = (0..20).map(|i| load(&mut t, i)).collect();
        values.extend((20..40).map(|i| load_num(&mut t, i)));
        let snap = snap_of(&mut t, &values);
        t.guard(Cc::Eq, values[0], values[1], snap);
        t.end = Some(End::Exit(snap_of(&mut t, &values[..1])));
        let mut back = backend(first);
        let parent = back.compile(&t, 0).expect("compiles");
        assert_eq!((parent.exits[0].ints, parent.exits[0].nums), (20, 20));

        let mut side = Trace::new();
        let ints: Vec<Ref> = (0..20).map(|_| side.param(Ty::Int)).collect();
        let nums: Vec<Ref> = (0..20).map(|_| side.param(Ty::Num)).collect();
        let sum = ints
            .iter()
            .copied()
            .reduce(|a, b| side.bin(BinOp::Add, a, b))
            .expect("not empty");
        let fsum = nums
            .iter()
            .copied()
            .reduce(|a, b| side.bin(BinOp::FAdd, a, b))
            .expect("not empty");
        side.end = Some(End::Exit(snap_of(
            &mut side,
            &[sum, fsum, ints[19], nums[19]],
        )));
        back.set_generator(second);
        let child = back.compile(&side, 2).expect("compiles");

        let mut memory: Vec<u64> = (0..20)
            .chain((20..40).map(|i| (i as f64).to_bits()))
            .collect();
        let (exit, got) = enter(&back, &[&parent, &child], parent.entry, &mut memory);
        assert_eq!((exit, got), (0, memory.clone()));
        // SAFETY: the cell lives as long as `parent`, and the child takes what the exit passes.
        unsafe { parent.exits[0].cell.write(child.entry) };
        let (exit, got) = enter(&back, &[&parent, &child], parent.entry, &mut memory);
        assert_eq!(
            (exit, got),
            (2, vec![190, 590_f64.to_bits(), 19, 39_f64.to_bits()])
        );
    }
}

#[test]
fn a_link_to_itself_loops_through_memory_without_growing_the_stack() {
    for generator in GENERATORS {
        let mut cell: *const u8 = ptr::null();
        let mut t = Trace::new();
        let (base, one) = (t.base(), t.int(1));
        let (i, n) = (load(&mut t, 0), load(&mut t, 1));
        let snap = snap_of(&mut t, &[i]);
        t.guard(Cc::Lt, i, n, snap);
        let next = t.bin(BinOp::Add, i, one);
        t.store(Width::I64, base, 0, next, MEM);
        t.end = Some(End::Link {
            cell: &raw mut cell as usize,
            base,
        });
        let mut back = backend(generator);
        let code = back.compile(&t, 0).expect("compiles");
        // SAFETY: the cell is the local above.
        unsafe { (&raw mut cell).write(code.entry) };
        let mut memory = [0, 10_000_000];
        assert_eq!(
            enter(&back, &[&code], code.entry, &mut memory),
            (0, vec![10_000_000])
        );
    }
}

#[test]
fn too_many_live_values_are_refused() {
    let mut t = Trace::new();
    let values: Vec<Ref> = (0..251).map(|i| load(&mut t, i)).collect();
    let full = snap_of(&mut t, &values[..250]);
    t.end = Some(End::Exit(full));
    let mut memory: Vec<u64> = (0..251).collect();
    assert_eq!(run(&t, &mut memory).1, memory[..250]);
    t.end = Some(End::Exit(snap_of(&mut t, &values)));
    assert_eq!(
        backend(Generator::Direct).compile(&t, 0).err(),
        Some(Reject::TooManyLive)
    );
}

#[test]
fn a_loop_that_has_not_been_peeled_is_refused() {
    let mut t = Trace::new();
    let state = snap_of(&mut t, &[]);
    t.end = Some(End::Loop {
        carried: Vec::new(),
        state,
    });
    assert_eq!(
        backend(Generator::Direct).compile(&t, 0).err(),
        Some(Reject::NotPeeled)
    );
}

#[test]
fn freed_code_memory_is_used_again() {
    let mut back = backend(Generator::Direct);
    let t = sum_loop();
    let first = back.compile(&t, 0).expect("compiles");
    let (used, entry) = (back.code_bytes(), first.entry as usize);
    back.free(&first);
    back.free(&first);
    assert!(back.code_bytes() < used);
    let second = back.compile(&t, 0).expect("compiles");
    assert_eq!(back.code_bytes(), used);
    assert_eq!(second.entry as usize >> 12, entry >> 12);
    assert_eq!(enter(&back, &[&second], second.entry, &mut [10]).1[1], 45);
}

#[test]
fn code_memory_is_never_writable_and_executable() {
    let mut back = backend(Generator::Direct);
    let code = back.compile(&sum_loop(), 0).expect("compiles");
    let maps = std::fs::read_to_string("/proc/self/maps").expect("the kernel lists our memory");
    let mut found = false;
    for line in maps.lines() {
        let (range, rest) = line.split_once(' ').expect("a range");
        let (start, end) = range.split_once('-').expect("two addresses");
        let [start, end] = [start, end].map(|s| usize::from_str_radix(s, 16).expect("hexadecimal"));
        assert!(!rest.starts_with("rwx"), "{line}");
        if (start..end).contains(&(code.entry as usize)) {
            assert!(rest.starts_with("r-x"), "{line}");
            found = true;
        }
    }
    assert!(found);
}

#[test]
fn a_large_loop_does_the_same_with_either_allocator() {
    let mut t = Trace::new();
    let (zero, one) = (t.int(0), t.int(1));
    let n = load(&mut t, 0);
    let others: Vec<Ref> = (1..30).map(|i| load(&mut t, i)).collect();
    t.int(7);
    t.push(Op::LoopStart, Ty::None);
    let at = t.len();
    // The phis' second operands are set when they exist.
    let (i, sum) = (
        t.push(Op::Phi(zero, zero), Ty::Int),
        t.push(Op::Phi(zero, zero), Ty::Int),
    );
    let snap = snap_of(&mut t, &[i, sum]);
    t.guard(Cc::Lt, i, n, snap);
    let mut next = sum;
    for _ in 0..20 {
        for &other in &others {
            next = t.bin(BinOp::Add, next, other);
        }
    }
    let i_next = t.bin(BinOp::Add, i, one);
    t.insts[at].op = Op::Phi(zero, i_next);
    t.insts[at + 1].op = Op::Phi(zero, next);
    t.end = Some(End::Loop {
        carried: Vec::new(),
        state: snap,
    });
    assert!(t.len() > 500);
    let mut memory: Vec<u64> = (0..30).collect();
    memory[0] = 10;
    assert_eq!(run(&t, &mut memory).1, [10, 10 * 20 * (29 * 30 / 2)]);
}
