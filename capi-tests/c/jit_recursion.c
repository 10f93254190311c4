/* Functions that call themselves, compiled: on small stacks and on stacks of the host's own, stopped by hooks, with C
   functions that call back, yield, fail and move the stack in the middle. */

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

#include "test.h"

static const char *const functions =
    "function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end\n"
    "function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end\n"
    "function walk(n, f) if n == 0 then return f(n) end local r = walk(n - 1, f) return r + f(n) end\n"
    "function each(n, f) for i = 1, 2 do if n > 0 then each(n - 1, f) end end f(n) return n end\n"
    "function work() return fib(15), sum(20000), walk(50, math.abs), each(6, math.abs) end\n"
    "for i = 1, 40 do work() end";

/* Runs with whatever stack there is. */
static void *go_on(void *arg) {
  lua_State *L = (lua_State *)arg;
  int i;
  for (i = 0; i < 3; i++) {
    lua_getglobal(L, "work");
    if (lua_pcall(L, 0, LUA_MULTRET, 0) != LUA_OK) printf("! %s", lua_tostring(L, -1));
    stack(L, "");
    lua_settop(L, 0);
  }
  return NULL;
}

/* The state moves between threads whose stacks are smaller and larger. */
static void stacks(lua_State *L) {
  static const size_t sizes[] = {96 << 10, 4 << 20, 200 << 10, 600 << 10, 64 << 10, 1200 << 10};
  size_t i;
  run_lua(L, functions);
  go_on(L);
  for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
    pthread_t id;
    pthread_attr_t a;
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, sizes[i]);
    if (pthread_create(&id, &a, go_on, L) == 0) pthread_join(id, NULL);
    pthread_attr_destroy(&a);
  }
  go_on(L);
}

static ucontext_t host, guest;
static lua_State *of_guest;
static void enter_guest(void) { go_on(of_guest); }

/* A stack that the system knows nothing of, entered from Lua that is compiled and from nothing. */
static int on_own_stack(lua_State *L) {
  size_t size = 128 << 10;
  char *memory = (char *)malloc(size);
  lua_State *co = lua_newthread(L);
  getcontext(&guest);
  guest.uc_stack.ss_sp = memory;
  guest.uc_stack.ss_size = size;
  guest.uc_link = &host;
  of_guest = co;
  makecontext(&guest, enter_guest, 0);
  swapcontext(&host, &guest);
  free(memory);
  lua_pushinteger(L, 1);
  return 1;
}
static void own_stack(lua_State *L) {
  run_lua(L, functions);
  on_own_stack(L);
  lua_settop(L, 0);
  lua_register(L, "on_own_stack", on_own_stack);
  run_lua(L, "print(walk(60, function(n) return n == 30 and on_own_stack() or 0 end))");
  go_on(L);
}

static int wanted;
static void stop(lua_State *L, lua_Debug *ar) {
  (void)ar;
  if (--wanted > 0) return;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "time is up");
}
static const char *const endless[] = {
    "local function f(n) if n == 0 then return 0 end return f(n - 1) + f(n - 1) end f(100)",
    "local function f(n) while n > 0 do f(n - 1) end return f(n + 3) end f(1)",
    "local function f(n) return f(n + 1) end f(1)",
    "local function f(t) for i = 1, 3 do f(t) f({t}) end end while true do pcall(f, {}) end",
};
static lua_State *interrupted;
static void on_alarm(int signal) {
  (void)signal;
  wanted = 1;
  lua_sethook(interrupted, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}
static void outcome(lua_State *L, const char *code, int status) {
  const char *m = lua_tostring(L, -1);
  const char *end = m ? strstr(m, "time is up") : NULL;
  printf("%s: status %d %s\n", code, status, end ? end : m ? m : "no message");
  lua_settop(L, 0);
  lua_sethook(L, NULL, 0, 0);
  run_lua(L, "assert(fib(16) == 987)");
}
static void stopped(lua_State *L) {
  size_t i;
  struct sigaction act;
  memset(&act, 0, sizeof(act));
  act.sa_handler = on_alarm;
  act.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &act, NULL);
  interrupted = L;
  run_lua(L, functions);
  for (i = 0; i < 3; i++) { /* the fourth catches the error */
    struct itimerval timer = {{0, 0}, {0, 30000}};
    load_text(L, endless[i], "=endless");
    setitimer(ITIMER_REAL, &timer, NULL);
    outcome(L, endless[i], lua_pcall(L, 0, 0, 0));
  }
  for (i = 0; i < 3; i++) {
    load_text(L, endless[i], "=endless");
    wanted = 50;
    lua_sethook(L, stop, LUA_MASKCOUNT, 1000);
    outcome(L, endless[i], lua_pcall(L, 0, 0, 0));
  }
}

