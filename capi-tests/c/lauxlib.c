/* The auxiliary library. */

#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static int arg_checks(lua_State *L) {
  static const char *const options[] = {"one", "two", NULL};
  const char *what = luaL_checkstring(L, 1);
  switch (what[0]) {
    case 'i':
      lua_pushinteger(L, luaL_checkinteger(L, 2));
      break;
    case 'I':
      lua_pushinteger(L, luaL_optinteger(L, 2, -5));
      break;
    case 'n':
      lua_pushnumber(L, luaL_checknumber(L, 2));
      break;
    case 'N':
      lua_pushnumber(L, luaL_optnumber(L, 2, -5.5));
      break;
    case 's': {
      size_t n;
      const char *s = luaL_checklstring(L, 2, &n);
      lua_pushlstring(L, s, n);
      break;
    }
    case 'S': {
      size_t n = 99;
      const char *s = luaL_optlstring(L, 2, what[1] ? NULL : "default", &n);
      lua_pushstring(L, s);
      lua_pushinteger(L, (lua_Integer)n);
      return 2;
    }
    case 'o':
      lua_pushinteger(L, luaL_checkoption(L, 2, NULL, options));
      break;
    case 'O':
      lua_pushinteger(L, luaL_checkoption(L, 2, "two", options));
      break;
    case 't':
      luaL_checktype(L, 2, LUA_TTABLE);
      lua_pushliteral(L, "a table");
      break;
    case 'T':
      luaL_checktype(L, 2, LUA_TNIL);
      break;
    case 'a':
      luaL_checkany(L, 2);
      lua_pushliteral(L, "any");
      break;
    case 'u':
      lua_pushboolean(L, luaL_checkudata(L, 2, "my type") != NULL);
      break;
    case 'U':
      lua_pushboolean(L, luaL_testudata(L, 2, "my type") != NULL);
      break;
    case 'c':
      luaL_argcheck(L, lua_toboolean(L, 2), 2, "must be true");
      luaL_argexpected(L, lua_isfunction(L, 2), 2, "callable");
      break;
    case 'e':
      return luaL_argerror(L, 2, "extra text");
    case 'E':
      return luaL_typeerror(L, 2, "something else");
    case 'w':
      luaL_where(L, (int)luaL_checkinteger(L, 2));
      break;
    case 'x':
      return luaL_error(L, "%s and %d and %f", "text", 3, 2.5);
  }
  return 1;
}

static void arguments(lua_State *L) {
  lua_register(L, "check", arg_checks);
  luaL_newmetatable(L, "my type");
  lua_pop(L, 1);
  lua_newuserdatauv(L, 1, 0);
  luaL_setmetatable(L, "my type");
  lua_setglobal(L, "mine");
  lua_newuserdatauv(L, 1, 0);
  lua_newtable(L);
  lua_pushliteral(L, "Named");
  lua_setfield(L, -2, "__name");
  lua_setmetatable(L, -2);
  lua_setglobal(L, "named");
  lua_pushlightuserdata(L, L);
  lua_setglobal(L, "light");
  run_lua(L,
          "local values = {nil, true, 5, 5.0, 5.5, '7', '7.5', 'x', 'two', {}, print, mine, named, light, io.stdout, "
          "setmetatable({}, {__name = 'T'}), setmetatable({}, {__name = 5}), 1e100, '1e100'}\n"
          "local function clean(...) local t = {...} for i = 1, select('#', ...) do t[i] = tostring(t[i]):gsub('0x%x+', 'ADDR') "
          "end return table.concat(t, ' ') end\n"
          "for op in ('iInNsSoOtTauUcewxE'):gmatch '.' do for i = 1, 19 do print(op, i, clean(pcall(check, op, values[i]))) end "
          "print(op, clean(pcall(check, op))) end\n"
          "print(pcall(check, 'Sx'))\n"
          "print(pcall(function() check('i', {}) end))\n"
          "print(pcall(function() local t = {m = check} t:m(1) end))\n"
          "print(pcall(function() local t = {m = check} t.m('i', {}) end))\n"
          "print(pcall(function() local s = 'x' s.rep() end))\n"
          "print(pcall(function() (''):rep({}) end))\n"
          "print(pcall(function() ('x').rep({}) end))\n"
          "string.mine = check print(pcall(function() local f = string.mine f('i') end))\n"
          "package.loaded.modx = {f = check} check = nil string.mine = nil\n"
          "local f = package.loaded.modx.f print(pcall(f, 'i'))\n"
          "package.loaded.modx = nil print(pcall(f, 'i'))");
}

