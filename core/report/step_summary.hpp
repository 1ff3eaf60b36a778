// What GitHub Actions shows on the page of a workflow's run: Markdown, added to the file of $GITHUB_STEP_SUMMARY.
#pragma once

#include <errno.h>
#include <fcntl.h>

#include "core/base/escape.hpp"
#include "core/base/fd.hpp"
#include "core/model/event.hpp"
#include "core/report/failure_place.hpp"
#include "core/report/status.hpp"

namespace nextest {

class StepSummary final : public EventSink {
 public:
  // `path` names a file that other steps may have written to.
  explicit StepSummary(std::string path) : path_(std::move(path)) {}

  void on_event(const Event& event) override {
    if (const auto* const started = std::get_if<RunStarted>(&event.what)) {
      list_ = started->list;
      info_ = started->info;
    } else if (const auto* const script = std::get_if<ScriptFinished>(&event.what)) {
      const Outcome& outcome = script->result.outcome;
      if (!outcome.passed())
        add_row(status_word(outcome), script_kind(script->phase), script->script_id, {}, reason_of(outcome));
    } else if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
      add_test(*finished);
    } else if (const auto* const leaked = std::get_if<TestLeakedLate>(&event.what)) {
      if (leaked->fails && leaked->test_known) {
        add_row("LEAK-FAIL", binary_of(leaked->stress, leaked->test), list_->tests[leaked->test].name, {},
                "left a process behind");
      }
    } else if (const auto* const end = std::get_if<RunFinished>(&event.what)) {
      finished_ = *end;
    }
  }

  // For after the run. 0, or errno.
  int write() const {
    if (info_ == nullptr) return 0;
    const Fd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0666));
    return file ? write_all(file.get(), text()) : errno;
  }

  // As Markdown shows it, whatever is in it: no mark, link, mention or tag of its own.
  static std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : safe_name(text)) {
      const bool is_plain = contains("-./, ", std::string_view(&c, 1)) || static_cast<unsigned char>(c) >= 0x80;
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (is_plain || is_letter) out += c;
      else append_format(out, "&#%d;", c);
    }
    return out;
  }

 private:
  // A summary may have 1 MiB.
  static constexpr std::size_t most_rows = 200;
  static constexpr std::size_t longest = 500;  // bytes of a message

  static std::string suffix_of(const StressIndex& stress) {
    return stress.active ? "@stress-" + decimal(stress.current) : "";
  }
  std::string binary_of(const StressIndex& stress, TestIndex test) const {
    return list_->binary_of(test).id.str() + suffix_of(stress);
  }

  void add_test(const TestFinished& finished) {
    const TestResult& result = finished.result;
    if (result.passed() && !result.flaky()) return;
    const AttemptResult& last = result.last();
    std::string word = status_word(last.outcome), reason = reason_of(last.outcome);
    if (result.flaky()) {
      word = result.passed() ? "FLAKY " : "FLKY-FL ";
      word += decimal(last.attempt.number) + "/" + decimal(last.attempt.total);
      if (!result.passed()) reason = "a flaky test counts as failed here";
    }
    FailurePlace place;
    if (last.output != nullptr && !last.outcome.passed()) {
      place = find_failure_place(*list_->binary_of(finished.test).harness, *last.output);
    }
    const std::string_view name = list_->tests[finished.test].name;
    add_row(word, binary_of(finished.stress, finished.test), name, place, reason);
  }

  void add_row(std::string_view word, std::string_view binary, std::string_view name, const FailurePlace& place,
               const std::string& reason) {
    if (++count_ > most_rows) return;
    rows_.append("| ").append(escaped(word)).append(" | ").append(escaped(binary)).append(" | ").append(escaped(name));
    rows_ += " | ";
    if (!place.file.empty()) rows_ += escaped(place.file + ":" + decimal(place.line));
    const std::string& message = place.message.empty() ? reason : place.message;
    rows_.append(" | ").append(escaped(std::string_view(message).substr(0, longest))).append(" |\n");
  }

  // "8/10 tests run: 5 passed, 1 flaky, 2 failed"
  std::string counts() const {
    const RunStats& stats = finished_.stats;
    const StressStats& stress = finished_.stress;
    std::string out = decimal(finished_.stressed ? stress.completed.current : stats.finished_count);
    const char* before = ": ";
    const auto add = [&](std::uint32_t of, std::string_view word) {
      if (of == 0) return;
      out.append(before).append(decimal(of)).append(" ").append(word);
      before = ", ";
    };
    if (finished_.stressed) {
      if (stress.completed.total > 0) out += "/" + decimal(stress.completed.total);
      out += stress.completed.current == 1 && stress.completed.total <= 1 ? " iteration" : " iterations";
      add(stress.passed, "passed");
      add(stress.failed, "failed");
      add(stats.setup_scripts_failed, scripts_failed_words(ScriptPhase::Setup, stats.setup_scripts_failed));
      add(stress.teardown_scripts_failed, scripts_failed_words(ScriptPhase::Teardown, stress.teardown_scripts_failed));
      return out;
    }
    if (stats.not_run() > 0) out += "/" + decimal(stats.initial_run_count);
    out += stats.initial_run_count == 1 ? " test run" : " tests run";
    add(stats.passed, "passed");
    add(stats.flaky, "flaky");
    add(stats.failed_count(), "failed");
    add(stats.setup_scripts_failed, scripts_failed_words(ScriptPhase::Setup, stats.setup_scripts_failed));
    add(stats.teardown_scripts_failed, scripts_failed_words(ScriptPhase::Teardown, stats.teardown_scripts_failed));
    add(stats.skipped, "skipped");
    return out;
  }

  std::string text() const {
    const RunStats& stats = finished_.stats;
    std::string out = "### nextest: " + counts() + "\n\n";
    const long long tenths = finished_.elapsed.ns / 100000000;
    append_format(out, "Profile %s, %lld.%lld s", escaped(info_->profile).c_str(), tenths / 10, tenths % 10);
    if (stats.cancel_reason != CancelReason::None)
      out.append("; cancelled due to ").append(cancel_reason_words(stats.cancel_reason));
    out += ".\n\n";
    if (!rows_.empty()) out += "| | binary | test | where | what |\n| --- | --- | --- | --- | --- |\n" + rows_ + "\n";
    if (count_ > most_rows) out += "And " + decimal(count_ - most_rows) + " more.\n\n";
    return out;
  }

  const std::string path_;
  const TestList* list_ = nullptr;
  const RunInfo* info_ = nullptr;
  RunFinished finished_;
  std::string rows_;
  std::size_t count_ = 0;
};

}  // namespace nextest
