/* Memory errors: an allocator refuses the n-th request, for every n, in scenarios that allocate in every way; and the
** guarantees of a state without memory. How many requests a scenario makes is the library's own affair, so that only the
** outcome is printed. */

#include "test.h"

/* Scenarios in C; each leaves what it likes on the stack. */

static int s_strings(lua_State *L) {
  char text[600];
  memset(text, 'x', sizeof(text));
  text[sizeof(text) - 1] = '\0';
  lua_pushlstring(L, text, sizeof(text));
  lua_pushstring(L, "a short string that is new");
  lua_pushfstring(L, "%s %d %f %p %c %U %I %%", text, 1, 2.5, (void *)L, 'c', 0x20ACL, (LUAI_UACINT)7);
  lua_pushinteger(L, 123456789);
  lua_tostring(L, -1);
  lua_pushnumber(L, 1.25);
  lua_concat(L, 2);
  lua_pushliteral(L, "tail of a longer string than the limit of short ones");
  lua_concat(L, 3);
  luaL_tolstring(L, -1, NULL);
  luaL_gsub(L, "a.b.c.d", ".", "a replacement that is long enough to grow the buffer");
  luaL_where(L, 1);
  lua_settop(L, 0);
  return 0;
}
static int s_objects(lua_State *L) {
  int i;
  lua_createtable(L, 10, 10);
  lua_newuserdatauv(L, 100, 3);
  lua_pushliteral(L, "user value");
  lua_setiuservalue(L, -2, 3);
  for (i = 0; i < 5; i++) lua_pushinteger(L, i);
  lua_pushcclosure(L, s_strings, 5);
  lua_newthread(L);
  lua_newtable(L);
  lua_setmetatable(L, 2);
  luaL_newmetatable(L, "a new type");
  luaL_newmetatable(L, "a new type");
  luaL_setmetatable(L, "a new type");
  luaL_getsubtable(L, LUA_REGISTRYINDEX, "a new subtable");
  lua_pushvalue(L, 1);
  i = luaL_ref(L, LUA_REGISTRYINDEX);
  luaL_unref(L, LUA_REGISTRYINDEX, i);
  luaL_checkstack(L, 3000, "no room");
  return 0;
}
static int s_tables(lua_State *L) {
  int i;
  lua_newtable(L);
  for (i = 1; i < 70; i++) {
    lua_pushinteger(L, i);
    lua_rawseti(L, 1, i);
  }
  for (i = 1; i < 40; i++) {
    lua_pushinteger(L, i);
    lua_setfield(L, 1, luaL_tolstring(L, -1, NULL)), lua_pop(L, 1);
  }
  for (i = 1; i < 20; i++) {
    lua_pushnumber(L, i + 0.5);
    lua_pushboolean(L, 1);
    lua_settable(L, 1);
    lua_pushboolean(L, 1);
    lua_rawsetp(L, 1, (char *)0 + i);
  }
  lua_pushnil(L);
  while (lua_next(L, 1)) lua_pop(L, 1);
  return 0;
}
static int s_buffer(lua_State *L) {
  luaL_Buffer b;
  int i;
  luaL_buffinit(L, &b);
  for (i = 0; i < 3000; i++) luaL_addchar(&b, 'c');
  luaL_addstring(&b, "string");
  lua_pushinteger(L, 55);
  luaL_addvalue(&b);
  luaL_addgsub(&b, "x y z", " ", "--");
  luaL_addlstring(&b, "a\0b", 3);
  luaL_pushresult(&b);
  memset(luaL_buffinitsize(L, &b, 5000), 'y', 5000);
  luaL_pushresultsize(&b, 5000);
  luaL_buffinit(L, &b);
  memset(luaL_prepbuffsize(&b, 2000), 'z', 2000);
  luaL_addsize(&b, 2000);
  luaL_buffsub(&b, 10);
  luaL_pushresult(&b);
  return 1;
}
static int collect_piece(lua_State *L, const void *p, size_t n, void *ud) {
  (void)L;
  luaL_addlstring((luaL_Buffer *)ud, (const char *)p, n);
  return 0;
}
static const char chunk[] =
    "local t <const>, u = 5, {1, 2, x = 'y', [3] = function(...) return ..., u end}\n"
    "local function f(a, b, ...) if a then return f(b, ...) else goto done end do local z <close> = nil end ::done:: end\n"
    "for i = 1, 10 do for k, v in pairs(u) do u.x = i .. 'k' .. 'a long string constant, longer than the limit of forty' end end\n"
    "return f, t // 3 | 4, 'escapes \\u{20AC} \\x41', [[long\nbracket]], 0x1p4, 1e100, ~5, -t";
