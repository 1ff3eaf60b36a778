// A run as a Chrome trace, for Perfetto and chrome://tracing ("Trace Event Format", JSON object form): a track for each
// slot with a slice for each attempt of a test, one for the scripts, one for the run.
#pragma once

#include <variant>

#include "core/base/clock.hpp"
#include "core/format/json_writer.hpp"
#include "record/event_fields.hpp"

namespace nextest {

class ChromeTrace final : public EventSink {
 public:
  // Appends to `out`. The list of RunStarted has to live until finish.
  explicit ChromeTrace(std::string& out) : json_(out) {}

  void on_event(const Event& event) override {
    if (now_ < event.at) now_ = event.at;
    std::visit([this](const auto& what) { on(what); }, event.what);
  }

  // Ends what was still under way when the events ended, and the trace. Call it once, after the last event. `has_end`:
  // that was the end of the run; else the last event says that there is none.
  void finish(bool has_end = true) {
    begin(nullptr);
    end_incomplete(run_, "run", run_track);
    for (const Running& test : running_) {
      begin_attempt(test.start, test.since, now_ - test.since);
      end_incomplete();
    }
    end_incomplete(script_, script_category_, scripts_track);
    end_incomplete(sub_run_, "stress", run_track);
    if (!has_end) instant("no end", CancelReason::None, static_cast<std::uint32_t>(running_.size()));
    json_.end_array();
    json_.end_object();
  }

 private:
  // Thread ids of the one process. Viewers take the thread with its number for the main one, and show it first.
  static constexpr std::uint64_t process = 1, run_track = 1, scripts_track = 2, first_slot_track = 3;

  // An attempt that has not ended.
  struct Running {
    TestStarted start;
    Duration since;
  };

  // A slice of which there is one at a time.
  struct Ongoing {
    bool going = false;
    std::string name{};
    Duration since{};
  };

  static const char* category_of(ScriptPhase phase) {
    return phase == ScriptPhase::Setup ? "setup-script" : "teardown-script";
  }

  template <class Other>
  void on(const Other&) {}

  void on(const RunStarted& started) {
    list_ = started.list;
    begin(started.info);
  }

  void on(const StressSubRunStarted& started) { sub_run_ = {true, name_of(started.index), now_}; }
  void on(const StressSubRunFinished& finished) {
    sub_run_.going = false;
    begin_slice(name_of(finished.index), "stress", run_track, now_ - finished.elapsed, finished.elapsed);
    counts(finished.stats.passed, finished.stats.failed_count());
    end_event();
  }

  void on(const ScriptStarted& started) {
    script_ = {true, started.script_id, now_};
    script_category_ = category_of(started.phase);
    name_track(scripts_track, "scripts");
  }
  void on(const ScriptFinished& finished) {
    script_.going = false;
    const AttemptResult& result = finished.result;
    begin_slice(finished.script_id, category_of(finished.phase), scripts_track, result.started, result.duration);
    iteration(finished.stress);
    end_result(result);
  }

  void on(const TestStarted& started) { start(started); }
  void on(const TestRetryStarted& started) { start(started); }
  void on(const TestAttemptFailed& failed) { end_attempt(failed.test, failed.result); }
  void on(const TestFinished& finished) {
    end_attempt(finished.test, finished.result.last());
    ++(finished.result.passed() ? passed_ : failed_);
    begin_counter("results");
    counts(passed_, failed_);
    end_event();
  }

  void on(const RunBeginCancel& cancel) { instant("cancel", cancel.reason, cancel.running); }
  void on(const RunBeginKill& kill) { instant("kill", kill.reason, kill.running); }
  void on(const RunPaused& paused) { instant("pause", CancelReason::None, paused.running); }
  void on(const RunContinued& continued) { instant("continue", CancelReason::None, continued.running); }

  void on(const RunFinished& finished) {
    run_.going = false;
    begin_slice(run_.name, "run", run_track, Duration(), finished.elapsed);
    if (finished.stressed) counts(passed_, failed_);
    else counts(finished.stats.passed, finished.stats.failed_count());  // knows of leaks that were found late
    end_event();
  }

  // --- tests ---

  void start(const TestStarted& started) {
    const std::uint32_t slot = started.slot.global_slot;
    running_.push_back({started, now_});
    // Slots are taken from 0 on, so that most are named once; to name one again does no harm.
    if (slot >= named_slots_) name_track(first_slot_track + slot, "slot " + decimal(slot));
    if (slot == named_slots_) ++named_slots_;
    running_counter();
  }

  // Of a test that ends while it waits for a retry, the last attempt has a slice already.
  void end_attempt(TestIndex test, const AttemptResult& result) {
    for (Running& running : running_) {
      if (running.start.test != test) continue;
      begin_attempt(running.start, result.started, result.duration);
      end_result(result);
      running = std::move(running_.back());
      running_.pop_back();
      return running_counter();
    }
  }

