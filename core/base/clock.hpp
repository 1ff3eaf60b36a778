// Time. Every deadline and duration of a run is measured on the run clock, so that a pause stops all of them at once.
#pragma once

#include <time.h>

#include <cstdint>
#include <string>

#include "core/base/duration.hpp"
#include "core/base/number.hpp"

namespace nextest {

inline Duration read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return {number_as<std::int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec};
}

// Since 1970-01-01 UTC. Only ever recorded and shown: it may jump.
inline Duration wall_time() { return read_clock(CLOCK_REALTIME); }

// A time of a file. Nanoseconds end in the year 2262, files do not.
inline Duration time_of_file(time_t seconds) {
  constexpr std::int64_t last = INT64_MAX / 1000000000;
  const std::int64_t at = seconds;
  return Duration::seconds(at > last ? last : at < -last ? -last : at);
}

// Wall time to the second, in UTC: 2024-02-28T23:59:59 (RFC 3339, section 5.6).
inline void append_date_time(std::string& out, Duration at) {
  const time_t seconds = number_as<time_t>(at.ns / 1000000000);
  tm utc{};
  char date_time[32];
  ::gmtime_r(&seconds, &utc);
  out.append(date_time, ::strftime(date_time, sizeof date_time, "%Y-%m-%dT%H:%M:%S", &utc));
}

// Monotonic time since construction, minus the time spent paused.
class RunClock {
 public:
  Duration now() const { return (paused_ ? paused_at_ : read_clock(CLOCK_MONOTONIC)) - origin_; }

  bool paused() const { return paused_; }

  void pause() {
    if (paused_) return;
    paused_at_ = read_clock(CLOCK_MONOTONIC);
    paused_ = true;
  }

  void resume() {
    if (!paused_) return;
    origin_ = origin_ + (read_clock(CLOCK_MONOTONIC) - paused_at_);
    paused_ = false;
  }

 private:
  Duration origin_ = read_clock(CLOCK_MONOTONIC);
  Duration paused_at_{};
  bool paused_ = false;
};

}  // namespace nextest
