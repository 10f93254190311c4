/* Misuse of the API, each in a process of its own, with libraries that check it: each must abort with a message that
** has the reason. PUC's assertions name an internal function and end in '&& "reason"' failed'; ours say
** 'function: reason', and the function must be the one that was called. */

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

struct misuse {
  const char *function;
  lua_CFunction run; /* in a fresh frame of a C function, with the number 1 as its argument */
};

static int returns(lua_State *L) {
  (void)L;
  return 0;
}
static int k_returns(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  (void)ctx;
  return lua_gettop(L);
}
static int writes(lua_State *L, const void *p, size_t n, void *ud) {
  (void)L;
  (void)p;
  (void)n;
  (void)ud;
  return 0;
}
static void fill(lua_State *L) {
  int i;
  for (i = 0; i < LUA_MINSTACK; i++) lua_pushinteger(L, i);
}
static void push_udata(lua_State *L) {
  lua_newuserdatauv(L, 1, 1);
}
static void push_closing(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushcfunction(L, returns);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
}
static void push_lua(lua_State *L) {
  luaL_loadstring(L, "return x");
}

#define MISUSE(name, code)            \
  static int name(lua_State *L) {     \
    code;                             \
    return 0;                         \
  }

/* An index beyond the frame, a negative one below it, an upvalue that cannot be. */
#define INDEXED(f, before, call)                                                            \
  MISUSE(f##_high, before; int idx = 200; call)                                             \
  MISUSE(f##_low, before; int idx = -200; call)                                             \
  MISUSE(f##_zero, before; int idx = 0; call)                                               \
  MISUSE(f##_upvalue, before; int idx = lua_upvalueindex(300); call)
#define INDEXED_ENTRIES(f) {#f, f##_high}, {#f, f##_low}, {#f, f##_zero}, {#f, f##_upvalue}

INDEXED(lua_type, , lua_type(L, idx))
INDEXED(lua_isnumber, , lua_isnumber(L, idx))
INDEXED(lua_isstring, , lua_isstring(L, idx))
INDEXED(lua_iscfunction, , lua_iscfunction(L, idx))
INDEXED(lua_isinteger, , lua_isinteger(L, idx))
INDEXED(lua_isuserdata, , lua_isuserdata(L, idx))
INDEXED(lua_tonumberx, , lua_tonumberx(L, idx, NULL))
INDEXED(lua_tointegerx, , lua_tointegerx(L, idx, NULL))
INDEXED(lua_toboolean, , lua_toboolean(L, idx))
INDEXED(lua_tolstring, , lua_tolstring(L, idx, NULL))
INDEXED(lua_rawlen, , lua_rawlen(L, idx))
INDEXED(lua_tocfunction, , lua_tocfunction(L, idx))
INDEXED(lua_touserdata, , lua_touserdata(L, idx))
INDEXED(lua_tothread, , lua_tothread(L, idx))
INDEXED(lua_topointer, , lua_topointer(L, idx))
INDEXED(lua_rawequal, , lua_rawequal(L, 1, idx))
INDEXED(lua_compare, , lua_compare(L, idx, 1, LUA_OPEQ))
INDEXED(lua_pushvalue, , lua_pushvalue(L, idx))
INDEXED(lua_copy, , lua_copy(L, idx, 1))
INDEXED(lua_getfield, , lua_getfield(L, idx, "x"))
INDEXED(lua_geti, , lua_geti(L, idx, 1))
INDEXED(lua_gettable, , lua_gettable(L, idx))
INDEXED(lua_setfield, , lua_setfield(L, idx, "x"))
INDEXED(lua_seti, , lua_seti(L, idx, 1))
INDEXED(lua_settable, lua_pushnil(L), lua_settable(L, idx))
INDEXED(lua_rawget, , lua_rawget(L, idx))
INDEXED(lua_rawgeti, , lua_rawgeti(L, idx, 1))
INDEXED(lua_rawgetp, , lua_rawgetp(L, idx, NULL))
INDEXED(lua_rawset, lua_pushnil(L), lua_rawset(L, idx))
INDEXED(lua_rawseti, , lua_rawseti(L, idx, 1))
INDEXED(lua_rawsetp, , lua_rawsetp(L, idx, NULL))
INDEXED(lua_getmetatable, , lua_getmetatable(L, idx))
INDEXED(lua_setmetatable, lua_newtable(L), lua_setmetatable(L, idx))
INDEXED(lua_getiuservalue, , lua_getiuservalue(L, idx, 1))
INDEXED(lua_setiuservalue, , lua_setiuservalue(L, idx, 1))
INDEXED(lua_next, , lua_next(L, idx))
INDEXED(lua_len, , lua_len(L, idx))
INDEXED(lua_getupvalue, , lua_getupvalue(L, idx, 1))
INDEXED(lua_setupvalue, , lua_setupvalue(L, idx, 1))
INDEXED(lua_upvalueid, , lua_upvalueid(L, idx, 1))
INDEXED(lua_upvaluejoin, , lua_upvaluejoin(L, idx, 1, idx, 1))
INDEXED(luaL_checkinteger, , luaL_checkinteger(L, idx))
INDEXED(luaL_optinteger, , luaL_optinteger(L, idx, 1))
INDEXED(luaL_checknumber, , luaL_checknumber(L, idx))
INDEXED(luaL_optnumber, , luaL_optnumber(L, idx, 1))
INDEXED(luaL_checklstring, , luaL_checklstring(L, idx, NULL))
INDEXED(luaL_optlstring, , luaL_optlstring(L, idx, "x", NULL))
INDEXED(luaL_checktype, , luaL_checktype(L, idx, LUA_TNIL))
INDEXED(luaL_checkany, , luaL_checkany(L, idx))
INDEXED(luaL_testudata, , luaL_testudata(L, idx, "x"))
INDEXED(luaL_checkudata, , luaL_checkudata(L, idx, "x"))
INDEXED(luaL_checkoption, , luaL_checkoption(L, idx, NULL, (const char *const[]){NULL}))
INDEXED(luaL_len, , luaL_len(L, idx))
INDEXED(luaL_getmetafield, , luaL_getmetafield(L, idx, "x"))

MISUSE(tolstring_high, luaL_tolstring(L, 200, NULL))
MISUSE(tolstring_low, luaL_tolstring(L, -200, NULL))

/* Indices that must be in the stack. */
MISUSE(rotate_high, lua_rotate(L, 5, 1))
MISUSE(rotate_low, lua_rotate(L, -5, 1))
MISUSE(rotate_pseudo, lua_rotate(L, LUA_REGISTRYINDEX, 1))
MISUSE(rotate_far, lua_rotate(L, 1, 2))
MISUSE(copy_to_nothing, lua_copy(L, 1, 5))
MISUSE(toclose_pseudo, lua_toclose(L, LUA_REGISTRYINDEX))
MISUSE(toclose_high, lua_toclose(L, 9))
MISUSE(toclose_below, push_closing(L); push_closing(L); lua_toclose(L, -1); lua_toclose(L, -2))
MISUSE(closeslot_nothing, lua_closeslot(L, 1))
MISUSE(closeslot_other, push_closing(L); lua_toclose(L, -1); lua_closeslot(L, 1))

/* Not enough values. */
MISUSE(xmove_many, lua_xmove(L, lua_newthread(L), 3))
MISUSE(arith_one, lua_arith(L, LUA_OPADD))
MISUSE(arith_none, lua_settop(L, 0); lua_arith(L, LUA_OPUNM))
MISUSE(concat_many, lua_concat(L, 2))
MISUSE(closure_many, lua_pushcclosure(L, returns, 2))
MISUSE(settable_one, lua_settable(L, LUA_REGISTRYINDEX))
MISUSE(setfield_none, lua_settop(L, 0); lua_setfield(L, LUA_REGISTRYINDEX, "x"))
MISUSE(seti_none, lua_settop(L, 0); lua_seti(L, LUA_REGISTRYINDEX, 1))
MISUSE(setglobal_none, lua_settop(L, 0); lua_setglobal(L, "x"))
MISUSE(rawset_one, lua_rawset(L, LUA_REGISTRYINDEX))
MISUSE(rawseti_none, lua_settop(L, 0); lua_rawseti(L, LUA_REGISTRYINDEX, 1))
MISUSE(rawsetp_none, lua_settop(L, 0); lua_rawsetp(L, LUA_REGISTRYINDEX, L))
MISUSE(rawget_none, lua_settop(L, 0); lua_rawget(L, LUA_REGISTRYINDEX))
MISUSE(setmetatable_none, lua_settop(L, 0); lua_setmetatable(L, LUA_REGISTRYINDEX))
MISUSE(setiuservalue_none, lua_settop(L, 0); lua_setiuservalue(L, LUA_REGISTRYINDEX, 1))
MISUSE(next_none, lua_settop(L, 0); lua_next(L, LUA_REGISTRYINDEX))
MISUSE(call_many, lua_call(L, 1, 0))
MISUSE(pcall_many, lua_pcall(L, 1, 0, 0))
MISUSE(error_none, lua_settop(L, 0); lua_error(L))
MISUSE(dump_none, lua_settop(L, 0); lua_dump(L, writes, NULL, 0))
MISUSE(setupvalue_none, lua_settop(L, 0); lua_setupvalue(L, lua_upvalueindex(1), 1))
MISUSE(resume_none, int n; lua_resume(lua_newthread(L), L, 3, &n))
static int yields_many(lua_State *L) {
  return lua_yield(L, 5);
}
MISUSE(yield_many, int n; lua_State *co = lua_newthread(L); lua_pushcfunction(co, yields_many); lua_resume(co, L, 0, &n))

/* No room. */
MISUSE(full_nil, fill(L); lua_pushnil(L))
MISUSE(full_number, fill(L); lua_pushnumber(L, 1))
MISUSE(full_integer, fill(L); lua_pushinteger(L, 1))
MISUSE(full_boolean, fill(L); lua_pushboolean(L, 1))
MISUSE(full_light, fill(L); lua_pushlightuserdata(L, L))
MISUSE(full_thread, fill(L); lua_pushthread(L))
MISUSE(full_lstring, fill(L); lua_pushlstring(L, "x", 1))
MISUSE(full_string, fill(L); lua_pushstring(L, "x"))
MISUSE(full_closure, fill(L); lua_pushcfunction(L, returns))
MISUSE(full_value, fill(L); lua_pushvalue(L, 1))
MISUSE(full_global, fill(L); lua_getglobal(L, "x"))
MISUSE(full_getfield, fill(L); lua_getfield(L, LUA_REGISTRYINDEX, "x"))
MISUSE(full_geti, fill(L); lua_geti(L, LUA_REGISTRYINDEX, 1))
MISUSE(full_rawgeti, fill(L); lua_rawgeti(L, LUA_REGISTRYINDEX, 1))
MISUSE(full_rawgetp, fill(L); lua_rawgetp(L, LUA_REGISTRYINDEX, L))
MISUSE(full_table, fill(L); lua_newtable(L))
MISUSE(full_userdata, fill(L); lua_newuserdatauv(L, 1, 0))
MISUSE(full_newthread, fill(L); lua_newthread(L))
MISUSE(full_metatable, push_closing(L); lua_replace(L, 1); fill(L); lua_getmetatable(L, 1))
MISUSE(full_uservalue, push_udata(L); lua_replace(L, 1); fill(L); lua_getiuservalue(L, 1, 1))
MISUSE(full_len, fill(L); lua_len(L, LUA_REGISTRYINDEX))
MISUSE(full_concat, fill(L); lua_concat(L, 0))
MISUSE(full_numeral, fill(L); lua_stringtonumber(L, "1"))
MISUSE(full_next, fill(L); lua_pop(L, 1); lua_pushnil(L); lua_next(L, LUA_REGISTRYINDEX))
MISUSE(full_unary, fill(L); lua_arith(L, LUA_OPUNM))
MISUSE(full_upvalue, push_lua(L); lua_replace(L, 1); fill(L); lua_getupvalue(L, 1, 1))
MISUSE(full_xmove, lua_State *to = lua_newthread(L); int i; for (i = 0; i < LUA_MINSTACK; i++) lua_pushnil(to); lua_pushnil(L); lua_xmove(L, to, 1))

/* Invalid values. */
MISUSE(settop_large, lua_settop(L, 100))
MISUSE(settop_low, lua_settop(L, -5))
MISUSE(checkstack_negative, lua_checkstack(L, -1))
MISUSE(typename_invalid, lua_typename(L, 17))
MISUSE(typename_low, lua_typename(L, -2))
MISUSE(compare_invalid, lua_compare(L, 1, 1, 9))
MISUSE(closure_upvalues, lua_checkstack(L, 300); lua_settop(L, 290); lua_pushcclosure(L, returns, 280))
MISUSE(uservalues_negative, lua_newuserdatauv(L, 1, -1))
MISUSE(uservalues_many, lua_newuserdatauv(L, 1, 40000))
MISUSE(setmetatable_number, lua_pushinteger(L, 1); lua_setmetatable(L, 1))
MISUSE(rawget_number, lua_pushnil(L); lua_rawget(L, 1))
MISUSE(rawgeti_number, lua_rawgeti(L, 1, 1))
MISUSE(rawgetp_number, lua_rawgetp(L, 1, L))
MISUSE(rawset_number, lua_pushnil(L); lua_pushnil(L); lua_rawset(L, 1))
MISUSE(rawseti_number, lua_pushnil(L); lua_rawseti(L, 1, 1))
MISUSE(rawsetp_number, lua_pushnil(L); lua_rawsetp(L, 1, L))
MISUSE(next_number, lua_pushnil(L); lua_next(L, 1))
MISUSE(getuservalue_number, lua_getiuservalue(L, 1, 1))
MISUSE(setuservalue_number, lua_pushnil(L); lua_setiuservalue(L, 1, 1))
MISUSE(upvalueid_number, lua_upvalueid(L, 1, 1))
MISUSE(join_number, lua_upvaluejoin(L, 1, 1, 1, 1))
MISUSE(join_c, lua_pushcfunction(L, returns); lua_upvaluejoin(L, -1, 1, -1, 1))
MISUSE(join_missing, push_lua(L); lua_upvaluejoin(L, -1, 1, -1, 2))
MISUSE(pcall_handler, lua_pushcfunction(L, returns); lua_pcall(L, 0, 0, 1))
MISUSE(call_results, lua_pushcfunction(L, returns); lua_call(L, 0, 100))
MISUSE(pcall_results, lua_pushcfunction(L, returns); lua_pcall(L, 0, 100, 0))
MISUSE(getinfo_number, lua_Debug ar; lua_getinfo(L, ">S", &ar))
MISUSE(xmove_states, lua_State *other = luaL_newstate(); lua_xmove(L, other, 1))
static int yields(lua_State *L) {
  return lua_yield(L, 0);
}
MISUSE(call_suspended, int n; lua_State *co = lua_newthread(L); lua_pushcfunction(co, yields); lua_resume(co, L, 0, &n);
       lua_pushcfunction(co, returns); lua_call(co, 0, 0))
MISUSE(pcall_suspended, int n; lua_State *co = lua_newthread(L); lua_pushcfunction(co, yields); lua_resume(co, L, 0, &n);
       lua_pushcfunction(co, returns); lua_pcall(co, 0, 0, 0))
static void hook_callk(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_pushcfunction(L, returns);
  lua_callk(L, 0, 0, 0, k_returns);
}
static void hook_pcallk(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_pushcfunction(L, returns);
  lua_pcallk(L, 0, 0, 0, 0, k_returns);
}
static void hook_yields(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_pushnil(L);
  lua_yield(L, 1);
}
static void hook_yieldk(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_yieldk(L, 0, 0, k_returns);
}
static int in_hook(lua_State *L, lua_Hook hook) {
  int n;
  lua_State *co = lua_newthread(L);
  push_lua(co);
  lua_sethook(co, hook, LUA_MASKCOUNT, 1);
  return lua_resume(co, L, 0, &n);
}
MISUSE(callk_in_hook, in_hook(L, hook_callk))
MISUSE(pcallk_in_hook, in_hook(L, hook_pcallk))
MISUSE(yield_in_hook, in_hook(L, hook_yields))
MISUSE(yieldk_in_hook, in_hook(L, hook_yieldk))
static int returns_many(lua_State *L) {
  lua_settop(L, 0);
  return 3;
}

static const struct misuse misuses[] = {
    INDEXED_ENTRIES(lua_type), INDEXED_ENTRIES(lua_isnumber), INDEXED_ENTRIES(lua_isstring), INDEXED_ENTRIES(lua_iscfunction),
    INDEXED_ENTRIES(lua_isinteger), INDEXED_ENTRIES(lua_isuserdata), INDEXED_ENTRIES(lua_tonumberx), INDEXED_ENTRIES(lua_tointegerx),
    INDEXED_ENTRIES(lua_toboolean), INDEXED_ENTRIES(lua_tolstring), INDEXED_ENTRIES(lua_rawlen), INDEXED_ENTRIES(lua_tocfunction),
    INDEXED_ENTRIES(lua_touserdata), INDEXED_ENTRIES(lua_tothread), INDEXED_ENTRIES(lua_topointer), INDEXED_ENTRIES(lua_rawequal),
    INDEXED_ENTRIES(lua_compare), INDEXED_ENTRIES(lua_pushvalue), INDEXED_ENTRIES(lua_copy), INDEXED_ENTRIES(lua_getfield),
    INDEXED_ENTRIES(lua_geti), INDEXED_ENTRIES(lua_gettable), INDEXED_ENTRIES(lua_setfield), INDEXED_ENTRIES(lua_seti),
    INDEXED_ENTRIES(lua_settable), INDEXED_ENTRIES(lua_rawget), INDEXED_ENTRIES(lua_rawgeti), INDEXED_ENTRIES(lua_rawgetp),
    INDEXED_ENTRIES(lua_rawset), INDEXED_ENTRIES(lua_rawseti), INDEXED_ENTRIES(lua_rawsetp), INDEXED_ENTRIES(lua_getmetatable),
    INDEXED_ENTRIES(lua_setmetatable), INDEXED_ENTRIES(lua_getiuservalue), INDEXED_ENTRIES(lua_setiuservalue), INDEXED_ENTRIES(lua_next),
    INDEXED_ENTRIES(lua_len), INDEXED_ENTRIES(lua_getupvalue), INDEXED_ENTRIES(lua_setupvalue), INDEXED_ENTRIES(lua_upvalueid),
    INDEXED_ENTRIES(lua_upvaluejoin), INDEXED_ENTRIES(luaL_checkinteger), INDEXED_ENTRIES(luaL_optinteger), INDEXED_ENTRIES(luaL_checknumber),
    INDEXED_ENTRIES(luaL_optnumber), INDEXED_ENTRIES(luaL_checklstring), INDEXED_ENTRIES(luaL_optlstring), INDEXED_ENTRIES(luaL_checktype),
    INDEXED_ENTRIES(luaL_checkany), INDEXED_ENTRIES(luaL_testudata), INDEXED_ENTRIES(luaL_checkudata), INDEXED_ENTRIES(luaL_checkoption),
    INDEXED_ENTRIES(luaL_len), INDEXED_ENTRIES(luaL_getmetafield),
    {"luaL_tolstring", tolstring_high}, {"luaL_tolstring", tolstring_low}, {"lua_rotate", rotate_high}, {"lua_rotate", rotate_low}, {"lua_rotate", rotate_pseudo}, {"lua_rotate", rotate_far},
    {"lua_copy", copy_to_nothing}, {"lua_toclose", toclose_pseudo}, {"lua_toclose", toclose_high}, {"lua_toclose", toclose_below},
    {"lua_closeslot", closeslot_nothing}, {"lua_closeslot", closeslot_other},
    {"lua_xmove", xmove_many}, {"lua_arith", arith_one}, {"lua_arith", arith_none}, {"lua_concat", concat_many},
    {"lua_pushcclosure", closure_many}, {"lua_settable", settable_one}, {"lua_setfield", setfield_none},
    {"lua_seti", seti_none}, {"lua_setglobal", setglobal_none}, {"lua_rawset", rawset_one}, {"lua_rawseti", rawseti_none},
    {"lua_rawsetp", rawsetp_none}, {"lua_rawget", rawget_none}, {"lua_setmetatable", setmetatable_none},
    {"lua_setiuservalue", setiuservalue_none}, {"lua_next", next_none}, {"lua_callk", call_many}, {"lua_pcallk", pcall_many},
    {"lua_error", error_none}, {"lua_dump", dump_none}, {"lua_setupvalue", setupvalue_none}, {"lua_resume", resume_none},
    {"lua_yieldk", yield_many},
    {"lua_pushnil", full_nil}, {"lua_pushnumber", full_number}, {"lua_pushinteger", full_integer}, {"lua_pushboolean", full_boolean},
    {"lua_pushlightuserdata", full_light}, {"lua_pushthread", full_thread}, {"lua_pushlstring", full_lstring}, {"lua_pushstring", full_string},
    {"lua_pushcclosure", full_closure}, {"lua_pushvalue", full_value}, {"lua_getglobal", full_global},
    {"lua_getfield", full_getfield}, {"lua_geti", full_geti}, {"lua_rawgeti", full_rawgeti}, {"lua_rawgetp", full_rawgetp},
    {"lua_createtable", full_table}, {"lua_newuserdatauv", full_userdata}, {"lua_newthread", full_newthread},
    {"lua_getmetatable", full_metatable}, {"lua_getiuservalue", full_uservalue}, {"lua_len", full_len}, {"lua_concat", full_concat},
    {"lua_stringtonumber", full_numeral}, {"lua_next", full_next}, {"lua_arith", full_unary}, {"lua_getupvalue", full_upvalue},
    {"lua_xmove", full_xmove},
    {"lua_settop", settop_large}, {"lua_settop", settop_low}, {"lua_checkstack", checkstack_negative}, {"lua_typename", typename_invalid},
    {"lua_typename", typename_low}, {"lua_compare", compare_invalid}, {"lua_pushcclosure", closure_upvalues},
    {"lua_newuserdatauv", uservalues_negative}, {"lua_newuserdatauv", uservalues_many}, {"lua_setmetatable", setmetatable_number},
    {"lua_rawget", rawget_number}, {"lua_rawgeti", rawgeti_number}, {"lua_rawgetp", rawgetp_number}, {"lua_rawset", rawset_number},
    {"lua_rawseti", rawseti_number}, {"lua_rawsetp", rawsetp_number}, {"lua_next", next_number}, {"lua_getiuservalue", getuservalue_number},
    {"lua_setiuservalue", setuservalue_number}, {"lua_upvalueid", upvalueid_number}, {"lua_upvaluejoin", join_number},
    {"lua_upvaluejoin", join_c}, {"lua_upvaluejoin", join_missing}, {"lua_pcallk", pcall_handler}, {"lua_callk", call_results},
    {"lua_pcallk", pcall_results}, {"lua_getinfo", getinfo_number}, {"lua_xmove", xmove_states}, {"lua_callk", call_suspended},
    {"lua_pcallk", pcall_suspended}, {"lua_callk", callk_in_hook}, {"lua_pcallk", pcallk_in_hook}, {"lua_yieldk", yield_in_hook},
    {"lua_yieldk", yieldk_in_hook}, {"lua_CFunction", returns_many},
};

/* Prints the function and the reason that a message on stderr tells. */
static void report(const char *function, char *message) {
  char *reason = strstr(message, "&& \"");
  if (reason) { /* assertion of the C library */
    reason += 4;
    *strrchr(message, '"') = '\0';
  } else if (strstr(message, "Assertion `")) {
    reason = message;
  } else {
    reason = strstr(message, ": ");
    if (!reason) reason = message; else { *reason = '\0'; reason += 2; function = message; }
    reason[strcspn(reason, "\n")] = '\0';
  }
  printf("%s: %s\n", function, reason);
}

/* 0 if nothing noticed the misuse. */
static int run_misuse(int i) {
  int ends[2], status;
  char message[2000];
  size_t n = 0;
  ssize_t got;
  pid_t child;
  fflush(stdout);
  if (pipe(ends) != 0) exit(1);
  child = fork();
  if (child == 0) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    dup2(ends[1], 2);
    lua_pushcfunction(L, misuses[i].run);
    lua_pushinteger(L, 1);
    lua_pcall(L, 1, 0, 0);
    _exit(0);
  }
  close(ends[1]);
  while ((got = read(ends[0], message + n, sizeof(message) - 1 - n)) > 0) n += (size_t)got;
  message[n] = '\0';
  close(ends[0]);
  waitpid(child, &status, 0);
  printf("# %s.%d\n", misuses[i].function, i);
  if (!WIFSIGNALED(status))
    printf("%s: no check\n", misuses[i].function);
  else if (WTERMSIG(status) != SIGABRT)
    printf("%s: signal %d\n", misuses[i].function, WTERMSIG(status));
  else
    report(misuses[i].function, message);
  return WIFSIGNALED(status);
}

int main(void) {
  int i, unnoticed = 0;
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (i = 0; i < (int)(sizeof(misuses) / sizeof(misuses[0])); i++) unnoticed += !run_misuse(i);
  return unnoticed != 0;
}
