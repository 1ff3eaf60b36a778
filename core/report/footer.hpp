// Lines that stay below all others on a terminal: erased before anything else is written, drawn again after it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/text.hpp"
#include "core/base/vector.hpp"

namespace nextest {

class Footer {
 public:
  bool shown() const { return !widths_.empty(); }

  // Below the line that ends `out`; the cursor stays at the end of the last one.
  void add_line(std::string& out, std::string_view line, std::size_t width) {
    if (shown()) out += '\n';
    out.append(line);
    widths_.push_back(width);
  }

  // Nothing of it is left, and the cursor is where its first line began. A terminal that has become narrower has
  // broken the lines into as many rows as they need now.
  void erase(std::string& out, std::size_t columns) {
    if (!shown()) return;
    std::size_t rows = 0;
    for (const std::size_t width : widths_) rows += width > columns ? (width + columns - 1) / columns : 1;
    out += '\r';
    if (rows > 1) append_format(out, "\x1B[%zuA", rows - 1);  // CUU
    out += "\x1B[J";                                          // ED: to the end of the screen
    widths_.clear();
  }

 private:
  Vector<std::size_t> widths_;  // in columns, of each line that is on the screen
};

}  // namespace nextest
