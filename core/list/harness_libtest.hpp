// Rust's libtest, and programs that follow its documented rules for custom harnesses.
#pragma once

#include "core/base/vector.hpp"
#include "core/list/harness.hpp"

namespace nextest {

inline Result<Vector<ListedTest>> read_libtest_list(const Vector<std::string>& outputs) {
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

inline Arguments libtest_run_arguments(const TestList& list, TestIndex index) {
  const TestCase& test = list.tests[index];
  Arguments arguments = {std::string(test.own_name()), "--exact", "--nocapture"};
  if (test.ignored) arguments.push_back("--ignored");
  if (test.benchmark) arguments.push_back("--bench");
  return arguments;
}

// test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s
inline void judge_libtest(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
  std::string_view line;
  if (!find_last_line(output.out, "test result: ", line)) return expect_no_start(output.out, "running 1 test", outcome);
  std::uint64_t ran = 0;
  for (const std::string_view word : {" passed", " failed", " measured"}) {
    const std::size_t end = line.find(word);
    if (end == std::string_view::npos) return;
    std::size_t start = end;
    while (start > 0 && is_digit(line[start - 1])) --start;
    ran += leading_number(line.substr(start, end - start));
  }
  expect_tests_run(ran, 1, outcome);
}

inline constexpr Harness libtest_harness = {
    HarnessKind::Libtest,
    "libtest",
    {"RUST_TEST_", "THREADS"},
    {},
    [] {
      return Vector<Arguments>{{"--list", "--format", "terse"}, {"--list", "--format", "terse", "--ignored"}};
    },
    read_libtest_list,
    nullptr,
    nullptr,
    nullptr,
    libtest_run_arguments,
    nullptr,
    judge_libtest,
};

}  // namespace nextest
