// What distinguishes the tests of one binary: from each other where they share a name, and in the harness's own filter.
#pragma once

#include "core/base/sorted_order.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// Tests of one name are distinguished by their suite, else by their source, else by their place in the list. `tests`
// has given its names to `cases`, from `first` on.
inline void make_names_unique(Vector<TestCase>& cases, const Vector<ListedTest>& tests, std::size_t first) {
  const auto name_of = [&](std::uint32_t test) { return cases[first + test].own_name(); };
  const Vector<std::uint32_t> order =
      sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) { return name_of(a) < name_of(b); });
  for (std::size_t from = 0, to; from < order.size(); from = to) {
    for (to = from + 1; to < order.size() && name_of(order[to]) == name_of(order[from]);) ++to;
    if (to - from == 1) continue;
    const auto all_differ = [&](KeptText ListedTest::*field) {
      for (std::size_t i = from; i < to; ++i) {
        for (std::size_t j = from; j < i; ++j) {
          if (tests[order[i]].*field == tests[order[j]].*field) return false;
        }
      }
      return true;
    };
    const bool by_suite = all_differ(&ListedTest::suite);
    const bool by_source = !by_suite && all_differ(&ListedTest::source);
    for (std::size_t i = from; i < to; ++i) {
      const ListedTest& test = tests[order[i]];
      const std::string what = by_suite    ? test.suite.str()
                               : by_source ? test.source.str()
                                           : "#" + decimal(i - from + 1);
      KeptText& name = cases[first + order[i]].name;
      if (!what.empty()) name = name.str() + " (" + what + ")";
    }
  }
}

// For each test, how many tests the harness's own filter for it lets through, and which of them it is.
inline void find_rivals(const Harness& harness, Vector<TestCase>& cases, std::size_t first) {
  Vector<std::string> patterns;
  for (std::size_t i = first; i < cases.size(); ++i) {
    patterns.push_back(harness.pattern_of(cases[i].own_name()));
  }
  const Vector<std::uint32_t> order =
      sorted_order(patterns.size(), [&](std::uint32_t a, std::uint32_t b) { return patterns[a] < patterns[b]; });
  for (std::size_t from = 0, to; from < order.size(); from = to) {
    const std::string& pattern = patterns[order[from]];
    for (to = from + 1; to < order.size() && patterns[order[to]] == pattern;) ++to;
    Vector<std::uint32_t> matched(order.begin() + static_cast<std::ptrdiff_t>(from),
                                  order.begin() + static_cast<std::ptrdiff_t>(to));
    if (pattern.find_first_of("*?") != std::string::npos) {
      matched.clear();
      for (std::uint32_t i = 0; i < order.size(); ++i) {
        if (harness.matches(pattern, cases[first + i].own_name())) matched.push_back(i);
      }
    }
    for (std::size_t i = from; i < to; ++i) {
      TestCase& test = cases[first + order[i]];
      while (test.rank < matched.size() && matched[test.rank] != order[i]) ++test.rank;
      test.rivals = static_cast<std::uint32_t>(matched.size());
    }
  }
}

}  // namespace nextest
