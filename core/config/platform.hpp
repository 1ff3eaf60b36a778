// The platforms that a setting is for: a target triple, or a cfg() expression as in Rust.
#pragma once

#include <algorithm>
#include <iterator>

#include "core/base/host_triple.hpp"
#include "core/base/spot.hpp"
#include "core/config/value_reader.hpp"
#include "core/select/pattern_text.hpp"

namespace nextest {

// A machine as cfg() sees it. The views are of constants.
struct Platform {
  std::string triple;
  std::string_view arch, os, env, abi, vendor, endian, pointer_width, family, atomics, panic;
};

// How deep not(), all() and any() may nest: reading recurses, and a file must not choose our stack.
constexpr unsigned cfg_depth_limit = 128;

// In this order all() is the least of its parts and any() the greatest.
enum class Truth : std::uint8_t { False, Unknown, True };

// A list is words with a blank between them; "word*" stands for all that begin so.
inline std::string_view take_word(std::string_view& list) { return take_part(list, ' '); }

// The first word of `list` that stands for `word`, without the star; empty when none does.
inline std::string_view find_word(std::string_view list, std::string_view word) {
  while (!list.empty() && !word.empty()) {
    std::string_view next = take_word(list);
    const bool is_beginning = next.back() == '*';
    if (is_beginning) next.remove_suffix(1);
    if (next == (is_beginning ? word.substr(0, next.size()) : word)) return next;
  }
  return {};
}

// Taking what a literal is keeps the calls small; there are many.
inline bool holds_word(const char* list, std::string_view word) { return !find_word(list, word).empty(); }

// Byte order, pointer width, cfg()'s name, the names in triples.
inline constexpr char architectures[] =
    "little 64 x86_64 x86_64 x86_64h amd64\n"
    "little 64 aarch64 aarch64 arm64 arm64e\n"
    "little 32 x86 i386 i486 i586 i686\n"
    "little 32 arm arm armv7 armv* thumbv*\n"
    "little 64 riscv64 riscv64gc riscv64*\n"
    "little 32 riscv32 riscv32gc riscv32*\n"
    "little 64 powerpc64 powerpc64le\n"
    "little 64 loongarch64 loongarch64\n"
    "little 32 mips mipsel\n"
    "little 64 mips64 mips64el\n"
    "little 32 wasm32 wasm32*\n"
    "little 64 wasm64 wasm64\n"
    "big 64 s390x s390x\n"
    "big 64 aarch64 aarch64_be\n"
    "big 32 arm armeb*\n"
    "big 64 powerpc64 powerpc64\n"
    "big 32 powerpc powerpc\n"
    "big 64 mips64 mips64\n"
    "big 32 mips mips\n"
    "big 64 sparc64 sparc64 sparcv9\n"
    "big 32 sparc sparc\n"
    "big 32 m68k m68k\n"
    "little 32 csky csky\n"
    "little 32 hexagon hexagon\n"
    "little 32 xtensa xtensa\n";
inline constexpr char unix_systems[] =
    "linux macos freebsd netbsd openbsd dragonfly android illumos solaris hurd haiku redox cygwin ios tvos watchos "
    "visionos fuchsia emscripten aix nto vxworks espidf nuttx";
inline constexpr char other_systems[] = "windows none unknown uefi hermit wasi* rtems helenos trusty xous";
inline constexpr char vendors[] = "unknown pc apple uwp win7 wrs sun ibm alpine suse redhat";
inline constexpr char environments[] = "gnu* musl* uclibc* android* newlib* msvc ohos mlibc sgx sim macabi";
inline constexpr char abis[] = "eabi eabihf abi64 x32 spe llvm _ilp32 abiv2 abiv2hf softfloat";

// Reads a triple, or an expression, which it evaluates on the way for a platform.
class PlatformReader : TextCursor {
 public:
  explicit PlatformReader(std::string_view text) : TextCursor(text) {}

