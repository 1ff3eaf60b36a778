#include "core/process/unit.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/unit/support.hpp"

namespace {

using support::turn;

using nextest::Duration;
using nextest::EventLoop;
using nextest::Launched;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Strays;
using nextest::Unit;
using nextest::UnitLimits;
using State = nextest::Unit::State;

int exited(int code) { return code << 8; }
int killed_by(int signal, bool core = false) { return signal | (core ? 0x80 : 0); }

// The id of a process that is no more: signals to its group go nowhere.
pid_t dead_process() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);
    ::_exit(0);
  }
  REQUIRE(child > 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  return child;
}

// A unit whose process is played by the test.
class Played final : public nextest::UnitObserver {
 public:
  explicit Played(UnitLimits limits = {}, bool capture = true) {
    static const pid_t pid = dead_process();
    Launched process;
    process.pid = pid;
    if (capture) {
      nextest::Pipe out_pipe, err_pipe;
      REQUIRE(nextest::open_pipe(out_pipe) == 0);
      REQUIRE(nextest::open_pipe(err_pipe) == 0);
      process.out = std::move(out_pipe.read_end);
      process.err = std::move(err_pipe.read_end);
      out = std::move(out_pipe.write_end);
      err = std::move(err_pipe.write_end);
    }
    unit = std::make_unique<Unit>(loop, launcher, strays, std::move(process), limits, "attempt");
    unit->observer = this;
  }

  void on_slow(Unit&, Duration, bool will_terminate) override { slow.push_back(will_terminate); }
  void on_done(Unit&) override {}

  void wait_for(State state) {
    while (unit->state() != state) turn(loop);
  }
  void close() {
    out.close();
    err.close();
  }
  // Ends it with both pipes closed.
  Outcome end(int status) {
    close();
    unit->on_exit(status);
    wait_for(State::Done);
    return unit->outcome();
  }

  EventLoop loop;
  nextest::LocalLauncher launcher;
  Strays strays{"no such run"};
  nextest::Fd out, err;
  std::unique_ptr<Unit> unit;
  nextest::Vector<bool> slow;
};

UnitLimits no_leak_patience() {
  UnitLimits limits;
  limits.leak_timeout.period = Duration{};
  return limits;
}

// ---- by itself ----

TEST_CASE("unit: exit codes and signals become outcomes") {
  const struct {
    int status;
    OutcomeKind kind;
    int code;
    bool core;
  } rows[] = {
      {exited(0), OutcomeKind::Pass, 0, false},
      {exited(1), OutcomeKind::Fail, 1, false},
      {exited(255), OutcomeKind::Fail, 255, false},
      {killed_by(SIGSEGV), OutcomeKind::Abort, SIGSEGV, false},
      {killed_by(SIGABRT, true), OutcomeKind::Abort, SIGABRT, true},
      {killed_by(42), OutcomeKind::Abort, 42, false},
  };
  for (const auto& row : rows) {
    Played played;
    CHECK(played.unit->state() == State::Running);
    CHECK_FALSE(played.unit->reaped());
    const Outcome outcome = played.end(row.status);
    CHECK(outcome.kind == row.kind);
    CHECK(outcome.code == row.code);
    CHECK(outcome.core_dumped == row.core);
    CHECK_FALSE(outcome.leaked);
    CHECK(played.unit->reaped());
    CHECK(played.unit->ending() == Unit::Ending::ByItself);
  }
}

TEST_CASE("unit: both streams are captured, each for itself") {
  Played played;
  CHECK(played.unit->captured());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(nextest::write_all(played.out.get(), "out" + std::to_string(i)) == 0);
    REQUIRE(nextest::write_all(played.err.get(), "err" + std::to_string(i)) == 0);
    turn(played.loop);
  }
  played.end(exited(0));
  const nextest::CapturedOutput output = played.unit->take_output();
  CHECK(output.out == "out0out1out2");
  CHECK(output.err == "err0err1err2");
}

