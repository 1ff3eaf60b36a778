// What may differ from one test to the next. Defaults are upstream's.
#pragma once

#include <cstdint>

#include "core/base/duration.hpp"

namespace nextest {

enum class OutputDisplay : std::uint8_t { Never, Immediate, Final, ImmediateFinal };

inline bool is_immediate(OutputDisplay display) {
  return display == OutputDisplay::Immediate || display == OutputDisplay::ImmediateFinal;
}
inline bool is_final(OutputDisplay display) {
  return display == OutputDisplay::Final || display == OutputDisplay::ImmediateFinal;
}

struct SlowTimeout {
  Duration period = Duration::seconds(60);
  std::uint32_t terminate_after = 0;  // periods; 0: never
  Duration grace_period = Duration::seconds(10);
  bool passes = false;
};

struct LeakTimeout {
  Duration period = Duration::milliseconds(200);
  bool fails = false;
};

struct RetryPolicy {
  std::uint32_t count = 0;
  Duration delay{};
};

struct TestSettings {
  SlowTimeout slow_timeout;
  LeakTimeout leak_timeout;
  RetryPolicy retries;
  bool flaky_fails = false;
  OutputDisplay success_output = OutputDisplay::Never;
  OutputDisplay failure_output = OutputDisplay::Immediate;
};

}  // namespace nextest
