/*
** What the test programs share. A program is a list of cases; each runs in a fresh state and prints a heading and
** whatever it finds out. The programs are compiled once and run with the distribution's library and with ours: equal
** output is the test, so they print no addresses and nothing that depends on time.
*/

#ifndef test_h
#define test_h

#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

struct test_case {
  const char *name;
  void (*run)(lua_State *L);
};

/* An allocator that checks the sizes it is given, and can refuse. */
struct heap {
  size_t bytes;     /* in use */
  size_t blocks;    /* in use */
  long countdown;   /* requests until one is refused; negative: never */
  int refuse_all;   /* go on refusing from then on */
  size_t limit;     /* bytes that may be in use; 0: any number */
  long errors;      /* wrong sizes seen */
};

/* Three words: blocks are aligned to 8 bytes and no more, which is what the library may ask of an allocator. */
struct block {
  size_t size;
  size_t check;
  size_t unused;
};

#define CHECK_MARK 0x5ca1ab1edeadbeefu

static void *test_alloc(void *ud, void *ptr, size_t osize, size_t nsize) {
  struct heap *h = (struct heap *)ud;
  struct block *b = ptr ? (struct block *)ptr - 1 : NULL;
  if (b && (b->size != osize || b->check != (CHECK_MARK ^ osize))) {
    h->errors++;
    printf("! osize %lu for a block of %lu\n", (unsigned long)osize, (unsigned long)b->size);
  }
  if (!b && osize > 10) {
    h->errors++;
    printf("! code %lu for a new block\n", (unsigned long)osize);
  }
  if (nsize == 0) {
    if (b) {
      h->bytes -= b->size;
      h->blocks--;
      memset(b, 0xAB, sizeof(*b) + b->size);
      free(b);
    }
    return NULL;
  }
  if (!b || nsize > b->size) {
    if (h->countdown == 0) {
      if (!h->refuse_all) h->countdown = -1;
      return NULL;
    }
    if (h->countdown > 0) h->countdown--;
    if (h->limit && h->bytes - (b ? b->size : 0) + nsize > h->limit) return NULL;
  }
  {
    struct block *n = (struct block *)malloc(sizeof(*n) + nsize);
    if (!n) return NULL;
    memset(n + 1, 0xCD, nsize);
    if (b) {
      memcpy(n + 1, b + 1, b->size < nsize ? b->size : nsize);
      h->bytes -= b->size;
      h->blocks--;
      memset(b, 0xAB, sizeof(*b) + b->size);
      free(b);
    }
    n->size = nsize;
    n->check = CHECK_MARK ^ nsize;
    h->bytes += nsize;
    h->blocks++;
    return n + 1;
  }
}

/* Prints a value without addresses. */
static void show(lua_State *L, int idx) {
  switch (lua_type(L, idx)) {
    case LUA_TNIL:
      printf("nil");
      break;
    case LUA_TBOOLEAN:
      printf(lua_toboolean(L, idx) ? "true" : "false");
      break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, idx))
        printf("%lld", (long long)lua_tointeger(L, idx));
      else
        printf("%.14gf", lua_tonumber(L, idx));
      break;
    case LUA_TSTRING: {
      size_t n, i;
      const char *s = lua_tolstring(L, idx, &n);
      putchar('"');
      for (i = 0; i < n && i < 300; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c < 32 || c == '"' || c == '\\' || c > 126)
          printf("\\%d", c);
        else
          putchar(c);
      }
      if (i < n) printf("... %lu", (unsigned long)n);
      putchar('"');
      if (s[n] != '\0') printf("!unterminated");
      break;
    }
    default:
      printf("%s", luaL_typename(L, idx));
      break;
  }
}

/* Prints the stack on one line. */
static void stack(lua_State *L, const char *what) {
  int i, n = lua_gettop(L);
  printf("%s: [%d]", what, n);
  for (i = 1; i <= n; i++) {
    putchar(' ');
    show(L, i);
  }
  putchar('\n');
}

static void run_lua(lua_State *L, const char *code) {
  int status = luaL_loadstring(L, code);
  if (status == LUA_OK) status = lua_pcall(L, 0, LUA_MULTRET, 0);
  if (status != LUA_OK) {
    printf("status %d: ", status);
    show(L, -1);
    putchar('\n');
    lua_pop(L, 1);
  }
}

static void load_text(lua_State *L, const char *text, const char *name) {
  if (luaL_loadbuffer(L, text, strlen(text), name) != LUA_OK) printf("! %s\n", lua_tostring(L, -1));
}

/* Calls 'f' in protected mode, prints the outcome, and leaves the stack as it was. */
static void attempt(lua_State *L, const char *what, lua_CFunction f) {
  int top = lua_gettop(L), status;
  lua_pushcfunction(L, f);
  status = lua_pcall(L, 0, LUA_MULTRET, 0);
  printf("%s: status %d", what, status);
  for (top++; top <= lua_gettop(L); top++) {
    putchar(' ');
    show(L, top);
  }
  putchar('\n');
  lua_settop(L, 0);
}

static void run_cases(const struct test_case *cases) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (; cases->name; cases++) {
    struct heap h = {0, 0, -1, 0, 0, 0};
    lua_State *L = lua_newstate(test_alloc, &h);
    printf("# %s\n", cases->name);
    luaL_openlibs(L);
    cases->run(L);
    lua_close(L);
    if (h.bytes || h.blocks) printf("! leak: %lu bytes in %lu blocks\n", (unsigned long)h.bytes, (unsigned long)h.blocks);
  }
}

#endif
