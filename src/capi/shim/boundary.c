/*
** The boundary between Rust and C, in the C library, as far as it is not in `boundary/entry.rs`.
**
** `perilune_enter` calls a C function and remembers where to come back to. An API function that raises ends in
** `perilune_jump`, which goes to the innermost boundary: only C frames lie in between.
*/

#include "shim.h"

#ifndef __x86_64__

struct place {
  struct boundary here;
  struct boundary **innermost;
};

static inline void leave(struct place *p) { *p->innermost = p->here.prev; }

/* A C++ exception that passes through unwinds this frame, and its cleanup makes the boundary before the innermost one
** again. */
int perilune_enter(lua_State *L, void *a, void *b, void *c, perilune_function f) {
  struct place p __attribute__((cleanup(leave)));
  p.innermost = perilune_innermost(L);
  p.here.prev = *p.innermost;
  p.here.thread = L;
  *p.innermost = &p.here;
  if (__builtin_setjmp(p.here.registers) == 0) return f(L, a, b, c);
  return p.here.result;
}

_Noreturn void perilune_jump(struct boundary *b, int result) {
  b->result = result;
  __builtin_longjmp(b->registers, 1);
}

#endif

/* Foreign exceptions pass through: none of them ever becomes an error of Lua. */
_Noreturn void perilune_rethrow(void) { __builtin_trap(); }
void perilune_forget(void) { __builtin_trap(); }
