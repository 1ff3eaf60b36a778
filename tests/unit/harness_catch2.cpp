#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/harness/catch2.hpp"

namespace {

using nextest::Arguments;
using nextest::CapturedOutput;
using nextest::catch2_harness;
using nextest::catch2_v2_harness;
using nextest::Harness;
using nextest::ListedTest;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Result;
using nextest::TestCase;
using nextest::TestList;

nextest::Vector<ListedTest> listed(const Harness& harness, const nextest::Vector<std::string>& outputs) {
  const Result<nextest::Vector<ListedTest>> tests = harness.read_list(harness, outputs);
  CAPTURE(outputs[0]);
  REQUIRE(bool(tests));
  return tests.value();
}

struct Expected {
  const char *name, *suite, *source;
  bool ignored;
};

template <std::size_t N>
void check_tests(const nextest::Vector<ListedTest>& tests, const Expected (&expected)[N]) {
  REQUIRE(tests.size() == N);
  for (std::size_t i = 0; i < N; ++i) {
    CHECK(tests[i].name == expected[i].name);
    CHECK(tests[i].suite == expected[i].suite);
    CHECK(tests[i].source == expected[i].source);
    CHECK(tests[i].ignored == expected[i].ignored);
  }
}

TestList make_list(const nextest::Vector<std::string>& names) {
  TestList list;
  list.binaries.resize(2);
  for (const std::string& name : names) {
    TestCase test;
    test.name = name;
    test.own_name_size = static_cast<std::uint32_t>(name.size());
    list.tests.push_back(test);
  }
  return list;
}

Outcome judged(const std::string& out, OutcomeKind kind = OutcomeKind::Pass, int code = 0, bool leaked = false) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  outcome.leaked = leaked;
  catch2_harness.judge(TestCase(), CapturedOutput{out, ""}, outcome);
  return outcome;
}

// ---- listing, version 3 ----

// --list-tests --reporter xml of version 3.7.1
constexpr const char* real_list = R"(<?xml version="1.0" encoding="UTF-8"?>
<MatchingTests>
  <TestCase>
    <Name>plain</Name>
    <ClassName/>
    <Tags/>
    <SourceInfo>
      <File>c3.cpp</File>
      <Line>3</Line>
    </SourceInfo>
  </TestCase>
  <TestCase>
    <Name>[brackets] &lt;lt> &amp; amp</Name>
    <ClassName/>
    <Tags>[tag two][tag1]</Tags>
    <SourceInfo>
      <File>/src/tests/c3.cpp</File>
      <Line>9</Line>
    </SourceInfo>
  </TestCase>
  <TestCase>
    <Name>  leading and trailing  </Name>
    <ClassName/>
    <Tags/>
    <SourceInfo>
      <File>c3.cpp</File>
      <Line>13</Line>
    </SourceInfo>
  </TestCase>
  <TestCase>
    <Name>hidden</Name>
    <ClassName/>
    <Tags>[.]</Tags>
    <SourceInfo>
      <File>c3.cpp</File>
      <Line>18</Line>
    </SourceInfo>
  </TestCase>
  <TestCase>
    <Name>hidden2</Name>
    <ClassName/>
    <Tags>[.][slow]</Tags>
    <SourceInfo>
      <File>c3.cpp</File>
      <Line>19</Line>
    </SourceInfo>
  </TestCase>
  <TestCase>
    <Name>new
line</Name>
    <ClassName/>
    <Tags>[!hide]</Tags>
    <SourceInfo>
      <File>c3.cpp</File>
      <Line>26</Line>
    </SourceInfo>
  </TestCase>
  <TestCase>
    <Name>same</Name>
    <ClassName>F1</ClassName>
    <Tags>[x]</Tags>
    <SourceInfo>
      <File>c3.cpp</File>
      <Line>30</Line>
    </SourceInfo>
  </TestCase>
  <TestCase>
    <Name>same</Name>
    <ClassName>F2</ClassName>
    <Tags>[x]</Tags>
    <SourceInfo>
      <File>c3.cpp</File>
      <Line>31</Line>
    </SourceInfo>
  </TestCase>
</MatchingTests>
)";

