// What an option is, and how the rows of the table say what is allowed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command_line.hpp"
#include "core/base/duration.hpp"
#include "core/base/switches.hpp"
#include "core/base/text.hpp"
#include "core/base/vector.hpp"

namespace nextest {

enum OptionCommands : std::uint8_t {
  ForRun = 1,
  ForList = 2,
  ForShowConfig = 4,
  ForReplay = 8,
  ForStore = 16,
  ForShell = 32
};

inline constexpr std::uint8_t ForTests = ForRun | ForList;
inline constexpr std::uint8_t ForSettings = ForRun | ForShowConfig;  // what an option says may be asked, too
inline constexpr std::uint8_t ForAll = ForTests | ForShowConfig;
inline constexpr std::uint8_t ForRecords = ForReplay | ForStore;
inline constexpr std::uint8_t WithoutTests = ForRecords | ForShell;  // their words are no paths, nor names of tests
inline constexpr std::uint8_t Everywhere = ForAll | ForRecords;

struct Option {
  const char* heading;  // the group in --help; the same pointer for all of a group
  std::uint8_t commands;
  char letter;  // 0: none
  const char* name;
  const char* value;     // what --help calls it; nullptr: the option takes none
  const char* variable;  // the environment variable that stands in for it; nullptr: none
  const char* help;
  Status (*apply)(CommandLine& line, std::string_view value);
  const FeatureRow* left_out = nullptr;  // what this build leaves out, and this option with it

  constexpr bool is_shown_for(std::uint8_t command) const { return (commands & command) != 0 && is_there(left_out); }
};

// Without the feature, the option is an error; or it does what `instead` does, for a value that asks for nothing.
constexpr Option needs(Feature feature, Option option,
                       Status (*instead)(CommandLine& line, std::string_view value) = nullptr) {
  if (built_in(feature)) return option;
  option.help = "";
  option.apply = instead;
  option.left_out = &row_of(feature);
  return option;
}
// An option that says how something is to be done. Its variable may be there for other programs as well: where there is
// nothing to be done, it asks for nothing.
constexpr Option tunes(Feature feature, Option option) {
  if (!built_in(feature)) option.variable = nullptr;
  return needs(feature, option);
}
// An option that asks for something not to be done: without the feature that is so.
constexpr Option forbids(Feature feature, Option option) { return needs(feature, option, option.apply); }

inline Error bad_value(std::string_view value, const char* allowed) {
  return Error{ExitCode::SetupError, "'" + std::string(value) + "' is not allowed", std::string("allowed: ") + allowed};
}

// One of `words`, by position.
template <class Choice, std::size_t N>
Status choose(std::string_view value, const char* const (&words)[N], Choice& choice) {
  std::string allowed;
  for (std::size_t i = 0; i < N; ++i) {
    if (value == words[i]) {
      choice = static_cast<Choice>(i);
      return success();
    }
    allowed.append(i > 0 ? ", " : "").append(words[i]);
  }
  return bad_value(value, allowed.c_str());
}

// The same, where some of the words (`needing`, between blanks) need the feature.
template <Feature feature, class Choice, std::size_t N>
Status choose_with(const char* needing, std::string_view value, const char* const (&words)[N], Choice& choice) {
  if constexpr (built_in(feature)) return choose(value, words, choice);
  const auto is_there = [&](const char* word) { return !contains(needing, " " + std::string(word) + " "); };
  std::string allowed;
  for (std::size_t i = 0; i < N; ++i) {
    if (is_there(words[i])) allowed.append(allowed.empty() ? "" : ", ").append(words[i]);
    if (value != words[i]) continue;
    if (!is_there(words[i])) return left_out(feature);
    choice = static_cast<Choice>(i);
    return success();
  }
  return bad_value(value, allowed.c_str());
}

inline Status choose_duration(std::string_view value, Duration& duration) {
  Result<Duration> parsed = parse_duration(value);
  if (!parsed) return parsed.error();
  // As good as no limit, and no sum with it overflows.
  duration = parsed.value() < thirty_years ? parsed.value() : thirty_years;
  return success();
}

inline Status choose_number(std::string_view value, std::uint32_t& number, std::uint32_t smallest) {
  std::uint64_t parsed = 0;
  if (!parse_number(value, parsed, UINT32_MAX - 1) || parsed < smallest) {
    return bad_value(value, smallest == 0 ? "a number from 0" : "a number from 1");
  }
  number = static_cast<std::uint32_t>(parsed);
  return success();
}

inline Status choose_command(std::string_view value, Vector<std::string>& command) {
  Result<Vector<std::string>> words = split_shell_words(value);
  if (!words) return words.error();
  if (words.value().empty()) return bad_value(value, "a command");
  command = std::move(words.value());
  return success();
}

inline Status intercept(CommandLine& line, std::string_view value, bool debugs) {
  Interceptor& interceptor = line.run.interceptor;
  if (interceptor.active() && interceptor.debugs != debugs) {
    return Error{ExitCode::SetupError, "a debugger and a tracer exclude each other", ""};
  }
  interceptor.debugs = debugs;
  line.run.info.capture = false;
  return choose_command(value, interceptor.command);
}

}  // namespace nextest
