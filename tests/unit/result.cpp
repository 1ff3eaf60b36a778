#include "core/base/result.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>

#include <string>

#include "tests/unit/support.hpp"

namespace {

using nextest::Error;
using nextest::ExitCode;
using nextest::Result;

TEST_CASE("result: a value, or an error") {
  const Result<std::string> value = std::string("a");
  CHECK(bool(value));
  CHECK(value.value() == "a");
  const Result<std::string> error = Error{ExitCode::TestListFailed, "no", "try"};
  CHECK_FALSE(bool(error));
  CHECK(error.error().code == ExitCode::TestListFailed);
  CHECK(error.error().message == "no");
  CHECK(error.error().hint == "try");
}

TEST_CASE("result: the value of an error stops the program, with one line") {
  Result<int> error = Error{ExitCode::SetupError, "no such file\n  a", ""};
  const support::Ended ended = support::in_a_process([&] { static_cast<void>(error.value()); });
  CHECK(WIFSIGNALED(ended.status));
  CHECK(WTERMSIG(ended.status) == SIGABRT);
  const std::string line = "error: this program went on after an error: no such file\n";
  CHECK(nextest::starts_with(ended.err, line));  // an emulator adds one of its own
  CHECK_FALSE(nextest::contains(ended.err, "\n  a"));
  const Result<int>& constant = error;
  const support::Ended same = support::in_a_process([&] { static_cast<void>(constant.value()); });
  CHECK(WTERMSIG(same.status) == SIGABRT);
  CHECK(nextest::starts_with(same.err, line));
}

}  // namespace
