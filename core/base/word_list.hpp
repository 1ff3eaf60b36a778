// Many words that are kept but seldom looked at, without a piece of memory for each: command lines of thousands.
#pragma once

#include <memory>

#include "core/base/text.hpp"
#include "core/base/vector.hpp"

namespace nextest {

// No word holds a NUL, as none of a command line does; one that does is cut there. Copies share their words until one
// of them gets another.
class WordList {
 public:
  bool empty() const { return text_ == nullptr || text_->empty(); }
  // Room for words of `size` bytes, each with its end.
  void reserve(std::size_t size) { own_text().reserve(size); }
  void add(std::string_view word) { own_text().append(word.substr(0, word.find('\0'))) += '\0'; }

  Vector<std::string> words() const {
    Vector<std::string> words;
    for (std::string_view word, rest = all(); next(rest, word);) words.emplace_back(word);
    return words;
  }

  // Takes the first word off `rest`; false when there is none.
  static bool next(std::string_view& rest, std::string_view& word) {
    if (rest.empty()) return false;
    word = take_part(rest, '\0');
    return true;
  }
  std::string_view all() const { return text_ == nullptr ? std::string_view() : *text_; }

 private:
  std::string& own_text() {
    if (text_ == nullptr) text_ = std::make_shared<std::string>();
    else if (text_.use_count() > 1) text_ = std::make_shared<std::string>(*text_);
    return *text_;
  }

  std::shared_ptr<std::string> text_;  // each word with a NUL behind it
};

}  // namespace nextest
