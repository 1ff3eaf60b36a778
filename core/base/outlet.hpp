// Text on its way to a reader who may be slow: a paused pager, a full pipe, a terminal after Ctrl-S. Writing never
// blocks, so whoever waits for the reader can wait for other things as well.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <string>
#include <utility>

#include "core/base/fd.hpp"

namespace nextest {

class Outlet {
 public:
  explicit Outlet(int fd) : fd_(fd) {
    struct stat info {};
    is_file_ = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    // A terminal is writable when it has any room at all, and blocks for the rest. Through an open of our own it need
    // not, and nobody else's is touched.
    const char* const terminal = ::isatty(fd) == 1 ? ::ttyname(fd) : nullptr;
    if (terminal == nullptr) return;
    own_ = Fd(::open(terminal, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (own_) fd_ = own_.get();
  }

  std::string text;  // what comes next

  // Writes what the reader takes now. False when nobody can read it any more.
  bool write_some() {
    while (!pieces_.empty() && write_some_of(pieces_.front())) pieces_.pop_front();
    if (pieces_.empty()) write_some_of(text);
    if (error_ != 0) text.clear();
    else if (text.size() >= piece_size) pieces_.push_back(std::exchange(text, {}));
    return error_ == 0;
  }

  // Writes all of it, however long the reader takes.
  void write_all() {
    for (write_some(); pending(); write_some()) wait_until_writable(fd_);
  }

  bool pending() const { return !(pieces_.empty() && text.empty()) && error_ == 0; }
  int error() const { return error_; }  // errno of a write: nobody reads us any more, or the disk is full
  int fd() const { return fd_; }

 private:
  // A large text that waits for a slow reader is many small ones: one string would be copied whole as it grows, and
  // again whenever its beginning is written.
  static constexpr std::size_t piece_size = 65536;  // bytes

  // True when nothing is left of it.
  bool write_some_of(std::string& piece) {
    std::size_t written = 0;
    while (written < piece.size() && error_ == 0) {
      // Writable means that a pipe takes this much at once; a file always takes all of it.
      std::size_t size = piece.size() - written;
      if (!is_file_) {
        pollfd ready{fd_, POLLOUT, 0};
        if (::poll(&ready, 1, 0) <= 0) break;
        size = std::min(size, static_cast<std::size_t>(PIPE_BUF));
      }
      const ssize_t count = ::write(fd_, piece.data() + written, size);
      if (count >= 0) written += static_cast<std::size_t>(count);
      else if (would_block(errno)) break;
      else if (errno != EINTR) error_ = errno;
    }
    piece.erase(0, written);
    return piece.empty();
  }

  std::list<std::string> pieces_;  // before `text`
  Fd own_;
  int fd_;
  bool is_file_ = false;
  int error_ = 0;
};

}  // namespace nextest
