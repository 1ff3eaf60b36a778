// Compression to DEFLATE (RFC 1951): LZ77 with hash chains and lazy matching, each block in the smallest of its three
// forms.
#pragma once

#include <cstring>
#include <memory>

#include "record/deflate_format.hpp"
#include "record/huffman.hpp"

namespace nextest {

class Deflate {
 public:
  static constexpr std::size_t longest_plain = 65535;

  // Appends one stream of all of `plain`, at most longest_plain bytes.
  void compress(std::string_view plain, std::string& out) {
    if (work_ == nullptr) work_ = std::make_unique<Work>();
    text_ = reinterpret_cast<const unsigned char*>(plain.data());
    size_ = plain.size() < longest_plain ? plain.size() : longest_plain;
    const std::size_t before = out.size();
    // A block is never larger than stored; there are few of them.
    out.resize(before + size_ + 64);
    write_ = reinterpret_cast<unsigned char*>(&out[before]);
    bits_ = 0;
    bit_count_ = 0;
    std::memset(work_->head, 0xFF, sizeof work_->head);
    find_tokens();
    while (bit_count_ > 0) put_byte();
    out.resize(static_cast<std::size_t>(reinterpret_cast<char*>(write_) - out.data()));
  }

 private:
  // How long to look for a match, and how much shorter once one is good. Unlike `gzip -6` we always look for a longer
  // one a byte later, and look at fewer: on outputs that are much alike that gains a tenth, at the same speed.
  static constexpr std::size_t good_length = 8, longest_match = 258;
  static constexpr unsigned longest_chain = 32;
  static constexpr std::size_t window = 32768, far = 4096;
  static constexpr unsigned hash_bits = 15;
  static constexpr std::uint16_t nowhere = 0xFFFF;
  static constexpr std::size_t most_tokens = 20000;  // a block of the stream

  struct Work {
    std::uint16_t head[1 << hash_bits];   // the newest place of each hash
    std::uint16_t before[longest_plain];  // the one before, of the same hash
    std::uint32_t tokens[most_tokens];    // a byte, or length << 16 | distance
    std::uint32_t literals[deflate_literals];
    std::uint32_t distances[deflate_distances];
    HuffmanCode<deflate_literals> literal_code;
    HuffmanCode<deflate_distances> distance_code;
    std::uint8_t length_code_of[longest_match + 1];
    Work() {
      for (std::uint8_t code = 0; code < 29; ++code) {
        const std::size_t end = code < 28 ? deflate_length_base[code + 1] : longest_match + 1;
        for (std::size_t length = deflate_length_base[code]; length < end; ++length) length_code_of[length] = code;
      }
    }
  };

  struct Match {
    std::size_t length = 0;
    std::size_t distance = 0;
  };

  // --- matches ---

  static std::uint64_t eight_bytes(const unsigned char* at) {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }

  std::size_t hash(std::size_t at) const {
    const std::uint32_t three = static_cast<std::uint32_t>(text_[at] | text_[at + 1] << 8 | text_[at + 2] << 16);
    return (three * 0x9E3779B1u) >> (32 - hash_bits);
  }

  void insert(std::size_t at) {
    if (at + 3 > size_) return;
    std::uint16_t& head = work_->head[hash(at)];
    work_->before[at] = head;
    head = static_cast<std::uint16_t>(at);
  }

  // How many bytes from `at` and `from` on are the same.
  std::size_t common(std::size_t at, std::size_t from, std::size_t limit) const {
    std::size_t length = 0;
    while (length + 8 <= limit) {
      const std::uint64_t differing = eight_bytes(text_ + at + length) ^ eight_bytes(text_ + from + length);
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
      if (differing != 0) return length + static_cast<std::size_t>(__builtin_ctzll(differing)) / 8;
#else
      if (differing != 0) break;
#endif
      length += 8;
    }
    while (length < limit && text_[at + length] == text_[from + length]) ++length;
    return length;
  }

  // The longest match at `at` that is longer than `best`; length 0: none. `at` is not inserted yet.
  Match longest(std::size_t at, std::size_t best) const {
    Match found;
    const std::size_t limit = size_ - at < longest_match ? size_ - at : longest_match;
    if (limit < 3 || best >= limit) return found;
    if (best < 2) best = 2;
    unsigned chain = best >= good_length ? longest_chain / 4 : longest_chain;
    for (std::size_t from = work_->head[hash(at)]; from != nowhere && at - from <= window && chain-- > 0;
         from = work_->before[from]) {
      if (text_[from + best] != text_[at + best] || text_[from + best - 1] != text_[at + best - 1]) continue;
      const std::size_t length = common(at, from, limit);
      if (length <= best || (length == 3 && at - from > far)) continue;  // so far away, three literals are cheaper
      found = {length, at - from};
      best = length;
      if (length == limit) break;
    }
    return found;
  }

