// Which binaries there are: paths on the command line become test binaries with unique ids and a harness each.
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/base/bytes.hpp"
#include "core/base/escape.hpp"
#include "core/base/file.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/base/sorted_order.hpp"
#include "core/base/switches.hpp"
#include "core/config/config_parts.hpp"
#include "core/harness/recognise.hpp"
#include "core/list/architecture.hpp"
#include "core/list/libraries.hpp"
#include "core/list/path_glob.hpp"

namespace nextest {

struct DiscoverOptions {
  Vector<KeptText> paths;                   // executables, or folders of them
  std::string harness;                      // a name from the table; empty: recognised
  bool has_target_runner = false;           // which may run what we cannot
  const CustomHarnesses* custom = nullptr;  // the configuration's

  // Where there are no paths: what the configuration names, from the workspace root.
  const Vector<BinariesEntry>* entries = nullptr;
  std::string workspace_root;
};

class Discovery {
 public:
  // `environment`: what programs that are given by path have besides ours, as NAME=VALUE; nullptr: nothing.
  static Result<Vector<TestBinary>> run(DiscoverOptions options, const Vector<std::string>* environment = nullptr) {
    Discovery discovery(options);
    if (built_in(Feature::Json)) discovery.environment_ = environment;
    if (Status status = discovery.use_harness(options.harness, "--harness"); !status) return status.error();
    discovery.binaries_.reserve(options.paths.size());
    for (const KeptText& path : options.paths) {
      if (Status status = discovery.take(path); !status) return status.error();
    }
    const bool by_config = built_in(Feature::Config) && options.paths.empty() && options.entries != nullptr;
    for (std::size_t i = 0; by_config && i < options.entries->size(); ++i) {
      if (Status status = discovery.take_entry((*options.entries)[i]); !status) return status.error();
    }
    discovery.name_binaries();
    return std::move(discovery.binaries_);
  }

 private:
  explicit Discovery(const DiscoverOptions& options) : options_(options) {}

  // For what is taken from now on; empty: what is recognised.
  Status use_harness(const std::string& name, const char* origin) {
    harness_ = name;
    forced_ = find_custom(options_.custom, name);
    last_ = {};
    if (name.empty()) return success();
    Status status = check_harness_name(name, options_.custom);
    if (!status) status.error().message.insert(0, std::string(origin) + ": ");
    return status;
  }

  Status take_entry(const BinariesEntry& entry) {
    if (options_.harness.empty()) {
      if (Status status = use_harness(entry.harness, "[[binaries]] harness"); !status) return status;
    }
    const auto from_root = [&](const std::string& path) {
      if (starts_with(path, "/")) return path;
      const bool is_here = current_folder() == options_.workspace_root;
      if (is_here) return contains(path, "/") ? path : "./" + path;
      return options_.workspace_root + "/" + path;
    };
    const std::string pattern = from_root(entry.path);
    environment_ = &entry.environment;
    last_ = {};  // in another environment, a program may find other libraries
    const std::size_t before = binaries_.size();
    if (!has_wildcard(pattern)) {
      if (Status status = take(pattern); !status) return status;
    } else {
      Result<Vector<std::string>> files = PathGlob::expand(pattern);
      if (!files) return files.error();
      for (const std::string& file : files.value()) {
        struct stat info {};
        if (::stat(file.c_str(), &info) != 0 || (custom_for(file) == nullptr && !is_executable(file, info))) continue;
        if (Status status = take_file(contains(file, "/") ? file : "./" + file, info, true); !status) {
          return status;
        }
      }
    }
    if (binaries_.size() == before) {
      return Error{ExitCode::SetupError, "[[binaries]]: no executable file matches " + safe_name(entry.path),
                   "build the tests first, or mend the path in .config/nextest.toml"};
    }
    for (std::size_t i = before; i < binaries_.size(); ++i) {
      TestBinary& binary = binaries_[i];
      if (!entry.package.empty()) binary.package = entry.package;
      const bool in_its_own = entry.folder == "binary";
      const std::string folder = entry.folder == "." ? options_.workspace_root : from_root(entry.folder);
      binary.folder = in_its_own ? std::string(parent_folder(binary.path)) : folder;
      binary.environment = &entry.environment;
    }
    return success();
  }

