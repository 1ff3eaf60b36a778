// Slow tests, tests that never end, and what is left to the runner then.
#include "screen.hpp"

using namespace drive;

namespace {

const Words short_time = {"--slow-timeout", "500ms", "--terminate-after", "2", "--grace-period", "300ms"};

Outcome run_with(const Words& fixtures, const Words& more) {
  Words words = {"run"};
  words.insert(words.end(), more.begin(), more.end());
  for (const std::string& name : fixtures) words.push_back(fixture(name));
  return nextest(words);
}

TEST_CASE("a test that never ends is slow, then terminated, then timed out") {
  const Outcome outcome = run_with({"hang"}, short_time);
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(outcome.code == 100);
  const Words words = words_of(screen, "hang hang");
  REQUIRE(!words.empty());
  CHECK(words.front() == "SLOW");
  CHECK(words.back() == "TIMEOUT");
  CHECK(status_of(screen.finals, "hang hang").word == "TIMEOUT");
  CHECK(counted(screen, "timed out") == 1);
  CHECK(counted(screen, "passed") == 0);
}

TEST_CASE("what was printed before the timeout is shown") {
  const Outcome outcome = run_with({"hang"}, short_time);
  SHOW(outcome);
  CHECK(body_count(status_of(read_screen(outcome.err), "hang hang"), "ready") == 1);
}

TEST_CASE("a test that does not heed SIGTERM is killed after the grace period") {
  const Outcome outcome = run_with({"ignore-term"}, short_time);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(status_of(read_screen(outcome.err), "ignore-term ignore-term").word == "TIMEOUT");
}

TEST_CASE("a grace period of nothing kills at once") {
  for (const char* name : {"hang", "ignore-term", "term-grace"}) {
    NOTE(name);
    const Outcome outcome =
        run_with({name}, {"--slow-timeout", "200ms", "--terminate-after", "1", "--grace-period", "0s"});
    SHOW(outcome);
    CHECK(outcome.code == 100);
    CHECK(status_of(read_screen(outcome.err), std::string(name) + " " + name).word == "TIMEOUT");
  }
}

// The exit code of a test that was told to go says nothing about what it tested.
TEST_CASE("a test that ends within the grace period has still timed out") {
  for (const char* name : {"term-grace", "term-grace-fail"}) {
    NOTE(name);
    const Outcome outcome =
        run_with({name}, {"--slow-timeout", "300ms", "--terminate-after", "1", "--grace-period", "100s"});
    SHOW(outcome);
    CHECK(outcome.code == 100);
    CHECK(status_of(read_screen(outcome.err), std::string(name) + " " + name).word == "TIMEOUT");
  }
}

TEST_CASE("the whole group goes, also a child that does not heed SIGTERM") {
  const Outcome outcome = run_with({"group-hang"}, short_time);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(contains(status_of(read_screen(outcome.err), "group-hang group-hang").word, "TIMEOUT"));
}

TEST_CASE("a test that stopped itself is ended as well") {
  const Outcome outcome = run_with({"stop-self"}, short_time);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(status_of(read_screen(outcome.err), "stop-self stop-self").word == "TIMEOUT");
}

TEST_CASE("slow alone is a pass") {
  const Outcome outcome = run_with({"slow"}, {"--slow-timeout", "50ms"});
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(outcome.code == 0);
  const Words words = words_of(screen, "slow slow");
  REQUIRE(words.size() >= 2);
  CHECK(words.front() == "SLOW");
  CHECK(words.back() == "PASS");
  CHECK(counted(screen, "slow") == 1);
  CHECK(counted(screen, "passed") == 1);
}

TEST_CASE("a test that is fast enough is not slow") {
  const Outcome outcome = run_with({"slow", "exit-0"}, {"--slow-timeout", "100s", "--terminate-after", "1"});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK_FALSE(contains(outcome.err, "SLOW"));
}

TEST_CASE("a timeout is tried again like any failure") {
  Words more = short_time;
  more.insert(more.end(), {"--retries", "1"});
  const Outcome outcome = run_with({"hang"}, more);
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(outcome.code == 100);
  CHECK(position_of(screen, "TRY 1 TMT") >= 0);
  CHECK(position_of(screen, "TRY 2 TMT") > position_of(screen, "TRY 1 TMT"));
  CHECK(counted(screen, "run") == 1);
}

TEST_CASE("the global timeout ends the run") {
  const TempDir dir;
  Options options;
  options.environment["E2E_LOG"] = dir / "log";
  const Outcome outcome = nextest({"run", "-j", "1", "--no-fail-fast", "--global-timeout", "2s", "--grace-period",
                                   "300ms", fixture("hang"), fixture("ignore-term")},
                                  options);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(lines_of(read_file(dir / "log")).size() == 1);  // the other was not started any more
  CHECK(contains(lower(outcome.err), "global timeout"));
  CHECK(counted(read_screen(outcome.err), "passed") == 0);
}

TEST_CASE("a global timeout that is not reached changes nothing") {
  const Outcome outcome = run_with({"exit-0"}, {"--global-timeout", "1h 30m"});
  SHOW(outcome);
  CHECK(outcome.code == 0);
}

TEST_CASE("others go on while one hangs") {
  Words more = short_time;
  more.insert(more.end(), {"--no-fail-fast", "-j", "2"});
  const Outcome outcome = run_with({"hang", "exit-0", "slow", "exit-1", "print-both"}, more);
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(counted(screen, "run") == 5);
  CHECK(counted(screen, "passed") == 3);
  CHECK(counted(screen, "timed out") == 1);
  CHECK(counted(screen, "failed") == 1);
}

TEST_CASE("a test that left its process group is ended all the same") {
  const Outcome outcome = nextest({"run", "--slow-timeout", "200ms", "--terminate-after", "1", "--grace-period",
                                   "200ms", fixture("moved-group"), fixture("exit-0")});
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(status_of(read_screen(outcome.err), "moved-group moved-group").word == "TIMEOUT");
}

}  // namespace
