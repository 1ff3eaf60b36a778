// The lines of the human report and what they are made of, collected and given to the screen in large pieces.
#pragma once

#include "core/base/escape.hpp"
#include "core/base/switches.hpp"
#include "core/model/event.hpp"
#include "core/report/failure_place.hpp"
#include "core/report/github.hpp"
#include "core/report/screen.hpp"
#include "core/report/shown_part.hpp"
#include "core/report/status.hpp"
#include "core/report/style.hpp"

namespace nextest {

class HumanLines {
 public:
  HumanLines(Screen& screen, Style style, bool indent_output, std::uint64_t max_output_shown)
      : screen_(screen), style_(style), indent_output_(indent_output), max_output_shown_(max_output_shown) {}

  const Style& style() const { return style_; }

  // --- what they are about ---

  void begin(const TestList& list) { list_ = &list; }
  const TestList& list() const { return *list_; }

  // Stands before the name of each test.
  void set_counter(std::string counter) { counter_ = std::move(counter); }
  // With such a token, the log of GitHub Actions can fold outputs, and what tests print commands nothing.
  void fold_outputs(std::string token) { github_token_ = std::move(token); }

  // Whole lines that wait, and giving them to the screen.
  bool empty() const { return out_.empty(); }
  void pass_on() { screen_.add(out_); }

  // --- words ---

  HumanLines& text(std::string_view text) {
    out_.append(text);
    return *this;
  }
  HumanLines& paint(Paint paint, std::string_view text) {
    style_.paint(out_, paint, text);
    return *this;
  }
  // Any bytes, in one line.
  HumanLines& name(std::string_view name) {
    append_safe_name(out_, name);
    return *this;
  }
  // Seconds with milliseconds, and their unit; `width` without that.
  HumanLines& seconds(Duration duration, int width = 0) {
    append_seconds(out_, duration, width);
    return text("s");
  }
  // The first word of a line, right-aligned to the twelve columns of a status, and a blank.
  HumanLines& word(Paint as, std::string_view word) {
    if (word.size() < 12) out_.append(12 - word.size(), ' ');
    return paint(as, word).text(" ");
  }

  HumanLines& failure_word(const AttemptResult& last) {
    const std::string attempt = "TRY " + decimal(last.attempt.number) + " ";
    return word(Paint::Fail,
                last.attempt.number == 1 ? status_word(last.outcome) : attempt + short_status_word(last.outcome));
  }
  HumanLines& bracketed(Duration duration) { return text("[").seconds(duration, 8).text("] "); }
  HumanLines& longer_than(Duration duration) { return text("[>").seconds(duration, 7).text("] "); }

  // --- lines, and what ends them ---

  void rule_line() {
    style_.rule(out_, 12);
    out_ += '\n';
  }

  // A script, and the end of the line.
  void script_line(StressIndex stress, std::string_view id, const Vector<std::string>& command,
                   std::string_view after = "") {
    paint(Paint::BinaryId, safe_name(id));
    if (stress.active) out_ += "@stress-" + decimal(stress.current);
    text(": ").name(shell_join(command)).text(after).text("\n");
  }

  void start_line(std::string_view first, Paint paint, StressIndex stress, TestIndex test) {
    word(paint, first).text("[         ] ").test_line(stress, test);
  }

  // FILE:LINE: as editors and terminals make links of it. Nothing where nothing is known.
  void place_line(const FailurePlace& place) {
    if (place.message.empty() && place.file.empty()) return;
    text("             ");
    if (!place.file.empty()) {
      paint(Paint::Bold, safe_name(place.file) + ":" + decimal(place.line));
      if (!place.message.empty()) text(": ");
    }
    text(place.message).text("\n");
  }
  void note_line(std::string_view what, std::string_view note) {
    text("             ").text(what).text(": ").name(note).text("\n");
  }

  // The test, and the end of the line.
  void test_line(StressIndex stress, TestIndex test, std::string_view after = "") {
    const TestBinary& binary = list_->binary_of(test);
    text(counter_).paint(Paint::BinaryId, safe_name(binary.id));
    if (stress.active) out_ += "@stress-" + decimal(stress.current);
    out_ += ' ';
    style_.test_name(out_, list_->tests[test].name, binary.harness->separator);
    text(after).text("\n");
  }

  void output_of(const AttemptResult& result, Paint paint) { output_of(result, result.output.get(), paint); }
  // `output` may be null.
  void output_of(const AttemptResult& result, const CapturedOutput* output, Paint paint) {
    if (output != nullptr && !(output->out.empty() && output->err.empty())) {
      if (folds()) out_ += "::group::output\n";
      streams(*output, paint);
      if (folds()) out_ += "::endgroup::\n";
    }
    const std::string reason = reason_of(result.outcome);
    if (!reason.empty()) out_.append(indent_output_ ? "    " : "").append(reason).append("\n");
    if (built_in(Feature::Config) && !result.tmpdir.empty())
      text(indent_output_ ? "    " : "").text("TMPDIR: ").name(result.tmpdir).text("\n");
    out_ += '\n';
  }

