// From the paths of a command line to the tests they hold; run and list begin alike.
#pragma once

#include <string>
#include <utility>

#include "cli/command_line.hpp"
#include "core/base/cpus.hpp"
#include "core/base/file.hpp"
#include "core/base/switches.hpp"
#include "core/base/vector.hpp"
#include "core/config/config.hpp"
#include "core/list/binaries_metadata.hpp"
#include "core/list/discover.hpp"
#include "core/list/list_tests.hpp"
#include "core/process/supervisor.hpp"

namespace nextest {

// The binaries that the paths or the metadata of `line` name, else the configuration; the paths are used up.
inline Result<Vector<TestBinary>> find_binaries(CommandLine& line, const Config& config) {
  if (!line.paths.empty() && !line.binaries_metadata.empty()) {
    return Error{ExitCode::SetupError, "test binaries are given by path and by --binaries-metadata",
                 "the metadata names all binaries of a run; give one or the other"};
  }
  const ConfigParts& parts = config.parts;
  if (line.paths.empty() && line.binaries_metadata.empty() && parts.binaries.empty()) {
    for (const NamePattern& name : line.selection.names) {
      if (is_executable_file(name.text)) {
        return Error{ExitCode::SetupError, "no test binaries given",
                     "'" + name.text + "' filters by test name; the file of that name is ./" + name.text};
      }
    }
    return Error{
        ExitCode::SetupError, "no test binaries given",
        std::string("name them by path, as in: nextest run ./a.out, or: nextest run build/tests/") +
            (built_in(Feature::Config) ? "\n  or once and for all in .config/nextest.toml: [[binaries]] path = "
                                         "\"build/tests/*_test\""
                                       : "")};
  }
  const Vector<std::string>& runner = line.run.start.target_runner;
  if (!runner.empty() && !is_executable_file(find_program(runner[0]))) {
    return Error{ExitCode::SetupError, "cannot find the target runner " + runner[0],
                 "give its path, or add its folder to PATH"};
  }
  DiscoverOptions options;
  options.harness = line.harness;
  options.has_target_runner = !runner.empty();
  options.custom = &parts.custom_harnesses;
  options.entries = &parts.binaries;
  options.workspace_root = config.workspace_root;
  if (built_in(Feature::Json) && !line.binaries_metadata.empty())
    return BinariesMetadata::read(line.binaries_metadata, options);
  options.paths = std::move(line.paths);
  return Discovery::run(std::move(options));
}

// Their tests, and the settings of each.
inline Result<TestList> find_tests(Supervisor& supervisor, CommandLine& line, const Config& config) {
  Result<Vector<TestBinary>> binaries = find_binaries(line, config);
  if (!binaries) return binaries.error();
  Vector<std::string> group_names;
  for (const TestGroup& group : line.run.groups) group_names.push_back(group.name);
  for (const Filterset& filterset : line.selection.filtersets) {
    if (Status status = filterset.check(binaries.value(), group_names); !status) return status.error();
  }
  Filterset::Context context;
  context.default_filter = &config.default_filter();
  for (TestBinary& binary : binaries.value()) {
    binary.list_wrapper = config.list_wrapper_of(binary);
    if (!binary.skip_reason.empty()) continue;
    binary.mismatch = mismatch_of(line.selection, binary, context);
    if (binary.mismatch == Mismatch::None) continue;
    binary.skip_reason = binary.mismatch == Mismatch::Filterset ? "no test in it can match the filterset"
                                                                : "no test in it can match the default-filter";
  }
  Result<TestList> list =
      Lister::run(supervisor, std::move(binaries.value()), line.run.start, usable_cpus(), line.list_timeout);
  if (list) line.run.settings = config.settings_of(list.value());
  return list;
}

}  // namespace nextest
