//! Random loops: optimised, compiled and run, they leave by the same exit and with the same memory as when the IR as it was
//! recorded is interpreted instruction by instruction, iteration by iteration.

use perilune_jit::{
    Backend, BinOp, Cc, Class, Convention, Effect, End, Func, FuncId, Generator, LEFT, Op, Options,
    Ref, Reject, Snap, SnapEntry, SnapId, Source, Trace, Ty, UnOp, Width, optimise,
};
use std::ptr;

const STACK: Class = Class(0);
const TABLE: Class = Class(1);
const POINTERS: Class = Class(2);
const LIMIT: Class = Class(3);

const INT: i64 = 3;
const NUM: i64 = 19;

const SLOTS: usize = 6;
/// Words of memory: the slots, two pointers into the table, the counter's limit, the size of an array, the table.
const POINTER: usize = 2 * SLOTS;
const LIMIT_AT: usize = POINTER + 2;
const SIZE_AT: usize = LIMIT_AT + 1;
const TABLE_AT: usize = SIZE_AT + 1;
const WORDS: usize = TABLE_AT + 12;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: usize) -> usize {
        ((self.next() >> 32) as usize) % n
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

extern "C" fn mix(a: i64, b: i64) -> i64 {
    a.wrapping_mul(3) ^ b
}

extern "C" fn read(p: *const i64) -> i64 {
    // SAFETY: traces pass pointers into the table of the memory.
    unsafe { *p }
}

extern "C" fn write(p: *mut i64, value: i64) -> i64 {
    // SAFETY: traces pass pointers into the table of the memory.
    unsafe { *p = value };
    value.wrapping_add(1)
}

fn functions() -> [Func; 3] {
    let table = TABLE.bit();
    let func = |name, addr, params, reads, writes| Func {
        name,
        addr,
        params,
        ret: Ty::Int,
        convention: Convention::C,
        effect: Effect { reads, writes },
    };
    [
        func(
            "mix",
            mix as *const () as usize,
            &[Ty::Int, Ty::Int][..],
            0,
            0,
        ),
        func("read", read as *const () as usize, &[Ty::Int][..], table, 0),
        func(
            "write",
            write as *const () as usize,
            &[Ty::Int, Ty::Int][..],
            table,
            table,
        ),
    ]
}

fn int_bin(op: BinOp, a: i64, b: i64) -> i64 {
    match op {
        BinOp::Add => a.wrapping_add(b),
        BinOp::Sub => a.wrapping_sub(b),
        BinOp::Mul => a.wrapping_mul(b),
        BinOp::And => a & b,
        BinOp::Or => a | b,
        BinOp::Xor => a ^ b,
        BinOp::Shl => a.wrapping_shl(b as u32),
        BinOp::Shr => (a as u64).wrapping_shr(b as u32) as i64,
        BinOp::Sar => a.wrapping_shr(b as u32),
        BinOp::DivFloor => {
            ((a as i128 - int_bin(BinOp::ModFloor, a, b) as i128) / b as i128) as i64
        }
        BinOp::ModFloor => {
            let rest = a as i128 % b as i128;
            (if rest != 0 && (rest < 0) != (b < 0) {
                rest + b as i128
            } else {
                rest
            }) as i64
        }
        _ => unreachable!(),
    }
}

fn holds(cc: Cc, a: u64, b: u64) -> bool {
    let (i, j, x, y) = (a as i64, b as i64, f64::from_bits(a), f64::from_bits(b));
    match cc {
        Cc::Eq => i == j,
        Cc::Ne => i != j,
        Cc::Lt => i < j,
        Cc::Le => i <= j,
        Cc::Gt => i > j,
        Cc::Ge => i >= j,
        Cc::ULt => a < b,
        Cc::ULe => a <= b,
        Cc::UGt => a > b,
        Cc::UGe => a >= b,
        Cc::FEq => x == y,
        Cc::FNe => x != y,
        Cc::FLt => x < y,
        Cc::FLe => x <= y,
        Cc::FGt => x > y,
        Cc::FGe => x >= y,
        Cc::FNlt | Cc::FNle | Cc::FNgt | Cc::FNge => !holds(cc.negated(), a, b),
    }
}

/// Evaluates one instruction; guards give whether they hold.
fn eval(t: &Trace, r: Ref, values: &[u64], memory: *mut u64) -> u64 {
    let v = |r: Ref| values[r.index()];
    let n = |r: Ref| f64::from_bits(values[r.index()]);
    let at = |base: Ref, offset: i32| v(base).wrapping_add(offset as i64 as u64) as *mut u64;
    match t.op(r) {
        Op::KInt(k) => k as u64,
        Op::KNum(bits) => bits,
        Op::State => 0,
        Op::Base => memory as u64,
        Op::Load {
            base,
            offset,
            width,
            ..
        } => {
            // SAFETY: the generator makes only addresses inside the memory.
            let word = unsafe { at(base, offset).read() };
            if width == Width::U8 {
                word & 0xFF
            } else {
                word
            }
        }
        Op::Store {
            base,
            offset,
            value,
            width,
            ..
        } => {
            let at = at(base, offset);
            // SAFETY: the generator makes only addresses inside the memory.
            unsafe {
                if width == Width::U8 {
                    at.cast::<u8>().write(v(value) as u8)
                } else {
                    at.write(v(value))
                }
            };
            0
        }
        Op::Bin(BinOp::FAdd, a, b) => (n(a) + n(b)).to_bits(),
        Op::Bin(BinOp::FSub, a, b) => (n(a) - n(b)).to_bits(),
        Op::Bin(BinOp::FMul, a, b) => (n(a) * n(b)).to_bits(),
        Op::Bin(BinOp::FDiv, a, b) => (n(a) / n(b)).to_bits(),
        Op::Bin(op, a, b) => int_bin(op, v(a) as i64, v(b) as i64) as u64,
        Op::Un(op, a) => match op {
            UnOp::Neg => (v(a) as i64).wrapping_neg() as u64,
            UnOp::Not => !v(a),
            UnOp::FNeg => (-n(a)).to_bits(),
            UnOp::FAbs => n(a).abs().to_bits(),
            UnOp::FSqrt => n(a).sqrt().to_bits(),
            UnOp::FFloor => n(a).floor().to_bits(),
            UnOp::FCeil => n(a).ceil().to_bits(),
            UnOp::ToNum => (v(a) as i64 as f64).to_bits(),
            UnOp::ToInt => n(a) as i64 as u64,
            UnOp::Bits | UnOp::FromBits => v(a),
        },
        Op::Cmp(cc, a, b) | Op::Guard(cc, a, b, _) => holds(cc, v(a), v(b)).into(),
        Op::Select(c, a, b) => v(if v(c) != 0 { a } else { b }),
        Op::Call { func, args } => {
            let args = &t.args[args.range()];
            match t.funcs[func.index()].name {
                "mix" => mix(v(args[0]) as i64, v(args[1]) as i64) as u64,
                "read" => read(v(args[0]) as *const i64) as u64,
                _ => write(v(args[0]) as *mut i64, v(args[1]) as i64) as u64,
            }
        }
        op => unreachable!("{op:?} is not recorded"),
    }
}

fn state_of(t: &Trace) -> SnapId {
    match t.end {
        Some(End::Loop { state, .. }) => state,
        _ => unreachable!("a loop was recorded"),
    }
}

/// Runs the recorded trace; returns the frame of the snapshot that it is left by, and in which iteration.
fn interpret(t: &Trace, memory: *mut u64) -> (u32, usize) {
    let state = state_of(t);
    let restore = |snap: SnapId, values: &[u64]| {
        for e in &t.snaps[snap.index()].entries {
            restore_slot(
                memory,
                e.slot,
                values[e.value.index()],
                values[e.tag.index()],
            );
        }
        t.snaps[snap.index()].frame
    };
    for iteration in 0.. {
        let mut values = vec![0; t.len()];
        for i in 0..t.len() {
            let op = t.insts[i].op;
            // Constants stand where they were first used, which may be in a snapshot only.
            values[i] = eval(t, Ref(i as u32), &values, memory);
            if let (Op::Guard(_, _, _, snap), 0) = (op, values[i]) {
                return (restore(snap, &values), iteration);
            }
        }
        restore(state, &values);
    }
    unreachable!("the counter ends the loop")
}

fn restore_slot(memory: *mut u64, slot: u32, value: u64, tag: u64) {
    // SAFETY: there are as many slots in the memory as traces use.
    unsafe {
        memory.add(2 * slot as usize).write(value);
        memory.add(2 * slot as usize + 1).write(tag);
    }
}

/// Records a random loop while it evaluates it, so that every guard holds in the iteration that is recorded.
struct Recorder<'a> {
    random: &'a mut Random,
    t: Trace,
    values: Vec<u64>,
    memory: *mut u64,
    ints: Vec<Ref>,
    nums: Vec<Ref>,
    pointers: Vec<Ref>,
    slots: Vec<Slot>,
    frame: u32,
}

