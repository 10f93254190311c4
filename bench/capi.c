/*
** What a host pays for calls of the library: each case runs a fixed number of operations in a process of its own, so
** that no case gains from memory that another one has left, and prints its name and the nanoseconds of processor time
** that one operation took. `capi` runs all cases, `capi NAME...`
** those named, `capi --memory` prints sizes of objects and states instead. Compiled once, run with each library; once
** more for LuaJIT, whose API is that of 5.1.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

#if LUA_VERSION_NUM < 502
#define lua_newuserdatauv(L, size, values) lua_newuserdata(L, size)
static int resume(lua_State *co, lua_State *from, int arguments, int *results) {
  int status = lua_resume(co, arguments);
  (void)from;
  *results = lua_gettop(co);
  return status;
}
#else
#define resume lua_resume
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  if (L == NULL) exit(1);
  luaL_openlibs(L);
  return L;
}

static void run(lua_State *L, const char *code) {
  if (luaL_dostring(L, code) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(1);
  }
}

/* ---- calls from the host ---- */

static void call_by_name(lua_State *L, long n) {
  run(L, "function add(a, b) return a + b end");
  while (n--) {
    lua_getglobal(L, "add");
    lua_pushinteger(L, n);
    lua_pushinteger(L, 1);
    lua_call(L, 2, 1);
    lua_pop(L, 1);
  }
}

static void call_by_reference(lua_State *L, long n) {
  int ref;
  run(L, "return function(a, b) return a + b end");
  ref = luaL_ref(L, LUA_REGISTRYINDEX);
  while (n--) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
    lua_pushinteger(L, n);
    lua_pushinteger(L, 1);
    lua_call(L, 2, 1);
    lua_pop(L, 1);
  }
}

static void call_with_strings(lua_State *L, long n) {
  run(L, "function size(a, b) return #a + #b end");
  while (n--) {
    lua_getglobal(L, "size");
    lua_pushstring(L, "Content-Type");
    lua_pushlstring(L, "text/html; charset=utf-8", 24);
    lua_call(L, 2, 1);
    lua_pop(L, 1);
  }
}

static void pcall_success(lua_State *L, long n) {
  run(L, "function id(a) return a end");
  while (n--) {
    lua_getglobal(L, "id");
    lua_pushinteger(L, n);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) exit(1);
    lua_pop(L, 1);
  }
}

static void pcall_lua_error(lua_State *L, long n) {
  run(L, "local e = {} function fail() error(e) end");
  while (n--) {
    lua_getglobal(L, "fail");
    if (lua_pcall(L, 0, 0, 0) != LUA_ERRRUN) exit(1);
    lua_pop(L, 1);
  }
}

static void pcall_message(lua_State *L, long n) {
  run(L, "function fail(i) error('failed at ' .. i) end");
  while (n--) {
    lua_getglobal(L, "fail");
    lua_pushinteger(L, n & 15);
    if (lua_pcall(L, 1, 0, 0) != LUA_ERRRUN) exit(1);
    lua_pop(L, 1);
  }
}

static int c_fail(lua_State *L) { return luaL_error(L, "failed: %d", 7); }

static void pcall_c_error(lua_State *L, long n) {
  while (n--) {
    lua_pushcfunction(L, c_fail);
    if (lua_pcall(L, 0, 0, 0) != LUA_ERRRUN) exit(1);
    lua_pop(L, 1);
  }
}

static int handler(lua_State *L) {
  luaL_traceback(L, L, lua_tostring(L, 1), 1);
  return 1;
}

static void pcall_traceback(lua_State *L, long n) {
  run(L, "local function f(i) if i == 0 then error('deep') end return (f(i - 1)) end function fail() f(5) end");
  lua_pushcfunction(L, handler);
  while (n--) {
    lua_getglobal(L, "fail");
    if (lua_pcall(L, 0, 0, 1) != LUA_ERRRUN) exit(1);
    lua_pop(L, 1);
  }
}

/* ---- calls of C functions from Lua ---- */

static int c_nothing(lua_State *L) {
  (void)L;
  return 0;
}

static int c_checked(lua_State *L) {
  lua_Integer a = luaL_checkinteger(L, 1);
  lua_Number b = luaL_checknumber(L, 2);
  lua_pushnumber(L, a + b);
  return 1;
}

