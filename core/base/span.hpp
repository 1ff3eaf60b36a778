// A constant array of any length.
#pragma once

#include <cstddef>

namespace nextest {

template <class T>
class Span {
 public:
  constexpr Span() = default;
  template <std::size_t N>
  constexpr Span(const T (&array)[N]) : begin_(array), end_(array + N) {}

  constexpr const T* begin() const { return begin_; }
  constexpr const T* end() const { return end_; }

 private:
  const T* begin_ = nullptr;
  const T* end_ = nullptr;
};

}  // namespace nextest
