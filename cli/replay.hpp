// nextest replay: a recorded run, shown again.
#pragma once

#include "cli/configure.hpp"
#include "cli/pager.hpp"
#include "cli/records.hpp"
#include "cli/reporters.hpp"
#include "record/replay.hpp"

namespace nextest {

inline Result<ExitCode> replay_command(const CommandLine& line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  if (line.words.size() > 1)
    return Error{ExitCode::SetupError, "replay shows one run", "as in: nextest replay -R latest"};
  const std::string wanted = !line.rerun.empty() ? line.rerun : !line.words.empty() ? line.words[0] : "latest";
  Result<OpenedRun> opened = open_recorded(line, config.value(), wanted);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;

  HumanOptions human = human_options(line, config.value(), 1);
  human.counter = config.value().ui.show_progress == ShowProgress::Counter;
  ReplayOptions options;
  if (!line.request.capture) {  // as if nothing had been captured
    options.success_output = options.failure_output = OutputDisplay::Immediate;
    human.indent_output = false;
  }
  // When to show outputs is as the command line has it; a configuration does not count here.
  const PartialSettings& typed = line.config.options;
  if (typed.has(Setting::SuccessOutput)) options.success_output = typed.values().test.success_output;
  if (typed.has(Setting::FailureOutput)) options.failure_output = typed.values().test.failure_output;

  bool is_read = false;
  Vector<std::string> warnings;
  {
    const Pager pager(line.pager);
    HumanReporter reporter(1, human);
    Replay replay(reader, reporter, options);
    is_read = replay.run();
    warnings = reader.damage();
    const Vector<TestIndex> missing = reader.missing();
    if (!is_read) {
      warnings.clear();
    } else if (!reader.has_end()) {
      warnings.push_back(no_end_words(reader));
    } else if (!warnings.empty() && !missing.empty()) {
      std::string names = "no result is recorded of: ";
      for (std::size_t i = 0; i < missing.size() && i < 10; ++i) {
        if (i > 0) names += ", ";
        names.append(reader.list().binary_of(missing[i]).id).append(" ").append(reader.list().tests[missing[i]].name);
      }
      if (missing.size() > 10) names += ", and " + decimal(missing.size() - 10) + " more";
      warnings.push_back(names);
    }
    // A pager that was left early has seen enough.
    if (!is_read && pager.active()) is_read = true;
  }
  write_warnings(line.color, warnings);
  if (Status status = reader.status(); !status) return status.error();
  if (!is_read) return ExitCode::WriteOutputFailed;
  if (!line.exit_as_recorded) return ExitCode::Success;
  const std::int32_t code = reader.exit_code() >= 0 ? reader.exit_code() : opened.value().entry.exit_code;
  return code >= 0 ? static_cast<ExitCode>(code) : ExitCode::ReplayIncomplete;
}

}  // namespace nextest
