// Signals as data: a handler writes the number into a pipe that the event loop polls, so none is missed and none
// interrupts anything.
#pragma once

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>

#include "core/base/clock.hpp"
#include "core/base/fd.hpp"
#include "core/base/features.hpp"
#include "core/base/result.hpp"
#include "core/base/switches.hpp"

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
      if (stays_ignored(signal)) continue;
      set_handler(signal, on_signal);
    }
    if (writes_files && !stays_ignored(SIGXFSZ)) set_handler(SIGXFSZ, on_signal);
    // A runner in the background may write to its terminal; blocked, SIGTTOU does not stop it.
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTTOU);
    sigaddset(&blocked, SIGTTIN);
    ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
    return success();
  }

  // Holds back all signals as long as it lives.
  class Held {
   public:
    Held() {
      sigset_t all;
      sigfillset(&all);
      ::sigprocmask(SIG_SETMASK, &all, &before_);
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

   private:
    sigset_t before_;
  };

#if NEXTEST_HAS_PRCTL
  // In a guardian: what it gets is for `runner`; 0: for nobody any more. What the terminal sends, the runner gets as
  // well, but for its hang-up, which is for who leads the session.
  static void pass_on_to(pid_t runner) {
    passed_on_to_ = runner;
    for (int signal = 1; signal < limit; ++signal) {
      if (!stays_ignored(signal)) set_handler(signal, pass_on);
    }
    ::signal(SIGCHLD, SIG_DFL);
    ::signal(SIGPIPE, SIG_IGN);
  }

  // In a guardian whose runner has stopped: until both are continued.
  static void stop_as_well() {
    runner_is_stopped_ = 1;
    ::kill(::getpid(), SIGSTOP);
    runner_is_stopped_ = 0;
  }

  // In a runner with a guardian, as soon as it is forked.
  static void expect_from(pid_t guardian) {
    owner_ = ::getpid();
    guardian_ = guardian;
  }
#endif

  // Stops us, unless a SIGCONT came since the last SIGTSTP: that one is still to be taken.
  static void stop() {
    if (last_job_control_ != SIGCONT) ::kill(::getpid(), SIGSTOP);
  }

  static int wake_fd() { return pipe_.read_end.get(); }

  // Calls `handle` with each signal that came: SIGCHLD first and once, the others in order, a repeated one once; of
  // stops and continues only the last counts, or we would stop after we were continued. What was sent to our whole
  // group comes once more from the guardian.
  template <class Handle>
  static void take(Handle&& handle) {
    unsigned char numbers[64];
    const ssize_t count = read_some(wake_fd(), reinterpret_cast<char*>(numbers), sizeof numbers);
    const auto is_job_control = [](int number) { return number == SIGTSTP || number == SIGCONT; };
    ssize_t last_job_control = count;
    bool passed_on[sizeof numbers] = {};
    for (ssize_t i = 0; i < count; ++i) {
      passed_on[i] = (numbers[i] & passed_on_mark) != 0;
      numbers[i] &= passed_on_mark - 1;
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
      if (!counts || numbers[i] == SIGPIPE || numbers[i] == SIGCHLD) continue;
      if (writes_files && numbers[i] == SIGXFSZ) continue;
      if (is_job_control(numbers[i]) || !is_echo(numbers[i], passed_on[i])) handle(numbers[i]);
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
  static constexpr unsigned char passed_on_mark = 128;  // beside the number, in the pipe

  // Whose size may be limited.
  static constexpr bool writes_files = built_in(Feature::Records) || built_in(Feature::Junit);

  // SIGPIPE among them, and SIGXFSZ beside them: ignored, they would be ignored in tests too; handled, write(2) says
  // EPIPE and EFBIG all the same.
  static constexpr int handled[] = {
      SIGCHLD,  SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGPIPE, SIGUSR1,
#if NEXTEST_HAS_WINDOW_SIZE
      SIGWINCH,
#endif
#if NEXTEST_HAS_SIGINFO
      SIGINFO,
#endif
  };

  // Who started us may have asked for that (nohup, a background job of a shell without job control).
  static bool stays_ignored(int signal) {
    return signal != SIGCHLD && signal != SIGCONT && signal != SIGPIPE && inherited_ignored_[signal];
  }

  static void set_handler(int signal, void (*handler)(int, siginfo_t*, void*)) {
    struct sigaction action {};
    action.sa_sigaction = handler;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP | SA_SIGINFO;
    sigfillset(&action.sa_mask);
    ::sigaction(signal, &action, nullptr);
  }

  // Whether the same signal came the other way a moment ago.
  static bool is_echo(unsigned char number, bool passed_on) {
    constexpr Duration moment = Duration::milliseconds(500);
    struct Taken {
      unsigned char number;
      Duration at;
    };
    static Taken last[2] = {};  // that came directly, and that was passed on
    if (guardian_ == 0) return false;
    const Duration now = read_clock(CLOCK_MONOTONIC);
    const Taken& other = last[passed_on ? 0 : 1];
    if (other.number == number && now - other.at < moment) return true;
    last[passed_on ? 1 : 0] = {number, now};
    return false;
  }

#if NEXTEST_HAS_PRCTL
  static void pass_on(int number, siginfo_t* info, void*) {
    const int saved = errno;
    const bool was_sent = info->si_code <= 0;
    const bool is_fault = number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE;
    // A SIGTSTP right after the SIGCONT takes that away from us, and would find the runner stopped.
    if (number == SIGTSTP && runner_is_stopped_ != 0) ::kill(passed_on_to_, SIGCONT);
    if (passed_on_to_ > 0 && (was_sent || number == SIGHUP)) ::kill(passed_on_to_, number);
    else if (!was_sent && is_fault) ::signal(number, SIG_DFL);  // our own; it comes again
    errno = saved;
  }
#endif

  static void on_signal(int number, [[maybe_unused]] siginfo_t* info, void*) {
    if (number == SIGCHLD) {
      if (child_pending_ != 0) return;
      child_pending_ = 1;
    } else if (::getpid() != owner_) {
      // A child between vfork and exec, which has our pipe: what it gets is not for us.
      if (ends(number)) ::_exit(128 + number);
      return;
    }
    if (number == SIGTSTP || number == SIGCONT) last_job_control_ = number;
    const int saved = errno;
    unsigned char byte = static_cast<unsigned char>(number);
    if (guardian_ != 0 && info->si_code == SI_USER && info->si_pid == guardian_) byte |= passed_on_mark;
    // A full pipe already holds more signals than anyone needs. Of SIGCHLD the flag counts, and the byte only wakes.
    if (::write(write_fd_, &byte, 1) != 1) errno = saved;
    errno = saved;
  }

  static inline Pipe pipe_;
  static inline volatile sig_atomic_t child_pending_ = 0;
  static inline volatile sig_atomic_t write_fd_ = -1;
  static inline volatile sig_atomic_t last_job_control_ = 0;
  static inline pid_t owner_ = 0;
  static inline pid_t guardian_ = 0;      // 0: there is none
  static inline pid_t passed_on_to_ = 0;  // in the guardian, as is the next one
  static inline volatile sig_atomic_t runner_is_stopped_ = 0;
  static inline bool inherited_ignored_[limit] = {};
};

}  // namespace nextest
