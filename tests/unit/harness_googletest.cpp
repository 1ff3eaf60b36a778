#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/harness/googletest.hpp"
#include "core/harness/judge.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::Arguments;
using nextest::CapturedOutput;
using nextest::googletest_harness;
using nextest::ListedTest;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Result;
using nextest::TestCase;
using nextest::TestList;

nextest::Vector<ListedTest> listed(const std::string& text) {
  const Result<nextest::Vector<ListedTest>> tests = googletest_harness.read_list(googletest_harness, {text});
  CAPTURE(text);
  REQUIRE(bool(tests));
  return tests.value();
}

nextest::Vector<std::string> names(const nextest::Vector<ListedTest>& tests) {
  nextest::Vector<std::string> all;
  for (const ListedTest& test : tests) all.push_back((test.ignored ? "! " : "") + test.name.str());
  return all;
}

using Names = nextest::Vector<std::string>;

TestCase make_test(const std::string& name, std::uint32_t rank = 0, std::uint32_t rivals = 1, bool ignored = false) {
  TestCase test;
  test.name = name + " (#1)";
  test.own_name_size = static_cast<std::uint32_t>(name.size());
  test.rank = rank;
  test.rivals = rivals;
  test.ignored = ignored;
  return test;
}

Outcome judged(const std::string& out, OutcomeKind kind = OutcomeKind::Pass, int code = 0,
               const std::string& name = "Suite.Pass") {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  const CapturedOutput output{out, ""};
  const nextest::TestBinary binary = support::binary_of(googletest_harness);
  nextest::judge_attempt(binary, make_test(name), nextest::TestSettings(), &output, outcome);
  return outcome;
}

Arguments arguments_for(const TestCase& test) {
  TestList list;
  list.binaries.emplace_back();
  list.tests = {test};
  return googletest_harness.run_arguments(list, list.tests[0]);
}

// ---- listing ----

// --gtest_list_tests of version 1.12.1
constexpr const char* real_list = R"(Suite.
  Pass
  Skip
  DISABLED_Off
DISABLED_Suite2.
  X
Ty/0.  # TypeParam = int
  Size
Ty/2.  # TypeParam = std::basic_string<char, std::char_traits<char>, std::allocator<char> >
  Size
Inst/P.
  Even/0  # GetParam() = 1
  DISABLED_Odd/0  # GetParam() = 1
I2/S.
  Str/0  # GetParam() = "a # b"
  Str/1  # GetParam() = "new\nline"
  Str/2  # GetParam() = "x.y"
Dyn Suite.
  a:b
  a-b
  star*
  sp ace
  q?
  with # hash
  dup
  dup
)";

// The properties of the test of that name, "NAME=VALUE" each.
std::string properties_in(const std::string& report, const char* name) {
  nextest::TestCase test;
  test.name = name;
  test.own_name_size = static_cast<std::uint32_t>(test.name.size());
  nextest::Vector<std::string> words;
  nextest::googletest_harness.read_properties(test, report, words);
  std::string text;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) text += words[i] + "=" + words[i + 1] + ";";
  return text;
}

TEST_CASE("googletest: the properties of a test are those of its own element") {
  const std::string report =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"2\" name=\"AllTests\">\n"
      "  <testsuite name=\"Some/M\">\n    <properties>\n      <property name=\"of\" value=\"suite\"/>\n    "
      "</properties>\n"
      "    <testcase name=\"prop/0\" file=\"g.cc\" line=\"17\" status=\"run\" classname=\"Some/M\">\n"
      "      <failure message=\"g.cc:17&#x0A;Failed\" type=\"\"><![CDATA[<property name=\"x\" "
      "value=\"y\"/>]]></failure>\n"
      "      <properties>\n        <property name=\"key\" value=\"val&quot;ue\"/>\n        <property name=\"n\" "
      "value=\"3\"/>\n"
      "      </properties>\n    </testcase>\n    <testcase name=\"prop/1\" classname=\"Some/M\" />\n"
      "    <testcase name=\"last\" classname=\"M\"><properties><property name=\"k\" "
      "value=\"v\"/></properties></testcase>\n"
      "  </testsuite>\n</testsuites>\n";
  CHECK(properties_in(report, "Some/M.prop/0") == "key=val\"ue;n=3;");
  CHECK(properties_in(report, "Some/M.prop/1") == "");
  CHECK(properties_in(report, "M.last") == "k=v;");
  CHECK(properties_in(report, "M.other") == "");
  CHECK(properties_in("", "M.last") == "");
  CHECK(properties_in(report.substr(0, report.find("name=\"n\"")), "Some/M.prop/0") == "key=val\"ue;");
}

