// Any text: a duration or an error that quotes it; what is accepted is not negative, and reads the same with blanks
// around it.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/duration.cpp -o fuzz-duration
//   ./fuzz-duration -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/duration
#include "core/base/duration.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const nextest::Result<nextest::Duration> duration = nextest::parse_duration(text);
  const nextest::Result<nextest::Duration> padded = nextest::parse_duration("\t " + text + " \n");
  require(bool(duration) == bool(padded));
  if (duration) {
    require(duration.value().ns >= 0 && duration.value() == padded.value());
    // A second one adds up, or is too long.
    const nextest::Result<nextest::Duration> sum = nextest::parse_duration(text + " 1ns");
    require(duration.value().ns == INT64_MAX ? !sum : sum && sum.value().ns == duration.value().ns + 1);
    // In whole nanoseconds it is the same.
    const nextest::Result<nextest::Duration> again =
        nextest::parse_duration(std::to_string(duration.value().ns) + "ns");
    require(bool(again) && again.value() == duration.value());
  } else {
    require(nextest::contains(duration.error().message, "'" + text + "'"));
  }
  return 0;
}
