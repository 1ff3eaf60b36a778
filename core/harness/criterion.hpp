// Criterion. Suites and names are identifiers, so its glob takes them as they are; a test that is registered by hand
// may be called anything, and gets escapes.
#pragma once

#include "core/harness/row.hpp"

namespace nextest {

// SUITE: N tests
inline bool read_criterion_suite(std::string_view line, std::string_view& suite, std::uint64_t& tests) {
  const std::size_t colon = line.rfind(": ");
  if (colon == std::string_view::npos || (!ends_with(line, " test") && !ends_with(line, " tests"))) return false;
  suite = line.substr(0, colon);
  return parse_number(line.substr(colon + 2, line.rfind(' ') - colon - 2), tests);
}

// |-- NAME, or |-- NAME (skipped), in ASCII or in UTF-8
inline Result<Vector<ListedTest>> read_criterion_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  std::string_view rest = outputs[0], line, suite;
  std::uint64_t expected = 0;
  while (next_line(rest, line)) {
    // What is neither is of the program's own main; it may leave a line without its end, to which a suite is glued.
    if (expected == 0 && read_criterion_suite(line, suite, expected)) {
      suite.remove_prefix(suite.rfind(' ') + 1);  // npos + 1 is 0
      continue;
    }
    std::string_view name;
    for (const std::string_view branch :
         {"\xE2\x94\x9C\xE2\x94\x80\xE2\x94\x80 ", "\xE2\x94\x94\xE2\x94\x80\xE2\x94\x80 ", "|-- ", "`-- "}) {
      if (starts_with(line, branch)) name = line.substr(branch.size());
    }
    if (expected == 0 && name.empty()) continue;
    if (expected == 0) return unreadable_line(line, "it should be 'SUITE: N tests'");
    if (name.empty()) return unreadable_line(line, "it should be '|-- TEST'");
    constexpr std::string_view mark = " (skipped)";
    ListedTest& test = tests.emplace_back();
    test.ignored = ends_with(name, mark);
    if (test.ignored) name.remove_suffix(mark.size());
    test.name = std::string(suite).append("/").append(name);
    --expected;
  }
  if (expected > 0) return unreadable_line("", "more tests should follow");
  if (tests.empty() && !trim(outputs[0]).empty()) {
    return unreadable_line(trim(outputs[0]).substr(0, 200), "it should be 'SUITE: N tests'");
  }
  return tests;
}

inline Arguments criterion_run_arguments(const TestList&, const TestCase& test) {
  std::string filter;
  append_escaped(filter, test.own_name(), "\\*?!@+()[]|");
  return {"--filter", std::move(filter), "-j1"};
}

// [====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0
// A parameterized test counts once for each parameter, and what skips itself not at all. A disabled test cannot be run.
inline void judge_criterion(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  std::string_view line;
  if (!find_last_line(output.err, "[====] Synthesis: Tested: ", line) || leading_number(line) > 0) return;
  if (test.ignored) expect_tests_run(0, 1, outcome);
  else outcome.skipped_by_test = outcome.passed();
}

inline constexpr FailureForm criterion_failure_forms[] = {
    FailureForm(":", ": Assertion Failed\n").behind("[----] ").goes_on(" [----] ").or_marker(),
    FailureForm(":", ": Unexpected signal").behind("[----] ").message_at("Unexpected signal"),
};

// With some of these a failure would exit with 0, or the report be of another form.
inline constexpr Harness::DroppedVariable criterion_variables[] = {
    {"CRITERION_TEST_PATTERN", choose_tests}, {"CRITERION_ALWAYS_SUCCEED", nullptr}, {"CRITERION_ENABLE_TAP", nullptr},
    {"CRITERION_OUTPUTS", nullptr},           {"CRITERION_FAIL_FAST", nullptr},      {"CRITERION_JOBS", nullptr},
    {"CRITERION_VERBOSITY_LEVEL", nullptr},
};

inline constexpr Harness criterion_harness = [] {
  Harness row;
  row.name = "criterion";
  row.separator = "/";
  row.text = {"Tests compiled with Cr", "iterion v"};
  row.library = {"libcriteri", "on."};
  row.dropped_variables = criterion_variables;
  row.failures.forms = criterion_failure_forms;
  row.failures.crash = "signal caught below";
  row.list_commands = [](const Harness&) { return Vector<Arguments>{{"--list"}}; };
  row.read_list = read_criterion_list;
  row.run_arguments = criterion_run_arguments;
  row.judge = judge_criterion;
  return row;
}();

}  // namespace nextest
