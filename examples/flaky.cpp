// Fails on its first attempt, passes on the second: run with --retries 1, it is told apart from tests that just pass.
#include "tiny.hpp"

TEST("network::connects") {
  const char* const attempt = std::getenv("NEXTEST_ATTEMPT");
  CHECK(attempt != nullptr && std::atoi(attempt) > 1);
}
