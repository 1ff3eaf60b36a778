#include "core/report/human.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <signal.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "core/harness/table.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::Attempt;
using nextest::AttemptResult;
using nextest::CancelReason;
using nextest::CapturedOutput;
using nextest::Duration;
using nextest::FinalStatusLevel;
using nextest::HumanOptions;
using nextest::HumanReporter;
using nextest::libtest_harness;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::OutputDisplay;
using nextest::RunStats;
using nextest::StatusLevel;
using nextest::StressIndex;
using nextest::TestFinished;
using nextest::TestList;

// Three tests in "lib" (libtest), one in "bin" (plain).
TestList make_list() {
  TestList list;
  list.binaries.resize(2);
  list.binaries[0].id = "lib";
  list.binaries[0].harness = &libtest_harness;
  list.binaries[1].id = "bin";
  for (const char* name : {"m::one", "m::two", "m::three", "bin"}) {
    nextest::TestCase test;
    test.name = name;
    test.own_name_size = static_cast<std::uint32_t>(test.name.size());
    test.binary = list.tests.size() == 3 ? 1 : 0;
    list.tests.push_back(test);
  }
  return list;
}

// Without the lines that tell how a failed test is run alone, which have a test of their own.
std::string without_commands(const std::string& text) {
  std::string out;
  std::string_view line;
  for (std::string_view rest = text; nextest::next_line(rest, line);) {
    const std::string_view words = nextest::trim(line);
    const bool is_command = nextest::starts_with(words, "run: ") || nextest::starts_with(words, "command: ");
    if (!nextest::starts_with(line, std::string(13, ' ')) || !is_command) out.append(line).append("\n");
  }
  return out;
}

// A reporter that writes into a file, and what it has written since it was last asked.
class Screen {
 public:
  explicit Screen(HumanOptions options = {}, bool capture = true) {
    file_ = nextest::Fd(::open((folder_ / "out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    reporter_ = std::make_unique<HumanReporter>(file_.get(), options);
    info_.run_id = "RUN-ID";
    nextest::RunStarted started;
    started.info = &info_;
    started.list = &list;
    started.request.capture = capture;
    header = show(started);
  }

  template <class What>
  std::string show(What what) {
    reporter_->on_event({Duration{}, std::move(what)});
    return text();
  }
  template <class What>
  std::string show_all(What what) {
    reporter_->on_event({Duration{}, std::move(what)});
    return all_text();
  }
  std::string text() { return without_commands(all_text()); }
  std::string all_text() {
    REQUIRE(reporter_->flush());
    const std::string all = support::read_file(folder_ / "out");
    const std::string now = all.substr(seen_);
    seen_ = all.size();
    return now;
  }

  TestList list = make_list();
  std::string header;

 private:
  support::TempFolder folder_;
  nextest::Fd file_;
  nextest::RunInfo info_;
  std::unique_ptr<HumanReporter> reporter_;
  std::size_t seen_ = 0;
};

Outcome make_outcome(OutcomeKind kind, int code = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  return outcome;
}

AttemptResult make_attempt(Outcome outcome, std::uint32_t number = 1, std::uint32_t total = 1) {
  AttemptResult result;
  result.outcome = outcome;
  result.attempt = {number, total};
  result.duration = Duration::milliseconds(5);
  return result;
}

AttemptResult with_output(AttemptResult result, std::string out, std::string err = "") {
  result.output = std::make_shared<const CapturedOutput>(CapturedOutput{std::move(out), std::move(err)});
  return result;
}

TestFinished make_finished(nextest::TestIndex test, std::initializer_list<AttemptResult> attempts) {
  TestFinished finished;
  finished.test = test;
  finished.result.attempts = attempts;
  return finished;
}

nextest::RunFinished make_end(const RunStats& stats) {
  nextest::RunFinished finished;
  finished.elapsed = Duration::milliseconds(21);
  finished.stats = stats;
  return finished;
}

RunStats make_stats(std::uint32_t run, std::uint32_t passed, std::uint32_t failed) {
  RunStats stats;
  stats.initial_run_count = run;
  stats.finished_count = passed + failed;
  stats.passed = passed;
  stats.failed = failed;
  return stats;
}

HumanOptions at_level(StatusLevel level, FinalStatusLevel final_level = FinalStatusLevel::Flaky) {
  HumanOptions options;
  options.status_level = level;
  options.final_status_level = final_level;
  return options;
}

const Outcome pass = make_outcome(OutcomeKind::Pass);
const Outcome fail = make_outcome(OutcomeKind::Fail, 3);

// ---- the start ----

TEST_CASE("human: the header counts tests and binaries, one or many, and what is skipped") {
  const struct {
    std::uint32_t tests, binaries, skipped_tests, skipped_binaries;
    const char* line;
  } rows[] = {
      {0, 1, 0, 0, "0 tests across 1 binary"},
      {1, 1, 1, 0, "1 test across 1 binary (1 test skipped)"},
      {2, 3, 2, 0, "2 tests across 3 binaries (2 tests skipped)"},
      {2, 3, 0, 1, "2 tests across 3 binaries (1 binary skipped)"},
      {2, 3, 4, 2, "2 tests across 3 binaries (4 tests and 2 binaries skipped)"},
  };
  for (const auto& row : rows) {
    Screen screen;
    nextest::RunInfo info;
    info.run_id = "RUN-ID";
    info.profile = "ci\n";
    nextest::RunStarted started;
    started.info = &info;
    TestList list;
    list.tests.resize(row.tests + row.skipped_tests);
    for (std::uint32_t i = 0; i < row.skipped_tests; ++i) list.tests[i].mismatch = nextest::Mismatch::Name;
    list.binaries.resize(row.binaries + row.skipped_binaries);
    for (std::uint32_t i = 0; i < row.skipped_binaries; ++i) list.binaries[i].skip_reason = "a shared library";
    started.list = &list;
    CHECK(screen.show(started) == "------------\n Nextest run ID RUN-ID with nextest profile: ci\\n\n    Starting " +
                                      std::string(row.line) + "\n");
  }
}

// ---- a line a status ----

TEST_CASE("human: a test that passes takes one line") {
  Screen screen;
  CHECK(screen.show(make_finished(0, {make_attempt(pass)})) == "        PASS [   0.005s] lib m::one\n");
  CHECK(screen.show(make_finished(3, {make_attempt(pass)})) == "        PASS [   0.005s] bin bin\n");
  CHECK(screen.show(make_finished(1, {make_attempt(make_outcome(OutcomeKind::Leak))})) ==
        "        LEAK [   0.005s] lib m::two\n");
}

TEST_CASE("human: a test that skips itself is a pass that says so") {
  Screen screen;
  Outcome skipped = pass;
  skipped.skipped_by_test = true;
  CHECK(screen.show(make_finished(0, {make_attempt(skipped)})) ==
        "        PASS [   0.005s] lib m::one (skipped by the test)\n");
}

TEST_CASE("human: a test that fails shows its outputs and the reason") {
  Screen screen;
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(fail), "out 1\nout 2", "err\n")})) ==
        "        FAIL [   0.005s] lib m::one\n"
        "  stdout ---\n"
        "    out 1\n"
        "    out 2\n"
        "  stderr ---\n"
        "    err\n"
        "    exited with 3\n"
        "\n");
}

