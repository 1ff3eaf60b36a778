// A text that thousands of things may have in common, as large as a pointer. It lives as long as the program.
#pragma once

#include <memory>

#include "core/base/vector.hpp"

namespace nextest {

class SharedText {
 public:
  SharedText() : text_(&empty_text) {}
  SharedText(std::string_view text) : text_(find(text)) {}
  SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
  SharedText(const char* text) : SharedText(std::string_view(text)) {}

  const std::string& str() const { return *text_; }
  bool empty() const { return text_->empty(); }
  bool operator==(const SharedText& other) const { return text_ == other.text_; }

 private:
  // The newest ones first: neighbours are alike.
  static const std::string* find(std::string_view text) {
    static Vector<std::unique_ptr<const std::string>> texts;
    if (text.empty()) return &empty_text;
    for (std::size_t i = texts.size(); i-- > 0;) {
      if (*texts[i] == text) return texts[i].get();
    }
    texts.push_back(std::make_unique<const std::string>(text));
    return texts.back().get();
  }

  static inline const std::string empty_text;

  const std::string* text_;
};

}  // namespace nextest
