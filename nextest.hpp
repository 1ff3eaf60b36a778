// nextest.hpp: runs every test of test binaries in a process of its own. SPDX-License-Identifier: MIT OR Apache-2.0
// Assembled from its parts by `make header`; change the parts, not this file.
//
//   #include "nextest.hpp"
//   int main(int argc, char** argv) { return nextest::main(argc, argv); }
#pragma once

// ---- core/base/features.hpp ----

// What the system offers beyond POSIX.1-2008. Everything that is not POSIX is named here: what it is, which systems
// have it, and what stands in for it elsewhere. Code that uses it stands inside its #if. On a system that is not known
// here, and with -DNEXTEST_POSIX_ONLY, the program is made of what stands in alone.

// On 32-bit machines the sizes of files, inodes and times shall have 64 bits (file.hpp checks that this came in time).
// NOLINTBEGIN(bugprone-reserved-identifier): they are the system's
#if !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64
#endif
// glibc 2.34 and newer; elsewhere it says nothing.
#if !defined(_TIME_BITS)
#define _TIME_BITS 64
#endif
// NOLINTEND(bugprone-reserved-identifier)

#if defined(__linux__) && !defined(NEXTEST_POSIX_ONLY)
#define NEXTEST_ON_LINUX 1
#else
#define NEXTEST_ON_LINUX 0
#endif
#if (defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)) && !defined(NEXTEST_POSIX_ONLY)
#define NEXTEST_ON_BSD 1
#else
#define NEXTEST_ON_BSD 0
#endif
#if defined(__APPLE__) && !defined(NEXTEST_POSIX_ONLY)
#define NEXTEST_ON_MACOS 1
#else
#define NEXTEST_ON_MACOS 0
#endif

// vfork: removed from POSIX in 2008; the child borrows the parent's memory until exec. Else fork, and a pipe that
// brings the errno of an exec that failed.
#define NEXTEST_HAS_VFORK (NEXTEST_ON_LINUX || NEXTEST_ON_BSD)
// pipe2: a pipe that is closed on exec from its first moment. Else pipe, and a flag set right after it.
#define NEXTEST_HAS_PIPE2 (NEXTEST_ON_LINUX || NEXTEST_ON_BSD)
// prctl, and /proc: orphans of a test come to us, so a leak that left its group is seen; tests die with the runner.
// Else neither.
#define NEXTEST_HAS_PRCTL NEXTEST_ON_LINUX
// sched_getaffinity: the processors that we may use. Else all that are online.
#define NEXTEST_HAS_AFFINITY NEXTEST_ON_LINUX
// sysconf(_SC_NPROCESSORS_ONLN): how many processors are online (in POSIX since 2024). Else one, unless an option says
// more.
#define NEXTEST_HAS_CPU_COUNT (NEXTEST_ON_LINUX || NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
// flock: unlike fcntl's locks, it does not end when the file is closed elsewhere in the program. Else fcntl's locks.
#define NEXTEST_HAS_FLOCK (NEXTEST_ON_LINUX || NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
// WCOREDUMP: whether a process left a core file (in POSIX since 2024). Else nothing is said of it.
#define NEXTEST_HAS_WCOREDUMP (NEXTEST_ON_LINUX || NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
// TIOCGWINSZ and SIGWINCH: the size of a terminal's window, and when it changes (in POSIX since 2024, with
// tcgetwinsize). Else the variables COLUMNS and LINES.
#define NEXTEST_HAS_WINDOW_SIZE (NEXTEST_ON_LINUX || NEXTEST_ON_BSD || NEXTEST_ON_MACOS)
// SIGINFO: Ctrl-T in a terminal asks what is going on. Else SIGUSR1 alone does.
#define NEXTEST_HAS_SIGINFO (NEXTEST_ON_BSD || NEXTEST_ON_MACOS)

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <initializer_list>
#include <iterator>
#include <limits.h>
#include <list>
#include <memory>
#include <new>
#include <optional>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <variant>

// ---- core/base/exit_code.hpp ----

// The exit codes of the program: upstream's, so that scripts written for cargo-nextest keep working.

namespace nextest {

enum class ExitCode : int {
  Success = 0,
  NoTestsRun = 4,
  RerunTestsOutstanding = 5,
  RecommendedVersionNotMet = 10,
  RequiredVersionNotMet = 92,
  InvalidFilterset = 94,
  ExperimentalFeatureNotEnabled = 95,
  SetupError = 96,
  TestRunFailed = 100,
  TestListFailed = 104,
  SetupScriptFailed = 105,
  ReplayIncomplete = 106,
  WriteOutputFailed = 110,
};

}  // namespace nextest

// ---- core/base/fd.hpp ----

// File descriptors: owned, closed on exec, and read or written without losing a byte to EINTR.

namespace nextest {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~Fd() { close(); }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read_end;
  Fd write_end;
};

// A pipe that no child inherits by accident. Returns 0 or errno.
[[nodiscard]] inline int open_pipe(Pipe& pipe) {
  int ends[2];
#if NEXTEST_HAS_PIPE2
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
  pipe = {Fd(ends[0]), Fd(ends[1])};
#else
  if (::pipe(ends) != 0) return errno;
  pipe = {Fd(ends[0]), Fd(ends[1])};
  for (const int end : ends) {
    if (fcntl(end, F_SETFD, FD_CLOEXEC) != 0) return errno;
  }
#endif
  return 0;
}

// POSIX has two names for it, which may be one number.
inline bool would_block(int error) {
#if EAGAIN == EWOULDBLOCK
  return error == EAGAIN;
#else
  return error == EAGAIN || error == EWOULDBLOCK;
#endif
}

inline bool set_nonblocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

// Like read(2), again after EINTR.
[[nodiscard]] inline ssize_t read_some(int fd, char* buffer, std::size_t size) {
  ssize_t count;
  do count = ::read(fd, buffer, size);
  while (count < 0 && errno == EINTR);
  return count;
}

inline void wait_until_writable(int fd) {
  pollfd wait{fd, POLLOUT, 0};
  ::poll(&wait, 1, -1);
}

// Writes all of `text`, waiting where the other side is slow. Returns 0 or errno.
[[nodiscard]] inline int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (would_block(errno)) {
      // Somebody else made our terminal non-blocking; it is theirs as much as ours, so wait instead of changing it.
      wait_until_writable(fd);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace nextest

// ---- core/base/result.hpp ----

// Errors as values. Nothing that can fail returns a bare value.

namespace nextest {

// A failure a person has to read: what happened and where, and (optionally) what to do about it.
struct Error {
  ExitCode code = ExitCode::SetupError;
  std::string message;
  std::string hint;
};

// A fault in this program: it would have gone on with a value that it does not have.
[[noreturn]] inline void stop_without_value(const Error& error) {
  const std::string what = error.message.substr(0, error.message.find('\n'));
  static_cast<void>(write_all(2, "error: this program went on after an error: " + what + "\n"));
  ::abort();
}

// Holds a T or an Error. error() may only be called on one; value() of one stops the program, in every build.
template <class T>
class [[nodiscard]] Result {
 public:
  // Not by value: before its version 13, clang would copy what a function returns by name.
  Result(T&& value) : value_(std::move(value)) {}
  Result(const T& value) : value_(value) {}
  Result(Error&& error) : error_(keep(std::move(error))) {}
  Result(const Error& error) : error_(keep(Error(error))) {}

  explicit operator bool() const { return error_ == nullptr; }
  T& value() {
    if (error_ != nullptr) stop_without_value(*error_);
    return value_;
  }
  const T& value() const { return const_cast<Result*>(this)->value(); }
  Error& error() { return *error_; }
  const Error& error() const { return *error_; }

 private:
  static Error* keep(Error&& error) { return new Error(std::move(error)); }

  T value_{};                     // empty beside an error
  std::unique_ptr<Error> error_;  // most results have none, so it is kept elsewhere
};

struct Nothing {};
using Status = Result<Nothing>;
inline Status success() { return Nothing{}; }

}  // namespace nextest

// ---- core/base/out_of_memory.hpp ----

// The end of a program that gets no more memory: one error, and nothing left behind. Nothing here asks for memory.

namespace nextest {

// Something to be put in order before the program may end at any moment. It counts as long as it lives; make it the
// last member, so that it finds all others whole.
class LastDuty {
 public:
  // `put_in_order` is given `owner`; it may be in the midst of anything that asks for memory, and must not.
  LastDuty(void (*put_in_order)(void* owner), void* owner)
      : put_in_order_(put_in_order), owner_(owner), before_(newest_) {
    newest_ = this;
  }
  LastDuty(const LastDuty&) = delete;
  LastDuty& operator=(const LastDuty&) = delete;
  ~LastDuty() {
    LastDuty** link = &newest_;
    while (*link != this) link = &(*link)->before_;
    *link = before_;
  }

  // All of them, the newest first, each once.
  static void do_all() {
    while (newest_ != nullptr) {
      const LastDuty& duty = *newest_;
      newest_ = duty.before_;
      duty.put_in_order_(duty.owner_);
    }
  }

 private:
  static inline LastDuty* newest_ = nullptr;

  void (*const put_in_order_)(void* owner);
  void* const owner_;
  LastDuty* before_;
};

// Called wherever there is no memory, by operator new as well (std::set_new_handler).
[[noreturn]] inline void out_of_memory() {
  LastDuty::do_all();
  static_cast<void>(write_all(2,
                              "error: out of memory\n"
                              "  hint: fewer tests at a time (-j 1), and tests that print less, need less of it; "
                              "'ulimit -v' shows a limit\n"));
  ::_exit(static_cast<int>(ExitCode::SetupError));
}

}  // namespace nextest

// ---- core/base/vector.hpp ----

// std::vector's interface, as much of it as we use, in less code: growing is one function for all types, and sizes are
// counted, not computed from pointers. The program became 26 KB smaller with it.

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
    for (std::size_t i = size() - 1; i > at; --i) std::swap(data()[i], data()[i - 1]);
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

// ---- core/base/text.hpp ----

// Text without locales or streams: formatting, splitting, numbers, shell words, near misses.

namespace nextest {

#if defined(__GNUC__)
#define NEXTEST_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#else
#define NEXTEST_PRINTF(format_index, first_argument)
#endif

// Appends printf-style text to `out`.
NEXTEST_PRINTF(2, 3) inline void append_format(std::string& out, const char* format, ...) {
  char small[256];
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(small, sizeof small, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  const std::size_t size = static_cast<std::size_t>(length);
  if (size < sizeof small) {
    out.append(small, size);
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + size + 1);
  va_start(arguments, format);
  std::vsnprintf(&out[before], size + 1, format, arguments);
  va_end(arguments);
  out.resize(before + size);
}

inline bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

inline bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// A literal is shorter to pass than a view of it.
inline bool starts_with(std::string_view text, const char* prefix) {
  return starts_with(text, std::string_view(prefix));
}
inline bool ends_with(std::string_view text, const char* suffix) { return ends_with(text, std::string_view(suffix)); }
inline bool contains(std::string_view text, const char* part) { return contains(text, std::string_view(part)); }
constexpr bool operator==(std::string_view a, const char* b) { return a == std::string_view(b); }
constexpr bool operator!=(std::string_view a, const char* b) { return a != std::string_view(b); }

// ASCII only: a locale must never change what a name matches.
inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline bool is_letter(char c) { return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// What of `rest` stands before the first separator, or all of it; `rest` moves past both.
constexpr std::string_view take_part(std::string_view& rest, char separator) {
  const std::string_view part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(part.size() < rest.size() ? part.size() + 1 : rest.size());
  return part;
}

// The digits that `rest` begins with, which it loses.
inline std::string_view take_digits(std::string_view& rest) {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) ++count;
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

// The next line of `rest` without its newline; `rest` moves past it. False when nothing is left.
inline bool next_line(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return false;
  line = take_part(rest, '\n');
  return true;
}

// Decimal digits only, no sign, no blanks; false when empty, malformed or above `limit`.
inline bool parse_number(std::string_view text, std::uint64_t& value, std::uint64_t limit = UINT64_MAX) {
  if (text.empty()) return false;
  std::uint64_t parsed = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    const std::uint64_t digit = static_cast<std::uint64_t>(c - '0');
    if (digit > limit || parsed > (limit - digit) / 10) return false;
    parsed = parsed * 10 + digit;
  }
  value = parsed;
  return true;
}

// The value of a hexadecimal digit; 16 when it is none.
inline unsigned hex_digit(char c) {
  const char lower = ascii_lower(c);
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 16;
}

// `text` as one word for a POSIX shell, quoted only where it must be.
inline std::string shell_quote(std::string_view text) {
  constexpr std::string_view plain = "%+,-./:=@_";
  bool needs_quotes = text.empty() || text[0] == '=';  // zsh: the path of a command
  for (const char c : text) {
    if (!is_digit(c) && !is_letter(c) && plain.find(c) == std::string_view::npos) needs_quotes = true;
  }
  if (!needs_quotes) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "'\\''";
    else quoted += c;
  }
  return quoted + "'";
}

inline std::string shell_join(const Vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += ' ';
    joined += shell_quote(word);
  }
  return joined;
}

// Splits as a POSIX shell splits a simple command (XCU 2.2): blanks, '...', "...", backslash. No expansions.
inline Result<Vector<std::string>> split_shell_words(std::string_view text) {
  Vector<std::string> words;
  std::string word;
  bool in_word = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'' || c == '"') {
      in_word = true;
      std::size_t end = i + 1;
      for (; end < text.size() && text[end] != c; ++end) {
        const bool escapes = c == '"' && text[end] == '\\' && end + 1 < text.size() &&
                             std::string_view("$`\"\\\n").find(text[end + 1]) != std::string_view::npos;
        if (escapes && text[++end] == '\n') continue;
        word += text[end];
      }
      if (end >= text.size()) return Error{ExitCode::SetupError, "a quote is not closed in: " + std::string(text), ""};
      i = end;
    } else if (c == '\\') {
      if (++i >= text.size()) return Error{ExitCode::SetupError, "a backslash ends: " + std::string(text), ""};
      if (text[i] == '\n') continue;
      word += text[i];
      in_word = true;
    } else if (is_space(c)) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

// Levenshtein distance: how many single-character edits turn one word into the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  Vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      std::size_t best = replaced < row[j] + 1 ? replaced : row[j] + 1;
      if (row[j + 1] + 1 < best) best = row[j + 1] + 1;
      row[j + 1] = best;
    }
  }
  return row[b.size()];
}

// The candidate nearest to `word`, or empty when none is within a third of its length and one edit.
inline std::string_view nearest(std::string_view word, const Vector<std::string_view>& candidates) {
  std::string_view best;
  std::size_t best_distance = word.size() / 3 + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance <= best_distance && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace nextest

// ---- core/base/duration.hpp ----

// Lengths of time in nanoseconds, and how they are written: `500ms`, `1.5s`, `2m`, `1h 30m`, `2days`.

namespace nextest {

// Signed, so that a deadline minus now may be negative. Holds 292 years.
struct Duration {
  std::int64_t ns = 0;

  static constexpr Duration milliseconds(std::int64_t n) { return {n * 1000000}; }
  static constexpr Duration seconds(std::int64_t n) { return {n * 1000000000}; }
  constexpr bool operator<(Duration other) const { return ns < other.ns; }
  constexpr bool operator<=(Duration other) const { return ns <= other.ns; }
  constexpr bool operator==(Duration other) const { return ns == other.ns; }
  constexpr Duration operator+(Duration other) const { return {ns + other.ns}; }
  constexpr Duration operator-(Duration other) const { return {ns - other.ns}; }
};

inline constexpr Duration forever{INT64_MAX};

// Upstream's "no limit": far beyond any run, far below overflow.
inline constexpr Duration thirty_years = Duration::seconds(30LL * 31557600);

inline constexpr struct {
  std::string_view names;  // blank-separated spellings
  std::int64_t ns;
} duration_units[] = {
    {"ns nsec nanos", 1},
    {"us usec micros", 1000},
    {"ms msec millis", 1000000},
    {"s sec secs second seconds", 1000000000},
    {"m min mins minute minutes", 60 * 1000000000LL},
    {"h hr hrs hour hours", 3600 * 1000000000LL},
    {"d day days", 86400 * 1000000000LL},
    {"w wk wks week weeks", 604800 * 1000000000LL},
    {"M month months", 2630016 * 1000000000LL},  // 30.44 days
    {"y yr yrs year years", 31557600 * 1000000000LL},
};

inline Result<Duration> parse_duration(std::string_view text) {
  const auto invalid = [&](const char* why) {
    return Error{ExitCode::SetupError, "not a duration: '" + std::string(text) + "' (" + why + ")",
                 "write a number and a unit, as in 500ms, 1.5s, 2m, 1h 30m"};
  };
  Duration total;
  std::string_view rest = trim(text);
  if (rest.empty()) return invalid("it is empty");
  while (!rest.empty()) {
    const std::string_view digits = take_digits(rest);
    std::uint64_t whole = 0;
    if (digits.empty()) return invalid("a number is missing");
    if (!parse_number(digits, whole, INT64_MAX)) return invalid("the number is too large");
    std::string_view fraction;
    if (starts_with(rest, ".")) {
      rest.remove_prefix(1);
      fraction = take_digits(rest);
      if (fraction.empty()) return invalid("digits are missing after the point");
    }
    rest = trim(rest);
    std::size_t letters = 0;
    while (letters < rest.size() && !is_digit(rest[letters]) && !is_space(rest[letters])) ++letters;
    const std::string_view unit_name = rest.substr(0, letters);
    std::int64_t unit = 0;
    for (const auto& row : duration_units) {
      for (std::string_view names = row.names; !names.empty();) {
        if (take_part(names, ' ') == unit_name) unit = row.ns;
      }
    }
    if (unit_name.empty()) return invalid("a unit is missing");
    if (unit == 0) return invalid("the unit is not known");
    if (whole > static_cast<std::uint64_t>(INT64_MAX / unit)) return invalid("it is too long");
    std::int64_t part = static_cast<std::int64_t>(whole) * unit;
    std::int64_t place = unit;
    for (const char c : fraction) {
      place /= 10;
      if (part > INT64_MAX - 9 * place) return invalid("it is too long");
      part += (c - '0') * place;
    }
    if (part > INT64_MAX - total.ns) return invalid("it is too long");
    total.ns += part;
    rest = trim(rest.substr(letters));
  }
  return total;
}

// Seconds with three decimals, at least `width` characters: `   0.021`.
inline void append_seconds(std::string& out, Duration duration, int width = 0) {
  const long long ms = (duration.ns + 500000) / 1000000;
  append_format(out, "%*lld.%03lld", width > 4 ? width - 4 : 0, ms / 1000, ms % 1000);
}

}  // namespace nextest

// ---- core/base/word_list.hpp ----

// Many words that are kept but seldom looked at, without a piece of memory for each: command lines of thousands.

namespace nextest {

// No word holds a NUL, as none of a command line does; one that does is cut there. Copies share their words until one
// of them gets another.
class WordList {
 public:
  bool empty() const { return text_ == nullptr || text_->empty(); }
  // Room for words of `size` bytes, each with its end.
  void reserve(std::size_t size) { own_text().reserve(size); }
  void add(std::string_view word) { own_text().append(word.substr(0, word.find('\0'))) += '\0'; }

  Vector<std::string> words() const {
    Vector<std::string> words;
    for (std::string_view word, rest = all(); next(rest, word);) words.emplace_back(word);
    return words;
  }

  // Takes the first word off `rest`; false when there is none.
  static bool next(std::string_view& rest, std::string_view& word) {
    if (rest.empty()) return false;
    word = take_part(rest, '\0');
    return true;
  }
  std::string_view all() const { return text_ == nullptr ? std::string_view() : *text_; }

 private:
  std::string& own_text() {
    if (text_ == nullptr) text_ = std::make_shared<std::string>();
    else if (text_.use_count() > 1) text_ = std::make_shared<std::string>(*text_);
    return *text_;
  }

  std::shared_ptr<std::string> text_;  // each word with a NUL behind it
};

}  // namespace nextest

// ---- core/base/switches.hpp ----

// What a build may leave out: macros for the compiler's command line, in the manner of SQLite's OMIT options
// (docs/embedding.md). What one of them takes along is decided here, and nowhere else is one of them looked at. What is
// left out is still compiled, but nothing calls it, and so nothing of it is in the program.

namespace nextest {

// The macro that leaves a feature out of this build; nullptr: the feature is there.
namespace left_out_by {

#if defined(NEXTEST_WITHOUT_JSON)
inline constexpr const char* json = "NEXTEST_WITHOUT_JSON";
#else
inline constexpr const char* json = nullptr;
#endif

// A record holds JSON.
#if defined(NEXTEST_WITHOUT_RECORDS)
inline constexpr const char* records = "NEXTEST_WITHOUT_RECORDS";
#else
inline constexpr const char* records = json;
#endif

#if defined(NEXTEST_WITHOUT_CONFIG)
inline constexpr const char* config = "NEXTEST_WITHOUT_CONFIG";
#else
inline constexpr const char* config = nullptr;
#endif

// Only configuration defines scripts.
#if defined(NEXTEST_WITHOUT_SCRIPTS)
inline constexpr const char* scripts = "NEXTEST_WITHOUT_SCRIPTS";
#else
inline constexpr const char* scripts = config;
#endif

#if defined(NEXTEST_WITHOUT_FILTERSETS)
inline constexpr const char* filtersets = "NEXTEST_WITHOUT_FILTERSETS";
#else
inline constexpr const char* filtersets = nullptr;
#endif

#if defined(NEXTEST_WITHOUT_JUNIT)
inline constexpr const char* junit = "NEXTEST_WITHOUT_JUNIT";
#else
inline constexpr const char* junit = nullptr;
#endif

#if defined(NEXTEST_WITHOUT_TERMINAL)
inline constexpr const char* terminal = "NEXTEST_WITHOUT_TERMINAL";
#else
inline constexpr const char* terminal = nullptr;
#endif

#if defined(NEXTEST_WITHOUT_MANUAL)
inline constexpr const char* manual = "NEXTEST_WITHOUT_MANUAL";
#else
inline constexpr const char* manual = nullptr;
#endif

#if defined(NEXTEST_WITHOUT_GITHUB)
inline constexpr const char* github = "NEXTEST_WITHOUT_GITHUB";
#else
inline constexpr const char* github = nullptr;
#endif

}  // namespace left_out_by

enum class Feature : std::uint8_t { Records, Config, Filtersets, Junit, Json, Terminal, Manual, Github, Scripts };

struct FeatureRow {
  const char* name;  // as messages call it
  const char* left_out_by;
};
// By Feature.
inline constexpr FeatureRow features[] = {
    {"records", left_out_by::records},
    {"configuration files", left_out_by::config},
    {"filtersets", left_out_by::filtersets},
    {"JUnit reports", left_out_by::junit},
    {"JSON", left_out_by::json},
    {"the bar, keys, debuggers and tracers", left_out_by::terminal},
    {"help topics and completions", left_out_by::manual},
    {"annotations and a summary for GitHub", left_out_by::github},
    {"scripts", left_out_by::scripts},
};

constexpr const FeatureRow& row_of(Feature feature) { return features[static_cast<std::size_t>(feature)]; }
constexpr bool built_in(Feature feature) { return row_of(feature).left_out_by == nullptr; }

// What tests say of themselves is in JUnit reports alone, and not in a build that is to be small.
inline constexpr bool has_test_properties = built_in(Feature::Junit) && built_in(Feature::Config);

constexpr bool has_all_features() {
  for (const FeatureRow& row : features) {
    if (row.left_out_by != nullptr) return false;
  }
  return true;
}
inline constexpr bool is_whole_build = has_all_features();  // harnesses apart

// Whether that is there which would be left out with the feature of that row.
constexpr bool is_there(const FeatureRow* row) { return is_whole_build || row == nullptr; }

inline Error left_out(const char* what, const char* by) {
  return Error{ExitCode::ExperimentalFeatureNotEnabled,
               std::string("this program was built without ") + what + " (" + by + ")", ""};
}
inline Error left_out(const FeatureRow& row) { return left_out(row.name, row.left_out_by); }
inline Error left_out(Feature feature) { return left_out(row_of(feature)); }

// --- harnesses: a list of those to keep, as in -DNEXTEST_HARNESSES=googletest,doctest ---

// A program without tests inside needs no harness, and is always run.
#if defined(NEXTEST_HARNESSES)
#define NEXTEST_WORDS_OF(...) #__VA_ARGS__
#define NEXTEST_WORDS(...) NEXTEST_WORDS_OF(__VA_ARGS__)
inline constexpr std::string_view kept_harnesses = NEXTEST_WORDS(NEXTEST_HARNESSES);
inline constexpr bool keeps_all_harnesses = false;
#else
inline constexpr std::string_view kept_harnesses = "";
inline constexpr bool keeps_all_harnesses = true;
#endif

constexpr bool is_harness_kept(std::string_view name) {
  if (keeps_all_harnesses || name == "plain") return true;
  std::string_view rest = kept_harnesses;
  while (!rest.empty()) {
    if (trim(take_part(rest, ',')) == name) return true;
  }
  return false;
}

inline constexpr char harnesses_macro[] = "NEXTEST_HARNESSES";
inline Error harness_left_out(const char* name) { return left_out(name, harnesses_macro); }

}  // namespace nextest

// ---- core/base/version.hpp ----

// Versions: this program's, and which of two is the older one.

namespace nextest {

inline constexpr const char version[] = "0.1.0";

// The version of cargo-nextest whose configuration and filtersets are understood: what a nextest-version asks for, and
// what tests that ask which nextest runs them are told.
inline constexpr const char compatible_version[] = "0.9.143";

// By number and number and number (Semantic Versioning 2.0.0, 11); what follows a '-' does not count.
inline bool version_is_below(std::string_view ours, std::string_view wanted) {
  while (!ours.empty() && !wanted.empty()) {
    const auto take_number = [](std::string_view& rest) {
      std::uint64_t number = 0;
      const bool is_number = parse_number(take_digits(rest), number);
      rest.remove_prefix(rest.empty() ? 0 : 1);
      return is_number ? number : UINT64_MAX;
    };
    const std::uint64_t left = take_number(ours), right = take_number(wanted);
    if (left != right) return left < right;
  }
  return false;
}

}  // namespace nextest

// ---- core/base/utf8.hpp ----

// UTF-8 as RFC 3629 defines it: strict when reading, so that nothing malformed reaches a report.

namespace nextest {

constexpr char32_t replacement_character = 0xFFFD;

// RFC 3629, section 3: what UTF-8 may encode.
constexpr bool is_scalar_value(char32_t code) { return code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF); }

struct DecodedCharacter {
  char32_t code;
  unsigned length;  // in bytes
  bool valid;       // false: `code` is U+FFFD, which is what to show instead of the byte at hand
};

// The first character of `text`. A malformed sequence costs one byte, whatever follows is looked at afresh.
// Empty text gives length 0 and valid false.
inline DecodedCharacter decode_utf8(std::string_view text) {
  if (text.empty()) return {replacement_character, 0, false};
  constexpr DecodedCharacter malformed = {replacement_character, 1, false};
  const unsigned char lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, true};
  const unsigned length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC0 || lead > 0xF7 || text.size() < length) return malformed;

  char32_t code = lead & (0x7Fu >> length);
  for (unsigned i = 1; i < length; ++i) {
    const unsigned char next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return malformed;
    code = code << 6 | (next & 0x3Fu);
  }
  // Nor may it be in a longer form than it needs.
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[length] || !is_scalar_value(code)) return malformed;
  return {code, length, true};
}

inline bool is_utf8(std::string_view text) {
  while (true) {
    std::size_t ascii = 0;
    while (ascii < text.size() && static_cast<signed char>(text[ascii]) > 0) ++ascii;
    text.remove_prefix(ascii);
    if (text.empty()) return true;
    const DecodedCharacter character = decode_utf8(text);
    if (!character.valid) return false;
    text.remove_prefix(character.length);
  }
}

// Appends one character. What is not a Unicode scalar value is written as U+FFFD.
inline void append_utf8(std::string& out, char32_t code) {
  if (!is_scalar_value(code)) code = replacement_character;
  const unsigned extra = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr unsigned lead_marks[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(lead_marks[extra] | code >> (6 * extra));
  for (unsigned i = extra; i-- > 0;) out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

}  // namespace nextest

// ---- core/base/escape.hpp ----

// Names and outputs as they may be shown: no byte of a test ever steers the terminal.

namespace nextest {

// The size of the SGR (colour) sequence that `text` starts with: ESC [ digits and ; m. 0 when it does not.
inline std::size_t colour_sequence_size(std::string_view text) {
  if (!starts_with(text, "\x1B[")) return 0;
  for (std::size_t i = 2; i < text.size() && i < 64; ++i) {
    if (text[i] == 'm') return i + 1;
    if (!is_digit(text[i]) && text[i] != ';' && text[i] != ':') return 0;
  }
  return 0;
}

// `text` without its colours.
inline std::string without_colours(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::size_t escape = text.find('\x1B');
    plain.append(text.substr(0, escape));
    if (escape == std::string_view::npos) break;
    text.remove_prefix(escape);
    const std::size_t colour = colour_sequence_size(text);
    if (colour == 0) plain += text.front();
    text.remove_prefix(colour > 0 ? colour : 1);
  }
  return plain;
}

// The first character of `text`, safe to show, and how many bytes of `text` it took. C0 and C1 controls, DEL, the
// bidirectional overrides and what is not UTF-8 come as \n, \xHH or \u{HHHH}.
inline std::size_t append_safe_character(std::string& out, std::string_view text) {
  const DecodedCharacter c = decode_utf8(text);
  const bool overrides_direction = (c.code >= 0x202A && c.code <= 0x202E) || (c.code >= 0x2066 && c.code <= 0x2069);
  const bool line_separator = c.code == 0x2028 || c.code == 0x2029;
  if (!c.valid) {
    append_format(out, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(text[0])));
  } else if (c.code == '\n') {
    out += "\\n";
  } else if (c.code == '\r') {
    out += "\\r";
  } else if (c.code == '\t') {
    out += "\\t";
  } else if (c.code < 0x20 || c.code == 0x7F) {
    append_format(out, "\\x%02X", static_cast<unsigned>(c.code));
  } else if ((c.code >= 0x80 && c.code < 0xA0) || overrides_direction || line_separator) {
    append_format(out, "\\u{%X}", static_cast<unsigned>(c.code));
  } else {
    out.append(text.substr(0, c.length));
  }
  return c.length;
}

inline void append_safe_name(std::string& out, std::string_view name) {
  while (!name.empty()) name.remove_prefix(append_safe_character(out, name));
}

inline std::string safe_name(std::string_view name) {
  std::string out;
  append_safe_name(out, name);
  return out;
}

// Output, each line after `indent`, the last one ended by a newline too. Tabs and newlines stay as they are, the \r of
// a \r\n is dropped; colour sequences stay where `keep_colours`, and are dropped where not. `on_growth` is called now
// and then, and may empty `out`.
template <class OnGrowth>
void append_safe_output(std::string& out, std::string_view text, std::string_view indent, bool keep_colours,
                        OnGrowth&& on_growth) {
  bool line_start = true;
  bool coloured = false;
  while (!text.empty()) {
    on_growth();
    // Colours alone make no line: what follows them decides.
    std::size_t colours = 0;
    while (const std::size_t sequence = colour_sequence_size(text.substr(colours))) colours += sequence;
    const std::string_view next = text.substr(colours);
    const std::size_t newline = starts_with(next, "\n") ? 1 : starts_with(next, "\r\n") ? 2 : 0;
    if (line_start && newline == 0 && !next.empty()) {
      out.append(indent);
      line_start = false;
    }
    if (colours > 0 && keep_colours) {
      out.append(text.substr(0, colours));
      coloured = true;
    }
    text = next;
    if (newline > 0) {
      out += '\n';
      line_start = true;
      text.remove_prefix(newline);
      continue;
    }
    if (text.empty()) break;
    const char c = text.front();
    if (c >= 0x20 && c < 0x7F) {  // by far the most: copied a run at a time
      std::size_t run = 1;
      while (run < text.size() && text[run] >= 0x20 && text[run] < 0x7F) ++run;
      out.append(text.substr(0, run));
      text.remove_prefix(run);
    } else if (c == '\t') {
      out += '\t';
      text.remove_prefix(1);
    } else {
      text.remove_prefix(append_safe_character(out, text));
    }
  }
  if (coloured) out += "\x1B[0m";
  if (!line_start) out += '\n';
}

inline void append_safe_output(std::string& out, std::string_view text, std::string_view indent, bool keep_colours) {
  append_safe_output(out, text, indent, keep_colours, [] {});
}

}  // namespace nextest

// ---- core/base/function_ref.hpp ----

// A function or lambda as an argument: two words, no copy, no allocation. Valid only while what it refers to is.

namespace nextest {

template <class Signature>
class FunctionRef;

template <class R, class... Arguments>
class FunctionRef<R(Arguments...)> {
 public:
  template <class Callable, class = std::enable_if_t<!std::is_same_v<std::decay_t<Callable>, FunctionRef>>>
  FunctionRef(Callable&& callable)
      : object_(const_cast<void*>(static_cast<const void*>(&callable))),
        call_([](void* object, Arguments... arguments) -> R {
          return (*static_cast<std::remove_reference_t<Callable>*>(object))(std::forward<Arguments>(arguments)...);
        }) {}

  R operator()(Arguments... arguments) const { return call_(object_, std::forward<Arguments>(arguments)...); }

 private:
  void* object_;
  R (*call_)(void*, Arguments...);
};

}  // namespace nextest

// ---- core/base/folder.hpp ----

// What is in a folder.

namespace nextest {

// Calls `take` with each name in the folder, "." and ".." among them. Returns 0 or errno: a folder whose rest cannot be
// read is no shorter folder. `folder` is what opendir or fdopendir returned.
[[nodiscard]] inline int each_name_in(DIR* folder, FunctionRef<void(const char*)> take) {
  if (folder == nullptr && errno == ENOMEM) out_of_memory();
  if (folder == nullptr) return errno;
  while (true) {
    errno = 0;  // set by readdir when it fails, and not at its end
    const dirent* const entry = ::readdir(folder);
    if (entry == nullptr) break;
    take(entry->d_name);
  }
  const int error = errno;
  ::closedir(folder);
  return error;
}

[[nodiscard]] inline int each_name(const char* path, FunctionRef<void(const char*)> take) {
  return each_name_in(::opendir(path), take);
}

// The same of an open folder, which stays open.
[[nodiscard]] inline int each_name_of(int fd, FunctionRef<void(const char*)> take) {
  const int own = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return own < 0 ? errno : each_name_in(::fdopendir(own), take);
}

}  // namespace nextest

// ---- core/base/sorted_order.hpp ----

// Sorting by numbers. One function for all sorts of the program: each use of std::sort is another kilobyte of it.

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

// ---- core/base/file.hpp ----

// Files and paths.

namespace nextest {

// Where these are short, a file on a large disk cannot be looked at, and no time is later than January 2038. A libc
// that has no other is taken as it is: glibc before 2.34 has no longer time_t.
static_assert(sizeof(off_t) >= 8 && sizeof(ino_t) >= 8,
              "include nextest.hpp before all other headers, or compile with -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64");
#if defined(__GLIBC__)
static_assert(sizeof(time_t) >= 8 || __GLIBC__ * 100 + __GLIBC_MINOR__ < 234,
              "include nextest.hpp before all other headers, or compile with -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64");
#endif

inline std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The folder part without its trailing slash: "/" for "/a", "." for "a".
inline std::string_view parent_folder(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return path.substr(0, slash == 0 ? 1 : slash);
}

// Where relative paths begin; "." where that has no name, as of a folder that is gone.
inline std::string current_folder() {
  char folder[4096];
  return ::getcwd(folder, sizeof folder) != nullptr ? folder : ".";
}

inline std::string absolute_path(const std::string& path) {
  const std::string folder = current_folder();
  return starts_with(path, "/") || folder == "." ? path : folder + "/" + path;
}

inline bool is_executable_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// A folder with its parents, as far as they are not there. Returns 0 or errno.
inline int make_folders(const std::string& path, mode_t mode) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    struct stat info {};
    if (::mkdir(folder.c_str(), mode) != 0) {
      const int error = errno;
      if (::stat(folder.c_str(), &info) != 0) return error;
      if (!S_ISDIR(info.st_mode)) return ENOTDIR;
    }
    if (slash == std::string::npos) return 0;
  }
}

// The names in a folder, sorted by bytes, without those that start with a dot.
inline Result<Vector<std::string>> list_folder(const std::string& path) {
  Vector<std::string> names;
  const int error = each_name(path.c_str(), [&](const char* name) {
    if (name[0] != '.') names.push_back(name);
  });
  if (error != 0) {
    return Error{ExitCode::SetupError, "cannot read the folder " + path + ": " + ::strerror(error), ""};
  }
  Vector<std::string> sorted;
  for (const std::uint32_t i : sorted_order(names.size(), [&](auto a, auto b) { return names[a] < names[b]; })) {
    sorted.push_back(std::move(names[i]));
  }
  return sorted;
}

// All of a file or pipe; 0 or errno, EFBIG when there is more than `limit`. A pipe that stays silent for ten seconds is
// ETIMEDOUT, one that nobody writes to is empty.
[[nodiscard]] inline int read_file(const std::string& path, std::size_t limit, std::string& text) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return errno;
  text.clear();
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + 65536);
    const ssize_t size = read_some(file.get(), &text[before], 65536);
    text.resize(before + (size > 0 ? static_cast<std::size_t>(size) : 0));
    if (size == 0) return 0;
    if (size < 0 && errno != EAGAIN) return errno;
    pollfd wait = {file.get(), POLLIN, 0};
    if (size < 0 && ::poll(&wait, 1, 10000) == 0) return ETIMEDOUT;
    if (text.size() > limit) return EFBIG;
  }
}

// All of a file of /proc or /sys; empty when it cannot be read.
inline std::string read_system_file(const std::string& path) {
  std::string text;
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[4096];
  for (ssize_t size; file && (size = read_some(file.get(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

// Where the shell would find `program`: as it stands if it holds a slash, else in PATH. Empty when nowhere.
inline std::string find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* const path = ::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (true) {
    const std::size_t colon = folders.find(':');
    const std::string_view folder = folders.substr(0, colon);
    std::string candidate = folder.empty() ? program : std::string(folder) + "/" + program;
    if (is_executable_file(candidate)) return candidate;
    if (colon == std::string_view::npos) return "";
    folders.remove_prefix(colon + 1);
  }
}

}  // namespace nextest

// ---- core/base/hash.hpp ----

// XXH64, as its specification gives it (xxHash fast digest algorithm, version 0.1.1). Partition buckets depend on it.

namespace nextest {

class Xxh64 {
 public:
  static std::uint64_t hash(std::string_view data, std::uint64_t seed = 0) {
    const std::size_t size = data.size();
    std::uint64_t h = seed + p5;
    if (size >= 32) {
      std::uint64_t lanes[4] = {seed + p1 + p2, seed + p2, seed, seed - p1};
      for (; data.size() >= 32; data.remove_prefix(32)) {
        for (std::size_t i = 0; i < 4; ++i) lanes[i] = round(lanes[i], read(data.substr(8 * i), 8));
      }
      h = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
      for (const std::uint64_t lane : lanes) h = (h ^ round(0, lane)) * p1 + p4;
    }
    h += size;
    for (; data.size() >= 8; data.remove_prefix(8)) h = rotate(h ^ round(0, read(data, 8)), 27) * p1 + p4;
    if (data.size() >= 4) {
      h = rotate(h ^ (read(data, 4) * p1), 23) * p2 + p3;
      data.remove_prefix(4);
    }
    for (; !data.empty(); data.remove_prefix(1)) h = rotate(h ^ (read(data, 1) * p5), 11) * p1;
    h = (h ^ (h >> 33)) * p2;
    h = (h ^ (h >> 29)) * p3;
    return h ^ (h >> 32);
  }

 private:
  static constexpr std::uint64_t p1 = 0x9E3779B185EBCA87, p2 = 0xC2B2AE3D27D4EB4F, p3 = 0x165667B19E3779F9,
                                 p4 = 0x85EBCA77C2B2AE63, p5 = 0x27D4EB2F165667C5;

  static std::uint64_t rotate(std::uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }
  static std::uint64_t round(std::uint64_t lane, std::uint64_t input) { return rotate(lane + input * p2, 31) * p1; }

  // Little-endian, whatever the machine.
  static std::uint64_t read(std::string_view data, std::size_t bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(data[i]);
    return value;
  }
};

}  // namespace nextest

// ---- core/base/text_cursor.hpp ----

// A text that is read from left to right, and how far it has been read.

namespace nextest {

class TextCursor {
 protected:
  explicit TextCursor(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }
  bool next_is(char c) const { return !done() && text_[at_] == c; }
  bool next_is(const char* part) const { return starts_with(text_.substr(at_), part); }
  bool next_is_digit() const { return !done() && is_digit(text_[at_]); }

  bool take(const char* part) { return take(std::string_view(part)); }
  bool take(std::string_view part) {
    if (!starts_with(text_.substr(at_), part)) return false;
    at_ += part.size();
    return true;
  }
  char32_t take_character() {
    const DecodedCharacter character = decode_utf8(text_.substr(at_));
    at_ += character.length;
    return character.code;
  }
  template <class Fits>
  std::string_view take_while(Fits&& fits) {
    const std::size_t start = at_;
    while (!done() && fits(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  // False when none of these characters is next.
  bool take_all_of(std::string_view set) {
    const std::size_t start = at_;
    at_ = std::min(text_.find_first_not_of(set, at_), text_.size());
    return at_ > start;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace nextest

// ---- core/format/toml_source.hpp ----

// A TOML document with the name it goes by, and errors that point into it.

namespace nextest {

// Byte offsets into the document.
struct TomlSpan {
  std::uint32_t begin = 0, end = 0;
};

// A document and the name it goes by in errors.
struct TomlSource {
  std::string name;
  std::string text;

  // From 1.
  std::uint32_t line_of(std::uint32_t offset) const {
    const std::string_view before = std::string_view(text).substr(0, offset);
    return static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
  }

  // "NAME:LINE:COLUMN: message", the line, and carets under the span as far as it lies on that line. Columns are
  // characters, from 1. Of a long line the part around the span is shown.
  Error error_at(TomlSpan span, std::string message, std::string hint = "") const {
    constexpr std::size_t longest = 100, kept_before = 40;
    const std::string_view whole = text;
    std::size_t begin = std::min<std::size_t>(span.begin, whole.size());
    std::size_t line_begin = begin == 0 ? 0 : whole.rfind('\n', begin - 1) + 1;  // no newline: npos + 1 is 0
    if (line_begin == 0 && starts_with(whole, byte_order_mark)) line_begin = byte_order_mark.size();
    std::size_t line_end = std::min(whole.find('\n', begin), whole.size());
    if (line_end > line_begin && whole[line_end - 1] == '\r' && line_end < whole.size()) --line_end;
    begin = std::min(begin, line_end);

    std::size_t column = 1;
    for (std::size_t at = line_begin; at < begin; ++column) at += decode_utf8(whole.substr(at)).length;

    const std::size_t first = column > longest - kept_before ? column - kept_before : 1;
    std::string shown = first > 1 ? "..." : "";
    std::string marks(shown.size(), ' ');
    bool is_marked = false;
    std::size_t at = line_begin;
    for (std::size_t i = 1; at < line_end && i < first + longest; ++i) {
      const std::size_t size_before = shown.size();
      const std::string_view rest = whole.substr(at, line_end - at);
      const bool is_tab = rest[0] == '\t';
      const std::size_t length = is_tab ? 1 : append_safe_character(shown, rest);
      const bool marked = at >= begin && (at < span.end || !is_marked);
      if (i < first) {
        shown.resize(size_before);
      } else if (is_tab) {  // kept, so that what follows stands where the line has it
        shown += '\t';
        marks += marked ? '^' : '\t';
      } else {
        const bool is_escaped = rest.substr(0, length) != std::string_view(shown).substr(size_before);
        marks.append(is_escaped ? shown.size() - size_before : 1, marked ? '^' : ' ');
      }
      is_marked = is_marked || marked;
      at += length;
    }
    if (at < line_end) shown += "...";
    if (is_marked) marks.resize(marks.find_last_of('^') + 1);
    else marks += '^';

    const unsigned line = line_of(static_cast<std::uint32_t>(begin));
    std::string number;
    append_format(number, "%5u", line);
    Error error{ExitCode::SetupError, safe_name(name), std::move(hint)};
    append_format(error.message, ":%u:%zu: ", line, column);
    error.message += message + "\n" + number + " | " + shown + "\n";
    error.message.append(number.size(), ' ');
    error.message += " | " + marks;
    return error;
  }

  static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
};

}  // namespace nextest

// ---- core/format/toml_value.hpp ----

// The tree that a TOML document becomes, and those of its values that are one word (TOML 1.0.0, sections "Integer" to
// "Local Time"). Floats go through strtod: the program never calls setlocale, so their decimal point is always '.'.

namespace nextest {

enum class TomlKind : std::uint8_t { String, Integer, Float, Boolean, Date, Array, Table };
enum class TomlDate : std::uint8_t { OffsetDateTime, LocalDateTime, LocalDate, LocalTime };

struct TomlMember;

struct TomlValue {
  TomlKind kind = TomlKind::Table;
  TomlDate date = TomlDate::OffsetDateTime;  // Date: which of the four
  bool boolean = false;
  TomlSpan span;  // as written; of a table: its header, its braces, or the part of a dotted key that made it
  std::int64_t integer = 0;
  double real = 0;
  std::string text;            // String: its characters. Date: as written
  Vector<TomlValue> items;     // Array
  Vector<TomlMember> members;  // Table, in the order of the document; each key once

  // The value of that key; null when there is none or this is no table.
  const TomlValue* find(std::string_view key) const;
  const TomlValue* find(const char* key) const { return find(std::string_view(key)); }
};

struct TomlMember {
  std::string key;
  TomlSpan key_span;
  TomlValue value;
};

inline const TomlValue* TomlValue::find(std::string_view key) const {
  for (const TomlMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

inline const char* toml_kind_name(const TomlValue& value) {
  constexpr const char* names[] = {"a string", "an integer", "a float", "a boolean", "a date", "an array", "a table"};
  return names[static_cast<std::size_t>(value.kind)];
}

// What is wrong with a value and what it should be like; no message when nothing is.
struct TomlProblem {
  const char* message = nullptr;
  const char* hint = "";
};

// The values that are one word: booleans, numbers, dates and times.
class TomlWord {
 public:
  static TomlProblem read(TomlValue& value, std::string_view word) {
    if (word == "true" || word == "false") {
      value.kind = TomlKind::Boolean;
      value.boolean = word == "true";
      return {};
    }
    const std::size_t digits = std::min(word.find_first_not_of(decimal), word.size());
    const std::string_view after = word.substr(digits, 1);
    const bool is_date = (digits == 4 && after == "-") || (digits == 2 && after == ":");
    if (!is_date) return read_number(value, word);
    if (read_date(value, word)) return {};
    return {"there is no such date or time",
            "they look like 1979-05-27, 07:32:00, 1979-05-27T07:32:00 and 1979-05-27T07:32:00Z"};
  }

 private:
  static constexpr std::string_view decimal = "0123456789";
  static constexpr TomlProblem no_value = {"expected a value", "a string stands in quotes"};
  static constexpr TomlProblem no_number = {"this is no number", no_value.hint};

  static TomlProblem read_number(TomlValue& value, std::string_view word) {
    const bool is_negative = starts_with(word, "-");
    const bool has_sign = is_negative || starts_with(word, "+");
    if (has_sign) word.remove_prefix(1);
    if (word == "inf" || word == "nan") {
      value.kind = TomlKind::Float;
      value.real = word == "nan" ? std::nan("") : is_negative ? -HUGE_VAL : HUGE_VAL;
      return {};
    }
    unsigned base = 10;
    if (!has_sign && starts_with(word, "0x")) base = 16;
    if (!has_sign && starts_with(word, "0o")) base = 8;
    if (!has_sign && starts_with(word, "0b")) base = 2;
    if (base != 10) word.remove_prefix(2);

    std::string plain;
    if (!take_digits(word, base, plain)) return plain.empty() ? no_value : no_number;
    if (base == 10 && plain.size() > 1 && plain[0] == '0') return {"a number has no leading zeros"};
    if (word.empty()) {
      const std::uint64_t limit = static_cast<std::uint64_t>(INT64_MAX) + (is_negative ? 1 : 0);
      std::uint64_t total = 0;
      for (const char c : plain) {
        if (total > (limit - hex_digit(c)) / base) return {"an integer must fit in 64 bits, with its sign"};
        total = total * base + hex_digit(c);
      }
      value.kind = TomlKind::Integer;
      value.integer = static_cast<std::int64_t>(is_negative ? 0 - total : total);
      return {};
    }
    if (base != 10) return no_number;
    if (word[0] == '.') {
      plain += '.';
      word.remove_prefix(1);
      if (!take_digits(word, base, plain)) return {"a float has a digit on both sides of its point"};
    }
    if (!word.empty() && ascii_lower(word[0]) == 'e') {
      plain += 'e';
      word.remove_prefix(1);
      if (starts_with(word, "-") || starts_with(word, "+")) {
        plain += word[0];
        word.remove_prefix(1);
      }
      if (!take_digits(word, base, plain)) return no_number;
    }
    if (!word.empty()) return no_number;
    value.kind = TomlKind::Float;
    value.real = std::strtod(plain.c_str(), nullptr);
    if (is_negative) value.real = -value.real;
    return std::isinf(value.real) ? TomlProblem{"this number is too large for a float"} : TomlProblem{};
  }

  // Digits with single underscores between them, taken from `word` and appended without those.
  static bool take_digits(std::string_view& word, unsigned base, std::string& out) {
    for (std::size_t i = 0;; ++i) {
      const bool is_separator = i > 0 && i + 1 < word.size() && word[i] == '_' && word[i - 1] != '_';
      if (i < word.size() && hex_digit(word[i]) < base) {
        out += word[i];
      } else if (!is_separator) {
        const bool ends_well = i > 0 && word[i - 1] != '_';
        word.remove_prefix(i);
        return ends_well;
      }
    }
  }

  // RFC 3339, section 5.6, with what TOML leaves out of it: the offset, the date, the time.
  static bool read_date(TomlValue& value, std::string_view word) {
    value.kind = TomlKind::Date;
    value.text = word;
    const bool has_date = word[2] != ':';
    unsigned year = 0, month = 0, day = 0, ignored = 0;
    if (has_date) {
      value.date = TomlDate::LocalDate;
      if (!take_field(word, 4, 9999, year, '-') || !take_field(word, 2, 12, month, '-') ||
          !take_field(word, 2, 31, day, '\0')) {
        return false;
      }
      const bool is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
      const unsigned days = month == 2 ? (is_leap_year ? 29 : 28) : 30 + (month + month / 8) % 2;
      if (month == 0 || day == 0 || day > days) return false;
      if (word.empty()) return true;
      if (word[0] != ' ' && ascii_lower(word[0]) != 't') return false;
      word.remove_prefix(1);
    }
    value.date = has_date ? TomlDate::LocalDateTime : TomlDate::LocalTime;
    // Section 5.7: 60 is a leap second; when there will be one is not known in advance.
    if (!take_field(word, 2, 23, ignored, ':') || !take_field(word, 2, 59, ignored, ':') ||
        !take_field(word, 2, 60, ignored, '\0')) {
      return false;
    }
    if (starts_with(word, ".")) {
      const std::size_t end = std::min(word.find_first_not_of(decimal, 1), word.size());
      if (end == 1) return false;
      word.remove_prefix(end);
    }
    if (word.empty()) return true;
    value.date = TomlDate::OffsetDateTime;
    if (!has_date) return false;
    if (word == "Z" || word == "z") return true;
    if (word[0] != '+' && word[0] != '-') return false;
    word.remove_prefix(1);
    return take_field(word, 2, 23, ignored, ':') && take_field(word, 2, 59, ignored, '\0') && word.empty();
  }

  // That many digits and what follows them, unless that is '\0'.
  static bool take_field(std::string_view& word, std::size_t digits, unsigned limit, unsigned& number, char follows) {
    std::uint64_t parsed = 0;
    if (word.size() < digits || !parse_number(word.substr(0, digits), parsed, limit)) return false;
    number = static_cast<unsigned>(parsed);
    word.remove_prefix(digits);
    if (follows == '\0') return true;
    if (word.empty() || word[0] != follows) return false;
    word.remove_prefix(1);
    return true;
  }
};

}  // namespace nextest

// ---- core/format/toml_lexer.hpp ----

// The words of a TOML document and the way through it: what TomlParser reads with.

namespace nextest {

// What can fail returns false and has called fail(): a Status from each step would be much more machine code.
class TomlLexer : protected TextCursor {
 protected:
  explicit TomlLexer(const TomlSource& source) : TextCursor(source.text), source_(source) {}

  // What is allowed nowhere is looked for first, so that the rest need not care (section "Spec", "Comment", "String").
  bool check_characters() {
    for (std::size_t at = 0; at < text_.size();) {
      const char c = text_[at];
      const DecodedCharacter character = decode_utf8(text_.substr(at));
      const TomlSpan span = {position(at), position(at + character.length)};
      if (!character.valid) return fail(span, "this is not valid UTF-8");
      if (c == '\r' && text_.substr(at + 1, 1) != "\n") return fail(span, "a carriage return must be part of a CRLF");
      if ((character.code < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
        return fail(span, "a control character is not allowed",
                    "in a string in double quotes, write it as \\u and four digits");
      }
      at += character.length;
    }
    return true;
  }

  bool parse_string(std::string& out) {
    const std::size_t start = at_;
    const std::string_view quotes = text_.substr(at_, 3);
    const bool is_multi_line = quotes == "\"\"\"" || quotes == "'''";
    const std::string_view delimiter = quotes.substr(0, is_multi_line ? 3 : 1);
    const bool has_escapes = quotes[0] == '"';
    at_ += delimiter.size();
    if (is_multi_line && !take("\n")) take("\r\n");  // a newline right after the opening is not part of the string
    while (!take(delimiter)) {
      if (at_ == text_.size() || (!is_multi_line && next_is_line_end())) {
        std::string message =
            is_multi_line ? "a multi-line string must be closed with " : "a string must be closed with ";
        message += delimiter;
        if (!is_multi_line) message += " before the line ends";
        return fail(is_multi_line ? TomlSpan{position(start), position(start + 3)} : since(start), message);
      }
      if (has_escapes && next_is("\\")) {
        if (!parse_escape(out, is_multi_line)) return false;
      } else {
        take("\r");  // a newline in the document is one in the string, whichever of the two it is
        out += text_[at_++];
      }
    }
    // One or two quotes may stand before the closing three.
    for (int i = 0; is_multi_line && i < 2 && take(delimiter.substr(0, 1)); ++i) out += delimiter[0];
    return true;
  }

  bool parse_escape(std::string& out, bool is_multi_line) {
    const std::size_t start = at_++;
    constexpr std::string_view letters = "btnfr\"\\";
    constexpr std::string_view meanings = "\b\t\n\f\r\"\\";
    if (at_ == text_.size() || (!is_multi_line && next_is_line_end())) return true;  // not closed, as will be seen
    const char c = text_[at_];
    if (const std::size_t index = letters.find(c); index != std::string_view::npos) {
      out += meanings[index];
      ++at_;
      return true;
    }
    if (c == 'u' || c == 'U') {
      ++at_;
      const std::size_t digits = c == 'u' ? 4 : 8;
      std::uint64_t code = 0;
      std::size_t count = 0;
      while (count < digits && at_ < text_.size() && hex_digit(text_[at_]) < 16) {
        code = code << 4 | hex_digit(text_[at_++]);
        ++count;
      }
      if (count < digits) {
        return fail(since(start), c == 'u' ? "expected four hexadecimal digits after \\u"
                                           : "expected eight hexadecimal digits after \\U");
      }
      const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
      if (is_surrogate || code > 0x10FFFF) return fail(since(start), "there is no such Unicode character");
      append_utf8(out, static_cast<char32_t>(code));
      return true;
    }
    // A backslash at the end of a line takes away the newline and all blanks up to the next character.
    if (is_multi_line) {
      skip_blanks();
      if (at_ < text_.size() && next_is_line_end()) {
        take_all_of(" \t\r\n");
        return true;
      }
      at_ = start + 1;
    }
    at_ += decode_utf8(text_.substr(at_)).length;
    return fail(since(start), "there is no such escape sequence",
                "write \\\\ for a backslash, or put the string in single quotes");
  }

  // A boolean, a number or a date.
  bool parse_word(TomlValue& value) {
    const std::size_t start = at_;
    if (next_is_line_end()) return fail_here("expected a value");
    take_all_of(word_characters);
    // A blank may stand between a date and a time (RFC 3339, section 5.6).
    const bool may_be_date = at_ - start == 10 && text_[start + 4] == '-';
    if (may_be_date && next_is(" ") && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      take_all_of(word_characters);
    }
    const TomlProblem problem = TomlWord::read(value, text_.substr(start, at_ - start));
    return problem.message == nullptr || fail(since(start), problem.message, problem.hint);
  }

  // --- the way ---

  bool next_is_line_end() const { return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  void skip_blanks() { take_all_of(" \t"); }

  // Comments go with the lines they end.
  void skip_blanks_and_lines() {
    for (;;) {
      take_all_of(" \t\r\n");
      if (!next_is("#")) return;
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }

  static std::uint32_t position(std::size_t at) { return static_cast<std::uint32_t>(at); }
  TomlSpan since(std::size_t start) const { return {position(start), position(at_)}; }

  bool fail(TomlSpan span, std::string_view message, const char* hint = "") {
    wrong_ = span;
    message_ = message;
    hint_ = hint;
    return false;
  }

  // At the character at hand.
  bool fail_here(const char* message, const char* hint = "") {
    return fail({position(at_), position(at_ + decode_utf8(text_.substr(at_)).length)}, message, hint);
  }

  Error error() const { return source_.error_at(wrong_, message_, hint_); }

  static constexpr std::string_view word_characters =
      "+.:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  static constexpr std::string_view key_characters = word_characters.substr(3);

  const TomlSource& source_;

 private:
  TomlSpan wrong_;
  std::string message_;
  const char* hint_ = "";
};

}  // namespace nextest

// ---- core/format/toml.hpp ----

// TOML 1.0.0: a strict reader into a small tree that knows where in the document everything stands.

namespace nextest {

// How deep keys, arrays and inline tables may nest, all together: reading and destroying a tree recurse.
constexpr std::size_t toml_depth_limit = 100;

// TOML 1.1 lets an inline table span lines and end with a comma; nothing else of it is taken.
enum class TomlDialect : std::uint8_t { V1_0, V1_1_inline_tables };

// Recursive descent over the grammar of TOML 1.0.0. Used once, through parse_toml.
class TomlParser : private TomlLexer {
 public:
  TomlParser(const TomlSource& source, TomlDialect dialect) : TomlLexer(source), dialect_(dialect), slots_(64) {}

  Result<TomlValue> parse() {
    Result<TomlValue> root = TomlValue{};
    root.value().span = {0, position(text_.size())};
    if (!check_characters() || !parse_document(root.value())) return error();
    return root;
  }

 private:
  struct Key {
    std::string text;
    TomlSpan span;
  };
  using Path = Vector<Key>;

  // What wrote a member decides what may still be added to it (section "Table").
  enum class Origin : std::uint8_t { Value, SuperTable, Header, DottedKey, TableArray };

  // A table under construction. The number stands for it in slots_; vectors move their tables, numbers stay.
  struct Place {
    TomlValue* table;
    std::uint32_t number;
  };

  // A member of a table, found by the hash of its key: looking through the members would be quadratic.
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t owner = 0;   // the number of the table it is in
    std::uint32_t index = 0;   // among the members of that table
    std::uint32_t number = 0;  // its own, when it is a table; of an array of tables the last one's. 0: a free slot
    Origin origin = Origin::Value;
  };

  // --- the document ---

  bool parse_document(TomlValue& root) {
    if (starts_with(text_, TomlSource::byte_order_mark)) at_ = TomlSource::byte_order_mark.size();
    Place section = {&root, 1};
    std::size_t depth = 0;
    for (skip_blanks_and_lines(); at_ < text_.size(); skip_blanks_and_lines()) {
      const bool parsed = next_is("[") ? parse_header(root, section, depth) : parse_assignment(section, depth);
      if (!parsed) return false;
      skip_blanks();
      if (next_is("#") || next_is_line_end()) continue;
      return fail_here("expected the line to end here");
    }
    return true;
  }

  bool parse_header(TomlValue& root, Place& section, std::size_t& depth) {
    const std::size_t start = at_;
    const bool is_array = take("[[");
    if (!is_array) ++at_;
    Path path;
    skip_blanks();
    if (!parse_path(path, 0)) return false;
    const std::string_view bracket = is_array ? "]]" : "]";
    if (!take(bracket)) {
      return fail_here(is_array ? "expected ']]' after the name of an array of tables"
                                : "expected ']' after the name of a table");
    }
    header_ = since(start);
    depth = path.size();
    section = {&root, 1};
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      if (!enter(section, path[i], Origin::SuperTable)) return false;
    }
    return is_array ? add_to_array(section, path.back()) : define_table(section, path.back());
  }

  bool define_table(Place& place, Key& key) {
    bool is_new = false;
    Slot& slot = look_up(place, key, Origin::Header, is_new);
    TomlMember& member = place.table->members[slot.index];
    if (is_new) {
      member.value.span = header_;
    } else if (slot.origin == Origin::SuperTable) {
      slot.origin = Origin::Header;
      member.key_span = key.span;
      member.value.span = header_;
    } else {
      return fail_defined(slot, member, key.span, Origin::Header);
    }
    place = {&member.value, slot.number};
    return true;
  }

  bool add_to_array(Place& place, Key& key) {
    bool is_new = false;
    Slot& slot = look_up(place, key, Origin::TableArray, is_new);
    TomlMember& member = place.table->members[slot.index];
    if (is_new) {
      member.value.kind = TomlKind::Array;
      member.value.span = header_;
    } else if (slot.origin != Origin::TableArray) {
      return fail_defined(slot, member, key.span, Origin::TableArray);
    } else {
      slot.number = ++last_number_;
    }
    TomlValue& table = member.value.items.emplace_back();
    table.span = header_;
    place = {&table, slot.number};
    return true;
  }

  // key = value, in a section or in an inline table.
  bool parse_assignment(Place place, std::size_t depth) {
    Path path;
    if (!parse_path(path, depth)) return false;
    if (!take("=")) return fail_here("expected '=' after the key");
    skip_blanks();
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      if (!enter(place, path[i], Origin::DottedKey)) return false;
    }
    bool is_new = false;
    const Slot& slot = look_up(place, path.back(), Origin::Value, is_new);
    TomlMember& member = place.table->members[slot.index];
    if (!is_new) return fail_defined(slot, member, path.back().span, Origin::Value);
    return parse_value(member.value, depth + path.size());
  }

  // --- tables ---

  // Goes into the table of that key, which is made when it is not there yet. A header passes through all that headers
  // and dotted keys made. A dotted key passes through what has no header of its own, and so defines it.
  bool enter(Place& place, Key& key, Origin origin) {
    bool is_new = false;
    Slot& slot = look_up(place, key, origin, is_new);
    TomlMember& member = place.table->members[slot.index];
    const bool is_dotted = origin == Origin::DottedKey;
    if (is_new) {
      member.value.span = is_dotted ? key.span : header_;
    } else if (is_dotted && slot.origin == Origin::SuperTable) {
      slot.origin = Origin::DottedKey;
    } else if (slot.origin == Origin::Value || (is_dotted && slot.origin != Origin::DottedKey)) {
      return fail_defined(slot, member, key.span, origin);
    }
    place = {slot.origin == Origin::TableArray ? &member.value.items.back() : &member.value, slot.number};
    return true;
  }

  // The member of that key; a new one is an empty table. The reference holds until the next call.
  Slot& look_up(const Place& place, Key& key, Origin origin, bool& is_new) {
    if (last_number_ >= slots_.size() / 2) grow();
    const std::uint64_t hash = Xxh64::hash(key.text, place.number);
    Vector<TomlMember>& members = place.table->members;
    std::size_t i = static_cast<std::size_t>(hash);
    for (;; ++i) {
      Slot& slot = slots_[i & (slots_.size() - 1)];
      is_new = slot.number == 0;
      if (is_new) {
        slot = {hash, place.number, static_cast<std::uint32_t>(members.size()), ++last_number_, origin};
        TomlMember& member = members.emplace_back();
        member.key = std::move(key.text);
        member.key_span = key.span;
        return slot;
      }
      if (slot.hash == hash && slot.owner == place.number && members[slot.index].key == key.text) return slot;
    }
  }

  void grow() {
    Vector<Slot> larger(slots_.size() * 2);
    for (const Slot& slot : slots_) {
      if (slot.number == 0) continue;
      std::size_t i = static_cast<std::size_t>(slot.hash);
      while (larger[i & (larger.size() - 1)].number != 0) ++i;
      larger[i & (larger.size() - 1)] = slot;
    }
    slots_.swap(larger);
  }

  bool fail_defined(const Slot& slot, const TomlMember& member, TomlSpan again, Origin by) {
    constexpr std::size_t longest = 60;
    std::string message = safe_name(member.key);
    if (message.size() > longest) message = "this key";
    else message = "the key '" + message + "'";
    append_format(message, " is already defined in line %u", source_.line_of(member.key_span.begin));
    const bool adds = by != Origin::Value;
    const char* hint = "";
    if (slot.origin == Origin::TableArray) {
      if (by == Origin::Header) hint = "another table of an array of tables has its name in [[ ]]";
    } else if (slot.origin != Origin::Value) {
      if (by == Origin::DottedKey) hint = "a table that has a header is added to below that header only";
    } else if (adds && member.value.kind == TomlKind::Table) {
      hint = "nothing can be added to an inline table after its '}'";
    } else if (adds && member.value.kind == TomlKind::Array) {
      hint = "nothing can be added to an array after its ']'";
    }
    return fail(again, message, hint);
  }

  // --- keys ---

  // Bare, quoted and dotted keys, with the blanks after them.
  bool parse_path(Path& path, std::size_t depth) {
    do {
      skip_blanks();
      const std::size_t start = at_;
      Key& key = path.emplace_back();
      if (next_is("\"\"\"") || next_is("'''")) return fail_here("a key cannot be a multi-line string");
      if (next_is("\"") || next_is("'")) {
        if (!parse_string(key.text)) return false;
      } else {
        take_all_of(key_characters);
        if (at_ == start) {
          return fail_here("expected a key", "a key of other characters than A-Z a-z 0-9 _ - stands in quotes");
        }
        key.text = text_.substr(start, at_ - start);
      }
      key.span = since(start);
      if (depth + path.size() > toml_depth_limit) return fail(key.span, too_deep);
      skip_blanks();
    } while (take("."));
    return true;
  }

  // --- values ---

  bool parse_value(TomlValue& value, std::size_t depth) {
    const std::size_t start = at_;
    bool parsed = false;
    if (next_is("[") || next_is("{")) {
      if (depth >= toml_depth_limit) return fail_here(too_deep);
      parsed = next_is("[") ? parse_array(value, depth + 1) : parse_inline_table({&value, ++last_number_}, depth + 1);
    } else if (next_is("\"") || next_is("'")) {
      value.kind = TomlKind::String;
      parsed = parse_string(value.text);
    } else {
      parsed = parse_word(value);
    }
    value.span = since(start);
    return parsed;
  }

  bool parse_array(TomlValue& array, std::size_t depth) {
    array.kind = TomlKind::Array;
    const TomlSpan opened = {position(at_), position(at_ + 1)};
    ++at_;
    for (;;) {
      skip_blanks_and_lines();
      if (take("]")) return true;
      if (at_ == text_.size()) return fail(opened, "an array must be closed with ']'");
      if (!parse_value(array.items.emplace_back(), depth)) return false;
      skip_blanks_and_lines();
      if (!take(",") && !next_is("]") && at_ < text_.size()) return fail_here("expected ',' or ']'");
    }
  }

  bool parse_inline_table(const Place& place, std::size_t depth) {
    const TomlSpan opened = {position(at_), position(at_ + 1)};
    ++at_;
    const bool may_span_lines = dialect_ != TomlDialect::V1_0;
    for (bool is_first = true;; is_first = false) {
      may_span_lines ? skip_blanks_and_lines() : skip_blanks();
      if ((is_first || may_span_lines) && take("}")) return true;
      if (next_is("}")) return fail_here("a comma cannot come before the '}' of an inline table");
      if (at_ == text_.size() || next_is_line_end()) break;
      if (!parse_assignment(place, depth)) return false;
      may_span_lines ? skip_blanks_and_lines() : skip_blanks();
      if (take("}")) return true;
      if (at_ == text_.size() || next_is_line_end()) break;
      if (!take(",")) return fail_here("expected ',' or '}'");
    }
    return fail(opened, may_span_lines ? "an inline table must be closed with '}'"
                                       : "an inline table must be closed with '}' before the line ends");
  }

  static constexpr const char* too_deep = "keys, arrays and tables nest more than 100 deep";

  TomlDialect dialect_;
  TomlSpan header_;                // of the section at hand
  Vector<Slot> slots_;             // a hash table with open addressing, never more than half full
  std::uint32_t last_number_ = 1;  // given to a table or a member; 1 is the root
};

// The root table. Errors read as TomlSource::error_at writes them. A document has less than 4 GiB.
inline Result<TomlValue> parse_toml(const TomlSource& source, TomlDialect dialect = TomlDialect::V1_1_inline_tables) {
  return TomlParser(source, dialect).parse();
}

}  // namespace nextest

// ---- core/config/config_files.hpp ----

// Where configuration comes from: the workspace root, and the files as parsed documents.

namespace nextest {

struct ConfigDocument {
  TomlSource source;
  TomlValue root;
  std::string tool;  // of a tool's configuration; empty: the repository's, or the user's
};

// A link to nothing exists: reading it then fails with what is wrong, instead of passing it over.
inline bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

// The nearest folder, from the working folder up, that has .config/nextest.toml, else .git, else the working folder.
inline std::string find_workspace_root() {
  const std::string here = current_folder();
  for (const char* const mark : {".config/nextest.toml", ".git"}) {
    for (std::string folder = here;; folder = parent_folder(folder)) {
      if (exists((folder == "/" ? "" : folder) + "/" + mark)) return folder;
      if (folder == "/" || folder == ".") break;
    }
  }
  return here;
}

inline Result<std::unique_ptr<ConfigDocument>> read_config_file(const std::string& path, std::string shown,
                                                                std::string tool) {
  constexpr std::size_t limit = std::size_t{4} << 20;
  auto document = std::make_unique<ConfigDocument>();
  document->source.name = safe_name(shown);
  document->tool = std::move(tool);
  if (const int error = read_file(path, limit, document->source.text); error != 0) {
    return Error{ExitCode::SetupError,
                 "cannot read the configuration " + document->source.name + ": " +
                     (error == EFBIG ? "it is larger than 4 MiB" : ::strerror(error)),
                 error == EISDIR ? "it is a folder; name the file" : ""};
  }
  Result<TomlValue> root = parse_toml(document->source);
  if (!root) return root.error();
  document->root = std::move(root.value());
  return document;
}

}  // namespace nextest

// ---- core/base/cpus.hpp ----

// How many processors this process may use.

#if NEXTEST_HAS_AFFINITY
#include <sched.h>
#endif

namespace nextest {

// "QUOTA PERIOD" in microseconds as processors, rounded up; 0 for no quota ("max", -1).
inline std::uint32_t cpus_of_quota(std::string_view quota, std::string_view period) {
  std::uint64_t allowed = 0, every = 0;
  if (!parse_number(trim(quota), allowed, UINT32_MAX) || !parse_number(trim(period), every, UINT32_MAX)) return 0;
  return every == 0 ? 0 : static_cast<std::uint32_t>((allowed + every - 1) / every);
}

// The affinity mask, then the cgroup's CPU quota (version 2, then 1), then the processors online. At least 1.
inline std::uint32_t usable_cpus() {
  std::uint32_t cpus = 1;
#if NEXTEST_HAS_CPU_COUNT
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  if (online > 0) cpus = static_cast<std::uint32_t>(online);
#endif
#if NEXTEST_HAS_AFFINITY
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0 && CPU_COUNT(&mask) > 0) {
    cpus = static_cast<std::uint32_t>(CPU_COUNT(&mask));
  }
#endif
  const std::string v2 = read_system_file("/sys/fs/cgroup/cpu.max");
  const std::size_t blank = v2.find(' ');
  std::uint32_t quota = blank == std::string::npos
                            ? 0
                            : cpus_of_quota(std::string_view(v2).substr(0, blank), std::string_view(v2).substr(blank));
  if (quota == 0) {
    quota = cpus_of_quota(read_system_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
                          read_system_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  }
  return quota > 0 && quota < cpus ? quota : cpus;
}

}  // namespace nextest

// ---- core/base/choices.hpp ----

// The words that a value may be: which they are stands once, for whoever reads them, lists them or completes them.

namespace nextest {

// By position, as an enumeration that goes with them counts. A null ends the list.
struct Choices {
  const char* words[10] = {};
  const char* needing = "";              // those of them, between blanks, that this build cannot do
  const FeatureRow* left_out = nullptr;  // why it cannot

  bool is_there(std::size_t i) const {
    return is_whole_build || left_out == nullptr || !contains(needing, " " + std::string(words[i]) + " ");
  }

  Vector<std::string_view> all() const {
    Vector<std::string_view> all;
    for (std::size_t i = 0; words[i] != nullptr; ++i) all.push_back(words[i]);
    return all;
  }

  // "a, b, c"; without `all`, those that this build can do.
  std::string listed(bool all) const {
    std::string list;
    for (std::size_t i = 0; words[i] != nullptr; ++i) {
      if (all || is_there(i)) list.append(list.empty() ? "" : ", ").append(words[i]);
    }
    return list;
  }
};

// Some of the words (`needing`, with a blank before and after each) need the feature.
constexpr Choices needs(Feature feature, const char* needing, Choices choices) {
  if (built_in(feature)) return choices;
  choices.needing = needing;
  choices.left_out = &row_of(feature);
  return choices;
}

}  // namespace nextest

// ---- core/base/size.hpp ----

// Numbers of bytes, as they are written: `10MB`, `1 GiB`, `500`.

namespace nextest {

// K, M, G, T and KB, MB, ... are powers of 1000; KiB, MiB, ... powers of 1024; in any case of letters.
inline Result<std::uint64_t> parse_size(std::string_view text) {
  std::string_view unit = trim(text);
  std::uint64_t size = 0;
  bool is_size = parse_number(take_digits(unit), size);
  unit = trim(unit);
  if (!unit.empty() && ascii_lower(unit.back()) == 'b') unit.remove_suffix(1);
  if (!unit.empty()) {
    const bool is_binary = unit.size() == 2 && ascii_lower(unit[1]) == 'i';
    const std::size_t power = std::string_view("kmgt").find(ascii_lower(unit[0])) + 1;
    is_size = is_size && power > 0 && (is_binary || unit.size() == 1);
    for (std::size_t i = 0; i < power && is_size; ++i) {
      is_size = size <= UINT64_MAX / 1024;
      size *= is_binary ? 1024 : 1000;
    }
  }
  if (is_size) return size;
  return Error{ExitCode::SetupError, "not a size: '" + std::string(text) + "'",
               "write a number and a unit, as in 500KB, 10MB, 1GiB"};
}

// "812 B", "1.2 KB", "34 MB": three digits at most.
inline std::string show_size(std::uint64_t bytes) {
  static constexpr const char* units[] = {"B", "KB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  std::uint64_t tenths = bytes * 10;
  if (bytes > UINT64_MAX / 100) tenths = UINT64_MAX / 10;
  while (tenths >= 9995 && unit + 1 < 5) {
    tenths = (tenths + 500) / 1000;
    ++unit;
  }
  const bool has_fraction = unit > 0 && tenths < 100;
  std::string text = std::to_string(has_fraction ? tenths / 10 : (tenths + 5) / 10);
  if (has_fraction) text += "." + std::to_string(tenths % 10);
  return text + " " + units[unit];
}

}  // namespace nextest

// ---- core/model/settings.hpp ----

// What may be configured: for each test, and for the run as a whole. Defaults are upstream's.

namespace nextest {

enum class OutputDisplay : std::uint8_t { Never, Immediate, Final, ImmediateFinal };

inline bool is_immediate(OutputDisplay display) {
  return display == OutputDisplay::Immediate || display == OutputDisplay::ImmediateFinal;
}
inline bool is_final(OutputDisplay display) {
  return display == OutputDisplay::Final || display == OutputDisplay::ImmediateFinal;
}

struct SlowTimeout {
  Duration period = Duration::seconds(60);
  std::uint32_t terminate_after = 0;  // periods; 0: never
  Duration grace_period = Duration::seconds(10);
  bool passes = false;
};

struct LeakTimeout {
  Duration period = Duration::milliseconds(200);
  bool fails = false;
};

struct RetryPolicy {
  std::uint32_t count = 0;
  Duration delay{};
  bool exponential = false;  // each delay is twice the one before
  Duration max_delay = thirty_years;
  bool jitter = false;  // shortens each delay to between half of it and all of it

  // The delay after the attempt of that number (from 1), without jitter.
  Duration delay_after(std::uint32_t attempt) const {
    Duration result = delay;
    for (std::uint32_t i = 1; exponential && i < attempt && result < max_delay; ++i) {
      result.ns = result < thirty_years ? result.ns * 2 : result.ns;
    }
    return exponential && max_delay < result ? max_delay : result;
  }
};

// A number, or one that is known only when the run is.
struct ThreadCount {
  enum Kind : std::uint8_t { Number, Cpus, TestThreads } kind = Number;
  std::int64_t number = 1;  // of a count of test threads: below 0 means so many processors less

  // At least 1.
  std::uint32_t resolve(std::uint32_t cpus, std::uint32_t test_threads) const {
    if (kind != Number) return kind == Cpus ? cpus : test_threads;
    const std::int64_t count = number < 0 ? cpus + number : number;
    return count < 1 ? 1 : static_cast<std::uint32_t>(count);
  }
};

enum class ReportSkipped : std::uint8_t { None, Ignored, All };

// What the JUnit report has of a test.
struct JunitTestSettings {
  bool store_success_output = false;
  bool store_failure_output = true;
  ReportSkipped report_skipped = ReportSkipped::None;
  bool flaky_fails_succeed = false;
};

struct WrapperScript;
struct OutputPattern;

struct TestSettings {
  SlowTimeout slow_timeout;
  SlowTimeout bench_slow_timeout{thirty_years};
  LeakTimeout leak_timeout;
  RetryPolicy retries;
  bool flaky_fails = false;
  bool ignores_sanitizers = false;  // what they report fails no test
  // Null: there is none.
  std::shared_ptr<const OutputPattern> skip_pattern;  // skipped where it matches
  std::shared_ptr<const OutputPattern> fail_pattern;  // failed where it matches
  std::shared_ptr<const OutputPattern> pass_pattern;  // passed where it matches, whatever the exit code, and only there
  bool expected_to_fail = false;
  bool own_tmpdir = false;      // a TMPDIR for each attempt
  bool combine_output = false;  // both streams come in one, in order
  OutputDisplay success_output = OutputDisplay::Never;
  OutputDisplay failure_output = OutputDisplay::Immediate;
  Vector<std::string> run_extra_args;
  ThreadCount threads_required;
  std::uint32_t group = 0;  // of RunOptions::groups
  std::int32_t priority = 0;
  JunitTestSettings junit;
  const WrapperScript* run_wrapper = nullptr;  // the configuration's
  Vector<std::uint32_t> setup_scripts;         // those whose variables it gets, by number
};

// The settings of every test: many tests, few kinds.
struct SettingsOfTests {
  Vector<TestSettings> kinds = {TestSettings()};
  Vector<std::uint32_t> kind_of;  // by test; empty: all are of the first kind

  const TestSettings& of(std::uint32_t test) const { return kinds[kind_of.empty() ? 0 : kind_of[test]]; }
};

// The group of a test that is in none, as upstream names it.
inline constexpr char no_group[] = "@global";

// At most `max_threads` threads at a time are taken by tests of the group.
struct TestGroup {
  std::string name;
  std::uint32_t max_threads = UINT32_MAX;
};

struct MaxFail {
  std::uint32_t count = 1;  // 0: all tests run, whatever fails
  bool immediate = false;   // running tests are terminated too
};

// What is kept of one output; no record can keep more.
inline constexpr std::uint64_t most_output = 10000000;  // bytes a stream

// Of recorded runs.
struct RecordSettings {
  bool enabled = true;
  std::uint32_t max_records = 100;
  std::uint64_t max_total_size = 1000000000;  // bytes on disk
  Duration max_age = Duration::seconds(30 * 86400);
  std::uint64_t max_output_size = most_output;  // bytes an output
  bool keep_durations = true;                   // for runs to come
};

// How far a run is: see docs/reporting.md.
enum class ShowProgress : std::uint8_t { Auto, None, Bar, Counter, Only };

// What a person likes.
struct UiSettings {
  bool indent_output = true;
  ShowProgress show_progress = ShowProgress::Auto;
  std::uint32_t max_progress_running = 8;
  bool input_handler = true;
};

// From the least to the most that is shown.
enum class StatusLevel : std::uint8_t { None, Fail, Retry, Slow, Leak, Pass, Skip, All };
enum class FinalStatusLevel : std::uint8_t { None, Fail, Flaky, Slow, Skip, Leak, Pass, All };

struct RunSettings {
  ThreadCount test_threads{ThreadCount::Cpus, 0};
  ThreadCount list_threads{ThreadCount::TestThreads, 0};
  MaxFail max_fail;
  Duration global_timeout = thirty_years;
  Duration bench_global_timeout = thirty_years;
  StatusLevel status_level = StatusLevel::Pass;
  FinalStatusLevel final_status_level = FinalStatusLevel::Flaky;
  std::string default_filter = "all()";
  std::string junit_path;  // empty: no report
  std::string junit_report_name = "nextest-run";
};

}  // namespace nextest

// ---- core/config/value_reader.hpp ----

// Values of a configuration, read into what they mean. The first one that is not allowed is kept as the error.

namespace nextest {

// A value as it is written: in a file, where it has a kind and a place, or as a word, in an option or a variable. A
// word is of whichever kind it is asked for, if it can be read as that.
class Written {
 public:
  Written(const TomlValue& value) : value_(&value) {}
  explicit Written(std::string_view word) : word_(word) {}

  // Null for a word.
  const TomlValue* in_file() const { return built_in(Feature::Config) ? value_ : nullptr; }
  bool is_table() const { return in_file() != nullptr && value_->kind == TomlKind::Table; }

  std::optional<std::string_view> text() const {
    if (in_file() == nullptr) return word_;
    if (value_->kind != TomlKind::String) return std::nullopt;
    return value_->text;
  }
  bool is(std::string_view word) const { return text() == word; }

  std::optional<std::int64_t> integer() const {
    if (in_file() == nullptr) return integer_of(word_);
    if (value_->kind != TomlKind::Integer) return std::nullopt;
    return value_->integer;
  }

  std::optional<bool> boolean() const {
    if (in_file() != nullptr && value_->kind == TomlKind::Boolean) return value_->boolean;
    if (in_file() != nullptr || (word_ != "true" && word_ != "false")) return std::nullopt;
    return word_ == "true";
  }

  // As errors call it.
  std::string shown() const {
    if (const std::optional<std::string_view> word = text()) return "'" + std::string(*word) + "'";
    if (value_->kind == TomlKind::Integer) return "'" + std::to_string(value_->integer) + "'";
    return toml_kind_name(*value_);
  }

 private:
  static std::optional<std::int64_t> integer_of(std::string_view word) {
    const bool is_negative = starts_with(word, "-");
    std::uint64_t number = 0;
    if (!parse_number(word.substr(is_negative ? 1 : 0), number, INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(number) * (is_negative ? -1 : 1);
  }

  const TomlValue* value_ = nullptr;
  std::string_view word_;
};

// "FILE:LINE"
inline std::string place_of(const TomlSource& source, std::uint32_t offset) {
  return source.name + ":" + std::to_string(source.line_of(offset));
}

inline std::string did_you_mean(std::string_view word, const Vector<std::string_view>& known) {
  const std::string_view near = nearest(word, known);
  return near.empty() ? "" : "did you mean '" + std::string(near) + "'?";
}

// A key that a table may have, and what to do with its value.
struct TableKey {
  std::string_view name;
  FunctionRef<void(const TomlValue&)> read;
  bool is_suggested = true;  // to who wrote one that is none
};

class ValueReader {
 public:
  ValueReader() = default;  // of words
  // Of values in `source`. Without `warnings`, tables may hold no key that is not known.
  explicit ValueReader(const TomlSource& source, Vector<std::string>* warnings = nullptr)
      : source_(&source), warnings_(warnings) {}

  const Vector<TestGroup>* groups = nullptr;  // that a setting may name

  bool ok() const { return error_.message.empty(); }
  const Error& error() const { return error_; }
  const TomlSource& source() const { return *source_; }
  Status status() const { return ok() ? success() : Status(error_); }

  void fail(const Written& at, std::string message, std::string hint) {
    if (!ok()) return;
    error_ = at.in_file() != nullptr ? source_->error_at(at.in_file()->span, std::move(message), std::move(hint))
                                     : Error{ExitCode::SetupError, std::move(message), std::move(hint)};
  }

  // With the error of a parser; what is left out of this build keeps its exit code.
  void fail(const Written& at, const Error& why) {
    if (!ok()) return;
    fail(at, why.message, why.hint);
    if (why.code == ExitCode::ExperimentalFeatureNotEnabled) error_.code = why.code;
  }

  void not_allowed(const Written& value, const std::string& allowed) {
    fail(value, value.shown() + " is not allowed", "allowed: " + allowed);
  }

  bool text(const Written& value, std::string& text, const char* allowed = "a string") {
    const std::optional<std::string_view> written = value.text();
    if (!written) return not_allowed(value, allowed), false;
    text = *written;
    return true;
  }

  // The one of `all` that has this name; else an error, with the table that would define it.
  template <class Named>
  const Named* find_named(const Written& value, const Vector<Named>& all, std::string Named::*name, const char* what,
                          const char* table, const char* content) {
    Vector<std::string_view> names;
    for (const Named& one : all) names.push_back(one.*name);
    const std::size_t found = find_name(value, names, what, table, content);
    return found < names.size() ? &all[found] : nullptr;
  }

  void boolean(const Written& value, bool& flag) {
    const std::optional<bool> written = value.boolean();
    if (!written) return not_allowed(value, "true, false");
    flag = *written;
  }

  void number(const Written& value, std::int64_t smallest, std::int64_t largest, std::int64_t& number) {
    const std::optional<std::int64_t> written = value.integer();
    if (!written || *written < smallest || *written > largest) {
      std::string allowed = "a number from " + std::to_string(smallest);
      if (largest < UINT32_MAX - 1) allowed += " to " + std::to_string(largest);
      return not_allowed(value, allowed);
    }
    number = *written;
  }
  void count(const Written& value, std::int64_t smallest, std::uint32_t& count) {
    std::int64_t wide = 0;
    number(value, smallest, UINT32_MAX - 1, wide);
    if (ok()) count = static_cast<std::uint32_t>(wide);
  }

  // A word of `choices`, by position.
  template <class Choice>
  void choose(const Written& value, const Choices& choices, Choice& choice) {
    const std::optional<std::size_t> chosen = find_word(value, choices);
    if (chosen) choice = static_cast<Choice>(*chosen);
  }

  void duration(const Written& value, Duration& duration, bool may_be_zero = true) {
    std::string written;
    if (!text(value, written, "a duration, as in \"500ms\", \"1.5s\", \"2m\", \"1h 30m\"")) return;
    const Result<Duration> parsed = parse_duration(written);
    if (!parsed) return fail(value, parsed.error());
    if (!may_be_zero && parsed.value().ns == 0) return not_allowed(value, "a time above 0");
    // As good as no limit, and no sum with it overflows.
    duration = parsed.value() < thirty_years ? parsed.value() : thirty_years;
  }

  void strings(const TomlValue& value, Vector<std::string>& list) {
    if (value.kind != TomlKind::Array) return not_allowed(value, "an array of strings");
    list.clear();
    for (const TomlValue& item : value.items) {
      std::string word;
      if (!text(item, word)) return;
      if (word.find('\0') != std::string::npos) return fail(item, "an argument cannot hold a NUL", "");
      list.push_back(std::move(word));
    }
  }

  void warn(TomlSpan at, const std::string& text) { warnings_->push_back(place_of(*source_, at.begin) + ": " + text); }
  void warn_unknown(const TomlMember& member, const std::string& key, const std::string& hint) {
    warn(member.key_span, "unknown key '" + key + "'" + (hint.empty() ? "" : "; " + hint));
  }

  // Each member is given to the key of its name; without one, to `unknown`.
  using TableKeys = std::initializer_list<TableKey>;
  void table(const TomlValue& value, TableKeys keys, FunctionRef<void(const TomlMember&)> unknown) {
    if (value.kind != TomlKind::Table) return not_allowed(value, "a table");
    for (const TomlMember& member : value.members) {
      const TableKey* found = nullptr;
      for (const TableKey& key : keys) {
        if (member.key == key.name) found = &key;
      }
      if (found != nullptr) found->read(member.value);
      else unknown(member);
    }
  }
  // Without one it is a warning, in which `where` goes before it.
  void table(const TomlValue& value, const std::string& where, TableKeys keys) {
    table(value, keys, [&](const TomlMember& member) {
      Vector<std::string_view> known;
      for (const TableKey& key : keys) {
        if (key.is_suggested) known.push_back(key.name);
      }
      warn_unknown(member, where + member.key, did_you_mean(member.key, known));
    });
  }
  // Without one it is an error.
  void table(const TomlValue& value, TableKeys keys) {
    table(value, keys,
          [&](const TomlMember& member) { fail_at_key(member, "there is no key '" + member.key + "' here", ""); });
  }

  // As well as that, `required` must be there.
  void table(const TomlValue& value, TableKeys keys, const char* required, const char* example) {
    table(value, keys);
    if (value.find(required) != nullptr) return;
    fail(value, std::string("a ") + required + " is missing", std::string("as in ") + example);
  }

  void fail_at_key(const TomlMember& member, std::string message, std::string hint) {
    TomlValue at;
    at.span = member.key_span;
    fail(at, std::move(message), std::move(hint));
  }

 private:
  // Past the last of them when it is not there.
  std::size_t find_name(const Written& value, const Vector<std::string_view>& names, const char* what,
                        const char* table, const char* content) {
    std::string wanted;
    if (!text(value, wanted)) return names.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == wanted) return i;
    }
    std::string hint = did_you_mean(wanted, names);
    if (hint.empty()) hint = std::string("define it: [") + table + "." + wanted + "] with a " + content;
    fail(value, std::string("there is no ") + what + " '" + wanted + "'", hint);
    return names.size();
  }

  std::optional<std::size_t> find_word(const Written& value, const Choices& choices) {
    // What a build cannot do may still stand in a file that other builds read, too.
    const bool is_word = value.in_file() == nullptr;
    for (std::size_t i = 0; choices.words[i] != nullptr; ++i) {
      if (!value.is(choices.words[i])) continue;
      if (!is_word || choices.is_there(i)) return i;
      return fail(value, left_out(*choices.left_out)), std::nullopt;
    }
    return not_allowed(value, choices.listed(!is_word)), std::nullopt;
  }

  const TomlSource* source_ = nullptr;
  Vector<std::string>* warnings_ = nullptr;
  Error error_;
};

}  // namespace nextest

// ---- core/base/shared_text.hpp ----

// A text that thousands of things may have in common, as large as a pointer. It lives as long as the program.

namespace nextest {

class SharedText {
 public:
  SharedText() : text_(&empty_text) {}
  SharedText(std::string_view text) : text_(find(text)) {}
  SharedText(const std::string& text) : SharedText(std::string_view(text)) {}
  SharedText(const char* text) : SharedText(std::string_view(text)) {}

  const std::string& str() const { return *text_; }
  bool empty() const { return text_->empty(); }
  bool operator==(const SharedText& other) const { return text_ == other.text_; }

 private:
  // The newest ones first: neighbours are alike.
  static const std::string* find(std::string_view text) {
    static Vector<std::unique_ptr<const std::string>> texts;
    if (text.empty()) return &empty_text;
    for (std::size_t i = texts.size(); i-- > 0;) {
      if (*texts[i] == text) return texts[i].get();
    }
    texts.push_back(std::make_unique<const std::string>(text));
    return texts.back().get();
  }

  static inline const std::string empty_text;

  const std::string* text_;
};

}  // namespace nextest

// ---- core/base/number.hpp ----

// Numbers of types whose size is the machine's: std::size_t, time_t, nfds_t.

namespace nextest {

// As a cast; but on some machines both types are the same, and there a compiler calls a cast useless (-Wuseless-cast).
template <class To, class From>
constexpr To number_as(From value) {
  if constexpr (std::is_same_v<To, From>) return value;
  else return static_cast<To>(value);
}

}  // namespace nextest

// ---- core/base/bytes.hpp ----

// Bytes that are read piece by piece: of a file, which may be large and may shrink meanwhile, or in memory.

namespace nextest {

// A number whose lowest byte comes first, as gzip and zip have them.
inline std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}
inline void append_little_endian(std::string& out, std::uint64_t value, unsigned size) {
  for (; size > 0; --size, value >>= 8) out += static_cast<char>(value & 0xFF);
}

class Bytes {
 public:
  virtual ~Bytes() = default;
  virtual std::uint64_t size() const = 0;
  // Copies up to `count` bytes from `at` on; returns how many there were.
  virtual std::size_t read(std::uint64_t at, char* buffer, std::size_t count) const = 0;
};

class BytesInMemory final : public Bytes {
 public:
  explicit BytesInMemory(std::string_view text) : text_(text) {}
  std::uint64_t size() const override { return text_.size(); }
  std::size_t read(std::uint64_t at, char* buffer, std::size_t count) const override {
    if (at >= text_.size()) return 0;
    const std::string_view part = text_.substr(number_as<std::size_t>(at), count);
    std::memcpy(buffer, part.data(), part.size());
    return part.size();
  }

 private:
  std::string_view text_;
};

// A range of other bytes, which it needs to live; what of it lies beyond their end is not there.
class BytesPart final : public Bytes {
 public:
  BytesPart(const Bytes& whole, std::uint64_t at, std::uint64_t size) : whole_(whole), at_(at), size_(size) {
    const std::uint64_t all = whole.size();
    if (at_ > all) at_ = all;
    if (size_ > all - at_) size_ = all - at_;
  }
  std::uint64_t size() const override { return size_; }
  std::size_t read(std::uint64_t at, char* buffer, std::size_t count) const override {
    if (at >= size_) return 0;
    if (count > size_ - at) count = number_as<std::size_t>(size_ - at);
    return whole_.read(at_ + at, buffer, count);
  }

 private:
  const Bytes& whole_;
  std::uint64_t at_;
  std::uint64_t size_;
};

class BytesOfFile final : public Bytes {
 public:
  // Returns 0 or errno.
  [[nodiscard]] int open(const std::string& path) {
    file_ = Fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (!file_ || ::fstat(file_.get(), &info) != 0) return errno;
    if (!S_ISREG(info.st_mode)) return S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    size_ = static_cast<std::uint64_t>(info.st_size);
    return 0;
  }
  std::uint64_t size() const override { return size_; }
  std::size_t read(std::uint64_t at, char* buffer, std::size_t count) const override {
    if (count > small) return read_file(at, buffer, count);
    for (const Window& window : windows_) {
      if (at < window.at || at - window.at > window.size || count > window.size - (at - window.at)) continue;
      std::memcpy(buffer, window.bytes + (at - window.at), count);
      return count;
    }
    Window& window = windows_[oldest_++ % 2];
    window.at = at;
    window.size = read_file(at, window.bytes, sizeof window.bytes);
    const std::size_t got = window.size < count ? window.size : count;
    std::memcpy(buffer, window.bytes, got);
    return got;
  }

 private:
  static constexpr std::size_t small = 64;

  std::size_t read_file(std::uint64_t at, char* buffer, std::size_t count) const {
    const ssize_t got = ::pread(file_.get(), buffer, count, static_cast<off_t>(at));
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

  // Small reads come in runs from two places, a table and the names in it; each place is read a page at a time.
  struct Window {
    std::uint64_t at = 0;
    std::size_t size = 0;
    char bytes[4096];
  };
  mutable Window windows_[2];
  mutable unsigned oldest_ = 0;
  Fd file_;
  std::uint64_t size_ = 0;
};

}  // namespace nextest

// ---- core/base/span.hpp ----

// A constant array of any length.

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

// ---- core/model/failure_wording.hpp ----

// How a framework, or any program, words a failure: the forms of line that have its place, and what is around them.
// Rows are data; core/report/failure_place.hpp reads by them.

namespace nextest {

// A form of line with a place in it: what stands before the file, the file, a separator, the line's number and perhaps
// :COLUMN, then the marker. A form is put together as a sentence: FailureForm(":", ": FAILED:\n").goes_on().
struct FailureForm {
  // A report of several lines, begun by its title, in which a line may mean what it does not mean elsewhere.
  enum class Report : std::uint8_t { None, Sanitizer, OldPanic };
  // Where in the line the message begins.
  enum class Message : std::uint8_t { BehindMarker, AtStart, AtText, BehindText };

  // A separator ":" takes (NUMBER) as well; with ": ", a function's name is between it and the file.
  constexpr FailureForm(const char* separator_of_it, const char* marker_of_it)
      : separator(separator_of_it), marker(marker_of_it) {}

  // Only in a line that holds that text.
  constexpr FailureForm& where(const char* text) {
    needs = text;
    return *this;
  }
  // Without this, anything that a test left in the line may precede the file.
  constexpr FailureForm& behind(const char* text) {
    before = text;
    return *this;
  }
  // Where the line does not hold that text, the text is the message itself.
  constexpr FailureForm& message_at(const char* text) {
    message = Message::AtText;
    message_text = text;
    return *this;
  }
  constexpr FailureForm& message_behind(const char* text) {
    message = Message::BehindText;
    message_text = text;
    return *this;
  }
  constexpr FailureForm& message_at_start() {
    message = Message::AtStart;
    return *this;
  }
  // The message goes on in the lines below, each of which begins with `text`.
  constexpr FailureForm& goes_on(const char* text = "") {
    has_more = true;
    lead = text;
    return *this;
  }
  // An empty line may come before the message; elsewhere it ends one, even one that has not begun.
  constexpr FailureForm& may_begin_empty() {
    begins_empty = true;
    return *this;
  }
  // Where there is no message, the marker says what there is to say.
  constexpr FailureForm& or_marker() {
    marker_says_it = true;
    return *this;
  }
  // One line without a place, begun by the marker, that is written to standard error when the test is over: the last
  // such line counts, and more than any failure before it. Only once the output is complete, for a test may print the
  // same.
  constexpr FailureForm& at_the_end() {
    is_last = true;
    return *this;
  }
  // A line below with that marker knows the place better.
  constexpr FailureForm& moved_by(const char* text) {
    moves = text;
    return *this;
  }
  // Only while that report lasts; its title is the message.
  constexpr FailureForm& within(Report which) {
    report = which;
    return *this;
  }
  // Only of the thread that runs the test, where that is known; the line names its thread in quotes.
  constexpr FailureForm& of_thread() {
    names_thread = true;
    return *this;
  }
  // Frames of a sanitizer's own, of libc and of the C++ library's headers are less use than those that called them.
  constexpr FailureForm& outside_runtimes() {
    skips_runtimes = true;
    return *this;
  }

  constexpr bool is_sound() const {
    const bool has_text = message == Message::AtText || message == Message::BehindText;
    return *separator != '\0' && *marker != '\0' && has_text == (*message_text != '\0') && (has_more || *lead == '\0');
  }

  const char* separator;
  const char* marker;
  const char* needs = "";
  const char* before = "";
  const char* message_text = "";
  const char* lead = "";
  const char* moves = "";
  Message message = Message::BehindMarker;
  Report report = Report::None;
  bool has_more = false;
  bool begins_empty = false;
  bool marker_says_it = false;
  bool is_last = false;
  bool names_thread = false;
  bool skips_runtimes = false;
};

struct FailureWording {
  Span<FailureForm> forms;
  // Texts in lines below that are no part of the message: it ends there.
  Span<const char*> ends;
  // Lines that only announce what is in the next ones: without that they are no part of the message.
  Span<const char*> headings;
  // A line below that begins with the first text carries on the line before, with the second in its place.
  const char* carries_on = "";
  const char* carried_on_by = "";
  // A line that begins so may have a form's marker without a place.
  const char* nowhere = "";
  // A message with that text only means that the test crashed: where any program's forms find a place, they know more.
  const char* crash = "";
  // Stands before the name of the failed test, once the output is complete: its thread has the same name.
  const char* thread = "";

  constexpr bool is_sound() const {
    for (const FailureForm& form : forms) {
      if (!form.is_sound()) return false;
    }
    return (*carries_on == '\0') == (*carried_on_by == '\0');
  }
};

// --- what a framework and any program may both write ---

// Rust; before version 1.73, the place came after the message.
inline constexpr FailureForm rust_panic =
    FailureForm(":", ":\n").where("thread '").behind(" panicked at ").message_at("panicked:").goes_on().of_thread();
inline constexpr FailureForm old_rust_panic =
    FailureForm(":", "\n").behind("', ").message_at_start().within(FailureForm::Report::OldPanic);
inline constexpr const char* rust_message_ends[] = {"stack backtrace:", "note: "};

// A frame of a sanitizer's stack, and one with the program's name behind it.
inline constexpr FailureForm sanitizer_frame =
    FailureForm(":", "\n").where("    #").message_at("\n").within(FailureForm::Report::Sanitizer).outside_runtimes();
inline constexpr FailureForm sanitizer_frame_in_program =
    FailureForm(":", " (").where("    #").message_at("\n").within(FailureForm::Report::Sanitizer).outside_runtimes();

}  // namespace nextest

// ---- core/model/outcome.hpp ----

// How one attempt of a test ended. No way to end is folded into another.

namespace nextest {

enum class OutcomeKind : std::uint8_t {
  Pass,
  Leak,         // exited with 0, but left something behind
  Fail,         // exited with `code`
  Abort,        // killed by signal `code`
  LeakFail,     // as Leak, where leaks fail
  ExecFail,     // could not start: errno `code`; below 0, its own TMPDIR could not be made: errno -`code`
  Timeout,      // ended by us after the slow or the global timeout
  OutputError,  // its output could not be read: errno `code`
  WrongTests,   // exited with 0, but the harness reports that it ran `code` tests instead of the one asked for
  Unfinished,   // exited with 0, but the harness began and never reported its end
  // A setup script exited with 0, but line `code` of what it wrote to $NEXTEST_ENV is none, or reading it gave errno
  // -`code`.
  BadVariable,
  SanitizerReport,  // exited with 0, but a sanitizer reported a fault
  ReportedFail,     // exited with 0, but what it printed says that it failed: `code` is a ReportedBy
  UnexpectedPass,   // passed, though it is expected to fail
};

// Who says so of what a test printed.
enum class ReportedBy : std::uint8_t { Framework, FailPattern, PassPattern };

struct Outcome {
  OutcomeKind kind = OutcomeKind::Pass;
  int code = 0;
  int expected = 1;                 // WrongTests: how many it should have run
  bool leaked = false;              // beside Fail and Abort
  bool core_dumped = false;         // Abort
  bool skipped_by_test = false;     // Pass: the test reported at run time that it does not apply
  bool failed_as_expected = false;  // Pass, Leak: it failed, as it should
  bool timeout_passes = false;      // Timeout: on-timeout = "pass"
  bool killed = false;              // Timeout: did not end within the grace period
  bool global_timeout = false;      // Timeout: the run's own, not the test's

  bool passed() const {
    return kind == OutcomeKind::Pass || kind == OutcomeKind::Leak || (kind == OutcomeKind::Timeout && timeout_passes);
  }
};

// Bounded; where the middle was dropped, a line in its place has how much.
struct CapturedOutput {
  std::string out;
  std::string err;
  bool combined = false;  // `out` is both streams, in the order in which they were written, and `err` is empty
};

// By which the place where a process runs knows it, whatever launched it there; 0: not known.
using ProcessNumber = std::int32_t;

// WaitingForRetry is a test between two attempts, which has no unit.
enum class UnitState : std::uint8_t { Running, Terminating, Killing, Draining, Done, WaitingForRetry };

// What ends a unit.
enum class EndingCause : std::uint8_t { ByItself, SlowTimeout, GlobalTimeout, Cancelled };

// What is known of a unit that has not ended.
struct UnitStatus {
  UnitState state = UnitState::Running;
  EndingCause cause = EndingCause::ByItself;
  ProcessNumber pid = 0;
  Duration elapsed;    // since it started
  Duration in_state;   // since it is in this state; Killing: since Terminating
  Duration remaining;  // until it is killed, a leak, or tried again; below 0: nothing like that is to come
  bool slow = false;
  bool stopped = false;                          // by a signal or a debugger, as far as that is known
  std::shared_ptr<const CapturedOutput> output;  // so far; null when it is not captured
};

struct Attempt {
  std::uint32_t number = 1;  // from 1
  std::uint32_t total = 1;   // how many there may be
};

struct AttemptResult {
  Attempt attempt;
  Outcome outcome;
  Duration started;   // since the run started
  Duration duration;  // until its process was gone
  bool slow = false;
  std::string tmpdir;                            // a folder of its own that is still there; empty: none
  Vector<std::string> properties;                // that the test gave itself: names and values in turn
  std::shared_ptr<const CapturedOutput> output;  // null when it was not captured
};

// All attempts of a test, at least one; the last one decides. Only the last has its output here: that of each earlier
// one came with the event of its failure, and would be held for nothing.
struct TestResult {
  Vector<AttemptResult> attempts;
  bool flaky_fails = false;

  const AttemptResult& last() const { return attempts.back(); }
  bool flaky() const { return attempts.size() > 1 && last().outcome.passed(); }
  bool passed() const { return last().outcome.passed() && !(flaky() && flaky_fails); }
};

}  // namespace nextest

// ---- core/model/plain_verdict.hpp ----

// What an end means for a program without tests inside: its exit code, unless it is of a framework that says more.

namespace nextest {

// A test that ends with that exit code was skipped.
inline void skip_at_exit_code(int code, Outcome& outcome) {
  if (outcome.kind != OutcomeKind::Fail || outcome.code != code || outcome.leaked) return;
  outcome = Outcome();
  outcome.skipped_by_test = true;
}

// Takes "NUMBER WORD" from `text`, after blanks.
inline bool take_count(std::string_view& text, std::string_view word, std::uint64_t& number) {
  text = trim(text);
  if (!parse_number(take_digits(text), number) || !starts_with(text, word)) return false;
  text.remove_prefix(word.size());
  return true;
}

// The last lines of a program with Unity, which is one test for us:
//   5 Tests 2 Failures 1 Ignored
//   FAIL
struct UnityCounts {
  std::uint64_t tests = 0, failures = 0, ignored = 0;
};

inline bool find_unity_counts(std::string_view output, UnityCounts& counts) {
  if (!contains(output, " Failures ")) return false;
  bool found = false;
  UnityCounts read;
  std::string_view line;
  while (next_line(output, line)) {
    line = trim(line);
    const bool is_end = take_count(line, " Tests ", read.tests) && take_count(line, " Failures ", read.failures) &&
                        take_count(line, " Ignored", read.ignored) && line.empty();
    if (!is_end) continue;
    const std::string_view verdict = trim(output.substr(0, output.find('\n')));
    if (verdict != "OK" && verdict != "FAIL") continue;
    counts = read;
    found = true;
  }
  return found;
}

// Whether cmocka says how many tests failed: "[  FAILED  ] 2 test(s), listed below:".
inline bool has_cmocka_failures(std::string_view output) {
  return contains(output, "[  FAILED  ] ") && contains(output, " test(s)");
}

// Judges by the exit code: 77 means "skipped", as automake has it. But the exit code of programs with Unity and cmocka
// is the number of failures, modulo 256, so that of 77 means as many, and 0 may mean 256.
inline void judge_by_exit_code(const CapturedOutput& output, Outcome& outcome) {
  UnityCounts counts;
  if (find_unity_counts(output.out, counts)) {
    if (!outcome.passed() || outcome.kind == OutcomeKind::Timeout) return;
    if (counts.failures > 0) outcome.kind = OutcomeKind::ReportedFail;
    else outcome.skipped_by_test = counts.tests > 0 && counts.ignored == counts.tests;
  } else if (!has_cmocka_failures(output.out) && !has_cmocka_failures(output.err)) {
    skip_at_exit_code(77, outcome);
  }
}

}  // namespace nextest

// ---- core/model/harness.hpp ----

// A harness is a row, all of it: its names, how to recognise it, to list and to run its tests, what their output means.
// That of plain programs is here, since a binary is one until more is known of it; those of frameworks are in
// core/harness/. docs/harnesses.md describes each for users.

namespace nextest {

struct TestCase;
struct TestList;

// A test as its harness lists it.
struct ListedTest {
  std::string name;
  std::string suite;   // these distinguish tests of one name; empty where the harness has no such thing
  std::string source;  // file:line
  bool ignored = false;
  bool benchmark = false;
  bool runs_others = false;  // those that it depends on
};

using Arguments = Vector<std::string>;

inline void judge_plain(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
  judge_by_exit_code(output, outcome);
}

// What a row does not set is as in a program without tests inside, which is one test.
struct Harness {
  // In two halves: whole, it would be in our own program too.
  struct Mark {
    const char* first = nullptr;
    const char* second = nullptr;
  };

  // By this variable of the environment the framework's users choose tests or the form of a report. It would change a
  // list or an outcome behind our back, so no program gets it.
  struct DroppedVariable {
    const char* name;
    const char* instead;  // how the same is asked for here; nullptr: it is not worth a word
  };

  const char* name = "";              // as in --harness
  const char* recorded_as = nullptr;  // in records; nullptr: `name`
  const char* separator = "";         // what stands before the last part of a test's name; empty: names have no parts
  // By what a program that holds it is known: a text among its constants, or the start of a shared library's name.
  Mark text;
  Mark library;
  FailureWording failures;
  Span<DroppedVariable> dropped_variables;

  // The command lines that list; their outputs are read together.
  Vector<Arguments> (*list_commands)(const Harness& row) = [](const Harness&) { return Vector<Arguments>(); };
  // Asked in their place where one of those failed. nullptr: nothing else lists.
  Vector<Arguments> (*plain_list_commands)(const Harness& row) = nullptr;
  // NAME=VALUE with which a program of this harness runs no test, whatever it is asked to do: for a program that shows
  // another framework too, and is asked in the words of that. nullptr: there is no such variable.
  const char* runs_nothing = nullptr;
  // Reads standard output of all list commands. The error names the text that could not be read. nullptr: nothing
  // lists.
  Result<Vector<ListedTest>> (*read_list)(const Harness& row, const Vector<std::string>& outputs) = nullptr;
  // Whether a list command that ended so has done its work.
  bool (*list_succeeded)(int exit_code, std::string_view output) = [](int code, std::string_view) { return code == 0; };
  // What arguments begin with that stand for options, and what a program has in place of it behind "--", which its file
  // tells. nullptr: all programs of the harness have the same options.
  const char* option_start = nullptr;
  std::string (*find_option_prefix)(const Bytes& file) = nullptr;
  // What is not in the list but in the program's file: which tests are ignored. nullptr: nothing.
  void (*mark_ignored_in)(const Bytes& file, Vector<ListedTest>& tests) = nullptr;

  // The pattern that the harness is given for a name, and whether it matches another name. Only a pattern with '*' or
  // '?' in it may match names of another pattern. nullptr: names are exact.
  std::string (*pattern_of)(std::string_view name) = nullptr;
  bool (*matches)(std::string_view pattern, std::string_view name) = nullptr;
  Arguments (*run_arguments)(const TestList& list, const TestCase& test) = [](const TestList&, const TestCase&) {
    return Arguments();
  };
  // NAME=VALUE for the run; NAME alone takes a variable away.
  Arguments (*run_environment)(const TestCase& test) = [](const TestCase&) { return Arguments(); };
  // Makes arguments, for listing or to run a test of that name, the words of a whole command line.
  void (*complete)(Arguments& words, const std::string& binary, std::string_view test) =
      [](Arguments& words, const std::string& binary, std::string_view) { words.insert(words.begin(), binary); };

  // Adjusts what follows from the exit status alone: skipped at run time, or another number of tests run than one.
  void (*judge)(const TestCase& test, const CapturedOutput& output, Outcome& outcome) = judge_plain;
  // Standard output of a failed test without what the harness prints around it for people.
  std::string_view (*own_output)(const TestCase& test, std::string_view output) =
      [](const TestCase&, std::string_view output) { return output; };

  // NAME=FORM, behind which a path makes the variable that has a program write a report of its own into that file; and
  // the properties that a test has given itself in there, names and values in turn. nullptr: there are none.
  const char* report_variable = nullptr;
  void (*read_properties)(const TestCase& test, std::string_view report, Vector<std::string>& properties) = nullptr;

  constexpr const char* name_in_records() const { return recorded_as != nullptr ? recorded_as : name; }

  constexpr bool is_sound() const {
    return *name != '\0' && (text.first == nullptr) == (text.second == nullptr) &&
           (library.first == nullptr) == (library.second == nullptr) &&
           (report_variable == nullptr) == (read_properties == nullptr) && failures.is_sound();
  }
};

inline constexpr const char choose_tests[] = "choose tests by name or with -E";
inline constexpr const char choose_a_shard[] = "choose a shard with --partition";

// Of Check, whose programs list no tests: each is one test.
inline constexpr Harness::DroppedVariable check_variables[] = {
    {"CK_RUN_SUITE", choose_tests},
    {"CK_RUN_CASE", choose_tests},
    {"CK_INCLUDE_TAGS", choose_tests},
    {"CK_EXCLUDE_TAGS", choose_tests},
};

// A program without tests inside: it is the test.
inline constexpr Harness plain_harness = [] {
  Harness row;
  row.name = "plain";
  row.dropped_variables = check_variables;
  return row;
}();

}  // namespace nextest

// ---- core/model/test_list.hpp ----

// Test binaries and the tests in them. A test is named by (binary id, test name); inside a run, by its index.

namespace nextest {

// Which machine a binary was built for: the one that tests run on, or the one that builds (cargo: build scripts,
// macros).
enum class BuildPlatform : std::uint8_t { Target, Host };

// Why a test is not run. Rerun: it passed already, in the run that this one is a rerun of or before.
enum class Mismatch : std::uint8_t { None, Ignored, Name, Filterset, DefaultFilter, Partition, Rerun };

struct WrapperScript;

struct TestBinary {
  std::string id;
  std::string path;
  std::string name;          // what binary() matches: the file's name
  SharedText package;        // what package() matches: the name of the folder it is in
  SharedText kind = "test";  // what kind() matches: cargo's lib, test, bench, proc-macro, bin, example
  BuildPlatform build_platform = BuildPlatform::Target;
  Mismatch mismatch = Mismatch::None;                // a filterset that no test in it can match; then it is not listed
  const Harness* harness = &plain_harness;           // a row of the table, or the configuration's
  std::string option_prefix;                         // in place of its harness's own, with "--"; empty: that
  Vector<const Harness*> other_harnesses;            // what else its file shows, asked where that one lists nothing
  SharedText folder;                                 // where it runs; empty: ours
  const Vector<std::string>* environment = nullptr;  // NAME=VALUE; the configuration's
  const WrapperScript* list_wrapper = nullptr;       // the configuration's
  SharedText skip_reason;                            // why its tests are not even listed; empty when they are
};

struct TestCase {
  std::string name;
  std::uint32_t binary = 0;
  // The name starts with what the harness prints; where that is not unique in the binary, " (suite)" follows.
  std::uint32_t own_name_size = 0;
  // The harness's own filter lets `rivals` tests through for this name, and this one is number `rank` of them.
  std::uint32_t rank = 0;
  std::uint32_t rivals = 1;
  bool ignored = false;
  bool benchmark = false;
  bool runs_others = false;  // its harness runs those that it depends on, too
  Mismatch mismatch = Mismatch::None;

  std::string_view own_name() const { return std::string_view(name).substr(0, own_name_size); }
};

using TestIndex = std::uint32_t;

struct ListCounts {
  std::uint32_t selected_tests = 0;
  std::uint32_t skipped_tests = 0;
  std::uint32_t tests_by_default_filter = 0;  // of the skipped ones
  std::uint32_t tests_by_rerun = 0;           // of the skipped ones
  std::uint32_t listed_binaries = 0;
  std::uint32_t skipped_binaries = 0;
  std::uint32_t binaries_by_default_filter = 0;  // of the skipped ones
};

// The tests of one binary are neighbours, in the harness's order; binaries are in the order they were named.
struct TestList {
  Vector<TestBinary> binaries;
  Vector<TestCase> tests;

  const TestBinary& binary_of(TestIndex test) const { return binaries[tests[test].binary]; }

  ListCounts counts() const {
    ListCounts counts;
    for (const TestCase& test : tests) {
      ++(test.mismatch == Mismatch::None ? counts.selected_tests : counts.skipped_tests);
      if (test.mismatch == Mismatch::DefaultFilter) ++counts.tests_by_default_filter;
      if (test.mismatch == Mismatch::Rerun) ++counts.tests_by_rerun;
    }
    for (const TestBinary& binary : binaries) {
      ++(binary.skip_reason.empty() ? counts.listed_binaries : counts.skipped_binaries);
      if (binary.mismatch == Mismatch::DefaultFilter) ++counts.binaries_by_default_filter;
    }
    return counts;
  }
};

}  // namespace nextest

// ---- core/select/filterset_faults.hpp ----

// What is wrong with a filterset: every fault, each with a mark under the span it is about.

namespace nextest {

class FiltersetFaults {
 public:
  bool empty() const { return faults_.empty(); }
  bool full() const { return faults_.size() >= most_shown; }  // what follows is only counted

  // `instead` is what was probably meant, if that is known.
  void add(std::size_t at, std::size_t size, const char* what, std::string_view instead = {}) {
    faults_.push_back({at, size, what});
    if (instead.empty()) return;
    hint_ += hint_.empty() ? "did you mean '" : ", '";
    hint_.append(instead).append("'");
  }

  Error error(std::string_view text) const {
    Error error = {ExitCode::InvalidFilterset, "invalid filterset", hint_};
    if (!hint_.empty()) error.hint += '?';
    if (faults_.size() > 1) append_format(error.message, ": %zu errors", faults_.size());
    const std::size_t shown = std::min(faults_.size(), most_shown);
    // Each line of the expression with the marks that begin in it.
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      append_line(error.message, text.substr(start, end - start), start, shown);
      start = end + 1;
    }
    if (shown < faults_.size()) append_format(error.message, "\n  and %zu more", faults_.size() - shown);
    return error;
  }

 private:
  struct Fault {
    std::size_t at, size;
    const char* what;
  };
  static constexpr std::size_t most_shown = 20, long_line = 500, around = 60;

  // Appends that part of `line` as it is shown; returns how wide it is.
  static std::size_t append_part(std::string& out, std::string_view line, std::size_t from, std::size_t to) {
    const std::size_t before = out.size();
    append_safe_name(out, line.substr(from, to - from));
    std::size_t width = 0;
    for (std::string_view rest = std::string_view(out).substr(before); !rest.empty(); ++width) {
      rest.remove_prefix(decode_utf8(rest).length);
    }
    return width;
  }

  void append_line(std::string& out, std::string_view line, std::size_t start, std::size_t shown) const {
    std::string_view visible = line;
    if (ends_with(visible, "\r")) visible.remove_suffix(1);
    const bool whole = visible.size() <= long_line;
    if (whole) append_part(out += "\n  ", visible, 0, visible.size());
    for (std::size_t i = 0; i < shown; ++i) {
      const Fault& fault = faults_[i];
      if (fault.at < start || fault.at > start + line.size()) continue;
      const std::size_t at = std::min(fault.at - start, visible.size());
      std::size_t size = std::min(fault.size, visible.size() - at);
      std::size_t from = 0;
      if (!whole) {
        // Too long to show whole: what is around the fault, cut between characters.
        const auto is_inside = [&](std::size_t place) {
          return place < visible.size() && (static_cast<unsigned char>(visible[place]) & 0xC0) == 0x80;
        };
        from = at < around ? 0 : at - around;
        std::size_t to = visible.size() - at < around ? visible.size() : at + around;
        while (is_inside(from)) ++from;
        while (is_inside(to)) ++to;
        from = std::min(from, at);
        size = std::min(size, to - at);
        append_part(out += from > 0 ? "\n  ..." : "\n  ", visible, from, to);
        if (to < visible.size()) out += "...";
      }
      std::string unused;
      const std::size_t before = append_part(unused, visible, from, at);
      const std::size_t width = append_part(unused, visible, at, at + size);
      out.append("\n  ").append(before + (from > 0 ? 3 : 0), ' ');
      out.append(width > 0 ? width : 1, '^').append(" ").append(fault.what);
    }
  }

  Vector<Fault> faults_;
  std::string hint_;
};

}  // namespace nextest

// ---- core/base/unicode.hpp ----

// Which characters \d, \s and \w mean: Unicode's decimal digits, white space and word characters (UTS #18, annex C), as
// upstream's regex library has them. libc's classes depend on the locale, and on which libc it is.

namespace nextest {

struct CharacterRange {
  char32_t first, last;
};

// Ranges in ascending order, each as what lies before it and how much longer than one character it is: numbers of seven
// bits a byte, all bytes but a number's last one with the high bit. Of Unicode 14.
// clang-format off
inline constexpr std::uint8_t digit_ranges[] = {
    48, 9, 140, 38, 9, 129, 6, 9, 129, 70, 9, 131, 28, 9, 118, 9, 118, 9, 118, 9, 118, 9, 118, 9, 118, 9, 118, 9, 118,
    9, 118, 9, 96, 9, 118, 9, 70, 9, 130, 22, 9, 70, 9, 142, 70, 9, 38, 9, 130, 44, 9, 129, 0, 9, 129, 38, 9, 6, 9, 129,
    54, 9, 86, 9, 129, 6, 9, 6, 9, 130, 147, 70, 9, 133, 38, 9, 38, 9, 129, 70, 9, 22, 9, 86, 9, 131, 22, 9, 129, 166,
    22, 9, 139, 6, 9, 145, 6, 9, 134, 44, 9, 129, 0, 9, 60, 9, 129, 16, 9, 130, 22, 9, 130, 86, 9, 118, 9, 130, 118, 9,
    102, 9, 102, 9, 131, 38, 9, 102, 9, 133, 118, 9, 129, 118, 9, 70, 9, 129, 153, 54, 9, 86, 9, 129, 6, 9, 129, 216,
    116, 49, 146, 64, 9, 131, 38, 9, 140, 86, 9, 165, 22, 9};
inline constexpr std::uint8_t space_ranges[] = {
    9, 4, 18, 0, 100, 0, 26, 0, 171, 95, 0, 146, 127, 10, 29, 1, 5, 0, 47, 0, 159, 32, 0};
inline constexpr std::uint8_t word_ranges[] = {
    48, 9, 7, 25, 4, 0, 1, 25, 47, 0, 10, 0, 4, 0, 5, 22, 1, 30, 1, 131, 73, 4, 11, 14, 4, 7, 0, 1, 0, 17, 116, 1, 1, 2,
    3, 1, 0, 6, 0, 1, 2, 1, 0, 1, 19, 1, 82, 1, 129, 10, 1, 129, 44, 1, 37, 2, 0, 6, 40, 8, 44, 1, 0, 1, 1, 1, 1, 1, 0,
    8, 26, 4, 3, 29, 10, 5, 73, 4, 101, 1, 7, 2, 9, 1, 18, 2, 0, 16, 58, 2, 100, 14, 53, 4, 0, 2, 0, 2, 45, 18, 27, 4,
    10, 5, 23, 1, 5, 9, 73, 1, 129, 0, 2, 9, 1, 18, 1, 7, 2, 1, 2, 21, 1, 6, 1, 0, 3, 3, 2, 8, 2, 1, 2, 3, 8, 0, 4, 1,
    1, 4, 2, 11, 10, 0, 1, 0, 2, 2, 1, 5, 4, 1, 2, 21, 1, 6, 1, 1, 1, 1, 1, 1, 2, 0, 1, 4, 4, 1, 2, 2, 3, 0, 7, 3, 1, 0,
    7, 15, 11, 2, 1, 8, 1, 2, 1, 21, 1, 6, 1, 1, 1, 4, 2, 9, 1, 2, 1, 2, 2, 0, 15, 3, 2, 9, 9, 6, 1, 2, 1, 7, 2, 1, 2,
    21, 1, 6, 1, 1, 1, 4, 2, 8, 2, 1, 2, 2, 7, 2, 4, 1, 1, 4, 2, 9, 1, 0, 16, 1, 1, 5, 3, 2, 1, 3, 3, 1, 1, 0, 1, 1, 3,
    1, 3, 2, 3, 11, 4, 4, 3, 2, 1, 3, 2, 0, 6, 0, 14, 9, 16, 12, 1, 2, 1, 22, 1, 15, 2, 8, 1, 2, 1, 3, 7, 1, 1, 2, 2, 0,
    2, 3, 2, 9, 16, 3, 1, 7, 1, 2, 1, 22, 1, 9, 1, 4, 2, 8, 1, 2, 1, 3, 7, 1, 6, 1, 1, 3, 2, 9, 1, 1, 13, 12, 1, 2, 1,
    50, 1, 2, 1, 4, 5, 3, 7, 4, 2, 9, 10, 5, 1, 2, 1, 17, 3, 23, 1, 8, 1, 0, 2, 6, 3, 0, 4, 5, 1, 0, 1, 7, 6, 9, 2, 1,
    13, 57, 5, 14, 1, 9, 39, 1, 1, 0, 1, 4, 1, 23, 1, 0, 1, 22, 2, 4, 1, 0, 1, 5, 2, 9, 2, 3, 32, 0, 23, 1, 6, 9, 11, 0,
    1, 0, 1, 0, 4, 9, 1, 35, 4, 19, 1, 17, 1, 35, 9, 0, 57, 73, 6, 77, 2, 37, 1, 0, 5, 0, 2, 42, 1, 130, 76, 1, 3, 2, 6,
    1, 0, 1, 3, 2, 40, 1, 3, 2, 32, 1, 3, 2, 6, 1, 0, 1, 3, 2, 14, 1, 56, 1, 3, 2, 66, 2, 2, 32, 15, 16, 85, 2, 5, 3,
    132, 107, 2, 16, 1, 25, 5, 74, 3, 10, 7, 21, 9, 21, 11, 19, 12, 12, 1, 2, 1, 1, 12, 83, 3, 0, 4, 1, 2, 9, 33, 2, 1,
    10, 6, 88, 7, 42, 5, 69, 10, 30, 1, 11, 4, 11, 10, 39, 2, 4, 11, 43, 4, 25, 6, 9, 38, 27, 4, 62, 1, 28, 2, 10, 6, 9,
    13, 0, 8, 30, 49, 76, 3, 9, 17, 8, 12, 115, 12, 55, 8, 9, 3, 48, 2, 8, 7, 42, 2, 2, 16, 2, 1, 38, 5, 132, 21, 2, 5,
    2, 37, 2, 5, 2, 7, 1, 0, 1, 0, 1, 0, 1, 30, 2, 52, 1, 6, 1, 0, 3, 2, 1, 6, 3, 3, 2, 5, 4, 12, 5, 2, 1, 6, 15, 1, 49,
    1, 19, 0, 28, 0, 13, 0, 16, 12, 51, 32, 17, 0, 4, 0, 2, 9, 1, 0, 3, 4, 6, 0, 1, 0, 1, 0, 1, 3, 1, 10, 2, 3, 5, 4, 4,
    0, 17, 40, 134, 45, 51, 142, 22, 129, 100, 6, 8, 12, 37, 1, 0, 5, 0, 2, 55, 7, 0, 15, 23, 9, 6, 1, 6, 1, 6, 1, 6, 1,
    6, 1, 6, 1, 6, 1, 6, 1, 31, 47, 0, 131, 85, 2, 25, 14, 1, 4, 2, 4, 4, 85, 2, 1, 2, 2, 1, 89, 1, 3, 5, 42, 1, 93, 17,
    31, 48, 15, 132, 0, 179, 63, 64, 129, 173, 12, 67, 45, 2, 130, 12, 3, 27, 20, 50, 1, 9, 1, 114, 37, 8, 2, 102, 2,
    63, 5, 1, 1, 0, 1, 4, 24, 53, 4, 0, 19, 51, 12, 69, 10, 9, 6, 23, 3, 0, 1, 48, 2, 35, 12, 28, 3, 64, 14, 10, 6, 30,
    1, 54, 9, 13, 2, 9, 6, 22, 3, 72, 24, 2, 2, 15, 2, 4, 10, 5, 2, 5, 2, 5, 9, 6, 1, 6, 1, 42, 1, 13, 6, 122, 1, 1, 2,
    9, 6, 215, 35, 12, 22, 4, 48, 194, 4, 130, 109, 2, 105, 38, 6, 12, 4, 5, 11, 1, 12, 1, 4, 1, 0, 1, 1, 1, 1, 1, 107,
    33, 130, 106, 18, 63, 2, 53, 40, 11, 4, 15, 16, 15, 3, 1, 24, 2, 32, 4, 1, 129, 6, 19, 9, 7, 25, 4, 0, 1, 25, 11,
    88, 3, 5, 2, 5, 2, 5, 2, 2, 35, 11, 1, 25, 1, 18, 1, 1, 1, 14, 2, 13, 34, 122, 69, 52, 129, 8, 0, 129, 2, 28, 3, 48,
    15, 0, 31, 31, 13, 29, 5, 42, 5, 29, 2, 35, 4, 7, 1, 4, 42, 129, 29, 2, 9, 6, 35, 4, 35, 4, 39, 8, 51, 12, 10, 1,
    14, 1, 6, 1, 1, 1, 10, 1, 14, 1, 6, 1, 1, 67, 130, 54, 9, 21, 10, 7, 24, 5, 1, 41, 1, 8, 69, 5, 2, 0, 1, 43, 1, 1,
    3, 0, 2, 22, 10, 22, 9, 30, 65, 18, 1, 1, 10, 21, 10, 25, 70, 55, 6, 1, 64, 3, 1, 1, 5, 7, 1, 2, 1, 28, 2, 2, 4, 0,
    32, 28, 3, 28, 35, 7, 1, 29, 25, 53, 10, 21, 10, 18, 13, 17, 110, 72, 55, 50, 13, 50, 13, 39, 8, 9, 130, 70, 41, 1,
    1, 3, 1, 78, 28, 10, 0, 8, 32, 31, 21, 42, 20, 27, 22, 9, 70, 31, 15, 9, 59, 7, 0, 13, 24, 7, 9, 6, 52, 1, 9, 4, 3,
    8, 35, 2, 0, 9, 68, 4, 3, 1, 12, 1, 0, 35, 17, 1, 36, 6, 0, 65, 6, 1, 0, 1, 3, 1, 14, 1, 9, 7, 58, 5, 9, 6, 3, 1, 7,
    2, 1, 2, 21, 1, 6, 1, 1, 1, 4, 1, 9, 2, 1, 2, 2, 2, 0, 6, 0, 5, 6, 2, 6, 3, 4, 129, 11, 74, 5, 9, 4, 3, 30, 69, 1,
    0, 8, 9, 129, 38, 53, 2, 8, 23, 5, 34, 64, 3, 0, 11, 9, 38, 56, 7, 9, 54, 26, 2, 14, 4, 9, 6, 6, 129, 57, 58, 101,
    73, 21, 7, 2, 0, 2, 7, 1, 1, 1, 29, 1, 1, 2, 8, 12, 9, 70, 7, 2, 45, 2, 7, 1, 1, 27, 62, 8, 0, 8, 73, 3, 0, 18, 72,
    130, 7, 8, 1, 44, 1, 8, 15, 9, 24, 29, 2, 21, 1, 13, 73, 6, 1, 1, 1, 43, 3, 0, 1, 1, 1, 8, 8, 9, 6, 5, 1, 1, 1, 36,
    1, 1, 1, 5, 7, 9, 130, 54, 22, 129, 57, 0, 79, 135, 25, 102, 110, 17, 129, 67, 148, 76, 96, 15, 136, 46, 159, 81,
    132, 70, 195, 57, 132, 56, 7, 30, 1, 9, 6, 78, 1, 9, 6, 29, 2, 4, 11, 54, 9, 3, 12, 9, 9, 20, 5, 18, 133, 48, 63,
    129, 0, 74, 4, 56, 7, 16, 64, 1, 1, 1, 11, 1, 14, 175, 119, 8, 137, 85, 42, 8, 197, 103, 3, 1, 6, 1, 1, 1, 130, 34,
    45, 2, 17, 3, 8, 131, 11, 146, 4, 106, 5, 12, 3, 8, 7, 9, 3, 1, 164, 97, 45, 2, 22, 132, 30, 4, 3, 5, 8, 7, 2, 6,
    30, 3, 129, 20, 2, 131, 59, 84, 1, 70, 1, 1, 2, 0, 2, 1, 2, 3, 1, 11, 1, 0, 1, 6, 1, 64, 1, 3, 2, 7, 1, 6, 1, 27, 1,
    3, 1, 4, 1, 0, 3, 6, 1, 130, 83, 2, 24, 1, 24, 1, 30, 1, 24, 1, 30, 1, 24, 1, 30, 1, 24, 1, 30, 1, 24, 1, 7, 2, 49,
    132, 0, 54, 4, 49, 8, 0, 14, 0, 22, 4, 1, 14, 136, 80, 30, 129, 97, 6, 1, 16, 2, 6, 1, 1, 1, 4, 129, 85, 44, 3, 13,
    2, 9, 4, 0, 130, 65, 30, 17, 57, 137, 102, 6, 1, 3, 1, 1, 1, 14, 1, 129, 68, 11, 6, 41, 75, 4, 9, 137, 38, 3, 1, 26,
    1, 1, 1, 0, 2, 0, 1, 9, 1, 3, 1, 0, 1, 0, 6, 0, 4, 0, 1, 0, 1, 0, 1, 2, 1, 1, 1, 0, 2, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
    1, 1, 0, 2, 3, 1, 6, 1, 3, 1, 3, 1, 0, 1, 9, 1, 16, 5, 2, 1, 4, 1, 16, 132, 116, 25, 6, 25, 6, 25, 148, 102, 9, 136,
    6, 130, 205, 95, 32, 160, 56, 7, 129, 93, 2, 173, 1, 14, 186, 48, 152, 31, 132, 29, 139, 98, 166, 74, 171, 219, 53,
    129, 111};
// clang-format on

class RangeReader {
 public:
  template <std::size_t size>
  explicit RangeReader(const std::uint8_t (&bytes)[size]) : at_(bytes), end_(bytes + size) {}

  // False after the last one.
  bool next(CharacterRange& range) {
    if (at_ == end_) return false;
    range.first = next_ + number();
    range.last = range.first + number();
    next_ = range.last + 1;
    return true;
  }

 private:
  char32_t number() {
    char32_t value = *at_ & 0x7Fu;
    while (*at_++ >= 0x80) value = value << 7 | (*at_ & 0x7Fu);
    return value;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  char32_t next_ = 0;
};

inline bool is_word_character(char32_t code) {
  RangeReader reader(word_ranges);
  CharacterRange range;
  while (reader.next(range)) {
    if (code <= range.last) return code >= range.first;
  }
  return false;
}

}  // namespace nextest

// ---- core/select/character_class.hpp ----

// Sets of characters, and those that have a name in patterns.

namespace nextest {

using CharacterRanges = Vector<CharacterRange>;

// In ascending order, without overlaps.
inline void normalise(CharacterRanges& ranges) {
  if (ranges.size() < 2) return;
  ::qsort(ranges.begin(), ranges.size(), sizeof ranges[0], [](const void* a, const void* b) {
    const char32_t first = static_cast<const CharacterRange*>(a)->first;
    const char32_t second = static_cast<const CharacterRange*>(b)->first;
    return first < second ? -1 : first > second ? 1 : 0;
  });
  std::size_t last = 0;
  for (const CharacterRange& range : ranges) {
    if (range.first > ranges[last].last) ranges[++last] = range;
    else if (range.last > ranges[last].last) ranges[last].last = range.last;
  }
  ranges.truncate(last + 1);
}

// All characters that are not in `ranges`, which are normalised.
inline void complement(CharacterRanges& ranges) {
  char32_t next = 0;
  std::size_t count = 0;
  for (const CharacterRange range : ranges) {
    if (range.first > next) ranges[count++] = {next, range.first - 1};
    next = range.last + 1;
  }
  ranges.truncate(count);
  if (next <= 0x10FFFF) ranges.push_back({next, 0x10FFFF});
}

inline void append(CharacterRanges& set, const CharacterRanges& ranges) {
  for (const CharacterRange& range : ranges) set.push_back(range);
}

// Appends what \d, \s, \w or, complemented, \D, \S, \W stands for.
inline void append_class(CharacterRanges& set, char letter) {
  const char kind = ascii_lower(letter);
  RangeReader reader(word_ranges);
  if (kind == 'd') reader = RangeReader(digit_ranges);
  else if (kind == 's') reader = RangeReader(space_ranges);
  CharacterRanges ranges;
  for (CharacterRange range; reader.next(range);) ranges.push_back(range);
  if (kind != letter) complement(ranges);
  append(set, ranges);
}

// The [:alpha:] classes, of ASCII only. As pairs of characters: first and last of each range, the first one may be \0.
struct NamedClass {
  std::string_view name;
  const char* pairs;
};
inline constexpr NamedClass named_classes[] = {
    {"alnum", "09AZaz"}, {"alpha", "AZaz"}, {"ascii", "\0\x7F"},  {"blank", "\t\t  "},  {"cntrl", "\0\x1F\x7F\x7F"},
    {"digit", "09"},     {"graph", "!~"},   {"lower", "az"},      {"print", " ~"},      {"punct", "!/:@[`{~"},
    {"space", "\t\r  "}, {"upper", "AZ"},   {"word", "09AZ__az"}, {"xdigit", "09AFaf"},
};

}  // namespace nextest

// ---- core/select/automaton.hpp ----

// The machine behind regexes and globs: a program over characters, run as a set of states. Time is linear in the text,
// whatever the pattern, and the answer does not depend on which libc there is (a translation for regcomp would: in the
// C locale it matches bytes, and what \b or an empty alternative means, POSIX does not define).

namespace nextest {

class Automaton {
 public:
  enum class Op : std::uint8_t {
    Set,         // one character of ranges_[target, target + count)
    Split,       // goes on with the next instruction and at `target`, in this order
    SplitAside,  // the same in the other order, which only matters where a group is looked for
    Jump,        // goes on at `target`
    Assert,      // goes on where `places` has the place between two characters
    GroupStart,
    GroupEnd,
    Match,
  };
  struct Instruction {
    Op op;
    std::uint16_t places;
    std::int32_t target;  // relative, so that code can be moved and copied
    std::uint32_t count;
  };

  // What lies on either side of a place; a set of places has a bit for each pair, before * 4 + after.
  enum Side : std::uint8_t { Edge, Newline, Word, Other };
  static constexpr std::uint16_t at_start = 0x000F, at_line_start = 0x00FF, at_end = 0x1111, at_line_end = 0x3333,
                                 at_word_edge = 0x4B44, inside_or_outside = 0xB4BB, at_word_start = 0x4044,
                                 at_word_end = 0x0B00, after_no_word = 0xF0FF, before_no_word = 0xBBBB;

  // Bounds what a pattern like (((a{200}){200}){200}) may cost.
  static constexpr std::size_t max_size = 10000;

  // --- building ---

  std::size_t size() const { return code_.size(); }
  void emit(Op op, std::ptrdiff_t target = 0) { code_.push_back(make(op, target)); }
  void emit_assert(std::uint16_t places) {
    emit(Op::Assert);
    code_.back().places = places;
    looks_around_ = true;
  }
  // `ranges` are normalised.
  void emit_set(const CharacterRanges& ranges) {
    emit(Op::Set, static_cast<std::ptrdiff_t>(ranges_.size()));
    code_.back().count = static_cast<std::uint32_t>(ranges.size());
    nextest::append(ranges_, ranges);
  }
  void emit_character(char32_t code) {
    CharacterRanges set;
    set.push_back({code, code});
    emit_set(set);
  }
  void truncate(std::size_t size) { code_.truncate(size); }
  // Only where nothing before `at` jumps behind it.
  void insert(std::size_t at, Op op, std::ptrdiff_t target) { code_.insert(code_.begin() + at, make(op, target)); }

  // The code from `start` on, repeated, as often as may be or, when lazy, as rarely. False when that is too much.
  bool repeat(std::size_t start, std::uint64_t least, std::uint64_t most, bool endless, bool lazy) {
    const Op again = lazy ? Op::SplitAside : Op::Split;
    Vector<Instruction> part;
    for (std::size_t i = start; i < code_.size(); ++i) part.push_back(code_[i]);
    const std::uint64_t copies = endless ? least + 1 : most;
    if (copies > max_size || start + (part.size() + 1) * copies > max_size) return false;
    const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(part.size());
    truncate(start);
    for (std::uint64_t i = 0; i < least; ++i) append(part);
    if (endless && least > 0) {
      emit(lazy ? Op::Split : Op::SplitAside, -size);
    } else if (endless) {
      emit(again, size + 2);
      append(part);
      emit(Op::Jump, -size - 1);
    } else {
      for (std::uint64_t i = least; i < most; ++i) {
        emit(again, size + 1);
        append(part);
      }
    }
    return true;
  }

  // The one group that find_group looks for.
  bool has_group() const { return has_group_; }
  void begin_group() {
    has_group_ = true;
    emit(Op::GroupStart);
  }
  void end_group() { emit(Op::GroupEnd); }

  // Alternatives, one after the other: `next_alternative` behind each but the last one, then `end_alternatives`. The
  // jumps to the end are chained until it is known.
  struct Alternatives {
    std::size_t start;
    std::ptrdiff_t last_jump = -1;
  };
  void next_alternative(Alternatives& alternatives) {
    insert(alternatives.start, Op::Split, static_cast<std::ptrdiff_t>(size() - alternatives.start) + 2);
    emit(Op::Jump, alternatives.last_jump);
    alternatives.last_jump = static_cast<std::ptrdiff_t>(size()) - 1;
    alternatives.start = size();
  }
  void end_alternatives(const Alternatives& alternatives) {
    for (std::ptrdiff_t jump = alternatives.last_jump; jump >= 0;) {
      std::int32_t& target = code_[static_cast<std::size_t>(jump)].target;
      const std::ptrdiff_t before = target;
      target = static_cast<std::int32_t>(static_cast<std::ptrdiff_t>(size()) - jump);
      jump = before;
    }
  }

  // Whole: all of a text has to match, else any part of it.
  void finish(bool whole) {
    whole_ = whole;
    if (whole) emit_assert(at_end);
    emit(Op::Match);
  }

  // --- running ---

  bool matches(std::string_view text) const {
    if (states_.empty()) forget();
    std::size_t state = 0;
    for (std::size_t i = 0;;) {
      const DecodedCharacter next = character_at(text, i);
      const std::size_t column = column_of(next.code);
      std::size_t found = unknown;
      if (column < columns) found = steps_[state * columns + column];
      if (found == unknown) found = step(state, next.code);
      if (found <= matched) return found == matched;
      state = found - first_state;
      i += next.length;
    }
  }

  // What the group took in the first match, where earlier alternatives and longer repetitions (lazy: shorter ones) come
  // before others, as they do in upstream's regexes; empty when it took none. All ways are followed at once, those that
  // come first in front: of two that meet, the second one is dropped.
  std::string_view find_group(std::string_view text) const {
    Vector<Way> now, next, open;
    Way match;
    bool found = false;
    Side before = side(end_of_text, true);
    for (std::size_t i = 0;;) {
      const DecodedCharacter character = character_at(text, i);
      const Side after = side(character.code, i == text.size());
      if (!found) now.push_back(Way());
      seen_.assign(code_.size(), '\0');
      next.clear();
      for (std::size_t first = 0; first < now.size(); ++first) {
        open.push_back(now[first]);
        while (!open.empty()) {
          Way way = open.back();
          open.pop_back();
          if (seen_[way.at] != '\0') continue;
          seen_[way.at] = '\1';
          const Instruction& instruction = code_[way.at];
          Way aside = way;
          aside.at = static_cast<std::uint16_t>(target_of(way.at));
          ++way.at;
          switch (instruction.op) {
            case Op::Set:
              if (i < text.size() && takes(instruction, character.code)) next.push_back(way);
              break;
            case Op::Split:
              open.push_back(aside);
              open.push_back(way);
              break;
            case Op::SplitAside:
              open.push_back(way);
              open.push_back(aside);
              break;
            case Op::Jump: open.push_back(aside); break;
            case Op::Assert:
              if ((instruction.places >> (before * 4u + after) & 1) != 0) open.push_back(way);
              break;
            case Op::GroupStart:
              way.start = i;
              open.push_back(way);
              break;
            case Op::GroupEnd:
              way.end = i;
              open.push_back(way);
              break;
            case Op::Match:  // what comes after this way matters no more
              match = way;
              found = true;
              open.clear();
              now.clear();
              break;
          }
        }
      }
      if (i == text.size() || (found && next.empty())) return text.substr(match.start, match.end - match.start);
      now.swap(next);
      i += character.length;
      before = after;
    }
  }

 private:
  // One way through the program: where it is, and what the group took on it.
  struct Way {
    std::uint16_t at = 0;
    std::size_t start = 0, end = 0;
  };

  // A set of instructions to go on with, all of them behind the same kind of character.
  struct State {
    std::size_t at, count;  // in members_
    std::uint64_t hash;
    Side before;
  };
  // Steps are remembered for ASCII characters and the end of the text.
  static constexpr char32_t end_of_text = 0x110000;
  static constexpr std::size_t columns = 0x81, max_states = 256;
  static std::size_t column_of(char32_t code) { return code < 0x80 ? code : code == end_of_text ? 0x80 : columns; }
  enum : std::uint16_t { unknown, failed, matched, first_state };

  static DecodedCharacter character_at(std::string_view text, std::size_t i) {
    if (i >= text.size()) return {end_of_text, 0, true};
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    return byte < 0x80 ? DecodedCharacter{byte, 1, true} : decode_utf8(text.substr(i));
  }

  static Instruction make(Op op, std::ptrdiff_t target) { return {op, 0, static_cast<std::int32_t>(target), 0}; }
  void append(const Vector<Instruction>& part) {
    for (const Instruction& instruction : part) code_.push_back(instruction);
  }

  std::size_t target_of(std::size_t at) const {
    return at + static_cast<std::size_t>(static_cast<std::ptrdiff_t>(code_[at].target));
  }

  bool takes(const Instruction& set, char32_t code) const {
    std::size_t low = static_cast<std::size_t>(set.target), high = low + set.count;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (code > ranges_[middle].last) low = middle + 1;
      else if (code < ranges_[middle].first) high = middle;
      else return true;
    }
    return false;
  }

  Side side(char32_t code, bool is_end) const {
    if (!looks_around_) return Other;
    return is_end ? Edge : code == '\n' ? Newline : is_word_character(code) ? Word : Other;
  }

  void forget() const {
    states_.clear();
    members_.clear();
    members_.push_back(0);
    steps_.clear();
    add_state({0, 1, 0, looks_around_ ? Edge : Other});
  }

  void add_state(const State& state) const {
    states_.push_back(state);
    for (std::size_t i = 0; i < columns; ++i) steps_.push_back(unknown);
  }

  // What follows `state` when the next character is `code`: failed, matched or a state.
  std::size_t step(std::size_t state, char32_t code) const {
    const bool is_end = code == end_of_text;
    const Side after = side(code, is_end);
    const std::size_t place = states_[state].before * 4u + after;
    seen_.assign(code_.size(), '\0');
    open_.clear();
    for (std::size_t i = 0; i < states_[state].count; ++i) open_.push_back(members_[states_[state].at + i]);
    bool match = false;
    while (!open_.empty()) {
      const std::size_t at = open_.back();
      open_.pop_back();
      if (seen_[at] != '\0') continue;
      seen_[at] = '\1';
      const Instruction& instruction = code_[at];
      const Op op = instruction.op;
      const bool splits = op == Op::Split || op == Op::SplitAside;
      const bool goes_on = splits || op == Op::GroupStart || op == Op::GroupEnd ||
                           (op == Op::Assert && (instruction.places >> place & 1) != 0);
      if (goes_on) open_.push_back(static_cast<std::uint16_t>(at + 1));
      if (splits || op == Op::Jump) open_.push_back(static_cast<std::uint16_t>(target_of(at)));
      if (op == Op::Match) match = true;
    }
    std::size_t found = match ? matched : failed;
    if (!match && !is_end) found = follow(code, after, state);
    const std::size_t column = column_of(code);
    if (column < columns && state < states_.size()) {
      steps_[state * columns + column] = static_cast<std::uint16_t>(found);
    }
    return found;
  }

  // The state behind `code`, from the instructions in seen_. `state` becomes none when it had to be forgotten.
  std::size_t follow(char32_t code, Side after, std::size_t& state) const {
    const std::size_t at = members_.size();
    if (!whole_) members_.push_back(0);
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (seen_[i] != '\0' && code_[i].op == Op::Set && takes(code_[i], code)) {
        members_.push_back(static_cast<std::uint16_t>(i + 1));
      }
    }
    const std::size_t count = members_.size() - at;
    if (count == 0) return failed;
    const std::string_view bytes(reinterpret_cast<const char*>(&members_[at]), count * sizeof members_[0]);
    const State found = {at, count, Xxh64::hash(bytes), after};
    for (std::size_t i = 1; i < states_.size(); ++i) {
      const State& known = states_[i];
      const std::string_view same(reinterpret_cast<const char*>(&members_[known.at]), bytes.size());
      if (known.hash == found.hash && known.before == after && known.count == count && same == bytes) {
        members_.truncate(at);
        return i + first_state;
      }
    }
    if (states_.size() < max_states) {
      add_state(found);
      return states_.size() - 1 + first_state;
    }
    // What is forgotten leaves its place to this state.
    open_.swap(members_);
    forget();
    for (std::size_t i = 0; i < count; ++i) members_.push_back(open_[at + i]);
    add_state({1, count, found.hash, after});
    state = states_.size();  // its number is another's now
    return 1 + first_state;
  }

  Vector<Instruction> code_;
  CharacterRanges ranges_;
  bool looks_around_ = false;
  bool has_group_ = false;
  bool whole_ = false;

  // What was found out so far. The program has one thread.
  mutable Vector<State> states_;
  mutable Vector<std::uint16_t> members_;
  mutable Vector<std::uint16_t> steps_;
  mutable Vector<std::uint16_t> open_;
  mutable std::string seen_;
};

}  // namespace nextest

// ---- core/select/filterset_program.hpp ----

// What a filterset is made of: predicates, and how they are put together.

namespace nextest {

// Where a filterset stands.
enum class FiltersetPlace : std::uint8_t { CommandLine, DefaultFilter, Config, ListWrapper };

enum class Predicate : std::uint8_t {
  All,
  None,
  Default,
  Test,
  Group,
  Package,
  Deps,
  Rdeps,
  BinaryId,
  Kind,
  Binary,
  Platform,
};

// How a predicate looks at a name: =exact, ~contains, /regex/ or #glob.
struct NameMatcher {
  enum Kind : std::uint8_t { Exact, Contains, Pattern } kind = Exact;
  std::string text;
  std::unique_ptr<Automaton> automaton;  // of a Pattern

  bool matches(std::string_view name) const {
    if (kind == Pattern) return automaton->matches(name);
    return kind == Exact ? name == text : contains(name, text);
  }
};

struct FiltersetLeaf {
  Predicate predicate = Predicate::All;
  bool is_host = false;  // platform(host)
  // The argument in the text.
  std::uint32_t at = 0;
  std::uint32_t size = 0;
  NameMatcher matcher;
};

// Operands first: "a and not b" is a b not and.
struct FiltersetNode {
  enum Kind : std::uint8_t { Leaf, Not, And, Minus, Or } kind;
  std::uint32_t leaf = 0;
};

struct PredicateDefinition {
  std::string_view name;
  Predicate predicate;
  char matcher;  // the default one; '\0': no argument
};
inline constexpr PredicateDefinition predicates[] = {
    {"all", Predicate::All, '\0'},  {"none", Predicate::None, '\0'},    {"default", Predicate::Default, '\0'},
    {"test", Predicate::Test, '~'}, {"group", Predicate::Group, '#'},   {"package", Predicate::Package, '#'},
    {"deps", Predicate::Deps, '#'}, {"rdeps", Predicate::Rdeps, '#'},   {"binary_id", Predicate::BinaryId, '#'},
    {"kind", Predicate::Kind, '='}, {"binary", Predicate::Binary, '#'}, {"platform", Predicate::Platform, '='},
};

inline const PredicateDefinition* predicate_named(std::string_view name) {
  for (const PredicateDefinition& row : predicates) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// nullptr, or why the predicate can't stand there.
inline const char* banned_at(FiltersetPlace place, Predicate predicate) {
  if (place == FiltersetPlace::CommandLine) return nullptr;
  const bool is_group = predicate == Predicate::Group;
  if (place == FiltersetPlace::ListWrapper) {
    const bool needs_names = is_group || predicate == Predicate::Test || predicate == Predicate::Default;
    return needs_names ? "not for a list wrapper: it is chosen before there is a list of tests" : nullptr;
  }
  if (is_group) return "only on the command line: configuration decides which tests are in a group";
  const bool is_circular = predicate == Predicate::Default && place == FiltersetPlace::DefaultFilter;
  return is_circular ? "not in default-filter: it would stand for itself" : nullptr;
}

}  // namespace nextest

// ---- core/select/pattern_text.hpp ----

// A pattern that is read from left to right, and what is wrong with it.

namespace nextest {

// What is wrong with a pattern, and where in it.
struct PatternFault {
  std::size_t at = 0;
  std::size_t size = 0;
  const char* what = nullptr;
};

class PatternText : protected TextCursor {
 protected:
  PatternText(std::string_view text, PatternFault& fault) : TextCursor(text), fault_(fault) {}

  bool fail(std::size_t from, std::size_t size, const char* what) {
    const std::size_t rest = text_.size() - from;
    fault_ = {from, size < rest ? size : rest, what};
    return false;
  }
  // From `from` to where we are.
  bool fail(std::size_t from, const char* what) { return fail(from, at_ - from, what); }

 private:
  PatternFault& fault_;
};

}  // namespace nextest

// ---- core/select/glob.hpp ----

// Globs as upstream's glob library reads them: * ? [..] [!..] {a,b} and ** between slashes, against a whole text; a
// slash is a character like any other, and a backslash too (what is special is written as [*]).

namespace nextest {

class Glob {
 public:
  static Result<Glob> parse(std::string_view text) {
    Glob glob;
    if (const char* fault = compile(text, *glob.automaton_)) {
      Error error;
      error.message.append("not a glob: '").append(text).append("' (").append(fault).append(")");
      return error;
    }
    return glob;
  }
  bool matches(std::string_view text) const { return automaton_->matches(text); }

  // nullptr, or what is wrong.
  static const char* compile(std::string_view text, Automaton& automaton) { return Compiler(text, automaton).run(); }

 private:
  // What has been read last in a branch: "**" looks back at it.
  struct Token {
    enum Kind : unsigned char { None, Slash, Prefix, Suffix, Middle, Any } kind = None;
    std::size_t start = 0;
    bool only = false;  // the first of its branch
  };
  struct Branches {
    Automaton::Alternatives all;
    Token last;
  };

  class Compiler : TextCursor {
   public:
    Compiler(std::string_view text, Automaton& automaton) : TextCursor(text), automaton_(automaton) {}

    const char* run() {
      open_.push_back({{0}, {}});
      char before = '\0';
      while (!done()) {
        if (automaton_.size() > Automaton::max_size) return "it is too large";
        if (next_is('*')) {
          star(before);
        } else if (take("[")) {
          if (const char* fault = set()) return fault;
        } else if (take("{")) {
          begin(Token::Any);
          open_.push_back({{automaton_.size()}, {}});
        } else if (take("}")) {
          if (open_.size() == 1) return "a '}' without its '{'";
          automaton_.end_alternatives(open_.back().all);
          open_.pop_back();
        } else if (open_.size() > 1 && take(",")) {
          automaton_.next_alternative(open_.back().all);
          open_.back().last = {};
        } else if (take("?")) {
          begin(Token::Any);
          any();
        } else {
          begin(next_is('/') ? Token::Slash : Token::Any);
          automaton_.emit_character(take_character());
        }
        before = text_[at_ - 1];
      }
      if (open_.size() > 1) return "a '{' without its '}'";
      // "**" alone is everything, and not just what ends in a slash.
      const Token& last = open_.back().last;
      if (last.kind == Token::Prefix && last.only) {
        automaton_.truncate(0);
        anything();
      }
      automaton_.finish(true);
      return nullptr;
    }

   private:
    void begin(Token::Kind kind) {
      Token& last = open_.back().last;
      last = {kind, automaton_.size(), last.kind == Token::None};
    }

    // Any character but a newline, as upstream.
    void any() {
      CharacterRanges set;
      set.push_back({'\n', '\n'});
      complement(set);
      automaton_.emit_set(set);
    }
    void anything() {
      automaton_.emit(Automaton::Op::Split, 3);
      any();
      automaton_.emit(Automaton::Op::Jump, -2);
    }
    // Nothing, or anything that ends in a slash.
    void folders() {
      automaton_.emit(Automaton::Op::Split, 5);
      anything();
      automaton_.emit_character('/');
    }

    void star(char before) {
      const bool is_double = take("**");
      if (!is_double) take("*");
      Token& last = open_.back().last;
      const bool is_end = done(), is_slash = next_is('/');
      const bool ends = is_end || (open_.size() > 1 && (next_is(',') || next_is('}')));
      if (is_double && last.kind == Token::None && (is_end || is_slash)) {
        begin(Token::Prefix);
        folders();
        take("/");
      } else if (is_double && last.kind != Token::None && before == '/' && (ends || is_slash)) {
        take("/");
        if (last.kind == Token::Prefix || last.kind == Token::Suffix) return;
        // It takes the slash before it with it.
        automaton_.truncate(last.start);
        last.kind = ends ? Token::Suffix : Token::Middle;
        automaton_.emit_character('/');
        if (ends) anything();
        else folders();
      } else {
        begin(Token::Any);
        anything();
      }
    }

    // Behind its '['.
    const char* set() {
      const bool negated = take("!") || take("^");
      CharacterRanges ranges;
      bool in_range = false;
      for (bool first = true;; first = false) {
        if (done()) return "a '[' without its ']'";
        const char32_t code = take_character();
        if (code == ']' && !first) break;
        if (in_range) {
          ranges.back().last = code;
          if (code < ranges.back().first) return "a range that ends before it begins";
          in_range = false;
        } else if (code == '-' && !first) {
          in_range = true;
        } else {
          ranges.push_back({code, code});
        }
      }
      if (in_range) ranges.push_back({'-', '-'});
      normalise(ranges);
      if (negated) complement(ranges);
      begin(Token::Any);
      automaton_.emit_set(ranges);
      return nullptr;
    }

    Automaton& automaton_;
    Vector<Branches> open_;  // the glob itself, and each { that waits for its }
  };

  std::unique_ptr<Automaton> automaton_ = std::make_unique<Automaton>();
};

}  // namespace nextest

// ---- core/select/regex.hpp ----

// Regular expressions as upstream's regex library reads them. What is left out is an error that says so, never another
// answer: \p{..}, classes in classes, (?x), (?u), and (?i) beyond ASCII.

namespace nextest {

class Regex : private PatternText {
 public:
  // Whether the automaton keeps what the first group took.
  enum class Group : std::uint8_t { Dropped, Kept };

  // False: `fault` is why not.
  static bool compile(std::string_view text, Automaton& automaton, PatternFault& fault, Group group = Group::Dropped) {
    Regex regex(text, automaton, fault);
    regex.keeps_group_ = group == Group::Kept;
    if (!regex.alternatives(0)) return false;
    if (!regex.done()) return regex.fail(regex.at_, 1, "there is no '(' for it");
    automaton.finish(false);
    return true;
  }

 private:
  Regex(std::string_view text, Automaton& automaton, PatternFault& fault)
      : PatternText(text, fault), automaton_(automaton) {}

  struct Flags {
    bool ignore_case = false;  // i
    bool multi_line = false;   // m
    bool dot_all = false;      // s
    bool lazy = false;         // U: repetitions are, and with a '?' they are not
  };

  // What an escape stands for.
  struct Escaped {
    enum Kind : std::uint8_t { Character, Class, Place } kind = Character;
    char32_t code = 0;
    std::uint16_t places = 0;
  };

  static constexpr const char* too_large = "the regex is too large";

  // --- the structure ---

  // Up to the end or a ')'.
  bool alternatives(unsigned depth) {
    const Flags outside = flags_;
    Automaton::Alternatives all = {automaton_.size()};
    for (;;) {
      if (automaton_.size() > Automaton::max_size) return fail(0, text_.size(), too_large);
      if (done() || next_is(')')) break;
      const std::size_t from = at_;
      const std::size_t start = automaton_.size();
      if (take("|")) {
        automaton_.next_alternative(all);
        continue;
      }
      bool is_item = true;
      const char c = text_[at_];
      if (c == '*' || c == '+' || c == '?' || c == '{') return fail(from, 1, "there is nothing to repeat");
      if (take("(")) {
        if (!group(depth, from, is_item)) return false;
      } else if (c == '[') {
        if (!bracket()) return false;
      } else if (!single()) {
        return false;
      }
      while (is_item && !done()) {
        bool repeated = false;
        if (!repetition(start, repeated)) return false;
        if (!repeated) break;
      }
    }
    automaton_.end_alternatives(all);
    flags_ = outside;
    return true;
  }

  // Behind its '('. Setting flags for what follows is no item: nothing to repeat.
  bool group(unsigned depth, std::size_t from, bool& is_item) {
    if (depth >= 250) return fail(from, 1, "more than 250 groups in each other");
    if (take("?=") || take("?!") || take("?<=") || take("?<!")) return fail(from, "look-around is not supported");
    const Flags outside = flags_;
    bool captures = true;
    if (take("?P<") || take("?<")) {
      const std::size_t name = at_;
      while (!done() && text_[at_] != '>') ++at_;
      if (done()) return fail(from, "the group's name does not end");
      if (at_ == name) return fail(from, "the group's name is empty");
      for (std::size_t i = name; i < at_; ++i) {
        const char c = text_[i];
        const bool anywhere = is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        const bool later = is_digit(c) || c == '.' || c == '[' || c == ']';
        if (!anywhere && (i == name || !later)) return fail(i, 1, "not a character for a group's name");
      }
      ++at_;
    } else if (take("?")) {
      if (!flags(from, is_item)) return false;
      if (!is_item) return true;
      captures = false;
    }
    const bool is_kept = captures && keeps_group_ && !automaton_.has_group();
    if (is_kept) automaton_.begin_group();
    if (!alternatives(depth + 1)) return false;
    if (is_kept) automaton_.end_group();
    flags_ = outside;
    return take(")") || fail(from, 1, "this group is not closed");
  }

  // Behind "(?": flags up to ')' or ':'.
  bool flags(std::size_t from, bool& is_item) {
    bool value = true;
    bool dangling = false;
    std::string_view seen = text_.substr(at_, 0);
    for (;; ++at_) {
      if (done()) return fail(from, "the flags do not end");
      const char c = text_[at_];
      if (c == ')' || c == ':') {
        if (dangling) return fail(at_ - 1, 1, "no flag follows");
        if (c == ')' && seen.empty()) return fail(from, 2, "there is nothing to repeat");
        is_item = c == ':';
        ++at_;
        return true;
      }
      if (contains(seen, text_.substr(at_, 1))) {
        return fail(at_, 1, c == '-' ? "a second '-'" : "the flag is there twice");
      }
      dangling = c == '-';
      if (c == '-') value = false;
      else if (c == 'i') flags_.ignore_case = value;
      else if (c == 'm') flags_.multi_line = value;
      else if (c == 's') flags_.dot_all = value;
      else if (c == 'U') flags_.lazy = value;
      else
        return fail(at_, 1, c == 'x' || c == 'u' || c == 'R' ? "this flag is not supported" : "there is no such flag");
      seen = std::string_view(seen.data(), seen.size() + 1);
    }
  }

  // An operator behind the code from `start` on.
  bool repetition(std::size_t start, bool& repeated) {
    const std::size_t from = at_;
    std::uint64_t least = 0, most = 1;
    bool endless = true;
    if (take("?")) {
      endless = false;
    } else if (take("+")) {
      least = 1;
    } else if (take("{")) {
      if (!count(from, least)) return false;
      most = least;
      endless = take(",");
      if (endless && !next_is('}')) {
        endless = false;
        if (!count(from, most)) return false;
      }
      if (!take("}")) return fail(from, "this repetition is not closed");
      if (!endless && most < least) return fail(from, "the first count is above the second");
    } else if (!take("*")) {
      return true;
    }
    const bool lazy = take("?") != flags_.lazy;
    repeated = true;
    return automaton_.repeat(start, least, most, endless, lazy) || fail(from, too_large);
  }

  bool count(std::size_t from, std::uint64_t& number) {
    const auto is_blank = [](char c) { return c == ' '; };
    take_while(is_blank);
    const std::string_view digits = take_while(is_digit);
    take_while(is_blank);
    if (done()) return fail(from, "this repetition is not closed");
    if (digits.empty()) return fail(from, "a count is missing");
    return parse_number(digits, number, UINT32_MAX) || fail(from, too_large);
  }

  // --- one character ---

  bool single() {
    const std::size_t from = at_;
    if (next_is('\\')) {
      Escaped escaped;
      if (!escape(escaped)) return false;
      if (escaped.kind == Escaped::Place) {
        automaton_.emit_assert(escaped.places);
        return true;
      }
      CharacterRanges set;
      if (!add(escaped, from, set)) return false;
      automaton_.emit_set(set);
      return true;
    }
    if (take("^")) {
      automaton_.emit_assert(flags_.multi_line ? Automaton::at_line_start : Automaton::at_start);
    } else if (take("$")) {
      automaton_.emit_assert(flags_.multi_line ? Automaton::at_line_end : Automaton::at_end);
    } else {
      CharacterRanges set;
      if (take(".")) {
        if (!flags_.dot_all) set.push_back({'\n', '\n'});
        complement(set);
      } else {
        const char32_t code = take_character();
        if (!add_range(code, code, from, set)) return false;
      }
      automaton_.emit_set(set);
    }
    return true;
  }

  // Both cases where case is ignored; the set stays normalised if one range is all there is in it.
  bool add_range(char32_t first, char32_t last, std::size_t from, CharacterRanges& set) {
    set.push_back({first, last});
    if (!flags_.ignore_case) return true;
    if (last >= 0x80) return fail(from, "only ASCII characters are supported where (?i) ignores case");
    for (char32_t code = first; code <= last; ++code) {
      const char32_t lower = code | 0x20;
      if (code < 'A' || lower < 'a' || lower > 'z') continue;
      set.push_back({code ^ 0x20, code ^ 0x20});
      if (lower == 'k') set.push_back({0x212A, 0x212A});  // Unicode folds the Kelvin sign and the long s to these
      if (lower == 's') set.push_back({0x017F, 0x017F});
    }
    normalise(set);
    return true;
  }

  bool add(const Escaped& escaped, std::size_t from, CharacterRanges& set) {
    if (escaped.kind == Escaped::Character) return add_range(escaped.code, escaped.code, from, set);
    append_class(set, static_cast<char>(escaped.code));
    return true;
  }

  bool escape(Escaped& escaped) {
    const std::size_t from = at_;
    ++at_;
    if (done()) return fail(from, "the escape is cut off");
    const char32_t code = take_character();
    escaped.code = code;
    const char c = code < 0x80 ? static_cast<char>(code) : '\0';
    static constexpr struct {
      char letter, code;
    } controls[] = {{'a', '\a'}, {'f', '\f'}, {'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'v', '\v'}};
    for (const auto& control : controls) {
      if (control.letter != c) continue;
      escaped.code = static_cast<char32_t>(control.code);
      return true;
    }
    static constexpr struct {
      std::string_view text;
      std::uint16_t places;
    } places[] = {
        {"b{start}", Automaton::at_word_start},
        {"b{end}", Automaton::at_word_end},
        {"b{start-half}", Automaton::after_no_word},
        {"b{end-half}", Automaton::before_no_word},
        {"b", Automaton::at_word_edge},
        {"B", Automaton::inside_or_outside},
        {"<", Automaton::at_word_start},
        {">", Automaton::at_word_end},
        {"A", Automaton::at_start},
        {"z", Automaton::at_end},
    };
    at_ = from + 1;
    for (const auto& place : places) {
      if (!take(place.text)) continue;
      escaped.kind = Escaped::Place;
      escaped.places = place.places;
      return true;
    }
    take_character();
    const char lower = ascii_lower(c);
    if (c == 'x' || lower == 'u') return hexadecimal(from, c == 'x' ? 2 : c == 'u' ? 4 : 8, escaped.code);
    if (lower == 'd' || lower == 's' || lower == 'w') {
      escaped.kind = Escaped::Class;
      return true;
    }
    if (lower == 'p') return fail(from, "Unicode classes are not supported");
    if (is_digit(c)) return fail(from, "back-references are not supported");
    if (code >= 0x80 || is_letter(c)) return fail(from, "there is no such escape");
    return true;
  }

  // \x7F \u007F \U0000007F, or as many digits as wanted in braces.
  bool hexadecimal(std::size_t from, std::size_t digits, char32_t& code) {
    const bool braces = take("{");
    std::size_t count = 0;
    code = 0;
    for (; braces ? !next_is('}') : count < digits; ++count, ++at_) {
      if (done()) return fail(from, "the escape is cut off");
      const unsigned digit = hex_digit(text_[at_]);
      if (digit > 15) return fail(at_, 1, "not a hexadecimal digit");
      if (code <= 0x10FFFF) code = code << 4 | digit;
    }
    if (braces) ++at_;
    if (count == 0) return fail(from, "the digits are missing");
    return is_scalar_value(code) || fail(from, "there is no such character");
  }

  // --- [...] ---

  bool bracket() {
    const std::size_t from = at_++;
    const bool negated = take("^");
    CharacterRanges set;
    // Dashes that come first are no ranges; a ']' that comes first ends nothing.
    if (take("]")) set.push_back({']', ']'});
    else if (next_is('-')) set.push_back({'-', '-'});
    if (text_[at_ - 1] != ']') {
      while (take("-")) {
      }
    }
    while (!next_is(']')) {
      if (done()) return fail(from, 1, "this class is not closed");
      const std::size_t item = at_;
      bool is_named = false;
      if (!named_class(set, is_named)) return false;
      if (is_named) continue;
      if (next_is('[')) return fail(item, 1, "classes in classes are not supported");
      if (take("&&") || take("--") || take("~~")) return fail(item, "set operations in classes are not supported");
      Escaped begin, end;
      if (!literal(begin)) return false;
      const std::string_view rest = text_.substr(at_);
      if (rest.empty()) return fail(from, 1, "this class is not closed");
      if (rest[0] != '-' || starts_with(rest, "-]") || starts_with(rest, "--")) {
        if (!add(begin, item, set)) return false;
        continue;
      }
      ++at_;
      if (done()) return fail(from, 1, "this class is not closed");
      if (!literal(end)) return false;
      if (begin.kind == Escaped::Class || end.kind == Escaped::Class) {
        return fail(item, "a class can't be the end of a range");
      }
      if (end.code < begin.code) return fail(item, "the range ends before it begins");
      if (!add_range(begin.code, end.code, item, set)) return false;
    }
    ++at_;
    normalise(set);
    if (negated) complement(set);
    automaton_.emit_set(set);
    return true;
  }

  bool literal(Escaped& escaped) {
    const std::size_t from = at_;
    if (next_is('\\')) {
      if (!escape(escaped)) return false;
      if (escaped.kind != Escaped::Place) return true;
      return fail(from, "this escape means nothing in a class");
    }
    escaped.code = take_character();
    return true;
  }

  // [:alpha:] and its like, [:^alpha:]: of ASCII only, upstream too.
  bool named_class(CharacterRanges& set, bool& is_named) {
    const std::size_t from = at_;
    if (!take("[:")) return true;
    const bool negated = take("^");
    for (const NamedClass& row : named_classes) {
      if (!take(row.name)) continue;
      if (!take(":]")) break;
      CharacterRanges ranges;
      const char* pair = row.pairs;
      do {
        if (!add_range(static_cast<char32_t>(pair[0]), static_cast<char32_t>(pair[1]), from, ranges)) return false;
        pair += 2;
      } while (*pair != '\0');
      normalise(ranges);
      if (negated) complement(ranges);
      append(set, ranges);
      is_named = true;
      return true;
    }
    at_ = from;
    return true;
  }

  Automaton& automaton_;
  Flags flags_;
  bool keeps_group_ = false;
};

}  // namespace nextest

// ---- core/select/filterset_parser.hpp ----

// From the text of a filterset to a flat program. The grammar is upstream's (nextest-filtering/reference.md). A fault
// does not end the parsing: where it is clear where the next part begins, that is looked at as well.

namespace nextest {

class FiltersetParser : private TextCursor {
 public:
  FiltersetParser(std::string_view text, FiltersetPlace place, Vector<FiltersetLeaf>& leaves,
                  Vector<FiltersetNode>& nodes, FiltersetFaults& faults)
      : TextCursor(text), place_(place), leaves_(leaves), nodes_(nodes), faults_(faults) {}

  // An operand, then operators with an operand each; what waits for its second operand is in pending_, so that neither
  // depth nor length costs stack.
  void run() {
    do {
      if (!operand()) return;
      close_groups();
    } while (next_operator());
    if (groups_ > 0) faults_.add(at_, 0, "missing `)`");
    reduce(0);
  }

 private:
  // Of what waits, by how tightly it binds.
  enum Pending : std::uint8_t { Group, Or, And, Minus, Not };
  static constexpr std::size_t max_depth = 1000;

  void wait(Pending kind) { pending_ += static_cast<char>(kind); }
  static bool is_word(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }
  std::string_view word() const {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }
  // Tabs are no blanks, upstream too.
  void skip_blanks() {
    while (take(" ") || take("\n") || take("\r\n")) {
    }
  }

  // --- operators ---

  // An operator where one can be, or what is taken for one where it is misspelled. `found` is its text.
  bool take_operator(Pending& kind, std::string_view& found) {
    static constexpr struct {
      std::string_view text;
      Pending kind;
      std::string_view instead;
    } operators[] = {
        {"and", And, {}}, {"or", Or, {}}, {"AND", And, "and"}, {"OR", Or, "or"}, {"&&", And, "&"},
        {"||", Or, "|"},  {"&", And, {}}, {"|", Or, {}},       {"+", Or, {}},    {"-", Minus, {}},
    };
    const std::string_view here = is_word(text_[at_]) ? word() : text_.substr(at_, 2);
    for (const auto& row : operators) {
      if (is_word(row.text[0]) ? here != row.text : !starts_with(here, row.text)) continue;
      kind = row.kind;
      found = row.text;
      if (expects_operator_ && !row.instead.empty()) {
        faults_.add(at_, found.size(), kind == And ? "expected `&` or `and`" : "expected `|`, `+` or `or`",
                    row.instead);
      }
      at_ += found.size();
      return true;
    }
    return false;
  }

  bool next_operator() {
    skip_blanks();
    while (!done()) {
      Pending kind;
      std::string_view found;
      expects_operator_ = true;
      if (take_operator(kind, found)) {
        reduce(kind);
        wait(kind);
        return true;
      }
      if (predicate_named(word()) != nullptr) {
        faults_.add(at_, word().size(), "expected an operator before this");
        wait(Or);
        return true;
      }
      const std::size_t end = groups_ > 0 ? text_.find(')', at_) : std::string_view::npos;
      const std::size_t size = (end == std::string_view::npos ? text_.size() : end) - at_;
      faults_.add(at_, size, groups_ > 0 ? "expected an operator or `)`" : "expected an operator or the end");
      at_ += size;
      close_groups();
    }
    return false;
  }

  void close_groups() {
    for (skip_blanks(); groups_ > 0 && take(")"); skip_blanks()) {
      reduce(0);
      pending_.pop_back();
      --groups_;
      --depth_;
      reduce(Not);
    }
  }

  // What binds at least as tightly as `kind` has its operands now. 0: up to the group or the start.
  void reduce(unsigned kind) {
    unsigned least = kind;
    if (kind == 0) least = Or;
    else if (kind == Minus) least = And;
    static constexpr FiltersetNode::Kind kinds[] = {FiltersetNode::Leaf, FiltersetNode::Or, FiltersetNode::And,
                                                    FiltersetNode::Minus, FiltersetNode::Not};
    while (!pending_.empty() && pending_.back() != Group && static_cast<unsigned char>(pending_.back()) >= least) {
      if (pending_.back() == Not) --depth_;
      nodes_.push_back({kinds[static_cast<unsigned char>(pending_.back())], 0});
      pending_.pop_back();
    }
  }

  // --- operands ---

  // False: it is too deep to go on.
  bool operand() {
    for (;;) {
      skip_blanks();
      const std::size_t from = at_;
      if (done() || next_is(')')) {
        faults_.add(at_, 0, "missing expression");
        return true;
      }
      const std::string_view name = word();
      if (take("(")) {
        wait(Group);
        ++groups_;
      } else if (name == "not" || name == "NOT" || next_is('!')) {
        at_ += name.empty() ? 1 : name.size();
        if (name == "NOT") faults_.add(from, 3, "there is no such operator", "not");
        wait(Not);
      } else {
        Pending kind;
        std::string_view found;
        expects_operator_ = false;
        if (take_operator(kind, found)) {
          faults_.add(from, found.size(), "missing expression before this operator");
          continue;
        }
        if (!name.empty()) {
          at_ += name.size();
          predicate(name, from);
          reduce(Not);
          return true;
        }
        // Up to where something may begin again.
        while (!done() && !is_word(text_[at_]) &&
               std::string_view(" \n()").find(text_[at_]) == std::string_view::npos) {
          ++at_;
        }
        faults_.add(from, at_ - from, "expected an expression");
        if (next_is('(') || (!done() && is_word(text_[at_]))) continue;
        return true;
      }
      if (++depth_ > max_depth) {
        faults_.add(from, at_ - from, "more than 1000 levels");
        return false;
      }
    }
  }

  // Behind its name.
  void predicate(std::string_view name, std::size_t from) {
    const PredicateDefinition* known = predicate_named(name);
    const bool is_known = known != nullptr;
    const PredicateDefinition definition = is_known ? *known : PredicateDefinition{name, Predicate::All, '~'};
    if (!is_known) {
      std::string lower(name);
      for (char& c : lower) c = ascii_lower(c);
      Vector<std::string_view> names;
      for (const PredicateDefinition& row : predicates) names.push_back(row.name);
      faults_.add(from, name.size(), "there is no such predicate", nearest(lower, names));
    } else if (const char* why = banned_at(place_, definition.predicate)) {
      faults_.add(from, name.size(), why);
    }
    leaves_.emplace_back();
    leaves_.back().predicate = definition.predicate;
    nodes_.push_back({FiltersetNode::Leaf, static_cast<std::uint32_t>(leaves_.size() - 1)});
    const std::size_t behind_name = at_;
    skip_blanks();
    if (!take("(")) {
      at_ = behind_name;
      if (!is_known) return;
      const bool is_closed = take(")");
      faults_.add(behind_name, 0, is_closed ? "missing `(`" : "missing `(` and `)`");
      return;
    }
    const std::size_t behind_open = at_;
    skip_blanks();
    if (!is_known && take(")")) return;
    if (definition.matcher == '\0') no_argument(behind_open);
    else argument(definition.matcher, leaves_.back());
    skip_blanks();
    if (next_is(',')) {
      faults_.add(at_, 1, "there is one argument at most");
      skip_to_close();
    }
    if (!take(")")) faults_.add(at_, 0, "missing `)`");
  }

  void skip_to_close() {
    const std::size_t close = text_.find(')', at_);
    at_ = close == std::string_view::npos ? text_.size() : close;
  }

  void no_argument(std::size_t from) {
    at_ = from;
    skip_to_close();
    const std::string_view found = trim(text_.substr(from, at_ - from));
    if (found.empty()) return;
    faults_.add(static_cast<std::size_t>(found.data() - text_.data()), found.size(), "this predicate has no argument");
  }

  void argument(char matcher, FiltersetLeaf& leaf) {
    const std::size_t whole = at_;
    const bool is_platform = leaf.predicate == Predicate::Platform;
    const bool is_explicit =
        !is_platform && !done() && std::string_view("=~/#").find(text_[at_]) != std::string_view::npos;
    if (is_explicit) matcher = text_[at_++];
    if (matcher != '/') skip_blanks();
    const std::size_t from = at_;
    if (matcher == '/') {
      regex(leaf.matcher);
    } else if (string(leaf.matcher.text)) {
      const std::string& text = leaf.matcher.text;
      const std::size_t size = at_ - from;
      if (text.empty()) {
        faults_.add(from, 0, "missing name");
      } else if (is_platform) {
        leaf.is_host = text == "host";
        if (!leaf.is_host && text != "target") {
          faults_.add(from, size, "expected `host` or `target`", nearest(text, {"host", "target"}));
        }
      } else if (matcher == '#') {
        if (const char* fault = Glob::compile(text, pattern(leaf.matcher))) {
          faults_.add(from, size, fault);
        }
      } else if (matcher == '~') {
        leaf.matcher.kind = NameMatcher::Contains;
      }
    }
    leaf.at = static_cast<std::uint32_t>(whole);
    leaf.size = static_cast<std::uint32_t>(at_ - whole);
  }

  // Up to the next ',' or ')', without the blanks before that (\u{20} is none). False when an escape is wrong.
  bool string(std::string& out) {
    bool valid = true;
    std::size_t kept = 0;  // of `out`; what is behind it may be blanks only
    std::size_t end = at_;
    while (!done() && !next_is(',') && !next_is(')')) {
      const char c = text_[at_];
      if (c == '\\') {
        if (!escape(out)) valid = false;
      } else {
        out += c;
        ++at_;
      }
      if (c == ' ' || c == '\n' || (c == '\r' && next_is('\n'))) continue;
      kept = out.size();
      end = at_;
    }
    out.resize(kept);
    at_ = end;
    return valid;
  }

  bool escape(std::string& out) {
    const std::size_t from = at_++;
    if (take("u{")) {
      char32_t code = 0;
      std::size_t digits = 0;
      for (; !done() && digits < 7; ++digits, ++at_) {
        const unsigned digit = hex_digit(text_[at_]);
        if (digit > 15) break;
        code = code << 4 | digit;
      }
      if (digits > 0 && digits < 7 && is_scalar_value(code) && take("}")) {
        append_utf8(out, code);
        return true;
      }
    } else if (!done()) {
      constexpr std::string_view letters = "nrtbf\\/),", meanings = "\n\r\t\b\f\\/),";
      const std::size_t i = letters.find(text_[at_]);
      if (i != std::string_view::npos) {
        out += meanings[i];
        ++at_;
        return true;
      }
      take_character();
    }
    faults_.add(from, at_ - from, "there is no such escape");
    return false;
  }

  static Automaton& pattern(NameMatcher& matcher) {
    matcher.kind = NameMatcher::Pattern;
    matcher.automaton = std::make_unique<Automaton>();
    return *matcher.automaton;
  }

  // Behind its first slash. "\/" is a slash, every other escape is the regex's own.
  void regex(NameMatcher& matcher) {
    const std::size_t from = at_;
    for (; !done() && !next_is('/'); ++at_) {
      if (starts_with(text_.substr(at_), "\\/")) ++at_;
      matcher.text += text_[at_];
    }
    if (!take("/")) {
      at_ = from;
      skip_to_close();
      faults_.add(at_, 0, "missing `/`");
      return;
    }
    PatternFault fault;
    if (Regex::compile(matcher.text, pattern(matcher), fault)) return;
    // Where that is in the text: each "\/" before it is one character longer there.
    std::size_t places[] = {fault.at, fault.at + fault.size};
    for (std::size_t& place : places) {
      std::size_t in_text = from;
      for (std::size_t i = 0; i < place; ++i) in_text += starts_with(text_.substr(in_text), "\\/") ? 2 : 1;
      place = in_text;
    }
    faults_.add(places[0], places[1] - places[0], fault.what);
  }

  FiltersetPlace place_;
  Vector<FiltersetLeaf>& leaves_;
  Vector<FiltersetNode>& nodes_;
  FiltersetFaults& faults_;
  std::string pending_;     // Pending, a byte each
  std::size_t groups_ = 0;  // of pending_
  std::size_t depth_ = 0;   // groups and nots of pending_
  bool expects_operator_ = false;
};

}  // namespace nextest

// ---- core/select/filterset.hpp ----

// Which tests an expression stands for: what depends on the binary is found out once for all its tests, and what is
// left of it then is asked about each test.

namespace nextest {

// One that was not parsed stands for all tests; in a build without filtersets there are no others.
class Filterset {
 public:
  // Every fault is in the error, with a mark under it.
  static Result<Filterset> parse(std::string_view text, FiltersetPlace place) {
    if (!built_in(Feature::Filtersets)) return left_out(Feature::Filtersets);
    Filterset filterset;
    filterset.text_ = text;
    FiltersetFaults faults;
    FiltersetParser(filterset.text_, place, filterset.leaves_, filterset.nodes_, faults).run();
    if (!faults.empty()) return faults.error(text);
    return filterset;
  }

  // A package(), deps(), rdeps(), binary() or binary_id() that no binary fits, a group() that no group fits: most
  // likely not what was meant.
  Status check(const Vector<TestBinary>& binaries, const Vector<std::string>& groups) const {
    if (!built_in(Feature::Filtersets)) return success();
    FiltersetFaults faults;
    for (const FiltersetLeaf& leaf : leaves_) {
      Vector<std::string_view> names;
      const char* what = nullptr;
      if (leaf.predicate == Predicate::Group) {
        names = Vector<std::string_view>(groups.begin(), groups.end());
        names.push_back(no_group);
        what = "no test group matches this";
      } else if (name_of(TestBinary(), leaf.predicate) != nullptr && leaf.predicate != Predicate::Kind) {
        for (const TestBinary& binary : binaries) {
          if (const std::string* const name = name_of(binary, leaf.predicate)) names.push_back(*name);
        }
        what = leaf.predicate == Predicate::Binary     ? "no name of a binary matches this"
               : leaf.predicate == Predicate::BinaryId ? "no binary id matches this"
                                                       : "no package matches this";
      } else {
        continue;
      }
      bool any = false;
      for (const std::string_view name : names) any = any || leaf.matcher.matches(name);
      if (any) continue;
      // Looking for what was meant takes the product of both sizes.
      const bool is_long = leaf.matcher.text.size() > 100 || faults.full();
      faults.add(leaf.at, leaf.size, what, is_long ? std::string_view() : nearest(leaf.matcher.text, names));
    }
    if (!faults.empty()) return faults.error(text_);
    return success();
  }

  struct Context {
    const Filterset* default_filter = nullptr;  // what default() means; nullptr: all
    // The group of a test; nullptr: no test is in one.
    std::string_view (*group_of)(const void* data, TestIndex test) = nullptr;
    const void* data = nullptr;
  };

  bool matches(const TestList& list, TestIndex test, const Context& context) const {
    return simplified(list.binary_of(test), context).holds(list, test, context);
  }

  // For all tests at once, each binary looked at once.
  Vector<bool> matches_all(const TestList& list, const Context& context) const {
    Vector<bool> matching(list.tests.size());
    Rest rest;
    const TestBinary* binary = nullptr;
    for (TestIndex i = 0; i < list.tests.size(); ++i) {
      if (&list.binary_of(i) != binary) {
        binary = &list.binary_of(i);
        rest = simplified(*binary, context);
      }
      matching[i] = rest.holds(list, i, context);
    }
    return matching;
  }

  // No: no test of the binary can match, whatever its tests are called. Then it need not even be listed.
  enum class Answer : std::uint8_t { No, Maybe, Yes };
  Answer matches_binary(const TestBinary& binary, const Context& context) const {
    return simplified(binary, context).answer;
  }

  const std::string& text() const { return text_; }

 private:
  // What is left of an expression for the tests of one binary, as a program on one truth value. A step sets it, turns
  // it round, or jumps over the next steps when it is what they can't change.
  struct Step {
    const FiltersetLeaf* leaf;  // nullptr: the others
    enum Kind : std::uint8_t { Not, SkipIfFalse, SkipIfTrue } kind;
    std::uint32_t skip;
  };
  struct Rest {
    Answer answer = Answer::Yes;
    Vector<Step> steps;  // for Maybe

    bool holds(const TestList& list, TestIndex index, const Context& context) const {
      if (!built_in(Feature::Filtersets) || answer != Answer::Maybe) return answer == Answer::Yes;
      bool value = false;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        if (step.leaf != nullptr) value = leaf_holds(*step.leaf, list.tests[index], index, context);
        else if (step.kind == Step::Not) value = !value;
        else if (value == (step.kind == Step::SkipIfTrue)) i += step.skip;
      }
      return value;
    }
  };

  static bool leaf_holds(const FiltersetLeaf& leaf, const TestCase& test, TestIndex index, const Context& context) {
    if (leaf.predicate == Predicate::Group) {
      return leaf.matcher.matches(context.group_of != nullptr ? context.group_of(context.data, index) : no_group);
    }
    if (leaf.matcher.matches(test.name)) return true;
    return test.own_name_size != test.name.size() && leaf.matcher.matches(test.own_name());
  }

  // What a predicate looks at in a binary; nullptr when that is not a name.
  static const std::string* name_of(const TestBinary& binary, Predicate predicate) {
    switch (predicate) {
      case Predicate::Package:
      case Predicate::Deps:
      case Predicate::Rdeps: return &binary.package.str();  // no graph of dependencies is known here
      case Predicate::BinaryId: return &binary.id;
      case Predicate::Kind: return &binary.kind.str();
      case Predicate::Binary: return &binary.name;
      default: return nullptr;
    }
  }

  // An operand that has been dealt with: its answer, and for Maybe its steps from `start` on.
  struct Operand {
    Answer answer;
    std::size_t start;
  };
  static Answer opposite(Answer answer) {
    return answer == Answer::Maybe ? answer : answer == Answer::Yes ? Answer::No : Answer::Yes;
  }

  Rest simplified(const TestBinary& binary, const Context& context) const {
    Rest rest;
    if (!built_in(Feature::Filtersets)) return rest;
    rest.answer = simplify(binary, context.default_filter, rest.steps);
    return rest;
  }

  Answer simplify(const TestBinary& binary, const Filterset* default_filter, Vector<Step>& steps) const {
    Vector<Operand> operands;
    for (const FiltersetNode& node : nodes_) {
      if (node.kind == FiltersetNode::Leaf) {
        const std::size_t start = steps.size();
        operands.push_back({leaf_answer(leaves_[node.leaf], binary, default_filter, steps), start});
        continue;
      }
      Operand& last = operands.back();
      if (node.kind == FiltersetNode::Not || node.kind == FiltersetNode::Minus) {
        last.answer = opposite(last.answer);
        if (last.answer == Answer::Maybe) steps.push_back({nullptr, Step::Not, 0});
      }
      if (node.kind == FiltersetNode::Not) continue;
      const Operand second = last;
      operands.pop_back();
      Operand& first = operands.back();
      const bool is_or = node.kind == FiltersetNode::Or;
      const Answer decisive = is_or ? Answer::Yes : Answer::No;
      if (first.answer == decisive || second.answer == decisive) {
        first.answer = decisive;
        steps.truncate(first.start);
      } else if (first.answer == Answer::Maybe && second.answer == Answer::Maybe) {
        const std::uint32_t skip = static_cast<std::uint32_t>(steps.size() - second.start);
        steps.insert(steps.begin() + second.start, {nullptr, is_or ? Step::SkipIfTrue : Step::SkipIfFalse, skip});
      } else if (second.answer == Answer::Maybe) {
        first.answer = Answer::Maybe;
      }
    }
    return operands.empty() ? Answer::Yes : operands.back().answer;
  }

  static Answer leaf_answer(const FiltersetLeaf& leaf, const TestBinary& binary, const Filterset* default_filter,
                            Vector<Step>& steps) {
    const auto answer = [](bool holds) { return holds ? Answer::Yes : Answer::No; };
    if (const std::string* name = name_of(binary, leaf.predicate)) return answer(leaf.matcher.matches(*name));
    switch (leaf.predicate) {
      case Predicate::None: return Answer::No;
      case Predicate::Platform: return answer(leaf.is_host == (binary.build_platform == BuildPlatform::Host));
      case Predicate::Default:
        if (default_filter != nullptr) return default_filter->simplify(binary, nullptr, steps);
        return Answer::Yes;
      case Predicate::Test:
      case Predicate::Group: steps.push_back({&leaf, Step::Not, 0}); return Answer::Maybe;
      default: return Answer::Yes;
    }
  }

  std::string text_;
  Vector<FiltersetLeaf> leaves_;
  Vector<FiltersetNode> nodes_;
};

}  // namespace nextest

// ---- core/select/output_pattern.hpp ----

// A regex for what a test prints, as a setting has it.

namespace nextest {

struct OutputPattern {
  std::string text;  // as written
  Automaton regex;
};

}  // namespace nextest

// ---- core/config/setting_values.hpp ----

// What the value of a setting may be: how it is read, and how it is shown, as TOML. A form of values is a struct with
// both; rows of the table of settings, and options that are none, name the one that they have.

namespace nextest {

// A basic string (TOML 1.0.0, "String").
inline std::string show_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.append("\\").append(1, c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) append_format(out, "\\u%04x", c);
    else out += c;
  }
  return out + "\"";
}

// --- words and numbers ---

// A form of which no value is a word.
inline constexpr Choices no_words;
struct WithoutWords {
  static constexpr const Choices* words = &no_words;
};

// One of the words, by position.
template <const Choices& choices>
struct ChoiceValue {
  static constexpr const Choices* words = &choices;
  template <class Choice>
  static void read(ValueReader& in, const Written& value, Choice& choice) {
    in.choose(value, choices, choice);
  }
  template <class Choice>
  static std::string show(Choice choice) {
    return show_string(choices.words[static_cast<std::size_t>(choice)]);
  }
};

inline constexpr Choices output_displays = {{"never", "immediate", "final", "immediate-final"}};
inline constexpr Choices status_levels = {{"none", "fail", "retry", "slow", "leak", "pass", "skip", "all"}};
inline constexpr Choices final_status_levels = {{"none", "fail", "flaky", "slow", "skip", "leak", "pass", "all"}};
inline constexpr Choices skipped_reports = {{"none", "ignored", "all"}};
inline constexpr Choices pass_or_fail = {{"pass", "fail"}};
inline constexpr Choices fail_or_ignore = {{"fail", "ignore"}};
inline constexpr Choices fail_or_pass = {{"fail", "pass"}};
inline constexpr Choices failure_or_success = {{"failure", "success"}};
inline constexpr Choices backoffs = {{"fixed", "exponential"}};
inline constexpr Choices wait_or_immediate = {{"wait", "immediate"}};
inline constexpr Choices progress_displays =
    needs(Feature::Terminal, " bar only ", {{"auto", "none", "bar", "counter", "only"}});

struct FinalStatusLevelValue : ChoiceValue<final_status_levels> {
  static void read(ValueReader& in, const Written& value, FinalStatusLevel& level) {
    if (value.is("retry")) level = FinalStatusLevel::Flaky;  // as the level of the lines during the run calls it
    else in.choose(value, final_status_levels, level);
  }
};

struct BooleanValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, bool& flag) { in.boolean(value, flag); }
  static std::string show(bool flag) { return flag ? "true" : "false"; }
};

template <std::int64_t smallest>
struct CountValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::uint32_t& count) { in.count(value, smallest, count); }
  static std::string show(std::uint32_t count) { return std::to_string(count); }
};

struct PriorityValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::int32_t& priority) {
    std::int64_t wide = 0;
    in.number(value, -100, 100, wide);
    priority = static_cast<std::int32_t>(wide);
  }
  static std::string show(std::int32_t priority) { return std::to_string(priority); }
};

// How many lines of running tests the bar has.
struct MaxRunningValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::uint32_t& count) {
    if (value.is("infinite")) count = UINT32_MAX;
    else if (value.in_file() == nullptr || value.integer()) in.count(value, 0, count);
    else in.not_allowed(value, "a number, \"infinite\"");
  }
  static std::string show(std::uint32_t count) { return count == UINT32_MAX ? "\"infinite\"" : std::to_string(count); }
};

struct SizeValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::uint64_t& bytes) {
    std::string written;
    if (const std::optional<std::int64_t> number = value.integer(); number && *number >= 0) {
      bytes = static_cast<std::uint64_t>(*number);
    } else if (in.text(value, written, "a size, as in \"10MB\", \"1GB\"")) {
      const Result<std::uint64_t> parsed = parse_size(written);
      if (parsed) bytes = parsed.value();
      else in.fail(value, parsed.error());
    }
  }
  static std::string show(std::uint64_t bytes) { return std::to_string(bytes); }
};

struct TextValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::string& text) { in.text(value, text); }
  static std::string show(const std::string& text) { return show_string(text); }
};

struct DefaultFilterValue : TextValue {
  static void read(ValueReader& in, const Written& value, std::string& text) {
    if (!in.text(value, text, "a filterset expression")) return;
    const Result<Filterset> filterset = Filterset::parse(text, FiltersetPlace::DefaultFilter);
    if (!filterset) in.fail(value, filterset.error());
  }
};

struct ArgumentsValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, Vector<std::string>& arguments) {
    if (value.in_file() != nullptr) in.strings(*value.in_file(), arguments);
  }
  static std::string show(const Vector<std::string>& arguments) {
    std::string out = "[";
    for (const std::string& word : arguments) out.append(out.size() > 1 ? ", " : "").append(show_string(word));
    return out + "]";
  }
};

// Its ^ and $ are the ends of each line. An empty one is none.
struct OutputPatternValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::shared_ptr<const OutputPattern>& pattern) {
    OutputPattern read;
    if (!in.text(value, read.text, "a regex")) return;
    PatternFault fault;
    if (read.text.empty()) pattern = nullptr;
    else if (Regex::compile("(?m)" + read.text, read.regex, fault))
      pattern = std::make_shared<const OutputPattern>(std::move(read));
    else in.fail(value, "the regex " + value.shown() + " cannot be used: " + fault.what, "");
  }
  static std::string show(const std::shared_ptr<const OutputPattern>& pattern) {
    return show_string(pattern == nullptr ? std::string_view() : pattern->text);
  }
};

// --- time ---

struct DurationValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, Duration& duration) { in.duration(value, duration); }
  static std::string show(Duration duration) {
    if (thirty_years <= duration) return "\"30y\"";
    const std::int64_t ms = 1000000, s = 1000 * ms;
    const std::int64_t unit = duration.ns % s == 0 ? s : duration.ns % ms == 0 ? ms : 1;
    return "\"" + std::to_string(duration.ns / unit) + (unit == s ? "s" : unit == ms ? "ms" : "ns") + "\"";
  }
};

struct PositiveDurationValue : DurationValue {
  static void read(ValueReader& in, const Written& value, Duration& duration) { in.duration(value, duration, false); }
};

// A duration, or a table.
struct SlowTimeoutValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, SlowTimeout& slow) {
    SlowTimeout read;
    if (!value.is_table()) {
      in.duration(value, read.period, false);
    } else {
      in.table(*value.in_file(),
               {{"period", [&](const TomlValue& v) { in.duration(v, read.period, false); }},
                {"terminate-after", [&](const TomlValue& v) { in.count(v, 1, read.terminate_after); }},
                {"grace-period", [&](const TomlValue& v) { in.duration(v, read.grace_period); }},
                {"on-timeout", [&](const TomlValue& v) { in.choose(v, fail_or_pass, read.passes); }}},
               "period", "{ period = \"60s\", terminate-after = 2 }");
    }
    if (in.ok()) slow = read;
  }
  static std::string show(const SlowTimeout& slow) {
    std::string out = "{ period = " + DurationValue::show(slow.period);
    if (slow.terminate_after > 0) out += ", terminate-after = " + std::to_string(slow.terminate_after);
    out += ", grace-period = " + DurationValue::show(slow.grace_period);
    return out + ", on-timeout = \"" + fail_or_pass.words[slow.passes] + "\" }";
  }
};

struct LeakTimeoutValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, LeakTimeout& leak) {
    LeakTimeout read;
    if (!value.is_table()) {
      in.duration(value, read.period);
    } else {
      in.table(*value.in_file(),
               {{"period", [&](const TomlValue& v) { in.duration(v, read.period); }},
                {"result", [&](const TomlValue& v) { in.choose(v, pass_or_fail, read.fails); }}},
               "period", "{ period = \"500ms\", result = \"fail\" }");
    }
    if (in.ok()) leak = read;
  }
  static std::string show(const LeakTimeout& leak) {
    return "{ period = " + DurationValue::show(leak.period) + ", result = \"" + pass_or_fail.words[leak.fails] + "\" }";
  }
};

// --- how many ---

inline constexpr Choices all_cpus = {{"num-cpus"}};
inline constexpr Choices all_cpus_or_threads = {{"num-cpus", "num-test-threads"}};

struct TestThreadsValue {
  static constexpr const Choices* words = &all_cpus;
  static void read(ValueReader& in, const Written& value, ThreadCount& threads) {
    read(in, value, -100000, "a number from 1, a negative number (processors to leave free), \"num-cpus\"", threads);
  }
  static void read(ValueReader& in, const Written& value, std::int64_t smallest, const char* allowed,
                   ThreadCount& threads) {
    const std::optional<std::int64_t> number = value.integer();
    if (number && *number != 0 && *number >= smallest && *number <= 100000) threads = {ThreadCount::Number, *number};
    else if (value.is("num-cpus")) threads = {ThreadCount::Cpus, 0};
    else in.not_allowed(value, allowed);
  }
  static std::string show(const ThreadCount& threads) {
    if (threads.kind == ThreadCount::Number) return std::to_string(threads.number);
    return threads.kind == ThreadCount::Cpus ? "\"num-cpus\"" : "\"num-test-threads\"";
  }
};

// Those of a group, too.
struct MaxThreadsValue : TestThreadsValue {
  static void read(ValueReader& in, const Written& value, ThreadCount& threads) {
    TestThreadsValue::read(in, value, 1, "a number from 1, \"num-cpus\"", threads);
  }
};

struct ThreadsRequiredValue : TestThreadsValue {
  static constexpr const Choices* words = &all_cpus_or_threads;
  static void read(ValueReader& in, const Written& value, ThreadCount& threads) {
    if (value.is("num-test-threads")) threads = {ThreadCount::TestThreads, 0};
    else TestThreadsValue::read(in, value, 1, "a number from 1, \"num-cpus\", \"num-test-threads\"", threads);
  }
};

// A number, or a table.
struct RetriesValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, RetryPolicy& retries) {
    RetryPolicy read;
    if (value.is_table()) read_table(in, *value.in_file(), read);
    else in.count(value, 0, read.count);
    if (in.ok()) retries = read;
  }
  static std::string show(const RetryPolicy& retries) {
    if (retries.delay.ns == 0) return std::to_string(retries.count);
    std::string out = std::string("{ backoff = \"") + backoffs.words[retries.exponential] +
                      "\", count = " + std::to_string(retries.count) +
                      ", delay = " + DurationValue::show(retries.delay);
    if (retries.exponential && retries.max_delay < thirty_years)
      out += ", max-delay = " + DurationValue::show(retries.max_delay);
    return out + (retries.jitter ? ", jitter = true }" : " }");
  }

 private:
  static void read_table(ValueReader& in, const TomlValue& table, RetryPolicy& read) {
    in.table(table, {{"backoff", [&](const TomlValue& v) { in.choose(v, backoffs, read.exponential); }},
                     {"count", [&](const TomlValue& v) { in.count(v, 0, read.count); }},
                     {"delay", [&](const TomlValue& v) { in.duration(v, read.delay); }},
                     {"max-delay", [&](const TomlValue& v) { in.duration(v, read.max_delay, false); }},
                     {"jitter", [&](const TomlValue& v) { in.boolean(v, read.jitter); }}});
    const char* wrong = nullptr;
    if (table.find("backoff") == nullptr) wrong = "a backoff is missing";
    else if (table.find("count") == nullptr) wrong = "a count is missing";
    else if (read.exponential && read.delay.ns == 0) wrong = "an exponential backoff needs a delay above 0";
    else if (read.exponential && read.max_delay < read.delay) wrong = "the max-delay is shorter than the delay";
    else if (!read.exponential && table.find("max-delay") != nullptr)
      wrong = "a max-delay needs an exponential backoff";
    else if (read.jitter && read.delay.ns == 0) wrong = "jitter needs a delay above 0";
    if (wrong == nullptr) return;
    in.fail(table, wrong, "as in { backoff = \"exponential\", count = 3, delay = \"1s\", max-delay = \"10s\" }");
  }
};

// true, false, or a table.
struct FailFastValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, MaxFail& max_fail) {
    MaxFail read;
    if (const std::optional<bool> is_on = value.boolean()) {
      read.count = *is_on ? 1 : 0;
    } else if (!value.is_table()) {
      in.not_allowed(value, "true, false, or as in { max-fail = 5, terminate = \"immediate\" }");
    } else {
      in.table(*value.in_file(),
               {{"max-fail", [&](const TomlValue& v) { read_count(in, v, read.count); }},
                {"terminate", [&](const TomlValue& v) { in.choose(v, wait_or_immediate, read.immediate); }}},
               "max-fail", "{ max-fail = 5, terminate = \"immediate\" }");
    }
    if (in.ok()) max_fail = read;
  }
  static std::string show(const MaxFail& max_fail) {
    const std::string count = max_fail.count == 0 ? "\"all\"" : std::to_string(max_fail.count);
    return "{ max-fail = " + count + ", terminate = \"" + wait_or_immediate.words[max_fail.immediate] + "\" }";
  }

 private:
  static void read_count(ValueReader& in, const Written& value, std::uint32_t& count) {
    if (value.is("all")) count = 0;
    else if (value.integer()) in.count(value, 1, count);
    else in.not_allowed(value, "a number from 1, \"all\"");
  }
};

inline constexpr Choices all_failures = {{"all"}};

// N, N:wait, N:immediate, all: one word, as an option has it.
struct MaxFailValue : FailFastValue {
  static constexpr const Choices* words = &all_failures;
  static void read(ValueReader& in, const Written& value, MaxFail& max_fail) {
    const std::string_view text = value.text().value_or("");
    const std::size_t colon = text.find(':');
    const std::string_view mode = colon == std::string_view::npos ? ":wait" : text.substr(colon);
    std::uint64_t count = 0;
    const bool is_number = parse_number(text.substr(0, colon), count, UINT32_MAX - 1) && count > 0;
    if ((!is_number && text != "all") || (mode != ":wait" && mode != ":immediate")) {
      return in.not_allowed(value, "N, N:wait, N:immediate (N from 1), all");
    }
    max_fail = {static_cast<std::uint32_t>(count), mode == ":immediate"};
  }
};

}  // namespace nextest

// ---- core/config/setting_table.hpp ----

// The table of all settings: where one may stand, what its value may be, and which member it sets stand in one row.

namespace nextest {

// All that is configured, for one test.
struct Settings {
  RunSettings run;
  TestSettings test;
  UiSettings ui;
  RecordSettings record;
};

enum SettingPlaces : std::uint8_t {
  InProfile = 1,
  InOverride = 2,
  InUserConfig = 4,  // [ui]
  InRecord = 8,      // [record], of the workspace or of the user
  OnCommandLine = 16,

  PerTest = InProfile | InOverride,
  // Of settings that options set as well: of the run, of each test, of the user.
  RunOption = InProfile | OnCommandLine,
  TestOption = PerTest | OnCommandLine,
  UserOption = InUserConfig | OnCommandLine
};

// By row.
enum class Setting : std::uint8_t {
  DefaultFilter,
  TestThreads,
  ListThreads,
  FailFast,
  MaxFail,
  GlobalTimeout,
  StatusLevel,
  FinalStatusLevel,
  JunitPath,
  JunitReportName,
  BenchGlobalTimeout,
  Retries,
  FlakyResult,
  SlowTimeout,
  SlowTimeoutPeriod,
  TerminateAfter,
  GracePeriod,
  LeakTimeout,
  LeakTimeoutPeriod,
  SanitizerReports,
  SkipPattern,
  FailPattern,
  PassPattern,
  Expected,
  Tmpdir,
  CombineOutput,
  ThreadsRequired,
  TestGroup,
  Priority,
  SuccessOutput,
  FailureOutput,
  RunExtraArgs,
  JunitStoreSuccessOutput,
  JunitStoreFailureOutput,
  JunitReportSkipped,
  JunitFlakyFailStatus,
  BenchSlowTimeout,
  ArchiveInclude,
  OutputIndent,
  ShowProgress,
  MaxProgressRunning,
  InputHandler,
  RecordEnabled,
  RecordMaxRecords,
  RecordMaxTotalSize,
  RecordMaxOutputSize,
  RecordMaxAge,
  None,
};

struct SettingRow {
  Setting setting;
  Setting whole;  // itself; or that of which this is a part, which an option changes on its own
  std::uint8_t places;
  const char* key;       // parts joined with '.'
  const Choices* words;  // values that are words
  // These are null where this build has no place to set it in.
  void (*read)(ValueReader& in, const Written& value, Settings& settings) = nullptr;
  void (*copy)(const Settings& from, Settings& to) = nullptr;
  // As TOML; null of what is accepted, without effect.
  std::string (*show)(const Settings& settings, const Vector<TestGroup>& groups) = nullptr;

  bool is_part() const { return whole != setting; }
};

constexpr SettingRow with_functions(SettingRow row, decltype(SettingRow::read) read, decltype(SettingRow::copy) copy,
                                    decltype(SettingRow::show) show) {
  if (!built_in(Feature::Config) && (row.places & OnCommandLine) == 0) return row;
  row.read = read;
  row.copy = copy;
  row.show = show;
  return row;
}

// The part of `settings` that has the member, and in it the member to which `first` and those behind it lead.
template <class AnySettings, class Member, class Part>
auto& part_with(AnySettings& settings, Member Part::*) {
  if constexpr (std::is_same_v<Part, RunSettings>) return settings.run;
  else if constexpr (std::is_same_v<Part, TestSettings>) return settings.test;
  else if constexpr (std::is_same_v<Part, UiSettings>) return settings.ui;
  else return settings.record;
}
template <auto first, auto... rest, class AnySettings>
auto& member_of(AnySettings& settings) {
  return ((part_with(settings, first).*first).*....*rest);
}

// The row of a setting whose values have that form, and are kept in that member of a part of Settings.
template <class Value, auto... member>
constexpr SettingRow row(Setting setting, const char* key, std::uint8_t places) {
  return with_functions(
      {setting, setting, places, key, Value::words},
      [](ValueReader& in, const Written& value, Settings& settings) {
        Value::read(in, value, member_of<member...>(settings));
      },
      [](const Settings& from, Settings& to) { member_of<member...>(to) = member_of<member...>(from); },
      [](const Settings& settings, const Vector<TestGroup>&) { return Value::show(member_of<member...>(settings)); });
}

template <class Value, auto... member>
constexpr SettingRow part(Setting whole, Setting setting, const char* key) {
  SettingRow part = row<Value, member...>(setting, key, OnCommandLine);
  part.whole = whole;
  return part;
}

// --- rows that are more than a form and a member ---

// Its value is a name, and its meaning a number.
inline void read_test_group(ValueReader& in, const Written& value, Settings& settings) {
  const TestGroup* const group =
      in.find_named(value, *in.groups, &TestGroup::name, "test group", "test-groups", "max-threads");
  if (group != nullptr) settings.test.group = static_cast<std::uint32_t>(group - in.groups->data());
}

inline std::string show_test_group(const Settings& settings, const Vector<TestGroup>& groups) {
  return show_string(groups[settings.test.group].name);
}

// Of `cargo nextest archive`, which has no counterpart here.
inline void read_archive_include(ValueReader& in, const Written& value, Settings&) {
  const TomlValue* const list = value.in_file();
  if (list != nullptr && list->kind != TomlKind::Array) in.not_allowed(value, "an array of tables");
}

// --- the table ---

inline constexpr SettingRow setting_table[] = {
    row<DefaultFilterValue, &RunSettings::default_filter>(Setting::DefaultFilter, "default-filter", PerTest),
    row<TestThreadsValue, &RunSettings::test_threads>(Setting::TestThreads, "test-threads", RunOption),
    row<ThreadsRequiredValue, &RunSettings::list_threads>(Setting::ListThreads, "list-threads", RunOption),
    row<FailFastValue, &RunSettings::max_fail>(Setting::FailFast, "fail-fast", RunOption),
    part<MaxFailValue, &RunSettings::max_fail>(Setting::FailFast, Setting::MaxFail, "fail-fast.max-fail"),
    row<DurationValue, &RunSettings::global_timeout>(Setting::GlobalTimeout, "global-timeout", RunOption),
    row<ChoiceValue<status_levels>, &RunSettings::status_level>(Setting::StatusLevel, "status-level", RunOption),
    row<FinalStatusLevelValue, &RunSettings::final_status_level>(Setting::FinalStatusLevel, "final-status-level",
                                                                 RunOption),
    row<TextValue, &RunSettings::junit_path>(Setting::JunitPath, "junit.path", InProfile),
    row<TextValue, &RunSettings::junit_report_name>(Setting::JunitReportName, "junit.report-name", InProfile),
    row<DurationValue, &RunSettings::bench_global_timeout>(Setting::BenchGlobalTimeout, "bench.global-timeout",
                                                           InProfile),
    row<RetriesValue, &TestSettings::retries>(Setting::Retries, "retries", TestOption),
    row<ChoiceValue<pass_or_fail>, &TestSettings::flaky_fails>(Setting::FlakyResult, "flaky-result", TestOption),
    row<SlowTimeoutValue, &TestSettings::slow_timeout>(Setting::SlowTimeout, "slow-timeout", PerTest),
    part<PositiveDurationValue, &TestSettings::slow_timeout, &SlowTimeout::period>(
        Setting::SlowTimeout, Setting::SlowTimeoutPeriod, "slow-timeout.period"),
    part<CountValue<1>, &TestSettings::slow_timeout, &SlowTimeout::terminate_after>(
        Setting::SlowTimeout, Setting::TerminateAfter, "slow-timeout.terminate-after"),
    part<DurationValue, &TestSettings::slow_timeout, &SlowTimeout::grace_period>(
        Setting::SlowTimeout, Setting::GracePeriod, "slow-timeout.grace-period"),
    row<LeakTimeoutValue, &TestSettings::leak_timeout>(Setting::LeakTimeout, "leak-timeout", PerTest),
    part<DurationValue, &TestSettings::leak_timeout, &LeakTimeout::period>(
        Setting::LeakTimeout, Setting::LeakTimeoutPeriod, "leak-timeout.period"),
    row<ChoiceValue<fail_or_ignore>, &TestSettings::ignores_sanitizers>(Setting::SanitizerReports, "sanitizer-reports",
                                                                        PerTest),
    row<OutputPatternValue, &TestSettings::skip_pattern>(Setting::SkipPattern, "skip-pattern", PerTest),
    row<OutputPatternValue, &TestSettings::fail_pattern>(Setting::FailPattern, "fail-pattern", PerTest),
    row<OutputPatternValue, &TestSettings::pass_pattern>(Setting::PassPattern, "pass-pattern", PerTest),
    row<ChoiceValue<pass_or_fail>, &TestSettings::expected_to_fail>(Setting::Expected, "expected", PerTest),
    row<BooleanValue, &TestSettings::own_tmpdir>(Setting::Tmpdir, "tmpdir", PerTest),
    row<BooleanValue, &TestSettings::combine_output>(Setting::CombineOutput, "combine-output", PerTest),
    row<ThreadsRequiredValue, &TestSettings::threads_required>(Setting::ThreadsRequired, "threads-required", PerTest),
    with_functions(
        {Setting::TestGroup, Setting::TestGroup, PerTest, "test-group", &no_words}, read_test_group,
        [](const Settings& from, Settings& to) { to.test.group = from.test.group; }, show_test_group),
    row<PriorityValue, &TestSettings::priority>(Setting::Priority, "priority", InOverride),
    row<ChoiceValue<output_displays>, &TestSettings::success_output>(Setting::SuccessOutput, "success-output",
                                                                     TestOption),
    row<ChoiceValue<output_displays>, &TestSettings::failure_output>(Setting::FailureOutput, "failure-output",
                                                                     TestOption),
    row<ArgumentsValue, &TestSettings::run_extra_args>(Setting::RunExtraArgs, "run-extra-args", PerTest),
    row<BooleanValue, &TestSettings::junit, &JunitTestSettings::store_success_output>(
        Setting::JunitStoreSuccessOutput, "junit.store-success-output", PerTest),
    row<BooleanValue, &TestSettings::junit, &JunitTestSettings::store_failure_output>(
        Setting::JunitStoreFailureOutput, "junit.store-failure-output", PerTest),
    row<ChoiceValue<skipped_reports>, &TestSettings::junit, &JunitTestSettings::report_skipped>(
        Setting::JunitReportSkipped, "junit.report-skipped", PerTest),
    row<ChoiceValue<failure_or_success>, &TestSettings::junit, &JunitTestSettings::flaky_fails_succeed>(
        Setting::JunitFlakyFailStatus, "junit.flaky-fail-status", PerTest),
    row<SlowTimeoutValue, &TestSettings::bench_slow_timeout>(Setting::BenchSlowTimeout, "bench.slow-timeout", PerTest),
    with_functions(
        {Setting::ArchiveInclude, Setting::ArchiveInclude, InProfile, "archive.include", &no_words},
        read_archive_include, [](const Settings&, Settings&) {}, nullptr),
    row<BooleanValue, &UiSettings::indent_output>(Setting::OutputIndent, "ui.output-indent", UserOption),
    row<ChoiceValue<progress_displays>, &UiSettings::show_progress>(Setting::ShowProgress, "ui.show-progress",
                                                                    UserOption),
    row<MaxRunningValue, &UiSettings::max_progress_running>(Setting::MaxProgressRunning, "ui.max-progress-running",
                                                            UserOption),
    row<BooleanValue, &UiSettings::input_handler>(Setting::InputHandler, "ui.input-handler", UserOption),
    row<BooleanValue, &RecordSettings::enabled>(Setting::RecordEnabled, "record.enabled", InRecord | OnCommandLine),
    row<CountValue<0>, &RecordSettings::max_records>(Setting::RecordMaxRecords, "record.max-records", InRecord),
    row<SizeValue, &RecordSettings::max_total_size>(Setting::RecordMaxTotalSize, "record.max-total-size", InRecord),
    row<SizeValue, &RecordSettings::max_output_size>(Setting::RecordMaxOutputSize, "record.max-output-size", InRecord),
    row<DurationValue, &RecordSettings::max_age>(Setting::RecordMaxAge, "record.max-age", InRecord),
};

constexpr const SettingRow& row_of(Setting setting) { return setting_table[static_cast<std::size_t>(setting)]; }

constexpr bool settings_are_in_order() {
  std::size_t i = 0;
  for (const SettingRow& row : setting_table) {
    if (static_cast<std::size_t>(row.setting) != i++) return false;
  }
  return i == static_cast<std::size_t>(Setting::None);
}
static_assert(settings_are_in_order(), "a row for each Setting, in the order of that list");

inline const SettingRow* find_setting(std::string_view key) {
  for (const SettingRow& row : setting_table) {
    if (key == row.key) return &row;
  }
  return nullptr;
}

}  // namespace nextest

// ---- core/config/layer.hpp ----

// One layer of settings: what one place sets, read once, from a table of a document by the table of settings, or from
// the words of options and variables.

namespace nextest {

// The values of some settings, and where each was set.
class PartialSettings {
 public:
  // `word` is what stands behind the option or variable `origin`.
  Status set(Setting setting, std::string_view word, std::string origin) {
    ValueReader in;
    row_of(setting).read(in, Written(word), values_);
    if (in.ok()) origins_.push_back({setting, 0, nullptr, std::move(origin)});
    return in.status();
  }

  // To a value of a document.
  void set(Setting setting, ValueReader& in, const TomlMember& member) {
    row_of(setting).read(in, member.value, values_);
    origins_.push_back({setting, member.key_span.begin, &in.source(), ""});
  }

  bool empty() const { return origins_.empty(); }
  bool has(Setting setting) const {
    return std::any_of(origins_.begin(), origins_.end(), [&](const Origin& o) { return o.setting == setting; });
  }
  // Of what is not set, the default.
  const Settings& values() const { return values_; }

  // Over what `settings` has. `origins` gets the place of each, by Setting; null: nobody wants to know.
  void apply(Settings& settings, Vector<std::string>* origins = nullptr) const {
    for (const Origin& place : origins_) {
      const SettingRow& row = row_of(place.setting);
      row.copy(values_, settings);
      if (!built_in(Feature::Config) || origins == nullptr) continue;
      std::string& origin = (*origins)[static_cast<std::size_t>(row.whole)];
      origin = (row.is_part() ? origin + ", " : "") +
               (place.source != nullptr ? place_of(*place.source, place.at) : place.name);
    }
  }

 private:
  struct Origin {
    Setting setting;
    std::uint32_t at;          // in the source
    const TomlSource* source;  // which outlives this; null: it was an option or a variable
    std::string name;          // of that
  };

  Settings values_;
  Vector<Origin> origins_;  // in this order: the last of two for one setting is in `values_`
};

// The settings of a table that may stand in `places`.
struct LayerReader {
  ValueReader& in;
  const std::uint8_t places;                 // of one kind of table, so all that fit are of one family
  const std::string where;                   // goes before a key that is none, in the warning about it
  const Vector<std::string_view> also = {};  // keys beside them, which are read elsewhere

  void read(const TomlValue& table, PartialSettings& settings) const {
    if (table.kind != TomlKind::Table) in.not_allowed(table, "a table");
    read_members(table, std::string(family()), settings);
  }

 private:
  // With which the keys of all settings in the table begin, and which stands before the table's own name.
  std::string_view family() const { return places == InUserConfig ? "ui." : places == InRecord ? "record." : ""; }

  void read_members(const TomlValue& table, const std::string& prefix, PartialSettings& settings) const {
    for (const TomlMember& member : table.members) {
      const std::string key = prefix + member.key;
      const SettingRow* const row = find_setting(key);
      const auto is_inside = [&](const SettingRow& other) { return fits(other) && starts_with(other.key, key + "."); };
      if (row != nullptr && fits(*row)) {
        settings.set(row->setting, in, member);
      } else if (std::any_of(std::begin(setting_table), std::end(setting_table), is_inside)) {
        if (member.value.kind == TomlKind::Table) read_members(member.value, key + ".", settings);
        else in.not_allowed(member.value, "a table");
      } else {
        warn_unknown(member, std::string_view(key).substr(family().size()), row);
      }
    }
  }

  // `row`: of a setting that may stand elsewhere.
  void warn_unknown(const TomlMember& member, std::string_view key, const SettingRow* row) const {
    if (std::find(also.begin(), also.end(), key) != also.end()) return;
    std::string hint = places == InProfile ? "it stands in overrides" : "it cannot differ from test to test";
    if (row == nullptr || (row->places & PerTest) == 0) {
      Vector<std::string_view> known = also;
      for (const SettingRow& other : setting_table) {
        if (fits(other)) known.push_back(std::string_view(other.key).substr(family().size()));
      }
      hint = did_you_mean(key, known);
    }
    in.warn_unknown(member, where + std::string(key), hint);
  }

  bool fits(const SettingRow& row) const { return (row.places & places) != 0; }
};

}  // namespace nextest

// ---- core/harness/row.hpp ----

// What a harness's row is made with: reading lists, judging ends, writing filters. The row itself is
// core/model/harness.

namespace nextest {

inline Error unreadable_line(std::string_view line, const char* expected) {
  return Error{ExitCode::TestListFailed, "cannot read the line '" + std::string(line) + "': " + expected, ""};
}

// `output` without what the program's own main prints before and after every list; `chatter` is both together.
inline std::string_view without_chatter(std::string_view output, std::string_view chatter) {
  std::size_t same = 0;
  while (same < chatter.size() && same < output.size() && chatter[same] == output[same]) ++same;
  // The first name may begin as the farewell does; lines are more likely to be whole.
  const std::size_t line_start = chatter.substr(0, same).rfind('\n') + 1;  // npos + 1 is 0
  for (const std::size_t before : {line_start, same}) {
    const std::string_view after = chatter.substr(before), list = output.substr(before);
    if (ends_with(list, after)) return list.substr(0, list.size() - after.size());
  }
  return output;
}

// Marks the next test of that name, from `next` on and around. False when there is none that is not marked yet.
inline bool mark_ignored(Vector<ListedTest>& tests, std::string_view name, std::size_t& next) {
  for (std::size_t seen = 0; seen < tests.size(); ++seen) {
    ListedTest& test = tests[(next + seen) % tests.size()];
    if (test.name != name || test.ignored) continue;
    test.ignored = true;
    next += seen + 1;
    return true;
  }
  return false;
}

// The last line of `output` that starts with `prefix`, without it; false when there is none.
inline bool find_last_line(std::string_view output, std::string_view prefix, std::string_view& rest_of_line) {
  std::size_t end = output.size();
  while (true) {
    const std::size_t at = output.substr(0, end).rfind(prefix);
    if (at == std::string_view::npos) return false;
    if (at == 0 || output[at - 1] == '\n') {
      rest_of_line = output.substr(at + prefix.size());
      rest_of_line = rest_of_line.substr(0, rest_of_line.find('\n'));
      return true;
    }
    end = at + prefix.size() - 1;
  }
}

// The number that `text` starts with, after blanks; 0 when there is none.
inline std::uint64_t leading_number(std::string_view text) {
  while (starts_with(text, " ")) text.remove_prefix(1);
  std::uint64_t value = 0;
  return parse_number(take_digits(text).substr(0, 18), value) ? value : 0;
}

// The number that ends before the first `word` of `text`; without that, the one that `text` starts with.
inline std::uint64_t number_before(std::string_view text, std::string_view word) {
  const std::size_t end = text.find(word);
  std::size_t start = end == std::string_view::npos ? 0 : end;
  while (start > 0 && is_digit(text[start - 1])) --start;
  return leading_number(text.substr(start, end - start));
}

// How many lines of `output` start with `prefix`.
inline std::size_t count_lines(std::string_view output, std::string_view prefix) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = output.find(prefix, at)) != std::string_view::npos; at += prefix.size()) {
    if (at == 0 || output[at - 1] == '\n') ++count;
  }
  return count;
}

// A pass of a harness that was cut short, by exit(0) for example, is none.
inline void set_unfinished(Outcome& outcome) {
  if (outcome.passed() && outcome.kind != OutcomeKind::Timeout) outcome.kind = OutcomeKind::Unfinished;
}

// A pass counts only if the harness ran what it was asked to run.
inline void expect_tests_run(std::uint64_t ran, std::uint64_t expected, Outcome& outcome) {
  if (outcome.passed() && outcome.kind != OutcomeKind::Timeout && ran != expected) {
    outcome.kind = OutcomeKind::WrongTests;
    outcome.code = static_cast<int>(ran);
    outcome.expected = static_cast<int>(expected);
  }
}

// For output without a count of the tests that ran. Many projects print nothing of their passes, so that alone proves
// nothing; but a harness that began with that line and did not end was cut short, by exit(0) for example.
inline void expect_no_start(std::string_view output, std::string_view prefix, Outcome& outcome) {
  std::string_view line;
  if (find_last_line(output, prefix, line)) set_unfinished(outcome);
}

// `text`, with a backslash before each character of `special`.
inline void append_escaped(std::string& out, std::string_view text, std::string_view special) {
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

// Whether `text` matches `pattern`, where * is any run of characters and ? any one of them, as GoogleTest and doctest
// read their filters.
inline bool wildcard_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace nextest

// ---- core/harness/custom.hpp ----

// A harness that a configuration file defines: command lines that list and run, and an expression that finds the names
// in a list. It is judged as a program without tests inside is, by its exit code alone.

namespace nextest {

// The words of its commands may hold {binary}; those of `run` {test} and {test-escaped} (with a backslash before all
// that a pattern might take for more than itself) as well.
struct CustomHarness : Harness {
  explicit CustomHarness(std::string_view its_name);

  std::string match;         // glob: the files that it is for
  Vector<std::string> list;  // prints the tests; without it, the binary is one test
  std::string list_pattern;  // a regex with a group: the name of a test in a line of that; empty: the line
  Vector<std::string> run;
  Vector<std::string> ignored_list;  // prints the ignored ones, when there are any
};

using CustomHarnesses = Vector<CustomHarness>;

// The one of that name; nullptr when there is none.
inline const CustomHarness* find_custom(const CustomHarnesses* custom, std::string_view name) {
  for (std::size_t i = 0; custom != nullptr && i < custom->size(); ++i) {
    if (name == (*custom)[i].name) return &(*custom)[i];
  }
  return nullptr;
}

// In a list that was recorded, what is left of it.
inline constexpr Harness recorded_custom_harness = [] {
  Harness row;
  row.name = "custom";
  return row;
}();

// Whether the harness is for that file, by its name or its path.
inline bool custom_matches(const CustomHarness& custom, std::string_view path) {
  if (custom.match.empty()) return false;
  const Result<Glob> glob = Glob::parse(custom.match);
  return glob && (glob.value().matches(file_name(path)) || glob.value().matches(path));
}

inline Vector<Arguments> custom_list_commands(const Harness& row) {
  const CustomHarness& custom = static_cast<const CustomHarness&>(row);
  Vector<Arguments> commands = {custom.list, custom.ignored_list};
  while (!commands.empty() && (custom.list.empty() || commands.back().empty())) commands.pop_back();
  return commands;
}

// Lines without a name are none of a test. What is ignored may be in the first list as well, or in the second alone.
inline Result<Vector<ListedTest>> read_custom_list(const Harness& row, const Vector<std::string>& outputs) {
  const std::string& written = static_cast<const CustomHarness&>(row).list_pattern;
  Automaton pattern;
  PatternFault fault;
  const bool is_regex =
      Regex::compile(written.empty() ? "(.*[^[:space:]].*)" : written, pattern, fault, Regex::Group::Kept);
  if (!is_regex || !pattern.has_group()) {
    const char* const what = is_regex ? "it has no (group)" : fault.what;
    return Error{ExitCode::TestListFailed, "the list-pattern '" + written + "' cannot be used: " + what, ""};
  }
  Vector<ListedTest> tests;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::size_t next = 0;
    std::string_view rest = outputs[i], line;
    while (next_line(rest, line)) {
      if (ends_with(line, "\r")) line.remove_suffix(1);
      const std::string_view name = pattern.find_group(line);
      if (name.empty() || (i > 0 && mark_ignored(tests, name, next))) continue;
      ListedTest& test = tests.emplace_back();
      test.name = name;
      test.ignored = i > 0;
    }
    if (i > 0 || !tests.empty() || trim(outputs[0]).empty()) continue;
    std::string message = "no line matches the list-pattern '" + written + "'; the first lines are:";
    rest = trim(outputs[0]).substr(0, 1000);
    for (int lines = 0; lines < 5 && next_line(rest, line); ++lines) message.append("\n    ").append(line);
    return Error{ExitCode::TestListFailed, std::move(message), ""};
  }
  return tests;
}

// A word of a command line, with the binary and the test in their places.
inline std::string fill_in(std::string_view word, const std::string& binary, std::string_view test) {
  std::string filled, escaped;
  append_escaped(escaped, test, "\\^$.|?*+()[]{}");
  const struct {
    std::string_view name, text;
  } places[] = {{"{binary}", binary}, {"{test}", test}, {"{test-escaped}", escaped}};
  while (!word.empty()) {
    std::string_view text = word.substr(0, 1);
    std::size_t taken = 1;
    for (const auto& place : places) {
      if (!starts_with(word, place.name)) continue;
      text = place.text;
      taken = place.name.size();
    }
    filled += text;
    word.remove_prefix(taken);
  }
  return filled;
}

inline CustomHarness::CustomHarness(std::string_view its_name) {
  name = SharedText(its_name).str().c_str();
  recorded_as = recorded_custom_harness.name;
  list_commands = custom_list_commands;
  read_list = read_custom_list;
  run_arguments = [](const TestList& tests, const TestCase& test) {
    const Arguments& words = static_cast<const CustomHarness&>(*tests.binaries[test.binary].harness).run;
    return words.empty() ? Arguments{"{binary}"} : words;
  };
  complete = [](Arguments& words, const std::string& binary, std::string_view test) {
    for (std::string& word : words) word = fill_in(word, binary, test);
  };
}

}  // namespace nextest

// ---- core/model/script.hpp ----

// Programs of a configuration that run before tests (setup scripts) or around them (wrapper scripts).

namespace nextest {

struct ScriptCommand {
  Vector<std::string> argv;
  Vector<std::string> environment;  // NAME=VALUE
};

struct SetupScript {
  std::string id;
  ScriptCommand command;
  SlowTimeout slow_timeout{thirty_years};
  LeakTimeout leak_timeout;
  bool capture_out = false;
  bool capture_err = false;
  bool junit_store_success_output = true;
  bool junit_store_failure_output = true;
};

struct WrapperScript {
  std::string id;
  ScriptCommand command;
  // What becomes of a target runner that there is, too.
  enum Runner : std::uint8_t { Ignore, OverridesWrapper, WithinWrapper, AroundWrapper } target_runner = Ignore;
};

}  // namespace nextest

// ---- core/config/config_parts.hpp ----

// The parts of a configuration beside profiles: test groups, scripts, binaries, harnesses, versions.

namespace nextest {

// What a run takes where no path is given: [[binaries]].
struct BinariesEntry {
  std::string path;  // glob, from the workspace root
  std::string harness;
  std::string package;
  std::string folder;               // "binary", or a path
  Vector<std::string> environment;  // NAME=VALUE
};

struct ConfigParts {
  Vector<TestGroup> groups = {{no_group}};
  Vector<SetupScript> setup_scripts;
  Vector<WrapperScript> wrapper_scripts;
  Vector<CustomHarness> custom_harnesses;
  Vector<BinariesEntry> binaries;
  Vector<std::string> target_runner;
  PartialSettings record;                       // of [record]
  std::string store_folder = "target/nextest";  // in the workspace: where reports of a profile go
  std::string required_version;
  std::string recommended_version;
};

class ConfigPartsReader {
 public:
  ConfigPartsReader(const ConfigDocument& document, const std::string& workspace_root, ConfigParts& parts,
                    Vector<std::string>& warnings)
      : document_(document), workspace_root_(workspace_root), parts_(parts), in_(document.source, &warnings) {}

  // "0.9.50", or { required = "...", recommended = "..." }
  Status read_versions() {
    const TomlValue* const value = document_.root.find("nextest-version");
    if (value == nullptr) return success();
    if (value->kind == TomlKind::String) {
      read_version(*value, parts_.required_version);
    } else if (value->kind != TomlKind::Table) {
      in_.not_allowed(*value, "a version, as in \"0.9.50\", { required = ..., recommended = ... }");
    } else {
      in_.table(*value, {{"required", [&](const TomlValue& v) { read_version(v, parts_.required_version); }},
                         {"recommended", [&](const TomlValue& v) { read_version(v, parts_.recommended_version); }}});
    }
    return in_.status();
  }

  Status read() {
    const auto elsewhere = [](const TomlValue&) {};
    const auto record = [&](const TomlValue& v) { LayerReader{in_, InRecord, "record."}.read(v, parts_.record); };
    const auto store_folder = [&](const TomlValue& v) { in_.text(v, parts_.store_folder); };
    const auto store = [&](const TomlValue& v) { in_.table(v, "store.", {{"dir", store_folder}}); };
    const auto group_tables = [&](const TomlValue& v) { named(v, "test group", &ConfigPartsReader::test_group); };
    const auto harness_tables = [&](const TomlValue& v) { named(v, "harness", &ConfigPartsReader::harness); };
    const auto setup = [&](const TomlValue& v) { named(v, "setup script", &ConfigPartsReader::setup_script); };
    const auto wrapper = [&](const TomlValue& v) { named(v, "wrapper script", &ConfigPartsReader::wrapper_script); };
    const auto scripts = [&](const TomlValue& v) {
      in_.table(v, "scripts.", {{"setup", setup}, {"wrapper", wrapper}});
    };
    in_.table(document_.root, "",
              {{"experimental", [&](const TomlValue& v) { experimental(v); }},
               {"nextest-version", elsewhere},
               {"profile", elsewhere},
               {"record", record},
               {"scripts", scripts},
               {"store", store},
               {"test-groups", group_tables},
               {"binaries", [&](const TomlValue& v) { binaries(v); }},
               {"harness", harness_tables},
               {"target-runner", [&](const TomlValue& v) { target_runner(v); }},
               {"script", setup, false}});  // as upstream called them first
    return in_.status();
  }

 private:
  // Of what several files want, the newest holds.
  void read_version(const TomlValue& value, std::string& wanted) {
    std::string text;
    if (!in_.text(value, text)) return;
    std::uint64_t part = 0;
    std::string_view rest = text;
    for (int i = 0; i < 3; ++i) {
      const std::size_t end = i < 2 ? rest.find('.') : rest.find_first_of("-+");
      if (!parse_number(rest.substr(0, end), part) || (i < 2 && end == std::string_view::npos)) {
        return in_.not_allowed(value, "a version, as in \"0.9.50\"");
      }
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    if (!version_is_below(text, wanted)) wanted = text;
  }

  // What these guard upstream is always there, whether it is turned on or not.
  void experimental(const TomlValue& value) {
    constexpr const char* unknown = "unknown experimental feature '";
    if (value.kind == TomlKind::Table) {
      bool is_on = false;
      const auto flag = [&](const TomlValue& v) { in_.boolean(v, is_on); };
      return in_.table(
          value, {{"setup-scripts", flag}, {"wrapper-scripts", flag}, {"benchmarks", flag}},
          [&](const TomlMember& member) { in_.warn(member.key_span, unknown + member.key + "' is ignored"); });
    }
    if (value.kind != TomlKind::Array) {
      return in_.not_allowed(value, "a table, as in { setup-scripts = true }, or an array of strings");
    }
    for (const TomlValue& item : value.items) {
      std::string name;
      if (!in_.text(item, name)) return;
      const std::string_view known = "setup-scripts wrapper-scripts benchmarks ";
      if (!contains(known, name + " ")) in_.warn(item.span, unknown + name + "' is ignored");
    }
  }

  // [KIND.NAME] tables. A tool's names are its own: @tool:TOOL:NAME.
  void named(const TomlValue& value, const char* kind,
             void (ConfigPartsReader::*read_one)(const std::string& name, const TomlValue& table)) {
    const std::string prefix = document_.tool.empty() ? "" : "@tool:" + document_.tool + ":";
    in_.table(value, {}, [&](const TomlMember& member) {
      if (!starts_with(member.key, prefix) || (prefix.empty() && (member.key.empty() || member.key[0] == '@'))) {
        in_.fail_at_key(member, std::string("a ") + kind + " cannot have the name '" + member.key + "' here",
                        prefix.empty() ? "names that begin with @ are reserved" : "begin it with " + prefix);
      } else if (member.value.kind != TomlKind::Table) {
        in_.not_allowed(member.value, "a table");
      } else {
        (this->*read_one)(member.key, member.value);
      }
    });
  }

  void test_group(const std::string& name, const TomlValue& value) {
    TestGroup group{name, 0};
    const auto max_threads = [&](const TomlValue& v) {
      ThreadCount threads;
      MaxThreadsValue::read(in_, v, threads);
      group.max_threads = threads.resolve(usable_cpus(), 0);
    };
    in_.table(value, "test-groups." + name + ".", {{"max-threads", max_threads}});
    if (group.max_threads == 0)
      in_.fail(value, "the test group '" + name + "' has no max-threads", "as in max-threads = 1");
    add(parts_.groups, &TestGroup::name, std::move(group));
  }

  void setup_script(const std::string& name, const TomlValue& value) {
    SetupScript script;
    script.id = name;
    const auto store_success = [&](const TomlValue& v) { in_.boolean(v, script.junit_store_success_output); };
    const auto store_failure = [&](const TomlValue& v) { in_.boolean(v, script.junit_store_failure_output); };
    const auto junit = [&](const TomlValue& v) {
      in_.table(v, {{"store-success-output", store_success}, {"store-failure-output", store_failure}});
    };
    in_.table(value, "scripts.setup." + name + ".",
              {{"command", [&](const TomlValue& v) { command(v, script.command); }},
               {"slow-timeout", [&](const TomlValue& v) { SlowTimeoutValue::read(in_, v, script.slow_timeout); }},
               {"leak-timeout", [&](const TomlValue& v) { LeakTimeoutValue::read(in_, v, script.leak_timeout); }},
               {"capture-stdout", [&](const TomlValue& v) { in_.boolean(v, script.capture_out); }},
               {"capture-stderr", [&](const TomlValue& v) { in_.boolean(v, script.capture_err); }},
               {"junit", junit}});
    needs_command(value, name, script.command);
    add(parts_.setup_scripts, &SetupScript::id, std::move(script));
  }

  void wrapper_script(const std::string& name, const TomlValue& value) {
    static constexpr Choices runners = {{"ignore", "overrides-wrapper", "within-wrapper", "around-wrapper"}};
    WrapperScript script;
    script.id = name;
    in_.table(value, "scripts.wrapper." + name + ".",
              {{"command", [&](const TomlValue& v) { command(v, script.command); }},
               {"target-runner", [&](const TomlValue& v) { in_.choose(v, runners, script.target_runner); }}});
    needs_command(value, name, script.command);
    add(parts_.wrapper_scripts, &WrapperScript::id, std::move(script));
  }

  void needs_command(const TomlValue& table, const std::string& name, const ScriptCommand& command) {
    if (command.argv.empty())
      in_.fail(table, "the script '" + name + "' has no command", "as in command = \"./script.sh\"");
  }

  // A file of higher priority comes later.
  template <class Named>
  static void add(Vector<Named>& all, std::string Named::*name, Named one) {
    for (Named& known : all) {
      if (known.*name == one.*name) return static_cast<void>(known = std::move(one));
    }
    all.push_back(std::move(one));
  }

  // A string of shell words, an array, or a table with one of these as command-line.
  void command(const TomlValue& value, ScriptCommand& command) {
    if (value.kind == TomlKind::Table) {
      static constexpr Choices folders = {{"none", "target", "workspace-root"}};
      int relative_to = 0;
      in_.table(value, {{"command-line", [&](const TomlValue& v) { words(v, command.argv); }},
                        {"relative-to", [&](const TomlValue& v) { in_.choose(v, folders, relative_to); }},
                        {"env", [&](const TomlValue& v) { environment(v, command.environment); }}});
      if (relative_to != 0 && !command.argv.empty() && !starts_with(command.argv[0], "/")) {
        const std::string folder = relative_to == 1 ? target_folder() : workspace_root_;
        command.argv[0] = folder + "/" + command.argv[0];
      }
    } else {
      words(value, command.argv);
    }
    if (command.argv.empty()) in_.fail(value, "the command is empty", "as in command = \"./script.sh\"");
  }

  // Where cargo builds.
  std::string target_folder() const {
    const char* const target = ::getenv("CARGO_TARGET_DIR");
    return target != nullptr && *target != '\0' ? absolute_path(target) : workspace_root_ + "/target";
  }

  void words(const TomlValue& value, Vector<std::string>& words) {
    if (value.kind == TomlKind::Array) return in_.strings(value, words);
    std::string text;
    if (!in_.text(value, text, "a string, an array of strings")) return;
    Result<Vector<std::string>> split = split_shell_words(text);
    if (text.find('\0') != std::string::npos) in_.fail(value, "a command cannot hold a NUL", "");
    else if (split) words = std::move(split.value());
    else in_.fail(value, split.error());
  }

  void environment(const TomlValue& value, Vector<std::string>& environment) {
    in_.table(value, {}, [&](const TomlMember& member) {
      std::string text;
      if (!in_.text(member.value, text)) return;
      if (starts_with(member.key, "NEXTEST") || member.key.empty() || contains(member.key, "=") ||
          text.find('\0') != std::string::npos) {
        in_.fail(member.value, "the environment variable '" + member.key + "' cannot be set here",
                 "names that begin with NEXTEST are reserved");
      }
      environment.push_back(member.key + "=" + text);
    });
  }

  void binaries(const TomlValue& value) {
    if (value.kind != TomlKind::Array) return in_.not_allowed(value, "an array of tables: [[binaries]]");
    if (!document_.tool.empty()) return in_.fail(value, "a tool cannot say which binaries there are", "");
    for (const TomlValue& item : value.items) {
      BinariesEntry entry;
      entry.folder = ".";
      in_.table(item, "binaries.",
                {{"path", [&](const TomlValue& v) { read_glob(v, entry.path); }},
                 {"harness", [&](const TomlValue& v) { in_.text(v, entry.harness); }},
                 {"package", [&](const TomlValue& v) { in_.text(v, entry.package); }},
                 {"cwd", [&](const TomlValue& v) { in_.text(v, entry.folder); }},
                 {"env", [&](const TomlValue& v) { environment(v, entry.environment); }}});
      if (entry.path.empty()) in_.fail(item, "[[binaries]] without a path", "as in path = \"build/tests/*_test\"");
      if (entry.folder == "workspace") entry.folder = ".";
      if (entry.harness == "auto") entry.harness.clear();
      parts_.binaries.push_back(std::move(entry));
    }
  }

  void harness(const std::string& name, const TomlValue& value) {
    CustomHarness harness(name);
    in_.table(value, "harness." + name + ".",
              {{"match", [&](const TomlValue& v) { read_glob(v, harness.match); }},
               {"list", [&](const TomlValue& v) { in_.strings(v, harness.list); }},
               {"list-pattern", [&](const TomlValue& v) { in_.text(v, harness.list_pattern); }},
               {"run", [&](const TomlValue& v) { in_.strings(v, harness.run); }},
               {"ignored-list", [&](const TomlValue& v) { in_.strings(v, harness.ignored_list); }}});
    if (harness.run.empty())
      in_.fail(value, "the harness '" + name + "' has no run", "as in run = [\"pytest\", \"{test}\"]");
    if (!harness.list.empty() && harness.list_pattern.empty()) {
      in_.fail(value, "the harness '" + name + "' has no list-pattern", "as in list-pattern = \"^(.*::.*)$\"");
    }
    parts_.custom_harnesses.push_back(std::move(harness));
  }

  void read_glob(const TomlValue& value, std::string& glob) {
    if (!in_.text(value, glob)) return;
    const Result<Glob> parsed = Glob::parse(glob);
    if (!parsed) in_.fail(value, parsed.error());
    if (glob.find('\0') != std::string::npos) in_.fail(value, "a path cannot hold a NUL", "");
  }

  void target_runner(const TomlValue& value) {
    const auto command = [&](const TomlValue& v) {
      words(v, parts_.target_runner);
      if (parts_.target_runner.empty()) in_.fail(v, "the command is empty", "as in command = \"qemu-arm\"");
    };
    in_.table(value, "target-runner.", {{"command", command}});
  }

  const ConfigDocument& document_;
  const std::string& workspace_root_;
  ConfigParts& parts_;
  ValueReader in_;
};

}  // namespace nextest

// ---- core/base/host_triple.hpp ----

// Which machine this program was built for, by Rust's name.

#if defined(__x86_64__)
#define NEXTEST_ARCH "x86_64"
#elif defined(__aarch64__) && defined(__AARCH64EB__)
#define NEXTEST_ARCH "aarch64_be"
#elif defined(__aarch64__)
#define NEXTEST_ARCH "aarch64"
#elif defined(__arm__) && defined(__ARM_ARCH) && __ARM_ARCH >= 7
#define NEXTEST_ARCH "armv7"
#elif defined(__arm__)
#define NEXTEST_ARCH "arm"
#elif defined(__i386__)
#define NEXTEST_ARCH "i686"
#elif defined(__riscv) && __riscv_xlen == 64
#define NEXTEST_ARCH "riscv64gc"
#elif defined(__riscv)
#define NEXTEST_ARCH "riscv32gc"
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define NEXTEST_ARCH "powerpc64le"
#elif defined(__powerpc64__)
#define NEXTEST_ARCH "powerpc64"
#elif defined(__powerpc__)
#define NEXTEST_ARCH "powerpc"
#elif defined(__mips64) && defined(__MIPSEL__)
#define NEXTEST_ARCH "mips64el"
#elif defined(__mips64)
#define NEXTEST_ARCH "mips64"
#elif defined(__mips__) && defined(__MIPSEL__)
#define NEXTEST_ARCH "mipsel"
#elif defined(__mips__)
#define NEXTEST_ARCH "mips"
#elif defined(__s390x__)
#define NEXTEST_ARCH "s390x"
#elif defined(__loongarch64)
#define NEXTEST_ARCH "loongarch64"
#elif defined(__sparc__) && defined(__arch64__)
#define NEXTEST_ARCH "sparc64"
#endif

#if defined(__x86_64__) && defined(__ILP32__)
#define NEXTEST_LIBRARY_ABI "x32"
#elif defined(__arm__) && defined(__ARM_PCS_VFP)
#define NEXTEST_LIBRARY_ABI "eabihf"
#elif defined(__arm__)
#define NEXTEST_LIBRARY_ABI "eabi"
#elif defined(__mips64)
#define NEXTEST_LIBRARY_ABI "abi64"
#else
#define NEXTEST_LIBRARY_ABI ""
#endif

#if defined(__ANDROID__) && defined(__arm__)
#define NEXTEST_SYSTEM "linux-androideabi"
#elif defined(__ANDROID__)
#define NEXTEST_SYSTEM "linux-android"
#elif defined(__linux__) && defined(__GLIBC__)
#define NEXTEST_SYSTEM "unknown-linux-gnu" NEXTEST_LIBRARY_ABI
#elif defined(__linux__)
#define NEXTEST_SYSTEM "unknown-linux-musl" NEXTEST_LIBRARY_ABI
#elif defined(__APPLE__)
#define NEXTEST_SYSTEM "apple-darwin"
#elif defined(__FreeBSD__)
#define NEXTEST_SYSTEM "unknown-freebsd"
#elif defined(__OpenBSD__)
#define NEXTEST_SYSTEM "unknown-openbsd"
#elif defined(__NetBSD__) && defined(__arm__)
#define NEXTEST_SYSTEM "unknown-netbsd-" NEXTEST_LIBRARY_ABI
#elif defined(__NetBSD__)
#define NEXTEST_SYSTEM "unknown-netbsd"
#elif defined(__DragonFly__)
#define NEXTEST_SYSTEM "unknown-dragonfly"
#elif defined(__GNU__)
#define NEXTEST_SYSTEM "unknown-hurd-gnu"
#elif defined(__HAIKU__)
#define NEXTEST_SYSTEM "unknown-haiku"
#elif defined(__CYGWIN__)
#define NEXTEST_SYSTEM "pc-cygwin"
#endif

namespace nextest {

// From what the compiler says; from what the system says of itself where that is not known.
inline std::string host_triple() {
#if defined(NEXTEST_ARCH) && defined(NEXTEST_SYSTEM)
  return NEXTEST_ARCH "-" NEXTEST_SYSTEM;
#else
  struct utsname names {};
  ::uname(&names);
  std::string triple = std::string(names.machine) + "-unknown-" + names.sysname;
  for (char& c : triple) c = ascii_lower(c);
  return triple;
#endif
}

}  // namespace nextest

// ---- core/base/spot.hpp ----

// Errors that point at the spot of a text that they are about.

namespace nextest {

// "PROBLEM", the text on one line, and carets under its bytes [at, at + size), at least one.
inline Error error_at(std::string_view text, std::size_t at, std::size_t size, const char* problem,
                      const std::string& hint) {
  std::string message = problem, carets = "\n  ";
  message += "\n  ";
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t here = i;
    std::size_t shown = message.size();
    if (is_space(text[i])) {
      message += ' ';
      ++i;
    } else {
      i += append_safe_character(message, text.substr(i));
    }
    for (; shown < message.size(); ++shown) {
      const bool starts_character = (static_cast<unsigned char>(message[shown]) & 0xC0) != 0x80;
      if (starts_character && here < at + size) carets += here < at ? ' ' : '^';
    }
  }
  if (at >= text.size() || size == 0) carets += '^';
  return Error{ExitCode::SetupError, message + carets, hint};
}

}  // namespace nextest

// ---- core/config/platform.hpp ----

// The platforms that a setting is for: a target triple, or a cfg() expression as in Rust.

namespace nextest {

// A machine as cfg() sees it. The views are of constants.
struct Platform {
  std::string triple;
  std::string_view arch, os, env, abi, vendor, endian, pointer_width, family, atomics, panic;
};

// How deep not(), all() and any() may nest: reading recurses, and a file must not choose our stack.
constexpr unsigned cfg_depth_limit = 128;

// In this order all() is the least of its parts and any() the greatest.
enum class Truth : std::uint8_t { False, Unknown, True };

// A list is words with a blank between them; "word*" stands for all that begin so.
inline std::string_view take_word(std::string_view& list) { return take_part(list, ' '); }

// The first word of `list` that stands for `word`, without the star; empty when none does.
inline std::string_view find_word(std::string_view list, std::string_view word) {
  while (!list.empty() && !word.empty()) {
    std::string_view next = take_word(list);
    const bool is_beginning = next.back() == '*';
    if (is_beginning) next.remove_suffix(1);
    if (next == (is_beginning ? word.substr(0, next.size()) : word)) return next;
  }
  return {};
}

// Taking what a literal is keeps the calls small; there are many.
inline bool holds_word(const char* list, std::string_view word) { return !find_word(list, word).empty(); }

// Byte order, pointer width, cfg()'s name, the names in triples.
inline constexpr char architectures[] =
    "little 64 x86_64 x86_64 x86_64h amd64\n"
    "little 64 aarch64 aarch64 arm64 arm64e\n"
    "little 32 x86 i386 i486 i586 i686\n"
    "little 32 arm arm armv7 armv* thumbv*\n"
    "little 64 riscv64 riscv64gc riscv64*\n"
    "little 32 riscv32 riscv32gc riscv32*\n"
    "little 64 powerpc64 powerpc64le\n"
    "little 64 loongarch64 loongarch64\n"
    "little 32 mips mipsel\n"
    "little 64 mips64 mips64el\n"
    "little 32 wasm32 wasm32*\n"
    "little 64 wasm64 wasm64\n"
    "big 64 s390x s390x\n"
    "big 64 aarch64 aarch64_be\n"
    "big 32 arm armeb*\n"
    "big 64 powerpc64 powerpc64\n"
    "big 32 powerpc powerpc\n"
    "big 64 mips64 mips64\n"
    "big 32 mips mips\n"
    "big 64 sparc64 sparc64 sparcv9\n"
    "big 32 sparc sparc\n"
    "big 32 m68k m68k\n"
    "little 32 csky csky\n"
    "little 32 hexagon hexagon\n"
    "little 32 xtensa xtensa\n";
inline constexpr char unix_systems[] =
    "linux macos freebsd netbsd openbsd dragonfly android illumos solaris hurd haiku redox cygwin ios tvos watchos "
    "visionos fuchsia emscripten aix nto vxworks espidf nuttx";
inline constexpr char other_systems[] = "windows none unknown uefi hermit wasi* rtems helenos trusty xous";
inline constexpr char vendors[] = "unknown pc apple uwp win7 wrs sun ibm alpine suse redhat";
inline constexpr char environments[] = "gnu* musl* uclibc* android* newlib* msvc ohos mlibc sgx sim macabi";
inline constexpr char abis[] = "eabi eabihf abi64 x32 spe llvm _ilp32 abiv2 abiv2hf softfloat";

// Reads a triple, or an expression, which it evaluates on the way for a platform.
class PlatformReader : TextCursor {
 public:
  explicit PlatformReader(std::string_view text) : TextCursor(text) {}

  // False when it is none; failure() is why.
  bool read_triple(Platform& platform);
  bool read_cfg(const Platform& platform, Truth& truth) {
    at_ = 3;  // "cfg"
    if (!read_list(text_.substr(0, 3), platform, truth, 0)) return false;
    skip_blanks();
    return done() || fail("expected nothing after cfg(...)", text_.substr(at_));
  }

  Error failure() { return error_at(text_, failed_at_, failed_size_, problem_, hint_); }

 private:
  // What follows cfg, all, any, not.
  bool read_list(std::string_view name, const Platform& platform, Truth& truth, unsigned depth) {
    if (depth == cfg_depth_limit) return fail("this nests more than 128 deep", name);
    if (!take("(")) return fail("expected '('", next());
    const bool is_any = holds_word("any", name);
    truth = is_any ? Truth::False : Truth::True;
    unsigned count = 0;
    do {
      skip_blanks();
      if (next().empty() || holds_word(")", next())) break;
      Truth part = Truth::False;
      if (!read_predicate(platform, part, depth + 1)) return false;
      truth = is_any ? std::max(truth, part) : std::min(truth, part);
      ++count;
    } while (take(","));
    if (!take(")")) return fail("expected ',' or ')'", next());
    if (holds_word("not", name)) truth = static_cast<Truth>(2 - static_cast<int>(truth));
    return count == 1 || name[0] == 'a' ||
           fail("this takes exactly one predicate", name, "all(...) and any(...) join several");
  }

  bool read_predicate(const Platform& platform, Truth& truth, unsigned depth) {
    const std::string_view name = take_name();
    if (name.empty()) return fail("expected a name such as unix or target_os", next());
    if (holds_word("all any not", name)) return read_list(name, platform, truth, depth);
    const std::size_t after_name = at_;
    if (!take("=")) {
      if (holds_word("(", next())) return fail("unknown function", name, "known: all, any, not");
      at_ = after_name;
      if (holds_word("target_* feature panic", name))
        return fail("this needs a value", name, "as in target_os = \"linux\"");
      // Names that nothing sets are false, as in Rust.
      const bool is_family = holds_word("unix windows", name) && !find_word(platform.family, name).empty();
      truth = holds_word("true", name) || is_family ? Truth::True : Truth::False;
      return true;
    }
    skip_blanks();
    const std::size_t start = at_;
    std::string value;
    if (!read_string(value)) return false;
    if (holds_word("unix windows test debug_assertions proc_macro true false", name))
      return fail("this takes no value", name);
    return evaluate(name, value, text_.substr(start, at_ - start), platform, truth);
  }

  bool evaluate(std::string_view key, std::string_view value, std::string_view written, const Platform& platform,
                Truth& truth) {
    static constexpr char keys[] =
        "target_endian target_pointer_width target_has_atomic target_os target_family target_arch target_env "
        "target_vendor target_abi panic target_feature";
    static constexpr std::string_view Platform::*fields[] = {
        &Platform::endian, &Platform::pointer_width, &Platform::atomics, &Platform::os,  &Platform::family,
        &Platform::arch,   &Platform::env,           &Platform::vendor,  &Platform::abi, &Platform::panic};
    static constexpr const char* allowed[] = {"little big", "16 32 64", "8 16 32 64 128 ptr"};
    std::size_t row = 0;
    std::string_view rest = keys;
    while (!rest.empty() && take_word(rest) != key) ++row;
    if (row < std::size(allowed) && !holds_word(allowed[row], value)) {
      return fail("this is not one of its values", written, allowed[row]);
    }
    truth = Truth::False;
    if (row < std::size(fields)) {
      const std::string_view ours = platform.*fields[row];
      if (value == ours || !find_word(ours, value).empty()) truth = Truth::True;
    } else if (row == std::size(fields)) {
      // What a binary was built for is known, but not the features that its compiler was given.
      truth = Truth::Unknown;
    } else if (holds_word("target_*", key)) {
      return fail_unknown("unknown key", key, keys);
    }
    return true;
  }

  // A string literal of Rust.
  bool read_string(std::string& value) {
    const std::string_view start = next();
    if (!take("\"")) return fail("expected a value in double quotes", start);
    for (; !next().empty(); ++at_) {
      if (text_[at_] == '"') return ++at_, true;
      char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        constexpr std::string_view letters = "\"\\'nrt0", meanings("\"\\'\n\r\t\0", 7);
        const std::size_t index = letters.find(text_[++at_]);
        if (index == std::string_view::npos) return fail("unknown escape", text_.substr(at_ - 1, 2));
        c = meanings[index];
      }
      value += c;
    }
    return fail("this quote is not closed", start);
  }

  // The next character; nothing at the end.
  std::string_view next() const { return text_.substr(at_, 1); }

  void skip_blanks() { take_while(is_space); }

  // Empty when there is none here.
  std::string_view take_name() {
    skip_blanks();
    if (!done() && is_digit(text_[at_])) return {};
    return take_while(is_name_character);
  }

  static bool is_name_character(char c) { return c == '_' || is_digit(c) || is_letter(c); }

  // With the blanks before it.
  bool take(const char* token) {
    skip_blanks();
    return TextCursor::take(token);
  }

  bool fail(const char* problem, std::string_view where, const char* hint = "") {
    problem_ = problem;
    hint_ = hint;
    failed_at_ = static_cast<std::size_t>(where.data() - text_.data());
    failed_size_ = where.size();
    return false;
  }

  bool fail_unknown(const char* problem, std::string_view where, const char* known) {
    Vector<std::string_view> words;
    std::string_view candidates = known;
    while (!candidates.empty()) words.push_back(take_word(candidates));
    const std::string_view near = nearest(where, words);
    fail(problem, where, "a target triple is such as x86_64-unknown-linux-gnu; all else goes into cfg(...)");
    if (!near.empty()) hint_ = "did you mean " + std::string(near) + "?";
    return false;
  }

  const char* problem_ = "";
  std::string hint_;
  std::size_t failed_at_ = 0, failed_size_ = 0;
};

// ARCH-OS, ARCH-VENDOR-OS, ARCH-OS-ENV, ARCH-VENDOR-OS-ENV
inline bool PlatformReader::read_triple(Platform& p) {
  take_while([](char c) { return is_name_character(c) || c == '-' || c == '.'; });
  if (!done()) return fail_unknown("a target triple has no such character", next(), "");
  std::string_view parts[5];
  std::size_t count = 0;
  for (std::size_t start = 0; start <= text_.size() && count < 5;) {
    const std::size_t end = std::min(text_.find('-', start), text_.size());
    parts[count++] = text_.substr(start, end - start);
    start = end + 1;
  }
  for (std::string_view rows = architectures, row; p.arch.empty() && next_line(rows, row);) {
    p.endian = take_word(row);
    p.pointer_width = take_word(row);
    const std::string_view arch = take_word(row);
    if (!find_word(row, parts[0]).empty()) p.arch = arch;
  }
  if (p.arch.empty()) {
    return fail_unknown("unknown architecture", parts[0],
                        "x86_64 aarch64 i686 arm armv7 riscv64gc powerpc64le s390x loongarch64 mips64el wasm32");
  }
  if (count < 2 || count > 4) return fail_unknown("this is no target triple", text_, "");

  const auto system_of = [](std::string_view word) {
    if (holds_word("darwin", word)) return std::string_view("macos");
    const std::string_view found = find_word(unix_systems, word);
    return found.empty() ? find_word(other_systems, word) : found;
  };
  const bool is_gnu_name = count == 3 && holds_word("linux", parts[1]);  // which leaves the vendor out
  const std::size_t system =
      count == 4 || (count == 3 && !is_gnu_name && !holds_word("none nuttx rtems wasip*", parts[1])) ? 2 : 1;
  p.vendor = system == 2 ? find_word(vendors, parts[1]) : "unknown";
  p.os = system_of(parts[system]);
  if (p.os.empty()) return fail_unknown("unknown operating system", parts[system], unix_systems);

  const std::string_view end = parts[system + 1];
  // A C library, perhaps with an ABI behind it; an ABI alone; or what cfg() has no word for.
  p.env = find_word(environments, end);
  p.abi = find_word(abis, end.substr(p.env.size()));
  if (p.env.size() + p.abi.size() != end.size() && !holds_word("elf none threads qnx*", end)) {
    return fail_unknown("unknown environment", end, "gnu musl uclibc msvc gnueabihf musleabihf");
  }
  if (holds_word("sim macabi", end)) p.abi = p.env;
  if (holds_word("_ilp32", p.abi)) p.abi.remove_prefix(1);
  if (holds_word("android", p.env)) {
    p.os = p.env;
    p.env = "";
  }
  if (holds_word("x32 ilp32", p.abi)) p.pointer_width = "32";
  const bool is_unix = holds_word(unix_systems, p.os), is_wasm = holds_word("wasm*", p.arch);
  p.family = is_unix ? is_wasm ? "unix wasm" : "unix" : is_wasm ? "wasm" : holds_word("windows", p.os) ? "windows" : "";
  p.panic = is_unix || holds_word("windows", p.os) ? "unwind" : "abort";
  const bool has_wide_atomics = p.pointer_width == "64" || holds_word("x86 arm x86_64", p.arch);
  p.atomics = has_wide_atomics ? "8 16 32 64 ptr" : "8 16 32 ptr";
  p.triple = holds_word("amd64 arm64", parts[0]) ? p.arch : parts[0];
  if (is_gnu_name && holds_word("linux", p.os)) p.triple += "-unknown";
  p.triple.append(text_.substr(parts[0].size()));
  return true;
}

// The error points at the part that is not known.
inline Result<Platform> platform_of(std::string_view triple) {
  Platform platform;
  PlatformReader reader(triple);
  if (!reader.read_triple(platform)) return reader.failure();
  return platform;
}

// The machine this program was built for.
inline const Platform& host_platform() {
  static const Platform platform = [] {
    const std::string triple = host_triple();
    Platform host;
    if (!PlatformReader(triple).read_triple(host)) host.triple = triple;
    return host;
  }();
  return platform;
}

class PlatformExpression {
 public:
  static Result<PlatformExpression> parse(std::string_view text) {
    text = trim(text);
    PlatformReader reader(text);
    PlatformExpression expression;
    expression.text_ = text;
    expression.is_cfg_ = starts_with(text, "cfg") && starts_with(trim(text.substr(3)), "(");
    Platform platform;
    Truth truth = Truth::False;
    if (!(expression.is_cfg_ ? reader.read_cfg(platform, truth) : reader.read_triple(platform)))
      return reader.failure();
    if (!expression.is_cfg_) expression.text_ = std::move(platform.triple);
    return expression;
  }

  // What cannot be known counts as a match.
  bool matches(const Platform& platform) const {
    Truth truth = text_ == platform.triple ? Truth::True : Truth::False;
    if (is_cfg_) PlatformReader(text_).read_cfg(platform, truth);
    return truth != Truth::False;
  }

 private:
  std::string text_;  // a triple, or cfg(...)
  bool is_cfg_ = false;
};

// As a value of a configuration: a triple or cfg(...). What is not for this machine clears `matches`.
struct PlatformValue {
  static void read(ValueReader& in, const TomlValue& value, const char* allowed, bool& matches) {
    std::string text;
    if (!in.text(value, text, allowed)) return;
    const Result<PlatformExpression> expression = PlatformExpression::parse(text);
    if (!expression) in.fail(value, expression.error());
    else if (!expression.value().matches(host_platform())) matches = false;
  }
};

}  // namespace nextest

// ---- core/config/rule.hpp ----

// The part of a profile that is for some tests only: overrides, and which scripts run for them.

namespace nextest {

struct ConfigRule {
  bool is_override = true;
  bool has_filter = false;
  bool platform_matches = true;
  Filterset filter;
  PartialSettings settings;  // of an override
  Vector<std::uint32_t> setup_scripts;
  const WrapperScript* list_wrapper = nullptr;
  const WrapperScript* run_wrapper = nullptr;
};

class RuleReader {
 public:
  // `where` is the name of the list that the rule is in, for warnings.
  RuleReader(const ConfigDocument& document, const ConfigParts& parts, std::string where, Vector<std::string>& warnings)
      : parts_(parts), where_(std::move(where)), in_(document.source, &warnings) {
    in_.groups = &parts.groups;
  }

  Result<ConfigRule> read(const TomlValue& table, bool is_override) {
    ConfigRule rule;
    rule.is_override = is_override;
    if (table.kind != TomlKind::Table) in_.not_allowed(table, "a table");
    const TomlValue* const filter = table.find("filter");
    const TomlValue* const platform = table.find("platform");
    if (filter == nullptr && platform == nullptr) {
      in_.fail(table, "this needs a filter or a platform, or both", "as in filter = \"test(slow)\"");
    }
    if (is_override) read_override(table, rule.settings);
    else read_scripts(table, rule);
    if (platform != nullptr) read_platform(*platform, rule.platform_matches);
    rule.has_filter = filter != nullptr;
    if (filter != nullptr) {
      read_filter(*filter, rule.list_wrapper != nullptr ? FiltersetPlace::ListWrapper : FiltersetPlace::Config,
                  rule.filter);
    }
    if (!in_.ok()) return in_.error();
    return rule;
  }

 private:
  void read_override(const TomlValue& table, PartialSettings& settings) {
    LayerReader{in_, InOverride, where_, {"filter", "platform"}}.read(table, settings);
    const TomlValue* const default_filter = table.find("default-filter");
    if (default_filter == nullptr) return;
    if (table.find("filter") != nullptr || table.find("platform") == nullptr) {
      in_.fail(*default_filter, "a default-filter here needs a platform, and no filter", "");
    }
  }

  void read_filter(const TomlValue& value, FiltersetPlace place, Filterset& filter) {
    std::string text;
    if (!in_.text(value, text, "a filterset expression")) return;
    Result<Filterset> parsed = Filterset::parse(text, place);
    if (parsed) filter = std::move(parsed.value());
    else in_.fail(value, parsed.error());
  }

  // A triple or cfg(...), or { host = ..., target = ... }. Tests run on the machine that we run on.
  void read_platform(const TomlValue& value, bool& matches) {
    const auto read_one = [&](const TomlValue& one) {
      PlatformValue::read(in_, one, "a target triple, cfg(...), { host = ..., target = ... }", matches);
    };
    if (value.kind != TomlKind::Table) return read_one(value);
    in_.table(value, {{"host", read_one}, {"target", read_one}});
  }

  void read_scripts(const TomlValue& table, ConfigRule& rule) {
    const auto elsewhere = [](const TomlValue&) {};
    const auto wrapper = [&](const TomlValue& value) {
      return in_.find_named(value, parts_.wrapper_scripts, &WrapperScript::id, "wrapper script", "scripts.wrapper",
                            "command");
    };
    in_.table(table, where_,
              {{"filter", elsewhere},
               {"platform", elsewhere},
               {"setup", [&](const TomlValue& value) { read_setup(value, rule); }},
               {"list-wrapper", [&](const TomlValue& value) { rule.list_wrapper = wrapper(value); }},
               {"run-wrapper", [&](const TomlValue& value) { rule.run_wrapper = wrapper(value); }}});
    const bool is_empty = rule.setup_scripts.empty() && rule.list_wrapper == nullptr && rule.run_wrapper == nullptr;
    if (in_.ok() && is_empty) in_.warn(table.span, "this has no setup, list-wrapper or run-wrapper, and does nothing");
  }

  void read_setup(const TomlValue& value, ConfigRule& rule) {
    if (value.kind != TomlKind::Array) return add_setup_script(value, rule);
    for (const TomlValue& item : value.items) add_setup_script(item, rule);
  }

  void add_setup_script(const TomlValue& value, ConfigRule& rule) {
    const SetupScript* const script =
        in_.find_named(value, parts_.setup_scripts, &SetupScript::id, "setup script", "scripts.setup", "command");
    if (script != nullptr) rule.setup_scripts.push_back(static_cast<std::uint32_t>(script - &parts_.setup_scripts[0]));
  }

  const ConfigParts& parts_;
  const std::string where_;
  ValueReader in_;
};

}  // namespace nextest

// ---- core/config/profiles.hpp ----

// All profiles of all files: each is read once, whether it is used or not, for nothing in it may be wrong.

namespace nextest {

using ConfigDocuments = Vector<std::unique_ptr<ConfigDocument>>;  // from the lowest priority to the highest

// The layers of a profile, or of a profile and those it inherits from, in the order in which they are applied.
struct ProfileLayers {
  Vector<PartialSettings> tables;
  Vector<ConfigRule> rules;

  void append(ProfileLayers other) {
    for (PartialSettings& table : other.tables) tables.push_back(std::move(table));
    for (ConfigRule& rule : other.rules) rules.push_back(std::move(rule));
  }
};

class ProfileReader {
 public:
  ProfileReader(const ConfigDocuments& documents, const ConfigParts& parts, Vector<std::string>& warnings)
      : documents_(documents), parts_(parts), warnings_(warnings) {}

  // The layers of `asked_for` (empty: the usual one), which becomes `profile`, and of those that it inherits from.
  Result<ProfileLayers> read(const std::string& asked_for, std::string& profile) {
    const Vector<std::string> known = names();
    if (!asked_for.empty()) profile = asked_for;
    else if (::getenv("MIRI_SYSROOT") != nullptr) profile = "default-miri";
    if (std::find(known.begin(), known.end(), profile) == known.end()) {
      std::string all;
      for (const std::string& name : known) all.append(all.empty() ? "" : ", ").append(name);
      const std::string hint = did_you_mean(profile, {known.begin(), known.end()});
      return Error{ExitCode::SetupError, "there is no profile '" + profile + "'",
                   hint + (hint.empty() ? "" : " ") + "profiles: " + all};
    }
    Vector<ProfileLayers> layers(known.size());
    Vector<std::string> chain;  // from the profile to the default one
    for (std::size_t i = 0; i < known.size(); ++i) {
      Vector<std::string> links = {known[i]};
      for (std::string parent;;) {
        if (Status status = parent_of(links, known, parent); !status) return status.error();
        if (links.back() == "default") break;
        links.push_back(parent);
      }
      if (Status status = read_profile(known[i], layers[i]); !status) return status.error();
      if (known[i] == profile) chain = std::move(links);
    }
    ProfileLayers chosen;
    for (std::size_t i = chain.size(); i-- > 0;) {
      chosen.append(
          std::move(layers[static_cast<std::size_t>(std::find(known.begin(), known.end(), chain[i]) - known.begin())]));
    }
    return chosen;
  }

 private:
  // All tables of a profile, from the lowest priority to the highest.
  Status for_each_table(const std::string& name, FunctionRef<Status(const ConfigDocument&, const TomlValue&)> use) {
    for (const auto& document : documents_) {
      const TomlValue* const profiles = document->root.find("profile");
      const TomlValue* const table = profiles != nullptr ? profiles->find(name) : nullptr;
      if (table == nullptr) continue;
      if (Status status = use(*document, *table); !status) return status;
    }
    return success();
  }

  Vector<std::string> names() const {
    Vector<std::string> names = {"default", "default-miri"};
    for (const auto& document : documents_) {
      const TomlValue* const profiles = document->root.find("profile");
      if (profiles == nullptr) continue;
      for (const TomlMember& member : profiles->members) {
        if (std::find(names.begin(), names.end(), member.key) == names.end()) names.push_back(member.key);
      }
    }
    return names;
  }

  // The profile that the last of `chain` inherits from. A profile that is in it already is an error.
  Status parent_of(const Vector<std::string>& chain, const Vector<std::string>& known, std::string& parent) {
    const std::string& name = chain.back();
    parent = "default";
    const TomlValue* inherits = nullptr;  // the last one counts
    const TomlSource* source = nullptr;
    Status status = for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) {
      ValueReader in(document.source);
      const TomlValue* const value = table.find("inherits");
      if (value == nullptr || !in.text(*value, parent)) return in.status();
      inherits = value;
      source = &document.source;
      if (name == "default") in.fail(*value, "the default profile cannot inherit from another one", "");
      if (std::find(known.begin(), known.end(), parent) == known.end()) {
        in.fail(*value, "there is no profile '" + parent + "'", did_you_mean(parent, {known.begin(), known.end()}));
      }
      return in.status();
    });
    if (!status || inherits == nullptr || std::find(chain.begin(), chain.end(), parent) == chain.end()) return status;
    std::string names;
    for (const std::string& link : chain) names.append(link).append(" -> ");
    ValueReader in(*source);
    in.fail(*inherits, "profiles inherit from each other in a circle: " + names + parent, "");
    return in.status();
  }

  // Its tables, then its rules. Those of a file are applied from the last to the first.
  Status read_profile(const std::string& name, ProfileLayers& layers) {
    const std::string where = "profile." + name + ".";
    Status status = for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) {
      ValueReader in(document.source, &warnings_);
      in.groups = &parts_.groups;
      LayerReader{in, InProfile, where, {"inherits", "overrides", "scripts"}}.read(table, layers.tables.emplace_back());
      return in.status();
    });
    if (!status) return status;
    return for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) -> Status {
      for (const char* const kind : {"overrides", "scripts"}) {
        const TomlValue* const list = table.find(kind);
        if (list == nullptr) continue;
        if (list->kind != TomlKind::Array) {
          ValueReader in(document.source);
          in.not_allowed(*list, "an array of tables");
          return in.error();
        }
        RuleReader reader(document, parts_, where + kind + ".", warnings_);
        for (std::size_t i = list->items.size(); i-- > 0;) {
          Result<ConfigRule> rule = reader.read(list->items[i], *kind == 'o');
          if (!rule) return rule.error();
          if (rule.value().platform_matches) layers.rules.push_back(std::move(rule.value()));
        }
      }
      return success();
    });
  }

  const ConfigDocuments& documents_;
  const ConfigParts& parts_;
  Vector<std::string>& warnings_;
};

}  // namespace nextest

// ---- core/config/user_config.hpp ----

// Personal preferences, the same for all workspaces: $XDG_CONFIG_HOME/nextest/config.toml.

namespace nextest {

// Which file that is; empty: none. `asked_for`, as --user-config-file has it, is empty for the usual one and "none" for
// none.
inline std::string user_config_file(const std::string& asked_for) {
  if (!asked_for.empty()) return asked_for == "none" ? "" : asked_for;
  const char* const config = ::getenv("XDG_CONFIG_HOME");
  const char* const home = ::getenv("HOME");
  std::string folder;
  if (config != nullptr && *config == '/') folder = config;
  else if (home != nullptr && *home == '/') folder = std::string(home) + "/.config";
  const std::string usual = folder + "/nextest/config.toml";
  return !folder.empty() && exists(usual) ? usual : "";
}

class UserConfigReader {
 public:
  UserConfigReader(const ConfigDocument& document, Vector<std::string>& warnings)
      : root_(document.root), in_(document.source, &warnings) {}

  Status read(PartialSettings& settings) {
    read_tables(root_, "", settings);
    // Wherever they stand in the file, they go before it.
    if (const TomlValue* const overrides = root_.find("overrides")) read_overrides(*overrides, settings);
    return in_.status();
  }

 private:
  // `where`: "overrides." of one of these, which has a platform.
  void read_tables(const TomlValue& table, const std::string& where, PartialSettings& settings) {
    const auto elsewhere = [](const TomlValue&) {};
    const auto ui = [&](const TomlValue& v) {
      LayerReader{in_, InUserConfig, where + "ui.", {"pager", "paginate", "streampager"}}.read(v, settings);
    };
    const auto record = [&](const TomlValue& v) { LayerReader{in_, InRecord, where + "record."}.read(v, settings); };
    if (where.empty()) {
      in_.table(table, where, {{"ui", ui}, {"record", record}, {"experimental", elsewhere}, {"overrides", elsewhere}});
    } else {
      in_.table(table, where,
                {{"ui", ui},
                 {"record", record},
                 {"experimental", elsewhere},
                 {"overrides", elsewhere},
                 {"platform", elsewhere, false}});
    }
  }

  // [[overrides]] for some platforms; the first that sets something wins.
  void read_overrides(const TomlValue& list, PartialSettings& settings) {
    if (list.kind != TomlKind::Array) return in_.not_allowed(list, "an array of tables");
    for (std::size_t i = list.items.size(); i-- > 0;) {
      const TomlValue* const platform = list.items[i].find("platform");
      if (platform == nullptr)
        return in_.fail(list.items[i], "this needs a platform", "as in platform = \"cfg(unix)\"");
      bool matches = true;
      PlatformValue::read(in_, *platform, "a target triple, cfg(...)", matches);
      if (in_.ok() && matches) read_tables(list.items[i], "overrides.", settings);
    }
  }

  const TomlValue& root_;
  ValueReader in_;
};

}  // namespace nextest

// ---- core/config/config.hpp ----

// The configuration of a run. The settings of a test come from layers, each read once, when the configuration is
// loaded. They are applied one over the other: defaults, profiles from the default one on, their overrides, --config,
// [record] and [ui] of files, options and variables.

namespace nextest {

// What the command line gives of the configuration.
struct ConfigArguments {
  std::string profile;                    // empty: default
  std::string config_file;                // empty: .config/nextest.toml under the workspace root, if it is there
  Vector<std::string> tool_config_files;  // TOOL:FILE; the first has the highest priority
  Vector<std::string> values;             // KEY=VALUE, relative to the profile
  std::string user_config_file;           // empty: the usual one, if it is there; "none": none
  PartialSettings options;                // and variables
  bool ignore_version = false;
};

class Config {
 public:
  // Reads and checks all files; nothing in them, used or not, may be wrong.
  static Result<Config> load(ConfigArguments arguments) {
    Config config(std::move(arguments));
    if (!built_in(Feature::Config)) return config.without_files();
    if (Status status = config.read_files(); !status) return status.error();
    if (Status status = config.check_versions(); !status) return status.error();
    if (Status status = config.read_documents(); !status) return status.error();
    if (Status status = config.read_profiles(); !status) return status.error();
    if (Status status = config.read_arguments(); !status) return status.error();
    if (Status status = config.read_user_file(); !status) return status.error();
    if (Status status = config.resolve_run(); !status) return status.error();
    // Of all that was read, places are still asked for, and they are in the text.
    for (const auto& document : config.documents_) document->root = TomlValue();
    return config;
  }

  // Written once, for whoever runs the program.
  Vector<std::string> warnings;
  ConfigParts parts;
  std::string workspace_root;
  std::string profile = "default";
  RunSettings run;
  UiSettings ui;
  RecordSettings record;

  const Filterset& default_filter() const { return default_filter_; }

  // Whether the profile runs any, for whichever tests.
  bool has_scripts() const {
    const Vector<ConfigRule>& rules = profile_.rules;
    return std::any_of(rules.begin(), rules.end(), [](const ConfigRule& rule) { return !rule.is_override; });
  }

  // The wrapper script that lists the tests of a binary; null: none.
  const WrapperScript* list_wrapper_of(const TestBinary& binary) const {
    const WrapperScript* wrapper = nullptr;
    if (!built_in(Feature::Scripts)) return wrapper;
    for (const ConfigRule& rule : profile_.rules) {
      if (rule.list_wrapper != nullptr && rule.filter.matches_binary(binary, {}) == Filterset::Answer::Yes) {
        wrapper = rule.list_wrapper;
      }
    }
    return wrapper;
  }

  SettingsOfTests settings_of(const TestList& list) const {
    SettingsOfTests settings;
    settings.kinds.clear();
    if (!built_in(Feature::Config)) {  // they are the same for all tests
      settings.kinds.push_back(resolve(always_, nullptr).test);
      return settings;
    }
    settings.kind_of.resize(list.tests.size());
    const Vector<Vector<bool>> matching = match_rules(list);
    Vector<Vector<bool>> known;  // which rules match the tests of each kind
    Vector<bool> rules = always_;
    for (TestIndex test = 0; test < list.tests.size(); ++test) {
      for (std::size_t i = 0; i < rules.size(); ++i) rules[i] = matching[i][test];
      const std::size_t kind = static_cast<std::size_t>(std::find(known.begin(), known.end(), rules) - known.begin());
      if (kind == known.size()) {
        known.push_back(rules);
        settings.kinds.push_back(resolve(rules, nullptr).test);
      }
      settings.kind_of[test] = static_cast<std::uint32_t>(kind);
    }
    if (settings.kinds.empty()) settings.kinds.push_back(resolve(always_, nullptr).test);
    return settings;
  }

  // The settings of one test; `origins` gets the place of each, by row of the table of settings.
  Settings explain(const TestList& list, TestIndex test, Vector<std::string>& origins) const {
    const Filterset::Context context{&default_filter_};
    Vector<bool> rules = always_;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      rules[i] = rules[i] || profile_.rules[i].filter.matches(list, test, context);
    }
    return resolve(rules, &origins);
  }
  // Those that hold whatever the test.
  Settings explain(Vector<std::string>& origins) const { return resolve(always_, &origins); }

 private:
  friend Result<Config>;
  Config() = default;
  explicit Config(ConfigArguments arguments) : arguments_(std::move(arguments)) {}

  // In a build without files: options and variables alone, and a word about a file that would have been read.
  Result<Config> without_files() {
    workspace_root = find_workspace_root();
    const std::string path = workspace_root + "/" + usual_file;
    if (exists(path)) {
      warnings.push_back(path + " is not read: " + left_out(Feature::Config).message);
    }
    if (Status status = resolve_run(); !status) return status.error();
    return std::move(*this);
  }

  // --- files, from the lowest priority to the highest ---

  static constexpr const char* usual_file = ".config/nextest.toml";

  Status read_files() {
    workspace_root = find_workspace_root();
    for (std::size_t i = arguments_.tool_config_files.size(); i-- > 0;) {
      const std::string& argument = arguments_.tool_config_files[i];
      const std::size_t colon = argument.find(':');
      if (colon == 0 || colon == std::string::npos || colon + 1 == argument.size()) {
        return Error{ExitCode::SetupError, "--tool-config-file: '" + argument + "' is not TOOL:FILE", ""};
      }
      const std::string path = argument.substr(colon + 1);
      if (Status status = read_file_at(path, path, argument.substr(0, colon)); !status) return status;
    }
    if (!arguments_.config_file.empty()) return read_file_at(arguments_.config_file, arguments_.config_file, "");
    const std::string path = workspace_root + "/" + usual_file;
    if (!exists(path)) return success();
    const bool is_here = current_folder() == workspace_root;
    return read_file_at(path, is_here ? usual_file : path, "");
  }

  Status read_file_at(const std::string& path, const std::string& shown, std::string tool) {
    Result<std::unique_ptr<ConfigDocument>> document = read_config_file(path, shown, std::move(tool));
    if (!document) return document.error();
    documents_.push_back(std::move(document.value()));
    return success();
  }

  // Before anything else is looked at: a newer file may hold what we do not know.
  Status check_versions() {
    for (const auto& document : documents_) {
      ConfigPartsReader reader(*document, workspace_root, parts, warnings);
      if (Status status = reader.read_versions(); !status) return status;
    }
    if (arguments_.ignore_version) return success();
    if (version_is_below(compatible_version, parts.required_version)) {
      return Error{ExitCode::RequiredVersionNotMet,
                   "this workspace requires nextest " + parts.required_version + "; this program does what nextest " +
                       compatible_version + " does",
                   "take a newer one, or give --override-version-check"};
    }
    if (version_is_below(compatible_version, parts.recommended_version)) {
      warnings.push_back("this workspace recommends nextest " + parts.recommended_version +
                         "; this program does what nextest " + compatible_version + " does");
    }
    return success();
  }

  Status read_documents() {
    for (const auto& document : documents_) {
      ConfigPartsReader reader(*document, workspace_root, parts, warnings);
      if (Status status = reader.read(); !status) return status;
      const TomlValue* const profiles = document->root.find("profile");
      if (profiles == nullptr) continue;
      ValueReader in(document->source, &warnings);
      in.table(*profiles, {}, [&](const TomlMember& member) {
        const bool is_reserved = starts_with(member.key, "default-") && member.key != "default-miri";
        if (is_reserved && document->tool.empty()) {
          in.warn(member.key_span, "names of profiles that begin with default- are reserved: '" + member.key + "'");
        }
        if (member.value.kind != TomlKind::Table) in.not_allowed(member.value, "a table");
      });
      if (!in.ok()) return in.error();
    }
    return success();
  }

  Status read_profiles() {
    Result<ProfileLayers> read = ProfileReader(documents_, parts, warnings).read(arguments_.profile, profile);
    if (!read) return read.error();
    profile_ = std::move(read.value());
    return success();
  }

  // --config: what is no key there is an error.
  Status read_arguments() {
    for (const std::string& text : arguments_.values) {
      auto document = std::make_unique<ConfigDocument>();
      document->source = {"--config", text};
      Result<TomlValue> root = parse_toml(document->source);
      if (!root) {
        Error error = root.error();
        error.hint += std::string(error.hint.empty() ? "" : "; ") +
                      "--config takes TOML: a text is quoted, as in --config 'flaky-result = \"fail\"'";
        return error;
      }
      Vector<std::string> unknown;
      ValueReader in(document->source, &unknown);
      in.groups = &parts.groups;
      LayerReader{in, PerTest, ""}.read(root.value(), config_values_);
      if (!in.ok()) return in.error();
      if (!unknown.empty()) return Error{ExitCode::SetupError, unknown[0], ""};
      documents_.push_back(std::move(document));
    }
    return success();
  }

  Status read_user_file() {
    const std::string path = user_config_file(arguments_.user_config_file);
    if (path.empty()) return success();
    if (Status status = read_file_at(path, path, ""); !status) return status;
    return UserConfigReader(*documents_.back(), warnings).read(user_);
  }

  // --- from the layers to settings ---

  Status resolve_run() {
    always_.resize(profile_.rules.size());
    for (std::size_t i = 0; i < always_.size(); ++i) always_[i] = !profile_.rules[i].has_filter;
    Settings settings = resolve(always_, nullptr);
    run = std::move(settings.run);
    ui = settings.ui;
    record = settings.record;
    if (!built_in(Feature::Filtersets)) return success();  // then it lets all tests through
    Result<Filterset> filter = Filterset::parse(run.default_filter, FiltersetPlace::DefaultFilter);
    if (!filter) return filter.error();
    default_filter_ = std::move(filter.value());
    return success();
  }

  // By rule and test.
  Vector<Vector<bool>> match_rules(const TestList& list) const {
    const Filterset::Context context{&default_filter_};
    Vector<Vector<bool>> matching;
    for (std::size_t i = 0; i < always_.size(); ++i) {
      matching.push_back(always_[i] ? Vector<bool>(list.tests.size(), true)
                                    : profile_.rules[i].filter.matches_all(list, context));
    }
    return matching;
  }

  // Each layer goes over what the ones before it set.
  Settings resolve(const Vector<bool>& matched, Vector<std::string>* origins) const {
    Settings settings;
    if (origins != nullptr) origins->assign(std::size(setting_table), "default");
    if (built_in(Feature::Config)) {
      for (const PartialSettings& table : profile_.tables) table.apply(settings, origins);
      apply_rules(matched, settings, origins);
      config_values_.apply(settings, origins);
      parts.record.apply(settings, origins);
      user_.apply(settings, origins);
    }
    arguments_.options.apply(settings, origins);
    return settings;
  }

  void apply_rules(const Vector<bool>& matched, Settings& settings, Vector<std::string>* origins) const {
    Vector<bool> asked_for(parts.setup_scripts.size());
    for (std::size_t i = 0; i < matched.size(); ++i) {
      const ConfigRule& rule = profile_.rules[i];
      if (!matched[i]) continue;
      rule.settings.apply(settings, origins);
      if (rule.run_wrapper != nullptr) settings.test.run_wrapper = rule.run_wrapper;
      for (const std::uint32_t script : rule.setup_scripts) asked_for[script] = true;
    }
    for (std::uint32_t i = 0; i < asked_for.size(); ++i) {
      if (asked_for[i]) settings.test.setup_scripts.push_back(i);
    }
  }

  ConfigArguments arguments_;
  ConfigDocuments documents_;      // of files and of --config
  ProfileLayers profile_;          // and of those that it inherits from
  PartialSettings config_values_;  // of --config
  PartialSettings user_;
  Vector<bool> always_;  // the rules without a filter
  Filterset default_filter_;
};

}  // namespace nextest

// ---- core/report/style.hpp ----

// How text looks on the stream it goes to: colours where they are wanted, lines of a box where the locale has them.

namespace nextest {

enum class ColorChoice : unsigned char { Auto, Always, Never };

// The sixteen colours that every terminal has.
enum class Paint : unsigned char { Plain, Bold, Pass, Fail, Skip, Retry, BinaryId, NamePath, NameEnd };

struct Style {
  bool coloured = false;
  bool unicode = false;

  // NO_COLOR (no-color.org), CLICOLOR_FORCE (bixense.com/clicolors), FORCE_COLOR and TERM=dumb decide when `choice`
  // is Auto.
  static Style detect(int fd, ColorChoice choice) {
    Style style;
    const auto value_of = [](const char* name) {
      const char* const value = ::getenv(name);
      return std::string_view(value == nullptr ? "" : value);
    };
    const auto is_set = [&](const char* name) { return !value_of(name).empty(); };
    const auto is_on = [&](const char* name) { return is_set(name) && value_of(name) != "0"; };
    if (choice != ColorChoice::Auto) style.coloured = choice == ColorChoice::Always;
    else if (is_set("NO_COLOR")) style.coloured = false;
    else if (is_on("CLICOLOR_FORCE") || is_on("FORCE_COLOR")) style.coloured = true;
    else style.coloured = ::isatty(fd) == 1 && ::getenv("TERM") != nullptr && value_of("TERM") != "dumb";

    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
      if (!is_set(name)) continue;
      std::string locale(value_of(name));
      for (char& c : locale) c = ascii_lower(c);
      style.unicode = contains(locale, "utf-8") || contains(locale, "utf8");
      break;
    }
    return style;
  }

  void paint(std::string& out, Paint paint, std::string_view text) const {
    static constexpr const char* codes[] = {"", "1", "32;1", "31;1", "33;1", "35;1", "35", "36", "34;1"};
    if (!coloured || paint == Paint::Plain) {
      out.append(text);
      return;
    }
    out.append("\x1B[").append(codes[static_cast<int>(paint)]).append("m").append(text).append("\x1B[0m");
  }

  void rule(std::string& out, int width) const {
    for (int i = 0; i < width; ++i) out += unicode ? "\xE2\x94\x80" : "-";
  }

  // A test name with its last part highlighted: what follows `separator`, all of it where there is none.
  void test_name(std::string& out, std::string_view name, std::string_view separator) const {
    const std::size_t at = separator.empty() ? std::string_view::npos : name.rfind(separator);
    const std::size_t end = at == std::string_view::npos ? 0 : at + separator.size();
    if (end > 0) paint(out, Paint::NamePath, safe_name(name.substr(0, end)));
    paint(out, Paint::NameEnd, safe_name(name.substr(end)));
  }
};

}  // namespace nextest

// ---- core/base/proc.hpp ----

// Other processes, as Linux shows them in /proc.

namespace nextest {

// As far as /proc can be read.
inline Vector<pid_t> all_processes() {
  Vector<pid_t> pids;
  static_cast<void>(each_name("/proc", [&](const char* name) {
    const pid_t pid = static_cast<pid_t>(std::atol(name));
    if (pid > 0) pids.push_back(pid);
  }));
  return pids;
}

// The whole of /proc/PID/NAME; empty when the process is gone or not ours to look into.
inline std::string read_proc(pid_t pid, const char* name) {
  return read_system_file("/proc/" + std::to_string(pid) + "/" + name);
}

// Whether a signal has stopped it, or a debugger: PID (NAME) STATE ..., where the name may hold anything. False where
// there is no /proc.
inline bool is_stopped(pid_t pid) {
  const std::string stat = read_proc(pid, "stat");
  const std::size_t name_end = stat.rfind(") ");
  const char state = name_end + 2 < stat.size() ? stat[name_end + 2] : '?';
  return state == 'T' || state == 't';
}

// Whether it has no memory any more: it is about to end, or has ended and waits to be reaped.
inline bool has_no_memory(pid_t pid) { return starts_with(read_proc(pid, "statm"), "0 "); }

// The entry of an environment (NAME=VALUE, each ended by a NUL) that starts with `prefix`; empty when there is none.
inline std::string_view find_variable(std::string_view variables, std::string_view prefix) {
  while (!variables.empty()) {
    const std::string_view entry = take_part(variables, '\0');
    if (starts_with(entry, prefix)) return entry;
  }
  return {};
}

inline bool has_variable(std::string_view variables, std::string_view entry) {
  return find_variable(variables, entry) == entry;
}

}  // namespace nextest

// ---- core/process/environment.hpp ----

// The environment of a started program: ours, with some variables set or replaced.

extern char** environ;

namespace nextest {

class Environment {
 public:
  Environment() {
    for (char** entry = environ; *entry != nullptr; ++entry) inherited_.push_back(*entry);
  }

  // Drops an inherited variable; worth it once for a variable that every program sets anew.
  void unset(std::string_view name) {
    for (std::size_t i = 0; i < inherited_.size(); ++i) {
      if (is_variable(inherited_[i], name)) inherited_.erase(inherited_.begin() + i--);
    }
  }

  // Sets a variable for every program.
  void set(std::string_view name, std::string_view value) {
    unset(name);
    for (std::string& entry : set_) {
      if (is_variable(entry.c_str(), name)) {
        entry.replace(name.size() + 1, std::string::npos, value);
        return;
      }
    }
    set_.push_back(std::string(name).append("=").append(value));
  }

  // The vector for exec, with `more` in place of variables of the same name: NAME=VALUE sets one, NAME alone takes an
  // inherited one away. Valid until either changes.
  Vector<char*> vector(const Vector<std::string>& more) const {
    Vector<char*> all;
    for (char* entry : inherited_) {
      if (!is_in(more, entry)) all.push_back(entry);
    }
    for (const std::string& entry : set_) all.push_back(const_cast<char*>(entry.c_str()));
    for (const std::string& entry : more) {
      if (contains(entry, "=")) all.push_back(const_cast<char*>(entry.c_str()));
    }
    all.push_back(nullptr);
    return all;
  }

 private:
  static bool is_variable(const char* entry, std::string_view name) {
    return std::strncmp(entry, name.data(), name.size()) == 0 && entry[name.size()] == '=';
  }

  static bool is_in(const Vector<std::string>& more, const char* entry) {
    for (const std::string& one : more) {
      if (entry[0] == one[0] && is_variable(entry, std::string_view(one).substr(0, one.find('=')))) return true;
    }
    return false;
  }

  Vector<char*> inherited_;
  Vector<std::string> set_;
};

}  // namespace nextest

// ---- core/process/signals.hpp ----

// Signals as data: a handler writes the number into a pipe that the event loop polls, so none is missed and none
// interrupts anything.

namespace nextest {

class Signals {
 public:
  // Every signal is below, on every system; a number that is none is refused by the calls that take one.
  static constexpr int limit = 129;

  // For the whole life of the program; a second call changes nothing.
  static Status install() {
    if (pipe_.read_end) return success();
    const int error = open_pipe(pipe_);
    if (error != 0 || !set_nonblocking(pipe_.read_end.get()) || !set_nonblocking(pipe_.write_end.get())) {
      return Error{ExitCode::SetupError, std::string("cannot make a pipe: ") + ::strerror(error != 0 ? error : errno),
                   ""};
    }
    write_fd_ = pipe_.write_end.get();
    owner_ = ::getpid();
    for (int signal = 1; signal < limit; ++signal) {
      struct sigaction action {};
      inherited_ignored_[signal] = ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
    }
    for (const int signal : handled) {
      // Who started us may have asked for that (nohup, a background job of a shell without job control).
      const bool may_stay_ignored = signal != SIGCHLD && signal != SIGCONT && signal != SIGPIPE;
      if (may_stay_ignored && inherited_ignored_[signal]) continue;
      struct sigaction action {};
      action.sa_handler = on_signal;
      action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
      sigfillset(&action.sa_mask);
      ::sigaction(signal, &action, nullptr);
    }
    // A runner in the background may write to its terminal; blocked, SIGTTOU does not stop it.
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTTOU);
    sigaddset(&blocked, SIGTTIN);
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
    return success();
  }

  static int wake_fd() { return pipe_.read_end.get(); }

  // Calls `handle` with each signal that came: SIGCHLD first and once, the others in order, a repeated one once; of
  // stops and continues only the last counts, or we would stop after we were continued.
  template <class Handle>
  static void take(Handle&& handle) {
    unsigned char numbers[64];
    const ssize_t count = read_some(wake_fd(), reinterpret_cast<char*>(numbers), sizeof numbers);
    const auto is_job_control = [](int number) { return number == SIGTSTP || number == SIGCONT; };
    ssize_t last_job_control = count;
    for (ssize_t i = 0; i < count; ++i) {
      if (is_job_control(numbers[i])) last_job_control = i;
    }
    if (child_pending_ != 0) {
      child_pending_ = 0;
      handle(SIGCHLD);
    }
    for (ssize_t i = 0; i < count; ++i) {
      // timeout(1) signals its child and then its group: one signal twice in a moment is one.
      const bool repeated = i > 0 && numbers[i] == numbers[i - 1];
      const bool counts = is_job_control(numbers[i]) ? i == last_job_control : !repeated;
      if (counts && numbers[i] != SIGPIPE && numbers[i] != SIGCHLD) handle(numbers[i]);
    }
  }

  // Somebody wants to know what is going on, or the window has another size.
  static bool asks(int signal) {
#if NEXTEST_HAS_SIGINFO
    if (signal == SIGINFO) return true;
#endif
    return signal == SIGUSR1 || is_window_change(signal);
  }
  static bool is_window_change([[maybe_unused]] int signal) {
#if NEXTEST_HAS_WINDOW_SIZE
    return signal == SIGWINCH;
#else
    return false;
#endif
  }
  // All others ask for the end.
  static bool ends(int signal) { return signal != SIGTSTP && signal != SIGCONT && !asks(signal); }

  // Gives a child about to exec the dispositions and the mask of a fresh login; exec itself resets what has a handler.
  // Async-signal-safe.
  static void reset_in_child() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < limit; ++signal) {
      if (inherited_ignored_[signal]) ::sigaction(signal, &action, nullptr);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }

 private:
  // SIGPIPE among them: ignored, it would be ignored in tests too; handled, write(2) says EPIPE all the same.
  static constexpr int handled[] = {
      SIGCHLD,  SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGPIPE, SIGUSR1,
#if NEXTEST_HAS_WINDOW_SIZE
      SIGWINCH,
#endif
#if NEXTEST_HAS_SIGINFO
      SIGINFO,
#endif
  };

  static void on_signal(int number) {
    if (number == SIGCHLD) {
      if (child_pending_ != 0) return;
      child_pending_ = 1;
    } else if (::getpid() != owner_) {
      // A child between vfork and exec, which has our pipe: what it gets is not for us.
      if (ends(number)) ::_exit(128 + number);
      return;
    }
    const int saved = errno;
    const unsigned char byte = static_cast<unsigned char>(number);
    // A full pipe already holds more signals than anyone needs. Of SIGCHLD the flag counts, and the byte only wakes.
    if (::write(write_fd_, &byte, 1) != 1) errno = saved;
    errno = saved;
  }

  static inline Pipe pipe_;
  static inline volatile sig_atomic_t child_pending_ = 0;
  static inline volatile sig_atomic_t write_fd_ = -1;
  static inline pid_t owner_ = 0;
  static inline bool inherited_ignored_[limit] = {};
};

}  // namespace nextest

// ---- core/process/spawn.hpp ----

// Starting a process. vfork is the fastest way that can do all a test needs (docs/benchmarks.md): a process group of
// its own, its pipes, default signals, a folder, and the errno of an exec that failed.

#if NEXTEST_HAS_PRCTL
#include <sys/prctl.h>
#endif

namespace nextest {

struct SpawnRequest {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  const char* folder = nullptr;  // nullptr: ours
  int in = -1;
  int out = -1;
  int err = -1;
  bool own_group = true;
};

// Reaps a child that is known to end.
inline void wait_for(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Runs in the child, in the parent's memory after vfork: async-signal-safe calls only. Returns errno.
inline int become_program(const SpawnRequest& request) {
  if (request.own_group && ::setpgid(0, 0) != 0) return errno;
#if NEXTEST_HAS_PRCTL
  // However the runner ends, even by SIGKILL, its tests end with it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (::dup2(request.in, 0) < 0 || ::dup2(request.out, 1) < 0 || ::dup2(request.err, 2) < 0) return errno;
  if (request.folder != nullptr && ::chdir(request.folder) != 0) return errno;
  Signals::reset_in_child();
  ::execve(request.program, request.argv, request.envp);
  return errno;
}

// Returns 0 and the process in `pid`, or the errno of whatever failed up to and including exec. After vfork the child
// writes it to our memory, and we go on when it is known. A system or an emulator may make a fork of vfork: then, as
// after fork, it comes through a pipe that a successful exec closes. The first call finds out which it is.
__attribute__((noinline)) inline int spawn(const SpawnRequest& request, pid_t& pid) {
  constexpr int not_written = -1;
  static bool shares_memory = false;  // is known to
  Pipe report;
  if (!shares_memory) {
    if (const int error = open_pipe(report); error != 0) return error;
  }
  // Volatile: not in registers, which the child may change.
  const volatile int report_fd = report.write_end.get();
  // No handler of ours may run in the child: it would run in our memory.
  sigset_t all, before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  volatile int written = not_written;
#if NEXTEST_HAS_VFORK
  const pid_t child = ::vfork();
#else
  const pid_t child = ::fork();
#endif
  if (child == 0) {
    written = 0;
    const int error = become_program(request);
    written = error;
    if (report_fd >= 0 && ::write(report_fd, &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
  }
  int error = child < 0 ? errno : written;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) return error;
  if (error == not_written) {
    error = 0;
    report.write_end.close();
    if (read_some(report.read_end.get(), reinterpret_cast<char*>(&error), sizeof error) != sizeof error) error = 0;
  } else {
    shares_memory = true;
  }
  if (error != 0) {
    wait_for(child);
    return error;
  }
  pid = child;
  return 0;
}

}  // namespace nextest

// ---- core/process/launcher.hpp ----

// Where processes are started, signalled and reaped: the seam between a unit, which knows none of this, and a place.

namespace nextest {

struct Command {
  std::string program;  // a path
  Vector<std::string> argv;
  Vector<std::string> environment;  // NAME=VALUE, beside the launcher's
  std::string folder;               // empty: ours
  bool capture_out = true;          // else it has ours, or what the launcher has in its place
  bool capture_err = true;
  bool combine = false;       // both captured streams through one pipe
  bool has_terminal = false;  // our standard input and our process group, for a program to work with
};

struct Launched {
  pid_t pid = 0;  // also its process group
  Fd out;         // the read ends; empty where the output is not captured
  Fd err;
  bool combined = false;  // `out` is for both
  int error = 0;          // errno when it could not be started

  // The system is out of something that other units will give back when they end.
  bool out_of_resources() const { return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE; }
  // Somebody still has the program open for writing: a linker, a copy, or a child of theirs that has not come to its
  // exec. That is soon over.
  bool is_busy() const { return error == ETXTBSY; }
};

// Whether a program that has been busy for so long is tried again, and how long after: 20, 40, 80, ... ms after the
// first try.
inline bool waits_for_busy(Duration waited) { return waited < Duration::seconds(1); }
inline Duration busy_pause(Duration waited) { return std::max(waited, Duration::milliseconds(20)); }

struct Exit {
  pid_t pid = 0;
  int status = 0;  // as waitpid has it
};

class Launcher {
 public:
  Environment environment;  // of all that it starts
  int uncaptured_out = 1;   // where standard output goes that is not captured

  virtual ~Launcher() = default;

  // Turns a command into a running process with a group of its own, two pipes, and the promise of an exit status.
  virtual Launched launch(const Command& command) = 0;

  // To the process group, and to the process itself where it moved to another one; once that is reaped only its group
  // is left.
  virtual void send(pid_t pid, int signal, bool is_reaped) const = 0;

  // Whether it is stopped, as by SIGSTOP or SIGTTOU; false where that cannot be known. Asked only when somebody asks
  // us.
  virtual bool is_stopped(pid_t) const { return false; }

  // Adds what has ended since the last call: what was launched, and what came to us when its parent ended. Never waits.
  virtual void reap(Vector<Exit>& exits) = 0;

  // Reaps a process that is known to end.
  virtual void wait_for(pid_t pid) = 0;
};

// On this machine.
class LocalLauncher final : public Launcher {
 public:
  Launched launch(const Command& command) override {
    Launched launched;
    if (!null_) null_ = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
    Pipe out, err;
    if (!null_) launched.error = errno;
    if (command.capture_out && launched.error == 0) launched.error = open_pipe(out);
    if (command.capture_err && !command.combine && launched.error == 0) launched.error = open_pipe(err);
    if (launched.error != 0) return launched;

    Vector<char*> argv;
    for (const std::string& word : command.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    Vector<char*> envp = environment.vector(command.environment);

    SpawnRequest request;
    request.program = command.program.c_str();
    request.argv = argv.data();
    request.envp = envp.data();
    request.folder = command.folder.empty() ? nullptr : command.folder.c_str();
    request.in = command.has_terminal ? 0 : null_.get();
    request.own_group = !command.has_terminal;
    request.out = command.capture_out ? out.write_end.get() : uncaptured_out;
    request.err = command.combine ? request.out : command.capture_err ? err.write_end.get() : 2;
    launched.error = spawn(request, launched.pid);
    if (launched.error == 0) {
      launched.out = std::move(out.read_end);
      launched.err = std::move(err.read_end);
      launched.combined = command.combine;
    }
    return launched;
  }

  void send(pid_t pid, int signal, bool is_reaped) const override {
    ::kill(-pid, signal);
    if (!is_reaped && ::getpgid(pid) != pid) ::kill(pid, signal);
  }

#if NEXTEST_ON_LINUX
  bool is_stopped(pid_t pid) const override { return nextest::is_stopped(pid); }
#endif

  void reap(Vector<Exit>& exits) override {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) exits.push_back({pid, status});
  }

  void wait_for(pid_t pid) override { nextest::wait_for(pid); }

 private:
  Fd null_;
};

}  // namespace nextest

// ---- core/list/command.hpp ----

// The command line, environment and folder that a test binary is started with, to list its tests or to run one.

namespace nextest {

// How programs are started, for listing and running alike.
struct StartOptions {
  Vector<std::string> target_runner;  // a prefix of every command line
  std::string folder;                 // empty: ours
  bool in_binary_folder = false;
};

// Empty: ours.
inline std::string working_folder(const TestBinary& binary, const StartOptions& options) {
  if (options.in_binary_folder) return std::string(parent_folder(binary.path));
  return options.folder.empty() ? binary.folder.str() : options.folder;
}

// `inner` started through `runner`: in its words {binary} is the first word of `inner`, a word {args} all others. What
// has no place there follows.
inline Vector<std::string> run_through(const Vector<std::string>& runner, Vector<std::string> inner) {
  if (runner.empty()) return inner;
  constexpr std::string_view binary = "{binary}";
  Vector<std::string> words;
  bool has_binary = false, has_arguments = false;
  for (const std::string& word : runner) {
    if (word == "{args}") {
      has_arguments = true;
      words.insert(words.end(), inner.begin() + 1, inner.end());
      continue;
    }
    words.push_back(word);
    for (std::size_t at = 0; (at = words.back().find(binary, at)) != std::string::npos; at += inner[0].size()) {
      has_binary = true;
      words.back().replace(at, binary.size(), inner[0]);
    }
  }
  if (!has_binary) words.push_back(inner[0]);
  if (!has_arguments) words.insert(words.end(), inner.begin() + 1, inner.end());
  return words;
}

// `inner` as the wrapper script and the target runner, if there are any, start it.
inline Vector<std::string> wrap(Vector<std::string> inner, const Vector<std::string>& runner,
                                const WrapperScript* wrapper) {
  if (wrapper == nullptr) return run_through(runner, std::move(inner));
  if (wrapper->target_runner == WrapperScript::WithinWrapper) inner = run_through(runner, std::move(inner));
  inner.insert(inner.begin(), wrapper->command.argv.begin(), wrapper->command.argv.end());
  if (wrapper->target_runner == WrapperScript::AroundWrapper) inner = run_through(runner, std::move(inner));
  return inner;
}

// `more` in place of what has the same names.
inline void add_variables(Vector<std::string>& variables, const Vector<std::string>& more) {
  for (const std::string& variable : more) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    variables.erase(std::remove_if(variables.begin(), variables.end(),
                                   [&](const std::string& old) { return starts_with(old, name); }),
                    variables.end());
    variables.push_back(variable);
  }
}

// For listing, or to run `test`.
inline Command make_command(const TestBinary& binary, Arguments arguments, const StartOptions& options,
                            const WrapperScript* wrapper, std::string_view test = {}) {
  if (!built_in(Feature::Scripts)) wrapper = nullptr;
  // Replaced by the target runner, its environment with it.
  if (wrapper != nullptr && wrapper->target_runner == WrapperScript::OverridesWrapper &&
      !options.target_runner.empty()) {
    wrapper = nullptr;
  }
  Command command;
  command.folder = working_folder(binary, options);
  // The path as given, made to hold from any working folder.
  const std::string path = command.folder.empty() || starts_with(binary.path, "/")
                               ? (contains(binary.path, "/") ? binary.path : "./" + binary.path)
                               : absolute_path(binary.path);
  if (!binary.option_prefix.empty()) {
    const std::string_view usual = binary.harness->option_start;
    for (std::string& argument : arguments) {
      if (starts_with(argument, usual)) argument.replace(0, usual.size(), binary.option_prefix);
    }
  }
  binary.harness->complete(arguments, path, test);
  command.argv = wrap(std::move(arguments), options.target_runner, wrapper);
  command.program = command.argv[0] == path ? path : find_program(command.argv[0]);
  if (command.program.empty()) command.program = command.argv[0];
  if (!command.folder.empty()) command.program = absolute_path(command.program);
  if (binary.environment != nullptr) command.environment = *binary.environment;
  if (wrapper != nullptr) add_variables(command.environment, wrapper->command.environment);
  command.environment.push_back("NEXTEST_BINARY_ID=" + binary.id);
  return command;
}

}  // namespace nextest

// ---- core/model/run_request.hpp ----

// What was asked of a run, as far as whoever reads its results has to know it.

namespace nextest {

struct StressCondition {
  enum Kind : std::uint8_t { Off, Count, Infinite, Time } kind = Off;
  std::uint32_t count = 0;
  Duration duration{};

  bool is_on() const { return kind != Off; }
};

struct RunRequest {
  bool capture = true;
  StressCondition stress;
};

}  // namespace nextest

// ---- core/run/options.hpp ----

// How a run is to go: what was asked for and what is configured, whichever tests there are.

namespace nextest {

// A debugger or a tracer, through which one test is run.
struct Interceptor {
  Vector<std::string> command;  // its words, before those of the test; empty: there is none
  bool debugs = false;          // has our standard input, and the terminal with all that is typed

  bool active() const { return built_in(Feature::Terminal) && !command.empty(); }
};

struct RunOptions {
  RunRequest request;
  std::string profile = "default";
  std::string workspace_root;
  std::string required_version = "none";
  std::string recommended_version = "none";
  std::uint32_t test_threads = 1;
  MaxFail max_fail;
  bool input_handler = true;  // listens to keys where standard input is a terminal
  Duration global_timeout = thirty_years;
  StartOptions start;
  bool keeps_properties = false;  // somebody wants to know what tests say of themselves in a report
  Interceptor interceptor;
  Vector<TestGroup> groups = {{no_group}};
  Vector<SetupScript> setup_scripts;  // those that have to run, in this order
};

}  // namespace nextest

// ---- core/select/order.hpp ----

// In which order the selected tests start.

namespace nextest {

struct RunOrder {
  enum Kind : std::uint8_t {
    Longest,  // longest known duration first; unknown ones before all others, in list order
    Listed,
    Random,
  } kind = Longest;
  bool has_seed = false;
  std::uint64_t seed = 0;  // Random: the same seed gives the same order, on every machine

  // Takes a seed of `chance` where one is needed and none was given. What --order takes for that order; empty: as it
  // is.
  std::string resolve(std::uint64_t chance) {
    if (kind != Random) return "";
    if (!has_seed) seed = chance % 1000000;
    has_seed = true;
    return "random:" + std::to_string(seed);
  }
};

// Higher priority first, whatever the order; `priority_of(test)` is a number. `durations`: of each test of the list,
// below 0 where it is not known; may be empty.
inline void order_tests(Vector<TestIndex>& tests, const RunOrder& order, const Vector<Duration>& durations,
                        FunctionRef<std::int32_t(TestIndex)> priority_of) {
  if (order.kind == RunOrder::Random) {
    std::uint64_t state = order.seed;
    for (std::size_t left = tests.size(); left > 1; --left) {
      // SplitMix64 (Steele, Lea, Flood 2014); the C++ library's shuffles differ from one to the next.
      std::uint64_t mixed = (state += 0x9e3779b97f4a7c15);
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      std::swap(tests[left - 1], tests[number_as<std::size_t>((mixed ^ (mixed >> 31)) % left)]);
    }
  }
  const bool is_by_duration = order.kind == RunOrder::Longest && !durations.empty();
  // One that is not known may be the longest of all.
  const auto goes_before = [](Duration a, Duration b) { return a.ns < 0 ? b.ns >= 0 : b.ns >= 0 && b < a; };
  Vector<TestIndex> ordered;
  ordered.reserve(tests.size());
  for (const std::uint32_t i : sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) {
         const std::int32_t left = priority_of(tests[a]), right = priority_of(tests[b]);
         return left != right ? left > right : is_by_duration && goes_before(durations[tests[a]], durations[tests[b]]);
       })) {
    ordered.push_back(tests[i]);
  }
  tests = std::move(ordered);
}

}  // namespace nextest

// ---- core/model/rerun_state.hpp ----

// What a chain of reruns knows of tests when a run begins.

namespace nextest {

enum class Known : std::uint8_t { Unknown, Passing, Outstanding };

struct KnownTest {
  std::string binary_id;
  std::string name;
  Known known = Known::Unknown;
};

class RerunState {
 public:
  Vector<KnownTest> tests;  // once finalized: by binary id, then name, each once, and none that is unknown

  void finalize() {
    Vector<KnownTest> sorted;
    for (const std::uint32_t i : sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) {
           return compare(tests[a], tests[b].binary_id, tests[b].name) < 0;
         })) {
      KnownTest& test = tests[i];
      const bool is_new = sorted.empty() || compare(sorted.back(), test.binary_id, test.name) != 0;
      if (is_new && test.known != Known::Unknown) sorted.push_back(std::move(test));
    }
    tests = std::move(sorted);
  }

  Known of(std::string_view binary_id, std::string_view name) const {
    const std::size_t at = position(binary_id, name);
    return at < tests.size() ? tests[at].known : Known::Unknown;
  }

  // Those that are outstanding and that a run of `list` cannot decide, as it does not run them.
  Vector<const KnownTest*> outstanding_beside(const TestList& list) const {
    Vector<bool> is_run(tests.size());
    for (const TestCase& test : list.tests) {
      if (test.mismatch != Mismatch::None) continue;
      const std::size_t at = position(list.binaries[test.binary].id, test.name);
      if (at < tests.size()) is_run[at] = true;
    }
    Vector<const KnownTest*> left;
    for (std::size_t i = 0; i < tests.size(); ++i) {
      if (tests[i].known == Known::Outstanding && !is_run[i]) left.push_back(&tests[i]);
    }
    return left;
  }

 private:
  static int compare(const KnownTest& test, std::string_view binary_id, std::string_view name) {
    const int by_binary = std::string_view(test.binary_id).compare(binary_id);
    return by_binary != 0 ? by_binary : std::string_view(test.name).compare(name);
  }

  // Past the end when it is not there.
  std::size_t position(std::string_view binary_id, std::string_view name) const {
    std::size_t from = 0, to = tests.size();
    while (from < to) {
      const std::size_t middle = from + (to - from) / 2;
      const int order = compare(tests[middle], binary_id, name);
      if (order == 0) return middle;
      if (order < 0) from = middle + 1;
      else to = middle;
    }
    return tests.size();
  }
};

}  // namespace nextest

// ---- core/model/history.hpp ----

// What earlier runs say of the tests of a list.

namespace nextest {

struct History {
  RerunState rerun;            // of the chain that is rerun; empty: there is none
  Vector<Duration> durations;  // of each test, below 0 where none is known; empty: nobody asked
};

}  // namespace nextest

// ---- core/select/partition.hpp ----

// Splitting one test list over several machines.

namespace nextest {

// Shard `shard` (from 1) of `total`.
struct Partition {
  enum Kind : std::uint8_t {
    None,
    Count,   // round-robin inside each binary
    Slice,   // round-robin over all tests
    Hash,    // by XXH64 of the test name: a test's shard never changes
    Weight,  // by known durations: each shard takes about as long; without any, as Slice
  } kind = None;
  std::uint64_t shard = 1;
  std::uint64_t total = 1;
};

// "KIND:M/N"
inline Result<Partition> parse_partition(std::string_view text) {
  const auto invalid = [&](const char* why) {
    return Error{ExitCode::SetupError, "not a partition: '" + std::string(text) + "' (" + why + ")",
                 "write KIND:M/N with KIND count, slice, hash or weight and 1 <= M <= N, as in slice:1/3"};
  };
  Partition partition;
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (kind == "count") partition.kind = Partition::Count;
  else if (kind == "slice") partition.kind = Partition::Slice;
  else if (kind == "hash") partition.kind = Partition::Hash;
  else if (kind == "weight") partition.kind = Partition::Weight;
  else return invalid("the kind is not known");
  if (colon == std::string_view::npos) return invalid("M/N is missing");
  const std::string_view shards = text.substr(colon + 1);
  const std::size_t slash = shards.find('/');
  if (slash == std::string_view::npos) return invalid("/N is missing");
  if (!parse_number(shards.substr(0, slash), partition.shard)) return invalid("M is not a number");
  if (!parse_number(shards.substr(slash + 1), partition.total)) return invalid("N is not a number");
  if (partition.shard < 1 || partition.shard > partition.total) return invalid("M is not between 1 and N");
  return partition;
}

// Longest processing time first: each test, from the longest on, to the shard that has least to do (Graham 1969: no
// shard takes more than 4/3 of the best split). What has no duration counts as the median. The same input gives the
// same shards everywhere.
inline void apply_weights(const Partition& partition, TestList& list, const Vector<Duration>& durations) {
  Vector<TestIndex> tests;
  Vector<Duration> known;
  for (TestIndex test = 0; test < list.tests.size(); ++test) {
    if (list.tests[test].mismatch != Mismatch::None) continue;
    tests.push_back(test);
    if (durations[test].ns >= 0) known.push_back(durations[test]);
  }
  const Vector<std::uint32_t> by_duration =
      sorted_order(known.size(), [&](std::uint32_t a, std::uint32_t b) { return known[a] < known[b]; });
  const std::int64_t median = known.empty() ? 0 : known[by_duration[known.size() / 2]].ns;
  const auto weight = [&](std::uint32_t i) {
    const std::int64_t duration = durations[tests[i]].ns;
    return (duration < 0 ? median : duration) + 1000;  // none is for nothing
  };
  const Vector<std::uint32_t> order =
      sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) { return weight(a) > weight(b); });
  // With more shards than tests the last ones stay empty.
  const bool has_fewer = partition.total < tests.size();
  Vector<Duration> loads(has_fewer ? static_cast<std::size_t>(partition.total) : tests.size());
  for (const std::uint32_t i : order) {
    std::size_t lightest = 0;
    for (std::size_t shard = 1; shard < loads.size(); ++shard) {
      if (loads[shard] < loads[lightest]) lightest = shard;
    }
    loads[lightest].ns += weight(i);
    if (lightest != partition.shard - 1) list.tests[tests[i]].mismatch = Mismatch::Partition;
  }
}

// Marks the tests of other shards; only those that match so far are counted. `durations`: of each test of the list,
// below 0 where it is not known; may be empty.
inline void apply_partition(const Partition& partition, TestList& list, const Vector<Duration>& durations) {
  if (partition.kind == Partition::None) return;
  if (built_in(Feature::Records) && partition.kind == Partition::Weight && !durations.empty())
    return apply_weights(partition, list, durations);
  std::uint64_t counter = 0;
  std::uint32_t binary = 0;
  for (TestCase& test : list.tests) {
    if (partition.kind == Partition::Count && test.binary != binary) {
      binary = test.binary;
      counter = 0;
    }
    if (test.mismatch != Mismatch::None) continue;
    const std::uint64_t bucket = partition.kind == Partition::Hash ? Xxh64::hash(test.name) : counter++;
    if (bucket % partition.total != partition.shard - 1) test.mismatch = Mismatch::Partition;
  }
}

}  // namespace nextest

// ---- core/select/select.hpp ----

// Which listed tests are run, and why the others are not.

namespace nextest {

enum class RunIgnored : unsigned char { Default, Only, All };

struct NamePattern {
  std::string text;
  bool exact = false;  // else a part of the name is enough

  bool matches(std::string_view name) const { return exact ? name == text : contains(name, text); }
};

struct Selection {
  Vector<NamePattern> names;  // none: every name
  Vector<NamePattern> skips;
  Vector<Filterset> filtersets;  // none: every test
  bool ignore_default_filter = false;
  RunIgnored run_ignored = RunIgnored::Default;
  Partition partition;
};

// Why no test of that binary can be selected, whatever its name; None: one may be.
inline Mismatch mismatch_of(const Selection& selection, const TestBinary& binary, const Filterset::Context& context) {
  const auto may_match = [&](const Filterset& filterset) {
    return filterset.matches_binary(binary, context) != Filterset::Answer::No;
  };
  const Vector<Filterset>& filtersets = selection.filtersets;
  if (!filtersets.empty() && std::none_of(filtersets.begin(), filtersets.end(), may_match)) return Mismatch::Filterset;
  if (selection.ignore_default_filter || context.default_filter == nullptr) return Mismatch::None;
  return may_match(*context.default_filter) ? Mismatch::None : Mismatch::DefaultFilter;
}

// Marks what is not selected, and returns what is, in list order. In a rerun, what is known to pass is left out.
inline Vector<TestIndex> select_tests(const Selection& selection, TestList& list, const Filterset::Context& context,
                                      const History& history) {
  const auto passed_already = [&](TestIndex test) {
    return history.rerun.of(list.binary_of(test).id, list.tests[test].name) == Known::Passing;
  };
  const auto any_matches = [](const Vector<NamePattern>& patterns, const TestCase& test) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const NamePattern& pattern) {
      return pattern.matches(test.name) || pattern.matches(test.own_name());
    });
  };
  Vector<bool> filtered_in(list.tests.size(), selection.filtersets.empty());
  for (const Filterset& filterset : selection.filtersets) {
    const Vector<bool> matching = filterset.matches_all(list, context);
    for (TestIndex i = 0; i < list.tests.size(); ++i) filtered_in[i] = filtered_in[i] || matching[i];
  }
  Vector<bool> by_default(list.tests.size(), true);
  if (!selection.ignore_default_filter && context.default_filter != nullptr) {
    by_default = context.default_filter->matches_all(list, context);
  }
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    TestCase& test = list.tests[i];
    const bool ignored_fits =
        selection.run_ignored == RunIgnored::All || test.ignored == (selection.run_ignored == RunIgnored::Only);
    const bool named = selection.names.empty() || any_matches(selection.names, test);
    if (!ignored_fits) test.mismatch = Mismatch::Ignored;
    else if (!named || any_matches(selection.skips, test)) test.mismatch = Mismatch::Name;
    else if (!filtered_in[i]) test.mismatch = Mismatch::Filterset;
    else if (!by_default[i]) test.mismatch = Mismatch::DefaultFilter;
    else if (passed_already(i)) test.mismatch = Mismatch::Rerun;
    else test.mismatch = Mismatch::None;
  }
  apply_partition(selection.partition, list, history.durations);
  Vector<TestIndex> selected;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    if (list.tests[i].mismatch == Mismatch::None) selected.push_back(i);
  }
  return selected;
}

}  // namespace nextest

// ---- cli/command_line.hpp ----

// What the user asked for: written by the parser alone.

namespace nextest {

enum class NoTests : std::uint8_t { Auto, Fail, Warn, Pass };
enum class ExportFormat : std::uint8_t { Zip, ChromeTrace, Jsonl, Junit };
enum class MessageFormat : std::uint8_t { Human, LibtestJson, LibtestJsonPlus, Jsonl };
enum class ListFormat : std::uint8_t { Auto, Human, Oneline, Json, JsonPretty };
enum class ListType : std::uint8_t { Full, BinariesOnly };

// Which test binaries, and what they speak.
struct BinariesRequest {
  WordList paths;
  std::string metadata;  // a file; instead of paths
  std::string harness;

  bool named() const { return !paths.empty() || !metadata.empty(); }
};

struct CommandLine {
  WordList typed;             // all of it, without the program
  Vector<std::string> words;  // what a command wants to know before paths and options
  BinariesRequest binaries;
  Selection selection;
  Duration list_timeout = Duration::seconds(60);
  ConfigArguments config;
  RunOrder order;
  RunRequest request;
  StartOptions start;
  Interceptor interceptor;
  NoTests no_tests = NoTests::Auto;
  std::string state_dir;
  std::string rerun;  // the run to rerun, or to replay: "latest", the start of an id, a path; empty: none, or latest
  std::string durations;  // a recorded run, in the same way; empty: those that the store keeps
  bool exit_as_recorded = false;
  bool pager = true;
  bool dry_run = false;
  ExportFormat export_format = ExportFormat::Zip;
  std::string export_file;
  bool verbose = false;
  ColorChoice color = ColorChoice::Auto;
  MessageFormat message_format = MessageFormat::Human;
  std::string junit_file;  // empty: the one that is configured, if one is
  ListFormat list_format = ListFormat::Auto;
  ListType list_type = ListType::Full;
};

}  // namespace nextest

// ---- cli/messages.hpp ----

// The program's own words, outside of a run: errors and warnings on stderr, answers on stdout.

namespace nextest {

// "error: ...", one clear message of one or more lines; nothing in it steers the terminal. When stderr itself is gone,
// the exit code has to do.
inline void write_message(const Style& style, Paint paint, std::string_view word, std::string_view text) {
  std::string out;
  style.paint(out, paint, word);
  out.append(": ");
  for (std::string_view rest = text, line; next_line(rest, line); out += '\n') append_safe_name(out, line);
  if (write_all(2, out) != 0) return;
}

inline void write_warning(ColorChoice color, std::string_view warning) {
  write_message(Style::detect(2, color), Paint::Skip, "warning", warning);
}
inline void write_warnings(ColorChoice color, const Vector<std::string>& warnings) {
  for (const std::string& warning : warnings) write_warning(color, warning);
}

inline void write_error(const Error& error) {
  const Style style = Style::detect(2, ColorChoice::Auto);
  std::string text = error.message;
  if (!error.hint.empty()) text += "\n  hint: " + error.hint;
  write_message(style, Paint::Fail, "error", text);
}

// A closed pipe is a reader who has seen enough: quiet, but not a success.
inline Result<ExitCode> write_stdout(std::string_view text) {
  const int error = write_all(1, text);
  if (error == 0) return ExitCode::Success;
  if (error == EPIPE) return ExitCode::WriteOutputFailed;
  return Error{ExitCode::WriteOutputFailed, std::string("cannot write to standard output: ") + ::strerror(error), ""};
}

}  // namespace nextest

// ---- cli/configure.hpp ----

// From the files and options of a configuration to the options of a run.

namespace nextest {

inline Error asked_for(const Config& config, const char* what, Feature feature) {
  Error error = left_out(feature);
  error.message = "the profile '" + config.profile + "' has " + what + "; " + error.message;
  return error;
}

// What the profile asks for and this build leaves out.
inline Status check_left_out(const Config& config) {
  if (!built_in(Feature::Junit) && !config.run.junit_path.empty()) {
    return asked_for(config, "junit.path", Feature::Junit);
  }
  if (!built_in(Feature::Scripts) && config.has_scripts()) return asked_for(config, "scripts", Feature::Scripts);
  return success();
}

// Reads the configuration that `line` asks for. What is odd about it but not wrong is a warning on stderr.
inline Result<Config> load_config(const CommandLine& line, bool ignore_version = false) {
  ConfigArguments arguments = line.config;
  arguments.ignore_version |= ignore_version;
  Result<Config> loaded = Config::load(std::move(arguments));
  if (!loaded) return loaded;
  const Config& config = loaded.value();
  if (Status status = check_left_out(config); !status) return status.error();
  write_warnings(line.color, config.warnings);
  return loaded;
}

inline RunOptions run_options(const CommandLine& line, const Config& config) {
  RunOptions run;
  run.request = line.request;
  run.start = line.start;
  run.interceptor = line.interceptor;
  run.profile = config.profile;
  run.workspace_root = config.workspace_root;
  run.groups = config.parts.groups;
  run.setup_scripts = config.parts.setup_scripts;
  run.max_fail = config.run.max_fail;
  // What an interceptor lets us see of the test is no result of it.
  if (!run.interceptor.active()) run.global_timeout = config.run.global_timeout;
  run.test_threads = run.request.capture ? config.run.test_threads.resolve(usable_cpus(), 1) : 1;
  if (!config.parts.required_version.empty()) run.required_version = config.parts.required_version;
  if (!config.parts.recommended_version.empty()) run.recommended_version = config.parts.recommended_version;
  if (run.start.target_runner.empty()) run.start.target_runner = config.parts.target_runner;
  // With a report that goes elsewhere, such as to a pager, the terminal is somebody else's: who took its modes from us
  // would put ours back last.
  run.input_handler =
      built_in(Feature::Terminal) && config.ui.input_handler && !run.interceptor.debugs && ::isatty(2) == 1;
  return run;
}

inline RecordSettings record_settings(const CommandLine& line, const Config& config) {
  RecordSettings record = config.record;
  if (line.interceptor.active()) record.enabled = false;
  // One shard after the other on one machine: all of them have to go by the same durations.
  if (line.selection.partition.kind == Partition::Weight) record.keep_durations = false;
  return record;
}

}  // namespace nextest

// ---- core/format/json_value.hpp ----

// A JSON value as a small tree.

namespace nextest {

enum class JsonKind { Null, Boolean, Number, String, Array, Object };

struct JsonMember;

struct JsonValue {
  JsonKind kind = JsonKind::Null;
  bool boolean = false;
  std::string text;            // String: its characters. Number: as written, so that no digit is lost
  Vector<JsonValue> items;     // Array
  Vector<JsonMember> members;  // Object, in the order of the text; each name once

  // The member of that name; null when there is none or this is no object.
  const JsonValue* find(std::string_view name) const;
  const JsonValue* find(const char* name) const { return find(std::string_view(name)); }
  // The text of that member; null when there is none, or it is no string.
  const std::string* find_text(const char* name) const {
    const JsonValue* const member = find(name);
    return member != nullptr && member->kind == JsonKind::String ? &member->text : nullptr;
  }

  // The number, when this is one, written without fraction and exponent, and in range.
  std::optional<std::int64_t> as_int64() const { return as_integer<std::int64_t>(); }
  std::optional<std::uint64_t> as_uint64() const { return as_integer<std::uint64_t>(); }

 private:
  template <class Integer>
  std::optional<Integer> as_integer() const {
    if (kind != JsonKind::Number) return std::nullopt;
    const bool is_negative = text[0] == '-';
    if (is_negative && std::is_unsigned_v<Integer>) return std::nullopt;
    std::uint64_t magnitude = 0;
    if (!parse_number(std::string_view(text).substr(is_negative ? 1 : 0), magnitude)) return std::nullopt;
    if (is_negative) magnitude = 0 - magnitude;
    const Integer number = static_cast<Integer>(magnitude);
    const bool fits = is_negative ? number < 0 || magnitude == 0 : !(number < 0);
    return fits ? std::optional<Integer>(number) : std::nullopt;
  }
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

inline const JsonValue* JsonValue::find(std::string_view name) const {
  for (const JsonMember& member : members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

// Same tree: numbers are compared as written, members in their order.
inline bool operator==(const JsonMember& a, const JsonMember& b);
inline bool operator==(const JsonValue& a, const JsonValue& b) {
  return a.kind == b.kind && a.boolean == b.boolean && a.text == b.text && a.items == b.items && a.members == b.members;
}
inline bool operator==(const JsonMember& a, const JsonMember& b) { return a.name == b.name && a.value == b.value; }

}  // namespace nextest

// ---- core/format/json_writer.hpp ----

// A writer of JSON (RFC 8259) whose output is always valid. Fractions go through snprintf and strtod: the program never
// calls setlocale, so their decimal point is always '.'.

namespace nextest {

// Appends `text` in quotes. Any bytes will do: each byte that is not part of valid UTF-8 becomes one U+FFFD.
inline void append_json_string(std::string& out, std::string_view text) {
  // By far the most need no escape: they are copied as a whole.
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end && *at >= 0x20 && *at < 0x7F && *at != '"' && *at != '\\') ++at;
  out.reserve(out.size() + text.size() + 2);
  out += '"';
  out.append(text.data(), at);
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    const char first = text[0];
    if (!character.valid) append_utf8(out, character.code);
    else if (first == '"' || first == '\\') out.append({'\\', first});
    else if (first == '\n') out += "\\n";
    else if (first == '\r') out += "\\r";
    else if (first == '\t') out += "\\t";
    else if (character.code < 0x20) append_format(out, "\\u%04x", static_cast<unsigned>(character.code));
    else out += text.substr(0, character.length);
    text.remove_prefix(character.length);
  }
  out += '"';
}

// Appends one JSON value to a string: without blanks, or, when `pretty`, a line for each member and item, two blanks
// deeper for each level. It places the commas; the caller pairs begin with end and gives each member of an object a
// key. For JSON Lines take a new writer for each line.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out, bool pretty = false) : out_(out), pretty_(pretty) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }

  // Returns the writer, for `writer.key("name").string("value")`.
  JsonWriter& key(const char* name) { return key(std::string_view(name)); }
  JsonWriter& key(std::string_view name) {
    string(name);
    out_ += pretty_ ? ": " : ":";
    after_key_ = true;
    return *this;
  }

  void string(std::string_view text) {
    separate();
    append_json_string(out_, text);
  }

  void boolean(bool value) { literal(value ? "true" : "false"); }
  void null() { literal("null"); }

  // Any integer exactly; a double with the fewest of 15 to 17 digits that read back as the same double.
  // JSON has no infinities and no NaN (RFC 8259, section 6): they are written as null.
  template <class Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>);
    if constexpr (std::is_integral_v<Number>) {
      literal(std::to_string(value));
    } else {
      const double real = static_cast<double>(value);
      if (!std::isfinite(real)) return null();
      char digits[32];
      for (int precision = 15; precision <= 17; ++precision) {
        std::snprintf(digits, sizeof digits, "%.*g", precision, real);
        if (std::strtod(digits, nullptr) == real) break;
      }
      literal(digits);
    }
  }

  // With exactly that many digits after the point.
  void number(double value, int decimals) {
    if (!std::isfinite(value)) return null();
    separate();
    append_format(out_, "%.*f", decimals, value);
  }

  // `value` of units of 10 to the power of -decimals, all of them: 1500 with 3 decimals is 1.500.
  void fixed(std::int64_t value, int decimals) {
    std::string digits = std::to_string(value < 0 ? -value : value);
    const std::size_t places = static_cast<std::size_t>(decimals);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
    if (value < 0) digits.insert(0, 1, '-');
    literal(digits);
  }

  // A tree as it was read.
  void value(const JsonValue& tree) {
    switch (tree.kind) {
      case JsonKind::Null: return null();
      case JsonKind::Boolean: return boolean(tree.boolean);
      case JsonKind::Number: return literal(tree.text);
      case JsonKind::String: return string(tree.text);
      case JsonKind::Array:
        begin_array();
        for (const JsonValue& item : tree.items) value(item);
        return end_array();
      case JsonKind::Object:
        begin_object();
        for (const JsonMember& member : tree.members) key(member.name).value(member.value);
        return end_object();
    }
  }

 private:
  void separate() {
    if (!after_key_) {
      if (needs_comma_) out_ += ',';
      if (depth_ > 0) new_line();
    }
    after_key_ = false;
    needs_comma_ = true;
  }

  void new_line() {
    if (pretty_) out_.append(1, '\n').append(2 * depth_, ' ');
  }

  void literal(std::string_view text) {
    separate();
    out_ += text;
  }

  void begin(char bracket) {
    separate();
    out_ += bracket;
    ++depth_;
    needs_comma_ = false;
  }

  void end(char bracket) {
    --depth_;
    if (needs_comma_) new_line();
    out_ += bracket;
    needs_comma_ = true;
  }

  std::string& out_;
  const bool pretty_;
  bool needs_comma_ = false;
  bool after_key_ = false;
  std::size_t depth_ = 0;
};

}  // namespace nextest

// ---- core/base/name_set.hpp ----

// Which names there are already. Knows them by their hash alone: two of 2^64 that are taken for one do no harm here.

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

// ---- core/format/json_parser.hpp ----

// A strict reader of JSON (RFC 8259) into a small tree.

namespace nextest {

// How deep arrays and objects may nest: reading and destroying a tree recurse, and input must not choose our stack.
constexpr unsigned json_depth_limit = 256;

// Recursive descent over the grammar of RFC 8259. Used once, through parse_json.
class JsonParser : private TextCursor {
 public:
  explicit JsonParser(std::string_view text) : TextCursor(text) {}

  Result<JsonValue> parse() {
    Result<JsonValue> tree = JsonValue{};
    if (Status status = parse_value(tree.value(), 0); !status) return status.error();
    if (at_ < text_.size()) return fail("expected nothing after the value");
    return tree;
  }

 private:
  // A value with the blanks around it.
  Status parse_value(JsonValue& value, unsigned depth) {
    skip_blanks();
    Status status = parse_bare_value(value, depth);
    skip_blanks();
    return status;
  }

  Status parse_bare_value(JsonValue& value, unsigned depth) {
    if (next_is("{") || next_is("[")) {
      if (depth == json_depth_limit) return fail("arrays and objects nest more than 256 deep");
      return next_is("{") ? parse_object(value, depth + 1) : parse_array(value, depth + 1);
    }
    if (next_is("\"")) {
      value.kind = JsonKind::String;
      return parse_string(value.text);
    }
    const bool is_true = take("true");
    if (is_true || take("false")) {
      value.kind = JsonKind::Boolean;
      value.boolean = is_true;
      return success();
    }
    if (take("null")) return success();
    if (next_is("-") || next_is_digit()) return parse_number_literal(value);
    return fail("expected a value");
  }

  Status parse_object(JsonValue& object, unsigned depth) {
    object.kind = JsonKind::Object;
    ++at_;
    skip_blanks();
    if (take("}")) return success();
    do {
      skip_blanks();
      if (!next_is("\"")) return fail("expected a member name in double quotes");
      JsonMember& member = object.members.emplace_back();
      if (Status status = parse_string(member.name); !status) return status;
      skip_blanks();
      if (!take(":")) return fail("expected ':' after the member name");
      if (Status status = parse_value(member.value, depth); !status) return status;
    } while (take(","));
    if (!take("}")) return fail("expected ',' or '}'");
    keep_last_of_each_name(object.members);
    return success();
  }

  Status parse_array(JsonValue& array, unsigned depth) {
    array.kind = JsonKind::Array;
    ++at_;
    skip_blanks();
    if (take("]")) return success();
    do {
      if (Status status = parse_value(array.items.emplace_back(), depth); !status) return status;
    } while (take(","));
    if (!take("]")) return fail("expected ',' or ']'");
    return success();
  }

  Status parse_string(std::string& out) {
    ++at_;
    while (!take("\"")) {
      const DecodedCharacter character = decode_utf8(text_.substr(at_));
      if (character.length == 0) return fail("expected '\"' to end the string");
      if (!character.valid) return fail("not valid UTF-8");
      if (character.code < 0x20) return fail("a control character in a string must be escaped");
      if (character.code == '\\') {
        if (Status status = parse_escape(out); !status) return status;
      } else {
        out += text_.substr(at_, character.length);
        at_ += character.length;
      }
    }
    return success();
  }

  Status parse_escape(std::string& out) {
    if (take("\\u")) return parse_unicode_escape(out);
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t index = at_ + 1 < text_.size() ? letters.find(text_[at_ + 1]) : std::string_view::npos;
    if (index == std::string_view::npos) return fail("expected one of \" \\ / b f n r t u after '\\'");
    out += meanings[index];
    at_ += 2;
    return success();
  }

  // Above U+FFFF a character is written as a surrogate pair (RFC 8259, section 7); half a pair is no character.
  Status parse_unicode_escape(std::string& out) {
    char32_t code = 0;
    if (!take_four_hex_digits(code)) return fail("expected four hexadecimal digits after \\u");
    if (code >= 0xD800 && code <= 0xDFFF) {
      char32_t low = 0;
      const bool is_pair = code < 0xDC00 && take("\\u") && take_four_hex_digits(low) && low >= 0xDC00 && low <= 0xDFFF;
      if (!is_pair) return fail("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, code);
    return success();
  }

  Status parse_number_literal(JsonValue& value) {
    const std::size_t start = at_;
    take("-");
    if (take("0")) {
      if (next_is_digit()) return fail("a number has no leading zeros");
    } else if (!take_digits()) {
      return fail("expected a digit");
    }
    if (take(".") && !take_digits()) return fail("expected a digit after the decimal point");
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      if (!take_digits()) return fail("expected a digit in the exponent");
    }
    value.kind = JsonKind::Number;
    value.text = text_.substr(start, at_ - start);
    return success();
  }

  // RFC 8259, section 4, leaves repeated names open; as in most readers the last one counts.
  static void keep_last_of_each_name(Vector<JsonMember>& members) {
    if (members.size() < 2) return;
    NameSet seen;
    const auto is_overridden = [&](const JsonMember& member) { return !seen.insert(member.name); };
    const auto kept = std::remove_if(std::make_reverse_iterator(members.end()),
                                     std::make_reverse_iterator(members.begin()), is_overridden);
    members.erase(members.begin(), kept.base());
  }

  void skip_blanks() { take_all_of(" \t\r\n"); }
  bool take_digits() { return take_all_of("0123456789"); }

  bool take_four_hex_digits(char32_t& code) {
    const std::string_view digits = text_.substr(at_, 4);
    code = 0;
    for (const char c : digits) {
      if (hex_digit(c) == 16) return false;
      code = code << 4 | hex_digit(c);
    }
    at_ += 4;
    return digits.size() == 4;
  }

  Error fail(const char* problem) const {
    const std::string_view before = text_.substr(0, at_);
    const std::string_view line = before.substr(before.rfind('\n') + 1);  // no newline: npos + 1 is 0
    const auto is_first_byte = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    const auto row = std::count(before.begin(), before.end(), '\n') + 1;
    const auto column = std::count_if(line.begin(), line.end(), is_first_byte) + 1;
    return Error{ExitCode::SetupError,
                 "line " + std::to_string(row) + ", column " + std::to_string(column) + ": " + problem, ""};
  }
};

// Reads exactly one value. An error says "line L, column C: what was expected", both from 1, columns in characters.
inline Result<JsonValue> parse_json(std::string_view text) { return JsonParser(text).parse(); }

}  // namespace nextest

// ---- core/harness/boost_test.hpp ----

// Boost.Test. Its filter has no escapes: a name with ',' or ':' in it, or with '!', '+' or '@' at its start, is asked
// for by its longest part that is free of them; where that lets more tests through, the others are excluded by name.
// (Since 1.7x Boost puts '_' in place of all of these, unless a program writes a name itself.)

namespace nextest {

// NAME|FILE(LINE), and then perhaps |timeout=N, |expected failures=N and |labels: @A @B, in this order.
inline bool read_boost_label(std::string_view label, ListedTest& unit) {
  label = label.substr(0, label.find("|labels: @"));
  for (const std::string_view attribute : {"|expected failures=", "|timeout="}) {
    const std::size_t at = label.rfind(attribute);
    if (at != std::string_view::npos && !contains(label.substr(at + 1), "|")) label = label.substr(0, at);
  }
  const std::size_t bar = label.rfind('|'), open = label.rfind('(');
  if (bar == std::string_view::npos || open == std::string_view::npos || open < bar || !ends_with(label, ")")) {
    return false;
  }
  unit.name.append(label.substr(0, bar));
  unit.source = file_name(label.substr(bar + 1, open - bar - 1));
  unit.source.append(":").append(label.substr(open + 1, label.size() - open - 2));
  return true;
}

// The list as a graph: unlike the one for people, it says where a test is and what it depends on, a description cannot
// disturb it, and its end is marked.
//   tu65536[shape=Mrecord,fontname=Helvetica,color=green,label="name|file.cpp(16)"];     yellow: disabled
//   tu2 -> tu65536;
//   tu65536 -> tu65539[color=red,style=dotted,constraint=false];                         needs tu65539
// The units of a suite follow it in braces. Numbers from 65536 on are tests, those below are suites.
inline Result<Vector<ListedTest>> read_boost_test_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests, suites;  // suites: the open ones, the innermost last
  ListedTest unit;                   // the last one read
  bool is_test = false;              // that, and not kept yet
  const auto keep_unit = [&] {
    if (is_test) tests.push_back(unit);
    is_test = false;
  };
  const std::size_t start = std::min(outputs[0].find("digraph G {"), outputs[0].size());
  std::string_view rest = std::string_view(outputs[0]).substr(start), line;
  next_line(rest, line);
  while (next_line(rest, line)) {
    const bool is_unit = starts_with(line, "tu") && contains(line, "[shape=");
    if (is_unit) {
      keep_unit();
      if (suites.empty()) continue;  // the module
      // A name may hold newlines.
      const char* const begin = line.data();
      while (!ends_with(line, "\"];") && next_line(rest, line)) {
      }
      line = std::string_view(begin, static_cast<std::size_t>(line.data() + line.size() - begin));
      const std::size_t label = std::min(line.find("label=\""), line.size() - 3) + 7;
      unit.name = suites.back().name;
      unit.runs_others = suites.back().runs_others;
      unit.ignored = contains(line.substr(0, label), "color=yellow");
      if (line.size() < label + 3 || !read_boost_label(line.substr(label, line.size() - label - 3), unit)) break;
      is_test = leading_number(line.substr(2)) >= 65536;
      if (!is_test) unit.name += '/';
    } else if (starts_with(line, "tu")) {
      unit.runs_others |= contains(line, "[color=red");
    } else if (line == "{") {
      suites.push_back(unit);
    } else if (line == "}") {
      keep_unit();
      if (suites.empty()) return tests;
      suites.pop_back();
    } else {
      break;
    }
  }
  return unreadable_line(line.substr(0, 200), "it should be of Boost.Test's list as DOT, which ends with '}'");
}

// The filter: level by level, what of the name it can be given.
inline std::string boost_pattern(std::string_view name) {
  std::string pattern;
  for (std::size_t start = 0, end; start <= name.size(); start = end + 1) {
    end = std::min(name.find('/', start), name.size());
    std::size_t best = start, size = 0;
    for (std::size_t from = start, to; from <= end; from = to + 1) {
      to = std::min(name.find_first_of(",:/", from), end);
      if (from == 0 && from < to && std::string_view("!+@").find(name[from]) < 3) ++from;
      if (to - from <= size) continue;
      best = from;
      size = to - from;
    }
    if (start > 0) pattern += '/';
    if (best > start || size == 0) pattern += '*';
    pattern.append(name.substr(best, size));
    if (size > 0 && best + size < end) pattern += '*';
  }
  return pattern;
}

inline Arguments boost_test_run_arguments(const TestList& list, const TestCase& test) {
  const std::string pattern = boost_pattern(test.own_name());
  // A signal is shown as the one it is; the report tells how many tests ran, and where it ran others, what became of
  // it.
  Arguments arguments;
  for (const char* option :
       {"--catch_system_errors=no", "--result_code=yes", "--report_format=HRF",
        test.runs_others ? "--report_level=detailed" : "--report_level=short", "--report_sink=stderr"}) {
    arguments.push_back(option);
  }
  arguments.push_back("--run_test=" + pattern);
  for (const TestCase& other : list.tests) {
    if (test.rivals == 1) break;
    if (other.binary != test.binary || &other == &test || !wildcard_match(pattern, other.own_name())) continue;
    const std::string excluded = boost_pattern(other.own_name());
    if (!wildcard_match(excluded, test.own_name())) arguments.push_back("--run_test=!" + excluded);
  }
  return arguments;
}

// Test module "name" has passed with:
//   1 test case out of 39 passed
//   38 test cases out of 39 skipped
//   Test case "name" was skipped                where it ran those that it depends on; their failures are their own
inline void judge_boost_test(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  std::string_view rest, line;
  if (!find_last_line(output.err, "Test module \"", rest)) {
    return expect_no_start(output.out, "Running 1 test case", outcome);
  }
  const std::string_view report =
      std::string_view(output.err).substr(static_cast<std::size_t>(rest.data() - output.err.data()));
  rest = report;
  std::uint64_t all = 0, skipped = 0;
  while (next_line(rest, line)) {
    if (all > 0 && line.empty()) break;  // the suites come next
    const std::size_t out_of = line.find(" out of ");
    if (out_of == std::string_view::npos || !contains(line.substr(0, out_of), "test case")) continue;
    all = leading_number(line.substr(out_of + 8));
    if (ends_with(line, " skipped")) skipped = leading_number(line);
  }
  if (all == 0) return;
  if (test.runs_others && contains(report, "Test case \"" + std::string(test.own_name()) + "\" was skipped\n")) {
    skip_at_exit_code(outcome.code, outcome);
    outcome.skipped_by_test = outcome.passed();
  } else if (skipped >= all) {
    outcome.skipped_by_test = outcome.passed();
  } else if (!test.runs_others) {
    expect_tests_run(all - skipped, 1, outcome);
  }
}

inline constexpr FailureForm boost_failure_forms[] = {
    FailureForm(":", ": error: in \"").message_behind("\": ").moved_by(": last checkpoint"),
    FailureForm(":", ": fatal error: in \"").message_behind("\": ").moved_by(": last checkpoint"),
};

// With some of these a program would list instead of running, or report in another form.
inline constexpr Harness::DroppedVariable boost_test_variables[] = {
    {"BOOST_TEST_RUN_FILTERS", choose_tests}, {"BOOST_TEST_RANDOM", "shuffle tests with --order random"},
    {"BOOST_TEST_LIST_CONTENT", nullptr},     {"BOOST_TEST_LIST_LABELS", nullptr},
    {"BOOST_TEST_OUTPUT_FORMAT", nullptr},    {"BOOST_TEST_REPORT_FORMAT", nullptr},
    {"BOOST_TEST_REPORT_LEVEL", nullptr},     {"BOOST_TEST_REPORT_SINK", nullptr},
    {"BOOST_TEST_RESULT_CODE", nullptr},      {"BOOST_TEST_WAIT_FOR_DEBUGGER", nullptr},
};

inline constexpr Harness boost_test_harness = [] {
  Harness row;
  row.name = "boost-test";
  row.separator = "/";
  row.text = {"no test cases matching fil", "ter or all test cases were disabled"};
  row.library = {"libboost_unit_test_f", "ramework"};
  row.dropped_variables = boost_test_variables;
  row.failures.forms = boost_failure_forms;
  row.failures.nowhere = " unknown ";
  row.list_commands = [](const Harness&) { return Vector<Arguments>{{"--list_content=DOT", "--report_sink=stdout"}}; };
  row.read_list = read_boost_test_list;
  row.pattern_of = boost_pattern;
  row.matches = wildcard_match;  // it lets through more than Boost does: then one is excluded in vain
  row.run_arguments = boost_test_run_arguments;
  row.judge = judge_boost_test;
  return row;
}();

}  // namespace nextest

// ---- core/format/xml.hpp ----

// A reader of XML 1.0 (fifth edition), as much of it as test programs print when they list their tests.

namespace nextest {

// How deep elements may nest and how many attributes one may have: input must not choose our memory and time.
constexpr std::size_t xml_limit = 256;

// Production [2], Char: the other code points may not occur in a document, not even as a reference.
inline bool is_xml_character(char32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

enum class XmlEvent { StartElement, EndElement, Text, End };

// A pull reader: next() moves to the next event, the accessors describe it. An error ends the reading.
//
// No DTD, no namespaces. Attribute values and text come as they stand: no attribute-value normalisation (section 3.3.3)
// and no newline normalisation, because doctest writes the raw newlines and tabs of a name and means them. For the same
// reason any byte may occur: what is not UTF-8 or no XML character is the business of whoever uses the text.
class XmlReader : private TextCursor {
 public:
  // `document` must outlive the reader.
  explicit XmlReader(std::string_view document) : TextCursor(document) {
    take("\xEF\xBB\xBF");  // a byte order mark
  }

  // An element without content gives StartElement and EndElement too. Text between two tags is one event, whatever
  // comments, CDATA sections and references are in it; around the root element there is none. End comes once the root
  // element is closed and nothing follows, and then again each time.
  Result<XmlEvent> next() {
    attributes_.clear();
    content_.clear();
    count_lines();
    if (is_empty_element_) return end_element();
    if (Status status = read_text(); !status) return status.error();
    if (!content_.empty()) return XmlEvent::Text;
    count_lines();
    if (take("</")) return read_end_tag();
    if (take("<")) return read_start_tag();
    if (!open_.empty()) return fail("the document ends inside of <" + std::string(open_.back()) + ">");
    if (!has_root_) return fail("there is no element");
    return XmlEvent::End;
  }

  // StartElement and EndElement: the name of the element.
  std::string_view name() const { return name_; }

  // Text: the characters, never empty.
  const std::string& text() const { return content_; }

  // StartElement: the value of that attribute; null when the element has none of that name.
  const std::string* attribute(std::string_view name) const {
    for (const Attribute& candidate : attributes_) {
      if (candidate.name == name) return &candidate.value;
    }
    return nullptr;
  }

  // The line, from 1, on which the event begins, or on which the error is.
  std::size_t line() const { return line_; }

 private:
  struct Attribute {
    std::string_view name;
    std::string value;
  };

  // Everything up to the next tag or the end of the document.
  Status read_text() {
    while (at_ < text_.size()) {
      std::string_view content;
      if (next_is("<!--")) {
        const bool is_closed = take_section("<!--", "--", content) && take(">");  // no "--" inside (production [15])
        if (!is_closed) return fail("expected a comment to end with the first '--', as '-->'");
      } else if (next_is("<?")) {
        if (!take_section("<?", "?>", content)) return fail("expected '?>' to end the processing instruction");
      } else if (next_is("<![CDATA[") && !open_.empty()) {
        if (!take_section("<![CDATA[", "]]>", content)) return fail("expected ']]>' to end the CDATA section");
        content_ += content;
      } else if (next_is("<")) {
        return success();
      } else if (open_.empty()) {
        if (!skip_blanks()) return fail("text outside of the root element");
      } else if (Status status = read_characters(content_, '<'); !status) {
        return status;
      }
    }
    return success();
  }

  Result<XmlEvent> read_start_tag() {
    name_ = take_name();
    if (name_.empty()) return fail("expected the name of an element after '<'");
    if (open_.empty() && has_root_) return fail("<" + std::string(name_) + "> is a second root element");
    if (open_.size() == xml_limit) return fail("elements nest more than 256 deep");
    for (;;) {
      const bool is_separated = skip_blanks();
      is_empty_element_ = take("/>");
      if (is_empty_element_ || take(">")) break;
      if (!is_separated) return fail("expected a blank, '>' or '/>' in <" + std::string(name_) + ">");
      if (Status status = read_attribute(); !status) return status.error();
    }
    has_root_ = true;
    open_.push_back(name_);
    return XmlEvent::StartElement;
  }

  Status read_attribute() {
    Attribute entry{take_name(), ""};
    if (entry.name.empty()) return fail("expected an attribute, '>' or '/>' in <" + std::string(name_) + ">");
    const std::string label = "attribute " + std::string(entry.name);
    if (attribute(entry.name) != nullptr) return fail(label + " is there twice");
    if (attributes_.size() == xml_limit) return fail("more than 256 attributes");
    skip_blanks();
    if (!take("=")) return fail("expected '=' after " + label);
    skip_blanks();
    const char* const quote = next_is("'") ? "'" : "\"";
    if (!take(quote)) return fail("expected the value of " + label + " in quotes");
    if (Status status = read_characters(entry.value, *quote); !status) return status;
    if (!take(quote)) return fail("expected a quote to end " + label);
    attributes_.push_back(std::move(entry));
    return success();
  }

  Result<XmlEvent> read_end_tag() {
    name_ = take_name();
    skip_blanks();
    if (!take(">")) return fail("expected '>' to end </" + std::string(name_) + ">");
    if (open_.empty()) return fail("</" + std::string(name_) + "> ends no element");
    if (open_.back() != name_) {
      return fail("</" + std::string(name_) + "> ends <" + std::string(open_.back()) + ">");
    }
    return end_element();
  }

  Result<XmlEvent> end_element() {
    is_empty_element_ = false;
    open_.pop_back();
    return XmlEvent::EndElement;
  }

  // Characters as they stand and references resolved, up to `stop` or to a '<', which neither text nor a value holds.
  Status read_characters(std::string& out, char stop) {
    for (; at_ < text_.size() && text_[at_] != stop && text_[at_] != '<'; ++at_) {
      if (text_[at_] != '&') {
        out += text_[at_];
      } else if (Status status = read_reference(out); !status) {
        return status;
      }
    }
    return success();
  }

  // Leaves `at_` on the ';'.
  Status read_reference(std::string& out) {
    constexpr std::string_view names[] = {"amp", "lt", "gt", "quot", "apos"};
    constexpr std::string_view characters = "&<>\"'";
    const std::size_t end = std::min(text_.find(';', at_), text_.size());
    std::string_view reference = text_.substr(at_ + 1, end - at_ - 1);
    const auto named = std::find(std::begin(names), std::end(names), reference);
    if (end < text_.size() && named != std::end(names)) {
      out += characters[static_cast<std::size_t>(named - std::begin(names))];
    } else if (char32_t code = 0; end < text_.size() && parse_character_number(reference, code)) {
      append_utf8(out, code);
    } else {
      return fail("'&' begins none of &amp; &lt; &gt; &quot; &apos; and no number of an XML character");
    }
    at_ = end;
    return success();
  }

  // "#N" or "#xN".
  static bool parse_character_number(std::string_view reference, char32_t& code) {
    const bool is_hexadecimal = starts_with(reference, "#x");
    if (!starts_with(reference, "#")) return false;
    reference.remove_prefix(is_hexadecimal ? 2 : 1);
    const unsigned base = is_hexadecimal ? 16 : 10;
    code = 0;
    for (const char c : reference) {
      if (hex_digit(c) >= base || code > 0x10FFFF) return false;
      code = code * base + hex_digit(c);
    }
    return !reference.empty() && is_xml_character(code);
  }

  // ASCII as in productions [4] and [4a]; beyond it any byte, since nothing hangs on which letters those are.
  std::string_view take_name() {
    const std::size_t start = at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      const char lower = ascii_lower(c);
      const bool may_begin = (lower >= 'a' && lower <= 'z') || c == '_' || c == ':' || (c & 0x80) != 0;
      const bool may_follow = is_digit(c) || c == '-' || c == '.';
      if (!may_begin && !(may_follow && at_ > start)) break;
    }
    return text_.substr(start, at_ - start);
  }

  bool take_section(const char* opening, const char* closing, std::string_view& content) {
    const std::size_t start = at_ + ::strlen(opening);
    const std::size_t end = text_.find(closing, start);
    if (end == std::string_view::npos) return false;
    content = text_.substr(start, end - start);
    at_ = end + ::strlen(closing);
    return true;
  }

  bool skip_blanks() { return take_all_of(" \t\r\n"); }

  void count_lines() {
    const auto from = text_.begin() + static_cast<std::ptrdiff_t>(counted_);
    const auto to = text_.begin() + static_cast<std::ptrdiff_t>(at_);
    line_ += static_cast<std::size_t>(std::count(from, to, '\n'));
    counted_ = at_;
  }

  Error fail(const std::string& problem) {
    count_lines();
    return Error{ExitCode::SetupError, "line " + std::to_string(line_) + ": " + problem, ""};
  }

  std::size_t line_ = 1;
  std::size_t counted_ = 0;  // how far `line_` has counted
  std::string_view name_;
  std::string content_;
  Vector<Attribute> attributes_;
  Vector<std::string_view> open_;  // the elements around the current place, outermost first
  bool has_root_ = false;
  bool is_empty_element_ = false;  // the last event was the start of <name/>, its end comes next
};

}  // namespace nextest

// ---- core/harness/catch2.hpp ----

// Catch2, versions 3 and 2. A test spec in quotes takes every name but for three things: letter case and blanks at the
// ends do not count, a '*' at an end is a wildcard, and a leading "exclude:" negates. Where that lets more tests
// through, version 3 shards; version 2 can only exclude the others by name.

namespace nextest {

inline Result<Vector<ListedTest>> read_catch2_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  const std::size_t start = outputs[0].find("<?xml");
  if (start == std::string::npos) return unreadable_line(outputs[0].substr(0, 200), "it should be Catch2's XML");
  const std::string_view document = std::string_view(outputs[0]).substr(start);
  XmlReader xml(document);
  ListedTest test;
  std::string element, tags;
  while (true) {
    Result<XmlEvent> event = xml.next();
    if (!event) return Error{ExitCode::TestListFailed, event.error().message, ""};
    switch (event.value()) {
      case XmlEvent::End: return tests;
      case XmlEvent::StartElement:
        element = xml.name();
        if (element == "TestCase") test = ListedTest();
        break;
      case XmlEvent::Text:
        if (element == "Name") test.name = xml.text();
        if (element == "ClassName") test.suite = xml.text();
        if (element == "Tags") test.ignored = contains(xml.text(), "[.") || contains(xml.text(), "[!hide]");
        if (element == "File") test.source = file_name(xml.text());
        if (element == "Line") test.source += ":" + std::string(xml.text());
        break;
      case XmlEvent::EndElement:
        element.clear();
        if (xml.name() == "TestCase") tests.push_back(test);
        if (xml.name() == "MatchingTests") return tests;
        break;
    }
  }
}

// Version 2 prints "NAME\t@FILE:LINE": for all tests, for the hidden ones, and for none. A name may hold newlines, and
// one that starts with '#' comes in quotes.
inline Result<Vector<ListedTest>> read_catch2_v2_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  const std::string_view chatter = outputs.size() > 2 ? std::string_view(outputs[2]) : std::string_view();
  for (std::size_t i = 0; i < 2 && i < outputs.size(); ++i) {
    std::size_t next = 0;  // the hidden ones come in the order of the first list
    std::string record;
    std::string_view rest = without_chatter(outputs[i], chatter), line;
    while (next_line(rest, line)) {
      record.append(line);
      const std::size_t at = record.rfind("\t@");
      const std::size_t colon = record.rfind(':');
      std::uint64_t line_number = 0;
      if (at == std::string::npos || colon == std::string::npos || colon < at ||
          !parse_number(std::string_view(record).substr(colon + 1), line_number)) {
        record += '\n';
        continue;
      }
      ListedTest test;
      test.name = record.substr(0, at);
      if (starts_with(test.name, "\"#") && ends_with(test.name, "\"")) {
        test.name = test.name.substr(1, test.name.size() - 2);
      }
      test.source = file_name(std::string_view(record).substr(at + 2));
      record.clear();
      if (i == 0) {
        tests.push_back(std::move(test));
        continue;
      }
      mark_ignored(tests, test.name, next);
    }
    if (!trim(record).empty()) return unreadable_line(trim(record), "it should end with a tab, @, file and line");
  }
  return tests;
}

// As Catch2 compares: no case, no blanks at the ends.
inline std::string catch2_normalised(std::string_view name) {
  std::string text(trim(name));
  for (char& c : text) c = ascii_lower(c);
  return text;
}

inline std::string catch2_pattern(std::string_view name) {
  return starts_with(name, "exclude:") ? "*" + catch2_normalised(name.substr(1)) : catch2_normalised(name);
}

inline bool catch2_matches(std::string_view pattern, std::string_view name) {
  const std::string text = catch2_normalised(name);
  const bool open_start = starts_with(pattern, "*");
  if (open_start) pattern.remove_prefix(1);
  const bool open_end = ends_with(pattern, "*");
  if (open_end) pattern.remove_suffix(1);
  if (open_start && open_end) return contains(text, pattern);
  if (open_start) return ends_with(text, pattern);
  return open_end ? starts_with(text, pattern) : text == pattern;
}

inline std::string catch2_spec(std::string_view name) {
  std::string spec = "\"";
  if (starts_with(name, "exclude:")) {
    spec += '*';
    name.remove_prefix(1);
  }
  append_escaped(spec, name, "\\\",");
  return spec + "\"";
}

inline Arguments catch2_run_arguments(const TestList&, const TestCase& test) {
  Arguments arguments = {catch2_spec(test.own_name())};
  if (test.rivals > 1) {
    arguments.insert(arguments.end(), {"--order", "decl", "--shard-count", std::to_string(test.rivals), "--shard-index",
                                       std::to_string(test.rank)});
  }
  return arguments;
}

inline Arguments catch2_v2_run_arguments(const TestList& list, const TestCase& test) {
  std::string spec = catch2_spec(test.own_name());
  if (test.rivals == 1) return {std::move(spec)};
  const std::string pattern = catch2_pattern(test.own_name());
  for (const TestCase& other : list.tests) {
    const bool is_rival = other.binary == test.binary && &other != &test && catch2_matches(pattern, other.own_name());
    const bool excludes_us = catch2_matches(catch2_pattern(other.own_name()), test.own_name());
    if (is_rival && !excludes_us) spec += "~" + catch2_spec(other.own_name());
  }
  return {std::move(spec)};
}

// The last line of these forms is Catch2's own; before it, a test may have printed anything.
//   All tests passed (2 assertions in 1 test case)
//   test cases: 1 | 1 skipped
//   No tests ran
inline void judge_catch2(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
  std::string_view line, last;
  enum { Silent, Passed, Counted, None } summary = Silent;
  const auto look_for = [&](std::string_view prefix, auto meaning) {
    if (!find_last_line(output.out, prefix, line) || (summary != Silent && line.data() < last.data())) return;
    last = line;
    summary = meaning;
  };
  look_for("All tests passed (", Passed);
  look_for("test cases: ", Counted);
  look_for("No tests ran", None);
  if (summary == Passed) {
    const std::size_t in = last.find(" in ");
    if (in != std::string_view::npos) expect_tests_run(leading_number(last.substr(in + 4)), 1, outcome);
  } else if (summary == Counted) {
    expect_tests_run(leading_number(last), 1, outcome);
    constexpr int all_tests_skipped = 4;
    if (leading_number(last) == 1 && contains(last, "1 skipped")) skip_at_exit_code(all_tests_skipped, outcome);
  } else if (summary == None) {
    expect_tests_run(0, 1, outcome);
  } else {
    expect_no_start(output.out, "Filters: ", outcome);
  }
  // Of version 3. Another program with tests that this one runs prints its start and its summary, too.
  std::size_t ends = 0;
  for (const std::string_view end : {"All tests passed (", "test cases: ", "No tests ran"}) {
    ends += count_lines(output.out, end);
  }
  if (count_lines(output.out, "Randomness seeded to: ") > ends) set_unfinished(outcome);
}

inline constexpr FailureForm catch2_failure_forms[] = {
    FailureForm(":", ": FAILED:\n").goes_on(),
};
inline constexpr const char* catch2_headings[] = {
    "explicitly with message:", "with message:", "explicitly with messages:", "with messages:"};

inline constexpr Harness catch2_v2_harness = [] {
  Harness row;
  row.name = "catch2";
  row.recorded_as = "catch2-v2";
  row.text = {"list all/matching test cases na", "mes only"};
  row.failures.forms = catch2_failure_forms;
  row.failures.headings = catch2_headings;
  row.failures.crash = "fatal error condition";
  row.list_commands = [](const Harness&) {
    Vector<Arguments> commands;
    for (const char* which : {"*", "[.],[!hide]", "[no test has this tag]"}) {
      commands.push_back({"--list-test-names-only", "--verbosity", "high", "--order", "decl", which});
    }
    return commands;
  };
  row.read_list = read_catch2_v2_list;
  // Version 2 exits with the number of tests it listed, and with 255 when it could not start.
  row.list_succeeded = [](int exit_code, std::string_view output) { return exit_code == 0 || !output.empty(); };
  row.pattern_of = catch2_pattern;
  row.matches = catch2_matches;
  row.run_arguments = catch2_v2_run_arguments;
  row.judge = judge_catch2;
  return row;
}();

// Version 3 chooses and shards by Bazel's variables as well.
inline constexpr Harness::DroppedVariable catch2_variables[] = {
    {"TESTBRIDGE_TEST_ONLY", choose_tests},
    {"TEST_TOTAL_SHARDS", choose_a_shard},
    {"TEST_SHARD_INDEX", nullptr},
    {"TEST_SHARD_STATUS_FILE", nullptr},
};

inline constexpr Harness catch2_harness = [] {
  Harness row;
  row.name = "catch2";
  row.text = {"list all/matching te", "st cases"};
  row.library = {"libCatc", "h2."};
  row.failures = catch2_v2_harness.failures;
  row.list_commands = [](const Harness&) {
    return Vector<Arguments>{{"--list-tests", "--reporter", "xml", "--order", "decl", "*"}};
  };
  row.read_list = read_catch2_list;
  row.pattern_of = catch2_pattern;
  row.matches = catch2_matches;
  row.run_arguments = catch2_run_arguments;
  row.dropped_variables = catch2_variables;
  row.judge = judge_catch2;
  return row;
}();

}  // namespace nextest

// ---- core/format/elf.hpp ----

// The headers of an ELF file (System V ABI, chapters 4 and 5), as far as recognition needs it.

namespace nextest {

class ElfFile {
 public:
  struct Range {
    std::uint64_t at = 0;
    std::uint64_t size = 0;
  };

  explicit ElfFile(const Bytes& bytes) : bytes_(bytes) {
    char magic[6] = {};
    if (bytes.size() < 52 || bytes.read(0, magic, sizeof magic) != sizeof magic) return;
    if (std::string_view(magic, 4) !=
        "\x7F"
        "ELF")
      return;
    target_.is_64 = magic[4] == 2;
    target_.is_little_endian = magic[5] == 1;
    target_.machine = static_cast<unsigned>(number(18, 2));
  }

  // e_machine; 0 when it is no ELF file.
  unsigned machine() const { return target_.machine; }
  // What it is for.
  struct Target {
    unsigned machine = 0;
    bool is_64 = false;
    bool is_little_endian = false;
  };
  Target target() const { return target_; }

  // ET_DYN without an interpreter; a static position-independent program has DF_1_PIE.
  bool is_shared_library() const {
    constexpr std::uint64_t et_dyn = 3, pt_dynamic = 2, pt_interp = 3, dt_flags_1 = 0x6FFFFFFB, df_1_pie = 0x08000000;
    if (target_.machine == 0 || number(16, 2) != et_dyn) return false;
    const std::uint64_t table = target_.is_64 ? number(32, 8) : number(28, 4);
    const std::uint64_t entry_size = number(target_.is_64 ? 54 : 42, 2);
    const std::uint64_t count = number(target_.is_64 ? 56 : 44, 2);
    const unsigned word = target_.is_64 ? 8 : 4;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t header = table + i * entry_size;
      const std::uint64_t type = number(header, 4);
      if (type == pt_interp) return false;
      if (type != pt_dynamic) continue;
      const std::uint64_t first = number(header + (target_.is_64 ? 8 : 4), word);
      const std::uint64_t size = number(header + (target_.is_64 ? 32 : 16), word);
      constexpr std::uint64_t enough = 4096;  // entries; real files have some dozens
      for (std::uint64_t entry = 0; entry < enough && (entry + 1) * 2 * word <= size; ++entry) {
        const std::uint64_t tag = number(first + entry * 2 * word, word);
        if (tag == 0) break;
        if (tag == dt_flags_1) return (number(first + entry * 2 * word + word, word) & df_1_pie) == 0;
      }
      return true;
    }
    return true;
  }

  // Where the section of that name is; empty when there is none.
  Range section(std::string_view name) const {
    if (target_.machine == 0) return {};
    const std::uint64_t table = target_.is_64 ? number(40, 8) : number(32, 4);
    const std::uint64_t entry_size = number(target_.is_64 ? 58 : 46, 2);
    const std::uint64_t count = number(target_.is_64 ? 60 : 48, 2);
    const Range names = range_of(table + number(target_.is_64 ? 62 : 50, 2) * entry_size);
    std::string found(name.size() + 1, '\0');
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t header = table + i * entry_size;
      const std::uint64_t name_at = number(header, 4);
      if (name_at >= names.size) continue;
      const std::size_t got = bytes_.read(names.at + name_at, &found[0], found.size());
      if (got == found.size() && found.back() == '\0' && found.compare(0, name.size(), name) == 0)
        return range_of(header);
    }
    return {};
  }

  // The texts of the dynamic section's entries with that tag: the libraries that a program needs, where they are.
  Vector<std::string> dynamic_texts(std::uint64_t wanted) const {
    constexpr std::uint64_t enough = 4096;  // entries; real files have some dozens
    const Range entries = section(".dynamic"), texts = section(".dynstr");
    const unsigned word = target_.is_64 ? 8 : 4;
    Vector<std::string> found;
    for (std::uint64_t i = 0; i < enough && (i + 1) * 2 * word <= entries.size; ++i) {
      const std::uint64_t tag = number(entries.at + i * 2 * word, word);
      if (tag == 0) break;
      const std::uint64_t at = number(entries.at + i * 2 * word + word, word);
      if (tag != wanted || at >= texts.size) continue;
      char text[4096];
      const std::size_t size = number_as<std::size_t>(texts.size - at < sizeof text ? texts.size - at : sizeof text);
      const std::string_view read(text, bytes_.read(texts.at + at, text, size));
      found.push_back(std::string(read.substr(0, read.find('\0'))));
    }
    return found;
  }

 private:
  Range range_of(std::uint64_t header) const {
    const Range range = target_.is_64 ? Range{number(header + 24, 8), number(header + 32, 8)}
                                      : Range{number(header + 16, 4), number(header + 20, 4)};
    const bool fits = range.at <= bytes_.size() && range.size <= bytes_.size() - range.at;
    return fits ? range : Range{};
  }

  // A number of that many bytes; 0 past the end of the file.
  std::uint64_t number(std::uint64_t at, unsigned size) const {
    char raw[8];
    if (bytes_.read(at, raw, size) != size) return 0;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      value = value << 8 | static_cast<unsigned char>(raw[target_.is_little_endian ? size - 1 - i : i]);
    }
    return value;
  }

  const Bytes& bytes_;
  Target target_;
};

}  // namespace nextest

// ---- core/harness/cpputest.hpp ----

// CppUTest. Groups and names are identifiers, so its strict filters are exact. Its list does not say which tests are
// ignored, and no option prints them without running the others; but IGNORE_TEST(Group, Name) makes a class of its own,
// whose name stands in the program.

namespace nextest {

inline bool is_identifier_byte(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '$' || static_cast<signed char>(c) < 0;
}

// Group.Name. Either may begin with a digit: the classes that are made of them begin otherwise.
inline bool is_cpputest_name(std::string_view word) {
  std::size_t dots = 0;
  char before = '.';
  for (const char c : word) {
    if (before == '.' && c == '.') return false;
    if (c == '.') ++dots;
    else if (!is_identifier_byte(c)) return false;
    before = c;
  }
  return dots == 1 && before != '.';
}

// The names stand in one line, separated by blanks, which has no end: what the program prints at its exit is glued to
// the last name. So there is a second list, of no test: what is printed even then is the program's own.
inline Result<Vector<ListedTest>> read_cpputest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  std::string_view rest = outputs[0], line;
  if (outputs.size() > 1) rest = without_chatter(rest, outputs[1]);
  if (trim(rest).empty()) rest = outputs[0];  // a version whose lists do not mind filters
  while (next_line(rest, line)) {
    bool is_list = false;
    for (std::size_t end; !(line = trim(line)).empty(); line.remove_prefix(end)) {
      end = std::min(line.find(' '), line.size());
      ListedTest test;
      test.name = line.substr(0, end);
      if (!is_cpputest_name(test.name)) {
        if (is_list) return unreadable_line(test.name, "it should be 'Group.Name'");
        break;
      }
      is_list = true;
      tests.push_back(std::move(test));
    }
  }
  const std::string_view all = trim(outputs[0]);
  const bool is_chatter = outputs.size() > 1 && outputs[1] == outputs[0];
  if (tests.empty() && !all.empty() && !is_chatter)
    return unreadable_line(all.substr(0, 200), "it should be 'Group.Name Group.Name'");
  return tests;
}

// A type name as compilers write it: "27IGNOREGroup_Name_TestShell", perhaps with more before it. Where that could be
// two tests (A_b.c and A.b_c), neither is taken for ignored: better run one in vain than leave one out.
inline void mark_cpputest_class(std::string_view type, Vector<ListedTest>& tests) {
  const std::size_t at = type.find("IGNORE");
  if (at == std::string_view::npos || !ends_with(type.substr(0, at), std::to_string(type.size() - at))) return;
  type = type.substr(at + 6, type.size() - at - 16);
  ListedTest* found = nullptr;
  for (ListedTest& test : tests) {
    const std::size_t dot = test.name.find('.');
    if (test.name.size() != type.size() || type[dot] != '_' || type.compare(0, dot, test.name, 0, dot) != 0 ||
        type.compare(dot + 1, type.size(), test.name, dot + 1, type.size()) != 0) {
      continue;
    }
    if (found != nullptr) return;
    found = &test;
  }
  if (found != nullptr) found->ignored = true;
}

inline void mark_cpputest_ignored(const Bytes& bytes, Vector<ListedTest>& tests) {
  constexpr std::size_t overlap = 4096;
  constexpr std::string_view suffix = "_TestShell";
  const ElfFile::Range read_only = ElfFile(bytes).section(".rodata");
  const ElfFile::Range where = read_only.size == 0 ? ElfFile::Range{0, bytes.size()} : read_only;
  std::string piece;
  for (std::uint64_t done = 0; done < where.size; done += piece.size() - overlap) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(where.size - done, 1 << 20)));
    piece.resize(bytes.read(where.at + done, &piece[0], piece.size()));
    for (std::size_t at = 0; (at = piece.find(suffix, at)) != std::string::npos; at += suffix.size()) {
      std::size_t start = at;
      while (start > 0 && is_identifier_byte(piece[start - 1])) --start;
      mark_cpputest_class(std::string_view(piece).substr(start, at + suffix.size() - start), tests);
    }
    if (piece.size() <= overlap) return;
  }
}

inline Arguments cpputest_run_arguments(const TestList&, const TestCase& test) {
  const std::string_view name = test.own_name();
  const std::size_t dot = std::min(name.find('.'), name.size() - 1);
  Arguments arguments = {"-v", "-sg", std::string(name.substr(0, dot)), "-sn", std::string(name.substr(dot + 1))};
  if (test.ignored) arguments.push_back("-ri");
  return arguments;
}

// OK (11 tests, 1 ran, 1 checks, 0 ignored, 10 filtered out, 0 ms)
// TEST(Group, Name) - 0 ms      (what the test prints comes before the dash; of another program only -v prints it)
inline void judge_cpputest(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  std::string_view line;
  std::string start = "TEST(" + std::string(test.own_name()) + ")";
  start.replace(std::min(start.find('.'), start.size() - 1), 1, ", ");
  const std::size_t began = output.out.find(start);
  if (began != std::string::npos) {
    const std::size_t end = output.out.rfind(" ms\n\nOK (");
    if (end == std::string::npos || end < began) set_unfinished(outcome);
  }
  if (!find_last_line(output.out, "OK (", line)) {
    expect_no_start(output.out, "TEST(", outcome);
    return expect_no_start(output.out, "IGNORE_TEST(", outcome);
  }
  const std::uint64_t ran = number_before(line, " ran"), ignored = number_before(line, " ignored");
  if (ran == 0 && ignored == 1) outcome.skipped_by_test = outcome.passed();
  else expect_tests_run(ran, 1, outcome);
}

inline constexpr FailureForm cpputest_failure_forms[] = {
    FailureForm(":", ": error: Failure in ").message_at("\n").goes_on().moved_by(": error:\n"),
};
inline constexpr const char* cpputest_message_ends[] = {"difference starts at", "Alloc num"};

inline constexpr Harness cpputest_harness = [] {
  Harness row;
  row.name = "cpputest";
  row.separator = ".";
  row.text = {"test run failed because no te", "sts were run or ignored"};
  row.library = {"libCppU", "Test."};
  row.failures.forms = cpputest_failure_forms;
  row.failures.ends = cpputest_message_ends;
  row.list_commands = [](const Harness&) {
    return Vector<Arguments>{{"-ln"}, {"-ln", "-sg", "no group has this name"}};
  };
  row.read_list = read_cpputest_list;
  row.mark_ignored_in = mark_cpputest_ignored;
  row.run_arguments = cpputest_run_arguments;
  row.judge = judge_cpputest;
  return row;
}();

}  // namespace nextest

// ---- core/harness/criterion.hpp ----

// Criterion. Suites and names are identifiers, so its glob takes them as they are; a test that is registered by hand
// may be called anything, and gets escapes.

namespace nextest {

// SUITE: N tests
inline bool read_criterion_suite(std::string_view line, std::string_view& suite, std::uint64_t& tests) {
  const std::size_t colon = line.rfind(": ");
  if (colon == std::string_view::npos || (!ends_with(line, " test") && !ends_with(line, " tests"))) return false;
  suite = line.substr(0, colon);
  return parse_number(line.substr(colon + 2, line.rfind(' ') - colon - 2), tests);
}

// |-- NAME, or |-- NAME (skipped), in ASCII or in UTF-8
inline Result<Vector<ListedTest>> read_criterion_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  std::string_view rest = outputs[0], line, suite;
  std::uint64_t expected = 0;
  while (next_line(rest, line)) {
    // What is neither is of the program's own main; it may leave a line without its end, to which a suite is glued.
    if (expected == 0 && read_criterion_suite(line, suite, expected)) {
      suite.remove_prefix(suite.rfind(' ') + 1);  // npos + 1 is 0
      continue;
    }
    std::string_view name;
    for (const std::string_view branch :
         {"\xE2\x94\x9C\xE2\x94\x80\xE2\x94\x80 ", "\xE2\x94\x94\xE2\x94\x80\xE2\x94\x80 ", "|-- ", "`-- "}) {
      if (starts_with(line, branch)) name = line.substr(branch.size());
    }
    if (expected == 0 && name.empty()) continue;
    if (expected == 0) return unreadable_line(line, "it should be 'SUITE: N tests'");
    if (name.empty()) return unreadable_line(line, "it should be '|-- TEST'");
    constexpr std::string_view mark = " (skipped)";
    ListedTest& test = tests.emplace_back();
    test.ignored = ends_with(name, mark);
    if (test.ignored) name.remove_suffix(mark.size());
    test.name = std::string(suite).append("/").append(name);
    --expected;
  }
  if (expected > 0) return unreadable_line("", "more tests should follow");
  if (tests.empty() && !trim(outputs[0]).empty()) {
    return unreadable_line(trim(outputs[0]).substr(0, 200), "it should be 'SUITE: N tests'");
  }
  return tests;
}

inline Arguments criterion_run_arguments(const TestList&, const TestCase& test) {
  std::string filter;
  append_escaped(filter, test.own_name(), "\\*?!@+()[]|");
  return {"--filter", std::move(filter), "-j1"};
}

// [====] Synthesis: Tested: 1 | Passing: 1 | Failing: 0 | Crashing: 0
// A parameterized test counts once for each parameter, and what skips itself not at all. A disabled test cannot be run.
inline void judge_criterion(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  std::string_view line;
  if (!find_last_line(output.err, "[====] Synthesis: Tested: ", line) || leading_number(line) > 0) return;
  if (test.ignored) expect_tests_run(0, 1, outcome);
  else outcome.skipped_by_test = outcome.passed();
}

inline constexpr FailureForm criterion_failure_forms[] = {
    FailureForm(":", ": Assertion Failed\n").behind("[----] ").goes_on(" [----] ").or_marker(),
    FailureForm(":", ": Unexpected signal").behind("[----] ").message_at("Unexpected signal"),
};

// With some of these a failure would exit with 0, or the report be of another form.
inline constexpr Harness::DroppedVariable criterion_variables[] = {
    {"CRITERION_TEST_PATTERN", choose_tests}, {"CRITERION_ALWAYS_SUCCEED", nullptr}, {"CRITERION_ENABLE_TAP", nullptr},
    {"CRITERION_OUTPUTS", nullptr},           {"CRITERION_FAIL_FAST", nullptr},      {"CRITERION_JOBS", nullptr},
};

inline constexpr Harness criterion_harness = [] {
  Harness row;
  row.name = "criterion";
  row.separator = "/";
  row.text = {"Tests compiled with Cr", "iterion v"};
  row.library = {"libcriteri", "on."};
  row.dropped_variables = criterion_variables;
  row.failures.forms = criterion_failure_forms;
  row.failures.crash = "signal caught below";
  row.list_commands = [](const Harness&) { return Vector<Arguments>{{"--list"}}; };
  row.read_list = read_criterion_list;
  row.run_arguments = criterion_run_arguments;
  row.judge = judge_criterion;
  return row;
}();

}  // namespace nextest

// ---- core/harness/doctest.hpp ----

// doctest. Its filters know wildcards but cannot escape them; where a name lets more tests through, --first and --last
// pick the one. The dt- spelling of each option works in every program that has no prefix of its own.

namespace nextest {

inline Result<Vector<ListedTest>> read_doctest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  const std::size_t start = outputs[0].find("<?xml");
  if (start == std::string::npos) return unreadable_line(outputs[0].substr(0, 200), "it should be doctest's XML");
  const std::string_view document = std::string_view(outputs[0]).substr(start);
  XmlReader xml(document);
  while (true) {
    Result<XmlEvent> event = xml.next();
    if (!event) return Error{ExitCode::TestListFailed, event.error().message, ""};
    if (event.value() == XmlEvent::End) return tests;
    if (event.value() == XmlEvent::EndElement && xml.name() == "doctest") return tests;
    if (event.value() != XmlEvent::StartElement || xml.name() != "TestCase") continue;
    const auto text_of = [&](std::string_view attribute) {
      const std::string* const value = xml.attribute(attribute);
      return value != nullptr ? *value : std::string();
    };
    ListedTest& test = tests.emplace_back();
    test.name = text_of("name");
    test.suite = text_of("testsuite");
    test.source = std::string(file_name(text_of("filename"))) + ":" + text_of("line");
    test.ignored = text_of("skipped") == "true";
  }
}

// A pattern that matches the name; "*" for a name that doctest cannot be given: the empty one, and one in whose listing
// doctest wrote a byte as \xHH, so that the name itself is not known.
inline std::string doctest_pattern(std::string_view name) {
  return name.empty() || contains(name, "\\x") ? "*" : std::string(name);
}

inline Arguments doctest_run_arguments(const TestList&, const TestCase& test) {
  std::string filter = "--dt-test-case=";
  append_escaped(filter, doctest_pattern(test.own_name()), ",\\");
  Arguments arguments = {std::move(filter), "--dt-case-sensitive=true", "--dt-no-skip=true"};
  if (test.rivals > 1) {
    const std::string number = std::to_string(test.rank + 1);
    arguments.insert(arguments.end(), {"--dt-order-by=file", "--dt-first=" + number, "--dt-last=" + number});
  }
  return arguments;
}

// [doctest] test cases: 1 | 1 passed | 0 failed | 24 skipped     (counted before --first and --last)
inline void judge_doctest(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  std::string_view line;
  constexpr std::string_view summary = "[doctest] test cases:";
  if (find_last_line(output.out, summary, line)) expect_tests_run(leading_number(line), test.rivals, outcome);
  // Another program with tests that this one runs prints both lines, too.
  if (count_lines(output.out, "[doctest] run with \"") > count_lines(output.out, summary)) set_unfinished(outcome);
}

// A project may give its options a prefix of its own (DOCTEST_CONFIG_OPTIONS_PREFIX). The name of each stands in the
// program with it, perhaps as the end of another text.
inline std::string find_doctest_prefix(const Bytes& bytes) {
  constexpr std::size_t overlap = 256;
  constexpr std::string_view wanted("list-test-cases\0", 16);
  const std::string usual = "dt-";
  const ElfFile::Range read_only = ElfFile(bytes).section(".rodata");
  const ElfFile::Range where = read_only.size == 0 ? ElfFile::Range{0, bytes.size()} : read_only;
  std::string piece, found = usual;
  for (std::uint64_t done = 0; done < where.size; done += piece.size() - overlap) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(where.size - done, 1 << 20)));
    piece.resize(bytes.read(where.at + done, &piece[0], piece.size()));
    for (std::size_t at = 0; (at = piece.find(wanted, at)) != std::string::npos; at += wanted.size()) {
      std::size_t start = at;
      while (start > 0 && piece[start - 1] > ' ' && piece[start - 1] != 0x7F) --start;
      while (piece[start] == '-') ++start;
      if (start > at) start = at;
      const std::string prefix = piece.substr(start, at - start);
      if (prefix == usual) return usual;
      if (found == usual || found.empty()) found = prefix;
    }
    if (piece.size() <= overlap) break;
  }
  return found;
}

inline constexpr FailureForm doctest_failure_forms[] = {
    FailureForm(":", ": ERROR: ").goes_on(),
    FailureForm(":", ": FATAL ERROR: ").goes_on(),
};
inline constexpr const char* doctest_headings[] = {"logged:"};

inline constexpr Harness doctest_harness = [] {
  Harness row;
  row.name = "doctest";
  row.text = {"filters OUT tests b", "y their name"};
  row.failures.forms = doctest_failure_forms;
  row.failures.headings = doctest_headings;
  row.failures.crash = "CRASHED: ";
  row.list_commands = [](const Harness&) {
    return Vector<Arguments>{{"--dt-list-test-cases", "--dt-reporters=xml", "--dt-no-skip=true", "--dt-order-by=file"}};
  };
  row.read_list = read_doctest_list;
  row.option_start = "--dt-";
  row.find_option_prefix = find_doctest_prefix;
  row.pattern_of = doctest_pattern;
  row.matches = wildcard_match;
  row.run_arguments = doctest_run_arguments;
  row.judge = judge_doctest;
  return row;
}();

}  // namespace nextest

// ---- core/harness/googletest.hpp ----

// GoogleTest. Its filter knows wildcards but no escapes, so a name with ':' or '-' in it is asked for with '?' in their
// place; where that lets more tests through, sharding picks the one.

namespace nextest {

// The name without what --gtest_list_tests adds for the reader: "Size  # TypeParam = int".
inline std::string_view without_gtest_comment(std::string_view line) {
  for (const std::string_view comment : {"  # GetParam() = ", "  # TypeParam = "}) {
    line = line.substr(0, line.find(comment));
  }
  return line;
}

// UnitTestOptions: a suite or test is disabled when a part of its name starts with DISABLED_.
inline bool is_gtest_disabled(std::string_view name) {
  return starts_with(name, "DISABLED_") || contains(name, "/DISABLED_");
}

inline void add_googletest(Vector<ListedTest>& tests, std::string_view suite, std::string_view name) {
  ListedTest& test = tests.emplace_back();
  test.name = std::string(suite).append(".").append(name);
  test.ignored = is_gtest_disabled(suite) || is_gtest_disabled(name);
}

// The text of a string as EscapeJson writes it. What it writes as \u00XX is a byte, also in the middle of a UTF-8
// sequence, which JSON would not have so.
inline std::string unescape_gtest_json(std::string_view text) {
  constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t", digits = "0123456789abcdef";
  std::string plain;
  while (!text.empty()) {
    char c = text[0];
    std::size_t taken = 1;
    if (c == '\\' && text.size() > 1) {
      c = text[1];
      taken = 2;
      if (const std::size_t letter = letters.find(c); letter < letters.size()) c = meanings[letter];
      if (c == 'u' && text.size() >= 6) {
        const std::size_t high = digits.find(ascii_lower(text[4])), low = digits.find(ascii_lower(text[5]));
        if (high < 16 && low < 16) c = static_cast<char>(high * 16 + low);
        taken = 6;
      }
    }
    plain += c;
    text.remove_prefix(taken);
  }
  return plain;
}

// The list as JSON, which GoogleTest (since 1.10) prints in one piece, a member a line; whatever the program prints
// around it is outside. False when there is none.
//   {
//     "tests": 1,
//     "testsuites": [
//       { "name": "Suite",
//         "testsuite": [
//           { "name": "Test",
inline bool read_googletest_json(std::string_view output, Vector<ListedTest>& tests) {
  const std::size_t start = output.find("{\n  \"tests\": ");
  const std::size_t end = start < output.size() ? output.find("\n}", start) : start;
  if (end >= output.size()) return false;
  std::string_view rest = output.substr(start, end - start), line;
  std::string suite;
  bool in_suite = false;
  while (next_line(rest, line)) {
    line = trim(line);
    constexpr std::string_view key = "\"name\": \"";
    if (line == "\"testsuite\": [") in_suite = true;
    else if (line == "]") in_suite = false;
    if (!starts_with(line, key)) continue;
    line.remove_prefix(key.size());
    std::string name = unescape_gtest_json(line.substr(0, line.rfind('"')));
    if (in_suite) add_googletest(tests, suite, name);
    else suite = std::move(name);
  }
  return true;
}

// Without JSON the list is a suite a line, its tests indented below it. Other lines are of the program's own main, and
// so is what is indented below these.
inline Result<Vector<ListedTest>> read_googletest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  if (built_in(Feature::Json) && read_googletest_json(outputs[0], tests)) return tests;
  std::string_view rest = outputs[0], line, suite;
  while (next_line(rest, line)) {
    if (starts_with(line, "  ") && !suite.empty()) {
      add_googletest(tests, suite, without_gtest_comment(line.substr(2)));
      continue;
    }
    suite = without_gtest_comment(line);
    if (ends_with(suite, ".") && !starts_with(suite, " ")) suite.remove_suffix(1);
    else suite = {};
  }
  return tests;
}

inline std::string googletest_pattern(std::string_view name) {
  std::string pattern(name);
  std::replace(pattern.begin(), pattern.end(), ':', '?');
  std::replace(pattern.begin(), pattern.end(), '-', '?');
  return pattern;
}

inline Arguments googletest_run_arguments(const TestList&, const TestCase& test) {
  Arguments arguments = {"--gtest_filter=" + googletest_pattern(test.own_name())};
  if (test.ignored || test.rivals > 1) arguments.push_back("--gtest_also_run_disabled_tests");
  return arguments;
}

inline Arguments googletest_run_environment(const TestCase& test) {
  if (test.rivals == 1) return {};
  return {"GTEST_TOTAL_SHARDS=" + std::to_string(test.rivals), "GTEST_SHARD_INDEX=" + std::to_string(test.rank)};
}

inline constexpr Harness::DroppedVariable googletest_variables[] = {
    {"GTEST_FILTER", choose_tests},
    {"TESTBRIDGE_TEST_ONLY", choose_tests},
    {"GTEST_FLAGFILE", choose_tests},
    {"GTEST_ALSO_RUN_DISABLED_TESTS", "choose disabled tests with --run-ignored"},
    {"GTEST_TOTAL_SHARDS", choose_a_shard},
    {"GTEST_SHARD_INDEX", nullptr},
    {"GTEST_SHARD_STATUS_FILE", nullptr},
    {"GTEST_REPEAT", "repeat tests with --stress-count"},
    {"GTEST_SHUFFLE", "shuffle tests with --order random"},
    {"GTEST_BRIEF", nullptr},
    {"GTEST_FAIL_FAST", nullptr},
};

// Where the last line about the test of that name is that begins with `mark`; npos when there is none. It need not be
// at the start of a line, because a test may leave one without its end.
inline std::size_t find_gtest_mark(std::string_view output, std::string_view mark, std::string_view name) {
  const std::string wanted = std::string(mark).append(name);
  std::size_t at = output.rfind(wanted);
  while (at != std::string_view::npos) {
    const std::string_view rest = output.substr(at + wanted.size());
    if (rest.empty() || rest[0] == '\n' || starts_with(rest, " (") || starts_with(rest, ", where ")) return at;
    at = at == 0 ? std::string_view::npos : output.rfind(wanted, at - 1);
  }
  return at;
}

// [ RUN      ] Suite.Name
// [       OK ] Suite.Name (0 ms)
// [==========] 1 test from 1 test suite ran. (0 ms total)
// What a test prints besides may look the same, also where it runs another program with tests: of the test itself are
// only the lines with its name, and the last count behind them.
inline void judge_googletest(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  constexpr std::string_view rule = "[==========] ", running = "[==========] Running ";
  const std::string_view out = output.out;
  std::string_view line;
  if (!find_last_line(out, rule, line)) return;
  if (find_gtest_mark(out, "[ RUN      ] ", test.own_name()) != std::string_view::npos) {
    // The last rule is that of the count, which is behind the verdict unless the program was cut short.
    const std::size_t count = out.rfind(rule);
    const std::string_view before = out.substr(0, count);
    std::size_t end = 0;
    bool skipped = false;
    for (const std::string_view mark : {"[       OK ] ", "[  SKIPPED ] ", "[  FAILED  ] "}) {
      const std::size_t at = find_gtest_mark(before, mark, test.own_name());
      if (at == std::string_view::npos || at < end) continue;
      end = at;
      skipped = mark == "[  SKIPPED ] ";
    }
    line = out.substr(count + rule.size());
    line = line.substr(0, line.find('\n'));
    if (end == 0 || !contains(line, " ran.")) set_unfinished(outcome);
    else expect_tests_run(leading_number(line), 1, outcome);
    outcome.skipped_by_test = skipped && outcome.passed();
    return;
  }
  if (!contains(line, " ran.")) return expect_no_start(out, running, outcome);
  expect_tests_run(leading_number(line), 1, outcome);
  // Where each test is named, one that is not never began: an environment skipped them all. Of a brief report the last
  // lines tell.
  const bool names_tests = find_last_line(out, running, line);
  if (names_tests || find_last_line(out, "[  SKIPPED ] 1 test", line)) outcome.skipped_by_test = outcome.passed();
}

// <testcase name="prop" classname="Suite" ...><properties><property name="key" value="what RecordProperty was given"/>
inline void read_googletest_properties(const TestCase& test, std::string_view report, Vector<std::string>& properties) {
  XmlReader xml(report);
  bool is_of_test = false;
  while (true) {
    Result<XmlEvent> event = xml.next();
    if (!event || event.value() == XmlEvent::End) return;
    if (event.value() != XmlEvent::StartElement) continue;
    const auto text_of = [&](std::string_view attribute) {
      const std::string* const value = xml.attribute(attribute);
      return value != nullptr ? *value : std::string();
    };
    if (xml.name() == "testcase") {
      is_of_test = text_of("classname") + "." + text_of("name") == test.own_name();
    } else if (xml.name() == "property" && is_of_test) {
      properties.push_back(text_of("name"));
      properties.push_back(text_of("value"));
    }
  }
}

inline constexpr FailureForm googletest_failure_forms[] = {
    FailureForm(":", ": Failure\n").goes_on().may_begin_empty().or_marker(),
    FailureForm("(", "): error: ").goes_on().may_begin_empty(),
};
inline constexpr const char* googletest_message_ends[] = {
    "[  ", "[ RUN ", "[-----", "[=====", "Google Test trace:", "With diff:", "Stack trace:", " msg:\n"};

inline constexpr Harness googletest_harness = [] {
  Harness row;
  row.name = "googletest";
  row.separator = ".";
  row.text = {"This program contains tests wri", "tten using Google Test"};
  row.library = {"libgte", "st.so"};
  row.dropped_variables = googletest_variables;
  row.failures.forms = googletest_failure_forms;
  row.failures.ends = googletest_message_ends;
  row.failures.carries_on = "Which is:";
  row.failures.carried_on_by = " is";
  row.failures.nowhere = " unknown ";
  // Not into a file, which would have to be removed however this ends, and which a program on another machine would
  // write there. Where there is no /dev/stdout, GoogleTest aborts.
  row.list_commands = [](const Harness&) {
    if (!built_in(Feature::Json)) return Vector<Arguments>{{"--gtest_list_tests"}};
    return Vector<Arguments>{{"--gtest_list_tests", "--gtest_output=json:/dev/stdout"}};
  };
  row.plain_list_commands = [](const Harness&) { return Vector<Arguments>{{"--gtest_list_tests"}}; };
  row.runs_nothing = "GTEST_FILTER=-*";
  row.read_list = read_googletest_list;
  row.pattern_of = googletest_pattern;
  row.matches = wildcard_match;
  row.run_arguments = googletest_run_arguments;
  row.run_environment = googletest_run_environment;
  row.judge = judge_googletest;
  if (has_test_properties) {
    row.report_variable = "GTEST_OUTPUT=xml:";
    row.read_properties = read_googletest_properties;
  }
  return row;
}();

}  // namespace nextest

// ---- core/harness/libtest.hpp ----

// Rust's libtest, and programs that follow its documented rules for custom harnesses.

namespace nextest {

inline bool read_libtest_line(std::string_view line, ListedTest& test) {
  for (const std::string_view kind : {": test", ": benchmark"}) {
    if (!ends_with(line, kind) || line.size() == kind.size()) continue;
    test.name = line.substr(0, line.size() - kind.size());
    test.benchmark = kind == ": benchmark";
    return true;
  }
  return false;
}

// `output` without what the program prints before and after a list of nothing, which is `chatter`. A list has whole
// lines.
inline std::string_view without_libtest_chatter(std::string_view output, std::string_view chatter) {
  std::size_t before = 0;
  while (before < chatter.size() && before < output.size() && chatter[before] == output[before]) ++before;
  const std::size_t line_start = chatter.substr(0, before).rfind('\n') + 1;  // npos + 1 is 0
  while (true) {
    const std::string_view after = chatter.substr(before);
    std::string_view list = output.substr(before);
    if (ends_with(list, after)) {
      list.remove_suffix(after.size());
      if (list.empty() || ends_with(list, "\n")) return list;
    }
    if (before == line_start) return output;
    --before;  // the first name may begin as the farewell does
  }
}

// Other lines are what the program's own main prints. It may leave one without its end, to which the first name is
// glued; where no test is ignored the second list holds nothing else.
inline Result<Vector<ListedTest>> read_libtest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  std::string_view chatter = outputs.size() > 1 ? std::string_view(outputs[1]) : std::string_view(), line, odd;
  for (std::string_view rest = chatter; next_line(rest, line);) {
    ListedTest test;
    if (read_libtest_line(line, test)) chatter = {};
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    std::size_t next = 0;  // the second list names tests of the first in the same order
    std::string_view rest = i == 0 ? without_libtest_chatter(outputs[0], chatter) : std::string_view(outputs[i]);
    while (next_line(rest, line)) {
      ListedTest test;
      test.ignored = i == 1;
      if (!read_libtest_line(line, test)) {
        if (odd.empty()) odd = line;
        continue;
      }
      if (test.ignored && mark_ignored(tests, test.name, next)) continue;
      tests.push_back(std::move(test));
    }
  }
  if (tests.empty() && !odd.empty()) return unreadable_line(odd, "it should be 'NAME: test' or 'NAME: benchmark'");
  return tests;
}

// Without --bench a benchmark runs once, as a test.
inline Arguments libtest_run_arguments(const TestList&, const TestCase& test) {
  Arguments arguments = {std::string(test.own_name()), "--exact", "--nocapture"};
  if (test.ignored) arguments.push_back("--ignored");
  return arguments;
}

// test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s
// Another program with tests that this one runs prints its start and its result, too.
inline void judge_libtest(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
  constexpr std::string_view result = "test result: ";
  std::size_t starts = 0;
  std::string_view rest = output.out, line;
  while (next_line(rest, line)) {
    const std::string_view count = starts_with(line, "running ") ? line.substr(8) : std::string_view();
    const std::size_t blank = count.find_first_not_of("0123456789");
    if (blank > 0 && blank < count.size() && (count.substr(blank) == " test" || count.substr(blank) == " tests")) {
      ++starts;
    }
  }
  if (starts > count_lines(output.out, result)) set_unfinished(outcome);
  if (!find_last_line(output.out, result, line)) return;
  std::uint64_t ran = 0;
  for (const std::string_view word : {" passed", " failed", " measured"}) {
    if (!contains(line, word)) return;
    ran += number_before(line, word);
  }
  expect_tests_run(ran, 1, outcome);
}

// running 1 test
// ... what the test printed
// test NAME ... FAILED
inline std::string_view libtest_own_output(const TestCase& test, std::string_view output) {
  constexpr std::string_view heading = "running 1 test\n";
  if (const std::size_t at = output.find(heading); at < output.size()) output.remove_prefix(at + heading.size());
  return output.substr(0, output.find("test " + test.name + " ... FAILED\n"));
}

inline constexpr FailureForm libtest_failure_forms[] = {
    FailureForm(":", "\n").where("note: test did not panic").behind(" at ").message_at("test did not panic"),
    FailureForm(":", "Error: ").message_at("Error: ").at_the_end(),
    rust_panic,
    old_rust_panic,
    sanitizer_frame,
    sanitizer_frame_in_program,
};

inline constexpr Harness libtest_harness = [] {
  Harness row;
  row.name = "libtest";
  row.separator = "::";
  row.text = {"RUST_TEST_", "THREADS"};
  row.failures.forms = libtest_failure_forms;
  row.failures.ends = rust_message_ends;
  row.failures.thread = "failures:\n    ";
  row.list_commands = [](const Harness&) {
    return Vector<Arguments>{{"--list", "--format", "terse"}, {"--list", "--format", "terse", "--ignored"}};
  };
  row.read_list = read_libtest_list;
  row.run_arguments = libtest_run_arguments;
  row.judge = judge_libtest;
  row.own_output = libtest_own_output;
  return row;
}();

}  // namespace nextest

// ---- core/harness/table.hpp ----

// The table of harnesses. A new one is a file beside this one, its #include and its entry here.

namespace nextest {

// In a build without the harness: what describes it and its tests, without what lists and runs them.
constexpr Harness description_of(const Harness& row) {
  Harness description;
  description.name = row.name;
  description.recorded_as = row.recorded_as;
  description.separator = row.separator;
  description.text = row.text;
  description.library = row.library;
  description.failures = row.failures;
  return description;
}
template <const Harness& row>
inline constexpr Harness described = description_of(row);

template <const Harness& row>
constexpr const Harness* kept() {
  static_assert(row.is_sound());
  if constexpr (is_harness_kept(row.name)) return &row;
  else return &described<row>;
}

// In the order of recognition, in which also those of a program that shows several are asked for its tests. Asked in
// another framework's words, doctest and GoogleTest run all tests: doctest comes first; GoogleTest, whose mocks the
// others use, can be told not to (runs_nothing). Version 2 of Catch2 holds the text of version 3 too, and libtest's is
// the one that another framework's tests may well mention.
inline constexpr const Harness* harnesses[] = {
    kept<doctest_harness>(),    kept<catch2_v2_harness>(), kept<catch2_harness>(),
    kept<boost_test_harness>(), kept<cpputest_harness>(),  kept<criterion_harness>(),
    kept<googletest_harness>(), kept<libtest_harness>(),   kept<plain_harness>(),
};

constexpr bool are_distinct_in_records() {
  // By place: addresses are no constants under GCC's -fsanitize=undefined (its bug 71962).
  for (std::size_t a = 0; a < std::size(harnesses); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      if (std::string_view(harnesses[a]->name_in_records()) == harnesses[b]->name_in_records()) return false;
    }
  }
  return true;
}
static_assert(are_distinct_in_records());

constexpr bool are_harnesses(std::string_view names) {
  if (names.empty() || names.back() == ',') return false;
  while (!names.empty()) {
    const std::string_view name = trim(take_part(names, ','));
    bool is_one = false;
    for (const Harness* const row : harnesses) is_one = is_one || name == row->name;
    if (!is_one) return false;
  }
  return true;
}
static_assert(keeps_all_harnesses || are_harnesses(kept_harnesses),
              "NEXTEST_HARNESSES: names as --harness takes them, between commas");

// That of a record, and nullptr when there is no such name. What a configuration defined is not in a record.
inline const Harness* find_recorded_harness(std::string_view name) {
  for (const Harness* const row : harnesses) {
    if (name == row->name_in_records()) return row;
  }
  return name == recorded_custom_harness.name ? &recorded_custom_harness : nullptr;
}

// Whether --harness may name it.
inline Status check_harness_name(std::string_view name, const CustomHarnesses* custom) {
  std::string allowed;
  bool found = false;
  const auto look_at = [&](std::string_view one) {
    found |= name == one;
    if (ends_with(allowed, " " + std::string(one))) return;  // catch2 is there twice
    allowed.append(allowed.empty() ? "allowed: " : ", ").append(one);
  };
  for (const Harness* const row : harnesses) {
    if (is_harness_kept(row->name)) look_at(row->name);
    else if (name == row->name) return harness_left_out(row->name);
  }
  for (std::size_t i = 0; custom != nullptr && i < custom->size(); ++i) look_at((*custom)[i].name);
  if (found) return success();
  return Error{ExitCode::SetupError, "'" + std::string(name) + "' is not allowed", std::move(allowed)};
}

}  // namespace nextest

// ---- core/harness/recognise.hpp ----

// Which frameworks a file shows, by what they leave in it; nothing is run.

namespace nextest {

class Recognition {
 public:
  // A framework that the file shows, and by what.
  struct Finding {
    const Harness* harness = nullptr;
    bool by_text = false;
    bool by_library = false;
  };

  Recognition(const Bytes& bytes, const ElfFile& elf) : bytes_(bytes) {
    const ElfFile::Range all{0, bytes.size()};
    const ElfFile::Range read_only = elf.section(".rodata");
    constants_ = read_only.size == 0 ? all : read_only;
    libraries_ = elf.machine() != 0 ? elf.section(".dynstr") : all;
  }

  bool shows_text(const Harness& row) const { return holds(constants_, row.text); }
  bool shows_library(const Harness& row) const { return holds(libraries_, row.library); }

  // All that the file shows, in the order of the table.
  Vector<Finding> findings() const {
    Vector<Finding> found;
    for (const Harness* const row : harnesses) {
      const Finding finding = {row, shows_text(*row), shows_library(*row)};
      if (finding.by_text || finding.by_library) found.push_back(finding);
    }
    return found;
  }

  // What it shows besides `first`, the last one to ask last. Both versions of Catch2 have one name, and one of them is
  // enough.
  Vector<const Harness*> others(const Harness& first) const {
    Vector<const Harness*> rows;
    for (const Finding& finding : findings()) {
      const std::string_view name = finding.harness->name;
      if (name != first.name && (rows.empty() || name != rows.back()->name)) rows.push_back(finding.harness);
    }
    return rows;
  }

  // The first of them; plain when there is none. With a name, only rows of that name count, and the last of them is
  // taken where nothing decides (a script shows nothing).
  const Harness& choose(std::string_view name = "") const {
    const Harness* fallback = &plain_harness;
    for (const Harness* const row : harnesses) {
      if (!name.empty() && name != row->name) continue;
      if (!name.empty()) fallback = row;
      if (shows_text(*row) || shows_library(*row)) return *row;
    }
    return *fallback;
  }

 private:
  // Horspool's search, which skips most of what it looks through; a piece at a time, each beginning with the end of the
  // piece before.
  bool holds(ElfFile::Range where, const Harness::Mark& mark) const {
    if (mark.first == nullptr) return false;
    const std::string text = std::string(mark.first) + mark.second;
    const std::size_t size = text.size();
    std::size_t skip[256];
    for (std::size_t& distance : skip) distance = size;
    for (std::size_t i = 0; i + 1 < size; ++i) skip[static_cast<unsigned char>(text[i])] = size - 1 - i;
    static char piece[65536];
    for (std::uint64_t done = 0; done + size <= where.size;) {
      const std::uint64_t left = where.size - done;
      const std::size_t wanted = left < sizeof piece ? static_cast<std::size_t>(left) : sizeof piece;
      const std::size_t got = bytes_.read(where.at + done, piece, wanted);
      if (got < size) return false;
      for (std::size_t at = 0; at + size <= got;) {
        const unsigned char last = static_cast<unsigned char>(piece[at + size - 1]);
        if (last == static_cast<unsigned char>(text.back()) && std::memcmp(piece + at, text.data(), size) == 0)
          return true;
        at += skip[last];
      }
      done += got - size + 1;
    }
    return false;
  }

  const Bytes& bytes_;
  ElfFile::Range constants_, libraries_;
};

}  // namespace nextest

// ---- core/list/architecture.hpp ----

// Which machine an executable is for, so that a foreign one is named as such instead of failing to start.

namespace nextest {

struct Machine {
  unsigned number;  // e_machine
  const char* name;
  // What QEMU calls it: 32 bits big-endian, 32 little-endian, 64 big-endian, 64 little-endian; nullptr: there is none.
  const char* emulated_as[4];
};

inline constexpr Machine machines[] = {
    {2, "sparc", {"sparc"}},
    {3, "i386", {nullptr, "i386"}},
    {4, "m68k", {"m68k"}},
    {8, "mips", {"mips", "mipsel", "mips64", "mips64el"}},
    {15, "hppa", {"hppa"}},
    {20, "powerpc", {"ppc"}},
    {21, "powerpc64", {nullptr, nullptr, "ppc64", "ppc64le"}},
    {22, "s390x", {nullptr, nullptr, "s390x"}},
    {40, "arm", {"armeb", "arm"}},
    {42, "sh", {"sh4eb", "sh4"}},
    {43, "sparc64", {nullptr, nullptr, "sparc64"}},
    {62, "x86_64", {nullptr, nullptr, nullptr, "x86_64"}},
    {183, "aarch64", {nullptr, nullptr, "aarch64_be", "aarch64"}},
    {243, "riscv", {nullptr, "riscv32", nullptr, "riscv64"}},
    {258, "loongarch", {nullptr, nullptr, nullptr, "loongarch64"}},
};

inline const Machine* find_machine(unsigned number) {
  for (const Machine& machine : machines) {
    if (machine.number == number) return &machine;
  }
  return nullptr;
}

inline std::string machine_name(unsigned number) {
  const Machine* const machine = find_machine(number);
  return machine != nullptr ? machine->name : "machine " + std::to_string(number);
}

// The command of an emulator that runs such programs; empty when none is known.
inline std::string emulator_of(const ElfFile::Target& target) {
  const Machine* const machine = find_machine(target.machine);
  const std::size_t kind = (target.is_64 ? 2u : 0u) + (target.is_little_endian ? 1u : 0u);
  if (machine == nullptr || machine->emulated_as[kind] == nullptr) return "";
  std::string command = std::string("qemu-") + machine->emulated_as[kind];
  // Debian's statically linked ones have names of their own.
  if (find_program(command).empty() && !find_program(command + "-static").empty()) command += "-static";
  return command;
}

// Whether a machine for the one may run programs for the other as well: with the same order of bytes, those of 32 and
// 64 bits. Which of them it really runs, the kernel decides at exec.
inline bool may_run(const ElfFile::Target& ours, const ElfFile::Target& theirs) {
  constexpr unsigned siblings[][2] = {{3, 62}, {20, 21}, {40, 183}};
  if (ours.is_little_endian != theirs.is_little_endian) return false;
  if (ours.machine == theirs.machine) return true;
  for (const auto& pair : siblings) {
    const bool is_first = ours.machine == pair[0] && theirs.machine == pair[1];
    if (is_first || (ours.machine == pair[1] && theirs.machine == pair[0])) return true;
  }
  return false;
}

// The name of the machine that the file is a program for, when this one cannot run it; else empty.
inline std::string foreign_machine(const ElfFile& elf) {
  if (elf.machine() == 0) return "";
  static const ElfFile::Target ours = [] {
    BytesOfFile self;
    return self.open("/proc/self/exe") == 0 ? ElfFile(self).target() : ElfFile::Target();
  }();
  if (ours.machine == 0 || may_run(ours, elf.target())) return "";
  // An emulator registered with the kernel may run it; that shows at exec.
  const Result<Vector<std::string>> emulators = list_folder("/proc/sys/fs/binfmt_misc");
  if (emulators) {
    for (const std::string& name : emulators.value()) {
      if (name != "register" && name != "status") return "";
    }
  }
  return machine_name(elf.machine());
}

}  // namespace nextest

// ---- core/list/libraries.hpp ----

// What the shared libraries of a program show, where it shows no framework itself: a build may give the framework's
// library any name, or put the framework into a library of the project.

namespace nextest {

class Libraries {
 public:
  // The frameworks that they show, in the order of the table. Each library is looked into once.
  Vector<const Harness*> shown_by(const std::string& program, const ElfFile& elf) {
    Vector<std::string> found = needed_by(program, elf);
    Vector<const Harness*> shown;
    for (std::size_t i = 0; i < found.size() && i < most; ++i) {
      const Library& library = look_into(found[i], elf.machine());
      for (const Harness* const one : library.shown) add(shown, one);
      if (!library.shown.empty()) continue;  // what it needs in turn is the framework's
      for (const std::string& path : library.needed) add(found, path);
    }
    Vector<const Harness*> in_order;
    for (const Harness* const row : harnesses) {
      if (std::find(shown.begin(), shown.end(), row) != shown.end()) in_order.push_back(row);
    }
    return in_order;
  }

 private:
  static constexpr std::size_t most = 64;  // of a program

  struct Library {
    std::string path;
    Vector<const Harness*> shown;
    Vector<std::string> needed;
  };

  template <class T>
  static void add(Vector<T>& list, const T& one) {
    if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  }

  const Library& look_into(const std::string& path, unsigned machine) {
    for (const Library& library : libraries_) {
      if (library.path == path) return library;
    }
    Library library;
    library.path = path;
    BytesOfFile file;
    if (file.open(path) == 0) {
      const ElfFile elf(file);
      if (elf.machine() == machine) {
        for (const Recognition::Finding& finding : Recognition(file, elf).findings()) {
          library.shown.push_back(finding.harness);
        }
        library.needed = needed_by(path, elf);
      }
    }
    libraries_.push_back(std::move(library));
    return libraries_.back();
  }

  // Everybody's; no framework is in them.
  static bool is_of_system(std::string_view name) {
    for (const char* const start : {"libc.", "libm.", "libstdc++.", "libc++", "libgcc_s.", "libpthread.", "libdl.",
                                    "librt.", "ld-", "linux-vdso"}) {
      if (starts_with(name, start)) return true;
    }
    return false;
  }

  // The paths of the libraries that a file names, as the dynamic linker finds them.
  static Vector<std::string> needed_by(const std::string& file, const ElfFile& elf) {
    constexpr std::uint64_t dt_needed = 1, dt_rpath = 15, dt_runpath = 29;
    const Vector<std::string> names = elf.dynamic_texts(dt_needed);
    Vector<std::string> folders;
    if (names.empty()) return folders;
    const Vector<std::string> runpaths = elf.dynamic_texts(dt_runpath);
    const std::string origin(parent_folder(absolute_path(file)));
    if (runpaths.empty()) {
      for (const std::string& path : elf.dynamic_texts(dt_rpath)) add_folders(folders, path, origin);
    }
    if (const char* const path = ::getenv("LD_LIBRARY_PATH")) add_folders(folders, path, origin);
    for (const std::string& path : runpaths) add_folders(folders, path, origin);
    add_folders(folders,
                "/usr/local/lib:/usr/lib/" + machine_name(elf.machine()) + "-linux-gnu:/usr/lib64:/usr/lib:/lib",
                origin);
    Vector<std::string> paths;
    for (const std::string& name : names) {
      if (is_of_system(name)) continue;
      if (contains(name, "/")) {
        paths.push_back(name);
        continue;
      }
      for (const std::string& folder : folders) {
        std::string path = folder + "/" + name;
        if (::access(path.c_str(), R_OK) != 0) continue;
        paths.push_back(std::move(path));
        break;
      }
    }
    return paths;
  }

  static void add_folders(Vector<std::string>& folders, std::string_view path, const std::string& origin) {
    while (!path.empty()) {
      std::string folder(take_part(path, ':'));
      for (const std::string_view word : {"$ORIGIN", "${ORIGIN}"}) {
        const std::size_t at = folder.find(word);
        if (at != std::string::npos) folder.replace(at, word.size(), origin);
      }
      if (!folder.empty()) folders.push_back(std::move(folder));
    }
  }

  Vector<Library> libraries_;
};

}  // namespace nextest

// ---- core/list/path_glob.hpp ----

// The files that a path with wildcards stands for.

namespace nextest {

inline bool has_wildcard(std::string_view path) { return path.find_first_of("*?[{") != std::string_view::npos; }

class PathGlob {
 public:
  // Each part between slashes is a glob of its own; ** stands for any folders, also none. What begins with a dot has to
  // be named. In the order of the bytes, without folders.
  static Result<Vector<std::string>> expand(const std::string& pattern) {
    PathGlob glob;
    if (Status status = glob.split(pattern); !status) return status.error();
    glob.walk(starts_with(pattern, "/") ? "/" : "", 0, 0);
    return std::move(glob.files_);
  }

 private:
  struct Part {
    std::string text;
    bool is_wild = false;
    Glob glob;
  };

  Status split(std::string_view pattern) {
    while (!pattern.empty()) {
      Part part;
      part.text = take_part(pattern, '/');
      if (part.text.empty() || part.text == ".") continue;
      part.is_wild = has_wildcard(part.text);
      if (part.is_wild && part.text != "**") {
        Result<Glob> glob = Glob::parse(part.text);
        if (!glob) return glob.error();
        part.glob = std::move(glob.value());
      }
      parts_.push_back(std::move(part));
    }
    return success();
  }

  // `folder` is empty, or ends with a slash.
  void walk(const std::string& folder, std::size_t index, int depth) {
    constexpr int deepest = 100;
    if (index == parts_.size() || depth > deepest) return;
    const Part& part = parts_[index];
    const bool is_last = index + 1 == parts_.size();
    const bool is_any = part.text == "**";
    if (!part.is_wild) return visit(folder + part.text, is_last, index + 1, depth);
    if (is_any && !is_last) walk(folder, index + 1, depth);
    const Result<Vector<std::string>> names = list_folder(folder.empty() ? "." : folder);
    if (!names) return;
    for (const std::string& name : names.value()) {
      struct stat info {};
      if (!is_any && part.glob.matches(name)) visit(folder + name, is_last, index + 1, depth);
      // A link could lead around in a circle.
      else if (is_any && ::lstat((folder + name).c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
        walk(folder + name + "/", index, depth + 1);
      } else if (is_any && is_last) {
        visit(folder + name, true, index, depth);
      }
    }
  }

  void visit(const std::string& path, bool is_last, std::size_t next, int depth) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return;
    if (S_ISDIR(info.st_mode)) {
      if (!is_last) walk(path + "/", next, depth);
    } else if (is_last && (files_.empty() || files_.back() != path)) {
      files_.push_back(path);
    }
  }

  Vector<Part> parts_;
  Vector<std::string> files_;
};

}  // namespace nextest

// ---- core/list/discover.hpp ----

// Which binaries there are: paths on the command line become test binaries with unique ids and a harness each.

namespace nextest {

struct DiscoverOptions {
  Vector<std::string> paths;                // executables, or folders of them
  std::string harness;                      // a name from the table; empty: recognised
  bool has_target_runner = false;           // which may run what we cannot
  const CustomHarnesses* custom = nullptr;  // the configuration's

  // Where there are no paths: what the configuration names, from the workspace root.
  const Vector<BinariesEntry>* entries = nullptr;
  std::string workspace_root;
};

class Discovery {
 public:
  static Result<Vector<TestBinary>> run(DiscoverOptions options) {
    Discovery discovery(options);
    if (Status status = discovery.use_harness(options.harness, "--harness"); !status) return status.error();
    discovery.binaries_.reserve(options.paths.size());
    for (std::string& path : options.paths) {
      if (Status status = discovery.take(std::move(path)); !status) return status.error();
    }
    const bool by_config = built_in(Feature::Config) && options.paths.empty() && options.entries != nullptr;
    for (std::size_t i = 0; by_config && i < options.entries->size(); ++i) {
      if (Status status = discovery.take_entry((*options.entries)[i]); !status) return status.error();
    }
    discovery.name_binaries();
    return std::move(discovery.binaries_);
  }

 private:
  explicit Discovery(const DiscoverOptions& options) : options_(options) {}

  // For what is taken from now on; empty: what is recognised.
  Status use_harness(const std::string& name, const char* origin) {
    harness_ = name;
    forced_ = find_custom(options_.custom, name);
    last_ = {};
    if (name.empty()) return success();
    Status status = check_harness_name(name, options_.custom);
    if (!status) status.error().message.insert(0, std::string(origin) + ": ");
    return status;
  }

  Status take_entry(const BinariesEntry& entry) {
    if (options_.harness.empty()) {
      if (Status status = use_harness(entry.harness, "[[binaries]] harness"); !status) return status;
    }
    const auto from_root = [&](const std::string& path) {
      if (starts_with(path, "/")) return path;
      const bool is_here = current_folder() == options_.workspace_root;
      if (is_here) return contains(path, "/") ? path : "./" + path;
      return options_.workspace_root + "/" + path;
    };
    const std::string pattern = from_root(entry.path);
    const std::size_t before = binaries_.size();
    if (!has_wildcard(pattern)) {
      if (Status status = take(pattern); !status) return status;
    } else {
      Result<Vector<std::string>> files = PathGlob::expand(pattern);
      if (!files) return files.error();
      for (std::string& file : files.value()) {
        struct stat info {};
        if (::stat(file.c_str(), &info) != 0 || (custom_for(file) == nullptr && !is_executable(file, info))) continue;
        if (Status status = take_file(contains(file, "/") ? std::move(file) : "./" + file, info, true); !status) {
          return status;
        }
      }
    }
    if (binaries_.size() == before) {
      return Error{ExitCode::SetupError, "[[binaries]]: no executable file matches " + safe_name(entry.path),
                   "build the tests first, or mend the path in .config/nextest.toml"};
    }
    for (std::size_t i = before; i < binaries_.size(); ++i) {
      TestBinary& binary = binaries_[i];
      if (!entry.package.empty()) binary.package = entry.package;
      const bool in_its_own = entry.folder == "binary";
      const std::string folder = entry.folder == "." ? options_.workspace_root : from_root(entry.folder);
      binary.folder = in_its_own ? std::string(parent_folder(binary.path)) : folder;
      binary.environment = &entry.environment;
    }
    return success();
  }

  // The custom harness whose glob a file matches; a harness of the command line rules out all others.
  const CustomHarness* custom_for(std::string_view path) const {
    const bool has_custom = built_in(Feature::Config) && options_.custom != nullptr;
    for (std::size_t i = 0; has_custom && i < options_.custom->size(); ++i) {
      const CustomHarness& one = (*options_.custom)[i];
      if ((harness_.empty() || forced_ == &one) && custom_matches(one, path)) return &one;
    }
    return nullptr;
  }

  Status take(std::string path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      return Error{ExitCode::SetupError, "cannot find " + safe_name(path) + ": " + ::strerror(errno),
                   "a word with a '/' in it is the path of a test binary or of a folder of them; any other word "
                   "filters by test name"};
    }
    if (!S_ISDIR(info.st_mode)) return take_file(std::move(path), info, true);

    Result<Vector<std::string>> names = list_folder(path);
    if (!names) return names.error();
    const std::size_t before = binaries_.size();
    binaries_.reserve(before + names.value().size());
    for (const std::string& name : names.value()) {
      std::string file = path + (ends_with(path, "/") ? "" : "/") + name;
      if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
      if (custom_for(file) == nullptr && (forced_ != nullptr || !is_executable(file, info))) continue;
      if (Status status = take_file(std::move(file), info, false); !status) return status;
    }
    if (binaries_.size() == before) {
      return Error{ExitCode::SetupError, "no executable file in the folder " + safe_name(path),
                   "build the tests first; folders are not searched recursively"};
    }
    return success();
  }

  static bool is_executable(const std::string& path, const struct stat& info) {
    constexpr mode_t by_all = S_IXUSR | S_IXGRP | S_IXOTH;
    return S_ISREG(info.st_mode) && ((info.st_mode & by_all) == by_all || ::access(path.c_str(), X_OK) == 0);
  }

  Status take_file(std::string path, const struct stat& info, bool named) {
    const CustomHarness* const custom = named && forced_ != nullptr ? forced_ : custom_for(path);
    if (custom == nullptr && !is_executable(path, info)) {
      return Error{ExitCode::SetupError, safe_name(path) + " is not an executable file",
                   "make it one with: chmod +x " + shell_quote(path)};
    }
    // One program under many names (links) is looked into once.
    if (custom == nullptr && (info.st_ino != last_.st_ino || info.st_dev != last_.st_dev)) {
      if (Status status = look_into(path); !status) return status;
      last_ = info;
    }
    const bool is_library = custom == nullptr && last_is_library_;
    if (named && is_library) {
      return Error{ExitCode::SetupError, safe_name(path) + " is a shared library, not a program", ""};
    }
    TestBinary binary;
    std::string_view folders = path;
    binary.name = take_last_part(folders);
    const std::string_view folder = take_last_part(folders);
    const bool is_named = !folder.empty() && folder != "..";
    char* const real = is_named ? nullptr : ::realpath(std::string(parent_folder(path)).c_str(), nullptr);
    if (real == nullptr && !is_named && errno == ENOMEM) out_of_memory();
    binary.package = real != nullptr ? file_name(real) : folder;
    ::free(real);
    binary.path = std::move(path);
    binary.harness = custom != nullptr ? custom : last_harness_;
    if (custom == nullptr) binary.other_harnesses = last_others_;
    if (is_library) {
      binary.skip_reason = "a shared library";
    } else if (!named && harness_.empty() && binary.harness == &plain_harness) {
      binary.skip_reason = "no known harness in it; name the file itself to run it as a plain test";
    }
    binaries_.push_back(std::move(binary));
    return success();
  }

  Status look_into(const std::string& path) {
    BytesOfFile file;
    // A program may be executable without being readable; then its harness has to be given.
    if (const int error = file.open(path); error != 0 && harness_.empty()) {
      return Error{ExitCode::SetupError, "cannot read " + safe_name(path) + ": " + ::strerror(error),
                   "to recognise its harness the file is read; give it with --harness NAME"};
    }
    const ElfFile elf(file);
    last_is_library_ = elf.is_shared_library();
    const std::string machine = options_.has_target_runner ? "" : foreign_machine(elf);
    if (!machine.empty()) {
      const std::string emulator = emulator_of(elf.target());
      return Error{ExitCode::SetupError, safe_name(path) + " is a program for another machine (" + machine + ")",
                   emulator.empty() ? "give what runs it: --target-runner COMMAND"
                                    : "give an emulator that runs it: --target-runner " + emulator};
    }
    const Recognition recognition(file, elf);
    const Harness& found = recognition.choose(harness_);
    if (!is_harness_kept(found.name)) {
      Error error = harness_left_out(found.name);
      error.message = safe_name(path) + " is a " + found.name + " program; " + error.message;
      return error;
    }
    last_harness_ = &found;
    last_others_ = {};
    if (!harness_.empty()) return success();
    if (&found == &plain_harness) {
      if (!last_is_library_) use_libraries(path, elf);
      return success();
    }
    last_others_ = recognition.others(found);
    return success();
  }

  // What shows no framework itself may have one in a shared library.
  void use_libraries(const std::string& path, const ElfFile& elf) {
    const Vector<const Harness*> shown = libraries_.shown_by(path, elf);
    if (shown.empty() || !is_harness_kept(shown[0]->name)) return;
    last_harness_ = shown[0];
    for (const Harness* const one : shown) {
      if (std::string_view(one->name) != shown[0]->name) last_others_.push_back(one);
    }
  }

  // The last part of `rest`, which loses it; empty when nothing is left. "." is no part, the root is.
  static std::string_view take_last_part(std::string_view& rest) {
    while (!rest.empty()) {
      const std::size_t slash = rest.rfind('/');
      const std::string_view part = rest.substr(slash + 1);
      const std::string_view folder = rest.substr(0, slash == std::string_view::npos ? 0 : slash);
      const bool was_root = slash == 0 && part.empty();
      rest = slash == 0 && !was_root ? rest.substr(0, 1) : folder;
      if (was_root) return "/";
      if (!part.empty() && part != ".") return part;
    }
    return {};
  }

  // How many parts two paths share at their ends; `order` is below 0 when the first comes before the other, read from
  // there.
  static std::size_t compare_from_end(std::string_view a, std::string_view b, int& order) {
    for (std::size_t shared = 0;; ++shared) {
      const std::string_view left = take_last_part(a), right = take_last_part(b);
      order = left.compare(right);
      if (order != 0 || left.empty()) return shared;
    }
  }

  // The file's name; where two share it, as many parent folders as make it unique. A path given twice counts once.
  void name_binaries() {
    const Vector<std::uint32_t> sorted = sorted_order(binaries_.size(), [&](std::uint32_t a, std::uint32_t b) {
      int order = 0;
      compare_from_end(binaries_[a].path, binaries_[b].path, order);
      return order < 0;
    });
    std::size_t shared_before = 0;
    for (std::size_t i = 0; i < sorted.size();) {
      TestBinary& binary = binaries_[sorted[i]];
      std::size_t shared_after = 0;
      for (++i; i < sorted.size(); ++i) {
        TestBinary& other = binaries_[sorted[i]];
        int order = 0;
        shared_after = compare_from_end(binary.path, other.path, order);
        if (order != 0) break;
        shared_after = 0;
        if (other.skip_reason.empty()) binary.skip_reason = SharedText();  // swept up, and named as well
        other.path.clear();
      }
      std::string_view rest = binary.path;
      binary.id = take_last_part(rest);
      for (std::size_t more = std::max(shared_before, shared_after); more > 0 && !rest.empty(); --more) {
        const std::string_view part = take_last_part(rest);
        binary.id.insert(0, part == "/" || part.empty() ? part : std::string(part) + "/");
      }
      shared_before = shared_after;
    }
    const auto repeated = [](const TestBinary& binary) { return binary.path.empty(); };
    binaries_.erase(std::remove_if(binaries_.begin(), binaries_.end(), repeated), binaries_.end());
  }

  const DiscoverOptions& options_;
  std::string harness_;                    // empty: what is recognised
  const CustomHarness* forced_ = nullptr;  // that of this name
  Vector<TestBinary> binaries_;
  struct stat last_ {};  // of the file looked into last
  const Harness* last_harness_ = &plain_harness;
  Vector<const Harness*> last_others_;
  bool last_is_library_ = false;
  Libraries libraries_;
};

}  // namespace nextest

// ---- core/base/signal_name.hpp ----

// Signals as people read them.

namespace nextest {

// Their numbers differ from one processor and system to the next; `usual` is Linux's on most processors, by which
// records go.
inline constexpr struct {
  int number;
  int usual;
  const char* name;
} signal_names[] = {
    {SIGHUP, 1, "HUP"},        {SIGINT, 2, "INT"},    {SIGQUIT, 3, "QUIT"},  {SIGILL, 4, "ILL"},
    {SIGTRAP, 5, "TRAP"},      {SIGABRT, 6, "ABRT"},  {SIGBUS, 7, "BUS"},    {SIGFPE, 8, "FPE"},
    {SIGKILL, 9, "KILL"},      {SIGUSR1, 10, "USR1"}, {SIGSEGV, 11, "SEGV"}, {SIGUSR2, 12, "USR2"},
    {SIGPIPE, 13, "PIPE"},     {SIGALRM, 14, "ALRM"}, {SIGTERM, 15, "TERM"}, {SIGCHLD, 17, "CHLD"},
    {SIGCONT, 18, "CONT"},     {SIGSTOP, 19, "STOP"}, {SIGTSTP, 20, "TSTP"}, {SIGTTIN, 21, "TTIN"},
    {SIGTTOU, 22, "TTOU"},     {SIGURG, 23, "URG"},   {SIGXCPU, 24, "XCPU"}, {SIGXFSZ, 25, "XFSZ"},
    {SIGVTALRM, 26, "VTALRM"}, {SIGPROF, 27, "PROF"}, {SIGSYS, 31, "SYS"},
};

// The part after SIG, as in <signal.h>; nullptr for a signal without a name.
inline const char* signal_name(int signal) {
  for (const auto& row : signal_names) {
    if (row.number == signal) return row.name;
  }
  return nullptr;
}

// A signal without a name has one number only.
inline int usual_signal(int signal) {
  for (const auto& row : signal_names) {
    if (row.number == signal) return row.usual;
  }
  return signal;
}

inline int signal_of_usual(int usual) {
  for (const auto& row : signal_names) {
    if (row.usual == usual) return row.number;
  }
  return usual;
}

// "aborted with signal 11 (SIGSEGV), core dumped"
inline std::string describe_signal(int signal, bool core_dumped) {
  std::string text = "aborted with signal " + std::to_string(signal);
  if (const char* name = signal_name(signal)) text.append(" (SIG").append(name).append(")");
  if (core_dumped) text += ", core dumped";
  return text;
}

}  // namespace nextest

// ---- core/process/capture.hpp ----

// A test's output, bounded: the first and the last half of the bound are kept, what lies between is counted.

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
    std::string all;
    all.swap(head_);
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
      half.swap(exact);
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

// ---- core/base/clock.hpp ----

// Time. Every deadline and duration of a run is measured on the run clock, so that a pause stops all of them at once.

namespace nextest {

inline Duration read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return {number_as<std::int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec};
}

// Since 1970-01-01 UTC. Only ever recorded and shown: it may jump.
inline Duration wall_time() { return read_clock(CLOCK_REALTIME); }

// A time of a file. Nanoseconds end in the year 2262, files do not.
inline Duration time_of_file(time_t seconds) {
  constexpr std::int64_t last = INT64_MAX / 1000000000;
  const std::int64_t at = seconds;
  return Duration::seconds(at > last ? last : at < -last ? -last : at);
}

// Wall time to the second, in UTC: 2024-02-28T23:59:59 (RFC 3339, section 5.6).
inline void append_date_time(std::string& out, Duration at) {
  const time_t seconds = number_as<time_t>(at.ns / 1000000000);
  tm utc{};
  char date_time[32];
  ::gmtime_r(&seconds, &utc);
  out.append(date_time, ::strftime(date_time, sizeof date_time, "%Y-%m-%dT%H:%M:%S", &utc));
}

// Monotonic time since construction, minus the time spent paused.
class RunClock {
 public:
  Duration now() const { return (paused_ ? paused_at_ : read_clock(CLOCK_MONOTONIC)) - origin_; }

  bool paused() const { return paused_; }

  void pause() {
    if (paused_) return;
    paused_at_ = read_clock(CLOCK_MONOTONIC);
    paused_ = true;
  }

  void resume() {
    if (!paused_) return;
    origin_ = origin_ + (read_clock(CLOCK_MONOTONIC) - paused_at_);
    paused_ = false;
  }

 private:
  Duration origin_ = read_clock(CLOCK_MONOTONIC);
  Duration paused_at_{};
  bool paused_ = false;
};

}  // namespace nextest

// ---- core/process/event_loop.hpp ----

// One poll over the pipes of all units and the self-pipe of the signals, and the next of their deadlines.

namespace nextest {

class EventLoop {
 public:
  // Something that waits for file descriptors and for at most one deadline, in run-clock time. A deadline that has
  // passed is reset before on_deadline is called, so a client that sets no new one is not called again.
  class Client {
   public:
    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    virtual ~Client() = default;
    virtual void on_readable(int /*fd*/, bool /*hung_up*/) {}
    virtual void on_deadline() = 0;

    Duration deadline = forever;
  };

  RunClock clock;

  EventLoop() {
    for (const short events : {short{POLLIN}, short{POLLOUT}}) {
      polled_.push_back({-1, events, 0});
      watchers_.push_back(nullptr);
    }
  }

  void add(Client& client) { clients_.push_back(&client); }
  void remove(Client& client) {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (clients_[i] == &client) {
        clients_[i] = clients_.back();
        clients_.pop_back();
        return;
      }
    }
  }

  void watch(int fd, Client& client) {
    polled_.push_back({fd, POLLIN, 0});
    watchers_.push_back(&client);
  }
  void unwatch(int fd) {
    for (std::size_t i = first_watched; i < polled_.size(); ++i) {
      if (polled_[i].fd == fd) {
        polled_[i] = polled_.back();
        polled_.pop_back();
        watchers_[i] = watchers_.back();
        watchers_.pop_back();
        return;
      }
    }
  }

  // A slow reader to wait for as well; -1: none.
  void want_writable(int fd) { polled_[1] = {fd, POLLOUT, 0}; }

  // Waits for the first of: data, a signal, a deadline, the slow reader. Data is handed out at once. True when a signal
  // may have come.
  bool wait() {
    polled_[0].fd = Signals::wake_fd();
    polled_[0].revents = 0;
    const int ready = ::poll(polled_.data(), number_as<nfds_t>(polled_.size()), timeout_ms());
    if (ready > 0) {
      // Backwards: a client that stops watching swaps the last entry, which is done already, into its place.
      for (std::size_t i = polled_.size(); i-- > first_watched;) {
        if (i >= polled_.size()) continue;
        const short events = polled_[i].revents;
        polled_[i].revents = 0;
        if (events != 0) watchers_[i]->on_readable(polled_[i].fd, (events & POLLHUP) != 0);
      }
    }
    return ready < 0 || polled_[0].revents != 0;
  }

  // Calls every client whose deadline has passed. Comes after the exits: what has ended did not time out.
  void expire() {
    const Duration now = clock.now();
    for (std::size_t i = clients_.size(); i-- > 0;) {
      if (i >= clients_.size() || now < clients_[i]->deadline) continue;
      clients_[i]->deadline = forever;
      clients_[i]->on_deadline();
    }
  }

 private:
  static constexpr std::size_t first_watched = 2;

  // Rounded up, so that a deadline has passed when the wait for it ends.
  int timeout_ms() const {
    Duration next = forever;
    for (const Client* client : clients_) {
      if (client->deadline < next) next = client->deadline;
    }
    if (next == forever) return -1;
    const std::int64_t ms = ((next - clock.now()).ns + 999999) / 1000000;
    return ms < 0 ? 0 : ms > 1000000 ? 1000000 : static_cast<int>(ms);
  }

  Vector<pollfd> polled_;     // the signals' self-pipe, the slow reader, then what is watched
  Vector<Client*> watchers_;  // beside polled_
  Vector<Client*> clients_;
};

// Rings when the first of the times that it was set to has come.
struct Alarm final : EventLoop::Client {
  explicit Alarm(EventLoop& of) : loop(of) { loop.add(*this); }
  ~Alarm() override { loop.remove(*this); }
  void set(Duration after) {
    const Duration at = loop.clock.now() + after;
    if (at < deadline) deadline = at;
  }
  void on_deadline() override { rings = true; }

  EventLoop& loop;
  bool rings = false;
};

}  // namespace nextest

// ---- core/process/children.hpp ----

// Which processes are our children, where there is no /proc to read. The kernel answers for one process at a time.

namespace nextest {

// Whether we have any child at all, dead ones among them.
inline bool has_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

class ChildSearch {
 public:
  void on_started(pid_t pid) { highest_ = std::max(highest_, pid); }

  // Processes are numbered upwards, and from the start again when numbers run out: what was started since we were has
  // a number between ours and the newest, or after that start any up to a little above the highest that was seen.
  Vector<pid_t> find() {
    Vector<pid_t> children;
    if (!has_child()) return children;
    const pid_t newest = newest_process();
    on_started(newest);
    const bool began_again = newest < ::getpid();
    const pid_t last = began_again ? highest_ + 1000 : newest;
    for (pid_t pid = began_again ? 1 : ::getpid(); pid <= last; ++pid) {
      siginfo_t info{};
      const bool is_child = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
      if (is_child && info.si_pid == 0) children.push_back(pid);  // else it is dead already
    }
    return children;
  }

 private:
  // One that is started to have a number, and is gone already.
  static pid_t newest_process() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    if (child > 0) ::waitpid(child, nullptr, 0);
    return child;
  }

  pid_t highest_ = 0;
};

}  // namespace nextest

// ---- core/process/strays.hpp ----

// Processes that outlive the test that started them. The ones that stay in its process group are found by the group.
// The ones that left it become our children (we are their subreaper) and carry the attempt's id in their environment.

#if NEXTEST_HAS_PRCTL
#include <sys/prctl.h>
#endif

namespace nextest {

// Whether any process is left in the group of a process that we have already reaped.
inline bool group_exists(pid_t group) { return ::kill(-group, 0) == 0 || errno == EPERM; }

struct Orphan {
  pid_t pid = 0;
  std::string attempt_id;  // empty: of a listing, or not known (it cleaned its environment)
};

class Strays {
 public:
  // `run_marker` is in the environment of all that the run starts.
  explicit Strays(std::string run_marker) : run_marker_(std::move(run_marker)) {
#if NEXTEST_HAS_PRCTL
    gets_orphans_ = ::prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) == 0;
    // CONFIG_PROC_CHILDREN: the cheap way, one pread a look.
    children_ = Fd(::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC));
#endif
    // With children from before (of a shell that exec'ed us), a new one may be theirs; then only the run's id is proof.
    had_children_ = has_child();
  }

  // Whether what leaves its group comes to us when its parent ends: on Linux it does, but an emulator may refuse that.
  bool gets_orphans() const { return gets_orphans_; }

  // Before a process is started: once it has been, there is room to note it.
  void expect_one() { own_.reserve(own_.size() + 1); }
  void on_started(pid_t pid) {
    own_.push_back(pid);
    search_.on_started(pid);
  }
  // What we have started and not reaped yet.
  const Vector<pid_t>& own() const { return own_; }
  void on_reaped(pid_t pid) {
    own_.erase(std::remove(own_.begin(), own_.end(), pid), own_.end());
    const auto is_it = [&](const Orphan& orphan) { return orphan.pid == pid; };
    orphans_.erase(std::remove_if(orphans_.begin(), orphans_.end(), is_it), orphans_.end());
  }

  // Looks, whatever it costs.
  const Vector<Orphan>& find_all() {
    adopt_new(all_children(), true);
    return orphans_;
  }

  // Looks, where that is cheap. Whether there is any of that attempt.
  bool find(std::string_view attempt_id) {
    if (children_) adopt_new(children(), false);
    for (const Orphan& orphan : orphans_) {
      if (orphan.attempt_id == attempt_id) return true;
    }
    return false;
  }

  // Ends those of an attempt whose leak is reported; what of it turns up later is not reported again.
  void end(const std::string& attempt_id) {
    if (find(attempt_id)) {
      for (const Orphan& orphan : orphans_) {
        if (orphan.attempt_id == attempt_id) ::kill(orphan.pid, SIGKILL);
      }
    }
    if (!attempt_id.empty()) ended_.push_back(attempt_id);
  }
  // Once no unit and no stray is left.
  void forget_ended() { ended_.clear(); }
  bool was_ended(const std::string& attempt_id) const {
    return std::find(ended_.begin(), ended_.end(), attempt_id) != ended_.end();
  }

  // What `pid` was started as, for a person.
  static std::string command_of(pid_t pid) {
    std::string words = read_proc(pid, "cmdline");
    while (!words.empty() && words.back() == '\0') words.pop_back();
    std::replace(words.begin(), words.end(), '\0', ' ');
    return words;
  }

 private:
  // A process without an environment has none, or is gone already, or is just becoming another program; only the first
  // is worth `even_bare`.
  void adopt_new(const Vector<pid_t>& pids, bool even_bare) {
    for (const pid_t pid : pids) {
      const bool known = std::find(own_.begin(), own_.end(), pid) != own_.end() ||
                         std::any_of(orphans_.begin(), orphans_.end(), [&](const Orphan& o) { return o.pid == pid; });
      if (known) continue;
      const std::string variables = read_proc(pid, "environ");
      if (variables.empty() && has_no_memory(pid)) continue;  // it is ending by itself
      const bool may_be_ours = !had_children_ && (even_bare || !variables.empty());
      if (!may_be_ours && !has_variable(variables, run_marker_)) continue;
      Orphan& orphan = orphans_.emplace_back();
      orphan.pid = pid;
      constexpr std::string_view attempt_marker = "NEXTEST_ATTEMPT_ID=";
      const std::string_view attempt = find_variable(variables, attempt_marker);
      if (!attempt.empty()) orphan.attempt_id = attempt.substr(attempt_marker.size());
    }
  }

  Vector<pid_t> all_children() {
    if (children_) return children();
    const Vector<pid_t> processes = all_processes();
    return processes.empty() ? children_without_proc() : children_by_scan(processes);
  }

  Vector<pid_t> children_without_proc() {
#if NEXTEST_HAS_PRCTL
    return search_.find();
#else
    return {};
#endif
  }

  Vector<pid_t> children() const {
    Vector<pid_t> pids;
    char buffer[4096];
    pid_t pid = 0;
    for (off_t offset = 0;;) {
      const ssize_t size = ::pread(children_.get(), buffer, sizeof buffer, offset);
      for (ssize_t i = 0; i < size; ++i) {
        if (is_digit(buffer[i])) {
          pid = pid * 10 + (buffer[i] - '0');
        } else if (pid != 0) {
          pids.push_back(pid);
          pid = 0;
        }
      }
      // The kernel fills a page with whole numbers: with room for another one left, that was all.
      if (size < static_cast<ssize_t>(sizeof buffer) - 16) break;
      offset += size;
    }
    return pids;
  }

  // For kernels without the children file: every process whose parent we are.
  static Vector<pid_t> children_by_scan(const Vector<pid_t>& processes) {
    Vector<pid_t> pids;
    for (const pid_t pid : processes) {
      const std::string stat = read_proc(pid, "stat");  // PID (NAME) STATE PARENT ...; NAME may hold anything
      const std::size_t close = stat.rfind(')');
      if (close != std::string::npos && close + 4 < stat.size() && std::atol(&stat[close + 4]) == ::getpid()) {
        pids.push_back(pid);
      }
    }
    return pids;
  }

  std::string run_marker_;
  Fd children_;
  bool gets_orphans_ = false;
  ChildSearch search_;  // where there is no /proc
  bool had_children_ = false;
  Vector<pid_t> own_;  // started by us and not reaped yet
  Vector<Orphan> orphans_;
  Vector<std::string> ended_;
};

}  // namespace nextest

// ---- core/process/unit.hpp ----

// One process from start to end, as a state machine: Running -> (Terminating -> Killing) -> Draining -> Done. What
// comes in: data, end of data, exit, a deadline, a request to end. It never blocks and never prints.

namespace nextest {

struct UnitLimits {
  SlowTimeout slow_timeout;
  LeakTimeout leak_timeout;
  std::size_t max_output = most_output;  // bytes a stream
  bool overflow_ends = false;            // more output than that ends it
  bool may_leave_processes = false;      // only held pipes are a leak, and nothing is ended for it
};

class Unit;

class UnitObserver {
 public:
  virtual ~UnitObserver() = default;
  virtual void on_slow(Unit& unit, Duration elapsed, bool will_terminate) = 0;
  virtual void on_done(Unit& unit) = 0;
};

class Unit final : public EventLoop::Client {
 public:
  using State = UnitState;
  using Ending = EndingCause;

  Unit(EventLoop& loop, Launcher& launcher, Strays& strays, Launched process, UnitLimits limits, std::string attempt_id)
      : loop_(loop),
        launcher_(launcher),
        strays_(strays),
        limits_(limits),
        attempt_id_(std::move(attempt_id)),
        pid_(process.pid),
        started_(loop.clock.now()),
        out_{std::move(process.out), Capture(limits.max_output)},
        err_{std::move(process.err), Capture(limits.max_output)},
        combined_(process.combined) {
    captured_ = out_.fd || err_.fd;
    for (Stream* stream : {&out_, &err_}) {
      if (stream->fd) loop_.watch(stream->fd.get(), *this);
    }
    if (limits_.slow_timeout.period < thirty_years) deadline = started_ + limits_.slow_timeout.period;
    loop_.add(*this);
  }
  ~Unit() override {
    close(out_);
    close(err_);
    loop_.remove(*this);
  }

  void on_readable(int fd, bool hung_up) override {
    Stream& stream = out_.fd.get() == fd ? out_ : err_;
    static char buffer[65536];
    ssize_t size;
    // Nobody writes any more after a hang-up, so reading on to the end cannot block.
    while ((size = read_some(fd, buffer, sizeof buffer)) > 0) {
      stream.capture.append({buffer, static_cast<std::size_t>(size)});
      if (!hung_up) {
        if (limits_.overflow_ends && stream.capture.overflowed()) kill();
        return;
      }
    }
    if (size < 0) output_error_ = errno;
    close(stream);
    if (state_ == State::Draining) drain();
  }

  void on_exit(int status) {
    status_ = status;
    ended_ = loop_.clock.now();
    state_ = State::Draining;
    since_ = ended_;
    // The pipes are read once more before anything is called a leak.
    const Duration least = Duration::milliseconds(1), period = limits_.leak_timeout.period;
    leak_deadline_ = ended_ + (period < least ? least : period);
    drain();
  }

  void on_deadline() override {
    switch (state_) {
      case State::Running: {
        ++slow_periods_;
        const SlowTimeout& slow = limits_.slow_timeout;
        const bool will_terminate = slow.terminate_after > 0 && slow_periods_ >= slow.terminate_after;
        deadline = started_ + Duration{slow.period.ns * (std::int64_t{slow_periods_} + 1)};
        observer->on_slow(*this, loop_.clock.now() - started_, will_terminate);
        if (will_terminate) terminate(Ending::SlowTimeout, SIGTERM);
        break;
      }
      case State::Terminating: kill(); break;
      case State::Draining: drain(); break;
      case State::Killing:
      case State::WaitingForRetry:
      case State::Done: break;
    }
  }

  // Asks the process to end; whatever still runs after the grace period is killed.
  void terminate(Ending why, int signal) {
    if (state_ == State::Running) {
      ending_ = why;
      state_ = State::Terminating;
      since_ = loop_.clock.now();
      deadline = since_ + limits_.slow_timeout.grace_period;
      if (limits_.slow_timeout.grace_period.ns == 0) return kill();
    }
    if (state_ == State::Terminating || state_ == State::Draining) {
      send(signal);
      send(SIGCONT);  // a stopped process acts on the signal only when it goes on
    }
    if (state_ == State::Draining) {
      const Duration patience = loop_.clock.now() + limits_.slow_timeout.grace_period;
      if (patience < leak_deadline_) leak_deadline_ = patience;
    }
  }

  void kill() {
    if (state_ == State::Draining) {
      leak_deadline_ = loop_.clock.now();
      drain();
    } else if (state_ != State::Done) {
      if (state_ == State::Running) since_ = loop_.clock.now();
      if (ending_ == Ending::ByItself) ending_ = Ending::Cancelled;
      killed_ = true;
      state_ = State::Killing;
      deadline = forever;
      send(SIGKILL);
    }
  }

  void send(int signal) const { launcher_.send(pid_, signal, reaped()); }

  // Others were reaped: what it waited for may have been among them.
  void on_others_reaped() {
    if (state_ == State::Draining) drain();
  }

  State state() const { return state_; }
  bool reaped() const { return state_ == State::Draining || state_ == State::Done; }
  pid_t pid() const { return pid_; }
  bool stopped() const { return !reaped() && launcher_.is_stopped(pid_); }
  const std::string& attempt_id() const { return attempt_id_; }
  Duration started() const { return started_; }
  Duration duration() const { return ended_ - started_; }
  bool slow() const { return slow_periods_ > 0; }
  bool captured() const { return captured_; }
  bool overflowed() const { return out_.capture.overflowed() || err_.capture.overflowed(); }
  // Empties the buffers.
  CapturedOutput take_output() { return {out_.capture.take(), err_.capture.take(), combined_}; }
  Ending ending() const { return ending_; }

  // How it stands now, and what it has written so far.
  UnitStatus report() const {
    const Duration now = loop_.clock.now();
    UnitStatus status;
    status.state = state_;
    status.cause = ending_;
    status.pid = pid_;
    status.elapsed = (reaped() ? ended_ : now) - started_;
    status.in_state = now - since_;
    status.remaining = state_ == State::Terminating ? deadline - now
                       : state_ == State::Draining  ? leak_deadline_ - now
                                                    : Duration::seconds(-1);
    status.slow = slow();
    status.stopped = stopped();
    if (captured_) {
      status.output =
          std::make_shared<CapturedOutput>(CapturedOutput{out_.capture.copy(), err_.capture.copy(), combined_});
    }
    return status;
  }

  // Once done: what its end means for a test.
  Outcome outcome() const {
    Outcome outcome;
    outcome.leaked = leaked_;
    if (ending_ == Ending::SlowTimeout || ending_ == Ending::GlobalTimeout) {
      outcome.kind = OutcomeKind::Timeout;
      outcome.killed = killed_;
      outcome.global_timeout = ending_ == Ending::GlobalTimeout;
      outcome.timeout_passes = ending_ == Ending::SlowTimeout && limits_.slow_timeout.passes;
    } else if (WIFSIGNALED(status_)) {
      outcome.kind = OutcomeKind::Abort;
      outcome.code = WTERMSIG(status_);
#if NEXTEST_HAS_WCOREDUMP
      outcome.core_dumped = WCOREDUMP(status_);
#endif
    } else if (WEXITSTATUS(status_) != 0) {
      outcome.kind = OutcomeKind::Fail;
      outcome.code = WEXITSTATUS(status_);
    } else if (output_error_ != 0) {
      outcome.kind = OutcomeKind::OutputError;
      outcome.code = output_error_;
    } else if (leaked_) {
      outcome.kind = limits_.leak_timeout.fails ? OutcomeKind::LeakFail : OutcomeKind::Leak;
    }
    return outcome;
  }

  UnitObserver* observer = nullptr;

 private:
  struct Stream {
    Fd fd;
    Capture capture;
  };

  void close(Stream& stream) {
    if (!stream.fd) return;
    loop_.unwatch(stream.fd.get());
    stream.fd.close();
  }

  // After the exit: done as soon as nothing is left behind, and at the leak timeout whatever is left.
  void drain() {
    const Duration now = loop_.clock.now();
    const bool left_behind =
        out_.fd || err_.fd || (!limits_.may_leave_processes && (group_exists(pid_) || strays_.find(attempt_id_)));
    if (left_behind && now < leak_deadline_) {
      // A process that leaves the group silently wakes nobody.
      deadline = now + Duration::milliseconds(10);
      if (leak_deadline_ < deadline) deadline = leak_deadline_;
      return;
    }
    leaked_ = left_behind;
    if (left_behind && !limits_.may_leave_processes) {
      send(SIGKILL);
      strays_.end(attempt_id_);
    }
    close(out_);
    close(err_);
    deadline = forever;
    state_ = State::Done;
  }

  EventLoop& loop_;
  Launcher& launcher_;
  Strays& strays_;
  const UnitLimits limits_;
  const std::string attempt_id_;
  const pid_t pid_;
  const Duration started_;
  Duration since_ = started_;  // in this state; Killing counts from Terminating
  Duration ended_{};
  Duration leak_deadline_{};
  Stream out_;
  Stream err_;
  const bool combined_;
  std::uint32_t slow_periods_ = 0;
  int status_ = 0;
  int output_error_ = 0;
  State state_ = State::Running;
  Ending ending_ = Ending::ByItself;
  bool captured_ = false;
  bool killed_ = false;
  bool leaked_ = false;
};

}  // namespace nextest

// ---- core/process/watchdog.hpp ----

// A second process that does nothing but wait for the runner to end. When it ends unexpectedly (SIGKILL, a crash),
// the watchdog ends what the runner started, tests and their descendants, by the run's id in their environment.

namespace nextest {

class Watchdog {
 public:
  // Where it cannot be started there is none, and the run goes on without.
  explicit Watchdog(const std::string& run_marker) {
#if NEXTEST_HAS_PRCTL
    Pipe pipe;
    if (open_pipe(pipe) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      pipe.write_end.close();
      watch(pipe.read_end.get(), run_marker);
      ::_exit(0);
    }
    pipe_ = std::move(pipe.write_end);
#else
    (void)run_marker;
#endif
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    if (pid_ <= 0) return;
    if (write_all(pipe_.get(), ".") == 0) wait_for(pid_);
  }

  // Lets it end now what the run has started, as if we had ended unexpectedly. Asks for no memory.
  void sweep() {
    pipe_.close();
    if (pid_ > 0) wait_for(pid_);
    pid_ = -1;
  }

  pid_t pid() const { return pid_; }

 private:
  static void watch(int pipe, const std::string& run_marker) {
    ::setsid();
    for (int signal = 1; signal < Signals::limit; ++signal) ::signal(signal, SIG_IGN);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
    char byte;
    if (read_some(pipe, &byte, 1) == 1) return;
    constexpr int patience = 100;  // looks, 5 ms apart: until none is left
    for (int i = 0; i < patience && end_all(run_marker) > 0; ++i) ::poll(nullptr, 0, 5);
  }

  static int end_all(const std::string& run_marker) {
    int found = 0;
    for (const pid_t pid : all_processes()) {
      if (!has_variable(read_proc(pid, "environ"), run_marker)) continue;
      ++found;
      ::kill(pid, SIGKILL);
    }
    return found;
  }

  Fd pipe_;  // a byte in it: we ended in order; its end alone: we did not
  pid_t pid_ = -1;
};

}  // namespace nextest

// ---- core/process/supervisor.hpp ----

// All processes of a run: starts units, reaps them, hands out signals, and leaves nothing behind.

namespace nextest {

class Supervisor {
 public:
  EventLoop loop;

  explicit Supervisor(const std::string& run_id, std::unique_ptr<Launcher> launcher = std::make_unique<LocalLauncher>())
      : launcher_(std::move(launcher)), strays_("NEXTEST_RUN_ID=" + run_id), watchdog_("NEXTEST_RUN_ID=" + run_id) {
    launcher_->environment.set("NEXTEST_RUN_ID", run_id);
    if (watchdog_.pid() > 0) strays_.on_started(watchdog_.pid());
  }
  ~Supervisor() {
    kill_all();
    for (const std::unique_ptr<Unit>& unit : units_) {
      if (!unit->reaped()) launcher_->wait_for(unit->pid());
    }
    units_.clear();
    end_strays([](const Orphan&) {});
  }

  Launcher& launcher() { return *launcher_; }

  bool gets_orphans() const { return strays_.gets_orphans(); }

  // What could not be started has its errno in `failure`.
  Unit* start(const Command& command, const UnitLimits& limits, std::string attempt_id, UnitObserver& observer,
              Launched& failure) {
    strays_.expect_one();
    Launched launched = launcher_->launch(command);
    if (launched.error != 0) {
      failure = std::move(launched);
      return nullptr;
    }
    strays_.on_started(launched.pid);
    units_.push_back(
        std::make_unique<Unit>(loop, *launcher_, strays_, std::move(launched), limits, std::move(attempt_id)));
    units_.back()->observer = &observer;
    return units_.back().get();
  }

  // Waits until something happens, and lets it happen: units move on, observers get those that are done, `on_signal`
  // each signal that is not about children. A unit that was killed while it drained is done without anything to wait
  // for.
  void wait(FunctionRef<void(int)> on_signal) {
    if (finalize_done()) return;
    if (loop.wait()) take_signals(on_signal);
    loop.expire();
    finalize_done();
  }

  // The signals that came, without waiting for any.
  void take_signals(FunctionRef<void(int)> on_signal) {
    Signals::take([&](int signal) { signal == SIGCHLD ? reap() : on_signal(signal); });
  }

  std::size_t running() const { return units_.size(); }
  const Vector<std::unique_ptr<Unit>>& units() const { return units_; }

  void terminate_all(Unit::Ending why, int signal) {
    for (const std::unique_ptr<Unit>& unit : units_) unit->terminate(why, signal);
  }
  void kill_all() {
    for (const std::unique_ptr<Unit>& unit : units_) unit->kill();
  }

  // SIGTSTP as a person means it: everything stops, the clock with it, and we return when we are continued.
  void stop() {
    for (const std::unique_ptr<Unit>& unit : units_) unit->send(SIGTSTP);
    loop.clock.pause();
    ::kill(::getpid(), SIGSTOP);
  }
  // False when we had not been stopped by stop(): somebody sent a SIGCONT for its own sake.
  bool go_on() {
    if (!loop.clock.paused()) return false;
    loop.clock.resume();
    for (const std::unique_ptr<Unit>& unit : units_) unit->send(SIGCONT);
    return true;
  }

  // Ends what outlived its unit unseen until now. Call when no unit is left; `found` gets each that was not reported
  // yet.
  void end_strays(FunctionRef<void(const Orphan&)> found) {
    Vector<pid_t> seen;
    constexpr int quick = 1000;   // looks without a pause: one that forks for ever is a moving target
    constexpr int patient = 200;  // then one each 5 ms: what SIGKILL does not end is the kernel's
    for (int i = 0; i < quick + patient; ++i) {
      reap();
      const Vector<Orphan>& orphans = strays_.find_all();
      if (orphans.empty()) return strays_.forget_ended();
      for (const Orphan& orphan : orphans) {
        const bool is_new = std::find(seen.begin(), seen.end(), orphan.pid) == seen.end();
        if (is_new) seen.push_back(orphan.pid);
        if (is_new && !strays_.was_ended(orphan.attempt_id)) found(orphan);
        ::kill(orphan.pid, SIGKILL);
      }
      if (i >= quick) ::poll(nullptr, 0, 5);
    }
  }

 private:
  // Each unit that is done goes to its observer, and is gone. True when there was any.
  bool finalize_done() {
    bool found = false;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (units_[i]->state() != Unit::State::Done) continue;
      const std::unique_ptr<Unit> done = std::move(units_[i]);
      units_[i] = std::move(units_.back());
      units_.pop_back();
      --i;
      found = true;
      done->observer->on_done(*done);
    }
    return found;
  }

  // All that can be reaped is, before any unit gets its exit: an orphan that has ended is no leak.
  void reap() {
    exits_.clear();
    launcher_->reap(exits_);
    if (exits_.empty()) return;
    for (const Exit& exit : exits_) strays_.on_reaped(exit.pid);
    for (const std::unique_ptr<Unit>& unit : units_) {
      const auto exit = std::find_if(exits_.begin(), exits_.end(), [&](const Exit& e) { return e.pid == unit->pid(); });
      if (exit != exits_.end() && !unit->reaped()) unit->on_exit(exit->status);
      else unit->on_others_reaped();
    }
  }

  // Without memory, and without waiting for anybody but the watchdog. It finds what is in no group that we know of.
  void kill_now() {
    for (const std::unique_ptr<Unit>& unit : units_) {
      if (unit != nullptr) unit->send(SIGKILL);
    }
    for (const pid_t pid : strays_.own()) {
      if (pid <= 1 || pid == watchdog_.pid()) continue;
      ::kill(-pid, SIGKILL);  // one that is no unit yet
      ::kill(pid, SIGKILL);
    }
    watchdog_.sweep();
  }

  const std::unique_ptr<Launcher> launcher_;
  Strays strays_;
  Watchdog watchdog_;
  Vector<std::unique_ptr<Unit>> units_;
  Vector<Exit> exits_;
  const LastDuty kill_now_{[](void* self) { static_cast<Supervisor*>(self)->kill_now(); }, this};
};

}  // namespace nextest

// ---- core/list/list_tests.hpp ----

// Which tests the binaries hold: runs every binary's list commands, several at a time, as killable and as well-timed as
// tests are.

namespace nextest {

class Lister final : private UnitObserver {
 public:
  // Lists `binaries`, `jobs` commands at a time, each within `timeout`. The error is of all that cannot be listed.
  static Result<TestList> run(Supervisor& supervisor, Vector<TestBinary> binaries, const StartOptions& start,
                              std::size_t jobs, Duration timeout) {
    Lister lister(supervisor, std::move(binaries), start, jobs, timeout);
    if (Status status = lister.list_all(); !status) return status.error();
    for (std::uint32_t i = 0; i < lister.list_.binaries.size(); ++i) {
      lister.read(i);
    }
    if (Status status = lister.failures(); !status) return status.error();
    return std::move(lister.list_);
  }

 private:
  struct Listing {
    std::uint32_t binary = 0;
    Command command;
    Unit* unit = nullptr;
    std::string output;
    std::string error_output;
    Duration busy_since = forever;  // its program
  };

  // How far a binary is: the list commands that it was asked with last, and the first of them that failed.
  struct Progress {
    std::size_t first = 0, count = 0;  // in listings_
    std::size_t open = 0;              // of them, not ended yet
    bool plain = false;                // these are the harness's plain ones
    Error failure;
  };

  static constexpr std::size_t shown_output = 4000;
  // How long those that still list are waited for once one has failed: their failures are of interest, too, but a
  // program that hangs keeps nobody from the first.
  static constexpr Duration patience = Duration::seconds(3);

  Lister(Supervisor& supervisor, Vector<TestBinary> binaries, const StartOptions& start, std::size_t jobs,
         Duration timeout)
      : supervisor_(supervisor), start_(start), jobs_(jobs), busy_(supervisor.loop), failed_(supervisor.loop) {
    list_.binaries = std::move(binaries);
    list_.tests.reserve(list_.binaries.size());
    limits_.slow_timeout.period = timeout;
    limits_.slow_timeout.terminate_after = 1;
    limits_.slow_timeout.grace_period = Duration::milliseconds(500);
    limits_.max_output = std::size_t{64} << 20;
    limits_.overflow_ends = true;
    progress_ = Vector<Progress>(list_.binaries.size());
    for (std::uint32_t i = 0; i < list_.binaries.size(); ++i) {
      if (list_.binaries[i].skip_reason.empty()) ask(i);
    }
  }

  // Adds the list commands of a binary's harness.
  void ask(std::uint32_t index) {
    TestBinary& binary = list_.binaries[index];
    Progress& progress = progress_[index];
    const Harness& harness = *binary.harness;
    binary.option_prefix.clear();
    BytesOfFile file;
    if (harness.find_option_prefix != nullptr && file.open(binary.path) == 0) {
      binary.option_prefix = "--" + harness.find_option_prefix(file);
    }
    progress.first = listings_.size();
    progress.failure = Error();
    for (Arguments& arguments : (progress.plain ? harness.plain_list_commands : harness.list_commands)(harness)) {
      Listing& listing = listings_.emplace_back();
      listing.binary = index;
      listing.command = make_command(binary, std::move(arguments), start_, binary.list_wrapper);
      for (const Harness* const other : binary.other_harnesses) {
        if (other->runs_nothing != nullptr) listing.command.environment.push_back(other->runs_nothing);
      }
    }
    progress.count = progress.open = listings_.size() - progress.first;
  }

  // After the last list command of a binary: asks it in other words, if there are any, where these told nothing.
  void ask_again(std::uint32_t index) {
    TestBinary& binary = list_.binaries[index];
    Progress& progress = progress_[index];
    const bool failed = !progress.failure.message.empty();
    if (failed && !progress.plain && binary.harness->plain_list_commands != nullptr) {
      progress.plain = true;
      return ask(index);
    }
    if (binary.other_harnesses.empty()) {
      if (failed) failed_.set(patience);
      return;
    }
    if (!failed) {
      const Vector<std::string> outputs = outputs_of(progress);
      const Result<Vector<ListedTest>> tests = read_list_of(binary, outputs);
      if (tests && (!tests.value().empty() || trim(outputs[0]).empty())) return;
    }
    binary.harness = binary.other_harnesses[0];
    binary.other_harnesses.erase(binary.other_harnesses.begin(), binary.other_harnesses.begin() + 1);
    progress.plain = false;
    ask(index);
  }

  Vector<std::string> outputs_of(const Progress& progress) const {
    Vector<std::string> outputs;
    for (std::size_t i = 0; i < progress.count; ++i) outputs.push_back(listings_[progress.first + i].output);
    return outputs;
  }

  Status list_all() {
    std::size_t next = 0;
    while (!cancelled_ && !failed_.rings) {
      if (busy_.rings) take_all(waiting_, due_);
      busy_.rings = false;
      while (supervisor_.running() < jobs_ && (!due_.empty() || next < listings_.size())) {
        const bool is_new = due_.empty();
        if (!try_start(is_new ? next : due_.back())) break;  // until one ends
        if (is_new) ++next;
        else due_.pop_back();
      }
      if (supervisor_.running() == 0 && waiting_.empty()) break;
      supervisor_.wait([&](int signal) { on_signal(signal); });
    }
    give_up();
    if (cancelled_) return failure_;
    return success();
  }

  static void take_all(Vector<std::size_t>& from, Vector<std::size_t>& to) {
    for (const std::size_t one : from) to.push_back(one);
    from.clear();
  }

  // False when the system is out of something that another one will give back.
  bool try_start(std::size_t index) {
    Listing& listing = listings_[index];
    Launched failure;
    listing.unit = supervisor_.start(listing.command, limits_, "", *this, failure);
    if (listing.unit != nullptr) return true;
    if (failure.out_of_resources() && supervisor_.running() > 0) return false;
    const Duration now = supervisor_.loop.clock.now();
    if (listing.busy_since == forever) listing.busy_since = now;
    if (failure.is_busy() && waits_for_busy(now - listing.busy_since)) {
      waiting_.push_back(index);
      busy_.set(busy_pause(now - listing.busy_since));
      return true;
    }
    fail(listing, std::string("could not start: ") + ::strerror(failure.error), {}, failure.error);
    on_end_of(listing.binary);
    return true;
  }

  // Ends what still lists, and remembers whose.
  void give_up() {
    ended_ = true;
    for (std::size_t i = 0; i < progress_.size(); ++i) {
      if (progress_[i].open == 0 || !progress_[i].failure.message.empty()) continue;
      not_waited_for_.append(not_waited_for_.empty() ? "" : ", ").append(list_.binaries[i].id);
    }
    supervisor_.kill_all();
    while (supervisor_.running() > 0) supervisor_.wait([](int) {});
  }

  // One of its list commands has ended.
  void on_end_of(std::uint32_t binary) {
    if (--progress_[binary].open == 0) ask_again(binary);
  }

  void on_slow(Unit&, Duration, bool) override {}

  void on_done(Unit& unit) override {
    Listing& listing =
        *std::find_if(listings_.begin(), listings_.end(), [&](const Listing& l) { return l.unit == &unit; });
    listing.unit = nullptr;
    if (ended_) return;
    const bool too_much = unit.overflowed();
    CapturedOutput output = unit.take_output();
    const Outcome outcome = unit.outcome();
    const int exit_code = outcome.kind == OutcomeKind::Fail ? outcome.code : 0;
    std::string what;
    if (too_much) {
      what = "printed more than 64 MiB";
    } else if (outcome.kind == OutcomeKind::Timeout) {
      what = "did not end within ";
      append_seconds(what, limits_.slow_timeout.period);
      what += " s (--list-timeout)";
    } else if (outcome.kind == OutcomeKind::Abort) {
      what = describe_signal(outcome.code, outcome.core_dumped);
    } else if (outcome.kind == OutcomeKind::OutputError) {
      what = std::string("its output could not be read: ") + ::strerror(outcome.code);
    } else if (!list_.binaries[listing.binary].harness->list_succeeded(exit_code, output.out)) {
      what = "exited with " + std::to_string(exit_code);
    }
    if (!what.empty()) fail(listing, what, output);
    listing.output = without_marks(std::move(output.out));
    listing.error_output = trim(output.err).substr(0, shown_output);
    on_end_of(listing.binary);
  }

  // A list as its harness wrote it, wherever it came through: without a byte order mark, lines ending as they do here.
  static std::string without_marks(std::string output) {
    if (starts_with(output, "\xEF\xBB\xBF")) output.erase(0, 3);
    if (!contains(output, "\r\n")) return output;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
      if (output[i] != '\r' || i + 1 == output.size() || output[i + 1] != '\n') output[kept++] = output[i];
    }
    output.resize(kept);
    return output;
  }

  void on_signal(int signal) {
    if (signal == SIGTSTP) return supervisor_.stop();
    if (signal == SIGCONT) return static_cast<void>(supervisor_.go_on());
    if (!Signals::ends(signal)) return;
    cancelled_ = true;
    failure_ = {ExitCode::TestRunFailed, std::string("cancelled by SIG") + signal_name(signal) + " while listing tests",
                ""};
  }

  static void add_output(std::string& message, const char* which, std::string_view output) {
    if (trim(output).empty()) return;
    message.append("\n  ").append(which).append(":\n");
    append_safe_output(message, trim(output).substr(0, shown_output), "    ", false);
    message.pop_back();
  }

  // Keeps the first thing that is wrong with a binary.
  void fail(const Listing& listing, const std::string& what, const CapturedOutput& output, int exec_error = 0) {
    Error& failure = progress_[listing.binary].failure;
    if (!failure.message.empty()) return;
    const TestBinary& binary = list_.binaries[listing.binary];
    std::string message =
        "listing the tests of " + binary.id + " failed: " + what + "\n  command: " + shell_join(listing.command.argv);
    add_output(message, "stdout", output.out);
    add_output(message, "stderr", output.err);
    std::string hint =
        std::string("it was taken for a ") + binary.harness->name + " program; --harness NAME says otherwise";
    if (exec_error == ENOEXEC)
      hint = "a script needs a first line such as #!/bin/sh; a foreign program --target-runner";
    failure = {ExitCode::TestListFailed, std::move(message), std::move(hint)};
  }

  // All that went wrong, as one error that reads as one for each program.
  Status failures() {
    Error all;
    for (Progress& progress : progress_) {
      Error& failure = progress.failure;
      if (failure.message.empty()) continue;
      if (all.message.empty()) {
        all = std::move(failure);
        continue;
      }
      all.message.append("\n  hint: ").append(all.hint).append("\nerror: ").append(failure.message);
      all.hint = std::move(failure.hint);
    }
    if (all.message.empty()) return success();
    if (!not_waited_for_.empty()) all.message += "\n  not waited for: " + not_waited_for_;
    return all;
  }

  // Turns what a binary's list commands printed into tests.
  void read(std::uint32_t index) {
    const TestBinary& binary = list_.binaries[index];
    const Harness& harness = *binary.harness;
    Progress& progress = progress_[index];
    if (!binary.skip_reason.empty() || progress.open > 0 || !progress.failure.message.empty()) return;
    Vector<std::string> outputs;
    for (std::size_t i = 0; i < progress.count; ++i) {
      outputs.push_back(std::move(listings_[progress.first + i].output));
    }
    const auto fail_to_read = [&](const std::string& what) {
      const Listing& last = listings_[progress.first + progress.count - 1];
      fail(last, what, {"", last.error_output});
    };
    Result<Vector<ListedTest>> read = read_list_of(binary, outputs);
    if (!read) return fail_to_read(read.error().message);
    outputs = {};
    Vector<ListedTest>& tests = read.value();
    const std::size_t first = list_.tests.size();
    list_.tests.reserve(first + tests.size());
    for (ListedTest& listed : tests) {
      // It could not be given to the program: an argument ends at a NUL.
      if (listed.name.find('\0') != std::string::npos) return fail_to_read("a test name holds a NUL byte");
      TestCase& test = list_.tests.emplace_back();
      test.binary = index;
      test.name = std::move(listed.name);
      test.own_name_size = static_cast<std::uint32_t>(test.name.size());
      test.ignored = listed.ignored;
      test.benchmark = listed.benchmark;
      test.runs_others = listed.runs_others;
    }
    make_names_unique(tests, first);
    tests = {};
    if (harness.pattern_of != nullptr) find_rivals(harness, first);
  }

  // The tests in a binary, from what its list commands printed; without such commands, it is one test itself.
  static Result<Vector<ListedTest>> read_list_of(const TestBinary& binary, const Vector<std::string>& outputs) {
    const Harness& harness = *binary.harness;
    if (outputs.empty()) {
      ListedTest test;
      test.name = file_name(binary.path);
      return Vector<ListedTest>{std::move(test)};
    }
    Result<Vector<ListedTest>> tests = harness.read_list(harness, outputs);
    if (tests && harness.mark_ignored_in != nullptr) {
      BytesOfFile file;
      if (file.open(binary.path) == 0) harness.mark_ignored_in(file, tests.value());
    }
    return tests;
  }

  // Tests of one name are distinguished by their suite, else by their source, else by their place in the list. `tests`
  // has given its names to the list.
  void make_names_unique(const Vector<ListedTest>& tests, std::size_t first) {
    const auto name_of = [&](std::uint32_t test) { return list_.tests[first + test].own_name(); };
    const Vector<std::uint32_t> order =
        sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) { return name_of(a) < name_of(b); });
    for (std::size_t from = 0, to; from < order.size(); from = to) {
      for (to = from + 1; to < order.size() && name_of(order[to]) == name_of(order[from]);) ++to;
      if (to - from == 1) continue;
      const auto all_differ = [&](std::string ListedTest::*field) {
        for (std::size_t i = from; i < to; ++i) {
          for (std::size_t j = from; j < i; ++j) {
            if (tests[order[i]].*field == tests[order[j]].*field) return false;
          }
        }
        return true;
      };
      const bool by_suite = all_differ(&ListedTest::suite);
      const bool by_source = !by_suite && all_differ(&ListedTest::source);
      for (std::size_t i = from; i < to; ++i) {
        const ListedTest& test = tests[order[i]];
        const std::string what = by_suite ? test.suite : by_source ? test.source : "#" + std::to_string(i - from + 1);
        if (!what.empty()) list_.tests[first + order[i]].name += " (" + what + ")";
      }
    }
  }

  // For each test, how many tests the harness's own filter for it lets through, and which of them it is.
  void find_rivals(const Harness& harness, std::size_t first) {
    Vector<std::string> patterns;
    for (std::size_t i = first; i < list_.tests.size(); ++i) {
      patterns.push_back(harness.pattern_of(list_.tests[i].own_name()));
    }
    const Vector<std::uint32_t> order =
        sorted_order(patterns.size(), [&](std::uint32_t a, std::uint32_t b) { return patterns[a] < patterns[b]; });
    for (std::size_t from = 0, to; from < order.size(); from = to) {
      const std::string& pattern = patterns[order[from]];
      for (to = from + 1; to < order.size() && patterns[order[to]] == pattern;) ++to;
      Vector<std::uint32_t> matched(order.begin() + static_cast<std::ptrdiff_t>(from),
                                    order.begin() + static_cast<std::ptrdiff_t>(to));
      if (pattern.find_first_of("*?") != std::string::npos) {
        matched.clear();
        for (std::uint32_t i = 0; i < order.size(); ++i) {
          if (harness.matches(pattern, list_.tests[first + i].own_name())) matched.push_back(i);
        }
      }
      for (std::size_t i = from; i < to; ++i) {
        TestCase& test = list_.tests[first + order[i]];
        const auto place = std::find(matched.begin(), matched.end(), order[i]);
        test.rank = static_cast<std::uint32_t>(place - matched.begin());
        test.rivals = static_cast<std::uint32_t>(matched.size());
      }
    }
  }

  Supervisor& supervisor_;
  const StartOptions& start_;
  const std::size_t jobs_;
  UnitLimits limits_;
  TestList list_;
  Vector<Listing> listings_;
  Vector<Progress> progress_;          // by binary
  Vector<std::size_t> waiting_, due_;  // in listings_: whose programs are busy, and which of them to try again
  Alarm busy_, failed_;                // when to try these again; when others are not waited for any more
  std::string not_waited_for_;
  bool ended_ = false;
  bool cancelled_ = false;
  Error failure_;  // why
};

}  // namespace nextest

// ---- core/list/binaries_metadata.hpp ----

// The JSON of `nextest list` as far as it is about binaries: written, and read back as the binaries of a run.

namespace nextest {

inline const char* name_of(BuildPlatform platform) { return platform == BuildPlatform::Host ? "host" : "target"; }

// Without "./", which means nothing.
inline std::string plain_absolute_path(std::string_view path) {
  while (starts_with(path, "./")) path.remove_prefix(2);
  std::string absolute = absolute_path(std::string(path == "." ? "" : path));
  if (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

// Where the tests of a binary run.
inline std::string absolute_working_folder(const TestBinary& binary, const StartOptions& start) {
  return plain_absolute_path(working_folder(binary, start));
}

// --- names as the keys of an object ---

// Sorted, and all different: what is not UTF-8 is shown as \xHH, and a name that would come twice is numbered.
class JsonNames {
 public:
  struct Name {
    std::string_view text;  // of a name that was given, or of one that is kept here
    std::uint32_t index;    // among those that were given
  };

  JsonNames(const Vector<std::string_view>& names, int (*compare)(const void*, const void*)) : sorted_(names.size()) {
    Vector<std::uint32_t> renamed;
    NameSet taken;
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      sorted_[i] = {names[i], i};
      if (!is_utf8(names[i]) || !taken.insert(names[i])) renamed.push_back(i);
    }
    made_.reserve(renamed.size());
    for (const std::uint32_t i : renamed) {
      std::string& made = made_.emplace_back(safe_name(names[i]));
      const std::size_t size = made.size();
      for (unsigned n = 2; !taken.insert(made); ++n) {
        made.resize(size);
        made.append(" (#").append(std::to_string(n)).append(")");
      }
      sorted_[i].text = made;
    }
    if (!sorted_.empty()) ::qsort(sorted_.data(), sorted_.size(), sizeof(Name), compare);
  }

  const Name* begin() const { return sorted_.begin(); }
  const Name* end() const { return sorted_.end(); }

  static int by_bytes(const void* a, const void* b) { return text_of(a).compare(text_of(b)); }

  // cargo-nextest's order of ids PACKAGE, PACKAGE::NAME, PACKAGE::KIND/NAME: by package, then in this order.
  static int by_id(const void* a, const void* b) {
    const Id left(text_of(a)), right(text_of(b));
    if (const int order = left.package.compare(right.package); order != 0) return order;
    if (left.form != right.form) return left.form - right.form;
    if (const int order = left.kind.compare(right.kind); order != 0) return order;
    return left.name.compare(right.name);
  }

 private:
  struct Id {
    std::string_view package, kind, name;
    int form = 0;

    explicit Id(std::string_view id) : package(id.substr(0, id.find("::"))) {
      if (package.size() == id.size()) return;
      name = id.substr(package.size() + 2);
      const std::size_t slash = name.find('/');
      form = slash == std::string_view::npos ? 1 : 2;
      if (form == 1) return;
      kind = name.substr(0, slash);
      name.remove_prefix(slash + 1);
    }
  };

  static std::string_view text_of(const void* name) { return static_cast<const Name*>(name)->text; }

  Vector<Name> sorted_;
  Vector<std::string> made_;
};

inline JsonNames json_ids(const Vector<TestBinary>& binaries) {
  Vector<std::string_view> ids;
  for (const TestBinary& binary : binaries) ids.push_back(binary.id);
  return JsonNames(ids, JsonNames::by_id);
}

// --- writing ---

// One member of an object, a string.
inline void write_text(JsonWriter& json, const char* key, std::string_view text) { json.key(key).string(text); }

// What cargo would know of the build: the members that readers of the format insist on.
inline void write_build_meta(JsonWriter& json) {
  // @ is the folder we are in, % the platform.
  constexpr std::string_view form =
      R"({"target-directory":@,"build-directory":@,"base-output-directories":[],"non-test-binaries":{},)"
      R"("build-script-out-dirs":{},"build-script-info":{},"linked-paths":[],"platforms":{"host":{"platform":%,)"
      R"("libdir":{"status":"unavailable","reason":"not-cargo"}},"targets":[]},"target-platforms":[%],)"
      R"("target-platform":null})";
  std::string text;
  for (const char c : form) {
    if (c == '@') append_json_string(text, current_folder());
    else if (c == '%') text.append(R"({"triple":")").append(host_triple()).append(R"(","target-features":"unknown"})");
    else text += c;
  }
  json.key("rust-build-meta").value(parse_json(text).value());
}

// The members of a binary; package-name and harness are not cargo-nextest's (in a list of tests, package-name is).
inline void write_binary(JsonWriter& json, const TestBinary& binary, std::string_view id) {
  write_text(json, "package-name", binary.package.str());
  write_text(json, "binary-id", id);
  write_text(json, "binary-name", binary.name);
  write_text(json, "package-id", binary.package.str());
  write_text(json, "kind", binary.kind.str());
  write_text(json, "binary-path", plain_absolute_path(binary.path));
  write_text(json, "build-platform", name_of(binary.build_platform));
  write_text(json, "harness", binary.harness->name);
}

// Binaries that are skipped are not among them.
inline std::string write_binaries_metadata(const Vector<TestBinary>& binaries, bool pretty) {
  std::string out;
  JsonWriter json(out, pretty);
  json.begin_object();
  write_build_meta(json);
  json.key("rust-binaries").begin_object();
  for (const JsonNames::Name& id : json_ids(binaries)) {
    const TestBinary& binary = binaries[id.index];
    if (!binary.skip_reason.empty()) continue;
    json.key(id.text).begin_object();
    write_binary(json, binary, id.text);
    json.end_object();
  }
  json.end_object();
  json.end_object();
  return out += '\n';
}

// --- reading ---

class BinariesMetadata {
 public:
  // The binaries that `file` names, looked into by `options`; a harness there is for all of them.
  static Result<Vector<TestBinary>> read(const std::string& file, const DiscoverOptions& options) {
    BinariesMetadata metadata(file, options);
    if (Status status = metadata.read_all(); !status) return status.error();
    return std::move(metadata.binaries_);
  }

 private:
  BinariesMetadata(const std::string& file, const DiscoverOptions& options) : file_(file), options_(options) {}

  Status read_all() {
    std::string text;
    if (const int error = read_file(file_, max_size, text); error != 0) return fail(::strerror(error), "");
    const Result<JsonValue> json = parse_json(text);
    if (!json) return fail(json.error().message);
    const JsonValue* const binaries = json.value().find("rust-binaries");
    if (binaries == nullptr) return fail("'rust-binaries' is missing");
    if (binaries->kind != JsonKind::Object) return fail("'rust-binaries' is not an object");
    for (const JsonMember& member : binaries->members) {
      at_ = "rust-binaries." + safe_name(member.name);
      if (member.value.kind != JsonKind::Object) return fail("'" + at_ + "' is not an object");
      if (Status status = read_binary(member.value); !status) return status;
    }
    return success();
  }

  Status read_binary(const JsonValue& object) {
    TestBinary binary;
    std::string platform, harness, kind, package;
    const bool good = take(object, "build-platform", platform) && take(object, "binary-id", binary.id) &&
                      take(object, "binary-name", binary.name) && take(object, "kind", kind) &&
                      take(object, "binary-path", binary.path) && take(object, "package-name", package) &&
                      take(object, "harness", harness);
    if (!good) return failure_;
    binary.kind = kind;
    // A Rust id begins with the package.
    binary.package = package.empty() ? binary.id.substr(0, binary.id.find("::")) : package;
    if (platform == "host") binary.build_platform = BuildPlatform::Host;
    else if (platform != "target") return fail_at("build-platform", "is neither target nor host");
    for (const TestBinary& other : binaries_) {
      if (other.id == binary.id) return fail_at("binary-id", "is that of another binary, too");
    }
    if (find_custom(options_.custom, harness) == nullptr && !is_executable_file(binary.path)) {
      return fail_at("binary-path", "is no executable file: " + safe_name(binary.path));
    }
    if (!harness.empty() && !check_harness_name(harness, options_.custom)) {
      return fail_at("harness", "is not known: " + safe_name(harness));
    }
    DiscoverOptions options = options_;
    options.paths = {binary.path};
    if (options.harness.empty()) options.harness = harness;
    Result<Vector<TestBinary>> found = Discovery::run(std::move(options));
    if (!found) return found.error();
    binary.harness = found.value()[0].harness;
    binary.other_harnesses = std::move(found.value()[0].other_harnesses);
    binaries_.push_back(std::move(binary));
    return success();
  }

  // The member of that name, a string. False when it is not there though it must be, or is something else.
  bool take(const JsonValue& object, const char* key, std::string& text) {
    const JsonValue* const value = object.find(key);
    const std::string_view name = key;
    if (value == nullptr && (name == "package-name" || name == "harness")) return true;
    const bool good = value != nullptr && value->kind == JsonKind::String && !value->text.empty();
    if (good) text = value->text;
    else
      failure_ = fail_at(key, value == nullptr                  ? "is missing"
                              : value->kind == JsonKind::String ? "is empty"
                                                                : "is not a string");
    return good;
  }

  Error fail_at(const char* key, const std::string& what) const { return fail("'" + at_ + "." + key + "' " + what); }

  Error fail(const std::string& what, const char* hint =
                                          "it is to hold what this printed: nextest list --list-type binaries-only "
                                          "--message-format json") const {
    return Error{ExitCode::SetupError, "cannot read the binaries of " + safe_name(file_) + ": " + what, hint};
  }

  static constexpr std::size_t max_size = std::size_t{64} << 20;

  const std::string& file_;
  const DiscoverOptions& options_;
  std::string at_;  // the key of the binary at hand
  Error failure_;
  Vector<TestBinary> binaries_;
};

}  // namespace nextest

// ---- cli/list_formats.hpp ----

// What `nextest list` prints: for people, a line for each test, and JSON; of tests, or of binaries alone.

namespace nextest {

class ListFormatter {
 public:
  ListFormatter(const Style& style, const StartOptions& start, bool verbose)
      : style_(style), start_(start), verbose_(verbose) {}

  // Binaries without a test to run are shown when `verbose`; those that were not even listed always, with the reason.
  std::string human(const TestList& list) {
    TestIndex next = 0;
    for (std::uint32_t i = 0; i < list.binaries.size(); ++i) {
      const TestBinary& binary = list.binaries[i];
      std::string tests;
      tests.swap(out_);
      for (; next < list.tests.size() && list.tests[next].binary == i; ++next) {
        const bool selected = list.tests[next].mismatch == Mismatch::None;
        if (!selected && !verbose_) continue;
        out_ += "    ";
        style_.test_name(out_, list.tests[next].name, binary.harness->separator);
        out_ += selected ? "\n" : " (skipped)\n";
      }
      tests.swap(out_);
      if (tests.empty() && !verbose_ && (binary.skip_reason.empty() || binary.mismatch != Mismatch::None)) continue;
      add_binary(binary, true);
      if (tests.empty() && binary.skip_reason.empty()) tests = "    (no tests)\n";
      out_ += tests;
    }
    return std::move(out_);
  }

  std::string oneline(const TestList& list) {
    for (TestIndex i = 0; i < list.tests.size(); ++i) {
      const TestBinary& binary = list.binary_of(i);
      const bool selected = list.tests[i].mismatch == Mismatch::None;
      if (!selected && !verbose_) continue;
      add_id(binary);
      out_ += ' ';
      style_.test_name(out_, list.tests[i].name, binary.harness->separator);
      if (verbose_) add_fields(binary, true, " [", "]");
      out_ += selected ? "\n" : " (skipped)\n";
    }
    return std::move(out_);
  }

  std::string json(const TestList& list, bool pretty) {
    // Words of the same meaning as in Mismatch.
    static constexpr const char* reasons[] = {
        "", "ignored", "string", "expression", "default-filter", "partition", "rerun-already-passed"};
    JsonWriter json(out_, pretty);
    json.begin_object();
    write_build_meta(json);
    json.key("test-count").number(list.tests.size());
    json.key("rust-suites").begin_object();
    Vector<std::size_t> first_of(list.binaries.size());
    for (std::size_t i = list.tests.size(); i-- > 0;) first_of[list.tests[i].binary] = i;
    for (const JsonNames::Name& id : json_ids(list.binaries)) {
      const TestBinary& binary = list.binaries[id.index];
      json.key(id.text).begin_object();
      write_binary(json, binary, id.text);
      write_text(json, "cwd", absolute_working_folder(binary, start_));
      write_text(json, "status", !binary.skip_reason.empty() ? "skipped" : "listed");
      if (!binary.skip_reason.empty()) write_text(json, "skip-reason", binary.skip_reason.str());
      json.key("testcases").begin_object();
      Vector<std::string_view> names;
      const std::size_t first = first_of[id.index];
      for (std::size_t i = first; i < list.tests.size() && list.tests[i].binary == id.index; ++i) {
        names.push_back(list.tests[i].name);
      }
      for (const JsonNames::Name& name : JsonNames(names, JsonNames::by_bytes)) {
        const TestCase& test = list.tests[first + name.index];
        json.key(name.text).begin_object();
        write_text(json, "kind", test.benchmark ? "bench" : "test");
        json.key("ignored").boolean(test.ignored);
        json.key("filter-match").begin_object();
        write_text(json, "status", test.mismatch == Mismatch::None ? "matches" : "mismatch");
        if (test.mismatch != Mismatch::None) write_text(json, "reason", reasons[static_cast<int>(test.mismatch)]);
        json.end_object();
        json.end_object();
      }
      json.end_object();
      json.end_object();
    }
    json.end_object();
    json.end_object();
    out_ += '\n';
    return std::move(out_);
  }

  // --- binaries alone ---

  std::string human(const Vector<TestBinary>& binaries) {
    for (const TestBinary& binary : binaries) {
      if (verbose_) {
        add_binary(binary, false);
      } else if (binary.skip_reason.empty()) {
        add_id(binary);
        out_ += '\n';
      }
    }
    return std::move(out_);
  }

  std::string oneline(const Vector<TestBinary>& binaries) {
    for (const TestBinary& binary : binaries) {
      if (!binary.skip_reason.empty()) continue;
      add_id(binary);
      if (verbose_) add_fields(binary, false, " [", "]");
      out_ += '\n';
    }
    return std::move(out_);
  }

 private:
  void add_id(const TestBinary& binary) { style_.paint(out_, Paint::BinaryId, safe_name(binary.id)); }

  void add_binary(const TestBinary& binary, bool with_folder) {
    add_id(binary);
    out_ += ":\n";
    if (verbose_) add_fields(binary, with_folder, "  ", "\n");
    if (verbose_) add_field("harness", binary.harness->name, "  ", "\n");
    if (!binary.skip_reason.empty()) out_.append("    (skipped: ").append(binary.skip_reason.str()).append(")\n");
  }

  void add_fields(const TestBinary& binary, bool with_folder, const char* before, const char* after) {
    add_field("bin", plain_absolute_path(binary.path), before, after);
    if (with_folder) add_field("cwd", absolute_working_folder(binary, start_), before, after);
    add_field("build platform", name_of(binary.build_platform), before, after);
  }

  void add_field(const char* name, std::string_view value, const char* before, const char* after) {
    out_ += before;
    style_.paint(out_, Paint::Skip, std::string(name) + ":");
    out_ += ' ';
    append_safe_name(out_, value);
    out_ += after;
  }

  const Style& style_;
  const StartOptions& start_;
  const bool verbose_;
  std::string out_;
};

}  // namespace nextest

// ---- cli/option.hpp ----

// What an option is, and what its row is made of.

namespace nextest {

enum OptionCommands : std::uint8_t {
  ForRun = 1,
  ForList = 2,
  ForShowConfig = 4,
  ForReplay = 8,
  ForStore = 16,
  ForShell = 32
};

inline constexpr std::uint8_t ForTests = ForRun | ForList;
inline constexpr std::uint8_t ForSettings = ForRun | ForShowConfig;  // show-config shows what an option sets
inline constexpr std::uint8_t ForAll = ForTests | ForShowConfig;
inline constexpr std::uint8_t ForRecords = ForReplay | ForStore;
inline constexpr std::uint8_t WithoutTests = ForRecords | ForShell;  // their words are no paths, nor names of tests
inline constexpr std::uint8_t Everywhere = ForAll | ForRecords;

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): members are in the order in which rows have them
struct Option {
  const char* heading;  // the group in --help; the same pointer for all of a group
  std::uint8_t commands;
  char letter;  // 0: none
  const char* name;
  const char* value;     // what --help calls it; nullptr: the option takes none
  const char* variable;  // the environment variable that stands in for it; nullptr: none
  const char* help;
  Status (*apply)(CommandLine& line, std::string_view value) = nullptr;
  const Choices* words = &no_words;  // values that are words, to be completed
  // The setting that it sets, in place of a function; and to which word, where it takes no value.
  Setting setting = Setting::None;
  const char* fixed_word = nullptr;
  const FeatureRow* left_out = nullptr;  // what this build leaves out, and this option with it

  constexpr bool is_setting() const { return setting != Setting::None; }
  constexpr bool is_shown_for(std::uint8_t command) const { return (commands & command) != 0 && is_there(left_out); }
};

// What --help prints. Of an option that sets a setting, {words} are those that its value may be, and {default} is what
// holds without it: its row knows them.
inline std::string help_of(const Option& option) {
  std::string help = option.help;
  if (!option.is_setting()) return help;
  const SettingRow& row = row_of(option.setting);
  std::string usual = row.show(Settings(), {});
  if (starts_with(usual, "\"")) usual = usual.substr(1, usual.size() - 2);
  std::string words;
  for (const std::string_view word : row.words->all()) {
    words.append(words.empty() ? "" : ", ").append(word).append(word == usual ? " (default)" : "");
  }
  if (const std::size_t at = help.find("{words}"); at != std::string::npos) help.replace(at, 7, words);
  if (const std::size_t at = help.find("{default}"); at != std::string::npos) help.replace(at, 9, usual);
  return help;
}

// --- forms of values that no setting has ---

// A text that is not empty.
template <const char* allowed, const Choices& choices = no_words>
struct SomeText {
  static constexpr const Choices* words = &choices;
  static void read(ValueReader& in, const Written& value, std::string& text) {
    if (value.is("")) in.not_allowed(value, allowed);
    else in.text(value, text);
  }
};

inline constexpr char a_run[] = "latest, the start of a run id, a file";
inline constexpr char a_file[] = "a file";
inline constexpr char a_file_or_stdout[] = "a file, -";
inline constexpr char a_folder[] = "a folder";
inline constexpr Choices latest_run = {{"latest"}};
inline constexpr Choices standard_output = {{"-"}};
using RecordedRunValue = SomeText<a_run, latest_run>;
using FileValue = SomeText<a_file>;
using OutputFileValue = SomeText<a_file_or_stdout, standard_output>;
using FolderValue = SomeText<a_folder>;

// One that may be given several times.
struct OneMoreText {
  static constexpr const Choices* words = &no_words;
  static void read(ValueReader&, const Written& value, Vector<std::string>& texts) {
    texts.emplace_back(*value.text());
  }
};

// --- what an option does ---

// An option, or a variable, that sets a setting.
constexpr Option sets(Setting setting, Option option) {
  option.setting = setting;
  option.words = row_of(setting).words;
  return option;
}
constexpr Option sets(Setting setting, const char* word, Option option) {
  option.setting = setting;
  option.fixed_word = word;
  return option;
}
// One whose value is of that form (core/config/setting_values.hpp), and of a member of CommandLine.
template <class Value, auto... member>
constexpr Option sets(Option option) {
  option.words = Value::words;
  option.apply = [](CommandLine& line, std::string_view value) {
    ValueReader in;
    Value::read(in, Written(value), (line.*....*member));
    return in.status();
  };
  return option;
}
template <bool flag, auto... member>
constexpr Option turns(Option option) {
  option.apply = [](CommandLine& line, std::string_view) {
    (line.*....*member) = flag;
    return success();
  };
  return option;
}

// Without the feature, the option is an error; or it does what `instead` does, for a value that asks for nothing.
constexpr Option needs(Feature feature, Option option,
                       Status (*instead)(CommandLine& line, std::string_view value) = nullptr) {
  if (built_in(feature)) return option;
  option.help = "";
  option.apply = instead;
  option.setting = Setting::None;
  option.left_out = &row_of(feature);
  return option;
}
// An option for how something is to be done. Its variable may be there for other programs as well: where there is
// nothing to be done, it asks for nothing.
constexpr Option tunes(Feature feature, Option option) {
  if (!built_in(feature)) option.variable = nullptr;
  return needs(feature, option);
}
// An option that asks for something not to be done: without the feature that is so.
constexpr Option forbids(Feature feature, Option option) {
  if (built_in(feature)) return option;
  option.help = "";
  option.left_out = &row_of(feature);
  return option;
}

inline Error bad_value(std::string_view value, const char* allowed) {
  return Error{ExitCode::SetupError, "'" + std::string(value) + "' is not allowed", std::string("allowed: ") + allowed};
}

inline Status choose_command(std::string_view value, Vector<std::string>& command) {
  Result<Vector<std::string>> words = split_shell_words(value);
  if (!words) return words.error();
  if (words.value().empty()) return bad_value(value, "a command");
  command = std::move(words.value());
  return success();
}

inline Status intercept(CommandLine& line, std::string_view value, bool debugs) {
  line.interceptor.debugs = debugs;
  line.request.capture = false;
  return choose_command(value, line.interceptor.command);
}

}  // namespace nextest

// ---- cli/option_table.hpp ----

// The table of all options: name, variable, help and meaning of each stand in one row.

namespace nextest {

inline constexpr char selection_options[] = "Choosing tests";
inline constexpr char binary_options[] = "Test binaries";
inline constexpr char config_options[] = "Configuration";
inline constexpr char execution_options[] = "Running";
inline constexpr char time_options[] = "Time limits";
inline constexpr char reporting_options[] = "Reporting";
inline constexpr char record_options[] = "Recording";

// --- words that values may be, where no setting has them ---

inline constexpr Choices which_ignored = {{"default", "only", "all"}};
inline constexpr Choices no_tests_actions = {{"auto", "fail", "warn", "pass"}};
inline constexpr Choices folder_words = {{"current", "binary"}};
inline constexpr Choices order_kinds = needs(Feature::Records, " longest ", {{"longest", "listed", "random"}});
inline constexpr Choices message_formats = needs(Feature::Json, " libtest-json libtest-json-plus jsonl ",
                                                 {{"human", "libtest-json", "libtest-json-plus", "jsonl"}});
inline constexpr Choices list_formats =
    needs(Feature::Json, " json json-pretty ", {{"auto", "human", "oneline", "json", "json-pretty"}});
inline constexpr Choices list_types = {{"full", "binaries-only"}};
inline constexpr Choices color_choices = {{"auto", "always", "never"}};
inline constexpr Choices export_formats = needs(Feature::Junit, " junit ", {{"zip", "chrome-trace", "jsonl", "junit"}});

constexpr Choices names_of_harnesses() {
  Choices names;
  std::size_t count = 0;
  for (const Harness* const row : harnesses) {
    const bool is_again = count > 0 && std::string_view(names.words[count - 1]) == row->name;  // catch2 has two rows
    if (is_harness_kept(row->name) && !is_again) names.words[count++] = row->name;
  }
  return names;
}
inline constexpr Choices harness_names = names_of_harnesses();

// --- the table ---

inline constexpr Option option_table[] = {
    needs(Feature::Filtersets,
          {selection_options, ForTests, 'E', "filterset", "EXPR", nullptr,
           "Tests that the expression matches (nextest help filterset); several: those that any of them matches",
           [](CommandLine& line, std::string_view value) -> Status {
             Result<Filterset> filterset = Filterset::parse(value, FiltersetPlace::CommandLine);
             if (!filterset) return filterset.error();
             line.selection.filtersets.push_back(std::move(filterset.value()));
             return success();
           }}),
    forbids(Feature::Filtersets, turns<true, &CommandLine::selection, &Selection::ignore_default_filter>(
                                     {selection_options, ForTests, 0, "ignore-default-filter", nullptr, nullptr,
                                      "Tests that the profile's default-filter leaves out, too"})),
    sets<ChoiceValue<which_ignored>, &CommandLine::selection, &Selection::run_ignored>(
        {selection_options, ForTests, 0, "run-ignored", "WHICH", nullptr,
         "Ignored tests: default (do not run them), only (run just them), all"}),
    {selection_options, ForTests, 0, "partition", "KIND:M/N", nullptr,
     built_in(Feature::Records)
         ? "Shard M of N: count (round-robin in each binary), slice (over all tests), hash (by test name), weight "
           "(by known durations)"
         : "Shard M of N: count (round-robin in each binary), slice (over all tests), hash (by test name)",
     [](CommandLine& line, std::string_view value) -> Status {
       Result<Partition> partition = parse_partition(value);
       if (!partition) return partition.error();
       line.selection.partition = partition.value();
       if (!built_in(Feature::Records) && partition.value().kind == Partition::Weight) {
         return left_out(Feature::Records);
       }
       return success();
     }},
    sets<ChoiceValue<no_tests_actions>, &CommandLine::no_tests>(
        {selection_options, ForRun, 0, "no-tests", "ACTION", "NEXTEST_NO_TESTS",
         "When there is no test to run: auto (default: fail, in a rerun pass), fail (exit 4), warn, pass"}),
    needs(Feature::Records,
          sets<RecordedRunValue, &CommandLine::rerun>(
              {selection_options, ForRun | ForReplay, 'R', "rerun", "RUN", nullptr,
               "A recorded run: latest, the start of its id, or an exported file; run: take what did not pass in it"})),

    needs(Feature::Json,
          sets<FileValue, &CommandLine::binaries, &BinariesRequest::metadata>(
              {binary_options, ForAll, 0, "binaries-metadata", "FILE", nullptr,
               "Take the binaries that 'list --list-type binaries-only --message-format json' printed into FILE"})),
    {binary_options, ForAll, 0, "harness", "NAME", nullptr,
     "What the binaries named here speak, such as googletest; default: what is found in them",
     [](CommandLine& line, std::string_view value) {
       line.binaries.harness = value;  // the configuration may define more than there are here: Discovery looks
       return value.empty() ? check_harness_name(value, nullptr) : success();
     },
     &harness_names},
    {binary_options, ForAll, 0, "target-runner", "'CMD ARGS'", nullptr,
     "Start every binary through this command, such as an emulator",
     [](CommandLine& line, std::string_view value) -> Status {
       return choose_command(value, line.start.target_runner);
     }},
    {binary_options, ForAll, 0, "workdir", "DIR", nullptr,
     "Where tests run: current (default), binary (the folder of each binary), or a folder",
     [](CommandLine& line, std::string_view value) -> Status {
       line.start.in_binary_folder = value == "binary";
       line.start.folder = value == "binary" || value == "current" ? "" : value;
       struct stat info {};
       const std::string& folder = line.start.folder;
       if (value.empty()) return bad_value(value, "current, binary, a folder");
       if (!folder.empty() && (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))) {
         return Error{ExitCode::SetupError, "there is no folder " + folder, ""};
       }
       return success();
     },
     &folder_words},
    sets<DurationValue, &CommandLine::list_timeout>({binary_options, ForAll, 0, "list-timeout", "TIME", nullptr,
                                                     "How long a binary may take to list its tests (default 60s)"}),
    sets(Setting::ListThreads,
         {binary_options, ForAll, 0, "list-threads", "N", nullptr, "List commands at a time: a number, {words}"}),

    needs(Feature::Config,
          sets<TextValue, &CommandLine::config, &ConfigArguments::profile>({config_options, Everywhere, 'P', "profile",
                                                                            "NAME", "NEXTEST_PROFILE",
                                                                            "The profile of the configuration to use"}),
          // Who runs us in a test of theirs may have set the variable.
          [](CommandLine&, std::string_view value) {
            return value == "default" ? success() : Status(left_out(Feature::Config));
          }),
    needs(Feature::Config, sets<TextValue, &CommandLine::config, &ConfigArguments::config_file>(
                               {config_options, Everywhere, 0, "config-file", "FILE", nullptr,
                                "Read that instead of .config/nextest.toml of the workspace"})),
    needs(Feature::Config, sets<OneMoreText, &CommandLine::config, &ConfigArguments::tool_config_files>(
                               {config_options, Everywhere, 0, "tool-config-file", "TOOL:FILE", nullptr,
                                "Settings of a tool, below those of the workspace; several: the first has priority"})),
    needs(Feature::Config,
          sets<TextValue, &CommandLine::config, &ConfigArguments::user_config_file>(
              {config_options, Everywhere, 0, "user-config-file", "FILE", "NEXTEST_USER_CONFIG_FILE",
               "Read that instead of ~/.config/nextest/config.toml; none: read none"}),
          [](CommandLine&, std::string_view value) {
            return value == "none" ? success() : Status(left_out(Feature::Config));
          }),
    needs(Feature::Config, sets<OneMoreText, &CommandLine::config, &ConfigArguments::values>(
                               {config_options, Everywhere, 0, "config", "KEY=VALUE", nullptr,
                                "A setting of the profile, as TOML: --config 'retries = 2'; several: the last wins"})),
    forbids(Feature::Config, turns<true, &CommandLine::config, &ConfigArguments::ignore_version>(
                                 {config_options, Everywhere, 0, "override-version-check", nullptr, nullptr,
                                  "Go on where the configuration asks for a newer nextest"})),

    sets(Setting::TestThreads, {execution_options, ForSettings, 'j', "test-threads", "N", "NEXTEST_TEST_THREADS",
                                "Tests at a time: a number, a negative number (processors to leave free), {words}"}),
    sets(Setting::Retries, {execution_options, ForSettings, 0, "retries", "N", "NEXTEST_RETRIES",
                            "Run a failed test again, up to N times"}),
    sets(Setting::FlakyResult, {execution_options, ForSettings, 0, "flaky-result", "RESULT", "NEXTEST_FLAKY_RESULT",
                                "How a test counts that passed only when run again: {words}"}),
    sets(Setting::FailFast, "true",
         {execution_options, ForSettings, 0, "fail-fast", nullptr, nullptr,
          "Start no more tests after a failure (the default)"}),
    sets(Setting::FailFast, "false",
         {execution_options, ForSettings, 0, "no-fail-fast", nullptr, nullptr, "Run all tests, whatever fails"}),
    sets(Setting::MaxFail,
         {execution_options, ForSettings, 0, "max-fail", "N[:MODE]", nullptr,
          "Start no more tests after N failures; N:immediate ends the running ones too; all: no limit"}),
    {execution_options, ForRun, 0, "order", "ORDER", nullptr,
     built_in(Feature::Records)
         ? "After priority: longest (longest known time first, the default), listed, random, random:SEED"
         : "After priority: listed (the default), random, random:SEED",
     [](CommandLine& line, std::string_view value) -> Status {
       if (const std::size_t colon = value.find(':'); colon != std::string_view::npos) {
         line.order.has_seed = parse_number(value.substr(colon + 1), line.order.seed);
         if (!line.order.has_seed || value.substr(0, colon) != "random") {
           return bad_value(value, "longest, listed, random, random:SEED (a number)");
         }
         value = value.substr(0, colon);
       }
       ValueReader in;
       in.choose(Written(value), order_kinds, line.order.kind);
       return in.status();
     },
     &order_kinds},
    turns<false, &CommandLine::request, &RunRequest::capture>({execution_options, ForReplay, 0, "no-capture", nullptr,
                                                               nullptr, "Show all outputs as they are, not indented"}),
    turns<false, &CommandLine::request, &RunRequest::capture>({execution_options, ForRun, 0, "no-capture", nullptr,
                                                               nullptr,
                                                               "Tests write straight to the terminal, one at a time"}),
    needs(Feature::Terminal,
          {execution_options, ForRun, 0, "debugger", "'CMD ARGS'", nullptr,
           "Run one test in a debugger: 'gdb --args'; no capture, no timeouts, no retries, no record",
           [](CommandLine& line, std::string_view value) { return intercept(line, value, true); }}),
    needs(Feature::Terminal, {execution_options, ForRun, 0, "tracer", "'CMD ARGS'", nullptr,
                              "The same without standard input, for a tracer: 'strace -f'",
                              [](CommandLine& line, std::string_view value) { return intercept(line, value, false); }}),
    {execution_options, ForRun, 0, "stress-count", "N", nullptr, "Run the tests N times over, or infinite",
     [](CommandLine& line, std::string_view value) {
       line.request.stress.kind = value == "infinite" ? StressCondition::Infinite : StressCondition::Count;
       ValueReader in;
       if (value != "infinite") in.count(Written(value), 1, line.request.stress.count);
       return in.status();
     }},
    {execution_options, ForRun, 0, "stress-duration", "TIME", nullptr, "Run the tests over and over for that long",
     [](CommandLine& line, std::string_view value) {
       line.request.stress.kind = StressCondition::Time;
       ValueReader in;
       in.duration(Written(value), line.request.stress.duration, false);
       return in.status();
     }},

    sets(Setting::SlowTimeoutPeriod, {time_options, ForSettings, 0, "slow-timeout", "TIME", nullptr,
                                      "Call a test slow after each such period (default {default})"}),
    sets(Setting::TerminateAfter, {time_options, ForSettings, 0, "terminate-after", "N", nullptr,
                                   "Terminate a test after N such periods (default: never)"}),
    sets(Setting::GracePeriod, {time_options, ForSettings, 0, "grace-period", "TIME", nullptr,
                                "Kill a test that long after asking it to terminate (default {default}; 0s: at once)"}),
    sets(Setting::LeakTimeoutPeriod,
         {time_options, ForSettings, 0, "leak-timeout", "TIME", nullptr,
          "A test leaks what it leaves running that long after its own end (default {default})"}),
    sets(Setting::GlobalTimeout,
         {time_options, ForSettings, 0, "global-timeout", "TIME", nullptr, "Terminate the whole run after that long"}),

    sets(Setting::StatusLevel,
         {reporting_options, ForSettings | ForReplay, 0, "status-level", "LEVEL", "NEXTEST_STATUS_LEVEL",
          "Which statuses to show: {words}; each shows the ones before it"}),
    sets(Setting::FinalStatusLevel, {reporting_options, ForSettings | ForReplay, 0, "final-status-level", "LEVEL",
                                     "NEXTEST_FINAL_STATUS_LEVEL", "Which to show again at the end: {words}"}),
    sets(Setting::SuccessOutput, {reporting_options, ForSettings | ForReplay, 0, "success-output", "WHEN",
                                  "NEXTEST_SUCCESS_OUTPUT", "When to show the output of tests that passed: {words}"}),
    sets(Setting::FailureOutput, {reporting_options, ForSettings | ForReplay, 0, "failure-output", "WHEN",
                                  "NEXTEST_FAILURE_OUTPUT", "When to show the output of tests that failed: {words}"}),
    sets(Setting::OutputIndent, "false",
         {reporting_options, ForRun | ForReplay, 0, "no-output-indent", nullptr, "NEXTEST_NO_OUTPUT_INDENT",
          "Show outputs as they are, not indented"}),
    // Above --show-progress, whose variable wins over this one.
    sets(Setting::ShowProgress, "none",
         {reporting_options, ForRun, 0, "hide-progress-bar", nullptr, "NEXTEST_HIDE_PROGRESS_BAR",
          "As --show-progress none"}),
    sets(
        Setting::ShowProgress,
        {reporting_options, ForRun | ForReplay, 0, "show-progress", "HOW", "NEXTEST_SHOW_PROGRESS",
         built_in(Feature::Terminal)
             ? "auto (default: bar on a terminal, else counter), bar (with the running tests), counter, only (bar, and "
               "only what fails), none"
             : "auto (default: counter), counter, none"}),
    tunes(Feature::Terminal,
          sets(Setting::MaxProgressRunning,
               {reporting_options, ForRun, 0, "max-progress-running", "N", "NEXTEST_MAX_PROGRESS_RUNNING",
                "Running tests to show below the bar (default {default}), or infinite"})),
    forbids(Feature::Terminal,
            sets(Setting::InputHandler, "false",
                 {reporting_options, ForRun, 0, "no-input-handler", nullptr, "NEXTEST_NO_INPUT_HANDLER",
                  "Leave the terminal's modes and keys alone (t: what is running, Enter: progress)"})),
    turns<true, &CommandLine::verbose>({reporting_options, ForTests | ForReplay, 'v', "verbose", nullptr,
                                        "NEXTEST_VERBOSE",
                                        "Show the start of each test and its command; list what is not run, too"}),
    sets<ChoiceValue<message_formats>, &CommandLine::message_format>(
        {reporting_options, ForRun, 0, "message-format", "FORMAT", "NEXTEST_MESSAGE_FORMAT",
         built_in(Feature::Json)
             ? "Beside the report on stderr, on stdout: nothing (human, the default), libtest-json, libtest-json-plus, "
               "jsonl (all events)"
             : "Beside the report on stderr, on stdout: nothing (human, the default)"}),
    needs(Feature::Junit,
          sets<FileValue, &CommandLine::junit_file>(
              {reporting_options, ForRun, 0, "junit", "FILE", nullptr,
               built_in(Feature::Config) ? "Write a JUnit report (default: where junit.path of the profile says)"
                                         : "Write a JUnit report"})),
    sets<ChoiceValue<list_formats>, &CommandLine::list_format>(
        {reporting_options, ForList, 'T', "message-format", "FORMAT", nullptr,
         built_in(Feature::Json) ? "auto (default: human on a terminal, else oneline), human, oneline ('BINARY-ID "
                                   "TEST-NAME' a line), json, json-pretty"
                                 : "auto (default: human on a terminal, else oneline), human, oneline ('BINARY-ID "
                                   "TEST-NAME' a line)"}),
    sets<ChoiceValue<list_types>, &CommandLine::list_type>(
        {reporting_options, ForList, 0, "list-type", "TYPE", nullptr,
         "full (default), or binaries-only: the test binaries, of which none is run"}),
    sets<ChoiceValue<color_choices>, &CommandLine::color>(
        {reporting_options, Everywhere, 0, "color", "WHEN", "CARGO_TERM_COLOR", "auto (default), always, never"}),

    needs(Feature::Records, sets(Setting::RecordEnabled, "true",
                                 {record_options, ForRun, 0, "record", nullptr, "NEXTEST_RECORD",
                                  "Keep a record of the run (the default)"})),
    forbids(Feature::Records, sets(Setting::RecordEnabled, "false",
                                   {record_options, ForRun, 0, "no-record", nullptr, nullptr, "Keep none"})),
    tunes(Feature::Records,
          sets<FolderValue, &CommandLine::state_dir>(
              {record_options, ForTests | ForRecords, 0, "state-dir", "DIR", "NEXTEST_STATE_DIR",
               "Where records are kept (default: nextest in $XDG_STATE_HOME, or in ~/.local/state)"})),
    needs(Feature::Records,
          sets<RecordedRunValue, &CommandLine::durations>(
              {record_options, ForTests, 0, "durations", "RUN", nullptr,
               "Take the durations of that recorded run for --order and for --partition weight:M/N"})),
    needs(Feature::Records,
          turns<true, &CommandLine::exit_as_recorded>({record_options, ForReplay, 0, "exit-code", nullptr, nullptr,
                                                       "Exit as the recorded run did, not with 0"})),
    needs(Feature::Records, turns<false, &CommandLine::pager>({record_options, ForReplay, 0, "no-pager", nullptr,
                                                               nullptr, "Write straight to the terminal"})),
    needs(Feature::Records, turns<true, &CommandLine::dry_run>({record_options, ForStore, 'n', "dry-run", nullptr,
                                                                nullptr, "prune: show what would be deleted"})),
    needs(
        Feature::Records,
        sets<ChoiceValue<export_formats>, &CommandLine::export_format>(
            {record_options, ForStore, 0, "format", "FORMAT", nullptr,
             built_in(Feature::Junit)
                 ? "export: zip (default; for -R), chrome-trace (for Perfetto), jsonl (the events, outputs in them), "
                   "junit"
                 : "export: zip (default; for -R), chrome-trace (for Perfetto), jsonl (the events, outputs in them)"})),
    needs(Feature::Records,
          sets<OutputFileValue, &CommandLine::export_file>(
              {record_options, ForStore, 'o', "output", "FILE", nullptr,
               "export: where to; - is standard output (default: nextest-run-ID.zip for zip, else -)"})),
};

// Other spellings that cargo-nextest takes, too.
struct OptionAlias {
  const char* alias;
  const char* name;
};
inline constexpr OptionAlias option_aliases[] = {
    {"jobs", "test-threads"},    {"ff", "fail-fast"},          {"nff", "no-fail-fast"},
    {"nocapture", "no-capture"}, {"filter-expr", "filterset"}, {"run-id", "rerun"},
};

// Two of these on one command line contradict each other.
struct OptionConflict {
  const char* one;
  const char* other;
};
inline constexpr OptionConflict option_conflicts[] = {
    {"max-fail", "fail-fast"},
    {"max-fail", "no-fail-fast"},
    {"stress-count", "stress-duration"},
    {"debugger", "tracer"},
};

constexpr bool is_option_name(std::string_view name) {
  for (const Option& option : option_table) {
    if (name == option.name) return true;
  }
  return false;
}
constexpr bool options_of_tables_exist() {
  for (const OptionAlias& alias : option_aliases) {
    if (!is_option_name(alias.name) || is_option_name(alias.alias)) return false;
  }
  for (const OptionConflict& conflict : option_conflicts) {
    if (!is_option_name(conflict.one) || !is_option_name(conflict.other)) return false;
  }
  return true;
}
static_assert(options_of_tables_exist(), "an alias or a conflict names no option");

constexpr bool settings_have_words() {
  for (const Option& option : option_table) {
    if (option.is_setting() && (row_of(option.setting).places & OnCommandLine) == 0) return false;
  }
  return true;
}
static_assert(settings_have_words(), "an option sets a setting whose row is not OnCommandLine");

}  // namespace nextest

// ---- cli/parse.hpp ----

// Arguments and environment -> CommandLine. POSIX and GNU spellings: -jN, -j N, --opt=value, --opt value, bundled
// letters.

namespace nextest {

class Parser {
 public:
  // `words` are the arguments after the command's name. A --help among them sets `wants_help`, and nothing else counts.
  static Result<CommandLine> parse(OptionCommands command, const char* command_name, Vector<std::string_view> words,
                                   bool& wants_help) {
    Parser parser(command, command_name, std::move(words));
    if (command == ForShowConfig) parser.take_topic();
    wants_help = parser.asks_for_help();
    if (wants_help) return std::move(parser.line_);
    if (Status status = parser.read_environment(); !status) return status.error();
    if (Status status = parser.read_words(); !status) return status.error();
    return std::move(parser.line_);
  }

 private:
  Parser(OptionCommands command, const char* command_name, Vector<std::string_view> words)
      : command_(command), command_name_(command_name), words_(std::move(words)) {
    std::size_t size = std::string_view(command_name).size() + 1;
    for (const std::string_view word : words_) size += word.size() + 1;
    line_.typed.reserve(size);
    line_.binaries.paths.reserve(size);
    line_.typed.add(command_name);
    for (const std::string_view word : words_) line_.typed.add(word);
  }

  // show-config test EXPR, show-config profile: what is to be shown stands before all else.
  void take_topic() {
    while (next_ < words_.size() && !starts_with(words_[next_], "-") &&
           (line_.words.empty() || (line_.words.size() == 1 && line_.words[0] == "test"))) {
      line_.words.emplace_back(words_[next_++]);
    }
  }

  bool asks_for_help() const {
    for (const std::string_view word : words_) {
      if (word == "--") return false;
      if (word == "--help") return true;
      if (starts_with(word, "-") && !starts_with(word, "--") && bundles_help(word.substr(1))) return true;
    }
    return false;
  }

  // -h, -vh; not -jh, where it is a value.
  bool bundles_help(std::string_view letters) const {
    for (const char letter : letters) {
      if (letter == 'h') return true;
      for (const Option& option : option_table) {
        if (option.letter == letter && option.value != nullptr && (option.commands & command_) != 0) return false;
      }
    }
    return false;
  }

  Status read_environment() {
    for (const Option& option : option_table) {
      const char* const value = option.variable != nullptr ? ::getenv(option.variable) : nullptr;
      if (value == nullptr || *value == '\0' || (option.commands & command_) == 0) continue;
      if (option.value == nullptr) {
        const std::string_view word = value;
        if (word == "0" || word == "false" || word == "no" || word == "off") {
          // A no stands for --no-... where there is that.
          for (const Option& other : option_table) {
            if (std::string("no-") + option.name != other.name) continue;
            if (Status status = use(other, "", option.variable); !status) return status;
          }
          continue;
        }
      }
      if (Status status = use(option, value, option.variable); !status) {
        return in_context("the environment variable " + std::string(option.variable), status.error());
      }
    }
    return success();
  }

  Status read_words() {
    while (next_ < words_.size()) {
      const std::string word(words_[next_++]);
      Status status = success();
      if (word == "--") return read_test_binary_words();
      if (starts_with(word, "--")) status = read_long(word);
      else if (starts_with(word, "-") && word.size() > 1) status = read_letters(word);
      else if ((command_ & WithoutTests) != 0) line_.words.push_back(word);
      else if (contains(word, "/")) line_.binaries.paths.add(word);
      else line_.selection.names.push_back({word, false});
      if (!status) return status;
    }
    return success();
  }

  Status read_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string spelled = word.substr(0, equals);
    std::string name = spelled.substr(2);
    for (const OptionAlias& alias : option_aliases) {
      if (name == alias.alias) name = alias.name;
    }
    for (const Option& option : option_table) {
      if (name != option.name || (option.commands & command_) == 0) continue;
      if (option.value == nullptr && equals != std::string::npos) {
        return Error{ExitCode::SetupError, spelled + " takes no value", ""};
      }
      return apply(option, spelled, equals != std::string::npos, word.substr(equals + 1));
    }
    return unknown_option(spelled);
  }

  Status read_letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* found = nullptr;
      for (const Option& option : option_table) {
        if (option.letter == word[i] && (option.commands & command_) != 0) found = &option;
      }
      const std::string spelled = std::string("-") + word[i];
      if (found == nullptr) return unknown_option(spelled);
      const bool attached = found->value != nullptr && i + 1 < word.size();
      if (Status status = apply(*found, spelled, attached, word.substr(i + 1)); !status) return status;
      if (attached) break;
    }
    return success();
  }

  Status apply(const Option& option, const std::string& spelled, bool attached, std::string value) {
    if (option.value == nullptr) {
      value.clear();
    } else if (!attached) {
      if (next_ == words_.size()) {
        return Error{ExitCode::SetupError, spelled + " needs a value: " + spelled + " " + option.value,
                     help_of(option)};
      }
      value = words_[next_++];
    }
    if (Status status = use(option, value, spelled); !status) return in_context(spelled, status.error());
    return note_given(option);
  }

  // Of the command line alone: what a variable asks for is there for other runs, too.
  Status note_given(const Option& option) {
    for (const OptionConflict& conflict : option_conflicts) {
      const bool is_one = std::string_view(option.name) == conflict.one;
      if (!is_one && std::string_view(option.name) != conflict.other) continue;
      const char* const excluded = is_one ? conflict.other : conflict.one;
      if (is_given(excluded)) return contradiction("--" + std::string(excluded), "--" + std::string(option.name));
    }
    given_.push_back(&option);
    return success();
  }

  bool is_given(std::string_view name) const {
    return std::any_of(given_.begin(), given_.end(), [&](const Option* option) { return option->name == name; });
  }

  static Error contradiction(const std::string& one, const std::string& other) {
    return Error{ExitCode::SetupError, one + " and " + other + " exclude each other", "give one of them"};
  }

  // `origin` is the option as it was spelled, or its variable.
  Status use(const Option& option, std::string_view value, const std::string& origin) {
    if (option.is_setting()) {
      return line_.config.options.set(option.setting, option.fixed_word != nullptr ? option.fixed_word : value, origin);
    }
    if (is_whole_build || option.apply != nullptr) return option.apply(line_, value);
    return left_out(*option.left_out);
  }

  // What follows "--" is what a libtest binary would be given: names, and these.
  static constexpr const char* test_binary_options[] = {"--skip",      "--exact",     "--ignored", "--include-ignored",
                                                        "--nocapture", "--no-capture"};

  Status read_test_binary_words() {
    Vector<NamePattern> names, skips;
    bool exact = false;
    std::string ignored = is_given("run-ignored") ? "--run-ignored" : "";  // the word that chose them
    while (next_ < words_.size()) {
      const std::string word(words_[next_++]);
      if (word == "--exact") exact = true;
      else if (word == "--ignored" || word == "--include-ignored") {
        if (!ignored.empty()) return contradiction(ignored, word + " after --");
        ignored = word;
        line_.selection.run_ignored = word == "--ignored" ? RunIgnored::Only : RunIgnored::All;
      } else if (word == "--nocapture" || word == "--no-capture") line_.request.capture = false;
      else if (starts_with(word, "--skip=")) skips.push_back({word.substr(7), false});
      else if (word == "--skip" && next_ < words_.size()) skips.push_back({std::string(words_[next_++]), false});
      else if (word == "--skip") return Error{ExitCode::SetupError, "--skip needs a name", ""};
      else if (!starts_with(word, "-") || word == "-") names.push_back({word, false});
      else return unknown(word, " after --", {std::begin(test_binary_options), std::end(test_binary_options)});
    }
    for (NamePattern& name : names) line_.selection.names.push_back({std::move(name.text), exact});
    for (NamePattern& skip : skips) line_.selection.skips.push_back({std::move(skip.text), exact});
    return success();
  }

  Error unknown_option(const std::string& spelled) const {
    Vector<std::string> names = {"--help"};
    for (const Option& option : option_table) {
      if (option.is_shown_for(command_)) names.push_back(std::string("--") + option.name);
    }
    Error error = unknown(spelled, "", {names.begin(), names.end()});
    for (const char* const after_dashes : test_binary_options) {
      if (spelled == after_dashes)
        error.hint = spelled + " is given after --, as in: nextest " + command_name_ + " PATH -- " + spelled;
    }
    return error;
  }

  Error unknown(const std::string& spelled, const char* where, const Vector<std::string_view>& candidates) const {
    const std::string_view near = nearest(spelled, candidates);
    std::string hint = near.empty() ? "" : "did you mean " + std::string(near) + "? ";
    return Error{ExitCode::SetupError, "unknown option " + spelled + where,
                 hint + "'nextest " + command_name_ + " --help' lists all"};
  }

  static Error in_context(const std::string& where, Error error) {
    error.message = where + ": " + error.message;
    return error;
  }

  const OptionCommands command_;
  const char* const command_name_;
  const Vector<std::string_view> words_;
  std::size_t next_ = 0;
  Vector<const Option*> given_;
  CommandLine line_;
};

}  // namespace nextest

// ---- core/base/uuid.hpp ----

// Random (version 4) UUIDs, RFC 9562: they name runs.

namespace nextest {

inline std::string make_uuid() {
  unsigned char bytes[16];
  const Fd random(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  if (!random || read_some(random.get(), reinterpret_cast<char*>(bytes), sizeof bytes) != sizeof bytes) {
    // No /dev in this sandbox: two runs still differ by time or process.
    const std::int64_t seed[3] = {wall_time().ns, read_clock(CLOCK_MONOTONIC).ns, getpid()};
    const std::string_view text(reinterpret_cast<const char*>(seed), sizeof seed);
    for (std::size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<unsigned char>(Xxh64::hash(text, i));
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < sizeof bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 0x0F];
  }
  return text;
}

}  // namespace nextest

// ---- core/model/run_info.hpp ----

// What is known of a run before its first test starts.

namespace nextest {

// Where its binaries came from, for a rerun. Paths are relative to the workspace root where they lie in it.
struct RunScope {
  WordList paths;
  std::string harness;
  std::string binaries_metadata;    // a file; as the paths, from the workspace root
  bool from_configuration = false;  // its [[binaries]]
};

// Whether a variable of that name is kept from records.
inline bool is_secret_name(std::string_view variable) {
  std::string name(variable);
  for (char& c : name) c = ascii_lower(c);
  return ends_with(name, "_token") || ends_with(name, "_secret") || ends_with(name, "_key") || contains(name, "passw");
}

struct RunInfo {
  std::string run_id;
  std::string parent;   // the id of the run that this one is a rerun of; empty: of none
  Duration started_at;  // wall time
  std::string program;  // name and version
  std::string profile = "default";
  WordList command_line;  // without the program
  std::string workspace_root;
  std::string folder;  // the working directory
  std::string host;
  Vector<std::string> environment;  // NAME=VALUE, those that a reader may want to know
  RunScope scope;
  std::string order;  // as --order takes it, where it was left to chance
};

}  // namespace nextest

// ---- core/model/run_stats.hpp ----

// Counts of a run, as its summary shows them.

namespace nextest {

// Why a run stops before its end; a later one outranks an earlier one.
enum class CancelReason : std::uint8_t {
  None,
  SetupScriptFailure,
  TestFailure,
  ReportError,
  GlobalTimeout,
  TestFailureImmediate,
  Signal,
  Interrupt,
  SecondSignal,
};

struct RunStats {
  std::uint32_t initial_run_count = 0;  // tests to be run
  std::uint32_t finished_count = 0;
  std::uint32_t passed = 0;  // includes passed_slow, flaky, leaky (but for leaks found late that fail)
  std::uint32_t passed_slow = 0;
  std::uint32_t flaky = 0;
  std::uint32_t leaky = 0;
  std::uint32_t skipped_by_test = 0;
  std::uint32_t failed = 0;  // includes leaky_failed; not exec_failed, not timed_out
  std::uint32_t leaky_failed = 0;
  std::uint32_t exec_failed = 0;
  std::uint32_t timed_out = 0;
  std::uint32_t skipped = 0;
  std::uint32_t setup_scripts = 0;         // finished
  std::uint32_t setup_scripts_failed = 0;  // whatever way
  CancelReason cancel_reason = CancelReason::None;

  std::uint32_t failed_count() const { return failed + exec_failed + timed_out; }
  std::uint32_t not_run() const { return initial_run_count - finished_count; }
  bool all_ran_and_passed() const { return failed_count() == 0 && not_run() == 0; }

  void on_finished(const TestResult& result) {
    ++finished_count;
    const Outcome& outcome = result.last().outcome;
    if (result.passed()) {
      ++passed;
      if (outcome.kind == OutcomeKind::Leak) ++leaky;
      if (result.last().slow) ++passed_slow;
      if (result.flaky()) ++flaky;
      if (outcome.skipped_by_test) ++skipped_by_test;
    } else if (outcome.kind == OutcomeKind::ExecFail) {
      ++exec_failed;
    } else if (outcome.kind == OutcomeKind::Timeout && !outcome.timeout_passes) {
      ++timed_out;
    } else {
      ++failed;
      if (outcome.kind == OutcomeKind::LeakFail) ++leaky_failed;
    }
  }

  // A leak found after its test was reported as passed, and not as leaky yet.
  void on_late_leak(bool fails) {
    if (fails) {
      --passed;
      ++failed;
      ++leaky_failed;
    } else {
      ++leaky;
    }
  }
};

}  // namespace nextest

// ---- core/model/event.hpp ----

// The event stream: the runner writes it, everything else reads it. Each event holds what happened, to which test and
// when; a reader needs nothing but the events to show a run. JUnit also asks the settings of a test.

namespace nextest {

// Which sub-run of a stress run an event belongs to. total is 0 where it is not known.
struct StressIndex {
  bool active = false;
  std::uint32_t current = 0;  // from 0
  std::uint32_t total = 0;
};

// Kept by a test across its attempts.
struct SlotAssignment {
  std::uint32_t global_slot = 0;
  std::int32_t group_slot = -1;  // -1: in no group
  std::string test_group = no_group;
};

struct RunStarted {
  const RunInfo* info = nullptr;
  const TestList* list = nullptr;
  const RerunState* rerun = nullptr;  // null: it is no rerun
  RunRequest request = {};
};

struct StressSubRunStarted {
  StressIndex index;
  StressCondition condition;
};
struct StressSubRunFinished {
  StressIndex index;
  Duration elapsed;
  RunStats stats;
};

struct SetupScriptStarted {
  StressIndex stress;
  std::uint32_t index = 0, total = 0;
  std::string script_id;
  Vector<std::string> command;
};
struct SetupScriptSlow {
  StressIndex stress;
  std::string script_id;
  Vector<std::string> command;
  Duration elapsed;
  bool will_terminate = false;
  bool stopped = false;
};
struct SetupScriptFinished {
  StressIndex stress;
  std::uint32_t index = 0, total = 0;
  std::string script_id;
  Vector<std::string> command;
  Vector<std::string> variables;  // NAME=VALUE, for the tests that it matches
  AttemptResult result;
};

struct TestStarted {
  StressIndex stress;
  TestIndex test = 0;
  Attempt attempt;
  SlotAssignment slot;
  ProcessNumber pid = 0;
  Vector<std::string> command;
};
struct TestSlow {
  StressIndex stress;
  TestIndex test = 0;
  Attempt attempt;
  Duration elapsed;
  bool will_terminate = false;
  bool stopped = false;  // its process does not run now, as far as that is known
};
// An attempt failed and another will follow.
struct TestAttemptFailed {
  StressIndex stress;
  TestIndex test = 0;
  AttemptResult result;
  Duration delay_before_next;
  OutputDisplay failure_output = OutputDisplay::Immediate;
};
// The start of a later attempt.
struct TestRetryStarted : TestStarted {};
struct TestFinished {
  StressIndex stress;
  TestIndex test = 0;
  TestResult result;
  OutputDisplay success_output = OutputDisplay::Never;
  OutputDisplay failure_output = OutputDisplay::Immediate;
};
struct TestSkipped {
  StressIndex stress;
  TestIndex test = 0;
  Mismatch reason = Mismatch::None;
};

// What an iteration begins with: an event for each test of `list` that is not run.
template <class Emit>
void each_skipped(const TestList& list, StressIndex stress, Emit&& emit) {
  for (TestIndex test = 0; test < list.tests.size(); ++test) {
    const Mismatch reason = list.tests[test].mismatch;
    if (reason != Mismatch::None) emit(TestSkipped{stress, test, reason});
  }
}

// A process of a test that had finished before was found, and ended. Of one that cleaned its environment no test is
// known.
struct TestLeakedLate {
  StressIndex stress;
  bool test_known = false;
  TestIndex test = 0;
  ProcessNumber pid = 0;
  std::string command;
  bool fails = false;
};

// Somebody asked what is going on: InfoStarted, an InfoResponse for each unit, InfoFinished.
struct InfoStarted {
  std::uint32_t total = 0;  // units
  std::uint32_t running = 0;
  RunStats stats;
};
struct InfoResponse {
  std::uint32_t index = 0, total = 0;  // from 0
  StressIndex stress;
  std::string script_id;  // empty: it is a test
  TestIndex test = 0;
  Attempt attempt;
  SlotAssignment slot;
  UnitStatus status;
};
struct InfoFinished {};
// Somebody pressed Enter: the progress as it is now, in a line that stays.
struct InputEnter {
  RunStats stats;
  std::uint32_t running = 0;
};

struct RunBeginCancel {
  CancelReason reason = CancelReason::None;
  std::uint32_t running = 0;
};
struct RunBeginKill : RunBeginCancel {};
struct RunPaused {
  std::uint32_t running = 0;
};
struct RunContinued : RunPaused {};

struct StressStats {
  StressIndex completed;
  std::uint32_t passed = 0;
  std::uint32_t failed = 0;
};
struct RunFinished {
  Duration elapsed;
  RunStats stats;  // of a stress run: of its last sub-run
  bool stressed = false;
  StressStats stress;
};

struct Event {
  Duration at;  // since the run started, on the run clock
  std::variant<RunStarted, StressSubRunStarted, StressSubRunFinished, SetupScriptStarted, SetupScriptSlow,
               SetupScriptFinished, TestStarted, TestSlow, TestAttemptFailed, TestRetryStarted, TestFinished,
               TestSkipped, TestLeakedLate, InfoStarted, InfoResponse, InfoFinished, InputEnter, RunBeginCancel,
               RunBeginKill, RunPaused, RunContinued, RunFinished>
      what;
};

// Whether this build emits events like `What`: a reader that has no code for the others is smaller.
template <class What>
inline constexpr bool is_emitted = built_in(Feature::Scripts) ||
                                   !(std::is_same_v<std::decay_t<What>, SetupScriptStarted> ||
                                     std::is_same_v<std::decay_t<What>, SetupScriptSlow> ||
                                     std::is_same_v<std::decay_t<What>, SetupScriptFinished>);

// A reader of the stream.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;

  // Comes when the runner is about to wait, at most fifty times a second: passes on what can be passed on without
  // waiting. False when nobody can read us any more (closed pipe, full disk); that ends the run.
  [[nodiscard]] virtual bool flush() { return true; }

  // The file descriptor whose reader is behind, so that flush would have more to do once it is writable; -1: none.
  virtual int waits_for() const { return -1; }

  // How long it may take until flush comes, though nothing happens; forever: as long as it likes.
  virtual Duration flush_within() const { return waits_for() >= 0 ? Duration() : forever; }
};

}  // namespace nextest

// ---- record/crc32.hpp ----

// CRC-32 of RFC 1952, section 8: what gzip and zip check their data with.

namespace nextest {

// Of `data`, after data whose CRC is `before`.
inline std::uint32_t crc32(std::string_view data, std::uint32_t before = 0) {
  // tables[k][b]: what byte b becomes when k more bytes follow it; four bytes are then looked up at once.
  static std::uint32_t tables[4][256];
  if (tables[0][1] == 0) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t value = byte;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
      tables[0][byte] = value;
    }
    for (std::size_t k = 1; k < 4; ++k) {
      for (std::size_t byte = 0; byte < 256; ++byte) {
        const std::uint32_t value = tables[k - 1][byte];
        tables[k][byte] = tables[0][value & 255] ^ (value >> 8);
      }
    }
  }
  const auto* at = reinterpret_cast<const unsigned char*>(data.data());
  const auto* const end = at + data.size();
  std::uint32_t crc = ~before;
  for (; end - at >= 4; at += 4) {
    crc = tables[3][(crc ^ at[0]) & 255] ^ tables[2][((crc >> 8) ^ at[1]) & 255] ^
          tables[1][((crc >> 16) ^ at[2]) & 255] ^ tables[0][((crc >> 24) ^ at[3]) & 255];
  }
  for (; at < end; ++at) crc = tables[0][(crc ^ *at) & 255] ^ (crc >> 8);
  return ~crc;
}

}  // namespace nextest

// ---- record/deflate_format.hpp ----

// What both directions of DEFLATE (RFC 1951) know.

namespace nextest {

// Section 3.2.5: a length or a distance is a base, by its code, and some extra bits.
inline constexpr std::uint16_t deflate_length_base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                        31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
inline constexpr std::uint8_t deflate_length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                        2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
inline constexpr std::uint16_t deflate_distance_base[] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
inline constexpr std::uint8_t deflate_distance_extra[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                                          6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

// Section 3.2.7: the order in which the lengths of the code for code lengths come.
inline constexpr std::uint8_t deflate_length_order[] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                        11, 4,  12, 3, 13, 2, 14, 1, 15};

inline constexpr std::size_t deflate_literals = 288;  // 0..255 bytes, 256 the end, 257..285 lengths; two are not used
inline constexpr std::size_t deflate_distances = 32;  // two are not used
inline constexpr std::size_t deflate_end = 256;
inline constexpr unsigned deflate_longest_code = 15;

// Section 3.2.6: the lengths of the fixed codes.
inline void set_fixed_lengths(std::uint8_t (&literals)[deflate_literals],
                              std::uint8_t (&distances)[deflate_distances]) {
  for (std::size_t i = 0; i < deflate_literals; ++i) literals[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  for (std::uint8_t& length : distances) length = 5;
}

// Section 3.2.2: from the lengths of a code to its bits, reversed as the stream wants them.
inline void assign_bits(std::size_t size, const std::uint8_t* lengths, std::uint16_t* bits) {
  std::uint16_t counts[deflate_longest_code + 2] = {};
  for (std::size_t i = 0; i < size; ++i) ++counts[lengths[i]];
  counts[0] = 0;
  std::uint32_t next[deflate_longest_code + 2] = {};
  for (unsigned length = 1; length <= deflate_longest_code; ++length) {
    next[length + 1] = (next[length] + counts[length]) << 1;
  }
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned length = lengths[i];
    if (length == 0) continue;
    const std::uint32_t code = next[length]++;
    std::uint32_t reversed = 0;
    for (unsigned bit = 0; bit < length; ++bit) reversed |= (code >> bit & 1) << (length - 1 - bit);
    bits[i] = static_cast<std::uint16_t>(reversed);
  }
}

}  // namespace nextest

// ---- record/huffman.hpp ----

// Huffman codes as DEFLATE has them (RFC 1951, section 3.2): of bounded length, and defined by their lengths alone.

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

// ---- record/deflate.hpp ----

// Compression to DEFLATE (RFC 1951): LZ77 with hash chains and lazy matching, each block in the smallest of its three
// forms.

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

// ---- record/inflate.hpp ----

// Decompression of DEFLATE (RFC 1951): any valid stream, and nothing else.

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

// ---- record/block_gzip.hpp ----

// Gzip files (RFC 1952) of independent members, each with its size in a BC subfield: the blocked-gzip convention of the
// SAM specification, section 4.1. Any gzip reads them; we find and check each block on its own.

namespace nextest {

// ID, CM 8, FLG FEXTRA, no MTIME, XFL, OS unknown, XLEN 6, "BC", SLEN 2; then BSIZE: the block's size less one.
inline constexpr std::string_view block_header("\x1F\x8B\x08\x04\0\0\0\0\0\xFF\x06\0BC\x02\0", 16);
inline constexpr std::size_t block_header_size = 18;
inline constexpr std::size_t block_trailer_size = 8;  // CRC32 and ISIZE
inline constexpr std::size_t largest_block = 65536;

class BlockWriter {
 public:
  // Even stored, that much fits into a block.
  static constexpr std::size_t largest_plain = 65280;

  struct Place {
    std::uint64_t block = 0;   // where its block begins in the file
    std::uint32_t offset = 0;  // in the plain data of the block
  };

  explicit BlockWriter(Deflate& deflate) : deflate_(deflate) {}

  std::string ready;  // to be written, in this order; its owner empties it

  // Where the next byte will be.
  Place place() const { return {size_, static_cast<std::uint32_t>(plain_.size())}; }

  void append(std::string_view text) {
    plain_size_ += text.size();
    while (!text.empty()) {
      const std::size_t room = largest_plain - plain_.size();
      plain_.append(text.substr(0, room));
      text.remove_prefix(text.size() < room ? text.size() : room);
      if (plain_.size() == largest_plain) close_block();
    }
  }

  bool pending() const { return !plain_.empty(); }
  void close_block() {
    if (pending()) write_block();
  }

  // Ends the file with an empty block: where it stands, nothing is missing.
  void finish() {
    close_block();
    write_block();
  }

  std::uint64_t size() const { return size_; }              // of the file so far
  std::uint64_t plain_size() const { return plain_size_; }  // of what is in it, and what is pending

 private:
  void write_block() {
    const std::size_t start = ready.size();
    ready.append(block_header).append(2, '\0');
    deflate_.compress(plain_, ready);
    append_little_endian(ready, crc32(plain_), 4);
    append_little_endian(ready, plain_.size(), 4);
    const std::size_t size = ready.size() - start;
    ready[start + 16] = static_cast<char>((size - 1) & 255);
    ready[start + 17] = static_cast<char>((size - 1) >> 8);
    size_ += size;
    plain_.clear();
  }

  Deflate& deflate_;
  std::string plain_;
  std::uint64_t size_ = 0;
  std::uint64_t plain_size_ = 0;
};

class BlockReader {
 public:
  explicit BlockReader(const Bytes& file) : file_(file) {}

  // Damaged: the block is not whole. Cut: the file ends in it.
  enum class Found : std::uint8_t { Block, Damaged, Cut, End };

  // The block at `at`: its data in place of `plain`, and where to go on: behind it, or after damage at the next place
  // that looks like a block. An empty block is one too.
  Found read(std::uint64_t at, std::string& plain, std::uint64_t& next) const {
    plain.clear();
    next = file_.size();
    if (at >= file_.size()) return Found::End;
    std::string block(block_header_size, '\0');
    const std::size_t got = file_.read(at, &block[0], block_header_size);
    const std::size_t compared = got < block_header.size() ? got : block_header.size();
    if (std::memcmp(block.data(), block_header.data(), compared) != 0) return damaged(at, next);
    if (got < block_header_size) return Found::Cut;
    const std::size_t size = number_as<std::size_t>(little_endian(std::string_view(block).substr(16, 2))) + 1;
    if (size > file_.size() - at) return looks_like_block_after(at, next) ? Found::Damaged : Found::Cut;
    if (size < block_header_size + block_trailer_size) return damaged(at, next);
    block.resize(size);
    if (file_.read(at, &block[0], size) != size) return Found::Cut;
    std::string_view data = std::string_view(block).substr(block_header_size);
    const std::string_view trailer = data.substr(data.size() - block_trailer_size);
    data.remove_suffix(block_trailer_size);
    std::size_t used = 0;
    const bool is_whole = inflate(data, largest_block, plain, used) == Inflated::Whole && used == data.size() &&
                          little_endian(trailer.substr(0, 4)) == crc32(plain) &&
                          little_endian(trailer.substr(4)) == plain.size();
    if (!is_whole) {
      plain.clear();
      return damaged(at, next);
    }
    next = at + size;
    return Found::Block;
  }

 private:
  Found damaged(std::uint64_t at, std::uint64_t& next) const {
    looks_like_block_after(at, next);
    return Found::Damaged;
  }

  // Finds the next header behind `at`; `next` is the file's end, and the answer false, when there is none.
  bool looks_like_block_after(std::uint64_t at, std::uint64_t& next) const {
    std::string piece(largest_block, '\0');
    for (std::uint64_t from = at + 1; from < file_.size();) {
      const std::size_t got = file_.read(from, &piece[0], piece.size());
      const std::size_t found = std::string_view(piece).substr(0, got).find(block_header);
      if (found != std::string_view::npos) {
        next = from + found;
        return true;
      }
      if (got < block_header.size()) break;
      from += got - block_header.size() + 1;
    }
    next = file_.size();
    return false;
  }

  const Bytes& file_;
};

}  // namespace nextest

// ---- core/base/base64.hpp ----

// Base64, RFC 4648 section 4: bytes as text.

namespace nextest {

inline constexpr std::string_view base64_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline std::string to_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = at; i < at + 3; ++i) {
      group = group << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += at + i <= bytes.size() ? base64_letters[group >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

// False when `text` is none.
[[nodiscard]] inline bool from_base64(std::string_view text, std::string& bytes) {
  bytes.clear();
  if (text.size() % 4 != 0) return false;
  for (; !text.empty(); text.remove_prefix(4)) {
    std::size_t letters = 4;
    while (text.size() == 4 && letters > 2 && text[letters - 1] == '=') --letters;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t value = i < letters ? base64_letters.find(text[i]) : 0;
      if (value == std::string_view::npos) return false;
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    for (std::size_t i = 1; i < letters; ++i) bytes += static_cast<char>(group >> (24 - 8 * i) & 255);
  }
  return true;
}

}  // namespace nextest

// ---- record/event_fields.hpp ----

// The members of each event's JSON object. A list of fields is both how an event is written and how it is read: what
// `Io` does with a field is its matter (event_json.hpp). What has its usual value is left out.

namespace nextest {

inline constexpr const char* outcome_names[] = {"pass",          "leak",           "fail",         "abort",
                                                "leak-fail",     "exec-fail",      "timeout",      "output-error",
                                                "wrong-tests",   "unfinished",     "bad-variable", "sanitizer-report",
                                                "reported-fail", "unexpected-pass"};
static_assert(std::size(outcome_names) == static_cast<std::size_t>(OutcomeKind::UnexpectedPass) + 1);
inline constexpr const char* cancel_names[] = {
    "none",           "setup-script-failure",   "test-failure", "report-error",
    "global-timeout", "test-failure-immediate", "signal",       "interrupt",
    "second-signal"};
inline constexpr const char* mismatch_names[] = {"none",           "ignored",   "name", "filterset",
                                                 "default-filter", "partition", "rerun"};
inline constexpr const char* display_names[] = {"never", "immediate", "final", "immediate-final"};
inline constexpr const char* stress_names[] = {"off", "count", "infinite", "time"};
inline constexpr const char* unit_state_names[] = {"running", "terminating", "killing", "draining", "done", "waiting"};
inline constexpr const char* cause_names[] = {"itself", "slow-timeout", "global-timeout", "cancelled"};

// In the order of Event::what.
inline constexpr const char* event_names[] = {
    "run-started", "stress-started", "stress-finished", "setup-started", "setup-slow", "setup-finished", "started",
    "slow",        "attempt-failed", "retry-started",   "finished",      "skipped",    "leaked-late",    "info-started",
    "info",        "info-finished",  "enter",           "cancel",        "kill",       "paused",         "continued",
    "run-finished"};
static_assert(std::size(event_names) == std::variant_size_v<decltype(Event::what)>);

template <class Io>
struct EventFields {
  Io& io;

  void of(StressIndex& stress) {
    // From 1, so that 0 can stand for none.
    std::uint32_t number = stress.active ? stress.current + 1 : 0;
    io.number("stress", number);
    io.number("stress_total", stress.total);
    stress.active = number > 0;
    stress.current = number > 0 ? number - 1 : 0;
  }

  void of(Attempt& attempt) {
    io.number("attempt", attempt.number, 1);
    io.number("attempts", attempt.total, 1);
  }

  void of(SlotAssignment& slot) {
    io.number("slot", slot.global_slot);
    io.number("group_slot", slot.group_slot, -1);
    io.text("group", slot.test_group, no_group);
  }

  void of(Outcome& outcome) {
    io.choice("outcome", outcome_names, outcome.kind);
    const bool is_signal = outcome.kind == OutcomeKind::Abort;
    const std::int32_t before = is_signal ? usual_signal(outcome.code) : outcome.code;
    std::int32_t code = before;
    io.number("code", code, 0);
    if (code != before) outcome.code = is_signal ? signal_of_usual(code) : code;  // it was read
    io.number("expected", outcome.expected, 1);
    io.flag("leaked", outcome.leaked);
    io.flag("core_dumped", outcome.core_dumped);
    io.flag("skipped_by_test", outcome.skipped_by_test);
    io.flag("failed_as_expected", outcome.failed_as_expected);
    io.flag("timeout_passes", outcome.timeout_passes);
    io.flag("killed", outcome.killed);
    io.flag("global_timeout", outcome.global_timeout);
  }

  void of(AttemptResult& result) {
    io.began(result.started);
    io.time("took", result.duration);
    io.output(result.output);
    of(result.outcome);
    io.text("tmpdir", result.tmpdir);
    io.texts("properties", result.properties);
    io.flag("slow", result.slow);
    of(result.attempt);
  }

  void of(StressCondition& condition) {
    io.choice("stress_kind", stress_names, condition.kind, StressCondition::Off);
    io.number("stress_count", condition.count);
    io.time("stress_time", condition.duration);
  }

  void of(RunStats& stats) {
    io.number("tests", stats.initial_run_count);
    io.number("finished", stats.finished_count);
    io.number("passed", stats.passed);
    io.number("passed_slow", stats.passed_slow);
    io.number("flaky", stats.flaky);
    io.number("leaky", stats.leaky);
    io.number("skipped_by_test", stats.skipped_by_test);
    io.number("failed", stats.failed);
    io.number("leaky_failed", stats.leaky_failed);
    io.number("exec_failed", stats.exec_failed);
    io.number("timed_out", stats.timed_out);
    io.number("skipped", stats.skipped);
    io.number("setup_scripts", stats.setup_scripts);
    io.number("setup_scripts_failed", stats.setup_scripts_failed);
    io.choice("cancelled", cancel_names, stats.cancel_reason, CancelReason::None);
  }

  void of(RunInfo& info) {
    io.text("run", info.run_id);
    io.text("parent", info.parent);
    io.time("started_at", info.started_at);
    io.text("program", info.program);
    io.text("profile", info.profile);
    io.text("workspace_root", info.workspace_root);
    io.text("folder", info.folder);
    io.text("host", info.host);
    io.texts("environment", info.environment);
    io.text("scope_harness", info.scope.harness);
    io.text("scope_binaries_metadata", info.scope.binaries_metadata);
    io.flag("scope_configuration", info.scope.from_configuration);
    io.text("order", info.order);
  }

  // A reader reads the RunInfo itself.
  void of(RunStarted& started) {
    if (started.info != nullptr) of(const_cast<RunInfo&>(*started.info));
    io.flag("capture", started.request.capture, true);
    of(started.request.stress);
  }

  void of(StressSubRunStarted& started) {
    of(started.index);
    of(started.condition);
  }
  void of(StressSubRunFinished& finished) {
    of(finished.index);
    io.time("took", finished.elapsed);
    of(finished.stats);
  }

  void of(SetupScriptStarted& started) {
    of(started.stress);
    io.number("index", started.index);
    io.number("total", started.total);
    io.text("script", started.script_id);
    io.texts("command", started.command);
  }
  void of(SetupScriptSlow& slow) {
    of(slow.stress);
    io.text("script", slow.script_id);
    io.texts("command", slow.command);
    io.time("after", slow.elapsed);
    io.flag("will_terminate", slow.will_terminate);
    io.flag("stopped", slow.stopped);
  }
  void of(SetupScriptFinished& finished) {
    of(finished.stress);
    io.number("index", finished.index);
    io.number("total", finished.total);
    io.text("script", finished.script_id);
    io.texts("command", finished.command);
    io.texts("variables", finished.variables);
    of(finished.result);
  }

  void of(TestStarted& started) {
    io.test(started.test);
    io.number("pid", started.pid);
    of(started.slot);
    of(started.attempt);
    of(started.stress);
    io.command(started.test, started.command);
  }
  void of(TestSlow& slow) {
    io.test(slow.test);
    of(slow.stress);
    of(slow.attempt);
    io.time("after", slow.elapsed);
    io.flag("will_terminate", slow.will_terminate);
    io.flag("stopped", slow.stopped);
  }
  void of(TestAttemptFailed& failed) {
    io.test(failed.test);
    of(failed.stress);
    of(failed.result);
    io.time("delay", failed.delay_before_next);
    io.choice("failure_output", display_names, failed.failure_output, OutputDisplay::Immediate);
  }
  void of(TestFinished& finished) {
    io.test(finished.test);
    of(finished.stress);
    io.attempts(finished.result.attempts);
    io.flag("flaky_fails", finished.result.flaky_fails);
    io.choice("success_output", display_names, finished.success_output, OutputDisplay::Never);
    io.choice("failure_output", display_names, finished.failure_output, OutputDisplay::Immediate);
  }
  void of(TestSkipped& skipped) {
    io.test(skipped.test);
    of(skipped.stress);
    io.choice("why", mismatch_names, skipped.reason);
  }
  void of(TestLeakedLate& leaked) {
    io.flag("test_known", leaked.test_known);
    io.test(leaked.test);
    of(leaked.stress);
    io.number("pid", leaked.pid);
    io.text("command", leaked.command);
    io.flag("fails", leaked.fails);
  }

  void of(InfoStarted& started) {
    io.number("total", started.total);
    io.number("running", started.running);
    of(started.stats);
  }
  void of(InfoResponse& info) {
    io.number("index", info.index);
    io.number("total", info.total);
    of(info.stress);
    io.text("script", info.script_id);
    io.test(info.test);
    of(info.attempt);
    of(info.slot);
    UnitStatus& status = info.status;
    io.choice("state", unit_state_names, status.state);
    io.choice("cause", cause_names, status.cause);
    io.number("pid", status.pid);
    io.time("elapsed", status.elapsed);
    io.time("in_state", status.in_state);
    io.time("remaining", status.remaining);
    io.flag("slow", status.slow);
    io.flag("stopped", status.stopped);
    io.output(status.output);
  }
  void of(InfoFinished&) {}
  void of(InputEnter& enter) {
    of(enter.stats);
    io.number("running", enter.running);
  }

  void of(RunBeginCancel& cancel) {
    io.choice("why", cancel_names, cancel.reason);
    io.number("running", cancel.running);
  }
  void of(RunPaused& paused) { io.number("running", paused.running); }

  void of(RunFinished& finished) {
    io.time("took", finished.elapsed);
    of(finished.stats);
    io.flag("stressed", finished.stressed);
    io.number("iterations", finished.stress.completed.current);
    io.number("iterations_total", finished.stress.completed.total);
    io.flag("iterations_active", finished.stress.completed.active);
    io.number("iterations_passed", finished.stress.passed);
    io.number("iterations_failed", finished.stress.failed);
  }
};

template <class Io, class Fields>
void fields_of(Io& io, Fields& fields) {
  EventFields<Io>{io}.of(fields);
}

}  // namespace nextest

// ---- record/event_json.hpp ----

// Events as JSON objects, and back: the lines of a record, and of --message-format jsonl. docs/record-format.md.

namespace nextest {

// Any bytes: what no JSON string can hold is written as {"base64":"..."}.
inline void write_any_text(JsonWriter& json, std::string_view text) {
  if (is_utf8(text)) return json.string(text);
  json.begin_object();
  json.key("base64").string(to_base64(text));
  json.end_object();
}

// False when `value` is no text.
[[nodiscard]] inline bool read_any_text(const JsonValue& value, std::string& text) {
  if (value.kind == JsonKind::String) {
    text = value.text;
    return true;
  }
  const std::string* const base64 = value.find_text("base64");
  return base64 != nullptr && from_base64(*base64, text);
}

// Writes an output, or where it is kept.
using OutputWriter = FunctionRef<void(JsonWriter&, std::string_view)>;
// The other way round; false when that is no output.
using OutputReader = FunctionRef<bool(const JsonValue&, std::string&)>;

// For outputs that stand in their events.
inline constexpr auto inline_output = [](JsonWriter& json, std::string_view text) { write_any_text(json, text); };

// For objects without outputs.
inline constexpr auto no_output_written = [](JsonWriter&, std::string_view) {};
inline constexpr auto no_output_read = [](const JsonValue&, std::string&) { return false; };

// The `Io` that writes fields (event_fields.hpp) as members of an object that has begun. It changes nothing.
class FieldWriter {
 public:
  // With a list, commands are written without the names of tests.
  // `began`: when the attempt of the event began, as far as a reader knows.
  FieldWriter(JsonWriter& json, OutputWriter write_output, const TestList* list = nullptr, Duration began = Duration())
      : json_(json), write_output_(write_output), list_(list), began_(began) {}

  template <class Number>
  void number(const char* key, Number value, std::int64_t usual = 0) {
    if (static_cast<std::int64_t>(value) != usual) json_.key(key).number(static_cast<std::int64_t>(value));
  }
  void flag(const char* key, bool value, bool usual = false) {
    if (value != usual) json_.key(key).boolean(value);
  }
  void text(const char* key, std::string_view value, std::string_view usual = {}) {
    if (value != usual) write_any_text(json_.key(key), value);
  }
  void shared_text(const char* key, SharedText value, std::string_view usual = {}) { text(key, value.str(), usual); }
  void texts(const char* key, const Vector<std::string>& values) {
    if (values.empty()) return;
    json_.key(key).begin_array();
    for (const std::string& value : values) write_any_text(json_, value);
    json_.end_array();
  }
  void words(const char* key, const WordList& list) { texts(key, list.words()); }
  // Seconds; what is below a microsecond is left out.
  void time(const char* key, Duration value, Duration usual = Duration()) {
    if (value.ns / 1000 != usual.ns / 1000) json_.key(key).fixed(value.ns / 1000, 6);
  }
  void began(Duration value) { time("began", value, began_); }
  template <class Choice, std::size_t N>
  void choice(const char* key, const char* const (&names)[N], Choice value) {
    json_.key(key).string(names[static_cast<std::size_t>(value)]);
  }
  template <class Choice, std::size_t N>
  void choice(const char* key, const char* const (&names)[N], Choice value, Choice usual) {
    if (value != usual) choice(key, names, value);
  }
  void test(TestIndex test) { json_.key("test").number(test); }
  void harness(const Harness* harness) { text("harness", harness->name_in_records()); }

  // A word with the name of the test in it is an array of what stands before and behind it.
  void command(TestIndex test, const Vector<std::string>& words) {
    if (list_ == nullptr) return texts("command", words);
    const std::string_view name = list_->tests[test].name;
    json_.key("command").begin_array();
    for (const std::string& word : words) {
      const std::size_t at = name.empty() ? std::string::npos : word.find(name);
      if (at == std::string::npos) {
        write_any_text(json_, word);
        continue;
      }
      json_.begin_array();
      write_any_text(json_, std::string_view(word).substr(0, at));
      write_any_text(json_, std::string_view(word).substr(at + name.size()));
      json_.end_array();
    }
    json_.end_array();
  }

  void output(const std::shared_ptr<const CapturedOutput>& output) {
    if (output == nullptr) return;
    write_output_(json_.key("stdout"), output->out);
    if (!output->err.empty()) write_output_(json_.key("stderr"), output->err);
    flag("combined", output->combined);
  }

  // The attempt that decided, and in "before" the others.
  void attempts(Vector<AttemptResult>& attempts) {
    if (attempts.empty()) return;
    fields_of(*this, attempts.back());
    if (attempts.size() == 1) return;
    json_.key("before").begin_array();
    for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
      json_.begin_object();
      fields_of(*this, attempts[i]);
      json_.end_object();
    }
    json_.end_array();
  }

 private:
  JsonWriter& json_;
  OutputWriter write_output_;
  const TestList* list_;
  Duration began_;
};

// The `Io` that reads them. Members that it does not know are of a later version, and passed over.
class FieldReader {
 public:
  // Without a list no event of a test is sound.
  FieldReader(const JsonValue& object, const TestList* list, OutputReader read_output, Duration began = Duration())
      : object_(object), list_(list), read_output_(read_output), began_(began) {}

  bool ok() const { return ok_; }

  template <class Number>
  void number(const char* key, Number& value, std::int64_t usual = 0) {
    const std::int64_t read = integer(key, usual);
    value = static_cast<Number>(read);
    ok_ = ok_ && static_cast<std::int64_t>(value) == read && (std::is_signed_v<Number> || read >= 0);
  }
  void flag(const char* key, bool& value, bool usual = false) {
    const JsonValue* const member = object_.find(key);
    ok_ = ok_ && (member == nullptr || member->kind == JsonKind::Boolean);
    value = member == nullptr ? usual : member->boolean;
  }
  void text(const char* key, std::string& value, std::string_view usual = {}) {
    value = usual;
    if (const JsonValue* const member = object_.find(key)) ok_ = ok_ && read_any_text(*member, value);
  }
  void shared_text(const char* key, SharedText& value, std::string_view usual = {}) {
    std::string text_of_it;
    text(key, text_of_it, usual);
    value = text_of_it;
  }
  void texts(const char* key, Vector<std::string>& values) {
    values.clear();
    const JsonValue* const member = object_.find(key);
    if (member == nullptr) return;
    ok_ = ok_ && member->kind == JsonKind::Array;
    for (const JsonValue& item : member->items) ok_ = ok_ && read_any_text(item, values.emplace_back());
  }
  void words(const char* key, WordList& list) {
    Vector<std::string> words;
    texts(key, words);
    for (const std::string& word : words) list.add(word);
  }
  void time(const char* key, Duration& value, Duration usual = Duration()) {
    value = usual;
    if (const JsonValue* const member = object_.find(key)) ok_ = ok_ && read_seconds(*member, value);
  }
  void began(Duration& value) { time("began", value, began_); }
  template <class Choice, std::size_t N>
  void choice(const char* key, const char* const (&names)[N], Choice& value, Choice usual = Choice()) {
    value = static_cast<Choice>(position(key, names, N, static_cast<std::size_t>(usual)));
  }
  void test(TestIndex& test) {
    number("test", test);
    ok_ = ok_ && list_ != nullptr && test < list_->tests.size();
  }
  void harness(const Harness*& harness) {
    std::string name;
    text("harness", name, plain_harness.name);
    harness = find_recorded_harness(name);
    ok_ = ok_ && harness != nullptr;
  }

  void command(TestIndex test, Vector<std::string>& words) {
    words.clear();
    const JsonValue* const member = object_.find("command");
    if (member == nullptr || !ok_) return;
    ok_ = member->kind == JsonKind::Array;
    for (const JsonValue& item : member->items) {
      std::string& word = words.emplace_back();
      if (item.kind != JsonKind::Array) {
        ok_ = ok_ && read_any_text(item, word);
        continue;
      }
      std::string behind;
      ok_ = ok_ && item.items.size() == 2 && read_any_text(item.items[0], word) && read_any_text(item.items[1], behind);
      word.append(list_->tests[test].name).append(behind);
    }
  }

  void output(std::shared_ptr<const CapturedOutput>& output) {
    const JsonValue* const out = object_.find("stdout");
    const JsonValue* const err = object_.find("stderr");
    if (out == nullptr) return;
    auto read = std::make_shared<CapturedOutput>();
    ok_ = ok_ && read_output_(*out, read->out) && (err == nullptr || read_output_(*err, read->err));
    flag("combined", read->combined);
    output = std::move(read);
  }

  void attempts(Vector<AttemptResult>& attempts) {
    if (const JsonValue* const before = object_.find("before")) {
      ok_ = ok_ && before->kind == JsonKind::Array;
      for (const JsonValue& item : before->items) {
        FieldReader reader(item, list_, read_output_, began_);
        fields_of(reader, attempts.emplace_back());
        ok_ = ok_ && reader.ok() && item.kind == JsonKind::Object;
      }
    }
    fields_of(*this, attempts.emplace_back());
  }

  // A decimal number without exponent, exactly, down to a nanosecond; as long as a Duration can be.
  static bool read_seconds(const JsonValue& value, Duration& time) {
    if (value.kind != JsonKind::Number) return false;
    std::string_view digits = value.text;
    const bool is_negative = starts_with(digits, "-");
    if (is_negative) digits.remove_prefix(1);
    const std::size_t point = digits.find('.');
    std::string fraction(point == std::string_view::npos ? "" : digits.substr(point + 1));
    if (fraction.find_first_not_of("0123456789") != std::string::npos) return false;
    fraction.resize(9, '0');
    std::uint64_t seconds = 0, nanoseconds = 0;
    if (!parse_number(digits.substr(0, point), seconds, INT64_MAX / 1000000000)) return false;
    if (!parse_number(fraction, nanoseconds) || nanoseconds > INT64_MAX - seconds * 1000000000) return false;
    time.ns = static_cast<std::int64_t>(seconds * 1000000000 + nanoseconds) * (is_negative ? -1 : 1);
    return true;
  }

 private:
  std::int64_t integer(const char* key, std::int64_t usual) {
    const JsonValue* const member = object_.find(key);
    if (member == nullptr) return usual;
    const std::optional<std::int64_t> value = member->as_int64();
    ok_ = ok_ && value.has_value();
    return value.value_or(usual);
  }

  std::size_t position(const char* key, const char* const* names, std::size_t count, std::size_t usual) {
    const JsonValue* const member = object_.find(key);
    if (member == nullptr) return usual;
    for (std::size_t i = 0; i < count; ++i) {
      if (member->kind == JsonKind::String && member->text == names[i]) return i;
    }
    ok_ = false;
    return usual;
  }

  const JsonValue& object_;
  const TestList* const list_;
  OutputReader read_output_;
  const Duration began_;
  bool ok_ = true;
};

// Of what we write. A reader refuses another major version; a later minor one adds what may be passed over.
inline constexpr const char* record_format = "1.0";

// Appends the event as a line, with its newline. That of the start has how much of a list follows. With the list here,
// commands are shorter (FieldWriter::command).
inline void append_event_line(std::string& out, const Event& event, OutputWriter write_output,
                              const TestList* list = nullptr, Duration began = Duration()) {
  JsonWriter json(out);
  json.begin_object();
  const auto* const started = std::get_if<RunStarted>(&event.what);
  if (started != nullptr && started->list != nullptr) {
    json.key("format").string(record_format);
    json.key("binaries").number(started->list->binaries.size());
    json.key("tests").number(started->list->tests.size());
  }
  json.key("event").string(event_names[event.what.index()]);
  FieldWriter writer(json, write_output, list, began);
  writer.time("at", event.at);
  // What a FieldWriter is given stays as it is; only a FieldReader needs more than a const event.
  std::visit([&](auto& what) { fields_of(writer, what); }, const_cast<Event&>(event).what);
  json.end_object();
  out += '\n';
}

// What a replay makes of the list is not kept in a record, nor are answers to a person.
inline bool is_recorded(const Event& event) {
  return !std::holds_alternative<TestSkipped>(event.what) && !std::holds_alternative<InfoStarted>(event.what) &&
         !std::holds_alternative<InfoResponse>(event.what) && !std::holds_alternative<InfoFinished>(event.what) &&
         !std::holds_alternative<InputEnter>(event.what);
}

// Reads an event of that kind; false when there is no such kind.
template <std::size_t... I>
bool read_alternative(std::size_t index, FieldReader& reader, Event& event, std::index_sequence<I...>) {
  return ((index == I && (fields_of(reader, event.what.emplace<I>()), true)) || ...);
}

// The event of an object that has one. False when it is none, or not sound.
[[nodiscard]] inline bool read_event(const JsonValue& object, const TestList* list, OutputReader read_output,
                                     Event& event, Duration began = Duration()) {
  const std::string* const name = object.find_text("event");
  if (name == nullptr) return false;
  FieldReader reader(object, list, read_output, began);
  reader.time("at", event.at);
  std::size_t index = 0;
  while (index < std::size(event_names) && *name != event_names[index]) ++index;
  return read_alternative(index, reader, event, std::make_index_sequence<std::size(event_names)>()) && reader.ok();
}

}  // namespace nextest

// ---- record/list_json.hpp ----

// The test list, and what a chain of reruns knows, as lines of JSON: they follow the first line of a record.

namespace nextest {

inline constexpr const char* known_names[] = {"unknown", "passing", "outstanding"};

// Names a line: a line is lost as a whole, and a reader holds it in memory.
inline constexpr std::uint32_t names_in_a_line = 64;

// The members of a binary's line, beside its number.
template <class Io>
void fields_of(Io& io, TestBinary& binary) {
  io.text("id", binary.id);
  io.text("path", binary.path);
  io.harness(binary.harness);
  io.text("name", binary.name, file_name(binary.path));
  io.shared_text("package", binary.package, file_name(parent_folder(binary.path)));
  io.shared_text("kind", binary.kind, "test");
  io.shared_text("folder", binary.folder);
  io.choice("skipped", mismatch_names, binary.mismatch, Mismatch::None);
  io.shared_text("skip_reason", binary.skip_reason);
}

// Writes an object for each line, and emits it with its newline.
class ListLines {
 public:
  explicit ListLines(FunctionRef<void(std::string_view)> emit) : emit_(emit) {}

  void write(const TestList& list) {
    TestIndex next = 0;
    for (std::uint32_t i = 0; i < list.binaries.size(); ++i) {
      const TestIndex first = next;
      while (next < list.tests.size() && list.tests[next].binary == i) ++next;
      line("binary", [&](JsonWriter& json, FieldWriter& fields) {
        fields.number("binary", i);
        fields_of(fields, const_cast<TestBinary&>(list.binaries[i]));  // writing changes nothing
        if (next != first + 1) return;
        const TestCase& only = list.tests[first];
        write_any_text(json.key("test"), only.name);
        fields.number("from", first);
        fields.choice("test_skipped", mismatch_names, only.mismatch, Mismatch::None);
        fields.flag("test_ignored", only.ignored);
      });
      if (next > first + 1) write_tests(list, first, next);
    }
  }

  // Words of one kind, as many lines as it takes.
  void write(const char* kind, const WordList& words) {
    for (std::string_view rest = words.all(), word; !rest.empty();) {
      line(kind, [&](JsonWriter& json, FieldWriter&) {
        json.key("words").begin_array();
        for (std::uint32_t i = 0; i < names_in_a_line && WordList::next(rest, word); ++i) write_any_text(json, word);
        json.end_array();
      });
    }
  }

  void write(const RerunState& state) {
    for (std::size_t next = 0; next < state.tests.size();) {
      const KnownTest& first = state.tests[next];
      line("known", [&](JsonWriter& json, FieldWriter& fields) {
        fields.text("binary", first.binary_id);
        fields.choice("known", known_names, first.known);
        json.key("names").begin_array();
        for (std::uint32_t i = 0; i < names_in_a_line && next < state.tests.size(); ++i, ++next) {
          const KnownTest& test = state.tests[next];
          if (test.known != first.known || test.binary_id != first.binary_id) break;
          write_any_text(json, test.name);
        }
        json.end_array();
      });
    }
  }

 private:
  void write_tests(const TestList& list, TestIndex next, TestIndex end) {
    while (next < end) {
      const TestCase& first = list.tests[next];
      line("tests", [&](JsonWriter& json, FieldWriter& fields) {
        fields.number("from", next);
        fields.number("binary", first.binary);
        fields.choice("skipped", mismatch_names, first.mismatch, Mismatch::None);
        fields.flag("ignored", first.ignored);
        json.key("names").begin_array();
        for (std::uint32_t i = 0; i < names_in_a_line && next < end; ++i, ++next) {
          const TestCase& test = list.tests[next];
          if (test.mismatch != first.mismatch || test.ignored != first.ignored) break;
          write_any_text(json, test.name);
        }
        json.end_array();
      });
    }
  }

  void line(const char* event, FunctionRef<void(JsonWriter&, FieldWriter&)> write_members) {
    line_.clear();
    JsonWriter json(line_);
    FieldWriter fields(json, no_output_written);
    json.begin_object();
    json.key("event").string(event);
    write_members(json, fields);
    json.end_object();
    line_ += '\n';
    emit_(line_);
  }

  FunctionRef<void(std::string_view)> emit_;
  std::string line_;
};

// All lines that follow a start and belong to it.
inline void write_list_lines(const RunStarted& started, FunctionRef<void(std::string_view)> emit) {
  ListLines lines(emit);
  lines.write("command-line", started.info->command_line);
  lines.write("scope", started.info->scope.paths);
  lines.write(*started.list);
  if (started.rerun != nullptr) lines.write(*started.rerun);
}

// The last line: how the program ended.
inline void append_exit_line(std::string& out, ExitCode code) {
  append_format(out, "{\"event\":\"exit\",\"exit_code\":%d}\n", static_cast<int>(code));
}

// Puts a list together again from its lines. Where lines are missing, tests and binaries of no name stand in their
// place, so that the others keep their numbers.
class ListReader {
 public:
  TestList list;
  RerunState rerun;
  WordList command_line;
  WordList scope_paths;

  enum class Line : std::uint8_t { Other, Taken, Damaged };

  // `may_miss`: how many names may be missing before this line.
  Line read(const JsonValue& object, std::uint32_t may_miss) {
    const std::string* const event = object.find_text("event");
    if (event == nullptr) return Line::Damaged;
    FieldReader fields(object, nullptr, no_output_read);
    if (*event == "binary") return read_binary(fields, object.find("test") != nullptr, may_miss);
    if (*event == "tests") return read_tests(fields, may_miss);
    if (*event == "known") return read_known(fields);
    if (*event == "command-line") return read_words(fields, command_line);
    if (*event == "scope") return read_words(fields, scope_paths);
    return Line::Other;
  }

  // Once all lines are read: `binaries` and `tests` are how many the first line announced.
  void finish(std::uint32_t binaries, std::uint32_t tests, std::uint32_t may_miss) {
    for (; list.binaries.size() < binaries && may_miss > 0; --may_miss) add_lost_binary();
    for (; list.tests.size() < tests && may_miss > 0; --may_miss) add_lost_test();
    rerun.finalize();
  }

 private:
  Line read_binary(FieldReader& fields, bool has_test, std::uint32_t may_miss) {
    TestBinary binary;
    TestCase test;
    std::uint32_t index = 0, from = 0;
    fields.number("binary", index);
    fields_of(fields, binary);
    fields.text("test", test.name);
    fields.number("from", from);
    fields.choice("test_skipped", mismatch_names, test.mismatch);
    fields.flag("test_ignored", test.ignored);
    if (!fields.ok() || index < list.binaries.size() || index - list.binaries.size() > may_miss) return Line::Damaged;
    if (has_test && !goes_on_at(from, may_miss)) return Line::Damaged;
    while (list.binaries.size() < index) add_lost_binary();
    list.binaries.push_back(std::move(binary));
    test.binary = index;
    if (has_test) add_test(std::move(test));
    return Line::Taken;
  }

  Line read_tests(FieldReader& fields, std::uint32_t may_miss) {
    TestCase like;
    std::uint32_t from = 0;
    Vector<std::string> names;
    fields.number("from", from);
    fields.number("binary", like.binary);
    fields.choice("skipped", mismatch_names, like.mismatch);
    fields.flag("ignored", like.ignored);
    fields.texts("names", names);
    if (!fields.ok()) return Line::Damaged;
    if (like.binary >= list.binaries.size() && like.binary - list.binaries.size() > may_miss) return Line::Damaged;
    while (list.binaries.size() <= like.binary) add_lost_binary();
    if (!goes_on_at(from, may_miss)) return Line::Damaged;
    for (std::string& name : names) {
      TestCase test = like;
      test.name = std::move(name);
      add_test(std::move(test));
    }
    return Line::Taken;
  }

  Line read_known(FieldReader& fields) {
    KnownTest like;
    Vector<std::string> names;
    fields.text("binary", like.binary_id);
    fields.choice("known", known_names, like.known);
    fields.texts("names", names);
    if (!fields.ok()) return Line::Damaged;
    for (std::string& name : names) rerun.tests.push_back({like.binary_id, std::move(name), like.known});
    return Line::Taken;
  }

  static Line read_words(FieldReader& fields, WordList& words) {
    fields.words("words", words);
    return fields.ok() ? Line::Taken : Line::Damaged;
  }

  // Whether the list may go on with that test; what is missing before it gets its place.
  bool goes_on_at(TestIndex from, std::uint32_t may_miss) {
    if (from < list.tests.size() || from - list.tests.size() > may_miss) return false;
    while (list.tests.size() < from) add_lost_test();
    return true;
  }

  void add_test(TestCase test) {
    test.own_name_size = static_cast<std::uint32_t>(test.name.size());
    list.tests.push_back(std::move(test));
  }
  void add_lost_binary() {
    list.binaries.emplace_back().id = "(lost binary " + std::to_string(list.binaries.size()) + ")";
  }
  void add_lost_test() {
    if (list.binaries.empty()) add_lost_binary();
    TestCase& test = list.tests.emplace_back();
    test.name = "(lost test " + std::to_string(list.tests.size() - 1) + ")";
    test.binary = static_cast<std::uint32_t>(list.binaries.size() - 1);
  }
};

}  // namespace nextest

// ---- record/recorder.hpp ----

// The reader of the event stream that keeps it: events as lines in one file, outputs in another.

namespace nextest {

// Which outputs are stored already, and where. Knows them by 96 bits of hash, and as many as take three megabytes.
class KnownOutputs {
 public:
  // True where there is an identical output: then `place` is made the place of that. Else `place` is remembered.
  bool find_or_add(std::string_view output, BlockWriter::Place& place) {
    if (count_ * 4 >= slots_.size() * 3 && count_ < limit) grow();
    const Slot wanted{Xxh64::hash(output), place.block, static_cast<std::uint32_t>(Xxh64::hash(output, 1)),
                      place.offset + 1};
    Slot& slot = slot_for(wanted);
    if (slot.after_offset != 0) {
      place = {slot.block, slot.after_offset - 1};
      return true;
    }
    if (count_ < limit) {
      slot = wanted;
      ++count_;
    }
    return false;
  }

 private:
  static constexpr std::size_t limit = 98304;  // three quarters of the slots that there are then

  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t block = 0;
    std::uint32_t more_hash = 0;
    std::uint32_t after_offset = 0;  // 0: nobody's
  };

  Slot& slot_for(const Slot& wanted) {
    std::size_t at = number_as<std::size_t>(wanted.hash) & (slots_.size() - 1);
    while (slots_[at].after_offset != 0 &&
           (slots_[at].hash != wanted.hash || slots_[at].more_hash != wanted.more_hash)) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return slots_[at];
  }

  void grow() {
    Vector<Slot> before(slots_.empty() ? 64 : slots_.size() * 2);
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.after_offset != 0) slot_for(slot) = slot;
    }
  }

  Vector<Slot> slots_;
  std::size_t count_ = 0;
};

// When the running attempt of each test began: what its start has, its end need not repeat.
class AttemptStarts {
 public:
  void note(const Event& event) {
    const TestStarted* started = std::get_if<TestStarted>(&event.what);
    if (started == nullptr) started = std::get_if<TestRetryStarted>(&event.what);
    if (started == nullptr) return;
    if (started->test >= starts_.size()) starts_.resize(started->test + 1);
    starts_[started->test] = event.at;
  }

  // Of the attempt that this event ends; 0 when it ends none, or one whose start is not known.
  Duration of(const Event& event) const {
    if (const auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) return of(failed->test);
    const auto* const finished = std::get_if<TestFinished>(&event.what);
    return finished != nullptr ? of(finished->test) : Duration();
  }
  Duration of(TestIndex test) const { return test < starts_.size() ? starts_[test] : Duration(); }

 private:
  Vector<Duration> starts_;
};

class Recorder final : public EventSink {
 public:
  // Takes two empty files. Outputs above `max_output` bytes lose their middle.
  Recorder(Fd log, Fd outputs, std::size_t max_output)
      : log_{std::move(log), BlockWriter(deflate_)},
        outputs_{std::move(outputs), BlockWriter(deflate_)},
        max_output_(max_output) {}

  void on_event(const Event& event) override {
    if (const auto* const script = std::get_if<SetupScriptFinished>(&event.what)) return on_script(event.at, *script);
    keep(event);
    if (std::holds_alternative<RunPaused>(event.what)) close_blocks();  // who knows for how long
  }

  // Blocks that are old enough are closed: what is in one when the program is killed is lost. A file takes all at once.
  bool flush() override {
    if (log_.writer.pending() && flush_within().ns == 0) close_blocks();
    return true;
  }
  Duration flush_within() const override {
    if (!log_.writer.pending() || error_ != 0) return forever;
    const Duration due = pending_since_ + oldest_block - read_clock(CLOCK_MONOTONIC);
    return due.ns < 0 ? Duration() : due;
  }

  // After the last event: how the program is about to end.
  void finish(ExitCode code) {
    line_.clear();
    append_exit_line(line_, code);
    log_.writer.append(line_);
    outputs_.writer.finish();
    log_.writer.finish();
    write(outputs_);
    write(log_);
  }

  // The first thing that went wrong, as errno; from then on nothing is kept.
  int error() const { return error_; }

  const BlockWriter& log() const { return log_.writer; }
  const BlockWriter& outputs() const { return outputs_.writer; }

 private:
  static constexpr Duration oldest_block = Duration::milliseconds(250);

  struct File {
    Fd fd;
    BlockWriter writer;
  };

  void keep(const Event& event) {
    if (!is_recorded(event) || error_ != 0) return;
    if (!log_.writer.pending()) pending_since_ = read_clock(CLOCK_MONOTONIC);
    const auto* const started = std::get_if<RunStarted>(&event.what);
    if (started != nullptr) list_ = started->list;
    starts_.note(event);
    line_.clear();
    const auto write = [this](JsonWriter& to, std::string_view output) { write_output(to, output); };
    append_event_line(line_, event, write, list_, starts_.of(event));
    log_.writer.append(line_);
    if (started != nullptr) {
      line_ = std::string();  // the whole command line was in it
      // A block of its own for what is known of the run, others for the list: damage to one spares the others.
      close_blocks();
      write_list_lines(*started, [this](std::string_view line) { log_.writer.append(line); });
      close_blocks();
    }
    pass_on();
  }

  // Without the variables that nobody else should know.
  void on_script(Duration at, SetupScriptFinished script) {
    Vector<std::string> shown;
    for (std::string& variable : script.variables) {
      const std::string_view name = std::string_view(variable).substr(0, variable.find('='));
      if (!is_secret_name(name)) shown.push_back(std::move(variable));
    }
    script.variables = std::move(shown);
    keep({at, std::move(script)});
  }

  // [offset of its block in the file, offset in that block, size]; what is empty is written as it is.
  void write_output(JsonWriter& json, std::string_view output) {
    std::string shortened;
    if (output.size() > max_output_) {
      const std::size_t half = max_output_ / 2;
      append_format(shortened, "\n... %zu bytes of output were not recorded ...\n", output.size() - 2 * half);
      shortened.insert(0, output.substr(0, half));
      shortened.append(output.substr(output.size() - half));
      output = shortened;
    }
    if (output.empty()) return json.string("");
    BlockWriter::Place place = outputs_.writer.place();
    if (!known_.find_or_add(output, place)) outputs_.writer.append(output);
    json.begin_array();
    json.number(place.block);
    json.number(place.offset);
    json.number(output.size());
    json.end_array();
  }

  void close_blocks() {
    log_.writer.close_block();
    pass_on();
  }

  // Outputs first: an event in the file never names an output that is not.
  void pass_on() {
    if (!log_.writer.ready.empty()) outputs_.writer.close_block();
    write(outputs_);
    write(log_);
  }

  void write(File& file) {
    if (error_ == 0 && !file.writer.ready.empty()) error_ = write_all(file.fd.get(), file.writer.ready);
    file.writer.ready = std::string();  // as large as a block; the other file's may take its place
  }

  Deflate deflate_;
  File log_;
  File outputs_;
  const std::size_t max_output_;
  KnownOutputs known_;
  std::string line_;
  const TestList* list_ = nullptr;
  AttemptStarts starts_;
  Duration pending_since_{};
  int error_ = 0;
};

}  // namespace nextest

// ---- record/reader.hpp ----

// Reads a record: what is known of its run, the test list, then one event after the other. Damage costs what it hit.

namespace nextest {

// The lines of a block-gzip file.
class RecordLines {
 public:
  explicit RecordLines(const Bytes& file) : file_(file) {}

  std::uint32_t lost_blocks = 0;

  // The next line as a tree; false at the end. What is no line after a lost block was the end of one.
  bool next(JsonValue& tree) {
    while (true) {
      const std::size_t end = text_.find('\n', at_);
      if (end == std::string::npos) {
        if (!read_block()) return false;
        continue;
      }
      Result<JsonValue> parsed = parse_json(std::string_view(text_).substr(at_, end - at_));
      at_ = end + 1;
      const bool may_be_torn = std::exchange(after_gap_, false);
      if (parsed && parsed.value().kind == JsonKind::Object) {
        tree = std::move(parsed.value());
        return true;
      }
      if (!may_be_torn) ++lost_blocks;
    }
  }

 private:
  // Our lines are far shorter; what is longer is none of ours.
  static constexpr std::size_t longest_line = 16 << 20;

  bool read_block() {
    text_.erase(0, at_);
    at_ = 0;
    if (text_.size() > longest_line) lose();
    std::string plain;
    const BlockReader::Found found = BlockReader(file_).read(next_, plain, next_);
    if (found == BlockReader::Found::Damaged) lose();
    text_ += plain;
    return found == BlockReader::Found::Block || found == BlockReader::Found::Damaged;
  }

  void lose() {
    ++lost_blocks;
    text_.clear();
    after_gap_ = true;
  }

  const Bytes& file_;
  std::uint64_t next_ = 0;
  std::string text_;
  std::size_t at_ = 0;
  bool after_gap_ = false;
};

class RecordReader {
 public:
  // Reads all that comes before the first event. `log_name` is how errors call the file; `whole` is kept with it.
  static Result<std::unique_ptr<RecordReader>> open(std::unique_ptr<Bytes> log, std::unique_ptr<Bytes> outputs,
                                                    const std::string& log_name,
                                                    std::unique_ptr<Bytes> whole = nullptr) {
    auto reader = std::make_unique<RecordReader>(std::move(log), std::move(outputs));
    reader->whole_ = std::move(whole);
    if (Status status = reader->read_start(log_name); !status) return status.error();
    return reader;
  }

  RecordReader(std::unique_ptr<Bytes> log, std::unique_ptr<Bytes> outputs)
      : log_(std::move(log)), outputs_(std::move(outputs)), lines_(*log_) {}

  // The files as they are; outputs may be missing.
  const Bytes& log() const { return *log_; }
  const Bytes* outputs() const { return outputs_.get(); }

  const RunInfo& info() const { return info_; }
  const RunRequest& request() const { return request_; }
  const TestList& list() const { return list_.list; }
  const RerunState& rerun() const { return list_.rerun; }

  // The start of the run, from what was read first.
  Event start() const {
    RunStarted started;
    started.info = &info_;
    started.list = &list_.list;
    if (!info_.parent.empty()) started.rerun = &list_.rerun;
    started.request = request_;
    return {Duration(), std::move(started)};
  }

  // The next event after that; false at the end.
  bool next(Event& event) {
    while (has_pending_ || lines_.next(line_)) {
      has_pending_ = false;
      // An event has no more outputs than those of one attempt; each may be as large as all that the file holds.
      int outputs = 2;
      const auto output = [&](const JsonValue& value, std::string& text) {
        return outputs-- > 0 && read_output(value, text);
      };
      if (read_event(line_, &list_.list, output, event, known_start())) {
        if (std::holds_alternative<RunStarted>(event.what)) continue;
        finished_ |= std::holds_alternative<RunFinished>(event.what);
        starts_.note(event);
        return true;
      }
      if (!read_exit()) ++lost_lines_;
    }
    return false;
  }

  // How the program ended; -1 when that was not read.
  std::int32_t exit_code() const { return exit_code_; }

  // Whether the end of the run was read.
  bool finished() const { return finished_; }

  // What could not be read so far, a sentence each.
  Vector<std::string> damage() const {
    Vector<std::string> damage;
    const auto add = [&](std::uint32_t count, const char* one, const char* many) {
      if (count > 0) damage.push_back(std::to_string(count) + (count == 1 ? one : many));
    };
    if (header_lost_) damage.push_back("its first line is lost: what is known of the run as a whole");
    add(lines_.lost_blocks, " block of events is damaged and was left out",
        " blocks of events are damaged and were left out");
    add(lost_lines_, " event could not be read and was left out", " events could not be read and were left out");
    add(lost_outputs_, " output is damaged", " outputs are damaged");
    return damage;
  }

 private:
  // How many names one block may hold at the very most: `"",` each.
  static constexpr std::uint32_t names_in_a_block = 65536 / 3;

  // How many names what is lost so far may have held. Bounded, or a small file of bad lines would be a large list.
  std::uint32_t may_miss() const {
    constexpr std::uint64_t limit = 1 << 20;
    const std::uint64_t missed = (std::uint64_t{lines_.lost_blocks} + lost_lines_) * names_in_a_block;
    return static_cast<std::uint32_t>(missed < limit ? missed : limit);
  }

  Status read_start(const std::string& name) {
    std::uint32_t binaries = 0, tests = 0;
    bool is_first = true;
    while (lines_.next(line_)) {
      if (std::exchange(is_first, false)) {
        if (Status status = read_header(name, binaries, tests); !status) return status.error();
        if (!header_lost_) continue;
      }
      const ListReader::Line line = list_.read(line_, may_miss());
      if (line == ListReader::Line::Damaged) ++lost_lines_;
      if (line == ListReader::Line::Other) {
        has_pending_ = true;
        break;
      }
    }
    if (is_first && log_->size() > 0) {
      return Error{ExitCode::SetupError, name + " is no record, or nothing of it can be read", ""};
    }
    header_lost_ |= is_first;  // its runner was killed before it wrote anything
    info_.command_line = std::move(list_.command_line);
    info_.scope.paths = std::move(list_.scope_paths);
    list_.finish(binaries, tests, may_miss());
    return success();
  }

  Status read_header(const std::string& name, std::uint32_t& binaries, std::uint32_t& tests) {
    const std::string* const format = line_.find_text("format");
    if (format == nullptr) {
      if (lines_.lost_blocks == 0) return Error{ExitCode::SetupError, name + " is no record of a run", ""};
      header_lost_ = true;
      return success();
    }
    const std::string_view major = std::string_view(*format).substr(0, format->find('.'));
    if (major != std::string_view(record_format).substr(0, major.size()) || major.size() != 1) {
      const JsonValue* const program = line_.find("program");
      return Error{ExitCode::SetupError, name + " has format " + *format + ", and this program reads 1.x",
                   program != nullptr ? "it was written by " + program->text : ""};
    }
    FieldReader counts(line_, nullptr, no_output_read);
    counts.number("binaries", binaries);
    counts.number("tests", tests);
    RunStarted started;
    started.info = &info_;
    fields_of(counts, started);
    request_ = started.request;
    header_lost_ = !counts.ok();
    return success();
  }

  // When the running attempt of the line's test began; 0 where its start was not read.
  Duration known_start() const {
    const JsonValue* const test = line_.find("test");
    const std::uint64_t index = test != nullptr ? test->as_uint64().value_or(UINT64_MAX) : 0;
    return index < list_.list.tests.size() ? starts_.of(static_cast<TestIndex>(index)) : Duration();
  }

  bool read_exit() {
    const JsonValue* const code = line_.find("exit_code");
    const std::optional<std::int64_t> number = code != nullptr ? code->as_int64() : std::nullopt;
    if (!number || *number < 0 || *number > 255) return false;
    exit_code_ = static_cast<std::int32_t>(*number);
    return true;
  }

  // The text of an output, from here or from where it is kept. A line stands for what is damaged.
  bool read_output(const JsonValue& value, std::string& text) {
    if (value.kind != JsonKind::Array) return read_any_text(value, text);
    if (value.items.size() != 3) return false;
    const std::optional<std::uint64_t> at = value.items[0].as_uint64(), in_block = value.items[1].as_uint64(),
                                       size = value.items[2].as_uint64();
    if (!at || !in_block || !size) return false;
    std::uint64_t block = *at, offset = *in_block, left = *size;
    while (left > 0) {
      if (!load_block(block) || offset > plain_.size() || (plain_.size() == offset && plain_.empty())) {
        ++lost_outputs_;
        text += "\n[the record of this output is damaged from here on]\n";
        return true;
      }
      const std::size_t from = number_as<std::size_t>(offset);
      const std::uint64_t taken = std::min<std::uint64_t>(left, plain_.size() - from);
      text.append(plain_, from, number_as<std::size_t>(taken));
      left -= taken;
      offset = 0;
      block = after_loaded_;
    }
    return true;
  }

  bool load_block(std::uint64_t block) {
    if (has_loaded_ && loaded_ == block) return true;
    has_loaded_ =
        outputs_ != nullptr && BlockReader(*outputs_).read(block, plain_, after_loaded_) == BlockReader::Found::Block;
    loaded_ = block;
    return has_loaded_;
  }

  std::unique_ptr<Bytes> whole_;  // what the others are parts of, if anything
  std::unique_ptr<Bytes> log_;
  std::unique_ptr<Bytes> outputs_;  // null: the file is not there
  RecordLines lines_;
  JsonValue line_;
  bool has_pending_ = false;  // line_ is an event that was read ahead
  RunInfo info_;
  RunRequest request_;
  ListReader list_;
  bool header_lost_ = false;
  bool finished_ = false;
  AttemptStarts starts_;
  std::int32_t exit_code_ = -1;
  std::uint32_t lost_lines_ = 0;
  std::uint32_t lost_outputs_ = 0;
  bool has_loaded_ = false;
  std::uint64_t loaded_ = 0;
  std::uint64_t after_loaded_ = 0;
  std::string plain_;
};

// Waits until all of the event is passed on, however long that takes: while a record is read, nothing else happens.
// False when nobody can read the sink any more.
[[nodiscard]] inline bool emit_and_wait(EventSink& sink, const Event& event) {
  sink.on_event(event);
  bool readable = sink.flush();
  while (readable && sink.waits_for() >= 0) {
    wait_until_writable(sink.waits_for());
    readable = sink.flush();
  }
  return readable;
}

}  // namespace nextest

// ---- record/run_index.hpp ----

// The index of a store: one bounded object a run. Which run a person means, and how much of an id names it alone.

namespace nextest {

enum class RunStatus : std::uint8_t { Incomplete, Completed, Cancelled };
inline constexpr const char* run_status_names[] = {"incomplete", "completed", "cancelled"};

struct RecordedRun {
  std::string id;
  std::string parent;  // empty: no rerun
  std::string program;
  std::string profile;
  WordList command_line;  // its start
  Duration started_at;    // wall time, as is last_written
  Duration last_written;
  Duration took;
  RunStatus status = RunStatus::Incomplete;  // as long as it runs, and when it was killed
  bool stressed = false;                     // then the counts are of iterations
  std::uint32_t tests = 0;
  std::uint32_t passed = 0;
  std::uint32_t failed = 0;
  std::int32_t exit_code = -1;  // -1: not known
  std::uint64_t log_size = 0;   // bytes on disk, as is output_size
  std::uint64_t output_size = 0;
  std::uint64_t plain_size = 0;

  std::uint64_t size() const { return log_size + output_size; }
};

template <class Io>
void fields_of(Io& io, RecordedRun& run) {
  io.text("run", run.id);
  io.text("parent", run.parent);
  io.text("program", run.program);
  io.text("profile", run.profile);
  io.words("command_line", run.command_line);
  io.time("started_at", run.started_at);
  io.time("last_written", run.last_written);
  io.time("took", run.took);
  io.choice("status", run_status_names, run.status);
  io.flag("stressed", run.stressed);
  io.number("tests", run.tests);
  io.number("passed", run.passed);
  io.number("failed", run.failed);
  io.number("exit_code", run.exit_code, -1);
  io.number("log_size", run.log_size);
  io.number("output_size", run.output_size);
  io.number("plain_size", run.plain_size);
}

// Of a run that begins. Of its command line the entry has as much as it may hold.
inline RecordedRun entry_of(const RunInfo& info) {
  RecordedRun run;
  run.id = info.run_id;
  run.parent = info.parent;
  run.program = info.program;
  run.profile = info.profile;
  run.started_at = run.last_written = info.started_at;
  for (std::string_view word, rest = info.command_line.all(); WordList::next(rest, word);) {
    if (run.command_line.all().size() + word.size() > 1000) break;
    run.command_line.add(word);
  }
  return run;
}

// Takes into account one more event of the run. What has not finished counts by the tests that have.
inline void note(RecordedRun& run, const Event& event) {
  if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
    ++(finished->result.passed() ? run.passed : run.failed);
  } else if (const auto* const end = std::get_if<RunFinished>(&event.what)) {
    const RunStats& stats = end->stats;
    run.stressed = end->stressed;
    run.tests = end->stressed ? end->stress.completed.total : stats.initial_run_count;
    run.passed = end->stressed ? end->stress.passed : stats.passed;
    run.failed = end->stressed ? end->stress.failed : stats.failed_count();
    run.status = stats.not_run() > 0 ? RunStatus::Cancelled : RunStatus::Completed;
  }
  run.took = event.at;
}

// 8-4-4-4-12 hexadecimal digits: nothing else becomes the name of a folder.
inline bool is_run_id(std::string_view id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? id[i] != '-' : !is_digit(id[i]) && (id[i] < 'a' || id[i] > 'f')) return false;
  }
  return true;
}

class RunIndex {
 public:
  Vector<RecordedRun> runs;  // in the order in which they were entered
  Duration pruned_at{};      // wall time
  bool is_newer = false;     // of a later program: not to be written

  RecordedRun* find(std::string_view id) {
    for (RecordedRun& run : runs) {
      if (run.id == id) return &run;
    }
    return nullptr;
  }
  const RecordedRun* find(std::string_view id) const { return const_cast<RunIndex*>(this)->find(id); }

  void add(RecordedRun run) { runs.push_back(std::move(run)); }

  // One that is entered late: by the time it began.
  void adopt(RecordedRun run) {
    std::size_t at = runs.size();
    while (at > 0 && run.started_at < runs[at - 1].started_at) --at;
    runs.insert(runs.begin() + static_cast<std::ptrdiff_t>(at), std::move(run));
  }

  // The run that "latest" or the start of an id means.
  Result<const RecordedRun*> resolve(std::string_view wanted) const {
    if (runs.empty()) {
      return Error{ExitCode::SetupError, "no run is recorded here", "'nextest run' records one, unless told not to"};
    }
    if (wanted == "latest") return &runs.back();
    const RecordedRun* found = nullptr;
    std::string all;
    std::size_t count = 0;
    for (const RecordedRun& run : runs) {
      if (wanted.empty() || !starts_with(run.id, wanted)) continue;
      all.append(count++ > 0 ? ", " : "").append(run.id);
      found = &run;
    }
    if (count == 1) return found;
    const std::string quoted = "'" + std::string(wanted) + "'";
    if (count > 1) {
      return Error{ExitCode::SetupError, quoted + " is the start of several run ids: " + all, "give more of it"};
    }
    return Error{ExitCode::SetupError, "no recorded run has an id that begins with " + quoted,
                 "'nextest store list' shows them; an exported run is given as a path, with a '/' in it"};
  }

  // How many characters of each run's id no other run has; in the order of `runs`.
  Vector<std::size_t> unique_prefixes() const {
    Vector<std::size_t> sizes(runs.size(), 1);
    const Vector<std::uint32_t> order =
        sorted_order(runs.size(), [&](std::uint32_t a, std::uint32_t b) { return runs[a].id < runs[b].id; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const std::string &left = runs[order[i - 1]].id, &right = runs[order[i]].id;
      std::size_t common = 0;
      while (common < left.size() && common < right.size() && left[common] == right[common]) ++common;
      sizes[order[i - 1]] = std::max(sizes[order[i - 1]], common + 1);
      sizes[order[i]] = std::max(sizes[order[i]], common + 1);
    }
    return sizes;
  }

  std::string to_json() const {
    std::string text;
    JsonWriter json(text);
    FieldWriter fields(json, no_output_written);
    json.begin_object();
    json.key("format").string(format);
    fields.time("pruned_at", pruned_at);
    json.key("runs").begin_array();
    for (const RecordedRun& run : runs) {
      text += '\n';
      json.begin_object();
      fields_of(fields, const_cast<RecordedRun&>(run));  // writing changes nothing
      json.end_object();
    }
    json.end_array();
    json.end_object();
    text += '\n';
    return text;
  }

  // False when the text is no index. Runs that make no sense are left out.
  [[nodiscard]] bool from_json(std::string_view text) {
    const Result<JsonValue> parsed = parse_json(text);
    if (!parsed) return false;
    const std::string* const written = parsed.value().find_text("format");
    const JsonValue* const items = parsed.value().find("runs");
    if (written == nullptr || items == nullptr) return false;
    is_newer = *written != format;
    FieldReader fields(parsed.value(), nullptr, no_output_read);
    fields.time("pruned_at", pruned_at);
    if (pruned_at.ns < 0) pruned_at = Duration();
    for (const JsonValue& item : items->items) {
      RecordedRun run;
      FieldReader reader(item, nullptr, no_output_read);
      fields_of(reader, run);
      const bool is_sound = reader.ok() && is_run_id(run.id) && run.started_at.ns >= 0 && run.last_written.ns >= 0;
      if (is_sound && find(run.id) == nullptr) add(std::move(run));
    }
    return fields.ok();
  }

 private:
  static constexpr const char* format = "1.0";
};

}  // namespace nextest

// ---- record/store.hpp ----

// Where the runs of a workspace are kept: a folder a run, an index of all, and a lock around every change of it.

#if NEXTEST_HAS_FLOCK
#include <sys/file.h>
#endif

namespace nextest {

inline constexpr const char* log_file = "run.log.gz";
inline constexpr const char* output_file = "out.gz";

// `state_dir` (of --state-dir and NEXTEST_STATE_DIR), else the XDG state folder; empty when there is neither that nor a
// home.
inline std::string state_folder(const std::string& state_dir) {
  if (!state_dir.empty()) return absolute_path(state_dir);
  const char* const xdg = ::getenv("XDG_STATE_HOME");
  if (xdg != nullptr && *xdg == '/') return std::string(xdg) + "/nextest";  // the specification: others are ignored
  const char* const home = ::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.local/state/nextest" : "";
}

// A path as the name of one folder: as cargo-nextest's, and as unique as the path.
inline std::string folder_name_of(std::string_view path) {
  std::string name;
  for (const char c : path) {
    if (c == '_') name += "__";
    else if (c == '/') name += "_s";
    else name += c;
  }
  constexpr std::size_t longest = 96;
  if (name.size() <= longest) return name;
  std::string hashed = name.substr(0, longest - 17);
  append_format(hashed, "_%016llx", static_cast<unsigned long long>(Xxh64::hash(path)));
  return hashed;
}

// All of a block-gzip file, for what is small enough to be read at once; false when any of it is damaged.
[[nodiscard]] inline bool read_blocks(const Bytes& file, std::string& text) {
  const BlockReader reader(file);
  std::string plain;
  std::uint64_t at = 0;
  BlockReader::Found found;
  while ((found = reader.read(at, plain, at)) == BlockReader::Found::Block) text += plain;
  return found == BlockReader::Found::End;
}

// Puts `text` in place of the file, all of it or nothing; 0 or errno. `sync`: so that a power cut cannot lose both.
[[nodiscard]] inline int replace_blocks(const std::string& path, std::string_view text, bool sync) {
  Deflate deflate;
  BlockWriter writer(deflate);
  writer.append(text);
  writer.finish();
  const std::string temporary = path + ".new";
  int error = 0;
  {
    const Fd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) return errno;
    error = write_all(file.get(), writer.ready);
    if (error == 0 && sync && ::fsync(file.get()) != 0) error = errno;
  }
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(temporary.c_str());
  return error;
}

class Store {
 public:
  Store() = default;
  // `folder` need not be there.
  explicit Store(std::string folder) : folder_(std::move(folder)) {}

  static Store of_workspace(const std::string& state, const std::string& workspace_root) {
    return Store(state + "/projects/" + folder_name_of(workspace_root) + "/records");
  }

  const std::string& folder() const { return folder_; }
  std::string folder_of(const std::string& run_id) const { return folder_ + "/" + run_id; }

  // What read_index found: a damaged index, say.
  Vector<std::string> warnings;

  // Held until it goes. Others wait for five seconds at most; the system frees it when its holder dies.
  using Lock = Fd;

  Result<Lock> lock() {
    if (const int error = make_folders(folder_, 0700); error != 0) {
      return failure("cannot make the folder " + folder_, error);
    }
    Fd file(::open((folder_ + "/runs.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return failure("cannot open " + folder_ + "/runs.lock", errno);
    for (int i = 0; i < 500; ++i) {
      if (try_lock(file.get())) return file;
      if (!would_block(errno) && errno != EACCES && errno != EINTR) break;
      ::poll(nullptr, 0, 10);
    }
    return failure("cannot lock " + folder_ + "/runs.lock", errno);
  }

  // The index as the files have it. Where it is missing or damaged, and for runs that it does not know, their folders
  // are read.
  RunIndex read_index() {
    warnings.clear();
    RunIndex index;
    BytesOfFile file;
    std::string text;
    const int error = file.open(folder_ + "/runs.json.gz");
    const bool is_sound = error == 0 && read_blocks(file, text) && index.from_json(text);
    if (!is_sound) index = RunIndex();
    std::size_t adopted = 0;
    const Result<Vector<std::string>> names = list_folder(folder_);
    for (std::size_t i = 0; names && i < names.value().size(); ++i) {
      const std::string& name = names.value()[i];
      if (!is_run_id(name) || index.find(name) != nullptr) continue;
      RecordedRun run;
      if (!read_run(name, run)) continue;
      index.adopt(std::move(run));
      ++adopted;
    }
    if (!is_sound && (error == 0 || adopted > 0)) {
      warnings.push_back("the index of recorded runs is " + std::string(error == ENOENT ? "missing" : "damaged") +
                         "; made again from " + std::to_string(adopted) + (adopted == 1 ? " run" : " runs") + " in " +
                         folder_);
    }
    return index;
  }

  // Under the lock. An index of a later program is left as it is.
  Status write_index(const RunIndex& index) {
    if (index.is_newer) return success();
    const int error = replace_blocks(folder_ + "/runs.json.gz", index.to_json(), true);
    return error == 0 ? success() : Status(failure("cannot write " + folder_ + "/runs.json.gz", error));
  }

  struct RunFiles {
    Fd log;
    Fd outputs;
  };
  // The empty files of a new run.
  Result<RunFiles> create_run(const std::string& run_id) {
    const std::string folder = folder_of(run_id);
    if (::mkdir(folder.c_str(), 0700) != 0) return failure("cannot make the folder " + folder, errno);
    const auto make = [&](const char* name) {
      return Fd(::open((folder + "/" + name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    };
    RunFiles files{make(log_file), make(output_file)};
    if (!files.log || !files.outputs) return failure("cannot make files in " + folder, errno);
    return files;
  }

  Result<std::unique_ptr<RecordReader>> open_run(const std::string& run_id) const {
    const std::string folder = folder_of(run_id);
    auto log = std::make_unique<BytesOfFile>();
    auto outputs = std::make_unique<BytesOfFile>();
    if (const int error = log->open(folder + "/" + log_file); error != 0) {
      return failure("cannot read " + folder + "/" + log_file, error);
    }
    if (outputs->open(folder + "/" + output_file) != 0) outputs = nullptr;
    return RecordReader::open(std::move(log), std::move(outputs), folder + "/" + log_file);
  }

  // Under the lock. What else lies in its folder stays.
  Status remove_run(const std::string& run_id) {
    const std::string folder = folder_of(run_id);
    for (const char* name : {log_file, output_file}) {
      const std::string path = folder + "/" + name;
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure("cannot remove " + path, errno);
    }
    if (::rmdir(folder.c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST) {
      return failure("cannot remove " + folder, errno);
    }
    return success();
  }

  bool holds(const std::string& run_id) const {
    struct stat info {};
    return ::stat((folder_of(run_id) + "/" + log_file).c_str(), &info) == 0;
  }

  // Under the lock: folders that were made for runs of which nothing was ever written.
  void remove_empty_folders(const RunIndex& index) {
    const Result<Vector<std::string>> names = list_folder(folder_);
    for (std::size_t i = 0; names && i < names.value().size(); ++i) {
      const std::string& name = names.value()[i];
      if (!is_run_id(name) || index.find(name) != nullptr) continue;
      struct stat log {};
      const bool has_log = ::stat((folder_of(name) + "/" + log_file).c_str(), &log) == 0;
      if (!has_log) ::rmdir(folder_of(name).c_str());
      else if (log.st_size == 0 && time_of_file(log.st_mtime) < wall_time() - Duration::seconds(86400))
        static_cast<void>(remove_run(name));
    }
  }

 private:
  static Error failure(const std::string& what, int error) {
    return Error{ExitCode::SetupError, what + ": " + ::strerror(error), ""};
  }

  static bool try_lock(int fd) {
#if NEXTEST_HAS_FLOCK
    return ::flock(fd, LOCK_EX | LOCK_NB) == 0;
#else
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(fd, F_SETLK, &whole) == 0;
#endif
  }

  bool read_run(const std::string& run_id, RecordedRun& run);

  std::string folder_;
};

// The entry of a record in an index; reads all of it.
inline RecordedRun summarize(RecordReader& reader) {
  RecordedRun run = entry_of(reader.info());
  run.tests = reader.list().counts().selected_tests;
  Event event;
  while (reader.next(event)) note(run, event);
  run.exit_code = reader.exit_code();
  return run;
}

inline bool Store::read_run(const std::string& run_id, RecordedRun& run) {
  struct stat log {
  }, outputs{};
  if (::stat((folder_of(run_id) + "/" + log_file).c_str(), &log) != 0) return false;
  Result<std::unique_ptr<RecordReader>> reader = open_run(run_id);
  if (!reader) return false;
  run = summarize(*reader.value());
  run.id = run_id;
  run.last_written = time_of_file(log.st_mtime);
  run.log_size = static_cast<std::uint64_t>(log.st_size);
  if (::stat((folder_of(run_id) + "/" + output_file).c_str(), &outputs) == 0) {
    run.output_size = static_cast<std::uint64_t>(outputs.st_size);
  }
  // Its first line may be lost, on a full disk for instance.
  if (run.started_at.ns == 0) run.started_at = run.last_written;
  return true;
}

}  // namespace nextest

// ---- record/durations.hpp ----

// How long each test took when it last ran: what is known of it decides the order of tests and their shards.

namespace nextest {

class Durations {
 public:
  static constexpr Duration unknown{-1};

  bool empty() const { return entries_.empty(); }

  // Of each test of `list`, in its order.
  Vector<Duration> of(const TestList& list) const {
    Vector<Duration> durations;
    durations.reserve(list.tests.size());
    for (const TestCase& test : list.tests) {
      const std::size_t at = find(key_of(list.binaries[test.binary], test));
      durations.push_back(at < sorted_ ? entries_[at].duration : unknown);
    }
    return durations;
  }

  // Of a test that has just run.
  void note(const TestList& list, const TestFinished& finished) {
    const TestCase& test = list.tests[finished.test];
    entries_.push_back(
        {key_of(list.binaries[test.binary], test), true, finished.result.passed(), finished.result.last().duration});
  }

  // Of the tests that a run noted. One that failed may have done so long before its end: it never makes a known
  // duration shorter.
  void update(const Durations& newer) {
    for (const Entry& entry : newer.entries_) {
      const std::size_t at = find(entry.key);
      if (at == sorted_) entries_.push_back(entry);
      else if (entry.passed || entries_[at].duration < entry.duration) entries_[at] = entry;
      else entries_[at].is_new = true;
    }
    finalize();
  }

  // Of all tests of a record; reads the rest of it.
  static Durations of_record(RecordReader& reader) {
    Durations durations;
    Event event;
    while (reader.next(event)) {
      if (const auto* const finished = std::get_if<TestFinished>(&event.what)) durations.note(reader.list(), *finished);
    }
    durations.finalize();
    return durations;
  }

  // Those that a store keeps of its newest runs; none where there is no such file, or a damaged one.
  static Durations load(const Store& store) {
    Durations durations;
    BytesOfFile file;
    std::string text;
    const bool is_read = file.open(path_in(store)) == 0 && read_blocks(file, text);
    return is_read && durations.from_text(text) ? durations : Durations();
  }
  // Under the store's lock. Returns 0 or errno.
  [[nodiscard]] int save(const Store& store) const { return replace_blocks(path_in(store), to_text(), false); }

  // Eight bytes a test, sorted: of XXH64 of its name, with that of its binary id as seed, the lower half, and the
  // duration in units of a tenth of a millisecond; both little-endian. Two tests of one hash do no harm.
  [[nodiscard]] bool from_text(std::string_view text) {
    for (; text.size() >= 8; text.remove_prefix(8)) {
      const auto key = static_cast<std::uint32_t>(little_endian(text.substr(0, 4)));
      const auto units = static_cast<std::int64_t>(little_endian(text.substr(4, 4)));
      entries_.push_back({key, false, true, {units * unit}});
    }
    finalize();
    return text.empty();
  }

  // Tests that did not run now are kept as long as they do not become too many.
  std::string to_text() const {
    std::size_t fresh = 0;
    for (const Entry& entry : entries_) fresh += entry.is_new;
    const bool keep_old = entries_.size() <= 4 * fresh + 10000;
    std::string text;
    text.reserve(8 * entries_.size());
    for (const Entry& entry : entries_) {
      if (!entry.is_new && !keep_old) continue;
      const std::int64_t units = (entry.duration.ns + unit / 2) / unit;
      append_little_endian(text, entry.key, 4);
      append_little_endian(text, units < UINT32_MAX ? static_cast<std::uint32_t>(units) : UINT32_MAX, 4);
    }
    return text;
  }

  // Of entries of one test, the last stays, if it did not fail sooner than the one before.
  void finalize() {
    Vector<Entry> sorted;
    sorted.reserve(entries_.size());
    for (const std::uint32_t i : sorted_order(
             entries_.size(), [&](std::uint32_t a, std::uint32_t b) { return entries_[a].key < entries_[b].key; })) {
      const Entry& entry = entries_[i];
      if (sorted.empty() || sorted.back().key != entry.key) sorted.push_back(entry);
      else if (entry.passed || sorted.back().duration < entry.duration) sorted.back() = entry;
    }
    entries_ = std::move(sorted);
    sorted_ = entries_.size();
  }

 private:
  static constexpr std::int64_t unit = 100000;  // nanoseconds

  struct Entry {
    std::uint32_t key;
    bool is_new = false;  // of the run that has just ended
    bool passed = true;
    Duration duration;
  };

  static std::string path_in(const Store& store) { return store.folder() + "/durations.gz"; }

  static std::uint32_t key_of(const TestBinary& binary, const TestCase& test) {
    return static_cast<std::uint32_t>(Xxh64::hash(test.name, Xxh64::hash(binary.id)));
  }

  // Its place among the sorted ones; their number when it is not there.
  std::size_t find(std::uint32_t key) const {
    std::size_t from = 0, to = sorted_;
    while (from < to) {
      const std::size_t middle = from + (to - from) / 2;
      if (entries_[middle].key < key) from = middle + 1;
      else to = middle;
    }
    return from < sorted_ && entries_[from].key == key ? from : sorted_;
  }

  Vector<Entry> entries_;
  std::size_t sorted_ = 0;  // how many of them, from the first on
};

}  // namespace nextest

// ---- record/zip.hpp ----

// ZIP files (PKWARE APPNOTE.TXT 6.3.10, whose sections the numbers below are). What we write is stored as it is, being
// compressed already; what we read may be compressed or encrypted (Entry::stored).

namespace nextest {

struct ZipFormat {
  static constexpr std::uint32_t local_signature = 0x04034B50, central_signature = 0x02014B50,
                                 end_signature = 0x06054B50, end64_signature = 0x06064B50,
                                 locator_signature = 0x07064B50;
  // Without what has a length of its own.
  static constexpr unsigned local_size = 30, central_size = 46, end_size = 22, end64_size = 56, locator_size = 20;

  static constexpr std::uint32_t is_in_zip64 = 0xFFFFFFFF;  // the number stands in a zip64 record or field instead
  static constexpr unsigned zip64_field = 1;                // 4.5.3
  static constexpr unsigned version = 20, version_of_zip64 = 45;  // 4.4.3.2
  static constexpr unsigned made_on_unix = 3 << 8;                // 4.4.2
  // Flags (4.4.4).
  static constexpr unsigned encrypted = 1, strongly_encrypted = 1 << 6, name_is_utf8 = 1 << 11, masked = 1 << 13;
  static constexpr std::size_t most_entries = 1000;  // that we write or read
};

// Numbers, little-endian (4.4.1.1), and texts, one after the other.
struct ZipBlock {
  std::string bytes;

  ZipBlock& u16(std::uint64_t value) { return number(value, 2); }
  ZipBlock& u32(std::uint64_t value) { return number(value, 4); }
  ZipBlock& u64(std::uint64_t value) { return number(value, 8); }
  ZipBlock& text(std::string_view value) {
    bytes += value;
    return *this;
  }

 private:
  ZipBlock& number(std::uint64_t value, unsigned size) {
    append_little_endian(bytes, value, size);
    return *this;
  }
};

// Writes from front to back, so that the file may be a pipe. Each step returns 0 or errno; after an error it must not
// be used any more. All entries are of 1980-01-01: the same contents give the same bytes.
class ZipWriter {
 public:
  // `fd` stays the caller's.
  explicit ZipWriter(int fd) : fd_(fd) {}

  // `name`: UTF-8, 1 to 65535 bytes, not there yet. `content` is read twice, as its CRC comes before it.
  // EIO: it could not be read to its end, or changed meanwhile.
  [[nodiscard]] int add(std::string_view name, const Bytes& content) {
    if (name.empty() || name.size() > 0xFFFF || entries_ == ZipFormat::most_entries) return EINVAL;
    ++entries_;
    const std::uint64_t size = content.size(), at = offset_;
    std::uint32_t crc = 0, written = 0;
    if (const int error = copy(content, size, crc, false); error != 0) return error;

    const bool big = size >= ZipFormat::is_in_zip64, far = at >= ZipFormat::is_in_zip64;
    const std::uint64_t short_size = big ? ZipFormat::is_in_zip64 : size;
    directory_.u32(ZipFormat::central_signature).u16(made_by);
    const std::size_t shared = directory_.bytes.size();  // with the local header: from here to the length of the name
    directory_.u16(big || far ? ZipFormat::version_of_zip64 : ZipFormat::version).u16(ZipFormat::name_is_utf8).u16(0);
    directory_.u32(time).u32(crc).u32(short_size).u32(short_size).u16(name.size());

    ZipBlock local;
    local.u32(ZipFormat::local_signature).text(std::string_view(directory_.bytes).substr(shared));
    local.u16(big ? 20 : 0).text(name);
    if (big) local.u16(ZipFormat::zip64_field).u16(16).u64(size).u64(size);
    if (const int error = write(local.bytes); error != 0) return error;
    if (const int error = copy(content, size, written, true); error != 0) return error;
    if (written != crc) return EIO;

    // No comment, the first disk, binary data; the permissions of a file that is its owner's.
    const unsigned wide = (big ? 16 : 0) + (far ? 8 : 0);
    directory_.u16(wide > 0 ? wide + 4 : 0).u16(0).u16(0).u16(0).u32(std::uint64_t{0100600} << 16);
    directory_.u32(far ? ZipFormat::is_in_zip64 : at).text(name);
    if (wide > 0) directory_.u16(ZipFormat::zip64_field).u16(wide);
    if (big) directory_.u64(size).u64(size);
    if (far) directory_.u64(at);
    return 0;
  }

  // The central directory. Call it once, at the end.
  [[nodiscard]] int finish() {
    const std::uint64_t at = offset_, size = directory_.bytes.size();  // size: 1000 names stay below 4 GiB
    const bool far = at >= ZipFormat::is_in_zip64;
    ZipBlock& out = directory_;
    if (far) {
      out.u32(ZipFormat::end64_signature).u64(ZipFormat::end64_size - 12);
      out.u16(made_by).u16(ZipFormat::version_of_zip64).u32(0).u32(0);
      out.u64(entries_).u64(entries_).u64(size).u64(at);
      out.u32(ZipFormat::locator_signature).u32(0).u64(at + size).u32(1);
    }
    out.u32(ZipFormat::end_signature).u32(0).u16(entries_).u16(entries_);
    out.u32(size).u32(far ? ZipFormat::is_in_zip64 : at).u16(0);
    return write(out.bytes);
  }

 private:
  int write(std::string_view text) {
    offset_ += text.size();
    return write_all(fd_, text);
  }

  int copy(const Bytes& content, std::uint64_t size, std::uint32_t& crc, bool to_file) {
    char buffer[32768];
    for (std::uint64_t at = 0; at < size;) {
      const std::uint64_t left = size - at;
      const std::size_t wanted = left < sizeof buffer ? static_cast<std::size_t>(left) : sizeof buffer;
      const std::string_view piece(buffer, content.read(at, buffer, wanted));
      if (piece.empty()) return EIO;
      crc = crc32(piece, crc);
      const int error = to_file ? write(piece) : 0;
      if (error != 0) return error;
      at += piece.size();
    }
    return 0;
  }

  static constexpr unsigned made_by = ZipFormat::made_on_unix | ZipFormat::version_of_zip64;
  static constexpr std::uint32_t time = 1 << 21 | 1 << 16;  // 4.4.6: the date in the high half, the time in the low one

  const int fd_;
  std::uint64_t offset_ = 0;
  std::size_t entries_ = 0;
  ZipBlock directory_;
};

// The directory of a zip file. Whatever the file holds, nothing outside of it is read, and no more is allocated than
// its directory holds. The data are not looked at: whoever reads them compares `crc`.
class ZipReader {
 public:
  struct Entry {
    std::string name;          // any bytes, "../../etc/passwd" among them: data, no path
    std::uint64_t offset = 0;  // where its data begin
    std::uint64_t size = 0;    // how many bytes of the file they are
    std::uint32_t crc = 0;     // of what they hold
    bool stored = false;       // as they are; not: compressed or encrypted
  };

  // The message of an error fits behind "PATH: ". The file is not needed any longer than this takes.
  static Result<ZipReader> open(const Bytes& file) {
    ZipReader reader;
    const char* const problem = Parser(file, reader.entries_).parse();
    if (problem != nullptr) return Error{ExitCode::SetupError, problem, "was it copied as a whole?"};
    return reader;
  }

  // In the order of the directory.
  const Vector<Entry>& entries() const { return entries_; }

  // The first of that name; null when there is none.
  const Entry* find(std::string_view name) const {
    for (const Entry& entry : entries_) {
      if (entry.name == name) return &entry;
    }
    return nullptr;
  }

 private:
  // Used once, through open. Its steps return what is wrong, or null.
  class Parser {
   public:
    Parser(const Bytes& file, Vector<Entry>& entries) : file_(file), entries_(entries) {}

    const char* parse() {
      std::uint64_t end = 0;
      if (!find_end(end)) return "not a zip file, or not all of it";
      std::uint64_t disks = number(end + 4, 4), here = number(end + 8, 2), count = number(end + 10, 2);
      std::uint64_t size = number(end + 12, 4), at = number(end + 16, 4);
      if (count == 0xFFFF || size == ZipFormat::is_in_zip64 || at == ZipFormat::is_in_zip64) {  // 4.3.14, 4.3.15
        const std::uint64_t locator = end - ZipFormat::locator_size;
        if (end < ZipFormat::locator_size || number(locator, 4) != ZipFormat::locator_signature) return damaged;
        end = number(locator + 8, 8);
        if (!holds(end, ZipFormat::end64_size, locator) || number(end, 4) != ZipFormat::end64_signature) return damaged;
        disks = number(end + 16, 8);
        here = number(end + 24, 8);
        count = number(end + 32, 8);
        size = number(end + 40, 8);
        at = number(end + 48, 8);
      }
      if (disks != 0 || here != count) return "one part of a zip file of several";
      if (count > ZipFormat::most_entries) return "a zip file of more than 1000 entries";
      if (!holds(at, size, end)) return damaged;
      end = at + size;
      for (directory_ = at; count > 0; --count) {
        if (!take_entry(at, end)) return damaged;
      }
      return at == end ? nullptr : damaged;
    }

   private:
    static constexpr const char* damaged = "a damaged zip file";

    // Whether that range ends at or before `end`.
    static bool holds(std::uint64_t at, std::uint64_t size, std::uint64_t end) { return at <= end && size <= end - at; }

    // Little-endian; 0 past the end of the file, which may have shrunk.
    std::uint64_t number(std::uint64_t at, unsigned size) const {
      char raw[8];
      return file_.read(at, raw, size) == size ? little_endian({raw, size}) : 0;
    }

    // The last end record whose comment goes to the end of the file (4.3.16).
    bool find_end(std::uint64_t& end) const {
      const std::uint64_t size = file_.size(), most = ZipFormat::end_size + 0xFFFF;
      std::string tail(static_cast<std::size_t>(size < most ? size : most), '\0');
      const std::uint64_t from = size - tail.size();
      if (file_.read(from, &tail[0], tail.size()) != tail.size() || tail.size() < ZipFormat::end_size) return false;
      std::size_t at = tail.size() - ZipFormat::end_size;
      while ((at = tail.rfind("PK\5\6", at)) != std::string::npos) {
        end = from + at;
        if (number(end + 20, 2) == tail.size() - at - ZipFormat::end_size) return true;
        if (at-- == 0) return false;
      }
      return false;
    }

    // The entry of the directory that begins at `at`, which moves past it (4.3.12). False when it is damaged.
    bool take_entry(std::uint64_t& at, std::uint64_t end) {
      if (!holds(at, ZipFormat::central_size, end) || number(at, 4) != ZipFormat::central_signature) return false;
      const std::uint64_t flags = number(at + 8, 2), method = number(at + 10, 2);
      std::uint64_t packed = number(at + 20, 4), plain = number(at + 24, 4), local = number(at + 42, 4);
      const std::uint64_t name_size = number(at + 28, 2);
      const std::uint64_t extra = at + ZipFormat::central_size + name_size;
      const std::uint64_t extra_end = extra + number(at + 30, 2), comment_size = number(at + 32, 2);
      if (!holds(extra_end, comment_size, end)) return false;
      Entry& entry = entries_.emplace_back();
      entry.crc = static_cast<std::uint32_t>(number(at + 16, 4));
      if (!read_name(entry.name, at + ZipFormat::central_size, name_size)) return false;
      at = extra_end + comment_size;

      for (std::uint64_t field = extra; holds(field, 4, extra_end);) {
        std::uint64_t value = field + 4;
        field = value + number(field + 2, 2);
        if (field > extra_end) return false;
        if (number(value - 4, 2) != ZipFormat::zip64_field) continue;
        for (std::uint64_t* wide : {&plain, &packed, &local}) {  // those that are marked, in this order (4.5.3)
          if (*wide != ZipFormat::is_in_zip64) continue;
          if (!holds(value, 8, field)) return false;
          *wide = number(value, 8);
          value += 8;
        }
      }

      entry.size = packed;
      entry.stored =
          method == 0 && (flags & (ZipFormat::encrypted | ZipFormat::strongly_encrypted | ZipFormat::masked)) == 0;
      return find_data(entry, local, flags, method) && (!entry.stored || packed == plain);
    }

    // The local header must be of the same entry (4.3.7); its sizes may be missing (4.4.4, bit 3).
    bool find_data(Entry& entry, std::uint64_t local, std::uint64_t flags, std::uint64_t method) const {
      if (!holds(local, ZipFormat::local_size, directory_) || number(local, 4) != ZipFormat::local_signature)
        return false;
      if (((number(local + 6, 2) ^ flags) & ZipFormat::encrypted) != 0 || number(local + 8, 2) != method) return false;
      const std::uint64_t name_size = number(local + 26, 2);
      entry.offset = local + ZipFormat::local_size + name_size + number(local + 28, 2);
      std::string name;
      return name_size == entry.name.size() && holds(entry.offset, entry.size, directory_) &&
             read_name(name, local + ZipFormat::local_size, name_size) && name == entry.name;
    }

    bool read_name(std::string& name, std::uint64_t at, std::uint64_t size) const {
      name.resize(number_as<std::size_t>(size));
      return file_.read(at, &name[0], name.size()) == name.size();
    }

    const Bytes& file_;
    Vector<Entry>& entries_;
    std::uint64_t directory_ = 0;  // all data lie before it
  };

  Vector<Entry> entries_;
};

}  // namespace nextest

// ---- record/open_file.hpp ----

// A record that was exported: a zip file, or a pipe that one comes through.

namespace nextest {

// What a pipe gave.
class OwnedBytes final : public Bytes {
 public:
  explicit OwnedBytes(std::string text) : text_(std::move(text)), bytes_(text_) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t at, char* buffer, std::size_t count) const override {
    return bytes_.read(at, buffer, count);
  }

 private:
  const std::string text_;
  BytesInMemory bytes_;
};

inline Result<std::unique_ptr<RecordReader>> open_record_file(const std::string& path) {
  const auto failure = [&](int error) {
    return Error{ExitCode::SetupError, "cannot read " + path + ": " + ::strerror(error), ""};
  };
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return failure(errno);
  std::unique_ptr<Bytes> whole;
  if (S_ISREG(info.st_mode)) {
    auto file = std::make_unique<BytesOfFile>();
    if (const int error = file->open(path); error != 0) return failure(error);
    whole = std::move(file);
  } else {
    std::string text;
    constexpr std::size_t largest = std::size_t{1} << 30;
    if (const int error = read_file(path, largest, text); error != 0) return failure(error);
    whole = std::make_unique<OwnedBytes>(std::move(text));
  }
  const Result<ZipReader> zip = ZipReader::open(*whole);
  if (!zip) return Error{ExitCode::SetupError, path + ": " + zip.error().message, "an exported run is a zip file"};
  std::unique_ptr<Bytes> log, outputs;
  for (const ZipReader::Entry& entry : zip.value().entries()) {
    std::unique_ptr<Bytes>* const part = entry.name == log_file ? &log : entry.name == output_file ? &outputs : nullptr;
    if (part == nullptr) continue;
    if (!entry.stored) {
      return Error{ExitCode::SetupError, path + ": " + entry.name + " in it is compressed once more",
                   "take the file as 'nextest store export' wrote it"};
    }
    *part = std::make_unique<BytesPart>(*whole, entry.offset, entry.size);
  }
  if (log == nullptr) return Error{ExitCode::SetupError, path + " holds no recorded run", ""};
  return RecordReader::open(std::move(log), std::move(outputs), path, std::move(whole));
}

}  // namespace nextest

// ---- cli/records.hpp ----

// Recorded runs as a command line names them.

namespace nextest {

// The store of the workspace.
inline Result<Store> open_store(const CommandLine& line, const Config& config) {
  const std::string state = state_folder(line.state_dir);
  if (state.empty()) {
    return Error{ExitCode::SetupError, "there is no home folder to keep recorded runs in",
                 "name one by --state-dir or NEXTEST_STATE_DIR"};
  }
  return Store::of_workspace(state, config.workspace_root);
}

struct OpenedRun {
  std::unique_ptr<RecordReader> reader;
  RecordedRun entry;  // as the index has it; for an exported run as its manifest has it
};

inline bool is_record_path(std::string_view wanted) { return contains(wanted, "/") || ends_with(wanted, ".zip"); }

// The run that `wanted` names: latest, the start of an id, or, with a slash or .zip in it, a path.
inline Result<OpenedRun> open_recorded(const CommandLine& line, const Config& config, const std::string& wanted) {
  OpenedRun opened;
  if (is_record_path(wanted)) {
    Result<std::unique_ptr<RecordReader>> reader = open_record_file(wanted);
    if (!reader) return reader.error();
    opened.reader = std::move(reader.value());
    const std::string& id = opened.reader->info().run_id;
    if (is_run_id(id)) opened.entry.id = id;  // it becomes part of a file's name
    return opened;
  }
  Result<Store> store = open_store(line, config);
  if (!store) return store.error();
  const RunIndex index = store.value().read_index();
  write_warnings(line.color, store.value().warnings);
  const Result<const RecordedRun*> found = index.resolve(wanted);
  if (!found) return found.error();
  opened.entry = *found.value();
  Result<std::unique_ptr<RecordReader>> reader = store.value().open_run(opened.entry.id);
  if (!reader) return reader.error();
  opened.reader = std::move(reader.value());
  return opened;
}

// What is known of how long tests take, for those commands that ask: of the run that --durations names, of an exported
// run that is rerun, else of the newest runs in the store.
// `orders`: whether they are wanted for --order too. `rerun` has those of the run that is rerun.
inline Result<Vector<Duration>> known_durations(const CommandLine& line, const Config& config, const TestList& list,
                                                bool orders, Durations rerun = {}) {
  const bool weighs = line.selection.partition.kind == Partition::Weight;
  if (!built_in(Feature::Records)) return Vector<Duration>();
  if (!weighs && (!orders || line.order.kind != RunOrder::Longest)) return Vector<Duration>();
  Durations durations;
  if (line.durations.empty() && is_record_path(line.rerun)) {
    durations = std::move(rerun);  // it may have come through a pipe
  } else if (!line.durations.empty()) {
    Result<OpenedRun> opened = open_recorded(line, config, line.durations);
    if (!opened) return opened.error();
    durations = Durations::of_record(*opened.value().reader);
  } else if (const Result<Store> store = open_store(line, config)) {
    durations = Durations::load(store.value());
  }
  if (!durations.empty()) return durations.of(list);
  if (weighs) write_warning(line.color, "no durations of tests are recorded yet: --partition weight splits as slice");
  return Vector<Duration>();
}

// What is known of a run at its beginning. Nothing secret: of the environment only what steers cargo and us.
inline RunInfo describe_run(const CommandLine& line, const Config& config) {
  RunInfo info;
  info.run_id = make_uuid();
  info.started_at = wall_time();
  info.program = std::string("nextest ") + version;
  info.profile = config.profile;
  info.command_line = line.typed;
  info.workspace_root = config.workspace_root;
  info.folder = current_folder();
  utsname system{};
  if (::uname(&system) == 0) info.host = system.nodename;
  for (char** entry = environ; built_in(Feature::Records) && *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const std::string_view name = variable.substr(0, variable.find('='));
    const bool is_wanted = starts_with(name, "NEXTEST_") || starts_with(name, "CARGO_");
    if (is_wanted && !is_secret_name(name)) info.environment.emplace_back(variable);
  }
  return info;
}

// A path of a run's folder, from its workspace root where it is below.
inline std::string from_root(const std::string& path, const RunInfo& info) {
  const std::string root = info.workspace_root + "/";
  const std::string whole = starts_with(path, "/") ? path : info.folder + "/" + path;
  return starts_with(whole, root) ? whole.substr(root.size()) : whole;
}

// A rerun is of the binaries that the first run of its chain was of: as recorded, else as its command line named them.
inline RunScope scope_of(const RunInfo& info) {
  RunScope scope = info.scope;
  if (!scope.paths.empty() || !scope.binaries_metadata.empty()) return scope;
  const Vector<std::string> words = info.command_line.words();
  bool wants_help = false;
  const Result<CommandLine> line =
      Parser::parse(ForRun, "run", {words.begin() + (words.empty() ? 0 : 1), words.end()}, wants_help);
  if (!line) return scope;
  const BinariesRequest& named = line.value().binaries;
  for (const std::string& path : named.paths.words()) scope.paths.add(from_root(path, info));
  if (!named.metadata.empty()) scope.binaries_metadata = from_root(named.metadata, info);
  scope.harness = named.harness;
  return scope;
}

// The binaries of a rerun: those of the scope, unless others are named now. What is gone is left out, with a warning. A
// file from elsewhere names none outside of the workspace.
inline BinariesRequest binaries_in(const RunScope& scope, const CommandLine& line, const Config& config) {
  BinariesRequest wanted = line.binaries;
  if (wanted.named()) return wanted;
  // The workspace may lie elsewhere by now.
  const bool is_here = current_folder() == config.workspace_root;
  const auto to_root = [&](const std::string& path) {
    return starts_with(path, "/") || is_here ? path : config.workspace_root + "/" + path;
  };
  for (const std::string& path : scope.paths.words()) {
    const bool is_outside = starts_with(path, "/") || contains("/" + path + "/", "/../");
    struct stat file {};
    if (::stat(to_root(path).c_str(), &file) != 0)
      write_warning(line.color, path + " is gone; what is known of its tests stays");
    else if (!is_outside || !is_record_path(line.rerun)) wanted.paths.add(to_root(path));
  }
  if (!scope.binaries_metadata.empty()) wanted.metadata = to_root(scope.binaries_metadata);
  if (wanted.harness.empty()) wanted.harness = scope.harness;
  return wanted;
}

}  // namespace nextest

// ---- core/run/plan.hpp ----

// All that is decided before the first test starts.

namespace nextest {

struct RunPlan {
  RunInfo info;
  TestList list;
  SettingsOfTests settings;  // of the tests of the list
  History history;
  Vector<TestIndex> order;  // the tests to run, in the order in which they start
};

}  // namespace nextest

// ---- core/run/test_environment.hpp ----

// The NEXTEST_* variables of a test (docs/running.md lists them), and the id that its attempt goes by.

namespace nextest {

// What every program of the run gets, when listing and when running. It begins with listing.
inline void set_run_environment(Environment& environment, const RunOptions& options) {
  environment.set("NEXTEST", "1");
  environment.set("NEXTEST_RUN_MODE", "test");
  environment.set("NEXTEST_EXECUTION_MODE", "process-per-test");
  environment.set("NEXTEST_PROFILE", options.profile);
  environment.set("NEXTEST_VERSION", compatible_version);
  environment.set("NEXTEST_HPP_VERSION", version);
  environment.set("NEXTEST_REQUIRED_VERSION", options.required_version);
  environment.set("NEXTEST_RECOMMENDED_VERSION", options.recommended_version);
  environment.set("NEXTEST_TEST_THREADS", std::to_string(options.test_threads));
  environment.set("NEXTEST_WORKSPACE_ROOT", options.workspace_root);
  environment.set("NEXTEST_TEST_PHASE", "list");
  // Where a system keeps its loader's variables from shells, a script can still read them under these names.
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos || (!starts_with(variable, "LD_") && !starts_with(variable, "DYLD_")))
      continue;
    environment.set("NEXTEST_" + std::string(variable.substr(0, equals)), variable.substr(equals + 1));
  }
  // LLVM writes a profile a process, not all of them into one file: %m is the binary, %p the process.
  if (::getenv("LLVM_PROFILE_FILE") == nullptr) environment.set("LLVM_PROFILE_FILE", "default_%m_%p.profraw");
  // Those of a test are added to each; a runner inside of a test must not hand its own on.
  for (const char* name : {"NEXTEST_BINARY_ID", "NEXTEST_TEST_NAME", "NEXTEST_ATTEMPT", "NEXTEST_TOTAL_ATTEMPTS",
                           "NEXTEST_ATTEMPT_ID", "NEXTEST_STRESS_CURRENT", "NEXTEST_STRESS_TOTAL", "NEXTEST_TEST_GROUP",
                           "NEXTEST_TEST_GLOBAL_SLOT", "NEXTEST_TEST_GROUP_SLOT"}) {
    environment.unset(name);
  }
  for (const Harness* const row : harnesses) {
    for (const Harness::DroppedVariable& variable : row->dropped_variables) environment.unset(variable.name);
  }
}

inline void begin_test_phase(Environment& environment) { environment.set("NEXTEST_TEST_PHASE", "run"); }

// A warning for each variable that the user seems to mean, and that the tests of the list do not get.
inline Vector<std::string> dropped_choices(const TestList& list) {
  Vector<std::string> warnings;
  for (const Harness* const row : harnesses) {
    for (const Harness::DroppedVariable& variable : row->dropped_variables) {
      const char* const value = variable.instead != nullptr ? ::getenv(variable.name) : nullptr;
      if (value == nullptr || *value == '\0') continue;
      const bool is_meant = std::any_of(list.binaries.begin(), list.binaries.end(),
                                        [&](const TestBinary& binary) { return binary.harness == row; });
      if (!is_meant) continue;
      std::string warning = std::string(variable.name) + " is set, but no test gets it: " + variable.instead;
      if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
        warnings.push_back(std::move(warning));
    }
  }
  return warnings;
}

// run-id:binary-id[@stress-N]$test[#attempt]
inline std::string make_attempt_id(const std::string& run_id, const TestList& list, TestIndex test, StressIndex stress,
                                   std::uint32_t attempt) {
  std::string id = run_id + ":" + list.binary_of(test).id;
  if (stress.active) id += "@stress-" + std::to_string(stress.current);
  id.append("$").append(list.tests[test].name);
  if (attempt > 1) id += "#" + std::to_string(attempt);
  return id;
}

// Adds what only this attempt of this test gets.
inline void add_test_environment(Vector<std::string>& environment, const TestCase& test, Attempt attempt,
                                 const std::string& attempt_id, StressIndex stress, const SlotAssignment& slot) {
  environment.reserve(environment.size() + 12);
  const auto add = [&](const char* name, const std::string& value) {
    environment.push_back(std::string(name).append("=").append(value));
  };
  add("NEXTEST_TEST_NAME", test.name);
  add("NEXTEST_ATTEMPT", std::to_string(attempt.number));
  add("NEXTEST_TOTAL_ATTEMPTS", std::to_string(attempt.total));
  add("NEXTEST_ATTEMPT_ID", attempt_id);
  add("NEXTEST_STRESS_CURRENT", stress.active ? std::to_string(stress.current) : "none");
  add("NEXTEST_STRESS_TOTAL", !stress.active ? "none" : stress.total == 0 ? "unknown" : std::to_string(stress.total));
  add("NEXTEST_TEST_GROUP", slot.test_group);
  add("NEXTEST_TEST_GLOBAL_SLOT", std::to_string(slot.global_slot));
  add("NEXTEST_TEST_GROUP_SLOT", slot.group_slot < 0 ? "none" : std::to_string(slot.group_slot));
}

}  // namespace nextest

// ---- cli/planner.hpp ----

// From a request to the plan of a run. list and show-config begin in the same way.

namespace nextest {

class Planner {
 public:
  RunPlan plan;

  Planner(const CommandLine& line, const Config& config, const RunOptions& options)
      : Planner(line, config, options, line.selection) {}
  Planner(const CommandLine& line, const Config& config, const RunOptions& options, const Selection& selection)
      : line_(line), config_(config), options_(options), selection_(selection) {}

  // Those of a rerun, in place of those of the command line.
  void set_binaries(BinariesRequest binaries) {
    of_rerun_ = std::move(binaries);
    binaries_ = &of_rerun_;
  }

  // The test binaries that are named, else those of the configuration.
  Result<Vector<TestBinary>> find_binaries() const {
    if (built_in(Feature::Json) && !binaries_->paths.empty() && !binaries_->metadata.empty()) {
      return Error{ExitCode::SetupError, "test binaries are given by path and by --binaries-metadata",
                   "the metadata names all binaries of a run; give one or the other"};
    }
    const ConfigParts& parts = config_.parts;
    if (!binaries_->named() && parts.binaries.empty()) return none_named();
    const Vector<std::string>& runner = options_.start.target_runner;
    if (!runner.empty() && !is_executable_file(find_program(runner[0]))) {
      return Error{ExitCode::SetupError, "cannot find the target runner " + runner[0],
                   "give its path, or add its folder to PATH"};
    }
    DiscoverOptions discover;
    discover.harness = binaries_->harness;
    discover.has_target_runner = !runner.empty();
    discover.custom = &parts.custom_harnesses;
    discover.entries = &parts.binaries;
    discover.workspace_root = config_.workspace_root;
    if (built_in(Feature::Json) && !binaries_->metadata.empty()) {
      return BinariesMetadata::read(binaries_->metadata, discover);
    }
    discover.paths = binaries_->paths.words();
    return Discovery::run(std::move(discover));
  }

  // Their tests, and the settings of each.
  Status find_tests(Supervisor& supervisor) {
    plan.info.scope.from_configuration = !binaries_->named();
    Result<Vector<TestBinary>> found = find_binaries();
    if (!found) return found.error();
    Vector<std::string> group_names;
    for (const TestGroup& group : options_.groups) group_names.push_back(group.name);
    for (const Filterset& filterset : selection_.filtersets) {
      if (Status status = filterset.check(found.value(), group_names); !status) return status.error();
    }
    for (TestBinary& binary : found.value()) {
      binary.list_wrapper = config_.list_wrapper_of(binary);
      if (!binary.skip_reason.empty()) continue;
      binary.mismatch = mismatch_of(selection_, binary, filterset_context());
      if (binary.mismatch == Mismatch::None) continue;
      binary.skip_reason = binary.mismatch == Mismatch::Filterset ? "no test in it can match the filterset"
                                                                  : "no test in it can match the default-filter";
    }
    // Whoever wants one test at a time, since all need the same board, say, wants one list at a time as well.
    const std::uint32_t cpus = usable_cpus();
    const std::uint32_t jobs = config_.run.list_threads.resolve(cpus, config_.run.test_threads.resolve(cpus, 1));
    Result<TestList> list = Lister::run(supervisor, std::move(found.value()), options_.start, jobs, line_.list_timeout);
    if (!list) return list.error();
    plan.list = std::move(list.value());
    plan.settings = config_.settings_of(plan.list);
    write_warnings(line_.color, dropped_choices(plan.list));
    return success();
  }

  // How long they took before. `orders`: whether that is wanted for --order, too; `rerun` knows it of the run that is
  // rerun.
  Status find_durations(bool orders, Durations rerun = {}) {
    Result<Vector<Duration>> known = known_durations(line_, config_, plan.list, orders, std::move(rerun));
    if (!known) return known.error();
    plan.history.durations = std::move(known.value());
    return success();
  }

  // Marks the tests that are left out; the plan has the others, in list order.
  void select() { plan.order = select_tests(selection_, plan.list, filterset_context(), plan.history); }

  // Puts them in the order in which they start.
  void sort() {
    RunOrder order = line_.order;
    plan.info.order = order.resolve(Xxh64::hash(plan.info.run_id));
    order_tests(plan.order, order, plan.history.durations,
                [&](TestIndex test) { return plan.settings.of(test).priority; });
  }

 private:
  Error none_named() const {
    for (const NamePattern& name : selection_.names) {
      if (!is_executable_file(name.text)) continue;
      return Error{ExitCode::SetupError, "no test binaries given",
                   "'" + name.text + "' filters by test name; the file of that name is ./" + name.text};
    }
    return Error{
        ExitCode::SetupError, "no test binaries given",
        std::string("name them by path, as in: nextest run ./a.out, or: nextest run build/tests/") +
            (built_in(Feature::Config) ? "\n  or once and for all in .config/nextest.toml: [[binaries]] path = "
                                         "\"build/tests/*_test\""
                                       : "")};
  }

  Filterset::Context filterset_context() const {
    Filterset::Context context;
    context.default_filter = &config_.default_filter();
    context.group_of = [](const void* planner, TestIndex test) -> std::string_view {
      const Planner& self = *static_cast<const Planner*>(planner);
      return self.options_.groups[self.plan.settings.of(test).group].name;
    };
    context.data = this;
    return context;
  }

  const CommandLine& line_;
  const Config& config_;
  const RunOptions& options_;
  const Selection& selection_;
  const BinariesRequest* binaries_ = &line_.binaries;
  BinariesRequest of_rerun_;
};

}  // namespace nextest

// ---- cli/list.hpp ----

// nextest list: which tests a run with the same arguments would take.

namespace nextest {

inline Result<ExitCode> list_command(const CommandLine& line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  ListFormat format = line.list_format;
  if (format == ListFormat::Auto) format = ::isatty(1) == 1 ? ListFormat::Human : ListFormat::Oneline;
  const bool is_json = built_in(Feature::Json) && (format == ListFormat::Json || format == ListFormat::JsonPretty);
  const bool pretty = format == ListFormat::JsonPretty;
  const Style style = Style::detect(1, line.color);
  const RunOptions options = run_options(line, config.value());
  ListFormatter formatter(style, options.start, line.verbose);
  Planner planner(line, config.value(), options);

  if (line.list_type == ListType::BinariesOnly) {
    const Result<Vector<TestBinary>> binaries = planner.find_binaries();
    if (!binaries) return binaries.error();
    if (is_json) return write_stdout(write_binaries_metadata(binaries.value(), pretty));
    return write_stdout(format == ListFormat::Human ? formatter.human(binaries.value())
                                                    : formatter.oneline(binaries.value()));
  }
  Supervisor supervisor(make_uuid());
  set_run_environment(supervisor.launcher().environment, options);
  if (Status status = planner.find_tests(supervisor); !status) return status.error();
  if (Status status = planner.find_durations(false); !status) return status.error();
  planner.select();
  const TestList& list = planner.plan.list;
  if (is_json) return write_stdout(formatter.json(list, pretty));
  return write_stdout(format == ListFormat::Human ? formatter.human(list) : formatter.oneline(list));
}

}  // namespace nextest

// ---- cli/pager.hpp ----

// A pager between us and a person: $NEXTEST_PAGER, else $PAGER, else less, which ends by itself where a screen is
// enough.

namespace nextest {

class Pager {
 public:
  // Puts one on standard output if that is a terminal and `wanted`. Where none can be started, output goes where it
  // went.
  explicit Pager(bool wanted) {
    if (!wanted || ::isatty(1) != 1) return;
    std::string command = "less -R";
    for (const char* const name : {"PAGER", "NEXTEST_PAGER"}) {
      const char* const value = ::getenv(name);
      if (value != nullptr) command = value;
    }
    const std::string program = command.substr(0, command.find(' '));
    if (command.empty() || command == "cat" || !is_executable_file(find_program(program))) return;
    Pipe pipe;
    if (open_pipe(pipe) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pipe.read_end.get(), 0);
      for (int signal = 1; signal < Signals::limit; ++signal) ::signal(signal, SIG_DFL);
      sigset_t none;
      sigemptyset(&none);
      ::sigprocmask(SIG_SETMASK, &none, nullptr);
      ::setenv("LESS", "FRX", 0);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    if (pid_ <= 0) return;
    ::dup2(pipe.write_end.get(), 1);
    ::signal(SIGINT, SIG_IGN);  // it is for the pager
  }

  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // Waits until the person has read enough.
  ~Pager() { finish(); }

  bool active() const { return pid_ > 0; }

 private:
  void finish() const {
    if (pid_ <= 0) return;
    ::close(1);
    ::open("/dev/null", O_WRONLY);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }

  pid_t pid_ = -1;
  const LastDuty finish_now_{[](void* self) { static_cast<Pager*>(self)->finish(); }, this};
};

}  // namespace nextest

// ---- core/report/failure_place.hpp ----

// Where in the output of a failed test the place of its failure is, and its message. A place is only read from what a
// framework, assert(3), a panic or a sanitizer writes in a form of its own: never is one guessed.

namespace nextest {

struct FailurePlace {
  std::string file;  // as it was printed, without control characters; empty: none found
  std::uint32_t line = 0;
  std::string message;  // one line, safe to show
};

// What any program may write.
inline constexpr FailureForm program_failure_forms[] = {
    rust_panic,
    old_rust_panic,
    // assert(3) of glibc; musl; macOS and FreeBSD; NetBSD, OpenBSD and newlib, with or without a function
    FailureForm(":", ": ").where(": Assertion `").behind(": ").message_at("Assertion `"),
    FailureForm(": ", ")\n").where("Assertion failed: ").behind(" (").message_at("Assertion failed: "),
    FailureForm(", line ", ".\n").where("Assertion failed: (").behind(", file ").message_at("Assertion failed: "),
    FailureForm("\", line ", ", function").where("assertion \"").behind(" failed: file \"").message_at("assertion \""),
    FailureForm("\", line ", "\n").where("assertion \"").behind(" failed: file \"").message_at("assertion \""),
    FailureForm(":", ": runtime error: ").message_at("runtime error: "),
    // GoogleMock, at the end of a program with any framework
    FailureForm(":", ": ERROR: this mock object ").where(" should be deleted but never is.").message_at("this mock "),
    sanitizer_frame,
    sanitizer_frame_in_program,
    FailureForm(":", " in ").where("SUMMARY: ").message_at("SUMMARY: ").outside_runtimes(),
};
inline constexpr FailureWording program_failures = [] {
  FailureWording wording;
  wording.forms = program_failure_forms;
  wording.ends = rust_message_ends;
  return wording;
}();
static_assert(program_failures.is_sound());

// Frames of these are of less use than those that called them.
inline constexpr const char* runtime_folders[] = {"libsanitizer/", "compiler-rt/", "/sysdeps/",     "csu/",   "nptl/",
                                                  "./stdlib/",     "./string/",    "/include/c++/", "/rustc/"};

inline bool holds_any(std::string_view text, Span<const char*> list) {
  for (const char* const one : list) {
    if (contains(text, one)) return true;
  }
  return false;
}

// Several lines made one, of at most 200 bytes.
struct PlaceMessage {
  // False when it is full, or when a blank line ends it.
  bool add(std::string_view piece) {
    piece = trim(piece);
    if (piece.empty()) return text.empty();
    for (const char* const one : wording->headings) {
      if (piece != one) continue;
      heading = one;
      return true;
    }
    if (const char* const announced = std::exchange(heading, nullptr); announced != nullptr) {
      if (!append(announced)) return false;
    }
    return append(piece);
  }

  void clear() {
    text.clear();
    heading = nullptr;
  }

  const FailureWording* wording;
  std::string text;
  const char* heading = nullptr;  // that is written when something follows

 private:
  bool append(std::string_view piece) {
    std::size_t fits = text.size();
    const std::string_view carries_on = wording->carries_on;
    if (!carries_on.empty() && starts_with(piece, carries_on)) {
      text += wording->carried_on_by;
      piece.remove_prefix(carries_on.size());
    } else if (!text.empty()) {
      text += std::strchr(":!,[.", text.back()) != nullptr ? " " : ", ";
    }
    while (!piece.empty() && text.size() <= 200) {
      piece.remove_prefix(append_safe_character(text, piece));
      if (text.size() <= 200) fits = text.size();
    }
    text.resize(fits);
    return piece.empty();
  }
};

// Takes the number at the end of `text`, which is not 0, and the separator before it.
inline bool take_number(std::string_view& text, std::string_view separator, std::uint32_t& number) {
  std::uint64_t value = 0, scale = 1;
  std::size_t left = text.size();
  for (; left > 0 && is_digit(text[left - 1]) && text.size() - left < 10; --left) {
    value += scale * static_cast<std::uint64_t>(text[left - 1] - '0');
    scale *= 10;
  }
  if (value - 1 >= UINT32_MAX || !ends_with(text.substr(0, left), separator)) return false;
  text = text.substr(0, left - separator.size());
  number = static_cast<std::uint32_t>(value);
  return true;
}

class PlaceFinder {
 public:
  // `err_size`: how much at the start of the text is standard error.
  PlaceFinder(std::string_view text, std::size_t err_size) : text_(text), err_size_(err_size) {}

  // Looks for what is worded so. What is not found leaves `place` as it is.
  bool find(const FailureWording& wording, FailurePlace& place) {
    rest_ = text_;
    thread_ = thread_of_test(wording.thread);
    open_ = Report::None;
    message_.wording = &wording;
    bool has_reports = false, has_last = false, found = false, is_known = false;
    for (const FailureForm& form : wording.forms) {
      has_reports |= form.report != Report::None;
      has_last |= form.is_last && !thread_.empty();
    }
    while (next()) {
      if (has_reports) open_report();
      for (const FailureForm& form : wording.forms) {
        if (found && !form.is_last) continue;
        if (!may_be_here(form) || !read_line(form)) continue;
        if (form.report == Report::None) message_.clear();
        message_.add(message_part_);
        set_place(place);
        if (!form.is_last) read_below(form, place);
        if (message_.text.empty() && form.marker_says_it) message_.add(std::string_view(form.marker).substr(2));
        place.message = message_.text;
        if (!has_last) return true;
        found |= !form.is_last;
        is_known = true;
        open_ = Report::None;
        break;
      }
      if (open_ == Report::OldPanic) message_.add(line_);
      if (open_ == Report::OldPanic && line_ == " \n") open_ = Report::None;  // a blank line
    }
    return is_known;
  }

 private:
  using Report = FailureForm::Report;
  using Message = FailureForm::Message;

  // The thread whose panics count; empty: any.
  std::string_view thread_of_test(std::string_view stands_before) const {
    const std::size_t at = stands_before.empty() ? std::string_view::npos : text_.rfind(stands_before);
    if (at == std::string_view::npos) return {};
    const std::string_view name = text_.substr(at + stands_before.size());
    return name.substr(0, name.find('\n'));
  }

  // The next line without colours, a blank before it, blanks for its control characters, and with the newline.
  bool next() {
    std::string_view line;
    if (!next_line(rest_, line)) return false;
    if (ends_with(line, "\r")) line.remove_suffix(1);
    line_ = " ";
    while (!line.empty()) {
      std::size_t taken = colour_sequence_size(line);
      if (taken == 0) {
        line_ += static_cast<unsigned char>(line[0]) < ' ' ? ' ' : line[0];
        taken = 1;
      }
      line.remove_prefix(taken);
    }
    line_ += '\n';
    return true;
  }

  bool may_be_here(const FailureForm& form) const {
    if (form.is_last) {
      return !thread_.empty() && open_ != Report::OldPanic && text_.size() - rest_.size() <= err_size_;
    }
    return (form.report == Report::None || form.report == open_) && (!form.names_thread || counts());
  }

  // Whether the line begins so, but for what libtest has written before the test ran: "test NAME ... ".
  static bool starts_alone(std::string_view line, std::string_view text) {
    const std::string_view before = line.substr(0, line.find(text));
    return before.size() == 1 ||
           (before.size() < line.size() && starts_with(before, " test ") && ends_with(before, " ... "));
  }

  // Whether a panic in the line is the test's.
  bool counts() const {
    std::string_view rest = line_;
    rest.remove_prefix(rest.find('\'') + 1);
    rest = rest.substr(0, rest.find("' "));
    return thread_.empty() || rest == thread_ || rest == "main";
  }

  // Reads the place that `text` ends with. False when no number is there; no file: what is before it is none.
  bool read_place(const FailureForm& form, std::string_view text) {
    std::string_view separator = form.separator;
    file_ = "";
    if (separator == ":" && ends_with(text, ")")) {
      separator = "(";
      text.remove_suffix(1);
    }
    if (!take_number(text, separator, number_)) return false;
    // What was read was the column, when another number is before it.
    take_number(text, separator, number_);
    if (separator.size() == 2) text = text.substr(0, text.rfind(separator));  // ": "
    const std::string_view before = form.before;
    std::size_t at = text.rfind(before);
    if (at > text.size()) return true;
    at += before.size();
    if (before.empty()) {
      // A relative path with a blank in it is less likely than output without a newline before it.
      at = text.rfind(" /");
      if (at > text.size()) at = text.rfind(' ');
      ++at;
    }
    text.remove_prefix(at);
    if (form.skips_runtimes && holds_any(text, runtime_folders)) return true;
    if (text.size() < 1024) file_ = text;
    return true;
  }

  // Reads the place in the line, and the part of it that is the message.
  bool read_line(const FailureForm& form) {
    const std::string_view line = line_, marker = form.marker;
    if (!contains(line, form.needs)) return false;
    const std::string_view unknown_place = message_.wording->nowhere;
    const bool is_whole_line = form.is_last && starts_alone(line, marker);
    const bool nowhere = is_whole_line || (!unknown_place.empty() && starts_with(line, unknown_place));
    if (form.is_last && !is_whole_line) return false;
    for (std::size_t at = 0; (at = line.find(marker, at)) != std::string_view::npos; ++at) {
      if (!read_place(form, line.substr(0, at)) && !nowhere) continue;
      if (file_.empty() && !nowhere) return false;
      const std::string_view text = form.message_text;
      std::size_t from = at + marker.size(), to = line.size();
      if (form.message == Message::AtStart) from = 0;
      else if (form.message != Message::BehindMarker) from = line.find(text);
      if (form.message == Message::BehindText) from += text.size();
      const std::size_t file = file_.empty() ? 0 : static_cast<std::size_t>(file_.data() - line.data());
      if (from < file) to = file - std::string_view(form.before).size();
      message_part_ = from > line.size() ? text : line.substr(from, to - from);
      return true;
    }
    return false;
  }

  void set_place(FailurePlace& place) const {
    place.file = file_;
    place.line = file_.empty() ? 0 : number_;
  }

  // Of a report of several lines, the title comes first.
  void open_report() {
    constexpr const char* old_panic = "' panicked at '";
    std::string_view line = line_;
    const std::size_t title = line.find("Sanitizer: "), panic = line.find(old_panic);
    if (panic < line.size() && counts()) {
      open_ = Report::OldPanic;
      message_.text = "panicked:";
      line_.erase(0, panic + std::strlen(old_panic));
    } else if (title < line.size() && (line[1] == '=' || line[1] == 'W')) {
      open_ = Report::Sanitizer;
      message_.clear();
      line.remove_prefix(line.rfind(' ', title) + 1);
      line = line.substr(0, line.find(" on "));
      message_.add(line.substr(0, line.find(" (")));
    }
  }

  void read_below(const FailureForm& form, FailurePlace& place) {
    // Of Boost: two collections, or values of several lines.
    const std::size_t values = message_part_.rfind(" has failed [");
    bool more = form.has_more || ends_with(message_part_, ". \n") ||
                (values < message_part_.size() && message_part_.rfind(']') + 1 < values + 1);
    while ((more || place.file.empty()) && next() && starts_with(line_, form.lead)) {
      if (line_.size() == 2 && !form.begins_empty) return;
      const std::string_view line = line_;
      const std::size_t moves = *form.moves != '\0' ? line.find(form.moves) : line.size();
      if (moves < line.size() && read_place(form, line.substr(0, moves)) && !file_.empty()) {
        set_place(place);
        continue;
      }
      if (holds_any(line, message_.wording->ends) || read_line(form)) return;
      if (!message_.add(line.substr(std::string_view(form.lead).size()))) return;
      more = form.has_more;
    }
  }

  const std::string_view text_;
  const std::size_t err_size_;
  std::string_view rest_, thread_;
  std::string line_;
  std::string_view file_, message_part_;  // in the line, or constant
  std::uint32_t number_ = 0;
  Report open_ = Report::None;  // that has begun
  PlaceMessage message_{&program_failures, {}};
};

// Of a long text the first and the last 256 KiB, in whole lines.
inline void append_ends(std::string& out, std::string_view text) {
  constexpr std::size_t part = 256 * 1024;
  if (text.size() > 2 * part) {
    out.append(text.substr(0, part)).append("\n\n");
    text.remove_prefix(text.size() - part);
    text.remove_prefix(text.find('\n') < text.size() ? text.find('\n') : text.size());
  }
  out.append(text).append("\n\n");
}

// The first failure that the framework itself reports. Where it reports none, or only that the test crashed: what any
// program may write.
inline FailurePlace find_failure_place(const Harness& harness, const CapturedOutput& output) {
  std::string text;
  append_ends(text, output.err);
  const std::size_t err_only = text.size();
  append_ends(text, output.out);
  const std::size_t err_size = output.combined ? text.size() : err_only;
  FailurePlace place;
  PlaceFinder finder(text, err_size);
  const bool found = finder.find(harness.failures, place);
  const std::string_view crash = harness.failures.crash;
  const bool is_crash = !crash.empty() && contains(place.message, crash);
  if (!found || is_crash) finder.find(program_failures, place);
  return place;
}

}  // namespace nextest

// ---- core/report/github.hpp ----

// Workflow commands of GitHub Actions: lines that its log makes annotations and groups of.

namespace nextest {

// As the toolkit of GitHub's own actions escapes values: a property ends at a comma or colon, a message with the line.
inline void append_github_escaped(std::string& out, std::string_view text, bool is_property) {
  for (const char c : text) {
    const bool ends_property = is_property && (c == ':' || c == ',');
    if (c == '%' || c == '\r' || c == '\n' || ends_property) append_format(out, "%%%02X", c);
    else out += c;
  }
}

// A place without a file stands in the summary of the workflow only.
inline void append_github_error(std::string& out, const FailurePlace& place, std::string_view title,
                                std::string_view message) {
  out += "::error ";
  if (!place.file.empty()) {
    out += "file=";
    append_github_escaped(out, safe_name(place.file), true);
    append_format(out, ",line=%u,", place.line);
  }
  out += "title=";
  append_github_escaped(out, title, true);
  out += "::";
  append_github_escaped(out, message, false);
  out += '\n';
}

}  // namespace nextest

// ---- core/base/outlet.hpp ----

// Text on its way to a reader who may be slow: a paused pager, a full pipe, a terminal after Ctrl-S. Writing never
// blocks, so whoever waits for the reader can wait for other things as well.

namespace nextest {

class Outlet {
 public:
  explicit Outlet(int fd) : fd_(fd) {
    struct stat info {};
    is_file_ = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
    // A terminal is writable when it has any room at all, and blocks for the rest. Through an open of our own it need
    // not, and nobody else's is touched.
    const char* const terminal = ::isatty(fd) == 1 ? ::ttyname(fd) : nullptr;
    if (terminal == nullptr) return;
    own_ = Fd(::open(terminal, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (own_) fd_ = own_.get();
  }

  std::string text;  // what comes next

  // Writes what the reader takes now. False when nobody can read it any more.
  bool write_some() {
    while (!pieces_.empty() && write_some_of(pieces_.front())) pieces_.pop_front();
    if (pieces_.empty()) write_some_of(text);
    if (error_ != 0) text.clear();
    else if (text.size() >= piece_size) pieces_.push_back(std::exchange(text, {}));
    return error_ == 0;
  }

  // Writes all of it, however long the reader takes.
  void write_all() {
    for (write_some(); pending(); write_some()) wait_until_writable(fd_);
  }

  bool pending() const { return !(pieces_.empty() && text.empty()) && error_ == 0; }
  int error() const { return error_; }  // errno of a write: nobody reads us any more, or the disk is full
  int fd() const { return fd_; }

 private:
  // A large text that waits for a slow reader is many small ones: one string would be copied whole as it grows, and
  // again whenever its beginning is written.
  static constexpr std::size_t piece_size = 65536;  // bytes

  // True when nothing is left of it.
  bool write_some_of(std::string& piece) {
    std::size_t written = 0;
    while (written < piece.size() && error_ == 0) {
      // Writable means that a pipe takes this much at once; a file always takes all of it.
      std::size_t size = piece.size() - written;
      if (!is_file_) {
        pollfd ready{fd_, POLLOUT, 0};
        if (::poll(&ready, 1, 0) <= 0) break;
        size = std::min(size, static_cast<std::size_t>(PIPE_BUF));
      }
      const ssize_t count = ::write(fd_, piece.data() + written, size);
      if (count >= 0) written += static_cast<std::size_t>(count);
      else if (would_block(errno)) break;
      else if (errno != EINTR) error_ = errno;
    }
    piece.erase(0, written);
    return piece.empty();
  }

  std::list<std::string> pieces_;  // before `text`
  Fd own_;
  int fd_;
  bool is_file_ = false;
  int error_ = 0;
};

}  // namespace nextest

// ---- core/base/terminal_size.hpp ----

// How large the terminal behind a file descriptor is now.

#if NEXTEST_HAS_WINDOW_SIZE
#include <sys/ioctl.h>
#include <termios.h>
#endif

namespace nextest {

// What a variable such as COLUMNS says; 0 where it says nothing.
inline std::size_t size_in_variable(const char* name) {
  const char* const variable = ::getenv(name);
  std::uint64_t size = 0;
  if (variable == nullptr || !parse_number(variable, size, 1000)) return 0;
  return static_cast<std::uint32_t>(size);
}

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;

  // Where nothing is known, 80 x 24.
  static TerminalSize of([[maybe_unused]] int fd) {
    TerminalSize size;
#if NEXTEST_HAS_WINDOW_SIZE
    winsize window{};
    if (::ioctl(fd, TIOCGWINSZ, &window) != 0) return size;
    const std::size_t columns = window.ws_col;
    const std::size_t rows = window.ws_row;
#else
    const std::size_t columns = size_in_variable("COLUMNS");
    const std::size_t rows = size_in_variable("LINES");
#endif
    if (columns > 0) size.columns = columns;
    if (rows > 0) size.rows = rows;
    return size;
  }

  bool operator==(const TerminalSize& other) const { return columns == other.columns && rows == other.rows; }
};

}  // namespace nextest

// ---- core/report/screen.hpp ----

// Where the lines of a report go, with the footer that stands below them on a terminal: it is erased before anything
// else is written, and drawn again after it.

namespace nextest {

// Lines that stay below all others.
class Footer {
 public:
  bool shown() const { return lines_ > 0; }

  // A line too long is cut off at the edge, and not broken: a terminal may be narrower by now than it was when asked.
  void begin(std::string& out) const { out += "\x1B[?7l"; }  // DECAWM

  // Below the line that ends `out`.
  void add_line(std::string& out, std::string_view line) {
    if (shown()) out += '\n';
    out.append(line);
    ++lines_;
  }

  // After the last one. The cursor goes back to where the first one began: a terminal of another size breaks lines
  // anew, or does not, but the cursor stays at its character, so nothing has to be known of that to erase them.
  void end(std::string& out) const {
    out += "\x1B[?7h\r";
    if (lines_ > 1) append_format(out, "\x1B[%zuA", lines_ - 1);  // CUU
  }

  // Nothing of it is left, and the cursor is where its first line began. EL, CUF, ED: what ED erases from the very
  // first column of a screen, tmux keeps among the lines that have scrolled away.
  void erase(std::string& out) {
    if (shown()) out += "\r\x1B[K\x1B[C\x1B[J\r";
    lines_ = 0;
  }

 private:
  std::size_t lines_ = 0;  // that are on the screen
};

class Screen {
 public:
  explicit Screen(int fd) : outlet_(fd) {}

  TerminalSize size() const { return TerminalSize::of(outlet_.fd()); }

  // Takes whole lines, in place of the footer that is shown. `lines` is empty then.
  void add(std::string& lines) {
    if (lines.empty()) return;
    footer_.erase(outlet_.text);
    if (outlet_.text.empty()) outlet_.text.swap(lines);
    else outlet_.text += lines;
    lines.clear();
  }
  // Draws the footer anew; `add_lines` adds its lines to the text.
  void draw_footer(FunctionRef<void(Footer&, std::string&)> add_lines) {
    footer_.erase(outlet_.text);
    if (in_background()) return;  // the prompt of a shell is there
    footer_.begin(outlet_.text);
    add_lines(footer_, outlet_.text);
    footer_.end(outlet_.text);
  }

  // Writes what the reader takes now. False when nobody can read it any more.
  bool write_some() { return outlet_.write_some(); }
  bool is_behind() const { return outlet_.pending(); }
  int fd() const { return outlet_.fd(); }

 private:
  bool in_background() const {
    const pid_t foreground = ::tcgetpgrp(outlet_.fd());
    return foreground > 0 && foreground != ::getpgrp();
  }

  // What comes now shall stand on lines of its own, and be broken as before.
  void erase_footer_now() const {
    if (footer_.shown()) static_cast<void>(write_all(outlet_.fd(), "\x1B[?7h\r\x1B[J"));
  }

  Outlet outlet_;
  Footer footer_;
  const LastDuty erase_footer_now_{[](void* self) { static_cast<Screen*>(self)->erase_footer_now(); }, this};
};

}  // namespace nextest

// ---- core/report/status.hpp ----

// The words for how a test ended, and how important each is.

namespace nextest {

// Each level shows what the ones before it show.

inline StatusLevel status_level_of(const TestResult& result) {
  if (!result.passed()) return StatusLevel::Fail;
  if (result.flaky()) return StatusLevel::Retry;
  return result.last().outcome.kind == OutcomeKind::Leak ? StatusLevel::Leak : StatusLevel::Pass;
}

inline FinalStatusLevel final_status_level_of(const TestResult& result) {
  if (!result.passed()) return FinalStatusLevel::Fail;
  if (result.flaky()) return FinalStatusLevel::Flaky;
  if (result.last().slow) return FinalStatusLevel::Slow;
  return result.last().outcome.kind == OutcomeKind::Leak ? FinalStatusLevel::Leak : FinalStatusLevel::Pass;
}

// By kind of outcome: at most 12 characters, and at most 6 to stand after "TRY 1 ".
inline constexpr const char* status_words[][2] = {
    {"PASS", "PASS"},   {"LEAK", "LEAK"},     {"FAIL", "FAIL"}, {"ABORT SIG ", "SIG "}, {"LEAK-FAIL", "LKFAIL"},
    {"XFAIL", "XFAIL"}, {"TIMEOUT", "TMT"},   {"FAIL", "FAIL"}, {"FAIL", "FAIL"},       {"FAIL", "FAIL"},
    {"FAIL", "FAIL"},   {"SANITIZER", "SAN"}, {"FAIL", "FAIL"}, {"XPASS", "XPASS"}};
static_assert(std::size(status_words) == static_cast<std::size_t>(OutcomeKind::UnexpectedPass) + 1);

inline std::string status_word(const Outcome& outcome, bool is_short = false) {
  const std::string word = status_words[static_cast<std::size_t>(outcome.kind)][is_short ? 1 : 0];
  if (outcome.kind == OutcomeKind::Abort) {
    const char* const name = signal_name(outcome.code);
    return name == nullptr ? word + std::to_string(outcome.code) : (is_short ? "" : "SIG") + std::string(name);
  }
  if (outcome.kind == OutcomeKind::Timeout && outcome.timeout_passes) return is_short ? "TMPASS" : "TIMEOUT-PASS";
  if (word == "FAIL" && outcome.leaked) return is_short ? "FL+LK" : "FAIL + LEAK";
  return word;
}
inline std::string short_status_word(const Outcome& outcome) { return status_word(outcome, true); }

inline const char* report_words(const Outcome& outcome) {
  switch (static_cast<ReportedBy>(outcome.code)) {
    case ReportedBy::FailPattern: return "matches fail-pattern";
    case ReportedBy::PassPattern: return "does not match pass-pattern";
    default: return "says that it failed";
  }
}

// What is said of a test that passed behind its name.
inline const char* pass_note(const Outcome& outcome) {
  return outcome.skipped_by_test ? " (skipped by the test)" : outcome.failed_as_expected ? " (failed as expected)" : "";
}

// The end in words: "exited with 3". Empty for a plain pass.
inline std::string reason_of(const Outcome& outcome) {
  const char* const left = "left processes behind, which have been ended";
  const auto failed_with = [](const char* what, int error) { return std::string(what) + ::strerror(error); };
  std::string reason;
  switch (outcome.kind) {
    case OutcomeKind::Pass:
      return outcome.skipped_by_test ? "skipped by the test" : outcome.failed_as_expected ? "failed as expected" : "";
    case OutcomeKind::Leak: return std::string("passed, but ") + left;
    case OutcomeKind::LeakFail: return std::string("exited with 0, but ") + left;
    case OutcomeKind::Fail: reason = "exited with " + std::to_string(outcome.code); break;
    case OutcomeKind::Abort: reason = describe_signal(outcome.code, outcome.core_dumped); break;
    case OutcomeKind::OutputError: reason = failed_with("its output could not be read: ", outcome.code); break;
    case OutcomeKind::WrongTests:
      reason = "exited with 0, but its harness ran " + std::to_string(outcome.code) + " tests instead of " +
               std::to_string(outcome.expected);
      break;
    case OutcomeKind::Unfinished: reason = "exited with 0, but its harness was cut short"; break;
    case OutcomeKind::SanitizerReport: reason = "exited with 0, but a sanitizer reported a fault"; break;
    case OutcomeKind::ReportedFail:
      reason = std::string("exited with 0, but its output ") + report_words(outcome);
      break;
    case OutcomeKind::UnexpectedPass: reason = "passed, but is expected to fail"; break;
    case OutcomeKind::BadVariable:
      reason = outcome.code < 0 ? failed_with("its file $NEXTEST_ENV, in $TMPDIR or /tmp, could not be made or read: ",
                                              -outcome.code)
                                : "exited with 0, but line " + std::to_string(outcome.code) +
                                      " of $NEXTEST_ENV is not NAME=VALUE with a name that does not begin with NEXTEST";
      break;
    case OutcomeKind::ExecFail:
      reason = built_in(Feature::Config) && outcome.code < 0
                   ? failed_with("could not start: its own TMPDIR could not be made: ", -outcome.code)
                   : failed_with("could not start: ", outcome.code);
      if (outcome.code == ENOEXEC) reason += " (the binary is for another architecture?)";
      break;
    case OutcomeKind::Timeout:
      reason = outcome.global_timeout ? "ended by the run's global timeout" : "timed out";
      reason += outcome.killed ? ", killed after the grace period" : ", ended when asked to";
      break;
  }
  if (outcome.leaked) reason.append(", ").append(left);
  return reason;
}

inline Paint paint_of(const Outcome& outcome) {
  if (!outcome.passed()) return Paint::Fail;
  return outcome.kind == OutcomeKind::Pass ? Paint::Pass : Paint::Skip;
}

inline const char* cancel_reason_words(CancelReason reason) {
  constexpr const char* words[] = {"unknown reason", "setup script failure", "test failure", "reporting error",
                                   "global timeout", "test failure",         "signal",       "interrupt",
                                   "second signal"};
  static_assert(std::size(words) == static_cast<std::size_t>(CancelReason::SecondSignal) + 1);
  return words[static_cast<std::size_t>(reason)];
}

}  // namespace nextest

// ---- core/report/human_lines.hpp ----

// The lines of the human report and what they are made of, collected and given to the screen in large pieces.

namespace nextest {

class HumanLines {
 public:
  HumanLines(Screen& screen, Style style, bool indent_output)
      : screen_(screen), style_(style), indent_output_(indent_output) {}

  const Style& style() const { return style_; }

  // --- what they are about ---

  void begin(const TestList& list) { list_ = &list; }
  const TestList& list() const { return *list_; }

  // Stands before the name of each test.
  void set_counter(std::string counter) { counter_ = std::move(counter); }
  // With such a token, the log of GitHub Actions can fold outputs, and what tests print commands nothing.
  void fold_outputs(std::string token) { github_token_ = std::move(token); }

  // Whole lines that wait, and giving them to the screen.
  bool empty() const { return out_.empty(); }
  void pass_on() { screen_.add(out_); }

  // --- words ---

  HumanLines& text(std::string_view text) {
    out_.append(text);
    return *this;
  }
  HumanLines& paint(Paint paint, std::string_view text) {
    style_.paint(out_, paint, text);
    return *this;
  }
  // Any bytes, in one line.
  HumanLines& name(std::string_view name) {
    append_safe_name(out_, name);
    return *this;
  }
  // Seconds with milliseconds, and their unit; `width` without that.
  HumanLines& seconds(Duration duration, int width = 0) {
    append_seconds(out_, duration, width);
    return text("s");
  }
  // The first word of a line, right-aligned to the twelve columns of a status, and a blank.
  HumanLines& word(Paint as, std::string_view word) {
    if (word.size() < 12) out_.append(12 - word.size(), ' ');
    return paint(as, word).text(" ");
  }

  HumanLines& failure_word(const AttemptResult& last) {
    const std::string attempt = "TRY " + std::to_string(last.attempt.number) + " ";
    return word(Paint::Fail,
                last.attempt.number == 1 ? status_word(last.outcome) : attempt + short_status_word(last.outcome));
  }
  HumanLines& bracketed(Duration duration) { return text("[").seconds(duration, 8).text("] "); }
  HumanLines& longer_than(Duration duration) { return text("[>").seconds(duration, 7).text("] "); }

  // --- lines, and what ends them ---

  void rule_line() {
    style_.rule(out_, 12);
    out_ += '\n';
  }

  // A setup script, and the end of the line.
  void script_line(StressIndex stress, std::string_view id, const Vector<std::string>& command,
                   std::string_view after = "") {
    paint(Paint::BinaryId, safe_name(id));
    if (stress.active) out_ += "@stress-" + std::to_string(stress.current);
    text(": ").name(shell_join(command)).text(after).text("\n");
  }

  void start_line(std::string_view first, Paint paint, StressIndex stress, TestIndex test) {
    word(paint, first).text("[         ] ").test_line(stress, test);
  }

  // FILE:LINE: as editors and terminals make links of it. Nothing where nothing is known.
  void place_line(const FailurePlace& place) {
    if (place.message.empty() && place.file.empty()) return;
    text("             ");
    if (!place.file.empty()) {
      paint(Paint::Bold, safe_name(place.file) + ":" + std::to_string(place.line));
      if (!place.message.empty()) text(": ");
    }
    text(place.message).text("\n");
  }
  void note_line(std::string_view what, std::string_view note) {
    text("             ").text(what).text(": ").name(note).text("\n");
  }

  // The test, and the end of the line.
  void test_line(StressIndex stress, TestIndex test, std::string_view after = "") {
    const TestBinary& binary = list_->binary_of(test);
    text(counter_).paint(Paint::BinaryId, safe_name(binary.id));
    if (stress.active) out_ += "@stress-" + std::to_string(stress.current);
    out_ += ' ';
    style_.test_name(out_, list_->tests[test].name, binary.harness->separator);
    text(after).text("\n");
  }

  void output_of(const AttemptResult& result, Paint paint) {
    if (result.output != nullptr && !(result.output->out.empty() && result.output->err.empty())) {
      if (folds()) out_ += "::group::output\n";
      streams(*result.output, paint);
      if (folds()) out_ += "::endgroup::\n";
    }
    const std::string reason = reason_of(result.outcome);
    if (!reason.empty()) out_.append(indent_output_ ? "    " : "").append(reason).append("\n");
    if (built_in(Feature::Config) && !result.tmpdir.empty())
      text(indent_output_ ? "    " : "").text("TMPDIR: ").name(result.tmpdir).text("\n");
    out_ += '\n';
  }

  void streams(const CapturedOutput& output, Paint paint) {
    stream(out_heading(output), output.out, paint);
    stream("stderr", output.err, paint);
  }
  static const char* out_heading(const CapturedOutput& output) { return output.combined ? "output" : "stdout"; }

  void stream(std::string_view name, std::string_view text, Paint paint) {
    if (text.empty()) return;
    // What a test prints commands nothing.
    if (folds()) out_.append("::stop-commands::").append(github_token_).append("\n");
    std::string heading = indent_output_ ? "  " : "";
    if (!indent_output_) style_.rule(heading, 2);
    if (!indent_output_) heading += ' ';
    heading.append(name).append(" ");
    style_.rule(heading, indent_output_ ? 3 : 2);
    style_.paint(out_, paint, heading);
    out_ += '\n';
    append_safe_output(out_, text, indent_output_ ? "    " : "", style_.coloured, [this] {
      constexpr std::size_t enough = 65536;  // a large output is written in pieces, not copied first
      if (out_.size() < enough) return;
      pass_on();
      static_cast<void>(screen_.write_some());  // whoever reads no more is noticed later
    });
    if (folds()) out_.append("::").append(github_token_).append("::\n");
  }

  HumanLines& number(std::uint32_t number) { return paint(Paint::Bold, std::to_string(number)); }
  HumanLines& count(std::uint32_t of, const char* one, const char* many = "tests") {
    return number(of).text(" ").text(of == 1 ? one : many);
  }

  // "3 tests and 1 binary"; what there is none of is left out.
  HumanLines& tests_and_binaries(std::uint32_t tests, std::uint32_t binaries) {
    if (tests > 0) count(tests, "test");
    if (tests > 0 && binaries > 0) out_ += " and ";
    return binaries > 0 ? count(binaries, "binary", "binaries") : *this;
  }

  HumanLines& part(std::uint32_t of, std::string_view word, Paint as, std::string_view before = "") {
    return text(before).number(of).text(" ").paint(as, word);
  }

  // An annotation of GitHub Actions.
  void annotation(const FailurePlace& place, std::string_view title, std::string_view message) {
    append_github_error(out_, place, safe_name(title), message);
  }

  // "8/10 tests run: 5 passed (1 slow, 1 flaky), 2 failed, 2 skipped", and the end of the line.
  void run_counts(const RunStats& stats) {
    number(stats.finished_count);
    if (stats.not_run() > 0) text("/").number(stats.initial_run_count);
    text(stats.initial_run_count == 1 ? " test run: " : " tests run: ");
    part(stats.passed, "passed", Paint::Pass);
    const char* before = " (";
    const auto detail = [&](std::uint32_t of, const char* word) {
      if (of > 0) part(of, word, Paint::Skip, std::exchange(before, ", "));
    };
    const auto failures = [&](std::uint32_t of, const char* word) {
      if (of > 0) part(of, word, Paint::Fail, ", ");
    };
    detail(stats.passed_slow, "slow");
    detail(stats.flaky, "flaky");
    detail(stats.leaky, "leaky");
    detail(stats.skipped_by_test, "skipped by the test");
    if (*before == ',') out_ += ')';
    failures(stats.failed, "failed");
    if (stats.leaky_failed > 0) part(stats.leaky_failed, "due to being leaky", Paint::Fail, " (").text(")");
    failures(stats.exec_failed, "exec failed");
    failures(stats.timed_out, "timed out");
    failures(stats.setup_scripts_failed,
             stats.setup_scripts_failed == 1 ? "setup script failed" : "setup scripts failed");
    part(stats.skipped, "skipped", Paint::Skip, ", ").text("\n");
  }

  HumanLines& stress_iteration(StressIndex index) {
    text("iteration ").number(index.current + 1);
    return index.total > 0 ? text("/" + std::to_string(index.total)) : *this;
  }

  void cancelled(CancelReason reason, std::uint32_t running) {
    text("due to ").paint(Paint::Fail, cancel_reason_words(reason));
    if (running > 0) {
      text(reason == CancelReason::TestFailureImmediate ? ": immediately terminating " : ": ");
      count(running, "test").text(" still running");
    }
    out_ += '\n';
  }

  void job_control(const char* what, std::uint32_t running) {
    word(Paint::Pass, what).text("due to signal: ").count(running, "test").text(" running\n");
  }

 private:
  bool folds() const { return built_in(Feature::Github) && !github_token_.empty(); }

  Screen& screen_;
  const Style style_;
  const bool indent_output_;
  const TestList* list_ = nullptr;
  std::string out_;
  std::string counter_;

  std::string github_token_;
};

}  // namespace nextest

// ---- core/report/run_alone.hpp ----

// The command that runs one test of a run again, alone, ready to be pasted into a shell.

namespace nextest {

// `name` as the exact matcher of a filterset has it (docs/filtersets.md).
inline std::string filterset_escaped(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_control = static_cast<unsigned char>(c) < ' ' || c == 0x7F;
    const bool is_at_end = i == 0 || i + 1 == name.size();  // where blanks do not count
    if (c == '\\' || c == ')' || c == ',') out.append("\\").append(1, c);
    else if ((c == ' ' && is_at_end) || is_control) append_format(out, "\\u{%x}", c);
    else out += c;
  }
  return out;
}

// A word as a shell takes it and as it can be shown: where a report would show other characters in place of its own,
// printf makes them.
inline std::string pasted_word(std::string_view word) {
  if (safe_name(word) == word) return shell_quote(word);
  std::string out = "\"$(printf '";
  while (!word.empty()) {
    const std::size_t size = decode_utf8(word).length;
    const std::string_view character = word.substr(0, size);
    const bool is_special = contains("'\\%!", character) || (out.back() == '\'' && character == "-");
    if (!is_special && safe_name(character) == character) {
      out.append(character);
    } else {
      for (const char c : character) append_format(out, "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    word.remove_prefix(size);
  }
  return out + "')\"";
}

inline std::string pasted_command(const Vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) command.append(command.empty() ? "" : " ").append(pasted_word(word));
  return command;
}

// The words that choose that test and no others, in the binary of that id; empty: in all that are named.
inline std::string only_test_words(const std::string& name, const std::string& binary_id = "") {
  if (!built_in(Feature::Filtersets)) return " -- --exact " + pasted_word(name);
  const std::string binary = binary_id.empty() ? "" : "binary_id(=" + filterset_escaped(binary_id) + ") & ";
  return " -E " + pasted_word(binary + "test(=" + filterset_escaped(name) + ")");
}

// Those of a command line that decide which tests there are at all, and how and where each runs.
inline void append_kept_options(std::string& out, std::string_view words) {
  constexpr const char* kept[] = {"--ignore-default-filter", "--config-file", "--tool-config-file",
                                  "--user-config-file",      "--config",      "--workdir",
                                  "--target-runner"};
  bool is_value = false;
  for (std::string_view word; WordList::next(words, word) && (is_value || word != "--");) {
    bool is_kept = is_value;
    is_value = false;
    for (const char* const option : kept) {
      if (is_kept || word.substr(0, word.find('=')) != option) continue;
      is_kept = true;
      is_value = option != kept[0] && !contains(word, "=");
    }
    if (is_kept) out.append(" ").append(pasted_word(word));
  }
}

// The words that name the binary in the same way, so that it has the same id, and all that goes by it. `by_id`: they
// name others as well.
inline std::string binary_words(const RunInfo& info, const TestList& list, const TestBinary& binary, bool& by_id) {
  by_id = built_in(Feature::Filtersets);
  if (by_id && info.scope.from_configuration) return "";
  if (by_id && !info.scope.binaries_metadata.empty()) {
    const std::string& file = info.scope.binaries_metadata;
    const bool is_whole = starts_with(file, "/") || info.folder == info.workspace_root;
    return " --binaries-metadata " + pasted_word(is_whole ? file : info.workspace_root + "/" + file);
  }
  const auto path_word = [](const TestBinary& of) {
    return " " + pasted_word(contains(of.path, "/") ? of.path : "./" + of.path);
  };
  by_id = by_id && contains(binary.id, "/");  // binaries of one name have longer ids
  if (!by_id) return path_word(binary);
  std::string words;
  for (const TestBinary& other : list.binaries) {
    if (file_name(other.path) == file_name(binary.path)) words += path_word(other);
  }
  return words;
}

inline std::string command_of(const RunInfo& info, const TestList& list, TestIndex test) {
  const TestBinary& binary = list.binary_of(test);
  bool by_id = false;
  std::string command = "nextest run" + binary_words(info, list, binary, by_id);
  if (info.profile != "default") command += " -P " + pasted_word(info.profile);
  if (!info.scope.harness.empty()) command += " --harness " + pasted_word(info.scope.harness);
  append_kept_options(command, info.command_line.all());
  if (list.tests[test].ignored) command += " --run-ignored all";
  return command + only_test_words(list.tests[test].name, by_id ? binary.id : "");
}

}  // namespace nextest

// ---- core/report/final_list.hpp ----

// What the end of a run shows again, failures last, where they are still on the screen; each of these with the place
// that it failed at and the commands that run it alone.

namespace nextest {

class FinalList {
 public:
  struct Entry {
    StressIndex stress;
    TestIndex test = 0;
    FinalStatusLevel level;  // Skip: it was skipped
    bool passed = false;
    bool flaky = false;
    bool show_output = false;
    AttemptResult last{};
    FailurePlace place{};
    std::string command{};  // of the test itself
  };

  void add(Entry entry) { entries_.push_back(std::move(entry)); }

  void write(HumanLines& lines, const RunInfo& info) const {
    const Vector<std::uint32_t> order = sorted_order(entries_.size(), [&](std::uint32_t left, std::uint32_t right) {
      const Entry &a = entries_[left], &b = entries_[right];
      if (a.level != b.level) return a.level > b.level;
      if (a.stress.current != b.stress.current) return a.stress.current < b.stress.current;
      return a.test < b.test;
    });
    for (const std::uint32_t i : order) write_entry(lines, info, entries_[i]);
  }

 private:
  static void write_entry(HumanLines& lines, const RunInfo& info, const Entry& entry) {
    if (entry.level == FinalStatusLevel::Skip) return lines.start_line("SKIP", Paint::Skip, entry.stress, entry.test);
    write_word(lines, entry);
    lines.bracketed(entry.last.duration).test_line(entry.stress, entry.test, pass_note(entry.last.outcome));
    if (!entry.passed) {
      lines.place_line(entry.place);
      lines.note_line("run", command_of(info, lines.list(), entry.test));
      if (!entry.command.empty()) lines.note_line("command", entry.command);
      if (built_in(Feature::Config) && !entry.last.tmpdir.empty()) lines.note_line("TMPDIR", entry.last.tmpdir);
    }
    if (entry.show_output) lines.output_of(entry.last, entry.passed ? Paint::Pass : Paint::Fail);
  }

  static void write_word(HumanLines& lines, const Entry& entry) {
    const AttemptResult& last = entry.last;
    if (entry.flaky) {
      const std::string of = std::to_string(last.attempt.number) + "/" + std::to_string(last.attempt.total);
      lines.word(entry.passed ? Paint::Skip : Paint::Fail, (entry.passed ? "FLAKY " : "FLKY-FL ") + of);
    } else if (!entry.passed) {
      lines.failure_word(last);
    } else if (last.slow) {
      const OutcomeKind kind = last.outcome.kind;
      lines.word(Paint::Skip, kind == OutcomeKind::Pass   ? "SLOW"
                              : kind == OutcomeKind::Leak ? "SLOW + LEAK"
                                                          : "SLOW+TMPASS");
    } else {
      lines.word(paint_of(last.outcome), status_word(last.outcome));
    }
  }

  Vector<Entry> entries_;
};

}  // namespace nextest

// ---- core/report/info_lines.hpp ----

// The answer to "what is running?": how each unit stands, and what it has written so far.

namespace nextest {

class InfoLines {
 public:
  explicit InfoLines(HumanLines& lines) : lines_(lines) {}

  void begin(const InfoStarted& started) {
    lines_.rule_line();
    lines_.word(Paint::Pass, "Info").count(started.running, "test").text(" running; ").run_counts(started.stats);
  }

  void answer(const InfoResponse& response, CancelReason cancel_reason) {
    const UnitStatus& status = response.status;
    const bool is_test = response.script_id.empty();
    lines_.word(Paint::Pass, std::to_string(response.index + 1) + "/" + std::to_string(response.total));
    if (is_test) lines_.test_line(response.stress, response.test);
    else lines_.paint(Paint::BinaryId, safe_name(response.script_id)).text(" (setup script)\n");
    lines_.text("      status: ");
    const Attempt& attempt = response.attempt;
    if (attempt.total > 1) {
      lines_.text("attempt " + std::to_string(attempt.number) + "/" + std::to_string(attempt.total) + " ");
    }
    state(status, cancel_reason);
    if (is_test) lines_.text(", slot " + std::to_string(response.slot.global_slot));
    if (response.slot.group_slot >= 0) {
      lines_.text(", slot " + std::to_string(response.slot.group_slot) + " of group ").name(response.slot.test_group);
    }
    lines_.text("\n");
    if (status.output == nullptr) return;
    lines_.stream(HumanLines::out_heading(*status.output), newest(status.output->out), Paint::Pass);
    lines_.stream("stderr", newest(status.output->err), Paint::Pass);
  }

 private:
  void state(const UnitStatus& status, CancelReason cancel_reason) {
    switch (status.state) {
      case UnitState::WaitingForRetry:
        next("waits for ", status.in_state);
        if (status.remaining.ns > 0) next(", starts in ", status.remaining);
        return;
      case UnitState::Running: next("running for ", status.elapsed); break;
      case UnitState::Terminating:
      case UnitState::Killing: next("ending after ", status.elapsed); break;
      case UnitState::Draining:
      case UnitState::Done: next("has ended after ", status.elapsed); break;
    }
    lines_.text(" as PID " + std::to_string(status.pid));
    if (status.state == UnitState::Running && status.slow) lines_.text(", slow");
    if (status.stopped) lines_.text(", stopped");
    if (status.state == UnitState::Draining) {
      next(", what it left behind is a leak in ", status.remaining);
    } else if (status.state == UnitState::Terminating) {
      asked(", asked to end ", status, cancel_reason);
      next(", will be killed in ", status.remaining);
    } else if (status.state == UnitState::Killing) {
      asked(", killed; asked to end ", status, cancel_reason);
    }
  }

  void asked(const char* words, const UnitStatus& status, CancelReason cancel_reason) {
    next(words, status.in_state);
    lines_.text(" ago because of ")
        .text(status.cause == EndingCause::SlowTimeout ? "its timeout" : cancel_reason_words(cancel_reason));
  }

  void next(const char* words, Duration duration) {
    lines_.text(words).seconds(duration.ns > 0 ? duration : Duration());
  }

  // Of a long output only the end, from the start of a line.
  static std::string_view newest(std::string_view output) {
    constexpr std::size_t enough = 65536;
    if (output.size() <= enough) return output;
    output.remove_prefix(output.size() - enough);
    const std::size_t line = output.find('\n');
    return line == std::string_view::npos ? output : output.substr(line + 1);
  }

  HumanLines& lines_;
};

}  // namespace nextest

// ---- core/base/display_width.hpp ----

// How many columns of a terminal text takes, and names made to fit. libc's wcwidth depends on the locale, and on which
// libc it is; a name is as wide on a machine without locales.

namespace nextest {

// Characters of two columns (UAX #11, W and F) and of none (Mn, Me, Cf; the vowels and final consonants of Hangul
// syllables), with unassigned ones between two alike. Of Unicode 14, in the form of unicode.hpp.
// clang-format off
inline constexpr std::uint8_t wide_ranges[] = {
    162, 0, 95, 163, 58, 1, 13, 1, 129, 62, 3, 3, 0, 2, 0, 132, 9, 1, 21, 1, 50, 11, 43, 0, 19, 0, 13, 0, 8, 1, 17, 1,
    5, 1, 8, 0, 5, 0, 21, 0, 7, 1, 1, 0, 4, 0, 2, 0, 7, 0, 4, 1, 28, 0, 35, 0, 1, 0, 4, 2, 1, 0, 61, 2, 24, 0, 14, 0,
    134, 91, 1, 51, 0, 4, 0, 134, 42, 131, 62, 2, 132, 6, 8, 182, 111, 64, 129, 173, 70, 137, 25, 28, 133, 3, 215, 35,
    194, 92, 131, 89, 134, 54, 91, 129, 21, 95, 127, 6, 129, 223, 121, 129, 134, 27, 250, 8, 0, 129, 74, 0, 129, 62, 0,
    2, 9, 101, 130, 32, 12, 8, 1, 69, 1, 21, 12, 42, 4, 4, 12, 16, 3, 0, 3, 70, 1, 0, 1, 129, 58, 2, 62, 13, 3, 1, 23,
    18, 0, 26, 1, 13, 0, 86, 84, 48, 69, 6, 0, 3, 2, 2, 10, 11, 1, 7, 8, 129, 99, 16, 130, 27, 46, 1, 9, 1, 129, 56,
    112, 129, 6, 138, 9, 135, 255, 125};
inline constexpr std::uint8_t zero_width_ranges[] = {
    134, 0, 111, 130, 19, 6, 130, 7, 44, 1, 0, 1, 1, 1, 1, 1, 0, 56, 5, 10, 10, 1, 0, 46, 20, 16, 0, 101, 7, 1, 5, 2,
    1, 1, 3, 33, 0, 1, 0, 30, 26, 91, 10, 58, 8, 9, 0, 24, 3, 1, 8, 1, 2, 1, 4, 43, 2, 52, 15, 42, 56, 55, 0, 1, 0, 4,
    7, 4, 0, 3, 6, 10, 1, 29, 0, 58, 0, 4, 3, 8, 0, 20, 1, 26, 4, 57, 0, 4, 16, 30, 1, 3, 0, 11, 1, 57, 0, 4, 7, 4, 0,
    20, 1, 22, 7, 58, 0, 2, 0, 1, 3, 8, 9, 11, 1, 30, 0, 61, 0, 12, 0, 50, 0, 3, 0, 55, 0, 1, 2, 5, 16, 11, 1, 29, 0,
    58, 0, 2, 0, 6, 0, 5, 1, 20, 1, 28, 1, 57, 1, 4, 3, 8, 0, 20, 1, 29, 0, 72, 0, 7, 4, 90, 0, 2, 6, 12, 7, 98, 0, 2,
    8, 11, 5, 74, 1, 27, 0, 1, 0, 1, 0, 55, 13, 1, 4, 1, 1, 5, 47, 9, 0, 102, 3, 1, 5, 1, 1, 2, 1, 25, 1, 4, 2, 16, 3,
    13, 0, 2, 1, 6, 0, 15, 0, 129, 66, 129, 31, 130, 93, 2, 135, 50, 2, 29, 1, 30, 1, 30, 1, 64, 1, 1, 6, 8, 0, 2, 10,
    9, 0, 45, 4, 117, 1, 34, 0, 118, 2, 4, 1, 9, 0, 6, 2, 129, 91, 1, 2, 0, 58, 0, 1, 8, 1, 0, 2, 7, 6, 12, 48, 83, 48,
    0, 1, 4, 1, 0, 5, 0, 40, 8, 12, 1, 32, 3, 2, 1, 1, 2, 56, 0, 1, 1, 3, 0, 1, 2, 58, 7, 2, 1, 129, 24, 2, 1, 12, 1,
    6, 4, 0, 6, 0, 3, 1, 129, 70, 63, 132, 11, 4, 26, 4, 49, 15, 96, 32, 151, 126, 2, 129, 13, 0, 96, 31, 132, 42, 3,
    107, 1, 129, 235, 84, 3, 1, 9, 32, 1, 80, 1, 130, 16, 0, 3, 0, 4, 0, 25, 1, 5, 0, 129, 23, 1, 26, 17, 13, 0, 38, 7,
    25, 10, 46, 2, 48, 0, 2, 3, 2, 1, 39, 0, 67, 5, 2, 1, 2, 1, 12, 0, 8, 0, 47, 0, 51, 0, 1, 2, 2, 1, 5, 1, 1, 0, 42,
    1, 8, 0, 129, 110, 0, 2, 0, 4, 0, 215, 66, 79, 198, 30, 0, 133, 97, 15, 16, 15, 129, 79, 0, 129, 121, 2, 132, 1, 0,
    129, 98, 0, 129, 21, 4, 141, 6, 14, 40, 7, 129, 37, 1, 132, 61, 3, 131, 3, 1, 129, 25, 10, 49, 3, 123, 0, 54, 14,
    41, 0, 2, 1, 10, 2, 49, 3, 2, 1, 2, 0, 4, 11, 50, 2, 36, 4, 1, 7, 62, 0, 12, 1, 52, 8, 10, 3, 2, 0, 95, 2, 2, 0, 1,
    1, 6, 0, 129, 32, 0, 3, 7, 21, 1, 57, 1, 3, 0, 37, 14, 129, 67, 7, 2, 2, 1, 0, 23, 0, 84, 5, 1, 0, 4, 1, 1, 1, 129,
    110, 3, 6, 1, 1, 1, 27, 1, 85, 7, 2, 0, 1, 1, 106, 0, 1, 0, 2, 5, 1, 0, 101, 2, 2, 3, 1, 4, 130, 3, 8, 1, 1, 130,
    0, 1, 1, 0, 4, 0, 129, 16, 7, 4, 0, 32, 9, 40, 5, 2, 3, 8, 0, 9, 5, 2, 2, 46, 12, 1, 1, 131, 22, 13, 1, 0, 82, 21,
    2, 6, 1, 1, 1, 1, 122, 20, 1, 0, 72, 1, 3, 0, 1, 0, 130, 91, 1, 170, 59, 8, 237, 55, 4, 59, 6, 136, 24, 0, 63, 3,
    81, 0, 129, 153, 56, 1, 1, 165, 38, 132, 32, 2, 9, 15, 2, 6, 30, 3, 129, 20, 2, 143, 59, 54, 4, 49, 8, 0, 14, 0,
    22, 20, 138, 80, 42, 130, 5, 6, 130, 119, 0, 61, 3, 139, 96, 6, 109, 6, 176, 173, 54, 131, 110};
// clang-format on

// 0, 1 or 2. Not for control characters.
inline std::size_t display_width(char32_t code) {
  if (code < 0x300) return 1;
  CharacterRange range;
  for (RangeReader reader(zero_width_ranges); reader.next(range) && range.first <= code;) {
    if (code <= range.last) return 0;
  }
  for (RangeReader reader(wide_ranges); reader.next(range) && range.first <= code;) {
    if (code <= range.last) return 2;
  }
  return 1;
}

// Of text without control characters (escape.hpp).
inline std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    width += display_width(character.code);
    text.remove_prefix(character.length);
  }
  return width;
}

// `text` in at most `width` columns: the middle of a longer one gives way to `gap`, since the ends of names tell most.
inline std::string elide_middle(std::string_view text, std::size_t width, std::string_view gap) {
  const std::size_t whole = display_width(text);
  if (whole <= width) return std::string(text);
  const std::size_t gap_width = display_width(gap);
  if (width <= gap_width) return std::string(gap.substr(0, width == gap_width ? gap.size() : 0));
  const std::size_t head_width = (width - gap_width) / 2;
  std::size_t at = 0, column = 0, head = 0;
  // The head ends before the character that no longer fits; the tail begins with the first that leaves enough out.
  for (bool in_head = true; at < text.size();) {
    const DecodedCharacter character = decode_utf8(text.substr(at));
    const std::size_t next = column + display_width(character.code);
    if (in_head && next > head_width) in_head = false;
    if (in_head) head = at + character.length;
    if (!in_head && next > column && whole - column <= width - gap_width - display_width(text.substr(0, head))) break;
    column = next;
    at += character.length;
  }
  return std::string(text.substr(0, head)).append(gap).append(text.substr(at));
}

}  // namespace nextest

// ---- core/report/progress.hpp ----

// How far a run is: a bar with counts, and below it the tests that are running, those that run longest first.

namespace nextest {

struct ProgressOptions {
  std::uint32_t max_running = 8;                // tests below the bar
  std::uint32_t test_threads = 1;               // how many tests run at a time
  const Vector<Duration>* durations = nullptr;  // by test, below 0 where not known; null or empty: none is known
};

class Progress {
 public:
  Progress(const Style& style, const ProgressOptions& options) : style_(style), options_(options) {}

  RunStats stats;  // of the tests that have finished

  // Once, and at each iteration of a stress run.
  void begin(const TestList& list) {
    list_ = &list;
    const ListCounts counts = list.counts();
    stats = RunStats();
    stats.initial_run_count = counts.selected_tests;
    stats.skipped = counts.skipped_tests;
    left_ = Duration();
    unknown_ = counts.selected_tests;
    for (TestIndex test = 0; test < list.tests.size(); ++test) {
      if (list.tests[test].mismatch == Mismatch::None) account(test, 1);
    }
  }

  void on_started(const TestStarted& started, Duration at) {
    running_.push_back({started.test, started.stress, started.attempt.number, at});
  }
  void on_slow(const TestSlow& slow) {
    for (Running& running : running_) {
      if (running.test == slow.test) running.word = slow.will_terminate ? "TERMINATING" : "SLOW";
    }
  }
  void on_attempt_ended(TestIndex test) {
    for (Running* running = running_.begin(); running != running_.end(); ++running) {
      if (running->test == test) return running_.erase(running);
    }
  }
  void on_finished(const TestFinished& finished) {
    on_attempt_ended(finished.test);
    stats.on_finished(finished.result);
    account(finished.test, -1);
  }

  // "( 12/345) ", always as wide.
  std::string counter() const {
    const std::string total = std::to_string(stats.initial_run_count);
    std::string text;
    append_format(text, "(%*u/%s) ", static_cast<int>(total.size()), stats.finished_count, total.c_str());
    return text;
  }

  // The line of the bar alone, for those who ask.
  std::string bar_line(Duration elapsed, TerminalSize size) const {
    return bar(elapsed, std::max<std::size_t>(size.columns, 40) - 1).text + "\n";
  }

  // `elapsed`: since the run began. No line is as wide as the terminal, or it would take a second row of some.
  void draw(Footer& footer, std::string& out, Duration elapsed, TerminalSize size) {
    const std::size_t columns = size.columns - 1;
    if (columns < 36) return;
    footer.add_line(out, bar(elapsed, columns).text);
    const std::size_t room = std::min<std::size_t>(options_.max_running, size.rows / 2);
    const std::size_t shown = running_.size() <= room ? running_.size() : room > 0 ? room - 1 : 0;
    for (std::size_t i = 0; i < shown; ++i) {
      footer.add_line(out, running_line(running_[i], elapsed, columns).text);
    }
    if (shown == running_.size() || room == 0) return;
    footer.add_line(out, "             and " + std::to_string(running_.size() - shown) + " more");
  }

 private:
  struct Running {
    TestIndex test;
    StressIndex stress;
    std::uint32_t attempt;
    Duration since;
    const char* word = "";
    std::string binary{}, name{};  // as they fit into `label_width` columns
    std::size_t label_width = 0;
  };

  struct Line {
    std::string text;
    std::size_t width = 0;
  };

  void add(Line& line, Paint paint, std::string_view text) const {
    style_.paint(line.text, paint, text);
    line.width += display_width(text);
  }

  Line bar(Duration elapsed, std::size_t columns) const {
    Line line;
    const bool failed = stats.failed_count() + stats.setup_scripts_failed > 0;
    const Paint paint = failed ? Paint::Fail : Paint::Pass;
    const CancelReason reason = stats.cancel_reason;
    add(line, paint,
        reason == CancelReason::None           ? "     Running"
        : reason == CancelReason::SecondSignal ? "     Killing"
                                               : "  Cancelling");
    const long long seconds = elapsed.ns / 1000000000;
    std::string text;
    append_format(text, " [ %02lld:%02lld:%02lld] ", seconds / 3600, seconds / 60 % 60, seconds % 60);
    add(line, Paint::Plain, text);

    Line counts;
    add(counts, Paint::Bold, std::to_string(stats.finished_count) + "/" + std::to_string(stats.initial_run_count));
    const std::size_t room = columns - line.width;
    const char* before = ": ";
    const auto part = [&](Paint as, const std::string& words) {
      if (words.empty() || counts.width + 2 + words.size() > room) return;
      add(counts, Paint::Plain, before);
      add(counts, as, words);
      before = ", ";
    };
    const auto number = [&](Paint as, std::size_t count, const char* word) {
      if (count > 0) part(as, std::to_string(count) + word);
    };
    number(Paint::Plain, running_.size(), " running");
    number(Paint::Fail, stats.failed_count(), " failed");
    number(Paint::Pass, stats.passed, " passed");
    number(Paint::Skip, stats.skipped, " skipped");
    part(Paint::Plain, remaining(elapsed));

    const std::size_t widest = 25, narrowest = 6;  // of the bar
    const std::size_t width = std::min(widest, room - std::min(room, counts.width));
    if (width >= narrowest && stats.initial_run_count > 0) {
      const std::size_t done = (width - 1) * stats.finished_count / stats.initial_run_count;
      std::string full;
      for (std::size_t i = 0; i < done; ++i) full += style_.unicode ? "\xE2\x94\x81" : "=";
      style_.paint(line.text, paint, full);
      style_.rule(line.text, static_cast<int>(width - 1 - done));
      line.text += ' ';
      line.width += width;
    }
    line.text += counts.text;
    return line;
  }

  Line running_line(Running& running, Duration elapsed, std::size_t columns) const {
    Line line;
    const std::string word = *running.word == '\0' && running.attempt > 1 ? "TRY " + std::to_string(running.attempt)
                                                                          : std::string(running.word);
    std::string text(word.size() < 12 ? 12 - word.size() : 0, ' ');
    add(line, *running.word != '\0' ? Paint::Skip : Paint::Retry, text + word);
    text = " [";
    append_seconds(text, elapsed - running.since, 8);
    add(line, Paint::Plain, text + "s] ");
    if (running.label_width != columns) {
      running.label_width = columns;
      fit_label(running, columns - line.width);
    }
    add(line, Paint::BinaryId, running.binary);
    add(line, Paint::NameEnd, running.name);
    return line;
  }

  // The binary's id takes at most a third; both give way in the middle.
  void fit_label(Running& running, std::size_t columns) const {
    const std::string_view gap = style_.unicode ? "\xE2\x80\xA6" : "...";
    running.binary = shortened(list_->binary_of(running.test).id, columns / 3, gap);
    if (running.stress.active) running.binary += "@stress-" + std::to_string(running.stress.current);
    running.binary += ' ';
    const std::size_t taken = display_width(running.binary);
    running.name = shortened(list_->tests[running.test].name, columns > taken ? columns - taken : 0, gap);
  }

  static std::string shortened(std::string_view name, std::size_t columns, std::string_view gap) {
    // What is far longer than any terminal is wide need not be looked at as a whole.
    constexpr std::size_t ample = 8192;
    std::string safe = safe_name(name.substr(0, ample));
    if (name.size() > ample) safe += safe_name(name.substr(std::max(ample, name.size() - ample)));
    return elide_middle(safe, columns, gap);
  }

  // `sign`: 1 when a test is to be run, -1 when it has been.
  void account(TestIndex test, int sign) {
    if (options_.durations == nullptr || options_.durations->empty()) return;
    const Duration known = (*options_.durations)[test];
    if (known.ns < 0) {
      if (sign < 0) --unknown_;
    } else {
      left_.ns += sign * known.ns;
      if (sign > 0) --unknown_;
    }
  }

  // From the durations of earlier runs, when those of all tests that are left are known.
  std::string remaining(Duration elapsed) const {
    if (unknown_ > 0 || stats.not_run() == 0 || stats.cancel_reason != CancelReason::None) return "";
    Duration work = left_, longest{};
    for (const Running& running : running_) {
      const Duration known = (*options_.durations)[running.test];
      const Duration done = std::min(known, elapsed - running.since);
      work = work - done;
      longest = std::max(longest, known - done);
    }
    const Duration left = std::max(longest, Duration{work.ns / options_.test_threads});
    const long long seconds = (left.ns + 999999999) / 1000000000;
    if (seconds == 0) return "";  // they take longer than before
    std::string text = "about ";
    if (seconds >= 3600) append_format(text, "%lldh %02lldm", seconds / 3600, seconds / 60 % 60);
    else if (seconds >= 60) append_format(text, "%lldm %02llds", seconds / 60, seconds % 60);
    else append_format(text, "%llds", seconds);
    return text + " left";
  }

  const Style& style_;
  const ProgressOptions options_;
  const TestList* list_ = nullptr;
  Vector<Running> running_;    // in the order they started
  Duration left_{};            // what the tests that have not finished took before
  std::uint32_t unknown_ = 0;  // how many of them are not known
};

}  // namespace nextest

// ---- core/report/live_bar.hpp ----

// When the progress of a run is drawn below the lines of a terminal: at most twenty times a second, and not while
// somebody else writes there.

namespace nextest {

class LiveBar {
 public:
  // Without a clock it never shows.
  explicit LiveBar(const RunClock* clock) : clock_(clock) {}

  // `at`: now, since the run began.
  void show(bool shown, Duration at) {
    if (clock_ == nullptr) return;
    shown_ = shown;
    origin_ = clock_->now() - at;
  }
  bool shown() const { return built_in(Feature::Terminal) && shown_; }

  // How long until it is to be drawn again; sooner when there are lines to be written above it.
  Duration due_in(bool has_lines) const {
    const Duration next = drawn_at_ + Duration::milliseconds(has_lines ? 50 : 100);
    return std::max(next - elapsed(), Duration());
  }
  bool is_due(bool has_lines, TerminalSize size) const { return due_in(has_lines).ns == 0 || !(size == size_); }

  void draw(Progress& progress, Screen& screen) {
    drawn_at_ = elapsed();
    size_ = screen.size();
    screen.draw_footer([&](Footer& footer, std::string& out) { progress.draw(footer, out, drawn_at_, size_); });
  }

 private:
  Duration elapsed() const { return clock_->now() - origin_; }

  const RunClock* const clock_;
  bool shown_ = false;
  Duration origin_{};  // when the run began, by the clock
  Duration drawn_at_{};
  TerminalSize size_;  // then
};

}  // namespace nextest

// ---- core/report/run_lines.hpp ----

// How a run begins and how it ends, for people.

namespace nextest {

class RunLines {
 public:
  explicit RunLines(HumanLines& lines) : lines_(lines) {}

  // Which run it is, and of how many tests.
  void begin(const RunInfo& info) {
    lines_.rule_line();
    lines_.word(Paint::Pass, "Nextest run").text("ID ").paint(Paint::Bold, safe_name(info.run_id));
    lines_.text(" with nextest profile: ").paint(Paint::Bold, safe_name(info.profile)).text("\n");
    if (!info.parent.empty()) {
      lines_.word(Paint::Pass, "Rerun").text("of ").paint(Paint::Bold, safe_name(info.parent)).text("\n");
    }
    const ListCounts counts = lines_.list().counts();
    lines_.word(Paint::Pass, "Starting").count(counts.selected_tests, "test");
    lines_.text(" across ").count(counts.listed_binaries, "binary", "binaries");
    if (counts.skipped_tests > 0 || counts.skipped_binaries > 0) {
      lines_.text(" (").tests_and_binaries(counts.skipped_tests, counts.skipped_binaries);
      lines_.text(" ").paint(Paint::Skip, "skipped");
      const char* before = ", including ";
      if (counts.tests_by_rerun > 0) {
        lines_.text(std::exchange(before, " and ")).count(counts.tests_by_rerun, "test").text(" that already passed");
      }
      if (counts.tests_by_default_filter > 0 || counts.binaries_by_default_filter > 0) {
        lines_.text(before).tests_and_binaries(counts.tests_by_default_filter, counts.binaries_by_default_filter);
        lines_.text(" via the default-filter");
      }
      lines_.text(")");
    }
    if (!info.order.empty()) lines_.text("\n").word(Paint::Pass, "Order").name(info.order);
    lines_.text("\n");
  }

  void summary(const RunFinished& finished) {
    const RunStats& stats = finished.stats;
    lines_.rule_line();
    if (finished.stressed) {
      const StressStats& stress = finished.stress;
      const bool cancelled = stats.cancel_reason != CancelReason::None;
      lines_.word(stress.failed > 0 || cancelled ? Paint::Fail : Paint::Pass, "Summary");
      lines_.bracketed(finished.elapsed).number(stress.completed.current);
      if (stress.completed.total > 0) lines_.text("/" + std::to_string(stress.completed.total));
      lines_.text(stress.completed.current == 1 && stress.completed.total <= 1 ? " stress run iteration: "
                                                                               : " stress run iterations: ");
      lines_.part(stress.passed, "passed", Paint::Pass);
      if (stress.failed > 0) lines_.part(stress.failed, "failed", Paint::Fail, ", ");
      if (cancelled) lines_.text("; cancelled due to ").text(cancel_reason_words(stats.cancel_reason));
      lines_.text("\n");
    } else {
      const bool good =
          stats.all_ran_and_passed() && stats.setup_scripts_failed == 0 && stats.cancel_reason == CancelReason::None;
      lines_.word(!good ? Paint::Fail : stats.finished_count == 0 ? Paint::Skip : Paint::Pass, "Summary");
      lines_.bracketed(finished.elapsed).run_counts(stats);
    }
  }

  void not_run(const RunStats& stats) {
    if (stats.not_run() == 0) return;
    lines_.paint(Paint::Skip, "warning").text(": " + std::to_string(stats.not_run()));
    lines_.text("/" + std::to_string(stats.initial_run_count));
    lines_.text(stats.initial_run_count == 1 ? " test was not run" : " tests were not run");
    const CancelReason reason = stats.cancel_reason;
    if (reason != CancelReason::None) lines_.text(" due to ").text(cancel_reason_words(reason));
    const bool failed_fast = reason == CancelReason::TestFailure || reason == CancelReason::TestFailureImmediate;
    if (failed_fast) lines_.text(" (run with --no-fail-fast to run all tests, or with --max-fail)");
    lines_.text("\n");
  }

  // Of a rerun: what it leaves to another.
  void outstanding_tests(const RerunState& rerun) {
    const Vector<const KnownTest*> left = rerun.outstanding_beside(lines_.list());
    if (left.empty()) return;
    lines_.paint(Paint::Skip, "warning").text(": " + std::to_string(left.size()));
    lines_.text(left.size() == 1 ? " test is" : " tests are").text(" outstanding, which this rerun did not run:\n");
    for (const KnownTest* test : left) {
      lines_.text("    ").paint(Paint::BinaryId, safe_name(test->binary_id)).text(" ").name(test->name).text("\n");
    }
  }

 private:
  HumanLines& lines_;
};

}  // namespace nextest

// ---- core/report/human.hpp ----

// The event stream for people: a line a status, the output of what failed, a summary, and what needs attention again.

namespace nextest {

struct HumanOptions {
  Style style;
  bool counter = false;             // beside each test that has finished
  const RunClock* clock = nullptr;  // for a bar below the lines; null: no bar
  ProgressOptions progress;
  bool github = false;  // annotations and groups, as GitHub Actions shows them
  StatusLevel status_level = StatusLevel::Pass;
  FinalStatusLevel final_status_level = FinalStatusLevel::Flaky;
  bool indent_output = true;
  bool show_commands = false;
};

class HumanReporter final : public EventSink {
 public:
  HumanReporter(int fd, const HumanOptions& human)
      : options_(human),
        screen_(fd),
        lines_(screen_, human.style, human.indent_output),
        run_lines_(lines_),
        progress_(lines_.style(), human.progress),
        bar_(human.clock) {}

  void on_event(const Event& event) override {
    at_ = event.at;
    std::visit(
        [this](const auto& what) {
          if constexpr (is_emitted<decltype(what)>) on(what);
        },
        event.what);
  }

  // With a bar, lines wait until it may be drawn again: so it is never seen to go.
  bool flush() override {
    const bool is_behind = screen_.is_behind();
    if (bar_.shown() && !is_behind && !bar_.is_due(!lines_.empty(), screen_.size())) return true;
    lines_.pass_on();
    if (bar_.shown() && !is_behind) bar_.draw(progress_, screen_);
    return screen_.write_some();
  }
  int waits_for() const override { return screen_.is_behind() ? screen_.fd() : -1; }
  Duration flush_within() const override {
    if (bar_.shown()) return bar_.due_in(!lines_.empty());
    return lines_.empty() && !screen_.is_behind() ? forever : Duration();
  }

 private:
  // Events that this reader shows nothing of.
  template <class Other>
  void on(const Other&) {}

  void on(const RunStarted& started) {
    list_ = started.list;
    lines_.begin(*list_);
    info_ = started.info;
    rerun_ = started.rerun;
    if (annotates()) lines_.fold_outputs("nextest-" + make_uuid());  // tests know the run's id
    begin_counting();
    bar_.show(true, at_);
    show_starts_ = options_.show_commands || !started.request.capture;
    run_lines_.begin(*started.info);
  }

  void on(const StressSubRunStarted& started) {
    begin_counting();
    lines_.rule_line();
    lines_.word(Paint::Pass, "Stress test").stress_iteration(started.index);
    if (started.condition.kind == StressCondition::Time) {
      lines_.text(" (for ").seconds(started.condition.duration).text(" in all)");
    }
    lines_.text("\n");
  }

  void on(const StressSubRunFinished& finished) {
    lines_.word(finished.stats.failed_count() > 0 ? Paint::Fail : Paint::Pass, "Stress test");
    lines_.bracketed(finished.elapsed).stress_iteration(finished.index).text(": ").run_counts(finished.stats);
  }

  // Scripts that are not captured write where the bar would be.
  void on(const SetupScriptStarted& started) {
    script_writes_ = true;
    bar_.show(false, at_);
    const std::string total = std::to_string(started.total);
    std::string place;
    append_format(place, "[ %*u/%s ] ", static_cast<int>(total.size()), started.index + 1, total.c_str());
    lines_.word(Paint::Pass, "SETUP").text(place);
    lines_.script_line(started.stress, started.script_id, started.command);
  }
  void on(const SetupScriptSlow& slow) {
    if (options_.status_level < (slow.will_terminate ? StatusLevel::Fail : StatusLevel::Slow)) return;
    lines_.word(slow.will_terminate ? Paint::Fail : Paint::Skip, slow.will_terminate ? "TERMINATING" : "SETUP SLOW");
    lines_.longer_than(slow.elapsed)
        .script_line(slow.stress, slow.script_id, slow.command, stopped_words(slow.stopped));
  }
  void on(const SetupScriptFinished& finished) {
    script_writes_ = false;
    bar_.show(true, at_);
    const Outcome& outcome = finished.result.outcome;
    if (!outcome.passed()) ++progress_.stats.setup_scripts_failed;
    lines_.word(paint_of(outcome), "SETUP " + short_status_word(outcome)).bracketed(finished.result.duration);
    lines_.script_line(finished.stress, finished.script_id, finished.command);
    if (outcome.passed()) return;
    lines_.output_of(finished.result, Paint::Fail);
    if (annotates()) lines_.annotation({}, finished.script_id, reason_of(outcome));
  }

  void on(const TestStarted& started) { begin_attempt(started, Paint::Pass, "START"); }
  void on(const TestRetryStarted& started) {
    begin_attempt(started, Paint::Retry, "TRY " + std::to_string(started.attempt.number) + " START");
  }

  void on(const TestSlow& slow) {
    progress_.on_slow(slow);
    const bool last = slow.attempt.number == slow.attempt.total;
    const StatusLevel needed = !slow.will_terminate ? StatusLevel::Slow : last ? StatusLevel::Fail : StatusLevel::Retry;
    if (options_.status_level < needed) return;
    const std::string attempt = "TRY " + std::to_string(slow.attempt.number) + " ";
    if (slow.will_terminate) {
      lines_.word(last ? Paint::Fail : Paint::Retry, slow.attempt.total > 1 ? attempt + "TRMNTG" : "TERMINATING");
    } else {
      lines_.word(Paint::Skip, slow.attempt.number > 1 ? attempt + "SLOW" : "SLOW");
    }
    lines_.longer_than(slow.elapsed).test_line(slow.stress, slow.test, stopped_words(slow.stopped));
  }

  void on(const TestAttemptFailed& failed) {
    progress_.on_attempt_ended(failed.test);
    if (options_.status_level < StatusLevel::Retry) return;
    const Attempt& attempt = failed.result.attempt;
    lines_.word(Paint::Retry, "TRY " + std::to_string(attempt.number) + " " + short_status_word(failed.result.outcome));
    lines_.bracketed(failed.result.duration).test_line(failed.stress, failed.test);
    if (is_immediate(failed.failure_output)) lines_.output_of(failed.result, Paint::Retry);
    if (failed.delay_before_next.ns > 0) {
      lines_.word(Paint::Retry, "DELAY " + std::to_string(attempt.number + 1) + "/" + std::to_string(attempt.total));
      lines_.text("by ").seconds(failed.delay_before_next, 7).text(" ").test_line(failed.stress, failed.test);
    }
  }

  void on(const TestFinished& finished) {
    progress_.on_finished(finished);
    const TestResult& result = finished.result;
    const Vector<std::string> command = take_command(finished.test);
    const Outcome& outcome = result.last().outcome;
    const OutputDisplay display = result.passed() ? finished.success_output : finished.failure_output;
    const FinalStatusLevel level = final_status_level_of(result);

    if (options_.status_level >= status_level_of(result)) {
      if (result.passed() || result.flaky()) {
        const std::string word =
            result.flaky() ? "TRY " + std::to_string(result.last().attempt.number) + " PASS" : status_word(outcome);
        lines_.word(!result.passed() ? Paint::Fail : result.flaky() ? Paint::Skip : paint_of(outcome), word);
      } else {
        lines_.failure_word(result.last());
      }
      lines_.bracketed(result.last().duration);
      if (options_.counter) lines_.set_counter(progress_.counter());
      lines_.test_line(finished.stress, finished.test, pass_note(outcome));
      set_blank_counter();
      if (result.flaky() && !result.passed()) lines_.text("           - ").text(flaky_words).text("\n");
    }

    // Ctrl-C: a person wants the prompt, not the outputs. Another signal: each output once. Tests that we ended because
    // another one failed have nothing to say.
    const bool ended_by_us = cancel_reason_ == CancelReason::TestFailureImmediate &&
                             outcome.kind == OutcomeKind::Abort && outcome.code == SIGTERM;
    const bool interrupted = cancel_reason_ >= CancelReason::Interrupt;
    const bool show_now = is_immediate(display) && !interrupted && !ended_by_us;
    if (show_now) lines_.output_of(result.last(), result.passed() ? Paint::Pass : Paint::Fail);
    if (interrupted || ended_by_us) return;
    FailurePlace place;
    if (!result.passed() && result.last().output != nullptr) {
      place = find_failure_place(*list_->binary_of(finished.test).harness, *result.last().output);
    }
    if (!result.passed()) annotate(finished.test, place, outcome.passed() ? flaky_words : reason_of(outcome));
    if (!(is_final(display) || options_.final_status_level >= level)) return;
    FinalList::Entry entry{finished.stress, finished.test, level};
    entry.passed = result.passed();
    entry.flaky = result.flaky();
    entry.last = result.last();
    if (!entry.passed) entry.command = pasted_command(command);
    entry.place = std::move(place);
    entry.show_output = is_final(display) && !(show_now && cancel_reason_ == CancelReason::Signal);
    if (!entry.show_output) entry.last.output = nullptr;
    final_.add(std::move(entry));
  }

  void on(const TestSkipped& skipped) {
    const auto& [stress, test, reason] = skipped;
    if (options_.status_level >= StatusLevel::Skip) lines_.start_line("SKIP", Paint::Skip, stress, test);
    if (options_.final_status_level >= FinalStatusLevel::Skip) final_.add({stress, test, FinalStatusLevel::Skip});
  }

  void on(const TestLeakedLate& leaked) {
    if (options_.status_level < (leaked.fails ? StatusLevel::Fail : StatusLevel::Leak)) return;
    const std::string_view word = leaked.fails ? "LEAK-FAIL" : "LEAK";
    const Paint paint = leaked.fails ? Paint::Fail : Paint::Skip;
    if (leaked.test_known) lines_.start_line(word, paint, leaked.stress, leaked.test);
    else lines_.word(paint, word).text("[         ] a test that is not known\n");
    lines_.text("    left process " + std::to_string(leaked.pid) + " behind, which has been ended");
    if (!leaked.command.empty()) lines_.text(": ").name(leaked.command);
    lines_.text("\n");
    if (leaked.fails && leaked.test_known) annotate(leaked.test, {}, "left a process behind");
  }

  void on(const RunBeginCancel& cancel) { begin_ending(cancel, "Cancelling"); }
  void on(const RunBeginKill& kill) { begin_ending(kill, "Killing"); }
  void on(const RunPaused& paused) {
    bar_.show(false, at_);
    lines_.job_control("Pausing", paused.running);
  }
  void on(const RunContinued& continued) {
    bar_.show(!script_writes_, at_);
    lines_.job_control("Continuing", continued.running);
  }

  void on(const InfoStarted& started) { InfoLines(lines_).begin(started); }
  void on(const InfoResponse& response) { InfoLines(lines_).answer(response, cancel_reason_); }
  void on(const InfoFinished&) { lines_.rule_line(); }
  // The line of the bar, which stays.
  void on(const InputEnter&) {
    if (built_in(Feature::Terminal)) lines_.text(progress_.bar_line(at_, screen_.size()));
  }

  void on(const RunFinished& finished) {
    const RunStats& stats = finished.stats;
    bar_.show(false, at_);
    lines_.set_counter("");
    run_lines_.summary(finished);
    if (cancel_reason_ < CancelReason::Interrupt) final_.write(lines_, *info_);
    run_lines_.not_run(stats);
    if (built_in(Feature::Records) && rerun_ != nullptr && stats.all_ran_and_passed())
      run_lines_.outstanding_tests(*rerun_);
  }

  void begin_ending(const RunBeginCancel& cancel, std::string_view word) {
    cancel_reason_ = progress_.stats.cancel_reason = cancel.reason;
    lines_.word(Paint::Fail, word).cancelled(cancel.reason, cancel.running);
  }

  bool annotates() const { return built_in(Feature::Github) && options_.github; }

  static constexpr const char* stopped_words(bool stopped) { return stopped ? " (stopped)" : ""; }
  static constexpr const char* flaky_words = "flaky, and a flaky test counts as failed here";

  void annotate(TestIndex test, const FailurePlace& place, std::string_view reason) {
    if (!annotates()) return;
    std::string message = place.message;
    if (!message.empty()) message += '\n';
    message += reason;
    const std::string title = list_->binary_of(test).id + " " + list_->tests[test].name;
    lines_.annotation(place, title, message);
  }

  // --- what is running ---

  void begin_counting() {
    progress_.begin(*list_);
    set_blank_counter();
  }
  // As wide as one, so that names stand below each other.
  void set_blank_counter() {
    if (options_.counter) lines_.set_counter(std::string(progress_.counter().size(), ' '));
  }

  void begin_attempt(const TestStarted& started, Paint paint, std::string_view word) {
    progress_.on_started(started, at_);
    started_.push_back(started);
    if (show_starts_) lines_.start_line(word, paint, started.stress, started.test);
    if (options_.show_commands) lines_.note_line("command", shell_join(started.command));
  }
  Vector<std::string> take_command(TestIndex test) {
    Vector<std::string> command;
    for (std::size_t i = started_.size(); i-- > 0;) {
      if (started_[i].test != test) continue;
      command = std::move(started_[i].command);
      started_.erase(started_.begin() + i);
    }
    return command;
  }

  const HumanOptions options_;
  Screen screen_;
  HumanLines lines_;
  RunLines run_lines_;
  Progress progress_;
  LiveBar bar_;
  bool script_writes_ = false;   // to the terminal, now
  Duration at_{};                // of the event at hand
  Vector<TestStarted> started_;  // attempts of tests that have not finished
  const TestList* list_ = nullptr;
  const RunInfo* info_ = nullptr;
  const RerunState* rerun_ = nullptr;
  bool show_starts_ = false;  // without capture a test's own lines need a heading
  CancelReason cancel_reason_ = CancelReason::None;
  FinalList final_;
};

}  // namespace nextest

// ---- core/format/xml_writer.hpp ----

// A writer of XML 1.0 (fifth edition) that is valid whatever texts are given to it.

namespace nextest {

// Appends `text` as the content of an element, or of an attribute in quotes of either kind. Any bytes will do: each
// character that XML forbids and each byte that is not part of valid UTF-8 becomes one U+FFFD. A carriage return is
// written as a reference, since a reader takes a bare one for a newline (section 2.11).
inline void append_xml_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    switch (character.code) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      case '\r': out += "&#13;"; break;
      default: append_utf8(out, is_xml_character(character.code) ? character.code : replacement_character);
    }
    text.remove_prefix(character.length);
  }
}

// As append_xml_escaped, without what steers a terminal: colours, cursor (ECMA-48, section 5.4: CSI). In an attribute,
// a reader takes a bare newline or tab for a blank (section 3.3.3), so they are references there.
inline void append_xml_text(std::string& out, std::string_view text, bool is_attribute) {
  while (true) {
    std::size_t at = text.find_first_of(is_attribute ? "\x1B\t\n" : "\x1B");
    append_xml_escaped(out, text.substr(0, at));
    if (at == std::string_view::npos) return;
    const char c = text[at++];
    if (c != '\x1B') {
      append_format(out, "&#%d;", c);
    } else if (at < text.size() && text[at] == '[') {
      do ++at;
      while (at < text.size() && text[at] >= 0x20 && text[at] < 0x40);
      if (at < text.size() && text[at] >= 0x40) ++at;
    }
    text.remove_prefix(at);
  }
}

// Appends elements to a string, each on a line of its own, four blanks deeper for each level. The caller pairs begin
// with one of the ends, gives attributes before anything else, and literals for names.
class XmlWriter {
 public:
  XmlWriter(std::string& out, std::size_t depth) : out_(out), depth_(depth) {}

  XmlWriter& begin(const char* name) {
    begin_content();
    new_line(open_.size());
    out_.append("<").append(name);
    is_in_tag_ = true;
    open_.push_back(name);
    return *this;
  }

  XmlWriter& attribute(const char* name, std::string_view value) {
    out_.append(" ").append(name).append("=\"");
    append_xml_text(out_, value, true);
    out_ += '"';
    return *this;
  }
  XmlWriter& attribute(const char* name, std::uint32_t value) { return attribute(name, std::to_string(value)); }
  // In seconds, with milliseconds.
  XmlWriter& seconds(const char* name, Duration value) {
    std::string text;
    append_seconds(text, value);
    return attribute(name, text);
  }
  // Wall time as RFC 3339 has it, with milliseconds, in UTC.
  XmlWriter& date_time(const char* name, Duration value) {
    std::string text;
    append_date_time(text, value);
    append_format(text, ".%03d+00:00", static_cast<int>(value.ns / 1000000 % 1000));
    return attribute(name, text);
  }

  XmlWriter& text(std::string_view text) {
    begin_content();
    append_xml_text(out_, text, false);
    return *this;
  }

  // No attribute follows; for who appends the content to the string.
  void begin_content() {
    if (is_in_tag_) out_ += '>';
    is_in_tag_ = false;
  }

  // Behind its text; of one that has no content there is no end tag.
  void end() {
    if (is_in_tag_) out_ += "/>";
    else out_.append("</").append(open_.back()).append(">");
    is_in_tag_ = false;
    open_.pop_back();
  }
  // Below the elements that are in it, of which there may be none.
  void end_block() {
    begin_content();
    new_line(open_.size() - 1);
    end();
  }

 private:
  void new_line(std::size_t depth) { out_.append(1, '\n').append(4 * (depth_ + depth), ' '); }

  std::string& out_;
  const std::size_t depth_;
  Vector<const char*> open_;
  bool is_in_tag_ = false;
};

}  // namespace nextest

// ---- core/base/new_file.hpp ----

// A file that is put in its place when it is whole, so that whoever reads that place finds all or nothing of it.

namespace nextest {

class NewFile {
 public:
  // "-" is standard output. Folders are made as they are needed. A pipe or a device stays what it is, and is written to
  // directly; so does a link, whose file is replaced. `error()` is 0 if that went well.
  NewFile(const std::string& path, mode_t mode) : path_(behind_link(path)), written_(path_) {
    if (path == "-") return;
    struct stat info {};
    is_in_place_ = ::lstat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
    if (!is_in_place_) {
      append_format(written_, ".%ld.new", static_cast<long>(::getpid()));
      error_ = make_folders(std::string(parent_folder(path_)), 0777);
    }
    if (error_ != 0) return;
    // Nobody may be there to read a pipe: that is an error, and nothing to wait for. What our own output goes to may be
    // a file that has something in it already.
    const int how = starts_with(path, "/dev/") ? O_APPEND : O_TRUNC;
    file_ = Fd(::open(written_.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | how, mode));
    if (!file_) error_ = errno;
    else ::fcntl(file_.get(), F_SETFL, ::fcntl(file_.get(), F_GETFL) & ~O_NONBLOCK);
  }

  int fd() const { return path_ == "-" ? 1 : file_.get(); }
  int error() const { return error_; }  // errno of whatever failed first
  void write(std::string_view text) {
    if (error_ == 0) error_ = write_all(fd(), text);
  }

  // With `error`, of what else was written to it, or one of its own, nothing is left of it. Returns the error.
  int put_in_place(int error = 0) {
    if (error_ == 0) error_ = error;
    if (path_ == "-" || is_in_place_) return error_;
    if (error_ == 0 && ::rename(written_.c_str(), path_.c_str()) != 0) error_ = errno;
    if (error_ != 0) ::unlink(written_.c_str());
    is_in_place_ = true;
    return error_;
  }

 private:
  // The file that a link leads to. Those of /dev/stdout and the like lead to what others have open.
  static std::string behind_link(const std::string& path) {
    struct stat info {};
    const bool is_file = ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
    if (!is_file || ::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
    if (starts_with(path, "/dev/") || starts_with(path, "/proc/")) return path;
    char* const file = ::realpath(path.c_str(), nullptr);
    if (file == nullptr && errno == ENOMEM) out_of_memory();
    const std::string found = file != nullptr ? file : path;
    ::free(file);
    return found;
  }

  const std::string path_;
  std::string written_;
  Fd file_;
  bool is_in_place_ = false;
  int error_ = 0;
  const LastDuty remove_now_{[](void* self) {
                               const NewFile& file = *static_cast<NewFile*>(self);
                               if (file.file_ && !file.is_in_place_) ::unlink(file.written_.c_str());
                             },
                             this};
};

}  // namespace nextest

// ---- core/report/junit_document.hpp ----

// A JUnit report as it grows: for each suite the test cases that are finished, as XML, so that outputs which are not
// stored are not kept either.

namespace nextest {

struct JunitCounts {
  std::uint32_t tests = 0, skipped = 0, errors = 0, failures = 0;
};

struct JunitSuite {
  static constexpr std::size_t depth = 2;  // of what is in it

  std::string name;
  std::int64_t iteration = -1;  // of a stress run; -1: it is of none
  std::uint32_t binary = 0;     // script: it is of a setup script
  JunitCounts counts;
  Duration time;  // the sum of its cases
  std::string content;

  static constexpr std::uint32_t script = UINT32_MAX;
};

class JunitDocument {
 public:
  // That of a binary in an iteration, or a new one. The newest come first: iterations follow one another.
  JunitSuite& suite_of(const std::string& id, StressIndex stress, std::uint32_t binary) {
    const std::int64_t iteration = iteration_of(stress);
    for (std::size_t i = suites_.size(); i-- > 0 && suites_[i].iteration >= iteration;) {
      if (suites_[i].iteration == iteration && suites_[i].binary == binary) return suites_[i];
    }
    return add_suite(id, stress, binary);
  }

  JunitSuite& add_suite(const std::string& id, StressIndex stress, std::uint32_t binary) {
    suites_.push_back({id, iteration_of(stress), binary, {}, {}, {}});
    if (stress.active) suites_.back().name += "@stress-" + std::to_string(stress.current);
    return suites_.back();
  }

  // Returns 0 or errno.
  int write_to(const std::string& path, const std::string& name, const RunInfo& info, Duration elapsed) const {
    JunitCounts all;
    for (const JunitSuite& suite : suites_) {
      all.tests += suite.counts.tests;
      all.errors += suite.counts.errors;
      all.failures += suite.counts.failures;
    }
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    XmlWriter xml(text, 0);
    xml.begin("testsuites").attribute("name", name);
    xml.attribute("tests", all.tests).attribute("failures", all.failures).attribute("errors", all.errors);
    xml.attribute("uuid", info.run_id).date_time("timestamp", info.started_at).seconds("time", elapsed);
    NewFile file(path, 0666);
    for (const JunitSuite& suite : suites_) {
      const JunitCounts& own = suite.counts;
      xml.begin("testsuite").attribute("name", suite.name);
      xml.attribute("tests", own.tests).attribute("skipped", own.skipped);
      xml.attribute("errors", own.errors).attribute("failures", own.failures);
      xml.seconds("time", suite.time).begin_content();
      file.write(text);
      file.write(suite.content);
      text.clear();
      xml.end_block();
    }
    xml.end_block();
    file.write(text + "\n");
    return file.put_in_place();
  }

 private:
  static std::int64_t iteration_of(StressIndex stress) { return stress.active ? stress.current : -1; }

  Vector<JunitSuite> suites_;
};

}  // namespace nextest

// ---- core/report/junit.hpp ----

// The event stream as a JUnit report, in the dialect of cargo-nextest (the crate quick-junit): a suite a binary.

namespace nextest {

struct JunitOptions {
  std::string path;  // a file, which need not be there, nor its folder; or a pipe or a device
  std::string report_name = "nextest-run";
  const Vector<SetupScript>* scripts = nullptr;  // the run's, for what of their outputs is stored
};

class JunitReporter final : public EventSink {
 public:
  JunitReporter(const SettingsOfTests& settings, const JunitOptions& options)
      : settings_(settings), options_(options) {}
  JunitReporter(const SettingsOfTests&, JunitOptions&&) = delete;  // they have to outlive it

  void on_event(const Event& event) override {
    if (const auto* const started = std::get_if<RunStarted>(&event.what)) {
      info_ = started->info;
      list_ = started->list;
    } else if (const auto* const script = std::get_if<SetupScriptFinished>(&event.what)) {
      if (built_in(Feature::Scripts)) add_script(*script);
    } else if (const auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) {
      earlier_.push_back(*failed);
    } else if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
      add_test(*finished);
    } else if (const auto* const skipped = std::get_if<TestSkipped>(&event.what)) {
      add_skipped(*skipped);
    } else if (const auto* const leaked = std::get_if<TestLeakedLate>(&event.what)) {
      if (leaked->fails && leaked->test_known) fail_leaked(leaked->stress, leaked->test);
    } else if (const auto* const end = std::get_if<RunFinished>(&event.what)) {
      elapsed_ = end->elapsed;
    }
  }

  // For after the run: nothing is written before.
  Status write() {
    if (info_ == nullptr) return success();
    const int error = document_.write_to(options_.path, options_.report_name, *info_, elapsed_);
    if (error == 0) return success();
    return Error{ExitCode::WriteOutputFailed,
                 "cannot write the JUnit report " + options_.path + ": " + ::strerror(error), ""};
  }

 private:
  // --- setup scripts ---

  void add_script(const SetupScriptFinished& finished) {
    const AttemptResult& result = finished.result;
    JunitSuite& suite = document_.add_suite("@setup-script:" + finished.script_id, finished.stress, JunitSuite::script);
    ++suite.counts.tests;
    XmlWriter xml(suite.content, JunitSuite::depth);
    add_properties(xml, finished);
    begin_case(xml, finished.script_id, suite.name);
    add_times(xml, result);
    suite.time = suite.time + result.duration;
    if (!result.outcome.passed()) add_problem(suite, xml, result, "script", plain_harness);
    for (std::size_t i = 0; options_.scripts != nullptr && i < options_.scripts->size(); ++i) {
      const SetupScript& script = (*options_.scripts)[i];
      if (script.id != finished.script_id) continue;
      const bool wanted =
          result.outcome.passed() ? script.junit_store_success_output : script.junit_store_failure_output;
      if (wanted) add_outputs(xml, result, script.capture_out, script.capture_err);
    }
    xml.end_block();
  }

  static void add_properties(XmlWriter& xml, const SetupScriptFinished& finished) {
    xml.begin("properties");
    std::string arguments;
    for (std::size_t i = 1; i < finished.command.size(); ++i) {
      if (i > 1) arguments += ' ';
      arguments += shell_quote(finished.command[i]);
    }
    if (!finished.command.empty()) add_property(xml, "command", finished.command[0]);
    add_property(xml, "args", arguments);
    for (const std::string& variable : finished.variables) {
      const std::size_t end = variable.find('=');
      const std::string name = "output-env:" + variable.substr(0, end);
      if (is_secret_name(name) || end == std::string::npos) continue;  // as in records
      add_property(xml, name, std::string_view(variable).substr(end + 1));
    }
    xml.end_block();
  }

  // --- tests ---

  void add_test(const TestFinished& finished) {
    const TestIndex test = finished.test;
    const TestResult& result = finished.result;
    const JunitTestSettings& junit = settings_.of(test).junit;
    const Harness& harness = *list_->binary_of(test).harness;
    const bool passed = result.last().outcome.passed();
    const AttemptResult& main = passed ? result.last() : with_output(test, result.attempts.front());
    JunitSuite& suite = suite_of(finished.stress, test);
    ++suite.counts.tests;
    XmlWriter xml(suite.content, JunitSuite::depth);
    begin_case(xml, test);
    add_times(xml, main);
    add_properties(xml, main);
    suite.time = suite.time + main.duration;
    if (!passed) {
      add_problem(suite, xml, main, "test", harness);
    } else if (!result.passed() && !junit.flaky_fails_succeed) {
      const std::string attempt = std::to_string(main.attempt.number) + "/" + std::to_string(main.attempt.total);
      xml.begin("failure");
      xml.attribute("message", "test passed on attempt " + attempt + " but is configured to fail when flaky");
      xml.attribute("type", "flaky failure").end();
      ++suite.counts.failures;
    } else if (main.outcome.skipped_by_test) {
      xml.begin("skipped").attribute("message", "Skipped: by the test itself").end();
      ++suite.counts.skipped;
    }
    for (const AttemptResult& attempt : result.attempts) {
      if (attempt.attempt.number == main.attempt.number) continue;
      add_other_attempt(xml, with_output(test, attempt), passed, harness, junit.store_failure_output);
    }
    if (passed ? junit.store_success_output : junit.store_failure_output) add_outputs(xml, main);
    xml.end_block();
    for (std::size_t i = earlier_.size(); i-- > 0;) {
      if (earlier_[i].test == test) earlier_.erase(earlier_.begin() + i);
    }
  }

  static void add_properties(XmlWriter& xml, const AttemptResult& attempt) {
    const Vector<std::string>& properties = attempt.properties;
    if (!has_test_properties || (attempt.tmpdir.empty() && properties.size() < 2)) return;
    xml.begin("properties");
    if (!attempt.tmpdir.empty()) add_property(xml, "TMPDIR", attempt.tmpdir);
    for (std::size_t i = 0; i + 1 < properties.size(); i += 2) add_property(xml, properties[i], properties[i + 1]);
    xml.end_block();
  }
  static void add_property(XmlWriter& xml, std::string_view name, std::string_view value) {
    xml.begin("property").attribute("name", name).attribute("value", value).end();
  }

  // That attempt with its output.
  const AttemptResult& with_output(TestIndex test, const AttemptResult& attempt) const {
    for (const TestAttemptFailed& earlier : earlier_) {
      if (earlier.test == test && earlier.result.attempt.number == attempt.attempt.number) return earlier.result;
    }
    return attempt;
  }

  void add_other_attempt(XmlWriter& xml, const AttemptResult& attempt, bool is_flaky, const Harness& harness,
                         bool store_output) {
    const bool is_error = is_error_of(attempt.outcome);
    xml.begin(is_flaky ? (is_error ? "flakyError" : "flakyFailure") : (is_error ? "rerunError" : "rerunFailure"));
    add_times(xml, attempt);
    describe_problem(xml, attempt, "test", harness);
    if (!store_output) return xml.end();
    add_outputs(xml, attempt);
    xml.end_block();
  }

  void add_skipped(const TestSkipped& skipped) {
    const ReportSkipped wanted = settings_.of(skipped.test).junit.report_skipped;
    if (wanted == ReportSkipped::None || (wanted == ReportSkipped::Ignored && skipped.reason != Mismatch::Ignored)) {
      return;
    }
    static constexpr const char* reasons[] = {"",
                                              "does not match the run-ignored option",
                                              "does not match the provided string filters",
                                              "does not match the provided expression filters",
                                              "is filtered out by the profile's default-filter",
                                              "is in a different partition",
                                              "already passed"};
    JunitSuite& suite = suite_of(skipped.stress, skipped.test);
    ++suite.counts.tests;
    ++suite.counts.skipped;
    XmlWriter xml(suite.content, JunitSuite::depth);
    begin_case(xml, skipped.test);
    xml.seconds("time", Duration());
    xml.begin("skipped")
        .attribute("message", std::string("Skipped: test ") + reasons[static_cast<std::size_t>(skipped.reason)])
        .end();
    xml.end_block();
  }

  // Makes a failure of a test that had passed. Its output is stored or not as that of one that passes.
  void fail_leaked(StressIndex stress, TestIndex test) {
    JunitSuite& suite = suite_of(stress, test);
    std::string start;
    XmlWriter case_start(start, JunitSuite::depth);
    begin_case(case_start, test);
    const std::size_t at = suite.content.find(start);
    if (at == std::string::npos) return;
    std::size_t end = suite.content.find('>', at) + 1;
    // That it failed is the first thing in a test case, but for its properties.
    constexpr std::string_view properties_end = "</properties>";
    if (has_test_properties && starts_with(trim(std::string_view(suite.content).substr(end)), "<properties>")) {
      end = suite.content.find(properties_end, end) + properties_end.size();
    }
    const std::string_view first = trim(std::string_view(suite.content).substr(end));
    if (starts_with(first, "<failure ") || starts_with(first, "<error ")) return;
    AttemptResult result;
    result.outcome.kind = OutcomeKind::LeakFail;
    std::string problem;
    XmlWriter xml(problem, JunitSuite::depth + 1);
    add_problem(suite, xml, result, "test", plain_harness);
    suite.content.insert(end, problem);
  }

  // --- what both are made of ---

  JunitSuite& suite_of(StressIndex stress, TestIndex test) {
    return document_.suite_of(list_->binary_of(test).id, stress, list_->tests[test].binary);
  }

  static void begin_case(XmlWriter& xml, std::string_view name, std::string_view class_name) {
    xml.begin("testcase").attribute("name", name).attribute("classname", class_name);
  }
  void begin_case(XmlWriter& xml, TestIndex test) const {
    begin_case(xml, list_->tests[test].name, list_->binary_of(test).id);
  }

  void add_times(XmlWriter& xml, const AttemptResult& result) const {
    xml.date_time("timestamp", info_->started_at + result.started).seconds("time", result.duration);
  }

  static bool is_error_of(const Outcome& outcome) {
    return outcome.kind == OutcomeKind::ExecFail || outcome.kind == OutcomeKind::LeakFail;
  }

  // `unit` is "test" or "script".
  static void add_problem(JunitSuite& suite, XmlWriter& xml, const AttemptResult& result, const char* unit,
                          const Harness& harness) {
    const bool is_error = is_error_of(result.outcome);
    ++(is_error ? suite.counts.errors : suite.counts.failures);
    xml.begin(is_error ? "error" : "failure");
    describe_problem(xml, result, unit, harness);
    xml.end();
  }

  // How an attempt went wrong and where, as attributes and text of the element that was begun.
  static void describe_problem(XmlWriter& xml, const AttemptResult& result, const char* unit, const Harness& harness) {
    const Outcome& outcome = result.outcome;
    std::string text;
    const bool may_say_where = exited_badly(outcome) || outcome.kind == OutcomeKind::Timeout ||
                               outcome.kind == OutcomeKind::SanitizerReport ||
                               outcome.kind == OutcomeKind::ReportedFail;
    if (result.output != nullptr && may_say_where) {
      const FailurePlace place = find_failure_place(harness, *result.output);
      if (!place.file.empty()) text = place.file + ":" + std::to_string(place.line) + ": ";
      if (!place.message.empty()) text += place.message + "\n";
    }
    text += reason_of(outcome);
    xml.attribute("message", std::string_view(text).substr(0, text.find('\n')));
    xml.attribute("type", problem_type(outcome, unit)).text(text);
  }

  static bool exited_badly(const Outcome& outcome) {
    return outcome.kind == OutcomeKind::Fail || outcome.kind == OutcomeKind::Abort;
  }

  // In upstream's words.
  static std::string problem_type(const Outcome& outcome, const std::string& unit) {
    const char* const leaked = outcome.leaked && exited_badly(outcome) ? " (leaked handles)" : "";
    switch (outcome.kind) {
      case OutcomeKind::Fail: return unit + " failure with exit code " + std::to_string(outcome.code) + leaked;
      case OutcomeKind::Abort: return unit + " abort" + leaked;
      case OutcomeKind::LeakFail: return unit + " exited with code 0, but leaked handles so was marked failed";
      case OutcomeKind::ExecFail: return "execution failure";
      case OutcomeKind::Timeout: return unit + " timeout";
      default: return unit + " failure";
    }
  }

  static void add_outputs(XmlWriter& xml, const AttemptResult& result, bool has_out = true, bool has_err = true) {
    const bool has_started = result.outcome.kind != OutcomeKind::ExecFail;
    for (const bool is_out : {true, false}) {
      if (!is_out && result.output != nullptr && result.output->combined) return;
      xml.begin(is_out ? "system-out" : "system-err");
      const bool is_captured = result.output != nullptr && (is_out ? has_out : has_err);
      if (!has_started) xml.text("(process failed to start)");
      else if (!is_captured) xml.text(is_out ? "(stdout not captured)" : "(stderr not captured)");
      else xml.text(is_out ? result.output->out : result.output->err);
      xml.end();
    }
  }

  const SettingsOfTests& settings_;
  const JunitOptions& options_;
  const RunInfo* info_ = nullptr;
  const TestList* list_ = nullptr;
  Duration elapsed_{};
  JunitDocument document_;
  Vector<TestAttemptFailed> earlier_;  // of tests that have not finished
};

}  // namespace nextest

// ---- core/report/libtest_json.hpp ----

// The event stream as libtest's JSON, a line an object: cargo-nextest's --message-format libtest-json (its version 0.1,
// that is rustc 1.75 with --format json --report-time) and libtest-json-plus. A name is BINARY-ID$TEST (there
// PACKAGE::BINARY$TEST); as there, @stress-N follows the id in a stress run, and #N the test when it took N attempts.

namespace nextest {

struct LibtestJsonOptions {
  bool plus = false;  // suites say whose they are, in "nextest"
};

// Only with `plus` is a line passed on when it happens. Without, only its place between two others shows the suite of a
// line, so the lines of a binary come together, when its last test has finished.
//
// What is found to have leaked after its test had finished is left out: the test has had its last line.
class LibtestJsonReporter final : public EventSink {
 public:
  LibtestJsonReporter(int fd, const LibtestJsonOptions& options) : outlet_(fd), plus_(options.plus) {}

  void on_event(const Event& event) override {
    const auto& what = event.what;
    if (const auto* run = std::get_if<RunStarted>(&what)) {
      begin(*run->list);
    } else if (const auto* started = std::get_if<TestStarted>(&what)) {
      test_line(started->stress, started->test, "started");
    } else if (const auto* finished = std::get_if<TestFinished>(&what)) {
      test_line(finished->stress, finished->test, finished->result.passed() ? "ok" : "failed", &finished->result);
    } else if (const auto* skipped = std::get_if<TestSkipped>(&what)) {
      if (!is_ignored(list_->tests[skipped->test])) return;
      test_line(skipped->stress, skipped->test, "started");
      test_line(skipped->stress, skipped->test, "ignored");
    } else if (std::holds_alternative<StressSubRunFinished>(what) || std::holds_alternative<RunFinished>(what)) {
      // Those of a cancelled run, whose last tests were not started.
      for (std::size_t i = 0; i < list_->binaries.size(); ++i) {
        if (suites_[i].now.begun) end_suite(i);
      }
    }
  }

  bool flush() override { return outlet_.write_some(); }
  int waits_for() const override { return outlet_.pending() ? outlet_.fd() : -1; }

 private:
  // The tests of a binary: how many there are, and what became of them in this iteration. All zero at first.
  struct Suite {
    std::uint32_t selected, ignored, filtered_out;
    struct {
      bool begun;
      std::uint32_t passed, failed, ignored;
      std::int64_t ns;  // that all tests took, one after the other
    } now;
  };

  // With --run-ignored only those that are not have that mismatch, and libtest says that they are filtered out.
  static bool is_ignored(const TestCase& test) { return test.mismatch == Mismatch::Ignored && test.ignored; }

  void begin(const TestList& list) {
    list_ = &list;
    suites_.resize(list.binaries.size());
    texts_.resize(list.binaries.size());
    for (const TestCase& test : list.tests) {
      Suite& suite = suites_[test.binary];
      ++(test.mismatch == Mismatch::None ? suite.selected : is_ignored(test) ? suite.ignored : suite.filtered_out);
    }
  }

  void test_line(const StressIndex& stress, TestIndex index, const char* event, const TestResult* result = nullptr) {
    const TestCase& test = list_->tests[index];
    Suite& suite = suites_[test.binary];
    std::string& out = plus_ ? outlet_.text : texts_[test.binary];
    if (!suite.now.begun) {
      suite.now.begun = true;
      stress_ = stress;
      append_format(out, "{\"type\":\"suite\",\"event\":\"started\",\"test_count\":%u", suite.selected + suite.ignored);
      end_suite_line(out, test.binary);
    }
    std::string name = crate_and_binary(list_->binaries[test.binary]);
    if (stress.active) append_format(name, "@stress-%u", stress.current);
    name += '$';
    name += test.name;
    if (result != nullptr && result->attempts.size() > 1) append_format(name, "#%zu", result->attempts.size());
    append_format(out, "{\"type\":\"test\",\"event\":\"%s\"", event);
    member(out, ",\"name\":", name);
    if (result != nullptr) {
      ++(result->passed() ? suite.now.passed : suite.now.failed);
      suite.now.ns += result->last().duration.ns;
      result_members(out, test, *result);
    } else if (*event == 'i') {
      ++suite.now.ignored;
    }
    out += "}\n";
    const bool is_last = suite.now.passed + suite.now.failed == suite.selected && suite.now.ignored == suite.ignored;
    if (is_last) end_suite(test.binary);
  }

  // As upstream names it, whose readers take it apart; a binary id would do as well.
  static std::string crate_and_binary(const TestBinary& binary) {
    return binary.package.str().empty() ? binary.id : binary.package.str() + "::" + binary.name;
  }

  void result_members(std::string& out, const TestCase& test, const TestResult& result) {
    const AttemptResult& last = result.last();
    exec_time(out, last.duration.ns);
    std::string reason = reason_of(last.outcome);
    if (last.outcome.kind == OutcomeKind::Timeout) reason = "time limit exceeded";
    if (last.outcome.passed() && !result.passed()) reason = "flaky test treated as failure";
    if (!last.outcome.passed() && last.output != nullptr) {
      append_json_string(out += ",\"stdout\":", output_of(test, *last.output));
    }
    if (!reason.empty()) member(out, ",\"reason\":", reason);
  }

  void end_suite(std::size_t binary) {
    Suite& suite = suites_[binary];
    std::string& text = texts_[binary];
    const std::uint32_t not_run = suite.selected - suite.now.passed - suite.now.failed;
    append_format(text,
                  "{\"type\":\"suite\",\"event\":\"%s\",\"passed\":%u,\"failed\":%u,\"ignored\":%u,\"measured\":0,"
                  "\"filtered_out\":%u",
                  suite.now.failed > 0 ? "failed" : "ok", suite.now.passed, suite.now.failed, suite.ignored,
                  suite.filtered_out + not_run);
    exec_time(text, suite.now.ns);
    end_suite_line(text, binary);
    outlet_.text += text;
    text = std::string();
    suite.now = {};
  }

  void end_suite_line(std::string& out, std::size_t index) {
    if (plus_) {
      const TestBinary& binary = list_->binaries[index];
      member(out, ",\"nextest\":{\"crate\":", binary.package.str());
      member(out, ",\"test_binary\":", binary.name);
      member(out, ",\"kind\":", binary.kind.str());
      member(out, ",\"binary_id\":", binary.id);  // two folders of a name may hold binaries of a name
      if (stress_.active) append_format(out, ",\"stress_index\":%u", stress_.current);
      if (stress_.total > 0) append_format(out, ",\"stress_total\":%u", stress_.total);
      out += '}';
    }
    out += "}\n";
  }

  // Names that differ in bytes that are no UTF-8 stay different.
  static void member(std::string& out, const char* key, const std::string& text) {
    out += key;
    if (is_utf8(text)) append_json_string(out, text);
    else append_json_string(out, safe_name(text));
  }

  static void exec_time(std::string& out, std::int64_t ns) {
    append_format(out, ",\"exec_time\":%lld.%09lld", static_cast<long long>(ns / 1000000000),
                  static_cast<long long>(ns % 1000000000));
  }

  // Both streams, without colours, and without what a harness itself says around them to people.
  std::string output_of(const TestCase& test, const CapturedOutput& output) const {
    std::string text;
    append_without_colours(text, list_->binaries[test.binary].harness->own_output(test, output.out));
    if (!text.empty() && !output.err.empty()) text += "\n--- STDERR ---\n";
    append_without_colours(text, output.err);
    return text;
  }

  static void append_without_colours(std::string& out, std::string_view text) {
    while (!text.empty()) {
      const std::size_t colour = colour_sequence_size(text);
      if (colour == 0) out += text[0];
      text.remove_prefix(colour > 0 ? colour : 1);
    }
  }

  Outlet outlet_;
  const bool plus_;
  const TestList* list_ = nullptr;
  StressIndex stress_;
  Vector<Suite> suites_;       // by binary
  Vector<std::string> texts_;  // lines of suites that have not ended
};

}  // namespace nextest

// ---- core/report/step_summary.hpp ----

// What GitHub Actions shows on the page of a workflow's run: Markdown, added to the file of $GITHUB_STEP_SUMMARY.

namespace nextest {

class StepSummary final : public EventSink {
 public:
  // `path` names a file that other steps may have written to.
  explicit StepSummary(std::string path) : path_(std::move(path)) {}

  void on_event(const Event& event) override {
    if (const auto* const started = std::get_if<RunStarted>(&event.what)) {
      list_ = started->list;
      info_ = started->info;
    } else if (const auto* const script = std::get_if<SetupScriptFinished>(&event.what)) {
      const Outcome& outcome = script->result.outcome;
      if (!outcome.passed()) add_row(status_word(outcome), "setup script", script->script_id, {}, reason_of(outcome));
    } else if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
      add_test(*finished);
    } else if (const auto* const leaked = std::get_if<TestLeakedLate>(&event.what)) {
      if (leaked->fails && leaked->test_known) {
        add_row("LEAK-FAIL", binary_of(leaked->stress, leaked->test), list_->tests[leaked->test].name, {},
                "left a process behind");
      }
    } else if (const auto* const end = std::get_if<RunFinished>(&event.what)) {
      finished_ = *end;
    }
  }

  // For after the run. 0, or errno.
  int write() const {
    if (info_ == nullptr) return 0;
    const Fd file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0666));
    return file ? write_all(file.get(), text()) : errno;
  }

  // As Markdown shows it, whatever is in it: no mark, link, mention or tag of its own.
  static std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : safe_name(text)) {
      const bool is_plain = contains("-./, ", std::string_view(&c, 1)) || static_cast<unsigned char>(c) >= 0x80;
      const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (is_plain || is_letter) out += c;
      else append_format(out, "&#%d;", c);
    }
    return out;
  }

 private:
  // A summary may have 1 MiB.
  static constexpr std::size_t most_rows = 200;
  static constexpr std::size_t longest = 500;  // bytes of a message

  std::string binary_of(const StressIndex& stress, TestIndex test) const {
    return list_->binary_of(test).id + (stress.active ? "@stress-" + std::to_string(stress.current) : "");
  }

  void add_test(const TestFinished& finished) {
    const TestResult& result = finished.result;
    if (result.passed() && !result.flaky()) return;
    const AttemptResult& last = result.last();
    std::string word = status_word(last.outcome), reason = reason_of(last.outcome);
    if (result.flaky()) {
      word = result.passed() ? "FLAKY " : "FLKY-FL ";
      word += std::to_string(last.attempt.number) + "/" + std::to_string(last.attempt.total);
      if (!result.passed()) reason = "a flaky test counts as failed here";
    }
    FailurePlace place;
    if (last.output != nullptr && !last.outcome.passed()) {
      place = find_failure_place(*list_->binary_of(finished.test).harness, *last.output);
    }
    const std::string& name = list_->tests[finished.test].name;
    add_row(word, binary_of(finished.stress, finished.test), name, place, reason);
  }

  void add_row(std::string_view word, std::string_view binary, std::string_view name, const FailurePlace& place,
               const std::string& reason) {
    if (++count_ > most_rows) return;
    rows_.append("| ").append(escaped(word)).append(" | ").append(escaped(binary)).append(" | ").append(escaped(name));
    rows_ += " | ";
    if (!place.file.empty()) rows_ += escaped(place.file + ":" + std::to_string(place.line));
    const std::string& message = place.message.empty() ? reason : place.message;
    rows_.append(" | ").append(escaped(std::string_view(message).substr(0, longest))).append(" |\n");
  }

  // "8/10 tests run: 5 passed, 1 flaky, 2 failed"
  std::string counts() const {
    const RunStats& stats = finished_.stats;
    std::string out = std::to_string(stats.finished_count);
    if (stats.not_run() > 0) out += "/" + std::to_string(stats.initial_run_count);
    out += stats.initial_run_count == 1 ? " test run" : " tests run";
    const char* before = ": ";
    const auto add = [&](std::uint32_t of, const char* word) {
      if (of == 0) return;
      out.append(before).append(std::to_string(of)).append(" ").append(word);
      before = ", ";
    };
    add(stats.passed, "passed");
    add(stats.flaky, "flaky");
    add(stats.failed_count(), "failed");
    add(stats.setup_scripts_failed, "setup scripts failed");
    add(stats.skipped, "skipped");
    return out;
  }

  std::string text() const {
    const RunStats& stats = finished_.stats;
    std::string out = "### nextest: " + counts() + "\n\n";
    const long long tenths = finished_.elapsed.ns / 100000000;
    append_format(out, "Profile %s, %lld.%lld s", escaped(info_->profile).c_str(), tenths / 10, tenths % 10);
    if (stats.cancel_reason != CancelReason::None)
      out.append("; cancelled due to ").append(cancel_reason_words(stats.cancel_reason));
    out += ".\n\n";
    if (!rows_.empty()) out += "| | binary | test | where | what |\n| --- | --- | --- | --- | --- |\n" + rows_ + "\n";
    if (count_ > most_rows) out += "And " + std::to_string(count_ - most_rows) + " more.\n\n";
    return out;
  }

  const std::string path_;
  const TestList* list_ = nullptr;
  const RunInfo* info_ = nullptr;
  RunFinished finished_;
  std::string rows_;
  std::size_t count_ = 0;
};

}  // namespace nextest

// ---- record/jsonl.hpp ----

// The events as lines of JSON, outputs in them, so that nothing but JSON is needed to read them: of a run while it goes
// on, and of a recorded one.

namespace nextest {

class JsonlWriter final : public EventSink {
 public:
  explicit JsonlWriter(int fd) : outlet_(fd) {}

  // That a test is skipped stands in the list.
  void on_event(const Event& event) override {
    if (std::holds_alternative<TestSkipped>(event.what)) return;
    append_event_line(outlet_.text, event, inline_output);
    const auto* const started = std::get_if<RunStarted>(&event.what);
    if (started != nullptr) write_list_lines(*started, [this](std::string_view line) { outlet_.text += line; });
  }
  bool flush() override { return outlet_.write_some(); }
  int waits_for() const override { return outlet_.pending() ? outlet_.fd() : -1; }

  // For after the last event.
  void add_exit_code(ExitCode code) { append_exit_line(outlet_.text, code); }
  // Waits until all is read. Returns the errno of the first write that failed, else 0.
  int finish() {
    outlet_.write_all();
    return outlet_.error();
  }

 private:
  Outlet outlet_;
};

}  // namespace nextest

// ---- cli/reporters.hpp ----

// From options, variables and the configuration to the readers of the event stream.

namespace nextest {

inline bool is_set(const char* variable) {
  const char* const value = ::getenv(variable);
  return value != nullptr && *value != '\0';
}

// Without progress, which is not the same for a run and a replay.
inline HumanOptions human_options(const CommandLine& line, const Config& config, int fd) {
  HumanOptions human;
  human.style = Style::detect(fd, line.color);
  human.status_level = config.run.status_level;
  human.final_status_level = config.run.final_status_level;
  human.indent_output = config.ui.indent_output;
  human.show_commands = line.verbose;
  const char* const github = ::getenv("GITHUB_ACTIONS");
  human.github = built_in(Feature::Github) && github != nullptr && github == std::string_view("true");
  return human;
}

// A bar is for somebody who watches; elsewhere a counter will do. Returns whether there is to be a bar.
inline bool choose_progress(const CommandLine& line, ShowProgress show, int fd, HumanOptions& human) {
  const bool has_cursor = ::isatty(fd) == 1 && is_set("TERM") && ::getenv("TERM") != std::string_view("dumb");
  const bool is_watched =
      built_in(Feature::Terminal) && has_cursor && line.request.capture && (show == ShowProgress::Bar || !is_set("CI"));
  const bool wants_bar = show == ShowProgress::Auto || show == ShowProgress::Bar || show == ShowProgress::Only;
  human.counter = show == ShowProgress::Counter || (wants_bar && show != ShowProgress::Bar && !is_watched);
  if (show == ShowProgress::Only && is_watched) {
    human.status_level = StatusLevel::Slow;
    human.final_status_level = FinalStatusLevel::Fail;
  }
  return wants_bar && is_watched;
}

// Where the JUnit report goes; empty: there is to be none. One that the configuration asks for lies where upstream's
// does, in a folder of the profile.
inline std::string junit_path(const CommandLine& line, const Config& config) {
  if (!built_in(Feature::Junit)) return "";
  const std::string& path = line.junit_file.empty() ? config.run.junit_path : line.junit_file;
  if (path.empty() || !line.junit_file.empty() || path[0] == '/') return path;
  const std::string& folder = config.parts.store_folder;
  return (folder[0] == '/' ? folder : config.workspace_root + "/" + folder) + "/" + config.profile + "/" + path;
}

// The readers of a run, but for its record.
class Reporters {
 public:
  Reporters(const CommandLine& line, const Config& config, const RunOptions& options, const RunPlan& plan,
            const RunClock& clock)
      : color_(line.color),
        junit_options_{junit_path(line, config), config.run.junit_report_name, &options.setup_scripts} {
    HumanOptions human = human_options(line, config, 2);
    if (choose_progress(line, config.ui.show_progress, 2, human)) human.clock = &clock;
    human.progress.max_running = config.ui.max_progress_running;
    human.progress.test_threads = options.test_threads;
    if (!line.request.stress.is_on()) human.progress.durations = &plan.history.durations;
    human_ = std::make_unique<HumanReporter>(2, human);
    if (built_in(Feature::Junit) && !junit_options_.path.empty()) {
      report_ = new JunitReporter(plan.settings, junit_options_);
      junit_.reset(report_);
    }
    if (built_in(Feature::Github) && human.github && is_set("GITHUB_STEP_SUMMARY")) {
      summary_ = new StepSummary(::getenv("GITHUB_STEP_SUMMARY"));
      owned_summary_.reset(summary_);
    }
    const MessageFormat format = line.message_format;
    if (!built_in(Feature::Json)) return;
    if (format == MessageFormat::Jsonl) {
      messages_ = std::make_unique<JsonlWriter>(1);
    } else if (format != MessageFormat::Human) {
      const LibtestJsonOptions libtest = {format == MessageFormat::LibtestJsonPlus};
      messages_ = std::make_unique<LibtestJsonReporter>(1, libtest);
    }
  }

  Vector<EventSink*> sinks() {
    Vector<EventSink*> sinks = {human_.get()};
    if (messages_ != nullptr) sinks.push_back(messages_.get());
    if (junit_ != nullptr) sinks.push_back(junit_.get());
    if (owned_summary_ != nullptr) sinks.push_back(owned_summary_.get());
    return sinks;
  }

  // For after the run: what is written only then.
  Status finish() {
    const int error = built_in(Feature::Github) && summary_ != nullptr ? summary_->write() : 0;
    if (error != 0) write_warning(color_, std::string("cannot write $GITHUB_STEP_SUMMARY: ") + ::strerror(error));
    return built_in(Feature::Junit) && report_ != nullptr ? report_->write() : success();
  }

 private:
  const ColorChoice color_;
  std::unique_ptr<HumanReporter> human_;
  std::unique_ptr<EventSink> messages_;  // on standard output
  const JunitOptions junit_options_;
  std::unique_ptr<EventSink> junit_;  // null: there is to be none
  // The same. Its own destructor, named here, would bring all of it into a build without JUnit.
  JunitReporter* report_ = nullptr;
  std::unique_ptr<EventSink> owned_summary_;  // for GitHub; null: nobody asks for one
  StepSummary* summary_ = nullptr;
};

}  // namespace nextest

// ---- record/replay.hpp ----

// A recorded run, emitted once more.

namespace nextest {

// What a person wants to see otherwise than the run had it.
struct ReplayOptions {
  std::optional<OutputDisplay> success_output;
  std::optional<OutputDisplay> failure_output;
};

class Replay {
 public:
  Replay(RecordReader& reader, EventSink& sink, const ReplayOptions& options)
      : reader_(reader), sink_(sink), options_(options), is_finished_(reader.list().tests.size()) {}

  // False when nobody reads any more.
  [[nodiscard]] bool run() {
    const Event start = reader_.start();
    if (!emit(start)) return false;
    if (!reader_.request().stress.is_on() && !emit_skipped({}, Duration())) {
      return false;
    }
    Event event;
    Duration last{};
    while (reader_.next(event)) {
      last = event.at;
      adjust(event);
      if (!emit(event)) return false;
      const auto* const iteration = std::get_if<StressSubRunStarted>(&event.what);
      if (iteration != nullptr && !emit_skipped(iteration->index, event.at)) return false;
    }
    return reader_.finished() || emit_end(last);
  }

  // Tests that were to be run and of which no end is recorded.
  Vector<TestIndex> missing() const {
    Vector<TestIndex> missing;
    for (TestIndex test = 0; test < is_finished_.size(); ++test) {
      if (!is_finished_[test] && reader_.list().tests[test].mismatch == Mismatch::None) missing.push_back(test);
    }
    return missing;
  }

 private:
  bool emit_skipped(StressIndex stress, Duration at) {
    bool is_read = true;
    each_skipped(reader_.list(), stress, [&](TestSkipped skipped) {
      is_read = is_read && emit({at, std::move(skipped)});
    });
    return is_read;
  }

  void adjust(Event& event) {
    if (auto* const finished = std::get_if<TestFinished>(&event.what)) {
      is_finished_[finished->test] = true;
      stats_.on_finished(finished->result);
      finished->success_output = options_.success_output.value_or(finished->success_output);
      finished->failure_output = options_.failure_output.value_or(finished->failure_output);
    } else if (auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) {
      failed->failure_output = options_.failure_output.value_or(failed->failure_output);
    } else if (const auto* const script = std::get_if<SetupScriptFinished>(&event.what)) {
      ++stats_.setup_scripts;
      if (!script->result.outcome.passed()) ++stats_.setup_scripts_failed;
    }
  }

  // Of a run whose end is not recorded: the counts of what is.
  bool emit_end(Duration at) {
    const ListCounts counts = reader_.list().counts();
    RunFinished finished;
    finished.elapsed = at;
    finished.stats = stats_;
    finished.stats.initial_run_count = std::max(counts.selected_tests, stats_.finished_count);
    finished.stats.skipped = counts.skipped_tests;
    return emit({at, std::move(finished)});
  }

  bool emit(const Event& event) { return emit_and_wait(sink_, event); }

  RecordReader& reader_;
  EventSink& sink_;
  const ReplayOptions options_;
  Vector<bool> is_finished_;
  RunStats stats_;
};

}  // namespace nextest

// ---- cli/replay.hpp ----

// nextest replay: a recorded run, shown again.

namespace nextest {

inline Result<ExitCode> replay_command(const CommandLine& line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  if (line.words.size() > 1)
    return Error{ExitCode::SetupError, "replay shows one run", "as in: nextest replay -R latest"};
  const std::string wanted = !line.rerun.empty() ? line.rerun : !line.words.empty() ? line.words[0] : "latest";
  Result<OpenedRun> opened = open_recorded(line, config.value(), wanted);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;

  HumanOptions human = human_options(line, config.value(), 1);
  human.counter = config.value().ui.show_progress == ShowProgress::Counter;
  ReplayOptions options;
  if (!line.request.capture) {  // as if nothing had been captured
    options.success_output = options.failure_output = OutputDisplay::Immediate;
    human.indent_output = false;
  }
  // When to show outputs is as the command line has it; a configuration does not count here.
  const PartialSettings& typed = line.config.options;
  if (typed.has(Setting::SuccessOutput)) options.success_output = typed.values().test.success_output;
  if (typed.has(Setting::FailureOutput)) options.failure_output = typed.values().test.failure_output;

  bool is_read = false;
  Vector<std::string> warnings;
  {
    const Pager pager(line.pager);
    HumanReporter reporter(1, human);
    Replay replay(reader, reporter, options);
    is_read = replay.run();
    warnings = reader.damage();
    const Vector<TestIndex> missing = replay.missing();
    if (!is_read) {
      warnings.clear();
    } else if (!reader.finished()) {
      warnings.push_back("the record has no end: the run goes on, or was killed; " + std::to_string(missing.size()) +
                         (missing.size() == 1 ? " test has no result" : " tests have no result"));
    } else if (!warnings.empty() && !missing.empty()) {
      std::string names = "no result is recorded of: ";
      for (std::size_t i = 0; i < missing.size() && i < 10; ++i) {
        if (i > 0) names += ", ";
        names.append(reader.list().binary_of(missing[i]).id).append(" ").append(reader.list().tests[missing[i]].name);
      }
      if (missing.size() > 10) names += ", and " + std::to_string(missing.size() - 10) + " more";
      warnings.push_back(names);
    }
    // A pager that was left early has seen enough.
    if (!is_read && pager.active()) is_read = true;
  }
  write_warnings(line.color, warnings);
  if (!is_read) return ExitCode::WriteOutputFailed;
  if (!line.exit_as_recorded) return ExitCode::Success;
  const std::int32_t code = reader.exit_code() >= 0 ? reader.exit_code() : opened.value().entry.exit_code;
  return code >= 0 ? static_cast<ExitCode>(code) : ExitCode::ReplayIncomplete;
}

}  // namespace nextest

// ---- core/run/event_stream.hpp ----

// The way of all events from a run to its readers. There is one, so every reader sees one order of things; and what a
// slow reader has not taken yet never holds up the loop.

namespace nextest {

class EventStream final : private EventLoop::Client {
 public:
  // The run starts now.
  EventStream(EventLoop& loop, Vector<EventSink*> sinks) : loop_(loop), sinks_(std::move(sinks)) { loop_.add(*this); }
  ~EventStream() override { loop_.remove(*this); }

  // Both since the run started.
  Duration elapsed() const { return since_start(loop_.clock.now()); }
  Duration since_start(Duration run_clock) const { return run_clock - started_; }

  template <class What>
  void emit(What&& what) {
    emit_at(elapsed(), std::forward<What>(what));
  }
  // `at` is since the run started.
  template <class What>
  void emit_at(Duration at, What&& what) {
    emit_event({at, std::forward<What>(what)});
  }
  void emit_event(const Event& event) {
    for (EventSink* sink : sinks_) sink->on_event(event);
  }

  // Lets the readers pass on what they have. Without `at_once` at most fifty times a second: a reader that is woken for
  // every line takes the processor from the tests. The loop wakes for the next flush that is due, and for a reader that
  // is behind. Returns whether one is.
  bool flush(bool at_once = false) {
    const Duration now = loop_.clock.now();
    if (!at_once && !is_behind_ && now < earliest_flush_) {
      deadline = flush_due(now);
      return false;
    }
    earliest_flush_ = now + Duration::milliseconds(20);
    int behind = -1;
    for (EventSink* sink : sinks_) {
      if (!sink->flush()) readable_ = false;
      if (sink->waits_for() >= 0) behind = sink->waits_for();
    }
    loop_.want_writable(behind);
    is_behind_ = behind >= 0;
    deadline = is_behind_ ? forever : flush_due(now);
    return is_behind_;
  }

  // False once a reader is gone: nobody can read it any more (a closed pipe, a full disk).
  bool readable() const { return readable_; }

 private:
  // It only wakes the loop; the next flush is part of each turn.
  void on_deadline() override {}

  Duration flush_due(Duration now) const {
    Duration soonest = forever;
    for (const EventSink* sink : sinks_) soonest = std::min(soonest, sink->flush_within());
    return std::max(soonest < thirty_years ? now + soonest : forever, earliest_flush_);
  }

  EventLoop& loop_;
  const Vector<EventSink*> sinks_;
  const Duration started_ = loop_.clock.now();
  Duration earliest_flush_{};
  bool is_behind_ = false;
  bool readable_ = true;
};

}  // namespace nextest

// ---- core/harness/judge.hpp ----

// How an attempt ended, once its process is gone and all that it printed is there.

namespace nextest {

// FILE:LINE:COLUMN or FILE:LINE at the end of `text`.
inline bool ends_with_place(std::string_view text) {
  const std::size_t digit = text.find_last_not_of("0123456789");
  return digit < text.size() - 1 && digit > 0 && text[digit] == ':' && text[digit - 1] != ' ';
}

// Whether a sanitizer of a compiler reported a fault in there:
//   ==7==ERROR: AddressSanitizer: heap-use-after-free on address ...
//   WARNING: ThreadSanitizer: data race (pid=7)
//   a.c:2:66: runtime error: signed integer overflow: ...
// The words have to stand where a sanitizer puts them: a test may print what it has read of others.
inline bool has_sanitizer_report(std::string_view output) {
  constexpr std::string_view title = "Sanitizer: ", undefined = ": runtime error: ";
  for (std::size_t at = 0; (at = output.find(title, at)) != std::string_view::npos; at += title.size()) {
    const std::size_t start = output.rfind('\n', at) + 1;  // npos + 1 is 0
    std::string_view before = output.substr(start, at - start);
    before = before.substr(0, before.rfind(' ') + 1);  // without which sanitizer it is
    if (before == "WARNING: ") return true;
    if (starts_with(before, "==") && (ends_with(before, "==ERROR: ") || ends_with(before, "==WARNING: "))) return true;
  }
  for (std::size_t at = 0; (at = output.find(undefined, at)) != std::string_view::npos; at += undefined.size()) {
    if (ends_with_place(output.substr(0, at))) return true;
  }
  return false;
}

inline bool matches(const std::shared_ptr<const OutputPattern>& pattern, const CapturedOutput& output) {
  return pattern != nullptr && (pattern->regex.matches(output.out) || pattern->regex.matches(output.err));
}

// What was configured goes before what the exit code and the framework say, but for a test that did not end by an exit
// of its own, and for what it left behind.
inline void judge_by_patterns(const TestSettings& settings, const CapturedOutput& output, Outcome& outcome) {
  const bool exited_badly = outcome.kind == OutcomeKind::Fail || outcome.kind == OutcomeKind::WrongTests ||
                            outcome.kind == OutcomeKind::Unfinished || outcome.kind == OutcomeKind::ReportedFail;
  const bool exited_well = outcome.kind == OutcomeKind::Pass || outcome.kind == OutcomeKind::Leak;
  if (!exited_badly && !exited_well) return;
  const bool leaked = outcome.leaked || outcome.kind == OutcomeKind::Leak;
  const auto fail = [&](ReportedBy by) {
    if (!exited_well) return;
    outcome = Outcome();
    outcome.kind = OutcomeKind::ReportedFail;
    outcome.code = static_cast<int>(by);
    outcome.leaked = leaked;
  };
  if (matches(settings.skip_pattern, output) && !leaked) {
    outcome = Outcome();
    outcome.skipped_by_test = true;
  } else if (matches(settings.fail_pattern, output)) {
    fail(ReportedBy::FailPattern);
  } else if (settings.pass_pattern != nullptr && !matches(settings.pass_pattern, output)) {
    fail(ReportedBy::PassPattern);
  } else if (settings.pass_pattern != nullptr && exited_badly) {
    outcome = Outcome();
    outcome.kind = leaked ? OutcomeKind::Leak : OutcomeKind::Pass;
  }
}

inline void judge_plain_output(const Harness& harness, const TestCase& test, const TestSettings& settings,
                               const CapturedOutput& output, Outcome& outcome) {
  harness.judge(test, output, outcome);
  if (built_in(Feature::Config)) judge_by_patterns(settings, output, outcome);
  const bool counts = outcome.passed() && outcome.kind != OutcomeKind::Timeout && !settings.ignores_sanitizers;
  if (counts && (has_sanitizer_report(output.err) || has_sanitizer_report(output.out))) {
    outcome.kind = OutcomeKind::SanitizerReport;
    outcome.skipped_by_test = false;
  }
}

// Of a test that nobody but itself ended. One that could not start, or ran into a time limit, was not seen to fail.
inline void judge_by_expectation(const TestSettings& settings, Outcome& outcome) {
  if (!settings.expected_to_fail || outcome.skipped_by_test) return;
  if (outcome.kind == OutcomeKind::Pass || outcome.kind == OutcomeKind::Leak) {
    outcome.leaked = outcome.kind == OutcomeKind::Leak;
    outcome.kind = OutcomeKind::UnexpectedPass;
    return;
  }
  const OutcomeKind failures[] = {OutcomeKind::Fail,       OutcomeKind::Abort,           OutcomeKind::WrongTests,
                                  OutcomeKind::Unfinished, OutcomeKind::SanitizerReport, OutcomeKind::ReportedFail};
  if (std::find(std::begin(failures), std::end(failures), outcome.kind) == std::end(failures)) return;
  const bool leaked = outcome.leaked;
  outcome = Outcome();
  outcome.kind = leaked ? OutcomeKind::Leak : OutcomeKind::Pass;
  outcome.failed_as_expected = true;
}

// What was printed is judged without colours: they are no part of what it says. Where both streams came in one, each of
// them may hold what the harness looks for. `output` is null where it was not captured; then nothing that is configured
// about outputs is asked.
inline void judge_attempt(const Harness& harness, const TestCase& test, const TestSettings& settings,
                          const CapturedOutput* output, Outcome& outcome) {
  if (output == nullptr) return harness.judge(test, CapturedOutput(), outcome);
  if (!output->combined && !contains(output->out, "\x1B") && !contains(output->err, "\x1B")) {
    return judge_plain_output(harness, test, settings, *output, outcome);
  }
  CapturedOutput plain{without_colours(output->out), without_colours(output->err)};
  if (output->combined) plain.err = plain.out;
  judge_plain_output(harness, test, settings, plain, outcome);
}

}  // namespace nextest

// ---- core/base/private_folder.hpp ----

// A folder of one's own for a while: made where temporary files go, and removed with all that has come into it.

namespace nextest {

// $TMPDIR, else /tmp.
inline std::string temporary_folder() {
  const char* const folder = ::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

// Makes a folder with mode 0700 and a name of its own; its absolute path. Returns 0 or errno.
[[nodiscard]] inline int make_private_folder(std::string& path) {
  path = absolute_path(temporary_folder()) + "/nextest-tmp-XXXXXX";
  if (::mkdtemp(&path[0]) != nullptr) return 0;
  path.clear();
  return errno;
}

// Removes a folder and what is in it, however deep and whatever its modes, and never what a link in it leads to.
class FolderRemoval {
 public:
  explicit FolderRemoval(const std::string& path) : path_(path), top_(open_folder(AT_FDCWD, path.c_str())) {}

  // False where something is left of it.
  bool run() {
    if (!top_) return false;
    // Folders inside of folders come up to the first level, so that no path and no stack is as deep as they are.
    Vector<std::string> folders;
    clear(top_.get(), folders);
    while (!folders.empty()) {
      Vector<std::string> next;
      for (const std::string& name : folders) {
        if (!empty_into_top(name, next) || ::unlinkat(top_.get(), name.c_str(), AT_REMOVEDIR) != 0) return false;
      }
      folders = std::move(next);
    }
    return ::rmdir(path_.c_str()) == 0;
  }

 private:
  // Opens what is a folder and no link to one, for reading and removing what is in it.
  static Fd open_folder(int parent, const char* name) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Fd folder(::openat(parent, name, flags));
    if (!folder && errno == EACCES && is_folder(parent, name)) {
      static_cast<void>(::fchmodat(parent, name, S_IRWXU, 0));
      folder = Fd(::openat(parent, name, flags));
    }
    struct stat info {};
    const bool is_closed = folder && ::fstat(folder.get(), &info) == 0 && (info.st_mode & S_IRWXU) != S_IRWXU;
    if (is_closed) static_cast<void>(::fchmod(folder.get(), S_IRWXU));
    return folder;
  }

  static bool is_folder(int parent, const char* name) {
    struct stat info {};
    return ::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
  }

  // Removes the files of a folder, and names its folders.
  static void clear(int folder, Vector<std::string>& folders) {
    Vector<std::string> names;
    static_cast<void>(each_name_of(folder, [&](const char* name) {
      const std::string_view text = name;
      if (text != "." && text != "..") names.emplace_back(text);
    }));
    for (std::string& name : names) {
      if (is_folder(folder, name.c_str())) folders.push_back(std::move(name));
      else static_cast<void>(::unlinkat(folder, name.c_str(), 0));
    }
  }

  // Empties a folder of the first level; the folders in it are now of that level, too.
  bool empty_into_top(const std::string& name, Vector<std::string>& folders) {
    const Fd folder = open_folder(top_.get(), name.c_str());
    if (!folder) return false;
    Vector<std::string> inner;
    clear(folder.get(), inner);
    for (const std::string& one : inner) {
      open_folder(folder.get(), one.c_str());  // one that is read-only cannot be moved
      std::string moved;
      do {
        moved = ".nextest-" + std::to_string(moved_++);
      } while (::faccessat(top_.get(), moved.c_str(), F_OK, 0) == 0);
      if (::renameat(folder.get(), one.c_str(), top_.get(), moved.c_str()) != 0) return false;
      folders.push_back(std::move(moved));
    }
    return true;
  }

  const std::string path_;
  const Fd top_;
  std::uint64_t moved_ = 0;
};

inline bool remove_tree(const std::string& path) { return FolderRemoval(path).run(); }

}  // namespace nextest

// ---- core/run/attempt_files.hpp ----

// What an attempt has on disk for itself: a TMPDIR of its own, and a file for the report of its harness.

namespace nextest {

class AttemptFiles {
 public:
  // Makes the folder, where one is wanted, and tells the test of it. Returns 0 or errno.
  [[nodiscard]] int make_tmpdir(const TestSettings& settings, Vector<std::string>& environment) {
    if (!built_in(Feature::Config) || !settings.own_tmpdir) return 0;
    const int error = make_private_folder(tmpdir_);
    if (error == 0) environment.push_back("TMPDIR=" + tmpdir_);
    return error;
  }

  // Asks for the report, where the harness writes one. By the environment, so that a command to paste has no path in it
  // that is gone. What the user asked for goes before; where no file can be made, the test is as good without.
  void make_report(const Harness& harness, Vector<std::string>& environment) {
    if (!has_test_properties || harness.report_variable == nullptr) return;
    const std::string variable = harness.report_variable;
    if (::getenv(variable.substr(0, variable.find('=')).c_str()) != nullptr) return;
    std::string path = absolute_path(temporary_folder()) + "/nextest-report-XXXXXX";
    const Fd file(::mkstemp(&path[0]));
    if (!file) return;
    environment.push_back(variable + path);
    report_ = std::move(path);
  }

  // What the test says of itself in the report, which is removed.
  Vector<std::string> take_properties(const Harness& harness, const TestCase& test) {
    Vector<std::string> properties;
    std::string text;
    const bool is_there = has_test_properties && !report_.empty() && read_file(report_, most_report, text) == 0;
    if (is_there) harness.read_properties(test, text, properties);
    remove_report();
    return properties;
  }

  // Removes the folder unless it is to be kept. What is left of it; empty: nothing.
  std::string end_tmpdir(bool keep) {
    if (!built_in(Feature::Config) || tmpdir_.empty()) return "";
    if (!keep && remove_tree(tmpdir_)) tmpdir_.clear();
    return std::exchange(tmpdir_, {});
  }

  // Of an attempt that could not start.
  void remove() {
    remove_report();
    static_cast<void>(end_tmpdir(false));
  }

 private:
  static constexpr std::size_t most_report = 16 * 1024 * 1024;

  void remove_report() {
    if (!has_test_properties || report_.empty()) return;
    ::unlink(report_.c_str());
    report_.clear();
  }

  std::string tmpdir_;
  std::string report_;
};

}  // namespace nextest

// ---- core/run/schedule.hpp ----

// Which of the waiting tests may start. It knows threads, groups and the order of the plan; nothing of processes or
// time.

namespace nextest {

// A test that takes `weight` threads, of all and of those of its group; all of them where there are not as many.
struct Job {
  TestIndex test = 0;
  std::uint32_t place = 0;  // in the plan: lower goes first
  std::uint32_t weight = 1;
  std::uint32_t group = 0;
};

// The rule: tests start in the order of their places. One that has to wait for its group lets others pass. One that
// has to wait for threads (or, inside its group, for more of the group's) lets those pass that cannot make it wait
// longer: whichever running tests end first, there will be as much room for it as without them. So a heavy test starts
// as soon as the tests before it have made room, and no thread is idle that another test could take without delaying
// it.
class Schedule {
 public:
  Schedule(std::uint32_t threads, const Vector<TestGroup>& groups) : threads_(threads) {
    for (const TestGroup& group : groups) groups_.emplace_back(std::min(group.max_threads, threads));
  }

  // So many will be added, most of them alike.
  void expect(std::size_t count) { expected_ = count; }

  // Waits from now on. Cheapest in the order of the plan.
  void add(const Job& job) {
    Queue& queue = queue_of(job);
    std::size_t at = queue.jobs.size();
    if (!queue.empty() && job.place < queue.jobs.back().place) {
      for (at = queue.next; queue.jobs[at].place < job.place;) ++at;
    }
    if (at == queue.next && at > 0) queue.jobs[--queue.next] = job;
    else queue.jobs.insert(queue.jobs.begin() + static_cast<std::ptrdiff_t>(at), job);
  }

  // Takes the next test that may start, and the room for it. False: none may.
  bool take(Job& job) {
    threads_.open();
    for (Pool& group : groups_) group.open();
    for (Queue* queue = first_queue(0); queue != nullptr; queue = first_queue(job.place + 1)) {
      job = queue->jobs[queue->next];
      Pool& group = groups_[job.group];
      if (group.fit(job) > group.room) {
        group.keep_free_for(group.fit(job));
      } else if (threads_.fit(job) > threads_.room) {
        if (threads_.keep_free_for(threads_.fit(job))) group.room -= group.fit(job);
      } else {
        ++queue->next;
        threads_.running.push_back(threads_.fit(job));
        group.running.push_back(group.fit(job));
        return true;
      }
    }
    return false;
  }

  void give_back(const Job& job) {
    threads_.remove(threads_.fit(job));
    groups_[job.group].remove(groups_[job.group].fit(job));
  }

  // Nothing waits any more.
  void clear() {
    for (Queue& queue : queues_) queue.next = queue.jobs.size();
  }
  bool empty() const {
    return std::all_of(queues_.begin(), queues_.end(), [](const Queue& queue) { return queue.empty(); });
  }

 private:
  // Tests of one group and weight can start or not for the same reasons: only the first of them has to be looked at.
  struct Queue {
    std::uint32_t group, weight;
    Vector<Job> jobs;      // in the order of their places
    std::size_t next = 0;  // those before it have been taken

    bool empty() const { return next == jobs.size(); }
  };

  struct Pool {
    explicit Pool(std::uint32_t limit) : capacity(limit) {}

    std::uint32_t fit(const Job& job) const { return std::min(job.weight, capacity); }

    std::uint32_t used() const {
      std::uint32_t sum = 0;
      for (const std::uint32_t weight : running) sum += weight;
      return sum;
    }

    void open() {
      room = capacity - used();
      kept = false;
    }

    // `weight` does not fit. What comes later may take only what will be left over once it does, at the least. False
    // when another one waits already.
    bool keep_free_for(std::uint32_t weight) {
      if (kept) return false;
      kept = true;
      const std::uint32_t in_use = used(), free = capacity - in_use;
      // Which amounts of room can come about, as running tests end in any order.
      Vector<bool> reachable(capacity + 1);
      reachable[free] = true;
      for (const std::uint32_t ended : running) {
        for (std::uint32_t amount = capacity; amount >= free + ended; --amount) {
          if (reachable[amount - ended]) reachable[amount] = true;
        }
      }
      std::uint32_t enough = weight;
      while (!reachable[enough]) ++enough;
      room = std::min(room, enough - weight);
      return true;
    }

    void remove(std::uint32_t weight) {
      const auto one = std::find(running.begin(), running.end(), weight);
      *one = running.back();
      running.pop_back();
    }

    const std::uint32_t capacity;
    Vector<std::uint32_t> running;  // the weights of what runs
    std::uint32_t room = 0;         // for the test that is looked at
    bool kept = false;
  };

  // The queue whose first job has the lowest place, from `place` on; nullptr: none.
  Queue* first_queue(std::uint32_t place) {
    Queue* first = nullptr;
    for (Queue& queue : queues_) {
      const bool counts = !queue.empty() && queue.jobs[queue.next].place >= place;
      if (counts && (first == nullptr || queue.jobs[queue.next].place < first->jobs[first->next].place)) first = &queue;
    }
    return first;
  }

  Queue& queue_of(const Job& job) {
    for (Queue& queue : queues_) {
      if (queue.group == job.group && queue.weight == job.weight) return queue;
    }
    queues_.push_back({job.group, job.weight, {}});
    if (queues_.size() == 1) queues_.back().jobs.reserve(expected_);
    return queues_.back();
  }

  Pool threads_;
  Vector<Pool> groups_;
  Vector<Queue> queues_;
  std::size_t expected_ = 0;
};

}  // namespace nextest

// ---- core/run/executor.hpp ----

// What starts next: free threads, slots, retries and their delays, and patience when the system refuses a process.

namespace nextest {

class ExecutorObserver {
 public:
  virtual ~ExecutorObserver() = default;
  // Comes after the event.
  virtual void on_finished(const TestFinished& finished) = 0;
};

class Executor final : private UnitObserver {
 public:
  Executor(Supervisor& supervisor, const RunPlan& plan, const RunOptions& options, EventStream& events,
           ExecutorObserver& observer)
      : supervisor_(supervisor),
        plan_(plan),
        options_(options),
        events_(events),
        observer_(observer),
        schedule_(options.test_threads, options.groups),
        slots_(options.groups.size()) {}

  // Takes on the tests of the plan.
  void begin(StressIndex stress) {
    stress_ = stress;
    if (cancelled_) return;
    schedule_.expect(plan_.order.size());
    const std::uint32_t cpus = usable_cpus();
    Job job;
    for (const TestIndex test : plan_.order) {
      const TestSettings& settings = plan_.settings.of(test);
      job.test = test;
      job.weight = settings.threads_required.resolve(cpus, options_.test_threads);
      job.group = settings.group;
      schedule_.add(job);
      ++job.place;
    }
  }

  // Starts what can be started now.
  void fill() {
    Job job;
    while (!starved_ && schedule_.take(job)) {
      const auto waits = [&](const std::unique_ptr<TestRun>& run) { return run->job.test == job.test; };
      auto run = std::find_if(runs_.begin(), runs_.end(), waits);
      if (run == runs_.end()) run = runs_.insert(run, std::make_unique<TestRun>(*this, job));
      start(**run);
    }
  }

  bool idle() const { return runs_.empty() && schedule_.empty(); }

  // How each test stands that holds a slot, in the order of slots.
  void report(FunctionRef<void(InfoResponse)> add) const {
    for (const std::uint32_t i : sorted_order(runs_.size(), [&](std::uint32_t left, std::uint32_t right) {
           return runs_[left]->slot < runs_[right]->slot;
         })) {
      const TestRun& run = *runs_[i];
      InfoResponse response;
      response.stress = stress_;
      response.test = run.job.test;
      response.attempt = attempt_of(run);
      response.slot = {run.slot, run.group_slot, options_.groups[run.job.group].name};
      if (run.unit != nullptr) {
        response.status = run.unit->report();
      } else {
        const Duration now = supervisor_.loop.clock.now();
        response.status.state = UnitState::WaitingForRetry;
        response.status.in_state = now - run.since;
        response.status.remaining = run.deadline == forever ? Duration() : run.deadline - now;
      }
      add(std::move(response));
    }
  }
  std::uint32_t in_slots() const { return static_cast<std::uint32_t>(runs_.size()); }

  // What a setup script wrote for the tests that it matches.
  void set_script_environment(std::size_t script, Vector<std::string> variables) {
    if (script_environments_.size() <= script) script_environments_.resize(script + 1);
    script_environments_[script] = std::move(variables);
  }

  // Tests that hold a thread now.
  std::uint32_t running() const {
    const auto runs = [](const std::unique_ptr<TestRun>& run) { return run->unit != nullptr; };
    return static_cast<std::uint32_t>(std::count_if(runs_.begin(), runs_.end(), runs));
  }

  // No test is started any more; one that waits for its next attempt ends with the ones it had.
  void cancel() {
    cancelled_ = true;
    schedule_.clear();
    const auto waits = [](const std::unique_ptr<TestRun>& run) { return run->unit == nullptr; };
    while (true) {
      const auto run = std::find_if(runs_.begin(), runs_.end(), waits);
      if (run == runs_.end()) return;
      if ((*run)->result.attempts.empty()) forget(**run);
      else finish(**run);
    }
  }

 private:
  // A test from its first attempt to its last. Its deadline is the end of a retry delay.
  struct TestRun final : EventLoop::Client {
    TestRun(Executor& owner, const Job& taken) : executor(owner), job(taken), slot(owner.slots_[0].take()) {
      if (job.group != 0) group_slot = static_cast<std::int32_t>(owner.slots_[job.group].take());
      executor.supervisor_.loop.add(*this);
    }
    ~TestRun() override {
      executor.slots_[0].give_back(slot);
      if (job.group != 0) executor.slots_[job.group].give_back(static_cast<std::uint32_t>(group_slot));
      executor.supervisor_.loop.remove(*this);
    }
    void on_deadline() override { executor.schedule_.add(job); }

    Executor& executor;
    const Job job;
    const std::uint32_t slot;
    std::int32_t group_slot = -1;
    Unit* unit = nullptr;
    AttemptFiles files;                                      // of the attempt that runs
    Duration since = executor.supervisor_.loop.clock.now();  // without a unit
    Duration busy_since = forever;                           // its program
    TestResult result;
  };

  void start(TestRun& run) {
    const TestCase& test = plan_.list.tests[run.job.test];
    const TestBinary& binary = plan_.list.binary_of(run.job.test);
    const TestSettings& settings = plan_.settings.of(run.job.test);
    const Harness& harness = *binary.harness;

    TestStarted started;
    started.stress = stress_;
    started.test = run.job.test;
    started.attempt = attempt_of(run);
    started.slot = {run.slot, run.group_slot, options_.groups[run.job.group].name};
    std::string id = make_attempt_id(plan_.info.run_id, plan_.list, run.job.test, stress_, started.attempt.number);
    Arguments arguments = harness.run_arguments(plan_.list, test);
    arguments.insert(arguments.end(), settings.run_extra_args.begin(), settings.run_extra_args.end());
    Command command = make_command(binary, std::move(arguments), options_.start, settings.run_wrapper, test.own_name());
    for (const std::uint32_t script : settings.setup_scripts) {
      if (script >= script_environments_.size()) continue;
      add_variables(command.environment, script_environments_[script]);
    }
    command.capture_out = command.capture_err = options_.request.capture;
    command.combine = built_in(Feature::Config) && settings.combine_output && options_.request.capture;
    add_test_environment(command.environment, test, started.attempt, id, stress_, started.slot);
    for (std::string& variable : harness.run_environment(test)) command.environment.push_back(std::move(variable));
    if (options_.keeps_properties) run.files.make_report(harness, command.environment);
    UnitLimits limits;
    limits.slow_timeout = settings.slow_timeout;
    limits.leak_timeout = settings.leak_timeout;
    if (options_.interceptor.active()) {
      const Vector<std::string>& words = options_.interceptor.command;
      command.argv[0] = command.program;
      command.argv.insert(command.argv.begin(), words.begin(), words.end());
      command.program = find_program(words[0]);
      command.has_terminal = options_.interceptor.debugs;
      limits.slow_timeout = SlowTimeout{thirty_years};
      limits.may_leave_processes = true;
    }

    // A test that is not captured writes below the line of its start, so that has to come first; without its PID then.
    const bool is_captured = options_.request.capture;
    if (!is_captured && run.busy_since == forever) {
      started.command = command.argv;
      emit_start(started, events_.elapsed());
      events_.flush(true);
    }
    Launched failure;
    const int no_tmpdir = run.files.make_tmpdir(settings, command.environment);
    if (no_tmpdir == 0) run.unit = supervisor_.start(command, limits, std::move(id), *this, failure);
    if (run.unit == nullptr) run.files.remove();
    if (run.unit == nullptr && failure.out_of_resources() && supervisor_.running() > 0) {
      starved_ = true;  // until a unit ends and gives back what it had
      schedule_.give_back(run.job);
      schedule_.add(run.job);
      return;
    }
    const Duration now = supervisor_.loop.clock.now();
    if (run.unit == nullptr && failure.is_busy()) {
      if (run.busy_since == forever) run.busy_since = now;
      if (waits_for_busy(now - run.busy_since)) {
        schedule_.give_back(run.job);
        run.deadline = now + busy_pause(now - run.busy_since);
        return;
      }
    }
    run.busy_since = forever;
    started.pid = run.unit != nullptr ? run.unit->pid() : 0;
    started.command = std::move(command.argv);
    const Duration at = run.unit != nullptr ? events_.since_start(run.unit->started()) : events_.elapsed();
    if (is_captured) emit_start(std::move(started), at);
    if (run.unit == nullptr) {
      AttemptResult result;
      result.started = at;
      result.outcome.kind = OutcomeKind::ExecFail;
      result.outcome.code = no_tmpdir != 0 ? -no_tmpdir : failure.error;
      end_attempt(run, std::move(result));
    }
  }

  void emit_start(TestStarted started, Duration at) {
    if (started.attempt.number == 1) events_.emit_at(at, std::move(started));
    else events_.emit_at(at, TestRetryStarted{std::move(started)});
  }

  void on_slow(Unit& unit, Duration elapsed, bool will_terminate) override {
    const TestRun& run = run_of(unit);
    events_.emit(TestSlow{stress_, run.job.test, attempt_of(run), elapsed, will_terminate, unit.stopped()});
  }

  void on_done(Unit& unit) override {
    starved_ = false;
    TestRun& run = run_of(unit);
    run.unit = nullptr;
    run.since = supervisor_.loop.clock.now();
    AttemptResult result;
    result.outcome = unit.outcome();
    result.started = events_.since_start(unit.started());
    result.duration = unit.duration();
    result.slow = unit.slow();
    if (unit.captured()) result.output = std::make_shared<const CapturedOutput>(unit.take_output());
    const Harness& harness = *plan_.list.binary_of(run.job.test).harness;
    const TestSettings& settings = plan_.settings.of(run.job.test);
    judge_attempt(harness, plan_.list.tests[run.job.test], settings, result.output.get(), result.outcome);
    if (built_in(Feature::Config) && unit.ending() == EndingCause::ByItself)
      judge_by_expectation(settings, result.outcome);
    result.properties = run.files.take_properties(harness, plan_.list.tests[run.job.test]);
    result.tmpdir = run.files.end_tmpdir(!result.outcome.passed());
    end_attempt(run, std::move(result));
  }

  void end_attempt(TestRun& run, AttemptResult result) {
    schedule_.give_back(run.job);
    const TestSettings& settings = plan_.settings.of(run.job.test);
    result.attempt = attempt_of(run);
    const bool again = !result.outcome.passed() && result.attempt.number < result.attempt.total && !cancelled_;
    if (again) {
      const Duration delay = next_delay(settings.retries, result.attempt.number);
      events_.emit(TestAttemptFailed{stress_, run.job.test, result, delay, settings.failure_output});
      result.output = nullptr;
      run.result.attempts.push_back(std::move(result));
      if (delay.ns > 0) run.deadline = supervisor_.loop.clock.now() + delay;
      else schedule_.add(run.job);
    } else {
      run.result.attempts.push_back(std::move(result));
      finish(run);
    }
  }

  void finish(TestRun& run) {
    const TestSettings& settings = plan_.settings.of(run.job.test);
    TestFinished finished;
    finished.stress = stress_;
    finished.test = run.job.test;
    finished.result = std::move(run.result);
    finished.result.flaky_fails = settings.flaky_fails;
    finished.success_output = settings.success_output;
    finished.failure_output = settings.failure_output;
    forget(run);
    const Event event{events_.elapsed(), std::move(finished)};
    events_.emit_event(event);
    observer_.on_finished(std::get<TestFinished>(event.what));
  }

  void forget(TestRun& run) {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].get() != &run) continue;
      runs_[i] = std::move(runs_.back());
      runs_.pop_back();
      return;
    }
  }

  // The one behind those that are over. Under a debugger or a tracer there is no other.
  Attempt attempt_of(const TestRun& run) const {
    return {static_cast<std::uint32_t>(run.result.attempts.size()) + 1,
            options_.interceptor.active() ? 1 : plan_.settings.of(run.job.test).retries.count + 1};
  }

  TestRun& run_of(const Unit& unit) {
    std::size_t i = 0;
    while (runs_[i]->unit != &unit) ++i;
    return *runs_[i];
  }

  // Jitter spreads what failed together: the delay is between half of itself and all of itself.
  Duration next_delay(const RetryPolicy& policy, std::uint32_t attempt) {
    Duration delay = policy.delay_after(attempt);
    if (policy.jitter) {
      jitter_ = Xxh64::hash(std::to_string(jitter_) + plan_.info.run_id);
      delay.ns -= static_cast<std::int64_t>(static_cast<double>(delay.ns) / 2 *
                                            (static_cast<double>(jitter_ >> 11) / 9007199254740992.0));
    }
    return delay;
  }

  // The smallest free number.
  class Slots {
   public:
    std::uint32_t take() {
      std::size_t slot = 0;
      while (slot < taken_.size() && taken_[slot]) ++slot;
      if (slot == taken_.size()) taken_.push_back(true);
      taken_[slot] = true;
      return static_cast<std::uint32_t>(slot);
    }
    void give_back(std::uint32_t slot) { taken_[slot] = false; }

   private:
    Vector<bool> taken_;
  };

  Supervisor& supervisor_;
  const RunPlan& plan_;
  const RunOptions& options_;
  EventStream& events_;
  ExecutorObserver& observer_;
  Schedule schedule_;
  Vector<Slots> slots_;  // those of group 0 are numbered over all tests
  Vector<Vector<std::string>> script_environments_;
  std::uint64_t jitter_ = 0;
  StressIndex stress_;
  Vector<std::unique_ptr<TestRun>> runs_;
  bool starved_ = false;
  bool cancelled_ = false;
};

}  // namespace nextest

// ---- core/run/keyboard.hpp ----

// The keys of a person at the terminal, one at a time and without echo. However the program ends, the terminal is left
// as it was found: only SIGKILL and SIGSTOP leave no time for that.

namespace nextest {

class KeyObserver {
 public:
  virtual ~KeyObserver() = default;
  virtual void on_key(char key) = 0;
};

class Keyboard final : public EventLoop::Client {
 public:
  Keyboard(EventLoop& loop, KeyObserver& observer) : loop_(loop), observer_(observer) { loop_.add(*this); }
  ~Keyboard() override {
    give_back();
    loop_.remove(*this);
  }

  // Listens, if standard input is a terminal in whose foreground we are. One that gives single keys already belongs to
  // somebody else. Where it listens already, the modes are set again: who was in the foreground between may have
  // changed them. In the background it looks again: not every shell sends SIGCONT to a running job that it brings back.
  void take() {
    deadline = forever;
    if (!built_in(Feature::Terminal) || ::isatty(0) != 1) return;
    const pid_t foreground = ::tcgetpgrp(0);
    if (foreground != ::getpgrp()) return foreground > 0 ? look_again() : void();
    termios modes;
    if (::tcgetattr(0, &modes) != 0) return;
    if (!taken_) {
      if ((modes.c_lflag & ICANON) == 0) return;
      saved_ = modes;
      guard(give_back_and_die);
      loop_.watch(0, *this);
      taken_ = true;
    }
    // ISIG stays: Ctrl-C and Ctrl-Z are signals. With NOFLSH they do not throw away what we have just written.
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    modes.c_lflag |= NOFLSH;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    ::tcsetattr(0, TCSANOW, &modes);
  }

  void give_back() {
    deadline = forever;
    if (!built_in(Feature::Terminal) || !taken_) return;
    loop_.unwatch(0);
    taken_ = false;
    set_back();
    guard(SIG_DFL);
  }

  void on_readable(int fd, bool) override {
    if (!built_in(Feature::Terminal)) return;
    char keys[64];
    const ssize_t count = read_some(fd, keys, sizeof keys);
    if (count <= 0) {  // hung up, or in the background
      give_back();
      return look_again();
    }
    for (ssize_t i = 0; i < count; ++i) observer_.on_key(keys[i]);
  }
  void on_deadline() override { take(); }

 private:
  void look_again() { deadline = loop_.clock.now() + Duration::milliseconds(300); }

  // Of the signals that end a program and that nobody else handles.
  static void guard(void (*handler)(int)) {
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGUSR2, SIGXCPU, SIGXFSZ}) {
      struct sigaction action {};
      ::sigaction(signal, nullptr, &action);
      if (action.sa_handler != SIG_DFL && action.sa_handler != give_back_and_die) continue;
      action.sa_handler = handler;
      action.sa_flags = handler == SIG_DFL ? 0 : static_cast<int>(SA_RESETHAND | SA_NODEFER);
      ::sigaction(signal, &action, nullptr);
    }
  }
  // tcsetattr and raise are async-signal-safe (POSIX.1-2008, 2.4.3).
  static void give_back_and_die(int signal) {
    ::tcsetattr(0, TCSANOW, &saved_);
    ::raise(signal);
  }

  // In the background it is not ours to change.
  static void set_back() {
    if (::tcgetpgrp(0) == ::getpgrp()) ::tcsetattr(0, TCSANOW, &saved_);
  }

  static inline termios saved_{};

  EventLoop& loop_;
  KeyObserver& observer_;
  bool taken_ = false;
  const LastDuty set_back_now_{[](void* self) {
                                 if (static_cast<Keyboard*>(self)->taken_) set_back();
                               },
                               this};
};

}  // namespace nextest

// ---- core/run/run_outcome.hpp ----

// How a run ended, as far as it is known when it has.

namespace nextest {

struct RunOutcome {
  RunStats stats;  // of a stress run: of its last sub-run
  StressStats stress;
  bool all_read = true;  // every reader took all events

  bool failed() const {
    return !stats.all_ran_and_passed() || stress.failed > 0 || stats.cancel_reason != CancelReason::None;
  }
  // What a signal ended is no failure of a script.
  bool setup_failed() const { return stats.setup_scripts_failed > 0 && stats.cancel_reason < CancelReason::Signal; }
};

}  // namespace nextest

// ---- core/run/setup_script.hpp ----

// One setup script from start to end, and the variables that it wrote for the tests.

namespace nextest {

class SetupScriptRun final : private UnitObserver {
 public:
  // In the attempt id of what it starts.
  static constexpr std::string_view id_mark = ":@setup-script:";

  SetupScriptRun(Supervisor& supervisor, const RunInfo& info, const SetupScript& script, EventStream& events,
                 StressIndex stress)
      : script_(script), events_(events), stress_(stress) {
    result_.started = events.elapsed();
    variables_path_ = temporary_folder() + "/nextest-env-XXXXXX";
    const Fd file(::mkstemp(&variables_path_[0]));
    if (!file) {
      fail(OutcomeKind::BadVariable, -errno);
      return;
    }

    Command command;
    command.argv = script.command.argv;
    command.folder = info.workspace_root;
    command.program = find_program(command.argv[0]);
    if (command.program.empty()) command.program = command.argv[0];
    command.environment = script.command.environment;
    const std::string id = info.run_id + std::string(id_mark) + script.id;
    command.environment.push_back("NEXTEST_ENV=" + variables_path_);
    command.environment.push_back("NEXTEST_ATTEMPT_ID=" + id);
    command.capture_out = script.capture_out;
    command.capture_err = script.capture_err;
    UnitLimits limits;
    limits.slow_timeout = script.slow_timeout;
    limits.leak_timeout = script.leak_timeout;
    limits.may_leave_processes = true;
    Launched failure;
    unit_ = supervisor.start(command, limits, id, *this, failure);
    if (unit_ == nullptr) fail(OutcomeKind::ExecFail, failure.error);
  }
  ~SetupScriptRun() override { ::unlink(variables_path_.c_str()); }
  SetupScriptRun(const SetupScriptRun&) = delete;
  SetupScriptRun& operator=(const SetupScriptRun&) = delete;

  bool done() const { return unit_ == nullptr; }

  // How it stands; until it is done.
  UnitStatus report() const { return unit_->report(); }

  // Once done.
  const AttemptResult& result() const { return result_; }
  const Vector<std::string>& variables() const { return variables_; }
  // The process group in which it left something running; 0: none.
  pid_t group() const { return group_; }

 private:
  void fail(OutcomeKind kind, int code) {
    result_.outcome.kind = kind;
    result_.outcome.code = code;
  }

  void on_slow(Unit& unit, Duration elapsed, bool will_terminate) override {
    events_.emit(SetupScriptSlow{stress_, script_.id, script_.command.argv, elapsed, will_terminate, unit.stopped()});
  }

  void on_done(Unit& unit) override {
    unit_ = nullptr;
    result_.outcome = unit.outcome();
    result_.started = events_.since_start(unit.started());
    result_.duration = unit.duration();
    result_.slow = unit.slow();
    if (unit.captured()) result_.output = std::make_shared<CapturedOutput>(unit.take_output());
    if (group_exists(unit.pid())) group_ = unit.pid();
    if (result_.outcome.passed()) read_variables();
  }

  // A line each, NAME=VALUE; ours are not theirs to set.
  void read_variables() {
    std::string text;
    if (const int error = read_file(variables_path_, std::size_t{1} << 20, text); error != 0) {
      return fail(OutcomeKind::BadVariable, -error);
    }
    int number = 0;
    for (std::string_view rest = text, line; next_line(rest, line);) {
      ++number;
      if (line.empty()) continue;
      const bool holds_nul = line.find('\0') != std::string_view::npos;
      if (line.find('=') == std::string_view::npos || line[0] == '=' || starts_with(line, "NEXTEST") || holds_nul) {
        result_.outcome.kind = OutcomeKind::BadVariable;
        result_.outcome.code = number;
        variables_.clear();
        return;
      }
      variables_.emplace_back(line);
    }
  }

  const SetupScript& script_;
  EventStream& events_;
  const StressIndex stress_;
  std::string variables_path_;
  Unit* unit_ = nullptr;
  AttemptResult result_;
  Vector<std::string> variables_;
  pid_t group_ = 0;
};

}  // namespace nextest

// ---- core/run/setup_scripts.hpp ----

// The setup scripts of a run: those that a test asks for, one after the other, before the first test. What they leave
// running is for the tests, and is ended with them.

namespace nextest {

class SetupScripts {
 public:
  SetupScripts(Supervisor& supervisor, const RunPlan& plan, const RunOptions& options, EventStream& events)
      : supervisor_(supervisor), plan_(plan), options_(options), events_(events) {}

  // Whether it is of a setup script, and not of a test.
  static bool is_attempt_id(std::string_view id) { return contains(id, SetupScriptRun::id_mark); }

  // Takes on those that a test of the plan asks for.
  void begin(StressIndex stress) {
    wanted_.assign(options_.setup_scripts.size(), false);
    for (const TestIndex test : plan_.order) {
      for (const std::uint32_t script : plan_.settings.of(test).setup_scripts) wanted_[script] = true;
    }
    started_ = SetupScriptStarted();
    started_.stress = stress;
    started_.total = static_cast<std::uint32_t>(std::count(wanted_.begin(), wanted_.end(), true));
    next_ = 0;
  }

  // False when there is none left to start.
  bool start_next() {
    while (next_ < wanted_.size() && !wanted_[next_]) ++next_;
    if (next_ == wanted_.size()) return false;
    const SetupScript& script = options_.setup_scripts[next_++];
    started_.script_id = script.id;
    started_.command = script.command.argv;
    events_.emit(started_);
    events_.flush(true);  // before the script's own lines
    run_ = std::make_shared<SetupScriptRun>(supervisor_, plan_.info, script, events_, started_.stress);
    return true;
  }

  bool running() const { return run_ != nullptr && !run_->done(); }

  // While one is running: which, and how it stands.
  InfoResponse report() const {
    InfoResponse response;
    response.stress = started_.stress;
    response.script_id = started_.script_id;
    response.status = run_->report();
    return response;
  }

  // Of the one that has run: emits its end. Returns whether it passed; then `variables` are what it wrote.
  bool finish(Vector<std::string>& variables) {
    if (run_->group() != 0) groups_.push_back(run_->group());
    variables = run_->variables();
    const bool passed = run_->result().outcome.passed();
    events_.emit(SetupScriptFinished{started_.stress, started_.index++, started_.total, started_.script_id,
                                     started_.command, variables, run_->result()});
    run_.reset();
    return passed;
  }
  // Its place among the scripts of the configuration.
  std::size_t place() const { return next_ - 1; }

  // What they left running is asked to end, and has a second for that.
  void end_all(FunctionRef<void(int)> on_signal) {
    const auto exists = [](pid_t group) { return group_exists(group); };
    for (const pid_t group : groups_) ::kill(-group, SIGTERM);
    for (int i = 0; i < 100 && std::any_of(groups_.begin(), groups_.end(), exists); ++i) {
      supervisor_.take_signals(on_signal);
      ::poll(nullptr, 0, 10);
    }
    kill_all();
    groups_.clear();
  }

 private:
  void kill_all() const {
    for (const pid_t group : groups_) ::kill(-group, SIGKILL);
  }

  Supervisor& supervisor_;
  const RunPlan& plan_;
  const RunOptions& options_;
  EventStream& events_;
  Vector<bool> wanted_;                  // beside those of the configuration
  std::size_t next_ = 0;                 // of these
  SetupScriptStarted started_;           // of the newest
  std::shared_ptr<SetupScriptRun> run_;  // shared with nobody; but what it is made of is only where one is made
  Vector<pid_t> groups_;                 // in which they left something running
  const LastDuty kill_now_{[](void* self) { static_cast<SetupScripts*>(self)->kill_all(); }, this};
};

}  // namespace nextest

// ---- core/run/dispatcher.hpp ----

// A run from its first event to its last: the outside world (signals, keys, global timeout, failing fast) meets the
// executor here.

namespace nextest {

class Dispatcher final : private ExecutorObserver, private KeyObserver {
 public:
  Dispatcher(Supervisor& supervisor, const RunPlan& plan, const RunOptions& options, Vector<EventSink*> sinks)
      : supervisor_(supervisor),
        plan_(plan),
        options_(options),
        events_(supervisor.loop, std::move(sinks)),
        scripts_(supervisor, plan, options, events_),
        executor_(supervisor, plan, options, events_, *this),
        global_timeout_(*this),
        keyboard_(supervisor.loop, *this) {}

  RunOutcome run() {
    global_timeout_.arm(options_.global_timeout);
    emit_start();
    if (options_.input_handler) keyboard_.take();
    const bool stressed = options_.request.stress.is_on() && !plan_.order.empty();
    if (stressed) run_stressed();
    else run_once(StressIndex());
    RunFinished finished;
    finished.elapsed = events_.elapsed();
    finished.stats = stats_;
    finished.stressed = stressed;
    finished.stress = stress_;
    events_.emit(std::move(finished));
    keyboard_.give_back();
    RunOutcome outcome;
    outcome.stats = stats_;
    outcome.stress = stress_;
    outcome.all_read = drain_readers();
    return outcome;
  }

 private:
  class GlobalTimeout final : public EventLoop::Client {
   public:
    explicit GlobalTimeout(Dispatcher& dispatcher) : dispatcher_(dispatcher) {
      dispatcher_.supervisor_.loop.add(*this);
    }
    ~GlobalTimeout() override { dispatcher_.supervisor_.loop.remove(*this); }
    void arm(Duration after) {
      if (after < thirty_years) deadline = dispatcher_.supervisor_.loop.clock.now() + after;
    }
    void on_deadline() override { dispatcher_.cancel(CancelReason::GlobalTimeout, SIGTERM); }

   private:
    Dispatcher& dispatcher_;
  };

  void emit_start() {
    RunStarted started;
    started.info = &plan_.info;
    started.list = &plan_.list;
    if (!plan_.info.parent.empty()) started.rerun = &plan_.history.rerun;
    started.request = options_.request;
    events_.emit_at(Duration(), std::move(started));  // by definition: a record has no time of its own for it
  }

  void run_once(StressIndex stress) {
    stats_ = RunStats();
    stats_.initial_run_count = static_cast<std::uint32_t>(plan_.order.size());
    current_ = stress;
    unclean_.assign(plan_.list.tests.size(), false);
    stats_.skipped = plan_.list.counts().skipped_tests;
    each_skipped(plan_.list, stress, [&](TestSkipped skipped) { events_.emit(std::move(skipped)); });
    executor_.begin(stress);
    run_setup_scripts(stress);
    while (true) {
      // Without capture a test's own lines come between ours.
      const bool at_once = !options_.request.capture;
      if (!flush(at_once)) {  // no reader is behind
        executor_.fill();
        flush(at_once);
      }
      if (executor_.idle()) break;
      wait();
    }
    // Tests that cannot start never made us wait.
    take_signals();
    supervisor_.loop.expire();
    if (built_in(Feature::Scripts)) scripts_.end_all([&](int signal) { on_signal(signal); });
    supervisor_.end_strays([&](const Orphan& orphan) { on_late_leak(orphan); });
  }

  // The first that fails ends the run.
  void run_setup_scripts(StressIndex stress) {
    if (!built_in(Feature::Scripts)) return;
    scripts_.begin(stress);
    while (stats_.cancel_reason == CancelReason::None && scripts_.start_next()) {
      while (scripts_.running()) {
        flush();
        wait();
      }
      Vector<std::string> variables;
      const bool passed = scripts_.finish(variables);
      ++stats_.setup_scripts;
      if (passed) {
        executor_.set_script_environment(scripts_.place(), std::move(variables));
      } else {
        ++stats_.setup_scripts_failed;
        cancel(CancelReason::SetupScriptFailure, SIGTERM);
      }
    }
  }

  void run_stressed() {
    const StressCondition& condition = options_.request.stress;
    StressIndex index;
    index.active = true;
    index.total = condition.kind == StressCondition::Count ? condition.count : 0;
    while (stats_.cancel_reason == CancelReason::None) {
      const bool enough = condition.kind == StressCondition::Count  ? index.current >= condition.count
                          : condition.kind == StressCondition::Time ? condition.duration <= events_.elapsed()
                                                                    : false;
      if (enough) break;
      const Duration before = events_.elapsed();
      events_.emit(StressSubRunStarted{index, condition});
      run_once(index);
      const bool whole = stats_.not_run() == 0;
      if (stats_.failed_count() > 0) ++stress_.failed;
      else if (whole) ++stress_.passed;
      events_.emit(StressSubRunFinished{index, events_.elapsed() - before, stats_});
      if (whole || stats_.failed_count() > 0) ++index.current;
    }
    stress_.completed = index;
  }

  // --- from the executor ---

  void on_finished(const TestFinished& finished) override {
    const TestResult& result = finished.result;
    stats_.on_finished(result);
    const bool clean = result.passed() && result.last().outcome.kind != OutcomeKind::Leak;
    if (!clean) unclean_[finished.test] = true;
    const MaxFail& limit = options_.max_fail;
    if (limit.count > 0 && stats_.failed_count() >= limit.count) {
      cancel(limit.immediate ? CancelReason::TestFailureImmediate : CancelReason::TestFailure, SIGTERM);
    }
  }

  // --- from the outside ---

  bool setting_up() const { return built_in(Feature::Scripts) && scripts_.running(); }

  void on_key(char key) override {
    if (key == 't') answer();
    else if (key == '\n' || key == '\r') events_.emit(InputEnter{stats_, executor_.running()});
  }

  // What is running, and how it stands.
  void answer() {
    const std::uint32_t total = setting_up() ? 1 : executor_.in_slots();
    std::uint32_t index = 0;
    const auto emit_one = [&](InfoResponse response) {
      response.index = index++;
      response.total = total;
      events_.emit(std::move(response));
    };
    events_.emit(InfoStarted{total, executor_.running(), stats_});
    if (setting_up()) emit_one(scripts_.report());
    else executor_.report(emit_one);
    events_.emit(InfoFinished());
  }

  void on_signal(int signal) {
    if (options_.interceptor.debugs && (signal == SIGINT || signal == SIGQUIT)) return;  // they are for the debugger
    if (signal == SIGTSTP) {
      events_.emit(RunPaused{executor_.running()});
      flush(true);
      keyboard_.give_back();
      return supervisor_.stop();
    }
    if (signal == SIGCONT) {
      if (options_.input_handler) keyboard_.take();
      if (supervisor_.go_on()) events_.emit(RunContinued{{executor_.running()}});
      return;
    }
    if (Signals::is_window_change(signal)) return static_cast<void>(flush(true));
    if (Signals::asks(signal)) return answer();
    if (stats_.cancel_reason < CancelReason::Signal) {
      return cancel(signal == SIGINT ? CancelReason::Interrupt : CancelReason::Signal, signal);
    }
    if (stats_.cancel_reason != CancelReason::SecondSignal) {
      stats_.cancel_reason = CancelReason::SecondSignal;
      events_.emit(RunBeginKill{{CancelReason::SecondSignal, executor_.running()}});
    }
    supervisor_.kill_all();
  }

  // A reason that outranks the one before takes over; a lesser one changes nothing.
  void cancel(CancelReason reason, int signal) {
    if (reason <= stats_.cancel_reason) return;
    stats_.cancel_reason = reason;
    // Of a failure of the last test there is nothing to cancel. A signal fails the run, whatever is left of it.
    if (!executor_.idle() || reason >= CancelReason::Signal) events_.emit(RunBeginCancel{reason, executor_.running()});
    executor_.cancel();
    if (reason == CancelReason::TestFailure) return;  // what runs may end
    supervisor_.terminate_all(
        reason == CancelReason::GlobalTimeout ? EndingCause::GlobalTimeout : EndingCause::Cancelled, signal);
  }

  void on_late_leak(const Orphan& orphan) {
    if (SetupScripts::is_attempt_id(orphan.attempt_id)) return;
    TestLeakedLate leaked;
    leaked.stress = current_;
    leaked.pid = orphan.pid;
    leaked.command = Strays::command_of(orphan.pid);
    for (TestIndex test = 0; test < plan_.list.tests.size(); ++test) {
      const std::string id = make_attempt_id(plan_.info.run_id, plan_.list, test, current_, 1);
      const std::string_view found = orphan.attempt_id;
      if (!starts_with(found, id) || (found.size() > id.size() && found[id.size()] != '#')) continue;
      leaked.test_known = true;
      leaked.test = test;
      leaked.fails = plan_.settings.of(test).leak_timeout.fails;
      if (!unclean_[test]) stats_.on_late_leak(leaked.fails);
      unclean_[test] = true;
    }
    events_.emit(std::move(leaked));
  }

  // --- one turn ---

  void wait() {
    supervisor_.wait([&](int signal) { on_signal(signal); });
  }
  void take_signals() {
    supervisor_.take_signals([&](int signal) { on_signal(signal); });
  }

  // True when a reader is behind. What cannot be shown at all any more need not be run.
  bool flush(bool at_once = false) {
    const bool is_behind = events_.flush(at_once);
    if (!events_.readable()) cancel(CancelReason::ReportError, SIGTERM);
    return is_behind;
  }

  // At the end, until all is read. False when it could not be, or a signal ended the wait.
  bool drain_readers() {
    global_timeout_.deadline = forever;
    bool given_up = false;
    while (flush(true) && !given_up) {
      supervisor_.wait([&](int signal) {
        if (signal == SIGTSTP) supervisor_.stop();
        else if (signal == SIGCONT) supervisor_.go_on();
        else if (Signals::ends(signal)) given_up = true;
      });
    }
    return events_.readable() && !given_up;
  }

  Supervisor& supervisor_;
  const RunPlan& plan_;
  const RunOptions& options_;
  EventStream events_;
  SetupScripts scripts_;
  Executor executor_;
  GlobalTimeout global_timeout_;
  Keyboard keyboard_;
  StressIndex current_;
  RunStats stats_;
  StressStats stress_;
  Vector<bool> unclean_;  // finished, and failed or known to have leaked
};

}  // namespace nextest

// ---- record/rerun.hpp ----

// What a rerun has to run. decide is the table of spec and documentation, in one place.

namespace nextest {

// Where a test is in the list of the run that is rerun. Passed: left out, for it had passed in that chain before.
enum class InList : std::uint8_t { BinaryAbsent, BinarySkipped, TestAbsent, Matches, LeftOut, Passed };

// What that run saw of it. The last two are of tests that match and are not run all the same.
enum class Seen : std::uint8_t { Nothing, Pass, Failure, SkippedAsPassed, SkippedOtherwise };

// What is known of the test after that run, `before` being what was known when it began. Everything that is not passing
// is run again.
constexpr Known decide(InList listed, Seen seen, Known before) {
  switch (listed) {
    case InList::BinaryAbsent:
    case InList::BinarySkipped:
    case InList::LeftOut: return before;
    // Should it come back, it is run whatever it was.
    case InList::TestAbsent: return before == Known::Outstanding ? Known::Outstanding : Known::Unknown;
    case InList::Passed: return Known::Passing;
    case InList::Matches: break;
  }
  switch (seen) {
    case Seen::Pass:
    case Seen::SkippedAsPassed: return Known::Passing;
    case Seen::Failure:
    case Seen::Nothing: return Known::Outstanding;
    case Seen::SkippedOtherwise: break;
  }
  return before;
}

// What a run saw of each test of its list. A test of a stress run passes when no iteration of it failed.
class Outcomes {
 public:
  explicit Outcomes(std::size_t tests) : seen_(tests, Seen::Nothing) {}

  void note(const Event& event) {
    if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
      Seen& seen = seen_[finished->test];
      if (!finished->result.passed()) seen = Seen::Failure;
      else if (seen != Seen::Failure) seen = Seen::Pass;
    } else if (const auto* const leaked = std::get_if<TestLeakedLate>(&event.what)) {
      if (leaked->test_known && leaked->fails) seen_[leaked->test] = Seen::Failure;
    } else if (const auto* const skipped = std::get_if<TestSkipped>(&event.what)) {
      seen_[skipped->test] = skipped->reason == Mismatch::Rerun ? Seen::SkippedAsPassed : Seen::SkippedOtherwise;
    }
  }

  void forget_passes() {
    for (Seen& seen : seen_) {
      if (seen == Seen::Pass) seen = Seen::Nothing;
    }
  }

  Seen of(TestIndex test) const { return seen_[test]; }

 private:
  Vector<Seen> seen_;
};

// What is known after the run of `list` that began with `before`. Tests without a name (of a damaged record) are not
// known.
inline RerunState state_after(const TestList& list, const RerunState& before, const Outcomes& outcomes) {
  RerunState after;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    const TestCase& test = list.tests[i];
    const std::string& binary_id = list.binaries[test.binary].id;
    const InList listed = test.mismatch == Mismatch::None    ? InList::Matches
                          : test.mismatch == Mismatch::Rerun ? InList::Passed
                                                             : InList::LeftOut;
    if (test.own_name_size == 0) continue;
    after.tests.push_back({binary_id, test.name, decide(listed, outcomes.of(i), before.of(binary_id, test.name))});
  }
  after.finalize();
  Vector<KnownTest> unlisted;
  const TestBinary* binary = nullptr;
  const std::string* looked_up = nullptr;
  for (const KnownTest& test : before.tests) {
    // What is known does not become unknown in a list.
    if (after.of(test.binary_id, test.name) != Known::Unknown) continue;
    if (looked_up == nullptr || *looked_up != test.binary_id) {  // neighbours are of one binary
      looked_up = &test.binary_id;
      binary = nullptr;
      for (const TestBinary& one : list.binaries) {
        if (one.id == test.binary_id) binary = &one;
      }
    }
    const InList listed = binary == nullptr              ? InList::BinaryAbsent
                          : !binary->skip_reason.empty() ? InList::BinarySkipped
                                                         : InList::TestAbsent;
    unlisted.push_back({test.binary_id, test.name, decide(listed, Seen::Nothing, test.known)});
  }
  for (KnownTest& test : unlisted) after.tests.push_back(std::move(test));
  after.finalize();
  return after;
}

// What is known after a recorded run, and how long its tests took; reads the rest of it. Of a stress run that did not
// come to its end, passes do not count.
inline RerunState state_after(RecordReader& reader, Durations& durations) {
  Outcomes outcomes(reader.list().tests.size());
  bool is_whole = !reader.request().stress.is_on();
  Event event;
  while (reader.next(event)) {
    outcomes.note(event);
    if (const auto* const finished = std::get_if<TestFinished>(&event.what)) durations.note(reader.list(), *finished);
    if (const auto* const end = std::get_if<RunFinished>(&event.what)) {
      is_whole |= end->stats.cancel_reason == CancelReason::None;
    }
  }
  durations.finalize();
  if (!is_whole) outcomes.forget_passes();
  return state_after(reader.list(), reader.rerun(), outcomes);
}

}  // namespace nextest

// ---- record/retention.hpp ----

// Which recorded runs have to go.

namespace nextest {

inline std::uint64_t total_size(const RunIndex& index) {
  std::uint64_t size = 0;
  for (const RecordedRun& run : index.runs) size += run.size();
  return size;
}

// The positions of runs to delete, the longest unwritten first: what is too old, then as many as there are too many,
// then until the rest fits. The run of id `spared` stays.
inline Vector<std::size_t> excess_runs(const RunIndex& index, const RecordSettings& settings, Duration now,
                                       std::string_view spared = "") {
  const Vector<RecordedRun>& runs = index.runs;
  std::uint64_t count = runs.size(), size = total_size(index);
  Vector<std::size_t> excess;
  for (const std::uint32_t i : sorted_order(runs.size(), [&](std::uint32_t a, std::uint32_t b) {
         return runs[a].last_written < runs[b].last_written;
       })) {
    const bool is_too_old = settings.max_age < now - runs[i].last_written;
    if (!is_too_old && count <= settings.max_records && size <= settings.max_total_size) break;
    // What has no end may still go on, for a day.
    const bool may_go_on =
        runs[i].status == RunStatus::Incomplete && now - runs[i].last_written < Duration::seconds(86400);
    if (runs[i].id == spared || may_go_on) continue;
    excess.push_back(i);
    --count;
    size -= runs[i].size();
  }
  return excess;
}

// After a run: once a day, or when a limit is passed by half.
inline bool pruning_is_due(const RunIndex& index, const RecordSettings& settings, Duration now) {
  const Duration since = now - index.pruned_at;
  const bool is_new_day = Duration::seconds(86400) <= since || since.ns < 0;
  return is_new_day || index.runs.size() * 2 > std::uint64_t{settings.max_records} * 3 ||
         total_size(index) / 3 * 2 > settings.max_total_size;
}

}  // namespace nextest

// ---- record/session.hpp ----

// The recording of a run from before its first event to after its last. Whatever goes wrong here is a warning: it never
// changes how the run ends.

namespace nextest {

// Deletes what is in excess, under the lock, and takes it out of `index`. Returns how many runs that were.
inline std::size_t prune(Store& store, RunIndex& index, const RecordSettings& settings, std::string_view spared,
                         Vector<std::string>& warnings) {
  for (const std::size_t i : excess_runs(index, settings, wall_time(), spared)) {
    const Status removed = store.remove_run(index.runs[i].id);
    if (!removed) warnings.push_back("a recorded run could not be deleted: " + removed.error().message);
  }
  Vector<RecordedRun> left;
  for (RecordedRun& run : index.runs) {
    if (store.holds(run.id)) left.push_back(std::move(run));
  }
  const std::size_t count = index.runs.size() - left.size();
  index.runs = std::move(left);
  store.remove_empty_folders(index);
  index.pruned_at = wall_time();
  return count;
}

class RecordSession final : public EventSink {
 public:
  // Makes the folder and the files of the run, and enters it into the index.
  static Result<std::unique_ptr<RecordSession>> begin(Store store, const RunInfo& info,
                                                      const RecordSettings& settings) {
    auto session = std::make_unique<RecordSession>(std::move(store), settings);
    if (Status status = session->set_up(info); !status) return status.error();
    return session;
  }

  RecordSession(Store store, const RecordSettings& settings) : store_(std::move(store)), settings_(settings) {}

  void on_event(const Event& event) override {
    if (const auto* const started = std::get_if<RunStarted>(&event.what)) list_ = started->list;
    const auto* const finished = std::get_if<TestFinished>(&event.what);
    if (finished != nullptr && list_ != nullptr) durations_.note(*list_, *finished);
    note(run_, event);
    recorder_->on_event(event);
  }
  bool flush() override { return recorder_->flush(); }
  Duration flush_within() const override { return recorder_->flush_within(); }

  // Closes the files and brings the index up to date; prunes if that is due. Returns what went wrong, a sentence each.
  Vector<std::string> end(ExitCode code) {
    recorder_->finish(code);
    Vector<std::string> warnings;
    if (recorder_->error() != 0) {
      warnings.push_back("this run is recorded only in part: " + store_.folder_of(run_.id) + ": " +
                         ::strerror(recorder_->error()));
    }
    run_.log_size = recorder_->log().size();
    run_.output_size = recorder_->outputs().size();
    run_.plain_size = recorder_->log().plain_size() + recorder_->outputs().plain_size();
    const bool is_whole = recorder_->error() == 0;
    recorder_ = nullptr;  // its memory is wanted for the index
    Result<Store::Lock> lock = store_.lock();
    if (!lock) {
      warnings.push_back("the index of recorded runs is not up to date: " + lock.error().message);
      return warnings;
    }
    complete(code, is_whole, warnings);
    for (std::string& warning : store_.warnings) warnings.push_back(std::move(warning));
    return warnings;
  }

 private:
  Status set_up(const RunInfo& info) {
    Result<Store::Lock> lock = store_.lock();
    if (!lock) return lock.error();
    RunIndex index = store_.read_index();
    Result<Store::RunFiles> files = store_.create_run(info.run_id);
    if (!files) {
      const Status removed = store_.remove_run(info.run_id);
      return removed ? files.error() : removed.error();
    }
    recorder_ = std::make_unique<Recorder>(std::move(files.value().log), std::move(files.value().outputs),
                                           settings_.max_output_size);
    run_ = entry_of(info);
    // Whoever needs this run needs those that it was made from.
    for (RecordedRun* ancestor = index.find(info.parent); ancestor != nullptr;
         ancestor = index.find(ancestor->parent)) {
      if (ancestor->last_written == info.started_at) break;  // a circle
      ancestor->last_written = info.started_at;
    }
    index.add(run_);
    // An index that cannot be written now may be later; and if not, the run's folder is found without it.
    static_cast<void>(store_.write_index(index));
    return success();
  }

  void complete(ExitCode code, bool is_whole, Vector<std::string>& warnings) {
    run_.exit_code = static_cast<std::int32_t>(code);
    run_.last_written = wall_time();
    RunIndex index = store_.read_index();
    RecordedRun* const entry = index.find(run_.id);
    if (entry != nullptr) *entry = run_;
    else if (store_.holds(run_.id)) index.add(run_);  // there was no room to enter it
    else warnings.push_back("this run's record is gone: it was deleted while the run went on");
    if (!index.is_newer && pruning_is_due(index, settings_, wall_time())) {
      prune(store_, index, settings_, run_.id, warnings);
    }
    // Where the record itself could not be written, there is a warning already.
    if (!is_whole) return static_cast<void>(store_.write_index(index));
    if (Status status = store_.write_index(index); !status) return warnings.push_back(status.error().message);
    if (!settings_.keep_durations) return;
    Durations known = Durations::load(store_);
    known.update(durations_);
    if (const int error = known.save(store_); error != 0) {
      warnings.push_back(std::string("the durations of the tests could not be kept: ") + ::strerror(error));
    }
  }

  Store store_;
  const RecordSettings settings_;
  std::unique_ptr<Recorder> recorder_;
  RecordedRun run_;
  const TestList* list_ = nullptr;
  Durations durations_;
};

}  // namespace nextest

// ---- cli/run.hpp ----

// nextest run: the flow of a run, a call a step.

namespace nextest {

// Of a rerun: which run it follows, what is known of its tests, and which binaries they are in.
inline Status begin_rerun(const CommandLine& line, const Config& config, Planner& planner, Durations& durations) {
  Result<OpenedRun> opened = open_recorded(line, config, line.rerun);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  RunInfo& info = planner.plan.info;
  info.parent = opened.value().entry.id;
  planner.plan.history.rerun = state_after(reader, durations);
  write_warnings(line.color, reader.damage());
  info.scope = scope_of(reader.info());
  planner.set_binaries(binaries_in(info.scope, line, config));
  return success();
}

// Without a store, and where anything else is in its way, the run goes on unrecorded, with a warning.
inline std::unique_ptr<RecordSession> begin_record(const CommandLine& line, const Config& config, const RunInfo& info) {
  const RecordSettings settings = record_settings(line, config);
  if (!built_in(Feature::Records) || !settings.enabled) return nullptr;
  Result<Store> store = open_store(line, config);
  Error error;
  if (store) {
    Result<std::unique_ptr<RecordSession>> session = RecordSession::begin(std::move(store.value()), info, settings);
    if (session) return std::move(session.value());
    error = session.error();
  } else {
    error = store.error();
  }
  write_warning(line.color,
                "this run is not recorded: " + error.message + (error.hint.empty() ? "" : "; " + error.hint));
  return nullptr;
}

// Of a run that had nothing to run.
inline Result<ExitCode> exit_code_without_tests(const CommandLine& line, const TestList& list) {
  const bool is_rerun = !line.rerun.empty();
  if (line.no_tests == NoTests::Pass || (line.no_tests == NoTests::Auto && is_rerun)) return ExitCode::Success;
  if (line.no_tests == NoTests::Warn) {
    write_warning(line.color, "no tests to run");
    return ExitCode::Success;
  }
  std::string hint = "--no-tests=warn or --no-tests=pass makes this a success";
  for (const TestBinary& binary : list.binaries) {
    if (!binary.skip_reason.empty()) hint += "\n  skipped: " + binary.path + ": " + binary.skip_reason.str();
  }
  return Error{ExitCode::NoTestsRun, "no tests to run", hint};
}

// The one place that decides it; the worse news goes first. `reports` is how those went that are written at the end.
inline Result<ExitCode> exit_code_of(const CommandLine& line, const RunPlan& plan, const RunOutcome& outcome,
                                     const Status& reports) {
  Result<ExitCode> code = ExitCode::Success;
  if (!outcome.all_read) code = ExitCode::WriteOutputFailed;
  else if (outcome.setup_failed()) code = ExitCode::SetupScriptFailed;
  else if (outcome.failed()) code = ExitCode::TestRunFailed;
  else if (outcome.stats.initial_run_count == 0) code = exit_code_without_tests(line, plan.list);
  const bool passed = code && code.value() == ExitCode::Success;
  if (!reports) {
    if (passed) return reports.error();
    write_warning(line.color, reports.error().message);
  }
  if (built_in(Feature::Records) && passed && !plan.history.rerun.outstanding_beside(plan.list).empty())
    code = ExitCode::RerunTestsOutstanding;
  return code;
}

// A debugger or a tracer is for one test.
inline Status check_interceptor(const RunOptions& run, const RunPlan& plan) {
  if (!run.interceptor.active()) return success();
  const std::string name = run.interceptor.debugs ? "--debugger" : "--tracer";
  if (run.request.stress.is_on()) {
    return Error{ExitCode::SetupError, name + " cannot run a stress test", ""};
  }
  const std::string& program = run.interceptor.command[0];
  if (!is_executable_file(find_program(program))) {
    return Error{ExitCode::SetupError, name + ": cannot find " + program, "give its path, or add its folder to PATH"};
  }
  if (plan.order.size() <= 1) return success();
  const std::string hint = "choose one, as in:" + only_test_words(plan.list.tests[plan.order[0]].name);
  return Error{ExitCode::SetupError, name + " takes one test; " + std::to_string(plan.order.size()) + " are selected",
               hint};
}

inline Result<ExitCode> run_command(const CommandLine& line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  RunOptions options = run_options(line, config.value());
  options.keeps_properties = !options.interceptor.active() && !junit_path(line, config.value()).empty();
  Planner planner(line, config.value(), options);
  const RunPlan& plan = planner.plan;
  planner.plan.info = describe_run(line, config.value());
  Supervisor supervisor(plan.info.run_id);
#if NEXTEST_HAS_PRCTL
  if (!supervisor.gets_orphans()) {
    write_warning(line.color,
                  "this system does not tell of orphans (PR_SET_CHILD_SUBREAPER): a leak that left its process group "
                  "is not found");
  }
#endif
  set_run_environment(supervisor.launcher().environment, options);
  // What programs read on stdout holds nothing else.
  if (line.message_format != MessageFormat::Human || line.junit_file == "-") supervisor.launcher().uncaptured_out = 2;

  Durations durations;
  if (built_in(Feature::Records) && !line.rerun.empty()) {
    if (Status status = begin_rerun(line, config.value(), planner, durations); !status) return status.error();
  } else {
    RunInfo& info = planner.plan.info;  // for the command that runs one test again
    info.scope.harness = line.binaries.harness;
    if (built_in(Feature::Json) && !line.binaries.metadata.empty())
      info.scope.binaries_metadata = from_root(line.binaries.metadata, info);
  }
  if (Status status = planner.find_tests(supervisor); !status) return status.error();
  begin_test_phase(supervisor.launcher().environment);
  if (Status status = planner.find_durations(true, std::move(durations)); !status) return status.error();
  planner.select();
  planner.sort();
  if (Status status = check_interceptor(options, plan); !status) return status.error();

  Reporters reporters(line, config.value(), options, plan, supervisor.loop.clock);
  Vector<EventSink*> sinks = reporters.sinks();
  const std::unique_ptr<RecordSession> record = begin_record(line, config.value(), plan.info);
  if (built_in(Feature::Records) && record != nullptr) sinks.push_back(record.get());

  const RunOutcome outcome = Dispatcher(supervisor, plan, options, std::move(sinks)).run();
  Result<ExitCode> code = exit_code_of(line, plan, outcome, reporters.finish());
  if (built_in(Feature::Records) && record != nullptr)
    write_warnings(line.color, record->end(code ? code.value() : code.error().code));
  return code;
}

}  // namespace nextest

// ---- cli/show_config.hpp ----

// nextest show-config: what is configured, and where.

namespace nextest {

// "key = value  # place", for each setting that may stand in `places`.
inline void append_settings(std::string& out, const Config& config, const Settings& settings,
                            const Vector<std::string>& origins, std::uint8_t places, const char* indent) {
  for (const SettingRow& row : setting_table) {
    if (row.show == nullptr || (row.places & places) == 0) continue;
    out.append(indent).append(row.key).append(" = ");
    append_safe_name(out, row.show(settings, config.parts.groups));
    out.append("  # ").append(origins[static_cast<std::size_t>(row.setting)]).append("\n");
  }
}

inline std::string show_profile(const Config& config) {
  Vector<std::string> origins;
  const Settings settings = config.explain(origins);
  std::string out = "[profile." + safe_name(config.profile) + "]\n";
  append_settings(out, config, settings, origins, InProfile, "");
  return out;
}

inline std::string show_tests(const Config& config, const TestList& list, const Style& style) {
  std::string out;
  for (TestIndex test = 0; test < list.tests.size(); ++test) {
    if (list.tests[test].mismatch != Mismatch::None) continue;
    const TestBinary& binary = list.binary_of(test);
    style.paint(out, Paint::BinaryId, safe_name(binary.id));
    out += ' ';
    style.test_name(out, list.tests[test].name, binary.harness->separator);
    out += ":\n";
    Vector<std::string> origins;
    const Settings settings = config.explain(list, test, origins);
    append_settings(out, config, settings, origins, InOverride, "    ");
    for (const std::uint32_t script : settings.test.setup_scripts) {
      out.append("    setup = ").append(show_string(config.parts.setup_scripts[script].id)).append("\n");
    }
    if (settings.test.run_wrapper != nullptr) {
      out.append("    run-wrapper = ").append(show_string(settings.test.run_wrapper->id)).append("\n");
    }
  }
  return out;
}

inline std::string show_test_groups(const Vector<TestGroup>& groups, const RunPlan& plan, const Style& style) {
  const TestList& list = plan.list;
  std::string out;
  for (std::uint32_t group = 1; group < groups.size(); ++group) {
    style.paint(out, Paint::Bold, safe_name(groups[group].name));
    append_format(out, " (max-threads = %u):\n", groups[group].max_threads);
    bool any = false;
    for (TestIndex test = 0; test < list.tests.size(); ++test) {
      if (list.tests[test].mismatch != Mismatch::None || plan.settings.of(test).group != group) continue;
      any = true;
      out += "    ";
      style.paint(out, Paint::BinaryId, safe_name(list.binary_of(test).id));
      out += ' ';
      style.test_name(out, list.tests[test].name, list.binary_of(test).harness->separator);
      out += '\n';
    }
    if (!any) out += "    (no tests)\n";
  }
  return out.empty() ? "there are no test groups\n" : out;
}

inline Result<ExitCode> show_version(const Config& config) {
  const ConfigParts& parts = config.parts;
  const bool required = !version_is_below(compatible_version, parts.required_version);
  const bool recommended = !version_is_below(compatible_version, parts.recommended_version);
  const auto line = [](const char* what, const std::string& wanted, bool met) {
    return std::string(what) + (wanted.empty() ? "none" : wanted + (met ? " (met)" : " (not met)")) + "\n";
  };
  Result<ExitCode> written =
      write_stdout(std::string("current: ") + version + ", which does what nextest " + compatible_version + " does\n" +
                   line("required: ", parts.required_version, required) +
                   line("recommended: ", parts.recommended_version, recommended));
  if (!written || written.value() != ExitCode::Success) return written;
  return !required      ? ExitCode::RequiredVersionNotMet
         : !recommended ? ExitCode::RecommendedVersionNotMet
                        : ExitCode::Success;
}

inline constexpr Choices show_config_words = {{"test", "test-groups", "profile", "version"}};

inline Result<ExitCode> show_config_command(const CommandLine& line) {
  const std::string topic = line.words.empty() ? "" : line.words[0];
  const bool shows_tests = topic == "test" || topic == "test-groups";
  if (!shows_tests && topic != "profile" && topic != "version") {
    const std::string hint = did_you_mean(topic, show_config_words.all());
    return Error{ExitCode::SetupError,
                 topic.empty() ? "show-config of what?" : "there is no 'show-config " + topic + "'",
                 hint.empty() ? "nextest show-config test EXPR | test-groups | profile | version" : hint};
  }
  const Result<Config> config = load_config(line, topic == "version");
  if (!config) return config.error();
  if (topic == "version") return show_version(config.value());
  if (topic == "profile") return write_stdout(show_profile(config.value()));

  // Settings do not depend on what is run by default.
  Selection selection;
  selection.names = line.selection.names;
  selection.skips = line.selection.skips;
  selection.run_ignored = RunIgnored::All;
  selection.ignore_default_filter = true;
  if (line.words.size() > 1) {
    Result<Filterset> filterset = Filterset::parse(line.words[1], FiltersetPlace::CommandLine);
    if (!filterset) return filterset.error();
    selection.filtersets.push_back(std::move(filterset.value()));
  }
  const RunOptions options = run_options(line, config.value());
  Planner planner(line, config.value(), options, selection);
  Supervisor supervisor(make_uuid());
  set_run_environment(supervisor.launcher().environment, options);
  if (Status status = planner.find_tests(supervisor); !status) return status.error();
  planner.select();
  const Style style = Style::detect(1, line.color);
  return write_stdout(topic == "test" ? show_tests(config.value(), planner.plan.list, style)
                                      : show_test_groups(options.groups, planner.plan, style));
}

}  // namespace nextest

// ---- record/chrome_trace.hpp ----

// A run as a Chrome trace, for Perfetto and chrome://tracing ("Trace Event Format", JSON object form): a track for each
// slot with a slice for each attempt of a test, one for the setup scripts, one for the run.

namespace nextest {

class ChromeTrace final : public EventSink {
 public:
  // Appends to `out`. The list of RunStarted has to live until finish.
  explicit ChromeTrace(std::string& out) : json_(out) {}

  void on_event(const Event& event) override {
    if (now_ < event.at) now_ = event.at;
    std::visit([this](const auto& what) { on(what); }, event.what);
  }

  // Ends what was still under way when the events ended, and the trace. Call it once, after the last event.
  void finish() {
    begin(nullptr);
    end_incomplete(run_, "run", run_track);
    for (const Running& test : running_) {
      begin_attempt(test.start, test.since, now_ - test.since);
      end_incomplete();
    }
    end_incomplete(script_, "setup-script", scripts_track);
    end_incomplete(sub_run_, "stress", run_track);
    json_.end_array();
    json_.end_object();
  }

 private:
  // Thread ids of the one process. Viewers take the thread with its number for the main one, and show it first.
  static constexpr std::uint64_t process = 1, run_track = 1, scripts_track = 2, first_slot_track = 3;

  // An attempt that has not ended.
  struct Running {
    TestStarted start;
    Duration since;
  };

  // A slice of which there is one at a time.
  struct Ongoing {
    bool going = false;
    std::string name{};
    Duration since{};
  };

  template <class Other>
  void on(const Other&) {}

  void on(const RunStarted& started) {
    list_ = started.list;
    begin(started.info);
  }

  void on(const StressSubRunStarted& started) { sub_run_ = {true, name_of(started.index), now_}; }
  void on(const StressSubRunFinished& finished) {
    sub_run_.going = false;
    begin_slice(name_of(finished.index), "stress", run_track, now_ - finished.elapsed, finished.elapsed);
    counts(finished.stats.passed, finished.stats.failed_count());
    end_event();
  }

  void on(const SetupScriptStarted& started) {
    script_ = {true, started.script_id, now_};
    name_track(scripts_track, "setup scripts");
  }
  void on(const SetupScriptFinished& finished) {
    script_.going = false;
    const AttemptResult& result = finished.result;
    begin_slice(finished.script_id, "setup-script", scripts_track, result.started, result.duration);
    iteration(finished.stress);
    end_result(result);
  }

  void on(const TestStarted& started) { start(started); }
  void on(const TestRetryStarted& started) { start(started); }
  void on(const TestAttemptFailed& failed) { end_attempt(failed.test, failed.result); }
  void on(const TestFinished& finished) {
    end_attempt(finished.test, finished.result.last());
    ++(finished.result.passed() ? passed_ : failed_);
    begin_counter("results");
    counts(passed_, failed_);
    end_event();
  }

  void on(const RunBeginCancel& cancel) { instant("cancel", cancel.reason, cancel.running); }
  void on(const RunBeginKill& kill) { instant("kill", kill.reason, kill.running); }
  void on(const RunPaused& paused) { instant("pause", CancelReason::None, paused.running); }
  void on(const RunContinued& continued) { instant("continue", CancelReason::None, continued.running); }

  void on(const RunFinished& finished) {
    run_.going = false;
    begin_slice(run_.name, "run", run_track, Duration(), finished.elapsed);
    if (finished.stressed) counts(passed_, failed_);
    else counts(finished.stats.passed, finished.stats.failed_count());  // knows of leaks that were found late
    end_event();
  }

  // --- tests ---

  void start(const TestStarted& started) {
    const std::uint32_t slot = started.slot.global_slot;
    running_.push_back({started, now_});
    // Slots are taken from 0 on, so that most are named once; to name one again does no harm.
    if (slot >= named_slots_) name_track(first_slot_track + slot, "slot " + std::to_string(slot));
    if (slot == named_slots_) ++named_slots_;
    running_counter();
  }

  // Of a test that ends while it waits for a retry, the last attempt has a slice already.
  void end_attempt(TestIndex test, const AttemptResult& result) {
    for (Running& running : running_) {
      if (running.start.test != test) continue;
      begin_attempt(running.start, result.started, result.duration);
      end_result(result);
      running = std::move(running_.back());
      running_.pop_back();
      return running_counter();
    }
  }

  void begin_attempt(const TestStarted& start, Duration from, Duration duration) {
    const std::string& name = list_->tests[start.test].name;
    begin_slice(name, "test", first_slot_track + start.slot.global_slot, from, duration);
    text("binary_id", list_->binary_of(start.test).id);
    text("test_name", name);
    number("attempt", start.attempt.number);
    number("total_attempts", start.attempt.total);
    if (start.slot.test_group != no_group) text("test_group", start.slot.test_group);
    iteration(start.stress);
  }

  void running_counter() {
    begin_counter("running tests");
    number("tests", running_.size());
    end_event();
  }

  // --- events: each begins with its fields and its args, and ends both ---

  void begin_event(const char* phase, std::string_view name, std::uint64_t track, Duration at) {
    json_.begin_object();
    text("name", name);
    text("ph", phase);
    microseconds("ts", at);
    number("pid", process);
    number("tid", track);
  }
  void begin_args() { json_.key("args").begin_object(); }
  void end_event() {
    json_.end_object();
    json_.end_object();
  }

  // Begins its args, too.
  void begin_slice(std::string_view name, const char* category, std::uint64_t track, Duration from, Duration duration) {
    begin_event("X", name, track, from);
    text("cat", category);
    microseconds("dur", duration);
    begin_args();
  }
  void begin_counter(const char* name) {
    begin_event("C", name, run_track, now_);
    begin_args();
  }
  void end_result(const AttemptResult& result) {
    text("outcome", outcome_names[static_cast<std::size_t>(result.outcome.kind)]);
    json_.key("time_taken_ms").fixed(positive(result.duration).ns, 6);
    json_.key("slow").boolean(result.slow);
    end_event();
  }
  void end_incomplete() {
    text("outcome", "incomplete");
    end_event();
  }
  void end_incomplete(const Ongoing& slice, const char* category, std::uint64_t track) {
    if (!slice.going) return;
    begin_slice(slice.name, category, track, slice.since, now_ - slice.since);
    end_incomplete();
  }

  void instant(const char* name, CancelReason reason, std::uint32_t running) {
    begin_event("i", name, run_track, now_);
    text("s", "g");
    begin_args();
    if (reason != CancelReason::None) text("reason", cancel_names[static_cast<std::size_t>(reason)]);
    number("running", running);
    end_event();
  }

  void name_track(std::uint64_t track, std::string_view name, const char* what = "thread_name") {
    begin_event("M", what, track, Duration());
    begin_args();
    text("name", name);
    end_event();
  }

  void text(const char* key, std::string_view value) { json_.key(key).string(value); }
  void number(const char* key, std::uint64_t value) { json_.key(key).number(value); }
  void counts(std::uint32_t passed, std::uint32_t failed) {
    number("passed", passed);
    number("failed", failed);
  }

  void iteration(StressIndex stress) {
    if (stress.active) number("stress_iteration", stress.current + 1);
  }
  static std::string name_of(StressIndex stress) { return "iteration " + std::to_string(stress.current + 1); }

  // No viewer knows what to do with a time below 0, nor is there one unless a record was tampered with.
  static Duration positive(Duration value) { return value.ns > 0 ? value : Duration(); }
  void microseconds(const char* key, Duration value) { json_.key(key).fixed(positive(value).ns, 3); }

  // Readers of streams want all else before the events. Null: no RunStarted came.
  void begin(const RunInfo* info) {
    if (begun_) return;
    begun_ = true;
    json_.begin_object();
    json_.key("displayTimeUnit").string("ms");
    json_.key("otherData").begin_object();
    if (info != nullptr) {
      const Duration at = positive(info->started_at);
      std::string started_at;
      append_date_time(started_at, at);
      append_format(started_at, ".%06dZ", static_cast<int>(at.ns / 1000 % 1000000));
      text("started_at", started_at);
      text("run_id", info->run_id);
      text("profile", info->profile);
      json_.key("command_line").begin_array();
      for (const std::string& word : info->command_line.words()) json_.string(word);
      json_.end_array();
    }
    json_.end_object();
    json_.key("traceEvents").begin_array();
    name_track(run_track, info != nullptr ? "nextest run " + info->run_id : "nextest run", "process_name");
    name_track(run_track, "run");
  }

  JsonWriter json_;
  const TestList* list_ = nullptr;
  Vector<Running> running_;
  Ongoing run_{true, "nextest run", Duration()}, script_, sub_run_;
  Duration now_;  // of the last event
  std::uint32_t named_slots_ = 0;
  std::uint32_t passed_ = 0, failed_ = 0;
  bool begun_ = false;
};

}  // namespace nextest

// ---- cli/export.hpp ----

// nextest store export: a recorded run as a file for others to read.

namespace nextest {

// All that is recorded, as it is. False when nobody reads any more.
inline bool feed(RecordReader& reader, EventSink& sink) {
  if (!emit_and_wait(sink, reader.start())) return false;
  Event event;
  while (reader.next(event)) {
    if (!emit_and_wait(sink, event)) return false;
  }
  return true;
}

// Returns 0 or errno.
inline int export_zip(int fd, const OpenedRun& opened) {
  std::string manifest;
  append_format(manifest, "{\"format\":\"%s\",\"run\":\"%s\",\"exit_code\":%d}\n", record_format,
                opened.entry.id.c_str(), opened.entry.exit_code);
  ZipWriter zip(fd);
  int error = zip.add("manifest.json", BytesInMemory(manifest));
  if (error == 0) error = zip.add(log_file, opened.reader->log());
  if (error == 0 && opened.reader->outputs() != nullptr) error = zip.add(output_file, *opened.reader->outputs());
  return error == 0 ? zip.finish() : error;
}

inline Result<ExitCode> export_run(const CommandLine& line, const Config& config, const std::string& wanted) {
  Result<OpenedRun> opened = open_recorded(line, config, wanted);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  std::string path = line.export_file;
  if (path.empty())
    path = line.export_format == ExportFormat::Zip ? "nextest-run-" + opened.value().entry.id + ".zip" : "-";
  if (built_in(Feature::Junit) && line.export_format == ExportFormat::Junit) {
    const SettingsOfTests settings = config.settings_of(reader.list());
    const JunitOptions options = {path, config.run.junit_report_name, &config.parts.setup_scripts};
    JunitReporter junit(settings, options);
    feed(reader, junit);
    write_warnings(line.color, reader.damage());
    if (Status status = junit.write(); !status) return status.error();
    return ExitCode::Success;
  }
  NewFile file(path, 0600);  // it may be the one that is read
  int error = file.error();
  if (error != 0) return Error{ExitCode::SetupError, "cannot write " + path + ": " + ::strerror(error), ""};
  if (line.export_format == ExportFormat::Zip) {
    error = export_zip(file.fd(), opened.value());
  } else if (line.export_format == ExportFormat::Jsonl) {
    JsonlWriter writer(file.fd());
    if (feed(reader, writer) && reader.exit_code() >= 0) {
      writer.add_exit_code(static_cast<ExitCode>(reader.exit_code()));
    }
    error = writer.finish();
  } else {
    std::string trace;
    ChromeTrace writer(trace);
    feed(reader, writer);
    writer.finish();
    trace += '\n';
    file.write(trace);
  }
  error = file.put_in_place(error);
  write_warnings(line.color, reader.damage());
  if (error == 0) return ExitCode::Success;
  if (error == EPIPE && path == "-") return ExitCode::WriteOutputFailed;
  return Error{ExitCode::WriteOutputFailed,
               "cannot write " + (path == "-" ? "standard output" : path) + ": " + ::strerror(error), ""};
}

}  // namespace nextest

// ---- cli/store.hpp ----

// nextest store: the recorded runs of a workspace.

namespace nextest {

// 2026-11-20 14:02:33, where we are.
inline std::string show_time(Duration wall_time) {
  const time_t seconds = number_as<time_t>(wall_time.ns / 1000000000);
  tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, ::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts));
}

// "12 passed, 2 failed, exit 100".
inline std::string show_end(const RecordedRun& run) {
  std::string text;
  if (run.status == RunStatus::Incomplete) text = "incomplete: ";
  if (run.status == RunStatus::Cancelled) text = "cancelled: ";
  text += std::to_string(run.passed) + (run.stressed ? " iterations passed" : " passed");
  if (run.failed > 0) text += ", " + std::to_string(run.failed) + " failed";
  if (run.exit_code >= 0) text += ", exit " + std::to_string(run.exit_code);
  return text;
}

// Recorded runs, the newest first, each under the one that it is a rerun of.
class RunTree {
 public:
  RunTree(const RunIndex& index, const Style& style)
      : runs_(index.runs), prefixes_(index.unique_prefixes()), style_(style), parents_(runs_.size()) {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      std::size_t parent = i;  // only an earlier one is
      while (parent-- > 0 && runs_[parent].id != runs_[i].parent) {
      }
      parents_[i] = parent < i ? parent : none;
    }
  }

  std::string show() {
    add_children(none, 0);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  // A chain of reruns goes straight down; where it branches it goes further in.
  void add_children(std::size_t parent, std::size_t depth) {
    for (std::size_t i = runs_.size(); i-- > 0;) {
      if (parents_[i] != parent) continue;
      line(i, depth);
      std::size_t last = i, inner = depth;
      while (std::count(parents_.begin(), parents_.end(), last) == 1) {
        last = static_cast<std::size_t>(std::find(parents_.begin(), parents_.end(), last) - parents_.begin());
        if (inner == 0) inner = 1;
        line(last, inner);
      }
      add_children(last, inner + 1);
    }
  }

  void line(std::size_t i, std::size_t depth) {
    const RecordedRun& run = runs_[i];
    const std::size_t shown = std::max<std::size_t>(prefixes_[i], 8);
    out_.append(2 * depth + (depth == 0 ? 2 : 0), ' ');
    if (depth > 0) out_ += style_.unicode ? "\xE2\x94\x94 " : "` ";
    style_.paint(out_, Paint::BinaryId, run.id.substr(0, prefixes_[i]));
    out_.append(run.id, prefixes_[i], shown - prefixes_[i]).append("  ").append(show_time(run.started_at));
    out_ += ' ';
    append_seconds(out_, run.took, 10);
    append_format(out_, "s %8s  ", show_size(run.size()).c_str());
    const bool is_good = run.status == RunStatus::Completed && run.failed == 0;
    style_.paint(out_, is_good ? Paint::Pass : run.failed > 0 ? Paint::Fail : Paint::Skip, show_end(run));
    out_ += '\n';
  }

  const Vector<RecordedRun>& runs_;
  const Vector<std::size_t> prefixes_;
  const Style style_;
  Vector<std::size_t> parents_;
  std::string out_;
};

inline Result<ExitCode> store_list(const CommandLine& line, Store& store) {
  const RunIndex index = store.read_index();
  write_warnings(line.color, store.warnings);
  std::string out = std::to_string(index.runs.size()) + (index.runs.size() == 1 ? " recorded run" : " recorded runs");
  out += ", " + show_size(total_size(index)) + ", in " + safe_name(store.folder()) + "\n";
  if (!index.runs.empty()) out += "\n" + RunTree(index, Style::detect(1, line.color)).show();
  return write_stdout(out);
}

inline Result<ExitCode> store_info(const CommandLine& line, const Config& config) {
  Result<OpenedRun> opened = open_recorded(line, config, line.words[1]);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  RecordedRun run = opened.value().entry;
  const bool is_indexed = !run.program.empty() || run.plain_size > 0;
  const RecordedRun read = summarize(reader);
  if (!is_indexed) run = read;
  const RunInfo& info = reader.info();
  std::string out;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) append_format(out, "%-16s", name), out += safe_name(value) + "\n";
  };
  add("run", run.id);
  add("rerun of", run.parent);
  add("program", info.program);
  add("command line", shell_join(info.command_line.words()));
  add("profile", info.profile);
  add("workspace", info.workspace_root);
  add("folder", info.folder);
  add("host", info.host);
  add("started", show_time(run.started_at));
  std::string took;
  append_seconds(took, run.took);
  add("took", took + " s");
  add("status", run_status_names[static_cast<std::size_t>(run.status)]);
  add("result", show_end(run));
  add("tests", std::to_string(read.tests) + " to run, of " + std::to_string(reader.list().tests.size()) + " in " +
                   std::to_string(reader.list().binaries.size()) + " binaries");
  if (run.size() > 0) {
    add("events", show_size(run.log_size));
    add("outputs", show_size(run.output_size));
  }
  if (run.plain_size > 0) add("uncompressed", show_size(run.plain_size));
  for (const std::string& variable : info.environment) add("environment", variable);
  Result<ExitCode> written = write_stdout(out);
  write_warnings(line.color, reader.damage());
  return written;
}

inline Result<ExitCode> store_prune(const CommandLine& line, const RecordSettings& settings, Store& store) {
  Result<Store::Lock> lock = store.lock();
  if (!lock) return lock.error();
  RunIndex index = store.read_index();
  Vector<std::string> warnings = store.warnings;
  if (index.is_newer) {
    return Error{ExitCode::SetupError, "the index of recorded runs was written by a later nextest",
                 "prune by that one"};
  }
  const std::uint64_t before = total_size(index);
  RunIndex gone;
  for (const std::size_t i : excess_runs(index, settings, wall_time())) gone.add(index.runs[i]);
  std::size_t count = gone.runs.size();
  std::uint64_t freed = total_size(gone);
  std::string out = gone.runs.empty() ? "" : RunTree(gone, Style::detect(1, line.color)).show() + "\n";
  if (!line.dry_run) {
    count = prune(store, index, settings, "", warnings);
    freed = before - total_size(index);
    if (Status status = store.write_index(index); !status) return status.error();
  }
  write_warnings(line.color, warnings);
  out += std::string(line.dry_run ? "would delete " : "deleted ") + std::to_string(count) +
         (count == 1 ? " run, " : " runs, ") + show_size(freed) + "; ";
  out += std::to_string(index.runs.size() - (line.dry_run ? count : 0)) + " left\n";
  return write_stdout(out);
}

inline constexpr Choices store_words = {{"list", "info", "prune", "export"}};

inline Result<ExitCode> store_command(const CommandLine& line) {
  const std::string command = line.words.empty() ? "" : line.words[0];
  const bool takes_run = command == "info" || command == "export";
  if (command != "list" && command != "prune" && !takes_run) {
    const std::string_view near = nearest(command, store_words.all());
    return Error{ExitCode::SetupError, command.empty() ? "store what?" : "there is no 'store " + command + "'",
                 near.empty() ? "list, info RUN, prune, export RUN" : "did you mean '" + std::string(near) + "'?"};
  }
  if (line.words.size() != (takes_run ? 2u : 1u)) {
    return Error{ExitCode::SetupError, "store " + command + (takes_run ? " takes one run" : " takes no more words"),
                 takes_run ? "as in: nextest store " + command + " latest" : ""};
  }
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  if (command == "info") return store_info(line, config.value());
  if (command == "export") return export_run(line, config.value(), line.words[1]);
  Result<Store> store = open_store(line, config.value());
  if (!store) return store.error();
  return command == "list" ? store_list(line, store.value()) : store_prune(line, config.value().record, store.value());
}

}  // namespace nextest

// ---- cli/commands.hpp ----

// The table of all commands.

namespace nextest {

struct CliCommand {
  const char* name;
  const char* usage;
  OptionCommands options;
  const char* help;
  Result<ExitCode> (*run)(const CommandLine& line);
  const Choices* words = &no_words;      // what it takes beside options, where that is one of some words
  const FeatureRow* left_out = nullptr;  // in a build without it
};

constexpr CliCommand needs(Feature feature, CliCommand command) {
  if (built_in(feature)) return command;
  return {command.name, "", command.options, "", nullptr, &no_words, &row_of(feature)};
}

inline constexpr Choices shells = {{"bash", "zsh"}};
inline Result<ExitCode> completions_command(const CommandLine& line);  // of this table: cli/completion.hpp

inline constexpr CliCommand cli_commands[] = {
    {"run", "", ForRun, "Run the tests of test binaries, each test in a process of its own.", run_command},
    {"list", "", ForList, "Show which tests 'nextest run' with the same arguments would run.", list_command},
    needs(Feature::Records,
          {"replay", "[-R RUN]", ForReplay,
           "Show a recorded run again: latest, one by the start of its id, or an exported file.", replay_command}),
    needs(Feature::Records, {"store", "list | info RUN | prune | export RUN", ForStore,
                             "Recorded runs of this workspace: what there is, what is known of one, delete old ones, "
                             "write one to a file.",
                             store_command, &store_words}),
    needs(Feature::Config, {"show-config", "test EXPR | test-groups | profile | version", ForShowConfig,
                            "Show what the configuration says, and where: of the tests that EXPR matches, of test "
                            "groups, of a profile.",
                            show_config_command, &show_config_words}),
    needs(Feature::Manual, {"completions", "bash | zsh", ForShell,
                            "Print a script that completes nextest's words: source <(nextest completions bash)",
                            completions_command, &shells}),
};

}  // namespace nextest

// ---- cli/help_topics.hpp ----

// What `nextest help TOPIC` prints. Made from docs/*.md by tools/help_topics.awk; change the pages, not this file.

namespace nextest {

struct HelpTopic {
  const char* name;
  const char* text;
  const FeatureRow* left_out = nullptr;  // in a build without it
};

constexpr HelpTopic needs(Feature feature, HelpTopic topic) {
  if (built_in(feature)) return topic;
  return {topic.name, "", &row_of(feature)};
}

inline constexpr HelpTopic help_topics[] = {
    needs(Feature::Config, needs(Feature::Manual, HelpTopic{"config",
     ".config/nextest.toml under the workspace root holds settings of tests:\n"
     "\n"
     "  [profile.default]                   for all runs\n"
     "  retries = 1\n"
     "  [[profile.default.overrides]]       for some tests\n"
     "  filter = 'test(/^db_/)'\n"
     "  test-group = \"database\"\n"
     "  [profile.ci]                        for nextest run -P ci\n"
     "  fail-fast = false\n"
     "  [test-groups.database]\n"
     "  max-threads = 1\n"
     "\n"
     "The first that says something wins: option, variable, --config 'KEY = VALUE',\n"
     "matching overrides of the profile from top to bottom, then of those it inherits\n"
     "from, the profile, those it inherits from, the default.\n"
     "\n"
     "nextest show-config test EXPR PATH...   each setting, and where it comes from\n"
     "nextest show-config profile             all settings of the profile\n"
    })),
    needs(Feature::Filtersets, needs(Feature::Manual, HelpTopic{"filterset",
     "nextest run -E 'test(parse) and not binary(slow_*)' PATH...\n"
     "\n"
     "all() none()              every test, no test\n"
     "test(NAME)                tests with that name              default matcher ~\n"
     "binary(NAME)              in binaries of that name          #\n"
     "binary_id(NAME)           in binaries with that id          #\n"
     "package(NAME)             of that package                   #\n"
     "deps(NAME) rdeps(NAME)    and its dependencies, dependents  #\n"
     "kind(NAME)                lib, test, bench, ...             =\n"
     "group(NAME)               in that test group                #\n"
     "platform(host | target)   built for that machine\n"
     "default()                 what the profile's default-filter lets through\n"
     "\n"
     "=text  the whole name       /regex/  some part matches (Rust's syntax)\n"
     "~text  a part of it         #glob    the whole name: * ? [..] {a\\,b} **\n"
     "Escapes: \\n \\r \\t \\\\ \\/ \\) \\, \\u{...}\n"
     "\n"
     "Operators, from the tightest: ( )   not !   and & -   or | +\n"
    })),
    needs(Feature::Manual, HelpTopic{"harness",
     "What is in a test binary is found out from the file itself; nothing is run.\n"
     "\n"
     "libtest      Rust, and programs that follow its rules\n"
     "googletest   doctest   catch2   boost-test   cpputest   criterion\n"
     "plain        any other program: the program is the test; 0 passed, 77 skipped\n"
     "\n"
     "--harness NAME says what the binaries of the command line speak. A harness of\n"
     "your own is defined in .config/nextest.toml:\n"
     "\n"
     "  [harness.pytest]\n"
     "  match = \"*.py\"                                  the files that it is for\n"
     "  list = [\"pytest\", \"--collect-only\", \"-q\", \"{binary}\"]\n"
     "  list-pattern = \"^(.*::.*)$\"                     the test's name is the group\n"
     "  run = [\"pytest\", \"{test}\"]                      0 passed, 77 skipped\n"
     "  ignored-list = [...]                            prints the ignored ones\n"
    }),
    needs(Feature::Records, needs(Feature::Manual, HelpTopic{"record",
     "nextest run                    records (not with --no-record, NEXTEST_RECORD=0,\n"
     "                               or enabled = false in [record])\n"
     "nextest replay                 shows the latest run again\n"
     "nextest replay -R 3f2          shows the run whose id begins with 3f2\n"
     "nextest run -R latest          runs what did not pass in the latest run\n"
     "nextest store list             what is recorded, each rerun under its run\n"
     "nextest store info latest      all that is known of a run\n"
     "nextest store prune            deletes what is too old, too many, too large\n"
     "nextest store export latest    writes nextest-run-ID.zip\n"
     "nextest run -R ./run.zip       reruns what did not pass elsewhere\n"
     "nextest run --partition weight:1/3 --durations ./run.zip\n"
     "                               a third of the tests, by their durations\n"
     "\n"
     "RUN is latest, the start of an id, or the path of an exported file (with a /\n"
     "in it, or ending in .zip).\n"
     "\n"
     "Records are in $NEXTEST_STATE_DIR, else in nextest in $XDG_STATE_HOME, else in\n"
     "~/.local/state/nextest, apart for each workspace. They hold the outputs of all\n"
     "tests: think before you share one.\n"
    })),
    needs(Feature::Manual, HelpTopic{"reporting",
     "--status-level        lines during the run: none fail retry slow leak PASS skip\n"
     "--final-status-level  at its end: none fail FLAKY slow skip leak pass all\n"
     "                      (each shows those before it; capitals: the default)\n"
     "--failure-output      immediate (default), final, immediate-final, never\n"
     "--success-output      the same; never is the default\n"
     "--show-progress       bar on a terminal, else counter; only: the bar and what\n"
     "                      is slow or fails; none\n"
     "\n"
     "t, SIGUSR1            what runs, since when, and what it has printed so far\n"
     "Enter                 a line of progress\n"
     "\n"
     "--junit FILE          a JUnit report; else where junit.path of the profile\n"
     "                      says, in target/nextest/PROFILE/ of the workspace\n"
     "--message-format      on stdout: libtest-json, libtest-json-plus, jsonl\n"
     "nextest store export RUN --format junit|jsonl    of a recorded run\n"
     "\n"
     "Colours: --color, NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, TERM=dumb.\n"
     "With GITHUB_ACTIONS=true failures are annotations, outputs are folded.\n"
    }),
    needs(Feature::Manual, HelpTopic{"env",
     "NEXTEST                      1\n"
     "NEXTEST_RUN_ID               UUID of the run; also while listing\n"
     "NEXTEST_RUN_MODE             test\n"
     "NEXTEST_EXECUTION_MODE       process-per-test\n"
     "NEXTEST_PROFILE              the profile of the configuration\n"
     "NEXTEST_VERSION              the cargo-nextest whose behaviour this is: 0.9.143\n"
     "NEXTEST_HPP_VERSION          this program's version\n"
     "NEXTEST_REQUIRED_VERSION     what the configuration asks for; none\n"
     "NEXTEST_RECOMMENDED_VERSION  likewise\n"
     "NEXTEST_WORKSPACE_ROOT       the folder that holds .config/nextest.toml, else\n"
     "                             the current one\n"
     "NEXTEST_TEST_PHASE           list or run\n"
     "NEXTEST_LD_*, NEXTEST_DYLD_* copies of the loader's LD_*, DYLD_*, for scripts\n"
     "                             of shells that may not see those\n"
     "TMPDIR                       with tmpdir = true: a folder of this attempt's own\n"
     "LLVM_PROFILE_FILE            default_%m_%p.profraw, unless it is set: coverage\n"
     "                             of each process goes to a file of its own\n"
     "NEXTEST_BINARY_ID            the test binary; also while listing\n"
     "NEXTEST_TEST_NAME            the test's name\n"
     "NEXTEST_ATTEMPT              from 1\n"
     "NEXTEST_TOTAL_ATTEMPTS       how many there may be\n"
     "NEXTEST_ATTEMPT_ID           RUN-ID:BINARY-ID[@stress-N]$TEST[#ATTEMPT]\n"
     "NEXTEST_STRESS_CURRENT       from 0; none outside of a stress run\n"
     "NEXTEST_STRESS_TOTAL         how many, or unknown; none outside of a stress run\n"
     "NEXTEST_TEST_GLOBAL_SLOT     the smallest number that no other running test\n"
     "                             has, kept across retries: good for port numbers\n"
     "NEXTEST_TEST_GROUP           the test group; @global\n"
     "NEXTEST_TEST_GROUP_SLOT      as the global slot, inside the group; none\n"
     "NEXTEST_TEST_THREADS         tests at a time\n"
     "NEXTEST_ENV                  setup scripts only: the file for NAME=VALUE lines\n"
    }),
    needs(Feature::Manual, HelpTopic{"exit-codes",
     "  0  success\n"
     "  4  no tests to run\n"
     "  5  a rerun passed, but outstanding tests were not run\n"
     " 10  show-config version: the recommended version is not met\n"
     " 92  the required version is not met\n"
     " 94  a filterset of the command line is invalid\n"
     " 95  this program was built without what is asked for\n"
     " 96  setup error: usage, configuration, paths, reading files; out of memory\n"
     "100  a test failed, or the run was cancelled\n"
     "104  the tests of a binary could not be listed\n"
     "105  a setup script failed\n"
     "106  replay --exit-code of a run that never ended\n"
     "110  output could not be written\n"
    }),
};

}  // namespace nextest

// ---- cli/help.hpp ----

// --help, from the same table that parses.

namespace nextest {

// The columns to fill: the terminal's, at most 100; 80 where there is none.
inline std::size_t help_width() {
  std::size_t columns = size_in_variable("COLUMNS");
  if (columns == 0) columns = TerminalSize::of(1).columns;
  return columns < 40 ? 40 : columns > 100 ? 100 : columns;
}

// `text` in lines of at most `width` columns, all but the first after `indent` blanks.
inline void append_wrapped(std::string& out, std::string_view text, std::size_t indent, std::size_t width) {
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column > indent && column + 1 + word.size() > width) {
      out.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out.append(word);
    column += word.size();
    text.remove_prefix(word.size() < text.size() ? word.size() + 1 : word.size());
  }
  out += '\n';
}

// All that `nextest help` knows; the commands first.
inline Vector<std::string_view> help_topic_names() {
  Vector<std::string_view> names;
  for (const CliCommand& command : cli_commands) {
    if (is_there(command.left_out)) names.push_back(command.name);
  }
  for (const HelpTopic& topic : help_topics) {
    if (is_there(topic.left_out)) names.push_back(topic.name);
  }
  return names;
}
inline std::string help_topic_list() {
  std::string list;
  for (const std::string_view name : help_topic_names()) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

// "without WHAT (MACRO)", a line each: what this build leaves out.
inline std::string left_out_lines() {
  std::string out;
  const auto add = [&](const char* what, const char* by) { append_format(out, "without %s (%s)\n", what, by); };
  for (const FeatureRow& row : features) {
    if (row.left_out_by != nullptr) add(row.name, row.left_out_by);
  }
  const char* last = "";
  for (const Harness* const row : harnesses) {
    if (!is_harness_kept(row->name) && std::string_view(last) != row->name) add(row->name, harnesses_macro);
    last = row->name;  // catch2 is there twice
  }
  return out;
}

inline std::string short_help() {
  std::string help = "nextest " + std::string(version) +
                     ": runs every test of test binaries in a process of its own\n"
                     "\n"
                     "Usage:\n"
                     "  nextest run [options] [PATH | NAME]...    run tests\n"
                     "  nextest list [options] [PATH | NAME]...   show which tests there are\n";
  if (built_in(Feature::Records)) {
    help +=
        "  nextest replay [-R RUN]                   show a recorded run again\n"
        "  nextest store list | info RUN | prune | export RUN\n";
  }
  if (built_in(Feature::Config)) help += "  nextest show-config test EXPR | test-groups | profile | version\n";
  if (built_in(Feature::Manual)) help += "  nextest completions bash | zsh\n";
  help +=
      "  nextest help TOPIC\n"
      "  nextest --version\n"
      "\n"
      "A word with a '/' in it is the path of a test binary or of a folder of them; any\n"
      "other word is a part of the names of the tests to take.\n"
      "\n"
      "Topics: ";
  append_wrapped(help, help_topic_list(), 8, 80);
  return help;
}

// The page's own words, and what of it does not hold for this build; about the configuration also all keys of a
// profile, with their defaults.
inline std::string topic_help(const HelpTopic& topic) {
  std::string text = topic.text;
  const std::string missing = left_out_lines();
  if (!missing.empty()) text += "\nThis program was built\n" + missing;
  if (!built_in(Feature::Config) || std::string_view(topic.name) != "config") return text;
  const Vector<TestGroup> groups = {{no_group}};
  text += "\nKeys of a profile, with their defaults (* also in overrides):\n\n";
  for (const SettingRow& row : setting_table) {
    if (row.show == nullptr || (row.places & PerTest) == 0) continue;
    text.append((row.places & InOverride) != 0 ? "* " : "  ").append(row.key).append(" = ");
    text.append(row.show(Settings(), groups)).append("\n");
  }
  return text;
}

inline std::string command_help(OptionCommands command, const char* name, const std::string& usage, const char* what) {
  const std::size_t width = help_width();
  std::string out;
  append_wrapped(out, what, 0, width);
  out += '\n';
  const bool takes_tests = (command & WithoutTests) == 0;
  append_wrapped(out,
                 "Usage: nextest " + std::string(name) + (usage.empty() ? "" : " " + usage) +
                     (command == ForShell ? "" : " [options]") +
                     (takes_tests ? " [PATH | NAME]... [-- TEST-BINARY-OPTIONS]" : ""),
                 7, width);
  if (takes_tests) out += "\n  ";
  if (takes_tests)
    append_wrapped(
        out,
        "PATH has a '/' in it: an executable, or a folder whose executable files are taken (not recursively). "
        "NAME is a part of a test's name; several: tests that have any of them.",
        2, width);
  const char* heading = nullptr;
  for (const Option& option : option_table) {
    if (!option.is_shown_for(command)) continue;
    if (option.heading != heading) out.append("\n").append(option.heading).append(":\n");
    heading = option.heading;
    std::string spelled = "  ";
    if (option.letter != 0) spelled.append("-").append(1, option.letter).append(", ");
    spelled.append("--").append(option.name);
    if (option.value != nullptr) spelled.append(" ").append(option.value);
    out.append(spelled).append("\n      ");
    std::string help = help_of(option);
    for (const OptionAlias& alias : option_aliases) {
      if (std::string_view(option.name) == alias.name) help.append(" [also: --").append(alias.alias).append("]");
    }
    if (option.variable != nullptr) help.append(" [env: ").append(option.variable).append("]");
    append_wrapped(out, help, 6, width);
  }
  if (!takes_tests) return out;
  out += "\nAfter --, as for a libtest binary:\n";
  out += "  ";
  append_wrapped(out, "NAME, --skip NAME, --exact, --ignored, --include-ignored, --nocapture", 2, width);
  return out;
}

}  // namespace nextest

// ---- cli/completion.hpp ----

// nextest completions: a script for bash and zsh, made of the tables that parse. zsh takes it through bashcompinit.

namespace nextest {

// The word that is completed, the one before it (in --name=value the name), and what of the word is done already: bash
// takes = for a word of its own, zsh does not. What may follow: `values`, or what is `dashed`, and a path of that
// `kind`.
inline constexpr char completion_begin[] =
    "_nextest() {\n"
    "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} done= values= dashed= kind=\n"
    "  case $word in\n"
    "    --*=*) before=${word%%=*} done=$before= word=${word#*=}; local PREFIX=$word ;;\n"
    "    =) word= ;;\n"
    "    *) [ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD-2]} ;;\n"
    "  esac\n"
    "  case $COMP_CWORD:${COMP_WORDS[1]}:$before in\n"
    "    1:*) values='help --help --version";

inline constexpr char completion_end[] =
    "  esac\n"
    "  case $word in -*) values=$values$dashed kind= ;; esac\n"
    "  COMPREPLY=($(compgen -P \"$done\" -W \"$values\" -- \"$word\"))\n"
    "  local IFS=$'\\n'\n"
    "  case $kind in FILE|RUN|PATH) kind=-f ;; DIR) kind=-d ;; *) return ;; esac\n"
    "  COMPREPLY+=($(compgen -P \"$done\" $kind -- \"$word\"))\n"
    "}\n"
    "if [ ${ZSH_VERSION-} ]; then\n"
    "  type compdef >/dev/null || { autoload -Uz compinit && compinit; }\n"
    "  autoload -Uz bashcompinit && bashcompinit\n"
    "fi\n"
    "complete -o filenames -F _nextest nextest\n";

inline void append_words(std::string& out, const Choices& choices) {
  for (std::size_t i = 0; choices.words[i] != nullptr; ++i) {
    if (choices.is_there(i)) out.append(" ").append(choices.words[i]);
  }
}

// The cases of a command, and the words that it takes beside options.
inline void append_completions(std::string& out, OptionCommands command, const char* name, const Choices& words) {
  std::string dashed;
  for (const Option& option : option_table) {
    if (!option.is_shown_for(command)) continue;
    append_format(dashed, " --%s", option.name);
    if (option.value == nullptr) continue;
    append_format(out, "    *:%s:--%s", name, option.name);
    if (option.letter != 0) append_format(out, "|*:%s:-%c", name, option.letter);
    out += ") values='";
    append_words(out, *option.words);
    append_format(out, "' kind=%s ;;\n", option.value);
  }
  append_format(out, "    *:%s:*) values='", name);
  append_words(out, words);
  append_format(out, "' dashed='%s --help' kind=%s ;;\n", dashed.c_str(), (command & WithoutTests) == 0 ? "PATH" : "");
}

inline Result<ExitCode> completions_command(const CommandLine& line) {
  const std::string shell = line.words.size() == 1 ? line.words[0] : "";
  if (shell != "bash" && shell != "zsh") return bad_value(shell, "nextest completions bash, nextest completions zsh");
  std::string script = shell == "zsh" ? "#compdef nextest\n" : "";
  script += completion_begin;
  for (const CliCommand& command : cli_commands) {
    if (is_there(command.left_out)) append_format(script, " %s", command.name);
  }
  script += "' ;;\n    *:help:*) values='";
  for (const std::string_view topic : help_topic_names()) script.append(" ").append(topic);
  script += "' ;;\n";
  for (const CliCommand& command : cli_commands) {
    if (!is_there(command.left_out)) continue;
    append_completions(script, command.options, command.name, *command.words);
  }
  script += completion_end;
  // In a folder of $fpath it is run at the first Tab, as the function _nextest, and completes that one, too.
  if (shell == "zsh") script += "[ \"${funcstack[1]-}\" != _nextest ] || _bash_complete -o filenames -F _nextest\n";
  return write_stdout(script);
}

}  // namespace nextest

// ---- core/base/null_device.hpp ----

// /dev/null: the standard input of tests, and what stands in for a standard stream that we were started without. A root
// made by hand may lack it; no test is to blame for that.

namespace nextest {

inline Error null_device_error(int error) {
  return Error{ExitCode::SetupError, std::string("cannot open /dev/null: ") + ::strerror(error),
               error == ENOENT ? "create it: mknod -m 666 /dev/null c 1 3" : ""};
}

// Before the first program is started. A file in its place, as a careless `>/dev/null` leaves it in a root without one,
// would be what all tests read.
inline Status check_null_device() {
  const Fd null(::open("/dev/null", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!null) return null_device_error(errno);
  struct stat info {};
  if (::fstat(null.get(), &info) == 0 && S_ISCHR(info.st_mode)) return success();
  return Error{ExitCode::SetupError, "/dev/null is no device",
               "make it one: rm /dev/null; mknod -m 666 /dev/null c 1 3"};
}

// With 0, 1 or 2 closed, a pipe of ours would become a test's standard stream. open takes the lowest number.
inline Status open_missing_streams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd) return null_device_error(errno);
  }
  return success();
}

}  // namespace nextest

// ---- cli/main.hpp ----

// nextest::main: which command, and how the program ends.

namespace nextest {

inline Error left_out(const std::string& name, const FeatureRow& row) {
  Error error = left_out(row);
  error.message.insert(0, "nextest " + name + ": ");
  return error;
}

inline Result<ExitCode> help_command(const Vector<std::string_view>& words) {
  if (words.empty()) return write_stdout(short_help());
  for (const CliCommand& command : cli_commands) {
    if (words[0] != command.name) continue;
    if (!is_there(command.left_out)) return left_out("help " + std::string(words[0]), *command.left_out);
    return write_stdout(command_help(command.options, command.name, command.usage, command.help));
  }
  for (const HelpTopic& topic : help_topics) {
    if (words[0] != topic.name) continue;
    if (!is_there(topic.left_out)) return left_out("help " + std::string(words[0]), *topic.left_out);
    if (built_in(Feature::Manual)) return write_stdout(topic_help(topic));
  }
  Vector<std::string_view> known;
  for (const CliCommand& command : cli_commands) known.push_back(command.name);
  for (const HelpTopic& topic : help_topics) known.push_back(topic.name);
  const std::string hint = did_you_mean(words[0], known);
  return Error{ExitCode::SetupError, "there is no help on '" + std::string(words[0]) + "'",
               hint.empty() ? "topics: " + help_topic_list() : hint};
}

inline Result<ExitCode> run_named_command(Vector<std::string_view> words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") return write_stdout(short_help());
  if (words[0] == "--version") return write_stdout(std::string("nextest ") + version + "\n" + left_out_lines());
  if (words[0] == "-V") return write_stdout(std::string("nextest ") + version + "\n");
  const std::string name(words[0] == "r" ? "run" : words[0]);
  words.erase(words.begin());
  if (name == "help") return help_command(words);
  for (const CliCommand& command : cli_commands) {
    if (name != command.name) continue;
    if (!is_there(command.left_out)) return left_out(name, *command.left_out);
    bool wants_help = false;
    const Result<CommandLine> line = Parser::parse(command.options, command.name, std::move(words), wants_help);
    if (wants_help) return help_command({name});
    if (!line) return line.error();
    if ((command.options & WithoutTests) != 0) {
      ::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write
    } else if (Status status = Signals::install(); !status) {
      return status.error();
    } else if (Status null = check_null_device(); !null) {
      return null.error();
    }
    return command.run(line.value());
  }
  Vector<std::string_view> names = {"help"};
  for (const CliCommand& command : cli_commands) names.push_back(command.name);
  const std::string_view near = nearest(name, names);
  return Error{ExitCode::SetupError, "there is no command '" + name + "'",
               near.empty() ? "'nextest' alone lists them" : "did you mean 'nextest " + std::string(near) + "'?"};
}

// The whole program. main.cpp calls this, and a test program of your own may (docs/embedding.md).
inline int main(int argc, char** argv) {
  std::set_new_handler(out_of_memory);
  const Status opened = open_missing_streams();
  Result<ExitCode> code = opened ? run_named_command({argv + (argc > 0 ? 1 : 0), argv + argc}) : opened.error();
  if (code) return static_cast<int>(code.value());
  write_error(code.error());
  return static_cast<int>(code.error().code);
}

}  // namespace nextest
