// Recorded runs as a command line names them.
#pragma once

#include <sys/stat.h>
#include <sys/utsname.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/messages.hpp"
#include "cli/parse.hpp"
#include "core/config/config.hpp"
#include "record/durations.hpp"
#include "record/open_file.hpp"
#include "record/store.hpp"

namespace nextest {

inline void write_warnings(const CommandLine& line, const std::vector<std::string>& warnings) {
  const Style style = Style::detect(2, line.color);
  for (const std::string& warning : warnings) write_message(style, Paint::Skip, "warning", warning);
}

// The store of the workspace.
inline Result<Store> open_store(const CommandLine& line, const Config& config) {
  const std::string state = state_folder(line.state_dir);
  if (state.empty()) {
    return Error{ExitCode::SetupError, "there is no home folder to keep recorded runs in",
                 "name one by --state-dir or NEXTEST_STATE_DIR"};
  }
  return Store::of_workspace(state, config.workspace_root);
}

struct OpenedRun {
  std::unique_ptr<RecordReader> reader;
  RecordedRun entry;  // what the index says; for an exported run what its manifest says
};

inline bool is_record_path(std::string_view wanted) { return contains(wanted, "/") || ends_with(wanted, ".zip"); }

// The run that `wanted` names: latest, the start of an id, or, with a slash or .zip in it, a path.
inline Result<OpenedRun> open_recorded(const CommandLine& line, const Config& config, const std::string& wanted) {
  OpenedRun opened;
  if (is_record_path(wanted)) {
    Result<std::unique_ptr<RecordReader>> reader = open_record_file(wanted);
    if (!reader) return reader.error();
    opened.reader = std::move(reader.value());
    const std::string& id = opened.reader->info().run_id;
    if (is_run_id(id)) opened.entry.id = id;  // it becomes part of a file's name
    return opened;
  }
  Result<Store> store = open_store(line, config);
  if (!store) return store.error();
  const RunIndex index = store.value().read_index();
  write_warnings(line, store.value().warnings);
  const Result<const RecordedRun*> found = index.resolve(wanted);
  if (!found) return found.error();
  opened.entry = *found.value();
  Result<std::unique_ptr<RecordReader>> reader = store.value().open_run(opened.entry.id);
  if (!reader) return reader.error();
  opened.reader = std::move(reader.value());
  return opened;
}

// What is known of how long tests take, for those commands that ask: of the run that --durations names, of an exported
// run that is rerun, else of the newest runs in the store.
// `orders`: whether they are wanted for --order too.
inline Result<std::vector<Duration>> known_durations(const CommandLine& line, const Config& config,
                                                     const TestList& list, bool orders) {
  const bool weighs = line.selection.partition.kind == Partition::Weight;
  if (!weighs && (!orders || line.order.kind != RunOrder::Longest)) return std::vector<Duration>();
  const std::string& wanted = line.durations.empty() && is_record_path(line.rerun) ? line.rerun : line.durations;
  Durations durations;
  if (!wanted.empty()) {
    Result<OpenedRun> opened = open_recorded(line, config, wanted);
    if (!opened) return opened.error();
    durations = Durations::of_record(*opened.value().reader);
  } else if (const Result<Store> store = open_store(line, config)) {
    durations = Durations::load(store.value());
  }
  if (!durations.empty()) return durations.of(list);
  if (weighs) write_warnings(line, {"no durations of tests are recorded yet: --partition weight splits as slice"});
  return std::vector<Duration>();
}

// What a record says of the circumstances of a run. Nothing secret: of the environment only what steers cargo and us.
inline void describe_run(RunInfo& info, const CommandLine& line, const Config& config) {
  info.started_at = wall_time();
  info.program = std::string("nextest ") + version;
  info.workspace_root = config.workspace_root;
  const std::string here = absolute_path("x");
  info.folder = here.substr(0, here.size() - 2);
  utsname system{};
  if (::uname(&system) == 0) info.host = system.nodename;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const std::string_view name = variable.substr(0, variable.find('='));
    const bool is_wanted = starts_with(name, "NEXTEST_") || starts_with(name, "CARGO_");
    if (is_wanted && !is_secret_name(name)) info.environment.emplace_back(variable);
  }
  // What the command line names itself need not be said twice.
  if (line.rerun.empty()) return;
  const auto from_root = [&](const std::string& path) {
    const std::string whole = absolute_path(path);
    const std::string root = config.workspace_root + "/";
    return starts_with(whole, root) ? whole.substr(root.size()) : whole;
  };
  for (const std::string& path : line.paths) info.scope.paths.add(from_root(path));
  info.scope.harness = line.harness;
  if (!line.binaries_metadata.empty()) info.scope.binaries_metadata = from_root(line.binaries_metadata);
}

// Where a rerun names no binaries, those of the run that it reruns: as recorded, else as its command line named them.
// A file from elsewhere names none outside of the workspace.
inline void take_scope(CommandLine& line, const Config& config, const RunInfo& info) {
  if (!line.paths.empty() || !line.binaries_metadata.empty()) return;
  RunScope scope = info.scope;
  std::string folder = info.workspace_root;
  if (scope.paths.empty() && scope.binaries_metadata.empty()) {
    const std::vector<std::string> words = info.command_line.words();
    bool wants_help = false;
    const Result<CommandLine> said =
        Parser::parse(ForRun, "run", {words.begin() + (words.empty() ? 0 : 1), words.end()}, wants_help);
    if (!said) return;
    for (const std::string& path : said.value().paths) scope.paths.add(path);
    scope.binaries_metadata = said.value().binaries_metadata;
    scope.harness = said.value().harness;
    folder = info.folder;
  }
  // The workspace may lie elsewhere by now.
  const bool is_here = absolute_path("x") == config.workspace_root + "/x";
  const auto found = [&](const std::string& path) {
    const std::string whole = starts_with(path, "/") ? path : folder + "/" + path;
    const std::string root = info.workspace_root + "/";
    if (!starts_with(whole, root)) return whole;
    return is_here ? whole.substr(root.size()) : config.workspace_root + "/" + whole.substr(root.size());
  };
  const bool is_foreign = is_record_path(line.rerun);
  for (const std::string& path : scope.paths.words()) {
    std::string known = found(path);
    if (!is_foreign || !starts_with(known, "/") || starts_with(known, config.workspace_root + "/")) {
      line.paths.push_back(std::move(known));
    }
  }
  if (!scope.binaries_metadata.empty()) line.binaries_metadata = found(scope.binaries_metadata);
  if (line.harness.empty()) line.harness = scope.harness;
}

}  // namespace nextest
