#include "core/base/switches.hpp"

#include <doctest/doctest.h>

#include <string_view>

#include "cli/option_table.hpp"
#include "core/harness/table.hpp"

namespace {

using nextest::Feature;

TEST_CASE("switches: harnesses to keep are a list between commas") {
  std::string_view list = "googletest, boost-test ,,plain";
  for (const char* name : {"googletest", "boost-test", "", "plain"})
    CHECK(nextest::trim(nextest::take_part(list, ',')) == name);
  CHECK(list.empty());
  CHECK(nextest::are_harnesses("catch2"));
  CHECK(nextest::are_harnesses("libtest, criterion,cpputest"));
  CHECK_FALSE(nextest::are_harnesses("catch"));
  CHECK_FALSE(nextest::are_harnesses("doctest,,plain"));
}

TEST_CASE("switches: every feature has its row, and its error names what is missing and the macro") {
  CHECK(nextest::row_of(Feature::Scripts).name == std::string_view("scripts"));
  CHECK(&nextest::row_of(Feature::Scripts) == std::end(nextest::features) - 1);
  const nextest::Error error = nextest::left_out("filtersets", "NEXTEST_WITHOUT_FILTERSETS");
  CHECK(error.code == nextest::ExitCode::ExperimentalFeatureNotEnabled);
  CHECK(error.message == "this program was built without filtersets (NEXTEST_WITHOUT_FILTERSETS)");
}

TEST_CASE("switches: an option has its place and its help, or is left out and not shown") {
  for (const nextest::Option& option : nextest::option_table) {
    CAPTURE(std::string(option.name));
    CHECK(option.is_shown_for(option.commands) == (*option.help != '\0'));
    const bool says_setting = option.is_setting();
    CHECK((says_setting || option.apply != nullptr || option.left_out != nullptr));
    CHECK_FALSE((says_setting && option.apply != nullptr));
  }
}

}  // namespace
