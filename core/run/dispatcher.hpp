// A run from its first event to its last: the outside world (signals, global timeout, failing fast) meets the executor
// here. The dispatcher is the only writer of the event stream, so every reader sees one order of things.
#pragma once

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/base/out_of_memory.hpp"
#include "core/base/switches.hpp"
#include "core/base/vector.hpp"
#include "core/model/event.hpp"
#include "core/process/supervisor.hpp"
#include "core/run/executor.hpp"
#include "core/run/keyboard.hpp"
#include "core/run/options.hpp"
#include "core/run/setup_script.hpp"

namespace nextest {

class Dispatcher final : private ExecutorObserver, private KeyObserver {
 public:
  Dispatcher(Supervisor& supervisor, const TestList& list, const RunOptions& options, Vector<EventSink*> sinks)
      : supervisor_(supervisor),
        list_(list),
        options_(options),
        sinks_(std::move(sinks)),
        executor_(supervisor, list, options, *this),
        global_timeout_(*this),
        keyboard_(supervisor.loop, *this),
        flush_alarm_(supervisor.loop) {}

  // Runs the tests of `plan` in that order, and says how the program should exit.
  ExitCode run(const Vector<TestIndex>& plan) {
    started_ = supervisor_.loop.clock.now();
    global_timeout_.arm(options_.global_timeout);
    announce();
    if (options_.input_handler) keyboard_.take();
    const bool stressed = options_.info.stress.kind != StressCondition::Off && !plan.empty();
    if (stressed) run_stressed(plan);
    else run_once(plan, StressIndex());
    RunFinished finished;
    finished.elapsed = elapsed();
    finished.stats = stats_;
    finished.stressed = stressed;
    finished.stress = stress_;
    emit(std::move(finished));
    keyboard_.give_back();
    if (!wait_for_readers()) return ExitCode::WriteOutputFailed;
    const bool signalled = stats_.cancel_reason >= CancelReason::Signal;
    if (stats_.setup_scripts_failed > 0 && !signalled) return ExitCode::SetupScriptFailed;
    const bool failed = stats_.failed_count() > 0 || stress_.failed > 0 || stats_.not_run() > 0 ||
                        stats_.cancel_reason != CancelReason::None;
    return failed ? ExitCode::TestRunFailed : ExitCode::Success;
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
    void on_deadline() override {
      deadline = forever;
      dispatcher_.cancel(CancelReason::GlobalTimeout, SIGTERM);
    }

   private:
    Dispatcher& dispatcher_;
  };

  // Wakes the loop, which then flushes.
  class FlushAlarm final : public EventLoop::Client {
   public:
    explicit FlushAlarm(EventLoop& loop) : loop_(loop) { loop_.add(*this); }
    ~FlushAlarm() override { loop_.remove(*this); }
    void on_deadline() override { deadline = forever; }

   private:
    EventLoop& loop_;
  };

  void announce() {
    RunStarted started;
    started.info = &options_.info;
    started.list = &list_;
    if (!options_.info.parent.empty()) started.rerun = &options_.rerun;
    tell({Duration(), std::move(started)});  // by definition: what reads a record tells it at this time, too
  }

  void run_once(const Vector<TestIndex>& plan, StressIndex stress) {
    stats_ = RunStats();
    stats_.initial_run_count = static_cast<std::uint32_t>(plan.size());
    current_ = stress;
    unclean_.assign(list_.tests.size(), false);
    stats_.skipped = list_.counts().skipped_tests;
    each_skipped(list_, stress, [&](TestSkipped skipped) { emit(std::move(skipped)); });
    executor_.begin(plan, stress);
    run_setup_scripts(plan, stress);
    while (true) {
      // Without capture a test's own lines come between ours.
      if (!flush(!options_.info.capture)) {  // no reader is behind
        executor_.fill();
        flush(!options_.info.capture);
      }
      if (executor_.idle()) break;
      supervisor_.wait([&](int signal) { on_signal(signal); });
    }
    // Tests that cannot start never made us wait.
    supervisor_.hear([&](int signal) { on_signal(signal); });
    supervisor_.loop.expire();
    end_setup_scripts();
    supervisor_.end_strays([&](const Orphan& orphan) { on_late_leak(orphan); });
  }

