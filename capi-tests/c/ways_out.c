/* Every way out of every boundary between C and Lua: errors and yields out of functions, continuations, hooks, readers,
** writers, finalizers, closing methods, message handlers, and the panic function. */

#include <setjmp.h>

#include "test.h"

static void outcome(lua_State *L, const char *what, int status) {
  printf("%s: %d, ", what, status);
  stack(L, "stack");
  lua_settop(L, 0);
}

/* Raises the error that upvalue 1 selects. */
static int thrower(lua_State *L) {
  switch (lua_tointeger(L, lua_upvalueindex(1))) {
    case 0: return luaL_error(L, "text %d", 1);
    case 1: lua_newtable(L); return lua_error(L);
    case 2: lua_pushnil(L); return lua_error(L);
    case 3: lua_pushinteger(L, 42); return lua_error(L);
    case 4: lua_pushlightuserdata(L, NULL); return lua_error(L);
    case 5: return luaL_argerror(L, 2, "argument");
    case 6: return luaL_typeerror(L, 1, "wanted");
    case 7: luaL_checkinteger(L, 1); return 0;
    case 8: luaL_checkstack(L, 2000000, "room"); return 0;
    case 9: lua_pushliteral(L, "x"); lua_arith(L, LUA_OPUNM); return 0;
    case 10: lua_pushnil(L); lua_pushnil(L); lua_concat(L, 2); return 0;
    case 11: lua_pushnil(L); lua_call(L, 0, 0); return 0;
    case 12: lua_pushnil(L); lua_getfield(L, -1, "field"); return 0;
    case 13: lua_pushnil(L); lua_pushnil(L); lua_setfield(L, -2, "field"); return 0;
    case 14: lua_newtable(L); lua_pushnil(L); lua_pushnil(L); lua_settable(L, -3); return 0;
    case 15: lua_pushnil(L); lua_pushinteger(L, 1); lua_compare(L, -1, -2, LUA_OPLT); return 0;
    case 16: lua_pushnil(L); lua_len(L, -1); return 0;
    case 17: lua_newtable(L); lua_pushliteral(L, "no key"); lua_next(L, -2); return 0;
    case 18: lua_pushinteger(L, 1); lua_toclose(L, -1); return 0;
    case 19: return luaL_checkoption(L, 1, "other", (const char *const[]){"one", NULL});
    case 20: luaL_checkudata(L, 1, "type"); return 0;
    case 21: lua_yield(L, 0); return 0;
    case 22: luaL_checkversion_(L, 503, LUAL_NUMSIZES); return 0;
    case 23: luaL_checktype(L, 1, LUA_TTHREAD); return 0;
    case 24: luaL_checkany(L, 3); return 0;
    case 25: lua_pushinteger(L, 1); lua_pushinteger(L, 0); lua_arith(L, LUA_OPIDIV); return 0;
    case 26: lua_pushnumber(L, 1.5); lua_pushinteger(L, 1); lua_arith(L, LUA_OPBAND); return 0;
    case 27: lua_newtable(L); lua_newtable(L); lua_pushliteral(L, "len"); lua_setfield(L, -2, "__len");
      lua_setmetatable(L, -2); luaL_len(L, -1); return 0;
    case 28: luaL_getsubtable(L, lua_upvalueindex(1), "sub"); return 0;
    default: return -1;
  }
}
#define N_THROWERS 29

static void push_thrower(lua_State *L, int kind) {
  lua_pushinteger(L, kind);
  lua_pushcclosure(L, thrower, 1);
}

/* Errors of each kind */

