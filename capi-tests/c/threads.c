/* States in OS threads: several at once, small stacks at every limit of nesting, signals, fork. */

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

/* Several states at once */

struct worker {
  int id;
  long result;
  int failed;
};

static void *work(void *arg) {
  struct worker *w = (struct worker *)arg;
  int round;
  for (round = 0; round < 3; round++) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_pushinteger(L, w->id);
    lua_setglobal(L, "id");
    if (luaL_dostring(L, "local t, s = {}, 0\n"
                         "for i = 1, 3000 do t[i % 100] = {i, tostring(i), function() return i end} end\n"
                         "for i = 1, 300 do local ok, m = pcall(error, {i}) s = s + m[1] end\n"
                         "for i = 1, 100 do local co = coroutine.wrap(function(a) return a + coroutine.yield(a) end) s = s + co(i) + co(id) end\n"
                         "local x = setmetatable({}, {__index = function(_, k) return k .. id end}) s = s + #x.abc\n"
                         "s = s + #('%d %s'):format(id, 'x'):rep(100) + #table.concat({1, 2, 3}, ',') + select(2, ('abc'):gsub('%w', '%0%0'))\n"
                         "collectgarbage() return s") != LUA_OK) {
      w->failed++;
      printf("worker %d: %s\n", w->id, lua_tostring(L, -1));
    } else {
      w->result += lua_tointeger(L, -1);
    }
    lua_close(L);
  }
  return NULL;
}

static void at_once(lua_State *L) {
  pthread_t threads[8];
  struct worker workers[8];
  int i;
  (void)L;
  for (i = 0; i < 8; i++) {
    workers[i] = (struct worker){i, 0, 0};
    pthread_create(&threads[i], NULL, work, &workers[i]);
  }
  for (i = 0; i < 8; i++) {
    pthread_join(threads[i], NULL);
    printf("worker %d: %ld, %d failed\n", i, workers[i].result, workers[i].failed);
  }
}

/* A state that moves from thread to thread */

static void *go_on(void *arg) {
  lua_State *L = (lua_State *)arg;
  int n;
  lua_State *co = lua_tothread(L, 1);
  printf("resumed %d ", lua_resume(co, L, 0, &n));
  printf("%d\n", (int)lua_tointeger(co, -1));
  lua_pop(co, n);
  return NULL;
}

static void moving(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int i;
  load_text(co, "for i = 1, 5 do coroutine.yield(i * i) end return 0", "=moving");
  for (i = 0; i < 6; i++) {
    pthread_t t;
    pthread_create(&t, NULL, go_on, L);
    pthread_join(t, NULL);
  }
}

/* Limits in small stacks. Each case runs in a process of its own, in a thread with this many kilobytes. */

struct limit {
  const char *name;
  int kilobytes;
  const char *code;
};

