// Any bytes as a zip file: what is taken from it lies within it. Then changes to two good files, of which one has zip64
// records: each four bytes of input say where, and which two bytes are put there.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/zip.cpp -o fuzz-zip
//   ./fuzz-zip -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/zip
#include "record/zip.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace {

using nextest::Bytes;
using nextest::BytesInMemory;
using nextest::BytesPart;
using nextest::Result;
using nextest::ZipBlock;
using nextest::ZipReader;

void require(bool holds) {
  if (!holds) std::abort();
}

// True when it was read.
bool check_file(std::string_view bytes) {
  // In memory of its own size, so that the sanitizer sees the first byte past the end.
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  bytes.copy(copy.get(), bytes.size());
  const BytesInMemory file(std::string_view(copy.get(), bytes.size()));
  const Result<ZipReader> zip = ZipReader::open(file);
  if (!zip) {
    require(!zip.error().message.empty());
    return false;
  }
  std::size_t of_names = 0;
  require(zip.value().entries().size() <= 1000);
  for (const ZipReader::Entry& entry : zip.value().entries()) {
    require(entry.offset <= bytes.size() && entry.size <= bytes.size() - entry.offset);
    require(BytesPart(file, entry.offset, entry.size).size() == entry.size);
    require(zip.value().find(entry.name) != nullptr);
    of_names += entry.name.size();
  }
  require(of_names <= bytes.size());
  return true;
}

std::string written() {
  nextest::Pipe pipe;
  require(nextest::open_pipe(pipe) == 0);
  nextest::ZipWriter zip(pipe.write_end.get());
  require(zip.add("run.jsonl.gz", BytesInMemory("one")) == 0 && zip.add("b", BytesInMemory("")) == 0);
  require(zip.finish() == 0);
  char buffer[1024];
  const ssize_t got = nextest::read_some(pipe.read_end.get(), buffer, sizeof buffer);
  require(got > 0);
  return std::string(buffer, static_cast<std::size_t>(got));
}

// All numbers that may stand in zip64 records do.
std::string with_zip64() {
  constexpr std::uint64_t mark = 0xFFFFFFFF;
  ZipBlock file;
  file.u32(0x04034B50).u16(45).u16(0).u16(0).u32(0).u32(0).u32(mark).u32(mark).u16(1).u16(20);
  file.text("a").u16(1).u16(16).u64(3).u64(3).text("one");
  const std::uint64_t directory = file.bytes.size();
  file.u32(0x02014B50).u16(45).u16(45).u16(0).u16(0).u32(0).u32(0).u32(mark).u32(mark).u16(1).u16(33).u16(1);
  file.u16(0).u16(0).u32(0).u32(mark).text("a").u16(0x5455).u16(1).text("x").u16(1).u16(24).u64(3).u64(3).u64(0).text(
      "c");
  const std::uint64_t end = file.bytes.size();
  file.u32(0x06064B50).u64(44).u16(45).u16(45).u32(0).u32(0).u64(1).u64(1).u64(end - directory).u64(directory);
  file.u32(0x07064B50).u32(0).u64(end).u32(1);
  file.u32(0x06054B50).u32(0).u16(0xFFFF).u16(0xFFFF).u32(mark).u32(mark).u16(3).text("end");
  return file.bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string good[] = {written(), with_zip64()};
  static const bool are_good = check_file(good[0]) && check_file(good[1]);
  require(are_good);
  check_file(std::string_view(reinterpret_cast<const char*>(data), size));
  for (const std::string& file : good) {
    std::string changed = file;
    for (std::size_t i = 0; i + 4 <= size; i += 4) {
      const std::size_t at = (data[i] | std::size_t{data[i + 1]} << 8) % (changed.size() - 1);
      changed[at] = static_cast<char>(data[i + 2]);
      changed[at + 1] = static_cast<char>(data[i + 3]);
    }
    check_file(changed);
  }
  return 0;
}
