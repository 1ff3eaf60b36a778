#include "core/process/children.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

using nextest::ChildSearch;

TEST_CASE("children: those that live are found without /proc, the dead are not") {
  const auto is_found = [](pid_t pid) {
    const nextest::Vector<pid_t> found = ChildSearch().find();
    return std::find(found.begin(), found.end(), pid) != found.end();
  };
  const auto start = [] {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::alarm(60);
      while (true) ::pause();
    }
    return pid;
  };
  const pid_t first = start(), second = start();
  REQUIRE(second > 0);
  CHECK(nextest::has_child());
  CHECK(is_found(first));
  CHECK(is_found(second));
  CHECK_FALSE(is_found(::getpid()));

  siginfo_t info{};
  ::kill(first, SIGKILL);
  REQUIRE(::waitid(P_PID, static_cast<id_t>(first), &info, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(is_found(first));
  CHECK(is_found(second));

  ::kill(second, SIGKILL);
  for (const pid_t pid : {first, second}) REQUIRE(::waitpid(pid, nullptr, 0) == pid);
  CHECK_FALSE(is_found(second));
}
