#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/harness/libtest.hpp"

namespace {

using nextest::Arguments;
using nextest::CapturedOutput;
using nextest::libtest_harness;
using nextest::ListedTest;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Result;
using nextest::TestCase;
using nextest::TestList;

nextest::Vector<ListedTest> listed(const std::string& all, const std::string& ignored) {
  const Result<nextest::Vector<ListedTest>> tests = libtest_harness.read_list(libtest_harness, {all, ignored});
  CAPTURE(all);
  CAPTURE(ignored);
  REQUIRE(bool(tests));
  return tests.value();
}

// "a b(ignored) c[bench]"
std::string summary(const nextest::Vector<ListedTest>& tests) {
  std::string text;
  for (const ListedTest& test : tests) {
    text += (text.empty() ? "" : " ") + test.name.str() + (test.ignored ? "(ignored)" : "") +
            (test.benchmark ? "[bench]" : "");
  }
  return text;
}

Arguments arguments_for(const std::string& name, bool ignored, bool benchmark) {
  TestList list;
  list.binaries.emplace_back();
  TestCase test;
  test.name = name + " (#2)";
  test.own_name_size = static_cast<std::uint32_t>(name.size());
  test.ignored = ignored;
  test.benchmark = benchmark;
  list.tests = {TestCase(), test};
  return libtest_harness.run_arguments(list, list.tests[1]);
}

Outcome judged(const std::string& out, OutcomeKind kind = OutcomeKind::Pass, int code = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  libtest_harness.judge(TestCase(), CapturedOutput{out, ""}, outcome);
  return outcome;
}

// ---- listing ----

TEST_CASE("harness_libtest: a real list") {
  // rustc --test, 1.94: --list --format terse, and the same with --ignored
  CHECK(summary(listed("a::b::bad: test\na::b::ok: test\na::ign: test\na::ign2: test\na::ok: test\na::sp: test\n",
                       "a::ign: test\na::ign2: test\n")) ==
        "a::b::bad a::b::ok a::ign(ignored) a::ign2(ignored) a::ok a::sp");
}

TEST_CASE("harness_libtest: no tests") {
  CHECK(listed("", "").empty());
  CHECK(listed("\n", "\n").empty());
}

TEST_CASE("harness_libtest: benchmarks, empty lines, and a last line without its end") {
  CHECK(summary(listed("fast: benchmark\n\nok: test", "")) == "fast[bench] ok");
  CHECK(summary(listed("fast: benchmark\nok: test\n", "fast: benchmark")) == "fast(ignored)[bench] ok");
}

TEST_CASE("harness_libtest: any name is taken as it is") {
  CHECK(summary(listed("a: test: test\n", "")) == "a: test");
  CHECK(summary(listed(" x : test\n", "")) == " x ");
  CHECK(summary(listed("src/lib.rs - f (line 3): test\n", "")) == "src/lib.rs - f (line 3)");
  CHECK(summary(listed("it: benchmark: test\n", "")) == "it: benchmark");
  CHECK(summary(listed("\xC3\xA9\xFF: test\n", "")) == "\xC3\xA9\xFF");
}

TEST_CASE("harness_libtest: of two tests of one name each ignored line marks one") {
  CHECK(summary(listed("a: test\nb: test\na: test\n", "a: test\n")) == "a(ignored) b a");
  CHECK(summary(listed("a: test\nb: test\na: test\n", "b: test\na: test\n")) == "a b(ignored) a(ignored)");
  CHECK(summary(listed("a: test\na: test\n", "a: test\na: test\n")) == "a(ignored) a(ignored)");
  CHECK(summary(listed("a: test\na: test\nb: test\n", "a: test\nb: test\na: test\n")) ==
        "a(ignored) a(ignored) b(ignored)");
}

TEST_CASE("harness_libtest: the ignored list may be in another order") {
  CHECK(summary(listed("a: test\nb: test\nc: test\n", "c: test\na: test\n")) == "a(ignored) b c(ignored)");
}

TEST_CASE("harness_libtest: an ignored test that only the second list has is a test") {
  CHECK(summary(listed("a: test\n", "b: test\n")) == "a b(ignored)");
  CHECK(summary(listed("", "b: test\n")) == "b(ignored)");
}

TEST_CASE("harness_libtest: what is not a line of a list is no test, and without any test an error that shows it") {
  for (const char* line : {"running 3 tests", "a:test", "a: tests", ": test", ": benchmark", "a: test ", "a: test\r",
                           "3 tests, 0 benchmarks"}) {
    CAPTURE(std::string(line));
    for (const bool second : {false, true}) {
      const std::string text = std::string(line) + "\n";
      CHECK(summary(listed(second ? "ok: test\n" : "ok: test\n" + text, second ? text : "")) == "ok");
      const Result<nextest::Vector<ListedTest>> tests =
          libtest_harness.read_list(libtest_harness, {second ? "" : text, second ? text : ""});
      REQUIRE_FALSE(bool(tests));
      CHECK(tests.error().code == nextest::ExitCode::TestListFailed);
      CHECK(nextest::contains(tests.error().message, "'" + std::string(line) + "'"));
    }
  }
}

TEST_CASE("harness_libtest: lists are asked for as the protocol says") {
  CHECK(libtest_harness.list_commands(libtest_harness) ==
        nextest::Vector<Arguments>{{"--list", "--format", "terse"}, {"--list", "--format", "terse", "--ignored"}});
}

// ---- running ----

TEST_CASE("harness_libtest: one test is run by its own name") {
  CHECK(arguments_for("a::b", false, false) == Arguments{"a::b", "--exact", "--nocapture"});
  CHECK(arguments_for("a b, *?", true, false) == Arguments{"a b, *?", "--exact", "--nocapture", "--ignored"});
  CHECK(arguments_for("x", false, true) == Arguments{"x", "--exact", "--nocapture"});
}

TEST_CASE("harness_libtest: a pass counts if one test was run") {
  const std::string rest = " 0 ignored; 0 measured; 5 filtered out; finished in 0.00s\n\n";
  CHECK(judged("\nrunning 1 test\ntest a::ok ... ok\n\ntest result: ok. 1 passed; 0 failed;" + rest).kind ==
        OutcomeKind::Pass);
  const Outcome none = judged("\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed;" + rest);
  CHECK(none.kind == OutcomeKind::WrongTests);
  CHECK(none.code == 0);
  const Outcome two = judged("test result: ok. 2 passed; 0 failed;" + rest);
  CHECK(two.kind == OutcomeKind::WrongTests);
  CHECK(two.code == 2);
  CHECK(judged("test result: ok. 12 passed; 0 failed;" + rest).code == 12);
  CHECK(judged("test result: FAILED. 0 passed; 1 failed;" + rest).kind == OutcomeKind::Pass);  // its main may want that
}

TEST_CASE("harness_libtest: an ignored test that was not run is no pass") {
  CHECK(judged("test a::ign ... ignored\n\ntest result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 5 filtered out; "
               "finished in 0.00s\n")
            .kind == OutcomeKind::WrongTests);
}

TEST_CASE("harness_libtest: a measured benchmark was run") {
  CHECK(judged("test result: ok. 0 passed; 0 failed; 0 ignored; 1 measured; 0 filtered out; finished in 1.2s\n").kind ==
        OutcomeKind::Pass);
}

TEST_CASE("harness_libtest: a failure stays one, whatever is said") {
  const Outcome failed = judged("test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 5 filtered out\n",
                                OutcomeKind::Fail, 101);
  CHECK(failed.kind == OutcomeKind::Fail);
  CHECK(failed.code == 101);
  CHECK(judged("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n", OutcomeKind::Abort, 6)
            .kind == OutcomeKind::Abort);
}

TEST_CASE("harness_libtest: the last result counts, and only one at the start of a line") {
  const std::string one = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
  const std::string none = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
  CHECK(judged(none + one).kind == OutcomeKind::Pass);
  CHECK(judged(one + none).kind == OutcomeKind::WrongTests);
  CHECK(judged(one + "x " + none).kind == OutcomeKind::Pass);
}

TEST_CASE("harness_libtest: a harness that says nothing of a result is believed") {
  CHECK(judged("").kind == OutcomeKind::Pass);
  CHECK(judged("all good\n").kind == OutcomeKind::Pass);
  CHECK(judged("test result: ok.\n").kind == OutcomeKind::Pass);
  CHECK(judged("test result: ok. 1 passed; 0 failed\n").kind == OutcomeKind::Pass);
}

TEST_CASE("harness_libtest: one that begins and never says a result was cut short") {
  CHECK(judged("\nrunning 1 test\nall good\n").kind == OutcomeKind::Unfinished);
  CHECK(judged("\nrunning 1 test\n", OutcomeKind::Fail, 3).kind == OutcomeKind::Fail);
}

TEST_CASE("harness_libtest: what another program with tests says does not end this one") {
  const std::string start = "running 1 test\n", end = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured;\n";
  CHECK(judged(start + "running 2 tests\n" + end).kind == OutcomeKind::Unfinished);
  CHECK(judged(start + "running 2 tests\n" + end + end).kind == OutcomeKind::Pass);
  CHECK(judged(start + "running 2 tests at a time\nrunning late\n" + end).kind == OutcomeKind::Pass);
  // One that ends early has a start alone; what is said of the test itself tells.
  TestCase test;
  test.name = "m::own";
  test.own_name_size = 6;
  const auto judged_as_own = [&](const std::string& out) {
    Outcome outcome;
    libtest_harness.judge(test, CapturedOutput{out, ""}, outcome);
    return outcome.kind;
  };
  CHECK(judged_as_own(start + start + "test m::own ... ok\n\n" + end) == OutcomeKind::Pass);
  CHECK(judged_as_own(start + start + "open test m::own - should panic ... ok\n\n" + end) == OutcomeKind::Pass);
  CHECK(judged_as_own(start + start + "test m::other ... ok\n\n" + end) == OutcomeKind::Unfinished);
  CHECK(judged_as_own(start + start + "test m::own_too ... ok\n\n" + end) == OutcomeKind::Unfinished);
  CHECK(judged_as_own(start + start + end + "test m::own ... ok\n") == OutcomeKind::Unfinished);
  CHECK(judged_as_own(start + start + "test m::own ... ok\n\n") == OutcomeKind::Unfinished);
}

TEST_CASE("harness_libtest: a leak that passes counts only for one test, too") {
  Outcome outcome =
      judged("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n", OutcomeKind::Leak);
  CHECK(outcome.kind == OutcomeKind::WrongTests);
}

TEST_CASE("harness_libtest: what the program prints around its list is not of it") {
  CHECK(summary(listed("hello\na: test\nb: test\n\nbye\n2 tests, 0 benchmarks\n", "hello\nb: test\nbye\n")) ==
        "a b(ignored)");
  CHECK(summary(listed("one line ... a: test\nb b: test\nbye: all", "one line ... bye: all")) == "a b b");
  CHECK(summary(listed("one line ... bee: test\nbye: all", "one line ... bye: all")) == "bee");
  CHECK_FALSE(bool(libtest_harness.read_list(libtest_harness, {"", "hello"})));
  CHECK_FALSE(bool(libtest_harness.read_list(libtest_harness, {"hello\n: test\n", "hello\n"})));
}

}  // namespace
