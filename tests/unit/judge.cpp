#include "core/harness/judge.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using nextest::CapturedOutput;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::TestSettings;

Outcome judged(const CapturedOutput& output, const TestSettings& settings = {}, OutcomeKind kind = OutcomeKind::Pass,
               int code = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  nextest::judge_attempt(nextest::plain_harness, nextest::TestCase(), settings, output, outcome);
  return outcome;
}

TEST_CASE("judge: what a sanitizer reports fails a test that exited with 0") {
  for (const char* report :
       {"==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n",
        "=====\n==7==ERROR: LeakSanitizer: detected memory leaks\n", "==7==WARNING: MemorySanitizer: use-of-uninit\n",
        "==7==ERROR: HWAddressSanitizer: tag-mismatch on address\n", "WARNING: ThreadSanitizer: data race (pid=7)\n",
        "a.c:2:66: runtime error: signed integer overflow\n", "/src/a b.cc:2: runtime error: shift exponent\n",
        "open/src/a.cc:2:5: runtime error: x",
        "\x1B[1m/src/a.c:2:66:\x1B[1m\x1B[31m runtime error: \x1B[1m\x1B[0mnull"}) {
    CAPTURE(report);
    CHECK(judged({"", report}).kind == OutcomeKind::SanitizerReport);
    CHECK(judged({report, ""}).kind == OutcomeKind::SanitizerReport);
    CHECK(judged({"", report}, {}, OutcomeKind::Leak).kind == OutcomeKind::SanitizerReport);
    CHECK_FALSE(judged({"", report}, {}, OutcomeKind::Fail, 77).passed());
    CHECK(judged({"", report}, {}, OutcomeKind::Fail, 3).kind == OutcomeKind::Fail);
    CHECK(judged({"", report}, {}, OutcomeKind::Abort, 6).kind == OutcomeKind::Abort);
    TestSettings ignoring;
    ignoring.ignores_sanitizers = true;
    CHECK(judged({"", report}, ignoring).kind == OutcomeKind::Pass);
  }
}

TEST_CASE("judge: what only looks like a report of a sanitizer is none") {
  for (const char* said :
       {"", "Sanitizer: ", "AddressSanitizer: on\n", "I saw ==7==ERROR: AddressSanitizer: heap-use-after-free\n",
        "ERROR: AddressSanitizer: as a log wrote it\n", "panic: runtime error: index out of range\n",
        ": runtime error: x\n", "7: runtime error: x", "at :7: runtime error: x",
        " :7: runtime error: ", "error 7: runtime error: x\n"}) {
    CAPTURE(said);
    CHECK(judged({"", said}).kind == OutcomeKind::Pass);
  }
}

TEST_CASE("judge: 77 is a skip, but of a program that counts its failures so") {
  const auto unity = [](const std::string& counts, const char* verdict = "FAIL") {
    return CapturedOutput{"t.c:12:test:FAIL: x\n\n-------\n" + counts + " \n" + verdict + "\n", ""};
  };
  const auto ended = [](const CapturedOutput& output, int code) {
    return judged(output, {}, code == 0 ? OutcomeKind::Pass : OutcomeKind::Fail, code);
  };
  CHECK(ended({}, 77).skipped_by_test);
  CHECK(ended({"77 Tests 77 Failures 0 Ignored\n", ""}, 77).skipped_by_test);  // Unity says more
  CHECK(ended({"a 7 Tests 7 Failures 0 Ignored\nFAIL\n", ""}, 77).skipped_by_test);
  CHECK(ended(unity("77 Tests 77 Failures 0 Ignored"), 77).kind == OutcomeKind::Fail);
  CHECK(ended(unity("80 Tests 77 Failures 0 Ignored"), 77).code == 77);
  CHECK(ended(unity("256 Tests 256 Failures 0 Ignored"), 0).kind == OutcomeKind::ReportedFail);
  CHECK(ended(unity("3 Tests 0 Failures 1 Ignored", "OK"), 0).kind == OutcomeKind::Pass);
  CHECK_FALSE(ended(unity("3 Tests 0 Failures 1 Ignored", "OK"), 0).skipped_by_test);
  CHECK(ended(unity("3 Tests 0 Failures 3 Ignored", "OK"), 0).skipped_by_test);
  CHECK(ended(unity("3 Tests 0 Failures 0 Ignored", "OK"), 3).kind == OutcomeKind::Fail);
  CHECK(ended({"[  FAILED  ] tests: 77 test(s), listed below:\n", ""}, 77).kind == OutcomeKind::Fail);
  CHECK(ended({"", "[  FAILED  ] 77 test(s), listed below:\n"}, 77).kind == OutcomeKind::Fail);
}

}  // namespace
