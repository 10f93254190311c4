/*
** The functions of T that need no look inside: states, references, userdata, memory, warnings.
*/

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lauxlib.h"
#include "lualib.h"
#include "tests.h"

/* --- warnings --- */

/*
** The receiver of warnings has a mode, which control messages choose:
** "@normal"  shows warnings that begin with '#'; any other one ends the process
** "@allow"   shows all
** "@store"   keeps the last one in the global _WARN
** "@on" and "@off" switch the showing. A warning while _WARN holds another one ends the process.
*/
enum warn_mode { WARN_NORMAL, WARN_ALLOW, WARN_STORE };

static struct {
  enum warn_mode mode;
  int shown;
  int continues;
  size_t length;
  char text[256];
} warnings;

static void control_warnings(const char *what) {
  if (strcmp(what, "on") == 0) warnings.shown = 1;
  else if (strcmp(what, "off") == 0) warnings.shown = 0;
  else if (strcmp(what, "normal") == 0) warnings.mode = WARN_NORMAL;
  else if (strcmp(what, "allow") == 0) warnings.mode = WARN_ALLOW;
  else if (strcmp(what, "store") == 0) warnings.mode = WARN_STORE;
  else t_fatal("unknown control of warnings '%s'", what);
}

static void finish_warning(lua_State *L, const char *text) {
  luaL_checkstack(L, 1, "no room for a warning");
  lua_getglobal(L, "_WARN");
  if (lua_toboolean(L, -1)) t_fatal("warning '%s' was not handled before '%s'", lua_tostring(L, -1), text);
  lua_pop(L, 1);
  if (warnings.mode == WARN_STORE) {
    lua_pushstring(L, text);
    lua_setglobal(L, "_WARN");
  } else if (warnings.shown) {
    if (warnings.mode == WARN_NORMAL && text[0] != '#') t_fatal("unexpected warning '%s'", text);
    fprintf(stderr, "Lua warning: %s\n", text);
  }
}

static void receive_warning(void *ud, const char *piece, int continues) {
  size_t length = strlen(piece);
  if (!warnings.continues && !continues && piece[0] == '@') {
    control_warnings(piece + 1);
    return;
  }
  if (warnings.length + length >= sizeof warnings.text) t_fatal("warning too long: '%s'", piece);
  memcpy(warnings.text + warnings.length, piece, length + 1);
  warnings.length += length;
  warnings.continues = continues;
  if (!continues) {
    warnings.length = 0;
    finish_warning(ud, warnings.text);
  }
}

/* --- memory --- */

/* Without argument: bytes and blocks in use, peak. A number sets the limit (0: none). A type: number of its objects. */
static int total_memory(lua_State *L) {
  if (lua_isnone(L, 1)) {
    lua_pushinteger(L, (lua_Integer)t_memory.total);
    lua_pushinteger(L, (lua_Integer)t_memory.blocks);
    lua_pushinteger(L, (lua_Integer)t_memory.peak);
    return 3;
  }
  if (lua_type(L, 1) == LUA_TNUMBER) {
    lua_Integer limit = luaL_checkinteger(L, 1);
    t_memory.limit = limit != 0 ? (size_t)limit : T_NO_LIMIT;
    return 0;
  }
  const char *type = luaL_checkstring(L, 1);
  for (int kind = LUA_NUMTYPES - 1; kind >= 0; kind--) {
    if (strcmp(type, lua_typename(L, kind)) == 0) {
      lua_pushinteger(L, (lua_Integer)t_memory.objects[kind]);
      return 1;
    }
  }
  return luaL_error(L, "unknown type '%s'", type);
}

/* Lets so many requests pass before all are refused; without argument, all pass. */
static int allocation_count(lua_State *L) {
  t_memory.left = lua_isnone(L, 1) ? T_NO_LIMIT : (size_t)luaL_checkinteger(L, 1);
  return 0;
}

static int allocation_fail_next(lua_State *L) {
  (void)L;
  t_memory.fail_next = 1;
  return 0;
}

static void check_all_is_free(void) {
  if (t_memory.blocks != 0 || t_memory.total != 0)
    t_fatal("%zu blocks with %zu bytes were not freed", t_memory.blocks, t_memory.total);
}

/* --- references, upvalues, userdata, numbers --- */

