#include "core/process/signals.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include "core/base/vector.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::Signals;
using Numbers = nextest::Vector<int>;

Numbers taken() {
  Numbers numbers;
  Signals::take([&](int signal) { numbers.push_back(signal); });
  return numbers;
}

// What comes of these, sent to ourselves in this order.
Numbers taken_of(std::initializer_list<int> sent) {
  REQUIRE(bool(Signals::install()));
  taken();  // what earlier tests left
  for (const int signal : sent) ::kill(::getpid(), signal);
  return taken();
}

TEST_CASE("signals: they come in the order in which they were sent, once") {
  CHECK(taken_of({}).empty());
  CHECK(taken_of({SIGTERM, SIGINT, SIGHUP}) == Numbers{SIGTERM, SIGINT, SIGHUP});
  CHECK(taken().empty());
}

TEST_CASE("signals: one that is sent twice in a moment is one, though not when another was between") {
  CHECK(taken_of({SIGTERM, SIGTERM}) == Numbers{SIGTERM});
  CHECK(taken_of({SIGTERM, SIGINT, SIGTERM}) == Numbers{SIGTERM, SIGINT, SIGTERM});
}

#if NEXTEST_HAS_PRCTL
TEST_CASE("signals: one that comes directly and from the guardian is one") {
  const pid_t runner = ::fork();
  REQUIRE(runner >= 0);
  if (runner == 0) {
    bool right = taken_of({}).empty();
    Signals::expect_from(::getppid());  // what we send ourselves is not passed on
    ::kill(::getpid(), SIGTERM);
    right = right && taken() == Numbers{SIGTERM};
    Signals::expect_from(::getpid());  // now it is
    ::kill(::getpid(), SIGTERM);
    right = right && taken().empty();
    ::kill(::getpid(), SIGINT);
    right = right && taken() == Numbers{SIGINT};
    ::kill(::getpid(), SIGINT);
    right = right && taken() == Numbers{SIGINT};  // it came the same way: once more
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(runner, &status, 0) == runner);
  CHECK(status == 0);
}
#endif

TEST_CASE("signals: exits come first, and once") {
  CHECK(taken_of({SIGTERM, SIGCHLD, SIGCHLD}) == Numbers{SIGCHLD, SIGTERM});
  CHECK(taken_of({SIGCHLD}) == Numbers{SIGCHLD});
}

TEST_CASE("signals: of stops and continues the last one counts") {
  CHECK(taken_of({SIGTSTP, SIGCONT}) == Numbers{SIGCONT});
  CHECK(taken_of({SIGCONT, SIGTERM, SIGTSTP}) == Numbers{SIGTERM, SIGTSTP});
}

TEST_CASE("signals: a stop is none any more when a SIGCONT came before it") {
  const pid_t runner = ::fork();
  REQUIRE(runner >= 0);
  if (runner == 0) {
    bool right = true;
    for (int i = 0; i < 2; ++i) {
      right = right && taken_of({SIGTSTP}) == Numbers{SIGTSTP};
      Signals::stop();
      right = right && taken() == Numbers{SIGCONT};
    }
    right = right && taken_of({SIGTSTP}) == Numbers{SIGTSTP};
    ::kill(::getpid(), SIGCONT);
    Signals::stop();
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  for (int i = 0; i < 2; ++i) {
    REQUIRE(::waitpid(runner, &status, WUNTRACED) == runner);
    CHECK(WIFSTOPPED(status));
    ::kill(runner, SIGCONT);
  }
  REQUIRE(::waitpid(runner, &status, WUNTRACED) == runner);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  if (WIFSTOPPED(status)) ::kill(runner, SIGKILL);
}

TEST_CASE("signals: a broken pipe is an error of write, and nothing else") {
  CHECK(taken_of({SIGPIPE}).empty());
  nextest::Pipe pipe;
  REQUIRE(nextest::open_pipe(pipe) == 0);
  pipe.read_end.close();
  CHECK(nextest::write_all(pipe.write_end.get(), "x") == EPIPE);
  CHECK(taken().empty());
}

TEST_CASE("signals: they wake who polls for them") {
  REQUIRE(bool(Signals::install()));
  taken();
  pollfd wait{Signals::wake_fd(), POLLIN, 0};
  CHECK(::poll(&wait, 1, 0) == 0);
  ::kill(::getpid(), SIGCHLD);
  CHECK(::poll(&wait, 1, 0) == 1);
  taken();
  CHECK(::poll(&wait, 1, 0) == 0);
}

TEST_CASE("signals: what each is for") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    CHECK(Signals::ends(signal));
    CHECK_FALSE(Signals::asks(signal));
  }
  CHECK(Signals::asks(SIGUSR1));
  for (const int signal : {SIGUSR1, SIGTSTP, SIGCONT}) CHECK_FALSE(Signals::ends(signal));
#ifdef SIGWINCH
  CHECK_FALSE(Signals::ends(SIGWINCH));
#endif
}

}  // namespace
