// JSON as RFC 8259 defines it: a writer whose output is always valid, and a strict reader into a small tree.
// Fractions go through snprintf and strtod: the program never calls setlocale, so their decimal point is always '.'.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/base/name_set.hpp"
#include "core/base/result.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"
#include "core/base/vector.hpp"

namespace nextest {

// How deep arrays and objects may nest: reading and destroying a tree recurse, and input must not choose our stack.
constexpr unsigned json_depth_limit = 256;

enum class JsonKind { Null, Boolean, Number, String, Array, Object };

struct JsonMember;

struct JsonValue {
  JsonKind kind = JsonKind::Null;
  bool boolean = false;
  std::string text;            // String: what it says. Number: as written, so that no digit is lost
  Vector<JsonValue> items;     // Array
  Vector<JsonMember> members;  // Object, in the order of the text; each name once

  // The member of that name; null when there is none or this is no object.
  const JsonValue* find(std::string_view name) const;
  const JsonValue* find(const char* name) const { return find(std::string_view(name)); }

  // The number, when this is one, written without fraction and exponent, and in range.
  std::optional<std::int64_t> as_int64() const { return as_integer<std::int64_t>(); }
  std::optional<std::uint64_t> as_uint64() const { return as_integer<std::uint64_t>(); }

  // The nearest double, when this is a number that does not overflow one.
  std::optional<double> as_double() const {
    if (kind != JsonKind::Number) return std::nullopt;
    const double number = std::strtod(text.c_str(), nullptr);
    return std::isfinite(number) ? std::optional<double>(number) : std::nullopt;
  }

