#include "core/run/keyboard.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "tests/unit/support.hpp"

namespace {

using namespace nextest;
using namespace machine;

class Keys final : public KeyObserver {
 public:
  void on_key(char key) override { text += key; }
  std::string text;
};

termios modes_now() {
  termios modes{};
  ::tcgetattr(0, &modes);
  return modes;
}
bool has_flag(tcflag_t flag) { return (modes_now().c_lflag & flag) != 0; }

// Runs `check` in a child whose standard input is a new terminal of its own, in whose foreground it is; `typed` waits
// there to be read, behind a line that the child takes first. `check` returns 0, or the number of what was wrong.
int at_terminal(const std::string& typed, const std::function<int()>& check) {
  const Fd master(::posix_openpt(O_RDWR | O_NOCTTY));
  REQUIRE(bool(master));
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  const std::string path = ::ptsname(master.get());
  Pipe ready;
  REQUIRE(open_pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    const int terminal = ::open(path.c_str(), O_RDWR);  // which becomes the one of this session
    ::dup2(terminal, 0);
    static_cast<void>(write_all(ready.write_end.get(), "x"));
    ::_exit(terminal < 0 || ::tcgetpgrp(0) != ::getpgrp() ? 99 : check());
  }
  REQUIRE(child > 0);
  char byte;
  REQUIRE(read_some(ready.read_end.get(), &byte, 1) == 1);
  REQUIRE(write_all(master.get(), typed) == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_CASE("keyboard: keys come one at a time and unseen, and the modes come back" * needs(pseudo_terminal())) {
  const int wrong = at_terminal("t\n", [] {
    EventLoop loop;
    Keys keys;
    Keyboard keyboard(loop, keys);
    keyboard.take();
    if (has_flag(ICANON) || has_flag(ECHO)) return 1;
    if (!has_flag(ISIG)) return 2;
    if (!has_flag(NOFLSH)) return 3;
    while (keys.text.size() < 2) support::turn(loop);
    if (keys.text != "t\n") return 4;
    keyboard.give_back();
    if (!has_flag(ICANON) || !has_flag(ECHO) || has_flag(NOFLSH)) return 5;
    keyboard.take();
    if (has_flag(ICANON)) return 6;
    return 0;
  });
  CHECK(wrong == 0);
}

TEST_CASE("keyboard: its end gives the modes back, too, and so does a signal that ends the program" *
          needs(pseudo_terminal())) {
  const auto ends = [](bool by_signal) {
    return at_terminal("", [by_signal] {
      const pid_t child = ::fork();
      if (child == 0) {
        EventLoop loop;
        Keys keys;
        {
          Keyboard keyboard(loop, keys);
          keyboard.take();
          if (has_flag(ICANON)) ::_exit(1);
          if (by_signal) ::raise(SIGUSR2);
        }
        ::_exit(0);
      }
      int status = 0;
      ::waitpid(child, &status, 0);
      if (by_signal ? !WIFSIGNALED(status) || WTERMSIG(status) != SIGUSR2 : status != 0) return 2;
      return has_flag(ICANON) && has_flag(ECHO) ? 0 : 3;
    });
  };
  CHECK(ends(false) == 0);
  CHECK(ends(true) == 0);
}

TEST_CASE("keyboard: a terminal that gives single keys already is somebody else's" * needs(pseudo_terminal())) {
  const int wrong = at_terminal("", [] {
    termios modes = modes_now();
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON);
    ::tcsetattr(0, TCSANOW, &modes);
    EventLoop loop;
    Keys keys;
    Keyboard keyboard(loop, keys);
    keyboard.take();
    return has_flag(ECHO) && keyboard.deadline == forever ? 0 : 1;
  });
  CHECK(wrong == 0);
}

TEST_CASE("keyboard: in the background nothing is touched, and it looks again later" * needs(pseudo_terminal())) {
  const int wrong = at_terminal("", [] {
    const pid_t child = ::fork();
    if (child == 0) {
      ::setpgid(0, 0);
      EventLoop loop;
      Keys keys;
      Keyboard keyboard(loop, keys);
      keyboard.take();
      const bool looks_again = keyboard.deadline < thirty_years;
      ::_exit(looks_again && has_flag(ICANON) && has_flag(ECHO) ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0 ? 0 : 1;
  });
  CHECK(wrong == 0);
}

}  // namespace
