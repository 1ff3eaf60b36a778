#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/harness/cpputest.hpp"

namespace {

using nextest::Arguments;
using nextest::CapturedOutput;
using nextest::ListedTest;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Result;
using nextest::TestCase;
using nextest::TestList;

using nextest::BytesInMemory;
using nextest::cpputest_harness;

nextest::Vector<std::string> listed(const std::string& text) {
  const Result<nextest::Vector<ListedTest>> tests = cpputest_harness.read_list(cpputest_harness, {text});
  CAPTURE(text);
  REQUIRE(bool(tests));
  nextest::Vector<std::string> names;
  for (const ListedTest& test : tests.value()) names.push_back(test.name.str());
  return names;
}

using Names = nextest::Vector<std::string>;

// Which of `names` the bytes of a program mark as ignored.
Names ignored(const Names& names, const std::string& bytes) {
  nextest::Vector<ListedTest> tests;
  for (const std::string& name : names) {
    ListedTest test;
    test.name = name;
    tests.push_back(std::move(test));
  }
  cpputest_harness.mark_ignored_in(BytesInMemory(bytes), tests);
  Names found;
  for (const ListedTest& test : tests) {
    if (test.ignored) found.push_back(test.name.str());
  }
  return found;
}

Arguments arguments_for(const std::string& name, bool is_ignored = false) {
  TestList list;
  list.binaries.emplace_back();
  TestCase test;
  test.name = name + " (x)";
  test.own_name_size = static_cast<std::uint32_t>(name.size());
  test.ignored = is_ignored;
  list.tests = {test};
  return cpputest_harness.run_arguments(list, list.tests[0]);
}

Outcome judged(const std::string& out, OutcomeKind kind = OutcomeKind::Pass) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = kind == OutcomeKind::Fail ? 1 : 0;
  cpputest_harness.judge(TestCase(), CapturedOutput{out, ""}, outcome);
  return outcome;
}

// ---- listing ----

TEST_CASE("harness_cpputest: a real list") {
  // -ln of version 4.0
  CHECK(listed("IGNOREOne.passes Two.passes2 One.ignored_fails One.passes") ==
        Names{"IGNOREOne.passes", "Two.passes2", "One.ignored_fails", "One.passes"});
}

TEST_CASE("harness_cpputest: no tests, and a program that prints around its list") {
  CHECK(listed("").empty());
  CHECK(listed("\n").empty());
  CHECK(listed("hello world\nversion 1.2 of a.b\nOne.a Two.b\nbye\n") == Names{"One.a", "Two.b"});
  CHECK(listed("gr\xC3\xB6.\xC3\x9F $a._1\n") == Names{"gr\xC3\xB6.\xC3\x9F", "$a._1"});
}

TEST_CASE("harness_cpputest: groups and names may begin with a digit") {
  CHECK(listed("1.a a.1 G.second G.1st") == Names{"1.a", "a.1", "G.second", "G.1st"});
}

TEST_CASE("harness_cpputest: what is printed around a list of no test is glued to the other list, and not of it") {
  const auto names_of = [](const char* output, const char* chatter) {
    const auto tests = cpputest_harness.read_list(cpputest_harness, {output, chatter});
    REQUIRE(bool(tests));
    Names names;
    for (const ListedTest& test : tests.value()) names.push_back(test.name.str());
    return names;
  };
  CHECK(cpputest_harness.list_commands(cpputest_harness).size() == 2);
  CHECK(names_of("G.b G.aDone, result 0\n", "Done, result 0\n") == Names{"G.b", "G.a"});
  CHECK(names_of("Loading.config\nG.b G.aDone.\n", "Loading.config\nDone.\n") == Names{"G.b", "G.a"});
  CHECK(names_of("hello G.b G.a", "hello ") == Names{"G.b", "G.a"});
  CHECK(names_of("at 12:59:01.5\nG.b G.aDone in 0.51 s\n", "at 9:00:00.25\nDone in 12.7 s\n") == Names{"G.b", "G.a"});
  CHECK(names_of("G.b G.a12345", "678") == Names{"G.b", "G.a12"});
  CHECK(names_of("7 1.b 2.a", "8 ") == Names{"1.b", "2.a"});
  CHECK(names_of("G.b G.a", "") == Names{"G.b", "G.a"});
  CHECK(names_of("G.b G.a", "G.b G.a") == Names{"G.b", "G.a"});  // filters do not count for its lists
  CHECK(names_of("hello\n", "hello\n").empty());
}

