#include "core/process/supervisor.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/uuid.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::CapturedOutput;
using nextest::Command;
using nextest::Duration;
using nextest::Launched;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Signals;
using nextest::Supervisor;
using nextest::Unit;
using nextest::UnitLimits;

Command shell(const std::string& script, nextest::Vector<std::string> environment = {}) {
  return {"/bin/sh", {"sh", "-c", script}, std::move(environment), ""};
}

class Run final : public nextest::UnitObserver {
 public:
  Run() {
    REQUIRE(bool(Signals::install()));
    // What earlier tests left in the pipe is not ours.
    for (bool any = true; any;) {
      any = false;
      Signals::take([&](int) { any = true; });
    }
    supervisor = std::make_unique<Supervisor>(nextest::make_uuid());
  }

  struct Ended {
    std::string attempt_id;
    Outcome outcome;
    CapturedOutput output;
  };

  void on_slow(Unit&, Duration, bool) override {}
  void on_done(Unit& unit) override { ended.push_back({unit.attempt_id(), unit.outcome(), unit.take_output()}); }

  Unit* start(const Command& command, const UnitLimits& limits = {}, const std::string& attempt_id = "attempt") {
    return supervisor->start(command, limits, attempt_id, *this, failure);
  }
  void wait_for_all() {
    while (supervisor->running() > 0) supervisor->wait([&](int signal) { signals.push_back(signal); });
  }
  // The only command, to its end.
  Ended run(const Command& command, const UnitLimits& limits = {}) {
    REQUIRE(start(command, limits) != nullptr);
    wait_for_all();
    REQUIRE(ended.size() == 1);
    Ended only = std::move(ended[0]);
    ended.clear();
    return only;
  }

  std::unique_ptr<Supervisor> supervisor;
  Launched failure;
  nextest::Vector<Ended> ended;
  nextest::Vector<int> signals;
};

// Until the program has made the file.
void wait_for_file(const std::string& path) {
  while (::access(path.c_str(), F_OK) != 0) ::poll(nullptr, 0, 1);
}

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0; }

// What was killed takes a moment to go, and to be reaped.
bool goes_away(pid_t pid) {
  for (int i = 0; i < 1000 && is_alive(pid); ++i) {
    ::waitpid(pid, nullptr, WNOHANG);
    ::poll(nullptr, 0, 5);
  }
  return !is_alive(pid);
}

pid_t number_in(const std::string& text) { return static_cast<pid_t>(std::stol(text)); }

// ---- start ----

TEST_CASE("supervisor: a program's exit code and output") {
  Run run;
  const Run::Ended ended = run.run(shell("echo out; echo err >&2; exit 3"));
  CHECK(ended.outcome.kind == OutcomeKind::Fail);
  CHECK(ended.outcome.code == 3);
  CHECK(ended.output.out == "out\n");
  CHECK(ended.output.err == "err\n");
  CHECK(run.run(shell("exit 0")).outcome.kind == OutcomeKind::Pass);
}

TEST_CASE("supervisor: the signal that ended a program") {
  Run run;
  const Run::Ended ended = run.run(shell("kill -SEGV $$"));
  CHECK(ended.outcome.kind == OutcomeKind::Abort);
  CHECK(ended.outcome.code == SIGSEGV);
}

TEST_CASE("supervisor: what fails before exec comes back as its errno, and leaves no unit") {
  const support::TempFolder folder;
  support::write_file(folder / "no-format", "no program\n", 0755);
  support::write_file(folder / "no-permission", "#!/bin/sh\n", 0644);
  support::write_file(folder / "no-interpreter", "#!/no/such/interpreter\n", 0755);
  const struct {
    std::string program, working_folder;
    int error;
  } rows[] = {
      {folder / "none", "", ENOENT},
      {folder / "no-format", "", ENOEXEC},
      {folder / "no-permission", "", EACCES},
      {folder / "no-interpreter", "", ENOENT},
      {folder.path(), "", EACCES},
      {folder / "no-format/x", "", ENOTDIR},
      {"/bin/sh", folder / "none", ENOENT},
      {"/bin/sh", folder / "no-format", ENOTDIR},
  };
  Run run;
  for (const auto& row : rows) {
    CAPTURE(row.program);
    CHECK(run.start({row.program, {"x"}, {}, row.working_folder}) == nullptr);
    CHECK(run.failure.error == row.error);
    CHECK_FALSE(run.failure.out_of_resources());
    CHECK(run.supervisor->running() == 0);
  }
  CHECK(::waitpid(-1, nullptr, WNOHANG) <= 0);  // no dead child is left behind
}