static int c_upvalue(lua_State *L) {
  lua_Integer n = lua_tointeger(L, lua_upvalueindex(1));
  lua_pushinteger(L, n + 1);
  lua_copy(L, -1, lua_upvalueindex(1));
  return 1;
}

static int c_string(lua_State *L) {
  size_t n;
  const char *s = luaL_checklstring(L, 1, &n);
  lua_pushlstring(L, s, n / 2);
  return 1;
}

static void loop(lua_State *L, const char *code, long n) {
  if (luaL_loadstring(L, code) != LUA_OK) exit(1);
  lua_pushinteger(L, n);
  lua_call(L, 1, 0);
}

static void c_function_nothing(lua_State *L, long n) {
  lua_register(L, "f", c_nothing);
  loop(L, "local f = f for i = 1, ... do f() end", n);
}

static void c_function_checked(lua_State *L, long n) {
  lua_register(L, "f", c_checked);
  loop(L, "local f = f for i = 1, ... do f(i, 0.5) end", n);
}

static void c_function_upvalue(lua_State *L, long n) {
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, c_upvalue, 1);
  lua_setglobal(L, "f");
  loop(L, "local f = f for i = 1, ... do f() end", n);
}

static void c_function_string(lua_State *L, long n) {
  lua_register(L, "f", c_string);
  loop(L, "local f, s = f, 'some text of usual length' for i = 1, ... do f(s) end", n);
}

static void c_function_error(lua_State *L, long n) {
  lua_register(L, "f", c_fail);
  loop(L, "local f, pcall = f, pcall for i = 1, ... do pcall(f) end", n);
}

/* ---- tables ---- */

static void table_array(lua_State *L, long n) {
  long i;
  lua_newtable(L);
  for (i = 1; i <= n; i++) {
    lua_pushinteger(L, i);
    lua_rawseti(L, -2, i);
  }
}

static void table_read(lua_State *L, long n) {
  lua_Integer sum = 0;
  run(L, "local t = {} for i = 1, 100 do t[i] = i end return t");
  while (n--) {
    lua_rawgeti(L, -1, n % 100 + 1);
    sum += lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  if (sum == 0) exit(1);
}

static void table_object(lua_State *L, long n) {
  while (n--) {
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, n);
    lua_setfield(L, -2, "id");
    lua_pushstring(L, "name");
    lua_setfield(L, -2, "name");
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "on");
    lua_pop(L, 1);
  }
}

static void table_getfield(lua_State *L, long n) {
  run(L, "return { width = 3, height = 4 }");
  while (n--) {
    lua_getfield(L, -1, "width");
    lua_getfield(L, -2, "height");
    lua_pop(L, 2);
  }
}

static void table_traversal(lua_State *L, long n) {
  long i;
  run(L, "local t = {} for i = 1, 500 do t[i] = i t['k' .. i] = i end return t");
  for (i = 0; i < n; i += 1000) {
    lua_pushnil(L);
    while (lua_next(L, -2)) lua_pop(L, 1);
  }
}

/* ---- userdata ---- */

struct point {
  double x, y;
};

static int point_new(lua_State *L) {
  struct point *p = (struct point *)lua_newuserdatauv(L, sizeof(*p), 0);
  p->x = luaL_checknumber(L, 1);
  p->y = luaL_checknumber(L, 2);
  luaL_setmetatable(L, "point");
  return 1;
}

static int point_add(lua_State *L) {
  struct point *a = (struct point *)luaL_checkudata(L, 1, "point");
  struct point *b = (struct point *)luaL_checkudata(L, 2, "point");
  struct point *p = (struct point *)lua_newuserdatauv(L, sizeof(*p), 0);
  p->x = a->x + b->x;
  p->y = a->y + b->y;
  luaL_setmetatable(L, "point");
  return 1;
}

static int point_index(lua_State *L) {
  struct point *p = (struct point *)luaL_checkudata(L, 1, "point");
  lua_pushnumber(L, *luaL_checkstring(L, 2) == 'x' ? p->x : p->y);
  return 1;
}

static int point_length(lua_State *L) {
  struct point *p = (struct point *)luaL_checkudata(L, 1, "point");
  lua_pushnumber(L, p->x * p->x + p->y * p->y);
  return 1;
}