TEST_CASE("human: an empty stream has no heading, and no capture no streams") {
  Screen screen;
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(fail), "", "err")})) ==
        "        FAIL [   0.005s] lib m::one\n  stderr ---\n    err\n    exited with 3\n\n");
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(fail), "")})) ==
        "        FAIL [   0.005s] lib m::one\n    exited with 3\n\n");
  CHECK(screen.show(make_finished(0, {make_attempt(fail)})) ==
        "        FAIL [   0.005s] lib m::one\n    exited with 3\n\n");
}

TEST_CASE("human: both streams in one have one heading") {
  Screen screen;
  AttemptResult combined = make_attempt(fail);
  combined.output = std::make_shared<const CapturedOutput>(CapturedOutput{"out\nerr\nout\n", "", true});
  CHECK(nextest::ends_with(screen.show(make_finished(0, {combined})),
                           "  output ---\n    out\n    err\n    out\n    exited with 3\n\n"));
  nextest::InfoResponse answer;
  answer.total = 1;
  answer.status.output = combined.output;
  CHECK(nextest::ends_with(screen.show(answer), "  output ---\n    out\n    err\n    out\n"));
}

TEST_CASE("human: outputs without indent stand between rules") {
  HumanOptions options;
  options.indent_output = false;
  Screen screen(options);
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(fail), "out\n")})) ==
        "        FAIL [   0.005s] lib m::one\n-- stdout --\nout\nexited with 3\n\n");
}

TEST_CASE("human: what a test prints and what it is called never steer the terminal") {
  Screen screen;
  screen.list.tests[0].name = "a\x1B[2J\n::b\xFF";
  screen.list.binaries[0].id = "l\x07";
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(fail),
                                                  "\x1B]0;t\x07"
                                                  "x\x1B[31mred\x1B[0m\r\n")})) ==
        "        FAIL [   0.005s] l\\x07 a\\x1B[2J\\n::b\\xFF\n"
        "  stdout ---\n"
        "    \\x1B]0;t\\x07xred\n"
        "    exited with 3\n"
        "\n");
}

