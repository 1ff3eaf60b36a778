// The event stream for people: a line a status, the output of what failed, a summary, and what needs attention again.
#pragma once

#include <variant>

#include "core/base/clock.hpp"
#include "core/base/switches.hpp"
#include "core/base/uuid.hpp"
#include "core/model/event.hpp"
#include "core/report/failure_place.hpp"
#include "core/report/final_list.hpp"
#include "core/report/human_lines.hpp"
#include "core/report/info_lines.hpp"
#include "core/report/live_bar.hpp"
#include "core/report/progress.hpp"
#include "core/report/run_lines.hpp"
#include "core/report/screen.hpp"
#include "core/report/status.hpp"
#include "core/report/style.hpp"

namespace nextest {

struct HumanOptions {
  Style style;
  bool counter = false;             // beside each test that has finished
  const RunClock* clock = nullptr;  // for a bar below the lines; null: no bar
  ProgressOptions progress;
  bool github = false;  // annotations and groups, as GitHub Actions shows them
  StatusLevel status_level = StatusLevel::Pass;
  FinalStatusLevel final_status_level = FinalStatusLevel::Flaky;
  bool indent_output = true;
  std::uint64_t max_output_shown = usually_shown;  // bytes of an output
  bool show_commands = false;
};

class HumanReporter final : public EventSink {
 public:
  HumanReporter(int fd, const HumanOptions& human)
      : options_(human),
        screen_(fd),
        lines_(screen_, human.style, human.indent_output, human.max_output_shown),
        run_lines_(lines_),
        progress_(lines_.style(), human.progress),
        bar_(human.clock),
        final_(human.max_output_shown) {}

  void on_event(const Event& event) override {
    at_ = event.at;
    std::visit(
        [this](const auto& what) {
          if constexpr (is_emitted<decltype(what)>) on(what);
        },
        event.what);
  }

  // With a bar, lines wait until it may be drawn again: so it is never seen to go.
  bool flush() override {
    const bool is_behind = screen_.is_behind();
    if (bar_.shown() && !is_behind && !bar_.is_due(!lines_.empty(), screen_.size())) return true;
    lines_.pass_on();
    if (bar_.shown() && !is_behind) bar_.draw(progress_, screen_);
    bool readable = screen_.write_some();
    // The outputs of the final list come one by one, as they are read.
    while (readable && !screen_.is_behind() && write_more_of_the_end()) {
      lines_.pass_on();
      readable = screen_.write_some();
    }
    return readable;
  }
  int waits_for() const override { return screen_.is_behind() ? screen_.fd() : -1; }
  Duration flush_within() const override {
    if (bar_.shown()) return bar_.due_in(!lines_.empty());
    return lines_.empty() && !screen_.is_behind() ? forever : Duration();
  }

 private:
  // Events that this reader shows nothing of.
  template <class Other>
  void on(const Other&) {}

  void on(const RunStarted& started) {
    list_ = started.list;
    lines_.begin(*list_);
    info_ = started.info;
    rerun_ = started.rerun;
    if (annotates()) lines_.fold_outputs("nextest-" + make_uuid());  // tests know the run's id
    begin_counting();
    bar_.show(true, at_);
    show_starts_ = options_.show_commands || !started.request.capture;
    run_lines_.begin(*started.info);
  }

  void on(const StressSubRunStarted& started) {
    begin_counting();
    lines_.rule_line();
    lines_.word(Paint::Pass, "Stress test").stress_iteration(started.index);
    if (started.condition.kind == StressCondition::Time) {
      lines_.text(" (for ").seconds(started.condition.duration).text(" in all)");
    }
    lines_.text("\n");
  }

  void on(const StressSubRunFinished& finished) {
    lines_.word(finished.stats.failed_count() > 0 ? Paint::Fail : Paint::Pass, "Stress test");
    lines_.bracketed(finished.elapsed).stress_iteration(finished.index).text(": ").run_counts(finished.stats);
  }

