// How far a run is: a bar with counts, and below it the tests that are running, those that run longest first.
#pragma once

#include <algorithm>

#include "core/base/display_width.hpp"
#include "core/base/escape.hpp"
#include "core/base/terminal_size.hpp"
#include "core/model/event.hpp"
#include "core/report/screen.hpp"
#include "core/report/style.hpp"

namespace nextest {

struct ProgressOptions {
  std::uint32_t max_running = 8;                // tests below the bar
  std::uint32_t test_threads = 1;               // how many tests run at a time
  const Vector<Duration>* durations = nullptr;  // by test, below 0 where not known; null or empty: none is known
};

class Progress {
 public:
  Progress(const Style& style, const ProgressOptions& options) : style_(style), options_(options) {}

  RunStats stats;  // of the tests that have finished

  // Once, and at each iteration of a stress run.
  void begin(const TestList& list) {
    list_ = &list;
    const ListCounts counts = list.counts();
    stats = RunStats();
    stats.initial_run_count = counts.selected_tests;
    stats.skipped = counts.skipped_tests;
    left_ = Duration();
    unknown_ = counts.selected_tests;
    for (TestIndex test = 0; test < list.tests.size(); ++test) {
      if (list.tests[test].mismatch == Mismatch::None) account(test, 1);
    }
  }

  void on_started(const TestStarted& started, Duration at) {
    running_.push_back({started.test, started.stress, started.attempt.number, at});
  }
  void on_slow(const TestSlow& slow) {
    for (Running& running : running_) {
      if (running.test == slow.test) running.word = slow.will_terminate ? "TERMINATING" : "SLOW";
    }
  }
  void on_attempt_ended(TestIndex test) {
    for (Running* running = running_.begin(); running != running_.end(); ++running) {
      if (running->test == test) return running_.erase(running);
    }
  }
  void on_finished(const TestFinished& finished) {
    on_attempt_ended(finished.test);
    stats.on_finished(finished.result);
    account(finished.test, -1);
  }

  // "( 12/345) ", always as wide.
  std::string counter() const {
    const std::string total = decimal(stats.initial_run_count);
    std::string text;
    append_format(text, "(%*u/%s) ", static_cast<int>(total.size()), stats.finished_count, total.c_str());
    return text;
  }

  // The line of the bar alone, for those who ask.
  std::string bar_line(Duration elapsed, TerminalSize size) const {
    return bar(elapsed, std::max<std::size_t>(size.columns, 40) - 1).text + "\n";
  }

  // `elapsed`: since the run began. No line is as wide as the terminal, or it would take a second row of some.
  void draw(Footer& footer, std::string& out, Duration elapsed, TerminalSize size) {
    const std::size_t columns = size.columns - 1;
    if (columns < 36) return;
    footer.add_line(out, bar(elapsed, columns).text);
    const std::size_t room = std::min<std::size_t>(options_.max_running, size.rows / 2);
    const std::size_t shown = running_.size() <= room ? running_.size() : room > 0 ? room - 1 : 0;
    for (std::size_t i = 0; i < shown; ++i) {
      footer.add_line(out, running_line(running_[i], elapsed, columns).text);
    }
    if (shown == running_.size() || room == 0) return;
    footer.add_line(out, "             and " + decimal(running_.size() - shown) + " more");
  }

 private:
  struct Running {
    TestIndex test;
    StressIndex stress;
    std::uint32_t attempt;
    Duration since;
    const char* word = "";
    std::string binary{}, name{};  // as they fit into `label_width` columns
    std::size_t label_width = 0;
  };

  struct Line {
    std::string text;
    std::size_t width = 0;
  };

  void add(Line& line, Paint paint, std::string_view text) const {
    style_.paint(line.text, paint, text);
    line.width += display_width(text);
  }

