// Any bytes as a deflate stream: the reader ends within its limit. Any bytes as a text: compressed, it is read again.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/inflate.cpp -o fuzz-inflate
//   ./fuzz-inflate -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/inflate
#include "record/inflate.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/text.hpp"
#include "record/deflate.hpp"

namespace {

using nextest::Deflate;
using nextest::inflate;
using nextest::Inflated;

void require(bool holds) {
  if (!holds) std::abort();
}

// In memory of its own size, so that the sanitizer sees the first byte past the end.
Inflated inflated(std::string_view data, std::size_t limit, std::string& out, std::size_t& used) {
  const std::unique_ptr<char[]> copy(new char[data.size()]);
  data.copy(copy.get(), data.size());
  return inflate(std::string_view(copy.get(), data.size()), limit, out, used);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string before = "what is there already";
  std::string out = before;
  std::size_t used = 0;
  const Inflated result = inflated(text, 100000, out, used);
  require(used <= size && nextest::starts_with(out, before) && out.size() <= before.size() + 100000);
  if (result == Inflated::Whole && out.size() > before.size()) {
    std::string again;
    std::size_t used_again = 0;
    const std::size_t plain = out.size() - before.size();
    require(inflated(text.substr(0, used), plain, again, used_again) == Inflated::Whole && used_again == used);
    require(again == out.substr(before.size()));
    again.clear();
    require(inflated(text, plain - 1, again, used_again) == Inflated::TooLarge && again.size() < plain);
    again.clear();
    require(inflated(text.substr(0, used - 1), plain, again, used_again) == Inflated::Damaged);
  }

  static Deflate deflate;
  std::string packed = "x", plain;
  deflate.compress(text, packed);
  require(packed[0] == 'x' && packed.size() <= size + 5 * (size / 65535 + 1) + 1);
  require(inflated(std::string_view(packed).substr(1), size, plain, used) == Inflated::Whole);
  require(plain == text && used == packed.size() - 1);
  return 0;
}
