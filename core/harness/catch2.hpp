// Catch2, versions 3 and 2. A test spec in quotes takes every name but for three things: letter case and blanks at the
// ends do not count, a '*' at an end is a wildcard, and a leading "exclude:" negates. Where that lets more tests
// through, version 3 shards; version 2 can only exclude the others by name.
#pragma once

#include "core/base/file.hpp"
#include "core/format/xml.hpp"
#include "core/harness/row.hpp"

namespace nextest {

inline Result<Vector<ListedTest>> read_catch2_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  const std::size_t start = outputs[0].find("<?xml");
  if (start == std::string::npos) return unreadable_line(outputs[0].substr(0, 200), "it should be Catch2's XML");
  const std::string_view document = std::string_view(outputs[0]).substr(start);
  XmlReader xml(document);
  ListedTest test;
  std::string element, tags;
  while (true) {
    Result<XmlEvent> event = xml.next();
    if (!event) return Error{ExitCode::TestListFailed, event.error().message, ""};
    switch (event.value()) {
      case XmlEvent::End: return tests;
      case XmlEvent::StartElement:
        element = xml.name();
        if (element == "TestCase") test = ListedTest();
        break;
      case XmlEvent::Text:
        if (element == "Name") test.name = xml.text();
        if (element == "ClassName") test.suite = xml.text();
        if (element == "Tags") test.ignored = contains(xml.text(), "[.") || contains(xml.text(), "[!hide]");
        if (element == "File") test.source = file_name(xml.text());
        if (element == "Line") test.source = test.source.str().append(":").append(xml.text());
        break;
      case XmlEvent::EndElement:
        element.clear();
        if (xml.name() == "TestCase") tests.push_back(test);
        if (xml.name() == "MatchingTests") return tests;
        break;
    }
  }
}

// Version 2 prints "NAME\t@FILE:LINE": for all tests, for the hidden ones, and for none. A name may hold newlines, and
// one that starts with '#' comes in quotes.
inline Result<Vector<ListedTest>> read_catch2_v2_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  const std::string_view chatter = outputs.size() > 2 ? std::string_view(outputs[2]) : std::string_view();
  for (std::size_t i = 0; i < 2 && i < outputs.size(); ++i) {
    std::size_t next = 0;  // the hidden ones come in the order of the first list
    std::string record;
    std::string_view rest = without_chatter(outputs[i], chatter), line;
    while (next_line(rest, line)) {
      record.append(line);
      const std::size_t at = record.rfind("\t@");
      const std::size_t colon = record.rfind(':');
      std::uint64_t line_number = 0;
      if (at == std::string::npos || colon == std::string::npos || colon < at ||
          !parse_number(std::string_view(record).substr(colon + 1), line_number)) {
        record += '\n';
        continue;
      }
      ListedTest test;
      test.name = record.substr(0, at);
      if (starts_with(test.name, "\"#") && ends_with(test.name, "\"")) {
        test.name = test.name.substr(1, test.name.size() - 2);
      }
      test.source = file_name(std::string_view(record).substr(at + 2));
      record.clear();
      if (i == 0) {
        tests.push_back(std::move(test));
        continue;
      }
      mark_ignored(tests, test.name, next);
    }
    if (!trim(record).empty()) return unreadable_line(trim(record), "it should end with a tab, @, file and line");
  }
  return tests;
}

// As Catch2 compares: no case, no blanks at the ends.
inline std::string catch2_normalised(std::string_view name) {
  std::string text(trim(name));
  for (char& c : text) c = ascii_lower(c);
  return text;
}

inline std::string catch2_pattern(std::string_view name) {
  return starts_with(name, "exclude:") ? "*" + catch2_normalised(name.substr(1)) : catch2_normalised(name);
}

inline bool catch2_matches(std::string_view pattern, std::string_view name) {
  const std::string text = catch2_normalised(name);
  const bool open_start = starts_with(pattern, "*");
  if (open_start) pattern.remove_prefix(1);
  const bool open_end = ends_with(pattern, "*");
  if (open_end) pattern.remove_suffix(1);
  if (open_start && open_end) return contains(text, pattern);
  if (open_start) return ends_with(text, pattern);
  return open_end ? starts_with(text, pattern) : text == pattern;
}

inline std::string catch2_spec(std::string_view name) {
  std::string spec = "\"";
  if (starts_with(name, "exclude:")) {
    spec += '*';
    name.remove_prefix(1);
  }
  append_escaped(spec, name, "\\\",");
  return spec + "\"";
}

inline Arguments catch2_run_arguments(const TestList&, const TestCase& test) {
  Arguments arguments = {catch2_spec(test.own_name())};
  if (test.rivals > 1) {
    arguments.insert(arguments.end(),
                     {"--order", "decl", "--shard-count", decimal(test.rivals), "--shard-index", decimal(test.rank)});
  }
  return arguments;
}

inline Arguments catch2_v2_run_arguments(const TestList& list, const TestCase& test) {
  std::string spec = catch2_spec(test.own_name());
  if (test.rivals == 1) return {std::move(spec)};
  const std::string pattern = catch2_pattern(test.own_name());
  for (const TestCase& other : list.tests) {
    const bool is_rival = other.binary == test.binary && &other != &test && catch2_matches(pattern, other.own_name());
    const bool excludes_us = catch2_matches(catch2_pattern(other.own_name()), test.own_name());
    if (is_rival && !excludes_us) spec += "~" + catch2_spec(other.own_name());
  }
  return {std::move(spec)};
}