static int from_c(lua_State *L) {
  lua_pushcfunction(L, arg_checks);
  lua_pushliteral(L, "i");
  lua_pushliteral(L, "x");
  lua_call(L, 2, 0);
  return 0;
}
static void arguments_from_c(lua_State *L) {
  attempt(L, "called from C", from_c);
  lua_pushcfunction(L, arg_checks);
  lua_pushliteral(L, "e");
  printf("%d ", lua_pcall(L, 1, 0, 0));
  stack(L, "at base level");
}

static void metafields(lua_State *L) {
  run_lua(L, "return setmetatable({}, {__name = 'N', x = 5, __tostring = function() return 'ts' end, __len = function() return 3 end})");
  printf("%d ", luaL_getmetafield(L, 1, "x"));
  printf("%d ", luaL_getmetafield(L, 1, "nothing"));
  lua_newtable(L);
  printf("%d ", luaL_getmetafield(L, -1, "x"));
  stack(L, "metafields");
  lua_settop(L, 1);
  printf("%d ", luaL_callmeta(L, 1, "__tostring"));
  printf("%d ", luaL_callmeta(L, 1, "__nothing"));
  printf("%lld ", (long long)luaL_len(L, 1));
  stack(L, "callmeta");
  lua_settop(L, 0);
  printf("%d ", luaL_newmetatable(L, "T1"));
  printf("%d ", luaL_newmetatable(L, "T1"));
  printf("%d ", lua_rawequal(L, 1, 2));
  printf("%d ", luaL_getmetatable(L, "T1"));
  printf("%d ", luaL_getmetatable(L, "T2"));
  lua_getfield(L, 1, "__name");
  stack(L, "newmetatable");
}

static int bad_len(lua_State *L) {
  run_lua(L, "return setmetatable({}, {__len = function() return 'x' end})");
  luaL_len(L, -1);
  return 0;
}
static int bad_tostring(lua_State *L) {
  run_lua(L, "return setmetatable({}, {__tostring = function() return 5 end})");
  luaL_tolstring(L, -1, NULL);
  lua_pop(L, 1);
  run_lua(L, "return setmetatable({}, {__tostring = function() return {} end})");
  luaL_tolstring(L, -1, NULL);
  return 0;
}
static int bad_version(lua_State *L) {
  luaL_checkversion_(L, 503, LUAL_NUMSIZES);
  return 0;
}
static int bad_sizes(lua_State *L) {
  luaL_checkversion_(L, 504, 1);
  return 0;
}
static void errors(lua_State *L) {
  attempt(L, "len", bad_len);
  attempt(L, "tostring", bad_tostring);
  attempt(L, "version", bad_version);
  attempt(L, "sizes", bad_sizes);
}

static void tostrings(lua_State *L) {
  int i, n;
  lua_pushnil(L);
  lua_pushboolean(L, 1);
  lua_pushboolean(L, 0);
  lua_pushinteger(L, -3);
  lua_pushnumber(L, 3.0);
  lua_pushnumber(L, 1e15);
  lua_pushnumber(L, -1e300 * 1e300);
  lua_pushlstring(L, "a\0b", 3);
  run_lua(L, "return setmetatable({}, {__tostring = function() return 'mine' end})");
  n = lua_gettop(L);
  for (i = 1; i <= n; i++) {
    size_t len;
    const char *s = luaL_tolstring(L, i, &len);
    printf("%s %lu %d\n", s, (unsigned long)len, lua_gettop(L) - n);
    lua_pop(L, 1);
  }
  lua_settop(L, 0);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "My Name");
  lua_setfield(L, -2, "__name");
  lua_setmetatable(L, -2);
  lua_newtable(L);
  lua_pushcfunction(L, bad_len);
  lua_pushlightuserdata(L, NULL);
  lua_pushlightuserdata(L, L);
  lua_newuserdatauv(L, 0, 0);
  lua_newthread(L);
  n = lua_gettop(L);
  for (i = 1; i <= n; i++) {
    char expect[100];
    const char *s = luaL_tolstring(L, i, NULL);
    sprintf(expect, "%s: %p", i == 1 ? "My Name" : luaL_typename(L, i), lua_topointer(L, i));
    printf("%d %.*s\n", strcmp(s, expect), (int)(strchr(s, ':') - s), s);
    lua_pop(L, 1);
  }
}

