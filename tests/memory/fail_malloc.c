/* Preloaded into a program: from the $FAIL_MALLOC-th request for memory on there is none. */
#include <errno.h>
#include <stdlib.h>

/* glibc's own, under names that nobody stands in for. */
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);

static int fails(void) {
  static long left = -1;
  if (left < 0) {
    const char* const text = getenv("FAIL_MALLOC");
    left = text != NULL ? atol(text) : 0;
  }
  if (left > 1) --left;
  if (left == 1) errno = ENOMEM;
  return left == 1;
}

void* malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }
void* realloc(void* memory, size_t size) { return fails() ? NULL : __libc_realloc(memory, size); }
