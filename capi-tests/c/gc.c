/* The collector as a host sees it. */

#include "test.h"

static int log_gc(lua_State *L) {
  lua_getfield(L, 1, "name");
  printf("gc %s, lua_gc %d\n", lua_tostring(L, -1), lua_gc(L, LUA_GCCOLLECT));
  return 0;
}

static void make(lua_State *L, const char *name) {
  lua_newtable(L);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "name");
  lua_newtable(L);
  lua_pushcfunction(L, log_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
}

static void order(lua_State *L) {
  make(L, "a");
  make(L, "b");
  make(L, "c");
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  make(L, "left 1");
  make(L, "left 2");
  lua_setglobal(L, "x");
  run_lua(L, "setmetatable({}, {__gc = function(o) resurrected = o end})");
  lua_gc(L, LUA_GCCOLLECT);
  printf("%d\n", lua_getglobal(L, "resurrected"));
  run_lua(L, "setmetatable({}, {__gc = 1}) collectgarbage()");
  run_lua(L, "local t = setmetatable({}, {}) getmetatable(t).__gc = function() print('never') end t = nil collectgarbage()");
}

static void options(lua_State *L) {
  int kb;
  printf("running %d\n", lua_gc(L, LUA_GCISRUNNING));
  printf("stop %d running %d\n", lua_gc(L, LUA_GCSTOP), lua_gc(L, LUA_GCISRUNNING));
  printf("restart %d running %d\n", lua_gc(L, LUA_GCRESTART), lua_gc(L, LUA_GCISRUNNING));
  kb = lua_gc(L, LUA_GCCOUNT);
  printf("count %d %d\n", kb > 5 && kb < 200, lua_gc(L, LUA_GCCOUNTB) < 1024);
  printf("pause %d ", lua_gc(L, LUA_GCSETPAUSE, 100));
  printf("%d ", lua_gc(L, LUA_GCSETPAUSE, 200));
  printf("stepmul %d ", lua_gc(L, LUA_GCSETSTEPMUL, 300));
  printf("%d\n", lua_gc(L, LUA_GCSETSTEPMUL, 100));
  printf("gen %d ", lua_gc(L, LUA_GCGEN, 0, 0));
  printf("gen %d ", lua_gc(L, LUA_GCGEN, 20, 100));
  printf("inc %d ", lua_gc(L, LUA_GCINC, 0, 0, 0));
  printf("inc %d\n", lua_gc(L, LUA_GCINC, 200, 100, 13));
  printf("unknown %d %d\n", lua_gc(L, 99), lua_gc(L, -3));
  printf("collect %d\n", lua_gc(L, LUA_GCCOLLECT));
  {
    int n = 0;
    lua_gc(L, LUA_GCSTOP);
    while (!lua_gc(L, LUA_GCSTEP, 1) && n < 10000) n++;
    printf("steps finish %d\n", n > 0 && n < 10000);
    printf("still stopped %d\n", lua_gc(L, LUA_GCISRUNNING));
    lua_gc(L, LUA_GCRESTART);
    n = 0;
    while (!lua_gc(L, LUA_GCSTEP, 0) && n < 10000) n++;
    printf("basic steps finish %d\n", n < 10000);
    printf("big step %d\n", lua_gc(L, LUA_GCSTEP, 100000));
  }
}

static void stopped(lua_State *L) {
  int before, after, i;
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCSTOP);
  before = lua_gc(L, LUA_GCCOUNT);
  for (i = 0; i < 1000; i++) {
    lua_newuserdatauv(L, 1024, 0);
    lua_pop(L, 1);
  }
  after = lua_gc(L, LUA_GCCOUNT);
  printf("grew %d\n", after - before >= 1000);
  lua_gc(L, LUA_GCRESTART);
  lua_gc(L, LUA_GCCOLLECT);
  after = lua_gc(L, LUA_GCCOUNT);
  printf("back %d\n", after - before < 20);
}

static void bounded(lua_State *L, const char *mode) {
  int i, most = 0;
  for (i = 0; i < 20000; i++) {
    lua_newuserdatauv(L, 1000, 1);
    lua_createtable(L, 10, 0);
    lua_setiuservalue(L, -2, 1);
    lua_pop(L, 1);
    if (lua_gc(L, LUA_GCCOUNT) > most) most = lua_gc(L, LUA_GCCOUNT);
  }
  printf("%s bounded %d\n", mode, most < 2000);
}

static void automatic(lua_State *L) {
  bounded(L, "incremental");
  lua_gc(L, LUA_GCGEN, 0, 0);
  bounded(L, "generational");
  lua_gc(L, LUA_GCINC, 0, 0, 0);
  bounded(L, "incremental again");
}