  // Those that a test of the plan asks for, one after the other. The first that fails ends the run.
  void run_setup_scripts(const Vector<TestIndex>& plan, StressIndex stress) {
    if (!built_in(Feature::Scripts)) return;
    Vector<bool> wanted(options_.setup_scripts.size());
    for (const TestIndex test : plan) {
      for (const std::uint32_t script : options_.settings.of(test).setup_scripts) wanted[script] = true;
    }
    SetupScriptStarted started;
    started.stress = stress;
    started.total = static_cast<std::uint32_t>(std::count(wanted.begin(), wanted.end(), true));
    for (std::size_t i = 0; i < wanted.size() && stats_.cancel_reason == CancelReason::None; ++i) {
      if (!wanted[i]) continue;
      const SetupScript& script = options_.setup_scripts[i];
      started.script_id = script_id_ = script.id;
      started.command = script.command.argv;
      emit(started);
      flush(true);  // before the script's own lines
      const auto on_slow = [&](Duration after, bool will_terminate) {
        emit(SetupScriptSlow{stress, script.id, script.command.argv, after, will_terminate});
      };
      SetupScriptRun run(supervisor_, options_, script, started_, on_slow);
      script_ = &run;
      while (!run.done()) {
        flush();
        supervisor_.wait([&](int signal) { on_signal(signal); });
      }
      script_ = nullptr;
      if (run.group() != 0) script_groups_.push_back(run.group());
      const bool passed = run.result().outcome.passed();
      ++stats_.setup_scripts;
      if (!passed) ++stats_.setup_scripts_failed;
      emit(SetupScriptFinished{stress, started.index++, started.total, script.id, script.command.argv, run.variables(),
                               run.result()});
      if (passed) executor_.set_script_environment(i, run.variables());
      else cancel(CancelReason::SetupScriptFailure, SIGTERM);
    }
  }

  // What setup scripts left running for the tests is asked to end; what does not is a stray.
  void end_setup_scripts() {
    if (!built_in(Feature::Scripts)) return;
    for (const pid_t group : script_groups_) ::kill(-group, SIGTERM);
    const auto exists = [](pid_t group) { return group_exists(group); };
    for (int i = 0; i < 100 && std::any_of(script_groups_.begin(), script_groups_.end(), exists); ++i) {
      supervisor_.hear([&](int signal) { on_signal(signal); });
      ::poll(nullptr, 0, 10);
    }
    for (const pid_t group : script_groups_) ::kill(-group, SIGKILL);
    script_groups_.clear();
  }

  void run_stressed(const Vector<TestIndex>& plan) {
    const StressCondition& condition = options_.info.stress;
    StressIndex index;
    index.active = true;
    index.total = condition.kind == StressCondition::Count ? condition.count : 0;
    while (stats_.cancel_reason == CancelReason::None) {
      const bool enough = condition.kind == StressCondition::Count  ? index.current >= condition.count
                          : condition.kind == StressCondition::Time ? condition.duration <= elapsed()
                                                                    : false;
      if (enough) break;
      const Duration before = elapsed();
      emit(StressSubRunStarted{index, condition});
      run_once(plan, index);
      const bool whole = stats_.not_run() == 0;
      if (stats_.failed_count() > 0) ++stress_.failed;
      else if (whole) ++stress_.passed;
      emit(StressSubRunFinished{index, elapsed() - before, stats_});
      if (whole || stats_.failed_count() > 0) ++index.current;
    }
    stress_.completed = index;
  }

  // --- from the executor ---

