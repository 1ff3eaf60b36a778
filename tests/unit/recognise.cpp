#include "core/harness/recognise.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "core/list/architecture.hpp"
#include "core/list/libraries.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::boost_test_harness;
using nextest::BytesInMemory;
using nextest::catch2_harness;
using nextest::catch2_v2_harness;
using nextest::cpputest_harness;
using nextest::criterion_harness;
using nextest::doctest_harness;
using nextest::ElfFile;
using nextest::googletest_harness;
using nextest::Harness;
using nextest::libtest_harness;
using nextest::plain_harness;
using nextest::Recognition;

// The texts that the frameworks leave in a program, each in two halves as in the headers, so that this program is not
// taken for one of them. Written down from `strings` of real programs, not from the table.
const std::string libtest_text = std::string("RUST_TEST_") + "THREADS";
const std::string googletest_text = std::string("This program contains tests wri") + "tten using Google Test. You can";
const std::string doctest_text = std::string("filters OUT tests b") + "y their name";
const std::string catch2_text = std::string("list all/matching te") + "st cases";
const std::string catch2_v2_text = std::string("list all/matching test cases na") + "mes only";
const std::string boost_text = std::string("no test cases matching fil") + "ter or all test cases were disabled";
const std::string cpputest_text = std::string("test run failed because no te") + "sts were run or ignored. Assuming";
const std::string criterion_text = std::string("Tests compiled with Cr") + "iterion v2.4.1";
const std::string boost_library = std::string("libboost_unit_test_f") + "ramework.so.1.74.0";
const std::string criterion_library = std::string("libcriteri") + "on.so.3";
const std::string googletest_library = std::string("libgte") + "st.so.1.12.1";
const std::string catch2_library = std::string("libCatc") + "h2.so.3.4.0";

struct Section {
  std::string name, bytes;
  std::size_t claimed_more = 0;  // than there are bytes
};

// A program of nothing but sections, put down as the System V ABI says.
struct Elf {
  bool is_64 = true;
  bool little_endian = true;
  unsigned machine = 62;
  nextest::Vector<Section> sections;

  std::string file() const {
    std::string names("\0", 1);
    nextest::Vector<std::size_t> name_at, offset;
    const std::size_t header_size = is_64 ? 64 : 52, entry_size = is_64 ? 64 : 40;
    std::string body;
    nextest::Vector<Section> all = sections;
    all.push_back({".shstrtab", "", 0});
    for (const Section& section : all) {
      name_at.push_back(names.size());
      names += section.name + '\0';
    }
    all.back().bytes = names;
    for (const Section& section : all) {
      offset.push_back(header_size + body.size());
      body += section.bytes;
    }
    std::string table(entry_size, '\0');  // section 0 is none
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::string entry(entry_size, '\0');
      put(entry, 0, name_at[i], 4);
      put(entry, 4, 1, 4);
      put(entry, is_64 ? 24 : 16, offset[i], is_64 ? 8 : 4);
      put(entry, is_64 ? 32 : 20, all[i].bytes.size() + all[i].claimed_more, is_64 ? 8 : 4);
      table += entry;
    }
    std::string header(header_size, '\0');
    header.replace(0, 4,
                   "\x7F"
                   "ELF");
    header[4] = is_64 ? 2 : 1;
    header[5] = little_endian ? 1 : 2;
    header[6] = 1;
    put(header, 16, 2, 2);
    put(header, 18, machine, 2);
    put(header, is_64 ? 40 : 32, header_size + body.size(), is_64 ? 8 : 4);
    put(header, is_64 ? 58 : 46, entry_size, 2);
    put(header, is_64 ? 60 : 48, all.size() + 1, 2);
    put(header, is_64 ? 62 : 50, all.size(), 2);
    return header + body + table;
  }

 private:
  void put(std::string& bytes, std::size_t at, std::uint64_t value, unsigned size) const {
    for (unsigned i = 0; i < size; ++i) {
      bytes[at + (little_endian ? i : size - 1 - i)] = static_cast<char>(value >> (8 * i) & 0xFF);
    }
  }
};

Elf make_elf(nextest::Vector<Section> sections) {
  Elf elf;
  elf.sections = std::move(sections);
  return elf;
}

const Harness* kind_of(std::string_view text, std::string_view name = "") {
  const BytesInMemory bytes(text);
  return &Recognition(bytes, ElfFile(bytes)).choose(name);
}

