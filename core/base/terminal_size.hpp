// How large the terminal behind a file descriptor is now.
#pragma once

#include <stdlib.h>

#include "core/base/features.hpp"
#include "core/base/text.hpp"

#if NEXTEST_HAS_WINDOW_SIZE
#include <sys/ioctl.h>
#include <termios.h>
#endif

namespace nextest {

// What a variable such as COLUMNS says; 0 where it says nothing.
inline std::size_t size_in_variable(const char* name) {
  const char* const variable = ::getenv(name);
  std::uint64_t size = 0;
  if (variable == nullptr || !parse_number(variable, size, 1000)) return 0;
  return static_cast<std::uint32_t>(size);
}

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;

  // Where nothing is known, 80 x 24.
  static TerminalSize of([[maybe_unused]] int fd) {
    TerminalSize size;
#if NEXTEST_HAS_WINDOW_SIZE
    winsize window{};
    if (::ioctl(fd, TIOCGWINSZ, &window) != 0) return size;
    const std::size_t columns = window.ws_col;
    const std::size_t rows = window.ws_row;
#else
    const std::size_t columns = size_in_variable("COLUMNS");
    const std::size_t rows = size_in_variable("LINES");
#endif
    if (columns > 0) size.columns = columns;
    if (rows > 0) size.rows = rows;
    return size;
  }

  bool operator==(const TerminalSize& other) const { return columns == other.columns && rows == other.rows; }
};

}  // namespace nextest
