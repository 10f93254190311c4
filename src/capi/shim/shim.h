/*
** What the parts of the shim share. (Our own declarations of lua.h's types: the sources know no installed header.)
*/

#ifndef PERILUNE_SHIM_H
#define PERILUNE_SHIM_H

#include <stddef.h>

typedef struct lua_State lua_State;
typedef struct lua_Debug lua_Debug;
typedef long long lua_Integer;
typedef double lua_Number;

/* A C function in the form that a boundary calls; most ignore the last arguments. */
typedef int (*perilune_function)(lua_State *, void *, void *, void *);

/* The record of a boundary; Rust reads the first two fields. */
struct boundary {
  struct boundary *prev;
  lua_State *thread; /* the thread that the C function got */
  int result;        /* what raising makes the call return */
  void *registers[5];
};

/* Where a state keeps its innermost boundary; in `boundary.rs`. */
struct boundary **perilune_innermost(lua_State *L);

#endif