// The bytes of a section; what lies past the end of the file would be missing.
std::string section_of(std::string_view text, std::string_view name) {
  const BytesInMemory bytes(text);
  const ElfFile::Range range = ElfFile(bytes).section(name);
  std::string section(static_cast<std::size_t>(range.size), '\0');
  CHECK(bytes.read(range.at, &section[0], section.size()) == section.size());
  return section;
}

unsigned machine_of(std::string_view text) { return ElfFile(BytesInMemory(text)).machine(); }

// ---- ELF ----

TEST_CASE("recognise: machine and sections of ELF files, 32 and 64 bit, both byte orders") {
  for (const bool is_64 : {false, true}) {
    for (const bool little_endian : {false, true}) {
      CAPTURE(is_64);
      CAPTURE(little_endian);
      Elf elf = make_elf({{".text", "code"}, {".rodata", "constants"}, {".rodata.more", "more"}, {".empty", ""}});
      elf.is_64 = is_64;
      elf.little_endian = little_endian;
      elf.machine = 258;
      const std::string bytes = elf.file();
      CHECK(machine_of(bytes) == 258);
      CHECK(section_of(bytes, ".text") == "code");
      CHECK(section_of(bytes, ".rodata") == "constants");
      CHECK(section_of(bytes, ".rodata.more") == "more");
      CHECK(section_of(bytes, ".empty") == "");
      CHECK(section_of(bytes, ".rod") == "");
      CHECK(section_of(bytes, ".dynstr") == "");
    }
  }
}

TEST_CASE("recognise: what is no ELF file has no machine and no sections") {
  const std::string whole = make_elf({{".rodata", "constants"}}).file();
  for (const std::string& bytes :
       {std::string(),
        std::string("\x7F"
                    "ELF"),
        whole.substr(0, 51), "x" + whole, std::string("#!/bin/sh\n") + std::string(100, ' ')}) {
    CHECK(machine_of(bytes) == 0);
    CHECK(section_of(bytes, ".rodata") == "");
  }
}

TEST_CASE("recognise: an ELF file cut anywhere gives a section whole or not at all") {
  for (const bool is_64 : {false, true}) {
    Elf elf = make_elf({{".rodata", "constants"}, {".dynstr", "libraries"}});
    elf.is_64 = is_64;
    const std::string bytes = elf.file();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // In memory of its own, so that a read past the end is seen by a sanitizer.
      const nextest::Vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const std::string section = section_of({cut.data(), cut.size()}, ".rodata");
      if (section.empty() || section == "constants") continue;
      FAIL_CHECK(size);
    }
    CHECK(section_of(bytes, ".rodata") == "constants");
  }
}

TEST_CASE("recognise: a section that claims to reach past the end of the file is none") {
  for (const std::size_t more : {std::size_t{1000}, std::size_t{0x7FFFFFFF}}) {
    const std::string bytes = make_elf({{".rodata", "constants", more}, {".dynstr", "libraries", 0}}).file();
    CHECK(section_of(bytes, ".rodata") == "");
    CHECK(section_of(bytes, ".dynstr") == "libraries");
  }
}

TEST_CASE("recognise: an ELF file with any one byte changed is read within its bounds") {
  for (const bool is_64 : {false, true}) {
    Elf elf = make_elf({{".rodata", "constants"}, {".dynstr", "libraries"}});
    elf.is_64 = is_64;
    const std::string bytes = elf.file();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
        nextest::Vector<char> changed(bytes.begin(), bytes.end());
        changed[at] = static_cast<char>(value);
        const std::string_view all(changed.data(), changed.size());
        const BytesInMemory in_memory(all);
        const ElfFile::Range section = ElfFile(in_memory).section(".rodata");
        const bool is_within = section.at <= all.size() && section.size <= all.size() - section.at;
        if (!is_within) FAIL_CHECK(at);
      }
    }
  }
}

// ---- harnesses ----

TEST_CASE("recognise: a row that gives its harness patterns says what they match") {
  for (const nextest::Harness* const row : nextest::harnesses) {
    CAPTURE(row->name);
    CHECK((row->pattern_of == nullptr) == (row->matches == nullptr));
  }
}

