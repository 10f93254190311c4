/* Coroutines from C: resume, yield, continuations of every kind, closing. */

#include <dlfcn.h>

#include "test.h"

static int (*closethread)(lua_State *, lua_State *);

static void resume(lua_State *L, lua_State *co, int nargs) {
  int n = -1;
  int status = lua_resume(co, L, nargs, &n);
  printf("resume: %d, %d results, status %d", status, n, lua_status(co));
  if (status == LUA_OK || status == LUA_YIELD) {
    int i;
    for (i = n; i >= 1; i--) {
      putchar(' ');
      show(co, -i);
    }
    lua_pop(co, n);
  } else {
    putchar(' ');
    show(co, -1);
  }
  printf(" left %d\n", lua_gettop(co));
}

static int k_add(lua_State *L, int status, lua_KContext ctx) {
  printf("k: status %d ctx %lld ", status, (long long)ctx);
  stack(L, "stack");
  if (ctx < 3) {
    lua_pushinteger(L, ctx);
    return lua_yieldk(L, 1, ctx + 1, k_add);
  }
  return lua_gettop(L);
}
static int yielder(lua_State *L) {
  stack(L, "yielder");
  return lua_yieldk(L, lua_gettop(L), 1, k_add);
}

static void yieldk(lua_State *L) {
  lua_State *co = lua_newthread(L);
  lua_pushcfunction(co, yielder);
  lua_pushliteral(co, "a");
  lua_pushliteral(co, "b");
  resume(L, co, 2);
  lua_pushliteral(co, "c");
  resume(L, co, 1);
  resume(L, co, 0);
  lua_pushliteral(co, "d");
  resume(L, co, 1);
  resume(L, co, 0);
  lua_pushcfunction(co, yielder);
  resume(L, co, 0);
}

static int plain_yield(lua_State *L) {
  return lua_yield(L, lua_gettop(L));
}

static void yield_without_continuation(lua_State *L) {
  lua_State *co = lua_newthread(L);
  lua_register(L, "yield", plain_yield);
  luaL_loadstring(co, "local a = yield(1, 2) local b, c = yield(a) return b, c, 'end'");
  resume(L, co, 0);
  lua_pushliteral(co, "x");
  resume(L, co, 1);
  lua_pushliteral(co, "y");
  lua_pushliteral(co, "z");
  resume(L, co, 2);
  resume(L, co, 0);
}

static int pcall_k(lua_State *L, int status, lua_KContext ctx) {
  printf("pcall_k: status %d ctx %lld ", status, (long long)ctx);
  stack(L, "stack");
  lua_pushinteger(L, status);
  lua_replace(L, 1);
  return lua_gettop(L);
}
static int pcall_c(lua_State *L) {
  int status;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_pushnil(L);
  lua_insert(L, 1);
  status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 77, pcall_k);
  return pcall_k(L, status, 77);
}
static int call_k(lua_State *L, int status, lua_KContext ctx) {
  printf("call_k: status %d ctx %lld ", status, (long long)ctx);
  stack(L, "stack");
  return lua_gettop(L);
}
static int call_c(lua_State *L) {
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 88, call_k);
  return call_k(L, LUA_OK, 88);
}

static void continuations(lua_State *L) {
  lua_State *co;
  int i;
  static const char *const programs[] = {
      "return cpcall(function(...) local x = yield(...) return 'r', x end, 1, 2)",
      "return cpcall(function(...) local x = yield(...) error('after ' .. tostring(x)) end, 1, 2)",
      "return cpcall(function() error({}) end)",
      "return ccall(function(...) local x = yield(...) return 'r', x end, 1, 2)",
      "return ccall(function(...) local x = yield(...) error('after ' .. tostring(x)) end, 1, 2)",
      "return cpcall(ccall, cpcall, ccall, function() yield('deep') error('deep error') end)",
      "return ccall(cpcall, yield, 'direct')",
      "return pcall(ccall, function() yield('p') error('q') end)",
      "return cpcall(function() local c <close> = setmetatable({}, {__close = function(_, e) yield('closing', e) end}) "
      "yield('body') error('oops') end)",
      "return cpcall(pcall, error, 'e')",
      "return select(2, cpcall(table.sort, {3, 2, 1}, function(a, b) yield('in sort') end))",
      "return cpcall(function() return (string.gsub('abc', '.', function(c) yield(c) end)) end)",
      "return cpcall(load, function() yield('in reader') end)",
      "local t = setmetatable({}, {__index = function(_, k) return yield('index', k) end, __add = function(a, b) return "
      "yield('add', b) end, __lt = function() return yield('lt') end, __concat = function(a, b) return yield('cat', b) end, "
      "__len = function() return yield('len') end, __call = function(_, ...) return yield('call', ...) end, __newindex = "
      "function(_, k, v) yield('newindex', k, v) end, __eq = function() return yield('eq') end}) "
      "local u = setmetatable({}, getmetatable(t)) t.z = 1 "
      "return t.x, t + 1, t < u, 'a' .. t, #t, t(5), t == u",
      "local r = {} for a in function(_, c) return yield('iter', c) end do r[#r + 1] = tostring(a) end return table.concat(r, ',')",
      "return coroutine.wrap(function() return coroutine.isyieldable(), coroutine.running() ~= nil end)()",
      "return require and coroutine.isyieldable()",
  };
  lua_register(L, "yield", plain_yield);
  lua_register(L, "cpcall", pcall_c);
  lua_register(L, "ccall", call_c);
  for (i = 0; i < (int)(sizeof(programs) / sizeof(programs[0])); i++) {
    int turns = 0;
    printf("program %d\n", i);
    co = lua_newthread(L);
    if (luaL_loadstring(co, programs[i]) != LUA_OK) {
      stack(co, "load");
      continue;
    }
    resume(L, co, 0);
    while (lua_status(co) == LUA_YIELD && turns++ < 12) {
      if (turns < 6)
        lua_pushinteger(co, turns * 100);
      else
        lua_pushnil(co);
      resume(L, co, 1);
    }
    lua_pop(L, 1);
  }
}

