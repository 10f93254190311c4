/* The stack: indices, rotation, copies, room, to-be-closed slots. */

#include "test.h"

static void fill(lua_State *L, int n) {
  int i;
  lua_settop(L, 0);
  for (i = 1; i <= n; i++) lua_pushinteger(L, i * 10);
}

static void indices(lua_State *L) {
  fill(L, 5);
  printf("%d %d %d %d %d\n", lua_absindex(L, 1), lua_absindex(L, -1), lua_absindex(L, -5),
         lua_absindex(L, LUA_REGISTRYINDEX) == LUA_REGISTRYINDEX,
         lua_absindex(L, lua_upvalueindex(3)) == lua_upvalueindex(3));
  printf("%d %d %d\n", lua_gettop(L), lua_type(L, 6), lua_type(L, lua_upvalueindex(1)));
  lua_settop(L, 3);
  stack(L, "lowered");
  lua_settop(L, 6);
  stack(L, "raised");
  lua_settop(L, -3);
  stack(L, "negative");
  lua_settop(L, 0);
  stack(L, "empty");
}

static void rotation(lua_State *L) {
  int n;
  for (n = -5; n <= 5; n++) {
    fill(L, 5);
    lua_rotate(L, 1, n);
    printf("%d ", n);
    stack(L, "all");
  }
  fill(L, 6);
  lua_rotate(L, 3, 1);
  stack(L, "from 3");
  lua_rotate(L, -2, 1);
  stack(L, "last two");
  lua_insert(L, 2);
  stack(L, "insert");
  lua_remove(L, 2);
  stack(L, "remove");
  lua_pushliteral(L, "new");
  lua_replace(L, 1);
  stack(L, "replace");
  lua_copy(L, 1, 4);
  lua_copy(L, -1, -2);
  stack(L, "copy");
  lua_pushvalue(L, -2);
  lua_pushvalue(L, 1);
  stack(L, "pushvalue");
}

static int pseudo_body(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  stack(L, "upvalues");
  printf("third: %d\n", lua_type(L, lua_upvalueindex(3)));
  lua_pushliteral(L, "changed");
  lua_replace(L, lua_upvalueindex(1));
  lua_copy(L, 1, lua_upvalueindex(2));
  lua_pushvalue(L, LUA_REGISTRYINDEX);
  printf("registry %d\n", lua_istable(L, -1));
  return 0;
}

static void pseudo_indices(lua_State *L) {
  lua_pushinteger(L, 1);
  lua_pushliteral(L, "two");
  lua_pushcclosure(L, pseudo_body, 2);
  lua_pushvalue(L, -1);
  lua_call(L, 0, 0);
  lua_call(L, 0, 0);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  printf("main thread %d\n", lua_tothread(L, -1) == L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushglobaltable(L);
  printf("globals %d\n", lua_rawequal(L, -1, -2));
}

static void room(lua_State *L) {
  int i;
  printf("%d %d %d\n", lua_checkstack(L, 100), lua_checkstack(L, 100000), lua_checkstack(L, 0));
  printf("%d %d\n", lua_checkstack(L, 2000000), lua_checkstack(L, 1000000));
  for (i = 0; i < 100000; i++) lua_pushinteger(L, i);
  printf("%d %lld\n", lua_gettop(L), (long long)lua_tointeger(L, 77777));
  lua_settop(L, 0);
  printf("%d\n", lua_checkstack(L, 999000));
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT);
  printf("%d\n", lua_checkstack(L, 10));
}

static void minimum(lua_State *L) {
  lua_State *L1 = lua_newthread(L);
  int i;
  for (i = 1; i <= LUA_MINSTACK; i++) lua_pushinteger(L1, i);
  stack(L1, "new thread");
}

static int no_room(lua_State *L) {
  luaL_checkstack(L, 1000000, "too many things");
  return 0;
}
static int no_room2(lua_State *L) {
  luaL_checkstack(L, 1000000, NULL);
  return 0;
}
static int some_room(lua_State *L) {
  luaL_checkstack(L, 1000, "x");
  return 0;
}