static int s_compile(lua_State *L) {
  return luaL_loadbuffer(L, chunk, sizeof(chunk) - 1, "=chunk") == LUA_ERRMEM ? lua_error(L) : 1;
}
static int s_dump_and_load(lua_State *L) {
  luaL_Buffer b;
  size_t n;
  const char *s;
  if (luaL_loadbuffer(L, chunk, sizeof(chunk) - 1, "=chunk") != LUA_OK) return lua_error(L);
  luaL_buffinitsize(L, &b, 1);
  /* The function has to be on the top for the dump: in a second thread, since the buffer owns the slot above it. */
  {
    lua_State *other = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, other, 1);
    lua_insert(L, 2);
    lua_dump(other, collect_piece, &b, 0);
    luaL_pushresult(&b);
  }
  s = lua_tolstring(L, -1, &n);
  if (luaL_loadbufferx(L, s, n, "=binary", "b") != LUA_OK) return lua_error(L);
  return 1;
}
static int s_libraries(lua_State *L) {
  luaL_requiref(L, "strlib", luaopen_string, 1);
  luaL_requiref(L, "mathlib", luaopen_math, 0);
  luaL_requiref(L, "oslib", luaopen_os, 0);
  luaL_requiref(L, "tablib", luaopen_table, 0);
  luaL_requiref(L, "utflib", luaopen_utf8, 0);
  luaL_requiref(L, "dblib", luaopen_debug, 0);
  luaL_requiref(L, "colib", luaopen_coroutine, 0);
  luaL_requiref(L, "iolib", luaopen_io, 0);
  luaL_requiref(L, "pkglib", luaopen_package, 0);
  luaL_requiref(L, "baselib", luaopen_base, 0);
  return 0;
}
static int raises(lua_State *L) {
  return luaL_error(L, "error number %d", 5);
}
static int s_errors(lua_State *L) {
  int status;
  lua_pushcfunction(L, raises);
  status = lua_pcall(L, 0, 0, 0);
  if (status == LUA_ERRMEM) return lua_error(L);
  luaL_traceback(L, L, "message", 0);
  if (luaL_loadstring(L, "local function f(n) if n == 0 then local x = nil; x.y = 1 else f(n - 1) end end f(20)") != LUA_OK) return lua_error(L);
  status = lua_pcall(L, 0, 0, 0);
  return status == LUA_ERRMEM ? lua_error(L) : 0;
}
static int close_counted(lua_State *L) {
  (void)L;
  return 0;
}
static int s_closing(lua_State *L) {
  int i;
  for (i = 0; i < 5; i++) {
    lua_newtable(L);
    lua_newtable(L);
    lua_pushcfunction(L, close_counted);
    lua_setfield(L, -2, "__close");
    lua_pushcfunction(L, close_counted);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_toclose(L, -1);
  }
  lua_closeslot(L, -1);
  lua_settop(L, 1);
  return 0;
}
static int yield_all(lua_State *L) {
  return lua_yield(L, lua_gettop(L));
}
static int s_coroutines(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int n, i, status = LUA_OK;
  for (i = 0; i < 3 && (status == LUA_OK || status == LUA_YIELD); i++) {
    lua_pushcfunction(co, yield_all);
    lua_pushinteger(co, i);
    status = lua_resume(co, L, 1, &n);
    if (status == LUA_YIELD) {
      lua_pop(co, n);
      status = lua_resume(co, L, 0, &n);
    }
  }
  if (status != LUA_OK) {
    lua_xmove(co, L, 1);
    return lua_error(L);
  }
  lua_resetthread(co);
  return 0;
}

