// A JSON value as a small tree.
#pragma once

#include <optional>
#include <type_traits>

#include "core/base/text.hpp"

namespace nextest {

enum class JsonKind { Null, Boolean, Number, String, Array, Object };

struct JsonMember;

struct JsonValue {
  JsonKind kind = JsonKind::Null;
  bool boolean = false;
  std::string text;            // String: its characters. Number: as written, so that no digit is lost
  Vector<JsonValue> items;     // Array
  Vector<JsonMember> members;  // Object, in the order of the text; each name once

  // The member of that name; null when there is none or this is no object.
  const JsonValue* find(std::string_view name) const;
  const JsonValue* find(const char* name) const { return find(std::string_view(name)); }
  // The text of that member; null when there is none, or it is no string.
  const std::string* find_text(const char* name) const {
    const JsonValue* const member = find(name);
    return member != nullptr && member->kind == JsonKind::String ? &member->text : nullptr;
  }

  // The number, when this is one, written without fraction and exponent, and in range.
  std::optional<std::int64_t> as_int64() const { return as_integer<std::int64_t>(); }
  std::optional<std::uint64_t> as_uint64() const { return as_integer<std::uint64_t>(); }

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

}  // namespace nextest
