// Recorded runs as a command line names them.
#pragma once

#include <sys/utsname.h>

#include <memory>

#include "cli/command_line.hpp"
#include "cli/messages.hpp"
#include "core/base/switches.hpp"
#include "core/base/uuid.hpp"
#include "core/config/config.hpp"
#include "record/durations.hpp"
#include "record/open_file.hpp"
#include "record/store.hpp"

namespace nextest {

// The store of the workspace; an error where it is not ours alone.
inline Result<Store> open_store(const CommandLine& line, const Config& config) {
  const std::string state = state_folder(line.state_dir);
  if (state.empty()) {
    return Error{ExitCode::SetupError, "there is no home folder to keep recorded runs in",
                 "name one by --state-dir or NEXTEST_STATE_DIR"};
  }
  const Store store = Store::of_workspace(state, config.workspace_root);
  if (Status status = store.check_owner(); !status) return status.error();
  return store;
}

struct OpenedRun {
  std::unique_ptr<RecordReader> reader;
  RecordedRun entry;  // as the index has it; for an exported run as its manifest has it
};

inline bool is_record_path(std::string_view wanted) { return contains(wanted, "/") || ends_with(wanted, ".zip"); }

// Of a record that was read to where it stops, before its end.
inline std::string no_end_words(const RecordReader& reader) {
  const std::size_t missing = reader.missing().size();
  return "the record has no end: the run goes on, or was killed; " + decimal(missing) +
         (missing == 1 ? " test has no result" : " tests have no result");
}

// All that is to be said of a record that was read.
inline void write_record_warnings(ColorChoice color, const RecordReader& reader) {
  write_warnings(color, reader.damage());
  if (!reader.has_end()) write_warning(color, no_end_words(reader));
}

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
  write_warnings(line.color, store.value().warnings);
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
// `orders`: whether they are wanted for --order too. `rerun` has those of the run that is rerun.
inline Result<Vector<Duration>> known_durations(const CommandLine& line, const Config& config, const TestList& list,
                                                bool orders, Durations rerun = {}) {
  const bool weighs = line.selection.partition.kind == Partition::Weight;
  if (!built_in(Feature::Records)) return Vector<Duration>();
  if (!weighs && (!orders || line.order.kind != RunOrder::Longest)) return Vector<Duration>();
  Durations durations;
  if (line.durations.empty() && is_record_path(line.rerun)) {
    durations = std::move(rerun);  // it may have come through a pipe
  } else if (!line.durations.empty()) {
    Result<OpenedRun> opened = open_recorded(line, config, line.durations);
    if (!opened) return opened.error();
    durations = Durations::of_record(*opened.value().reader);
    if (Status status = opened.value().reader->status(); !status) return status.error();
  } else if (const Result<Store> store = open_store(line, config)) {
    durations = Durations::load(store.value());
  }
  if (!durations.empty()) return durations.of(list);
  if (weighs) write_warning(line.color, "no durations of tests are recorded yet: --partition weight splits as slice");
  return Vector<Duration>();
}

// What is known of a run at its beginning. Nothing secret: of the environment only what steers cargo and us.
inline RunInfo describe_run(const CommandLine& line, const Config& config) {
  RunInfo info;
  info.run_id = make_uuid();
  info.started_at = wall_time();
  info.program = std::string("nextest ") + version;
  info.profile = config.profile;
  info.command_line = line.typed;
  info.workspace_root = config.workspace_root;
  info.folder = current_folder();
  utsname system{};
  if (::uname(&system) == 0) info.host = system.nodename;
  for (char** entry = environ; built_in(Feature::Records) && *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const std::string_view name = variable.substr(0, variable.find('='));
    const bool is_wanted = starts_with(name, "NEXTEST_") || starts_with(name, "CARGO_");
    if (is_wanted && !is_secret_name(name)) info.environment.emplace_back(variable);
  }
  return info;
}

}  // namespace nextest
