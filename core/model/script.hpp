// Programs of a configuration that run before tests (setup scripts) or around them (wrapper scripts).
#pragma once

#include "core/model/settings.hpp"

namespace nextest {

struct ScriptCommand {
  Vector<std::string> argv;
  Vector<std::string> environment;  // NAME=VALUE
};

struct SetupScript {
  std::string id;
  ScriptCommand command;
  SlowTimeout slow_timeout{thirty_years};
  LeakTimeout leak_timeout;
  bool capture_out = false;
  bool capture_err = false;
  bool junit_store_success_output = true;
  bool junit_store_failure_output = true;
};

struct WrapperScript {
  std::string id;
  ScriptCommand command;
  // What becomes of a target runner that there is, too.
  enum Runner : std::uint8_t { Ignore, OverridesWrapper, WithinWrapper, AroundWrapper } target_runner = Ignore;
};

}  // namespace nextest
