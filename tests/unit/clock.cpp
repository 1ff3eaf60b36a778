#include "core/base/clock.hpp"

#include <doctest/doctest.h>
#include <poll.h>

namespace {

using nextest::Duration;
using nextest::read_clock;
using nextest::RunClock;

// At least that long.
void sleep_ms(int ms) {
  const Duration end = read_clock(CLOCK_MONOTONIC) + Duration::milliseconds(ms);
  while (read_clock(CLOCK_MONOTONIC) < end) ::poll(nullptr, 0, 1);
}

TEST_CASE("clock: starts near nothing and never goes back") {
  const Duration before = read_clock(CLOCK_MONOTONIC);
  const RunClock clock;
  Duration last{};
  for (int i = 0; i < 1000; ++i) {
    const Duration now = clock.now();
    REQUIRE(last <= now);
    last = now;
  }
  CHECK(last <= read_clock(CLOCK_MONOTONIC) - before);
}

TEST_CASE("clock: moves while it runs") {
  const RunClock clock;
  sleep_ms(2);
  CHECK(Duration::milliseconds(2) <= clock.now());
}

TEST_CASE("clock: stands still while paused") {
  RunClock clock;
  clock.pause();
  const Duration paused = clock.now();
  sleep_ms(3);
  CHECK(clock.now() == paused);
  clock.pause();  // once more changes nothing
  sleep_ms(1);
  CHECK(clock.now() == paused);
}

TEST_CASE("clock: a pause does not count afterwards") {
  const Duration before = read_clock(CLOCK_MONOTONIC);
  RunClock clock;
  for (int round = 0; round < 2; ++round) {
    clock.pause();
    const Duration paused = clock.now();
    sleep_ms(20);
    clock.resume();
    clock.resume();  // once more changes nothing
    CHECK(paused <= clock.now());
  }
  const Duration run = clock.now();
  CHECK(run <= read_clock(CLOCK_MONOTONIC) - before - Duration::milliseconds(40));
}

TEST_CASE("clock: goes on after a pause") {
  RunClock clock;
  clock.pause();
  clock.resume();
  const Duration resumed = clock.now();
  sleep_ms(2);
  CHECK(resumed + Duration::milliseconds(2) <= clock.now());
}

TEST_CASE("clock: resuming what runs changes nothing") {
  RunClock clock;
  sleep_ms(2);
  clock.resume();
  CHECK(Duration::milliseconds(2) <= clock.now());
}

TEST_CASE("clock: wall time is since 1970") {
  CHECK(Duration::seconds(1700000000) < nextest::wall_time());
  CHECK(nextest::wall_time() < Duration::seconds(9000000000));
}

}  // namespace