  // False when it is none; failure() is why.
  bool read_triple(Platform& platform);
  bool read_cfg(const Platform& platform, Truth& truth) {
    at_ = 3;  // "cfg"
    if (!read_list(text_.substr(0, 3), platform, truth, 0)) return false;
    skip_blanks();
    return done() || fail("expected nothing after cfg(...)", text_.substr(at_));
  }

  Error failure() { return error_at(text_, failed_at_, failed_size_, problem_, hint_); }

 private:
  // What follows cfg, all, any, not.
  bool read_list(std::string_view name, const Platform& platform, Truth& truth, unsigned depth) {
    if (depth == cfg_depth_limit) return fail("this nests more than 128 deep", name);
    if (!take("(")) return fail("expected '('", next());
    const bool is_any = holds_word("any", name);
    truth = is_any ? Truth::False : Truth::True;
    unsigned count = 0;
    do {
      skip_blanks();
      if (next().empty() || holds_word(")", next())) break;
      Truth part = Truth::False;
      if (!read_predicate(platform, part, depth + 1)) return false;
      truth = is_any ? std::max(truth, part) : std::min(truth, part);
      ++count;
    } while (take(","));
    if (!take(")")) return fail("expected ',' or ')'", next());
    if (holds_word("not", name)) truth = static_cast<Truth>(2 - static_cast<int>(truth));
    return count == 1 || name[0] == 'a' ||
           fail("this takes exactly one predicate", name, "all(...) and any(...) join several");
  }

  bool read_predicate(const Platform& platform, Truth& truth, unsigned depth) {
    const std::string_view name = take_name();
    if (name.empty()) return fail("expected a name such as unix or target_os", next());
    if (holds_word("all any not", name)) return read_list(name, platform, truth, depth);
    const std::size_t after_name = at_;
    if (!take("=")) {
      if (holds_word("(", next())) return fail("unknown function", name, "known: all, any, not");
      at_ = after_name;
      if (holds_word("target_* feature panic", name))
        return fail("this needs a value", name, "as in target_os = \"linux\"");
      // Names that nothing sets are false, as in Rust.
      const bool is_family = holds_word("unix windows", name) && !find_word(platform.family, name).empty();
      truth = holds_word("true", name) || is_family ? Truth::True : Truth::False;
      return true;
    }
    skip_blanks();
    const std::size_t start = at_;
    std::string value;
    if (!read_string(value)) return false;
    if (holds_word("unix windows test debug_assertions proc_macro true false", name))
      return fail("this takes no value", name);
    return evaluate(name, value, text_.substr(start, at_ - start), platform, truth);
  }

  bool evaluate(std::string_view key, std::string_view value, std::string_view written, const Platform& platform,
                Truth& truth) {
    static constexpr char keys[] =
        "target_endian target_pointer_width target_has_atomic target_os target_family target_arch target_env "
        "target_vendor target_abi panic target_feature";
    static constexpr std::string_view Platform::*fields[] = {
        &Platform::endian, &Platform::pointer_width, &Platform::atomics, &Platform::os,  &Platform::family,
        &Platform::arch,   &Platform::env,           &Platform::vendor,  &Platform::abi, &Platform::panic};
    static constexpr const char* allowed[] = {"little big", "16 32 64", "8 16 32 64 128 ptr"};
    std::size_t row = 0;
    std::string_view rest = keys;
    while (!rest.empty() && take_word(rest) != key) ++row;
    if (row < std::size(allowed) && !holds_word(allowed[row], value)) {
      return fail("this is not one of its values", written, allowed[row]);
    }
    truth = Truth::False;
    if (row < std::size(fields)) {
      const std::string_view ours = platform.*fields[row];
      if (value == ours || !find_word(ours, value).empty()) truth = Truth::True;
    } else if (row == std::size(fields)) {
      // What a binary was built for is known, but not the features that its compiler was given.
      truth = Truth::Unknown;
    } else if (holds_word("target_*", key)) {
      return fail_unknown("unknown key", key, keys);
    }
    return true;
  }

