// The event stream for people: a line a status, the output of what failed, a summary, and what needs attention again.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/escape.hpp"
#include "core/base/sorted_order.hpp"
#include "core/base/text.hpp"
#include "core/base/vector.hpp"
#include "core/model/event.hpp"
#include "core/report/human_lines.hpp"
#include "core/report/status.hpp"
#include "core/report/style.hpp"

namespace nextest {

struct HumanOptions {
  Style style;
  StatusLevel status_level = StatusLevel::Pass;
  FinalStatusLevel final_status_level = FinalStatusLevel::Flaky;
  bool indent_output = true;
  bool show_commands = false;
};

class HumanReporter final : public EventSink, private HumanLines {
 public:
  HumanReporter(int fd, const HumanOptions& human)
      : HumanLines(fd, human.style, human.indent_output), options_(human) {}

  void on_event(const Event& event) override {
    std::visit([this](const auto& what) { on(what); }, event.what);
  }

  bool flush() override {
    outlet_.write_some();
    return !outlet_.broken();
  }
  int waits_for() const override { return outlet_.pending() ? outlet_.fd() : -1; }

 private:
  // What the end of the run shows again.
  struct FinalEntry {
    FinalStatusLevel level;
    StressIndex stress;
    TestIndex test;
    bool skipped = true;
    bool passed = false;
    bool flaky = false;
    bool show_output = false;
    AttemptResult last = AttemptResult();
  };

  // Events that this reader has nothing to say about.
  template <class Other>
  void on(const Other&) {}

