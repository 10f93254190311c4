//! Calls, yields, errors.

use super::NativeCont;
use crate::error::{self, LResult, Throw};
use crate::limits::MULTRET;
use crate::object::State;
use crate::object::thread::cist;
use crate::vm::{self, coroutine};

/// A function that goes on after a yield instead of its caller.
#[derive(Clone, Copy)]
pub enum Continuation {
    /// A function of this library.
    Native(NativeCont),
    /// Address of a `lua_KFunction`, 0 for none.
    C(usize),
}

impl State {
    /// After a call for all results, the frame reaches up to the last one.
    #[inline(always)]
    fn adjust_results(&self, nres: i32) {
        if nres <= MULTRET {
            let ci = self.ci();
            if ci.top.get() < self.top.get() {
                ci.top.set(self.top.get());
            }
        }
    }

    fn set_continuation(&self, k: Continuation, ctx: isize) {
        match k {
            Continuation::Native(k) => coroutine::set_native_cont(self, k, ctx),
            Continuation::C(k) => coroutine::set_c_cont(self, k, ctx),
        }
    }

    /// Calls the function below the `nargs` topmost values; it cannot yield.
    #[inline]
    pub fn call(&self, nargs: i32, nres: i32) -> LResult<()> {
        let func = self.top.get().sub(nargs as usize + 1);
        vm::call_no_yield(self, func, nres)?;
        self.adjust_results(nres);
        Ok(())
    }

    /// As `call`, but the function may yield; then `k` goes on instead of the caller.
    pub fn call_k(&self, nargs: i32, nres: i32, ctx: isize, k: NativeCont) -> LResult<()> {
        self.call_cont(nargs, nres, ctx, Continuation::Native(k))
    }

    /// As `call_k`, for a continuation of either kind.
    pub fn call_cont(&self, nargs: i32, nres: i32, ctx: isize, k: Continuation) -> LResult<()> {
        if !self.is_yieldable() {
            return self.call(nargs, nres);
        }
        self.set_continuation(k, ctx);
        vm::call(self, self.top.get().sub(nargs as usize + 1), nres)?;
        self.adjust_results(nres);
        Ok(())
    }

    /// Offset of the message handler at `idx`, 0 for none.
    fn handler_offset(&self, idx: i32) -> isize {
        match self.slot_at(idx) {
            Some(s) if idx != 0 => self.save(s),
            _ => 0,
        }
    }

    /// Calls in protected mode with the message handler at `msgh` (0: none); the status.
    pub fn pcall(&self, nargs: i32, nres: i32, msgh: i32) -> LResult<i32> {
        let handler = self.handler_offset(msgh);
        let func = self.save(self.top.get().sub(nargs as usize + 1));
        let mut body = |l: &State| vm::call_no_yield(l, l.restore(func), nres);
        let status = vm::protected(self, func, handler, &mut body);
        self.adjust_results(nres);
        Ok(status)
    }

    /// As `pcall`, but the function may yield; then `k` goes on, with the status, instead of the caller.
    pub fn pcall_k(
        &self,
        nargs: i32,
        nres: i32,
        msgh: i32,
        ctx: isize,
        k: NativeCont,
    ) -> LResult<i32> {
        self.pcall_cont(nargs, nres, msgh, ctx, Continuation::Native(k))
    }

    /// As `pcall_k`, for a continuation of either kind.
    ///
    /// In a coroutine that can yield there is no protected call on the Rust stack: an error travels to `resume`, which
    /// finds this frame by its `YPCALL` bit, recovers there and calls the continuation.
    pub fn pcall_cont(
        &self,
        nargs: i32,
        nres: i32,
        msgh: i32,
        ctx: isize,
        k: Continuation,
    ) -> LResult<i32> {
        if !self.is_yieldable() {
            return self.pcall(nargs, nres, msgh);
        }
        let handler = self.handler_offset(msgh);
        let func = self.top.get().sub(nargs as usize + 1);
        self.set_continuation(k, ctx);
        let ci = self.ci();
        ci.scratch.set(self.save(func) as i32);
        ci.old_errfunc.set(self.errfunc.get());
        self.errfunc.set(handler);
        ci.clear_bits(cist::OLD_ALLOW_HOOK);
        if self.allow_hook.get() {
            ci.set_bits(cist::OLD_ALLOW_HOOK);
        }
        ci.set_bits(cist::YPCALL);
        vm::call(self, func, nres)?;
        ci.clear_bits(cist::YPCALL);
        self.errfunc.set(ci.old_errfunc.get());
        self.adjust_results(nres);
        Ok(error::OK)
    }

    /// Yields the `n` topmost values; what the native function then returns is `Err`, and after the resume its caller
    /// goes on with the values that `resume` was given.
    pub fn yield_results(&self, n: i32) -> LResult<i32> {
        self.yield_cont(n, 0, Continuation::C(0))
    }

    /// As `yield_results`, with a continuation that goes on instead of the caller.
    pub fn yield_cont(&self, n: i32, ctx: isize, k: Continuation) -> LResult<i32> {
        if !self.ci().is_lua() {
            self.set_continuation(k, ctx);
        }
        coroutine::yield_(self, n)
    }

    /// Makes the value on the top an error, after the message handler: `return Err(l.error())`.
    #[cold]
    pub fn error(&self) -> Throw {
        let v = self.top.get().sub(1).get();
        match self.global().memory_message.get() {
            Some(m) if v.as_string() == Some(m) => Throw::Memory,
            _ => crate::debug::raise_top(self),
        }
    }
}
