// A test framework of forty lines that nextest understands: it follows the rules that Rust's libtest sets for custom
// harnesses. Copy it if you have nothing yet.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tiny {

struct Test {
  const char* name;
  void (*run)();
  Test* next;
  static Test*& first() {
    static Test* tests = nullptr;
    return tests;
  }
  Test(const char* test_name, void (*body)()) : name(test_name), run(body), next(nullptr) {
    Test** last = &first();
    while (*last != nullptr) last = &(*last)->next;
    *last = this;
  }
};

inline int main(int argc, char** argv) {
  const char* wanted = nullptr;
  bool list = false, ignored = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--list") == 0) list = true;
    else if (std::strcmp(argv[i], "--ignored") == 0) ignored = true;
    else if (std::strcmp(argv[i], "--format") == 0) ++i;
    else if (argv[i][0] != '-') wanted = argv[i];
    else if (std::strcmp(argv[i], "--help") == 0)  // nextest knows such programs by the name of this variable in them
      std::puts("usage: [--list] [NAME]; tests run one after the other, whatever RUST_TEST_THREADS says");
  }
  for (Test* test = Test::first(); test != nullptr; test = test->next) {
    if (list && !ignored) std::printf("%s: test\n", test->name);
    if (!list && (wanted == nullptr || std::strcmp(wanted, test->name) == 0)) test->run();
  }
  return 0;
}

}  // namespace tiny

#define TINY_JOIN(a, b) a##b
#define TINY_TEST(line, name)                                              \
  static void TINY_JOIN(test_, line)();                                    \
  static tiny::Test TINY_JOIN(entry_, line)(name, TINY_JOIN(test_, line)); \
  static void TINY_JOIN(test_, line)()
#define TEST(name) TINY_TEST(__LINE__, name)
#define CHECK(condition)                                                                                         \
  do {                                                                                                           \
    if (condition) break;                                                                                        \
    std::fprintf(stderr, "tiny: %s:%d: %s: Assertion `%s' failed.\n", __FILE__, __LINE__, __func__, #condition); \
    std::exit(1);                                                                                                \
  } while (0)

int main(int argc, char** argv) { return tiny::main(argc, argv); }
