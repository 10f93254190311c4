/*
** The mini-language that drives the C API: instructions separated by blanks, commas, semicolons or lines; comments from
** '#' to the end of the line.
**
** Operands of an instruction, in the order of its entry in the table:
**   n  a number; '.' takes it from the top, '*' is the current number of values
**   i  an index: a number, 'R' for the registry, 'U n' for an upvalue
**   s  a word, or a string in quotes
** An instruction answers CONTINUE, or the number of results with which the script ends.
*/

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lauxlib.h"
#include "tests.h"

enum { CONTINUE = -1, MAX_OPERANDS = 3 };

struct run {
  lua_State *L;          /* who asked for the script */
  lua_State *on;         /* whom it works on */
  const char *at;        /* the rest of the script */
  int status;            /* of the last protected call or resume */
  int n[MAX_OPERANDS];   /* numbers and indices */
  char s[512];           /* the string */
};

struct instruction {
  const char *name;
  const char *operands;
  int (*execute)(struct run *r);
};

static const char *const status_names[] = {
    "OK", "YIELD", "ERRRUN", "ERRSYNTAX", "not enough memory", "ERRGCMM", "ERRERR"};

void t_keep_status_names(lua_State *L) {
  for (size_t i = 0; i < sizeof status_names / sizeof *status_names; i++) {
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, status_names[i]);
  }
}

/* --- reading --- */

static const char separators[] = " \t\r\n,;";

static void skip(struct run *r) {
  for (;;) {
    r->at += strspn(r->at, separators);
    if (*r->at != '#') return;
    r->at += strcspn(r->at, "\n");
  }
}

static void read_string(struct run *r) {
  skip(r);
  int quoted = *r->at == '"' || *r->at == '\'';
  char stop[2] = {*r->at, '\0'};
  if (quoted) r->at++;
  size_t length = strcspn(r->at, quoted ? stop : separators);
  if (length >= sizeof r->s) t_fatal("string too long in C script: %s", r->at);
  memcpy(r->s, r->at, length);
  r->s[length] = '\0';
  r->at += length;
  if (quoted && *r->at++ == '\0') luaL_error(r->L, "unfinished string in C script");
}

static int read_number(struct run *r) {
  skip(r);
  if (*r->at == '*') {
    r->at++;
    return lua_gettop(r->on);
  }
  if (*r->at == '.') {
    int n = (int)lua_tointeger(r->on, -1);
    lua_pop(r->on, 1);
    r->at++;
    return n;
  }
  if (!isdigit((unsigned char)r->at[*r->at == '-'])) luaL_error(r->L, "number expected (%s)", r->at);
  char *end;
  long n = strtol(r->at, &end, 10);
  r->at = end;
  return (int)n;
}

static int read_index(struct run *r) {
  skip(r);
  switch (*r->at) {
    case 'R':
      r->at++;
      return LUA_REGISTRYINDEX;
    case 'U':
      r->at++;
      return lua_upvalueindex(read_number(r));
    default:
      return read_number(r);
  }
}

static void read_operands(struct run *r, const char *kinds) {
  int *n = r->n;
  for (; *kinds != '\0'; kinds++) {
    if (*kinds == 's') read_string(r);
    else *n++ = *kinds == 'i' ? read_index(r) : read_number(r);
  }
}

/* --- functions that run scripts --- */

static int run_upvalue(lua_State *L) { return t_run_script(L, L, lua_tostring(L, lua_upvalueindex(1))); }

/* A continuation: the script is the value at index 'ctx'. */
static int go_on(lua_State *L, int status, lua_KContext ctx) {
  lua_pushstring(L, status_names[status]);
  lua_setglobal(L, "status");
  lua_pushinteger(L, ctx);
  lua_setglobal(L, "ctx");
  return t_run_script(L, L, lua_tostring(L, (int)ctx));
}

int t_make_function(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_pushcclosure(L, run_upvalue, lua_gettop(L));
  return 1;
}

