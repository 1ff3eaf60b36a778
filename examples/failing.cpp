// One test fails; its output is shown.
#include "tiny.hpp"

TEST("parser::reads_a_number") { CHECK(std::atoi("42") == 42); }
TEST("parser::refuses_letters") {
  std::puts("reading 4x2 ...");
  CHECK(std::atoi("4x2") == 0);
}