TEST_CASE("harness_cpputest: what is not CppUTest's list is an error") {
  for (const char* text : {"hello", "One. Two.b", ".a", "One.a Two", "One.a.b", "One.a b.c, d.e"}) {
    CAPTURE(std::string(text));
    const auto tests = cpputest_harness.read_list(cpputest_harness, {text});
    REQUIRE_FALSE(bool(tests));
    CHECK(tests.error().code == nextest::ExitCode::TestListFailed);
  }
}

TEST_CASE("harness_cpputest: what is ignored stands in the program") {
  const Names names = {"One.ignored", "One.passes", "Two.ignored"};
  const std::string shell = "_TestShell";
  CHECK(ignored(names, "").empty());
  CHECK(ignored(names, std::string(1, '\0') + "x27IGNOREOne_ignored" + shell + '\0') == Names{"One.ignored"});
  CHECK(ignored(names, "27IGNOREOne_ignored" + shell) == Names{"One.ignored"});
  CHECK(ignored(names, "_ZTS27IGNOREOne_ignored" + shell) == Names{"One.ignored"});
  CHECK(ignored(names, "N12_GLOBAL__N_127IGNOREOne_ignored" + shell + "E") == Names{"One.ignored"});
  CHECK(ignored(names, "27IGNOREOne_ignored" + shell + '\0' + "27IGNORETwo_ignored" + shell) ==
        Names{"One.ignored", "Two.ignored"});
}

TEST_CASE("harness_cpputest: what only looks like the class of an ignored test is none") {
  const Names names = {"One.ignored", "One.passes", "IGNOREOne.passes"};
  const std::string shell = "_TestShell";
  CHECK(ignored(names, "28IGNOREOne_ignored" + shell).empty());  // the length is another
  CHECK(ignored(names, "IGNOREOne_ignored" + shell).empty());
  CHECK(ignored(names, "31TEST_IGNOREOne_passes" + shell).empty());
  CHECK(ignored(names, "22IGNOREOne_ignored_Test").empty());
  CHECK(ignored(names, "27IGNOREOneXignored" + shell).empty());
  CHECK(ignored(names, shell + "6IGNORE16IGNORE" + shell).empty());
}

TEST_CASE("harness_cpputest: where two tests could be meant, none is ignored") {
  CHECK(ignored({"A_b.c", "A.b_c"}, "21IGNOREA_b_c_TestShell").empty());
  CHECK(ignored({"A_b.c", "A.b_d"}, "21IGNOREA_b_c_TestShell") == Names{"A_b.c"});
}

TEST_CASE("harness_cpputest: a large program is read in pieces") {
  const std::string text = "27IGNOREOne_ignored_TestShell";
  for (const std::size_t before : {(1u << 20) - 4096, (1u << 20) - 10, 1u << 20, (3u << 20) - 5}) {
    CAPTURE(before);
    CHECK(ignored({"One.ignored"}, std::string(before, '\0') + text + std::string(5000, '\0')) == Names{"One.ignored"});
  }
}

// ---- running ----

TEST_CASE("harness_cpputest: group and name, and ignored ones too when they are asked for") {
  CHECK(arguments_for("One.passes") == Arguments{"-v", "-sg", "One", "-sn", "passes"});
  CHECK(arguments_for("One.ignored", true) == Arguments{"-v", "-sg", "One", "-sn", "ignored", "-ri"});
}