TEST_CASE("human: every way to fail has its word and its reason") {
  const struct {
    Outcome outcome;
    const char *word, *reason;
  } rows[] = {
      {make_outcome(OutcomeKind::Abort, SIGSEGV), "     SIGSEGV", "aborted with signal 11 (SIGSEGV)"},
      {make_outcome(OutcomeKind::Abort, 42), "ABORT SIG 42", "aborted with signal 42"},
      {make_outcome(OutcomeKind::Timeout), "     TIMEOUT", "timed out, ended when asked to"},
      {make_outcome(OutcomeKind::LeakFail), "   LEAK-FAIL",
       "exited with 0, but left processes behind, which have been ended"},
      {make_outcome(OutcomeKind::WrongTests, 0), "        FAIL",
       "exited with 0, but its harness ran 0 tests instead of 1"},
  };
  for (const auto& row : rows) {
    Screen screen;
    CHECK(screen.show(make_finished(0, {make_attempt(row.outcome)})) ==
          std::string(row.word) + " [   0.005s] lib m::one\n    " + row.reason + "\n\n");
  }
}

TEST_CASE("human: output of a test that passes is shown where asked for") {
  Screen screen;
  TestFinished finished = make_finished(0, {with_output(make_attempt(pass), "out\n")});
  CHECK(screen.show(finished) == "        PASS [   0.005s] lib m::one\n");
  finished.success_output = OutputDisplay::Immediate;
  CHECK(screen.show(finished) == "        PASS [   0.005s] lib m::one\n  stdout ---\n    out\n\n");
}

TEST_CASE("human: output of a test that fails is not shown where it is not wanted") {
  Screen screen;
  TestFinished finished = make_finished(0, {with_output(make_attempt(fail), "out\n")});
  finished.failure_output = OutputDisplay::Never;
  CHECK(screen.show(finished) == "        FAIL [   0.005s] lib m::one\n");
}

// ---- slow, retries, skips, leaks ----

nextest::TestSlow make_slow(bool will_terminate, Attempt attempt = {}) {
  nextest::TestSlow slow;
  slow.attempt = attempt;
  slow.elapsed = Duration::seconds(60);
  slow.will_terminate = will_terminate;
  return slow;
}

TEST_CASE("human: a slow test, and one about to be terminated") {
  Screen screen;
  CHECK(screen.show(make_slow(false)) == "        SLOW [> 60.000s] lib m::one\n");
  CHECK(screen.show(make_slow(true)) == " TERMINATING [> 60.000s] lib m::one\n");
  CHECK(screen.show(make_slow(false, {1, 3})) == "        SLOW [> 60.000s] lib m::one\n");
  CHECK(screen.show(make_slow(false, {2, 3})) == "  TRY 2 SLOW [> 60.000s] lib m::one\n");
  CHECK(screen.show(make_slow(true, {1, 3})) == "TRY 1 TRMNTG [> 60.000s] lib m::one\n");
  nextest::TestSlow stopped = make_slow(false);
  stopped.stopped = true;
  CHECK(screen.show(stopped) == "        SLOW [> 60.000s] lib m::one (stopped)\n");
  nextest::ScriptSlow script;
  script.script_id = "db";
  script.command = {"./db.sh"};
  script.elapsed = Duration::seconds(60);
  script.stopped = true;
  CHECK(screen.show(script) == "  SETUP SLOW [> 60.000s] db: ./db.sh (stopped)\n");
}

TEST_CASE("human: the answer to a question says of a test that is stopped that it is") {
  Screen screen;
  nextest::InfoResponse answer;
  answer.total = 1;
  answer.status.pid = 77;
  answer.status.elapsed = Duration::seconds(2);
  answer.status.slow = true;
  answer.status.stopped = true;
  CHECK(nextest::contains(screen.show(answer), "      status: running for 2.000s as PID 77, slow, stopped, slot 0\n"));
  answer.status.stopped = false;
  CHECK(nextest::contains(screen.show(answer), "      status: running for 2.000s as PID 77, slow, slot 0\n"));
}

nextest::TestAttemptFailed make_failed_attempt(Outcome outcome, Duration delay = {}) {
  nextest::TestAttemptFailed failed;
  failed.result = with_output(make_attempt(outcome, 1, 3), "out\n");
  failed.delay_before_next = delay;
  return failed;
}

TEST_CASE("human: an attempt that failed, and the wait for the next") {
  Screen screen;
  CHECK(screen.show(make_failed_attempt(fail)) ==
        "  TRY 1 FAIL [   0.005s] lib m::one\n  stdout ---\n    out\n    exited with 3\n\n");
  nextest::TestAttemptFailed failed =
      make_failed_attempt(make_outcome(OutcomeKind::Timeout), Duration::milliseconds(1500));
  failed.failure_output = OutputDisplay::Final;
  CHECK(screen.show(failed) == "   TRY 1 TMT [   0.005s] lib m::one\n   DELAY 2/3 by   1.500s lib m::one\n");
}

TEST_CASE("human: a test that passes on a later attempt, and one that does not") {
  Screen screen;
  CHECK(screen.show(make_finished(0, {make_attempt(fail, 1, 3), make_attempt(pass, 2, 3)})) ==
        "  TRY 2 PASS [   0.005s] lib m::one\n");
  CHECK(screen.show(make_finished(
            1, {make_attempt(fail, 1, 2), make_attempt(make_outcome(OutcomeKind::Abort, SIGABRT), 2, 2)})) ==
        "  TRY 2 ABRT [   0.005s] lib m::two\n    aborted with signal 6 (SIGABRT)\n\n");
}

