// Any bytes: the reader ends, and what it accepts is written and read again as the same tree.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/json.cpp -o fuzz-json
//   ./fuzz-json -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/json
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/format/json_parser.hpp"
#include "core/format/json_writer.hpp"
#include "tests/json_double.hpp"

namespace {

using nextest::JsonValue;
using nextest::JsonWriter;
using nextest::parse_json;
using nextest::Result;

void require(bool holds) {
  if (!holds) std::abort();
}

// An accepted text survives being written.
void check_tree(const JsonValue& tree) {
  std::string written;
  JsonWriter(written).value(tree);
  const Result<JsonValue> again = parse_json(written);
  require(bool(again) && again.value() == tree);
}

// Accessors agree with each other, and a number survives being written as a double.
void check_numbers(const JsonValue& tree) {
  for (const JsonValue& item : tree.items) check_numbers(item);
  for (const auto& member : tree.members) {
    require(tree.find(member.name) == &member.value);  // each name once
    check_numbers(member.value);
  }
  if (tree.as_int64() && tree.as_uint64()) {
    require(*tree.as_int64() >= 0 && static_cast<std::uint64_t>(*tree.as_int64()) == *tree.as_uint64());
  }
  if (const auto real = as_double(tree)) {
    std::string written;
    JsonWriter(written).number(*real);
    const Result<JsonValue> again = parse_json(written);
    require(bool(again) && as_double(again.value()) == real);
  }
}

// Any bytes become a valid string.
void check_string(std::string_view text) {
  std::string written;
  nextest::append_json_string(written, text);
  const Result<JsonValue> string = parse_json(written);
  require(bool(string) && string.value().kind == nextest::JsonKind::String);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<JsonValue> tree = parse_json(text);
  if (tree) {
    check_tree(tree.value());
    check_numbers(tree.value());
  } else {
    require(nextest::starts_with(tree.error().message, "line "));
  }
  check_string(text);
  return 0;
}