TEST_CASE("supervisor: which errors are worth another try") {
  for (const int error : {EAGAIN, ENOMEM, EMFILE, ENFILE}) {
    Launched launched;
    launched.error = error;
    CHECK(launched.out_of_resources());
  }
  for (const int error : {0, ENOENT, EACCES, ENOEXEC, E2BIG}) {
    Launched launched;
    launched.error = error;
    CHECK_FALSE(launched.out_of_resources());
  }
}

TEST_CASE("supervisor: arguments arrive as they are") {
  Run run;
  const Run::Ended ended =
      run.run({"/bin/sh", {"sh", "-c", "printf '<%s>' \"$@\"", "sh", "", "a b", "*", "'\"\\", "\xFF\n"}, {}, ""});
  CHECK(ended.output.out == "<><a b><*><'\"\\><\xFF\n>");
}

TEST_CASE("supervisor: each program has a group of its own, and no input" * support::needs(support::proc())) {
  Run run;
  const Run::Ended ended =
      run.run(shell("[ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo group; readlink /proc/$$/fd/0; cat"));
  CHECK(ended.output.out == "group\n/dev/null\n");
}

std::string target_of(const std::string& link) {
  char target[4096];
  const ssize_t size = ::readlink(link.c_str(), target, sizeof target);
  return std::string(target, static_cast<std::size_t>(size > 0 ? size : 0));
}

TEST_CASE("supervisor: no program inherits a pipe of ours or of another program" * support::needs(support::proc())) {
  Run run;
  REQUIRE(run.start(shell("sleep 60")) != nullptr);
  REQUIRE(run.start(shell("for fd in /proc/$$/fd/*; do [ ${fd##*/} -gt 2 ] && echo \"$(readlink $fd)\"; done; exit 0"),
                    {}, "lister") != nullptr);
  nextest::Vector<std::string> ours;
  for (const int fd : support::open_descriptors()) {
    if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) ours.push_back(target_of("/proc/self/fd/" + std::to_string(fd)));
  }
  CHECK(ours.size() >= 6);  // two pipes each, and that of the signals
  while (run.ended.empty()) run.supervisor->wait([](int) {});
  REQUIRE(run.ended[0].attempt_id == "lister");
  std::string_view rest = run.ended[0].output.out, line;
  while (nextest::next_line(rest, line)) {
    if (!nextest::starts_with(line, "pipe:")) continue;
    CAPTURE(line);
    CHECK(std::find(ours.begin(), ours.end(), line) == ours.end());
  }
  run.supervisor->kill_all();
  run.wait_for_all();
}

TEST_CASE("supervisor: signals are as in a fresh login" * support::needs(support::proc())) {
  Run run;
  sigset_t blocked, mask_before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &blocked, &mask_before);
  const Run::Ended ended = run.run({"/bin/cat", {"cat", "/proc/self/status"}, {}, ""});
  ::sigprocmask(SIG_SETMASK, &mask_before, nullptr);
  for (const char* name : {"SigBlk:\t", "SigIgn:\t", "SigCgt:\t"}) {
    const std::size_t at = ended.output.out.find(name);
    REQUIRE(at != std::string::npos);
    // 32 and 33 are the C library's own, which it lets nobody set; make(1) hands them on ignored.
    constexpr unsigned long long own_signals = 3ull << 31;
    CHECK((std::strtoull(ended.output.out.c_str() + at + 8, nullptr, 16) & ~own_signals) == 0);
  }
}