TEST_CASE("recognise: each marker, in a file that is no ELF") {
  const struct {
    std::string text;
    const Harness* kind;
  } rows[] = {
      {libtest_text, &libtest_harness},          {googletest_text, &googletest_harness},
      {doctest_text, &doctest_harness},          {catch2_text, &catch2_harness},
      {catch2_v2_text, &catch2_v2_harness},      {catch2_text + '\0' + catch2_v2_text, &catch2_v2_harness},
      {googletest_library, &googletest_harness}, {catch2_library, &catch2_harness},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    for (std::size_t before = 0; before < 40; ++before) {
      CHECK(kind_of(std::string(before, 'x') + row.text) == row.kind);
    }
    CHECK(kind_of(row.text + std::string(40, '\0')) == row.kind);
  }
  for (const std::string& text : {libtest_text, doctest_text, catch2_text, googletest_library, catch2_library}) {
    CHECK(kind_of(text.substr(1)) == &plain_harness);
  }
}

TEST_CASE("recognise: a marker is found wherever it starts, after near misses too") {
  CHECK(kind_of(std::string("RUST_TEST_RUST_TEST_") + "THREADS") == &libtest_harness);
  CHECK(kind_of(libtest_text.substr(0, 16) + libtest_text) == &libtest_harness);
  CHECK(kind_of(std::string(1000, 'S') + libtest_text + std::string(1000, 'R')) == &libtest_harness);
  CHECK(kind_of(libtest_text.substr(0, 16)) == &plain_harness);
  CHECK(kind_of("") == &plain_harness);
}

TEST_CASE("recognise: every byte before and after a marker") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string around(20, static_cast<char>(byte));
    if (kind_of(around + doctest_text + around) == &doctest_harness) continue;
    FAIL_CHECK(byte);
  }
}

TEST_CASE("recognise: of an ELF file only the constants count, and the names of libraries") {
  const struct {
    nextest::Vector<Section> sections;
    const Harness* kind;
  } rows[] = {
      {{{".rodata", googletest_text}}, &googletest_harness},
      {{{".rodata", std::string("x") + '\0' + doctest_text + '\0'}}, &doctest_harness},
      {{{".rodata", "constants"}, {".debug_str", googletest_text}}, &plain_harness},
      {{{".rodata", "constants"}, {".dynstr", googletest_library}}, &googletest_harness},
      {{{".rodata", "constants"}, {".dynstr", catch2_library}}, &catch2_harness},
      {{{".rodata", boost_text}}, &boost_test_harness},
      {{{".rodata", "constants"}, {".dynstr", boost_library}}, &boost_test_harness},
      {{{".rodata", cpputest_text}}, &cpputest_harness},
      {{{".rodata", criterion_text}}, &criterion_harness},
      {{{".rodata", "constants"}, {".dynstr", criterion_library}}, &criterion_harness},
      {{{".rodata", googletest_library}}, &plain_harness},
      {{{".rodata", "constants"}, {".dynstr", googletest_text}}, &plain_harness},
      {{{".text", catch2_text}}, &catch2_harness},  // without constants of its own all of it counts
      {{{".rodata", ""}}, &plain_harness},
  };
  for (const auto& row : rows) {
    for (const bool is_64 : {false, true}) {
      Elf elf = make_elf(row.sections);
      elf.is_64 = is_64;
      elf.little_endian = is_64;
      CHECK(kind_of(elf.file()) == row.kind);
    }
  }
}

TEST_CASE("recognise: a program cut anywhere is what it was, or plain") {
  const std::string bytes = make_elf({{".rodata", googletest_text}, {".dynstr", "libc.so.6"}}).file();
  REQUIRE(kind_of(bytes) == &googletest_harness);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const nextest::Vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const Harness* const kind = kind_of({cut.data(), cut.size()});
    if (kind == &googletest_harness || kind == &plain_harness) continue;
    FAIL_CHECK(size);
  }
}

TEST_CASE("recognise: a name limits the choice") {
  CHECK(kind_of(googletest_text, "plain") == &plain_harness);
  CHECK(kind_of(googletest_text, "doctest") == &doctest_harness);
  CHECK(kind_of("a script", "libtest") == &libtest_harness);
  CHECK(kind_of("", "googletest") == &googletest_harness);
  // Two rows are called catch2: the markers say which version it is, and without them it is the newer one.
  CHECK(kind_of(catch2_v2_text + catch2_text, "catch2") == &catch2_v2_harness);
  CHECK(kind_of(catch2_text, "catch2") == &catch2_harness);
  CHECK(kind_of("a script", "catch2") == &catch2_harness);
}

