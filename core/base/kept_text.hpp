// A text that lives as long as the program, in less memory than a string has: names and paths of thousands of tests.
#pragma once

#include <cstring>
#include <memory>

#include "core/base/vector.hpp"

namespace nextest {

// No NUL stands behind it.
class KeptText : public std::string_view {
 public:
  KeptText() = default;
  KeptText(std::string_view text) : std::string_view(keep(text)) {}
  KeptText(const std::string& text) : KeptText(std::string_view(text)) {}
  KeptText(const char* text) : KeptText(std::string_view(text)) {}

  // Of a text that lives as long anyway: a part of another one, a word of the command line.
  static KeptText of(std::string_view text) {
    KeptText kept;
    static_cast<std::string_view&>(kept) = text;
    return kept;
  }

  std::string str() const { return std::string(*this); }

 private:
  static constexpr std::size_t piece_size = 16384;

  static std::string_view keep(std::string_view text) {
    static Vector<std::unique_ptr<char[]>> pieces;
    static char* room = nullptr;
    static std::size_t left = 0;
    if (text.empty()) return {};
    if (room == nullptr || text.size() > left) {
      left = text.size() < piece_size ? piece_size : text.size();
      pieces.emplace_back(new char[left]);
      room = pieces.back().get();
    }
    char* const kept = room;
    std::memcpy(kept, text.data(), text.size());
    room += text.size();
    left -= text.size();
    return {kept, text.size()};
  }
};

}  // namespace nextest
