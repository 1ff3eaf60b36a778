// Which binaries a rerun is of. A record that is given as a file may be anybody's: what it names is executed only if it
// lies in this workspace and was a test binary of that run, of the same harness. All else that it names is an error.
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/command_line.hpp"
#include "cli/messages.hpp"
#include "cli/parse.hpp"
#include "cli/records.hpp"
#include "core/base/escape.hpp"
#include "core/base/file.hpp"
#include "core/base/name_set.hpp"
#include "core/base/out_of_memory.hpp"

namespace nextest {

// A path of a run's folder, from its workspace root where it is below.
inline std::string from_root(const std::string& path, const RunInfo& info) {
  const std::string root = info.workspace_root + "/";
  const std::string whole = starts_with(path, "/") ? path : info.folder + "/" + path;
  return starts_with(whole, root) ? whole.substr(root.size()) : whole;
}

// What a command line names beside paths, which a record has in the command line itself.
inline RunScope named_scope(const CommandLine& line, const RunInfo& info) {
  RunScope scope;
  scope.harness = line.binaries.harness;
  if (built_in(Feature::Json) && !line.binaries.metadata.empty())
    scope.binaries_metadata = from_root(line.binaries.metadata, info);
  return scope;
}

// A rerun is of the binaries that the first run of its chain was of: as recorded, else as its command line named them.
inline RunScope scope_of(const RunInfo& info) {
  RunScope scope = info.scope;
  if (!scope.paths.empty() || !scope.binaries_metadata.empty()) return scope;
  const Vector<std::string> words = info.command_line.words();
  bool wants_help = false;
  const Result<CommandLine> line =
      Parser::parse(ForRun, "run", {words.begin() + (words.empty() ? 0 : 1), words.end()}, wants_help);
  if (!line) return scope;
  const BinariesRequest& named = line.value().binaries;
  for (const KeptText& path : named.paths) scope.paths.add(from_root(path.str(), info));
  if (!named.metadata.empty()) scope.binaries_metadata = from_root(named.metadata, info);
  scope.harness = named.harness;
  return scope;
}

// The path without links and dots; empty where there is no such file.
inline std::string real_path(const std::string& path) {
  char* const real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr && errno == ENOMEM) out_of_memory();
  const std::string found = real != nullptr ? real : "";
  ::free(real);
  return found;
}

// A path of a scope as it leads there from here: the workspace may lie elsewhere by now.
inline std::string to_root(const std::string& path, const Config& config) {
  const bool is_here = current_folder() == config.workspace_root;
  return starts_with(path, "/") || is_here ? path : config.workspace_root + "/" + path;
}

// What of a file from elsewhere may be executed.
class ForeignScope {
 public:
  ForeignScope(const std::string& file, const Config& config)
      : file_(file), config_(config), root_(real_path(config.workspace_root)) {
    if (!ends_with(root_, "/")) root_ += '/';
  }

  RunScope scope;                // for the rerun
  Vector<std::string> gone;      // paths of binaries that are not there any more
  Vector<std::string> refusals;  // names of what may not be executed, with the reason

  void take(const RecordReader& record) {
    const RunScope named = scope_of(record.info());
    scope.harness = named.harness;
    scope.from_configuration = named.from_configuration;
    if (!named.binaries_metadata.empty()) take_metadata(named.binaries_metadata, record);
    else if (!named.paths.empty()) take_paths(named.paths.words(), record);
    else if (!named.harness.empty()) refuse("the harness", named.harness, "for binaries that it does not name");
    // What is left are the binaries of the configuration here, which says of which harness they are.
    if (is_empty()) scope.harness.clear();
  }

  // What was found by that scope.
  Status check(const Vector<TestBinary>& found) const {
    for (std::size_t i = 0; !is_empty() && i < found.size(); ++i) {
      const std::string refusal = refusal_of(found[i]);
      if (!refusal.empty()) return error(refusal);
    }
    return success();
  }

  Error error(const std::string& message) const {
    return Error{ExitCode::SetupError, message,
                 "a file from elsewhere starts only test binaries of its run, in this workspace; name what is to run "
                 "yourself, as in: nextest run -R " +
                     shell_quote(file_) + " ./PATH"};
  }

