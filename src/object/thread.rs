//! Threads (`lua_State`): a stack, a list of call frames, open upvalues, hooks.
//!
//! Invariants
//! - `stack <= ci.func < ci.top <= stack_last + EXTRA_STACK`, and `top` lies within the current frame; `stack_last` has
//!   `EXTRA_STACK` slots behind it. Slots from `stack` up to `stack_last + EXTRA_STACK` are always initialised.
//! - Growing the stack moves it: all `Slot`s held elsewhere become invalid. Hold offsets (`save`/`restore`) across
//!   anything that can call, allocate stack or raise.
//! - Frames form a doubly linked list that starts with `base_ci`; frames behind `ci` are kept for reuse.

use super::{GcHeader, UpVal};
use crate::error::{LResult, Throw};
use crate::global::Global;
use crate::heap;
use crate::limits::{BASIC_STACK, ERROR_STACK, EXTRA_STACK, MAX_STACK, MIN_STACK};
use crate::object::proto::Instruction;
use crate::value::{Gc, Slot, TValue, tag};
use crate::vm::interp::DispatchTable;
use core::cell::Cell;
use core::ffi::{c_int, c_void};

/// Bits of `CallInfo::status`.
pub mod cist {
    /// Value of `allow_hook` when a finalizer or pcall frame was entered.
    pub const OLD_ALLOW_HOOK: u16 = 1 << 0;
    /// The frame runs a C function or a function of this library.
    pub const C: u16 = 1 << 1;
    /// The frame was entered by a new run of the interpreter.
    pub const FRESH: u16 = 1 << 2;
    /// The frame runs a hook.
    pub const HOOKED: u16 = 1 << 3;
    /// The frame is a protected call that can be resumed after a yield.
    pub const YPCALL: u16 = 1 << 4;
    /// The frame was entered by a tail call.
    pub const TAIL: u16 = 1 << 5;
    /// The last hook call yielded.
    pub const HOOK_YIELD: u16 = 1 << 6;
    /// The frame runs a finalizer.
    pub const FIN: u16 = 1 << 7;
    /// `transfer_first`/`transfer_count` are valid.
    pub const TRANSFER: u16 = 1 << 8;
    /// C functions: the continuation is a Rust function of this library.
    pub const NATIVE_K: u16 = 1 << 9;
    /// Lua functions: compiled code may have entered the function by a native call, to which its return must come back.
    pub const TRACED: u16 = 1 << 9;
    /// The function is closing to-be-closed variables while it returns.
    pub const CLOSE_RET: u16 = 1 << 10;
    /// C functions, three bits: the status that a protected call recovers with while it closes variables.
    pub const RECOVER_SHIFT: u16 = 11;
    /// Lua functions: a recording in the caller waits for the return.
    pub const AWAITED: u16 = 1 << 11;
    /// The frame is a comparison whose result is negated (only for `__le` by `__lt`).
    pub const LEQ: u16 = 1 << 14;
    /// The frame runs a metamethod: when it returns, the caller's instruction is still to be completed.
    pub const META: u16 = 1 << 15;
    /// The interpreter does not just go on in the caller when the frame returns.
    pub const SPECIAL_RETURN: u16 = FRESH | META | AWAITED;
}

