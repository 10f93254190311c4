/* Functions that a C host calls, compiled: any number of results, errors, yields, hooks, stacks that move, memory that runs
   out. */

#include "test.h"

static const char *const functions =
    "local point = {}\n"
    "point.__index = point\n"
    "function point:length2() local x, y = self.x, self.y return x * x + y * y end\n"
    "function handle(n) local p = setmetatable({x = n, y = n + 1}, point) local r = p:length2() return r % 1000 end\n"
    "function several(n, a, b) local m = n % 4 if m == 0 then return end if m == 1 then return a end\n"
    "  if m == 2 then return a, b end return a, b, m, n, a, b end\n"
    "function nested(n) local m = n - 1 if m <= 0 then return n end return call(nested, m) + n end\n"
    "function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\n"
    "function uses_fib(n) local m = n % 12 local r = fib(m) return r, m end\n"
    "function tail(n, a) local m = n + 1 return several(m, a, n) end\n"
    "function failing(n) local m = n % 50 if m == 49 then error('at ' .. n) end if m == 48 then return n.x end return m, n end";

static const int counts[] = {0, 1, 2, 5, LUA_MULTRET};

/* Calls of each function, with the sum of what came back. */
static void results(lua_State *L) {
  static const char *const names[] = {"handle", "several", "uses_fib", "tail"};
  size_t f, c;
  run_lua(L, functions);
  for (f = 0; f < sizeof(names) / sizeof(*names); f++)
    for (c = 0; c < sizeof(counts) / sizeof(*counts); c++) {
      lua_Integer sum = 0, nils = 0, values = 0;
      int i, n;
      for (i = 1; i <= 700; i++) {
        lua_getglobal(L, names[f]);
        lua_pushinteger(L, i);
        lua_pushinteger(L, 2 * i);
        lua_pushstring(L, "8");
        lua_call(L, 3, counts[c]);
        n = lua_gettop(L);
        values += n;
        for (; n > 0; n--) {
          if (lua_isnil(L, n)) nils++;
          sum += lua_tointeger(L, n) * n;
        }
        lua_settop(L, 0);
      }
      printf("%s %d: %ld, %ld nil, sum %ld\n", names[f], counts[c], (long)values, (long)nils, (long)sum);
    }
}

static int call(lua_State *L) {
  lua_call(L, lua_gettop(L) - 1, 1);
  return 1;
}

/* C functions between the calls, down to where the nesting of C calls ends. */
static void nesting(lua_State *L) {
  int i;
  run_lua(L, functions);
  lua_register(L, "call", call);
  for (i = 1; i <= 400; i++) {
    lua_getglobal(L, "nested");
    lua_pushinteger(L, i % 260);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK || i % 50 == 0) printf("%d %s\n", i, lua_tostring(L, -1));
    lua_settop(L, 0);
  }
}

static int handler(lua_State *L) {
  luaL_traceback(L, L, lua_tostring(L, 1), 1);
  return 1;
}

static void errors(lua_State *L) {
  int i;
  run_lua(L, functions);
  for (i = 1; i <= 400; i++) {
    int status;
    lua_pushcfunction(L, handler);
    lua_getglobal(L, "failing");
    lua_pushinteger(L, i);
    status = lua_pcall(L, 1, LUA_MULTRET, 1);
    if (status != LUA_OK && i > 340) printf("%d %s\n", status, lua_tostring(L, -1));
    if (lua_gettop(L) != (status == LUA_OK ? 3 : 2)) printf("! %d values\n", lua_gettop(L));
    lua_settop(L, 0);
  }
}

static int rest(lua_State *L, int status, lua_KContext k) {
  lua_pushinteger(L, status);
  lua_pushinteger(L, (lua_Integer)k);
  return lua_gettop(L);
}
static int continued(lua_State *L) {
  int n = lua_gettop(L) - 1;
  lua_callk(L, n, LUA_MULTRET, 7, rest);
  return rest(L, LUA_OK, 7);
}

/* The function yields: from where it was entered natively, too. */
static void yields(lua_State *L) {
  run_lua(L, functions);
  lua_register(L, "continued", continued);
  run_lua(L, "local function f(a, b) local c = a + b if c % 5 == 0 then c = c + coroutine.yield(c) end return c, a end\n"
             "local sum = 0\n"
             "for i = 1, 600 do\n"
             "  local co = coroutine.wrap(continued)\n"
             "  local x, y, status, k = co(f, i, 2)\n"
             "  if not y then x, y, status, k = co(1) end\n"
             "  sum = sum + x + y + status + k\n"
             "end\n"
             "print(sum)");
}

static int events;
static void count(lua_State *L, lua_Debug *ar) {
  (void)L;
  (void)ar;
  events++;
}

/* Set between two calls, and within one. */
static int set_hook(lua_State *L) {
  lua_sethook(L, count, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE, 0);
  return 0;
}
static void hooks(lua_State *L) {
  int i;
  run_lua(L, functions);
  lua_register(L, "set_hook", set_hook);
  run_lua(L, "function hooked(n) local m = n + 1 if m == 500 then set_hook() end m = m * 2 return m - n end");
  for (i = 1; i <= 520; i++) {
    lua_getglobal(L, i % 2 == 0 ? "handle" : "hooked");
    lua_pushinteger(L, i);
    lua_call(L, 1, 1);
    lua_settop(L, 0);
    if (i > 495) printf("%d ", events);
    if (i == 510) lua_sethook(L, NULL, 0, 0);
  }
  printf("\n");
}

/* Another thread for each call, with a stack that is as small as can be. */
static void threads(lua_State *L) {
  lua_Integer sum = 0;
  int i;
  run_lua(L, functions);
  for (i = 1; i <= 500; i++) {
    lua_State *co = lua_newthread(L);
    lua_getglobal(co, i % 2 ? "handle" : "uses_fib");
    lua_pushinteger(co, i);
    lua_call(co, 1, 1);
    sum += lua_tointeger(co, -1);
    lua_settop(L, 0);
  }
  printf("%ld\n", (long)sum);
}

static void limited(lua_State *unused) {
  size_t limit;
  (void)unused;
  for (limit = 1; limit <= 40; limit += 3) {
    struct heap h = {0, 0, -1, 0, 0, 0};
    lua_State *L = lua_newstate(test_alloc, &h);
    int i, failed = 0;
    luaL_openlibs(L);
    run_lua(L, functions);
    run_lua(L, "list = {} function keep(n) local t = {n, n + 1} list[#list + 1] = t return #t end");
    for (i = 1; i <= 900; i++) {
      if (i == 600) h.limit = h.bytes + (limit << 10);
      lua_getglobal(L, "keep");
      lua_pushinteger(L, i);
      if (lua_pcall(L, 1, 1, 0) != LUA_OK) failed++;
      lua_settop(L, 0);
    }
    h.limit = 0;
    luaL_dostring(L, "return #list");
    printf("%ld\n", (long)lua_tointeger(L, -1) + failed);
    lua_close(L);
    printf("left %ld, wrong %ld\n", (long)h.bytes, h.errors);
  }
}

static const struct test_case cases[] = {
    {"results", results}, {"nesting", nesting}, {"errors", errors},   {"yields", yields},
    {"hooks", hooks},     {"threads", threads}, {"limited", limited}, {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
