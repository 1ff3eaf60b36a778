// The command line, environment and folder that a test binary is started with, to list its tests or to run one.
#pragma once

#include <algorithm>

#include "core/base/file.hpp"
#include "core/base/switches.hpp"
#include "core/model/script.hpp"
#include "core/model/test_list.hpp"
#include "core/process/launcher.hpp"

namespace nextest {

// How programs are started, for listing and running alike.
struct StartOptions {
  Vector<std::string> target_runner;  // a prefix of every command line
  std::string folder;                 // empty: ours
  bool in_binary_folder = false;
};

// Empty: ours.
inline std::string working_folder(const TestBinary& binary, const StartOptions& options) {
  if (options.in_binary_folder) return std::string(parent_folder(binary.path));
  return options.folder.empty() ? binary.folder.str() : options.folder;
}

// `inner` started through `runner`: in its words {binary} is the first word of `inner`, a word {args} all others. What
// has no place there follows.
inline Vector<std::string> run_through(const Vector<std::string>& runner, Vector<std::string> inner) {
  if (runner.empty()) return inner;
  constexpr std::string_view binary = "{binary}";
  Vector<std::string> words;
  bool has_binary = false, has_arguments = false;
  for (const std::string& word : runner) {
    if (word == "{args}") {
      has_arguments = true;
      words.insert(words.end(), inner.begin() + 1, inner.end());
      continue;
    }
    words.push_back(word);
    for (std::size_t at = 0; (at = words.back().find(binary, at)) != std::string::npos; at += inner[0].size()) {
      has_binary = true;
      words.back().replace(at, binary.size(), inner[0]);
    }
  }
  if (!has_binary) words.push_back(inner[0]);
  if (!has_arguments) words.insert(words.end(), inner.begin() + 1, inner.end());
  return words;
}

// `inner` as the wrapper script and the target runner, if there are any, start it.
inline Vector<std::string> wrap(Vector<std::string> inner, const Vector<std::string>& runner,
                                const WrapperScript* wrapper) {
  if (wrapper == nullptr) return run_through(runner, std::move(inner));
  if (wrapper->target_runner == WrapperScript::WithinWrapper) inner = run_through(runner, std::move(inner));
  inner.insert(inner.begin(), wrapper->command.argv.begin(), wrapper->command.argv.end());
  if (wrapper->target_runner == WrapperScript::AroundWrapper) inner = run_through(runner, std::move(inner));
  return inner;
}

// `more` in place of what has the same names.
inline void add_variables(Vector<std::string>& variables, const Vector<std::string>& more) {
  for (const std::string& variable : more) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    variables.erase(std::remove_if(variables.begin(), variables.end(),
                                   [&](const std::string& old) { return starts_with(old, name); }),
                    variables.end());
    variables.push_back(variable);
  }
}

// Takes out what would change in silence which tests there are, or which of them run.
inline void drop_variables(Vector<std::string>& variables, const Harness& harness) {
  for (const Harness::DroppedVariable& dropped : harness.dropped_variables) {
    const std::string start = std::string(dropped.name) + "=";
    variables.erase(std::remove_if(variables.begin(), variables.end(),
                                   [&](const std::string& variable) { return starts_with(variable, start); }),
                    variables.end());
  }
}

// For listing, or to run `test`.
inline Command make_command(const TestBinary& binary, Arguments arguments, const StartOptions& options,
                            const WrapperScript* wrapper, std::string_view test = {}) {
  if (!built_in(Feature::Scripts)) wrapper = nullptr;
  // Replaced by the target runner, its environment with it.
  if (wrapper != nullptr && wrapper->target_runner == WrapperScript::OverridesWrapper &&
      !options.target_runner.empty()) {
    wrapper = nullptr;
  }
  Command command;
  command.folder = working_folder(binary, options);
  // The path as given, made to hold from any working folder.
  const std::string path = command.folder.empty() || starts_with(binary.path, "/")
                               ? (contains(binary.path, "/") ? "" : "./") + binary.path.str()
                               : absolute_path(binary.path.str());
  if (!binary.option_prefix.empty()) {
    const std::string_view usual = binary.harness->option_start;
    for (std::string& argument : arguments) {
      if (starts_with(argument, usual)) argument.replace(0, usual.size(), binary.option_prefix.str());
    }
  }
  binary.harness->complete(arguments, path, test);
  command.argv = wrap(std::move(arguments), options.target_runner, wrapper);
  command.program = command.argv[0] == path ? path : find_program(command.argv[0]);
  if (command.program.empty()) command.program = command.argv[0];
  if (!command.folder.empty()) command.program = absolute_path(command.program);
  if (binary.environment != nullptr) command.environment = *binary.environment;
  if (wrapper != nullptr) add_variables(command.environment, wrapper->command.environment);
  const bool is_configured = built_in(Feature::Config) && !command.environment.empty();
  if (is_configured) drop_variables(command.environment, *binary.harness);
  command.environment.push_back("NEXTEST_BINARY_ID=" + binary.id.str());
  return command;
}

}  // namespace nextest
