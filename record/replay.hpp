// A recorded run, emitted once more.
#pragma once

#include <optional>

#include "record/reader.hpp"

namespace nextest {

// What a person wants to see otherwise than the run had it.
struct ReplayOptions {
  std::optional<OutputDisplay> success_output;
  std::optional<OutputDisplay> failure_output;
};

class Replay {
 public:
  Replay(RecordReader& reader, EventSink& sink, const ReplayOptions& options)
      : reader_(reader), sink_(sink), options_(options) {}

  // False when nobody reads any more.
  [[nodiscard]] bool run() {
    const Event start = reader_.start();
    if (!emit(start)) return false;
    if (!reader_.request().stress.is_on() && !emit_skipped({}, Duration())) {
      return false;
    }
    Event event;
    const auto is_looked_at = [this](const Event& read) { return looks_at_output(read); };
    while (reader_.next(event, is_looked_at)) {
      adjust(event);
      if (!emit(event)) return false;
      const auto* const iteration = std::get_if<StressSubRunStarted>(&event.what);
      if (iteration != nullptr && !emit_skipped(iteration->index, event.at)) return false;
    }
    return reader_.finished() || !reader_.status() || emit_end(reader_.last_at());
  }

 private:
  bool emit_skipped(StressIndex stress, Duration at) {
    bool is_read = true;
    each_skipped(reader_.list(), stress, [&](TestSkipped skipped) {
      is_read = is_read && emit({at, std::move(skipped)});
    });
    return is_read;
  }

  void adjust(Event& event) {
    if (auto* const finished = std::get_if<TestFinished>(&event.what)) {
      stats_.on_finished(finished->result);
      finished->success_output = options_.success_output.value_or(finished->success_output);
      finished->failure_output = options_.failure_output.value_or(finished->failure_output);
    } else if (auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) {
      failed->failure_output = options_.failure_output.value_or(failed->failure_output);
    } else if (const auto* const script = std::get_if<ScriptFinished>(&event.what)) {
      stats_.on_script(script->phase, script->result.outcome.passed());
    }
  }

  // Of what passes and is not shown, nobody looks at the output.
  bool looks_at_output(const Event& event) const {
    const auto* const finished = std::get_if<TestFinished>(&event.what);
    if (finished == nullptr || !finished->result.passed()) return true;
    return options_.success_output.value_or(finished->success_output) != OutputDisplay::Never;
  }

  // Of a run whose end is not recorded: the counts of what is.
  bool emit_end(Duration at) {
    const ListCounts counts = reader_.list().counts();
    RunFinished finished;
    finished.elapsed = at;
    finished.stats = stats_;
    finished.stats.initial_run_count = std::max(counts.selected_tests, stats_.finished_count);
    finished.stats.skipped = counts.skipped_tests;
    return emit({at, std::move(finished)});
  }

  bool emit(const Event& event) { return emit_and_wait(sink_, event); }

  RecordReader& reader_;
  EventSink& sink_;
  const ReplayOptions options_;
  RunStats stats_;
};

}  // namespace nextest
