/* The debug interface: getinfo, locals, upvalues, hooks. */

#include <signal.h>
#include <sys/time.h>

#include "test.h"

static void show_info(lua_State *L, lua_Debug *ar, const char *what) {
  int top = lua_gettop(L);
  lua_Debug d;
  memset(&d, 0, sizeof(d));
  d = *ar;
  if (!lua_getinfo(L, what, &d)) printf("(invalid) ");
  for (; *what; what++) switch (*what) {
      case 'n':
        printf("name=%s namewhat=%s ", d.name ? d.name : "NULL", d.namewhat);
        break;
      case 'S':
        printf("source=%s srclen=%lu short=%s what=%s lines=%d-%d ", d.source, (unsigned long)d.srclen, d.short_src, d.what,
               d.linedefined, d.lastlinedefined);
        break;
      case 'l':
        printf("line=%d ", d.currentline);
        break;
      case 'u':
        printf("nups=%d nparams=%d vararg=%d ", d.nups, d.nparams, d.isvararg);
        break;
      case 't':
        printf("tail=%d ", !!d.istailcall);
        break;
      case 'r':
        printf("transfer=%d,%d ", d.ftransfer, d.ntransfer);
        break;
    }
  for (top++; top <= lua_gettop(L); top++) {
    putchar(' ');
    show(L, top);
  }
  printf("\n");
}

static int levels(lua_State *L) {
  lua_Debug ar;
  int level;
  for (level = 0; lua_getstack(L, level, &ar); level++) {
    int top = lua_gettop(L);
    printf("%d: ", level);
    show_info(L, &ar, "nSlutr");
    lua_settop(L, top);
  }
  printf("levels %d, negative %d\n", level, lua_getstack(L, -1, &ar));
  return 0;
}

static void info(lua_State *L) {
  lua_Debug ar;
  lua_register(L, "levels", levels);
  load_text(L, "local function f(a, b, ...)\n local t = {m = function(self, x)\n  levels()\n end}\n t:m(1)\n t.m(2)\nend\n"
                  "function g(x)\n return f(x)\nend\n"
                  "g(1)\nlocal mt = setmetatable({}, {__index = function() levels() end, __add = levels})\n"
                  "local _ = mt.x, mt + 1\nfor _ in levels do end", "@info.lua");
  printf("%d\n", lua_pcall(L, 0, 0, 0));
  lua_settop(L, 0);
  memset(&ar, 0, sizeof(ar));
  lua_getglobal(L, "print");
  lua_getinfo(L, ">Su", &ar);
  printf("%s %s %s %d %d %d\n", ar.what, ar.source, ar.short_src, ar.linedefined, ar.nups, ar.isvararg);
  load_text(L, "local a, b\n\nreturn function() return a, b, print end", "=(test)");
  lua_pushvalue(L, -1);
  lua_call(L, 0, 1);
  lua_pushvalue(L, -1);
  lua_getinfo(L, ">Slnut", &ar);
  printf("%s %s %s %d %d %d %d name %s [%s]\n", ar.what, ar.source, ar.short_src, ar.linedefined, ar.lastlinedefined, ar.currentline,
         ar.nups, ar.name ? ar.name : "NULL", ar.namewhat);
  lua_pushvalue(L, -1);
  lua_getinfo(L, ">L", &ar);
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    printf("active line %lld\n", (long long)lua_tointeger(L, -2));
    lua_pop(L, 1);
  }
  lua_settop(L, 0);
  lua_getglobal(L, "print");
  lua_getinfo(L, ">fL", &ar);
  stack(L, "f and L of a C function");
  lua_settop(L, 0);
  lua_getglobal(L, "print");
  printf("%d ", lua_getinfo(L, ">?", &ar));
  printf("%d\n", lua_gettop(L));
}

static int show_locals(lua_State *L) {
  lua_Debug ar;
  int n;
  const char *name;
  lua_getstack(L, 1, &ar);
  for (n = 1; (name = lua_getlocal(L, &ar, n)) != NULL; n++) {
    printf("%d %s = ", n, name);
    show(L, -1);
    printf("\n");
    lua_pop(L, 1);
  }
  for (n = -1; (name = lua_getlocal(L, &ar, n)) != NULL; n--) {
    printf("%d %s = ", n, name);
    show(L, -1);
    printf("\n");
    lua_pop(L, 1);
  }
  lua_pushliteral(L, "set from C");
  printf("setlocal %s\n", lua_setlocal(L, &ar, 2));
  lua_pushliteral(L, "lost");
  printf("setlocal %d top %d\n", lua_setlocal(L, &ar, 100) == NULL, lua_gettop(L));
  lua_pushliteral(L, "vararg set");
  printf("setlocal %s\n", lua_setlocal(L, &ar, -1));
  lua_getstack(L, 0, &ar);
  printf("own %s\n", lua_getlocal(L, &ar, 1) ? "yes" : "no");
  return 0;
}

