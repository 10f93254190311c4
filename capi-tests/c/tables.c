/* Tables, globals, userdata, metatables. */

#include "test.h"

static char key1, key2;

static void plain(lua_State *L) {
  lua_createtable(L, 3, 3);
  lua_pushliteral(L, "v");
  lua_setfield(L, 1, "field");
  lua_pushinteger(L, 10);
  lua_seti(L, 1, 1);
  lua_pushliteral(L, "k");
  lua_pushliteral(L, "kv");
  lua_settable(L, 1);
  lua_pushinteger(L, 20);
  lua_rawseti(L, 1, 2);
  lua_pushinteger(L, -5);
  lua_rawseti(L, 1, LUA_MININTEGER);
  lua_pushnumber(L, 3.0);
  lua_pushliteral(L, "float key");
  lua_rawset(L, 1);
  lua_pushboolean(L, 1);
  lua_rawsetp(L, 1, &key1);
  printf("%d ", lua_getfield(L, 1, "field"));
  printf("%d ", lua_getfield(L, 1, "nothing"));
  printf("%d ", lua_geti(L, 1, 1));
  printf("%d ", lua_geti(L, 1, 99));
  lua_pushliteral(L, "k");
  printf("%d ", lua_gettable(L, 1));
  lua_pushliteral(L, "k");
  printf("%d ", lua_rawget(L, 1));
  lua_pushnil(L);
  printf("%d ", lua_rawget(L, 1));
  lua_pushnumber(L, 2.0);
  printf("%d ", lua_rawget(L, 1));
  printf("%d ", lua_rawgeti(L, 1, 3));
  printf("%d ", lua_rawgeti(L, 1, LUA_MININTEGER));
  printf("%d ", lua_rawgetp(L, 1, &key1));
  printf("%d\n", lua_rawgetp(L, 1, &key2));
  stack(L, "got");
  lua_settop(L, 0);
  lua_pushinteger(L, 5);
  lua_setglobal(L, "g");
  printf("%d ", lua_getglobal(L, "g"));
  printf("%d\n", lua_getglobal(L, "no such"));
  stack(L, "globals");
}

static void metamethods(lua_State *L) {
  run_lua(L,
          "log = {}\n"
          "local store = {}\n"
          "t = setmetatable({}, {__index = function(_, k) log[#log + 1] = 'get ' .. tostring(k); return store[k] end,\n"
          " __newindex = function(_, k, v) log[#log + 1] = 'set ' .. tostring(k) .. '=' .. tostring(v); store[k] = v end})\n"
          "chain = setmetatable({}, {__index = setmetatable({}, {__index = {deep = 'found'}})})");
  lua_getglobal(L, "t");
  lua_pushinteger(L, 1);
  lua_setfield(L, 1, "a");
  lua_pushinteger(L, 2);
  lua_seti(L, 1, 7);
  lua_pushboolean(L, 1);
  lua_pushinteger(L, 3);
  lua_settable(L, 1);
  printf("%d ", lua_getfield(L, 1, "a"));
  printf("%d ", lua_geti(L, 1, 7));
  lua_pushboolean(L, 1);
  printf("%d\n", lua_gettable(L, 1));
  lua_getglobal(L, "chain");
  printf("%d ", lua_getfield(L, -1, "deep"));
  lua_pushliteral(L, "raw");
  lua_pushinteger(L, 9);
  lua_rawset(L, 1);
  stack(L, "got");
  run_lua(L, "print(table.concat(log, '; '))");
  lua_pushliteral(L, "strings have methods");
  printf("%d\n", lua_getfield(L, -1, "len"));
}

static int index_nil(lua_State *L) {
  lua_pushnil(L);
  lua_getfield(L, 1, "x");
  return 0;
}
static int index_number(lua_State *L) {
  lua_pushinteger(L, 1);
  lua_geti(L, 1, 5);
  return 0;
}
static int set_boolean(lua_State *L) {
  lua_pushboolean(L, 1);
  lua_pushinteger(L, 1);
  lua_setfield(L, 1, "x");
  return 0;
}
static int set_nil_key(lua_State *L) {
  lua_newtable(L);
  lua_pushnil(L);
  lua_pushinteger(L, 1);
  lua_settable(L, 1);
  return 0;
}
static int rawset_nan(lua_State *L) {
  lua_newtable(L);
  lua_pushnumber(L, 0.0);
  lua_pushnumber(L, 0.0);
  lua_arith(L, LUA_OPDIV);
  lua_pushinteger(L, 1);
  lua_rawset(L, 1);
  return 0;
}
static int index_loop(lua_State *L) {
  run_lua(L, "loop = {} setmetatable(loop, {__index = function(t, k) error('in index ' .. k) end})");
  lua_getglobal(L, "loop");
  lua_getfield(L, -1, "q");
  return 0;
}
static int bad_next(lua_State *L) {
  lua_newtable(L);
  lua_pushliteral(L, "no such key");
  lua_next(L, 1);
  return 0;
}
static int global_error(lua_State *L) {
  run_lua(L, "setmetatable(_G, {__index = function(_, k) error('strict ' .. k, 2) end, __newindex = function(_, k) error('new ' .. k) end})");
  lua_getglobal(L, "undefined");
  return 0;
}
static int global_error2(lua_State *L) {
  lua_pushnil(L);
  lua_setglobal(L, "undefined");
  return 0;
}

