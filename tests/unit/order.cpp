#include "core/select/order.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

namespace {

using nextest::order_tests;
using nextest::RunOrder;
using nextest::TestIndex;

using Plan = nextest::Vector<TestIndex>;

Plan ordered(std::size_t count, const RunOrder& order, const nextest::Vector<std::int32_t>& priorities = {}) {
  Plan plan(count);
  for (TestIndex i = 0; i < count; ++i) plan[i] = i;
  order_tests(plan, order, {}, [&](TestIndex test) { return test < priorities.size() ? priorities[test] : 0; });
  return plan;
}

RunOrder random(std::uint64_t seed) { return {RunOrder::Random, true, seed}; }

}  // namespace

TEST_CASE("order: listed and longest keep the order of the list while no durations are known") {
  for (const RunOrder::Kind kind : {RunOrder::Listed, RunOrder::Longest}) {
    CHECK(ordered(5, {kind}) == Plan{0, 1, 2, 3, 4});
    CHECK(ordered(0, {kind}) == Plan{});
  }
}

TEST_CASE("order: higher priority first, equal ones as they were") {
  CHECK(ordered(5, {RunOrder::Listed}, {0, 50, -50, 0, 50}) == Plan{1, 4, 0, 3, 2});
}

TEST_CASE("order: random is a permutation, and the same for a seed") {
  const Plan once = ordered(100, random(1));
  CHECK(once == ordered(100, random(1)));
  CHECK(once != ordered(100, random(2)));
  Plan sorted = once;
  std::sort(sorted.begin(), sorted.end());
  CHECK(sorted == ordered(100, {RunOrder::Listed}));
  CHECK(once != sorted);
}

TEST_CASE("order: the order of a seed never changes") { CHECK(ordered(8, random(42)) == Plan{3, 1, 6, 2, 4, 0, 7, 5}); }

TEST_CASE("order: priority goes before chance") {
  nextest::Vector<std::int32_t> priorities(50, 0);
  priorities[30] = 1;
  priorities[3] = -1;
  const Plan plan = ordered(50, random(9), priorities);
  CHECK(plan.front() == 30);
  CHECK(plan.back() == 3);
}

TEST_CASE("order: a seed that is given stays, and chance gives one where there is none") {
  RunOrder order = random(5);
  CHECK(order.resolve(7) == "random:5");
  CHECK(order.resolve(8) == "random:5");
  order = {RunOrder::Random};
  CHECK(order.resolve(7) == "random:7");
  CHECK(order.resolve(8) == "random:7");
  CHECK(RunOrder{RunOrder::Listed}.resolve(7) == "");
}
