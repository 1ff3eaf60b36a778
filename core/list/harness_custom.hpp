// A harness that a configuration file defines: command lines that list and run, and an expression that finds the names
// in a list. A program without tests inside (plain) is judged the same way: by its exit code alone.
#pragma once

#include <regex.h>

#include <algorithm>

#include "core/base/file.hpp"
#include "core/base/vector.hpp"
#include "core/list/harness.hpp"
#include "core/select/glob.hpp"

namespace nextest {

// 77 means "skipped", as automake has it.
inline void judge_plain(const TestCase&, const CapturedOutput&, Outcome& outcome) {
  if (outcome.kind == OutcomeKind::Fail && outcome.code == 77 && !outcome.leaked) {
    outcome = Outcome();
    outcome.skipped_by_test = true;
  }
}

// Whether the harness is for that file, by its name or its path.
inline bool custom_matches(const CustomHarness& custom, std::string_view path) {
  if (custom.match.empty()) return false;
  const Result<Glob> glob = Glob::parse(custom.match);
  return glob && (glob.value().matches(file_name(path)) || glob.value().matches(path));
}

inline Vector<Arguments> custom_list_commands(const CustomHarness& custom) {
  Vector<Arguments> commands = {custom.list, custom.ignored_list};
  while (!commands.empty() && (custom.list.empty() || commands.back().empty())) commands.pop_back();
  return commands;
}

// A compiled ERE.
class LinePattern {
 public:
  explicit LinePattern(const std::string& pattern) : error_(::regcomp(&regex_, pattern.c_str(), REG_EXTENDED)) {
    if (error_ != 0) ::regerror(error_, &regex_, words_, sizeof words_);
  }
  LinePattern(const LinePattern&) = delete;
  LinePattern& operator=(const LinePattern&) = delete;
  ~LinePattern() {
    if (error_ == 0) ::regfree(&regex_);
  }

  // What is wrong with it; nullptr when nothing is.
  const char* error() const { return error_ != 0 ? words_ : regex_.re_nsub < 1 ? "it has no (group)" : nullptr; }

  // What the group matched in the line; empty when it did not.
  std::string_view find(const std::string& line) const {
    regmatch_t match[2];
    if (::regexec(&regex_, line.c_str(), 2, match, 0) != 0 || match[1].rm_so < 0) return {};
    const std::size_t from = static_cast<std::size_t>(match[1].rm_so);
    return std::string_view(line).substr(from, static_cast<std::size_t>(match[1].rm_eo) - from);
  }

 private:
  regex_t regex_;
  char words_[128];
  const int error_;
};

// Lines without a name are none of a test. What is ignored may be in the first list as well, or in the second alone.
inline Result<Vector<ListedTest>> read_custom_list(const CustomHarness& custom, const Vector<std::string>& outputs) {
  const std::string& written = custom.list_pattern;
  const LinePattern pattern(written.empty() ? "(.*[^[:space:]].*)" : written);
  if (const char* const error = pattern.error()) {
    return Error{ExitCode::TestListFailed, "the list-pattern '" + written + "' cannot be used: " + error, ""};
  }
  Vector<ListedTest> tests;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::size_t next = 0;
    std::string_view rest = outputs[i], line;
    while (next_line(rest, line)) {
      if (ends_with(line, "\r")) line.remove_suffix(1);
      const std::string text(line);
      const std::string_view name = pattern.find(text);
      if (name.empty() || (i > 0 && mark_ignored(tests, name, next))) continue;
      ListedTest test;
      test.name = name;
      test.ignored = i > 0;
      tests.push_back(std::move(test));
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
  constexpr std::string_view binary_place = "{binary}", test_place = "{test}", escaped_place = "{test-escaped}";
  std::string filled;
  while (!word.empty()) {
    std::size_t taken = 1;
    if (starts_with(word, binary_place)) {
      filled += binary;
      taken = binary_place.size();
    } else if (starts_with(word, test_place)) {
      filled += test;
      taken = test_place.size();
    } else if (starts_with(word, escaped_place)) {
      append_escaped(filled, test, "\\^$.|?*+()[]{}");
      taken = escaped_place.size();
    } else {
      filled += word[0];
    }
    word.remove_prefix(taken);
  }
  return filled;
}

inline constexpr Harness custom_harness = {
    HarnessKind::Custom,
    "custom",
    {},
    {},
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    [](const TestList& list, TestIndex test) {
      const Arguments& run = list.binary_of(test).custom->run;
      return run.empty() ? Arguments{"{binary}"} : run;
    },
    nullptr,
    judge_plain,
};

}  // namespace nextest
