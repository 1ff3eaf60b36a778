// Any writes into a bounded capture, against the plain model: the first byte is the bound, the others are writes, each
// a length and that many bytes.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/capture.cpp -o fuzz-capture
//   ./fuzz-capture -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/capture
#include "core/process/capture.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string kept(const std::string& all, std::size_t half) {
  if (all.size() <= 2 * half) return all;
  std::string head = all.substr(0, half);
  if (head.back() != '\n') head += '\n';
  return head + "... " + std::to_string(all.size() - 2 * half) + " bytes of output dropped here ...\n" +
         all.substr(all.size() - half);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t bound = 2 + data[0] % 64;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  nextest::Capture capture(bound);
  std::string all;
  while (!rest.empty()) {
    const std::string_view chunk = rest.substr(1, static_cast<unsigned char>(rest[0]));
    capture.append(chunk);
    all.append(chunk);
    require(capture.overflowed() == (all.size() > bound / 2 * 2));
    rest.remove_prefix(1 + chunk.size());
  }
  require(capture.take() == kept(all, bound / 2));
  require(capture.take().empty());
  return 0;
}