  void on(const RunStarted& started) {
    list_ = started.list;
    rerun_ = started.rerun;
    show_starts_ = options_.show_commands || !started.info->capture;
    rule_line();
    style_.status_word(out_, Paint::Pass, "Nextest run");
    out_ += "ID ";
    style_.paint(out_, Paint::Bold, safe_name(started.info->run_id));
    out_ += " with nextest profile: ";
    style_.paint(out_, Paint::Bold, safe_name(started.info->profile));
    out_ += '\n';
    if (!started.info->parent.empty()) {
      style_.status_word(out_, Paint::Pass, "Rerun");
      out_ += "of ";
      style_.paint(out_, Paint::Bold, safe_name(started.info->parent));
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
    if (!started.info->order.empty()) {
      out_ += '\n';
      style_.status_word(out_, Paint::Pass, "Order");
      append_safe_name(out_, started.info->order);
    }
    out_ += '\n';
  }

  void on(const StressSubRunStarted& started) {
    rule_line();
    style_.status_word(out_, Paint::Pass, "Stress test");
    stress_iteration(started.index);
    if (started.condition.kind == StressCondition::Time) {
      out_ += " (for ";
      append_seconds(out_, started.condition.duration);
      out_ += "s in all)";
    }
    out_ += '\n';
  }

  void on(const StressSubRunFinished& finished) {
    style_.status_word(out_, finished.stats.failed_count() > 0 ? Paint::Fail : Paint::Pass, "Stress test");
    bracketed(finished.elapsed);
    stress_iteration(finished.index);
    out_ += ": ";
    run_counts(finished.stats);
  }

  void on(const SetupScriptStarted& started) {
    style_.status_word(out_, Paint::Pass, "SETUP");
    append_format(out_, "[ %*u/%u ] ", static_cast<int>(std::to_string(started.total).size()), started.index + 1,
                  started.total);
    script_line(started.stress, started.script_id, started.command);
  }
  void on(const SetupScriptSlow& slow) {
    if (options_.status_level < (slow.will_terminate ? StatusLevel::Fail : StatusLevel::Slow)) return;
    style_.status_word(out_, slow.will_terminate ? Paint::Fail : Paint::Skip,
                       slow.will_terminate ? "TERMINATING" : "SETUP SLOW");
    longer_than(slow.elapsed);
    script_line(slow.stress, slow.script_id, slow.command);
  }
  void on(const SetupScriptFinished& finished) {
    const Outcome& outcome = finished.result.outcome;
    style_.status_word(out_, paint_of(outcome), "SETUP " + short_status_word(outcome));
    bracketed(finished.result.duration);
    script_line(finished.stress, finished.script_id, finished.command);
    if (!outcome.passed()) output_of(finished.result, Paint::Fail);
  }

  void on(const TestStarted& started) {
    if (show_starts_) start_line("START", Paint::Pass, started.stress, started.test);
    if (options_.show_commands) command_line(started.command);
  }
  void on(const TestRetryStarted& started) {
    const std::string word = "TRY " + std::to_string(started.attempt.number) + " START";
    if (show_starts_) start_line(word, Paint::Retry, started.stress, started.test);
    if (options_.show_commands) command_line(started.command);
  }

  void on(const TestSlow& slow) {
    const bool last = slow.attempt.number == slow.attempt.total;
    const StatusLevel needed = !slow.will_terminate ? StatusLevel::Slow : last ? StatusLevel::Fail : StatusLevel::Retry;
    if (options_.status_level < needed) return;
    const std::string attempt = "TRY " + std::to_string(slow.attempt.number) + " ";
    if (slow.will_terminate) {
      const Paint paint = last ? Paint::Fail : Paint::Retry;
      style_.status_word(out_, paint, slow.attempt.total > 1 ? attempt + "TRMNTG" : "TERMINATING");
    } else {
      style_.status_word(out_, Paint::Skip, slow.attempt.number > 1 ? attempt + "SLOW" : "SLOW");
    }
    longer_than(slow.elapsed);
    test_line(slow.stress, slow.test);
  }

  void on(const TestAttemptFailed& failed) {
    if (options_.status_level < StatusLevel::Retry) return;
    const Attempt& attempt = failed.result.attempt;
    style_.status_word(out_, Paint::Retry,
                       "TRY " + std::to_string(attempt.number) + " " + short_status_word(failed.result.outcome));
    bracketed(failed.result.duration);
    test_line(failed.stress, failed.test);
    if (is_immediate(failed.failure_output)) output_of(failed.result, Paint::Retry);
    if (failed.delay_before_next.ns > 0) {
      style_.status_word(out_, Paint::Retry,
                         "DELAY " + std::to_string(attempt.number + 1) + "/" + std::to_string(attempt.total));
      out_ += "by ";
      append_seconds(out_, failed.delay_before_next, 7);
      out_ += "s ";
      test_line(failed.stress, failed.test);
    }
  }

  void on(const TestFinished& finished) {
    const TestResult& result = finished.result;
    const Outcome& outcome = result.last().outcome;
    const OutputDisplay display = result.passed() ? finished.success_output : finished.failure_output;
    const FinalStatusLevel level = final_status_level_of(result);

    if (options_.status_level >= status_level_of(result)) {
      if (result.passed() || result.flaky()) {
        const std::string word =
            result.flaky() ? "TRY " + std::to_string(result.last().attempt.number) + " PASS" : status_word(outcome);
        style_.status_word(out_,
                           !result.passed() ? Paint::Fail
                           : result.flaky() ? Paint::Skip
                                            : paint_of(outcome),
                           word);
      } else {
        failure_word(result.last());
      }
      bracketed(result.last().duration);
      test_line(finished.stress, finished.test, outcome.skipped_by_test ? " (skipped by the test)" : "");
      if (result.flaky() && !result.passed()) out_ += "           - flaky, and a flaky test counts as failed here\n";
    }

    // Ctrl-C: a person wants the prompt, not the outputs. Another signal: each output once. Tests that we ended because
    // another one failed have nothing to say.
    const bool ended_by_us = cancel_reason_ == CancelReason::TestFailureImmediate &&
                             outcome.kind == OutcomeKind::Abort && outcome.code == SIGTERM;
    const bool interrupted = cancel_reason_ >= CancelReason::Interrupt;
    const bool show_now = is_immediate(display) && !interrupted && !ended_by_us;
    if (show_now) output_of(result.last(), result.passed() ? Paint::Pass : Paint::Fail);
    if (interrupted || ended_by_us || !(is_final(display) || options_.final_status_level >= level)) return;
    const bool show_output = is_final(display) && !(show_now && cancel_reason_ == CancelReason::Signal);
    FinalEntry entry{level,           finished.stress, finished.test, false,
                     result.passed(), result.flaky(),  show_output,   result.last()};
    if (!show_output) entry.last.output = nullptr;
    final_.push_back(std::move(entry));
  }

  void on(const TestSkipped& skipped) {
    if (options_.status_level >= StatusLevel::Skip) start_line("SKIP", Paint::Skip, skipped.stress, skipped.test);
    if (options_.final_status_level >= FinalStatusLevel::Skip) {
      final_.push_back({FinalStatusLevel::Skip, skipped.stress, skipped.test});
    }
  }

  void on(const TestLeakedLate& leaked) {
    if (options_.status_level < (leaked.fails ? StatusLevel::Fail : StatusLevel::Leak)) return;
    const std::string_view word = leaked.fails ? "LEAK-FAIL" : "LEAK";
    const Paint paint = leaked.fails ? Paint::Fail : Paint::Skip;
    if (leaked.test_known) {
      start_line(word, paint, leaked.stress, leaked.test);
    } else {
      style_.status_word(out_, paint, word);
      out_ += "[         ] a test that is not known\n";
    }
    append_format(out_, "    left process %ld behind, which has been ended: ", static_cast<long>(leaked.pid));
    append_safe_name(out_, leaked.command);
    out_ += '\n';
  }

  void on(const RunBeginCancel& cancel) {
    cancel_reason_ = cancel.reason;
    style_.status_word(out_, Paint::Fail, "Cancelling");
    cancelled(cancel.reason, cancel.running);
  }
  void on(const RunBeginKill& kill) {
    cancel_reason_ = kill.reason;
    style_.status_word(out_, Paint::Fail, "Killing");
    cancelled(kill.reason, kill.running);
  }
  void on(const RunPaused& paused) { job_control("Pausing", paused.running); }
  void on(const RunContinued& continued) { job_control("Continuing", continued.running); }

  void on(const RunFinished& finished) {
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
    if (cancel_reason_ < CancelReason::Interrupt) final_list();
    if (stats.not_run() > 0) {
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
    if (rerun_ != nullptr && stats.failed_count() == 0 && stats.not_run() == 0) outstanding_tests();
  }

  // Of a rerun: what it leaves to another.
  void outstanding_tests() {
    const Vector<const KnownTest*> left = rerun_->outstanding_beside(*list_);
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

  void final_list() {
    const Vector<std::uint32_t> order = sorted_order(final_.size(), [&](std::uint32_t left, std::uint32_t right) {
      const FinalEntry &a = final_[left], &b = final_[right];
      if (a.level != b.level) return a.level > b.level;  // failures last, where they are still on the screen
      if (a.stress.current != b.stress.current) return a.stress.current < b.stress.current;
      return a.test < b.test;
    });
    for (const std::uint32_t i : order) {
      const FinalEntry& entry = final_[i];
      if (entry.skipped) {
        start_line("SKIP", Paint::Skip, entry.stress, entry.test);
        continue;
      }
      final_word(entry);
      bracketed(entry.last.duration);
      test_line(entry.stress, entry.test, entry.last.outcome.skipped_by_test ? " (skipped by the test)" : "");
      if (entry.show_output) output_of(entry.last, entry.passed ? Paint::Pass : Paint::Fail);
    }
  }

  void final_word(const FinalEntry& entry) {
    const AttemptResult& last = entry.last;
    if (entry.flaky) {
      const std::string of = std::to_string(last.attempt.number) + "/" + std::to_string(last.attempt.total);
      style_.status_word(out_, entry.passed ? Paint::Skip : Paint::Fail, (entry.passed ? "FLAKY " : "FLKY-FL ") + of);
    } else if (!entry.passed) {
      failure_word(last);
    } else if (last.slow) {
      const OutcomeKind kind = last.outcome.kind;
      style_.status_word(out_, Paint::Skip,
                         kind == OutcomeKind::Pass   ? "SLOW"
                         : kind == OutcomeKind::Leak ? "SLOW + LEAK"
                                                     : "SLOW+TMPASS");
    } else {
      style_.status_word(out_, paint_of(last.outcome), status_word(last.outcome));
    }
  }

  const HumanOptions options_;
  const RerunState* rerun_ = nullptr;
  bool show_starts_ = false;  // without capture a test's own lines need a heading
  CancelReason cancel_reason_ = CancelReason::None;
  Vector<FinalEntry> final_;
};

}  // namespace nextest
