// UTF-8 as RFC 3629 defines it: strict when reading, so that nothing malformed reaches a report.
#pragma once

#include <string>
#include <string_view>

namespace nextest {

constexpr char32_t replacement_character = 0xFFFD;

// RFC 3629, section 3: what UTF-8 may encode.
constexpr bool is_scalar_value(char32_t code) { return code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF); }

struct DecodedCharacter {
  char32_t code;
  unsigned length;  // in bytes
  bool valid;       // false: `code` is U+FFFD, which is what to show instead of the byte at hand
};

// The first character of `text`. A malformed sequence costs one byte, whatever follows is looked at afresh.
// Empty text gives length 0 and valid false.
inline DecodedCharacter decode_utf8(std::string_view text) {
  if (text.empty()) return {replacement_character, 0, false};
  constexpr DecodedCharacter malformed = {replacement_character, 1, false};
  const unsigned char lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  const unsigned length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC0 || lead > 0xF7 || text.size() < length) return malformed;

  char32_t code = lead & (0x7Fu >> length);
  for (unsigned i = 1; i < length; ++i) {
    const unsigned char next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return malformed;
    code = code << 6 | (next & 0x3Fu);
  }
  // Nor may it be in a longer form than it needs.
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[length] || !is_scalar_value(code)) return malformed;
  return {code, length, true};
}

inline bool is_utf8(std::string_view text) {
  while (true) {
    std::size_t ascii = 0;
    while (ascii < text.size() && static_cast<signed char>(text[ascii]) > 0) ++ascii;
    text.remove_prefix(ascii);
    if (text.empty()) return true;
    const DecodedCharacter character = decode_utf8(text);
    if (!character.valid) return false;
    text.remove_prefix(character.length);
  }
}

// Appends one character. What is not a Unicode scalar value is written as U+FFFD.
inline void append_utf8(std::string& out, char32_t code) {
  if (!is_scalar_value(code)) code = replacement_character;
  const unsigned extra = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr unsigned lead_marks[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(lead_marks[extra] | code >> (6 * extra));
  for (unsigned i = extra; i-- > 0;) out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

}  // namespace nextest
