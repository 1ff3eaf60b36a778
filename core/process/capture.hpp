// A test's output, bounded: the first and the last half of the bound are kept, what lies between is counted.
#pragma once

#include <algorithm>

#include "core/base/text.hpp"

namespace nextest {

class Capture {
 public:
  explicit Capture(std::size_t bound) : half_(bound / 2) {}

  void append(std::string_view data) {
    fill(head_, data);
    fill(tail_, data);
    dropped_ += data.size();
    while (!data.empty() && half_ > 0) {  // tail_ is a ring from here on
      const std::size_t taken = std::min(data.size(), half_ - next_);
      tail_.replace(next_, taken, data.substr(0, taken));
      data.remove_prefix(taken);
      next_ = (next_ + taken) % half_;
    }
  }

  bool overflowed() const { return dropped_ > 0; }

  // All that was kept, in order, with a line of its own where something is missing.
  std::string copy() const {
    std::string all = head_ + gap();
    return all.append(tail_, next_, std::string::npos).append(tail_, 0, next_);
  }

  // The same; empties the buffer.
  std::string take() {
    const std::string gap = this->gap();
    std::string all = std::move(head_);
    head_.clear();
    if (!tail_.empty() || !gap.empty()) {
      const std::string head = std::move(all);
      all = std::string();
      all.reserve(head.size() + gap.size() + tail_.size());  // exactly: growing would double it
      all.append(head).append(gap).append(tail_, next_, std::string::npos).append(tail_, 0, next_);
    }
    tail_ = std::string();
    next_ = 0;
    dropped_ = 0;
    return all;
  }

 private:
  std::string gap() const {
    std::string gap;
    if (dropped_ == 0) return gap;
    if (!head_.empty() && head_.back() != '\n') gap += '\n';
    append_format(gap, "... %llu bytes of output dropped here ...\n", static_cast<unsigned long long>(dropped_));
    return gap;
  }

  // Moves what there is room for. A string that doubles would end up with up to twice the bound.
  void fill(std::string& half, std::string_view& data) const {
    const std::size_t taken = std::min(data.size(), half_ - half.size());
    if (half.size() + taken > half.capacity() && half.capacity() > half_ / 4) {
      std::string exact;
      exact.reserve(half_);
      exact.append(half);
      half = std::move(exact);
    }
    half.append(data.substr(0, taken));
    data.remove_prefix(taken);
  }

  std::size_t half_;
  std::string head_;
  std::string tail_;
  std::size_t next_ = 0;  // where the ring's oldest byte is
  std::uint64_t dropped_ = 0;
};

}  // namespace nextest
