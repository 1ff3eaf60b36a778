// The same again and again: --stress-count, --stress-duration, and a suite of crashes and leaks whose counts must not
// change from run to run.
#include <set>

#include "screen.hpp"

using namespace drive;

namespace {

struct Logged {
  Outcome outcome;
  Words starts;
};

Logged run_logged(Words words) {
  const TempDir dir;
  Options options;
  options.environment["E2E_LOG"] = dir / "log";
  words.insert(words.begin(), "run");
  Logged logged;
  logged.outcome = nextest(words, options);
  logged.starts = lines_of(read_file(dir / "log"));
  return logged;
}

TEST_CASE("stress count: each test that often, each time with an id of its own") {
  const Logged run = run_logged({"--stress-count", "3", fixture("exit-0"), fixture("print-both")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 0);
  REQUIRE(run.starts.size() == 6);
  for (int i = 0; i < 3; i++) {
    int seen = 0;
    for (const std::string& start : run.starts) seen += contains(start, "@stress-" + std::to_string(i) + "$") ? 1 : 0;
    CHECK(seen == 2);
  }
}

TEST_CASE("stress count: a failure is one") {
  const Logged run = run_logged({"--stress-count", "2", "--no-fail-fast", fixture("exit-1"), fixture("exit-0")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 100);
  CHECK(run.starts.size() == 4);
}

TEST_CASE("stress count with retries: ids tell rounds and attempts apart") {
  const Logged run = run_logged({"--stress-count", "2", "--retries", "1", fixture("flaky")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 0);
  REQUIRE(run.starts.size() == 4);
  CHECK(std::set<std::string>(run.starts.begin(), run.starts.end()).size() == 4);
}

TEST_CASE("stress duration: at least once, and it ends") {
  const Logged run = run_logged({"--stress-duration", "300ms", fixture("exit-0")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 0);
  CHECK(run.starts.size() >= 1);
}

TEST_CASE("stress without end is ended by a signal") {
  const TempDir dir;
  Options options;
  options.environment["E2E_LOG"] = dir / "log";
  Process process(program_words({"run", "--stress-count", "infinite", fixture("exit-0")}), options);
  REQUIRE(process.wait_until([&] { return lines_of(read_file(dir / "log")).size() >= 3; }));
  process.send(SIGINT);
  const Outcome outcome = process.finish();
  check_clean({"run", "--stress-count", "infinite"}, outcome);
  SHOW(outcome);
  CHECK(outcome.code == 100);
}

TEST_CASE("stress of no test is an empty run") {
  const Outcome outcome = nextest({"run", "--stress-count", "infinite", fixture("exit-0"), "nothing-has-this-name"});
  SHOW(outcome);
  CHECK(outcome.code == 4);
  CHECK(nextest({"run", "--stress-duration", "0s", fixture("exit-0")}).code == 96);
}

TEST_CASE("stress of tests that cannot start is ended by a signal") {
  const TempDir dir;
  const std::string program = dir / "gone";
  write_file(program, "#!/bin/sh\nrm \"$0\"\n", 0755);
  Process process(program_words({"run", "--no-fail-fast", "--stress-count", "infinite", program}), {});
  REQUIRE(process.wait_for_error_text("XFAIL"));
  process.send(SIGINT);
  const Outcome outcome = process.finish();
  CHECK_FALSE(outcome.hung);
  CHECK(outcome.code == 100);
}

// Of each fifty tests: four fail, one fails and leaks, four leak and pass. See tests/fixtures/stress_suite.cpp.
// 200 times for the closing note: E2E_ROUNDS=200.
TEST_CASE("500 tests that sleep, crash and leak: the same counts each time, nothing left") {
  std::string first;
  for (int i = 0; i < rounds(2); i++) {
    CAPTURE(i);
    const Outcome outcome = nextest({"run", "-j16", "--no-fail-fast", "--harness", "libtest", fixture("stress_suite")});
    const Screen screen = read_screen(outcome.err);
    INFO("--- stderr ends\n" << outcome.err.substr(outcome.err.size() - std::min<size_t>(outcome.err.size(), 3000)));
    CHECK(outcome.code == 100);
    CHECK(counted(screen, "run") == 500);
    CHECK(counted(screen, "passed") == 450);
    CHECK(counted(screen, "failed") == 50);
    CHECK(counted(screen, "leaky") == (sees_other_sessions() ? 40 : 30));  // of the passes
    std::map<std::string, int> words;
    for (const StatusLine& line : screen.statuses) {
      const int number = atoi(line.test.c_str() + line.test.rfind('_') + 1) % 50;
      words[line.word + " " + std::to_string(number)]++;
    }
    CHECK(words["FAIL 7"] == 10);
    CHECK(words["SIGSEGV 13"] == 10);
    CHECK(words["SIGABRT 21"] == 10);
    CHECK(words["SIGKILL 3"] == 10);
    CHECK(words["LEAK 31"] == 10);
    CHECK(words["LEAK 37"] == 10);
    CHECK(words["FAIL + LEAK 41"] == 10);
    CHECK(words["LEAK 47"] == 10);
    CHECK(words["PASS 0"] == 10);
    if (first.empty()) first = screen.summary;
    CHECK(screen.summary == first);
  }
}

}  // namespace
