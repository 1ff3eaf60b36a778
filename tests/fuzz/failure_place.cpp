// Any output of any harness: what is found stands there, and its message is a line that may be shown.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/failure_place.cpp -o
//   fuzz-failure-place
//   ./fuzz-failure-place -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/failure_place
// The first byte of an input is the harness, and what comes before the first NUL is stdout.
#include "core/report/failure_place.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "core/harness/table.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const nextest::Harness& harness = *nextest::harnesses[data[0] % std::size(nextest::harnesses)];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t end = text.find('\0');
  nextest::CapturedOutput output;
  output.out = text.substr(0, end);
  if (end != std::string_view::npos) output.err = text.substr(end + 1);
  const nextest::FailurePlace place = nextest::find_failure_place(harness, output);

  require(place.file.empty() == (place.line == 0));
  require(place.file.size() < 1024);
  for (const char c : place.file) require(static_cast<unsigned char>(c) >= ' ');
  if (!place.file.empty() && !nextest::contains(text, "\x1B")) {
    std::string shown(text);  // control characters count as blanks
    for (char& c : shown) {
      if (static_cast<unsigned char>(c) < ' ') c = ' ';
    }
    require(nextest::contains(shown, place.file));
    require(nextest::contains(shown, std::to_string(place.line)));
  }
  require(place.message.size() <= 200);
  require(nextest::safe_name(place.message) == place.message);
  return 0;
}
