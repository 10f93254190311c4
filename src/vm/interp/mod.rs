//! The interpreter: one function per opcode, each ending in a jump to the next one's.
//!
//! A handler gets the thread, the frame's base, the address of the next instruction, the constants and its own
//! instruction word. It ends in [`next`], a tail call through the thread's dispatch table that the compiler turns into
//! an indirect jump (release builds; a test looks at the machine code). For that, a handler owns nothing that needs
//! dropping and passes no address of a local to a call; whatever may call, allocate or raise is a separate handler, to
//! which the fast one jumps (`slow_handler!`). Builds with debug assertions run the same handlers from a loop.
//!
//! The frame's `pc` is written only before something that can look at it. `top` is meaningful only around calls and
//! multiple results; `enter_slow` sets it to the frame's end, so that all registers are seen.

use crate::bytecode::op::{self, Loop};
use crate::error::{LResult, Throw};
use crate::global::Global;
use crate::limits::MAX_C_CALLS;
use crate::object::proto::Instruction;
use crate::object::thread::cist;
use crate::object::{CallInfo, LClosure, State};
use crate::value::{Slot, TValue, tag};

/// A handler.
pub type Handler = fn(&State, Slot, Pc, K, Instruction) -> Outcome;
/// The handlers by opcode; the size leaves no opcode out of bounds.
pub type DispatchTable = [Handler; 128];

/// The address of an instruction of a running function.
///
/// Invariant: it points into the code of the current frame's prototype; every function ends in a return instruction
/// and jumps stay inside the function (the compiler's and the loader's duty), so that fetching is always possible.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Pc(*const Instruction);

impl Pc {
    /// Wraps the address of an instruction.
    #[inline(always)]
    pub fn new(p: *const Instruction) -> Pc {
        Pc(p)
    }
    /// The instruction.
    #[inline(always)]
    pub fn fetch(self) -> Instruction {
        // SAFETY: invariant of `Pc`.
        unsafe { *self.0 }
    }
    /// The address `n` instructions further.
    #[inline(always)]
    pub fn offset(self, n: i32) -> Pc {
        Pc(self.0.wrapping_offset(n as isize))
    }
    /// The plain address.
    #[inline(always)]
    pub fn as_ptr(self) -> *const Instruction {
        self.0
    }
}

/// The constants of a running function.
///
/// Invariant: it points to the constants of the current frame's prototype; instructions name existing ones.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct K(*const TValue);

impl K {
    /// Constant `i`.
    #[inline(always)]
    pub fn at(self, i: usize) -> TValue {
        Slot::new(self.0.wrapping_add(i).cast_mut()).get()
    }
    /// The place of constant `i`, to be read only.
    #[inline(always)]
    pub fn slot(self, i: usize) -> Slot {
        Slot::new(self.0.wrapping_add(i).cast_mut())
    }
}

/// How a handler left: 0 at the end of a fresh frame, else the code of a `Throw` (or `CONTINUE` where a loop runs them).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Outcome(u32);

impl Outcome {
    /// The frame that `run` was called for has returned.
    pub const DONE: Outcome = Outcome(0);
    #[cfg(debug_assertions)]
    const CONTINUE: Outcome = Outcome(0xFF);
    /// An error or a yield.
    #[inline(always)]
    pub fn thrown(t: Throw) -> Outcome {
        Outcome(t as u32)
    }
    fn into_result(self) -> LResult<()> {
        match Throw::from_code(self.0 as i32) {
            None => Ok(()),
            Some(t) => Err(t),
        }
    }
}

/// Goes on with the instruction at `pc`.
#[cfg(not(debug_assertions))]
#[inline(always)]
fn next(l: &State, base: Slot, pc: Pc, k: K) -> Outcome {
    let i = pc.fetch();
    handler(l, i)(l, base, pc.offset(1), k, i)
}

/// Goes on with the instruction at `pc`.
#[cfg(debug_assertions)]
#[inline(always)]
fn next(l: &State, base: Slot, pc: Pc, k: K) -> Outcome {
    debug_assert!(base == l.ci().base(), "base of another frame");
    debug_assert!(
        core::ptr::eq(k.0, l.ci().k.get()),
        "constants of another frame"
    );
    l.ci().pc.set(pc.0);
    Outcome::CONTINUE
}

#[inline(always)]
fn handler(l: &State, i: Instruction) -> Handler {
    // SAFETY: `dispatch` is one of the static tables of this module.
    let table = unsafe { &*l.dispatch.get() };
    table[op::op(i) as usize & 127]
}