TEST_CASE("harness_googletest: a real list") {
  CHECK(names(listed(real_list)) == Names{"Suite.Pass", "Suite.Skip", "! Suite.DISABLED_Off", "! DISABLED_Suite2.X",
                                          "Ty/0.Size", "Ty/2.Size", "Inst/P.Even/0", "! Inst/P.DISABLED_Odd/0",
                                          "I2/S.Str/0", "I2/S.Str/1", "I2/S.Str/2", "Dyn Suite.a:b", "Dyn Suite.a-b",
                                          "Dyn Suite.star*", "Dyn Suite.sp ace", "Dyn Suite.q?",
                                          "Dyn Suite.with # hash", "Dyn Suite.dup", "Dyn Suite.dup"});
}

TEST_CASE("harness_googletest: no tests, and a suite without any") {
  CHECK(listed("").empty());
  CHECK(listed("Suite.\n").empty());
}

TEST_CASE("harness_googletest: a last line without its end") {
  CHECK(names(listed("Suite.\n  Test")) == Names{"Suite.Test"});
}

TEST_CASE("harness_googletest: the program may greet before the first suite") {
  CHECK(names(listed("Running main() from gtest_main.cc\nSuite.\n  A\n")) == Names{"Suite.A"});
  CHECK(names(listed("hello\n  indented\n\nSuite.\n  A\n")) == Names{"Suite.A"});
}

TEST_CASE("harness_googletest: parameters of types and values are no part of a name") {
  CHECK(names(listed("Ty/0.  # TypeParam = ns::T<int>.\n  A\n")) == Names{"Ty/0.A"});
  CHECK(names(listed("S.\n  A/0  # GetParam() = 8-byte object <01-00>\n")) == Names{"S.A/0"});
  CHECK(names(listed("S.\n  A/0  # GetParam() = \"  # TypeParam = x\"\n")) == Names{"S.A/0"});
}

TEST_CASE("harness_googletest: disabled by the suite, the test or its instantiation") {
  CHECK(names(listed("DISABLED_S.\n  A\nI/DISABLED_S.\n  A/0\nS.\n  DISABLED_A\n  A_DISABLED_\n  NotDISABLED_\n  "
                     "A/DISABLED_B\n")) == Names{"! DISABLED_S.A", "! I/DISABLED_S.A/0", "! S.DISABLED_A",
                                                 "S.A_DISABLED_", "S.NotDISABLED_", "! S.A/DISABLED_B"});
}

TEST_CASE("harness_googletest: what is not a line of a list is not of it, nor what is indented below that") {
  for (const char* line : {"oops", " one blank", "error: x", "Suite"}) {
    CAPTURE(std::string(line));
    CHECK(names(listed(std::string("Suite.\n  A\n") + line + "\n  indented\nMore.\n  B\n")) ==
          Names{"Suite.A", "More.B"});
    CHECK(names(listed(std::string("Suite.\n  A\n") + line)) == Names{"Suite.A"});
  }
}

// --gtest_list_tests --gtest_output=json:/dev/stdout of version 1.12.1
const std::string json_list = R"({
  "tests": 3,
  "name": "AllTests",
  "testsuites": [
    {
      "name": "Calc\/0",
      "tests": 2,
      "testsuite": [
        {
          "name": "Adds",
          "type_param": "\"name\": \"x",
          "file": "a.cc",
          "line": 4
        },
        {
          "name": "DISABLED_Subs",
          "value_param": "\"two\\nlines\"",
          "file": "a.cc",
          "line": 5
        }
      ]
    },
    {
      "name": "DISABLED_B",
      "tests": 1,
      "testsuite": [
        {
          "name": "q\"\\ gr\u00C3\u00b6\n",
          "file": "a.cc",
          "line": 6
        }
      ]
    }
  ]
})";

