/* C++ exceptions thrown by what a hot loop calls: a catch outside of the library gets them, whatever has been compiled. */

#include <initializer_list>

extern "C" {
#include "test.h"
}

namespace {

struct Boom {
  long code;
};

lua_Integer limit; /* the call that throws */
lua_Integer calls;

int callback(lua_State *L) {
  if (++calls == limit) throw Boom{static_cast<long>(calls)};
  lua_pushinteger(L, 1);
  return 1;
}

void run(lua_State *L, const char *code, lua_Integer at) {
  limit = at;
  calls = 0;
  lua_settop(L, 0);
  load_text(L, code, "=hot");
  try {
    int status = lua_pcall(L, 0, 1, 0);
    printf("status %d ", status);
    show(L, -1);
    printf(" after %lld calls\n", static_cast<long long>(calls));
  } catch (const Boom &b) {
    printf("caught %ld after %lld calls\n", b.code, static_cast<long long>(calls));
    /* What the exception left of the call goes. */
    lua_resetthread(L);
  }
  lua_settop(L, 0);
  lua_sethook(L, nullptr, 0, 0);
}

const char *const programs[] = {
    "local s = 0 for i = 1, 400 do s = s + callback(i) end return s",
    "local s, i = 0, 0 while i < 400 do i = i + 1 s = s + callback(i) end return s",
    "local function f(x) return callback(x) + 1 end local s = 0 for i = 1, 400 do s = s + f(i) end return s",
    "local s = 0 for i = 1, 400 do local t = {i} if i % 2 == 0 then s = s + callback(i) else callback(t) end end return s",
    "local t = setmetatable({}, {__index = callback, __newindex = callback, __add = callback}) local s = 0 "
    "for i = 1, 150 do s = s + t[i] t[i] = i s = s + (t + 1) end return s",
    "local s = 0 for i = 1, 400 do local ok, v = pcall(callback) s = s + v end return s",
    "local s = 0 for i = 1, 20 do for j = 1, 20 do s = s + callback(j) end end return s",
    "local s = 0 for i = 1, 400 do s = s + select(2, pcall(pcall, callback)) and 1 or 0 end return s",
    "local t = {} for i = 1, 400 do t[i] = i end for i = 1, 4 do table.sort(t, function(a, b) callback() return a > b end) end return calls",
    "local s = 0 for i = 1, 400 do for k in pairs {1} do s = s + callback(k) end end return s",
};

void from_calls(lua_State *L) {
  lua_register(L, "callback", callback);
  for (const char *code : programs)
    for (lua_Integer at : {1, 150, 350, 0, 390, 100000}) run(L, code, at);
}

void again_and_again(lua_State *L) {
  lua_register(L, "callback", callback);
  for (int i = 0; i < 60; i++) {
    limit = 200 + i;
    calls = 0;
    load_text(L, programs[i % 4], "=hot");
    try {
      lua_pcall(L, 0, 0, 0);
      printf("nothing came out\n");
    } catch (const Boom &b) {
      printf("%ld ", b.code);
      lua_resetthread(L);
    }
    lua_settop(L, 0);
  }
  putchar('\n');
  run_lua(L, "local s = 0 for i = 1, 1000 do s = s + i end print(s)");
}

void from_hooks(lua_State *L) {
  for (int mask : {LUA_MASKCOUNT, LUA_MASKLINE, LUA_MASKCALL}) {
    lua_register(L, "arm", [](lua_State *l) {
      lua_sethook(l, [](lua_State *, lua_Debug *ar) { throw Boom{ar->event}; },
                  static_cast<int>(lua_tointeger(l, 1)), 10);
      return 0;
    });
    lua_pushinteger(L, mask);
    lua_setglobal(L, "mask");
    run(L, "local f = function() end for i = 1, 400 do if i == 300 then arm(mask) end f() end", 0);
  }
}

void in_coroutines(lua_State *L) {
  lua_register(L, "callback", callback);
  run(L, "local co = coroutine.wrap(function() for i = 1, 400 do callback() coroutine.yield() end end) for i = 1, 390 do co() end return 1", 300);
  run(L, "local s = 0 for i = 1, 300 do s = s + coroutine.wrap(callback)() end return s", 250);
  run(L, "local s = 0 for i = 1, 300 do s = s + coroutine.wrap(callback)() end return s", 0);
}

struct Counted {
  ~Counted() { calls += 1000; }
};

int guarded(lua_State *L) {
  Counted c;
  lua_getglobal(L, "callback");
  lua_call(L, 0, 1);
  return 1;
}

void destructors(lua_State *L) {
  lua_register(L, "callback", callback);
  lua_register(L, "guarded", guarded);
  run(L, "local s = 0 for i = 1, 300 do s = s + guarded() end return s", 250250);
  run(L, "local s = 0 for i = 1, 300 do s = s + guarded() end return s", 0);
}

const struct test_case cases[] = {
    {"from_calls", from_calls},       {"again_and_again", again_and_again}, {"from_hooks", from_hooks},
    {"in_coroutines", in_coroutines}, {"destructors", destructors}, {nullptr, nullptr},
};

}  // namespace

int main() {
  run_cases(cases);
  return 0;
}