static void open_points(lua_State *L) {
  luaL_newmetatable(L, "point");
  lua_pushcfunction(L, point_add);
  lua_setfield(L, -2, "__add");
  lua_pushcfunction(L, point_index);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  lua_register(L, "point", point_new);
  lua_register(L, "length", point_length);
}

static void userdata_arithmetic(lua_State *L, long n) {
  open_points(L);
  loop(L, "local p, q = point(0, 0), point(1, 2) for i = 1, ... do p = p + q end", n);
}

static void userdata_index(lua_State *L, long n) {
  open_points(L);
  loop(L, "local p, s = point(1, 2), 0 for i = 1, ... do s = s + p.x end", n);
}

static void userdata_method(lua_State *L, long n) {
  open_points(L);
  loop(L, "local p, length = point(1, 2), length for i = 1, ... do length(p) end", n);
}

/* ---- strings ---- */

static void push_short(lua_State *L, long n) {
  char text[16];
  while (n--) {
    text[0] = (char)('a' + n % 26);
    text[1] = (char)('a' + n / 26 % 26);
    lua_pushlstring(L, text, 2);
    lua_pop(L, 1);
  }
}

static void push_long(lua_State *L, long n) {
  char text[256];
  memset(text, 'x', sizeof(text));
  while (n--) {
    lua_pushlstring(L, text, sizeof(text));
    lua_pop(L, 1);
  }
}

static void push_format(lua_State *L, long n) {
  while (n--) {
    lua_pushfstring(L, "%s: %d of %s", "item", (int)n & 255, "many");
    lua_pop(L, 1);
  }
}

static void buffer_chars(lua_State *L, long n) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  while (n--) luaL_addchar(&b, 'x');
  luaL_pushresult(&b);
}

static void buffer_values(lua_State *L, long n) {
  while (n--) {
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    luaL_addstring(&b, "GET ");
    lua_pushinteger(L, n & 1023);
    luaL_addvalue(&b);
    luaL_addlstring(&b, " HTTP/1.1", 9);
    luaL_pushresult(&b);
    lua_pop(L, 1);
  }
}

/* ---- threads ---- */

static void thread_create(lua_State *L, long n) {
  while (n--) {
    lua_newthread(L);
    lua_pop(L, 1);
  }
}

static void thread_resume(lua_State *L, long n) {
  lua_State *co = lua_newthread(L);
  int results;
  if (luaL_loadstring(co, "local yield = coroutine.yield while true do yield(1) end") != LUA_OK) exit(1);
  while (n--) {
    if (resume(co, L, 0, &results) != LUA_YIELD) exit(1);
    lua_pop(co, results);
  }
}

static int yielder(lua_State *L) {
  lua_pushinteger(L, 1);
  return lua_yield(L, 1);
}

static void thread_yield_in_c(lua_State *L, long n) {
  lua_State *co = lua_newthread(L);
  int results;
  lua_register(L, "yielder", yielder);
  if (luaL_loadstring(co, "local f = yielder while true do f() end") != LUA_OK) exit(1);
  while (n--) {
    if (resume(co, L, 0, &results) != LUA_YIELD) exit(1);
    lua_pop(co, results);
  }
}

#if LUA_VERSION_NUM >= 502
static int again(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  lua_settop(L, 0);
  lua_pushinteger(L, 1);
  return lua_yieldk(L, 1, ctx + 1, again);
}

static int start_again(lua_State *L) { return again(L, LUA_OK, 0); }

static void thread_continuation(lua_State *L, long n) {
  lua_State *co = lua_newthread(L);
  int results;
  lua_pushcfunction(co, start_again);
  while (n--) {
    if (resume(co, L, 0, &results) != LUA_YIELD) exit(1);
    lua_pop(co, results);
  }
}

#endif

static void thread_in_lua(lua_State *L, long n) {
  loop(L, "local f = coroutine.wrap(function() local yield = coroutine.yield while true do yield(1) end end) for i = 1, ... do f() end", n);
}

static void thread_whole(lua_State *L, long n) {
  run(L, "function body(a) return a end");
  while (n--) {
    lua_State *co = lua_newthread(L);
    int results;
    lua_getglobal(co, "body");
    lua_pushinteger(co, n);
    if (resume(co, L, 1, &results) != LUA_OK) exit(1);
    lua_pop(L, 1);
  }
}