TEST_CASE("unit: what is in the pipe at the end is read to its end") {
  Played played;
  const std::string full(65536, 'x');  // as much as a pipe holds
  REQUIRE(nextest::set_nonblocking(played.out.get()));
  REQUIRE(nextest::write_all(played.out.get(), full) == 0);
  played.end(exited(0));
  CHECK(played.unit->take_output().out == full);
}

TEST_CASE("unit: the end may be known before the output is read") {
  Played played;
  REQUIRE(nextest::write_all(played.out.get(), "last words") == 0);
  played.unit->on_exit(exited(0));
  CHECK(played.unit->state() == State::Draining);
  CHECK(played.unit->reaped());
  played.close();
  played.wait_for(State::Done);
  CHECK(played.unit->outcome().kind == OutcomeKind::Pass);
  CHECK(played.unit->take_output().out == "last words");
}

TEST_CASE("unit: pipes closed before the end do not end it") {
  Played played;
  played.close();
  turn(played.loop);
  CHECK(played.unit->state() == State::Running);
  CHECK(played.end(exited(3)).kind == OutcomeKind::Fail);
}

TEST_CASE("unit: without capture there is no output to wait for") {
  Played played({}, false);
  CHECK_FALSE(played.unit->captured());
  played.unit->on_exit(exited(0));
  CHECK(played.unit->state() == State::Done);
  CHECK(played.unit->outcome().kind == OutcomeKind::Pass);
  CHECK(played.unit->take_output().out == "");
}

TEST_CASE("unit: output that cannot be read fails what would have passed") {
  for (const int status : {exited(0), exited(1)}) {
    EventLoop loop;
    nextest::LocalLauncher launcher;
    Strays strays("no such run");
    Launched process;
    process.pid = dead_process();
    process.out = nextest::Fd(::open("/", O_RDONLY | O_CLOEXEC));  // read(2) gives EISDIR
    Unit unit(loop, launcher, strays, std::move(process), {}, "attempt");
    turn(loop);
    unit.on_exit(status);
    CHECK(unit.state() == State::Done);
    CHECK(unit.outcome().kind == (status == 0 ? OutcomeKind::OutputError : OutcomeKind::Fail));
    CHECK(unit.outcome().code == (status == 0 ? EISDIR : 1));
  }
}

TEST_CASE("unit: it may go at any time, and the loop goes on") {
  Played played;
  REQUIRE(nextest::write_all(played.out.get(), "x") == 0);
  played.unit.reset();
  class Stop final : public EventLoop::Client {
   public:
    void on_readable(int, bool) override { FAIL("nobody watches"); }
    void on_deadline() override {}
  } stop;
  stop.deadline = Duration{-1};
  played.loop.add(stop);
  turn(played.loop);
  played.loop.remove(stop);
}

// ---- leaks ----

TEST_CASE("unit: a pipe still open at the leak timeout is a leak, and closed then") {
  for (const bool stdout_leaks : {false, true}) {
    Played played(no_leak_patience());
    (stdout_leaks ? played.err : played.out).close();
    turn(played.loop);
    played.unit->on_exit(exited(0));
    played.wait_for(State::Done);
    CHECK(played.unit->state() == State::Done);
    CHECK(played.unit->outcome().kind == OutcomeKind::Leak);
    CHECK(played.unit->outcome().leaked);
    CHECK(played.unit->outcome().passed());
  }
}

TEST_CASE("unit: what nobody holds any more is no leak, however long the loop was busy") {
  UnitLimits limits;
  limits.leak_timeout.period = Duration::milliseconds(5);
  Played played(limits);
  REQUIRE(::write(played.out.get(), "last words", 10) == 10);
  played.close();
  played.unit->on_exit(exited(0));
  ::usleep(10000);
  played.loop.expire();  // before anything is read
  CHECK(played.unit->state() == State::Draining);
  played.wait_for(State::Done);
  CHECK_FALSE(played.unit->outcome().leaked);
  CHECK(played.unit->take_output().out == "last words");
}