TEST_CASE("supervisor: environment and folder") {
  const support::TempFolder folder;
  const support::Variable inherited("NEXTEST_UNIT_A", "inherited"), replaced("NEXTEST_UNIT_B", "inherited"),
      dropped("NEXTEST_UNIT_C", "inherited");
  Run run;  // takes the environment as it is now
  run.supervisor->launcher().environment.set("NEXTEST_UNIT_B", "set");
  run.supervisor->launcher().environment.set("NEXTEST_UNIT_B", "set again");
  run.supervisor->launcher().environment.unset("NEXTEST_UNIT_C");
  Command command = shell("echo $NEXTEST_UNIT_A,$NEXTEST_UNIT_B,${NEXTEST_UNIT_C-none},$NEXTEST_UNIT_D; pwd -P",
                          {"NEXTEST_UNIT_D=a=b c"});
  command.folder = folder.path();
  char real[4096];
  REQUIRE(::realpath(folder.path().c_str(), real) != nullptr);
  CHECK(run.run(command).output.out == "inherited,set again,none,a=b c\n" + std::string(real) + "\n");
  CHECK(nextest::contains(run.run(shell("echo $NEXTEST_RUN_ID")).output.out, "-"));
}

TEST_CASE("supervisor: not captured, a program writes to our own streams" * support::needs(support::proc())) {
  Run run;
  Command command = shell("[ $(readlink /proc/$$/fd/1) = $(readlink /proc/$PPID/fd/1) ]");
  command.capture_out = command.capture_err = false;
  REQUIRE(run.start(command) != nullptr);
  run.wait_for_all();
  CHECK(run.ended.at(0).outcome.kind == OutcomeKind::Pass);
  CHECK(run.ended.at(0).output.out == "");
}

TEST_CASE("supervisor: many programs at a time, each with its own output") {
  Run run;
  for (int i = 0; i < 30; ++i) {
    REQUIRE(run.start(shell("echo " + std::to_string(i)), {}, std::to_string(i)) != nullptr);
  }
  CHECK(run.supervisor->running() == 30);
  run.wait_for_all();
  REQUIRE(run.ended.size() == 30);
  for (const Run::Ended& ended : run.ended) {
    CHECK(ended.outcome.kind == OutcomeKind::Pass);
    CHECK(ended.output.out == ended.attempt_id + "\n");
  }
}

TEST_CASE("supervisor: an observer may start the next when it hears of one that is done") {
  struct Chain final : nextest::UnitObserver {
    void on_slow(Unit&, Duration, bool) override {}
    void on_done(Unit&) override {
      if (++done < 5) supervisor->start(shell("exit 0"), {}, "next", *this, failure);
    }
    Supervisor* supervisor = nullptr;
    Launched failure;
    int done = 0;
  } chain;
  Run run;
  chain.supervisor = run.supervisor.get();
  run.supervisor->start(shell("exit 0"), {}, "first", chain, chain.failure);
  run.wait_for_all();
  CHECK(chain.done == 5);
}

TEST_CASE("supervisor: much output on both streams at once") {
  Run run;
  UnitLimits limits;
  limits.max_output = 1000;
  const Run::Ended ended =
      run.run(shell("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; "
                    "echo x >&2; i=$((i+1)); done"),
              limits);
  CHECK(ended.outcome.kind == OutcomeKind::Pass);
  CHECK(nextest::contains(ended.output.out, "\n... 122000 bytes of output dropped here ...\n"));
  CHECK(nextest::contains(ended.output.err, "\n... 5000 bytes of output dropped here ...\n"));
}

TEST_CASE("supervisor: both streams through one pipe come in the order in which they were written") {
  Run run;
  Command command = shell("echo a; echo b >&2; echo c; echo d >&2");
  command.combine = true;
  const Run::Ended ended = run.run(command);
  CHECK(ended.output.combined);
  CHECK(ended.output.out == "a\nb\nc\nd\n");
  CHECK(ended.output.err.empty());
  CHECK_FALSE(run.run(shell("echo a")).output.combined);
}

