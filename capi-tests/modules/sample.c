/* A C module as libraries are written: a class of userdata, functions with shared upvalues, files, a submodule. */

#include <stdio.h>
#include <string.h>

#include "lauxlib.h"
#include "lua.h"

#define VECTOR "sample.vector"

struct vector {
  size_t n;
  lua_Number values[1];
};

static struct vector *check_vector(lua_State *L, int arg) {
  return (struct vector *)luaL_checkudata(L, arg, VECTOR);
}
static int vector_new(lua_State *L) {
  int i, n = lua_gettop(L);
  struct vector *v = (struct vector *)lua_newuserdatauv(L, sizeof(*v) + (size_t)n * sizeof(lua_Number), 2);
  v->n = (size_t)n;
  for (i = 1; i <= n; i++) v->values[i - 1] = luaL_checknumber(L, i);
  luaL_setmetatable(L, VECTOR);
  lua_pushliteral(L, "owner");
  lua_setiuservalue(L, -2, 2);
  return 1;
}
static int vector_index(lua_State *L) {
  struct vector *v = check_vector(L, 1);
  if (lua_isinteger(L, 2)) {
    lua_Integer i = lua_tointeger(L, 2);
    luaL_argcheck(L, i >= 1 && (size_t)i <= v->n, 2, "index out of range");
    lua_pushnumber(L, v->values[i - 1]);
  } else {
    luaL_getmetafield(L, 1, luaL_checkstring(L, 2));
  }
  return 1;
}
static int vector_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_vector(L, 1)->n);
  return 1;
}
static int vector_tostring(lua_State *L) {
  struct vector *v = check_vector(L, 1);
  luaL_Buffer b;
  size_t i;
  luaL_buffinit(L, &b);
  luaL_addchar(&b, '<');
  for (i = 0; i < v->n; i++) {
    if (i) luaL_addstring(&b, ", ");
    lua_pushnumber(L, v->values[i]);
    luaL_addvalue(&b);
  }
  luaL_addchar(&b, '>');
  luaL_pushresult(&b);
  return 1;
}
static int vector_map(lua_State *L) {
  struct vector *v = check_vector(L, 1);
  size_t i;
  luaL_checktype(L, 2, LUA_TFUNCTION);
  for (i = 0; i < v->n; i++) {
    lua_pushvalue(L, 2);
    lua_pushnumber(L, v->values[i]);
    lua_call(L, 1, 1);
    v->values[i] = luaL_checknumber(L, -1);
    lua_pop(L, 1);
  }
  lua_settop(L, 1);
  return 1;
}
static int vector_owner(lua_State *L) {
  check_vector(L, 1);
  lua_pushinteger(L, lua_getiuservalue(L, 1, 2));
  lua_pushinteger(L, lua_getiuservalue(L, 1, 3));
  return lua_gettop(L) - 1;
}
static lua_Integer collected;
static int vector_gc(lua_State *L) {
  collected += (lua_Integer)check_vector(L, 1)->n;
  return 0;
}
static int vector_collected(lua_State *L) {
  lua_pushinteger(L, collected);
  return 1;
}
static int vector_eq(lua_State *L) {
  struct vector *a = check_vector(L, 1), *b = check_vector(L, 2);
  lua_pushboolean(L, a->n == b->n && memcmp(a->values, b->values, a->n * sizeof(lua_Number)) == 0);
  return 1;
}

/* Functions that share an upvalue */

static int count(lua_State *L) {
  lua_Integer n = luaL_optinteger(L, 1, 1);
  lua_getfield(L, lua_upvalueindex(1), "n");
  n += lua_tointeger(L, -1);
  lua_pushinteger(L, n);
  lua_setfield(L, lua_upvalueindex(1), "n");
  lua_pushinteger(L, n);
  return 1;
}
static int counted(lua_State *L) {
  lua_getfield(L, lua_upvalueindex(1), "n");
  return 1;
}

/* Files */

static int closes(lua_State *L) {
  luaL_Stream *s = (luaL_Stream *)luaL_checkudata(L, 1, LUA_FILEHANDLE);
  int result = fclose(s->f);
  printf("the module closes its file\n");
  return luaL_fileresult(L, result == 0, NULL);
}
static int tmp(lua_State *L) {
  luaL_Stream *s = (luaL_Stream *)lua_newuserdatauv(L, sizeof(*s), 0);
  s->closef = NULL;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  s->f = tmpfile();
  s->closef = closes;
  return s->f ? 1 : luaL_fileresult(L, 0, "tmpfile");
}
static int raw_write(lua_State *L) {
  luaL_Stream *s = (luaL_Stream *)luaL_checkudata(L, 1, LUA_FILEHANDLE);
  if (s->closef == NULL) return luaL_error(L, "closed");
  fputs(luaL_checkstring(L, 2), s->f);
  return 0;
}

static int open_options(lua_State *L) {
  static const char *const modes[] = {"read", "write", NULL};
  lua_pushinteger(L, luaL_checkoption(L, 1, "read", modes));
  return 1;
}

int luaopen_sample(lua_State *L) {
  static const luaL_Reg methods[] = {{"__index", vector_index}, {"__len", vector_len}, {"__tostring", vector_tostring},
                                     {"__gc", vector_gc}, {"__eq", vector_eq}, {"map", vector_map}, {"owner", vector_owner}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"vector", vector_new}, {"tmp", tmp}, {"write", raw_write}, {"options", open_options}, {"collected", vector_collected}, {"later", NULL}, {NULL, NULL}};
  static const luaL_Reg counters[] = {{"count", count}, {"counted", counted}, {NULL, NULL}};
  luaL_checkversion(L);
  printf("luaopen_sample(%s, %d)\n", luaL_checkstring(L, 1), lua_gettop(L));
  luaL_newmetatable(L, VECTOR);
  luaL_setfuncs(L, methods, 0);
  luaL_newlib(L, functions);
  lua_createtable(L, 0, 1);
  lua_pushinteger(L, 0);
  lua_setfield(L, -2, "n");
  luaL_setfuncs(L, counters, 1);
  return 1;
}

int luaopen_sample_sub(lua_State *L) {
  lua_pushfstring(L, "submodule %s", lua_tostring(L, 1));
  return 1;
}

int luaopen_nothing(lua_State *L) {
  (void)L;
  return 0;
}