TEST_CASE("unit: a leak beside a failure, and where leaks fail") {
  UnitLimits limits = no_leak_patience();
  {
    Played played(limits);
    played.unit->on_exit(exited(3));
    played.wait_for(State::Done);
    CHECK(played.unit->outcome().kind == OutcomeKind::Fail);
    CHECK(played.unit->outcome().code == 3);
    CHECK(played.unit->outcome().leaked);
  }
  {
    Played played(limits);
    played.unit->on_exit(killed_by(SIGABRT));
    played.wait_for(State::Done);
    CHECK(played.unit->outcome().kind == OutcomeKind::Abort);
    CHECK(played.unit->outcome().leaked);
  }
  limits.leak_timeout.fails = true;
  Played played(limits);
  played.unit->on_exit(exited(0));
  played.wait_for(State::Done);
  CHECK(played.unit->outcome().kind == OutcomeKind::LeakFail);
  CHECK_FALSE(played.unit->outcome().passed());
}

TEST_CASE("unit: while it drains it waits, and then ends by itself") {
  UnitLimits limits;
  limits.leak_timeout.period = Duration::milliseconds(30);
  Played played(limits);
  played.unit->on_exit(exited(0));
  CHECK(played.unit->state() == State::Draining);
  played.wait_for(State::Done);
  CHECK(played.unit->outcome().kind == OutcomeKind::Leak);
  CHECK(played.unit->ending() == Unit::Ending::ByItself);
}

TEST_CASE("unit: a kill while it drains ends the wait, and is no other ending") {
  UnitLimits limits;
  limits.leak_timeout.period = Duration::seconds(3600);
  Played played(limits);
  played.unit->on_exit(exited(0));
  CHECK(played.unit->state() == State::Draining);
  played.unit->kill();
  CHECK(played.unit->state() == State::Done);
  CHECK(played.unit->outcome().kind == OutcomeKind::Leak);
  CHECK(played.unit->ending() == Unit::Ending::ByItself);
}

TEST_CASE("unit: a request to end while it drains shortens the wait to the grace period") {
  UnitLimits limits;
  limits.leak_timeout.period = Duration::seconds(3600);
  limits.slow_timeout.grace_period = Duration::milliseconds(5);
  Played played(limits);
  played.unit->on_exit(exited(0));
  played.unit->terminate(Unit::Ending::Cancelled, SIGTERM);
  CHECK(played.unit->state() == State::Draining);
  played.wait_for(State::Done);
  CHECK(played.unit->outcome().kind == OutcomeKind::Leak);
  CHECK(played.unit->ending() == Unit::Ending::ByItself);
}

// ---- slow, terminated, killed ----

UnitLimits slow_limits(std::uint32_t terminate_after, Duration grace) {
  UnitLimits limits;
  limits.slow_timeout.period = Duration::milliseconds(2);
  limits.slow_timeout.terminate_after = terminate_after;
  limits.slow_timeout.grace_period = grace;
  return limits;
}

TEST_CASE("unit: slow is told once a period, and changes nothing by itself") {
  Played played(slow_limits(0, Duration::seconds(10)));
  CHECK_FALSE(played.unit->slow());
  while (played.slow.size() < 3) turn(played.loop);
  CHECK(played.slow == nextest::Vector<bool>{false, false, false});
  CHECK(played.unit->state() == State::Running);
  CHECK(played.unit->slow());
  CHECK(played.end(exited(0)).kind == OutcomeKind::Pass);
}

TEST_CASE("unit: after so many periods it is asked to end, and has the grace period to do so") {
  Played played(slow_limits(3, Duration::seconds(3600)));
  played.wait_for(State::Terminating);
  CHECK(played.slow == nextest::Vector<bool>{false, false, true});
  const Outcome outcome = played.end(exited(0));
  CHECK(outcome.kind == OutcomeKind::Timeout);
  CHECK_FALSE(outcome.killed);
  CHECK_FALSE(outcome.global_timeout);
  CHECK_FALSE(outcome.passed());
}

