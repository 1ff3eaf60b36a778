#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/harness/doctest.hpp"
#include "core/report/status.hpp"

namespace {

using nextest::Arguments;
using nextest::CapturedOutput;
using nextest::doctest_harness;
using nextest::ListedTest;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Result;
using nextest::TestCase;
using nextest::TestList;

nextest::Vector<ListedTest> listed(const std::string& text) {
  const Result<nextest::Vector<ListedTest>> tests = doctest_harness.read_list(doctest_harness, {text});
  CAPTURE(text);
  REQUIRE(bool(tests));
  return tests.value();
}

TestCase make_test(const std::string& name, std::uint32_t rank = 0, std::uint32_t rivals = 1) {
  TestCase test;
  test.name = name + " (suite)";
  test.own_name_size = static_cast<std::uint32_t>(name.size());
  test.rank = rank;
  test.rivals = rivals;
  return test;
}

Arguments arguments_for(const TestCase& test) {
  TestList list;
  list.binaries.emplace_back();
  list.tests = {test};
  return doctest_harness.run_arguments(list, list.tests[0]);
}

Outcome judged(const std::string& out, std::uint32_t rivals = 1, OutcomeKind kind = OutcomeKind::Pass) {
  Outcome outcome;
  outcome.kind = kind;
  doctest_harness.judge(make_test("a", 0, rivals), CapturedOutput{out, ""}, outcome);
  return outcome;
}

// ---- listing ----

// --dt-list-test-cases --dt-reporters=xml of version 2.4.9
constexpr const char* real_list = R"(<?xml version="1.0" encoding="UTF-8"?>
<doctest binary="./dt" version="2.4.9">
  <Options order_by="file" rand_seed="0" first="0" last="4294967295" abort_after="0" subcase_filter_levels="2147483647" case_sensitive="false" no_throw="false" no_skip="true"/>
  <TestCase name="plain" filename="dt.cpp" line="3" skipped="false"/>
  <TestCase name="with \, backslash comma" filename="/src/tests/dt.cpp" line="5" skipped="false"/>
  <TestCase name="quote &quot; and 'single'" filename="dt.cpp" line="7" skipped="false"/>
  <TestCase name="[brackets] &lt;lt> &amp; amp" filename="dt.cpp" line="8" skipped="false"/>
  <TestCase name="  leading and trailing  " filename="dt.cpp" line="9" skipped="false"/>
  <TestCase name="na)"
                                  "\xC3\xAF"
                                  R"(ve" filename="dt.cpp" line="11" skipped="false"/>
  <TestCase name="tab	here" filename="dt.cpp" line="12" skipped="false"/>
  <TestCase name="new
line" filename="dt.cpp" line="13" skipped="false"/>
  <TestCase filename="dt.cpp" line="14" skipped="false"/>
  <TestCase name="same" testsuite="s1" filename="dt.cpp" line="15" skipped="false"/>
  <TestCase name="same" testsuite="s2, comma" filename="dt.cpp" line="16" skipped="false"/>
  <TestCase name="skipped" filename="dt.cpp" line="20" skipped="true"/>
  <TestCase name="tmpl&lt;int>" filename="dt.cpp" line="23" skipped="false"/>
  <OverallResultsTestCases unskipped="13"/>
</doctest>
)";

TEST_CASE("harness_doctest: a real list") {
  const nextest::Vector<ListedTest> tests = listed(real_list);
  const struct {
    const char *name, *suite, *source;
    bool ignored;
  } expected[] = {
      {"plain", "", "dt.cpp:3", false},
      {"with \\, backslash comma", "", "dt.cpp:5", false},
      {"quote \" and 'single'", "", "dt.cpp:7", false},
      {"[brackets] <lt> & amp", "", "dt.cpp:8", false},
      {"  leading and trailing  ", "", "dt.cpp:9", false},
      {"na\xC3\xAFve", "", "dt.cpp:11", false},
      {"tab\there", "", "dt.cpp:12", false},
      {"new\nline", "", "dt.cpp:13", false},
      {"", "", "dt.cpp:14", false},
      {"same", "s1", "dt.cpp:15", false},
      {"same", "s2, comma", "dt.cpp:16", false},
      {"skipped", "", "dt.cpp:20", true},
      {"tmpl<int>", "", "dt.cpp:23", false},
  };
  REQUIRE(tests.size() == sizeof expected / sizeof *expected);
  for (std::size_t i = 0; i < tests.size(); ++i) {
    CHECK(tests[i].name == expected[i].name);
    CHECK(tests[i].suite == expected[i].suite);
    CHECK(tests[i].source == expected[i].source);
    CHECK(tests[i].ignored == expected[i].ignored);
    CHECK_FALSE(tests[i].benchmark);
  }
}

