#include "core/list/architecture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/file.hpp"
#include "support.hpp"

namespace {

using nextest::BytesInMemory;
using nextest::ElfFile;
using nextest::may_run;
using Target = ElfFile::Target;

constexpr bool bits_32 = false, bits_64 = true, big = false, little = true;

// The head of a program, and nothing behind it.
std::string program_for(const Target& target) {
  std::string file(64, '\0');
  file.replace(0, 4,
               "\x7F"
               "ELF");
  file[4] = target.is_64 ? 2 : 1;
  file[5] = target.is_little_endian ? 1 : 2;
  file[16] = file[17] = 2;
  file[target.is_little_endian ? 18 : 19] = static_cast<char>(target.machine);
  file[target.is_little_endian ? 19 : 18] = static_cast<char>(target.machine >> 8);
  return file;
}

std::string foreign(std::string_view text) {
  const BytesInMemory bytes(text);
  return nextest::foreign_machine(ElfFile(bytes));
}

Target ours() {
  nextest::BytesOfFile self;
  REQUIRE(self.open("/proc/self/exe") == 0);
  return ElfFile(self).target();
}

bool is_emulated() {
  const auto emulators = nextest::list_folder("/proc/sys/fs/binfmt_misc");
  if (!emulators) return false;
  for (const std::string& name : emulators.value()) {
    if (name != "register" && name != "status") return true;
  }
  return false;
}

TEST_CASE("architecture: machines by name") {
  CHECK(nextest::machine_name(62) == "x86_64");
  CHECK(nextest::machine_name(183) == "aarch64");
  CHECK(nextest::machine_name(243) == "riscv");
  CHECK(nextest::machine_name(12345) == "machine 12345");
}

TEST_CASE("architecture: what an ELF file says it is for, in both orders of bytes") {
  for (const bool is_64 : {bits_32, bits_64}) {
    for (const bool order : {big, little}) {
      const std::string file = program_for({258, is_64, order});
      const BytesInMemory bytes(file);
      const Target target = ElfFile(bytes).target();
      CHECK(target.machine == 258);
      CHECK(target.is_64 == is_64);
      CHECK(target.is_little_endian == order);
    }
  }
}

TEST_CASE("architecture: a program for another machine is named, what is no program is not") {
  for (const nextest::Machine& machine : nextest::machines) {
    for (const bool order : {big, little}) {
      const Target target{machine.number, bits_64, order};
      CAPTURE(machine.name);
      CHECK(foreign(program_for(target)) == (may_run(ours(), target) || is_emulated() ? "" : machine.name));
    }
  }
  CHECK(foreign("") == "");
  CHECK(foreign("#!/bin/sh\nexit 0\n") == "");
}

TEST_CASE("architecture: a kernel may run both sizes of its family, but no other order of bytes") {
  const Target x86_64{62, bits_64, little}, i386{3, bits_32, little};
  const Target mips{8, bits_32, big}, mipsel{8, bits_32, little}, mips64{8, bits_64, big};
  const Target aarch64{183, bits_64, little}, arm{40, bits_32, little};
  for (const Target& target : {x86_64, i386, mips, mipsel, mips64, aarch64, arm}) CHECK(may_run(target, target));
  CHECK(may_run(x86_64, i386));
  CHECK(may_run(i386, x86_64));
  CHECK(may_run(aarch64, arm));
  CHECK(may_run(mips, mips64));
  CHECK_FALSE(may_run(mips, mipsel));
  CHECK_FALSE(may_run(x86_64, aarch64));
  CHECK_FALSE(may_run(i386, arm));
}

TEST_CASE("architecture: an emulator by machine, size and order of bytes; none where there is none") {
  const support::Variable path("PATH", "/nonexistent");
  const struct {
    Target target;
    const char* emulator;
  } rows[] = {
      {{3, bits_32, little}, "qemu-i386"},
      {{62, bits_64, little}, "qemu-x86_64"},
      {{8, bits_32, big}, "qemu-mips"},
      {{8, bits_32, little}, "qemu-mipsel"},
      {{8, bits_64, big}, "qemu-mips64"},
      {{8, bits_64, little}, "qemu-mips64el"},
      {{20, bits_32, big}, "qemu-ppc"},
      {{21, bits_64, big}, "qemu-ppc64"},
      {{21, bits_64, little}, "qemu-ppc64le"},
      {{22, bits_64, big}, "qemu-s390x"},
      {{40, bits_32, little}, "qemu-arm"},
      {{183, bits_64, little}, "qemu-aarch64"},
      {{243, bits_32, little}, "qemu-riscv32"},
      {{243, bits_64, little}, "qemu-riscv64"},
      {{258, bits_64, little}, "qemu-loongarch64"},
      {{22, bits_32, big}, ""},
      {{20, bits_32, little}, ""},
      {{62, bits_32, little}, ""},
      {{12345, bits_64, little}, ""},
      {{0, bits_32, big}, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.emulator);
    CHECK(nextest::emulator_of(row.target) == row.emulator);
  }
}

TEST_CASE("architecture: the emulator that is here, under the name that it has here") {
  const support::TempFolder folder;
  const support::Variable path("PATH", folder.path().c_str());
  support::write_file(folder / "qemu-mips-static", "#!/bin/sh\n", 0755);
  CHECK(nextest::emulator_of({8, bits_32, big}) == "qemu-mips-static");
  support::write_file(folder / "qemu-mips", "#!/bin/sh\n", 0755);
  CHECK(nextest::emulator_of({8, bits_32, big}) == "qemu-mips");
}

}  // namespace
