/* States with hot loops: without memory, in threads, over a fork, opened and closed again and again. */

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static const char *const hungry[] = {
    "local t = {} for i = 1, 1e7 do t[i] = i end",
    "local t = {} for i = 1, 1e7 do t[i] = {i} end",
    "local t = {} for i = 1, 1e7 do t['k' .. i] = i end",
    "local s = 'x' while true do s = s .. s end",
    "local l while true do l = {l, x = 1} end",
    "local l while true do local p = l l = function() return p end end",
    "local t = {} while true do t[#t + 1] = tostring(#t) end",
    "local function f(n) return {f(n + 1)} end f(1)",
    "local t = {} while true do t[#t + 1] = coroutine.create(print) end",
};

/* A limit of memory ends the loop, and nothing else. */
static void limited(lua_State *unused) {
  size_t i, limit;
  (void)unused;
  for (i = 0; i < sizeof(hungry) / sizeof(*hungry); i++) {
    for (limit = 200; limit <= 1600; limit += 350) {
      struct heap h = {0, 0, -1, 0, 0, 0};
      lua_State *L = lua_newstate(test_alloc, &h);
      int status;
      luaL_openlibs(L);
      h.limit = limit << 10;
      load_text(L, hungry[i], "=hungry");
      status = lua_pcall(L, 0, 0, 0);
      printf("%s: %d", hungry[i], status);
      if (status == LUA_ERRMEM || lua_isstring(L, -1)) printf(" %s", strstr(lua_tostring(L, -1), "overflow") ? "overflow" : lua_tostring(L, -1));
      lua_settop(L, 0);
      if (luaL_dostring(L, "collectgarbage() local s = 0 for i = 1, 1000 do local t = {i} s = s + t[1] end return s") == LUA_OK)
        printf(", then %d", (int)lua_tointeger(L, -1));
      else
        printf(", then %s", lua_tostring(L, -1));
      lua_close(L);
      printf(", left %ld, wrong %ld\n", (long)h.bytes, h.errors);
    }
  }
}

static const char *const program =
    "local s, t = id or 0, {} for i = 1, 3000 do t[i % 50 + 1] = {i, v = i * 0.5} s = s + #t end\n"
    "local function f(x) return x % 7 + 1 end for i = 1, 3000 do s = s + f(i) end\n"
    "for k, v in pairs(t) do s = s + v[1] + v.v end local c = '' for i = 1, 300 do c = (c .. i):sub(-30) end return s + #c";

static void *worker(void *arg) {
  lua_Integer *result = (lua_Integer *)arg;
  int round;
  for (round = 0; round < 5; round++) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_pushinteger(L, *result);
    lua_setglobal(L, "id");
    if (luaL_dostring(L, program) == LUA_OK) *result = (lua_Integer)lua_tonumber(L, -1) % 1000;
    lua_close(L);
  }
  return NULL;
}

static void threads(lua_State *unused) {
  pthread_t ids[6];
  lua_Integer results[6];
  int i;
  (void)unused;
  for (i = 0; i < 6; i++) {
    results[i] = i;
    pthread_create(&ids[i], NULL, worker, &results[i]);
  }
  for (i = 0; i < 6; i++) {
    pthread_join(ids[i], NULL);
    printf("%lld ", (long long)results[i]);
  }
  putchar('\n');
}

/* A state moves to another thread when its loops are hot. */
static void *go_on(void *arg) {
  run_lua((lua_State *)arg, "print(work(2000)) print(pcall(work, 'x'))");
  return NULL;
}
static void moved(lua_State *L) {
  pthread_t id;
  run_lua(L, "function work(n) local s = 0 for i = 1, n do s = s + i % 3 end return s end print(work(1000))");
  pthread_create(&id, NULL, go_on, L);
  pthread_join(id, NULL);
  run_lua(L, "print(work(3000))");
}

static void forked(lua_State *L) {
  const char *more = "print(work(2000)) for i = 1, 500 do local t = {i} end local s = 0 for i = 1, 700 do s = s + (i % 2 == 0 and 0.5 or 1) end print(s) collectgarbage()";
  pid_t child;
  int status = -1;
  run_lua(L, "function work(n) local s = 0 for i = 1, n do s = s + i % 3 end return s end print(work(1000))");
  fflush(stdout);
  child = fork();
  if (child == 0) {
    run_lua(L, more);
    lua_close(L);
    fflush(stdout);
    _exit(3);
  }
  waitpid(child, &status, 0);
  printf("child: %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  run_lua(L, more);
}

/* The size of all mappings. */
static unsigned long mapped(void) {
  unsigned long sum = 0, from, to;
  char line[512];
  FILE *f = fopen("/proc/self/maps", "r");
  while (f && fgets(line, sizeof(line), f)) {
    if (sscanf(line, "%lx-%lx", &from, &to) == 2 && !strstr(line, "[v")) sum += to - from;
  }
  if (f) fclose(f);
  return sum;
}

static void again_and_again(lua_State *unused) {
  unsigned long early = 0, late;
  int i;
  (void)unused;
  for (i = 1; i <= 200; i++) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    if (luaL_dostring(L, program) != LUA_OK) printf("! %s\n", lua_tostring(L, -1));
    lua_close(L);
    if (i == 10) early = mapped();
  }
  late = mapped();
  printf("grown: %s\n", late <= early + (1 << 20) ? "no" : "yes");
}

/* Chunks that come and go in one state: what is compiled for them has a limit. */
static void chunks(lua_State *L) {
  unsigned long early = 0, late;
  int i;
  for (i = 1; i <= 2000; i++) {
    if (luaL_dostring(L, "local s = 0 for i = 1, 150 do s = s + i end return s") != LUA_OK || lua_tointeger(L, -1) != 11325) printf("! round %d\n", i);
    lua_settop(L, 0);
    if (i % 50 == 0) lua_gc(L, LUA_GCCOLLECT);
    if (i == 200) early = mapped();
  }
  late = mapped();
  printf("grown: %s\n", late <= early + (4 << 20) ? "no" : "yes");
}

/* A state that is closed from within a hot loop's coroutine's end, with finalizers that have hot loops themselves. */
static void closing(lua_State *unused) {
  struct heap h = {0, 0, -1, 0, 0, 0};
  lua_State *L = lua_newstate(test_alloc, &h);
  (void)unused;
  luaL_openlibs(L);
  run_lua(L, "for i = 1, 300 do local x = i setmetatable({}, {__gc = function() for j = 1, 10 do x = x + j end count = (count or 0) + 1 if count % 100 == 0 then print(count) end end}) end\n"
             "co = coroutine.wrap(function() local c <close> = setmetatable({}, {__close = function() for i = 1, 200 do end print('closed') end}) for i = 1, 400 do coroutine.yield() end end)\n"
             "for i = 1, 300 do co() end");
  lua_close(L);
  printf("left %ld\n", (long)h.bytes);
}

static const struct test_case cases[] = {
    {"limited", limited}, {"threads", threads},   {"moved", moved},     {"forked", forked}, {"again_and_again", again_and_again},
    {"chunks", chunks},   {"closing", closing}, {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
