/* C functions called from hot loops that do what compiled code does not expect: errors, yields, calls back, a stack that
** moves, collections, looks at the caller. */

#include "test.h"

static lua_Integer calls;

static int at(lua_State *L, lua_Integer n) { return lua_tointeger(L, 1) == n; }

static int fails(lua_State *L) {
  if (at(L, 300)) return luaL_error(L, "at %d", 300);
  if (at(L, 301)) {
    lua_newtable(L);
    return lua_error(L);
  }
  lua_pushinteger(L, 1);
  return 1;
}

static int finish(lua_State *L, int status, lua_KContext ctx) {
  lua_pushinteger(L, status + ctx + lua_gettop(L));
  return 1;
}
static int yields(lua_State *L) {
  if (lua_tointeger(L, 1) % 100 == 0) return lua_yieldk(L, 1, 7, finish);
  return finish(L, 0, 0);
}
static int yields_plainly(lua_State *L) {
  if (lua_tointeger(L, 1) % 100 == 0) return lua_yield(L, 1);
  return 1;
}
static int calls_back(lua_State *L) {
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 1);
  lua_callk(L, 1, 1, 0, finish);
  return 1;
}
static int protects(lua_State *L) {
  int status;
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 1);
  status = lua_pcallk(L, 1, 1, 0, 3, finish);
  lua_pushinteger(L, status);
  return 1;
}
static int grows(lua_State *L) {
  if (lua_tointeger(L, 1) % 50 == 0) {
    luaL_checkstack(L, (int)(10000 + calls++ % 7 * 1000), "grows");
    lua_settop(L, 5000);
    lua_pushinteger(L, 1);
    return 1;
  }
  if (lua_tointeger(L, 1) % 50 == 1) lua_gc(L, LUA_GCCOLLECT);
  lua_pushinteger(L, 2);
  return 1;
}
static int collects(lua_State *L) {
  switch (lua_tointeger(L, 1) % 40) {
    case 0: lua_gc(L, LUA_GCCOLLECT); break;
    case 5: lua_gc(L, LUA_GCSTEP, 10); break;
    case 10: lua_gc(L, LUA_GCGEN, 0, 0); break;
    case 20: lua_gc(L, LUA_GCINC, 0, 0, 0); break;
    case 30: lua_gc(L, LUA_GCSTOP); break;
    case 35: lua_gc(L, LUA_GCRESTART); break;
  }
  lua_pushinteger(L, 1);
  return 1;
}
/* Prints and changes the caller's variables. */
static int looks(lua_State *L) {
  lua_Debug ar;
  const char *name;
  int i;
  if (lua_tointeger(L, 1) % 150 != 0) return 0;
  lua_getstack(L, 1, &ar);
  lua_getinfo(L, "nSlt", &ar);
  printf("line %d, %s:", ar.currentline, ar.what);
  for (i = 1; (name = lua_getlocal(L, &ar, i)) != NULL; i++) {
    printf(" %s=", name);
    show(L, -1);
    if (strcmp(name, "x") == 0) {
      lua_pushnumber(L, 0.5);
      lua_setlocal(L, &ar, i);
    }
    lua_pop(L, 1);
  }
  putchar('\n');
  return 0;
}
static int many(lua_State *L) {
  int i, n = (int)(lua_tointeger(L, 1) % 5);
  for (i = 0; i < n; i++) lua_pushinteger(L, i);
  return n;
}
/* Changes globals, metatables and upvalues of the running program. */
static int meddles(lua_State *L) {
  if (at(L, 300)) {
    lua_pushinteger(L, 1000);
    lua_setglobal(L, "g");
    lua_newtable(L);
    lua_pushcfunction(L, many);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, 2);
    lua_pushnumber(L, 2.5);
    lua_setupvalue(L, 3, 1);
  }
  return 0;
}
static int nested(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int n, status;
  lua_pushvalue(L, 2);
  lua_xmove(L, co, 1);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  status = lua_resume(co, L, 1, &n);
  while (status == LUA_YIELD) {
    lua_pop(co, n);
    status = lua_resume(co, L, 0, &n);
  }
  lua_xmove(co, L, 1);
  return 1;
}
static int returns_own(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

static void functions(lua_State *L) {
  static const luaL_Reg list[] = {{"fails", fails}, {"yields", yields}, {"yields_plainly", yields_plainly}, {"calls_back", calls_back}, {"protects", protects},
                                  {"grows", grows}, {"collects", collects}, {"looks", looks}, {"many", many}, {"meddles", meddles}, {"nested", nested},
                                  {"returns_own", returns_own}, {NULL, NULL}};
  lua_pushglobaltable(L);
  luaL_setfuncs(L, list, 0);
  lua_pop(L, 1);
}

static void errors(lua_State *L) {
  functions(L);
  run_lua(L, "print(pcall(function() local s = 0 for i = 1, 400 do s = s + fails(i) end end))");
  run_lua(L, "print(type(select(2, pcall(function() for i = 301, 1, -1 do fails(i) end end))))");
  run_lua(L, "local n = 0 for i = 1, 600 do local ok, v = pcall(fails, i) if not ok then n = n + 1 end end print(n)");
  run_lua(L, "local function f(i) return fails(i) + 1 end print(xpcall(function() for i = 1, 400 do f(i) end end, debug.traceback))");
  run_lua(L, "for i = 1, 400 do fails(i) end");
}
static void resumes(lua_State *L) {
  functions(L);
  for (calls = 0; calls < 2; calls++) {
    run_lua(L, "local co = coroutine.wrap(function() local s = 0 for i = 1, 400 do s = s + yields(i) end return s end) for j = 1, 5 do print(co(j)) end");
    run_lua(L, "local co = coroutine.wrap(function() local s = 0 for i = 1, 400 do s = s + yields_plainly(i) end return s end) for j = 1, 5 do print(co(j)) end");
    run_lua(L, "local co = coroutine.wrap(function() local s = 0 for i = 1, 400 do s = s + calls_back(i, yields_plainly) + protects(i, yields) end return s end) "
               "local v repeat v = co(3) until v > 400 print(v)");
    run_lua(L, "print(pcall(function() for i = 1, 400 do yields(i) end end))");
    run_lua(L, "local s = 0 for i = 1, 400 do s = s + nested(i, yields) + nested(i, function(x) for j = 1, 10 do x = x + j end return x end) end print(s)");
  }
}
static void back(lua_State *L) {
  functions(L);
  run_lua(L, "local s = 0 for i = 1, 400 do s = s + calls_back(i, function(x) s = s + 1 return x end) end print(s)");
  run_lua(L, "local function f(x) local t = 0 for j = 1, x % 20 do t = t + calls_back(j, math.abs) end return t end local s = 0 for i = 1, 400 do s = s + calls_back(i, f) end print(s)");
  run_lua(L, "local s = 0 for i = 1, 400 do s = s + protects(i, function(x) if x % 90 == 0 then error(x) end return x end) end print(s)");
  run_lua(L, "local s = 0 for i = 1, 400 do s = s + protects(i, error) end print(s)");
  run_lua(L, "local s = 0 for i = 1, 600 do s = s + select('#', many(i)) + #{many(i)} + (many(i) or 10) local a, b = many(i) s = s + (a or 1) + (b or 5) end print(s)");
  run_lua(L, "local s = 0 for i = 1, 400 do s = s + returns_own(i < 300 and i or i + 0.5) end print(s)");
}
static void moving(lua_State *L) {
  functions(L);
  run_lua(L, "local s, up = 0, 0 local function inc() up = up + 1 end for i = 1, 400 do s = s + grows(i) up = up + 1 inc() end print(s, up)");
  run_lua(L, "local function f(i) local a, b = i, grows(i) return a + b end local s = 0 for i = 1, 400 do s = s + f(i) end print(s)");
  run_lua(L, "local s = 0 for i = 1, 400 do local t = setmetatable({i}, {__gc = function() s = s + 1 end}) collects(i) s = s + t[1] end print(s > 80000)");
  run_lua(L, "local w = setmetatable({}, {__mode = 'v'}) for i = 1, 400 do w[i] = {} collects(i) end collectgarbage() print(next(w))");
}
static void watching(lua_State *L) {
  functions(L);
  run_lua(L, "local x = 1\nfor i = 1, 450 do local y = 'a' .. i\n looks(i) x = x + 1 end\nprint(x)");
  run_lua(L, "local function f(i, x) looks(i) local z = x + i return z end\nlocal s = 0 for i = 1, 450 do s = s + f(i, 1) end print(s)");
  run_lua(L, "local i, x = 0, {} while i < 450 do i = i + 1 local q = i looks(q) end print(x)");
  run_lua(L, "g = 1 local up = 1 local f = function() return up end local t = {} local s = 0 for i = 1, 400 do meddles(i, t, f) s = s + g + f() + (t.missing or 0) end print(s)");
}

static const struct test_case cases[] = {
    {"errors", errors}, {"resumes", resumes}, {"back", back}, {"moving", moving}, {"watching", watching}, {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
