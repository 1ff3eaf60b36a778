#include "core/process/strays.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/proc.hpp"
#include "tests/unit/support.hpp"

namespace {

using namespace nextest;
using namespace machine;

Need statm() {
  return {"/proc/PID/statm", "", [] { return !read_proc(::getpid(), "statm").empty(); }};
}

TEST_CASE("strays: what has ended, or is about to, is none" * needs(statm())) {
  Strays strays("no such run");
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(child > 0);
  while (!has_no_memory(child)) ::poll(nullptr, 0, 1);
  for (const Orphan& orphan : strays.find_all()) CHECK(orphan.pid != child);
  CHECK(::waitpid(child, nullptr, 0) == child);
  CHECK_FALSE(has_no_memory(::getpid()));
}

}  // namespace