int t_run_argument(lua_State *L) {
  if (lua_isthread(L, 1)) return t_run_script(L, lua_tothread(L, 1), luaL_checkstring(L, 2));
  if (lua_isuserdata(L, 1)) return t_run_script(L, t_check_state(L), luaL_checkstring(L, 2));
  return t_run_script(L, L, luaL_checkstring(L, 1));
}

/* --- hooks: a table in the registry has the script of each thread --- */

static const char HOOKS[] = "scripts of hooks";

/* Runs the script with the event's name and line on top. */
static void run_hook(lua_State *L, lua_Debug *ar) {
  static const char *const events[] = {"call", "ret", "line", "count", "tailcall"};
  lua_getfield(L, LUA_REGISTRYINDEX, HOOKS);
  lua_rawgetp(L, -1, L);
  const char *script = lua_tostring(L, -1);
  lua_pop(L, 2); /* the table keeps the script */
  lua_pushstring(L, events[ar->event]);
  lua_pushinteger(L, ar->currentline);
  t_run_script(L, L, script);
}

static void install_hook(lua_State *L, int mask, int count, const char *script) {
  if (*script == '\0') {
    lua_sethook(L, NULL, 0, 0);
    return;
  }
  luaL_getsubtable(L, LUA_REGISTRYINDEX, HOOKS);
  lua_pushstring(L, script);
  lua_rawsetp(L, -2, L);
  lua_pop(L, 1);
  lua_sethook(L, run_hook, mask, count);
}

int t_set_hook(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_sethook(L, NULL, 0, 0);
    return 0;
  }
  const char *script = luaL_checkstring(L, 1);
  const char *letters = luaL_checkstring(L, 2);
  int count = (int)luaL_optinteger(L, 3, 0);
  int mask = count > 0 ? LUA_MASKCOUNT : 0;
  if (strchr(letters, 'c') != NULL) mask |= LUA_MASKCALL;
  if (strchr(letters, 'r') != NULL) mask |= LUA_MASKRET;
  if (strchr(letters, 'l') != NULL) mask |= LUA_MASKLINE;
  install_hook(L, mask, count, script);
  return 0;
}

/* --- instructions --- */

/* An instruction whose work is one statement: 'on' is the state, 'a', 'b' and 'c' are its numbers, 's' its string. */
#define DO(name, statement)                                                \
  static int do_##name(struct run *r) {                                    \
    lua_State *on = r->on;                                                 \
    int a = r->n[0], b = r->n[1], c = r->n[2];                             \
    const char *s = r->s;                                                  \
    (void)on, (void)a, (void)b, (void)c, (void)s;                          \
    statement;                                                             \
    return CONTINUE;                                                       \
  }

/* What they ask about a value. */
DO(iscfunction, lua_pushboolean(on, lua_iscfunction(on, a)))
DO(isfunction, lua_pushboolean(on, lua_isfunction(on, a)))
DO(isnil, lua_pushboolean(on, lua_isnil(on, a)))
DO(isnull, lua_pushboolean(on, lua_isnone(on, a)))
DO(isnumber, lua_pushboolean(on, lua_isnumber(on, a)))
DO(isstring, lua_pushboolean(on, lua_isstring(on, a)))
DO(istable, lua_pushboolean(on, lua_istable(on, a)))
DO(isudataval, lua_pushboolean(on, lua_islightuserdata(on, a)))
DO(isuserdata, lua_pushboolean(on, lua_isuserdata(on, a)))
DO(isyieldable, lua_pushboolean(on, lua_isyieldable(lua_tothread(on, a))))
DO(testudata, lua_pushboolean(on, luaL_testudata(on, a, s) != NULL))
DO(type, lua_pushstring(on, luaL_typename(on, a)))
DO(objsize, lua_pushinteger(on, (lua_Integer)lua_rawlen(on, a)))
DO(Llen, lua_pushinteger(on, luaL_len(on, a)))
DO(threadstatus, lua_pushstring(on, status_names[lua_status(on)]))