static const struct limit limits[] = {
    {"c-calls", 128, "return capi.nest(0)"},
    {"c-pcalls", 128, "return capi.pnest(0)"},
    {"c-resumes", 128, "return capi.rnest(0)"},
    {"metamethod index chain", 128, "local mt = {} mt.__index = function(t, k) return t[k + 1] end return pcall(function() return setmetatable({}, mt)[1] end)"},
    {"metatable loop", 128, "local t = {} setmetatable(t, {__index = t}) return pcall(function() return t.x end)"},
    {"metamethod call chain", 128, "local t = function(...) return ... end for i = 1, 100 do t = setmetatable({}, {__call = t}) end return select('#', t())"},
    {"metamethod add", 128, "local mt = {} mt.__add = function(a, b) return a + b end return pcall(function() return setmetatable({}, mt) + 1 end)"},
    {"metamethod eq", 128, "local mt = {} mt.__eq = function(a, b) return a == setmetatable({}, mt) end return pcall(function() return setmetatable({}, mt) == setmetatable({}, mt) end)"},
    {"metamethod concat", 128, "local mt = {} mt.__concat = function(a, b) return a .. b end return pcall(function() return setmetatable({}, mt) .. 'x' end)"},
    {"metamethod tostring", 128, "local mt = {} mt.__tostring = function(a) return tostring(a) end return pcall(tostring, setmetatable({}, mt))"},
    {"metamethod close", 128, "local function f(n) local x <close> = setmetatable({}, {__close = function() f(n + 1) end}) end return pcall(f, 1)"},
    {"lua recursion", 128, "local function f() return 1 + f() end return pcall(f)"},
    {"error in error handling", 128, "local function h(m) return 1 + h(m) end return xpcall(error, h, 'x')"},
    {"error in handler", 128, "local function h(m) error(m) end return xpcall(error, h, 'x')"},
    {"stack overflow in handler", 128, "local function f() return 1 + f() end return xpcall(f, function(m) return f() end)"},
    {"pcall nest", 512, "local function f(n) return pcall(f, n + 1) end return (f(1))"},
    {"xpcall nest", 512, "local function f(n) return xpcall(f, function(m) return m end, n + 1) end return (f(1))"},
    {"pcall nest in C", 128, "local f = function() end for i = 1, 150 do local g = f f = function() return pcall(g) end end return f()"},
    {"coroutine in coroutine", 512, "local function f(n) local co = coroutine.wrap(f) return co(n + 1) end return pcall(f, 1)"},
    {"coroutine create nest", 128, "local function f(n) local ok, m = coroutine.resume(coroutine.create(f), n + 1) return m or n end return f(1)"},
    {"sort", 128, "local t = {} for i = 1, 2000 do t[i] = (i * 7919) % 2003 end table.sort(t, function(a, b) return a < b end) return t[1], t[2000]"},
    {"sort nest", 128, "local function f(n) table.sort({1, 2}, function(a, b) f(n + 1) return a < b end) end return pcall(f, 1)"},
    {"invalid order", 128, "local t = {} for i = 1, 200 do t[i] = i end return pcall(table.sort, t, function(a, b) return true end)"},
    {"pattern depth", 128, "return pcall(string.match, ('x'):rep(1000), ('(x'):rep(32)), pcall(string.find, ('a'):rep(300000), ('a?'):rep(250) .. ('a'):rep(250))"},
    {"pattern max depth", 128, "return pcall(string.match, ('a'):rep(300), ('a?'):rep(300) .. 'b'), pcall(string.match, ('x'):rep(400), ('.-'):rep(210) .. 'y')"},
    {"gsub nest", 512, "local function f(n) return (string.gsub('x', 'x', function() f(n + 1) end)) end return pcall(f, 1)"},
    {"gsub some", 128, "local function f(n) if n == 0 then return 'end' end return (string.gsub('x', 'x', function() return f(n - 1) end)) end return f(30)"},
    {"format nest", 512, "local mt = {} mt.__tostring = function(t) return string.format('%s', t) end return pcall(tostring, setmetatable({}, mt))"},
    {"rep", 128, "return #string.rep('abc', 100000), pcall(string.rep, 'x', 1 << 62)"},
    {"concat", 128, "local t = {} for i = 1, 5000 do t[i] = 'item' end return #table.concat(t)"},
    {"unpack", 128, "return select('#', table.unpack({}, 1, 200000)), pcall(table.unpack, {}, 1, 1e7)"},
    {"char", 128, "return #string.char(table.unpack(setmetatable({}, {__index = function() return 65 end}), 1, 10000))"},
    {"parens", 256, "return load('return ' .. ('('):rep(300) .. '1' .. (')'):rep(300))"},
    {"parens that fit", 256, "return load('return ' .. ('('):rep(180) .. '1' .. (')'):rep(180))()"},
    {"blocks", 256, "return load(('do '):rep(300) .. ('end '):rep(300))"},
    {"functions", 256, "return load(('return function() '):rep(300) .. ('end '):rep(300))"},
    {"tables", 256, "return load('return ' .. ('{'):rep(300) .. ('}'):rep(300))"},
    {"unary", 256, "return load('return ' .. ('- '):rep(300) .. '1')"},
    {"power", 256, "return load('return ' .. ('2^'):rep(300) .. '1')"},
    {"concat operators", 256, "return load('return ' .. ('a..'):rep(300) .. 'a')"},
    {"if-else", 256, "return load(('if a then else '):rep(300) .. ('end '):rep(300))"},
    {"call suffixes", 128, "return type(load('return a' .. ('()'):rep(3000)))"},
    {"deep assignments", 256, "return load(('a.b, '):rep(300) .. 'c = 1')"},
    {"dump nested functions", 256, "local s = ('return function() '):rep(150) .. ('end '):rep(150) local f = load(s) return type(load(string.dump(f)))"},
    {"require nest", 512, "table.insert(package.searchers, 1, function(n) return function() return require('m' .. n) end end) return pcall(require, 'm')"},
    {"load nest", 512, "local function f(n) return load(function() f(n + 1) end) end return pcall(f, 1)"},
    {"gc in gc", 128, "local n = 0 local function f() n = n + 1 if n < 300 then setmetatable({}, {__gc = f}) collectgarbage() end end f() collectgarbage() return n"},
    {"deep structure", 128, "local t = {} for i = 1, 100000 do t = {t} end collectgarbage() return type(t)"},
    {"long chain of closures", 128, "local f for i = 1, 50000 do local g = f f = function() return g end end collectgarbage() return type(f)"},
    {"long chain of coroutines", 128, "local co for i = 1, 2000 do local c = co co = coroutine.create(function() coroutine.yield(c) end) coroutine.resume(co) end collectgarbage() return type(co)"},
    {"traceback", 128, "local function f(n) if n == 0 then return debug.traceback() end return (f(n - 1)) end return #f(1000) > 100"},
    {"date and format", 128, "return os.date('!%c', 0), string.format('%99.99f', 1e15):len(), string.format('%q', 1 / 3), tostring(1e300)"},
    {"file", 128, "local f = io.tmpfile() f:write(('x'):rep(100000), '\\n') f:seek('set') return #f:read('l')"},
};

