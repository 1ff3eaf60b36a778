#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/base/uuid.hpp"
#include "core/harness/custom.hpp"
#include "core/list/discover.hpp"
#include "core/list/list_tests.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::CapturedOutput;
using nextest::Command;
using nextest::custom_matches;
using nextest::CustomHarness;
using nextest::DiscoverOptions;
using nextest::Discovery;
using nextest::Duration;
using nextest::fill_in;
using nextest::ListedTest;
using nextest::Lister;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Result;
using nextest::Signals;
using nextest::StartOptions;
using nextest::Supervisor;
using nextest::TestBinary;
using nextest::TestIndex;
using nextest::TestList;

using Strings = nextest::Vector<std::string>;

CustomHarness make_harness(const std::string& pattern) {
  CustomHarness custom("mine");
  custom.match = "*.t";
  custom.list = {"sh", "{binary}", "list"};
  custom.list_pattern = pattern;
  custom.run = {"sh", "{binary}", "run", "{test}"};
  return custom;
}

// "a b(ignored)"
std::string listed(const std::string& pattern, const Strings& outputs) {
  const Result<nextest::Vector<ListedTest>> tests = nextest::read_custom_list(make_harness(pattern), outputs);
  const std::string message = tests ? "" : tests.error().message;
  CAPTURE(message);
  REQUIRE(bool(tests));
  std::string names;
  for (const ListedTest& test : tests.value()) {
    names += (names.empty() ? "" : " ") + test.name.str() + (test.ignored ? "(ignored)" : "");
  }
  return names;
}

std::string error_of(const std::string& pattern, const std::string& output) {
  const auto tests = nextest::read_custom_list(make_harness(pattern), {output});
  REQUIRE_FALSE(bool(tests));
  CHECK(tests.error().code == nextest::ExitCode::TestListFailed);
  return tests.error().message;
}

// Lists and runs as the program does.
class World final : nextest::UnitObserver {
 public:
  World() : supervisor_(nextest::make_uuid()) { REQUIRE(bool(Signals::install())); }

  std::string add(const std::string& name, const std::string& text, mode_t mode = 0644) const {
    support::write_file(folder / name, text, mode);
    return folder / name;
  }
  Result<TestList> list(const Strings& paths, const std::string& harness = "") {
    DiscoverOptions options;
    options.paths = {paths.begin(), paths.end()};
    options.harness = harness;
    options.custom = &customs;
    auto binaries = Discovery::run(std::move(options));
    if (!binaries) return binaries.error();
    return Lister::run(supervisor_, std::move(binaries.value()), start, 2, Duration::seconds(60));
  }
  // What the test printed, and how it ended.
  std::string run(const TestList& tests, TestIndex index) {
    const auto& harness = *tests.binary_of(index).harness;
    const std::string_view name = tests.tests[index].own_name();
    const Command command = nextest::make_command(
        tests.binary_of(index), harness.run_arguments(tests, tests.tests[index]), start, nullptr, name);
    nextest::Launched failure;
    nextest::UnitLimits limits;
    REQUIRE(supervisor_.start(command, limits, "", *this, failure) != nullptr);
    while (supervisor_.running() > 0) supervisor_.wait([](int) {});
    harness.judge(tests.tests[index], output_, outcome_);
    const std::string end = !outcome_.passed()         ? "fail " + std::to_string(outcome_.code)
                            : outcome_.skipped_by_test ? "skip"
                                                       : "pass";
    return end + ": " + output_.out;
  }

  support::TempFolder folder;
  nextest::CustomHarnesses customs;
  StartOptions start;

 private:
  void on_slow(nextest::Unit&, Duration, bool) override {}
  void on_done(nextest::Unit& unit) override {
    outcome_ = unit.outcome();
    output_ = unit.take_output();
  }

  Supervisor supervisor_;
  Outcome outcome_;
  CapturedOutput output_;
};

std::string names_of(const Result<TestList>& list) {
  const std::string message = list ? "" : list.error().message;
  CAPTURE(message);
  REQUIRE(bool(list));
  std::string names;
  for (const auto& test : list.value().tests) {
    names += (names.empty() ? "" : " ") + test.name.str() + (test.ignored ? "(ignored)" : "");
  }
  return names;
}

// ---- lists ----

TEST_CASE("harness_custom: of a folder its files only, whatever a match says") {
  const support::TempFolder folder;
  support::write_file(folder / "a.t", "");
  folder.make_folder("b.t");
  nextest::CustomHarnesses custom;
  custom.push_back(make_harness("(.*)"));
  DiscoverOptions options;
  options.paths = {folder.path()};
  options.custom = &custom;
  const Result<nextest::Vector<TestBinary>> binaries = Discovery::run(options);
  REQUIRE(bool(binaries));
  REQUIRE(binaries.value().size() == 1);
  CHECK(binaries.value()[0].name == "a.t");
}

