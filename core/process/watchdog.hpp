// A second process that does nothing but wait for the runner to end. When it ends unexpectedly (SIGKILL, a crash),
// the watchdog ends what the runner started, tests and their descendants, by the run's id in their environment.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "core/base/fd.hpp"
#include "core/base/features.hpp"
#include "core/base/proc.hpp"
#include "core/process/spawn.hpp"

namespace nextest {

class Watchdog {
 public:
  // Where it cannot be started there is none, and the run goes on without.
  explicit Watchdog(const std::string& run_marker) {
#if NEXTEST_HAS_PRCTL
    Pipe pipe;
    if (open_pipe(pipe) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      pipe.write_end.close();
      watch(pipe.read_end.get(), run_marker);
      ::_exit(0);
    }
    pipe_ = std::move(pipe.write_end);
#else
    (void)run_marker;
#endif
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog() {
    if (pid_ <= 0) return;
    if (write_all(pipe_.get(), ".") == 0) wait_for(pid_);
  }

  // Lets it end now what the run has started, as if we had ended unexpectedly. Asks for no memory.
  void sweep() {
    pipe_.close();
    if (pid_ > 0) wait_for(pid_);
    pid_ = -1;
  }

  pid_t pid() const { return pid_; }

 private:
  static void watch(int pipe, const std::string& run_marker) {
    ::setsid();
    for (int signal = 1; signal < Signals::limit; ++signal) ::signal(signal, SIG_IGN);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
    char byte;
    if (read_some(pipe, &byte, 1) == 1) return;
    constexpr int patience = 100;  // looks, 5 ms apart: until none is left
    for (int i = 0; i < patience && end_all(run_marker) > 0; ++i) ::poll(nullptr, 0, 5);
  }

  static int end_all(const std::string& run_marker) {
    int found = 0;
    for (const pid_t pid : all_processes()) {
      if (!has_variable(read_proc(pid, "environ"), run_marker)) continue;
      ++found;
      ::kill(pid, SIGKILL);
    }
    return found;
  }

  Fd pipe_;  // a byte in it: we ended in order; its end alone: we did not
  pid_t pid_ = -1;
};

}  // namespace nextest
