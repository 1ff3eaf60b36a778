// The keys of a person at the terminal, one at a time and without echo. However the program ends, the terminal is left
// as it was found: only SIGKILL and SIGSTOP leave no time for that.
#pragma once

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/fd.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/base/switches.hpp"
#include "core/process/event_loop.hpp"

namespace nextest {

class KeyObserver {
 public:
  virtual ~KeyObserver() = default;
  virtual void on_key(char key) = 0;
};

class Keyboard final : public EventLoop::Client {
 public:
  Keyboard(EventLoop& loop, KeyObserver& observer) : loop_(loop), observer_(observer) { loop_.add(*this); }
  ~Keyboard() override {
    give_back();
    loop_.remove(*this);
  }

  // Listens, if standard input is a terminal in whose foreground we are. One that gives single keys already belongs to
  // somebody else. Where it listens already, the modes are set again: who was in the foreground between may have
  // changed them. In the background it looks again: not every shell sends SIGCONT to a running job that it brings back.
  void take() {
    deadline = forever;
    if (!built_in(Feature::Terminal) || ::isatty(0) != 1) return;
    const pid_t foreground = ::tcgetpgrp(0);
    if (foreground != ::getpgrp()) return foreground > 0 ? look_again() : void();
    termios modes;
    if (::tcgetattr(0, &modes) != 0) return;
    if (!taken_) {
      if ((modes.c_lflag & ICANON) == 0) return;
      saved_ = modes;
      guard(give_back_and_die);
      loop_.watch(0, *this);
      taken_ = true;
    }
    // ISIG stays: Ctrl-C and Ctrl-Z are signals. With NOFLSH they do not throw away what we have just written.
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    modes.c_lflag |= NOFLSH;
    modes.c_cc[VMIN] = 1;
    modes.c_cc[VTIME] = 0;
    ::tcsetattr(0, TCSANOW, &modes);
  }

  void give_back() {
    deadline = forever;
    if (!built_in(Feature::Terminal) || !taken_) return;
    loop_.unwatch(0);
    taken_ = false;
    set_back();
    guard(SIG_DFL);
  }

  void on_readable(int fd, bool) override {
    if (!built_in(Feature::Terminal)) return;
    char keys[64];
    const ssize_t count = read_some(fd, keys, sizeof keys);
    if (count <= 0) {  // hung up, or in the background
      give_back();
      return look_again();
    }
    for (ssize_t i = 0; i < count; ++i) observer_.on_key(keys[i]);
  }
  void on_deadline() override { take(); }

 private:
  void look_again() { deadline = loop_.clock.now() + Duration::milliseconds(300); }

  // Of the signals that end a program and that nobody else handles.
  static void guard(void (*handler)(int)) {
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM, SIGUSR2, SIGXCPU}) {
      struct sigaction action {};
      ::sigaction(signal, nullptr, &action);
      if (action.sa_handler != SIG_DFL && action.sa_handler != give_back_and_die) continue;
      action.sa_handler = handler;
      action.sa_flags = handler == SIG_DFL ? 0 : static_cast<int>(SA_RESETHAND | SA_NODEFER);
      ::sigaction(signal, &action, nullptr);
    }
  }
  // tcsetattr and raise are async-signal-safe (POSIX.1-2008, 2.4.3).
  static void give_back_and_die(int signal) {
    ::tcsetattr(0, TCSANOW, &saved_);
    ::raise(signal);
  }

  // In the background it is not ours to change.
  static void set_back() {
    if (::tcgetpgrp(0) == ::getpgrp()) ::tcsetattr(0, TCSANOW, &saved_);
  }

  static inline termios saved_{};

  EventLoop& loop_;
  KeyObserver& observer_;
  bool taken_ = false;
  const LastDuty set_back_now_{[](void* self) {
                                 if (static_cast<Keyboard*>(self)->taken_) set_back();
                               },
                               this};
};

}  // namespace nextest
