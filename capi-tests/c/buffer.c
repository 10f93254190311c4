/* luaL_Buffer: functions and macros, small and large, with errors and yields in between. */

#include "test.h"

static void basics(lua_State *L) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addchar(&b, 'a');
  luaL_addstring(&b, "bc");
  luaL_addlstring(&b, "d\0e", 3);
  lua_pushinteger(L, 42);
  luaL_addvalue(&b);
  lua_pushnumber(L, 1.5);
  luaL_addvalue(&b);
  luaL_addlstring(&b, NULL, 0);
  luaL_addgsub(&b, "x.y.z", ".", "->");
  printf("%lu %d\n", (unsigned long)luaL_bufflen(&b), memcmp(luaL_buffaddr(&b), "abc", 3));
  luaL_buffsub(&b, 2);
  {
    char *p = luaL_prepbuffer(&b);
    memcpy(p, "PREP", 4);
    luaL_addsize(&b, 4);
    p = luaL_prepbuffsize(&b, 3);
    memcpy(p, "123", 3);
    luaL_addsize(&b, 3);
  }
  luaL_pushresult(&b);
  stack(L, "result");
  luaL_buffinit(L, &b);
  luaL_pushresult(&b);
  stack(L, "empty");
  lua_settop(L, 0);
  {
    char *p = luaL_buffinitsize(L, &b, 10);
    memcpy(p, "0123456789", 10);
    luaL_pushresultsize(&b, 10);
    p = luaL_buffinitsize(L, &b, 5000);
    memset(p, 'z', 5000);
    luaL_pushresultsize(&b, 4999);
    printf("%lu ", (unsigned long)lua_rawlen(L, -1));
    lua_pop(L, 1);
    stack(L, "sized");
  }
}

static void sizes(lua_State *L) {
  static const size_t list[] = {0, 1, 1000, 1023, 1024, 1025, 1536, 2000, 5000, 100000, 1000000};
  unsigned i;
  for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
    luaL_Buffer b;
    size_t j;
    unsigned long sum = 0;
    const char *s;
    luaL_buffinit(L, &b);
    for (j = 0; j < list[i]; j++) luaL_addchar(&b, (char)('a' + j % 26));
    printf("%lu top %d ", (unsigned long)list[i], lua_gettop(L));
    luaL_pushresult(&b);
    s = lua_tolstring(L, -1, &j);
    while (j--) sum = sum * 31 + (unsigned char)s[j];
    printf("%lu %lu top %d\n", (unsigned long)lua_rawlen(L, -1), sum, lua_gettop(L));
    lua_settop(L, 0);
  }
}

static void with_values(lua_State *L) {
  luaL_Buffer b;
  int i;
  lua_pushliteral(L, "below");
  luaL_buffinit(L, &b);
  for (i = 0; i < 500; i++) {
    lua_pushfstring(L, "<%d>", i);
    luaL_addvalue(&b);
    if (i == 250) {
      luaL_Buffer inner;
      luaL_buffinit(L, &inner);
      luaL_addstring(&inner, "INNER");
      luaL_pushresult(&inner);
      luaL_addvalue(&b);
    }
  }
  luaL_pushresult(&b);
  printf("%lu top %d\n", (unsigned long)lua_rawlen(L, -1), lua_gettop(L));
}

static int fails(lua_State *L) {
  luaL_Buffer b;
  int i;
  luaL_buffinit(L, &b);
  for (i = 0; i < lua_tointeger(L, lua_upvalueindex(1)); i++) luaL_addstring(&b, "0123456789");
  return luaL_error(L, "in the middle");
}
static int too_large(lua_State *L) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addstring(&b, "x");
  luaL_prepbuffsize(&b, (size_t)-1);
  return 0;
}
static int no_memory(lua_State *L) {
  luaL_Buffer b;
  void *ud;
  lua_getallocf(L, &ud);
  luaL_buffinit(L, &b);
  luaL_addstring(&b, "x");
  ((struct heap *)ud)->limit = ((struct heap *)ud)->bytes + 100000;
  luaL_prepbuffsize(&b, 10000000);
  return 0;
}

static void errors(lua_State *L) {
  void *ud;
  int n;
  lua_getallocf(L, &ud);
  for (n = 1; n < 100000; n *= 10) {
    lua_pushinteger(L, n);
    lua_pushcclosure(L, fails, 1);
    printf("%d ", lua_pcall(L, 0, 0, 0));
    stack(L, "error");
    lua_settop(L, 0);
  }
  attempt(L, "too large", too_large);
  attempt(L, "no memory", no_memory);
  ((struct heap *)ud)->limit = 0;
}

/* A buffer is aligned to 8 bytes, not always to 16. */
static void alignment(lua_State *L) {
  union {
    luaL_Buffer align;
    char bytes[sizeof(luaL_Buffer) + 16];
  } space;
  int i;
  for (i = 0; i < 2; i++) {
    size_t off = (16 - (size_t)&space % 16) % 16 + 8 * (size_t)i;
    luaL_Buffer *b = (luaL_Buffer *)(space.bytes + off);
    luaL_buffinit(L, b);
    luaL_addstring(b, "text");
    luaL_addlstring(b, "more", 4);
    memset(luaL_prepbuffsize(b, 3000), 'x', 3000);
    luaL_addsize(b, 3000);
    luaL_pushresult(b);
    printf("%lu\n", (unsigned long)lua_rawlen(L, -1));
    lua_pop(L, 1);
  }
}

static void base_level(lua_State *L) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  memset(luaL_prepbuffsize(&b, 100000), 'q', 100000);
  luaL_addsize(&b, 100000);
  luaL_pushresult(&b);
  printf("%lu top %d\n", (unsigned long)lua_rawlen(L, -1), lua_gettop(L));
}

static const struct test_case cases[] = {
    {"basics", basics}, {"sizes", sizes},           {"with_values", with_values},
    {"errors", errors}, {"base_level", base_level}, {"alignment", alignment},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
