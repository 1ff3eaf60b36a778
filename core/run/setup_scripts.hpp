// The setup scripts of a run: those that a test asks for, one after the other, before the first test. What they leave
// running is for the tests, and is ended with them.
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
#include "core/run/setup_script.hpp"

namespace nextest {

class SetupScripts {
 public:
  SetupScripts(Supervisor& supervisor, const RunPlan& plan, const RunOptions& options, EventStream& events)
      : supervisor_(supervisor), plan_(plan), options_(options), events_(events) {}

  // Whether it is of a setup script, and not of a test.
  static bool is_attempt_id(std::string_view id) { return contains(id, SetupScriptRun::id_mark); }

  // Takes on those that a test of the plan asks for.
  void begin(StressIndex stress) {
    wanted_.assign(options_.setup_scripts.size(), false);
    for (const TestIndex test : plan_.order) {
      for (const std::uint32_t script : plan_.settings.of(test).setup_scripts) wanted_[script] = true;
    }
    started_ = SetupScriptStarted();
    started_.stress = stress;
    started_.total = static_cast<std::uint32_t>(std::count(wanted_.begin(), wanted_.end(), true));
    next_ = 0;
  }

  // False when there is none left to start.
  bool start_next() {
    while (next_ < wanted_.size() && !wanted_[next_]) ++next_;
    if (next_ == wanted_.size()) return false;
    const SetupScript& script = options_.setup_scripts[next_++];
    started_.script_id = script.id;
    started_.command = script.command.argv;
    events_.emit(started_);
    events_.flush(true);  // before the script's own lines
    run_ = std::make_shared<SetupScriptRun>(supervisor_, plan_.info, script, events_, started_.stress);
    return true;
  }

  bool running() const { return run_ != nullptr && !run_->done(); }

  // While one is running: which, and how it stands.
  InfoResponse report() const {
    InfoResponse response;
    response.stress = started_.stress;
    response.script_id = started_.script_id;
    response.status = run_->report();
    return response;
  }

  // Of the one that has run: emits its end. Returns whether it passed; then `variables` are what it wrote.
  bool finish(Vector<std::string>& variables) {
    if (run_->group() != 0) groups_.push_back(run_->group());
    variables = run_->variables();
    const bool passed = run_->result().outcome.passed();
    events_.emit(SetupScriptFinished{started_.stress, started_.index++, started_.total, started_.script_id,
                                     started_.command, variables, run_->result()});
    run_.reset();
    return passed;
  }
  // Its place among the scripts of the configuration.
  std::size_t place() const { return next_ - 1; }

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
  Vector<bool> wanted_;                  // beside those of the configuration
  std::size_t next_ = 0;                 // of these
  SetupScriptStarted started_;           // of the newest
  std::shared_ptr<SetupScriptRun> run_;  // shared with nobody; but what it is made of is only where one is made
  Vector<pid_t> groups_;                 // in which they left something running
  const LastDuty kill_now_{[](void* self) { static_cast<SetupScripts*>(self)->kill_all(); }, this};
};

}  // namespace nextest