static int f1(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  return 2;
}

static void registration(lua_State *L) {
  static const luaL_Reg funcs[] = {{"f1", f1}, {"placeholder", NULL}, {"f2", f1}, {NULL, NULL}};
  luaL_newlib(L, funcs);
  lua_getfield(L, 1, "placeholder");
  lua_getfield(L, 1, "f1");
  stack(L, "newlib");
  lua_settop(L, 1);
  lua_pushliteral(L, "up1");
  lua_pushliteral(L, "up2");
  luaL_setfuncs(L, funcs, 2);
  stack(L, "setfuncs");
  lua_getfield(L, 1, "f2");
  lua_call(L, 0, 2);
  stack(L, "shared");
  lua_settop(L, 0);
  lua_newtable(L);
  printf("%d ", luaL_getsubtable(L, 1, "sub"));
  printf("%d ", luaL_getsubtable(L, 1, "sub"));
  printf("%d %d\n", lua_rawequal(L, 2, 3), lua_gettop(L));
}

static int open_mod(lua_State *L) {
  printf("opening %s [%d]\n", lua_tostring(L, 1), lua_gettop(L));
  lua_newtable(L);
  return 1;
}
static int open_nothing(lua_State *L) {
  printf("opening %s\n", lua_tostring(L, 1));
  return 0;
}

static void modules(lua_State *L) {
  luaL_requiref(L, "mod", open_mod, 0);
  printf("%d ", lua_getglobal(L, "mod"));
  lua_pop(L, 1);
  luaL_requiref(L, "mod", open_mod, 1);
  printf("%d %d\n", lua_getglobal(L, "mod"), lua_rawequal(L, 1, 2));
  luaL_requiref(L, "nothing", open_nothing, 1);
  luaL_requiref(L, "nothing", open_nothing, 1);
  stack(L, "modules");
  run_lua(L, "print(package.loaded.mod == mod, package.loaded.nothing)");
}

static void single_libraries(lua_State *unused) {
  static const struct {
    const char *name;
    lua_CFunction open;
  } libs[] = {{LUA_GNAME, luaopen_base},          {LUA_LOADLIBNAME, luaopen_package}, {LUA_COLIBNAME, luaopen_coroutine},
              {LUA_TABLIBNAME, luaopen_table},    {LUA_IOLIBNAME, luaopen_io},        {LUA_OSLIBNAME, luaopen_os},
              {LUA_STRLIBNAME, luaopen_string},   {LUA_MATHLIBNAME, luaopen_math},    {LUA_UTF8LIBNAME, luaopen_utf8},
              {LUA_DBLIBNAME, luaopen_debug}};
  unsigned i;
  (void)unused;
  for (i = 0; i < sizeof(libs) / sizeof(libs[0]); i++) {
    lua_State *L = luaL_newstate();
    int n = 0;
    luaL_requiref(L, libs[i].name, libs[i].open, 1);
    printf("%s %d %d ", libs[i].name, lua_gettop(L), lua_getglobal(L, libs[i].name));
    lua_pop(L, 1);
    lua_pushnil(L);
    while (lua_next(L, -2)) {
      n++;
      lua_pop(L, 1);
    }
    printf("%d fields\n", n);
    lua_settop(L, 0);
    lua_pushcfunction(L, libs[i].open);
    printf("direct %d\n", lua_pcall(L, 0, 1, 0));
    lua_close(L);
  }
}

