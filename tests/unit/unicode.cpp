#include "core/base/unicode.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <initializer_list>

namespace {

using nextest::CharacterRange;
using nextest::is_word_character;
using nextest::RangeReader;

struct Counted {
  std::size_t ranges, characters;
};

Counted count(RangeReader reader) {
  Counted counted = {0, 0};
  char32_t end = 0;
  for (CharacterRange range; reader.next(range); ++counted.ranges) {
    CHECK(range.first <= range.last);
    CHECK((range.first > end || counted.ranges == 0));
    end = range.last + 1;
    counted.characters += range.last - range.first + 1;
  }
  CHECK(end <= 0x110000);
  return counted;
}

TEST_CASE("unicode: the tables are in order, and as large as Unicode 14 has them") {
  const Counted digits = count(RangeReader(nextest::digit_ranges)), spaces = count(RangeReader(nextest::space_ranges)),
                words = count(RangeReader(nextest::word_ranges));
  CHECK(digits.characters == 660);
  CHECK(spaces.characters == 25);
  CHECK(words.characters == 135202);
}

TEST_CASE("unicode: word characters") {
  for (const char32_t code :
       {U'a', U'z', U'A', U'Z', U'0', U'9', U'_', U'é', U'ß', U'日', U'\u0301', U'\u0663', U'\u200D', U'\U00020000'}) {
    CAPTURE(static_cast<unsigned>(code));
    CHECK(is_word_character(code));
  }
  for (const char32_t code : {U'\0', U' ', U'-', U'@', U'[', U'`', U'{', U'\x7F', U'\u00A0', U'×', U'€', U'\u2003',
                              U'\uFFFD', U'\U0001F600', U'\U0010FFFF'}) {
    CAPTURE(static_cast<unsigned>(code));
    CHECK_FALSE(is_word_character(code));
  }
}

}  // namespace
