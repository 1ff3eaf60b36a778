// The tree that a TOML document becomes, and those of its values that are one word (TOML 1.0.0, sections "Integer" to
// "Local Time"). Floats go through strtod: the program never calls setlocale, so their decimal point is always '.'.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/format/toml_source.hpp"

namespace nextest {

enum class TomlKind : std::uint8_t { String, Integer, Float, Boolean, Date, Array, Table };
enum class TomlDate : std::uint8_t { OffsetDateTime, LocalDateTime, LocalDate, LocalTime };

struct TomlMember;

struct TomlValue {
  TomlKind kind = TomlKind::Table;
  TomlDate date = TomlDate::OffsetDateTime;  // Date: which of the four
  bool boolean = false;
  TomlSpan span;  // as written; of a table: its header, its braces, or the part of a dotted key that made it
  std::int64_t integer = 0;
  double real = 0;
  std::string text;            // String: its characters. Date: as written
  Vector<TomlValue> items;     // Array
  Vector<TomlMember> members;  // Table, in the order of the document; each key once

  // The value of that key; null when there is none or this is no table.
  const TomlValue* find(std::string_view key) const;
  const TomlValue* find(const char* key) const { return find(std::string_view(key)); }
};

struct TomlMember {
  std::string key;
  TomlSpan key_span;
  TomlValue value;
};

inline const TomlValue* TomlValue::find(std::string_view key) const {
  for (const TomlMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

inline const char* toml_kind_name(const TomlValue& value) {
  constexpr const char* names[] = {"a string", "an integer", "a float", "a boolean", "a date", "an array", "a table"};
  return names[static_cast<std::size_t>(value.kind)];
}

// What is wrong with a value and what it should be like; no message when nothing is.
struct TomlProblem {
  const char* message = nullptr;
  const char* hint = "";
};

// The values that are one word: booleans, numbers, dates and times.
class TomlWord {
 public:
  static TomlProblem read(TomlValue& value, std::string_view word) {
    if (word == "true" || word == "false") {
      value.kind = TomlKind::Boolean;
      value.boolean = word == "true";
      return {};
    }
    const std::size_t digits = std::min(word.find_first_not_of(decimal), word.size());
    const std::string_view after = word.substr(digits, 1);
    const bool is_date = (digits == 4 && after == "-") || (digits == 2 && after == ":");
    if (!is_date) return read_number(value, word);
    if (read_date(value, word)) return {};
    return {"there is no such date or time",
            "they look like 1979-05-27, 07:32:00, 1979-05-27T07:32:00 and 1979-05-27T07:32:00Z"};
  }

 private:
  static constexpr std::string_view decimal = "0123456789";
  static constexpr TomlProblem no_value = {"expected a value", "a string stands in quotes"};
  static constexpr TomlProblem no_number = {"this is no number", no_value.hint};

  static TomlProblem read_number(TomlValue& value, std::string_view word) {
    const bool is_negative = starts_with(word, "-");
    const bool has_sign = is_negative || starts_with(word, "+");
    if (has_sign) word.remove_prefix(1);
    if (word == "inf" || word == "nan") {
      value.kind = TomlKind::Float;
      value.real = word == "nan" ? std::nan("") : is_negative ? -HUGE_VAL : HUGE_VAL;
      return {};
    }
    unsigned base = 10;
    if (!has_sign && starts_with(word, "0x")) base = 16;
    if (!has_sign && starts_with(word, "0o")) base = 8;
    if (!has_sign && starts_with(word, "0b")) base = 2;
    if (base != 10) word.remove_prefix(2);

    std::string plain;
    if (!take_digits(word, base, plain)) return plain.empty() ? no_value : no_number;
    if (base == 10 && plain.size() > 1 && plain[0] == '0') return {"a number has no leading zeros"};
    if (word.empty()) {
      const std::uint64_t limit = static_cast<std::uint64_t>(INT64_MAX) + (is_negative ? 1 : 0);
      std::uint64_t total = 0;
      for (const char c : plain) {
        if (total > (limit - hex_digit(c)) / base) return {"an integer must fit in 64 bits, with its sign"};
        total = total * base + hex_digit(c);
      }
      value.kind = TomlKind::Integer;
      value.integer = static_cast<std::int64_t>(is_negative ? 0 - total : total);
      return {};
    }
    if (base != 10) return no_number;
    if (word[0] == '.') {
      plain += '.';
      word.remove_prefix(1);
      if (!take_digits(word, base, plain)) return {"a float has a digit on both sides of its point"};
    }
    if (!word.empty() && ascii_lower(word[0]) == 'e') {
      plain += 'e';
      word.remove_prefix(1);
      if (starts_with(word, "-") || starts_with(word, "+")) {
        plain += word[0];
        word.remove_prefix(1);
      }
      if (!take_digits(word, base, plain)) return no_number;
    }
    if (!word.empty()) return no_number;
    value.kind = TomlKind::Float;
    value.real = std::strtod(plain.c_str(), nullptr);
    if (is_negative) value.real = -value.real;
    return std::isinf(value.real) ? TomlProblem{"this number is too large for a float"} : TomlProblem{};
  }

  // Digits with single underscores between them, taken from `word` and appended without those.
  static bool take_digits(std::string_view& word, unsigned base, std::string& out) {
    for (std::size_t i = 0;; ++i) {
      const bool is_separator = i > 0 && i + 1 < word.size() && word[i] == '_' && word[i - 1] != '_';
      if (i < word.size() && hex_digit(word[i]) < base) {
        out += word[i];
      } else if (!is_separator) {
        const bool ends_well = i > 0 && word[i - 1] != '_';
        word.remove_prefix(i);
        return ends_well;
      }
    }
  }

  // RFC 3339, section 5.6, with what TOML leaves out of it: the offset, the date, the time.
  static bool read_date(TomlValue& value, std::string_view word) {
    value.kind = TomlKind::Date;
    value.text = word;
    const bool has_date = word[2] != ':';
    unsigned year = 0, month = 0, day = 0, ignored = 0;
    if (has_date) {
      value.date = TomlDate::LocalDate;
      if (!take_field(word, 4, 9999, year, '-') || !take_field(word, 2, 12, month, '-') ||
          !take_field(word, 2, 31, day, '\0')) {
        return false;
      }
      const bool is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
      const unsigned days = month == 2 ? (is_leap_year ? 29 : 28) : 30 + (month + month / 8) % 2;
      if (month == 0 || day == 0 || day > days) return false;
      if (word.empty()) return true;
      if (word[0] != ' ' && ascii_lower(word[0]) != 't') return false;
      word.remove_prefix(1);
    }
    value.date = has_date ? TomlDate::LocalDateTime : TomlDate::LocalTime;
    // Section 5.7: 60 is a leap second; when there will be one is not known in advance.
    if (!take_field(word, 2, 23, ignored, ':') || !take_field(word, 2, 59, ignored, ':') ||
        !take_field(word, 2, 60, ignored, '\0')) {
      return false;
    }
    if (starts_with(word, ".")) {
      const std::size_t end = std::min(word.find_first_not_of(decimal, 1), word.size());
      if (end == 1) return false;
      word.remove_prefix(end);
    }
    if (word.empty()) return true;
    value.date = TomlDate::OffsetDateTime;
    if (!has_date) return false;
    if (word == "Z" || word == "z") return true;
    if (word[0] != '+' && word[0] != '-') return false;
    word.remove_prefix(1);
    return take_field(word, 2, 23, ignored, ':') && take_field(word, 2, 59, ignored, '\0') && word.empty();
  }

  // That many digits and what follows them, unless that is '\0'.
  static bool take_field(std::string_view& word, std::size_t digits, unsigned limit, unsigned& number, char follows) {
    std::uint64_t parsed = 0;
    if (word.size() < digits || !parse_number(word.substr(0, digits), parsed, limit)) return false;
    number = static_cast<unsigned>(parsed);
    word.remove_prefix(digits);
    if (follows == '\0') return true;
    if (word.empty() || word[0] != follows) return false;
    word.remove_prefix(1);
    return true;
  }
};

}  // namespace nextest
