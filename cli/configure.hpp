// From the files and options of a configuration to the options of a run.
#pragma once

#include <unistd.h>

#include "cli/command_line.hpp"
#include "cli/messages.hpp"
#include "core/base/cpus.hpp"
#include "core/base/switches.hpp"
#include "core/config/config.hpp"

namespace nextest {

inline Error asked_for(const Config& config, const char* what, Feature feature) {
  Error error = left_out(feature);
  error.message = "the profile '" + config.profile + "' has " + what + "; " + error.message;
  return error;
}

// What the profile asks for and this build leaves out.
inline Status check_left_out(const Config& config) {
  if (!built_in(Feature::Junit) && !config.run.junit_path.empty()) {
    return asked_for(config, "junit.path", Feature::Junit);
  }
  if (!built_in(Feature::Scripts) && config.has_scripts()) return asked_for(config, "scripts", Feature::Scripts);
  return success();
}

// Reads the configuration that `line` asks for. What is odd about it but not wrong is a warning on stderr.
inline Result<Config> load_config(const CommandLine& line, bool ignore_version = false) {
  ConfigArguments arguments = line.config;
  arguments.ignore_version |= ignore_version;
  Result<Config> loaded = Config::load(std::move(arguments));
  if (!loaded) return loaded;
  const Config& config = loaded.value();
  if (Status status = check_left_out(config); !status) return status.error();
  write_warnings(line.color, config.warnings);
  return loaded;
}

inline RunOptions run_options(const CommandLine& line, const Config& config) {
  RunOptions run;
  run.request = line.request;
  run.start = line.start;
  run.interceptor = line.interceptor;
  run.profile = config.profile;
  run.workspace_root = config.workspace_root;
  run.groups = config.parts.groups;
  if (built_in(Feature::Scripts)) run.scripts = config.parts.scripts;
  run.combines_output =
      line.message_format == MessageFormat::LibtestJson || line.message_format == MessageFormat::LibtestJsonPlus;
  run.max_fail = config.run.max_fail;
  // What an interceptor lets us see of the test is no result of it.
  if (!run.interceptor.active()) run.global_timeout = config.run.global_timeout;
  run.test_threads = run.request.capture ? config.run.test_threads.resolve(usable_cpus(), 1) : 1;
  if (!config.parts.required_version.empty()) run.required_version = config.parts.required_version;
  if (!config.parts.recommended_version.empty()) run.recommended_version = config.parts.recommended_version;
  if (run.start.target_runner.empty()) run.start.target_runner = config.parts.target_runner;
  // With a report that goes elsewhere, such as to a pager, the terminal is somebody else's: who took its modes from us
  // would put ours back last.
  run.input_handler =
      built_in(Feature::Terminal) && config.ui.input_handler && !run.interceptor.debugs && ::isatty(2) == 1;
  return run;
}

inline RecordSettings record_settings(const CommandLine& line, const Config& config) {
  RecordSettings record = config.record;
  if (line.interceptor.active()) record.enabled = false;
  // One shard after the other on one machine: all of them have to go by the same durations.
  if (line.selection.partition.kind == Partition::Weight) record.keep_durations = false;
  return record;
}

}  // namespace nextest