  void find_tokens() {
    token_count_ = 0;
    block_start_ = 0;
    for (std::size_t at = 0; at < size_;) {
      Match match = longest(at, 0);
      insert(at);
      // A longer match that begins a byte later is worth a literal.
      while (match.length > 0) {
        const Match later = longest(at + 1, match.length);
        if (later.length == 0) break;
        add_token(text_[at], at + 1);
        insert(++at);
        match = later;
      }
      if (match.length == 0) {
        add_token(text_[at], at + 1);
        ++at;
        continue;
      }
      // Inside of a long match hardly another one begins.
      const std::size_t end = at + match.length;
      const std::size_t quiet = match.length > 48 ? at + 8 : end;
      while (++at < end) {
        if (at == quiet) at = end - 4;
        insert(at);
      }
      add_token(static_cast<std::uint32_t>(match.length << 16 | match.distance), end);
    }
    write_block(size_, true);
  }

  // `end`: where the text goes on after the token.
  void add_token(std::uint32_t token, std::size_t end) {
    work_->tokens[token_count_++] = token;
    if (token_count_ == most_tokens && end < size_) write_block(end, false);
  }

  // --- blocks ---

  void put_byte() {
    *write_++ = static_cast<unsigned char>(bits_);
    bits_ >>= 8;
    bit_count_ = bit_count_ > 8 ? bit_count_ - 8 : 0;
  }
  // At most 32 bits.
  void put(std::uint32_t value, unsigned count) {
    bits_ |= static_cast<std::uint64_t>(value) << bit_count_;
    bit_count_ += count;
    while (bit_count_ >= 32) {
      for (int i = 0; i < 4; ++i) put_byte();
    }
  }

  static unsigned distance_code_of(std::size_t distance) {
    if (distance <= 2) return static_cast<unsigned>(distance - 1);
    // Two codes for each power of two; the bit below the highest chooses one.
    unsigned high = 1;
    while ((distance - 1) >> (high + 1) != 0) ++high;
    return 2 * high + static_cast<unsigned>((distance - 1) >> (high - 1) & 1);
  }

  void count_symbols() {
    std::memset(work_->literals, 0, sizeof work_->literals);
    std::memset(work_->distances, 0, sizeof work_->distances);
    for (std::size_t i = 0; i < token_count_; ++i) {
      const std::uint32_t token = work_->tokens[i];
      if (token < 256) {
        ++work_->literals[token];
      } else {
        ++work_->literals[257 + work_->length_code_of[token >> 16]];
        ++work_->distances[distance_code_of(token & 0xFFFF)];
      }
    }
    work_->literals[deflate_end] = 1;
  }