TEST_CASE("human: flaky, where flaky fails") {
  Screen screen;
  TestFinished finished = make_finished(0, {make_attempt(fail, 1, 2), make_attempt(pass, 2, 2)});
  finished.result.flaky_fails = true;
  finished.failure_output = OutputDisplay::Never;
  const std::string text = screen.show(finished);
  CHECK(nextest::starts_with(text, "  TRY 2 PASS [   0.005s] lib m::one\n"));
  CHECK(nextest::contains(text, "flaky"));
}

TEST_CASE("human: starts are shown where a test's own lines need a heading") {
  Screen screen;
  nextest::TestStarted started;
  started.command = {"/b/lib", "m::one", "a b"};
  CHECK(screen.show(started) == "");
  HumanOptions options;
  Screen with_starts(options, false);
  CHECK(with_starts.show(started) == "       START [         ] lib m::one\n");
  nextest::TestRetryStarted retry;
  retry.attempt = {2, 3};
  CHECK(with_starts.show(retry) == " TRY 2 START [         ] lib m::one\n");
  options.show_commands = true;
  Screen with_commands(options);
  const std::string text = with_commands.show_all(started);
  CHECK(nextest::starts_with(text, "       START [         ] lib m::one\n"));
  CHECK(nextest::contains(text, ": /b/lib m::one 'a b'\n"));
}

TEST_CASE("human: the end tells where a test failed and how it is run alone") {
  HumanOptions options;
  options.final_status_level = FinalStatusLevel::Fail;
  Screen screen(options);
  screen.list.binaries[0].path = "build/lib a";
  screen.list.tests[0].ignored = true;
  screen.list.tests[0].name = "m::o(n)e, two";
  nextest::TestStarted started;
  started.command = {"build/lib a", "--exact", "m::o(n)e, two"};
  screen.show(started);
  nextest::TestStarted other;  // at the same time
  other.test = 3;
  other.command = {"/b/other"};
  screen.show(other);
  Outcome outcome;
  outcome.kind = OutcomeKind::Fail;
  outcome.code = 101;
  TestFinished finished = make_finished(0, {make_attempt(outcome)});
  auto output = std::make_shared<CapturedOutput>();
  output->err = "thread 'm::one' panicked at src/lib.rs:12:5:\nleft is not right\n";
  finished.result.attempts.back().output = output;
  screen.show(finished);
  const std::string end = screen.show_all(make_end(make_stats(1, 0, 1)));
  CHECK(
      nextest::ends_with(end,
                         "        FAIL [   0.005s] lib m::o(n)e, two\n"
                         "             src/lib.rs:12: panicked: left is not right\n"
                         "             run: nextest run 'build/lib a' --run-ignored all -E 'test(=m::o(n\\)e\\, two)'\n"
                         "             command: 'build/lib a' --exact 'm::o(n)e, two'\n"));
}

TEST_CASE("human: a place without a message is shown as well") {
  HumanOptions options;
  options.final_status_level = FinalStatusLevel::Fail;
  Screen screen(options);
  screen.list.binaries[1].harness = &nextest::doctest_harness;
  screen.show(make_finished(3, {with_output(make_attempt(fail), "a.cpp:4: FATAL ERROR: \n\n====\n")}));
  CHECK(nextest::ends_with(screen.show(make_end(make_stats(1, 0, 1))), "bin bin\n             a.cpp:4\n"));
}

TEST_CASE("human: a TMPDIR that was kept is named with the reason, and at the end") {
  HumanOptions options;
  options.final_status_level = FinalStatusLevel::Fail;
  Screen screen(options);
  AttemptResult kept = make_attempt(fail);
  kept.tmpdir = "/tmp/nextest-tmp-\x1b";
  CHECK(nextest::ends_with(screen.show(make_finished(3, {kept})),
                           "    exited with 3\n    TMPDIR: /tmp/nextest-tmp-\\x1B\n\n"));
  CHECK(nextest::ends_with(screen.show(make_end(make_stats(1, 0, 1))),
                           "bin bin\n             TMPDIR: /tmp/nextest-tmp-\\x1B\n"));
  const Outcome none = make_outcome(OutcomeKind::ExecFail, -ENOENT);
  CHECK(nextest::contains(screen.show(make_finished(3, {make_attempt(none)})),
                          "    could not start: its own TMPDIR could not be made: No such file or directory\n"));
}

TEST_CASE("human: a skipped test is shown at its level") {
  Screen usual;
  CHECK(usual.show(nextest::TestSkipped{}) == "");
  Screen screen(at_level(StatusLevel::Skip));
  CHECK(screen.show(nextest::TestSkipped{{}, 1, nextest::Mismatch::Ignored}) ==
        "        SKIP [         ] lib m::two\n");
}

