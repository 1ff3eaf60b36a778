// The words for how a test ended, and how important each is.
#pragma once

#include <errno.h>
#include <string.h>

#include <string>

#include "core/base/signal_name.hpp"
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

// At most 12 characters.
inline std::string status_word(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::Pass: return "PASS";
    case OutcomeKind::Leak: return "LEAK";
    case OutcomeKind::LeakFail: return "LEAK-FAIL";
    case OutcomeKind::ExecFail: return "XFAIL";
    case OutcomeKind::Timeout: return outcome.timeout_passes ? "TIMEOUT-PASS" : "TIMEOUT";
    case OutcomeKind::Abort:
      if (const char* name = signal_name(outcome.code)) return std::string("SIG") + name;
      return "ABORT SIG " + std::to_string(outcome.code);
    case OutcomeKind::Fail:
    case OutcomeKind::OutputError:
    case OutcomeKind::WrongTests:
    case OutcomeKind::Unfinished:
    case OutcomeKind::BadVariable: break;
  }
  return outcome.leaked ? "FAIL + LEAK" : "FAIL";
}

// At most 6 characters, to stand after "TRY 1 ".
inline std::string short_status_word(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::LeakFail: return "LKFAIL";
    case OutcomeKind::Timeout: return outcome.timeout_passes ? "TMPASS" : "TMT";
    case OutcomeKind::Abort:
      if (const char* name = signal_name(outcome.code)) return name;
      return "SIG " + std::to_string(outcome.code);
    case OutcomeKind::Fail:
    case OutcomeKind::OutputError:
    case OutcomeKind::WrongTests:
    case OutcomeKind::Unfinished:
    case OutcomeKind::BadVariable: return outcome.leaked ? "FL+LK" : "FAIL";
    default: return status_word(outcome);
  }
}

// The end in words: "exited with 3". Empty for a plain pass.
inline std::string reason_of(const Outcome& outcome) {
  const char* const left = "left processes behind, which have been ended";
  std::string reason;
  switch (outcome.kind) {
    case OutcomeKind::Pass: return outcome.skipped_by_test ? "skipped by the test" : "";
    case OutcomeKind::Leak: return std::string("passed, but ") + left;
    case OutcomeKind::LeakFail: return std::string("exited with 0, but ") + left;
    case OutcomeKind::Fail: reason = "exited with " + std::to_string(outcome.code); break;
    case OutcomeKind::Abort: reason = describe_signal(outcome.code, outcome.core_dumped); break;
    case OutcomeKind::OutputError:
      reason = std::string("its output could not be read: ") + ::strerror(outcome.code);
      break;
    case OutcomeKind::WrongTests:
      reason = "exited with 0, but its harness ran " + std::to_string(outcome.code) + " tests instead of " +
               std::to_string(outcome.expected);
      break;
    case OutcomeKind::Unfinished: reason = "exited with 0, but its harness was cut short"; break;
    case OutcomeKind::BadVariable:
      if (outcome.code < 0) {
        reason = std::string("its file $NEXTEST_ENV, in $TMPDIR or /tmp, could not be made or read: ") +
                 ::strerror(-outcome.code);
      } else {
        reason = "exited with 0, but line " + std::to_string(outcome.code) +
                 " of $NEXTEST_ENV is not NAME=VALUE with a name that does not begin with NEXTEST";
      }
      break;
    case OutcomeKind::ExecFail:
      reason = std::string("could not start: ") + ::strerror(outcome.code);
      if (outcome.code == ENOEXEC) reason += " (the binary is for another architecture?)";
      break;
    case OutcomeKind::Timeout:
      reason = outcome.global_timeout ? "ended by the run's global timeout" : "timed out";
      reason += outcome.killed ? ", killed after the grace period" : ", ended when asked to";
      break;
  }
  if (outcome.leaked) reason.append(", ").append(left);
  return reason;
}

inline Paint paint_of(const Outcome& outcome) {
  if (!outcome.passed()) return Paint::Fail;
  return outcome.kind == OutcomeKind::Pass ? Paint::Pass : Paint::Skip;
}

inline const char* cancel_reason_words(CancelReason reason) {
  switch (reason) {
    case CancelReason::None: break;
    case CancelReason::SetupScriptFailure: return "setup script failure";
    case CancelReason::TestFailure:
    case CancelReason::TestFailureImmediate: return "test failure";
    case CancelReason::ReportError: return "reporting error";
    case CancelReason::GlobalTimeout: return "global timeout";
    case CancelReason::Signal: return "signal";
    case CancelReason::Interrupt: return "interrupt";
    case CancelReason::SecondSignal: return "second signal";
  }
  return "unknown reason";
}

}  // namespace nextest