  // Without the bits that codes are followed by: they are the same in both forms.
  std::size_t code_bits(const std::uint8_t* literal_lengths, const std::uint8_t* distance_lengths) const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < deflate_literals; ++i) sum += work_->literals[i] * literal_lengths[i];
    for (std::size_t i = 0; i < deflate_distances; ++i) sum += work_->distances[i] * distance_lengths[i];
    return sum;
  }
  std::size_t extra_bits() const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < 29; ++i) sum += work_->literals[257 + i] * deflate_length_extra[i];
    for (std::size_t i = 0; i < 30; ++i) sum += work_->distances[i] * deflate_distance_extra[i];
    return sum;
  }

  // The lengths of both codes as section 3.2.7 packs them: symbols of a third code, each with its extra bits.
  struct Lengths {
    std::size_t literals = 257, distances = 1, orders = 4, count = 0;
    std::uint8_t symbols[deflate_literals + deflate_distances];
    std::uint8_t extras[deflate_literals + deflate_distances];
    HuffmanCode<19> code;
    std::size_t bits = 0;

    static unsigned extra_of(unsigned symbol) { return symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7; }

    Lengths(const std::uint8_t* literal_lengths, const std::uint8_t* distance_lengths) {
      for (std::size_t i = 257; i < 286; ++i) literals = literal_lengths[i] > 0 ? i + 1 : literals;
      for (std::size_t i = 1; i < 30; ++i) distances = distance_lengths[i] > 0 ? i + 1 : distances;
      std::uint8_t all[deflate_literals + deflate_distances];
      std::memcpy(all, literal_lengths, literals);
      std::memcpy(all + literals, distance_lengths, distances);
      std::uint32_t frequencies[19] = {};
      const std::size_t size = literals + distances;
      for (std::size_t i = 0; i < size;) {
        std::size_t run = 1;
        while (i + run < size && all[i + run] == all[i]) ++run;
        if (all[i] == 0 && run >= 3) {
          run = run < 138 ? run : 138;
          if (run < 11) add(17, run - 3, frequencies);
          else add(18, run - 11, frequencies);
        } else if (i > 0 && all[i] == all[i - 1] && run >= 3) {
          run = run < 6 ? run : 6;
          add(16, run - 3, frequencies);
        } else {
          run = 1;
          add(all[i], 0, frequencies);
        }
        i += run;
      }
      code.build(frequencies, 7);
      for (std::size_t i = 4; i < 19; ++i) orders = code.lengths[deflate_length_order[i]] > 0 ? i + 1 : orders;
      bits = 14 + 3 * orders;
      for (std::size_t i = 0; i < count; ++i) bits += code.lengths[symbols[i]] + extra_of(symbols[i]);
    }

    void add(unsigned symbol, std::size_t extra, std::uint32_t* frequencies) {
      symbols[count] = static_cast<std::uint8_t>(symbol);
      extras[count++] = static_cast<std::uint8_t>(extra);
      ++frequencies[symbol];
    }
  };

  // The tokens so far, which stand for the text up to `end`.
  void write_block(std::size_t end, bool is_last) {
    count_symbols();
    HuffmanCode<deflate_literals>& literals = work_->literal_code;
    HuffmanCode<deflate_distances>& distances = work_->distance_code;
    literals.build(work_->literals, deflate_longest_code);
    distances.build(work_->distances, deflate_longest_code);
    const Lengths lengths(literals.lengths, distances.lengths);
    const std::size_t dynamic = lengths.bits + code_bits(literals.lengths, distances.lengths);
    std::uint8_t fixed_literals[deflate_literals], fixed_distances[deflate_distances];
    set_fixed_lengths(fixed_literals, fixed_distances);
    const std::size_t fixed = code_bits(fixed_literals, fixed_distances);
    const std::size_t plain = end - block_start_;
    put(is_last ? 1 : 0, 1);
    if ((dynamic < fixed ? dynamic : fixed) + extra_bits() >= 8 * plain + 32) {
      write_stored(plain);
    } else if (fixed <= dynamic) {
      put(1, 2);
      std::memcpy(literals.lengths, fixed_literals, sizeof fixed_literals);
      std::memcpy(distances.lengths, fixed_distances, sizeof fixed_distances);
      literals.assign();
      distances.assign();
      write_tokens();
    } else {
      put(2, 2);
      put(static_cast<std::uint32_t>(lengths.literals - 257), 5);
      put(static_cast<std::uint32_t>(lengths.distances - 1), 5);
      put(static_cast<std::uint32_t>(lengths.orders - 4), 4);
      for (std::size_t i = 0; i < lengths.orders; ++i) put(lengths.code.lengths[deflate_length_order[i]], 3);
      for (std::size_t i = 0; i < lengths.count; ++i) {
        const std::uint8_t symbol = lengths.symbols[i];
        put(lengths.code.bits[symbol], lengths.code.lengths[symbol]);
        put(lengths.extras[i], Lengths::extra_of(symbol));
      }
      write_tokens();
    }
    token_count_ = 0;
    block_start_ = end;
  }

  void write_tokens() {
    const HuffmanCode<deflate_literals>& literals = work_->literal_code;
    const HuffmanCode<deflate_distances>& distances = work_->distance_code;
    for (std::size_t i = 0; i < token_count_; ++i) {
      const std::uint32_t token = work_->tokens[i];
      if (token < 256) {
        put(literals.bits[token], literals.lengths[token]);
        continue;
      }
      const std::uint32_t length = token >> 16, distance = token & 0xFFFF;
      const unsigned length_code = work_->length_code_of[length], distance_code = distance_code_of(distance);
      put(literals.bits[257 + length_code], literals.lengths[257 + length_code]);
      put(length - deflate_length_base[length_code], deflate_length_extra[length_code]);
      put(distances.bits[distance_code], distances.lengths[distance_code]);
      put(distance - deflate_distance_base[distance_code], deflate_distance_extra[distance_code]);
    }
    put(literals.bits[deflate_end], literals.lengths[deflate_end]);
  }

  // Section 3.2.4.
  void write_stored(std::size_t size) {
    put(0, 2);
    while (bit_count_ > 0) put_byte();
    put(static_cast<std::uint32_t>(size), 16);
    put(static_cast<std::uint32_t>(~size & 0xFFFF), 16);
    std::memcpy(write_, text_ + block_start_, size);
    write_ += size;
  }

  std::unique_ptr<Work> work_;
  const unsigned char* text_ = nullptr;
  std::size_t size_ = 0;
  std::size_t token_count_ = 0;
  std::size_t block_start_ = 0;
  unsigned char* write_ = nullptr;
  std::uint64_t bits_ = 0;
  unsigned bit_count_ = 0;
};

}  // namespace nextest