TEST_CASE("human: a leak found late") {
  Screen screen;
  const std::string text = screen.show(nextest::TestLeakedLate{{}, true, 0, 1234, "sleep\n60", false});
  CHECK(nextest::starts_with(text, "        LEAK [         ] lib m::one\n"));
  CHECK(nextest::contains(text, "process 1234"));
  CHECK(nextest::contains(text, "sleep\\n60\n"));
  CHECK(nextest::contains(text, "behind, which has been ended"));
  CHECK(nextest::contains(screen.show(nextest::TestLeakedLate{{}, true, 0, 1234, "x", false, true}),
                          "behind, which cannot be ended: x\n"));
  CHECK(nextest::starts_with(screen.show(nextest::TestLeakedLate{{}, true, 0, 1234, "x", true}),
                             "   LEAK-FAIL [         ] "));
}

TEST_CASE("human: a leak found late is an annotation where it fails a test that is known") {
  HumanOptions options;
  options.github = true;
  Screen screen(options);
  CHECK(nextest::contains(screen.show(nextest::TestLeakedLate{{}, true, 0, 1234, "x", true}),
                          "\n::error title=lib m%3A%3Aone::left a process behind\n"));
  CHECK_FALSE(nextest::contains(screen.show(nextest::TestLeakedLate{{}, true, 0, 1234, "x", false}), "::error"));
  CHECK_FALSE(nextest::contains(screen.show(nextest::TestLeakedLate{{}, false, 0, 1234, "x", true}), "::error"));
}

TEST_CASE("human: the sub-runs of a stress run") {
  Screen screen;
  StressIndex index;
  index.active = true;
  index.current = 1;
  index.total = 3;
  nextest::StressCondition count;
  count.kind = nextest::StressCondition::Count;
  CHECK(screen.show(nextest::StressSubRunStarted{index, count}) == "------------\n Stress test iteration 2/3\n");
  TestFinished finished = make_finished(0, {make_attempt(pass)});
  finished.stress = index;
  CHECK(screen.show(finished) == "        PASS [   0.005s] lib@stress-1 m::one\n");
  CHECK(screen.show(nextest::StressSubRunFinished{index, Duration::milliseconds(7), make_stats(2, 1, 1)}) ==
        " Stress test [   0.007s] iteration 2/3: 2 tests run: 1 passed, 1 failed, 0 skipped\n");
}

// ---- levels ----

TEST_CASE("human: each status level shows what the ones before it show") {
  const StatusLevel levels[] = {StatusLevel::None, StatusLevel::Fail, StatusLevel::Retry, StatusLevel::Slow,
                                StatusLevel::Leak, StatusLevel::Pass, StatusLevel::Skip,  StatusLevel::All};
  for (const StatusLevel level : levels) {
    CAPTURE(static_cast<int>(level));
    const auto shown = [&](auto what) { return !Screen(at_level(level)).show(std::move(what)).empty(); };
    TestFinished failed = make_finished(0, {make_attempt(fail)});
    failed.failure_output = OutputDisplay::Never;
    CHECK(shown(failed) == (level >= StatusLevel::Fail));
    CHECK(shown(make_failed_attempt(fail)) == (level >= StatusLevel::Retry));
    CHECK(shown(make_finished(0, {make_attempt(fail, 1, 2), make_attempt(pass, 2, 2)})) ==
          (level >= StatusLevel::Retry));
    CHECK(shown(make_slow(false)) == (level >= StatusLevel::Slow));
    CHECK(shown(make_slow(true, {1, 2})) == (level >= StatusLevel::Retry));
    CHECK(shown(make_slow(true, {2, 2})) == (level >= StatusLevel::Fail));
    CHECK(shown(make_finished(0, {make_attempt(make_outcome(OutcomeKind::Leak))})) == (level >= StatusLevel::Leak));
    CHECK(shown(make_finished(0, {make_attempt(pass)})) == (level >= StatusLevel::Pass));
    CHECK(shown(nextest::TestSkipped{}) == (level >= StatusLevel::Skip));
  }
}

TEST_CASE("human: output asked for is shown whatever the status level") {
  Screen screen(at_level(StatusLevel::None));
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(fail), "out")})) ==
        "  stdout ---\n    out\n    exited with 3\n\n");
}

// ---- the end ----

TEST_CASE("human: the summary names what there is, in singular and plural") {
  RunStats many = make_stats(14, 13, 1);
  many.passed_slow = 1;
  many.flaky = 1;
  many.skipped = 177;
  RunStats all = make_stats(9, 4, 2);
  all.passed_slow = 1;
  all.flaky = 2;
  all.leaky = 3;
  all.skipped_by_test = 4;
  all.leaky_failed = 1;
  all.exec_failed = 1;
  all.timed_out = 2;
  all.finished_count = 9;
  const struct {
    RunStats stats;
    const char* line;
  } rows[] = {
      {make_stats(0, 0, 0), "0 tests run: 0 passed, 0 skipped"},
      {make_stats(1, 1, 0), "1 test run: 1 passed, 0 skipped"},
      {make_stats(2, 2, 0), "2 tests run: 2 passed, 0 skipped"},
      {make_stats(1, 0, 1), "1 test run: 0 passed, 1 failed, 0 skipped"},
      {many, "14 tests run: 13 passed (1 slow, 1 flaky), 1 failed, 177 skipped"},
      {all,
       "9 tests run: 4 passed (1 slow, 2 flaky, 3 leaky, 4 skipped by the test), 2 failed (1 due to being leaky), "
       "1 exec failed, 2 timed out, 0 skipped"},
  };
  for (const auto& row : rows) {
    Screen screen;
    CHECK(screen.show(make_end(row.stats)) == "------------\n     Summary [   0.021s] " + std::string(row.line) + "\n");
  }
}

