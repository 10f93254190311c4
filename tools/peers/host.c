/* A small host for the references: `host [-e chunk] script args...` runs a script as a stand-alone interpreter does. */
#include <stdio.h>
#include <string.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static int handler(lua_State *L) {
  const char *message = lua_tostring(L, 1);
  luaL_traceback(L, L, message ? message : "(error object is not a string)", 1);
  return 1;
}

static int run(lua_State *L, int status, int nargs) {
  if (status == LUA_OK) {
    int base = lua_gettop(L) - nargs;
    lua_pushcfunction(L, handler);
    lua_insert(L, base);
    status = lua_pcall(L, nargs, 0, base);
    lua_remove(L, base);
  }
  if (status != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    lua_pop(L, 1);
  }
  return status;
}

int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  int i, first = 1, status = LUA_OK;
  if (L == NULL) return 1;
  luaL_openlibs(L);
  while (status == LUA_OK && first + 1 < argc && strcmp(argv[first], "-e") == 0) {
    status = run(L, luaL_loadstring(L, argv[first + 1]), 0);
    first += 2;
  }
  if (status == LUA_OK && first < argc) {
    lua_newtable(L);
    for (i = 0; i < argc; i++) {
      lua_pushstring(L, argv[i]);
      lua_rawseti(L, -2, i - first);
    }
    lua_setglobal(L, "arg");
    status = luaL_loadfile(L, argv[first]);
    if (status == LUA_OK)
      for (i = first + 1; i < argc; i++) lua_pushstring(L, argv[i]);
    status = run(L, status, status == LUA_OK ? argc - first - 1 : 0);
  }
  lua_close(L);
  return status == LUA_OK ? 0 : 1;
}
