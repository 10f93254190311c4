/* Calls, protected calls, errors, message handlers, limits of recursion. */

#include "test.h"

static int sum(lua_State *L) {
  int i, n = lua_gettop(L);
  lua_Integer s = 0;
  for (i = 1; i <= n; i++) s += lua_tointeger(L, i);
  lua_settop(L, 0);
  lua_pushinteger(L, s);
  lua_pushinteger(L, n);
  return 2;
}

static int spread(lua_State *L) {
  int i, n = (int)lua_tointeger(L, 1);
  luaL_checkstack(L, n, NULL);
  for (i = 1; i <= n; i++) lua_pushinteger(L, i);
  return n;
}

static void results(lua_State *L) {
  int want;
  for (want = -1; want <= 4; want++) {
    lua_pushliteral(L, "below");
    lua_pushcfunction(L, sum);
    lua_pushinteger(L, 5);
    lua_pushinteger(L, 6);
    lua_call(L, 2, want);
    printf("%d ", want);
    stack(L, "results");
    lua_settop(L, 0);
  }
  lua_pushcfunction(L, spread);
  lua_pushinteger(L, 500);
  lua_call(L, 1, LUA_MULTRET);
  printf("%d\n", lua_gettop(L));
  lua_settop(L, 0);
  run_lua(L, "function f(...) return select('#', ...), ... end");
  lua_getglobal(L, "f");
  lua_pushnil(L);
  lua_pushnil(L);
  printf("%d ", lua_pcall(L, 2, LUA_MULTRET, 0));
  stack(L, "lua");
  lua_settop(L, 0);
  run_lua(L, "return setmetatable({}, {__call = function(self, a) return type(self), a end})");
  lua_pushinteger(L, 3);
  lua_call(L, 1, 2);
  stack(L, "__call");
}

static int raise_string(lua_State *L) {
  return luaL_error(L, "message %s %d", "x", 5);
}
static int raise_table(lua_State *L) {
  lua_newtable(L);
  lua_pushinteger(L, 12);
  lua_setfield(L, -2, "code");
  return lua_error(L);
}
static int raise_nil(lua_State *L) {
  lua_pushnil(L);
  return lua_error(L);
}
static int raise_deep(lua_State *L) {
  int n = (int)lua_tointeger(L, 1);
  if (n == 0) return luaL_error(L, "deep");
  lua_pushcfunction(L, raise_deep);
  lua_pushinteger(L, n - 1);
  lua_call(L, 1, 0);
  return 0;
}

static void protected_calls(lua_State *L) {
  lua_pushliteral(L, "below");
  lua_pushcfunction(L, raise_string);
  printf("%d ", lua_pcall(L, 0, 3, 0));
  stack(L, "string");
  lua_settop(L, 1);
  lua_pushcfunction(L, raise_table);
  lua_pushinteger(L, 1);
  printf("%d ", lua_pcall(L, 1, 0, 0));
  lua_getfield(L, -1, "code");
  stack(L, "table");
  lua_settop(L, 1);
  lua_pushcfunction(L, raise_nil);
  printf("%d ", lua_pcall(L, 0, 0, 0));
  stack(L, "nil");
  lua_settop(L, 1);
  lua_pushcfunction(L, raise_deep);
  lua_pushinteger(L, 50);
  printf("%d ", lua_pcall(L, 1, 0, 0));
  stack(L, "deep");
  lua_settop(L, 1);
  lua_pushinteger(L, 4);
  printf("%d ", lua_pcall(L, 0, 0, 0));
  stack(L, "not a function");
  lua_settop(L, 1);
  run_lua(L, "function lf() local x = nil; return x.y end");
  lua_getglobal(L, "lf");
  printf("%d ", lua_pcall(L, 0, 0, 0));
  stack(L, "lua error");
}

static int handler(lua_State *L) {
  printf("handler: [%d] ", lua_gettop(L));
  show(L, 1);
  printf("\n");
  lua_pushfstring(L, "handled <%s>", lua_tostring(L, 1));
  return 1;
}
static int handler_traceback(lua_State *L) {
  luaL_traceback(L, L, lua_tostring(L, 1), 1);
  return 1;
}
static int handler_failing(lua_State *L) {
  (void)L;
  return luaL_error(L, "handler fails");
}
static int handler_nested(lua_State *L) {
  lua_pushcfunction(L, raise_string);
  printf("inner %d\n", lua_pcall(L, 0, 0, 0));
  return 1;
}
static int nested_pcall(lua_State *L) {
  lua_pushcfunction(L, raise_string);
  printf("nested %d\n", lua_pcall(L, 0, 0, 0));
  lua_pushfstring(L, "outer after %s", lua_tostring(L, -1));
  return lua_error(L);
}

