// Where the lines of a report go, with the footer that stands below them on a terminal: it is erased before anything
// else is written, and drawn again after it.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include "core/base/fd.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/base/outlet.hpp"
#include "core/base/terminal_size.hpp"

namespace nextest {

// Lines that stay below all others.
class Footer {
 public:
  bool shown() const { return lines_ > 0; }

  // A line too long is cut off at the edge, and not broken: a terminal may be narrower by now than it was when asked.
  void begin(std::string& out) const { out += "\x1B[?7l"; }  // DECAWM

  // Below the line that ends `out`.
  void add_line(std::string& out, std::string_view line) {
    if (shown()) out += '\n';
    out.append(line);
    ++lines_;
  }

  // After the last one. The cursor goes back to where the first one began: a terminal of another size breaks lines
  // anew, or does not, but the cursor stays at its character, so nothing has to be known of that to erase them.
  void end(std::string& out) const {
    out += "\x1B[?7h\r";
    if (lines_ > 1) append_format(out, "\x1B[%zuA", lines_ - 1);  // CUU
  }

  // Nothing of it is left, and the cursor is where its first line began. EL, CUF, ED: what ED erases from the very
  // first column of a screen, tmux keeps among the lines that have scrolled away.
  void erase(std::string& out) {
    if (shown()) out += "\r\x1B[K\x1B[C\x1B[J\r";
    lines_ = 0;
  }

 private:
  std::size_t lines_ = 0;  // that are on the screen
};

class Screen {
 public:
  explicit Screen(int fd) : outlet_(fd) {}

  TerminalSize size() const { return TerminalSize::of(outlet_.fd()); }

  // Takes whole lines, in place of the footer that is shown. `lines` is empty then.
  void add(std::string& lines) {
    if (lines.empty()) return;
    footer_.erase(outlet_.text);
    if (outlet_.text.empty()) outlet_.text = std::move(lines);
    else outlet_.text += lines;
    lines.clear();
  }
  // Draws the footer anew; `add_lines` adds its lines to the text.
  void draw_footer(FunctionRef<void(Footer&, std::string&)> add_lines) {
    footer_.erase(outlet_.text);
    if (in_background()) return;  // the prompt of a shell is there
    footer_.begin(outlet_.text);
    add_lines(footer_, outlet_.text);
    footer_.end(outlet_.text);
  }

  // Writes what the reader takes now. False when nobody can read it any more.
  bool write_some() { return outlet_.write_some(); }
  bool is_behind() const { return outlet_.pending(); }
  int fd() const { return outlet_.fd(); }

 private:
  bool in_background() const {
    const pid_t foreground = ::tcgetpgrp(outlet_.fd());
    return foreground > 0 && foreground != ::getpgrp();
  }

  // What comes now shall stand on lines of its own, and be broken as before.
  void erase_footer_now() const {
    if (footer_.shown()) static_cast<void>(write_all(outlet_.fd(), "\x1B[?7h\r\x1B[J"));
  }

  Outlet outlet_;
  Footer footer_;
  const LastDuty erase_footer_now_{[](void* self) { static_cast<Screen*>(self)->erase_footer_now(); }, this};
};

}  // namespace nextest
