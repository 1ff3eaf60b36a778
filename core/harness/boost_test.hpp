// Boost.Test. Its filter has no escapes: a name with ',' or ':' in it, or with '!', '+' or '@' at its start, is asked
// for by its longest part that is free of them; where that lets more tests through, the others are excluded by name.
// (Since 1.7x Boost puts '_' in place of all of these, unless a program writes a name itself.)
#pragma once

#include <algorithm>

#include "core/base/file.hpp"
#include "core/harness/row.hpp"

namespace nextest {

// NAME|FILE(LINE), and then perhaps |timeout=N, |expected failures=N and |labels: @A @B, in this order.
inline bool read_boost_label(std::string_view label, ListedTest& unit) {
  label = label.substr(0, label.find("|labels: @"));
  for (const std::string_view attribute : {"|expected failures=", "|timeout="}) {
    const std::size_t at = label.rfind(attribute);
    if (at != std::string_view::npos && !contains(label.substr(at + 1), "|")) label = label.substr(0, at);
  }
  const std::size_t bar = label.rfind('|'), open = label.rfind('(');
  if (bar == std::string_view::npos || open == std::string_view::npos || open < bar || !ends_with(label, ")")) {
    return false;
  }
  unit.name = unit.name.str().append(label.substr(0, bar));
  unit.source = std::string(file_name(label.substr(bar + 1, open - bar - 1)))
                    .append(":")
                    .append(label.substr(open + 1, label.size() - open - 2));
  return true;
}

// The list as a graph: unlike the one for people, it says where a test is and what it depends on, a description cannot
// disturb it, and its end is marked.
//   tu65536[shape=Mrecord,fontname=Helvetica,color=green,label="name|file.cpp(16)"];     yellow: disabled
//   tu2 -> tu65536;
//   tu65536 -> tu65539[color=red,style=dotted,constraint=false];                         needs tu65539
// The units of a suite follow it in braces. Numbers from 65536 on are tests, those below are suites.
inline Result<Vector<ListedTest>> read_boost_test_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests, suites;  // suites: the open ones, the innermost last
  ListedTest unit;                   // the last one read
  bool is_test = false;              // that, and not kept yet
  const auto keep_unit = [&] {
    if (is_test) tests.push_back(unit);
    is_test = false;
  };
  const std::size_t start = std::min(outputs[0].find("digraph G {"), outputs[0].size());
  std::string_view rest = std::string_view(outputs[0]).substr(start), line;
  next_line(rest, line);
  while (next_line(rest, line)) {
    const bool is_unit = starts_with(line, "tu") && contains(line, "[shape=");
    if (is_unit) {
      keep_unit();
      if (suites.empty()) continue;  // the module
      // A name may hold newlines.
      const char* const begin = line.data();
      while (!ends_with(line, "\"];") && next_line(rest, line)) {
      }
      line = std::string_view(begin, static_cast<std::size_t>(line.data() + line.size() - begin));
      const std::size_t label = std::min(line.find("label=\""), line.size() - 3) + 7;
      unit.name = suites.back().name;
      unit.runs_others = suites.back().runs_others;
      unit.ignored = contains(line.substr(0, label), "color=yellow");
      if (line.size() < label + 3 || !read_boost_label(line.substr(label, line.size() - label - 3), unit)) break;
      is_test = leading_number(line.substr(2)) >= 65536;
      if (!is_test) unit.name = unit.name.str() + '/';
    } else if (starts_with(line, "tu")) {
      unit.runs_others |= contains(line, "[color=red");
    } else if (line == "{") {
      suites.push_back(unit);
    } else if (line == "}") {
      keep_unit();
      if (suites.empty()) return tests;
      suites.pop_back();
    } else {
      break;
    }
  }
  return unreadable_line(line.substr(0, 200), "it should be of Boost.Test's list as DOT, which ends with '}'");
}

// The filter: level by level, what of the name it can be given.
inline std::string boost_pattern(std::string_view name) {
  std::string pattern;
  for (std::size_t start = 0, end; start <= name.size(); start = end + 1) {
    end = std::min(name.find('/', start), name.size());
    std::size_t best = start, size = 0;
    for (std::size_t from = start, to; from <= end; from = to + 1) {
      to = std::min(name.find_first_of(",:/", from), end);
      if (from == 0 && from < to && std::string_view("!+@").find(name[from]) < 3) ++from;
      if (to - from <= size) continue;
      best = from;
      size = to - from;
    }
    if (start > 0) pattern += '/';
    if (best > start || size == 0) pattern += '*';
    pattern.append(name.substr(best, size));
    if (size > 0 && best + size < end) pattern += '*';
  }
  return pattern;
}

inline Arguments boost_test_run_arguments(const TestList& list, const TestCase& test) {
  const std::string pattern = boost_pattern(test.own_name());
  // A signal is shown as the one it is; the report tells how many tests ran, and where it ran others, what became of
  // it.
  Arguments arguments;
  for (const char* option :
       {"--catch_system_errors=no", "--result_code=yes", "--report_format=HRF",
        test.runs_others ? "--report_level=detailed" : "--report_level=short", "--report_sink=stderr"}) {
    arguments.push_back(option);
  }
  arguments.push_back("--run_test=" + pattern);
  for (const TestCase& other : list.tests) {
    if (test.rivals == 1) break;
    if (other.binary != test.binary || &other == &test || !wildcard_match(pattern, other.own_name())) continue;
    const std::string excluded = boost_pattern(other.own_name());
    if (!wildcard_match(excluded, test.own_name())) arguments.push_back("--run_test=!" + excluded);
  }
  return arguments;
}

