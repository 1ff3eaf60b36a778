// Any bytes: what is shown of them is valid UTF-8 and holds no control character; of output, tabs, newlines and (where
// they are kept) colour sequences excepted.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/escape.cpp -o fuzz-escape
//   ./fuzz-escape -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/escape
#include "core/base/escape.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// ESC [ digits ; : m, as ECMA-48 has it, told apart without the function under test.
std::size_t colour_size(std::string_view text) {
  if (text.substr(0, 2) != "\x1B[") return 0;
  const std::size_t end = text.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

void check_shown(std::string_view shown, std::string_view allowed, bool colours) {
  while (!shown.empty()) {
    if (const std::size_t colour = colours ? colour_size(shown) : 0; colour > 0) {
      shown.remove_prefix(colour);
      continue;
    }
    const nextest::DecodedCharacter c = nextest::decode_utf8(shown);
    require(c.valid);
    const bool is_control = c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0);
    require(!is_control || allowed.find(static_cast<char>(c.code)) != std::string_view::npos);
    require(c.code < 0x2028 || c.code > 0x202E);
    require(c.code < 0x2066 || c.code > 0x2069);
    shown.remove_prefix(c.length);
  }
}

std::string without_colours(std::string_view text) {
  std::string rest;
  while (!text.empty()) {
    const std::size_t colour = colour_size(text);
    if (colour == 0) rest += text[0];
    text.remove_prefix(colour > 0 ? colour : 1);
  }
  return rest;
}

std::string output(std::string_view text, std::string_view indent, bool keep_colours) {
  std::string out;
  nextest::append_safe_output(out, text, indent, keep_colours);
  return out;
}

void check_indent(std::string_view shown) {
  std::string_view rest = shown, line;
  while (nextest::next_line(rest, line)) require(line.empty() || (line.size() > 2 && nextest::starts_with(line, "  ")));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_shown(nextest::safe_name(text), "", false);

  const std::string plain = output(text, "", false), kept = output(text, "", true);
  check_shown(plain, "\t\n", false);
  check_shown(kept, "\t\n", true);
  require(plain.empty() || plain.back() == '\n');
  check_indent(output(text, "  ", false));
  // Without its colours, what keeps them is what drops them.
  require(without_colours(kept) == plain);
  return 0;
}
