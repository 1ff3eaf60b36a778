// Any bytes as a program: its machine, its sections and its harness are found within its bounds, or not at all. The
// first byte chooses how many of the others are put behind the header of a real ELF file.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/elf.cpp -o fuzz-elf
//   ./fuzz-elf -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/elf
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "core/harness/recognise.hpp"
#include "core/list/architecture.hpp"

namespace {

using nextest::ElfFile;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_file(std::string_view bytes) {
  // In memory of its own size, so that the sanitizer sees the first byte past the end.
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  bytes.copy(copy.get(), bytes.size());
  const std::string_view file(copy.get(), bytes.size());

  const nextest::BytesInMemory in_memory(file);
  const ElfFile elf(in_memory);
  for (const std::string_view name : {".rodata", ".dynstr", ".shstrtab", ""}) {
    const ElfFile::Range section = elf.section(name);
    require(section.at <= file.size() && section.size <= file.size() - section.at);
  }
  if (file.size() < 52 || file.substr(0, 4) !=
                              "\x7F"
                              "ELF")
    require(elf.machine() == 0);
  if (elf.machine() == 0) require(!elf.is_shared_library());

  const nextest::Recognition recognition(in_memory, elf);
  const nextest::Harness& found = recognition.choose();
  for (const nextest::Harness* const row : nextest::harnesses) {
    const nextest::Harness& named = recognition.choose(row->name);
    require(std::string_view(named.name) == row->name);
    if (std::string_view(found.name) == row->name) require(&named == &found);
  }
  const auto findings = recognition.findings();
  require(findings.empty() ? &found == &nextest::plain_harness : &found == findings[0].harness);
  const std::string foreign = nextest::foreign_machine(elf);
  require(foreign.empty() || (elf.machine() != 0 && foreign == nextest::machine_name(elf.machine())));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_file(bytes);
  if (size < 2) return 0;
  // A header that points at sections within the rest.
  std::string file(
      "\x7F"
      "ELF");
  file += (data[0] & 1) != 0 ? '\x02' : '\x01';
  file += (data[0] & 2) != 0 ? '\x01' : '\x02';
  file.append(bytes.substr(1));
  check_file(file);
  return 0;
}
