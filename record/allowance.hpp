// How much work a record may make. One from elsewhere may be made to ask for hours and gigabytes in a few kilobytes: of
// it no more is read than a record of its size can hold. What lies in the store is our own, and has no limit.
#pragma once

#include <cstdint>

namespace nextest {

// In bytes; what takes time or memory without being bytes is charged as so many.
class Allowance {
 public:
  Allowance() = default;  // without a limit
  explicit Allowance(std::uint64_t bytes) : left_(bytes) {}

  // False once there is not enough; then it stays so.
  bool take(std::uint64_t bytes) {
    is_over_ |= bytes > left_;
    left_ -= is_over_ ? left_ : bytes;
    return !is_over_;
  }
  bool is_over() const { return is_over_; }

 private:
  std::uint64_t left_ = UINT64_MAX;
  bool is_over_ = false;
};

struct ReadingLimits {
  Allowance events;   // lines, and what becomes of them
  Allowance outputs;  // blocks that are decompressed, and what is taken from them
  Allowance held;     // what a reader of events keeps until the end

  // An estimate of what our own records take, with room: events compress to a tenth, and so do names in lists. Outputs
  // pass through, so they cost time and no memory.
  static ReadingLimits of_file(std::uint64_t size) {
    constexpr std::uint64_t mebibyte = 1 << 20, times = 48, most_size = UINT64_MAX / 64;
    const std::uint64_t grown = times * (size < most_size ? size : most_size);
    ReadingLimits limits;
    limits.events = Allowance(24 * mebibyte + grown);
    limits.outputs = Allowance(256 * mebibyte + grown);
    limits.held = Allowance(24 * mebibyte + grown / 4);
    return limits;
  }
};

// What is charged for what is no byte.
struct Charge {
  static constexpr std::uint64_t json_value = 32;
  static constexpr std::uint64_t name = 96;      // of a test in a list
  static constexpr std::uint64_t binary = 512;   // beside two for each text that its texts are compared with
  static constexpr std::uint64_t block = 65536;  // that is damaged
};

}  // namespace nextest
