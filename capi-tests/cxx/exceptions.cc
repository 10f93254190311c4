/* C++ exceptions thrown by callbacks pass through the library to a catch outside of it: no handler of Lua sees them, and
** the state still works and can be closed. */

extern "C" {
#include "test.h"
}

namespace {

struct Boom {
  int code;
};

int thrown; /* exceptions thrown so far */
bool armed; /* whether callbacks throw: not when what an exception left pending is closed */

[[noreturn]] void boom(int code) {
  thrown++;
  throw Boom{code};
}

int throws(lua_State *) {
  if (!armed) return 0;
  boom(1);
}

/* Runs 'f', which should throw, and tells what a catch outside sees; then uses the state. */
template <class F>
void outside(lua_State *L, const char *what, F f) {
  int before = thrown;
  armed = true;
  try {
    f();
    printf("%s: nothing came out, %d thrown\n", what, thrown - before);
  } catch (const Boom &b) {
    printf("%s: caught %d, %d thrown\n", what, b.code, thrown - before);
  }
  armed = false;
  if (lua_status(L) != LUA_OK) printf("reset %d\n", lua_resetthread(L));
  lua_sethook(L, nullptr, 0, 0);
  lua_settop(L, 0);
  run_lua(L, "local ok, m = pcall(error, 'e') local co = coroutine.wrap(function(a) return coroutine.yield(a) end)\n"
             "print(ok, m, co(1), co(2), ('abc'):gsub('b', function(c) return c:upper() end), #table.pack(1, 2))");
  lua_gc(L, LUA_GCCOLLECT);
}

void call_chunk(lua_State *L, const char *code) {
  load_text(L, code, "=chunk");
  lua_call(L, 0, 0);
}
void pcall_chunk(lua_State *L, const char *code) {
  load_text(L, code, "=chunk");
  printf("lua_pcall returns %d\n", lua_pcall(L, 0, 0, 0));
}

void functions(lua_State *L) {
  outside(L, "lua_call", [=] { lua_pushcfunction(L, throws); lua_call(L, 0, 0); });
  outside(L, "lua_pcall", [=] { lua_pushcfunction(L, throws); lua_pcall(L, 0, 0, 0); });
  outside(L, "lua_pcall with handler", [=] {
    lua_pushcfunction(L, [](lua_State *) { puts("handler runs"); return 0; });
    lua_pushcfunction(L, throws);
    lua_pcall(L, 0, 0, 1);
  });
  outside(L, "handler throws", [=] { lua_pushcfunction(L, throws); lua_pushnil(L); lua_pcall(L, 0, 0, 1); });
  outside(L, "nested", [=] {
    lua_pushcfunction(L, [](lua_State *l) { lua_pushcfunction(l, throws); return lua_pcall(l, 0, 0, 0); });
    lua_pcall(L, 0, 0, 0);
  });
  lua_register(L, "throws", throws);
  static const char *const programs[] = {
      "throws()", "pcall(throws) print('not reached')", "xpcall(throws, print)", "pcall(pcall, pcall, throws)",
      "coroutine.wrap(throws)()", "coroutine.resume(coroutine.create(function() throws() end)) print('not reached')",
      "local co = coroutine.wrap(function() coroutine.yield() throws() end) co() co()",
      "coroutine.wrap(function() pcall(coroutine.wrap(function() pcall(throws) end)) end)()",
      "local x = setmetatable({}, {__index = throws}).y", "setmetatable({}, {__newindex = throws}).y = 1",
      "local x = setmetatable({}, {__add = throws}) + 1", "local x = setmetatable({}, {__concat = throws}) .. 'x'",
      "local x = #setmetatable({}, {__len = throws})", "local x = setmetatable({}, {__eq = throws}) == setmetatable({}, {})",
      "local x = setmetatable({}, {__lt = throws}) < 1", "setmetatable({}, {__call = throws})()", "for i in throws do end",
      "tostring(setmetatable({}, {__tostring = throws}))", "table.sort({3, 2, 1}, throws)", "string.gsub('abc', '.', throws)",
      "load(throws)", "package.preload.thrower = throws require('thrower')", "local x <close> = setmetatable({}, {__close = throws})",
      "pcall(function() local x <close> = setmetatable({}, {__close = throws}) error('x') end)",
      "setmetatable({}, {__gc = throws}) collectgarbage()", "debug.sethook(throws, 'l')\nlocal x = 1",
      "table.concat(setmetatable({}, {__index = throws, __len = function() return 2 end}))", "next({}, nil) pairs(setmetatable({}, {__pairs = throws}))",
  };
  for (const char *code : programs) {
    outside(L, code, [=] { call_chunk(L, code); });
    outside(L, "  in lua_pcall", [=] { pcall_chunk(L, code); });
  }
}

/* A function that catches what goes through a call of its own, and returns or raises as if nothing had been. */
template <int results>
int catches_around(lua_State *L) {
  try {
    lua_pushcfunction(L, throws);
    lua_call(L, 0, 0);
    return 0;
  } catch (const Boom &b) {
    lua_pushinteger(L, b.code);
    lua_pushliteral(L, "second");
    if (results < 0) return luaL_error(L, "raised for %d", b.code);
    return results;
  }
}

void functions_that_catch(lua_State *L) {
  lua_register(L, "none", catches_around<0>);
  lua_register(L, "one", catches_around<1>);
  lua_register(L, "two", catches_around<2>);
  lua_register(L, "raises", catches_around<-1>);
  armed = true;
  run_lua(L, "local a, b, c = none() print(a, b, c, one(), two()) none() two()\n"
             "print(one(), (two())) print(pcall(raises)) print(pcall(two))\n"
             "local t = setmetatable({}, {__index = one, __call = two}) print(t.x, t()) print(select('#', none()))");
  lua_settop(L, 0);
  lua_pushcfunction(L, catches_around<2>);
  lua_call(L, 0, LUA_MULTRET);
  printf("%d results, %s\n", lua_gettop(L), lua_tostring(L, -1));
  armed = false;
  lua_settop(L, 0);
}

void hooks(lua_State *L) {
  for (int mask = LUA_MASKCALL; mask <= LUA_MASKCOUNT; mask <<= 1) {
    outside(L, "hook", [=] {
      load_text(L, "local function f(x)\nreturn x\nend\nreturn pcall(f, f(1))", "=hooked");
      lua_sethook(L, [](lua_State *, lua_Debug *ar) { boom(100 + ar->event); }, mask, 2);
      lua_pcall(L, 0, 0, 0);
    });
  }
}

void chunks(lua_State *) {
  lua_State *L = luaL_newstate(); /* PUC's compiler leaks memory when its reader throws. */
  luaL_openlibs(L);
  outside(L, "reader", [=] {
    lua_load(L, [](lua_State *, void *, size_t *) -> const char * { boom(7); }, nullptr, "=r", nullptr);
  });
  outside(L, "reader, later piece", [=] {
    int pieces = 0;
    lua_load(
        L,
        [](lua_State *, void *ud, size_t *n) -> const char * {
          if ((*(int *)ud)++ == 2) boom(8);
          *n = 12;
          return "local a = 1 ";
        },
        &pieces, "=r", nullptr);
  });
  outside(L, "writer", [=] {
    load_text(L, "return 1", "=w");
    lua_dump(L, [](lua_State *, const void *, size_t, void *) -> int { boom(9); }, nullptr, 0);
  });
  lua_close(L);
}

void continuations(lua_State *L) {
  for (int protect = 0; protect < 2; protect++)
    outside(L, "continuation", [=] {
      lua_State *co = lua_newthread(L);
      int n = 0;
      lua_pushcfunction(co, [](lua_State *l) {
        return lua_yieldk(l, 0, 0, [](lua_State *, int, lua_KContext) -> int { boom(11); });
      });
      if (protect) {
        lua_getglobal(co, "pcall");
        lua_insert(co, 1);
      }
      printf("first %d\n", lua_resume(co, L, protect, &n));
      lua_resume(co, L, 0, &n);
    });
  outside(L, "lua_resume", [=] {
    lua_State *co = lua_newthread(L);
    int n = 0;
    lua_pushcfunction(co, throws);
    lua_resume(co, L, 0, &n);
  });
}

void *throwing_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  struct heap *h = (struct heap *)ud;
  if (nsize > 0 && h->countdown == 0) {
    h->countdown = -1;
    boom(13);
  }
  return test_alloc(ud, ptr, osize, nsize);
}

