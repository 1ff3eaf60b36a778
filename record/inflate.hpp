// Decompression of DEFLATE (RFC 1951): any valid stream, and nothing else.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "record/deflate_format.hpp"

namespace nextest {

enum class Inflated : std::uint8_t { Whole, Damaged, TooLarge };

class Inflate {
 public:
  Inflate(std::string_view data, std::size_t limit, std::string& out) : data_(data), out_(out), limit_(limit) {}

  Inflated run() {
    start_ = out_.size();
    bool is_last = false;
    while (!is_last) {
      is_last = bits(1) != 0;
      const unsigned kind = bits(2);
      const Inflated result = kind == 0 ? stored() : kind == 1 ? fixed() : kind == 2 ? dynamic() : Inflated::Damaged;
      if (result != Inflated::Whole) return result;
      if (overrun_) return Inflated::Damaged;
    }
    return Inflated::Whole;
  }

  // How many bytes of the data the stream took, the last one perhaps in part.
  std::size_t used() const { return at_ - bit_count_ / 8; }

 private:
  // Of one alphabet: short codes are looked up at once, longer ones length by length.
  struct Code {
    static constexpr unsigned quick_bits = 9;
    std::uint16_t quick[1 << quick_bits];  // symbol << 4 | length; 0: longer, or none
    std::uint16_t count[deflate_longest_code + 1];
    std::uint16_t symbols[deflate_literals];  // by code

    // False when the lengths make no code (section 3.2.2): too many, or too few. One code of one bit, and none at all,
    // are allowed: data without distances has no use for more.
    bool set(const std::uint8_t* lengths, std::size_t size) {
      std::memset(count, 0, sizeof count);
      for (std::size_t i = 0; i < size; ++i) ++count[lengths[i]];
      const std::size_t used = size - count[0];
      count[0] = 0;
      int left = 1;
      for (unsigned length = 1; length <= deflate_longest_code; ++length) {
        left = left * 2 - count[length];
        if (left < 0) return false;
      }
      if (left > 0 && !(used == 0 || (used == 1 && count[1] == 1))) return false;
      std::uint16_t next[deflate_longest_code + 2] = {}, codes[deflate_literals];
      for (unsigned length = 1; length <= deflate_longest_code; ++length) {
        next[length + 1] = static_cast<std::uint16_t>(next[length] + count[length]);
      }
      assign_bits(size, lengths, codes);
      std::memset(quick, 0, sizeof quick);
      for (std::size_t symbol = 0; symbol < size; ++symbol) {
        const unsigned length = lengths[symbol];
        if (length == 0) continue;
        symbols[next[length]++] = static_cast<std::uint16_t>(symbol);
        if (length > quick_bits) continue;
        for (unsigned bits = codes[symbol]; bits < (1u << quick_bits); bits += 1u << length) {
          quick[bits] = static_cast<std::uint16_t>(symbol << 4 | length);
        }
      }
      return true;
    }
  };

  static constexpr unsigned none = ~0u;

  void refill() {
    while (bit_count_ <= 24 && at_ < data_.size()) {
      bits_ |= static_cast<std::uint64_t>(static_cast<unsigned char>(data_[at_++])) << bit_count_;
      bit_count_ += 8;
    }
  }

  // Up to 16 bits, the lowest first; 0, and overrun_, when there are no more.
  unsigned bits(unsigned count) {
    refill();
    if (bit_count_ < count) {
      overrun_ = true;
      return 0;
    }
    const unsigned value = static_cast<unsigned>(bits_) & ((1u << count) - 1);
    drop(count);
    return value;
  }
  void drop(unsigned count) {
    bits_ >>= count;
    bit_count_ -= count;
  }

  unsigned symbol(const Code& code) {
    refill();
    const unsigned entry = code.quick[bits_ & ((1u << Code::quick_bits) - 1)];
    if (entry != 0 && (entry & 15) <= bit_count_) {
      drop(entry & 15);
      return entry >> 4;
    }
    std::uint32_t value = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= deflate_longest_code && length <= bit_count_; ++length) {
      value = value << 1 | (static_cast<std::uint32_t>(bits_ >> (length - 1)) & 1);
      if (value - first < code.count[length]) {
        drop(length);
        return code.symbols[index + value - first];
      }
      index += code.count[length];
      first = (first + code.count[length]) << 1;
    }
    return none;
  }

