// The table of harnesses. A new one is a file beside this one, its #include and its entry here.
#pragma once

#include <iterator>

#include "core/base/switches.hpp"
#include "core/harness/boost_test.hpp"
#include "core/harness/catch2.hpp"
#include "core/harness/cpputest.hpp"
#include "core/harness/criterion.hpp"
#include "core/harness/custom.hpp"
#include "core/harness/doctest.hpp"
#include "core/harness/googletest.hpp"
#include "core/harness/libtest.hpp"

namespace nextest {

// In a build without the harness: what describes it and its tests, without what lists and runs them.
constexpr Harness description_of(const Harness& row) {
  Harness description;
  description.name = row.name;
  description.recorded_as = row.recorded_as;
  description.separator = row.separator;
  description.text = row.text;
  description.library = row.library;
  description.failures = row.failures;
  return description;
}
template <const Harness& row>
inline constexpr Harness described = description_of(row);

template <const Harness& row>
constexpr const Harness* kept() {
  static_assert(row.is_sound());
  if constexpr (is_harness_kept(row.name)) return &row;
  else return &described<row>;
}

// In the order of recognition, in which also those of a program that shows several are asked for its tests. Asked in
// another framework's words, doctest and GoogleTest run all tests: doctest comes first; GoogleTest, whose mocks the
// others use, can be told not to (runs_nothing). Version 2 of Catch2 holds the text of version 3 too, and libtest's is
// the one that another framework's tests may well mention.
inline constexpr const Harness* harnesses[] = {
    kept<doctest_harness>(),    kept<catch2_v2_harness>(), kept<catch2_harness>(),
    kept<boost_test_harness>(), kept<cpputest_harness>(),  kept<criterion_harness>(),
    kept<googletest_harness>(), kept<libtest_harness>(),   kept<plain_harness>(),
};

constexpr bool are_distinct_in_records() {
  // By place: addresses are no constants under GCC's -fsanitize=undefined (its bug 71962).
  for (std::size_t a = 0; a < std::size(harnesses); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (std::string_view(harnesses[a]->name_in_records()) == harnesses[b]->name_in_records()) return false;
    }
  }
  return true;
}
static_assert(are_distinct_in_records());

constexpr bool are_harnesses(std::string_view names) {
  if (names.empty() || names.back() == ',') return false;
  while (!names.empty()) {
    const std::string_view name = trim(take_part(names, ','));
    bool is_one = false;
    for (const Harness* const row : harnesses) is_one = is_one || name == row->name;
    if (!is_one) return false;
  }
  return true;
}
static_assert(keeps_all_harnesses || are_harnesses(kept_harnesses),
              "NEXTEST_HARNESSES: names as --harness takes them, between commas");

// That of a record, and nullptr when there is no such name. What a configuration defined is not in a record.
inline const Harness* find_recorded_harness(std::string_view name) {
  for (const Harness* const row : harnesses) {
    if (name == row->name_in_records()) return row;
  }
  return name == recorded_custom_harness.name ? &recorded_custom_harness : nullptr;
}

// Whether --harness may name it.
inline Status check_harness_name(std::string_view name, const CustomHarnesses* custom) {
  std::string allowed;
  bool found = false;
  const auto look_at = [&](std::string_view one) {
    found |= name == one;
    if (ends_with(allowed, " " + std::string(one))) return;  // catch2 is there twice
    allowed.append(allowed.empty() ? "allowed: " : ", ").append(one);
  };
  for (const Harness* const row : harnesses) {
    if (is_harness_kept(row->name)) look_at(row->name);
    else if (name == row->name) return harness_left_out(row->name);
  }
  for (std::size_t i = 0; custom != nullptr && i < custom->size(); ++i) look_at((*custom)[i].name);
  if (found) return success();
  return Error{ExitCode::SetupError, "'" + std::string(name) + "' is not allowed", std::move(allowed)};
}

}  // namespace nextest