TEST_CASE("harness_doctest: no tests") {
  CHECK(listed("<?xml version=\"1.0\"?><doctest><OverallResultsTestCases unskipped=\"0\"/></doctest>").empty());
  CHECK(listed("<?xml version=\"1.0\"?><doctest/>").empty());
}

TEST_CASE("harness_doctest: the program may print before and after its list") {
  const std::string text =
      "hello <world>\n<?xml version=\"1.0\"?><doctest><TestCase name=\"a\"/></doctest>\n"
      "bye <& now";
  REQUIRE(listed(text).size() == 1);
  CHECK(listed(text)[0].name == "a");
}

TEST_CASE("harness_doctest: what is not doctest's XML is an error") {
  for (const char* text : {"", "doctest version 1", "<doctest></doctest>", "<?xml version=\"1.0\"?>",
                           "<?xml version=\"1.0\"?><doctest><TestCase name=\"a\"/>",
                           "<?xml version=\"1.0\"?><doctest><TestCase name=\"a\"></doctest>",
                           "<?xml version=\"1.0\"?><doctest><TestCase name=a/></doctest>"}) {
    CAPTURE(std::string(text));
    const auto tests = doctest_harness.read_list(doctest_harness, {text});
    REQUIRE_FALSE(bool(tests));
    CHECK(tests.error().code == nextest::ExitCode::TestListFailed);
    CHECK_FALSE(tests.error().message.empty());
  }
}

TEST_CASE("harness_doctest: a list cut anywhere is an error, never a shorter list") {
  const std::string text = real_list;
  const std::size_t end = text.find("</doctest>") + 10;
  for (std::size_t size = 0; size < end; ++size) {
    if (!doctest_harness.read_list(doctest_harness, {text.substr(0, size)})) continue;
    FAIL_CHECK(size);
  }
  CHECK(bool(doctest_harness.read_list(doctest_harness, {text.substr(0, end)})));
}

// ---- running ----

TEST_CASE("harness_doctest: commas and backslashes of a name are escaped") {
  const struct {
    const char* name;
    const char* filter;
  } rows[] = {
      {"plain", "plain"},
      {"with, comma", "with\\, comma"},
      {"with \\, both", "with \\\\\\, both"},
      {"back\\slash", "back\\\\slash"},
      {"  blanks  ", "  blanks  "},
      {"star * and ?", "star * and ?"},
      {"quote \" '", "quote \" '"},
      {"new\nline", "new\nline"},
      {"", "*"},
      {"byte \\xFF", "*"},
  };
  for (const auto& row : rows) {
    CHECK(arguments_for(make_test(row.name)) ==
          Arguments{"--dt-test-case=" + std::string(row.filter), "--dt-case-sensitive=true", "--dt-no-skip=true"});
    CHECK(doctest_harness.matches(doctest_harness.pattern_of(row.name), row.name));
  }
}

TEST_CASE("harness_doctest: first and last pick one of several") {
  CHECK(arguments_for(make_test("same", 1, 3)) == Arguments{"--dt-test-case=same", "--dt-case-sensitive=true",
                                                            "--dt-no-skip=true", "--dt-order-by=file", "--dt-first=2",
                                                            "--dt-last=2"});
}

// ---- judging ----

constexpr const char* pass_output = R"([doctest] doctest version is "2.4.9"
[doctest] run with "--help" for options
===============================================================================
[doctest] test cases: 1 | 1 passed | 0 failed | 22 skipped
[doctest] assertions: 1 | 1 passed | 0 failed |
[doctest] Status: SUCCESS!
)";