// ---- end ----

TEST_CASE("supervisor: asked to end, a program may do so in its own way") {
  const support::TempFolder folder;
  Run run;
  REQUIRE(run.start(shell("trap 'exit 3' TERM; : > " + (folder / "ready") + "; while :; do sleep 1; done")) != nullptr);
  wait_for_file(folder / "ready");
  run.supervisor->terminate_all(Unit::Ending::Cancelled, SIGTERM);
  run.wait_for_all();
  CHECK(run.ended.at(0).outcome.kind == OutcomeKind::Fail);
  CHECK(run.ended.at(0).outcome.code == 3);
}

TEST_CASE("supervisor: who does not end when asked to is killed, with its group") {
  const support::TempFolder folder;
  Run run;
  UnitLimits limits;
  limits.slow_timeout.grace_period = Duration::milliseconds(20);
  REQUIRE(run.start(shell("trap '' TERM; sleep 60 & echo $!; : > " + (folder / "ready") + "; wait; sleep 60"),
                    limits) != nullptr);
  wait_for_file(folder / "ready");
  run.supervisor->terminate_all(Unit::Ending::Cancelled, SIGTERM);
  run.wait_for_all();
  CHECK(run.ended.at(0).outcome.kind == OutcomeKind::Abort);
  CHECK(run.ended.at(0).outcome.code == SIGKILL);
  run.supervisor->end_strays([](const nextest::Orphan&, bool) {});
  CHECK(goes_away(number_in(run.ended.at(0).output.out)));
}

TEST_CASE("supervisor: a stopped program ends when asked to" * support::needs(support::proc())) {
  Run run;
  Unit* const unit = run.start(shell("kill -STOP $$; exit 0"));
  REQUIRE(unit != nullptr);
  const std::string stat = "/proc/" + std::to_string(unit->pid()) + "/stat";
  for (std::string text; !nextest::contains(text, ") T ");) {
    char buffer[512];
    const nextest::Fd file(::open(stat.c_str(), O_RDONLY));
    const ssize_t size = nextest::read_some(file.get(), buffer, sizeof buffer);
    REQUIRE(size > 0);
    text.assign(buffer, static_cast<std::size_t>(size));
  }
  run.supervisor->terminate_all(Unit::Ending::Cancelled, SIGTERM);
  run.wait_for_all();
  CHECK(run.ended.at(0).outcome.kind == OutcomeKind::Abort);
  CHECK(run.ended.at(0).outcome.code == SIGTERM);
}

TEST_CASE("supervisor: all can be killed, and nothing is left when it goes") {
  pid_t pid = 0;
  {
    Run run;
    REQUIRE(run.start(shell("sleep 60")) != nullptr);
    REQUIRE(run.start(shell("sleep 60")) != nullptr);
    run.supervisor->kill_all();
    run.wait_for_all();
    CHECK(run.ended.size() == 2);
    CHECK(run.ended.at(0).outcome.code == SIGKILL);
    Unit* const unit = run.start(shell("trap '' TERM INT; sleep 60"));
    REQUIRE(unit != nullptr);
    pid = unit->pid();
    CHECK(is_alive(pid));
  }
  CHECK(goes_away(pid));
}

TEST_CASE("supervisor: without memory it ends the groups that it has started") {
  const support::TempFolder folder;
  const pid_t runner = ::fork();
  REQUIRE(runner >= 0);
  if (runner == 0) {
    ::close(2);
    Run run;
    const std::string in_group = folder / "in-group";
    run.start(shell("sleep 1000 & echo $! > " + in_group + ".new; mv " + in_group + ".new " + in_group + "; wait"));
    wait_for_file(in_group);
    nextest::out_of_memory();
  }
  int status = 0;
  REQUIRE(::waitpid(runner, &status, 0) == runner);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 96);
  CHECK(goes_away(number_in(support::read_file(folder / "in-group"))));
}

