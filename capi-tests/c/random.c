/* Random sequences of valid API calls, the same for both libraries: every step prints the stack. A sequence runs in
** protected mode, in C functions that call each other and in coroutines that yield; an error starts it anew. */

#include <stdint.h>

#include "test.h"

static uint64_t seed;

static unsigned pick(unsigned n) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(seed >> 33) % n;
}

static int steps(lua_State *L);
static int budget; /* steps left in this sequence */

/* An index of a value in the frame, in either form. */
static int any(lua_State *L) {
  int n = lua_gettop(L), i = (int)pick((unsigned)n) + 1;
  return pick(2) ? i : i - n - 1;
}
static int is_table(lua_State *L, int idx) { return lua_type(L, idx) == LUA_TTABLE; }

/* Most operations get operands that suit them. */
static int numbers_on_top(lua_State *L) { return lua_isnumber(L, -1) && lua_isnumber(L, -2); }
static int strings_on_top(lua_State *L) { return lua_isstring(L, -1) && lua_isstring(L, -2); }

static void push_any(lua_State *L) {
  static const char *const texts[] = {"", "a", "10", "0x1p3", "3.5", "key", "a longer string, which is no short one in this library"};
  static const lua_Number numbers[] = {0, -0.0, 1, 2.5, -3.75, 1e15, 1e300, 9007199254740993.0};
  switch (pick(12)) {
    case 0: lua_pushnil(L); break;
    case 1: lua_pushboolean(L, (int)pick(2)); break;
    case 2: case 3: lua_pushinteger(L, (lua_Integer)pick(7) - 2); break;
    case 4: lua_pushinteger(L, pick(2) ? LUA_MAXINTEGER : LUA_MININTEGER); break;
    case 5: lua_pushnumber(L, numbers[pick(8)]); break;
    case 6: case 7: lua_pushstring(L, texts[pick(7)]); break;
    case 8: lua_newtable(L); break;
    case 9: lua_pushfstring(L, "%d:%s:%f", (int)pick(100), texts[pick(7)], numbers[pick(8)]); break;
    case 10: lua_getglobal(L, "meta"); break;
    case 11: lua_pushlightuserdata(L, &seed + pick(3)); break;
  }
}

static void push_function(lua_State *L) {
  static const char *const chunks[] = {"return ...", "return select('#', ...), ...", "local a, b = ... return a == b, not a", "error('lua error')",
                                       "local t = ... return t[1]", "return (...) + 1", "return coroutine.yield(...)", "return pcall(error, ...)",
                                       "local x <close> = setmetatable({}, {__close = function(_, e) print('closed', type(e)) end}) return 1, ..."};
  if (pick(3) == 0) {
    unsigned n = pick(3), i;
    for (i = 0; i < n; i++) push_any(L);
    lua_pushcclosure(L, steps, (int)n);
  } else if (luaL_loadstring(L, chunks[pick(9)]) != LUA_OK) {
    lua_error(L);
  }
}

static int k_steps(lua_State *L, int status, lua_KContext ctx) {
  printf("k%d.%d ", status, (int)ctx);
  stack(L, "continues");
  return steps(L);
}

static int call_something(lua_State *L) {
  int nargs = (int)pick(3), i, results = (int)pick(4) - 1, ctx = (int)pick(100);
  push_function(L);
  for (i = 0; i < nargs; i++) lua_pushvalue(L, any(L));
  switch (pick(4)) {
    case 0: lua_call(L, nargs, results); return -1;
    case 1: printf("pcall %d ", lua_pcall(L, nargs, results, 0)); return -1;
    case 2: lua_callk(L, nargs, results, ctx, k_steps); return k_steps(L, LUA_OK, ctx);
    default: return k_steps(L, lua_pcallk(L, nargs, results, 0, ctx, k_steps), ctx);
  }
}

static void run_coroutine(lua_State *L) {
  lua_State *co = lua_newthread(L);
  int n, turns = 0, nargs = (int)pick(3), i, status;
  push_function(co);
  for (i = 0; i < nargs; i++) push_any(co);
  status = lua_resume(co, L, nargs, &n);
  while (status == LUA_YIELD && turns++ < 4) {
    printf("yielded %d, ", n);
    lua_pop(co, n);
    push_any(co);
    status = lua_resume(co, L, 1, &n);
  }
  printf("coroutine %d, ", status);
  if (lua_gettop(co) > 0) lua_xmove(co, L, 1);
  printf("reset %d ", lua_resetthread(co));
}

static void use_table(lua_State *L, int t) {
  t = lua_absindex(L, t);
  switch (pick(11)) {
    case 0: push_any(L); lua_rawseti(L, t, pick(5) + 1); break;
    case 1: push_any(L); lua_setfield(L, t, "key"); break;
    case 2: printf("%d ", lua_rawgeti(L, t, pick(5) + 1)); break;
    case 3: printf("%d ", lua_getfield(L, t, "key")); break;
    case 4: lua_pushvalue(L, any(L)); printf("%d ", lua_gettable(L, t)); break;
    case 5: lua_pushvalue(L, any(L)); push_any(L); lua_settable(L, t); break;
    case 6: push_any(L); lua_seti(L, t, pick(4)); break;
    case 7: printf("%d ", lua_geti(L, t, pick(4))); break;
    case 8: lua_len(L, t); break;
    case 9: lua_getglobal(L, "meta"); lua_setmetatable(L, t); break;
    case 10: push_any(L); lua_rawsetp(L, t, &seed); printf("%d ", lua_rawgetp(L, t, &seed)); break;
  }
}

