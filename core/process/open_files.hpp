// How many units can run with the files that may be open (RLIMIT_NOFILE).
#pragma once

#include <fcntl.h>
#include <sys/resource.h>

#include <cstdint>

#include "core/base/fd.hpp"
#include "core/base/text.hpp"

namespace nextest {

class OpenFiles {
 public:
  OpenFiles(std::uint64_t allowed, std::uint64_t open) : allowed_(allowed), ours_(open + of_the_program) {}

  // With the limit and the files that are open now.
  static OpenFiles now() {
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const Fd lowest(::fcntl(0, F_DUPFD_CLOEXEC, 0));
    return {limit.rlim_cur, lowest ? static_cast<std::uint64_t>(lowest.get()) : limit.rlim_cur};
  }

  // At a time; 0: not even one.
  std::uint64_t units() const { return allowed_ < ours_ ? 0 : (allowed_ - ours_) / of_a_unit; }
  std::uint64_t allowed() const { return allowed_; }
  // For one unit.
  std::uint64_t needed() const { return ours_ + of_a_unit; }

 private:
  static constexpr std::uint64_t of_a_unit = 4;        // two pipes, a file, and what is looked up about it
  static constexpr std::uint64_t of_the_program = 12;  // a record, kept outputs, and what a start takes for a moment

  std::uint64_t allowed_;
  std::uint64_t ours_;
};

}  // namespace nextest
