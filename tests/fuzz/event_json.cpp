// Any bytes as a line of a record: the reader ends, and an event that it accepts is written and read again as the same.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/event_json.cpp -o fuzz-event-json
//   ./fuzz-event-json -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/event_json
#include "record/event_json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "core/format/json_parser.hpp"

namespace {

using nextest::Event;
using nextest::FieldReader;
using nextest::JsonValue;
using nextest::parse_json;
using nextest::Result;
using nextest::RunInfo;
using nextest::RunStarted;
using nextest::TestCase;
using nextest::TestList;

void require(bool holds) {
  if (!holds) std::abort();
}

TestList some_tests() {
  TestList list;
  list.binaries.emplace_back().id = "b";
  for (const char* name : {"a", "test (suite)", "\xFF"}) {
    TestCase& test = list.tests.emplace_back();
    test.name = name;
    test.own_name_size = static_cast<std::uint32_t>(test.name.size());
  }
  return list;
}

// False when it is none. `info` is what a start points to.
bool read(std::string_view line, const TestList& list, Event& event, RunInfo& info) {
  const Result<JsonValue> tree = parse_json(line);
  if (!tree) return false;
  const auto output = [](const JsonValue& value, std::string& text) { return nextest::read_any_text(value, text); };
  if (!nextest::read_event(tree.value(), &list, output, event)) return false;
  auto* const started = std::get_if<RunStarted>(&event.what);
  if (started == nullptr) return true;
  info = RunInfo();
  FieldReader fields(tree.value(), nullptr, nextest::no_output_read);
  fields_of(fields, info);
  started->info = &info;
  started->list = &list;
  return fields.ok();
}

std::string line_of(const Event& event, const TestList* list) {
  std::string line;
  nextest::append_event_line(line, event, nextest::inline_output, list);
  require(line.find('\n') == line.size() - 1 && nextest::is_utf8(line));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TestList list = some_tests();
  Event event;
  RunInfo info;
  if (!read(std::string_view(reinterpret_cast<const char*>(data), size), list, event, info)) return 0;
  const std::string line = line_of(event, nullptr), shorter = line_of(event, &list);
  for (const std::string* const written : {&line, &shorter}) {
    Event again;
    RunInfo info_again;
    require(read(*written, list, again, info_again));
    require(again.what.index() == event.what.index());
    require(line_of(again, nullptr) == line && line_of(again, &list) == shorter);
  }
  return 0;
}
