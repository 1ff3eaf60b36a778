#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/list/architecture.hpp"
#include "core/list/harnesses.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::ElfFile;
using nextest::foreign_machine;
using nextest::HarnessKind;
using nextest::recognise;

// The texts that the frameworks leave in a program, each in two halves as in the headers, so that this program is not
// taken for one of them. Written down from `strings` of real programs, not from the table.
const std::string libtest_text = std::string("RUST_TEST_") + "THREADS";
const std::string googletest_text = std::string("This program contains tests wri") + "tten using Google Test. You can";
const std::string doctest_text = std::string("filters OUT tests b") + "y their name";
const std::string catch2_text = std::string("list all/matching te") + "st cases";
const std::string catch2_v2_text = std::string("list all/matching test cases na") + "mes only";
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
  std::vector<Section> sections;

  std::string file() const {
    std::string names("\0", 1);
    std::vector<std::size_t> name_at, offset;
    const std::size_t header_size = is_64 ? 64 : 52, entry_size = is_64 ? 64 : 40;
    std::string body;
    std::vector<Section> all = sections;
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
    header.replace(0, 4, "\x7F" "ELF");
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
  void put(std::string& bytes, std::size_t at, std::size_t value, unsigned size) const {
    for (unsigned i = 0; i < size; ++i) {
      bytes[at + (little_endian ? i : size - 1 - i)] = static_cast<char>(value >> (8 * i) & 0xFF);
    }
  }
};

Elf make_elf(std::vector<Section> sections) {
  Elf elf;
  elf.sections = std::move(sections);
  return elf;
}

HarnessKind kind_of(std::string_view bytes, std::string_view name = "") { return recognise(bytes, name).kind; }

bool is_emulated() {
  const auto emulators = nextest::list_folder("/proc/sys/fs/binfmt_misc");
  if (!emulators) return false;
  for (const std::string& name : emulators.value()) {
    if (name != "register" && name != "status") return true;
  }
  return false;
}

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
      const ElfFile file(bytes);
      CHECK(file.machine() == 258);
      CHECK(file.section(".text") == "code");
      CHECK(file.section(".rodata") == "constants");
      CHECK(file.section(".rodata.more") == "more");
      CHECK(file.section(".empty") == "");
      CHECK(file.section(".rod") == "");
      CHECK(file.section(".dynstr") == "");
    }
  }
}

TEST_CASE("recognise: what is no ELF file has no machine and no sections") {
  const std::string whole = make_elf({{".rodata", "constants"}}).file();
  for (const std::string& bytes : {std::string(), std::string("\x7F" "ELF"), whole.substr(0, 51), "x" + whole,
                                   std::string("#!/bin/sh\n") + std::string(100, ' ')}) {
    const ElfFile file(bytes);
    CHECK(file.machine() == 0);
    CHECK(file.section(".rodata") == "");
  }
}

TEST_CASE("recognise: an ELF file cut anywhere gives a section whole or not at all") {
  for (const bool is_64 : {false, true}) {
    Elf elf = make_elf({{".rodata", "constants"}, {".dynstr", "libraries"}});
    elf.is_64 = is_64;
    const std::string bytes = elf.file();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // In memory of its own, so that a read past the end is seen by a sanitizer.
      const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      const ElfFile file({cut.data(), cut.size()});
      const std::string_view section = file.section(".rodata");
      if (section.empty() || section == "constants") continue;
      FAIL_CHECK(size);
    }
    CHECK(ElfFile(bytes).section(".rodata") == "constants");
  }
}

TEST_CASE("recognise: a section that claims to reach past the end of the file is none") {
  for (const std::size_t more : {std::size_t{1000}, std::size_t{0x7FFFFFFF}}) {
    const std::string bytes = make_elf({{".rodata", "constants", more}, {".dynstr", "libraries", 0}}).file();
    CHECK(ElfFile(bytes).section(".rodata") == "");
    CHECK(ElfFile(bytes).section(".dynstr") == "libraries");
  }
}

TEST_CASE("recognise: an ELF file with any one byte changed is read within its bounds") {
  for (const bool is_64 : {false, true}) {
    Elf elf = make_elf({{".rodata", "constants"}, {".dynstr", "libraries"}});
    elf.is_64 = is_64;
    const std::string bytes = elf.file();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
        std::vector<char> changed(bytes.begin(), bytes.end());
        changed[at] = static_cast<char>(value);
        const std::string_view all(changed.data(), changed.size());
        const std::string_view section = ElfFile(all).section(".rodata");
        const bool is_within = section.empty() || (section.data() >= all.data() &&
                                                   section.data() + section.size() <= all.data() + all.size());
        if (!is_within) FAIL_CHECK(at);
      }
    }
  }
}

// ---- harnesses ----

TEST_CASE("recognise: each marker, in a file that is no ELF") {
  const struct {
    std::string text;
    HarnessKind kind;
  } rows[] = {
      {libtest_text, HarnessKind::Libtest},     {googletest_text, HarnessKind::GoogleTest},
      {doctest_text, HarnessKind::Doctest},     {catch2_text, HarnessKind::Catch2},
      {catch2_v2_text, HarnessKind::Catch2V2}, {catch2_text + '\0' + catch2_v2_text, HarnessKind::Catch2V2},
      {googletest_library, HarnessKind::GoogleTest}, {catch2_library, HarnessKind::Catch2},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    for (std::size_t before = 0; before < 40; ++before) {
      CHECK(kind_of(std::string(before, 'x') + row.text) == row.kind);
    }
    CHECK(kind_of(row.text + std::string(40, '\0')) == row.kind);
  }
  for (const std::string& text : {libtest_text, doctest_text, catch2_text, googletest_library, catch2_library}) {
    CHECK(kind_of(text.substr(1)) == HarnessKind::Plain);
  }
}