// Where the program's own run begins; npos when it says nothing of that. A main may have left a line open before.
//   Filters: "name"
inline std::size_t find_catch2_start(std::string_view output, std::string_view name) {
  const std::size_t own = output.rfind("Filters: " + catch2_spec(name));
  std::string_view line;
  if (own != std::string_view::npos || !find_last_line(output, "Filters: ", line)) return own;
  return static_cast<std::size_t>(line.data() - output.data());
}

// Reads one of
//   All tests passed (2 assertions in 1 test case)
//   test cases: 1 | 1 skipped
//   No tests ran
inline bool read_catch2_end(std::string_view line, std::uint64_t& tests) {
  tests = 0;
  if (starts_with(line, "All tests passed (")) {
    const std::size_t in = line.find(" in ");
    if (in == std::string_view::npos || !contains(line.substr(in), " test case")) return false;
    tests = leading_number(line.substr(in + 4));
    return true;
  }
  if (starts_with(line, "test cases: ")) {
    tests = leading_number(line.substr(12));
    return contains(line, " | ");
  }
  return line == "No tests ran";
}

// Catch2's own end is behind its start, and a line of '=' stands before it. A test, or another program that it or main
// runs, may print an end as well, so one of a single test is enough. What Catch2 prints is not written at once: what a
// program prints that a test runs mostly stands before the start, and an end only there is not its own.
// Silence is believed, though a test that calls _exit(0) is silent, too: a main may send the report into a file.
inline void judge_catch2(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  const std::size_t start = find_catch2_start(output.out, test.own_name());
  std::string_view rest = output.out, line, end;
  if (start != std::string_view::npos) rest.remove_prefix(start);
  std::uint64_t tests = 0, ran = 0;
  bool found = false, is_behind_rule = false, is_own = false;
  while (!(is_own && ran == 1) && next_line(rest, line)) {
    if (read_catch2_end(line, tests) && (is_behind_rule || !is_own)) {
      found = true;
      is_own = is_behind_rule;
      ran = tests;
      end = line;
    }
    is_behind_rule = ends_with(line, "=");
  }
  if (!found) {
    if (start != std::string_view::npos) set_unfinished(outcome);
    return;
  }
  expect_tests_run(ran, 1, outcome);
  constexpr int all_tests_skipped = 4;
  if (ran == 1 && contains(end, "1 skipped")) skip_at_exit_code(all_tests_skipped, outcome);
}

inline constexpr FailureForm catch2_failure_forms[] = {
    FailureForm(":", ": FAILED:\n").goes_on(),
};
inline constexpr const char* catch2_headings[] = {
    "explicitly with message:", "with message:", "explicitly with messages:", "with messages:"};

inline constexpr Harness catch2_v2_harness = [] {
  Harness row;
  row.name = "catch2";
  row.recorded_as = "catch2-v2";
  row.text = {"list all/matching test cases na", "mes only"};
  row.failures.forms = catch2_failure_forms;
  row.failures.headings = catch2_headings;
  row.failures.crash = "fatal error condition";
  row.list_commands = [](const Harness&) {
    Vector<Arguments> commands;
    for (const char* which : {"*", "[.],[!hide]", "[no test has this tag]"}) {
      commands.push_back({"--list-test-names-only", "--verbosity", "high", "--order", "decl", which});
    }
    return commands;
  };
  row.read_list = read_catch2_v2_list;
  // Version 2 exits with the number of tests it listed, and with 255 when it could not start.
  row.list_succeeded = [](int exit_code, std::string_view output) { return exit_code == 0 || !output.empty(); };
  row.pattern_of = catch2_pattern;
  row.matches = catch2_matches;
  row.run_arguments = catch2_v2_run_arguments;
  row.argument_file_option = "-f";
  row.judge = judge_catch2;
  return row;
}();

// Version 3 chooses and shards by Bazel's variables as well.
inline constexpr Harness::DroppedVariable catch2_variables[] = {
    {"TESTBRIDGE_TEST_ONLY", choose_tests},
    {"TEST_TOTAL_SHARDS", choose_a_shard},
    {"TEST_SHARD_INDEX", nullptr},
    {"TEST_SHARD_STATUS_FILE", nullptr},
};

inline constexpr Harness catch2_harness = [] {
  Harness row;
  row.name = "catch2";
  row.text = {"list all/matching te", "st cases"};
  row.library = {"libCatc", "h2."};
  row.failures = catch2_v2_harness.failures;
  row.list_commands = [](const Harness&) {
    return Vector<Arguments>{{"--list-tests", "--reporter", "xml", "--order", "decl", "*"}};
  };
  row.read_list = read_catch2_list;
  row.pattern_of = catch2_pattern;
  row.matches = catch2_matches;
  row.run_arguments = catch2_run_arguments;
  row.dropped_variables = catch2_variables;
  row.judge = judge_catch2;
  return row;
}();

}  // namespace nextest
