// A text that is read from left to right, and how far it has been read.
#pragma once

#include <algorithm>
#include <string_view>

#include "core/base/text.hpp"
#include "core/base/utf8.hpp"

namespace nextest {

class TextCursor {
 protected:
  explicit TextCursor(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }
  bool next_is(char c) const { return !done() && text_[at_] == c; }
  bool next_is(const char* part) const { return starts_with(text_.substr(at_), part); }
  bool next_is_digit() const { return !done() && is_digit(text_[at_]); }

  bool take(const char* part) { return take(std::string_view(part)); }
  bool take(std::string_view part) {
    if (!starts_with(text_.substr(at_), part)) return false;
    at_ += part.size();
    return true;
  }
  char32_t take_character() {
    const DecodedCharacter character = decode_utf8(text_.substr(at_));
    at_ += character.length;
    return character.code;
  }
  template <class Fits>
  std::string_view take_while(Fits&& fits) {
    const std::size_t start = at_;
    while (!done() && fits(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  // False when none of these characters is next.
  bool take_all_of(std::string_view set) {
    const std::size_t start = at_;
    at_ = std::min(text_.find_first_not_of(set, at_), text_.size());
    return at_ > start;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace nextest
