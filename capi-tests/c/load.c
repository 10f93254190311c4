/* Loading and dumping chunks. */

#include <unistd.h>

#include "test.h"

struct pieces {
  const char *const *p;
  int calls;
};

static const char *read_pieces(lua_State *L, void *ud, size_t *size) {
  struct pieces *s = (struct pieces *)ud;
  (void)L;
  s->calls++;
  if (!*s->p) return NULL;
  *size = strlen(*s->p);
  return *s->p++;
}

static void load_pieces(lua_State *L, const char *const *p, const char *name, const char *mode) {
  struct pieces s = {p, 0};
  int status = lua_load(L, read_pieces, &s, name, mode);
  printf("load %d calls %d ", status, s.calls);
  if (status == LUA_OK) status = lua_pcall(L, 0, LUA_MULTRET, 0);
  stack(L, "result");
  lua_settop(L, 0);
}

static void pieces(lua_State *L) {
  static const char *const whole[] = {"return 1, 'two'", NULL};
  static const char *const cut[] = {"re", "turn", " ", "1", "2", ", 'ab", "cd'", NULL};
  static const char *const empty_end[] = {"return 5", "", "ignored", NULL};
  static const char *const nothing[] = {NULL};
  static const char *const wrong[] = {"x = ", "= 1", NULL};
  static const char *const unfinished[] = {"for i = 1, 2 do", NULL};
  static const char *const fails[] = {"local t\n\nt.x = 1", NULL};
  load_pieces(L, whole, "=name", NULL);
  load_pieces(L, cut, "@file.lua", NULL);
  load_pieces(L, empty_end, "chunk", NULL);
  load_pieces(L, nothing, "chunk", NULL);
  load_pieces(L, wrong, "=name", NULL);
  load_pieces(L, wrong, "@file.lua", NULL);
  load_pieces(L, wrong, "the text\nmore", NULL);
  load_pieces(L, wrong, NULL, NULL);
  load_pieces(L, unfinished, "=u", NULL);
  load_pieces(L, fails, "@f.lua", NULL);
  load_pieces(L, whole, "=n", "t");
  load_pieces(L, whole, "=n", "b");
  load_pieces(L, whole, "=n", "bt");
  load_pieces(L, whole, "=n", "");
}

static const char *read_error(lua_State *L, void *ud, size_t *size) {
  (void)size;
  if (!ud) luaL_error(L, "reader fails");
  *size = 9;
  if (*(int *)ud++ == 0) return "return 12";
  lua_pushliteral(L, "value from reader");
  lua_error(L);
  return NULL;
}
static const char *read_again(lua_State *L, void *ud, size_t *size) {
  int *n = (int *)ud;
  if ((*n)++ > 0) return NULL;
  luaL_loadstring(L, "return 'nested'");
  lua_call(L, 0, 1);
  lua_pop(L, 1);
  *size = 8;
  return "return 4";
}

static void reader_errors(lua_State *L) {
  int n = 0;
  printf("%d ", lua_load(L, read_error, NULL, "=x", NULL));
  stack(L, "error");
  lua_settop(L, 0);
  printf("%d ", lua_load(L, read_again, &n, "=x", NULL));
  stack(L, "nested");
}

static void names(lua_State *L) {
  static const char *const list[] = {"=short", "@short.lua", "return x +", "=012345678901234567890123456789012345678901234567890123456789012345",
                                     "@012345678901234567890123456789012345678901234567890123456789012345",
                                     "012345678901234567890123456789012345678901234567890123456789012345", "line\nline", "", "=", "@", NULL};
  int i;
  for (i = 0; list[i]; i++) {
    printf("%d ", luaL_loadbuffer(L, "x =", 3, list[i]));
    stack(L, "error");
    lua_settop(L, 0);
  }
  printf("%d ", luaL_loadstring(L, "return 1 +"));
  stack(L, "string");
}