#[derive(Clone, Copy)]
struct Slot {
    start: (Ref, Ref),
    now: (Ref, Ref),
}

impl Recorder<'_> {
    fn catch_up(&mut self) {
        while self.values.len() < self.t.len() {
            let r = Ref(self.values.len() as u32);
            self.values.push(0);
            self.values[r.index()] = eval(&self.t, r, &self.values, self.memory);
        }
    }

    fn int(&mut self) -> Ref {
        if self.random.below(4) == 0 {
            let k = self.random.pick(&[
                0,
                1,
                -1,
                2,
                3,
                8,
                -7,
                63,
                64,
                255,
                1 << 40,
                i64::MAX,
                i64::MIN,
            ]);
            return self.t.int(k);
        }
        self.random.pick(&self.ints)
    }

    fn num(&mut self) -> Ref {
        if self.nums.is_empty() || self.random.below(4) == 0 {
            let k = self.random.pick(&[
                0.0,
                -0.0,
                1.0,
                -1.0,
                0.5,
                2.0,
                3.5,
                1e300,
                f64::INFINITY,
                f64::NAN,
            ]);
            return self.t.num(k);
        }
        self.random.pick(&self.nums)
    }

    fn snap(&mut self) -> SnapId {
        self.frame += 1;
        let base = self.t.base();
        let changed = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, s)| s.now != s.start);
        let entries = changed
            .map(|(i, s)| SnapEntry {
                slot: i as u32,
                value: s.now.0,
                tag: s.now.1,
            })
            .collect();
        self.t.snap(Snap {
            frame: self.frame,
            base,
            entries,
        })
    }

    /// A guard that holds now.
    fn guard(&mut self, cc: Cc, a: Ref, b: Ref) {
        self.catch_up();
        let cc = if holds(cc, self.values[a.index()], self.values[b.index()]) {
            cc
        } else {
            cc.negated()
        };
        let snap = self.snap();
        self.t.guard(cc, a, b, snap);
    }

    fn start(&mut self) {
        let base = self.t.base();
        for i in 0..SLOTS as i32 {
            let tag = self.t.load(Width::U8, base, 16 * i + 8, STACK);
            self.catch_up();
            let is_int = self.values[tag.index()] == INT as u64;
            let known = self.t.int(if is_int { INT } else { NUM });
            let value = self.t.load(
                if is_int { Width::I64 } else { Width::F64 },
                base,
                16 * i,
                STACK,
            );
            self.slots.push(Slot {
                start: (value, tag),
                now: (value, tag),
            });
            self.guard(Cc::Eq, tag, known);
            if is_int {
                self.ints.push(value)
            } else {
                self.nums.push(value)
            }
        }
        for i in 0..2 {
            let p = self
                .t
                .load(Width::I64, base, 8 * (POINTER as i32 + i), POINTERS);
            self.pointers.push(p);
        }
    }

    fn step(&mut self) {
        let offset = 8 * self.random.below(4) as i32;
        match self.random.below(17) {
            16 => self.check(),
            0..=3 => self.integers(),
            4..=6 => self.doubles(),
            7 => {
                let (p, width) = (
                    self.random.pick(&self.pointers),
                    self.random.pick(&[Width::I64, Width::U8]),
                );
                let r = self.t.load(width, p, offset, TABLE);
                self.ints.push(r);
            }
            8 => {
                let (p, width) = (
                    self.random.pick(&self.pointers),
                    self.random.pick(&[Width::I64, Width::U8]),
                );
                let value = self.int();
                self.t.store(width, p, offset, value, TABLE);
            }
            9 => self.call(),
            10 => {
                let p = self.random.pick(&self.pointers);
                let (base, at) = (self.t.base(), 8 * (POINTER + self.random.below(2)) as i32);
                if self.random.below(3) == 0 {
                    self.t.store(Width::I64, base, at, p, POINTERS);
                } else {
                    let p = self.t.load(Width::I64, base, at, POINTERS);
                    self.pointers.push(p);
                }
            }
            11 | 12 => {
                let slot = 1 + self.random.below(SLOTS - 1);
                let is_int = self.t.ty(self.slots[slot].start.0) == Ty::Int;
                // Mostly of the type that it had, so that the loop is stable.
                self.slots[slot].now = match (self.random.below(12), is_int) {
                    (0, _) => self.random.pick(&self.slots).now,
                    (1, true) | (2.., false) => (self.num(), self.t.int(NUM)),
                    _ => (self.int(), self.t.int(INT)),
                };
            }
            13 => {
                let (a, b) = (self.num(), self.num());
                let cc =
                    self.random
                        .pick(&[Cc::FEq, Cc::FNe, Cc::FLt, Cc::FLe, Cc::FNgt, Cc::FNge]);
                self.guard(cc, a, b);
            }
            _ => {
                let (a, b) = (self.int(), self.int());
                let cc =
                    self.random
                        .pick(&[Cc::Eq, Cc::Ne, Cc::Lt, Cc::Le, Cc::Gt, Cc::ULt, Cc::UGe]);
                self.guard(cc, a, b);
            }
        }
        self.catch_up();
    }

    /// An array bounds check of the loop's counter.
    fn check(&mut self) {
        let (base, k) = (self.t.base(), self.random.below(4) as i64 - 1);
        let (width, k) = (self.random.pick(&[Width::U32, Width::I64]), self.t.int(k));
        let size = self.t.load(width, base, 8 * SIZE_AT as i32, LIMIT);
        let index = self.t.bin(BinOp::Add, self.slots[0].start.0, k);
        self.guard(Cc::ULt, index, size);
    }

    fn integers(&mut self) {
        const OPS: [BinOp; 9] = [
            BinOp::Add,
            BinOp::Sub,
            BinOp::Mul,
            BinOp::And,
            BinOp::Or,
            BinOp::Xor,
            BinOp::Shl,
            BinOp::Shr,
            BinOp::Sar,
        ];
        let (a, b) = (self.int(), self.int());
        let r = match self.random.below(8) {
            0 => {
                let k = self
                    .random
                    .pick(&[1, -1, 2, 16, 3, 10, 1_000_003, i64::MAX, -5, i64::MIN]);
                let (op, k) = (
                    self.random.pick(&[BinOp::DivFloor, BinOp::ModFloor]),
                    self.t.int(k),
                );
                self.t.bin(op, a, k)
            }
            1 => {
                let op = self.random.pick(&[UnOp::Neg, UnOp::Not]);
                self.t.un(op, a)
            }
            2 => {
                let cc = self
                    .random
                    .pick(&[Cc::Eq, Cc::Ne, Cc::Lt, Cc::Ge, Cc::UGt, Cc::ULe]);
                self.t.cmp(cc, a, b)
            }
            3 => {
                let c = self.int();
                self.t.select(c, a, b)
            }
            4 => return self.selections(),
            _ => {
                let op = self.random.pick(&OPS);
                self.t.bin(op, a, b)
            }
        };
        self.ints.push(r);
    }

    /// A comparison and selections by it, with or without another use of what it gives.
    fn selections(&mut self) {
        let condition = match self.random.below(2) {
            0 => {
                let cc = self.random.pick(&[Cc::Eq, Cc::Lt, Cc::Ge, Cc::UGt]);
                let (a, b) = (self.int(), self.int());
                self.t.cmp(cc, a, b)
            }
            _ => {
                let cc = self.random.pick(&[
                    Cc::FEq,
                    Cc::FNe,
                    Cc::FLt,
                    Cc::FLe,
                    Cc::FGt,
                    Cc::FGe,
                    Cc::FNlt,
                    Cc::FNle,
                    Cc::FNgt,
                    Cc::FNge,
                ]);
                let (x, y) = (self.num(), self.num());
                self.t.cmp(cc, x, y)
            }
        };
        for _ in 0..=self.random.below(3) {
            if self.random.below(3) == 0 {
                let (x, y) = (self.num(), self.num());
                let r = self.t.select(condition, x, y);
                self.nums.push(r);
            } else {
                let (a, b) = (self.int(), self.int());
                let r = self.t.select(condition, a, b);
                self.ints.push(r);
            }
        }
        if self.random.below(4) == 0 {
            self.ints.push(condition);
        }
    }

    fn doubles(&mut self) {
        let (x, y) = (self.num(), self.num());
        match self.random.below(6) {
            0 => {
                let op = self.random.pick(&[
                    UnOp::FNeg,
                    UnOp::FAbs,
                    UnOp::FSqrt,
                    UnOp::FFloor,
                    UnOp::FCeil,
                ]);
                let r = self.t.un(op, x);
                self.nums.push(r);
            }
            1 => {
                let i = self.int();
                let r = self.t.un(UnOp::ToNum, i);
                self.nums.push(r);
            }
            2 => {
                let r = self.t.un(UnOp::ToInt, x);
                self.ints.push(r);
            }
            _ => {
                let op = self
                    .random
                    .pick(&[BinOp::FAdd, BinOp::FSub, BinOp::FMul, BinOp::FDiv]);
                let r = self.t.bin(op, x, y);
                self.nums.push(r);
            }
        }
    }

    fn call(&mut self) {
        let (p, a, b) = (self.random.pick(&self.pointers), self.int(), self.int());
        let r = match self.random.below(3) {
            0 => self.t.call(FuncId(0), &[a, b]),
            1 => self.t.call(FuncId(1), &[p]),
            _ => self.t.call(FuncId(2), &[p, a]),
        };
        self.ints.push(r);
    }

    fn finish(mut self) -> Trace {
        let base = self.t.base();
        let (limit, one) = (
            self.t.load(Width::I64, base, 8 * LIMIT_AT as i32, LIMIT),
            self.t.int(1),
        );
        let (i, tag) = (self.slots[0].start.0, self.t.int(INT));
        let next = self.t.bin(BinOp::Add, i, one);
        self.slots[0].now = (next, tag);
        self.guard(Cc::Lt, next, limit);
        let changed = self.slots.iter().filter(|s| s.now != s.start);
        let carried = changed.flat_map(|s| [(s.start.0, s.now.0), (s.start.1, s.now.1)]);
        let carried: Vec<_> = carried
            .filter(|&(e, v)| self.t.ty(e) == self.t.ty(v))
            .collect();
        let state = self.snap();
        self.t.end = Some(End::Loop { carried, state });
        self.t
    }
}

