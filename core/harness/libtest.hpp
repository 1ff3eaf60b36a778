// Rust's libtest, and programs that follow its documented rules for custom harnesses.
#pragma once

#include "core/harness/row.hpp"

namespace nextest {

inline Result<Vector<ListedTest>> read_libtest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool ignored = i == 1;
    std::size_t next = 0;  // the second list names tests of the first in the same order
    std::string_view rest = outputs[i], line;
    while (next_line(rest, line)) {
      if (line.empty()) continue;
      ListedTest test;
      test.ignored = ignored;
      for (const std::string_view kind : {": test", ": benchmark"}) {
        if (ends_with(line, kind)) {
          test.name = line.substr(0, line.size() - kind.size());
          test.benchmark = kind == ": benchmark";
        }
      }
      if (test.name.empty()) return unreadable_line(line, "it should be 'NAME: test' or 'NAME: benchmark'");
      if (ignored && mark_ignored(tests, test.name, next)) continue;
      tests.push_back(std::move(test));
    }
  }
  return tests;
}

// Without --bench a benchmark runs once, as a test.
inline Arguments libtest_run_arguments(const TestList&, const TestCase& test) {
  Arguments arguments = {std::string(test.own_name()), "--exact", "--nocapture"};
  if (test.ignored) arguments.push_back("--ignored");
  return arguments;
}

// test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s
// Another program with tests that this one runs prints its start and its result, too.
inline void judge_libtest(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
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
  if (starts > count_lines(output.out, result)) set_unfinished(outcome);
  if (!find_last_line(output.out, result, line)) return;
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
  return output.substr(0, output.find("test " + test.name + " ... FAILED\n"));
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
