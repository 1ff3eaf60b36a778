// What a run is asked to do, beside which tests to run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/duration.hpp"
#include "core/list/list_tests.hpp"
#include "core/model/event.hpp"
#include "core/model/script.hpp"
#include "core/model/settings.hpp"

namespace nextest {

struct RunOptions {
  std::string run_id;
  std::string profile = "default";
  std::vector<std::string_view> command_line;  // into the program's arguments
  std::string required_version = "none";
  std::string recommended_version = "none";
  std::uint32_t test_threads = 1;
  bool capture = true;
  MaxFail max_fail;
  Duration global_timeout = thirty_years;
  StressCondition stress;
  std::string order;  // "random:SEED" where chance decides
  StartOptions start;
  std::vector<TestGroup> groups = {{"@global"}};
  std::vector<SetupScript> setup_scripts;  // those that have to run, in this order
  std::string workspace_root;              // where they run
  SettingsOfTests settings;
};

}  // namespace nextest
