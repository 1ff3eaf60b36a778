#include "core/run/test_environment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <list>
#include <set>
#include <string>

#include "tests/unit/support.hpp"

namespace {

using nextest::Environment;
using nextest::RunOptions;
using nextest::StressIndex;

nextest::Vector<std::string> names_of(const Environment& environment) {
  nextest::Vector<std::string> names;
  for (const char* entry : environment.vector({})) {
    if (entry != nullptr) names.push_back(std::string(entry, std::string(entry).find('=')));
  }
  return names;
}

bool holds(const Environment& environment, const std::string& wanted) {
  const nextest::Vector<char*> all = environment.vector({});
  return std::any_of(all.begin(), all.end(), [&](const char* entry) { return entry != nullptr && entry == wanted; });
}

nextest::TestList list_of(const nextest::Harness& harness) {
  nextest::TestList list;
  list.binaries.resize(1);
  list.binaries[0].harness = &harness;
  return list;
}

TEST_CASE("environment of a run: what an outer test has as its own is not handed on, also while listing") {
  nextest::TestCase test;
  test.name = "outer";
  nextest::Vector<std::string> outer = {"NEXTEST_BINARY_ID=outer"};
  nextest::add_test_environment(outer, test, {1, 1}, "outer-attempt", StressIndex(), {});
  for (std::string& one : outer) one.erase(one.find('='));
  std::list<support::Variable> variables;
  for (const std::string& name : outer) variables.emplace_back(name.c_str(), "outer");
  Environment environment;
  nextest::set_run_environment(environment, RunOptions());
  const nextest::Vector<std::string> handed_on = names_of(environment);
  CHECK(std::find(handed_on.begin(), handed_on.end(), "NEXTEST_RUN_MODE") != handed_on.end());
  for (const std::string& name : outer) {
    CAPTURE(name);
    CHECK(std::find(handed_on.begin(), handed_on.end(), name) == handed_on.end());
  }
}

TEST_CASE("environment of a run: by its variables a framework's user chooses nothing behind our back") {
  std::set<std::string> names;  // two rows may have one
  for (const nextest::Harness* const row : nextest::harnesses) {
    for (const auto& dropped : row->dropped_variables) names.insert(dropped.name);
  }
  std::list<support::Variable> variables;
  for (const std::string& name : names) variables.emplace_back(name.c_str(), "7");
  const support::Variable kept("GTEST_COLOR", "yes");
  Environment environment;
  nextest::set_run_environment(environment, RunOptions());
  const nextest::Vector<std::string> handed_on = names_of(environment);
  CHECK(std::find(handed_on.begin(), handed_on.end(), "GTEST_COLOR") != handed_on.end());
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(std::find(handed_on.begin(), handed_on.end(), name) == handed_on.end());
  }
}

TEST_CASE("environment of a run: what the user seems to mean is said once, where such tests are there") {
  const support::Variable filter("GTEST_FILTER", "A.*"), shared("TESTBRIDGE_TEST_ONLY", "A"), empty("GTEST_REPEAT", "");
  const support::Variable quiet("GTEST_BRIEF", "1"), check("CK_RUN_CASE", "core");
  using Strings = nextest::Vector<std::string>;
  nextest::TestList list = list_of(nextest::googletest_harness);
  CHECK(nextest::dropped_choices(list) ==
        Strings{"GTEST_FILTER is set, but no test gets it: choose tests by name or with -E",
                "TESTBRIDGE_TEST_ONLY is set, but no test gets it: choose tests by name or with -E"});
  list.binaries.push_back(list_of(nextest::catch2_harness).binaries[0]);
  CHECK(nextest::dropped_choices(list).size() == 2);
  CHECK(nextest::dropped_choices(list_of(nextest::doctest_harness)).empty());
  CHECK(nextest::dropped_choices(list_of(nextest::plain_harness)) ==
        Strings{"CK_RUN_CASE is set, but no test gets it: choose tests by name or with -E"});
}

TEST_CASE("environment of a run: what a configuration sets of these is dropped as well, and said") {
  using Strings = nextest::Vector<std::string>;
  const Strings own = {"GTEST_REPEAT=2", "GTEST_BRIEF=1", "GTEST_COLOR=yes"};
  nextest::TestList list = list_of(nextest::googletest_harness);
  list.binaries[0].environment = &own;
  CHECK(nextest::dropped_choices(list) ==
        Strings{"GTEST_REPEAT is set, but no test gets it: repeat tests with --stress-count"});
  const nextest::Command command = nextest::make_command(list.binaries[0], {}, nextest::StartOptions(), nullptr);
  CHECK(command.environment == Strings{"GTEST_COLOR=yes", "NEXTEST_BINARY_ID="});
  list.binaries[0].harness = &nextest::doctest_harness;
  CHECK(nextest::dropped_choices(list).empty());
}

TEST_CASE("environment of a run: the phase, the workspace, the loader's variables, and a profile a process") {
  const support::Variable library("LD_PRELOAD_X", "a=b"), profile("LLVM_PROFILE_FILE", nullptr);
  RunOptions options;
  options.workspace_root = "/some/where";
  Environment environment;
  nextest::set_run_environment(environment, options);
  CHECK(holds(environment, "NEXTEST_TEST_PHASE=list"));
  CHECK(holds(environment, "NEXTEST_WORKSPACE_ROOT=/some/where"));
  CHECK(holds(environment, "NEXTEST_LD_PRELOAD_X=a=b"));
  CHECK(holds(environment, "LLVM_PROFILE_FILE=default_%m_%p.profraw"));
  nextest::begin_test_phase(environment);
  CHECK(holds(environment, "NEXTEST_TEST_PHASE=run"));
  CHECK_FALSE(holds(environment, "NEXTEST_TEST_PHASE=list"));

  const support::Variable mine("LLVM_PROFILE_FILE", "mine-%p");
  Environment with_mine;
  nextest::set_run_environment(with_mine, options);
  CHECK(holds(with_mine, "LLVM_PROFILE_FILE=mine-%p"));
}

}  // namespace