  void on_started(TestStarted started, Duration at) override {
    if (started.attempt.number == 1) tell({at, std::move(started)});
    else tell({at, TestRetryStarted{std::move(started)}});
    if (options_.info.capture) return;
    for (EventSink* sink : sinks_) static_cast<void>(sink->flush());  // whoever reads no more is noticed later
  }
  void on_slow(TestSlow slow) override { emit(std::move(slow)); }
  void on_attempt_failed(TestAttemptFailed failed) override { emit(std::move(failed)); }

  void on_finished(TestIndex test, TestResult result) override {
    stats_.on_finished(result);
    const TestSettings& settings = options_.settings.of(test);
    const bool clean = result.passed() && result.last().outcome.kind != OutcomeKind::Leak;
    if (!clean) unclean_[test] = true;
    TestFinished finished;
    finished.stress = current_;
    finished.test = test;
    finished.result = std::move(result);
    finished.success_output = settings.success_output;
    finished.failure_output = settings.failure_output;
    emit(std::move(finished));
    const MaxFail& limit = options_.max_fail;
    if (limit.count > 0 && stats_.failed_count() >= limit.count) {
      cancel(limit.immediate ? CancelReason::TestFailureImmediate : CancelReason::TestFailure, SIGTERM);
    }
  }

  // --- from the outside ---

  // A setup script is none.
  std::uint32_t running_tests() const { return script_ != nullptr ? 0 : executor_.running(); }

  void on_key(char key) override {
    if (key == 't') answer();
    else if (key == '\n' || key == '\r') emit(InputEnter{stats_, running_tests()});
  }

  // What is running, and how it stands.
  void answer() {
    const bool in_setup = built_in(Feature::Scripts) && script_ != nullptr && !script_->done();
    const std::uint32_t total = in_setup ? 1 : executor_.units();
    std::uint32_t index = 0;
    const auto tell_one = [&](InfoResponse response) {
      response.index = index++;
      response.total = total;
      emit(std::move(response));
    };
    emit(InfoStarted{total, running_tests(), stats_});
    if (in_setup) {
      InfoResponse response;
      response.stress = current_;
      response.script_id = script_id_;
      response.status = script_->report();
      tell_one(std::move(response));
    } else {
      executor_.report(tell_one);
    }
    emit(InfoFinished());
  }

  void on_signal(int signal) {
    if (options_.interceptor.debugs && (signal == SIGINT || signal == SIGQUIT)) return;  // they are for the debugger
    if (signal == SIGTSTP) {
      emit(RunPaused{running_tests()});
      flush(true);
      keyboard_.give_back();
      return supervisor_.stop();
    }
    if (signal == SIGCONT) {
      if (options_.input_handler) keyboard_.take();
      if (supervisor_.go_on()) emit(RunContinued{{running_tests()}});
      return;
    }
    if (Signals::is_window_change(signal)) return static_cast<void>(flush(true));
    if (Signals::asks(signal)) return answer();
    if (stats_.cancel_reason < CancelReason::Signal) {
      return cancel(signal == SIGINT ? CancelReason::Interrupt : CancelReason::Signal, signal);
    }
    if (stats_.cancel_reason != CancelReason::SecondSignal) {
      stats_.cancel_reason = CancelReason::SecondSignal;
      emit(RunBeginKill{{CancelReason::SecondSignal, running_tests()}});
    }
    supervisor_.kill_all();
  }

  // A reason that outranks the one before takes over; a lesser one changes nothing.
  void cancel(CancelReason reason, int signal) {
    if (reason <= stats_.cancel_reason) return;
    stats_.cancel_reason = reason;
    if (!executor_.idle()) emit(RunBeginCancel{reason, running_tests()});
    executor_.cancel();
    if (reason == CancelReason::TestFailure) return;  // what runs may end
    supervisor_.terminate_all(
        reason == CancelReason::GlobalTimeout ? EndingCause::GlobalTimeout : EndingCause::Cancelled, signal);
  }