  // A string literal of Rust.
  bool read_string(std::string& value) {
    const std::string_view start = next();
    if (!take("\"")) return fail("expected a value in double quotes", start);
    for (; !next().empty(); ++at_) {
      if (text_[at_] == '"') return ++at_, true;
      char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size()) {
        constexpr std::string_view letters = "\"\\'nrt0", meanings("\"\\'\n\r\t\0", 7);
        const std::size_t index = letters.find(text_[++at_]);
        if (index == std::string_view::npos) return fail("unknown escape", text_.substr(at_ - 1, 2));
        c = meanings[index];
      }
      value += c;
    }
    return fail("this quote is not closed", start);
  }

  // The next character; nothing at the end.
  std::string_view next() const { return text_.substr(at_, 1); }

  void skip_blanks() { take_while(is_space); }

  // Empty when there is none here.
  std::string_view take_name() {
    skip_blanks();
    if (!done() && is_digit(text_[at_])) return {};
    return take_while(is_name_character);
  }

  static bool is_name_character(char c) { return c == '_' || is_digit(c) || is_letter(c); }

  // With the blanks before it.
  bool take(const char* token) {
    skip_blanks();
    return TextCursor::take(token);
  }

  bool fail(const char* problem, std::string_view where, const char* hint = "") {
    problem_ = problem;
    hint_ = hint;
    failed_at_ = static_cast<std::size_t>(where.data() - text_.data());
    failed_size_ = where.size();
    return false;
  }

  bool fail_unknown(const char* problem, std::string_view where, const char* known) {
    Vector<std::string_view> words;
    std::string_view candidates = known;
    while (!candidates.empty()) words.push_back(take_word(candidates));
    const std::string_view near = nearest(where, words);
    fail(problem, where, "a target triple is such as x86_64-unknown-linux-gnu; all else goes into cfg(...)");
    if (!near.empty()) hint_ = "did you mean " + std::string(near) + "?";
    return false;
  }

  const char* problem_ = "";
  std::string hint_;
  std::size_t failed_at_ = 0, failed_size_ = 0;
};

