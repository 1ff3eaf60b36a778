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

  // With the limit and the files that are open now: as many as one unit needs are opened, to see whether that can be.
  static OpenFiles now() {
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const auto allowed = number_as<std::uint64_t>(limit.rlim_cur);
    constexpr std::size_t wanted = of_the_program + of_a_unit;
    Fd files[wanted];
    for (Fd& file : files) {
      file = Fd(::fcntl(0, F_DUPFD_CLOEXEC, 0));
      if (!file) return {allowed, allowed};
    }
    return {allowed, static_cast<std::uint64_t>(files[wanted - 1].get()) + 1 - wanted};
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
