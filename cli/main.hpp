// nextest::main: which command, and how the program ends.
#pragma once

#include <signal.h>

#include <new>

#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/help.hpp"
#include "cli/messages.hpp"
#include "cli/parse.hpp"
#include "core/base/null_device.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/base/switches.hpp"
#include "core/base/version.hpp"
#include "core/process/signals.hpp"

namespace nextest {

inline Error left_out(const std::string& name, const FeatureRow& row) {
  Error error = left_out(row);
  error.message.insert(0, "nextest " + name + ": ");
  return error;
}

inline Result<ExitCode> help_command(const Vector<std::string_view>& words) {
  if (words.empty()) return write_stdout(short_help());
  for (const CliCommand& command : cli_commands) {
    if (words[0] != command.name) continue;
    if (!is_there(command.left_out)) return left_out("help " + std::string(words[0]), *command.left_out);
    return write_stdout(command_help(command.options, command.name, command.usage, command.help));
  }
  for (const HelpTopic& topic : help_topics) {
    if (words[0] != topic.name) continue;
    if (!is_there(topic.left_out)) return left_out("help " + std::string(words[0]), *topic.left_out);
    if (built_in(Feature::Manual)) return write_stdout(topic_help(topic));
  }
  Vector<std::string_view> known;
  for (const CliCommand& command : cli_commands) known.push_back(command.name);
  for (const HelpTopic& topic : help_topics) known.push_back(topic.name);
  const std::string hint = did_you_mean(words[0], known);
  return Error{ExitCode::SetupError, "there is no help on '" + std::string(words[0]) + "'",
               hint.empty() ? "topics: " + help_topic_list() : hint};
}

inline Result<ExitCode> run_named_command(Vector<std::string_view> words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") return write_stdout(short_help());
  if (words[0] == "--version") return write_stdout(std::string("nextest ") + version + "\n" + left_out_lines());
  if (words[0] == "-V") return write_stdout(std::string("nextest ") + version + "\n");
  const std::string name(words[0] == "r" ? "run" : words[0]);
  words.erase(words.begin());
  if (name == "help") return help_command(words);
  for (const CliCommand& command : cli_commands) {
    if (name != command.name) continue;
    if (!is_there(command.left_out)) return left_out(name, *command.left_out);
    bool wants_help = false;
    const Result<CommandLine> line = Parser::parse(command.options, command.name, std::move(words), wants_help);
    if (wants_help) return help_command({name});
    if (!line) return line.error();
    if ((command.options & WithoutTests) != 0) {
      ::signal(SIGPIPE, SIG_IGN);                                  // a closed pipe is an error of write
      if (built_in(Feature::Records)) ::signal(SIGXFSZ, SIG_IGN);  // and so is a file that may not be larger
    } else if (Status status = Signals::install(); !status) {
      return status.error();
    } else if (Status null = check_null_device(); !null) {
      return null.error();
    }
    return command.run(line.value());
  }
  Vector<std::string_view> names = {"help"};
  for (const CliCommand& command : cli_commands) names.push_back(command.name);
  const std::string_view near = nearest(name, names);
  return Error{ExitCode::SetupError, "there is no command '" + name + "'",
               near.empty() ? "'nextest' alone lists them" : "did you mean 'nextest " + std::string(near) + "'?"};
}

// The whole program. main.cpp calls this, and a test program of your own may (docs/embedding.md).
inline int main(int argc, char** argv) {
  std::set_new_handler(out_of_memory);
  const Status opened = open_missing_streams();
  Result<ExitCode> code = opened ? run_named_command({argv + (argc > 0 ? 1 : 0), argv + argc}) : opened.error();
  if (code) return static_cast<int>(code.value());
  write_error(code.error());
  return static_cast<int>(code.error().code);
}

}  // namespace nextest
