// What a run is asked to do, beside which tests to run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/duration.hpp"
#include "core/list/list_tests.hpp"
#include "core/model/event.hpp"
#include "core/model/settings.hpp"

namespace nextest {

struct MaxFail {
  std::uint32_t count = 1;  // 0: all tests run, whatever fails
  bool immediate = false;   // running tests are terminated too
};

struct RunOptions {
  std::string run_id;
  std::string profile = "default";
  std::vector<std::string_view> command_line;  // into the program's arguments
  std::uint32_t test_threads = 1;
  bool capture = true;
  MaxFail max_fail;
  Duration global_timeout = thirty_years;
  StressCondition stress;
  StartOptions start;
  TestSettings settings;

  // The settings of one test. There is one set for all of them until overrides come from a configuration.
  const TestSettings& settings_for(TestIndex) const { return settings; }
};

}  // namespace nextest