TEST_CASE("harness_custom: the group of each line that matches") {
  CHECK(listed("^test (.*)$", {"hello\ntest a b\n test c\ntest d\r\n\ntest e"}) == "a b d e");
  CHECK(listed("(a|b)c", {"xacx\nbc\nac\n"}) == "a b a");
  CHECK(listed("(x)?y", {"y\nxy\n"}) == "x");
  CHECK(listed("", {"all lines\n\n  \nof it\n"}) == "all lines of it");
}

TEST_CASE("harness_custom: what the second list names is ignored, listed before or not") {
  CHECK(listed("(.+)", {"a\nb\nc\n", "c\na\n"}) == "a(ignored) b c(ignored)");
  CHECK(listed("(.+)", {"a\n", "b\n"}) == "a b(ignored)");
  CHECK(listed("(.+)", {"a\na\n", "a\n"}) == "a(ignored) a");
  CHECK(listed("^t (.+)", {"t a\n", "none\n"}) == "a");
}

TEST_CASE("harness_custom: no output, no tests; output without a test is an error that shows it") {
  CHECK(listed("(.+)", {""}) == "");
  CHECK(listed("^t (.+)", {" \n\n"}) == "");
  const std::string message = error_of("^t (.+)", "1\n2\n3\n4\n5\n6\n");
  CHECK(nextest::contains(message, "'^t (.+)'"));
  CHECK(nextest::contains(message, "\n    1\n    2\n    3\n    4\n    5"));
  CHECK_FALSE(nextest::contains(message, "6"));
}

TEST_CASE("harness_custom: a pattern that cannot be used") {
  CHECK(nextest::contains(error_of("a(b", "ab\n"), "'a(b' cannot be used"));
  CHECK(nextest::contains(error_of("ab", "ab\n"), "it has no (group)"));
  CHECK(nextest::contains(error_of("(?:ab)", "ab\n"), "it has no (group)"));
  CHECK(nextest::contains(error_of("^([^=[].*)$", "ab\n"), "classes in classes are not supported"));
  CHECK(listed("^([^=\\[].*)$", {"a\n[b\n=c\n"}) == "a");
}

// ---- command lines ----

TEST_CASE("harness_custom: binary and test take their places, once") {
  CHECK(fill_in("{binary}", "/b", "t") == "/b");
  CHECK(fill_in("--file={binary}::{test}!", "/b", "t") == "--file=/b::t!");
  CHECK(fill_in("^{test-escaped}$", "/b", "a.b*[c] d/e_\xC3\xB6") == "^a\\.b\\*\\[c\\] d/e_\xC3\xB6$");
  CHECK(fill_in("{test-escaped}", "/b", "\\^$.|?*+()[]{}") == "\\\\\\^\\$\\.\\|\\?\\*\\+\\(\\)\\[\\]\\{\\}");
  CHECK(fill_in("{test}", "{test}", "{binary}") == "{binary}");
  CHECK(fill_in("{other} {test {}", "/b", "t") == "{other} {test {}");
  CHECK(fill_in("", "/b", "t") == "");
}

TEST_CASE("harness_custom: files by name or by path") {
  CustomHarness custom = make_harness("");
  custom.match = "test_*.py";
  CHECK(custom_matches(custom, "test_a.py"));
  CHECK(custom_matches(custom, "./d/test_a.py"));
  CHECK_FALSE(custom_matches(custom, "d/a_test_a.py"));
  CHECK_FALSE(custom_matches(custom, "test_a.pyc"));
  custom.match = "d/*.py";
  CHECK(custom_matches(custom, "d/a.py"));
  CHECK_FALSE(custom_matches(custom, "a.py"));
  custom.match = "";
  CHECK_FALSE(custom_matches(custom, ""));
}

// ---- all of it ----

const char* const script = R"(case $1 in
list) printf 'the tests:\n* a b\n* {binary}\n* fails\n* skips $x\n' ;;
ignored) printf '* fails\n' ;;
run) echo "I am $2"; case $2 in fails) exit 3 ;; skips*) exit 77 ;; esac ;;
*) echo "no arguments" ;;
esac
)";

TEST_CASE("harness_custom: a file that matches is listed and run, and need not be executable") {
  World world;
  world.customs = {make_harness("^[*] (.*)$")};
  world.customs[0].ignored_list = {"sh", "{binary}", "ignored"};
  world.add("x.t", script);
  world.add("data", script);
  const auto list = world.list({world.folder.path()});
  REQUIRE(names_of(list) == "a b {binary} fails(ignored) skips $x");
  CHECK(list.value().binaries.size() == 1);
  CHECK(list.value().binaries[0].harness == &world.customs[0]);
  CHECK(std::string(list.value().binaries[0].harness->name) == "mine");
  CHECK(std::string(list.value().binaries[0].harness->name_in_records()) == "custom");
  CHECK(world.run(list.value(), 0) == "pass: I am a b\n");
  CHECK(world.run(list.value(), 1) == "pass: I am {binary}\n");
  CHECK(world.run(list.value(), 2) == "fail 3: I am fails\n");
  CHECK(world.run(list.value(), 3) == "skip: I am skips $x\n");
}