TEST_CASE("supervisor: signals to us are handed on, those of children are not") {
  Run run;
  REQUIRE(run.start(shell("kill -HUP $PPID; kill -TERM $PPID; exit 0")) != nullptr);
  run.wait_for_all();
  while (run.signals.size() < 2) run.supervisor->wait([&](int signal) { run.signals.push_back(signal); });
  std::sort(run.signals.begin(), run.signals.end());  // in whichever order they were delivered
  CHECK(run.signals == nextest::Vector<int>{SIGHUP, SIGTERM});
}

// ---- what is left behind ----

TEST_CASE("supervisor: a child that holds the output open is a leak, and ended") {
  Run run;
  const Run::Ended ended = run.run(shell("sleep 60 & echo $!; exit 0"));
  CHECK(ended.outcome.kind == OutcomeKind::Leak);
  run.supervisor->end_strays([](const nextest::Orphan&, bool) {});
  CHECK(goes_away(number_in(ended.output.out)));
}

TEST_CASE("supervisor: a child that only lives in the group is a leak, and ended") {
  Run run;
  const Run::Ended ended = run.run(shell("sleep 60 </dev/null >/dev/null 2>&1 & echo $!; exit 3"));
  CHECK(ended.outcome.kind == OutcomeKind::Fail);
  CHECK(ended.outcome.leaked);
  run.supervisor->end_strays([](const nextest::Orphan&, bool) {});
  CHECK(goes_away(number_in(ended.output.out)));
}

TEST_CASE("supervisor: a child that ends soon after is no leak") {
  Run run;
  UnitLimits limits;
  limits.leak_timeout.period = Duration::seconds(60);
  const support::TempFolder folder;
  REQUIRE(run.start(shell("(while [ ! -e " + (folder / "go") + " ]; do sleep 0.01; done; echo late) & exit 0"),
                    limits) != nullptr);
  while (!run.supervisor->units()[0]->reaped()) run.supervisor->wait([](int) {});
  CHECK(run.supervisor->units()[0]->state() == Unit::State::Draining);
  support::write_file(folder / "go", "");
  run.wait_for_all();
  CHECK(run.ended.at(0).outcome.kind == OutcomeKind::Pass);
  CHECK(run.ended.at(0).output.out == "late\n");
}

#if NEXTEST_HAS_PRCTL

// An emulator may refuse what a program asks for when it starts: that orphans come to it.
support::Need orphans() {
  return {"a system that gives a process its orphans", "", [] { return Supervisor("needs").gets_orphans(); }};
}

support::needs can_leave_group() {
  return support::needs(support::proc(), support::tool("setsid", "util-linux"), orphans());
}

// Starts something in a session of its own, and ends once it is there.
constexpr const char* leave_group =
    "setsid sleep 60 </dev/null >/dev/null 2>&1 & "
    "while [ \"$(cut -d' ' -f5 /proc/$!/stat)\" = $$ ]; do :; done; echo $!; exit 0";

TEST_CASE("supervisor: a process that left the group is found by the attempt in its environment" * can_leave_group()) {
  Run run;
  const Run::Ended ended = run.run(shell(leave_group, {"NEXTEST_ATTEMPT_ID=attempt"}));
  CHECK(ended.outcome.kind == OutcomeKind::Leak);
  run.supervisor->end_strays([](const nextest::Orphan&, bool) {});
  CHECK(goes_away(number_in(ended.output.out)));
}

TEST_CASE("supervisor: a process that becomes another program over and over is found" * can_leave_group()) {
  const support::TempFolder folder;
  support::write_file(folder / "again", "exec sh \"$0\"\n");
  std::string script = leave_group;
  script.replace(script.find("sleep 60"), 8, "sh " + (folder / "again"));
  UnitLimits limits;
  limits.leak_timeout.period = Duration::milliseconds(1);
  Run run;
  int found = 0;
  constexpr int all = 100;
  for (int i = 0; i < all; ++i) {
    const std::string id = "attempt-" + nextest::decimal(i);
    REQUIRE(run.start(shell(script, {"NEXTEST_ATTEMPT_ID=" + id}), limits, id) != nullptr);
    run.wait_for_all();
    if (run.ended.back().outcome.kind == OutcomeKind::Leak) ++found;
  }
  CHECK(found == all);
  run.supervisor->end_strays([](const nextest::Orphan&, bool) {});
}