/// A call frame.
#[repr(C)]
pub struct CallInfo {
    /// Slot of the function.
    pub func: Cell<Slot>,
    /// End of the slots that the function may use.
    pub top: Cell<Slot>,
    /// The caller's frame.
    pub prev: Cell<*mut CallInfo>,
    /// The frame of the next call, kept for reuse.
    pub next: Cell<*mut CallInfo>,
    /// Lua functions: the instruction to execute next, valid while the function is not running.
    pub pc: Cell<*const Instruction>,
    /// Lua functions: the constants of the prototype.
    pub k: Cell<*const TValue>,
    /// C functions: continuation, as an address (see `cist::NATIVE_K`), 0 if none.
    pub cont: Cell<usize>,
    /// C functions: the continuation's context. Metamethods (`cist::META`): the thread's `native_epoch` at the call.
    pub ctx: Cell<isize>,
    /// C functions: the message handler to restore after a protected call.
    pub old_errfunc: Cell<isize>,
    /// Lua vararg functions: number of extra arguments.
    pub extra_args: Cell<i32>,
    /// Number of values yielded, or results kept while variables are closed, or offset of the function of a pcall.
    pub scratch: Cell<i32>,
    /// First value transferred by a call or return hook.
    pub transfer_first: Cell<u16>,
    /// Number of values transferred.
    pub transfer_count: Cell<u16>,
    /// Results that the caller wants; below -1: encoded for frames with to-be-closed slots.
    pub nresults: Cell<i16>,
    /// `cist` bits.
    pub status: Cell<u16>,
}

impl CallInfo {
    const fn new() -> Self {
        CallInfo {
            func: Cell::new(Slot::NULL),
            top: Cell::new(Slot::NULL),
            prev: Cell::new(core::ptr::null_mut()),
            next: Cell::new(core::ptr::null_mut()),
            pc: Cell::new(core::ptr::null()),
            k: Cell::new(core::ptr::null()),
            cont: Cell::new(0),
            ctx: Cell::new(0),
            old_errfunc: Cell::new(0),
            extra_args: Cell::new(0),
            scratch: Cell::new(0),
            transfer_first: Cell::new(0),
            transfer_count: Cell::new(0),
            nresults: Cell::new(0),
            status: Cell::new(0),
        }
    }
    /// Whether the frame runs a Lua function.
    #[inline(always)]
    pub fn is_lua(&self) -> bool {
        self.status.get() & cist::C == 0
    }
    /// Whether the frame runs Lua code and not a hook called from it.
    #[inline(always)]
    pub fn is_lua_code(&self) -> bool {
        self.status.get() & (cist::C | cist::HOOKED) == 0
    }
    /// Tests a `cist` bit.
    #[inline(always)]
    pub fn has(&self, bit: u16) -> bool {
        self.status.get() & bit != 0
    }
    /// Sets `cist` bits.
    #[inline(always)]
    pub fn set_bits(&self, bits: u16) {
        self.status.set(self.status.get() | bits);
    }
    /// Clears `cist` bits.
    #[inline(always)]
    pub fn clear_bits(&self, bits: u16) {
        self.status.set(self.status.get() & !bits);
    }
    /// Status that a protected call is recovering with (0: none).
    pub fn recover_status(&self) -> i32 {
        ((self.status.get() >> cist::RECOVER_SHIFT) & 7) as i32
    }
    /// Stores the status to recover with.
    pub fn set_recover_status(&self, status: i32) {
        let cleared = self.status.get() & !(7 << cist::RECOVER_SHIFT);
        self.status
            .set(cleared | ((status as u16) << cist::RECOVER_SHIFT));
    }
    /// First slot above the function: parameters and registers.
    #[inline(always)]
    pub fn base(&self) -> Slot {
        self.func.get().add(1)
    }
}

/// A hook function of the host.
pub type Hook = unsafe extern "C-unwind" fn(*mut State, *mut c_void);