  void begin_attempt(const TestStarted& start, Duration from, Duration duration) {
    const std::string_view name = list_->tests[start.test].name;
    begin_slice(name, "test", first_slot_track + start.slot.global_slot, from, duration);
    text("binary_id", list_->binary_of(start.test).id);
    text("test_name", name);
    number("attempt", start.attempt.number);
    number("total_attempts", start.attempt.total);
    if (start.slot.test_group != no_group) text("test_group", start.slot.test_group);
    iteration(start.stress);
  }

  void running_counter() {
    begin_counter("running tests");
    number("tests", running_.size());
    end_event();
  }

  // --- events: each begins with its fields and its args, and ends both ---

  void begin_event(const char* phase, std::string_view name, std::uint64_t track, Duration at) {
    json_.begin_object();
    text("name", name);
    text("ph", phase);
    microseconds("ts", at);
    number("pid", process);
    number("tid", track);
  }
  void begin_args() { json_.key("args").begin_object(); }
  void end_event() {
    json_.end_object();
    json_.end_object();
  }

  // Begins its args, too.
  void begin_slice(std::string_view name, const char* category, std::uint64_t track, Duration from, Duration duration) {
    begin_event("X", name, track, from);
    text("cat", category);
    microseconds("dur", duration);
    begin_args();
  }
  void begin_counter(const char* name) {
    begin_event("C", name, run_track, now_);
    begin_args();
  }
  void end_result(const AttemptResult& result) {
    text("outcome", outcome_names[static_cast<std::size_t>(result.outcome.kind)]);
    json_.key("time_taken_ms").fixed(positive(result.duration).ns, 6);
    json_.key("slow").boolean(result.slow);
    end_event();
  }
  void end_incomplete() {
    text("outcome", "incomplete");
    end_event();
  }
  void end_incomplete(const Ongoing& slice, const char* category, std::uint64_t track) {
    if (!slice.going) return;
    begin_slice(slice.name, category, track, slice.since, now_ - slice.since);
    end_incomplete();
  }

  void instant(const char* name, CancelReason reason, std::uint32_t running) {
    begin_event("i", name, run_track, now_);
    text("s", "g");
    begin_args();
    if (reason != CancelReason::None) text("reason", cancel_names[static_cast<std::size_t>(reason)]);
    number("running", running);
    end_event();
  }

  void name_track(std::uint64_t track, std::string_view name, const char* what = "thread_name") {
    begin_event("M", what, track, Duration());
    begin_args();
    text("name", name);
    end_event();
  }

  void text(const char* key, std::string_view value) { json_.key(key).string(value); }
  void number(const char* key, std::uint64_t value) { json_.key(key).number(value); }
  void counts(std::uint32_t passed, std::uint32_t failed) {
    number("passed", passed);
    number("failed", failed);
  }

  void iteration(StressIndex stress) {
    if (stress.active) number("stress_iteration", stress.current + 1);
  }
  static std::string name_of(StressIndex stress) { return "iteration " + decimal(stress.current + 1); }

  // No viewer knows what to do with a time below 0, nor is there one unless a record was tampered with.
  static Duration positive(Duration value) { return value.ns > 0 ? value : Duration(); }
  void microseconds(const char* key, Duration value) { json_.key(key).fixed(positive(value).ns, 3); }

  // Readers of streams want all else before the events. Null: no RunStarted came.
  void begin(const RunInfo* info) {
    if (begun_) return;
    begun_ = true;
    json_.begin_object();
    json_.key("displayTimeUnit").string("ms");
    json_.key("otherData").begin_object();
    if (info != nullptr) {
      const Duration at = positive(info->started_at);
      std::string started_at;
      append_date_time(started_at, at);
      append_format(started_at, ".%06dZ", static_cast<int>(at.ns / 1000 % 1000000));
      text("started_at", started_at);
      text("run_id", info->run_id);
      text("profile", info->profile);
      json_.key("command_line").begin_array();
      for (const std::string& word : info->command_line.words()) json_.string(word);
      json_.end_array();
    }
    json_.end_object();
    json_.key("traceEvents").begin_array();
    name_track(run_track, info != nullptr ? "nextest run " + info->run_id : "nextest run", "process_name");
    name_track(run_track, "run");
  }

  JsonWriter json_;
  const TestList* list_ = nullptr;
  Vector<Running> running_;
  const char* script_category_ = "";
  Ongoing run_{true, "nextest run", Duration()}, script_, sub_run_;
  Duration now_;  // of the last event
  std::uint32_t named_slots_ = 0;
  std::uint32_t passed_ = 0, failed_ = 0;
  bool begun_ = false;
};

}  // namespace nextest
