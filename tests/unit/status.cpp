#include "core/report/status.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <string>

namespace {

using nextest::FinalStatusLevel;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::reason_of;
using nextest::StatusLevel;
using nextest::TestResult;

Outcome make_outcome(OutcomeKind kind, int code = 0, bool leaked = false) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  outcome.leaked = leaked;
  return outcome;
}

Outcome make_timeout(bool passes, bool killed = false, bool global = false) {
  Outcome outcome = make_outcome(OutcomeKind::Timeout);
  outcome.timeout_passes = passes;
  outcome.killed = killed;
  outcome.global_timeout = global;
  return outcome;
}

TestResult make_result(const nextest::Vector<Outcome>& outcomes, bool slow = false) {
  TestResult result;
  for (const Outcome& outcome : outcomes) {
    nextest::AttemptResult attempt;
    attempt.outcome = outcome;
    attempt.slow = slow;
    result.attempts.push_back(attempt);
  }
  return result;
}

TEST_CASE("status: the words of spec/reporting.md") {
  const struct {
    Outcome outcome;
    const char* word;
    const char* short_word;
  } rows[] = {
      {make_outcome(OutcomeKind::Pass), "PASS", "PASS"},
      {make_outcome(OutcomeKind::Leak, 0, true), "LEAK", "LEAK"},
      {make_outcome(OutcomeKind::LeakFail, 0, true), "LEAK-FAIL", "LKFAIL"},
      {make_outcome(OutcomeKind::Fail, 3), "FAIL", "FAIL"},
      {make_outcome(OutcomeKind::Fail, 3, true), "FAIL + LEAK", "FL+LK"},
      {make_outcome(OutcomeKind::Abort, SIGSEGV), "SIGSEGV", "SEGV"},
      {make_outcome(OutcomeKind::Abort, SIGABRT, true), "SIGABRT", "ABRT"},
      {make_outcome(OutcomeKind::Abort, 42), "ABORT SIG 42", "SIG 42"},
      {make_outcome(OutcomeKind::ExecFail, ENOENT), "XFAIL", "XFAIL"},
      {make_timeout(false), "TIMEOUT", "TMT"},
      {make_timeout(false, true, true), "TIMEOUT", "TMT"},
      {make_timeout(true), "TIMEOUT-PASS", "TMPASS"},
      {make_outcome(OutcomeKind::OutputError, EIO), "FAIL", "FAIL"},
      {make_outcome(OutcomeKind::WrongTests, 2), "FAIL", "FAIL"},
      {make_outcome(OutcomeKind::SanitizerReport), "SANITIZER", "SAN"},
      {make_outcome(OutcomeKind::ReportedFail), "FAIL", "FAIL"},
      {make_outcome(OutcomeKind::UnexpectedPass), "XPASS", "XPASS"},
  };
  for (const auto& row : rows) {
    CHECK(nextest::status_word(row.outcome) == row.word);
    CHECK(nextest::short_status_word(row.outcome) == row.short_word);
  }
}

TEST_CASE("status: every word fits its column") {
  for (int kind = 0; kind <= static_cast<int>(OutcomeKind::UnexpectedPass); ++kind) {
    for (int code = 0; code <= 64; ++code) {
      for (const bool leaked : {false, true}) {
        for (const bool passes : {false, true}) {
          Outcome outcome = make_outcome(static_cast<OutcomeKind>(kind), code, leaked);
          outcome.timeout_passes = passes;
          const std::string word = nextest::status_word(outcome), short_word = nextest::short_status_word(outcome);
          CAPTURE(word);
          CAPTURE(short_word);
          CHECK_FALSE(word.empty());
          CHECK(word.size() <= 12);
          CHECK_FALSE(short_word.empty());
          CHECK(short_word.size() <= 6);
        }
      }
    }
  }
}

