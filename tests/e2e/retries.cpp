// Attempts: how many there are, what each is called, and when passing at last is enough.
#include "screen.hpp"

using namespace drive;

namespace {

struct Run {
  Outcome outcome;
  Screen screen;
  Words starts;  // one line a start: NAME ATTEMPT-ID SLOT
};

Run run_logged(Words words, const std::map<std::string, std::string>& environment = {}) {
  const TempDir dir;
  Options options;
  options.environment = environment;
  options.environment["E2E_LOG"] = dir / "log";
  words.insert(words.begin(), "run");
  Run run;
  run.outcome = nextest(words, options);
  run.screen = read_screen(run.outcome.err);
  run.starts = lines_of(read_file(dir / "log"));
  return run;
}

TEST_CASE("flaky: failed, then passed, is a pass that says so") {
  const Run run = run_logged({"--retries", "2", fixture("flaky")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 0);
  CHECK(run.starts.size() == 2);
  CHECK(words_of(run.screen, "flaky flaky") == Words{"TRY 1 FAIL", "TRY 2 PASS"});
  CHECK(status_of(run.screen.finals, "flaky flaky").word == "FLAKY 2/3");
  CHECK(counted(run.screen, "run") == 1);
  CHECK(counted(run.screen, "passed") == 1);
  CHECK(counted(run.screen, "flaky") == 1);
  CHECK(counted(run.screen, "failed") == 0);
}

TEST_CASE("flaky may count as failed") {
  const Run run = run_logged({"--retries", "2", "--flaky-result", "fail", fixture("flaky")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 100);
  CHECK(run.starts.size() == 2);
  CHECK(status_of(run.screen.finals, "flaky flaky").word == "FLKY-FL 2/3");
  CHECK(counted(run.screen, "failed") == 1);
  CHECK(counted(run.screen, "passed") == 0);
}

TEST_CASE("all attempts fail") {
  const Run run = run_logged({"--retries", "2", fixture("exit-1")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 100);
  CHECK(run.starts.size() == 3);
  CHECK(words_of(run.screen, "exit-1 exit-1") == Words{"TRY 1 FAIL", "TRY 2 FAIL", "TRY 3 FAIL"});
  CHECK(counted(run.screen, "run") == 1);
  CHECK(counted(run.screen, "failed") == 1);
}

TEST_CASE("too few attempts for a flaky test") {
  const Run run = run_logged({"--retries", "1", fixture("flaky-3")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 100);
  CHECK(run.starts.size() == 2);
  CHECK(counted(run.screen, "flaky") == 0);
}

TEST_CASE("no retries unless asked for") {
  const Run run = run_logged({fixture("exit-1")});
  CHECK(run.starts.size() == 1);
  CHECK(words_of(run.screen, "exit-1 exit-1") == Words{"FAIL"});
}

TEST_CASE("a pass is not tried again") {
  const Run run = run_logged({"--retries", "5", fixture("exit-0")});
  SHOW(run.outcome);
  CHECK(run.starts.size() == 1);
  CHECK(words_of(run.screen, "exit-0 exit-0") == Words{"PASS"});
}

TEST_CASE("a crash is tried again, with the short word") {
  const Run run = run_logged({"--retries", "1", fixture("segv")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 100);
  CHECK(words_of(run.screen, "segv segv") == Words{"TRY 1 SEGV", "TRY 2 SEGV"});
}

TEST_CASE("a program that could not start is tried again") {
  const TempDir dir;
  const std::string path = dir.take("list_misbehave", "list-vanish");
  const Outcome outcome = nextest({"run", "--harness", "libtest", "--retries", "1", path});
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(words_of(read_screen(outcome.err), "list-vanish good") == Words{"TRY 1 XFAIL", "TRY 2 XFAIL"});
}

TEST_CASE("each attempt has an id of its own") {
  const Run run = run_logged({"--retries", "2", fixture("exit-1")});
  REQUIRE(run.starts.size() == 3);
  CHECK(contains(run.starts[0], ":exit-1$exit-1 "));
  CHECK(contains(run.starts[1], ":exit-1$exit-1#2 "));
  CHECK(contains(run.starts[2], ":exit-1$exit-1#3 "));
}

TEST_CASE("each attempt's output is its own") {
  const Run run = run_logged(
      {"--retries", "2", "--success-output", "immediate", "--failure-output", "immediate", fixture("flaky-3")});
  SHOW(run.outcome);
  REQUIRE(run.screen.statuses.size() == 3);
  for (int i = 0; i < 3; i++) {
    for (int other = 1; other <= 3; other++) {
      const StatusLine& line = run.screen.statuses[static_cast<size_t>(i)];
      CHECK(body_count(line, "attempt " + std::to_string(other)) == (other == i + 1 ? 1 : 0));
    }
  }
}

TEST_CASE("retries from the environment; the flag beats it") {
  CHECK(run_logged({fixture("exit-1")}, {{"NEXTEST_RETRIES", "2"}}).starts.size() == 3);
  CHECK(run_logged({"--retries", "1", fixture("exit-1")}, {{"NEXTEST_RETRIES", "3"}}).starts.size() == 2);
}

TEST_CASE("fail-fast counts tests, not attempts") {
  const Run run = run_logged({"-j", "1", "--retries", "1", fixture("exit-1"), fixture("exit-2"), fixture("exit-3")});
  SHOW(run.outcome);
  CHECK(run.starts.size() == 2);
  CHECK(counted(run.screen, "run") == 1);
}

TEST_CASE("others pass while one is tried again") {
  const Run run = run_logged({"-j", "2", "--retries", "2", fixture("flaky"), fixture("flaky-3"), fixture("exit-0")});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 0);
  CHECK(run.starts.size() == 6);
  CHECK(counted(run.screen, "run") == 3);
  CHECK(counted(run.screen, "flaky") == 2);
}

}  // namespace
