// nextest store: the recorded runs of a workspace.
#pragma once

#include <time.h>

#include <algorithm>

#include "cli/configure.hpp"
#include "cli/export.hpp"
#include "cli/records.hpp"
#include "core/base/choices.hpp"
#include "core/base/number.hpp"
#include "core/base/size.hpp"
#include "record/session.hpp"

namespace nextest {

// 2026-11-20 14:02:33, where we are.
inline std::string show_time(Duration wall_time) {
  const time_t seconds = number_as<time_t>(wall_time.ns / 1000000000);
  tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, ::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts));
}

// "12 passed, 2 failed, exit 100".
inline std::string show_end(const RecordedRun& run) {
  std::string text;
  if (run.status == RunStatus::Incomplete) text = "incomplete: ";
  if (run.status == RunStatus::Cancelled) text = "cancelled: ";
  text += decimal(run.passed) + (run.stressed ? " iterations passed" : " passed");
  if (run.failed > 0) text += ", " + decimal(run.failed) + " failed";
  if (run.exit_code >= 0) text += ", exit " + decimal(run.exit_code);
  return text;
}

// Recorded runs, the newest first, each under the one that it is a rerun of.
class RunTree {
 public:
  RunTree(const RunIndex& index, const Style& style)
      : runs_(index.runs), prefixes_(index.unique_prefixes()), style_(style), parents_(runs_.size()) {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      std::size_t parent = i;  // only an earlier one is
      while (parent-- > 0 && runs_[parent].id != runs_[i].parent) {
      }
      parents_[i] = parent < i ? parent : none;
    }
  }

  std::string show() {
    add_children(none, 0);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  // A chain of reruns goes straight down; where it branches it goes further in.
  void add_children(std::size_t parent, std::size_t depth) {
    for (std::size_t i = runs_.size(); i-- > 0;) {
      if (parents_[i] != parent) continue;
      line(i, depth);
      std::size_t last = i, inner = depth;
      while (std::count(parents_.begin(), parents_.end(), last) == 1) {
        last = static_cast<std::size_t>(std::find(parents_.begin(), parents_.end(), last) - parents_.begin());
        if (inner == 0) inner = 1;
        line(last, inner);
      }
      add_children(last, inner + 1);
    }
  }

  void line(std::size_t i, std::size_t depth) {
    const RecordedRun& run = runs_[i];
    const std::size_t shown = std::max<std::size_t>(prefixes_[i], 8);
    out_.append(2 * depth + (depth == 0 ? 2 : 0), ' ');
    if (depth > 0) out_ += style_.unicode ? "\xE2\x94\x94 " : "` ";
    style_.paint(out_, Paint::BinaryId, run.id.substr(0, prefixes_[i]));
    out_.append(run.id, prefixes_[i], shown - prefixes_[i]).append("  ").append(show_time(run.started_at));
    out_ += ' ';
    append_seconds(out_, run.took, 10);
    append_format(out_, "s %8s  ", show_size(run.size()).c_str());
    const bool is_good = run.status == RunStatus::Completed && run.failed == 0;
    style_.paint(out_, is_good ? Paint::Pass : run.failed > 0 ? Paint::Fail : Paint::Skip, show_end(run));
    out_ += '\n';
  }

  const Vector<RecordedRun>& runs_;
  const Vector<std::size_t> prefixes_;
  const Style style_;
  Vector<std::size_t> parents_;
  std::string out_;
};

inline Result<ExitCode> store_list(const CommandLine& line, Store& store) {
  RunIndex index = store.read_index();
  store.count(index);
  write_warnings(line.color, store.warnings);
  std::string out = decimal(index.runs.size()) + (index.runs.size() == 1 ? " recorded run" : " recorded runs");
  out += ", " + show_size(total_size(index)) + ", in " + safe_name(store.folder()) + "\n";
  if (!index.runs.empty()) out += "\n" + RunTree(index, Style::detect(1, line.color)).show();
  return write_stdout(out);
}

