/* The C++ library: errors and yields are exceptions, so destructors run; an exception of the host's ends at the nearest
** protected call, with status -1, and passes the C++ frames before it. */

extern "C" {
#include "test.h"
}
#include <unistd.h>

#include <stdexcept>
#include <sys/wait.h>

namespace {

/* Tells when its scope is left. */
struct Scope {
  const char *name;
  explicit Scope(const char *n) : name(n) {}
  ~Scope() { printf("leave %s\n", name); }
};

int error(lua_State *L) {
  Scope s("error");
  return luaL_error(L, "oops %d", lua_gettop(L));
}
int error_value(lua_State *L) {
  Scope s("error_value");
  lua_settop(L, 1);
  return lua_error(L);
}
int argument(lua_State *L) {
  Scope s("argument");
  return static_cast<int>(luaL_checkinteger(L, 1));
}
int foreign(lua_State *) {
  Scope s("foreign");
  throw std::runtime_error("of the host");
}
/* An exception that tells when it is gone; `live` counts them. */
int live;
struct Witness {
  Witness() { live++; }
  Witness(const Witness &) { live++; }
  ~Witness() { live--; }
};
int witness(lua_State *) { throw Witness(); }
int count(lua_State *L) {
  lua_pushinteger(L, live);
  return 1;
}
int yields(lua_State *L) {
  Scope s("yields");
  return lua_yield(L, lua_gettop(L));
}
int yields_k(lua_State *L) {
  Scope s("yields_k");
  return lua_yieldk(L, lua_gettop(L), 7, [](lua_State *l, int status, lua_KContext ctx) {
    Scope k("continuation");
    printf("continues %d %d\n", status, static_cast<int>(ctx));
    return luaL_error(l, "in the continuation");
  });
}
int passes(lua_State *L) {
  Scope s("passes");
  try {
    lua_call(L, lua_gettop(L) - 1, 0);
  } catch (const std::exception &e) {
    printf("passes: %s\n", e.what());
    throw;
  } catch (...) {
    puts("passes: an error of Lua");
    throw;
  }
  return 0;
}
int replaces(lua_State *L) {
  Scope s("replaces");
  try {
    lua_call(L, lua_gettop(L) - 1, 0);
  } catch (const std::runtime_error &) {
    throw 42;
  }
  return 0;
}
int protects(lua_State *L) {
  Scope s("protects");
  int status = lua_pcall(L, lua_gettop(L) - 1, 0, 0);
  printf("status %d, %d values, %s\n", status, lua_gettop(L), status ? luaL_typename(L, -1) : "fine");
  return 0;
}
const char *reads(lua_State *, void *, size_t *) {
  Scope s("reads");
  throw std::runtime_error("in a reader");
}
int writes(lua_State *, const void *, size_t, void *) {
  Scope s("writes");
  throw std::runtime_error("in a writer");
}

const luaL_Reg functions[] = {
    {"cerror", error},       {"value", error_value},  {"argument", argument}, {"foreign", foreign},
    {"yields", yields},      {"yields_k", yields_k},  {"passes", passes},     {"replaces", replaces},
    {"protects", protects},  {"witness", witness},    {"count", count},       {nullptr, nullptr},
};

void chunk(lua_State *L, const char *code) {
  lua_pushglobaltable(L);
  luaL_setfuncs(L, functions, 0);
  lua_settop(L, 0);
  printf("- %s\n", code);
  int status = luaL_loadbufferx(L, code, strlen(code), "=chunk", "t");
  if (status == LUA_OK) status = lua_pcall(L, 0, LUA_MULTRET, 0);
  printf("-> %d, %d values", status, lua_gettop(L));
  if (lua_type(L, -1) == LUA_TSTRING) printf(", %s", lua_tostring(L, -1));
  puts("");
  lua_settop(L, 0);
}

void errors(lua_State *L) {
  for (const char *code : {"cerror()", "value('v')", "value()", "argument({})", "passes(cerror)", "passes(passes, error, 'e')",
                           "protects(cerror)", "protects(passes, cerror, 1)", "print(pcall(cerror, 1))", "print(select('#', pcall(value)))",
                           "print(xpcall(cerror, function(m) return 'handled ' .. m end))", "table.sort({3, 2, 1}, cerror)",
                           "string.gsub('abc', '.', cerror)", "local x = setmetatable({}, {__index = cerror}).y",
                           "for i in cerror do end", "setmetatable({}, {__gc = cerror}) collectgarbage()",
                           "local x <close> = setmetatable({}, {__close = cerror})", "print(load(cerror))"})
    chunk(L, code);
}

void exceptions(lua_State *L) {
  for (const char *code : {"foreign()", "foreign('a', 'b')", "passes(foreign)", "passes(passes, foreign)", "replaces(foreign)",
                           "print(pcall(foreign, 1))", "print(pcall(passes, foreign, 2))", "protects(foreign)", "protects(replaces, foreign)",
                           "protects(function() protects(foreign) error('later') end)", "print(xpcall(foreign, print, 3))",
                           "local x <close> = setmetatable({}, {__close = function(_, e) print('close', e) end}) foreign('z')",
                           "string.gsub('abc', '.', foreign)", "local x = setmetatable({}, {__index = foreign}).y",
                           "local x = setmetatable({}, {__add = foreign}) + 1", "for i in foreign, 's', 'c' do end",
                           "setmetatable({}, {__gc = foreign}) collectgarbage() print('after')",
                           "debug.sethook(cerror, 'l')\nlocal x = 1", "debug.sethook()", "print(pcall(load, foreign))",
                           "local ok = pcall(pcall, foreign) print(ok)", "protects(witness) print(count())",
                           "pcall(passes, witness) print(count())", "print(pcall(coroutine.wrap(witness))) print(count())",
                           "pcall(function() local x <close> = setmetatable({}, {__close = function() print(count()) end}) witness() end)",
                           "pcall(function() local x <close> = setmetatable({}, {__close = witness}) error('e') end) print(count())",
                           "setmetatable({}, {__gc = witness}) collectgarbage() print(count())", "print(pcall(error, 'still works'))"})
    chunk(L, code);
}

void coroutines(lua_State *L) {
  for (const char *code :
       {"local co = coroutine.create(function() yields(1) yields(2) cerror() end)\n"
        "for i = 1, 4 do print(coroutine.resume(co)) end",
        "local co = coroutine.wrap(yields) print(co(1, 2)) print(co(3))",
        "local co = coroutine.create(yields_k) print(coroutine.resume(co, 5)) print(coroutine.resume(co, 6))",
        "local co = coroutine.create(function() print(pcall(yields_k, 1)) end) print(coroutine.resume(co)) print(coroutine.resume(co, 'x'))",
        "local co = coroutine.create(function() foreign(1, 'z') end) print(coroutine.resume(co)) print(coroutine.status(co))\n"
        "print(coroutine.resume(co)) print(pcall(coroutine.close, co))",
        "local co = coroutine.create(function() print(pcall(foreign, 'arg')) end) print(coroutine.resume(co))",
        "print(pcall(coroutine.wrap(function() foreign('w') end)))", "passes(yields)",
        "print(coroutine.wrap(function() return pcall(passes, yields) end)())"})
    chunk(L, code);
  lua_State *T = lua_newthread(L);
  int n = 0;
  lua_pushcfunction(T, foreign);
  int status = lua_resume(T, L, 0, &n);
  printf("resume %d, status %d, %d values\n", status, lua_status(T), lua_gettop(T));
  printf("reset %d\n", lua_resetthread(T));
}

void chunks(lua_State *L) {
  int status = lua_load(L, reads, nullptr, "=c", nullptr);
  printf("load %d, %d values\n", status, lua_gettop(L));
  lua_settop(L, 0);
  luaL_loadstring(L, "return 1");
  try {
    printf("dump %d\n", lua_dump(L, writes, nullptr, 0));
  } catch (const std::exception &e) {
    printf("dump: %s\n", e.what());
  }
}

/* Outside of all protected calls. */
void unprotected(lua_State *L) {
  try {
    lua_pushcfunction(L, passes);
    lua_pushcfunction(L, foreign);
    lua_call(L, 1, 0);
  } catch (const std::runtime_error &e) {
    printf("outside: %s\n", e.what());
  }
  chunk(L, "return 'alive'");
  lua_atpanic(L, [](lua_State *l) -> int { throw std::runtime_error(lua_tostring(l, -1)); });
  try {
    lua_pushstring(L, "to panic");
    lua_error(L);
  } catch (const std::runtime_error &e) {
    printf("panic: %s\n", e.what());
  }
}

/* Runs `f` in a process of its own and tells how that ends. */
template <class F>
void process(F f) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    dup2(1, 2);
    f();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

void terminates(lua_State *L) {
  process([=] {
    lua_pushcfunction(L, [](lua_State *l) noexcept { return luaL_error(l, "from noexcept"); });
    lua_pcall(L, 0, 0, 0);
  });
  process([=] {
    lua_pushcfunction(L, [](lua_State *l) noexcept { return foreign(l); });
    lua_pcall(L, 0, 0, 0);
  });
}

const struct test_case cases[] = {
    {"errors", errors}, {"exceptions", exceptions}, {"coroutines", coroutines}, {"chunks", chunks},
    {"unprotected", unprotected}, {"terminates", terminates}, {nullptr, nullptr},
};

}  // namespace

int main() {
  run_cases(cases);
  return 0;
}
