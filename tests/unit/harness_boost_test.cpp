#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "core/harness/boost_test.hpp"
#include "core/harness/judge.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::Arguments;
using nextest::CapturedOutput;
using nextest::ListedTest;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Result;
using nextest::TestCase;
using nextest::TestList;

using nextest::boost_pattern;
using nextest::boost_test_harness;

nextest::Vector<ListedTest> listed(const std::string& text) {
  const Result<nextest::Vector<ListedTest>> tests = boost_test_harness.read_list(boost_test_harness, {text});
  CAPTURE(text);
  REQUIRE(bool(tests));
  return tests.value();
}

TestList make_list(const nextest::Vector<std::string>& names) {
  TestList list;
  list.binaries.resize(2);
  for (const std::string& name : names) {
    TestCase test;
    test.name = name + " (x)";
    test.own_name_size = static_cast<std::uint32_t>(name.size());
    list.tests.push_back(std::move(test));
  }
  return list;
}

// The filters among the arguments.
Arguments filters(const TestList& list, nextest::TestIndex test = 0) {
  Arguments found;
  const std::string option = "--run_test=";
  for (const std::string& argument : boost_test_harness.run_arguments(list, list.tests[test])) {
    if (nextest::starts_with(argument, option)) found.push_back(argument.substr(option.size()));
  }
  return found;
}

Outcome judged(const std::string& err, const std::string& out = "Running 1 test case...\n",
               OutcomeKind kind = OutcomeKind::Pass, bool runs_others = false) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = kind == OutcomeKind::Fail ? 201 : 0;
  TestCase test;
  test.runs_others = runs_others;
  boost_test_harness.judge(test, CapturedOutput{out, err}, outcome);
  return outcome;
}

// ---- listing ----

// --list_content=DOT of version 1.74
constexpr const char* real_list = R"list(digraph G {rankdir=LR;
tu1[shape=ellipse,peripheries=2,fontname=Helvetica,color=green,label="my "mod" | x"];
{
tu65536[shape=Mrecord,fontname=Helvetica,color=green,label="passes|b.cpp(16)"];
tu1 -> tu65536;
tu2[shape=Mrecord,fontname=Helvetica,color=green,label="s|/src/b.cpp(21)|expected failures=2|labels: @L"];
tu1 -> tu2;
{
tu65541[shape=Mrecord,fontname=Helvetica,color=green,label="passes|b.cpp(22)"];
tu2 -> tu65541;
tu65542[shape=Mrecord,fontname=Helvetica,color=yellow,label="dis|b.cpp(23)"];
tu2 -> tu65542;
tu65544[shape=Mrecord,fontname=Helvetica,color=green,label="dep|b.cpp(25)|timeout=3|expected failures=2|labels: @a|b(1) @b"];
tu2 -> tu65544;
tu65544 -> tu65536[color=red,style=dotted,constraint=false];
tu3[shape=Mrecord,fontname=Helvetica,color=green,label="s2|b.cpp(26)"];
tu2 -> tu3;
tu3 -> tu65536[color=red,style=dotted,constraint=false];
{
tu65545[shape=Mrecord,fontname=Helvetica,color=green,label="inner|b.cpp(27)"];
tu3 -> tu65545;
}
}
tu4[shape=Mrecord,fontname=Helvetica,color=green,label="empty|b.cpp(30)"];
tu1 -> tu4;
{
}
tu5[shape=Mrecord,fontname=Helvetica,color=green,label="dt|b.cpp(34)"];
tu1 -> tu5;
{
tu65572[shape=Mrecord,fontname=Helvetica,color=green,label="_0|b.cpp(34)"];
tu5 -> tu65572;
tu65573[shape=Mrecord,fontname=Helvetica,color=green,label="_1|b.cpp(34)"];
tu5 -> tu65573;
}
tu65549[shape=Mrecord,fontname=Helvetica,color=green,label="tpl<std__pair<int_ long>>|b.cpp(36)"];
tu1 -> tu65549;
tu65559[shape=Mrecord,fontname=Helvetica,color=green,label="quo"te|b.cpp(38)"];
tu1 -> tu65559;
tu65560[shape=Mrecord,fontname=Helvetica,color=green,label="pipe|x(3)|b.cpp(38)"];
tu1 -> tu65560;
tu65561[shape=Mrecord,fontname=Helvetica,color=green,label="x|timeout=3|b (1).cpp(38)"];
tu1 -> tu65561;
tu65562[shape=Mrecord,fontname=Helvetica,color=green,label="new
line|b.cpp(38)"];
tu1 -> tu65562;
tu65563[shape=Mrecord,fontname=Helvetica,color=green,label="semi];|b.cpp(38)"];
tu1 -> tu65563;
tu65564[shape=Mrecord,fontname=Helvetica,color=green,label="ends in a slash/|b.cpp(38)"];
tu1 -> tu65564;
}
}
)list";

