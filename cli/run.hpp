// nextest run: the flow of a run, a call a step.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/configure.hpp"
#include "cli/find_tests.hpp"
#include "cli/messages.hpp"
#include "core/base/hash.hpp"
#include "core/report/human.hpp"
#include "core/run/dispatcher.hpp"
#include "core/select/order.hpp"
#include "core/select/select.hpp"

namespace nextest {

inline Result<ExitCode> run_command(CommandLine line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  const RunOptions& run = line.run;
  Supervisor supervisor(run.run_id);
  set_run_environment(supervisor.launcher.environment, run);

  Result<TestList> list = find_tests(supervisor, line, config.value());
  if (!list) return list.error();
  std::vector<TestIndex> plan = select_tests(line, config.value(), list.value());
  line.run.order = line.order.settle(Xxh64::hash(run.run_id));
  order_tests(plan, line.order, [&](TestIndex test) { return run.settings.of(test).priority; });

  HumanOptions human;
  human.style = Style::detect(2, line.color);
  human.status_level = config.value().run.status_level;
  human.final_status_level = config.value().run.final_status_level;
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
