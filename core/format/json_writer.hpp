// A writer of JSON (RFC 8259) whose output is always valid. Fractions go through snprintf and strtod: the program never
// calls setlocale, so their decimal point is always '.'.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "core/base/utf8.hpp"
#include "core/format/json_value.hpp"

namespace nextest {

// Appends what stands between the quotes of a string. Any bytes will do: each byte that is not part of valid UTF-8
// becomes one U+FFFD.
inline void append_json_characters(std::string& out, std::string_view text) {
  // By far the most need no escape: they are copied as a whole.
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end && *at >= 0x20 && *at < 0x7F && *at != '"' && *at != '\\') ++at;
  out.append(text.data(), at);
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    const char first = text[0];
    if (!character.valid) append_utf8(out, character.code);
    else if (first == '"' || first == '\\') out.append({'\\', first});
    else if (first == '\n') out += "\\n";
    else if (first == '\r') out += "\\r";
    else if (first == '\t') out += "\\t";
    else if (character.code < 0x20)
      out.append({'\\', 'u', '0', '0', first < 16 ? '0' : '1', "0123456789abcdef"[first & 15]});
    else out += text.substr(0, character.length);
    text.remove_prefix(character.length);
  }
}

// Appends `text` in quotes.
inline void append_json_string(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size() + 2);
  out += '"';
  append_json_characters(out, text);
  out += '"';
}

// Appends one JSON value to a string: without blanks, or, when `pretty`, a line for each member and item, two blanks
// deeper for each level. It places the commas; the caller pairs begin with end and gives each member of an object a
// key. For JSON Lines take a new writer for each line.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out, bool pretty = false) : out_(out), pretty_(pretty) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }

  // Returns the writer, for `writer.key("name").string("value")`.
  JsonWriter& key(const char* name) { return key(std::string_view(name)); }
  JsonWriter& key(std::string_view name) {
    string(name);
    out_ += pretty_ ? ": " : ":";
    after_key_ = true;
    return *this;
  }

  void string(std::string_view text) {
    separate();
    append_json_string(out_, text);
  }

  void boolean(bool value) { literal(value ? "true" : "false"); }
  void null() { literal("null"); }

  // Any integer exactly; a double with the fewest of 15 to 17 digits that read back as the same double.
  // JSON has no infinities and no NaN (RFC 8259, section 6): they are written as null.
  template <class Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>);
    if constexpr (std::is_integral_v<Number>) {
      literal(std::to_string(value));
    } else {
      const double real = static_cast<double>(value);
      if (!std::isfinite(real)) return null();
      char digits[32];
      for (int precision = 15; precision <= 17; ++precision) {
        std::snprintf(digits, sizeof digits, "%.*g", precision, real);
        if (std::strtod(digits, nullptr) == real) break;
      }
      literal(digits);
    }
  }

  // With exactly that many digits after the point.
  void number(double value, int decimals) {
    if (!std::isfinite(value)) return null();
    separate();
    append_format(out_, "%.*f", decimals, value);
  }

  // `value` of units of 10 to the power of -decimals, all of them: 1500 with 3 decimals is 1.500.
  void fixed(std::int64_t value, int decimals) {
    std::string digits = decimal(value < 0 ? -value : value);
    const std::size_t places = static_cast<std::size_t>(decimals);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
    if (value < 0) digits.insert(0, 1, '-');
    literal(digits);
  }

  // A tree as it was read.
  void value(const JsonValue& tree) {
    switch (tree.kind) {
      case JsonKind::Null: return null();
      case JsonKind::Boolean: return boolean(tree.boolean);
      case JsonKind::Number: return literal(tree.text);
      case JsonKind::String: return string(tree.text);
      case JsonKind::Array:
        begin_array();
        for (const JsonValue& item : tree.items) value(item);
        return end_array();
      case JsonKind::Object:
        begin_object();
        for (const JsonMember& member : tree.members) key(member.name).value(member.value);
        return end_object();
    }
  }

 private:
  void separate() {
    if (!after_key_) {
      if (needs_comma_) out_ += ',';
      if (depth_ > 0) new_line();
    }
    after_key_ = false;
    needs_comma_ = true;
  }

  void new_line() {
    if (pretty_) out_.append(1, '\n').append(2 * depth_, ' ');
  }

  void literal(std::string_view text) {
    separate();
    out_ += text;
  }

  void begin(char bracket) {
    separate();
    out_ += bracket;
    ++depth_;
    needs_comma_ = false;
  }

  void end(char bracket) {
    --depth_;
    if (needs_comma_) new_line();
    out_ += bracket;
    needs_comma_ = true;
  }

  std::string& out_;
  const bool pretty_;
  bool needs_comma_ = false;
  bool after_key_ = false;
  std::size_t depth_ = 0;
};

}  // namespace nextest
