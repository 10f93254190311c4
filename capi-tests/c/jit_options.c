/* The compiler of traces switched off and on again, by the host and by functions that compiled code calls. */

#include "test.h"

#include "../../include/perilune.h"

static const char *const lists[] = {"off", "on", "hotloop=1,hotexit=1", "-peel,-fold", "", "nonsense,=,on=3", "off", "off", "on"};

static const char *const loops =
    "local s, t = 0, {}\n"
    "for i = 1, 3000 do s = s + i % 7 if i % 3 == 0 then t[#t + 1] = i end end\n"
    "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\n"
    "table.sort(t, function(a, b) local x, y = a % 100, b % 100 if x ~= y then return x < y end return a < b end)\n"
    "local co = coroutine.wrap(function() for i = 1, 500 do coroutine.yield(i) end return 0 end)\n"
    "for i = 1, 500 do s = s + co() end\n"
    "return s + fib(15) + t[10] + t[#t]";

static int change(lua_State *L) {
  perilune_jit(L, luaL_checkstring(L, 1));
  return 0;
}

static void between(lua_State *L) {
  size_t i;
  for (i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
    perilune_jit(L, lists[i]);
    printf("%d", luaL_dostring(L, loops));
    printf(" %lld, %d\n", (long long)lua_tointeger(L, -1), perilune_jit(L, NULL) == perilune_jit(L, ""));
    lua_settop(L, 0);
  }
}

/* A loop, a function that calls itself, a comparison and a coroutine that change the settings while they are compiled. */
static const char *const within[] = {
    "local s = 0 for i = 1, 5000 do s = s + i % 5 if i % 999 == 0 then change(i % 2 == 0 and 'off' or 'on') end end return s",
    "local function deep(n) if n == 0 then change('off') return 0 end return deep(n - 1) + 1 end\n"
    "local s = 0 for i = 1, 300 do s = s + deep(20) if i % 50 == 0 then change('on') end end return s",
    "local t, n = {}, 0 for i = 1, 500 do t[i] = i * 7919 % 1009 end\n"
    "table.sort(t, function(a, b) n = n + 1 if n % 300 == 0 then change(n % 600 == 0 and 'on' or 'off') end\n"
    "  local x, y = a % 10, b % 10 if x ~= y then return x < y end return a < b end)\n"
    "return t[1] + t[250] * 3",
    "local s = 0 local co = coroutine.wrap(function() for i = 1, 2000 do s = s + i\n"
    "  if i % 100 == 0 then change(i % 200 == 0 and 'off' or 'on') coroutine.yield() end end end)\n"
    "for i = 1, 20 do co() for j = 1, 300 do s = s + j end end return s",
    "local m = setmetatable({}, {__index = function(t, k) if k % 400 == 0 then change(k % 800 == 0 and 'on' or 'off') end\n"
    "  return k * 2 end}) local s = 0 for i = 1, 4000 do s = s + m[i] end return s",
    "local s = 0 for i = 1, 2000 do local ok, e = pcall(function() if i % 77 == 0 then change('off') error(i) end return i end)\n"
    "  if not ok then change('on') s = s + 1 end s = s + i end return s",
};

static void inside(lua_State *L) {
  size_t i;
  lua_register(L, "change", change);
  for (i = 0; i < sizeof(within) / sizeof(*within); i++) {
    int status;
    perilune_jit(L, "on");
    status = luaL_dostring(L, within[i]);
    printf("%d %s\n", status, lua_tostring(L, -1));
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT);
  }
}

/* A hook and a finalizer change them, too. */
static void hook(lua_State *L, lua_Debug *ar) {
  static int calls;
  (void)ar;
  perilune_jit(L, ++calls % 2 ? "off" : "on");
}

static void hooked(lua_State *L) {
  lua_sethook(L, hook, LUA_MASKCOUNT, 1000);
  printf("%d", luaL_dostring(L, loops));
  printf(" %lld\n", (long long)lua_tointeger(L, -1));
  lua_sethook(L, NULL, 0, 0);
  lua_register(L, "change", change);
  printf("%d", luaL_dostring(L, "local n, s = 0, 0 for i = 1, 20000 do\n"
                                "  local t = {} if i % 100 == 0 then setmetatable(t, {__gc = function()\n"
                                "    n = n + 1 change(n % 2 == 0 and 'on' or 'off') end}) end s = s + #t + i end\n"
                                "return s"));
  printf(" %lld\n", (long long)lua_tointeger(L, -1));
}

static const struct test_case cases[] = {
    {"between", between},
    {"inside", inside},
    {"hooked", hooked},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
