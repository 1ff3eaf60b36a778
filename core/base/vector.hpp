// std::vector's interface, as much of it as we use, in less code: growing is one function for all types, and sizes are
// counted, not computed from pointers. The program became 26 KB smaller with it.
#pragma once

#include <stdlib.h>
#include <string.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/base/out_of_memory.hpp"

namespace nextest {

// What all vectors are, whatever they hold.
struct VectorMemory {
  void* values = nullptr;
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;

  // Moves `count` values to where there is room for them.
  using Move = void (*)(void* to, void* from, std::uint32_t count);

  // Makes room for `wanted` values at least. `move`: null where they may be moved as bytes. Without memory the program
  // ends, as it does in operator new.
  void grow(std::size_t wanted, std::size_t value_size, Move move) {
    if (wanted <= capacity) return;
    std::size_t room = wanted < 8 && value_size < 64 ? 8 : wanted;
    if (room < std::size_t{capacity} * 2) room = std::size_t{capacity} * 2;
    if (room > UINT32_MAX || room > PTRDIFF_MAX / value_size) out_of_memory();
    void* const grown = move == nullptr ? ::realloc(values, room * value_size) : ::malloc(room * value_size);
    if (grown == nullptr) out_of_memory();
    if (move != nullptr) {
      move(grown, values, size);
      ::free(values);
    }
    values = grown;
    capacity = static_cast<std::uint32_t>(room);
  }
};

// At most 2^32 - 1 values. Iterators are pointers; whatever makes it grow invalidates them.
template <class T>
class Vector {
  // A function, since T may be a type that is not whole yet.
  static constexpr bool is_plain() { return std::is_trivially_copyable<T>::value; }

 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  Vector() = default;
  explicit Vector(std::size_t size) { resize(size); }
  Vector(std::size_t size, const T& value) { assign(size, value); }
  Vector(std::initializer_list<T> values) { append(values.begin(), values.size()); }
  // Literals: a list of pointers takes no code.
  template <class Text = T, class = typename std::enable_if<std::is_same<Text, std::string>::value ||
                                                            std::is_same<Text, std::string_view>::value>::type>
  Vector(std::initializer_list<const char*> texts) {
    for (const char* text : texts) emplace_back(text);
  }
  template <class Iterator, class = typename std::enable_if<!std::is_arithmetic<Iterator>::value>::type>
  Vector(Iterator first, Iterator last) {
    for (; first != last; ++first) emplace_back(*first);
  }
  Vector(const Vector& other) { append(other.data(), other.size()); }
  Vector(Vector&& other) noexcept : memory_(other.memory_) { other.memory_ = VectorMemory(); }
  Vector& operator=(const Vector& other) { return *this = Vector(other); }
  Vector& operator=(Vector&& other) noexcept {
    swap(other);
    Vector old(std::move(other));
    return *this;
  }
  ~Vector() {
    clear();
    ::free(memory_.values);
  }

  std::size_t size() const { return memory_.size; }
  bool empty() const { return memory_.size == 0; }
  T* data() { return static_cast<T*>(memory_.values); }
  const T* data() const { return static_cast<const T*>(memory_.values); }
  T* begin() { return data(); }
  T* end() { return data() + memory_.size; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + memory_.size; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  // Ends the program where there is no such value.
  T& at(std::size_t i) { return i < memory_.size ? data()[i] : (::abort(), data()[0]); }
  const T& at(std::size_t i) const { return const_cast<Vector*>(this)->at(i); }
  T& front() { return data()[0]; }
  const T& front() const { return data()[0]; }
  T& back() { return data()[memory_.size - 1]; }
  const T& back() const { return data()[memory_.size - 1]; }

  // NOLINTNEXTLINE(bugprone-sizeof-expression): T itself may be a pointer
  void reserve(std::size_t wanted) { memory_.grow(wanted, sizeof(T), is_plain() ? nullptr : move_each); }

  // What is moved in may be none of ours, what is copied may.
  void push_back(T&& value) { place(std::move(value)); }
  void push_back(const T& value) { place(T(value)); }
  template <class... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    return place(T(std::forward<Arguments>(arguments)...));
  }
  void pop_back() { truncate(memory_.size - 1u); }

  T* insert(const T* before, T value) {
    const std::size_t at = static_cast<std::size_t>(before - begin());
    push_back(std::move(value));
    T inserted = std::move(back());
    for (std::size_t i = size() - 1; i > at; --i) data()[i] = std::move(data()[i - 1]);
    data()[at] = std::move(inserted);
    return data() + at;
  }
  // [first, last) is none of ours.
  void insert(const T* before, const T* first, const T* last) {
    std::size_t at = static_cast<std::size_t>(before - begin());
    for (; first != last; ++first) insert(begin() + at++, *first);
  }
  void insert(const T* before, std::initializer_list<T> values) { insert(before, values.begin(), values.end()); }
  void erase(const T* first, const T* last) {
    if (first == last) return;  // none moves onto itself
    T* to = begin() + (first - begin());
    for (T* from = begin() + (last - begin()); from != end(); ++from, ++to) *to = std::move(*from);
    truncate(static_cast<std::size_t>(to - begin()));
  }
  void erase(const T* at) { erase(at, at + 1); }

  void clear() { truncate(0); }
  // `size` is at most that which it has.
  void truncate(std::size_t size) {
    if constexpr (is_plain()) {
      memory_.size = static_cast<std::uint32_t>(size);
    } else {
      while (memory_.size > size) data()[--memory_.size].~T();
    }
  }
  void resize(std::size_t size) {
    if (size < memory_.size) return truncate(size);
    reserve(size);
    while (memory_.size < size) place(T());
  }
  // `value` may be one of ours: it is a copy.
  void assign(std::size_t size, const T value) {
    clear();
    reserve(size);
    while (memory_.size < size) place(T(value));
  }
  void swap(Vector& other) noexcept {
    const VectorMemory ours = memory_;
    memory_ = other.memory_;
    other.memory_ = ours;
  }

  bool has(const T& one) const {
    for (const T& each : *this) {
      if (each == one) return true;
    }
    return false;
  }
  bool operator==(const Vector& other) const {
    if (size() != other.size()) return false;
    for (std::size_t i = 0; i < size(); ++i) {
      if (!(data()[i] == other.data()[i])) return false;
    }
    return true;
  }
  bool operator!=(const Vector& other) const { return !(*this == other); }

 private:
  T& place(T&& value) {
    reserve(memory_.size + std::size_t{1});
    return *::new (static_cast<void*>(data() + memory_.size++)) T(std::move(value));
  }

  void append(const T* values, std::size_t count) {
    reserve(count);
    for (; count > 0; --count) place(T(*values++));
  }

  // malloc aligns for every type that we have.
  static void move_each(void* to, void* from, std::uint32_t count) {
    T* const source = static_cast<T*>(from);
    for (std::uint32_t i = 0; i < count; ++i) {
      ::new (static_cast<void*>(static_cast<T*>(to) + i)) T(std::move(source[i]));
      source[i].~T();  // NOLINT(clang-analyzer-cplusplus.Move): the end of what was moved from is no use of it
    }
  }

  VectorMemory memory_;
};

}  // namespace nextest