TEST_CASE("harness_googletest: where there is JSON, all else is not the list") {
  const Names expected = {"Calc/0.Adds", "! Calc/0.DISABLED_Subs", "! DISABLED_B.q\"\\ gr\xC3\xB6\n"};
  CHECK(names(listed(json_list)) == expected);
  CHECK(names(listed("Reading configuration.\n  verbose = 1\nCalc/0.\n  Adds\n" + json_list + "\nDone.\n  x\n")) ==
        expected);
  CHECK(names(listed("Starting ..." + json_list + "The end")) == expected);
  CHECK(listed("Ready.\n  x\n{\n  \"tests\": 0,\n  \"name\": \"AllTests\",\n  \"testsuites\": [\n  ]\n}\n").empty());
}

TEST_CASE("harness_googletest: JSON without its end is none") {
  CHECK(names(listed("S.\n  A\n" + json_list.substr(0, json_list.size() - 1))) == Names{"S.A"});
}

TEST_CASE("harness_googletest: the list is asked for as JSON, and plainly where that fails") {
  CHECK(googletest_harness.list_commands(googletest_harness)[0] ==
        Arguments{"--gtest_list_tests", "--gtest_output=json:/dev/stdout"});
  CHECK(googletest_harness.plain_list_commands(googletest_harness)[0] == Arguments{"--gtest_list_tests"});
}

// ---- running ----

TEST_CASE("harness_googletest: what the filter would read otherwise is asked for with ?") {
  const struct {
    const char* name;
    const char* filter;
  } rows[] = {
      {"Suite.Test", "Suite.Test"},
      {"Inst/P.Even/0", "Inst/P.Even/0"},
      {"S.a:b", "S.a?b"},
      {"S.a-b", "S.a?b"},
      {"S.star*", "S.star*"},
      {"S.q?", "S.q?"},
      {"Dyn Suite.sp ace", "Dyn Suite.sp ace"},
      {"-S.-a", "?S.?a"},
  };
  for (const auto& row : rows) {
    CHECK(arguments_for(make_test(row.name)) == Arguments{"--gtest_filter=" + std::string(row.filter)});
    CHECK(googletest_harness.pattern_of(row.name) == row.filter);
    CHECK(googletest_harness.matches(googletest_harness.pattern_of(row.name), row.name));
  }
}

TEST_CASE("harness_googletest: a disabled test is run all the same, and so are its rivals") {
  CHECK(arguments_for(make_test("S.DISABLED_A", 0, 1, true)) ==
        Arguments{"--gtest_filter=S.DISABLED_A", "--gtest_also_run_disabled_tests"});
  CHECK(arguments_for(make_test("S.*", 1, 3)) == Arguments{"--gtest_filter=S.*", "--gtest_also_run_disabled_tests"});
}

TEST_CASE("harness_googletest: shards pick one of several") {
  CHECK(googletest_harness.run_environment(make_test("S.dup", 1, 2)) ==
        Arguments{"GTEST_TOTAL_SHARDS=2", "GTEST_SHARD_INDEX=1"});
  CHECK(googletest_harness.run_environment(make_test("S.A")).empty());
}

TEST_CASE("harness_googletest: wildcards match as GoogleTest has them") {
  const struct {
    const char* pattern;
    const char* text;
    bool matches;
  } rows[] = {
      {"", "", true},       {"", "a", false},           {"*", "", true},           {"*", "abc", true},
      {"?", "", false},     {"?", "a", true},           {"a?c", "abc", true},      {"a?c", "ac", false},
      {"a*c", "ac", true},  {"a*c", "abbc", true},      {"a*c", "abcd", false},    {"*a*", "xay", true},
      {"**a", "a", true},   {"a*b*c", "a1b2b3c", true}, {"a*b*c", "a1c2b", false}, {"*ab", "aab", true},
      {"*?", "", false},    {"?*", "a", true},          {"abc", "ABC", false},     {"a*", "b", false},
      {"*a?", "aaa", true},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.pattern));
    CAPTURE(std::string(row.text));
    CHECK(nextest::wildcard_match(row.pattern, row.text) == row.matches);
  }
}

// ---- judging ----

