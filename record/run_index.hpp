// The index of a store: one bounded object a run. Which run a person means, and how much of an id names it alone.
#pragma once

#include "core/base/function_ref.hpp"
#include "core/base/name_set.hpp"
#include "core/base/sorted_order.hpp"
#include "core/format/json_parser.hpp"
#include "record/event_json.hpp"

namespace nextest {

enum class RunStatus : std::uint8_t { Incomplete, Completed, Cancelled };
inline constexpr const char* run_status_names[] = {"incomplete", "completed", "cancelled"};

struct RecordedRun {
  std::string id;
  std::string parent;  // empty: no rerun
  std::string program;
  std::string profile;
  WordList command_line;  // its start
  Duration started_at;    // wall time, as is last_written
  Duration last_written;
  Duration took;
  RunStatus status = RunStatus::Incomplete;  // as long as it runs, and when it was killed
  bool stressed = false;                     // then the counts are of iterations
  std::uint32_t tests = 0;
  std::uint32_t passed = 0;
  std::uint32_t failed = 0;
  std::int32_t exit_code = -1;  // -1: not known
  std::uint64_t log_size = 0;   // bytes on disk, as is output_size
  std::uint64_t output_size = 0;
  std::uint64_t plain_size = 0;

  std::uint64_t size() const { return log_size + output_size; }
};

template <class Io>
void fields_of(Io& io, RecordedRun& run) {
  io.text("run", run.id);
  io.text("parent", run.parent);
  io.text("program", run.program);
  io.text("profile", run.profile);
  io.words("command_line", run.command_line);
  io.time("started_at", run.started_at);
  io.time("last_written", run.last_written);
  io.time("took", run.took);
  io.choice("status", run_status_names, run.status);
  io.flag("stressed", run.stressed);
  io.number("tests", run.tests);
  io.number("passed", run.passed);
  io.number("failed", run.failed);
  io.number("exit_code", run.exit_code, -1);
  io.number("log_size", run.log_size);
  io.number("output_size", run.output_size);
  io.number("plain_size", run.plain_size);
}

// Of a run that begins. Of its command line the entry has as much as it may hold.
inline RecordedRun entry_of(const RunInfo& info) {
  RecordedRun run;
  run.id = info.run_id;
  run.parent = info.parent;
  run.program = info.program;
  run.profile = info.profile;
  run.started_at = run.last_written = info.started_at;
  for (std::string_view word, rest = info.command_line.all(); WordList::next(rest, word);) {
    if (run.command_line.all().size() + word.size() > 1000) break;
    run.command_line.add(word);
  }
  return run;
}

// Takes into account one more event of the run. What has not finished counts by the tests that have.
inline void note(RecordedRun& run, const Event& event) {
  if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
    ++(finished->result.passed() ? run.passed : run.failed);
  } else if (const auto* const end = std::get_if<RunFinished>(&event.what)) {
    const RunStats& stats = end->stats;
    run.stressed = end->stressed;
    run.tests = end->stressed ? end->stress.completed.total : stats.initial_run_count;
    run.passed = end->stressed ? end->stress.passed : stats.passed;
    run.failed = end->stressed ? end->stress.failed : stats.failed_count();
    run.status = stats.not_run() > 0 ? RunStatus::Cancelled : RunStatus::Completed;
  }
  run.took = event.at;
}

// 8-4-4-4-12 hexadecimal digits: nothing else becomes the name of a folder.
inline bool is_run_id(std::string_view id) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? id[i] != '-' : !is_digit(id[i]) && (id[i] < 'a' || id[i] > 'f')) return false;
  }
  return true;
}

class RunIndex {
 public:
  Vector<RecordedRun> runs;  // in the order in which they were entered
  Duration pruned_at{};      // wall time
  bool is_newer = false;     // of a later program: not to be written

  RecordedRun* find(std::string_view id) {
    for (RecordedRun& run : runs) {
      if (run.id == id) return &run;
    }
    return nullptr;
  }
  const RecordedRun* find(std::string_view id) const { return const_cast<RunIndex*>(this)->find(id); }

  // For who asks for many.
  NameSet ids() const {
    NameSet ids;
    for (const RecordedRun& run : runs) ids.insert(run.id);
    return ids;
  }

  void add(RecordedRun run) { runs.push_back(std::move(run)); }

  // One that is entered late: by the time it began.
  void adopt(RecordedRun run) {
    std::size_t at = runs.size();
    while (at > 0 && run.started_at < runs[at - 1].started_at) --at;
    runs.insert(runs.begin() + static_cast<std::ptrdiff_t>(at), std::move(run));
  }

