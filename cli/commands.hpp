// The table of all commands.
#pragma once

#include "cli/list.hpp"
#include "cli/option.hpp"
#include "cli/replay.hpp"
#include "cli/run.hpp"
#include "cli/show_config.hpp"
#include "cli/store.hpp"
#include "core/base/choices.hpp"
#include "core/base/switches.hpp"

namespace nextest {

struct CliCommand {
  const char* name;
  const char* usage;
  OptionCommands options;
  const char* help;
  Result<ExitCode> (*run)(const CommandLine& line);
  const Choices* words = &no_words;      // what it takes beside options, where that is one of some words
  const FeatureRow* left_out = nullptr;  // in a build without it
};

constexpr CliCommand needs(Feature feature, CliCommand command) {
  if (built_in(feature)) return command;
  return {command.name, "", command.options, "", nullptr, &no_words, &row_of(feature)};
}

inline constexpr Choices shells = {{"bash", "zsh"}};
inline Result<ExitCode> completions_command(const CommandLine& line);  // of this table: cli/completion.hpp

inline constexpr CliCommand cli_commands[] = {
    {"run", "", ForRun, "Run the tests of test binaries, each test in a process of its own.", run_command},
    {"list", "", ForList, "Show which tests 'nextest run' with the same arguments would run.", list_command},
    needs(Feature::Records,
          {"replay", "[-R RUN]", ForReplay,
           "Show a recorded run again: latest, one by the start of its id, or an exported file.", replay_command}),
    needs(Feature::Records, {"store", "list | info RUN | prune | export RUN", ForStore,
                             "Recorded runs of this workspace: what there is, what is known of one, delete old ones, "
                             "write one to a file.",
                             store_command, &store_words}),
    needs(Feature::Config, {"show-config", "test EXPR | test-groups | profile | version", ForShowConfig,
                            "Show what the configuration says, and where: of the tests that EXPR matches, of test "
                            "groups, of a profile.",
                            show_config_command, &show_config_words}),
    needs(Feature::Manual, {"completions", "bash | zsh", ForShell,
                            "Print a script that completes nextest's words: source <(nextest completions bash)",
                            completions_command, &shells}),
};

}  // namespace nextest
