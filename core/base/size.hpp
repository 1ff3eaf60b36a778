// Numbers of bytes, as they are written: `10MB`, `1.5 GiB`, `500`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/text.hpp"

namespace nextest {

// K, M, G, T and KB, MB, ... are powers of 1000; KiB, MiB, ... powers of 1024; in any case of letters.
inline Result<std::uint64_t> parse_size(std::string_view text) {
  const Error invalid{ExitCode::SetupError, "not a size: '" + std::string(text) + "'",
                      "write a number and a unit, as in 500KB, 10MB, 1.5GiB"};
  std::string_view rest = trim(text);
  std::size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) ++digits;
  std::uint64_t whole = 0, tenths = 0;
  if (!parse_number(rest.substr(0, digits), whole, 1000000000000000)) return invalid;
  rest.remove_prefix(digits);
  if (rest.size() > 1 && rest[0] == '.' && is_digit(rest[1])) {
    tenths = static_cast<std::uint64_t>(rest[1] - '0');
    rest.remove_prefix(2);
  }
  std::string unit(trim(rest));
  for (char& c : unit) c = ascii_lower(c);
  if (!unit.empty() && unit.back() == 'b') unit.pop_back();
  const std::uint64_t base = unit.size() == 2 && unit[1] == 'i' ? 1024 : 1000;
  const std::size_t power = unit.empty() ? 0 : std::string_view("kmgt").find(unit[0]) + 1;
  if (unit.size() > (base == 1024 ? 2u : 1u) || (!unit.empty() && power == 0)) return invalid;
  std::uint64_t factor = 1;
  for (std::size_t i = 0; i < power; ++i) factor *= base;
  if (factor > 1 && whole > UINT64_MAX / factor / 2) return invalid;
  return whole * factor + factor * tenths / 10;
}

// "812 B", "1.2 KB", "34 MB": three digits at most.
inline std::string show_size(std::uint64_t bytes) {
  static constexpr const char* units[] = {"B", "KB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  std::uint64_t tenths = bytes * 10;
  if (bytes > UINT64_MAX / 100) tenths = UINT64_MAX / 10;
  while (tenths >= 9995 && unit + 1 < 5) {
    tenths = (tenths + 500) / 1000;
    ++unit;
  }
  const bool has_fraction = unit > 0 && tenths < 100;
  std::string text = std::to_string(has_fraction ? tenths / 10 : (tenths + 5) / 10);
  if (has_fraction) text += "." + std::to_string(tenths % 10);
  return text + " " + units[unit];
}

}  // namespace nextest
