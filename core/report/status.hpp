// The words for how a test ended, and how important each is.
#pragma once

#include <errno.h>
#include <string.h>

#include "core/base/signal_name.hpp"
#include "core/base/switches.hpp"
#include "core/model/event.hpp"
#include "core/report/style.hpp"

namespace nextest {

// Each level shows what the ones before it show.

inline StatusLevel status_level_of(const TestResult& result) {
  if (!result.passed()) return StatusLevel::Fail;
  if (result.flaky()) return StatusLevel::Retry;
  return result.last().outcome.kind == OutcomeKind::Leak ? StatusLevel::Leak : StatusLevel::Pass;
}

inline FinalStatusLevel final_status_level_of(const TestResult& result) {
  if (!result.passed()) return FinalStatusLevel::Fail;
  if (result.flaky()) return FinalStatusLevel::Flaky;
  if (result.last().slow) return FinalStatusLevel::Slow;
  return result.last().outcome.kind == OutcomeKind::Leak ? FinalStatusLevel::Leak : FinalStatusLevel::Pass;
}

// By kind of outcome: at most 12 characters, and at most 6 to stand after "TRY 1 ".
inline constexpr const char* status_words[][2] = {
    {"PASS", "PASS"},   {"LEAK", "LEAK"},     {"FAIL", "FAIL"}, {"ABORT SIG ", "SIG "}, {"LEAK-FAIL", "LKFAIL"},
    {"XFAIL", "XFAIL"}, {"TIMEOUT", "TMT"},   {"FAIL", "FAIL"}, {"FAIL", "FAIL"},       {"FAIL", "FAIL"},
    {"FAIL", "FAIL"},   {"SANITIZER", "SAN"}, {"FAIL", "FAIL"}, {"XPASS", "XPASS"}};
static_assert(std::size(status_words) == static_cast<std::size_t>(OutcomeKind::UnexpectedPass) + 1);

inline std::string status_word(const Outcome& outcome, bool is_short = false) {
  const std::string word = status_words[static_cast<std::size_t>(outcome.kind)][is_short ? 1 : 0];
  if (outcome.kind == OutcomeKind::Abort) {
    const char* const name = signal_name(outcome.code);
    return name == nullptr ? word + decimal(outcome.code) : (is_short ? "" : "SIG") + std::string(name);
  }
  if (outcome.kind == OutcomeKind::Timeout && outcome.timeout_passes) return is_short ? "TMPASS" : "TIMEOUT-PASS";
  if (word == "FAIL" && outcome.leaked) return is_short ? "FL+LK" : "FAIL + LEAK";
  return word;
}
inline std::string short_status_word(const Outcome& outcome) { return status_word(outcome, true); }

inline const char* report_words(const Outcome& outcome) {
  switch (static_cast<ReportedBy>(outcome.code)) {
    case ReportedBy::FailPattern: return "matches fail-pattern";
    case ReportedBy::PassPattern: return "does not match pass-pattern";
    default: return "says that it failed";
  }
}

// What is said of a test that passed behind its name.
inline const char* pass_note(const Outcome& outcome) {
  return outcome.skipped_by_test ? " (skipped by the test)" : outcome.failed_as_expected ? " (failed as expected)" : "";
}

// The end in words: "exited with 3". Empty for a plain pass.
inline std::string reason_of(const Outcome& outcome) {
  const char* const left = outcome.lives_on ? "left processes behind, some of which cannot be ended"
                                            : "left processes behind, which have been ended";
  const auto failed_with = [](const char* what, int error) { return std::string(what) + ::strerror(error); };
  std::string reason;
  switch (outcome.kind) {
    case OutcomeKind::Pass:
      return outcome.skipped_by_test ? "skipped by the test" : outcome.failed_as_expected ? "failed as expected" : "";
    case OutcomeKind::Leak: return std::string("passed, but ") + left;
    case OutcomeKind::LeakFail: return std::string("exited with 0, but ") + left;
    case OutcomeKind::Fail: reason = "exited with " + decimal(outcome.code); break;
    case OutcomeKind::Abort:
      reason = outcome.lives_on && !outcome.leaked ? "was to be ended, and cannot be"
                                                   : describe_signal(outcome.code, outcome.core_dumped);
      break;
    case OutcomeKind::OutputError: reason = failed_with("its output could not be read: ", outcome.code); break;
    case OutcomeKind::WrongTests:
      reason = "exited with 0, but its harness ran " + decimal(outcome.code) + " tests instead of " +
               decimal(outcome.expected);
      break;
    case OutcomeKind::Unfinished: reason = "exited with 0, but its harness was cut short"; break;
    case OutcomeKind::SanitizerReport: reason = "exited with 0, but a sanitizer reported a fault"; break;
    case OutcomeKind::ReportedFail:
      reason = std::string("exited with 0, but its output ") + report_words(outcome);
      break;
    case OutcomeKind::UnexpectedPass: reason = "passed, but is expected to fail"; break;
    case OutcomeKind::BadVariable:
      reason = outcome.code < 0 ? failed_with("its file $NEXTEST_ENV, in $TMPDIR or /tmp, could not be made or read: ",
                                              -outcome.code)
                                : "exited with 0, but line " + decimal(outcome.code) +
                                      " of $NEXTEST_ENV is not NAME=VALUE with a name that does not begin with NEXTEST";
      break;
    case OutcomeKind::ExecFail:
      reason = built_in(Feature::Config) && outcome.code < 0
                   ? failed_with("could not start: its own TMPDIR could not be made: ", -outcome.code)
                   : failed_with("could not start: ", outcome.code);
      if (outcome.code == ENOEXEC) reason += " (the binary is for another architecture?)";
      break;
    case OutcomeKind::Timeout:
      reason = outcome.global_timeout ? "ended by the run's global timeout" : "timed out";
      reason += outcome.lives_on ? ", and cannot be ended"
                : outcome.killed ? ", killed after the grace period"
                                 : ", ended when asked to";
      break;
  }
  if (outcome.leaked) reason.append(", ").append(left);
  return reason;
}

inline Paint paint_of(const Outcome& outcome) {
  if (!outcome.passed()) return Paint::Fail;
  return outcome.kind == OutcomeKind::Pass ? Paint::Pass : Paint::Skip;
}

// "setup scripts failed", behind their number.
inline std::string scripts_failed_words(ScriptPhase phase, std::uint32_t count) {
  return std::string(script_kind(phase)) + (count == 1 ? " failed" : "s failed");
}

inline const char* cancel_reason_words(CancelReason reason) {
  constexpr const char* words[] = {"unknown reason", "setup script failure", "test failure", "reporting error",
                                   "global timeout", "test failure",         "signal",       "interrupt",
                                   "second signal"};
  static_assert(std::size(words) == static_cast<std::size_t>(CancelReason::SecondSignal) + 1);
  return words[static_cast<std::size_t>(reason)];
}

}  // namespace nextest
