// Any bytes as the two files of a record: it is refused or read to its end, and what is read points into its list. Then
// the same bytes as what the blocks of two files hold, and with a byte of a block changed.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/record.cpp -o fuzz-record
//   ./fuzz-record -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/record
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "record/open_file.hpp"
#include "record/rerun.hpp"
#include "record/store.hpp"

namespace {

using nextest::BlockWriter;
using nextest::Deflate;
using nextest::Event;
using nextest::KnownTest;
using nextest::OwnedBytes;
using nextest::RecordReader;
using nextest::RerunState;
using nextest::Result;
using nextest::TestCase;
using nextest::TestList;

void require(bool holds) {
  if (!holds) std::abort();
}

Result<std::unique_ptr<RecordReader>> opened(const std::string& log, const std::string& outputs) {
  return RecordReader::open(std::make_unique<OwnedBytes>(log), std::make_unique<OwnedBytes>(outputs), "it");
}

void check(const std::string& log, const std::string& outputs) {
  Result<std::unique_ptr<RecordReader>> reader = opened(log, outputs);
  if (!reader) return require(!reader.error().message.empty());
  const TestList& list = reader.value()->list();
  require(list.tests.size() + list.binaries.size() <= 4000000);
  for (const TestCase& test : list.tests) require(test.binary < list.binaries.size());
  nextest::Durations durations;
  const RerunState state = state_after(*reader.value(), durations);
  for (std::size_t i = 1; i < state.tests.size(); ++i) {
    const KnownTest &left = state.tests[i - 1], &right = state.tests[i];
    require(left.binary_id < right.binary_id || (left.binary_id == right.binary_id && left.name < right.name));
  }
  require(reader.value()->exit_code() >= -1 && reader.value()->exit_code() <= 255);
  for (const std::string& sentence : reader.value()->damage()) require(!sentence.empty());

  reader = opened(log, outputs);
  require(bool(reader));
  const nextest::RecordedRun run = nextest::summarize(*reader.value());
  require(run.command_line.all().size() <= 2002);
}

// A newline that a \x01 precedes ends a block.
std::string in_blocks(std::string_view plain) {
  static Deflate deflate;
  BlockWriter writer(deflate);
  while (!plain.empty()) {
    const std::size_t end = plain.find("\x01\n");
    writer.append(plain.substr(0, end));
    writer.close_block();
    plain.remove_prefix(end == std::string_view::npos ? plain.size() : end + 2);
  }
  writer.finish();
  return std::move(writer.ready);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 4), size - 4);
  const std::size_t split = (data[0] | std::size_t{data[1]} << 8) % (text.size() + 1);
  const std::string first(text.substr(0, split)), second(text.substr(split));
  check(first, second);
  const std::string outputs = in_blocks(second);
  check(in_blocks(first), outputs);
  const std::string start =
      "{\"format\":\"1.0\",\"binaries\":2,\"tests\":3}\n\x01\n{\"event\":\"binary\",\"id\":\"a\"}\n"
      "{\"event\":\"tests\",\"names\":[\"x\",\"y\",\"z\"]}\n\x01\n";
  std::string log = in_blocks(start + first);
  check(log, outputs);
  log[(data[2] | std::size_t{data[3]} << 8) % log.size()] ^= static_cast<char>(1 + data[3] % 255);
  check(log, outputs);
  return 0;
}
