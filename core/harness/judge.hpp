// How an attempt ended, once its process is gone and all that it printed is there.
#pragma once

#include "core/base/escape.hpp"
#include "core/model/harness.hpp"
#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// FILE:LINE:COLUMN or FILE:LINE at the end of `text`.
inline bool ends_with_place(std::string_view text) {
  const std::size_t digit = text.find_last_not_of("0123456789");
  return digit < text.size() - 1 && digit > 0 && text[digit] == ':' && text[digit - 1] != ' ';
}

// Whether a sanitizer of a compiler reported a fault in there:
//   ==7==ERROR: AddressSanitizer: heap-use-after-free on address ...
//   WARNING: ThreadSanitizer: data race (pid=7)
//   a.c:2:66: runtime error: signed integer overflow: ...
// The words have to stand where a sanitizer puts them: a test may print what it has read of others.
inline bool has_sanitizer_report(std::string_view output) {
  constexpr std::string_view title = "Sanitizer: ", undefined = ": runtime error: ";
  for (std::size_t at = 0; (at = output.find(title, at)) != std::string_view::npos; at += title.size()) {
    const std::size_t start = output.rfind('\n', at) + 1;  // npos + 1 is 0
    std::string_view before = output.substr(start, at - start);
    before = before.substr(0, before.rfind(' ') + 1);  // without which sanitizer it is
    if (before == "WARNING: ") return true;
    if (starts_with(before, "==") && (ends_with(before, "==ERROR: ") || ends_with(before, "==WARNING: "))) return true;
  }
  for (std::size_t at = 0; (at = output.find(undefined, at)) != std::string_view::npos; at += undefined.size()) {
    if (ends_with_place(output.substr(0, at))) return true;
  }
  return false;
}

inline void judge_plain_output(const Harness& harness, const TestCase& test, const TestSettings& settings,
                               const CapturedOutput& output, Outcome& outcome) {
  harness.judge(test, output, outcome);
  const bool counts = outcome.passed() && outcome.kind != OutcomeKind::Timeout && !settings.ignores_sanitizers;
  if (counts && (has_sanitizer_report(output.err) || has_sanitizer_report(output.out))) {
    outcome.kind = OutcomeKind::SanitizerReport;
    outcome.skipped_by_test = false;
  }
}

// What was printed is judged without colours: they are no part of what it says.
inline void judge_attempt(const Harness& harness, const TestCase& test, const TestSettings& settings,
                          const CapturedOutput& output, Outcome& outcome) {
  if (!contains(output.out, "\x1B") && !contains(output.err, "\x1B")) {
    return judge_plain_output(harness, test, settings, output, outcome);
  }
  const CapturedOutput plain{without_colours(output.out), without_colours(output.err)};
  judge_plain_output(harness, test, settings, plain, outcome);
}

}  // namespace nextest
