#include "core/process/event_loop.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "core/base/fd.hpp"
#include "tests/unit/support.hpp"

namespace {

using support::turn;

using nextest::Duration;
using nextest::EventLoop;
using nextest::Signals;

class Client final : public EventLoop::Client {
 public:
  std::function<void(int, bool)> readable = [](int, bool) {};
  std::function<void()> late = [] {};
  void on_readable(int fd, bool hung_up) override { readable(fd, hung_up); }
  void on_deadline() override { late(); }
};

// A pipe with a byte in it.
struct Ready {
  Ready() {
    REQUIRE(nextest::open_pipe(pipe) == 0);
    REQUIRE(nextest::write_all(pipe.write_end.get(), "x") == 0);
  }
  int fd() const { return pipe.read_end.get(); }
  nextest::Pipe pipe;
};

TEST_CASE("event_loop: data is told to the one who watches, and told again while it is there") {
  EventLoop loop;
  Client client, other;
  const Ready ready;
  int told = 0;
  client.readable = [&](int fd, bool hung_up) {
    CHECK(fd == ready.fd());
    CHECK_FALSE(hung_up);
    ++told;
  };
  other.readable = [](int, bool) { FAIL("not watching"); };
  loop.watch(ready.fd(), client);
  turn(loop);
  turn(loop);
  CHECK(told == 2);
}

TEST_CASE("event_loop: the end of a pipe is told, with what is left in it or without") {
  EventLoop loop;
  Client client;
  Ready ready;
  bool ended = false;
  client.readable = [&](int, bool hung_up) { ended = hung_up; };
  loop.watch(ready.fd(), client);
  ready.pipe.write_end.close();
  turn(loop);
  CHECK(ended);
  char byte;
  CHECK(nextest::read_some(ready.fd(), &byte, 1) == 1);
  ended = false;
  turn(loop);
  CHECK(ended);
}

TEST_CASE("event_loop: who stops watching is told no more") {
  EventLoop loop;
  Client client;
  const Ready gone, kept;
  nextest::Vector<int> told;
  client.readable = [&](int fd, bool) { told.push_back(fd); };
  loop.watch(gone.fd(), client);
  loop.watch(kept.fd(), client);
  loop.unwatch(gone.fd());
  loop.unwatch(12345);  // which nobody watches
  turn(loop);
  CHECK(told == nextest::Vector<int>{kept.fd()});
}

TEST_CASE("event_loop: a callback may stop watching any one: nobody is told twice, missed, or told after that") {
  constexpr std::size_t count = 6;
  for (std::size_t actor = 0; actor < count; ++actor) {
    for (std::size_t victim = 0; victim < count; ++victim) {
      EventLoop loop;
      nextest::Vector<std::unique_ptr<Ready>> pipes;
      nextest::Vector<std::unique_ptr<Client>> clients;
      nextest::Vector<int> told(count, 0);
      bool stopped = false;
      for (std::size_t i = 0; i < count; ++i) {
        pipes.push_back(std::make_unique<Ready>());
        clients.push_back(std::make_unique<Client>());
        clients[i]->readable = [&, i](int fd, bool) {
          CHECK(fd == pipes[i]->fd());
          CHECK_FALSE((stopped && i == victim));
          ++told[i];
          if (i != actor) return;
          loop.unwatch(pipes[victim]->fd());
          stopped = true;
        };
        loop.watch(pipes[i]->fd(), *clients[i]);
      }
      turn(loop);
      CAPTURE(actor);
      CAPTURE(victim);
      for (std::size_t i = 0; i < count; ++i) {
        if (i == victim && victim != actor) CHECK(told[i] <= 1);
        else CHECK(told[i] == 1);
      }
      const nextest::Vector<int> before = told;
      turn(loop);
      for (std::size_t i = 0; i < count; ++i) CHECK(told[i] == before[i] + (i == victim ? 0 : 1));
    }
  }
}

TEST_CASE("event_loop: all may stop watching in their callbacks, and their clients go") {
  EventLoop loop;
  nextest::Vector<std::unique_ptr<Ready>> pipes;
  nextest::Vector<std::unique_ptr<Client>> clients;
  int told = 0;
  for (std::size_t i = 0; i < 10; ++i) {
    pipes.push_back(std::make_unique<Ready>());
    clients.push_back(std::make_unique<Client>());
    clients[i]->readable = [&, i](int fd, bool) {
      ++told;
      loop.unwatch(fd);
      pipes[i]->pipe.read_end.close();
    };
    loop.watch(pipes[i]->fd(), *clients[i]);
  }
  turn(loop);
  CHECK(told == 10);
}

TEST_CASE("event_loop: a callback may watch another, also under the number of one just closed") {
  EventLoop loop;
  Client first, second;
  auto old = std::make_unique<Ready>();
  std::unique_ptr<Ready> fresh;
  int told = 0;
  first.readable = [&](int fd, bool) {
    loop.unwatch(fd);
    old.reset();
    fresh = std::make_unique<Ready>();
    loop.watch(fresh->fd(), second);
  };
  second.readable = [&](int fd, bool) {
    CHECK(fd == fresh->fd());
    ++told;
  };
  loop.watch(old->fd(), first);
  turn(loop);
  CHECK(told == 0);  // not asked of poll yet
  turn(loop);
  CHECK(told == 1);
}

// ---- deadlines ----

TEST_CASE("event_loop: a deadline is told once it has passed, not before, and is reset by then") {
  EventLoop loop;
  Client soon, never;
  bool told = false;
  const Duration due = loop.clock.now() + Duration::milliseconds(3);
  soon.late = [&] {
    CHECK(due <= loop.clock.now());
    CHECK(soon.deadline == nextest::forever);
    told = true;
  };
  never.late = [] { FAIL("has no deadline"); };
  soon.deadline = due;
  loop.add(soon);
  loop.add(never);
  while (!told) turn(loop);
  loop.remove(soon);
  loop.remove(never);
}

TEST_CASE("event_loop: one wait is enough for a deadline") {
  // A wait may end early for a signal; that it does so each time is no signal.
  bool enough = false;
  for (int i = 0; i < 10 && !enough; ++i) {
    EventLoop loop;
    Client client;
    client.late = [&] { enough = true; };
    client.deadline = loop.clock.now() + Duration{2500000};
    loop.add(client);
    turn(loop);
    loop.remove(client);
  }
  CHECK(enough);
}

TEST_CASE("event_loop: a deadline long past is told at once, beside data") {
  EventLoop loop;
  Client client;
  const Ready ready;
  std::string told;
  client.readable = [&](int, bool) { told += "data "; };
  client.late = [&] { told += "late "; };
  client.deadline = Duration{-5};
  loop.add(client);
  loop.watch(ready.fd(), client);
  turn(loop);
  turn(loop);
  CHECK(told == "data late data ");
}

TEST_CASE("event_loop: deadlines come in any order of adding") {
  EventLoop loop;
  Client clients[3];
  nextest::Vector<int> told;
  const int after_ms[] = {20, 1, 10};
  for (int i = 0; i < 3; ++i) {
    clients[i].late = [&, i] { told.push_back(i); };
    clients[i].deadline = loop.clock.now() + Duration::milliseconds(after_ms[i]);
    loop.add(clients[i]);
  }
  while (told.size() < 3) turn(loop);
  std::sort(told.begin(), told.end());
  CHECK(told == nextest::Vector<int>{0, 1, 2});  // each once
}

TEST_CASE("event_loop: a client may go, or take others with it, in its deadline") {
  for (std::size_t actor = 0; actor < 4; ++actor) {
    for (std::size_t victim = 0; victim < 4; ++victim) {
      EventLoop loop;
      nextest::Vector<std::unique_ptr<Client>> clients;
      nextest::Vector<int> told(4, 0);
      for (std::size_t i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<Client>());
        clients[i]->late = [&, i] {
          ++told[i];
          clients[i]->deadline = nextest::forever;
          if (i == actor) {
            loop.remove(*clients[victim]);
            if (victim != actor) clients[victim].reset();
          }
        };
        clients[i]->deadline = Duration{-1};
        loop.add(*clients[i]);
      }
      // Who is missed by one round is told by the next; poll does not wait then.
      for (int round = 0; round < 3; ++round) {
        Client stop;
        stop.deadline = Duration{-1};
        loop.add(stop);
        turn(loop);
        loop.remove(stop);
      }
      CAPTURE(actor);
      CAPTURE(victim);
      for (std::size_t i = 0; i < 4; ++i) {
        if (i == victim && i != actor) CHECK(told[i] <= 1);
        else CHECK(told[i] == 1);
      }
    }
  }
}

