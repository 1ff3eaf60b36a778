// The process that the shell knows stays behind as guardian and forks the runner, which does all the work. However the
// runner ends, the guardian ends what is left of the run, and then ends as the runner did. When the guardian is killed,
// the runner does the same. Only both at once leave anything. Descent decides what is of the run, not an environment:
// both are subreapers, so whatever loses its parent comes to one of them.
#pragma once

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.hpp"
#include "core/base/features.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/base/proc.hpp"
#include "core/base/switches.hpp"
#include "core/process/signals.hpp"
#include "core/process/strays.hpp"

#if NEXTEST_HAS_PRCTL
#include <sys/prctl.h>
#endif

namespace nextest {

class Guardian {
 public:
  // Returns in the runner alone. Where no process can be made, or a debugger has us, there is no guardian, and the run
  // goes on without. Call it before anything is started, after Signals::install().
  explicit Guardian(const std::string& run_id) {
#if NEXTEST_HAS_PRCTL
    if (built_in(Feature::Terminal) && is_traced()) return;
    Pipe pipe;
    if (open_pipe(pipe) != 0) return;
    const pid_t guardian = ::getpid();
    Strays strays("NEXTEST_RUN_ID=" + run_id);
    const pid_t runner = fork_runner();
    if (runner < 0) return;
    if (runner > 0) {
      pipe.read_end.close();
      guard(runner, strays);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGCONT);  // a stopped runner sees nothing
    lifeline_ = std::move(pipe.read_end);
    pid_ = guardian;
#else
    static_cast<void>(run_id);
#endif
  }

  bool exists() const { return pid_ != 0; }
  // Hung up when the guardian is gone.
  int lifeline() const { return lifeline_.get(); }
  // By a SIGSTOP, which it cannot pass on.
  bool is_stopped() const { return nextest::is_stopped(pid_); }

 private:
#if NEXTEST_HAS_PRCTL
  static bool is_traced() {
    constexpr std::string_view key = "\nTracerPid:\t";
    const std::string status = read_proc(::getpid(), "status");
    const std::size_t at = status.find(key);
    return at != std::string::npos && status[at + key.size()] != '0';
  }

  // No signal is lost: each waits for the handlers of the one or of the other.
  static pid_t fork_runner() {
    const Signals::Held held;
    const pid_t guardian = ::getpid();
    const pid_t runner = ::fork();
    if (runner > 0) Signals::pass_on_to(runner);
    if (runner == 0) Signals::expect_from(guardian);
    return runner;
  }

  [[noreturn]] static void guard(pid_t runner, Strays& strays) {
    int status = 0;
    pid_t pid;
    do {
      pid = ::waitpid(-1, &status, WUNTRACED);
      if (pid == runner && WIFSTOPPED(status) && !has_continued(runner)) Signals::stop_as_well();
    } while (pid != runner ? pid > 0 || errno == EINTR : WIFSTOPPED(status));
    Signals::pass_on_to(0);
    const bool was_killed = WIFSIGNALED(status);
    // Without memory no more can be found. The runner, which has more to do with it, said that first.
    const LastDuty end_at_once([](void* ended) { end_as(*static_cast<int*>(ended)); }, &status);
    strays.end_all(
        [&] {
          for (pid_t ended; (ended = ::waitpid(-1, nullptr, WNOHANG)) > 0;) strays.on_reaped(ended);
        },
        [&](const Orphan& orphan, bool has_ended) {
          if (!has_ended && was_killed) say_left(orphan);
        });
    end_as(status);
  }

  // By a signal that came when it had just stopped, and that we have passed on.
  static bool has_continued(pid_t runner) { return ::waitpid(runner, nullptr, WCONTINUED | WNOHANG) == runner; }

  static void say_left(const Orphan& orphan) {
    std::string text;
    append_format(text, "warning: process %ld (%s) cannot be ended\n", static_cast<long>(orphan.pid),
                  orphan.command.c_str());
    static_cast<void>(write_all(2, text));
  }

  // As that which has this status. Process 1 dies of nothing.
  [[noreturn]] static void end_as(int status) {
    if (!WIFSIGNALED(status)) ::_exit(WEXITSTATUS(status));
    const int signal = WTERMSIG(status);
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    ::_exit(128 + signal);
  }
#endif

  Fd lifeline_;
  pid_t pid_ = 0;
};

}  // namespace nextest
