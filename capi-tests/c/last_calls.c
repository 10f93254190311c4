/* Errors and yields that are the last thing a C function does, compiled to a jump, so that the function of the library
** stands in its place: from calls, continuations, hooks, metamethods and other threads. The distinction is invisible. */

#pragma GCC optimize("O2")

#include "test.h"

static int fails(lua_State *L) { return luaL_error(L, "number %d", (int)lua_tointeger(L, 1)); }
static int throws(lua_State *L) { return lua_error(L); }
static int yields(lua_State *L) { return lua_yield(L, lua_gettop(L)); }
static int more(lua_State *L, int status, lua_KContext ctx) {
  printf("again: %d %d, %d values\n", status, (int)ctx, lua_gettop(L));
  if (ctx == 3) return lua_error(L);
  return lua_yieldk(L, lua_gettop(L), ctx + 1, more);
}
static int yields_on(lua_State *L) { return lua_yieldk(L, lua_gettop(L), 1, more); }
static int calls_on(lua_State *L) {
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 2, more);
  return more(L, LUA_OK, 2);
}

static void protect(lua_State *L, const char *what, int nargs) {
  printf("%s %d ", what, lua_pcall(L, nargs, LUA_MULTRET, 0));
  stack(L, "stack");
  lua_settop(L, 0);
}

static void errors(lua_State *L) {
  lua_pushcfunction(L, fails);
  lua_pushinteger(L, 7);
  protect(L, "luaL_error", 1);
  lua_pushcfunction(L, throws);
  lua_newtable(L);
  protect(L, "lua_error", 1);
  lua_pushcfunction(L, yields);
  protect(L, "yield outside", 0);
  lua_register(L, "fails", fails);
  lua_register(L, "throws", throws);
  lua_register(L, "yields", yields);
  run_lua(L, "local function f(i) fails(i) end\n"
             "for i = 1, 3 do print(pcall(f, i), pcall(fails, i), pcall(throws, i), pcall(yields)) end\n"
             "print(pcall(setmetatable({}, {__index = throws, __add = fails}).x))\n"
             "print(pcall(function() return setmetatable({}, {__add = throws}) + 5 end))\n"
             "print(pcall(table.sort, {3, 2, 1}, throws), pcall(string.gsub, 'a', 'a', throws))\n"
             "print(select('#', xpcall(throws, fails, 'x')), xpcall(throws, function(m) return m .. '!' end, 'x'))\n"
             "do local c <close> = setmetatable({}, {__close = fails}) end");
}

static void resume(lua_State *L, lua_State *co, int nargs) {
  int n = -1, status = lua_resume(co, L, nargs, &n);
  printf("resume %d, %d results ", status, n);
  stack(co, "stack");
  if (status == LUA_YIELD) lua_pop(co, n);
}

static void continuations(lua_State *L, lua_CFunction f, int times) {
  lua_State *co = lua_newthread(L);
  lua_pushcfunction(co, f);
  lua_pushcfunction(co, yields);
  lua_pushinteger(co, 10);
  resume(L, co, 2);
  while (times-- && lua_status(co) == LUA_YIELD) {
    lua_pushinteger(co, times);
    resume(L, co, 1);
  }
  printf("reset %d\n", lua_resetthread(co));
  lua_settop(L, 0);
}

static void yields_case(lua_State *L) {
  continuations(L, yields, 2);
  continuations(L, yields_on, 5);
  continuations(L, calls_on, 5);
  lua_register(L, "yields", yields);
  lua_register(L, "yields_on", yields_on);
  run_lua(L, "local function plain(v, ...)\n"
             "  if v == nil then return end\n"
             "  return type(v) == 'table' and 'table' or v, plain(...)\n"
             "end\n"
             "local co = coroutine.wrap(function(...)\n"
             "  print(yields(...)) print((yields(1, 2, 3))) yields()\n"
             "  local t = setmetatable({}, {__index = yields, __lt = yields, __concat = yields})\n"
             "  print(t.x == nil, t < t, t .. 'a') for k in yields, 5, 6 do print(k) break end\n"
             "  print(pcall(yields_on, 'on'))\n"
             "  return yields(8)\n"
             "end)\n"
             "for i = 1, 13 do print(i, plain(pcall(co, i, 'arg'))) end\n"
             "print(pcall(table.sort, {3, 2, 1}, yields))\n"
             "print(coroutine.wrap(function() return pcall(table.sort, {3, 2, 1}, yields) end)())");
}

/* The thread that raises is not the one that runs. */
static int throws_elsewhere(lua_State *L) { return lua_error(lua_tothread(L, 1)); }

static void threads(lua_State *L) {
  lua_State *co = lua_newthread(L);
  lua_pushcfunction(L, throws_elsewhere);
  lua_pushvalue(L, 1);
  lua_pushliteral(co, "message");
  printf("elsewhere %d ", lua_pcall(L, 1, LUA_MULTRET, 0));
  show(L, -1);
  printf(" status %d\n", lua_status(co));
}

static void hook(lua_State *L, lua_Debug *ar) {
  if (ar->event == LUA_HOOKCOUNT)
    lua_yield(L, 0);
  else
    luaL_error(L, "line %d", ar->currentline);
}

static void hooks(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int i;
  lua_sethook(co, hook, LUA_MASKCOUNT, 3);
  load_text(co, "local n = 0 for i = 1, 5 do n = n + i end return n", "=counted");
  for (i = 0; i < 20; i++) {
    resume(L, co, 0);
    if (lua_status(co) != LUA_YIELD) break;
  }
  lua_sethook(L, hook, LUA_MASKLINE, 0);
  load_text(L, "\nlocal a = 1", "=lines");
  i = lua_pcall(L, 0, 0, 0);
  lua_sethook(L, NULL, 0, 0);
  printf("hook %d %s\n", i, lua_tostring(L, -1));
}

int main(void) {
  static const struct test_case cases[] = {
      {"errors", errors}, {"yields", yields_case}, {"threads", threads}, {"hooks", hooks}, {NULL, NULL}};
  run_cases(cases);
  return 0;
}
