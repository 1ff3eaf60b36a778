// /dev/null: the standard input of tests, and what stands in for a standard stream that we were started without. A root
// made by hand may lack it; no test is to blame for that.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <string>

#include "core/base/fd.hpp"
#include "core/base/result.hpp"

namespace nextest {

inline Error null_device_error(int error) {
  return Error{ExitCode::SetupError, std::string("cannot open /dev/null: ") + ::strerror(error),
               error == ENOENT ? "create it: mknod -m 666 /dev/null c 1 3" : ""};
}

// Before the first program is started. A file in its place, as a careless `>/dev/null` leaves it in a root without one,
// would be what all tests read.
inline Status check_null_device() {
  const Fd null(::open("/dev/null", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!null) return null_device_error(errno);
  struct stat info {};
  if (::fstat(null.get(), &info) == 0 && S_ISCHR(info.st_mode)) return success();
  return Error{ExitCode::SetupError, "/dev/null is no device",
               "make it one: rm /dev/null; mknod -m 666 /dev/null c 1 3"};
}

// With 0, 1 or 2 closed, a pipe of ours would become a test's standard stream. open takes the lowest number.
inline Status open_missing_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd) return null_device_error(errno);
  }
  return success();
}

}  // namespace nextest