// How many tests a report counts; false when it counts none. The counts of the suites come after an empty line.
struct BoostCounts {
  std::uint64_t all = 0, skipped = 0;
};

inline bool read_boost_counts(std::string_view report, BoostCounts& counts) {
  counts = BoostCounts();
  std::string_view line;
  while (next_line(report, line)) {
    if (counts.all > 0 && line.empty()) break;
    const std::size_t out_of = line.find(" out of ");
    if (out_of == std::string_view::npos || !contains(line.substr(0, out_of), "test case")) continue;
    counts.all = leading_number(line.substr(out_of + 8));
    if (ends_with(line, " skipped")) counts.skipped = leading_number(line);
  }
  return counts.all > 0;
}

// Whether the report says that the test was skipped, alone or with a suite that it is in.
inline bool is_skipped_in_boost_report(std::string_view report, std::string_view name) {
  std::string unit = "Test case \"";
  for (std::size_t size = name.size(); size < std::string_view::npos && size > 0; size = name.rfind('/', size - 1)) {
    if (contains(report, unit.append(name.substr(0, size)).append("\" was skipped\n"))) return true;
    unit = "Test suite \"";
  }
  return false;
}

// Test module "name" has passed with:
//   1 test case out of 39 passed
//   38 test cases out of 39 skipped
//   Test case "name" was skipped                where it ran those that it depends on; their failures are their own
// The report was asked for, so it is there unless the program was cut short: a buffered line of its log may then be
// lost. Where main or the test printed others, that of one test is its own; or, where it ran more, that which names it.
inline void judge_boost_test(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  if (output.missing) return;
  constexpr std::string_view title = "\nTest module \"";
  const std::string all = "\n" + output.err, name = "\"" + std::string(test.own_name()) + "\"";
  std::string_view own;
  BoostCounts counts;
  bool found = false, is_own = false;
  for (std::size_t at = 0, next; (at = all.find(title, at)) != std::string::npos; at = next) {
    next = std::min(all.find(title, at + 1), all.size());
    found = true;
    const std::string_view report = std::string_view(all).substr(at, next - at);
    BoostCounts read;
    if (!read_boost_counts(report.substr(1), read)) continue;
    const bool fits = test.runs_others ? contains(report, name) || is_skipped_in_boost_report(report, test.own_name())
                                       : test.rivals > 1 || read.all - read.skipped <= 1;
    if (is_own && !fits) continue;
    is_own = fits;
    own = report;
    counts = read;
  }
  if (!found) return set_unfinished(outcome);
  if (counts.all == 0) return;
  if (test.runs_others && is_skipped_in_boost_report(own, test.own_name())) {
    skip_at_exit_code(outcome.code, outcome);
    outcome.skipped_by_test = outcome.passed();
  } else if (counts.skipped >= counts.all) {
    outcome.skipped_by_test = outcome.passed();
  } else if (!test.runs_others) {
    expect_tests_run(counts.all - counts.skipped, 1, outcome);
  }
}

inline constexpr FailureForm boost_failure_forms[] = {
    FailureForm(":", ": error: in \"").message_behind("\": ").moved_by(": last checkpoint"),
    FailureForm(":", ": fatal error: in \"").message_behind("\": ").moved_by(": last checkpoint"),
};

// With some of these a program would list instead of running, or report in another form.
inline constexpr Harness::DroppedVariable boost_test_variables[] = {
    {"BOOST_TEST_RUN_FILTERS", choose_tests}, {"BOOST_TEST_RANDOM", "shuffle tests with --order random"},
    {"BOOST_TEST_LIST_CONTENT", nullptr},     {"BOOST_TEST_LIST_LABELS", nullptr},
    {"BOOST_TEST_OUTPUT_FORMAT", nullptr},    {"BOOST_TEST_REPORT_FORMAT", nullptr},
    {"BOOST_TEST_REPORT_LEVEL", nullptr},     {"BOOST_TEST_REPORT_SINK", nullptr},
    {"BOOST_TEST_RESULT_CODE", nullptr},      {"BOOST_TEST_WAIT_FOR_DEBUGGER", nullptr},
};

inline constexpr Harness boost_test_harness = [] {
  Harness row;
  row.name = "boost-test";
  row.separator = "/";
  row.text = {"no test cases matching fil", "ter or all test cases were disabled"};
  row.library = {"libboost_unit_test_f", "ramework"};
  row.dropped_variables = boost_test_variables;
  row.failures.forms = boost_failure_forms;
  row.failures.nowhere = " unknown ";
  row.list_commands = [](const Harness&) { return Vector<Arguments>{{"--list_content=DOT", "--report_sink=stdout"}}; };
  row.read_list = read_boost_test_list;
  row.pattern_of = boost_pattern;
  row.matches = wildcard_match;  // it lets through more than Boost does: then one is excluded in vain
  row.run_arguments = boost_test_run_arguments;
  row.judge = judge_boost_test;
  return row;
}();

}  // namespace nextest