/* Scenarios in Lua */

struct scenario {
  const char *name;
  lua_CFunction f;
  const char *code;
};

static const struct scenario scenarios[] = {
    {"strings", s_strings, NULL},
    {"objects", s_objects, NULL},
    {"tables", s_tables, NULL},
    {"buffer", s_buffer, NULL},
    {"compile", s_compile, NULL},
    {"dump_and_load", s_dump_and_load, NULL},
    {"libraries", s_libraries, NULL},
    {"errors", s_errors, NULL},
    {"closing", s_closing, NULL},
    {"coroutines", s_coroutines, NULL},
    {"lua_tables", NULL, "local t = {} for i = 1, 200 do t[i] = {i, k = i} t['k' .. i] = i end for i = 1, 200 do t[i] = nil end return #t"},
    {"lua_small_tables", NULL, "local V, kept, s = {}, {}, 0 local function vec(x, y) return setmetatable({x = x, y = y}, V) end V.__add = function(a, b) return vec(a.x + b.x, {a, {b.y}}) end\n"
                               "for i = 1, 60 do local a = vec(i, {i}) local b = a + vec(1, a) if i % 3 == 0 then s = s + b.x elseif i % 7 == 0 then kept[#kept + 1] = b end s = s + #b.y + a.y[1] end return s"},
    {"lua_strings", NULL, "local s = '' for i = 1, 40 do s = s .. i .. 'x' end return s:upper():rep(3):reverse():sub(2, -2)"},
    {"lua_gsub", NULL, "local s = ('a,b c;'):rep(100) return s:gsub('%w', '%0%0'), s:gsub('%w', {a = 'x'}), (s:gsub('.', function(c) return c:upper() end))"},
    {"lua_format", NULL, "return ('%s %q %10.3f %d %x %a %-20s'):format(('x'):rep(300), 'q\\n\"', 1.5, 3, 255, 1.0, 'left'), ('%99d'):format(5)"},
    {"lua_concat", NULL, "local t = {} for i = 1, 300 do t[i] = 'item' .. i end return table.concat(t, ', ')"},
    {"lua_pack", NULL, "return string.unpack('<i4 z s2 d', string.pack('<i4 z s2 d', 7, ('zero'):rep(50), ('sized'):rep(80), 1.5))"},
    {"lua_closures", NULL, "local fs = {} for i = 1, 50 do local x = i fs[i] = function() x = x + 1 return x end end local s = 0 for i = 1, 50 do s = s + fs[i]() end return s"},
    {"lua_coroutines", NULL, "local s = 0 for i = 1, 10 do local co = coroutine.wrap(function(a) for j = 1, 3 do a = a + coroutine.yield(a) end return a end) s = s + co(i) + co(1) + co(2) end return s"},
    {"lua_recursion", NULL, "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(400)"},
    {"lua_varargs", NULL, "local function f(...) return select('#', ...), ... end return f(table.unpack({}, 1, 300))"},
    {"lua_pcall", NULL, "local n = 0 for i = 1, 20 do if not pcall(error, {i}) then n = n + 1 end end return n"},
    {"lua_error_handler", NULL, "return xpcall(function() local t = nil; return t.x end, debug.traceback)"},
    {"lua_metatables", NULL, "local mt = {__index = function(t, k) return k .. '!' end, __add = function(a, b) return {a, b} end, __concat = function(a, b) return 'cat' .. #tostring(b) end, __gc = function() end, __close = function() end}\n"
                             "local t = setmetatable({}, mt) local c <close> = t return t.x, #(t + 1), 'a' .. t, t.y .. t.z"},
    {"lua_load", NULL, "local f = load(function() return nil end) return load('return 1, ...', 'name', 't', {})(2), string.dump(function(a) return a + 1 end), f"},
    {"lua_weak", NULL, "local w = setmetatable({}, {__mode = 'k'}) for i = 1, 20 do w[{}] = {} end collectgarbage() return next(w)"},
    {"lua_sort", NULL, "local t = {} for i = 1, 60 do t[i] = tostring(i * 7919 % 61) end table.sort(t, function(a, b) return a < b end) return t[1], table.unpack(t, 1, 20)"},
    {"lua_io", NULL, "local f <close> = io.tmpfile() f:write(('line\\n'):rep(300)) f:seek('set') local n = 0 for l in f:lines() do n = n + 1 end f:seek('set') return n, #f:read('a')"},
    {"lua_os", NULL, "return #os.date('%Y-%m-%d %H:%M:%S', 0), os.time({year = 2020, month = 1, day = 1, hour = 12}) ~= nil, os.getenv('HOME') ~= nil, os.date('*t', 0).year"},
    {"lua_utf8", NULL, "local t = {} for p, c in utf8.codes(('\xC3\xA4\xE2\x82\xAC'):rep(30)) do t[#t + 1] = utf8.char(c) end return table.concat(t)"},
    {"lua_generational", NULL, "collectgarbage('generational') local t = {} for i = 1, 300 do t[i % 20] = {i} end collectgarbage('incremental') return #t"},
    {"lua_require", NULL, "package.preload.pm = function(n) return {n} end return require('pm')[1], pcall(require, 'absent.module')"},
    {"lua_debug", NULL, "local n = 0 debug.sethook(function() n = n + 1 end, 'l') local x = 1\nx = 2\ndebug.sethook() local i = debug.getinfo(1, 'nSltufrL') debug.setuservalue(io.stdout, 1) return n > 0, i.short_src, debug.traceback('m')"},
};