  // The custom harness whose glob a file matches; a harness of the command line rules out all others.
  const CustomHarness* custom_for(std::string_view path) const {
    const bool has_custom = built_in(Feature::Config) && options_.custom != nullptr;
    for (std::size_t i = 0; has_custom && i < options_.custom->size(); ++i) {
      const CustomHarness& one = (*options_.custom)[i];
      if ((harness_.empty() || forced_ == &one) && custom_matches(one, path)) return &one;
    }
    return nullptr;
  }

  Status take(const KeptText& kept) {
    const std::string path = kept.str();
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      return Error{ExitCode::SetupError, "cannot find " + safe_name(path) + ": " + ::strerror(errno),
                   "a word with a '/' in it is the path of a test binary or of a folder of them; any other word "
                   "filters by test name"};
    }
    if (!S_ISDIR(info.st_mode)) return take_file(kept, info, true);

    Result<Vector<std::string>> names = list_folder(path);
    if (!names) return names.error();
    const std::size_t before = binaries_.size();
    binaries_.reserve(before + names.value().size());
    for (const std::string& name : names.value()) {
      std::string file = path + (ends_with(path, "/") ? "" : "/") + name;
      if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
      if (custom_for(file) == nullptr && (forced_ != nullptr || !is_executable(file, info))) continue;
      if (Status status = take_file(file, info, false); !status) return status;
    }
    if (binaries_.size() == before) {
      return Error{ExitCode::SetupError, "no executable file in the folder " + safe_name(path),
                   "build the tests first; folders are not searched recursively"};
    }
    return success();
  }

  static bool is_executable(const std::string& path, const struct stat& info) {
    constexpr mode_t by_all = S_IXUSR | S_IXGRP | S_IXOTH;
    return S_ISREG(info.st_mode) && ((info.st_mode & by_all) == by_all || ::access(path.c_str(), X_OK) == 0);
  }

  Status take_file(const KeptText& kept, const struct stat& info, bool named) {
    const std::string path = kept.str();
    const CustomHarness* const custom = named && forced_ != nullptr ? forced_ : custom_for(path);
    if (custom == nullptr && !is_executable(path, info)) {
      return Error{ExitCode::SetupError, safe_name(path) + " is not an executable file",
                   "make it one with: chmod +x " + shell_quote(path)};
    }
    // One program under many names (links) is looked into once.
    if (custom == nullptr && (info.st_ino != last_.st_ino || info.st_dev != last_.st_dev)) {
      if (Status status = look_into(path); !status) return status;
      last_ = info;
    }
    const bool is_library = custom == nullptr && last_is_library_;
    if (named && is_library) {
      return Error{ExitCode::SetupError, safe_name(path) + " is a shared library, not a program", ""};
    }
    TestBinary binary;
    binary.path = kept;
    std::string_view folders = kept;
    binary.name = KeptText::of(take_last_part(folders));
    const std::string_view folder = take_last_part(folders);
    const bool is_named = !folder.empty() && folder != "..";
    char* const real = is_named ? nullptr : ::realpath(std::string(parent_folder(path)).c_str(), nullptr);
    if (real == nullptr && !is_named && errno == ENOMEM) out_of_memory();
    binary.package = real != nullptr ? file_name(real) : folder;
    ::free(real);
    binary.harness = custom != nullptr ? custom : last_harness_;
    if (custom == nullptr) binary.other_harnesses = last_others_;
    if (is_library) {
      binary.skip_reason = "a shared library";
    } else if (!named && harness_.empty() && binary.harness == &plain_harness) {
      binary.skip_reason = "no known harness in it; name the file itself to run it as a plain test";
    }
    binaries_.push_back(std::move(binary));
    return success();
  }

