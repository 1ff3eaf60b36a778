// What starts next: free threads, slots, retries and their delays, and patience when the system refuses a process.
#pragma once

#include <algorithm>
#include <memory>

#include "core/base/cpus.hpp"
#include "core/base/hash.hpp"
#include "core/base/sorted_order.hpp"
#include "core/base/switches.hpp"
#include "core/harness/judge.hpp"
#include "core/model/event.hpp"
#include "core/process/supervisor.hpp"
#include "core/run/attempt_files.hpp"
#include "core/run/event_stream.hpp"
#include "core/run/options.hpp"
#include "core/run/plan.hpp"
#include "core/run/schedule.hpp"
#include "core/run/test_environment.hpp"

namespace nextest {

class ExecutorObserver {
 public:
  virtual ~ExecutorObserver() = default;
  // Comes after the event.
  virtual void on_finished(const TestFinished& finished) = 0;
};

class Executor final : private UnitObserver {
 public:
  // `script_variables`: what each setup script of the configuration wrote, once it has run.
  Executor(Supervisor& supervisor, const RunPlan& plan, const RunOptions& options,
           const Vector<Vector<std::string>>& script_variables, EventStream& events, ExecutorObserver& observer)
      : supervisor_(supervisor),
        plan_(plan),
        options_(options),
        script_variables_(script_variables),
        events_(events),
        observer_(observer),
        schedule_(options.test_threads, options.groups),
        slots_(options.groups.size()) {}

  // Takes on the tests of the plan.
  void begin(StressIndex stress) {
    stress_ = stress;
    if (cancelled_) return;
    schedule_.expect(plan_.order.size());
    const std::uint32_t cpus = usable_cpus();
    Job job;
    for (const TestIndex test : plan_.order) {
      const TestSettings& settings = plan_.settings.of(test);
      job.test = test;
      job.weight = settings.threads_required.resolve(cpus, options_.test_threads);
      job.group = settings.group;
      schedule_.add(job);
      ++job.place;
    }
  }

  // Starts what can be started now.
  void fill() {
    Job job;
    while (!starved_ && schedule_.take(job)) {
      const auto waits = [&](const std::unique_ptr<TestRun>& run) { return run->job.test == job.test; };
      auto run = std::find_if(runs_.begin(), runs_.end(), waits);
      if (run == runs_.end()) run = runs_.insert(run, std::make_unique<TestRun>(*this, job));
      start(**run);
    }
  }

  bool idle() const { return runs_.empty() && schedule_.empty(); }

  // How each test stands that holds a slot, in the order of slots.
  void report(FunctionRef<void(InfoResponse)> add) const {
    for (const std::uint32_t i : sorted_order(runs_.size(), [&](std::uint32_t left, std::uint32_t right) {
           return runs_[left]->slot < runs_[right]->slot;
         })) {
      const TestRun& run = *runs_[i];
      InfoResponse response;
      response.stress = stress_;
      response.test = run.job.test;
      response.attempt = attempt_of(run);
      response.slot = {run.slot, run.group_slot, options_.groups[run.job.group].name};
      if (run.unit != nullptr) {
        response.status = run.unit->report();
      } else {
        const Duration now = supervisor_.loop.clock.now();
        response.status.state = UnitState::WaitingForRetry;
        response.status.in_state = now - run.since;
        response.status.remaining = run.deadline == forever ? Duration() : run.deadline - now;
      }
      add(std::move(response));
    }
  }
  std::uint32_t in_slots() const { return static_cast<std::uint32_t>(runs_.size()); }

  // Tests that hold a thread now.
  std::uint32_t running() const {
    const auto runs = [](const std::unique_ptr<TestRun>& run) { return run->unit != nullptr; };
    return static_cast<std::uint32_t>(std::count_if(runs_.begin(), runs_.end(), runs));
  }

  // No test is started any more; one that waits for its next attempt ends with the ones it had.
  void cancel() {
    cancelled_ = true;
    schedule_.clear();
    const auto waits = [](const std::unique_ptr<TestRun>& run) { return run->unit == nullptr; };
    while (true) {
      const auto run = std::find_if(runs_.begin(), runs_.end(), waits);
      if (run == runs_.end()) return;
      if ((*run)->result.attempts.empty()) forget(**run);
      else finish(**run);
    }
  }

 private:
  // A test from its first attempt to its last. Its deadline is the end of a retry delay.
  struct TestRun final : EventLoop::Client {
    TestRun(Executor& owner, const Job& taken) : executor(owner), job(taken), slot(owner.slots_[0].take()) {
      if (job.group != 0) group_slot = static_cast<std::int32_t>(owner.slots_[job.group].take());
      executor.supervisor_.loop.add(*this);
    }
    ~TestRun() override {
      executor.slots_[0].give_back(slot);
      if (job.group != 0) executor.slots_[job.group].give_back(static_cast<std::uint32_t>(group_slot));
      executor.supervisor_.loop.remove(*this);
    }
    void on_deadline() override { executor.schedule_.add(job); }

