// The table of harnesses, and which of them a file holds.
#pragma once

#include <cstring>

#include "core/base/bytes.hpp"
#include "core/base/switches.hpp"
#include "core/base/vector.hpp"
#include "core/list/elf.hpp"
#include "core/list/harness_boost_test.hpp"
#include "core/list/harness_catch2.hpp"
#include "core/list/harness_cpputest.hpp"
#include "core/list/harness_criterion.hpp"
#include "core/list/harness_custom.hpp"
#include "core/list/harness_doctest.hpp"
#include "core/list/harness_googletest.hpp"
#include "core/list/harness_libtest.hpp"

namespace nextest {

// A program without tests inside: it is the test.
inline constexpr Harness plain_harness = {
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

// In a build without the harness: enough of the row to say what a program holds.
constexpr Harness kept(const Harness& row) {
  if (is_harness_kept(row.name)) return row;
  Harness rest{};
  rest.kind = row.kind;
  rest.name = row.name;
  for (int half = 0; half < 2; ++half) {
    rest.text[half] = row.text[half];
    rest.library[half] = row.library[half];
  }
  return rest;
}

// In the order of recognition: version 2 of Catch2 holds the text of version 3 too, and libtest's is the one that
// another framework's tests may well mention.
inline constexpr Harness harnesses[] = {kept(googletest_harness), kept(doctest_harness),    kept(catch2_v2_harness),
                                        kept(catch2_harness),     kept(boost_test_harness), kept(cpputest_harness),
                                        kept(criterion_harness),  kept(libtest_harness),    kept(plain_harness)};

constexpr bool are_harnesses(std::string_view names) {
  if (names.empty() || names.back() == ',') return false;
  while (!names.empty()) {
    const std::string_view name = take_harness_name(names);
    bool is_one = false;
    for (const Harness& harness : harnesses) is_one = is_one || name == harness.name;
    if (!is_one) return false;
  }
  return true;
}
static_assert(keeps_all_harnesses || are_harnesses(kept_harnesses),
              "NEXTEST_HARNESSES: names as --harness takes them, between commas");

inline const Harness& harness_of(HarnessKind kind) {
  for (const Harness& harness : harnesses) {
    if (harness.kind == kind) return harness;
  }
  return built_in(Feature::Config) && kind == HarnessKind::Custom ? custom_harness : plain_harness;
}

inline const char* harness_name(const TestBinary& binary) {
  return binary.custom != nullptr ? binary.custom->name.c_str() : harness_of(binary.harness).name;
}

using CustomHarnesses = Vector<CustomHarness>;

// The one of that name; nullptr when there is none.
inline const CustomHarness* find_custom(const CustomHarnesses* custom, std::string_view name) {
  for (std::size_t i = 0; custom != nullptr && i < custom->size(); ++i) {
    if ((*custom)[i].name == name) return &(*custom)[i];
  }
  return nullptr;
}

// Whether --harness may say so.
inline Status check_harness_name(std::string_view name, const CustomHarnesses* custom) {
  std::string allowed;
  bool found = false;
  const auto look_at = [&](std::string_view one) {
    found |= name == one;
    if (ends_with(allowed, " " + std::string(one))) return;  // catch2 is there twice
    allowed.append(allowed.empty() ? "allowed: " : ", ").append(one);
  };
  for (const Harness& harness : harnesses) {
    if (is_harness_kept(harness.name)) look_at(harness.name);
    else if (name == harness.name) return harness_left_out(harness.name);
  }
  for (std::size_t i = 0; custom != nullptr && i < custom->size(); ++i) look_at((*custom)[i].name);
  if (found) return success();
  return Error{ExitCode::SetupError, "'" + std::string(name) + "' is not allowed", std::move(allowed)};
}

// The command lines that list; of a custom harness, they are whole and may hold {binary}.
inline Vector<Arguments> list_commands_of(const TestBinary& binary) {
  if (built_in(Feature::Config) && binary.custom != nullptr) return custom_list_commands(*binary.custom);
  const Harness& harness = harness_of(binary.harness);
  return harness.list_commands != nullptr ? harness.list_commands() : Vector<Arguments>();
}

// The tests in a binary, from what its list commands printed.
inline Result<Vector<ListedTest>> read_list_of(const TestBinary& binary, const Vector<std::string>& outputs) {
  const Harness& harness = harness_of(binary.harness);
  if (outputs.empty()) {
    ListedTest test;
    test.name = file_name(binary.path);
    return Vector<ListedTest>{std::move(test)};
  }
  if (built_in(Feature::Config) && binary.custom != nullptr) return read_custom_list(*binary.custom, outputs);
  Result<Vector<ListedTest>> tests = harness.read_list(outputs);
  if (tests && harness.mark_ignored_in != nullptr) {
    BytesOfFile file;
    if (file.open(binary.path) == 0) harness.mark_ignored_in(file, tests.value());
  }
  return tests;
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
  for (const Harness& harness : harnesses) {
    if (!name.empty() && name != harness.name) continue;
    if (!name.empty()) fallback = &harness;
    if (harness.text[0] != nullptr && holds_text(bytes, constants, harness.text)) return harness;
    if (harness.library[0] != nullptr && holds_text(bytes, libraries, harness.library)) return harness;
  }
  return *fallback;
}

}  // namespace nextest
