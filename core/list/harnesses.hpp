// The table of harnesses, and which of them a file holds.
#pragma once

#include <cstring>

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

// In the order of recognition: version 2 of Catch2 holds the text of version 3 too, and libtest's is the one that another
// framework's tests may well mention.
inline const Harness* const harnesses[] = {&googletest_harness, &doctest_harness, &catch2_v2_harness,
                                           &catch2_harness,     &libtest_harness, &plain_harness};

inline const Harness& harness_of(HarnessKind kind) {
  for (const Harness* harness : harnesses) {
    if (harness->kind == kind) return *harness;
  }
  return plain_harness;
}

// Horspool's search: skips most of what it looks through.
inline bool holds_text(std::string_view bytes, const char* const (&halves)[2]) {
  const std::string text = std::string(halves[0]) + halves[1];
  const std::size_t size = text.size();
  std::size_t skip[256];
  for (std::size_t& distance : skip) distance = size;
  for (std::size_t i = 0; i + 1 < size; ++i) skip[static_cast<unsigned char>(text[i])] = size - 1 - i;
  for (std::size_t at = 0; at + size <= bytes.size();) {
    const unsigned char last = static_cast<unsigned char>(bytes[at + size - 1]);
    if (last == static_cast<unsigned char>(text.back()) && std::memcmp(&bytes[at], text.data(), size) == 0) return true;
    at += skip[last];
  }
  return false;
}

// The harness in the file, by the texts it leaves there; nothing is run. Plain when there is none. With a name, only
// rows of that name count, and the last of them is taken where no marker decides (a script has none).
inline const Harness& recognise(std::string_view bytes, std::string_view name = "") {
  const Harness* fallback = &plain_harness;
  const ElfFile elf(bytes);
  const bool is_elf = elf.machine() != 0;
  const std::string_view read_only = elf.section(".rodata");
  const std::string_view constants = read_only.empty() ? bytes : read_only;
  const std::string_view libraries = is_elf ? elf.section(".dynstr") : bytes;
  for (const Harness* harness : harnesses) {
    if (!name.empty() && name != harness->name) continue;
    if (!name.empty()) fallback = harness;
    if (harness->text[0] != nullptr && holds_text(constants, harness->text)) return *harness;
    if (harness->library[0] != nullptr && holds_text(libraries, harness->library)) return *harness;
  }
  return *fallback;
}

}  // namespace nextest