constexpr const char* pass_output = R"(Note: Google Test filter = Suite.Pass
[==========] Running 1 test from 1 test suite.
[----------] Global test environment set-up.
[----------] 1 test from Suite
[ RUN      ] Suite.Pass
I am Suite.Pass
[       OK ] Suite.Pass (0 ms)
[----------] 1 test from Suite (0 ms total)

[----------] Global test environment tear-down
[==========] 1 test from 1 test suite ran. (0 ms total)
[  PASSED  ] 1 test.
)";

constexpr const char* skip_output = R"(Note: Google Test filter = Suite.Skip
[==========] Running 1 test from 1 test suite.
[ RUN      ] Suite.Skip
gt.cpp:5: Skipped
why
[  SKIPPED ] Suite.Skip (0 ms)
[----------] Global test environment tear-down
[==========] 1 test from 1 test suite ran. (0 ms total)
[  PASSED  ] 0 tests.
[  SKIPPED ] 1 test, listed below:
[  SKIPPED ] Suite.Skip
)";

constexpr const char* none_output = R"(Note: Google Test filter = Nothing
[==========] Running 0 tests from 0 test suites.
[==========] 0 tests from 0 test suites ran. (0 ms total)
[  PASSED  ] 0 tests.
)";

constexpr const char* two_output = R"([----------] Global test environment tear-down
[==========] 2 tests from 1 test suite ran. (0 ms total)
[  PASSED  ] 2 tests.
)";

TEST_CASE("harness_googletest: a pass counts if one test was run") {
  const Outcome pass = judged(pass_output);
  CHECK(pass.kind == OutcomeKind::Pass);
  CHECK_FALSE(pass.skipped_by_test);
  const Outcome none = judged(none_output);
  CHECK(none.kind == OutcomeKind::WrongTests);
  CHECK(none.code == 0);
  const Outcome two = judged(two_output);
  CHECK(two.kind == OutcomeKind::WrongTests);
  CHECK(two.code == 2);
}

TEST_CASE("harness_googletest: a test that skips itself") {
  const Outcome skip = judged(skip_output, OutcomeKind::Pass, 0, "Suite.Skip");
  CHECK(skip.kind == OutcomeKind::Pass);
  CHECK(skip.skipped_by_test);
  const Outcome failed = judged(skip_output, OutcomeKind::Fail, 1, "Suite.Skip");
  CHECK(failed.kind == OutcomeKind::Fail);
  CHECK_FALSE(failed.skipped_by_test);
}

TEST_CASE("harness_googletest: a failure stays one") {
  CHECK(judged(none_output, OutcomeKind::Fail, 1).kind == OutcomeKind::Fail);
  CHECK(judged("", OutcomeKind::Abort, 11).kind == OutcomeKind::Abort);
}

TEST_CASE("harness_googletest: the count behind the test's verdict is its own") {
  // A test that prints what another run printed, and a main that runs another one or prints something alike.
  CHECK(judged(std::string(two_output) + pass_output).kind == OutcomeKind::Pass);
  CHECK(judged(std::string(pass_output) + none_output).kind == OutcomeKind::Pass);
  CHECK(judged(std::string(pass_output) + two_output).kind == OutcomeKind::Pass);
  CHECK(judged(std::string(pass_output) + "[==========] coverage written to out.info\n").kind == OutcomeKind::Pass);
  const Outcome skip = judged(std::string(skip_output) + two_output, OutcomeKind::Pass, 0, "Suite.Skip");
  CHECK(skip.kind == OutcomeKind::Pass);
  CHECK(skip.skipped_by_test);
  // Before 1.10 suites were "test cases".
  CHECK(judged("[ RUN      ] Suite.Pass\n[       OK ] Suite.Pass (0 ms)\n[==========] 2 tests from 1 test case ran.\n")
            .kind == OutcomeKind::WrongTests);
  // A second round that does not end.
  CHECK(judged(std::string(pass_output) + "[ RUN      ] Suite.Pass\n").kind == OutcomeKind::Unfinished);
}

std::string own_run(const std::string& said, const std::string& end = "[       OK ] A.b (0 ms)\n") {
  return "[==========] Running 1 test from 1 test suite.\n[ RUN      ] A.b\n" + said + end +
         "\n[----------] Global test environment tear-down\n"
         "[==========] 1 test from 1 test suite ran. (0 ms total)\n[  PASSED  ] 1 test.\n";
}

