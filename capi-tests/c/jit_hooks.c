/* Hooks that stop hot loops: by count, from a signal handler, from another hook; and what goes on afterwards. */

#include <signal.h>
#include <sys/time.h>

#include "test.h"

static const char *const endless[] = {
    "while true do end",
    "local i = 0 while true do i = i + 1 end",
    "repeat until false",
    "::again:: goto again",
    "local t = {} for i = 1, math.maxinteger do t[i % 10] = i end",
    "for i = 1, math.huge do end",
    "local f = function(x) return x + 1 end local s = 0 while true do s = f(s) end",
    "local s = '' while true do s = (s .. 'x'):sub(-20) end",
    "while true do local t = {1, 2, 3} end",
    "local t = {1, 2, 3} while true do for k, v in pairs(t) do t[k] = v + 1 end end",
    "local n = 0 while true do for i = 1, 50 do n = n + i for j = 1, 3 do n = n ~ j end end end",
    "local co = coroutine.wrap(function() while true do coroutine.yield(1) end end) while true do co() end",
    "local function f() return f() end f()",
    "local o = setmetatable({}, {__index = function(_, k) return k end}) local s = 0 while true do s = s + o[1] end",
    "local s = 0.5 while s do s = s * 1.5 % 7 end",
};

static int wanted;

static void stop(lua_State *L, lua_Debug *ar) {
  (void)ar;
  if (--wanted > 0) return;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "time is up");
}

/* The error without the line, which depends on when the hook comes. */
static void outcome(lua_State *L, const char *code, int status) {
  const char *m = lua_tostring(L, -1);
  const char *end = m ? strstr(m, "time is up") : NULL;
  printf("%s: status %d %s\n", code, status, end ? end : m ? m : "no message");
  lua_settop(L, 0);
  lua_sethook(L, NULL, 0, 0);
  run_lua(L, "local s = 0 for i = 1, 500 do s = s + i end assert(s == 125250)");
}

static void by_count(lua_State *L) {
  size_t i;
  for (i = 0; i < sizeof(endless) / sizeof(*endless); i++) {
    int count;
    for (count = 1; count <= 10000; count *= 100) {
      load_text(L, endless[i], "=loop");
      wanted = 5;
      lua_sethook(L, stop, LUA_MASKCOUNT, count * 20);
      outcome(L, endless[i], lua_pcall(L, 0, 0, 0));
    }
  }
}

/* The hook is set by what the loop calls, once the loop is hot. */
static int set_hook(lua_State *L) {
  wanted = 3;
  lua_sethook(L, stop, (int)lua_tointeger(L, 1), 100);
  return 0;
}

static void set_inside(lua_State *L) {
  lua_register(L, "set_hook", set_hook);
  run_lua(L, "masks = {8, 4, 1, 2, 15}");
  run_lua(L, "for _, m in ipairs(masks) do local n = 0\n"
             "print(pcall(function() while true do n = n + 1\nif n == 500 then set_hook(m) end\nmath.abs(n)\nend end))\n"
             "print(n) end");
  run_lua(L, "for _, m in ipairs(masks) do print(pcall(function() for i = 1, 10000 do if i == 700 then set_hook(m) end local f = function() end\nf()\nend end)) end");
}

static lua_State *interrupted;

static void on_alarm(int signal) {
  (void)signal;
  wanted = 1;
  lua_sethook(interrupted, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void by_signal(lua_State *L) {
  size_t i;
  struct sigaction act;
  memset(&act, 0, sizeof(act));
  act.sa_handler = on_alarm;
  act.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &act, NULL);
  interrupted = L;
  for (i = 0; i < sizeof(endless) / sizeof(*endless); i++) {
    struct itimerval timer = {{0, 0}, {0, 20000}};
    if (strstr(endless[i], "coroutine")) continue; /* the hook of one thread does not stop the others */
    load_text(L, endless[i], "=loop");
    setitimer(ITIMER_REAL, &timer, NULL);
    outcome(L, endless[i], lua_pcall(L, 0, 0, 0));
  }
}

/* The signal comes at all moments of a state's first loop: before it is hot, while it is recorded and compiled, later. */
static void at_any_moment(lua_State *unused) {
  int i, stopped = 0;
  struct sigaction act;
  (void)unused;
  memset(&act, 0, sizeof(act));
  act.sa_handler = on_alarm;
  act.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &act, NULL);
  for (i = 0; i < 300; i++) {
    struct itimerval timer = {{0, 0}, {0, 1 + i * 10}};
    lua_State *L = luaL_newstate();
    interrupted = L;
    load_text(L, "local i = 0 while true do i = i + 1 end", "=loop");
    setitimer(ITIMER_REAL, &timer, NULL);
    if (lua_pcall(L, 0, 0, 0) == LUA_ERRRUN) stopped++;
    lua_close(L);
  }
  printf("%d\n", stopped);
}

/* A hook that yields, in a hot loop. */
static void yield_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_yield(L, 0);
}

static void yielding(lua_State *L) {
  int n, yields = 0, status;
  lua_State *co = lua_newthread(L);
  load_text(co, "local s = 0 for i = 1, 300 do s = s + i end return s", "=loop");
  lua_sethook(co, yield_hook, LUA_MASKCOUNT, 7);
  while ((status = lua_resume(co, L, 0, &n)) == LUA_YIELD) {
    if (++yields == 60) lua_sethook(co, NULL, 0, 0);
  }
  printf("status %d, %d yields", status, yields);
  stack(co, "");
}

/* Each thread has its own hook; those made later inherit it. */
static void inherited(lua_State *L) {
  run_lua(L, "f = function() local s = 0 for i = 1, 500 do s = s + i end return s end f()");
  wanted = 2;
  lua_sethook(L, stop, LUA_MASKCOUNT, 400);
  run_lua(L, "print(pcall(coroutine.wrap(f)))");
  lua_sethook(L, NULL, 0, 0);
  run_lua(L, "print(pcall(coroutine.wrap(f)))");
}

static const struct test_case cases[] = {
    {"by_count", by_count}, {"set_inside", set_inside}, {"by_signal", by_signal},
    {"yielding", yielding}, {"inherited", inherited},   {"at_any_moment", at_any_moment}, {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
