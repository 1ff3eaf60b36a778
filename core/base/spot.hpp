// Errors that point at the spot of a text that they are about.
#pragma once

#include <string>
#include <string_view>

#include "core/base/escape.hpp"
#include "core/base/result.hpp"

namespace nextest {

// "PROBLEM", the text on one line, and carets under its bytes [at, at + size), at least one.
inline Error error_at(std::string_view text, std::size_t at, std::size_t size, const char* problem,
                      const std::string& hint) {
  std::string message = problem, carets = "\n  ";
  message += "\n  ";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t here = i;
    std::size_t shown = message.size();
    if (is_space(text[i])) {
      message += ' ';
      ++i;
    } else {
      i += append_safe_character(message, text.substr(i));
    }
    for (; shown < message.size(); ++shown) {
      const bool starts_character = (static_cast<unsigned char>(message[shown]) & 0xC0) != 0x80;
      if (starts_character && here < at + size) carets += here < at ? ' ' : '^';
    }
  }
  if (at >= text.size() || size == 0) carets += '^';
  return Error{ExitCode::SetupError, message + carets, hint};
}

}  // namespace nextest