static int run_code(lua_State *L) {
  const char *code = (const char *)lua_touserdata(L, 1);
  lua_settop(L, 0);
  if (luaL_loadbuffer(L, code, strlen(code), "=scenario") != LUA_OK) return lua_error(L);
  lua_call(L, 0, LUA_MULTRET);
  return 0;
}

struct tally {
  int ok, memory, other, leaks;
};

/* A stack that cannot grow has messages of its own. */
static int is_memory_error(int status, const char *message) {
  if (status == LUA_ERRMEM) return strcmp(message, "not enough memory") == 0;
  return strstr(message, "stack overflow (no room)") || strstr(message, "too many results to unpack");
}

static void judge(lua_State *L, int status, struct tally *t) {
  if (status == LUA_OK)
    t->ok++;
  else if (lua_type(L, -1) == LUA_TSTRING && is_memory_error(status, lua_tostring(L, -1)))
    t->memory++;
  else {
    t->other++;
    printf("! status %d: %s\n", status, lua_tostring(L, -1));
  }
}

/* Runs a scenario with the n-th request refused. 1 if nothing was refused. */
static int run_once(const struct scenario *s, long n, int refuse_all, struct tally *t) {
  struct heap h = {0, 0, -1, 0, 0, 0};
  lua_State *L = lua_newstate(test_alloc, &h);
  int status, untouched;
  luaL_openlibs(L);
  lua_gc(L, LUA_GCCOLLECT);
  lua_pushcfunction(L, s->f ? s->f : run_code);
  if (s->code) lua_pushlightuserdata(L, (void *)s->code);
  h.countdown = n;
  h.refuse_all = refuse_all;
  status = lua_pcall(L, s->code ? 1 : 0, 0, 0);
  untouched = h.countdown > 0;
  h.countdown = -1;
  judge(L, status, t);
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  if (luaL_dostring(L, "return ('x'):rep(3) .. #{1, 2}, load('return 5')()") != LUA_OK || lua_tointeger(L, -1) != 5) {
    t->other++;
    printf("! the state does not work after request %ld: %s\n", n, lua_tostring(L, -1));
  }
  lua_close(L);
  if (h.bytes || h.blocks || h.errors) {
    t->leaks++;
    printf("! request %ld: %lu bytes in %lu blocks left, %ld wrong sizes\n", n, (unsigned long)h.bytes, (unsigned long)h.blocks, h.errors);
  }
  return untouched;
}