TEST_CASE("recognise: every harness is in the table, and found by its name in records") {
  for (const Harness* const row :
       {&libtest_harness, &googletest_harness, &doctest_harness, &catch2_harness, &catch2_v2_harness,
        &boost_test_harness, &cpputest_harness, &criterion_harness, &plain_harness}) {
    CHECK(std::find(std::begin(nextest::harnesses), std::end(nextest::harnesses), row) != std::end(nextest::harnesses));
    CHECK(nextest::find_recorded_harness(row->name_in_records()) == row);
  }
  CHECK(std::string(catch2_v2_harness.name_in_records()) == "catch2-v2");
  CHECK(nextest::find_recorded_harness("custom") == &nextest::recorded_custom_harness);
  CHECK(nextest::find_recorded_harness("") == nullptr);
  CHECK(nextest::find_recorded_harness("mine") == nullptr);
}

// "NAME" where a text says so, "NAME.so" where a library does, both "NAME+.so", in the order of the table.
std::string all_in(std::string_view text) {
  const BytesInMemory bytes(text);
  std::string names;
  for (const Recognition::Finding& finding : Recognition(bytes, ElfFile(bytes)).findings()) {
    names.append(names.empty() ? "" : " ").append(finding.harness->name_in_records());
    if (finding.by_library) names.append(finding.by_text ? "+.so" : ".so");
  }
  return names;
}

TEST_CASE("recognise: all frameworks that a file shows, and which of them counts") {
  CHECK(all_in("") == "");
  CHECK(all_in(googletest_text) == "googletest");
  CHECK(all_in(libtest_text + '\0' + googletest_text) == "googletest libtest");
  CHECK(kind_of(libtest_text + '\0' + googletest_text) == &googletest_harness);
  CHECK(all_in(criterion_text + boost_text + doctest_text) == "doctest boost-test criterion");
  CHECK(kind_of(criterion_text + boost_text + doctest_text) == &doctest_harness);
  // Version 2 of Catch2 holds the text of version 3 too.
  CHECK(all_in(catch2_text + '\0' + catch2_v2_text) == "catch2-v2 catch2");
  const std::string mixed = make_elf({{".rodata", cpputest_text + '\0' + googletest_text},
                                      {".dynstr", catch2_library + '\0' + googletest_library}})
                                .file();
  CHECK(all_in(mixed) == "catch2.so cpputest googletest+.so");
  CHECK(kind_of(mixed) == &catch2_harness);
  CHECK(kind_of(mixed, "cpputest") == &cpputest_harness);
  CHECK(kind_of(mixed, "catch2") == &catch2_harness);
  std::string all;
  for (const std::string& text : {libtest_text, criterion_text, cpputest_text, boost_text, catch2_v2_text, catch2_text,
                                  doctest_text, googletest_text}) {
    all += text + '\0';
  }
  CHECK(all_in(all) == "doctest catch2-v2 catch2 boost-test cpputest criterion googletest libtest");
}

TEST_CASE("recognise: what a file shows besides the framework that counts") {
  const auto others_in = [](std::string_view text) {
    const BytesInMemory bytes(text);
    const Recognition recognition(bytes, ElfFile(bytes));
    nextest::Vector<const Harness*> shown = recognition.shown();
    CHECK((shown.empty() ? &plain_harness : shown[0]) == &recognition.choose());
    std::string names;
    for (std::size_t i = 1; i < shown.size(); ++i) {
      names.append(names.empty() ? "" : " ").append(shown[i]->name_in_records());
    }
    return names;
  };
  CHECK(others_in("") == "");
  CHECK(others_in(googletest_text) == "");
  CHECK(others_in(catch2_text + '\0' + catch2_v2_text) == "");  // the same, twice
  CHECK(others_in(googletest_text + doctest_text) == "googletest");
  CHECK(others_in(libtest_text + googletest_text) == "libtest");
  CHECK(others_in(libtest_text + googletest_text + catch2_text + catch2_v2_text + doctest_text) ==
        "catch2-v2 googletest libtest");
}

TEST_CASE("recognise: this very program is a doctest program for this machine" * support::needs(support::proc())) {
  nextest::BytesOfFile self;
  REQUIRE(self.open("/proc/self/exe") == 0);
  const ElfFile elf(self);
  CHECK(&Recognition(self, elf).choose() == &doctest_harness);
  CHECK(nextest::foreign_machine(elf) == "");
  CHECK_FALSE(elf.is_shared_library());
}