static int calls_upvalue(lua_State *L) {
  int i, n = lua_gettop(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  for (i = 1; i <= n; i++) lua_pushvalue(L, i);
  lua_call(L, n, LUA_MULTRET);
  return lua_gettop(L) - n;
}

static void kinds(lua_State *L) {
  int kind;
  for (kind = 0; kind < N_THROWERS; kind++) {
    printf("%d ", kind);
    push_thrower(L, kind);
    lua_pushliteral(L, "argument");
    outcome(L, "direct", lua_pcall(L, 1, 0, 0));
    push_thrower(L, kind);
    lua_pushcclosure(L, calls_upvalue, 1);
    lua_pushcclosure(L, calls_upvalue, 1);
    outcome(L, "nested", lua_pcall(L, 0, 0, 0));
    load_text(L, "local f = ... ; local function g(x) local a <const> = 1; f(x) end return pcall(g, 5)", "=lua");
    push_thrower(L, kind);
    outcome(L, "in Lua", lua_pcall(L, 1, LUA_MULTRET, 0));
    load_text(L, "local f = ... return select(2, coroutine.resume(coroutine.create(f), 7))", "=co");
    push_thrower(L, kind);
    outcome(L, "in a coroutine", lua_pcall(L, 1, LUA_MULTRET, 0));
    load_text(L, "local f = ... return xpcall(f, function(m) return type(m), m end)", "=h");
    push_thrower(L, kind);
    outcome(L, "with a handler", lua_pcall(L, 1, LUA_MULTRET, 0));
  }
}

/* Errors in each place that calls back */

static void places(lua_State *L) {
  static const char *const programs[] = {
      "setmetatable({}, {__index = f}).x()", "setmetatable({}, {__newindex = f}).x = 1", "return setmetatable({}, {__call = f})()",
      "return -setmetatable({}, {__unm = f})", "return setmetatable({}, {__add = f}) + 1", "return 1 .. setmetatable({}, {__concat = f})",
      "return #setmetatable({}, {__len = f})", "return setmetatable({}, {__eq = f}) == setmetatable({}, {})",
      "return setmetatable({}, {__lt = f}) < 1", "return 1 <= setmetatable({}, {__le = f})", "return ~setmetatable({}, {__bnot = f})",
      "return setmetatable({}, {__idiv = f}) // 1", "return setmetatable({}, {__shl = f}) << 1", "for i in f do end",
      "for i in pairs(setmetatable({}, {__pairs = f})) do end", "return tostring(setmetatable({}, {__tostring = f}))",
      "local x <close> = setmetatable({}, {__close = f})", "do local x <close> = setmetatable({}, {__close = f}) error('first') end",
      "local x <close> = setmetatable({}, {__close = f}) local y <close> = setmetatable({}, {__close = f}) return 1, 2, 3",
      "for i in next, {1}, nil, setmetatable({}, {__close = f}) do break end",
      "return table.sort({3, 2, 1}, f)", "return string.gsub('abc', '%w', f)", "return load(f)", "return (pcall(require, 'no.such'))",
      "return table.concat(setmetatable({}, {__index = f, __len = function() return 3 end}))",
      "return table.unpack(setmetatable({}, {__index = f}), 1, 3)", "return coroutine.wrap(f)()",
      "return coroutine.wrap(function() coroutine.wrap(f)() end)()", "return pcall(pcall, pcall, f)", "return xpcall(f, f)",
      "return xpcall(f, function() f() end)", "return string.format('%s', setmetatable({}, {__tostring = f}))",
      "setmetatable({}, {__gc = f}) collectgarbage() return 'collected'", "return next(setmetatable({}, {__index = f}))",
      "package.preload.mod = f return require('mod')", "table.insert(package.searchers, 1, f) local r = table.pack(pcall(require, 'm2')) table.remove(package.searchers, 1) return table.unpack(r)",
      "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = f}) coroutine.yield() end) coroutine.resume(co) return coroutine.close(co)",
      "debug.sethook(f, 'l') local x = 1", "debug.sethook(f, 'c') print()", "debug.sethook(f, '', 1) return 1", "debug.sethook(f, 'r') local function g() end g()",
  };
  int i, kind;
  for (i = 0; i < (int)(sizeof(programs) / sizeof(programs[0])); i++)
    for (kind = 0; kind < 5; kind++) {
      push_thrower(L, kind);
      lua_setglobal(L, "f");
      printf("%d.%d ", i, kind);
      load_text(L, programs[i], "=place");
      kind = kind == 2 ? 4 : kind;
      {
        int status = lua_pcall(L, 0, LUA_MULTRET, 0);
        lua_sethook(L, NULL, 0, 0);
        outcome(L, "status", status);
      }
    }
}

/* Continuations */

static int k_throws(lua_State *L, int status, lua_KContext ctx) {
  printf("k_throws %d ", status);
  stack(L, "sees");
  push_thrower(L, (int)ctx);
  lua_call(L, 0, 0);
  return 0;
}
static int yields_then_throws(lua_State *L) {
  lua_pushliteral(L, "yielded");
  return lua_yieldk(L, 1, lua_tointeger(L, lua_upvalueindex(1)), k_throws);
}
static int k_after_pcall(lua_State *L, int status, lua_KContext ctx) {
  printf("k_after_pcall %d %d ", status, (int)ctx);
  stack(L, "sees");
  if (ctx == 1) return lua_gettop(L);
  lua_settop(L, 0);
  push_thrower(L, 3);
  return lua_error(L);
}
static int pcalls_a_yielder(lua_State *L) {
  int ctx = (int)lua_tointeger(L, lua_upvalueindex(2)), status;
  lua_pushliteral(L, "kept");
  lua_pushvalue(L, lua_upvalueindex(1));
  status = lua_pcallk(L, 0, LUA_MULTRET, 0, ctx, k_after_pcall);
  return k_after_pcall(L, status, ctx);
}

static void drive(lua_State *L, lua_State *co, int nargs) {
  int n = 0, turns = 0, status = lua_resume(co, L, nargs, &n);
  while (status == LUA_YIELD && turns++ < 20) {
    printf("yield of %d ", n);
    stack(co, "at yield");
    lua_pop(co, n);
    lua_pushinteger(co, turns);
    status = lua_resume(co, L, 1, &n);
  }
  printf("end %d, %d results ", status, status == LUA_OK ? n : 1);
  stack(co, "at end");
  printf("closed %d ", lua_resetthread(co));
  stack(co, "then");
  lua_settop(co, 0);
}

static void continuations(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int kind, ctx;
  for (kind = 0; kind < 6; kind++)
    for (ctx = 0; ctx < 3; ctx++) {
      lua_pushinteger(co, kind);
      lua_pushcclosure(co, yields_then_throws, 1);
      if (ctx < 2) {
        lua_pushinteger(co, ctx);
        lua_pushcclosure(co, pcalls_a_yielder, 2);
      }
      drive(L, co, 0);
    }
}

/* Hooks */

static int hook_kind;
static void throwing_hook(lua_State *L, lua_Debug *ar) {
  printf("hook %d; ", ar->event);
  lua_sethook(L, NULL, 0, 0);
  push_thrower(L, hook_kind);
  lua_call(L, 0, 0);
}
static int empty(lua_State *L) {
  return lua_gettop(L);
}

static void hooks(lua_State *L) {
  int mask;
  for (mask = LUA_MASKCALL; mask <= LUA_MASKCOUNT; mask <<= 1)
    for (hook_kind = 0; hook_kind < 4; hook_kind++) {
      load_text(L, "local a = 1\nlocal function f(x) return x end\nf(a)\nreturn pcall(f, f(2))", "@hooked");
      lua_sethook(L, throwing_hook, mask, 3);
      outcome(L, "chunk", lua_pcall(L, 0, LUA_MULTRET, 0));
      lua_pushcfunction(L, empty);
      lua_pushinteger(L, 9);
      lua_sethook(L, throwing_hook, mask, 1);
      outcome(L, "C function", lua_pcall(L, 1, LUA_MULTRET, 0));
      lua_sethook(L, NULL, 0, 0);
      load_text(L, "local f = ... return pcall(function() local x <close> = setmetatable({}, {__close = function(_, e) f(e) end}) return f(1) end)", "=hooked");
      lua_pushcfunction(L, empty);
      lua_sethook(L, throwing_hook, mask, 12);
      outcome(L, "with a closing variable", lua_pcall(L, 1, LUA_MULTRET, 0));
      lua_sethook(L, NULL, 0, 0);
    }
}

/* Readers and writers */

static int piece;
static const char *throwing_reader(lua_State *L, void *ud, size_t *n) {
  static const char *const pieces[] = {"local a = ", "'x' .. ", "3 ", "return a"};
  int limit = *(int *)ud;
  if (piece == limit) {
    push_thrower(L, limit);
    lua_call(L, 0, 0);
  }
  if (piece == 4) return NULL;
  *n = strlen(pieces[piece]);
  return pieces[piece++];
}
static int loads(lua_State *L) {
  int limit = (int)lua_tointeger(L, lua_upvalueindex(1)), status;
  piece = 0;
  status = lua_load(L, throwing_reader, &limit, "=read", NULL);
  printf("lua_load %d; ", status);
  return lua_gettop(L);
}
static int throwing_writer(lua_State *L, const void *p, size_t n, void *ud) {
  (void)p;
  (void)n;
  (void)ud;
  push_thrower(L, 0);
  lua_call(L, 0, 0);
  return 0;
}
static int dumps(lua_State *L) {
  load_text(L, "local a = 'string' return function(b) return a, b, 1.5 end", "=dumped");
  printf("lua_dump %d; ", lua_dump(L, throwing_writer, NULL, 0));
  return 0;
}
static int failing_writer(lua_State *L, const void *p, size_t n, void *ud) {
  (void)L;
  (void)p;
  (void)n;
  (void)ud;
  return 99;
}

static void readers_and_writers(lua_State *L) {
  int i;
  for (i = 0; i <= 4; i++) {
    lua_pushinteger(L, i);
    lua_pushcclosure(L, loads, 1);
    outcome(L, "reader", lua_pcall(L, 0, LUA_MULTRET, 0));
  }
  /* The first piece, since their number is the library's own affair. */
  lua_pushcfunction(L, dumps);
  outcome(L, "writer", lua_pcall(L, 0, LUA_MULTRET, 0));
  load_text(L, "return 1", "=d");
  printf("writer's answer %d\n", lua_dump(L, failing_writer, NULL, 1));
  lua_settop(L, 0);
}

/* Closing */

static int close_throws(lua_State *L) {
  printf("closing (%s) with ", lua_tostring(L, lua_upvalueindex(1)));
  show(L, 2);
  printf("\n");
  return luaL_error(L, "from %s", lua_tostring(L, lua_upvalueindex(1)));
}
static void push_closing(lua_State *L, const char *name) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushstring(L, name);
  lua_pushcclosure(L, close_throws, 1);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
  lua_toclose(L, -1);
}
static int leave_by(lua_State *L) {
  int way = (int)lua_tointeger(L, 1);
  push_closing(L, "first");
  push_closing(L, "second");
  switch (way) {
    case 0: return 1;
    case 1: lua_settop(L, 1); break;
    case 2: lua_closeslot(L, -1); break;
    case 3: lua_pop(L, 1); break;
    case 4: push_thrower(L, 1); lua_call(L, 0, 0); break;
    case 5: return lua_yield(L, 0);
    case 6: lua_pushinteger(L, 1); lua_pushinteger(L, 2); return 2;
  }
  return 0;
}

