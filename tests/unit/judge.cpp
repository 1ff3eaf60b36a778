#include "core/harness/judge.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "core/harness/table.hpp"
#include "core/model/script.hpp"
#include "core/select/regex.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::CapturedOutput;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::OutputPattern;
using nextest::TestSettings;

Outcome judged(const CapturedOutput& output, const TestSettings& settings = {}, OutcomeKind kind = OutcomeKind::Pass,
               int code = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  const nextest::TestBinary binary = support::binary_of(nextest::plain_harness);
  nextest::judge_attempt(binary, nextest::TestCase(), settings, &output, outcome);
  return outcome;
}

TEST_CASE("judge: what a sanitizer reports fails a test that exited with 0") {
  for (const char* report :
       {"==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1\n",
        "=====\n==7==ERROR: LeakSanitizer: detected memory leaks\n", "==7==WARNING: MemorySanitizer: use-of-uninit\n",
        "==7==ERROR: HWAddressSanitizer: tag-mismatch on address\n", "WARNING: ThreadSanitizer: data race (pid=7)\n",
        "a.c:2:66: runtime error: signed integer overflow\n", "/src/a b.cc:2: runtime error: shift exponent\n",
        "open/src/a.cc:2:5: runtime error: x", "ubsan: add-overflow by 0x0000004010f2\n", "x\nubsan: add-overflow",
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
  for (const char* said : {"", "ubsan: too many errors\n", "ubsan: off\n", "I saw ubsan: add-overflow\n", "Sanitizer: ",
                           "AddressSanitizer: on\n", "I saw ==7==ERROR: AddressSanitizer: heap-use-after-free\n",
                           "ERROR: AddressSanitizer: as a log wrote it\n", "panic: runtime error: index out of range\n",
                           ": runtime error: x\n", "7: runtime error: x", "at :7: runtime error: x",
                           " :7: runtime error: ", "error 7: runtime error: x\n"}) {
    CAPTURE(said);
    CHECK(judged({"", said}).kind == OutcomeKind::Pass);
  }
}

// Criterion reports on standard error, GoogleTest on standard output.
TEST_CASE("judge: where both streams came in one, each framework finds what it looks for") {
  const auto kind = [](const nextest::Harness& harness, const std::string& text) {
    nextest::TestCase test;
    test.name = "A.b";
    test.own_name_size = 3;
    Outcome outcome;
    const CapturedOutput output{text, "", true};
    nextest::judge_attempt(support::binary_of(harness), test, TestSettings(), &output, outcome);
    return outcome;
  };
  CHECK(kind(nextest::criterion_harness, "printed\n[====] Synthesis: Tested: 0 | Passing: 0\n").skipped_by_test);
  CHECK(kind(nextest::boost_test_harness,
             "Running 1 test case...\nTest module \"m\" has passed with:\n  2 test cases out of 2 passed\n")
            .kind == OutcomeKind::WrongTests);
  CHECK(kind(nextest::googletest_harness, "[==========] Running 1 test\n[ RUN      ] A.b\n").kind ==
        OutcomeKind::Unfinished);
}

TEST_CASE("judge: of what a list-wrapper named, and the program does not know, the exit code decides") {
  const nextest::WrapperScript wrapper;
  nextest::TestBinary binary = support::binary_of(nextest::libtest_harness);
  const auto kind = [&](const std::string& out, OutcomeKind exited) {
    Outcome outcome;
    outcome.kind = exited;
    const CapturedOutput output{out, ""};
    nextest::judge_attempt(binary, nextest::TestCase(), TestSettings(), &output, outcome);
    return outcome.kind;
  };
  const std::string none =
      "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in "
      "0.00s\n";
  const std::string two =
      "\nrunning 2 tests\n\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out; finished in "
      "0.00s\n";
  CHECK(kind(none, OutcomeKind::Pass) == OutcomeKind::WrongTests);
  binary.list_wrapper = &wrapper;
  CHECK(kind(none, OutcomeKind::Pass) == OutcomeKind::Pass);
  CHECK(kind(none, OutcomeKind::Leak) == OutcomeKind::Leak);
  CHECK(kind(none, OutcomeKind::Fail) == OutcomeKind::Fail);
  CHECK(kind(two, OutcomeKind::Pass) == OutcomeKind::WrongTests);
  CHECK(kind("running 1 test\n", OutcomeKind::Pass) == OutcomeKind::Unfinished);
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
  // Of another program, which this one looks at.
  CHECK(ended({unity("2 Tests 1 Failures 0 Ignored").out + "\n \n", ""}, 0).kind == OutcomeKind::ReportedFail);
  CHECK(ended({unity("2 Tests 1 Failures 0 Ignored").out + "as it should\n", ""}, 0).kind == OutcomeKind::Pass);
  CHECK(ended({unity("2 Tests 2 Failures 0 Ignored").out + "as it should\n", ""}, 77).skipped_by_test);
  CHECK(ended({"2 Tests 1 Failures 0 Ignored\nFAILURES\n", ""}, 0).kind == OutcomeKind::Pass);
  CHECK(ended({"2 Tests 1 Failures 0 Ignored\n\nFAIL", ""}, 0).kind == OutcomeKind::Pass);
  CHECK(ended({"[  FAILED  ] tests: 77 test(s), listed below:\n", ""}, 77).kind == OutcomeKind::Fail);
  CHECK(ended({"", "[  FAILED  ] 77 test(s), listed below:\n"}, 77).kind == OutcomeKind::Fail);
  const std::string cmocka =
      "[  PASSED  ] 0 test(s).\n[  FAILED  ] g: 256 test(s), listed below:\n[  FAILED  ] a\n\n 256 FAILED TEST(S)\n";
  CHECK(ended({"", cmocka}, 0).kind == OutcomeKind::ReportedFail);
  CHECK(ended({cmocka, ""}, 0).kind == OutcomeKind::ReportedFail);
  CHECK(ended({cmocka + "as it should\n", ""}, 0).kind == OutcomeKind::Pass);
  CHECK(ended({"[  FAILED  ] a\n", ""}, 0).kind == OutcomeKind::Pass);
}

std::shared_ptr<const OutputPattern> pattern(const std::string& text) {
  OutputPattern pattern{text, {}};
  nextest::PatternFault fault;
  REQUIRE(nextest::Regex::compile("(?m)" + text, pattern.regex, fault));
  return std::make_shared<const OutputPattern>(pattern);
}

// "pass", "skip", "leak", or the word of a failure, with the number behind it where there is one.
std::string word_of(const Outcome& outcome) {
  if (outcome.skipped_by_test) return outcome.kind == OutcomeKind::Pass ? "skip" : "skip and more";
  if (outcome.failed_as_expected) return outcome.kind == OutcomeKind::Leak ? "leak, as expected" : "as expected";
  const std::string leak = outcome.leaked ? " and leak" : "";
  switch (outcome.kind) {
    case OutcomeKind::Pass: return "pass" + leak;
    case OutcomeKind::Leak: return "leak" + leak;
    case OutcomeKind::UnexpectedPass: return "xpass" + leak;
    case OutcomeKind::ReportedFail: return "reported " + std::to_string(outcome.code) + leak;
    default: return std::to_string(static_cast<int>(outcome.kind)) + "/" + std::to_string(outcome.code) + leak;
  }
}

TEST_CASE("judge: patterns go before exit codes, skip before fail before pass") {
  TestSettings settings;
  settings.skip_pattern = pattern("^no device$");
  settings.fail_pattern = pattern("ERROR|Oops");
  settings.pass_pattern = pattern("^all \\d+ fine");
  const struct {
    const char* out;
    int code;
    const char* word;
  } rows[] = {
      {"all 7 fine\n", 0, "pass"},
      {"all 7 fine\n", 9, "pass"},
      {"first\nall 7 fine", 9, "pass"},
      {"not all 7 fine\n", 0, "reported 2"},
      {"not all 7 fine\n", 9, "2/9"},
      {"", 0, "reported 2"},
      {"all 7 fine\nERROR\n", 0, "reported 1"},
      {"all 7 fine\nERROR\n", 9, "2/9"},
      {"\x1B[1mER\x1B[0mROR\n", 0, "reported 1"},
      {"all 7 fine\nOops\nno device\n", 0, "skip"},
      {"no device\n", 9, "skip"},
      {"no device at all\n", 9, "2/9"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.out);
    const OutcomeKind kind = row.code == 0 ? OutcomeKind::Pass : OutcomeKind::Fail;
    CHECK(word_of(judged({row.out, ""}, settings, kind, row.code)) == row.word);
    CHECK(word_of(judged({"", row.out}, settings, kind, row.code)) == row.word);
  }
}

TEST_CASE("judge: no pattern hides a signal, a time limit or what was left behind") {
  TestSettings settings;
  settings.skip_pattern = pattern("skip");
  settings.pass_pattern = pattern("pass");
  for (const char* said : {"skip", "pass"}) {
    const CapturedOutput output{said, ""};
    CAPTURE(said);
    for (const OutcomeKind kind : {OutcomeKind::Abort, OutcomeKind::ExecFail, OutcomeKind::Timeout,
                                   OutcomeKind::OutputError, OutcomeKind::LeakFail}) {
      CHECK(judged(output, settings, kind, 6).kind == kind);
    }
  }
  CHECK(word_of(judged({"pass", ""}, settings, OutcomeKind::Leak)) == "leak");
  CHECK(word_of(judged({"skip pass", ""}, settings, OutcomeKind::Leak)) == "leak");
  CHECK(word_of(judged({"", ""}, settings, OutcomeKind::Leak)) == "reported 2 and leak");
  CHECK(word_of(judged({"pass", ""}, settings, OutcomeKind::WrongTests, 0)) == "pass");
  CHECK(word_of(judged({"pass", ""}, settings, OutcomeKind::Unfinished)) == "pass");
}

TEST_CASE("judge: what a sanitizer reports goes before pass-pattern, but for an exit code that the pattern forgives") {
  TestSettings settings;
  settings.pass_pattern = pattern("fine");
  settings.skip_pattern = pattern("no device");
  const std::string report = "a.c:1: runtime error: x";
  CHECK(judged({"fine", report}, settings).kind == OutcomeKind::SanitizerReport);
  CHECK(judged({"no device", report}, settings).kind == OutcomeKind::SanitizerReport);
  CHECK(word_of(judged({"fine", report}, settings, OutcomeKind::Fail, 1)) == "pass");
  CHECK(word_of(judged({"no device", report}, settings, OutcomeKind::Fail, 1)) == "skip");
}

TEST_CASE("judge: a test that is expected to fail passes when it fails by itself, and fails when it passes") {
  TestSettings settings;
  settings.expected_to_fail = true;
  const auto expected = [&](OutcomeKind kind, int code = 0, bool leaked = false) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.code = code;
    outcome.leaked = leaked;
    nextest::judge_by_expectation(settings, outcome);
    return word_of(outcome);
  };
  CHECK(expected(OutcomeKind::Pass) == "xpass");
  CHECK(expected(OutcomeKind::Leak) == "xpass and leak");
  for (const OutcomeKind kind : {OutcomeKind::Fail, OutcomeKind::Abort, OutcomeKind::WrongTests,
                                 OutcomeKind::Unfinished, OutcomeKind::SanitizerReport, OutcomeKind::ReportedFail}) {
    CAPTURE(static_cast<int>(kind));
    CHECK(expected(kind, 6) == "as expected");
    CHECK(expected(kind, 6, true) == "leak, as expected");
  }
  for (const OutcomeKind kind :
       {OutcomeKind::ExecFail, OutcomeKind::Timeout, OutcomeKind::OutputError, OutcomeKind::LeakFail}) {
    CHECK(expected(kind, 6) == std::to_string(static_cast<int>(kind)) + "/6");
  }
  Outcome skipped;
  skipped.skipped_by_test = true;
  nextest::judge_by_expectation(settings, skipped);
  CHECK(word_of(skipped) == "skip");
  settings.expected_to_fail = false;
  CHECK(expected(OutcomeKind::Pass) == "pass");
  CHECK(expected(OutcomeKind::Fail, 3) == "2/3");
}

}  // namespace