static void each_request_refused(lua_State *unused) {
  size_t i;
  int refuse_all;
  (void)unused;
  for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
    for (refuse_all = 0; refuse_all < 2; refuse_all++) {
      struct tally t = {0, 0, 0, 0};
      long n;
      for (n = 0; !run_once(&scenarios[i], n, refuse_all, &t) && n < 20000; n++) continue;
      printf("%s, %s refused: memory errors %d, other errors %d, leaks %d, succeeds in the end %d\n", scenarios[i].name,
             refuse_all ? "all after the n-th" : "only the n-th", refuse_all ? t.memory > 0 : 0, t.other, t.leaks, t.ok > 0);
    }
}

/* New states */

static int opens(lua_State *L) {
  luaL_openlibs(L);
  return 0;
}

static void new_states(lua_State *unused) {
  int refuse_all;
  (void)unused;
  for (refuse_all = 0; refuse_all < 2; refuse_all++) {
    int none = 0, done = 0;
    struct tally t = {0, 0, 0, 0};
    long n;
    for (n = 0; !done && n < 20000; n++) {
      struct heap h = {0, 0, n, refuse_all, 0, 0};
      lua_State *L = lua_newstate(test_alloc, &h);
      if (L == NULL) {
        none++;
      } else {
        lua_pushcfunction(L, opens);
        judge(L, lua_pcall(L, 0, 0, 0), &t);
        done = h.countdown > 0;
        lua_close(L);
      }
      if (h.bytes || h.blocks || h.errors) t.leaks++;
    }
    printf("none %d, memory errors %d, other errors %d, leaks %d, succeeds in the end %d\n", none > 0, t.memory > 0, t.other, t.leaks, done);
  }
}

/* States without memory */

static int returns_arguments(lua_State *L) {
  return lua_gettop(L);
}
static int raises_nothing_new(lua_State *L) {
  return lua_error(L);
}

static void calls_need_no_memory(lua_State *L) {
  void *ud;
  struct heap *h;
  int i, status;
  lua_getallocf(L, &ud);
  h = (struct heap *)ud;
  for (i = 0; i < 2; i++) { /* The first round warms up. */
    if (i == 1) {
      lua_gc(L, LUA_GCSTOP);
      h->limit = 1;
    }
    lua_pushcfunction(L, returns_arguments);
    lua_pushinteger(L, 7);
    status = lua_pcall(L, 1, LUA_MULTRET, 0);
    printf("call %d ", status);
    stack(L, "results");
    lua_settop(L, 0);
    lua_pushcfunction(L, raises_nothing_new);
    lua_pushboolean(L, 1);
    status = lua_pcall(L, 1, LUA_MULTRET, 0);
    printf("error %d ", status);
    stack(L, "value");
    lua_settop(L, 0);
  }
  printf("checkstack %d %d\n", lua_checkstack(L, 5000), lua_gettop(L));
  printf("checkstack %d\n", lua_checkstack(L, 2000000));
  lua_pushcfunction(L, raises);
  status = lua_pcall(L, 0, 0, 0);
  printf("error with message %d ", status);
  stack(L, "value");
  lua_settop(L, 0);
  printf("load %d ", luaL_loadstring(L, "return 1"));
  stack(L, "value");
  lua_settop(L, 0);
  h->limit = 0;
  lua_gc(L, LUA_GCRESTART);
  run_lua(L, "print('memory again')");
}

