// Any text: the id of a package with a name and a version, or none. What is an id has the six variables of both;
// written anew, as cargo writes ids now, it is the same package.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/package_id.cpp -o fuzz-package-id
//   ./fuzz-package-id -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/package_id
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/list/cargo_package.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

// Each byte by its number.
std::string encoded(const std::string& text) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append("%").append(1, digits[byte / 16]).append(1, digits[byte % 16]);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using nextest::CargoPackage;
  const std::string text(reinterpret_cast<const char*>(data), size);
  CargoPackage package = CargoPackage::of_id(text);
  require(package.version.empty() || nextest::is_digit(package.version[0]));
  if (package.version.empty()) {
    require(package.name.empty() && package.folder.empty());
    return 0;
  }
  const std::string local = "path+file://" + encoded(package.folder);
  if (package.name.find_first_of("@#") == std::string::npos && !nextest::contains(package.version, "#") &&
      !package.name.empty() && package.version.back() != ')') {
    const CargoPackage again = CargoPackage::of_id(local + "#" + package.name + "@" + package.version);
    require(again.name == package.name && again.version == package.version && again.folder == package.folder);
  }
  package.folder.clear();  // nothing is read
  nextest::Vector<std::string> variables;
  package.add_variables(variables);
  require(variables.size() == 6);
  for (const std::string& variable : variables) require(nextest::starts_with(variable, "CARGO_PKG_"));
  return 0;
}
