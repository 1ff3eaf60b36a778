// How a run begins and how it ends, for people.
#pragma once

#include "core/report/human_lines.hpp"

namespace nextest {

class RunLines {
 public:
  explicit RunLines(HumanLines& lines) : lines_(lines) {}

  // Which run it is, and of how many tests.
  void begin(const RunInfo& info) {
    lines_.rule_line();
    lines_.word(Paint::Pass, "Nextest run").text("ID ").paint(Paint::Bold, safe_name(info.run_id));
    lines_.text(" with nextest profile: ").paint(Paint::Bold, safe_name(info.profile)).text("\n");
    if (!info.parent.empty()) {
      lines_.word(Paint::Pass, "Rerun").text("of ").paint(Paint::Bold, safe_name(info.parent)).text("\n");
    }
    const ListCounts counts = lines_.list().counts();
    lines_.word(Paint::Pass, "Starting").count(counts.selected_tests, "test");
    lines_.text(" across ").count(counts.listed_binaries, "binary", "binaries");
    if (counts.skipped_tests > 0 || counts.skipped_binaries > 0) {
      lines_.text(" (").tests_and_binaries(counts.skipped_tests, counts.skipped_binaries);
      lines_.text(" ").paint(Paint::Skip, "skipped");
      const char* before = ", including ";
      if (counts.tests_by_rerun > 0) {
        lines_.text(std::exchange(before, " and ")).count(counts.tests_by_rerun, "test").text(" that already passed");
      }
      if (counts.tests_by_default_filter > 0 || counts.binaries_by_default_filter > 0) {
        lines_.text(before).tests_and_binaries(counts.tests_by_default_filter, counts.binaries_by_default_filter);
        lines_.text(" via the default-filter");
      }
      lines_.text(")");
    }
    if (!info.order.empty()) lines_.text("\n").word(Paint::Pass, "Order").name(info.order);
    lines_.text("\n");
  }

  void summary(const RunFinished& finished) {
    const RunStats& stats = finished.stats;
    lines_.rule_line();
    if (finished.stressed) {
      const StressStats& stress = finished.stress;
      const bool cancelled = stats.cancel_reason != CancelReason::None;
      const std::uint32_t scripts = stress.teardown_scripts_failed;
      lines_.word(stress.failed + scripts > 0 || cancelled ? Paint::Fail : Paint::Pass, "Summary");
      lines_.bracketed(finished.elapsed).number(stress.completed.current);
      if (stress.completed.total > 0) lines_.text("/" + decimal(stress.completed.total));
      lines_.text(stress.completed.current == 1 && stress.completed.total <= 1 ? " stress run iteration: "
                                                                               : " stress run iterations: ");
      lines_.part(stress.passed, "passed", Paint::Pass);
      if (stress.failed > 0) lines_.part(stress.failed, "failed", Paint::Fail, ", ");
      if (built_in(Feature::Scripts) && scripts > 0) {
        lines_.part(scripts, scripts_failed_words(ScriptPhase::Teardown, scripts).c_str(), Paint::Fail, ", ");
      }
      if (cancelled) lines_.text("; cancelled due to ").text(cancel_reason_words(stats.cancel_reason));
      lines_.text("\n");
    } else {
      const bool good =
          stats.all_ran_and_passed() && stats.scripts_failed() == 0 && stats.cancel_reason == CancelReason::None;
      lines_.word(!good ? Paint::Fail : stats.finished_count == 0 ? Paint::Skip : Paint::Pass, "Summary");
      lines_.bracketed(finished.elapsed).run_counts(stats);
    }
  }

  void not_run(const RunStats& stats) {
    if (stats.not_run() == 0) return;
    lines_.paint(Paint::Skip, "warning").text(": " + decimal(stats.not_run()));
    lines_.text("/" + decimal(stats.initial_run_count));
    lines_.text(stats.initial_run_count == 1 ? " test was not run" : " tests were not run");
    const CancelReason reason = stats.cancel_reason;
    if (reason != CancelReason::None) lines_.text(" due to ").text(cancel_reason_words(reason));
    const bool failed_fast = reason == CancelReason::TestFailure || reason == CancelReason::TestFailureImmediate;
    if (failed_fast) lines_.text(" (run with --no-fail-fast to run all tests, or with --max-fail)");
    lines_.text("\n");
  }

  // Of a rerun: what it leaves to another.
  void outstanding_tests(const RerunState& rerun) {
    const Vector<const KnownTest*> left = rerun.outstanding_beside(lines_.list());
    if (left.empty()) return;
    lines_.paint(Paint::Skip, "warning").text(": " + decimal(left.size()));
    lines_.text(left.size() == 1 ? " test is" : " tests are").text(" outstanding, which this rerun did not run:\n");
    for (const KnownTest* test : left) {
      lines_.text("    ").paint(Paint::BinaryId, safe_name(test->binary_id)).text(" ").name(test->name).text("\n");
    }
  }

 private:
  HumanLines& lines_;
};

}  // namespace nextest