static int reference(lua_State *L) {
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX));
  return 1;
}

static int dereference(lua_State *L) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, luaL_checkinteger(L, 1));
  return 1;
}

static int unreference(lua_State *L) {
  luaL_unref(L, LUA_REGISTRYINDEX, (int)luaL_checkinteger(L, 1));
  return 0;
}

/* An upvalue's value and name; with a third argument, sets it and gives its name. */
static int upvalue(lua_State *L) {
  int n = (int)luaL_checkinteger(L, 2);
  luaL_checktype(L, 1, LUA_TFUNCTION);
  if (!lua_isnone(L, 3)) {
    lua_pushstring(L, lua_setupvalue(L, 1, n));
    return 1;
  }
  const char *name = lua_getupvalue(L, 1, n);
  if (name == NULL) return 0;
  lua_pushstring(L, name);
  return 2;
}

static int new_userdata(lua_State *L) {
  size_t size = (size_t)luaL_optinteger(L, 1, 0);
  void *block = lua_newuserdatauv(L, size, (int)luaL_optinteger(L, 2, 0));
  memset(block, 0, size);
  return 1;
}

static int push_light_userdata(lua_State *L) {
  lua_pushlightuserdata(L, (void *)(uintptr_t)luaL_checkinteger(L, 1));
  return 1;
}

static int userdata_address(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)(uintptr_t)lua_touserdata(L, 1));
  return 1;
}

static int double_to_string(lua_State *L) {
  double d = luaL_checknumber(L, 1);
  lua_pushlstring(L, (const char *)&d, sizeof d);
  return 1;
}

static int string_to_double(lua_State *L) {
  double d;
  memcpy(&d, luaL_checkstring(L, 1), sizeof d);
  lua_pushnumber(L, d);
  return 1;
}

/* --- states and threads --- */

lua_State *t_check_state(lua_State *L) {
  lua_State *state = lua_touserdata(L, 1);
  luaL_argcheck(L, state != NULL, 1, "state expected");
  return state;
}

static int die_of_panic(lua_State *L) {
  const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "error object is not a string";
  fprintf(stderr, "PANIC: unprotected error in call to Lua API (%s)\n", message);
  t_memory.blocks = t_memory.total = 0; /* the state stays open */
  exit(EXIT_FAILURE);
}

lua_State *t_new_state(void) { return lua_newstate(t_alloc, &t_memory); }

static int new_state(lua_State *L) {
  void *ud;
  lua_Alloc alloc = lua_getallocf(L, &ud);
  lua_State *state = lua_newstate(alloc, ud);
  if (state == NULL) {
    lua_pushnil(L);
    return 1;
  }
  lua_atpanic(state, die_of_panic);
  lua_pushlightuserdata(L, state);
  return 1;
}

static int close_state(lua_State *L) {
  lua_close(t_check_state(L));
  return 0;
}