TEST_CASE("status: reasons in words") {
  const std::string left = "left processes behind, which have been ended";
  Outcome skipped = make_outcome(OutcomeKind::Pass);
  skipped.skipped_by_test = true;
  Outcome dumped = make_outcome(OutcomeKind::Abort, SIGSEGV);
  dumped.core_dumped = true;
  const auto lives_on = [](Outcome outcome) {
    outcome.lives_on = true;
    return outcome;
  };
  const struct {
    Outcome outcome;
    std::string reason;
  } rows[] = {
      {make_outcome(OutcomeKind::Pass), ""},
      {skipped, "skipped by the test"},
      {make_outcome(OutcomeKind::Leak, 0, true), "passed, but " + left},
      {make_outcome(OutcomeKind::LeakFail, 0, true), "exited with 0, but " + left},
      {make_outcome(OutcomeKind::Fail, 3), "exited with 3"},
      {make_outcome(OutcomeKind::Fail, 3, true), "exited with 3, " + left},
      {dumped, "aborted with signal 11 (SIGSEGV), core dumped"},
      {make_outcome(OutcomeKind::Abort, SIGKILL), "aborted with signal 9 (SIGKILL)"},
      {make_outcome(OutcomeKind::Abort, 42, true), "aborted with signal 42, " + left},
      {make_outcome(OutcomeKind::ExecFail, ENOENT), std::string("could not start: ") + ::strerror(ENOENT)},
      {make_outcome(OutcomeKind::ExecFail, ENOEXEC),
       std::string("could not start: ") + ::strerror(ENOEXEC) + " (the binary is for another architecture?)"},
      {make_outcome(OutcomeKind::OutputError, EIO), std::string("its output could not be read: ") + ::strerror(EIO)},
      {make_outcome(OutcomeKind::WrongTests, 0), "exited with 0, but its harness ran 0 tests instead of 1"},
      {make_outcome(OutcomeKind::WrongTests, 2), "exited with 0, but its harness ran 2 tests instead of 1"},
      {make_outcome(OutcomeKind::SanitizerReport), "exited with 0, but a sanitizer reported a fault"},
      {make_outcome(OutcomeKind::ReportedFail), "exited with 0, but its output says that it failed"},
      {make_outcome(OutcomeKind::ReportedFail, 1), "exited with 0, but its output matches fail-pattern"},
      {make_outcome(OutcomeKind::ReportedFail, 2), "exited with 0, but its output does not match pass-pattern"},
      {make_outcome(OutcomeKind::UnexpectedPass), "passed, but is expected to fail"},
      {make_timeout(false), "timed out, ended when asked to"},
      {make_timeout(false, true), "timed out, killed after the grace period"},
      {make_timeout(false, false, true), "ended by the run's global timeout, ended when asked to"},
      {lives_on(make_timeout(false, true)), "timed out, and cannot be ended"},
      {lives_on(make_outcome(OutcomeKind::Abort, SIGKILL)), "was to be ended, and cannot be"},
      {lives_on(make_outcome(OutcomeKind::Leak, 0, true)),
       "passed, but left processes behind, some of which cannot be ended"},
  };
  for (const auto& row : rows) CHECK(reason_of(row.outcome) == row.reason);
}

TEST_CASE("status: only a plain pass needs no reason") {
  for (int kind = 0; kind <= static_cast<int>(OutcomeKind::UnexpectedPass); ++kind) {
    CAPTURE(kind);
    CHECK(reason_of(make_outcome(static_cast<OutcomeKind>(kind), 1)).empty() == (kind == 0));
  }
}

TEST_CASE("status: signals by name") {
  CHECK(std::string(nextest::signal_name(SIGTERM)) == "TERM");
  CHECK(std::string(nextest::signal_name(SIGVTALRM)) == "VTALRM");
  CHECK(nextest::signal_name(0) == nullptr);
  CHECK(nextest::signal_name(SIGRTMIN + 1) == nullptr);
}

TEST_CASE("status: at which level a result is shown") {
  const Outcome pass = make_outcome(OutcomeKind::Pass), fail = make_outcome(OutcomeKind::Fail, 1),
                leak = make_outcome(OutcomeKind::Leak, 0, true);
  TestResult flaky_fails = make_result({fail, pass});
  flaky_fails.flaky_fails = true;
  const struct {
    TestResult result;
    StatusLevel level;
    FinalStatusLevel final_level;
  } rows[] = {
      {make_result({pass}), StatusLevel::Pass, FinalStatusLevel::Pass},
      {make_result({pass}, true), StatusLevel::Pass, FinalStatusLevel::Slow},
      {make_result({leak}), StatusLevel::Leak, FinalStatusLevel::Leak},
      {make_result({leak}, true), StatusLevel::Leak, FinalStatusLevel::Slow},
      {make_result({fail, pass}), StatusLevel::Retry, FinalStatusLevel::Flaky},
      {make_result({fail, leak}, true), StatusLevel::Retry, FinalStatusLevel::Flaky},
      {flaky_fails, StatusLevel::Fail, FinalStatusLevel::Fail},
      {make_result({fail}), StatusLevel::Fail, FinalStatusLevel::Fail},
      {make_result({pass, fail}, true), StatusLevel::Fail, FinalStatusLevel::Fail},
      {make_result({make_timeout(true)}, true), StatusLevel::Pass, FinalStatusLevel::Slow},
  };
  for (const auto& row : rows) {
    CHECK(nextest::status_level_of(row.result) == row.level);
    CHECK(nextest::final_status_level_of(row.result) == row.final_level);
  }
}

TEST_CASE("status: every reason to cancel has words") {
  for (int reason = 1; reason <= static_cast<int>(nextest::CancelReason::SecondSignal); ++reason) {
    CAPTURE(reason);
    CHECK(std::string(nextest::cancel_reason_words(static_cast<nextest::CancelReason>(reason))) != "unknown reason");
  }
}

}  // namespace
