// Errors that point at the spot of a text that they are about.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/escape.hpp"
#include "core/base/result.hpp"

namespace nextest {

// "PROBLEM", the text on one line, and carets under its bytes [at, at + size), at least one.
inline Error error_at(std::string_view text, std::size_t at, std::size_t size, std::string problem,
                      std::string hint = "") {
  std::string shown, carets;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t before = shown.size();
    const std::size_t here = i;
    if (is_space(text[i])) shown.append(1, ' '), ++i;
    else i += append_safe_character(shown, text.substr(i));
    for (std::size_t byte = before; byte < shown.size(); ++byte) {
      const bool starts_character = (static_cast<unsigned char>(shown[byte]) & 0xC0) != 0x80;
      if (starts_character && here < at + size) carets += here < at ? ' ' : '^';
    }
  }
  if (at >= text.size() || size == 0) carets += '^';
  problem.append("\n  ").append(shown).append("\n  ").append(carets);
  return Error{ExitCode::SetupError, std::move(problem), std::move(hint)};
}

}  // namespace nextest
