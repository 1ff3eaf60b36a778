// The parts of a zip file as bytes (PKWARE APPNOTE.TXT 6.3.10, whose sections the numbers are).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace nextest {

struct ZipFormat {
  static constexpr std::uint32_t local_signature = 0x04034B50, central_signature = 0x02014B50,
                                 end_signature = 0x06054B50, end64_signature = 0x06064B50,
                                 locator_signature = 0x07064B50;
  // Without what has a length of its own.
  static constexpr unsigned local_size = 30, central_size = 46, end_size = 22, end64_size = 56, locator_size = 20;

  static constexpr std::uint32_t is_in_zip64 = 0xFFFFFFFF;  // the number stands in a zip64 record or field instead
  static constexpr unsigned zip64_field = 1;                // 4.5.3
  static constexpr unsigned version = 20, version_of_zip64 = 45;  // 4.4.3.2
  static constexpr unsigned made_on_unix = 3 << 8;                // 4.4.2
  // Flags (4.4.4).
  static constexpr unsigned encrypted = 1, strongly_encrypted = 1 << 6, name_is_utf8 = 1 << 11, masked = 1 << 13;
  static constexpr std::size_t most_entries = 1000;  // that we write or read
};

// Numbers, little-endian (4.4.1.1), and texts, one after the other.
struct ZipBlock {
  std::string bytes;

  ZipBlock& u16(std::uint64_t value) { return number(value, 2); }
  ZipBlock& u32(std::uint64_t value) { return number(value, 4); }
  ZipBlock& u64(std::uint64_t value) { return number(value, 8); }
  ZipBlock& text(std::string_view value) {
    bytes += value;
    return *this;
  }

 private:
  ZipBlock& number(std::uint64_t value, unsigned size) {
    for (; size > 0; --size, value >>= 8) bytes += static_cast<char>(value & 0xFF);
    return *this;
  }
};

}  // namespace nextest
