/*
** What stable Rust cannot express: catching a non-local jump, and variadic functions.
**
** Every C function that gets a `lua_State *` from the library is called through one of the `perilune_call_*` functions
** below, which remembers where to come back to (a boundary). An API function that raises ends in `perilune_jump`,
** which goes to the innermost boundary: only C frames lie in between. The boundary then returns the code of the error to
** Rust, where it travels as an ordinary result. A C++ exception that passes through unwinds these frames, and their
** cleanup makes the boundary before the innermost one again.
*/

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>

typedef struct lua_State lua_State;
typedef struct lua_Debug lua_Debug;
typedef long long lua_Integer;
typedef double lua_Number;
typedef ptrdiff_t lua_KContext;
typedef int (*lua_CFunction)(lua_State *);
typedef int (*lua_KFunction)(lua_State *, int, lua_KContext);
typedef void (*lua_Hook)(lua_State *, lua_Debug *);
typedef const char *(*lua_Reader)(lua_State *, void *, size_t *);
typedef int (*lua_Writer)(lua_State *, const void *, size_t, void *);

/* Shared with `boundary.rs`. */
struct boundary {
  struct boundary *prev;
  struct boundary **slot; /* where the state keeps its innermost boundary */
  lua_State *thread;      /* the thread that the C function got */
  int code;               /* the error that ended the call, as a status code */
  void *registers[5];
};

static inline void leave(struct boundary *b) { *b->slot = b->prev; }

#define ENTER(b, state, innermost)                          \
  struct boundary b __attribute__((cleanup(leave)));        \
  b.prev = *(innermost);                                    \
  b.slot = (innermost);                                     \
  b.thread = (state);                                       \
  *(innermost) = &b

/* Far below any number of results: C functions return negative ones by mistake, which hosts survive. */
#define THROWN INT_MIN

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

/* An argument of a format; shared with `varargs.rs`. */
struct argument {
  enum { ARG_STRING, ARG_INTEGER, ARG_NUMBER, ARG_POINTER } kind;
  union {
    const char *s;
    lua_Integer i;
    lua_Number n;
    const void *p;
  } u;
};

const char *perilune_push_format(lua_State *L, const char *fmt, const struct argument *args, size_t n);
_Noreturn void perilune_error(lua_State *L, const char *fmt, const struct argument *args, size_t n);
int perilune_gc(lua_State *L, int what, int a, int b, int c);

static size_t count_conversions(const char *fmt) {
  size_t n = 0;
  for (; *fmt != '\0'; fmt++) n += *fmt == '%';
  return n;
}

/* Fetches the arguments that `fmt` names, up to the first conversion that does not exist. */
static size_t fetch_arguments(struct argument *args, const char *fmt, va_list ap) {
  struct argument *arg = args;
  for (; *fmt != '\0'; fmt++) {
    if (*fmt != '%') continue;
    switch (*++fmt) {
      case 's':
        arg->kind = ARG_STRING;
        arg->u.s = va_arg(ap, const char *);
        break;
      case 'c':
      case 'd':
        arg->kind = ARG_INTEGER;
        arg->u.i = va_arg(ap, int);
        break;
      case 'I':
        arg->kind = ARG_INTEGER;
        arg->u.i = va_arg(ap, lua_Integer);
        break;
      case 'U':
        arg->kind = ARG_INTEGER;
        arg->u.i = (lua_Integer)va_arg(ap, unsigned long);
        break;
      case 'f':
        arg->kind = ARG_NUMBER;
        arg->u.n = va_arg(ap, lua_Number);
        break;
      case 'p':
        arg->kind = ARG_POINTER;
        arg->u.p = va_arg(ap, const void *);
        break;
      case '%':
        continue;
      default:
        return (size_t)(arg - args);
    }
    arg++;
  }
  return (size_t)(arg - args);
}

const char *lua_pushvfstring(lua_State *L, const char *fmt, va_list ap) {
  struct argument args[count_conversions(fmt) + 1];
  size_t n = fetch_arguments(args, fmt, ap);
  return perilune_push_format(L, fmt, args, n);
}

const char *lua_pushfstring(lua_State *L, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  const char *s = lua_pushvfstring(L, fmt, ap);
  va_end(ap);
  return s;
}

int luaL_error(lua_State *L, const char *fmt, ...) {
  struct argument args[count_conversions(fmt) + 1];
  va_list ap;
  va_start(ap, fmt);
  size_t n = fetch_arguments(args, fmt, ap);
  va_end(ap);
  perilune_error(L, fmt, args, n);
}

/* Number of int arguments behind each option. */
int lua_gc(lua_State *L, int what, ...) {
  static const unsigned char counts[] = {
      [5] = 1 /* STEP */, [6] = 1 /* SETPAUSE */, [7] = 1 /* SETSTEPMUL */, [10] = 2 /* GEN */, [11] = 3 /* INC */};
  int args[3] = {0, 0, 0};
  int n = what >= 0 && what < (int)sizeof(counts) ? counts[what] : 0;
  va_list ap;
  va_start(ap, what);
  for (int i = 0; i < n; i++) args[i] = va_arg(ap, int);
  va_end(ap);
  return perilune_gc(L, what, args[0], args[1], args[2]);
}

const char lua_ident[] = "$LuaVersion: Lua 5.4.9  Copyright (C) 1994-2026 Lua.org, PUC-Rio $"
                         "$LuaAuthors: R. Ierusalimschy, L. H. de Figueiredo, W. Celes $";