static void closing(lua_State *L) {
  int way;
  for (way = 0; way < 7; way++) {
    lua_State *co = lua_newthread(L);
    printf("way %d\n", way);
    lua_pushcfunction(L, leave_by);
    lua_pushinteger(L, way);
    outcome(L, "pcall", lua_pcall(L, 1, LUA_MULTRET, 0));
    co = lua_newthread(L);
    lua_pushcfunction(co, leave_by);
    lua_pushinteger(co, way);
    drive(L, co, 1);
    lua_settop(L, 0);
  }
}

/* Impossible yields */

static int yields(lua_State *L) {
  return lua_yield(L, lua_gettop(L));
}
static const char *yielding_reader(lua_State *L, void *ud, size_t *n) {
  (void)ud;
  (void)n;
  lua_yield(L, 0);
  return NULL;
}
static int load_yields(lua_State *L) {
  int status = lua_load(L, yielding_reader, NULL, "=r", NULL);
  printf("load %d; ", status);
  return 1;
}
static int yielding_writer(lua_State *L, const void *p, size_t n, void *ud) {
  (void)p;
  (void)n;
  (void)ud;
  return lua_yield(L, 0);
}
static int dump_yields(lua_State *L) {
  load_text(L, "return 1", "=d");
  return lua_dump(L, yielding_writer, NULL, 0);
}
static int settop_yields(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushcfunction(L, yields);
  lua_setfield(L, -2, "__close");
  lua_setmetatable(L, -2);
  lua_toclose(L, -1);
  lua_settop(L, 0);
  return 0;
}