TEST_CASE("recognise: a text that straddles two pieces of a large file is found") {
  const std::string text = std::string("RUST_TEST_") + "THREADS";
  for (std::size_t before = 65536 - 20; before <= 65536 + 3; ++before) {
    CAPTURE(before);
    CHECK(kind_of(std::string(before, ' ') + text) == &libtest_harness);
  }
}

TEST_CASE("recognise: a file that shrinks while it is read is no harness, and no crash") {
  class Shrinking final : public nextest::Bytes {
   public:
    std::uint64_t size() const override { return std::uint64_t{1} << 40; }
    std::size_t read(std::uint64_t, char*, std::size_t) const override { return 0; }
  };
  const Shrinking bytes;
  CHECK(&Recognition(bytes, ElfFile(bytes)).choose() == &plain_harness);
}

// ---- plain ----

TEST_CASE("recognise: a plain program that exits with 77 skipped itself") {
  using nextest::Outcome;
  using nextest::OutcomeKind;
  Outcome skipped;
  skipped.kind = OutcomeKind::Fail;
  skipped.code = 77;
  nextest::judge_plain({}, {}, skipped);
  CHECK(skipped.kind == OutcomeKind::Pass);
  CHECK(skipped.skipped_by_test);

  Outcome failed;
  failed.kind = OutcomeKind::Fail;
  failed.code = 1;
  nextest::judge_plain({}, {}, failed);
  CHECK(failed.kind == OutcomeKind::Fail);

  Outcome leaked;
  leaked.kind = OutcomeKind::Fail;
  leaked.code = 77;
  leaked.leaked = true;
  nextest::judge_plain({}, {}, leaked);
  CHECK(leaked.kind == OutcomeKind::Fail);

  Outcome aborted;
  aborted.kind = OutcomeKind::Abort;
  aborted.code = 77;
  nextest::judge_plain({}, {}, aborted);
  CHECK(aborted.kind == OutcomeKind::Abort);
}

// Writes files of e_machine 62 with 64 bits: the sections .dynstr and .dynamic, as far as both are read. `tag` is that
// of the folder of its libraries.
struct ElfWriter {
  support::TempFolder folder;
  std::string libraries = folder / "libs";

  ElfWriter() { REQUIRE(::mkdir((folder / "libs").c_str(), 0755) == 0); }

  void write(const std::string& name, const std::string& needs, const std::string& constants,
             std::uint64_t tag = 29) const {
    const auto number = [](std::uint64_t value, unsigned size) {
      std::string text;
      nextest::append_little_endian(text, value, size);
      return text;
    };
    const std::string names = std::string("\0.dynstr\0.dynamic\0", 18);
    const std::string texts = needs + '\0' + libraries + '\0';
    std::string dynamic;
    if (!needs.empty()) dynamic = number(1, 8) + number(0, 8) + number(tag, 8) + number(needs.size() + 1, 8);
    dynamic += number(0, 16);
    std::string file =
        "\x7F"
        "ELF\2\1" +
        std::string(10, '\0') + number(3, 2) + number(62, 2) + std::string(20, '\0');
    const std::uint64_t table = 64, content = table + 3 * 64;
    file += number(table, 8) + std::string(10, '\0') + number(64, 2) + number(3, 2) + number(0, 2);
    std::uint64_t at = content;
    const auto section = [&](std::uint64_t name_at, std::uint64_t size) {
      std::string header = number(name_at, 4) + std::string(20, '\0') + number(at, 8) + number(size, 8);
      at += size;
      header.resize(64);
      return header;
    };
    file.resize(table);
    file += section(0, names.size());
    file += section(1, texts.size());
    file += section(9, dynamic.size());
    support::write_file(folder / name, file + names + texts + dynamic + constants, 0755);
  }

  // The frameworks that the libraries of a program show.
  std::string shown_of(const std::string& program, const nextest::Vector<std::string>* environment = nullptr) const {
    nextest::Libraries all;
    nextest::BytesOfFile file;
    REQUIRE(file.open(folder / program) == 0);
    std::string names;
    for (const Harness* const row : all.shown_by(folder / program, ElfFile(file), environment)) {
      names.append(names.empty() ? "" : " ").append(row->name);
    }
    return names;
  }
};