static void handlers(lua_State *L) {
  lua_pushcfunction(L, handler);
  lua_pushcfunction(L, raise_string);
  printf("%d ", lua_pcall(L, 0, 0, 1));
  stack(L, "C");
  lua_settop(L, 1);
  run_lua(L, "function lf() local x; x.y = 1 end function lf2() lf() end");
  lua_getglobal(L, "lf2");
  printf("%d ", lua_pcall(L, 0, 0, -2));
  stack(L, "Lua");
  lua_settop(L, 1);
  lua_pushcfunction(L, nested_pcall);
  printf("%d ", lua_pcall(L, 0, 0, 1));
  stack(L, "nested");
  lua_settop(L, 0);
  lua_pushcfunction(L, handler_traceback);
  lua_getglobal(L, "lf2");
  printf("%d\n", lua_pcall(L, 0, 0, 1));
  printf("%s\n", lua_tostring(L, -1));
  lua_settop(L, 0);
  lua_pushcfunction(L, handler_failing);
  lua_getglobal(L, "lf2");
  printf("%d ", lua_pcall(L, 0, 0, 1));
  stack(L, "failing");
  lua_settop(L, 0);
  lua_pushcfunction(L, handler_nested);
  lua_getglobal(L, "lf2");
  printf("%d ", lua_pcall(L, 0, 0, 1));
  stack(L, "nested in handler");
  lua_settop(L, 0);
  run_lua(L, "print(xpcall(lf, function(m) return 'x: ' .. m end))");
  run_lua(L, "print(xpcall(error, print, 'one'))");
  run_lua(L, "print(select('#', xpcall(function(...) return ... end, print, 1, nil, 3)))");
  run_lua(L, "local function h(m) return m.x end print(xpcall(lf, h))");
}

static int recurse_c(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushinteger(L, lua_tointeger(L, lua_upvalueindex(1)) + 1);
  lua_replace(L, lua_upvalueindex(1));
  lua_getglobal(L, "recurse");
  lua_call(L, 0, 0);
  return 0;
}
static int recurse_pcall(lua_State *L) {
  int n = (int)lua_tointeger(L, 1);
  int status;
  lua_pushcfunction(L, recurse_pcall);
  lua_pushinteger(L, n + 1);
  status = lua_pcall(L, 1, 1, 0);
  if (status != LUA_OK) {
    lua_pushfstring(L, "%d: %s", n, lua_tostring(L, -1));
    if (n > 150) return lua_error(L);
  }
  return 1;
}

static void limits(lua_State *L) {
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, recurse_c, 1);
  lua_setglobal(L, "recurse");
  lua_getglobal(L, "recurse");
  printf("%d ", lua_pcall(L, 0, 0, 0));
  stack(L, "C recursion");
  lua_settop(L, 0);
  lua_pushcfunction(L, recurse_pcall);
  lua_pushinteger(L, 1);
  printf("%d ", lua_pcall(L, 1, 1, 0));
  stack(L, "pcall recursion");
  lua_settop(L, 0);
  run_lua(L, "local function r() return 1 + r() end local ok, m = pcall(r) print(ok, (m:gsub('\\n.*', '')))");
  run_lua(L, "local n = 0 local function r() n = n + 1 r() end print(pcall(r)) print(n > 100000)");
  run_lua(L,
          "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end\n"
          "print(pcall(function() return t[1] end))");
  run_lua(L, "local s = string.rep('(', 300) .. '1' .. string.rep(')', 300) print(load('return ' .. s))");
  run_lua(L,
          "local function h(m) return 1 + h(m) end local ok, m = xpcall(error, h, 'x') print(ok, type(m))");
  run_lua(L, "print(pcall(string.rep, 'x', -1), pcall(string.rep, 'x', 1 << 40, 'abc'))");
}

static int status_body(lua_State *L) {
  printf("status %d yieldable %d\n", lua_status(L), lua_isyieldable(L));
  return 0;
}

static void status(lua_State *L) {
  printf("status %d yieldable %d\n", lua_status(L), lua_isyieldable(L));
  lua_pushcfunction(L, status_body);
  lua_call(L, 0, 0);
  run_lua(L, "print(pcall(coroutine.yield, 1))");
  printf("%d\n", lua_setcstacklimit(L, 400));
}

static int call_in_finalizer(lua_State *L) {
  lua_pushcfunction(L, raise_string);
  printf("pcall in __gc %d\n", lua_pcall(L, 0, 0, 0));
  return luaL_error(L, "from __gc");
}

static void warnf(void *ud, const char *msg, int tocont) {
  (void)ud;
  printf("[warning %s%s]", msg, tocont ? "..." : "");
  if (!tocont) printf("\n");
}

static void errors_in_gc(lua_State *L) {
  lua_setwarnf(L, warnf, NULL);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushcfunction(L, call_in_finalizer);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, 1);
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  lua_warning(L, "one ", 1);
  lua_warning(L, "two", 0);
  run_lua(L, "warn('@on', 'x') warn('a', 'b', 'c')");
  run_lua(L, "setmetatable({}, {__gc = function() error({}) end}) collectgarbage()");
  lua_setwarnf(L, NULL, NULL);
  lua_warning(L, "nobody hears", 0);
}

static const struct test_case cases[] = {
    {"results", results},     {"protected_calls", protected_calls}, {"handlers", handlers}, {"limits", limits},
    {"status", status},       {"errors_in_gc", errors_in_gc},       {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