static void impossible_yields(lua_State *L) {
  static const char *const programs[] = {
      "return table.sort({3, 2, 1}, yield)", "return string.gsub('abc', '.', yield)", "return load(yield)", "return load_yields()",
      "return dump_yields()", "return settop_yields()", "return calls(yield)", "return pcall(calls, yield)",
      "return xpcall(error, yield)", "return xpcall(error, function() yield(1) end)", "setmetatable({}, {__gc = yield}) collectgarbage() return 1",
      "return tostring(setmetatable({}, {__tostring = yield}))", "return require('yielding')", "return table.concat(setmetatable({}, {__index = yield, __len = function() return 2 end}))",
      "return calls(pcall, yield, 1)", "return calls(function() for i in yield do end end)", "debug.sethook(yield, 'l')\nlocal x = 1",
  };
  int i;
  lua_register(L, "yield", yields);
  lua_register(L, "load_yields", load_yields);
  lua_register(L, "dump_yields", dump_yields);
  lua_register(L, "settop_yields", settop_yields);
  run_lua(L, "package.preload.yielding = yield");
  run_lua(L, "function calls(f, ...) local r = table.pack(f, ...) table.sort({1, 2}, function() r = table.pack(pcall(f, table.unpack(r, 2))) end) return table.unpack(r) end");
  for (i = 0; i < (int)(sizeof(programs) / sizeof(programs[0])); i++) {
    lua_State *co = lua_newthread(L);
    printf("program %d ", i);
    load_text(co, programs[i], "=yield");
    drive(L, co, 0);
    lua_sethook(co, NULL, 0, 0);
    lua_settop(L, 0);
  }
  lua_pushcfunction(L, yields);
  outcome(L, "main thread", lua_pcall(L, 0, 0, 0));
}

