/* Figures of the library as a host sees it: `embed state|load|idle` prints one number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static lua_State *open_state(void) {
  lua_State *L = luaL_newstate();
  if (L == NULL) exit(1);
  luaL_openlibs(L);
  return L;
}

/* Microseconds to open and close a state with all libraries. */
static double state(void) {
  int i, n = 2000;
  double start = now();
  for (i = 0; i < n; i++) lua_close(open_state());
  return (now() - start) / n * 1e6;
}

/* Nanoseconds to load a byte of source. */
static double load(void) {
  static const char piece[] =
      "local function f%d(a, b, ...)\n  -- adds, or asks the table\n  if a == nil then return b.name or 'none' end\n"
      "  local t = { x = a + 1, y = b * 2.5, [3] = \"text\", ... }\n"
      "  for i = 1, #t do t.x = t.x + t[i] * (i - 1) end\n  return function(k) return t[k] .. tostring(a) end\nend\n";
  lua_State *L = open_state();
  size_t size = 0;
  int i, functions = 150, rounds = 200;
  char *source = malloc(functions * (sizeof(piece) + 16));
  double start;
  if (source == NULL) exit(1);
  for (i = 0; i < functions; i++) size += sprintf(source + size, piece, i);
  start = now();
  for (i = 0; i < rounds; i++) {
    if (luaL_loadbuffer(L, source, size, "=source") != LUA_OK) exit(1);
    lua_settop(L, 0);
  }
  start = now() - start;
  lua_close(L);
  free(source);
  return start / rounds / size * 1e9;
}

/* Resident KiB of one of many idle states. */
static double idle(void) {
  enum { N = 200 };
  static lua_State *states[N];
  long before, after, unused;
  int i;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%ld %ld", &unused, &before) != 2) exit(1);
  fclose(f);
  for (i = 0; i < N; i++) states[i] = open_state();
  f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%ld %ld", &unused, &after) != 2) exit(1);
  fclose(f);
  for (i = 0; i < N; i++) lua_close(states[i]);
  return (after - before) * 4.0 / N;
}

int main(int argc, char **argv) {
  double value;
  if (argc != 2) return 2;
  if (strcmp(argv[1], "state") == 0) value = state();
  else if (strcmp(argv[1], "load") == 0) value = load();
  else if (strcmp(argv[1], "idle") == 0) value = idle();
  else return 2;
  printf("%.3f\n", value);
  return 0;
}