/// Goes on in the current frame wherever it stands: after a call or a return.
#[inline(always)]
fn resume_frame(l: &State) -> Outcome {
    resume_in(l, l.ci())
}

/// As `resume_frame`, for a caller that has the current frame at hand.
#[inline(always)]
fn resume_in(l: &State, ci: &CallInfo) -> Outcome {
    debug_assert!(core::ptr::eq(ci, l.ci()), "frame is not the current one");
    next(l, ci.base(), Pc(ci.pc.get()), K(ci.k.get()))
}

/// Runs the function whose frame a C function has had made, the current one, until it returns.
#[inline(always)]
pub fn run_called(l: &State) -> LResult<()> {
    #[cfg(feature = "jit")]
    return hot::run_called(l);
    #[cfg(not(feature = "jit"))]
    {
        l.ci().set_bits(cist::FRESH);
        run(l)
    }
}

/// Runs the current frame, a Lua function's, until the innermost frame marked `FRESH` returns.
#[inline]
pub fn run(l: &State) -> LResult<()> {
    #[cfg(feature = "jit")]
    if hot::is_stepping(l) {
        return hot::run_within_step(l);
    }
    #[cfg(not(debug_assertions))]
    let outcome = resume_frame(l);
    #[cfg(debug_assertions)]
    let outcome = loop {
        let ci = l.ci();
        debug_assert!(ci.is_lua(), "a C frame in the interpreter");
        debug_assert!(
            ci.top.get() <= l.stack_last.get().add(crate::limits::EXTRA_STACK),
            "frame beyond the stack"
        );
        let pc = Pc(ci.pc.get());
        let i = pc.fetch();
        match handler(l, i)(l, ci.base(), pc.offset(1), K(ci.k.get()), i) {
            Outcome::CONTINUE => {}
            other => break other,
        }
    };
    outcome.into_result()
}

/// Notes where the frame stands and makes all its registers live, before something that may call, collect or raise.
#[inline(always)]
fn enter_slow(l: &State, pc: Pc) {
    let ci = l.ci();
    ci.pc.set(pc.0);
    l.top.set(ci.top.get());
}

/// The closure that runs in the frame with this base.
#[inline(always)]
fn closure_at<'a>(base: Slot) -> &'a LClosure {
    base.sub(1).get().gc::<LClosure>().to_ref()
}

/// Enters the metamethod `tm` of the instruction in front of `pc` if it is a Lua function and nothing special is to be
/// done; else answers false, and `call::start_metamethod` has to see to it. The interpreter goes on with `resume_frame`.
#[inline(always)]
fn enter_metamethod<const N: usize>(
    l: &State,
    pc: Pc,
    tm: TValue,
    args: [TValue; N],
    nresults: i16,
) -> bool {
    if tm.tag() != tag::LUA_FN {
        return false;
    }
    let p = tm.gc::<LClosure>().to_ref().proto();
    let size = p.max_stack.get() as usize;
    let caller = l.ci();
    let frame = caller.next.get();
    let func = caller.top.get();
    let room = l.stack_last.get().distance(func);
    if frame.is_null()
        || room <= (size + N + 1) as isize
        || l.hook_mask.get() != 0
        || l.c_depth() + 1 >= MAX_C_CALLS
    {
        return false;
    }
    caller.pc.set(pc.0);
    func.set(tm);
    for (j, v) in args.iter().enumerate() {
        func.add(1 + j).set(*v);
    }
    let mut end = func.add(1 + N);
    let params_end = func.add(1 + p.num_params.get() as usize);
    while end < params_end {
        end.set(TValue::NIL);
        end = end.add(1);
    }
    // SAFETY: frames behind the current one stay allocated while they are linked.
    let ci = unsafe { &*frame };
    ci.func.set(func);
    ci.top.set(func.add(1 + size));
    ci.pc.set(p.code.as_ptr());
    ci.k.set(p.constants.as_ptr());
    ci.nresults.set(nresults);
    ci.status.set(cist::META);
    ci.ctx.set(l.native_epoch.get() as isize);
    l.c_calls.set(l.c_calls.get() + 1);
    l.top.set(end);
    l.ci.set(frame);
    true
}

