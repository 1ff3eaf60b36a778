// How many columns of a terminal text takes, and names made to fit. libc's wcwidth depends on the locale, and on which
// libc it is; a name is as wide on a machine without locales.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/unicode.hpp"
#include "core/base/utf8.hpp"

namespace nextest {

// Characters of two columns (UAX #11, W and F) and of none (Mn, Me, Cf; the vowels and final consonants of Hangul
// syllables), with unassigned ones between two alike. Of Unicode 14, in the form of unicode.hpp.
// clang-format off
inline constexpr std::uint8_t wide_ranges[] = {
    162, 0, 95, 163, 58, 1, 13, 1, 129, 62, 3, 3, 0, 2, 0, 132, 9, 1, 21, 1, 50, 11, 43, 0, 19, 0, 13, 0, 8, 1, 17, 1,
    5, 1, 8, 0, 5, 0, 21, 0, 7, 1, 1, 0, 4, 0, 2, 0, 7, 0, 4, 1, 28, 0, 35, 0, 1, 0, 4, 2, 1, 0, 61, 2, 24, 0, 14, 0,
    134, 91, 1, 51, 0, 4, 0, 134, 42, 131, 62, 2, 132, 6, 8, 182, 111, 64, 129, 173, 70, 137, 25, 28, 133, 3, 215, 35,
    194, 92, 131, 89, 134, 54, 91, 129, 21, 95, 127, 6, 129, 223, 121, 129, 134, 27, 250, 8, 0, 129, 74, 0, 129, 62, 0,
    2, 9, 101, 130, 32, 12, 8, 1, 69, 1, 21, 12, 42, 4, 4, 12, 16, 3, 0, 3, 70, 1, 0, 1, 129, 58, 2, 62, 13, 3, 1, 23,
    18, 0, 26, 1, 13, 0, 86, 84, 48, 69, 6, 0, 3, 2, 2, 10, 11, 1, 7, 8, 129, 99, 16, 130, 27, 46, 1, 9, 1, 129, 56,
    112, 129, 6, 138, 9, 135, 255, 125};
inline constexpr std::uint8_t zero_width_ranges[] = {
    134, 0, 111, 130, 19, 6, 130, 7, 44, 1, 0, 1, 1, 1, 1, 1, 0, 56, 5, 10, 10, 1, 0, 46, 20, 16, 0, 101, 7, 1, 5, 2,
    1, 1, 3, 33, 0, 1, 0, 30, 26, 91, 10, 58, 8, 9, 0, 24, 3, 1, 8, 1, 2, 1, 4, 43, 2, 52, 15, 42, 56, 55, 0, 1, 0, 4,
    7, 4, 0, 3, 6, 10, 1, 29, 0, 58, 0, 4, 3, 8, 0, 20, 1, 26, 4, 57, 0, 4, 16, 30, 1, 3, 0, 11, 1, 57, 0, 4, 7, 4, 0,
    20, 1, 22, 7, 58, 0, 2, 0, 1, 3, 8, 9, 11, 1, 30, 0, 61, 0, 12, 0, 50, 0, 3, 0, 55, 0, 1, 2, 5, 16, 11, 1, 29, 0,
    58, 0, 2, 0, 6, 0, 5, 1, 20, 1, 28, 1, 57, 1, 4, 3, 8, 0, 20, 1, 29, 0, 72, 0, 7, 4, 90, 0, 2, 6, 12, 7, 98, 0, 2,
    8, 11, 5, 74, 1, 27, 0, 1, 0, 1, 0, 55, 13, 1, 4, 1, 1, 5, 47, 9, 0, 102, 3, 1, 5, 1, 1, 2, 1, 25, 1, 4, 2, 16, 3,
    13, 0, 2, 1, 6, 0, 15, 0, 129, 66, 129, 31, 130, 93, 2, 135, 50, 2, 29, 1, 30, 1, 30, 1, 64, 1, 1, 6, 8, 0, 2, 10,
    9, 0, 45, 4, 117, 1, 34, 0, 118, 2, 4, 1, 9, 0, 6, 2, 129, 91, 1, 2, 0, 58, 0, 1, 8, 1, 0, 2, 7, 6, 12, 48, 83, 48,
    0, 1, 4, 1, 0, 5, 0, 40, 8, 12, 1, 32, 3, 2, 1, 1, 2, 56, 0, 1, 1, 3, 0, 1, 2, 58, 7, 2, 1, 129, 24, 2, 1, 12, 1,
    6, 4, 0, 6, 0, 3, 1, 129, 70, 63, 132, 11, 4, 26, 4, 49, 15, 96, 32, 151, 126, 2, 129, 13, 0, 96, 31, 132, 42, 3,
    107, 1, 129, 235, 84, 3, 1, 9, 32, 1, 80, 1, 130, 16, 0, 3, 0, 4, 0, 25, 1, 5, 0, 129, 23, 1, 26, 17, 13, 0, 38, 7,
    25, 10, 46, 2, 48, 0, 2, 3, 2, 1, 39, 0, 67, 5, 2, 1, 2, 1, 12, 0, 8, 0, 47, 0, 51, 0, 1, 2, 2, 1, 5, 1, 1, 0, 42,
    1, 8, 0, 129, 110, 0, 2, 0, 4, 0, 215, 66, 79, 198, 30, 0, 133, 97, 15, 16, 15, 129, 79, 0, 129, 121, 2, 132, 1, 0,
    129, 98, 0, 129, 21, 4, 141, 6, 14, 40, 7, 129, 37, 1, 132, 61, 3, 131, 3, 1, 129, 25, 10, 49, 3, 123, 0, 54, 14,
    41, 0, 2, 1, 10, 2, 49, 3, 2, 1, 2, 0, 4, 11, 50, 2, 36, 4, 1, 7, 62, 0, 12, 1, 52, 8, 10, 3, 2, 0, 95, 2, 2, 0, 1,
    1, 6, 0, 129, 32, 0, 3, 7, 21, 1, 57, 1, 3, 0, 37, 14, 129, 67, 7, 2, 2, 1, 0, 23, 0, 84, 5, 1, 0, 4, 1, 1, 1, 129,
    110, 3, 6, 1, 1, 1, 27, 1, 85, 7, 2, 0, 1, 1, 106, 0, 1, 0, 2, 5, 1, 0, 101, 2, 2, 3, 1, 4, 130, 3, 8, 1, 1, 130,
    0, 1, 1, 0, 4, 0, 129, 16, 7, 4, 0, 32, 9, 40, 5, 2, 3, 8, 0, 9, 5, 2, 2, 46, 12, 1, 1, 131, 22, 13, 1, 0, 82, 21,
    2, 6, 1, 1, 1, 1, 122, 20, 1, 0, 72, 1, 3, 0, 1, 0, 130, 91, 1, 170, 59, 8, 237, 55, 4, 59, 6, 136, 24, 0, 63, 3,
    81, 0, 129, 153, 56, 1, 1, 165, 38, 132, 32, 2, 9, 15, 2, 6, 30, 3, 129, 20, 2, 143, 59, 54, 4, 49, 8, 0, 14, 0,
    22, 20, 138, 80, 42, 130, 5, 6, 130, 119, 0, 61, 3, 139, 96, 6, 109, 6, 176, 173, 54, 131, 110};
// clang-format on

// 0, 1 or 2. Not for control characters.
inline std::size_t display_width(char32_t code) {
  if (code < 0x300) return 1;
  CharacterRange range;
  for (RangeReader reader(zero_width_ranges); reader.next(range) && range.first <= code;) {
    if (code <= range.last) return 0;
  }
  for (RangeReader reader(wide_ranges); reader.next(range) && range.first <= code;) {
    if (code <= range.last) return 2;
  }
  return 1;
}

// Of text without control characters (escape.hpp).
inline std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    width += display_width(character.code);
    text.remove_prefix(character.length);
  }
  return width;
}

// `text` in at most `width` columns: the middle of a longer one gives way to `gap`, since the ends of names tell most.
inline std::string elide_middle(std::string_view text, std::size_t width, std::string_view gap) {
  const std::size_t whole = display_width(text);
  if (whole <= width) return std::string(text);
  const std::size_t gap_width = display_width(gap);
  if (width <= gap_width) return std::string(gap.substr(0, width == gap_width ? gap.size() : 0));
  const std::size_t head_width = (width - gap_width) / 2;
  std::size_t at = 0, column = 0, head = 0;
  // The head ends before the character that no longer fits; the tail begins with the first that leaves enough out.
  for (bool in_head = true; at < text.size();) {
    const DecodedCharacter character = decode_utf8(text.substr(at));
    const std::size_t next = column + display_width(character.code);
    if (in_head && next > head_width) in_head = false;
    if (in_head) head = at + character.length;
    if (!in_head && next > column && whole - column <= width - gap_width - display_width(text.substr(0, head))) break;
    column = next;
    at += character.length;
  }
  return std::string(text.substr(0, head)).append(gap).append(text.substr(at));
}

}  // namespace nextest
