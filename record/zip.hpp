// ZIP files (PKWARE APPNOTE.TXT 6.3.10, whose sections the numbers below are). What we write is stored as it is, being
// compressed already; what we read may be compressed or encrypted (Entry::stored).
#pragma once

#include <errno.h>

#include "core/base/bytes.hpp"
#include "core/base/fd.hpp"
#include "core/base/number.hpp"
#include "core/base/result.hpp"
#include "core/base/vector.hpp"
#include "record/crc32.hpp"

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
