// GoogleTest. Its filter knows wildcards but no escapes, so a name with ':' or '-' in it is asked for with '?' in their
// place; where that lets more tests through, sharding picks the one.
#pragma once

#include <algorithm>

#include "core/harness/row.hpp"

namespace nextest {

// The name without what --gtest_list_tests adds for the reader: "Size  # TypeParam = int".
inline std::string_view without_gtest_comment(std::string_view line) {
  for (const std::string_view comment : {"  # GetParam() = ", "  # TypeParam = "}) {
    line = line.substr(0, line.find(comment));
  }
  return line;
}

// UnitTestOptions: a suite or test is disabled when a part of its name starts with DISABLED_.
inline bool is_gtest_disabled(std::string_view name) {
  return starts_with(name, "DISABLED_") || contains(name, "/DISABLED_");
}

inline Result<Vector<ListedTest>> read_googletest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  std::string_view rest = outputs[0], line, suite;
  while (next_line(rest, line)) {
    if (starts_with(line, "  ") && !suite.empty()) {
      const std::string_view name = without_gtest_comment(line.substr(2));
      ListedTest& test = tests.emplace_back();
      test.name = std::string(suite).append(name);
      test.ignored = is_gtest_disabled(suite) || is_gtest_disabled(name);
    } else if (ends_with(without_gtest_comment(line), ".") && !starts_with(line, " ")) {
      suite = without_gtest_comment(line);
    } else if (!suite.empty() && !line.empty()) {
      return unreadable_line(line, "it should be 'Suite.' or '  Test'");
    }  // before the first suite the program's own main may greet
  }
  return tests;
}

inline std::string googletest_pattern(std::string_view name) {
  std::string pattern(name);
  std::replace(pattern.begin(), pattern.end(), ':', '?');
  std::replace(pattern.begin(), pattern.end(), '-', '?');
  return pattern;
}

inline Arguments googletest_run_arguments(const TestList&, const TestCase& test) {
  Arguments arguments = {"--gtest_filter=" + googletest_pattern(test.own_name())};
  if (test.ignored || test.rivals > 1) arguments.push_back("--gtest_also_run_disabled_tests");
  return arguments;
}

inline Arguments googletest_run_environment(const TestCase& test) {
  if (test.rivals == 1) return {};
  return {"GTEST_TOTAL_SHARDS=" + std::to_string(test.rivals), "GTEST_SHARD_INDEX=" + std::to_string(test.rank)};
}

inline constexpr Harness::DroppedVariable googletest_variables[] = {
    {"GTEST_FILTER", choose_tests},
    {"TESTBRIDGE_TEST_ONLY", choose_tests},
    {"GTEST_FLAGFILE", choose_tests},
    {"GTEST_ALSO_RUN_DISABLED_TESTS", "choose disabled tests with --run-ignored"},
    {"GTEST_TOTAL_SHARDS", choose_a_shard},
    {"GTEST_SHARD_INDEX", nullptr},
    {"GTEST_SHARD_STATUS_FILE", nullptr},
    {"GTEST_REPEAT", "repeat tests with --stress-count"},
    {"GTEST_SHUFFLE", "shuffle tests with --order random"},
    {"GTEST_BRIEF", nullptr},
    {"GTEST_FAIL_FAST", nullptr},
};

// [==========] 1 test from 1 test suite ran. (0 ms total)
inline void judge_googletest(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
  constexpr std::string_view rule = "[==========] ";
  std::string_view line;
  if (!find_last_line(output.out, rule, line)) return;
  if (contains(line, " ran.")) expect_tests_run(leading_number(line), 1, outcome);
  else expect_no_start(output.out, "[==========] Running ", outcome);
  if (find_last_line(output.out, "[  SKIPPED ] 1 test", line)) outcome.skipped_by_test = outcome.passed();
}

inline constexpr FailureForm googletest_failure_forms[] = {
    FailureForm(":", ": Failure\n").goes_on(),
    FailureForm("(", "): error: ").goes_on(),
};
inline constexpr const char* googletest_message_ends[] = {
    "[  ", "[ RUN ", "[-----", "Google Test trace:", "With diff:", "Stack trace:", " msg:\n"};

inline constexpr Harness googletest_harness = [] {
  Harness row;
  row.name = "googletest";
  row.separator = ".";
  row.text = {"This program contains tests wri", "tten using Google Test"};
  row.library = {"libgte", "st.so"};
  row.dropped_variables = googletest_variables;
  row.failures.forms = googletest_failure_forms;
  row.failures.ends = googletest_message_ends;
  row.failures.carries_on = "Which is:";
  row.failures.carried_on_by = " is";
  row.failures.nowhere = " unknown ";
  row.list_commands = [](const Harness&) { return Vector<Arguments>{{"--gtest_list_tests"}}; };
  row.read_list = read_googletest_list;
  row.pattern_of = googletest_pattern;
  row.matches = wildcard_match;
  row.run_arguments = googletest_run_arguments;
  row.run_environment = googletest_run_environment;
  row.judge = judge_googletest;
  return row;
}();

}  // namespace nextest
