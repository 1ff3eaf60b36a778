// Starting a process. vfork is the fastest way that can do all a test needs (docs/benchmarks.md): a process group of
// its own, its pipes, default signals, a folder, and the errno of an exec that failed.
#pragma once

#include <errno.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.hpp"
#include "core/base/features.hpp"
#include "core/process/signals.hpp"

#if NEXTEST_HAS_PRCTL
#include <sys/prctl.h>
#endif

namespace nextest {

struct SpawnRequest {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  const char* folder = nullptr;  // nullptr: ours
  int in = -1;
  int out = -1;
  int err = -1;
  bool own_group = true;
};

// Reaps a child that is known to end.
inline void wait_for(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Runs in the child, in the parent's memory after vfork: async-signal-safe calls only. Returns errno.
inline int become_program(const SpawnRequest& request) {
  if (request.own_group && ::setpgid(0, 0) != 0) return errno;
#if NEXTEST_HAS_PRCTL
  // However the runner ends, even by SIGKILL, its tests end with it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (::dup2(request.in, 0) < 0 || ::dup2(request.out, 1) < 0 || ::dup2(request.err, 2) < 0) return errno;
  if (request.folder != nullptr && ::chdir(request.folder) != 0) return errno;
  Signals::reset_in_child();
  ::execve(request.program, request.argv, request.envp);
  return errno;
}

// Returns 0 and the process in `pid`, or the errno of whatever failed up to and including exec. After vfork the child
// writes it to our memory, and we go on when it is known. A system or an emulator may make a fork of vfork: then, as
// after fork, it comes through a pipe that a successful exec closes. The first call finds out which it is.
__attribute__((noinline)) inline int spawn(const SpawnRequest& request, pid_t& pid) {
  constexpr int not_written = -1;
  static bool shares_memory = false;  // is known to
  Pipe report;
  if (!shares_memory) {
    if (const int error = open_pipe(report); error != 0) return error;
  }
  // Volatile: not in registers, which the child may change.
  const volatile int report_fd = report.write_end.get();
  // No handler of ours may run in the child: it would run in our memory.
  const Signals::Held held;
  volatile int written = not_written;
#if NEXTEST_HAS_VFORK
  const pid_t child = ::vfork();
#else
  const pid_t child = ::fork();
#endif
  if (child == 0) {
    written = 0;
    const int error = become_program(request);
    written = error;
    if (report_fd >= 0 && ::write(report_fd, &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
  }
  int error = child < 0 ? errno : written;
  if (child < 0) return error;
  if (error == not_written) {
    error = 0;
    report.write_end.close();
    if (read_some(report.read_end.get(), reinterpret_cast<char*>(&error), sizeof error) != sizeof error) error = 0;
  } else {
    shares_memory = true;
  }
  if (error != 0) {
    wait_for(child);
    return error;
  }
  pid = child;
  return 0;
}

}  // namespace nextest