/* ---- states, chunks, collections ---- */

static void state(lua_State *L, long n) {
  (void)L;
  while (n--) lua_close(open_state());
}

static void state_bare(lua_State *L, long n) {
  (void)L;
  while (n--) lua_close(luaL_newstate());
}

static void load_small(lua_State *L, long n) {
  while (n--) {
    if (luaL_loadstring(L, "return 1 + x") != LUA_OK) exit(1);
    lua_pop(L, 1);
  }
}

static const char unit[] =
    "local function visit(node, depth, out)\n"
    "  -- collect the names of all nodes\n"
    "  if node == nil or depth > 20 then return out end\n"
    "  out[#out + 1] = node.name or ('unnamed %d'):format(depth)\n"
    "  for i, child in ipairs(node.children or {}) do\n"
    "    if child.visible ~= false and i % 2 == 0 then visit(child, depth + 1, out) end\n"
    "  end\n"
    "  return out\n"
    "end\n"
    "registry.handlers['visit'] = function(event, ...) return visit(event.root, 0, { n = select('#', ...) }) end\n";

/* One operation is a byte of source. */
static void load_source(lua_State *L, long n) {
  size_t unit_size = sizeof(unit) - 1, units = 100, size = units * (unit_size + 9);
  char *source = (char *)malloc(size + 1);
  size_t at = 0, i;
  long done;
  for (i = 0; i < units; i++) at += (size_t)sprintf(source + at, "do\n%send\n", unit);
  for (done = 0; done < n; done += (long)at) {
    if (luaL_loadbuffer(L, source, at, "=bench") != LUA_OK) exit(1);
    lua_pop(L, 1);
  }
  free(source);
}

/* One operation is an object that lives. */
static void full_collection(lua_State *L, long n) {
  long i;
  lua_newtable(L);
  for (i = 1; i <= 100000; i++) {
    lua_createtable(L, 1, 0);
    lua_pushinteger(L, i);
    lua_rawseti(L, -2, 1);
    lua_rawseti(L, -2, i);
  }
  for (i = 0; i < n; i += 100000) lua_gc(L, LUA_GCCOLLECT, 0);
}

static const struct bench_case {
  const char *name;
  void (*run)(lua_State *L, long n);
  long n;
} cases[] = {
    {"call_by_name", call_by_name, 5000000},
    {"call_by_reference", call_by_reference, 5000000},
    {"call_with_strings", call_with_strings, 3000000},
    {"pcall_success", pcall_success, 5000000},
    {"pcall_lua_error", pcall_lua_error, 2000000},
    {"pcall_message", pcall_message, 1000000},
    {"pcall_c_error", pcall_c_error, 1000000},
    {"pcall_traceback", pcall_traceback, 100000},
    {"c_function_nothing", c_function_nothing, 10000000},
    {"c_function_checked", c_function_checked, 8000000},
    {"c_function_upvalue", c_function_upvalue, 8000000},
    {"c_function_string", c_function_string, 5000000},
    {"c_function_error", c_function_error, 1000000},
    {"table_array", table_array, 5000000},
    {"table_read", table_read, 10000000},
    {"table_object", table_object, 1000000},
    {"table_getfield", table_getfield, 5000000},
    {"table_traversal", table_traversal, 10000000},
    {"userdata_arithmetic", userdata_arithmetic, 2000000},
    {"userdata_index", userdata_index, 3000000},
    {"userdata_method", userdata_method, 5000000},
    {"push_short", push_short, 10000000},
    {"push_long", push_long, 3000000},
    {"push_format", push_format, 1000000},
    {"buffer_chars", buffer_chars, 50000000},
    {"buffer_values", buffer_values, 2000000},
    {"thread_create", thread_create, 1000000},
    {"thread_resume", thread_resume, 3000000},
    {"thread_yield_in_c", thread_yield_in_c, 3000000},
#if LUA_VERSION_NUM >= 502
    {"thread_continuation", thread_continuation, 3000000},
#endif
    {"thread_in_lua", thread_in_lua, 3000000},
    {"thread_whole", thread_whole, 500000},
    {"state", state, 10000},
    {"state_bare", state_bare, 50000},
    {"load_small", load_small, 500000},
    {"load_source", load_source, 10000000},
    {"full_collection", full_collection, 3000000},
};

