// The table of harnesses, and which of them a file holds.
#pragma once

#include <cstring>

#include "core/base/bytes.hpp"
#include "core/list/elf.hpp"
#include "core/list/harness_catch2.hpp"
#include "core/list/harness_doctest.hpp"
#include "core/list/harness_googletest.hpp"
#include "core/list/harness_libtest.hpp"

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
