/*
** Lua: the auxiliary library.
**
** Source compatible with PUC-Rio Lua's header of the same name. The prototypes are generated from the library's
** sources (see tools/headers); edit include/templates/lauxlib.h.in instead of this file.
*/

#ifndef lauxlib_h
#define lauxlib_h

#include <stddef.h>
#include <stdio.h>

#include "lua.h"
#include "luaconf.h"

/* Name of the table of globals in package.loaded. */
#define LUA_GNAME "_G"

typedef struct luaL_Buffer luaL_Buffer;

/* A further status code, of luaL_loadfilex. */
#define LUA_ERRFILE (LUA_ERRERR + 1)

/* Fields of the registry. */
#define LUA_LOADED_TABLE "_LOADED"
#define LUA_PRELOAD_TABLE "_PRELOAD"

typedef struct luaL_Reg {
  const char *name;
  lua_CFunction func;
} luaL_Reg;

#define LUAL_NUMSIZES (sizeof(lua_Integer) * 16 + sizeof(lua_Number))

/* References that luaL_ref never gives to a value. */
#define LUA_NOREF (-2)
#define LUA_REFNIL (-1)

/* Raises unless the caller was compiled for this version. */
LUALIB_API void (luaL_checkversion_)(lua_State *state, lua_Number ver, size_t sz);
/* Pushes field `e` of a value's metatable; its type, `LUA_TNIL` and nothing pushed if there is none. */
LUALIB_API int (luaL_getmetafield)(lua_State *state, int obj, const char *e);
/* Calls metamethod `e` of a value and pushes its result; 0 and nothing pushed if there is none. */
LUALIB_API int (luaL_callmeta)(lua_State *state, int obj, const char *e);
/* Pushes the text of any value; its address. */
LUALIB_API const char *(luaL_tolstring)(lua_State *state, int idx, size_t *len);
/* Raises "bad argument #arg to 'f' (extramsg)". */
LUALIB_API int (luaL_argerror)(lua_State *state, int arg, const char *extramsg);
/* Raises "bad argument #arg to 'f' (tname expected, got ...)". */
LUALIB_API int (luaL_typeerror)(lua_State *state, int arg, const char *tname);
/* The string argument `arg`; a number is replaced by its text. */
LUALIB_API const char *(luaL_checklstring)(lua_State *state, int arg, size_t *len);
/* The string argument `arg`, `def` (which may be null) if it is nil or absent. */
LUALIB_API const char *(luaL_optlstring)(lua_State *state, int arg, const char *def, size_t *len);
/* The number argument `arg`. */
LUALIB_API lua_Number (luaL_checknumber)(lua_State *state, int arg);
/* The number argument `arg`, `def` if it is nil or absent. */
LUALIB_API lua_Number (luaL_optnumber)(lua_State *state, int arg, lua_Number def);
/* The integer argument `arg`. */
LUALIB_API lua_Integer (luaL_checkinteger)(lua_State *state, int arg);
/* The integer argument `arg`, `def` if it is nil or absent. */
LUALIB_API lua_Integer (luaL_optinteger)(lua_State *state, int arg, lua_Integer def);
/* Makes room for `sz` more values or raises "stack overflow (msg)". */
LUALIB_API void (luaL_checkstack)(lua_State *state, int sz, const char *msg);
/* Raises unless argument `arg` has type `t`. */
LUALIB_API void (luaL_checktype)(lua_State *state, int arg, int t);
/* Raises unless there is an argument `arg`. */
LUALIB_API void (luaL_checkany)(lua_State *state, int arg);
/* Pushes the metatable registered as `tname`, created if need be; 0 if it existed. */
LUALIB_API int (luaL_newmetatable)(lua_State *state, const char *tname);
/* Gives the value on the top the metatable registered as `tname`. */
LUALIB_API void (luaL_setmetatable)(lua_State *state, const char *tname);
/* The block of the userdata at `ud` if its metatable is the one registered as `tname`, else null. */
LUALIB_API void *(luaL_testudata)(lua_State *state, int ud, const char *tname);
/* The block of the userdata argument `ud`, whose metatable is the one registered as `tname`. */
LUALIB_API void *(luaL_checkudata)(lua_State *state, int ud, const char *tname);
/* Pushes "chunk:line: " of the function at level `lvl`. */
LUALIB_API void (luaL_where)(lua_State *state, int lvl);
/* Position in a list that ends with null of the string argument `arg`, or of `def` if it is nil or absent. */
LUALIB_API int (luaL_checkoption)(lua_State *state, int arg, const char *def, const char *const *lst);
/* Pushes the results of an operation on a file, from `errno`; their number. */
LUALIB_API int (luaL_fileresult)(lua_State *state, int stat, const char *fname);
/* Pushes the results of a process; their number. */
LUALIB_API int (luaL_execresult)(lua_State *state, int stat);
/* Pops a value and stores it in a table under a new integer key; the key. */
LUALIB_API int (luaL_ref)(lua_State *state, int t);
/* Releases a key of `luaL_ref`. */
LUALIB_API void (luaL_unref)(lua_State *state, int t, int reference);
/* Loads a file (null: standard input) as a chunk; the status. */
LUALIB_API int (luaL_loadfilex)(lua_State *state, const char *filename, const char *mode);
/* Loads a block of memory as a chunk; the status. */
LUALIB_API int (luaL_loadbufferx)(lua_State *state, const char *buff, size_t sz, const char *name, const char *mode);
/* Loads a string as a chunk; the status. */
LUALIB_API int (luaL_loadstring)(lua_State *state, const char *s);
/* The length of a value, which must be an integer. */
LUALIB_API lua_Integer (luaL_len)(lua_State *state, int idx);
/* Pushes `s` with every occurrence of `p` replaced by `r`; its address. */
LUALIB_API const char *(luaL_gsub)(lua_State *state, const char *s, const char *p, const char *r);
/* Registers a list of functions, which share the `nup` values on the top as upvalues, in the table below them. */
LUALIB_API void (luaL_setfuncs)(lua_State *state, const luaL_Reg *l, int nup);
/* Pushes the table `t[fname]`, created if there is none; whether it existed. */
LUALIB_API int (luaL_getsubtable)(lua_State *state, int idx, const char *fname);
/* Pushes a traceback of `state1` from `level` on, behind `msg` unless that is null. */
LUALIB_API void (luaL_traceback)(lua_State *state, lua_State *state1, const char *msg, int level);
/* Pushes module `modname`, opened by `openf` unless it is loaded, and makes it a global if `glb`. */
LUALIB_API void (luaL_requiref)(lua_State *state, const char *modname, lua_CFunction openf, int glb);
/* A new state over the library's own allocator; null if there is no memory. */
LUALIB_API lua_State *(luaL_newstate)(void);

