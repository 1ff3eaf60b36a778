// Any bytes as a file of blocks: each step goes on, and ends. Any bytes written as blocks are read again, from each
// place that was told; with some of them changed, only what was written is read.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/block_gzip.cpp -o fuzz-block-gzip
//   ./fuzz-block-gzip -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/block_gzip
#include "record/block_gzip.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace {

using nextest::BlockReader;
using nextest::BlockWriter;
using nextest::BytesInMemory;
using nextest::Deflate;

void require(bool holds) {
  if (!holds) std::abort();
}

nextest::Vector<std::string> blocks_of(std::string_view file) {
  const BytesInMemory bytes(file);
  nextest::Vector<std::string> blocks;
  std::string plain;
  for (std::uint64_t at = 0, next = 0;; at = next) {
    const BlockReader::Found found = BlockReader(bytes).read(at, plain, next);
    require(plain.size() <= nextest::largest_block && (plain.empty() || found == BlockReader::Found::Block));
    if (found == BlockReader::Found::Cut || found == BlockReader::Found::End) return blocks;
    require(next > at && next <= file.size());
    if (found == BlockReader::Found::Block) blocks.push_back(plain);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(blocks_of(text));

  static Deflate deflate;
  BlockWriter writer(deflate);
  nextest::Vector<std::pair<BlockWriter::Place, std::string_view>> pieces;
  for (std::size_t at = 0; at < size;) {
    const std::string_view piece = text.substr(at, 1 + data[at] % 64u);
    pieces.emplace_back(writer.place(), piece);
    writer.append(piece);
    if (data[at] > 200) writer.close_block();
    at += piece.size();
  }
  writer.finish();
  std::string file = writer.ready;
  require(file.size() == writer.size() && size == writer.plain_size());
  const nextest::Vector<std::string> blocks = blocks_of(file);
  std::string whole, plain;
  for (const std::string& block : blocks) whole += block;
  require(whole == text && blocks.back().empty());
  const BytesInMemory bytes(file);
  for (const auto& [place, piece] : pieces) {
    std::uint64_t next = 0;
    require(BlockReader(bytes).read(place.block, plain, next) == BlockReader::Found::Block);
    require(std::string_view(plain).substr(place.offset, piece.size()) == piece.substr(0, plain.size() - place.offset));
  }

  if (text.find(nextest::block_header) != std::string_view::npos) return 0;
  // Up to eight bytes elsewhere: blocks are lost, none appears.
  for (std::size_t i = 0; i + 3 <= size && i < 24; i += 3) {
    const std::size_t at = (data[i] | std::size_t{data[i + 1]} << 8) % file.size();
    file[at] = static_cast<char>(data[i + 2]);
  }
  std::size_t next = 0;
  for (const std::string& block : blocks_of(file)) {
    while (next < blocks.size() && blocks[next] != block) ++next;
    require(next < blocks.size());
    ++next;
  }
  return 0;
}
