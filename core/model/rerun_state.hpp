// What a chain of reruns knows of tests when a run begins.
#pragma once

#include "core/base/sorted_order.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

enum class Known : std::uint8_t { Unknown, Passing, Outstanding };

struct KnownTest {
  std::string binary_id;
  std::string name;
  Known known = Known::Unknown;
};

class RerunState {
 public:
  Vector<KnownTest> tests;  // once finalized: by binary id, then name, each once, and none that is unknown

  void finalize() {
    Vector<KnownTest> sorted;
    for (const std::uint32_t i : sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) {
           return compare(tests[a], tests[b].binary_id, tests[b].name) < 0;
         })) {
      KnownTest& test = tests[i];
      const bool is_new = sorted.empty() || compare(sorted.back(), test.binary_id, test.name) != 0;
      if (is_new && test.known != Known::Unknown) sorted.push_back(std::move(test));
    }
    tests = std::move(sorted);
  }

  Known of(std::string_view binary_id, std::string_view name) const {
    const std::size_t at = position(binary_id, name);
    return at < tests.size() ? tests[at].known : Known::Unknown;
  }

  // Those that are outstanding and that a run of `list` cannot decide, as it does not run them.
  Vector<const KnownTest*> outstanding_beside(const TestList& list) const {
    Vector<bool> is_run(tests.size());
    for (const TestCase& test : list.tests) {
      if (test.mismatch != Mismatch::None) continue;
      const std::size_t at = position(list.binaries[test.binary].id, test.name);
      if (at < tests.size()) is_run[at] = true;
    }
    Vector<const KnownTest*> left;
    for (std::size_t i = 0; i < tests.size(); ++i) {
      if (tests[i].known == Known::Outstanding && !is_run[i]) left.push_back(&tests[i]);
    }
    return left;
  }

 private:
  static int compare(const KnownTest& test, std::string_view binary_id, std::string_view name) {
    const int by_binary = std::string_view(test.binary_id).compare(binary_id);
    return by_binary != 0 ? by_binary : std::string_view(test.name).compare(name);
  }

  // Past the end when it is not there.
  std::size_t position(std::string_view binary_id, std::string_view name) const {
    std::size_t from = 0, to = tests.size();
    while (from < to) {
      const std::size_t middle = from + (to - from) / 2;
      const int order = compare(tests[middle], binary_id, name);
      if (order == 0) return middle;
      if (order < 0) from = middle + 1;
      else to = middle;
    }
    return tests.size();
  }
};

}  // namespace nextest
