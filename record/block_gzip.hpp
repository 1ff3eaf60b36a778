// Gzip files (RFC 1952) of independent members, each with its size in a BC subfield: the blocked-gzip convention of the
// SAM specification, section 4.1. Any gzip reads them; we find and check each block on its own.
#pragma once

#include <cstring>

#include "core/base/bytes.hpp"
#include "record/crc32.hpp"
#include "record/deflate.hpp"
#include "record/inflate.hpp"

namespace nextest {

// ID, CM 8, FLG FEXTRA, no MTIME, XFL, OS unknown, XLEN 6, "BC", SLEN 2; then BSIZE: the block's size less one.
inline constexpr std::string_view block_header("\x1F\x8B\x08\x04\0\0\0\0\0\xFF\x06\0BC\x02\0", 16);
inline constexpr std::size_t block_header_size = 18;
inline constexpr std::size_t block_trailer_size = 8;  // CRC32 and ISIZE
inline constexpr std::size_t largest_block = 65536;

class BlockWriter {
 public:
  // Even stored, that much fits into a block.
  static constexpr std::size_t largest_plain = 65280;

  struct Place {
    std::uint64_t block = 0;   // where its block begins in the file
    std::uint32_t offset = 0;  // in the plain data of the block
  };

  explicit BlockWriter(Deflate& deflate) : deflate_(deflate) {}

  std::string ready;  // to be written, in this order; its owner empties it

  // Where the next byte will be.
  Place place() const { return {size_, static_cast<std::uint32_t>(plain_.size())}; }

  void append(std::string_view text) {
    plain_size_ += text.size();
    while (!text.empty()) {
      const std::size_t room = largest_plain - plain_.size();
      plain_.append(text.substr(0, room));
      text.remove_prefix(text.size() < room ? text.size() : room);
      if (plain_.size() == largest_plain) close_block();
    }
  }

  bool pending() const { return !plain_.empty(); }
  void close_block() {
    if (pending()) write_block();
  }

  // Ends the file with an empty block: where it stands, nothing is missing.
  void finish() {
    close_block();
    write_block();
  }

  std::uint64_t size() const { return size_; }              // of the file so far
  std::uint64_t plain_size() const { return plain_size_; }  // of what is in it, and what is pending

 private:
  void write_block() {
    const std::size_t start = ready.size();
    ready.append(block_header).append(2, '\0');
    deflate_.compress(plain_, ready);
    append_little_endian(ready, crc32(plain_), 4);
    append_little_endian(ready, plain_.size(), 4);
    const std::size_t size = ready.size() - start;
    ready[start + 16] = static_cast<char>((size - 1) & 255);
    ready[start + 17] = static_cast<char>((size - 1) >> 8);
    size_ += size;
    plain_.clear();
  }

  Deflate& deflate_;
  std::string plain_;
  std::uint64_t size_ = 0;
  std::uint64_t plain_size_ = 0;
};

class BlockReader {
 public:
  explicit BlockReader(const Bytes& file) : file_(file) {}

  // Damaged: the block is not whole. Cut: the file ends in it.
  enum class Found : std::uint8_t { Block, Damaged, Cut, End };

  // The block at `at`: its data in place of `plain`, and where to go on: behind it, or after damage at the next place
  // that looks like a block. An empty block is one too.
  Found read(std::uint64_t at, std::string& plain, std::uint64_t& next) const {
    plain.clear();
    next = file_.size();
    if (at >= file_.size()) return Found::End;
    std::string block(block_header_size, '\0');
    const std::size_t got = file_.read(at, &block[0], block_header_size);
    const std::size_t compared = got < block_header.size() ? got : block_header.size();
    if (std::memcmp(block.data(), block_header.data(), compared) != 0) return damaged(at, next);
    if (got < block_header_size) return Found::Cut;
    const std::size_t size = number_as<std::size_t>(little_endian(std::string_view(block).substr(16, 2))) + 1;
    if (size > file_.size() - at) return looks_like_block_after(at, next) ? Found::Damaged : Found::Cut;
    if (size < block_header_size + block_trailer_size) return damaged(at, next);
    block.resize(size);
    if (file_.read(at, &block[0], size) != size) return Found::Cut;
    std::string_view data = std::string_view(block).substr(block_header_size);
    const std::string_view trailer = data.substr(data.size() - block_trailer_size);
    data.remove_suffix(block_trailer_size);
    std::size_t used = 0;
    const bool is_whole = inflate(data, largest_block, plain, used) == Inflated::Whole && used == data.size() &&
                          little_endian(trailer.substr(0, 4)) == crc32(plain) &&
                          little_endian(trailer.substr(4)) == plain.size();
    if (!is_whole) {
      plain.clear();
      return damaged(at, next);
    }
    next = at + size;
    return Found::Block;
  }

 private:
  Found damaged(std::uint64_t at, std::uint64_t& next) const {
    looks_like_block_after(at, next);
    return Found::Damaged;
  }

  // Finds the next header behind `at`; `next` is the file's end, and the answer false, when there is none.
  bool looks_like_block_after(std::uint64_t at, std::uint64_t& next) const {
    std::string piece(largest_block, '\0');
    for (std::uint64_t from = at + 1; from < file_.size();) {
      const std::size_t got = file_.read(from, &piece[0], piece.size());
      const std::size_t found = std::string_view(piece).substr(0, got).find(block_header);
      if (found != std::string_view::npos) {
        next = from + found;
        return true;
      }
      if (got < block_header.size()) break;
      from += got - block_header.size() + 1;
    }
    next = file_.size();
    return false;
  }

  const Bytes& file_;
};

}  // namespace nextest