/* Raises a formatted message with the position of the caller in front. */
LUALIB_API int(luaL_error)(lua_State *L, const char *fmt, ...);

/* Shorthands. */
#define luaL_checkversion(L) luaL_checkversion_(L, LUA_VERSION_NUM, LUAL_NUMSIZES)
#define luaL_loadfile(L, f) luaL_loadfilex(L, f, NULL)
#define luaL_loadbuffer(L, s, sz, n) luaL_loadbufferx(L, s, sz, n, NULL)

#define luaL_newlibtable(L, l) lua_createtable(L, 0, sizeof(l) / sizeof((l)[0]) - 1)
#define luaL_newlib(L, l) (luaL_checkversion(L), luaL_newlibtable(L, l), luaL_setfuncs(L, l, 0))

#define luaL_argcheck(L, cond, arg, extramsg) \
  ((void)(luai_likely(cond) || luaL_argerror(L, (arg), (extramsg))))
#define luaL_argexpected(L, cond, arg, tname) \
  ((void)(luai_likely(cond) || luaL_typeerror(L, (arg), (tname))))

#define luaL_checkstring(L, n) (luaL_checklstring(L, (n), NULL))
#define luaL_optstring(L, n, d) (luaL_optlstring(L, (n), (d), NULL))
#define luaL_typename(L, i) lua_typename(L, lua_type(L, (i)))

#define luaL_dofile(L, fn) (luaL_loadfile(L, fn) || lua_pcall(L, 0, LUA_MULTRET, 0))
#define luaL_dostring(L, s) (luaL_loadstring(L, s) || lua_pcall(L, 0, LUA_MULTRET, 0))

#define luaL_getmetatable(L, n) (lua_getfield(L, LUA_REGISTRYINDEX, (n)))
#define luaL_opt(L, f, n, d) (lua_isnoneornil(L, (n)) ? (d) : f(L, (n)))