static void locals(lua_State *L) {
  lua_register(L, "locals", show_locals);
  run_lua(L,
          "local function f(a, b, ...)\n local c <const> = 3 local d = {}\n do local inner = 1 locals() end\n"
          " for i = 1, 1 do locals() end\n print(b, ...) end f(1, 2, 'va', 'vb')");
  luaL_loadstring(L, "local function f(x, y, ...) local z end return f");
  lua_call(L, 0, 1);
  {
    int i;
    for (i = 1; i <= 4; i++) {
      lua_pushvalue(L, -1);
      {
        const char *name = lua_getlocal(L, NULL, i);
        printf("parameter %s top %d\n", name ? name : "NULL", lua_gettop(L));
      }
      lua_settop(L, 1);
    }
  }
}

static int closure(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  return 1;
}

static void upvalues(lua_State *L) {
  const char *name;
  int i;
  luaL_loadstring(L, "local a, b = 10, 20 return function() return a end, function() return b, a, print end");
  lua_call(L, 0, 2);
  for (i = 0; i <= 4; i++) {
    name = lua_getupvalue(L, 2, i);
    printf("%s ", name ? name : "NULL");
    lua_settop(L, 2);
  }
  lua_pushliteral(L, "new a");
  printf("%s\n", lua_setupvalue(L, 1, 1));
  lua_pushvalue(L, 2);
  lua_call(L, 0, 3);
  stack(L, "changed");
  lua_settop(L, 2);
  printf("shared %d %d\n", lua_upvalueid(L, 1, 1) == lua_upvalueid(L, 2, 2), lua_upvalueid(L, 1, 1) == lua_upvalueid(L, 2, 1));
  printf("absent %d\n", lua_upvalueid(L, 1, 2) == NULL);
  lua_upvaluejoin(L, 1, 1, 2, 1);
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  printf("joined %d ", lua_upvalueid(L, 1, 1) == lua_upvalueid(L, 2, 1));
  stack(L, "a is b");
  lua_settop(L, 0);
  lua_pushliteral(L, "C upvalue");
  lua_pushcclosure(L, closure, 1);
  printf("[%s] ", lua_getupvalue(L, 1, 1));
  printf("%d ", lua_getupvalue(L, 1, 2) == NULL);
  lua_pushinteger(L, 8);
  printf("[%s] ", lua_setupvalue(L, 1, 1));
  printf("%d %d\n", lua_upvalueid(L, 1, 1) != NULL, lua_upvalueid(L, 1, 2) == NULL);
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  stack(L, "C");
  lua_settop(L, 0);
  lua_getglobal(L, "print");
  printf("%d\n", lua_getupvalue(L, 1, 1) == NULL);
}

static void log_hook(lua_State *L, lua_Debug *ar) {
  static const char *const names[] = {"call", "return", "line", "count", "tail call"};
  lua_getinfo(L, "nSltr", ar);
  if (ar->event == LUA_HOOKLINE)
    printf("line %d\n", ar->currentline);
  else if (ar->event == LUA_HOOKCOUNT)
    printf("count at line %d\n", ar->currentline);
  else
    printf("%s %s %s (%s) tail %d transfer %d %d\n", names[ar->event], ar->what, ar->name ? ar->name : "?", ar->namewhat,
           !!ar->istailcall, ar->ftransfer, ar->ntransfer);
}

static const char program[] =
    "local function add(a, b)\n"
    "  return a + b\n"
    "end\n"
    "local function tail(x)\n"
    "  return add(x, 1)\n"
    "end\n"
    "for i = 1, 2 do\n"
    "  tail(i)\n"
    "end\n"
    "local s = string.rep('x', 3)\n"
    "if s then s = nil end\n"
    "local t = setmetatable({}, {__index = function(t, k) return k end})\n"
    "local v = t.field\n"
    "goto done\n"
    "::done::\n"
    "while v do v = nil end\n"
    "repeat local z = 1 until z\n";

static void hooks(lua_State *L) {
  int mask;
  printf("none %d %d %d\n", lua_gethook(L) == NULL, lua_gethookmask(L), lua_gethookcount(L));
  for (mask = 1; mask < 16; mask++) {
    printf("mask %d\n", mask);
    load_text(L, program, "@prog.lua");
    lua_sethook(L, log_hook, mask, 4);
    printf("%d %d %d\n", lua_gethook(L) == log_hook, lua_gethookmask(L), lua_gethookcount(L));
    printf("-> %d\n", lua_pcall(L, 0, 0, 0));
    lua_sethook(L, NULL, 0, 0);
  }
  printf("none %d %d %d\n", lua_gethook(L) == NULL, lua_gethookmask(L), lua_gethookcount(L));
  lua_sethook(L, log_hook, 0, 0);
  printf("no mask %d\n", lua_gethook(L) == NULL);
}

static int hook_countdown;
static void failing_hook(lua_State *L, lua_Debug *ar) {
  lua_getinfo(L, "l", ar);
  if (--hook_countdown == 0) luaL_error(L, "hook error in line %d", ar->currentline);
}

