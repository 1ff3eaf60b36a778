#include "core/base/pile.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace {

using nextest::Pile;

struct Value {
  std::uint8_t small;
  std::uint64_t large;
};

std::vector<std::uint64_t> contents(const Pile<Value>& pile) {
  std::vector<std::uint64_t> out;
  for (const Value& value : pile) {
    CHECK(value.small == static_cast<std::uint8_t>(value.large));
    out.push_back(value.large);
  }
  CHECK(out.size() == pile.size());
  CHECK(out.empty() == pile.empty());
  return out;
}

TEST_CASE("pile: it does what a vector does") {
  Pile<Value> pile;
  std::vector<std::uint64_t> expected;
  std::uint32_t random = 1;
  for (int i = 0; i < 5000; ++i) {
    random = random * 1664525u + 1013904223u;
    const Value value = {static_cast<std::uint8_t>(random), random};
    const std::size_t at = expected.empty() ? 0 : (random >> 8) % (expected.size() + 1);
    switch (random >> 29) {
      case 0:
        if (expected.empty()) break;
        pile.pop_back();
        expected.pop_back();
        break;
      case 1:
        if (random >> 16 & 15) break;
        pile.truncate(at);
        expected.resize(at);
        break;
      case 2:
        pile.insert(at, value);
        expected.insert(expected.begin() + static_cast<std::ptrdiff_t>(at), random);
        break;
      default:
        pile.push_back(value);
        expected.push_back(random);
        CHECK(pile.back().large == random);
    }
    if (i % 100 == 0) CHECK(contents(pile) == expected);
  }
  CHECK(contents(pile) == expected);
  CHECK(pile[pile.size() / 2].large == expected[expected.size() / 2]);

  Pile<Value> moved = std::move(pile);
  CHECK(contents(moved) == expected);
  Pile<Value> other;
  other.push_back({1, 1});
  other = std::move(moved);
  CHECK(contents(other) == expected);
  other.clear();
  CHECK(contents(other).empty());
}

TEST_CASE("pile: its own values can be put into it") {
  Pile<std::uint16_t> pile;
  for (std::uint16_t i = 0; i < 8; ++i) pile.push_back(i);
  pile.push_back(pile[3]);
  pile.insert(0, pile[7]);
  CHECK(pile.size() == 10);
  CHECK(pile[0] == 7);
  CHECK(pile[9] == 3);
}

}  // namespace
