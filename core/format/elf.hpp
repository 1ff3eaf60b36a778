// The headers of an ELF file (System V ABI, chapters 4 and 5), as far as recognition needs it.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/vector.hpp"

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