TEST_CASE("harness_boost_test: a real list") {
  const nextest::Vector<ListedTest> tests = listed(real_list);
  const struct {
    const char *name, *source;
    bool ignored, runs_others;
  } expected[] = {
      {"passes", "b.cpp:16", false, false},
      {"s/passes", "b.cpp:22", false, false},
      {"s/dis", "b.cpp:23", true, false},
      {"s/dep", "b.cpp:25", false, true},
      {"s/s2/inner", "b.cpp:27", false, true},
      {"dt/_0", "b.cpp:34", false, false},
      {"dt/_1", "b.cpp:34", false, false},
      {"tpl<std__pair<int_ long>>", "b.cpp:36", false, false},
      {"quo\"te", "b.cpp:38", false, false},
      {"pipe|x(3)", "b.cpp:38", false, false},
      {"x|timeout=3", "b (1).cpp:38", false, false},
      {"new\nline", "b.cpp:38", false, false},
      {"semi];", "b.cpp:38", false, false},
      {"ends in a slash/", "b.cpp:38", false, false},
  };
  REQUIRE(tests.size() == sizeof expected / sizeof *expected);
  for (std::size_t i = 0; i < tests.size(); ++i) {
    CHECK(tests[i].name == expected[i].name);
    CHECK(tests[i].source == expected[i].source);
    CHECK(tests[i].ignored == expected[i].ignored);
    CHECK(tests[i].runs_others == expected[i].runs_others);
  }
}

TEST_CASE("harness_boost_test: no tests, and a program that prints around its list") {
  const std::string none = "digraph G {rankdir=LR;\ntu1[shape=ellipse,label=\"m\"];\n{\n}\n}\n";
  CHECK(listed(none).empty());
  CHECK(listed("hello {\n" + none + "bye }\n").empty());
  CHECK(listed("hello {\n" + std::string(real_list) + "bye }\n").size() == 14);
}

TEST_CASE("harness_boost_test: what is not Boost.Test's list is an error") {
  for (const char* text :
       {"", "passes*\nfails*\n", "digraph G {", "digraph G {\nhello\n}\n", "digraph G {\ntu1[shape=x];\n{\ntu2[shape=",
        "digraph G {\ntu1[shape=x];\n{\ntu70000[shape=x,label=\"\"];\n}\n}\n",
        "digraph G {\ntu1[shape=x];\n{\ntu70000[shape=x,label=\"a\"];\n}\n}\n",
        "digraph G {\ntu1[shape=x];\n{\ntu70000[shape=x,lab\"];\n}\n}\n",
        "digraph G {\ntu1[shape=x];\n{\ntu70000[shape=x\"];label=\"\n}\n}\n"}) {
    CAPTURE(std::string(text));
    const auto tests = boost_test_harness.read_list(boost_test_harness, {text});
    REQUIRE_FALSE(bool(tests));
    CHECK(tests.error().code == nextest::ExitCode::TestListFailed);
    CHECK_FALSE(tests.error().message.empty());
  }
}

TEST_CASE("harness_boost_test: a list cut anywhere is an error, never a shorter list") {
  const std::string text = real_list;
  for (std::size_t size = 0; size < text.size() - 1; ++size) {
    if (!boost_test_harness.read_list(boost_test_harness, {text.substr(0, size)})) continue;
    FAIL_CHECK(size);
  }
}

// ---- running ----

