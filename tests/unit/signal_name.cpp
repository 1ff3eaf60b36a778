#include "core/base/signal_name.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

TEST_CASE("signal names: each number once, and there and back again") {
  for (const auto& row : nextest::signal_names) {
    CAPTURE(row.name);
    CHECK(std::string(nextest::signal_name(row.number)) == row.name);
    CHECK(nextest::usual_signal(row.number) == row.usual);
    CHECK(nextest::signal_of_usual(row.usual) == row.number);
  }
  CHECK(nextest::usual_signal(SIGBUS) == 7);
  CHECK(nextest::usual_signal(SIGUSR1) == 10);
}

TEST_CASE("signal names: one without a name is the same number everywhere") {
  for (const int signal : {0, 64, 100, -1}) {
    CHECK(nextest::usual_signal(signal) == signal);
    CHECK(nextest::signal_of_usual(signal) == signal);
  }
}

}  // namespace