TEST_CASE("supervisor: a stray of another attempt is told at the end, once, and ended" * can_leave_group()) {
  Run run;
  const Run::Ended ended = run.run(shell(leave_group, {"NEXTEST_ATTEMPT_ID=another"}));
  const pid_t pid = number_in(ended.output.out);
  CHECK(ended.outcome.kind == OutcomeKind::Pass);
  while (is_alive(pid) && nextest::Strays::command_of(pid) != "sleep 60") ::poll(nullptr, 0, 1);  // until its exec
  CHECK(is_alive(pid));
  nextest::Vector<nextest::Orphan> found;
  run.supervisor->end_strays([&](const nextest::Orphan& orphan, bool has_ended) {
    found.push_back(orphan);
    CHECK(has_ended);
    CHECK_FALSE(is_alive(orphan.pid));  // what is said to have ended has
  });
  REQUIRE(found.size() == 1);
  CHECK(found[0].pid == pid);
  CHECK(found[0].attempt_id == "another");
  CHECK(found[0].command == "sleep 60");
  run.supervisor->end_strays([](const nextest::Orphan&, bool) { FAIL("told again"); });
}

TEST_CASE("supervisor: what turns up late of an attempt whose leak was told is ended, and told no more" *
          can_leave_group()) {
  Run run;
  const Command leaks = shell(leave_group, {"NEXTEST_ATTEMPT_ID=attempt"});
  CHECK(run.run(leaks).outcome.kind == OutcomeKind::Leak);
  REQUIRE(run.start(leaks, {}, "another") != nullptr);
  run.wait_for_all();
  CHECK(run.ended.at(0).outcome.kind == OutcomeKind::Pass);
  const pid_t pid = number_in(run.ended.at(0).output.out);
  while (is_alive(pid) && nextest::Strays::command_of(pid) != "sleep 60") ::poll(nullptr, 0, 1);  // until its exec
  CHECK(is_alive(pid));
  run.supervisor->end_strays([](const nextest::Orphan&, bool) { FAIL("told again"); });
  CHECK(goes_away(pid));
}

TEST_CASE("supervisor: a child that tells of no run is a test's, when we had no children before" * can_leave_group()) {
  Run run;
  const Run::Ended ended = run.run(shell("unset NEXTEST_RUN_ID; " + std::string(leave_group)));
  const pid_t pid = number_in(ended.output.out);
  CHECK(ended.outcome.kind == OutcomeKind::Pass);
  nextest::Vector<pid_t> found;
  run.supervisor->end_strays([&](const nextest::Orphan& orphan, bool) { found.push_back(orphan.pid); });
  CHECK(found == nextest::Vector<pid_t>{pid});
  CHECK(goes_away(pid));
}

TEST_CASE("supervisor: with children from before, only what tells of this run is ended" * can_leave_group()) {
  const pid_t ours = ::fork();
  if (ours == 0) {
    ::poll(nullptr, 0, 60000);
    ::_exit(0);
  }
  {
    Run run;
    const Run::Ended ended = run.run(shell("unset NEXTEST_RUN_ID; " + std::string(leave_group)));
    const pid_t pid = number_in(ended.output.out);
    run.supervisor->end_strays([](const nextest::Orphan&, bool) { FAIL("not of this run"); });
    CHECK(is_alive(pid));
    REQUIRE(pid > 1);
    ::kill(pid, SIGKILL);
    CHECK(goes_away(pid));
  }
  CHECK(is_alive(ours));
  ::kill(ours, SIGKILL);
  CHECK(goes_away(ours));
}

#endif

}  // namespace
