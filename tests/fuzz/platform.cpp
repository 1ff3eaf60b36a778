// Any text: a platform expression, or an error that shows the text on one line with carets under it. What is accepted
// reads the same with blanks around it, and not() turns it around.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/platform.cpp -o fuzz-platform
//   ./fuzz-platform -max_total_time=120 NEW_CORPUS tests/fuzz/corpus/platform
#include "core/config/platform.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using nextest::Platform;
using nextest::PlatformExpression;
using nextest::Result;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Platform other = nextest::platform_of("armv7-unknown-linux-gnueabihf").value();
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Result<PlatformExpression> expression = PlatformExpression::parse(text);
  if (!expression) {
    const std::string& message = expression.error().message;
    require(std::count(message.begin(), message.end(), '\n') == 2 && nextest::ends_with(message, "^"));
    return 0;
  }
  const Result<PlatformExpression> padded = PlatformExpression::parse("\t " + text + " \n");
  require(bool(padded));
  const std::string_view trimmed = nextest::trim(text);
  for (const Platform* platform : {&nextest::host_platform(), &other}) {
    const bool matches = expression.value().matches(*platform);
    require(padded.value().matches(*platform) == matches);
    if (!nextest::starts_with(trimmed, "cfg") || nextest::contains(trimmed, "target_feature")) continue;
    const Result<PlatformExpression> turned =
        PlatformExpression::parse("cfg(not" + std::string(trimmed.substr(3)) + ")");
    // One more level may be one too many.
    require(turned ? turned.value().matches(*platform) != matches : nextest::contains(turned.error().message, "deep"));
  }
  // A triple means the same whoever reads it.
  const Result<Platform> platform = nextest::platform_of(trimmed);
  if (platform) {
    require(expression.value().matches(platform.value()));
    const Result<Platform> again = nextest::platform_of(platform.value().triple);
    require(bool(again) && again.value().triple == platform.value().triple);
  }
  return 0;
}
