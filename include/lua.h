/*
** Lua: the application program interface.
**
** Source compatible with PUC-Rio Lua's header of the same name. The prototypes are generated from the library's
** sources (see tools/headers); edit include/templates/lua.h.in instead of this file.
*/

#ifndef lua_h
#define lua_h

#include <stdarg.h>
#include <stddef.h>

#include "luaconf.h"

#define LUA_VERSION_MAJOR "5"
#define LUA_VERSION_MINOR "4"
#define LUA_VERSION_RELEASE "9"

#define LUA_VERSION_NUM 504
#define LUA_VERSION_RELEASE_NUM (LUA_VERSION_NUM * 100 + 9)

#define LUA_VERSION "Lua " LUA_VERSION_MAJOR "." LUA_VERSION_MINOR
#define LUA_RELEASE LUA_VERSION "." LUA_VERSION_RELEASE
#define LUA_COPYRIGHT LUA_RELEASE "  Copyright (C) 1994-2026 Lua.org, PUC-Rio"
#define LUA_AUTHORS "R. Ierusalimschy, L. H. de Figueiredo, W. Celes"

/* How a binary chunk begins. */
#define LUA_SIGNATURE "\x1bLua"

/* As a number of results: all of them. */
#define LUA_MULTRET (-1)

/* Pseudo-indices. */
#define LUA_REGISTRYINDEX (-LUAI_MAXSTACK - 1000)
#define lua_upvalueindex(i) (LUA_REGISTRYINDEX - (i))

/* Status codes. */
#define LUA_OK 0
#define LUA_YIELD 1
#define LUA_ERRRUN 2
#define LUA_ERRSYNTAX 3
#define LUA_ERRMEM 4
#define LUA_ERRERR 5

typedef struct lua_State lua_State;

/* Basic types. */
#define LUA_TNONE (-1)
#define LUA_TNIL 0
#define LUA_TBOOLEAN 1
#define LUA_TLIGHTUSERDATA 2
#define LUA_TNUMBER 3
#define LUA_TSTRING 4
#define LUA_TTABLE 5
#define LUA_TFUNCTION 6
#define LUA_TUSERDATA 7
#define LUA_TTHREAD 8
#define LUA_NUMTYPES 9

/* Slots that a C function finds free. */
#define LUA_MINSTACK 20

/* Predefined fields of the registry. */
#define LUA_RIDX_MAINTHREAD 1
#define LUA_RIDX_GLOBALS 2
#define LUA_RIDX_LAST LUA_RIDX_GLOBALS

/* Numbers, and the context of continuations. */
typedef LUA_NUMBER lua_Number;
typedef LUA_INTEGER lua_Integer;
typedef LUA_UNSIGNED lua_Unsigned;
typedef LUA_KCONTEXT lua_KContext;

/* Functions that the host provides. */
typedef int (*lua_CFunction)(lua_State *L);
typedef int (*lua_KFunction)(lua_State *L, int status, lua_KContext ctx);
typedef const char *(*lua_Reader)(lua_State *L, void *ud, size_t *sz);
typedef int (*lua_Writer)(lua_State *L, const void *p, size_t sz, void *ud);
typedef void *(*lua_Alloc)(void *ud, void *ptr, size_t osize, size_t nsize);
typedef void (*lua_WarnFunction)(void *ud, const char *msg, int tocont);
typedef struct lua_Debug lua_Debug;
typedef void (*lua_Hook)(lua_State *L, lua_Debug *ar);

#if defined(LUA_USER_H)
#include LUA_USER_H
#endif

LUA_API const char lua_ident[];

/* States and threads. */
/* A new state whose memory comes from `f`; null if that refuses. */
LUA_API lua_State *(lua_newstate)(lua_Alloc f, void *ud);
/* Closes the state: pending variables, finalizers, then all memory. */
LUA_API void (lua_close)(lua_State *state);
/* Pushes a new thread; its address. */
LUA_API lua_State *(lua_newthread)(lua_State *state);
/* Closes the pending variables of a thread and makes it ready for a new function; the status. */
LUA_API int (lua_closethread)(lua_State *state, lua_State *from);
/* As `lua_closethread` without a calling thread. */
LUA_API int (lua_resetthread)(lua_State *state);
/* Installs the panic function; the old one. */
LUA_API lua_CFunction (lua_atpanic)(lua_State *state, lua_CFunction panicf);
/* The version of the library; `state` may be null. */
LUA_API lua_Number (lua_version)(lua_State *state);