  // Section 3.2.4.
  Inflated stored() {
    drop(bit_count_ % 8);
    const unsigned size = bits(16), check = bits(16);
    if (overrun_ || size != (~check & 0xFFFF)) return Inflated::Damaged;
    at_ -= bit_count_ / 8;
    bits_ = 0;
    bit_count_ = 0;
    if (size > data_.size() - at_) return Inflated::Damaged;
    if (size > room()) return Inflated::TooLarge;
    out_.append(data_.substr(at_, size));
    at_ += size;
    return Inflated::Whole;
  }

  Inflated fixed() {
    std::uint8_t literals[deflate_literals], distances[deflate_distances];
    set_fixed_lengths(literals, distances);
    return literals_.set(literals, deflate_literals) && distances_.set(distances, deflate_distances)
               ? compressed()
               : Inflated::Damaged;
  }

  // Section 3.2.7.
  Inflated dynamic() {
    const unsigned literals = bits(5) + 257, distances = bits(5) + 1, orders = bits(4) + 4;
    std::uint8_t lengths[deflate_literals + deflate_distances] = {};
    for (unsigned i = 0; i < orders; ++i) lengths[deflate_length_order[i]] = static_cast<std::uint8_t>(bits(3));
    if (overrun_ || literals > 286 || distances > 30 || !literals_.set(lengths, 19)) return Inflated::Damaged;
    std::memset(lengths, 0, sizeof lengths);
    for (unsigned i = 0; i < literals + distances;) {
      const unsigned value = symbol(literals_);
      if (value == none) return Inflated::Damaged;
      if (value < 16) {
        lengths[i++] = static_cast<std::uint8_t>(value);
        continue;
      }
      if (value == 16 && i == 0) return Inflated::Damaged;
      const unsigned repeats = value == 16 ? 3 + bits(2) : value == 17 ? 3 + bits(3) : 11 + bits(7);
      const std::uint8_t length = value == 16 ? lengths[i - 1] : std::uint8_t{0};
      if (overrun_ || repeats > literals + distances - i) return Inflated::Damaged;
      for (unsigned j = 0; j < repeats; ++j) lengths[i++] = length;
    }
    if (lengths[deflate_end] == 0) return Inflated::Damaged;
    const bool sound = literals_.set(lengths, literals) && distances_.set(lengths + literals, distances);
    return sound ? compressed() : Inflated::Damaged;
  }

  Inflated compressed() {
    while (true) {
      const unsigned value = symbol(literals_);
      if (value < deflate_end) {
        if (room() == 0) return Inflated::TooLarge;
        out_ += static_cast<char>(value);
        continue;
      }
      if (value == deflate_end) return Inflated::Whole;
      if (value > 285) return Inflated::Damaged;
      const std::size_t size = deflate_length_base[value - 257] + bits(deflate_length_extra[value - 257]);
      const unsigned code = symbol(distances_);
      if (code > 29) return Inflated::Damaged;
      const std::size_t distance = deflate_distance_base[code] + bits(deflate_distance_extra[code]);
      if (overrun_ || distance > out_.size() - start_) return Inflated::Damaged;
      if (size > room()) return Inflated::TooLarge;
      const std::size_t from = out_.size() - distance;
      out_.resize(out_.size() + size);
      char* const source = &out_[from];
      for (std::size_t i = 0; i < size; ++i) source[i + distance] = source[i];  // they may overlap: bytes repeat
    }
  }

  std::size_t room() const { return limit_ - (out_.size() - start_); }

  std::string_view data_;
  std::string& out_;
  const std::size_t limit_;
  std::size_t start_ = 0;
  std::size_t at_ = 0;
  std::uint64_t bits_ = 0;
  unsigned bit_count_ = 0;
  bool overrun_ = false;
  Code literals_;
  Code distances_;
};

// Appends at most `limit` bytes to `out`. `used`: the bytes of `data` that the stream took.
inline Inflated inflate(std::string_view data, std::size_t limit, std::string& out, std::size_t& used) {
  Inflate stream(data, limit, out);
  const Inflated result = stream.run();
  used = stream.used();
  return result;
}

}  // namespace nextest
