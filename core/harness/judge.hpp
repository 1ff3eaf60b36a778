// How an attempt ended, once its process is gone and all that it printed is there.
#pragma once

#include <algorithm>

#include "core/base/escape.hpp"
#include "core/base/switches.hpp"
#include "core/model/harness.hpp"
#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"
#include "core/select/output_pattern.hpp"

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
//   ubsan: add-overflow by 0x0000004010f2         (of its minimal runtime; older ones do not say by whom)
// The words have to stand where a sanitizer puts them: a test may print what it has read of others.
inline bool has_sanitizer_report(std::string_view output) {
  if (output.empty()) return false;
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
  constexpr std::string_view minimal = "ubsan: ";
  for (std::size_t at = 0; (at = output.find(minimal, at)) != std::string_view::npos;) {
    const bool is_start = at == 0 || output[at - 1] == '\n';
    at += minimal.size();
    std::string_view line = output.substr(at);
    line = line.substr(0, line.find('\n'));
    line = line.substr(0, line.find(" by 0x"));
    const bool is_kind = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
    if (is_start && is_kind && contains(line, "-")) return true;
  }
  return false;
}

inline bool matches(const std::shared_ptr<const OutputPattern>& pattern, const CapturedOutput& output) {
  return pattern != nullptr && (pattern->regex.matches(output.out) || pattern->regex.matches(output.err));
}

// What was configured goes before what the exit code and the framework say, but for a test that did not end by an exit
// of its own, and for what it left behind.
inline void judge_by_patterns(const TestSettings& settings, const CapturedOutput& output, Outcome& outcome) {
  const bool exited_badly = outcome.kind == OutcomeKind::Fail || outcome.kind == OutcomeKind::WrongTests ||
                            outcome.kind == OutcomeKind::Unfinished || outcome.kind == OutcomeKind::ReportedFail;
  const bool exited_well = outcome.kind == OutcomeKind::Pass || outcome.kind == OutcomeKind::Leak;
  if (!exited_badly && !exited_well) return;
  const bool leaked = outcome.leaked || outcome.kind == OutcomeKind::Leak;
  const auto fail = [&](ReportedBy by) {
    if (!exited_well) return;
    outcome = Outcome();
    outcome.kind = OutcomeKind::ReportedFail;
    outcome.code = static_cast<int>(by);
    outcome.leaked = leaked;
  };
  if (matches(settings.skip_pattern, output) && !leaked) {
    outcome = Outcome();
    outcome.skipped_by_test = true;
  } else if (matches(settings.fail_pattern, output)) {
    fail(ReportedBy::FailPattern);
  } else if (settings.pass_pattern != nullptr && !matches(settings.pass_pattern, output)) {
    fail(ReportedBy::PassPattern);
  } else if (settings.pass_pattern != nullptr && exited_badly) {
    outcome = Outcome();
    outcome.kind = leaked ? OutcomeKind::Leak : OutcomeKind::Pass;
  }
}

inline void judge_plain_output(const TestBinary& binary, const TestCase& test, const TestSettings& settings,
                               const CapturedOutput& output, Outcome& outcome) {
  const OutcomeKind exited = outcome.kind;
  binary.harness->judge(test, output, outcome);
  // A list-wrapper may name what the program does not know. As for cargo-nextest its exit code decides then.
  const bool ran_none = outcome.kind == OutcomeKind::WrongTests && outcome.code == 0;
  if (built_in(Feature::Config) && binary.list_wrapper != nullptr && ran_none) outcome.kind = exited;
  // Of a test that a pattern passes or skips whatever its exit code, a report has nothing to say.
  const bool counts = outcome.passed() && outcome.kind != OutcomeKind::Timeout && !settings.ignores_sanitizers;
  if (built_in(Feature::Config)) judge_by_patterns(settings, output, outcome);
  if (counts && outcome.passed() && (has_sanitizer_report(output.err) || has_sanitizer_report(output.out))) {
    outcome.kind = OutcomeKind::SanitizerReport;
    outcome.skipped_by_test = false;
  }
}

// Of a test that nobody but itself ended. One that could not start, or ran into a time limit, was not seen to fail.
inline void judge_by_expectation(const TestSettings& settings, Outcome& outcome) {
  if (!settings.expected_to_fail || outcome.skipped_by_test) return;
  if (outcome.kind == OutcomeKind::Pass || outcome.kind == OutcomeKind::Leak) {
    outcome.leaked = outcome.kind == OutcomeKind::Leak;
    outcome.kind = OutcomeKind::UnexpectedPass;
    return;
  }
  const OutcomeKind failures[] = {OutcomeKind::Fail,       OutcomeKind::Abort,           OutcomeKind::WrongTests,
                                  OutcomeKind::Unfinished, OutcomeKind::SanitizerReport, OutcomeKind::ReportedFail};
  if (std::find(std::begin(failures), std::end(failures), outcome.kind) == std::end(failures)) return;
  const bool leaked = outcome.leaked;
  outcome = Outcome();
  outcome.kind = leaked ? OutcomeKind::Leak : OutcomeKind::Pass;
  outcome.failed_as_expected = true;
}

// What was printed is judged without colours: they are no part of what it says. Where both streams came in one, each of
// them may hold what the harness looks for. `output` is null where it was not captured; then nothing that is configured
// about outputs is asked.
inline void judge_attempt(const TestBinary& binary, const TestCase& test, const TestSettings& settings,
                          const CapturedOutput* output, Outcome& outcome) {
  if (output == nullptr) {
    CapturedOutput none;
    none.missing = true;
    return binary.harness->judge(test, none, outcome);
  }
  if (!output->combined && !contains(output->out, "\x1B") && !contains(output->err, "\x1B")) {
    return judge_plain_output(binary, test, settings, *output, outcome);
  }
  CapturedOutput plain{without_colours(output->out), without_colours(output->err)};
  if (output->combined) plain.err = plain.out;
  judge_plain_output(binary, test, settings, plain, outcome);
}

}  // namespace nextest