/* The stack. */
/* The index as one that does not change when values are pushed. */
LUA_API int (lua_absindex)(lua_State *state, int idx);
/* Index of the topmost value, which is the number of values. */
LUA_API int (lua_gettop)(lua_State *state);
/* Sets the top; new slots are nil, dropped to-be-closed ones are closed. */
LUA_API void (lua_settop)(lua_State *state, int idx);
/* Pushes a copy of the value at `idx`. */
LUA_API void (lua_pushvalue)(lua_State *state, int idx);
/* Rotates the values from `idx` to the top by `n` places towards the top. */
LUA_API void (lua_rotate)(lua_State *state, int idx, int n);
/* Copies the value at `fromidx` over the one at `toidx`. */
LUA_API void (lua_copy)(lua_State *state, int fromidx, int toidx);
/* Makes room for `n` more values; 0 if that is not possible. */
LUA_API int (lua_checkstack)(lua_State *state, int n);
/* Moves the `n` topmost values to another thread of the same state. */
LUA_API void (lua_xmove)(lua_State *from, lua_State *to, int n);
/* Marks the value at `idx` to be closed. */
LUA_API void (lua_toclose)(lua_State *state, int idx);
/* Closes the to-be-closed value at `idx` and sets the slot to nil. */
LUA_API void (lua_closeslot)(lua_State *state, int idx);

/* Operators of lua_arith and lua_compare. */
#define LUA_OPADD 0
#define LUA_OPSUB 1
#define LUA_OPMUL 2
#define LUA_OPMOD 3
#define LUA_OPPOW 4
#define LUA_OPDIV 5
#define LUA_OPIDIV 6
#define LUA_OPBAND 7
#define LUA_OPBOR 8
#define LUA_OPBXOR 9
#define LUA_OPSHL 10
#define LUA_OPSHR 11
#define LUA_OPUNM 12
#define LUA_OPBNOT 13

#define LUA_OPEQ 0
#define LUA_OPLT 1
#define LUA_OPLE 2

/* From the stack to C. */
/* The type of the value at `idx`, -1 if there is none. */
LUA_API int (lua_type)(lua_State *state, int idx);
/* The name of a type. */
LUA_API const char *(lua_typename)(lua_State *state, int tp);
/* Whether the value is a number or a string that converts to one. */
LUA_API int (lua_isnumber)(lua_State *state, int idx);
/* Whether the value is a string or a number. */
LUA_API int (lua_isstring)(lua_State *state, int idx);
/* Whether the value is a C function. */
LUA_API int (lua_iscfunction)(lua_State *state, int idx);
/* Whether the value is an integer. */
LUA_API int (lua_isinteger)(lua_State *state, int idx);
/* Whether the value is a userdata of either kind. */
LUA_API int (lua_isuserdata)(lua_State *state, int idx);
/* The value as a float; 0 and `*isnum == 0` if it does not convert. */
LUA_API lua_Number (lua_tonumberx)(lua_State *state, int idx, int *isnum);
/* The value as an integer; 0 and `*isnum == 0` if it does not convert. */
LUA_API lua_Integer (lua_tointegerx)(lua_State *state, int idx, int *isnum);
/* False for nil, false and no value. */
LUA_API int (lua_toboolean)(lua_State *state, int idx);
/* The string at `idx`, a number there first replaced by its text; null for other types. */
LUA_API const char *(lua_tolstring)(lua_State *state, int idx, size_t *len);
/* Length of a string or of a userdata's block, border of a table, else 0. */
LUA_API lua_Unsigned (lua_rawlen)(lua_State *state, int idx);
/* The C function at `idx`, null for other values. */
LUA_API lua_CFunction (lua_tocfunction)(lua_State *state, int idx);
/* The block of a full userdata, the pointer of a light one, else null. */
LUA_API void *(lua_touserdata)(lua_State *state, int idx);
/* The thread at `idx`, null for other values. */
LUA_API lua_State *(lua_tothread)(lua_State *state, int idx);
/* An address that identifies the object at `idx`, null for values without identity. */
LUA_API const void *(lua_topointer)(lua_State *state, int idx);
/* Replaces the two topmost values (one for a unary operator) by the result of an operator. */
LUA_API void (lua_arith)(lua_State *state, int op);
/* Primitive equality; 0 if one of the indices has no value. */
LUA_API int (lua_rawequal)(lua_State *state, int idx1, int idx2);
/* Compares two values by `==`, `<` or `<=`; 0 if one of the indices has no value. */
LUA_API int (lua_compare)(lua_State *state, int idx1, int idx2, int op);

