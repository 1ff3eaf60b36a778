// Which names there are already. Knows them by their hash alone: two of 2^64 that are taken for one do no harm here.
#pragma once

#include "core/base/hash.hpp"
#include "core/base/number.hpp"
#include "core/base/vector.hpp"

namespace nextest {

class NameSet {
 public:
  // False when it was there.
  bool insert(std::string_view name) {
    if (count_ * 2 >= slots_.size()) grow();
    std::uint64_t& slot = slot_of(Xxh64::hash(name) | 1);  // 0 is an empty slot
    if (slot != 0) return false;
    slot = Xxh64::hash(name) | 1;
    ++count_;
    return true;
  }

  bool contains(std::string_view name) { return !slots_.empty() && slot_of(Xxh64::hash(name) | 1) != 0; }

 private:
  std::uint64_t& slot_of(std::uint64_t hash) {
    std::size_t at = number_as<std::size_t>(hash >> 1) & (slots_.size() - 1);
    while (slots_[at] != 0 && slots_[at] != hash) at = (at + 1) & (slots_.size() - 1);
    return slots_[at];
  }

  void grow() {
    Vector<std::uint64_t> before(slots_.empty() ? 16 : slots_.size() * 2);
    before.swap(slots_);
    for (const std::uint64_t hash : before) {
      if (hash != 0) slot_of(hash) = hash;
    }
  }

  Vector<std::uint64_t> slots_;
  std::size_t count_ = 0;
};

}  // namespace nextest