/// Defines a handler that enters the metamethod `$tm` and leaves what is no plain Lua function to `$slow`.
macro_rules! metamethod_entry {
    ($(#[$attr:meta])* $name:ident, $slow:ident = |$l:ident, $base:ident, $k:ident, $i:ident| $tm:expr, $args:expr, $nresults:literal) => {
        $(#[$attr])*
        #[inline(never)]
        pub fn $name($l: &State, $base: Slot, pc: Pc, $k: K, $i: Instruction) -> Outcome {
            let tm: TValue = $tm;
            if super::enter_metamethod($l, pc, tm, $args, $nresults) {
                return super::resume_frame($l);
            }
            $slow($l, $base, pc, $k, $i)
        }
    };
}

/// Defines a handler whose body may raise, call or collect. The body gets thread, base, constants and instruction, and
/// is a function of its own, so that nothing of it is live when the next handler is entered.
macro_rules! slow_handler {
    ($(#[$attr:meta])* $name:ident = |$l:ident, $base:ident, $k:ident, $i:ident| $body:expr) => {
        $(#[$attr])*
        #[inline(never)]
        pub fn $name(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            #[inline(never)]
            fn body($l: &State, $base: Slot, $k: K, $i: Instruction) -> LResult<()> {
                $body
            }
            super::enter_slow(l, pc);
            match body(l, base, k, i) {
                Ok(()) => super::next(l, l.ci().base(), pc, k),
                Err(t) => Outcome::thrown(t),
            }
        }
    };
}

/// As `slow_handler!` for instructions with a metamethod, whose frame may be the current one after the body.
macro_rules! event_handler {
    ($(#[$attr:meta])* $name:ident = |$l:ident, $base:ident, $k:ident, $i:ident| $body:expr) => {
        $(#[$attr])*
        #[inline(never)]
        pub fn $name(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            #[inline(never)]
            fn body($l: &State, $base: Slot, $k: K, $i: Instruction) -> LResult<()> {
                $body
            }
            super::enter_slow(l, pc);
            match body(l, base, k, i) {
                Ok(()) => super::resume_frame(l),
                Err(t) => Outcome::thrown(t),
            }
        }
    };
}

/// As `event_handler!` for tests: the body's answer, if it has one, decides about the jump that follows.
macro_rules! event_test {
    ($name:ident = |$l:ident, $base:ident, $k:ident, $i:ident| $body:expr) => {
        #[cold]
        #[inline(never)]
        fn $name(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
            #[inline(never)]
            fn body($l: &State, $base: Slot, $k: K, $i: Instruction) -> LResult<Option<bool>> {
                $body
            }
            super::enter_slow(l, pc);
            match body(l, base, k, i) {
                Ok(Some(cond)) => super::branch::cond_jump(l, l.ci().base(), pc, k, i, cond),
                Ok(None) => super::resume_frame(l),
                Err(t) => Outcome::thrown(t),
            }
        }
    };
}

/// As `slow_handler!` for calls and returns, whose body changes the current frame.
macro_rules! frame_handler {
    ($(#[$attr:meta])* $name:ident = |$l:ident, $base:ident, $i:ident| $body:expr) => {
        $(#[$attr])*
        #[inline(never)]
        pub fn $name(l: &State, base: Slot, pc: Pc, _k: K, i: Instruction) -> Outcome {
            #[inline(never)]
            fn body($l: &State, $base: Slot, $i: Instruction) -> LResult<()> {
                $body
            }
            l.ci().pc.set(pc.as_ptr());
            match body(l, base, i) {
                Ok(()) => super::resume_frame(l),
                Err(t) => Outcome::thrown(t),
            }
        }
    };
}

mod arith;
mod branch;
mod calls;
#[cfg(feature = "jit")]
pub mod hot;
mod load;
mod loops;
mod tables;

use crate::debug;
pub use arith::bytecode_event;
pub use calls::perilune_after_c_function;
#[cfg(feature = "jit")]
pub use tables::fill_table;

/// Reached by malformed code only, which the loader refuses.
fn invalid(l: &State, _base: Slot, _pc: Pc, _k: K, _i: Instruction) -> Outcome {
    Outcome::thrown(l.run_error("invalid opcode", &[]))
}

/// The handlers, in the order of the opcodes.
const HANDLERS: [Handler; op::COUNT] = [
    load::mov,
    load::loadi,
    load::loadf,
    load::loadk,
    load::loadkx,
    load::loadfalse,
    load::lfalseskip,
    load::loadtrue,
    load::loadnil,
    load::getupval,
    load::setupval,
    tables::gettabup,
    tables::gettable,
    tables::geti,
    tables::getfield,
    tables::settabup,
    tables::settable,
    tables::seti,
    tables::setfield,
    tables::newtable,
    tables::self_,
    arith::addi,
    arith::addk,
    arith::subk,
    arith::mulk,
    arith::modk,
    arith::powk,
    arith::divk,
    arith::idivk,
    arith::bandk,
    arith::bork,
    arith::bxork,
    arith::shri,
    arith::shli,
    arith::add,
    arith::sub,
    arith::mul,
    arith::mod_,
    arith::pow,
    arith::div,
    arith::idiv,
    arith::band,
    arith::bor,
    arith::bxor,
    arith::shl,
    arith::shr,
    arith::mmbin,
    arith::mmbini,
    arith::mmbink,
    arith::unm,
    arith::bnot,
    branch::not,
    tables::len,
    tables::concat,
    calls::close,
    calls::tbc,
    branch::jmp,
    branch::eq,
    branch::lt,
    branch::le,
    branch::eqk,
    branch::eqi,
    branch::lti,
    branch::lei,
    branch::gti,
    branch::gei,
    branch::test,
    branch::testset,
    calls::call,
    calls::tailcall,
    calls::return_,
    calls::return0,
    calls::return1,
    loops::forloop,
    loops::forprep,
    loops::tforprep,
    loops::tforcall,
    loops::tforloop,
    tables::setlist,
    calls::closure,
    calls::vararg,
    calls::varargprep,
    invalid,
];

const fn table_of(handlers: &[Handler; op::COUNT]) -> DispatchTable {
    let mut t: DispatchTable = [invalid; 128];
    let mut i = 0;
    while i < op::COUNT {
        t[i] = handlers[i];
        i += 1;
    }
    set_variants(
        t,
        Loop::Plain,
        &[loops::forloop, loops::tforloop, branch::jmp],
    )
}

/// The table with these handlers for a variant of the loop instructions and, unless it is `Enter`, for `Enter` as well.
const fn set_variants(table: DispatchTable, which: Loop, handlers: &[Handler; 3]) -> DispatchTable {
    let mut t = table;
    let mut n = 0;
    while n < handlers.len() {
        t[op::loop_variant(n, which) as usize] = handlers[n];
        if let Loop::Plain = which {
            t[op::loop_variant(n, Loop::Enter) as usize] = handlers[n];
        }
        n += 1;
    }
    t
}

/// The handlers that run under hooks: those that call or return notice the hooks.
const fn hooked_handlers() -> DispatchTable {
    let mut t = table_of(&HANDLERS);
    t[op::Op::Call as usize] = calls::call_any;
    t[op::Op::TForPrep as usize] = loops::tforprep_hooked;
    t[op::Op::TForCall as usize] = loops::tforcall_hooked;
    t[op::Op::Return0 as usize] = calls::return_;
    t[op::Op::Return1 as usize] = calls::return_;
    t[op::Op::VarargPrep as usize] = calls::varargprep_hooked;
    t
}

static PLAIN: DispatchTable = table_of(&HANDLERS);
static UNDER_HOOKS: DispatchTable = hooked_handlers();
static HOOK: DispatchTable = [hook_op; 128];

/// The table of a state without hooks; `traced` if its hot loops are to be compiled.
pub fn plain_dispatch(traced: bool) -> *const DispatchTable {
    #[cfg(feature = "jit")]
    if traced {
        return hot::counting_table();
    }
    let _ = traced;
    &PLAIN
}
/// The table for a thread with this hook mask.
pub fn dispatch_for(g: &Global, mask: i32) -> *const DispatchTable {
    if mask == 0 {
        plain_dispatch(g.traced.get())
    } else {
        &HOOK
    }
}

/// Counts the instruction, where that is all that hooks ask for and the count does not end with it; else has them called.
fn hook_op(l: &State, base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    l.ci().pc.set(pc.0);
    if debug::hook::passes_over(l, i) {
        return UNDER_HOOKS[op::op(i) as usize & 127](l, base, pc, k, i);
    }
    hook_op_calling(l, base, pc, k, i)
}

/// Runs line and count hooks, then the instruction itself.
#[inline(never)]
fn hook_op_calling(l: &State, _base: Slot, pc: Pc, k: K, i: Instruction) -> Outcome {
    match debug::hook::before_instruction(l) {
        Ok(()) => UNDER_HOOKS[op::op(i) as usize & 127](l, l.ci().base(), pc, k, i),
        Err(t) => Outcome::thrown(t),
    }
}