  Line bar(Duration elapsed, std::size_t columns) const {
    Line line;
    const bool failed = stats.failed_count() + stats.scripts_failed() > 0;
    const Paint paint = failed ? Paint::Fail : Paint::Pass;
    const CancelReason reason = stats.cancel_reason;
    add(line, paint,
        reason == CancelReason::None           ? "     Running"
        : reason == CancelReason::SecondSignal ? "     Killing"
                                               : "  Cancelling");
    const long long seconds = elapsed.ns / 1000000000;
    std::string text;
    append_format(text, " [ %02lld:%02lld:%02lld] ", seconds / 3600, seconds / 60 % 60, seconds % 60);
    add(line, Paint::Plain, text);

    Line counts;
    add(counts, Paint::Bold, decimal(stats.finished_count) + "/" + decimal(stats.initial_run_count));
    const std::size_t room = columns - line.width;
    const char* before = ": ";
    const auto part = [&](Paint as, const std::string& words) {
      if (words.empty() || counts.width + 2 + words.size() > room) return;
      add(counts, Paint::Plain, before);
      add(counts, as, words);
      before = ", ";
    };
    const auto number = [&](Paint as, std::size_t count, const char* word) {
      if (count > 0) part(as, decimal(count) + word);
    };
    number(Paint::Plain, running_.size(), " running");
    number(Paint::Fail, stats.failed_count(), " failed");
    number(Paint::Pass, stats.passed, " passed");
    number(Paint::Skip, stats.skipped, " skipped");
    part(Paint::Plain, remaining(elapsed));

    const std::size_t widest = 25, narrowest = 6;  // of the bar
    const std::size_t width = std::min(widest, room - std::min(room, counts.width));
    if (width >= narrowest && stats.initial_run_count > 0) {
      const std::size_t done = (width - 1) * stats.finished_count / stats.initial_run_count;
      std::string full;
      for (std::size_t i = 0; i < done; ++i) full += style_.unicode ? "\xE2\x94\x81" : "=";
      style_.paint(line.text, paint, full);
      style_.rule(line.text, static_cast<int>(width - 1 - done));
      line.text += ' ';
      line.width += width;
    }
    line.text += counts.text;
    return line;
  }

  Line running_line(Running& running, Duration elapsed, std::size_t columns) const {
    Line line;
    const std::string word =
        *running.word == '\0' && running.attempt > 1 ? "TRY " + decimal(running.attempt) : std::string(running.word);
    std::string text(word.size() < 12 ? 12 - word.size() : 0, ' ');
    add(line, *running.word != '\0' ? Paint::Skip : Paint::Retry, text + word);
    text = " [";
    append_seconds(text, elapsed - running.since, 8);
    add(line, Paint::Plain, text + "s] ");
    if (running.label_width != columns) {
      running.label_width = columns;
      fit_label(running, columns - line.width);
    }
    add(line, Paint::BinaryId, running.binary);
    add(line, Paint::NameEnd, running.name);
    return line;
  }

  // The binary's id takes at most a third; both give way in the middle.
  void fit_label(Running& running, std::size_t columns) const {
    const std::string_view gap = style_.unicode ? "\xE2\x80\xA6" : "...";
    running.binary = shortened(list_->binary_of(running.test).id, columns / 3, gap);
    if (running.stress.active) running.binary += "@stress-" + decimal(running.stress.current);
    running.binary += ' ';
    const std::size_t taken = display_width(running.binary);
    running.name = shortened(list_->tests[running.test].name, columns > taken ? columns - taken : 0, gap);
  }

  static std::string shortened(std::string_view name, std::size_t columns, std::string_view gap) {
    // What is far longer than any terminal is wide need not be looked at as a whole.
    constexpr std::size_t ample = 8192;
    std::string safe = safe_name(name.substr(0, ample));
    if (name.size() > ample) safe += safe_name(name.substr(std::max(ample, name.size() - ample)));
    return elide_middle(safe, columns, gap);
  }

  // `sign`: 1 when a test is to be run, -1 when it has been.
  void account(TestIndex test, int sign) {
    if (options_.durations == nullptr || options_.durations->empty()) return;
    const Duration known = (*options_.durations)[test];
    if (known.ns < 0) {
      if (sign < 0) --unknown_;
    } else {
      left_.ns += sign * known.ns;
      if (sign > 0) --unknown_;
    }
  }

  // From the durations of earlier runs, when those of all tests that are left are known.
  std::string remaining(Duration elapsed) const {
    if (unknown_ > 0 || stats.not_run() == 0 || stats.cancel_reason != CancelReason::None) return "";
    Duration work = left_, longest{};
    for (const Running& running : running_) {
      const Duration known = (*options_.durations)[running.test];
      const Duration done = std::min(known, elapsed - running.since);
      work = work - done;
      longest = std::max(longest, known - done);
    }
    const Duration left = std::max(longest, Duration{work.ns / options_.test_threads});
    const long long seconds = (left.ns + 999999999) / 1000000000;
    if (seconds == 0) return "";  // they take longer than before
    std::string text = "about ";
    if (seconds >= 3600) append_format(text, "%lldh %02lldm", seconds / 3600, seconds / 60 % 60);
    else if (seconds >= 60) append_format(text, "%lldm %02llds", seconds / 60, seconds % 60);
    else append_format(text, "%llds", seconds);
    return text + " left";
  }

  const Style& style_;
  const ProgressOptions options_;
  const TestList* list_ = nullptr;
  Vector<Running> running_;    // in the order they started
  Duration left_{};            // what the tests that have not finished took before
  std::uint32_t unknown_ = 0;  // how many of them are not known
};

}  // namespace nextest