TEST_CASE("event_loop: deadlines wait while the clock is paused") {
  EventLoop loop;
  Client client;
  const Ready ready;
  bool told = false;
  client.late = [&] { told = true; };
  loop.clock.pause();
  client.deadline = loop.clock.now() + Duration::milliseconds(1);
  loop.add(client);
  loop.watch(ready.fd(), client);
  for (int i = 0; i < 5; ++i) {
    ::poll(nullptr, 0, 1);
    turn(loop);
  }
  CHECK_FALSE(told);
  loop.clock.resume();
  while (!told) turn(loop);
  loop.remove(client);
}

// ---- signals ----

nextest::Vector<int> taken() {
  nextest::Vector<int> signals;
  Signals::take([&](int signal) { signals.push_back(signal); });
  return signals;
}

TEST_CASE("event_loop: a signal ends the wait, and is told in its turn") {
  REQUIRE(bool(Signals::install()));
  while (!taken().empty()) {
  }
  EventLoop loop;
  Client stop;
  stop.deadline = Duration{-1};
  loop.add(stop);
  CHECK_FALSE(turn(loop));
  loop.remove(stop);
  ::raise(SIGTERM);
  ::raise(SIGHUP);
  ::raise(SIGTERM);
  CHECK(turn(loop));
  CHECK(taken() == nextest::Vector<int>{SIGTERM, SIGHUP, SIGTERM});
  CHECK(taken().empty());
}