TEST_CASE("human: the summary says what was not run, and why") {
  RunStats stats = make_stats(10, 7, 1);
  stats.cancel_reason = CancelReason::TestFailure;
  Screen screen;
  CHECK(screen.show(make_end(stats)) ==
        "------------\n     Summary [   0.021s] 8/10 tests run: 7 passed, 1 failed, 0 skipped\n"
        "warning: 2/10 tests were not run due to test failure (run with --no-fail-fast to run all tests, or with "
        "--max-fail)\n");
  stats.cancel_reason = CancelReason::Signal;
  CHECK(nextest::ends_with(screen.show(make_end(stats)), "warning: 2/10 tests were not run due to signal\n"));
  RunStats none = make_stats(1, 0, 0);
  none.cancel_reason = CancelReason::GlobalTimeout;
  CHECK(nextest::ends_with(screen.show(make_end(none)),
                           "0/1 test run: 0 passed, 0 skipped\nwarning: 1/1 test was not run due to global timeout\n"));
}

TEST_CASE("human: the end shows again what needs attention, failures last, each kind in list order") {
  Screen screen(at_level(StatusLevel::None, FinalStatusLevel::All));
  const auto quiet = [](TestFinished finished) {
    finished.failure_output = OutputDisplay::Never;
    return finished;
  };
  screen.show(quiet(make_finished(3, {make_attempt(fail)})));
  screen.show(make_finished(2, {make_attempt(pass)}));
  screen.show(make_finished(1, {make_attempt(fail, 1, 3), make_attempt(pass, 2, 3)}));
  screen.show(quiet(make_finished(0, {make_attempt(fail, 1, 2), make_attempt(fail, 2, 2)})));
  screen.show(nextest::TestSkipped{{}, 2, nextest::Mismatch::Name});
  AttemptResult slow = make_attempt(pass);
  slow.slow = true;
  screen.show(make_finished(0, {slow}));
  screen.show(make_finished(1, {make_attempt(make_outcome(OutcomeKind::Leak))}));
  CHECK(screen.show(make_end(make_stats(6, 4, 2))) ==
        "------------\n"
        "     Summary [   0.021s] 6 tests run: 4 passed, 2 failed, 0 skipped\n"
        "        PASS [   0.005s] lib m::three\n"
        "        LEAK [   0.005s] lib m::two\n"
        "        SKIP [         ] lib m::three\n"
        "        SLOW [   0.005s] lib m::one\n"
        "   FLAKY 2/3 [   0.005s] lib m::two\n"
        "  TRY 2 FAIL [   0.005s] lib m::one\n"
        "        FAIL [   0.005s] bin bin\n");
}

TEST_CASE("human: what the end shows again by level") {
  const struct {
    FinalStatusLevel level;
    std::size_t lines;
  } rows[] = {{FinalStatusLevel::None, 0}, {FinalStatusLevel::Fail, 1}, {FinalStatusLevel::Flaky, 2},
              {FinalStatusLevel::Slow, 3}, {FinalStatusLevel::Skip, 4}, {FinalStatusLevel::Leak, 5},
              {FinalStatusLevel::Pass, 6}, {FinalStatusLevel::All, 6}};
  for (const auto& row : rows) {
    Screen screen(at_level(StatusLevel::None, row.level));
    TestFinished failed = make_finished(0, {make_attempt(fail)});
    failed.failure_output = OutputDisplay::Never;
    screen.show(failed);
    screen.show(make_finished(0, {make_attempt(fail, 1, 2), make_attempt(pass, 2, 2)}));
    AttemptResult slow = make_attempt(pass);
    slow.slow = true;
    screen.show(make_finished(0, {slow}));
    screen.show(nextest::TestSkipped{});
    screen.show(make_finished(0, {make_attempt(make_outcome(OutcomeKind::Leak))}));
    screen.show(make_finished(0, {make_attempt(pass)}));
    const std::string text = screen.show(make_end(make_stats(5, 4, 1)));
    CAPTURE(static_cast<int>(row.level));
    CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) == row.lines + 2);
  }
}

