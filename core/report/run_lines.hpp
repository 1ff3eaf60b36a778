// How a run begins and how it ends, for people.
#pragma once

#include <string>
#include <utility>

#include "core/base/vector.hpp"
#include "core/report/human_lines.hpp"

namespace nextest {

class RunLines : public HumanLines {
 public:
  using HumanLines::HumanLines;

  // Which run it is, and of how many tests.
  void begin(const RunInfo& info) {
    rule_line();
    style_.status_word(out_, Paint::Pass, "Nextest run");
    out_ += "ID ";
    style_.paint(out_, Paint::Bold, safe_name(info.run_id));
    out_ += " with nextest profile: ";
    style_.paint(out_, Paint::Bold, safe_name(info.profile));
    out_ += '\n';
    if (!info.parent.empty()) {
      style_.status_word(out_, Paint::Pass, "Rerun");
      out_ += "of ";
      style_.paint(out_, Paint::Bold, safe_name(info.parent));
      out_ += '\n';
    }
    const ListCounts counts = list_->counts();
    style_.status_word(out_, Paint::Pass, "Starting");
    count(counts.selected_tests, "test");
    out_ += " across ";
    count(counts.listed_binaries, "binary", "binaries");
    if (counts.skipped_tests > 0 || counts.skipped_binaries > 0) {
      out_ += " (";
      tests_and_binaries(counts.skipped_tests, counts.skipped_binaries);
      out_ += ' ';
      style_.paint(out_, Paint::Skip, "skipped");
      const char* before = ", including ";
      if (counts.tests_by_rerun > 0) {
        out_ += std::exchange(before, " and ");
        count(counts.tests_by_rerun, "test");
        out_ += " that already passed";
      }
      if (counts.tests_by_default_filter > 0 || counts.binaries_by_default_filter > 0) {
        out_ += before;
        tests_and_binaries(counts.tests_by_default_filter, counts.binaries_by_default_filter);
        out_ += " via the default-filter";
      }
      out_ += ')';
    }
    if (!info.order.empty()) {
      out_ += '\n';
      style_.status_word(out_, Paint::Pass, "Order");
      append_safe_name(out_, info.order);
    }
    out_ += '\n';
  }

  void summary(const RunFinished& finished) {
    const RunStats& stats = finished.stats;
    rule_line();
    if (finished.stressed) {
      const StressStats& stress = finished.stress;
      const bool cancelled = stats.cancel_reason != CancelReason::None;
      style_.status_word(out_, stress.failed > 0 || cancelled ? Paint::Fail : Paint::Pass, "Summary");
      bracketed(finished.elapsed);
      style_.paint(out_, Paint::Bold, std::to_string(stress.completed.current));
      if (stress.completed.total > 0) out_ += "/" + std::to_string(stress.completed.total);
      out_ += stress.completed.current == 1 && stress.completed.total <= 1 ? " stress run iteration: "
                                                                           : " stress run iterations: ";
      part(stress.passed, "passed", Paint::Pass);
      if (stress.failed > 0) part(stress.failed, "failed", Paint::Fail, ", ");
      if (cancelled) out_.append("; cancelled due to ").append(cancel_reason_words(stats.cancel_reason));
      out_ += '\n';
    } else {
      const bool good = stats.failed_count() == 0 && stats.not_run() == 0 && stats.setup_scripts_failed == 0;
      style_.status_word(out_, !good ? Paint::Fail : stats.finished_count == 0 ? Paint::Skip : Paint::Pass, "Summary");
      bracketed(finished.elapsed);
      run_counts(stats);
    }
  }

  void not_run(const RunStats& stats) {
    if (stats.not_run() == 0) return;
    style_.paint(out_, Paint::Skip, "warning");
    append_format(out_, ": %u/%u %s not run", stats.not_run(), stats.initial_run_count,
                  stats.initial_run_count == 1 ? "test was" : "tests were");
    if (stats.cancel_reason != CancelReason::None) {
      out_.append(" due to ").append(cancel_reason_words(stats.cancel_reason));
    }
    const bool failed_fast =
        stats.cancel_reason == CancelReason::TestFailure || stats.cancel_reason == CancelReason::TestFailureImmediate;
    if (failed_fast) out_ += " (run with --no-fail-fast to run all tests, or with --max-fail)";
    out_ += '\n';
  }

  // Of a rerun: what it leaves to another.
  void outstanding_tests(const RerunState& rerun) {
    const Vector<const KnownTest*> left = rerun.outstanding_beside(*list_);
    if (left.empty()) return;
    style_.paint(out_, Paint::Skip, "warning");
    append_format(out_, ": %zu %s outstanding, which this rerun did not run:\n", left.size(),
                  left.size() == 1 ? "test is" : "tests are");
    for (const KnownTest* test : left) {
      out_ += "    ";
      style_.paint(out_, Paint::BinaryId, safe_name(test->binary_id));
      out_.append(" ").append(safe_name(test->name)).append("\n");
    }
  }
};

}  // namespace nextest
