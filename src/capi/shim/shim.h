/*
** What the parts of the shim share. (Our own declarations of lua.h's types: the sources know no installed header.)
*/

#ifndef PERILUNE_SHIM_H
#define PERILUNE_SHIM_H

#include <limits.h>
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
  int code;               /* the error that ended the call, as the code that Rust gave it */
  void *registers[5];
};

/* Far below any number of results: C functions return negative ones by mistake, which hosts survive. */
#define THROWN INT_MIN

#endif
