// Which machine an executable is for, so that a foreign one is named as such instead of failing to start.
#pragma once

#include <string>

#include "core/base/file.hpp"
#include "core/base/vector.hpp"
#include "core/list/elf.hpp"

namespace nextest {

inline std::string machine_name(unsigned machine) {
  static constexpr struct {
    unsigned number;
    const char* name;
  } names[] = {{3, "i386"}, {8, "mips"},    {20, "powerpc"},  {21, "powerpc64"}, {22, "s390x"},
               {40, "arm"}, {62, "x86_64"}, {183, "aarch64"}, {243, "riscv"},    {258, "loongarch"}};
  for (const auto& row : names) {
    if (row.number == machine) return row.name;
  }
  return "machine " + std::to_string(machine);
}

// The name of the machine that the file is a program for, when this one cannot run it; else empty.
inline std::string foreign_machine(const ElfFile& elf) {
  const unsigned theirs = elf.machine();
  if (theirs == 0) return "";
  static const unsigned ours = [] {
    BytesOfFile self;
    return self.open("/proc/self/exe") == 0 ? ElfFile(self).machine() : 0;
  }();
  const bool smaller_sibling = (ours == 62 && theirs == 3) || (ours == 183 && theirs == 40);
  if (ours == 0 || theirs == ours || smaller_sibling) return "";
  // An emulator registered with the kernel may run it; exec will tell.
  const Result<Vector<std::string>> emulators = list_folder("/proc/sys/fs/binfmt_misc");
  if (emulators) {
    for (const std::string& name : emulators.value()) {
      if (name != "register" && name != "status") return "";
    }
  }
  return machine_name(theirs);
}

}  // namespace nextest
