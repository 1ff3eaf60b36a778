// File descriptors: owned, closed on exec, and read or written without losing a byte to EINTR.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "core/base/features.hpp"

namespace nextest {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { close(); }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read_end;
  Fd write_end;
};

// A pipe that no child inherits by accident. Returns 0 or errno.
[[nodiscard]] inline int open_pipe(Pipe& pipe) {
  int ends[2];
#if NEXTEST_HAS_PIPE2
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
  pipe = {Fd(ends[0]), Fd(ends[1])};
#else
  if (::pipe(ends) != 0) return errno;
  pipe = {Fd(ends[0]), Fd(ends[1])};
  for (const int end : ends) {
    if (fcntl(end, F_SETFD, FD_CLOEXEC) != 0) return errno;
  }
#endif
  return 0;
}

// POSIX has two names for it, which may be one number.
inline bool would_block(int error) {
#if EAGAIN == EWOULDBLOCK
  return error == EAGAIN;
#else
  return error == EAGAIN || error == EWOULDBLOCK;
#endif
}

inline bool set_nonblocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

// Like read(2), again after EINTR.
[[nodiscard]] inline ssize_t read_some(int fd, char* buffer, std::size_t size) {
  ssize_t count;
  do count = ::read(fd, buffer, size);
  while (count < 0 && errno == EINTR);
  return count;
}

inline void wait_until_writable(int fd) {
  pollfd wait{fd, POLLOUT, 0};
  ::poll(&wait, 1, -1);
}

// Writes all of `text`, waiting where the other side is slow. Returns 0 or errno.
[[nodiscard]] inline int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (would_block(errno)) {
      // Somebody else made our terminal non-blocking; it is theirs as much as ours, so wait instead of changing it.
      wait_until_writable(fd);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace nextest