/* What they make of a value. */
DO(tobool, lua_pushboolean(on, lua_toboolean(on, a)))
DO(tocfunction, lua_pushcfunction(on, lua_tocfunction(on, a)))
DO(func2num, lua_pushnumber(on, (lua_Number)(uintptr_t)lua_tocfunction(on, a)))
DO(tointeger, lua_pushinteger(on, lua_tointeger(on, a)))
DO(tonumber, lua_pushnumber(on, lua_tonumber(on, a)))
DO(topointer, lua_pushlightuserdata(on, (void *)lua_topointer(on, a)))
DO(touserdata, lua_pushlightuserdata(on, lua_touserdata(on, a)))
DO(Ltolstring, luaL_tolstring(on, a, NULL))
DO(len, lua_len(on, a))

static int do_tostring(struct run *r) {
  const char *s = lua_tostring(r->on, r->n[0]);
  const char *copy = lua_pushstring(r->on, s);
  if ((s == NULL) != (copy == NULL) || (s != NULL && strcmp(s, copy) != 0)) t_fatal("lua_pushstring changed a string");
  return CONTINUE;
}

/* Operators. */
static int do_arith(struct run *r) {
  static const char operators[] = "+-*%^/\\&|~<>_!"; /* in the order of LUA_OPADD ... */
  const char *operator = strchr(operators, r->s[0]);
  if (operator == NULL || r->s[0] == '\0') luaL_error(r->L, "unknown operator '%s'", r->s);
  lua_arith(r->on, (int)(operator - operators));
  return CONTINUE;
}

DO(compare, lua_pushboolean(on, lua_compare(on, a, b, s[0] == 'E' ? LUA_OPEQ : s[1] == 'T' ? LUA_OPLT : LUA_OPLE)))
DO(concat, lua_concat(on, a))
DO(gsub, luaL_gsub(on, lua_tostring(on, a), lua_tostring(on, b), lua_tostring(on, c)))

/* The stack. */
DO(absindex, lua_pushinteger(on, lua_absindex(on, a)))
DO(checkstack, luaL_checkstack(on, a, *s != '\0' ? s : NULL))
DO(rawcheckstack, lua_pushboolean(on, lua_checkstack(on, a)))
DO(copy, lua_copy(on, a, b))
DO(gettop, lua_pushinteger(on, lua_gettop(on)))
DO(settop, lua_settop(on, a))
DO(pop, lua_pop(on, a))
DO(insert, lua_insert(on, a))
DO(remove, lua_remove(on, a))
DO(replace, lua_replace(on, a))
DO(rotate, lua_rotate(on, a, b))
DO(toclose, lua_toclose(on, a))
DO(closeslot, lua_closeslot(on, a))

static lua_State *thread_or_self(lua_State *L, int index) { return index == 0 ? L : lua_tothread(L, index); }

static int do_xmove(struct run *r) {
  lua_State *from = thread_or_self(r->on, r->n[0]);
  lua_State *to = thread_or_self(r->on, r->n[1]);
  lua_xmove(from, to, r->n[2] != 0 ? r->n[2] : lua_gettop(from));
  return CONTINUE;
}

/* New values. */
DO(pushbool, lua_pushboolean(on, a))
DO(pushcclosure, lua_pushcclosure(on, t_run_argument, a))
DO(pushint, lua_pushinteger(on, a))
DO(pushnil, lua_pushnil(on))
DO(pushnum, lua_pushnumber(on, a))
DO(pushstatus, lua_pushstring(on, status_names[r->status]))
DO(pushstring, lua_pushstring(on, s))
DO(pushupvalueindex, lua_pushinteger(on, lua_upvalueindex(a)))
DO(pushvalue, lua_pushvalue(on, a))
DO(pushfstringI, lua_pushfstring(on, lua_tostring(on, -2), (int)lua_tointeger(on, -1)))
DO(pushfstringS, lua_pushfstring(on, lua_tostring(on, -2), lua_tostring(on, -1)))
DO(pushfstringP, lua_pushfstring(on, lua_tostring(on, -2), lua_topointer(on, -1)))
DO(newtable, lua_newtable(on))
DO(newthread, lua_newthread(on))
DO(newuserdata, lua_newuserdata(on, (size_t)a))
DO(newmetatable, lua_pushboolean(on, luaL_newmetatable(on, s)))

