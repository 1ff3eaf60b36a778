// What starts next: free threads, slots, retries and their delays, and patience when the system refuses a process.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/model/event.hpp"
#include "core/process/supervisor.hpp"
#include "core/run/options.hpp"
#include "core/run/test_environment.hpp"

namespace nextest {

// What the executor tells of a test; the dispatcher makes the events of it.
class ExecutorObserver {
 public:
  virtual ~ExecutorObserver() = default;
  virtual void on_started(TestStarted started) = 0;
  virtual void on_slow(TestSlow slow) = 0;
  virtual void on_attempt_failed(TestAttemptFailed failed) = 0;
  virtual void on_finished(TestIndex test, TestResult result) = 0;
};

class Executor final : private UnitObserver {
 public:
  Executor(Supervisor& supervisor, const TestList& list, const RunOptions& options, ExecutorObserver& observer)
      : supervisor_(supervisor), list_(list), options_(options), observer_(observer) {}

  // Takes on the tests of `plan`, in that order.
  void begin(const std::vector<TestIndex>& plan, StressIndex stress) {
    plan_ = &plan;
    next_ = 0;
    stress_ = stress;
  }

  // Starts what can be started now.
  void fill() {
    while (supervisor_.running() < options_.test_threads && !starved_) {
      if (!ready_.empty()) {
        TestRun* const run = ready_.front();
        ready_.pop_front();
        start(*run);
      } else if (!cancelled_ && next_ < plan_->size()) {
        runs_.push_back(std::make_unique<TestRun>(*this, (*plan_)[next_++], take_slot()));
        start(*runs_.back());
      } else {
        return;
      }
    }
  }

  bool idle() const { return runs_.empty() && (cancelled_ || next_ == plan_->size()); }

  // Tests that hold a thread now.
  std::uint32_t running() const { return static_cast<std::uint32_t>(supervisor_.running()); }

  // No test is started any more; one that waits for its next attempt ends with the ones it had.
  void cancel() {
    cancelled_ = true;
    ready_.clear();
    const auto waits = [](const std::unique_ptr<TestRun>& run) { return run->unit == nullptr; };
    for (auto run = runs_.end(); (run = std::find_if(runs_.begin(), runs_.end(), waits)) != runs_.end();) {
      if ((*run)->result.attempts.empty()) forget(**run);
      else finish(**run);
    }
  }

 private:
  // A test from its first attempt to its last. Its deadline is the end of a retry delay.
  struct TestRun final : EventLoop::Client {
    TestRun(Executor& owner, TestIndex index, std::uint32_t number) : executor(owner), test(index), slot(number) {
      executor.supervisor_.loop.add(*this);
    }
    ~TestRun() override { executor.supervisor_.loop.remove(*this); }
    void on_deadline() override {
      deadline = forever;
      executor.ready_.push_back(this);
    }

    Executor& executor;
    const TestIndex test;
    const std::uint32_t slot;
    Unit* unit = nullptr;
    TestResult result;
  };

  void start(TestRun& run) {
    const TestCase& test = list_.tests[run.test];
    const TestBinary& binary = list_.binary_of(run.test);
    const TestSettings& settings = options_.settings_for(run.test);
    const Harness& harness = harness_of(binary.harness);

    TestStarted started;
    started.stress = stress_;
    started.test = run.test;
    started.attempt = next_attempt(run);
    started.slot.global_slot = run.slot;
    std::string id = make_attempt_id(options_.run_id, list_, run.test, stress_, started.attempt.number);
    Command command = make_command(binary, harness.run_arguments(list_, run.test), options_.start);
    add_test_environment(command.environment, test, started.attempt, id, stress_, started.slot);
    if (harness.run_environment != nullptr) {
      for (std::string& variable : harness.run_environment(test)) command.environment.push_back(std::move(variable));
    }
    UnitLimits limits;
    limits.slow_timeout = settings.slow_timeout;
    limits.leak_timeout = settings.leak_timeout;

    Launched failure;
    run.unit = supervisor_.start(command, options_.capture, limits, std::move(id), *this, failure);
    if (run.unit == nullptr && failure.out_of_resources() && supervisor_.running() > 0) {
      starved_ = true;  // until a unit ends and gives back what it had
      ready_.push_front(&run);
      return;
    }
    started.pid = run.unit != nullptr ? run.unit->pid() : 0;
    started.running = running();
    started.command = std::move(command.argv);
    observer_.on_started(std::move(started));
    if (run.unit == nullptr) {
      AttemptResult result;
      result.started = supervisor_.loop.clock.now() - run_started_;
      result.outcome.kind = OutcomeKind::ExecFail;
      result.outcome.code = failure.error;
      end_attempt(run, std::move(result));
    }
  }

