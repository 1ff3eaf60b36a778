#include "core/model/run_stats.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace {

using nextest::AttemptResult;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::RunStats;
using nextest::TestResult;

TestResult make_result(std::initializer_list<OutcomeKind> kinds, bool slow = false) {
  TestResult result;
  for (const OutcomeKind kind : kinds) {
    AttemptResult attempt;
    attempt.outcome.kind = kind;
    attempt.slow = slow;
    result.attempts.push_back(attempt);
  }
  return result;
}

RunStats stats_of(const TestResult& result) {
  RunStats stats;
  stats.initial_run_count = 1;
  stats.on_finished(result);
  CHECK(stats.finished_count == 1);
  CHECK(stats.not_run() == 0);
  CHECK(stats.passed + stats.failed_count() == 1);
  return stats;
}

TEST_CASE("run_stats: each way to end counts once, in its place") {
  const struct {
    OutcomeKind kind;
    unsigned passed, failed, exec_failed, timed_out, leaky, leaky_failed;
  } rows[] = {
      {OutcomeKind::Pass, 1, 0, 0, 0, 0, 0},       {OutcomeKind::Leak, 1, 0, 0, 0, 1, 0},
      {OutcomeKind::Fail, 0, 1, 0, 0, 0, 0},       {OutcomeKind::Abort, 0, 1, 0, 0, 0, 0},
      {OutcomeKind::LeakFail, 0, 1, 0, 0, 0, 1},   {OutcomeKind::ExecFail, 0, 0, 1, 0, 0, 0},
      {OutcomeKind::Timeout, 0, 0, 0, 1, 0, 0},    {OutcomeKind::OutputError, 0, 1, 0, 0, 0, 0},
      {OutcomeKind::WrongTests, 0, 1, 0, 0, 0, 0},
  };
  for (const auto& row : rows) {
    CAPTURE(static_cast<int>(row.kind));
    const RunStats stats = stats_of(make_result({row.kind}));
    CHECK(stats.passed == row.passed);
    CHECK(stats.failed == row.failed);
    CHECK(stats.exec_failed == row.exec_failed);
    CHECK(stats.timed_out == row.timed_out);
    CHECK(stats.leaky == row.leaky);
    CHECK(stats.leaky_failed == row.leaky_failed);
    CHECK(stats.flaky == 0);
    CHECK(stats.passed_slow == 0);
    CHECK(stats.failed_count() == row.failed + row.exec_failed + row.timed_out);
  }
}

TEST_CASE("run_stats: a timeout that counts as a pass") {
  TestResult result = make_result({OutcomeKind::Timeout}, true);
  result.attempts[0].outcome.timeout_passes = true;
  const RunStats stats = stats_of(result);
  CHECK(stats.passed == 1);
  CHECK(stats.timed_out == 0);
  CHECK(stats.passed_slow == 1);
}

TEST_CASE("run_stats: slow counts where the test passed") {
  CHECK(stats_of(make_result({OutcomeKind::Pass}, true)).passed_slow == 1);
  CHECK(stats_of(make_result({OutcomeKind::Fail}, true)).passed_slow == 0);
  TestResult result = make_result({OutcomeKind::Fail, OutcomeKind::Pass});
  result.attempts[0].slow = true;  // the attempt that passed was not
  CHECK(stats_of(result).passed_slow == 0);
}

TEST_CASE("run_stats: skipped by the test is a pass") {
  TestResult result = make_result({OutcomeKind::Pass});
  result.attempts[0].outcome.skipped_by_test = true;
  const RunStats stats = stats_of(result);
  CHECK(stats.passed == 1);
  CHECK(stats.skipped_by_test == 1);
  CHECK(stats.skipped == 0);
}

TEST_CASE("run_stats: the last attempt decides") {
  const RunStats flaky = stats_of(make_result({OutcomeKind::Timeout, OutcomeKind::Pass}));
  CHECK(flaky.passed == 1);
  CHECK(flaky.flaky == 1);
  CHECK(flaky.timed_out == 0);

  const RunStats failed = stats_of(make_result({OutcomeKind::Fail, OutcomeKind::ExecFail}));
  CHECK(failed.exec_failed == 1);
  CHECK(failed.failed == 0);
  CHECK(failed.flaky == 0);

  const RunStats leaky = stats_of(make_result({OutcomeKind::Fail, OutcomeKind::Leak}));
  CHECK(leaky.flaky == 1);
  CHECK(leaky.leaky == 1);
}

TEST_CASE("run_stats: flaky, where flaky fails") {
  TestResult result = make_result({OutcomeKind::Fail, OutcomeKind::Pass}, true);
  result.flaky_fails = true;
  CHECK(result.flaky());
  CHECK_FALSE(result.passed());
  const RunStats stats = stats_of(result);
  CHECK(stats.failed == 1);
  CHECK(stats.flaky == 0);
  CHECK(stats.passed_slow == 0);

  TestResult at_once = make_result({OutcomeKind::Pass});
  at_once.flaky_fails = true;
  CHECK(at_once.passed());
}

TEST_CASE("run_stats: flaky, where flaky fails and a timeout passes, is a failure and no timeout") {
  TestResult result = make_result({OutcomeKind::Fail, OutcomeKind::Timeout});
  result.attempts[1].outcome.timeout_passes = true;
  result.flaky_fails = true;
  const RunStats stats = stats_of(result);
  CHECK(stats.failed == 1);
  CHECK(stats.timed_out == 0);
}

TEST_CASE("run_stats: leaky tests are among the passed ones") {
  TestResult result = make_result({OutcomeKind::Fail, OutcomeKind::Leak});
  result.flaky_fails = true;
  const RunStats stats = stats_of(result);
  CHECK(stats.failed == 1);
  CHECK(stats.leaky <= stats.passed);
}

TEST_CASE("run_stats: a leak found late") {
  RunStats stats;
  stats.on_finished(make_result({OutcomeKind::Pass}));
  stats.on_finished(make_result({OutcomeKind::Pass}));
  stats.on_late_leak(false);
  CHECK(stats.passed == 2);
  CHECK(stats.leaky == 1);
  stats.on_late_leak(true);
  CHECK(stats.passed == 1);
  CHECK(stats.failed == 1);
  CHECK(stats.leaky_failed == 1);
  CHECK(stats.leaky == 1);
  CHECK(stats.finished_count == 2);
}

TEST_CASE("run_stats: what was not run") {
  RunStats stats;
  stats.initial_run_count = 3;
  CHECK(stats.not_run() == 3);
  stats.on_finished(make_result({OutcomeKind::Fail}));
  CHECK(stats.not_run() == 2);
}

TEST_CASE("run_stats: which outcomes pass") {
  for (const OutcomeKind kind : {OutcomeKind::Pass, OutcomeKind::Leak}) {
    Outcome outcome;
    outcome.kind = kind;
    CHECK(outcome.passed());
  }
  for (const OutcomeKind kind : {OutcomeKind::Fail, OutcomeKind::Abort, OutcomeKind::LeakFail, OutcomeKind::ExecFail,
                                 OutcomeKind::Timeout, OutcomeKind::OutputError, OutcomeKind::WrongTests}) {
    Outcome outcome;
    outcome.kind = kind;
    CHECK_FALSE(outcome.passed());
    outcome.timeout_passes = true;
    CHECK(outcome.passed() == (kind == OutcomeKind::Timeout));
  }
}

}  // namespace
