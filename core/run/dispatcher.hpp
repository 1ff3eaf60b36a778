// A run from its first event to its last: the outside world (signals, keys, global timeout, failing fast) meets the
// executor here.
#pragma once

#include <signal.h>

#include "core/base/switches.hpp"
#include "core/model/event.hpp"
#include "core/process/supervisor.hpp"
#include "core/run/event_stream.hpp"
#include "core/run/executor.hpp"
#include "core/run/keyboard.hpp"
#include "core/run/options.hpp"
#include "core/run/plan.hpp"
#include "core/run/run_outcome.hpp"
#include "core/run/script_runner.hpp"

namespace nextest {

class Dispatcher final : private ExecutorObserver, private KeyObserver {
 public:
  Dispatcher(Supervisor& supervisor, const RunPlan& plan, const RunOptions& options, Vector<EventSink*> sinks)
      : supervisor_(supervisor),
        plan_(plan),
        options_(options),
        events_(supervisor.loop, std::move(sinks)),
        scripts_(supervisor, plan, options, events_),
        executor_(supervisor, plan, options, scripts_.variables(), events_, *this),
        global_timeout_(*this),
        keyboard_(supervisor.loop, *this) {}

  RunOutcome run() {
    global_timeout_.arm(options_.global_timeout);
    emit_start();
    if (options_.input_handler) keyboard_.take();
    const bool stressed = options_.request.stress.is_on() && !plan_.order.empty();
    if (stressed) run_stressed();
    else run_once(StressIndex());
    RunFinished finished;
    finished.elapsed = events_.elapsed();
    finished.stats = stats_;
    finished.stressed = stressed;
    finished.stress = stress_;
    events_.emit(std::move(finished));
    keyboard_.give_back();
    RunOutcome outcome;
    outcome.stats = stats_;
    outcome.stress = stress_;
    outcome.all_read = drain_readers();
    return outcome;
  }

 private:
  class GlobalTimeout final : public EventLoop::Client {
   public:
    explicit GlobalTimeout(Dispatcher& dispatcher) : dispatcher_(dispatcher) {
      dispatcher_.supervisor_.loop.add(*this);
    }
    ~GlobalTimeout() override { dispatcher_.supervisor_.loop.remove(*this); }
    void arm(Duration after) {
      if (after < thirty_years) deadline = dispatcher_.supervisor_.loop.clock.now() + after;
    }
    void on_deadline() override { dispatcher_.cancel(CancelReason::GlobalTimeout, SIGTERM); }

   private:
    Dispatcher& dispatcher_;
  };

  void emit_start() {
    RunStarted started;
    started.info = &plan_.info;
    started.list = &plan_.list;
    if (!plan_.info.parent.empty()) started.rerun = &plan_.history.rerun;
    started.request = options_.request;
    events_.emit_at(Duration(), std::move(started));  // by definition: a record has no time of its own for it
  }

  void run_once(StressIndex stress) {
    stats_ = RunStats();
    stats_.initial_run_count = static_cast<std::uint32_t>(plan_.order.size());
    current_ = stress;
    unclean_.assign(plan_.list.tests.size(), false);
    stats_.skipped = plan_.list.counts().skipped_tests;
    each_skipped(plan_.list, stress, [&](TestSkipped skipped) { events_.emit(std::move(skipped)); });
    executor_.begin(stress);
    run_setup_scripts(stress);
    while (true) {
      // Without capture a test's own lines come between ours.
      const bool at_once = !options_.request.capture;
      if (!flush(at_once)) {  // no reader is behind
        executor_.fill();
        flush(at_once);
      }
      if (executor_.idle()) break;
      wait();
    }
    // Tests that cannot start never made us wait.
    take_signals();
    supervisor_.loop.expire();
    if (built_in(Feature::Scripts)) {
      run_teardown_scripts(stress);
      scripts_.end_all([&](int signal) { on_signal(signal); });
    }
    supervisor_.end_strays([&](const Orphan& orphan, bool has_ended) { on_late_leak(orphan, has_ended); });
  }