/* Panic */

static jmp_buf panic_exit;
static int panic_jumps(lua_State *L) {
  printf("panic: ");
  stack(L, "sees");
  longjmp(panic_exit, 1);
  return 0;
}

static void panics(lua_State *L) {
  volatile int kind;
  lua_CFunction old = lua_atpanic(L, panic_jumps);
  printf("panic function before: %s\n", old ? "some" : "none");
  for (kind = 0; kind < N_THROWERS; kind++) {
    if (kind == 21) continue;
    if (setjmp(panic_exit) == 0) {
      push_thrower(L, kind);
      lua_pushliteral(L, "argument");
      lua_call(L, 1, 0);
      printf("not reached\n");
    } else {
      printf("%d back, status %d ", kind, lua_status(L));
      printf("reset %d ", lua_resetthread(L));
      stack(L, "leaves");
      lua_settop(L, 0);
      run_lua(L, "print('works', pcall(error, 'x'), select(2, coroutine.resume(coroutine.create(function() return 5 end))))");
    }
  }
  if (setjmp(panic_exit) == 0) {
    load_text(L, "local t = {} for i = 1, 10 do t[i] = i end local x <close> = setmetatable({}, {__close = function(_, e) print('closed', e) end}) error('in Lua')", "=chunk");
    lua_call(L, 0, 0);
  } else {
    lua_resetthread(L);
    run_lua(L, "print('works again')");
  }
  if (setjmp(panic_exit) == 0) {
    lua_pushliteral(L, "direct");
    lua_error(L);
  } else {
    lua_resetthread(L);
    lua_settop(L, 0);
    run_lua(L, "print('and again')");
  }
  if (setjmp(panic_exit) == 0) {
    lua_State *co = lua_newthread(L);
    lua_pushliteral(co, "raised on another thread, outside of all calls");
    lua_error(co);
  } else {
    printf("status %d\n", lua_status(L));
    lua_settop(L, 0);
  }
  lua_atpanic(L, old);
}

/* The errors of the host itself inside handlers */

static int handler_throws(lua_State *L) {
  int *depth = (int *)lua_touserdata(L, lua_upvalueindex(1));
  ++*depth;
  return luaL_error(L, "handler");
}
static int handler_limited(lua_State *L) {
  int *depth = (int *)lua_touserdata(L, lua_upvalueindex(1));
  if (++*depth < 5) return luaL_error(L, "again");
  lua_pushinteger(L, *depth);
  return 1;
}

static void handlers(lua_State *L) {
  static int depth;
  int i;
  lua_CFunction functions[] = {handler_throws, handler_limited};
  for (i = 0; i < 2; i++) {
    depth = 0;
    lua_pushlightuserdata(L, &depth);
    lua_pushcclosure(L, functions[i], 1);
    push_thrower(L, 0);
    outcome(L, "handler", lua_pcall(L, 0, 0, 1));
    printf("handler called %s\n", depth > 5 ? "often" : "a few times");
  }
}

static const struct test_case cases[] = {
    {"kinds", kinds},
    {"places", places},
    {"continuations", continuations},
    {"hooks", hooks},
    {"readers_and_writers", readers_and_writers},
    {"closing", closing},
    {"impossible_yields", impossible_yields},
    {"panics", panics},
    {"handlers", handlers},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
