// Sorting by numbers. One function for all sorts of the program: each use of std::sort is another kilobyte of it.
#pragma once

#include <algorithm>

#include "core/base/function_ref.hpp"
#include "core/base/vector.hpp"

namespace nextest {

// The numbers below `count` in the order of `less`; what is equal stays in the order of the numbers.
inline Vector<std::uint32_t> sorted_order(std::size_t count, FunctionRef<bool(std::uint32_t, std::uint32_t)> less) {
  Vector<std::uint32_t> order(count), merged(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(i);
  for (std::size_t run = 1; run < count; run *= 2) {
    for (std::size_t from = 0; from < count; from += 2 * run) {
      const std::size_t middle = std::min(from + run, count), end = std::min(from + 2 * run, count);
      std::size_t left = from, right = middle;
      for (std::size_t to = from; to < end; ++to) {
        const bool take_right = left == middle || (right < end && less(order[right], order[left]));
        merged[to] = order[take_right ? right++ : left++];
      }
    }
    order.swap(merged);
  }
  return order;
}

}  // namespace nextest