TEST_CASE("unit: after the grace period it is killed") {
  Played played(slow_limits(1, Duration::milliseconds(1)));
  played.wait_for(State::Terminating);
  played.wait_for(State::Killing);
  CHECK(played.slow == nextest::Vector<bool>{true});
  const Outcome outcome = played.end(killed_by(SIGKILL));
  CHECK(outcome.kind == OutcomeKind::Timeout);
  CHECK(outcome.killed);
}

TEST_CASE("unit: no grace period means no request") {
  Played cancelled(slow_limits(0, Duration{}));
  cancelled.unit->terminate(Unit::Ending::Cancelled, SIGTERM);
  CHECK(cancelled.unit->state() == State::Killing);

  Played played(slow_limits(1, Duration{}));
  played.wait_for(State::Killing);
  const Outcome outcome = played.end(killed_by(SIGKILL));
  CHECK(outcome.kind == OutcomeKind::Timeout);
  CHECK(outcome.killed);
}

TEST_CASE("unit: a timeout that counts as a pass") {
  UnitLimits limits = slow_limits(1, Duration::seconds(3600));
  limits.slow_timeout.passes = true;
  Played played(limits);
  played.wait_for(State::Terminating);
  const Outcome outcome = played.end(killed_by(SIGTERM));
  CHECK(outcome.kind == OutcomeKind::Timeout);
  CHECK(outcome.timeout_passes);
  CHECK(outcome.passed());
}

#if NEXTEST_ON_LINUX
// The name of a process may look like a state.
TEST_CASE("unit: a process that is stopped is known to be, for as long as it is") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_NAME, "a) T (b");
    ::raise(SIGSTOP);
    while (true) ::pause();
  }
  REQUIRE(child > 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
  REQUIRE(WIFSTOPPED(status));
  nextest::LocalLauncher launcher;
  CHECK(launcher.is_stopped(child));
  REQUIRE(::kill(child, SIGCONT) == 0);
  REQUIRE(::waitpid(child, &status, WCONTINUED) == child);
  CHECK_FALSE(launcher.is_stopped(child));
  REQUIRE(::kill(child, SIGKILL) == 0);
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK_FALSE(launcher.is_stopped(child));  // there is none
}
#endif

TEST_CASE("unit: the global timeout is told apart, and never passes") {
  UnitLimits limits;
  limits.slow_timeout.passes = true;
  Played played(limits);
  played.unit->terminate(Unit::Ending::GlobalTimeout, SIGTERM);
  CHECK(played.unit->state() == State::Terminating);
  const Outcome outcome = played.end(killed_by(SIGTERM));
  CHECK(outcome.kind == OutcomeKind::Timeout);
  CHECK(outcome.global_timeout);
  CHECK_FALSE(outcome.timeout_passes);
}

TEST_CASE("unit: cancelled, it ends as it ends") {
  const struct {
    int status;
    OutcomeKind kind;
  } rows[] = {{exited(0), OutcomeKind::Pass}, {exited(2), OutcomeKind::Fail}, {killed_by(SIGTERM), OutcomeKind::Abort}};
  for (const auto& row : rows) {
    Played played;
    played.unit->terminate(Unit::Ending::Cancelled, SIGTERM);
    CHECK(played.unit->state() == State::Terminating);
    CHECK(played.end(row.status).kind == row.kind);
    CHECK(played.unit->ending() == Unit::Ending::Cancelled);
  }
}

TEST_CASE("unit: the first reason to end stays") {
  Played played;
  played.unit->terminate(Unit::Ending::GlobalTimeout, SIGTERM);
  played.unit->terminate(Unit::Ending::Cancelled, SIGINT);
  CHECK(played.unit->ending() == Unit::Ending::GlobalTimeout);
  played.unit->kill();
  CHECK(played.unit->state() == State::Killing);
  CHECK(played.unit->ending() == Unit::Ending::GlobalTimeout);
  played.unit->terminate(Unit::Ending::Cancelled, SIGINT);
  CHECK(played.unit->state() == State::Killing);
  CHECK(played.end(killed_by(SIGKILL)).kind == OutcomeKind::Timeout);
}

