// A pattern that is read from left to right, and what is wrong with it.
#pragma once

#include "core/base/text_cursor.hpp"

namespace nextest {

// What is wrong with a pattern, and where in it.
struct PatternFault {
  std::size_t at = 0;
  std::size_t size = 0;
  const char* what = nullptr;
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
