// The nearest double of a JSON number, when that does not overflow one. The program itself reads whole numbers alone.
#pragma once

#include <cmath>
#include <cstdlib>
#include <optional>

#include "core/format/json_value.hpp"

inline std::optional<double> as_double(const nextest::JsonValue& value) {
  if (value.kind != nextest::JsonKind::Number) return std::nullopt;
  const double number = std::strtod(value.text.c_str(), nullptr);
  return std::isfinite(number) ? std::optional<double>(number) : std::nullopt;
}
