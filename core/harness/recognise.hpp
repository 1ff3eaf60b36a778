// Which frameworks a file shows, by what they leave in it; nothing is run.
#pragma once

#include <cstring>

#include "core/base/bytes.hpp"
#include "core/format/elf.hpp"
#include "core/harness/table.hpp"

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

  // What it shows, or what `elsewhere` has, in the order in which they are asked for tests. Both versions of Catch2
  // have one name, and one of them is enough.
  Vector<const Harness*> shown(const Vector<const Harness*>& elsewhere = {}) const {
    Vector<const Harness*> rows;
    for (const Harness* const row : harnesses) {
      if (!rows.empty() && std::string_view(row->name) == rows.back()->name) continue;
      if (elsewhere.has(row) || shows_text(*row) || shows_library(*row)) rows.push_back(row);
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
