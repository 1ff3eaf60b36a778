// The members of each event's JSON object. A list of fields is both how an event is written and how it is read: what
// `Io` does with a field is its matter (event_json.hpp). What has its usual value is left out.
#pragma once

#include "core/base/signal_name.hpp"
#include "core/model/event.hpp"

namespace nextest {

inline constexpr const char* outcome_names[] = {"pass",          "leak",           "fail",         "abort",
                                                "leak-fail",     "exec-fail",      "timeout",      "output-error",
                                                "wrong-tests",   "unfinished",     "bad-variable", "sanitizer-report",
                                                "reported-fail", "unexpected-pass"};
static_assert(std::size(outcome_names) == static_cast<std::size_t>(OutcomeKind::UnexpectedPass) + 1);
inline constexpr const char* cancel_names[] = {
    "none",           "setup-script-failure",   "test-failure", "report-error",
    "global-timeout", "test-failure-immediate", "signal",       "interrupt",
    "second-signal"};
inline constexpr const char* mismatch_names[] = {"none",           "ignored",   "name", "filterset",
                                                 "default-filter", "partition", "rerun"};
inline constexpr const char* display_names[] = {"never", "immediate", "final", "immediate-final"};
inline constexpr const char* stress_names[] = {"off", "count", "infinite", "time"};
inline constexpr const char* unit_state_names[] = {"running", "terminating", "killing", "draining", "done", "waiting"};
inline constexpr const char* phase_names[] = {"setup", "teardown"};
inline constexpr const char* cause_names[] = {"itself", "slow-timeout", "global-timeout", "cancelled"};

// In the order of Event::what.
inline constexpr const char* event_names[] = {"run-started",    "stress-started", "stress-finished",
                                              "script-started", "script-slow",    "script-finished",
                                              "started",        "slow",           "attempt-failed",
                                              "retry-started",  "finished",       "skipped",
                                              "leaked-late",    "info-started",   "info",
                                              "info-finished",  "enter",          "cancel",
                                              "kill",           "paused",         "continued",
                                              "run-finished"};
static_assert(std::size(event_names) == std::variant_size_v<decltype(Event::what)>);

template <class Io>
struct EventFields {
  Io& io;

  void of(StressIndex& stress) {
    // From 1, so that 0 can stand for none.
    std::uint32_t number = stress.active ? stress.current + 1 : 0;
    io.number("stress", number);
    io.number("stress_total", stress.total);
    stress.active = number > 0;
    stress.current = number > 0 ? number - 1 : 0;
  }

  void of(Attempt& attempt) {
    io.number("attempt", attempt.number, 1);
    io.number("attempts", attempt.total, 1);
  }

  void of(SlotAssignment& slot) {
    io.number("slot", slot.global_slot);
    io.number("group_slot", slot.group_slot, -1);
    io.text("group", slot.test_group, no_group);
  }

  void of(Outcome& outcome) {
    io.choice("outcome", outcome_names, outcome.kind);
    const bool is_signal = outcome.kind == OutcomeKind::Abort;
    const std::int32_t before = is_signal ? usual_signal(outcome.code) : outcome.code;
    std::int32_t code = before;
    io.number("code", code, 0);
    if (code != before) outcome.code = is_signal ? signal_of_usual(code) : code;  // it was read
    io.number("expected", outcome.expected, 1);
    io.flag("leaked", outcome.leaked);
    io.flag("lives_on", outcome.lives_on);
    io.flag("core_dumped", outcome.core_dumped);
    io.flag("skipped_by_test", outcome.skipped_by_test);
    io.flag("failed_as_expected", outcome.failed_as_expected);
    io.flag("timeout_passes", outcome.timeout_passes);
    io.flag("killed", outcome.killed);
    io.flag("global_timeout", outcome.global_timeout);
  }

  void of(AttemptResult& result) {
    io.began(result.started);
    io.time("took", result.duration);
    io.output(result.output);
    of(result.outcome);
    io.text("tmpdir", result.tmpdir);
    io.texts("properties", result.properties);
    io.flag("slow", result.slow);
    of(result.attempt);
  }

  void of(StressCondition& condition) {
    io.choice("stress_kind", stress_names, condition.kind, StressCondition::Off);
    io.number("stress_count", condition.count);
    io.time("stress_time", condition.duration);
  }

  void of(RunStats& stats) {
    io.number("tests", stats.initial_run_count);
    io.number("finished", stats.finished_count);
    io.number("passed", stats.passed);
    io.number("passed_slow", stats.passed_slow);
    io.number("flaky", stats.flaky);
    io.number("leaky", stats.leaky);
    io.number("skipped_by_test", stats.skipped_by_test);
    io.number("failed", stats.failed);
    io.number("leaky_failed", stats.leaky_failed);
    io.number("exec_failed", stats.exec_failed);
    io.number("timed_out", stats.timed_out);
    io.number("skipped", stats.skipped);
    io.number("setup_scripts", stats.setup_scripts);
    io.number("setup_scripts_failed", stats.setup_scripts_failed);
    io.number("teardown_scripts", stats.teardown_scripts);
    io.number("teardown_scripts_failed", stats.teardown_scripts_failed);
    io.choice("cancelled", cancel_names, stats.cancel_reason, CancelReason::None);
  }