  void streams(const CapturedOutput& output, Paint paint) {
    stream(out_heading(output), output.out, paint);
    stream("stderr", output.err, paint);
  }
  static const char* out_heading(const CapturedOutput& output) { return output.combined ? "output" : "stdout"; }

  void stream(std::string_view name, std::string_view whole, Paint paint) {
    if (whole.empty()) return;
    std::string room;
    const std::string_view text = shown_part(whole, max_output_shown_, room);
    // What a test prints commands nothing.
    if (folds()) out_.append("::stop-commands::").append(github_token_).append("\n");
    std::string heading = indent_output_ ? "  " : "";
    if (!indent_output_) style_.rule(heading, 2);
    if (!indent_output_) heading += ' ';
    heading.append(name).append(" ");
    style_.rule(heading, indent_output_ ? 3 : 2);
    style_.paint(out_, paint, heading);
    out_ += '\n';
    append_safe_output(out_, text, indent_output_ ? "    " : "", style_.coloured, [this] {
      constexpr std::size_t enough = 65536;  // a large output is written in pieces, not copied first
      if (out_.size() < enough) return;
      pass_on();
      static_cast<void>(screen_.write_some());  // whoever reads no more is noticed later
    });
    if (folds()) out_.append("::").append(github_token_).append("::\n");
  }

  HumanLines& number(std::uint32_t number) { return paint(Paint::Bold, decimal(number)); }
  HumanLines& count(std::uint32_t of, const char* one, const char* many = "tests") {
    return number(of).text(" ").text(of == 1 ? one : many);
  }

  // "3 tests and 1 binary"; what there is none of is left out.
  HumanLines& tests_and_binaries(std::uint32_t tests, std::uint32_t binaries) {
    if (tests > 0) count(tests, "test");
    if (tests > 0 && binaries > 0) out_ += " and ";
    return binaries > 0 ? count(binaries, "binary", "binaries") : *this;
  }

  HumanLines& part(std::uint32_t of, std::string_view word, Paint as, std::string_view before = "") {
    return text(before).number(of).text(" ").paint(as, word);
  }

  // An annotation of GitHub Actions.
  void annotation(const FailurePlace& place, std::string_view title, std::string_view message) {
    append_github_error(out_, place, safe_name(title), message);
  }

  // "8/10 tests run: 5 passed (1 slow, 1 flaky), 2 failed, 2 skipped", and the end of the line.
  void run_counts(const RunStats& stats) {
    number(stats.finished_count);
    if (stats.not_run() > 0) text("/").number(stats.initial_run_count);
    text(stats.initial_run_count == 1 ? " test run: " : " tests run: ");
    part(stats.passed, "passed", Paint::Pass);
    const char* before = " (";
    const auto detail = [&](std::uint32_t of, const char* word) {
      if (of > 0) part(of, word, Paint::Skip, std::exchange(before, ", "));
    };
    const auto failures = [&](std::uint32_t of, const char* word) {
      if (of > 0) part(of, word, Paint::Fail, ", ");
    };
    detail(stats.passed_slow, "slow");
    detail(stats.flaky, "flaky");
    detail(stats.leaky, "leaky");
    detail(stats.skipped_by_test, "skipped by the test");
    if (*before == ',') out_ += ')';
    failures(stats.failed, "failed");
    if (stats.leaky_failed > 0) part(stats.leaky_failed, "due to being leaky", Paint::Fail, " (").text(")");
    failures(stats.exec_failed, "exec failed");
    failures(stats.timed_out, "timed out");
    if (built_in(Feature::Scripts)) {
      failures(stats.setup_scripts_failed,
               scripts_failed_words(ScriptPhase::Setup, stats.setup_scripts_failed).c_str());
      failures(stats.teardown_scripts_failed,
               scripts_failed_words(ScriptPhase::Teardown, stats.teardown_scripts_failed).c_str());
    }
    part(stats.skipped, "skipped", Paint::Skip, ", ").text("\n");
  }

  HumanLines& stress_iteration(StressIndex index) {
    text("iteration ").number(index.current + 1);
    return index.total > 0 ? text("/" + decimal(index.total)) : *this;
  }

  void cancelled(CancelReason reason, std::uint32_t running) {
    text("due to ").paint(Paint::Fail, cancel_reason_words(reason));
    if (running > 0) {
      text(reason == CancelReason::TestFailureImmediate ? ": immediately terminating " : ": ");
      count(running, "test").text(" still running");
    }
    out_ += '\n';
  }

  void job_control(const char* what, std::uint32_t running) {
    word(Paint::Pass, what).text("due to signal: ").count(running, "test").text(" running\n");
  }

 private:
  bool folds() const { return built_in(Feature::Github) && !github_token_.empty(); }

  Screen& screen_;
  const Style style_;
  const bool indent_output_;
  const std::uint64_t max_output_shown_;
  const TestList* list_ = nullptr;
  std::string out_;
  std::string counter_;

  std::string github_token_;
};

}  // namespace nextest