TEST_CASE("harness_custom: a target runner comes before it all, and the folder of the run counts") {
  World world;
  world.customs = {make_harness("^[*] (.*)$")};
  world.start.target_runner = {"env", "x=y"};
  world.start.in_binary_folder = true;
  world.customs[0].run = {"sh", "./x.t", "run", "{test-escaped}"};
  const auto list = world.list({world.add("x.t", script)});
  REQUIRE(names_of(list) == "a b {binary} fails skips $x");
  CHECK(world.run(list.value(), 1) == "pass: I am \\{binary\\}\n");
}

TEST_CASE("harness_custom: without a list, the file is one test") {
  World world;
  world.customs = {make_harness("")};
  world.customs[0].list.clear();
  world.customs[0].run = {"sh", "{binary}"};
  const auto list = world.list({world.add("x.t", script)});
  REQUIRE(names_of(list) == "x.t");
  CHECK(world.run(list.value(), 0) == "pass: no arguments\n");
  world.customs[0].run.clear();
  const auto direct = world.list({world.add("y.t", "#!/bin/sh\necho direct\n", 0755)});
  CHECK(world.run(direct.value(), 0) == "pass: direct\n");
}

TEST_CASE("harness_custom: --harness names one for any file, and rules out the others") {
  World world;
  world.customs = {make_harness("^[*] (.*)$"), make_harness("(nothing)")};
  world.customs[1].name = "other";
  const std::string file = world.add("unmatched", script), matched = world.add("x.t", script, 0755);
  CHECK(names_of(world.list({file}, "mine")) == "a b {binary} fails skips $x");
  CHECK(world.list({world.folder.path()}, "mine").value().binaries.size() == 1);
  const auto plain = world.list({matched}, "plain");
  REQUIRE(names_of(plain) == "x.t");
  CHECK(plain.value().binaries[0].harness == &nextest::plain_harness);
  const auto other = world.list({file}, "other");
  REQUIRE_FALSE(bool(other));
  CHECK(nextest::contains(other.error().message, "command: sh "));
  CHECK(nextest::contains(other.error().message, "    the tests:"));
  CHECK(nextest::contains(other.error().hint, "it was taken for a other program"));
  const auto unknown = world.list({file}, "others");
  REQUIRE_FALSE(bool(unknown));
  CHECK(unknown.error().message == "--harness: 'others' is not allowed");
  CHECK(nextest::ends_with(unknown.error().hint, "plain, mine, other"));
}

TEST_CASE("harness_custom: a list command that fails or cannot start") {
  World world;
  world.customs = {make_harness("(.*)")};
  const std::string file = world.add("x.t", "echo oops >&2; exit 5\n");
  const auto failed = world.list({file});
  REQUIRE_FALSE(bool(failed));
  CHECK(nextest::contains(failed.error().message, "exited with 5"));
  CHECK(nextest::contains(failed.error().message, "oops"));
  world.customs[0].list[0] = "no-such-program-here";
  const auto missing = world.list({file});
  REQUIRE_FALSE(bool(missing));
  CHECK(nextest::contains(missing.error().message, "could not start"));
}

TEST_CASE("harness_custom: pytest" * support::needs(support::tool("pytest", "python3-pytest"))) {
  World world;
  CustomHarness pytest = make_harness("^[^:]+::(.+)$");
  pytest.name = "pytest";
  pytest.match = "test_*.py";
  const Strings common = {"pytest", "-p", "no:cacheprovider", "-q"};
  pytest.list = pytest.run = common;
  pytest.list.insert(pytest.list.end(), {"--collect-only", "{binary}"});
  pytest.run.push_back("{binary}::{test}");
  world.customs = {pytest};
  const std::string file = world.add("test_a.py",
                                     "import pytest\n"
                                     "def test_passes(): print('I am test_passes')\n"
                                     "def test_fails(): assert 1 == 2\n"
                                     "class TestIn:\n"
                                     "  @pytest.mark.parametrize('x', ['a b', 'c::d[1]'])\n"
                                     "  def test_p(self, x): pass\n");
  const auto list = world.list({world.folder.path()});
  REQUIRE(names_of(list) == "test_passes test_fails TestIn::test_p[a b] TestIn::test_p[c::d[1]]");
  const Strings ends = {"pass", "fail 1", "pass", "pass"};
  for (TestIndex i = 0; i < ends.size(); ++i) {
    const std::string end = world.run(list.value(), i);
    CAPTURE(end);
    CHECK(nextest::starts_with(end, ends[i] + ":"));
    CHECK((nextest::contains(end, "\n1 passed in") || nextest::contains(end, "\n1 failed in")));
  }
}

}  // namespace
