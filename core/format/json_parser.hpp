// A strict reader of JSON (RFC 8259) into a small tree.
#pragma once

#include <algorithm>
#include <iterator>

#include "core/base/name_set.hpp"
#include "core/base/text_cursor.hpp"
#include "core/base/utf8.hpp"
#include "core/format/json_value.hpp"

namespace nextest {

// How deep arrays and objects may nest: reading and destroying a tree recurse, and input must not choose our stack.
constexpr unsigned json_depth_limit = 256;

// Recursive descent over the grammar of RFC 8259. Used once, through parse_json.
class JsonParser : private TextCursor {
 public:
  // `values_left`: how many values it may still have; null: any number.
  JsonParser(std::string_view text, std::uint32_t* values_left) : TextCursor(text), values_left_(values_left) {}

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
    if (values_left_ != nullptr && (*values_left_)-- == 0) {
      *values_left_ = 0;
      return fail("more values than there may be");
    }
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

  void skip_blanks() { take_all_of(" \t\r\n"); }
  bool take_digits() { return take_all_of("0123456789"); }

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
    return Error{ExitCode::SetupError, "line " + decimal(row) + ", column " + decimal(column) + ": " + problem, ""};
  }

  std::uint32_t* const values_left_;
};

// Reads exactly one value. An error says "line L, column C: what was expected", both from 1, columns in characters.
// A tree takes thirty times the memory of its text: of what others wrote, no more than `values_left` are taken.
inline Result<JsonValue> parse_json(std::string_view text, std::uint32_t* values_left = nullptr) {
  return JsonParser(text, values_left).parse();
}

}  // namespace nextest