// ---- judging ----

TEST_CASE("harness_cpputest: a pass counts if one test was run") {
  const std::string start = "TEST(One, passes) - 0 ms\n\n";
  CHECK(judged(start + "OK (11 tests, 1 ran, 1 checks, 0 ignored, 10 filtered out, 0 ms)\n").kind == OutcomeKind::Pass);
  const Outcome two = judged(start + "OK (11 tests, 12 ran, 1 checks, 0 ignored, 9 filtered out, 0 ms)\n");
  CHECK(two.kind == OutcomeKind::WrongTests);
  CHECK(two.code == 12);
  CHECK(judged("OK (0 ran, 0 ignored)\n").kind == OutcomeKind::WrongTests);
  CHECK(judged("OK (so it was)\n").kind == OutcomeKind::WrongTests);
}

TEST_CASE("harness_cpputest: a test that is ignored after all says so") {
  const Outcome outcome =
      judged("IGNORE_TEST(One, x) - 0 ms\n\nOK (1 tests, 0 ran, 0 checks, 1 ignored, 0 filtered out, 0 ms)");
  CHECK(outcome.kind == OutcomeKind::Pass);
  CHECK(outcome.skipped_by_test);
}

TEST_CASE("harness_cpputest: what another program with tests says does not end this one") {
  const std::string ok = "OK (11 tests, 1 ran, 1 checks, 0 ignored, 10 filtered out, 0 ms)\n";
  const auto judged_as_one_b = [](const std::string& out) {
    TestCase test;
    test.name = "One.b";
    test.own_name_size = 5;
    Outcome outcome;
    cpputest_harness.judge(test, CapturedOutput{out, ""}, outcome);
    return outcome.kind;
  };
  CHECK(judged_as_one_b("TEST(One, b)....\n" + ok) == OutcomeKind::Unfinished);
  CHECK(judged_as_one_b("TEST(One, b)....\n" + ok + " - 1 ms\n\n" + ok) == OutcomeKind::Pass);
  CHECK(judged_as_one_b("TEST(One, b) - 0 ms\n\n" + ok) == OutcomeKind::Pass);
  // What main prints or runs at the end.
  const std::string own = "TEST(One, b) - 0 ms\n\n" + ok,
                    two = "OK (2 tests, 2 ran, 2 checks, 0 ignored, 0 filtered out, 0 ms)\n";
  CHECK(judged_as_one_b(own + "OK (all done)\n") == OutcomeKind::Pass);
  CHECK(judged_as_one_b(own + "..\n" + two) == OutcomeKind::Pass);
  CHECK(judged_as_one_b(own + "TEST(One, b) - 0 ms\nTEST(In, a) - 0 ms\n\n" + two) == OutcomeKind::Pass);
  CHECK(judged_as_one_b("TEST(One, b) - 0 ms\n\n" + two) == OutcomeKind::WrongTests);
  CHECK(judged_as_one_b("TEST(One, b) - 0 ms\n\nOK (all done)\n") == OutcomeKind::Unfinished);
  CHECK(judged_as_one_b("hello TEST(One, b)") == OutcomeKind::Unfinished);
}

TEST_CASE("harness_cpputest: a failure stays one, silence is believed, a run that was cut short is not") {
  const std::string errors = "Errors (1 failures, 11 tests, 1 ran, 1 checks, 0 ignored, 10 filtered out, 0 ms)\n";
  CHECK(judged("TEST(One, fails)\n" + errors, OutcomeKind::Fail).kind == OutcomeKind::Fail);
  CHECK(judged("").kind == OutcomeKind::Pass);
  CHECK(judged("TEST(One, exits)").kind == OutcomeKind::Unfinished);
  CHECK(judged("IGNORE_TEST(One, exits)").kind == OutcomeKind::Unfinished);
  CHECK(judged("TEST(One, exits)", OutcomeKind::Abort).kind == OutcomeKind::Abort);
}

}  // namespace
