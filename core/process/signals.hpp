// Signals as data: a handler writes the number into a pipe that the event loop polls, so none is missed and none
// interrupts anything.
#pragma once

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "core/base/fd.hpp"
#include "core/base/result.hpp"

namespace nextest {

class Signals {
 public:
  // For the whole life of the program; a second call changes nothing.
  static Status install() {
    if (pipe_.read_end) return success();
    if (const int error = open_pipe(pipe_); error != 0) {
      return Error{ExitCode::SetupError, std::string("cannot make a pipe: ") + ::strerror(error), ""};
    }
    if (!set_nonblocking(pipe_.read_end.get()) || !set_nonblocking(pipe_.write_end.get())) {
      return Error{ExitCode::SetupError, std::string("cannot set up a pipe: ") + ::strerror(errno), ""};
    }
    write_fd_ = pipe_.write_end.get();
    for (const int signal : handled) {
      struct sigaction action {};
      action.sa_handler = on_signal;
      action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
      sigfillset(&action.sa_mask);
      ::sigaction(signal, &action, nullptr);
    }
    // A runner in the background that writes to its terminal, or to a reader that went away, is told so by write(2).
    for (const int signal : {SIGTTOU, SIGTTIN, SIGPIPE}) ::signal(signal, SIG_IGN);
    note_dispositions();
    return success();
  }

  static int wake_fd() { return pipe_.read_end.get(); }

  // The next signal that came, 0 when there is none. Several SIGCHLD may be told as one.
  static int next() {
    unsigned char number = 0;
    if (read_some(wake_fd(), reinterpret_cast<char*>(&number), 1) != 1) return 0;
    if (number == SIGCHLD) child_pending_ = 0;
    return number;
  }

  // Gives a child about to exec the dispositions and the mask of a fresh login. Async-signal-safe.
  static void reset_in_child() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) {
      if (!inherited_default_[signal]) ::sigaction(signal, &action, nullptr);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }

 private:
  static constexpr int handled[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};

  // Notes which dispositions reset_in_child need not touch: asking once is cheaper than setting all in each child.
  static void note_dispositions() {
    for (int signal = 1; signal < NSIG; ++signal) {
      struct sigaction action {};
      const bool known = ::sigaction(signal, nullptr, &action) == 0;
      inherited_default_[signal] = !known || action.sa_handler == SIG_DFL;
    }
  }

  static void on_signal(int number) {
    if (number == SIGCHLD) {
      if (child_pending_ != 0) return;
      child_pending_ = 1;
    }
    const int saved = errno;
    const unsigned char byte = static_cast<unsigned char>(number);
    // A full pipe already holds far more signals than anyone needs to be told of.
    if (::write(write_fd_, &byte, 1) != 1) errno = saved;
    errno = saved;
  }

  static inline Pipe pipe_;
  static inline volatile sig_atomic_t child_pending_ = 0;
  static inline volatile sig_atomic_t write_fd_ = -1;
  static inline bool inherited_default_[NSIG] = {};
};

}  // namespace nextest