 private:
  template <class Integer>
  std::optional<Integer> as_integer() const {
    if (kind != JsonKind::Number) return std::nullopt;
    const bool is_negative = text[0] == '-';
    if (is_negative && std::is_unsigned_v<Integer>) return std::nullopt;
    std::uint64_t magnitude = 0;
    if (!parse_number(std::string_view(text).substr(is_negative ? 1 : 0), magnitude)) return std::nullopt;
    if (is_negative) magnitude = 0 - magnitude;
    const Integer number = static_cast<Integer>(magnitude);
    const bool fits = is_negative ? number < 0 || magnitude == 0 : !(number < 0);
    return fits ? std::optional<Integer>(number) : std::nullopt;
  }
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

inline const JsonValue* JsonValue::find(std::string_view name) const {
  for (const JsonMember& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

// Same tree: numbers are compared as written, members in their order.
inline bool operator==(const JsonMember& a, const JsonMember& b);
inline bool operator==(const JsonValue& a, const JsonValue& b) {
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text && a.items == b.items && a.members == b.members;
}
inline bool operator==(const JsonMember& a, const JsonMember& b) { return a.name == b.name && a.value == b.value; }

// Appends `text` in quotes. Any bytes will do: each byte that is not part of valid UTF-8 becomes one U+FFFD.
inline void append_json_string(std::string& out, std::string_view text) {
  // By far the most need no escape: they are copied as a whole.
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end && *at >= 0x20 && *at < 0x7F && *at != '"' && *at != '\\') ++at;
  out.reserve(out.size() + text.size() + 2);
  out += '"';
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
    else if (character.code < 0x20) append_format(out, "\\u%04x", static_cast<unsigned>(character.code));
    else out += text.substr(0, character.length);
    text.remove_prefix(character.length);
  }
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
    std::string digits = std::to_string(value < 0 ? -value : value);
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

// Recursive descent over the grammar of RFC 8259. Used once, through parse_json.
class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  Result<JsonValue> parse() {
    Result<JsonValue> tree = JsonValue{};
    if (Status status = parse_value(tree.value(), 0); !status) return status.error();
    if (at_ < text_.size()) return fail("expected nothing after the value");
    return tree;
  }

 private:
  // A value with the blanks around it.
  Status parse_value(JsonValue& value, unsigned depth) {
    skip_blanks();
    Status status = parse_bare_value(value, depth);
    skip_blanks();
    return status;
  }

  Status parse_bare_value(JsonValue& value, unsigned depth) {
    if (next_is("{") || next_is("[")) {
      if (depth == json_depth_limit) return fail("arrays and objects nest more than 256 deep");
      return next_is("{") ? parse_object(value, depth + 1) : parse_array(value, depth + 1);
    }
    if (next_is("\"")) {
      value.kind = JsonKind::String;
      return parse_string(value.text);
    }
    const bool is_true = take("true");
    if (is_true || take("false")) {
      value.kind = JsonKind::Boolean;
      value.boolean = is_true;
      return success();
    }
    if (take("null")) return success();
    if (next_is("-") || next_is_digit()) return parse_number_literal(value);
    return fail("expected a value");
  }

  Status parse_object(JsonValue& object, unsigned depth) {
    object.kind = JsonKind::Object;
    ++at_;
    skip_blanks();
    if (take("}")) return success();
    do {
      skip_blanks();
      if (!next_is("\"")) return fail("expected a member name in double quotes");
      JsonMember& member = object.members.emplace_back();
      if (Status status = parse_string(member.name); !status) return status;
      skip_blanks();
      if (!take(":")) return fail("expected ':' after the member name");
      if (Status status = parse_value(member.value, depth); !status) return status;
    } while (take(","));
    if (!take("}")) return fail("expected ',' or '}'");
    keep_last_of_each_name(object.members);
    return success();
  }

  Status parse_array(JsonValue& array, unsigned depth) {
    array.kind = JsonKind::Array;
    ++at_;
    skip_blanks();
    if (take("]")) return success();
    do {
      if (Status status = parse_value(array.items.emplace_back(), depth); !status) return status;
    } while (take(","));
    if (!take("]")) return fail("expected ',' or ']'");
    return success();
  }

  Status parse_string(std::string& out) {
    ++at_;
    while (!take("\"")) {
      const DecodedCharacter character = decode_utf8(text_.substr(at_));
      if (character.length == 0) return fail("expected '\"' to end the string");
      if (!character.valid) return fail("not valid UTF-8");
      if (character.code < 0x20) return fail("a control character in a string must be escaped");
      if (character.code == '\\') {
        if (Status status = parse_escape(out); !status) return status;
      } else {
        out += text_.substr(at_, character.length);
        at_ += character.length;
      }
    }
    return success();
  }

  Status parse_escape(std::string& out) {
    if (take("\\u")) return parse_unicode_escape(out);
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t index = at_ + 1 < text_.size() ? letters.find(text_[at_ + 1]) : std::string_view::npos;
    if (index == std::string_view::npos) return fail("expected one of \" \\ / b f n r t u after '\\'");
    out += meanings[index];
    at_ += 2;
    return success();
  }

  // Above U+FFFF a character is written as a surrogate pair (RFC 8259, section 7); half a pair is no character.
  Status parse_unicode_escape(std::string& out) {
    char32_t code = 0;
    if (!take_four_hex_digits(code)) return fail("expected four hexadecimal digits after \\u");
    if (code >= 0xD800 && code <= 0xDFFF) {
      char32_t low = 0;
      const bool is_pair = code < 0xDC00 && take("\\u") && take_four_hex_digits(low) && low >= 0xDC00 && low <= 0xDFFF;
      if (!is_pair) return fail("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
    return success();
  }

  Status parse_number_literal(JsonValue& value) {
    const std::size_t start = at_;
    take("-");
    if (take("0")) {
      if (next_is_digit()) return fail("a number has no leading zeros");
    } else if (!take_digits()) {
      return fail("expected a digit");
    }
    if (take(".") && !take_digits()) return fail("expected a digit after the decimal point");
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      if (!take_digits()) return fail("expected a digit in the exponent");
    }
    value.kind = JsonKind::Number;
    value.text = text_.substr(start, at_ - start);
    return success();
  }

  // RFC 8259, section 4, leaves repeated names open; as in most readers the last one counts.
  static void keep_last_of_each_name(Vector<JsonMember>& members) {
    if (members.size() < 2) return;
    NameSet seen;
    const auto is_overridden = [&](const JsonMember& member) { return !seen.insert(member.name); };
    const auto kept = std::remove_if(std::make_reverse_iterator(members.end()),
                                     std::make_reverse_iterator(members.begin()), is_overridden);
    members.erase(members.begin(), kept.base());
  }

  bool next_is(const char* token) const { return starts_with(text_.substr(at_), token); }
  bool next_is_digit() const { return at_ < text_.size() && is_digit(text_[at_]); }

  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  bool take(const char* token) {
    if (!next_is(token)) return false;
    at_ += ::strlen(token);
    return true;
  }

  bool take_digits() {
    const std::size_t start = at_;
    while (next_is_digit()) ++at_;
    return at_ > start;
  }

  bool take_four_hex_digits(char32_t& code) {
    const std::string_view digits = text_.substr(at_, 4);
    code = 0;
    for (const char c : digits) {
      if (hex_digit(c) == 16) return false;
      code = code << 4 | hex_digit(c);
    }
    at_ += 4;
    return digits.size() == 4;
  }

  Error fail(const char* problem) const {
    const std::string_view before = text_.substr(0, at_);
    const std::string_view line = before.substr(before.rfind('\n') + 1);  // no newline: npos + 1 is 0
    const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    const auto row = std::count(before.begin(), before.end(), '\n') + 1;
    const auto column = std::count_if(line.begin(), line.end(), is_first_byte) + 1;
    return Error{ExitCode::SetupError,
                 "line " + std::to_string(row) + ", column " + std::to_string(column) + ": " + problem, ""};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Reads exactly one value. An error says "line L, column C: what was expected", both from 1, columns in characters.
inline Result<JsonValue> parse_json(std::string_view text) { return JsonParser(text).parse(); }

}  // namespace nextest
