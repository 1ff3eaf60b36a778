// What an end means for a program without tests inside: its exit code, unless it is of a framework that says more.
#pragma once

#include "core/base/text.hpp"
#include "core/model/outcome.hpp"

namespace nextest {

// A test that ends with that exit code was skipped.
inline void skip_at_exit_code(int code, Outcome& outcome) {
  if (outcome.kind != OutcomeKind::Fail || outcome.code != code || outcome.leaked) return;
  outcome = Outcome();
  outcome.skipped_by_test = true;
}

// Takes "NUMBER WORD" from `text`, after blanks.
inline bool take_count(std::string_view& text, std::string_view word, std::uint64_t& number) {
  text = trim(text);
  if (!parse_number(take_digits(text), number) || !starts_with(text, word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// The last lines of a program with Unity, which is one test for us:
//   5 Tests 2 Failures 1 Ignored
//   FAIL
struct UnityCounts {
  std::uint64_t tests = 0, failures = 0, ignored = 0;
};

// Behind them are only blank lines; elsewhere they are of another program, which this one runs and looks at.
inline bool find_unity_counts(std::string_view output, UnityCounts& counts) {
  if (!contains(output, " Failures ")) return false;
  output = trim(output);
  if (!ends_with(output, "\nOK") && !ends_with(output, "\nFAIL")) return false;
  output = output.substr(0, output.rfind('\n'));
  std::string_view line = trim(output.substr(output.rfind('\n') + 1));  // npos + 1 is 0
  return take_count(line, " Tests ", counts.tests) && take_count(line, " Failures ", counts.failures) &&
         take_count(line, " Ignored", counts.ignored) && line.empty();
}

// Whether cmocka says how many tests failed: "[  FAILED  ] 2 test(s), listed below:".
inline bool has_cmocka_failures(std::string_view output) {
  return contains(output, "[  FAILED  ] ") && contains(output, " test(s)");
}

// Whether that is what it says at its end: behind it are only the names, and the number once more. Elsewhere it is of
// another program.
inline bool ends_with_cmocka_failures(std::string_view output) {
  if (!has_cmocka_failures(output)) return false;
  output = trim(output);
  while (!output.empty()) {
    const std::size_t start = output.rfind('\n') + 1;  // npos + 1 is 0
    const std::string_view line = output.substr(start);
    const bool is_failure = starts_with(line, "[  FAILED  ] ");
    if (is_failure && contains(line, " test(s)")) return true;
    if (!is_failure && !line.empty() && !ends_with(line, " FAILED TEST(S)")) return false;
    output = output.substr(0, start == 0 ? 0 : start - 1);
  }
  return false;
}

// Judges by the exit code: 77 means "skipped", as automake has it. But the exit code of programs with Unity and cmocka
// is the number of failures, modulo 256, so that of 77 means as many, and 0 may mean 256.
inline void judge_by_exit_code(const CapturedOutput& output, Outcome& outcome) {
  UnityCounts counts;
  if (find_unity_counts(output.out, counts)) {
    if (!outcome.passed() || outcome.kind == OutcomeKind::Timeout) return;
    if (counts.failures > 0) outcome.kind = OutcomeKind::ReportedFail;
    else outcome.skipped_by_test = counts.tests > 0 && counts.ignored == counts.tests;
  } else if (!has_cmocka_failures(output.out) && !has_cmocka_failures(output.err)) {
    skip_at_exit_code(77, outcome);
  } else if (outcome.passed() && outcome.kind != OutcomeKind::Timeout &&
             (ends_with_cmocka_failures(output.err) || ends_with_cmocka_failures(output.out))) {
    outcome.kind = OutcomeKind::ReportedFail;
  }
}

}  // namespace nextest