inline Result<ExitCode> store_info(const CommandLine& line, const Config& config, const std::string& wanted) {
  Result<OpenedRun> opened = open_recorded(line, config, wanted);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  RecordedRun run = opened.value().entry;
  const bool is_indexed = !run.program.empty() || run.plain_size > 0;
  const RecordedRun read = summarize(reader);
  reader.check_outputs();
  if (Status status = reader.status(); !status) return status.error();
  if (!is_indexed) run = read;
  else if (!reader.has_end()) take_counts(run, read);
  const RunInfo& info = reader.info();
  std::string out;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) append_format(out, "%-16s", name), out += safe_name(value) + "\n";
  };
  add("run", run.id);
  add("rerun of", run.parent);
  add("program", info.program);
  add("command line", shell_join(info.command_line.words()));
  add("profile", info.profile);
  add("workspace", info.workspace_root);
  add("folder", info.folder);
  add("host", info.host);
  add("started", show_time(run.started_at));
  std::string took;
  append_seconds(took, run.took);
  add("took", took + " s");
  add("status", run_status_names[static_cast<std::size_t>(run.status)]);
  add("result", show_end(run));
  add("tests", decimal(read.tests) + " to run, of " + decimal(reader.list().tests.size()) + " in " +
                   decimal(reader.list().binaries.size()) + " binaries");
  add("events", show_size(reader.log().size()));
  if (reader.outputs() != nullptr) add("outputs", show_size(reader.outputs()->size()));
  if (run.plain_size > 0 && reader.has_end()) add("uncompressed", show_size(run.plain_size));
  for (const std::string& variable : info.environment) add("environment", variable);
  Result<ExitCode> written = write_stdout(out);
  write_record_warnings(line.color, reader);
  return written;
}

inline Result<ExitCode> store_prune(const CommandLine& line, const RecordSettings& settings, Store& store) {
  Result<Store::Lock> lock = store.lock();
  if (!lock) return lock.error();
  RunIndex index = store.read_index();
  Vector<std::string> warnings = store.warnings;
  store.count(index);
  if (index.is_newer) {
    return Error{ExitCode::SetupError, "the index of recorded runs was written by a later nextest",
                 "prune by that one"};
  }
  const std::uint64_t before = total_size(index);
  RunIndex gone;
  for (const std::size_t i : excess_runs(index, settings, wall_time())) gone.add(index.runs[i]);
  std::size_t count = gone.runs.size();
  std::uint64_t freed = total_size(gone);
  std::string out = gone.runs.empty() ? "" : RunTree(gone, Style::detect(1, line.color)).show() + "\n";
  if (!line.dry_run) {
    count = prune(store, index, settings, "", warnings);
    freed = before - total_size(index);
    if (Status status = store.write_index(index); !status) return status.error();
  }
  write_warnings(line.color, warnings);
  out += std::string(line.dry_run ? "would delete " : "deleted ") + decimal(count) +
         (count == 1 ? " run, " : " runs, ") + show_size(freed) + "; ";
  out += decimal(index.runs.size() - (line.dry_run ? count : 0)) + " left\n";
  return write_stdout(out);
}

inline constexpr Choices store_words = {{"list", "info", "prune", "export"}};

inline Result<ExitCode> store_command(const CommandLine& line) {
  const std::string command = line.words.empty() ? "" : line.words[0];
  const bool takes_run = command == "info" || command == "export";
  if (command != "list" && command != "prune" && !takes_run) {
    const std::string_view near = nearest(command, store_words.all());
    return Error{ExitCode::SetupError, command.empty() ? "store what?" : "there is no 'store " + command + "'",
                 near.empty() ? "list, info RUN, prune, export RUN" : "did you mean '" + std::string(near) + "'?"};
  }
  const bool by_option = takes_run && !line.rerun.empty();  // -R RUN, as replay has it
  if (line.words.size() != (takes_run && !by_option ? 2u : 1u) || (!takes_run && !line.rerun.empty())) {
    return Error{ExitCode::SetupError, "store " + command + (takes_run ? " takes one run" : " takes no more words"),
                 takes_run ? "as in: nextest store " + command + " latest" : ""};
  }
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  const std::string wanted = by_option ? line.rerun : takes_run ? line.words[1] : "";
  if (command == "info") return store_info(line, config.value(), wanted);
  if (command == "export") return export_run(line, config.value(), wanted);
  Result<Store> store = open_store(line, config.value());
  if (!store) return store.error();
  return command == "list" ? store_list(line, store.value()) : store_prune(line, config.value().record, store.value());
}

}  // namespace nextest
