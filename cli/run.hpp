// nextest run: the flow of a run, a call a step.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/messages.hpp"
#include "core/base/uuid.hpp"
#include "core/list/discover.hpp"
#include "core/list/list_tests.hpp"
#include "core/report/human.hpp"
#include "core/run/dispatcher.hpp"
#include "core/select/select.hpp"

namespace nextest {

// The tests that the paths of `line` hold; the paths are used up.
inline Result<TestList> find_tests(Supervisor& supervisor, CommandLine& line) {
  if (line.paths.empty()) {
    for (const NamePattern& name : line.selection.names) {
      if (is_executable_file(name.text)) {
        return Error{ExitCode::SetupError, "no test binaries given",
                     "'" + name.text + "' filters by test name; the file of that name is ./" + name.text};
      }
    }
    return Error{ExitCode::SetupError, "no test binaries given",
                 "name them by path, as in: nextest run ./a.out, or: nextest run build/tests/"};
  }
  const std::vector<std::string>& runner = line.start.target_runner;
  if (!runner.empty() && !is_executable_file(find_program(runner[0]))) {
    return Error{ExitCode::SetupError, "cannot find the target runner " + runner[0], "give its path, or add its folder to PATH"};
  }
  Result<std::vector<TestBinary>> binaries =
      Discovery::run({std::move(line.paths), line.harness, !line.start.target_runner.empty()});
  if (!binaries) return binaries.error();
  return Lister::run(supervisor, std::move(binaries.value()), line.start, usable_cpus(), line.list_timeout);
}

inline Result<ExitCode> run_command(CommandLine line) {
  RunOptions& run = line.run;
  run.run_id = make_uuid();
  run.start = line.start;
  Supervisor supervisor(run.run_id);
  set_run_environment(supervisor.launcher.environment, run);

  Result<TestList> list = find_tests(supervisor, line);
  if (!list) return list.error();
  const std::vector<TestIndex> plan = select_tests(line.selection, list.value());

  HumanOptions human;
  human.style = Style::detect(2, line.color);
  human.status_level = line.status_level;
  human.final_status_level = line.final_status_level;
  human.indent_output = line.indent_output;
  human.show_starts = !run.capture;
  human.show_commands = line.verbose;
  HumanReporter reporter(2, human);

  Dispatcher dispatcher(supervisor, list.value(), run, {&reporter});
  const ExitCode code = dispatcher.run(plan);
  if (!plan.empty() || code != ExitCode::Success || line.no_tests == NoTests::Pass) return code;
  if (line.no_tests == NoTests::Fail) {
    std::string hint = "--no-tests=warn or --no-tests=pass makes this a success";
    for (const TestBinary& binary : list.value().binaries) {
      if (binary.skip_reason != nullptr) hint += "\n  skipped: " + binary.path + ": " + binary.skip_reason;
    }
    return Error{ExitCode::NoTestsRun, "no tests to run", hint};
  }
  write_message(human.style, Paint::Skip, "warning", "no tests to run");
  return code;
}

}  // namespace nextest