static void hook_errors(lua_State *L) {
  int mask, i;
  for (mask = 1; mask < 16; mask <<= 1)
    for (i = 1; i <= 4; i++) {
      hook_countdown = i;
      load_text(L, program, "@prog.lua");
      lua_sethook(L, failing_hook, mask, 3);
      printf("mask %d after %d: %d ", mask, i, lua_pcall(L, 0, 0, 0));
      lua_sethook(L, NULL, 0, 0);
      stack(L, "result");
      lua_settop(L, 0);
    }
  run_lua(L, "print('still works')");
}

static void yielding_hook(lua_State *L, lua_Debug *ar) {
  lua_getinfo(L, "l", ar);
  printf("yield in line %d\n", ar->currentline);
  lua_yield(L, 0);
}

static void hook_yields(lua_State *L) {
  int mask;
  for (mask = LUA_MASKLINE; mask <= LUA_MASKCOUNT; mask <<= 1) {
    lua_State *co = lua_newthread(L);
    int status, n, turns = 0;
    load_text(co, program, "@prog.lua");
    lua_sethook(co, yielding_hook, mask, 7);
    while ((status = lua_resume(co, L, 0, &n)) == LUA_YIELD && turns++ < 100) printf("yielded %d values, top %d\n", n, lua_gettop(co));
    printf("status %d turns %d\n", status, turns);
    lua_pop(L, 1);
  }
}

static void inherited_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  (void)L;
  hook_countdown++;
}

static void hooks_and_threads(lua_State *L) {
  hook_countdown = 0;
  lua_sethook(L, inherited_hook, LUA_MASKLINE, 0);
  run_lua(L, "local co = coroutine.wrap(function()\n local x = 1\n x = 2\n end) co()");
  printf("lines %d\n", hook_countdown);
  lua_sethook(L, NULL, 0, 0);
  run_lua(L, "local n = 0 debug.sethook(function(e, l) n = n + 1 end, 'l')\nlocal x = 1\nx = 2\ndebug.sethook() print(n, debug.gethook())");
  run_lua(L, "debug.sethook(function(e) error('lua hook ' .. e) end, 'c') local ok, m = pcall(print) debug.sethook() print(ok, m)");
}

static lua_State *signal_state;
static int signal_mask;
static void stop_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "interrupted!");
}
static void on_signal(int sig) {
  (void)sig;
  lua_sethook(signal_state, stop_hook, signal_mask, 1);
}

static void signals(lua_State *L) {
  static const char *const loops[] = {"while true do end",
                                      "local x = 0 for i = 1, math.huge do x = x + i end",
                                      "local function f() return f() end f()",
                                      "repeat until false",
                                      "::a:: goto a",
                                      "local t = {} while true do t.x = (t.x or 0) + 1 end",
                                      "for k in function() return 1 end do end",
                                      "while true do pcall(error) end",
                                      "coroutine.wrap(function() while true do end end)()",
                                      NULL};
  int i;
  signal_state = L;
  signal(SIGALRM, on_signal);
  for (i = 0; loops[i]; i++) {
    struct itimerval t = {{0, 0}, {0, 30000}};
    luaL_loadstring(L, loops[i]);
    if (i == 8) {
      /* A hook set on the main thread does not reach a running coroutine: the loop ends by its own hook. */
      lua_settop(L, 0);
      continue;
    }
    /* An error in the call hook of 'error' would be caught by the loop's own pcall. */
    signal_mask = strstr(loops[i], "pcall") ? LUA_MASKCOUNT : LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT;
    setitimer(ITIMER_REAL, &t, NULL);
    printf("%d: %d ", i, lua_pcall(L, 0, 0, 0));
    printf("%s\n", strstr(lua_tostring(L, -1), "interrupted!") ? "interrupted" : lua_tostring(L, -1));
    lua_settop(L, 0);
  }
}

static int traceback(lua_State *L) {
  luaL_traceback(L, L, "message", 0);
  printf("%s\n", lua_tostring(L, -1));
  luaL_traceback(L, L, NULL, 1);
  printf("%s\n", lua_tostring(L, -1));
  return 0;
}

static void tracebacks(lua_State *L) {
  lua_State *co;
  int n;
  lua_register(L, "tb", traceback);
  load_text(L, "local function f(n)\n if n == 0 then tb() else f(n - 1) end\nend\n"
                  "function global() return f(2) end\nlocal t = {m = function(self) global() end}\nt:m()\n"
                  "pcall(string.gsub, 'x', '.', function() tb() end)\ntable.sort({1, 2}, function() tb() end)\nf(30)\n", "@tb.lua");
  lua_call(L, 0, 0);
  co = lua_newthread(L);
  load_text(co, "local function g() coroutine.yield() end\ng()", "@co.lua");
  lua_resume(co, L, 0, &n);
  luaL_traceback(L, co, "coroutine", 0);
  printf("%s\n", lua_tostring(L, -1));
  luaL_traceback(L, co, NULL, 5);
  printf("%s\n", lua_tostring(L, -1));
}

static const struct test_case cases[] = {
    {"info", info},
    {"locals", locals},
    {"upvalues", upvalues},
    {"hooks", hooks},
    {"hook_errors", hook_errors},
    {"hook_yields", hook_yields},
    {"hooks_and_threads", hooks_and_threads},
    {"signals", signals},
    {"tracebacks", tracebacks},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
