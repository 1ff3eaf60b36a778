// What both directions of DEFLATE (RFC 1951) know.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nextest {

// Section 3.2.5: a length or a distance is a base, by its code, and some extra bits.
inline constexpr std::uint16_t deflate_length_base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                        31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
inline constexpr std::uint8_t deflate_length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                        2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
inline constexpr std::uint16_t deflate_distance_base[] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
inline constexpr std::uint8_t deflate_distance_extra[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                                          6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

// Section 3.2.7: the order in which the lengths of the code for code lengths come.
inline constexpr std::uint8_t deflate_length_order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                        11, 4,  12, 3, 13, 2, 14, 1, 15};

inline constexpr std::size_t deflate_literals = 288;  // 0..255 bytes, 256 the end, 257..285 lengths; two are not used
inline constexpr std::size_t deflate_distances = 32;  // two are not used
inline constexpr std::size_t deflate_end = 256;
inline constexpr unsigned deflate_longest_code = 15;

// Section 3.2.6: the lengths of the fixed codes.
inline void set_fixed_lengths(std::uint8_t (&literals)[deflate_literals],
                              std::uint8_t (&distances)[deflate_distances]) {
  for (std::size_t i = 0; i < deflate_literals; ++i) literals[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  for (std::uint8_t& length : distances) length = 5;
}

// Section 3.2.2: from the lengths of a code to its bits, reversed as the stream wants them.
inline void assign_bits(std::size_t size, const std::uint8_t* lengths, std::uint16_t* bits) {
  std::uint16_t counts[deflate_longest_code + 2] = {};
  for (std::size_t i = 0; i < size; ++i) ++counts[lengths[i]];
  counts[0] = 0;
  std::uint32_t next[deflate_longest_code + 2] = {};
  for (unsigned length = 1; length <= deflate_longest_code; ++length) {
    next[length + 1] = (next[length] + counts[length]) << 1;
  }
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned length = lengths[i];
    if (length == 0) continue;
    const std::uint32_t code = next[length]++;
    std::uint32_t reversed = 0;
    for (unsigned bit = 0; bit < length; ++bit) reversed |= (code >> bit & 1) << (length - 1 - bit);
    bits[i] = static_cast<std::uint16_t>(reversed);
  }
}

}  // namespace nextest
