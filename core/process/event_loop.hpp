// One poll over the pipes of all units and the self-pipe of the signals, and the next of their deadlines.
#pragma once

#include <poll.h>

#include "core/base/clock.hpp"
#include "core/base/number.hpp"
#include "core/process/signals.hpp"

namespace nextest {

class EventLoop {
 public:
  // Something that waits for file descriptors and for at most one deadline, in run-clock time. A deadline that has
  // passed is reset before on_deadline is called, so a client that sets no new one is not called again.
  class Client {
   public:
    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    virtual ~Client() = default;
    virtual void on_readable(int /*fd*/, bool /*hung_up*/) {}
    virtual void on_deadline() = 0;

    Duration deadline = forever;
  };

  RunClock clock;

  EventLoop() {
    for (const short events : {short{POLLIN}, short{POLLOUT}}) {
      polled_.push_back({-1, events, 0});
      watchers_.push_back(nullptr);
    }
  }

  void add(Client& client) { clients_.push_back(&client); }
  void remove(Client& client) {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (clients_[i] == &client) {
        clients_[i] = clients_.back();
        clients_.pop_back();
        return;
      }
    }
  }

  void watch(int fd, Client& client) {
    polled_.push_back({fd, POLLIN, 0});
    watchers_.push_back(&client);
  }
  void unwatch(int fd) {
    for (std::size_t i = first_watched; i < polled_.size(); ++i) {
      if (polled_[i].fd == fd) {
        polled_[i] = polled_.back();
        polled_.pop_back();
        watchers_[i] = watchers_.back();
        watchers_.pop_back();
        return;
      }
    }
  }

  // A slow reader to wait for as well; -1: none.
  void want_writable(int fd) { polled_[1] = {fd, POLLOUT, 0}; }

  // Waits for the first of: data, a signal, a deadline, the slow reader. Data is handed out at once. True when a signal
  // may have come.
  bool wait() {
    polled_[0].fd = Signals::wake_fd();
    polled_[0].revents = 0;
    const int ready = ::poll(polled_.data(), number_as<nfds_t>(polled_.size()), timeout_ms());
    if (ready > 0) {
      // Backwards: a client that stops watching swaps the last entry, which is done already, into its place.
      for (std::size_t i = polled_.size(); i-- > first_watched;) {
        if (i >= polled_.size()) continue;
        const short events = polled_[i].revents;
        polled_[i].revents = 0;
        if (events != 0) watchers_[i]->on_readable(polled_[i].fd, (events & POLLHUP) != 0);
      }
    }
    return ready < 0 || polled_[0].revents != 0;
  }

  // Calls every client whose deadline has passed. Comes after the exits: what has ended did not time out.
  void expire() {
    const Duration now = clock.now();
    for (std::size_t i = clients_.size(); i-- > 0;) {
      if (i >= clients_.size() || now < clients_[i]->deadline) continue;
      clients_[i]->deadline = forever;
      clients_[i]->on_deadline();
    }
  }

 private:
  static constexpr std::size_t first_watched = 2;

  // Rounded up, so that a deadline has passed when the wait for it ends.
  int timeout_ms() const {
    Duration next = forever;
    for (const Client* client : clients_) {
      if (client->deadline < next) next = client->deadline;
    }
    if (next == forever) return -1;
    const std::int64_t ms = ((next - clock.now()).ns + 999999) / 1000000;
    return ms < 0 ? 0 : ms > 1000000 ? 1000000 : static_cast<int>(ms);
  }

  Vector<pollfd> polled_;     // the signals' self-pipe, the slow reader, then what is watched
  Vector<Client*> watchers_;  // beside polled_
  Vector<Client*> clients_;
};

// Rings when the first of the times that it was set to has come.
struct Alarm final : EventLoop::Client {
  explicit Alarm(EventLoop& of) : loop(of) { loop.add(*this); }
  ~Alarm() override { loop.remove(*this); }
  void set(Duration after) {
    const Duration at = loop.clock.now() + after;
    if (at < deadline) deadline = at;
  }
  void on_deadline() override { rings = true; }

  EventLoop& loop;
  bool rings = false;
};

}  // namespace nextest
