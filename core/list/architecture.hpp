// Which machine an executable is for, so that a foreign one is named as such instead of failing to start.
#pragma once

#include "core/base/file.hpp"
#include "core/format/elf.hpp"

namespace nextest {

struct Machine {
  unsigned number;  // e_machine
  const char* name;
  // What QEMU calls it: 32 bits big-endian, 32 little-endian, 64 big-endian, 64 little-endian; nullptr: there is none.
  const char* emulated_as[4];
};

inline constexpr Machine machines[] = {
    {2, "sparc", {"sparc"}},
    {3, "i386", {nullptr, "i386"}},
    {4, "m68k", {"m68k"}},
    {8, "mips", {"mips", "mipsel", "mips64", "mips64el"}},
    {15, "hppa", {"hppa"}},
    {20, "powerpc", {"ppc"}},
    {21, "powerpc64", {nullptr, nullptr, "ppc64", "ppc64le"}},
    {22, "s390x", {nullptr, nullptr, "s390x"}},
    {40, "arm", {"armeb", "arm"}},
    {42, "sh", {"sh4eb", "sh4"}},
    {43, "sparc64", {nullptr, nullptr, "sparc64"}},
    {62, "x86_64", {nullptr, nullptr, nullptr, "x86_64"}},
    {183, "aarch64", {nullptr, nullptr, "aarch64_be", "aarch64"}},
    {243, "riscv", {nullptr, "riscv32", nullptr, "riscv64"}},
    {258, "loongarch", {nullptr, nullptr, nullptr, "loongarch64"}},
};

inline const Machine* find_machine(unsigned number) {
  for (const Machine& machine : machines) {
    if (machine.number == number) return &machine;
  }
  return nullptr;
}

inline std::string machine_name(unsigned number) {
  const Machine* const machine = find_machine(number);
  return machine != nullptr ? machine->name : "machine " + decimal(number);
}

// The command of an emulator that runs such programs; empty when none is known.
inline std::string emulator_of(const ElfFile::Target& target) {
  const Machine* const machine = find_machine(target.machine);
  const std::size_t kind = (target.is_64 ? 2u : 0u) + (target.is_little_endian ? 1u : 0u);
  if (machine == nullptr || machine->emulated_as[kind] == nullptr) return "";
  std::string command = std::string("qemu-") + machine->emulated_as[kind];
  // Debian's statically linked ones have names of their own.
  if (find_program(command).empty() && !find_program(command + "-static").empty()) command += "-static";
  return command;
}

// Whether a machine for the one may run programs for the other as well: with the same order of bytes, those of 32 and
// 64 bits. Which of them it really runs, the kernel decides at exec.
inline bool may_run(const ElfFile::Target& ours, const ElfFile::Target& theirs) {
  constexpr unsigned siblings[][2] = {{3, 62}, {20, 21}, {40, 183}};
  if (ours.is_little_endian != theirs.is_little_endian) return false;
  if (ours.machine == theirs.machine) return true;
  for (const auto& pair : siblings) {
    const bool is_first = ours.machine == pair[0] && theirs.machine == pair[1];
    if (is_first || (ours.machine == pair[1] && theirs.machine == pair[0])) return true;
  }
  return false;
}

// The name of the machine that the file is a program for, when this one cannot run it; else empty.
inline std::string foreign_machine(const ElfFile& elf) {
  if (elf.machine() == 0) return "";
  static const ElfFile::Target ours = [] {
    BytesOfFile self;
    return self.open("/proc/self/exe") == 0 ? ElfFile(self).target() : ElfFile::Target();
  }();
  if (ours.machine == 0 || may_run(ours, elf.target())) return "";
  // An emulator registered with the kernel may run it; that shows at exec.
  const Result<Vector<std::string>> emulators = list_folder("/proc/sys/fs/binfmt_misc");
  if (emulators) {
    for (const std::string& name : emulators.value()) {
      if (name != "register" && name != "status") return "";
    }
  }
  return machine_name(elf.machine());
}

}  // namespace nextest