TEST_CASE("harness_catch2: a real list of version 3") {
  check_tests(listed(catch2_harness, {real_list}), {
                                                       {"plain", "", "c3.cpp:3", false},
                                                       {"[brackets] <lt> & amp", "", "c3.cpp:9", false},
                                                       {"  leading and trailing  ", "", "c3.cpp:13", false},
                                                       {"hidden", "", "c3.cpp:18", true},
                                                       {"hidden2", "", "c3.cpp:19", true},
                                                       {"new\nline", "", "c3.cpp:26", true},
                                                       {"same", "F1", "c3.cpp:30", false},
                                                       {"same", "F2", "c3.cpp:31", false},
                                                   });
}

TEST_CASE("harness_catch2: version 3 without tests, and with words around the list") {
  CHECK(listed(catch2_harness, {"<?xml version=\"1.0\"?><MatchingTests/>"}).empty());
  const auto tests = listed(catch2_harness, {"hello\n<?xml version=\"1.0\"?><MatchingTests><TestCase><Name>a</Name>"
                                             "</TestCase></MatchingTests>\nbye <&"});
  check_tests(tests, {{"a", "", "", false}});
}

TEST_CASE("harness_catch2: what is not Catch2's XML is an error") {
  for (const char* text : {"", "All available test cases:\n  a\n", "<MatchingTests/>", "<?xml version=\"1.0\"?>",
                           "<?xml version=\"1.0\"?><MatchingTests><TestCase></MatchingTests>"}) {
    CAPTURE(std::string(text));
    const auto tests = catch2_harness.read_list(catch2_harness, {text});
    REQUIRE_FALSE(bool(tests));
    CHECK(tests.error().code == nextest::ExitCode::TestListFailed);
    CHECK_FALSE(tests.error().message.empty());
  }
}

TEST_CASE("harness_catch2: a list of version 3 cut anywhere is an error, never a shorter list") {
  const std::string text = real_list;
  const std::size_t end = text.find("</MatchingTests>") + 16;
  for (std::size_t size = 0; size < end; ++size) {
    if (!catch2_harness.read_list(catch2_harness, {text.substr(0, size)})) continue;
    FAIL_CHECK(size);
  }
  CHECK(bool(catch2_harness.read_list(catch2_harness, {text.substr(0, end)})));
}

// ---- listing, version 2 ----

// --list-test-names-only --verbosity high of version 2.13.10: all tests, then the hidden ones
constexpr const char* real_v2_list =
    "plain\t@c2.cpp:3\n"
    "PLAIN\t@/src/tests/c2.cpp:4\n"
    "quote \" and 'single'\t@c2.cpp:8\n"
    "\"#hash\"\t@c2.cpp:12\n"
    "  leading and trailing  \t@c2.cpp:13\n"
    "back\\\\slash two \\\t@c2.cpp:15\n"
    "hidden\t@c2.cpp:18\n"
    "benchm\t@c2.cpp:21\n"
    "tab\there\t@c2.cpp:26\n"
    "new\nline\t@c2.cpp:27\n"
    "tmpl - std::pair<int,char>\t@c2.cpp:30\n";
constexpr const char* real_v2_hidden = "hidden\t@c2.cpp:18\nbenchm\t@c2.cpp:21\n";

TEST_CASE("harness_catch2: a real list of version 2") {
  check_tests(listed(catch2_v2_harness, {real_v2_list, real_v2_hidden}),
              {
                  {"plain", "", "c2.cpp:3", false},
                  {"PLAIN", "", "c2.cpp:4", false},
                  {"quote \" and 'single'", "", "c2.cpp:8", false},
                  {"#hash", "", "c2.cpp:12", false},
                  {"  leading and trailing  ", "", "c2.cpp:13", false},
                  {"back\\\\slash two \\", "", "c2.cpp:15", false},
                  {"hidden", "", "c2.cpp:18", true},
                  {"benchm", "", "c2.cpp:21", true},
                  {"tab\there", "", "c2.cpp:26", false},
                  {"new\nline", "", "c2.cpp:27", false},
                  {"tmpl - std::pair<int,char>", "", "c2.cpp:30", false},
              });
}

