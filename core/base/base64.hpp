// Base64, RFC 4648 section 4: bytes as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nextest {

inline constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline std::string to_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = at; i < at + 3; ++i) {
      group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += at + i <= bytes.size() ? base64_letters[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

// False when `text` is none.
[[nodiscard]] inline bool from_base64(std::string_view text, std::string& bytes) {
  bytes.clear();
  if (text.size() % 4 != 0) return false;
  for (; !text.empty(); text.remove_prefix(4)) {
    std::size_t letters = 4;
    while (text.size() == 4 && letters > 2 && text[letters - 1] == '=') --letters;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t value = i < letters ? base64_letters.find(text[i]) : 0;
      if (value == std::string_view::npos) return false;
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    for (std::size_t i = 1; i < letters; ++i) bytes += static_cast<char>(group >> (24 - 8 * i) & 255);
  }
  return true;
}

}  // namespace nextest
