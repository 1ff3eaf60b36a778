// When the progress of a run is drawn below the lines of a terminal: at most twenty times a second, and not while
// somebody else writes there.
#pragma once

#include <algorithm>

#include "core/base/clock.hpp"
#include "core/base/switches.hpp"
#include "core/base/terminal_size.hpp"
#include "core/report/progress.hpp"
#include "core/report/screen.hpp"

namespace nextest {

class LiveBar {
 public:
  // Without a clock it never shows.
  explicit LiveBar(const RunClock* clock) : clock_(clock) {}

  // `at`: now, since the run began.
  void show(bool shown, Duration at) {
    if (clock_ == nullptr) return;
    shown_ = shown;
    origin_ = clock_->now() - at;
  }
  bool shown() const { return built_in(Feature::Terminal) && shown_; }

  // How long until it is to be drawn again; sooner when there are lines to be written above it.
  Duration due_in(bool has_lines) const {
    const Duration next = drawn_at_ + Duration::milliseconds(has_lines ? 50 : 100);
    return std::max(next - elapsed(), Duration());
  }
  bool is_due(bool has_lines, TerminalSize size) const { return due_in(has_lines).ns == 0 || !(size == size_); }

  void draw(Progress& progress, Screen& screen) {
    drawn_at_ = elapsed();
    size_ = screen.size();
    screen.draw_footer([&](Footer& footer, std::string& out) { progress.draw(footer, out, drawn_at_, size_); });
  }

 private:
  Duration elapsed() const { return clock_->now() - origin_; }

  const RunClock* const clock_;
  bool shown_ = false;
  Duration origin_{};  // when the run began, by the clock
  Duration drawn_at_{};
  TerminalSize size_;  // then
};

}  // namespace nextest
