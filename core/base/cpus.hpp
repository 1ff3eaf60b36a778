// How many processors this process may use.
#pragma once

#include <unistd.h>

#include "core/base/features.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

#if NEXTEST_HAS_AFFINITY
#include <sched.h>
#endif

namespace nextest {

// "QUOTA PERIOD" in microseconds as processors, rounded up; 0 for no quota ("max", -1).
inline std::uint32_t cpus_of_quota(std::string_view quota, std::string_view period) {
  std::uint64_t allowed = 0, every = 0;
  if (!parse_number(trim(quota), allowed, UINT32_MAX) || !parse_number(trim(period), every, UINT32_MAX)) return 0;
  return every == 0 ? 0 : static_cast<std::uint32_t>((allowed + every - 1) / every);
}

// The affinity mask, then the cgroup's CPU quota (version 2, then 1), then the processors online. At least 1.
inline std::uint32_t usable_cpus() {
  std::uint32_t cpus = 1;
#if NEXTEST_HAS_CPU_COUNT
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (online > 0) cpus = static_cast<std::uint32_t>(online);
#endif
#if NEXTEST_HAS_AFFINITY
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0 && CPU_COUNT(&mask) > 0) {
    cpus = static_cast<std::uint32_t>(CPU_COUNT(&mask));
  }
#endif
  const std::string v2 = read_system_file("/sys/fs/cgroup/cpu.max");
  const std::size_t blank = v2.find(' ');
  std::uint32_t quota = blank == std::string::npos
                            ? 0
                            : cpus_of_quota(std::string_view(v2).substr(0, blank), std::string_view(v2).substr(blank));
  if (quota == 0) {
    quota = cpus_of_quota(read_system_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
                          read_system_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  }
  return quota > 0 && quota < cpus ? quota : cpus;
}

}  // namespace nextest
