// One process from start to end, as a state machine: Running -> (Terminating -> Killing) -> Draining -> Done, and from
// Killing to Done where it cannot be ended. What comes in: data, end of data, exit, a deadline, a request to end. It
// never blocks and never prints.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "core/base/features.hpp"
#include "core/model/outcome.hpp"
#include "core/model/settings.hpp"
#include "core/process/capture.hpp"
#include "core/process/event_loop.hpp"
#include "core/process/launcher.hpp"
#include "core/process/strays.hpp"

namespace nextest {

struct UnitLimits {
  SlowTimeout slow_timeout;
  LeakTimeout leak_timeout;
  std::size_t max_output = most_output;  // bytes a stream
  bool overflow_ends = false;            // more output than that ends it
  bool may_leave_processes = false;      // only held pipes are a leak, and nothing is ended for it
};

class Unit;

class UnitObserver {
 public:
  virtual ~UnitObserver() = default;
  virtual void on_slow(Unit& unit, Duration elapsed, bool will_terminate) = 0;
  virtual void on_done(Unit& unit) = 0;
};

class Unit final : public EventLoop::Client {
 public:
  using State = UnitState;
  using Ending = EndingCause;

  Unit(EventLoop& loop, Launcher& launcher, Strays& strays, Launched process, UnitLimits limits, std::string attempt_id)
      : loop_(loop),
        launcher_(launcher),
        strays_(strays),
        limits_(limits),
        attempt_id_(std::move(attempt_id)),
        pid_(process.pid),
        started_(loop.clock.now()),
        out_{std::move(process.out), Capture(limits.max_output)},
        err_{std::move(process.err), Capture(limits.max_output)},
        combined_(process.combined) {
    captured_ = out_.fd || err_.fd;
    for (Stream* stream : {&out_, &err_}) {
      if (stream->fd) loop_.watch(stream->fd.get(), *this);
    }
    if (limits_.slow_timeout.period < thirty_years) deadline = started_ + limits_.slow_timeout.period;
    loop_.add(*this);
  }
  ~Unit() override {
    close(out_);
    close(err_);
    loop_.remove(*this);
  }

  void on_readable(int fd, bool hung_up) override {
    Stream& stream = out_.fd.get() == fd ? out_ : err_;
    static char buffer[65536];
    ssize_t size;
    // Nobody writes any more after a hang-up, so reading on to the end cannot block.
    while ((size = read_some(fd, buffer, sizeof buffer)) > 0) {
      stream.capture.append({buffer, static_cast<std::size_t>(size)});
      if (!hung_up) {
        if (limits_.overflow_ends && stream.capture.overflowed()) kill();
        return;
      }
    }
    if (size < 0) output_error_ = errno;
    close(stream);
    if (state_ == State::Draining) drain();
  }

  void on_exit(int status) {
    status_ = status;
    ended_ = loop_.clock.now();
    state_ = State::Draining;
    since_ = ended_;
    leak_deadline_ = ended_ + limits_.leak_timeout.period;
    drain();
  }

  void on_deadline() override {
    switch (state_) {
      case State::Running: {
        ++slow_periods_;
        const SlowTimeout& slow = limits_.slow_timeout;
        const bool will_terminate = slow.terminate_after > 0 && slow_periods_ >= slow.terminate_after;
        deadline = started_ + Duration{slow.period.ns * (std::int64_t{slow_periods_} + 1)};
        observer->on_slow(*this, loop_.clock.now() - started_, will_terminate);
        if (will_terminate) terminate(Ending::SlowTimeout, SIGTERM);
        break;
      }
      case State::Terminating: kill(); break;
      case State::Draining:
        if (loop_.clock.now() < leak_deadline_ || is_overdue_) {
          drain(is_overdue_);
        } else {
          // The loop may have been busy for that long: it looks at the pipes once more.
          is_overdue_ = true;
          deadline = leak_deadline_;
        }
        break;
      case State::Killing: give_up(); break;
      case State::WaitingForRetry:
      case State::Done: break;
    }
  }

  // Asks the process to end; whatever still runs after the grace period is killed.
  void terminate(Ending why, int signal) {
    if (state_ == State::Running) {
      ending_ = why;
      state_ = State::Terminating;
      since_ = loop_.clock.now();
      deadline = since_ + limits_.slow_timeout.grace_period;
      if (limits_.slow_timeout.grace_period.ns == 0) return kill();
    }
    if (state_ == State::Terminating || state_ == State::Draining) {
      send(signal);
      send(SIGCONT);  // a stopped process acts on the signal only when it goes on
    }
    if (state_ == State::Draining) {
      const Duration patience = loop_.clock.now() + limits_.slow_timeout.grace_period;
      if (patience < leak_deadline_) leak_deadline_ = patience;
    }
  }

  void kill() {
    if (state_ == State::Draining) {
      leak_deadline_ = loop_.clock.now();
      drain(true);
    } else if (state_ != State::Done) {
      if (state_ == State::Running) since_ = loop_.clock.now();
      if (ending_ == Ending::ByItself) ending_ = Ending::Cancelled;
      killed_ = true;
      state_ = State::Killing;
      deadline = loop_.clock.now();
      if (send(SIGKILL)) deadline = deadline + Duration::seconds(10);
    }
  }

