// How a run begins and how it ends, for people.
#pragma once

#include <string>
#include <utility>

#include "core/base/vector.hpp"
#include "core/report/human_lines.hpp"

namespace nextest {

class RunLines {
 public:
  explicit RunLines(HumanLines& lines) : lines_(lines) {}

  // Which run it is, and of how many tests.
  void begin(const RunInfo& info) {
    lines_.rule_line();
    lines_.word(Paint::Pass, "Nextest run");
    lines_.text("ID ");
    lines_.paint(Paint::Bold, safe_name(info.run_id));
    lines_.text(" with nextest profile: ");
    lines_.paint(Paint::Bold, safe_name(info.profile));
    lines_.text("\n");
    if (!info.parent.empty()) {
      lines_.word(Paint::Pass, "Rerun");
      lines_.text("of ");
      lines_.paint(Paint::Bold, safe_name(info.parent));
      lines_.text("\n");
    }
    const ListCounts counts = lines_.list().counts();
    lines_.word(Paint::Pass, "Starting");
    lines_.count(counts.selected_tests, "test");
    lines_.text(" across ");
    lines_.count(counts.listed_binaries, "binary", "binaries");
    if (counts.skipped_tests > 0 || counts.skipped_binaries > 0) {
      lines_.text(" (");
      lines_.tests_and_binaries(counts.skipped_tests, counts.skipped_binaries);
      lines_.text(" ");
      lines_.paint(Paint::Skip, "skipped");
      const char* before = ", including ";
      if (counts.tests_by_rerun > 0) {
        lines_.text(std::exchange(before, " and "));
        lines_.count(counts.tests_by_rerun, "test");
        lines_.text(" that already passed");
      }
      if (counts.tests_by_default_filter > 0 || counts.binaries_by_default_filter > 0) {
        lines_.text(before);
        lines_.tests_and_binaries(counts.tests_by_default_filter, counts.binaries_by_default_filter);
        lines_.text(" via the default-filter");
      }
      lines_.text(")");
    }
    if (!info.order.empty()) {
      lines_.text("\n");
      lines_.word(Paint::Pass, "Order");
      lines_.name(info.order);
    }
    lines_.text("\n");
  }

  void summary(const RunFinished& finished) {
    const RunStats& stats = finished.stats;
    lines_.rule_line();
    if (finished.stressed) {
      const StressStats& stress = finished.stress;
      const bool cancelled = stats.cancel_reason != CancelReason::None;
      lines_.word(stress.failed > 0 || cancelled ? Paint::Fail : Paint::Pass, "Summary");
      lines_.bracketed(finished.elapsed);
      lines_.paint(Paint::Bold, std::to_string(stress.completed.current));
      if (stress.completed.total > 0) lines_.text("/" + std::to_string(stress.completed.total));
      lines_.text(stress.completed.current == 1 && stress.completed.total <= 1 ? " stress run iteration: "
                                                                               : " stress run iterations: ");
      lines_.part(stress.passed, "passed", Paint::Pass);
      if (stress.failed > 0) lines_.part(stress.failed, "failed", Paint::Fail, ", ");
      if (cancelled) lines_.text("; cancelled due to ").text(cancel_reason_words(stats.cancel_reason));
      lines_.text("\n");
    } else {
      const bool good = stats.failed_count() == 0 && stats.not_run() == 0 && stats.setup_scripts_failed == 0;
      lines_.word(!good ? Paint::Fail : stats.finished_count == 0 ? Paint::Skip : Paint::Pass, "Summary");
      lines_.bracketed(finished.elapsed);
      lines_.run_counts(stats);
    }
  }

  void not_run(const RunStats& stats) {
    if (stats.not_run() == 0) return;
    lines_.paint(Paint::Skip, "warning");
    lines_.text(": " + std::to_string(stats.not_run()) + "/" + std::to_string(stats.initial_run_count));
    lines_.text(stats.initial_run_count == 1 ? " test was not run" : " tests were not run");
    if (stats.cancel_reason != CancelReason::None) {
      lines_.text(" due to ").text(cancel_reason_words(stats.cancel_reason));
    }
    const bool failed_fast =
        stats.cancel_reason == CancelReason::TestFailure || stats.cancel_reason == CancelReason::TestFailureImmediate;
    if (failed_fast) lines_.text(" (run with --no-fail-fast to run all tests, or with --max-fail)");
    lines_.text("\n");
  }

  // Of a rerun: what it leaves to another.
  void outstanding_tests(const RerunState& rerun) {
    const Vector<const KnownTest*> left = rerun.outstanding_beside(lines_.list());
    if (left.empty()) return;
    lines_.paint(Paint::Skip, "warning");
    lines_.text(": " + std::to_string(left.size()) + (left.size() == 1 ? " test is" : " tests are"));
    lines_.text(" outstanding, which this rerun did not run:\n");
    for (const KnownTest* test : left) {
      lines_.text("    ");
      lines_.paint(Paint::BinaryId, safe_name(test->binary_id)).text(" ").name(test->name).text("\n");
    }
  }

 private:
  HumanLines& lines_;
};

}  // namespace nextest
