// GoogleTest. Its filter knows wildcards but no escapes, so a name with ':' or '-' in it is asked for with '?' in their
// place; where that lets more tests through, sharding picks the one.
#pragma once

#include <algorithm>

#include "core/base/switches.hpp"
#include "core/format/xml.hpp"
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

inline void add_googletest(Vector<ListedTest>& tests, std::string_view suite, std::string_view name) {
  ListedTest& test = tests.emplace_back();
  test.name = std::string(suite).append(".").append(name);
  test.ignored = is_gtest_disabled(suite) || is_gtest_disabled(name);
}

// The text of a string as EscapeJson writes it. What it writes as \u00XX is a byte, also in the middle of a UTF-8
// sequence, which JSON would not have so.
inline std::string unescape_gtest_json(std::string_view text) {
  constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t", digits = "0123456789abcdef";
  std::string plain;
  while (!text.empty()) {
    char c = text[0];
    std::size_t taken = 1;
    if (c == '\\' && text.size() > 1) {
      c = text[1];
      taken = 2;
      if (const std::size_t letter = letters.find(c); letter < letters.size()) c = meanings[letter];
      if (c == 'u' && text.size() >= 6) {
        const std::size_t high = digits.find(ascii_lower(text[4])), low = digits.find(ascii_lower(text[5]));
        if (high < 16 && low < 16) c = static_cast<char>(high * 16 + low);
        taken = 6;
      }
    }
    plain += c;
    text.remove_prefix(taken);
  }
  return plain;
}

// The list as JSON, which GoogleTest (since 1.10) prints in one piece, a member a line; whatever the program prints
// around it is outside. False when there is none.
//   {
//     "tests": 1,
//     "testsuites": [
//       { "name": "Suite",
//         "testsuite": [
//           { "name": "Test",
inline bool read_googletest_json(std::string_view output, Vector<ListedTest>& tests) {
  const std::size_t start = output.find("{\n  \"tests\": ");
  const std::size_t end = start < output.size() ? output.find("\n}", start) : start;
  if (end >= output.size()) return false;
  std::string_view rest = output.substr(start, end - start), line;
  std::string suite;
  bool in_suite = false;
  while (next_line(rest, line)) {
    line = trim(line);
    constexpr std::string_view key = "\"name\": \"";
    if (line == "\"testsuite\": [") in_suite = true;
    else if (line == "]") in_suite = false;
    if (!starts_with(line, key)) continue;
    line.remove_prefix(key.size());
    std::string name = unescape_gtest_json(line.substr(0, line.rfind('"')));
    if (in_suite) add_googletest(tests, suite, name);
    else suite = std::move(name);
  }
  return true;
}