  Status look_into(const std::string& path) {
    BytesOfFile file;
    // A program may be executable without being readable; then its harness has to be given.
    if (const int error = file.open(path); error != 0 && harness_.empty()) {
      return Error{ExitCode::SetupError, "cannot read " + safe_name(path) + ": " + ::strerror(error),
                   "to recognise its harness the file is read; give it with --harness NAME"};
    }
    const ElfFile elf(file);
    last_is_library_ = elf.is_shared_library();
    const std::string machine = options_.has_target_runner ? "" : foreign_machine(elf);
    if (!machine.empty()) {
      const std::string emulator = emulator_of(elf.target());
      return Error{ExitCode::SetupError, safe_name(path) + " is a program for another machine (" + machine + ")",
                   emulator.empty() ? "give what runs it: --target-runner COMMAND"
                                    : "give an emulator that runs it: --target-runner " + emulator};
    }
    last_harness_ = &plain_harness;
    last_others_ = {};
    const Recognition recognition(file, elf);
    if (!harness_.empty()) {
      last_harness_ = &recognition.choose(harness_);
      return check_kept(path, *last_harness_);
    }
    // A main may be in a library, and in the program the mocks of another framework: all of it is looked at together.
    Vector<const Harness*> in_libraries;
    if (!last_is_library_) in_libraries = libraries_.shown_by(path, elf, environment_);
    for (const Harness* const one : recognition.shown(in_libraries)) {
      const bool is_own = recognition.shows_text(*one) || recognition.shows_library(*one);
      if (last_harness_ == &plain_harness && is_own) {
        if (Status status = check_kept(path, *one); !status) return status;
      }
      if (!is_harness_kept(one->name)) continue;
      if (last_harness_ == &plain_harness) last_harness_ = one;
      else last_others_.push_back(one);
    }
    const Harness& last = last_others_.empty() ? *last_harness_ : *last_others_.back();
    if (last.list_mark != nullptr) last_others_.push_back(&plain_harness);
    return success();
  }

  static Status check_kept(const std::string& path, const Harness& row) {
    if (is_harness_kept(row.name)) return success();
    Error error = harness_left_out(row.name);
    error.message = safe_name(path) + " is a " + row.name + " program; " + error.message;
    return error;
  }

  // The last part of `rest`, which loses it; empty when nothing is left. "." is no part, the root is.
  static std::string_view take_last_part(std::string_view& rest) {
    while (!rest.empty()) {
      const std::size_t slash = rest.rfind('/');
      const std::string_view part = rest.substr(slash + 1);
      const std::string_view folder = rest.substr(0, slash == std::string_view::npos ? 0 : slash);
      const bool was_root = slash == 0 && part.empty();
      rest = slash == 0 && !was_root ? rest.substr(0, 1) : folder;
      if (was_root) return "/";
      if (!part.empty() && part != ".") return part;
    }
    return {};
  }

  // How many parts two paths share at their ends; `order` is below 0 when the first comes before the other, read from
  // there.
  static std::size_t compare_from_end(std::string_view a, std::string_view b, int& order) {
    for (std::size_t shared = 0;; ++shared) {
      const std::string_view left = take_last_part(a), right = take_last_part(b);
      order = left.compare(right);
      if (order != 0 || left.empty()) return shared;
    }
  }

  // The file's name; where two share it, as many parent folders as make it unique. A path given twice counts once.
  void name_binaries() {
    const Vector<std::uint32_t> sorted = sorted_order(binaries_.size(), [&](std::uint32_t a, std::uint32_t b) {
      int order = 0;
      compare_from_end(binaries_[a].path, binaries_[b].path, order);
      return order < 0;
    });
    std::size_t shared_before = 0;
    for (std::size_t i = 0; i < sorted.size();) {
      TestBinary& binary = binaries_[sorted[i]];
      std::size_t shared_after = 0;
      for (++i; i < sorted.size(); ++i) {
        TestBinary& other = binaries_[sorted[i]];
        int order = 0;
        shared_after = compare_from_end(binary.path, other.path, order);
        if (order != 0) break;
        shared_after = 0;
        if (other.skip_reason.empty()) binary.skip_reason = SharedText();  // swept up, and named as well
        other.path = KeptText();
      }
      std::string_view rest = binary.path;
      std::string id(take_last_part(rest));
      for (std::size_t more = std::max(shared_before, shared_after); more > 0 && !rest.empty(); --more) {
        const std::string_view part = take_last_part(rest);
        id.insert(0, part == "/" || part.empty() ? part : std::string(part) + "/");
      }
      binary.id = id == binary.name ? binary.name : KeptText(id);
      shared_before = shared_after;
    }
    const auto repeated = [](const TestBinary& binary) { return binary.path.empty(); };
    binaries_.erase(std::remove_if(binaries_.begin(), binaries_.end(), repeated), binaries_.end());
  }

  const DiscoverOptions& options_;
  std::string harness_;                    // empty: what is recognised
  const CustomHarness* forced_ = nullptr;  // that of this name
  Vector<TestBinary> binaries_;
  struct stat last_ {};  // of the file looked into last
  const Harness* last_harness_ = &plain_harness;
  Vector<const Harness*> last_others_;
  bool last_is_library_ = false;
  const Vector<std::string>* environment_ = nullptr;  // of what is taken now; nullptr: ours
  Libraries libraries_;
};

}  // namespace nextest
