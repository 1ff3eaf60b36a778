// Where the lines of a report go, with the footer that stands below them.
#pragma once

#include <string>

#include "core/base/fd.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/base/outlet.hpp"
#include "core/base/terminal_size.hpp"
#include "core/report/footer.hpp"
#include "core/report/live_bar.hpp"
#include "core/report/progress.hpp"

namespace nextest {

class Screen {
 public:
  explicit Screen(int fd) : outlet_(fd) {}

  TerminalSize size() const { return TerminalSize::of(outlet_.fd()); }

  // Takes whole lines, in place of the footer that is shown. `lines` is empty then.
  void add(std::string& lines) {
    if (lines.empty()) return;
    footer_.erase(outlet_.text);
    if (outlet_.text.empty()) outlet_.text.swap(lines);
    else outlet_.text += lines;
    lines.clear();
  }
  void draw(LiveBar& bar, Progress& progress) { bar.draw(progress, footer_, outlet_); }

  // Writes what the reader takes now. False when nobody can read it any more.
  bool write_some() { return outlet_.write_some(); }
  bool is_behind() const { return outlet_.pending(); }
  int fd() const { return outlet_.fd(); }

 private:
  // What comes now shall stand on lines of its own, and be broken as before.
  void erase_footer_now() const {
    if (footer_.shown()) static_cast<void>(write_all(outlet_.fd(), "\x1B[?7h\r\x1B[J"));
  }

  Outlet outlet_;
  Footer footer_;
  const LastDuty erase_footer_now_{[](void* self) { static_cast<Screen*>(self)->erase_footer_now(); }, this};
};

}  // namespace nextest
