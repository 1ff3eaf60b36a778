// Any bytes: the reader ends, what it accepts lies in the document where it says, and what it refuses has a place and
// nothing in it that steers a terminal.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/toml.cpp -o fuzz-toml
//   ./fuzz-toml -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/toml
#include "core/format/toml.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using nextest::Error;
using nextest::parse_toml;
using nextest::Result;
using nextest::TomlDialect;
using nextest::TomlKind;
using nextest::TomlSource;
using nextest::TomlSpan;
using nextest::TomlValue;

void require(bool holds) {
  if (!holds) std::abort();
}

void require_within(TomlSpan inner, TomlSpan outer) {
  require(outer.begin <= inner.begin && inner.begin <= inner.end && inner.end <= outer.end);
}

// `outer` is the innermost pair of brackets or braces around the value: headers and dotted keys bound nothing, the
// members of their tables may stand anywhere below.
void check_spans(std::string_view text, const TomlValue& value, TomlSpan outer) {
  require_within(value.span, outer);
  const bool is_written = value.span.end - value.span.begin >= 1;
  const char first = is_written ? text[value.span.begin] : '\0';
  const bool is_inline_table = value.kind == TomlKind::Table && first == '{';
  const bool is_header_array = value.kind == TomlKind::Array && !value.items.empty() &&
                               value.items[0].kind == TomlKind::Table && text[value.items[0].span.begin] == '[';
  const bool is_bracketed = is_inline_table || (value.kind == TomlKind::Array && !is_header_array);
  if (is_inline_table) require(text[value.span.end - 1] == '}');
  if (value.kind == TomlKind::Array) require(first == '[' && text[value.span.end - 1] == ']');
  if (value.kind == TomlKind::String) require(first == '"' || first == '\'');
  if (value.kind == TomlKind::Date) require(value.text == text.substr(value.span.begin, value.text.size()));
  for (const TomlValue& item : value.items) check_spans(text, item, is_bracketed ? value.span : outer);

  std::uint32_t after = 0;
  for (const auto& member : value.members) {
    require_within(member.key_span, is_bracketed ? value.span : outer);
    require(member.key_span.end > member.key_span.begin);
    if (is_inline_table) require(member.key_span.begin >= after);
    after = member.key_span.end;
    require(value.find(member.key) == &member.value);  // each key once
    check_spans(text, member.value, is_bracketed ? value.span : outer);
  }
}

// "NAME:LINE:COLUMN: message", then the line and its carets.
void check_error(const Error& error) {
  std::string_view message = error.message;
  require(nextest::starts_with(message, "NAME:"));
  message.remove_prefix(5);
  for (int i = 0; i < 2; ++i) {
    std::uint64_t number = 0;
    const std::size_t colon = message.find(':');
    require(colon != std::string_view::npos && nextest::parse_number(message.substr(0, colon), number) && number > 0);
    message.remove_prefix(colon + 1);
  }
  require(message.size() > 1 && message[0] == ' ' && message[1] != '\n');
  require(std::count(message.begin(), message.end(), '\n') == 2);
  const std::string_view marks = message.substr(message.rfind('\n') + 1);
  require(marks.find('|') < marks.find('^') && marks.find('^') != std::string_view::npos);
  require(message.size() < 2000);
  for (std::string_view rest = message; !rest.empty();) {
    const nextest::DecodedCharacter character = nextest::decode_utf8(rest);
    require(character.valid && character.code != 0x7F);
    require(character.code >= 0x20 || character.code == '\n' || character.code == '\t');
    rest.remove_prefix(character.length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const TomlSource source{"NAME", std::string(reinterpret_cast<const char*>(data), size)};
  const TomlSpan whole = {0, static_cast<std::uint32_t>(size)};
  const Result<TomlValue> strict = parse_toml(source, TomlDialect::V1_0);
  const Result<TomlValue> lenient = parse_toml(source);
  for (const Result<TomlValue>* root : {&strict, &lenient}) {
    if (*root) {
      check_spans(source.text, root->value(), whole);
    } else {
      check_error(root->error());
    }
  }
  require(bool(lenient) || !strict);  // the dialect only adds
  // Any span may be pointed at.
  if (size >= 2) check_error(source.error_at({data[0], data[1]}, "here"));
  return 0;
}
