// Which listed tests are run, and why the others are not.
#pragma once

#include <algorithm>

#include "core/model/history.hpp"
#include "core/model/test_list.hpp"
#include "core/select/filterset.hpp"
#include "core/select/partition.hpp"

namespace nextest {

enum class RunIgnored : unsigned char { Default, Only, All };

struct NamePattern {
  std::string text;
  bool exact = false;  // else a part of the name is enough

  bool matches(std::string_view name) const { return exact ? name == text : contains(name, text); }
};

struct Selection {
  Vector<NamePattern> names;  // none: every name
  Vector<NamePattern> skips;
  Vector<Filterset> filtersets;  // none: every test
  bool ignore_default_filter = false;
  RunIgnored run_ignored = RunIgnored::Default;
  Partition partition;
};

// Why no test of that binary can be selected, whatever its name; None: one may be.
inline Mismatch mismatch_of(const Selection& selection, const TestBinary& binary, const Filterset::Context& context) {
  const auto may_match = [&](const Filterset& filterset) {
    return filterset.matches_binary(binary, context) != Filterset::Answer::No;
  };
  const Vector<Filterset>& filtersets = selection.filtersets;
  if (!filtersets.empty() && std::none_of(filtersets.begin(), filtersets.end(), may_match)) return Mismatch::Filterset;
  if (selection.ignore_default_filter || context.default_filter == nullptr) return Mismatch::None;
  return may_match(*context.default_filter) ? Mismatch::None : Mismatch::DefaultFilter;
}

// Marks what is not selected, and returns what is, in list order. In a rerun, what is known to pass is left out.
inline Vector<TestIndex> select_tests(const Selection& selection, TestList& list, const Filterset::Context& context,
                                      const History& history) {
  const auto passed_already = [&](TestIndex test) {
    return history.rerun.of(list.binary_of(test).id, list.tests[test].name) == Known::Passing;
  };
  const auto any_matches = [](const Vector<NamePattern>& patterns, const TestCase& test) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const NamePattern& pattern) {
      return pattern.matches(test.name) || pattern.matches(test.own_name());
    });
  };
  Vector<bool> filtered_in(list.tests.size(), selection.filtersets.empty());
  Vector<bool> by_default(list.tests.size(), true);
  if (built_in(Feature::Filtersets)) {
    for (const Filterset& filterset : selection.filtersets) {
      const Vector<bool> matching = filterset.matches_all(list, context);
      for (TestIndex i = 0; i < list.tests.size(); ++i) filtered_in[i] = filtered_in[i] || matching[i];
    }
    if (!selection.ignore_default_filter && context.default_filter != nullptr) {
      by_default = context.default_filter->matches_all(list, context);
    }
  }
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    TestCase& test = list.tests[i];
    const bool ignored_fits =
        selection.run_ignored == RunIgnored::All || test.ignored == (selection.run_ignored == RunIgnored::Only);
    const bool named = selection.names.empty() || any_matches(selection.names, test);
    if (!ignored_fits) test.mismatch = Mismatch::Ignored;
    else if (!named || any_matches(selection.skips, test)) test.mismatch = Mismatch::Name;
    else if (!filtered_in[i]) test.mismatch = Mismatch::Filterset;
    else if (!by_default[i]) test.mismatch = Mismatch::DefaultFilter;
    else if (passed_already(i)) test.mismatch = Mismatch::Rerun;
    else test.mismatch = Mismatch::None;
  }
  apply_partition(selection.partition, list, history.durations);
  Vector<TestIndex> selected;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    if (list.tests[i].mismatch == Mismatch::None) selected.push_back(i);
  }
  return selected;
}

}  // namespace nextest
