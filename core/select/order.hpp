// In which order the selected tests start.
#pragma once

#include "core/base/duration.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/number.hpp"
#include "core/base/sorted_order.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

struct RunOrder {
  enum Kind : std::uint8_t {
    Longest,  // longest known duration first; unknown ones before all others, in list order
    Listed,
    Random,
  } kind = Longest;
  bool has_seed = false;
  std::uint64_t seed = 0;  // Random: the same seed gives the same order, on every machine

  // Takes a seed of `chance` where one is needed and none was given. What --order takes for that order; empty: as it
  // is.
  std::string resolve(std::uint64_t chance) {
    if (kind != Random) return "";
    if (!has_seed) seed = chance % 1000000;
    has_seed = true;
    std::string text;
    append_format(text, "random:%llu", static_cast<unsigned long long>(seed));
    return text;
  }
};

// Higher priority first, whatever the order; `priority_of(test)` is a number. `durations`: of each test of the list,
// below 0 where it is not known; may be empty.
inline void order_tests(Vector<TestIndex>& tests, const RunOrder& order, const Vector<Duration>& durations,
                        FunctionRef<std::int32_t(TestIndex)> priority_of) {
  if (order.kind == RunOrder::Random) {
    std::uint64_t state = order.seed;
    for (std::size_t left = tests.size(); left > 1; --left) {
      // SplitMix64 (Steele, Lea, Flood 2014); the C++ library's shuffles differ from one to the next.
      std::uint64_t mixed = (state += 0x9e3779b97f4a7c15);
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      std::swap(tests[left - 1], tests[number_as<std::size_t>((mixed ^ (mixed >> 31)) % left)]);
    }
  }
  const bool is_by_duration = order.kind == RunOrder::Longest && !durations.empty();
  // One that is not known may be the longest of all.
  const auto goes_before = [](Duration a, Duration b) { return a.ns < 0 ? b.ns >= 0 : b.ns >= 0 && b < a; };
  Vector<TestIndex> ordered;
  ordered.reserve(tests.size());
  for (const std::uint32_t i : sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) {
         const std::int32_t left = priority_of(tests[a]), right = priority_of(tests[b]);
         return left != right ? left > right : is_by_duration && goes_before(durations[tests[a]], durations[tests[b]]);
       })) {
    ordered.push_back(tests[i]);
  }
  tests = std::move(ordered);
}

}  // namespace nextest
