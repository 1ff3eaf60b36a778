// Versions: this program's, and which of two is the older one.
#pragma once

#include "core/base/text.hpp"

namespace nextest {

inline constexpr const char version[] = "0.1.0";

// The version of cargo-nextest whose configuration and filtersets are understood: what a nextest-version asks for, and
// what tests that ask which nextest runs them are told.
inline constexpr const char compatible_version[] = "0.9.143";

// By number and number and number (Semantic Versioning 2.0.0, 11); what follows a '-' does not count.
inline bool version_is_below(std::string_view ours, std::string_view wanted) {
  while (!ours.empty() && !wanted.empty()) {
    const auto take_number = [](std::string_view& rest) {
      std::uint64_t number = 0;
      const bool is_number = parse_number(take_digits(rest), number);
      rest.remove_prefix(rest.empty() ? 0 : 1);
      return is_number ? number : UINT64_MAX;
    };
    const std::uint64_t left = take_number(ours), right = take_number(wanted);
    if (left != right) return left < right;
  }
  return false;
}

}  // namespace nextest
