// Sets of characters, and those that have a name in patterns.
#pragma once

#include "core/base/text.hpp"
#include "core/base/unicode.hpp"

namespace nextest {

using CharacterRanges = Vector<CharacterRange>;

// In ascending order, without overlaps.
inline void normalise(CharacterRanges& ranges) {
  if (ranges.size() < 2) return;
  ::qsort(ranges.begin(), ranges.size(), sizeof ranges[0], [](const void* a, const void* b) {
    const char32_t first = static_cast<const CharacterRange*>(a)->first;
    const char32_t second = static_cast<const CharacterRange*>(b)->first;
    return first < second ? -1 : first > second ? 1 : 0;
  });
  std::size_t last = 0;
  for (const CharacterRange& range : ranges) {
    if (range.first > ranges[last].last) ranges[++last] = range;
    else if (range.last > ranges[last].last) ranges[last].last = range.last;
  }
  ranges.truncate(last + 1);
}

// All characters that are not in `ranges`, which are normalised.
inline void complement(CharacterRanges& ranges) {
  char32_t next = 0;
  std::size_t count = 0;
  for (const CharacterRange range : ranges) {
    if (range.first > next) ranges[count++] = {next, range.first - 1};
    next = range.last + 1;
  }
  ranges.truncate(count);
  if (next <= 0x10FFFF) ranges.push_back({next, 0x10FFFF});
}

inline void append(CharacterRanges& set, const CharacterRanges& ranges) {
  for (const CharacterRange& range : ranges) set.push_back(range);
}

// Appends what \d, \s, \w or, complemented, \D, \S, \W stands for.
inline void append_class(CharacterRanges& set, char letter) {
  const char kind = ascii_lower(letter);
  RangeReader reader(word_ranges);
  if (kind == 'd') reader = RangeReader(digit_ranges);
  else if (kind == 's') reader = RangeReader(space_ranges);
  CharacterRanges ranges;
  for (CharacterRange range; reader.next(range);) ranges.push_back(range);
  if (kind != letter) complement(ranges);
  append(set, ranges);
}

// The [:alpha:] classes, of ASCII only. As pairs of characters: first and last of each range, the first one may be \0.
struct NamedClass {
  std::string_view name;
  const char* pairs;
};
inline constexpr NamedClass named_classes[] = {
    {"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"ascii", "\0\x7F"},  {"blank", "\t\t  "},  {"cntrl", "\0\x1F\x7F\x7F"},
    {"digit", "09"},     {"graph", "!~"},   {"lower", "az"},      {"print", " ~"},      {"punct", "!/:@[`{~"},
    {"space", "\t\r  "}, {"upper", "AZ"},   {"word", "09AZ__az"}, {"xdigit", "09AFaf"},
};

}  // namespace nextest