TEST_CASE("harness_boost_test: the filter of a name") {
  const struct {
    const char *name, *pattern;
  } rows[] = {
      {"plain", "plain"},
      {"suite/sub/case", "suite/sub/case"},
      {"dt/_0", "dt/_0"},
      {"two  blanks", "two  blanks"},
      {"tpl<std::pair<int, long>>", "*pair<int*"},
      {"comma, separated", "* separated"},
      {"separated, comma", "separated*"},
      {"s,t/a:bc", "s*/*bc"},
      {"!bang", "*bang"},
      {"+!@all", "*!@all"},
      {"s/!inner", "s/!inner"},
      {"@", "*"},
      {",", "*"},
      {"*star*", "*star*"},
      {"", "*"},
      {"s/", "s/*"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.name));
    CHECK(boost_pattern(row.name) == row.pattern);
    CHECK(boost_test_harness.matches(row.pattern, row.name));
  }
}

TEST_CASE("harness_boost_test: the name is what the harness calls it, and the report is asked for") {
  CHECK(filters(make_list({"s/a"})) == Arguments{"s/a"});
  const TestList list = make_list({"a"});
  const Arguments arguments = boost_test_harness.run_arguments(list, list.tests[0]);
  for (const char* wanted : {"--catch_system_errors=no", "--result_code=yes", "--report_format=HRF",
                             "--report_level=short", "--report_sink=stderr"}) {
    CHECK(std::count(arguments.begin(), arguments.end(), wanted) == 1);
  }
}

TEST_CASE("harness_boost_test: others that the filter lets through are excluded by name") {
  TestList list = make_list({"a,bc", "xbc", "bc", "other", "elsewhere bc"});
  list.tests[4].binary = 1;
  list.tests[0].rivals = 3;
  CHECK(filters(list) == Arguments{"*bc", "!xbc", "!bc"});
}

TEST_CASE("harness_boost_test: what excludes another never excludes the test itself") {
  TestList list = make_list({"a,bc", "x,bc"});  // one filter for both: they cannot be told apart
  list.tests[0].rivals = 2;
  CHECK(filters(list) == Arguments{"*bc"});
}

// ---- judging ----

std::string report(const std::string& lines, const std::string& end = "passed") {
  return "\nTest module \"my mod\" has " + end + " with:\n" + lines + "\n";
}

TEST_CASE("harness_boost_test: a pass counts if one test was run") {
  const std::string one =
      "  1 test case out of 39 passed\n  38 test cases out of 39 skipped\n  1 assertion out of 1 passed\n";
  const std::string two =
      "  2 test cases out of 39 passed\n  37 test cases out of 39 skipped\n  1 assertion out of 3 passed\n";
  CHECK(judged(report(one)).kind == OutcomeKind::Pass);
  CHECK_FALSE(judged(report(one)).skipped_by_test);
  CHECK(judged(report("  1 test case out of 1 passed with warnings\n")).kind == OutcomeKind::Pass);
  CHECK(judged(report(two)).kind == OutcomeKind::WrongTests);
  CHECK(judged(report(two)).code == 2);
  CHECK(judged(report(two), "", OutcomeKind::Pass, true).kind == OutcomeKind::Pass);
  // Of other programs that the test or main runs, and of what main prints.
  CHECK(judged(report(two) + report(one)).kind == OutcomeKind::Pass);
  CHECK(judged(report(one) + report(two)).kind == OutcomeKind::Pass);
  CHECK(judged(report(one) + "Test module \"x\" is done\n").kind == OutcomeKind::Pass);
  const auto judged_as_twin = [](const std::string& err) {
    Outcome outcome;
    TestCase test;
    test.rivals = 2;
    boost_test_harness.judge(test, CapturedOutput{"", err}, outcome);
    return outcome.kind;
  };
  CHECK(judged_as_twin(report(one) + report(two)) == OutcomeKind::WrongTests);
  CHECK(judged_as_twin(report(two) + report(one)) == OutcomeKind::Pass);
}

TEST_CASE("harness_boost_test: a test whose precondition does not hold skips itself") {
  const Outcome outcome = judged(report("  39 test cases out of 39 skipped\n  2 expected failures\n"));
  CHECK(outcome.kind == OutcomeKind::Pass);
  CHECK(outcome.skipped_by_test);
}