/* From C to the stack. */
/* Pushes nil. */
LUA_API void (lua_pushnil)(lua_State *state);
/* Pushes a float. */
LUA_API void (lua_pushnumber)(lua_State *state, lua_Number n);
/* Pushes an integer. */
LUA_API void (lua_pushinteger)(lua_State *state, lua_Integer n);
/* Pushes a boolean. */
LUA_API void (lua_pushboolean)(lua_State *state, int b);
/* Pushes a light userdata. */
LUA_API void (lua_pushlightuserdata)(lua_State *state, void *p);
/* Pushes the thread `state`; 1 if it is the main thread. */
LUA_API int (lua_pushthread)(lua_State *state);
/* Pushes a string of `len` bytes; the address of the copy. */
LUA_API const char *(lua_pushlstring)(lua_State *state, const char *s, size_t len);
/* Pushes a C string, nil for null; the address of the copy. */
LUA_API const char *(lua_pushstring)(lua_State *state, const char *s);
/* Pushes a C function with the `n` topmost values, which are popped, as upvalues. */
LUA_API void (lua_pushcclosure)(lua_State *state, lua_CFunction f, int n);

/* Pushes a formatted string: %s %d %I %f %p %c %U %%. */
LUA_API const char *(lua_pushfstring)(lua_State *L, const char *fmt, ...);
LUA_API const char *(lua_pushvfstring)(lua_State *L, const char *fmt, va_list argp);

/* From Lua to the stack. */
/* Pushes a global variable; its type. */
LUA_API int (lua_getglobal)(lua_State *state, const char *name);
/* Replaces the key on the top by `t[key]`; its type. */
LUA_API int (lua_gettable)(lua_State *state, int idx);
/* Pushes `t[k]`; its type. */
LUA_API int (lua_getfield)(lua_State *state, int idx, const char *k);
/* Pushes `t[n]`; its type. */
LUA_API int (lua_geti)(lua_State *state, int idx, lua_Integer n);
/* Replaces the key on the top by `t[key]`, without metamethods; its type. */
LUA_API int (lua_rawget)(lua_State *state, int idx);
/* Pushes `t[n]`, without metamethods; its type. */
LUA_API int (lua_rawgeti)(lua_State *state, int idx, lua_Integer n);
/* Pushes `t[p]`, `p` as a light userdata, without metamethods; its type. */
LUA_API int (lua_rawgetp)(lua_State *state, int idx, const void *p);
/* Pushes a new table with room for `narr` elements and `nrec` fields. */
LUA_API void (lua_createtable)(lua_State *state, int narr, int nrec);
/* Pushes a new full userdata with `nuvalue` user values; the address of its block. */
LUA_API void *(lua_newuserdatauv)(lua_State *state, size_t sz, int nuvalue);
/* Pushes the metatable of a value; 0, and nothing pushed, if it has none. */
LUA_API int (lua_getmetatable)(lua_State *state, int objindex);
/* Pushes user value `n`; its type, or -1 and nil if there is none. */
LUA_API int (lua_getiuservalue)(lua_State *state, int idx, int n);

/* From the stack to Lua. */
/* Pops a value into a global variable. */
LUA_API void (lua_setglobal)(lua_State *state, const char *name);
/* Pops a value and a key below it: `t[key] = value`. */
LUA_API void (lua_settable)(lua_State *state, int idx);
/* Pops a value into `t[k]`. */
LUA_API void (lua_setfield)(lua_State *state, int idx, const char *k);
/* Pops a value into `t[n]`. */
LUA_API void (lua_seti)(lua_State *state, int idx, lua_Integer n);
/* Pops a value and a key below it: `t[key] = value`, without metamethods. */
LUA_API void (lua_rawset)(lua_State *state, int idx);
/* Pops a value into `t[n]`, without metamethods. */
LUA_API void (lua_rawseti)(lua_State *state, int idx, lua_Integer n);
/* Pops a value into `t[p]`, `p` as a light userdata, without metamethods. */
LUA_API void (lua_rawsetp)(lua_State *state, int idx, const void *p);
/* Pops a table or nil and makes it the metatable of a value. */
LUA_API int (lua_setmetatable)(lua_State *state, int objindex);
/* Pops a value into user value `n`; 0 if there is none. */
LUA_API int (lua_setiuservalue)(lua_State *state, int idx, int n);

