// Which listed tests are run, and why the others are not.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.hpp"
#include "core/model/test_list.hpp"
#include "core/select/partition.hpp"

namespace nextest {

enum class RunIgnored : unsigned char { Default, Only, All };

struct NamePattern {
  std::string text;
  bool exact = false;  // else a part of the name is enough

  bool matches(std::string_view name) const { return exact ? name == text : contains(name, text); }
};

struct Selection {
  std::vector<NamePattern> names;  // none: every name
  std::vector<NamePattern> skips;
  RunIgnored run_ignored = RunIgnored::Default;
  Partition partition;
};

// Marks what is not selected, and returns what is, in list order.
inline std::vector<TestIndex> select_tests(const Selection& selection, TestList& list) {
  const auto any_matches = [](const std::vector<NamePattern>& patterns, const TestCase& test) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const NamePattern& pattern) {
      return pattern.matches(test.name) || pattern.matches(test.own_name());
    });
  };
  for (TestCase& test : list.tests) {
    const bool ignored_fits =
        selection.run_ignored == RunIgnored::All || test.ignored == (selection.run_ignored == RunIgnored::Only);
    const bool named = selection.names.empty() || any_matches(selection.names, test);
    if (!ignored_fits) test.mismatch = Mismatch::Ignored;
    else if (!named || any_matches(selection.skips, test)) test.mismatch = Mismatch::Name;
    else test.mismatch = Mismatch::None;
  }
  apply_partition(selection.partition, list);
  std::vector<TestIndex> selected;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    if (list.tests[i].mismatch == Mismatch::None) selected.push_back(i);
  }
  return selected;
}

}  // namespace nextest
