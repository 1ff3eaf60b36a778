// What was asked of a run, as far as whoever reads its results has to know it.
#pragma once

#include "core/base/duration.hpp"

namespace nextest {

struct StressCondition {
  enum Kind : std::uint8_t { Off, Count, Infinite, Time } kind = Off;
  std::uint32_t count = 0;
  Duration duration{};

  bool is_on() const { return kind != Off; }
};

struct RunRequest {
  bool capture = true;
  StressCondition stress;
};

}  // namespace nextest
