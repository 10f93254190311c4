/* Types and conversions of every kind of value; arithmetic, comparison, length, concatenation. */

#include <math.h>

#include "test.h"

static int a_function(lua_State *L) {
  (void)L;
  return 0;
}

static int push_values(lua_State *L) {
  lua_settop(L, 0);
  luaL_checkstack(L, 60, NULL);
  lua_pushnil(L);
  lua_pushboolean(L, 0);
  lua_pushboolean(L, 1);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, -7);
  lua_pushinteger(L, LUA_MAXINTEGER);
  lua_pushinteger(L, LUA_MININTEGER);
  lua_pushnumber(L, 3.0);
  lua_pushnumber(L, 3.25);
  lua_pushnumber(L, -0.0);
  lua_pushnumber(L, 1e308 * 10);
  lua_pushnumber(L, -(1e308 * 10));
  lua_pushnumber(L, 9007199254740993.0);
  lua_pushnumber(L, 9223372036854775808.0);
  lua_pushnumber(L, -9223372036854775808.0);
  lua_pushnumber(L, 1e100);
  lua_pushnumber(L, 5e-324);
  lua_pushliteral(L, "");
  lua_pushliteral(L, "10");
  lua_pushliteral(L, "  0x1p4  ");
  lua_pushliteral(L, "0x7fffffffffffffff1");
  lua_pushliteral(L, "1e1");
  lua_pushliteral(L, "9223372036854775808");
  lua_pushliteral(L, "abc");
  lua_pushlstring(L, "a\0b", 3);
  lua_pushlstring(L, "10\0", 3);
  lua_pushliteral(L, "inf");
  lua_pushliteral(L, "nan");
  lua_newtable(L);
  luaL_loadstring(L, "return 1");
  lua_pushcfunction(L, a_function);
  lua_pushinteger(L, 1);
  lua_pushcclosure(L, a_function, 1);
  lua_getglobal(L, "print");
  lua_newuserdatauv(L, 24, 1);
  lua_pushlightuserdata(L, (void *)L);
  lua_newthread(L);
  return lua_gettop(L);
}

static void types(lua_State *L) {
  int i, n = push_values(L);
  for (i = 1; i <= n + 1; i++) {
    int isnum = 5, isint = 5;
    lua_Number x = lua_tonumberx(L, i, &isnum);
    lua_Integer k = lua_tointegerx(L, i, &isint);
    printf("%d %s ", i, lua_typename(L, lua_type(L, i)));
    printf("num%d str%d cf%d int%d ud%d bool%d ", lua_isnumber(L, i), lua_isstring(L, i), lua_iscfunction(L, i),
           lua_isinteger(L, i), lua_isuserdata(L, i), lua_toboolean(L, i));
    printf("none%d nil%d non%d fn%d ", lua_isnone(L, i), lua_isnil(L, i), lua_isnoneornil(L, i), lua_isfunction(L, i));
    printf("%d %.17g %d %lld ", isnum, x, isint, (long long)k);
    printf("raw%llu ", (unsigned long long)lua_rawlen(L, i));
    printf("cf%d ud%d th%d ptr%d\n", lua_tocfunction(L, i) != NULL, lua_touserdata(L, i) != NULL,
           lua_tothread(L, i) != NULL, lua_topointer(L, i) != NULL);
  }
}

static void strings(lua_State *L) {
  int i, n = push_values(L);
  for (i = 1; i <= n + 1; i++) {
    size_t len = 99;
    const char *s = lua_tolstring(L, i, &len);
    printf("%d %s %lu %s\n", i, s ? s : "NULL", (unsigned long)len, lua_typename(L, lua_type(L, i)));
  }
}

static void names(lua_State *L) {
  int t;
  for (t = LUA_TNONE; t < LUA_NUMTYPES; t++) printf("%s\n", lua_typename(L, t));
}

static int op_now, lhs, rhs;

static int do_arith(lua_State *L) {
  push_values(L);
  lua_pushvalue(L, lhs);
  if (op_now != LUA_OPUNM && op_now != LUA_OPBNOT) lua_pushvalue(L, rhs);
  lua_arith(L, op_now);
  lua_pushinteger(L, lua_gettop(L));
  return 2;
}

static void arith(lua_State *L) {
  static const int picks[] = {1, 4, 5, 6, 7, 8, 9, 10, 11, 17, 19, 20, 24, 29};
  const int n = (int)(sizeof(picks) / sizeof(picks[0]));
  int i, j;
  for (op_now = LUA_OPADD; op_now <= LUA_OPBNOT; op_now++)
    for (i = 0; i < n; i++)
      for (j = 0; j < n; j++) {
        char what[60];
        lhs = picks[i];
        rhs = picks[j];
        if ((op_now == LUA_OPUNM || op_now == LUA_OPBNOT) && j > 0) continue;
        sprintf(what, "op %d of %d %d", op_now, lhs, rhs);
        attempt(L, what, do_arith);
      }
}

static int do_compare(lua_State *L) {
  push_values(L);
  lua_pushboolean(L, lua_compare(L, lhs, rhs, op_now));
  return 1;
}

static void compare(lua_State *L) {
  int n;
  push_values(L);
  lua_newtable(L);
  n = lua_gettop(L);
  for (op_now = LUA_OPEQ; op_now <= LUA_OPLE; op_now++)
    for (lhs = 1; lhs <= n; lhs++)
      for (rhs = 1; rhs <= n; rhs++) {
        char what[60];
        sprintf(what, "op %d of %d %d", op_now, lhs, rhs);
        attempt(L, what, do_compare);
      }
}