static void weak(lua_State *L) {
  run_lua(L,
          "local w, k, e = setmetatable({}, {__mode = 'v'}), setmetatable({}, {__mode = 'k'}), setmetatable({}, {__mode = 'kv'})\n"
          "local keep = {}\n"
          "for i = 1, 10 do w[i] = i % 2 == 0 and keep or {} k[{}] = i e[{}] = {} end\n"
          "w.s = 'string' .. 1 k[keep] = {keep}\n"
          "collectgarbage()\n"
          "local n = 0 for _ in pairs(w) do n = n + 1 end print(n)\n"
          "n = 0 for _ in pairs(k) do n = n + 1 end print(n)\n"
          "n = 0 for _ in pairs(e) do n = n + 1 end print(n)\n"
          "local eph = setmetatable({}, {__mode = 'k'})\n"
          "do local a = {} eph[a] = {a} local b = {} eph[b] = {b} end\n"
          "collectgarbage() print(next(eph))");
}

static void anchors(lua_State *L) {
  const char *s;
  void *p;
  int i;
  s = lua_pushfstring(L, "kept %d", 1234567);
  p = lua_newuserdatauv(L, 16, 0);
  memset(p, 7, 16);
  for (i = 0; i < 10; i++) lua_gc(L, LUA_GCCOLLECT);
  printf("%s %d %d\n", s, s == lua_tostring(L, 1), ((char *)p)[15]);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &anchors);
  for (i = 0; i < 3; i++) lua_gc(L, LUA_GCCOLLECT);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &anchors);
  printf("%d %d\n", lua_touserdata(L, -1) == p, ((char *)p)[0]);
}

static int close_order(lua_State *L) {
  printf("closing state: %s\n", lua_tostring(L, lua_upvalueindex(1)));
  return 0;
}

static void at_close(lua_State *L) {
  int i;
  for (i = 1; i <= 3; i++) {
    lua_newuserdatauv(L, 0, 0);
    lua_newtable(L);
    lua_pushfstring(L, "object %d", i);
    lua_pushcclosure(L, close_order, 1);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    luaL_ref(L, LUA_REGISTRYINDEX);
  }
  run_lua(L, "setmetatable({}, {__gc = function() print('lua finalizer', type(string)) end})");
}

static void allocator(lua_State *L) {
  void *ud = NULL;
  lua_Alloc f = lua_getallocf(L, &ud);
  struct heap *h = (struct heap *)ud;
  size_t before;
  void *p;
  printf("%d\n", f == test_alloc);
  before = h->bytes;
  p = f(ud, NULL, 0, 100);
  p = f(ud, p, 100, 200);
  f(ud, p, 200, 0);
  printf("%d %d\n", before == h->bytes, lua_getallocf(L, NULL) == test_alloc);
  printf("count %d\n", lua_gc(L, LUA_GCCOUNT) * 1024 + lua_gc(L, LUA_GCCOUNTB) == (int)h->bytes);
}

static void *counting(void *ud, void *ptr, size_t osize, size_t nsize) {
  void **inner = (void **)ud;
  inner[2] = (char *)inner[2] + 1;
  return ((lua_Alloc)inner[0])(inner[1], ptr, osize, nsize);
}

static void wrapped_allocator(lua_State *unused) {
  lua_State *L = luaL_newstate();
  void *inner[3] = {NULL, NULL, NULL};
  (void)unused;
  luaL_openlibs(L);
  inner[0] = (void *)lua_getallocf(L, &inner[1]);
  lua_setallocf(L, counting, inner);
  run_lua(L, "local t = {} for i = 1, 1000 do t[i] = {i, tostring(i)} end print(#t)");
  printf("counted %d\n", inner[2] != NULL);
  lua_setallocf(L, (lua_Alloc)inner[0], inner[1]);
  run_lua(L, "local t = {} for i = 1, 1000 do t[i] = {i} end print(#t)");
  lua_setallocf(L, counting, inner);
  lua_close(L);
  /* A second state over the allocator of a first one. */
  L = luaL_newstate();
  {
    void *ud;
    lua_Alloc f = lua_getallocf(L, &ud);
    lua_State *L2 = lua_newstate(f, ud);
    luaL_openlibs(L2);
    run_lua(L2, "print('second state')");
    lua_close(L);
    run_lua(L2, "print('after the first')");
    lua_close(L2);
  }
}

static const struct test_case cases[] = {
    {"order", order},     {"options", options},   {"stopped", stopped},     {"automatic", automatic}, {"weak", weak},
    {"anchors", anchors}, {"at_close", at_close}, {"allocator", allocator}, {"wrapped_allocator", wrapped_allocator},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
