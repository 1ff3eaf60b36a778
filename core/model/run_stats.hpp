// Counts of a run, as its summary shows them.
#pragma once

#include "core/model/outcome.hpp"
#include "core/model/script.hpp"

namespace nextest {

// Why a run stops before its end; a later one outranks an earlier one.
enum class CancelReason : std::uint8_t {
  None,
  SetupScriptFailure,
  TestFailure,
  ReportError,
  GlobalTimeout,
  TestFailureImmediate,
  Signal,
  Interrupt,
  SecondSignal,
};

struct RunStats {
  std::uint32_t initial_run_count = 0;  // tests to be run
  std::uint32_t finished_count = 0;
  std::uint32_t passed = 0;  // includes passed_slow, flaky, leaky (but for leaks found late that fail)
  std::uint32_t passed_slow = 0;
  std::uint32_t flaky = 0;
  std::uint32_t leaky = 0;
  std::uint32_t skipped_by_test = 0;
  std::uint32_t failed = 0;  // includes leaky_failed; not exec_failed, not timed_out
  std::uint32_t leaky_failed = 0;
  std::uint32_t exec_failed = 0;
  std::uint32_t timed_out = 0;
  std::uint32_t skipped = 0;
  std::uint32_t setup_scripts = 0;         // finished
  std::uint32_t setup_scripts_failed = 0;  // whatever way
  std::uint32_t teardown_scripts = 0;      // finished
  std::uint32_t teardown_scripts_failed = 0;
  CancelReason cancel_reason = CancelReason::None;

  std::uint32_t failed_count() const { return failed + exec_failed + timed_out; }
  std::uint32_t scripts_failed() const { return setup_scripts_failed + teardown_scripts_failed; }
  std::uint32_t not_run() const { return initial_run_count - finished_count; }
  bool all_ran_and_passed() const { return failed_count() == 0 && not_run() == 0; }

  void on_finished(const TestResult& result) {
    ++finished_count;
    const Outcome& outcome = result.last().outcome;
    if (result.passed()) {
      ++passed;
      if (outcome.kind == OutcomeKind::Leak) ++leaky;
      if (result.last().slow) ++passed_slow;
      if (result.flaky()) ++flaky;
      if (outcome.skipped_by_test) ++skipped_by_test;
    } else if (outcome.kind == OutcomeKind::ExecFail) {
      ++exec_failed;
    } else if (outcome.kind == OutcomeKind::Timeout && !outcome.timeout_passes) {
      ++timed_out;
    } else {
      ++failed;
      if (outcome.kind == OutcomeKind::LeakFail) ++leaky_failed;
    }
  }

  void on_script(ScriptPhase phase, bool has_passed) {
    const bool is_setup = phase == ScriptPhase::Setup;
    ++(is_setup ? setup_scripts : teardown_scripts);
    if (!has_passed) ++(is_setup ? setup_scripts_failed : teardown_scripts_failed);
  }

  // A leak found after its test was reported as passed, and not as leaky yet.
  void on_late_leak(bool fails) {
    if (fails) {
      --passed;
      ++failed;
      ++leaky_failed;
    } else {
      ++leaky;
    }
  }
};

}  // namespace nextest
