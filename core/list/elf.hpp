// What an ELF file says of itself (System V ABI, chapter 4), as far as recognition needs it.
#pragma once

#include <cstdint>
#include <string_view>

namespace nextest {

class ElfFile {
 public:
  explicit ElfFile(std::string_view bytes) : bytes_(bytes) {
    if (bytes.size() < 52 || bytes.substr(0, 4) != "\x7F" "ELF") return;
    is_64_ = bytes[4] == 2;
    little_endian_ = bytes[5] == 1;
    machine_ = static_cast<unsigned>(read(18, 2));
  }

  // e_machine; 0 when it is no ELF file.
  unsigned machine() const { return machine_; }

  // The bytes of the section of that name; none when there is no such section.
  std::string_view section(std::string_view name) const {
    if (machine_ == 0) return {};
    const std::uint64_t table = is_64_ ? read(40, 8) : read(32, 4);
    const std::uint64_t entry_size = read(is_64_ ? 58 : 46, 2);
    const std::uint64_t count = read(is_64_ ? 60 : 48, 2);
    const std::string_view names = section_bytes(table + read(is_64_ ? 62 : 50, 2) * entry_size);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t header = table + i * entry_size;
      const std::uint64_t name_at = read(header, 4);
      if (name_at >= names.size()) continue;
      const std::string_view found = names.substr(name_at, name.size() + 1);
      if (found.substr(0, name.size()) == name && (found.size() == name.size() || found.back() == '\0')) {
        return section_bytes(header);
      }
    }
    return {};
  }

 private:
  std::string_view section_bytes(std::uint64_t header) const {
    const std::uint64_t offset = is_64_ ? read(header + 24, 8) : read(header + 16, 4);
    const std::uint64_t size = is_64_ ? read(header + 32, 8) : read(header + 20, 4);
    if (offset > bytes_.size() || size > bytes_.size() - offset) return {};
    return bytes_.substr(offset, size);
  }

  // A number of that many bytes; 0 past the end of the file.
  std::uint64_t read(std::uint64_t at, unsigned size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      const unsigned char byte = static_cast<unsigned char>(bytes_[at + (little_endian_ ? size - 1 - i : i)]);
      value = value << 8 | byte;
    }
    return value;
  }

  std::string_view bytes_;
  unsigned machine_ = 0;
  bool is_64_ = false;
  bool little_endian_ = false;
};

}  // namespace nextest