/* Loads 'package' into a state and lets 'require' find the other libraries. */
static int load_libraries(lua_State *L) {
  static const luaL_Reg preloaded[] = {
      {LUA_GNAME, luaopen_base}, {"coroutine", luaopen_coroutine}, {"debug", luaopen_debug}, {"io", luaopen_io},
      {"math", luaopen_math},    {"os", luaopen_os},               {"string", luaopen_string},
      {"table", luaopen_table},  {"T", luaopen_T},                 {NULL, NULL}};
  lua_State *to = t_check_state(L);
  luaL_requiref(to, "package", luaopen_package, 0);
  luaL_requiref(to, "package", NULL, 1); /* loaded already: the null pointer is not called */
  if (!lua_rawequal(to, -1, -2)) t_fatal("luaL_requiref gave another module than the loaded one");
  luaL_getsubtable(to, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(to, preloaded, 0);
  return 0;
}

/* Runs a chunk in another state. Its results as strings, or nil, message and status. */
static int do_remote(lua_State *L) {
  lua_State *to = t_check_state(L);
  size_t length;
  const char *code = luaL_checklstring(L, 2, &length);
  lua_settop(to, 0);
  int status = luaL_loadbuffer(to, code, length, code);
  if (status == LUA_OK) status = lua_pcall(to, 0, LUA_MULTRET, 0);
  if (status != LUA_OK) {
    lua_pushnil(L);
    lua_pushstring(L, lua_tostring(to, -1));
    lua_pushinteger(L, status);
    return 3;
  }
  int results = lua_gettop(to);
  luaL_checkstack(L, results, "too many results");
  for (int i = 1; i <= results; i++) lua_pushstring(L, lua_tostring(to, i));
  lua_settop(to, 0);
  return results;
}

/* Runs a chunk in a new thread; the status. */
static int do_on_new_stack(lua_State *L) {
  lua_State *thread = lua_newthread(L);
  size_t length;
  const char *code = luaL_checklstring(L, 1, &length);
  int status = luaL_loadbuffer(thread, code, length, code);
  if (status == LUA_OK) status = lua_pcall(thread, 0, 0, 0);
  lua_pushinteger(L, status);
  return 1;
}

/* Resumes a coroutine without arguments: true, or false and the message. */
static int resume(lua_State *L) {
  int results;
  lua_State *co = lua_tothread(L, 1);
  luaL_argcheck(L, co != NULL, 1, "coroutine expected");
  int status = lua_resume(co, L, 0, &results);
  int failed = status != LUA_OK && status != LUA_YIELD;
  lua_pushboolean(L, !failed);
  if (!failed) return 1;
  lua_insert(L, -2);
  return 2;
}

/* --- panics --- */

/* Where the panic function of a state goes, and the script that it runs first. */
struct way_back {
  jmp_buf registers;
  lua_State *from;
  const char *script;
};

static const char WAY_BACK[] = "way back";

static int leave_panic(lua_State *L) {
  lua_checkstack(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, WAY_BACK);
  struct way_back *way = lua_touserdata(L, -1);
  lua_pop(L, 1);
  t_run_script(way->from, L, way->script);
  longjmp(way->registers, 1);
}

/* Runs a script unprotected in a new state: "no errors", or the message that the panic function found. */
static int check_panic(lua_State *L) {
  void *ud;
  lua_Alloc alloc = lua_getallocf(L, &ud);
  const char *code = luaL_checkstring(L, 1);
  struct way_back way = {.from = L, .script = luaL_optstring(L, 2, "")};
  lua_State *state = lua_newstate(alloc, ud);
  if (state == NULL) {
    lua_pushnil(L);
    return 1;
  }
  lua_atpanic(state, leave_panic);
  lua_pushlightuserdata(state, &way);
  lua_rawsetp(state, LUA_REGISTRYINDEX, WAY_BACK);
  if (setjmp(way.registers) == 0) {
    t_run_script(L, state, code);
    lua_pushliteral(L, "no errors");
  } else {
    lua_pushstring(L, lua_tostring(state, -1));
  }
  lua_close(state);
  return 1;
}

/* --- the library --- */

static const luaL_Reg functions[] = {
    {"alloccount", allocation_count},
    {"allocfailnext", allocation_fail_next},
    {"checkpanic", check_panic},
    {"closestate", close_state},
    {"d2s", double_to_string},
    {"doonnewstack", do_on_new_stack},
    {"doremote", do_remote},
    {"getref", dereference},
    {"loadlib", load_libraries},
    {"makeCfunc", t_make_function},
    {"newstate", new_state},
    {"newuserdata", new_userdata},
    {"pushuserdata", push_light_userdata},
    {"ref", reference},
    {"resume", resume},
    {"s2d", string_to_double},
    {"sethook", t_set_hook},
    {"testC", t_run_argument},
    {"totalmem", total_memory},
    {"udataval", userdata_address},
    {"unref", unreference},
    {"upvalue", upvalue},
    {NULL, NULL}};

int luaopen_T(lua_State *L) {
  static int is_checked_at_exit = 0;
  void *ud;
  lua_Alloc alloc = lua_getallocf(L, &ud);
  if (alloc != t_alloc || ud != &t_memory) return luaL_error(L, "T works only over its own allocator");
  lua_setallocf(L, alloc, ud);
  lua_atpanic(L, die_of_panic);
  lua_setwarnf(L, receive_warning, L);
  lua_pushboolean(L, 0);
  lua_setglobal(L, "_WARN");
  t_keep_status_names(L);
  if (!is_checked_at_exit) {
    is_checked_at_exit = 1;
    atexit(check_all_is_free);
  }
  luaL_newlib(L, functions);
  t_add_inspectors(L);
  return 1;
}
