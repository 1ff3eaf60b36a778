// How large the terminal behind a file descriptor is now.
#pragma once

#include <sys/ioctl.h>
#include <termios.h>

#include <cstddef>

namespace nextest {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;

  // TIOCGWINSZ is older than its POSIX name (tcgetwinsize, 2024), and everywhere. Where nothing is known, 80 x 24.
  static TerminalSize of(int fd) {
    TerminalSize size;
    winsize window{};
    if (::ioctl(fd, TIOCGWINSZ, &window) != 0) return size;
    if (window.ws_col > 0) size.columns = window.ws_col;
    if (window.ws_row > 0) size.rows = window.ws_row;
    return size;
  }

  bool operator==(const TerminalSize& other) const { return columns == other.columns && rows == other.rows; }
};

}  // namespace nextest
