/* As many tests as $MANY says, in the protocol of Rust's libtest. Each prints $LINES lines, and writes down that it
   ran: a byte at the end of the file $MANY_LOG. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By this text the harness is recognised. */
static const char threads[] = "RUST_TEST_THREADS";

static int number(const char* name) {
  const char* const text = getenv(name);
  return text != NULL ? atoi(text) : 0;
}

static void list_tests(void) {
  int i;
  for (i = 0; i < number("MANY"); ++i) printf("module_%d::works_as_number_%d: test\n", i / 100, i);
}

static void run_test(const char* name) {
  int i;
  const char* const log = getenv("MANY_LOG");
  const int file = log != NULL ? open(log, O_WRONLY | O_APPEND) : -1;
  if (file >= 0 && write(file, ".", 1) != 1) exit(1);
  printf("\nrunning 1 test\n");
  if (getenv(threads) != NULL) printf("one thread is enough\n");
  for (i = 0; i < number("LINES"); ++i) printf("%s says on line %d what tests say\n", name, i);
  printf("test %s ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n", name);
}

int main(int argc, char** argv) {
  int is_list = 0, is_ignored = 0, i;
  for (i = 1; i < argc; ++i) {
    is_list |= strcmp(argv[i], "--list") == 0;
    is_ignored |= strcmp(argv[i], "--ignored") == 0;
  }
  if (!is_list) run_test(argc > 1 ? argv[1] : "");
  else if (!is_ignored) list_tests();
  return 0;
}
