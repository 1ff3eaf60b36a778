#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/harness/criterion.hpp"

namespace {

using nextest::Arguments;
using nextest::CapturedOutput;
using nextest::ListedTest;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Result;
using nextest::TestCase;
using nextest::TestList;

using nextest::criterion_harness;

// "a/b c/d(ignored)"
std::string listed(const std::string& text) {
  const Result<nextest::Vector<ListedTest>> tests = criterion_harness.read_list(criterion_harness, {text});
  CAPTURE(text);
  REQUIRE(bool(tests));
  std::string names;
  for (const ListedTest& test : tests.value()) {
    names += (names.empty() ? "" : " ") + test.name.str() + (test.ignored ? "(ignored)" : "");
  }
  return names;
}

Arguments arguments_for(const std::string& name) {
  TestList list;
  list.binaries.emplace_back();
  TestCase test;
  test.name = name + " (x)";
  test.own_name_size = static_cast<std::uint32_t>(name.size());
  list.tests = {test};
  return criterion_harness.run_arguments(list, list.tests[0]);
}

Outcome judged(const std::string& err, bool ignored = false, OutcomeKind kind = OutcomeKind::Pass) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = kind == OutcomeKind::Fail ? 1 : 0;
  TestCase test;
  test.ignored = ignored;
  criterion_harness.judge(test, CapturedOutput{"", err}, outcome);
  return outcome;
}

// ---- listing ----

// --list of version 2.4.1, in a UTF-8 locale and in another
const std::string real_list =
    "one: 3 tests\n├── described\n├── disabled (skipped)\n└── wanted\nparams: 1 test\n└── simple\ntwo: 1 test\n"
    "└── passes (skipped)\n";
const std::string ascii_list =
    "one: 3 tests\n|-- described\n|-- disabled (skipped)\n`-- wanted\nparams: 1 test\n`-- simple\ntwo: 1 test\n"
    "`-- passes (skipped)\n";

TEST_CASE("harness_criterion: a real list") {
  const std::string expected = "one/described one/disabled(ignored) one/wanted params/simple two/passes(ignored)";
  CHECK(listed(real_list) == expected);
  CHECK(listed(ascii_list) == expected);
}

TEST_CASE("harness_criterion: no tests, and a program that prints before its list") {
  CHECK(listed("").empty());
  CHECK(listed("\n").empty());
  CHECK(listed("hello\n: 3 tests of\n" + real_list + "\n") == listed(real_list));
}

TEST_CASE("harness_criterion: what is not Criterion's list is an error") {
  for (const char* text : {"hello", "one: 2 tests\n|-- a\n", "one: 1 test\nhello\n", "one: 1 test\n|-- \n",
                           "one: 1 test\n`-- a\n`-- b\n", "one: x tests\n", "one: 1 test"}) {
    CAPTURE(std::string(text));
    const auto tests = criterion_harness.read_list(criterion_harness, {text});
    REQUIRE_FALSE(bool(tests));
    CHECK(tests.error().code == nextest::ExitCode::TestListFailed);
  }
}

TEST_CASE("harness_criterion: what the program prints around its list is not of it") {
  CHECK(listed("one: 1 test\n`-- a\nhello\n") == "one/a");
  CHECK(listed("Hello: 3 things\nStarting ... s: 2 tests\n|-- a\n`-- b\nbye\nend: here") == "s/a s/b");
}

// ---- running ----

TEST_CASE("harness_criterion: suite and name, with escapes for what is no identifier") {
  CHECK(arguments_for("one/passes") == Arguments{"--filter", "one/passes", "-j1"});
  CHECK(arguments_for("do$lar/gr\xC3\xB6") == Arguments{"--filter", "do$lar/gr\xC3\xB6", "-j1"});
  CHECK(arguments_for("a/*b(c)") == Arguments{"--filter", "a/\\*b\\(c\\)", "-j1"});
}

// ---- judging ----

std::string synthesis(int tested, int passing) {
  return "[====] Synthesis: Tested: " + std::to_string(tested) + " | Passing: " + std::to_string(passing) +
         " | Failing: 0 | Crashing: 0 \n";
}

TEST_CASE("harness_criterion: a test ran, once or once for each parameter") {
  CHECK(judged(synthesis(1, 1)).kind == OutcomeKind::Pass);
  CHECK(judged(synthesis(3, 3)).kind == OutcomeKind::Pass);
  CHECK_FALSE(judged(synthesis(1, 1)).skipped_by_test);
  CHECK(judged("").kind == OutcomeKind::Pass);
}

TEST_CASE("harness_criterion: no test counted: it skipped itself, or is disabled and cannot be run") {
  CHECK(judged(synthesis(0, 0)).kind == OutcomeKind::Pass);
  CHECK(judged(synthesis(0, 0)).skipped_by_test);
  const Outcome disabled = judged(synthesis(0, 0), true);
  CHECK(disabled.kind == OutcomeKind::WrongTests);
  CHECK(disabled.code == 0);
}

TEST_CASE("harness_criterion: a failure stays one, and the last count is Criterion's own") {
  CHECK(judged(synthesis(1, 0), false, OutcomeKind::Fail).kind == OutcomeKind::Fail);
  CHECK_FALSE(judged(synthesis(0, 0), false, OutcomeKind::Fail).skipped_by_test);
  CHECK_FALSE(judged(synthesis(0, 0) + synthesis(1, 1)).skipped_by_test);
  CHECK(judged(synthesis(1, 1) + synthesis(0, 0)).skipped_by_test);
}

}  // namespace