static int fails(lua_State *L) {
  if (lua_tointeger(L, 1) == 7) return luaL_error(L, "seven");
  lua_pushinteger(L, 1);
  return 1;
}
static int calls_back(lua_State *L) {
  lua_getglobal(L, "sum");
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  return 1;
}
static int after(lua_State *L, int status, lua_KContext n) {
  (void)status;
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}
static int yields(lua_State *L) {
  lua_Integer n = lua_tointeger(L, 1);
  lua_settop(L, 1);
  if (n % 5 == 3) return lua_yieldk(L, 1, (lua_KContext)n, after);
  return after(L, LUA_OK, (lua_KContext)n);
}
static int grows(lua_State *L) {
  luaL_checkstack(L, 2000 + 300 * (int)(lua_tointeger(L, 1) % 40), "grows");
  lua_pushinteger(L, 2);
  return 1;
}
static int collects(lua_State *L) {
  if (lua_tointeger(L, 1) % 9 == 0) lua_gc(L, LUA_GCCOLLECT);
  lua_pushinteger(L, 3);
  return 1;
}
/* Assigns to the locals of the functions below. */
static int meddles(lua_State *L) {
  lua_Debug ar;
  int level;
  if (lua_tointeger(L, 1) != 0) {
    lua_pushinteger(L, 0);
    return 1;
  }
  for (level = 1; level < 5 && lua_getstack(L, level, &ar); level++) {
    lua_pushnumber(L, 0.5);
    if (lua_setlocal(L, &ar, 3) == NULL) lua_pop(L, 1);
  }
  lua_pushinteger(L, 0);
  return 1;
}
static void in_the_middle(lua_State *L) {
  static const luaL_Reg list[] = {{"fails", fails},       {"calls_back", calls_back}, {"yields", yields}, {"grows", grows},
                                  {"collects", collects}, {"meddles", meddles},       {NULL, NULL}};
  lua_pushglobaltable(L);
  luaL_setfuncs(L, list, 0);
  lua_pop(L, 1);
  run_lua(L, functions);
  run_lua(L, "for i = 1, 300 do local ok, m = pcall(walk, 6 + i % 4, fails) if i > 296 then print(ok, m) end end");
  run_lua(L, "for i = 1, 300 do local s = walk(20, calls_back) if i > 298 then print(s) end end");
  run_lua(L, "for i = 1, 100 do local co = coroutine.wrap(walk) local v, n = co(20, yields), 0 while v ~= 210 do n = n + v v = co() end\n"
             "if i > 98 then print(n) end end");
  run_lua(L, "for i = 1, 100 do local co = coroutine.wrap(each) local v, n = co(6, yields), 0 while v ~= 6 do n = n + v v = co() end\n"
             "if i > 98 then print(n) end end");
  run_lua(L, "for i = 1, 300 do local s = walk(200, grows) if i > 298 then print(s) end collectgarbage('step') end");
  run_lua(L, "for i = 1, 60 do local s = walk(100, collects) if i > 58 then print(s) end end");
  run_lua(L, "for i = 1, 300 do local ok, s = pcall(walk, 30, meddles) if i > 298 then print(ok, s) end end");
  run_lua(L, "for i = 1, 300 do local t = setmetatable({}, {__gc = function() sum(30) end}) walk(3, tostring and math.abs) end collectgarbage() print(sum(100))");
}

/* Memory runs out somewhere in a recursion that builds something. */
static void limited(lua_State *unused) {
  static const char *const code = "local function build(n) if n == 0 then return {} end return {build(n - 1), build(n - 1)} end\n"
                                  "for i = 1, 100 do build(5) end return build(30)";
  size_t limit;
  (void)unused;
  for (limit = 100; limit <= 2000; limit += 170) {
    struct heap h = {0, 0, -1, 0, 0, 0};
    lua_State *L = lua_newstate(test_alloc, &h);
    luaL_openlibs(L);
    run_lua(L, functions);
    load_text(L, code, "=build");
    h.limit = h.bytes + (limit << 10);
    printf("%d", lua_pcall(L, 0, 0, 0));
    printf(" %s", lua_tostring(L, -1));
    lua_settop(L, 0);
    h.limit = 0;
    run_lua(L, "print(fib(12))");
    lua_close(L);
    printf("left %ld, wrong %ld\n", (long)h.bytes, h.errors);
  }
}

static const struct test_case cases[] = {
    {"stacks", stacks},   {"own_stack", own_stack}, {"stopped", stopped}, {"in_the_middle", in_the_middle},
    {"limited", limited}, {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
