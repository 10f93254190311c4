/*
** What stable Rust cannot express: functions that a jump may skip, and variadic functions.
**
** Every C function that gets a `lua_State *` from the library is called through a boundary, the record of where to come
** back to (`boundary.rs`). An API function that raises jumps to the innermost boundary: only C frames lie in between.
** A boundary calls what returns an int, so callbacks of other types are called by functions of this file.
*/

#include <stdarg.h>
#include <stddef.h>

typedef struct lua_State lua_State;
typedef struct lua_Debug lua_Debug;
typedef long long lua_Integer;
typedef double lua_Number;
typedef void (*lua_Hook)(lua_State *, lua_Debug *);
typedef const char *(*lua_Reader)(lua_State *, void *, size_t *);
typedef int (*lua_Writer)(lua_State *, const void *, size_t, void *);

int perilune_run_hook(lua_State *L, lua_Debug *ar, lua_Hook hook) {
  hook(L, ar);
  return 0;
}

/* Shared with `boundary.rs`. */
struct reading {
  lua_Reader reader;
  void *ud;
  const char *piece;
  size_t size;
};

int perilune_run_reader(lua_State *L, struct reading *r) {
  r->piece = r->reader(L, r->ud, &r->size);
  return 0;
}

/* Shared with `boundary.rs`. */
struct writing {
  lua_Writer writer;
  void *ud;
  int answer;
};

int perilune_run_writer(lua_State *L, struct writing *w, const void *piece, size_t size) {
  w->answer = w->writer(L, piece, size, w->ud);
  return 0;
}

#ifndef __x86_64__ /* there, `boundary/entry.rs` has these */

/* Shared with `boundary.rs`. */
struct boundary {
  struct boundary *prev;
  lua_State *thread;      /* the thread that the C function got */
  struct boundary **slot; /* where the state keeps its innermost boundary */
  int result;             /* what a jump makes the call return */
  void *registers[5];
};

static inline void leave(struct boundary *b) { *b->slot = b->prev; }

/* A C++ exception that passes through unwinds this frame, and its cleanup makes the boundary before the innermost one
** again. */
int perilune_enter(lua_State *L, void *a, void *b, void *c, int (*f)(lua_State *, void *, void *, void *),
                   struct boundary **innermost) {
  struct boundary here __attribute__((cleanup(leave)));
  here.prev = *innermost;
  here.slot = innermost;
  here.thread = L;
  *innermost = &here;
  if (__builtin_setjmp(here.registers) == 0) return f(L, a, b, c);
  return here.result;
}

_Noreturn void perilune_jump(struct boundary *b, int result) {
  b->result = result;
  __builtin_longjmp(b->registers, 1);
}

#endif

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
int perilune_error(lua_State *L, const char *fmt, const struct argument *args, size_t n, void *return_slot);

/* Where the running function's return address is; see `leave` in `boundary.rs`. */
#ifdef __x86_64__
#define RETURN_SLOT ((char *)__builtin_frame_address(0) + sizeof(void *))
#else
#define RETURN_SLOT NULL
#endif

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
  return perilune_error(L, fmt, args, n, RETURN_SLOT);
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