// ARCH-OS, ARCH-VENDOR-OS, ARCH-OS-ENV, ARCH-VENDOR-OS-ENV
inline bool PlatformReader::read_triple(Platform& p) {
  take_while([](char c) { return is_name_character(c) || c == '-' || c == '.'; });
  if (!done()) return fail_unknown("a target triple has no such character", next(), "");
  std::string_view parts[5];
  std::size_t count = 0;
  for (std::size_t start = 0; start <= text_.size() && count < 5;) {
    const std::size_t end = std::min(text_.find('-', start), text_.size());
    parts[count++] = text_.substr(start, end - start);
    start = end + 1;
  }
  for (std::string_view rows = architectures, row; p.arch.empty() && next_line(rows, row);) {
    p.endian = take_word(row);
    p.pointer_width = take_word(row);
    const std::string_view arch = take_word(row);
    if (!find_word(row, parts[0]).empty()) p.arch = arch;
  }
  if (p.arch.empty()) {
    return fail_unknown("unknown architecture", parts[0],
                        "x86_64 aarch64 i686 arm armv7 riscv64gc powerpc64le s390x loongarch64 mips64el wasm32");
  }
  if (count < 2 || count > 4) return fail_unknown("this is no target triple", text_, "");

  const auto system_of = [](std::string_view word) {
    if (holds_word("darwin", word)) return std::string_view("macos");
    const std::string_view found = find_word(unix_systems, word);
    return found.empty() ? find_word(other_systems, word) : found;
  };
  const bool is_gnu_name = count == 3 && holds_word("linux", parts[1]);  // which leaves the vendor out
  const std::size_t system =
      count == 4 || (count == 3 && !is_gnu_name && !holds_word("none nuttx rtems wasip*", parts[1])) ? 2 : 1;
  p.vendor = system == 2 ? find_word(vendors, parts[1]) : "unknown";
  p.os = system_of(parts[system]);
  if (p.os.empty()) return fail_unknown("unknown operating system", parts[system], unix_systems);

  const std::string_view end = parts[system + 1];
  // A C library, perhaps with an ABI behind it; an ABI alone; or what cfg() has no word for.
  p.env = find_word(environments, end);
  p.abi = find_word(abis, end.substr(p.env.size()));
  if (p.env.size() + p.abi.size() != end.size() && !holds_word("elf none threads qnx*", end)) {
    return fail_unknown("unknown environment", end, "gnu musl uclibc msvc gnueabihf musleabihf");
  }
  if (holds_word("sim macabi", end)) p.abi = p.env;
  if (holds_word("_ilp32", p.abi)) p.abi.remove_prefix(1);
  if (holds_word("android", p.env)) {
    p.os = p.env;
    p.env = "";
  }
  if (holds_word("x32 ilp32", p.abi)) p.pointer_width = "32";
  const bool is_unix = holds_word(unix_systems, p.os), is_wasm = holds_word("wasm*", p.arch);
  p.family = is_unix ? is_wasm ? "unix wasm" : "unix" : is_wasm ? "wasm" : holds_word("windows", p.os) ? "windows" : "";
  p.panic = is_unix || holds_word("windows", p.os) ? "unwind" : "abort";
  const bool has_wide_atomics = p.pointer_width == "64" || holds_word("x86 arm x86_64", p.arch);
  p.atomics = has_wide_atomics ? "8 16 32 64 ptr" : "8 16 32 ptr";
  p.triple = holds_word("amd64 arm64", parts[0]) ? p.arch : parts[0];
  if (is_gnu_name && holds_word("linux", p.os)) p.triple += "-unknown";
  p.triple.append(text_.substr(parts[0].size()));
  return true;
}

// The error points at the part that is not known.
inline Result<Platform> platform_of(std::string_view triple) {
  Platform platform;
  PlatformReader reader(triple);
  if (!reader.read_triple(platform)) return reader.failure();
  return platform;
}

// The machine this program was built for.
inline const Platform& host_platform() {
  static const Platform platform = [] {
    const std::string triple = host_triple();
    Platform host;
    if (!PlatformReader(triple).read_triple(host)) host.triple = triple;
    return host;
  }();
  return platform;
}

class PlatformExpression {
 public:
  static Result<PlatformExpression> parse(std::string_view text) {
    text = trim(text);
    PlatformReader reader(text);
    PlatformExpression expression;
    expression.text_ = text;
    expression.is_cfg_ = starts_with(text, "cfg") && starts_with(trim(text.substr(3)), "(");
    Platform platform;
    Truth truth = Truth::False;
    if (!(expression.is_cfg_ ? reader.read_cfg(platform, truth) : reader.read_triple(platform)))
      return reader.failure();
    if (!expression.is_cfg_) expression.text_ = std::move(platform.triple);
    return expression;
  }

  // What cannot be known counts as a match.
  bool matches(const Platform& platform) const {
    Truth truth = text_ == platform.triple ? Truth::True : Truth::False;
    if (is_cfg_) PlatformReader(text_).read_cfg(platform, truth);
    return truth != Truth::False;
  }

 private:
  std::string text_;  // a triple, or cfg(...)
  bool is_cfg_ = false;
};

// As a value of a configuration: a triple or cfg(...). What is not for this machine clears `matches`.
struct PlatformValue {
  static void read(ValueReader& in, const TomlValue& value, const char* allowed, bool& matches) {
    std::string text;
    if (!in.text(value, text, allowed)) return;
    const Result<PlatformExpression> expression = PlatformExpression::parse(text);
    if (!expression) in.fail(value, expression.error());
    else if (!expression.value().matches(host_platform())) matches = false;
  }
};

}  // namespace nextest