static void environment(lua_State *L) {
  luaL_loadstring(L, "v = 1; return _ENV");
  lua_pushvalue(L, -1);
  lua_call(L, 0, 1);
  lua_pushglobaltable(L);
  printf("globals %d\n", lua_rawequal(L, -1, -2));
  lua_settop(L, 1);
  lua_newtable(L);
  printf("%s\n", lua_setupvalue(L, 1, 1));
  lua_call(L, 0, 1);
  lua_getfield(L, -1, "v");
  stack(L, "own");
  lua_settop(L, 0);
  /* A changed registry entry is what new chunks see. */
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_newtable(L);
  lua_pushliteral(L, "replaced");
  lua_setfield(L, -2, "who");
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  luaL_loadstring(L, "return who");
  lua_call(L, 0, 1);
  lua_getglobal(L, "who");
  stack(L, "replaced");
  lua_settop(L, 1);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

struct output {
  char data[100000];
  size_t n;
  long fail_at;
  int calls;
};

static int write_output(lua_State *L, const void *p, size_t n, void *ud) {
  struct output *o = (struct output *)ud;
  (void)L;
  if (o->fail_at >= 0 && o->calls == o->fail_at) return 17;
  o->calls++;
  memcpy(o->data + o->n, p, n);
  o->n += n;
  return 0;
}
static int write_error(lua_State *L, const void *p, size_t n, void *ud) {
  (void)p;
  (void)n;
  (void)ud;
  return luaL_error(L, "writer fails");
}
static int dump_failing(lua_State *L) {
  luaL_loadstring(L, "return 1");
  lua_dump(L, write_error, NULL, 0);
  return 0;
}

static struct output out;

static void dump(lua_State *L) {
  int strip;
  for (strip = 0; strip < 2; strip++) {
    out.n = 0;
    out.calls = 0;
    out.fail_at = -1;
    load_text(L, "local a, b = ... local function f(...) return a, ... end t = {1, 2.5, 'x', nil, true} "
                    "for i = 1, 3 do b = b .. i end return f(b, #t, string.rep('long', 20), error == nil)", "=dumped");
    printf("dump %d size %lu\n", lua_dump(L, write_output, &out, strip), (unsigned long)out.n);
    printf("%d\n", lua_gettop(L));
    lua_settop(L, 0);
    printf("%d ", luaL_loadbufferx(L, out.data, out.n, "=loaded", "b"));
    lua_pushliteral(L, "A");
    lua_pushliteral(L, "B");
    lua_pcall(L, 2, LUA_MULTRET, 0);
    stack(L, "run");
    lua_settop(L, 0);
    printf("%d ", luaL_loadbufferx(L, out.data, out.n, "=loaded", "t"));
    stack(L, "text only");
    lua_settop(L, 0);
    printf("%d ", luaL_loadbufferx(L, out.data, out.n / 2, "=cut", NULL));
    stack(L, "truncated");
    lua_settop(L, 0);
  }
  luaL_loadstring(L, "local x = 1 function f() return x.y end f()");
  out.n = 0;
  lua_dump(L, write_output, &out, 1);
  lua_settop(L, 0);
  luaL_loadbuffer(L, out.data, out.n, "=stripped");
  printf("%d ", lua_pcall(L, 0, 0, 0));
  stack(L, "error in stripped code");
  lua_settop(L, 0);
  lua_pushcfunction(L, dump_failing);
  printf("C function: %d\n", lua_dump(L, write_output, &out, 0));
  lua_settop(L, 0);
  luaL_loadstring(L, "return 1");
  out.fail_at = 0;
  out.calls = 0;
  printf("refused %d\n", lua_dump(L, write_output, &out, 0));
  attempt(L, "writer error", dump_failing);
}

/* The binary form is that of PUC's compiler, byte for byte in its header. */
static void header(lua_State *L) {
  size_t i;
  out.n = 0;
  out.fail_at = -1;
  load_text(L, "return 1", "=c");
  lua_dump(L, write_output, &out, 0);
  for (i = 0; i < out.n; i++) printf("%02x%s", (unsigned char)out.data[i], i % 16 == 15 ? "\n" : " ");
  printf("\n");
}

static void malformed(lua_State *L) {
  size_t n, i;
  out.n = 0;
  out.fail_at = -1;
  load_text(L, "local x <const> = 5; return function(...) return x, ... end", "=c");
  lua_dump(L, write_output, &out, 0);
  lua_settop(L, 0);
  n = out.n;
  for (i = 0; i < n; i++) {
    int status = luaL_loadbuffer(L, out.data, i, "=cut");
    if (status != LUA_ERRSYNTAX || i < 40) {
      printf("%lu: %d ", (unsigned long)i, status);
      stack(L, "cut");
    }
    lua_settop(L, 0);
  }
  for (i = 0; i < 31; i++) {
    out.data[i] ^= 1;
    printf("%lu: %d ", (unsigned long)i, luaL_loadbuffer(L, out.data, n, "=flipped"));
    if (lua_isfunction(L, -1))
      printf("function\n");
    else
      stack(L, "flipped");
    lua_settop(L, 0);
    out.data[i] ^= 1;
  }
}

static const char *file_name = "capi-load-test.tmp";

static void write_file(const char *text, size_t n) {
  FILE *f = fopen(file_name, "wb");
  fwrite(text, 1, n, f);
  fclose(f);
}

static void load_file(lua_State *L, const char *what, const char *text, size_t n, const char *mode) {
  int status;
  write_file(text, n);
  status = luaL_loadfilex(L, file_name, mode);
  printf("%s: %d ", what, status);
  if (status == LUA_OK) printf("call %d ", lua_pcall(L, 0, LUA_MULTRET, 0));
  stack(L, "result");
  lua_settop(L, 0);
}

#define TEXT(s) s, sizeof(s) - 1

static void files(lua_State *L) {
  load_file(L, "plain", TEXT("return 1"), NULL);
  load_file(L, "empty", TEXT(""), NULL);
  load_file(L, "shebang", TEXT("#!/usr/bin/lua\nreturn debug.getinfo(1, 'l').currentline"), NULL);
  load_file(L, "only shebang", TEXT("#!/usr/bin/lua"), NULL);
  load_file(L, "bom", TEXT("\xEF\xBB\xBFreturn 'bom'"), NULL);
  load_file(L, "bom and shebang", TEXT("\xEF\xBB\xBF# x\nreturn 'both'"), NULL);
  load_file(L, "half bom", TEXT("\xEF\xBBreturn 1"), NULL);
  load_file(L, "syntax", TEXT("return return"), NULL);
  load_file(L, "runtime", TEXT("\n\nerror('here')"), NULL);
  load_file(L, "mode", TEXT("return 1"), "b");
  load_file(L, "nul", TEXT("return 'a\0b'"), NULL);
  load_file(L, "control", TEXT("return \x01"), NULL);
  out.n = 0;
  out.fail_at = -1;
  luaL_loadstring(L, "return 'binary'");
  lua_dump(L, write_output, &out, 0);
  lua_settop(L, 0);
  load_file(L, "binary", out.data, out.n, NULL);
  load_file(L, "binary as text", out.data, out.n, "t");
  memmove(out.data + 7, out.data, out.n);
  memcpy(out.data, "# head\n", 7);
  load_file(L, "binary with comment", out.data, out.n + 7, NULL);
  remove(file_name);
  printf("%d ", luaL_loadfile(L, "no-such-file.lua"));
  stack(L, "missing");
  lua_settop(L, 0);
  printf("%d ", luaL_loadfile(L, "/tmp"));
  stack(L, "directory");
  lua_settop(L, 0);
  printf("%d ", luaL_dofile(L, "no-such-file.lua"));
  stack(L, "dofile");
  lua_settop(L, 0);
  /* Standard input. */
  write_file("return 'stdin', ...", 19);
  if (freopen(file_name, "r", stdin)) {
    printf("%d ", luaL_loadfile(L, NULL));
    lua_pushinteger(L, 3);
    lua_call(L, 1, LUA_MULTRET);
    stack(L, "stdin");
  }
  remove(file_name);
}

static const struct test_case cases[] = {
    {"pieces", pieces}, {"reader_errors", reader_errors}, {"names", names},   {"environment", environment},
    {"dump", dump},     {"header", header},               {"malformed", malformed}, {"files", files},
    {NULL, NULL},
};

int main(void) {
  if (chdir("/tmp") != 0) return 1;
  run_cases(cases);
  return 0;
}
