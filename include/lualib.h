/*
** Lua: the standard library.
**
** Source compatible with PUC-Rio Lua's header of the same name. The prototypes are generated from the library's
** sources (see tools/headers); edit include/templates/lualib.h.in instead of this file.
*/

#ifndef lualib_h
#define lualib_h

#include "lua.h"

/* Suffix of the names of environment variables. */
#define LUA_VERSUFFIX "_" LUA_VERSION_MAJOR "_" LUA_VERSION_MINOR

/* Names of the modules. */
#define LUA_COLIBNAME "coroutine"
#define LUA_TABLIBNAME "table"
#define LUA_IOLIBNAME "io"
#define LUA_OSLIBNAME "os"
#define LUA_STRLIBNAME "string"
#define LUA_UTF8LIBNAME "utf8"
#define LUA_MATHLIBNAME "math"
#define LUA_DBLIBNAME "debug"
#define LUA_LOADLIBNAME "package"

/* Opens all standard libraries. */
LUAMOD_API void (luaL_openlibs)(lua_State *state);
/* The basic functions. */
LUAMOD_API int (luaopen_base)(lua_State *state);
/* Module `coroutine`. */
LUAMOD_API int (luaopen_coroutine)(lua_State *state);
/* Module `debug`. */
LUAMOD_API int (luaopen_debug)(lua_State *state);
/* Module `io`. */
LUAMOD_API int (luaopen_io)(lua_State *state);
/* Module `math`. */
LUAMOD_API int (luaopen_math)(lua_State *state);
/* Module `os`. */
LUAMOD_API int (luaopen_os)(lua_State *state);
/* Module `package`. */
LUAMOD_API int (luaopen_package)(lua_State *state);
/* Module `string`. */
LUAMOD_API int (luaopen_string)(lua_State *state);
/* Module `table`. */
LUAMOD_API int (luaopen_table)(lua_State *state);
/* Module `utf8`. */
LUAMOD_API int (luaopen_utf8)(lua_State *state);

#endif