  // Before another word, in a column of twelve.
  static std::string script_word(ScriptPhase phase) { return phase == ScriptPhase::Setup ? "SETUP" : "TEARDN"; }

  // Scripts that are not captured write where the bar would be.
  void on(const ScriptStarted& started) {
    script_writes_ = true;
    bar_.show(false, at_);
    const std::string total = decimal(started.total);
    std::string place;
    append_format(place, "[ %*u/%s ] ", static_cast<int>(total.size()), started.index + 1, total.c_str());
    lines_.word(Paint::Pass, started.phase == ScriptPhase::Setup ? "SETUP" : "TEARDOWN").text(place);
    lines_.script_line(started.stress, started.script_id, started.command);
  }
  void on(const ScriptSlow& slow) {
    if (options_.status_level < (slow.will_terminate ? StatusLevel::Fail : StatusLevel::Slow)) return;
    lines_.word(slow.will_terminate ? Paint::Fail : Paint::Skip,
                slow.will_terminate ? "TERMINATING" : script_word(slow.phase) + " SLOW");
    lines_.longer_than(slow.elapsed)
        .script_line(slow.stress, slow.script_id, slow.command, stopped_words(slow.stopped));
  }
  void on(const ScriptFinished& finished) {
    script_writes_ = false;
    bar_.show(true, at_);
    const Outcome& outcome = finished.result.outcome;
    progress_.stats.on_script(finished.phase, outcome.passed());
    lines_.word(paint_of(outcome), script_word(finished.phase) + " " + short_status_word(outcome))
        .bracketed(finished.result.duration);
    lines_.script_line(finished.stress, finished.script_id, finished.command);
    if (outcome.passed()) return;
    lines_.output_of(finished.result, Paint::Fail);
    if (annotates()) lines_.annotation({}, finished.script_id, reason_of(outcome));
  }

  void on(const TestStarted& started) { begin_attempt(started, Paint::Pass, "START"); }
  void on(const TestRetryStarted& started) {
    begin_attempt(started, Paint::Retry, "TRY " + decimal(started.attempt.number) + " START");
  }

  void on(const TestSlow& slow) {
    progress_.on_slow(slow);
    const bool last = slow.attempt.number == slow.attempt.total;
    const StatusLevel needed = !slow.will_terminate ? StatusLevel::Slow : last ? StatusLevel::Fail : StatusLevel::Retry;
    if (options_.status_level < needed) return;
    const std::string attempt = "TRY " + decimal(slow.attempt.number) + " ";
    if (slow.will_terminate) {
      lines_.word(last ? Paint::Fail : Paint::Retry, slow.attempt.total > 1 ? attempt + "TRMNTG" : "TERMINATING");
    } else {
      lines_.word(Paint::Skip, slow.attempt.number > 1 ? attempt + "SLOW" : "SLOW");
    }
    lines_.longer_than(slow.elapsed).test_line(slow.stress, slow.test, stopped_words(slow.stopped));
  }

  void on(const TestAttemptFailed& failed) {
    progress_.on_attempt_ended(failed.test);
    if (options_.status_level < StatusLevel::Retry) return;
    const Attempt& attempt = failed.result.attempt;
    lines_.word(Paint::Retry, "TRY " + decimal(attempt.number) + " " + short_status_word(failed.result.outcome));
    lines_.bracketed(failed.result.duration).test_line(failed.stress, failed.test);
    if (is_immediate(failed.failure_output)) lines_.output_of(failed.result, Paint::Retry);
    if (failed.delay_before_next.ns > 0) {
      lines_.word(Paint::Retry, "DELAY " + decimal(attempt.number + 1) + "/" + decimal(attempt.total));
      lines_.text("by ").seconds(failed.delay_before_next, 7).text(" ").test_line(failed.stress, failed.test);
    }
  }

