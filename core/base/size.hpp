// Numbers of bytes, as they are written: `10MB`, `1 GiB`, `500`.
#pragma once

#include "core/base/result.hpp"
#include "core/base/text.hpp"

namespace nextest {

// K, M, G, T and KB, MB, ... are powers of 1000; KiB, MiB, ... powers of 1024; in any case of letters.
inline Result<std::uint64_t> parse_size(std::string_view text) {
  std::string_view unit = trim(text);
  std::uint64_t size = 0;
  bool is_size = parse_number(take_digits(unit), size);
  unit = trim(unit);
  if (!unit.empty() && ascii_lower(unit.back()) == 'b') unit.remove_suffix(1);
  if (!unit.empty()) {
    const bool is_binary = unit.size() == 2 && ascii_lower(unit[1]) == 'i';
    const std::size_t power = std::string_view("kmgt").find(ascii_lower(unit[0])) + 1;
    is_size = is_size && power > 0 && (is_binary || unit.size() == 1);
    for (std::size_t i = 0; i < power && is_size; ++i) {
      is_size = size <= UINT64_MAX / 1024;
      size *= is_binary ? 1024 : 1000;
    }
  }
  if (is_size) return size;
  return Error{ExitCode::SetupError, "not a size: '" + std::string(text) + "'",
               "write a number and a unit, as in 500KB, 10MB, 1GiB"};
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
  std::string text = decimal(has_fraction ? tenths / 10 : (tenths + 5) / 10);
  if (has_fraction) text += "." + decimal(tenths % 10);
  return text + " " + units[unit];
}

}  // namespace nextest