TEST_CASE("harness_catch2: names of version 2 that look like something else") {
  check_tests(listed(catch2_v2_harness,
                     {"a\t@b\t@f.cpp:1\n\"quoted\"\t@f.cpp:2\nfirst\n\nthird\t@f.cpp:3\nat\t@x\nb\t@f.cpp:4", ""}),
              {
                  {"a\t@b", "", "f.cpp:1", false},
                  {"\"quoted\"", "", "f.cpp:2", false},
                  {"first\n\nthird", "", "f.cpp:3", false},
                  {"at\t@x\nb", "", "f.cpp:4", false},
              });
}

TEST_CASE("harness_catch2: version 2 without tests") {
  CHECK(listed(catch2_v2_harness, {"", ""}).empty());
  CHECK(listed(catch2_v2_harness, {"\n", "\n"}).empty());
}

TEST_CASE("harness_catch2: a list of version 2 that does not end with a test is an error that shows what is left") {
  for (const char* text :
       {"oops\n", "a\t@f.cpp:1\noops", "a\t@f.cpp", "a\t@f.cpp:\n", "a\t@f.cpp:x\n", "a @f.cpp:1\n"}) {
    CAPTURE(std::string(text));
    for (const bool second : {false, true}) {
      const auto tests = catch2_v2_harness.read_list(catch2_v2_harness, {second ? "" : text, second ? text : ""});
      REQUIRE_FALSE(bool(tests));
      CHECK(tests.error().code == nextest::ExitCode::TestListFailed);
    }
  }
  CHECK(nextest::contains(catch2_v2_harness.read_list(catch2_v2_harness, {"a\t@f.cpp:1\noops\n", ""}).error().message,
                          "'oops'"));
}

TEST_CASE("harness_catch2: version 2 exits with the number of tests it listed") {
  CHECK(catch2_v2_harness.list_succeeded(0, ""));
  CHECK(catch2_v2_harness.list_succeeded(3, "a\t@f.cpp:1\n"));
  CHECK_FALSE(catch2_v2_harness.list_succeeded(255, ""));
  CHECK(catch2_harness.list_succeeded(0, ""));
  CHECK_FALSE(catch2_harness.list_succeeded(3, "a\t@f.cpp:1\n"));
}

// ---- running ----

TEST_CASE("harness_catch2: a test is asked for in quotes, with its name escaped") {
  const struct {
    const char* name;
    const char* spec;
  } rows[] = {
      {"plain", "\"plain\""},
      {"with, comma", "\"with\\, comma\""},
      {"star * and ?", "\"star * and ?\""},
      {"*star ends*", "\"*star ends*\""},
      {"quote \" '", "\"quote \\\" '\""},
      {"[brackets]", "\"[brackets]\""},
      {"~tilde", "\"~tilde\""},
      {"back\\slash", "\"back\\\\slash\""},
      {"two \\\\ \\", "\"two \\\\\\\\ \\\\\""},
      {"exclude:x", "\"*xclude:x\""},
      {"not exclude:x", "\"not exclude:x\""},
      {"  blanks  ", "\"  blanks  \""},
      {"new\nline", "\"new\nline\""},
  };
  for (const auto& row : rows) {
    const TestList list = make_list({row.name});
    CHECK(catch2_harness.run_arguments(list, list.tests[0]) == Arguments{row.spec});
    CHECK(catch2_v2_harness.run_arguments(list, list.tests[0]) == Arguments{row.spec});
    CHECK(catch2_harness.matches(catch2_harness.pattern_of(row.name), row.name));
  }
}

TEST_CASE("harness_catch2: the name is what the harness calls it, not what makes it unique") {
  TestList list = make_list({"same (F1)"});
  list.tests[0].own_name_size = 4;
  CHECK(catch2_harness.run_arguments(list, list.tests[0]) == Arguments{"\"same\""});
  CHECK(catch2_v2_harness.run_arguments(list, list.tests[0]) == Arguments{"\"same\""});
}

TEST_CASE("harness_catch2: version 3 shards where the spec lets others through") {
  TestList list = make_list({"same"});
  list.tests[0].rank = 1;
  list.tests[0].rivals = 3;
  CHECK(catch2_harness.run_arguments(list, list.tests[0]) ==
        Arguments{"\"same\"", "--order", "decl", "--shard-count", "3", "--shard-index", "1"});
}

TEST_CASE("harness_catch2: version 2 excludes the others by name") {
  TestList list = make_list({"*a*", "xay", "XAX", "b", "other binary a"});
  list.tests[4].binary = 1;
  list.tests[0].rivals = 3;
  CHECK(catch2_v2_harness.run_arguments(list, list.tests[0]) == Arguments{"\"*a*\"~\"xay\"~\"XAX\""});
}

