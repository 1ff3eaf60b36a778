// Lengths of time in nanoseconds, and how they are written: `500ms`, `1.5s`, `2m`, `1h 30m`, `2days`.
#pragma once

#include "core/base/result.hpp"
#include "core/base/text.hpp"

namespace nextest {

// Signed, so that a deadline minus now may be negative. Holds 292 years.
struct Duration {
  std::int64_t ns = 0;

  static constexpr Duration milliseconds(std::int64_t n) { return {n * 1000000}; }
  static constexpr Duration seconds(std::int64_t n) { return {n * 1000000000}; }
  constexpr bool operator<(Duration other) const { return ns < other.ns; }
  constexpr bool operator<=(Duration other) const { return ns <= other.ns; }
  constexpr bool operator==(Duration other) const { return ns == other.ns; }
  constexpr Duration operator+(Duration other) const { return {ns + other.ns}; }
  constexpr Duration operator-(Duration other) const { return {ns - other.ns}; }
};

inline constexpr Duration forever{INT64_MAX};

// Upstream's "no limit": far beyond any run, far below overflow.
inline constexpr Duration thirty_years = Duration::seconds(30LL * 31557600);

inline constexpr struct {
  std::string_view names;  // blank-separated spellings
  std::int64_t ns;
} duration_units[] = {
    {"ns nsec nanos", 1},
    {"us usec micros", 1000},
    {"ms msec millis", 1000000},
    {"s sec secs second seconds", 1000000000},
    {"m min mins minute minutes", 60 * 1000000000LL},
    {"h hr hrs hour hours", 3600 * 1000000000LL},
    {"d day days", 86400 * 1000000000LL},
    {"w wk wks week weeks", 604800 * 1000000000LL},
    {"M month months", 2630016 * 1000000000LL},  // 30.44 days
    {"y yr yrs year years", 31557600 * 1000000000LL},
};

inline Result<Duration> parse_duration(std::string_view text) {
  const auto invalid = [&](const char* why) {
    return Error{ExitCode::SetupError, "not a duration: '" + std::string(text) + "' (" + why + ")",
                 "write a number and a unit, as in 500ms, 1.5s, 2m, 1h 30m"};
  };
  Duration total;
  std::string_view rest = trim(text);
  if (rest.empty()) return invalid("it is empty");
  while (!rest.empty()) {
    const std::string_view digits = take_digits(rest);
    std::uint64_t whole = 0;
    if (digits.empty()) return invalid("a number is missing");
    if (!parse_number(digits, whole, INT64_MAX)) return invalid("the number is too large");
    std::string_view fraction;
    if (starts_with(rest, ".")) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
      if (fraction.empty()) return invalid("digits are missing after the point");
    }
    rest = trim(rest);
    std::size_t letters = 0;
    while (letters < rest.size() && !is_digit(rest[letters]) && !is_space(rest[letters])) ++letters;
    const std::string_view unit_name = rest.substr(0, letters);
    std::int64_t unit = 0;
    for (const auto& row : duration_units) {
      for (std::string_view names = row.names; !names.empty();) {
        if (take_part(names, ' ') == unit_name) unit = row.ns;
      }
    }
    if (unit_name.empty()) return invalid("a unit is missing");
    if (unit == 0) return invalid("the unit is not known");
    if (whole > static_cast<std::uint64_t>(INT64_MAX / unit)) return invalid("it is too long");
    std::int64_t part = static_cast<std::int64_t>(whole) * unit;
    std::int64_t place = unit;
    for (const char c : fraction) {
      place /= 10;
      if (part > INT64_MAX - 9 * place) return invalid("it is too long");
      part += (c - '0') * place;
    }
    if (part > INT64_MAX - total.ns) return invalid("it is too long");
    total.ns += part;
    rest = trim(rest.substr(letters));
  }
  return total;
}

// Seconds with three decimals, at least `width` characters: `   0.021`.
inline void append_seconds(std::string& out, Duration duration, int width = 0) {
  const long long ms = (duration.ns + 500000) / 1000000;
  append_format(out, "%*lld.%03lld", width > 4 ? width - 4 : 0, ms / 1000, ms % 1000);
}

}  // namespace nextest
