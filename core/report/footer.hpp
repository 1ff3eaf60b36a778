// Lines that stay below all others on a terminal: erased before anything else is written, drawn again after it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/text.hpp"

namespace nextest {

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

}  // namespace nextest