TEST_CASE("unit: killed at once") {
  Played played;
  played.unit->kill();
  CHECK(played.unit->state() == State::Killing);
  const Outcome outcome = played.end(killed_by(SIGKILL));
  CHECK(outcome.kind == OutcomeKind::Abort);
  CHECK(outcome.code == SIGKILL);
  CHECK(played.unit->ending() == Unit::Ending::Cancelled);
}

TEST_CASE("unit: what is done stays done") {
  Played played;
  played.end(exited(0));
  played.unit->kill();
  played.unit->terminate(Unit::Ending::Cancelled, SIGTERM);
  played.unit->send(SIGCONT);
  CHECK(played.unit->state() == State::Done);
  CHECK(played.unit->ending() == Unit::Ending::ByItself);
  CHECK(played.unit->outcome().kind == OutcomeKind::Pass);
}

TEST_CASE("unit: output goes on being read while it is asked to end") {
  Played played;
  played.unit->terminate(Unit::Ending::Cancelled, SIGTERM);
  REQUIRE(nextest::write_all(played.out.get(), "bye") == 0);
  turn(played.loop);
  played.end(killed_by(SIGTERM));
  CHECK(played.unit->take_output().out == "bye");
}

// ---- bounds ----

TEST_CASE("unit: more output than its bound is dropped, or ends it") {
  for (const bool ends : {false, true}) {
    UnitLimits limits;
    limits.max_output = 10;
    limits.overflow_ends = ends;
    Played played(limits);
    REQUIRE(nextest::write_all(played.out.get(), "0123456789") == 0);
    turn(played.loop);
    CHECK(played.unit->state() == State::Running);
    CHECK_FALSE(played.unit->overflowed());
    REQUIRE(nextest::write_all(played.out.get(), "x") == 0);
    turn(played.loop);
    CHECK(played.unit->overflowed());
    CHECK(played.unit->state() == (ends ? State::Killing : State::Running));
    played.end(ends ? killed_by(SIGKILL) : exited(0));
    CHECK(nextest::contains(played.unit->take_output().out, "1 bytes of output dropped"));
  }
}

TEST_CASE("unit: too much output counts too when it comes with the end") {
  UnitLimits limits;
  limits.max_output = 10;
  limits.overflow_ends = true;
  Played played(limits);
  REQUIRE(nextest::write_all(played.out.get(), "0123456789x") == 0);
  played.end(exited(0));
  CHECK(played.unit->overflowed());
}

TEST_CASE("unit: it knows its times and its name") {
  Played played;
  CHECK(played.unit->attempt_id() == "attempt");
  played.end(exited(0));
  CHECK(Duration{} <= played.unit->started());
  CHECK(Duration{} <= played.unit->duration());
  CHECK(played.unit->started() + played.unit->duration() <= played.loop.clock.now());
}

TEST_CASE("unit: the time in which it is ended begins when it is asked, and goes on when it is killed") {
  Played played;
  const Duration asked = played.loop.clock.now();
  played.unit->terminate(Unit::Ending::Cancelled, SIGTERM);
  ::poll(nullptr, 0, 5);
  const Duration terminating = played.unit->report().in_state;
  played.unit->kill();
  const nextest::UnitStatus killing = played.unit->report();
  CHECK(killing.state == State::Killing);
  CHECK(terminating <= killing.in_state);
  CHECK(killing.in_state <= played.loop.clock.now() - asked);
  CHECK(killing.remaining < Duration{});
}

TEST_CASE("unit: a pause of the clock is no part of its time") {
  UnitLimits limits = slow_limits(0, Duration::seconds(10));
  limits.slow_timeout.period = Duration::seconds(3600);
  Played played(limits);
  played.loop.clock.pause();
  const Duration paused = played.loop.clock.now();
  ::poll(nullptr, 0, 5);
  played.close();
  played.unit->on_exit(exited(0));
  CHECK(played.unit->started() + played.unit->duration() == paused);
}

}  // namespace