TEST_CASE("harness_catch2: version 2 does not exclude the test itself") {
  TestList list = make_list({"plain", "PLAIN", "plain*"});
  for (TestCase& test : list.tests) test.rivals = 2;
  CHECK(catch2_v2_harness.run_arguments(list, list.tests[0]) == Arguments{"\"plain\""});  // ~"PLAIN" would exclude it
  CHECK(catch2_v2_harness.run_arguments(list, list.tests[2]) == Arguments{"\"plain*\"~\"plain\"~\"PLAIN\""});
}

TEST_CASE("harness_catch2: what a spec matches: no case, no blanks at the ends, * at the ends") {
  const struct {
    const char *name, *other;
    bool matches;
  } rows[] = {
      {"plain", "plain", true},        {"plain", "PLAIN", true},     {"PLAIN", "plain", true},
      {" plain ", "plain", true},      {"plain", "\tplain\n", true}, {"plain", "plai", false},
      {"plain", "plain x", false},     {"pl*in", "plain", false},    {"pl*in", "pl*in", true},
      {"pl?in", "plain", false},       {"pla*", "plain", true},      {"pla*", "xplain", false},
      {"*ain", "PLAIN", true},         {"*ain", "ainx", false},      {"*lai*", "plain", true},
      {"*", "anything", true},         {"**", "anything", true},     {"exclude:x", "exclude:x", true},
      {"exclude:x", "xclude:x", true}, {"exclude:x", "x", false},    {"\xC3\x84", "\xC3\xA4", false},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.name));
    CAPTURE(std::string(row.other));
    CHECK(catch2_harness.matches(catch2_harness.pattern_of(row.name), row.other) == row.matches);
  }
}

// ---- judging ----

constexpr const char* skipped_output = R"(c3.cpp:32: SKIPPED:
explicitly with message:
  because

================================================================================
test cases: 1 | 1 skipped
assertions: - none -

)";

TEST_CASE("harness_catch2: a pass counts if one test was run") {
  CHECK(judged("Filters: x\n=====\nAll tests passed (2 assertions in 1 test case)\n\n").kind == OutcomeKind::Pass);
  CHECK(judged("=====\ntest cases: 1 | 1 passed\nassertions: - none -\n\n").kind == OutcomeKind::Pass);
  CHECK(judged("=====\ntest cases: 1 | 1 failed as expected\nassertions: 1 | 1 failed as expected\n\n").kind ==
        OutcomeKind::Pass);
  const Outcome two = judged("=====\nAll tests passed (2 assertions in 2 test cases)\n\n");
  CHECK(two.kind == OutcomeKind::WrongTests);
  CHECK(two.code == 2);
  CHECK(judged("test cases: 3 | 3 passed\nassertions: - none -\n").code == 3);
  const Outcome none = judged("Filters: nothing\nNo test cases matched 'nothing'\n=====\nNo tests ran\n\n");
  CHECK(none.kind == OutcomeKind::WrongTests);
  CHECK(none.code == 0);
  CHECK(judged("").kind == OutcomeKind::Pass);
}

TEST_CASE("harness_catch2: a test that skips itself is a pass, though version 3 exits with 4") {
  const Outcome skipped = judged(skipped_output, OutcomeKind::Fail, 4);
  CHECK(skipped.kind == OutcomeKind::Pass);
  CHECK(skipped.skipped_by_test);
  CHECK(skipped.code == 0);
}

TEST_CASE("harness_catch2: exit code 4 alone, or a leak beside it, is a failure") {
  CHECK(judged("test cases: 1 | 1 failed\nassertions: 4 | 4 failed\n", OutcomeKind::Fail, 4).kind == OutcomeKind::Fail);
  CHECK(judged(skipped_output, OutcomeKind::Fail, 1).kind == OutcomeKind::Fail);
  CHECK(judged(skipped_output, OutcomeKind::Abort, 4).kind == OutcomeKind::Abort);
  CHECK(judged(skipped_output, OutcomeKind::Fail, 4, true).kind == OutcomeKind::Fail);
  CHECK(judged("test cases: 2 | 1 skipped | 1 failed\n", OutcomeKind::Fail, 4).kind == OutcomeKind::Fail);
}

