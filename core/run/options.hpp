// How a run is to go: what was asked for and what is configured, whichever tests there are.
#pragma once

#include "core/base/duration.hpp"
#include "core/base/switches.hpp"
#include "core/list/command.hpp"
#include "core/model/run_request.hpp"
#include "core/model/script.hpp"
#include "core/model/settings.hpp"

namespace nextest {

// A debugger or a tracer, through which one test is run.
struct Interceptor {
  Vector<std::string> command;  // its words, before those of the test; empty: there is none
  bool debugs = false;          // has our standard input, and the terminal with all that is typed

  bool active() const { return built_in(Feature::Terminal) && !command.empty(); }
};

struct RunOptions {
  RunRequest request;
  std::string profile = "default";
  std::string workspace_root;
  std::string required_version = "none";
  std::string recommended_version = "none";
  std::uint32_t test_threads = 1;
  MaxFail max_fail;
  bool input_handler = true;  // listens to keys where standard input is a terminal
  Duration global_timeout = thirty_years;
  StartOptions start;
  bool keeps_properties = false;  // somebody wants to know what tests say of themselves in a report
  Interceptor interceptor;
  Vector<TestGroup> groups = {{no_group}};
  PhaseScripts scripts;          // of the configuration
  bool combines_output = false;  // for every test; else its settings say so
};

}  // namespace nextest
