#include "core/config/platform.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using nextest::host_platform;
using nextest::Platform;
using nextest::platform_of;
using nextest::PlatformExpression;
using nextest::Result;

Platform platform(std::string_view triple) {
  const Result<Platform> known = platform_of(triple);
  CAPTURE(triple);
  REQUIRE(bool(known));
  return known.value();
}

bool matches(std::string_view text, const Platform& on) {
  const Result<PlatformExpression> expression = PlatformExpression::parse(text);
  CAPTURE(text);
  REQUIRE_MESSAGE(bool(expression), expression.error().message);
  return expression.value().matches(on);
}

std::string repeated(std::string_view text, unsigned times) {
  std::string all;
  for (unsigned i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("platform: what a triple says") {
  const struct {
    const char *triple, *arch, *vendor, *os, *env, *abi, *family, *endian, *pointer_width;
  } rows[] = {
      {"x86_64-unknown-linux-gnu", "x86_64", "unknown", "linux", "gnu", "", "unix", "little", "64"},
      {"x86_64-unknown-linux-gnux32", "x86_64", "unknown", "linux", "gnu", "x32", "unix", "little", "32"},
      {"x86_64-alpine-linux-musl", "x86_64", "alpine", "linux", "musl", "", "unix", "little", "64"},
      {"aarch64-unknown-linux-musl", "aarch64", "unknown", "linux", "musl", "", "unix", "little", "64"},
      {"aarch64_be-unknown-linux-gnu_ilp32", "aarch64", "unknown", "linux", "gnu", "ilp32", "unix", "big", "32"},
      {"armv7-unknown-linux-gnueabihf", "arm", "unknown", "linux", "gnu", "eabihf", "unix", "little", "32"},
      {"arm-unknown-linux-musleabi", "arm", "unknown", "linux", "musl", "eabi", "unix", "little", "32"},
      {"armv7-linux-androideabi", "arm", "unknown", "android", "", "eabi", "unix", "little", "32"},
      {"armv6-unknown-netbsd-eabihf", "arm", "unknown", "netbsd", "", "eabihf", "unix", "little", "32"},
      {"thumbv7em-none-eabihf", "arm", "unknown", "none", "", "eabihf", "", "little", "32"},
      {"i686-unknown-linux-gnu", "x86", "unknown", "linux", "gnu", "", "unix", "little", "32"},
      {"riscv64gc-unknown-linux-gnu", "riscv64", "unknown", "linux", "gnu", "", "unix", "little", "64"},
      {"powerpc64le-unknown-linux-gnu", "powerpc64", "unknown", "linux", "gnu", "", "unix", "little", "64"},
      {"powerpc-unknown-linux-gnuspe", "powerpc", "unknown", "linux", "gnu", "spe", "unix", "big", "32"},
      {"mips64el-unknown-linux-gnuabi64", "mips64", "unknown", "linux", "gnu", "abi64", "unix", "little", "64"},
      {"mips-unknown-linux-uclibc", "mips", "unknown", "linux", "uclibc", "", "unix", "big", "32"},
      {"s390x-unknown-linux-gnu", "s390x", "unknown", "linux", "gnu", "", "unix", "big", "64"},
      {"loongarch64-unknown-linux-ohos", "loongarch64", "unknown", "linux", "ohos", "", "unix", "little", "64"},
      {"sparcv9-sun-solaris", "sparc64", "sun", "solaris", "", "", "unix", "big", "64"},
      {"x86_64-unknown-freebsd", "x86_64", "unknown", "freebsd", "", "", "unix", "little", "64"},
      {"aarch64-apple-darwin", "aarch64", "apple", "macos", "", "", "unix", "little", "64"},
      {"aarch64-apple-ios-sim", "aarch64", "apple", "ios", "sim", "sim", "unix", "little", "64"},
      {"x86_64-pc-windows-msvc", "x86_64", "pc", "windows", "msvc", "", "windows", "little", "64"},
      {"i686-pc-windows-gnullvm", "x86", "pc", "windows", "gnu", "llvm", "windows", "little", "32"},
      {"wasm32-unknown-unknown", "wasm32", "unknown", "unknown", "", "", "wasm", "little", "32"},
      {"wasm32-wasip1", "wasm32", "unknown", "wasi", "", "", "wasm", "little", "32"},
      {"wasm32-unknown-emscripten", "wasm32", "unknown", "emscripten", "", "", "unix wasm", "little", "32"},
      {"riscv32imac-unknown-none-elf", "riscv32", "unknown", "none", "", "", "", "little", "32"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.triple));
    const Platform p = platform(row.triple);
    CHECK(p.triple == row.triple);
    CHECK(p.arch == row.arch);
    CHECK(p.vendor == row.vendor);
    CHECK(p.os == row.os);
    CHECK(p.env == row.env);
    CHECK(p.abi == row.abi);
    CHECK(p.family == row.family);
    CHECK(p.endian == row.endian);
    CHECK(p.pointer_width == row.pointer_width);
  }
}

TEST_CASE("platform: expressions on several machines") {
  const Platform gnu = platform("x86_64-unknown-linux-gnu"), musl = platform("aarch64-unknown-linux-musl"),
                 windows = platform("x86_64-pc-windows-msvc"), apple = platform("aarch64-apple-darwin");
  const struct {
    const char* text;
    bool on_gnu, on_musl, on_windows, on_apple;
  } rows[] = {
      {"x86_64-unknown-linux-gnu", true, false, false, false},
      {"x86_64-linux-gnu", true, false, false, false},
      {"amd64-linux-gnu", true, false, false, false},
      {"aarch64-unknown-linux-musl", false, true, false, false},
      {"aarch64-linux-musl", false, true, false, false},
      {"x86_64-pc-windows-msvc", false, false, true, false},
      {"aarch64-apple-darwin", false, false, false, true},
      {"arm64-apple-darwin", false, false, false, true},
      {" aarch64-apple-darwin\n", false, false, false, true},
      {"x86_64-unknown-linux-musl", false, false, false, false},
      {"x86_64-unknown-linux", false, false, false, false},
      {"x86_64-alpine-linux-gnu", false, false, false, false},
      {"cfg(unix)", true, true, false, true},
      {"cfg(windows)", false, false, true, false},
      {"cfg(true)", true, true, true, true},
      {"cfg(false)", false, false, false, false},
      {"cfg(all())", true, true, true, true},
      {"cfg(any())", false, false, false, false},
      {"cfg(not(unix))", false, false, true, false},
      {"cfg(not(not(unix)))", true, true, false, true},
      {"cfg(not(any()))", true, true, true, true},
      {"cfg(not(all()))", false, false, false, false},
      {"cfg(target_os = \"linux\")", true, true, false, false},
      {"cfg(target_os = \"macos\")", false, false, false, true},
      {"cfg(target_os = \"darwin\")", false, false, false, false},
      {"cfg(target_os = \"windows\")", false, false, true, false},
      {"cfg(target_os = \"Linux\")", false, false, false, false},
      {"cfg(target_os = \"\")", false, false, false, false},
      {"cfg(target_os=\"linux\")", true, true, false, false},
      {"cfg(\ttarget_os\n=\r\n\"linux\" )", true, true, false, false},
      {"cfg (unix)", true, true, false, true},
      {" cfg(unix) ", true, true, false, true},
      {"cfg(target_family = \"unix\")", true, true, false, true},
      {"cfg(target_family = \"windows\")", false, false, true, false},
      {"cfg(target_family = \"wasm\")", false, false, false, false},
      {"cfg(target_arch = \"x86_64\")", true, false, true, false},
      {"cfg(target_arch = \"aarch64\")", false, true, false, true},
      {"cfg(target_arch = \"arm64\")", false, false, false, false},
      {"cfg(target_env = \"gnu\")", true, false, false, false},
      {"cfg(target_env = \"musl\")", false, true, false, false},
      {"cfg(target_env = \"msvc\")", false, false, true, false},
      {"cfg(target_env = \"\")", false, false, false, true},
      {"cfg(target_abi = \"\")", true, true, true, true},
      {"cfg(target_abi = \"eabihf\")", false, false, false, false},
      {"cfg(target_vendor = \"unknown\")", true, true, false, false},
      {"cfg(target_vendor = \"apple\")", false, false, false, true},
      {"cfg(target_vendor = \"pc\")", false, false, true, false},
      {"cfg(target_endian = \"little\")", true, true, true, true},
      {"cfg(target_endian = \"big\")", false, false, false, false},
      {"cfg(target_pointer_width = \"64\")", true, true, true, true},
      {"cfg(target_pointer_width = \"32\")", false, false, false, false},
      {"cfg(target_has_atomic = \"ptr\")", true, true, true, true},
      {"cfg(target_has_atomic = \"64\")", true, true, true, true},
      {"cfg(panic = \"unwind\")", true, true, true, true},
      {"cfg(panic = \"abort\")", false, false, false, false},
      {"cfg(test)", false, false, false, false},
      {"cfg(debug_assertions)", false, false, false, false},
      {"cfg(proc_macro)", false, false, false, false},
      {"cfg(not(debug_assertions))", true, true, true, true},
      {"cfg(feature = \"unix\")", false, false, false, false},
      {"cfg(whatever)", false, false, false, false},
      {"cfg(wasm)", false, false, false, false},
      {"cfg(linux)", false, false, false, false},
      {"cfg(key = \"value\")", false, false, false, false},
      {"cfg(not(key = \"value\"))", true, true, true, true},
      // A target feature may be there or not: what depends on it counts as a match.
      {"cfg(target_feature = \"sse2\")", true, true, true, true},
      {"cfg(not(target_feature = \"sse2\"))", true, true, true, true},
      {"cfg(all(unix, target_feature = \"sse2\"))", true, true, false, true},
      {"cfg(any(windows, target_feature = \"sse2\"))", true, true, true, true},
      {"cfg(not(any(windows, target_feature = \"sse2\")))", true, true, false, true},
      {"cfg(all(unix, target_arch = \"x86_64\"))", true, false, false, false},
      {"cfg(all(unix, not(target_os = \"macos\")))", true, true, false, false},
      {"cfg(all(unix,))", true, true, false, true},
      {"cfg(any(unix, windows,))", true, true, true, true},
      {"cfg(not(unix,))", false, false, true, false},
      {"cfg(unix,)", true, true, false, true},
      {"cfg(any(target_env = \"musl\", all(windows, target_arch = \"x86_64\")))", false, true, true, false},
      {"cfg(any(all(any(), unix), all(all(), target_vendor = \"pc\")))", false, false, true, false},
      {"cfg(key = \"a \\\"b\\\" \\\\ \\' \\n\\r\\t\\0\")", false, false, false, false},
      {"cfg(key = \"(,)=\")", false, false, false, false},
  };
  for (const auto& row : rows) {
    const std::string text = row.text;
    CAPTURE(text);
    CHECK(matches(text, gnu) == row.on_gnu);
    CHECK(matches(text, musl) == row.on_musl);
    CHECK(matches(text, windows) == row.on_windows);
    CHECK(matches(text, apple) == row.on_apple);
  }
}

TEST_CASE("platform: atomics, families and panics of smaller machines") {
  const Platform arm = platform("armv7-unknown-linux-gnueabihf"), mips = platform("mipsel-unknown-linux-gnu"),
                 chip = platform("thumbv7em-none-eabihf"), web = platform("wasm32-unknown-emscripten");
  CHECK(matches("cfg(target_has_atomic = \"64\")", arm));
  CHECK_FALSE(matches("cfg(target_has_atomic = \"64\")", mips));
  CHECK(matches("cfg(target_has_atomic = \"32\")", mips));
  CHECK(matches("cfg(target_abi = \"eabihf\")", arm));
  CHECK(matches("cfg(target_os = \"none\")", chip));
  CHECK(matches("cfg(panic = \"abort\")", chip));
  CHECK_FALSE(matches("cfg(any(unix, windows))", chip));
  CHECK(matches("cfg(all(unix, target_family = \"wasm\"))", web));
}

TEST_CASE("platform: what is wrong is said, and where") {
  const std::string example = "a target triple is such as x86_64-unknown-linux-gnu; all else goes into cfg(...)";
  const struct {
    std::string_view text;
    std::string message, hint;
  } rows[] = {
      {"", "unknown architecture\n  \n  ^", example},
      {"linux", "unknown architecture\n  linux\n  ^^^^^", example},
      {"unix", "unknown architecture\n  unix\n  ^^^^", example},
      {"cfg", "unknown architecture\n  cfg\n  ^^^", example},
      {"x86_65-linux", "unknown architecture\n  x86_65-linux\n  ^^^^^^", "did you mean x86_64?"},
      {"X86_64-unknown-linux-gnu", "unknown architecture\n  X86_64-unknown-linux-gnu\n  ^^^^^^",
       "did you mean x86_64?"},
      {"x86_64", "this is no target triple\n  x86_64\n  ^^^^^^", example},
      {"x86_64-a-b-c-d", "this is no target triple\n  x86_64-a-b-c-d\n  ^^^^^^^^^^^^^^", example},
      {"x86_64-unknown-linx-gnu", "unknown operating system\n  x86_64-unknown-linx-gnu\n                 ^^^^",
       "did you mean linux?"},
      {"x86_64--", "unknown operating system\n  x86_64--\n          ^", example},
      {"x86_64-unknown-linux-gnuu", "unknown environment\n  x86_64-unknown-linux-gnuu\n                       ^^^^",
       "did you mean gnu?"},
      {"x86_64-unknown-linux-gn\xC3\xBC",
       "a target triple has no such character\n  x86_64-unknown-linux-gn\xC3\xBC\n                         ^", example},
      {"armv7 or x86_64-linux", "a target triple has no such character\n  armv7 or x86_64-linux\n       ^", example},
      {"x86_64-a/b-linux", "a target triple has no such character\n  x86_64-a/b-linux\n          ^", example},
      {"cfg(", "expected ',' or ')'\n  cfg(\n      ^", ""},
      {"cfg()", "this takes exactly one predicate\n  cfg()\n  ^^^", "all(...) and any(...) join several"},
      {"cfg(unix", "expected ',' or ')'\n  cfg(unix\n          ^", ""},
      {"cfg(unix) x", "expected nothing after cfg(...)\n  cfg(unix) x\n            ^", ""},
      {"cfg(unix))", "expected nothing after cfg(...)\n  cfg(unix))\n           ^", ""},
      {"cfg(unix, windows)", "this takes exactly one predicate\n  cfg(unix, windows)\n  ^^^",
       "all(...) and any(...) join several"},
      {"cfg(not())", "this takes exactly one predicate\n  cfg(not())\n      ^^^", "all(...) and any(...) join several"},
      {"cfg(not(unix, windows))", "this takes exactly one predicate\n  cfg(not(unix, windows))\n      ^^^",
       "all(...) and any(...) join several"},
      {"cfg(all)", "expected '('\n  cfg(all)\n         ^", ""},
      {"cfg(all(unix,,windows))",
       "expected a name such as unix or target_os\n  cfg(all(unix,,windows))\n               ^", ""},
      {"cfg(unix windows)", "expected ',' or ')'\n  cfg(unix windows)\n           ^", ""},
      {"cfg((unix))", "expected a name such as unix or target_os\n  cfg((unix))\n      ^", ""},
      {"cfg(1x)", "expected a name such as unix or target_os\n  cfg(1x)\n      ^", ""},
      {"cfg(\"unix\")", "expected a name such as unix or target_os\n  cfg(\"unix\")\n      ^", ""},
      {"cfg(some(unix))", "unknown function\n  cfg(some(unix))\n      ^^^^", "known: all, any, not"},
      {"cfg(target_os)", "this needs a value\n  cfg(target_os)\n      ^^^^^^^^^", "as in target_os = \"linux\""},
      {"cfg(panic)", "this needs a value\n  cfg(panic)\n      ^^^^^", "as in target_os = \"linux\""},
      {"cfg(feature)", "this needs a value\n  cfg(feature)\n      ^^^^^^^", "as in target_os = \"linux\""},
      {"cfg(target_oss = \"linux\")", "unknown key\n  cfg(target_oss = \"linux\")\n      ^^^^^^^^^^",
       "did you mean target_os?"},
      {"cfg(unix = \"yes\")", "this takes no value\n  cfg(unix = \"yes\")\n      ^^^^", ""},
      {"cfg(true = \"\")", "this takes no value\n  cfg(true = \"\")\n      ^^^^", ""},
      {"cfg(target_os = linux)", "expected a value in double quotes\n  cfg(target_os = linux)\n                  ^",
       ""},
      {"cfg(target_os = 'linux')", "expected a value in double quotes\n  cfg(target_os = 'linux')\n                  ^",
       ""},
      {"cfg(target_os =)", "expected a value in double quotes\n  cfg(target_os =)\n                 ^", ""},
      {"cfg(target_os = \"linux)", "this quote is not closed\n  cfg(target_os = \"linux)\n                  ^", ""},
      {"cfg(a = \"\\q\")", "unknown escape\n  cfg(a = \"\\q\")\n           ^^", ""},
      {"cfg(a = \"\\", "this quote is not closed\n  cfg(a = \"\\\n          ^", ""},
      {"cfg(target_endian = \"middle\")",
       "this is not one of its values\n  cfg(target_endian = \"middle\")\n                      ^^^^^^^^",
       "little big"},
      {"cfg(target_pointer_width = \"x\")",
       "this is not one of its values\n  cfg(target_pointer_width = \"x\")\n                             ^^^",
       "16 32 64"},
      {"cfg(target_has_atomic = \"7\")",
       "this is not one of its values\n  cfg(target_has_atomic = \"7\")\n                          ^^^",
       "8 16 32 64 128 ptr"},
      // On one line whatever it holds, and the caret in the right column.
      {"cfg(\n\tall(unix\n\t\tx))", "expected ',' or ')'\n  cfg(  all(unix   x))\n                   ^", ""},
      {"cfg(a = \"\xC3\xBC\xE2\x82\xAC\" x)",
       "expected ',' or ')'\n  cfg(a = \"\xC3\xBC\xE2\x82\xAC\" x)\n               ^", ""},
      {"cfg(\x1B[31m)", "expected a name such as unix or target_os\n  cfg(\\x1B[31m)\n      ^^^^", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Result<PlatformExpression> expression = PlatformExpression::parse(row.text);
    REQUIRE_FALSE(bool(expression));
    CHECK(expression.error().message == row.message);
    CHECK(expression.error().hint == row.hint);
    CHECK(expression.error().code == nextest::ExitCode::SetupError);
  }
}

TEST_CASE("platform: nesting is bounded, and says so") {
  const auto nested = [](unsigned depth) {
    return "cfg(" + repeated("not(", depth) + "unix" + repeated(")", depth + 1);
  };
  const Platform gnu = platform("x86_64-unknown-linux-gnu");
  CHECK(matches(nested(126), gnu));
  CHECK_FALSE(matches(nested(127), gnu));
  for (const unsigned depth : {128u, 100000u}) {
    const Result<PlatformExpression> expression = PlatformExpression::parse(nested(depth));
    REQUIRE_FALSE(bool(expression));
    CHECK(nextest::starts_with(expression.error().message, "this nests more than 128 deep\n"));
  }
}

TEST_CASE("platform: an expression of any width is read") {
  const Platform gnu = platform("x86_64-unknown-linux-gnu");
  CHECK(matches("cfg(all(" + repeated("unix,", 20000) + "))", gnu));
  CHECK_FALSE(matches("cfg(all(" + repeated("unix,", 20000) + "windows))", gnu));
}

TEST_CASE("platform: the host has a known name and matches it") {
  const Platform& host = host_platform();
  CHECK(bool(platform_of(host.triple)));
  CHECK(matches(host.triple, host));
  CHECK(matches("cfg(unix)", host));
  CHECK(matches("cfg(target_os = \"" + std::string(host.os) + "\")", host));
#if defined(__linux__)
  CHECK(host.os == "linux");
#endif
  CHECK(host.pointer_width == std::to_string(sizeof(void*) * 8));
}

}  // namespace
