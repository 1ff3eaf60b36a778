// nextest.hpp: runs every test of test binaries in a process of its own. SPDX-License-Identifier: MIT OR Apache-2.0
// Assembled from its parts by make; change the parts, not this file.
//
//   #include "nextest.hpp"
//   int main(int argc, char** argv) { return nextest::main(argc, argv); }
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <functional>
#include <iterator>
#include <limits.h>
#include <memory>
#include <numeric>
#include <poll.h>
#include <sched.h>
#include <set>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <system_error>
#include <time.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

// ---- core/base/features.hpp ----

// What the system offers beyond POSIX.1-2008. Everything that is not POSIX is named here and nowhere else, and each
// use has a POSIX fallback beside it; -DNEXTEST_POSIX_ONLY builds the program from the fallbacks alone.

#if defined(NEXTEST_POSIX_ONLY)
#define NEXTEST_HAS_VFORK 0
#define NEXTEST_HAS_PIPE2 0
#define NEXTEST_HAS_PRCTL 0
#define NEXTEST_HAS_AFFINITY 0
#else
// vfork: removed from POSIX in 2008, present everywhere that matters; the child borrows the parent's memory until exec.
#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__)
#define NEXTEST_HAS_VFORK 1
#define NEXTEST_HAS_PIPE2 1
#else
#define NEXTEST_HAS_VFORK 0
#define NEXTEST_HAS_PIPE2 0
#endif
// prctl and /proc: orphans of a test come to us, so a leak that left its group is seen; tests die with the runner.
#if defined(__linux__)
#define NEXTEST_HAS_PRCTL 1
#define NEXTEST_HAS_AFFINITY 1
#else
#define NEXTEST_HAS_PRCTL 0
#define NEXTEST_HAS_AFFINITY 0
#endif
#endif

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

// Writes all of `text`, waiting where the other side is slow. Returns 0 or errno.
[[nodiscard]] inline int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // Somebody else made our terminal non-blocking; it is theirs as much as ours, so wait instead of changing it.
      pollfd wait{fd, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

}  // namespace nextest

// ---- core/base/exit_code.hpp ----

// The exit codes of the program: upstream's, so that scripts written for cargo-nextest keep working.

