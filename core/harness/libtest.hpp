// Rust's libtest, and programs that follow its documented rules for custom harnesses.
#pragma once

#include "core/harness/row.hpp"

namespace nextest {

inline bool read_libtest_line(std::string_view line, ListedTest& test) {
  for (const std::string_view kind : {": test", ": benchmark"}) {
    if (!ends_with(line, kind) || line.size() == kind.size()) continue;
    test.name = line.substr(0, line.size() - kind.size());
    test.benchmark = kind == ": benchmark";
    return true;
  }
  return false;
}

// `output` without what the program prints before and after a list of nothing, which is `chatter`. A list has whole
// lines.
inline std::string_view without_libtest_chatter(std::string_view output, std::string_view chatter) {
  std::size_t before = 0;
  while (before < chatter.size() && before < output.size() && chatter[before] == output[before]) ++before;
  const std::size_t line_start = chatter.substr(0, before).rfind('\n') + 1;  // npos + 1 is 0
  while (true) {
    const std::string_view after = chatter.substr(before);
    std::string_view list = output.substr(before);
    if (ends_with(list, after)) {
      list.remove_suffix(after.size());
      if (list.empty() || ends_with(list, "\n")) return list;
    }
    if (before == line_start) return output;
    --before;  // the first name may begin as the farewell does
  }
}

// Other lines are what the program's own main prints. It may leave one without its end, to which the first name is
// glued; where no test is ignored the second list holds nothing else.
inline Result<Vector<ListedTest>> read_libtest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  std::string_view chatter = outputs.size() > 1 ? std::string_view(outputs[1]) : std::string_view(), line, odd;
  for (std::string_view rest = chatter; next_line(rest, line);) {
    ListedTest test;
    if (read_libtest_line(line, test)) chatter = {};
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::size_t next = 0;  // the second list names tests of the first in the same order
    std::string_view rest = i == 0 ? without_libtest_chatter(outputs[0], chatter) : std::string_view(outputs[i]);
    while (next_line(rest, line)) {
      ListedTest test;
      test.ignored = i == 1;
      if (!read_libtest_line(line, test)) {
        if (odd.empty()) odd = line;
        continue;
      }
      if (test.ignored && mark_ignored(tests, test.name, next)) continue;
      tests.push_back(std::move(test));
    }
  }
  if (tests.empty() && !odd.empty()) return unreadable_line(odd, "it should be 'NAME: test' or 'NAME: benchmark'");
  return tests;
}

// Without --bench a benchmark runs once, as a test.
inline Arguments libtest_run_arguments(const TestList&, const TestCase& test) {
  Arguments arguments = {std::string(test.own_name()), "--exact", "--nocapture"};
  if (test.ignored) arguments.push_back("--ignored");
  return arguments;
}

// Whether the result says that it is behind the line about the test itself:
//   test NAME ... ok
//   test NAME - should panic ... ok
inline bool is_behind_libtest_verdict(std::string_view output, std::string_view result, std::string_view name) {
  output = output.substr(0, static_cast<std::size_t>(result.data() - output.data()));
  const std::string wanted = std::string("test ").append(name);
  for (std::size_t at = 0; (at = output.find(wanted, at)) != std::string_view::npos; at += wanted.size()) {
    std::string_view rest = output.substr(at + wanted.size());
    rest = rest.substr(0, rest.find('\n'));
    if (starts_with(rest, " ... ") || (starts_with(rest, " - ") && contains(rest, " ... "))) return true;
  }
  return false;
}

// test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s
// Another program with tests that this one runs prints its start and its result, too. Where there are more starts than
// results, either that or this was ended early; the line about the test, which comes at its end, decides.
inline void judge_libtest(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  constexpr std::string_view result = "test result: ";
  std::size_t starts = 0;
  std::string_view rest = output.out, line;
  while (next_line(rest, line)) {
    const std::string_view count = starts_with(line, "running ") ? line.substr(8) : std::string_view();
    const std::size_t blank = count.find_first_not_of("0123456789");
    if (blank > 0 && blank < count.size() && (count.substr(blank) == " test" || count.substr(blank) == " tests")) {
      ++starts;
    }
  }
  const bool ended = find_last_line(output.out, result, line);
  if (starts > count_lines(output.out, result) &&
      !(ended && is_behind_libtest_verdict(output.out, line, test.own_name()))) {
    set_unfinished(outcome);
  }
  if (!ended) return;
  std::uint64_t ran = 0;
  for (const std::string_view word : {" passed", " failed", " measured"}) {
    if (!contains(line, word)) return;
    ran += number_before(line, word);
  }
  expect_tests_run(ran, 1, outcome);
}

// running 1 test
// ... what the test printed
// test NAME ... FAILED
inline std::string_view libtest_own_output(const TestCase& test, std::string_view output) {
  constexpr std::string_view heading = "running 1 test\n";
  if (const std::size_t at = output.find(heading); at < output.size()) output.remove_prefix(at + heading.size());
  return output.substr(0, output.find("test " + test.name.str() + " ... FAILED\n"));
}

inline constexpr FailureForm libtest_failure_forms[] = {
    FailureForm(":", "\n").where("note: test did not panic").behind(" at ").message_at("test did not panic"),
    FailureForm(":", "Error: ").message_at("Error: ").at_the_end(),
    rust_panic,
    old_rust_panic,
    sanitizer_frame,
    sanitizer_frame_in_program,
};

inline constexpr Harness libtest_harness = [] {
  Harness row;
  row.name = "libtest";
  row.separator = "::";
  row.text = {"RUST_TEST_", "THREADS"};
  row.failures.forms = libtest_failure_forms;
  row.failures.ends = rust_message_ends;
  row.failures.thread = "failures:\n    ";
  row.list_commands = [](const Harness&) {
    return Vector<Arguments>{{"--list", "--format", "terse"}, {"--list", "--format", "terse", "--ignored"}};
  };
  row.read_list = read_libtest_list;
  row.run_arguments = libtest_run_arguments;
  row.judge = judge_libtest;
  row.own_output = libtest_own_output;
  return row;
}();

}  // namespace nextest