/* ---- sizes ---- */

static long count_bytes(lua_State *L) { return (long)lua_gc(L, LUA_GCCOUNT, 0) * 1024 + lua_gc(L, LUA_GCCOUNTB, 0); }

/* Bytes of each of many objects that `code` makes, as the collector counts them; the vector that holds them apart. */
static double object_size(lua_State *L, const char *code) {
  enum { N = 1000 };
  long before;
  int i;
  lua_settop(L, 0);
  lua_createtable(L, N, 0);
  if (luaL_loadstring(L, code) != LUA_OK) exit(1);
  lua_pushvalue(L, 2);
  lua_call(L, 0, 1);
  lua_pop(L, 1);
  lua_gc(L, LUA_GCCOLLECT, 0);
  before = count_bytes(L);
  for (i = 1; i <= N; i++) {
    lua_pushvalue(L, 2);
    lua_call(L, 0, 1);
    lua_rawseti(L, 1, i);
  }
  lua_gc(L, LUA_GCCOLLECT, 0);
  return (count_bytes(L) - before) / (double)N;
}

static long resident_pages(void) {
  long unused, pages;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%ld %ld", &unused, &pages) != 2) exit(1);
  fclose(f);
  return pages;
}

/* Resident bytes of one of many idle states. */
static double idle_resident(void) {
  enum { N = 200 };
  static lua_State *states[N];
  long before = resident_pages(), pages;
  int i;
  for (i = 0; i < N; i++) states[i] = open_state();
  pages = resident_pages() - before;
  for (i = 0; i < N; i++) lua_close(states[i]);
  return (double)pages * (double)sysconf(_SC_PAGESIZE) / N;
}

static int print_memory(void) {
  static const struct {
    const char *name, *code;
  } objects[] = {
      {"table_empty", "return {}"},
      {"table_3_elements", "return {1, 2, 3}"},
      {"table_3_fields", "return {x = 1, y = 2, z = 3}"},
      {"table_100_elements", "local t = {} for i = 1, 100 do t[i] = i end return t"},
      {"table_100_fields", "local t = {} for i = 1, 100 do t[i * 65536] = i end return t"},
      {"closure", "return function() end"},
      {"closure_2_upvalues", "local a, b = 1, 2 return function() return a, b end"},
      {"coroutine", "return coroutine.create(print)"},
      {"string_20_bytes", "n = (n or 100000) + 1 return 'some text ' .. n .. '....'"},
      {"string_100_bytes", "n = (n or 100000) + 1 return ('x'):rep(94) .. n"},
  };
  lua_State *L;
  size_t i;
  printf("state_resident %.0f\n", idle_resident());
  L = open_state();
  lua_gc(L, LUA_GCCOLLECT, 0);
  printf("state_counted %ld\n", count_bytes(L));
  for (i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
    printf("%s %.0f\n", objects[i].name, object_size(L, objects[i].code));
  lua_close(L);
  return 0;
}

static void run_case(size_t i, long part) {
  lua_State *L = open_state();
  long n = cases[i].n / part;
  double start = now();
  cases[i].run(L, n);
  printf("%s %.2f\n", cases[i].name, (now() - start) / (double)n);
  fflush(stdout);
  lua_close(L);
}

/* Runs a case in a process of its own, which nothing of the others has warmed up. */
static int run_apart(size_t i) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    run_case(i, 1);
    exit(0);
  }
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Without arguments runs all cases. Else: --memory, --list (the cases and how many operations each has), --part N CASE (one
   Nth of its operations, in this process), or CASE... */
int main(int argc, char **argv) {
  size_t i;
  if (argc == 2 && strcmp(argv[1], "--memory") == 0) return print_memory();
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    int wanted = argc < 2, j;
    for (j = 1; j < argc; j++) wanted = wanted || strcmp(argv[j], cases[i].name) == 0;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
      printf("%s %ld\n", cases[i].name, cases[i].n);
    } else if (argc == 4 && strcmp(argv[1], "--part") == 0) {
      if (wanted) run_case(i, atol(argv[2]));
    } else if (wanted && !run_apart(i)) {
      return 1;
    }
  }
  return 0;
}
