// nextest list: which tests a run with the same arguments would take.
#pragma once

#include <unistd.h>

#include "cli/command_line.hpp"
#include "cli/configure.hpp"
#include "cli/list_formats.hpp"
#include "cli/messages.hpp"
#include "cli/planner.hpp"
#include "core/base/switches.hpp"
#include "core/base/uuid.hpp"
#include "core/run/test_environment.hpp"

namespace nextest {

inline Result<ExitCode> list_command(const CommandLine& line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  ListFormat format = line.list_format;
  if (format == ListFormat::Auto) format = ::isatty(1) == 1 ? ListFormat::Human : ListFormat::Oneline;
  const bool is_json = built_in(Feature::Json) && (format == ListFormat::Json || format == ListFormat::JsonPretty);
  const bool pretty = format == ListFormat::JsonPretty;
  const Style style = Style::detect(1, line.color);
  const RunOptions options = run_options(line, config.value());
  ListFormatter formatter(style, options.start, line.verbose);
  Planner planner(line, config.value(), options);

  if (line.list_type == ListType::BinariesOnly) {
    KeptText library_path;  // nothing is started
    const Result<Vector<TestBinary>> binaries = planner.find_binaries(library_path);
    if (!binaries) return binaries.error();
    if (is_json) return write_stdout(write_binaries_metadata(binaries.value(), pretty));
    return write_stdout(format == ListFormat::Human ? formatter.human(binaries.value())
                                                    : formatter.oneline(binaries.value()));
  }
  const std::string run_id = make_uuid();
  const Guardian guardian(run_id);
  Supervisor supervisor(run_id);
  supervisor.follow(guardian);
  set_run_environment(supervisor.launcher().environment, options);
  if (Status status = planner.find_tests(supervisor); !status) return status.error();
  if (Status status = planner.find_durations(false); !status) return status.error();
  planner.select();
  const TestList& list = planner.plan.list;
  if (is_json) return write_stdout(formatter.json(list, pretty));
  return write_stdout(format == ListFormat::Human ? formatter.human(list) : formatter.oneline(list));
}

}  // namespace nextest
