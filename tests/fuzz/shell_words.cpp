// Any text is split into words or refused; and any words, joined for a shell, are split into the same words.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/shell_words.cpp -o fuzz-shell-words
//   ./fuzz-shell-words -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/shell_words
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/base/text.hpp"

namespace {

using Words = nextest::Vector<std::string>;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_join(const Words& words) {
  const nextest::Result<Words> again = nextest::split_shell_words(nextest::shell_join(words));
  require(bool(again) && again.value() == words);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const nextest::Result<Words> words = nextest::split_shell_words(text);
  if (words) {
    std::size_t total = 0;
    for (const std::string& word : words.value()) total += word.size();
    require(total <= size);
    check_join(words.value());
  } else {
    require(nextest::ends_with(words.error().message, text));
  }
  // The same bytes as words, cut at each 0x01.
  Words cut(1);
  for (const char c : text) {
    if (c == '\x01') cut.emplace_back();
    else cut.back() += c;
  }
  check_join(cut);
  return 0;
}