/* Tables and variables. */
DO(append, lua_rawseti(on, a, (lua_Integer)lua_rawlen(on, a) + 1))
DO(getfield, lua_getfield(on, a, s))
DO(setfield, lua_setfield(on, a, s))
DO(getglobal, lua_getglobal(on, s))
DO(setglobal, lua_setglobal(on, s))
DO(gettable, lua_gettable(on, a))
DO(settable, lua_settable(on, a))
DO(seti, lua_seti(on, a, b))
DO(rawget, lua_rawget(on, a))
DO(rawset, lua_rawset(on, a))
DO(rawgeti, lua_rawgeti(on, a, b))
DO(rawseti, lua_rawseti(on, a, b))
DO(rawgetp, lua_rawgetp(on, a, (void *)(uintptr_t)b))
DO(rawsetp, lua_rawsetp(on, a, (void *)(uintptr_t)b))
DO(next, lua_next(on, -2))
DO(getmetatable, if (!lua_getmetatable(on, a)) lua_pushnil(on))
DO(setmetatable, lua_setmetatable(on, a))

/* Calls, coroutines, errors. */
DO(call, lua_call(on, a, b))
DO(callk, lua_callk(on, a, b, c, go_on))
DO(pcall, r->status = lua_pcall(on, a, b, c))
DO(pcallk, r->status = lua_pcallk(on, a, b, 0, c, go_on))
DO(loadfile, luaL_loadfile(on, luaL_checkstring(on, a)))
DO(loadstring, luaL_loadstring(on, luaL_checkstring(on, a)))
DO(resume, int results; r->status = lua_resume(lua_tothread(on, a), r->L, b, &results))
DO(resetthread, lua_pushinteger(on, lua_resetthread(on)))
DO(error, lua_error(on))
DO(throw, luaL_error(on, "C++"))
DO(abort, abort())
DO(traceback, luaL_traceback(on, on, s, a))
DO(sethook, install_hook(on, a, b, s))
DO(warning, lua_warning(on, s, 0))
DO(warningC, lua_warning(on, s, 1))
DO(print, puts(s))

static int do_yield(struct run *r) { return lua_yield(r->on, r->n[0]); }

static int do_yieldk(struct run *r) { return lua_yieldk(r->on, r->n[0], r->n[1], go_on); }

/* The results of a script for another state go to the caller: booleans, and strings of the rest. */
static int do_return(struct run *r) {
  int results = r->n[0];
  if (r->on == r->L) return results;
  luaL_checkstack(r->L, results, "too many results");
  for (int i = -results; i < 0; i++) {
    if (lua_isboolean(r->on, i)) lua_pushboolean(r->L, lua_toboolean(r->on, i));
    else lua_pushstring(r->L, lua_tostring(r->on, i));
  }
  return results;
}

#define INSTRUCTION(name, operands) {#name, operands, do_##name}

