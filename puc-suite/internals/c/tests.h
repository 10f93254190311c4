/*
** The library T of the official suite's internal tests, over the public API.
**
** memory.c   an allocator that counts, refuses and checks
** script.c   the mini-language of T.testC
** tests.c    the other functions
*/

#ifndef tests_h
#define tests_h

#include <stddef.h>

#include "lua.h"

/* Types of objects that the allocator counts apart: the types of values, upvalues, prototypes. */
#define T_KINDS (LUA_NUMTYPES + 2)

/* What the allocator knows and is told. */
struct t_memory {
  size_t total;                /* bytes in use */
  size_t peak;                 /* largest 'total' so far */
  size_t limit;                /* requests that would exceed it are refused; 0 until the first request */
  size_t blocks;               /* blocks in use */
  size_t left;                 /* requests until all are refused; T_NO_LIMIT: never */
  int fail_next;               /* refuse the next request */
  size_t objects[T_KINDS];     /* blocks by the type that they were requested for */
};

#define T_NO_LIMIT ((size_t)-1)

extern struct t_memory t_memory;

/* The allocator; 'ud' is '&t_memory'. */
void *t_alloc(void *ud, void *block, size_t osize, size_t nsize);

/* Ends the process with a message: something is wrong that no test may go on from. */
_Noreturn void t_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The functions of script.c: the script as an argument, in an upvalue, or of a hook. */
int t_run_argument(lua_State *L);
int t_make_function(lua_State *L);
int t_set_hook(lua_State *L);

/* Runs a script for 'on'; results and errors of the script itself go to 'L'. */
int t_run_script(lua_State *L, lua_State *on, const char *script);

/* Keeps the names of the status codes from being collected. */
void t_keep_status_names(lua_State *L);

/* The state that argument 1 (a userdata) stands for. */
lua_State *t_check_state(lua_State *L);

/* Adds the functions that look inside to the table on top; these are not written over the API. */
void t_add_inspectors(lua_State *L);

int luaopen_T(lua_State *L);

#endif
