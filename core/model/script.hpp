// Programs of a configuration that run before tests (setup scripts), after them (teardown scripts) or around them
// (wrapper scripts).
#pragma once

#include "core/model/settings.hpp"

namespace nextest {

struct ScriptCommand {
  Vector<std::string> argv;
  Vector<std::string> environment;  // NAME=VALUE
};

enum class ScriptPhase : std::uint8_t { Setup, Teardown };

// "setup script"
inline const char* script_kind(ScriptPhase phase) {
  return phase == ScriptPhase::Setup ? "setup script" : "teardown script";
}

struct PhaseScript {
  std::string id;  // of one phase
  ScriptCommand command;
  SlowTimeout slow_timeout{thirty_years};
  LeakTimeout leak_timeout;
  bool capture_out = false;
  bool capture_err = false;
  bool junit_store_success_output = true;
  bool junit_store_failure_output = true;
};

// In the order of their definition.
struct PhaseScripts {
  Vector<PhaseScript> setup;
  Vector<PhaseScript> teardown;

  const Vector<PhaseScript>& of(ScriptPhase phase) const { return phase == ScriptPhase::Setup ? setup : teardown; }
};

struct WrapperScript {
  std::string id;
  ScriptCommand command;
  // What becomes of a target runner that there is, too.
  enum Runner : std::uint8_t { Ignore, OverridesWrapper, WithinWrapper, AroundWrapper } target_runner = Ignore;
};

}  // namespace nextest