TEST_CASE("human: words of the end") {
  Outcome timeout_pass = make_outcome(OutcomeKind::Timeout);
  timeout_pass.timeout_passes = true;
  const struct {
    Outcome outcome;
    bool slow;
    const char* line;
  } rows[] = {
      {make_outcome(OutcomeKind::Leak), true, " SLOW + LEAK [   0.005s] lib m::one\n"},
      {timeout_pass, true, " SLOW+TMPASS [   0.005s] lib m::one\n"},
      {timeout_pass, false, "TIMEOUT-PASS [   0.005s] lib m::one\n"},
      {make_outcome(OutcomeKind::Abort, SIGKILL), true, "     SIGKILL [   0.005s] lib m::one\n"},
  };
  for (const auto& row : rows) {
    Screen screen(at_level(StatusLevel::None, FinalStatusLevel::All));
    AttemptResult attempt = make_attempt(row.outcome);
    attempt.slow = row.slow;
    TestFinished finished = make_finished(0, {attempt});
    finished.failure_output = OutputDisplay::Never;
    screen.show(finished);
    CHECK(nextest::ends_with(screen.show(make_end(make_stats(1, 1, 0))), "skipped\n" + std::string(row.line)));
  }
  Screen screen(at_level(StatusLevel::None));
  TestFinished flaky = make_finished(0, {make_attempt(fail, 1, 4), make_attempt(fail, 2, 4), make_attempt(pass, 3, 4)});
  flaky.result.flaky_fails = true;
  flaky.failure_output = OutputDisplay::Never;
  screen.show(flaky);
  CHECK(nextest::ends_with(screen.show(make_end(make_stats(1, 0, 1))), " FLKY-FL 3/4 [   0.005s] lib m::one\n"));
}

TEST_CASE("human: output kept for the end is shown there, once or twice as asked") {
  for (const OutputDisplay display : {OutputDisplay::Final, OutputDisplay::ImmediateFinal}) {
    Screen screen;
    TestFinished finished = make_finished(0, {with_output(make_attempt(fail), "out")});
    finished.failure_output = display;
    const std::string output = "        FAIL [   0.005s] lib m::one\n  stdout ---\n    out\n    exited with 3\n\n";
    const std::string now = screen.show(finished), end = screen.show(make_end(make_stats(1, 0, 1)));
    CHECK(now == (display == OutputDisplay::Final ? "        FAIL [   0.005s] lib m::one\n" : output));
    CHECK(nextest::ends_with(end, "skipped\n" + output));
  }
}

TEST_CASE("human: output for the end is shown at any level of the end") {
  Screen screen(at_level(StatusLevel::Pass, FinalStatusLevel::None));
  TestFinished finished = make_finished(0, {with_output(make_attempt(pass), "out")});
  finished.success_output = OutputDisplay::Final;
  screen.show(finished);
  CHECK(nextest::ends_with(screen.show(make_end(make_stats(1, 1, 0))),
                           "        PASS [   0.005s] lib m::one\n  stdout ---\n    out\n\n"));
}

// ---- cancellation ----

TEST_CASE("human: a run that is cancelled says why, and what still runs") {
  Screen screen;
  CHECK(screen.show(nextest::RunBeginCancel{CancelReason::TestFailure, 2}) ==
        "  Cancelling due to test failure: 2 tests still running\n");
  CHECK(screen.show(nextest::RunBeginCancel{CancelReason::TestFailure, 0}) == "  Cancelling due to test failure\n");
  CHECK(screen.show(nextest::RunBeginCancel{CancelReason::TestFailureImmediate, 1}) ==
        "  Cancelling due to test failure: immediately terminating 1 test still running\n");
  CHECK(screen.show(nextest::RunBeginKill{CancelReason::SecondSignal, 1}) ==
        "     Killing due to second signal: 1 test still running\n");
  CHECK(screen.show(nextest::RunPaused{1}) == "     Pausing due to signal: 1 test running\n");
  CHECK(screen.show(nextest::RunContinued{2}) == "  Continuing due to signal: 2 tests running\n");
}

TEST_CASE("human: after Ctrl-C no outputs and no list, but the summary") {
  Screen screen;
  screen.show(make_finished(1, {make_attempt(fail)}));
  screen.show(nextest::RunBeginCancel{CancelReason::Interrupt, 1});
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(make_outcome(OutcomeKind::Abort, SIGINT)), "out")})) ==
        "      SIGINT [   0.005s] lib m::one\n");
  RunStats stats = make_stats(4, 0, 2);
  stats.cancel_reason = CancelReason::Interrupt;
  CHECK(screen.show(make_end(stats)) ==
        "------------\n     Summary [   0.021s] 2/4 tests run: 0 passed, 2 failed, 0 skipped\n"
        "warning: 2/4 tests were not run due to interrupt\n");
}

TEST_CASE("human: after another signal each output comes once") {
  Screen screen;
  screen.show(nextest::RunBeginCancel{CancelReason::Signal, 1});
  TestFinished finished = make_finished(0, {with_output(make_attempt(fail), "out")});
  finished.failure_output = OutputDisplay::ImmediateFinal;
  const std::string all = screen.show(finished) + screen.show(make_end(make_stats(1, 0, 1)));
  CHECK(nextest::contains(all, "    out\n"));
  CHECK(all.find("    out\n") == all.rfind("    out\n"));
}

