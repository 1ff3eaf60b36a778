#include "core/base/spill.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <string>
#include <vector>

namespace {

using nextest::Spill;

std::string text_number(std::size_t i, std::size_t size) {
  std::string text = std::to_string(i) + ":";
  while (text.size() < size) text += static_cast<char>('a' + (text.size() * 7 + i) % 26);
  text.resize(size);
  return text;
}

// Texts of all sizes come back as they were, in any order, from the file and from memory.
void check_all_come_back() {
  Spill spill;
  std::vector<std::string> texts;
  std::vector<Spill::Place> places;
  for (const std::size_t size : {0, 1, 7, 4096, 65535, 65536, 65537, 300000, 3, 0, 100000, 12}) {
    texts.push_back(text_number(texts.size(), size));
    places.push_back(spill.add(texts.back()));
  }
  for (std::size_t i = texts.size(); i-- > 0;) CHECK(spill.text_of(places[i]) == texts[i]);
  Spill::Place place = spill.add("one");
  spill.extend(place, " and two");
  CHECK(spill.text_of(place) == "one and two");
}

TEST_CASE("spill: what is added comes back") { check_all_come_back(); }

TEST_CASE("spill: without a folder for temporary files all stays in memory") {
  const char* const before = getenv("TMPDIR");
  const std::string folder = before != nullptr ? before : "";
  setenv("TMPDIR", "/no/such/folder", 1);
  check_all_come_back();
  if (before != nullptr) setenv("TMPDIR", folder.c_str(), 1);
  else unsetenv("TMPDIR");
}

TEST_CASE("spill: a place is taken in pieces") {
  Spill spill;
  const std::string text = text_number(1, 200000);
  spill.add("before");
  Spill::Place place = spill.add(text);
  spill.add("behind");
  std::string all;
  for (int pieces = 1; place.size > 0; ++pieces) {
    std::string piece;
    spill.take_some(place, piece);
    CHECK(piece.size() <= 65536);
    CHECK(!piece.empty());
    all += piece;
    REQUIRE(pieces <= 4);
  }
  CHECK(all == text);
}

}  // namespace