  bool send(int signal) const { return launcher_.send(pid_, signal, reaped()); }

  // Others were reaped: what it waited for may have been among them.
  void on_others_reaped() {
    if (state_ == State::Draining) drain();
  }

  State state() const { return state_; }
  bool reaped() const { return state_ == State::Draining || state_ == State::Done; }
  pid_t pid() const { return pid_; }
  bool stopped() const { return !reaped() && launcher_.is_stopped(pid_); }
  const std::string& attempt_id() const { return attempt_id_; }
  Duration started() const { return started_; }
  Duration duration() const { return ended_ - started_; }
  bool slow() const { return slow_periods_ > 0; }
  bool captured() const { return captured_; }
  bool overflowed() const { return out_.capture.overflowed() || err_.capture.overflowed(); }
  // Empties the buffers.
  CapturedOutput take_output() { return {out_.capture.take(), err_.capture.take(), combined_}; }
  Ending ending() const { return ending_; }

  // How it stands now, and what it has written so far.
  UnitStatus report() const {
    const Duration now = loop_.clock.now();
    UnitStatus status;
    status.state = state_;
    status.cause = ending_;
    status.pid = pid_;
    status.elapsed = (reaped() ? ended_ : now) - started_;
    status.in_state = now - since_;
    status.remaining = state_ == State::Terminating ? deadline - now
                       : state_ == State::Draining  ? leak_deadline_ - now
                                                    : Duration::seconds(-1);
    status.slow = slow();
    status.stopped = stopped();
    if (captured_) {
      status.output =
          std::make_shared<CapturedOutput>(CapturedOutput{out_.capture.copy(), err_.capture.copy(), combined_});
    }
    return status;
  }

  // Once done: what its end means for a test.
  Outcome outcome() const {
    Outcome outcome;
    outcome.leaked = leaked_;
    outcome.lives_on = lives_on_;
    if (ending_ == Ending::SlowTimeout || ending_ == Ending::GlobalTimeout) {
      outcome.kind = OutcomeKind::Timeout;
      outcome.killed = killed_;
      outcome.global_timeout = ending_ == Ending::GlobalTimeout;
      outcome.timeout_passes = ending_ == Ending::SlowTimeout && limits_.slow_timeout.passes;
    } else if (WIFSIGNALED(status_)) {
      outcome.kind = OutcomeKind::Abort;
      outcome.code = WTERMSIG(status_);
#if NEXTEST_HAS_WCOREDUMP
      outcome.core_dumped = WCOREDUMP(status_);
#endif
    } else if (WEXITSTATUS(status_) != 0) {
      outcome.kind = OutcomeKind::Fail;
      outcome.code = WEXITSTATUS(status_);
    } else if (output_error_ != 0) {
      outcome.kind = OutcomeKind::OutputError;
      outcome.code = output_error_;
    } else if (leaked_) {
      outcome.kind = limits_.leak_timeout.fails ? OutcomeKind::LeakFail : OutcomeKind::Leak;
    }
    return outcome;
  }

  UnitObserver* observer = nullptr;

 private:
  struct Stream {
    Fd fd;
    Capture capture;
  };

  void close(Stream& stream) {
    if (!stream.fd) return;
    loop_.unwatch(stream.fd.get());
    stream.fd.close();
  }

  // After the exit: done as soon as nothing is left behind, and at the leak timeout whatever is left.
  void drain(bool is_last_look = false) {
    const Duration now = loop_.clock.now();
    const bool left_behind =
        out_.fd || err_.fd || (!limits_.may_leave_processes && (group_exists(pid_) || strays_.find(attempt_id_)));
    if (left_behind && !is_last_look) {
      // A process that leaves the group silently wakes nobody.
      deadline = now + Duration::milliseconds(10);
      if (leak_deadline_ < deadline) deadline = leak_deadline_;
      return;
    }
    leaked_ = left_behind;
    if (left_behind && !limits_.may_leave_processes) {
      send(SIGKILL);
      lives_on_ = !strays_.end(attempt_id_);
    }
    be_done();
  }

  // What SIGKILL does not end is another user's, or hangs in the kernel. Nobody waits for it.
  void give_up() {
    strays_.take_over(pid_, attempt_id_);
    ended_ = loop_.clock.now();
    status_ = SIGKILL;  // as waitpid would have it
    lives_on_ = true;
    be_done();
  }

  void be_done() {
    close(out_);
    close(err_);
    deadline = forever;
    state_ = State::Done;
  }

  EventLoop& loop_;
  Launcher& launcher_;
  Strays& strays_;
  const UnitLimits limits_;
  const std::string attempt_id_;
  const pid_t pid_;
  const Duration started_;
  Duration since_ = started_;  // in this state; Killing counts from Terminating
  Duration ended_{};
  Duration leak_deadline_{};
  bool is_overdue_ = false;
  Stream out_;
  Stream err_;
  const bool combined_;
  std::uint32_t slow_periods_ = 0;
  int status_ = 0;
  int output_error_ = 0;
  State state_ = State::Running;
  Ending ending_ = Ending::ByItself;
  bool captured_ = false;
  bool killed_ = false;
  bool leaked_ = false;
  bool lives_on_ = false;
};

}  // namespace nextest