static void raw_equality(lua_State *L) {
  int i, j, n = push_values(L);
  for (i = 1; i <= n + 1; i++) {
    for (j = 1; j <= n + 1; j++) putchar('0' + lua_rawequal(L, i, j));
    putchar('\n');
  }
}

static void arith_metamethods(lua_State *L) {
  int op;
  run_lua(L,
          "local function f(name) return function(a, b) return name, type(a), type(b) end end\n"
          "local mt = {}\n"
          "for _, n in ipairs{'add','sub','mul','mod','pow','div','idiv','band','bor','bxor','shl','shr','unm','bnot',"
          "'concat','len','eq','lt','le'} do mt['__' .. n] = f(n) end\n"
          "t = setmetatable({}, mt); u = setmetatable({}, mt)");
  for (op = LUA_OPADD; op <= LUA_OPBNOT; op++) {
    lua_settop(L, 0);
    lua_pushinteger(L, 1);
    lua_getglobal(L, "t");
    if (op == LUA_OPUNM || op == LUA_OPBNOT) lua_remove(L, 1);
    lua_arith(L, op);
    stack(L, "arith");
  }
  lua_settop(L, 0);
  lua_getglobal(L, "t");
  lua_getglobal(L, "u");
  printf("%d %d %d %d\n", lua_compare(L, 1, 2, LUA_OPEQ), lua_compare(L, 1, 2, LUA_OPLT),
         lua_compare(L, 1, 2, LUA_OPLE), lua_compare(L, 1, 1, LUA_OPEQ));
  printf("absent %d %d %d\n", lua_compare(L, 1, 9, LUA_OPEQ), lua_compare(L, 9, 1, LUA_OPLT), lua_rawequal(L, 9, 9));
  lua_len(L, 1);
  lua_pushinteger(L, 5);
  lua_pushvalue(L, 1);
  lua_concat(L, 2);
  stack(L, "len, concat");
}

static void concat(lua_State *L) {
  lua_concat(L, 0);
  stack(L, "none");
  lua_pushinteger(L, 12);
  lua_concat(L, 1);
  stack(L, "one");
  lua_pushnumber(L, 1.5);
  lua_pushliteral(L, "");
  lua_pushinteger(L, -3);
  lua_pushlstring(L, "x\0y", 3);
  lua_concat(L, 5);
  stack(L, "many");
  lua_settop(L, 0);
  {
    int i;
    luaL_checkstack(L, 300, NULL);
    for (i = 0; i < 250; i++) lua_pushfstring(L, "%d,", i);
    lua_concat(L, 250);
    stack(L, "long");
  }
}

static int concat_error(lua_State *L) {
  lua_pushliteral(L, "x");
  lua_newtable(L);
  lua_concat(L, 2);
  return 1;
}
static int concat_error2(lua_State *L) {
  lua_pushnil(L);
  lua_pushliteral(L, "x");
  lua_concat(L, 2);
  return 1;
}
static int len_error(lua_State *L) {
  lua_pushinteger(L, 5);
  lua_len(L, 1);
  return 1;
}
static void operator_errors(lua_State *L) {
  attempt(L, "table", concat_error);
  attempt(L, "nil", concat_error2);
  attempt(L, "len", len_error);
}

static void lengths(lua_State *L) {
  lua_pushliteral(L, "four");
  run_lua(L, "return {1,2,3}, {n=1}, setmetatable({1}, {__len = function() return 'L' end})");
  lua_newuserdatauv(L, 77, 0);
  lua_len(L, 1);
  lua_len(L, 2);
  lua_len(L, 3);
  lua_len(L, 4);
  stack(L, "len");
  printf("%llu %llu %llu %llu\n", (unsigned long long)lua_rawlen(L, 1), (unsigned long long)lua_rawlen(L, 2),
         (unsigned long long)lua_rawlen(L, 4), (unsigned long long)lua_rawlen(L, 5));
}

static void numerals(lua_State *L) {
  static const char *const texts[] = {"1", "-1", " 10 ", "1.5", "0x10", "0x.8p1", "1e5", "", " ", "1 2", "x", "1e", "0x", "- 1",
                                      "9223372036854775807", "9223372036854775808", "-9223372036854775808", "0xffffffffffffffff",
                                      "1e400", ".5", "5.", ".", "inf", "nan", "1\t\n", "1_0", NULL};
  int i;
  for (i = 0; texts[i]; i++) {
    size_t n = lua_stringtonumber(L, texts[i]);
    printf("'%s' %lu ", texts[i], (unsigned long)n);
    stack(L, "->");
    lua_settop(L, 0);
  }
}

static void version(lua_State *L) {
  printf("%g %g\n", lua_version(L), lua_version(NULL));
  luaL_checkversion(L);
  printf("%s\n", lua_ident[0] == '$' ? "ident" : "?");
}

static const struct test_case cases[] = {
    {"types", types},
    {"strings", strings},
    {"names", names},
    {"arith", arith},
    {"compare", compare},
    {"raw_equality", raw_equality},
    {"arith_metamethods", arith_metamethods},
    {"concat", concat},
    {"operator_errors", operator_errors},
    {"lengths", lengths},
    {"numerals", numerals},
    {"version", version},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