void allocators(lua_State *) {
  struct heap h = {0, 0, -1, 0, 0, 0};
  lua_State *L = lua_newstate(throwing_alloc, &h);
  luaL_openlibs(L);
  static const char *const programs[] = {"local t = {}", "local s = ('x'):rep(1000)", "return function() end", "coroutine.create(print)",
                                         "return pcall(string.rep, 'y', 500)"};
  for (const char *code : programs)
    outside(L, code, [&] {
      load_text(L, code, "=alloc");
      h.countdown = 0;
      lua_pcall(L, 0, 0, 0);
    });
  outside(L, "lua_newuserdata", [&] { h.countdown = 0; lua_newuserdatauv(L, 100, 1); });
  outside(L, "lua_pushlstring", [&] { h.countdown = 0; lua_pushlstring(L, "a string that is new to the state, and long", 43); });
  outside(L, "lua_newthread", [&] { h.countdown = 0; lua_newthread(L); });
  outside(L, "luaL_Buffer", [&] {
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    h.countdown = 0;
    luaL_prepbuffsize(&b, 5000);
  });
  h.countdown = -1;
  lua_close(L);
  printf("left: %lu bytes, %ld wrong sizes\n", (unsigned long)h.bytes, h.errors);
  h.countdown = 0;
  try {
    L = lua_newstate(throwing_alloc, &h);
    printf("a state\n");
  } catch (const Boom &b) {
    printf("lua_newstate: caught %d\n", b.code);
  }
}