  // The first that fails ends the run.
  void run_setup_scripts(StressIndex stress) {
    if (!built_in(Feature::Scripts)) return;
    scripts_.begin(ScriptPhase::Setup, stress);
    while (stats_.cancel_reason == CancelReason::None && scripts_.start_next()) {
      if (!finish_script()) cancel(CancelReason::SetupScriptFailure, SIGTERM);
    }
  }

  // All of them, however the run went. Only a signal ends one before its time.
  void run_teardown_scripts(StressIndex stress) {
    tearing_down_ = true;
    scripts_.begin(ScriptPhase::Teardown, stress);
    while (scripts_.start_next()) finish_script();
    tearing_down_ = false;
  }

  // Waits for the script that runs. Returns whether it passed.
  bool finish_script() {
    while (scripts_.running()) {
      flush();
      wait();
    }
    const bool passed = scripts_.finish();
    stats_.on_script(scripts_.phase(), passed);
    return passed;
  }

  void run_stressed() {
    const StressCondition& condition = options_.request.stress;
    StressIndex index;
    index.active = true;
    index.total = condition.kind == StressCondition::Count ? condition.count : 0;
    while (stats_.cancel_reason == CancelReason::None && !is_over_) {
      const bool enough = condition.kind == StressCondition::Count  ? index.current >= condition.count
                          : condition.kind == StressCondition::Time ? condition.duration <= events_.elapsed()
                                                                    : false;
      if (enough) break;
      const Duration before = events_.elapsed();
      events_.emit(StressSubRunStarted{index, condition});
      run_once(index);
      const bool whole = stats_.not_run() == 0;
      stress_.teardown_scripts_failed += stats_.teardown_scripts_failed;
      if (stats_.failed_count() > 0) ++stress_.failed;
      else if (whole) ++stress_.passed;
      events_.emit(StressSubRunFinished{index, events_.elapsed() - before, stats_});
      if (whole || stats_.failed_count() > 0) ++index.current;
    }
    stress_.completed = index;
  }

  // --- from the executor ---

  void on_finished(const TestFinished& finished) override {
    const TestResult& result = finished.result;
    stats_.on_finished(result);
    const bool clean = result.passed() && result.last().outcome.kind != OutcomeKind::Leak;
    if (!clean) unclean_[finished.test] = true;
    const MaxFail& limit = options_.max_fail;
    if (limit.count > 0 && stats_.failed_count() >= limit.count) {
      cancel(limit.immediate ? CancelReason::TestFailureImmediate : CancelReason::TestFailure, SIGTERM);
    }
  }

  // --- from the outside ---

  bool runs_script() const { return built_in(Feature::Scripts) && scripts_.running(); }

  void on_key(char key) override {
    if (key == 't') answer();
    else if (key == '\n' || key == '\r') events_.emit(InputEnter{stats_, executor_.running()});
  }

  // What is running, and how it stands.
  void answer() {
    if (!built_in(Feature::Terminal)) return;
    const std::uint32_t total = runs_script() ? 1 : executor_.in_slots();
    std::uint32_t index = 0;
    const auto emit_one = [&](InfoResponse response) {
      response.index = index++;
      response.total = total;
      events_.emit(std::move(response));
    };
    events_.emit(InfoStarted{total, executor_.running(), stats_});
    if (runs_script()) emit_one(scripts_.report());
    else executor_.report(emit_one);
    events_.emit(InfoFinished());
  }