constexpr const char* none_output = R"([doctest] doctest version is "2.4.9"
[doctest] run with "--help" for options
===============================================================================
[doctest] test cases: 0 | 0 passed | 0 failed | 23 skipped
[doctest] assertions: 0 | 0 passed | 0 failed |
[doctest] Status: SUCCESS!
)";

TEST_CASE("harness_doctest: a pass counts if the filter let through what it should") {
  CHECK(judged(pass_output).kind == OutcomeKind::Pass);
  CHECK(judged(none_output).kind == OutcomeKind::WrongTests);
  CHECK(judged(none_output).code == 0);
  CHECK(judged("[doctest] test cases:  3 |  3 passed | 0 failed | 0 skipped\n", 3).kind == OutcomeKind::Pass);
  CHECK(judged("[doctest] test cases:  3 |  3 passed | 0 failed | 0 skipped\n").kind == OutcomeKind::WrongTests);
  CHECK(judged("[doctest] test cases: 12 | 12 passed | 0 failed | 0 skipped\n").code == 12);
}

TEST_CASE("harness_doctest: a reason for failure names both numbers rightly") {
  // One test in the filter instead of three: "ran 1 tests instead of 1" would be nonsense.
  const Outcome outcome = judged(pass_output, 3);
  CHECK(outcome.kind == OutcomeKind::WrongTests);
  CHECK_FALSE(nextest::contains(nextest::reason_of(outcome), "ran 1 tests instead of 1"));
}

TEST_CASE("harness_doctest: what another program with tests says does not end this one") {
  const std::string start = "[doctest] doctest version is \"2.4.9\"\n[doctest] run with \"--help\" for options\n";
  CHECK(judged(start).kind == OutcomeKind::Unfinished);
  CHECK(judged(start + none_output).kind == OutcomeKind::WrongTests);
  CHECK(judged(std::string(pass_output) + start).kind == OutcomeKind::Unfinished);
  const std::string all = "[doctest] test cases: 1 | 1 passed | 0 failed | 0 skipped\n";
  CHECK(judged(start + all).kind == OutcomeKind::Pass);
  CHECK(judged(start + start + all).kind == OutcomeKind::Unfinished);
  // One that ends early has a start alone.
  CHECK(judged(start + pass_output).kind == OutcomeKind::Pass);
  CHECK(judged(start + pass_output + "===\n[doctest] test cases: 1 | 1 passed\n").kind == OutcomeKind::Pass);
}

TEST_CASE("harness_doctest: a failure stays one, and the last count is the program's own") {
  CHECK(judged(none_output, 1, OutcomeKind::Fail).kind == OutcomeKind::Fail);
  CHECK(judged(std::string(none_output) + pass_output).kind == OutcomeKind::Pass);
  CHECK(judged(std::string(none_output) + none_output).kind == OutcomeKind::WrongTests);
  CHECK(judged("[doctest] test cases: 3 | 3 passed\n[doctest] test cases: 2 | 2 passed\n").code == 2);
  // Another program may run when this one has ended.
  CHECK(judged(std::string(pass_output) + none_output).kind == OutcomeKind::Pass);
  CHECK(judged(std::string(pass_output) + none_output, 3).kind == OutcomeKind::WrongTests);
  CHECK(judged("").kind == OutcomeKind::Pass);
}

TEST_CASE("harness_doctest: the prefix of options is what a program's constants say") {
  const auto prefix = [](std::string_view constants) {
    return nextest::find_doctest_prefix(nextest::BytesInMemory(constants));
  };
  using namespace std::string_view_literals;
  CHECK(prefix("\0dt-list-test-cases\0"sv) == "dt-");
  CHECK(prefix("list-test-cases\0x\0unit-list-test-cases\0"sv) == "unit-");
  CHECK(prefix("unit-list-test-cases\0--dt-list-test-cases\0"sv) == "dt-");
  CHECK(prefix(" -ltc, --list-test-cases   \0list-test-cases\0"sv) == "");
  CHECK(prefix("-ltc, --my-list-test-cases \0"sv) == "dt-");
  CHECK(prefix("") == "dt-");
  CHECK(prefix(std::string((1 << 20) - 10, '\0') + std::string("my-list-test-cases\0", 19)) == "my-");
}

}  // namespace