  void on_late_leak(const Orphan& orphan) {
    if (contains(orphan.attempt_id, SetupScriptRun::id_mark)) return;
    TestLeakedLate leaked;
    leaked.stress = current_;
    leaked.pid = orphan.pid;
    leaked.command = Strays::command_of(orphan.pid);
    for (TestIndex test = 0; test < list_.tests.size(); ++test) {
      const std::string id = make_attempt_id(options_.info.run_id, list_, test, current_, 1);
      const std::string_view found = orphan.attempt_id;
      if (!starts_with(found, id) || (found.size() > id.size() && found[id.size()] != '#')) continue;
      leaked.test_known = true;
      leaked.test = test;
      leaked.fails = options_.settings.of(test).leak_timeout.fails;
      if (!unclean_[test]) stats_.on_late_leak(leaked.fails);
      unclean_[test] = true;
    }
    emit(std::move(leaked));
  }

  // --- to the readers ---

  template <class What>
  void emit(What&& what) {
    tell({elapsed(), std::forward<What>(what)});
  }
  void tell(const Event& event) {
    for (EventSink* sink : sinks_) sink->on_event(event);
  }

  // True when a reader is behind. Passes on at most fifty times a second, unless `at_once`: a reader that is woken for
  // every line takes the processor from the tests. Whatever cannot be shown at all any more need not be run.
  bool flush(bool at_once = false) {
    const Duration now = supervisor_.loop.clock.now();
    if (!at_once && !reader_is_behind_ && now < next_flush_) {
      flush_alarm_.deadline = flush_due();
      return false;
    }
    next_flush_ = now + Duration::milliseconds(20);
    int behind = -1;
    for (EventSink* sink : sinks_) {
      if (!sink->flush() && readable_) {
        readable_ = false;
        cancel(CancelReason::ReportError, SIGTERM);
      }
      if (sink->waits_for() >= 0) behind = sink->waits_for();
    }
    supervisor_.loop.want_writable(behind);
    reader_is_behind_ = behind >= 0;
    flush_alarm_.deadline = reader_is_behind_ ? forever : flush_due();
    return reader_is_behind_;
  }

  // When a reader wants the next flush.
  Duration flush_due() const {
    Duration soonest = forever;
    for (const EventSink* sink : sinks_) soonest = std::min(soonest, sink->flush_within());
    const Duration at = soonest < thirty_years ? supervisor_.loop.clock.now() + soonest : forever;
    return std::max(at, next_flush_);
  }

  // At the end, until all is read. False when it could not be, or a signal said not to wait for that.
  bool wait_for_readers() {
    global_timeout_.deadline = forever;
    bool given_up = false;
    while (flush(true) && !given_up) {
      supervisor_.wait([&](int signal) {
        if (signal == SIGTSTP) supervisor_.stop();
        else if (signal == SIGCONT) supervisor_.go_on();
        else if (Signals::ends(signal)) given_up = true;
      });
    }
    return readable_ && !given_up;
  }

  Duration elapsed() const { return supervisor_.loop.clock.now() - started_; }

  Supervisor& supervisor_;
  const TestList& list_;
  const RunOptions& options_;
  Vector<EventSink*> sinks_;
  Executor executor_;
  GlobalTimeout global_timeout_;
  Keyboard keyboard_;
  FlushAlarm flush_alarm_;
  Duration next_flush_{};
  bool reader_is_behind_ = false;
  Duration started_{};
  StressIndex current_;
  RunStats stats_;
  StressStats stress_;
  const SetupScriptRun* script_ = nullptr;  // that is running
  std::string script_id_;
  Vector<pid_t> script_groups_;  // in which setup scripts left something running
  Vector<bool> unclean_;         // finished, and failed or known to have leaked
  bool readable_ = true;
  const LastDuty kill_scripts_now_{[](void* self) {
                                     for (const pid_t group : static_cast<Dispatcher*>(self)->script_groups_) {
                                       ::kill(-group, SIGKILL);
                                     }
                                   },
                                   this};
};

}  // namespace nextest