TEST_CASE("harness_googletest: only lines about the test itself are about it") {
  const std::string other = std::string(two_output) + skip_output;
  const auto judged_as_a_b = [](const std::string& out) { return judged(out, OutcomeKind::Pass, 0, "A.b"); };
  for (const std::string& said :
       {std::string("[  SKIPPED ] 1 test, listed below:\n"), std::string("[  SKIPPED ] A.c\n"),
        std::string("[  SKIPPED ] A.bc (0 ms)\n"), other, std::string("open"), std::string("[ RUN      ] A.c\n")}) {
    CAPTURE(said);
    CHECK(judged_as_a_b(own_run(said)).kind == OutcomeKind::Pass);
    CHECK_FALSE(judged_as_a_b(own_run(said)).skipped_by_test);
    CHECK(judged_as_a_b(own_run(said, "[  SKIPPED ] A.b (0 ms)\n")).skipped_by_test);
    const std::string whole = own_run(said);
    const std::string cut = whole.substr(0, whole.find("[       OK ] A.b"));
    CHECK(judged_as_a_b(cut).kind == OutcomeKind::Unfinished);
    CHECK(judged_as_a_b(whole.substr(0, whole.rfind("[=====") - 1)).kind == OutcomeKind::Unfinished);
  }
  CHECK(judged_as_a_b(own_run("", "[       OK ] A.b\n")).kind == OutcomeKind::Pass);  // --gtest_print_time=0
  // What the environment leaves open stands before the last count.
  std::string whole = own_run("");
  whole.insert(whole.rfind("[====="), "bye");
  CHECK(judged_as_a_b(whole).kind == OutcomeKind::Pass);
}

TEST_CASE("harness_googletest: a test that never began was skipped") {
  const std::string count = "[==========] 1 test from 1 test suite ran. (0 ms total)\n[  PASSED  ] 1 test.\n";
  const std::string start = "[==========] Running 1 test from 1 test suite.\na.cc:2: Skipped\nno board\n";
  CHECK(judged(start + count).kind == OutcomeKind::Pass);
  CHECK(judged(start + count).skipped_by_test);
  // Another one whose name begins like its own did begin.
  const std::string longer = "[ RUN      ] Suite.PassWell\n[       OK ] Suite.PassWell (0 ms)\n";
  CHECK(judged(start + longer + count).kind == OutcomeKind::WrongTests);
  CHECK_FALSE(judged(start + count, OutcomeKind::Fail, 1).skipped_by_test);
  CHECK_FALSE(judged(count).skipped_by_test);  // a brief report names no test
  CHECK(judged(count + "[  SKIPPED ] 1 test.\n").skipped_by_test);
  // What the environment prints at its end may leave a line open; main may run another program then.
  CHECK(judged(start + "bye " + count).skipped_by_test);
  CHECK(judged(start + count + two_output).skipped_by_test);
  CHECK(judged("hello " + start).kind == OutcomeKind::Unfinished);
}

TEST_CASE("harness_googletest: colours are no part of what it says") {
  const std::string green = "\x1B[0;32m", plain = "\x1B[m";
  const std::string start =
      green + "[==========] " + plain + "Running 1 test.\n" + green + "[ RUN      ] " + plain + "Suite.Pass\n";
  CHECK(judged(start).kind == OutcomeKind::Unfinished);
  const std::string end = green + "[       OK ] " + plain + "Suite.Pass (0 ms)\n" + green + "[==========] " + plain;
  CHECK(judged(start + end + "1 test from 1 test suite ran.\n").kind == OutcomeKind::Pass);
  CHECK(judged(start + end + "2 tests from 1 test suite ran.\n").kind == OutcomeKind::WrongTests);
}

TEST_CASE("harness_googletest: silence is believed, a start without an end is not") {
  CHECK(judged("").kind == OutcomeKind::Pass);
  CHECK(judged("[==========] Running 1 test from 1 test suite.\n[ RUN      ] S.A\n").kind == OutcomeKind::Unfinished);
  CHECK(judged("x [==========] 2 tests ran.\n").kind == OutcomeKind::Pass);
}

}  // namespace