static void room_errors(lua_State *L) {
  attempt(L, "message", no_room);
  attempt(L, "no message", no_room2);
  attempt(L, "room", some_room);
}

static void between_threads(lua_State *L) {
  lua_State *L1 = lua_newthread(L);
  fill(L, 1);
  lua_newthread(L);
  L1 = lua_tothread(L, -1);
  lua_pushliteral(L, "a");
  lua_pushnumber(L, 2.5);
  lua_pushboolean(L, 1);
  lua_xmove(L, L1, 2);
  stack(L1, "to");
  stack(L, "from");
  lua_xmove(L1, L, 1);
  stack(L1, "to");
  stack(L, "from");
  lua_xmove(L, L, 3);
  stack(L, "self");
}

static int closer(lua_State *L) {
  printf("closing ");
  lua_getiuservalue(L, 1, 1);
  show(L, -1);
  printf(" error ");
  show(L, 2);
  printf("\n");
  return 0;
}

static void push_closable(lua_State *L, const char *name) {
  lua_newuserdatauv(L, 0, 1);
  lua_pushstring(L, name);
  lua_setiuservalue(L, -2, 1);
  if (luaL_newmetatable(L, "closable")) {
    lua_pushcfunction(L, closer);
    lua_setfield(L, -2, "__close");
  }
  lua_setmetatable(L, -2);
}

static int use_slots(lua_State *L) {
  push_closable(L, "one");
  lua_toclose(L, -1);
  push_closable(L, "two");
  lua_toclose(L, -1);
  lua_pushnil(L);
  lua_toclose(L, -1);
  lua_pushboolean(L, 0);
  lua_toclose(L, -1);
  push_closable(L, "three");
  lua_toclose(L, -1);
  stack(L, "marked");
  lua_closeslot(L, -1);
  stack(L, "closeslot");
  lua_settop(L, 2);
  stack(L, "lowered to 2");
  lua_pop(L, 1);
  stack(L, "lowered to 1");
  lua_pushinteger(L, 42);
  lua_pushinteger(L, 43);
  return 2;
}
static int slots_error(lua_State *L) {
  push_closable(L, "one");
  lua_toclose(L, -1);
  push_closable(L, "two");
  lua_toclose(L, -1);
  return luaL_error(L, "oops %d", 7);
}
static int slot_not_closable(lua_State *L) {
  lua_newtable(L);
  lua_toclose(L, -1);
  return 0;
}
static int bad_closer(lua_State *L) {
  lua_tostring(L, 2);
  return luaL_error(L, "in close (%s)", lua_isnil(L, 2) ? "nil" : lua_tostring(L, 2));
}
static int slots_failing(lua_State *L) {
  int i;
  for (i = 0; i < 3; i++) {
    lua_newtable(L);
    lua_newtable(L);
    lua_pushcfunction(L, bad_closer);
    lua_setfield(L, -2, "__close");
    lua_setmetatable(L, -2);
    lua_toclose(L, -1);
  }
  return 0;
}
static int settop_failing(lua_State *L) {
  slots_failing(L);
  lua_settop(L, 1);
  return 0;
}

static void to_be_closed(lua_State *L) {
  attempt(L, "use", use_slots);
  attempt(L, "error", slots_error);
  attempt(L, "not closable", slot_not_closable);
  attempt(L, "failing", slots_failing);
  attempt(L, "failing in settop", settop_failing);
  push_closable(L, "at base level");
  lua_toclose(L, -1);
  lua_pop(L, 1);
  stack(L, "base");
  push_closable(L, "by lua_close");
  lua_toclose(L, -1);
}

static const struct test_case cases[] = {
    {"indices", indices},
    {"rotation", rotation},
    {"pseudo_indices", pseudo_indices},
    {"room", room},
    {"minimum", minimum},
    {"room_errors", room_errors},
    {"between_threads", between_threads},
    {"to_be_closed", to_be_closed},
    {NULL, NULL},
};

int main(void) {
  run_cases(cases);
  return 0;
}
