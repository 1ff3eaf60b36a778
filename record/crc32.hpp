// CRC-32 of RFC 1952, section 8: what gzip and zip check their data with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nextest {

// Of `data`, after data whose CRC is `before`.
inline std::uint32_t crc32(std::string_view data, std::uint32_t before = 0) {
  // tables[k][b]: what byte b becomes when k more bytes follow it; four bytes are then looked up at once.
  static std::uint32_t tables[4][256];
  if (tables[0][1] == 0) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t value = byte;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
      tables[0][byte] = value;
    }
    for (std::size_t k = 1; k < 4; ++k) {
      for (std::size_t byte = 0; byte < 256; ++byte) {
        const std::uint32_t value = tables[k - 1][byte];
        tables[k][byte] = tables[0][value & 255] ^ (value >> 8);
      }
    }
  }
  const auto* at = reinterpret_cast<const unsigned char*>(data.data());
  const auto* const end = at + data.size();
  std::uint32_t crc = ~before;
  for (; end - at >= 4; at += 4) {
    crc = tables[3][(crc ^ at[0]) & 255] ^ tables[2][((crc >> 8) ^ at[1]) & 255] ^
          tables[1][((crc >> 16) ^ at[2]) & 255] ^ tables[0][((crc >> 24) ^ at[3]) & 255];
  }
  for (; at < end; ++at) crc = tables[0][(crc ^ *at) & 255] ^ (crc >> 8);
  return ~crc;
}

}  // namespace nextest
