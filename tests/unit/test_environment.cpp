#include "core/run/test_environment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <list>
#include <string>

#include "tests/unit/support.hpp"

namespace {

using nextest::Environment;
using nextest::RunOptions;
using nextest::StressIndex;

nextest::Vector<std::string> names_of(const Environment& environment) {
  nextest::Vector<std::string> names;
  for (const char* entry : environment.vector({})) {
    if (entry == nullptr || !nextest::starts_with(entry, "NEXTEST")) continue;
    names.push_back(std::string(entry, std::string(entry).find('=')));
  }
  return names;
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

}  // namespace