TEST_CASE("harness_catch2: the last count is the program's own") {
  CHECK(judged("test cases: 7 | 7 passed\n=====\ntest cases: 1 | 1 passed\n").kind == OutcomeKind::Pass);
  CHECK(judged("All tests passed (3 assertions in 3 test cases)\n=====\n"
               "All tests passed (1 assertion in 1 test case)\n")
            .kind == OutcomeKind::Pass);
}

TEST_CASE("harness_catch2: a test that prints a count of another kind does not fail for it") {
  const std::string own = "=====\nAll tests passed (1 assertion in 1 test case)\n\n";
  CHECK(judged("test cases: 7 | 7 passed\n" + own).kind == OutcomeKind::Pass);
  CHECK(judged("No tests ran\n" + own).kind == OutcomeKind::Pass);
  CHECK(judged("All tests passed (3 assertions in 3 test cases)\n=====\nNo tests ran\n").kind ==
        OutcomeKind::WrongTests);
  CHECK(judged("test cases: 1 | 1 passed\n=====\nNo tests ran\n").kind == OutcomeKind::WrongTests);
}

TEST_CASE("harness_catch2: what another program with tests says does not end this one") {
  const std::string start = "Filters: x\nRandomness seeded to: 7\n";
  const std::string end = "=====\nAll tests passed (1 assertion in 1 test case)\n";
  CHECK(judged(start + end).kind == OutcomeKind::Pass);
  CHECK(judged(end + start).kind == OutcomeKind::Unfinished);
  // One that ends early has a start alone.
  CHECK(judged(start + start + end).kind == OutcomeKind::Pass);
  CHECK(judged(start + start + "test cases: 2 | 2 passed\n" + end).kind == OutcomeKind::Pass);
  CHECK(judged("Filters: x\nFilters: of the test's own\n" + end).kind == OutcomeKind::Pass);
  // One that main runs at the end, and what main prints.
  const std::string two = "=====\nAll tests passed (2 assertions in 2 test cases)\n";
  CHECK(judged(start + end + two).kind == OutcomeKind::Pass);
  CHECK(judged(start + end + "All tests passed (at last)\ntest cases: see above\n").kind == OutcomeKind::Pass);
  CHECK(judged(start + two).kind == OutcomeKind::WrongTests);
}

TEST_CASE("harness_catch2: a start in the middle of a line is one, when it names the test") {
  TestCase test;
  test.name = "a, b";
  test.own_name_size = 4;
  const auto judged_as_a_b = [&](const std::string& out) {
    Outcome outcome;
    catch2_v2_harness.judge(test, CapturedOutput{out, ""}, outcome);
    return outcome.kind;
  };
  const std::string end = "=====\nAll tests passed (1 assertion in 1 test case)\n";
  CHECK(judged_as_a_b("starting ... Filters: \"a\\, b\"\n") == OutcomeKind::Unfinished);
  CHECK(judged_as_a_b("starting ... Filters: \"a\\, b\"\n" + end) == OutcomeKind::Pass);
  CHECK(judged_as_a_b("Filters: \"c\"\n" + end + "starting ... Filters: \"a\\, b\"\n") == OutcomeKind::Unfinished);
  CHECK(judged_as_a_b("starting ... Filters: none\n") == OutcomeKind::Pass);
}

TEST_CASE("harness_catch2: what the program's own main says around a list is no part of it") {
  const std::string before = "hello\nversion 1\n", after = "a farewell that begins as the first name does\n";
  const std::string all = "a,b\t@x.cpp:1\ntwo\nlines\t@x.cpp:2\n", hidden = "two\nlines\t@x.cpp:2\n";
  for (const std::string& greeting : {std::string(), before, before + "starting ... "}) {
    for (const std::string& farewell : {std::string(), after}) {
      const auto listed = nextest::read_catch2_v2_list(
          catch2_v2_harness, {greeting + all + farewell, greeting + hidden + farewell, greeting + farewell});
      REQUIRE(bool(listed));
      REQUIRE(listed.value().size() == 2);
      CHECK(listed.value()[0].name == "a,b");
      CHECK(listed.value()[1].name == "two\nlines");
      CHECK(listed.value()[1].ignored);
    }
  }
}

}  // namespace