  void on_slow(Unit& unit, Duration elapsed, bool will_terminate) override {
    const TestRun& run = run_of(unit);
    observer_.on_slow({stress_, run.test, next_attempt(run), elapsed, will_terminate});
  }

  void on_done(Unit& unit) override {
    starved_ = false;
    TestRun& run = run_of(unit);
    run.unit = nullptr;
    AttemptResult result;
    result.outcome = unit.outcome();
    result.started = unit.started() - run_started_;
    result.duration = unit.duration();
    result.slow = unit.slow();
    if (unit.captured()) {
      auto output = std::make_shared<CapturedOutput>(unit.take_output());
      harness_of(list_.binary_of(run.test).harness).judge(list_.tests[run.test], *output, result.outcome);
      result.output = std::move(output);
    } else {
      harness_of(list_.binary_of(run.test).harness).judge(list_.tests[run.test], CapturedOutput(), result.outcome);
    }
    end_attempt(run, std::move(result));
  }

  void end_attempt(TestRun& run, AttemptResult result) {
    const TestSettings& settings = options_.settings_for(run.test);
    result.attempt = next_attempt(run);
    const bool again = !result.outcome.passed() && result.attempt.number < result.attempt.total && !cancelled_;
    if (again) {
      const Duration delay = settings.retries.delay;
      observer_.on_attempt_failed({stress_, run.test, result, delay, settings.failure_output});
      result.output = nullptr;
      run.result.attempts.push_back(std::move(result));
      if (delay.ns > 0) run.deadline = supervisor_.loop.clock.now() + delay;
      else ready_.push_front(&run);
    } else {
      run.result.attempts.push_back(std::move(result));
      finish(run);
    }
  }

  void finish(TestRun& run) {
    const TestIndex test = run.test;
    TestResult result = std::move(run.result);
    result.flaky_fails = options_.settings_for(test).flaky_fails;
    forget(run);
    observer_.on_finished(test, std::move(result));
  }

  void forget(TestRun& run) {
    slots_[run.slot] = false;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].get() != &run) continue;
      runs_[i] = std::move(runs_.back());
      runs_.pop_back();
      return;
    }
  }

  // The attempt that is under way, or comes next.
  Attempt next_attempt(const TestRun& run) const {
    return {static_cast<std::uint32_t>(run.result.attempts.size()) + 1,
            options_.settings_for(run.test).retries.count + 1};
  }

  TestRun& run_of(const Unit& unit) {
    std::size_t i = 0;
    while (runs_[i]->unit != &unit) ++i;
    return *runs_[i];
  }

  std::uint32_t take_slot() {
    std::size_t slot = 0;
    while (slot < slots_.size() && slots_[slot]) ++slot;
    if (slot == slots_.size()) slots_.push_back(true);
    slots_[slot] = true;
    return static_cast<std::uint32_t>(slot);
  }

  Supervisor& supervisor_;
  const TestList& list_;
  const RunOptions& options_;
  ExecutorObserver& observer_;
  const std::vector<TestIndex>* plan_ = nullptr;
  std::size_t next_ = 0;
  StressIndex stress_;
  const Duration run_started_ = supervisor_.loop.clock.now();
  std::vector<std::unique_ptr<TestRun>> runs_;
  std::deque<TestRun*> ready_;  // may be started at once: retries, and what the system refused
  std::vector<bool> slots_;
  bool starved_ = false;
  bool cancelled_ = false;
};

}  // namespace nextest