  void on_signal(int signal) {
    const bool is_for_debugger = options_.interceptor.debugs && !runs_script();
    if (is_for_debugger && (signal == SIGINT || signal == SIGQUIT)) return;
    if (signal == SIGTSTP) {
      events_.emit(RunPaused{executor_.running()});
      flush(true);
      keyboard_.give_back();
      return supervisor_.stop();
    }
    if (signal == SIGCONT) {
      if (options_.input_handler) keyboard_.take();
      if (supervisor_.go_on()) events_.emit(RunContinued{{executor_.running()}});
      return;
    }
    if (Signals::is_window_change(signal)) return static_cast<void>(flush(true));
    if (Signals::asks(signal)) return answer();
    if (stats_.cancel_reason < CancelReason::Signal) {
      return cancel(signal == SIGINT ? CancelReason::Interrupt : CancelReason::Signal, signal);
    }
    if (stats_.cancel_reason != CancelReason::SecondSignal) {
      stats_.cancel_reason = CancelReason::SecondSignal;
      events_.emit(RunBeginKill{{CancelReason::SecondSignal, executor_.running()}});
    }
    supervisor_.kill_all();
  }

  // A reason that outranks the one before takes over; a lesser one changes nothing.
  void cancel(CancelReason reason, int signal) {
    if (reason <= stats_.cancel_reason) return;
    if (tearing_down_ && reason < CancelReason::Signal) {  // the tests are over; of a stress run no other round begins
      is_over_ = true;
      return;
    }
    stats_.cancel_reason = reason;
    // Of a failure of the last test there is nothing to cancel. A signal fails the run, whatever is left of it.
    if (!executor_.idle() || reason >= CancelReason::Signal) events_.emit(RunBeginCancel{reason, executor_.running()});
    executor_.cancel();
    if (reason == CancelReason::TestFailure) return;  // what runs may end
    supervisor_.terminate_all(
        reason == CancelReason::GlobalTimeout ? EndingCause::GlobalTimeout : EndingCause::Cancelled, signal);
  }

  void on_late_leak(const Orphan& orphan, bool has_ended) {
    if (has_ended && ScriptRunner::is_attempt_id(orphan.attempt_id)) return;
    TestLeakedLate leaked;
    leaked.stress = current_;
    leaked.pid = orphan.pid;
    leaked.command = orphan.command;
    leaked.lives_on = !has_ended;
    for (TestIndex test = 0; test < plan_.list.tests.size(); ++test) {
      const std::string id = make_attempt_id(plan_.info.run_id, plan_.list, test, current_, 1);
      const std::string_view found = orphan.attempt_id;
      if (!starts_with(found, id) || (found.size() > id.size() && found[id.size()] != '#')) continue;
      leaked.test_known = true;
      leaked.test = test;
      leaked.fails = plan_.settings.of(test).leak_timeout.fails;
      if (!unclean_[test]) stats_.on_late_leak(leaked.fails);
      unclean_[test] = true;
    }
    events_.emit(std::move(leaked));
  }

  // --- one turn ---

  void wait() {
    supervisor_.wait([&](int signal) { on_signal(signal); });
  }
  void take_signals() {
    supervisor_.take_signals([&](int signal) { on_signal(signal); });
  }

  // True when a reader is behind. What cannot be shown at all any more need not be run.
  bool flush(bool at_once = false) {
    const bool is_behind = events_.flush(at_once);
    if (!events_.readable()) cancel(CancelReason::ReportError, SIGTERM);
    return is_behind;
  }

  // At the end, until all is read. False when it could not be, or a signal ended the wait.
  bool drain_readers() {
    global_timeout_.deadline = forever;
    bool given_up = false;
    while (flush(true) && !given_up) {
      supervisor_.wait([&](int signal) {
        if (signal == SIGTSTP) supervisor_.stop();
        else if (signal == SIGCONT) supervisor_.go_on();
        else if (Signals::ends(signal)) given_up = true;
      });
    }
    return events_.readable() && !given_up;
  }

  Supervisor& supervisor_;
  const RunPlan& plan_;
  const RunOptions& options_;
  EventStream events_;
  ScriptRunner scripts_;
  Executor executor_;
  GlobalTimeout global_timeout_;
  Keyboard keyboard_;
  StressIndex current_;
  RunStats stats_;
  StressStats stress_;
  bool tearing_down_ = false;
  bool is_over_ = false;
  Vector<bool> unclean_;  // finished, and failed or known to have leaked
};

}  // namespace nextest