fn record(random: &mut Random, memory: *mut u64) -> Trace {
    let steps = 3 + random.below(40);
    let mut recorder = Recorder {
        random,
        t: Trace::new(),
        values: Vec::new(),
        memory,
        ints: Vec::new(),
        nums: Vec::new(),
        pointers: Vec::new(),
        slots: Vec::new(),
        frame: 0,
    };
    for f in functions() {
        recorder.t.func(f);
    }
    recorder.start();
    for _ in 0..steps {
        recorder.step();
    }
    recorder.finish()
}

fn random_memory(random: &mut Random, memory: *mut u64) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    for slot in 0..SLOTS {
        let is_int = slot == 0 || random.below(2) == 0;
        let number = random.pick(&[0.0_f64, -0.0, 1.5, -7.0, 1e18]);
        words[2 * slot] = if is_int {
            random.below(10) as u64
        } else {
            number.to_bits()
        };
        words[2 * slot + 1] = if is_int { INT as u64 } else { NUM as u64 };
    }
    words[0] = 0;
    for i in 0..2 {
        words[POINTER + i] = memory as u64 + 8 * (TABLE_AT + random.below(4)) as u64;
    }
    words[LIMIT_AT] = 2 + random.below(6) as u64;
    words[SIZE_AT] = random.below(12) as u64;
    for word in &mut words[TABLE_AT..] {
        *word = random.below(300) as u64;
    }
    words
}

