// One script from start to end, and the variables that a setup script wrote for the tests.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <memory>

#include "core/base/file.hpp"
#include "core/base/private_folder.hpp"
#include "core/model/outcome.hpp"
#include "core/model/run_info.hpp"
#include "core/model/script.hpp"
#include "core/process/supervisor.hpp"
#include "core/run/event_stream.hpp"

namespace nextest {

class ScriptRun final : private UnitObserver {
 public:
  // In the attempt id of what it starts.
  static constexpr std::string_view id_mark = ":@script:";

  // `written` is what the setup scripts wrote; all of it is for a teardown script.
  ScriptRun(Supervisor& supervisor, const RunInfo& info, const PhaseScript& script, const ScriptStarted& started,
            const Vector<Vector<std::string>>& written, EventStream& events)
      : script_(script), events_(events), stress_(started.stress), phase_(started.phase) {
    result_.started = events.elapsed();
    Command command;
    command.argv = script.command.argv;
    command.folder = info.workspace_root;
    command.program = find_program(command.argv[0]);
    if (command.program.empty()) command.program = command.argv[0];
    command.environment = script.command.environment;
    if (phase_ == ScriptPhase::Setup) {
      variables_path_ = temporary_folder() + "/nextest-env-XXXXXX";
      const Fd file(::mkstemp(&variables_path_[0]));
      if (!file) {
        fail(OutcomeKind::BadVariable, -errno);
        return;
      }
      command.environment.push_back("NEXTEST_ENV=" + variables_path_);
    } else {
      for (const Vector<std::string>& variables : written) add_variables(command.environment, variables);
    }
    const std::string id = info.run_id + std::string(id_mark) + script.id;
    command.environment.push_back("NEXTEST_ATTEMPT_ID=" + id);
    command.capture_out = script.capture_out;
    command.capture_err = script.capture_err;
    UnitLimits limits;
    limits.slow_timeout = script.slow_timeout;
    limits.leak_timeout = script.leak_timeout;
    limits.may_leave_processes = true;
    Launched failure;
    unit_ = supervisor.start(command, limits, id, *this, failure);
    if (unit_ == nullptr) fail(OutcomeKind::ExecFail, failure.error);
  }
  ~ScriptRun() override {
    if (!variables_path_.empty()) ::unlink(variables_path_.c_str());
  }
  ScriptRun(const ScriptRun&) = delete;
  ScriptRun& operator=(const ScriptRun&) = delete;

  bool done() const { return unit_ == nullptr; }

  // How it stands; until it is done.
  UnitStatus report() const { return unit_->report(); }

  // Once done.
  const AttemptResult& result() const { return result_; }
  const Vector<std::string>& variables() const { return variables_; }
  // The process group in which it left something running; 0: none.
  pid_t group() const { return group_; }

 private:
  void fail(OutcomeKind kind, int code) {
    result_.outcome.kind = kind;
    result_.outcome.code = code;
  }

  void on_slow(Unit& unit, Duration elapsed, bool will_terminate) override {
    events_.emit(
        ScriptSlow{stress_, phase_, script_.id, script_.command.argv, elapsed, will_terminate, unit.stopped()});
  }

  void on_done(Unit& unit) override {
    unit_ = nullptr;
    result_.outcome = unit.outcome();
    result_.started = events_.since_start(unit.started());
    result_.duration = unit.duration();
    result_.slow = unit.slow();
    if (unit.captured()) result_.output = std::make_shared<CapturedOutput>(unit.take_output());
    if (group_exists(unit.pid())) group_ = unit.pid();
    if (phase_ == ScriptPhase::Setup) read_variables();
  }

  // Of a setup script. A line each, NAME=VALUE; ours are not theirs to set. What is wrong with them is a failure only
  // of one that has not failed already; what it had written until then is for teardown scripts.
  void read_variables() {
    std::string text;
    if (const int error = read_file(variables_path_, std::size_t{1} << 20, text); error != 0) {
      return fail_by_variables(-error);
    }
    int number = 0;
    for (std::string_view rest = text, line; next_line(rest, line);) {
      ++number;
      if (ends_with(line, "\r")) line.remove_suffix(1);
      if (line.empty()) continue;
      const bool holds_nul = line.find('\0') != std::string_view::npos;
      const bool is_variable = line.find('=') != std::string_view::npos && line[0] != '=' && !holds_nul;
      if (is_variable && !starts_with(line, "NEXTEST")) variables_.emplace_back(line);
      else fail_by_variables(number);
    }
  }

  // `code` as Outcome::code has it; the first counts.
  void fail_by_variables(int code) {
    if (result_.outcome.passed()) fail(OutcomeKind::BadVariable, code);
  }

  const PhaseScript& script_;
  EventStream& events_;
  const StressIndex stress_;
  const ScriptPhase phase_;
  std::string variables_path_;
  Unit* unit_ = nullptr;
  AttemptResult result_;
  Vector<std::string> variables_;
  pid_t group_ = 0;
};

}  // namespace nextest