  void of(RunInfo& info) {
    io.text("run", info.run_id);
    io.text("parent", info.parent);
    io.time("started_at", info.started_at);
    io.text("program", info.program);
    io.text("profile", info.profile);
    io.text("workspace_root", info.workspace_root);
    io.text("folder", info.folder);
    io.text("host", info.host);
    io.texts("environment", info.environment);
    io.text("scope_harness", info.scope.harness);
    io.text("scope_binaries_metadata", info.scope.binaries_metadata);
    io.flag("scope_configuration", info.scope.from_configuration);
    io.text("order", info.order);
  }

  // A reader reads the RunInfo itself.
  void of(RunStarted& started) {
    if (started.info != nullptr) of(const_cast<RunInfo&>(*started.info));
    io.flag("capture", started.request.capture, true);
    of(started.request.stress);
  }

  void of(StressSubRunStarted& started) {
    of(started.index);
    of(started.condition);
  }
  void of(StressSubRunFinished& finished) {
    of(finished.index);
    io.time("took", finished.elapsed);
    of(finished.stats);
  }

  void of(ScriptStarted& started) {
    of(started.stress);
    io.number("index", started.index);
    io.number("total", started.total);
    io.choice("phase", phase_names, started.phase, ScriptPhase::Setup);
    io.text("script", started.script_id);
    io.texts("command", started.command);
  }
  void of(ScriptSlow& slow) {
    of(slow.stress);
    io.choice("phase", phase_names, slow.phase, ScriptPhase::Setup);
    io.text("script", slow.script_id);
    io.texts("command", slow.command);
    io.time("after", slow.elapsed);
    io.flag("will_terminate", slow.will_terminate);
    io.flag("stopped", slow.stopped);
  }
  void of(ScriptFinished& finished) {
    of(finished.stress);
    io.number("index", finished.index);
    io.number("total", finished.total);
    io.choice("phase", phase_names, finished.phase, ScriptPhase::Setup);
    io.text("script", finished.script_id);
    io.texts("command", finished.command);
    io.texts("variables", finished.variables);
    of(finished.result);
  }

  void of(TestStarted& started) {
    io.test(started.test);
    io.number("pid", started.pid);
    of(started.slot);
    of(started.attempt);
    of(started.stress);
    io.command(started.test, started.command);
  }
  void of(TestSlow& slow) {
    io.test(slow.test);
    of(slow.stress);
    of(slow.attempt);
    io.time("after", slow.elapsed);
    io.flag("will_terminate", slow.will_terminate);
    io.flag("stopped", slow.stopped);
  }
  void of(TestAttemptFailed& failed) {
    io.test(failed.test);
    of(failed.stress);
    of(failed.result);
    io.time("delay", failed.delay_before_next);
    io.choice("failure_output", display_names, failed.failure_output, OutputDisplay::Immediate);
  }
  void of(TestFinished& finished) {
    io.test(finished.test);
    of(finished.stress);
    io.attempts(finished.result.attempts);
    io.flag("flaky_fails", finished.result.flaky_fails);
    io.choice("success_output", display_names, finished.success_output, OutputDisplay::Never);
    io.choice("failure_output", display_names, finished.failure_output, OutputDisplay::Immediate);
  }
  void of(TestSkipped& skipped) {
    io.test(skipped.test);
    of(skipped.stress);
    io.choice("why", mismatch_names, skipped.reason);
  }
  void of(TestLeakedLate& leaked) {
    io.flag("test_known", leaked.test_known);
    io.test(leaked.test);
    of(leaked.stress);
    io.number("pid", leaked.pid);
    io.text("command", leaked.command);
    io.flag("lives_on", leaked.lives_on);
    io.flag("fails", leaked.fails);
  }

  void of(InfoStarted& started) {
    io.number("total", started.total);
    io.number("running", started.running);
    of(started.stats);
  }
  void of(InfoResponse& info) {
    io.number("index", info.index);
    io.number("total", info.total);
    of(info.stress);
    io.choice("phase", phase_names, info.phase, ScriptPhase::Setup);
    io.text("script", info.script_id);
    io.test(info.test);
    of(info.attempt);
    of(info.slot);
    UnitStatus& status = info.status;
    io.choice("state", unit_state_names, status.state);
    io.choice("cause", cause_names, status.cause);
    io.number("pid", status.pid);
    io.time("elapsed", status.elapsed);
    io.time("in_state", status.in_state);
    io.time("remaining", status.remaining);
    io.flag("slow", status.slow);
    io.flag("stopped", status.stopped);
    io.output(status.output);
  }
  void of(InfoFinished&) {}
  void of(InputEnter& enter) {
    of(enter.stats);
    io.number("running", enter.running);
  }

  void of(RunBeginCancel& cancel) {
    io.choice("why", cancel_names, cancel.reason);
    io.number("running", cancel.running);
  }
  void of(RunPaused& paused) { io.number("running", paused.running); }

  void of(RunFinished& finished) {
    io.time("took", finished.elapsed);
    of(finished.stats);
    io.flag("stressed", finished.stressed);
    io.number("iterations", finished.stress.completed.current);
    io.number("iterations_total", finished.stress.completed.total);
    io.flag("iterations_active", finished.stress.completed.active);
    io.number("iterations_passed", finished.stress.passed);
    io.number("iterations_failed", finished.stress.failed);
    io.number("iterations_teardown_scripts_failed", finished.stress.teardown_scripts_failed);
  }
};

template <class Io, class Fields>
void fields_of(Io& io, Fields& fields) {
  EventFields<Io>{io}.of(fields);
}

}  // namespace nextest
