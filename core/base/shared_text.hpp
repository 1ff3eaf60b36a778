// A text that thousands of things may have in common, as large as a number. It lives as long as the program.
#pragma once

#include <memory>

#include "core/base/vector.hpp"

namespace nextest {

class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string_view text) : number_(find(text)) {}
  SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
  SharedText(const char* text) : SharedText(std::string_view(text)) {}

  const std::string& str() const { return *texts()[number_]; }
  bool empty() const { return number_ == 0; }
  // How many there are: one that is new is compared with all of them.
  static std::size_t count() { return texts().size(); }

  bool operator==(const SharedText& other) const { return number_ == other.number_; }

 private:
  using Texts = Vector<std::unique_ptr<const std::string>>;

  static Texts& texts() {
    static Texts texts;
    if (texts.empty()) texts.push_back(std::make_unique<const std::string>());
    return texts;
  }

  // The newest ones first: neighbours are alike.
  static std::uint32_t find(std::string_view text) {
    Texts& all = texts();
    std::size_t i = all.size();
    if (text.empty()) return 0;
    while (i-- > 0) {
      if (*all[i] == text) return static_cast<std::uint32_t>(i);
    }
    all.push_back(std::make_unique<const std::string>(text));
    return static_cast<std::uint32_t>(all.size() - 1);
  }

  std::uint32_t number_ = 0;  // in texts(); 0: the empty one
};

}  // namespace nextest
