// A vector of plain values whose growth is one function for all of them: each std::vector brings its own copy of that,
// a third of a kilobyte a type and more.
#pragma once

#include <stdlib.h>
#include <string.h>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace nextest {

// Room for twice as many as there was room for. Without memory the program ends, as it does in operator new.
inline void* grow_pile(void* values, std::size_t& capacity, std::size_t size) {
  capacity = capacity < 4 ? 8 : capacity * 2;
  void* grown = capacity > static_cast<std::size_t>(-1) / size ? nullptr : ::realloc(values, capacity * size);
  if (grown == nullptr) ::abort();
  return grown;
}

template <class T>
class Pile {
  static_assert(std::is_trivially_copyable<T>::value, "values are moved as bytes");

 public:
  Pile() = default;
  Pile(Pile&& other) noexcept { swap(other); }
  Pile& operator=(Pile&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Pile() { ::free(values_); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return values_[i]; }
  const T& operator[](std::size_t i) const { return values_[i]; }
  T& back() { return values_[size_ - 1]; }
  T* data() { return values_; }
  T* begin() { return values_; }
  T* end() { return values_ + size_; }
  const T* begin() const { return values_; }
  const T* end() const { return values_ + size_; }

  void push_back(T value) {
    if (size_ == capacity_) values_ = static_cast<T*>(grow_pile(values_, capacity_, sizeof(T)));
    values_[size_++] = value;
  }
  void pop_back() { --size_; }
  void erase(std::size_t at) {
    ::memmove(static_cast<void*>(values_ + at), values_ + at + 1, (--size_ - at) * sizeof(T));
  }
  void insert(std::size_t at, T value) {
    push_back(value);
    ::memmove(static_cast<void*>(values_ + at + 1), values_ + at, (size_ - 1 - at) * sizeof(T));
    values_[at] = value;
  }
  void truncate(std::size_t size) { size_ = size; }
  void clear() { size_ = 0; }
  void swap(Pile& other) {
    std::swap(values_, other.values_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

 private:
  T* values_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace nextest