  // The run that "latest" or the start of an id means.
  Result<const RecordedRun*> resolve(std::string_view wanted) const {
    if (runs.empty()) {
      return Error{ExitCode::SetupError, "no run is recorded here", "'nextest run' records one, unless told not to"};
    }
    if (wanted == "latest") return &runs.back();
    const RecordedRun* found = nullptr;
    std::string all;
    std::size_t count = 0;
    for (const RecordedRun& run : runs) {
      if (wanted.empty() || !starts_with(run.id, wanted)) continue;
      all.append(count++ > 0 ? ", " : "").append(run.id);
      found = &run;
    }
    if (count == 1) return found;
    const std::string quoted = "'" + std::string(wanted) + "'";
    if (count > 1) {
      return Error{ExitCode::SetupError, quoted + " is the start of several run ids: " + all, "give more of it"};
    }
    return Error{ExitCode::SetupError, "no recorded run has an id that begins with " + quoted,
                 "'nextest store list' shows them; an exported run is given as a path, with a '/' in it"};
  }

  // How many characters of each run's id no other run has; in the order of `runs`.
  Vector<std::size_t> unique_prefixes() const {
    Vector<std::size_t> sizes(runs.size(), 1);
    const Vector<std::uint32_t> order =
        sorted_order(runs.size(), [&](std::uint32_t a, std::uint32_t b) { return runs[a].id < runs[b].id; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const std::string &left = runs[order[i - 1]].id, &right = runs[order[i]].id;
      std::size_t common = 0;
      while (common < left.size() && common < right.size() && left[common] == right[common]) ++common;
      sizes[order[i - 1]] = std::max(sizes[order[i - 1]], common + 1);
      sizes[order[i]] = std::max(sizes[order[i]], common + 1);
    }
    return sizes;
  }

  std::string to_json() const {
    std::string text;
    JsonWriter json(text);
    FieldWriter fields(json, no_output_written);
    json.begin_object();
    json.key("format").string(format);
    fields.time("pruned_at", pruned_at);
    json.key("runs").begin_array();
    for (const RecordedRun& run : runs) {
      text += '\n';
      json.begin_object();
      fields_of(fields, const_cast<RecordedRun&>(run));  // writing changes nothing
      json.end_object();
    }
    json.end_array();
    json.end_object();
    text += '\n';
    return text;
  }

  // A line that enter() reads.
  static std::string line_of(const RecordedRun& run) {
    std::string line;
    JsonWriter json(line);
    FieldWriter fields(json, no_output_written);
    json.begin_object();
    fields_of(fields, const_cast<RecordedRun&>(run));  // writing changes nothing
    json.end_object();
    line += '\n';
    return line;
  }

  // Lines that were written since the index was, or that it has already, each an entry in place of the one before of
  // that run. What makes no sense is left out, and so are runs that are no longer there.
  void enter(std::string_view lines, FunctionRef<bool(const std::string& id)> is_there) {
    for (std::string_view line; next_line(lines, line);) {
      RecordedRun run;
      const Result<JsonValue> parsed = parse_json(line);
      if (!parsed || !read(parsed.value(), run)) continue;
      const bool has_ended = run.status != RunStatus::Incomplete;
      if (RecordedRun* const before = find(run.id); before != nullptr) {
        const Duration last_written = std::max(before->last_written, run.last_written);
        if (has_ended || before->status == RunStatus::Incomplete) *before = std::move(run);
        before->last_written = last_written;
      } else if (is_there(run.id)) {
        if (has_ended) adopt(std::move(run));  // the line of its beginning is lost
        else add(std::move(run));
      }
    }
  }

  // False when the text is no index. Runs that make no sense are left out.
  [[nodiscard]] bool from_json(std::string_view text) {
    const Result<JsonValue> parsed = parse_json(text);
    if (!parsed) return false;
    const std::string* const written = parsed.value().find_text("format");
    const JsonValue* const items = parsed.value().find("runs");
    if (written == nullptr || items == nullptr) return false;
    is_newer = *written != format;
    FieldReader fields(parsed.value(), nullptr, no_output_read);
    fields.time("pruned_at", pruned_at);
    if (pruned_at.ns < 0) pruned_at = Duration();
    NameSet known;
    runs.reserve(items->items.size());
    for (const JsonValue& item : items->items) {
      RecordedRun run;
      if (read(item, run) && known.insert(run.id)) add(std::move(run));
    }
    return fields.ok();
  }

 private:
  static bool read(const JsonValue& value, RecordedRun& run) {
    FieldReader reader(value, nullptr, no_output_read);
    fields_of(reader, run);
    return reader.ok() && is_run_id(run.id) && run.started_at.ns >= 0 && run.last_written.ns >= 0;
  }

  static constexpr const char* format = "1.0";
};

}  // namespace nextest