static int yield_main(lua_State *L) {
  return lua_yield(L, 0);
}
static int call_yield(lua_State *L) {
  lua_pushcfunction(L, plain_yield);
  lua_call(L, 0, 0);
  return 0;
}

static void impossible_yields(lua_State *L) {
  lua_State *co = lua_newthread(L);
  attempt(L, "main", yield_main);
  lua_pushcfunction(co, call_yield);
  resume(L, co, 0);
  stack(co, "after");
}

static void impossible_resumes(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int n;
  lua_pushcfunction(co, plain_yield);
  resume(L, co, 0);
  resume(L, co, 0);
  printf("%d ", lua_resume(co, L, 0, &n));
  stack(co, "dead");
  lua_settop(co, 0);
  printf("%d ", lua_resume(co, L, 0, &n));
  stack(co, "dead again");
  luaL_loadstring(co, "error('x')");
  lua_settop(co, 1);
  lua_replace(co, 1);
  resume(L, co, 0);
  lua_pushinteger(co, 1);
  lua_pushinteger(co, 2);
  printf("%d ", lua_resume(co, L, 2, &n));
  stack(co, "after error");
}

static int resume_self(lua_State *L) {
  int n = 0;
  int status = lua_resume(L, NULL, 0, &n);
  printf("self %d %s\n", status, lua_tostring(L, -1));
  return 0;
}

static void resume_running(lua_State *L) {
  lua_State *co = lua_newthread(L);
  lua_pushcfunction(co, resume_self);
  resume(L, co, 0);
}

static int closer(lua_State *L) {
  printf("close ");
  show(L, 2);
  printf("\n");
  return 0;
}
static int closer_error(lua_State *L) {
  printf("close with error ");
  show(L, 2);
  printf("\n");
  return luaL_error(L, "close failed");
}

static void push_closer(lua_State *L, lua_CFunction f) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushcfunction(L, f);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
}

static int k_nothing(lua_State *L, int status, lua_KContext ctx) {
  (void)ctx;
  printf("continued %d\n", status);
  return lua_gettop(L);
}
static int pending(lua_State *L) {
  lua_settop(L, 0);
  push_closer(L, closer);
  lua_toclose(L, -1);
  push_closer(L, lua_tocfunction(L, lua_upvalueindex(1)));
  lua_toclose(L, -1);
  lua_pushliteral(L, "yielded");
  return lua_yieldk(L, 1, 0, k_nothing);
}

static void closing(lua_State *L) {
  int round;
  for (round = 0; round < 2; round++) {
    lua_State *co = lua_newthread(L);
    int i;
    for (i = 0; i < 4; i++) {
      printf("round %d way %d\n", round, i);
      lua_pushcfunction(co, round ? closer_error : closer);
      lua_pushcclosure(co, pending, 1);
      if (i == 3) break;
      resume(L, co, 0);
      if (i == 0) {
        printf("reset %d ", lua_resetthread(co));
        stack(co, "stack");
      } else if (i == 1) {
        resume(L, co, 0);
        printf("reset %d ", lua_resetthread(co));
        stack(co, "stack");
      } else {
        /* The distribution's library may be older than lua_closethread. */
        printf("closethread %d ", closethread ? closethread(co, L) : lua_resetthread(co));
        stack(co, "stack");
      }
      lua_settop(co, 0);
    }
    printf("never started: %d ", lua_resetthread(co));
    stack(co, "stack");
  }
  run_lua(L,
          "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = function(_, e) "
          "print('lua close', e) end}) coroutine.yield() end)\n"
          "coroutine.resume(co) print(coroutine.close(co), coroutine.status(co))");
  run_lua(L, "local co = coroutine.create(error) coroutine.resume(co, 'e') print(coroutine.close(co))");
}

