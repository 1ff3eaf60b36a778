// Bytes that are read piece by piece: of a file, which may be large and may shrink meanwhile, or in memory.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/fd.hpp"
#include "core/base/number.hpp"

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