    Executor& executor;
    const Job job;
    const std::uint32_t slot;
    std::int32_t group_slot = -1;
    Unit* unit = nullptr;
    AttemptFiles files;                                      // of the attempt that runs
    Duration since = executor.supervisor_.loop.clock.now();  // without a unit
    Duration busy_since = forever;                           // its program
    TestResult result;
  };

  void start(TestRun& run) {
    TestStarted started;
    started.stress = stress_;
    started.test = run.job.test;
    started.attempt = attempt_of(run);
    started.slot = {run.slot, run.group_slot, options_.groups[run.job.group].name};
    std::string id = make_attempt_id(plan_.info.run_id, plan_.list, run.job.test, stress_, started.attempt.number);
    const TestSettings& settings = plan_.settings.of(run.job.test);
    Command command = command_of(run, started, id);
    UnitLimits limits;
    limits.slow_timeout = settings.slow_timeout;
    limits.leak_timeout = settings.leak_timeout;
    if (options_.interceptor.active()) intercept(command, limits);

    // A test that is not captured writes below the line of its start, so that has to come first; without its PID then.
    const bool is_captured = options_.request.capture;
    if (!is_captured && run.busy_since == forever) {
      started.command = command.argv;
      emit_start(started, events_.elapsed());
      events_.flush(true);
    }
    Launched failure;
    const int no_tmpdir = run.files.make_tmpdir(settings, command.environment);
    if (no_tmpdir == 0) run.unit = supervisor_.start(command, limits, std::move(id), *this, failure);
    if (run.unit == nullptr) {
      run.files.remove();
      if (is_put_off(run, failure)) return;
    }
    run.busy_since = forever;
    started.pid = run.unit != nullptr ? run.unit->pid() : 0;
    started.command = std::move(command.argv);
    const Duration at = run.unit != nullptr ? events_.since_start(run.unit->started()) : events_.elapsed();
    if (is_captured) emit_start(std::move(started), at);
    if (run.unit == nullptr) {
      AttemptResult result;
      result.started = at;
      result.outcome.kind = OutcomeKind::ExecFail;
      result.outcome.code = no_tmpdir != 0 ? -no_tmpdir : failure.error;
      end_attempt(run, std::move(result));
    }
  }

  Command command_of(TestRun& run, const TestStarted& started, const std::string& id) {
    const TestCase& test = plan_.list.tests[run.job.test];
    const TestBinary& binary = plan_.list.binary_of(run.job.test);
    const TestSettings& settings = plan_.settings.of(run.job.test);
    Arguments arguments = binary.harness->run_arguments(plan_.list, test);
    run.files.shorten(*binary.harness, arguments);
    arguments.insert(arguments.end(), settings.run_extra_args.begin(), settings.run_extra_args.end());
    Command command = make_command(binary, std::move(arguments), options_.start, settings.run_wrapper, test.own_name());
    for (const std::uint32_t script : settings.setup_scripts) {
      add_variables(command.environment, script_variables_[script]);
    }
    if (built_in(Feature::Scripts) && !settings.setup_scripts.empty())
      drop_variables(command.environment, *binary.harness);
    command.capture_out = command.capture_err = options_.request.capture;
    command.combine = options_.request.capture && (options_.combines_output || settings.combine_output);
    add_test_environment(command.environment, test, started.attempt, id, stress_, started.slot);
    for (std::string& variable : binary.harness->run_environment(test))
      command.environment.push_back(std::move(variable));
    if (options_.keeps_properties) run.files.make_report(*binary.harness, command.environment);
    return command;
  }

  // The debugger or tracer runs the test, for as long as it takes.
  void intercept(Command& command, UnitLimits& limits) const {
    const Vector<std::string>& words = options_.interceptor.command;
    command.argv[0] = command.program;
    command.argv.insert(command.argv.begin(), words.begin(), words.end());
    command.program = find_program(words[0]);
    command.has_terminal = options_.interceptor.debugs;
    limits.slow_timeout = SlowTimeout{thirty_years};
    limits.may_leave_processes = true;
  }

  // Of a test that could not be started: whether that is no fault of its own, so that it is tried again later.
  bool is_put_off(TestRun& run, const Launched& failure) {
    if (failure.out_of_resources() && supervisor_.running() > 0) {
      starved_ = true;  // until a unit ends and gives back what it had
      schedule_.give_back(run.job);
      schedule_.add(run.job);
      return true;
    }
    if (!failure.is_busy()) return false;
    const Duration now = supervisor_.loop.clock.now();
    if (run.busy_since == forever) run.busy_since = now;
    if (!waits_for_busy(now - run.busy_since)) return false;
    schedule_.give_back(run.job);
    run.deadline = now + busy_pause(now - run.busy_since);
    return true;
  }

  void emit_start(TestStarted started, Duration at) {
    if (started.attempt.number == 1) events_.emit_at(at, std::move(started));
    else events_.emit_at(at, TestRetryStarted{std::move(started)});
  }

