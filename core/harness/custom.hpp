// A harness that a configuration file defines: command lines that list and run, and an expression that finds the names
// in a list. It is judged as a program without tests inside is, by its exit code alone.
#pragma once

#include "core/base/file.hpp"
#include "core/base/shared_text.hpp"
#include "core/harness/row.hpp"
#include "core/select/glob.hpp"
#include "core/select/regex.hpp"

namespace nextest {

// The words of its commands may hold {binary}; those of `run` {test} and {test-escaped} (with a backslash before all
// that a pattern might take for more than itself) as well.
struct CustomHarness : Harness {
  explicit CustomHarness(std::string_view its_name);

  std::string match;         // glob: the files that it is for
  Vector<std::string> list;  // prints the tests; without it, the binary is one test
  std::string list_pattern;  // a regex with a group: the name of a test in a line of that; empty: the line
  Vector<std::string> run;
  Vector<std::string> ignored_list;  // prints the ignored ones, when there are any
};

using CustomHarnesses = Vector<CustomHarness>;

// The one of that name; nullptr when there is none.
inline const CustomHarness* find_custom(const CustomHarnesses* custom, std::string_view name) {
  for (std::size_t i = 0; custom != nullptr && i < custom->size(); ++i) {
    if (name == (*custom)[i].name) return &(*custom)[i];
  }
  return nullptr;
}

// In a list that was recorded, what is left of it.
inline constexpr Harness recorded_custom_harness = [] {
  Harness row;
  row.name = "custom";
  return row;
}();

// Whether the harness is for that file, by its name or its path.
inline bool custom_matches(const CustomHarness& custom, std::string_view path) {
  if (custom.match.empty()) return false;
  const Result<Glob> glob = Glob::parse(custom.match);
  return glob && (glob.value().matches(file_name(path)) || glob.value().matches(path));
}

inline Vector<Arguments> custom_list_commands(const Harness& row) {
  const CustomHarness& custom = static_cast<const CustomHarness&>(row);
  Vector<Arguments> commands = {custom.list, custom.ignored_list};
  while (!commands.empty() && (custom.list.empty() || commands.back().empty())) commands.pop_back();
  return commands;
}

// Lines without a name are none of a test. What is ignored may be in the first list as well, or in the second alone.
inline Result<Vector<ListedTest>> read_custom_list(const Harness& row, const Vector<std::string>& outputs) {
  const std::string& written = static_cast<const CustomHarness&>(row).list_pattern;
  Automaton pattern;
  PatternFault fault;
  const bool is_regex =
      Regex::compile(written.empty() ? "(.*[^[:space:]].*)" : written, pattern, fault, Regex::Group::Kept);
  if (!is_regex || !pattern.has_group()) {
    const char* const what = is_regex ? "it has no (group)" : fault.what;
    return Error{ExitCode::TestListFailed, "the list-pattern '" + written + "' cannot be used: " + what, ""};
  }
  Vector<ListedTest> tests;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::size_t next = 0;
    std::string_view rest = outputs[i], line;
    while (next_line(rest, line)) {
      if (ends_with(line, "\r")) line.remove_suffix(1);
      const std::string_view name = pattern.find_group(line);
      if (name.empty() || (i > 0 && mark_ignored(tests, name, next))) continue;
      ListedTest& test = tests.emplace_back();
      test.name = name;
      test.ignored = i > 0;
    }
    if (i > 0 || !tests.empty() || trim(outputs[0]).empty()) continue;
    std::string message = "no line matches the list-pattern '" + written + "'; the first lines are:";
    rest = trim(outputs[0]).substr(0, 1000);
    for (int lines = 0; lines < 5 && next_line(rest, line); ++lines) message.append("\n    ").append(line);
    return Error{ExitCode::TestListFailed, std::move(message), ""};
  }
  return tests;
}

// A word of a command line, with the binary and the test in their places.
inline std::string fill_in(std::string_view word, const std::string& binary, std::string_view test) {
  std::string filled, escaped;
  append_escaped(escaped, test, "\\^$.|?*+()[]{}");
  const struct {
    std::string_view name, text;
  } places[] = {{"{binary}", binary}, {"{test}", test}, {"{test-escaped}", escaped}};
  while (!word.empty()) {
    std::string_view text = word.substr(0, 1);
    std::size_t taken = 1;
    for (const auto& place : places) {
      if (!starts_with(word, place.name)) continue;
      text = place.text;
      taken = place.name.size();
    }
    filled += text;
    word.remove_prefix(taken);
  }
  return filled;
}

inline CustomHarness::CustomHarness(std::string_view its_name) {
  name = SharedText(its_name).str().c_str();
  recorded_as = recorded_custom_harness.name;
  list_commands = custom_list_commands;
  read_list = read_custom_list;
  run_arguments = [](const TestList& tests, const TestCase& test) {
    const Arguments& words = static_cast<const CustomHarness&>(*tests.binaries[test.binary].harness).run;
    return words.empty() ? Arguments{"{binary}"} : words;
  };
  complete = [](Arguments& words, const std::string& binary, std::string_view test) {
    for (std::string& word : words) word = fill_in(word, binary, test);
  };
}

}  // namespace nextest
