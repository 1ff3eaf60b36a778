#include "core/process/capture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "tests/unit/support.hpp"

namespace {

using nextest::Capture;

// What `take` should give: the first and the last half of an even bound.
std::string kept(const std::string& all, std::size_t bound) {
  const std::size_t half = bound / 2;
  if (all.size() <= 2 * half) return all;
  std::string head = all.substr(0, half);
  if (!head.empty() && head.back() != '\n') head += '\n';
  return head + "... " + std::to_string(all.size() - 2 * half) + " bytes of output dropped here ...\n" +
         all.substr(all.size() - half);
}

std::string letters(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + i % 26);
  return text;
}

TEST_CASE("capture: what fits is kept unchanged") {
  for (const std::size_t size : {0u, 1u, 9u, 10u, 11u, 19u, 20u}) {
    Capture capture(20);
    capture.append(letters(size));
    CAPTURE(size);
    CHECK_FALSE(capture.overflowed());
    CHECK(capture.take() == letters(size));
  }
}

TEST_CASE("capture: one byte too many drops one") {
  Capture capture(20);
  capture.append(letters(21));
  CHECK(capture.overflowed());
  CHECK(capture.take() == "abcdefghij\n... 1 bytes of output dropped here ...\nlmnopqrstu");
}

TEST_CASE("capture: the line about what is missing needs no newline where there is one") {
  Capture capture(8);
  capture.append("abc\ndefghijk");
  CHECK(capture.take() == "abc\n... 4 bytes of output dropped here ...\nhijk");
}

TEST_CASE("capture: two writes, split anywhere") {
  for (const std::size_t size : {8u, 9u, 12u, 13u, 16u, 17u, 20u, 40u}) {
    const std::string all = letters(size);
    for (std::size_t split = 0; split <= size; ++split) {
      Capture capture(8);
      capture.append(std::string_view(all).substr(0, split));
      capture.append(std::string_view(all).substr(split));
      CAPTURE(size);
      CAPTURE(split);
      CHECK(capture.overflowed() == (size > 8));
      CHECK(capture.take() == kept(all, 8));
    }
  }
}

TEST_CASE("capture: writes of one size, whatever it is") {
  const std::string all = letters(100);
  for (std::size_t bound = 2; bound <= 24; bound += 2) {
    for (std::size_t chunk = 1; chunk <= 30; ++chunk) {
      Capture capture(bound);
      for (std::size_t at = 0; at < all.size(); at += chunk) capture.append(std::string_view(all).substr(at, chunk));
      CAPTURE(bound);
      CAPTURE(chunk);
      CHECK(capture.take() == kept(all, bound));
    }
  }
}

TEST_CASE("capture: random writes against the plain model") {
  support::Numbers numbers(7);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t bound = 2 + 2 * numbers.below(40);
    Capture capture(bound);
    std::string all;
    for (std::size_t writes = numbers.below(12); writes > 0; --writes) {
      std::string chunk(numbers.below(numbers.below(8) == 0 ? 200 : 12), '\0');
      for (char& c : chunk) c = static_cast<char>(numbers.below(256));
      all += chunk;
      capture.append(chunk);
      if (capture.overflowed() == (all.size() > bound)) continue;
      FAIL_CHECK(all.size());
    }
    if (capture.take() == kept(all, bound)) continue;
    CAPTURE(bound);
    FAIL_CHECK(all.size());
  }
}

TEST_CASE("capture: taking empties it, and it takes on anew") {
  Capture capture(4);
  capture.append("abcdefgh");
  CHECK(capture.take() == kept("abcdefgh", 4));
  CHECK_FALSE(capture.overflowed());
  CHECK(capture.take() == "");
  capture.append("xyz");
  CHECK(capture.take() == "xyz");
  capture.append("123456789");
  CHECK(capture.take() == kept("123456789", 4));
}

TEST_CASE("capture: never holds more than its bound, and counts the rest") {
  for (const std::size_t bound : {0u, 1u, 2u, 3u, 7u}) {
    Capture capture(bound);
    capture.append(letters(26));
    CAPTURE(bound);
    CHECK(capture.overflowed());
    const std::string taken = capture.take();
    const std::size_t half = bound / 2;
    CHECK(nextest::contains(taken, "... " + std::to_string(26 - 2 * half) + " bytes of output dropped here ...\n"));
  }
}

}  // namespace