  void on(const TestFinished& finished) {
    progress_.on_finished(finished);
    const TestResult& result = finished.result;
    const Vector<std::string> command = take_command(finished.test);
    const Outcome& outcome = result.last().outcome;
    const OutputDisplay display = result.passed() ? finished.success_output : finished.failure_output;
    const FinalStatusLevel level = final_status_level_of(result);

    if (options_.status_level >= status_level_of(result)) {
      if (result.passed() || result.flaky()) {
        const std::string word =
            result.flaky() ? "TRY " + decimal(result.last().attempt.number) + " PASS" : status_word(outcome);
        lines_.word(!result.passed() ? Paint::Fail : result.flaky() ? Paint::Skip : paint_of(outcome), word);
      } else {
        lines_.failure_word(result.last());
      }
      lines_.bracketed(result.last().duration);
      if (options_.counter) lines_.set_counter(progress_.counter());
      lines_.test_line(finished.stress, finished.test, pass_note(outcome));
      set_blank_counter();
      if (result.flaky() && !result.passed()) lines_.text("           - ").text(flaky_words).text("\n");
    }

    // Ctrl-C: a person wants the prompt, not the outputs. Another signal: each output once. Tests that we ended because
    // another one failed have nothing to say.
    const bool ended_by_us = cancel_reason_ == CancelReason::TestFailureImmediate &&
                             outcome.kind == OutcomeKind::Abort && outcome.code == SIGTERM;
    const bool interrupted = cancel_reason_ >= CancelReason::Interrupt;
    const bool show_now = is_immediate(display) && !interrupted && !ended_by_us;
    if (show_now) lines_.output_of(result.last(), result.passed() ? Paint::Pass : Paint::Fail);
    if (interrupted || ended_by_us) return;
    FailurePlace place;
    if (!result.passed() && result.last().output != nullptr) {
      place = find_failure_place(*list_->binary_of(finished.test).harness, *result.last().output);
    }
    if (!result.passed()) annotate(finished.test, place, outcome.passed() ? flaky_words : reason_of(outcome));
    if (!(is_final(display) || options_.final_status_level >= level)) return;
    FinalList::Entry entry{finished.stress, finished.test, level};
    entry.passed = result.passed();
    entry.flaky = result.flaky();
    entry.last = result.last();
    if (!entry.passed) entry.command = pasted_command(command);
    entry.place = std::move(place);
    entry.show_output = is_final(display) && !(show_now && cancel_reason_ == CancelReason::Signal);
    final_.add(std::move(entry));
  }

  void on(const TestSkipped& skipped) {
    const auto& [stress, test, reason] = skipped;
    if (options_.status_level >= StatusLevel::Skip) lines_.start_line("SKIP", Paint::Skip, stress, test);
    if (options_.final_status_level >= FinalStatusLevel::Skip) final_.add({stress, test, FinalStatusLevel::Skip});
  }

  void on(const TestLeakedLate& leaked) {
    if (!leaked.lives_on && options_.status_level < (leaked.fails ? StatusLevel::Fail : StatusLevel::Leak)) return;
    const std::string_view word = leaked.fails ? "LEAK-FAIL" : "LEAK";
    const Paint paint = leaked.fails ? Paint::Fail : Paint::Skip;
    if (leaked.test_known) lines_.start_line(word, paint, leaked.stress, leaked.test);
    else lines_.word(paint, word).text("[         ] a test that is not known\n");
    lines_.text("    left process " + decimal(leaked.pid) + " behind, which ");
    lines_.text(leaked.lives_on ? "cannot be ended" : "has been ended");
    if (!leaked.command.empty()) lines_.text(": ").name(leaked.command);
    lines_.text("\n");
    if (leaked.fails && leaked.test_known) annotate(leaked.test, {}, "left a process behind");
  }