static void look(lua_State *L, int idx) {
  int isnum;
  lua_Integer i = lua_tointegerx(L, idx, &isnum);
  printf("type %d int %lld %d ", lua_type(L, idx), (long long)i, isnum);
  printf("num %.14g ", (double)lua_tonumberx(L, idx, &isnum));
  printf("%d%d%d%d%d len %lu ", isnum, lua_isstring(L, idx), lua_isnumber(L, idx), lua_isinteger(L, idx), lua_toboolean(L, idx),
         (unsigned long)lua_rawlen(L, idx));
}

/* One step; the number of results if the function is to return, else -1. */
static int step(lua_State *L) {
  int n;
  if (lua_gettop(L) > 12) lua_settop(L, 5);
  if (lua_gettop(L) < 2) {
    push_any(L);
    push_any(L);
  }
  n = lua_gettop(L);
  switch (pick(24)) {
    case 0: case 1: case 2: push_any(L); break;
    case 3: lua_pushvalue(L, any(L)); break;
    case 4: lua_rotate(L, any(L), (int)pick(2) ? 1 : -1); break;
    case 5: lua_copy(L, any(L), any(L)); break;
    case 6: lua_settop(L, (int)pick((unsigned)n + 2)); break;
    case 7: lua_replace(L, any(L)); break;
    case 8: lua_remove(L, any(L)); break;
    case 9: lua_insert(L, any(L)); break;
    case 10: printf("eq %d ", lua_compare(L, any(L), any(L), LUA_OPEQ)); break;
    case 11: printf("raw %d ", lua_rawequal(L, any(L), any(L))); break;
    case 12:
      if (lua_type(L, -1) == lua_type(L, -2) || !pick(3)) printf("lt %d ", lua_compare(L, -1, -2, pick(2) ? LUA_OPLT : LUA_OPLE));
      break;
    case 13: if (numbers_on_top(L) || !pick(6)) lua_arith(L, (int)pick(14)); break;
    case 14: if (strings_on_top(L) || !pick(6)) lua_concat(L, (int)pick(3)); break;
    case 15: look(L, any(L)); break;
    case 16: case 17: n = any(L); if (is_table(L, n)) use_table(L, n); break;
    case 18: return call_something(L);
    case 19: run_coroutine(L); break;
    case 20: lua_gc(L, pick(2) ? LUA_GCSTEP : LUA_GCCOLLECT, 0); break;
    case 21: n = any(L); if (lua_type(L, n) == LUA_TSTRING || lua_type(L, n) == LUA_TNUMBER) lua_tostring(L, n); break;
    case 22:
      if (!lua_isyieldable(L) || !pick(2)) break;
      n = (int)pick((unsigned)n);
      return pick(2) ? lua_yieldk(L, n, 7, k_steps) : lua_yield(L, n);
    case 23: return pick(2) ? (int)pick((unsigned)n + 1) : -1;
  }
  return -1;
}

static int steps(lua_State *L) {
  luaL_checkstack(L, 30, "no room");
  while (budget > 0) {
    int results;
    budget--;
    results = step(L);
    if (results >= 0) return results;
    stack(L, "then");
  }
  return 0;
}

static const char meta[] =
    "meta = {__add = function(a, b) return 'added' end, __concat = function(a, b) return 'joined' end, __eq = function() return true end,\n"
    "__lt = function(a, b) return type(a) < type(b) end, __le = function() return false end, __unm = function() return 'negated' end,\n"
    "__index = function(t, k) return type(k) end, __newindex = function(t, k, v) rawset(t, k or 'none', type(v)) end, __len = function() return 77 end,\n"
    "__band = function() error('no bits') end, __call = function(self, ...) return select('#', ...) end}";

/* SEQUENCES in the environment: how many. */
static void sequences(lua_State *L) {
  const char *number = getenv("SEQUENCES");
  long i, n = number ? atol(number) : 3000;
  for (i = 0; i < n; i++) {
    seed = (uint64_t)i * 0x9E3779B97F4A7C15u + 12345;
    budget = 60;
    run_lua(L, meta);
    printf("sequence %ld\n", i);
    while (budget > 0) {
      int status;
      lua_pushcfunction(L, steps);
      status = lua_pcall(L, 0, LUA_MULTRET, 0);
      printf("status %d ", status);
      stack(L, "results");
      lua_settop(L, 0);
    }
  }
}

static const struct test_case cases[] = {{"sequences", sequences}, {NULL, NULL}};

int main(void) {
  run_cases(cases);
  return 0;
}
