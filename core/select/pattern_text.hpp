// A pattern that is read from left to right, and what is wrong with it.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/base/text.hpp"
#include "core/base/utf8.hpp"

namespace nextest {

// What is wrong with a pattern, and where in it.
struct PatternFault {
  std::size_t at = 0;
  std::size_t size = 0;
  const char* what = nullptr;
};

// A text, and how far it has been read.
class TextCursor {
 protected:
  explicit TextCursor(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }
  bool next_is(char c) const { return !done() && text_[at_] == c; }
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

  const std::string_view text_;
  std::size_t at_ = 0;
};

class PatternText : protected TextCursor {
 protected:
  PatternText(std::string_view text, PatternFault& fault) : TextCursor(text), fault_(fault) {}

  bool fail(std::size_t from, std::size_t size, const char* what) {
    const std::size_t rest = text_.size() - from;
    fault_ = {from, size < rest ? size : rest, what};
    return false;
  }
  // From `from` to where we are.
  bool fail(std::size_t from, const char* what) { return fail(from, at_ - from, what); }

 private:
  PatternFault& fault_;
};

}  // namespace nextest