namespace nextest {

enum class ExitCode : int {
  Success = 0,
  NoTestsRun = 4,
  RerunTestsOutstanding = 5,
  RequiredVersionNotMet = 92,
  InvalidFilterset = 94,
  ExperimentalFeatureNotEnabled = 95,
  SetupError = 96,
  TestRunFailed = 100,
  BuildFailed = 101,
  CargoMetadataFailed = 102,
  ArchiveCreationFailed = 103,
  TestListFailed = 104,
  SetupScriptFailed = 105,
  ReplayIncomplete = 106,
  WriteOutputFailed = 110,
};

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

// Holds a T or an Error. value() and error() may only be called on the side that is there.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& value() { return *std::get_if<0>(&state_); }
  const T& value() const { return *std::get_if<0>(&state_); }
  Error& error() { return *std::get_if<1>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

struct Nothing {};
using Status = Result<Nothing>;
inline Status success() { return Nothing{}; }

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

// ASCII only: a locale must never change what a name matches.
inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

inline std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// The next line of `rest` without its newline; `rest` moves past it. False when nothing is left.
inline bool next_line(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return false;
  const std::size_t end = rest.find('\n');
  line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
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

// `text` as one word for a POSIX shell, quoted only where it must be.
inline std::string shell_quote(std::string_view text) {
  constexpr std::string_view plain = "%+,-./:=@_";
  bool needs_quotes = text.empty();
  for (const char c : text) {
    const bool is_word = is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
    if (!is_word && plain.find(c) == std::string_view::npos) needs_quotes = true;
  }
  if (!needs_quotes) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "'\\''";
    else quoted += c;
  }
  return quoted + "'";
}

inline std::string shell_join(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += ' ';
    joined += shell_quote(word);
  }
  return joined;
}

// Splits as a POSIX shell splits a simple command (XCU 2.2): blanks, '...', "...", backslash. No expansions.
inline Result<std::vector<std::string>> split_shell_words(std::string_view text) {
  std::vector<std::string> words;
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
  std::vector<std::size_t> row(b.size() + 1);
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
inline std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
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

// ---- core/base/cpus.hpp ----

// How many processors this process may use.

#if NEXTEST_HAS_AFFINITY
#endif

namespace nextest {

// A small file such as those of /sys; empty when it cannot be read.
inline std::string read_small_file(const char* path) {
  char buffer[4096];
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  const ssize_t size = file ? read_some(file.get(), buffer, sizeof buffer) : 0;
  return {buffer, static_cast<std::size_t>(size > 0 ? size : 0)};
}

// "QUOTA PERIOD" in microseconds as processors, rounded up; 0 for no quota ("max", -1).
inline std::uint32_t cpus_of_quota(std::string_view quota, std::string_view period) {
  std::uint64_t allowed = 0, every = 0;
  if (!parse_number(trim(quota), allowed, UINT32_MAX) || !parse_number(trim(period), every, UINT32_MAX)) return 0;
  return every == 0 ? 0 : static_cast<std::uint32_t>((allowed + every - 1) / every);
}

// The affinity mask, then the cgroup's CPU quota (version 2, then 1), then the processors online. At least 1.
inline std::uint32_t usable_cpus() {
  const long online = ::sysconf(_SC_NPROCESSORS_ONLN);
  std::uint32_t cpus = online > 0 ? static_cast<std::uint32_t>(online) : 1;
#if NEXTEST_HAS_AFFINITY
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof mask, &mask) == 0 && CPU_COUNT(&mask) > 0) {
    cpus = static_cast<std::uint32_t>(CPU_COUNT(&mask));
  }
#endif
  const std::string v2 = read_small_file("/sys/fs/cgroup/cpu.max");
  const std::size_t blank = v2.find(' ');
  std::uint32_t quota = blank == std::string::npos
                            ? 0
                            : cpus_of_quota(std::string_view(v2).substr(0, blank), std::string_view(v2).substr(blank));
  if (quota == 0) {
    quota = cpus_of_quota(read_small_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
                          read_small_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  }
  return quota > 0 && quota < cpus ? quota : cpus;
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
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    std::uint64_t whole = 0;
    if (digits == 0) return invalid("a number is missing");
    if (!parse_number(rest.substr(0, digits), whole, INT64_MAX)) return invalid("the number is too large");
    rest.remove_prefix(digits);
    std::string_view fraction;
    if (!rest.empty() && rest.front() == '.') {
      digits = 1;
      while (digits < rest.size() && is_digit(rest[digits])) ++digits;
      fraction = rest.substr(1, digits - 1);
      if (fraction.empty()) return invalid("digits are missing after the point");
      rest.remove_prefix(digits);
    }
    rest = trim(rest);
    std::size_t letters = 0;
    while (letters < rest.size() && !is_digit(rest[letters]) && !is_space(rest[letters])) ++letters;
    const std::string_view unit_name = rest.substr(0, letters);
    std::int64_t unit = 0;
    for (const auto& row : duration_units) {
      for (std::string_view names = row.names; !names.empty();) {
        const std::size_t end = names.find(' ');
        if (names.substr(0, end) == unit_name) unit = row.ns;
        names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
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

// ---- core/base/bytes.hpp ----

// Bytes that are read piece by piece: of a file, which may be large and may shrink meanwhile, or in memory.

namespace nextest {

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
    const std::string_view part = text_.substr(static_cast<std::size_t>(at), count);
    std::memcpy(buffer, part.data(), part.size());
    return part.size();
  }

 private:
  std::string_view text_;
};

class BytesOfFile final : public Bytes {
 public:
  // Returns 0 or errno.
  [[nodiscard]] int open(const std::string& path) {
    file_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!file_ || ::fstat(file_.get(), &info) != 0) return errno;
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

// ---- core/list/elf.hpp ----

// What an ELF file says of itself (System V ABI, chapters 4 and 5), as far as recognition needs it.

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
    is_64_ = magic[4] == 2;
    little_endian_ = magic[5] == 1;
    machine_ = static_cast<unsigned>(number(18, 2));
  }

  // e_machine; 0 when it is no ELF file.
  unsigned machine() const { return machine_; }

  // ET_DYN without an interpreter; a static position-independent program says by DF_1_PIE that it is one.
  bool is_shared_library() const {
    constexpr std::uint64_t et_dyn = 3, pt_dynamic = 2, pt_interp = 3, dt_flags_1 = 0x6FFFFFFB, df_1_pie = 0x08000000;
    if (machine_ == 0 || number(16, 2) != et_dyn) return false;
    const std::uint64_t table = is_64_ ? number(32, 8) : number(28, 4);
    const std::uint64_t entry_size = number(is_64_ ? 54 : 42, 2);
    const std::uint64_t count = number(is_64_ ? 56 : 44, 2);
    const unsigned word = is_64_ ? 8 : 4;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t header = table + i * entry_size;
      const std::uint64_t type = number(header, 4);
      if (type == pt_interp) return false;
      if (type != pt_dynamic) continue;
      const std::uint64_t first = number(header + (is_64_ ? 8 : 4), word);
      const std::uint64_t size = number(header + (is_64_ ? 32 : 16), word);
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
    if (machine_ == 0) return {};
    const std::uint64_t table = is_64_ ? number(40, 8) : number(32, 4);
    const std::uint64_t entry_size = number(is_64_ ? 58 : 46, 2);
    const std::uint64_t count = number(is_64_ ? 60 : 48, 2);
    const Range names = range_of(table + number(is_64_ ? 62 : 50, 2) * entry_size);
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

 private:
  Range range_of(std::uint64_t header) const {
    const Range range = is_64_ ? Range{number(header + 24, 8), number(header + 32, 8)}
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
      value = value << 8 | static_cast<unsigned char>(raw[little_endian_ ? size - 1 - i : i]);
    }
    return value;
  }

  const Bytes& bytes_;
  unsigned machine_ = 0;
  bool is_64_ = false;
  bool little_endian_ = false;
};

}  // namespace nextest

// ---- core/base/file.hpp ----

// Files and paths.

namespace nextest {

inline std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The folder part without its trailing slash: "/" for "/a", "." for "a".
inline std::string_view parent_folder(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return path.substr(0, slash == 0 ? 1 : slash);
}

inline std::string absolute_path(const std::string& path) {
  char folder[4096];
  if (starts_with(path, "/") || ::getcwd(folder, sizeof folder) == nullptr) return path;
  return std::string(folder) + "/" + path;
}

inline bool is_executable_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// The names in a folder, sorted by bytes, without those that start with a dot.
inline Result<std::vector<std::string>> list_folder(const std::string& path) {
  DIR* const folder = ::opendir(path.c_str());
  if (folder == nullptr) {
    return Error{ExitCode::SetupError, "cannot read the folder " + path + ": " + ::strerror(errno), ""};
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  }
  ::closedir(folder);
  std::sort(names.begin(), names.end());
  return names;
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

// ---- core/base/utf8.hpp ----

// UTF-8 as RFC 3629 defines it: strict when reading, so that nothing malformed reaches a report.

namespace nextest {

constexpr char32_t replacement_character = 0xFFFD;

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
  // RFC 3629, section 3: no longer form than needed, no surrogates, nothing above U+10FFFF.
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest[length] || is_surrogate || code > 0x10FFFF) return malformed;
  return {code, length, true};
}

// Appends one character. What is not a Unicode scalar value is written as U+FFFD.
inline void append_utf8(std::string& out, char32_t code) {
  if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) code = replacement_character;
  const unsigned extra = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr unsigned lead_marks[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(lead_marks[extra] | code >> (6 * extra));
  for (unsigned i = extra; i-- > 0;) out += static_cast<char>(0x80 | (code >> (6 * i) & 0x3F));
}

}  // namespace nextest

// ---- core/format/xml.hpp ----

// XML 1.0 (fifth edition), as much as test programs print when they list their tests, and escaping for what we print.

namespace nextest {

// How deep elements may nest and how many attributes one may have: input must not choose our memory and time.
constexpr std::size_t xml_limit = 256;

// Production [2], Char: the other code points may not occur in a document, not even as a reference.
inline bool is_xml_character(char32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

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

enum class XmlEvent { StartElement, EndElement, Text, End };

// A pull reader: next() moves to the next event, the accessors tell about it. An error ends the reading.
//
// No DTD, no namespaces. Attribute values and text come as they stand: no attribute-value normalisation (section 3.3.3)
// and no newline normalisation, because doctest writes the raw newlines and tabs of a name and means them. For the same
// reason any byte may occur: what is not UTF-8 or no XML character is the business of whoever uses the text.
class XmlReader {
 public:
  // `document` must outlive the reader.
  explicit XmlReader(std::string_view document) : document_(document) {
    take("\xEF\xBB\xBF");  // a byte order mark
  }

  // An element without content gives StartElement and EndElement too. Text between two tags is one event, whatever
  // comments, CDATA sections and references are in it; around the root element there is none. End comes once the root
  // element is closed and nothing follows, and then again each time.
  Result<XmlEvent> next() {
    attributes_.clear();
    text_.clear();
    count_lines();
    if (is_empty_element_) return end_element();
    if (Status status = read_text(); !status) return status.error();
    if (!text_.empty()) return XmlEvent::Text;
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
  const std::string& text() const { return text_; }

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
    while (at_ < document_.size()) {
      std::string_view content;
      if (next_is("<!--")) {
        const bool is_closed = take_section("<!--", "--", content) && take(">");  // no "--" inside (production [15])
        if (!is_closed) return fail("expected a comment to end with the first '--', as '-->'");
      } else if (next_is("<?")) {
        if (!take_section("<?", "?>", content)) return fail("expected '?>' to end the processing instruction");
      } else if (next_is("<![CDATA[") && !open_.empty()) {
        if (!take_section("<![CDATA[", "]]>", content)) return fail("expected ']]>' to end the CDATA section");
        text_ += content;
      } else if (next_is("<")) {
        return success();
      } else if (open_.empty()) {
        if (!skip_blanks()) return fail("text outside of the root element");
      } else if (Status status = read_characters(text_, '<'); !status) {
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
    const char quote = next_is("'") ? '\'' : '"';
    if (!take({&quote, 1})) return fail("expected the value of " + label + " in quotes");
    if (Status status = read_characters(entry.value, quote); !status) return status;
    if (!take({&quote, 1})) return fail("expected a quote to end " + label);
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
    for (; at_ < document_.size() && document_[at_] != stop && document_[at_] != '<'; ++at_) {
      if (document_[at_] != '&') {
        out += document_[at_];
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
    const std::size_t end = std::min(document_.find(';', at_), document_.size());
    std::string_view reference = document_.substr(at_ + 1, end - at_ - 1);
    const auto named = std::find(std::begin(names), std::end(names), reference);
    if (end < document_.size() && named != std::end(names)) {
      out += characters[static_cast<std::size_t>(named - std::begin(names))];
    } else if (char32_t code = 0; end < document_.size() && parse_character_number(reference, code)) {
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
    const char* const end = reference.data() + reference.size();
    std::uint32_t number = 0;
    const std::from_chars_result parsed = std::from_chars(reference.data(), end, number, is_hexadecimal ? 16 : 10);
    code = number;
    return parsed.ec == std::errc() && parsed.ptr == end && is_xml_character(code);
  }

  // ASCII as in productions [4] and [4a]; beyond it any byte, since nothing hangs on which letters those are.
  std::string_view take_name() {
    const std::size_t start = at_;
    for (; at_ < document_.size(); ++at_) {
      const char c = document_[at_];
      const char lower = ascii_lower(c);
      const bool may_begin = (lower >= 'a' && lower <= 'z') || c == '_' || c == ':' || (c & 0x80) != 0;
      const bool may_follow = is_digit(c) || c == '-' || c == '.';
      if (!may_begin && !(may_follow && at_ > start)) break;
    }
    return document_.substr(start, at_ - start);
  }

  bool take_section(std::string_view opening, std::string_view closing, std::string_view& content) {
    const std::size_t start = at_ + opening.size();
    const std::size_t end = document_.find(closing, start);
    if (end == std::string_view::npos) return false;
    content = document_.substr(start, end - start);
    at_ = end + closing.size();
    return true;
  }

  bool skip_blanks() {
    const std::size_t start = at_;
    at_ = std::min(document_.find_first_not_of(" \t\r\n", at_), document_.size());
    return at_ > start;
  }

  bool next_is(std::string_view token) const { return document_.compare(at_, token.size(), token) == 0; }

  bool take(std::string_view token) {
    if (!next_is(token)) return false;
    at_ += token.size();
    return true;
  }

  void count_lines() {
    const auto from = document_.begin() + static_cast<std::ptrdiff_t>(counted_);
    const auto to = document_.begin() + static_cast<std::ptrdiff_t>(at_);
    line_ += static_cast<std::size_t>(std::count(from, to, '\n'));
    counted_ = at_;
  }

  Error fail(const std::string& problem) {
    count_lines();
    return Error{ExitCode::SetupError, "line " + std::to_string(line_) + ": " + problem, ""};
  }

  std::string_view document_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t counted_ = 0;  // how far `line_` has counted
  std::string_view name_;
  std::string text_;
  std::vector<Attribute> attributes_;
  std::vector<std::string_view> open_;  // the elements around the current place, outermost first
  bool has_root_ = false;
  bool is_empty_element_ = false;  // the last event was the start of <name/>, its end is still to tell
};

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
  ExecFail,     // could not start: errno `code`
  Timeout,      // ended by us after the slow or the global timeout
  OutputError,  // its output could not be read: errno `code`
  WrongTests,   // exited with 0, but the harness says it ran `code` tests instead of the one asked for
  Unfinished,   // exited with 0, but the harness began and never said that it was done
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::Pass;
  int code = 0;
  int expected = 1;              // WrongTests: how many it should have run
  bool leaked = false;           // beside Fail and Abort
  bool core_dumped = false;      // Abort
  bool skipped_by_test = false;  // Pass: the test said at run time that it does not apply
  bool timeout_passes = false;   // Timeout: on-timeout = "pass"
  bool killed = false;           // Timeout: did not end within the grace period
  bool global_timeout = false;   // Timeout: the run's own, not the test's

  bool passed() const {
    return kind == OutcomeKind::Pass || kind == OutcomeKind::Leak || (kind == OutcomeKind::Timeout && timeout_passes);
  }
};

// Bounded; where the middle was dropped, a line in its place says how much.
struct CapturedOutput {
  std::string out;
  std::string err;
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
  std::shared_ptr<const CapturedOutput> output;  // null when it was not captured
};

// All attempts of a test, at least one; the last one decides. Only the last has its output here: that of each earlier
// one came with the event of its failure, and would be held for nothing.
struct TestResult {
  std::vector<AttemptResult> attempts;
  bool flaky_fails = false;

  const AttemptResult& last() const { return attempts.back(); }
  bool flaky() const { return attempts.size() > 1 && last().outcome.passed(); }
  bool passed() const { return last().outcome.passed() && !(flaky() && flaky_fails); }
};

}  // namespace nextest

// ---- core/model/test_list.hpp ----

// Test binaries and the tests in them. A test is named by (binary id, test name); inside a run, by its index.

namespace nextest {

// The framework inside a test binary. Catch2 changed its listing and its exit codes with version 3.
enum class HarnessKind : std::uint8_t {
  Libtest,
  GoogleTest,
  Doctest,
  Catch2,
  Catch2V2,
  BoostTest,
  CppUTest,
  Criterion,
  Plain,
  Custom,
};

// What stands before the last part of a test's name; empty where names have no parts.
inline std::string_view name_separator(HarnessKind harness) {
  if (harness == HarnessKind::Libtest) return "::";
  return harness == HarnessKind::GoogleTest ? "." : "";
}

// A harness that a configuration file defines. The words of its commands may hold {binary}, {test}, {test-escaped}.
struct CustomHarness {
  std::string name;
  std::string match;              // glob: the files that it is for
  std::vector<std::string> list;  // prints the tests
  std::string list_pattern;       // an ERE with one group: the name of a test in a line of that
  std::vector<std::string> run;
  std::vector<std::string> ignored_list;  // prints the ignored ones, when there are any
};

// Which machine a binary was built for: the one that tests run on, or the one that builds (cargo: build scripts,
// macros).
enum class BuildPlatform : std::uint8_t { Target, Host };

struct TestBinary {
  std::string id;
  std::string path;
  std::string name;           // what binary() matches: the file's name
  std::string package;        // what package() matches: the name of the folder it is in
  std::string kind = "test";  // what kind() matches: cargo's lib, test, bench, proc-macro, bin, example
  BuildPlatform build_platform = BuildPlatform::Target;
  HarnessKind harness = HarnessKind::Plain;
  const CustomHarness* custom = nullptr;  // for HarnessKind::Custom; the configuration's
  const char* skip_reason = nullptr;      // why its tests are not even listed; nullptr when they are
};

// Why a listed test is not run.
enum class Mismatch : std::uint8_t { None, Ignored, Name, Filterset, DefaultFilter, Partition };

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
  Mismatch mismatch = Mismatch::None;

  std::string_view own_name() const { return std::string_view(name).substr(0, own_name_size); }
};

using TestIndex = std::uint32_t;

// The tests of one binary are neighbours, in the harness's order; binaries are in the order they were named.
struct TestList {
  std::vector<TestBinary> binaries;
  std::vector<TestCase> tests;

  const TestBinary& binary_of(TestIndex test) const { return binaries[tests[test].binary]; }
};

}  // namespace nextest

// ---- core/list/harness.hpp ----

// A harness is a row of one table: how to recognise it, how to list, how to read the list, how to run exactly one test,
// and what its output says about a run. docs/harnesses.md describes each for users.

namespace nextest {

// A test as its harness lists it.
struct ListedTest {
  std::string name;
  std::string suite;   // these tell tests of one name apart; empty where the harness has no such thing
  std::string source;  // file:line
  bool ignored = false;
  bool benchmark = false;
};

using Arguments = std::vector<std::string>;

struct Harness {
  HarnessKind kind;
  const char* name;  // as in --harness
  // What tells that a program holds it: a text among its constants, or the start of a shared library's name. Both in
  // two halves: whole, they would be in our own program too.
  const char* text[2];
  const char* library[2];
  // The command lines that list; their outputs are read together.
  std::vector<Arguments> (*list_commands)();
  // Reads standard output of all list commands. The error names the text that could not be read.
  Result<std::vector<ListedTest>> (*read_list)(const std::vector<std::string>& outputs);
  // Whether a list command that ended so has done its work. nullptr: exit code 0.
  bool (*list_succeeded)(int exit_code, std::string_view output);
  // The pattern that the harness is given for a name, and whether it matches another name. Only a pattern with '*' or
  // '?' in it may match names of another pattern. nullptr: names are exact.
  std::string (*pattern_of)(std::string_view name);
  bool (*matches)(std::string_view pattern, std::string_view name);
  Arguments (*run_arguments)(const TestList& list, TestIndex test);
  // NAME=VALUE for the run.
  Arguments (*run_environment)(const TestCase& test);
  // Adjusts what the exit status alone says: skipped at run time, or another number of tests run than one.
  void (*judge)(const TestCase& test, const CapturedOutput& output, Outcome& outcome);
};

// --- what the rows share ---

inline Error unreadable_line(std::string_view line, const char* expected) {
  return Error{ExitCode::TestListFailed, "cannot read the line '" + std::string(line) + "': " + expected, ""};
}

// Marks the next test of that name, from `next` on and around. False when there is none that is not marked yet.
inline bool mark_ignored(std::vector<ListedTest>& tests, std::string_view name, std::size_t& next) {
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
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::size_t digits = 0;
  while (digits < text.size() && digits < 18 && is_digit(text[digits])) ++digits;
  std::uint64_t value = 0;
  return parse_number(text.substr(0, digits), value) ? value : 0;
}

// A pass counts only if the harness ran what it was asked to run.
inline void expect_tests_run(std::uint64_t ran, std::uint64_t expected, Outcome& outcome) {
  if (outcome.passed() && outcome.kind != OutcomeKind::Timeout && ran != expected) {
    outcome.kind = OutcomeKind::WrongTests;
    outcome.code = static_cast<int>(ran);
    outcome.expected = static_cast<int>(expected);
  }
}

// For output that says nothing of how many tests ran. Silence is no news, many projects print nothing of their passes;
// but a harness that began with that line and did not end was cut short, by exit(0) say.
inline void expect_no_start(std::string_view output, std::string_view prefix, Outcome& outcome) {
  std::string_view line;
  if (outcome.passed() && outcome.kind != OutcomeKind::Timeout && find_last_line(output, prefix, line)) {
    outcome.kind = OutcomeKind::Unfinished;
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

// ---- core/list/harness_catch2.hpp ----

// Catch2, versions 3 and 2. A test spec in quotes takes every name but for three things: letter case and blanks at the
// ends do not count, a '*' at an end is a wildcard, and a leading "exclude:" negates. Where that lets more tests
// through, version 3 shards; version 2 can only exclude the others by name.

namespace nextest {

inline Result<std::vector<ListedTest>> read_catch2_list(const std::vector<std::string>& outputs) {
  std::vector<ListedTest> tests;
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

// `output` without what the program's own main says before and after every list; `chatter` is both together.
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

// Version 2 prints "NAME\t@FILE:LINE": for all tests, for the hidden ones, and for none. A name may hold newlines, and
// one that starts with '#' comes in quotes.
inline Result<std::vector<ListedTest>> read_catch2_v2_list(const std::vector<std::string>& outputs) {
  std::vector<ListedTest> tests;
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
  for (const char c : name) {
    if (c == '\\' || c == '"' || c == ',') spec += '\\';
    spec += c;
  }
  return spec + "\"";
}

inline Arguments catch2_run_arguments(const TestList& list, TestIndex index) {
  const TestCase& test = list.tests[index];
  Arguments arguments = {catch2_spec(test.own_name())};
  if (test.rivals > 1) {
    arguments.insert(arguments.end(), {"--order", "decl", "--shard-count", std::to_string(test.rivals), "--shard-index",
                                       std::to_string(test.rank)});
  }
  return arguments;
}

inline Arguments catch2_v2_run_arguments(const TestList& list, TestIndex index) {
  const TestCase& test = list.tests[index];
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
  enum { Silent, Passed, Counted, None } said = Silent;
  const auto look_for = [&](std::string_view prefix, auto meaning) {
    if (!find_last_line(output.out, prefix, line) || (said != Silent && line.data() < last.data())) return;
    last = line;
    said = meaning;
  };
  look_for("All tests passed (", Passed);
  look_for("test cases: ", Counted);
  look_for("No tests ran", None);
  if (said == Passed) {
    const std::size_t in = last.find(" in ");
    if (in != std::string_view::npos) expect_tests_run(leading_number(last.substr(in + 4)), 1, outcome);
  } else if (said == Counted) {
    expect_tests_run(leading_number(last), 1, outcome);
    constexpr int all_tests_skipped = 4;
    const bool skipped = leading_number(last) == 1 && contains(last, "1 skipped");
    if (skipped && outcome.kind == OutcomeKind::Fail && outcome.code == all_tests_skipped && !outcome.leaked) {
      outcome = Outcome();
      outcome.skipped_by_test = true;
    }
  } else if (said == None) {
    expect_tests_run(0, 1, outcome);
  } else {
    expect_no_start(output.out, "Filters: ", outcome);
  }
}

inline const Harness catch2_v2_harness = {
    HarnessKind::Catch2V2,
    "catch2",
    {"list all/matching test cases na", "mes only"},
    {},
    [] {
      std::vector<Arguments> commands;
      for (const char* which : {"*", "[.],[!hide]", "[no test has this tag]"}) {
        commands.push_back({"--list-test-names-only", "--verbosity", "high", "--order", "decl", which});
      }
      return commands;
    },
    read_catch2_v2_list,
    // Version 2 exits with the number of tests it listed, and with 255 when it could not start.
    [](int exit_code, std::string_view output) { return exit_code == 0 || !output.empty(); },
    catch2_pattern,
    catch2_matches,
    catch2_v2_run_arguments,
    nullptr,
    judge_catch2,
};

inline const Harness catch2_harness = {
    HarnessKind::Catch2,
    "catch2",
    {"list all/matching te", "st cases"},
    {"libCatc", "h2."},
    [] {
      return std::vector<Arguments>{{"--list-tests", "--reporter", "xml", "--order", "decl", "*"}};
    },
    read_catch2_list,
    nullptr,
    catch2_pattern,
    catch2_matches,
    catch2_run_arguments,
    // Version 3 shards by Bazel's variables as well.
    [](const TestCase&) {
      return Arguments{"TEST_TOTAL_SHARDS=1", "TEST_SHARD_INDEX=0"};
    },
    judge_catch2,
};

}  // namespace nextest

// ---- core/list/harness_doctest.hpp ----

// doctest. Its filters know wildcards but cannot escape them; where a name lets more tests through, --first and --last
// pick the one. The dt- spelling of each option works in every configuration of doctest.

namespace nextest {

inline Result<std::vector<ListedTest>> read_doctest_list(const std::vector<std::string>& outputs) {
  std::vector<ListedTest> tests;
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
    ListedTest test;
    test.name = text_of("name");
    test.suite = text_of("testsuite");
    test.source = std::string(file_name(text_of("filename"))) + ":" + text_of("line");
    test.ignored = text_of("skipped") == "true";
    tests.push_back(std::move(test));
  }
}

// A pattern that matches the name; "*" for a name that doctest cannot be given: the empty one, and one in whose listing
// doctest wrote a byte as \xHH, so that the name itself is not known.
inline std::string doctest_pattern(std::string_view name) {
  return name.empty() || contains(name, "\\x") ? "*" : std::string(name);
}

inline Arguments doctest_run_arguments(const TestList& list, TestIndex index) {
  const TestCase& test = list.tests[index];
  std::string filter = "--dt-test-case=";
  for (const char c : doctest_pattern(test.own_name())) {
    if (c == ',' || c == '\\') filter += '\\';
    filter += c;
  }
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
  if (find_last_line(output.out, "[doctest] test cases:", line)) {
    expect_tests_run(leading_number(line), test.rivals, outcome);
  } else {
    expect_no_start(output.out, "[doctest] doctest version is", outcome);
  }
}

inline const Harness doctest_harness = {
    HarnessKind::Doctest,
    "doctest",
    {"filters OUT tests b", "y their name"},
    {},
    [] {
      return std::vector<Arguments>{
          {"--dt-list-test-cases", "--dt-reporters=xml", "--dt-no-skip=true", "--dt-order-by=file"}};
    },
    read_doctest_list,
    nullptr,
    doctest_pattern,
    wildcard_match,
    doctest_run_arguments,
    nullptr,
    judge_doctest,
};

}  // namespace nextest

// ---- core/list/harness_googletest.hpp ----

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

inline Result<std::vector<ListedTest>> read_googletest_list(const std::vector<std::string>& outputs) {
  std::vector<ListedTest> tests;
  std::string_view rest = outputs[0], line, suite;
  while (next_line(rest, line)) {
    if (starts_with(line, "  ") && !suite.empty()) {
      const std::string_view name = without_gtest_comment(line.substr(2));
      ListedTest test;
      test.name = std::string(suite).append(name);
      test.ignored = is_gtest_disabled(suite) || is_gtest_disabled(name);
      tests.push_back(std::move(test));
    } else if (ends_with(without_gtest_comment(line), ".") && !starts_with(line, " ")) {
      suite = without_gtest_comment(line);
    } else if (!suite.empty() && !line.empty()) {
      return unreadable_line(line, "it should be 'Suite.' or '  Test'");
    }  // before the first suite the program's own main may greet
  }
  return tests;
}

inline std::string googletest_pattern(std::string_view name) {
  std::string pattern(name);
  std::replace(pattern.begin(), pattern.end(), ':', '?');
  std::replace(pattern.begin(), pattern.end(), '-', '?');
  return pattern;
}

inline Arguments googletest_run_arguments(const TestList& list, TestIndex index) {
  const TestCase& test = list.tests[index];
  Arguments arguments = {"--gtest_filter=" + googletest_pattern(test.own_name())};
  if (test.ignored || test.rivals > 1) arguments.push_back("--gtest_also_run_disabled_tests");
  return arguments;
}

// Set always: what the environment says of the whole run would make a single test run not at all, or several times.
inline Arguments googletest_run_environment(const TestCase& test) {
  return {"GTEST_TOTAL_SHARDS=" + std::to_string(test.rivals), "GTEST_SHARD_INDEX=" + std::to_string(test.rank),
          "GTEST_REPEAT=1"};
}

// [==========] 1 test from 1 test suite ran. (0 ms total)
inline void judge_googletest(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
  constexpr std::string_view rule = "[==========] ";
  std::string_view line;
  if (!find_last_line(output.out, rule, line)) return;
  if (contains(line, " ran.")) expect_tests_run(leading_number(line), 1, outcome);
  else expect_no_start(output.out, "[==========] Running ", outcome);
  if (find_last_line(output.out, "[  SKIPPED ] 1 test", line)) outcome.skipped_by_test = outcome.passed();
}

inline const Harness googletest_harness = {
    HarnessKind::GoogleTest,
    "googletest",
    {"This program contains tests wri", "tten using Google Test"},
    {"libgte", "st.so"},
    [] { return std::vector<Arguments>{{"--gtest_list_tests"}}; },
    read_googletest_list,
    nullptr,
    googletest_pattern,
    wildcard_match,
    googletest_run_arguments,
    googletest_run_environment,
    judge_googletest,
};

}  // namespace nextest

// ---- core/list/harness_libtest.hpp ----

// Rust's libtest, and programs that follow its documented rules for custom harnesses.

namespace nextest {

inline Result<std::vector<ListedTest>> read_libtest_list(const std::vector<std::string>& outputs) {
  std::vector<ListedTest> tests;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const bool ignored = i == 1;
    std::size_t next = 0;  // the second list names tests of the first in the same order
    std::string_view rest = outputs[i], line;
    while (next_line(rest, line)) {
      if (line.empty()) continue;
      ListedTest test;
      test.ignored = ignored;
      for (const std::string_view kind : {": test", ": benchmark"}) {
        if (ends_with(line, kind)) {
          test.name = line.substr(0, line.size() - kind.size());
          test.benchmark = kind == ": benchmark";
        }
      }
      if (test.name.empty()) return unreadable_line(line, "it should be 'NAME: test' or 'NAME: benchmark'");
      if (ignored && mark_ignored(tests, test.name, next)) continue;
      tests.push_back(std::move(test));
    }
  }
  return tests;
}

inline Arguments libtest_run_arguments(const TestList& list, TestIndex index) {
  const TestCase& test = list.tests[index];
  Arguments arguments = {std::string(test.own_name()), "--exact", "--nocapture"};
  if (test.ignored) arguments.push_back("--ignored");
  if (test.benchmark) arguments.push_back("--bench");
  return arguments;
}

// test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out; finished in 0.00s
inline void judge_libtest(const TestCase&, const CapturedOutput& output, Outcome& outcome) {
  std::string_view line;
  if (!find_last_line(output.out, "test result: ", line)) return expect_no_start(output.out, "running 1 test", outcome);
  std::uint64_t ran = 0;
  for (const std::string_view word : {" passed", " failed", " measured"}) {
    const std::size_t end = line.find(word);
    if (end == std::string_view::npos) return;
    std::size_t start = end;
    while (start > 0 && is_digit(line[start - 1])) --start;
    ran += leading_number(line.substr(start, end - start));
  }
  expect_tests_run(ran, 1, outcome);
}

inline const Harness libtest_harness = {
    HarnessKind::Libtest,
    "libtest",
    {"RUST_TEST_", "THREADS"},
    {},
    [] {
      return std::vector<Arguments>{{"--list", "--format", "terse"}, {"--list", "--format", "terse", "--ignored"}};
    },
    read_libtest_list,
    nullptr,
    nullptr,
    nullptr,
    libtest_run_arguments,
    nullptr,
    judge_libtest,
};

}  // namespace nextest

// ---- core/list/harnesses.hpp ----

// The table of harnesses, and which of them a file holds.

namespace nextest {

// A program without tests inside: it is the test. 77 means "skipped", as automake has it.
inline void judge_plain(const TestCase&, const CapturedOutput&, Outcome& outcome) {
  if (outcome.kind == OutcomeKind::Fail && outcome.code == 77 && !outcome.leaked) {
    outcome = Outcome();
    outcome.skipped_by_test = true;
  }
}

inline const Harness plain_harness = {
    HarnessKind::Plain,
    "plain",
    {},
    {},
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    [](const TestList&, TestIndex) { return Arguments(); },
    nullptr,
    judge_plain,
};

// In the order of recognition: version 2 of Catch2 holds the text of version 3 too, and libtest's is the one that
// another framework's tests may well mention.
inline const Harness* const harnesses[] = {&googletest_harness, &doctest_harness, &catch2_v2_harness,
                                           &catch2_harness,     &libtest_harness, &plain_harness};

inline const Harness& harness_of(HarnessKind kind) {
  for (const Harness* harness : harnesses) {
    if (harness->kind == kind) return *harness;
  }
  return plain_harness;
}

// Horspool's search, which skips most of what it looks through; a piece at a time, each beginning with the end of the
// piece before.
inline bool holds_text(const Bytes& bytes, ElfFile::Range where, const char* const (&halves)[2]) {
  const std::string text = std::string(halves[0]) + halves[1];
  const std::size_t size = text.size();
  std::size_t skip[256];
  for (std::size_t& distance : skip) distance = size;
  for (std::size_t i = 0; i + 1 < size; ++i) skip[static_cast<unsigned char>(text[i])] = size - 1 - i;
  static char piece[65536];
  for (std::uint64_t done = 0; done + size <= where.size;) {
    const std::uint64_t left = where.size - done;
    const std::size_t wanted = left < sizeof piece ? static_cast<std::size_t>(left) : sizeof piece;
    const std::size_t got = bytes.read(where.at + done, piece, wanted);
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

// The harness in the file, by what it leaves there; nothing is run. Plain when there is none. With a name, only rows of
// that name count, and the last of them is taken where nothing decides (a script says nothing).
inline const Harness& recognise(const Bytes& bytes, const ElfFile& elf, std::string_view name = "") {
  const Harness* fallback = &plain_harness;
  const ElfFile::Range all{0, bytes.size()};
  const ElfFile::Range read_only = elf.section(".rodata");
  const ElfFile::Range constants = read_only.size == 0 ? all : read_only;
  const ElfFile::Range libraries = elf.machine() != 0 ? elf.section(".dynstr") : all;
  for (const Harness* harness : harnesses) {
    if (!name.empty() && name != harness->name) continue;
    if (!name.empty()) fallback = harness;
    if (harness->text[0] != nullptr && holds_text(bytes, constants, harness->text)) return *harness;
    if (harness->library[0] != nullptr && holds_text(bytes, libraries, harness->library)) return *harness;
  }
  return *fallback;
}

}  // namespace nextest

// ---- core/base/signal_name.hpp ----

// Signals as people read them.

namespace nextest {

// The part after SIG, as in <signal.h>; nullptr for a signal without a name.
inline const char* signal_name(int signal) {
  static constexpr struct {
    int number;
    const char* name;
  } names[] = {
      {SIGHUP, "HUP"},   {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},   {SIGTRAP, "TRAP"},
      {SIGABRT, "ABRT"}, {SIGBUS, "BUS"},   {SIGFPE, "FPE"},   {SIGKILL, "KILL"}, {SIGUSR1, "USR1"},
      {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"}, {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"}, {SIGTERM, "TERM"},
      {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"}, {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"}, {SIGTTIN, "TTIN"},
      {SIGTTOU, "TTOU"}, {SIGURG, "URG"},   {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"}, {SIGVTALRM, "VTALRM"},
      {SIGPROF, "PROF"}, {SIGSYS, "SYS"},
  };
  for (const auto& row : names) {
    if (row.number == signal) return row.name;
  }
  return nullptr;
}

// "aborted with signal 11 (SIGSEGV), core dumped"
inline std::string describe_signal(int signal, bool core_dumped) {
  std::string text = "aborted with signal " + std::to_string(signal);
  if (const char* name = signal_name(signal)) text.append(" (SIG").append(name).append(")");
  if (core_dumped) text += ", core dumped";
  return text;
}

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
  CancelReason cancel_reason = CancelReason::None;

  std::uint32_t failed_count() const { return failed + exec_failed + timed_out; }
  std::uint32_t not_run() const { return initial_run_count - finished_count; }

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

// ---- core/model/settings.hpp ----

// What may differ from one test to the next. Defaults are upstream's.

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
};

struct TestSettings {
  SlowTimeout slow_timeout;
  LeakTimeout leak_timeout;
  RetryPolicy retries;
  bool flaky_fails = false;
  OutputDisplay success_output = OutputDisplay::Never;
  OutputDisplay failure_output = OutputDisplay::Immediate;
};

}  // namespace nextest

// ---- core/model/event.hpp ----

// The event stream: the runner writes it, everything else reads it. Each event says what happened, to which test and
// when; a reader needs nothing but the events to show a run.

namespace nextest {

// Which sub-run of a stress run an event belongs to. total is 0 where it is not known.
struct StressIndex {
  bool active = false;
  std::uint32_t current = 0;  // from 0
  std::uint32_t total = 0;
};

struct StressCondition {
  enum Kind : std::uint8_t { Off, Count, Infinite, Time } kind = Off;
  std::uint32_t count = 0;
  Duration duration{};
};

// Kept by a test across its attempts.
struct SlotAssignment {
  std::uint32_t global_slot = 0;
  std::int32_t group_slot = -1;  // -1: in no group
  std::string test_group = "@global";
};

struct RunStarted {
  std::string run_id;
  std::string profile;
  std::vector<std::string_view> command_line;
  Duration started_at;  // wall time
  const TestList* list = nullptr;
  std::uint32_t run_count = 0;
  std::uint32_t binary_count = 0;
  std::uint32_t skipped_tests = 0;
  std::uint32_t skipped_binaries = 0;
  StressCondition stress;
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
  std::vector<std::string> command;
  bool captured = true;
};
struct SetupScriptSlow {
  StressIndex stress;
  std::string script_id;
  std::vector<std::string> command;
  Duration elapsed;
  bool will_terminate = false;
};
struct SetupScriptFinished {
  StressIndex stress;
  std::uint32_t index = 0, total = 0;
  std::string script_id;
  std::vector<std::string> command;
  AttemptResult result;
};

struct TestStarted {
  StressIndex stress;
  TestIndex test = 0;
  Attempt attempt;
  SlotAssignment slot;
  pid_t pid = 0;
  std::uint32_t running = 0;  // including this one
  std::vector<std::string> command;
};
struct TestSlow {
  StressIndex stress;
  TestIndex test = 0;
  Attempt attempt;
  Duration elapsed;
  bool will_terminate = false;
};
// An attempt failed and another will follow.
struct TestAttemptFailed {
  StressIndex stress;
  TestIndex test = 0;
  AttemptResult result;
  Duration delay_before_next;
  OutputDisplay failure_output = OutputDisplay::Immediate;
};
struct TestRetryStarted {
  StressIndex stress;
  TestIndex test = 0;
  Attempt attempt;
  SlotAssignment slot;
  pid_t pid = 0;
  std::uint32_t running = 0;
  std::vector<std::string> command;
};
struct TestFinished {
  StressIndex stress;
  TestIndex test = 0;
  TestResult result;
  OutputDisplay success_output = OutputDisplay::Never;
  OutputDisplay failure_output = OutputDisplay::Immediate;
  RunStats stats;             // with this test
  std::uint32_t running = 0;  // without it
};
struct TestSkipped {
  StressIndex stress;
  TestIndex test = 0;
  Mismatch reason = Mismatch::None;
};
// A process of a test that had finished before was found, and ended. One that cleaned its environment tells of no test.
struct TestLeakedLate {
  StressIndex stress;
  bool test_known = false;
  TestIndex test = 0;
  pid_t pid = 0;
  std::string command;
  bool fails = false;
};

enum class UnitState : std::uint8_t { Running, Terminating, Killing, Draining, WaitingForRetry };
struct InfoStarted {
  std::uint32_t total = 0;
  RunStats stats;
};
struct InfoResponse {
  std::uint32_t index = 0, total = 0;
  TestIndex test = 0;
  Attempt attempt;
  SlotAssignment slot;
  UnitState state = UnitState::Running;
  pid_t pid = 0;
  Duration elapsed;
  Duration in_state;
  Duration remaining;  // until the next step: termination, kill, leak, retry
  bool slow = false;
  CapturedOutput output;
};
struct InfoFinished {};
struct InputEnter {
  RunStats stats;
  std::uint32_t running = 0;
};

struct RunBeginCancel {
  CancelReason reason = CancelReason::None;
  std::uint32_t running = 0;
};
struct RunBeginKill {
  CancelReason reason = CancelReason::None;
  std::uint32_t running = 0;
};
struct RunPaused {
  std::uint32_t running = 0;
};
struct RunContinued {
  std::uint32_t running = 0;
};

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

// A reader of the stream.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;

  // Comes whenever the runner is about to wait: passes on what can be passed on without waiting. False when nobody can
  // read us any more (closed pipe, full disk); that ends the run.
  [[nodiscard]] virtual bool flush() = 0;

  // The file descriptor whose reader is behind, so that flush would have more to do once it is writable; -1: none.
  virtual int waits_for() const = 0;
};

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

// ---- core/report/style.hpp ----

// How text looks on the stream it goes to: colours where they are wanted, lines of a box where the locale has them.

namespace nextest {

enum class ColorChoice : unsigned char { Auto, Always, Never };

// The sixteen colours that every terminal has.
enum class Paint : unsigned char { Plain, Bold, Pass, Fail, Skip, Retry, BinaryId, NamePath, NameEnd };

struct Style {
  bool coloured = false;
  bool unicode = false;

  // NO_COLOR (no-color.org), CLICOLOR_FORCE (bixense.com/clicolors), FORCE_COLOR and TERM=dumb speak when `choice` is
  // Auto.
  static Style detect(int fd, ColorChoice choice) {
    Style style;
    const auto is_set = [](const char* name) {
      const char* const value = ::getenv(name);
      return value != nullptr && *value != '\0';
    };
    const auto is_on = [&](const char* name) { return is_set(name) && std::string_view(::getenv(name)) != "0"; };
    const char* const term = ::getenv("TERM");
    if (choice != ColorChoice::Auto) style.coloured = choice == ColorChoice::Always;
    else if (is_set("NO_COLOR")) style.coloured = false;
    else if (is_on("CLICOLOR_FORCE") || is_on("FORCE_COLOR")) style.coloured = true;
    else style.coloured = ::isatty(fd) == 1 && term != nullptr && std::string_view(term) != "dumb";

    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
      if (!is_set(name)) continue;
      std::string locale = ::getenv(name);
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

  // `word` right-aligned to the twelve columns of a status, and a blank.
  void status_word(std::string& out, Paint paint_as, std::string_view word) const {
    if (word.size() < 12) out.append(12 - word.size(), ' ');
    paint(out, paint_as, word);
    out += ' ';
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

// ---- core/report/status.hpp ----

// The words for how a test ended, and how important each is.

namespace nextest {

// Each level shows what the ones before it show.
enum class StatusLevel : unsigned char { None, Fail, Retry, Slow, Leak, Pass, Skip, All };
enum class FinalStatusLevel : unsigned char { None, Fail, Flaky, Slow, Skip, Leak, Pass, All };

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

// At most 12 characters.
inline std::string status_word(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::Pass: return "PASS";
    case OutcomeKind::Leak: return "LEAK";
    case OutcomeKind::LeakFail: return "LEAK-FAIL";
    case OutcomeKind::ExecFail: return "XFAIL";
    case OutcomeKind::Timeout: return outcome.timeout_passes ? "TIMEOUT-PASS" : "TIMEOUT";
    case OutcomeKind::Abort:
      if (const char* name = signal_name(outcome.code)) return std::string("SIG") + name;
      return "ABORT SIG " + std::to_string(outcome.code);
    case OutcomeKind::Fail:
    case OutcomeKind::OutputError:
    case OutcomeKind::WrongTests:
    case OutcomeKind::Unfinished: break;
  }
  return outcome.leaked ? "FAIL + LEAK" : "FAIL";
}

// At most 6 characters, to stand after "TRY 1 ".
inline std::string short_status_word(const Outcome& outcome) {
  switch (outcome.kind) {
    case OutcomeKind::LeakFail: return "LKFAIL";
    case OutcomeKind::Timeout: return outcome.timeout_passes ? "TMPASS" : "TMT";
    case OutcomeKind::Abort:
      if (const char* name = signal_name(outcome.code)) return name;
      return "SIG " + std::to_string(outcome.code);
    case OutcomeKind::Fail:
    case OutcomeKind::OutputError:
    case OutcomeKind::WrongTests:
    case OutcomeKind::Unfinished: return outcome.leaked ? "FL+LK" : "FAIL";
    default: return status_word(outcome);
  }
}

// The end in words: "exited with 3". Empty for a plain pass.
inline std::string reason_of(const Outcome& outcome) {
  const char* const left = "left processes behind, which have been ended";
  std::string reason;
  switch (outcome.kind) {
    case OutcomeKind::Pass: return outcome.skipped_by_test ? "skipped by the test" : "";
    case OutcomeKind::Leak: return std::string("passed, but ") + left;
    case OutcomeKind::LeakFail: return std::string("exited with 0, but ") + left;
    case OutcomeKind::Fail: reason = "exited with " + std::to_string(outcome.code); break;
    case OutcomeKind::Abort: reason = describe_signal(outcome.code, outcome.core_dumped); break;
    case OutcomeKind::OutputError:
      reason = std::string("its output could not be read: ") + ::strerror(outcome.code);
      break;
    case OutcomeKind::WrongTests:
      reason = "exited with 0, but its harness ran " + std::to_string(outcome.code) + " tests instead of " +
               std::to_string(outcome.expected);
      break;
    case OutcomeKind::Unfinished: reason = "exited with 0, but its harness was cut short"; break;
    case OutcomeKind::ExecFail:
      reason = std::string("could not start: ") + ::strerror(outcome.code);
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
  switch (reason) {
    case CancelReason::None: break;
    case CancelReason::SetupScriptFailure: return "setup script failure";
    case CancelReason::TestFailure:
    case CancelReason::TestFailureImmediate: return "test failure";
    case CancelReason::ReportError: return "reporting error";
    case CancelReason::GlobalTimeout: return "global timeout";
    case CancelReason::Signal: return "signal";
    case CancelReason::Interrupt: return "interrupt";
    case CancelReason::SecondSignal: return "second signal";
  }
  return "unknown reason";
}

}  // namespace nextest

// ---- core/process/capture.hpp ----

// A test's output, bounded: the first and the last half of the bound are kept, what lies between is counted.

namespace nextest {

class Capture {
 public:
  explicit Capture(std::size_t bound) : half_(bound / 2) {}

  void append(std::string_view data) {
    if (head_.size() < half_) {
      const std::size_t taken = data.size() < half_ - head_.size() ? data.size() : half_ - head_.size();
      append_within(head_, data.substr(0, taken));
      data.remove_prefix(taken);
    }
    while (!data.empty()) {
      if (half_ == 0) {
        dropped_ += data.size();
        return;
      }
      if (tail_.size() < half_) {
        const std::size_t taken = data.size() < half_ - tail_.size() ? data.size() : half_ - tail_.size();
        append_within(tail_, data.substr(0, taken));
        data.remove_prefix(taken);
      } else {  // tail_ is a ring from here on
        const std::size_t taken = data.size() < half_ - next_ ? data.size() : half_ - next_;
        tail_.replace(next_, taken, data.substr(0, taken));
        data.remove_prefix(taken);
        next_ = (next_ + taken) % half_;
        dropped_ += taken;
      }
    }
  }

  bool overflowed() const { return dropped_ > 0; }

  // All that was kept, in order, with a line of its own where something is missing. Empties the buffer.
  std::string take() {
    std::string gap;
    if (dropped_ > 0) {
      if (!head_.empty() && head_.back() != '\n') gap += '\n';
      append_format(gap, "... %llu bytes of output dropped here ...\n", static_cast<unsigned long long>(dropped_));
    }
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
  // A string that doubles would end up with up to twice the bound.
  void append_within(std::string& half, std::string_view data) const {
    if (half.size() + data.size() > half.capacity() && half.capacity() > half_ / 4) {
      std::string exact;
      exact.reserve(half_);
      exact.append(half);
      half.swap(exact);
    }
    half.append(data);
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
  return {static_cast<std::int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec};
}

// Since 1970-01-01 UTC. Only ever recorded and shown: it may jump.
inline Duration wall_time() { return read_clock(CLOCK_REALTIME); }

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

// ---- core/process/signals.hpp ----

// Signals as data: a handler writes the number into a pipe that the event loop polls, so none is missed and none
// interrupts anything.

namespace nextest {

class Signals {
 public:
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
    for (int signal = 1; signal < NSIG; ++signal) {
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

  // Gives a child about to exec the dispositions and the mask of a fresh login; exec itself resets what has a handler.
  // Async-signal-safe.
  static void reset_in_child() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) {
      if (inherited_ignored_[signal]) ::sigaction(signal, &action, nullptr);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }

 private:
  // SIGPIPE among them: ignored, it would be ignored in tests too; handled, write(2) says EPIPE all the same.
  static constexpr int handled[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGPIPE};

  static void on_signal(int number) {
    if (number == SIGCHLD) {
      if (child_pending_ != 0) return;
      child_pending_ = 1;
    } else if (::getpid() != owner_) {
      // A child between vfork and exec: it must not speak for us.
      if (number != SIGTSTP && number != SIGCONT) ::_exit(128 + number);
      return;
    }
    const int saved = errno;
    const unsigned char byte = static_cast<unsigned char>(number);
    // A full pipe already holds more signals than anyone needs to be told of; the flag says SIGCHLD, the byte only
    // wakes.
    if (::write(write_fd_, &byte, 1) != 1) errno = saved;
    errno = saved;
  }

  static inline Pipe pipe_;
  static inline volatile sig_atomic_t child_pending_ = 0;
  static inline volatile sig_atomic_t write_fd_ = -1;
  static inline pid_t owner_ = 0;
  static inline bool inherited_ignored_[NSIG] = {};
};

}  // namespace nextest

// ---- core/process/event_loop.hpp ----

// One poll over the pipes of all units and the self-pipe of the signals, and the next of their deadlines.

namespace nextest {

class EventLoop {
 public:
  // Something that waits for file descriptors and for at most one deadline, in run-clock time.
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
    const int ready = ::poll(polled_.data(), static_cast<nfds_t>(polled_.size()), timeout_ms());
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

  // Tells every client whose deadline has passed. Comes after the exits: what has ended did not time out.
  void expire() {
    const Duration now = clock.now();
    for (std::size_t i = clients_.size(); i-- > 0;) {
      if (i < clients_.size() && clients_[i]->deadline <= now) clients_[i]->on_deadline();
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

  std::vector<pollfd> polled_ = {{-1, POLLIN, 0}, {-1, POLLOUT, 0}};  // the signals' self-pipe, the slow reader
  std::vector<Client*> watchers_ = {nullptr, nullptr};                // beside polled_
  std::vector<Client*> clients_;
};

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
      if (is_variable(inherited_[i], name)) inherited_.erase(inherited_.begin() + static_cast<std::ptrdiff_t>(i--));
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

  // The vector for exec, with `more` (NAME=VALUE) in place of variables of the same name. Valid until either changes.
  std::vector<char*> vector(const std::vector<std::string>& more) const {
    std::vector<char*> all;
    all.reserve(inherited_.size() + set_.size() + more.size() + 1);
    for (char* entry : inherited_) {
      if (!is_in(more, entry)) all.push_back(entry);
    }
    for (const std::string& entry : set_) all.push_back(const_cast<char*>(entry.c_str()));
    for (const std::string& entry : more) all.push_back(const_cast<char*>(entry.c_str()));
    all.push_back(nullptr);
    return all;
  }

 private:
  static bool is_variable(const char* entry, std::string_view name) {
    return std::strncmp(entry, name.data(), name.size()) == 0 && entry[name.size()] == '=';
  }

  static bool is_in(const std::vector<std::string>& more, const char* entry) {
    for (const std::string& one : more) {
      if (entry[0] == one[0] && is_variable(entry, std::string_view(one).substr(0, one.find('=')))) return true;
    }
    return false;
  }

  std::vector<char*> inherited_;
  std::vector<std::string> set_;
};

}  // namespace nextest

// ---- core/process/spawn.hpp ----

// Starting a process. vfork is the fastest way that can do all a test needs (docs/benchmarks.md): a process group of
// its own, its pipes, default signals, a folder, and the errno of an exec that failed.

#if NEXTEST_HAS_PRCTL
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
};

// Reaps a child that is known to end.
inline void wait_for(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Runs in the child, in the parent's memory after vfork: async-signal-safe calls only. Returns errno.
inline int become_program(const SpawnRequest& request) {
  if (::setpgid(0, 0) != 0) return errno;
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

// Returns 0 and the process in `pid`, or the errno of whatever failed up to and including exec.
#if NEXTEST_HAS_VFORK
__attribute__((noinline)) inline int spawn(const SpawnRequest& request, pid_t& pid) {
  // No handler of ours may run in the child: it would run in our memory.
  sigset_t all, before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  volatile int error = 0;
  const pid_t child = ::vfork();
  if (child == 0) {
    error = become_program(request);
    ::_exit(127);
  }
  const int fork_error = child < 0 ? errno : 0;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (fork_error != 0) return fork_error;
  if (error != 0) {
    wait_for(child);
    return error;
  }
  pid = child;
  return 0;
}
#else
inline int spawn(const SpawnRequest& request, pid_t& pid) {
  // The child's errno comes through a pipe that a successful exec closes.
  Pipe report;
  if (const int error = open_pipe(report); error != 0) return error;
  sigset_t all, before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = ::fork();
  if (child == 0) {
    const int error = become_program(request);
    if (::write(report.write_end.get(), &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
  }
  const int fork_error = child < 0 ? errno : 0;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (fork_error != 0) return fork_error;
  report.write_end.close();
  int error = 0;
  if (read_some(report.read_end.get(), reinterpret_cast<char*>(&error), sizeof error) == sizeof error) {
    wait_for(child);
    return error;
  }
  pid = child;
  return 0;
}
#endif

}  // namespace nextest

// ---- core/process/launcher.hpp ----

// Turns a command into a running process with a group of its own, two pipes, and the promise of an exit status (which
// the supervisor hands to the unit). A unit does not know which launcher it has.

namespace nextest {

struct Command {
  std::string program;  // a path
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // NAME=VALUE, beside the launcher's
  std::string folder;                    // empty: ours
};

struct Launched {
  pid_t pid = 0;  // also its process group
  Fd out;         // the read ends; empty when the output is not captured
  Fd err;
  int error = 0;  // errno when it could not be started

  // The system is out of something that other units will give back when they end.
  bool out_of_resources() const { return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE; }
};

class Launcher {
 public:
  virtual ~Launcher() = default;
  virtual Launched launch(const Command& command, bool capture) = 0;
};

// Starts processes on this machine.
class SpawnLauncher final : public Launcher {
 public:
  Environment environment;

  Launched launch(const Command& command, bool capture) override {
    Launched launched;
    if (!null_) null_ = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
    Pipe out, err;
    if (!null_) launched.error = errno;
    if (capture && launched.error == 0) launched.error = open_pipe(out);
    if (capture && launched.error == 0) launched.error = open_pipe(err);
    if (launched.error != 0) return launched;

    std::vector<char*> argv;
    argv.reserve(command.argv.size() + 1);
    for (const std::string& word : command.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const std::vector<char*> envp = environment.vector(command.environment);

    SpawnRequest request;
    request.program = command.program.c_str();
    request.argv = argv.data();
    request.envp = envp.data();
    request.folder = command.folder.empty() ? nullptr : command.folder.c_str();
    request.in = null_.get();
    request.out = capture ? out.write_end.get() : 1;
    request.err = capture ? err.write_end.get() : 2;
    launched.error = spawn(request, launched.pid);
    if (launched.error == 0) {
      launched.out = std::move(out.read_end);
      launched.err = std::move(err.read_end);
    }
    return launched;
  }

 private:
  Fd null_;
};

}  // namespace nextest

// ---- core/base/proc.hpp ----

// Other processes, as Linux shows them in /proc.

namespace nextest {

inline std::vector<pid_t> all_processes() {
  std::vector<pid_t> pids;
  DIR* const proc = ::opendir("/proc");
  if (proc == nullptr) return pids;
  while (const dirent* entry = ::readdir(proc)) {
    const pid_t pid = static_cast<pid_t>(std::atol(entry->d_name));
    if (pid > 0) pids.push_back(pid);
  }
  ::closedir(proc);
  return pids;
}

// The whole of /proc/PID/NAME; empty when the process is gone or not ours to look into.
inline std::string read_proc(pid_t pid, const char* name) {
  std::string text;
  const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[4096];
  for (ssize_t size; file && (size = read_some(file.get(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

// The entry of an environment (NAME=VALUE, each ended by a NUL) that starts with `prefix`; empty when there is none.
inline std::string_view find_variable(std::string_view variables, std::string_view prefix) {
  while (!variables.empty()) {
    const std::string_view entry = variables.substr(0, variables.find('\0'));
    if (starts_with(entry, prefix)) return entry;
    variables.remove_prefix(entry.size() < variables.size() ? entry.size() + 1 : entry.size());
  }
  return {};
}

inline bool has_variable(std::string_view variables, std::string_view entry) {
  return find_variable(variables, entry) == entry;
}

}  // namespace nextest

// ---- core/process/strays.hpp ----

// Processes that outlive the test that started them. The ones that stay in its process group are found by the group.
// The ones that left it become our children (we are their subreaper) and carry the attempt's id in their environment.

#if NEXTEST_HAS_PRCTL
#endif

namespace nextest {

// Whether any process is left in the group of a process that we have already reaped.
inline bool group_exists(pid_t group) { return ::kill(-group, 0) == 0 || errno == EPERM; }

struct Orphan {
  pid_t pid = 0;
  std::string attempt_id;  // empty: of a listing, or not to be told (it cleaned its environment)
};

class Strays {
 public:
  // `run_marker` is in the environment of all that the run starts.
  explicit Strays(std::string run_marker) : run_marker_(std::move(run_marker)) {
#if NEXTEST_HAS_PRCTL
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    // CONFIG_PROC_CHILDREN: the cheap way, one pread a look.
    children_ = Fd(::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC));
#endif
    // With children from before (of a shell that exec'ed us), a new one may be theirs; then only the run's id is proof.
    had_children_ = !all_children().empty();
  }

  void on_started(pid_t pid) { own_.push_back(pid); }
  void on_reaped(pid_t pid) {
    own_.erase(std::remove(own_.begin(), own_.end(), pid), own_.end());
    const auto is_it = [&](const Orphan& orphan) { return orphan.pid == pid; };
    orphans_.erase(std::remove_if(orphans_.begin(), orphans_.end(), is_it), orphans_.end());
  }

  // Looks, whatever it costs.
  const std::vector<Orphan>& find_all() {
    adopt_new(all_children(), true);
    return orphans_;
  }

  // Looks, where that is cheap, and says whether there is any of that attempt.
  bool find(std::string_view attempt_id) {
    if (children_) adopt_new(children(), false);
    for (const Orphan& orphan : orphans_) {
      if (orphan.attempt_id == attempt_id) return true;
    }
    return false;
  }

  // Ends those of an attempt whose leak is told; what of it turns up later is no news.
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
  void adopt_new(const std::vector<pid_t>& pids, bool even_bare) {
    for (const pid_t pid : pids) {
      const bool known = std::find(own_.begin(), own_.end(), pid) != own_.end() ||
                         std::any_of(orphans_.begin(), orphans_.end(), [&](const Orphan& o) { return o.pid == pid; });
      if (!known) adopt(pid, even_bare);
    }
  }

  void adopt(pid_t pid, bool even_bare) {
    const std::string variables = read_proc(pid, "environ");
    Orphan orphan{pid, ""};
    constexpr std::string_view attempt_marker = "NEXTEST_ATTEMPT_ID=";
    const std::string_view attempt = find_variable(variables, attempt_marker);
    if (!attempt.empty()) orphan.attempt_id = attempt.substr(attempt_marker.size());
    const bool may_be_ours = !had_children_ && (even_bare || !variables.empty());
    if (may_be_ours || has_variable(variables, run_marker_)) orphans_.push_back(std::move(orphan));
  }

  std::vector<pid_t> all_children() const { return children_ ? children() : children_by_scan(); }

  std::vector<pid_t> children() const {
    std::vector<pid_t> pids;
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
  static std::vector<pid_t> children_by_scan() {
    std::vector<pid_t> pids;
    for (const pid_t pid : all_processes()) {
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
  bool had_children_ = false;
  std::vector<pid_t> own_;  // started by us and not reaped yet
  std::vector<Orphan> orphans_;
  std::vector<std::string> ended_;
};

}  // namespace nextest

// ---- core/process/unit.hpp ----

// One process from start to end, as a state machine: Running -> (Terminating -> Killing) -> Draining -> Done. What
// comes in: data, end of data, exit, a deadline, a request to end. It never blocks and never prints.

namespace nextest {

struct UnitLimits {
  SlowTimeout slow_timeout;
  LeakTimeout leak_timeout;
  std::size_t max_output = 10 * 1000 * 1000;  // bytes a stream
  bool overflow_ends = false;                 // more output than that ends it
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
  enum class State : std::uint8_t { Running, Terminating, Killing, Draining, Done };
  enum class Ending : std::uint8_t { ByItself, SlowTimeout, GlobalTimeout, Cancelled };

  Unit(EventLoop& loop, Strays& strays, Launched process, UnitLimits limits, std::string attempt_id)
      : loop_(loop),
        strays_(strays),
        limits_(limits),
        attempt_id_(std::move(attempt_id)),
        pid_(process.pid),
        started_(loop.clock.now()),
        out_{std::move(process.out), Capture(limits.max_output)},
        err_{std::move(process.err), Capture(limits.max_output)} {
    captured_ = static_cast<bool>(out_.fd);
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
        deadline = deadline + slow.period;
        observer->on_slow(*this, loop_.clock.now() - started_, will_terminate);
        if (will_terminate) terminate(Ending::SlowTimeout, SIGTERM);
        break;
      }
      case State::Terminating: kill(); break;
      case State::Draining: drain(); break;
      case State::Killing:
      case State::Done: deadline = forever; break;
    }
  }

  // Asks the process to end; whatever still runs after the grace period is killed.
  void terminate(Ending why, int signal) {
    if (state_ == State::Running) {
      ending_ = why;
      state_ = State::Terminating;
      deadline = loop_.clock.now() + limits_.slow_timeout.grace_period;
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
      if (ending_ == Ending::ByItself) ending_ = Ending::Cancelled;
      killed_ = true;
      state_ = State::Killing;
      deadline = forever;
      send(SIGKILL);
    }
  }

  // To the process group, and to the process itself where it moved to another one.
  void send(int signal) const {
    ::kill(-pid_, signal);
    if (!reaped() && ::getpgid(pid_) != pid_) ::kill(pid_, signal);
  }

  State state() const { return state_; }
  bool reaped() const { return state_ == State::Draining || state_ == State::Done; }
  pid_t pid() const { return pid_; }
  const std::string& attempt_id() const { return attempt_id_; }
  Duration started() const { return started_; }
  Duration duration() const { return ended_ - started_; }
  bool slow() const { return slow_periods_ > 0; }
  bool captured() const { return captured_; }
  bool overflowed() const { return out_.capture.overflowed() || err_.capture.overflowed(); }
  // Empties the buffers.
  CapturedOutput take_output() { return {out_.capture.take(), err_.capture.take()}; }
  int status() const { return status_; }
  Ending ending() const { return ending_; }

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
#if defined(WCOREDUMP)
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
    const bool left_behind = out_.fd || err_.fd || group_exists(pid_) || strays_.find(attempt_id_);
    if (left_behind && now < leak_deadline_) {
      // A process that leaves the group silently wakes nobody.
      deadline = now + Duration::milliseconds(10);
      if (leak_deadline_ < deadline) deadline = leak_deadline_;
      return;
    }
    if (left_behind) {
      leaked_ = true;
      send(SIGKILL);
      strays_.end(attempt_id_);
    }
    close(out_);
    close(err_);
    deadline = forever;
    state_ = State::Done;
  }

  EventLoop& loop_;
  Strays& strays_;
  const UnitLimits limits_;
  const std::string attempt_id_;
  const pid_t pid_;
  const Duration started_;
  Duration ended_{};
  Duration leak_deadline_{};
  Stream out_;
  Stream err_;
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

// A second process that does nothing but wait for the runner to end. When it ends without a word (SIGKILL, a crash),
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
    word_ = std::move(pipe.write_end);
#else
    (void)run_marker;
#endif
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    if (pid_ <= 0) return;
    if (write_all(word_.get(), ".") == 0) wait_for(pid_);
  }

  pid_t pid() const { return pid_; }

 private:
  static void watch(int word, const std::string& run_marker) {
    ::setsid();
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_IGN);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
    char byte;
    if (read_some(word, &byte, 1) == 1) return;
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

  Fd word_;
  pid_t pid_ = -1;
};

}  // namespace nextest

// ---- core/process/supervisor.hpp ----

// All processes of a run: starts units, reaps them, hands out signals, and leaves nothing behind.

namespace nextest {

class Supervisor {
 public:
  EventLoop loop;
  SpawnLauncher launcher;

  explicit Supervisor(const std::string& run_id)
      : strays_("NEXTEST_RUN_ID=" + run_id), watchdog_("NEXTEST_RUN_ID=" + run_id) {
    launcher.environment.set("NEXTEST_RUN_ID", run_id);
    strays_.on_started(watchdog_.pid());
  }
  ~Supervisor() {
    kill_all();
    for (const std::unique_ptr<Unit>& unit : units_) {
      if (!unit->reaped()) wait_for(unit->pid());
    }
    units_.clear();
    end_strays([](const Orphan&) {});
  }

  // What could not be started has its errno in `failure`.
  Unit* start(const Command& command, bool capture, const UnitLimits& limits, std::string attempt_id,
              UnitObserver& observer, Launched& failure) {
    Launched launched = launcher.launch(command, capture);
    if (launched.error != 0) {
      failure = std::move(launched);
      return nullptr;
    }
    strays_.on_started(launched.pid);
    units_.push_back(std::make_unique<Unit>(loop, strays_, std::move(launched), limits, std::move(attempt_id)));
    units_.back()->observer = &observer;
    return units_.back().get();
  }

  // Waits until something happens, and lets it happen: units move on, observers hear of the done ones, `on_signal` of
  // each signal that is not about children.
  void wait(const std::function<void(int)>& on_signal) {
    if (loop.wait()) hear(on_signal);
    loop.expire();
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (units_[i]->state() != Unit::State::Done) continue;
      const std::unique_ptr<Unit> done = std::move(units_[i]);
      units_[i] = std::move(units_.back());
      units_.pop_back();
      --i;
      done->observer->on_done(*done);
    }
  }

  // Lets the signals happen that came, without waiting for any.
  void hear(const std::function<void(int)>& on_signal) {
    Signals::take([&](int signal) { signal == SIGCHLD ? reap() : on_signal(signal); });
  }

  std::size_t running() const { return units_.size(); }
  const std::vector<std::unique_ptr<Unit>>& units() const { return units_; }

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

  // Ends what outlived its unit unseen until now. Call when no unit is left; `found` is told of each that is news.
  void end_strays(const std::function<void(const Orphan&)>& found) {
    std::vector<pid_t> told;
    constexpr int quick = 1000;   // looks without a pause: one that forks for ever is a moving target
    constexpr int patient = 200;  // then one each 5 ms: what SIGKILL does not end is the kernel's
    for (int i = 0; i < quick + patient; ++i) {
      reap();
      const std::vector<Orphan>& orphans = strays_.find_all();
      if (orphans.empty()) return strays_.forget_ended();
      for (const Orphan& orphan : orphans) {
        const bool is_told = std::find(told.begin(), told.end(), orphan.pid) != told.end();
        if (!is_told) told.push_back(orphan.pid);
        if (!is_told && !strays_.was_ended(orphan.attempt_id)) found(orphan);
        ::kill(orphan.pid, SIGKILL);
      }
      if (i >= quick) ::poll(nullptr, 0, 5);
    }
  }

 private:
  // All that can be reaped is, before any unit is told: an orphan that has ended is no leak.
  void reap() {
    exits_.clear();
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      strays_.on_reaped(pid);
      exits_.push_back({pid, status});
    }
    for (const std::unique_ptr<Unit>& unit : units_) {
      const auto exit = std::find_if(exits_.begin(), exits_.end(), [&](const Exit& e) { return e.pid == unit->pid(); });
      if (exit != exits_.end() && !unit->reaped()) {
        unit->on_exit(exit->status);
      } else if (!exits_.empty() && unit->state() == Unit::State::Draining) {
        unit->on_deadline();  // what it waited for may have been among them
      }
    }
  }

  struct Exit {
    pid_t pid;
    int status;
  };

  Strays strays_;
  Watchdog watchdog_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::vector<Exit> exits_;
};

}  // namespace nextest

// ---- core/list/list_tests.hpp ----

// Which tests the binaries hold: runs every binary's list commands, several at a time, as killable and as well-timed as
// tests are.

namespace nextest {

// How programs are started, for listing and running alike.
struct StartOptions {
  std::vector<std::string> target_runner;  // a prefix of every command line
  std::string folder;                      // empty: ours
  bool in_binary_folder = false;
};

inline Command make_command(const TestBinary& binary, Arguments arguments, const StartOptions& options) {
  Command command;
  command.folder = options.in_binary_folder ? std::string(parent_folder(binary.path)) : options.folder;
  // The path as given, made to hold from any working folder.
  const std::string path = command.folder.empty() || starts_with(binary.path, "/")
                               ? (contains(binary.path, "/") ? binary.path : "./" + binary.path)
                               : absolute_path(binary.path);
  command.argv = options.target_runner;
  command.argv.push_back(path);
  command.program = command.argv[0] == path ? path : find_program(command.argv[0]);
  if (command.program.empty()) command.program = command.argv[0];
  if (!command.folder.empty()) command.program = absolute_path(command.program);
  command.argv.insert(command.argv.end(), std::make_move_iterator(arguments.begin()),
                      std::make_move_iterator(arguments.end()));
  command.environment.push_back("NEXTEST_BINARY_ID=" + binary.id);
  return command;
}

class Lister final : private UnitObserver {
 public:
  // Lists `binaries`, `jobs` commands at a time, each within `timeout`. The first thing that goes wrong ends it.
  static Result<TestList> run(Supervisor& supervisor, std::vector<TestBinary> binaries, const StartOptions& start,
                              std::size_t jobs, Duration timeout) {
    Lister lister(supervisor, std::move(binaries), start, jobs, timeout);
    if (Status status = lister.list_all(); !status) return status.error();
    for (std::uint32_t i = 0; i < lister.list_.binaries.size(); ++i) {
      if (Status status = lister.read(i); !status) return status.error();
    }
    return std::move(lister.list_);
  }

 private:
  struct Listing {
    std::uint32_t binary = 0;
    std::size_t number = 0;  // which of the harness's list commands
    Command command;
    Unit* unit = nullptr;
    std::string output;
  };

  Lister(Supervisor& supervisor, std::vector<TestBinary> binaries, const StartOptions& start, std::size_t jobs,
         Duration timeout)
      : supervisor_(supervisor), start_(start), jobs_(jobs) {
    list_.binaries = std::move(binaries);
    list_.tests.reserve(list_.binaries.size());
    limits_.slow_timeout.period = timeout;
    limits_.slow_timeout.terminate_after = 1;
    limits_.slow_timeout.grace_period = Duration::milliseconds(500);
    limits_.max_output = std::size_t{64} << 20;
    limits_.overflow_ends = true;
    for (std::uint32_t i = 0; i < list_.binaries.size(); ++i) {
      const Harness& harness = harness_of(list_.binaries[i].harness);
      if (harness.list_commands == nullptr || list_.binaries[i].skip_reason != nullptr) continue;
      std::size_t number = 0;
      for (Arguments& arguments : harness.list_commands()) {
        Listing listing;
        listing.binary = i;
        listing.number = number++;
        listing.command = make_command(list_.binaries[i], std::move(arguments), start_);
        listings_.push_back(std::move(listing));
      }
    }
  }

  Status list_all() {
    std::size_t next = 0;
    while (failure_.message.empty() && (next < listings_.size() || supervisor_.running() > 0)) {
      while (next < listings_.size() && supervisor_.running() < jobs_) {
        Listing& listing = listings_[next];
        Launched failure;
        listing.unit = supervisor_.start(listing.command, true, limits_, "", *this, failure);
        if (listing.unit == nullptr) {
          if (failure.out_of_resources() && supervisor_.running() > 0) break;  // until one ends
          return fail(listing, std::string("could not start: ") + ::strerror(failure.error), "", failure.error);
        }
        ++next;
      }
      supervisor_.wait([&](int signal) { on_signal(signal); });
    }
    supervisor_.kill_all();
    while (supervisor_.running() > 0) supervisor_.wait([](int) {});
    if (!failure_.message.empty()) return failure_;
    return success();
  }

  void on_slow(Unit&, Duration, bool) override {}

  void on_done(Unit& unit) override {
    Listing& listing =
        *std::find_if(listings_.begin(), listings_.end(), [&](const Listing& l) { return l.unit == &unit; });
    listing.unit = nullptr;
    if (!failure_.message.empty()) return;
    const bool too_much = unit.overflowed();
    CapturedOutput output = unit.take_output();
    const Outcome outcome = unit.outcome();
    const auto succeeded = harness_of(list_.binaries[listing.binary].harness).list_succeeded;
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
    } else if (succeeded != nullptr ? !succeeded(exit_code, output.out) : exit_code != 0) {
      what = "exited with " + std::to_string(exit_code);
    }
    if (!what.empty()) fail(listing, what, output.err);
    listing.output = std::move(output.out);
  }

  void on_signal(int signal) {
    if (signal == SIGTSTP) return supervisor_.stop();
    if (signal == SIGCONT) return static_cast<void>(supervisor_.go_on());
    failure_ = {ExitCode::TestRunFailed, std::string("cancelled by SIG") + signal_name(signal) + " while listing tests",
                ""};
  }

  Error fail(const Listing& listing, const std::string& what, std::string_view standard_error, int exec_error = 0) {
    const TestBinary& binary = list_.binaries[listing.binary];
    std::string message =
        "listing the tests of " + binary.id + " failed: " + what + "\n  command: " + shell_join(listing.command.argv);
    if (!trim(standard_error).empty()) {
      message += "\n  stderr:\n";
      append_safe_output(message, trim(standard_error).substr(0, 4000), "    ", false);
      message.pop_back();
    }
    std::string hint = std::string("it was taken for a ") + harness_of(binary.harness).name +
                       " program; --harness NAME says otherwise";
    if (exec_error == ENOEXEC)
      hint = "a script needs a first line such as #!/bin/sh; a foreign program --target-runner";
    failure_ = {ExitCode::TestListFailed, std::move(message), std::move(hint)};
    return failure_;
  }

  // Turns what a binary's list commands printed into tests.
  Status read(std::uint32_t index) {
    const TestBinary& binary = list_.binaries[index];
    const Harness& harness = harness_of(binary.harness);
    if (binary.skip_reason != nullptr) return success();
    std::vector<ListedTest> tests(1);
    tests[0].name = file_name(binary.path);
    if (harness.read_list != nullptr) {
      std::vector<std::string> outputs;
      const Listing* last = nullptr;
      for (; next_read_ < listings_.size() && listings_[next_read_].binary == index; ++next_read_) {
        last = &listings_[next_read_];
        outputs.push_back(std::move(listings_[next_read_].output));
      }
      Result<std::vector<ListedTest>> listed = harness.read_list(outputs);
      if (!listed) return fail(*last, listed.error().message, "");
      for (const ListedTest& test : listed.value()) {
        // It could not be given to the program: an argument ends at a NUL.
        if (test.name.find('\0') != std::string::npos) return fail(*last, "a test name holds a NUL byte", "");
      }
      tests = std::move(listed.value());
    }
    const std::size_t first = list_.tests.size();
    for (ListedTest& listed : tests) {
      TestCase test;
      test.binary = index;
      test.name = listed.name;
      test.own_name_size = static_cast<std::uint32_t>(listed.name.size());
      test.ignored = listed.ignored;
      test.benchmark = listed.benchmark;
      list_.tests.push_back(std::move(test));
    }
    make_names_unique(tests, first);
    if (harness.pattern_of != nullptr) find_rivals(harness, first);
    return success();
  }

  // Tests of one name are told apart by their suite, else by their source, else by their place in the list.
  void make_names_unique(const std::vector<ListedTest>& tests, std::size_t first) {
    std::vector<std::uint32_t> order(tests.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      const int compared = tests[a].name.compare(tests[b].name);
      return compared != 0 ? compared < 0 : a < b;
    });
    for (std::size_t from = 0, to; from < order.size(); from = to) {
      for (to = from + 1; to < order.size() && tests[order[to]].name == tests[order[from]].name;) ++to;
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
    struct Keyed {
      std::string pattern;
      std::size_t test;
    };
    std::vector<Keyed> keyed;
    for (std::size_t i = first; i < list_.tests.size(); ++i) {
      keyed.push_back({harness.pattern_of(list_.tests[i].own_name()), i});
    }
    std::sort(keyed.begin(), keyed.end(), [](const Keyed& a, const Keyed& b) {
      const int compared = a.pattern.compare(b.pattern);
      return compared != 0 ? compared < 0 : a.test < b.test;
    });
    for (std::size_t from = 0, to; from < keyed.size(); from = to) {
      const std::string& pattern = keyed[from].pattern;
      for (to = from + 1; to < keyed.size() && keyed[to].pattern == pattern;) ++to;
      const bool wild = pattern.find_first_of("*?") != std::string::npos;
      std::vector<std::size_t> matched;
      if (wild) {
        for (std::size_t i = first; i < list_.tests.size(); ++i) {
          if (harness.matches(pattern, list_.tests[i].own_name())) matched.push_back(i);
        }
      } else {
        for (std::size_t i = from; i < to; ++i) matched.push_back(keyed[i].test);
      }
      for (std::size_t i = from; i < to; ++i) {
        TestCase& test = list_.tests[keyed[i].test];
        const auto place = std::find(matched.begin(), matched.end(), keyed[i].test);
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
  std::vector<Listing> listings_;
  std::size_t next_read_ = 0;
  Error failure_;
};

}  // namespace nextest

// ---- core/run/options.hpp ----

// What a run is asked to do, beside which tests to run.

namespace nextest {

struct MaxFail {
  std::uint32_t count = 1;  // 0: all tests run, whatever fails
  bool immediate = false;   // running tests are terminated too
};

struct RunOptions {
  std::string run_id;
  std::string profile = "default";
  std::vector<std::string_view> command_line;  // into the program's arguments
  std::uint32_t test_threads = 1;
  bool capture = true;
  MaxFail max_fail;
  Duration global_timeout = thirty_years;
  StressCondition stress;
  StartOptions start;
  TestSettings settings;

  // The settings of one test. There is one set for all of them until overrides come from a configuration.
  const TestSettings& settings_for(TestIndex) const { return settings; }
};

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

// ---- core/select/partition.hpp ----

// Splitting one test list over several machines.

namespace nextest {

// Shard `shard` (from 1) of `total`.
struct Partition {
  enum Kind : std::uint8_t {
    None,
    Count,  // round-robin inside each binary
    Slice,  // round-robin over all tests
    Hash,   // by XXH64 of the test name: a test's shard never changes
  } kind = None;
  std::uint64_t shard = 1;
  std::uint64_t total = 1;
};

// "KIND:M/N"
inline Result<Partition> parse_partition(std::string_view text) {
  const auto invalid = [&](const char* why) {
    return Error{ExitCode::SetupError, "not a partition: '" + std::string(text) + "' (" + why + ")",
                 "write KIND:M/N with KIND count, slice or hash and 1 <= M <= N, as in slice:1/3"};
  };
  Partition partition;
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (kind == "count") partition.kind = Partition::Count;
  else if (kind == "slice") partition.kind = Partition::Slice;
  else if (kind == "hash") partition.kind = Partition::Hash;
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

// Marks the tests of other shards; only those that match so far are counted.
inline void apply_partition(const Partition& partition, TestList& list) {
  if (partition.kind == Partition::None) return;
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
  std::vector<NamePattern> names;  // none: every name
  std::vector<NamePattern> skips;
  RunIgnored run_ignored = RunIgnored::Default;
  Partition partition;
};

// Marks what is not selected, and returns what is, in list order.
inline std::vector<TestIndex> select_tests(const Selection& selection, TestList& list) {
  const auto any_matches = [](const std::vector<NamePattern>& patterns, const TestCase& test) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const NamePattern& pattern) {
      return pattern.matches(test.name) || pattern.matches(test.own_name());
    });
  };
  for (TestCase& test : list.tests) {
    const bool ignored_fits =
        selection.run_ignored == RunIgnored::All || test.ignored == (selection.run_ignored == RunIgnored::Only);
    const bool named = selection.names.empty() || any_matches(selection.names, test);
    if (!ignored_fits) test.mismatch = Mismatch::Ignored;
    else if (!named || any_matches(selection.skips, test)) test.mismatch = Mismatch::Name;
    else test.mismatch = Mismatch::None;
  }
  apply_partition(selection.partition, list);
  std::vector<TestIndex> selected;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    if (list.tests[i].mismatch == Mismatch::None) selected.push_back(i);
  }
  return selected;
}

}  // namespace nextest

// ---- cli/command_line.hpp ----

// What the user asked for, and the table of all options: name, variable, help and meaning of each stand in one row.

namespace nextest {

enum class NoTests : std::uint8_t { Fail, Warn, Pass };
enum class ListFormat : std::uint8_t { Human, Oneline };

struct CommandLine {
  std::vector<std::string> paths;
  Selection selection;
  std::string harness;
  Duration list_timeout = Duration::seconds(60);
  RunOptions run;
  NoTests no_tests = NoTests::Fail;
  StatusLevel status_level = StatusLevel::Pass;
  FinalStatusLevel final_status_level = FinalStatusLevel::Flaky;
  bool indent_output = true;
  bool verbose = false;
  ColorChoice color = ColorChoice::Auto;
  ListFormat list_format = ListFormat::Human;
};

enum OptionCommands : std::uint8_t { ForRun = 1, ForList = 2 };

struct Option {
  const char* heading;  // the group in --help; the same pointer for all of a group
  std::uint8_t commands;
  char letter;  // 0: none
  const char* name;
  const char* value;     // what --help calls it; nullptr: the option takes none
  const char* variable;  // the environment variable that stands in for it; nullptr: none
  const char* help;
  Status (*apply)(CommandLine& line, std::string_view value);
};

inline Error bad_value(std::string_view value, const char* allowed) {
  return Error{ExitCode::SetupError, "'" + std::string(value) + "' is not allowed", std::string("allowed: ") + allowed};
}

// One of `words`, by position.
template <class Choice, std::size_t N>
Status choose(std::string_view value, const char* const (&words)[N], Choice& choice) {
  std::string allowed;
  for (std::size_t i = 0; i < N; ++i) {
    if (value == words[i]) {
      choice = static_cast<Choice>(i);
      return success();
    }
    allowed.append(i > 0 ? ", " : "").append(words[i]);
  }
  return bad_value(value, allowed.c_str());
}

inline Status choose_duration(std::string_view value, Duration& duration) {
  Result<Duration> parsed = parse_duration(value);
  if (!parsed) return parsed.error();
  // As good as no limit, and no sum with it overflows.
  duration = parsed.value() < thirty_years ? parsed.value() : thirty_years;
  return success();
}

inline Status choose_number(std::string_view value, std::uint32_t& number, std::uint32_t smallest) {
  std::uint64_t parsed = 0;
  if (!parse_number(value, parsed, UINT32_MAX - 1) || parsed < smallest) {
    return bad_value(value, smallest == 0 ? "a number from 0" : "a number from 1");
  }
  number = static_cast<std::uint32_t>(parsed);
  return success();
}

inline Status choose_threads(std::string_view value, std::uint32_t& threads) {
  const std::uint32_t cpus = usable_cpus();
  if (value == "num-cpus") {
    threads = cpus;
    return success();
  }
  const bool fewer = starts_with(value, "-");
  std::uint64_t number = 0;
  if (!parse_number(value.substr(fewer ? 1 : 0), number, 100000) || number == 0) {
    return bad_value(value, "a number from 1, a negative number (processors to leave free), num-cpus");
  }
  threads = !fewer ? static_cast<std::uint32_t>(number) : number < cpus ? cpus - static_cast<std::uint32_t>(number) : 1;
  return success();
}

// N, N:wait, N:immediate, all
inline Status choose_max_fail(std::string_view value, MaxFail& max_fail) {
  const char* const allowed = "N, N:wait, N:immediate (N from 1), all";
  MaxFail chosen;
  const std::size_t colon = value.find(':');
  if (value == "all") {
    chosen.count = 0;
  } else if (!choose_number(value.substr(0, colon), chosen.count, 1)) {
    return bad_value(value, allowed);
  } else if (colon != std::string_view::npos) {
    chosen.immediate = value.substr(colon) == ":immediate";
    if (!chosen.immediate && value.substr(colon) != ":wait") return bad_value(value, allowed);
  }
  max_fail = chosen;
  return success();
}

inline constexpr char selection_options[] = "Choosing tests";
inline constexpr char binary_options[] = "Test binaries";
inline constexpr char execution_options[] = "Running";
inline constexpr char time_options[] = "Time limits";
inline constexpr char reporting_options[] = "Reporting";

inline constexpr const char* output_displays[] = {"never", "immediate", "final", "immediate-final"};

inline const Option option_table[] = {
    {selection_options, ForRun | ForList, 0, "run-ignored", "WHICH", nullptr,
     "Ignored tests: default (do not run them), only (run just them), all",
     [](CommandLine& line, std::string_view value) {
       return choose(value, {"default", "only", "all"}, line.selection.run_ignored);
     }},
    {selection_options, ForRun | ForList, 0, "partition", "KIND:M/N", nullptr,
     "Shard M of N: count (round-robin in each binary), slice (over all tests), hash (by test name)",
     [](CommandLine& line, std::string_view value) -> Status {
       Result<Partition> partition = parse_partition(value);
       if (!partition) return partition.error();
       line.selection.partition = partition.value();
       return success();
     }},
    {selection_options, ForRun, 0, "no-tests", "ACTION", "NEXTEST_NO_TESTS",
     "When there is no test to run: fail (exit 4), warn, pass",
     [](CommandLine& line, std::string_view value) {
       return choose(value, {"fail", "warn", "pass"}, line.no_tests);
     }},

    {binary_options, ForRun | ForList, 0, "harness", "NAME", nullptr,
     "What the binaries named here speak: libtest, googletest, doctest, catch2, plain; default: what is found in them",
     [](CommandLine& line, std::string_view value) -> Status {
       for (const Harness* harness : harnesses) {
         if (value != harness->name) continue;
         line.harness = value;
         return success();
       }
       return bad_value(value, "libtest, googletest, doctest, catch2, plain");
     }},
    {binary_options, ForRun | ForList, 0, "target-runner", "'CMD ARGS'", nullptr,
     "Start every binary through this command, such as an emulator",
     [](CommandLine& line, std::string_view value) -> Status {
       Result<std::vector<std::string>> words = split_shell_words(value);
       if (!words) return words.error();
       if (words.value().empty()) return bad_value(value, "a command");
       line.run.start.target_runner = std::move(words.value());
       return success();
     }},
    {binary_options, ForRun | ForList, 0, "workdir", "DIR", nullptr,
     "Where tests run: current (default), binary (the folder of each binary), or a folder",
     [](CommandLine& line, std::string_view value) -> Status {
       line.run.start.in_binary_folder = value == "binary";
       line.run.start.folder = value == "binary" || value == "current" ? "" : value;
       struct stat info {};
       const std::string& folder = line.run.start.folder;
       if (value.empty()) return bad_value(value, "current, binary, a folder");
       if (!folder.empty() && (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))) {
         return Error{ExitCode::SetupError, "there is no folder " + folder, ""};
       }
       return success();
     }},
    {binary_options, ForRun | ForList, 0, "list-timeout", "TIME", nullptr,
     "How long a binary may take to list its tests (default 60s)",
     [](CommandLine& line, std::string_view value) { return choose_duration(value, line.list_timeout); }},

    {execution_options, ForRun, 'j', "test-threads", "N", "NEXTEST_TEST_THREADS",
     "Tests at a time: a number, a negative number (processors to leave free), num-cpus (default)",
     [](CommandLine& line, std::string_view value) { return choose_threads(value, line.run.test_threads); }},
    {execution_options, ForRun, 0, "retries", "N", "NEXTEST_RETRIES", "Run a failed test again, up to N times",
     [](CommandLine& line, std::string_view value) {
       return choose_number(value, line.run.settings.retries.count, 0);
     }},
    {execution_options, ForRun, 0, "flaky-result", "RESULT", "NEXTEST_FLAKY_RESULT",
     "How a test counts that passed only when run again: pass (default), fail",
     [](CommandLine& line, std::string_view value) {
       return choose(value, {"pass", "fail"}, line.run.settings.flaky_fails);
     }},
    {execution_options, ForRun, 0, "fail-fast", nullptr, nullptr, "Start no more tests after a failure (the default)",
     [](CommandLine& line, std::string_view) {
       line.run.max_fail = MaxFail();
       return success();
     }},
    {execution_options, ForRun, 0, "no-fail-fast", nullptr, nullptr, "Run all tests, whatever fails",
     [](CommandLine& line, std::string_view) {
       line.run.max_fail.count = 0;
       return success();
     }},
    {execution_options, ForRun, 0, "max-fail", "N[:MODE]", nullptr,
     "Start no more tests after N failures; N:immediate ends the running ones too; all: no limit",
     [](CommandLine& line, std::string_view value) { return choose_max_fail(value, line.run.max_fail); }},
    {execution_options, ForRun, 0, "no-capture", nullptr, nullptr,
     "Tests write straight to the terminal, one at a time",
     [](CommandLine& line, std::string_view) {
       line.run.capture = false;
       return success();
     }},
    {execution_options, ForRun, 0, "stress-count", "N", nullptr, "Run the tests N times over, or infinite",
     [](CommandLine& line, std::string_view value) {
       line.run.stress.kind = value == "infinite" ? StressCondition::Infinite : StressCondition::Count;
       return value == "infinite" ? success() : choose_number(value, line.run.stress.count, 1);
     }},
    {execution_options, ForRun, 0, "stress-duration", "TIME", nullptr, "Run the tests over and over for that long",
     [](CommandLine& line, std::string_view value) -> Status {
       line.run.stress.kind = StressCondition::Time;
       Status status = choose_duration(value, line.run.stress.duration);
       if (status && line.run.stress.duration.ns == 0) return bad_value(value, "a time above 0");
       return status;
     }},

    {time_options, ForRun, 0, "slow-timeout", "TIME", nullptr, "Call a test slow after each such period (default 60s)",
     [](CommandLine& line, std::string_view value) -> Status {
       Status status = choose_duration(value, line.run.settings.slow_timeout.period);
       if (status && line.run.settings.slow_timeout.period.ns == 0) return bad_value(value, "a time above 0");
       return status;
     }},
    {time_options, ForRun, 0, "terminate-after", "N", nullptr, "Terminate a test after N such periods (default: never)",
     [](CommandLine& line, std::string_view value) {
       return choose_number(value, line.run.settings.slow_timeout.terminate_after, 1);
     }},
    {time_options, ForRun, 0, "grace-period", "TIME", nullptr,
     "Kill a test that long after asking it to terminate (default 10s; 0s: at once)",
     [](CommandLine& line, std::string_view value) {
       return choose_duration(value, line.run.settings.slow_timeout.grace_period);
     }},
    {time_options, ForRun, 0, "leak-timeout", "TIME", nullptr,
     "A test leaks what it leaves running that long after its own end (default 200ms)",
     [](CommandLine& line, std::string_view value) {
       return choose_duration(value, line.run.settings.leak_timeout.period);
     }},
    {time_options, ForRun, 0, "global-timeout", "TIME", nullptr, "Terminate the whole run after that long",
     [](CommandLine& line, std::string_view value) { return choose_duration(value, line.run.global_timeout); }},

    {reporting_options, ForRun, 0, "status-level", "LEVEL", "NEXTEST_STATUS_LEVEL",
     "Which statuses to show: none, fail, retry, slow, leak, pass (default), skip, all; each shows the ones before it",
     [](CommandLine& line, std::string_view value) {
       return choose(value, {"none", "fail", "retry", "slow", "leak", "pass", "skip", "all"}, line.status_level);
     }},
    {reporting_options, ForRun, 0, "final-status-level", "LEVEL", "NEXTEST_FINAL_STATUS_LEVEL",
     "Which to show again at the end: none, fail, flaky (default), slow, skip, leak, pass, all",
     [](CommandLine& line, std::string_view value) {
       return choose(value == "retry" ? "flaky" : value,
                     {"none", "fail", "flaky", "slow", "skip", "leak", "pass", "all"}, line.final_status_level);
     }},
    {reporting_options, ForRun, 0, "success-output", "WHEN", "NEXTEST_SUCCESS_OUTPUT",
     "When to show the output of tests that passed: never (default), immediate, final, immediate-final",
     [](CommandLine& line, std::string_view value) {
       return choose(value, output_displays, line.run.settings.success_output);
     }},
    {reporting_options, ForRun, 0, "failure-output", "WHEN", "NEXTEST_FAILURE_OUTPUT",
     "When to show the output of tests that failed: immediate (default), final, immediate-final, never",
     [](CommandLine& line, std::string_view value) {
       return choose(value, output_displays, line.run.settings.failure_output);
     }},
    {reporting_options, ForRun, 0, "no-output-indent", nullptr, "NEXTEST_NO_OUTPUT_INDENT",
     "Show outputs as they are, not indented",
     [](CommandLine& line, std::string_view) {
       line.indent_output = false;
       return success();
     }},
    {reporting_options, ForRun | ForList, 'v', "verbose", nullptr, "NEXTEST_VERBOSE",
     "Show the start of each test and its command; list what is not run, too",
     [](CommandLine& line, std::string_view) {
       line.verbose = true;
       return success();
     }},
    {reporting_options, ForList, 'T', "message-format", "FORMAT", nullptr,
     "human (default), or oneline: 'BINARY-ID TEST-NAME' a line",
     [](CommandLine& line, std::string_view value) {
       return choose(value, {"human", "oneline"}, line.list_format);
     }},
    {reporting_options, ForRun | ForList, 0, "color", "WHEN", nullptr, "auto (default), always, never",
     [](CommandLine& line, std::string_view value) {
       return choose(value, {"auto", "always", "never"}, line.color);
     }},
};

}  // namespace nextest

// ---- core/base/version.hpp ----

// This program's version.

namespace nextest {

inline constexpr const char version[] = "0.1.0";

}  // namespace nextest

// ---- cli/help.hpp ----

// --help, from the same table that parses.

namespace nextest {

// The columns to fill: the terminal's, at most 100; 80 where there is none.
inline std::size_t help_width() {
  std::uint64_t columns = 0;
  const char* const variable = ::getenv("COLUMNS");
  winsize size{};
  if (variable == nullptr || !parse_number(variable, columns, 1000)) columns = 0;
  if (columns == 0 && ::ioctl(1, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  if (columns == 0) columns = 80;
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

inline std::string short_help() {
  return "nextest " + std::string(version) +
         ": runs every test of test binaries in a process of its own\n"
         "\n"
         "Usage:\n"
         "  nextest run [options] [PATH | NAME]...    run tests\n"
         "  nextest list [options] [PATH | NAME]...   show which tests there are\n"
         "  nextest help [run | list | exit-codes]\n"
         "  nextest --version\n"
         "\n"
         "A word with a '/' in it is the path of a test binary or of a folder of them; any\n"
         "other word is a part of the names of the tests to take.\n";
}

inline std::string exit_codes_help() {
  return "Exit codes:\n"
         "    0  success\n"
         "    4  no tests to run\n"
         "   96  setup error: usage, paths, reading files\n"
         "  100  a test failed, or the run was cancelled\n"
         "  104  the tests of a binary could not be listed\n"
         "  110  output could not be written\n";
}

inline std::string command_help(OptionCommands command, const char* name, const char* what) {
  const std::size_t width = help_width();
  std::string out;
  append_wrapped(out, what, 0, width);
  out += '\n';
  append_wrapped(out, "Usage: nextest " + std::string(name) + " [options] [PATH | NAME]... [-- TEST-BINARY-OPTIONS]", 7,
                 width);
  out += '\n';
  out += "  ";
  append_wrapped(out,
                 "PATH has a '/' in it: an executable, or a folder whose executable files are taken (not recursively). "
                 "NAME is a part of a test's name; several: tests that have any of them.",
                 2, width);
  const char* heading = nullptr;
  for (const Option& option : option_table) {
    if ((option.commands & command) == 0) continue;
    if (option.heading != heading) out.append("\n").append(option.heading).append(":\n");
    heading = option.heading;
    std::string spelled = "  ";
    if (option.letter != 0) spelled.append("-").append(1, option.letter).append(", ");
    spelled.append("--").append(option.name);
    if (option.value != nullptr) spelled.append(" ").append(option.value);
    out.append(spelled).append("\n      ");
    std::string help = option.help;
    if (option.variable != nullptr) help.append(" [env: ").append(option.variable).append("]");
    append_wrapped(out, help, 6, width);
  }
  out += "\nAfter --, as for a libtest binary:\n";
  out += "  ";
  append_wrapped(out, "NAME, --skip NAME, --exact, --ignored, --include-ignored, --nocapture", 2, width);
  return out;
}

}  // namespace nextest

// ---- core/list/architecture.hpp ----

// Which machine an executable is for, so that a foreign one is named as such instead of failing to start.

namespace nextest {

inline std::string machine_name(unsigned machine) {
  static constexpr struct {
    unsigned number;
    const char* name;
  } names[] = {{3, "i386"}, {8, "mips"},    {20, "powerpc"},  {21, "powerpc64"}, {22, "s390x"},
               {40, "arm"}, {62, "x86_64"}, {183, "aarch64"}, {243, "riscv"},    {258, "loongarch"}};
  for (const auto& row : names) {
    if (row.number == machine) return row.name;
  }
  return "machine " + std::to_string(machine);
}

// The name of the machine that the file is a program for, when this one cannot run it; else empty.
inline std::string foreign_machine(const ElfFile& elf) {
  const unsigned theirs = elf.machine();
  if (theirs == 0) return "";
  static const unsigned ours = [] {
    BytesOfFile self;
    return self.open("/proc/self/exe") == 0 ? ElfFile(self).machine() : 0;
  }();
  const bool smaller_sibling = (ours == 62 && theirs == 3) || (ours == 183 && theirs == 40);
  if (ours == 0 || theirs == ours || smaller_sibling) return "";
  // An emulator registered with the kernel may run it; exec will tell.
  const Result<std::vector<std::string>> emulators = list_folder("/proc/sys/fs/binfmt_misc");
  if (emulators) {
    for (const std::string& name : emulators.value()) {
      if (name != "register" && name != "status") return "";
    }
  }
  return machine_name(theirs);
}

}  // namespace nextest

// ---- core/list/discover.hpp ----

// Which binaries there are: paths on the command line become test binaries with unique ids and a harness each.

namespace nextest {

struct DiscoverOptions {
  std::vector<std::string> paths;  // executables, or folders of them
  std::string harness;             // a name from the table; empty: recognised
  bool has_target_runner = false;  // which may run what we cannot
};

class Discovery {
 public:
  static Result<std::vector<TestBinary>> run(DiscoverOptions options) {
    Discovery discovery(options);
    for (std::string& path : options.paths) {
      if (Status status = discovery.take(std::move(path)); !status) return status.error();
    }
    discovery.name_binaries();
    return std::move(discovery.binaries_);
  }

 private:
  explicit Discovery(const DiscoverOptions& options) : options_(options) {}

  Status take(std::string path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      return Error{ExitCode::SetupError, "cannot find " + safe_name(path) + ": " + ::strerror(errno),
                   "a word with a '/' in it is the path of a test binary or of a folder of them; any other word "
                   "filters by test name"};
    }
    if (!S_ISDIR(info.st_mode)) return take_file(std::move(path), info, true);

    Result<std::vector<std::string>> names = list_folder(path);
    if (!names) return names.error();
    const std::size_t before = binaries_.size();
    for (const std::string& name : names.value()) {
      std::string file = path + (ends_with(path, "/") ? "" : "/") + name;
      if (::stat(file.c_str(), &info) != 0 || !is_executable(file, info)) continue;
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
    if (!is_executable(path, info)) {
      return Error{ExitCode::SetupError, safe_name(path) + " is not an executable file",
                   "make it one with: chmod +x " + shell_quote(path)};
    }
    // One program under many names (links) is looked into once.
    if (info.st_ino != last_.st_ino || info.st_dev != last_.st_dev) {
      if (Status status = look_into(path); !status) return status;
      last_ = info;
    }
    if (named && last_is_library_) {
      return Error{ExitCode::SetupError, safe_name(path) + " is a shared library, not a program", ""};
    }
    TestBinary binary;
    const std::string absolute = absolute_path(path);
    std::string_view folders = absolute;
    binary.name = take_last_part(folders);
    binary.package = take_last_part(folders);
    binary.path = std::move(path);
    binary.harness = last_harness_;
    if (last_is_library_) {
      binary.skip_reason = "a shared library";
    } else if (!named && options_.harness.empty() && binary.harness == HarnessKind::Plain) {
      binary.skip_reason = "no known harness in it; name the file itself to run it as a plain test";
    }
    binaries_.push_back(std::move(binary));
    return success();
  }

  Status look_into(const std::string& path) {
    BytesOfFile file;
    // A program may be executable without being readable; then its harness has to be given.
    if (const int error = file.open(path); error != 0 && options_.harness.empty()) {
      return Error{ExitCode::SetupError, "cannot read " + safe_name(path) + ": " + ::strerror(error),
                   "to recognise its harness the file is read; give it with --harness NAME"};
    }
    const ElfFile elf(file);
    last_is_library_ = elf.is_shared_library();
    const std::string machine = options_.has_target_runner ? "" : foreign_machine(elf);
    if (!machine.empty()) {
      return Error{ExitCode::SetupError, safe_name(path) + " is a program for another machine (" + machine + ")",
                   "give an emulator that runs it: --target-runner 'qemu-" + machine + "'"};
    }
    last_harness_ = recognise(file, elf, options_.harness).kind;
    return success();
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

  // How many parts two paths share at their ends; `order` tells which comes first when read from there, 0 for one path.
  static std::size_t compare_from_end(std::string_view a, std::string_view b, int& order) {
    for (std::size_t shared = 0;; ++shared) {
      const std::string_view left = take_last_part(a), right = take_last_part(b);
      order = left.compare(right);
      if (order != 0 || left.empty()) return shared;
    }
  }

  // The file's name; where two share it, as many parent folders as make it unique. A path given twice counts once.
  void name_binaries() {
    std::vector<TestBinary*> sorted;
    sorted.reserve(binaries_.size());
    for (TestBinary& binary : binaries_) sorted.push_back(&binary);
    std::sort(sorted.begin(), sorted.end(), [](const TestBinary* a, const TestBinary* b) {
      int order = 0;
      compare_from_end(a->path, b->path, order);
      return order != 0 ? order < 0 : a < b;
    });
    std::size_t shared_before = 0;
    for (std::size_t i = 0; i < sorted.size();) {
      TestBinary& binary = *sorted[i];
      std::size_t shared_after = 0;
      for (++i; i < sorted.size(); ++i) {
        int order = 0;
        shared_after = compare_from_end(binary.path, sorted[i]->path, order);
        if (order != 0) break;
        shared_after = 0;
        if (sorted[i]->skip_reason == nullptr) binary.skip_reason = nullptr;  // swept up, and named as well
        sorted[i]->path.clear();
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
  std::vector<TestBinary> binaries_;
  struct stat last_ {};  // of the file looked into last
  HarnessKind last_harness_ = HarnessKind::Plain;
  bool last_is_library_ = false;
};

}  // namespace nextest

// ---- cli/find_tests.hpp ----

// From the paths of a command line to the tests they hold; run and list begin alike.

namespace nextest {

// The tests that the paths of `line` hold; the paths are used up.
inline Result<TestList> find_tests(Supervisor& supervisor, CommandLine& line) {
  if (line.paths.empty()) {
    for (const NamePattern& name : line.selection.names) {
      if (is_executable_file(name.text)) {
        return Error{ExitCode::SetupError, "no test binaries given",
                     "'" + name.text + "' filters by test name; the file of that name is ./" + name.text};
      }
    }
    return Error{ExitCode::SetupError, "no test binaries given",
                 "name them by path, as in: nextest run ./a.out, or: nextest run build/tests/"};
  }
  const StartOptions& start = line.run.start;
  const std::vector<std::string>& runner = start.target_runner;
  if (!runner.empty() && !is_executable_file(find_program(runner[0]))) {
    return Error{ExitCode::SetupError, "cannot find the target runner " + runner[0],
                 "give its path, or add its folder to PATH"};
  }
  Result<std::vector<TestBinary>> binaries = Discovery::run({std::move(line.paths), line.harness, !runner.empty()});
  if (!binaries) return binaries.error();
  return Lister::run(supervisor, std::move(binaries.value()), start, usable_cpus(), line.list_timeout);
}

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

// ---- core/run/test_environment.hpp ----

// The NEXTEST_* variables of a test (docs/running.md lists them), and the id that its attempt goes by.

namespace nextest {

// What every program of the run gets, when listing and when running.
inline void set_run_environment(Environment& environment, const RunOptions& options) {
  environment.set("NEXTEST", "1");
  environment.set("NEXTEST_RUN_MODE", "test");
  environment.set("NEXTEST_EXECUTION_MODE", "process-per-test");
  environment.set("NEXTEST_PROFILE", options.profile);
  environment.set("NEXTEST_VERSION", version);
  environment.set("NEXTEST_REQUIRED_VERSION", "none");
  environment.set("NEXTEST_RECOMMENDED_VERSION", "none");
  environment.set("NEXTEST_TEST_THREADS", std::to_string(options.test_threads));
  // Those of a test are added to each; a runner inside of a test must not hand its own on.
  for (const char* name : {"NEXTEST_BINARY_ID", "NEXTEST_TEST_NAME", "NEXTEST_ATTEMPT", "NEXTEST_TOTAL_ATTEMPTS",
                           "NEXTEST_ATTEMPT_ID", "NEXTEST_STRESS_CURRENT", "NEXTEST_STRESS_TOTAL", "NEXTEST_TEST_GROUP",
                           "NEXTEST_TEST_GLOBAL_SLOT", "NEXTEST_TEST_GROUP_SLOT"}) {
    environment.unset(name);
  }
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
inline void add_test_environment(std::vector<std::string>& environment, const TestCase& test, Attempt attempt,
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

// ---- cli/list.hpp ----

// nextest list: which tests a run with the same arguments would take.

namespace nextest {

inline std::string list_oneline(const TestList& list, const Style& style) {
  std::string out;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    if (list.tests[i].mismatch != Mismatch::None) continue;
    style.paint(out, Paint::BinaryId, safe_name(list.binary_of(i).id));
    out += ' ';
    style.test_name(out, list.tests[i].name, name_separator(list.binary_of(i).harness));
    out += '\n';
  }
  return out;
}

inline std::string list_human(const TestList& list, bool verbose, const Style& style) {
  std::string out;
  TestIndex next = 0;
  for (std::uint32_t i = 0; i < list.binaries.size(); ++i) {
    const TestBinary& binary = list.binaries[i];
    style.paint(out, Paint::BinaryId, safe_name(binary.id));
    out += ":\n";
    if (verbose) {
      out.append("  harness: ").append(harness_of(binary.harness).name).append("\n  path: ");
      append_safe_name(out, binary.path);
      out += '\n';
    }
    bool any = false;
    for (; next < list.tests.size() && list.tests[next].binary == i; ++next) {
      const bool selected = list.tests[next].mismatch == Mismatch::None;
      if (!selected && !verbose) continue;
      any = true;
      out += "    ";
      style.test_name(out, list.tests[next].name, name_separator(binary.harness));
      out.append(selected ? "\n" : " (skipped)\n");
    }
    if (binary.skip_reason != nullptr) out.append("    (skipped: ").append(binary.skip_reason).append(")\n");
    else if (!any) out += "    (no tests)\n";
  }
  return out;
}

inline Result<ExitCode> list_command(CommandLine line) {
  Supervisor supervisor(line.run.run_id);
  set_run_environment(supervisor.launcher.environment, line.run);
  Result<TestList> list = find_tests(supervisor, line);
  if (!list) return list.error();
  select_tests(line.selection, list.value());
  const Style style = Style::detect(1, line.color);
  return write_stdout(line.list_format == ListFormat::Oneline ? list_oneline(list.value(), style)
                                                              : list_human(list.value(), line.verbose, style));
}

}  // namespace nextest

// ---- cli/parse.hpp ----

// Arguments and environment -> CommandLine. POSIX and GNU spellings: -jN, -j N, --opt=value, --opt value, bundled
// letters.

namespace nextest {

class Parser {
 public:
  // `words` are the arguments after the command's name. A --help among them sets `wants_help`, and nothing else counts.
  static Result<CommandLine> parse(OptionCommands command, const char* command_name,
                                   std::vector<std::string_view> words, bool& wants_help) {
    Parser parser(command, command_name, std::move(words));
    wants_help = parser.asks_for_help();
    if (wants_help) return std::move(parser.line_);
    parser.line_.run.test_threads = usable_cpus();
    if (Status status = parser.read_environment(); !status) return status.error();
    if (Status status = parser.read_words(); !status) return status.error();
    if (!parser.line_.run.capture) parser.line_.run.test_threads = 1;
    return std::move(parser.line_);
  }

 private:
  Parser(OptionCommands command, const char* command_name, std::vector<std::string_view> words)
      : command_(command), command_name_(command_name), words_(std::move(words)) {}

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
        if (word == "0" || word == "false" || word == "no" || word == "off") continue;
      }
      if (Status status = option.apply(line_, value); !status) {
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
      else if (contains(word, "/")) line_.paths.push_back(word);
      else line_.selection.names.push_back({word, false});
      if (!status) return status;
    }
    return success();
  }

  Status read_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
    for (const Option& option : option_table) {
      if (name != option.name || (option.commands & command_) == 0) continue;
      if (option.value == nullptr && equals != std::string::npos) {
        return Error{ExitCode::SetupError, "--" + name + " takes no value", ""};
      }
      return apply(option, "--" + name, equals != std::string::npos, word.substr(equals + 1));
    }
    return unknown_option("--" + name);
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
        return Error{ExitCode::SetupError, spelled + " needs a value: " + spelled + " " + option.value, option.help};
      }
      value = words_[next_++];
    }
    Status status = option.apply(line_, value);
    return status ? success() : Status(in_context(spelled, status.error()));
  }

  // What follows "--" is what a libtest binary would be given.
  Status read_test_binary_words() {
    std::vector<NamePattern> names, skips;
    bool exact = false;
    static constexpr const char* known[] = {"--skip",      "--exact",     "--ignored", "--include-ignored",
                                            "--nocapture", "--no-capture"};
    while (next_ < words_.size()) {
      const std::string word(words_[next_++]);
      if (word == "--exact") exact = true;
      else if (word == "--ignored") line_.selection.run_ignored = RunIgnored::Only;
      else if (word == "--include-ignored") line_.selection.run_ignored = RunIgnored::All;
      else if (word == "--nocapture" || word == "--no-capture") line_.run.capture = false;
      else if (starts_with(word, "--skip=")) skips.push_back({word.substr(7), false});
      else if (word == "--skip" && next_ < words_.size()) skips.push_back({std::string(words_[next_++]), false});
      else if (word == "--skip") return Error{ExitCode::SetupError, "--skip needs a name", ""};
      else if (!starts_with(word, "-") || word == "-") names.push_back({word, false});
      else return unknown(word, " after --", {std::begin(known), std::end(known)});
    }
    for (NamePattern& name : names) line_.selection.names.push_back({std::move(name.text), exact});
    for (NamePattern& skip : skips) line_.selection.skips.push_back({std::move(skip.text), exact});
    return success();
  }

  Error unknown_option(const std::string& spelled) const {
    std::vector<std::string> names = {"--help"};
    for (const Option& option : option_table) {
      if ((option.commands & command_) != 0) names.push_back(std::string("--") + option.name);
    }
    Error error = unknown(spelled, "", {names.begin(), names.end()});
    for (const char* after_dashes : {"--skip", "--exact", "--ignored", "--include-ignored", "--nocapture"}) {
      if (spelled == after_dashes)
        error.hint = spelled + " is given after --, as in: nextest " + command_name_ + " PATH -- " + spelled;
    }
    return error;
  }

  Error unknown(const std::string& spelled, const char* where, const std::vector<std::string_view>& candidates) const {
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
  const std::vector<std::string_view> words_;
  std::size_t next_ = 0;
  CommandLine line_;
};

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

  std::string text;  // what is still to be written

  // Writes what the reader takes now.
  void write_some() {
    std::size_t written = 0;
    while (written < text.size() && !broken_) {
      // Writable means that a pipe takes this much at once; a file always takes all of it.
      std::size_t size = text.size() - written;
      if (!is_file_) {
        pollfd ready{fd_, POLLOUT, 0};
        if (::poll(&ready, 1, 0) <= 0) break;
        size = std::min(size, static_cast<std::size_t>(PIPE_BUF));
      }
      const ssize_t count = ::write(fd_, text.data() + written, size);
      if (count >= 0) written += static_cast<std::size_t>(count);
      else if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      else if (errno != EINTR) broken_ = true;
    }
    if (broken_) text.clear();
    else text.erase(0, written);
  }

  bool pending() const { return !text.empty() && !broken_; }
  bool broken() const { return broken_; }  // nobody reads us any more, or the disk is full
  int fd() const { return fd_; }

 private:
  Fd own_;
  int fd_;
  bool is_file_ = false;
  bool broken_ = false;
};

}  // namespace nextest

// ---- core/report/human_lines.hpp ----

// The lines of the human report and what they are made of, collected and written in large pieces.

namespace nextest {

class HumanLines {
 protected:
  HumanLines(int fd, Style style, bool indent_output) : style_(style), outlet_(fd), indent_output_(indent_output) {}

  void failure_word(const AttemptResult& last) {
    style_.status_word(out_, Paint::Fail,
                       last.attempt.number == 1
                           ? status_word(last.outcome)
                           : "TRY " + std::to_string(last.attempt.number) + " " + short_status_word(last.outcome));
  }

  void rule_line() {
    style_.rule(out_, 12);
    out_ += '\n';
  }

  void bracketed(Duration duration) {
    out_ += '[';
    append_seconds(out_, duration, 8);
    out_ += "s] ";
  }

  void start_line(std::string_view word, Paint paint, StressIndex stress, TestIndex test) {
    style_.status_word(out_, paint, word);
    out_ += "[         ] ";
    test_line(stress, test);
  }

  void command_line(const std::vector<std::string>& words) {
    append_format(out_, "%20s: ", "command");
    append_safe_name(out_, shell_join(words));
    out_ += '\n';
  }

  // The test, and the end of the line.
  void test_line(StressIndex stress, TestIndex test, std::string_view after = "") {
    const TestBinary& binary = list_->binary_of(test);
    style_.paint(out_, Paint::BinaryId, safe_name(binary.id));
    if (stress.active) out_ += "@stress-" + std::to_string(stress.current);
    out_ += ' ';
    style_.test_name(out_, list_->tests[test].name, name_separator(binary.harness));
    out_.append(after);
    out_ += '\n';
  }

  void output_of(const AttemptResult& result, Paint paint) {
    const std::string_view indent = indent_output_ ? "    " : "";
    if (result.output != nullptr) {
      stream("stdout", result.output->out, indent, paint);
      stream("stderr", result.output->err, indent, paint);
    }
    const std::string reason = reason_of(result.outcome);
    if (!reason.empty()) out_.append(indent).append(reason).append("\n");
    out_ += '\n';
  }

  void stream(std::string_view name, const std::string& text, std::string_view indent, Paint paint) {
    if (text.empty()) return;
    std::string heading = indent_output_ ? "  " : "";
    if (!indent_output_) style_.rule(heading, 2);
    if (!indent_output_) heading += ' ';
    heading.append(name).append(" ");
    style_.rule(heading, indent_output_ ? 3 : 2);
    style_.paint(out_, paint, heading);
    out_ += '\n';
    append_safe_output(out_, text, indent, style_.coloured, [this] {
      constexpr std::size_t enough = 65536;  // a large output is written in pieces, not copied first
      if (out_.size() >= enough) outlet_.write_some();
    });
  }

  void count(std::uint32_t number, const char* one, const char* many = "tests") {
    style_.paint(out_, Paint::Bold, std::to_string(number));
    out_.append(" ").append(number == 1 ? one : many);
  }

  void part(std::uint32_t number, std::string_view word, Paint paint, std::string_view before = "") {
    out_.append(before);
    style_.paint(out_, Paint::Bold, std::to_string(number));
    out_ += ' ';
    style_.paint(out_, paint, word);
  }

  // "8/10 tests run: 5 passed (1 slow, 1 flaky), 2 failed, 2 skipped", and the end of the line.
  void run_counts(const RunStats& stats) {
    style_.paint(out_, Paint::Bold, std::to_string(stats.finished_count));
    if (stats.not_run() > 0) {
      out_ += '/';
      style_.paint(out_, Paint::Bold, std::to_string(stats.initial_run_count));
    }
    out_ += stats.initial_run_count == 1 ? " test run: " : " tests run: ";
    part(stats.passed, "passed", Paint::Pass);
    const char* before = " (";
    const auto detail = [&](std::uint32_t number, const char* word) {
      if (number > 0) part(number, word, Paint::Skip, std::exchange(before, ", "));
    };
    detail(stats.passed_slow, "slow");
    detail(stats.flaky, "flaky");
    detail(stats.leaky, "leaky");
    detail(stats.skipped_by_test, "skipped by the test");
    if (*before == ',') out_ += ')';
    if (stats.failed > 0) part(stats.failed, "failed", Paint::Fail, ", ");
    if (stats.leaky_failed > 0) {
      part(stats.leaky_failed, "due to being leaky", Paint::Fail, " (");
      out_ += ')';
    }
    if (stats.exec_failed > 0) part(stats.exec_failed, "exec failed", Paint::Fail, ", ");
    if (stats.timed_out > 0) part(stats.timed_out, "timed out", Paint::Fail, ", ");
    part(stats.skipped, "skipped", Paint::Skip, ", ");
    out_ += '\n';
  }

  void stress_iteration(StressIndex index) {
    out_ += "iteration ";
    style_.paint(out_, Paint::Bold, std::to_string(index.current + 1));
    if (index.total > 0) out_ += "/" + std::to_string(index.total);
  }

  void cancelled(CancelReason reason, std::uint32_t running) {
    out_ += "due to ";
    style_.paint(out_, Paint::Fail, cancel_reason_words(reason));
    if (running > 0) {
      out_ += ": ";
      if (reason == CancelReason::TestFailureImmediate) out_ += "immediately terminating ";
      count(running, "test");
      out_ += " still running";
    }
    out_ += '\n';
  }

  void job_control(const char* word, std::uint32_t running) {
    style_.status_word(out_, Paint::Pass, word);
    out_ += "due to signal: ";
    count(running, "test");
    out_ += " running\n";
  }

  const Style style_;
  const TestList* list_ = nullptr;
  Outlet outlet_;
  std::string& out_ = outlet_.text;

 private:
  const bool indent_output_;
};

}  // namespace nextest

// ---- core/report/human.hpp ----

// The event stream for people: a line a status, the output of what failed, a summary, and what needs attention again.

namespace nextest {

struct HumanOptions {
  Style style;
  StatusLevel status_level = StatusLevel::Pass;
  FinalStatusLevel final_status_level = FinalStatusLevel::Flaky;
  bool indent_output = true;
  bool show_starts = false;  // for no-capture, where a test's own lines need a heading
  bool show_commands = false;
};

class HumanReporter final : public EventSink, private HumanLines {
 public:
  HumanReporter(int fd, const HumanOptions& human)
      : HumanLines(fd, human.style, human.indent_output), options_(human) {}

  void on_event(const Event& event) override {
    std::visit([this](const auto& what) { on(what); }, event.what);
  }

  bool flush() override {
    outlet_.write_some();
    return !outlet_.broken();
  }
  int waits_for() const override { return outlet_.pending() ? outlet_.fd() : -1; }

 private:
  // What the end of the run shows again.
  struct FinalEntry {
    FinalStatusLevel level;
    StressIndex stress;
    TestIndex test;
    bool skipped = true;
    bool passed = false;
    bool flaky = false;
    bool show_output = false;
    AttemptResult last = AttemptResult();
  };

  // Events that this reader has nothing to say about.
  template <class Other>
  void on(const Other&) {}

  void on(const RunStarted& started) {
    list_ = started.list;
    rule_line();
    style_.status_word(out_, Paint::Pass, "Nextest run");
    out_ += "ID ";
    style_.paint(out_, Paint::Bold, started.run_id);
    out_ += " with nextest profile: ";
    style_.paint(out_, Paint::Bold, safe_name(started.profile));
    out_ += '\n';
    style_.status_word(out_, Paint::Pass, "Starting");
    count(started.run_count, "test");
    out_ += " across ";
    count(started.binary_count, "binary", "binaries");
    if (started.skipped_tests > 0 || started.skipped_binaries > 0) {
      out_ += " (";
      if (started.skipped_tests > 0) count(started.skipped_tests, "test");
      if (started.skipped_tests > 0 && started.skipped_binaries > 0) out_ += " and ";
      if (started.skipped_binaries > 0) count(started.skipped_binaries, "binary", "binaries");
      out_ += ' ';
      style_.paint(out_, Paint::Skip, "skipped");
      out_ += ')';
    }
    out_ += '\n';
  }

  void on(const StressSubRunStarted& started) {
    rule_line();
    style_.status_word(out_, Paint::Pass, "Stress test");
    stress_iteration(started.index);
    if (started.condition.kind == StressCondition::Time) {
      out_ += " (for ";
      append_seconds(out_, started.condition.duration);
      out_ += "s in all)";
    }
    out_ += '\n';
  }

  void on(const StressSubRunFinished& finished) {
    style_.status_word(out_, finished.stats.failed_count() > 0 ? Paint::Fail : Paint::Pass, "Stress test");
    bracketed(finished.elapsed);
    stress_iteration(finished.index);
    out_ += ": ";
    run_counts(finished.stats);
  }

  void on(const TestStarted& started) {
    if (options_.show_starts || options_.show_commands) start_line("START", Paint::Pass, started.stress, started.test);
    if (options_.show_commands) command_line(started.command);
  }
  void on(const TestRetryStarted& started) {
    const std::string word = "TRY " + std::to_string(started.attempt.number) + " START";
    if (options_.show_starts || options_.show_commands) start_line(word, Paint::Retry, started.stress, started.test);
    if (options_.show_commands) command_line(started.command);
  }

  void on(const TestSlow& slow) {
    const bool last = slow.attempt.number == slow.attempt.total;
    const StatusLevel needed = !slow.will_terminate ? StatusLevel::Slow : last ? StatusLevel::Fail : StatusLevel::Retry;
    if (options_.status_level < needed) return;
    const std::string attempt = "TRY " + std::to_string(slow.attempt.number) + " ";
    if (slow.will_terminate) {
      const Paint paint = last ? Paint::Fail : Paint::Retry;
      style_.status_word(out_, paint, slow.attempt.total > 1 ? attempt + "TRMNTG" : "TERMINATING");
    } else {
      style_.status_word(out_, Paint::Skip, slow.attempt.number > 1 ? attempt + "SLOW" : "SLOW");
    }
    out_ += "[>";
    append_seconds(out_, slow.elapsed, 7);
    out_ += "s] ";
    test_line(slow.stress, slow.test);
  }

  void on(const TestAttemptFailed& failed) {
    if (options_.status_level < StatusLevel::Retry) return;
    const Attempt& attempt = failed.result.attempt;
    style_.status_word(out_, Paint::Retry,
                       "TRY " + std::to_string(attempt.number) + " " + short_status_word(failed.result.outcome));
    bracketed(failed.result.duration);
    test_line(failed.stress, failed.test);
    if (is_immediate(failed.failure_output)) output_of(failed.result, Paint::Retry);
    if (failed.delay_before_next.ns > 0) {
      style_.status_word(out_, Paint::Retry,
                         "DELAY " + std::to_string(attempt.number + 1) + "/" + std::to_string(attempt.total));
      out_ += "by ";
      append_seconds(out_, failed.delay_before_next, 7);
      out_ += "s ";
      test_line(failed.stress, failed.test);
    }
  }

  void on(const TestFinished& finished) {
    const TestResult& result = finished.result;
    const Outcome& outcome = result.last().outcome;
    const OutputDisplay display = result.passed() ? finished.success_output : finished.failure_output;
    const FinalStatusLevel level = final_status_level_of(result);

    if (options_.status_level >= status_level_of(result)) {
      if (result.passed() || result.flaky()) {
        const std::string word =
            result.flaky() ? "TRY " + std::to_string(result.last().attempt.number) + " PASS" : status_word(outcome);
        style_.status_word(out_,
                           !result.passed() ? Paint::Fail
                           : result.flaky() ? Paint::Skip
                                            : paint_of(outcome),
                           word);
      } else {
        failure_word(result.last());
      }
      bracketed(result.last().duration);
      test_line(finished.stress, finished.test, outcome.skipped_by_test ? " (skipped by the test)" : "");
      if (result.flaky() && !result.passed()) out_ += "           - flaky, and a flaky test counts as failed here\n";
    }

    // Ctrl-C: a person wants the prompt, not the outputs. Another signal: each output once. Tests that we ended because
    // another one failed have nothing to say.
    const bool ended_by_us = cancel_reason_ == CancelReason::TestFailureImmediate &&
                             outcome.kind == OutcomeKind::Abort && outcome.code == SIGTERM;
    const bool interrupted = cancel_reason_ >= CancelReason::Interrupt;
    const bool show_now = is_immediate(display) && !interrupted && !ended_by_us;
    if (show_now) output_of(result.last(), result.passed() ? Paint::Pass : Paint::Fail);
    if (interrupted || ended_by_us || !(is_final(display) || options_.final_status_level >= level)) return;
    const bool show_output = is_final(display) && !(show_now && cancel_reason_ == CancelReason::Signal);
    FinalEntry entry{level,           finished.stress, finished.test, false,
                     result.passed(), result.flaky(),  show_output,   result.last()};
    if (!show_output) entry.last.output = nullptr;
    final_.push_back(std::move(entry));
  }

  void on(const TestSkipped& skipped) {
    if (options_.status_level >= StatusLevel::Skip) start_line("SKIP", Paint::Skip, skipped.stress, skipped.test);
    if (options_.final_status_level >= FinalStatusLevel::Skip) {
      final_.push_back({FinalStatusLevel::Skip, skipped.stress, skipped.test});
    }
  }

  void on(const TestLeakedLate& leaked) {
    if (options_.status_level < (leaked.fails ? StatusLevel::Fail : StatusLevel::Leak)) return;
    const std::string_view word = leaked.fails ? "LEAK-FAIL" : "LEAK";
    const Paint paint = leaked.fails ? Paint::Fail : Paint::Skip;
    if (leaked.test_known) {
      start_line(word, paint, leaked.stress, leaked.test);
    } else {
      style_.status_word(out_, paint, word);
      out_ += "[         ] a test that is not known\n";
    }
    append_format(out_, "    left process %ld behind, which has been ended: ", static_cast<long>(leaked.pid));
    append_safe_name(out_, leaked.command);
    out_ += '\n';
  }

  void on(const RunBeginCancel& cancel) {
    cancel_reason_ = cancel.reason;
    style_.status_word(out_, Paint::Fail, "Cancelling");
    cancelled(cancel.reason, cancel.running);
  }
  void on(const RunBeginKill& kill) {
    cancel_reason_ = kill.reason;
    style_.status_word(out_, Paint::Fail, "Killing");
    cancelled(kill.reason, kill.running);
  }
  void on(const RunPaused& paused) { job_control("Pausing", paused.running); }
  void on(const RunContinued& continued) { job_control("Continuing", continued.running); }

  void on(const RunFinished& finished) {
    const RunStats& stats = finished.stats;
    rule_line();
    if (finished.stressed) {
      const StressStats& stress = finished.stress;
      const bool cancelled = stats.cancel_reason != CancelReason::None;
      style_.status_word(out_, stress.failed > 0 || cancelled ? Paint::Fail : Paint::Pass, "Summary");
      bracketed(finished.elapsed);
      style_.paint(out_, Paint::Bold, std::to_string(stress.completed.current));
      if (stress.completed.total > 0) out_ += "/" + std::to_string(stress.completed.total);
      out_ += stress.completed.current == 1 && stress.completed.total <= 1 ? " stress run iteration: "
                                                                           : " stress run iterations: ";
      part(stress.passed, "passed", Paint::Pass);
      if (stress.failed > 0) part(stress.failed, "failed", Paint::Fail, ", ");
      if (cancelled) out_.append("; cancelled due to ").append(cancel_reason_words(stats.cancel_reason));
      out_ += '\n';
    } else {
      const bool good = stats.failed_count() == 0 && stats.not_run() == 0;
      style_.status_word(out_, !good ? Paint::Fail : stats.finished_count == 0 ? Paint::Skip : Paint::Pass, "Summary");
      bracketed(finished.elapsed);
      run_counts(stats);
    }
    if (cancel_reason_ < CancelReason::Interrupt) final_list();
    if (stats.not_run() > 0) {
      style_.paint(out_, Paint::Skip, "warning");
      append_format(out_, ": %u/%u %s not run", stats.not_run(), stats.initial_run_count,
                    stats.initial_run_count == 1 ? "test was" : "tests were");
      if (stats.cancel_reason != CancelReason::None) {
        out_.append(" due to ").append(cancel_reason_words(stats.cancel_reason));
      }
      const bool failed_fast =
          stats.cancel_reason == CancelReason::TestFailure || stats.cancel_reason == CancelReason::TestFailureImmediate;
      if (failed_fast) out_ += " (run with --no-fail-fast to run all tests, or with --max-fail)";
      out_ += '\n';
    }
  }

  void final_list() {
    std::stable_sort(final_.begin(), final_.end(), [](const FinalEntry& a, const FinalEntry& b) {
      if (a.level != b.level) return a.level > b.level;  // failures last, where they are still on the screen
      if (a.stress.current != b.stress.current) return a.stress.current < b.stress.current;
      return a.test < b.test;
    });
    for (const FinalEntry& entry : final_) {
      if (entry.skipped) {
        start_line("SKIP", Paint::Skip, entry.stress, entry.test);
        continue;
      }
      final_word(entry);
      bracketed(entry.last.duration);
      test_line(entry.stress, entry.test, entry.last.outcome.skipped_by_test ? " (skipped by the test)" : "");
      if (entry.show_output) output_of(entry.last, entry.passed ? Paint::Pass : Paint::Fail);
    }
  }

  void final_word(const FinalEntry& entry) {
    const AttemptResult& last = entry.last;
    if (entry.flaky) {
      const std::string of = std::to_string(last.attempt.number) + "/" + std::to_string(last.attempt.total);
      style_.status_word(out_, entry.passed ? Paint::Skip : Paint::Fail, (entry.passed ? "FLAKY " : "FLKY-FL ") + of);
    } else if (!entry.passed) {
      failure_word(last);
    } else if (last.slow) {
      const OutcomeKind kind = last.outcome.kind;
      style_.status_word(out_, Paint::Skip,
                         kind == OutcomeKind::Pass   ? "SLOW"
                         : kind == OutcomeKind::Leak ? "SLOW + LEAK"
                                                     : "SLOW+TMPASS");
    } else {
      style_.status_word(out_, paint_of(last.outcome), status_word(last.outcome));
    }
  }

  const HumanOptions options_;
  CancelReason cancel_reason_ = CancelReason::None;
  std::vector<FinalEntry> final_;
};

}  // namespace nextest

// ---- core/run/executor.hpp ----

// What starts next: free threads, slots, retries and their delays, and patience when the system refuses a process.

namespace nextest {

// What the executor tells of a test; the dispatcher makes the events of it.
class ExecutorObserver {
 public:
  virtual ~ExecutorObserver() = default;
  virtual void on_started(TestStarted started) = 0;
  virtual void on_slow(TestSlow slow) = 0;
  virtual void on_attempt_failed(TestAttemptFailed failed) = 0;
  virtual void on_finished(TestIndex test, TestResult result) = 0;
};

class Executor final : private UnitObserver {
 public:
  Executor(Supervisor& supervisor, const TestList& list, const RunOptions& options, ExecutorObserver& observer)
      : supervisor_(supervisor), list_(list), options_(options), observer_(observer) {}

  // Takes on the tests of `plan`, in that order.
  void begin(const std::vector<TestIndex>& plan, StressIndex stress) {
    plan_ = &plan;
    next_ = 0;
    stress_ = stress;
  }

  // Starts what can be started now.
  void fill() {
    while (supervisor_.running() < options_.test_threads && !starved_) {
      if (!ready_.empty()) {
        TestRun* const run = ready_.front();
        ready_.pop_front();
        start(*run);
      } else if (!cancelled_ && next_ < plan_->size()) {
        runs_.push_back(std::make_unique<TestRun>(*this, (*plan_)[next_++], take_slot()));
        start(*runs_.back());
      } else {
        return;
      }
    }
  }

  bool idle() const { return runs_.empty() && (cancelled_ || next_ == plan_->size()); }

  // Tests that hold a thread now.
  std::uint32_t running() const { return static_cast<std::uint32_t>(supervisor_.running()); }

  // No test is started any more; one that waits for its next attempt ends with the ones it had.
  void cancel() {
    cancelled_ = true;
    ready_.clear();
    const auto waits = [](const std::unique_ptr<TestRun>& run) { return run->unit == nullptr; };
    for (auto run = runs_.end(); (run = std::find_if(runs_.begin(), runs_.end(), waits)) != runs_.end();) {
      if ((*run)->result.attempts.empty()) forget(**run);
      else finish(**run);
    }
  }

 private:
  // A test from its first attempt to its last. Its deadline is the end of a retry delay.
  struct TestRun final : EventLoop::Client {
    TestRun(Executor& owner, TestIndex index, std::uint32_t number) : executor(owner), test(index), slot(number) {
      executor.supervisor_.loop.add(*this);
    }
    ~TestRun() override { executor.supervisor_.loop.remove(*this); }
    void on_deadline() override {
      deadline = forever;
      executor.ready_.push_back(this);
    }

    Executor& executor;
    const TestIndex test;
    const std::uint32_t slot;
    Unit* unit = nullptr;
    TestResult result;
  };

  void start(TestRun& run) {
    const TestCase& test = list_.tests[run.test];
    const TestBinary& binary = list_.binary_of(run.test);
    const TestSettings& settings = options_.settings_for(run.test);
    const Harness& harness = harness_of(binary.harness);

    TestStarted started;
    started.stress = stress_;
    started.test = run.test;
    started.attempt = next_attempt(run);
    started.slot.global_slot = run.slot;
    std::string id = make_attempt_id(options_.run_id, list_, run.test, stress_, started.attempt.number);
    Command command = make_command(binary, harness.run_arguments(list_, run.test), options_.start);
    add_test_environment(command.environment, test, started.attempt, id, stress_, started.slot);
    if (harness.run_environment != nullptr) {
      for (std::string& variable : harness.run_environment(test)) command.environment.push_back(std::move(variable));
    }
    UnitLimits limits;
    limits.slow_timeout = settings.slow_timeout;
    limits.leak_timeout = settings.leak_timeout;

    Launched failure;
    run.unit = supervisor_.start(command, options_.capture, limits, std::move(id), *this, failure);
    if (run.unit == nullptr && failure.out_of_resources() && supervisor_.running() > 0) {
      starved_ = true;  // until a unit ends and gives back what it had
      ready_.push_front(&run);
      return;
    }
    started.pid = run.unit != nullptr ? run.unit->pid() : 0;
    started.running = running();
    started.command = std::move(command.argv);
    observer_.on_started(std::move(started));
    if (run.unit == nullptr) {
      AttemptResult result;
      result.started = supervisor_.loop.clock.now() - run_started_;
      result.outcome.kind = OutcomeKind::ExecFail;
      result.outcome.code = failure.error;
      end_attempt(run, std::move(result));
    }
  }

  void on_slow(Unit& unit, Duration elapsed, bool will_terminate) override {
    const TestRun& run = run_of(unit);
    observer_.on_slow({stress_, run.test, next_attempt(run), elapsed, will_terminate});
  }

  void on_done(Unit& unit) override {
    starved_ = false;
    TestRun& run = run_of(unit);
    run.unit = nullptr;
    AttemptResult result;
    result.outcome = unit.outcome();
    result.started = unit.started() - run_started_;
    result.duration = unit.duration();
    result.slow = unit.slow();
    if (unit.captured()) {
      auto output = std::make_shared<CapturedOutput>(unit.take_output());
      harness_of(list_.binary_of(run.test).harness).judge(list_.tests[run.test], *output, result.outcome);
      result.output = std::move(output);
    } else {
      harness_of(list_.binary_of(run.test).harness).judge(list_.tests[run.test], CapturedOutput(), result.outcome);
    }
    end_attempt(run, std::move(result));
  }

  void end_attempt(TestRun& run, AttemptResult result) {
    const TestSettings& settings = options_.settings_for(run.test);
    result.attempt = next_attempt(run);
    const bool again = !result.outcome.passed() && result.attempt.number < result.attempt.total && !cancelled_;
    if (again) {
      const Duration delay = settings.retries.delay;
      observer_.on_attempt_failed({stress_, run.test, result, delay, settings.failure_output});
      result.output = nullptr;
      run.result.attempts.push_back(std::move(result));
      if (delay.ns > 0) run.deadline = supervisor_.loop.clock.now() + delay;
      else ready_.push_front(&run);
    } else {
      run.result.attempts.push_back(std::move(result));
      finish(run);
    }
  }

  void finish(TestRun& run) {
    const TestIndex test = run.test;
    TestResult result = std::move(run.result);
    result.flaky_fails = options_.settings_for(test).flaky_fails;
    forget(run);
    observer_.on_finished(test, std::move(result));
  }

  void forget(TestRun& run) {
    slots_[run.slot] = false;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].get() != &run) continue;
      runs_[i] = std::move(runs_.back());
      runs_.pop_back();
      return;
    }
  }

  // The attempt that is under way, or comes next.
  Attempt next_attempt(const TestRun& run) const {
    return {static_cast<std::uint32_t>(run.result.attempts.size()) + 1,
            options_.settings_for(run.test).retries.count + 1};
  }

  TestRun& run_of(const Unit& unit) {
    std::size_t i = 0;
    while (runs_[i]->unit != &unit) ++i;
    return *runs_[i];
  }

  std::uint32_t take_slot() {
    std::size_t slot = 0;
    while (slot < slots_.size() && slots_[slot]) ++slot;
    if (slot == slots_.size()) slots_.push_back(true);
    slots_[slot] = true;
    return static_cast<std::uint32_t>(slot);
  }

  Supervisor& supervisor_;
  const TestList& list_;
  const RunOptions& options_;
  ExecutorObserver& observer_;
  const std::vector<TestIndex>* plan_ = nullptr;
  std::size_t next_ = 0;
  StressIndex stress_;
  const Duration run_started_ = supervisor_.loop.clock.now();
  std::vector<std::unique_ptr<TestRun>> runs_;
  std::deque<TestRun*> ready_;  // may be started at once: retries, and what the system refused
  std::vector<bool> slots_;
  bool starved_ = false;
  bool cancelled_ = false;
};

}  // namespace nextest

// ---- core/run/dispatcher.hpp ----

// A run from its first event to its last: the outside world (signals, global timeout, failing fast) meets the executor
// here. The dispatcher is the only writer of the event stream, so every reader sees one order of things.

namespace nextest {

class Dispatcher final : private ExecutorObserver {
 public:
  Dispatcher(Supervisor& supervisor, const TestList& list, const RunOptions& options, std::vector<EventSink*> sinks)
      : supervisor_(supervisor),
        list_(list),
        options_(options),
        sinks_(std::move(sinks)),
        executor_(supervisor, list, options, *this),
        global_timeout_(*this),
        flush_alarm_(supervisor.loop) {}

  // Runs the tests of `plan` in that order, and says how the program should exit.
  ExitCode run(const std::vector<TestIndex>& plan) {
    started_ = supervisor_.loop.clock.now();
    global_timeout_.arm(options_.global_timeout);
    announce(plan);
    const bool stressed = options_.stress.kind != StressCondition::Off && !plan.empty();
    if (stressed) run_stressed(plan);
    else run_once(plan, StressIndex());
    RunFinished finished;
    finished.elapsed = elapsed();
    finished.stats = stats_;
    finished.stressed = stressed;
    finished.stress = stress_;
    emit(std::move(finished));
    if (!wait_for_readers()) return ExitCode::WriteOutputFailed;
    const bool failed = stats_.failed_count() > 0 || stress_.failed > 0 || stats_.not_run() > 0 ||
                        stats_.cancel_reason != CancelReason::None;
    return failed ? ExitCode::TestRunFailed : ExitCode::Success;
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
    void on_deadline() override {
      deadline = forever;
      dispatcher_.cancel(CancelReason::GlobalTimeout, SIGTERM);
    }

   private:
    Dispatcher& dispatcher_;
  };

  // Wakes the loop, which then flushes.
  class FlushAlarm final : public EventLoop::Client {
   public:
    explicit FlushAlarm(EventLoop& loop) : loop_(loop) { loop_.add(*this); }
    ~FlushAlarm() override { loop_.remove(*this); }
    void on_deadline() override { deadline = forever; }

   private:
    EventLoop& loop_;
  };

  void announce(const std::vector<TestIndex>& plan) {
    RunStarted started;
    started.run_id = options_.run_id;
    started.profile = options_.profile;
    started.command_line = options_.command_line;
    started.started_at = wall_time();
    started.list = &list_;
    started.run_count = static_cast<std::uint32_t>(plan.size());
    started.skipped_tests = static_cast<std::uint32_t>(list_.tests.size() - plan.size());
    for (const TestBinary& binary : list_.binaries)
      ++(binary.skip_reason == nullptr ? started.binary_count : started.skipped_binaries);
    started.stress = options_.stress;
    emit(std::move(started));
  }

  void run_once(const std::vector<TestIndex>& plan, StressIndex stress) {
    stats_ = RunStats();
    stats_.initial_run_count = static_cast<std::uint32_t>(plan.size());
    current_ = stress;
    unclean_.clear();
    for (TestIndex test = 0; test < list_.tests.size(); ++test) {
      const Mismatch reason = list_.tests[test].mismatch;
      if (reason == Mismatch::None) continue;
      ++stats_.skipped;
      emit(TestSkipped{stress, test, reason});
    }
    executor_.begin(plan, stress);
    while (true) {
      // Without capture a test's own lines come between ours.
      if (!flush(!options_.capture)) {  // no reader is behind
        executor_.fill();
        flush(!options_.capture);
      }
      if (executor_.idle()) break;
      supervisor_.wait([&](int signal) { on_signal(signal); });
    }
    // Tests that cannot start never made us wait.
    supervisor_.hear([&](int signal) { on_signal(signal); });
    supervisor_.loop.expire();
    supervisor_.end_strays([&](const Orphan& orphan) { on_late_leak(orphan); });
  }

  void run_stressed(const std::vector<TestIndex>& plan) {
    const StressCondition& condition = options_.stress;
    StressIndex index;
    index.active = true;
    index.total = condition.kind == StressCondition::Count ? condition.count : 0;
    while (stats_.cancel_reason == CancelReason::None) {
      const bool enough = condition.kind == StressCondition::Count  ? index.current >= condition.count
                          : condition.kind == StressCondition::Time ? condition.duration <= elapsed()
                                                                    : false;
      if (enough) break;
      const Duration before = elapsed();
      emit(StressSubRunStarted{index, condition});
      run_once(plan, index);
      const bool whole = stats_.not_run() == 0;
      if (stats_.failed_count() > 0) ++stress_.failed;
      else if (whole) ++stress_.passed;
      emit(StressSubRunFinished{index, elapsed() - before, stats_});
      if (whole || stats_.failed_count() > 0) ++index.current;
    }
    stress_.completed = index;
  }

  // --- from the executor ---

  void on_started(TestStarted started) override {
    if (started.attempt.number == 1) return emit(std::move(started));
    emit(TestRetryStarted{started.stress, started.test, started.attempt, std::move(started.slot), started.pid,
                          started.running, std::move(started.command)});
  }
  void on_slow(TestSlow slow) override { emit(std::move(slow)); }
  void on_attempt_failed(TestAttemptFailed failed) override { emit(std::move(failed)); }

  void on_finished(TestIndex test, TestResult result) override {
    stats_.on_finished(result);
    const TestSettings& settings = options_.settings_for(test);
    const bool clean = result.passed() && result.last().outcome.kind != OutcomeKind::Leak;
    if (!clean) unclean_.insert(test);
    TestFinished finished;
    finished.stress = current_;
    finished.test = test;
    finished.result = std::move(result);
    finished.success_output = settings.success_output;
    finished.failure_output = settings.failure_output;
    finished.stats = stats_;
    finished.running = executor_.running();
    emit(std::move(finished));
    const MaxFail& limit = options_.max_fail;
    if (limit.count > 0 && stats_.failed_count() >= limit.count) {
      cancel(limit.immediate ? CancelReason::TestFailureImmediate : CancelReason::TestFailure, SIGTERM);
    }
  }

  // --- from the outside ---

  void on_signal(int signal) {
    if (signal == SIGTSTP) {
      emit(RunPaused{executor_.running()});
      flush(true);
      return supervisor_.stop();
    }
    if (signal == SIGCONT) {
      if (supervisor_.go_on()) emit(RunContinued{executor_.running()});
      return;
    }
    if (stats_.cancel_reason < CancelReason::Signal) {
      return cancel(signal == SIGINT ? CancelReason::Interrupt : CancelReason::Signal, signal);
    }
    if (stats_.cancel_reason != CancelReason::SecondSignal) {
      stats_.cancel_reason = CancelReason::SecondSignal;
      emit(RunBeginKill{CancelReason::SecondSignal, executor_.running()});
    }
    supervisor_.kill_all();
  }

  // A reason that outranks the one before takes over; a lesser one changes nothing.
  void cancel(CancelReason reason, int signal) {
    if (reason <= stats_.cancel_reason) return;
    stats_.cancel_reason = reason;
    if (!executor_.idle()) emit(RunBeginCancel{reason, executor_.running()});
    executor_.cancel();
    if (reason == CancelReason::TestFailure) return;  // what runs may end
    supervisor_.terminate_all(
        reason == CancelReason::GlobalTimeout ? Unit::Ending::GlobalTimeout : Unit::Ending::Cancelled, signal);
  }

  void on_late_leak(const Orphan& orphan) {
    TestLeakedLate leaked;
    leaked.stress = current_;
    leaked.pid = orphan.pid;
    leaked.command = Strays::command_of(orphan.pid);
    for (TestIndex test = 0; test < list_.tests.size(); ++test) {
      const std::string id = make_attempt_id(options_.run_id, list_, test, current_, 1);
      const std::string_view found = orphan.attempt_id;
      if (!starts_with(found, id) || (found.size() > id.size() && found[id.size()] != '#')) continue;
      leaked.test_known = true;
      leaked.test = test;
      leaked.fails = options_.settings_for(test).leak_timeout.fails;
      if (unclean_.insert(test).second) stats_.on_late_leak(leaked.fails);
    }
    emit(std::move(leaked));
  }

  // --- to the readers ---

  template <class What>
  void emit(What&& what) {
    const Event event{elapsed(), std::forward<What>(what)};
    for (EventSink* sink : sinks_) sink->on_event(event);
  }

  // True when a reader is behind. Passes on at most fifty times a second, unless `at_once`: a reader that is woken for
  // every line takes the processor from the tests. Whatever cannot be shown at all any more need not be run.
  bool flush(bool at_once = false) {
    const Duration now = supervisor_.loop.clock.now();
    const auto has_text = [](const EventSink* sink) { return sink->waits_for() >= 0; };
    if (!at_once && !reader_is_behind_ && now < next_flush_) {
      if (std::any_of(sinks_.begin(), sinks_.end(), has_text)) flush_alarm_.deadline = next_flush_;
      return false;
    }
    next_flush_ = now + Duration::milliseconds(20);
    int behind = -1;
    for (EventSink* sink : sinks_) {
      if (!sink->flush() && readable_) {
        readable_ = false;
        cancel(CancelReason::ReportError, SIGTERM);
      }
      if (has_text(sink)) behind = sink->waits_for();
    }
    supervisor_.loop.want_writable(behind);
    reader_is_behind_ = behind >= 0;
    return reader_is_behind_;
  }

  // At the end, until all is read. False when it could not be, or a signal said not to wait for that.
  bool wait_for_readers() {
    global_timeout_.deadline = forever;
    bool given_up = false;
    while (flush(true) && !given_up) {
      supervisor_.wait([&](int signal) {
        if (signal == SIGTSTP) supervisor_.stop();
        else if (signal == SIGCONT) supervisor_.go_on();
        else given_up = true;
      });
    }
    return readable_ && !given_up;
  }

  Duration elapsed() const { return supervisor_.loop.clock.now() - started_; }

  Supervisor& supervisor_;
  const TestList& list_;
  const RunOptions& options_;
  const std::vector<EventSink*> sinks_;
  Executor executor_;
  GlobalTimeout global_timeout_;
  FlushAlarm flush_alarm_;
  Duration next_flush_{};
  bool reader_is_behind_ = false;
  Duration started_{};
  StressIndex current_;
  RunStats stats_;
  StressStats stress_;
  std::set<TestIndex> unclean_;  // finished, and failed or known to have leaked
  bool readable_ = true;
};

}  // namespace nextest

// ---- cli/run.hpp ----

// nextest run: the flow of a run, a call a step.

namespace nextest {

inline Result<ExitCode> run_command(CommandLine line) {
  const RunOptions& run = line.run;
  Supervisor supervisor(run.run_id);
  set_run_environment(supervisor.launcher.environment, run);

  Result<TestList> list = find_tests(supervisor, line);
  if (!list) return list.error();
  const std::vector<TestIndex> plan = select_tests(line.selection, list.value());

  HumanOptions human;
  human.style = Style::detect(2, line.color);
  human.status_level = line.status_level;
  human.final_status_level = line.final_status_level;
  human.indent_output = line.indent_output;
  human.show_starts = !run.capture;
  human.show_commands = line.verbose;
  HumanReporter reporter(2, human);

  Dispatcher dispatcher(supervisor, list.value(), run, {&reporter});
  const ExitCode code = dispatcher.run(plan);
  if (!plan.empty() || code != ExitCode::Success || line.no_tests == NoTests::Pass) return code;
  if (line.no_tests == NoTests::Fail) {
    std::string hint = "--no-tests=warn or --no-tests=pass makes this a success";
    for (const TestBinary& binary : list.value().binaries) {
      if (binary.skip_reason != nullptr) hint += "\n  skipped: " + binary.path + ": " + binary.skip_reason;
    }
    return Error{ExitCode::NoTestsRun, "no tests to run", hint};
  }
  write_message(human.style, Paint::Skip, "warning", "no tests to run");
  return code;
}

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

// ---- cli/main.hpp ----

// nextest::main: which command, and how the program ends.

namespace nextest {

struct CliCommand {
  const char* name;
  OptionCommands options;
  const char* help;
  Result<ExitCode> (*run)(CommandLine line);
};

inline constexpr CliCommand cli_commands[] = {
    {"run", ForRun, "Run the tests of test binaries, each test in a process of its own.", run_command},
    {"list", ForList, "Show which tests 'nextest run' with the same arguments would run.", list_command},
};

inline Result<ExitCode> help_command(const std::vector<std::string_view>& words) {
  if (words.empty()) return write_stdout(short_help());
  for (const CliCommand& command : cli_commands) {
    if (words[0] == command.name) return write_stdout(command_help(command.options, command.name, command.help));
  }
  if (words[0] == "exit-codes") return write_stdout(exit_codes_help());
  return Error{ExitCode::SetupError, "there is no help on '" + std::string(words[0]) + "'",
               "topics: run, list, exit-codes"};
}

inline Result<ExitCode> dispatch_command(std::vector<std::string_view> words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h") return write_stdout(short_help());
  if (words[0] == "--version" || words[0] == "-V") return write_stdout(std::string("nextest ") + version + "\n");
  const std::string name(words[0]);
  words.erase(words.begin());
  if (name == "help") return help_command(words);
  for (const CliCommand& command : cli_commands) {
    if (name != command.name) continue;
    bool wants_help = false;
    Result<CommandLine> line = Parser::parse(command.options, command.name, words, wants_help);
    if (wants_help) return help_command({name});
    if (!line) return line.error();
    line.value().run.command_line = words;
    line.value().run.run_id = make_uuid();
    if (Status status = Signals::install(); !status) return status.error();
    return command.run(std::move(line.value()));
  }
  const std::string_view near = nearest(name, {"run", "list", "help"});
  return Error{ExitCode::SetupError, "there is no command '" + name + "'",
               near.empty() ? "'nextest' alone lists them" : "did you mean 'nextest " + std::string(near) + "'?"};
}

// The whole program. main.cpp calls this, and a test program of your own may (docs/embedding.md).
inline int main(int argc, char** argv) {
  // With 0, 1 or 2 closed, a pipe of ours would become a test's standard stream. open takes the lowest number.
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd) return static_cast<int>(ExitCode::SetupError);
  }
  Result<ExitCode> code = dispatch_command({argv + (argc > 0 ? 1 : 0), argv + argc});
  if (code) return static_cast<int>(code.value());
  write_error(code.error());
  return static_cast<int>(code.error().code);
}

}  // namespace nextest
