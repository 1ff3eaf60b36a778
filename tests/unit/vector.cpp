#include "core/base/vector.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using nextest::Vector;

struct Plain {
  std::uint8_t small;
  std::uint64_t large;
};

// Each kind of value from a number, and back.
Plain make(std::uint32_t number, Plain) { return {static_cast<std::uint8_t>(number), number}; }
std::string make(std::uint32_t number, std::string) {  // short ones are kept elsewhere than long ones
  return std::to_string(number) + std::string(number % 40, 'x');
}
std::unique_ptr<std::uint32_t> make(std::uint32_t number, std::unique_ptr<std::uint32_t>) {
  return std::make_unique<std::uint32_t>(number);
}
std::uint32_t number_of(const Plain& value) {
  return value.small == static_cast<std::uint8_t>(value.large) ? static_cast<std::uint32_t>(value.large) : 0;
}
std::uint32_t number_of(const std::string& value) { return static_cast<std::uint32_t>(std::stoul(value)); }
std::uint32_t number_of(const std::unique_ptr<std::uint32_t>& value) { return *value; }

template <class T>
std::vector<std::uint32_t> contents(const Vector<T>& vector) {
  std::vector<std::uint32_t> out;
  for (const T& value : vector) out.push_back(number_of(value));
  CHECK(out.size() == vector.size());
  CHECK(out.empty() == vector.empty());
  return out;
}

TEST_CASE_TEMPLATE("vector: it does what std::vector does", T, Plain, std::string, std::unique_ptr<std::uint32_t>) {
  Vector<T> vector;
  std::vector<std::uint32_t> expected;
  std::uint32_t random = 1;
  for (int i = 0; i < 5000; ++i) {
    random = random * 1664525u + 1013904223u;
    const std::size_t at = expected.empty() ? 0 : (random >> 8) % (expected.size() + 1);
    const std::size_t count = expected.empty() ? 0 : (random >> 4) % (expected.size() - at + 1) % 5;
    switch (random >> 29) {
      case 0:
        if (expected.empty()) break;
        vector.pop_back();
        expected.pop_back();
        break;
      case 1:
        if (random >> 16 & 15) break;
        vector.truncate(at);
        expected.resize(at);
        break;
      case 2:
        CHECK(number_of(*vector.insert(vector.begin() + at, make(random, T()))) == random);
        expected.insert(expected.begin() + static_cast<std::ptrdiff_t>(at), random);
        break;
      case 3:
        vector.erase(vector.begin() + at, vector.begin() + at + count);
        expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(at),
                       expected.begin() + static_cast<std::ptrdiff_t>(at + count));
        break;
      default:
        vector.push_back(make(random, T()));
        expected.push_back(random);
        CHECK(number_of(vector.back()) == random);
    }
    if (i % 100 == 0) CHECK(contents(vector) == expected);
  }
  CHECK(contents(vector) == expected);
  CHECK(number_of(vector[vector.size() / 2]) == expected[expected.size() / 2]);

  Vector<T> moved = std::move(vector);
  CHECK(contents(moved) == expected);
  CHECK(vector.empty());  // NOLINT(bugprone-use-after-move): what was moved from is empty, and says so
  Vector<T> other;
  other.push_back(make(1, T()));
  other = std::move(moved);
  CHECK(contents(other) == expected);
  CHECK(moved.empty());  // NOLINT(bugprone-use-after-move)
  other.clear();
  CHECK(contents(other).empty());
}

TEST_CASE_TEMPLATE("vector: copies are of their own", T, Plain, std::string) {
  Vector<T> vector;
  for (std::uint32_t i = 0; i < 50; ++i) vector.push_back(make(i, T()));
  Vector<T> copy = vector;
  copy.push_back(copy[3]);
  for (std::uint32_t i = 0; i < 100; ++i) copy.push_back(copy[i]);  // its own values, while it grows
  CHECK(copy.size() == 151);
  CHECK(number_of(copy[50]) == 3);
  CHECK(number_of(copy[150]) == 48);
  copy = vector;
  CHECK(contents(copy) == contents(vector));
  copy[0] = make(77, T());
  CHECK(number_of(vector[0]) == 0);
  vector.assign(3, make(9, T()));
  CHECK(contents(vector) == std::vector<std::uint32_t>{9, 9, 9});
  vector.insert(vector.begin() + 1, copy.begin(), copy.begin() + 2);
  CHECK(contents(vector) == std::vector<std::uint32_t>{9, 77, 1, 9, 9});
}

TEST_CASE("vector: what it is made from") {
  CHECK(Vector<int>(3) == Vector<int>{0, 0, 0});
  CHECK(Vector<int>(2, 7) == Vector<int>{7, 7});
  CHECK(Vector<std::string>{"a", "b"} == Vector<std::string>{std::string("a"), std::string("b")});
  CHECK(Vector<std::string_view>{"one"}[0] == "one");
  CHECK(Vector<std::string>{"a"} != Vector<std::string>{"b"});
  CHECK(Vector<std::string>{"a"} != Vector<std::string>{"a", "a"});
  const char* const words[] = {"x", "y"};
  CHECK(Vector<std::string>(words, words + 2) == Vector<std::string>{"x", "y"});
  Vector<bool> flags(10, true);
  flags[3] = false;
  flags.resize(12);
  CHECK(flags[2]);
  CHECK_FALSE(flags[3]);
  CHECK_FALSE(flags[11]);
}

}  // namespace

TEST_CASE("vector: what it has") {
  Vector<std::string> three = {"a", "b", "c"};
  for (const char* const one : {"a", "b", "c"}) CHECK(three.has(one));
  CHECK_FALSE(three.has("d"));
  three.pop_back();
  CHECK_FALSE(three.has("c"));
  CHECK_FALSE(Vector<int>().has(0));
}

TEST_CASE("vector: one of its own values is assigned to all") {
  Vector<std::string> vector = {"a text that is too long to be kept in place", "b"};
  vector.assign(5, vector[0]);
  CHECK(vector == Vector<std::string>(5, "a text that is too long to be kept in place"));
}
