// Text without locales or streams: formatting, splitting, numbers, shell words, near misses.
#pragma once

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "core/base/number.hpp"
#include "core/base/result.hpp"
#include "core/base/vector.hpp"

namespace nextest {

#if defined(__GNUC__)
#define NEXTEST_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#else
#define NEXTEST_PRINTF(format_index, first_argument)
#endif

// Appends printf-style text to `out`.
NEXTEST_PRINTF(2, 3) inline void append_format(std::string& out, const char* format, ...) {
  char small[256];
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(small, sizeof small, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  const std::size_t size = static_cast<std::size_t>(length);
  if (size < sizeof small) {
    out.append(small, size);
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + size + 1);
  va_start(arguments, format);
  std::vsnprintf(&out[before], size + 1, format, arguments);
  va_end(arguments);
  out.resize(before + size);
}

// One small function for all types of integers; std::to_string is one for each.
inline std::string decimal_of(std::int64_t number) {
  char digits[20];  // the longest: a sign and 19 digits
  char* const end = digits + sizeof digits;
  char* start = end;
  std::uint64_t rest = number_as<std::uint64_t>(number);
  if (number < 0) rest = 0 - rest;
  do *--start = static_cast<char>('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (number < 0) *--start = '-';
  return {start, end};
}
// Up to the largest signed one.
template <class Integer>
std::string decimal(Integer number) {
  return decimal_of(number_as<std::int64_t>(number));
}

inline bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

inline bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// A literal is shorter to pass than a view of it.
inline bool starts_with(std::string_view text, const char* prefix) {
  return starts_with(text, std::string_view(prefix));
}
inline bool ends_with(std::string_view text, const char* suffix) { return ends_with(text, std::string_view(suffix)); }
inline bool contains(std::string_view text, const char* part) { return contains(text, std::string_view(part)); }
constexpr bool operator==(std::string_view a, const char* b) { return a == std::string_view(b); }
constexpr bool operator!=(std::string_view a, const char* b) { return a != std::string_view(b); }

// ASCII only: a locale must never change what a name matches.
inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline bool is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// What of `rest` stands before the first separator, or all of it; `rest` moves past both.
constexpr std::string_view take_part(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : rest.size());
  return part;
}

// The digits that `rest` begins with, which it loses.
inline std::string_view take_digits(std::string_view& rest) {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) ++count;
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

// The next line of `rest` without its newline; `rest` moves past it. False when nothing is left.
inline bool next_line(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return false;
  line = take_part(rest, '\n');
  return true;
}

// Decimal digits only, no sign, no blanks; false when empty, malformed or above `limit`.
inline bool parse_number(std::string_view text, std::uint64_t& value, std::uint64_t limit = UINT64_MAX) {
  if (text.empty()) return false;
  std::uint64_t parsed = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    const std::uint64_t digit = static_cast<std::uint64_t>(c - '0');
    if (digit > limit || parsed > (limit - digit) / 10) return false;
    parsed = parsed * 10 + digit;
  }
  value = parsed;
  return true;
}

// The value of a hexadecimal digit; 16 when it is none.
inline unsigned hex_digit(char c) {
  const char lower = ascii_lower(c);
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 16;
}

// `text` as one word for a POSIX shell, quoted only where it must be.
inline std::string shell_quote(std::string_view text) {
  constexpr std::string_view plain = "%+,-./:=@_";
  bool needs_quotes = text.empty() || text[0] == '=';  // zsh: the path of a command
  for (const char c : text) {
    if (!is_digit(c) && !is_letter(c) && plain.find(c) == std::string_view::npos) needs_quotes = true;
  }
  if (!needs_quotes) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "'\\''";
    else quoted += c;
  }
  return quoted + "'";
}

inline std::string shell_join(const Vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += ' ';
    joined += shell_quote(word);
  }
  return joined;
}

// Splits as a POSIX shell splits a simple command (XCU 2.2): blanks, '...', "...", backslash. No expansions.
inline Result<Vector<std::string>> split_shell_words(std::string_view text) {
  Vector<std::string> words;
  std::string word;
  bool in_word = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'' || c == '"') {
      in_word = true;
      std::size_t end = i + 1;
      for (; end < text.size() && text[end] != c; ++end) {
        const bool escapes = c == '"' && text[end] == '\\' && end + 1 < text.size() &&
                             std::string_view("$`\"\\\n").find(text[end + 1]) != std::string_view::npos;
        if (escapes && text[++end] == '\n') continue;
        word += text[end];
      }
      if (end >= text.size()) return Error{ExitCode::SetupError, "a quote is not closed in: " + std::string(text), ""};
      i = end;
    } else if (c == '\\') {
      if (++i >= text.size()) return Error{ExitCode::SetupError, "a backslash ends: " + std::string(text), ""};
      if (text[i] == '\n') continue;
      word += text[i];
      in_word = true;
    } else if (is_space(c)) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

// Levenshtein distance: how many single-character edits turn one word into the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  Vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      std::size_t best = replaced < row[j] + 1 ? replaced : row[j] + 1;
      if (row[j + 1] + 1 < best) best = row[j + 1] + 1;
      row[j + 1] = best;
    }
  }
  return row[b.size()];
}

// The candidate nearest to `word`, or empty when none is within a third of its length and one edit.
inline std::string_view nearest(std::string_view word, const Vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance <= best_distance && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace nextest
