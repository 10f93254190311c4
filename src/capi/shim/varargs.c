/*
** Variadic functions, which stable Rust cannot define: their arguments are fetched here, their work is done there. And
** functions of the host with types of their own, in the form that is called through a boundary.
*/

#include <stdarg.h>

#include "shim.h"

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
int perilune_set_jit(lua_State *L, const char *list);

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

/*
** As `lua_pushfstring`, with the arguments in a list.
**
** Stack `[-0, +1, v]`, manual section 4.6, `lua_pushvfstring`.
*/
const char *lua_pushvfstring(lua_State *L, const char *fmt, va_list ap) {
  struct argument args[count_conversions(fmt) + 1];
  size_t n = fetch_arguments(args, fmt, ap);
  return perilune_push_format(L, fmt, args, n);
}

/*
** Pushes a string made from a format and returns it; the conversions are `%s %d %c %I %f %p %U %%`.
**
** Stack `[-0, +1, v]`, manual section 4.6, `lua_pushfstring`.
*/
const char *lua_pushfstring(lua_State *L, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  const char *s = lua_pushvfstring(L, fmt, ap);
  va_end(ap);
  return s;
}

/*
** Raises an error with a message made from a format as by `lua_pushfstring`, and with the position of the caller.
**
** Stack `[-0, +0, v]`, manual section 5.1, `luaL_error`.
*/
int luaL_error(lua_State *L, const char *fmt, ...) {
  struct argument args[count_conversions(fmt) + 1];
  va_list ap;
  va_start(ap, fmt);
  size_t n = fetch_arguments(args, fmt, ap);
  va_end(ap);
  return perilune_error(L, fmt, args, n, RETURN_SLOT);
}

/* As in `include/perilune.h`. */
#define PERILUNE_GCJIT 0x4A4954

/*
** Controls the garbage collector.
**
** Stack `[-0, +0, -]`, manual section 4.6, `lua_gc`.
*/
int lua_gc(lua_State *L, int what, ...) {
  /* Number of int arguments behind each option. */
  static const unsigned char counts[] = {
      [5] = 1 /* STEP */, [6] = 1 /* SETPAUSE */, [7] = 1 /* SETSTEPMUL */, [10] = 2 /* GEN */, [11] = 3 /* INC */};
  int args[3] = {0, 0, 0};
  int n = what >= 0 && what < (int)sizeof(counts) ? counts[what] : 0;
  va_list ap;
  va_start(ap, what);
  const char *list = what == PERILUNE_GCJIT ? va_arg(ap, const char *) : NULL;
  for (int i = 0; i < n; i++) args[i] = va_arg(ap, int);
  va_end(ap);
  if (what == PERILUNE_GCJIT) return perilune_set_jit(L, list);
  return perilune_gc(L, what, args[0], args[1], args[2]);
}

const char lua_ident[] = "$LuaVersion: Lua 5.4.9  Copyright (C) 1994-2026 Lua.org, PUC-Rio $"
                         "$LuaAuthors: R. Ierusalimschy, L. H. de Figueiredo, W. Celes $";