void panics(lua_State *L) {
  lua_atpanic(L, [](lua_State *l) -> int {
    printf("panic: %s\n", lua_tostring(l, -1));
    boom(17);
  });
  outside(L, "panic", [=] { luaL_error(L, "no handler"); });
  outside(L, "panic in a call", [=] { call_chunk(L, "local x = nil; x.y = 1"); });
  outside(L, "panic below a function", [=] {
    lua_pushcfunction(L, [](lua_State *l) { call_chunk(l, "error('deep')"); return 0; });
    lua_call(L, 0, 0);
  });
}

void warnings(lua_State *L) {
  lua_setwarnf(L, [](void *, const char *, int) { boom(19); }, nullptr);
  outside(L, "lua_warning", [=] { lua_warning(L, "w", 0); });
  outside(L, "warn", [=] { pcall_chunk(L, "pcall(warn, 'w')"); });
  lua_setwarnf(L, nullptr, nullptr);
}

/* Exceptions that are caught inside the callback, and objects with destructors there. */
struct Counted {
  int *n;
  explicit Counted(int *counter) : n(counter) {}
  ~Counted() { ++*n; }
};
int destroyed;

int catches(lua_State *L) {
  try {
    Counted c(&destroyed);
    throw Boom{23};
  } catch (const Boom &b) {
    printf("caught inside: %d\n", b.code);
  }
  return luaL_error(L, "after the exception");
}

void inside(lua_State *L) {
  lua_register(L, "catches", catches);
  run_lua(L, "print(pcall(catches))");
  outside(L, "destructors", [=] { Counted c(&destroyed); lua_pushcfunction(L, throws); lua_call(L, 0, 0); });
  printf("destroyed %d\n", destroyed);
}

void repeated(lua_State *L) {
  armed = true;
  for (int i = 0; i < 20; i++) {
    try {
      lua_pushcfunction(L, throws);
      lua_pcall(L, 0, 0, 0);
    } catch (const Boom &) {
    }
  }
  run_lua(L, "local function f(n) return n == 0 and 0 or 1 + f(n - 1) end print(f(100))");
}

const struct test_case cases[] = {
    {"functions", functions},   {"functions_that_catch", functions_that_catch},
    {"hooks", hooks},       {"chunks", chunks},   {"continuations", continuations},
    {"allocators", allocators}, {"panics", panics},     {"warnings", warnings}, {"inside", inside},
    {"repeated", repeated},     {nullptr, nullptr},
};

}  // namespace

int main() {
  run_cases(cases);
  return 0;
}