static void references(lua_State *L) {
  int i, refs[10], first;
  lua_newtable(L);
  lua_pushnil(L);
  printf("%d %d %d\n", luaL_ref(L, 1) == LUA_REFNIL, LUA_NOREF, lua_gettop(L));
  for (i = 0; i < 10; i++) {
    lua_pushfstring(L, "value %d", i);
    refs[i] = luaL_ref(L, 1);
  }
  first = refs[0];
  for (i = 0; i < 10; i++) printf("%d ", refs[i] - first);
  for (i = 0; i < 10; i += 3) luaL_unref(L, 1, refs[i]);
  luaL_unref(L, 1, LUA_NOREF);
  luaL_unref(L, 1, LUA_REFNIL);
  for (i = 0; i < 6; i++) {
    lua_pushinteger(L, i);
    printf("%d ", luaL_ref(L, 1) - first);
  }
  lua_rawgeti(L, 1, refs[1]);
  stack(L, "kept");
  lua_settop(L, 0);
  lua_pushliteral(L, "in registry");
  i = luaL_ref(L, LUA_REGISTRYINDEX);
  lua_rawgeti(L, LUA_REGISTRYINDEX, i);
  stack(L, "registry");
  luaL_unref(L, LUA_REGISTRYINDEX, i);
  lua_pushboolean(L, 1);
  printf("%d\n", luaL_ref(L, LUA_REGISTRYINDEX) == i);
}

static void substitution(lua_State *L) {
  printf("%s|", luaL_gsub(L, "hello world", "o", "0"));
  printf("%s|", luaL_gsub(L, "aaa", "aa", "b"));
  printf("%s|", luaL_gsub(L, "", "x", "y"));
  printf("%s|", luaL_gsub(L, "a.b.c", ".", "::"));
  printf("%s\n", luaL_gsub(L, "none", "x", "y"));
  printf("%d\n", lua_gettop(L));
}

static void file_results(lua_State *L) {
  errno = 0;
  printf("%d ", luaL_fileresult(L, 1, "f"));
  errno = ENOENT;
  printf("%d ", luaL_fileresult(L, 0, "f"));
  errno = EACCES;
  printf("%d ", luaL_fileresult(L, 0, NULL));
  stack(L, "fileresult");
  lua_settop(L, 0);
  errno = 0;
  printf("%d ", luaL_execresult(L, 0));
  printf("%d ", luaL_execresult(L, 3 << 8));
  printf("%d ", luaL_execresult(L, 9));
  errno = ECHILD;
  printf("%d ", luaL_execresult(L, -1));
  errno = 0;
  stack(L, "execresult");
}

static void chunks(lua_State *L) {
  printf("%d ", luaL_dostring(L, "return 1, 2"));
  stack(L, "dostring");
  lua_settop(L, 0);
  printf("%d ", luaL_dostring(L, "error('x')"));
  stack(L, "error");
  lua_settop(L, 0);
  printf("%d ", luaL_dostring(L, "return"));
  stack(L, "nothing");
}

static void new_state(lua_State *unused) {
  lua_State *L = luaL_newstate();
  (void)unused;
  fflush(stdout);
  dup2(1, 2);
  lua_warning(L, "off at first", 0);
  lua_warning(L, "@on", 0);
  lua_warning(L, "one", 0);
  lua_warning(L, "t", 1);
  lua_warning(L, "w", 1);
  lua_warning(L, "o", 0);
  lua_warning(L, "@unknown", 0);
  lua_warning(L, "@on", 1);
  lua_warning(L, " as text", 0);
  lua_warning(L, "@off", 0);
  lua_warning(L, "silent", 0);
  printf("%d\n", lua_gettop(L));
  lua_close(L);
}

static const struct test_case cases[] = {
    {"arguments", arguments},
    {"arguments_from_c", arguments_from_c},
    {"metafields", metafields},
    {"errors", errors},
    {"tostrings", tostrings},
    {"registration", registration},
    {"modules", modules},
    {"single_libraries", single_libraries},
    {"references", references},
    {"substitution", substitution},
    {"file_results", file_results},
    {"chunks", chunks},
    {"new_state", new_state},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
