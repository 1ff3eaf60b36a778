// All processes of a run: starts units, reaps them, hands out signals, and leaves nothing behind.
#pragma once

#include <signal.h>
#include <unistd.h>

#include <memory>

#include "core/base/function_ref.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/process/guardian.hpp"
#include "core/process/unit.hpp"

namespace nextest {

class Supervisor {
 public:
  EventLoop loop;

  explicit Supervisor(const std::string& run_id, std::unique_ptr<Launcher> launcher = std::make_unique<LocalLauncher>())
      : launcher_(std::move(launcher)), strays_("NEXTEST_RUN_ID=" + run_id) {
    launcher_->environment.set("NEXTEST_RUN_ID", run_id);
  }
  ~Supervisor() { end_all(); }

  // Stops when the guardian is stopped; when it is gone, ends all, and this program.
  void follow(const Guardian& guardian) {
    if (guardian.exists()) follower_ = std::make_unique<Follower>(*this, guardian);
  }

  Launcher& launcher() { return *launcher_; }

  bool gets_orphans() const { return strays_.gets_orphans(); }

  // What could not be started has its errno in `failure`.
  Unit* start(const Command& command, const UnitLimits& limits, std::string attempt_id, UnitObserver& observer,
              Launched& failure) {
    strays_.expect_one();
    Launched launched = launcher_->launch(command);
    if (launched.error != 0) {
      failure = std::move(launched);
      return nullptr;
    }
    strays_.on_started(launched.pid);
    units_.push_back(
        std::make_unique<Unit>(loop, *launcher_, strays_, std::move(launched), limits, std::move(attempt_id)));
    units_.back()->observer = &observer;
    return units_.back().get();
  }

  // Waits until something happens, and lets it happen: units move on, observers get those that are done, `on_signal`
  // each signal that is not about children. A unit that was killed while it drained is done without anything to wait
  // for.
  void wait(FunctionRef<void(int)> on_signal) {
    if (finalize_done()) return;
    if (loop.wait()) take_signals(on_signal);
    loop.expire();
    finalize_done();
  }

  // The signals that came, without waiting for any.
  void take_signals(FunctionRef<void(int)> on_signal) {
    Signals::take([&](int signal) { signal == SIGCHLD ? reap() : on_signal(signal); });
  }

  std::size_t running() const { return units_.size(); }
  const Vector<std::unique_ptr<Unit>>& units() const { return units_; }

  void terminate_all(Unit::Ending why, int signal) {
    for (const std::unique_ptr<Unit>& unit : units_) unit->terminate(why, signal);
  }
  void kill_all() {
    for (const std::unique_ptr<Unit>& unit : units_) unit->kill();
  }

  // SIGTSTP as a person means it: everything stops, the clock with it, and we return when we are continued.
  void stop() {
    for (const std::unique_ptr<Unit>& unit : units_) unit->send(SIGTSTP);
    loop.clock.pause();
    Signals::stop();
  }
  // False when we had not been stopped by stop(): somebody sent a SIGCONT for its own sake.
  bool go_on() {
    if (!loop.clock.paused()) return false;
    loop.clock.resume();
    for (const std::unique_ptr<Unit>& unit : units_) unit->send(SIGCONT);
    return true;
  }

  // Ends what outlived its unit unseen until now. Call when no unit is left; `found` gets each that was not reported
  // yet, and those that live on.
  void end_strays(FunctionRef<void(const Orphan&, bool has_ended)> found) {
    strays_.end_all([&] { reap(); },
                    [&](const Orphan& orphan, bool has_ended) {
                      if (!has_ended || !strays_.was_ended(orphan.attempt_id)) found(orphan, has_ended);
                    });
  }

 private:
  class Follower final : public EventLoop::Client {
   public:
    Follower(Supervisor& supervisor, const Guardian& guardian) : supervisor_(supervisor), guardian_(guardian) {
      supervisor.loop.watch(guardian.lifeline(), *this);
      supervisor.loop.add(*this);
      look_later();
    }
    ~Follower() override {
      supervisor_.loop.unwatch(guardian_.lifeline());
      supervisor_.loop.remove(*this);
    }

    void on_readable(int, bool) override {
      supervisor_.end_all();
      LastDuty::do_all();
      ::_exit(128 + SIGKILL);
    }
    void on_deadline() override {
      if (guardian_.is_stopped()) ::kill(::getpid(), SIGTSTP);
      look_later();
    }

   private:
    void look_later() { deadline = supervisor_.loop.clock.now() + Duration::milliseconds(250); }

    Supervisor& supervisor_;
    const Guardian& guardian_;
  };

  void end_all() {
    kill_all();
    for (const std::unique_ptr<Unit>& unit : units_) {
      if (!unit->reaped()) strays_.take_over(unit->pid(), unit->attempt_id());
    }
    units_.clear();
    end_strays([](const Orphan&, bool) {});
  }

  // Each unit that is done goes to its observer, and is gone. True when there was any.
  bool finalize_done() {
    bool found = false;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (units_[i]->state() != Unit::State::Done) continue;
      const std::unique_ptr<Unit> done = std::move(units_[i]);
      units_[i] = std::move(units_.back());
      units_.pop_back();
      --i;
      found = true;
      done->observer->on_done(*done);
    }
    return found;
  }

  // All that can be reaped is, before any unit gets its exit: an orphan that has ended is no leak.
  void reap() {
    exits_.clear();
    launcher_->reap(exits_);
    if (exits_.empty()) return;
    for (const Exit& exit : exits_) strays_.on_reaped(exit.pid);
    for (const std::unique_ptr<Unit>& unit : units_) {
      const Exit* own = nullptr;
      for (const Exit& exit : exits_) {
        if (exit.pid == unit->pid()) own = &exit;
      }
      if (own != nullptr && !unit->reaped()) unit->on_exit(own->status);
      else unit->on_others_reaped();
    }
  }

  // Without memory, and without waiting for anybody. What is in no group that we know of, the guardian ends.
  void kill_now() {
    for (const std::unique_ptr<Unit>& unit : units_) {
      if (unit != nullptr) unit->send(SIGKILL);
    }
    for (const pid_t pid : strays_.own()) {
      if (pid <= 1) continue;
      ::kill(-pid, SIGKILL);  // one that is no unit yet
      ::kill(pid, SIGKILL);
    }
  }

  const std::unique_ptr<Launcher> launcher_;
  Strays strays_;
  Vector<std::unique_ptr<Unit>> units_;
  Vector<Exit> exits_;
  std::unique_ptr<Follower> follower_;
  const LastDuty kill_now_{[](void* self) { static_cast<Supervisor*>(self)->kill_now(); }, this};
};

}  // namespace nextest