/// A thread. Hosts hold its address as `lua_State *`; `EXTRA_SPACE` bytes in front of it are theirs.
#[repr(C)]
pub struct State {
    hdr: GcHeader,
    /// `LUA_OK`, `LUA_YIELD` or the error status that ended the coroutine.
    pub status: Cell<u8>,
    /// Whether hooks may run now.
    pub allow_hook: Cell<bool>,
    /// The handlers of the interpreter; hooks swap the table.
    pub dispatch: Cell<*const DispatchTable>,
    /// First free slot.
    pub top: Cell<Slot>,
    /// The running function's frame.
    pub ci: Cell<*mut CallInfo>,
    /// Last slot that code may reserve.
    pub stack_last: Cell<Slot>,
    /// First slot.
    pub stack: Cell<Slot>,
    global: *const Global,
    /// Open upvalues, by descending level.
    pub open_upvalues: Cell<*mut UpVal>,
    /// Offsets of to-be-closed variables, ascending; `tbc_len` of `tbc_cap` entries are in use.
    pub tbc: Cell<*mut u32>,
    /// Entries of `tbc` in use.
    pub tbc_len: Cell<u32>,
    /// Entries of `tbc` allocated.
    pub tbc_cap: Cell<u32>,
    /// Link of the collector's grey lists.
    pub gclist: Cell<*mut GcHeader>,
    /// Link of the list of threads with open upvalues; points to the thread itself when it is not in the list.
    pub twups: Cell<*mut State>,
    /// The frame of the host that uses this thread.
    pub base_ci: CallInfo,
    /// The hook function.
    pub hook: Cell<Option<Hook>>,
    /// Offset of the current message handler from `stack`, 0 if none.
    pub errfunc: Cell<isize>,
    /// Nested C calls (low 16 bits) and calls that forbid a yield (high 16 bits).
    pub c_calls: Cell<u32>,
    /// Instruction number last reported to a line hook.
    pub old_pc: Cell<i32>,
    /// Count of a count hook.
    pub base_hook_count: Cell<i32>,
    /// Instructions left until the next count event.
    pub hook_count: Cell<i32>,
    /// Events that call the hook.
    pub hook_mask: Cell<c_int>,
    /// The stack must stay where it is: a function of the library runs for compiled code, and is called anew if it fails.
    pub pinned: Cell<bool>,
    /// Number of frames in the list.
    pub nci: Cell<u32>,
    /// Changes whenever all native frames of the thread are given up: `c_calls` then no longer counts the calls that
    /// its frames stand for.
    pub native_epoch: Cell<u32>,
}

/// Added to `c_calls` by a call that forbids a yield.
pub const NON_YIELDABLE: u32 = 0x1_0000;

impl State {
    /// Initialises the memory of a thread; the stack comes with `init_stack`.
    ///
    /// # Safety
    /// `p` has room for a `State` and `hdr` is its header; `g` outlives the thread.
    pub unsafe fn init_at(p: *mut State, hdr: GcHeader, g: *const Global) {
        // SAFETY: by the contract above.
        unsafe {
            p.write(State {
                hdr,
                status: Cell::new(0),
                allow_hook: Cell::new(true),
                dispatch: Cell::new(crate::vm::interp::plain_dispatch(false)),
                top: Cell::new(Slot::NULL),
                ci: Cell::new(core::ptr::null_mut()),
                stack_last: Cell::new(Slot::NULL),
                stack: Cell::new(Slot::NULL),
                global: g,
                open_upvalues: Cell::new(core::ptr::null_mut()),
                tbc: Cell::new(core::ptr::null_mut()),
                tbc_len: Cell::new(0),
                tbc_cap: Cell::new(0),
                gclist: Cell::new(core::ptr::null_mut()),
                twups: Cell::new(p),
                base_ci: CallInfo::new(),
                hook: Cell::new(None),
                errfunc: Cell::new(0),
                c_calls: Cell::new(0),
                old_pc: Cell::new(0),
                base_hook_count: Cell::new(0),
                hook_count: Cell::new(0),
                hook_mask: Cell::new(0),
                pinned: Cell::new(false),
                nci: Cell::new(0),
                native_epoch: Cell::new(0),
            });
            (*p).ci.set((&raw const (*p).base_ci).cast_mut());
        }
    }

    /// Where a state has the address of its `Global`, for what is written in assembly language.
    #[cfg(target_arch = "x86_64")]
    pub(crate) const GLOBAL: usize = core::mem::offset_of!(State, global);