TEST_CASE("recognise: a marker is found wherever it starts, after near misses too") {
  CHECK(kind_of(std::string("RUST_TEST_RUST_TEST_") + "THREADS") == HarnessKind::Libtest);
  CHECK(kind_of(libtest_text.substr(0, 16) + libtest_text) == HarnessKind::Libtest);
  CHECK(kind_of(std::string(1000, 'S') + libtest_text + std::string(1000, 'R')) == HarnessKind::Libtest);
  CHECK(kind_of(libtest_text.substr(0, 16)) == HarnessKind::Plain);
  CHECK(kind_of("") == HarnessKind::Plain);
}

TEST_CASE("recognise: every byte before and after a marker") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string around(20, static_cast<char>(byte));
    if (kind_of(around + doctest_text + around) == HarnessKind::Doctest) continue;
    FAIL_CHECK(byte);
  }
}

TEST_CASE("recognise: of an ELF file only the constants count, and the names of libraries") {
  const struct {
    std::vector<Section> sections;
    HarnessKind kind;
  } rows[] = {
      {{{".rodata", googletest_text}}, HarnessKind::GoogleTest},
      {{{".rodata", std::string("x") + '\0' + doctest_text + '\0'}}, HarnessKind::Doctest},
      {{{".rodata", "constants"}, {".debug_str", googletest_text}}, HarnessKind::Plain},
      {{{".rodata", "constants"}, {".dynstr", googletest_library}}, HarnessKind::GoogleTest},
      {{{".rodata", "constants"}, {".dynstr", catch2_library}}, HarnessKind::Catch2},
      {{{".rodata", googletest_library}}, HarnessKind::Plain},
      {{{".rodata", "constants"}, {".dynstr", googletest_text}}, HarnessKind::Plain},
      {{{".text", catch2_text}}, HarnessKind::Catch2},  // without constants of its own all of it counts
      {{{".rodata", ""}}, HarnessKind::Plain},
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
  REQUIRE(kind_of(bytes) == HarnessKind::GoogleTest);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<char> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const HarnessKind kind = kind_of({cut.data(), cut.size()});
    if (kind == HarnessKind::GoogleTest || kind == HarnessKind::Plain) continue;
    FAIL_CHECK(size);
  }
}

TEST_CASE("recognise: a name limits the choice") {
  CHECK(kind_of(googletest_text, "plain") == HarnessKind::Plain);
  CHECK(kind_of(googletest_text, "doctest") == HarnessKind::Doctest);
  CHECK(kind_of("a script", "libtest") == HarnessKind::Libtest);
  CHECK(kind_of("", "googletest") == HarnessKind::GoogleTest);
  // Two rows are called catch2: the markers say which version it is, and without them it is the newer one.
  CHECK(kind_of(catch2_v2_text + catch2_text, "catch2") == HarnessKind::Catch2V2);
  CHECK(kind_of(catch2_text, "catch2") == HarnessKind::Catch2);
  CHECK(kind_of("a script", "catch2") == HarnessKind::Catch2);
}

TEST_CASE("recognise: every kind has its row") {
  for (const HarnessKind kind : {HarnessKind::Libtest, HarnessKind::GoogleTest, HarnessKind::Doctest,
      HarnessKind::Catch2,
                                 HarnessKind::Catch2V2, HarnessKind::Plain}) {
    CHECK(nextest::harness_of(kind).kind == kind);
  }
}

TEST_CASE("recognise: this very program is a doctest program for this machine") {
  nextest::MappedFile self;
  REQUIRE(self.open("/proc/self/exe") == 0);
  CHECK(kind_of(self.bytes()) == HarnessKind::Doctest);
  CHECK(foreign_machine(self.bytes()) == "");
}

// ---- machines ----

TEST_CASE("recognise: machines by name") {
  CHECK(nextest::machine_name(62) == "x86_64");
  CHECK(nextest::machine_name(183) == "aarch64");
  CHECK(nextest::machine_name(243) == "riscv");
  CHECK(nextest::machine_name(12345) == "machine 12345");
}

TEST_CASE("recognise: a program for another machine is named, what is no program is not") {
  nextest::MappedFile self;
  REQUIRE(self.open("/proc/self/exe") == 0);
  const unsigned ours = ElfFile(self.bytes()).machine();
  for (const unsigned machine : {3u, 8u, 20u, 22u, 40u, 62u, 183u, 243u, 258u, 9999u}) {
    Elf elf;
    elf.machine = machine;
    elf.little_endian = machine != 22;
    CAPTURE(machine);
    const bool runs_here = machine == ours || (ours == 62 && machine == 3) || (ours == 183 && machine == 40);
    CHECK(foreign_machine(elf.file()) == (runs_here || is_emulated() ? "" : nextest::machine_name(machine)));
  }
  CHECK(foreign_machine("") == "");
  CHECK(foreign_machine("#!/bin/sh\nexit 0\n") == "");
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

}  // namespace