fn random_options(random: &mut Random) -> Options {
    let mut options = Options {
        verify: true,
        ..Options::all(true)
    };
    if random.below(2) == 0 {
        for name in Options::NAMES.iter().filter(|n| **n != "peel") {
            *options.field(name).expect("a pass") = random.below(3) > 0;
        }
    }
    options
}

/// Compiles and runs a trace, restores from its exit, and returns the frame.
fn run(back: &mut Backend, t: &Trace, memory: *mut u64) -> u32 {
    let code = back.compile(t, 0).expect("compiles");
    // SAFETY: as in `eval`, the trace stays inside the memory; its functions return.
    let left = unsafe { back.enter()(ptr::null_mut(), memory.cast(), code.entry) };
    let exit = &code.exits[(left & !LEFT) as usize];
    // SAFETY: the spill area belongs to the back end and nothing writes to it now.
    let spill = unsafe { &*back.spill() };
    assert_eq!(spill.base, memory as u64);
    let value = |source: Source| match source {
        Source::Const(k) => k,
        Source::Int(n) => spill.values[n as usize],
        Source::Num(n) => spill.values[(exit.ints + n) as usize],
    };
    for e in &exit.entries {
        restore_slot(memory, e.slot, value(e.value), value(e.tag));
    }
    back.free(&code);
    t.snaps[exit.snap.index()].frame
}

