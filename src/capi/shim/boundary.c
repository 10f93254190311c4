/*
** The boundary between Rust and C, in the C library: catching a non-local jump, which stable Rust cannot express.
**
** Every C function that gets a `lua_State *` from the library is called through one of the `perilune_call_*` functions
** below, which remembers where to come back to (a boundary). An API function that raises ends in `perilune_jump`,
** which goes to the innermost boundary: only C frames lie in between. The boundary then returns the code of the error to
** Rust, where it travels as an ordinary result. A C++ exception that passes through unwinds these frames, and their
** cleanup makes the boundary before the innermost one again.
*/

#include "shim.h"

static inline void leave(struct boundary *b) { *b->slot = b->prev; }

#define ENTER(b, state, innermost)                          \
  struct boundary b __attribute__((cleanup(leave)));        \
  b.prev = *(innermost);                                    \
  b.slot = (innermost);                                     \
  b.thread = (state);                                       \
  *(innermost) = &b

_Noreturn void perilune_jump(struct boundary *b, int code) {
  b->code = code;
  __builtin_longjmp(b->registers, 1);
}

/* The number of results, or `THROWN` plus the code of the error. */
int perilune_call_c(lua_State *L, lua_CFunction f, struct boundary **innermost) {
  ENTER(b, L, innermost);
  if (__builtin_setjmp(b.registers) == 0) return f(L);
  return THROWN + b.code;
}

/* The number of results, or `THROWN` plus the code of the error. */
int perilune_call_k(lua_State *L, lua_KFunction k, int status, lua_KContext ctx, struct boundary **innermost) {
  ENTER(b, L, innermost);
  if (__builtin_setjmp(b.registers) == 0) return k(L, status, ctx);
  return THROWN + b.code;
}

/* 0, or the code of the error. */
int perilune_call_hook(lua_State *L, lua_Hook hook, lua_Debug *ar, struct boundary **innermost) {
  ENTER(b, L, innermost);
  if (__builtin_setjmp(b.registers) == 0) {
    hook(L, ar);
    return 0;
  }
  return b.code;
}

/* 0 and the piece in `*piece` and `*size`, or the code of the error. */
int perilune_call_reader(lua_State *L, lua_Reader reader, void *ud, const char **piece, size_t *size,
                         struct boundary **innermost) {
  ENTER(b, L, innermost);
  if (__builtin_setjmp(b.registers) == 0) {
    *piece = reader(L, ud, size);
    return 0;
  }
  return b.code;
}

/* 0 and the writer's answer in `*answer`, or the code of the error. */
int perilune_call_writer(lua_State *L, lua_Writer writer, const void *piece, size_t size, void *ud, int *answer,
                         struct boundary **innermost) {
  ENTER(b, L, innermost);
  if (__builtin_setjmp(b.registers) == 0) {
    *answer = writer(L, piece, size, ud);
    return 0;
  }
  return b.code;
}

/* Foreign exceptions pass through: none of them ever becomes an error of Lua. */
_Noreturn void perilune_rethrow(void) { __builtin_trap(); }
void perilune_forget(void) { __builtin_trap(); }
