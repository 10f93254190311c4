/*
** What Perilune offers beyond the API of PUC-Rio Lua. Programs that use it run with PUC's library, too, which answers that
** it has no compiler of traces: there is no further symbol to link with.
*/

#ifndef perilune_h
#define perilune_h

#include "lua.h"

/* An option of lua_gc, followed by a C string or a null pointer. */
#define PERILUNE_GCJIT 0x4A4954

/*
** int perilune_jit(lua_State *L, const char *list);
**
** Changes the settings of the state's compiler of traces. `list` is what the environment variable PERILUNE_JIT may be, such
** as "off", "on", "trace" or "hotloop=50,-peel": what it does not name stays as it is, and words that are not known are
** ignored. A null pointer changes nothing. May be called from anywhere, also by a function that compiled code has called.
** With "off" the state's compiled code is given up; when "on" follows, coroutines made in between stay interpreted.
**
** 1 if hot loops are compiled from now on (where the system allows it), 0 if they are not, -1 if the library is not
** Perilune. Stack [-0, +0, -].
*/
#define perilune_jit(L, list) lua_gc((L), PERILUNE_GCJIT, (const char *)(list))

#endif
