// What an option is, and what its row is made of.
#pragma once

#include "cli/command_line.hpp"
#include "core/base/choices.hpp"
#include "core/base/switches.hpp"
#include "core/config/setting_table.hpp"
#include "core/config/setting_values.hpp"

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
inline constexpr std::uint8_t ForSettings = ForRun | ForShowConfig;  // show-config shows what an option sets
inline constexpr std::uint8_t ForAll = ForTests | ForShowConfig;
inline constexpr std::uint8_t ForRecords = ForReplay | ForStore;
inline constexpr std::uint8_t WithoutTests = ForRecords | ForShell;  // their words are no paths, nor names of tests
inline constexpr std::uint8_t Everywhere = ForAll | ForRecords;

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): members are in the order in which rows have them
struct Option {
  const char* heading;  // the group in --help; the same pointer for all of a group
  std::uint8_t commands;
  char letter;  // 0: none
  const char* name;
  const char* value;     // what --help calls it; nullptr: the option takes none
  const char* variable;  // the environment variable that stands in for it; nullptr: none
  const char* help;
  Status (*apply)(CommandLine& line, std::string_view value) = nullptr;
  const Choices* words = &no_words;  // values that are words, to be completed
  // The setting that it sets, in place of a function; and to which word, where it takes no value.
  Setting setting = Setting::None;
  const char* fixed_word = nullptr;
  const FeatureRow* left_out = nullptr;  // what this build leaves out, and this option with it

  constexpr bool is_setting() const { return setting != Setting::None; }
  constexpr bool is_shown_for(std::uint8_t command) const { return (commands & command) != 0 && is_there(left_out); }
};

// What --help prints. Of an option that sets a setting, {words} are those that its value may be, and {default} is what
// holds without it: its row knows them.
inline std::string help_of(const Option& option) {
  std::string help = option.help;
  if (!option.is_setting()) return help;
  const SettingRow& row = row_of(option.setting);
  std::string usual = row.show(Settings(), {});
  if (starts_with(usual, "\"")) usual = usual.substr(1, usual.size() - 2);
  std::string words;
  for (const std::string_view word : row.words->all()) {
    words.append(words.empty() ? "" : ", ").append(word).append(word == usual ? " (default)" : "");
  }
  if (const std::size_t at = help.find("{words}"); at != std::string::npos) help.replace(at, 7, words);
  if (const std::size_t at = help.find("{default}"); at != std::string::npos) help.replace(at, 9, usual);
  return help;
}

// --- forms of values that no setting has ---

// A text that is not empty.
template <const char* allowed, const Choices& choices = no_words>
struct SomeText {
  static constexpr const Choices* words = &choices;
  static void read(ValueReader& in, const Written& value, std::string& text) {
    if (value.is("")) in.not_allowed(value, allowed);
    else in.text(value, text);
  }
};

inline constexpr char a_run[] = "latest, the start of a run id, a file";
inline constexpr char a_file[] = "a file";
inline constexpr char a_file_or_stdout[] = "a file, -";
inline constexpr char a_folder[] = "a folder";
inline constexpr Choices latest_run = {{"latest"}};
inline constexpr Choices standard_output = {{"-"}};
using RecordedRunValue = SomeText<a_run, latest_run>;
using FileValue = SomeText<a_file>;
using OutputFileValue = SomeText<a_file_or_stdout, standard_output>;
using FolderValue = SomeText<a_folder>;

// One that may be given several times.
struct OneMoreText {
  static constexpr const Choices* words = &no_words;
  static void read(ValueReader&, const Written& value, Vector<std::string>& texts) {
    texts.emplace_back(*value.text());
  }
};

// --- what an option does ---

// An option, or a variable, that sets a setting.
constexpr Option sets(Setting setting, Option option) {
  option.setting = setting;
  option.words = row_of(setting).words;
  return option;
}
constexpr Option sets(Setting setting, const char* word, Option option) {
  option.setting = setting;
  option.fixed_word = word;
  return option;
}
// One whose value is of that form (core/config/setting_values.hpp), and of a member of CommandLine.
template <class Value, auto... member>
constexpr Option sets(Option option) {
  option.words = Value::words;
  option.apply = [](CommandLine& line, std::string_view value) {
    ValueReader in;
    Value::read(in, Written(value), (line.*....*member));
    return in.status();
  };
  return option;
}
template <bool flag, auto... member>
constexpr Option turns(Option option) {
  option.apply = [](CommandLine& line, std::string_view) {
    (line.*....*member) = flag;
    return success();
  };
  return option;
}

// Without the feature, the option is an error; or it does what `instead` does, for a value that asks for nothing.
constexpr Option needs(Feature feature, Option option,
                       Status (*instead)(CommandLine& line, std::string_view value) = nullptr) {
  if (built_in(feature)) return option;
  option.help = "";
  option.apply = instead;
  option.setting = Setting::None;
  option.left_out = &row_of(feature);
  return option;
}
// An option for how something is to be done. Its variable may be there for other programs as well: where there is
// nothing to be done, it asks for nothing.
constexpr Option tunes(Feature feature, Option option) {
  if (!built_in(feature)) option.variable = nullptr;
  return needs(feature, option);
}
// An option that asks for something not to be done: without the feature that is so.
constexpr Option forbids(Feature feature, Option option) {
  if (built_in(feature)) return option;
  option.help = "";
  option.left_out = &row_of(feature);
  return option;
}

inline Error bad_value(std::string_view value, const char* allowed) {
  return Error{ExitCode::SetupError, "'" + std::string(value) + "' is not allowed", std::string("allowed: ") + allowed};
}

inline Status choose_command(std::string_view value, Vector<std::string>& command) {
  Result<Vector<std::string>> words = split_shell_words(value);
  if (!words) return words.error();
  if (words.value().empty()) return bad_value(value, "a command");
  command = std::move(words.value());
  return success();
}

inline Status intercept(CommandLine& line, std::string_view value, bool debugs) {
  line.interceptor.debugs = debugs;
  line.request.capture = false;
  return choose_command(value, line.interceptor.command);
}

}  // namespace nextest