static int nest(lua_State *L) {
  lua_pushcfunction(L, nest);
  lua_pushinteger(L, lua_tointeger(L, 1) + 1);
  lua_call(L, 1, 1);
  return 1;
}
static int pnest(lua_State *L) {
  lua_Integer n = lua_tointeger(L, 1);
  lua_pushcfunction(L, pnest);
  lua_pushinteger(L, n + 1);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) lua_pushfstring(L, "%I: %s", (LUAI_UACINT)n, lua_tostring(L, -1));
  return 1;
}
static int rnest(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int n, status;
  lua_pushcfunction(co, rnest);
  lua_pushinteger(co, lua_tointeger(L, 1) + 1);
  status = lua_resume(co, L, 1, &n);
  lua_xmove(co, L, 1);
  if (status != LUA_OK) lua_pushfstring(L, "%I: %s", (LUAI_UACINT)lua_tointeger(L, 1), lua_tostring(L, -1));
  return 1;
}

static void *run_limit(void *arg) {
  const struct limit *limit = (const struct limit *)arg;
  static const luaL_Reg functions[] = {{"nest", nest}, {"pnest", pnest}, {"rnest", rnest}, {NULL, NULL}};
  lua_State *L = luaL_newstate();
  int status;
  luaL_openlibs(L);
  luaL_newlib(L, functions);
  lua_setglobal(L, "capi");
  load_text(L, limit->code, "=limit");
  status = lua_pcall(L, 0, LUA_MULTRET, 0);
  printf("%d ", status);
  stack(L, "results");
  lua_settop(L, 0);
  run_lua(L, "print('afterwards', pcall(error, 'e'))");
  lua_close(L);
  return NULL;
}

static void in_thread(const struct limit *limit, size_t bytes) {
  pthread_attr_t attributes;
  pthread_t t;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, bytes);
  if (pthread_create(&t, &attributes, run_limit, (void *)limit) != 0) printf("no thread\n");
  pthread_join(t, NULL);
}

static void small_stacks(lua_State *L) {
  size_t i;
  const char *only = getenv("LIMIT");
  (void)L;
  for (i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
    pid_t child;
    int status;
    if (only && strcmp(only, limits[i].name) != 0) continue;
    printf("%s (%d kB): ", limits[i].name, limits[i].kilobytes);
    fflush(stdout);
    child = fork();
    if (child == 0) {
      const char *kilobytes = getenv("KILOBYTES");
      in_thread(&limits[i], (kilobytes ? atoi(kilobytes) : limits[i].kilobytes) * 1024ul);
      fflush(stdout);
      _exit(0);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("! signal %d\n", WTERMSIG(status));
  }
}

/* Fork */

static void forks(lua_State *L) {
  int status;
  pid_t child;
  run_lua(L, "t = {} for i = 1, 100 do t[i] = {i} end co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) co()");
  fflush(stdout);
  child = fork();
  if (child == 0) {
    run_lua(L, "for i = 1, 2000 do t[i] = {i} end collectgarbage() print('child', #t, co(), pcall(error, 'e'))");
    lua_close(L);
    fflush(stdout);
    _exit(7);
  }
  waitpid(child, &status, 0);
  printf("child ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  run_lua(L, "print('parent', #t, co(), co())");
}

/* Signals */

static lua_State *volatile interrupted;
static void stop(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "interrupted!");
}
static void on_alarm(int sig) {
  (void)sig;
  lua_sethook(interrupted, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void *spin(void *arg) {
  lua_State *L = (lua_State *)arg;
  printf("loop ends with %d ", luaL_dostring(L, "while true do local t = {} t.x = 1 end"));
  printf("%s\n", strstr(lua_tostring(L, -1), "interrupted!") ? "interrupted" : lua_tostring(L, -1));
  return NULL;
}

static void signals(lua_State *L) {
  struct itimerval t = {{0, 0}, {0, 50000}};
  pthread_t thread;
  int i;
  signal(SIGALRM, on_alarm);
  for (i = 0; i < 2; i++) {
    /* In this thread, then for a loop that runs in another one. */
    lua_State *L1 = luaL_newstate();
    interrupted = L1;
    setitimer(ITIMER_REAL, &t, NULL);
    if (i == 0) {
      spin(L1);
    } else {
      pthread_create(&thread, NULL, spin, L1);
      pthread_join(thread, NULL);
    }
    run_lua(L1, "return 1");
    printf("works, top %d\n", lua_gettop(L1));
    lua_close(L1);
  }
  signal(SIGALRM, SIG_DFL);
  (void)L;
}

static const struct test_case cases[] = {
    {"at_once", at_once}, {"moving", moving}, {"small_stacks", small_stacks}, {"forks", forks}, {"signals", signals}, {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
