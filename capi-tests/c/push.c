/* Pushing values, formatted strings, functions. */

#include <limits.h>

#include "test.h"

static void plain(lua_State *L) {
  const char *s;
  char big[5000];
  lua_pushnil(L);
  lua_pushboolean(L, 77);
  lua_pushboolean(L, 0);
  lua_pushinteger(L, LUA_MININTEGER);
  lua_pushnumber(L, 0.1);
  s = lua_pushstring(L, "hello");
  printf("%s %d\n", s, s == lua_tostring(L, -1));
  s = lua_pushlstring(L, "a\0b", 3);
  printf("%d\n", memcmp(s, "a\0b", 4));
  s = lua_pushlstring(L, NULL, 0);
  printf("[%s]\n", s);
  s = lua_pushstring(L, NULL);
  printf("%d\n", s == NULL);
  s = lua_pushliteral(L, "lit");
  lua_pushlightuserdata(L, NULL);
  lua_pushlightuserdata(L, &big);
  printf("%d %d\n", lua_touserdata(L, -1) == (void *)&big, lua_touserdata(L, -2) == NULL);
  printf("main %d\n", lua_pushthread(L));
  stack(L, "plain");
  lua_settop(L, 0);
  memset(big, 'x', sizeof(big));
  lua_pushlstring(L, big, 40);
  lua_pushlstring(L, big, 40);
  printf("short same %d\n", lua_tostring(L, 1) == lua_tostring(L, 2));
  lua_pushlstring(L, big, 41);
  lua_pushlstring(L, big, 41);
  printf("long equal %d\n", lua_rawequal(L, 3, 4));
  lua_pushlstring(L, big, sizeof(big));
  printf("%lu\n", (unsigned long)lua_rawlen(L, -1));
  {
    lua_State *L1 = lua_newthread(L);
    printf("other %d\n", lua_pushthread(L1));
    printf("%d\n", lua_tothread(L1, -1) == L1);
  }
}

static const char *vformat(lua_State *L, const char *fmt, ...) {
  va_list ap;
  const char *s;
  va_start(ap, fmt);
  s = lua_pushvfstring(L, fmt, ap);
  va_end(ap);
  return s;
}

static void formats(lua_State *L) {
  char longtext[1000], expect[64];
  int i;
  memset(longtext, 'y', sizeof(longtext) - 1);
  longtext[sizeof(longtext) - 1] = 0;
  printf("%s\n", lua_pushfstring(L, "plain"));
  printf("%s\n", lua_pushfstring(L, ""));
  printf("%s\n", lua_pushfstring(L, "%%"));
  printf("%s\n", lua_pushfstring(L, "%s|%s|%s", "a", "", (const char *)NULL));
  printf("%s\n", lua_pushfstring(L, "%d %d %d", INT_MAX, INT_MIN, 0));
  printf("%s\n", lua_pushfstring(L, "%I %I", (LUAI_UACINT)LUA_MAXINTEGER, (LUAI_UACINT)LUA_MININTEGER));
  printf("%s\n", lua_pushfstring(L, "%f %f %f %f", 1.0, 0.1, 1e100, -1e15));
  printf("%s\n", lua_pushfstring(L, "%f %f", 1e308 * 10, 123456789012345678.0));
  printf("%s\n", lua_pushfstring(L, "%c%c%c", 'x', 0x41, '%'));
  lua_pushfstring(L, "%c%c", 0, 200);
  stack(L, "chars");
  lua_pushfstring(L, "%U %U %U %U %U", 0x41l, 0xe9l, 0x20acl, 0x10ffffl, 0x7fffffffl);
  stack(L, "utf8");
  printf("%s\n", lua_pushfstring(L, "%p", (void *)0));
  sprintf(expect, "%p", (void *)L);
  printf("%d\n", strcmp(expect, lua_pushfstring(L, "%p", (void *)L)));
  for (i = 1; i < 1000; i = i * 2 + 3) {
    const char *s = lua_pushfstring(L, "%d<%s>%d", i, longtext + 999 - i, i);
    printf("%d %lu\n", i, (unsigned long)strlen(s));
    lua_pop(L, 1);
  }
  printf("%s\n", vformat(L, "%s-%d-%f-%I-%c-%%-%U", "v", 3, 2.5, (LUAI_UACINT)9, 'c', 0x7al));
  printf("%lu\n", (unsigned long)lua_rawlen(L, -1));
  printf("%s\n", lua_pushfstring(L, "%d%d%d%d%d%d%d%d%d%d%d%d%f%f%f%f%f%f%f%f%f%f%s%s%s", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                 1., 2., 3., 4., 5., 6., 7., 8., 9., 10., "x", "y", "z"));
}

