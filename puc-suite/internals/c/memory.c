/*
** An allocator that checks how it is used: sizes must be right, nothing may be written behind a block, and blocks move
** whenever they are resized. New and freed memory is filled, so that what reads it stands out.
*/

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests.h"

struct t_memory t_memory = {.left = T_NO_LIMIT};

/* In front of a block. */
struct header {
  _Alignas(16) size_t size;
  size_t kind;
};

enum { TRAILER = 16, TRAILER_BYTE = 0x5A, NEW_BYTE = 0xA5, FREED_BYTE = 0xDB };

void t_fatal(const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
  fputc('\n', stderr);
  abort();
}

static void check(const struct header *h, size_t osize) {
  const unsigned char *trailer = (const unsigned char *)(h + 1) + h->size;
  if (h->size != osize) t_fatal("allocator: block of %zu bytes given back as one of %zu", h->size, osize);
  for (int i = 0; i < TRAILER; i++)
    if (trailer[i] != TRAILER_BYTE) t_fatal("allocator: write behind a block of %zu bytes", h->size);
}

static void release(struct t_memory *m, struct header *h) {
  size_t size = h->size;
  m->objects[h->kind]--;
  m->blocks--;
  m->total -= size;
  memset(h, FREED_BYTE, sizeof *h + size + TRAILER);
  free(h);
}

static struct header *obtain(struct t_memory *m, size_t kind, size_t size) {
  if (size > (size_t)-1 - sizeof(struct header) - TRAILER) return NULL;
  struct header *h = malloc(sizeof *h + size + TRAILER);
  if (h == NULL) return NULL;
  unsigned char *bytes = (unsigned char *)(h + 1);
  *h = (struct header){.size = size, .kind = kind};
  memset(bytes, NEW_BYTE, size);
  memset(bytes + size, TRAILER_BYTE, TRAILER);
  m->objects[kind]++;
  m->blocks++;
  m->total += size;
  if (m->total > m->peak) m->peak = m->total;
  return h;
}

/* Whether a request to go from 'osize' to 'nsize' bytes is to be refused. */
static int refuse(struct t_memory *m, size_t osize, size_t nsize) {
  if (m->limit == 0) {
    const char *limit = getenv("MEMLIMIT");
    m->limit = limit != NULL ? strtoull(limit, NULL, 10) : T_NO_LIMIT;
  }
  if (m->fail_next) {
    m->fail_next = 0;
    return 1;
  }
  if (m->left != T_NO_LIMIT && nsize != osize) {
    if (m->left == 0) return 1;
    m->left--;
  }
  return nsize > osize && nsize - osize > m->limit - (m->total < m->limit ? m->total : m->limit);
}

void *t_alloc(void *ud, void *block, size_t osize, size_t nsize) {
  struct t_memory *m = ud;
  struct header *old = block != NULL ? (struct header *)block - 1 : NULL;
  size_t kind = old != NULL ? old->kind : osize < T_KINDS ? osize : 0;
  if (old != NULL) check(old, osize);
  if (nsize == 0) {
    if (old != NULL) release(m, old);
    return NULL;
  }
  if (refuse(m, old != NULL ? osize : 0, nsize)) return NULL;
  struct header *new = obtain(m, kind, nsize);
  if (new == NULL) return NULL;
  if (old != NULL) {
    memcpy(new + 1, block, osize < nsize ? osize : nsize);
    release(m, old);
  }
  return new + 1;
}