/* Integer arithmetic that wraps around. */
#define luaL_intop(op, v1, v2) ((lua_Integer)((lua_Unsigned)(v1)op(lua_Unsigned)(v2)))

/* Pushes what library functions return on failure. */
#define luaL_pushfail(L) lua_pushnil(L)

#if !defined(lua_assert)
#if defined LUAI_ASSERT
#include <assert.h>
#define lua_assert(c) assert(c)
#else
#define lua_assert(c) ((void)0)
#endif
#endif

/* Buffers. */
struct luaL_Buffer {
  char *b;     /* where the contents are */
  size_t size; /* room there */
  size_t n;    /* bytes in use */
  lua_State *L;
  union {
    LUAI_MAXALIGN;
    char b[LUAL_BUFFERSIZE];
  } init; /* the first place for the contents */
};

/* Starts a buffer. */
LUALIB_API void (luaL_buffinit)(lua_State *state, luaL_Buffer *buf);
/* Starts a buffer and makes room for `sz` bytes; their place. */
LUALIB_API char *(luaL_buffinitsize)(lua_State *state, luaL_Buffer *buf, size_t sz);
/* Makes room for `sz` bytes; their place. */
LUALIB_API char *(luaL_prepbuffsize)(luaL_Buffer *buf, size_t sz);
/* Appends `len` bytes. */
LUALIB_API void (luaL_addlstring)(luaL_Buffer *buf, const char *s, size_t len);
/* Appends a C string. */
LUALIB_API void (luaL_addstring)(luaL_Buffer *buf, const char *s);
/* Pops a string or number, which lies above the buffer's slot, and appends it. */
LUALIB_API void (luaL_addvalue)(luaL_Buffer *buf);
/* Appends `s` with every occurrence of `p` replaced by `r`. */
LUALIB_API void (luaL_addgsub)(luaL_Buffer *buf, const char *s, const char *p, const char *r);
/* Ends a buffer and pushes its contents. */
LUALIB_API void (luaL_pushresult)(luaL_Buffer *buf);
/* Counts `sz` bytes that the host wrote, ends a buffer and pushes its contents. */
LUALIB_API void (luaL_pushresultsize)(luaL_Buffer *buf, size_t sz);

#define luaL_bufflen(bf) ((bf)->n)
#define luaL_buffaddr(bf) ((bf)->b)
#define luaL_addchar(B, c) \
  ((void)((B)->n < (B)->size || luaL_prepbuffsize((B), 1)), ((B)->b[(B)->n++] = (c)))
#define luaL_addsize(B, s) ((B)->n += (s))
#define luaL_buffsub(B, s) ((B)->n -= (s))
#define luaL_prepbuffer(B) luaL_prepbuffsize(B, LUAL_BUFFERSIZE)

/* Files: a userdata with the metatable LUA_FILEHANDLE holds a luaL_Stream; closef is NULL once it is closed. */
#define LUA_FILEHANDLE "FILE*"

typedef struct luaL_Stream {
  FILE *f;
  lua_CFunction closef;
} luaL_Stream;

/* Basic output. */
#if !defined(lua_writestring)
#define lua_writestring(s, l) fwrite((s), sizeof(char), (l), stdout)
#endif
#if !defined(lua_writeline)
#define lua_writeline() (lua_writestring("\n", 1), fflush(stdout))
#endif
#if !defined(lua_writestringerror)
#define lua_writestringerror(s, p) (fprintf(stderr, (s), (p)), fflush(stderr))
#endif

/* Names of earlier versions. */
#if defined(LUA_COMPAT_APIINTCASTS)
#define luaL_checkunsigned(L, a) ((lua_Unsigned)luaL_checkinteger(L, a))
#define luaL_optunsigned(L, a, d) ((lua_Unsigned)luaL_optinteger(L, a, (lua_Integer)(d)))
#define luaL_checkint(L, n) ((int)luaL_checkinteger(L, (n)))
#define luaL_optint(L, n, d) ((int)luaL_optinteger(L, (n), (d)))
#define luaL_checklong(L, n) ((long)luaL_checkinteger(L, (n)))
#define luaL_optlong(L, n, d) ((long)luaL_optinteger(L, (n), (d)))
#endif

#endif