TEST_CASE("harness_boost_test: what a test depends on fails for itself") {
  const std::string counts = "  1 test case out of 3 failed\n  2 test cases out of 3 skipped\n\n";
  const std::string others = "  Test case \"s/before\" has failed with:\n    1 assertion out of 1 failed\n\n";
  const std::string skipped = report(counts + others + "  Test case \"own\" was skipped\n", "failed");
  const auto judged_as_own = [](const std::string& err, OutcomeKind kind, bool runs_others) {
    Outcome outcome;
    outcome.kind = kind;
    outcome.code = kind == OutcomeKind::Fail ? 200 : 0;
    TestCase test;
    test.name = "own";
    test.own_name_size = 3;
    test.runs_others = runs_others;
    boost_test_harness.judge(test, CapturedOutput{"Running 2 test cases...\n", err}, outcome);
    return outcome;
  };
  CHECK(judged_as_own(skipped, OutcomeKind::Fail, true).skipped_by_test);
  CHECK(judged_as_own(skipped, OutcomeKind::Pass, true).skipped_by_test);
  CHECK(judged_as_own(skipped, OutcomeKind::Abort, true).kind == OutcomeKind::Abort);
  CHECK(judged_as_own(skipped, OutcomeKind::Fail, false).kind == OutcomeKind::Fail);
  const std::string failed = report(counts + "  Test case \"own\" has failed with:\n    1 assertion\n", "failed");
  CHECK(judged_as_own(failed, OutcomeKind::Fail, true).kind == OutcomeKind::Fail);
  const std::string suites =
      "  2 test cases out of 9 passed\n  7 test cases out of 9 skipped\n\n"
      "  Test suite \"s\" has passed with:\n    1 test case out of 1 passed\n";
  CHECK_FALSE(judged_as_own(report(suites), OutcomeKind::Pass, true).skipped_by_test);
  const std::string longer = report(counts + "  Test case \"s/own\" was skipped\n", "failed");
  CHECK(judged_as_own(longer, OutcomeKind::Fail, true).kind == OutcomeKind::Fail);
  // Another report that main prints behind its own.
  const std::string third = report("  3 test cases out of 3 passed\n");
  CHECK(judged_as_own(skipped + third, OutcomeKind::Fail, true).skipped_by_test);
}

TEST_CASE("harness_boost_test: a suite that was skipped skips its tests") {
  const std::string counts = "  1 test case out of 3 failed\n  2 test cases out of 3 skipped\n\n";
  const auto is_skipped = [&](const std::string& suite) {
    Outcome outcome;
    outcome.kind = OutcomeKind::Fail;
    outcome.code = 201;
    TestCase test;
    test.name = "outer/inner/own";
    test.own_name_size = 15;
    test.runs_others = true;
    const std::string err = report(counts + "  Test suite \"" + suite + "\" was skipped\n", "failed");
    boost_test_harness.judge(test, CapturedOutput{"", err}, outcome);
    return outcome.skipped_by_test && outcome.passed();
  };
  CHECK(is_skipped("outer"));
  CHECK(is_skipped("outer/inner"));
  CHECK_FALSE(is_skipped("out"));
  CHECK_FALSE(is_skipped("inner"));
  CHECK_FALSE(is_skipped("outer/inner/own"));  // that is the test
  CHECK_FALSE(is_skipped(""));
}

TEST_CASE("harness_boost_test: a failure stays one, a run without a report was cut short") {
  CHECK(judged(report("  1 test case out of 1 failed\n", "failed"), "", OutcomeKind::Fail).kind == OutcomeKind::Fail);
  CHECK_FALSE(judged(report("  2 test cases out of 2 skipped\n"), "", OutcomeKind::Fail).skipped_by_test);
  CHECK(judged("", "").kind == OutcomeKind::Unfinished);
  CHECK(judged("").kind == OutcomeKind::Unfinished);
  CHECK(judged("", "starting ... Running 1 test case...\n").kind == OutcomeKind::Unfinished);
  CHECK(judged("", "<TestLog>").kind == OutcomeKind::Unfinished);
  Outcome unseen;
  nextest::judge_attempt(support::binary_of(boost_test_harness), TestCase(), nextest::TestSettings(), nullptr, unseen);
  CHECK(unseen.kind == OutcomeKind::Pass);
  CHECK(judged("", "Running 1 test case...\n", OutcomeKind::Abort).kind == OutcomeKind::Abort);
}

}  // namespace