/// Whether two words are the same; which NaN an operation makes is the machine's choice.
fn same(a: u64, b: u64) -> bool {
    a == b || f64::from_bits(a).is_nan() && f64::from_bits(b).is_nan()
}

#[test]
fn random_loops_do_what_their_recording_says() {
    let mut back = Backend::new().expect("a back end");
    let mut buffer = [0_u64; WORDS];
    let memory = buffer.as_mut_ptr();
    let set = |words: &[u64; WORDS]| {
        // SAFETY: the buffer is as large as its contents.
        unsafe { memory.cast::<[u64; WORDS]>().write(*words) }
    };
    // SAFETY: the buffer is as large as its contents.
    let get = || unsafe { memory.cast::<[u64; WORDS]>().read() };
    let (mut ran, mut unstable, mut entered) = (0, 0, 0);
    for seed in 1..=3000_u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let before = random_memory(&mut random, memory);
        set(&before);
        let recorded = record(&mut random, memory);
        set(&before);
        let (frame, iteration) = interpret(&recorded, memory);
        let want = get();
        let (mut t, options) = (recorded.clone(), random_options(&mut random));
        match optimise(&mut t, &options) {
            Ok(()) => {}
            Err(Reject::Unstable) if iteration == 1 => {
                unstable += 1;
                continue;
            }
            Err(why) => panic!("seed {seed}: {why} (left in iteration {iteration})\n{recorded}"),
        }
        for generator in [Generator::Cranelift, Generator::Direct] {
            set(&before);
            back.set_generator(generator);
            let mut left = run(&mut back, &t, memory);
            if left == recorded.snaps[state_of(&recorded).index()].frame {
                // Left as the loop was entered, by a test of the bounds pass: the VM goes on.
                entered += 1;
                left = interpret(&recorded, memory).0;
            }
            let got = get();
            let equal = frame == left && want.iter().zip(&got).all(|(&a, &b)| same(a, b));
            assert!(
                equal,
                "seed {seed} {generator:?} {options:?}: {frame} {left}\n{want:x?}\n{got:x?}\n{recorded}\n{t}"
            );
        }
        ran += 1;
    }
    let seen = ran > 2000 && unstable > 10 && entered > 10;
    assert!(
        seen,
        "{ran} ran, {unstable} unstable, {entered} left as the loop was entered"
    );
}