TEST_CASE("libraries: what a program needs is looked into, and what that needs, each once") {
  const ElfWriter elves;
  const support::TempFolder& folder = elves.folder;
  elves.write("program", "libmine.so", "");
  elves.write("libs/libmine.so", "libagain.so", "");
  elves.write("libs/libagain.so", "libmine.so", std::string("filters OUT tests b") + "y their name");
  nextest::Libraries libraries;
  nextest::BytesOfFile file;
  REQUIRE(file.open(folder / "program") == 0);
  const nextest::ElfFile elf(file);
  CHECK(elf.dynamic_texts(1) == nextest::Vector<std::string>{"libmine.so"});
  nextest::Vector<const nextest::Harness*> shown = libraries.shown_by(folder / "program", elf);
  REQUIRE(shown.size() == 1);
  CHECK(std::string(shown[0]->name) == "doctest");
  // It is known now, whatever becomes of the file.
  REQUIRE(::unlink((folder / "libs/libmine.so").c_str()) == 0);
  support::write_file(folder / "libs/libmine.so", "no library", 0755);
  CHECK(libraries.shown_by(folder / "program", elf).size() == 1);
  nextest::Libraries others;
  CHECK(others.shown_by(folder / "program", elf).empty());
}

TEST_CASE("libraries: they are where the dynamic linker finds them") {
  ElfWriter elves;
  const support::TempFolder& folder = elves.folder;
  constexpr std::uint64_t dt_rpath = 15, dt_runpath = 29;
  // Only the program says where they are: its DT_RPATH holds for what its libraries need, its DT_RUNPATH does not.
  elves.write("libs/libends.so", "", doctest_text);
  elves.write("by_rpath", "libstarts.so", "", dt_rpath);
  elves.write("by_runpath", "libstarts.so", "", dt_runpath);
  elves.libraries.clear();
  elves.write("libs/libstarts.so", "libends.so", "", dt_rpath);
  CHECK(elves.shown_of("by_rpath") == "doctest");
  CHECK(elves.shown_of("by_runpath") == "");
  elves.libraries = "/nowhere";
  elves.write("libs/libstarts.so", "libends.so", "", dt_runpath);
  CHECK(elves.shown_of("by_rpath") == "");  // a library with a DT_RUNPATH is looked for by that alone
  // $ORIGIN is the folder of the file itself, not that of a link to it.
  elves.libraries = "$ORIGIN/libs";
  elves.write("by_origin", "libends.so", "");
  REQUIRE(::mkdir((folder / "links").c_str(), 0755) == 0);
  REQUIRE(::symlink("../by_origin", (folder / "links/link").c_str()) == 0);
  CHECK(elves.shown_of("by_origin") == "doctest");
  CHECK(elves.shown_of("links/link") == "doctest");
  // The program's own environment, of which the last word counts.
  elves.write("links/by_environment", "libends.so", "");
  const nextest::Vector<std::string> environment = {"LD_LIBRARY_PATH=/nowhere", "LD_LIBRARY_PATH=" + (folder / "libs"),
                                                    "HOME=/nowhere"};
  CHECK(elves.shown_of("links/by_environment") == "");
  CHECK(elves.shown_of("links/by_environment", &environment) == "doctest");
}

TEST_CASE("libraries: the file that has the constants of a framework is the program, or one of its libraries") {
  const ElfWriter elves;
  elves.write("libs/libends.so", "", doctest_text);
  elves.write("without", "libends.so", "");
  elves.write("with", "libends.so", doctest_text);
  nextest::Libraries all;
  const auto file_of = [&](const char* program, const Harness& row) {
    return all.file_with(row, elves.folder / program, nullptr);
  };
  CHECK(file_of("without", doctest_harness) == elves.folder / "libs/libends.so");
  CHECK(file_of("without", catch2_harness) == elves.folder / "without");
  CHECK(file_of("with", doctest_harness) == elves.folder / "with");
  CHECK(file_of("missing", doctest_harness) == elves.folder / "missing");
}

TEST_CASE("recognise: what a program shows and what its libraries show is asked in one order") {
  const BytesInMemory bytes(googletest_text);
  const Recognition recognition(bytes, ElfFile(bytes));
  CHECK(recognition.shown({&doctest_harness}) ==
        nextest::Vector<const Harness*>{&doctest_harness, &googletest_harness});
  CHECK(recognition.shown({&libtest_harness}) ==
        nextest::Vector<const Harness*>{&googletest_harness, &libtest_harness});
}

}  // namespace
