// How one attempt of a test ended. No way to end is folded into another.
#pragma once

#include <memory>

#include "core/base/duration.hpp"

namespace nextest {

enum class OutcomeKind : std::uint8_t {
  Pass,
  Leak,         // exited with 0, but left something behind
  Fail,         // exited with `code`
  Abort,        // killed by signal `code`
  LeakFail,     // as Leak, where leaks fail
  ExecFail,     // could not start: errno `code`; below 0, its own TMPDIR could not be made: errno -`code`
  Timeout,      // ended by us after the slow or the global timeout
  OutputError,  // its output could not be read: errno `code`
  WrongTests,   // exited with 0, but the harness reports that it ran `code` tests instead of the one asked for
  Unfinished,   // exited with 0, but the harness began and never reported its end
  // A setup script exited with 0, but line `code` of what it wrote to $NEXTEST_ENV is none, or reading it gave errno
  // -`code`.
  BadVariable,
  SanitizerReport,  // exited with 0, but a sanitizer reported a fault
  ReportedFail,     // exited with 0, but what it printed says that it failed: `code` is a ReportedBy
  UnexpectedPass,   // passed, though it is expected to fail
};

// Who says so of what a test printed.
enum class ReportedBy : std::uint8_t { Framework, FailPattern, PassPattern };

struct Outcome {
  OutcomeKind kind = OutcomeKind::Pass;
  int code = 0;
  int expected = 1;                 // WrongTests: how many it should have run
  bool leaked = false;              // beside Fail and Abort
  bool core_dumped = false;         // Abort
  bool skipped_by_test = false;     // Pass: the test reported at run time that it does not apply
  bool failed_as_expected = false;  // Pass, Leak: it failed, as it should
  bool timeout_passes = false;      // Timeout: on-timeout = "pass"
  bool killed = false;              // Timeout: did not end within the grace period
  bool global_timeout = false;      // Timeout: the run's own, not the test's
  bool lives_on = false;            // it, or what it left behind, cannot be ended

  bool passed() const {
    return kind == OutcomeKind::Pass || kind == OutcomeKind::Leak || (kind == OutcomeKind::Timeout && timeout_passes);
  }
};

// Bounded; where the middle was dropped, a line in its place has how much.
struct CapturedOutput {
  std::string out;
  std::string err;
  bool combined = false;  // `out` is both streams, in the order in which they were written, and `err` is empty
  bool missing = false;   // nothing was captured, so that silence says nothing
};

// By which the place where a process runs knows it, whatever launched it there; 0: not known.
using ProcessNumber = std::int32_t;

// WaitingForRetry is a test between two attempts, which has no unit.
enum class UnitState : std::uint8_t { Running, Terminating, Killing, Draining, Done, WaitingForRetry };

// What ends a unit.
enum class EndingCause : std::uint8_t { ByItself, SlowTimeout, GlobalTimeout, Cancelled };

// What is known of a unit that has not ended.
struct UnitStatus {
  UnitState state = UnitState::Running;
  EndingCause cause = EndingCause::ByItself;
  ProcessNumber pid = 0;
  Duration elapsed;    // since it started
  Duration in_state;   // since it is in this state; Killing: since Terminating
  Duration remaining;  // until it is killed, a leak, or tried again; below 0: nothing like that is to come
  bool slow = false;
  bool stopped = false;                          // by a signal or a debugger, as far as that is known
  std::shared_ptr<const CapturedOutput> output;  // so far; null when it is not captured
};

struct Attempt {
  std::uint32_t number = 1;  // from 1
  std::uint32_t total = 1;   // how many there may be
};

struct AttemptResult {
  Attempt attempt;
  Outcome outcome;
  Duration started;   // since the run started
  Duration duration;  // until its process was gone
  bool slow = false;
  std::string tmpdir;                            // a folder of its own that is still there; empty: none
  Vector<std::string> properties;                // that the test gave itself: names and values in turn
  std::shared_ptr<const CapturedOutput> output;  // null when it was not captured
};

// All attempts of a test, at least one; the last one decides. Only the last has its output here: that of each earlier
// one came with the event of its failure, and would be held for nothing.
struct TestResult {
  Vector<AttemptResult> attempts;
  bool flaky_fails = false;

  const AttemptResult& last() const { return attempts.back(); }
  bool flaky() const { return attempts.size() > 1 && last().outcome.passed(); }
  bool passed() const { return last().outcome.passed() && !(flaky() && flaky_fails); }
};

}  // namespace nextest