static int bad_format(lua_State *L) {
  lua_pushfstring(L, "%d and %y", 1);
  return 1;
}
static int bad_format2(lua_State *L) {
  lua_pushfstring(L, "%5d", 1);
  return 1;
}
static void format_errors(lua_State *L) {
  attempt(L, "%y", bad_format);
  attempt(L, "%5d", bad_format2);
}

static int count_upvalues(lua_State *L) {
  int i, n = 0;
  for (i = 1; i <= 256 && lua_type(L, lua_upvalueindex(i)) != LUA_TNONE; i++) n += (int)lua_tointeger(L, lua_upvalueindex(i));
  lua_pushinteger(L, i - 1);
  lua_pushinteger(L, n);
  return 2;
}

static void closures(lua_State *L) {
  static const int counts[] = {0, 1, 2, 20, 255};
  unsigned i;
  for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    int j;
    lua_settop(L, 0);
    luaL_checkstack(L, 300, NULL);
    for (j = 0; j < counts[i]; j++) lua_pushinteger(L, j);
    lua_pushcclosure(L, count_upvalues, counts[i]);
    printf("%d %d %d ", lua_gettop(L), lua_iscfunction(L, -1), lua_tocfunction(L, -1) == count_upvalues);
    lua_call(L, 0, 2);
    stack(L, "->");
  }
  lua_settop(L, 0);
  lua_pushcfunction(L, count_upvalues);
  lua_pushcfunction(L, count_upvalues);
  lua_pushnil(L);
  lua_pushcclosure(L, count_upvalues, 1);
  printf("same %d, closure %d\n", lua_rawequal(L, 1, 2), lua_rawequal(L, 1, 3));
}

/* A standard function that goes through C is still the same function. */
static void library_functions(lua_State *L) {
  lua_CFunction f;
  lua_getglobal(L, "print");
  f = lua_tocfunction(L, -1);
  lua_pushcfunction(L, f);
  printf("print %d\n", lua_rawequal(L, -1, -2));
  lua_setglobal(L, "print2");
  run_lua(L, "print(print == print2, tostring(print) == tostring(print2))");
  lua_getglobal(L, "tostring");
  f = lua_tocfunction(L, -1);
  lua_settop(L, 0);
  lua_pushinteger(L, 17);
  printf("direct call %d ", f(L));
  stack(L, "tostring");
  lua_getglobal(L, "string");
  lua_getfield(L, -1, "gmatch");
  lua_pushliteral(L, "a b");
  lua_pushliteral(L, "%a");
  lua_call(L, 2, 1);
  printf("closure %d\n", lua_iscfunction(L, -1));
  lua_pushvalue(L, -1);
  lua_pushinteger(L, 1);
  lua_pushcclosure(L, lua_tocfunction(L, -3), 1);
  printf("with an upvalue %d %d\n", lua_iscfunction(L, -1), lua_tocfunction(L, -1) == lua_tocfunction(L, -2));
}

static int direct_error(lua_State *L) {
  lua_CFunction f;
  lua_getglobal(L, "error");
  f = lua_tocfunction(L, -1);
  lua_settop(L, 0);
  lua_pushliteral(L, "called from C");
  return f(L);
}
static int direct_bad_argument(lua_State *L) {
  lua_CFunction f;
  lua_getglobal(L, "setmetatable");
  f = lua_tocfunction(L, -1);
  lua_settop(L, 0);
  return f(L);
}
static void library_errors(lua_State *L) {
  attempt(L, "error", direct_error);
  attempt(L, "setmetatable", direct_bad_argument);
}

static const struct test_case cases[] = {
    {"plain", plain},       {"formats", formats},
    {"closures", closures}, {"format_errors", format_errors},
    {"library_functions", library_functions}, {"library_errors", library_errors},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