static void errors(lua_State *L) {
  attempt(L, "nil", index_nil);
  attempt(L, "number", index_number);
  attempt(L, "boolean", set_boolean);
  attempt(L, "nil key", set_nil_key);
  attempt(L, "nan key", rawset_nan);
  attempt(L, "in metamethod", index_loop);
  attempt(L, "next", bad_next);
  attempt(L, "global", global_error);
  attempt(L, "new global", global_error2);
}

static void traversal(lua_State *L) {
  int n = 0;
  lua_Integer sum = 0;
  run_lua(L, "t = {10, 20, 30, x = 1, y = 2, [1.5] = 3, [true] = 4}");
  lua_getglobal(L, "t");
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    n++;
    sum += lua_tointeger(L, -1);
    lua_pop(L, 1);
    /* clearing the current field is allowed */
    lua_pushvalue(L, -1);
    lua_pushnil(L);
    lua_rawset(L, 1);
  }
  printf("%d %lld\n", n, (long long)sum);
  lua_pushnil(L);
  printf("%d %d\n", lua_next(L, 1), lua_gettop(L));
  lua_newtable(L);
  lua_pushnil(L);
  printf("%d %d\n", lua_next(L, -2), lua_gettop(L));
}

static void large(lua_State *L) {
  lua_Integer i;
  lua_createtable(L, 1000, 1000);
  for (i = 1; i <= 5000; i++) {
    lua_pushinteger(L, i * i);
    lua_rawseti(L, 1, i);
  }
  for (i = 1; i <= 5000; i += 2) {
    lua_pushfstring(L, "k%d", (int)i);
    lua_pushinteger(L, i);
    lua_settable(L, 1);
  }
  printf("%llu\n", (unsigned long long)lua_rawlen(L, 1));
  for (i = 5000; i > 10; i--) {
    lua_pushnil(L);
    lua_rawseti(L, 1, i);
  }
  printf("%llu\n", (unsigned long long)lua_rawlen(L, 1));
  lua_getfield(L, 1, "k4999");
  lua_getfield(L, 1, "k4998");
  lua_rawgeti(L, 1, 10);
  stack(L, "got");
}

static int gc_count;
static int on_gc(lua_State *L) {
  gc_count++;
  printf("gc %d\n", lua_type(L, 1));
  return 0;
}

static void userdata(lua_State *L) {
  void *p = lua_newuserdatauv(L, 100, 3);
  int i;
  memset(p, 1, 100);
  printf("%d %d %lu\n", p == lua_touserdata(L, 1), ((size_t)p & 7) == 0, (unsigned long)lua_rawlen(L, 1));
  for (i = -1; i <= 5; i++) {
    lua_pushinteger(L, 100 + i);
    printf("%d ", lua_setiuservalue(L, 1, i));
  }
  for (i = -1; i <= 5; i++) printf("%d ", lua_getiuservalue(L, 1, i));
  printf("\n");
  stack(L, "user values");
  lua_settop(L, 0);
  lua_newuserdatauv(L, 0, 0);
  printf("%lu %d %d\n", (unsigned long)lua_rawlen(L, 1), lua_touserdata(L, 1) != NULL, lua_getiuservalue(L, 1, 1));
  lua_settop(L, 0);
  p = lua_newuserdata(L, 8);
  lua_pushliteral(L, "uv");
  lua_setuservalue(L, 1);
  printf("%d\n", lua_getuservalue(L, 1));
  lua_settop(L, 0);
  lua_newuserdatauv(L, 1, 1);
  lua_newtable(L);
  lua_pushcfunction(L, on_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, 1);
  lua_settop(L, 0);
  gc_count = 0;
  lua_gc(L, LUA_GCCOLLECT);
  printf("collected %d\n", gc_count);
}

static void metatables(lua_State *L) {
  lua_newtable(L);
  printf("%d ", lua_getmetatable(L, 1));
  lua_newtable(L);
  lua_pushliteral(L, "mine");
  lua_setfield(L, -2, "__name");
  printf("%d ", lua_setmetatable(L, 1));
  printf("%d ", lua_getmetatable(L, 1));
  lua_getfield(L, -1, "__name");
  stack(L, "table");
  lua_pushnil(L);
  lua_setmetatable(L, 1);
  printf("%d\n", lua_getmetatable(L, 1));
  lua_settop(L, 0);
  lua_pushinteger(L, 5);
  run_lua(L, "return {__index = {double = function(x) return x * 2 end}, __call = function(x, y) return x + y end}");
  lua_setmetatable(L, 1);
  run_lua(L, "print((7):double(), (8)(9))");
  lua_pushnil(L);
  lua_setmetatable(L, 1);
  lua_settop(L, 0);
  lua_pushlightuserdata(L, L);
  lua_newtable(L);
  lua_setmetatable(L, 1);
  lua_pushlightuserdata(L, NULL);
  printf("%d\n", lua_getmetatable(L, -1));
  lua_pushliteral(L, "s");
  printf("%d\n", lua_getmetatable(L, -1));
}

static const struct test_case cases[] = {
    {"plain", plain},         {"metamethods", metamethods}, {"errors", errors},
    {"traversal", traversal}, {"large", large},             {"userdata", userdata},
    {"metatables", metatables}, {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