// Without JSON the list is a suite a line, its tests indented below it. Other lines are of the program's own main, and
// so is what is indented below these.
inline Result<Vector<ListedTest>> read_googletest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  if (built_in(Feature::Json) && read_googletest_json(outputs[0], tests)) return tests;
  std::string_view rest = outputs[0], line, suite;
  while (next_line(rest, line)) {
    if (starts_with(line, "  ") && !suite.empty()) {
      add_googletest(tests, suite, without_gtest_comment(line.substr(2)));
      continue;
    }
    suite = without_gtest_comment(line);
    if (ends_with(suite, ".") && !starts_with(suite, " ")) suite.remove_suffix(1);
    else suite = {};
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
  return {"GTEST_TOTAL_SHARDS=" + decimal(test.rivals), "GTEST_SHARD_INDEX=" + decimal(test.rank)};
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

// Where the last line about the test of that name is that begins with `mark`; npos when there is none. It need not be
// at the start of a line, because a test may leave one without its end. In the list at the end, which is of no interest
// here, no name has its time.
inline std::size_t find_gtest_mark(std::string_view output, std::string_view mark, std::string_view name) {
  const std::string wanted = std::string(mark).append(name);
  std::size_t at = output.rfind(wanted);
  while (at != std::string_view::npos) {
    const std::string_view rest = output.substr(at + wanted.size());
    if (starts_with(rest, " (")) return at;
    const bool is_whole = rest.empty() || rest[0] == '\n' || starts_with(rest, ", where ");
    if (is_whole && !ends_with(output.substr(0, at), " listed below:\n")) return at;
    at = at == 0 ? std::string_view::npos : output.rfind(wanted, at - 1);
  }
  return at;
}

// Where the first count of tests that ran is, from `start` on; npos when there is none. What else begins with the rule
// is of the program's own. It need not be at the start of a line either.
//   [==========] 1 test from 1 test suite ran. (0 ms total)
inline std::size_t find_gtest_count(std::string_view output, std::size_t start, std::uint64_t& ran) {
  constexpr std::string_view rule = "[==========] ";
  while ((start = output.find(rule, start)) != std::string_view::npos) {
    std::string_view line = output.substr(start + rule.size());
    line = line.substr(0, line.find('\n'));
    std::uint64_t tests = 0;
    if (take_count(line, " test", tests) && contains(line, " from ") && contains(line, " ran.")) {
      ran = tests;
      return start;
    }
    start += rule.size();
  }
  return start;
}

// [ RUN      ] Suite.Name
// [       OK ] Suite.Name (0 ms)
// [==========] 1 test from 1 test suite ran. (0 ms total)
// What a test prints besides may look the same, also where it runs another program with tests; and so may what main
// prints or runs when all is over. Of the test itself are only the lines with its name, and the first count behind its
// verdict. A test that runs itself in another process and then ends with exit(0) looks as one that passes and whose
// other process was killed; the latter is believed, because tests of crashes are made so.
inline void judge_googletest(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  constexpr std::size_t nowhere = std::string_view::npos;
  const std::string_view out = output.out;
  std::uint64_t ran = 0;
  const std::size_t began = find_gtest_mark(out, "[ RUN      ] ", test.own_name());
  if (began != nowhere) {
    std::size_t end = began;
    bool skipped = false;
    for (const std::string_view mark : {"[       OK ] ", "[  SKIPPED ] ", "[  FAILED  ] "}) {
      const std::size_t at = find_gtest_mark(out, mark, test.own_name());
      if (at == nowhere || at < end) continue;
      end = at;
      skipped = mark == "[  SKIPPED ] ";
    }
    if (end == began || find_gtest_count(out, end, ran) == nowhere) set_unfinished(outcome);
    else expect_tests_run(ran, 1, outcome);
    outcome.skipped_by_test = skipped && outcome.passed();
    return;
  }
  const bool names_tests = contains(out, "[==========] Running ");
  std::size_t count = find_gtest_count(out, 0, ran);
  if (count == nowhere) {
    if (names_tests) set_unfinished(outcome);
    return;
  }
  // Nothing tells whose count it is; one of a single test is enough.
  while (ran != 1 && count != nowhere) count = find_gtest_count(out, count + 1, ran);
  expect_tests_run(ran, 1, outcome);
  // Where each test is named, one that is not never began: an environment skipped them all. Of a brief report the last
  // lines tell.
  std::string_view line;
  const bool never_began = names_tests && !contains(out.substr(0, count), "[ RUN      ] ");
  if (never_began || find_last_line(out, "[  SKIPPED ] 1 test", line)) outcome.skipped_by_test = outcome.passed();
  else if (names_tests) expect_tests_run(0, 1, outcome);  // that was another one
}

// <testcase name="prop" classname="Suite" ...><properties><property name="key" value="what RecordProperty was given"/>
inline void read_googletest_properties(const TestCase& test, std::string_view report, Vector<std::string>& properties) {
  XmlReader xml(report);
  bool is_of_test = false;
  while (true) {
    Result<XmlEvent> event = xml.next();
    if (!event || event.value() == XmlEvent::End) return;
    if (event.value() != XmlEvent::StartElement) continue;
    const auto text_of = [&](std::string_view attribute) {
      const std::string* const value = xml.attribute(attribute);
      return value != nullptr ? *value : std::string();
    };
    if (xml.name() == "testcase") {
      is_of_test = text_of("classname") + "." + text_of("name") == test.own_name();
    } else if (xml.name() == "property" && is_of_test) {
      properties.push_back(text_of("name"));
      properties.push_back(text_of("value"));
    }
  }
}

inline constexpr FailureForm googletest_failure_forms[] = {
    FailureForm(":", ": Failure\n").goes_on().may_begin_empty().or_marker(),
    FailureForm("(", "): error: ").goes_on().may_begin_empty(),
};
inline constexpr const char* googletest_message_ends[] = {
    "[  ", "[ RUN ", "[-----", "[=====", "Google Test trace:", "With diff:", "Stack trace:", " msg:\n"};

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
  // Not into a file, which would have to be removed however this ends, and which a program on another machine would
  // write there. Where there is no /dev/stdout, GoogleTest aborts.
  row.list_commands = [](const Harness&) {
    if (!built_in(Feature::Json)) return Vector<Arguments>{{"--gtest_list_tests"}};
    return Vector<Arguments>{{"--gtest_list_tests", "--gtest_output=json:/dev/stdout"}};
  };
  row.plain_list_commands = [](const Harness&) { return Vector<Arguments>{{"--gtest_list_tests"}}; };
  row.runs_nothing = "GTEST_FILTER=-*";
  if (built_in(Feature::Json)) row.list_mark = "\"testsuites\": [";
  row.read_list = read_googletest_list;
  row.pattern_of = googletest_pattern;
  row.matches = wildcard_match;
  row.run_arguments = googletest_run_arguments;
  row.run_environment = googletest_run_environment;
  row.judge = judge_googletest;
  if (has_test_properties) {
    row.report_variable = "GTEST_OUTPUT=xml:";
    row.read_properties = read_googletest_properties;
  }
  return row;
}();

}  // namespace nextest
