// Signals as data: a handler writes the number into a pipe that the event loop polls, so none is missed and none
// interrupts anything.
#pragma once

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>

#include "core/base/fd.hpp"
#include "core/base/features.hpp"
#include "core/base/result.hpp"

namespace nextest {

class Signals {
 public:
  // Every signal is below, on every system; a number that is none is refused by the calls that take one.
  static constexpr int limit = 129;

  // For the whole life of the program; a second call changes nothing.
  static Status install() {
    if (pipe_.read_end) return success();
    const int error = open_pipe(pipe_);
    if (error != 0 || !set_nonblocking(pipe_.read_end.get()) || !set_nonblocking(pipe_.write_end.get())) {
      return Error{ExitCode::SetupError, std::string("cannot make a pipe: ") + ::strerror(error != 0 ? error : errno),
                   ""};
    }
    write_fd_ = pipe_.write_end.get();
    owner_ = ::getpid();
    for (int signal = 1; signal < limit; ++signal) {
      struct sigaction action {};
      inherited_ignored_[signal] = ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
    }
    for (const int signal : handled) {
      // Who started us may have asked for that (nohup, a background job of a shell without job control).
      const bool may_stay_ignored = signal != SIGCHLD && signal != SIGCONT && signal != SIGPIPE;
      if (may_stay_ignored && inherited_ignored_[signal]) continue;
      struct sigaction action {};
      action.sa_handler = on_signal;
      action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
      sigfillset(&action.sa_mask);
      ::sigaction(signal, &action, nullptr);
    }
    // A runner in the background may write to its terminal; blocked, SIGTTOU does not stop it.
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTTOU);
    sigaddset(&blocked, SIGTTIN);
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
    return success();
  }

  static int wake_fd() { return pipe_.read_end.get(); }

  // Calls `handle` with each signal that came: SIGCHLD first and once, the others in order, a repeated one once; of
  // stops and continues only the last counts, or we would stop after we were continued.
  template <class Handle>
  static void take(Handle&& handle) {
    unsigned char numbers[64];
    const ssize_t count = read_some(wake_fd(), reinterpret_cast<char*>(numbers), sizeof numbers);
    const auto is_job_control = [](int number) { return number == SIGTSTP || number == SIGCONT; };
    ssize_t last_job_control = count;
    for (ssize_t i = 0; i < count; ++i) {
      if (is_job_control(numbers[i])) last_job_control = i;
    }
    if (child_pending_ != 0) {
      child_pending_ = 0;
      handle(SIGCHLD);
    }
    for (ssize_t i = 0; i < count; ++i) {
      // timeout(1) signals its child and then its group: one signal twice in a moment is one.
      const bool repeated = i > 0 && numbers[i] == numbers[i - 1];
      const bool counts = is_job_control(numbers[i]) ? i == last_job_control : !repeated;
      if (counts && numbers[i] != SIGPIPE && numbers[i] != SIGCHLD) handle(numbers[i]);
    }
  }

  // Somebody wants to know what is going on, or the window has another size.
  static bool asks(int signal) {
#if NEXTEST_HAS_SIGINFO
    if (signal == SIGINFO) return true;
#endif
    return signal == SIGUSR1 || is_window_change(signal);
  }
  static bool is_window_change([[maybe_unused]] int signal) {
#if NEXTEST_HAS_WINDOW_SIZE
    return signal == SIGWINCH;
#else
    return false;
#endif
  }
  // All others ask for the end.
  static bool ends(int signal) { return signal != SIGTSTP && signal != SIGCONT && !asks(signal); }

  // Gives a child about to exec the dispositions and the mask of a fresh login; exec itself resets what has a handler.
  // Async-signal-safe.
  static void reset_in_child() {
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    for (int signal = 1; signal < limit; ++signal) {
      if (inherited_ignored_[signal]) ::sigaction(signal, &action, nullptr);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
  }

 private:
  // SIGPIPE among them: ignored, it would be ignored in tests too; handled, write(2) says EPIPE all the same.
  static constexpr int handled[] = {
      SIGCHLD,  SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGPIPE, SIGUSR1,
#if NEXTEST_HAS_WINDOW_SIZE
      SIGWINCH,
#endif
#if NEXTEST_HAS_SIGINFO
      SIGINFO,
#endif
  };

  static void on_signal(int number) {
    if (number == SIGCHLD) {
      if (child_pending_ != 0) return;
      child_pending_ = 1;
    } else if (::getpid() != owner_) {
      // A child between vfork and exec, which has our pipe: what it gets is not for us.
      if (ends(number)) ::_exit(128 + number);
      return;
    }
    const int saved = errno;
    const unsigned char byte = static_cast<unsigned char>(number);
    // A full pipe already holds more signals than anyone needs. Of SIGCHLD the flag counts, and the byte only wakes.
    if (::write(write_fd_, &byte, 1) != 1) errno = saved;
    errno = saved;
  }

  static inline Pipe pipe_;
  static inline volatile sig_atomic_t child_pending_ = 0;
  static inline volatile sig_atomic_t write_fd_ = -1;
  static inline pid_t owner_ = 0;
  static inline bool inherited_ignored_[limit] = {};
};

}  // namespace nextest