TEST_CASE("human: tests ended because another failed have nothing to say") {
  Screen screen;
  screen.show(nextest::RunBeginCancel{CancelReason::TestFailureImmediate, 1});
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(make_outcome(OutcomeKind::Abort, SIGTERM)), "out")})) ==
        "     SIGTERM [   0.005s] lib m::one\n");
  CHECK(nextest::contains(screen.show(make_finished(1, {with_output(make_attempt(fail), "out")})), "    out\n"));
  const auto crash = make_finished(2, {with_output(make_attempt(make_outcome(OutcomeKind::Abort, SIGSEGV)), "out")});
  CHECK(nextest::contains(screen.show(crash), "    out\n"));  // it was not we who ended it
}

// ---- looks ----

TEST_CASE("human: colours and box lines where they are wanted") {
  HumanOptions options;
  options.style.coloured = true;
  options.style.unicode = true;
  Screen screen(options);
  CHECK(nextest::starts_with(screen.header, "\xE2\x94\x80\xE2\x94\x80"));
  CHECK(screen.show(make_finished(0, {make_attempt(pass)})) ==
        "        \x1B[32;1mPASS\x1B[0m [   0.005s] \x1B[35mlib\x1B[0m \x1B[36mm::\x1B[0m\x1B[34;1mone\x1B[0m\n");
  const std::string failed =
      screen.show(make_finished(0, {with_output(make_attempt(fail), "\x1B[33mown\x1B[0m colour\n")}));
  CHECK(nextest::contains(failed, "        \x1B[31;1mFAIL\x1B[0m [   0.005s] "));
  CHECK(nextest::contains(failed, "stdout \xE2\x94\x80\xE2\x94\x80\xE2\x94\x80\x1B[0m\n"));
  CHECK(nextest::contains(failed, "    \x1B[33mown\x1B[0m colour"));
}

TEST_CASE(
    "human: the colour of the summary is that of a success only where all ran, passed, and nothing stopped the run") {
  HumanOptions options;
  options.style.coloured = true;
  const auto colour = [&](const RunStats& stats) {
    Screen screen(options);
    const std::string shown = screen.show(make_end(stats));
    for (const char* code : {"32;1", "31;1", "33;1"}) {
      if (nextest::contains(shown, std::string("\x1B[") + code + "mSummary\x1B[0m")) return std::string(code);
    }
    return shown;
  };
  RunStats stats = make_stats(2, 2, 0);
  CHECK(colour(stats) == "32;1");
  stats.cancel_reason = CancelReason::Interrupt;  // a signal behind the last test
  CHECK(colour(stats) == "31;1");
  CHECK(colour(make_stats(2, 1, 1)) == "31;1");
  CHECK(colour(make_stats(3, 2, 0)) == "31;1");
  CHECK(colour(make_stats(0, 0, 0)) == "33;1");
  RunStats script = make_stats(2, 2, 0);
  script.setup_scripts_failed = 1;
  CHECK(colour(script) == "31;1");
}

TEST_CASE("human: without colours no escape sequence at all") {
  Screen screen(at_level(StatusLevel::All, FinalStatusLevel::All));
  std::string all = screen.header;
  all += screen.show(make_finished(0, {with_output(make_attempt(fail), "\x1B[33mx\x1B[0m")}));
  all += screen.show(make_end(make_stats(1, 0, 1)));
  CHECK_FALSE(nextest::contains(all, "\x1B"));
}

TEST_CASE("human: an output of any size arrives whole and in order") {
  HumanOptions options;
  options.max_output_shown = 1 << 20;
  Screen screen(options);
  std::string output, expected;
  for (int i = 0; i < 30000; ++i) {
    output += "line " + std::to_string(i) + "\n";
    expected += "    line " + std::to_string(i) + "\n";
  }
  CHECK(screen.show(make_finished(0, {with_output(make_attempt(fail), output)})) ==
        "        FAIL [   0.005s] lib m::one\n  stdout ---\n" + expected + "    exited with 3\n\n");
}

TEST_CASE("human: a reader that went away is told by flush, and for good") {
  nextest::Pipe pipe;
  REQUIRE(nextest::open_pipe(pipe) == 0);
  struct sigaction ignore {
  }, before{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &before);
  HumanReporter reporter(pipe.write_end.get(), HumanOptions());
  CHECK(reporter.flush());
  reporter.on_event({Duration{}, nextest::RunPaused{1}});
  CHECK(reporter.flush());
  pipe.read_end.close();
  CHECK(reporter.flush());  // there was nothing to write
  reporter.on_event({Duration{}, nextest::RunPaused{1}});
  CHECK_FALSE(reporter.flush());
  CHECK_FALSE(reporter.flush());
  ::sigaction(SIGPIPE, &before, nullptr);
}

}  // namespace