  void on_slow(Unit& unit, Duration elapsed, bool will_terminate) override {
    const TestRun& run = run_of(unit);
    events_.emit(TestSlow{stress_, run.job.test, attempt_of(run), elapsed, will_terminate, unit.stopped()});
  }

  void on_done(Unit& unit) override {
    starved_ = false;
    TestRun& run = run_of(unit);
    run.unit = nullptr;
    run.since = supervisor_.loop.clock.now();
    AttemptResult result;
    result.outcome = unit.outcome();
    result.started = events_.since_start(unit.started());
    result.duration = unit.duration();
    result.slow = unit.slow();
    if (unit.captured()) result.output = std::make_shared<const CapturedOutput>(unit.take_output());
    const TestBinary& binary = plan_.list.binary_of(run.job.test);
    const TestSettings& settings = plan_.settings.of(run.job.test);
    judge_attempt(binary, plan_.list.tests[run.job.test], settings, result.output.get(), result.outcome);
    if (built_in(Feature::Config) && unit.ending() == EndingCause::ByItself)
      judge_by_expectation(settings, result.outcome);
    run.files.remove_argument();
    result.properties = run.files.take_properties(*binary.harness, plan_.list.tests[run.job.test]);
    result.tmpdir = run.files.end_tmpdir(!result.outcome.passed());
    end_attempt(run, std::move(result));
  }

  void end_attempt(TestRun& run, AttemptResult result) {
    schedule_.give_back(run.job);
    const TestSettings& settings = plan_.settings.of(run.job.test);
    result.attempt = attempt_of(run);
    const bool again = !result.outcome.passed() && result.attempt.number < result.attempt.total && !cancelled_;
    if (again) {
      const Duration delay = next_delay(settings.retries, result.attempt.number);
      events_.emit(TestAttemptFailed{stress_, run.job.test, result, delay, settings.failure_output});
      result.output = nullptr;
      run.result.attempts.push_back(std::move(result));
      if (delay.ns > 0) run.deadline = supervisor_.loop.clock.now() + delay;
      else schedule_.add(run.job);
    } else {
      run.result.attempts.push_back(std::move(result));
      finish(run);
    }
  }

  void finish(TestRun& run) {
    const TestSettings& settings = plan_.settings.of(run.job.test);
    TestFinished finished;
    finished.stress = stress_;
    finished.test = run.job.test;
    finished.result = std::move(run.result);
    finished.result.flaky_fails = settings.flaky_fails;
    finished.success_output = settings.success_output;
    finished.failure_output = settings.failure_output;
    forget(run);
    const Event event{events_.elapsed(), std::move(finished)};
    events_.emit_event(event);
    observer_.on_finished(std::get<TestFinished>(event.what));
  }

  void forget(TestRun& run) {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (runs_[i].get() != &run) continue;
      runs_[i] = std::move(runs_.back());
      runs_.pop_back();
      return;
    }
  }

  // The one behind those that are over. Under a debugger or a tracer there is no other.
  Attempt attempt_of(const TestRun& run) const {
    return {static_cast<std::uint32_t>(run.result.attempts.size()) + 1,
            options_.interceptor.active() ? 1 : plan_.settings.of(run.job.test).retries.count + 1};
  }

  TestRun& run_of(const Unit& unit) {
    std::size_t i = 0;
    while (runs_[i]->unit != &unit) ++i;
    return *runs_[i];
  }

  // Jitter spreads what failed together: the delay is between half of itself and all of itself.
  Duration next_delay(const RetryPolicy& policy, std::uint32_t attempt) {
    Duration delay = policy.delay_after(attempt);
    if (policy.jitter) {
      jitter_ = Xxh64::hash(decimal(jitter_) + plan_.info.run_id);
      delay.ns -= static_cast<std::int64_t>(static_cast<double>(delay.ns) / 2 *
                                            (static_cast<double>(jitter_ >> 11) / 9007199254740992.0));
    }
    return delay;
  }

  // The smallest free number.
  class Slots {
   public:
    std::uint32_t take() {
      std::size_t slot = 0;
      while (slot < taken_.size() && taken_[slot]) ++slot;
      if (slot == taken_.size()) taken_.push_back(true);
      taken_[slot] = true;
      return static_cast<std::uint32_t>(slot);
    }
    void give_back(std::uint32_t slot) { taken_[slot] = false; }

   private:
    Vector<bool> taken_;
  };

  Supervisor& supervisor_;
  const RunPlan& plan_;
  const RunOptions& options_;
  const Vector<Vector<std::string>>& script_variables_;
  EventStream& events_;
  ExecutorObserver& observer_;
  Schedule schedule_;
  Vector<Slots> slots_;  // those of group 0 are numbered over all tests
  std::uint64_t jitter_ = 0;
  StressIndex stress_;
  Vector<std::unique_ptr<TestRun>> runs_;
  bool starved_ = false;
  bool cancelled_ = false;
};

}  // namespace nextest