TEST_CASE("event_loop: children that end are told at least once, a broken pipe never") {
  REQUIRE(bool(Signals::install()));
  while (!taken().empty()) {
  }
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1000; ++i) ::raise(SIGCHLD);
    ::raise(SIGPIPE);
    const nextest::Vector<int> signals = taken();
    CHECK(signals == nextest::Vector<int>{SIGCHLD});
  }
}

TEST_CASE("event_loop: of stops and continues the last counts, a signal repeated at once is one") {
  REQUIRE(bool(Signals::install()));
  while (!taken().empty()) {
  }
  for (const int signal : {SIGTSTP, SIGTSTP, SIGCONT, SIGCONT, SIGTERM, SIGTERM, SIGINT}) ::raise(signal);
  CHECK(taken() == nextest::Vector<int>{SIGCONT, SIGTERM, SIGINT});
  for (const int signal : {SIGCONT, SIGTSTP, SIGTSTP}) ::raise(signal);
  CHECK(taken() == nextest::Vector<int>{SIGTSTP});
}

TEST_CASE("event_loop: more signals than the pipe holds do no harm") {
  REQUIRE(bool(Signals::install()));
  for (int i = 0; i < 100000; ++i) ::raise(SIGCONT);
  EventLoop loop;
  while (!taken().empty()) {
  }
  ::raise(SIGINT);
  CHECK(turn(loop));
  CHECK(taken() == nextest::Vector<int>{SIGINT});
}

TEST_CASE("event_loop: installing twice changes nothing") {
  REQUIRE(bool(Signals::install()));
  const int fd = Signals::wake_fd();
  REQUIRE(bool(Signals::install()));
  CHECK(Signals::wake_fd() == fd);
}

}  // namespace