static void reuse(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int i;
  for (i = 0; i < 3; i++) {
    luaL_loadstring(co, i == 1 ? "error('second')" : "return 'ok', ...");
    lua_pushinteger(co, i);
    resume(L, co, 1);
    if (lua_status(co) != LUA_OK) printf("reset %d\n", lua_resetthread(co));
    lua_settop(co, 0);
  }
}

static int yield_in_close_k(lua_State *L, int status, lua_KContext ctx) {
  (void)L;
  printf("after yield in close: %d %lld\n", status, (long long)ctx);
  return 0;
}
static int yield_in_close(lua_State *L) {
  lua_pushliteral(L, "from close");
  return lua_yieldk(L, 1, 5, yield_in_close_k);
}
static int close_on_return(lua_State *L) {
  push_closer(L, yield_in_close);
  lua_toclose(L, -1);
  push_closer(L, yield_in_close);
  lua_toclose(L, -1);
  lua_pushliteral(L, "result 1");
  lua_pushliteral(L, "result 2");
  return 2;
}

static void yields_in_close(lua_State *L) {
  lua_State *co = lua_newthread(L);
  lua_pushcfunction(co, close_on_return);
  resume(L, co, 0);
  resume(L, co, 0);
  resume(L, co, 0);
  lua_register(L, "f", close_on_return);
  co = lua_newthread(L);
  luaL_loadstring(co, "local a, b, c = f() return a, b, c, select('#', f())");
  while (1) {
    resume(L, co, 0);
    if (lua_status(co) != LUA_YIELD) break;
  }
}

static void data_threads(lua_State *L) {
  lua_State *L1 = lua_newthread(L);
  lua_pushliteral(L1, "kept");
  lua_getglobal(L1, "string");
  lua_getfield(L1, -1, "upper");
  lua_pushliteral(L1, "up");
  lua_call(L1, 1, 1);
  stack(L1, "calls on another thread");
  printf("%d ", lua_pcall(L1, 0, 0, 0));
  stack(L1, "error there");
  lua_gc(L, LUA_GCCOLLECT);
  printf("%s\n", lua_tostring(L1, 1));
}

static int raise_elsewhere(lua_State *L) {
  lua_State *L1 = lua_newthread(L);
  return luaL_error(L1, "raised on another thread");
}

static void foreign_error(lua_State *L) {
  attempt(L, "other thread", raise_elsewhere);
  lua_pushliteral(L, "still works");
  stack(L, "after");
}

static void extra_space(lua_State *L) {
  lua_State *L1;
  memset(lua_getextraspace(L), 0, LUA_EXTRASPACE);
  memcpy(lua_getextraspace(L), "mainthr", 8);
  L1 = lua_newthread(L);
  printf("%s\n", (char *)lua_getextraspace(L1));
  memcpy(lua_getextraspace(L1), "changed", 8);
  printf("%s %s\n", (char *)lua_getextraspace(L), (char *)lua_getextraspace(L1));
  L1 = lua_newthread(L1);
  printf("%s\n", (char *)lua_getextraspace(L1));
}

static void many(lua_State *L) {
  int i;
  for (i = 0; i < 5000; i++) {
    lua_State *co = lua_newthread(L);
    lua_pushcfunction(co, plain_yield);
    lua_pushinteger(co, i);
    {
      int n;
      lua_resume(co, L, 1, &n);
    }
    lua_settop(L, 0);
  }
  lua_gc(L, LUA_GCCOLLECT);
  run_lua(L,
          "local n = 0 for i = 1, 2000 do local co = coroutine.wrap(function(a) local b = coroutine.yield(a) return a + b end) "
          "n = n + co(i) + co(1) end print(n)");
}

static const struct test_case cases[] = {
    {"yieldk", yieldk},
    {"yield_without_continuation", yield_without_continuation},
    {"continuations", continuations},
    {"impossible_yields", impossible_yields},
    {"impossible_resumes", impossible_resumes},
    {"resume_running", resume_running},
    {"closing", closing},
    {"reuse", reuse},
    {"yields_in_close", yields_in_close},
    {"data_threads", data_threads},
    {"foreign_error", foreign_error},
    {"extra_space", extra_space},
    {"many", many},
    {NULL, NULL},
};

int main(void) {
  *(void **)&closethread = dlsym(RTLD_DEFAULT, "lua_closethread");
  run_cases(cases);
  return 0;
}