  void on(const RunBeginCancel& cancel) { begin_ending(cancel, "Cancelling"); }
  void on(const RunBeginKill& kill) { begin_ending(kill, "Killing"); }
  void on(const RunPaused& paused) {
    bar_.show(false, at_);
    lines_.job_control("Pausing", paused.running);
  }
  void on(const RunContinued& continued) {
    bar_.show(!script_writes_, at_);
    lines_.job_control("Continuing", continued.running);
  }

  void on(const InfoStarted& started) { InfoLines(lines_).begin(started); }
  void on(const InfoResponse& response) { InfoLines(lines_).answer(response, cancel_reason_); }
  void on(const InfoFinished&) { lines_.rule_line(); }
  // The line of the bar, which stays.
  void on(const InputEnter&) {
    if (built_in(Feature::Terminal)) lines_.text(progress_.bar_line(at_, screen_.size()));
  }

  void on(const RunFinished& finished) {
    bar_.show(false, at_);
    lines_.set_counter("");
    run_lines_.summary(finished);
    final_stats_ = finished.stats;
    if (cancel_reason_ < CancelReason::Interrupt) final_.begin();
    if (!final_.has_more()) write_last_lines();
  }

  // False: there is no more.
  bool write_more_of_the_end() {
    if (!final_.has_more()) return false;
    final_.write_next(lines_, *info_);
    if (!final_.has_more()) write_last_lines();
    return true;
  }
  void write_last_lines() {
    run_lines_.not_run(final_stats_);
    if (built_in(Feature::Records) && rerun_ != nullptr && final_stats_.all_ran_and_passed())
      run_lines_.outstanding_tests(*rerun_);
  }

  void begin_ending(const RunBeginCancel& cancel, std::string_view word) {
    cancel_reason_ = progress_.stats.cancel_reason = cancel.reason;
    lines_.word(Paint::Fail, word).cancelled(cancel.reason, cancel.running);
  }

  bool annotates() const { return built_in(Feature::Github) && options_.github; }

  static constexpr const char* stopped_words(bool stopped) { return stopped ? " (stopped)" : ""; }
  static constexpr const char* flaky_words = "flaky, and a flaky test counts as failed here";

  void annotate(TestIndex test, const FailurePlace& place, std::string_view reason) {
    if (!annotates()) return;
    std::string message = place.message;
    if (!message.empty()) message += '\n';
    message += reason;
    const std::string title = list_->binary_of(test).id.str().append(" ").append(list_->tests[test].name);
    lines_.annotation(place, title, message);
  }

  // --- what is running ---

  void begin_counting() {
    progress_.begin(*list_);
    set_blank_counter();
  }
  // As wide as one, so that names stand below each other.
  void set_blank_counter() {
    if (options_.counter) lines_.set_counter(std::string(progress_.counter().size(), ' '));
  }

  void begin_attempt(const TestStarted& started, Paint paint, std::string_view word) {
    progress_.on_started(started, at_);
    started_.push_back(started);
    if (show_starts_) lines_.start_line(word, paint, started.stress, started.test);
    if (options_.show_commands) lines_.note_line("command", shell_join(started.command));
  }
  Vector<std::string> take_command(TestIndex test) {
    Vector<std::string> command;
    for (std::size_t i = started_.size(); i-- > 0;) {
      if (started_[i].test != test) continue;
      command = std::move(started_[i].command);
      started_.erase(started_.begin() + i);
    }
    return command;
  }

  const HumanOptions options_;
  Screen screen_;
  HumanLines lines_;
  RunLines run_lines_;
  Progress progress_;
  LiveBar bar_;
  bool script_writes_ = false;   // to the terminal, now
  Duration at_{};                // of the event at hand
  Vector<TestStarted> started_;  // attempts of tests that have not finished
  const TestList* list_ = nullptr;
  const RunInfo* info_ = nullptr;
  const RerunState* rerun_ = nullptr;
  bool show_starts_ = false;  // without capture a test's own lines need a heading
  CancelReason cancel_reason_ = CancelReason::None;
  FinalList final_;
  RunStats final_stats_;
};

}  // namespace nextest