static int pushes_large(lua_State *L) {
  size_t n = 50000;
  char *s = (char *)malloc(n);
  memset(s, 's', n);
  lua_pushlstring(L, s, n);
  free(s);
  return 1;
}

static void emergency_collection(lua_State *L) {
  void *ud;
  struct heap *h;
  int round, stopped;
  lua_getallocf(L, &ud);
  h = (struct heap *)ud;
  for (stopped = 0; stopped < 2; stopped++) {
    if (stopped) lua_gc(L, LUA_GCSTOP);
    lua_gc(L, LUA_GCCOLLECT);
    h->limit = h->bytes + 60000;
    for (round = 0; round < 4; round++) {
      int status;
      lua_pushcfunction(L, pushes_large);
      status = lua_pcall(L, 0, 1, 0);
      printf("round %d: %d %s\n", round, status, luaL_typename(L, -1));
      if (round < 2) lua_pop(L, 1);
    }
    lua_settop(L, 0);
    h->limit = 0;
  }
  lua_gc(L, LUA_GCRESTART);
}

static int gc_calls(lua_State *L) {
  static const int options[] = {LUA_GCSTOP, LUA_GCRESTART, LUA_GCCOLLECT, LUA_GCCOUNT, LUA_GCCOUNTB, LUA_GCISRUNNING, LUA_GCGEN, LUA_GCINC};
  size_t i;
  for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) printf("%d ", lua_gc(L, options[i], 0, 0, 0));
  printf("%d %d %d\n", lua_gc(L, LUA_GCSTEP, 0), lua_gc(L, LUA_GCSETPAUSE, 100), lua_gc(L, LUA_GCSETSTEPMUL, 100));
  return 0;
}
static void in_finalizers(lua_State *L) {
  lua_newtable(L);
  lua_newtable(L);
  lua_pushcfunction(L, gc_calls);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
  lua_gc(L, LUA_GCCOLLECT);
  printf("running %d\n", lua_gc(L, LUA_GCISRUNNING));
  printf("version %d %d\n", (int)lua_version(NULL), (int)lua_version(L));
}

/* What the allocator is told about new blocks: the type of the object. */

static long codes[16];
static void *noting_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  if (ptr == NULL && nsize > 0 && osize > 0 && osize < 16) codes[osize]++;
  return test_alloc(ud, ptr, osize, nsize);
}
static void tell_codes(const char *what) {
  int i;
  printf("%s:", what);
  for (i = 0; i < 16; i++)
    if (codes[i]) printf(" %ld of type %d", codes[i], i);
  printf("\n");
  memset(codes, 0, sizeof(codes));
}

static void object_codes(lua_State *unused) {
  struct heap h = {0, 0, -1, 0, 0, 0};
  lua_State *L = lua_newstate(noting_alloc, &h);
  (void)unused;
  printf("main thread %ld\n", codes[LUA_TTHREAD]);
  memset(codes, 0, sizeof(codes));
  lua_newtable(L), tell_codes("table");
  lua_pushliteral(L, "a string of its own"), tell_codes("short string");
  lua_pushliteral(L, "a string of its own that is longer than the limit of short strings"), tell_codes("long string");
  lua_newuserdatauv(L, 10, 1), tell_codes("userdata");
  lua_newthread(L), tell_codes("thread");
  lua_pushcfunction(L, raises), tell_codes("function");
  lua_pushinteger(L, 1), lua_pushcclosure(L, raises, 1), tell_codes("closure");
  lua_pushinteger(L, 77), lua_tostring(L, -1), tell_codes("number as string");
  lua_pushlightuserdata(L, &h), lua_pushnil(L), tell_codes("values");
  lua_close(L);
  printf("left %lu\n", (unsigned long)h.bytes);
}

static const struct test_case cases[] = {
    {"object_codes", object_codes},
    {"new_states", new_states},
    {"each_request_refused", each_request_refused},
    {"calls_need_no_memory", calls_need_no_memory},
    {"emergency_collection", emergency_collection},
    {"in_finalizers", in_finalizers},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
