// nextest list: which tests a run with the same arguments would take.
#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "cli/command_line.hpp"
#include "cli/configure.hpp"
#include "cli/find_tests.hpp"
#include "cli/list_formats.hpp"
#include "cli/messages.hpp"
#include "cli/records.hpp"
#include "core/base/switches.hpp"
#include "core/base/vector.hpp"
#include "core/run/test_environment.hpp"

namespace nextest {

inline Result<ExitCode> list_command(CommandLine& line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  ListFormat format = line.list_format;
  if (format == ListFormat::Auto) format = ::isatty(1) == 1 ? ListFormat::Human : ListFormat::Oneline;
  const bool is_json = built_in(Feature::Json) && (format == ListFormat::Json || format == ListFormat::JsonPretty);
  const bool pretty = format == ListFormat::JsonPretty;
  const Style style = Style::detect(1, line.color);
  const StartOptions start = line.run.start;
  ListFormatter formatter(style, start, line.verbose);

  if (line.list_type == ListType::BinariesOnly) {
    const Result<Vector<TestBinary>> binaries = find_binaries(line, config.value());
    if (!binaries) return binaries.error();
    if (is_json) return write_stdout(write_binaries_metadata(binaries.value(), pretty));
    return write_stdout(format == ListFormat::Human ? formatter.human(binaries.value())
                                                    : formatter.oneline(binaries.value()));
  }
  Supervisor supervisor(line.run.info.run_id);
  set_run_environment(supervisor.launcher().environment, line.run);
  Result<TestList> list = find_tests(supervisor, line, config.value());
  if (!list) return list.error();
  Result<Vector<Duration>> durations = known_durations(line, config.value(), list.value(), false);
  if (!durations) return durations.error();
  line.selection.durations = std::move(durations.value());
  select_tests(line, config.value(), list.value());
  if (is_json) return write_stdout(formatter.json(list.value(), pretty));
  return write_stdout(format == ListFormat::Human ? formatter.human(list.value()) : formatter.oneline(list.value()));
}

}  // namespace nextest