/* Calls, coroutines, errors. */
/* Calls the function below the `nargs` topmost values. With `k` it may yield; then `k` goes on. */
LUA_API void (lua_callk)(lua_State *state, int nargs, int nresults, lua_KContext ctx, lua_KFunction k);
/* As `lua_callk`, in protected mode with the message handler at `errfunc` (0: none); the status. */
LUA_API int (lua_pcallk)(lua_State *state, int nargs, int nresults, int errfunc, lua_KContext ctx, lua_KFunction k);
/* Yields the `nresults` topmost values; `k` goes on after the resume. Returns only inside a hook. */
LUA_API int (lua_yieldk)(lua_State *state, int nresults, lua_KContext ctx, lua_KFunction k);
/* Starts or continues a coroutine; its status, and in `*nres` the number of values on its top. */
LUA_API int (lua_resume)(lua_State *state, lua_State *from, int narg, int *nres);
/* The status of a thread. */
LUA_API int (lua_status)(lua_State *state);
/* Whether a yield is possible. */
LUA_API int (lua_isyieldable)(lua_State *state);
/* Raises the value on the top as an error. */
LUA_API int (lua_error)(lua_State *state);
#define lua_call(L, n, r) lua_callk(L, (n), (r), 0, NULL)
#define lua_pcall(L, n, r, f) lua_pcallk(L, (n), (r), (f), 0, NULL)
#define lua_yield(L, n) lua_yieldk(L, (n), 0, NULL)

/* Chunks. */
/* Reads a chunk and pushes it as a function; the status, with the error value on the top unless it is `LUA_OK`. */
LUA_API int (lua_load)(lua_State *state, lua_Reader reader, void *data, const char *chunkname, const char *mode);
/* Writes the Lua function on the top as a binary chunk; the writer's last answer, 1 if there is no Lua function. */
LUA_API int (lua_dump)(lua_State *state, lua_Writer writer, void *data, int strip);

/* Memory: options of lua_gc, each with its own further arguments. */
#define LUA_GCSTOP 0
#define LUA_GCRESTART 1
#define LUA_GCCOLLECT 2
#define LUA_GCCOUNT 3
#define LUA_GCCOUNTB 4
#define LUA_GCSTEP 5
#define LUA_GCSETPAUSE 6
#define LUA_GCSETSTEPMUL 7
#define LUA_GCISRUNNING 9
#define LUA_GCGEN 10
#define LUA_GCINC 11

LUA_API int(lua_gc)(lua_State *L, int what, ...);

/* Everything else. */
/* Replaces the key on the top by the next key and value of a table; 0, with the key popped, at the end. */
LUA_API int (lua_next)(lua_State *state, int idx);
/* Replaces the `n` topmost values by their concatenation. */
LUA_API void (lua_concat)(lua_State *state, int n);
/* Pushes the length of a value. */
LUA_API void (lua_len)(lua_State *state, int idx);
/* Pushes the number that a numeral denotes; the size of the numeral with its NUL, or 0 and nothing pushed. */
LUA_API size_t (lua_stringtonumber)(lua_State *state, const char *s);
/* Installs a receiver of warnings. */
LUA_API void (lua_setwarnf)(lua_State *state, lua_WarnFunction f, void *ud);
/* Emits a warning, or a piece of one. */
LUA_API void (lua_warning)(lua_State *state, const char *msg, int tocont);
/* The allocator and, in `*ud`, its first argument. */
LUA_API lua_Alloc (lua_getallocf)(lua_State *state, void **ud);
/* Changes the allocator. With one of the host's, every request goes through it. */
LUA_API void (lua_setallocf)(lua_State *state, lua_Alloc f, void *ud);
/* Kept for compatibility: the limit of nested C calls does not change. */
LUA_API int (lua_setcstacklimit)(lua_State *state, unsigned int limit);

/* Shorthands. */
#define lua_getextraspace(L) ((void *)((char *)(L) - LUA_EXTRASPACE))

#define lua_tonumber(L, i) lua_tonumberx(L, (i), NULL)
#define lua_tointeger(L, i) lua_tointegerx(L, (i), NULL)
#define lua_tostring(L, i) lua_tolstring(L, (i), NULL)

#define lua_pop(L, n) lua_settop(L, -(n) - 1)
#define lua_insert(L, idx) lua_rotate(L, (idx), 1)
#define lua_remove(L, idx) (lua_rotate(L, (idx), -1), lua_pop(L, 1))
#define lua_replace(L, idx) (lua_copy(L, -1, (idx)), lua_pop(L, 1))

#define lua_newtable(L) lua_createtable(L, 0, 0)
#define lua_register(L, n, f) (lua_pushcfunction(L, (f)), lua_setglobal(L, (n)))
#define lua_pushcfunction(L, f) lua_pushcclosure(L, (f), 0)
#define lua_pushliteral(L, s) lua_pushstring(L, "" s)
#define lua_pushglobaltable(L) ((void)lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS))

