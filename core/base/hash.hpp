// XXH64, as its specification gives it (xxHash fast digest algorithm, version 0.1.1). Partition buckets depend on it.
#pragma once

#include <cstdint>
#include <string_view>

namespace nextest {

class Xxh64 {
 public:
  static std::uint64_t hash(std::string_view data, std::uint64_t seed = 0) {
    const std::size_t size = data.size();
    std::uint64_t h = seed + p5;
    if (size >= 32) {
      std::uint64_t lanes[4] = {seed + p1 + p2, seed + p2, seed, seed - p1};
      for (; data.size() >= 32; data.remove_prefix(32)) {
        for (std::size_t i = 0; i < 4; ++i) lanes[i] = round(lanes[i], read(data.substr(8 * i), 8));
      }
      h = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
      for (const std::uint64_t lane : lanes) h = (h ^ round(0, lane)) * p1 + p4;
    }
    h += size;
    for (; data.size() >= 8; data.remove_prefix(8)) h = rotate(h ^ round(0, read(data, 8)), 27) * p1 + p4;
    if (data.size() >= 4) {
      h = rotate(h ^ (read(data, 4) * p1), 23) * p2 + p3;
      data.remove_prefix(4);
    }
    for (; !data.empty(); data.remove_prefix(1)) h = rotate(h ^ (read(data, 1) * p5), 11) * p1;
    h = (h ^ (h >> 33)) * p2;
    h = (h ^ (h >> 29)) * p3;
    return h ^ (h >> 32);
  }

 private:
  static constexpr std::uint64_t p1 = 0x9E3779B185EBCA87, p2 = 0xC2B2AE3D27D4EB4F, p3 = 0x165667B19E3779F9,
                                 p4 = 0x85EBCA77C2B2AE63, p5 = 0x27D4EB2F165667C5;

  static std::uint64_t rotate(std::uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }
  static std::uint64_t round(std::uint64_t lane, std::uint64_t input) { return rotate(lane + input * p2, 31) * p1; }

  // Little-endian, whatever the machine.
  static std::uint64_t read(std::string_view data, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(data[i]);
    return value;
  }
};

}  // namespace nextest