 private:
  static constexpr const char* outside = "which is outside of this workspace";
  static constexpr const char* stranger = "which was no test binary of that run";

  bool is_empty() const { return scope.paths.empty() && scope.binaries_metadata.empty(); }

  // Empty where it may be executed.
  std::string refusal_of(const TestBinary& found) const {
    const bool by_id = !scope.binaries_metadata.empty();
    const std::string path = found.path.str();
    if (by_id && !lies_inside(real_path(path))) return refusal("", path, outside);
    for (const TestBinary& one : binaries_) {
      if (by_id ? one.id != found.id : to_root(one.path.str(), config_) != path) continue;
      if (std::string_view(one.harness->name_in_records()) == found.harness->name_in_records()) return "";
      return refusal("", path, "which is of another harness than in that run");
    }
    return refusal("", path, stranger);
  }

  bool lies_inside(const std::string& real) const { return starts_with(real + "/", root_); }

  std::string refusal(const std::string& what, const std::string& name, const char* why) const {
    return file_ + " names " + (what.empty() ? "" : what + " ") + safe_name(name) + ", " + why;
  }
  void refuse(const std::string& what, const std::string& name, const char* why) {
    refusals.push_back(refusal(what, name, why));
  }

  // Where it leads to; empty where nothing is there. False where that is none of ours.
  bool find(const std::string& path, std::string& real) {
    real = real_path(to_root(path, config_));
    const bool may_be_anywhere = starts_with(path, "/") || contains("/" + path + "/", "/../");
    if (real.empty() ? !may_be_anywhere : lies_inside(real)) return true;
    refuse("", path, outside);
    return false;
  }

  void take_metadata(const std::string& path, const RecordReader& record) {
    std::string real;
    if (!find(path, real)) return;
    scope.binaries_metadata = path;
    for (const TestBinary& binary : record.list().binaries) binaries_.push_back(binary);
  }

  // Of a folder, those that the run found in it; new ones are not looked for.
  void take_paths(const Vector<std::string>& paths, const RecordReader& record) {
    Vector<std::string> named;
    NameSet is_named, is_taken;
    std::string real;
    for (const std::string& path : paths) {
      if (!find(path, real)) real.clear();
      if (!real.empty()) is_named.insert(real);
      named.push_back(real);
    }
    for (const TestBinary& binary : record.list().binaries) {
      // Those lay in a folder, and were no test binaries.
      if (!binary.skip_reason.empty() && binary.mismatch == Mismatch::None) continue;
      const std::string path = from_root(binary.path.str(), record.info());
      if (!find(path, real)) continue;
      if (real.empty()) {
        gone.push_back(path);
        continue;
      }
      const std::string folder(parent_folder(real));
      if (!is_named.contains(real) && !is_named.contains(folder)) continue;
      is_taken.insert(folder);
      if (!is_taken.insert(real)) continue;
      scope.paths.add(path);
      binaries_.push_back(binary);
      binaries_.back().path = path;
    }
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (!named[i].empty() && !is_taken.contains(named[i])) refuse("", paths[i], stranger);
    }
  }

  const std::string file_;
  const Config& config_;
  std::string root_;             // without links, with a slash behind it
  Vector<TestBinary> binaries_;  // of that run
};

inline void write_gone(ColorChoice color, const std::string& path) {
  write_warning(color, path + " is gone; what is known of its tests stays");
}

// The binaries of a rerun: those of the scope, unless others are named now. What is gone is left out, with a warning.
inline BinariesRequest binaries_in(const RunScope& scope, const CommandLine& line, const Config& config) {
  BinariesRequest wanted = line.binaries;
  if (wanted.named()) return wanted;
  for (const std::string& path : scope.paths.words()) {
    struct stat file {};
    if (::stat(to_root(path, config).c_str(), &file) == 0) wanted.paths.push_back(to_root(path, config));
    else write_gone(line.color, path);
  }
  if (!scope.binaries_metadata.empty()) wanted.metadata = to_root(scope.binaries_metadata, config);
  if (wanted.harness.empty()) wanted.harness = scope.harness;
  return wanted;
}

}  // namespace nextest
