// Which binaries there are: paths on the command line become test binaries with unique ids and a harness each.
#pragma once

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/file.hpp"
#include "core/list/architecture.hpp"
#include "core/list/harnesses.hpp"

namespace nextest {

struct DiscoverOptions {
  std::vector<std::string> paths;  // executables, or folders of them
  std::string harness;             // a name from the table; empty: recognised
  bool has_target_runner = false;  // which may run what we cannot
};

class Discovery {
 public:
  static Result<std::vector<TestBinary>> run(const DiscoverOptions& options) {
    Discovery discovery(options);
    for (const std::string& path : options.paths) {
      if (Status status = discovery.take(path); !status) return status.error();
    }
    discovery.drop_repeats();
    discovery.name_binaries();
    return std::move(discovery.binaries_);
  }

 private:
  explicit Discovery(const DiscoverOptions& options) : options_(options) {}

  Status take(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) {
      return Error{ExitCode::SetupError, "cannot find " + path + ": " + ::strerror(errno),
                   "a word with a '/' in it is the path of a test binary or of a folder of them; any other word "
                   "filters by test name"};
    }
    if (!S_ISDIR(info.st_mode)) return take_file(path, true);

    Result<std::vector<std::string>> names = list_folder(path);
    if (!names) return names.error();
    const std::size_t before = binaries_.size();
    for (const std::string& name : names.value()) {
      const std::string file = path + (ends_with(path, "/") ? "" : "/") + name;
      if (!is_executable_file(file)) continue;
      if (Status status = take_file(file, false); !status) return status;
    }
    if (binaries_.size() == before) {
      return Error{ExitCode::SetupError, "no executable file in the folder " + path,
                   "build the tests first; folders are not searched recursively"};
    }
    return success();
  }

  Status take_file(const std::string& path, bool named) {
    if (!is_executable_file(path)) {
      return Error{ExitCode::SetupError, path + " is not an executable file",
                   "make it one with: chmod +x " + shell_quote(path)};
    }
    MappedFile file;
    // A program may be executable without being readable; then its harness has to be given.
    if (const int error = file.open(path); error != 0 && options_.harness.empty()) {
      return Error{ExitCode::SetupError, "cannot read " + path + ": " + ::strerror(error),
                   "to recognise its harness the file is read; give it with --harness NAME"};
    }
    const std::string machine = options_.has_target_runner ? "" : foreign_machine(file.bytes());
    if (!machine.empty()) {
      return Error{ExitCode::SetupError, path + " is a program for another machine (" + machine + ")",
                   "give an emulator that runs it: --target-runner 'qemu-" + machine + "'"};
    }
    TestBinary binary;
    binary.path = path;
    binary.harness = recognise(file.bytes(), options_.harness).kind;
    if (!named && options_.harness.empty() && binary.harness == HarnessKind::Plain) {
      binary.skip_reason = "no known harness in it; name the file itself to run it as a plain test";
    }
    binaries_.push_back(std::move(binary));
    return success();
  }

  void drop_repeats() {
    std::set<std::string_view> seen;
    std::vector<TestBinary> kept;
    for (TestBinary& binary : binaries_) {
      if (seen.insert(binary.path).second) kept.push_back(binary);
    }
    binaries_ = std::move(kept);
  }

  // The file's name; where two share it, as many parent folders as make it unique.
  void name_binaries() {
    std::vector<std::pair<std::vector<std::string_view>, TestBinary*>> sorted;  // path parts from the last to the first
    for (TestBinary& binary : binaries_) {
      std::vector<std::string_view> parts;
      std::string_view rest = binary.path;
      while (true) {
        const std::size_t slash = rest.rfind('/');
        const std::string_view part = rest.substr(slash + 1);
        if (!part.empty() && part != ".") parts.push_back(part);
        if (slash == std::string_view::npos) break;
        rest = rest.substr(0, slash);
      }
      sorted.emplace_back(std::move(parts), &binary);
    }
    std::sort(sorted.begin(), sorted.end());
    const auto common = [&](std::size_t a, std::size_t b) {
      std::size_t count = 0;
      if (a >= sorted.size() || b >= sorted.size()) return count;
      const auto& left = sorted[a].first;
      const auto& right = sorted[b].first;
      while (count < left.size() && count < right.size() && left[count] == right[count]) ++count;
      return count;
    };
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      const std::size_t shared = std::max(i > 0 ? common(i, i - 1) : 0, common(i, i + 1));
      const auto& parts = sorted[i].first;
      std::string id;
      for (std::size_t k = std::min(shared + 1, parts.size()); k-- > 0;) {
        id += parts[k];
        if (k > 0) id += '/';
      }
      sorted[i].second->id = std::move(id);
    }
  }

  const DiscoverOptions& options_;
  std::vector<TestBinary> binaries_;
};

}  // namespace nextest
