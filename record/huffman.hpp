// Huffman codes as DEFLATE has them (RFC 1951, section 3.2): of bounded length, and defined by their lengths alone.
#pragma once

#include <cstring>

#include "core/base/sorted_order.hpp"
#include "record/deflate_format.hpp"

namespace nextest {

// The lengths of a Huffman code for symbols that come as often as that, none above `longest`, and its bits.
inline void build_code(const std::uint32_t* frequencies, std::size_t size, unsigned longest, std::uint8_t* lengths,
                       std::uint16_t* bits) {
  std::memset(lengths, 0, size);
  std::uint16_t used[deflate_literals];
  std::size_t count = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (frequencies[i] > 0) used[count++] = static_cast<std::uint16_t>(i);
  }
  // Not every reader takes a code of less than two symbols.
  for (std::uint16_t i = 0; count < 2; ++i) {
    if (frequencies[i] == 0) used[count++] = i;
  }
  const Vector<std::uint32_t> order = sorted_order(
      count, [&](std::uint32_t a, std::uint32_t b) { return frequencies[used[a]] < frequencies[used[b]]; });
  // Leaves by rising weight, then the nodes over them, which come by rising weight too: two queues.
  std::uint32_t weight[2 * deflate_literals];
  std::uint16_t parent[2 * deflate_literals];
  for (std::size_t i = 0; i < count; ++i) weight[i] = frequencies[used[order[i]]];
  std::size_t leaf = 0, node = count;
  for (std::size_t made = count; made < 2 * count - 1; ++made) {
    weight[made] = 0;
    for (int child = 0; child < 2; ++child) {
      const std::size_t lightest = leaf < count && (node >= made || weight[leaf] <= weight[node]) ? leaf++ : node++;
      weight[made] += weight[lightest];
      parent[lightest] = static_cast<std::uint16_t>(made);
    }
  }
  std::uint32_t counts[2 * deflate_literals] = {};  // of leaves, by depth
  std::uint16_t* const depth = parent;              // in its place, from the root on
  depth[2 * count - 2] = 0;
  for (std::size_t i = 2 * count - 2; i-- > 0;) {
    depth[i] = static_cast<std::uint16_t>(depth[parent[i]] + 1);
    if (i < count) ++counts[depth[i] < longest ? depth[i] : longest];
  }
  // What was too deep and came up makes the code too full; one leaf after the other is paired with another one.
  std::uint32_t full = 0;
  for (unsigned length = 1; length <= longest; ++length) full += counts[length] << (longest - length);
  for (; full > 1u << longest; --full) {
    unsigned length = longest - 1;
    while (counts[length] == 0) --length;
    --counts[longest];
    --counts[length];
    counts[length + 1] += 2;
  }
  unsigned length = longest;
  for (std::size_t i = 0; i < count; ++i) {
    while (counts[length] == 0) --length;
    lengths[used[order[i]]] = static_cast<std::uint8_t>(length);
    --counts[length];
  }
  assign_bits(size, lengths, bits);
}

template <std::size_t N>
struct HuffmanCode {
  std::uint8_t lengths[N];
  std::uint16_t bits[N];

  void build(const std::uint32_t* frequencies, unsigned longest) { build_code(frequencies, N, longest, lengths, bits); }
  void assign() { assign_bits(N, lengths, bits); }
};

}  // namespace nextest