    /// The state that all threads of one `lua_newstate` share.
    #[inline(always)]
    pub fn global(&self) -> &Global {
        // SAFETY: the global state outlives its threads (contract of `init_at`).
        unsafe { &*self.global }
    }
    /// The address that the host knows.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut State {
        self as *const State as *mut State
    }
    /// This thread as an object.
    #[inline(always)]
    pub fn as_gc(&self) -> Gc<State> {
        Gc::from_ptr(self.as_ptr())
    }
    /// The running function's frame.
    #[inline(always)]
    pub fn ci(&self) -> &CallInfo {
        // SAFETY: `ci` is a frame of this thread's list; frames are freed only when not in use.
        unsafe { &*self.ci.get() }
    }
    /// Whether the frame is the host's own one at the bottom.
    pub fn is_base_ci(&self, ci: &CallInfo) -> bool {
        core::ptr::eq(ci, &self.base_ci)
    }

    /// Allocates the stack and enters the host's frame. Raises a memory error.
    pub fn init_stack(&self, alloc_from: &State) -> LResult<()> {
        let n = BASIC_STACK + EXTRA_STACK;
        let p = heap::realloc_bytes(
            alloc_from,
            core::ptr::null_mut(),
            0,
            n * size_of::<TValue>(),
        )?;
        let stack = Slot::new(p.cast());
        for i in 0..n {
            stack.add(i).init();
        }
        self.stack.set(stack);
        self.stack_last.set(stack.add(BASIC_STACK));
        let ci = &self.base_ci;
        ci.status.set(cist::C);
        ci.func.set(stack);
        ci.nresults.set(0);
        ci.cont.set(0);
        self.top.set(stack.add(1));
        ci.top.set(stack.add(1 + MIN_STACK));
        self.ci.set(ci as *const CallInfo as *mut CallInfo);
        Ok(())
    }

    /// Frees frames, to-be-closed list and stack; the thread itself is the collector's.
    pub fn release_stack(&self, alloc_from: &State) {
        if self.stack.get() == Slot::NULL {
            return;
        }
        let g = alloc_from.global();
        self.ci.set(&raw const self.base_ci as *mut CallInfo);
        self.free_frames();
        heap::free_bytes(
            g,
            self.tbc.get().cast(),
            self.tbc_cap.get() as usize * size_of::<u32>(),
        );
        self.tbc_cap.set(0);
        let n = self.stack_size() + EXTRA_STACK;
        heap::free_bytes(g, self.stack.get().as_ptr().cast(), n * size_of::<TValue>());
        self.stack.set(Slot::NULL);
    }

    /// Slots of the stack without the extra ones.
    #[inline(always)]
    pub fn stack_size(&self) -> usize {
        self.stack_last.get().distance(self.stack.get()) as usize
    }
    /// The offset of a slot, which survives a growing stack.
    #[inline(always)]
    pub fn save(&self, s: Slot) -> isize {
        s.distance(self.stack.get())
    }
    /// The slot for an offset.
    #[inline(always)]
    pub fn restore(&self, n: isize) -> Slot {
        self.stack.get().offset(n)
    }

    /// Makes room for `n` slots above `top`. Raises "stack overflow" or a memory error; invalidates slots.
    #[inline(always)]
    pub fn ensure_stack(&self, n: usize) -> LResult<()> {
        if self.stack_last.get().distance(self.top.get()) <= n as isize {
            self.grow_stack(n)
        } else {
            Ok(())
        }
    }

    /// As `ensure_stack`, but answers whether it worked instead of raising.
    pub fn try_grow_stack(&self, n: usize) -> bool {
        let size = self.stack_size();
        if size > MAX_STACK || self.pinned.get() {
            return false;
        }
        let needed = (self.save(self.top.get()) as usize).saturating_add(n);
        if needed > MAX_STACK {
            return false;
        }
        self.move_stack((2 * size).min(MAX_STACK).max(needed))
    }

    #[cold]
    #[inline(never)]
    fn grow_stack(&self, n: usize) -> LResult<()> {
        let size = self.stack_size();
        if size > MAX_STACK || self.pinned.get() {
            // The overflow happened while handling an overflow: the extra room is in use already. If the stack is pinned,
            // any error will do.
            return Err(self.error_in_error_handling());
        }
        if n < MAX_STACK {
            let needed = self.save(self.top.get()) as usize + n;
            let new = (2 * size).min(MAX_STACK).max(needed);
            if new <= MAX_STACK {
                return self.realloc_stack(new);
            }
        }
        self.realloc_stack(ERROR_STACK)?;
        Err(self.run_error("stack overflow", &[]))
    }

    /// Gives the stack `new_size` slots. Raises a memory error.
    pub fn realloc_stack(&self, new_size: usize) -> LResult<()> {
        if self.move_stack(new_size) {
            Ok(())
        } else {
            Err(self.memory_error())
        }
    }

    /// Gives the stack `new_size` slots and corrects every pointer into it; answers whether there was memory. No
    /// emergency collection: it would drop the values above `top`, which callers may not have raised yet.
    fn move_stack(&self, new_size: usize) -> bool {
        let old = self.stack.get();
        let old_n = self.stack_size() + EXTRA_STACK;
        let new_n = new_size + EXTRA_STACK;
        let bytes = size_of::<TValue>();
        let block = old.as_ptr().cast();
        let p = heap::try_realloc_once(self.global(), block, old_n * bytes, new_n * bytes);
        if p.is_null() {
            return false;
        }
        let new = Slot::new(p.cast());
        for i in old_n..new_n {
            new.add(i).init();
        }
        self.stack.set(new);
        self.stack_last.set(new.add(new_size));
        let moved = |s: Slot| new.offset(s.distance(old));
        self.top.set(moved(self.top.get()));
        let mut uv = self.open_upvalues.get();
        // SAFETY: open upvalues and frames of this thread are live; they are lists that end with null.
        unsafe {
            while !uv.is_null() {
                (*uv).v.set(moved((*uv).v.get()));
                uv = (*uv).next_open();
            }
            let mut ci = self.ci.get();
            while !ci.is_null() {
                (*ci).func.set(moved((*ci).func.get()));
                (*ci).top.set(moved((*ci).top.get()));
                ci = (*ci).prev.get();
            }
        }
        true
    }

    fn stack_in_use(&self) -> usize {
        let mut lim = self.top.get();
        let mut ci = self.ci.get();
        // SAFETY: frames form a list that ends with null.
        unsafe {
            while !ci.is_null() {
                lim = lim.max((*ci).top.get());
                ci = (*ci).prev.get();
            }
        }
        (self.save(lim) as usize + 1).max(MIN_STACK)
    }

    /// Slots that compiled code, if there is any, would ask for again at once.
    fn spare_stack(&self) -> usize {
        #[cfg(feature = "jit")]
        if !self.global().jit.get().is_null() {
            return crate::trace::ROOM;
        }
        0
    }

    /// Gives back stack that is far larger than what is in use; called by the collector.
    pub fn shrink_stack(&self) {
        let in_use = self.stack_in_use();
        // What an overflow has added for its handler goes in any case, or the next overflow would find none.
        let kept = (in_use + self.spare_stack()).min(MAX_STACK);
        if in_use <= MAX_STACK && self.stack_size() > (kept * 3).min(MAX_STACK) {
            // A refused allocation leaves the larger stack in place, which is as good.
            self.move_stack((kept * 2).min(MAX_STACK));
        }
        self.shrink_frames();
    }

    /// The frame for the next call, allocated if there is none. Raises a memory error.
    #[inline(always)]
    pub fn next_ci(&self) -> LResult<&CallInfo> {
        let next = self.ci().next.get();
        if next.is_null() {
            self.extend_ci()
        } else {
            // SAFETY: frames of the list stay allocated until `free_frames` or `shrink_frames`.
            Ok(unsafe { &*next })
        }
    }

    #[cold]
    #[inline(never)]
    fn extend_ci(&self) -> LResult<&CallInfo> {
        self.append_ci(self.ci())
    }

    /// Allocates a frame behind the last one, `last`. Raises a memory error.
    fn append_ci(&self, last: &CallInfo) -> LResult<&CallInfo> {
        let p = heap::realloc_bytes(self, core::ptr::null_mut(), 0, size_of::<CallInfo>())?
            .cast::<CallInfo>();
        // SAFETY: `p` is a fresh block of the right size.
        unsafe {
            p.write(CallInfo::new());
            (*p).prev.set(last as *const CallInfo as *mut CallInfo);
            last.next.set(p);
            self.nci.set(self.nci.get() + 1);
            Ok(&*p)
        }
    }

    /// Allocates frames behind the current one until there are `n`, as long as there is memory for them.
    #[cfg(feature = "jit")]
    pub fn provide_frames(&self, n: usize) {
        let top = self.top.get();
        let mut last = self.ci();
        for _ in 0..n {
            let next = last.next.get();
            if !next.is_null() {
                // SAFETY: frames of the list stay allocated until `free_frames` or `shrink_frames`.
                last = unsafe { &*next };
                continue;
            }
            match heap::without_collection(self.global(), || self.append_ci(last)) {
                Ok(next) => last = next,
                Err(_) => break,
            }
        }
        // An error has left its value there.
        self.top.set(top);
    }

    /// Frees the frames behind the current one.
    pub fn free_frames(&self) {
        let ci = self.ci();
        let mut next = ci.next.get();
        ci.next.set(core::ptr::null_mut());
        while !next.is_null() {
            // SAFETY: frames behind the current one are unused and were allocated by `extend_ci`.
            let after = unsafe { (*next).next.get() };
            heap::free_bytes(self.global(), next.cast(), size_of::<CallInfo>());
            self.nci.set(self.nci.get() - 1);
            next = after;
        }
    }

    /// Frees every other frame behind the current one.
    fn shrink_frames(&self) {
        let mut ci = self.ci().next.get();
        if ci.is_null() {
            return;
        }
        // SAFETY: frames behind the current one are unused and were allocated by `extend_ci`.
        unsafe {
            while !(*ci).next.get().is_null() {
                let dead = (*ci).next.get();
                let after = (*dead).next.get();
                (*ci).next.set(after);
                heap::free_bytes(self.global(), dead.cast(), size_of::<CallInfo>());
                self.nci.set(self.nci.get() - 1);
                if after.is_null() {
                    break;
                }
                (*after).prev.set(ci);
                ci = after;
            }
        }
    }

    /// Pushes a value without a check for room (the frame or `EXTRA_STACK` has it).
    #[inline(always)]
    pub fn push(&self, v: TValue) {
        let top = self.top.get();
        debug_assert!(top < self.stack_last.get().add(EXTRA_STACK));
        top.set(v);
        self.top.set(top.add(1));
    }
    /// Drops the `n` topmost values.
    #[inline(always)]
    pub fn pop_n(&self, n: usize) {
        self.top.set(self.top.get().sub(n));
    }
    /// Pops the topmost value.
    #[inline(always)]
    pub fn pop_value(&self) -> TValue {
        let top = self.top.get().sub(1);
        self.top.set(top);
        top.get()
    }
    /// Nested C calls.
    #[inline(always)]
    pub fn c_depth(&self) -> u32 {
        self.c_calls.get() & 0xFFFF
    }
    /// Whether a yield is possible here.
    #[inline(always)]
    pub fn is_yieldable(&self) -> bool {
        self.c_calls.get() & 0xFFFF_0000 == 0
    }
    /// Pushes the prepared message and returns the error; never allocates.
    #[cold]
    pub fn memory_error(&self) -> Throw {
        if self.stack.get() != Slot::NULL {
            self.push(
                self.global()
                    .memory_message
                    .get()
                    .map_or(TValue::NIL, TValue::from),
            );
        }
        Throw::Memory
    }
    /// Bytes of a thread with the host's extra space in front of it.
    pub const fn block_size() -> usize {
        crate::limits::EXTRA_SPACE + size_of::<State>()
    }
    /// Whether the object is a thread; for assertions.
    pub fn is_thread(&self) -> bool {
        self.hdr.tag() == tag::THREAD
    }
}
