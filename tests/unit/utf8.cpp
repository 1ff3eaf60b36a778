#include "core/base/utf8.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using nextest::append_utf8;
using nextest::decode_utf8;
using nextest::DecodedCharacter;

bool is_within(unsigned char byte, unsigned lowest, unsigned highest) { return byte >= lowest && byte <= highest; }

// How many bytes the well-formed sequence at the start of `text` has, 0 for none: table 3-7 of the Unicode standard,
// row by row. Written from the table, not from the arithmetic that decode_utf8 does.
unsigned length_by_table(std::string_view text) {
  struct Row {
    unsigned length;
    unsigned char lead_from, lead_to, second_from, second_to;
  };
  constexpr Row rows[] = {
      {1, 0x00, 0x7F, 0, 0},       {2, 0xC2, 0xDF, 0x80, 0xBF}, {3, 0xE0, 0xE0, 0xA0, 0xBF},
      {3, 0xE1, 0xEC, 0x80, 0xBF}, {3, 0xED, 0xED, 0x80, 0x9F}, {3, 0xEE, 0xEF, 0x80, 0xBF},
      {4, 0xF0, 0xF0, 0x90, 0xBF}, {4, 0xF1, 0xF3, 0x80, 0xBF}, {4, 0xF4, 0xF4, 0x80, 0x8F},
  };
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (const Row& row : rows) {
    if (text.size() < row.length || !is_within(byte(0), row.lead_from, row.lead_to)) continue;
    if (row.length >= 2 && !is_within(byte(1), row.second_from, row.second_to)) continue;
    if (row.length >= 3 && !is_within(byte(2), 0x80, 0xBF)) continue;
    if (row.length >= 4 && !is_within(byte(3), 0x80, 0xBF)) continue;
    return row.length;
  }
  return 0;
}

bool agrees_with_table(std::string_view text) {
  const unsigned length = length_by_table(text);
  const DecodedCharacter character = decode_utf8(text);
  if (length != 0) return character.valid && character.length == length;
  return !character.valid && character.length == 1 && character.code == 0xFFFD;
}

TEST_CASE("utf8: known characters, both ways") {
  struct Row {
    char32_t code;
    std::string_view bytes;
  };
  const Row rows[] = {
      {0x00, std::string_view("\0", 1)},
      {0x41, "A"},
      {0x7F, "\x7F"},
      {0x80, "\xC2\x80"},
      {0xE9, "\xC3\xA9"},
      {0x7FF, "\xDF\xBF"},
      {0x800, "\xE0\xA0\x80"},
      {0x20AC, "\xE2\x82\xAC"},
      {0xD7FF, "\xED\x9F\xBF"},
      {0xE000, "\xEE\x80\x80"},
      {0xFFFD, "\xEF\xBF\xBD"},
      {0xFFFF, "\xEF\xBF\xBF"},
      {0x10000, "\xF0\x90\x80\x80"},
      {0x1F600, "\xF0\x9F\x98\x80"},
      {0x10FFFF, "\xF4\x8F\xBF\xBF"},
  };
  for (const Row& row : rows) {
    CAPTURE(static_cast<unsigned>(row.code));
    std::string written = "before ";
    append_utf8(written, row.code);
    CHECK(written == "before " + std::string(row.bytes));
    const DecodedCharacter character = decode_utf8(std::string(row.bytes) + "after");
    CHECK(character.valid);
    CHECK(character.code == row.code);
    CHECK(character.length == row.bytes.size());
  }
}

TEST_CASE("utf8: every character reads back, every code point that is none is written as U+FFFD") {
  unsigned wrong = 0;
  for (char32_t code = 0; code <= 0x110010; ++code) {
    std::string written;
    append_utf8(written, code);
    const DecodedCharacter character = decode_utf8(written);
    const bool is_character = code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
    const bool is_right =
        character.valid && character.length == written.size() && character.code == (is_character ? code : 0xFFFD);
    if (!is_right) ++wrong;
  }
  CHECK(wrong == 0);
  std::string written;
  append_utf8(written, 0xFFFFFFFF);
  CHECK(written == "\xEF\xBF\xBD");
}

TEST_CASE("utf8: nothing is read from nothing") {
  const DecodedCharacter character = decode_utf8("");
  CHECK_FALSE(character.valid);
  CHECK(character.length == 0);
}

TEST_CASE("utf8: malformed sequences cost one byte") {
  const std::string_view rows[] = {
      "\x80",  // a continuation byte alone
      "\xBF",
      "\xC0\x80",          // overlong NUL
      "\xC1\xBF",          // overlong U+007F
      "\xE0\x9F\xBF",      // overlong U+07FF
      "\xF0\x8F\xBF\xBF",  // overlong U+FFFF
      "\xED\xA0\x80",      // U+D800
      "\xED\xBF\xBF",      // U+DFFF
      "\xF4\x90\x80\x80",  // U+110000
      "\xF5\x80\x80\x80",
      "\xF8\x88\x80\x80\x80",      // five bytes, as in RFC 2279
      "\xFC\x84\x80\x80\x80\x80",  // six bytes
      "\xFE",
      "\xFF",
      "\xC3(",  // a continuation byte missing
      "\xE2\x82(",
      "\xF0\x9F\x98(",
      "\xC3\xC3\xA9",
  };
  for (const std::string_view row : rows) {
    CAPTURE(row);
    const DecodedCharacter character = decode_utf8(row);
    CHECK_FALSE(character.valid);
    CHECK(character.length == 1);
    CHECK(character.code == 0xFFFD);
  }
}

TEST_CASE("utf8: a sequence cut off anywhere is malformed, also where the next bytes in memory would complete it") {
  const std::string_view rows[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
  for (const std::string_view whole : rows) {
    CHECK(decode_utf8(whole).valid);
    for (std::size_t length = 1; length < whole.size(); ++length) {
      CAPTURE(whole);
      CAPTURE(length);
      CHECK_FALSE(decode_utf8(whole.substr(0, length)).valid);
      CHECK(decode_utf8(whole.substr(0, length)).length == 1);
    }
  }
}

TEST_CASE("utf8: agrees with the table of well-formed sequences") {
  unsigned wrong = 0;
  std::string text(2, '\0');
  for (unsigned pair = 0; pair <= 0xFFFF; ++pair) {
    text[0] = static_cast<char>(pair >> 8);
    text[1] = static_cast<char>(pair & 0xFF);
    if (!agrees_with_table(text)) ++wrong;
  }
  CHECK(wrong == 0);

  // Both sides of every border of the table, in every position of four bytes.
  const std::vector<unsigned char> borders = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                              0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  text.resize(4);
  for (const unsigned char first : borders) {
    for (const unsigned char second : borders) {
      for (const unsigned char third : borders) {
        for (const unsigned char fourth : borders) {
          text = {static_cast<char>(first), static_cast<char>(second), static_cast<char>(third),
                  static_cast<char>(fourth)};
          if (!agrees_with_table(text)) ++wrong;
          if (!agrees_with_table(std::string_view(text).substr(0, 3))) ++wrong;
        }
      }
    }
  }
  CHECK(wrong == 0);
}

}  // namespace