#define lua_isnone(L, n) (lua_type(L, (n)) == LUA_TNONE)
#define lua_isnil(L, n) (lua_type(L, (n)) == LUA_TNIL)
#define lua_isnoneornil(L, n) (lua_type(L, (n)) <= 0)
#define lua_isboolean(L, n) (lua_type(L, (n)) == LUA_TBOOLEAN)
#define lua_islightuserdata(L, n) (lua_type(L, (n)) == LUA_TLIGHTUSERDATA)
#define lua_istable(L, n) (lua_type(L, (n)) == LUA_TTABLE)
#define lua_isfunction(L, n) (lua_type(L, (n)) == LUA_TFUNCTION)
#define lua_isthread(L, n) (lua_type(L, (n)) == LUA_TTHREAD)

/* Names of earlier versions. */
#if defined(LUA_COMPAT_APIINTCASTS)
#define lua_pushunsigned(L, n) lua_pushinteger(L, (lua_Integer)(n))
#define lua_tounsignedx(L, i, is) ((lua_Unsigned)lua_tointegerx(L, i, is))
#define lua_tounsigned(L, i) lua_tounsignedx(L, (i), NULL)
#endif

#define lua_newuserdata(L, s) lua_newuserdatauv(L, s, 1)
#define lua_getuservalue(L, idx) lua_getiuservalue(L, idx, 1)
#define lua_setuservalue(L, idx) lua_setiuservalue(L, idx, 1)

#define LUA_NUMTAGS LUA_NUMTYPES

/* The debug interface. */
#define LUA_HOOKCALL 0
#define LUA_HOOKRET 1
#define LUA_HOOKLINE 2
#define LUA_HOOKCOUNT 3
#define LUA_HOOKTAILCALL 4

#define LUA_MASKCALL (1 << LUA_HOOKCALL)
#define LUA_MASKRET (1 << LUA_HOOKRET)
#define LUA_MASKLINE (1 << LUA_HOOKLINE)
#define LUA_MASKCOUNT (1 << LUA_HOOKCOUNT)

/* Notes the function at `level` of the call stack in `ar`; 0 if there is none. */
LUA_API int (lua_getstack)(lua_State *state, int level, lua_Debug *ar);
/* Fills the fields of `ar` that `what` names; 0 for an invalid option. */
LUA_API int (lua_getinfo)(lua_State *state, const char *what, lua_Debug *ar);
/* Pushes local variable `n` of a function; its name, null (and nothing pushed) if there is none. */
LUA_API const char *(lua_getlocal)(lua_State *state, const lua_Debug *ar, int n);
/* Pops a value into local variable `n` of a function; its name, null if there is none. */
LUA_API const char *(lua_setlocal)(lua_State *state, const lua_Debug *ar, int n);
/* Pushes upvalue `n` of a function; its name, null (and nothing pushed) if there is none. */
LUA_API const char *(lua_getupvalue)(lua_State *state, int funcindex, int n);
/* Pops a value into upvalue `n` of a function; its name, null (and nothing popped) if there is none. */
LUA_API const char *(lua_setupvalue)(lua_State *state, int funcindex, int n);
/* An address that identifies an upvalue; null if there is none. */
LUA_API void *(lua_upvalueid)(lua_State *state, int fidx, int n);
/* Makes an upvalue of a Lua function refer to an upvalue of another one. */
LUA_API void (lua_upvaluejoin)(lua_State *state, int fidx1, int n1, int fidx2, int n2);
/* Installs a hook. May be called from a signal handler. */
LUA_API void (lua_sethook)(lua_State *state, lua_Hook func, int mask, int count);
/* The hook. */
LUA_API lua_Hook (lua_gethook)(lua_State *state);
/* The events that call the hook. */
LUA_API int (lua_gethookmask)(lua_State *state);
/* The count of a count hook. */
LUA_API int (lua_gethookcount)(lua_State *state);

/* In parentheses: the option of lua_getinfo that fills the field. */
struct lua_Debug {
  int event;
  const char *name;           /* (n) */
  const char *namewhat;       /* (n) */
  const char *what;           /* (S) */
  const char *source;         /* (S) */
  size_t srclen;              /* (S) */
  int currentline;            /* (l) */
  int linedefined;            /* (S) */
  int lastlinedefined;        /* (S) */
  unsigned char nups;         /* (u) */
  unsigned char nparams;      /* (u) */
  char isvararg;              /* (u) */
  char istailcall;            /* (t) */
  unsigned short ftransfer;   /* (r) */
  unsigned short ntransfer;   /* (r) */
  char short_src[LUA_IDSIZE]; /* (S) */
  struct CallInfo *i_ci;      /* the library's own */
};

#endif
