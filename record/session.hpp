// The recording of a run from before its first event to after its last. Whatever goes wrong here is a warning: it never
// changes how the run ends.
#pragma once

#include <memory>

#include "core/base/clock.hpp"
#include "record/durations.hpp"
#include "record/recorder.hpp"
#include "record/retention.hpp"
#include "record/store.hpp"

namespace nextest {

// Deletes what is in excess, under the lock, and takes it out of `index`. Returns how many runs that were.
inline std::size_t prune(Store& store, RunIndex& index, const RecordSettings& settings, std::string_view spared,
                         Vector<std::string>& warnings) {
  for (RecordedRun& run : index.runs) store.measure(run);
  for (const std::size_t i : excess_runs(index, settings, wall_time(), spared)) {
    const Status removed = store.remove_run(index.runs[i].id);
    if (!removed) warnings.push_back("a recorded run could not be deleted: " + removed.error().message);
  }
  Vector<RecordedRun> left;
  for (RecordedRun& run : index.runs) {
    if (store.holds(run.id)) left.push_back(std::move(run));
  }
  const std::size_t count = index.runs.size() - left.size();
  index.runs = std::move(left);
  store.remove_empty_folders(index);
  index.pruned_at = wall_time();
  return count;
}

class RecordSession final : public EventSink {
 public:
  // Makes the folder and the files of the run, and enters it into the index.
  static Result<std::unique_ptr<RecordSession>> begin(Store store, const RunInfo& info,
                                                      const RecordSettings& settings) {
    auto session = std::make_unique<RecordSession>(std::move(store), settings);
    if (Status status = session->set_up(info); !status) return status.error();
    return session;
  }

  RecordSession(Store store, const RecordSettings& settings) : store_(std::move(store)), settings_(settings) {}

  void on_event(const Event& event) override {
    if (const auto* const started = std::get_if<RunStarted>(&event.what)) {
      list_ = started->list;
      durations_.expect(list_->tests.size());
    }
    const auto* const finished = std::get_if<TestFinished>(&event.what);
    if (finished != nullptr && list_ != nullptr) durations_.note(*list_, *finished);
    note(run_, event);
    recorder_->on_event(event);
  }
  bool flush() override { return recorder_->flush(); }
  Duration flush_within() const override { return recorder_->flush_within(); }

  // Closes the files and brings the index up to date; prunes if that is due. Returns what went wrong, in one sentence
  // if at all: a disk that is full is so at every step.
  Vector<std::string> end(ExitCode code) {
    Vector<std::string> problems = end_record(code);
    if (problems.size() > 1) append_format(problems[0], " (and %zu more)", problems.size() - 1);
    if (problems.empty() && !first_problem_.empty()) problems.push_back(first_problem_);
    if (problems.size() > 1) problems.truncate(1);
    return problems;
  }

 private:
  Vector<std::string> end_record(ExitCode code) {
    recorder_->finish(code);
    Vector<std::string> warnings;
    if (recorder_->error() != 0) {
      warnings.push_back("this run is recorded only in part: " + store_.folder_of(run_.id) + ": " +
                         ::strerror(recorder_->error()));
    }
    run_.log_size = recorder_->log().size();
    run_.output_size = recorder_->outputs().size();
    run_.plain_size = recorder_->log().plain_size() + recorder_->outputs().plain_size();
    const bool is_whole = recorder_->error() == 0;
    recorder_ = nullptr;  // its memory is wanted for the index
    Result<Store::Lock> lock = store_.lock();
    if (!lock) {
      warnings.push_back("the index of recorded runs is not up to date: " + lock.error().message);
      return warnings;
    }
    complete(code, is_whole, warnings);
    return warnings;
  }

  Status set_up(const RunInfo& info) {
    Result<Store::Lock> lock = store_.lock();
    if (!lock) return lock.error();
    Vector<RecordedRun> entries = ancestors_of(info);  // before there is a folder that no index knows
    Result<Store::RunFiles> files = store_.create_run(info.run_id);
    if (!files) {
      const Status removed = store_.remove_run(info.run_id);
      return removed ? files.error() : removed.error();
    }
    recorder_ = std::make_unique<Recorder>(std::move(files.value().log), std::move(files.value().outputs),
                                           settings_.max_output_size);
    run_ = entry_of(info);
    entries.push_back(run_);
    // What cannot be entered now may be later; and if not, the run's folder is found without it.
    if (Status status = store_.enter(entries); !status) first_problem_ = status.error().message;
    return success();
  }

  // Whoever needs a run needs those that it was made from: their entries, written to when it began.
  Vector<RecordedRun> ancestors_of(const RunInfo& info) {
    Vector<RecordedRun> ancestors;
    if (info.parent.empty()) return ancestors;
    RunIndex index = store_.read_index();
    for (RecordedRun* ancestor = index.find(info.parent); ancestor != nullptr;
         ancestor = index.find(ancestor->parent)) {
      if (ancestor->last_written == info.started_at) break;  // a circle
      ancestor->last_written = info.started_at;
      ancestors.push_back(*ancestor);
    }
    return ancestors;
  }

  void complete(ExitCode code, bool is_whole, Vector<std::string>& warnings) {
    // Of a record that lacks its end, the index says no more than the record does.
    if (is_whole) run_.exit_code = static_cast<std::int32_t>(code);
    else run_.status = RunStatus::Incomplete;
    run_.last_written = wall_time();
    const Status entered = enter_end(warnings);
    // Where the record itself could not be written, there is a warning already.
    if (!is_whole) return;
    if (!entered) return warnings.push_back(entered.error().message);
    if (!settings_.keep_durations) return;
    Durations known = Durations::load(store_);
    known.update(durations_);
    if (const int error = known.save(store_); error != 0) {
      warnings.push_back(std::string("the durations of the tests could not be kept: ") + ::strerror(error));
    }
  }

  Status enter_end(Vector<std::string>& warnings) {
    const bool is_there = store_.holds(run_.id);
    if (is_there && !store_.index_is_due()) return store_.enter({run_});
    RunIndex index = store_.read_index();
    if (is_there && index.is_newer) return store_.enter({run_});
    if (!is_there) {
      warnings.push_back("this run's record is gone: it was deleted while the run went on");
    } else if (RecordedRun* const entry = index.find(run_.id); entry != nullptr) {
      *entry = run_;
    } else {
      index.adopt(run_);  // there was no room to enter it
    }
    if (!index.is_newer && pruning_is_due(index, settings_, wall_time())) {
      prune(store_, index, settings_, run_.id, warnings);
    }
    return store_.write_index(index);
  }

  Store store_;
  const RecordSettings settings_;
  std::unique_ptr<Recorder> recorder_;
  RecordedRun run_;
  const TestList* list_ = nullptr;
  Durations durations_;
  std::string first_problem_;  // of the index, before the run
};

}  // namespace nextest
