// The scripts of a run: those that a test asks for, one after the other, before the first test (setup) or after the
// last (teardown). What they leave running is for the tests, and is ended with them.
#pragma once

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <memory>

#include "core/base/function_ref.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/model/event.hpp"
#include "core/process/supervisor.hpp"
#include "core/run/event_stream.hpp"
#include "core/run/options.hpp"
#include "core/run/plan.hpp"
#include "core/run/script_run.hpp"

namespace nextest {

class ScriptRunner {
 public:
  ScriptRunner(Supervisor& supervisor, const RunPlan& plan, const RunOptions& options, EventStream& events)
      : supervisor_(supervisor), plan_(plan), options_(options), events_(events) {}

  // Whether it is of a script, and not of a test.
  static bool is_attempt_id(std::string_view id) { return contains(id, ScriptRun::id_mark); }

  // Takes on those that a test of the plan asks for.
  void begin(ScriptPhase phase, StressIndex stress) {
    const auto asked_for = phase == ScriptPhase::Setup ? &TestSettings::setup_scripts : &TestSettings::teardown_scripts;
    if (phase == ScriptPhase::Setup) variables_.assign(options_.scripts.setup.size(), {});
    wanted_.assign(options_.scripts.of(phase).size(), false);
    for (const TestIndex test : plan_.order) {
      for (const std::uint32_t script : plan_.settings.of(test).*asked_for) wanted_[script] = true;
    }
    started_ = ScriptStarted();
    started_.phase = phase;
    started_.stress = stress;
    started_.total = static_cast<std::uint32_t>(std::count(wanted_.begin(), wanted_.end(), true));
    next_ = 0;
  }

  // False when there is none left to start.
  bool start_next() {
    while (next_ < wanted_.size() && !wanted_[next_]) ++next_;
    if (next_ == wanted_.size()) return false;
    const PhaseScript& script = options_.scripts.of(phase())[next_++];
    started_.script_id = script.id;
    started_.command = script.command.argv;
    events_.emit(started_);
    events_.flush(true);  // before the script's own lines
    run_ = std::make_shared<ScriptRun>(supervisor_, plan_.info, script, started_, variables_, events_);
    return true;
  }

  bool running() const { return run_ != nullptr && !run_->done(); }

  // While one is running: which, and how it stands.
  InfoResponse report() const {
    InfoResponse response;
    response.stress = started_.stress;
    response.script_id = started_.script_id;
    response.phase = phase();
    response.status = run_->report();
    return response;
  }

  ScriptPhase phase() const { return started_.phase; }

  // Of the one that has run: emits its end. Returns whether it passed.
  bool finish() {
    if (run_ == nullptr) return true;  // none has
    if (run_->group() != 0) groups_.push_back(run_->group());
    const bool passed = run_->result().outcome.passed();
    if (phase() == ScriptPhase::Setup) variables_[next_ - 1] = run_->variables();
    ScriptFinished finished;
    finished.stress = started_.stress;
    finished.phase = phase();
    finished.index = started_.index++;
    finished.total = started_.total;
    finished.script_id = started_.script_id;
    finished.command = started_.command;
    if (passed) finished.variables = run_->variables();
    finished.result = run_->result();
    events_.emit(std::move(finished));
    run_.reset();
    return passed;
  }

  // What each setup script of the configuration wrote, so far.
  const Vector<Vector<std::string>>& variables() const { return variables_; }

  // What they left running is asked to end, and has a second for that.
  void end_all(FunctionRef<void(int)> on_signal) {
    const auto exists = [](pid_t group) { return group_exists(group); };
    for (const pid_t group : groups_) ::kill(-group, SIGTERM);
    for (int i = 0; i < 100 && std::any_of(groups_.begin(), groups_.end(), exists); ++i) {
      supervisor_.take_signals(on_signal);
      ::poll(nullptr, 0, 10);
    }
    kill_all();
    groups_.clear();
  }

 private:
  void kill_all() const {
    for (const pid_t group : groups_) ::kill(-group, SIGKILL);
  }

  Supervisor& supervisor_;
  const RunPlan& plan_;
  const RunOptions& options_;
  EventStream& events_;
  Vector<bool> wanted_;    // beside those of the configuration
  std::size_t next_ = 0;   // of these
  ScriptStarted started_;  // of the newest
  Vector<Vector<std::string>> variables_;
  std::shared_ptr<ScriptRun> run_;  // shared with nobody; but what it is made of is only where one is made
  Vector<pid_t> groups_;            // in which they left something running
  const LastDuty kill_now_{[](void* self) { static_cast<ScriptRunner*>(self)->kill_all(); }, this};
};

}  // namespace nextest