static const struct instruction instructions[] = {
    INSTRUCTION(Llen, "i"),         INSTRUCTION(Ltolstring, "i"),   INSTRUCTION(abort, ""),
    INSTRUCTION(absindex, "i"),     INSTRUCTION(append, "i"),       INSTRUCTION(arith, "s"),
    INSTRUCTION(call, "nn"),        INSTRUCTION(callk, "nni"),      INSTRUCTION(checkstack, "ns"),
    INSTRUCTION(closeslot, "n"),    INSTRUCTION(compare, "sii"),    INSTRUCTION(concat, "n"),
    INSTRUCTION(copy, "ii"),        INSTRUCTION(error, ""),         INSTRUCTION(func2num, "i"),
    INSTRUCTION(getfield, "is"),    INSTRUCTION(getglobal, "s"),    INSTRUCTION(getmetatable, "i"),
    INSTRUCTION(gettable, "i"),     INSTRUCTION(gettop, ""),        INSTRUCTION(gsub, "nnn"),
    INSTRUCTION(insert, "n"),       INSTRUCTION(iscfunction, "i"),  INSTRUCTION(isfunction, "i"),
    INSTRUCTION(isnil, "i"),        INSTRUCTION(isnull, "i"),       INSTRUCTION(isnumber, "i"),
    INSTRUCTION(isstring, "i"),     INSTRUCTION(istable, "i"),      INSTRUCTION(isudataval, "i"),
    INSTRUCTION(isuserdata, "i"),   INSTRUCTION(isyieldable, "i"),  INSTRUCTION(len, "i"),
    INSTRUCTION(loadfile, "n"),     INSTRUCTION(loadstring, "n"),   INSTRUCTION(newmetatable, "s"),
    INSTRUCTION(newtable, ""),      INSTRUCTION(newthread, ""),     INSTRUCTION(newuserdata, "n"),
    INSTRUCTION(next, ""),          INSTRUCTION(objsize, "i"),      INSTRUCTION(pcall, "nnn"),
    INSTRUCTION(pcallk, "nni"),     INSTRUCTION(pop, "n"),          INSTRUCTION(print, "s"),
    INSTRUCTION(pushbool, "n"),     INSTRUCTION(pushcclosure, "n"), INSTRUCTION(pushfstringI, ""),
    INSTRUCTION(pushfstringP, ""),  INSTRUCTION(pushfstringS, ""),  INSTRUCTION(pushint, "n"),
    INSTRUCTION(pushnil, ""),       INSTRUCTION(pushnum, "n"),      INSTRUCTION(pushstatus, ""),
    INSTRUCTION(pushstring, "s"),   INSTRUCTION(pushupvalueindex, "n"), INSTRUCTION(pushvalue, "i"),
    INSTRUCTION(rawcheckstack, "n"), INSTRUCTION(rawget, "i"),      INSTRUCTION(rawgeti, "in"),
    INSTRUCTION(rawgetp, "in"),     INSTRUCTION(rawset, "i"),       INSTRUCTION(rawseti, "in"),
    INSTRUCTION(rawsetp, "in"),     INSTRUCTION(remove, "n"),       INSTRUCTION(replace, "i"),
    INSTRUCTION(resetthread, ""),   INSTRUCTION(resume, "in"),      INSTRUCTION(return, "n"),
    INSTRUCTION(rotate, "in"),      INSTRUCTION(setfield, "is"),    INSTRUCTION(setglobal, "s"),
    INSTRUCTION(sethook, "nns"),    INSTRUCTION(seti, "in"),        INSTRUCTION(setmetatable, "i"),
    INSTRUCTION(settable, "i"),     INSTRUCTION(settop, "n"),       INSTRUCTION(testudata, "is"),
    INSTRUCTION(threadstatus, ""),  INSTRUCTION(throw, ""),         INSTRUCTION(tobool, "i"),
    INSTRUCTION(tocfunction, "i"),  INSTRUCTION(toclose, "n"),      INSTRUCTION(tointeger, "i"),
    INSTRUCTION(tonumber, "i"),     INSTRUCTION(topointer, "i"),    INSTRUCTION(tostring, "i"),
    INSTRUCTION(touserdata, "i"),   INSTRUCTION(traceback, "sn"),   INSTRUCTION(type, "n"),
    INSTRUCTION(warning, "s"),      INSTRUCTION(warningC, "s"),     INSTRUCTION(xmove, "iin"),
    INSTRUCTION(yield, "n"),        INSTRUCTION(yieldk, "ni"),
};

int t_run_script(lua_State *L, lua_State *on, const char *script) {
  struct run r = {.L = L, .on = on, .at = script};
  if (script == NULL) return luaL_error(L, "attempt to run a null script");
  for (;;) {
    const struct instruction *i = instructions, *end = i + sizeof instructions / sizeof *instructions;
    read_string(&r);
    if (r.s[0] == '\0') return 0;
    while (i < end && strcmp(i->name, r.s) != 0) i++;
    if (i == end) return luaL_error(L, "unknown instruction %s", r.s);
    read_operands(&r, i->operands);
    int results = i->execute(&r);
    if (results != CONTINUE) return results;
  }
}
